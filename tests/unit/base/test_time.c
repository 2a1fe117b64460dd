/* The calendar, and times, durations and intervals as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#include "base/time.h"

static void assert_time(const char *text, const char *wanted)
{
    char printed[XH_TIME_TEXT_BYTES];
    struct xh_err err = {0};
    int64_t at_us = 0;
    if (xh_time_parse(xh_str_from(text), &at_us, &err) != 0) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(xh_time_print(at_us, printed), strlen(wanted));
    assert_string_equal(printed, wanted);
}

static void every_day_of_the_calendar_comes_back(void **state)
{
    int32_t day = xh_day_from_civil(1, 1, 1);
    (void)state;
    assert_int_equal(day, -719162);
    for (int year = 1; year <= 9999; year++) {
        for (int month = 1; month <= 12; month++) {
            for (int d = 1; d <= xh_month_days(year, month); d++, day++) {
                int y = 0;
                int m = 0;
                int dd = 0;
                xh_day_to_civil(day, &y, &m, &dd);
                if (xh_day_from_civil(year, month, d) != day || y != year || m != month ||
                    dd != d) {
                    fail_msg("%04d-%02d-%02d", year, month, d);
                }
            }
        }
    }
    assert_int_equal(day, xh_day_from_civil(10000, 1, 1));
}

static void leap_years_follow_the_gregorian_rule(void **state)
{
    (void)state;
    assert_int_equal(xh_month_days(2024, 2), 29);
    assert_int_equal(xh_month_days(2023, 2), 28);
    assert_int_equal(xh_month_days(1900, 2), 28);
    assert_int_equal(xh_month_days(2000, 2), 29);
    assert_int_equal(xh_month_days(2100, 2), 28);
}

static void weekdays_are_counted_from_monday(void **state)
{
    (void)state;
    assert_int_equal(xh_day_weekday(0), 4); /* a Thursday */
    assert_int_equal(xh_day_weekday(-1), 3);
    assert_int_equal(xh_day_weekday(xh_day_from_civil(2025, 6, 15)), 7); /* a Sunday */
    assert_int_equal(xh_day_weekday(xh_day_from_civil(1, 1, 1)), 1);
}

static void times_are_read_in_all_forms_of_rfc_3339(void **state)
{
    (void)state;
    assert_time("2025-06-15T08:00:00Z", "2025-06-15T08:00:00Z");
    assert_time("2025-06-15T08:00:00.5+07:00", "2025-06-15T01:00:00.5Z");
    assert_time("2025-06-15t08:00:00z", "2025-06-15T08:00:00Z");
    assert_time("2025-06-15 08:00:00-00:00", "2025-06-15T08:00:00Z");
    assert_time("1985-04-12T23:20:50.52Z", "1985-04-12T23:20:50.52Z");      /* section 5.8 */
    assert_time("1996-12-19T16:39:57-08:00", "1996-12-20T00:39:57Z");       /* section 5.8 */
    assert_time("1937-01-01T12:00:27.87+00:20", "1937-01-01T11:40:27.87Z"); /* section 5.8 */
    assert_time("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z");
    assert_time("2024-02-29T00:00:00.000000Z", "2024-02-29T00:00:00Z");
}

static void decimals_after_the_sixth_are_cut(void **state)
{
    (void)state;
    assert_time("2025-06-15T08:00:00.1234569Z", "2025-06-15T08:00:00.123456Z");
    assert_time("9999-12-31T23:59:59.99999999999999Z", "9999-12-31T23:59:59.999999Z");
}

static void a_leap_second_is_refused(void **state)
{
    int64_t at_us = 0;
    struct xh_err err = {0};
    (void)state;
    assert_int_equal(xh_time_parse(XH_STR("1990-12-31T23:59:60Z"), &at_us, &err), XH_E_INVALID);
    assert_string_equal(err.text, "\"1990-12-31T23:59:60Z\" is not a time such as "
                                  "2025-06-15T08:00:00+07:00");
}

static void what_is_no_time_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "2025-06-15",
        "2025-06-15T08:00Z",
        "2025-06-15T08:00:00",
        "2025-06-15T08:00:00+0700",
        "2025-06-15T08:00:00+07",
        "2025-06-15T08:00:00.Z",
        "2025-06-15T24:00:00Z",
        "2025-06-15T08:60:00Z",
        "2025-06-31T08:00:00Z",
        "2025-02-29T08:00:00Z",
        "2025-00-01T08:00:00Z",
        "2025-13-01T08:00:00Z",
        "2025-06-00T08:00:00Z",
        "0000-01-01T08:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "2025-06-15T08:00:00+24:00",
        "2025-06-15T08:00:00+07:60",
        "2025-06-15T08:00:00ZZ",
        " 2025-06-15T08:00:00Z",
        "25-06-15T08:00:00Z",
        "2025-6-15T08:00:00Z",
        "+2025-06-15T08:00:00Z",
    };
    int64_t at_us = 42;
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (xh_time_parse(xh_str_from(bad[i]), &at_us, NULL) != XH_E_INVALID) {
            fail_msg("taken: %s", bad[i]);
        }
    }
    assert_int_equal(at_us, 42);
}

