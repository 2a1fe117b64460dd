/* readings_quick.c: the usual row of a table or of NDJSON, read in one pass without copies.
 * Whatever is not usual (an escape, a fault, a member that is none) is left to readings_decode.c,
 * so that there is one place that says what is wrong. Pure; fuzzed against that
 * (fuzz_readings_in.c). */
#include <string.h>

#include "base/csv.h"
#include "base/num.h"
#include "server/lines.h"
#include "server/readings_internal.h"

static bool is_ascii(struct xh_str text)
{
    uint64_t all = 0, word;
    size_t at = 0;
    for (; text.len - at >= 8; at += 8) {
        memcpy(&word, text.ptr + at, 8);
        all |= word;
    }
    for (; at < text.len; at++) {
        all |= (unsigned char)text.ptr[at];
    }
    return (all & UINT64_C(0x8080808080808080)) == 0;
}

/* Quotes and CRs without LF make records that are no lines. */
static bool is_made_of_lines(struct xh_str body)
{
    const char *p = body.ptr, *end = body.ptr + body.len;
    if (memchr(p, '"', body.len) != NULL) {
        return false;
    }
    while (p < end && (p = memchr(p, '\r', (size_t)(end - p))) != NULL) {
        if (++p == end || *p != '\n') {
            return false;
        }
    }
    return true;
}

static bool take_line(struct xh_str *rest, struct xh_str *ret)
{
    while (rest->len > 0) {
        const char *end = memchr(rest->ptr, '\n', rest->len);
        size_t len = end != NULL ? (size_t)(end - rest->ptr) : rest->len;
        *ret = (struct xh_str){rest->ptr, len};
        *rest = xh_str_sub(*rest, len + (end != NULL), rest->len);
        ret->len -= ret->len > 0 && ret->ptr[ret->len - 1] == '\r' ? 1 : 0;
        if (ret->len > 0) {
            return true;
        }
    }
    return false;
}

static int take_header(struct xh__quick *quick, struct xh_err *err)
{
    struct xh_str line;
    const struct xh_str *fields;
    size_t count = 0;
    if (!take_line(&quick->rest, &line)) {
        return 0;
    }
    struct xh_csv_reader *r = xh_csv_reader_create(0);
    xh_csv_feed(r, line.ptr, line.len, true);
    int code = xh_csv_next(r, &fields, &count, err);
    quick->separator = xh_csv_separator(r);
    code = code > 0 ? xh__readings_header(fields, count, &quick->columns, err) : code;
    xh_csv_reader_destroy(r);
    return code < 0 ? code : 1;
}

int xh__quick_begin(struct xh__quick *quick, enum xh__readings_format format, struct xh_str body,
                    int64_t now_us, struct xh_err *err)
{
    *quick = (struct xh__quick){.format = format, .rest = body, .now_us = now_us};
    bool is_quick = body.len > 0 && (is_ascii(body) || xh_utf8_is_valid(body));
    if (format == XH__READINGS_NDJSON) {
        return is_quick;
    }
    return is_quick && is_made_of_lines(body) ? take_header(quick, err) : 0;
}

/* ---- fields ---- */

static bool take_value(struct xh_str text, struct xh__quick_reading *ret)
{
    int decimals = 0;
    if (xh__number_quick(text.ptr, text.ptr + text.len, &ret->value, &ret->decimals) == text.len) {
        return text.len > 0;
    }
    int code = xh_num_parse(text, &ret->value, &decimals);
    ret->decimals = (int8_t)decimals;
    return code >= 0;
}

static bool take_time(struct xh__quick *quick, struct xh_str text, struct xh__quick_reading *ret)
{
    if (quick->last_time.len != text.len || text.len == 0 ||
        memcmp(quick->last_time.ptr, text.ptr, text.len) != 0) {
        if (xh_time_parse(text, &quick->last_us, NULL) < 0) {
            quick->last_time.len = 0;
            return false;
        }
        quick->last_time = text;
    }
    ret->at_us = quick->last_us;
    return true;
}

/* ---- a record ---- */

static struct xh_str take_field(const char **at, const char *end, char separator)
{
    const char *p = *at;
    while (p < end && *p != separator) {
        p++;
    }
    struct xh_str field = {*at, (size_t)(p - *at)};
    *at = p + 1; /* behind the separator, or behind the end */
    return field.len > 0 && (field.ptr[0] <= ' ' || p[-1] <= ' ') ? xh_str_trim(field) : field;
}

static bool take_record(struct xh__quick *quick, struct xh__quick_reading *ret)
{
    const char *p = quick->line.ptr, *end = p + quick->line.len;
    bool is_usual = true, has_value = false;
    for (size_t i = 0; i < quick->columns.count && p <= end && is_usual; i++) {
        struct xh_str text = take_field(&p, end, quick->separator);
        switch (quick->columns.items[i]) {
        case XH__COLUMN_SERIES:
            ret->series = text;
            break;
        case XH__COLUMN_TIME:
            is_usual = text.len == 0 || take_time(quick, text, ret);
            break;
        case XH__COLUMN_VALUE:
            has_value = is_usual = take_value(text, ret);
            break;
        case XH__COLUMN_QUALITY:
            is_usual = xh__quality_take(text, &ret->quality);
            break;
        }
    }
    return is_usual && has_value && ret->series.len > 0 && p > end;
}

