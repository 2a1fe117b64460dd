/* readings_decode.c: bodies to rows of readings. Pure; fuzzed (tests/fuzz/fuzz_readings_in.c).
 *
 * A row that says something wrong is kept with its error, so that the others go on; a body whose
 * structure is broken is refused whole. NDJSON is one body a line: a broken line is one wrong
 * row. */
#include <stdio.h>
#include <string.h>

#include "base/csv.h"
#include "server/readings_internal.h"

static const struct {
    uint8_t bit;
    const char *name;
} qualities[] = {
    {XH_QUALITY_SUSPECT, "suspect"},     {XH_QUALITY_ESTIMATED, "estimated"},
    {XH_QUALITY_MANUAL, "manual"},       {XH_QUALITY_LATE, "late"},
    {XH_QUALITY_SIMULATED, "simulated"}, {XH_QUALITY_REPLACED_METER, "replaced_meter"},
};

void xh__quality_write(struct xh_json_writer *w, uint8_t quality)
{
    xh_json_array(w);
    for (size_t i = 0; i < XH_COUNT(qualities); i++) {
        if ((quality & qualities[i].bit) != 0) {
            xh_json_string(w, qualities[i].name);
        }
    }
    xh_json_array_end(w);
}

void xh__quality_text(struct xh_buf *out, uint8_t quality)
{
    const char *between = "";
    for (size_t i = 0; i < XH_COUNT(qualities); i++) {
        if ((quality & qualities[i].bit) != 0) {
            xh_buf_add_text(out, between);
            xh_buf_add_text(out, qualities[i].name);
            between = " ";
        }
    }
}

/* ---- one row ---- */

static struct xh__reading_row *row_add(struct xh__reading_rows *rows, int64_t now_us,
                                       struct xh_err *err)
{
    if (rows->count == XH_TSDB_BATCH_ROWS_MAX) {
        (void)xh_err_field(err, XH_E_TOO_LARGE, "rows", XH_STR("more"), "1048576", "rows",
                           "one request holds at most %d readings", XH_TSDB_BATCH_ROWS_MAX);
        return NULL;
    }
    rows->items = xh_arena_grow(rows->arena, rows->items, &rows->capacity, rows->count + 1,
                                sizeof *rows->items);
    struct xh__reading_row *row = &rows->items[rows->count++];
    memset(row, 0, sizeof *row);
    row->reading.at_us = now_us;
    return row;
}

/* Where to write what is wrong with the row. The first fault is the one that is told; the others
 * are written nowhere, and of very many wrong rows only the first: what comes from outside does not
 * decide how much memory its refusal takes. */
static struct xh_err *fault(struct xh__reading_rows *rows, struct xh__reading_row *row)
{
    if (row->err != NULL) {
        return NULL;
    }
    if (rows->wrong == XH__READINGS_TOLD_MAX) {
        rows->untold = XH_NEW(rows->arena, struct xh_err);
        (void)xh_err_field(rows->untold, XH_E_INVALID, "rows", XH_STR(""), "10000", "wrong rows",
                           "this row is wrong too; what is wrong is told of the first %d such rows",
                           XH__READINGS_TOLD_MAX);
    }
    bool is_told = rows->wrong++ < XH__READINGS_TOLD_MAX;
    row->err = is_told ? XH_NEW(rows->arena, struct xh_err) : rows->untold;
    return is_told ? row->err : NULL;
}

static void set_value(struct xh__reading_rows *rows, struct xh__reading_row *row,
                      struct xh_str text)
{
    int decimals = 0;
    if (xh_num_parse(text, &row->reading.value, &decimals) < 0) {
        struct xh_str shown = xh_str_sub(text, 0, 80);
        (void)xh_err_field(fault(rows, row), XH_E_INVALID, "value", text, "a number", NULL,
                           "the value \"%.*s\" is not a number", XH_STR_ARG(shown));
        return;
    }
    row->reading.decimals = (int8_t)decimals;
    row->has_value = true;
}

