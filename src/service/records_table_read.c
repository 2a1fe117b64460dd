/* records_table_read.c: a CSV text or a workbook as sheets of texts. */
#include "service/records_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/num.h"
#include "base/xlsx.h"

struct filling {
    struct xh_arena *arena;
    struct xh__sheet *sheet;
    bool is_csv;
};

/* What our own CSV put before a text so that no spreadsheet takes it for a formula. */
static struct xh_str without_apostrophe(struct xh_str cell)
{
    bool is_marked = cell.len > 1 && cell.ptr[0] == '\'' && strchr("=+-@", cell.ptr[1]) != NULL;
    return is_marked ? xh_str_sub(cell, 1, cell.len) : cell;
}

/* Each row has as many cells as the header, given or not. */
static int take_header(struct filling *f, const struct xh_str *cells, size_t count,
                       struct xh_err *err)
{
    if (count > XH__IMPORT_COLUMNS_MAX) {
        char text[XH_NUM_TEXT_BYTES];
        struct xh_str value = {text, xh_int_print((int64_t)count, text)};
        return xh_err_field(err, XH_E_TOO_LARGE, "columns", value, "256", "columns",
                            "a table has at most %d columns, not %s", XH__IMPORT_COLUMNS_MAX, text);
    }
    f->sheet->header = XH_NEW_ARRAY(f->arena, struct xh_str, count);
    f->sheet->column_count = count;
    for (size_t i = 0; i < count; i++) {
        f->sheet->header[i] = xh_arena_str(f->arena, xh_str_trim(cells[i]));
    }
    return XH_E_OK;
}

/* The first row that has a cell is the header. */
static int take_row(struct filling *f, uint64_t line, const struct xh_str *cells, size_t count,
                    struct xh_err *err)
{
    struct xh__sheet *sheet = f->sheet;
    if (sheet->header == NULL) {
        return take_header(f, cells, count, err);
    }
    if (sheet->row_count == XH__IMPORT_ROWS_MAX) {
        return xh_err_field(err, XH_E_TOO_LARGE, "rows", XH_STR(""), "20000", "rows",
                            "a table with more than %d rows is taken in pieces",
                            XH__IMPORT_ROWS_MAX);
    }
    if (count > sheet->column_count) {
        return xh_err_set(err, XH_E_INVALID, "line %llu has %zu cells, the header has %zu",
                          (unsigned long long)line, count, sheet->column_count);
    }
    sheet->rows = xh_arena_grow(f->arena, sheet->rows, &sheet->row_capacity, sheet->row_count + 1,
                                sizeof *sheet->rows);
    struct xh__sheet_row *row = &sheet->rows[sheet->row_count++];
    row->line = line;
    row->cells = XH_NEW_ARRAY(f->arena, struct xh_str, sheet->column_count);
    for (size_t i = 0; i < count; i++) {
        row->cells[i] = xh_arena_str(f->arena, f->is_csv ? without_apostrophe(cells[i]) : cells[i]);
    }
    return XH_E_OK;
}

static int read_csv(struct filling *f, struct xh_str content, struct xh_err *err)
{
    struct xh_csv_reader *reader = xh_csv_reader_create('\0');
    const struct xh_str *cells = NULL;
    size_t count = 0;
    int code;
    xh_csv_feed(reader, content.ptr, content.len, true);
    while ((code = xh_csv_next(reader, &cells, &count, err)) > 0) {
        code = take_row(f, xh_csv_line(reader), cells, count, err);
        if (code < 0) {
            break;
        }
    }
    xh_csv_reader_destroy(reader);
    return code;
}

/* A midnight is a day: spreadsheets keep both in the same way. */
static struct xh_str cell_text(const struct xh_xlsx_cell *cell)
{
    struct xh_str midnight = XH_STR("T00:00:00");
    if (cell->kind == XH_XLSX_DATE && xh_str_ends(cell->text, midnight)) {
        return xh_str_sub(cell->text, 0, cell->text.len - midnight.len);
    }
    return cell->text;
}

static int on_xlsx_row(void *arg, uint32_t line, const struct xh_xlsx_cell *cells, size_t count,
                       struct xh_err *err)
{
    struct filling *f = arg;
    struct xh_str *texts = xh_alloc((count + 1) * sizeof *texts);
    for (size_t i = 0; i < count; i++) {
        texts[i] = cell_text(&cells[i]);
    }
    int code = take_row(f, line, texts, count, err);
    free(texts);
    return code;
}

static int read_xlsx(struct xh_arena *arena, struct xh_str content, struct xh__book *ret,
                     struct xh_err *err)
{
    struct xh_xlsx_reader *reader = NULL;
    int code = xh_xlsx_open_memory(content, &reader, err);
    if (code < 0) {
        return code;
    }
    ret->count = xh_xlsx_sheet_count(reader);
    ret->sheets = XH_NEW_ARRAY(arena, struct xh__sheet, ret->count);
    for (size_t i = 0; code >= 0 && i < ret->count; i++) {
        struct filling f = {arena, &ret->sheets[i], false};
        f.sheet->name = xh_arena_str(arena, xh_xlsx_sheet_name(reader, i));
        code = xh_xlsx_read_sheet(reader, i, on_xlsx_row, &f, err);
    }
    xh_xlsx_close(reader);
    return code;
}

int xh__book_read(struct xh_arena *arena, enum xh_table_format format, struct xh_str content,
                  struct xh__book *ret, struct xh_err *err)
{
    struct xh__book book = {.count = 1};
    int code;
    if (format == XH_TABLE_XLSX) {
        code = read_xlsx(arena, content, &book, err);
    } else {
        book.sheets = XH_NEW(arena, struct xh__sheet);
        struct filling f = {arena, book.sheets, true};
        code = read_csv(&f, content, err);
    }
    if (code < 0) {
        return code;
    }
    if (book.count == 0 || book.sheets[0].header == NULL) {
        return xh_err_set(err, XH_E_INVALID, "the table is empty: its first row names the columns");
    }
    *ret = book;
    return XH_E_OK;
}
