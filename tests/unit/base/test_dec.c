/* Exact decimals. The golden file holds what another implementation answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#include "base/dec.h"
#include "base/env.h"
#include "base/num.h"

static struct xh_dec dec(const char *text)
{
    struct xh_dec a = {0};
    if (xh_dec_parse(xh_str_from(text), &a, NULL) != 0) {
        fail_msg("not taken: %s", text);
    }
    return a;
}

static void assert_dec(struct xh_dec a, const char *wanted)
{
    char text[XH_DEC_TEXT_BYTES];
    assert_int_equal(xh_dec_print(a, text), strlen(wanted));
    assert_string_equal(text, wanted);
}

static struct xh_dec field_dec(struct xh_str text)
{
    struct xh_dec a = {0};
    assert_int_equal(xh_dec_parse(text, &a, NULL), 0);
    return a;
}

static enum xh_rounding rounding_of(struct xh_str name)
{
    static const char *const names[] = {"half_up", "half_even", "floor", "ceiling", "truncate"};
    for (int i = 0; i < 5; i++) {
        if (xh_str_is(name, names[i])) {
            return (enum xh_rounding)i;
        }
    }
    fail_msg("unknown rounding: %.*s", XH_STR_ARG(name));
    return XH_ROUND_TRUNCATE;
}

static int int_of(struct xh_str text)
{
    int64_t value = 0;
    assert_int_equal(xh_int_parse(text, &value), 0);
    return (int)value;
}

/* Runs a line's operation; returns its code and says where the expected result stands. */
static int run(const struct xh_str *field, struct xh_dec *ret, size_t *ret_wanted)
{
    struct xh_dec a = field_dec(field[1]);
    *ret_wanted = 3;
    if (xh_str_is(field[0], "+")) {
        return xh_dec_add(a, field_dec(field[2]), ret);
    }
    if (xh_str_is(field[0], "-")) {
        return xh_dec_sub(a, field_dec(field[2]), ret);
    }
    if (xh_str_is(field[0], "*")) {
        return xh_dec_mul(a, field_dec(field[2]), ret);
    }
    if (xh_str_is(field[0], "round")) {
        *ret_wanted = 4;
        return xh_dec_round(a, int_of(field[2]), rounding_of(field[3]), ret);
    }
    if (xh_str_is(field[0], "/")) {
        *ret_wanted = 5;
        return xh_dec_div(a, field_dec(field[2]), int_of(field[3]), rounding_of(field[4]), ret);
    }
    assert_true(xh_str_is(field[0], "compare"));
    *ret = xh_dec_int(xh_dec_compare(a, field_dec(field[2])));
    return 0;
}

static void check_line(struct xh_str line)
{
    struct xh_str field[8];
    struct xh_str rest = line;
    struct xh_dec got = {0};
    size_t count = 0;
    size_t wanted = 0;
    while (count < 8 && xh_str_split(&rest, '\t', &field[count])) {
        count++;
    }
    int code = run(field, &got, &wanted);
    assert_int_equal(count, wanted + 1);
    if (xh_str_is(field[wanted], "invalid")) {
        if (code != XH_E_INVALID) {
            fail_msg("not refused: %.*s", XH_STR_ARG(line));
        }
        return;
    }
    struct xh_dec expected = field_dec(field[wanted]);
    bool is_scaled = wanted > 3; /* division and rounding: the decimals count too */
    if (code != 0 || xh_dec_compare(got, expected) != 0 ||
        (is_scaled && got.scale != expected.scale)) {
        fail_msg("%.*s", XH_STR_ARG(line));
    }
}

static void the_golden_file_is_answered_line_by_line(void **state)
{
    struct xh_buf bytes = {0};
    struct xh_str line;
    int count = 0;
    (void)state;
    assert_int_equal(xh_file_read(xh_env_real(), XH_TEST_ROOT "/tests/golden/base/dec.txt", 1 << 20,
                                  &bytes, NULL),
                     0);
    struct xh_str rest = xh_buf_str(&bytes);
    while (xh_str_split(&rest, '\n', &line)) {
        if (line.len == 0 || line.ptr[0] == '#') {
            continue;
        }
        check_line(line);
        count++;
    }
    assert_true(count > 300);
    xh_buf_finish(&bytes);
}

static void a_decimal_keeps_the_zeros_it_was_written_with(void **state)
{
    (void)state;
    assert_dec(dec("2.50"), "2.50");
    assert_dec(dec("-0.05"), "-0.05");
    assert_dec(dec("+007.0"), "7.0");
    assert_dec(dec(".5"), "0.5");
    assert_dec(dec("5."), "5");
    assert_dec(dec("-0.00"), "0.00");
    assert_dec(xh_dec_trim(dec("2.500")), "2.5");
    assert_dec(xh_dec_trim(dec("200")), "200");
    assert_dec(xh_dec_trim(dec("0.000")), "0");
    assert_int_equal(xh_dec_compare(dec("2.5"), dec("2.50")), 0);
}

static void the_widest_decimals_are_taken_and_wider_ones_are_not(void **state)
{
    struct xh_dec a = {0};
    struct xh_err err = {0};
    (void)state;
    assert_dec(dec("99999999999999999999999999999999999999"),
               "99999999999999999999999999999999999999");
    assert_dec(dec("-99999999999999999999.999999999999999999"),
               "-99999999999999999999.999999999999999999");
    assert_dec(dec("00000000000000000000000000000000000000000001"), "1");
    assert_int_equal(xh_dec_parse(XH_STR("100000000000000000000000000000000000000"), &a, &err),
                     XH_E_INVALID);
    assert_string_equal(err.text, "decimal \"100000000000000000000000000000000000000\" has more "
                                  "than 38 digits or 18 decimals");
    assert_int_equal(xh_dec_parse(XH_STR("0.0000000000000000001"), &a, &err), XH_E_INVALID);
}

