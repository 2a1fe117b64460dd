/* How fast the readings store takes readings, in process.
 *
 *     bench_tsdb [DIR [SERIES [LATE_PERCENT]]]
 *
 * DIR (made, then left; default /tmp/xanh-bench-tsdb) should lie on the disk that is meant. For
 * batches of 1, 100, 10,000 and 100,000 readings: a new store, SERIES meters (10,000) in turn, each
 * 15 minutes on, appended from one thread; the same with 4 batches submitted ahead. LATE_PERCENT of
 * the readings come two hours late. Every call waits for the sync. */
#include "base/arena.h"
#include "base/rand.h"
#include "store/tsdb/tsdb.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { AHEAD = 4, STEP_S = 900, LATE_STEPS = 8 };

struct load {
    uint32_t series_count;
    uint32_t late_percent;
    /* reading number: series next % series_count, step next / series_count */
    uint64_t next;
    struct xh_rand rand;
    struct xh_series_key *keys;
};

static double now_s(void)
{
    return (double)xh_env_monotonic_us(xh_env_real()) / 1e6;
}

static double cpu_s(void)
{
    struct timespec spent;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
    return (double)spent.tv_sec + (double)spent.tv_nsec / 1e9;
}

static void must(int rc, const struct xh_err *err)
{
    if (rc < 0) {
        fprintf(stderr, "bench_tsdb: %s\n", err->text);
        exit(1);
    }
}

/* Every LATE-th reading keeps its place free and comes LATE_STEPS steps later. */
static struct xh_tsdb_row make_row(struct load *load)
{
    uint64_t n = load->next++;
    uint32_t series = (uint32_t)(n % load->series_count);
    int64_t step = (int64_t)(n / load->series_count) * 2;
    if (load->late_percent > 0 && xh_rand_below(&load->rand, 100) < load->late_percent) {
        step -= 2 * LATE_STEPS + 1; /* between two that are there */
    }
    return (struct xh_tsdb_row){.key_index = series,
                                .decimals = 1,
                                .at_us = (INT64_C(1767225600) + step * STEP_S / 2) * XH_US_PER_S,
                                .value = (double)(2300 + (n * 7919) % 97) / 10};
}

static void make_rows(struct load *load, struct xh_tsdb_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        rows[i] = make_row(load);
    }
}

/* ---- one call at a time ---- */

static void report(const char *how, size_t batch_rows, uint64_t rows, double wall_s, double spent_s)
{
    printf("%-9s batches of %6zu: %10.0f readings/s, %6.1f ns of processor each, %8.0f batches/s\n",
           how, batch_rows, (double)rows / wall_s, spent_s / (double)rows * 1e9,
           (double)rows / (double)batch_rows / wall_s);
    fflush(stdout);
}

/* A batch of few readings names their series only, as who sends it would. */
static void name_few(const struct load *load, struct xh_tsdb_batch *batch, struct xh_tsdb_row *rows,
                     struct xh_series_key *keys)
{
    if (batch->row_count < load->series_count) {
        for (size_t i = 0; i < batch->row_count; i++) {
            keys[i] = load->keys[rows[i].key_index];
            rows[i].key_index = (uint32_t)i;
        }
        batch->keys = keys;
        batch->key_count = batch->row_count;
    }
}

static void run_appends(struct xh_tsdb *db, struct load *load, size_t batch_rows, uint64_t total)
{
    struct xh_tsdb_row *rows = xh_alloc(batch_rows * sizeof(*rows));
    struct xh_series_key *keys = xh_alloc(batch_rows * sizeof(*keys));
    double wall_s = 0, spent_s = 0;
    struct xh_err err;
    for (uint64_t done = 0; done < total; done += batch_rows) {
        make_rows(load, rows, batch_rows);
        struct xh_tsdb_batch batch = {.keys = load->keys,
                                      .key_count = load->series_count,
                                      .rows = rows,
                                      .row_count = batch_rows,
                                      .arrival_us = xh_env_now_us(xh_env_real())};
        name_few(load, &batch, rows, keys);
        double begin_s = now_s(), begin_cpu_s = cpu_s();
        must(xh_tsdb_append(db, &batch, &err), &err);
        wall_s += now_s() - begin_s;
        spent_s += cpu_s() - begin_cpu_s;
    }
    report("append", batch_rows, total, wall_s, spent_s);
    free(keys);
    free(rows);
}

/* ---- several on the way ---- */

struct flight {
    pthread_mutex_t lock;
    pthread_cond_t landed;
    size_t in_air;
};

