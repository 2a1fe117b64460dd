/* Reading: every answer of scans, cursors and single readings against the plain list of the
 * stock. */
#include "stock.h"

#include "base/time.h"
#include "store/tsdb/scan_internal.h"

#define T0 INT64_C(1740787200000000) /* 2025-03-01T00:00Z */
#define MINUTE (60 * XH_US_PER_S)

static uint64_t seeds(void)
{
    const char *text = getenv("XH_SEEDS");
    return text != NULL ? strtoull(text, NULL, 10) : 300;
}

static int64_t below(struct stock *s, int64_t bound)
{
    return (int64_t)xh_rand_below(&s->rand, (uint64_t)bound);
}

static uint32_t any_series(struct stock *s)
{
    return (uint32_t)below(s, s->series_count);
}

/* 0, an instant of arrival, or one between. */
static int64_t any_knowledge(struct stock *s)
{
    return below(s, 2) == 0 || s->count == 0
               ? 0
               : s->rows[below(s, (int64_t)s->count)].reading.arrival_us - below(s, 2);
}

/* ---- ranges ---- */

static void ranges_give_what_the_list_says(void **state)
{
    (void)state;
    static const size_t steps[] = {1, 2, 7, 512, 5000};
    for (uint64_t seed = 1; seed <= seeds(); seed++) {
        struct stock *s = stock_by_chance(seed);
        for (int i = 0; i < 40; i++) {
            struct xh_tsdb_range range = {.from_us = XH_TIME_MIN, .to_us = XH_TIME_MAX + 1};
            if (below(s, 3) > 0) {
                range.from_us = stock_time(s);
                range.to_us = range.from_us + below(s, 7200 * XH_US_PER_S) - 10;
            }
            range.as_known_us = any_knowledge(s);
            range.with_corrected = below(s, 2) == 0;
            range.is_backwards = below(s, 2) == 0;
            range.limit = below(s, 3) == 0 ? (uint64_t)below(s, 30) : 0;
            stock_check_range(s, any_series(s), range, steps[below(s, 5)]);
        }
        stock_destroy(s);
    }
}

static void a_regular_series_comes_whole_both_ways(void **state)
{
    (void)state;
    struct stock *s = stock_create(1, 1);
    for (int i = 0; i < 9000; i++) {
        stock_put(s, 0, T0 + i * MINUTE, i);
        if (i == 2500 || i == 7000) {
            stock_flush(s, 4096);
        }
    }
    stock_open(s, 2);
    struct xh_tsdb_range all = {.from_us = XH_TIME_MIN, .to_us = XH_TIME_MAX + 1};
    stock_check_range(s, 0, all, 4096);
    stock_check_range(s, 0, all, 100);
    all.is_backwards = true;
    stock_check_range(s, 0, all, 4096);
    stock_check_range(s, 0, all, 1);
    stock_destroy(s);
}

static void months_are_read_one_after_the_other(void **state)
{
    (void)state;
    struct stock *s = stock_create(1, 2);
    for (int i = 0; i < 24 * 400; i++) { /* hours over more than a year */
        stock_put(s, 0, T0 + i * XH_US_PER_HOUR, i % 100);
    }
    stock_flush(s, 64);
    for (int i = 0; i < 400; i++) { /* late ones in between */
        stock_put(s, 0, T0 + i * XH_US_PER_DAY + MINUTE, -i);
    }
    stock_flush(s, 64);
    stock_open(s, 1);
    struct xh_tsdb_range range = {.from_us = T0 + 20 * XH_US_PER_DAY,
                                  .to_us = T0 + 300 * XH_US_PER_DAY + 1};
    stock_check_range(s, 0, range, 333);
    range.is_backwards = true;
    stock_check_range(s, 0, range, 333);
    range.limit = 1;
    stock_check_range(s, 0, range, 1);
    stock_check_range(s, 1, range, 1);
    stock_destroy(s);
}

static void an_empty_span_gives_nothing(void **state)
{
    (void)state;
    struct stock *s = stock_create(1, 1);
    stock_put(s, 0, T0, 1);
    stock_flush(s, 16);
    stock_put(s, 0, T0 + 1, 2);
    stock_open(s, 1);
    const int64_t spans[][2] = {
        {T0, T0}, {T0 + 5, T0}, {T0 + 2, T0 + 9}, {INT64_MIN, T0}, {INT64_MAX, INT64_MIN}};
    for (size_t i = 0; i < 5; i++) {
        struct xh_tsdb_range range = {.from_us = spans[i][0], .to_us = spans[i][1]};
        stock_check_range(s, 0, range, 8);
    }
    struct xh_tsdb_range all = {.from_us = INT64_MIN, .to_us = INT64_MAX};
    stock_check_range(s, 0, all, 8);
    stock_destroy(s);
}

