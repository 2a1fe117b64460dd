/* Time zones: TZif files, their footers, local times both ways, local periods. The golden file
 * tells for each line what is asked and where the answer comes from. */
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

enum { FIELDS_MAX = 8, BYTES_MAX = 4096 };

static int64_t instant(const char *text)
{
    int64_t at_us = 0;
    assert_int_equal(xh_time_parse(xh_str_from(text), &at_us, NULL), 0);
    return at_us;
}

static struct xh_zone *zone_of(struct xh_str name)
{
    struct xh_zone *zone = NULL;
    struct xh_err err = {0};
    int rc = xh_zone_load(xh_env_real(), name, &zone, &err);
    if (rc != 0) {
        fail_msg("%s", err.text);
    }
    return zone;
}

static void assert_same_instant(int64_t got_us, struct xh_str wanted, struct xh_str line)
{
    char text[XH_TIME_TEXT_BYTES];
    xh_time_print(got_us, text);
    if (!xh_str_is(wanted, text)) {
        fail_msg("%s instead of %.*s in: %.*s", text, XH_STR_ARG(wanted), XH_STR_ARG(line));
    }
}

static void check_offset(const struct xh_zone *zone, const struct xh_str *field, struct xh_str line)
{
    int64_t at_us = 0;
    char text[32];
    assert_int_equal(xh_time_parse(field[2], &at_us, NULL), 0);
    snprintf(text, sizeof(text), "%d", xh_zone_offset_s(zone, at_us));
    if (!xh_str_is(field[3], text)) {
        fail_msg("%s in: %.*s", text, XH_STR_ARG(line));
    }
    struct xh_civil civil;
    enum xh_civil_kind kind;
    xh_zone_to_civil(zone, at_us, &civil);
    int64_t first_us = xh_zone_to_us(zone, &civil, false, &kind);
    int64_t second_us = xh_zone_to_us(zone, &civil, true, NULL);
    assert_true(first_us == at_us || second_us == at_us);
    assert_int_not_equal(kind, XH_CIVIL_NEVER);
}

static void check_local(const struct xh_zone *zone, const struct xh_str *field, struct xh_str line)
{
    static const char *const names[] = {"once", "twice", "never"};
    struct xh_civil civil;
    enum xh_civil_kind kind;
    assert_int_equal(xh_civil_parse(field[2], &civil, NULL), 0);
    assert_same_instant(xh_zone_to_us(zone, &civil, false, &kind), field[3], line);
    assert_same_instant(xh_zone_to_us(zone, &civil, true, NULL), field[4], line);
    if (!xh_str_is(field[5], names[kind])) {
        fail_msg("%s in: %.*s", names[kind], XH_STR_ARG(line));
    }
}

static void check_day(const struct xh_zone *zone, const struct xh_str *field, struct xh_str line)
{
    int32_t day = 0;
    assert_int_equal(xh_day_parse(field[2], &day, NULL), 0);
    int64_t from_us = xh_zone_day_start_us(zone, day);
    int64_t to_us = xh_zone_day_start_us(zone, day + 1);
    assert_same_instant(from_us, field[3], line);
    assert_same_instant(to_us, field[4], line);
    if (from_us == to_us) {
        return; /* a day that never was */
    }
    struct xh_interval iv = xh_zone_period(zone, XH_PERIOD_DAY, from_us);
    assert_true(iv.from_us == from_us && iv.to_us == to_us);
    assert_int_equal(xh_zone_day(zone, from_us), day);
    assert_int_equal(xh_zone_day(zone, to_us - 1), day);
    assert_true(xh_zone_day(zone, to_us) > day); /* by more than one when a day was left out */
    assert_true(xh_zone_day_start_us(zone, xh_zone_day(zone, to_us)) == to_us);
}

