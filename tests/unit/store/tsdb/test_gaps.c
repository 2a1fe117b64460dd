/* Gaps: what is remembered is right, also when much is forgotten. A model keeps every reading. */
#include "base/rand.h"
#include "store/tsdb/gaps_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void a_reading_between_two_others_falls_into_their_gap_once(void **state)
{
    (void)state;
    struct xh__gaps *gaps = xh__gaps_create();
    assert_false(xh__gaps_fill(gaps, 7, 50, 10));
    xh__gaps_open(gaps, 7, 0, 100);
    assert_false(xh__gaps_fill(gaps, 8, 50, 10));
    assert_false(xh__gaps_fill(gaps, 7, 0, 10));
    assert_false(xh__gaps_fill(gaps, 7, 100, 10));
    assert_true(xh__gaps_fill(gaps, 7, 50, 10));
    assert_false(xh__gaps_fill(gaps, 7, 50, 10));
    assert_true(xh__gaps_fill(gaps, 7, 30, 10));
    assert_true(xh__gaps_fill(gaps, 7, 70, 10));
    xh__gaps_destroy(gaps);
}

static void what_is_left_of_a_gap_is_kept_where_it_is_wider_than_a_step(void **state)
{
    (void)state;
    struct xh__gaps *gaps = xh__gaps_create();
    xh__gaps_open(gaps, 1, 0, 30);
    assert_true(xh__gaps_fill(gaps, 1, 10, 10));
    assert_false(xh__gaps_fill(gaps, 1, 5, 10));
    assert_true(xh__gaps_fill(gaps, 1, 20, 10));
    assert_false(xh__gaps_fill(gaps, 1, 25, 10));
    xh__gaps_destroy(gaps);
}

/* Times of few series, in order and late, with so many gaps that most are forgotten. */
static void a_time_that_is_taken_is_never_said_to_be_free(void **state)
{
    enum { SERIES = 5, TIMES = 4000, STEPS = 200000 };
    (void)state;
    static bool is_taken[SERIES][TIMES];
    int latest[SERIES];
    struct xh__gaps *gaps = xh__gaps_create();
    struct xh_rand rand;
    xh_rand_init(&rand, 1);
    for (int id = 0; id < SERIES; id++) {
        latest[id] = 0;
        is_taken[id][0] = true;
    }
    size_t filled = 0;
    for (int i = 0; i < STEPS; i++) {
        uint32_t id = (uint32_t)xh_rand_below(&rand, SERIES);
        if (xh_rand_below(&rand, 20) == 0 && latest[id] + 40 < TIMES) {
            int to = latest[id] + 2 + (int)xh_rand_below(&rand, 30);
            xh__gaps_open(gaps, id, latest[id], to);
            latest[id] = to;
            is_taken[id][to] = true;
            continue;
        }
        int at = (int)xh_rand_below(&rand, (uint64_t)latest[id] + 1);
        if (xh__gaps_fill(gaps, id, at, 1 + (int64_t)xh_rand_below(&rand, 3))) {
            assert_false(is_taken[id][at]);
            filled++;
        }
        is_taken[id][at] = true;
    }
    assert_true(filled > 100);
    xh__gaps_destroy(gaps);
}

static void the_oldest_gaps_are_forgotten_when_there_are_too_many(void **state)
{
    (void)state;
    struct xh__gaps *gaps = xh__gaps_create();
    for (uint32_t id = 0; id < XH__GAPS_MAX + 1000; id++) {
        xh__gaps_open(gaps, id, 0, 100);
    }
    assert_false(xh__gaps_fill(gaps, 0, 50, 10));
    assert_true(xh__gaps_fill(gaps, XH__GAPS_MAX + 999, 50, 10));
    xh__gaps_destroy(gaps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reading_between_two_others_falls_into_their_gap_once),
        cmocka_unit_test(what_is_left_of_a_gap_is_kept_where_it_is_wider_than_a_step),
        cmocka_unit_test(a_time_that_is_taken_is_never_said_to_be_free),
        cmocka_unit_test(the_oldest_gaps_are_forgotten_when_there_are_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
