#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/core_month.h"
#include "kernel/half_hours.h"

enum { VIETNAM_H = 7, DAYS_MAX = 500 };

/* ---- a host with one meter ---- */

static struct {
    struct xh_arena *arena;
    struct xh_host host;
    struct xh_ctx ctx;
    struct xh_dated rows[8];
    size_t row_count;
    double of_day[DAYS_MAX];      /* from first_day; NAN: nothing known */
    int32_t first_day;
    const char *tariff_code;
    struct xh_use_ask asked;
} w;

static int32_t day(const char *text)
{
    int32_t ret;
    assert_int_equal(xh_day_parse(xh_str_from(text), &ret, NULL), 0);
    return ret;
}

static int64_t start_us(int32_t of)
{
    return of * XH_US_PER_DAY - VIETNAM_H * XH_US_PER_HOUR;
}

static const struct xh_charge_component components[] = {
    {.name = "energy", .label_vi = "tiền", .label_en = "energy", .kind = XH_CHARGE_BLOCKS,
     .key = "steps"},
    {.name = "vat", .label_vi = "thuế", .label_en = "VAT", .kind = XH_CHARGE_PERCENT,
     .key = "vat", .item = "vat", .of = {"energy"}, .is_tax = true},
};
static const struct xh_tariff steps = {
    .code = "steps", .label_vi = "bậc", .label_en = "steps", .quantity = "energy.electricity",
    .unit = "kWh", .currency = "VND", .components = components, .component_count = 2,
    .total_rounding = XH_ROUND_HALF_UP,
};

static const struct xh_record_type *type_of(const char *name)
{
    for (size_t i = 0; i < xh_core_domain.record_count; i++) {
        if (strcmp(xh_core_domain.records[i]->name, name) == 0) {
            return xh_core_domain.records[i];
        }
    }
    fail_msg("there is no record type '%s'", name);
    return NULL;
}

static int host_get(struct xh_ctx *ctx, const char *type, int64_t id, struct xh_record *ret,
                    struct xh_err *err)
{
    if (strcmp(type, "core.series") != 0 || id != 1) {
        return xh_err_set(err, XH_E_NOT_FOUND, "there is no %s %lld", type, (long long)id);
    }
    *ret = (struct xh_record){.type = type_of("series"), .id = 1};
    ret->doc = xh_doc_create(ctx->arena, &ret->type->shape);
    xh_doc_set_string(ret->doc, "code", "home/electricity");
    xh_doc_set_string(ret->doc, "name", "Điện");
    xh_doc_set_string(ret->doc, "tariff", w.tariff_code);
    return XH_E_OK;
}

static const struct xh_tariff *host_tariff(struct xh_ctx *ctx, struct xh_str code)
{
    (void)ctx;
    return xh_str_is(code, "steps") ? &steps : NULL;
}

static int host_dated(struct xh_ctx *ctx, struct xh_dated_set *ret, struct xh_err *err)
{
    (void)ctx;
    (void)err;
    *ret = (struct xh_dated_set){w.rows, w.row_count};
    return XH_E_OK;
}

static struct xh_amount amount_of(int64_t from_us, int64_t to_us)
{
    int32_t of = (int32_t)((from_us + VIETNAM_H * XH_US_PER_HOUR) / XH_US_PER_DAY);
    int64_t i = (int64_t)of - w.first_day;
    double kwh = i >= 0 && i < DAYS_MAX ? w.of_day[i] : NAN;
    if (isnan(kwh)) {
        return (struct xh_amount){0};
    }
    double share = (double)(to_us - from_us) / (double)XH_US_PER_DAY;
    return (struct xh_amount){.amount = kwh * share, .reading_count = 1,
                              .covered_us = to_us - from_us, .flags = XH_AMOUNT_SIMULATED};
}

