/* What was said of readings afterwards: lists that a reader may keep, spans, erasures. */
#include "store/tsdb/amend_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void retract(struct xh__amend *amend, uint32_t id, uint64_t from, uint64_t to, int64_t at_us)
{
    struct xh__manifest_retraction what = {id, from, to, at_us};
    xh__amend_add_retraction(amend, &what);
}

static void erase(struct xh__amend *amend, uint32_t id, uint64_t number, int64_t from_us,
                  int64_t to_us, uint64_t seq_below)
{
    struct xh__manifest_erasure what = {.number = number,
                                        .id = id,
                                        .from_us = from_us,
                                        .to_us = to_us,
                                        .seq_below = seq_below,
                                        .reading_count = 2};
    xh__amend_add_erasure(amend, &what);
}

static void each_of_many_series_has_its_own_list(void **state)
{
    (void)state;
    struct xh__amend *amend = xh__amend_create();
    assert_null(xh__amend_retractions(amend, 3));
    for (uint32_t id = 0; id < 5000; id++) {
        retract(amend, id * 7, 1, id + 1, 0);
    }
    retract(amend, 0, 9, 9, 5);
    for (uint32_t id = 1; id < 5000; id++) {
        const struct xh__amend_retraction *r = xh__amend_retractions(amend, id * 7);
        assert_int_equal(r->seq_to, id + 1);
        assert_null(r->next);
        assert_null(xh__amend_retractions(amend, id * 7 + 1));
        assert_null(xh__amend_erasures(amend, id * 7));
    }
    assert_int_equal(xh__amend_retractions(amend, 0)->seq_from, 9); /* the newest first */
    xh__amend_destroy(amend);
}

static void what_a_reader_saw_does_not_change(void **state)
{
    (void)state;
    struct xh__amend *amend = xh__amend_create();
    retract(amend, 1, 5, 6, 0);
    const struct xh__amend_retraction *seen = xh__amend_retractions(amend, 1);
    retract(amend, 1, 8, 9, 0);
    struct xh__amend_spans spans;
    xh__amend_spans_make(seen, 0, &spans);
    assert_true(xh__amend_spans_hold(&spans, 5) && !xh__amend_spans_hold(&spans, 8));
    xh__amend_spans_finish(&spans);
    xh__amend_destroy(amend);
}

static void spans_are_joined_and_know_their_instant(void **state)
{
    (void)state;
    struct xh__amend *amend = xh__amend_create();
    retract(amend, 1, 10, 20, 100);
    retract(amend, 1, 1, 2, 50);
    retract(amend, 1, 3, 4, 200);
    retract(amend, 1, 15, 16, 300);
    struct xh__amend_spans spans;
    xh__amend_spans_make(xh__amend_retractions(amend, 1), 0, &spans);
    assert_int_equal(spans.count, 2);
    assert_int_equal(spans.spans[0].seq_to, 4);
    assert_int_equal(spans.spans[1].seq_to, 20);
    for (uint64_t seq = 0; seq < 25; seq++) {
        bool is_in = (seq >= 1 && seq <= 4) || (seq >= 10 && seq <= 20);
        assert_int_equal(xh__amend_spans_hold(&spans, seq), is_in);
    }
    xh__amend_spans_finish(&spans);
    xh__amend_spans_make(xh__amend_retractions(amend, 1), 99, &spans);
    assert_int_equal(spans.count, 1);
    assert_true(xh__amend_spans_hold(&spans, 2) && !xh__amend_spans_hold(&spans, 3));
    xh__amend_spans_finish(&spans);
    xh__amend_spans_make(NULL, 0, &spans);
    assert_false(xh__amend_spans_hold(&spans, 1));
    xh__amend_spans_finish(&spans);
    xh__amend_destroy(amend);
}

static void an_erasure_means_what_was_there_when_it_was_asked_for(void **state)
{
    (void)state;
    struct xh__amend *amend = xh__amend_create();
    erase(amend, 1, 1, 100, 200, 10);
    erase(amend, 1, 2, 500, 600, 20);
    const struct xh__amend_erasure *e = xh__amend_erasures(amend, 1);
    assert_true(xh__amend_is_erased(e, 100, 9) && xh__amend_is_erased(e, 199, 1));
    assert_false(xh__amend_is_erased(e, 200, 1) || xh__amend_is_erased(e, 99, 1));
    assert_false(xh__amend_is_erased(e, 100, 10));
    assert_true(xh__amend_is_erased(e, 500, 19));
    assert_false(xh__amend_is_erased(NULL, 100, 1));
    xh__amend_destroy(amend);
}

/* A reader may still hold a view whose segments have their readings. */
static void erasures_that_are_done_count_no_more_but_still_hide(void **state)
{
    (void)state;
    struct xh__amend *amend = xh__amend_create();
    erase(amend, 1, 1, 100, 200, 10);
    erase(amend, 1, 2, 500, 600, 10);
    erase(amend, 2, 3, 500, 600, 10);
    const struct xh__amend_erasure *seen = xh__amend_erasures(amend, 1);
    uint64_t open_count = 0;
    assert_int_equal(xh__amend_erased_rows(amend, &open_count), 6);
    assert_int_equal(open_count, 3);
    uint64_t done[] = {3, 1};
    xh__amend_erasures_done(amend, done, 2);
    assert_true(xh__amend_is_erased(xh__amend_erasures(amend, 1), 100, 1));
    assert_true(xh__amend_is_erased(xh__amend_erasures(amend, 1), 500, 1));
    assert_true(xh__amend_is_erased(seen, 100, 1));
    struct xh_arena *arena = xh_arena_create("test");
    struct xh__manifest_erasure *open = NULL;
    size_t count = 0;
    xh__amend_open_erasures(amend, arena, &open, &count);
    assert_int_equal(count, 1);
    assert_int_equal(open[0].number, 2);
    assert_int_equal(xh__amend_erased_rows(amend, &open_count), 2);
    assert_int_equal(open_count, 1);
    xh_arena_destroy(arena);
    xh__amend_destroy(amend);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_of_many_series_has_its_own_list),
        cmocka_unit_test(what_a_reader_saw_does_not_change),
        cmocka_unit_test(spans_are_joined_and_know_their_instant),
        cmocka_unit_test(an_erasure_means_what_was_there_when_it_was_asked_for),
        cmocka_unit_test(erasures_that_are_done_count_no_more_but_still_hide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