static void check_line(struct xh_str line)
{
    struct xh_str field[FIELDS_MAX];
    struct xh_str rest = line;
    size_t count = 0;
    while (count < FIELDS_MAX && xh_str_split(&rest, '\t', &field[count])) {
        count++;
    }
    assert_true(count >= 4);
    struct xh_zone *zone = zone_of(field[1]);
    if (xh_str_is(field[0], "offset")) {
        check_offset(zone, field, line);
    } else if (xh_str_is(field[0], "local")) {
        check_local(zone, field, line);
    } else if (xh_str_is(field[0], "day")) {
        check_day(zone, field, line);
    } else {
        fail_msg("unknown: %.*s", XH_STR_ARG(line));
    }
    xh_zone_destroy(zone);
}

static void the_golden_file_is_answered_line_by_line(void **state)
{
    struct xh_buf bytes = {0};
    struct xh_str rest;
    struct xh_str line;
    int count = 0;
    (void)state;
    assert_int_equal(xh_file_read(xh_env_real(), XH_TEST_ROOT "/tests/golden/base/zone.txt",
                                  1 << 20, &bytes, NULL),
                     0);
    rest = xh_buf_str(&bytes);
    while (xh_str_split(&rest, '\n', &line)) {
        if (line.len == 0 || line.ptr[0] == '#') {
            continue;
        }
        check_line(line);
        count++;
    }
    assert_true(count > 200);
    xh_buf_finish(&bytes);
}

/* A TZif file without transitions, of one type and a footer (RFC 8536, section 3). */
static size_t make_tzif(char *out, char version, int leap_count, const char *footer)
{
    const char type[6] = {0, 0, 0x62, 0x70, 0, 0}; /* +07:00 */
    size_t len = 0;

    memset(out, 0, BYTES_MAX);
    for (int copy = 0; copy < 2; copy++) {
        memcpy(out + len, "TZif", 4);
        out[len + 4] = version;
        out[len + 31] = (char)(copy == 1 ? leap_count : 0);
        out[len + 39] = 1; /* types */
        out[len + 43] = 4; /* letters */
        len += 44;
        memcpy(out + len, type, 6);
        memcpy(out + len + 6, "LMT", 4);
        len += 10 + (copy == 1 ? (size_t)leap_count * 12 : 0);
    }
    out[len++] = '\n';
    memcpy(out + len, footer, strlen(footer));
    len += strlen(footer);
    out[len++] = '\n';
    return len;
}

static int parse_footer(const char *footer, struct xh_zone **ret)
{
    char bytes[BYTES_MAX];
    size_t len = make_tzif(bytes, '3', 0, footer);
    return xh_zone_parse(XH_STR("Test/Zone"), (struct xh_str){bytes, len}, ret, NULL);
}

static void assert_offset(const char *footer, const char *at, int wanted_s)
{
    struct xh_zone *zone = NULL;
    assert_int_equal(parse_footer(footer, &zone), 0);
    int got_s = xh_zone_offset_s(zone, instant(at));
    if (got_s != wanted_s) {
        fail_msg("%s at %s: %d instead of %d", footer, at, got_s, wanted_s);
    }
    xh_zone_destroy(zone);
}

static void a_footer_rules_when_there_are_no_transitions(void **state)
{
    (void)state;
    assert_offset("ICT-7", "2100-07-01T00:00:00Z", 25200);
    assert_offset("<+0530>-5:30", "2100-07-01T00:00:00Z", 19800);
    assert_offset("", "2100-07-01T00:00:00Z", 25200);
    assert_offset("NZST-12NZDT,M9.5.0,M4.1.0/3", "2100-07-01T00:00:00Z", 43200);
    assert_offset("NZST-12NZDT,M9.5.0,M4.1.0/3", "2100-01-01T00:00:00Z", 46800);
    assert_offset("IST-1GMT0,M10.5.0,M3.5.0/1", "2100-01-01T00:00:00Z", 0);
    assert_offset("IST-1GMT0,M10.5.0,M3.5.0/1", "2100-07-01T00:00:00Z", 3600);
}

