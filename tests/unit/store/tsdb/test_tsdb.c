/* The guarantees of writing: what is kept, numbered, corrected, retracted, erased. */
#include "tsdb_help.h"

#include "base/crc32c.h"
#include "store/tsdb/manifest_internal.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <unistd.h>

static uint64_t bits_of(double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

/* ---- what is kept ---- */

static void a_reading_reads_back_digit_for_digit(void **state)
{
    struct fixture *f = *state;
    static const char *const texts[] = {
        "0",      "0.0",     "-0",       "-0.00",   "1.10",  "230.000", "-7.25",
        "0.1",    "1234567", "12345678901.2345", "0.00000000000000001", "2.50"};
    enum { COUNT = sizeof(texts) / sizeof(texts[0]) };
    declare(f->db, 1, XH_POLICY_KEEP_ALL);
    struct xh_series_key key = key_of(1);
    struct xh_tsdb_row rows[COUNT] = {{0}};
    for (int i = 0; i < COUNT; i++) {
        int decimals = 0;
        assert_int_equal(xh_num_parse(xh_str_from(texts[i]), &rows[i].value, &decimals), 0);
        rows[i].decimals = (int8_t)decimals;
        rows[i].at_us = i;
    }
    struct xh_tsdb_batch batch = {
        .keys = &key, .key_count = 1, .rows = rows, .row_count = COUNT, .arrival_us = 5};
    assert_int_equal(xh_tsdb_append(f->db, &batch, NULL), 0);
    fixture_reopen(f);
    size_t count = 0;
    struct xh_reading *readings = read_series(f->db, 1, &count);
    assert_int_equal(count, COUNT);
    for (int i = 0; i < COUNT; i++) {
        char text[XH_NUM_FIXED_BYTES];
        xh_num_print_as(readings[i].value, readings[i].decimals, text);
        assert_string_equal(text, texts[i]);
    }
    free(readings);
}

static void a_reading_keeps_every_bit_of_its_value_and_its_quality(void **state)
{
    struct fixture *f = *state;
    static const double values[] = {-0.0, 0.0, 5e-324, -1.7976931348623157e308, 0.1, 1.0 / 3};
    enum { COUNT = sizeof(values) / sizeof(values[0]) };
    declare(f->db, 1, XH_POLICY_REPLACE);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(put_quality(f->db, 1, i, values[i], 100 + i, (uint8_t)(7 * i)).status, 0);
    }
    fixture_reopen(f);
    size_t count = 0;
    struct xh_reading *readings = read_series(f->db, 1, &count);
    assert_int_equal(count, COUNT);
    for (int i = 0; i < COUNT; i++) {
        assert_true(bits_of(readings[i].value) == bits_of(values[i]));
        assert_int_equal(readings[i].quality, 7 * i);
        assert_int_equal(readings[i].arrival_us, 100 + i);
        assert_int_equal(readings[i].at_us, i);
        assert_int_equal(readings[i].seq, i + 1);
        assert_int_equal(readings[i].decimals, 2);
        assert_true(readings[i].is_in_force);
    }
    free(readings);
}

static void the_first_and_the_last_microsecond_can_be_measured_at(void **state)
{
    struct fixture *f = *state;
    declare(f->db, 1, XH_POLICY_REPLACE);
    assert_int_equal(put(f->db, 1, XH_TIME_MIN, 1, 0).status, 0);
    assert_int_equal(put(f->db, 1, XH_TIME_MAX, 2, 0).status, 0);
    struct xh_series_key key = key_of(1);
    struct xh_reading reading;
    assert_int_equal(xh_tsdb_last(f->db, &key, &reading, NULL), 0);
    assert_true(reading.at_us == XH_TIME_MAX);
    assert_int_equal(xh_tsdb_after(f->db, &key, INT64_MIN, 0, &reading, NULL), 0);
    assert_true(reading.at_us == XH_TIME_MIN);
    assert_int_equal(xh_tsdb_before(f->db, &key, INT64_MAX, 0, &reading, NULL), 0);
    assert_true(reading.at_us == XH_TIME_MAX);
}