static void an_unknown_series_is_told_by_its_key(void **state)
{
    (void)state;
    struct stock *s = stock_create(1, 1);
    stock_open(s, 1);
    struct xh_tsdb_range range = {.key = stock_key(9), .from_us = 0, .to_us = 1};
    struct xh_tsdb_cursor *cursor = NULL;
    struct xh_err err;
    assert_int_equal(xh_tsdb_read(&s->db, &range, &cursor, &err), XH_E_NOT_FOUND);
    assert_string_equal(err.text, "series '5a000000000000000000000000000009' was not declared");
    assert_null(cursor);
    stock_destroy(s);
}

/* ---- snapshots ---- */

static void rows_that_are_only_staged_are_not_seen(void **state)
{
    (void)state;
    struct stock *s = stock_create(1, 1);
    stock_put(s, 0, T0, 1);
    stock_open(s, 1);
    struct xh__mem *mem = s->db.view->mems[0];
    struct xh__mem_row row = {.at_us = T0 + 5, .value = 2, .seq = 2, .is_in_order = 1};
    xh__mem_stage(mem, &row);
    struct xh_reading last;
    struct xh_series_key key = stock_key(0);
    assert_int_equal(xh_tsdb_last(&s->db, &key, &last, NULL), 0);
    assert_int_equal(last.seq, 1);
    xh__mem_publish(mem);
    assert_int_equal(xh_tsdb_last(&s->db, &key, &last, NULL), 0);
    assert_int_equal(last.seq, 2);
    stock_destroy(s);
}

static void a_cursor_sees_nothing_of_what_comes_after_it(void **state)
{
    (void)state;
    struct stock *s = stock_create(1, 1);
    for (int i = 0; i < 10; i++) {
        stock_put(s, 0, T0 + i, i);
    }
    stock_open(s, 1);
    struct xh_tsdb_range range = {.key = stock_key(0), .from_us = T0, .to_us = T0 + 100};
    struct xh_tsdb_cursor *cursor = NULL;
    assert_int_equal(xh_tsdb_read(&s->db, &range, &cursor, NULL), 0);
    struct xh_reading readings[20];
    assert_int_equal(xh_tsdb_next(cursor, readings, 3, NULL), 3);
    struct xh__mem_row row = {.at_us = T0 + 20, .value = 2, .seq = 11, .is_in_order = 1};
    xh__mem_stage(s->db.view->mems[0], &row);
    xh__mem_publish(s->db.view->mems[0]);
    stock_retract(s, 0, 4, 6, T0);
    assert_int_equal(xh_tsdb_next(cursor, readings, 20, NULL), 7);
    assert_int_equal(readings[0].seq, 4);
    xh_tsdb_cursor_close(cursor);
    assert_int_equal(xh_tsdb_read(&s->db, &range, &cursor, NULL), 0);
    assert_int_equal(xh_tsdb_next(cursor, readings, 20, NULL), 8);
    xh_tsdb_cursor_close(cursor);
    stock_destroy(s);
}

enum { WRITTEN = 20000, AT_ONCE = 10 };

static void *write_rows(void *arg)
{
    struct xh__mem *mem = arg;
    for (int i = 0; i < WRITTEN; i++) {
        struct xh__mem_row row = {.at_us = T0 + (i % 7 == 3 ? i / 2 : i),
                                  .id = 2, /* keeps all */
                                  .seq = (unsigned)i + 1,
                                  .is_in_order = i % 7 != 3};
        xh__mem_stage(mem, &row);
        if (i % AT_ONCE == AT_ONCE - 1) {
            xh__mem_publish(mem);
        }
    }
    return NULL;
}

static void readers_beside_a_writer_see_whole_commits(void **state)
{
    (void)state;
    struct stock *s = stock_create(1, 3);
    stock_open(s, 1);
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, write_rows, s->db.view->mems[0]), 0);
    struct xh_tsdb_range all = {.key = stock_key(2), .from_us = T0, .to_us = XH_TIME_MAX};
    int64_t edges_us[2] = {T0, XH_TIME_MAX};
    size_t before = 0, count = 0;
    while (count < WRITTEN) {
        struct xh_tsdb_window window;
        free(stock_read(s, &all, 512, &count));
        assert_int_equal(xh_tsdb_windows(&s->db, &all.key, edges_us, 1, 0, &window, NULL), 0);
        assert_true(count % AT_ONCE == 0 && count >= before);
        assert_true(window.count % AT_ONCE == 0 && window.count >= count);
        before = count;
    }
    (void)pthread_join(writer, NULL);
    stock_destroy(s);
}

