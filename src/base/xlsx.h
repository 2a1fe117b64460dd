/* xlsx.h: Excel workbooks (ECMA-376, Office Open XML) in and out.
 *
 * Reading goes through libzip and expat, sheet by sheet, row by row. Refused with a clear sentence:
 * more than 64 MiB unpacked or 100:1 packed in any part, more than 1,048,576 rows or 16,384
 * columns, a DTD or entity declaration, an encrypted file, a path out of the archive. Only values
 * are read; formulas count with their cached value. Dates come as text (ISO 8601) when the cell's
 * number format is a date, with the 1900 or 1904 epoch the workbook declares. Writing goes through
 * libxlsxwriter, in constant memory, into a file.
 */
#ifndef XH_BASE_XLSX_H
#define XH_BASE_XLSX_H

#include "base/arena.h"
#include "base/env.h"

enum xh_xlsx_kind { XH_XLSX_EMPTY, XH_XLSX_TEXT, XH_XLSX_NUMBER, XH_XLSX_BOOL, XH_XLSX_DATE };
struct xh_xlsx_cell {
    enum xh_xlsx_kind kind;
    struct xh_str text;  /* always: numbers as written in the file, dates as ISO 8601 */
};

struct xh_xlsx_reader;
int xh_xlsx_open(const char *path, struct xh_xlsx_reader **ret, struct xh_err *err);
int xh_xlsx_open_memory(struct xh_str bytes, struct xh_xlsx_reader **ret, struct xh_err *err);
void xh_xlsx_close(struct xh_xlsx_reader *r);
size_t xh_xlsx_sheet_count(const struct xh_xlsx_reader *r);
struct xh_str xh_xlsx_sheet_name(const struct xh_xlsx_reader *r, size_t index);
/* Calls `row` for each row that has cells, in order; a value other than 0 stops and is returned. */
typedef int xh_xlsx_row_fn(void *arg, uint32_t row_number_from_1, const struct xh_xlsx_cell *cells,
                           size_t count, struct xh_err *err);
int xh_xlsx_read_sheet(struct xh_xlsx_reader *r, size_t index, xh_xlsx_row_fn *row, void *arg,
                       struct xh_err *err);

struct xh_xlsx_writer;
int xh_xlsx_create(const char *path, struct xh_xlsx_writer **ret, struct xh_err *err);
int xh_xlsx_sheet(struct xh_xlsx_writer *w, struct xh_str name, struct xh_err *err);
/* Cells go left to right, rows top to bottom. A header is bold with the first row frozen. */
void xh_xlsx_header(struct xh_xlsx_writer *w, struct xh_str text);
void xh_xlsx_text(struct xh_xlsx_writer *w, struct xh_str text);
void xh_xlsx_number(struct xh_xlsx_writer *w, double value, int decimals);
void xh_xlsx_day(struct xh_xlsx_writer *w, int32_t day);
void xh_xlsx_empty(struct xh_xlsx_writer *w);
void xh_xlsx_end_row(struct xh_xlsx_writer *w);
/* writes and frees, also on error */
int xh_xlsx_finish(struct xh_xlsx_writer *w, struct xh_err *err);

#endif
