/* dated_csv.c: dated rows from CSV. */
#include "kernel/dated_csv.h"

#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/num.h"

enum { CODE_BYTES_MAX = 80, TEXT_BYTES_MAX = 1000, DAY_MINUTES = 1440, WEEKDAYS = 7 };

enum column {
    C_CODE,
    C_TABLE,
    C_KEY,
    C_ITEM,
    C_VARIANT,
    C_VALUE,
    C_UNIT,
    C_QUANTITY_FROM,
    C_QUANTITY_TO,
    C_WEEKDAYS,
    C_MINUTE_FROM,
    C_MINUTE_TO,
    C_VALID_FROM,
    C_VALID_TO,
    C_DOCUMENT,
    C_SOURCE,
    C_VERIFIED,
    C_IS_DISPUTED,
    C_NOTE,
    COLUMN_COUNT
};

static const char *const columns[COLUMN_COUNT] = {
    "code",        "table",     "key",           "item",        "variant",  "value",
    "unit",        "quantity_from", "quantity_to", "weekdays",  "minute_from", "minute_to",
    "valid_from",  "valid_to",  "document",      "source",      "verified", "is_disputed",
    "note",
};

static const char *const tables[] = {"price", "percent", "factor", "norm", "limit", "hours",
                                     "target"};

static const char *const weekday_names[WEEKDAYS] = {"Mon", "Tue", "Wed", "Thu",
                                                    "Fri", "Sat", "Sun"};

/* The record being read, and where to complain. */
struct record {
    const struct xh_str *fields;
    uint64_t line;
    struct xh_arena *arena;
    struct xh_err *err;
};

static int refuse(const struct record *r, enum column column, const char *limit,
                  const char *must_be)
{
    return xh_err_field(r->err, XH_E_INVALID, columns[column], r->fields[column], limit, NULL,
                        "line %llu: %s is '%.*s', it must be %s", (unsigned long long)r->line,
                        columns[column], XH_STR_ARG(xh_str_sub(r->fields[column], 0, 60)), must_be);
}

/* ---- weekdays ---- */

static int weekday_find(struct xh_str name)
{
    for (int i = 0; i < WEEKDAYS; i++) {
        if (xh_str_is(name, weekday_names[i])) {
            return i;
        }
    }
    return -1;
}

/* "Mon" or "Mon-Sat". */
static int weekdays_parse_part(struct xh_str part, uint8_t *weekdays)
{
    ptrdiff_t dash = xh_str_find_char(part, '-');
    int first = weekday_find(dash < 0 ? part : xh_str_sub(part, 0, (size_t)dash));
    int last = dash < 0 ? first : weekday_find(xh_str_sub(part, (size_t)dash + 1, part.len));

    if (first < 0 || last < first) {
        return XH_E_INVALID;
    }
    for (int i = first; i <= last; i++) {
        *weekdays = (uint8_t)(*weekdays | 1u << i);
    }
    return 0;
}

int xh_weekdays_parse(struct xh_str text, uint8_t *ret_weekdays)
{
    struct xh_str rest = text, part;
    uint8_t weekdays = 0;
    while (xh_str_split(&rest, ',', &part)) {
        if (weekdays_parse_part(xh_str_trim(part), &weekdays) < 0) {
            return XH_E_INVALID;
        }
    }
    *ret_weekdays = weekdays;
    return 0;
}

size_t xh_weekdays_print(uint8_t weekdays, char text[XH_WEEKDAYS_TEXT_BYTES])
{
    size_t len = 0;
    for (int i = 0; i < WEEKDAYS; i++) {
        if (!(weekdays >> i & 1)) {
            continue;
        }
        int last = i;
        while (last + 1 < WEEKDAYS && (weekdays >> (last + 1) & 1)) {
            last++;
        }
        if (len > 0) {
            text[len++] = ',';
        }
        memcpy(text + len, weekday_names[i], 3);
        len += 3;
        if (last > i) {
            text[len++] = '-';
            memcpy(text + len, weekday_names[last], 3);
            len += 3;
        }
        i = last;
    }
    text[len] = '\0';
    return len;
}

/* ---- fields ---- */

static int read_text(const struct record *r, enum column column, bool is_required, size_t bytes_max,
                     struct xh_str *ret)
{
    struct xh_str text = r->fields[column];
    if (is_required && text.len == 0) {
        return refuse(r, column, "not empty", "given");
    }
    if (text.len > bytes_max) {
        return refuse(r, column, bytes_max == CODE_BYTES_MAX ? "80 bytes" : "1000 bytes",
                      "shorter");
    }
    *ret = xh_arena_str(r->arena, text);
    return 0;
}

static int read_dec(const struct record *r, enum column column, struct xh_dec *ret)
{
    if (xh_dec_parse(r->fields[column], ret, NULL) < 0) {
        return refuse(r, column, "a decimal", "a decimal number");
    }
    return 0;
}