static void an_erasure_shows_in_an_open_cursor(void **state)
{
    (void)state;
    for (int is_in_segment = 0; is_in_segment < 2; is_in_segment++) {
        struct stock *s = stock_create(1, 1);
        for (int i = 0; i < 100; i++) {
            stock_put(s, 0, T0 + i, i);
        }
        if (is_in_segment) {
            stock_flush(s, 16);
        }
        stock_open(s, 1);
        struct xh_tsdb_range range = {.key = stock_key(0), .from_us = T0, .to_us = T0 + 100};
        struct xh_tsdb_cursor *cursor = NULL;
        assert_int_equal(xh_tsdb_read(&s->db, &range, &cursor, NULL), 0);
        struct xh_reading readings[100];
        assert_int_equal(xh_tsdb_next(cursor, readings, 5, NULL), 5);
        stock_erase(s, 0, T0 + 2, T0 + 50);
        assert_int_equal(xh_tsdb_next(cursor, readings, 10, NULL), 10);
        assert_int_equal(readings[0].at_us, T0 + 50);
        /* The purge is done: the view of the cursor has the rows still. */
        uint64_t number = 1;
        xh__amend_erasures_done(s->db.amend, &number, 1);
        xh_tsdb_cursor_close(cursor);
        assert_int_equal(xh_tsdb_read(&s->db, &range, &cursor, NULL), 0);
        assert_int_equal(xh_tsdb_next(cursor, readings, 100, NULL), 52);
        xh_tsdb_cursor_close(cursor);
        stock_destroy(s);
    }
}

static void a_group_larger_than_the_callers_room_is_given_in_parts(void **state)
{
    (void)state;
    struct stock *s = stock_create(1, 3);
    for (int i = 0; i < 50; i++) {
        stock_put(s, 0, T0, i);
        stock_put(s, 2, T0, i);
        if (i % 20 == 10) {
            stock_flush(s, 4);
        }
    }
    stock_open(s, 2);
    struct xh_tsdb_range range = {.from_us = T0, .to_us = T0 + 1, .with_corrected = true};
    for (int backwards = 0; backwards < 2; backwards++) {
        range.is_backwards = backwards != 0;
        stock_check_range(s, 0, range, 7);
        stock_check_range(s, 2, range, 7);
    }
    stock_destroy(s);
}

static void an_erasure_cuts_off_the_rest_of_a_group(void **state)
{
    (void)state;
    struct stock *s = stock_create(1, 1);
    for (int i = 0; i < 30; i++) {
        stock_put(s, 0, T0, i);
    }
    stock_put(s, 0, T0 + 1, 1);
    stock_open(s, 1);
    struct xh_tsdb_range range = {
        .key = stock_key(0), .from_us = T0, .to_us = T0 + 9, .with_corrected = true};
    struct xh_tsdb_cursor *cursor = NULL;
    assert_int_equal(xh_tsdb_read(&s->db, &range, &cursor, NULL), 0);
    struct xh_reading readings[40];
    assert_int_equal(xh_tsdb_next(cursor, readings, 10, NULL), 10);
    stock_erase(s, 0, T0, T0 + 1);
    assert_int_equal(xh_tsdb_next(cursor, readings, 40, NULL), 1);
    assert_int_equal(readings[0].at_us, T0 + 1);
    xh_tsdb_cursor_close(cursor);
    stock_destroy(s);
}

/* Chunks of 16: first and last rows, and rows beside them. */
static void an_erasure_of_one_reading_is_seen_wherever_it_lies(void **state)
{
    (void)state;
    for (int i = 0; i < 48; i++) {
        struct stock *s = stock_create(1, 1);
        for (int j = 0; j < 48; j++) {
            stock_put(s, 0, T0 + j, j);
        }
        stock_flush(s, 16);
        stock_open(s, 1);
        stock_erase(s, 0, T0 + i, T0 + i + 1);
        struct xh_tsdb_range all = {.from_us = T0, .to_us = T0 + 100};
        stock_check_range(s, 0, all, 7);
        struct xh_series_key key = stock_key(0);
        int64_t edges_us[2] = {T0, T0 + 100};
        struct xh_tsdb_window window;
        assert_int_equal(xh_tsdb_windows(&s->db, &key, edges_us, 1, 0, &window, NULL), 0);
        assert_int_equal(window.count, 47);
        stock_destroy(s);
    }
}

/* ---- single readings ---- */