static void set_time(struct xh__reading_rows *rows, struct xh__reading_row *row, struct xh_str text)
{
    if (xh_time_parse(text, &row->reading.at_us, NULL) < 0) {
        (void)xh_err_field(fault(rows, row), XH_E_INVALID, "time", text,
                           "2025-06-15T08:00:00+07:00", NULL,
                           "the time \"%.*s\" is not an instant with its offset (RFC 3339)",
                           XH_STR_ARG(xh_str_sub(text, 0, 80)));
    }
}

bool xh__quality_take(struct xh_str names, uint8_t *quality)
{
    struct xh_str name;
    while (xh_str_split(&names, ' ', &name)) {
        bool is_known = name.len == 0 || xh_str_is(name, "good");
        for (size_t i = 0; i < XH_COUNT(qualities) && !is_known; i++) {
            is_known = xh_str_is(name, qualities[i].name);
            *quality = (uint8_t)(*quality | (is_known ? qualities[i].bit : 0));
        }
        if (!is_known) {
            return false;
        }
    }
    return true;
}

static void add_quality(struct xh__reading_rows *rows, struct xh__reading_row *row,
                        struct xh_str text)
{
    for (size_t i = 0; i < XH_COUNT(qualities); i++) {
        if (xh_str_is(text, qualities[i].name)) {
            row->reading.quality = (uint8_t)(row->reading.quality | qualities[i].bit);
            return;
        }
    }
    if (text.len > 0 && !xh_str_is(text, "good")) {
        (void)xh_err_field(fault(rows, row), XH_E_INVALID, "quality", text,
                           "estimated manual simulated suspect replaced_meter", NULL,
                           "there is no quality \"%.*s\"", XH_STR_ARG(xh_str_sub(text, 0, 80)));
    }
}

static void row_end(struct xh__reading_rows *rows, struct xh__reading_row *row)
{
    if (row->err != NULL) {
        return;
    }
    if (row->reading.series.len == 0) {
        (void)xh_err_field(fault(rows, row), XH_E_INVALID, "series", XH_STR(""),
                           "the code of a series", NULL, "series is missing");
    } else if (!row->has_value) {
        (void)xh_err_field(fault(rows, row), XH_E_INVALID, "value", XH_STR(""), "a number", NULL,
                           "value is missing");
    }
}

/* ---- JSON ---- */

static void wrong_type(struct xh__reading_rows *rows, struct xh__reading_row *row,
                       const char *field, struct xh_str text, const char *wanted)
{
    (void)xh_err_field(fault(rows, row), XH_E_INVALID, field, text, wanted, NULL, "%s must be %s",
                       field, wanted);
}

static void take_qualities(struct xh__reading_rows *rows, struct xh__reading_row *row,
                           struct xh_json_reader *r)
{
    enum xh_json_type token;
    while ((token = xh_json_next(r)) != XH_JSON_ARRAY_END && token != XH_JSON_ERROR) {
        if (token == XH_JSON_STRING) {
            add_quality(rows, row, xh_json_text(r));
        } else {
            wrong_type(rows, row, "quality", XH_STR(""), "an array of names");
            (void)xh_json_skip(r);
        }
    }
}

static void unknown_member(struct xh__reading_rows *rows, struct xh__reading_row *row,
                           struct xh_str name)
{
    struct xh_str start = xh_str_sub(name, 0, 60);
    char field[64];
    (void)snprintf(field, sizeof field, "%.*s", XH_STR_ARG(start));
    (void)xh_err_field(fault(rows, row), XH_E_INVALID, field, XH_STR(""),
                       "series, time, value, quality", NULL, "there is no member \"%.*s\" here",
                       XH_STR_ARG(start));
}

