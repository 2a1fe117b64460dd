/* Instants and intervals beside each other: every operator and every function of periods, over a
 * morning. 18-088 9.3.3.5: an interval is half-open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "odata_help.h"

/* "0700" is an instant of 2016-01-01, "0600-0700" an interval. */
static const char *const moments[] = {"0600", "0700", "0730", "0800", "0900", "0500-0600",
                                      "0600-0700", "0600-0730", "0700-0730", "0700-0800",
                                      "0730-0800", "0730-0900", "0800-0900", "0600-0900"};

static struct xh_str literal(struct world *w, const char *moment)
{
    struct xh_str from = xh_arena_format(w->arena, "2016-01-01T%.2s:%.2s:00Z", moment, moment + 2);
    if (strlen(moment) == 4) {
        return from;
    }
    return xh_arena_format(w->arena, "%.*s/2016-01-01T%.2s:%.2s:00Z", XH_STR_ARG(from), moment + 5,
                           moment + 7);
}

/* For which moments "..., with X in place of %s" holds, in their order. */
static void assert_holds_for(const char *pattern, const char *wanted)
{
    struct world w;
    struct xh_buf found = {0};
    world_begin(&w);
    for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
        struct xh_str value = literal(&w, moments[i]);
        struct xh_str entity = xh_arena_format(w.arena, "{\"xTime\": \"%.*s\"}", XH_STR_ARG(value));
        struct xh_err err = {0};
        int holds = world_holds(&w, pattern, entity.ptr, &err);
        if (holds < 0) {
            fail_msg("%s: %s", pattern, err.text);
        }
        if (holds) {
            xh_buf_add_format(&found, "%s%s", found.len > 0 ? " " : "", moments[i]);
        }
    }
    if (strcmp(xh_buf_text(&found), wanted) != 0) {
        fail_msg("%s holds for %s, not for %s", pattern, xh_buf_text(&found), wanted);
    }
    xh_buf_finish(&found);
    world_end(&w);
}

#define T7 "2016-01-01T07:00:00Z"
#define I78 "2016-01-01T07:00:00Z/2016-01-01T08:00:00Z"

static void an_operator_compares_with_an_instant(void **state)
{
    (void)state;
    assert_holds_for("xTime lt " T7, "0600 0500-0600 0600-0700");
    assert_holds_for("xTime gt " T7, "0730 0800 0900 0730-0800 0730-0900 0800-0900");
    assert_holds_for("xTime le " T7, "0600 0700 0500-0600 0600-0700");
    assert_holds_for("xTime ge " T7,
                     "0700 0730 0800 0900 0700-0730 0700-0800 0730-0800 0730-0900 0800-0900");
    assert_holds_for("xTime eq " T7, "0700");
    assert_holds_for("xTime ne " T7, "0600 0730 0800 0900 0500-0600 0600-0700 0600-0730 0700-0730 "
                                     "0700-0800 0730-0800 0730-0900 0800-0900 0600-0900");
    assert_holds_for(T7 " lt xTime", "0730 0800 0900 0730-0800 0730-0900 0800-0900");
    assert_holds_for(T7 " ge xTime", "0600 0700 0500-0600 0600-0700");
}

static void an_operator_compares_with_an_interval(void **state)
{
    (void)state;
    assert_holds_for("xTime lt " I78, "0600 0500-0600 0600-0700");
    assert_holds_for("xTime gt " I78, "0800 0900 0800-0900");
    assert_holds_for("xTime le " I78,
                     "0600 0700 0500-0600 0600-0700 0600-0730 0700-0730 0700-0800");
    assert_holds_for("xTime ge " I78, "0800 0900 0700-0800 0730-0800 0730-0900 0800-0900");
    assert_holds_for("xTime eq " I78, "0700-0800");
    assert_holds_for(I78 " lt xTime", "0800 0900 0800-0900");
    assert_holds_for("not xTime lt " I78 " and not xTime gt " I78,
                     "0700 0730 0600-0730 0700-0730 0700-0800 0730-0800 0730-0900 0600-0900");
}

static void before_and_after_end_where_the_other_begins(void **state)
{
    (void)state;
    assert_holds_for("before(xTime, " T7 ")", "0600 0500-0600 0600-0700");
    assert_holds_for("before(" T7 ", xTime)", "0730 0800 0900 0730-0800 0730-0900 0800-0900");
    assert_holds_for("before(xTime, " I78 ")", "0600 0500-0600 0600-0700");
    assert_holds_for("before(" I78 ", xTime)", "0800 0900 0800-0900");
    assert_holds_for("after(xTime, " T7 ")", "0730 0800 0900 0730-0800 0730-0900 0800-0900");
    assert_holds_for("after(" T7 ", xTime)", "0600 0500-0600 0600-0700");
    assert_holds_for("after(xTime, " I78 ")", "0800 0900 0800-0900");
    assert_holds_for("after(" I78 ", xTime)", "0600 0500-0600 0600-0700");
}

static void meets_starts_and_finishes_look_at_the_ends(void **state)
{
    (void)state;
    assert_holds_for("meets(xTime, " T7 ")", "0700 0600-0700 0700-0730 0700-0800");
    assert_holds_for("meets(" T7 ", xTime)", "0700 0600-0700 0700-0730 0700-0800");
    assert_holds_for("meets(xTime, " I78 ")", "0700 0800 0600-0700 0800-0900");
    assert_holds_for("starts(xTime, " T7 ")", "0700 0700-0730 0700-0800");
    assert_holds_for("starts(xTime, " I78 ")", "0700 0700-0730 0700-0800");
    assert_holds_for("finishes(xTime, " T7 ")", "0700 0600-0700");
    assert_holds_for("finishes(xTime, " I78 ")", "0800 0700-0800 0730-0800");
    assert_holds_for("finishes(" I78 ", xTime)", "0800 0700-0800 0730-0800");
}

static void during_and_overlaps_leave_out_the_end(void **state)
{
    (void)state;
    assert_holds_for("during(xTime, " I78 ")", "0700 0730 0700-0730 0700-0800 0730-0800");
    assert_holds_for("during(" T7 ", xTime)", "0600-0730 0700-0730 0700-0800 0600-0900");
    assert_holds_for("during(" I78 ", xTime)", "0700-0800 0600-0900");
    assert_holds_for("overlaps(xTime, " T7 ")", "0700 0600-0730 0700-0730 0700-0800 0600-0900");
    assert_holds_for("overlaps(" T7 ", xTime)", "0700 0600-0730 0700-0730 0700-0800 0600-0900");
    assert_holds_for("overlaps(xTime, " I78 ")",
                     "0700 0730 0600-0730 0700-0730 0700-0800 0730-0800 0730-0900 0600-0900");
    assert_holds_for("overlaps(xTime, '" I78 "')",
                     "0700 0730 0600-0730 0700-0730 0700-0800 0730-0800 0730-0900 0600-0900");
}

static void what_is_no_time_is_never_beside_one(void **state)
{
    (void)state;
    assert_holds_for("before(xTime, 5) or after(xTime, 'x') or overlaps(xTime, null)", "");
    assert_holds_for("not during(xTime, 'x')", "");
    assert_holds_for("during(" T7 ", yTime) or not during(" T7 ", yTime)", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_operator_compares_with_an_instant),
        cmocka_unit_test(an_operator_compares_with_an_interval),
        cmocka_unit_test(before_and_after_end_where_the_other_begins),
        cmocka_unit_test(meets_starts_and_finishes_look_at_the_ends),
        cmocka_unit_test(during_and_overlaps_leave_out_the_end),
        cmocka_unit_test(what_is_no_time_is_never_beside_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
