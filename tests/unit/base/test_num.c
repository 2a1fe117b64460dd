/* Numbers as text: nearest double, shortest text, decimals kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#include <math.h>

#include "base/num.h"
#include "base/rand.h"

static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static double double_of(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static void assert_reads(const char *text, double wanted)
{
    double value = 0;
    if (xh_num_parse(xh_str_from(text), &value, NULL) != 0 || bits_of(value) != bits_of(wanted)) {
        fail_msg("%.80s: %a instead of %a", text, value, wanted);
    }
}

static void assert_refused(const char *text)
{
    double value = 7;
    if (xh_num_parse(xh_str_from(text), &value, NULL) != XH_E_INVALID || value != 7) {
        fail_msg("taken: %.80s", text);
    }
}

static void assert_prints(double value, const char *wanted)
{
    char text[XH_NUM_TEXT_BYTES];
    assert_int_equal(xh_num_print(value, text), strlen(wanted));
    assert_string_equal(text, wanted);
}

static void assert_prints_fixed(double value, int decimals, const char *wanted)
{
    char text[XH_NUM_FIXED_BYTES];
    assert_int_equal(xh_num_print_fixed(value, decimals, text), strlen(wanted));
    assert_string_equal(text, wanted);
}

static void simple_texts_are_read(void **state)
{
    (void)state;
    assert_reads("0", 0.0);
    assert_reads("-0", -0.0);
    assert_reads("+1", 1.0);
    assert_reads("007", 7.0);
    assert_reads(".5", 0.5);
    assert_reads("5.", 5.0);
    assert_reads("0.392", 0x1.916872b020c4ap-2);
    assert_reads("1e3", 1000.0);
    assert_reads("1E+3", 1000.0);
    assert_reads("12.5e-1", 1.25);
    assert_reads("0e99999999999999999999", 0.0);
}

static void what_is_not_a_number_is_refused(void **state)
{
    static const char *const bad[] = {"",     "+",    "-",     ".",   "e5",  "1e",   "1e+",
                                      " 1",   "1 ",   "1,5",   "1.2.3", "--1", "0x10", "inf",
                                      "nan",  "1e5.", "1_000", "١",   "-.",  "1ee5"};
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_refused(bad[i]);
    }
    assert_int_equal(xh_num_parse((struct xh_str){NULL, 0}, &(double){0}, NULL), XH_E_INVALID);
    assert_int_equal(xh_num_parse((struct xh_str){"1\0", 2}, &(double){0}, NULL), XH_E_INVALID);
}

/* The bit patterns are those of IEEE 754-2019, computed by hand from the neighbouring doubles. */
static void hard_texts_are_read_to_the_nearest_double(void **state)
{
    (void)state;
    assert_reads("9007199254740993", 0x1p53); /* halfway: to even */
    assert_reads("9007199254740993.00000000000000000000001", 0x1.0000000000001p53);
    assert_reads("9007199254740995", 0x1.0000000000002p53); /* halfway: to even, upwards */
    assert_reads("1e23", 0x1.52d02c7e14af6p+76);
    assert_reads("8.5e22", 0x1.1ffdbf6b2b2ebp+76);
    assert_reads("0.1", 0x1.999999999999ap-4);
    assert_reads("0.30000000000000004", 0x1.3333333333334p-2);
    assert_reads("1.7976931348623157e308", 0x1.fffffffffffffp+1023);
    assert_reads("1.7976931348623158e308", 0x1.fffffffffffffp+1023);
    assert_reads("2.2250738585072011e-308", 0x0.fffffffffffffp-1022);
    assert_reads("2.2250738585072014e-308", 0x1p-1022);
    assert_reads("5e-324", 0x1p-1074);
    assert_reads("4.9406564584124654e-324", 0x1p-1074);
    assert_reads("2.4703282292062327e-324", 0.0);       /* just below half of the smallest */
    assert_reads("2.4703282292062328e-324", 0x1p-1074); /* just above */
    assert_reads("1e-400", 0.0);
    assert_reads("-1e-400", -0.0);
}

static void what_is_too_large_for_a_double_is_refused(void **state)
{
    (void)state;
    assert_refused("1.7976931348623159e308"); /* from halfway to 2^1024 on */
    assert_refused("1e309");
    assert_refused("-1e400");
    assert_refused("1e99999999999999999999");
}

/* 2^53 + 1 is halfway between two doubles; so is every such text with zeros behind it, until a
 * digit, however far out, tips it over. */
