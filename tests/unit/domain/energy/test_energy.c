#include "sim_host.h"

#include <stdio.h>

#include "domain/energy/energy.h"
#include "domain/energy/ghg.h"
#include "domain/energy/toe.h"
#include "kernel/dated_csv.h"

static struct sim sim;

static void load(const char *path)
{
    struct xh_buf buf = {0};
    struct xh_dated *rows = NULL;
    struct xh_err err = {0};
    char full[512];
    snprintf(full, sizeof full, "%s/%s", XH_TEST_ROOT, path);
    if (xh_file_read(xh_env_real(), full, 1 << 24, &buf, &err) < 0 ||
        xh_dated_csv_read(xh_buf_str(&buf), sim.arena, &rows, &sim.row_count, &err) < 0) {
        fail_msg("%s: %s", path, err.text);
    }
    xh_buf_finish(&buf);
    xh_dated_sort(rows, sim.row_count);
    sim.rows = rows;
}

static int setup(void **state)
{
    (void)state;
    sim_init(&sim);
    load("data/factors.csv");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sim_finish(&sim);
    return 0;
}

static struct xh_dec dec(const char *text)
{
    struct xh_dec value;
    assert_int_equal(xh_dec_parse(xh_str_from(text), &value, NULL), 0);
    return value;
}

static const char *print(struct xh_dec value)
{
    static char text[XH_DEC_TEXT_BYTES];
    xh_dec_print(xh_dec_trim(value), text);
    return text;
}

/* ---- carbon ---- */

static const char *kg_of(int year, const char *energy_kwh, struct xh_energy_ghg *ret)
{
    struct xh_dated_set set = {sim.rows, sim.row_count};
    struct xh_err err = {0};
    if (xh_energy_ghg(&set, XH_STR(XH_ENERGY_GRID_VN), year, dec(energy_kwh), ret, &err) < 0) {
        fail_msg("%s", err.text);
    }
    return print(ret->kg_co2);
}

static void a_gigawatt_hour_of_2023_is_659_200_kg_of_co2(void **state)
{
    struct xh_energy_ghg ghg;
    (void)state;
    assert_string_equal(kg_of(2023, "1000000", &ghg), "659200");
    assert_false(ghg.is_earlier);
    assert_true(xh_str_is(ghg.row->code, "F-GRID-VN-2023"));
}

static void a_year_without_a_factor_takes_the_latest_earlier_one_and_says_so(void **state)
{
    struct xh_energy_ghg ghg;
    (void)state;
    assert_string_equal(kg_of(2026, "1000", &ghg), "659.2");
    assert_true(ghg.is_earlier);
    assert_string_equal(kg_of(2014, "1000", &ghg), "661.2");
    assert_false(ghg.is_earlier);
}

static void before_the_first_factor_there_is_no_answer(void **state)
{
    struct xh_dated_set set = {sim.rows, sim.row_count};
    struct xh_energy_ghg ghg;
    struct xh_err err = {0};
    (void)state;
    assert_int_equal(xh_energy_ghg(&set, XH_STR(XH_ENERGY_GRID_VN), 2013, dec("1"), &ghg, &err),
                     XH_E_NOT_FOUND);
    assert_non_null(strstr(err.text, "up to 2013"));
}

static void no_factor_of_an_unofficial_estimate_is_shipped(void **state)
{
    (void)state;
    for (size_t i = 0; i < sim.row_count; i++) {
        assert_int_not_equal(sim.rows[i].verified, XH_VERIFIED_NO);
    }
}

/* ---- TOE ---- */

static void toe_of_6480881_kwh_is_a_thousand(void **state)
{
    struct xh_dated_set set = {sim.rows, sim.row_count};
    struct xh_energy_toe toe;
    struct xh_dec rounded;
    (void)state;
    assert_int_equal(xh_energy_toe(&set, XH_STR("electricity"), dec("6480881"),
                                   sim_day("2025-01-01"), &toe, NULL),
                     0);
    assert_string_equal(print(toe.toe), "999.9999383");
    assert_int_equal(xh_dec_round(toe.toe, 1, XH_ROUND_HALF_UP, &rounded), 0);
    assert_int_equal(xh_dec_compare(rounded, dec("1000.0")), 0);
    assert_int_equal(xh_dec_compare(toe.toe, toe.toe_high), 0);
}

