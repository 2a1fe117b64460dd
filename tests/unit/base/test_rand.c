/* Random numbers: the definition's own output, and how they are spread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#include <math.h>
#include <stdbool.h>

#include "base/rand.h"

/* The first three follow by hand from the definition: rotl(1 + 4, 23) + 1 = 5 x 2^23 + 1; the state
 * is then {7, 0, 262146, 6 x 2^45}, and so on. */
static void the_state_1_2_3_4_gives_the_sequence_of_the_definition(void **state)
{
    (void)state;
    struct xh_rand r = {{1, 2, 3, 4}};
    static const uint64_t expected[] = {
        41943041, 58720359, 3588806011781223, 3591011842654386, UINT64_C(9228616714210784205),
        UINT64_C(9973669472204895162), UINT64_C(14011001112246962877),
        UINT64_C(12406186145184390807), UINT64_C(15849039046786891736),
        UINT64_C(10450023813501588000),
    };
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        assert_true(xh_rand_u64(&r) == expected[i]);
    }
}

static void the_seed_0_fills_the_state_by_splitmix64(void **state)
{
    (void)state;
    struct xh_rand r;
    xh_rand_init(&r, 0);
    assert_true(r.s[0] == UINT64_C(0xe220a8397b1dcdaf));
    assert_true(r.s[1] == UINT64_C(0x6e789e6aa1b965f4));
    assert_true(r.s[2] == UINT64_C(0x06c45d188009454f));
    assert_true(r.s[3] == UINT64_C(0xf88bb8a8724c81ec));
    assert_true(xh_rand_u64(&r) == UINT64_C(0x53175d61490b23df));
}

static void the_same_seed_gives_the_same_numbers(void **state)
{
    (void)state;
    struct xh_rand a, b, c;
    xh_rand_init(&a, 12345);
    xh_rand_init(&b, 12345);
    xh_rand_init(&c, 12346);
    uint64_t first = xh_rand_u64(&a);
    assert_true(first == xh_rand_u64(&b));
    assert_true(first != xh_rand_u64(&c));
}

static void numbers_below_a_bound_are_evenly_spread(void **state)
{
    (void)state;
    struct xh_rand r;
    xh_rand_init(&r, 1);
    unsigned counts[7] = {0};
    for (int i = 0; i < 70000; i++) {
        uint64_t x = xh_rand_below(&r, 7);
        assert_true(x < 7);
        counts[x]++;
    }
    for (int i = 0; i < 7; i++) { /* deviation of a count: 93 */
        assert_in_range(counts[i], 9500, 10500);
    }
    assert_true(xh_rand_below(&r, 1) == 0);
}

static void a_bound_near_the_top_is_fair_too(void **state)
{
    (void)state;
    struct xh_rand r;
    xh_rand_init(&r, 2);
    /* Without drawing again, the lower half of the range would come up twice as often. */
    uint64_t bound = UINT64_C(0xC000000000000000);
    int low = 0;
    for (int i = 0; i < 30000; i++) {
        uint64_t x = xh_rand_below(&r, bound);
        assert_true(x < bound);
        low += x < bound / 3;
    }
    assert_in_range(low, 9500, 10500);
}

static void unit_numbers_stay_below_one(void **state)
{
    (void)state;
    struct xh_rand r;
    xh_rand_init(&r, 3);
    double sum = 0;
    for (int i = 0; i < 100000; i++) {
        double x = xh_rand_unit(&r);
        assert_true(x >= 0 && x < 1);
        sum += x;
    }
    assert_true(fabs(sum / 100000 - 0.5) < 0.005);
    struct xh_rand top = {{0, 0, 0, UINT64_MAX}}; /* rotl(2^64 - 1, 23): all bits set */
    assert_true(xh_rand_unit(&top) == 1 - 0x1p-53);
}

static void normal_numbers_have_the_moments_of_the_normal_law(void **state)
{
    (void)state;
    struct xh_rand r;
    xh_rand_init(&r, 4);
    enum { COUNT = 200000 };
    double sum = 0, squares = 0, fourths = 0;
    int within = 0;
    for (int i = 0; i < COUNT; i++) {
        double x = xh_rand_normal(&r);
        sum += x;
        squares += x * x;
        fourths += x * x * x * x;
        within += fabs(x) < 1;
    }
    assert_true(fabs(sum / COUNT) < 0.01);
    assert_true(fabs(squares / COUNT - 1) < 0.02);
    assert_true(fabs(fourths / COUNT - 3) < 0.15);
    assert_true(fabs((double)within / COUNT - 0.6827) < 0.005);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_state_1_2_3_4_gives_the_sequence_of_the_definition),
        cmocka_unit_test(the_seed_0_fills_the_state_by_splitmix64),
        cmocka_unit_test(the_same_seed_gives_the_same_numbers),
        cmocka_unit_test(numbers_below_a_bound_are_evenly_spread),
        cmocka_unit_test(a_bound_near_the_top_is_fair_too),
        cmocka_unit_test(unit_numbers_stay_below_one),
        cmocka_unit_test(normal_numbers_have_the_moments_of_the_normal_law),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
