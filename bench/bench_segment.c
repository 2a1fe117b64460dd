/* How small and how fast are segments? Writes one of 15-minute registers (three decimals) with a
 * table of arrivals, then opens it, looks series up, walks the index, decodes and folds.
 *
 *     bench_segment [FOLDER [SERIES [ROWS [squeezed]]]]     (default: /tmp, 10,000 series of 480)
 *
 * The file is made in FOLDER and removed. */
#include "base/arena.h"
#include "base/rand.h"
#include "store/tsdb/segment_format_internal.h"

#include <stdio.h>
#include <stdlib.h>

enum { LOOKUPS = 200000 };
#define STEP_US (INT64_C(900) * 1000000)
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

/* Registers that rise by up to half a kilowatt-hour in each quarter of an hour. */
static void fill(struct xh__columns *rows, size_t count, uint64_t series)
{
    struct xh_rand rand;
    xh_rand_init(&rand, series + 1);
    int64_t wh = (int64_t)(xh_rand_below(&rand, 100000000));
    xh__columns_grow(rows, count);
    rows->count = count;
    for (size_t i = 0; i < count; i++) {
        wh += (int64_t)(xh_rand_below(&rand, 500));
        rows->at_us[i] = START_US + (int64_t)i * STEP_US;
        rows->values[i] = (double)wh / 1000;
        rows->decimals[i] = 3;
        rows->seqs[i] = i + 1;
        rows->arrival_us[i] = rows->at_us[i] + 7123456 + (int64_t)i % 13 * 1017;
        rows->quality[i] = 0;
    }
}

static struct xh__segment_info write_segment(const char *dir, size_t series, size_t count,
                                             bool is_squeezed)
{
    enum { KINDS = 64 }; /* series made beforehand, so that the writer alone is measured */
    struct xh__columns kinds[KINDS] = {0};
    struct xh__segment_writer *writer = NULL;
    struct xh__segment_info info;
    struct xh_err err;
    for (size_t i = 0; i < KINDS; i++) {
        fill(&kinds[i], count, i);
    }
    struct xh__segment_options options = {.number = 1, .is_squeezed = is_squeezed};
    double start_s = now_s();
    stop_on(xh__segment_writer_create(xh_env_real(), dir, &options, kinds[0].arrival_us, count,
                                      &writer, &err), &err);
    for (size_t i = 0; i < series; i++) {
        stop_on(xh__segment_writer_add(writer, (uint32_t)i, &kinds[i % KINDS], &err), &err);
    }
    double encoded_s = now_s() - start_s;
    stop_on(xh__segment_writer_finish(writer, &info, &err), &err);
    printf("write: %.1f M rows/s, with the sync %.3f s; %.4f bytes a row\n",
           (double)info.row_count / encoded_s / 1e6, now_s() - start_s,
           (double)info.size_bytes / (double)info.row_count);
    for (size_t i = 0; i < KINDS; i++) {
        xh__columns_finish(&kinds[i]);
    }
    return info;
}

struct seen {
    uint64_t count, bytes;
    struct xh_sum sum;
    struct xh__chunk chunk; /* the last one */
};

static int see(void *arg, const struct xh__segment *segment, const struct xh__chunk *chunk)
{
    struct seen *seen = arg;
    (void)segment;
    struct xh_sum sum = {chunk->sum, chunk->compensation, chunk->count};
    xh_sum_merge(&seen->sum, &sum);
    seen->count++;
    seen->bytes += chunk->size_bytes;
    seen->chunk = *chunk;
    return 0;
}

/* Where the bytes are that are not the chunks'. */
static void measure_index(const struct xh__segment *segment, struct xh__index_place *place)
{
    const struct xh__segment_info *info = xh__segment_info(segment);
    struct xh_err err;
    for (int round = 0; round < 3; round++) {
        struct seen seen = {0};
        memset(place, 0, sizeof(*place));
        double start_s = now_s();
        stop_on(xh__segment_each(segment, place, see, &seen, &err), &err);
        printf("walk of the index: %.3f ms, %.0f ns a chunk; %.1f of a chunk's %.1f bytes\n",
               (now_s() - start_s) * 1e3, (now_s() - start_s) * 1e9 / (double)seen.count,
               (double)(info->size_bytes - seen.bytes) / (double)seen.count,
               (double)info->size_bytes / (double)seen.count);
    }
}