/* ---- numbers ---- */

static void numbers_start_at_1_and_have_no_gaps(void **state)
{
    struct fixture *f = *state;
    declare(f->db, 1, XH_POLICY_REPLACE);
    declare(f->db, 2, XH_POLICY_REPLACE);
    for (uint64_t i = 1; i <= 5; i++) {
        assert_int_equal(put(f->db, 1, (int64_t)i, 1, 0).seq, i);
    }
    assert_int_equal(put(f->db, 2, 1, 1, 0).seq, 1);
    assert_int_equal(put(f->db, 9, 6, 1, 0).status, XH_E_NOT_FOUND);
    assert_int_equal(put(f->db, 1, 6, INFINITY, 0).status, XH_E_INVALID);
    assert_int_equal(put(f->db, 1, 5, 1, 0).fate, XH_FATE_DUPLICATE);
    fixture_reopen(f);
    assert_int_equal(put(f->db, 1, 6, 1, 0).seq, 6);
}

static void a_number_is_not_given_twice_even_when_the_last_readings_were_erased(void **state)
{
    struct fixture *f = *state;
    declare(f->db, 1, XH_POLICY_REPLACE);
    put(f->db, 1, 1, 1, 0);
    put(f->db, 1, 2, 1, 0);
    struct xh_series_key key = key_of(1);
    uint64_t count = 0;
    assert_int_equal(xh_tsdb_erase(f->db, &key, 2, 3, &count, NULL), 0);
    assert_int_equal(count, 1);
    fixture_reopen(f);
    assert_int_equal(put(f->db, 1, 2, 1, 0).seq, 3);
}

/* ---- batches ---- */

static int append_two(struct xh_tsdb *db, const struct xh_series_key keys[2],
                      struct xh_tsdb_row second, struct xh_err *err)
{
    struct xh_tsdb_row rows[2] = {{.key_index = 0, .at_us = 1, .value = 1}, second};
    struct xh_tsdb_batch batch = {.keys = keys, .key_count = 2, .rows = rows, .row_count = 2};
    return xh_tsdb_append(db, &batch, err);
}

static void a_batch_with_an_undeclared_series_is_not_kept_at_all(void **state)
{
    struct fixture *f = *state;
    declare(f->db, 1, XH_POLICY_REPLACE);
    struct xh_series_key keys[2] = {key_of(1), key_of(2)};
    struct xh_err err = {0};
    struct xh_tsdb_row second = {.key_index = 1, .at_us = 1, .value = 1};
    assert_int_equal(append_two(f->db, keys, second, &err), XH_E_NOT_FOUND);
    assert_non_null(strstr(err.text, "was not declared"));
    assert_int_equal(count_series(f->db, 1), 0);
}

