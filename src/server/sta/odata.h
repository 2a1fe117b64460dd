/* odata.h: the query language of SensorThings: paths, query options, expressions. Pure: text in,
 * trees out, and an evaluator that asks a table of functions for what it does not know. It knows no
 * entity type, touches no store and makes no SQL.
 *
 * Sources: OGC 18-088 clause 9 (service interface: 9.2 resource paths, 9.3 query options, 9.3.3.5
 * filter operators and functions), OASIS OData 4.0 Part 2: URL Conventions (5.1) and ABNF.
 *
 * Limits, each XH_E_TOO_LARGE with its name: text 64 KiB, nesting of expressions and of $expand 32,
 * nodes of one query 4096, segments of a path 32. Errors (XH_E_INVALID) name the option, the place
 * and what was expected.
 *
 * Threads: all is in the caller's arena; nothing is shared.
 */
#ifndef XH_SERVER_STA_ODATA_H
#define XH_SERVER_STA_ODATA_H

#include "base/arena.h"
#include "base/err.h"
#include "base/time.h"

/* ---- values ---- */

enum xh__odata_type {
    XH__ODATA_NULL,
    XH__ODATA_BOOL,
    XH__ODATA_INT,       /* int64 */
    XH__ODATA_REAL,
    XH__ODATA_TEXT,
    XH__ODATA_TIME,      /* an instant: from_us */
    XH__ODATA_INTERVAL,  /* from_us, to_us */
    XH__ODATA_DURATION,  /* from_us: its length in us; months of ISO 8601 are refused */
    XH__ODATA_DATE,      /* from_us: days since 1970-01-01 */
    XH__ODATA_TIME_OF_DAY, /* from_us: us since midnight */
    XH__ODATA_GEOMETRY,  /* text: GeoJSON, or WKT when is_wkt */
    XH__ODATA_JSON,      /* text: a JSON object or array, as written */
    XH__ODATA_LIST       /* items */
};

struct xh__odata_value {
    enum xh__odata_type type;
    bool truth, is_wkt;
    int64_t integer;
    double real;
    struct xh_str text;
    int64_t from_us, to_us;
    struct xh__odata_value *items;
    size_t item_count;
};

/* ---- expressions ---- */

enum xh__odata_op {
    XH__ODATA_LITERAL,
    XH__ODATA_MEMBER,    /* names: "Datastream/unitOfMeasurement/name", relative to `$it` or to the
                            variable in `variable`; list[3] and list/3 are "list", "3" */
    XH__ODATA_CALL,      /* function `function` of args */
    XH__ODATA_NOT, XH__ODATA_NEGATE,
    XH__ODATA_AND, XH__ODATA_OR, /* of two or more */
    XH__ODATA_EQ, XH__ODATA_NE, XH__ODATA_GT, XH__ODATA_GE, XH__ODATA_LT, XH__ODATA_LE,
    XH__ODATA_ADD, XH__ODATA_SUB, XH__ODATA_MUL, XH__ODATA_DIV, XH__ODATA_MOD,
    XH__ODATA_IN,        /* args[0] in (args[1], ...); args[1] may be a MEMBER that is a list */
    XH__ODATA_ANY,       /* names/any(variable: args[0]); without args: is there one */
    XH__ODATA_ALL
};

struct xh__odata_expr {
    enum xh__odata_op op;
    struct xh__odata_value literal;
    struct xh_str *names;        /* MEMBER, ANY, ALL: the path */
    size_t name_count;
    struct xh_str variable;      /* MEMBER: it begins with, or empty; ANY, ALL: that it binds */
    struct xh_str of;            /* ANY, ALL: the variable that the path begins with, or empty */
    int function;                /* index into the table of functions, odata_functions.c */
    struct xh__odata_expr **args;
    size_t arg_count;
    size_t offset;               /* where it stands in the option's text, for errors */
};

/* ---- queries ---- */

struct xh__odata_order {
    struct xh__odata_expr *expr;
    bool is_descending;
};
struct xh__odata_query;
struct xh__odata_expand {
    struct xh_str name;                  /* one navigation property */
    const struct xh__odata_query *query; /* its options, and what is expanded below; never NULL */
};
struct xh__odata_query {
    struct xh_str *select;               /* names; "Things/name" is not in 18-088: refused */
    size_t select_count;
    struct xh__odata_expand *expands;    /* $expand=A/B($top=1) is A with an expand B in it */
    size_t expand_count;
    struct xh__odata_order *orders;
    size_t order_count;
    struct xh__odata_expr *filter;       /* NULL: none */
    int64_t top, skip;                   /* -1: not given */
    bool has_count, count;               /* $count=true */
    struct xh_str result_format;         /* "dataArray", "CSV", "GeoJSON"; empty: JSON */
    struct xh_str apply;                 /* $apply as written; sta_apply.c reads it */
    struct xh_str after;                 /* $after: the keyset cursor of a nextLink, opaque */
    struct xh_str filter_text, orderby_text, select_text, expand_text; /* as written, decoded, for a
                                            nextLink */
};

