/* How fast is the readings store? Prints, for batches of 1, 100 and 10,000 readings from several
 * threads, how many readings a second become durable; the time to import many million readings in
 * large batches; and how many a second a range reads back.
 *
 *     bench_tsdb_plain [FOLDER [READINGS]]     (default: /tmp, 5,000,000)
 *
 * FOLDER should be on the disk that is meant; it gets a folder of its own that is removed. */
#include "store/tsdb/tsdb.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SERIES = 100, STEP_US = 1000000, IMPORT_ROWS = 100000 };

struct client {
    struct xh_tsdb *db;
    uint32_t series;
    size_t batch_rows;
    int64_t until_us;
    uint64_t count; /* out */
};

static double seconds_since(int64_t start_us) {
    return (double)(xh_env_monotonic_us(xh_env_real()) - start_us) / 1e6;
}

static void stop_on(int rc, const struct xh_err *err, const char *what) {
    if (rc < 0) {
        fprintf(stderr, "%s: %s\n", what, err->text);
        exit(1);
    }
}

static struct xh_series_key key_of(uint32_t number) {
    return (struct xh_series_key){
        {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16)}};
}

/* One series, in order of time, until the time is up. */
static void *append_until(void *arg) {
    struct client *c = arg;
    struct xh_err err = {0};
    struct xh_series_key key = key_of(c->series);
    stop_on(xh_tsdb_declare(c->db, &key, 1, XH_POLICY_REPLACE, &err), &err, "declare");
    struct xh_tsdb_row *rows = calloc(c->batch_rows, sizeof(*rows));
    struct xh_tsdb_batch batch = {
        .keys = &key, .key_count = 1, .rows = rows, .row_count = c->batch_rows, .arrival_us = 1};
    while (xh_env_monotonic_us(xh_env_real()) < c->until_us) {
        for (size_t i = 0; i < c->batch_rows; i++) {
            int64_t n = (int64_t)(c->count + i);
            rows[i] = (struct xh_tsdb_row){
                .at_us = n * STEP_US, .value = (double)n * 0.01, .decimals = 2};
        }
        stop_on(xh_tsdb_append(c->db, &batch, &err), &err, "append");
        c->count += c->batch_rows;
    }
    free(rows);
    return NULL;
}

static void measure_appends(struct xh_tsdb *db, uint32_t first_series, size_t batch_rows,
                            uint32_t thread_count) {
    struct client clients[64];
    pthread_t threads[64];
    struct xh_tsdb_stats before, after;
    xh_tsdb_get_stats(db, &before, NULL);
    int64_t start_us = xh_env_monotonic_us(xh_env_real());
    for (uint32_t i = 0; i < thread_count; i++) {
        clients[i] = (struct client){
            db, first_series + i, batch_rows, start_us + 3 * XH_US_PER_S, 0};
        pthread_create(&threads[i], NULL, append_until, &clients[i]);
    }
    uint64_t count = 0;
    for (uint32_t i = 0; i < thread_count; i++) {
        pthread_join(threads[i], NULL);
        count += clients[i].count;
    }
    double s = seconds_since(start_us);
    xh_tsdb_get_stats(db, &after, NULL);
    printf("append, %5zu a batch, %2u threads: %9.0f readings/s, %6.0f commits/s\n", batch_rows,
           thread_count, (double)count / s, (double)(after.commits - before.commits) / s);
}

static void count_done(void *arg, int status, const struct xh_err *err) {
    stop_on(status, err, "submit");
    __atomic_add_fetch((int *)arg, 1, __ATOMIC_SEQ_CST);
}

/* Single readings of many devices, submitted without waiting. */
static void measure_submits(struct xh_tsdb *db, uint32_t series) {
    enum { COUNT = 200000 };
    struct xh_err err = {0};
    struct xh_series_key key = key_of(series);
    stop_on(xh_tsdb_declare(db, &key, 1, XH_POLICY_REPLACE, &err), &err, "declare");
    struct xh_tsdb_row *rows = calloc(COUNT, sizeof(*rows));
    struct xh_tsdb_batch *batches = calloc(COUNT, sizeof(*batches));
    int done = 0;
    int64_t start_us = xh_env_monotonic_us(xh_env_real());
    for (int i = 0; i < COUNT; i++) {
        rows[i] = (struct xh_tsdb_row){.at_us = (int64_t)i * STEP_US, .value = i};
        batches[i] = (struct xh_tsdb_batch){
            .keys = &key, .key_count = 1, .rows = &rows[i], .row_count = 1};
        int rc = 0;
        while ((rc = xh_tsdb_submit(db, &batches[i], count_done, &done, &err)) == XH_E_BUSY) {
            usleep(1000);
        }
        stop_on(rc, &err, "submit");
    }
    while (__atomic_load_n(&done, __ATOMIC_SEQ_CST) < COUNT) {
        usleep(1000);
    }
    printf("submit,     1 a batch,  1 thread:  %9.0f readings/s\n",
           COUNT / seconds_since(start_us));
    free(batches);
    free(rows);
}

