/* sta_read_internal.h: what the files that answer GET of SensorThings share.
 *
 *   sta_path.c      a path resolved to an entity or a set
 *   sta_env.c       what $filter and $orderby ask of an entity: its properties, and across links
 *   sta_hints.c     what of a filter narrows a set before it is looked at
 *   sta_check.c     are its names those of the entities?
 *   sta_cursor.c    the place behind which a next page begins
 *   sta_sort.c      the first so many of what is looked at, in an order
 *   sta_page.c      a page of records
 *   sta_observed.c  a page of observations; sta_merge.c many series in order of time
 *   sta_expand.c    $expand, for all entities of a page at once
 *   sta_out_json.c  JSON; sta_out_table.c data arrays and CSV; sta_out_geojson.c
 *   sta_apply.c     $apply: windows of time
 *   sta_read.c      puts them together; sta_property.c what lies below an entity; sta_root.c the
 *                   document at the root
 *
 * What is read for one answer lives in the request's arena; what is only looked at, while a filter
 * goes over it, in a scratch arena that is emptied after each batch.
 */
#ifndef XH_SERVER_STA_READ_INTERNAL_H
#define XH_SERVER_STA_READ_INTERNAL_H

#include "server/sta/sta_internal.h"

enum {
    XH__STA_TOP = 100,                /* $top when none is given */
    XH__STA_TOP_MAX = 10000,          /* of records */
    XH__STA_TOP_MAX_OBSERVATIONS = 1000,
    XH__STA_TOP_MAX_ARRAY = 100000,   /* of observations as data array or CSV */
    XH__STA_ROWS_MAX = 2000000,       /* looked at for one answer */
    XH__STA_SECONDS_MAX = 10,
    XH__STA_EXPANDED_MAX = 200000,    /* entities of one answer, with those expanded */
    XH__STA_BATCH = 1000              /* records looked at together */
};
/* Nodes of expressions evaluated for one answer. */
#define XH__STA_NODES_MAX UINT64_C(200000000)

/* ---- sta_path.c ---- */

/* A path that cannot be read is one at which there is nothing: XH_E_NOT_FOUND. */
int xh__sta_path_read(struct xh_arena *arena, struct xh_str text, struct xh__odata_path *ret,
                      struct xh_err *err);

/* ---- sta_env.c ---- */

struct xh__sta_known;
/* One answer being read: what it may still cost, and what it knows of links already. */
struct xh__sta_reader {
    struct xh__sta_call *call;
    struct xh_ctx *ctx;               /* the call's: for what goes into the answer */
    struct xh_ctx scan;               /* the same with the scratch arena: for what is looked at */
    struct xh__odata_env env;
    uint64_t rows_left;
    uint64_t expanded_left;
    int64_t deadline_us;              /* of the monotonic clock */
    struct xh__sta_known *known;      /* in the scratch arena */
};
void xh__sta_reader_init(struct xh__sta_reader *r, struct xh__sta_call *call);
void xh__sta_reader_finish(struct xh__sta_reader *r);
/* Empties the scratch arena. */
void xh__sta_reader_forget(struct xh__sta_reader *r);
/* The entities that are looked at next: what a filter asks of one link of them is read for all of
 * them at once. They stay where they are until xh__sta_reader_forget. */
void xh__sta_reader_batch(struct xh__sta_reader *r, const struct xh__sta_entity *entities,
                          size_t count);
/* `rows` more are looked at. XH_E_TOO_LARGE, XH_E_TIMEOUT name the limit. */
int xh__sta_reader_spend(struct xh__sta_reader *r, uint64_t rows, struct xh_err *err);
/* The raw JSON of one member of an object, or of one item of a list. False: there is none. */
bool xh__sta_json_member(struct xh_arena *arena, struct xh_str json, struct xh_str name,
                         struct xh_str *ret);
int xh__sta_reader_holds(struct xh__sta_reader *r, const struct xh__odata_query *query,
                         const struct xh__sta_entity *entity, struct xh_err *err);
/* The values of $orderby for an entity, in the scratch arena. */
int xh__sta_reader_order(struct xh__sta_reader *r, const struct xh__odata_query *query,
                         const struct xh__sta_entity *entity, struct xh__odata_value *ret,
                         struct xh_err *err);
/* What a filter says by the names of which sets can be read faster: conjuncts only, so that what
 * does not fit them is never in the answer. */
struct xh__sta_hints {
    bool has_id, has_series, has_feature;
    int64_t id, series_id, feature_id;
    int64_t after_id;                 /* id gt; 0: none */
    int64_t from_us, to_us;           /* of a reading's time, [from, to) */
};
void xh__sta_hints_find(const struct xh__odata_expr *filter, enum xh__sta_type type,
                        struct xh__sta_hints *ret);

/* ---- sta_check.c ---- */