static void the_ends_of_the_range_are_printed_and_beyond_is_open(void **state)
{
    char text[XH_TIME_TEXT_BYTES];
    (void)state;
    xh_time_print(XH_TIME_MIN, text);
    assert_string_equal(text, "0001-01-01T00:00:00Z");
    xh_time_print(XH_TIME_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59.999999Z");
    xh_time_print(XH_TIME_OPEN_END, text);
    assert_string_equal(text, "..");
    xh_time_print(XH_TIME_MIN - 1, text);
    assert_string_equal(text, "..");
    xh_day_print(XH_DAY_OPEN_END, text);
    assert_string_equal(text, "..");
}

static void days_are_read_and_printed(void **state)
{
    char text[XH_TIME_TEXT_BYTES];
    int32_t day = 0;
    (void)state;
    assert_int_equal(xh_day_parse(XH_STR("2025-06-15"), &day, NULL), 0);
    assert_int_equal(day, 20254);
    assert_int_equal(xh_day_print(day, text), 10);
    assert_string_equal(text, "2025-06-15");
    assert_int_equal(xh_day_parse(XH_STR("2025-02-29"), &day, NULL), XH_E_INVALID);
    assert_int_equal(xh_day_parse(XH_STR("2025-06-15T00:00:00Z"), &day, NULL), XH_E_INVALID);
    assert_int_equal(xh_day_parse(XH_STR("15/06/2025"), &day, NULL), XH_E_INVALID);
    assert_int_equal(day, 20254);
}

static void assert_civil(const char *text, struct xh_civil wanted)
{
    struct xh_civil got = {0};
    if (xh_civil_parse(xh_str_from(text), &got, NULL) != 0) {
        fail_msg("not taken: %s", text);
    }
    assert_memory_equal(&got, &wanted, sizeof(got));
}

static void local_times_are_read_in_four_forms(void **state)
{
    (void)state;
    assert_civil("2016-08-01T00:00", (struct xh_civil){2016, 8, 1, 0, 0, 0, 0});
    assert_civil("2011-07-01 00:30:00", (struct xh_civil){2011, 7, 1, 0, 30, 0, 0});
    assert_civil("2016-08-01", (struct xh_civil){2016, 8, 1, 0, 0, 0, 0});
    assert_civil("01/07/2011 00:30", (struct xh_civil){2011, 7, 1, 0, 30, 0, 0});
    assert_civil("1/7/2011", (struct xh_civil){2011, 7, 1, 0, 0, 0, 0});
    assert_civil("2016-08-01T23:59:59.25", (struct xh_civil){2016, 8, 1, 23, 59, 59, 250000});
}

static void what_is_no_local_time_is_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "2016-08-01T",
                                      "2016-08-01T00",
                                      "2016-08-01T00:00Z",
                                      "2016-08-01T24:00",
                                      "2016-08-01T00:00:60",
                                      "2016-08-01T00:00:",
                                      "13/13/2011 00:30",
                                      "07/2011",
                                      "31/06/2011",
                                      "1/7/11"};
    struct xh_civil civil = {0};
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (xh_civil_parse(xh_str_from(bad[i]), &civil, NULL) != XH_E_INVALID) {
            fail_msg("taken: %s", bad[i]);
        }
    }
}

static void assert_duration(const char *text, int months, int days, int64_t us)
{
    struct xh_duration d = {0};
    if (xh_duration_parse(xh_str_from(text), &d, NULL) != 0) {
        fail_msg("not taken: %s", text);
    }
    assert_int_equal(d.months, months);
    assert_int_equal(d.days, days);
    assert_true(d.us == us);
}

static void durations_are_read(void **state)
{
    (void)state;
    assert_duration("P1Y2M3DT4H5M6.5S", 14, 3, INT64_C(14706500000));
    assert_duration("P2W", 0, 14, 0);
    assert_duration("-P1D", 0, -1, 0);
    assert_duration("PT0S", 0, 0, 0);
    assert_duration("PT15M", 0, 0, INT64_C(900000000));
    assert_duration("P1M", 1, 0, 0);
    assert_duration("PT0.0000019S", 0, 0, 1);
    assert_duration("P9999Y", 119988, 0, 0);
}

