/* odata_internal.h: what the files odata*.c share.
 *
 *   odata_parse.c          query options
 *   odata_parse_expr.c     expressions
 *   odata_parse_literal.c  names and literals
 *   odata_path.c           resource paths
 *   odata_value.c          values: their order, from JSON, times as text
 *   odata_eval.c           what an expression is for an entity
 *   odata_compare.c        eq, ne, lt ..., in
 *   odata_arith.c          add, sub, mul, div, mod
 *   odata_functions.c      the table of functions; texts and numbers
 *   odata_times.c          functions of times and periods
 *   odata_geo.c            geometries, by GEOS
 *   odata_case.c           upper and lower case
 */
#ifndef XH_SERVER_STA_ODATA_INTERNAL_H
#define XH_SERVER_STA_ODATA_INTERNAL_H

#include "server/sta/odata.h"

enum {
    XH__ODATA_TEXT_BYTES_MAX = 65536,
    XH__ODATA_DEPTH_MAX = 32,
    XH__ODATA_NODES_MAX = 4096,
    XH__ODATA_SEGMENTS_MAX = 32
};

/* ---- reading ---- */

/* A variable of any() or all(), while its body is read. */
struct xh__odata_variable {
    struct xh_str name;
    const struct xh__odata_variable *outer;
};

/* Where the reader of one option's text stands. */
struct xh__odata_parser {
    struct xh_arena *arena;
    struct xh_err *err;
    const char *option;          /* "$filter": for errors */
    struct xh_str text;          /* decoded */
    size_t at;
    unsigned depth;              /* of parentheses and of $expand */
    size_t node_count;           /* of the whole query so far */
    const struct xh__odata_variable *variables;
};

/* ---- odata_parse_literal.c ---- */

/* XH_E_INVALID: what was expected here, and what stands here. */
int xh__odata_expected(const struct xh__odata_parser *p, const char *what);
/* One node more, one level deeper: XH_E_TOO_LARGE when there are too many. */
int xh__odata_count_node(struct xh__odata_parser *p);
int xh__odata_check_depth(const struct xh__odata_parser *p, unsigned depth);
void xh__odata_skip_space(struct xh__odata_parser *p);
char xh__odata_peek(const struct xh__odata_parser *p);  /* NUL at the end */
bool xh__odata_take_char(struct xh__odata_parser *p, char wanted);
/* A name is letters, digits, '_' and whatever Unicode has for letters, with '.' inside, in front
 * also '@' or '$'. `is_inner`: behind a '/', where a name may hold '-' and begin with a digit. */
bool xh__odata_take_name(struct xh__odata_parser *p, bool is_inner, struct xh_str *ret);
/* The word, if it stands here whole: "and" is not in "android". */
bool xh__odata_take_word(struct xh__odata_parser *p, const char *word);
/* "[3]" as the name "3". 1, 0 when there is none, or an error. */
int xh__odata_take_index(struct xh__odata_parser *p, struct xh_str *ret);
/* What begins with a digit, '-' or a quote: 1, 0 when here is no literal, or an error. */
int xh__odata_take_literal(struct xh__odata_parser *p, struct xh__odata_value *ret);
/* The same with a name in front: duration'PT1H', geography'...', geometry'...'. */
int xh__odata_take_named_literal(struct xh__odata_parser *p, struct xh_str name,
                                 struct xh__odata_value *ret);
/* A text as an instant, an interval or a date, as in a literal; false when it is none. */
bool xh__odata_time_of_text(struct xh_str text, struct xh__odata_value *ret);

/* ---- odata_parse_expr.c ---- */

/* Reads as much as is an expression; what follows is the caller's to judge. */
int xh__odata_expr_parse(struct xh__odata_parser *p, struct xh__odata_expr **ret);

/* ---- odata_functions.c ---- */

/* A call: its arguments are no lists, but may be NULL and, unless the table says so, of any type. A
 * wrong type gives NULL. */
struct xh__odata_call {
    struct xh__odata_env *env;
    const struct xh__odata_value *args;
    size_t arg_count;
};
typedef struct xh__odata_value xh__odata_body(const struct xh__odata_call *c);