/* ---- an object ---- */

static void skip_blanks(const char **at, const char *end)
{
    while (*at < end && (**at == ' ' || **at == '\t')) {
        ++*at;
    }
}

static bool take_char(const char **at, const char *end, char c)
{
    skip_blanks(at, end);
    bool is_there = *at < end && **at == c;
    *at += is_there;
    skip_blanks(at, end);
    return is_there;
}

/* A text without escapes. */
static bool take_string(const char **at, const char *end, struct xh_str *ret)
{
    skip_blanks(at, end);
    if (*at == end || **at != '"') {
        return false;
    }
    const char *p = ++*at;
    while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= ' ') {
        p++;
    }
    *ret = (struct xh_str){*at, (size_t)(p - *at)};
    *at = p + 1;
    return p < end && *p == '"';
}

/* Digits as JSON writes them: no plus, no leading zeros, none missing beside the point. */
static bool take_number(const char **at, const char *end, struct xh__quick_reading *ret)
{
    const char *p = *at, *first = p + (p < end && *p == '-');
    size_t len = xh__number_quick(p, end, &ret->value, &ret->decimals);
    bool has_zero = end - first > 1 && first[0] == '0' && xh_char_is_digit(first[1]);
    *at = p + len;
    return len > 0 && xh_char_is_digit(*first) && !has_zero && p[len - 1] != '.' &&
           (*at == end || (**at != 'e' && **at != 'E' && **at != '.' && !xh_char_is_digit(**at)));
}

enum { HAS_SERIES = 1, HAS_VALUE = 2, HAS_TIME = 4 };

static bool take_member(struct xh__quick *quick, const char **at, const char *end, unsigned *seen,
                        struct xh__quick_reading *ret)
{
    struct xh_str name, text;
    if (!take_string(at, end, &name) || !take_char(at, end, ':')) {
        return false;
    }
    if (xh_str_is(name, "value") && (*seen & HAS_VALUE) == 0) {
        *seen |= HAS_VALUE;
        return take_number(at, end, ret);
    }
    if (!take_string(at, end, &text)) {
        return false;
    }
    if (xh_str_is(name, "series") && (*seen & HAS_SERIES) == 0) {
        *seen |= HAS_SERIES;
        ret->series = text;
        return text.len > 0;
    }
    if (xh_str_is(name, "time") && (*seen & HAS_TIME) == 0) {
        *seen |= HAS_TIME;
        return take_time(quick, text, ret);
    }
    return false;
}

static bool take_object(struct xh__quick *quick, struct xh__quick_reading *ret)
{
    const char *p = quick->line.ptr, *end = p + quick->line.len;
    unsigned seen = 0;
    if (!take_char(&p, end, '{')) {
        return false;
    }
    do {
        if (!take_member(quick, &p, end, &seen, ret)) {
            return false;
        }
    } while (take_char(&p, end, ','));
    bool is_whole = take_char(&p, end, '}') && p == end;
    return is_whole && (seen & (HAS_SERIES | HAS_VALUE)) == (HAS_SERIES | HAS_VALUE);
}

/* ---- a body ---- */

int xh__quick_next(struct xh__quick *quick, struct xh__quick_reading *ret)
{
    bool is_table = quick->format == XH__READINGS_CSV;
    do {
        if (!take_line(&quick->rest, &quick->line)) {
            return 0;
        }
        quick->line = is_table ? quick->line : xh_str_trim(quick->line);
    } while (quick->line.len == 0);
    *ret = (struct xh__quick_reading){.at_us = quick->now_us};
    bool is_usual = is_table ? take_record(quick, ret) : take_object(quick, ret);
    return is_usual ? 1 : 2;
}

static int record_slowly(const struct xh__quick *quick, struct xh__reading_rows *rows,
                         struct xh_err *err)
{
    struct xh_csv_reader *r = xh_csv_reader_create(quick->separator);
    const struct xh_str *fields;
    size_t count;
    xh_csv_feed(r, "\n", 1, false); /* a byte-order mark is one only at the very beginning */
    xh_csv_feed(r, quick->line.ptr, quick->line.len, true);
    int code = xh_csv_next(r, &fields, &count, err);
    if (code > 0) {
        code = xh__readings_record(rows, &quick->columns, fields, count, quick->now_us, err);
    }
    xh_csv_reader_destroy(r);
    return code;
}

int xh__quick_slowly(const struct xh__quick *quick, struct xh_arena *scratch,
                     struct xh__reading_rows *rows, struct xh_err *err)
{
    return quick->format == XH__READINGS_CSV
               ? record_slowly(quick, rows, err)
               : xh__readings_line(rows, scratch, quick->line, quick->now_us, err);
}