static void a_reading_that_cannot_be_is_refused_with_its_batch(void **state)
{
    struct fixture *f = *state;
    declare(f->db, 1, XH_POLICY_REPLACE);
    declare(f->db, 2, XH_POLICY_REPLACE);
    struct xh_series_key keys[2] = {key_of(1), key_of(2)};
    static const struct {
        struct xh_tsdb_row row;
        const char *field;
    } cases[] = {
        {{.value = NAN}, "rows[1].value"},
        {{.value = INFINITY}, "rows[1].value"},
        {{.value = -INFINITY}, "rows[1].value"},
        {{.at_us = XH_TIME_MIN - 1}, "rows[1].at_us"},
        {{.at_us = XH_TIME_MAX + 1}, "rows[1].at_us"},
        {{.decimals = 18}, "rows[1].decimals"},
        {{.decimals = -2}, "rows[1].decimals"},
        {{.key_index = 2}, "rows[1].key_index"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct xh_err err = {0};
        assert_int_equal(append_two(f->db, keys, cases[i].row, &err), XH_E_INVALID);
        assert_string_equal(err.field, cases[i].field);
    }
    assert_int_equal(count_series(f->db, 1), 0);
    struct xh_tsdb_batch large = {.row_count = XH_TSDB_BATCH_ROWS_MAX + 1};
    assert_int_equal(xh_tsdb_append(f->db, &large, NULL), XH_E_INVALID);
}

static void an_empty_batch_is_fine(void **state)
{
    struct fixture *f = *state;
    struct xh_tsdb_batch batch = {.row_count = 0};
    assert_int_equal(xh_tsdb_append(f->db, &batch, NULL), 0);
}

static void the_order_of_a_batch_decides_the_numbers(void **state)
{
    struct fixture *f = *state;
    declare(f->db, 1, XH_POLICY_REPLACE);
    declare(f->db, 2, XH_POLICY_REPLACE);
    struct xh_series_key keys[2] = {key_of(1), key_of(2)};
    struct xh_tsdb_row rows[5] = {{.key_index = 1, .at_us = 9, .value = 1},
                                  {.key_index = 0, .at_us = 5, .value = 1},
                                  {.key_index = 1, .at_us = 3, .value = 1},
                                  {.key_index = 1, .at_us = 3, .value = 1},
                                  {.key_index = 1, .at_us = 9, .value = 2}};
    uint64_t seq[5] = {0};
    uint8_t fate[5] = {0};
    struct xh_tsdb_batch batch = {.keys = keys,
                                  .key_count = 2,
                                  .rows = rows,
                                  .row_count = 5,
                                  .ret_seq = seq,
                                  .ret_fate = fate};
    assert_int_equal(xh_tsdb_append(f->db, &batch, NULL), 0);
    static const uint64_t seqs[5] = {1, 1, 2, 2, 3};
    static const uint8_t fates[5] = {XH_FATE_NEW, XH_FATE_NEW, XH_FATE_NEW, XH_FATE_DUPLICATE,
                                     XH_FATE_CORRECTION};
    assert_memory_equal(seq, seqs, sizeof(seqs));
    assert_memory_equal(fate, fates, sizeof(fates));
}

/* ---- series ---- */

static void declaring_again_changes_nothing_but_not_with_another_policy(void **state)
{
    struct fixture *f = *state;
    struct xh_series_key keys[3] = {key_of(1), key_of(2), key_of(1)};
    assert_int_equal(xh_tsdb_declare(f->db, keys, 3, XH_POLICY_REPLACE, NULL), 0);
    put(f->db, 1, 1, 1, 0);
    assert_int_equal(xh_tsdb_declare(f->db, keys, 3, XH_POLICY_REPLACE, NULL), 0);
    assert_int_equal(count_series(f->db, 1), 1);
    keys[0] = key_of(3);
    struct xh_err err = {0};
    assert_int_equal(xh_tsdb_declare(f->db, keys, 3, XH_POLICY_KEEP_ALL, &err), XH_E_CONFLICT);
    assert_int_equal(put(f->db, 3, 1, 1, 0).status, XH_E_NOT_FOUND);
    fixture_reopen(f);
    assert_int_equal(put(f->db, 2, 1, 1, 0).status, 0);
    assert_int_equal(put(f->db, 2, 1, 1, 0).fate, XH_FATE_DUPLICATE);
}

static void an_undeclared_series_is_not_found_whatever_is_asked(void **state)
{
    struct fixture *f = *state;
    struct xh_series_key key = key_of(1);
    struct xh_tsdb_range range = {.key = key, .to_us = 10};
    struct xh_tsdb_cursor *cursor = NULL;
    struct xh_reading reading;
    struct xh_tsdb_window window;
    int64_t edges[2] = {0, 10};
    uint64_t count = 0;
    assert_int_equal(xh_tsdb_read(f->db, &range, &cursor, NULL), XH_E_NOT_FOUND);
    assert_int_equal(xh_tsdb_last(f->db, &key, &reading, NULL), XH_E_NOT_FOUND);
    assert_int_equal(xh_tsdb_get(f->db, &key, 1, &reading, NULL), XH_E_NOT_FOUND);
    assert_int_equal(xh_tsdb_windows(f->db, &key, edges, 1, 0, &window, NULL), XH_E_NOT_FOUND);
    assert_int_equal(xh_tsdb_retract(f->db, &key, 1, 1, 0, &count, NULL), XH_E_NOT_FOUND);
    assert_int_equal(xh_tsdb_erase(f->db, &key, 0, 1, &count, NULL), XH_E_NOT_FOUND);
}

/* ---- corrections ---- */

static void a_correction_is_in_force_and_the_earlier_reading_stays_visible(void **state)
{
    struct fixture *f = *state;
    declare(f->db, 1, XH_POLICY_REPLACE);
    assert_int_equal(put(f->db, 1, 10, 1.5, 100).fate, XH_FATE_NEW);
    assert_int_equal(put(f->db, 1, 10, 2.5, 200).fate, XH_FATE_CORRECTION);
    size_t count = 0;
    struct xh_reading *readings = read_series(f->db, 1, &count);
    assert_int_equal(count, 1);
    assert_true(readings[0].value == 2.5);
    free(readings);
    struct xh_tsdb_range all = {.key = key_of(1), .to_us = 20, .with_corrected = true};
    readings = read_range(f->db, &all, 10, &count);
    assert_int_equal(count, 2);
    assert_true(readings[0].value == 1.5 && !readings[0].is_in_force);
    assert_true(readings[1].value == 2.5 && readings[1].is_in_force);
    free(readings);
}

static void the_same_value_and_quality_again_is_not_kept(void **state)
{
    struct fixture *f = *state;
    declare(f->db, 1, XH_POLICY_REPLACE);
    put_quality(f->db, 1, 10, 1.5, 100, XH_QUALITY_MANUAL);
    struct answer again = put_quality(f->db, 1, 10, 1.5, 200, XH_QUALITY_MANUAL | XH_QUALITY_LATE);
    assert_int_equal(again.fate, XH_FATE_DUPLICATE);
    assert_int_equal(again.seq, 1);
    assert_int_equal(put_quality(f->db, 1, 10, 1.5, 300, XH_QUALITY_GOOD).fate, XH_FATE_CORRECTION);
    assert_int_equal(put_quality(f->db, 1, 10, 1.5, 400, XH_QUALITY_LATE).seq, 2);
    put(f->db, 1, 11, 0.0, 0);
    assert_int_equal(put(f->db, 1, 11, -0.0, 0).fate, XH_FATE_CORRECTION);
    struct xh_tsdb_stats stats;
    assert_int_equal(xh_tsdb_get_stats(f->db, &stats, NULL), 0);
    assert_int_equal(stats.reading_count, 4);
}

static void a_value_that_was_corrected_away_can_come_back(void **state)
{
    struct fixture *f = *state;
    declare(f->db, 1, XH_POLICY_REPLACE);
    put(f->db, 1, 10, 1, 1);
    put(f->db, 1, 10, 2, 2);
    struct answer back = put(f->db, 1, 10, 1, 3);
    assert_int_equal(back.fate, XH_FATE_CORRECTION);
    assert_int_equal(back.seq, 3);
}

static void a_late_reading_takes_its_place_in_time(void **state)
{
    struct fixture *f = *state;
    declare(f->db, 1, XH_POLICY_REPLACE);
    put(f->db, 1, 30, 3, 1);
    assert_int_equal(put(f->db, 1, 10, 1, 2).fate, XH_FATE_NEW);
    assert_int_equal(put(f->db, 1, 20, 2, 3).fate, XH_FATE_NEW);
    size_t count = 0;
    struct xh_reading *readings = read_series(f->db, 1, &count);
    assert_int_equal(count, 3);
    assert_true(readings[0].value == 1 && readings[1].value == 2 && readings[2].value == 3);
    free(readings);
}

static void a_series_that_keeps_all_has_every_reading_in_force(void **state)
{
    struct fixture *f = *state;
    declare(f->db, 1, XH_POLICY_KEEP_ALL);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(put(f->db, 1, 10, 1, i).fate, XH_FATE_NEW);
    }
    size_t count = 0;
    struct xh_reading *readings = read_series(f->db, 1, &count);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(readings[i].seq, i + 1);
        assert_true(readings[i].is_in_force);
    }
    free(readings);
}

