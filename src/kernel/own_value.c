/* own_value.c: what a cell says as month, as day, as number. */
#include <string.h>

#include "base/num.h"
#include "kernel/own_internal.h"
#include "kernel/shape.h"

enum { YEAR_MIN = 1990, YEAR_MAX = 2100, SERIAL_MIN = 32874, SERIAL_MAX = 73415 };
/* 1 January 1970 as Excel counts days from 1900 (ECMA-376 part 1, 18.17.4.1). */
enum { SERIAL_OF_1970 = 25569 };

/* ---- months ---- */

static const char *const month_names[12] = {"jan", "feb", "mar", "apr", "may", "jun",
                                            "jul", "aug", "sep", "oct", "nov", "dec"};
static const char *const month_rest[12] = {"january",   "february", "march",    "april",
                                           "may",       "june",     "july",     "august",
                                           "september", "october",  "november", "december"};

static int month_by_name(struct xh_str word)
{
    for (int i = 0; i < 12; i++) {
        if (xh_str_is(word, month_names[i]) || xh_str_is(word, month_rest[i]) ||
            (i == 8 && xh_str_is(word, "sept"))) {
            return i + 1;
        }
    }
    return 0;
}

static bool is_filler(struct xh_str word)
{
    static const char *const words[] = {"nam", "year", "of", "ky",   "hoa", "don",
                                        "bill", "billing", "period", "cua"};
    for (size_t i = 0; i < XH_COUNT(words); i++) {
        if (xh_str_is(word, words[i])) {
            return true;
        }
    }
    return false;
}

static bool is_month_word(struct xh_str word)
{
    return xh_str_is(word, "thang") || xh_str_is(word, "t") || xh_str_is(word, "month") ||
           xh_str_is(word, "m") || xh_str_is(word, "th");
}

struct numbers {
    int value[4];
    size_t digits[4];
    size_t count;
    int named;         /* the month that a name tells */
    size_t after_word; /* the number behind "tháng"; SIZE_MAX: none */
};

/* False when a word is none of a month's. */
static bool numbers_of(const struct xh__own_words *words, struct numbers *ret)
{
    bool is_next = false;
    *ret = (struct numbers){.after_word = SIZE_MAX};
    for (size_t i = 0; i < words->count; i++) {
        struct xh_str word = words->at[i];
        int64_t value;
        if (xh_char_is_digit(word.ptr[0])) {
            if (ret->count == 4 || word.len > 5 || xh_int_parse(word, &value) < 0) {
                return false;
            }
            if (is_next) {
                ret->after_word = ret->count;
                is_next = false;
            }
            ret->value[ret->count] = (int)value;
            ret->digits[ret->count++] = word.len;
        } else if (month_by_name(word) > 0) {
            ret->named = month_by_name(word);
        } else if (is_month_word(word)) {
            is_next = true;
        } else if (!is_filler(word)) {
            return false;
        }
    }
    return true;
}

static bool is_year(const struct numbers *n, size_t at)
{
    return at < n->count && n->digits[at] == 4 && n->value[at] >= YEAR_MIN &&
           n->value[at] <= YEAR_MAX;
}

static int year_at(const struct numbers *n, size_t at)
{
    if (is_year(n, at)) {
        return n->value[at];
    }
    return at < n->count && n->digits[at] == 2 ? 2000 + n->value[at] : 0;
}

static bool month_is(int year, int month, struct xh__own_month *ret)
{
    *ret = (struct xh__own_month){.year = year, .month = month};
    return month >= 1 && month <= 12;
}

static bool date_is(int year, int month, int day, struct xh__own_month *ret)
{
    if (month < 1 || month > 12 || day < 1 || day > xh_month_days(year, month)) {
        return false;
    }
    *ret = (struct xh__own_month){year, month, true, xh_day_from_civil(year, month, day)};
    return true;
}

