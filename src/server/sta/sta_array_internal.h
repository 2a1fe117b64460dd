/* sta_array_internal.h: observations as a data array (18-088, clause 12): one request, many of
 * them, a result for each. sta_array_read.c reads, sta_array.c stores and answers, sta_post.c
 * brings it over HTTP.
 *
 * The body is checked whole before anything is stored. Then it goes in slices: what a million
 * observations cost in memory is what a slice costs, and their answer. */
#ifndef XH_SERVER_STA_ARRAY_INTERNAL_H
#define XH_SERVER_STA_ARRAY_INTERNAL_H

#include "server/sta/sta_read_internal.h"
#include "server/sta/sta_write_internal.h"

enum {
    XH__ARRAY_COMPONENTS_MAX = 16,
    XH__ARRAY_SLICE_ROWS = 32768
};

/* What a column is: a property by its place in the type's table, or: */
enum { XH__ARRAY_FEATURE = 100 };

/* The observations of one Datastream in a body. */
struct xh__array_group {
    int64_t series_id;
    int components[XH__ARRAY_COMPONENTS_MAX];
    size_t component_count;
    struct xh_str rows; /* the array of arrays, checked */
};

/* Where reading stands. */
struct xh__array_reader {
    struct xh_ctx *ctx;
    struct xh__array_group *groups;
    size_t group_count, group_at;
    size_t slice_rows;           /* at most, as large as the body can need */
    struct xh_json_reader *json; /* over the rows of the group; NULL: not begun */
    struct xh_arena *json_arena;
    struct xh_str last_time;     /* many rows have the same */
    int64_t last_us;
};

/* Rows read but not stored. */
struct xh__array_slice {
    struct xh_arena *arena;
    struct xh_observation *rows;
    struct xh_observe_result *results;
    size_t count;
    bool *is_bad;      /* of each place, whether its row could not be read */
    size_t place_count;
};

/* The body's groups. XH_E_INVALID: it is no data array, and nothing of it is stored. */
int xh__array_begin(struct xh__array_reader *reader, struct xh_ctx *ctx, struct xh_str body,
                    struct xh_err *err);
void xh__array_end(struct xh__array_reader *reader);
/* The next slice, in an arena of its own; place_count 0 at the end. */
void xh__array_next(struct xh__array_reader *reader, struct xh__array_slice *ret);

/* POST CreateObservations over HTTP: XH__LATER, or done by this thread. */
int xh__sta_array_post(struct xh__request *req, const struct xh__sta_call *call,
                       struct xh_err *err);

#endif