/* The value of one member, its name read. */
static void take_member(struct xh__reading_rows *rows, struct xh__reading_row *row,
                        struct xh_str name, struct xh_json_reader *r)
{
    enum xh_json_type token = xh_json_next(r);
    bool is_text = token == XH_JSON_STRING || token == XH_JSON_NUMBER;
    struct xh_str text = is_text ? xh_json_text(r) : XH_STR("");
    if (xh_str_is(name, "series")) {
        row->reading.series = text;
        if (!is_text) {
            wrong_type(rows, row, "series", text, "the code of a series");
        }
    } else if (xh_str_is(name, "value")) {
        if (token == XH_JSON_NUMBER) {
            set_value(rows, row, text);
        } else {
            wrong_type(rows, row, "value", text, "a number");
        }
    } else if (xh_str_is(name, "time")) {
        if (token == XH_JSON_STRING) {
            set_time(rows, row, text);
        } else if (token != XH_JSON_NULL) {
            wrong_type(rows, row, "time", text, "a text such as 2025-06-15T08:00:00+07:00");
        }
    } else if (xh_str_is(name, "quality")) {
        if (token == XH_JSON_ARRAY) {
            take_qualities(rows, row, r);
            return;
        }
        if (token == XH_JSON_STRING) {
            add_quality(rows, row, text);
        } else if (token != XH_JSON_NULL) {
            wrong_type(rows, row, "quality", text, "an array of names");
        }
    } else {
        unknown_member(rows, row, name);
    }
    (void)xh_json_skip(r);
}

/* The members of an object, its '{' read. */
static int take_object(struct xh__reading_rows *rows, struct xh_json_reader *r, int64_t now_us,
                       struct xh_err *err)
{
    struct xh__reading_row *row = row_add(rows, now_us, err);
    enum xh_json_type token;
    if (row == NULL) {
        return XH_E_TOO_LARGE;
    }
    while ((token = xh_json_next(r)) == XH_JSON_NAME) {
        take_member(rows, row, xh_json_text(r), r);
    }
    row_end(rows, row);
    return xh_json_error(r, err);
}

static int take_array(struct xh__reading_rows *rows, struct xh_json_reader *r, int64_t now_us,
                      struct xh_err *err)
{
    for (;;) {
        enum xh_json_type token = xh_json_next(r);
        int code = XH_E_OK;
        if (token == XH_JSON_OBJECT) {
            code = take_object(rows, r, now_us, err);
        } else if (token == XH_JSON_ARRAY_END) {
            return XH_E_OK;
        } else if (token == XH_JSON_ERROR) {
            return xh_json_error(r, err);
        } else {
            struct xh__reading_row *row = row_add(rows, now_us, err);
            if (row == NULL) {
                return XH_E_TOO_LARGE;
            }
            wrong_type(rows, row, "readings", XH_STR(""), "an array of objects");
            (void)xh_json_skip(r);
        }
        if (code < 0) {
            return code;
        }
    }
}

/* {"readings": [...]} is told from a reading by its first member. */
static int take_wrapper_or_object(struct xh__reading_rows *rows, struct xh_str body,
                                  struct xh_json_reader *r, int64_t now_us, struct xh_err *err)
{
    struct xh_json_reader *ahead = xh_json_reader_create(rows->arena, body);
    (void)xh_json_next(ahead);
    bool is_wrapper = xh_json_next(ahead) == XH_JSON_NAME &&
                      xh_str_is(xh_json_text(ahead), "readings");
    if (!is_wrapper) {
        return take_object(rows, r, now_us, err);
    }
    (void)xh_json_next(r);
    enum xh_json_type token = xh_json_next(r);
    if (token != XH_JSON_ARRAY) {
        return token == XH_JSON_ERROR
                   ? xh_json_error(r, err)
                   : xh_err_field(err, XH_E_INVALID, "readings", XH_STR(""), "an array of objects",
                                  NULL, "readings must be an array of objects");
    }
    int code = take_array(rows, r, now_us, err);
    if (code < 0) {
        return code;
    }
    token = xh_json_next(r);
    if (token == XH_JSON_ERROR) {
        return xh_json_error(r, err);
    }
    return token == XH_JSON_OBJECT_END
               ? XH_E_OK
               : xh_err_set(err, XH_E_INVALID, "nothing may follow the member \"readings\"");
}

