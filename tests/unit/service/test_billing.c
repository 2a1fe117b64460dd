/* Bills: from readings to the dong, by revision. */
#include "service/billing.h"
#include "service/ingest_help.h"

#include <stdio.h>

#define HOME "home-7/electricity"
#define HALF_HOUR_US (1800 * XH_US_PER_S)

/* 2025-12-01T05Z */
static const struct engine_options december = {.now_us = INT64_C(1764565200000000)};

static const struct xh_series *home(struct engine_fixture *f)
{
    struct xh_err err = {0};
    const struct xh_series *series;
    must(xh_series_get_id(&f->ctx, f->home_series, &series, &err), &err);
    return series;
}

static struct xh_record preview(struct xh_ctx *ctx, const struct xh_series *series,
                                const char *from, const char *to)
{
    struct xh_err err = {0};
    struct xh_record bill;
    must(xh_bill_preview(ctx, series, XH_STR(""), day_of(from), day_of(to), &bill, &err), &err);
    return bill;
}

static struct xh_record issue(struct engine_fixture *f, const struct xh_series *series,
                              const char *from, const char *to, const char *reason)
{
    struct xh_err err = {0};
    struct xh_record bill;
    must(xh_bill_issue(&f->ctx, series, XH_STR(""), day_of(from), day_of(to), xh_str_from(reason),
                       &bill, &err),
         &err);
    return bill;
}

static void assert_dec(struct xh_dec value, const char *expected)
{
    char text[XH_DEC_TEXT_BYTES];
    (void)xh_dec_print(xh_dec_trim(value), text);
    assert_string_equal(text, expected);
}

static void assert_text(struct xh_str text, const char *expected)
{
    if (!xh_str_is(text, expected)) {
        fail_msg("\"%.*s\" is not \"%s\"", XH_STR_ARG(text), expected);
    }
}

static void june_of_400_kwh(struct engine_fixture *f)
{
    put_growth(f, HOME, at("2025-06-01T00:00:00+07:00"), at("2025-07-01T01:00:00+07:00"),
               HALF_HOUR_US, 1000, 400.0 / 1440);
}

/* 400 kWh in June 2025 are 1,074,500 VND, with 8 % VAT
 * 1,160,460 (Decision 1279/QD-BCT, tiers 50, 50, 100, 100, 100). */
static void four_hundred_kilowatt_hours_cost_what_they_must(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    june_of_400_kwh(f);
    const struct xh_series *series = home(f);
    struct xh_record bill = preview(&f->ctx, series, "2025-06-01", "2025-07-01");
    const struct xh_doc *doc = bill.doc;
    assert_dec(xh_doc_dec(doc, "quantity"), "400");
    assert_int_equal(xh_doc_int(doc, "net"), 1074500);
    assert_int_equal(xh_doc_int(doc, "tax"), 85960);
    assert_int_equal(xh_doc_int(doc, "total"), 1160460);
    assert_text(xh_doc_text(doc, "number"), HOME "/2025-06/r1");
    assert_text(xh_doc_text(doc, "currency"), "VND");
    assert_int_equal(xh_doc_int(doc, "owner"), f->home_party);
    assert_int_equal(xh_doc_int(doc, "place"), f->home_place);
    assert_int_equal(xh_doc_int(doc, "flags"), 0);
    assert_int_equal(bill.id, 0);
    assert_true(xh_str_is(bill.state, "draft"));
    assert_int_equal(xh_doc_count(doc, "lines"), 6);
    assert_dec(xh_value_dec(xh_doc_at(doc, "lines", 4, "amount")), "335000");
    assert_text(xh_value_text(xh_doc_at(doc, "lines", 4, "row_code")), "E-R-2025-05-10-5");
    assert_true(xh_value_text(xh_doc_at(doc, "lines", 4, "sentence_vi")).len > 0);
    /* 0.6592 tCO2/MWh of 2023, the latest known. */
    double ghg = xh_doc_real(doc, "ghg_kgco2");
    assert_true(ghg > 263.6799 && ghg < 263.6801);
    assert_true(xh_doc_int(doc, "ghg_factor") > 0);
    xh_series_put(series);
    engine_leave(f);
}

