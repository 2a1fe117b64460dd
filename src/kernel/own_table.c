/* own_table.c: bytes to cells. */
#include <string.h>

#include "base/csv.h"
#include "kernel/own.h"
#include "kernel/shape.h"

enum { GUESS_BYTES = 64 << 10 };

struct fill {
    struct xh_arena *arena;
    struct xh_own_sheet *sheet;
    size_t row_capacity, row_total, cell_total;
};

static int too_large(const char *field, int most, const char *unit, struct xh_err *err)
{
    char limit[32];
    struct xh_buf text = {0};
    xh_buf_add_format(&text, "%d", most);
    (void)memcpy(limit, xh_buf_text(&text), text.len + 1);
    xh_buf_finish(&text);
    return xh_err_field(err, XH_E_TOO_LARGE, field, xh_str_from(NULL), limit, unit,
                        "a table of bills may have %s %s, this one has more", limit, unit);
}

/* Spaces at both ends, the one that does not break among them. */
static struct xh_str clean(struct xh_str text)
{
    static const struct xh_str hard = {"\xc2\xa0", 2};
    size_t before;
    do {
        before = text.len;
        text = xh_str_trim(text);
        if (xh_str_starts(text, hard)) {
            text = xh_str_sub(text, hard.len, text.len);
        }
        if (xh_str_ends(text, hard)) {
            text = xh_str_sub(text, 0, text.len - hard.len);
        }
    } while (text.len != before);
    return text;
}

/* A row with room for `count` cells, or an error when the table is too large. */
static int add_row(struct fill *fill, uint32_t number, size_t count, struct xh_xlsx_cell **ret,
                   struct xh_err *err)
{
    struct xh_own_sheet *sheet = fill->sheet;
    fill->cell_total += count;
    if (++fill->row_total > XH_OWN_ROWS_MAX) {
        return too_large("rows", XH_OWN_ROWS_MAX, "rows", err);
    }
    if (count > XH_OWN_COLUMNS_MAX) {
        return too_large("columns", XH_OWN_COLUMNS_MAX, "columns", err);
    }
    if (fill->cell_total > XH_OWN_CELLS_MAX) {
        return too_large("cells", XH_OWN_CELLS_MAX, "cells", err);
    }
    sheet->rows = xh_arena_grow(fill->arena, sheet->rows, &fill->row_capacity, sheet->row_count + 1,
                                sizeof *sheet->rows);
    *ret = XH_NEW_ARRAY(fill->arena, struct xh_xlsx_cell, count > 0 ? count : 1);
    sheet->rows[sheet->row_count++] = (struct xh_own_row){number, *ret, count};
    sheet->column_count = count > sheet->column_count ? count : sheet->column_count;
    return XH_E_OK;
}

static int take_xlsx_row(void *arg, uint32_t number, const struct xh_xlsx_cell *cells, size_t count,
                         struct xh_err *err)
{
    struct fill *fill = arg;
    struct xh_xlsx_cell *row = NULL;
    int code = add_row(fill, number, count, &row, err);
    for (size_t i = 0; code == 0 && i < count; i++) {
        row[i].text = xh_arena_str(fill->arena, clean(cells[i].text));
        row[i].kind = row[i].text.len == 0 ? XH_XLSX_EMPTY : cells[i].kind;
    }
    return code;
}

static int read_xlsx(struct xh_str bytes, struct xh_arena *arena, struct xh_own_table *table,
                     struct xh_err *err)
{
    struct xh_xlsx_reader *reader = NULL;
    struct fill fill = {.arena = arena};
    int code = xh_xlsx_open_memory(bytes, &reader, err);
    if (code < 0) {
        return code;
    }
    table->is_xlsx = true;
    table->sheet_count = xh_xlsx_sheet_count(reader);
    if (table->sheet_count > XH_OWN_SHEETS_MAX) {
        code = too_large("sheets", XH_OWN_SHEETS_MAX, "sheets", err);
    } else {
        table->sheets = XH_NEW_ARRAY(arena, struct xh_own_sheet, table->sheet_count + 1);
    }
    for (size_t i = 0; code == 0 && i < table->sheet_count; i++) {
        fill.sheet = &table->sheets[i];
        fill.row_capacity = 0;
        fill.sheet->name = xh_arena_str(arena, xh_xlsx_sheet_name(reader, i));
        code = xh_xlsx_read_sheet(reader, i, take_xlsx_row, &fill, err);
    }
    xh_xlsx_close(reader);
    return code;
}

