#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "domain/energy/advice.h"
#include "domain/energy/peak.h"
#include "domain/energy/roof.h"
#include "kernel/dated_csv.h"

enum { DAYS = 28, HALF = XH_ADVICE_HALF_HOURS };

static double kwh[DAYS * HALF];

static int setup(void **state)
{
    (void)state;
    for (int i = 0; i < DAYS * HALF; i++) {
        kwh[i] = 0;
    }
    return 0;
}

/* Clock hours [from, to) of every `every`-th day, a half hour. */
static void put(int every, double from, double to, double of_half_hour)
{
    for (int i = 0; i < DAYS * HALF; i++) {
        double hour = (i % HALF) / 2.0;
        if ((i / HALF) % every == 0 && hour >= from && hour < to) {
            kwh[i] = of_half_hour;
        }
    }
}

static bool is_near(double a, double b)
{
    return fabs(a - b) < 1e-9;
}

/* ---- advice ---- */

/* 0.1 kWh a half hour at night is 200 W: 4.8 kWh a day of 4.8 + 20 x 0.2 = 8.8. A fifth of 4.8 x 30
 * is 28.8 kWh. */
static void what_runs_at_night_is_told_in_watts_with_a_fifth_of_it_as_saving(void **state)
{
    struct xh_advice_tip tips[XH_ADVICE_RULES];
    struct xh_advice_in in = {kwh, DAYS};
    (void)state;
    put(1, 0, 24, 0.1);
    put(1, 8, 18, 0.3);
    assert_int_equal(xh_energy_advice(&in, tips), 1);
    assert_int_equal(tips[0].rule, XH_ADVICE_NIGHT);
    assert_true(is_near(tips[0].observed, 200));
    assert_true(is_near(tips[0].usual, 8.8));
    assert_true(is_near(tips[0].saving_kwh, 28.8));
}

static void a_quiet_night_is_no_reason(void **state)
{
    struct xh_advice_tip tips[XH_ADVICE_RULES];
    struct xh_advice_in in = {kwh, DAYS};
    (void)state;
    put(1, 0, 24, 0.02); /* 0.96 kWh of 0.96 + 20 x 0.18 = 4.56: less than a quarter */
    put(1, 8, 18, 0.2);
    assert_int_equal(xh_energy_advice(&in, tips), 0);
}

/* Evenings of 19:00 to 24:00: every second one 1 kWh a half hour, the others nothing: 10 or 0; the
 * mean 5, the calm quarter 0. A fifth of 5 x 30 is 30 kWh. */
static void evenings_are_set_against_the_homes_own_calm_ones(void **state)
{
    struct xh_advice_tip tips[XH_ADVICE_RULES];
    struct xh_advice_in in = {kwh, DAYS};
    (void)state;
    put(2, 19, 24, 1);
    put(1, 8, 18, 1);
    size_t count = xh_energy_advice(&in, tips);
    assert_int_equal(count, 1);
    assert_int_equal(tips[0].rule, XH_ADVICE_EVENING);
    assert_true(is_near(tips[0].observed, 5) && is_near(tips[0].usual, 0));
    assert_true(is_near(tips[0].saving_kwh, 30));
}

/* 20 kWh on a usual day, 40 on the last but one. */
static void a_day_far_above_the_usual_one_is_named(void **state)
{
    struct xh_advice_tip tips[XH_ADVICE_RULES];
    struct xh_advice_in in = {kwh, DAYS};
    (void)state;
    put(1, 8, 18, 1);
    for (int h = 16; h < 36; h++) {
        kwh[(DAYS - 2) * HALF + h] = 2;
    }
    assert_int_equal(xh_energy_advice(&in, tips), 1);
    assert_int_equal(tips[0].rule, XH_ADVICE_DAY);
    assert_int_equal(tips[0].day_index, DAYS - 2);
    assert_true(is_near(tips[0].observed, 40) && is_near(tips[0].saving_kwh, 20));
}

static void the_largest_saving_comes_first(void **state)
{
    struct xh_advice_tip tips[XH_ADVICE_RULES];
    struct xh_advice_in in = {kwh, DAYS};
    (void)state;
    put(1, 0, 24, 0.1);
    put(2, 19, 24, 0.5);
    size_t count = xh_energy_advice(&in, tips);
    assert_true(count >= 2);
    assert_true(tips[0].saving_kwh >= tips[1].saving_kwh);
}

static void thirteen_known_days_are_too_few(void **state)
{
    struct xh_advice_tip tips[XH_ADVICE_RULES];
    struct xh_advice_in in = {kwh, DAYS};
    (void)state;
    put(1, 0, 24, 0.5);
    for (int day = 13; day < DAYS; day++) {
        kwh[day * HALF + 5] = NAN;
    }
    assert_int_equal(xh_energy_advice(&in, tips), 0);
    kwh[13 * HALF + 5] = 0.5;
    assert_int_equal(xh_energy_advice(&in, tips), 1);
}

/* ---- roof ---- */

/* At the equator on 22 March (n = 81) the declination is 0: at 12:00 the sun stands overhead, at
 * 8:00 its sine is cos 60 = 1/2, at 6:00 it rises. */
static void the_roof_follows_the_height_of_the_sun(void **state)
{
    int32_t equinox = xh_day_from_civil(2026, 3, 22);
    (void)state;
    assert_true(is_near(xh_energy_roof_kw(0, equinox, 12), 0.45));
    assert_true(is_near(xh_energy_roof_kw(0, equinox, 8), 0.225));
    assert_true(xh_energy_roof_kw(0, equinox, 5) == 0);
    assert_true(xh_energy_roof_kw(21, equinox, 12) < 0.45);
}

