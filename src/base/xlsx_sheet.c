/* xlsx_sheet.c: the rows of one sheet (ECMA-376 part 1, 18.3.1).
 *
 * Cells of a row lie in `cells`, from column A on; a column that the file leaves out is empty.
 * Texts live in `row_arena` (shared strings in the reader) until the next row begins.
 */
#include "base/xlsx_internal.h"

#include "base/num.h"

#include <stdlib.h>
#include <string.h>

enum cell_type { TYPE_NUMBER, TYPE_SHARED, TYPE_TEXT, TYPE_BOOL, TYPE_DATE };

struct sheet {
    const struct xh_xlsx_reader *reader;
    xh_xlsx_row_fn *row;
    void *arg;
    struct xh_arena *row_arena;
    struct xh_xlsx_cell cells[XH__XLSX_COLUMNS_MAX];
    size_t count;        /* cells up to the last that is not empty */
    uint32_t row_number; /* from 1; 0 before the first row */
    uint32_t column;     /* of the open cell, or of the last one; from 1 */
    bool is_in_row, is_in_cell, is_in_phonetic, is_in_value;
    enum cell_type type;
    int64_t style;
    struct xh_buf value;
    uint64_t slots;
};

static void refuse(struct xh__xlsx_parse *parse, int code, const char *what)
{
    const struct sheet *s = parse->self;
    xh__xlsx_stop(parse, xh_err_set(parse->err, code, "workbook: row %lu, column %lu: %s",
                                    (unsigned long)s->row_number, (unsigned long)s->column, what));
}

/* -- rows -- */

static void begin_row(struct xh__xlsx_parse *parse, const char **attrs)
{
    struct sheet *s = parse->self;
    const char *number_text = xh__xlsx_attr(attrs, "r");
    int64_t number = (int64_t)s->row_number + 1;
    if (number_text && xh_int_parse(xh_str_from(number_text), &number) != 0) {
        number = 0;
    }
    if (s->is_in_row || number <= (int64_t)s->row_number) {
        refuse(parse, XH_E_INVALID, "the rows are not in order");
    } else if (number > XH__XLSX_ROWS_MAX) {
        refuse(parse, XH_E_TOO_LARGE, "more than 1048576 rows");
    } else {
        s->is_in_row = true;
        s->row_number = (uint32_t)number;
        s->column = 0;
        s->count = 0;
        xh_arena_reset(s->row_arena);
    }
}

static void end_row(struct xh__xlsx_parse *parse)
{
    struct sheet *s = parse->self;
    s->is_in_row = false;
    s->slots += s->count;
    if (s->slots > XH__XLSX_SLOTS_MAX) {
        refuse(parse, XH_E_TOO_LARGE, "more than 67108864 cells, empty ones counted");
    } else if (s->count > 0) {
        int rc = s->row(s->arg, s->row_number, s->cells, s->count, parse->err);
        if (rc != 0) {
            xh__xlsx_stop(parse, rc);
        }
    }
}

/* -- cells -- */

/* "C5": its column; 0 when it is no reference, or one to another row. */
static uint32_t parse_reference(const char *text, uint32_t row_number)
{
    uint32_t column = 0;
    int64_t row;
    while (*text >= 'A' && *text <= 'Z' && column <= XH__XLSX_COLUMNS_MAX) {
        column = column * 26 + (uint32_t)(*text++ - 'A') + 1;
    }
    if (xh_int_parse(xh_str_from(text), &row) != 0 || row != (int64_t)row_number) {
        return 0;
    }
    return column;
}

/* ECMA-376 part 1, 18.18.11, ST_CellType. An error ("#DIV/0!") is a text. */
static enum cell_type parse_type(const char *t)
{
    if (!t || strcmp(t, "n") == 0) {
        return TYPE_NUMBER;
    }
    return strcmp(t, "s") == 0   ? TYPE_SHARED
           : strcmp(t, "b") == 0 ? TYPE_BOOL
           : strcmp(t, "d") == 0 ? TYPE_DATE
                                 : TYPE_TEXT;
}

static void begin_cell(struct xh__xlsx_parse *parse, const char **attrs)
{
    struct sheet *s = parse->self;
    const char *reference = xh__xlsx_attr(attrs, "r"), *style = xh__xlsx_attr(attrs, "s");
    uint32_t column = reference ? parse_reference(reference, s->row_number) : s->column + 1;
    if (s->is_in_cell || !s->is_in_row || column <= s->column) {
        refuse(parse, XH_E_INVALID, "the next cell is not where it belongs");
        return;
    }
    if (column > XH__XLSX_COLUMNS_MAX) {
        refuse(parse, XH_E_TOO_LARGE, "more than 16384 columns");
        return;
    }
    s->column = column;
    s->type = parse_type(xh__xlsx_attr(attrs, "t"));
    s->style = 0;
    if (style && xh_int_parse(xh_str_from(style), &s->style) != 0) {
        s->style = -1;
    }
    s->is_in_cell = true;
    s->is_in_phonetic = false;
    xh_buf_clear(&s->value);
}

static uint8_t date_flags(const struct sheet *s)
{
    const struct xh_xlsx_reader *r = s->reader;
    return s->style >= 0 && s->style < (int64_t)r->style_count ? r->styles[s->style] : 0;
}

