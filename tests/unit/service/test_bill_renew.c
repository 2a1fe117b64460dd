/* Bills brought up to date after a price, a reading or anything else was corrected. */
#include "service/billing.h"
#include "service/change.h"
#include "service/ingest_help.h"
#include "service/jobs.h"

#include <stdio.h>

#define HOME "home-7/electricity"
#define PRICE "E-R-2025-05-10-5"
#define HALF_HOUR_US (1800 * XH_US_PER_S)

/* 2025-12-01T05Z */
static const struct engine_options december = {.now_us = INT64_C(1764565200000000)};

/* April to June, about 400 kWh a month. */
static struct engine_fixture *enter(void)
{
    struct engine_fixture *f = engine_enter(&december);
    struct xh_err err = {0};
    put_growth(f, HOME, at("2025-04-01T00:00:00+07:00"), at("2025-07-01T01:00:00+07:00"),
               HALF_HOUR_US, 1000, 400.0 / 1440);
    must(xh_jobs_run_due(f->engine, &err), &err); /* the rows that the program brought */
    return f;
}

static const struct xh_series *home(struct engine_fixture *f)
{
    struct xh_err err = {0};
    const struct xh_series *series;
    must(xh_series_get_id(&f->ctx, f->home_series, &series, &err), &err);
    return series;
}

static struct xh_record issue(struct engine_fixture *f, const char *from, const char *to)
{
    struct xh_err err = {0};
    struct xh_record bill;
    const struct xh_series *series = home(f);
    must(xh_bill_issue(&f->ctx, series, XH_STR(""), day_of(from), day_of(to), XH_STR(""), &bill,
                       &err), &err);
    xh_series_put(series);
    return bill;
}

static void set_price(struct engine_fixture *f, const char *code, int64_t dong)
{
    struct xh_err err = {0};
    struct xh_record row;
    xh_env_fault_advance(f->fault, XH_US_PER_HOUR);
    must(xh_record_find(&f->ctx, "core.dated", "code", xh_str_from(code), &row, &err), &err);
    xh_doc_set_dec(row.doc, "value", xh_dec_int(dong));
    must(xh_record_put(&f->ctx, &row, &err), &err);
    xh_env_fault_advance(f->fault, XH_US_PER_HOUR);
}

static struct xh_record read_bill(struct engine_fixture *f, int64_t id)
{
    struct xh_err err = {0};
    struct xh_record bill;
    must(xh_record_get(&f->ctx, "core.bill", id, &bill, &err), &err);
    return bill;
}

static int note_bill(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct xh_record *ret = arg;
    (void)err;
    *ret = *record;
    return 0;
}

/* The bill in force that took the place of another. */
static struct xh_record successor(struct engine_fixture *f, int64_t id)
{
    struct xh_err err = {0};
    struct xh_record found = {0};
    struct xh_filter filter = {.field = "supersedes", .op = XH_FILTER_EQ};
    struct xh_str next;
    filter.value.type = XH_T_REF;
    xh_value_set_int(&filter.value, id);
    struct xh_list list = {.filters = &filter, .filter_count = 1, .with_parts = true};
    must(xh_record_list(&f->ctx, "core.bill", &list, note_bill, &found, &next, &err), &err);
    assert_true(found.id > 0);
    return found;
}

static int64_t count_in(struct engine_fixture *f, const char *state)
{
    struct xh_err err = {0};
    struct xh_filter filter = {.field = "state", .op = XH_FILTER_EQ};
    int64_t count = 0;
    filter.value.type = XH_T_TEXT;
    xh_value_set_text(&filter.value, xh_str_from(state));
    struct xh_list list = {.filters = &filter, .filter_count = 1};
    must(xh_record_count(&f->ctx, "core.bill", &list, &count, &err), &err);
    return count;
}

static void assert_equals_preview(struct engine_fixture *f, const struct xh_record *bill)
{
    static const char *const fields[] = {"quantity", "net",       "tax",
                                         "total",    "net_exact", "ghg_kgco2"};
    struct xh_err err = {0};
    struct xh_record alone;
    const struct xh_series *series = home(f);
    must(xh_bill_preview(&f->ctx, series, XH_STR(""), (int32_t)xh_doc_int(bill->doc, "period_from"),
                         (int32_t)xh_doc_int(bill->doc, "period_to"), &alone, &err), &err);
    for (size_t i = 0; i < XH_COUNT(fields); i++) {
        assert_true(xh_value_equal(xh_doc_value(bill->doc, fields[i]),
                                   xh_doc_value(alone.doc, fields[i])));
    }
    size_t count = xh_doc_count(alone.doc, "lines");
    assert_int_equal(xh_doc_count(bill->doc, "lines"), count);
    for (size_t i = 0; i < count; i++) {
        assert_true(xh_value_equal(xh_doc_at(bill->doc, "lines", i, "amount"),
                                   xh_doc_at(alone.doc, "lines", i, "amount")));
    }
    xh_series_put(series);
}

/* ---- by the job ---- */

