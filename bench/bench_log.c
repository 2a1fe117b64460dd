/* How fast are the durable small parts of the readings store: dictionary, log, manifest, states?
 *
 *     bench_log [FOLDER [SERIES]]   (default: /tmp/xanh-bench-log, which must not exist; 1,000,000)
 *
 * Everything is made in FOLDER and removed again, on the machine's disk. */
#include "base/arena.h"
#include "base/rand.h"
#include "store/tsdb/dict_internal.h"
#include "store/tsdb/manifest_internal.h"
#include "store/tsdb/wal_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 100000, FIND_AT_ONCE = 10000 };
#define START_US (INT64_C(1748736000) * 1000000)

static double now_s(void)
{
    return (double)xh_env_monotonic_us(xh_env_real()) / 1e6;
}

static void stop_on(int rc, const struct xh_err *err)
{
    if (rc < 0) {
        fprintf(stderr, "%s\n", err->text);
        exit(1);
    }
}

static long rss_bytes(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file) {
        if (fscanf(file, "%*s %ld", &pages) != 1) {
            pages = 0;
        }
        fclose(file);
    }
    return pages * 4096;
}

static int remove_name(void *arg, const char *name, uint64_t size_bytes)
{
    const char *dir = arg;
    char path[512];
    (void)size_bytes;
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return xh_disk_remove(xh_env_real(), path, NULL);
}

static void remove_all(char *dir)
{
    xh_disk_list(xh_env_real(), dir, remove_name, dir, NULL);
}

/* ---- dictionary ---- */

/* As the registry makes them: eight zeros, then a number. */
static struct xh_series_key key_of(uint64_t number)
{
    struct xh_series_key key = {{0}};
    for (int i = 0; i < 8; i++) {
        key.bytes[15 - i] = (uint8_t)(number >> (8 * i));
    }
    return key;
}

static void bench_find(struct xh__dict *dict, uint64_t series, bool is_random)
{
    enum { ROUNDS = 200 };
    struct xh_rand rand;
    xh_rand_init(&rand, 1);
    struct xh_series_key *keys = xh_alloc(FIND_AT_ONCE * sizeof(*keys));
    uint32_t *ids = xh_alloc(FIND_AT_ONCE * sizeof(*ids));
    double sum_s = 0;
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t from = xh_rand_below(&rand, series);
        for (uint64_t i = 0; i < FIND_AT_ONCE; i++) {
            keys[i] = key_of(is_random ? xh_rand_below(&rand, series) : (from + i) % series);
        }
        double begin_s = now_s();
        xh__dict_find(dict, keys, FIND_AT_ONCE, ids);
        sum_s += now_s() - begin_s;
    }
    printf("find %d keys %s: %.1f ns each\n", (int)FIND_AT_ONCE,
           is_random ? "anywhere" : "in order", sum_s * 1e9 / ROUNDS / FIND_AT_ONCE);
    free(keys);
    free(ids);
}

static void bench_dict(char *dir, uint64_t series)
{
    struct xh_err err;
    struct xh__dict *dict = NULL;
    struct xh_series_key *keys = xh_alloc(series * sizeof(*keys));
    for (uint64_t i = 0; i < series; i++) {
        keys[i] = key_of(i + 1);
    }
    long before = rss_bytes();
    stop_on(xh__dict_open(xh_env_real(), dir, 0, &dict, &err), &err);
    double begin_s = now_s();
    stop_on(xh__dict_add(dict, keys, series, XH_POLICY_REPLACE, &err), &err);
    printf("dictionary of %llu series: declared in %.3f s, %.1f bytes each, %.1f of RSS\n",
           (unsigned long long)series, now_s() - begin_s,
           (double)xh__dict_memory_bytes(dict) / (double)series,
           (double)(rss_bytes() - before) / (double)series);
    free(keys);
    bench_find(dict, series, false);
    bench_find(dict, series, true);
    xh__dict_close(dict);
    begin_s = now_s();
    stop_on(xh__dict_open(xh_env_real(), dir, (uint32_t)series, &dict, &err), &err);
    printf("opened in %.3f s\n", now_s() - begin_s);
    xh__dict_close(dict);
}

/* ---- log ---- */

struct batch {
    struct xh__wal_rows rows;
    uint32_t ids[ROWS_MAX];
    int64_t at_us[ROWS_MAX], arrival_us[ROWS_MAX];
    double values[ROWS_MAX];
    int8_t decimals[ROWS_MAX];
    uint8_t quality[ROWS_MAX];
};

/* by_time: one instant of many meters; else days of few. */
static void fill(struct batch *batch, size_t count, bool is_by_time)
{
    struct xh_rand rand;
    xh_rand_init(&rand, 1);
    for (size_t i = 0; i < count; i++) {
        batch->ids[i] = (uint32_t)(is_by_time ? i : i / 480);
        batch->at_us[i] = START_US + (is_by_time ? 0 : (int64_t)(i % 480) * 900000000);
        batch->arrival_us[i] = START_US + 7000000;
        batch->values[i] = (double)xh_rand_below(&rand, 100000000) / 1000;
        batch->decimals[i] = 3;
        batch->quality[i] = 0;
    }
    batch->rows = (struct xh__wal_rows){count,
                                        batch->ids,
                                        batch->at_us,
                                        batch->values,
                                        batch->decimals,
                                        batch->quality,
                                        batch->arrival_us,
                                        1};
}

static int count_rows(void *arg, uint64_t record, const struct xh__wal_rows *rows,
                      struct xh_err *err)
{
    (void)record;
    (void)err;
    uint64_t *sum = arg;
    *sum += rows->count;
    return 0;
}