static int read_day(const struct record *r, enum column column, int32_t *ret)
{
    if (xh_day_parse(r->fields[column], ret, NULL) < 0) {
        return refuse(r, column, "YYYY-MM-DD", "a date as 2025-05-10");
    }
    return 0;
}

static int read_minute(const struct record *r, enum column column, int16_t *ret)
{
    int64_t minute = 0;
    if (xh_int_parse(r->fields[column], &minute) < 0 || minute < 0 || minute > DAY_MINUTES) {
        return refuse(r, column, "0 to 1440", "a minute of the day, 0 to 1440");
    }
    *ret = (int16_t)minute;
    return 0;
}

static int read_quantities(const struct record *r, struct xh_dated *row)
{
    if (r->fields[C_QUANTITY_FROM].len > 0) {
        int code = read_dec(r, C_QUANTITY_FROM, &row->quantity_from);
        if (code < 0) {
            return code;
        }
    }
    if (xh_dec_is_negative(row->quantity_from)) {
        return refuse(r, C_QUANTITY_FROM, "0 or more", "0 or more");
    }
    if (r->fields[C_QUANTITY_TO].len == 0) {
        return 0;
    }
    row->has_quantity_to = true;
    int code = read_dec(r, C_QUANTITY_TO, &row->quantity_to);
    if (code == 0 && xh_dec_compare(row->quantity_to, row->quantity_from) <= 0) {
        code = refuse(r, C_QUANTITY_TO, "above quantity_from", "above quantity_from");
    }
    return code;
}

/* Hours rows have weekdays and minutes, no value; all others have a value. */
static int read_hours(const struct record *r, struct xh_dated *row)
{
    if (xh_weekdays_parse(r->fields[C_WEEKDAYS], &row->weekdays) < 0 || row->weekdays == 0) {
        return refuse(r, C_WEEKDAYS, "Mon to Sun", "days as Mon-Sat or Sun");
    }
    int code = read_text(r, C_UNIT, true, CODE_BYTES_MAX, &row->unit);
    if (code == 0) {
        code = read_minute(r, C_MINUTE_FROM, &row->minute_from);
    }
    if (code == 0) {
        code = read_minute(r, C_MINUTE_TO, &row->minute_to);
    }
    if (code == 0 && row->minute_to <= row->minute_from) {
        code = refuse(r, C_MINUTE_TO, "above minute_from", "above minute_from");
    }
    return code;
}

static int read_amount(const struct record *r, struct xh_dated *row)
{
    int code = read_dec(r, C_VALUE, &row->value);
    if (code == 0) {
        code = read_text(r, C_UNIT, true, CODE_BYTES_MAX, &row->unit);
    }
    if (code == 0) {
        code = read_quantities(r, row);
    }
    return code;
}

static int read_validity(const struct record *r, struct xh_dated *row)
{
    int code = read_day(r, C_VALID_FROM, &row->valid_from);
    row->valid_to = XH_DAY_OPEN_END;
    if (code == 0 && r->fields[C_VALID_TO].len > 0) {
        code = read_day(r, C_VALID_TO, &row->valid_to);
    }
    if (code == 0 && row->valid_to <= row->valid_from) {
        code = refuse(r, C_VALID_TO, "after valid_from", "after valid_from");
    }
    return code;
}

static int read_marks(const struct record *r, struct xh_dated *row)
{
    struct xh_str verified = r->fields[C_VERIFIED], disputed = r->fields[C_IS_DISPUTED];
    if (xh_str_is(verified, "yes")) {
        row->verified = XH_VERIFIED_YES;
    } else if (xh_str_is(verified, "partial")) {
        row->verified = XH_VERIFIED_PARTIAL;
    } else if (!xh_str_is(verified, "no")) {
        return refuse(r, C_VERIFIED, "yes, partial, no", "yes, partial or no");
    }
    row->is_disputed = xh_str_is(disputed, "true");
    if (!row->is_disputed && disputed.len > 0 && !xh_str_is(disputed, "false")) {
        return refuse(r, C_IS_DISPUTED, "true, false", "true or false");
    }
    return 0;
}

static int check_table(const struct record *r)
{
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        if (xh_str_is(r->fields[C_TABLE], tables[i])) {
            return 0;
        }
    }
    return refuse(r, C_TABLE, "price, percent, factor, norm, limit, hours, target",
                  "a known table");
}