static void a_corrected_price_renews_what_it_touches_and_nothing_else(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    struct xh_err err = {0};
    struct xh_record april = issue(f, "2025-04-01", "2025-05-01");
    struct xh_record may = issue(f, "2025-05-01", "2025-06-01");
    struct xh_record june = issue(f, "2025-06-01", "2025-07-01");
    set_price(f, PRICE, 3400);
    must(xh_jobs_run_due(f->engine, &err), &err);
    assert_true(xh_str_is(read_bill(f, april.id).state, "issued"));
    assert_true(xh_str_is(read_bill(f, may.id).state, "superseded"));
    assert_true(xh_str_is(read_bill(f, june.id).state, "superseded"));
    struct xh_record new = successor(f, june.id);
    assert_true(xh_str_is(new.state, "issued"));
    assert_int_equal(xh_doc_int(new.doc, "revision"), 2);
    assert_int_equal(xh_doc_int(new.doc, "net"), xh_doc_int(june.doc, "net") + 100 * 50);
    assert_true(xh_str_find(xh_doc_text(new.doc, "reason"), XH_STR("were corrected")) >= 0);
    assert_equals_preview(f, &new);
    struct xh_record new_may = successor(f, may.id);
    assert_equals_preview(f, &new_may);
    /* Once is enough. */
    must(xh_jobs_run_due(f->engine, &err), &err);
    must(xh_job_run(f->engine, "core.rebill", &err), &err);
    assert_int_equal(count_in(f, "issued"), 3);
    assert_int_equal(count_in(f, "superseded"), 2);
    engine_leave(f);
}

/* The last change that was made, as a job is given it. */
static int take_change(void *arg, const struct xh_change *change, struct xh_err *err)
{
    struct xh_change *ret = arg;
    (void)err;
    *ret = *change;
    return 0;
}

static struct xh_change last_change(struct engine_fixture *f, const char *code)
{
    struct xh_err err = {0};
    struct xh_record row;
    struct xh_change change = {0};
    must(xh_record_find(&f->ctx, "core.dated", "code", xh_str_from(code), &row, &err), &err);
    must(xh_change_read(&f->ctx, 0, "core.dated", row.id, 100, take_change, &change, &err), &err);
    assert_int_equal(change.record_id, row.id);
    return change;
}

/* The reading makes all bills of the month stale; which are computed again shows what a change of a
 * row is held to touch. */
static void a_row_touches_the_bills_of_its_tariffs_and_days(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    struct xh_err err = {0};
    struct xh_bill_renewal renewal;
    (void)issue(f, "2025-04-01", "2025-05-01");
    struct xh_record june = issue(f, "2025-06-01", "2025-07-01");
    put(f, HOME, at("2025-04-11T00:00:00+07:00"), 1000 + 10 * 400.0 / 30 + 1);
    put(f, HOME, at("2025-05-01T00:00:00+07:00"), 1399);
    put(f, HOME, at("2025-07-01T00:00:00+07:00"), 1000 + 91 * 400.0 / 30 - 1);
    set_price(f, PRICE, 3400);
    struct xh_change change = last_change(f, PRICE);
    must(xh_bills_renew(&f->ctx, &change, 1, &renewal, &err), &err);
    assert_int_equal(renewal.checked, 2);
    assert_int_equal(renewal.renewed, 1);
    assert_true(xh_str_is(read_bill(f, june.id).state, "superseded"));
    must(xh_bills_renew(&f->ctx, NULL, 0, &renewal, &err), &err);
    assert_int_equal(renewal.renewed, 1);
    engine_leave(f);
}

/* A row whose end is moved to before the bill touches the bill all the same: it did before. */
static void days_that_a_row_had_before_count_too(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    struct xh_err err = {0};
    struct xh_bill_renewal renewal;
    struct xh_record row;
    (void)issue(f, "2025-06-01", "2025-07-01");
    put(f, HOME, at("2025-07-01T00:00:00+07:00"), 1000 + 91 * 400.0 / 30 - 1);
    xh_env_fault_advance(f->fault, XH_US_PER_HOUR);
    must(xh_record_find(&f->ctx, "core.dated", "code", XH_STR(PRICE), &row, &err), &err);
    xh_doc_set_int(row.doc, "valid_to", day_of("2025-05-20"));
    must(xh_record_put(&f->ctx, &row, &err), &err);
    xh_env_fault_advance(f->fault, XH_US_PER_HOUR);
    struct xh_change change = last_change(f, PRICE);
    must(xh_bills_renew(&f->ctx, &change, 1, &renewal, &err), &err);
    assert_int_equal(renewal.renewed + renewal.failed, 1);
    engine_leave(f);
}

/* ---- all of them ---- */

