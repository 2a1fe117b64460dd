/* Erasure for the law, and retention by class: what goes, what stays, what is written down. */
#include "service/erase.h"
#include "service/billing.h"
#include "service/engine_internal.h"
#include "service/ingest_help.h"
#include "service/jobs.h"
#include "service/retain.h"

#include <errno.h>
#include <math.h>

#define HOME "home-7/electricity"
#define HALF_HOUR_US (1800 * XH_US_PER_S)

/* 2025-12-01T05Z */
static const struct engine_options december = {.now_us = INT64_C(1764565200000000)};

static struct xh_erase_ask ask_of(const char *from, const char *to)
{
    return (struct xh_erase_ask){
        .series = XH_STR(HOME),
        .from_us = at(from),
        .to_us = at(to),
        .reason = XH_STR("the family asked for it"),
    };
}

static struct xh_erase_answer erase(struct xh_ctx *ctx, const struct xh_erase_ask *ask)
{
    struct xh_err err = {0};
    struct xh_erase_answer answer;
    must(xh_readings_erase(ctx, ask, &answer, &err), &err);
    return answer;
}

static struct xh_record erasure_of(struct engine_fixture *f, int64_t id)
{
    struct xh_err err = {0};
    struct xh_record record;
    must(xh_record_get(&f->ctx, "core.erasure", id, &record, &err), &err);
    return record;
}

static uint64_t readings_of(struct engine_fixture *f, const char *from, const char *to)
{
    struct xh_erase_ask ask = ask_of(from, to);
    ask.counts_only = true;
    return erase(&f->ctx, &ask).count;
}

/* June 2025: a reading each half hour, from the 1st 00:00 to the 1st of July 01:00. */
static void june(struct engine_fixture *f)
{
    put_growth(f, HOME, at("2025-06-01T00:00:00+07:00"), at("2025-07-01T01:00:00+07:00"),
               HALF_HOUR_US, 1000, 400.0 / 1440);
}

static void a_time_is_forgotten_and_its_neighbours_are_not(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    june(f);
    struct xh_erase_ask ask = ask_of("2025-06-10T00:00:00+07:00", "2025-06-12T00:00:00+07:00");
    struct xh_erase_answer answer = erase(&f->ctx, &ask);
    assert_int_equal(answer.count, 96);
    assert_int_equal(readings_of(f, "2025-06-10T00:00:00+07:00", "2025-06-12T00:00:00+07:00"), 0);
    assert_int_equal(readings_of(f, "2025-06-01T00:00:00+07:00", "2025-08-01T00:00:00+07:00"),
                     1443 - 96);
    struct xh_record record = erasure_of(f, answer.erasure_id);
    assert_int_equal(xh_doc_int(record.doc, "readings"), 96);
    assert_int_equal(xh_doc_int(record.doc, "series"), f->home_series);
    assert_int_equal(record.owner, f->home_party);
    assert_true(xh_str_is(xh_doc_text(record.doc, "asked_by"), "operator"));
    assert_true(xh_str_is(xh_doc_text(record.doc, "reason"), "the family asked for it"));
    engine_leave(f);
}

static void what_is_erased_is_not_known_on_an_earlier_day_either(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    june(f);
    int64_t before_us = xh_env_now_us(f->env);
    xh_env_fault_advance(f->fault, XH_US_PER_HOUR);
    struct xh_erase_ask ask = ask_of("2025-06-01T00:00:00+07:00", "2025-08-01T00:00:00+07:00");
    (void)erase(&f->ctx, &ask);
    struct xh_err err = {0};
    struct xh_reading reading;
    const struct xh_series *series;
    must(xh_series_get(&f->ctx, XH_STR(HOME), &series, &err), &err);
    assert_int_equal(xh_tsdb_before(f->engine->tsdb, &series->key, XH_TIME_MAX, before_us, &reading,
                                    NULL),
                     XH_E_NOT_FOUND);
    xh_series_put(series);
    engine_leave(f);
}

static void days_that_were_kept_are_computed_again(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    june(f);
    (void)use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-01", "2025-06-30");
    days_settle(f);
    struct xh_erase_ask ask = ask_of("2025-06-10T00:00:00+07:00", "2025-06-20T00:00:00+07:00");
    (void)erase(&f->ctx, &ask);
    struct xh_use use = use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-12", "2025-06-13");
    assert_int_equal(use.amounts[0].reading_count, 0);
    assert_days_are_right(f, f->home_series, "2025-06-01", "2025-06-30");
    engine_leave(f);
}

