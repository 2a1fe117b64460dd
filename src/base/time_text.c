/* time_text.c: times as text: RFC 3339, ISO 8601 durations and intervals, local clock times. */
#include <string.h>

#include "base/time_internal.h"

enum {
    MONTHS_MAX = 9999 * 12,
    DAYS_MAX = 3652059, /* 0001-01-01 to 9999-12-31 */
    SHOWN_BYTES = 60    /* of a text that is refused */
};

/* Walks over a text; every take_ function leaves it where it was when it says false. */
struct cursor {
    const char *at, *end;
};

static struct cursor cursor_of(struct xh_str text)
{
    const char *start = text.len > 0 ? text.ptr : "";
    return (struct cursor){start, start + text.len};
}

static int refuse(struct xh_err *err, struct xh_str text, const char *what, const char *example)
{
    int shown = text.len > SHOWN_BYTES ? SHOWN_BYTES : (int)text.len;
    return xh_err_set(err, XH_E_INVALID, "\"%.*s\" is not a %s such as %s", shown,
                      text.len > 0 ? text.ptr : "", what, example);
}

static bool take_char(struct cursor *c, char wanted)
{
    if (c->at == c->end || *c->at != wanted) {
        return false;
    }
    c->at++;
    return true;
}

static bool take_either(struct cursor *c, char one, char other)
{
    return take_char(c, one) || take_char(c, other);
}

/* Between min_count and max_count digits, at most nine, as a number. */
static bool take_number(struct cursor *c, int min_count, int max_count, int *ret)
{
    const char *p = c->at;
    int value = 0;
    int count = 0;
    for (; p < c->end && count < max_count && xh_char_is_digit(*p); p++, count++) {
        value = value * 10 + (*p - '0');
    }
    if (count < min_count) {
        return false;
    }
    c->at = p;
    *ret = value;
    return true;
}

/* ".5" -> 500000; digits after the sixth are cut. */
static bool take_fraction(struct cursor *c, int *ret_micros)
{
    int micros = 0;
    int count = 0;
    if (c->at == c->end || *c->at != '.') {
        return true;
    }
    c->at++;
    for (; c->at < c->end && xh_char_is_digit(*c->at); c->at++, count++) {
        if (count < 6) {
            micros = micros * 10 + (*c->at - '0');
        }
    }
    for (int i = count; i < 6; i++) {
        micros *= 10;
    }
    *ret_micros = micros;
    return count > 0;
}

static bool take_date(struct cursor *c, struct xh_civil *ret)
{
    return take_number(c, 4, 4, &ret->year) && take_char(c, '-') &&
           take_number(c, 2, 2, &ret->month) && take_char(c, '-') &&
           take_number(c, 2, 2, &ret->day);
}

static bool take_day_first(struct cursor *c, struct xh_civil *ret)
{
    return take_number(c, 1, 2, &ret->day) && take_char(c, '/') &&
           take_number(c, 1, 2, &ret->month) && take_char(c, '/') &&
           take_number(c, 4, 4, &ret->year);
}

static bool take_clock(struct cursor *c, bool needs_seconds, struct xh_civil *ret)
{
    if (!take_number(c, 2, 2, &ret->hour) || !take_char(c, ':') ||
        !take_number(c, 2, 2, &ret->minute)) {
        return false;
    }
    if (!needs_seconds && (c->at == c->end || *c->at != ':')) {
        return true;
    }
    return take_char(c, ':') && take_number(c, 2, 2, &ret->second) &&
           take_fraction(c, &ret->micros);
}

static bool take_offset(struct cursor *c, int *ret_offset_s)
{
    int hours = 0;
    int minutes = 0;
    int sign = 1;
    *ret_offset_s = 0;
    if (take_either(c, 'Z', 'z')) {
        return true;
    }
    if (take_char(c, '-')) {
        sign = -1;
    } else if (!take_char(c, '+')) {
        return false;
    }
    if (!take_number(c, 2, 2, &hours) || !take_char(c, ':') || !take_number(c, 2, 2, &minutes) ||
        hours > 23 || minutes > 59) {
        return false;
    }
    *ret_offset_s = sign * (hours * 60 + minutes) * 60;
    return true;
}