static void a_digit_far_behind_tips_a_halfway_text(void **state)
{
    char text[2100] = "9007199254740993.";
    size_t len = strlen(text);
    (void)state;
    memset(text + len, '0', 2000);
    text[len + 2000] = '\0';
    assert_reads(text, 0x1p53);
    text[len + 1999] = '1';
    assert_reads(text, 0x1.0000000000001p53);
}

/* 2^-1075, half of the smallest double, has 752 digits; written out by long division by two. */
static void half_of_the_smallest_double_is_zero_and_a_little_more_is_not(void **state)
{
    char digits[1200] = "0.";
    char next[1200];
    size_t len = 2;
    (void)state;
    strcpy(digits + len, "5"); /* 2^-1 */
    for (int power = 1; power < 1075; power++) {
        int rest = 0;
        size_t i = 2;
        strcpy(next, "0.");
        for (; digits[i] != '\0'; i++) {
            int value = rest * 10 + (digits[i] - '0');
            next[i] = (char)('0' + value / 2);
            rest = value % 2;
        }
        if (rest > 0) {
            next[i++] = '5';
        }
        next[i] = '\0';
        strcpy(digits, next);
    }
    assert_reads(digits, 0.0);
    strcat(digits, "1");
    assert_reads(digits, 0x1p-1074);
}

static void zeros_in_front_and_exponents_cancel(void **state)
{
    char text[3100] = "0.";
    (void)state;
    memset(text + 2, '0', 3000);
    strcpy(text + 3002, "15e3001");
    assert_reads(text, 1.5);
    strcpy(text, "15");
    memset(text + 2, '0', 3000);
    strcpy(text + 3002, "e-3001");
    assert_reads(text, 1.5);
}

static void a_text_longer_than_the_limit_is_refused(void **state)
{
    static char text[XH_NUM_PARSE_BYTES_MAX + 2];
    double value = 0;
    (void)state;
    memset(text, '0', sizeof(text));
    assert_int_equal(xh_num_parse((struct xh_str){text, XH_NUM_PARSE_BYTES_MAX}, &value, NULL), 0);
    assert_int_equal(xh_num_parse((struct xh_str){text, XH_NUM_PARSE_BYTES_MAX + 1}, &value, NULL),
                     XH_E_INVALID);
}

static void numbers_print_as_ecmascript_does(void **state)
{
    (void)state;
    assert_prints(0.0, "0");
    assert_prints(-0.0, "-0");
    assert_prints(1.0, "1");
    assert_prints(-1.5, "-1.5");
    assert_prints(0.1 + 0.2, "0.30000000000000004");
    assert_prints(100.0, "100");
    assert_prints(123456789012345680000.0, "123456789012345680000");
    assert_prints(1e21, "1e+21");
    assert_prints(1.5e300, "1.5e+300");
    assert_prints(1e23, "1e+23");
    assert_prints(0.000001, "0.000001");
    assert_prints(0.0000001, "1e-7");
    assert_prints(1.25e-7, "1.25e-7");
    assert_prints(5e-324, "5e-324");
    assert_prints(0x1p-1022, "2.2250738585072014e-308");
    assert_prints(0x1.fffffffffffffp+1023, "1.7976931348623157e+308");
    assert_prints(9007199254740992.0, "9007199254740992");
    assert_prints(9007199254740994.0, "9007199254740994");
    assert_prints(2251799813685249.5, "2251799813685249.5");
    assert_prints(0x1p-44, "5.684341886080802e-14"); /* a power of two: narrower below */
    assert_prints(9.5367431640625e-7, "9.5367431640625e-7");
    assert_prints((double)INFINITY, "null");
    assert_prints((double)NAN, "null");
}

static void a_million_random_doubles_come_back(void **state)
{
    struct xh_rand random;
    char text[XH_NUM_TEXT_BYTES];
    (void)state;
    xh_rand_init(&random, 20260101);
    for (int i = 0; i < 1000000; i++) {
        double value = double_of(xh_rand_u64(&random));
        if (i % 2 == 0) { /* as meters give them, and what is computed from them */
            value = (double)xh_rand_below(&random, 100000000) / 1000.0 * (i % 4 == 0 ? 1.0 : 1.1);
        }
        double back = 0;
        if (!isfinite(value)) {
            continue;
        }
        size_t len = xh_num_print(value, text);
        if (len >= XH_NUM_TEXT_BYTES ||
            xh_num_parse((struct xh_str){text, len}, &back, NULL) != 0 ||
            bits_of(back) != bits_of(value)) {
            fail_msg("%a came back as %a from %s", value, back, text);
        }
    }
}