static void kept_days_are_believed_after_a_kill_that_follows_an_erasure(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    june(f);
    engine_reopen(f); /* the number of readings is noted on opening */
    struct xh_erase_ask ask = ask_of("2025-06-10T00:00:00+07:00", "2025-06-12T00:00:00+07:00");
    (void)erase(&f->ctx, &ask);
    struct xh_err err = {0};
    struct xh_rel_conn *conn;
    struct xh_rel_rows *rows;
    struct xh_tsdb_stats stats;
    must(xh_tsdb_get_stats(f->engine->tsdb, &stats, &err), &err);
    must(xh_rel_read_begin(f->engine->derived, &conn, &err), &err);
    must(xh_rel_prepare(conn, "SELECT reading_count, is_clean FROM use_mark", &rows, &err), &err);
    assert_int_equal(xh_rel_next(rows, &err), 1);
    assert_int_equal(xh_rel_int(rows, 0), (int64_t)stats.reading_count);
    assert_int_equal(xh_rel_int(rows, 1), 0);
    xh_rel_done(rows);
    xh_rel_read_end(f->engine->derived, conn);
    engine_leave(f);
}

static void asked_at_once_the_erasure_is_done_when_it_is_answered(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    june(f);
    struct xh_erase_ask ask = ask_of("2025-06-10T00:00:00+07:00", "2025-06-12T00:00:00+07:00");
    ask.is_now = true;
    struct xh_erase_answer answer = erase(&f->ctx, &ask);
    assert_true(answer.is_done);
    struct xh_record record = erasure_of(f, answer.erasure_id);
    assert_true(xh_str_is(record.state, "done"));
    assert_false(xh_doc_is_null(record.doc, "left_us"));
    engine_leave(f);
}

static void an_erasure_is_open_until_the_readings_have_left_the_disk(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    struct xh_err err = {0};
    june(f);
    must(xh_tsdb_tend(f->engine->tsdb, XH_TSDB_FLUSH, &err), &err);
    struct xh_erase_ask ask = ask_of("2025-06-10T00:00:00+07:00", "2025-06-12T00:00:00+07:00");
    struct xh_erase_answer answer = erase(&f->ctx, &ask);
    assert_false(answer.is_done);
    assert_true(xh_str_is(erasure_of(f, answer.erasure_id).state, "open"));
    must(xh_job_run(f->engine, "core.erase", &err), &err);
    assert_true(xh_str_is(erasure_of(f, answer.erasure_id).state, "open"));
    must(xh_tsdb_tend(f->engine->tsdb, XH_TSDB_PURGE, &err), &err);
    must(xh_job_run(f->engine, "core.erase", &err), &err);
    assert_true(xh_str_is(erasure_of(f, answer.erasure_id).state, "done"));
    engine_leave(f);
}

static void an_erasure_that_broke_off_is_carried_out_by_the_job(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    struct xh_err err = {0};
    struct xh_record record;
    struct xh_ctx ctx = f->ctx;
    june(f);
    ctx.who = &xh_who_engine;
    must(xh_record_new(&ctx, "core.erasure", &record, &err), &err);
    xh_doc_set_int(record.doc, "series", f->home_series);
    xh_doc_set_int(record.doc, "time_from", at("2025-06-10T00:00:00+07:00"));
    xh_doc_set_int(record.doc, "time_to", at("2025-06-11T00:00:00+07:00"));
    xh_doc_set_string(record.doc, "reason", "the family asked for it");
    xh_doc_set_string(record.doc, "asked_by", "operator");
    must(xh_record_put(&ctx, &record, &err), &err);
    must(xh_job_run(f->engine, "core.erase", &err), &err);
    record = erasure_of(f, record.id);
    assert_false(xh_str_is(record.state, "begun"));
    assert_int_equal(xh_doc_int(record.doc, "readings"), 48);
    assert_int_equal(readings_of(f, "2025-06-10T00:00:00+07:00", "2025-06-11T00:00:00+07:00"), 0);
    engine_leave(f);
}

