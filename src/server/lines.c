/* lines.c: line protocol to slices and numbers; see lines.h. Eight bytes at a time where it pays:
 * heads are long, timestamps have 19 digits. */
#include "server/lines.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/time.h"

enum { FAST_DIGITS_MAX = 15, TIME_DIGITS_MAX = 19, SHOWN_BYTES = 60 };

#define ONES UINT64_C(0x0101010101010101)
#define HIGH UINT64_C(0x8080808080808080)

struct xh_str xh__line_shown(struct xh_str text)
{
    size_t len = text.len < SHOWN_BYTES ? text.len : SHOWN_BYTES;
    while (len > 0 && len < text.len && ((unsigned char)text.ptr[len] & 0xc0) == 0x80) {
        len--; /* not in the middle of a character */
    }
    text = xh_str_sub(text, 0, len);
    return xh_utf8_is_valid(text) ? text : XH_STR("");
}

int xh__lines_precision(struct xh_str text, struct xh__line_precision *ret, struct xh_err *err)
{
    static const struct {
        const char *name;
        struct xh__line_precision precision;
    } names[] = {
        {"", {1, 1000}},          {"ns", {1, 1000}},
        {"n", {1, 1000}},         {"us", {1, 1}},
        {"u", {1, 1}},            {"ms", {1000, 1}},
        {"s", {XH_US_PER_S, 1}},  {"m", {60 * XH_US_PER_S, 1}},
        {"h", {XH_US_PER_HOUR, 1}},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (xh_str_is(text, names[i].name)) {
            *ret = names[i].precision;
            return XH_E_OK;
        }
    }
    return xh_err_field(err, XH_E_INVALID, "precision", text, "ns, us, ms, s, m, h", NULL,
                        "there is no precision \"%.*s\"", XH_STR_ARG(xh__line_shown(text)));
}

void xh__lines_begin(struct xh__lines *lines, struct xh_str body,
                     struct xh__line_precision precision)
{
    static const char nothing[1] = "";
    const char *at = body.len > 0 ? body.ptr : nothing;
    *lines = (struct xh__lines){at, at + body.len, 1, precision};
}

/* ---- eight bytes at a time ---- */