static bool make_number(struct sheet *s, struct xh_xlsx_cell *cell)
{
    double serial;
    char date[XH__XLSX_DATE_TEXT_BYTES];
    struct xh_str text = xh_str_trim(xh_buf_str(&s->value));
    uint8_t flags = date_flags(s);
    if (xh_num_parse(text, &serial, NULL) != 0) {
        return false;
    }
    size_t date_len = flags ? xh__xlsx_date_print(serial, flags, s->reader->is_1904, date) : 0;
    cell->kind = date_len > 0 ? XH_XLSX_DATE : XH_XLSX_NUMBER;
    cell->text = xh_arena_str(s->row_arena, date_len > 0 ? (struct xh_str){date, date_len} : text);
    return true;
}

static bool make_shared(const struct sheet *s, struct xh_xlsx_cell *cell)
{
    const struct xh_xlsx_reader *r = s->reader;
    int64_t index;
    if (xh_int_parse(xh_str_trim(xh_buf_str(&s->value)), &index) != 0 || index < 0 ||
        index >= (int64_t)r->shared_count) {
        return false;
    }
    size_t from = index > 0 ? r->shared_ends[index - 1] : 0;
    size_t len = r->shared_ends[index] - from;
    cell->kind = len > 0 ? XH_XLSX_TEXT : XH_XLSX_EMPTY;
    cell->text = xh_str_sub(xh_buf_str(&r->shared_text), from, len);
    return true;
}

static bool make_bool(const struct sheet *s, struct xh_xlsx_cell *cell)
{
    struct xh_str text = xh_str_trim(xh_buf_str(&s->value));
    bool is_true = xh_str_is(text, "1") || xh_str_is(text, "true");
    if (!is_true && !xh_str_is(text, "0") && !xh_str_is(text, "false")) {
        return false;
    }
    cell->kind = XH_XLSX_BOOL;
    cell->text = is_true ? XH_STR("true") : XH_STR("false");
    return true;
}

static void make_text(struct sheet *s, enum xh_xlsx_kind kind, struct xh_xlsx_cell *cell)
{
    xh__xlsx_unescape(&s->value, 0);
    cell->kind = kind;
    cell->text = xh_arena_str(s->row_arena, xh_buf_str(&s->value));
}

static void put_cell(struct sheet *s, const struct xh_xlsx_cell *cell)
{
    while (s->count < s->column - 1) {
        s->cells[s->count++] = (struct xh_xlsx_cell){XH_XLSX_EMPTY, XH_STR("")};
    }
    s->cells[s->count++] = *cell;
}

static void end_cell(struct xh__xlsx_parse *parse)
{
    struct sheet *s = parse->self;
    struct xh_xlsx_cell cell = {XH_XLSX_EMPTY, XH_STR("")};
    s->is_in_cell = false;
    if (s->value.len == 0) {
        return;
    }
    bool is_good = true;
    switch (s->type) {
    case TYPE_NUMBER:
        is_good = make_number(s, &cell);
        break;
    case TYPE_SHARED:
        is_good = make_shared(s, &cell);
        break;
    case TYPE_BOOL:
        is_good = make_bool(s, &cell);
        break;
    case TYPE_DATE:
        make_text(s, XH_XLSX_DATE, &cell);
        break;
    case TYPE_TEXT:
        make_text(s, XH_XLSX_TEXT, &cell);
        break;
    }
    if (!is_good) {
        refuse(parse, XH_E_INVALID, "its value is not what its type says");
    } else if (cell.kind != XH_XLSX_EMPTY) {
        put_cell(s, &cell);
    }
}

/* -- elements -- */

static void on_start(struct xh__xlsx_parse *parse, const char *name, const char **attrs)
{
    struct sheet *s = parse->self;
    if (strcmp(name, "row") == 0) {
        begin_row(parse, attrs);
    } else if (strcmp(name, "c") == 0) {
        begin_cell(parse, attrs);
    } else if (!s->is_in_cell) {
        return;
    } else if (strcmp(name, "rPh") == 0) {
        s->is_in_phonetic = true;
    } else if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0) {
        s->is_in_value = !s->is_in_phonetic;
    }
}

static void on_end(struct xh__xlsx_parse *parse, const char *name)
{
    struct sheet *s = parse->self;
    if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0) {
        s->is_in_value = false;
    } else if (strcmp(name, "rPh") == 0) {
        s->is_in_phonetic = false;
    } else if (strcmp(name, "c") == 0) {
        end_cell(parse);
    } else if (strcmp(name, "row") == 0) {
        end_row(parse);
    }
}

static void on_text(struct xh__xlsx_parse *parse, struct xh_str text)
{
    struct sheet *s = parse->self;
    if (s->is_in_value) {
        xh_buf_add_str(&s->value, text);
    }
}

int xh_xlsx_read_sheet(struct xh_xlsx_reader *r, size_t index, xh_xlsx_row_fn *row, void *arg,
                       struct xh_err *err)
{
    static const struct xh__xlsx_handlers handlers = {on_start, on_end, on_text};
    if (index >= r->sheet_count) {
        return xh_err_set(err, XH_E_NOT_FOUND, "workbook: no sheet %zu, it has %zu", index,
                          r->sheet_count);
    }
    struct sheet *s = xh_alloc(sizeof *s);
    s->reader = r;
    s->row = row;
    s->arg = arg;
    s->row_arena = xh_arena_create("row of a sheet");
    int rc = xh__xlsx_parse_part(r->zip, r->sheets[index].part, &handlers, s, err);
    xh_arena_destroy(s->row_arena);
    xh_buf_finish(&s->value);
    free(s);
    return rc;
}
