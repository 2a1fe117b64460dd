/* Meter data quality: findings that are kept in order, estimates and edits that are whole or not
 * there, whatever the disk does. */
#include "service/vee.h"
#include "service/change.h"
#include "service/engine_internal.h"
#include "service/ingest_help.h"
#include "service/jobs.h"
#include "service/vee_internal.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

#define HOME "home-7/electricity"
#define HALF_HOUR_US (1800 * XH_US_PER_S)

/* 2025-12-01T05Z */
static const struct engine_options december = {.now_us = INT64_C(1764565200000000)};

static int64_t june(const char *day_and_time)
{
    char text[64];
    (void)snprintf(text, sizeof text, "2025-06-%s:00+07:00", day_and_time);
    return at(text);
}

/* A reading each half hour of June 2025, growing by 0.5; of the 20th those from 06:30 to 11:30 are
 * missing. */
static void june_with_a_gap(struct engine_fixture *f)
{
    int64_t first_us = june("01T00:00");
    double at_gap = 1000 + (double)((june("20T06:00") - first_us) / HALF_HOUR_US) * 0.5;
    put_growth(f, HOME, first_us, june("20T06:00"), HALF_HOUR_US, 1000, 0.5);
    put_growth(f, HOME, june("20T12:00"), june("25T00:00"), HALF_HOUR_US, at_gap + 6, 0.5);
}

static int64_t rule_put(struct engine_fixture *f, double stuck_hours)
{
    struct xh_err err = {0};
    struct xh_record rule;
    must(xh_record_new(&f->ctx, "core.vee_rule", &rule, &err), &err);
    xh_doc_set_string(rule.doc, "code", "rule");
    xh_doc_set_string(rule.doc, "name", "rule");
    xh_doc_set_string(rule.doc, "quantity", "energy.electricity");
    xh_doc_set_int(rule.doc, "valid_from", day_of("2025-06-01"));
    xh_doc_set_real(rule.doc, "stuck_hours", stuck_hours);
    must(xh_record_put(&f->ctx, &rule, &err), &err);
    return rule.id;
}

static void run(struct engine_fixture *f)
{
    struct xh_err err = {0};
    must(xh_job_run(f->engine, "core.vee", &err), &err);
}

struct records {
    struct xh_record items[16];
    size_t count;
};

static int keep(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct records *records = arg;
    (void)err;
    assert_true(records->count < 16);
    records->items[records->count++] = *record;
    return XH_E_OK;
}

static struct records list(struct engine_fixture *f, const char *type)
{
    struct xh_err err = {0};
    struct records records = {.count = 0};
    struct xh_list all = {.limit = 16};
    struct xh_str next;
    must(xh_record_list(&f->ctx, type, &all, keep, &records, &next, &err), &err);
    return records;
}

static int act(struct engine_fixture *f, const char *action, const char *field, int64_t id,
               struct xh_doc **ret_out, struct xh_err *err)
{
    const struct xh_action *a = xh_engine_action(f->engine, xh_str_from(action));
    struct xh_doc *in = xh_doc_create(f->arena, a->in);
    xh_doc_set_int(in, field, id);
    return xh_engine_run_action(&f->ctx, action, in, ret_out, err);
}

/* Readings in force between 06:00 and 12:00 of the 20th, both left out. */
static size_t in_gap(struct engine_fixture *f, unsigned *ret_quality)
{
    struct xh_err err = {0};
    const struct xh_series *series;
    must(xh_series_get(&f->ctx, XH_STR(HOME), &series, &err), &err);
    int64_t edges_us[2] = {june("20T06:00") + 1, june("20T12:00")};
    struct xh_tsdb_window window;
    must(xh_tsdb_windows(f->engine->tsdb, &series->key, edges_us, 1, 0, &window, &err), &err);
    xh_series_put(series);
    *ret_quality = window.count > 0 ? window.quality : 0;
    return window.count;
}

/* ---- findings ---- */

static void a_gap_is_one_finding_and_a_second_look_writes_nothing(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    struct xh_err err = {0};
    june_with_a_gap(f);
    (void)rule_put(f, 0);
    run(f);
    struct records found = list(f, "core.vee_finding");
    assert_int_equal(found.count, 1);
    const struct xh_doc *doc = found.items[0].doc;
    assert_true(xh_str_is(xh_doc_text(doc, "check_name"), "gap"));
    assert_int_equal(xh_doc_int(doc, "time_from"), june("20T06:00"));
    assert_int_equal(xh_doc_int(doc, "time_to"), june("20T12:00"));
    assert_int_equal(xh_doc_int(doc, "readings"), 11);
    assert_int_equal(found.items[0].owner, f->home_party);
    int64_t last = xh_change_last_id(&f->ctx, &err);
    (void)put(f, HOME, june("20T05:30"), 1e-3 + 1000 + 0.5 * (48 * 19 + 11)); /* the day again */
    run(f);
    assert_int_equal(xh_change_last_id(&f->ctx, &err), last);
    engine_leave(f);
}