/* As a year of many meters comes: all series side by side, in order of time. */
static void measure_import(struct xh_tsdb *db, uint64_t total) {
    struct xh_err err = {0};
    struct xh_series_key keys[SERIES];
    for (uint32_t i = 0; i < SERIES; i++) {
        keys[i] = key_of(100000 + i);
    }
    stop_on(xh_tsdb_declare(db, keys, SERIES, XH_POLICY_REPLACE, &err), &err, "declare");
    struct xh_tsdb_row *rows = calloc(IMPORT_ROWS, sizeof(*rows));
    int64_t start_us = xh_env_monotonic_us(xh_env_real());
    for (uint64_t n = 0; n < total; n += IMPORT_ROWS) {
        for (uint64_t i = 0; i < IMPORT_ROWS; i++) {
            uint64_t row = n + i;
            rows[i] = (struct xh_tsdb_row){.key_index = (uint32_t)(row % SERIES),
                                           .at_us = (int64_t)(row / SERIES) * STEP_US,
                                           .value = (double)row * 0.01,
                                           .decimals = 2};
        }
        struct xh_tsdb_batch batch = {.keys = keys,
                                      .key_count = SERIES,
                                      .rows = rows,
                                      .row_count = IMPORT_ROWS,
                                      .arrival_us = 1};
        stop_on(xh_tsdb_append(db, &batch, &err), &err, "append");
    }
    double s = seconds_since(start_us);
    printf("import, %d a batch, %d series: %llu readings in %.1f s, %.0f readings/s\n",
           IMPORT_ROWS, SERIES, (unsigned long long)total, s, (double)total / s);
    free(rows);
}

static void measure_reads(struct xh_tsdb *db, uint64_t total) {
    struct xh_err err = {0};
    static struct xh_reading readings[4096];
    int64_t start_us = xh_env_monotonic_us(xh_env_real());
    uint64_t count = 0;
    for (uint32_t i = 0; i < SERIES; i++) {
        struct xh_tsdb_range range = {
            .key = key_of(100000 + i), .from_us = XH_TIME_MIN, .to_us = XH_TIME_MAX};
        struct xh_tsdb_cursor *cursor = NULL;
        stop_on(xh_tsdb_read(db, &range, &cursor, &err), &err, "read");
        ptrdiff_t got = 0;
        while ((got = xh_tsdb_next(cursor, readings, 4096, &err)) > 0) {
            count += (uint64_t)got;
        }
        stop_on((int)got, &err, "next");
        xh_tsdb_cursor_close(cursor);
    }
    double s = seconds_since(start_us);
    printf("range read, %llu of %llu readings: %.0f readings/s\n", (unsigned long long)count,
           (unsigned long long)total, (double)count / s);
    start_us = xh_env_monotonic_us(xh_env_real());
    enum { LOOKUPS = 20000 };
    for (uint32_t i = 0; i < LOOKUPS; i++) {
        struct xh_series_key key = key_of(100000 + i % SERIES);
        struct xh_reading reading;
        stop_on(xh_tsdb_before(db, &key, (int64_t)i * STEP_US, 0, &reading, &err), &err, "before");
    }
    printf("nearest reading: %.0f look-ups/s\n", LOOKUPS / seconds_since(start_us));
}

static void measure_care(struct xh_tsdb *db) {
    struct xh_err err = {0};
    struct xh_tsdb_stats stats;
    stop_on(xh_tsdb_get_stats(db, &stats, &err), &err, "stats");
    printf("%llu readings, %.1f bytes a reading on disk\n",
           (unsigned long long)stats.reading_count,
           (double)stats.size_bytes / (double)stats.reading_count);
    int64_t start_us = xh_env_monotonic_us(xh_env_real());
    int64_t faults = xh_tsdb_check(db, NULL, NULL, &err);
    stop_on((int)faults, &err, "check");
    printf("check: %.1f s, %lld faults\n", seconds_since(start_us), (long long)faults);
}

int main(int argc, char **argv) {
    const char *base = argc > 1 ? argv[1] : "/tmp";
    int64_t total = 5000000;
    if (argc > 2 && xh_int_parse(xh_str_from(argv[2]), &total) < 0) {
        fprintf(stderr, "'%s' is no number\n", argv[2]);
        return 2;
    }
    char dir[512], path[560];
    snprintf(dir, sizeof(dir), "%s/xanh-bench-%ld", base, (long)getpid());
    struct xh_err err = {0};
    struct xh_tsdb *db = NULL;
    stop_on(xh_tsdb_open(xh_env_real(), dir, &db, &err), &err, "open");
    measure_import(db, (uint64_t)total);
    measure_reads(db, (uint64_t)total);
    measure_appends(db, 1, 1, 1);
    measure_appends(db, 101, 1, 32);
    measure_submits(db, 200);
    measure_appends(db, 301, 100, 1);
    measure_appends(db, 401, 100, 8);
    measure_appends(db, 501, 10000, 1);
    measure_appends(db, 601, 10000, 4);
    measure_care(db);
    int64_t start_us = xh_env_monotonic_us(xh_env_real());
    xh_tsdb_close(db);
    stop_on(xh_tsdb_open(xh_env_real(), dir, &db, &err), &err, "open");
    printf("close and open: %.2f s\n", seconds_since(start_us));
    xh_tsdb_close(db);
    snprintf(path, sizeof(path), "%s/readings.db", dir);
    unlink(path);
    rmdir(dir);
    return 0;
}
