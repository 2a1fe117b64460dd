/* Segments: what was written comes back, what was damaged is never given out. */
#include "segment_help.h"

#include "base/env_fault.h"

#include <errno.h>
#include <pthread.h>

/* ---- rows and index ---- */

static void rows_come_back_as_they_were(void **state)
{
    struct world *w = *state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct model *m = model_create(seed);
        struct xh__segment *segment = model_write(m, w, seed);
        model_check(m, segment);
        assert_int_equal(verify(segment), 0);
        xh__segment_close(segment);
        model_destroy(m);
    }
}

static void a_part_is_that_part_of_the_whole(void **state)
{
    struct world *w = *state;
    struct xh_rand rand;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct model *m = model_create(seed);
        struct xh__segment *segment = model_write(m, w, seed);
        xh_rand_init(&rand, seed);
        struct chunks *chunks = chunks_of(segment);
        for (size_t i = 0; i < chunks->count; i++) {
            check_parts(segment, &chunks->items[i], &rand);
        }
        chunks_destroy(chunks);
        xh__segment_close(segment);
        model_destroy(m);
    }
}

static int count_chunk(void *arg, const struct xh__segment *segment, const struct xh__chunk *chunk)
{
    size_t *count = arg;
    (void)segment;
    (void)chunk;
    (*count)++;
    return 0;
}

static size_t count_found(const struct xh__segment *segment, struct xh__index_place *place,
                          uint32_t id, int64_t from_us, int64_t to_us)
{
    size_t count = 0;
    assert_int_equal(
        xh__segment_find(segment, place, id, from_us, to_us, count_chunk, &count, NULL), 0);
    return count;
}

/* Found one by one what a look at all chunks says. */
static void find_gives_the_chunks_that_touch_a_span(void **state)
{
    struct world *w = *state;
    struct xh__index_place *place = xh_alloc(sizeof(*place));
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct model *m = model_create(seed);
        struct xh__segment *segment = model_write(m, w, seed);
        struct chunks *chunks = chunks_of(segment);
        struct xh_rand rand;
        xh_rand_init(&rand, seed);
        for (int i = 0; i < 300; i++) {
            const struct xh__chunk *at = &chunks->items[xh_rand_below(&rand, chunks->count)];
            uint32_t id = at->id - 1 + (uint32_t)xh_rand_below(&rand, 3);
            int64_t from_us = at->from_us - 2 + (int64_t)xh_rand_below(&rand, 5);
            int64_t to_us = at->last_us - 2 + (int64_t)xh_rand_below(&rand, 5);
            size_t expected = 0;
            for (size_t j = 0; j < chunks->count; j++) {
                const struct xh__chunk *c = &chunks->items[j];
                expected += c->id == id && c->from_us < to_us && c->last_us >= from_us;
            }
            assert_int_equal(count_found(segment, place, id, from_us, to_us), expected);
        }
        chunks_destroy(chunks);
        xh__segment_close(segment);
        model_destroy(m);
    }
    free(place);
}

static void a_series_may_fill_many_blocks(void **state)
{
    struct world *w = *state;
    struct xh__columns rows = {0};
    struct xh__index_place *place = xh_alloc(sizeof(*place));
    struct xh__segment_options options = {.number = 5, .chunk_rows = 2};
    struct xh__segment_writer *writer = writer_of(w, &options, NULL, 0);
    for (uint32_t id = 10; id < 13; id++) {
        fill_register(&rows, 1000, id);
        assert_int_equal(xh__segment_writer_add(writer, id, &rows, NULL), 0);
    }
    struct xh__segment *segment = seal(w, writer, 5);
    assert_int_equal(xh__segment_info(segment)->chunk_count, 1500);
    assert_int_equal(xh__segment_block_count(segment), 12);
    for (uint32_t id = 9; id < 14; id++) {
        size_t expected = id >= 10 && id < 13 ? 500 : 0;
        assert_int_equal(count_found(segment, place, id, XH_TIME_MIN, INT64_MAX), expected);
    }
    int64_t mid_us = rows.at_us[500];
    assert_int_equal(count_found(segment, place, 11, mid_us, mid_us + 1), 1);
    assert_int_equal(count_found(segment, place, 11, XH_TIME_MIN, mid_us), 250);
    xh__segment_close(segment);
    xh__columns_finish(&rows);
    free(place);
}

