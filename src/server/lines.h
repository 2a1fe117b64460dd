/* lines.h: InfluxDB line protocol, read by hand in one pass.
 *
 *     measurement[,tag=value ...] field=value[,field=value ...] [timestamp]
 *
 * Grammar (InfluxDB's public reference "Line protocol", v1 and v2, which agree but for precisions):
 *   - Lines end with \n or \r\n. A line that begins with '#' is a comment; blank lines count only
 *     in the numbering. Spaces before a line, between its parts and behind it do no harm.
 *   - A backslash before a comma, an equals sign or a space makes it a part of the name or of the
 *     tag's value; before anything else it stands for itself.
 *   - Values of fields: 1.5, 1e3 (float); 7i (64 bits with sign); 7u (64 bits without); t T true
 *     True TRUE and f F false False FALSE; "text", in which \" and \\ stand for " and \. A text may
 *     run over lines, as Telegraf sends it.
 *   - The timestamp is a whole number in the precision of the request, and may be below zero.
 *
 * Guarantees: never reads outside of the body; nothing is allocated; all slices are of the body. A
 * line that is wrong is refused by its number, the one behind it is read. A float of up to 15
 * digits without exponent takes a short way (mantissa / 10^decimals, both exact doubles, one
 * rounding: W. D. Clinger, PLDI 1990), everything else base/num.h; both give the same.
 *
 * Measurement and tags stay one slice, the head: whoever knows a head already need not take it
 * apart. Whether it is well formed is found out by xh__line_head_read, asked once for each head.
 *
 * Threads: none of its own; a reader belongs to one.
 */
#ifndef XH_SERVER_LINES_H
#define XH_SERVER_LINES_H

#include "base/arena.h"
#include "base/err.h"

enum {
    XH__LINE_BYTES_MAX = 65536,
    XH__LINE_FIELDS_MAX = 256,
    XH__LINE_TAGS_MAX = 64
};

enum xh__line_kind { XH__LINE_NUMBER, XH__LINE_TRUTH, XH__LINE_TEXT };

struct xh__line_field {
    struct xh_str name; /* as it stands, escapes and all */
    struct xh_str text; /* the value as it stands */
    double value;       /* NUMBER; TRUTH: 0 or 1 */
    uint8_t kind;       /* enum xh__line_kind */
    int8_t decimals;    /* as in a reading */
};

struct xh__line {
    uint64_t number;    /* from 1 */
    struct xh_str head; /* measurement and tags, as they stand */
    size_t field_count;
    bool has_time;
    int64_t at_us;
    struct xh__line_field fields[XH__LINE_FIELDS_MAX];
};

/* What one unit of a timestamp is: num / den microseconds. */
struct xh__line_precision {
    int64_t num, den;
};

struct xh__lines {
    const char *at, *end;
    uint64_t number; /* of the line at `at` */
    struct xh__line_precision precision;
};

/* "ns", "n", "us", "u", "ms", "s", "m", "h"; empty: ns. XH_E_INVALID names the parameter. */
int xh__lines_precision(struct xh_str text, struct xh__line_precision *ret, struct xh_err *err);
void xh__lines_begin(struct xh__lines *lines, struct xh_str body,
                     struct xh__line_precision precision);
/* 1: *ret is the next line; 0: the body is read; < 0: the line ret->number is wrong (err says
 * "line N: ...", field, value and what is allowed), the next call reads the one behind it. */
int xh__lines_next(struct xh__lines *lines, struct xh__line *ret, struct xh_err *err);

/* [+-]digits[.digits] with at most 15 digits at p: how many bytes it takes, and what base/num.h
 * would make of it; 0: it is none, or longer. What follows is not looked at. */
size_t xh__number_quick(const char *p, const char *end, double *ret_value, int8_t *ret_decimals);

struct xh__line_tag {
    struct xh_str name, value;
};
/* A head taken apart, escapes undone, tags in order of their names. */
struct xh__line_head {
    struct xh_str measurement;
    struct xh__line_tag tags[XH__LINE_TAGS_MAX];
    size_t tag_count;
};
/* Texts live in the arena. XH_E_INVALID: a name or value is empty, a tag has no value or comes
 * twice, it is not UTF-8; XH_E_TOO_LARGE: too many tags. */
int xh__line_head_read(struct xh_arena *arena, struct xh_str head, struct xh__line_head *ret,
                       struct xh_err *err);
struct xh_str xh__line_unescape(struct xh_arena *arena, struct xh_str text);
/* The start of a text, for a sentence; empty where it is not UTF-8. */
struct xh_str xh__line_shown(struct xh_str text);

#endif
