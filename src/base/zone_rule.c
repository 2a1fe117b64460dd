/* zone_rule.c: the rule in a TZif footer: a POSIX TZ text (POSIX.1-2017, section 8.3), with the
 * wider clock times of RFC 8536, section 3.3.1. A summer time without its two dates is refused: its
 * meaning is left to the implementation.
 */
#include "base/zone_internal.h"

struct cursor {
    const char *at, *end;
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool take_char(struct cursor *c, char wanted)
{
    if (c->at == c->end || *c->at != wanted) {
        return false;
    }
    c->at++;
    return true;
}

static bool take_number(struct cursor *c, int min, int max, int *ret)
{
    int value = 0;
    if (c->at == c->end || !xh_char_is_digit(*c->at)) {
        return false;
    }
    for (; c->at < c->end && xh_char_is_digit(*c->at) && value <= max; c->at++) {
        value = value * 10 + (*c->at - '0');
    }
    *ret = value;
    return value >= min && value <= max;
}

/* "AEST" or "<+07>". */
static bool take_name(struct cursor *c)
{
    const char *start = c->at;
    if (take_char(c, '<')) {
        while (c->at < c->end &&
               (is_letter(*c->at) || xh_char_is_digit(*c->at) || *c->at == '+' || *c->at == '-')) {
            c->at++;
        }
        return c->at - start >= 4 && take_char(c, '>');
    }
    while (c->at < c->end && is_letter(*c->at)) {
        c->at++;
    }
    return c->at - start >= 3;
}

/* [+-]hh[:mm[:ss]] */
static bool take_clock(struct cursor *c, int hours_max, int *ret_s)
{
    int sign = 1;
    int hours = 0;
    int minutes = 0;
    int seconds = 0;
    if (take_char(c, '-')) {
        sign = -1;
    } else {
        take_char(c, '+');
    }
    if (!take_number(c, 0, hours_max, &hours)) {
        return false;
    }
    if (take_char(c, ':')) {
        if (!take_number(c, 0, 59, &minutes)) {
            return false;
        }
        if (take_char(c, ':') && !take_number(c, 0, 59, &seconds)) {
            return false;
        }
    }
    *ret_s = sign * ((hours * 60 + minutes) * 60 + seconds);
    return true;
}

static bool take_date(struct cursor *c, struct xh__zone_date *ret)
{
    bool is_good;
    if (take_char(c, 'M')) {
        ret->kind = XH__ZONE_DATE_WEEKDAY;
        is_good = take_number(c, 1, 12, &ret->month) && take_char(c, '.') &&
                  take_number(c, 1, 5, &ret->week) && take_char(c, '.') &&
                  take_number(c, 0, 6, &ret->day);
    } else if (take_char(c, 'J')) {
        ret->kind = XH__ZONE_DATE_NO_LEAP;
        is_good = take_number(c, 1, 365, &ret->day);
    } else {
        ret->kind = XH__ZONE_DATE_LEAP;
        is_good = take_number(c, 0, 365, &ret->day);
    }
    ret->clock_s = 2 * 3600;
    if (is_good && take_char(c, '/')) {
        is_good = take_clock(c, 167, &ret->clock_s);
    }
    return is_good;
}

bool xh__zone_rule_parse(struct xh_str text, struct xh__zone_rule *ret)
{
    struct cursor c = {text.ptr, text.len > 0 ? text.ptr + text.len : text.ptr};
    struct xh__zone_rule rule = {0};
    int west_s = 0;
    if (!take_name(&c) || !take_clock(&c, 24, &west_s)) {
        return false;
    }
    rule.standard_s = -west_s;
    if (c.at < c.end) {
        rule.has_summer = true;
        if (!take_name(&c)) {
            return false;
        }
        rule.summer_s = rule.standard_s + 3600;
        if (c.at < c.end && *c.at != ',') {
            if (!take_clock(&c, 24, &west_s)) {
                return false;
            }
            rule.summer_s = -west_s;
        }
        if (!take_char(&c, ',') || !take_date(&c, &rule.summer_start) || !take_char(&c, ',') ||
            !take_date(&c, &rule.summer_end)) {
            return false;
        }
    }
    if (c.at != c.end) {
        return false;
    }
    *ret = rule;
    return true;
}

static int32_t date_day(const struct xh__zone_date *date, int year)
{
    int32_t january_1 = xh_day_from_civil(year, 1, 1);
    bool is_leap = xh_month_days(year, 2) == 29;
    if (date->kind == XH__ZONE_DATE_LEAP) {
        return january_1 + date->day;
    }
    if (date->kind == XH__ZONE_DATE_NO_LEAP) {
        return january_1 + date->day - 1 + (is_leap && date->day >= 60 ? 1 : 0);
    }

    int32_t first = xh_day_from_civil(year, date->month, 1);
    int32_t last = first + xh_month_days(year, date->month) - 1;
    int32_t day = first + (date->day - xh_day_weekday(first) % 7 + 7) % 7 + 7 * (date->week - 1);
    return day > last ? day - 7 : day;
}

/* The instant of a date's clock time, which is told in the offset that ends there. */
static int64_t date_s(const struct xh__zone_date *date, int year, int offset_s)
{
    return date_day(date, year) * INT64_C(86400) + date->clock_s - offset_s;
}

struct xh__zone_segment xh__zone_rule_segment(const struct xh__zone_rule *rule, int64_t at_s)
{
    struct xh__zone_segment segment = {INT64_MIN, INT64_MAX, rule->standard_s};
    int year = 0;
    int month = 0;
    int day = 0;
    if (!rule->has_summer) {
        return segment;
    }
    xh_day_to_civil((int32_t)xh__floor_div(at_s, 86400), &year, &month, &day);
    /* Where summer time ends in the instant in which the next one starts, as it does where it holds
     * all the year, the start must win: it comes later in this order. Clock times reach a week into
     * the next year, so two years on each side are looked at. */
    for (int y = year - 2; y <= year + 2; y++) {
        const int64_t change_s[2] = {date_s(&rule->summer_start, y, rule->standard_s),
                                     date_s(&rule->summer_end, y, rule->summer_s)};
        for (int i = 0; i < 2; i++) {
            if (change_s[i] > at_s && change_s[i] < segment.to_s) {
                segment.to_s = change_s[i];
            }
            if (change_s[i] <= at_s && change_s[i] >= segment.from_s) {
                segment.from_s = change_s[i];
                segment.offset_s = i == 0 ? rule->summer_s : rule->standard_s;
            }
        }
    }
    return segment;
}