/* Shortest: with one significant digit less, rounded either way, another double is read. */
static void no_shorter_text_would_do(void **state)
{
    struct xh_rand random;
    (void)state;
    xh_rand_init(&random, 7);
    for (int i = 0; i < 20000; i++) {
        double value = fabs(double_of(xh_rand_u64(&random)));
        char text[XH_NUM_TEXT_BYTES];
        char shorter[64];
        if (!isfinite(value) || value == 0.0) {
            continue;
        }
        xh_num_print(value, text);
        char *e = strchr(text, 'e');
        if (e == NULL || strchr(text, '.') == NULL) {
            continue; /* one digit, or a text whose zeros are not digits */
        }
        long last_power = strtol(e + 1, NULL, 10) - (e - text - 2) + 1;
        int64_t digits = 0;
        for (const char *p = text; p < e - 1; p++) {
            digits = *p == '.' ? digits : digits * 10 + (*p - '0');
        }
        for (int64_t up = 0; up <= 1; up++) {
            double other = 0;
            snprintf(shorter, sizeof(shorter), "%llde%ld", (long long)(digits + up), last_power);
            if (xh_num_parse(xh_str_from(shorter), &other, NULL) == 0 && other == value) {
                fail_msg("%s is printed as %s", shorter, text);
            }
        }
    }
}

static void decimals_are_printed_exactly_and_rounded_half_to_even(void **state)
{
    (void)state;
    assert_prints_fixed(0.392, 3, "0.392");
    assert_prints_fixed(0.1, 17, "0.10000000000000001");
    assert_prints_fixed(0.125, 2, "0.12");
    assert_prints_fixed(0.375, 2, "0.38");
    assert_prints_fixed(2.5, 0, "2");
    assert_prints_fixed(3.5, 0, "4");
    assert_prints_fixed(0.5, 0, "0");
    assert_prints_fixed(1.005, 2, "1.00"); /* the double is below 1.005 */
    assert_prints_fixed(9.9996, 3, "10.000");
    assert_prints_fixed(-0.0001, 2, "-0.00");
    assert_prints_fixed(99.5, 0, "100");
    assert_prints_fixed(1e22, 2, "10000000000000000000000.00");
    assert_prints_fixed(5e-324, 17, "0.00000000000000000");
    assert_prints_fixed((double)NAN, 2, "null");
}

/* 2^1023 as repeated doubling writes it. */
static void the_largest_numbers_are_printed_with_all_their_digits(void **state)
{
    char digits[320] = "1"; /* least significant first */
    char text[XH_NUM_FIXED_BYTES];
    size_t count = 1;

    (void)state;
    for (int power = 0; power < 1023; power++) {
        int carry = 0;
        for (size_t i = 0; i < count; i++) {
            int value = (digits[i] - '0') * 2 + carry;
            digits[i] = (char)('0' + value % 10);
            carry = value / 10;
        }
        if (carry > 0) {
            digits[count++] = '1';
        }
    }
    assert_int_equal(xh_num_print_fixed(0x1p1023, 0, text), count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(text[i], digits[count - 1 - i]);
    }
    assert_int_equal(xh_num_print_fixed(-0x1p1023, XH_NUM_DECIMALS_MAX, text), count + 19);
}

static void assert_decimals(const char *text, int wanted)
{
    double value = 0;
    int decimals = 99;
    char back[XH_NUM_FIXED_BYTES];
    assert_int_equal(xh_num_parse(xh_str_from(text), &value, &decimals), 0);
    if (decimals != wanted) {
        fail_msg("%s: %d decimals instead of %d", text, decimals, wanted);
    }
    xh_num_print_as(value, decimals, back);
    if (decimals >= 0) {
        assert_string_equal(back, text);
    }
}

static void a_reading_goes_out_with_the_digits_it_came_with(void **state)
{
    (void)state;
    assert_decimals("0.392", 3);
    assert_decimals("2.50", 2);
    assert_decimals("-0.0", 1);
    assert_decimals("100", 0);
    assert_decimals("0.00000000000000000", 17);
    assert_decimals("18446744073709551616", 0);
    assert_decimals("9007199254740993", XH_NUM_DECIMALS_SHORTEST);
    assert_decimals("0.1000000000000000055511151231257827", XH_NUM_DECIMALS_SHORTEST);
    assert_decimals("0.10000000000000001", 17);
    assert_decimals("0.10000000000000004", XH_NUM_DECIMALS_SHORTEST);
    assert_decimals("1e3", XH_NUM_DECIMALS_SHORTEST);
    assert_decimals("1.5e0", XH_NUM_DECIMALS_SHORTEST);
}

