/* ingest_internal.h: what the files of ingest share.
 *
 *   xh_ingest_submit, xh_ingest_bulk                           ingest.c, ingest_bulk.c
 *     the batch's shadow (work) is made, in its arena; its arrival is stamped
 *     resolve   series of the codes (bulk has them already)    ingest_check.c
 *               who may write? rows checked and marked
 *     mark      days of consumption that it touches            use_cache.c
 *       nothing to wait for: to the store at once
 *       else: to the lane, a thread that may wait (a series not in memory, days to be dropped)
 *     store, on the committer's thread: xh__ingest_finish -> results, counters, live pages, done
 *                                                              ingest_end.c
 */
#ifndef XH_SERVICE_INGEST_INTERNAL_H
#define XH_SERVICE_INGEST_INTERNAL_H

#include "service/engine_internal.h"
#include "service/ingest.h"
#include "service/lane.h"
#include "service/use_internal.h"

enum {
    XH__INGEST_LISTENERS_MAX = 8,
    XH__INGEST_LANE_MAX = 256,     /* batches that wait in the lane */
    XH__INGEST_ERRORS_MAX = 10000, /* rows of a batch that are told each in its own words */
    XH__INGEST_TELL_ROWS = 64,     /* told to listeners at once */
    XH__INGEST_PARTS_LINEAR = 8    /* more series than these in one batch are found by a map */
};

/* Something that was given an arrival and is not known to readers yet. */
struct xh__flight {
    int64_t arrival_us;
    struct xh__flight *earlier, *later;
};
/* Stamps never go back, and none is at or before what xh__ingest_settled_us has said. */
void xh__flight_begin(struct xh_engine *engine, struct xh__flight *flight);
void xh__flight_end(struct xh_engine *engine, struct xh__flight *flight);

struct xh__ingest_listener {
    void (*live)(void *arg, const struct xh_live *rows, size_t count);
    void *arg;
    bool is_resting;
};

struct xh__ingest {
    struct xh_engine *engine;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t has_landed;
    struct xh__lane lane;
    struct xh__flight *oldest, *newest;
    int64_t last_stamp_us, last_settled_us;
    struct xh__ingest_listener listeners[XH__INGEST_LISTENERS_MAX];
    size_t listener_count;
    size_t calling;       /* threads that are among the listeners now */
    pthread_cond_t is_quiet;
    struct xh_ingest_stats stats;
};

/* The rows of one series, or of one code that is none, in a batch. */
struct xh__ingest_part {
    struct xh_str code;
    const struct xh_series *series; /* NULL: refused */
    struct xh_err *err;
    /* Beyond these a value is suspect; converts: the range is that of the quantity, in its unit. */
    double least, most;
    bool converts, has_rows;
    double door_most;               /* beyond it a spike (core.vee_rule), in its own unit */
    uint32_t key_index;             /* when it has rows */
    int64_t late_before_us, latest_us; /* beyond the second a time is not believed */
    int64_t from_us, to_us;         /* of its rows that are kept */
    uint64_t row_count, refused_count;
    const struct xh_err *refusal;   /* of the first that was refused */
    bool is_clock_refused;          /* one was refused for its time */
};

struct xh__ingest_work {
    struct xh__lane_item item;
    struct xh_engine *engine;
    struct xh_ctx ctx;
    struct xh_arena *arena;          /* of batch or bulk */
    struct xh_ingest_batch *batch;   /* one of the two; the other is NULL */
    struct xh_ingest_bulk *bulk;
    void (*done)(void *arg, int status, const struct xh_err *err);
    void *arg;
    struct xh__flight flight;
    struct xh__ingest_part *parts;
    size_t part_count, part_capacity;
    struct xh_map *part_by_code;
    bool is_history;
    unsigned unsayable;              /* qualities that rows of this source cannot say */
    struct xh_tsdb_row *rows;        /* key_index is a part's until checked; then those kept */
    size_t given_count;              /* rows before they were checked */
    size_t *row_of;                  /* of a kept row, its place as given; NULL: not wanted */
    struct xh_series_key *keys;      /* of the parts with rows */
    const struct xh_series **series; /* likewise */
    struct xh__use_mark *marks;      /* one a part; NULL: not marked */
    bool is_touching;                /* days must be dropped first */
    struct xh_tsdb_batch tsdb;
    struct xh_ingest_stats counts;
    size_t error_count, refusal_capacity;
    struct xh_err *last_err;         /* what is told of those beyond XH__INGEST_ERRORS_MAX */
    bool is_resolved;
};

/* ingest.c: hands on a work whose batch or bulk is set; see xh_ingest_submit. */
struct xh__ingest_work *xh__ingest_work_make(struct xh_ctx *ctx, struct xh_arena *arena,
                                             void (*done)(void *, int, const struct xh_err *),
                                             void *arg);
int xh__ingest_work_submit(struct xh__ingest_work *work, struct xh_err *err);
/* XH_E_TOO_LARGE. */
int xh__ingest_check_count(size_t count, struct xh_err *err);

/* ingest_bulk.c: series and rows of a bulk, checked. */
void xh__ingest_bulk_resolve(struct xh__ingest_work *work);

/* ingest_end.c */
void xh__ingest_unmark(struct xh__ingest_work *work);
/* After the rows are on disk, or nothing was kept (status < 0). What comes last is done: the batch
 * and its arena are the caller's again. */
void xh__ingest_finish(struct xh__ingest_work *work, int status, const struct xh_err *err);

/* ingest_check.c: all rows of the work, once its parts are known. Those that are kept close up. */
void xh__ingest_check_rows(struct xh__ingest_work *work);
/* Of one row: XH_E_INVALID as a sentence, else 0. */
int xh__ingest_check_time(const struct xh_series *series, int64_t at_us, int64_t arrival_us,
                          struct xh_err *err);
/* The last time that is believed. A stranger's gauge may hold a forecast; a meter that is more than
 * a day ahead has a wrong clock. */
static inline int64_t xh__ingest_latest_us(const struct xh_series *series, int64_t arrival_us)
{
    bool may_foretell = series->is_gauge && series->policy == XH_POLICY_KEEP_ALL;
    return may_foretell ? XH_TIME_MAX : arrival_us + XH_US_PER_DAY;
}
int xh__ingest_check_value(const struct xh_tsdb_row *row, const struct xh_series *series,
                           struct xh_err *err);
/* XH_E_FORBIDDEN as a sentence, else 0. */
int xh__ingest_may_write(struct xh__ingest_work *work, const struct xh_series *series,
                         struct xh_str code, struct xh_err *ret_why);

/* ingest_check.c: finds series and checks rows of a batch. may_wait false: 0 when a series is not
 * in memory (nothing is held then), 1 when all is checked. Else 1, or < 0. */
int xh__ingest_resolve(struct xh__ingest_work *work, bool may_wait, struct xh_err *err);
void xh__ingest_release(struct xh__ingest_work *work);

/* The latest instant of which all that arrived by then can be read: what is computed as known at it
 * comes out the same for ever. Now, or a little before. */
int64_t xh__ingest_settled_us(struct xh_engine *engine);

#endif