static struct xh_dec sum_of(const struct xh_doc *doc, const char *column, const char *item,
                            int32_t day_from)
{
    struct xh_dec sum = xh_dec_int(0);
    for (size_t i = 0; i < xh_doc_count(doc, "lines"); i++) {
        bool is_energy = xh_str_is(xh_value_text(xh_doc_at(doc, "lines", i, "component")),
                                   "energy");
        bool is_item = item == NULL ||
                       xh_str_is(xh_value_text(xh_doc_at(doc, "lines", i, "item")), item);
        if (is_energy && is_item &&
            xh_value_int(xh_doc_at(doc, "lines", i, "day_from")) == day_from) {
            assert_int_equal(xh_dec_add(sum, xh_value_dec(xh_doc_at(doc, "lines", i, column)),
                                        &sum),
                             0);
        }
    }
    return sum;
}

/* Prices changed on 2025-05-10: what was measured before is at the old ones, not a share by
 * days. */
static void a_price_change_divides_what_was_measured(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    int64_t change_us = at("2025-05-10T00:00:00+07:00");
    put_growth(f, HOME, at("2025-05-01T00:00:00+07:00"), change_us, HALF_HOUR_US, 1000, 10.0 / 48);
    put_growth(f, HOME, change_us + HALF_HOUR_US, at("2025-06-01T01:00:00+07:00"), HALF_HOUR_US,
               1090 + 5.0 / 48, 5.0 / 48);
    const struct xh_series *series = home(f);
    struct xh_record bill = preview(&f->ctx, series, "2025-05-01", "2025-06-01");
    const struct xh_doc *doc = bill.doc;
    assert_dec(xh_doc_dec(doc, "quantity"), "200");
    assert_dec(sum_of(doc, "quantity", NULL, day_of("2025-05-01")), "90");
    assert_dec(sum_of(doc, "quantity", NULL, day_of("2025-05-10")), "110");
    for (size_t i = 0; i < xh_doc_count(doc, "lines"); i++) {
        assert_int_equal(xh_value_int(xh_doc_at(doc, "lines", i, "is_shared_by_days")), 0);
    }
    xh_series_put(series);
    engine_leave(f);
}

/* 1 kWh in each half hour of November 2025 (25 working days, 5 Sundays), hours of 2014: peak five
 * hours but on Sundays, off-peak six. */
static void hours_of_the_tariff_divide_what_was_measured(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    struct xh_err err = {0};
    struct xh_meter_spec spec = engine_meter_spec("mill", "mill/electricity");
    const struct xh_series *series;
    int64_t id = 0;
    spec.tariff = XH_STR("evn-production-22to110kv");
    must(xh_registry_meter(&f->ctx, &spec, &id, &err), &err);
    put_growth(f, "mill/electricity", at("2025-11-01T00:00:00+07:00"),
               at("2025-12-01T01:00:00+07:00"), HALF_HOUR_US, 0, 1);
    must(xh_series_get_id(&f->ctx, id, &series, &err), &err);
    struct xh_record bill = preview(&f->ctx, series, "2025-11-01", "2025-12-01");
    int32_t from = day_of("2025-11-01");
    assert_dec(sum_of(bill.doc, "quantity", "peak", from), "250");
    assert_dec(sum_of(bill.doc, "quantity", "off-peak", from), "360");
    assert_dec(sum_of(bill.doc, "quantity", "normal", from), "830");
    assert_dec(xh_doc_dec(bill.doc, "quantity"), "1440");
    xh_series_put(series);
    engine_leave(f);
}