static void a_range_of_the_source_keeps_both_ends(void **state)
{
    struct xh_dated_set set = {sim.rows, sim.row_count};
    struct xh_energy_toe toe;
    (void)state;
    assert_int_equal(xh_energy_toe(&set, XH_STR("coke"), dec("10"), sim_day("2025-01-01"), &toe,
                                   NULL),
                     0);
    assert_string_equal(print(toe.toe), "7");
    assert_string_equal(print(toe.toe_high), "7.5");
}

static void an_unknown_fuel_is_named(void **state)
{
    struct xh_dated_set set = {sim.rows, sim.row_count};
    struct xh_energy_toe toe;
    struct xh_err err = {0};
    (void)state;
    assert_int_equal(xh_energy_toe(&set, XH_STR("hay"), dec("1"), sim_day("2025-01-01"), &toe,
                                   &err),
                     XH_E_NOT_FOUND);
    assert_string_equal(err.field, "fuel");
    assert_string_equal(err.value, "hay");
}

/* ---- actions ---- */

static int act(const char *name, struct xh_doc **in_out, const char *field, const char *text,
               const char *other, struct xh_err *err)
{
    const struct xh_action *action = NULL;
    for (size_t i = 0; i < xh_energy_domain.action_count; i++) {
        if (strcmp(xh_energy_domain.actions[i].name, name) == 0) {
            action = &xh_energy_domain.actions[i];
        }
    }
    assert_non_null(action);
    struct xh_doc *in = xh_doc_create(sim.arena, action->in);
    xh_doc_set_dec(in, field, dec(text));
    if (strcmp(name, "toe") == 0) {
        xh_doc_set_string(in, "fuel", other);
    } else {
        xh_doc_set_int(in, "year", strtol(other, NULL, 10));
    }
    assert_int_equal(xh_doc_check(in, err), 0);
    struct xh_in run_in = {.doc = in};
    struct xh_out out = {.doc = xh_doc_create(sim.arena, action->out)};
    *in_out = out.doc;
    sim.ctx.now_us = (int64_t)sim_day("2026-01-01") * XH_US_PER_DAY;
    return action->run(&sim.ctx, &run_in, &out, err);
}

static void the_action_carbon_tells_the_factor_its_year_and_document(void **state)
{
    struct xh_doc *out = NULL;
    struct xh_err err = {0};
    (void)state;
    assert_int_equal(act("carbon", &out, "energy_kwh", "100", "2022", &err), 0);
    assert_string_equal(print(xh_doc_dec(out, "ghg_kgco2")), "67.66");
    assert_int_equal(xh_doc_int(out, "factor_year"), 2022);
    assert_true(xh_str_is(xh_doc_text(out, "document"), "thông báo 327/BDKH-PTCBT"));
    assert_true(xh_str_is(xh_doc_text(out, "verified"), "yes"));
}

static void the_action_toe_tells_the_factor(void **state)
{
    struct xh_doc *out = NULL;
    struct xh_err err = {0};
    (void)state;
    assert_int_equal(act("toe", &out, "quantity", "2", "diesel", &err), 0);
    assert_string_equal(print(xh_doc_dec(out, "toe")), "2.04");
    assert_true(xh_str_is(xh_doc_text(out, "factor_unit"), "toe/t"));
}

/* ---- indicators ---- */

static void consumption_is_the_sum_of_the_days_in_kilowatt_hours(void **state)
{
    static const struct xh_amount days[] = {{.amount = 0.5}, {.amount = 0.25},
                                            {.amount = 1, .flags = XH_AMOUNT_ESTIMATED}};
    struct xh_doc *out = NULL;
    struct xh_err err = {0};
    (void)state;
    sim.use = (struct xh_use){.amounts = days, .count = 3, .unit = "MWh", .series_count = 2};
    assert_int_equal(sim_indicator(&sim, &xh_energy_domain, "consumption_kwh", "2025-06-01",
                                   "2025-06-04", &out, &err),
                     0);
    assert_true(xh_doc_real(out, "value") == 1750);
    assert_true(xh_doc_int(out, "has_value"));
    assert_int_equal(xh_doc_int(out, "missing"), 0);
    assert_true(xh_str_is(xh_doc_text(out, "note"), "some days are estimated"));
    assert_int_equal(xh_doc_count(out, "sources"), 1);
    assert_string_equal(sim.asked.quantity, "energy.electricity");
    assert_int_equal(sim.asked.day_from, sim_day("2025-06-01"));
    assert_int_equal(sim.asked.day_to, sim_day("2025-06-04"));
}