/* Readings are gone only if a record says so; what was written down is carried out by the job. */
static void assert_trace_or_nothing(struct engine_fixture *f)
{
    struct xh_err err = {0};
    struct xh_list list = {0};
    int64_t records = 0;
    must(xh_job_run(f->engine, "core.erase", &err), &err);
    must(xh_record_count(&f->ctx, "core.erasure", &list, &records, &err), &err);
    uint64_t left = readings_of(f, "2025-06-10T00:00:00+07:00", "2025-06-12T00:00:00+07:00");
    assert_int_equal(left, records == 0 ? 96 : 0);
    if (records > 0) {
        assert_false(xh_str_is(erasure_of(f, 1).state, "begun"));
    }
    assert_int_equal(readings_of(f, "2025-06-01T00:00:00+07:00", "2025-08-01T00:00:00+07:00"),
                     1443 - 96 + left);
}

static void whenever_the_disk_fails_an_erasure_leaves_a_trace_or_nothing(void **state)
{
    (void)state;
    bool has_failed = true, was_begun = false, was_nothing = false;
    for (uint64_t nth = 1; has_failed; nth++) {
        struct engine_fixture *f = engine_enter(&december);
        struct xh_erase_ask ask = ask_of("2025-06-10T00:00:00+07:00", "2025-06-12T00:00:00+07:00");
        struct xh_erase_answer answer;
        struct xh_err err = {0};
        june(f);
        ask.is_now = true;
        xh_env_fault_fail_any(f->fault, nth, EIO, true);
        int code = xh_readings_erase(&f->ctx, &ask, &answer, &err);
        xh_env_fault_fail_any(f->fault, 0, 0, false);
        has_failed = code < 0;
        engine_reopen(f);
        struct xh_list list = {0};
        int64_t records = 0;
        must(xh_record_count(&f->ctx, "core.erasure", &list, &records, &err), &err);
        was_begun = was_begun || (has_failed && records > 0);
        was_nothing = was_nothing || records == 0;
        assert_trace_or_nothing(f);
        engine_leave(f);
    }
    assert_true(was_begun && was_nothing);
}

static void counting_erases_nothing_and_leaves_no_record(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    june(f);
    (void)put(f, HOME, at("2025-06-10T00:00:00+07:00"), 1100); /* a correction counts as well */
    assert_int_equal(readings_of(f, "2025-06-10T00:00:00+07:00", "2025-06-12T00:00:00+07:00"), 97);
    assert_int_equal(readings_of(f, "2025-06-10T00:00:00+07:00", "2025-06-12T00:00:00+07:00"), 97);
    struct xh_err err = {0};
    int64_t count = 0;
    struct xh_list list = {0};
    must(xh_record_count(&f->ctx, "core.erasure", &list, &count, &err), &err);
    assert_int_equal(count, 0);
    engine_leave(f);
}

static void a_home_may_erase_its_own_readings_and_nobody_elses(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    struct xh_err err = {0};
    june(f);
    struct xh_erase_ask ask = ask_of("2025-06-10T00:00:00+07:00", "2025-06-12T00:00:00+07:00");
    struct xh_erase_answer answer;
    struct xh_who owner = {.name = "home-7", .roles = XH_ROLE_RESIDENT, .party_id = f->home_party};
    struct xh_who other = {.name = "home-8",
                           .roles = XH_ROLE_RESIDENT,
                           .party_id = f->home_party + 1000};
    struct xh_who officer = {.name = "officer", .roles = XH_ROLE_OFFICER};
    struct xh_ctx ctx = f->ctx;
    ctx.who = &other;
    assert_int_equal(xh_readings_erase(&ctx, &ask, &answer, &err), XH_E_NOT_FOUND);
    ctx.who = &officer;
    assert_int_equal(xh_readings_erase(&ctx, &ask, &answer, &err), XH_E_FORBIDDEN);
    ctx.who = &xh_who_public;
    assert_true(xh_readings_erase(&ctx, &ask, &answer, &err) < 0);
    assert_int_equal(readings_of(f, "2025-06-10T00:00:00+07:00", "2025-06-12T00:00:00+07:00"), 96);
    ctx.who = &owner;
    assert_int_equal(erase(&ctx, &ask).count, 96);
    assert_true(xh_str_is(xh_doc_text(erasure_of(f, 1).doc, "asked_by"), "home-7"));
    engine_leave(f);
}