static bool month_of_numbers(const struct numbers *n, bool is_bare, struct xh__own_month *ret)
{
    if (n->named > 0) {
        if (n->count == 2 && is_year(n, 1)) {
            return date_is(n->value[1], n->named, n->value[0], ret);
        }
        return n->count <= 1 && month_is(year_at(n, 0), n->named, ret);
    }
    if (n->after_word != SIZE_MAX) {
        size_t at = n->after_word, next = at + 1;
        int year = next < n->count ? year_at(n, next) : at > 0 && is_year(n, 0) ? n->value[0] : 0;
        return n->digits[at] <= 2 && month_is(year, n->value[at], ret);
    }
    if (n->count == 3 && is_year(n, 2)) {
        return date_is(n->value[2], n->value[1], n->value[0], ret);
    }
    if (n->count == 3 && is_year(n, 0)) {
        return date_is(n->value[0], n->value[1], n->value[2], ret);
    }
    if (n->count == 2 && is_year(n, 1) && n->digits[0] <= 2) {
        return month_is(n->value[1], n->value[0], ret);
    }
    if (n->count == 2 && is_year(n, 0) && n->digits[1] <= 2) {
        return month_is(n->value[0], n->value[1], ret);
    }
    return is_bare && n->count == 1 && n->digits[0] <= 2 && month_is(0, n->value[0], ret);
}

static bool serial_is(struct xh_str text, struct xh__own_month *ret)
{
    double value;
    if (xh_num_parse(text, &value, NULL) < 0 || !(value >= SERIAL_MIN && value <= SERIAL_MAX)) {
        return false;
    }
    int32_t day = (int32_t)value - SERIAL_OF_1970;
    *ret = (struct xh__own_month){.is_day = true, .day = day};
    xh_day_to_civil(day, &ret->year, &ret->month, &(int){0});
    return true;
}

bool xh__own_month(const struct xh_xlsx_cell *cell, bool is_bare, struct xh__own_month *ret)
{
    struct xh__own_words words;
    struct numbers numbers;
    struct xh_str text = cell->text;
    if (cell->kind == XH_XLSX_DATE) {
        text = xh_str_sub(text, 0, 10);
    }
    if (cell->kind == XH_XLSX_NUMBER && is_bare && serial_is(text, ret)) {
        return true;
    }
    if (cell->kind == XH_XLSX_EMPTY || cell->kind == XH_XLSX_BOOL || text.len > 40 ||
        xh_str_find_char(text, ',') >= 0) {
        return false;
    }
    xh__own_words(text, &words);
    return words.count > 0 && numbers_of(&words, &numbers) &&
           month_of_numbers(&numbers, is_bare, ret);
}

bool xh__own_day(const struct xh_xlsx_cell *cell, int32_t *ret)
{
    struct xh__own_month month;
    if (!xh__own_month(cell, true, &month) || !month.is_day) {
        return false;
    }
    *ret = month.day;
    return true;
}

int xh__own_year(struct xh_str text)
{
    struct xh__own_words words;
    int found = 0;
    xh__own_words(text, &words);
    for (size_t i = 0; i < words.count; i++) {
        int64_t value;
        if (words.at[i].len == 4 && xh_int_parse(words.at[i], &value) == 0 && value >= YEAR_MIN &&
            value <= YEAR_MAX) {
            if (found != 0 && found != (int)value) {
                return 0;
            }
            found = (int)value;
        }
    }
    return found;
}

/* ---- numbers ---- */

/* The number's own characters, and what stands behind them. */
struct shape {
    char text[64]; /* digits, points, commas; spaces and apostrophes between digits left out */
    size_t len;
    bool is_negative;
    struct xh_str unit;
    size_t points, commas, point_at, comma_at; /* the last of each */
    bool are_groups;   /* every separator but the last stands before three digits */
    size_t tail;       /* digits behind the last separator */
    bool is_zero_led;  /* "0,5" */
};