static void what_is_no_duration_is_refused(void **state)
{
    static const char *const bad[] = {"",     "P",      "PT",    "P1",     "1D",       "P1DT",
                                      "P1S",  "PT1D",   "P1M1Y", "PT1S1M", "P1Y1Y",    "P1.5D",
                                      "PT1.0H", "PT.5S", "P1W1D", "P10000Y", "P1DT1H1D", "+P1D",
                                      "P-1D", "P1234567890D"};
    struct xh_duration d = {0};
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (xh_duration_parse(xh_str_from(bad[i]), &d, NULL) != XH_E_INVALID) {
            fail_msg("taken: %s", bad[i]);
        }
    }
}

static void assert_interval(const char *text, const char *wanted)
{
    char printed[2 * XH_TIME_TEXT_BYTES];
    struct xh_interval iv = {0};
    if (xh_interval_parse(xh_str_from(text), &iv, NULL) != 0) {
        fail_msg("not taken: %s", text);
    }
    assert_int_equal(xh_interval_print(iv, printed), strlen(wanted));
    assert_string_equal(printed, wanted);
}

static void intervals_have_three_forms(void **state)
{
    (void)state;
    assert_interval("2025-06-01T00:00:00Z/2025-07-01T00:00:00Z",
                    "2025-06-01T00:00:00Z/2025-07-01T00:00:00Z");
    assert_interval("2025-06-01T00:00:00Z/PT15M", "2025-06-01T00:00:00Z/2025-06-01T00:15:00Z");
    assert_interval("P1M/2025-03-31T00:00:00Z", "2025-02-28T00:00:00Z/2025-03-31T00:00:00Z");
    assert_interval("2025-06-01T00:00:00Z/2025-06-01T00:00:00Z",
                    "2025-06-01T00:00:00Z/2025-06-01T00:00:00Z");
}

static void months_are_counted_in_the_calendar_of_the_offset(void **state)
{
    (void)state;
    /* In Hanoi it is 1 March already; in Greenwich it is still February. */
    assert_interval("2025-03-01T00:00:00+07:00/P1M", "2025-02-28T17:00:00Z/2025-03-31T17:00:00Z");
    assert_interval("2024-01-31T00:00:00Z/P1M", "2024-01-31T00:00:00Z/2024-02-29T00:00:00Z");
    assert_interval("2024-02-29T00:00:00Z/P1Y", "2024-02-29T00:00:00Z/2025-02-28T00:00:00Z");
    assert_interval("2024-12-31T12:00:00Z/P2M1DT12H", "2024-12-31T12:00:00Z/2025-03-02T00:00:00Z");
}

static void what_is_no_interval_is_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "/",
                                      "P1D/P1D",
                                      "2025-06-01T00:00:00Z",
                                      "2025-06-01T00:00:00Z/",
                                      "2025-06-02T00:00:00Z/2025-06-01T00:00:00Z",
                                      "2025-06-01T00:00:00Z/-P1D",
                                      "9999-12-31T00:00:00Z/P1D",
                                      "P1Y/0001-01-01T00:00:00Z",
                                      "2025-06-01T00:00:00Z/2025-06-02T00:00:00Z/P1D"};
    struct xh_interval iv = {0};
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (xh_interval_parse(xh_str_from(bad[i]), &iv, NULL) != XH_E_INVALID) {
            fail_msg("taken: %s", bad[i]);
        }
    }
}

static void periods_have_names(void **state)
{
    enum xh_period period = XH_PERIOD_HOUR;
    (void)state;
    assert_int_equal(xh_period_parse(XH_STR("month"), &period), 0);
    assert_int_equal(period, XH_PERIOD_MONTH);
    assert_int_equal(xh_period_parse(XH_STR("week"), &period), XH_E_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_of_the_calendar_comes_back),
        cmocka_unit_test(leap_years_follow_the_gregorian_rule),
        cmocka_unit_test(weekdays_are_counted_from_monday),
        cmocka_unit_test(times_are_read_in_all_forms_of_rfc_3339),
        cmocka_unit_test(decimals_after_the_sixth_are_cut),
        cmocka_unit_test(a_leap_second_is_refused),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(the_ends_of_the_range_are_printed_and_beyond_is_open),
        cmocka_unit_test(days_are_read_and_printed),
        cmocka_unit_test(local_times_are_read_in_four_forms),
        cmocka_unit_test(what_is_no_local_time_is_refused),
        cmocka_unit_test(durations_are_read),
        cmocka_unit_test(what_is_no_duration_is_refused),
        cmocka_unit_test(intervals_have_three_forms),
        cmocka_unit_test(months_are_counted_in_the_calendar_of_the_offset),
        cmocka_unit_test(what_is_no_interval_is_refused),
        cmocka_unit_test(periods_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
