/* How fast are the columns, and how small? Prints, for columns as readings make them, bytes a value
 * and millions of values a second, written, read and folded; and what one value alone takes.
 *
 *     bench_codec            about ten seconds of one processor
 *
 * Targets and what was seen: docs/formats/columns.md. */
#include "store/tsdb/codec_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/rand.h"

enum { ROUNDS = 9, VALUES_A_ROUND = 1 << 22 };

struct data {
    size_t count;
    int64_t *ints;
    double *values;
    int8_t *decimals;
    uint8_t *bytes;
    size_t len;
};

typedef int64_t int_fn(struct xh_rand *rand, size_t i, int64_t before);

static int64_t jitter(struct xh_rand *rand, size_t i, int64_t before)
{
    return i == 0 ? INT64_C(1700000000000000)
                  : before + 10000000 + (int64_t)xh_rand_below(rand, 200000);
}

static int64_t whole_seconds(struct xh_rand *rand, size_t i, int64_t before)
{
    return i == 0 ? INT64_C(1700000000000000)
                  : before + 1000000 * (1 + (int64_t)xh_rand_below(rand, 60));
}

static int64_t even(struct xh_rand *rand, size_t i, int64_t before)
{
    (void)rand;
    return i == 0 ? INT64_C(1700000000000000) : before + 900000000;
}

static int64_t gaps(struct xh_rand *rand, size_t i, int64_t before)
{
    return even(rand, i, before) + (xh_rand_below(rand, 100) == 0 ? 900000000 : 0);
}

static int64_t noise(struct xh_rand *rand, size_t i, int64_t before)
{
    (void)i;
    (void)before;
    return (int64_t)xh_rand_below(rand, 1000);
}

static int64_t series(struct xh_rand *rand, size_t i, int64_t before)
{
    (void)i;
    return before + (xh_rand_below(rand, 8) == 0);
}

/* ---- columns of values, as whole numbers of some decimals ---- */

static int64_t meter(struct xh_rand *rand, size_t i, int64_t before)
{
    double shape = 0.55 + 0.45 * sin((double)(i % 96) / 96 * 2 * M_PI);
    return i == 0 ? 12345678 : before + (int64_t)(xh_rand_unit(rand) * 500 * shape);
}

static int64_t voltage(struct xh_rand *rand, size_t i, int64_t before)
{
    return i == 0 ? 2300 : before + lrint(xh_rand_normal(rand));
}

static int64_t constant(struct xh_rand *rand, size_t i, int64_t before)
{
    (void)before;
    (void)rand;
    (void)i;
    return 215;
}

static int64_t noise_of_cents(struct xh_rand *rand, size_t i, int64_t before)
{
    return noise(rand, i, before) - 500;
}

/* Time of this thread, so that what others do on the machine counts less. */
static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

enum what { WRITE_INTS, READ_INTS, WRITE_VALUES, READ_VALUES, FOLD };

static void run(enum what what, struct data *data, void *room)
{
    struct xh__codec_fold fold;
    switch (what) {
    case WRITE_INTS:
        data->len = xh__codec_ints_encode(data->ints, data->count, data->bytes);
        break;
    case READ_INTS:
        xh__codec_ints_decode(data->bytes, data->len, data->count, room);
        break;
    case WRITE_VALUES:
        data->len = xh__codec_values_encode(data->values, data->decimals, data->count, data->bytes);
        break;
    case READ_VALUES:
        xh__codec_values_decode(data->bytes, data->len, data->count, room, NULL);
        break;
    case FOLD:
        xh__codec_values_fold(data->bytes, data->len, data->count, 0, data->count, &fold);
        *(double *)room = fold.sum.sum;
        break;
    }
}