static size_t space_len(struct xh_str s, size_t at)
{
    if (s.ptr[at] == ' ' || s.ptr[at] == '\'') {
        return 1;
    }
    if (at + 1 < s.len && (unsigned char)s.ptr[at] == 0xc2 &&
        (unsigned char)s.ptr[at + 1] == 0xa0) {
        return 2;
    }
    bool is_thin = at + 2 < s.len && (unsigned char)s.ptr[at] == 0xe2 &&
                   (unsigned char)s.ptr[at + 1] == 0x80 &&
                   ((unsigned char)s.ptr[at + 2] == 0xaf || (unsigned char)s.ptr[at + 2] == 0x89);
    return is_thin ? 3 : 0;
}

static void count_separators(struct shape *s)
{
    size_t last = SIZE_MAX;
    s->are_groups = true;
    for (size_t i = 0; i < s->len; i++) {
        if (xh_char_is_digit(s->text[i])) {
            continue;
        }
        if (last != SIZE_MAX && i - last != 4) {
            s->are_groups = false;
        }
        last = i;
        bool is_point = s->text[i] == '.';
        *(is_point ? &s->points : &s->commas) += 1;
        *(is_point ? &s->point_at : &s->comma_at) = i;
    }
    s->tail = last == SIZE_MAX ? 0 : s->len - last - 1;
    size_t first = s->points && (!s->commas || s->point_at < s->comma_at) ? s->point_at
                                                                          : s->comma_at;
    s->is_zero_led = s->points + s->commas == 1 && first == 1 && s->text[0] == '0';
}

/* False: it does not begin as a number. */
static bool shape_of(struct xh_str text, struct shape *ret)
{
    size_t at = 0;
    *ret = (struct shape){.len = 0};
    bool is_bracketed = text.len > 2 && text.ptr[0] == '(' && text.ptr[text.len - 1] == ')';
    text = is_bracketed ? xh_str_sub(text, 1, text.len - 2) : text;
    if (xh_str_starts(text, XH_STR("\xe2\x88\x92"))) {
        ret->is_negative = true;
        at = 3;
    } else if (text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+')) {
        ret->is_negative = text.ptr[0] == '-';
        at = 1;
    }
    ret->is_negative |= is_bracketed;
    while (at < text.len && ret->len < sizeof ret->text) {
        char c = text.ptr[at];
        size_t space = space_len(text, at);
        bool is_between = space > 0 && ret->len > 0 && at + space < text.len &&
                          xh_char_is_digit(text.ptr[at + space]);
        if (xh_char_is_digit(c) || c == '.' || c == ',') {
            ret->text[ret->len++] = c;
            at++;
        } else if (is_between) {
            at += space;
        } else {
            break;
        }
    }
    while (ret->len > 0 && !xh_char_is_digit(ret->text[ret->len - 1])) {
        ret->len--;
        at--;
    }
    ret->unit = xh_str_trim(xh_str_sub(text, at, text.len));
    if (ret->len == 0 || !xh_char_is_digit(ret->text[0])) {
        return false;
    }
    count_separators(ret);
    return true;
}

/* What one number tells: COMMA or POINT; UNKNOWN when "1.234" could be either; MIXED when it needs
 * no telling. */
static enum xh__own_style style_of(const struct shape *s, bool is_money)
{
    if (s->points + s->commas == 0) {
        return XH__STYLE_MIXED;
    }
    if (s->points > 0 && s->commas > 0) {
        return s->point_at > s->comma_at ? XH__STYLE_POINT : XH__STYLE_COMMA;
    }
    bool is_point = s->points > 0, is_group = s->are_groups && s->tail == 3 && !s->is_zero_led;
    size_t first = is_point ? s->point_at : s->comma_at;
    if (s->points + s->commas > 1 || (is_group && is_money && first <= 3)) {
        return is_point ? XH__STYLE_COMMA : XH__STYLE_POINT;
    }
    if (is_group && first <= 3) {
        return XH__STYLE_UNKNOWN;
    }
    return is_point ? XH__STYLE_POINT : XH__STYLE_COMMA;
}