/* ---- retraction ---- */

static double value_at(struct xh_tsdb *db, uint32_t key, int64_t at_us, int64_t as_known_us)
{
    struct xh_tsdb_range range = {
        .key = key_of(key), .from_us = at_us, .to_us = at_us + 1, .as_known_us = as_known_us};
    size_t count = 0;
    struct xh_reading *readings = read_range(db, &range, 4, &count);
    double value = count == 1 ? readings[0].value : -1;
    free(readings);
    return value;
}

static void a_retracted_reading_is_out_of_force_and_known_as_of_earlier(void **state)
{
    struct fixture *f = *state;
    declare(f->db, 1, XH_POLICY_REPLACE);
    put(f->db, 1, 10, 1, 100);
    put(f->db, 1, 10, 2, 200);
    struct xh_series_key key = key_of(1);
    uint64_t count = 9;
    assert_int_equal(xh_tsdb_retract(f->db, &key, 2, 2, 300, &count, NULL), 0);
    assert_int_equal(count, 1);
    fixture_reopen(f);
    assert_true(value_at(f->db, 1, 10, 0) == 1);
    assert_true(value_at(f->db, 1, 10, 99) == -1);
    assert_true(value_at(f->db, 1, 10, 100) == 1);
    assert_true(value_at(f->db, 1, 10, 200) == 2);
    assert_true(value_at(f->db, 1, 10, 299) == 2);
    assert_true(value_at(f->db, 1, 10, 300) == 1);
}