static void land(void *arg, int status, const struct xh_err *err)
{
    struct flight *flight = arg;
    must(status, err);
    pthread_mutex_lock(&flight->lock);
    flight->in_air--;
    pthread_cond_signal(&flight->landed);
    pthread_mutex_unlock(&flight->lock);
}

static void wait_below(struct flight *flight, size_t limit)
{
    pthread_mutex_lock(&flight->lock);
    while (flight->in_air >= limit) {
        pthread_cond_wait(&flight->landed, &flight->lock);
    }
    pthread_mutex_unlock(&flight->lock);
}

/* All rows are made before, so that only the store is measured. Answers come in order, so a batch's
 * struct is free again when AHEAD later ones were taken. */
static void run_submits(struct xh_tsdb *db, struct load *load, size_t batch_rows, uint64_t total)
{
    struct xh_tsdb_row *rows = xh_alloc(total * sizeof(*rows));
    struct xh_series_key *keys = xh_alloc(total * sizeof(*keys));
    struct xh_tsdb_batch batches[AHEAD];
    struct flight flight = {0};
    struct xh_err err;
    make_rows(load, rows, total);
    pthread_mutex_init(&flight.lock, NULL);
    pthread_cond_init(&flight.landed, NULL);
    double begin_s = now_s(), begin_cpu_s = cpu_s();
    for (uint64_t i = 0; i < total / batch_rows; i++) {
        wait_below(&flight, AHEAD);
        struct xh_tsdb_batch *batch = &batches[i % AHEAD];
        *batch = (struct xh_tsdb_batch){.keys = load->keys,
                                        .key_count = load->series_count,
                                        .rows = rows + i * batch_rows,
                                        .row_count = batch_rows,
                                        .arrival_us = xh_env_now_us(xh_env_real())};
        name_few(load, batch, rows + i * batch_rows, keys + i * batch_rows);
        pthread_mutex_lock(&flight.lock);
        flight.in_air++;
        pthread_mutex_unlock(&flight.lock);
        must(xh_tsdb_submit(db, batch, land, &flight, &err), &err);
    }
    wait_below(&flight, 1);
    report("submit", batch_rows, total, now_s() - begin_s, cpu_s() - begin_cpu_s);
    pthread_cond_destroy(&flight.landed);
    pthread_mutex_destroy(&flight.lock);
    free(keys);
    free(rows);
}

/* ---- a store for each ---- */

static void run_one(const char *base, struct load *load, size_t batch_rows, uint64_t total)
{
    char dir[400];
    struct xh_err err;
    struct xh_tsdb *db = NULL;
    snprintf(dir, sizeof(dir), "%s/%zu-%lld", base, batch_rows,
             (long long)xh_env_now_us(xh_env_real()));
    must(xh_tsdb_open(xh_env_real(), dir, &db, &err), &err);
    must(xh_tsdb_declare(db, load->keys, load->series_count, XH_POLICY_REPLACE, &err), &err);
    run_appends(db, load, batch_rows, total);
    if (batch_rows >= 10000) {
        run_submits(db, load, batch_rows, total);
    }
    double begin_s = now_s();
    must(xh_tsdb_tend(db, XH_TSDB_FLUSH, &err), &err);
    struct xh_tsdb_stats stats;
    must(xh_tsdb_get_stats(db, &stats, &err), &err);
    printf("          flushed in %.2f s: %llu readings in %llu segments\n", now_s() - begin_s,
           (unsigned long long)stats.reading_count, (unsigned long long)stats.segment_count);
    xh_tsdb_close(db);
}

int main(int argc, char **argv)
{
    const char *dir = argc > 1 ? argv[1] : "/tmp/xanh-bench-tsdb";
    struct load load = {.series_count = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 10000,
                        .late_percent = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 0};
    static const struct {
        size_t batch_rows;
        uint64_t total;
    } runs[] = {{1, 1000}, {100, 100000}, {10000, 2000000}, {100000, 10000000}};
    load.keys = xh_alloc(load.series_count * sizeof(*load.keys));
    for (uint32_t i = 0; i < load.series_count; i++) {
        for (int byte = 0; byte < 4; byte++) {
            load.keys[i].bytes[12 + byte] = (uint8_t)(i >> (24 - 8 * byte));
        }
    }
    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
        xh_rand_init(&load.rand, 1);
        load.next = (uint64_t)load.series_count * LATE_STEPS * 2;
        run_one(dir, &load, runs[i].batch_rows, runs[i].total);
    }
    free(load.keys);
    return 0;
}