/* The best round, in millions of values a second. */
static double measure(enum what what, struct data *data, void *room)
{
    double best_s = 1e9;
    size_t times = VALUES_A_ROUND / data->count + 1;
    for (int round = 0; round < ROUNDS; round++) {
        double start_s = seconds();
        for (size_t i = 0; i < times; i++) {
            run(what, data, room);
        }
        double s = seconds() - start_s;
        best_s = s < best_s ? s : best_s;
    }
    return (double)(times * data->count) / best_s / 1e6;
}

static struct data make(int_fn *fn, size_t count, int decimals)
{
    struct xh_rand rand;
    struct data data = {.count = count};
    xh_rand_init(&rand, 1);
    data.ints = malloc(count * sizeof(*data.ints));
    data.values = malloc(count * sizeof(*data.values));
    data.decimals = malloc(count);
    data.bytes = malloc(xh__codec_values_bound(count));
    int64_t before = 0;
    for (size_t i = 0; i < count; i++) {
        before = data.ints[i] = fn(&rand, i, before);
        data.values[i] = (double)before / pow(10, decimals);
        data.decimals[i] = (int8_t)decimals;
    }
    return data;
}

static void finish(struct data *data)
{
    free(data->ints);
    free(data->values);
    free(data->decimals);
    free(data->bytes);
}

static void bench_ints(const char *name, int_fn *fn, size_t count)
{
    struct data data = make(fn, count, 0);
    int64_t *room = malloc(count * sizeof(*room));
    double write = measure(WRITE_INTS, &data, room);
    double read = measure(READ_INTS, &data, room);
    printf("| %-30s | %7zu | %9.3f | %7.0f | %7.0f | %7s |\n", name, count,
           (double)data.len / (double)count, write, read, "");
    free(room);
    finish(&data);
}

static void bench_values(const char *name, int_fn *fn, size_t count, int decimals)
{
    struct data data = make(fn, count, decimals);
    double *room = malloc(count * sizeof(*room));
    if (decimals == 9) { /* no decimals at all */
        for (size_t i = 0; i < count; i++) {
            data.values[i] = sin((double)i / 100);
            data.decimals[i] = XH_NUM_DECIMALS_SHORTEST;
        }
    }
    double write = measure(WRITE_VALUES, &data, room);
    double read = measure(READ_VALUES, &data, room);
    double fold = measure(FOLD, &data, room);
    printf("| %-30s | %7zu | %9.3f | %7.0f | %7.0f | %7.0f |\n", name, count,
           (double)data.len / (double)count, write, read, fold);
    free(room);
    finish(&data);
}

static void bench_last_row(void)
{
    struct data data = make(meter, 480, 3);
    int8_t decimals = 0;
    double value = 0, total = 0;
    data.len = xh__codec_values_encode(data.values, data.decimals, data.count, data.bytes);
    double start_s = seconds();
    for (int i = 0; i < 1000000; i++) {
        xh__codec_values_slice(data.bytes, data.len, 480, 479, 480, &value, &decimals);
        total += value;
    }
    printf("\nthe last of 480 values: %.0f ns (%g)\n", (seconds() - start_s) * 1000, total);
    finish(&data);
}

int main(void)
{
    printf(
        "| column                         |  values | bytes/val |  write  |  read   |  fold   |\n"
        "|---|---|---|---|---|---|\n");
    bench_values("meter, 3 decimals", meter, 480, 3);
    bench_values("meter, 3 decimals", meter, 4096, 3);
    bench_values("voltage, 1 decimal", voltage, 86400, 1);
    bench_values("noise, 2 decimals", noise_of_cents, 86400, 2);
    bench_values("constant, 1 decimal", constant, 480, 1);
    bench_values("one value", meter, 1, 3);
    bench_values("sine, true doubles", noise, 86400, 9);
    bench_ints("noise, 10 bits", noise, 86400);
    bench_ints("times, even", even, 480);
    bench_ints("times with gaps", gaps, 4096);
    bench_ints("times, jitter of 0.2 s", jitter, 4096);
    bench_ints("times, whole seconds", whole_seconds, 4096);
    bench_ints("numbers of series", series, 86400);
    bench_last_row();
    return 0;
}