static void measure_lookups(const struct xh__segment *segment, struct xh__index_place *place)
{
    const struct xh__segment_info *info = xh__segment_info(segment);
    uint32_t series = info->id_max + 1;
    struct seen seen = {0};
    struct xh_err err;
    double start_s = now_s();
    for (uint32_t i = 0; i < LOOKUPS; i++) {
        stop_on(xh__segment_find(segment, place, (uint32_t)((uint64_t)i * 7919 % series), 0,
                                 INT64_MAX, see, &seen, &err), &err);
    }
    printf("look-up anywhere: %.0f ns\n", (now_s() - start_s) * 1e9 / LOOKUPS);
    start_s = now_s();
    for (uint32_t i = 0; i < LOOKUPS; i++) {
        stop_on(xh__segment_find(segment, place, 1 + i % 100, 0, INT64_MAX, see, &seen, &err),
                &err);
    }
    printf("look-up in the block at hand: %.0f ns\n", (now_s() - start_s) * 1e9 / LOOKUPS);
}

static int decode(void *arg, const struct xh__segment *segment, const struct xh__chunk *chunk)
{
    struct xh__columns *rows = arg;
    rows->count = 0;
    return xh__segment_decode(segment, chunk, 0, chunk->count, XH__COLUMN_ALL, rows, NULL);
}

static int decode_last(void *arg, const struct xh__segment *segment, const struct xh__chunk *chunk)
{
    struct xh__columns *rows = arg;
    rows->count = 0;
    return xh__segment_decode(segment, chunk, chunk->count - 1, chunk->count, XH__COLUMN_ALL, rows,
                              NULL);
}

static int decode_two(void *arg, const struct xh__segment *segment, const struct xh__chunk *chunk)
{
    struct xh__columns *rows = arg;
    rows->count = 0;
    return xh__segment_decode(segment, chunk, 0, chunk->count, XH__COLUMN_TIME | XH__COLUMN_VALUE,
                              rows, NULL);
}

static int fold_part(void *arg, const struct xh__segment *segment, const struct xh__chunk *chunk)
{
    struct xh__codec_fold fold;
    (void)arg;
    return xh__segment_fold(segment, chunk, 0, chunk->count, &fold, NULL);
}

static void measure_rows(const struct xh__segment *segment, struct xh__index_place *place)
{
    static const struct {
        const char *name;
        xh__chunk_fn *run;
        bool is_per_row;
    } measures[] = {{"decode all columns, first time", decode, true},
                    {"decode all columns", decode, true},
                    {"decode times and values", decode_two, true},
                    {"fold", fold_part, true},
                    {"decode the last row", decode_last, false}};
    const struct xh__segment_info *info = xh__segment_info(segment);
    struct xh__columns rows = {0};
    struct xh_err err;
    for (size_t i = 0; i < sizeof(measures) / sizeof(measures[0]); i++) {
        double start_s = now_s();
        stop_on(xh__segment_each(segment, place, measures[i].run, &rows, &err), &err);
        double s = now_s() - start_s;
        if (measures[i].is_per_row) {
            printf("%s: %.0f M rows/s\n", measures[i].name, (double)info->row_count / s / 1e6);
        } else {
            printf("%s: %.0f ns, index included\n", measures[i].name,
                   s * 1e9 / (double)info->chunk_count);
        }
    }
    xh__columns_finish(&rows);
}

int main(int argc, char **argv)
{
    const char *dir = argc > 1 ? argv[1] : "/tmp";
    int64_t series = 10000, count = 480;
    struct xh__segment *segment = NULL;
    struct xh_err err;
    if ((argc > 2 && xh_int_parse(xh_str_from(argv[2]), &series) < 0) ||
        (argc > 3 && xh_int_parse(xh_str_from(argv[3]), &count) < 0) || series < 1 || count < 1) {
        fprintf(stderr, "usage: bench_segment [FOLDER [SERIES [ROWS [squeezed]]]]\n");
        return 2;
    }
    write_segment(dir, (size_t)series, (size_t)count, argc > 4);
    double start_s = now_s();
    stop_on(xh__segment_open(xh_env_real(), dir, 1, &segment, &err), &err);
    printf("open: %.0f us\n", (now_s() - start_s) * 1e6);
    struct xh__index_place *place = xh_alloc(sizeof(*place));
    measure_index(segment, place);
    measure_lookups(segment, place);
    measure_rows(segment, place);
    start_s = now_s();
    int64_t faults = xh__segment_verify(segment, NULL, NULL);
    printf("verify: %.0f M rows/s, %lld faults\n",
           (double)xh__segment_info(segment)->row_count / (now_s() - start_s) / 1e6,
           (long long)faults);
    free(place);
    xh_disk_remove(xh_env_real(), xh__segment_path(segment), NULL);
    xh__segment_close(segment);
    return faults == 0 ? 0 : 1;
}