/* The names in $filter and $orderby, and in those of what is expanded. XH_E_INVALID. */
int xh__sta_query_check(enum xh__sta_type type, const struct xh__odata_query *query,
                        struct xh_err *err);

/* ---- sta_cursor.c ---- */

enum { XH__STA_CURSOR_VALUES_MAX = 32 };
/* A place in an order: the values of $orderby, then the id. Text of one line, not for people. */
void xh__sta_cursor_print(struct xh_buf *out, const struct xh__odata_value *values, size_t count,
                          int64_t id);
/* XH_E_INVALID names $after. */
int xh__sta_cursor_parse(struct xh_arena *arena, struct xh_str text, size_t count,
                         struct xh__odata_value *ret_values, int64_t *ret_id, struct xh_err *err);
/* A copy with its texts. */
struct xh__odata_value xh__sta_value_copy(struct xh_arena *arena,
                                          const struct xh__odata_value *value);
struct xh_observation xh__sta_observation_copy(struct xh_arena *arena,
                                               const struct xh_observation *observation);
/* Text as a part of a query string, %XX for what may not stand there. */
void xh__sta_url_add(struct xh_buf *out, struct xh_str text);

/* ---- sta_sort.c ---- */

struct xh__sta_place {
    struct xh__odata_value *values;
    int64_t id;
    struct xh_observation *observation; /* NULL: a record, read again by its id */
};
/* Keeps the first `capacity` places, those behind `after` alone. */
struct xh__sta_sorter {
    struct xh_arena *arena;
    const struct xh__odata_query *query;
    struct xh__sta_place *places;     /* a heap, the last of them first */
    size_t count, room, capacity;
    bool has_after;
    struct xh__sta_place after;
};
int xh__sta_sorter_init(struct xh__sta_sorter *s, struct xh_arena *arena,
                        const struct xh__odata_query *query, size_t capacity, struct xh_err *err);
void xh__sta_sorter_add(struct xh__sta_sorter *s, const struct xh__odata_value *values, int64_t id,
                        const struct xh_observation *observation);
void xh__sta_sorter_finish(struct xh__sta_sorter *s); /* places are in order now */

/* ---- sta_page.c, sta_observed.c ---- */

struct xh__sta_page {
    struct xh__sta_entity *items;
    size_t count;
    int64_t total;                    /* -1: not asked for */
    struct xh_str after;              /* cursor of the next page; empty: there is none */
};
/* `top`: how many, in the place of the query's. Texts and entities in the request's arena. */
int xh__sta_page_read(struct xh__sta_reader *r, const struct xh__sta_set *set,
                      const struct xh__odata_query *query, size_t top, struct xh__sta_page *ret,
                      struct xh_err *err);
/* Observations: of all series, of a Datastream, about a FeatureOfInterest. */
int xh__sta_observed_read(struct xh__sta_reader *r, const struct xh__sta_set *set,
                          const struct xh__odata_query *query, size_t top,
                          struct xh__sta_page *ret, struct xh_err *err);
int xh__sta_observed_count(struct xh__sta_reader *r, const struct xh__sta_set *set,
                           const struct xh__odata_query *query, int64_t *ret, struct xh_err *err);
/* How many a page has: $top within its limits. */
size_t xh__sta_top(const struct xh__odata_query *query, enum xh__sta_type type);

/* Where observations are looked for. */
struct xh__sta_source {
    bool is_all;                      /* every series that who may see */
    int64_t *series_ids;              /* ascending */
    size_t series_count;
    int64_t feature_id;               /* 0: any */
    int64_t from_us, to_us;
};
int xh__sta_source_of(struct xh__sta_reader *r, const struct xh__sta_set *set,
                      const struct xh__odata_query *query, struct xh__sta_source *ret,
                      struct xh_err *err);
/* All series that who may see, beyond an id, ascending. */
int xh__sta_series_after(struct xh_ctx *ctx, int64_t after_id, int64_t *ret_ids, size_t capacity,
                         size_t *ret_count, struct xh_err *err);
int xh__sta_series_all(struct xh__sta_reader *r, struct xh__sta_source *source, struct xh_err *err);

/* The observations that `each` gets: 0 goes on, 1 stops, < 0 is an error. */
typedef int xh__sta_observed_fn(void *arg, const struct xh_observation *observation,
                                struct xh_err *err);
/* Behind a place: at_us 0, seq 0 and series 0: from the start. */
struct xh__sta_mark {
    bool is_set;
    int64_t at_us, series_id;
    uint64_t seq;
};
int64_t xh__sta_observed_at(const struct xh_observation *observation); /* its reading's time */
/* Of one series, what lies behind the mark (NULL: all): at its time series before its own are done,
 * and of its own those up to its number. */
struct xh_observe_range xh__sta_range_of(const struct xh__sta_source *source, int64_t series_id,
                                         bool is_backwards, const struct xh__sta_mark *mark);