static void a_year_on_a_roof_of_hanoi_is_about_1130_kwh_for_each_kwp(void **state)
{
    double sum = 0;
    (void)state;
    for (int32_t day = xh_day_from_civil(2026, 1, 1); day < xh_day_from_civil(2027, 1, 1); day++) {
        for (int h = 0; h < HALF; h++) {
            sum += xh_energy_roof_kw(21.03, day, (h + 0.5) / 2) / 2;
        }
    }
    assert_true(sum > 1120 && sum < 1140);
}

/* ---- hours ---- */

static struct xh_arena *arena;
static struct xh_dated_set hours;

static int load_hours(void **state)
{
    struct xh_buf buf = {0};
    struct xh_err err = {0};
    struct xh_dated *rows = NULL;
    (void)state;
    arena = xh_arena_create("test");
    if (xh_file_read(xh_env_real(), XH_TEST_ROOT "/data/hours_electricity.csv", 1 << 20, &buf,
                     &err) < 0 ||
        xh_dated_csv_read(xh_buf_str(&buf), arena, &rows, &hours.count, &err) < 0) {
        fail_msg("%s", err.text);
    }
    xh_buf_finish(&buf);
    xh_dated_sort(rows, hours.count);
    hours.rows = rows;
    return setup(state);
}

static int drop_hours(void **state)
{
    (void)state;
    xh_arena_destroy(arena);
    return 0;
}

static struct xh_peak_out sort_into(const char *variant, double shift_percent, double kwp)
{
    struct xh_peak_in in = {
        .kwh = kwh, .day_from = xh_day_from_civil(2026, 6, 1), .day_count = 7, .rows = &hours,
        .hours_key = XH_STR("evn"), .variant = xh_str_from(variant),
        .shift_percent = shift_percent, .roof_kwp = kwp, .latitude_deg = 21,
    };
    struct xh_peak_out out;
    struct xh_err err = {0};
    if (xh_energy_peak(&in, &out, &err) < 0) {
        fail_msg("%s", err.text);
    }
    return out;
}

/* 1 kWh a half hour for a week from Monday. The hours of 2014: peak 9:30-11:30 and 17:00-20:00 on
 * six days, 5 h x 6 x 2 = 60; off-peak 22:00-4:00 on seven days, 84; the rest 336 - 144 = 192.
 * Decision 963: peak 17:30-22:30 on six days, 60; off-peak 0:00-6:00, 84; the rest 192. */
static void each_set_of_hours_sorts_a_flat_week_as_counted_by_hand(void **state)
{
    static const char *const variants[] = {"legacy", "963"};
    (void)state;
    put(1, 0, 24, 1);
    for (int i = 0; i < 2; i++) {
        struct xh_peak_out out = sort_into(variants[i], 0, 0);
        assert_true(is_near(out.kwh[XH_PEAK_PEAK], 60));
        assert_true(is_near(out.kwh[XH_PEAK_OFF], 84));
        assert_true(is_near(out.kwh[XH_PEAK_NORMAL], 192));
    }
    assert_true(sort_into("963", 0, 0).is_disputed);
    assert_true(xh_str_is(sort_into("963", 0, 0).row->document, "963/QD-BCT"));
}

static void shifted_work_leaves_the_peak_for_normal_hours_and_nothing_is_lost(void **state)
{
    (void)state;
    put(1, 0, 24, 1);
    struct xh_peak_out out = sort_into("963", 25, 0);
    assert_true(is_near(out.kwh[XH_PEAK_PEAK], 45));
    assert_true(is_near(out.kwh[XH_PEAK_NORMAL], 207));
    assert_true(is_near(out.kwh[XH_PEAK_OFF], 84));
}

static void a_roof_takes_off_no_more_than_is_used(void **state)
{
    (void)state;
    put(1, 0, 24, 1);
    struct xh_peak_out small = sort_into("963", 0, 1), large = sort_into("963", 0, 1e6);
    double total = small.kwh[0] + small.kwh[1] + small.kwh[2];
    assert_true(is_near(total + small.roof_kwh, 336));
    assert_true(small.roof_kwh > 20 && small.roof_kwh < 30); /* a week of June */
    assert_true(large.kwh[XH_PEAK_NORMAL] >= 0);
    assert_true(is_near(large.kwh[XH_PEAK_OFF] + large.kwh[XH_PEAK_PEAK] +
                            large.kwh[XH_PEAK_NORMAL] + large.roof_kwh, 336));
}

#define TEST(name) cmocka_unit_test_setup(name, setup)
#define TEST_HOURS(name) cmocka_unit_test_setup_teardown(name, load_hours, drop_hours)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_runs_at_night_is_told_in_watts_with_a_fifth_of_it_as_saving),
        TEST(a_quiet_night_is_no_reason),
        TEST(evenings_are_set_against_the_homes_own_calm_ones),
        TEST(a_day_far_above_the_usual_one_is_named),
        TEST(the_largest_saving_comes_first),
        TEST(thirteen_known_days_are_too_few),
        TEST(the_roof_follows_the_height_of_the_sun),
        TEST(a_year_on_a_roof_of_hanoi_is_about_1130_kwh_for_each_kwp),
        TEST_HOURS(each_set_of_hours_sorts_a_flat_week_as_counted_by_hand),
        TEST_HOURS(shifted_work_leaves_the_peak_for_normal_hours_and_nothing_is_lost),
        TEST_HOURS(a_roof_takes_off_no_more_than_is_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