static void without_a_reason_or_an_end_nothing_is_erased(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    struct xh_err err = {0};
    struct xh_erase_answer answer;
    june(f);
    struct xh_erase_ask ask = ask_of("2025-06-10T00:00:00+07:00", "2025-06-12T00:00:00+07:00");
    ask.reason = XH_STR("  ");
    assert_int_equal(xh_readings_erase(&f->ctx, &ask, &answer, &err), XH_E_INVALID);
    assert_string_equal(err.field, "reason");
    ask = ask_of("2025-06-12T00:00:00+07:00", "2025-06-12T00:00:00+07:00");
    assert_int_equal(xh_readings_erase(&f->ctx, &ask, &answer, &err), XH_E_INVALID);
    assert_string_equal(err.field, "to");
    assert_int_equal(readings_of(f, "2025-06-01T00:00:00+07:00", "2025-08-01T00:00:00+07:00"),
                     1443);
    engine_leave(f);
}

static int count_bill(void *arg, struct xh_record *record, struct xh_err *err)
{
    (void)record;
    (void)err;
    ++*(int *)arg;
    return XH_E_OK;
}

static void bills_that_rest_on_it_are_told_as_stale_and_stay_as_issued(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    struct xh_err err = {0};
    struct xh_record bill;
    const struct xh_series *series;
    int stale = 0;
    june(f);
    must(xh_series_get_id(&f->ctx, f->home_series, &series, &err), &err);
    must(xh_bill_issue(&f->ctx, series, XH_STR(""), day_of("2025-06-01"), day_of("2025-07-01"),
                       XH_STR("June"), &bill, &err),
         &err);
    xh_series_put(series);
    must(xh_bills_stale(&f->ctx, count_bill, &stale, &err), &err);
    assert_int_equal(stale, 0);
    struct xh_erase_ask ask = ask_of("2025-06-20T00:00:00+07:00", "2025-07-02T00:00:00+07:00");
    assert_int_equal(erase(&f->ctx, &ask).bill_count, 1);
    must(xh_bills_stale(&f->ctx, count_bill, &stale, &err), &err);
    assert_int_equal(stale, 1);
    int64_t total = xh_doc_int(bill.doc, "total");
    must(xh_record_get(&f->ctx, "core.bill", bill.id, &bill, &err), &err);
    assert_true(xh_str_is(bill.state, "issued"));
    assert_int_equal(xh_doc_int(bill.doc, "total"), total);
    engine_leave(f);
}

/* ---- retention ---- */

static int64_t class_make(struct engine_fixture *f, int64_t keep_days, int64_t thin_days,
                          int64_t step_s)
{
    struct xh_err err = {0};
    struct xh_record class, series;
    must(xh_record_new(&f->ctx, "core.retention", &class, &err), &err);
    xh_doc_set_string(class.doc, "code", "homes");
    xh_doc_set_string(class.doc, "name", "Homes");
    xh_doc_set_int(class.doc, "keep_days", keep_days);
    xh_doc_set_int(class.doc, "thin_after_days", thin_days);
    xh_doc_set_int(class.doc, "thin_step_s", step_s);
    must(xh_record_put(&f->ctx, &class, &err), &err);
    must(xh_record_get(&f->ctx, "core.series", f->home_series, &series, &err), &err);
    xh_doc_set_int(series.doc, "retention", class.id);
    must(xh_record_put(&f->ctx, &series, &err), &err);
    return class.id;
}

static struct xh_record class_of(struct engine_fixture *f, int64_t id)
{
    struct xh_err err = {0};
    struct xh_record class;
    must(xh_record_get(&f->ctx, "core.retention", id, &class, &err), &err);
    return class;
}

static void a_series_without_a_class_is_kept_for_ever(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    struct xh_err err = {0};
    struct xh_record series;
    june(f);
    (void)class_make(f, 90, 0, 0);
    must(xh_record_get(&f->ctx, "core.series", f->home_series, &series, &err), &err);
    xh_doc_set_null(series.doc, "retention");
    must(xh_record_put(&f->ctx, &series, &err), &err);
    must(xh_job_run(f->engine, "core.retain", &err), &err);
    assert_int_equal(readings_of(f, "2025-06-01T00:00:00+07:00", "2025-08-01T00:00:00+07:00"),
                     1443);
    engine_leave(f);
}