enum xh__odata_function_flags {
    XH__ODATA_IS_TRUTH = 1,       /* of a list: true when it is for any of the list */
    XH__ODATA_NEEDS_INTERVAL = 2, /* its second argument may not be an instant */
    XH__ODATA_IS_DEAR = 4         /* works long over its arguments */
};
struct xh__odata_function {
    const char *name;
    size_t arg_count_min, arg_count_max;
    size_t text_count;            /* so many arguments, the first, must be texts; else NULL */
    unsigned flags;
    xh__odata_body *body;
};
/* Its index, -1: there is none. */
int xh__odata_function_find(struct xh_str name);
const struct xh__odata_function *xh__odata_function_at(int index);

static inline bool xh__odata_is_number(const struct xh__odata_value *v)
{
    return v->type == XH__ODATA_INT || v->type == XH__ODATA_REAL;
}

static inline double xh__odata_real(const struct xh__odata_value *v)
{
    return v->type == XH__ODATA_INT ? (double)v->integer : v->real;
}

static inline struct xh__odata_value xh__odata_null(void)
{
    return (struct xh__odata_value){.type = XH__ODATA_NULL};
}

static inline struct xh__odata_value xh__odata_truth(bool truth)
{
    return (struct xh__odata_value){.type = XH__ODATA_BOOL, .truth = truth};
}

static inline struct xh__odata_value xh__odata_int(int64_t integer)
{
    return (struct xh__odata_value){.type = XH__ODATA_INT, .integer = integer};
}

/* NULL when it is not finite. */
struct xh__odata_value xh__odata_of_real(double real);

static inline struct xh__odata_value xh__odata_text(struct xh_str text)
{
    return (struct xh__odata_value){.type = XH__ODATA_TEXT, .text = text};
}

/* ---- odata_compare.c ---- */

/* eq, ne, gt, ge, lt, le of two values that are no lists: a truth, or NULL where they do not
 * compare. */
struct xh__odata_value xh__odata_relate(enum xh__odata_op op, const struct xh__odata_value *a,
                                        const struct xh__odata_value *b);
/* Two numbers: -1, 0, 1; exact for all integers. */
int xh__odata_compare_numbers(const struct xh__odata_value *a, const struct xh__odata_value *b);

/* ---- odata_arith.c ---- */

struct xh__odata_value xh__odata_compute(enum xh__odata_op op, const struct xh__odata_value *a,
                                         const struct xh__odata_value *b);
struct xh__odata_value xh__odata_negate(const struct xh__odata_value *a);

/* ---- odata_times.c ---- */

/* TIME, INTERVAL, DATE (its midnight in UTC), and a text in the form of one, as from and to. An
 * instant has both the same. */
struct xh__odata_span {
    int64_t from_us, to_us;
    bool is_interval;
};
bool xh__odata_span_of(const struct xh__odata_value *v, struct xh__odata_span *ret);
/* 18-088 table 24: DateTime Interval Functions. */
bool xh__odata_is_before(struct xh__odata_span a, struct xh__odata_span b);

xh__odata_body xh__odata_year, xh__odata_month, xh__odata_day, xh__odata_hour, xh__odata_minute,
    xh__odata_second, xh__odata_fraction, xh__odata_date, xh__odata_time_of_day,
    xh__odata_offset, xh__odata_now, xh__odata_min_time, xh__odata_max_time, xh__odata_before,
    xh__odata_after, xh__odata_meets, xh__odata_during, xh__odata_overlaps, xh__odata_starts,
    xh__odata_finishes;

/* ---- odata_geo.c ---- */

/* Is the WKT of a literal a geometry? XH_E_INVALID says why not. */
int xh__odata_geo_check(struct xh_str wkt, struct xh_err *err);

xh__odata_body xh__odata_geo_distance, xh__odata_geo_length, xh__odata_geo_intersects,
    xh__odata_geo_equals, xh__odata_geo_disjoint, xh__odata_geo_touches, xh__odata_geo_within,
    xh__odata_geo_overlaps, xh__odata_geo_crosses, xh__odata_geo_contains, xh__odata_geo_relate;

/* ---- odata_case.c ---- */

/* In the arena, as long as the text: Latin, Greek, Cyrillic, Armenian. */
struct xh_str xh__odata_case(struct xh_arena *arena, struct xh_str text, bool is_upper);

#endif