static void days_of_the_year_are_counted_with_and_without_the_leap_day(void **state)
{
    (void)state;
    /* J60 is 1 March always; 59 is 29 February in a leap year, 1 March else. */
    assert_offset("AAA0BBB,J60/0,J300/0", "2024-02-29T23:59:59Z", 0);
    assert_offset("AAA0BBB,J60/0,J300/0", "2024-03-01T00:00:00Z", 3600);
    assert_offset("AAA0BBB,J60/0,J300/0", "2023-03-01T00:00:00Z", 3600);
    assert_offset("AAA0BBB,59/0,J300/0", "2024-02-29T00:00:00Z", 3600);
    assert_offset("AAA0BBB,59/0,J300/0", "2023-02-28T23:59:59Z", 0);
    assert_offset("AAA0BBB,59/0,J300/0", "2023-03-01T00:00:00Z", 3600);
}

static void a_summer_time_all_the_year_never_ends(void **state)
{
    (void)state;
    /* RFC 8536, section 3.3.1, gives this text as an example. */
    assert_offset("XXX3EDT4,0/0,J365/23", "2025-12-31T23:59:59Z", -14400);
    assert_offset("XXX3EDT4,0/0,J365/23", "2026-01-01T03:59:59Z", -14400);
    assert_offset("XXX3EDT4,0/0,J365/23", "2026-01-01T04:00:00Z", -14400);
    assert_offset("XXX3EDT4,0/0,J365/23", "2026-07-01T00:00:00Z", -14400);
}

static void clock_times_of_a_rule_reach_into_other_days(void **state)
{
    (void)state;
    /* America/Godthab until 2023: <-03>3<-02>,M3.5.0/-2,M10.5.0/-1: Saturday, 22:00 local. */
    assert_offset("<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", "2022-03-27T00:59:59Z", -10800);
    assert_offset("<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", "2022-03-27T01:00:00Z", -7200);
    /* 167 hours after 31 December is in the next year. */
    assert_offset("AAA0BBB,J365/167,M7.1.0", "2025-01-06T22:59:59Z", 0);
    assert_offset("AAA0BBB,J365/167,M7.1.0", "2025-01-06T23:00:00Z", 3600);
}

static void a_footer_that_is_no_rule_is_refused(void **state)
{
    static const char *const bad[] = {
        "A0",
        "AAA",
        "AAA25",
        "AAA0 ",
        "<AA>0",
        "<AAA0",
        "AAA0BBB",
        "AAA0BBB,1,2,",
        "AAA0BBB,366,1",
        "AAA0BBB,J0,J1",
        "AAA0BBB,M13.1.0,M4.1.0",
        "AAA0BBB,M3.6.0,M4.1.0",
        "AAA0BBB,M3.1.7,M4.1.0",
        "AAA0BBB,M3.1.0/168,M4.1.0",
    };
    struct xh_zone *zone = NULL;
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (parse_footer(bad[i], &zone) != XH_E_INVALID) {
            fail_msg("taken: %s", bad[i]);
        }
    }
    assert_null(zone);
}

static void a_file_that_is_cut_is_refused_wherever_it_is_cut(void **state)
{
    char bytes[BYTES_MAX];
    size_t len = make_tzif(bytes, '2', 0, "ICT-7");
    struct xh_zone *zone = NULL;
    (void)state;
    for (size_t cut = 0; cut < len; cut++) {
        char *exact = malloc(cut + 1); /* so that a sanitizer sees one byte read too far */
        assert_non_null(exact);
        memcpy(exact, bytes, cut);
        char *moved = realloc(exact, cut > 0 ? cut : 1);
        assert_non_null(moved);
        int rc = xh_zone_parse(XH_STR("x"), (struct xh_str){moved, cut}, &zone, NULL);
        assert_int_equal(rc, XH_E_INVALID);
        free(moved);
    }
    assert_int_equal(xh_zone_parse(XH_STR("x"), (struct xh_str){bytes, len}, &zone, NULL), 0);
    xh_zone_destroy(zone);
}