/* RFC 3339, section 5.6. */
static bool parse_instant(struct xh_str text, int64_t *ret_us, int *ret_offset_s)
{
    struct cursor c = cursor_of(text);
    struct xh_civil civil = {0};
    int offset_s = 0;
    if (!take_date(&c, &civil) || !(take_either(&c, 'T', 't') || take_char(&c, ' ')) ||
        !take_clock(&c, true, &civil) || !take_offset(&c, &offset_s) || c.at != c.end ||
        !xh_civil_is_valid(&civil)) {
        return false;
    }
    int64_t us = xh__civil_to_us(&civil) - offset_s * XH_US_PER_S;
    if (us < XH_TIME_MIN || us > XH_TIME_MAX) {
        return false;
    }
    *ret_us = us;
    *ret_offset_s = offset_s;
    return true;
}

int xh_time_parse(struct xh_str text, int64_t *ret_us, struct xh_err *err)
{
    int offset_s = 0;
    if (!parse_instant(text, ret_us, &offset_s)) {
        return refuse(err, text, "time", "2025-06-15T08:00:00+07:00");
    }
    return 0;
}

int xh_day_parse(struct xh_str text, int32_t *ret_day, struct xh_err *err)
{
    struct cursor c = cursor_of(text);
    struct xh_civil civil = {0};
    if (!take_date(&c, &civil) || c.at != c.end || !xh_civil_is_valid(&civil)) {
        return refuse(err, text, "date", "2025-06-15");
    }
    *ret_day = xh_day_from_civil(civil.year, civil.month, civil.day);
    return 0;
}

int xh_civil_parse(struct xh_str text, struct xh_civil *ret, struct xh_err *err)
{
    struct cursor c = cursor_of(text);
    struct xh_civil civil = {0};
    bool is_good = take_date(&c, &civil);
    if (!is_good) {
        c = cursor_of(text);
        is_good = take_day_first(&c, &civil);
    }
    if (is_good && c.at != c.end) {
        is_good = (take_either(&c, 'T', 't') || take_char(&c, ' ')) &&
                  take_clock(&c, false, &civil);
    }
    if (!is_good || c.at != c.end || !xh_civil_is_valid(&civil)) {
        return refuse(err, text, "local time", "2025-06-15T08:00 or 15/06/2025 08:00");
    }
    *ret = civil;
    return 0;
}

static char *put_number(char *out, int value, int digits)
{
    for (int i = digits; i-- > 0; value /= 10) {
        out[i] = (char)('0' + value % 10);
    }
    return out + digits;
}

static char *put_date(char *out, const struct xh_civil *c)
{
    out = put_number(out, c->year, 4);
    *out++ = '-';
    out = put_number(out, c->month, 2);
    *out++ = '-';
    return put_number(out, c->day, 2);
}

static char *put_clock(char *out, const struct xh_civil *c)
{
    out = put_number(out, c->hour, 2);
    *out++ = ':';
    out = put_number(out, c->minute, 2);
    *out++ = ':';
    out = put_number(out, c->second, 2);
    if (c->micros > 0) {
        *out++ = '.';
        out = put_number(out, c->micros, 6);
        while (out[-1] == '0') {
            out--;
        }
    }
    return out;
}

static size_t finish(char *text, char *end)
{
    *end = '\0';
    return (size_t)(end - text);
}

static size_t put_open_end(char *text)
{
    memcpy(text, "..", 3);
    return 2;
}

size_t xh_day_print(int32_t day, char text[XH_TIME_TEXT_BYTES])
{
    struct xh_civil c = {0};
    if (day < XH_TIME_MIN / XH_US_PER_DAY || day > XH_TIME_MAX / XH_US_PER_DAY) {
        return put_open_end(text);
    }
    xh_day_to_civil(day, &c.year, &c.month, &c.day);
    return finish(text, put_date(text, &c));
}