/* 2025-12-01 less 170 days is 2025-06-14. */
static void what_is_older_than_its_class_keeps_is_removed(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    struct xh_err err = {0};
    june(f);
    (void)use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-01", "2025-06-30");
    days_settle(f);
    int64_t id = class_make(f, 170, 0, 0);
    must(xh_job_run(f->engine, "core.retain", &err), &err);
    assert_int_equal(readings_of(f, "2025-06-01T00:00:00+07:00", "2025-06-14T00:00:00+07:00"), 0);
    assert_int_equal(readings_of(f, "2025-06-14T00:00:00+07:00", "2025-08-01T00:00:00+07:00"),
                     1443 - 13 * 48);
    assert_int_equal(xh_doc_int(class_of(f, id).doc, "removed"), 13 * 48);
    assert_int_equal(xh_doc_int(class_of(f, id).doc, "removed_last"), 13 * 48);
    assert_days_are_right(f, f->home_series, "2025-06-01", "2025-06-30");
    int64_t version = class_of(f, id).version;
    must(xh_job_run(f->engine, "core.retain", &err), &err);
    assert_int_equal(class_of(f, id).version, version); /* nothing was left to go */
    engine_leave(f);
}

static void days_end_by_the_zone_of_each_series(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    struct xh_err err = {0};
    struct xh_meter_spec spec = engine_meter_spec("far", "far/electricity");
    struct xh_record series;
    int64_t far_id = 0;
    june(f);
    int64_t class_id = class_make(f, 170, 0, 0);
    spec.zone = XH_STR("-05:00");
    must(xh_registry_meter(&f->ctx, &spec, &far_id, &err), &err);
    must(xh_record_get(&f->ctx, "core.series", far_id, &series, &err), &err);
    xh_doc_set_int(series.doc, "retention", class_id);
    must(xh_record_put(&f->ctx, &series, &err), &err);
    put_growth(f, "far/electricity", at("2025-06-13T00:00:00-05:00"),
               at("2025-06-15T00:00:00-05:00"), HALF_HOUR_US, 0, 1);
    must(xh_job_run(f->engine, "core.retain", &err), &err);
    struct xh_erase_ask ask = ask_of("2025-06-01T00:00:00-05:00", "2025-06-14T00:00:00-05:00");
    ask.counts_only = true;
    ask.series = XH_STR("far/electricity");
    assert_int_equal(erase(&f->ctx, &ask).count, 0);
    ask.to_us = at("2025-06-20T00:00:00-05:00");
    assert_int_equal(erase(&f->ctx, &ask).count, 49);
    assert_int_equal(readings_of(f, "2025-06-14T00:00:00+07:00", "2025-08-01T00:00:00+07:00"),
                     1443 - 13 * 48);
    assert_int_equal(xh_doc_int(class_of(f, class_id).doc, "removed"), 14 * 48);
    engine_leave(f);
}

static void whenever_the_disk_fails_a_class_ends_the_same_when_it_is_run_again(void **state)
{
    (void)state;
    int code = -1;
    for (uint64_t nth = 1; code < 0; nth += 1 + nth / 4) {
        struct engine_fixture *f = engine_enter(&december);
        struct xh_err err = {0};
        june(f);
        (void)use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-01", "2025-06-30");
        days_settle(f);
        (void)class_make(f, 165, 60, 86400); /* from 2025-06-19 on; of these one a day */
        xh_env_fault_fail_any(f->fault, nth, EIO, true);
        code = xh_job_run(f->engine, "core.retain", NULL);
        xh_env_fault_fail_any(f->fault, 0, 0, false);
        engine_reopen(f);
        must(xh_job_run(f->engine, "core.retain", &err), &err);
        assert_int_equal(readings_of(f, "2025-06-01T00:00:00+07:00", "2025-06-19T00:00:00+07:00"),
                         0);
        assert_int_equal(readings_of(f, "2025-06-19T00:00:00+07:00", "2025-07-01T00:00:01+07:00"),
                         13);
        struct xh_use use = use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-19", "2025-07-01");
        for (size_t i = 0; i < use.count; i++) {
            assert_true(fabs(use.amounts[i].amount - 400.0 / 30) < 1e-9);
        }
        engine_leave(f);
    }
}