static void leading_zeros_and_plus_do_not_count_as_digits(void **state)
{
    int decimals = 0;
    double value = 0;
    (void)state;
    assert_int_equal(xh_num_parse(XH_STR("+007.50"), &value, &decimals), 0);
    assert_int_equal(decimals, 2);
    assert_int_equal(xh_num_parse(XH_STR("0000000000000000000000.5"), &value, &decimals), 0);
    assert_int_equal(decimals, 1);
    assert_int_equal(xh_num_parse(XH_STR("5."), &value, &decimals), 0);
    assert_int_equal(decimals, 0);
}

static void random_decimals_keep_their_digits(void **state)
{
    struct xh_rand random;
    (void)state;
    xh_rand_init(&random, 11);
    for (int i = 0; i < 100000; i++) {
        char text[64];
        char back[XH_NUM_FIXED_BYTES];
        double value = 0;
        int decimals = 0;
        int places = (int)xh_rand_below(&random, 10);
        uint64_t whole = xh_rand_below(&random, 100000);
        uint64_t part = xh_rand_below(&random, 1000000000);
        snprintf(text, sizeof(text), "%llu.%09llu", (unsigned long long)whole,
                 (unsigned long long)part);
        text[strlen(text) - (size_t)(9 - places)] = '\0';
        if (places == 0) {
            text[strlen(text) - 1] = '\0';
        }
        assert_int_equal(xh_num_parse(xh_str_from(text), &value, &decimals), 0);
        assert_int_equal(decimals, places);
        xh_num_print_as(value, decimals, back);
        assert_string_equal(back, text);
    }
}

static void integers_are_read_within_their_range(void **state)
{
    int64_t value = 0;
    char text[XH_NUM_TEXT_BYTES];
    (void)state;
    assert_int_equal(xh_int_parse(XH_STR("9223372036854775807"), &value), 0);
    assert_true(value == INT64_MAX);
    assert_int_equal(xh_int_parse(XH_STR("-9223372036854775808"), &value), 0);
    assert_true(value == INT64_MIN);
    xh_int_print(value, text);
    assert_string_equal(text, "-9223372036854775808");
    assert_int_equal(xh_int_parse(XH_STR("+0012"), &value), 0);
    assert_int_equal(value, 12);
    xh_int_print(0, text);
    assert_string_equal(text, "0");
}

static void what_is_no_integer_is_refused(void **state)
{
    static const char *const bad[] = {"", "-", "+", "1.0", "1e3", " 1", "9223372036854775808",
                                      "-9223372036854775809", "99999999999999999999999"};
    int64_t value = 5;
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(xh_int_parse(xh_str_from(bad[i]), &value), XH_E_INVALID);
    }
    assert_int_equal(value, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(simple_texts_are_read),
        cmocka_unit_test(what_is_not_a_number_is_refused),
        cmocka_unit_test(hard_texts_are_read_to_the_nearest_double),
        cmocka_unit_test(what_is_too_large_for_a_double_is_refused),
        cmocka_unit_test(a_digit_far_behind_tips_a_halfway_text),
        cmocka_unit_test(half_of_the_smallest_double_is_zero_and_a_little_more_is_not),
        cmocka_unit_test(zeros_in_front_and_exponents_cancel),
        cmocka_unit_test(a_text_longer_than_the_limit_is_refused),
        cmocka_unit_test(numbers_print_as_ecmascript_does),
        cmocka_unit_test(a_million_random_doubles_come_back),
        cmocka_unit_test(no_shorter_text_would_do),
        cmocka_unit_test(decimals_are_printed_exactly_and_rounded_half_to_even),
        cmocka_unit_test(the_largest_numbers_are_printed_with_all_their_digits),
        cmocka_unit_test(a_reading_goes_out_with_the_digits_it_came_with),
        cmocka_unit_test(leading_zeros_and_plus_do_not_count_as_digits),
        cmocka_unit_test(random_decimals_keep_their_digits),
        cmocka_unit_test(integers_are_read_within_their_range),
        cmocka_unit_test(what_is_no_integer_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