static void a_retraction_counts_what_was_in_force_and_is_not_now(void **state)
{
    struct fixture *f = *state;
    declare(f->db, 1, XH_POLICY_REPLACE);
    put(f->db, 1, 10, 1, 1);
    put(f->db, 1, 10, 2, 2); /* corrects */
    put(f->db, 1, 20, 3, 3);
    put(f->db, 1, 30, 4, 4);
    struct xh_series_key key = key_of(1);
    uint64_t count = 9;
    assert_int_equal(xh_tsdb_retract(f->db, &key, 1, 3, 10, &count, NULL), 0);
    assert_int_equal(count, 2);
    assert_int_equal(xh_tsdb_retract(f->db, &key, 1, 3, 11, &count, NULL), 0);
    assert_int_equal(count, 0);
    assert_int_equal(xh_tsdb_retract(f->db, &key, 3, UINT64_MAX, 12, &count, NULL), 0);
    assert_int_equal(count, 1);
    assert_int_equal(count_series(f->db, 1), 0);
}

static void a_retraction_does_not_touch_numbers_given_later(void **state)
{
    struct fixture *f = *state;
    declare(f->db, 1, XH_POLICY_REPLACE);
    put(f->db, 1, 10, 1, 1);
    struct xh_series_key key = key_of(1);
    uint64_t count = 0;
    assert_int_equal(xh_tsdb_retract(f->db, &key, 1, 1000, 5, &count, NULL), 0);
    assert_int_equal(xh_tsdb_retract(f->db, &key, 500, 1000, 5, &count, NULL), 0);
    assert_int_equal(count, 0);
    assert_int_equal(put(f->db, 1, 20, 2, 6).seq, 2);
    assert_int_equal(count_series(f->db, 1), 1);
}

static void a_retracted_value_can_be_sent_again(void **state)
{
    struct fixture *f = *state;
    declare(f->db, 1, XH_POLICY_REPLACE);
    put(f->db, 1, 10, 1, 1);
    struct xh_series_key key = key_of(1);
    assert_int_equal(xh_tsdb_retract(f->db, &key, 1, 1, 5, NULL, NULL), 0);
    struct answer again = put(f->db, 1, 10, 1, 6);
    assert_int_equal(again.fate, XH_FATE_NEW);
    assert_int_equal(again.seq, 2);
    assert_true(value_at(f->db, 1, 10, 0) == 1);
    assert_true(value_at(f->db, 1, 10, 5) == -1);
}