/* Each band ends in a fraction of a watt-hour, and the bill is still of what the meter moved by. */
static void bands_add_up_to_what_the_meter_shows(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    struct xh_err err = {0};
    static const double steps[] = {1.0 / 3, 1.0 / 9, 0.0123456, 1.0 / 7};
    for (size_t i = 0; i < 4; i++) {
        char code[32];
        (void)snprintf(code, sizeof code, "mill-%zu", i);
        struct xh_meter_spec spec = engine_meter_spec("mill", code);
        const struct xh_series *series;
        struct xh_dec expected;
        char text[XH_DEC_TEXT_BYTES];
        int64_t id = 0;
        spec.device = xh_str_from(code);
        spec.tariff = XH_STR("evn-production-22to110kv");
        must(xh_registry_meter(&f->ctx, &spec, &id, &err), &err);
        put_growth(f, code, at("2025-11-01T00:00:00+07:00"), at("2025-12-01T01:00:00+07:00"),
                   HALF_HOUR_US, 0, steps[i]);
        must(xh_series_get_id(&f->ctx, id, &series, &err), &err);
        struct xh_record bill = preview(&f->ctx, series, "2025-11-01", "2025-12-01");
        must(xh_dec_from_double(steps[i] * 1440, 3, &expected, &err), &err);
        text[xh_dec_print(xh_dec_trim(expected), text)] = '\0';
        assert_dec(xh_doc_dec(bill.doc, "quantity"), text);
        xh_series_put(series);
    }
    engine_leave(f);
}

/* 0.0004 kWh a day would round to nothing each day; a month of it is 0.012. */
static void rounding_loses_nothing_from_day_to_day(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    put_growth(f, HOME, at("2025-06-01T00:00:00+07:00"), at("2025-07-03T00:00:00+07:00"),
               XH_US_PER_DAY, 0, 0.0004);
    const struct xh_series *series = home(f);
    struct xh_record bill = preview(&f->ctx, series, "2025-06-01", "2025-07-01");
    assert_dec(xh_doc_dec(bill.doc, "quantity"), "0.012");
    xh_series_put(series);
    engine_leave(f);
}

static void households_behind_the_meter_widen_the_tiers(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    struct xh_err err = {0};
    struct xh_record party;
    june_of_400_kwh(f);
    must(xh_record_get(&f->ctx, "core.party", f->home_party, &party, &err), &err);
    xh_doc_set_int(party.doc, "heads", 5); /* persons do not */
    xh_doc_set_int(party.doc, "households", 2);
    must(xh_record_put(&f->ctx, &party, &err), &err);
    const struct xh_series *series = home(f);
    struct xh_record bill = preview(&f->ctx, series, "2025-06-01", "2025-07-01");
    assert_int_equal(xh_doc_int(bill.doc, "heads"), 2);
    /* 100 x 1984 + 100 x 2050 + 200 x 2380 */
    assert_int_equal(xh_doc_int(bill.doc, "net"), 879400);
    xh_series_put(series);
    engine_leave(f);
}

static void what_is_missing_is_told(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    put_growth(f, HOME, at("2025-06-04T00:00:00+07:00"), at("2025-07-01T01:00:00+07:00"),
               HALF_HOUR_US, 1000, 0.25);
    const struct xh_series *series = home(f);
    struct xh_record bill = preview(&f->ctx, series, "2025-06-01", "2025-07-01");
    assert_int_equal(xh_doc_int(bill.doc, "flags"), XH_AMOUNT_INCOMPLETE);
    struct xh_str note = xh_doc_text(bill.doc, "note");
    assert_true(xh_str_find(note, XH_STR("3 ngày thiếu số liệu")) >= 0);
    assert_true(xh_str_find(note, XH_STR("3 days incomplete")) >= 0);
    xh_series_put(series);
    engine_leave(f);
}

/* ---- issued ---- */

static void a_bill_is_issued_once_while_nothing_changes(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    june_of_400_kwh(f);
    const struct xh_series *series = home(f);
    struct xh_record first = issue(f, series, "2025-06-01", "2025-07-01", "");
    assert_true(first.id > 0);
    assert_true(xh_str_is(first.state, "issued"));
    assert_int_equal(xh_doc_int(first.doc, "total"), 1160460);
    xh_env_fault_advance(f->fault, XH_US_PER_HOUR);
    struct xh_record again = issue(f, series, "2025-06-01", "2025-07-01", "asked again");
    assert_int_equal(again.id, first.id);
    assert_int_equal(again.version, first.version);
    assert_int_equal(xh_doc_count(again.doc, "lines"), 6);
    struct xh_record other = issue(f, series, "2025-06-01", "2025-06-16", "half a month");
    assert_int_equal(xh_doc_int(other.doc, "revision"), 1);
    assert_text(xh_doc_text(other.doc, "number"), HOME "/2025-06-01..2025-06-16/r1");
    xh_series_put(series);
    engine_leave(f);
}

