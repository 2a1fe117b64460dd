/* Consumption as a sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "server/use_internal.h"

enum { DAYS = 30 };

/* June 2025 beside May: `compared` of its days are known on both sides. */
static void assert_says(int32_t today, size_t compared, enum xh_lang lang, const char *wanted)
{
    struct xh_zone *zone = xh_zone_fixed(XH_STR("+07:00"), 7 * 3600);
    int32_t first = xh_day_from_civil(2025, 6, 1);
    int64_t edges_us[DAYS + 1];
    struct xh_buf out = {0};
    for (int i = 0; i <= DAYS; i++) {
        edges_us[i] = xh_zone_day_start_us(zone, first + i);
    }
    struct xh__use_view view = {
        .zone = zone, .quantity = XH_STR("energy.electricity"), .compare = XH__COMPARE_PREVIOUS,
        .now_us = xh_zone_day_start_us(zone, today), .has_total = true, .total = 400,
        .has_before = true, .has_change = true, .change_percent = -12, .compared_count = compared};
    view.use.edges_us = edges_us;
    view.use.count = DAYS;
    view.use.unit = "kWh";
    xh__use_sentence(&view, lang, &out);
    assert_int_equal(xh_buf_str(&out).len, strlen(wanted));
    assert_memory_equal(xh_buf_str(&out).ptr, wanted, strlen(wanted));
    xh_buf_finish(&out);
    xh_zone_destroy(zone);
}

static void a_month_that_is_over_is_not_compared_so_far(void **state)
{
    (void)state;
    assert_says(xh_day_from_civil(2025, 7, 1), DAYS - 2, XH_LANG_EN,
                "400 kWh of electricity in June 2025, 12 % less than in the time before.");
    assert_says(xh_day_from_civil(2025, 7, 1), DAYS - 2, XH_LANG_VI,
                "400 kWh điện trong tháng 6/2025, giảm 12 % so với kỳ trước.");
}

static void a_month_that_goes_on_is_compared_so_far(void **state)
{
    (void)state;
    assert_says(xh_day_from_civil(2025, 6, 15), 14, XH_LANG_EN,
                "400 kWh of electricity in June 2025, 12 % less than in the time before (so far).");
    assert_says(xh_day_from_civil(2025, 6, 15), 14, XH_LANG_VI,
                "400 kWh điện trong tháng 6/2025, giảm 12 % so với kỳ trước (tính đến nay).");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_month_that_is_over_is_not_compared_so_far),
        cmocka_unit_test(a_month_that_goes_on_is_compared_so_far),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