static void a_range_of_numbers_that_is_none_is_refused(void **state)
{
    struct fixture *f = *state;
    declare(f->db, 1, XH_POLICY_REPLACE);
    struct xh_series_key key = key_of(1);
    assert_int_equal(xh_tsdb_retract(f->db, &key, 0, 1, 0, NULL, NULL), XH_E_INVALID);
    assert_int_equal(xh_tsdb_retract(f->db, &key, 3, 2, 0, NULL, NULL), XH_E_INVALID);
    assert_int_equal(xh_tsdb_erase(f->db, &key, 3, 2, NULL, NULL), XH_E_INVALID);
}

/* ---- erasure ---- */

/* Whether any file of the store holds these bytes. */
static bool is_in_files(const struct fixture *f, const void *bytes, size_t len)
{
    bool is_found = false;
    DIR *dir = opendir(f->dir);
    assert_non_null(dir);
    struct dirent *entry = NULL;
    while ((entry = readdir(dir)) != NULL) {
        char path[400];
        snprintf(path, sizeof(path), "%s/%s", f->dir, entry->d_name);
        struct xh_buf content = {0};
        if (xh_file_read(f->env, path, 1 << 27, &content, NULL) == 0) {
            is_found = is_found || memmem(content.ptr, content.len, bytes, len) != NULL;
        }
        xh_buf_finish(&content);
    }
    closedir(dir);
    return is_found;
}

static void erased_readings_are_gone_from_queries_and_from_the_disk(void **state)
{
    struct fixture *f = *state;
    declare(f->db, 1, XH_POLICY_REPLACE);
    double secret = 1234.56789;
    uint64_t bits = bits_of(secret);
    uint8_t stored[8]; /* the lowest byte first */
    for (int i = 0; i < 8; i++) {
        stored[i] = (uint8_t)(bits >> (8 * i));
    }
    put(f->db, 1, 10, 1, 1);
    put(f->db, 1, 20, secret, 2);
    put(f->db, 1, 20, 3, 3);
    put(f->db, 1, 30, 4, 4);
    assert_true(is_in_files(f, stored, sizeof(stored)));
    struct xh_series_key key = key_of(1);
    uint64_t count = 0;
    assert_int_equal(xh_tsdb_erase(f->db, &key, 20, 30, &count, NULL), 0);
    assert_int_equal(count, 2);
    struct xh_tsdb_stats stats;
    assert_int_equal(xh_tsdb_get_stats(f->db, &stats, NULL), 0);
    assert_int_equal(stats.erasures_open, 1);
    assert_int_equal(xh_tsdb_tend(f->db, XH_TSDB_FLUSH | XH_TSDB_PURGE, NULL), 0);
    assert_false(is_in_files(f, stored, sizeof(stored)));
    assert_int_equal(xh_tsdb_get_stats(f->db, &stats, NULL), 0);
    assert_int_equal(stats.erasures_open, 0);
    assert_int_equal(stats.reading_count, 2);
    fixture_reopen(f);
    assert_false(is_in_files(f, stored, sizeof(stored)));
    struct xh_tsdb_range all = {.key = key, .to_us = 99, .with_corrected = true, .as_known_us = 3};
    free(read_range(f->db, &all, 10, &count));
    assert_int_equal(count, 1);
    struct xh_reading reading;
    assert_int_equal(xh_tsdb_get(f->db, &key, 2, &reading, NULL), XH_E_NOT_FOUND);
    assert_int_equal(put(f->db, 1, 20, secret, 5).fate, XH_FATE_NEW);
    assert_int_equal(check_store(f->db), 0);
}

/* ---- foreign files ---- */

static void open_must_fail(struct fixture *f, int code, const char *name)
{
    struct xh_err err = {0};
    f->db = NULL;
    assert_int_equal(xh_tsdb_open(f->env, f->dir, &f->db, &err), code);
    assert_non_null(strstr(err.text, name));
    assert_null(f->db);
}

static void a_file_of_something_else_is_refused(void **state)
{
    struct fixture *f = *state;
    char path[128];
    xh_tsdb_close(f->db);
    path_of_file(f, "manifest", path);
    overwrite(path, 0, "this is no log of edits", 24);
    open_must_fail(f, XH_E_CORRUPT, "manifest");
}

