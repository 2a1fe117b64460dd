/* How fast is reading? A city of meters and one fast series in a store of the machine's disk, asked
 * through the public header. Prints the best of several rounds of each question.
 *
 *     bench_scan FOLDER [METERS [DAYS]]     FOLDER must not exist; 10,000 meters, 5 days
 */
#include "store/tsdb/tsdb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rand.h"

#define T0 INT64_C(1740787200000000) /* 2025-03-01T00:00Z */
#define STEP_US (15 * 60 * XH_US_PER_S)

enum { ROUNDS = 7, BATCH = 100000, FAST_SECONDS = 31000000, CAPACITY = 4096 };

struct city {
    const struct xh_env *env;
    struct xh_tsdb *db;
    size_t meters, days;
    struct xh_series_key *keys; /* the one behind the last meter: a reading each second */
};

static void die_if(int rc, const struct xh_err *err)
{
    if (rc < 0) {
        (void)fprintf(stderr, "bench_scan: %s\n", err->text);
        exit(1);
    }
}

static double now_ms(const struct city *city)
{
    return (double)xh_env_monotonic_us(city->env) / 1000;
}

/* ---- filling ---- */

static void append(struct city *city, const struct xh_series_key *keys, size_t key_count,
                   const struct xh_tsdb_row *rows, size_t count)
{
    struct xh_err err;
    struct xh_tsdb_batch batch = {.keys = keys,
                                  .key_count = key_count,
                                  .rows = rows,
                                  .row_count = count,
                                  .arrival_us = rows[count - 1].at_us + 1000000};
    die_if(xh_tsdb_append(city->db, &batch, &err), &err);
}

static void fill_meters(struct city *city)
{
    struct xh_rand rand;
    xh_rand_init(&rand, 1);
    struct xh_tsdb_row *rows = xh_alloc(city->meters * sizeof(*rows));
    int64_t *registers = xh_alloc(city->meters * sizeof(*registers));
    for (size_t step = 0; step < city->days * 96; step++) {
        for (size_t i = 0; i < city->meters; i++) {
            registers[i] += (int64_t)xh_rand_below(&rand, 500);
            rows[i] = (struct xh_tsdb_row){.key_index = (uint32_t)i,
                                           .decimals = 3,
                                           .at_us = T0 + (int64_t)step * STEP_US,
                                           .value = (double)registers[i] / 1000};
        }
        append(city, city->keys, city->meters, rows, city->meters);
    }
    free(registers);
    free(rows);
}

static void fill_fast(struct city *city)
{
    struct xh_rand rand;
    xh_rand_init(&rand, 2);
    struct xh_tsdb_row *rows = xh_alloc(BATCH * sizeof(*rows));
    int64_t tenths = 2300;
    for (size_t done = 0; done < FAST_SECONDS; done += BATCH) {
        for (size_t i = 0; i < BATCH; i++) {
            tenths += (int64_t)xh_rand_below(&rand, 5) - 2;
            rows[i] = (struct xh_tsdb_row){.decimals = 1,
                                           .at_us = T0 + (int64_t)(done + i) * XH_US_PER_S,
                                           .value = (double)tenths / 10};
        }
        append(city, &city->keys[city->meters], 1, rows, BATCH);
    }
    free(rows);
}

/* ---- asking ---- */

static size_t read_span(struct city *city, size_t series, int64_t from_us, int64_t to_us)
{
    static const size_t capacity = CAPACITY;
    struct xh_reading *readings = xh_alloc(capacity * sizeof(*readings));
    struct xh_tsdb_range range = {.key = city->keys[series], .from_us = from_us, .to_us = to_us};
    struct xh_tsdb_cursor *cursor = NULL;
    struct xh_err err;
    size_t total = 0;
    die_if(xh_tsdb_read(city->db, &range, &cursor, &err), &err);
    ptrdiff_t count;
    while ((count = xh_tsdb_next(cursor, readings, capacity, &err)) > 0) {
        total += (size_t)count;
    }
    die_if((int)count, &err);
    xh_tsdb_cursor_close(cursor);
    free(readings);
    return total;
}

static size_t ask_meter(struct city *city)
{
    return read_span(city, city->meters / 2, T0, T0 + 31 * XH_US_PER_DAY);
}

static size_t ask_scan(struct city *city)
{
    return read_span(city, city->meters, T0, T0 + 100 * XH_US_PER_DAY);
}

static size_t ask_last(struct city *city)
{
    struct xh_reading *last = xh_alloc(city->meters * sizeof(*last));
    struct xh_err err;
    die_if(xh_tsdb_last_of(city->db, city->keys, city->meters, last, &err), &err);
    free(last);
    return city->meters;
}