static int host_use(struct xh_ctx *ctx, const struct xh_use_ask *ask, struct xh_use *ret,
                    struct xh_err *err)
{
    (void)err;
    w.asked = *ask;
    size_t count = ask->window_count > 0 ? ask->window_count
                                         : (size_t)(ask->day_to - ask->day_from);
    int64_t *edges = XH_NEW_ARRAY(ctx->arena, int64_t, count + 1);
    struct xh_amount *amounts = XH_NEW_ARRAY(ctx->arena, struct xh_amount, count);
    for (size_t i = 0; i <= count; i++) {
        edges[i] = ask->window_count > 0 ? ask->edges_us[i] : start_us(ask->day_from + (int32_t)i);
    }
    for (size_t i = 0; i < count; i++) {
        amounts[i] = amount_of(edges[i], edges[i + 1]);
    }
    *ret = (struct xh_use){.edges_us = edges, .amounts = amounts, .count = count, .unit = "kWh",
                           .zone = XH_STR("Asia/Ho_Chi_Minh"), .series_count = 1};
    return XH_E_OK;
}

static void add_row(const char *table, const char *key, const char *item, int price, int from,
                    int to)
{
    struct xh_dated *row = &w.rows[w.row_count++];
    *row = (struct xh_dated){
        .code = xh_str_from(item), .table = xh_str_from(table), .key = xh_str_from(key),
        .item = xh_str_from(item), .value = xh_dec_int(price), .has_quantity_to = to > 0,
        .quantity_from = xh_dec_int(from), .quantity_to = xh_dec_int(to),
        .valid_from = 0, .valid_to = XH_DAY_OPEN_END, .verified = XH_VERIFIED_YES,
        .document = XH_STR("1/QD"),
    };
}

/* Steps of 10 kWh at 100, 200, 300 dong and open at 400, and 10 % tax; 10 kWh on every day of the
 * year up to 25 November 2026, and it is 20:00 on that day. */