/* A semicolon or a tab in three lines of ten is the separator: where commas stand in a file beside
 * them, they are those of numbers. */
static char separator_of(struct xh_str bytes)
{
    size_t lines = 1, tabs = 0, semicolons = 0;
    bool has_tab = false, has_semicolon = false;
    size_t len = bytes.len < GUESS_BYTES ? bytes.len : GUESS_BYTES;
    for (size_t i = 0; i < len; i++) {
        char c = bytes.ptr[i];
        has_tab |= c == '\t';
        has_semicolon |= c == ';';
        if (c == '\n' || i + 1 == len) {
            tabs += has_tab;
            semicolons += has_semicolon;
            lines += c == '\n';
            has_tab = has_semicolon = false;
        }
    }
    if (tabs * 10 >= lines * 3) {
        return '\t';
    }
    return semicolons * 10 >= lines * 3 ? ';' : ',';
}

static int read_csv(struct xh_str bytes, struct xh_arena *arena, struct xh_own_table *table,
                    struct xh_err *err)
{
    struct fill fill = {.arena = arena};
    struct xh_csv_reader *reader = xh_csv_reader_create(separator_of(bytes));
    const struct xh_str *fields = NULL;
    size_t count = 0;
    int code;
    table->sheet_count = 1;
    table->sheets = XH_NEW(arena, struct xh_own_sheet);
    fill.sheet = table->sheets;
    xh_csv_feed(reader, bytes.ptr ? bytes.ptr : "", bytes.len, true);
    while ((code = xh_csv_next(reader, &fields, &count, err)) == 1) {
        struct xh_xlsx_cell *row = NULL;
        uint64_t line = xh_csv_line(reader);
        code = add_row(&fill, line < UINT32_MAX ? (uint32_t)line : UINT32_MAX, count, &row, err);
        if (code < 0) {
            break;
        }
        for (size_t i = 0; i < count; i++) {
            row[i].text = xh_arena_str(arena, clean(fields[i]));
            row[i].kind = row[i].text.len > 0 ? XH_XLSX_TEXT : XH_XLSX_EMPTY;
        }
    }
    xh_csv_reader_destroy(reader);
    return code;
}

int xh_own_table_read(struct xh_str bytes, struct xh_arena *arena, struct xh_own_table *ret,
                      struct xh_err *err)
{
    struct xh_own_table table = {0};
    if (bytes.len == 0) {
        return xh_err_field(err, XH_E_INVALID, "body", bytes, "an XLSX or CSV file", NULL,
                            "the file is empty");
    }
    bool is_zip = bytes.len >= 2 && bytes.ptr[0] == 'P' && bytes.ptr[1] == 'K';
    bool is_ole = bytes.len >= 2 && (unsigned char)bytes.ptr[0] == 0xd0 &&
                  (unsigned char)bytes.ptr[1] == 0xcf;
    int code = is_zip || is_ole ? read_xlsx(bytes, arena, &table, err)
                                : read_csv(bytes, arena, &table, err);
    if (code >= 0) {
        *ret = table;
    }
    return code < 0 ? code : XH_E_OK;
}

void xh_own_cell_name(size_t column, uint32_t row, char text[XH_OWN_CELL_BYTES])
{
    char letters[8];
    size_t count = 0, at = 0;
    for (size_t left = column + 1; left > 0 && count < sizeof letters; left = (left - 1) / 26) {
        letters[count++] = (char)('A' + (left - 1) % 26);
    }
    while (count > 0) {
        text[at++] = letters[--count];
    }
    text[at] = '\0';
    if (row > 0) {
        struct xh_buf digits = {0};
        xh_buf_add_format(&digits, "%u", (unsigned)row);
        (void)memcpy(text + at, xh_buf_text(&digits), digits.len + 1);
        xh_buf_finish(&digits);
    }
}

bool xh_own_column_parse(struct xh_str name, size_t *ret_column)
{
    size_t column = 0;
    if (name.len == 0 || name.len > 3) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        char c = (char)(name.ptr[i] & ~0x20);
        if (c < 'A' || c > 'Z') {
            return false;
        }
        column = column * 26 + (size_t)(c - 'A') + 1;
    }
    *ret_column = column - 1;
    return true;
}