static size_t ask_city(struct city *city, unsigned measures)
{
    int64_t edges_us[64];
    struct xh_tsdb_answer answers[64];
    size_t days = city->days < 63 ? city->days : 63, count = 0;
    for (size_t i = 0; i <= days; i++) {
        edges_us[i] = T0 + (int64_t)i * XH_US_PER_DAY;
    }
    struct xh_tsdb_question question = {.keys = city->keys,
                                        .key_count = city->meters,
                                        .edges_us = edges_us,
                                        .window_count = days,
                                        .measures = measures,
                                        .quantile = 0.5};
    struct xh_err err;
    die_if(xh_tsdb_aggregate(city->db, &question, answers, &err), &err);
    for (size_t i = 0; i < days; i++) {
        count += answers[i].count;
    }
    return count;
}

static size_t ask_city_sums(struct city *city)
{
    return ask_city(city, XH_TSDB_BASICS);
}

static size_t ask_city_increase(struct city *city)
{
    return ask_city(city, XH_TSDB_INCREASE);
}

static size_t ask_city_all(struct city *city)
{
    return ask_city(city, XH_TSDB_BASICS | XH_TSDB_ENDS | XH_TSDB_INCREASE | XH_TSDB_INTEGRAL);
}

static size_t ask_year(struct city *city)
{
    enum { DAYS = 360 };
    int64_t edges_us[DAYS + 1];
    for (size_t i = 0; i <= DAYS; i++) {
        edges_us[i] = T0 + (int64_t)i * XH_US_PER_DAY;
    }
    struct xh_tsdb_window *windows = xh_alloc(DAYS * sizeof(*windows));
    struct xh_err err;
    size_t count = 0;
    die_if(xh_tsdb_windows(city->db, &city->keys[city->meters], edges_us, DAYS, 0, windows, &err),
           &err);
    for (size_t i = 0; i < DAYS; i++) {
        count += windows[i].count;
    }
    free(windows);
    return count;
}

static void measure(struct city *city, const char *name, size_t (*ask)(struct city *))
{
    double best = 0, first = 0;
    size_t count = 0;
    for (int i = 0; i < ROUNDS; i++) {
        double begin = now_ms(city);
        count = ask(city);
        double took = now_ms(city) - begin;
        first = i == 0 ? took : first;
        best = i == 0 || took < best ? took : best;
    }
    printf("  %-40s %9zu readings %9.3f ms, first %9.3f ms, %7.1f M/s\n", name, count, best, first,
           best > 0 ? (double)count / best / 1000 : 0);
}

static void measure_all(struct city *city, const char *when)
{
    struct xh_tsdb_stats stats;
    struct xh_err err;
    die_if(xh_tsdb_get_stats(city->db, &stats, &err), &err);
    printf("%s: %llu segments, %llu rows in memory\n", when,
           (unsigned long long)stats.segment_count, (unsigned long long)stats.memory_rows);
    measure(city, "one meter, all readings", ask_meter);
    measure(city, "the last of each meter", ask_last);
    measure(city, "the city by days: sums", ask_city_sums);
    measure(city, "the city by days: increase", ask_city_increase);
    measure(city, "the city by days: all but quantiles", ask_city_all);
    measure(city, "100 days of a second each, read", ask_scan);
    measure(city, "a year of a second each, by days", ask_year);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        (void)fprintf(stderr, "usage: bench_scan FOLDER [METERS [DAYS]]\n");
        return 2;
    }
    struct city city = {.env = xh_env_real(), .meters = 10000, .days = 5};
    city.meters = argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : city.meters;
    city.days = argc > 3 ? (size_t)strtoul(argv[3], NULL, 10) : city.days;
    struct xh_err err;
    struct xh_tsdb_options options = {.sync = XH_TSDB_SYNC_EACH_SECOND_MAY_LOSE};
    die_if(xh_tsdb_open_as(city.env, argv[1], &options, &city.db, &err), &err);
    city.keys = xh_alloc((city.meters + 1) * sizeof(*city.keys));
    for (size_t i = 0; i <= city.meters; i++) {
        memcpy(city.keys[i].bytes, &i, sizeof(i));
    }
    die_if(xh_tsdb_declare(city.db, city.keys, city.meters + 1, XH_POLICY_REPLACE, &err), &err);
    double begin = now_ms(&city);
    fill_meters(&city);
    double middle = now_ms(&city);
    fill_fast(&city);
    printf("appended: meters %.2f M/s, fast %.2f M/s\n",
           (double)(city.meters * city.days * 96) / (middle - begin) / 1000,
           FAST_SECONDS / (now_ms(&city) - middle) / 1000);
    measure_all(&city, "as appended");
    die_if(xh_tsdb_tend(city.db, XH_TSDB_FLUSH, &err), &err);
    measure_all(&city, "flushed");
    die_if(xh_tsdb_tend(city.db, XH_TSDB_MERGE_ALL, &err), &err);
    measure_all(&city, "each month in one segment");
    xh_tsdb_close(city.db);
    free(city.keys);
    return 0;
}