static int stop_at_third(void *arg, const struct xh__segment *segment,
                         const struct xh__chunk *chunk)
{
    size_t *count = arg;
    (void)segment;
    (void)chunk;
    return ++*count == 3 ? 77 : 0;
}

static void a_walk_ends_when_told(void **state)
{
    struct world *w = *state;
    struct xh__columns rows = {0};
    struct xh__index_place *place = xh_alloc(sizeof(*place));
    struct xh__segment_options options = {.number = 5, .chunk_rows = 10};
    struct xh__segment_writer *writer = writer_of(w, &options, NULL, 0);
    fill_register(&rows, 100, 1);
    assert_int_equal(xh__segment_writer_add(writer, 1, &rows, NULL), 0);
    struct xh__segment *segment = seal(w, writer, 5);
    size_t count = 0;
    assert_int_equal(xh__segment_each(segment, place, stop_at_third, &count, NULL), 77);
    assert_int_equal(count, 3);
    count = 0;
    assert_int_equal(
        xh__segment_find(segment, place, 1, 0, INT64_MAX, stop_at_third, &count, NULL), 77);
    xh__segment_close(segment);
    xh__columns_finish(&rows);
    free(place);
}

/* ---- writing ---- */

static void many_calls_make_the_same_file_as_one(void **state)
{
    struct world *w = *state;
    struct xh__columns rows = {0};
    fill_register(&rows, 1000, 3);
    for (int split = 0; split < 2; split++) {
        struct xh__segment_options options = {.number = 8, .chunk_rows = 300};
        struct xh__segment_writer *writer = writer_of(w, &options, rows.arrival_us, 500);
        for (size_t at = 0; at < rows.count;) {
            size_t count = split ? 1 + at % 7 : rows.count;
            struct xh__columns part = part_of(&rows, at, count);
            assert_int_equal(xh__segment_writer_add(writer, 4, &part, NULL), 0);
            at += part.count;
        }
        xh__segment_close(seal(w, writer, 8));
        struct xh_buf bytes = read_file(w, "d/seg-0000000000000008");
        if (split) {
            assert_int_equal(bytes.len, w->bytes.len);
            assert_memory_equal(bytes.ptr, w->bytes.ptr, bytes.len);
            xh_buf_finish(&bytes);
        } else {
            w->bytes = bytes;
        }
    }
    xh__columns_finish(&rows);
}

static void nothing_written_is_no_file(void **state)
{
    struct world *w = *state;
    struct xh__segment_info info = {.row_count = 1};
    struct xh__columns none = {0};
    struct xh__segment_options options = {.number = 5};
    int64_t arrival_us = 7;
    struct xh__segment_writer *writer = writer_of(w, &options, &arrival_us, 1);
    assert_int_equal(xh__segment_writer_add(writer, 1, &none, NULL), 0);
    assert_int_equal(xh__segment_writer_finish(writer, &info, NULL), 0);
    assert_int_equal(info.row_count, 0);
    assert_int_equal(count_files(w), 0);
    xh__segment_writer_abandon(writer_of(w, &options, &arrival_us, 1));
    assert_int_equal(count_files(w), 0);
}

static void a_table_too_large_is_not_kept(void **state)
{
    struct world *w = *state;
    struct xh__columns rows = {0}, back = {0};
    struct xh__segment_options options = {.number = 5};
    size_t count = XH__ARRIVALS_MAX + 1, table_count = 1;
    int64_t *table = xh_alloc(count * sizeof(*table));
    fill_register(&rows, 10, 1);
    for (size_t i = 0; i < count; i++) {
        table[i] = rows.arrival_us[0] + (int64_t)i;
    }
    struct xh__segment_writer *writer = writer_of(w, &options, table, count);
    assert_int_equal(xh__segment_writer_add(writer, 1, &rows, NULL), 0);
    struct xh__segment *segment = seal(w, writer, 5);
    struct chunks *chunks = chunks_of(segment);
    xh__segment_arrivals(segment, &table_count);
    assert_int_equal(table_count, 0);
    assert_int_equal(xh__segment_decode(segment, &chunks->items[0], 0, 10, XH__COLUMN_ALL, &back,
                                        NULL), 0);
    check_same(&rows, &back);
    xh__columns_finish(&rows);
    xh__columns_finish(&back);
    chunks_destroy(chunks);
    xh__segment_close(segment);
    free(table);
}