/* Read each half hour, at midnight too: the last of a day's step is the one at midnight. */
static void thinned_to_days_a_register_keeps_its_days_totals(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    struct xh_err err = {0};
    june(f);
    struct xh_use before = use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-01", "2025-07-01");
    int64_t id = class_make(f, 0, 60, 86400);
    must(xh_job_run(f->engine, "core.retain", &err), &err);
    assert_int_equal(readings_of(f, "2025-06-01T00:00:00+07:00", "2025-07-01T00:00:01+07:00"), 31);
    assert_int_equal(xh_doc_int(class_of(f, id).doc, "removed"), 1443 - 32);
    must(xh_use_forget(f->engine, &err), &err);
    struct xh_use after = use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-01", "2025-07-01");
    assert_int_equal(before.count, 30);
    for (size_t i = 0; i < before.count; i++) {
        assert_true(fabs(before.amounts[i].amount - after.amounts[i].amount) < 1e-9);
    }
    must(xh_job_run(f->engine, "core.retain", &err), &err);
    assert_int_equal(xh_doc_int(class_of(f, id).doc, "removed"), 1443 - 32);
    engine_leave(f);
}

static void amounts_are_never_thinned(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    struct xh_err err = {0};
    struct xh_record series;
    june(f);
    (void)class_make(f, 0, 60, 86400);
    must(xh_record_get(&f->ctx, "core.series", f->home_series, &series, &err), &err);
    xh_doc_set_string(series.doc, "kind", "interval");
    must(xh_record_put(&f->ctx, &series, &err), &err);
    must(xh_job_run(f->engine, "core.retain", &err), &err);
    assert_int_equal(readings_of(f, "2025-06-01T00:00:00+07:00", "2025-08-01T00:00:00+07:00"),
                     1443);
    engine_leave(f);
}

static void a_class_that_contradicts_itself_is_refused(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    static const struct {
        int64_t keep_days, thin_days, step_s;
        const char *field;
    } cases[] = {
        {29, 0, 0, "keep_days"},           {0, 60, 0, "thin_step_s"},  {0, 60, 7000, "thin_step_s"},
        {90, 90, 3600, "thin_after_days"}, {0, 60, 59, "thin_step_s"},
    };
    for (size_t i = 0; i < XH_COUNT(cases); i++) {
        struct xh_err err = {0};
        struct xh_record class;
        must(xh_record_new(&f->ctx, "core.retention", &class, &err), &err);
        xh_doc_set_string(class.doc, "code", "wrong");
        xh_doc_set_string(class.doc, "name", "Wrong");
        xh_doc_set_int(class.doc, "keep_days", cases[i].keep_days);
        xh_doc_set_int(class.doc, "thin_after_days", cases[i].thin_days);
        xh_doc_set_int(class.doc, "thin_step_s", cases[i].step_s);
        assert_int_equal(xh_record_put(&f->ctx, &class, &err), XH_E_INVALID);
        assert_string_equal(err.field, cases[i].field);
    }
    engine_leave(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_is_forgotten_and_its_neighbours_are_not),
        cmocka_unit_test(what_is_erased_is_not_known_on_an_earlier_day_either),
        cmocka_unit_test(days_that_were_kept_are_computed_again),
        cmocka_unit_test(kept_days_are_believed_after_a_kill_that_follows_an_erasure),
        cmocka_unit_test(asked_at_once_the_erasure_is_done_when_it_is_answered),
        cmocka_unit_test(an_erasure_is_open_until_the_readings_have_left_the_disk),
        cmocka_unit_test(an_erasure_that_broke_off_is_carried_out_by_the_job),
        cmocka_unit_test(whenever_the_disk_fails_an_erasure_leaves_a_trace_or_nothing),
        cmocka_unit_test(counting_erases_nothing_and_leaves_no_record),
        cmocka_unit_test(a_home_may_erase_its_own_readings_and_nobody_elses),
        cmocka_unit_test(without_a_reason_or_an_end_nothing_is_erased),
        cmocka_unit_test(bills_that_rest_on_it_are_told_as_stale_and_stay_as_issued),
        cmocka_unit_test(a_series_without_a_class_is_kept_for_ever),
        cmocka_unit_test(what_is_older_than_its_class_keeps_is_removed),
        cmocka_unit_test(days_end_by_the_zone_of_each_series),
        cmocka_unit_test(whenever_the_disk_fails_a_class_ends_the_same_when_it_is_run_again),
        cmocka_unit_test(thinned_to_days_a_register_keeps_its_days_totals),
        cmocka_unit_test(amounts_are_never_thinned),
        cmocka_unit_test(a_class_that_contradicts_itself_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
