/* Numbers, money and days as people write them. */
#include "kernel/say.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { SAID_BYTES_MAX = 1000 };

static const char *said(struct xh_buf *buf)
{
    assert_false(buf->is_over);
    return xh_buf_text(buf);
}

static void assert_num(double value, int decimals, const char *vi, const char *en)
{
    struct xh_buf buf;
    xh_buf_init(&buf, SAID_BYTES_MAX);
    xh_say_num(&buf, value, decimals, XH_LANG_VI);
    assert_string_equal(said(&buf), vi);
    xh_buf_clear(&buf);
    xh_say_num(&buf, value, decimals, XH_LANG_EN);
    assert_string_equal(said(&buf), en);
    xh_buf_finish(&buf);
}

static void thousands_and_the_point_follow_the_language(void **state)
{
    (void)state;
    assert_num(1234.5, 1, "1.234,5", "1,234.5");
    assert_num(1234567, 0, "1.234.567", "1,234,567");
    assert_num(999, 0, "999", "999");
    assert_num(0, 2, "0", "0");
    assert_num(-1234.5, 1, "−1.234,5", "−1,234.5");
}

static void a_number_is_rounded_half_up_and_ends_in_no_zero(void **state)
{
    (void)state;
    assert_num(0.125, 2, "0,13", "0.13");
    assert_num(2.0004, 3, "2", "2");
    assert_num(9.996, 2, "10", "10");
}

static void what_is_no_number_is_a_dash(void **state)
{
    (void)state;
    assert_num(NAN, 1, "–", "–");
    assert_num(INFINITY, 1, "–", "–");
    assert_num(1e300, 1, "–", "–");
}

static void an_amount_has_as_many_decimals_as_its_size_deserves(void **state)
{
    static const struct {
        double value;
        const char *vi;
    } cases[] = {
        {412.46, "412,5"}, {12.345, "12,35"}, {0.1234, "0,123"}, {0.01234, "0,01234"}, {0, "0"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct xh_buf buf;
        xh_buf_init(&buf, SAID_BYTES_MAX);
        xh_say_amount(&buf, cases[i].value, XH_LANG_VI);
        assert_string_equal(said(&buf), cases[i].vi);
        xh_buf_finish(&buf);
    }
}

static void assert_money(int64_t minor, struct xh_str currency, const char *vi)
{
    struct xh_buf buf;
    xh_buf_init(&buf, SAID_BYTES_MAX);
    xh_say_money(&buf, minor, currency, XH_LANG_VI);
    assert_string_equal(said(&buf), vi);
    xh_buf_finish(&buf);
}

static void money_is_in_minor_units_of_its_currency(void **state)
{
    (void)state;
    assert_money(1160460, XH_STR("VND"), "1.160.460 ₫");
    assert_money(1160460, XH_STR("USD"), "11.604,60 US$");
    assert_money(-5, XH_STR("KRW"), "−5 ₩");
}

static void a_currency_that_we_do_not_know_is_its_code(void **state)
{
    (void)state;
    assert_money(150, XH_STR("CHF"), "1,50 CHF");
    assert_int_equal(xh_currency_digits(XH_STR("CHF")), 2);
    assert_int_equal(xh_currency_digits(XH_STR("JPY")), 0);
}

static void a_price_keeps_all_its_digits(void **state)
{
    struct xh_buf buf;
    struct xh_dec price;
    (void)state;
    assert_int_equal(xh_dec_parse(XH_STR("2204.0655"), &price, NULL), 0);
    xh_buf_init(&buf, SAID_BYTES_MAX);
    xh_say_price(&buf, price, XH_STR("VND"), XH_LANG_VI);
    assert_string_equal(said(&buf), "2.204,0655 ₫");
    xh_buf_finish(&buf);
}

static void assert_days(int32_t day_from, int32_t day_to, const char *vi, const char *en)
{
    struct xh_buf buf;
    xh_buf_init(&buf, SAID_BYTES_MAX);
    xh_say_days(&buf, day_from, day_to, XH_LANG_VI);
    assert_string_equal(said(&buf), vi);
    xh_buf_clear(&buf);
    xh_say_days(&buf, day_from, day_to, XH_LANG_EN);
    assert_string_equal(said(&buf), en);
    xh_buf_finish(&buf);
}

static void a_period_is_said_as_shortly_as_it_can_be(void **state)
{
    int32_t june = xh_day_from_civil(2025, 6, 1);
    (void)state;
    assert_days(june + 14, june + 15, "ngày 15/6/2025", "on 15 June 2025");
    assert_days(june, june + 30, "trong tháng 6/2025", "in June 2025");
    assert_days(xh_day_from_civil(2025, 1, 1), xh_day_from_civil(2026, 1, 1), "trong năm 2025",
                "in 2025");
    assert_days(june, june + 9, "từ 1/6/2025 đến 9/6/2025", "from 1 June 2025 to 9 June 2025");
    assert_days(june, june + 31, "từ 1/6/2025 đến 1/7/2025", "from 1 June 2025 to 1 July 2025");
    assert_days(june + 1, june + 30, "từ 2/6/2025 đến 30/6/2025",
                "from 2 June 2025 to 30 June 2025");
}

static void assert_change(double percent, const char *vi, const char *en)
{
    struct xh_buf buf;
    xh_buf_init(&buf, SAID_BYTES_MAX);
    xh_say_change(&buf, percent, XH_LANG_VI);
    assert_string_equal(said(&buf), vi);
    xh_buf_clear(&buf);
    xh_say_change(&buf, percent, XH_LANG_EN);
    assert_string_equal(said(&buf), en);
    xh_buf_finish(&buf);
}

static void a_change_says_its_direction_in_words(void **state)
{
    (void)state;
    assert_change(12.3, "tăng 12 %", "12 % more");
    assert_change(-4.26, "giảm 4,3 %", "4.3 % less");
    assert_change(0.049, "không đổi", "the same");
    assert_change(-0.049, "không đổi", "the same");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thousands_and_the_point_follow_the_language),
        cmocka_unit_test(a_number_is_rounded_half_up_and_ends_in_no_zero),
        cmocka_unit_test(what_is_no_number_is_a_dash),
        cmocka_unit_test(an_amount_has_as_many_decimals_as_its_size_deserves),
        cmocka_unit_test(money_is_in_minor_units_of_its_currency),
        cmocka_unit_test(a_currency_that_we_do_not_know_is_its_code),
        cmocka_unit_test(a_price_keeps_all_its_digits),
        cmocka_unit_test(a_period_is_said_as_shortly_as_it_can_be),
        cmocka_unit_test(a_change_says_its_direction_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
