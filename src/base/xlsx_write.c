/* xlsx_write.c: workbooks out, through libxlsxwriter; see xlsx.h.
 *
 * The first thing that goes wrong is kept in `failure`; what comes after it is not written, and
 * xh_xlsx_finish tells.
 */
#include "base/xlsx.h"

#include "base/num.h"
#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xlsxwriter.h>

enum { COLUMN_WIDTH_MIN = 10, COLUMN_WIDTH_MAX = 50 };

/* Every workbook says it was made at the first instant of 1980, where the zip format's time begins:
 * the same content gives the same bytes. */
static const time_t CREATED_S = 315532800;

struct xh_xlsx_writer {
    lxw_workbook *book;
    lxw_worksheet *sheet;
    lxw_format *header_format, *day_format;
    lxw_format *decimals_format[XH_NUM_DECIMALS_MAX + 1]; /* made when first needed */
    uint32_t row, column; /* of the next cell, from 0 */
    struct xh_buf text;
    struct xh_err failure;
};

static void keep_failure(struct xh_xlsx_writer *w, int code, const char *what)
{
    if (w->failure.code == 0) {
        xh_err_set(&w->failure, code, "workbook: row %lu, column %lu: %s",
                   (unsigned long)w->row + 1, (unsigned long)w->column + 1, what);
    }
}

/* -- a workbook and its sheets -- */

/* The library opens the file only at the end, and complains on stderr; so it is tried first. */
static int try_path(const char *path, struct xh_err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) {
        return xh_err_errno(err, errno, "create", path);
    }
    close(fd);
    return 0;
}

int xh_xlsx_create(const char *path, struct xh_xlsx_writer **ret, struct xh_err *err)
{
    lxw_workbook_options options = {.constant_memory = LXW_TRUE, .use_zip64 = LXW_FALSE};
    lxw_doc_properties properties = {.created = CREATED_S};
    int rc = try_path(path, err);
    if (rc < 0) {
        return rc;
    }
    lxw_workbook *book = workbook_new_opt(path, &options);
    if (!book) {
        return xh_err_set(err, XH_E_INTERNAL, "workbook: cannot begin '%.150s'", path);
    }
    workbook_set_properties(book, &properties);
    struct xh_xlsx_writer *w = xh_alloc(sizeof *w);
    w->book = book;
    w->header_format = workbook_add_format(book);
    format_set_bold(w->header_format);
    w->day_format = workbook_add_format(book);
    format_set_num_format(w->day_format, "yyyy-mm-dd");
    *ret = w;
    return 0;
}

int xh_xlsx_sheet(struct xh_xlsx_writer *w, struct xh_str name, struct xh_err *err)
{
    xh_buf_clear(&w->text);
    xh_buf_add_str(&w->text, name);
    const char *text = xh_buf_text(&w->text);
    lxw_error rc = LXW_ERROR_INVALID_SHEETNAME_CHARACTER;
    /* The library's check reads out of bounds for an empty name before its version 1.1.8. */
    if (name.len > 0 && xh_utf8_is_valid(name) && !memchr(name.ptr, 0, name.len)) {
        rc = workbook_validate_sheet_name(w->book, text);
    }
    if (rc != LXW_NO_ERROR) {
        return xh_err_set(err, XH_E_INVALID,
                          "workbook: '%.60s' cannot name a sheet: 1 to 31 characters, none of "
                          "[]:*?/\\, no apostrophe at its ends, not there yet",
                          text);
    }
    w->sheet = workbook_add_worksheet(w->book, text);
    if (!w->sheet) {
        return xh_err_set(err, XH_E_INTERNAL, "workbook: cannot add the sheet '%.60s'", text);
    }
    w->row = 0;
    w->column = 0;
    return 0;
}

int xh_xlsx_finish(struct xh_xlsx_writer *w, struct xh_err *err)
{
    errno = 0;
    lxw_error rc = workbook_close(w->book);
    bool is_full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
    int code = w->failure.code;
    if (rc != LXW_NO_ERROR) {
        code = xh_err_set(err, is_full ? XH_E_NO_SPACE : XH_E_IO,
                          "workbook: cannot write it: %.150s", lxw_strerror(rc));
    } else if (code != 0 && err) {
        *err = w->failure;
    }
    xh_buf_finish(&w->text);
    free(w);
    return code;
}

/* -- cells -- */

/* Whether the next cell can be written. */
static bool has_room(struct xh_xlsx_writer *w)
{
    xh_assert(w->sheet); /* a sheet comes first */
    if (w->row >= LXW_ROW_MAX) {
        keep_failure(w, XH_E_TOO_LARGE, "a sheet has at most 1048576 rows");
    } else if (w->column >= LXW_COL_MAX) {
        keep_failure(w, XH_E_TOO_LARGE, "a sheet has at most 16384 columns");
    }
    return w->failure.code == 0;
}

static void check(struct xh_xlsx_writer *w, lxw_error rc)
{
    if (rc == LXW_ERROR_MAX_STRING_LENGTH_EXCEEDED) {
        keep_failure(w, XH_E_TOO_LARGE, "a cell has at most 32767 characters");
    } else if (rc != LXW_NO_ERROR) {
        keep_failure(w, XH_E_INTERNAL, lxw_strerror(rc));
    }
}

/* "_xHHHH_" as plain text would be read as an escape. */
static bool looks_escaped(struct xh_str s)
{
    if (s.len < 7 || s.ptr[0] != '_' || s.ptr[1] != 'x' || s.ptr[6] != '_') {
        return false;
    }
    return xh_char_hex(s.ptr[2]) >= 0 && xh_char_hex(s.ptr[3]) >= 0 && xh_char_hex(s.ptr[4]) >= 0 &&
           xh_char_hex(s.ptr[5]) >= 0;
}