static void a_file_left_over_is_no_hindrance(void **state)
{
    struct world *w = *state;
    struct xh_disk_file *file = NULL;
    struct xh__columns rows = {0};
    struct xh__segment_options options = {.number = 0xabc};
    assert_int_equal(
        xh_disk_open(&w->env, "d/tmp-seg-0000000000000abc", XH_DISK_CREATE, &file, NULL), 0);
    assert_int_equal(xh_disk_write(file, 100000, "x", 1, NULL), 0);
    xh_disk_close(file);
    struct xh__segment_writer *writer = writer_of(w, &options, NULL, 0);
    fill_register(&rows, 10, 1);
    assert_int_equal(xh__segment_writer_add(writer, 1, &rows, NULL), 0);
    struct xh__segment *segment = seal(w, writer, 0xabc);
    assert_int_equal(verify(segment), 0);
    assert_true(xh__segment_info(segment)->size_bytes < 1000);
    assert_string_equal(xh__segment_path(segment), "d/seg-0000000000000abc");
    xh__segment_close(segment);
    xh__columns_finish(&rows);
}

static void copied_chunks_are_the_same(void **state)
{
    struct world *w = *state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct model *m = model_create(seed);
        struct xh__segment *segment = model_write(m, w, seed);
        struct chunks *chunks = chunks_of(segment);
        size_t arrival_count = 0;
        const int64_t *arrivals_us = xh__segment_arrivals(segment, &arrival_count);
        struct xh__segment_options options = {.number = 1000 + seed};
        struct xh__segment_writer *writer = writer_of(w, &options, arrivals_us, arrival_count);
        struct xh__columns rows = {0};
        for (size_t i = 0; i < chunks->count; i++) { /* every other series anew */
            const struct xh__chunk *c = &chunks->items[i];
            if (c->id % 2) {
                assert_int_equal(xh__segment_writer_copy(writer, segment, c, NULL), 0);
                continue;
            }
            rows.count = 0;
            assert_int_equal(
                xh__segment_decode(segment, c, 0, c->count, XH__COLUMN_ALL, &rows, NULL), 0);
            assert_int_equal(xh__segment_writer_add(writer, c->id, &rows, NULL), 0);
        }
        struct xh__segment *copy = seal(w, writer, 1000 + seed);
        model_check(m, copy);
        assert_int_equal(verify(copy), 0);
        xh__columns_finish(&rows);
        chunks_destroy(chunks);
        xh__segment_close(copy);
        xh__segment_close(segment);
        model_destroy(m);
    }
}

/* ---- size ---- */

/* What a file needs besides the bytes of its values. */
static double overhead_per_row(struct world *w, uint32_t series, size_t count)
{
    struct xh__columns rows = {0};
    struct xh__segment_options options = {.number = 5};
    uint8_t *values = xh_alloc(xh__codec_values_bound(count));
    double values_bytes = 0;
    fill_register(&rows, count, 1);
    struct xh__segment_writer *writer = writer_of(w, &options, rows.arrival_us, count);
    for (uint32_t id = 0; id < series; id++) {
        fill_register(&rows, count, id);
        values_bytes +=
            (double)xh__codec_values_encode(rows.values, rows.decimals, rows.count, values);
        assert_int_equal(xh__segment_writer_add(writer, id, &rows, NULL), 0);
    }
    struct xh__segment *segment = seal(w, writer, 5);
    double bytes = (double)xh__segment_info(segment)->size_bytes - values_bytes;
    xh__segment_close(segment);
    xh__columns_finish(&rows);
    free(values);
    return bytes / ((double)series * (double)count);
}

