/* xlsx_date.c: dates in workbooks are numbers whose format shows a date (ECMA-376 part 1, 18.8.30
 * numFmt, 18.17.4 dates and times). */
#include "base/xlsx_internal.h"

#include "base/time.h"

#include <math.h>
#include <stdio.h>

enum { ELAPSED = 8 };

uint8_t xh__xlsx_format_builtin(int64_t id)
{
    if (id >= 14 && id <= 17) {
        return XH__XLSX_HAS_DATE;
    }
    if ((id >= 18 && id <= 21) || id == 45) {
        return XH__XLSX_HAS_TIME;
    }
    if (id == 22) {
        return XH__XLSX_HAS_DATE | XH__XLSX_HAS_TIME;
    }
    if (id == 47) {
        return XH__XLSX_HAS_TIME | XH__XLSX_HAS_FRACTION;
    }
    return 0; /* 46 is an elapsed time */
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* How many bytes at the start of `code` say nothing about dates: quoted text, one escaped or
 * padding character, a colour, condition or locale in brackets, AM/PM. */
static size_t mute_len(struct xh_str code)
{
    char c = code.ptr[0];
    ptrdiff_t end = -1;
    if (c == '"' || c == '[') {
        end = xh_str_find_char(xh_str_sub(code, 1, code.len), c == '"' ? '"' : ']');
        return end < 0 ? code.len : (size_t)end + 2;
    }
    if (c == '\\' || c == '_' || c == '*') {
        return code.len > 1 ? 2 : 1;
    }
    if (xh_str_equal_nocase(xh_str_sub(code, 0, 5), XH_STR("am/pm"))) {
        return 5;
    }
    if (xh_str_equal_nocase(xh_str_sub(code, 0, 3), XH_STR("a/p"))) {
        return 3;
    }
    return 0;
}

/* "[h]", "[mm]" ...: the brackets hold one of these letters only. */
static bool is_elapsed(struct xh_str bracket)
{
    if (bracket.len < 3) {
        return false;
    }
    char first = lower(bracket.ptr[1]);
    if (first != 'h' && first != 'm' && first != 's') {
        return false;
    }
    for (size_t i = 1; i < bracket.len - 1; i++) {
        if (lower(bracket.ptr[i]) != first) {
            return false;
        }
    }
    return true;
}

uint8_t xh__xlsx_format_code(struct xh_str code)
{
    bool has_month_or_minute = false;
    unsigned flags = 0;
    while (code.len > 0 && code.ptr[0] != ';') { /* the first section is for positive numbers */
        size_t mute = mute_len(code);
        char c = lower(code.ptr[0]);
        if (mute > 0 && c == '[' && is_elapsed(xh_str_sub(code, 0, mute))) {
            flags |= ELAPSED;
        } else if (mute == 0 && (c == 'y' || c == 'd')) {
            flags |= XH__XLSX_HAS_DATE;
        } else if (mute == 0 && (c == 'h' || c == 's')) {
            flags |= XH__XLSX_HAS_TIME;
        } else if (mute == 0 && c == 'm') {
            has_month_or_minute = true;
        }
        if (mute == 0 && c == 's' && xh_str_starts(xh_str_sub(code, 1, 2), XH_STR(".0"))) {
            flags |= XH__XLSX_HAS_FRACTION;
        }
        size_t len = mute > 0 ? mute : 1;
        code = xh_str_sub(code, len, code.len - len);
    }
    if (flags & ELAPSED) {
        return 0;
    }
    if (has_month_or_minute && flags == 0) {
        flags = XH__XLSX_HAS_DATE;
    }
    return (uint8_t)flags;
}

/* Day number of serial day `whole`; false when there is none. The 1900 calendar counts a 29
 * February 1900 that never was, as day 60. */
static bool find_day(int64_t whole, bool is_1904, int32_t *ret_day)
{
    int64_t day;
    if (is_1904) {
        day = xh_day_from_civil(1904, 1, 1) + whole;
    } else if (whole < 1 || whole == 60) {
        return false;
    } else {
        day = xh_day_from_civil(1899, 12, whole > 60 ? 30 : 31) + whole;
    }
    if (day > xh_day_from_civil(9999, 12, 31)) {
        return false;
    }
    *ret_day = (int32_t)day;
    return true;
}

static size_t print_clock(int64_t ms, char *text, size_t size)
{
    int64_t s = ms / 1000;
    int len = snprintf(text, size, "%02d:%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60),
                       (int)(s % 60));
    if (ms % 1000 != 0) {
        len += snprintf(text + len, size - (size_t)len, ".%03d", (int)(ms % 1000));
    }
    return (size_t)len;
}

size_t xh__xlsx_date_print(double serial, uint8_t flags, bool is_1904,
                           char text[XH__XLSX_DATE_TEXT_BYTES])
{
    const int64_t ms_per_day = 86400000;
    if (!(serial >= 0 && serial < 3e6)) {
        return 0;
    }
    int64_t whole = (int64_t)floor(serial);
    int64_t ms = llround((serial - floor(serial)) * (double)ms_per_day);
    if (!(flags & XH__XLSX_HAS_FRACTION)) {
        ms = (ms + 500) / 1000 * 1000;
    }
    if (ms >= ms_per_day) {
        ms -= ms_per_day;
        whole++;
    }
    if (!(flags & XH__XLSX_HAS_DATE) && whole == 0) {
        return print_clock(ms, text, XH__XLSX_DATE_TEXT_BYTES);
    }
    int32_t day;
    if (!find_day(whole, is_1904, &day)) {
        return 0;
    }
    char date[XH_TIME_TEXT_BYTES];
    int len = snprintf(text, XH__XLSX_DATE_TEXT_BYTES, "%.*s", (int)xh_day_print(day, date), date);
    if (ms == 0 && !(flags & XH__XLSX_HAS_TIME)) {
        return (size_t)len;
    }
    text[len++] = 'T';
    return (size_t)len + print_clock(ms, text + len, XH__XLSX_DATE_TEXT_BYTES - (size_t)len);
}