static int decode_json(struct xh__reading_rows *rows, struct xh_str body, int64_t now_us,
                       struct xh_err *err)
{
    struct xh_json_reader *r = xh_json_reader_create(rows->arena, body);
    enum xh_json_type token = xh_json_next(r);
    int code;
    if (token == XH_JSON_OBJECT) {
        code = take_wrapper_or_object(rows, body, r, now_us, err);
    } else if (token == XH_JSON_ARRAY) {
        code = take_array(rows, r, now_us, err);
    } else {
        code = token == XH_JSON_ERROR
                   ? xh_json_error(r, err)
                   : xh_err_set(err, XH_E_INVALID, "an object or an array of objects is expected");
    }
    if (code >= 0 && xh_json_next(r) != XH_JSON_END) {
        code = xh_json_error(r, err);
        code = code < 0 ? code : xh_err_set(err, XH_E_INVALID, "something follows the JSON value");
    }
    return code;
}

/* ---- NDJSON ---- */

/* What the reader made of an escaped text dies with the line. */
static void keep_series(struct xh__reading_rows *rows, struct xh__reading_row *row,
                        struct xh_str line)
{
    const char *at = row->reading.series.ptr;
    if (at != NULL && (at < line.ptr || at >= line.ptr + line.len)) {
        row->reading.series = xh_arena_str(rows->arena, row->reading.series);
    }
}

int xh__readings_line(struct xh__reading_rows *rows, struct xh_arena *arena, struct xh_str line,
                      int64_t now_us, struct xh_err *err)
{
    struct xh_json_reader *r = xh_json_reader_create(arena, line);
    struct xh_err own = {0};
    size_t before = rows->count;
    int code = XH_E_OK;
    enum xh_json_type token = xh_json_next(r);
    if (token == XH_JSON_OBJECT) {
        code = take_object(rows, r, now_us, &own);
        if (code == XH_E_TOO_LARGE && rows->count == before) {
            *err = own;
            return code;
        }
    }
    if (token != XH_JSON_OBJECT || (code >= 0 && xh_json_next(r) != XH_JSON_END)) {
        code = xh_json_error(r, &own);
        code = code < 0 ? code : xh_err_set(&own, XH_E_INVALID, "a line must hold one object");
    }
    if (code < 0) {
        struct xh__reading_row *row = rows->count > before ? &rows->items[before]
                                                           : row_add(rows, now_us, err);
        if (row == NULL) {
            return XH_E_TOO_LARGE;
        }
        row->err = NULL; /* the line as a whole, not what was wrong in it before */
        struct xh_err *told = fault(rows, row);
        if (told != NULL) {
            *told = own;
        }
    }
    keep_series(rows, &rows->items[before], line);
    return XH_E_OK;
}

static int decode_ndjson(struct xh__reading_rows *rows, struct xh_str body, int64_t now_us,
                         struct xh_err *err)
{
    struct xh_arena *arena = xh_arena_create("line");
    struct xh_str line;
    int code = XH_E_OK;
    while (code >= 0 && xh_str_split(&body, '\n', &line)) {
        line = xh_str_trim(line);
        if (line.len > 0) {
            code = xh__readings_line(rows, arena, line, now_us, err);
            xh_arena_reset(arena);
        }
    }
    xh_arena_destroy(arena);
    return code;
}

/* ---- CSV ---- */