static void check_nearest(struct stock *s, uint32_t id, int64_t at_us, int64_t as_known_us)
{
    struct xh_series_key key = stock_key(id);
    for (int is_before = 0; is_before < 2; is_before++) {
        struct xh_tsdb_range range = {.from_us = is_before ? XH_TIME_MIN : at_us,
                                      .to_us = is_before ? at_us + 1 : XH_TIME_MAX + 1,
                                      .as_known_us = as_known_us,
                                      .is_backwards = is_before != 0};
        size_t count;
        struct xh_reading got, *expected = stock_expect(s, id, &range, &count);
        int rc = is_before ? xh_tsdb_before(&s->db, &key, at_us, as_known_us, &got, NULL)
                           : xh_tsdb_after(&s->db, &key, at_us, as_known_us, &got, NULL);
        assert_int_equal(rc, count > 0 ? 0 : XH_E_NOT_FOUND);
        if (count > 0) {
            stock_check_reading(&got, &expected[0]);
        }
        free(expected);
    }
}

static void the_nearest_is_the_lists_nearest(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= seeds(); seed++) {
        struct stock *s = stock_by_chance(seed);
        for (int i = 0; i < 40; i++) {
            check_nearest(s, any_series(s), stock_time(s), any_knowledge(s));
        }
        stock_destroy(s);
    }
}

static void the_last_of_many_is_the_last_of_each(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= seeds(); seed++) {
        struct stock *s = stock_by_chance(seed);
        struct xh_series_key keys[10];
        struct xh_reading many[10], one;
        for (size_t i = 0; i < 10; i++) {
            keys[i] = stock_key(any_series(s));
        }
        assert_int_equal(xh_tsdb_last_of(&s->db, keys, 10, many, NULL), 0);
        for (size_t i = 0; i < 10; i++) {
            uint32_t id = keys[i].bytes[15];
            struct xh_tsdb_range range = {.from_us = XH_TIME_MIN, .to_us = XH_TIME_MAX + 1};
            size_t count;
            struct xh_reading *expected = stock_expect(s, id, &range, &count);
            int rc = xh_tsdb_last(&s->db, &keys[i], &one, NULL);
            assert_int_equal(rc, count > 0 ? 0 : XH_E_NOT_FOUND);
            if (count > 0) {
                stock_check_reading(&one, &expected[count - 1]);
                stock_check_reading(&many[i], &expected[count - 1]);
            } else {
                assert_int_equal(many[i].seq, 0);
            }
            free(expected);
        }
        keys[4] = stock_key(77);
        assert_int_equal(xh_tsdb_last_of(&s->db, keys, 10, many, NULL), XH_E_NOT_FOUND);
        stock_destroy(s);
    }
}

/* Two threads, each with half of the series. */
static void the_last_of_very_many_is_the_last_of_each(void **state)
{
    (void)state;
    enum { MANY = 2000 };
    struct stock *s = stock_create(5, MANY);
    for (int i = 0; i < 6; i++) {
        for (uint32_t id = 0; id < MANY; id++) {
            if (below(s, 3) > 0) {
                stock_put(s, id, T0 + below(s, 100), (double)below(s, 100));
            }
        }
        if (i % 2 == 1) {
            stock_flush(s, 16);
        }
    }
    stock_open(s, 1);
    stock_retract(s, 7, 1, 2, T0);
    stock_erase(s, 1500, T0 + 20, T0 + 90);
    struct xh_series_key keys[MANY];
    struct xh_reading *last = xh_alloc(MANY * sizeof(*last));
    for (uint32_t i = 0; i < MANY; i++) {
        keys[i] = stock_key((i * 77) % MANY);
    }
    assert_int_equal(xh_tsdb_last_of(&s->db, keys, MANY, last, NULL), 0);
    for (uint32_t i = 0; i < MANY; i++) {
        struct xh_tsdb_range range = {.from_us = XH_TIME_MIN, .to_us = XH_TIME_MAX + 1};
        size_t count;
        struct xh_reading *expected = stock_expect(s, (i * 77) % MANY, &range, &count);
        if (count > 0) {
            stock_check_reading(&last[i], &expected[count - 1]);
        } else {
            assert_int_equal(last[i].seq, 0);
        }
        free(expected);
    }
    free(last);
    stock_destroy(s);
}