/* XML 1.0 has no NUL, U+FFFE and U+FFFF, escaped or not; they become U+FFFD. Returns how many bytes
 * such a character takes, 0 for any other. */
static size_t not_xml_len(struct xh_str s)
{
    if (s.ptr[0] == '\0') {
        return 1;
    }
    bool is_plane_end = xh_str_starts(s, XH_STR("\xEF\xBF\xBE")) ||
                        xh_str_starts(s, XH_STR("\xEF\xBF\xBF"));
    return is_plane_end ? 3 : 0;
}

/* The text as XML can hold it, NUL-terminated, in w->text. */
static const char *clean(struct xh_xlsx_writer *w, struct xh_str text)
{
    xh_buf_clear(&w->text);
    for (size_t i = 0; i < text.len;) {
        struct xh_str rest = {text.ptr + i, text.len - i};
        size_t bad = not_xml_len(rest);
        if (bad > 0) {
            xh_buf_add_text(&w->text, "\xEF\xBF\xBD");
            i += bad;
            continue;
        }
        if (looks_escaped(rest)) {
            xh_buf_add_text(&w->text, "_x005F");
        }
        xh_buf_add_char(&w->text, text.ptr[i++]);
    }
    return xh_buf_text(&w->text);
}

static void put_text(struct xh_xlsx_writer *w, struct xh_str text, lxw_format *format)
{
    if (!has_room(w)) {
        return;
    }
    if (!xh_utf8_is_valid(text)) {
        keep_failure(w, XH_E_INVALID, "the text is not valid utf-8");
    } else if (text.len > 0) {
        check(w, worksheet_write_string(w->sheet, w->row, (lxw_col_t)w->column, clean(w, text),
                                        format));
    }
    w->column++;
}

/* Characters of valid UTF-8. */
static size_t count_characters(struct xh_str s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.len; i++) {
        count += (s.ptr[i] & 0xC0) != 0x80;
    }
    return count;
}

void xh_xlsx_header(struct xh_xlsx_writer *w, struct xh_str text)
{
    size_t width = count_characters(text) + 2;
    width = width < COLUMN_WIDTH_MIN ? COLUMN_WIDTH_MIN : width;
    width = width > COLUMN_WIDTH_MAX ? COLUMN_WIDTH_MAX : width;
    if (has_room(w)) {
        lxw_col_t column = (lxw_col_t)w->column;
        check(w, worksheet_set_column(w->sheet, column, column, (double)width, NULL));
    }
    if (w->row == 0 && w->column == 0) {
        worksheet_freeze_panes(w->sheet, 1, 0);
    }
    put_text(w, text, w->header_format);
}

void xh_xlsx_text(struct xh_xlsx_writer *w, struct xh_str text)
{
    put_text(w, text, NULL);
}

/* "0", "0.0", "0.00" ...; NULL for the shortest form, which is the format "General". */
static lxw_format *format_of(struct xh_xlsx_writer *w, int decimals)
{
    char code[XH_NUM_DECIMALS_MAX + 3] = "0";
    if (decimals < 0 || decimals > XH_NUM_DECIMALS_MAX) {
        return NULL;
    }
    if (!w->decimals_format[decimals]) {
        if (decimals > 0) {
            code[1] = '.';
            memset(code + 2, '0', (size_t)decimals);
        }
        w->decimals_format[decimals] = workbook_add_format(w->book);
        format_set_num_format(w->decimals_format[decimals], code);
    }
    return w->decimals_format[decimals];
}

void xh_xlsx_number(struct xh_xlsx_writer *w, double value, int decimals)
{
    if (!has_room(w)) {
        return;
    }
    if (isfinite(value)) {
        check(w, worksheet_write_number(w->sheet, w->row, (lxw_col_t)w->column, value,
                                        format_of(w, decimals)));
    }
    w->column++;
}

void xh_xlsx_bool(struct xh_xlsx_writer *w, bool value)
{
    if (has_room(w)) {
        check(w, worksheet_write_boolean(w->sheet, w->row, (lxw_col_t)w->column, value, NULL));
    }
    w->column++;
}

void xh_xlsx_day(struct xh_xlsx_writer *w, int32_t day)
{
    char text[XH_TIME_TEXT_BYTES];
    int32_t zero = xh_day_from_civil(1899, 12, 31); /* serial number 1 is 1900-01-01 */
    bool is_past_false_leap_day = day >= xh_day_from_civil(1900, 3, 1);
    if (day <= zero) { /* before the calendar of workbooks */
        put_text(w, (struct xh_str){text, xh_day_print(day, text)}, NULL);
        return;
    }
    if (has_room(w)) {
        check(w,
              worksheet_write_number(w->sheet, w->row, (lxw_col_t)w->column,
                                     (double)(day - zero + is_past_false_leap_day), w->day_format));
    }
    w->column++;
}

void xh_xlsx_empty(struct xh_xlsx_writer *w)
{
    w->column++;
}

void xh_xlsx_least(struct xh_xlsx_writer *w, size_t column, double least)
{
    enum { ROWS = 5000 };
    lxw_data_validation validation = {
        .validate = LXW_VALIDATION_TYPE_DECIMAL,
        .criteria = LXW_VALIDATION_CRITERIA_GREATER_THAN_OR_EQUAL_TO,
        .value_number = least,
    };
    xh_assert(column < LXW_COL_MAX);
    if (w->failure.code == 0) {
        check(w, worksheet_data_validation_range(w->sheet, 1, (lxw_col_t)column, ROWS,
                                                 (lxw_col_t)column, &validation));
    }
}

void xh_xlsx_end_row(struct xh_xlsx_writer *w)
{
    w->column = 0;
    w->row++;
}
