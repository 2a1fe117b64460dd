/* Readings in memory: how they are linked, when they are seen, how late ones are found. */
#include "base/rand.h"
#include "store/tsdb/mem_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void put(struct xh__mem *mem, uint32_t id, int64_t at_us, uint64_t seq, bool is_in_order)
{
    struct xh__mem_row row = {.id = id,
                              .at_us = at_us,
                              .seq = seq & 0xffffffffff,
                              .value = (double)seq,
                              .is_in_order = is_in_order};
    xh__mem_stage(mem, &row);
}

static void rows_are_linked_by_series_the_latest_first(void **state)
{
    (void)state;
    struct xh__mem *mem = xh__mem_create(7);
    assert_int_equal(xh__mem_wal_first(mem), 7);
    put(mem, 5, 10, 1, true);
    put(mem, 6, 10, 1, true);
    put(mem, 5, 20, 2, true);
    uint32_t row = xh__mem_latest(mem, 5);
    assert_int_equal(xh__mem_at(mem, row)->seq, 2);
    row = xh__mem_at(mem, row)->earlier;
    assert_int_equal(xh__mem_at(mem, row)->seq, 1);
    assert_int_equal(xh__mem_at(mem, row)->earlier, XH__ROW_NONE);
    assert_int_equal(xh__mem_latest(mem, 4), XH__ROW_NONE);
    assert_int_equal(xh__mem_latest(mem, 1 << 20), XH__ROW_NONE);
    assert_int_equal(xh__mem_id_end(mem), 7);
    xh__mem_unref(mem);
}

static void a_row_is_visible_when_it_was_published(void **state)
{
    (void)state;
    struct xh__mem *mem = xh__mem_create(1);
    put(mem, 0, 10, 1, true);
    assert_int_equal(xh__mem_staged(mem), 1);
    assert_int_equal(xh__mem_visible(mem), 0);
    xh__mem_publish(mem);
    assert_int_equal(xh__mem_visible(mem), 1);
    put(mem, 0, 20, 2, true);
    assert_int_equal(xh__mem_visible(mem), 1);
    xh__mem_unref(mem);
}

static void rows_and_series_without_number_find_room_and_never_move(void **state)
{
    (void)state;
    enum { ROWS = 300000 };
    struct xh__mem *mem = xh__mem_create(1);
    put(mem, 0, 0, 1, true);
    const struct xh__mem_row *first = xh__mem_at(mem, 0);
    for (uint32_t i = 1; i < ROWS; i++) {
        put(mem, i * 400, i, i + 1, true); /* up to series number 120 million */
    }
    assert_ptr_equal(xh__mem_at(mem, 0), first);
    for (uint32_t i = 0; i < ROWS; i++) {
        assert_int_equal(xh__mem_latest(mem, i * 400), i);
        assert_int_equal(xh__mem_at(mem, i)->id, i * 400);
        assert_int_equal(xh__mem_at(mem, i)->seq, i + 1);
    }
    xh__mem_unref(mem);
}

static void the_latest_row_of_a_time_is_found_below_a_limit(void **state)
{
    (void)state;
    struct xh__mem *mem = xh__mem_create(1);
    put(mem, 1, 10, 1, true);
    put(mem, 1, 30, 2, true);
    put(mem, 1, 20, 3, false);
    put(mem, 1, 10, 4, false);
    assert_int_equal(xh__mem_find(mem, 1, 10, 4), 3);
    assert_int_equal(xh__mem_find(mem, 1, 10, 3), 0);
    assert_int_equal(xh__mem_find(mem, 1, 20, 4), 2);
    assert_int_equal(xh__mem_find(mem, 1, 20, 2), XH__ROW_NONE);
    assert_int_equal(xh__mem_find(mem, 1, 40, 4), XH__ROW_NONE);
    assert_int_equal(xh__mem_find(mem, 2, 10, 4), XH__ROW_NONE);
    xh__mem_unref(mem);
}

/* Against a walk over all rows; enough of them to go through every stage of the look-up. */
static void a_late_reading_is_found_whatever_its_time(void **state)
{
    (void)state;
    enum { SERIES = 3, TIMES = 9000, ROWS = 30000 };
    static uint32_t latest[SERIES][TIMES];
    static int64_t max_at[SERIES];
    memset(latest, 0xff, sizeof(latest));
    struct xh__mem *mem = xh__mem_create(1);
    struct xh_rand rand;
    xh_rand_init(&rand, 3);
    for (uint32_t i = 0; i < ROWS; i++) {
        uint32_t id = (uint32_t)xh_rand_below(&rand, SERIES);
        int64_t at_us = xh_rand_below(&rand, 3) == 0 ? (int64_t)xh_rand_below(&rand, TIMES)
                                                     : (max_at[id] + 1) % TIMES;
        assert_int_equal(xh__mem_lookup(mem, id, at_us), latest[id][at_us]);
        put(mem, id, at_us, i + 1, at_us > max_at[id]);
        max_at[id] = at_us > max_at[id] ? at_us : max_at[id];
        latest[id][at_us] = i;
        assert_int_equal(xh__mem_lookup(mem, id, at_us), i);
    }
    for (uint32_t id = 0; id < SERIES; id++) {
        for (int64_t at_us = 0; at_us < TIMES; at_us++) {
            assert_int_equal(xh__mem_lookup(mem, id, at_us), latest[id][at_us]);
        }
    }
    xh__mem_unref(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_linked_by_series_the_latest_first),
        cmocka_unit_test(a_row_is_visible_when_it_was_published),
        cmocka_unit_test(rows_and_series_without_number_find_room_and_never_move),
        cmocka_unit_test(the_latest_row_of_a_time_is_found_below_a_limit),
        cmocka_unit_test(a_late_reading_is_found_whatever_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