static void regular_readings_cost_little_besides_their_values(void **state)
{
    struct world *w = *state;
    assert_true(overhead_per_row(w, 2000, 480) < 0.05);
    assert_true(overhead_per_row(w, 2000, 48) < 0.40);
    assert_true(overhead_per_row(w, 10, 2880) < 0.15);
}

/* Values that repeat in a pattern no frame of reference sees. */
static void fill_pattern(struct xh__columns *rows, size_t count)
{
    fill_register(rows, count, 1);
    for (size_t i = 0; i < count; i++) {
        rows->values[i] = (double)(i * i % 8 * 1237 % 1000) / 3.0;
        rows->decimals[i] = XH_NUM_DECIMALS_SHORTEST;
    }
}

static void chunks_that_gain_by_it_are_squeezed(void **state)
{
    struct world *w = *state;
    struct xh__columns rows = {0};
    uint64_t sizes[2];
    for (int is_squeezed = 0; is_squeezed < 2; is_squeezed++) {
        struct xh__segment_options options = {.number = 5, .is_squeezed = is_squeezed};
        struct xh__segment_writer *writer = writer_of(w, &options, NULL, 0);
        fill_pattern(&rows, 3000);
        assert_int_equal(xh__segment_writer_add(writer, 1, &rows, NULL), 0);
        struct xh__segment *segment = seal(w, writer, 5);
        struct chunks *chunks = chunks_of(segment);
        struct xh__columns back = {0};
        struct xh_rand rand;
        xh_rand_init(&rand, 1);
        assert_int_equal(chunks->count, 1);
        assert_int_equal((chunks->items[0].flags & XH__CHUNK_IS_SQUEEZED) != 0, is_squeezed);
        assert_int_equal(xh__segment_decode(segment, &chunks->items[0], 0, 3000, XH__COLUMN_ALL,
                                            &back, NULL), 0);
        check_same(&rows, &back);
        check_parts(segment, &chunks->items[0], &rand);
        assert_int_equal(verify(segment), 0);
        sizes[is_squeezed] = xh__segment_info(segment)->size_bytes;
        xh__columns_finish(&back);
        chunks_destroy(chunks);
        xh__segment_close(segment);
    }
    assert_true(sizes[1] < sizes[0] / 2);
    xh__columns_finish(&rows);
}

/* ---- damage ---- */

/* Three series, one of them squeezed, one with every column there is. */
static void write_small(struct world *w, const struct xh_env *env)
{
    struct xh__segment_options options = {.number = 5, .chunk_rows = 40, .is_squeezed = true};
    struct xh__segment_writer *writer = NULL;
    struct xh__columns rows = {0};
    fill_register(&rows, 60, 1);
    assert_int_equal(xh__segment_writer_create(env, "d", &options, rows.arrival_us, 60, &writer,
                                               NULL), 0);
    assert_int_equal(xh__segment_writer_add(writer, 1, &rows, NULL), 0);
    fill_pattern(&rows, 60);
    assert_int_equal(xh__segment_writer_add(writer, 2, &rows, NULL), 0);
    fill_irregular(&rows, 60, 3);
    assert_int_equal(xh__segment_writer_add(writer, 3, &rows, NULL), 0);
    xh__segment_close(seal(w, writer, 5));
    xh__columns_finish(&rows);
}

/* Every chunk is either told to be damaged, or is as it was. Returns how many are damaged. */
static int check_against(const struct xh__segment *segment, const struct xh__segment *good,
                         const struct chunks *chunks)
{
    int damaged = 0;
    struct xh__columns a = {0}, b = {0};
    struct xh__index_place *place = xh_alloc(sizeof(*place));
    struct xh_err err;
    if (xh__segment_load(segment, place, 0, &err) < 0) {
        assert_int_equal(err.code, XH_E_CORRUPT);
        free(place);
        return 1;
    }
    assert_int_equal(place->count, chunks->count);
    for (size_t i = 0; i < place->count; i++) {
        const struct xh__chunk *c = &chunks->items[i];
        check_same_chunk(&place->chunks[i], c);
        a.count = b.count = 0;
        assert_int_equal(xh__segment_decode(good, c, 0, c->count, XH__COLUMN_ALL, &a, NULL), 0);
        int rc = xh__segment_decode(segment, c, 0, c->count, XH__COLUMN_ALL, &b, &err);
        if (rc < 0) {
            assert_int_equal(rc, XH_E_CORRUPT);
            assert_non_null(strstr(err.text, "d/seg-0000000000000005"));
            damaged++;
        } else {
            check_same(&a, &b);
        }
    }
    xh__columns_finish(&a);
    xh__columns_finish(&b);
    free(place);
    return damaged;
}