static void a_register_that_stands_for_days_is_one_finding_that_grows(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    put_growth(f, HOME, june("01T00:00"), june("10T00:00"), HALF_HOUR_US, 1000, 0.5);
    (void)rule_put(f, 24);
    run(f);
    assert_int_equal(list(f, "core.vee_finding").count, 0);
    double last = 1000 + 9 * 48 * 0.5;
    for (int day = 10; day < 15; day++) {
        char text[16];
        (void)snprintf(text, sizeof text, "%dT00:30", day);
        int64_t from_us = june(text);
        put_growth(f, HOME, from_us, from_us + 47 * HALF_HOUR_US, HALF_HOUR_US, last, 0);
        run(f);
    }
    struct records found = list(f, "core.vee_finding");
    assert_int_equal(found.count, 1);
    assert_int_equal(xh_doc_int(found.items[0].doc, "time_from"), june("10T00:00"));
    assert_int_equal(xh_doc_int(found.items[0].doc, "time_to"), june("15T00:00"));
    assert_true(xh_doc_real(found.items[0].doc, "measure") == 120);
    assert_int_equal(xh_doc_int(found.items[0].doc, "readings"), 240);
    engine_leave(f);
}

static void a_year_at_once_finds_the_same_as_day_by_day(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    june_with_a_gap(f);
    put_growth(f, HOME, june("25T03:00"), june("28T00:00"), HALF_HOUR_US, 1600, 0.5);
    (void)rule_put(f, 0);
    run(f);
    struct records at_once = list(f, "core.vee_finding");
    engine_leave(f);
    f = engine_enter(&december);
    (void)rule_put(f, 0);
    run(f);
    june_with_a_gap(f);
    run(f);
    put_growth(f, HOME, june("25T03:00"), june("28T00:00"), HALF_HOUR_US, 1600, 0.5);
    run(f);
    struct records day_by_day = list(f, "core.vee_finding");
    assert_int_equal(day_by_day.count, at_once.count);
    assert_true(at_once.count >= 2);
    engine_leave(f);
}

/* ---- estimates ---- */

static void an_estimate_never_stands_before_a_real_reading(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    struct xh_err err = {0};
    struct xh_reading now;
    june_with_a_gap(f);
    const struct xh_series *series;
    must(xh_series_get(&f->ctx, XH_STR(HOME), &series, &err), &err);
    /* The reading of 09:00 comes in after the gap was looked at. */
    (void)put(f, HOME, june("20T09:00"), 1234);
    const struct xh_vee_value values[] = {{june("20T08:30"), 1461}, {june("20T09:00"), 1461.5}};
    struct xh__vee_edit edit = {
        .series = series, .kind = "estimate", .method = "profile", .from_us = june("20T06:00"),
        .to_us = june("20T12:00"), .reason = XH_STR("x"), .asked_by = "x",
        .quality = XH_QUALITY_ESTIMATED, .values = values, .count = 2,
    };
    int64_t id;
    uint64_t count;
    must(xh__vee_edit_write(&f->ctx, &edit, &id, &count, &err), &err);
    assert_int_equal(count, 1);
    must(xh_tsdb_before(f->engine->tsdb, &series->key, june("20T09:00"), 0, &now, &err), &err);
    assert_true(now.at_us == june("20T09:00") && now.value == 1234);
    assert_int_equal(now.quality & XH_QUALITY_ESTIMATED, 0);
    must(xh_tsdb_before(f->engine->tsdb, &series->key, june("20T08:30"), 0, &now, &err), &err);
    assert_true(now.value == 1461 && now.quality == XH_QUALITY_ESTIMATED);
    xh_series_put(series);
    engine_leave(f);
}

static double day_of_gap(struct engine_fixture *f)
{
    struct xh_use use = use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-20", "2025-06-21");
    return use_total(&use);
}