static void a_file_of_a_newer_format_is_refused(void **state)
{
    struct fixture *f = *state;
    char path[128];
    xh_tsdb_close(f->db);
    path_of_file(f, "manifest", path);
    uint8_t head[28];
    int fd = open(path, O_RDONLY);
    assert_int_equal(pread(fd, head, sizeof(head), 0), sizeof(head));
    close(fd);
    head[8]++; /* the version; the checksum of the head stands behind it */
    uint32_t crc = xh_crc32c(0, head, sizeof(head));
    uint8_t crc_bytes[4] = {(uint8_t)crc, (uint8_t)(crc >> 8), (uint8_t)(crc >> 16),
                            (uint8_t)(crc >> 24)};
    overwrite(path, 0, head, sizeof(head));
    overwrite(path, sizeof(head), crc_bytes, sizeof(crc_bytes));
    open_must_fail(f, XH_E_SCHEMA, "manifest");
}

static void a_folder_of_the_plain_store_of_before_is_refused(void **state)
{
    struct fixture *f = *state;
    char path[128];
    snprintf(path, sizeof(path), "%s/readings.db", f->dir);
    xh_tsdb_close(f->db);
    assert_int_equal(xh_file_replace(f->env, path, XH_STR("SQLite format 3"), NULL), 0);
    open_must_fail(f, XH_E_SCHEMA, "readings.db");
    assert_int_equal(xh_file_remove(f->env, path, NULL), 0);
    assert_int_equal(xh_tsdb_open(f->env, f->dir, &f->db, NULL), 0);
}

/* ---- numbers and files ---- */

/* Puts into the closed store what series are said to have had. */
static void set_state(const struct fixture *f, struct xh__series_state state)
{
    enum { NUMBER = 77 };
    struct xh_arena *arena = xh_arena_create("test");
    struct xh__manifest *manifest = NULL;
    struct xh__manifest_all all;
    assert_int_equal(xh__manifest_open(f->env, f->dir, arena, &manifest, &all, NULL), 0);
    assert_int_equal(xh__state_write(f->env, f->dir, NUMBER, &state, 1, NULL), 0);
    struct xh__manifest_edit edit = {.state_number = NUMBER, .file_next = NUMBER + 1};
    assert_int_equal(xh__manifest_edit(manifest, &edit, NULL), 0);
    xh__manifest_close(manifest);
    xh_arena_destroy(arena);
}

static void numbers_end_below_two_to_the_fortieth(void **state)
{
    struct fixture *f = *state;
    declare(f->db, 1, XH_POLICY_REPLACE);
    xh_tsdb_close(f->db);
    set_state(f, (struct xh__series_state){.next_seq = (UINT64_C(1) << 40) - 1});
    assert_int_equal(xh_tsdb_open(f->env, f->dir, &f->db, NULL), 0);
    struct answer last = put(f->db, 1, 1, 1, 0);
    assert_int_equal(last.status, 0);
    assert_true(last.seq == (UINT64_C(1) << 40) - 1);
    assert_int_equal(put(f->db, 1, 2, 1, 0).status, XH_E_INVALID);
    assert_int_equal(count_series(f->db, 1), 1);
}

static void put_some(struct fixture *f)
{
    struct xh_series_key key = key_of(1);
    declare(f->db, 1, XH_POLICY_REPLACE);
    for (int n = 0; n < 3; n++) {
        put(f->db, 1, n, n + 0.25, 0);
    }
    assert_int_equal(xh_tsdb_retract(f->db, &key, 1, 1, 0, NULL, NULL), 0);
    flush(f);
    assert_int_equal(check_store(f->db), 0);
}

static void ignore_fault(void *arg, const char *sentence)
{
    (void)arg;
    (void)sentence;
}

/* What put_some left. */
static bool is_all_there(struct xh_tsdb *db)
{
    struct xh_series_key key = key_of(1);
    struct xh_reading reading;
    struct xh_tsdb_range all = {.key = key, .to_us = 9, .with_corrected = true};
    size_t count = 0;
    struct xh_reading *readings = read_range(db, &all, 10, &count);
    bool is_so = count == 3;
    for (size_t i = 0; i < count && is_so; i++) {
        is_so = readings[i].value == (double)i + 0.25 && readings[i].is_in_force == (i > 0);
    }
    free(readings);
    return is_so && xh_tsdb_get(db, &key, 1, &reading, NULL) == 0 && reading.is_retracted;
}