struct found {
    int64_t ids[8];
    size_t count;
};

static int note_found(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct found *found = arg;
    (void)err;
    found->ids[found->count++] = record->id;
    return 0;
}

static struct found stale(struct engine_fixture *f)
{
    struct xh_err err = {0};
    struct found found = {.count = 0};
    must(xh_bills_stale(&f->ctx, note_found, &found, &err), &err);
    return found;
}

static void a_correction_makes_a_new_revision_and_leaves_the_old(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    struct xh_err err = {0};
    june_of_400_kwh(f);
    const struct xh_series *series = home(f);
    struct xh_record old = issue(f, series, "2025-06-01", "2025-07-01", "");
    assert_int_equal(stale(f).count, 0);

    /* The clock stands still here: even so what comes later is known later. The register showed
     * 0.1 kWh less at the month's end. */
    put(f, HOME, at("2025-07-01T00:00:00+07:00"), 1399.9);
    struct found found = stale(f);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.ids[0], old.id);
    struct xh_record new = issue(f, series, "2025-06-01", "2025-07-01", "corrected reading");
    assert_int_equal(xh_doc_int(new.doc, "revision"), 2);
    assert_int_equal(xh_doc_int(new.doc, "supersedes"), old.id);
    assert_text(xh_doc_text(new.doc, "number"), HOME "/2025-06/r2");
    assert_text(xh_doc_text(new.doc, "reason"), "corrected reading");
    assert_dec(xh_doc_dec(new.doc, "quantity"), "399.9");
    assert_int_equal(xh_doc_int(new.doc, "net"), 1074500 - 335);
    assert_true((xh_doc_int(new.doc, "flags") & XH_AMOUNT_CORRECTED) != 0);
    assert_int_equal(stale(f).count, 0);

    struct xh_record kept;
    must(xh_record_get(&f->ctx, "core.bill", old.id, &kept, &err), &err);
    assert_true(xh_str_is(kept.state, "superseded"));
    assert_int_equal(xh_doc_int(kept.doc, "total"), 1160460);

    struct xh_ctx then = f->ctx;
    then.as_known_us = xh_doc_int(kept.doc, "as_known");
    struct xh_record again = preview(&then, series, "2025-06-01", "2025-07-01");
    assert_int_equal(xh_doc_int(again.doc, "total"), 1160460);
    assert_int_equal(xh_doc_int(again.doc, "as_known"), then.as_known_us);
    assert_int_equal(xh_doc_count(again.doc, "lines"), xh_doc_count(kept.doc, "lines"));
    for (size_t i = 0; i < xh_doc_count(kept.doc, "lines"); i++) {
        assert_true(xh_value_equal(xh_doc_at(again.doc, "lines", i, "amount"),
                                   xh_doc_at(kept.doc, "lines", i, "amount")));
        assert_true(xh_value_equal(xh_doc_at(again.doc, "lines", i, "quantity"),
                                   xh_doc_at(kept.doc, "lines", i, "quantity")));
    }
    xh_series_put(series);
    engine_leave(f);
}

/* Two clerks, or a clock that was put back while the program was down: what was computed from older
 * knowledge must not take the place of what knows more. */
static void a_bill_that_knows_less_supersedes_none_that_knows_more(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    struct xh_err err = {0};
    june_of_400_kwh(f);
    const struct xh_series *series = home(f);
    xh_env_fault_advance(f->fault, XH_US_PER_HOUR);
    struct xh_record first = issue(f, series, "2025-06-01", "2025-07-01", "");
    xh_series_put(series);
    xh_env_fault_set_now(f->fault, december.now_us);
    engine_reopen(f);
    f->ctx = engine_as(f, "operator");
    put(f, HOME, at("2025-07-01T00:00:00+07:00"), 1399.9);
    series = home(f);
    struct xh_record bill;
    assert_int_equal(xh_bill_issue(&f->ctx, series, XH_STR(""), day_of("2025-06-01"),
                                   day_of("2025-07-01"), XH_STR("corrected"), &bill, &err),
                     XH_E_BUSY);
    must(xh_record_get(&f->ctx, "core.bill", first.id, &bill, &err), &err);
    assert_true(xh_str_is(bill.state, "issued"));
    xh_env_fault_advance(f->fault, 2 * XH_US_PER_HOUR);
    bill = issue(f, series, "2025-06-01", "2025-07-01", "corrected");
    assert_int_equal(xh_doc_int(bill.doc, "supersedes"), first.id);
    xh_series_put(series);
    engine_leave(f);
}

