/* json.h: JSON (RFC 8259) read and written as a stream.
 *
 * Reading: a pull parser over a whole text in memory. It allocates only for strings with escapes
 * (in the arena) and keeps a number as the text it was, so that the caller decides between double,
 * decimal and integer. Depth has a limit (XH_E_TOO_LARGE); the size of the text is the caller's to
 * limit, and a duplicate name in an object the caller's to judge. Text must be valid UTF-8 (a
 * byte-order mark in front is skipped, section 8.1); an escaped lone surrogate is refused. Errors
 * (XH_E_INVALID) name line, column, what was expected and what was found.
 */
#ifndef XH_BASE_JSON_H
#define XH_BASE_JSON_H

#include "base/arena.h"
#include "base/dec.h"
#include "base/err.h"

enum xh_json_type {
    XH_JSON_ERROR = -1,
    XH_JSON_END,          /* the text is over */
    XH_JSON_OBJECT,       /* { */
    XH_JSON_OBJECT_END,
    XH_JSON_ARRAY,        /* [ */
    XH_JSON_ARRAY_END,
    XH_JSON_NAME,         /* a member's name: text */
    XH_JSON_STRING,       /* text */
    XH_JSON_NUMBER,       /* text, as written */
    XH_JSON_TRUE,
    XH_JSON_FALSE,
    XH_JSON_NULL
};

enum { XH_JSON_DEPTH_MAX = 64 };

struct xh_json_reader;

/* A reader over the whole text; the text must outlive the reader. In `arena`, no destroy. */
struct xh_json_reader *xh_json_reader_create(struct xh_arena *arena, struct xh_str text);
/* The next token. After XH_JSON_ERROR every call answers so again. */
enum xh_json_type xh_json_next(struct xh_json_reader *r);
struct xh_str xh_json_text(const struct xh_json_reader *r); /* of NAME, STRING, NUMBER; borrowed */
int xh_json_depth(const struct xh_json_reader *r);          /* open objects and arrays */
size_t xh_json_offset(const struct xh_json_reader *r);      /* bytes read so far */
/* The code of the error and its sentence; 0 and err untouched when there is none. */
int xh_json_error(const struct xh_json_reader *r, struct xh_err *err);
/* After OBJECT, ARRAY or NAME: leaves out that value, whole; after any other token there is nothing
 * to leave out. False on an error. */
bool xh_json_skip(struct xh_json_reader *r);
/* The raw text of the value that comes next, which is checked and left behind. False on an error,
 * and when no value comes next (a name, the end of an array); then nothing is left behind. */
bool xh_json_raw(struct xh_json_reader *r, struct xh_str *ret_raw);

/* Writing, into a buffer; commas and colons by itself, two-space indent if asked. A wrong order of
 * calls is a programmer's error (assert). Not finite doubles are written as null, bytes that are
 * not UTF-8 as U+FFFD. One writer writes one value; when it is written, depth is 0 again. */
struct xh_json_writer {
    struct xh_buf *out;
    bool is_pretty;
    int depth;
    bool needs_comma[XH_JSON_DEPTH_MAX + 1];
    bool is_object[XH_JSON_DEPTH_MAX + 1];
    bool has_name;
};
void xh_json_writer_init(struct xh_json_writer *w, struct xh_buf *out, bool is_pretty);
void xh_json_object(struct xh_json_writer *w);
void xh_json_object_end(struct xh_json_writer *w);
void xh_json_array(struct xh_json_writer *w);
void xh_json_array_end(struct xh_json_writer *w);
void xh_json_name(struct xh_json_writer *w, const char *name);
void xh_json_name_str(struct xh_json_writer *w, struct xh_str name);
void xh_json_str(struct xh_json_writer *w, struct xh_str value);
void xh_json_string(struct xh_json_writer *w, const char *value); /* NULL writes null */
void xh_json_int(struct xh_json_writer *w, int64_t value);
void xh_json_num(struct xh_json_writer *w, double value);                 /* shortest */
void xh_json_num_as(struct xh_json_writer *w, double value, int decimals); /* num.h */
void xh_json_dec(struct xh_json_writer *w, struct xh_dec value); /* a number, its own digits */
void xh_json_bool(struct xh_json_writer *w, bool value);
void xh_json_null(struct xh_json_writer *w);
void xh_json_raw_value(struct xh_json_writer *w, struct xh_str json); /* trusted text */

#endif