static void every_flipped_bit_is_found(void **state)
{
    struct world *w = *state;
    struct xh__segment *good = NULL, *segment = NULL;
    struct xh_err err;
    write_small(w, &w->env);
    assert_int_equal(xh__segment_open(&w->env, "d", 5, &good, NULL), 0);
    struct chunks *chunks = chunks_of(good);
    uint64_t bits = xh__segment_info(good)->size_bytes * 8;
    for (uint64_t bit = 0; bit < bits; bit++) {
        assert_true(xh_disk_sim_flip(w->sim, "d/seg-0000000000000005", bit));
        int rc = xh__segment_open(&w->env, "d", 5, &segment, &err);
        if (rc == 0) {
            assert_int_equal(check_against(segment, good, chunks), 1);
            assert_true(verify(segment) > 0);
            xh__segment_close(segment);
        } else {
            assert_int_equal(rc, XH_E_CORRUPT);
            assert_non_null(strstr(err.text, "d/seg-0000000000000005"));
        }
        assert_true(xh_disk_sim_flip(w->sim, "d/seg-0000000000000005", bit));
    }
    chunks_destroy(chunks);
    xh__segment_close(good);
}

static void a_cut_file_does_not_open(void **state)
{
    struct world *w = *state;
    struct xh__segment *segment = NULL;
    write_small(w, &w->env);
    struct xh_disk_file *file = NULL;
    assert_int_equal(
        xh_disk_open(&w->env, "d/seg-0000000000000005", XH_DISK_WRITE, &file, NULL), 0);
    for (int64_t size = xh_disk_size_bytes(file) - 1; size >= 0; size--) {
        assert_int_equal(xh_disk_truncate(file, (uint64_t)size, NULL), 0);
        assert_int_equal(xh__segment_open(&w->env, "d", 5, &segment, NULL), XH_E_CORRUPT);
    }
    xh_disk_close(file);
    assert_int_equal(xh__segment_open(&w->env, "d", 6, &segment, NULL), XH_E_NOT_FOUND);
}

static void a_newer_format_and_another_number_are_told(void **state)
{
    struct world *w = *state;
    struct xh__segment *segment = NULL;
    struct xh_disk_file *file = NULL;
    struct xh_err err;
    uint8_t head[24];
    write_small(w, &w->env);
    assert_int_equal(
        xh_disk_rename(&w->env, "d/seg-0000000000000005", "d/seg-0000000000000006", NULL), 0);
    assert_int_equal(xh__segment_open(&w->env, "d", 6, &segment, &err), XH_E_CORRUPT);
    assert_non_null(strstr(err.text, "number 5"));

    assert_int_equal(
        xh_disk_open(&w->env, "d/seg-0000000000000006", XH_DISK_WRITE, &file, NULL), 0);
    assert_int_equal(xh_disk_read(file, 0, head, sizeof(head), NULL), sizeof(head));
    head[8] = 2;
    uint32_t crc = xh_crc32c(0, head, 20);
    for (int i = 0; i < 4; i++) {
        head[20 + i] = (uint8_t)(crc >> 8 * i);
    }
    assert_int_equal(xh_disk_write(file, 0, head, sizeof(head), NULL), 0);
    xh_disk_close(file);
    assert_int_equal(xh__segment_open(&w->env, "d", 6, &segment, &err), XH_E_SCHEMA);
    assert_non_null(strstr(err.text, "version 2"));
}