void xh__own_style_vote(const struct xh_xlsx_cell *cell, bool is_money, size_t votes[3])
{
    struct shape shape;
    if (cell->kind == XH_XLSX_TEXT && shape_of(cell->text, &shape)) {
        enum xh__own_style style = style_of(&shape, is_money);
        if (style != XH__STYLE_MIXED) {
            votes[style]++;
        }
    }
}

/* Digits and one point of a shape in a style; false when its groups are not of three. */
static bool plain_of(const struct shape *s, enum xh__own_style style, char text[72])
{
    char decimal = style == XH__STYLE_COMMA ? ',' : '.';
    size_t decimals = style == XH__STYLE_COMMA ? s->commas : s->points;
    size_t groups = style == XH__STYLE_COMMA ? s->points : s->commas;
    size_t out = 0, since = 0;
    bool has_group = false, has_point = false;
    if (decimals > 1) {
        return false;
    }
    if (s->is_negative) {
        text[out++] = '-';
    }
    for (size_t i = 0; i <= s->len; i++) {
        bool is_end = i == s->len || s->text[i] == decimal;
        if (!is_end && xh_char_is_digit(s->text[i])) {
            text[out++] = s->text[i];
            since++;
            continue;
        }
        if (!has_point && groups > 0 && (has_group ? since != 3 : since > 3)) {
            return false;
        }
        if (has_point && i < s->len) {
            return false;
        }
        has_group |= !is_end;
        if (i < s->len && is_end) {
            has_point = true;
            text[out++] = '.';
        }
        since = 0;
    }
    text[out] = '\0';
    return true;
}

static bool is_nothing(struct xh_str text)
{
    return text.len == 0 || xh_str_is(text, "-") || xh_str_is(text, "–") || xh_str_is(text, "—") ||
           xh_str_equal_nocase(text, XH_STR("n/a"));
}

enum xh__own_number xh__own_number(const struct xh_xlsx_cell *cell, enum xh__own_style style,
                                   bool is_money, struct xh_dec *ret, struct xh_str *ret_unit)
{
    enum { DECIMALS = 6 };
    struct shape shape;
    char text[72];
    double value;
    *ret_unit = xh_str_from(NULL);
    if (is_nothing(cell->text)) {
        return XH__NUMBER_NONE;
    }
    if (cell->kind == XH_XLSX_NUMBER) {
        bool is_good = xh_num_parse(cell->text, &value, NULL) == 0 && value < 1e15 &&
                       value > -1e15 && xh_dec_from_double(value, DECIMALS, ret, NULL) == 0;
        *ret = is_good ? xh_dec_trim(*ret) : *ret;
        return is_good ? XH__NUMBER_GOOD : XH__NUMBER_BAD;
    }
    if (cell->kind != XH_XLSX_TEXT || !shape_of(cell->text, &shape) || shape.unit.len > 12) {
        return XH__NUMBER_BAD;
    }
    enum xh__own_style own = style_of(&shape, is_money);
    if (own == XH__STYLE_UNKNOWN && style != XH__STYLE_COMMA && style != XH__STYLE_POINT) {
        return XH__NUMBER_UNSURE;
    }
    enum xh__own_style as = own == XH__STYLE_UNKNOWN || own == XH__STYLE_MIXED ? style : own;
    as = as == XH__STYLE_COMMA ? XH__STYLE_COMMA : XH__STYLE_POINT;
    struct xh_dec number;
    if (!plain_of(&shape, as, text) || xh_dec_parse(xh_str_from(text), &number, NULL) < 0 ||
        xh_dec_round(number, DECIMALS, XH_ROUND_HALF_UP, &number) < 0 || shape.len > 20) {
        return XH__NUMBER_BAD;
    }
    *ret = xh_dec_trim(number);
    *ret_unit = shape.unit;
    return XH__NUMBER_GOOD;
}
