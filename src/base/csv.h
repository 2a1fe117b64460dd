/* csv.h: CSV (RFC 4180) read and written as a stream.
 *
 * Reading takes pieces of any size and gives whole records; line ends CRLF, LF or CR; a UTF-8
 * byte-order mark is skipped; the separator is given or guessed (comma, semicolon, tab) from the
 * first record. Quotes inside an unquoted field are data. Limits: 1 MiB a record, 4096 fields
 * (XH_E_TOO_LARGE). A quote that never ends, text behind a closing quote and bytes that are not
 * UTF-8 are XH_E_INVALID. After an error every call answers with it again.
 *
 * The guess takes the separator that occurs most often outside quotes; a comma between two digits
 * counts as a decimal comma, and with no separator at all it is the comma. It looks at the first
 * 64 KiB at most.
 *
 * Not thread-safe: one reader or writer belongs to one thread at a time.
 */
#ifndef XH_BASE_CSV_H
#define XH_BASE_CSV_H

#include "base/arena.h"
#include "base/err.h"

enum { XH_CSV_RECORD_BYTES_MAX = 1 << 20, XH_CSV_FIELDS_MAX = 4096 };

struct xh_csv_reader;
/* separator 0: guess it. */
struct xh_csv_reader *xh_csv_reader_create(char separator);
void xh_csv_reader_destroy(struct xh_csv_reader *r);
/* Gives bytes; they are copied as far as needed. is_last: nothing follows. */
void xh_csv_feed(struct xh_csv_reader *r, const void *bytes, size_t len, bool is_last);
/* 1: a record, its fields borrowed until the next call; 0: feed more, or the end; < 0: error, which
 * names the line. Empty lines are left out. */
int xh_csv_next(struct xh_csv_reader *r, const struct xh_str **ret_fields, size_t *ret_count,
                struct xh_err *err);
uint64_t xh_csv_line(const struct xh_csv_reader *r); /* of the record given last, from 1 */
char xh_csv_separator(const struct xh_csv_reader *r);

/* Writing: fields are quoted when they hold separator, quote, CR, LF or lead with white space or
 * U+FEFF. A text that a spreadsheet would take for a formula (= + - @ and not a number) gets a
 * leading apostrophe when is_for_spreadsheet. Records end in CRLF; a record of one empty field is
 * written as "", for a blank line is no record. A number that is not finite is an empty field. init
 * sets a comma and is_for_spreadsheet false; both may be changed before the first field. */
struct xh_csv_writer {
    struct xh_buf *out;
    char separator;
    bool is_for_spreadsheet;
    bool has_field, is_blank; /* private: of the record begun */
};
void xh_csv_writer_init(struct xh_csv_writer *w, struct xh_buf *out);
void xh_csv_field(struct xh_csv_writer *w, struct xh_str value);
void xh_csv_text(struct xh_csv_writer *w, const char *value);
void xh_csv_int(struct xh_csv_writer *w, int64_t value);
void xh_csv_num_as(struct xh_csv_writer *w, double value, int decimals);
void xh_csv_end(struct xh_csv_writer *w);

#endif