/* ---- faults and power cuts ---- */

/* Some megabytes, so that the writer's room is written out several times. */
static int write_large(const struct xh_env *env, struct xh_err *err)
{
    struct xh__segment_options options = {.number = 5};
    struct xh__segment_writer *writer = NULL;
    struct xh__segment_info info;
    struct xh__columns rows = {0};
    fill_irregular(&rows, 4000, 1);
    int rc = xh__segment_writer_create(env, "d", &options, rows.arrival_us, 1, &writer, err);
    for (uint32_t id = 0; rc == 0 && id < 60; id++) {
        rc = xh__segment_writer_add(writer, id, &rows, err);
    }
    if (rc == 0) {
        rc = xh__segment_writer_finish(writer, &info, err);
        assert_true(rc < 0 || info.row_count == 240000);
    } else if (writer) {
        xh__segment_writer_abandon(writer);
    }
    xh__columns_finish(&rows);
    return rc;
}

static void no_failed_operation_leaves_a_file(void **state)
{
    struct world *w = *state;
    struct xh_err err;
    bool has_fired = true;
    int failed = 0;
    for (uint64_t nth = 1; has_fired; nth++) {
        struct xh_env_fault *fault = xh_env_fault_create(1, 0);
        struct xh_env env = *xh_env_fault_env(fault);
        env.disk = w->env.disk;
        xh_env_fault_fail_any(fault, nth, nth % 2 ? EIO : ENOSPC, false);
        memset(&err, 0, sizeof(err));
        int rc = write_large(&env, &err);
        has_fired = xh_env_fault_has_fired(fault);
        if (has_fired) {
            assert_int_equal(rc, nth % 2 ? XH_E_IO : XH_E_NO_SPACE);
            assert_int_equal(err.code, rc);
            assert_int_equal(count_files(w), 0);
            failed++;
        } else {
            assert_int_equal(rc, 0);
            assert_int_equal(count_files(w), 1);
        }
        xh_env_fault_destroy(fault);
    }
    assert_true(failed >= 6); /* several writes, sync, rename, sync of the folder */
}

/* Whatever stands under the final name after the power came back is whole. */
static void check_survivor(struct world *w, bool must_exist)
{
    struct xh__segment *segment = NULL;
    int rc = xh__segment_open(&w->env, "d", 5, &segment, NULL);
    assert_true(rc == 0 || (rc == XH_E_NOT_FOUND && !must_exist));
    if (rc == 0) {
        assert_int_equal(verify(segment), 0);
        assert_int_equal(xh__segment_info(segment)->row_count, 240000);
        xh__segment_close(segment);
    }
}

static void no_power_cut_leaves_half_a_segment(void **state)
{
    struct world *w = *state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        bool was_cut = true;
        for (uint64_t nth = 1; was_cut; nth++) {
            world_reset(w, seed * 1000 + nth);
            xh_disk_sim_power_cut_at(w->sim, nth);
            int rc = write_large(&w->env, NULL);
            was_cut = xh_disk_sim_is_off(w->sim);
            assert_true(was_cut == (rc < 0));
            xh_disk_sim_power_cut(w->sim);
            xh_disk_sim_power_on(w->sim);
            check_survivor(w, rc == 0);
        }
    }
}

/* ---- threads ---- */

struct reader {
    const struct xh__segment *segment;
    const struct chunks *chunks;
    uint64_t seed;
    double sum; /* out */
};

static void *read_all(void *arg)
{
    struct reader *r = arg;
    struct xh__columns rows = {0};
    struct xh__index_place *place = xh_alloc(sizeof(*place));
    struct xh_rand rand;
    xh_rand_init(&rand, r->seed);
    for (int i = 0; i < 300; i++) {
        const struct xh__chunk *c = &r->chunks->items[xh_rand_below(&rand, r->chunks->count)];
        uint32_t row = 0;
        size_t found = 0;
        struct xh__codec_fold fold;
        rows.count = 0;
        if (xh__segment_find(r->segment, place, c->id, XH_TIME_MIN, INT64_MAX, count_chunk,
                             &found, NULL) != 0 || found == 0 ||
            xh__segment_seek(r->segment, c, c->last_us, &row, NULL) != 0 ||
            xh__segment_fold(r->segment, c, 0, c->count, &fold, NULL) != 0 ||
            xh__segment_decode(r->segment, c, 0, c->count, XH__COLUMN_ALL, &rows, NULL) != 0 ||
            rows.at_us[row] != c->last_us || fold.sum.sum != c->sum) {
            abort();
        }
        r->sum += fold.min;
    }
    xh__columns_finish(&rows);
    free(place);
    return NULL;
}

