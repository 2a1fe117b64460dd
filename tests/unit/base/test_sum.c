/* Compensated sums against sums that are known exactly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#include <math.h>

#include "base/num.h"
#include "base/rand.h"

static double sum_of(const double *values, size_t count)
{
    struct xh_sum sum = {0};
    for (size_t i = 0; i < count; i++) {
        xh_sum_add(&sum, values[i]);
    }
    assert_int_equal(sum.count, count);
    return xh_sum_value(&sum);
}

static double naive_sum_of(const double *values, size_t count)
{
    volatile double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += values[i];
    }
    return sum;
}

static void an_empty_sum_is_zero(void **state)
{
    (void)state;
    struct xh_sum sum = {0};
    assert_true(xh_sum_value(&sum) == 0);
    assert_int_equal(sum.count, 0);
}

static void small_terms_beside_a_huge_one_are_kept(void **state)
{
    (void)state;
    const double values[] = {1, 1e100, 1, -1e100};
    assert_true(sum_of(values, 4) == 2);
    assert_true(naive_sum_of(values, 4) == 0);
    const double first[] = {1e100, 3.5, -1e100, 0.25};
    assert_true(sum_of(first, 4) == 3.75);
    assert_true(naive_sum_of(first, 4) == 0.25);
}

static void ten_tenths_make_one(void **state)
{
    (void)state;
    double values[10];
    for (size_t i = 0; i < 10; i++) {
        values[i] = 0.1;
    }
    assert_true(sum_of(values, 10) == 1);
    assert_true(naive_sum_of(values, 10) != 1);
}

static void the_error_does_not_grow_with_the_count(void **state)
{
    (void)state;
    struct xh_sum sum = {0};
    volatile double naive = 0;
    for (int i = 0; i < 10000000; i++) {
        xh_sum_add(&sum, 0.1);
        naive += 0.1;
    }
    assert_true(xh_sum_value(&sum) == 1000000);
    assert_true(fabs(naive - 1000000) > 1e-5);
}

static void merged_sums_equal_one_sum(void **state)
{
    (void)state;
    struct xh_rand r;
    xh_rand_init(&r, 1);
    struct xh_sum whole = {0}, parts[4] = {{0}};
    for (int i = 0; i < 4000; i++) {
        /* Whole multiples of 1/8 and their opposites far away: the exact sum is known. */
        double value = (double)xh_rand_below(&r, 1000) / 8;
        double far = ldexp(1, 60 + i % 30);
        const double terms[] = {far, value, -far};
        for (int j = 0; j < 3; j++) {
            xh_sum_add(&whole, terms[j]);
            xh_sum_add(&parts[(i + j) % 4], terms[j]);
        }
    }
    struct xh_sum merged = {0};
    for (int i = 0; i < 4; i++) {
        xh_sum_merge(&merged, &parts[i]);
    }
    assert_int_equal(merged.count, 12000);
    xh_rand_init(&r, 1);
    uint64_t exact_eighths = 0;
    for (int i = 0; i < 4000; i++) {
        exact_eighths += xh_rand_below(&r, 1000);
    }
    assert_true(xh_sum_value(&whole) == (double)exact_eighths / 8);
    /* The parts stay near 2^90, so their compensations are rounded. The bound is double's precision
     * squared times the sum of the magnitudes: 2^-106 x 12,000 x 2^89 < 0.1. */
    assert_true(fabs(xh_sum_value(&merged) - xh_sum_value(&whole)) < 0.1);
}

static void a_sum_may_be_merged_into_itself(void **state)
{
    (void)state;
    struct xh_sum sum = {0};
    xh_sum_add(&sum, 1e100);
    xh_sum_add(&sum, 1);
    xh_sum_add(&sum, -1e100);
    xh_sum_merge(&sum, &sum);
    assert_true(xh_sum_value(&sum) == 2);
    assert_int_equal(sum.count, 6);
}

static void a_sum_out_of_range_is_infinite_not_nan(void **state)
{
    (void)state;
    const double values[] = {1e308, 1e308, 1};
    assert_true(sum_of(values, 3) == HUGE_VAL);
    const double infinite[] = {1, -HUGE_VAL, 1};
    assert_true(sum_of(infinite, 3) == -HUGE_VAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_sum_is_zero),
        cmocka_unit_test(small_terms_beside_a_huge_one_are_kept),
        cmocka_unit_test(ten_tenths_make_one),
        cmocka_unit_test(the_error_does_not_grow_with_the_count),
        cmocka_unit_test(merged_sums_equal_one_sum),
        cmocka_unit_test(a_sum_may_be_merged_into_itself),
        cmocka_unit_test(a_sum_out_of_range_is_infinite_not_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
