/* ingest_internal.h: what the files of ingest share.
 *
 *   xh_ingest_submit
 *     work_make       the batch's shadow, in its arena; its arrival is stamped
 *     work_resolve    series of the codes, rows checked        ingest_check.c
 *     work_mark       days of consumption that it touches      use_cache.c
 *       nothing to wait for: to the store at once
 *       else: to the lane, a thread that may wait (a series not in memory, days to be dropped)
 *     store, on the committer's thread: work_kept -> results, counters, live pages, done
 */
#ifndef XH_SERVICE_INGEST_INTERNAL_H
#define XH_SERVICE_INGEST_INTERNAL_H

#include "service/engine_internal.h"
#include "service/ingest.h"

enum {
    XH__INGEST_LISTENERS_MAX = 8,
    XH__INGEST_LANE_MAX = 256,     /* batches that wait in the lane */
    XH__INGEST_ERRORS_MAX = 10000, /* rows of a batch that are told each in its own words */
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

/* The rows of one code in a batch. */
struct xh__ingest_part {
    struct xh_str code;
    const struct xh_series *series; /* held; NULL: refused */
    struct xh_err *err;
    int64_t from_us, to_us;         /* of its rows that are kept */
    uint32_t key_index;             /* when it has rows */
    bool has_rows, is_marked, is_touching;
};

struct xh__ingest_work {
    struct xh_engine *engine;
    struct xh_ctx ctx;
    struct xh_ingest_batch *batch;
    void (*done)(void *arg, int status, const struct xh_err *err);
    void *arg;
    struct xh__flight flight;
    struct xh__ingest_part *parts;
    size_t part_count, part_capacity;
    struct xh_map *part_by_code;
    struct xh_series_key *keys;      /* of the parts with rows */
    const struct xh_series **series; /* likewise */
    struct xh_tsdb_row *rows;        /* those not refused */
    size_t *row_of;                  /* of a kept row: its place in the batch */
    struct xh_tsdb_batch tsdb;
    struct xh_live *live;
    size_t error_count;
    struct xh_err *last_err;         /* what is told of those beyond XH__INGEST_ERRORS_MAX */
    bool is_resolved;
    struct xh__ingest_work *next;    /* in the lane */
};

/* ingest_check.c: finds series and checks rows. may_wait false: 0 when a series is not in memory
 * (nothing is held then), 1 when all is checked. Else 1, or < 0. */
int xh__ingest_resolve(struct xh__ingest_work *work, bool may_wait, struct xh_err *err);
void xh__ingest_release(struct xh__ingest_work *work);

/* The latest instant of which all that arrived by then can be read: what is computed as known at it
 * comes out the same for ever. Now, or a little before. */
int64_t xh__ingest_settled_us(struct xh_engine *engine);

#endif