static uint64_t load8(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

/* Not 0 when one of the bytes of the word is c. */
static uint64_t has_byte(uint64_t word, uint64_t c)
{
    uint64_t x = word ^ (ONES * c);
    return (x - ONES) & ~x & HIGH;
}

/* The first space or line's end at or after p; end when there is none. */
static const char *find_space(const char *p, const char *end)
{
    while (end - p >= 8) {
        uint64_t word = load8(p);
        if ((has_byte(word, ' ') | has_byte(word, '\n')) != 0) {
            break;
        }
        p += 8;
    }
    while (p < end && *p != ' ' && *p != '\n') {
        p++;
    }
    return p;
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
/* Are these eight digits? Then their number: pairs, then fours, then all, by multiplication. */
static bool take8(const char *p, uint64_t *ret)
{
    uint64_t word = load8(p) - ONES * '0';
    if (((word | (word + ONES * 0x76)) & HIGH) != 0) {
        return false;
    }
    word = word * 10 + (word >> 8);
    word = ((word & UINT64_C(0x000000ff000000ff)) * UINT64_C(0x000f424000000064) +
            ((word >> 16) & UINT64_C(0x000000ff000000ff)) * UINT64_C(0x0000271000000001)) >>
           32;
    *ret = word;
    return true;
}
#else
static bool take8(const char *p, uint64_t *ret)
{
    (void)p;
    (void)ret;
    return false;
}
#endif

/* ---- what is wrong ---- */

struct line_reader {
    struct xh__lines *lines;
    struct xh__line *line;
    struct xh_err *err;
    const char *start; /* of the line */
};

/* Where the line ends, for a fault in it: texts that run over lines are not looked for. */
static struct xh_str rest_of_line(const struct xh__lines *lines, const char *p)
{
    const char *stop = p < lines->end ? memchr(p, '\n', (size_t)(lines->end - p)) : NULL;
    stop = stop != NULL ? stop : lines->end;
    if (stop > p && stop[-1] == '\r') {
        stop--;
    }
    return (struct xh_str){p, (size_t)(stop - p)};
}

__attribute__((format(printf, 5, 6), cold)) static int
wrong(struct line_reader *r, const char *field, struct xh_str value, const char *limit,
      const char *format, ...)
{
    char why[200];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(why, sizeof why, format, args);
    va_end(args);
    return xh_err_field(r->err, XH_E_INVALID, field, xh__line_shown(value), limit, NULL,
                        "line %llu: %s", (unsigned long long)r->line->number, why);
}

/* ---- values ---- */

static bool is_value_end(const char *p, const char *end)
{
    return p == end || *p == ',' || *p == ' ' || *p == '\n' || *p == '\r';
}

static const char *find_value_end(const char *p, const char *end)
{
    while (!is_value_end(p, end)) {
        p++;
    }
    return p;
}

static int wrong_value(struct line_reader *r, const struct xh__line_field *field, const char *why)
{
    return wrong(r, "value", field->text, "a number, 7i, 7u, true, false or \"text\"",
                 "the value %.*s of field \"%.*s\" %s", XH_STR_ARG(xh__line_shown(field->text)),
                 XH_STR_ARG(xh__line_shown(field->name)), why);
}

/* 123i, 123u: whole and in range. The text without its letter is left in `digits`. */
static bool is_whole(struct xh_str digits, bool is_signed)
{
    int64_t value = 0;
    if (is_signed) {
        return xh_int_parse(digits, &value) >= 0;
    }
    struct xh_str max = XH_STR("18446744073709551615");
    for (size_t i = 0; i < digits.len; i++) {
        if (!xh_char_is_digit(digits.ptr[i])) {
            return false;
        }
    }
    while (digits.len > 1 && digits.ptr[0] == '0') {
        digits = xh_str_sub(digits, 1, digits.len);
    }
    return digits.len > 0 && (digits.len < max.len ||
                              (digits.len == max.len && memcmp(digits.ptr, max.ptr, max.len) <= 0));
}

/* Any number, the long way. */
static int take_number_slowly(struct line_reader *r, struct xh__line_field *field, const char **at)
{
    const char *p = *at;
    const char *stop = find_value_end(p, r->lines->end);
    int decimals = 0;
    field->text = (struct xh_str){p, (size_t)(stop - p)};
    struct xh_str digits = field->text;
    char last = stop > p ? stop[-1] : '\0';
    if (last == 'i' || last == 'u') {
        digits.len--;
        if (!is_whole(digits, last == 'i')) {
            return wrong_value(r, field, last == 'i' ? "is no whole number of 64 bits"
                                                     : "is no whole number from 0 of 64 bits");
        }
    }
    if (xh_num_parse(digits, &field->value, &decimals) < 0) {
        return wrong_value(r, field, "is neither a number, a truth nor a text in quotes");
    }
    field->kind = XH__LINE_NUMBER;
    field->decimals = (int8_t)decimals;
    *at = stop;
    return XH_E_OK;
}

size_t xh__number_quick(const char *p, const char *end, double *ret_value, int8_t *ret_decimals)
{
    static const double pow10[FAST_DIGITS_MAX + 1] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                      1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    const char *start = p;
    bool is_negative = p < end && *p == '-';
    p += p < end && (*p == '-' || *p == '+');
    const char *first = p;
    uint64_t mantissa = 0;
    size_t decimals = 0;
    for (; p < end && xh_char_is_digit(*p); p++) {
        mantissa = mantissa * 10 + (uint64_t)(*p - '0');
    }
    size_t digits = (size_t)(p - first);
    if (p < end && *p == '.') {
        const char *point = p++;
        for (; p < end && xh_char_is_digit(*p); p++) {
            mantissa = mantissa * 10 + (uint64_t)(*p - '0');
        }
        decimals = (size_t)(p - point) - 1;
    }
    if (digits + decimals == 0 || digits + decimals > FAST_DIGITS_MAX) {
        return 0;
    }
    double value = (double)(int64_t)mantissa / pow10[decimals];
    *ret_value = is_negative ? -value : value;
    *ret_decimals = (int8_t)decimals;
    return (size_t)(p - start);
}

static int take_number(struct line_reader *r, struct xh__line_field *field, const char **at)
{
    const char *end = r->lines->end;
    size_t len = xh__number_quick(*at, end, &field->value, &field->decimals);
    const char *p = *at + len;
    p += len > 0 && p < end && *p == 'i' && memchr(*at, '.', len) == NULL;
    if (len == 0 || !is_value_end(p, end)) {
        return take_number_slowly(r, field, at);
    }
    field->text = (struct xh_str){*at, (size_t)(p - *at)};
    field->kind = XH__LINE_NUMBER;
    *at = p;
    return XH_E_OK;
}

static int take_truth(struct line_reader *r, struct xh__line_field *field, const char **at)
{
    static const char *const names[] = {"t",    "true", "T", "True",  "TRUE",
                                        "f", "false", "F",    "False", "FALSE"};
    const char *stop = find_value_end(*at, r->lines->end);
    field->text = (struct xh_str){*at, (size_t)(stop - *at)};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (xh_str_is(field->text, names[i])) {
            field->kind = XH__LINE_TRUTH;
            field->value = i < 5 ? 1 : 0;
            field->decimals = 0;
            *at = stop;
            return XH_E_OK;
        }
    }
    return wrong_value(r, field, "is neither a number, a truth nor a text in quotes");
}

/* "text": up to a quote that no backslash escapes. It may hold ends of lines. */
static int take_text(struct line_reader *r, struct xh__line_field *field, const char **at)
{
    const char *p = *at + 1;
    const char *end = r->lines->end - r->start > XH__LINE_BYTES_MAX ? r->start + XH__LINE_BYTES_MAX
                                                                    : r->lines->end;
    uint64_t lines = 0;
    while (p < end && *p != '"') {
        p += *p == '\\' && end - p > 1 && p[1] != '\n' ? 2 : 1;
        lines += p[-1] == '\n';
    }
    if (p >= end) {
        field->text = rest_of_line(r->lines, *at);
        return wrong_value(r, field, "is a text without its second quote");
    }
    field->kind = XH__LINE_TEXT;
    field->text = (struct xh_str){*at, (size_t)(p + 1 - *at)};
    r->lines->number += lines;
    *at = p + 1;
    return XH_E_OK;
}

static int take_value(struct line_reader *r, struct xh__line_field *field, const char **at)
{
    char c = *at < r->lines->end ? **at : '\n';
    if (xh_char_is_digit(c) || c == '-' || c == '.' || c == '+') {
        return take_number(r, field, at);
    }
    if (c == '"') {
        return take_text(r, field, at);
    }
    return take_truth(r, field, at);
}

/* ---- parts of a line ---- */

static int take_head(struct line_reader *r, const char **at)
{
    const char *end = r->lines->end;
    const char *p = find_space(*at, end);
    while (p < end && *p == ' ' && p > *at && p[-1] == '\\') {
        p = find_space(p + 1, end); /* an escaped space is part of a name */
    }
    if (p == end || *p == '\n') {
        struct xh_str all = rest_of_line(r->lines, *at);
        return wrong(r, "fields", all, "measurement,tags fields timestamp",
                     "no fields behind the measurement and its tags");
    }
    r->line->head = (struct xh_str){*at, (size_t)(p - *at)};
    while (p < end && *p == ' ') {
        p++;
    }
    *at = p;
    return XH_E_OK;
}

/* name= */
static int take_name(struct line_reader *r, struct xh__line_field *field, const char **at)
{
    const char *p = *at, *end = r->lines->end;
    while (p < end && *p != '=' && *p != ',' && *p != ' ' && *p != '\n') {
        bool is_escape = *p == '\\' && end - p > 1 && (p[1] == '=' || p[1] == ',' || p[1] == ' ');
        p += is_escape ? 2 : 1;
    }
    field->name = (struct xh_str){*at, (size_t)(p - *at)};
    if (p == end || *p != '=' || field->name.len == 0) {
        return wrong(r, "field", field->name, "name=value", "the field \"%.*s\" is not name=value",
                     XH_STR_ARG(xh__line_shown(rest_of_line(r->lines, *at))));
    }
    *at = p + 1;
    return XH_E_OK;
}

static int take_fields(struct line_reader *r, const char **at)
{
    struct xh__line *line = r->line;
    for (line->field_count = 0;;) {
        if (line->field_count == XH__LINE_FIELDS_MAX) {
            return wrong(r, "fields", XH_STR("more"), "256", "more than %d fields",
                         XH__LINE_FIELDS_MAX);
        }
        struct xh__line_field *field = &line->fields[line->field_count++];
        int code = take_name(r, field, at);
        code = code < 0 ? code : take_value(r, field, at);
        if (code < 0) {
            return code;
        }
        if (*at == r->lines->end || **at != ',') {
            return XH_E_OK;
        }
        ++*at;
    }
}

static int wrong_time(struct line_reader *r, const char *at, const char *why)
{
    struct xh_str text = rest_of_line(r->lines, at);
    return wrong(r, "timestamp", text, "a whole number", "the timestamp %.*s %s",
                 XH_STR_ARG(xh__line_shown(text)), why);
}

static int scale_time(struct line_reader *r, const char *at, int64_t count)
{
    const struct xh__line_precision *precision = &r->lines->precision;
    int64_t us = 0;
    if (precision->den != 1) {
        us = count / precision->den;
        us -= count % precision->den < 0 ? 1 : 0;
    } else if (__builtin_mul_overflow(count, precision->num, &us) || us < XH_TIME_MIN ||
               us > XH_TIME_MAX) {
        return wrong_time(r, at, "lies outside of the years 1 to 9999: is the precision right?");
    }
    r->line->has_time = true;
    r->line->at_us = us;
    return XH_E_OK;
}

static int take_time(struct line_reader *r, const char **at)
{
    const char *p = *at, *end = r->lines->end;
    bool is_negative = p < end && *p == '-';
    p += is_negative;
    const char *first = p;
    uint64_t count = 0, eight = 0;
    while (end - p >= 8 && p - first <= 8 && take8(p, &eight)) {
        count = count * 100000000 + eight;
        p += 8;
    }
    for (; p < end && xh_char_is_digit(*p) && p - first < TIME_DIGITS_MAX; p++) {
        count = count * 10 + (uint64_t)(*p - '0');
    }
    if (p == first || count > INT64_MAX || (p < end && xh_char_is_digit(*p))) {
        return wrong_time(r, *at, "is not a whole number of 64 bits");
    }
    int code = scale_time(r, *at, is_negative ? -(int64_t)count : (int64_t)count);
    *at = p;
    return code;
}

/* Fields, timestamp and the line's end; head: see take_head. */
static int take_line(struct line_reader *r, const char **at)
{
    const char *end = r->lines->end;
    int code = take_head(r, at);
    code = code < 0 ? code : take_fields(r, at);
    const char *fields_end = *at;
    while (code >= 0 && *at < end && **at == ' ') {
        ++*at;
    }
    if (code >= 0 && *at > fields_end && *at < end && **at != '\n' && **at != '\r') {
        code = take_time(r, at);
    }
    while (code >= 0 && *at < end && (**at == ' ' || **at == '\r')) {
        ++*at;
    }
    if (code >= 0 && *at < end && **at != '\n') {
        struct xh_str rest = rest_of_line(r->lines, *at);
        code = wrong(r, "line", rest, "its end", "\"%.*s\" follows where the line should end",
                     XH_STR_ARG(xh__line_shown(rest)));
    }
    if (code >= 0 && *at - r->start > XH__LINE_BYTES_MAX) {
        code = wrong(r, "line", XH_STR("longer"), "65536", "longer than %d bytes",
                     XH__LINE_BYTES_MAX);
    }
    return code;
}

/* Behind the end of the line at p. */
static const char *behind_line(const char *p, const char *end)
{
    const char *stop = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;
    return stop != NULL ? stop + 1 : end;
}

int xh__lines_next(struct xh__lines *lines, struct xh__line *ret, struct xh_err *err)
{
    const char *p = lines->at, *end = lines->end;
    for (;;) { /* blank lines and comments */
        while (p < end && (*p == ' ' || *p == '\t' || *p == '\r')) {
            p++;
        }
        if (p == end) {
            lines->at = end;
            return 0;
        }
        if (*p != '\n' && *p != '#') {
            break;
        }
        p = behind_line(p, end);
        lines->number++;
    }
    struct line_reader r = {lines, ret, err, p};
    uint64_t number = lines->number;
    ret->number = number;
    ret->has_time = false;
    int code = take_line(&r, &p);
    if (code < 0) {
        lines->at = behind_line(r.start, end);
        lines->number = number + 1;
        return code;
    }
    lines->at = p < end ? p + 1 : end;
    lines->number++;
    return 1;
}
