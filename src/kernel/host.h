/* host.h: all that a room may ask of the world.
 *
 * `service` implements it; a room's tests pass a fake. Each call runs as ctx->who: what who may not
 * see is not found, what who may not do is forbidden. Calls block; they run on a worker's thread,
 * never on one that serves sockets. Inside host->write (ctx->txn set) only record calls are
 * allowed.
 *
 * Type names are full: "core.party". Texts given back live in ctx->arena.
 */
#ifndef XH_KERNEL_HOST_H
#define XH_KERNEL_HOST_H

#include "kernel/domain.h"
#include "kernel/register.h"

struct xh_filter {
    const char *field;        /* an indexed field, or id, state, owner */
    enum { XH_FILTER_EQ, XH_FILTER_GE, XH_FILTER_LT } op;
    struct xh_value value;
};
struct xh_list {
    const struct xh_filter *filters;
    size_t filter_count;
    const char *sort;         /* an indexed field, "-field" downwards; NULL: id */
    size_t limit;             /* 0: 100; at most 1000 */
    struct xh_str after;      /* keyset cursor from ret_next; empty: from the start */
    bool with_parts;
};
typedef int xh_record_fn(void *arg, struct xh_record *record, struct xh_err *err);
typedef int xh_row_fn(void *arg, const struct xh_row *row, struct xh_err *err);
typedef int xh_write_fn(struct xh_ctx *ctx, void *arg, struct xh_err *err);

/* Consumption of a series, or of all series of a quantity at a place and below it. */
struct xh_use_ask {
    int64_t series_id;        /* or: */
    int64_t place_id;         /* 0 with a quantity: everywhere */
    const char *quantity;     /* "energy.electricity" (with place_id) */
    int64_t from_us, to_us;   /* or, when to_us is 0: */
    int32_t day_from, day_to; /* days of the place's zone, [from, to) */
    enum xh_period period;    /* windows are local periods of the place's zone, or: */
    const int64_t *edges_us;  /* of a series: windows of one's own, window_count + 1 ascending */
    size_t window_count;      /*   edges, at most 20,000 windows; then no other time is given */
    int64_t as_known_us;      /* 0: ctx->as_known_us */
};
struct xh_use {
    const int64_t *edges_us;  /* count + 1 */
    const struct xh_amount *amounts;
    size_t count;
    const char *unit;
    struct xh_str zone;       /* name */
    size_t series_count, silent_count; /* how many took part, how many gave nothing */
};

/* What is done with findings on readings; `in` and `out` are the shapes of the action of the core
 * of the same name (core_actions.c). All outside host->write only. */
enum xh_vee_deed {
    XH_VEE_DO_RUN,      /* the job: what came in is checked; no in, no out */
    XH_VEE_DO_CHECK, XH_VEE_DO_ESTIMATE, XH_VEE_DO_EDIT, XH_VEE_DO_UNDO, XH_VEE_DO_COUNTS,
    XH_VEE_DO_BILLS
};
enum { XH_VEE_EDIT_VALUES_MAX = 3000 }; /* readings that one edit or estimate may write */

struct xh_host {
    void *self;
    int (*record_get)(struct xh_ctx *ctx, const char *type, int64_t id, struct xh_record *ret,
                      struct xh_err *err);
    int (*record_list)(struct xh_ctx *ctx, const char *type, const struct xh_list *list,
                       xh_record_fn *each, void *arg, struct xh_str *ret_next, struct xh_err *err);
    /* A new record (id 0) or a change of one (version as read). Fills id, version, times. Checks,
     * writes record, parts and change row as one. */
    int (*record_put)(struct xh_ctx *ctx, struct xh_record *record, struct xh_err *err);
    int (*record_verb)(struct xh_ctx *ctx, const char *type, int64_t id, const char *verb,
                       const struct xh_doc *in, struct xh_record *ret, struct xh_err *err);
    /* An empty record of a type, to be filled and put. */
    int (*record_new)(struct xh_ctx *ctx, const char *type, struct xh_record *ret,
                      struct xh_err *err);
    /* Several record calls as one transaction. May run `write` twice. */
    int (*write)(struct xh_ctx *ctx, xh_write_fn *write, void *arg, struct xh_err *err);
    int (*query)(struct xh_ctx *ctx, const char *name, const struct xh_doc *params, xh_row_fn *each,
                 void *arg, struct xh_err *err);
    int (*use)(struct xh_ctx *ctx, const struct xh_use_ask *ask, struct xh_use *ret,
               struct xh_err *err);
    /* Readings in force of a series, in order of time. */
    int (*readings)(struct xh_ctx *ctx, int64_t series_id, int64_t from_us, int64_t to_us,
                    int (*each)(void *arg, const struct xh_meter_reading *readings, size_t count,
                                struct xh_err *err),
                    void *arg, struct xh_err *err);
    /* All dated rows, as known at ctx->as_known_us. Borrowed for the run. */
    int (*dated)(struct xh_ctx *ctx, struct xh_dated_set *ret, struct xh_err *err);
    int (*indicator)(struct xh_ctx *ctx, const char *name, const struct xh_doc *in,
                     struct xh_doc **ret_out, struct xh_err *err);
    /* A change row of its own that wakes jobs: verb is what happened. */
    int (*emit)(struct xh_ctx *ctx, const char *type, int64_t record_id, const char *verb,
                struct xh_str detail_json, struct xh_err *err);
    void (*progress)(struct xh_ctx *ctx, int64_t done, int64_t total, const char *text);
    /* A tariff of any room by its code; NULL when there is none. */
    const struct xh_tariff *(*tariff)(struct xh_ctx *ctx, struct xh_str code);
    /* Takes readings for a series, in order of time, as a device would send them: durable when it
     * returns. Used by simulate; outside host->write only. */
    int (*readings_put)(struct xh_ctx *ctx, int64_t series_id,
                        const struct xh_meter_reading *readings, size_t count, struct xh_err *err);
    /* Care of readings, for the jobs of core; outside host->write only. What a class of retention
     * (a core.retention) keeps no longer goes for good, and the record says how many went. Erasures
     * (core.erasure) that broke off are carried out, and closed once the readings have left the
     * disk. */
    int (*readings_retain)(struct xh_ctx *ctx, const struct xh_record *retention,
                           struct xh_err *err);
    int (*erasures_settle)(struct xh_ctx *ctx, struct xh_err *err);
    /* For a job of core; outside host->write only. Issues the next revision of the bills that come
     * out differently now: of those that the changed dated rows may touch, or, without changes, of
     * all. */
    int (*bills_renew)(struct xh_ctx *ctx, const struct xh_change *changes, size_t count,
                       struct xh_err *err);
    /* For a job of core; outside host->write only. Large billing runs that wait to be computed or
     * issued, and those that broke off. */
    int (*billing_runs_carry_on)(struct xh_ctx *ctx, struct xh_err *err);
    /* Meter data quality, for the actions and the job of core. */
    int (*vee)(struct xh_ctx *ctx, enum xh_vee_deed deed, const struct xh_doc *in,
               struct xh_doc *out, struct xh_err *err);
};

#endif