static void many_threads_read_at_once(void **state)
{
    enum { THREADS = 6 };
    struct world *w = *state;
    pthread_t threads[THREADS];
    struct reader readers[THREADS];
    write_small(w, &w->env);
    struct xh__segment *listed = NULL, *segment = NULL;
    assert_int_equal(xh__segment_open(&w->env, "d", 5, &listed, NULL), 0);
    struct chunks *chunks = chunks_of(listed);
    xh__segment_close(listed);
    assert_int_equal(xh__segment_open(&w->env, "d", 5, &segment, NULL), 0); /* nothing verified */
    for (size_t i = 0; i < THREADS; i++) {
        readers[i] = (struct reader){segment, chunks, i % 2, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, read_all, &readers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_true(readers[i].sum == readers[i % 2].sum);
    }
    chunks_destroy(chunks);
    xh__segment_close(segment);
}

/* ---- the document ---- */

static void the_documents_example_is_what_is_written(void **state)
{
    struct world *w = *state;
    struct xh__columns rows = {0};
    struct xh__segment_options options = {.number = 7, .month = 665, .level = 1, .flush_last = 3};
    int64_t arrivals_us[] = {INT64_C(1748736905000000), INT64_C(1748737805000000),
                             INT64_C(1748738705000000), INT64_C(1748739605000000)};
    struct xh__segment_writer *writer = writer_of(w, &options, arrivals_us, 4);
    for (uint32_t id = 2; id < 4; id++) {
        fill_example(&rows, id);
        assert_int_equal(xh__segment_writer_add(writer, id, &rows, NULL), 0);
    }
    struct xh__segment *segment = seal(w, writer, 7);
    assert_int_equal(verify(segment), 0);
    xh__segment_close(segment);
    w->bytes = read_file(w, "d/seg-0000000000000007");
    struct xh_buf text = {0}, example = {0};
    assert_int_equal(xh_file_read(xh_env_real(), XH_TEST_ROOT "/docs/formats/segment.md", 1 << 20,
                                  &text, NULL), 0);
    read_hex(xh_buf_str(&text), &example);
    if (example.len != w->bytes.len || memcmp(example.ptr, w->bytes.ptr, example.len) != 0) {
        print_hex(xh_buf_str(&w->bytes)); /* what the document ought to say */
    }
    assert_int_equal(example.len, w->bytes.len);
    assert_memory_equal(example.ptr, w->bytes.ptr, example.len);
    xh_buf_finish(&text);
    xh_buf_finish(&example);
    xh__columns_finish(&rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_come_back_as_they_were),
        TEST(a_part_is_that_part_of_the_whole),
        TEST(find_gives_the_chunks_that_touch_a_span),
        TEST(a_series_may_fill_many_blocks),
        TEST(a_walk_ends_when_told),
        TEST(many_calls_make_the_same_file_as_one),
        TEST(nothing_written_is_no_file),
        TEST(a_table_too_large_is_not_kept),
        TEST(a_file_left_over_is_no_hindrance),
        TEST(copied_chunks_are_the_same),
        TEST(regular_readings_cost_little_besides_their_values),
        TEST(chunks_that_gain_by_it_are_squeezed),
        TEST(every_flipped_bit_is_found),
        TEST(a_cut_file_does_not_open),
        TEST(a_newer_format_and_another_number_are_told),
        TEST(no_failed_operation_leaves_a_file),
        TEST(no_power_cut_leaves_half_a_segment),
        TEST(many_threads_read_at_once),
        TEST(the_documents_example_is_what_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