/* One bit of one byte is turned over in the closed store; true: that was found, or mended: the last
 * edit is done again from the log. */
static bool is_damage_found(struct fixture *f, const char *path, int64_t offset, uint8_t byte)
{
    uint8_t damaged = byte ^ 0x10;
    overwrite(path, offset, &damaged, 1);
    struct xh_err err = {0};
    struct xh_tsdb *db = NULL;
    int rc = xh_tsdb_open(f->env, f->dir, &db, &err);
    bool is_found = rc != 0;
    if (rc == 0) {
        is_found = xh_tsdb_check(db, ignore_fault, NULL, NULL) != 0 || is_all_there(db);
    } else {
        assert_true(rc == XH_E_CORRUPT || rc == XH_E_SCHEMA);
        assert_non_null(strstr(err.text, f->dir));
    }
    xh_tsdb_close(db);
    return is_found;
}

/* Opening may change the files, so each byte has a store of its own. */
static void damage_wherever_it_is_is_found_or_does_no_harm(void **state)
{
    (void)state;
    enum { BYTES = 40 }; /* of each file, spread over it: a store is made for each */
    static const char *const names[] = {"seg-", "series", "manifest"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t size_bytes = 1;
        for (size_t at = 0; at < size_bytes; at += 1 + size_bytes / BYTES) {
            struct fixture *g = fixture_create();
            char path[128];
            put_some(g);
            xh_tsdb_close(g->db);
            g->db = NULL;
            path_of_file(g, names[i], path);
            struct xh_buf content = {0};
            assert_int_equal(xh_file_read(g->env, path, 1 << 20, &content, NULL), 0);
            size_bytes = content.len;
            if (!is_damage_found(g, path, (int64_t)at, (uint8_t)content.ptr[at])) {
                fail_msg("byte %zu of %zu in '%s' is not watched", at, size_bytes, names[i]);
            }
            xh_buf_finish(&content);
            fixture_destroy(g);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_reading_reads_back_digit_for_digit),
        TEST(a_reading_keeps_every_bit_of_its_value_and_its_quality),
        TEST(the_first_and_the_last_microsecond_can_be_measured_at),
        TEST(numbers_start_at_1_and_have_no_gaps),
        TEST(a_number_is_not_given_twice_even_when_the_last_readings_were_erased),
        TEST(a_batch_with_an_undeclared_series_is_not_kept_at_all),
        TEST(a_reading_that_cannot_be_is_refused_with_its_batch),
        TEST(an_empty_batch_is_fine),
        TEST(the_order_of_a_batch_decides_the_numbers),
        TEST(declaring_again_changes_nothing_but_not_with_another_policy),
        TEST(an_undeclared_series_is_not_found_whatever_is_asked),
        TEST(a_correction_is_in_force_and_the_earlier_reading_stays_visible),
        TEST(the_same_value_and_quality_again_is_not_kept),
        TEST(a_value_that_was_corrected_away_can_come_back),
        TEST(a_late_reading_takes_its_place_in_time),
        TEST(a_series_that_keeps_all_has_every_reading_in_force),
        TEST(a_retracted_reading_is_out_of_force_and_known_as_of_earlier),
        TEST(a_retraction_counts_what_was_in_force_and_is_not_now),
        TEST(a_retraction_does_not_touch_numbers_given_later),
        TEST(a_retracted_value_can_be_sent_again),
        TEST(a_range_of_numbers_that_is_none_is_refused),
        TEST(erased_readings_are_gone_from_queries_and_from_the_disk),
        TEST(a_file_of_something_else_is_refused),
        TEST(a_file_of_a_newer_format_is_refused),
        TEST(a_folder_of_the_plain_store_of_before_is_refused),
        TEST(numbers_end_below_two_to_the_fortieth),
        cmocka_unit_test(damage_wherever_it_is_is_found_or_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
