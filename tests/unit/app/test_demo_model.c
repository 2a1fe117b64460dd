/* The made-up meters: what beer takes, what a measure changes, what a park loses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#include <math.h>

#include "app/demo_model.h"

static const int64_t local_us = 7 * XH_US_PER_HOUR;

static void assert_near(double got, double wanted, double tolerance)
{
    if (!(fabs(got - wanted) <= tolerance)) {
        fail_msg("%.9g, not %.9g +- %.3g", got, wanted, tolerance);
    }
}

struct fixture {
    struct xh_arena *arena;
    struct xh_demo_model model;
    int32_t day_0;
};

static int enter(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (f == NULL) {
        return -1;
    }
    f->arena = xh_arena_create("test");
    f->day_0 = xh_day_from_civil(2026, 11, 25);
    *state = f;
    return xh_demo_model_read(f->arena, 7, f->day_0, &f->model, NULL);
}

static int leave(void **state)
{
    struct fixture *f = *state;
    xh_arena_destroy(f->arena);
    free(f);
    return 0;
}

static double days_of(struct fixture *f, const char *code, int32_t from, int32_t to)
{
    int meter = xh_demo_model_find(&f->model, xh_str_from(code));
    assert_true(meter >= 0);
    return xh_demo_model_grown(&f->model, meter, from * XH_US_PER_DAY - local_us,
                               to * XH_US_PER_DAY - local_us);
}

static double mj_per_hl(struct fixture *f, int32_t from, int32_t to)
{
    double mj = 3.6 * days_of(f, "brewery/electricity", from, to) +
                0.9 / 1000 * 41868 * days_of(f, "brewery/gas", from, to);
    return mj / days_of(f, "brewery/beer", from, to);
}

static void each_thirty_days_of_the_brewery_come_to_200_before_the_measure(void **state)
{
    struct fixture *f = *state;
    for (int32_t block = -1; block < 12; block++) {
        int32_t from = f->day_0 + 30 * block;
        assert_near(mj_per_hl(f, from, from + 30), 200, 1e-6);
    }
    for (int32_t from = f->day_0; from < f->day_0 + 60; from++) {
        assert_near(mj_per_hl(f, from, from + 30), 200, 0.5); /* rounds to 200 */
    }
}

static void the_measure_makes_it_188_thirty_days_later(void **state)
{
    struct fixture *f = *state;
    int32_t from = f->day_0;
    /* Marked as done at eight in the evening of the first day. */
    int64_t done_us = from * XH_US_PER_DAY - local_us + 20 * XH_US_PER_HOUR;
    int meter = xh_demo_model_find(&f->model, XH_STR("brewery/electricity"));
    double before = xh_demo_model_grown(&f->model, meter, from * XH_US_PER_DAY - local_us, done_us);
    xh_demo_model_done(&f->model, XH_STR("brewery-air"), true, from);
    double after = xh_demo_model_grown(&f->model, meter, done_us,
                                       (from + 30) * XH_US_PER_DAY - local_us);
    double mj = 3.6 * (before + after) +
                0.9 / 1000 * 41868 * days_of(f, "brewery/gas", from, from + 30);
    assert_near(mj / days_of(f, "brewery/beer", from, from + 30), 188, 0.15);
    xh_demo_model_done(&f->model, XH_STR("brewery-air"), false, 0);
    assert_near(mj_per_hl(f, from, from + 30), 200, 1e-6);
}

static void fifty_million_litres_are_brewed_in_a_year(void **state)
{
    struct fixture *f = *state;
    assert_near(days_of(f, "brewery/beer", f->day_0 - 365, f->day_0), 500000, 5000);
}

static void the_main_meter_of_the_park_shows_tenants_common_areas_and_about_three_percent(
    void **state)
{
    struct fixture *f = *state;
    double parts = 0;
    for (size_t i = 0; i < f->model.meter_count; i++) {
        if (xh_str_is(f->model.meters[i].group, "park")) {
            parts += xh_demo_model_grown(&f->model, (int)i, f->day_0 * XH_US_PER_DAY,
                                         (f->day_0 + 30) * XH_US_PER_DAY);
        }
    }
    int main_meter = xh_demo_model_find(&f->model, XH_STR("park-1/main"));
    double all = xh_demo_model_grown(&f->model, main_meter, f->day_0 * XH_US_PER_DAY,
                                     (f->day_0 + 30) * XH_US_PER_DAY);
    assert_true(parts > 0);
    assert_true(all > parts * 1.02 && all < parts * 1.04);
}

static void the_compressor_is_a_part_of_the_brewerys_electricity(void **state)
{
    struct fixture *f = *state;
    for (int32_t day = f->day_0 - 40; day < f->day_0; day++) {
        double part = days_of(f, "brewery/compressor", day, day + 1) /
                      days_of(f, "brewery/electricity", day, day + 1);
        assert_true(part > 0.2 && part < 0.4);
    }
}

static void a_time_cut_in_pieces_grows_as_much_as_in_one(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < f->model.meter_count; i++) {
        int64_t from = f->day_0 * XH_US_PER_DAY + 17 * XH_US_PER_S, step = 4321 * XH_US_PER_S;
        double sum = 0;
        for (int k = 0; k < 40; k++) {
            double grown = xh_demo_model_grown(&f->model, (int)i, from + k * step,
                                               from + (k + 1) * step);
            assert_true(grown >= 0);
            sum += grown;
        }
        double all = xh_demo_model_grown(&f->model, (int)i, from, from + 40 * step);
        assert_near(sum, all, 1e-6 * (1 + all));
    }
}

static void the_same_seed_gives_the_same_another_seed_another(void **state)
{
    struct fixture *f = *state;
    struct xh_demo_model other;
    int32_t day = f->day_0 - 100;
    int meter = xh_demo_model_find(&f->model, XH_STR("firm-3/electricity"));
    double first = days_of(f, "firm-3/electricity", day, day + 1);
    int64_t from_us = day * XH_US_PER_DAY - local_us, to_us = from_us + XH_US_PER_DAY;

    assert_int_equal(xh_demo_model_read(f->arena, 7, f->day_0, &other, NULL), 0);
    assert_true(xh_demo_model_grown(&other, meter, from_us, to_us) == first);
    assert_int_equal(xh_demo_model_read(f->arena, 8, f->day_0, &other, NULL), 0);
    assert_true(xh_demo_model_grown(&other, meter, from_us, to_us) != first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            each_thirty_days_of_the_brewery_come_to_200_before_the_measure, enter, leave),
        cmocka_unit_test_setup_teardown(the_measure_makes_it_188_thirty_days_later, enter, leave),
        cmocka_unit_test_setup_teardown(fifty_million_litres_are_brewed_in_a_year, enter, leave),
        cmocka_unit_test_setup_teardown(
            the_main_meter_of_the_park_shows_tenants_common_areas_and_about_three_percent, enter,
            leave),
        cmocka_unit_test_setup_teardown(the_compressor_is_a_part_of_the_brewerys_electricity, enter,
                                        leave),
        cmocka_unit_test_setup_teardown(a_time_cut_in_pieces_grows_as_much_as_in_one, enter, leave),
        cmocka_unit_test_setup_teardown(the_same_seed_gives_the_same_another_seed_another, enter,
                                        leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
