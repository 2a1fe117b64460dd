/* Least squares beside numbers worked out with fractions, Student's t beside printed tables, and
 * whether intervals hold what they promise. */
#include "solve/regress.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "base/num.h"
#include "base/rand.h"

static void near(double is, double wanted, double tolerance)
{
    if (!(fabs(is - wanted) <= tolerance * (fabs(wanted) + 1e-300))) {
        fail_msg("%.17g, not %.17g", is, wanted);
    }
}

/* Tables: NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2, with more digits. */
static void quantiles_are_those_of_the_tables(void **state)
{
    static const struct {
        double confidence, freedom, t;
    } rows[] = {
        {0.90, 1, 6.313751515},  {0.95, 1, 12.70620474},   {0.99, 1, 63.65674116},
        {0.90, 2, 2.919985580},  {0.95, 2, 4.302652730},   {0.90, 5, 2.015048373},
        {0.95, 5, 2.570581836},  {0.90, 10, 1.812461123},  {0.95, 10, 2.228138852},
        {0.99, 10, 3.169272673}, {0.90, 30, 1.697260887},  {0.95, 30, 2.042272456},
        {0.90, 88, 1.662354029}, {0.95, 1e6, 1.959966357}, {0.50, 3, 0.7648923284},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        near(xh_student_t(rows[i].confidence, rows[i].freedom), rows[i].t, 2e-9);
    }
    near(xh_student_t(0.5, 1), 1, 1e-12);                          /* Cauchy's quartile */
    near(xh_student_t(0.9, 2), 0.9 * sqrt(2 / (1 - 0.81)), 1e-12); /* in closed form */
}

/* hl and kWh of ten days, worked out with fractions. */
static const double day_rows[] = {1, 1000, 1, 1100, 1, 1200, 1, 1300, 1, 1400,
                                  1, 1500, 1, 1600, 1, 900,  1, 800,  1, 1250};
static const double day_kwh[] = {30210, 33150, 35890, 39120, 42080,
                                 44870, 48200, 26950, 24110, 37400};

static void a_line_is_fitted_as_by_hand(void **state)
{
    struct xh_regression r;
    const double later[] = {3, 3500};
    double margin = 0;
    (void)state;
    assert_int_equal(xh_regress(day_rows, day_kwh, NULL, 10, 2, &r, NULL), XH_E_OK);
    near(r.coefficient[0], 96.82025736820258, 1e-10);
    near(r.coefficient[1], 29.959485263594853, 1e-12);
    near(r.error[0], 221.96715750433953, 1e-10);
    near(r.error[1], 0.1804998826720022, 1e-10);
    near(r.variance, 19621.4300539643, 1e-9);
    near(r.r2, 0.9997096986567076, 1e-12);
    near(r.cv_rmse, 0.0038697307861739988, 1e-9);
    near(r.n_effective, 10, 1e-15); /* a negative autocorrelation makes nothing narrower */
    near(xh_regress_expect(&r, later), 3 * r.coefficient[0] + 3500 * r.coefficient[1], 1e-15);
    assert_true(xh_regress_sum_margin(&r, later, 3, 0.9, &margin));
    near(margin, 1.8595480375 * 277.4066517885984, 1e-9);
}

static void days_that_are_alike_count_as_fewer(void **state)
{
    static const double y[] = {10, 11, 10, 12, 11, 13, 12, 12, 11, 10,
                               12, 11, 9,  10, 11, 9,  8,  9,  10, 9};
    double ones[20], sum[] = {4}, margin = 0;
    int32_t days[20];
    struct xh_regression r;
    (void)state;
    for (int i = 0; i < 20; i++) {
        ones[i] = 1;
        days[i] = 2 * i; /* no two are neighbours */
    }
    assert_int_equal(xh_regress(ones, y, NULL, 20, 1, &r, NULL), XH_E_OK);
    near(r.coefficient[0], 10.5, 1e-14);
    near(r.autocorrelation, 0.48031496062992124, 1e-12);
    near(r.n_effective, 7.0212765957446805, 1e-12);
    near(r.variance, 1.736842105263158, 1e-12);
    assert_true(xh_regress_sum_margin(&r, sum, 4, 0.9, &margin));
    near(margin, xh_student_t(0.9, r.n_effective - 1) * 4.873127170621821, 1e-12);
    assert_int_equal(xh_regress(ones, y, days, 20, 1, &r, NULL), XH_E_OK);
    near(r.n_effective, 20, 1e-15);
}