static void another_meter_setting_makes_a_bill_stale(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    struct xh_err err = {0};
    struct xh_record record;
    june_of_400_kwh(f);
    const struct xh_series *series = home(f);
    struct xh_record old = issue(f, series, "2025-06-01", "2025-07-01", "");
    xh_series_put(series);
    must(xh_record_get(&f->ctx, "core.series", f->home_series, &record, &err), &err);
    xh_doc_set_real(record.doc, "factor", 40); /* the ratio of the transformers was forgotten */
    must(xh_record_put(&f->ctx, &record, &err), &err);
    struct found found = stale(f);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.ids[0], old.id);
    series = home(f);
    struct xh_record new = issue(f, series, "2025-06-01", "2025-07-01", "factor");
    assert_dec(xh_doc_dec(new.doc, "quantity"), "16000");
    assert_int_equal(stale(f).count, 0);
    xh_series_put(series);
    engine_leave(f);
}

static void another_price_makes_a_bill_stale_and_the_old_can_be_computed(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    struct xh_err err = {0};
    struct xh_record row;
    june_of_400_kwh(f);
    const struct xh_series *series = home(f);
    struct xh_record old = issue(f, series, "2025-06-01", "2025-07-01", "");
    xh_env_fault_advance(f->fault, XH_US_PER_HOUR);
    must(xh_record_find(&f->ctx, "core.dated", "code", XH_STR("E-R-2025-05-10-5"), &row, &err),
         &err);
    xh_doc_set_dec(row.doc, "value", xh_dec_int(3400));
    must(xh_record_put(&f->ctx, &row, &err), &err);
    xh_env_fault_advance(f->fault, XH_US_PER_HOUR);
    assert_int_equal(stale(f).count, 1);
    struct xh_record new = issue(f, series, "2025-06-01", "2025-07-01", "price row corrected");
    assert_int_equal(xh_doc_int(new.doc, "net"), 1074500 + 100 * 50);
    struct xh_ctx then = f->ctx;
    then.as_known_us = xh_doc_int(old.doc, "as_known");
    struct xh_record again = preview(&then, series, "2025-06-01", "2025-07-01");
    assert_int_equal(xh_doc_int(again.doc, "total"), 1160460);
    xh_series_put(series);
    engine_leave(f);
}

/* ---- refused ---- */

static int refused(struct xh_ctx *ctx, const struct xh_series *series, const char *tariff,
                   const char *from, const char *to, struct xh_err *err)
{
    struct xh_record bill;
    return xh_bill_issue(ctx, series, xh_str_from(tariff), day_of(from), day_of(to), XH_STR(""),
                         &bill, err);
}

static void what_cannot_be_billed_is_refused_by_name(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    struct xh_err err = {0};
    june_of_400_kwh(f);
    const struct xh_series *series = home(f);
    assert_int_equal(refused(&f->ctx, series, "", "2025-12-01", "2026-01-01", &err), XH_E_INVALID);
    assert_string_equal(err.field, "to");
    assert_string_equal(err.limit, "2025-12-01");
    assert_int_equal(refused(&f->ctx, series, "none", "2025-06-01", "2025-07-01", &err),
                     XH_E_NOT_FOUND);
    assert_string_equal(err.field, "tariff");
    assert_int_equal(refused(&f->ctx, series, "", "2025-07-01", "2025-06-01", &err), XH_E_INVALID);
    assert_int_equal(refused(&f->ctx, series, "", "2023-06-01", "2025-06-01", &err), XH_E_INVALID);
    struct xh_ctx then = f->ctx;
    then.as_known_us = then.now_us;
    assert_int_equal(refused(&then, series, "", "2025-06-01", "2025-07-01", &err), XH_E_INVALID);
    assert_string_equal(err.field, "as_known");
    xh_series_put(series);
    engine_leave(f);
}