static void what_is_no_decimal_is_refused(void **state)
{
    static const char *const bad[] = {"", "-", ".", "1e3", "1,5", " 1", "1 ", "1.2.3", "--1", "x"};
    struct xh_dec a = {7, 1};
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(xh_dec_parse(xh_str_from(bad[i]), &a, NULL), XH_E_INVALID);
    }
    assert_int_equal(xh_dec_parse((struct xh_str){NULL, 0}, &a, NULL), XH_E_INVALID);
    assert_dec(a, "0.7");
}

static void sums_and_products_keep_their_decimals(void **state)
{
    struct xh_dec r = {0};
    (void)state;
    assert_int_equal(xh_dec_add(dec("2.50"), dec("1"), &r), 0);
    assert_dec(r, "3.50");
    assert_int_equal(xh_dec_mul(dec("2.50"), dec("2.0"), &r), 0);
    assert_dec(r, "5.000");
    assert_int_equal(xh_dec_sub(dec("0.3"), dec("0.1"), &r), 0);
    assert_dec(r, "0.2");
    assert_dec(xh_dec_min(dec("0.3"), dec("-0.1")), "-0.1");
    assert_dec(xh_dec_negate(dec("0.3")), "-0.3");
}

static void division_by_zero_is_refused(void **state)
{
    struct xh_dec r = {0};
    (void)state;
    assert_int_equal(xh_dec_div(dec("1"), dec("0.00"), 2, XH_ROUND_HALF_UP, &r), XH_E_INVALID);
    assert_int_equal(xh_dec_div(dec("1"), dec("3"), 19, XH_ROUND_HALF_UP, &r), XH_E_INVALID);
    assert_int_equal(xh_dec_div(dec("1"), dec("3"), -1, XH_ROUND_HALF_UP, &r), XH_E_INVALID);
    assert_int_equal(xh_dec_round(dec("1"), 19, XH_ROUND_HALF_UP, &r), XH_E_INVALID);
    assert_int_equal(xh_dec_round(dec("1"), -19, XH_ROUND_HALF_UP, &r), XH_E_INVALID);
}

static void doubles_become_the_decimal_they_print_as(void **state)
{
    struct xh_dec r = {0};
    (void)state;
    assert_int_equal(xh_dec_from_double(0.1, XH_NUM_DECIMALS_SHORTEST, &r, NULL), 0);
    assert_dec(r, "0.1");
    assert_int_equal(xh_dec_from_double(2.5, 3, &r, NULL), 0);
    assert_dec(r, "2.500");
    assert_int_equal(xh_dec_from_double(-1.5e-7, XH_NUM_DECIMALS_SHORTEST, &r, NULL), 0);
    assert_dec(r, "-0.00000015");
    assert_int_equal(xh_dec_from_double(2e21, XH_NUM_DECIMALS_SHORTEST, &r, NULL), 0);
    assert_dec(r, "2000000000000000000000");
    assert_int_equal(xh_dec_from_double(1e38, XH_NUM_DECIMALS_SHORTEST, &r, NULL), XH_E_INVALID);
    assert_int_equal(xh_dec_from_double(1e-19, XH_NUM_DECIMALS_SHORTEST, &r, NULL), XH_E_INVALID);
    assert_int_equal(xh_dec_from_double(1.0 / 0.0, 2, &r, NULL), XH_E_INVALID);
}

static void decimals_become_the_nearest_double(void **state)
{
    (void)state;
    assert_true(xh_dec_to_double(dec("0.1")) == 0.1);
    assert_true(xh_dec_to_double(dec("-2.50")) == -2.5);
    assert_true(xh_dec_to_double(dec("9007199254740993")) == 0x1p53);
    assert_true(xh_dec_to_double(dec("9007199254740993.1")) == 0x1.0000000000001p53);
}

static void amounts_of_money_are_whole_minor_units(void **state)
{
    int64_t minor = 0;
    (void)state;
    assert_int_equal(xh_dec_to_minor(dec("12.50"), 2, &minor), 0);
    assert_int_equal(minor, 1250);
    assert_int_equal(xh_dec_to_minor(dec("1234.000"), 0, &minor), 0);
    assert_int_equal(minor, 1234);
    assert_int_equal(xh_dec_to_minor(dec("12.505"), 2, &minor), XH_E_INVALID);
    assert_int_equal(xh_dec_to_minor(dec("0.5"), 0, &minor), XH_E_INVALID);
    assert_int_equal(xh_dec_to_minor(dec("9223372036854775807"), 0, &minor), 0);
    assert_true(minor == INT64_MAX);
    assert_int_equal(xh_dec_to_minor(dec("9223372036854775808"), 0, &minor), XH_E_INVALID);
    assert_int_equal(xh_dec_to_minor(dec("922337203685477581"), 18, &minor), XH_E_INVALID);
    assert_dec(xh_dec_from_minor(-1250, 2), "-12.50");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_golden_file_is_answered_line_by_line),
        cmocka_unit_test(a_decimal_keeps_the_zeros_it_was_written_with),
        cmocka_unit_test(the_widest_decimals_are_taken_and_wider_ones_are_not),
        cmocka_unit_test(what_is_no_decimal_is_refused),
        cmocka_unit_test(sums_and_products_keep_their_decimals),
        cmocka_unit_test(division_by_zero_is_refused),
        cmocka_unit_test(doubles_become_the_decimal_they_print_as),
        cmocka_unit_test(decimals_become_the_nearest_double),
        cmocka_unit_test(amounts_of_money_are_whole_minor_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