/* offset_s: whole minutes, less than a day. */
static size_t print_at_offset(int64_t at_us, int offset_s, char *text)
{
    struct xh_civil c;
    int minutes = (offset_s < 0 ? -offset_s : offset_s) / 60;
    xh__civil_from_us(at_us + offset_s * XH_US_PER_S, &c);
    char *out = put_date(text, &c);
    *out++ = 'T';
    out = put_clock(out, &c);
    if (offset_s == 0) {
        *out++ = 'Z';
        return finish(text, out);
    }
    *out++ = offset_s < 0 ? '-' : '+';
    out = put_number(out, minutes / 60, 2);
    *out++ = ':';
    return finish(text, put_number(out, minutes % 60, 2));
}

size_t xh_time_print(int64_t at_us, char text[XH_TIME_TEXT_BYTES])
{
    if (at_us < XH_TIME_MIN || at_us > XH_TIME_MAX) {
        return put_open_end(text);
    }
    return print_at_offset(at_us, 0, text);
}

size_t xh_time_print_zoned(int64_t at_us, const struct xh_zone *zone, char text[XH_TIME_TEXT_BYTES])
{
    if (at_us < XH_TIME_MIN || at_us > XH_TIME_MAX) {
        return put_open_end(text);
    }

    /* RFC 3339 has no seconds in offsets: the local mean times of the 19th century are printed with
     * whole minutes and a clock time that goes with them, so that the instant stays the same. */
    int offset_s = xh_zone_offset_s(zone, at_us) / 60 * 60;
    int64_t local_us = at_us + offset_s * XH_US_PER_S;
    if (offset_s <= -86400 || offset_s >= 86400 || local_us < XH_TIME_MIN ||
        local_us > XH_TIME_MAX) {
        offset_s = 0;
    }
    return print_at_offset(at_us, offset_s, text);
}

/* One of the parts "3D", "0.5S"; *step is how far in `order` the text has come. */
static bool take_part(struct cursor *c, const char *order, size_t *step, char *ret_unit,
                      int *ret_count, int *ret_micros)
{
    const char *found;
    *ret_micros = 0;
    if (!take_number(c, 1, 9, ret_count)) {
        return false;
    }
    bool has_fraction = c->at < c->end && *c->at == '.';
    if (!take_fraction(c, ret_micros) || c->at == c->end) {
        return false;
    }
    *ret_unit = *c->at++;
    found = *ret_unit == '\0' ? NULL : strchr(order + *step, *ret_unit);
    if (found == NULL || (has_fraction && *ret_unit != 'S')) {
        return false;
    }
    *step = (size_t)(found - order) + 1;
    return true;
}

static bool take_dates(struct cursor *c, int64_t *months, int64_t *days)
{
    size_t step = 0;
    int count = 0;
    int micros = 0;
    char unit = '\0';
    while (c->at < c->end && *c->at != 'T') {
        if (!take_part(c, "YMD", &step, &unit, &count, &micros)) {
            return false;
        }
        if (unit == 'Y') {
            *months += (int64_t)count * 12;
        } else if (unit == 'M') {
            *months += count;
        } else {
            *days = count;
        }
    }
    return true;
}

static bool take_times(struct cursor *c, int64_t *us)
{
    size_t step = 0;
    int count = 0;
    int micros = 0;
    char unit = '\0';
    if (!take_char(c, 'T')) {
        return true;
    }
    do {
        if (!take_part(c, "HMS", &step, &unit, &count, &micros)) {
            return false;
        }
        int64_t seconds = unit == 'H' ? 3600 : unit == 'M' ? 60 : 1;
        *us += count * seconds * XH_US_PER_S + micros;
    } while (c->at < c->end);
    return true;
}

static bool take_weeks(struct cursor *c, int64_t *days)
{
    int weeks = 0;
    if (!take_number(c, 1, 9, &weeks) || !take_char(c, 'W')) {
        return false;
    }
    *days = (int64_t)weeks * 7;
    return true;
}