static int read_row(const struct record *r, struct xh_dated *row)
{
    static const struct {
        enum column column;
        bool is_required;
        size_t bytes_max, offset;
    } texts[] = {
        {C_CODE, true, CODE_BYTES_MAX, offsetof(struct xh_dated, code)},
        {C_TABLE, true, CODE_BYTES_MAX, offsetof(struct xh_dated, table)},
        {C_KEY, true, CODE_BYTES_MAX, offsetof(struct xh_dated, key)},
        {C_ITEM, true, CODE_BYTES_MAX, offsetof(struct xh_dated, item)},
        {C_VARIANT, false, CODE_BYTES_MAX, offsetof(struct xh_dated, variant)},
        {C_DOCUMENT, false, TEXT_BYTES_MAX, offsetof(struct xh_dated, document)},
        {C_SOURCE, true, TEXT_BYTES_MAX, offsetof(struct xh_dated, source)},
        {C_NOTE, false, TEXT_BYTES_MAX, offsetof(struct xh_dated, note)},
    };
    int code = check_table(r);

    memset(row, 0, sizeof *row);
    for (size_t i = 0; code == 0 && i < sizeof texts / sizeof texts[0]; i++) {
        void *text = (char *)row + texts[i].offset;
        code = read_text(r, texts[i].column, texts[i].is_required, texts[i].bytes_max, text);
    }
    if (code == 0) {
        code = xh_str_is(row->table, "hours") ? read_hours(r, row) : read_amount(r, row);
    }
    if (code == 0) {
        code = read_validity(r, row);
    }
    if (code == 0) {
        code = read_marks(r, row);
    }
    return code;
}

/* ---- the file ---- */

static int check_header(const struct xh_str *fields, size_t count, struct xh_err *err)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        if (i >= count || !xh_str_is(fields[i], columns[i])) {
            return xh_err_set(err, XH_E_INVALID, "line 1: column %zu must be '%s'", i + 1,
                              columns[i]);
        }
    }
    if (count > COLUMN_COUNT) {
        return xh_err_set(err, XH_E_INVALID, "line 1: %zu columns, there must be %d", count,
                          COLUMN_COUNT);
    }
    return 0;
}

static int compare_codes(const void *a, const void *b)
{
    return xh_str_compare(*(const struct xh_str *)a, *(const struct xh_str *)b);
}

static int check_codes(const struct xh_dated *rows, size_t count, struct xh_arena *arena,
                       struct xh_err *err)
{
    struct xh_str *codes = XH_NEW_ARRAY(arena, struct xh_str, count + 1);
    for (size_t i = 0; i < count; i++) {
        codes[i] = rows[i].code;
    }
    if (count > 1) {
        qsort(codes, count, sizeof *codes, compare_codes);
    }
    for (size_t i = 1; i < count; i++) {
        if (xh_str_equal(codes[i - 1], codes[i])) {
            return xh_err_field(err, XH_E_INVALID, "code", codes[i], "unique", NULL,
                                "code '%.*s' occurs twice", XH_STR_ARG(codes[i]));
        }
    }
    return 0;
}

static int read_records(struct xh_csv_reader *reader, struct record *r, struct xh_dated **rows,
                        size_t *count)
{
    size_t field_count = 0, capacity = 0;
    int got = xh_csv_next(reader, &r->fields, &field_count, r->err);
    if (got == 0) {
        return xh_err_set(r->err, XH_E_INVALID, "the file has no header");
    }
    int code = got < 0 ? got : check_header(r->fields, field_count, r->err);
    while (code == 0 && (got = xh_csv_next(reader, &r->fields, &field_count, r->err)) > 0) {
        r->line = xh_csv_line(reader);
        if (field_count != COLUMN_COUNT) {
            return xh_err_set(r->err, XH_E_INVALID, "line %llu: %zu fields, there must be %d",
                              (unsigned long long)r->line, field_count, COLUMN_COUNT);
        }
        if (*count == XH_DATED_CSV_ROWS_MAX) {
            return xh_err_set(r->err, XH_E_TOO_LARGE, "more than %d rows", XH_DATED_CSV_ROWS_MAX);
        }
        *rows = xh_arena_grow(r->arena, *rows, &capacity, *count + 1, sizeof **rows);
        code = read_row(r, &(*rows)[*count]);
        if (code == 0) {
            ++*count;
        }
    }
    return code == 0 && got < 0 ? got : code;
}

int xh_dated_csv_read(struct xh_str csv, struct xh_arena *arena, struct xh_dated **ret_rows,
                      size_t *ret_count, struct xh_err *err)
{
    struct xh_csv_reader *reader = xh_csv_reader_create(',');
    struct record r = {.line = 1, .arena = arena, .err = err};
    struct xh_dated *rows = NULL;
    size_t count = 0;
    xh_csv_feed(reader, csv.ptr, csv.len, true);
    int code = read_records(reader, &r, &rows, &count);
    xh_csv_reader_destroy(reader);
    if (code == 0) {
        code = check_codes(rows, count, arena, err);
    }
    if (code == 0) {
        *ret_rows = rows;
        *ret_count = count;
    }
    return code;
}