static void too_few_independent_days_say_nothing(void **state)
{
    static const double y[] = {10, 11, 12, 12, 13, 12, 11, 10, 9, 8, 8, 9, 10, 11, 12, 13};
    double ones[16], one[] = {1}, margin = -1;
    struct xh_regression r;
    (void)state;
    for (int i = 0; i < 16; i++) {
        ones[i] = 1;
    }
    assert_int_equal(xh_regress(ones, y, NULL, 16, 1, &r, NULL), XH_E_OK);
    near(r.n_effective, 1.5626247212114097, 1e-12);
    assert_false(xh_regress_sum_margin(&r, one, 1, 0.9, &margin));
    near(margin, -1, 0);
}

static void what_cannot_be_fitted_is_refused(void **state)
{
    struct xh_regression r = {.n = 77};
    struct xh_err err = {0};
    const double same[] = {1, 5, 1, 5, 1, 5, 1, 5}, y[] = {1, 2, 3, 4};
    (void)state;
    assert_int_equal(xh_regress(same, y, NULL, 4, 2, &r, &err), XH_E_INVALID);
    assert_string_equal(err.text, "regressor 2 is constant, or follows from the others");
    assert_int_equal(xh_regress(same, y, NULL, 2, 2, &r, &err), XH_E_INVALID);
    assert_int_equal(r.n, 77); /* written only on success */
}

static void values_far_from_zero_lose_nothing(void **state)
{
    double x[40], y[20];
    struct xh_regression r;
    (void)state;
    for (int i = 0; i < 20; i++) { /* a register's height: 1e9 and steps of 1 */
        x[2 * i] = 1;
        x[2 * i + 1] = 1e9 + i;
        y[i] = 3 * (1e9 + i) + 7;
    }
    assert_int_equal(xh_regress(x, y, NULL, 20, 2, &r, NULL), XH_E_OK);
    near(r.coefficient[1], 3, 1e-7);
    near(xh_regress_expect(&r, &x[10]), y[5], 1e-14);
}

/* A year of days with a known model and no effect: how many intervals of 90 % hold the sum. */
static double coverage(double rho, int trials, uint64_t seed)
{
    enum { BEFORE = 90, AFTER = 28 };
    struct xh_rand random;
    int held = 0;
    xh_rand_init(&random, seed);
    for (int trial = 0; trial < trials; trial++) {
        double x[2 * BEFORE], y[BEFORE], sum[2] = {0, 0}, difference = 0, margin = 0, noise = 0;
        struct xh_regression r;
        for (int i = 0; i < BEFORE; i++) {
            noise = rho * noise + sqrt(1 - rho * rho) * xh_rand_normal(&random);
            x[2 * i] = 1;
            x[2 * i + 1] = 1000 + 300 * xh_rand_unit(&random);
            y[i] = 5000 + 30 * x[2 * i + 1] + 400 * noise;
        }
        assert_int_equal(xh_regress(x, y, NULL, BEFORE, 2, &r, NULL), XH_E_OK);
        for (int i = 0; i < AFTER; i++) {
            double row[2] = {1, 1000 + 300 * xh_rand_unit(&random)};
            noise = rho * noise + sqrt(1 - rho * rho) * xh_rand_normal(&random);
            difference += 5000 + 30 * row[1] + 400 * noise - xh_regress_expect(&r, row);
            sum[0] += row[0];
            sum[1] += row[1];
        }
        assert_true(xh_regress_sum_margin(&r, sum, AFTER, 0.9, &margin));
        held += fabs(difference) <= margin;
    }
    return (double)held / trials;
}

/* 2000 trials: the share of a true 90 % strays by 0.7 percent points. */
static void intervals_hold_the_truth_about_as_often_as_they_say(void **state)
{
    (void)state;
    double independent = coverage(0, 2000, 11), alike = coverage(0.5, 2000, 12);
    if (!(independent > 0.88 && independent < 0.95) || !(alike > 0.86 && alike < 0.96)) {
        fail_msg("%.3f of independent days, %.3f of days that are alike", independent, alike);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_those_of_the_tables),
        cmocka_unit_test(a_line_is_fitted_as_by_hand),
        cmocka_unit_test(days_that_are_alike_count_as_fewer),
        cmocka_unit_test(too_few_independent_days_say_nothing),
        cmocka_unit_test(what_cannot_be_fitted_is_refused),
        cmocka_unit_test(values_far_from_zero_lose_nothing),
        cmocka_unit_test(intervals_hold_the_truth_about_as_often_as_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