/* ISO 8601-1, section 5.5.2.4 (alternative of weeks: 5.5.2.3). */
static bool parse_duration(struct xh_str text, struct xh_duration *ret)
{
    struct cursor c = cursor_of(text);
    int sign = take_char(&c, '-') ? -1 : 1;
    int64_t months = 0;
    int64_t days = 0;
    int64_t us = 0;
    if (!take_char(&c, 'P') || c.at == c.end) {
        return false;
    }
    if (c.end[-1] == 'W') {
        if (!take_weeks(&c, &days)) {
            return false;
        }
    } else if (!take_dates(&c, &months, &days) || !take_times(&c, &us)) {
        return false;
    }
    if (c.at != c.end || months > MONTHS_MAX || days > DAYS_MAX || us > DAYS_MAX * XH_US_PER_DAY) {
        return false;
    }
    *ret = (struct xh_duration){sign * (int32_t)months, sign * (int32_t)days, sign * us};
    return true;
}

int xh_duration_parse(struct xh_str text, struct xh_duration *ret, struct xh_err *err)
{
    if (!parse_duration(text, ret)) {
        return refuse(err, text, "duration", "P1M, P1DT12H or PT0.5S");
    }
    return 0;
}

/* Months first, the day cut to the month's last, then days, then the time. The calendar is that of
 * the offset the instant was written with. */
static bool add_duration(int64_t at_us, int offset_s, struct xh_duration d, int sign,
                         int64_t *ret_us)
{
    struct xh_civil c;
    xh__civil_from_us(at_us + offset_s * XH_US_PER_S, &c);
    int64_t month = (int64_t)c.year * 12 + c.month - 1 + sign * (int64_t)d.months;
    if (month < 12 || month >= INT64_C(10000) * 12) {
        return false;
    }
    c.year = (int)(month / 12);
    c.month = (int)(month % 12) + 1;
    int last = xh_month_days(c.year, c.month);
    c.day = c.day > last ? last : c.day;
    int64_t us = xh__civil_to_us(&c) + sign * (d.days * XH_US_PER_DAY + d.us) -
                 offset_s * XH_US_PER_S;
    if (us < XH_TIME_MIN || us > XH_TIME_MAX) {
        return false;
    }
    *ret_us = us;
    return true;
}

static bool parse_interval(struct xh_str text, struct xh_interval *ret)
{
    ptrdiff_t slash = xh_str_find_char(text, '/');
    struct xh_duration d;
    int offset_s = 0;

    if (slash < 0) {
        return false;
    }
    struct xh_str first = xh_str_sub(text, 0, (size_t)slash);
    struct xh_str second = xh_str_sub(text, (size_t)slash + 1, text.len);
    if (parse_duration(first, &d)) {
        return parse_instant(second, &ret->to_us, &offset_s) &&
               add_duration(ret->to_us, offset_s, d, -1, &ret->from_us);
    }
    if (!parse_instant(first, &ret->from_us, &offset_s)) {
        return false;
    }
    if (parse_duration(second, &d)) {
        return add_duration(ret->from_us, offset_s, d, 1, &ret->to_us);
    }
    return parse_instant(second, &ret->to_us, &offset_s);
}

int xh_interval_parse(struct xh_str text, struct xh_interval *ret, struct xh_err *err)
{
    struct xh_interval iv;
    if (!parse_interval(text, &iv)) {
        return refuse(err, text, "time interval", "2025-06-01T00:00:00Z/2025-07-01T00:00:00Z");
    }
    if (iv.from_us > iv.to_us) {
        return xh_err_set(err, XH_E_INVALID, "time interval \"%.*s\" ends before it starts",
                          text.len > SHOWN_BYTES * 2 ? SHOWN_BYTES * 2 : (int)text.len, text.ptr);
    }
    *ret = iv;
    return 0;
}

size_t xh_interval_print(struct xh_interval iv, char text[2 * XH_TIME_TEXT_BYTES])
{
    size_t len = xh_time_print(iv.from_us, text);
    text[len++] = '/';
    return len + xh_time_print(iv.to_us, text + len);
}