static void a_file_with_leap_seconds_is_not_supported(void **state)
{
    char bytes[BYTES_MAX];
    size_t len = make_tzif(bytes, '2', 1, "ICT-7");
    struct xh_zone *zone = NULL;
    (void)state;
    assert_int_equal(xh_zone_parse(XH_STR("x"), (struct xh_str){bytes, len}, &zone, NULL),
                     XH_E_UNSUPPORTED);
}

static void a_file_of_version_1_has_no_footer(void **state)
{
    char bytes[BYTES_MAX];
    struct xh_zone *zone = NULL;
    (void)state;
    make_tzif(bytes, '\0', 0, "");
    assert_int_equal(xh_zone_parse(XH_STR("x"), (struct xh_str){bytes, 54}, &zone, NULL), 0);
    assert_int_equal(xh_zone_offset_s(zone, 0), 25200);
    xh_zone_destroy(zone);
    assert_int_equal(xh_zone_parse(XH_STR("x"), (struct xh_str){bytes, 55}, &zone, NULL),
                     XH_E_INVALID);
}

static void a_name_that_could_leave_the_folder_is_refused(void **state)
{
    static const char *const bad[] = {"", "/etc/passwd", "../etc/passwd", "Asia/../x", "Asia/",
                                      "Asia Saigon", "Asia/\xc4\x90"};
    struct xh_zone *zone = NULL;
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(xh_zone_load(xh_env_real(), xh_str_from(bad[i]), &zone, NULL),
                         XH_E_INVALID);
    }
    assert_int_equal(xh_zone_load(xh_env_real(), XH_STR("Asia/Atlantis"), &zone, NULL),
                     XH_E_NOT_FOUND);
}

static void days_months_and_years_follow_each_other_in_every_zone(void **state)
{
    static const char *const names[] = {"Asia/Ho_Chi_Minh", "Australia/Lord_Howe",
                                        "America/St_Johns", "Pacific/Apia", "America/Sao_Paulo"};
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct xh_zone *zone = zone_of(xh_str_from(names[i]));
        for (int p = XH_PERIOD_HOUR; p <= XH_PERIOD_YEAR; p++) {
            int64_t at_us = instant(p == XH_PERIOD_HOUR ? "2006-03-01T00:00:00Z"
                                                        : "1985-01-01T00:00:00Z");
            int64_t end_us = instant(p == XH_PERIOD_HOUR ? "2007-01-01T00:00:00Z"
                                                         : "2045-01-01T00:00:00Z");
            at_us = xh_zone_period(zone, (enum xh_period)p, at_us).from_us;
            while (at_us < end_us) {
                struct xh_interval iv = xh_zone_period(zone, (enum xh_period)p, at_us);
                struct xh_interval last = xh_zone_period(zone, (enum xh_period)p, iv.to_us - 1);
                assert_true(iv.from_us == at_us && iv.to_us > at_us);
                assert_true(last.from_us == at_us && last.to_us == iv.to_us);
                at_us = iv.to_us;
            }
        }
        xh_zone_destroy(zone);
    }
}

static void assert_period(const struct xh_zone *zone, enum xh_period period, const char *at,
                          const char *wanted)
{
    char text[2 * XH_TIME_TEXT_BYTES];
    xh_interval_print(xh_zone_period(zone, period, instant(at)), text);
    assert_string_equal(text, wanted);
}

static void the_hour_that_occurs_twice_is_two_hours(void **state)
{
    struct xh_zone *zone = zone_of(XH_STR("Australia/Sydney"));
    (void)state;
    assert_period(zone, XH_PERIOD_HOUR, "2024-04-06T15:30:00Z",
                  "2024-04-06T15:00:00Z/2024-04-06T16:00:00Z");
    assert_period(zone, XH_PERIOD_HOUR, "2024-04-06T16:30:00Z",
                  "2024-04-06T16:00:00Z/2024-04-06T17:00:00Z");
    assert_period(zone, XH_PERIOD_DAY, "2024-04-06T16:30:00Z",
                  "2024-04-06T13:00:00Z/2024-04-07T14:00:00Z");
    assert_period(zone, XH_PERIOD_MONTH, "2024-04-06T16:30:00Z",
                  "2024-03-31T13:00:00Z/2024-04-30T14:00:00Z");
    xh_zone_destroy(zone);
}