/* `text`: what stands behind '?', with %XX; empty gives the empty query. Options may be written
 * with %24 for $, and in any case ("$orderBy": OData 4.01 Part 1, 11.2.1). An unknown option that
 * begins with '$' is XH_E_UNSUPPORTED, which 18-088 (req/request-data/query-status-code) wants
 * answered with 501; one without '$' is left alone. Twice the same option: XH_E_INVALID. */
int xh__odata_query_parse(struct xh_arena *arena, struct xh_str text,
                          struct xh__odata_query **ret, struct xh_err *err);

/* ---- paths ---- */

struct xh__odata_segment {
    struct xh_str name;      /* "Things", "properties", "$value", "$ref", "$count" */
    bool is_index;           /* "[3]" behind a name: the name is "3" */
    bool has_key;
    bool is_key_text;        /* ('abc'): the key is a text, key_text */
    int64_t key;             /* (42), and ('42') too */
    struct xh_str key_text;
};
struct xh__odata_path {
    struct xh__odata_segment *segments;
    size_t count;
};
/* `text`: what follows the root ("Things(1)/Datastreams"), still with %XX; also names as people
 * wrote them in entities: Datastreams(1)/properties/a/b. */
int xh__odata_path_parse(struct xh_arena *arena, struct xh_str text, struct xh__odata_path *ret,
                         struct xh_err *err);

/* ---- evaluation ---- */

/* What an expression is asked about. `entity` is the caller's. */
struct xh__odata_env {
    struct xh_arena *arena;      /* of what is made on the way; cleared when the caller likes */
    int64_t now_us;              /* now() */
    uint64_t budget;             /* nodes that may still be evaluated; at 0: XH_E_TOO_LARGE, "too
                                    expensive" */
    /* The value of a path of names from an entity: a property, a member inside a JSON property, or
     * across navigation links. Through a link to many it is a LIST of the values (a comparison is
     * then true when it is for any of them). Nothing there: NULL. A name that no such entity has:
     * XH_E_INVALID naming it. */
    int (*member)(struct xh__odata_env *env, const void *entity, const struct xh_str *names,
                  size_t name_count, struct xh__odata_value *ret, struct xh_err *err);
    /* Calls `each` for the entities that a path of links leads to, until it does not return 0. */
    int (*related)(struct xh__odata_env *env, const void *entity, const struct xh_str *names,
                   size_t name_count,
                   int (*each)(void *arg, const void *entity, struct xh_err *err), void *arg,
                   struct xh_err *err);
    void *self;                  /* of the caller */
};

/* The value of an expression for an entity. Truth has three values: a comparison with null is NULL,
 * and so is its negation (but for `eq null`, `ne null`). A number and a text do not compare (NULL);
 * only a text literal that is a number compares with the number of a member, since 18-088 writes
 * "id eq '1'"; and with a result, which may be of any type, it compares as text; so do two members
 * of JSON of which one is a text. A text in the form of an instant or an interval compares with
 * times; intervals are half-open, before and after each other as in 18-088 table 24 ff.; INT and
 * REAL mix; a result is a REAL; division of INTs is integral, by 0 gives null; functions given null
 * give null; a wrong type of argument gives null, never an error, since entities differ (but for
 * during(..., resultTime) where that is an instant: XH_E_INVALID). A LIST: a comparison is true
 * when it is for any item. */
int xh__odata_eval(struct xh__odata_env *env, const struct xh__odata_expr *expr, const void *entity,
                   struct xh__odata_value *ret, struct xh_err *err);
/* Is the filter true for the entity? 1, 0 (also for NULL) or an error; no filter: 1. */
int xh__odata_holds(struct xh__odata_env *env, const struct xh__odata_expr *filter,
                    const void *entity, struct xh_err *err);
/* Order of two values for $orderby: null first, then by type, numbers by value, texts by bytes,
 * intervals by start, then end. */
int xh__odata_compare(const struct xh__odata_value *a, const struct xh__odata_value *b);
/* A JSON value as an OData value: numbers INT or REAL, strings TEXT, objects and arrays JSON. */
int xh__odata_from_json(struct xh_arena *arena, struct xh_str json, struct xh__odata_value *ret,
                        struct xh_err *err);
/* "2015-02-05T00:00:00Z" or "2015-02-05T00:00:00Z/2015-02-06T00:00:00+07:00": TIME or INTERVAL
 * (ISO 8601; a missing offset is refused; a start after its end is refused). */
int xh__odata_time_parse(struct xh_str text, struct xh__odata_value *ret, struct xh_err *err);
void xh__odata_time_print(struct xh_buf *out, const struct xh__odata_value *value); /* UTC, "Z" */

#endif