int xh__readings_header(const struct xh_str *fields, size_t count, struct xh__readings_columns *ret,
                        struct xh_err *err)
{
    static const char *const names[] = {"series", "time", "value", "quality"};
    unsigned seen = 0;
    for (size_t i = 0; i < count; i++) {
        struct xh_str name = xh_str_trim(fields[i]);
        size_t at = 0;
        while (at < XH_COUNT(names) && !xh_str_equal_nocase(name, xh_str_from(names[at]))) {
            at++;
        }
        if (at == XH_COUNT(names) || (seen & (1u << at)) != 0 || i == XH__READINGS_COLUMNS_MAX) {
            return xh_err_field(err, XH_E_INVALID, "header", name, "series,time,value,quality",
                                NULL, "the column \"%.*s\" is unknown or named twice",
                                XH_STR_ARG(xh_str_sub(name, 0, 60)));
        }
        seen |= 1u << at;
        ret->items[i] = (enum xh__readings_column)at;
    }
    ret->count = count;
    bool is_whole = (seen & (1u << XH__COLUMN_SERIES)) != 0 &&
                    (seen & (1u << XH__COLUMN_VALUE)) != 0;
    return is_whole
               ? XH_E_OK
               : xh_err_field(err, XH_E_INVALID, "header", XH_STR(""), "series,time,value", NULL,
                              "the first line must name the columns series, time and value");
}

static void take_field(struct xh__reading_rows *rows, struct xh__reading_row *row,
                       enum xh__readings_column column, struct xh_str text)
{
    struct xh_str name;
    text = xh_str_trim(text);
    switch (column) {
    case XH__COLUMN_SERIES:
        row->reading.series = xh_arena_str(rows->arena, text);
        break;
    case XH__COLUMN_TIME:
        if (text.len > 0) {
            set_time(rows, row, text);
        }
        break;
    case XH__COLUMN_VALUE:
        if (text.len > 0) {
            set_value(rows, row, text);
        }
        break;
    case XH__COLUMN_QUALITY:
        while (xh_str_split(&text, ' ', &name)) {
            add_quality(rows, row, name);
        }
        break;
    }
}

int xh__readings_record(struct xh__reading_rows *rows, const struct xh__readings_columns *columns,
                        const struct xh_str *fields, size_t count, int64_t now_us,
                        struct xh_err *err)
{
    struct xh__reading_row *row = row_add(rows, now_us, err);
    if (row == NULL) {
        return XH_E_TOO_LARGE;
    }
    if (count > columns->count) {
        (void)xh_err_set(fault(rows, row), XH_E_INVALID, "%zu fields under %zu columns", count,
                         columns->count);
    }
    for (size_t i = 0; i < count && i < columns->count; i++) {
        take_field(rows, row, columns->items[i], fields[i]);
    }
    row_end(rows, row);
    return XH_E_OK;
}

static int decode_csv(struct xh__reading_rows *rows, struct xh_str body, int64_t now_us,
                      struct xh_err *err)
{
    struct xh_csv_reader *r = xh_csv_reader_create(0);
    struct xh__readings_columns columns = {.count = 0};
    const struct xh_str *fields;
    size_t count;
    int code;
    xh_csv_feed(r, body.ptr, body.len, true);
    while ((code = xh_csv_next(r, &fields, &count, err)) > 0) {
        code = columns.count == 0 ? xh__readings_header(fields, count, &columns, err)
                                  : xh__readings_record(rows, &columns, fields, count, now_us, err);
        if (code < 0) {
            break;
        }
    }
    xh_csv_reader_destroy(r);
    return code;
}

int xh__readings_decode(enum xh__readings_format format, struct xh_str body, int64_t now_us,
                        struct xh__reading_rows *rows, struct xh_err *err)
{
    int code;
    if (format == XH__READINGS_JSON) {
        code = decode_json(rows, body, now_us, err);
    } else if (format == XH__READINGS_NDJSON) {
        code = decode_ndjson(rows, body, now_us, err);
    } else {
        code = decode_csv(rows, body, now_us, err);
    }
    if (code >= 0 && rows->count == 0) {
        code = xh_err_field(err, XH_E_INVALID, "readings", XH_STR(""), "1 or more", "readings",
                            "there is no reading in the body");
    }
    return code;
}