static void a_resident_sees_its_bill_but_issues_none(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&december);
    struct xh_err err = {0};
    const struct xh_series *series;
    june_of_400_kwh(f);
    struct xh_ctx resident = engine_as(f, "resident-7");
    must(xh_series_get_id(&resident, f->home_series, &series, &err), &err);
    struct xh_record bill = preview(&resident, series, "2025-06-01", "2025-07-01");
    assert_int_equal(xh_doc_int(bill.doc, "total"), 1160460);
    assert_int_equal(refused(&resident, series, "", "2025-06-01", "2025-07-01", &err),
                     XH_E_FORBIDDEN);
    xh_series_put(series);
    engine_leave(f);
}

/* The n-th operation on the disk fails while a correction is billed: there is one issued bill of
 * the month, the old or the new one, and afterwards it can be issued. */
static void a_failing_disk_leaves_one_issued_bill(void **state)
{
    (void)state;
    enum { TRIES_MAX = 200 };
    struct engine_fixture *f = engine_enter(&december);
    struct xh_err err = {0};
    june_of_400_kwh(f);
    const struct xh_series *series = home(f);
    struct xh_record bill = issue(f, series, "2025-06-01", "2025-07-01", "");
    bool has_fired = true;
    for (uint64_t nth = 1; has_fired && nth < TRIES_MAX; nth++) {
        put(f, HOME, at("2025-07-01T00:00:00+07:00"), 1399.75 + 0.001 * (double)nth);
        xh_env_fault_fail_any(f->fault, nth, 28 /* ENOSPC */, false);
        int code = xh_bill_issue(&f->ctx, series, XH_STR(""), day_of("2025-06-01"),
                                 day_of("2025-07-01"), XH_STR("fault"), &bill, &err);
        has_fired = xh_env_fault_has_fired(f->fault);
        assert_true(has_fired || code == 0);
        xh_env_fault_fail_any(f->fault, 0, 0, false);
        struct xh_value issued = {.type = XH_T_TEXT};
        xh_value_set_text(&issued, XH_STR("issued"));
        struct xh_filter filter = {"state", XH_FILTER_EQ, issued};
        struct xh_list list = {.filters = &filter, .filter_count = 1};
        int64_t count = 0;
        must(xh_record_count(&f->ctx, "core.bill", &list, &count, &err), &err);
        assert_int_equal(count, 1);
        bill = issue(f, series, "2025-06-01", "2025-07-01", "after the fault");
        must(xh_record_count(&f->ctx, "core.bill", &list, &count, &err), &err);
        assert_int_equal(count, 1);
    }
    assert_false(has_fired);
    xh_series_put(series);
    engine_leave(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_hundred_kilowatt_hours_cost_what_they_must),
        cmocka_unit_test(a_price_change_divides_what_was_measured),
        cmocka_unit_test(hours_of_the_tariff_divide_what_was_measured),
        cmocka_unit_test(bands_add_up_to_what_the_meter_shows),
        cmocka_unit_test(rounding_loses_nothing_from_day_to_day),
        cmocka_unit_test(households_behind_the_meter_widen_the_tiers),
        cmocka_unit_test(what_is_missing_is_told),
        cmocka_unit_test(a_bill_is_issued_once_while_nothing_changes),
        cmocka_unit_test(a_correction_makes_a_new_revision_and_leaves_the_old),
        cmocka_unit_test(a_bill_that_knows_less_supersedes_none_that_knows_more),
        cmocka_unit_test(another_meter_setting_makes_a_bill_stale),
        cmocka_unit_test(another_price_makes_a_bill_stale_and_the_old_can_be_computed),
        cmocka_unit_test(what_cannot_be_billed_is_refused_by_name),
        cmocka_unit_test(a_resident_sees_its_bill_but_issues_none),
        cmocka_unit_test(a_failing_disk_leaves_one_issued_bill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