static int setup(void **state)
{
    (void)state;
    memset(&w, 0, sizeof w);
    w.arena = xh_arena_create("test");
    w.tariff_code = "steps";
    w.host = (struct xh_host){.record_get = host_get, .tariff = host_tariff, .dated = host_dated,
                              .use = host_use};
    w.ctx = (struct xh_ctx){.host = &w.host, .who = &xh_who_engine, .arena = w.arena};
    w.ctx.now_us = start_us(day("2026-11-25")) + 20 * XH_US_PER_HOUR;
    add_row("price", "steps", "tier 1", 100, 0, 10);
    add_row("price", "steps", "tier 2", 200, 10, 20);
    add_row("price", "steps", "tier 3", 300, 20, 30);
    add_row("price", "steps", "tier 4", 400, 30, 40);
    add_row("price", "steps", "tier 5", 500, 40, 0);
    add_row("percent", "vat", "vat", 10, 0, 0);
    xh_dated_sort(w.rows, w.row_count);
    w.first_day = day("2025-10-01");
    for (int i = 0; i < DAYS_MAX; i++) {
        w.of_day[i] = w.first_day + i <= day("2026-11-25") ? 10 : NAN;
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    xh_arena_destroy(w.arena);
    return 0;
}

static void set_days(const char *from, const char *to, double kwh)
{
    for (int32_t d = day(from); d <= day(to); d++) {
        w.of_day[d - w.first_day] = kwh;
    }
}

static struct xh_doc *ask_month(const char *of_day, int want, struct xh_err *err)
{
    struct xh_doc *in = xh_doc_create(w.arena, &xh_core_month_in);
    struct xh_out out = {xh_doc_create(w.arena, &xh_core_month_out)};
    xh_doc_set_int(in, "series", 1);
    if (of_day != NULL) {
        xh_doc_set_int(in, "day", day(of_day));
    }
    struct xh_in input = {.doc = in};
    assert_int_equal(xh_core_month(&w.ctx, &input, &out, err), want);
    return out.doc;
}

static void assert_text(const struct xh_doc *doc, const char *field, const char *want)
{
    struct xh_str is = xh_doc_text(doc, field);
    if (!xh_str_is(is, want)) {
        fail_msg("%s is '%.*s'", field, XH_STR_ARG(is));
    }
}

/* ---- the month so far ---- */

/* 1 to 4 November 1 kWh a day: 4 kWh; until the 25th 2 kWh: 42. In all 46 kWh: 10 x 100 + 10 x 200
 * + 10 x 300 + 10 x 400 + 6 x 500 = 13,000, and 10 %: 14,300 dong. */
static void the_amount_is_that_of_the_tiers_of_the_whole_month(void **state)
{
    struct xh_err err = {0};
    (void)state;
    set_days("2026-11-01", "2026-11-04", 1);
    set_days("2026-11-05", "2026-11-25", 2);
    struct xh_doc *out = ask_month(NULL, 0, &err);
    assert_int_equal(xh_doc_int(out, "from"), day("2026-11-01"));
    assert_int_equal(xh_doc_int(out, "to"), day("2026-11-26"));
    assert_int_equal(xh_doc_int(out, "days_left"), 5);
    assert_true(xh_doc_real(out, "quantity") == 46);
    assert_int_equal(xh_doc_int(out, "amount"), 14300);
    assert_int_equal(xh_doc_int(out, "tier"), 5);
    assert_true(xh_doc_int(out, "is_simulated"));
    assert_int_equal(xh_doc_count(out, "tiers"), 5);
    assert_true(xh_value_real(xh_doc_at(out, "tiers", 4, "quantity")) == 6);
    assert_true(xh_value_real(xh_doc_at(out, "tiers", 4, "amount")) == 3000);
    assert_true(xh_str_is(xh_value_text(xh_doc_at(out, "tiers", 0, "range_vi")), "0–10"));
    assert_true(xh_str_is(xh_value_text(xh_doc_at(out, "tiers", 3, "range_en")), "31–40"));
    assert_true(xh_str_is(xh_value_text(xh_doc_at(out, "tiers", 4, "range_vi")), "từ 41"));
}

/* 4 kWh on the 4th, 10 on the 7th (not more), 12 on the 8th. 40 on the 22nd, 42 on the 23rd. */
static void a_tier_begins_on_the_day_whose_evening_lies_above_it(void **state)
{
    struct xh_err err = {0};
    (void)state;
    set_days("2026-11-01", "2026-11-04", 1);
    set_days("2026-11-05", "2026-11-25", 2);
    struct xh_doc *out = ask_month(NULL, 0, &err);
    assert_int_equal(xh_value_int(xh_doc_at(out, "tiers", 0, "first_day")), day("2026-11-01"));
    assert_int_equal(xh_value_int(xh_doc_at(out, "tiers", 1, "first_day")), day("2026-11-08"));
    assert_int_equal(xh_doc_int(out, "fifth_tier_day"), day("2026-11-23"));
    assert_false(xh_value_int(xh_doc_at(out, "tiers", 4, "is_expected")));
    assert_true(xh_doc_is_null(out, "next_tier_day"));
}

/* 1 kWh a day for four weeks: 25 on the 25th, 30 on the 30th; the fourth tier lies above 30. */
static void a_tier_to_come_begins_by_the_forecast_or_not_at_all(void **state)
{
    struct xh_err err = {0};
    (void)state;
    set_days("2026-10-20", "2026-11-25", 1);
    struct xh_doc *out = ask_month(NULL, 0, &err);
    assert_int_equal(xh_doc_int(out, "tier"), 3);
    assert_true(xh_doc_is_null(out, "next_tier_day"));
    set_days("2026-10-20", "2026-11-25", 1.1);
    out = ask_month(NULL, 0, &err); /* 27.5 on the 25th, 30.8 on the 28th */
    assert_int_equal(xh_doc_int(out, "next_tier_day"), day("2026-11-28"));
    assert_true(xh_value_int(xh_doc_at(out, "tiers", 3, "is_expected")));
    assert_true(xh_doc_is_null(out, "fifth_tier_day"));
}

/* Of days that are all alike the forecast is exact: 30 x 1 kWh; 10 x 100 + 10 x 200 + 10 x 300 and
 * 10 % are 6,600 dong, told as 7 thousand. */
static void the_forecast_of_an_even_home_is_its_month(void **state)
{
    struct xh_err err = {0};
    (void)state;
    set_days("2026-09-01", "2026-11-25", 1);
    struct xh_doc *out = ask_month(NULL, 0, &err);
    assert_true(xh_doc_int(out, "has_forecast"));
    assert_true(xh_doc_real(out, "forecast_quantity") == 30);
    assert_true(xh_doc_real(out, "low") == 30 && xh_doc_real(out, "high") == 30);
    assert_int_equal(xh_doc_int(out, "forecast_amount"), 7000);
    assert_text(out, "sentence_vi",
                "25 kWh từ 1/11/2026 đến 25/11/2026: 4.950 ₫, đang ở bậc 3. Cả tháng ước 30 kWh, "
                "khoảng 7.000 ₫.");
    assert_text(out, "sentence_en",
                "25 kWh from 1 November 2026 to 25 November 2026: 4,950 ₫, now in tier 3. The "
                "month may come to 30 kWh, about 7,000 ₫.");
}

static void it_is_compared_with_the_same_days_of_the_month_and_the_year_before(void **state)
{
    struct xh_err err = {0};
    (void)state;
    set_days("2026-11-01", "2026-11-25", 5); /* 24 whole days against as many of 10 kWh */
    struct xh_doc *out = ask_month(NULL, 0, &err);
    assert_true(xh_doc_real(out, "previous_quantity") == 310);
    assert_true(xh_doc_real(out, "previous_percent") == -50);
    assert_true(xh_doc_real(out, "year_quantity") == 300);
    assert_true(xh_doc_real(out, "year_percent") == -50);
    assert_text(out, "compare_en", "50 % less than in the same days of last month, 50 % less than "
                                   "in the same days a year before");
    set_days("2025-11-03", "2025-11-03", NAN);
    out = ask_month(NULL, 0, &err);
    assert_true(xh_doc_is_null(out, "year_percent"));
}

static void a_day_before_is_asked_as_of_its_end(void **state)
{
    struct xh_err err = {0};
    (void)state;
    struct xh_doc *out = ask_month("2026-10-31", 0, &err);
    assert_int_equal(xh_doc_int(out, "from"), day("2026-10-01"));
    assert_true(xh_doc_real(out, "quantity") == 310);
    assert_int_equal(xh_doc_int(out, "days_left"), 0);
    assert_true(xh_doc_real(out, "forecast_quantity") == 310);
    out = ask_month("2026-11-02", 0, &err);
    assert_true(xh_doc_real(out, "quantity") == 20);
}

static void before_seven_in_the_morning_utc_it_is_the_local_day_that_counts(void **state)
{
    struct xh_err err = {0};
    (void)state;
    w.ctx.now_us = start_us(day("2026-11-01")) + XH_US_PER_HOUR; /* 18:00 UTC of 31 October */
    struct xh_doc *out = ask_month(NULL, 0, &err);
    assert_int_equal(xh_doc_int(out, "from"), day("2026-11-01"));
    assert_int_equal(xh_doc_int(out, "to"), day("2026-11-02"));
}

static void a_day_to_come_a_meter_without_tariff_and_one_that_is_not_there_are_refused(void **state)
{
    struct xh_err err = {0};
    (void)state;
    ask_month("2026-11-26", XH_E_INVALID, &err);
    ask_month("2027-01-01", XH_E_INVALID, &err);
    w.tariff_code = NULL;
    ask_month(NULL, XH_E_INVALID, &err);
    assert_string_equal(err.field, "tariff");
}

static void a_meter_without_readings_says_so_and_costs_nothing(void **state)
{
    struct xh_err err = {0};
    (void)state;
    for (int i = 0; i < DAYS_MAX; i++) {
        w.of_day[i] = NAN;
    }
    struct xh_doc *out = ask_month(NULL, 0, &err);
    assert_false(xh_doc_int(out, "has_value"));
    assert_true(xh_doc_is_null(out, "amount"));
    assert_false(xh_doc_int(out, "has_forecast"));
    assert_int_equal(xh_doc_int(out, "missing_days"), 24);
    assert_text(out, "sentence_en",
                "There are no readings from 1 November 2026 to 25 November 2026.");
}

/* ---- the forecast ---- */

/* Weekdays 1, 2, ... 7 kWh on Monday ... Sunday, four weeks and three days; today is a Thursday. */
static void a_day_to_come_is_the_mean_of_its_weekday(void **state)
{
    double daily[60];
    int32_t from = day("2026-09-28"); /* a Monday */
    (void)state;
    for (int i = 0; i < 60; i++) {
        daily[i] = xh_day_weekday(from + i);
    }
    struct xh_day_series days = {daily, from, 39}; /* up to Thursday 5 November */
    int32_t today = from + 38;
    assert_int_equal(xh_day_weekday(today), 4);
    assert_true(xh_forecast_day(&days, today, today) == 4);
    assert_true(xh_forecast_day(&days, today, today + 1) == 5);
    assert_true(xh_forecast_day(&days, today, today + 3) == 7);
    assert_true(xh_forecast_day(&days, today, today + 7) == 4);
    daily[38] = 1; /* so far today */
    struct xh_month_forecast f;
    xh_month_forecast(&days, day("2026-11-09"), 100, &f); /* Friday to Sunday: 5 + 6 + 7 */
    assert_true(f.has_forecast);
    assert_true(f.total == 100 + 3 + 18);
    assert_true(f.low == f.total && f.high == f.total);
    assert_true(f.error_per_day == 0 && f.naive_error_per_day > 1);
}

/* Days of 1 and 3 kWh by turns, 42 of them before today: the same weekday lies 7, 14, 21 and 28
 * days back, so half of them are 1 and half 3: mean 2, each error 1. n days to come: 1.2816 x
 * sqrt(n + n n / 28). */
static void the_range_grows_with_the_days_to_come(void **state)
{
    double daily[57];
    (void)state;
    for (int i = 0; i < 57; i++) {
        daily[i] = i % 2 == 0 ? 1 : 3;
    }
    struct xh_day_series days = {daily, 0, 57};
    struct xh_month_forecast f;
    daily[56] = NAN;
    xh_month_forecast(&days, 57 + 4, 1000, &f);
    assert_true(fabs(f.error_per_day - 1) < 1e-12);
    assert_true(fabs(f.total - (1000 + 2 + 8)) < 1e-9);
    assert_true(fabs(f.high - f.total - 1.2816 * sqrt(4 + 16.0 / 28)) < 1e-9);
    xh_month_forecast(&days, 57, 1000, &f);
    assert_true(f.high == f.total);
}

static void six_known_days_make_no_forecast(void **state)
{
    double daily[20];
    (void)state;
    for (int i = 0; i < 20; i++) {
        daily[i] = i >= 13 ? 1 : NAN;
    }
    struct xh_day_series days = {daily, 0, 20};
    struct xh_month_forecast f;
    xh_month_forecast(&days, 30, 7, &f);
    assert_false(f.has_forecast);
    assert_true(f.total == 7);
}

/* ---- half hours ---- */

static void a_day_has_48_half_hours_that_add_up_to_it(void **state)
{
    struct xh_half_hours half;
    struct xh_err err = {0};
    double sum = 0;
    (void)state;
    assert_int_equal(xh_half_hours_read(&w.ctx, 1, day("2026-11-01"), day("2026-11-03"), &half,
                                        &err), 0);
    assert_int_equal(half.count, 96);
    for (size_t i = 0; i < half.count; i++) {
        assert_int_equal(w.asked.edges_us[i + 1] - w.asked.edges_us[i], XH_US_PER_HOUR / 2);
        sum += half.amounts[i].amount;
    }
    assert_true(fabs(sum - 20) < 1e-9);
    assert_int_equal(xh_half_hours_read(&w.ctx, 1, 10, 10, &half, &err), XH_E_INVALID);
    assert_int_equal(xh_half_hours_read(&w.ctx, 1, 10, 377, &half, &err), XH_E_INVALID);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_amount_is_that_of_the_tiers_of_the_whole_month),
        TEST(a_tier_begins_on_the_day_whose_evening_lies_above_it),
        TEST(a_tier_to_come_begins_by_the_forecast_or_not_at_all),
        TEST(the_forecast_of_an_even_home_is_its_month),
        TEST(it_is_compared_with_the_same_days_of_the_month_and_the_year_before),
        TEST(a_day_before_is_asked_as_of_its_end),
        TEST(before_seven_in_the_morning_utc_it_is_the_local_day_that_counts),
        TEST(a_day_to_come_a_meter_without_tariff_and_one_that_is_not_there_are_refused),
        TEST(a_meter_without_readings_says_so_and_costs_nothing),
        TEST(a_day_to_come_is_the_mean_of_its_weekday),
        TEST(the_range_grows_with_the_days_to_come),
        TEST(six_known_days_make_no_forecast),
        TEST(a_day_has_48_half_hours_that_add_up_to_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