static void meters_that_are_silent_are_missing_and_never_zero(void **state)
{
    static const struct xh_amount days[] = {{.amount = 0}};
    struct xh_doc *out = NULL;
    struct xh_err err = {0};
    (void)state;
    sim.use = (struct xh_use){.amounts = days, .count = 1, .unit = "kWh", .series_count = 2,
                              .silent_count = 2};
    assert_int_equal(sim_indicator(&sim, &xh_energy_domain, "consumption_kwh", "2025-06-01",
                                   "2025-06-02", &out, &err),
                     0);
    assert_false(xh_doc_int(out, "has_value"));
    assert_true(xh_doc_is_null(out, "value"));
    assert_int_equal(xh_doc_int(out, "missing"), 2);
}

static void a_place_without_meters_has_no_value(void **state)
{
    struct xh_doc *out = NULL;
    struct xh_err err = {0};
    (void)state;
    assert_int_equal(sim_indicator(&sim, &xh_energy_domain, "ghg_kgco2", "2025-06-01", "2025-06-02",
                                   &out, &err),
                     0);
    assert_false(xh_doc_int(out, "has_value"));
    assert_int_equal(xh_doc_count(out, "rows"), 0);
}

static void carbon_takes_each_year_with_its_own_factor(void **state)
{
    static const struct xh_amount days[] = {{.amount = 1000}, {.amount = 2000}};
    struct xh_doc *out = NULL;
    struct xh_err err = {0};
    (void)state;
    sim.use = (struct xh_use){.amounts = days, .count = 2, .unit = "kWh", .series_count = 1};
    assert_int_equal(sim_indicator(&sim, &xh_energy_domain, "ghg_kgco2", "2021-12-31", "2022-01-02",
                                   &out, &err),
                     0);
    assert_true(xh_doc_real(out, "value") == 722.1 + 1353.2);
    assert_int_equal(xh_doc_count(out, "rows"), 2);
    assert_true(xh_doc_is_null(out, "note"));
    assert_int_equal(sim_indicator(&sim, &xh_energy_domain, "ghg_kgco2", "2025-12-31", "2026-01-02",
                                   &out, &err),
                     0);
    assert_int_equal(xh_doc_count(out, "rows"), 1);
    assert_true(xh_str_is(xh_doc_text(out, "note"), "no factor of the year yet: that of 2023"));
}

static void an_indicator_of_no_days_is_refused(void **state)
{
    struct xh_doc *out = NULL;
    struct xh_err err = {0};
    (void)state;
    assert_int_equal(sim_indicator(&sim, &xh_energy_domain, "production_kwh", "2025-06-02",
                                   "2025-06-02", &out, &err),
                     XH_E_INVALID);
    assert_string_equal(err.field, "to");
}

/* ---- simulate ---- */

static double grown(size_t i)
{
    return sim.series[i].last_value - sim.series[i].first_value;
}

static void simulated_homes_use_and_make_believable_amounts(void **state)
{
    struct xh_doc *out = NULL;
    struct xh_err err = {0};
    (void)state;
    assert_int_equal(sim_run(&sim, xh_energy_domain.simulate, 1, 6, "2025-06-01", "2025-07-01",
                             &out, &err),
                     0);
    assert_int_equal(xh_doc_int(out, "series"), 7); /* six homes; every fifth has panels */
    assert_int_equal(xh_doc_int(out, "readings"), 7 * 30 * 48);
    for (size_t i = 0; i < sim.series_count; i++) {
        assert_int_equal(sim.series[i].count, 30 * 48);
        assert_int_equal(sim.series[i].qualities, 16);
        assert_true(sim.series[i].is_growing);
        if (grown(i) < 50 || grown(i) > 900) {
            fail_msg("series %zu: %f kWh in June", i, grown(i));
        }
    }
    assert_int_equal(sim.series[0].first_us, (int64_t)sim_day("2025-06-01") * XH_US_PER_DAY -
                                                 7 * XH_US_PER_HOUR + XH_US_PER_HOUR / 2);
}