/* 59 bills are two pages. */
static void more_than_a_page_of_bills_is_renewed_each_once(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    struct xh_err err = {0};
    struct xh_bill_renewal renewal;
    int64_t ids[59];
    size_t count = 0;
    for (int length = 1; length <= 2; length++) {
        for (int day = 1; day + length <= 31; day++) {
            char from[16], to[16];
            (void)snprintf(from, sizeof from, "2025-06-%02d", day);
            (void)snprintf(to, sizeof to, day + length > 30 ? "2025-07-01" : "2025-06-%02d",
                           day + length);
            ids[count++] = issue(f, from, to).id;
        }
    }
    assert_int_equal(count, 59);
    set_price(f, "E-R-2025-05-10-1", 2000);
    must(xh_bills_renew(&f->ctx, NULL, 0, &renewal, &err), &err);
    assert_int_equal(renewal.total, 59);
    assert_int_equal(renewal.checked, 59);
    assert_int_equal(renewal.renewed, 59);
    assert_int_equal(renewal.failed, 0);
    for (size_t i = 0; i < count; i++) {
        struct xh_record bill = successor(f, ids[i]);
        assert_int_equal(xh_doc_int(bill.doc, "revision"), 2);
        assert_equals_preview(f, &bill);
    }
    must(xh_bills_renew(&f->ctx, NULL, 0, &renewal, &err), &err);
    assert_int_equal(renewal.checked, 59);
    assert_int_equal(renewal.renewed, 0);
    engine_leave(f);
}

static void a_bill_that_cannot_be_computed_hinders_no_other(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    struct xh_err err = {0};
    struct xh_bill_renewal renewal;
    struct xh_record may = issue(f, "2025-05-01", "2025-06-01"), odd = may;
    odd.id = odd.version = 0;
    odd.state = XH_STR("");
    struct xh_doc *doc = xh_doc_copy(f->arena, may.doc);
    odd.doc = doc;
    xh_doc_set_string(doc, "number", "by-hand/1");
    xh_doc_set_string(doc, "tariff", "gone");
    xh_doc_set_int(doc, "period_from", day_of("2025-05-15"));
    must(xh_record_put(&f->ctx, &odd, &err), &err);
    must(xh_record_verb(&f->ctx, "core.bill", odd.id, "issue", NULL, NULL, &err), &err);
    struct xh_record june = issue(f, "2025-06-01", "2025-07-01");
    set_price(f, PRICE, 3400);
    assert_int_equal(xh_bills_renew(&f->ctx, NULL, 0, &renewal, &err), XH_E_CONFLICT);
    assert_true(xh_str_find(xh_str_from(err.text), XH_STR("by-hand/1")) >= 0);
    assert_int_equal(renewal.failed, 1);
    assert_int_equal(renewal.renewed, 2);
    (void)successor(f, june.id);
    /* What a price has to do with it nobody can tell, and nothing is left to be done. */
    xh_err_clear(&err);
    must(xh_jobs_run_due(f->engine, &err), &err);
    assert_true(xh_str_is(read_bill(f, odd.id).state, "issued"));
    engine_leave(f);
}

static void who_may_not_issue_renews_nothing(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    struct xh_err err = {0};
    struct xh_bill_renewal renewal;
    (void)issue(f, "2025-06-01", "2025-07-01");
    set_price(f, PRICE, 3400);
    struct xh_ctx resident = engine_as(f, "resident-7");
    assert_int_equal(xh_bills_renew(&resident, NULL, 0, &renewal, &err), XH_E_FORBIDDEN);
    assert_int_equal(count_in(f, "superseded"), 0);
    engine_leave(f);
}

/* The n-th operation on the disk fails: of each period there is one issued bill, and when it is
 * done again the rest is renewed. */
static void a_failing_disk_leaves_one_issued_bill_of_each_period(void **state)
{
    (void)state;
    enum { NTH_MAX = 5000 };
    struct engine_fixture *f = enter();
    struct xh_err err = {0};
    struct xh_bill_renewal renewal;
    bool has_fired = true;
    (void)issue(f, "2025-05-01", "2025-06-01");
    (void)issue(f, "2025-06-01", "2025-07-01");
    for (uint64_t nth = 1; has_fired && nth < NTH_MAX; nth += 1 + nth / 16) {
        set_price(f, PRICE, 4000 + (int64_t)nth);
        xh_env_fault_fail_any(f->fault, nth, 28 /* ENOSPC */, false);
        int code = xh_bills_renew(&f->ctx, NULL, 0, &renewal, &err);
        has_fired = xh_env_fault_has_fired(f->fault);
        assert_true(has_fired || code == 0);
        xh_env_fault_fail_any(f->fault, 0, 0, false);
        assert_int_equal(count_in(f, "issued"), 2);
        must(xh_bills_renew(&f->ctx, NULL, 0, &renewal, &err), &err);
        assert_int_equal(count_in(f, "issued"), 2);
        must(xh_bills_renew(&f->ctx, NULL, 0, &renewal, &err), &err);
        assert_int_equal(renewal.renewed, 0);
    }
    assert_false(has_fired);
    engine_leave(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_corrected_price_renews_what_it_touches_and_nothing_else),
        cmocka_unit_test(a_row_touches_the_bills_of_its_tariffs_and_days),
        cmocka_unit_test(days_that_a_row_had_before_count_too),
        cmocka_unit_test(more_than_a_page_of_bills_is_renewed_each_once),
        cmocka_unit_test(a_bill_that_cannot_be_computed_hinders_no_other),
        cmocka_unit_test(who_may_not_issue_renews_nothing),
        cmocka_unit_test(a_failing_disk_leaves_one_issued_bill_of_each_period),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