/* After the job: an edit is done and all its readings are there, or neither. */
static void assert_whole_or_nothing(struct engine_fixture *f, size_t readings, bool *was_done,
                                    bool *was_nothing)
{
    unsigned quality;
    size_t there = in_gap(f, &quality);
    struct records edits = list(f, "core.reading_edit");
    struct records found = list(f, "core.vee_finding");
    bool is_done = edits.count > 0 && xh_str_is(edits.items[edits.count - 1].state, "done");
    assert_int_equal(there, is_done ? readings : 0);
    assert_int_equal(quality, is_done ? XH_QUALITY_ESTIMATED : 0);
    for (size_t i = 0; i < edits.count; i++) {
        assert_false(xh_str_is(edits.items[i].state, "begun"));
    }
    assert_int_equal(found.count, 1);
    assert_true(xh_str_is(found.items[0].state, is_done ? "estimated" : "open"));
    assert_true(fabs(day_of_gap(f) - 24) < 1e-9); /* the gap's use was never lost */
    *was_done = *was_done || is_done;
    *was_nothing = *was_nothing || !is_done;
}

static void whenever_the_disk_fails_an_estimate_is_whole_or_not_there(void **state)
{
    (void)state;
    bool has_failed = true, was_done = false, was_nothing = false;
    for (uint64_t nth = 1; has_failed; nth++) {
        struct engine_fixture *f = engine_enter(&december);
        struct xh_doc *out;
        june_with_a_gap(f);
        (void)rule_put(f, 0);
        run(f);
        int64_t finding = list(f, "core.vee_finding").items[0].id;
        xh_env_fault_fail_any(f->fault, nth, EIO, true);
        has_failed = act(f, "core.vee_estimate", "finding", finding, &out, NULL) < 0;
        xh_env_fault_fail_any(f->fault, 0, 0, false);
        engine_reopen(f);
        run(f);
        assert_whole_or_nothing(f, 11, &was_done, &was_nothing);
        engine_leave(f);
    }
    assert_true(was_done && was_nothing);
}

static void whenever_the_disk_fails_an_undoing_can_be_done_again(void **state)
{
    (void)state;
    bool has_failed = true;
    for (uint64_t nth = 1; has_failed; nth++) {
        struct engine_fixture *f = engine_enter(&december);
        struct xh_err err = {0};
        struct xh_doc *out;
        unsigned quality;
        june_with_a_gap(f);
        (void)rule_put(f, 0);
        run(f);
        int64_t finding = list(f, "core.vee_finding").items[0].id;
        must(act(f, "core.vee_estimate", "finding", finding, &out, &err), &err);
        int64_t edit = xh_doc_int(out, "edit");
        assert_int_equal(in_gap(f, &quality), 11);
        xh_env_fault_fail_any(f->fault, nth, EIO, true);
        has_failed = act(f, "core.vee_undo", "edit", edit, &out, NULL) < 0;
        xh_env_fault_fail_any(f->fault, 0, 0, false);
        engine_reopen(f);
        if (xh_str_is(list(f, "core.reading_edit").items[0].state, "done")) {
            must(act(f, "core.vee_undo", "edit", edit, &out, &err), &err);
        }
        run(f);
        assert_int_equal(in_gap(f, &quality), 0);
        assert_true(xh_str_is(list(f, "core.reading_edit").items[0].state, "undone"));
        assert_true(xh_str_is(list(f, "core.vee_finding").items[0].state, "open"));
        engine_leave(f);
    }
}

static void a_register_that_began_again_in_the_gap_is_not_guessed(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    struct xh_err err = {0};
    struct xh_doc *out;
    unsigned quality;
    put_growth(f, HOME, june("01T00:00"), june("20T06:00"), HALF_HOUR_US, 1000, 0.5);
    put_growth(f, HOME, june("20T12:00"), june("22T00:00"), HALF_HOUR_US, 2, 0.5);
    (void)rule_put(f, 0);
    run(f);
    struct records found = list(f, "core.vee_finding");
    assert_int_equal(found.count, 2); /* the gap, and that it began again */
    for (size_t i = 0; i < found.count; i++) {
        assert_int_equal(act(f, "core.vee_estimate", "finding", found.items[i].id, &out, &err),
                         XH_E_CONFLICT);
    }
    assert_int_equal(in_gap(f, &quality), 0);
    assert_int_equal(list(f, "core.reading_edit").count, 0);
    engine_leave(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gap_is_one_finding_and_a_second_look_writes_nothing),
        cmocka_unit_test(a_register_that_stands_for_days_is_one_finding_that_grows),
        cmocka_unit_test(a_year_at_once_finds_the_same_as_day_by_day),
        cmocka_unit_test(an_estimate_never_stands_before_a_real_reading),
        cmocka_unit_test(whenever_the_disk_fails_an_estimate_is_whole_or_not_there),
        cmocka_unit_test(whenever_the_disk_fails_an_undoing_can_be_done_again),
        cmocka_unit_test(a_register_that_began_again_in_the_gap_is_not_guessed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