static void homes_use_more_in_july_than_in_january(void **state)
{
    struct xh_doc *out = NULL;
    struct xh_err err = {0};
    (void)state;
    assert_int_equal(sim_run(&sim, xh_energy_domain.simulate, 5, 1, "2025-01-01", "2025-02-01",
                             &out, &err),
                     0);
    double january = grown(0);
    sim.series_count = 0;
    assert_int_equal(sim_run(&sim, xh_energy_domain.simulate, 5, 1, "2025-07-01", "2025-08-01",
                             &out, &err),
                     0);
    assert_true(grown(0) > january * 1.1);
}

static void the_same_seed_sends_the_same_readings_to_the_same_records(void **state)
{
    struct xh_doc *out = NULL;
    struct xh_err err = {0};
    (void)state;
    assert_int_equal(sim_run(&sim, xh_energy_domain.simulate, 9, 3, "2025-06-01", "2025-06-03",
                             &out, &err),
                     0);
    size_t records = sim.record_count;
    double sum = sim.series[0].sum;
    sim.series_count = 0;
    assert_int_equal(sim_run(&sim, xh_energy_domain.simulate, 9, 3, "2025-06-01", "2025-06-03",
                             &out, &err),
                     0);
    assert_int_equal(sim.record_count, records);
    assert_true(sim.series[0].sum == sum);
    sim.series_count = 0;
    assert_int_equal(sim_run(&sim, xh_energy_domain.simulate, 10, 3, "2025-06-01", "2025-06-03",
                             &out, &err),
                     0);
    assert_true(sim.series[0].sum != sum);
}

static void a_full_disk_ends_the_simulation_with_its_error(void **state)
{
    struct xh_doc *out = NULL;
    (void)state;
    for (int n = 1; n <= 5; n++) {
        struct xh_err err = {0};
        sim.failing_put = n;
        sim.record_count = 0;
        assert_int_equal(sim_run(&sim, xh_energy_domain.simulate, 1, 1, "2025-06-01", "2025-06-02",
                                 &out, &err),
                         XH_E_NO_SPACE);
        assert_true(xh_doc_is_null(out, "series"));
    }
}

static void too_many_homes_or_days_are_refused(void **state)
{
    struct xh_doc *out = NULL;
    struct xh_err err = {0};
    (void)state;
    assert_int_equal(sim_run(&sim, xh_energy_domain.simulate, 1, 10001, "2025-06-01", "2025-06-02",
                             &out, &err),
                     XH_E_INVALID);
    assert_string_equal(err.field, "homes");
    assert_int_equal(sim_run(&sim, xh_energy_domain.simulate, 1, 1, "2025-06-01", "2025-06-01",
                             &out, &err),
                     XH_E_INVALID);
    assert_string_equal(err.field, "to");
}

static void the_descriptor_does_not_contradict_itself(void **state)
{
    struct xh_err err = {0};
    (void)state;
    if (xh_domain_check(&xh_energy_domain, &err) < 0) {
        fail_msg("%s", err.text);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_gigawatt_hour_of_2023_is_659_200_kg_of_co2),
        TEST(the_descriptor_does_not_contradict_itself),
        TEST(a_year_without_a_factor_takes_the_latest_earlier_one_and_says_so),
        TEST(before_the_first_factor_there_is_no_answer),
        TEST(no_factor_of_an_unofficial_estimate_is_shipped),
        TEST(toe_of_6480881_kwh_is_a_thousand),
        TEST(a_range_of_the_source_keeps_both_ends),
        TEST(an_unknown_fuel_is_named),
        TEST(the_action_carbon_tells_the_factor_its_year_and_document),
        TEST(the_action_toe_tells_the_factor),
        TEST(consumption_is_the_sum_of_the_days_in_kilowatt_hours),
        TEST(meters_that_are_silent_are_missing_and_never_zero),
        TEST(a_place_without_meters_has_no_value),
        TEST(carbon_takes_each_year_with_its_own_factor),
        TEST(an_indicator_of_no_days_is_refused),
        TEST(simulated_homes_use_and_make_believable_amounts),
        TEST(homes_use_more_in_july_than_in_january),
        TEST(the_same_seed_sends_the_same_readings_to_the_same_records),
        TEST(a_full_disk_ends_the_simulation_with_its_error),
        TEST(too_many_homes_or_days_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