static void bench_wal(char *dir, struct batch *batch, size_t count, size_t records, bool is_by_time)
{
    struct xh_err err;
    struct xh__wal *wal = NULL;
    fill(batch, count, is_by_time);
    stop_on(xh__wal_open(xh_env_real(), dir, 1, 0, NULL, NULL, &wal, &err), &err);
    double append_s = 0, sync_s = 0;
    for (size_t i = 0; i < records; i++) {
        double begin_s = now_s();
        stop_on(xh__wal_append(wal, &batch->rows, &err), &err);
        double middle_s = now_s();
        stop_on(xh__wal_sync(wal, &err), &err);
        append_s += middle_s - begin_s;
        sync_s += now_s() - middle_s;
    }
    double rows = (double)count * (double)records;
    printf("log, %zu rows a record, %s: append %.1f ns a row, sync %.0f us, %.2f bytes a row",
           count, is_by_time ? "by time" : "by series", append_s * 1e9 / rows,
           sync_s * 1e6 / (double)records, (double)xh__wal_size_bytes(wal) / rows);
    xh__wal_close(wal);
    uint64_t told = 0;
    double begin_s = now_s();
    stop_on(xh__wal_open(xh_env_real(), dir, 1, 0, count_rows, &told, &wal, &err), &err);
    printf(", replay %.1f M rows/s\n", (double)told / (now_s() - begin_s) / 1e6);
    xh__wal_close(wal);
    remove_all(dir);
}

/* ---- manifest, states ---- */

static void bench_manifest(char *dir)
{
    enum { SEGMENTS = 10000, RETRACTIONS = 100000 };
    struct xh_err err;
    struct xh_arena *arena = xh_arena_create("bench");
    struct xh__manifest *manifest = NULL;
    struct xh__manifest_all all;
    stop_on(xh__manifest_open(xh_env_real(), dir, arena, &manifest, &all, &err), &err);
    for (uint64_t i = 0; i < SEGMENTS; i++) {
        struct xh__manifest_segment segment = {.number = i + 1, .row_count = 1000};
        const struct xh__manifest_edit edit = {.added = &segment, .added_count = 1};
        stop_on(xh__manifest_edit(manifest, &edit, &err), &err);
    }
    for (uint64_t i = 0; i < RETRACTIONS; i += 10) {
        struct xh__manifest_retraction some[10];
        for (uint64_t j = 0; j < 10; j++) {
            some[j] = (struct xh__manifest_retraction){(uint32_t)i, j + 1, j + 2, START_US};
        }
        const struct xh__manifest_edit edit = {.retractions = some, .retraction_count = 10};
        stop_on(xh__manifest_edit(manifest, &edit, &err), &err);
    }
    xh__manifest_close(manifest);
    double begin_s = now_s();
    stop_on(xh__manifest_open(xh_env_real(), dir, arena, &manifest, &all, &err), &err);
    printf("manifest of %zu segments and %zu retractions: opened in %.4f s\n", all.segment_count,
           all.retraction_count, now_s() - begin_s);
    xh__manifest_close(manifest);
    xh_arena_destroy(arena);
    remove_all(dir);
}

static int tell_size(void *arg, const char *name, uint64_t size_bytes)
{
    uint64_t *sum = arg;
    (void)name;
    *sum += size_bytes;
    return 0;
}

static void bench_states(char *dir, uint32_t series)
{
    struct xh_err err;
    struct xh_rand rand;
    xh_rand_init(&rand, 1);
    struct xh__series_state *states = xh_alloc(series * sizeof(*states));
    for (uint32_t i = 0; i < series; i++) {
        states[i].next_seq = 40000 + xh_rand_below(&rand, 1000);
        states[i].max_at_us = START_US + (int64_t)xh_rand_below(&rand, 4) * 900000000;
    }
    double begin_s = now_s();
    stop_on(xh__state_write(xh_env_real(), dir, 1, states, series, &err), &err);
    double middle_s = now_s();
    uint32_t count = 0;
    stop_on(xh__state_read(xh_env_real(), dir, 1, states, series, &count, &err), &err);
    double end_s = now_s();
    uint64_t size_bytes = 0;
    xh_disk_list(xh_env_real(), dir, tell_size, &size_bytes, NULL);
    printf("states of %u series: %.2f MB, written in %.3f s, read in %.3f s\n", count,
           (double)size_bytes / 1e6, middle_s - begin_s, end_s - middle_s);
    free(states);
    remove_all(dir);
}

int main(int argc, char **argv)
{
    char dir[256] = "/tmp/xanh-bench-log";
    struct xh_err err;
    if (argc > 1) {
        snprintf(dir, sizeof(dir), "%s", argv[1]);
    }
    int64_t series = 1000000;
    if (argc > 2 && (xh_int_parse(xh_str_from(argv[2]), &series) < 0 || series < 1 ||
                     series > XH__SERIES_MAX)) {
        fprintf(stderr, "how many series? 1 to %d\n", (int)XH__SERIES_MAX);
        return 2;
    }
    stop_on(xh_disk_make_dir(xh_env_real(), dir, &err), &err);
    bench_dict(dir, (uint64_t)series);
    remove_all(dir);
    struct batch *batch = xh_alloc(sizeof(*batch));
    static const size_t counts[] = {1, 10, 100, 10000, 100000};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        size_t records = counts[i] >= 10000 ? 3000000 / counts[i] : 2000;
        bench_wal(dir, batch, counts[i], records, true);
        bench_wal(dir, batch, counts[i], records, false);
    }
    free(batch);
    bench_manifest(dir);
    bench_states(dir, (uint32_t)series);
    return xh_disk_remove_dir(xh_env_real(), dir, &err) == 0 ? 0 : 1;
}