static void each_reading_is_found_by_its_number(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= seeds() / 10; seed++) {
        struct stock *s = stock_by_chance(seed);
        for (uint32_t id = 0; id < s->series_count; id++) {
            struct xh_series_key key = stock_key(id);
            struct xh_tsdb_range range = {
                .from_us = XH_TIME_MIN, .to_us = XH_TIME_MAX + 1, .with_corrected = true};
            size_t count, found = 0;
            struct xh_reading got, *expected = stock_expect(s, id, &range, &count);
            for (size_t i = 0; i < count; i++) {
                assert_int_equal(xh_tsdb_get(&s->db, &key, expected[i].seq, &got, NULL), 0);
                stock_check_reading(&got, &expected[i]);
            }
            for (uint64_t seq = 0; seq <= s->series[id].next_seq; seq++) {
                found += xh_tsdb_get(&s->db, &key, seq, &got, NULL) == 0;
            }
            assert_int_equal(found, count);
            free(expected);
        }
        stock_destroy(s);
    }
}

/* ---- the committer's questions ---- */

static void the_committer_finds_what_is_in_force_at_a_time(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= seeds(); seed++) {
        struct stock *s = stock_by_chance(seed);
        struct xh__scan_places *places = xh__scan_places_create();
        struct xh__snapshot snapshot;
        xh__snapshot_take(&s->db, &snapshot);
        for (int i = 0; i < 60; i++) {
            uint32_t id = any_series(s);
            int64_t at_us = s->count > 0 && below(s, 2) == 0
                                ? s->rows[below(s, (int64_t)s->count)].reading.at_us
                                : stock_time(s);
            if (stock_keeps_all(id)) {
                continue;
            }
            struct xh_tsdb_range range = {.from_us = at_us, .to_us = at_us + 1};
            size_t count;
            struct xh_reading got, *expected = stock_expect(s, id, &range, &count);
            assert_int_equal(xh__scan_in_force_at(&s->db, &snapshot, places, id, at_us, &got, NULL),
                             count);
            if (count > 0) {
                stock_check_reading(&got, &expected[0]);
            }
            free(expected);
        }
        xh__snapshot_release(&snapshot);
        xh__scan_places_destroy(places);
        stock_destroy(s);
    }
}

static void the_committers_counts_are_those_of_the_list(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= seeds(); seed++) {
        struct stock *s = stock_by_chance(seed);
        struct xh__snapshot snapshot;
        xh__snapshot_take(&s->db, &snapshot);
        for (int i = 0; i < 20; i++) {
            uint32_t id = any_series(s);
            struct xh_tsdb_range range = {.from_us = XH_TIME_MIN, .to_us = XH_TIME_MAX + 1};
            uint64_t from = 1 + (uint64_t)below(s, (int64_t)s->series[id].next_seq);
            uint64_t to = from + (uint64_t)below(s, 100), got, in_force = 0;
            size_t count;
            struct xh_reading *expected = stock_expect(s, id, &range, &count);
            for (size_t j = 0; j < count; j++) {
                in_force += expected[j].seq >= from && expected[j].seq <= to;
            }
            free(expected);
            assert_int_equal(xh__scan_count_in_force(&s->db, &snapshot, id, from, to, &got, NULL),
                             0);
            assert_int_equal(got, in_force);
            range.from_us = stock_time(s);
            range.to_us = range.from_us + below(s, 7200 * XH_US_PER_S);
            range.with_corrected = true;
            free(stock_expect(s, id, &range, &count));
            assert_int_equal(xh__scan_count_range(&s->db, &snapshot, id, range.from_us, range.to_us,
                                                  &got, NULL),
                             0);
            assert_int_equal(got, count);
        }
        xh__snapshot_release(&snapshot);
        stock_destroy(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_give_what_the_list_says),
        cmocka_unit_test(a_regular_series_comes_whole_both_ways),
        cmocka_unit_test(months_are_read_one_after_the_other),
        cmocka_unit_test(an_empty_span_gives_nothing),
        cmocka_unit_test(an_unknown_series_is_told_by_its_key),
        cmocka_unit_test(rows_that_are_only_staged_are_not_seen),
        cmocka_unit_test(a_cursor_sees_nothing_of_what_comes_after_it),
        cmocka_unit_test(readers_beside_a_writer_see_whole_commits),
        cmocka_unit_test(an_erasure_shows_in_an_open_cursor),
        cmocka_unit_test(a_group_larger_than_the_callers_room_is_given_in_parts),
        cmocka_unit_test(an_erasure_cuts_off_the_rest_of_a_group),
        cmocka_unit_test(an_erasure_of_one_reading_is_seen_wherever_it_lies),
        cmocka_unit_test(the_nearest_is_the_lists_nearest),
        cmocka_unit_test(the_last_of_many_is_the_last_of_each),
        cmocka_unit_test(the_last_of_very_many_is_the_last_of_each),
        cmocka_unit_test(each_reading_is_found_by_its_number),
        cmocka_unit_test(the_committer_finds_what_is_in_force_at_a_time),
        cmocka_unit_test(the_committers_counts_are_those_of_the_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