/* One series in order of time. */
int xh__sta_series_scan(struct xh__sta_reader *r, const struct xh__sta_source *source,
                        int64_t series_id, bool is_backwards, const struct xh__sta_mark *mark,
                        xh__sta_observed_fn *each, void *arg, struct xh_err *err);

/* ---- sta_merge.c ---- */

/* All series of the source in one order of time; at one time by series. */
int xh__sta_merge_scan(struct xh__sta_reader *r, const struct xh__sta_source *source,
                       bool is_backwards, const struct xh__sta_mark *mark,
                       xh__sta_observed_fn *each, void *arg, struct xh_err *err);

/* ---- sta_expand.c ---- */

/* What is shown of each entity of a type: bits by place in the tables of sta_model.c. */
struct xh__sta_shape {
    uint64_t properties, links;
    bool has_id, has_self;
};
struct xh__sta_slice {
    size_t *indexes;                  /* into the branch's nodes */
    size_t count;
    int64_t total;                    /* -1: not asked for */
    struct xh_str after;
};
struct xh__sta_branch;
/* Entities of one type and what is expanded of them, all of them at once. */
struct xh__sta_nodes {
    enum xh__sta_type type;
    struct xh__sta_entity *items;
    size_t count;
    const struct xh__odata_query *query; /* never NULL */
    struct xh__sta_shape shape;
    struct xh__sta_branch *branches;
    size_t branch_count;
};
struct xh__sta_branch {
    const struct xh__sta_link *link;
    const struct xh__odata_query *query;
    struct xh__sta_nodes nodes;
    struct xh__sta_slice *of;         /* by the parent's index */
    struct xh_str next_query;         /* options of a nextLink, without its cursor */
};
int xh__sta_nodes_fill(struct xh__sta_reader *r, enum xh__sta_type type,
                       struct xh__sta_entity *items, size_t count,
                       const struct xh__odata_query *query, struct xh__sta_nodes *ret,
                       struct xh_err *err);
/* XH_E_INVALID names $select or $expand. */
int xh__sta_shape_of(enum xh__sta_type type, const struct xh__odata_query *query,
                     struct xh__sta_shape *ret, struct xh_err *err);
/* The options of a query as a query string for a next page, without $skip and $after. */
struct xh_str xh__sta_query_text(struct xh_arena *arena, const struct xh__odata_query *query);

/* ---- sta_out_*.c ---- */

/* The end of an array or object, unless it broke off on the way. */
static inline void xh__sta_array_end(struct xh_json_writer *w, int code)
{
    if (code >= 0) {
        xh_json_array_end(w);
    }
}
static inline void xh__sta_object_end(struct xh_json_writer *w, int code)
{
    if (code >= 0) {
        xh_json_object_end(w);
    }
}

void xh__sta_write_link(struct xh_json_writer *w, const struct xh__sta_call *call,
                        enum xh__sta_type type, int64_t id, const char *behind);
int xh__sta_write_node(struct xh__sta_reader *r, const struct xh__sta_nodes *nodes, size_t index,
                       struct xh_json_writer *w, struct xh_err *err);
/* A whole page: count, value, next link. */
struct xh__sta_sheet {
    const struct xh__sta_nodes *nodes;
    int64_t total;
    struct xh_str next_link;          /* empty: none */
};
/* In the object of a page: its count, its next link, and the list begun. */
void xh__sta_sheet_begin(struct xh_json_writer *w, const struct xh__sta_sheet *sheet,
                         const char *list);
int xh__sta_out_json(struct xh__sta_reader *r, const struct xh__sta_sheet *sheet,
                     struct xh_buf *out, struct xh_err *err);
int xh__sta_out_array(struct xh__sta_reader *r, const struct xh__sta_sheet *sheet,
                      struct xh_buf *out, struct xh_err *err);
int xh__sta_out_csv(struct xh__sta_reader *r, const struct xh__sta_sheet *sheet,
                    struct xh_buf *out, struct xh_err *err);
/* is_set false: one feature. */
int xh__sta_out_geojson(struct xh__sta_reader *r, const struct xh__sta_sheet *sheet, bool is_set,
                        struct xh_buf *out, struct xh_err *err);

/* ---- sta_root.c, sta_property.c ---- */

int xh__sta_root(const struct xh__sta_call *call, struct xh__sta_answer *ret);
/* What the segments behind an entity name: a property, below it, $value. */
int xh__sta_property_read(struct xh__sta_reader *r, const struct xh__sta_entity *entity,
                          const struct xh__odata_segment *segments, size_t count,
                          struct xh__sta_answer *ret, struct xh_err *err);

/* ---- sta_apply.c ---- */

int xh__sta_apply(struct xh__sta_reader *r, const struct xh__sta_set *set,
                  const struct xh__odata_query *query, struct xh_buf *out, struct xh_err *err);

#endif
