/* xlsx.h: Excel workbooks (ECMA-376, Office Open XML) in and out.
 *
 * Reading goes through libzip and expat, sheet by sheet, row by row. Refused with a clear sentence:
 * more than 64 MiB unpacked or 100:1 packed (past 1 MiB) in any part, as declared or as it comes
 * out, more than 256 MiB or 10,000 parts in all, more than 1,048,576 rows, 16,384 columns or
 * 67,108,864 cells of a sheet, the empty ones between them counted (XH_E_TOO_LARGE); a document
 * type or entity declaration, a path out of the archive, damage (XH_E_INVALID); an encrypted or
 * another file (XH_E_UNSUPPORTED). Only values are read; formulas count with their
 * cached value, a failed one with its text ("#DIV/0!").
 *
 * A number whose cell's format shows a date or a clock time comes as text: "2024-01-31",
 * "2024-01-31T08:30:00" when the format shows a time or the number has one, "08:30:00" when there
 * is no date in either; to the second, or to the millisecond where the format shows fractions. The
 * workbook's own epoch counts, 1900 with its 29 February that never was, or 1904. An elapsed time
 * ("[h]:mm") and a number outside the calendar stay numbers, in days.
 *
 * Writing goes through libxlsxwriter, in constant memory, into a file; it needs room for temporary
 * files. The same content gives the same bytes. Numbers are kept with 16 significant digits.
 *
 * Not thread-safe: one reader or writer belongs to one thread at a time.
 */
#ifndef XH_BASE_XLSX_H
#define XH_BASE_XLSX_H

#include "base/arena.h"
#include "base/env.h"

enum xh_xlsx_kind { XH_XLSX_EMPTY, XH_XLSX_TEXT, XH_XLSX_NUMBER, XH_XLSX_BOOL, XH_XLSX_DATE };
struct xh_xlsx_cell {
    enum xh_xlsx_kind kind;
    struct xh_str text; /* numbers as written in the file, "true" or "false", "" when empty */
};

struct xh_xlsx_reader;
/* Reads the whole file first, at most 64 MiB. */
int xh_xlsx_open(const char *path, struct xh_xlsx_reader **ret, struct xh_err *err);
/* The bytes are borrowed until xh_xlsx_close. */
int xh_xlsx_open_memory(struct xh_str bytes, struct xh_xlsx_reader **ret, struct xh_err *err);
void xh_xlsx_close(struct xh_xlsx_reader *r);
size_t xh_xlsx_sheet_count(const struct xh_xlsx_reader *r);
struct xh_str xh_xlsx_sheet_name(const struct xh_xlsx_reader *r, size_t index);
/* Calls `row` for each row that has a value, in order; a value other than 0 stops and is returned.
 * cells[0] is column A, the last cell is not empty; they are borrowed for the call. */
typedef int xh_xlsx_row_fn(void *arg, uint32_t row_number_from_1, const struct xh_xlsx_cell *cells,
                           size_t count, struct xh_err *err);
int xh_xlsx_read_sheet(struct xh_xlsx_reader *r, size_t index, xh_xlsx_row_fn *row, void *arg,
                       struct xh_err *err);

struct xh_xlsx_writer;
/* The file must be creatable now; it is filled by xh_xlsx_finish. */
int xh_xlsx_create(const char *path, struct xh_xlsx_writer **ret, struct xh_err *err);
/* Begins the next sheet. A name has 1 to 31 characters, none of []:*?/\, else XH_E_INVALID. */
int xh_xlsx_sheet(struct xh_xlsx_writer *w, struct xh_str name, struct xh_err *err);
/* Cells go left to right, rows top to bottom. A header is bold with the first row frozen. A text is
 * never taken for a formula; characters that XML does not know become U+FFFD; a number that is not
 * finite is an empty cell, a day before 1900 a text. What goes wrong here is told by
 * xh_xlsx_finish: too many rows or columns, more than 32,767 characters, bytes not UTF-8. */
void xh_xlsx_header(struct xh_xlsx_writer *w, struct xh_str text);
void xh_xlsx_text(struct xh_xlsx_writer *w, struct xh_str text);
void xh_xlsx_number(struct xh_xlsx_writer *w, double value, int decimals);
void xh_xlsx_bool(struct xh_xlsx_writer *w, bool value);
void xh_xlsx_day(struct xh_xlsx_writer *w, int32_t day);
void xh_xlsx_empty(struct xh_xlsx_writer *w);
void xh_xlsx_end_row(struct xh_xlsx_writer *w);
/* Cells of a column below the first row take numbers from `least` on only, for 5000 rows: for a
 * workbook that people fill in. */
void xh_xlsx_least(struct xh_xlsx_writer *w, size_t column, double least);
/* Writes the file and frees, also on an error; then the file may be missing or of no use. */
int xh_xlsx_finish(struct xh_xlsx_writer *w, struct xh_err *err);

#endif