static void half_an_hour_of_change_makes_an_hour_of_ninety_minutes(void **state)
{
    struct xh_zone *zone = zone_of(XH_STR("Australia/Lord_Howe"));
    (void)state;
    /* 2024-04-07, 02:00 +11:00 becomes 01:30 +10:30; 2024-10-06, 02:00 +10:30 becomes 02:30. */
    assert_period(zone, XH_PERIOD_HOUR, "2024-04-06T15:15:00Z",
                  "2024-04-06T14:00:00Z/2024-04-06T15:30:00Z");
    assert_period(zone, XH_PERIOD_HOUR, "2024-10-05T15:45:00Z",
                  "2024-10-05T15:30:00Z/2024-10-05T16:00:00Z");
    xh_zone_destroy(zone);
}

static void a_time_prints_with_the_offset_of_its_zone(void **state)
{
    struct xh_zone *hanoi = zone_of(XH_STR("Asia/Ho_Chi_Minh"));
    struct xh_zone *paris = xh_zone_fixed(XH_STR("LMT"), 561); /* 0:09:21 */
    char text[XH_TIME_TEXT_BYTES];

    (void)state;
    xh_time_print_zoned(instant("2025-06-15T01:00:00.25Z"), hanoi, text);
    assert_string_equal(text, "2025-06-15T08:00:00.25+07:00");
    xh_time_print_zoned(instant("1900-01-01T00:00:00Z"), paris, text);
    assert_string_equal(text, "1900-01-01T00:09:00+00:09");
    xh_time_print_zoned(XH_TIME_MAX, hanoi, text);
    assert_string_equal(text, "9999-12-31T23:59:59.999999Z");
    xh_time_print_zoned(XH_TIME_OPEN_END, hanoi, text);
    assert_string_equal(text, "..");
    assert_true(xh_str_is(xh_zone_name(paris), "LMT"));
    xh_zone_destroy(hanoi);
    xh_zone_destroy(paris);
}

static void open_ends_stay_open(void **state)
{
    struct xh_zone *zone = xh_zone_fixed(XH_STR("x"), 25200);
    (void)state;
    assert_int_equal(xh_zone_day(zone, XH_TIME_OPEN_END), XH_DAY_OPEN_END);
    assert_true(xh_zone_day_start_us(zone, XH_DAY_OPEN_END) == XH_TIME_OPEN_END);
    assert_int_equal(xh_zone_offset_s(zone, INT64_MIN), 25200);
    xh_zone_destroy(zone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_golden_file_is_answered_line_by_line),
        cmocka_unit_test(a_footer_rules_when_there_are_no_transitions),
        cmocka_unit_test(days_of_the_year_are_counted_with_and_without_the_leap_day),
        cmocka_unit_test(a_summer_time_all_the_year_never_ends),
        cmocka_unit_test(clock_times_of_a_rule_reach_into_other_days),
        cmocka_unit_test(a_footer_that_is_no_rule_is_refused),
        cmocka_unit_test(a_file_that_is_cut_is_refused_wherever_it_is_cut),
        cmocka_unit_test(a_file_with_leap_seconds_is_not_supported),
        cmocka_unit_test(a_file_of_version_1_has_no_footer),
        cmocka_unit_test(a_name_that_could_leave_the_folder_is_refused),
        cmocka_unit_test(days_months_and_years_follow_each_other_in_every_zone),
        cmocka_unit_test(the_hour_that_occurs_twice_is_two_hours),
        cmocka_unit_test(half_an_hour_of_change_makes_an_hour_of_ninety_minutes),
        cmocka_unit_test(a_time_prints_with_the_offset_of_its_zone),
        cmocka_unit_test(open_ends_stay_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
