/* observe_internal.h: what the files of observations share.
 *
 *   observe.c           batches on their way: steps, and the lane for those that must wait
 *   observe_resolve.c   series of a batch, rows checked, plain ones told from those with a side
 *   observe_side.c      side records: begun, placed, dropped, read
 *   observe_one.c       one observation: get, correct, delete
 *   observe_read.c      cursors, the last of many
 *   observe_check.c     readings that lost their side record
 *   observe_span.c      how many, over what time
 *   observe_sum.c       sums over windows, of numbers alone
 *   observe_area.c      where observations were made
 *   observe_feature.c   which feature a series' readings are about, from when on
 *   observe_settle.c    life; what an open finds half done
 *
 * A job's steps, each told of its end by a callback:
 *
 *     resolve -> begin (side records, records writer) -> store (ingest) -> place (records writer)
 *                                    store failed -> drop     place failed -> retract (the lane)
 *
 * Without side records it is resolve -> store. What cannot be handed on at once (a full queue, a
 * series not in memory) waits in the lane, and new batches queue behind it.
 */
#ifndef XH_SERVICE_OBSERVE_INTERNAL_H
#define XH_SERVICE_OBSERVE_INTERNAL_H

#include "service/engine_internal.h"
#include "service/ingest_internal.h"
#include "service/observe.h"

enum { XH__OBSERVE_LANE_MAX = 256 };

/* Of a side record, in the column `state`. */
enum xh__side_state {
    XH__SIDE_BEGUN = 0,    /* no seq yet: its reading may be there or not */
    XH__SIDE_IN_FORCE = 1,
    XH__SIDE_OVER = 2,     /* corrected or deleted; kept for what was known then */
    XH__SIDE_MOVING = 3,   /* in force, but the reading that it corrects is not yet out of force */
    XH__SIDE_LEAVING = 4   /* being deleted */
};

struct xh__observe_job;

/* Features of a series, from when on; ascending. feature 0: none yet. */
struct xh__feature_since {
    int64_t since_us, feature_id;
};
struct xh__series_features {
    int64_t series_id; /* its bytes are the key */
    struct xh__feature_since *items;
    size_t count, capacity;
};

struct xh__observe {
    struct xh_engine *engine;
    pthread_mutex_t lock; /* guards what follows, to flying */
    struct xh__lane lane;
    pthread_cond_t is_quiet;
    size_t flying;
    pthread_rwlock_t features_lock; /* guards what follows */
    struct xh_map *features;        /* of struct xh__series_features */
    int64_t *moved;                 /* series to be read again after the next commit */
    size_t moved_count, moved_capacity;
    pthread_mutex_t change_lock;    /* one correction or deletion at a time */
};

/* The rows of one series in a batch. */
struct xh__observe_part {
    int64_t series_id;
    const struct xh_series *series; /* NULL: refused */
    struct xh_err *err;
    uint32_t key_index;
    bool needs_number;              /* a series that is added up */
    bool has_feature;
    bool is_asked;                  /* whether it lacks one */
    struct xh_err *feature_err;     /* why it has none */
};

struct xh__observe_side {
    size_t row;        /* in the batch */
    int64_t record_id; /* of the side record */
    int64_t id;        /* public; filled by place */
    bool is_duplicate;
};

enum xh__observe_step { XH__STEP_RESOLVE, XH__STEP_BEGIN, XH__STEP_STORE, XH__STEP_PLACE,
                        XH__STEP_DROP, XH__STEP_RETRACT, XH__STEP_FINISH };

struct xh__observe_job {
    struct xh__lane_item item;
    struct xh_engine *engine;
    struct xh_ctx ctx;
    struct xh_observe_batch *batch;
    void (*done)(void *arg, int status, const struct xh_err *err);
    void *arg;
    enum xh__observe_step step;      /* to be done next, by the lane */

    struct xh__observe_part **parts;
    size_t part_count, part_capacity;
    struct xh_map *part_by_series;
    int64_t now_us;                  /* when it was resolved */
    int64_t known_feature_id;        /* the last that was looked for and found */
    const struct xh_series **series; /* by key_index */
    struct xh_tsdb_row *rows;        /* those not refused */
    size_t *row_of;                  /* of each of them, its place in the batch */
    size_t row_count, refused, error_count;
    struct xh_err *first_err, *last_err;
    struct xh__observe_side *sides;
    size_t side_count;
    struct xh_ingest_bulk bulk;
    int status;
    struct xh_err err;

    /* Of a correction: the observation that it corrects; 0: none. */
    int64_t public_id, replaces_series;
    uint64_t replaces_seq;
};

/* ---- observe.c ---- */

struct xh__observe_job *xh__observe_job_make(struct xh_ctx *ctx, struct xh_observe_batch *batch);
/* Blocks until the job is done. */
int xh__observe_job_run(struct xh__observe_job *job, struct xh_err *err);

/* ---- observe_resolve.c ---- */

/* 1: resolved; 0: it would have to wait (all is let go); < 0. */
int xh__observe_resolve(struct xh__observe_job *job, bool may_wait, struct xh_err *err);
void xh__observe_release(struct xh__observe_job *job);

/* ---- observe_side.c ---- */

/* Closures of the records writer; arg is the job. */
xh_rel_write_fn xh__side_begin, xh__side_place, xh__side_drop;
/* What a side record says of a reading, into *ret (its series, seq, arrival, value set already);
 * texts in arena. 1; 0: there is none. */
int xh__side_read(struct xh_rel_conn *conn, struct xh_arena *arena, struct xh_observation *ret,
                  struct xh_err *err);
/* The reading behind a public id, from its newest side record in force: series and seq. 1, or 0. */
int xh__side_find(struct xh_rel_conn *conn, int64_t id, int64_t *ret_series_id, uint64_t *ret_seq,
                  struct xh_err *err);
int xh__side_set_state(struct xh_rel_conn *conn, int64_t id, enum xh__side_state from,
                       enum xh__side_state to, struct xh_err *err);

/* ---- observe_one.c ---- */

/* Takes readings out of force, ascending seqs, runs of them at once, and the days with them. */
int xh__observe_retract(struct xh_engine *engine, const struct xh_series *series,
                        const uint64_t *seqs, size_t count, struct xh_err *err);

/* ---- observe_read.c ---- */

/* From a reading; the rest is zero. False: a side record is needed. */
bool xh__observation_from_reading(const struct xh_series *series, const struct xh_reading *reading,
                                  struct xh_observation *ret);

/* ---- observe_feature.c ---- */

int xh__features_create(struct xh__observe *observe, struct xh_err *err);
void xh__features_destroy(struct xh__observe *observe);
/* The feature of a reading that arrived then; 0: none. */
int64_t xh__feature_at(struct xh_engine *engine, int64_t series_id, int64_t arrival_us);
int xh__feature_ensure(struct xh_ctx *ctx, const struct xh_series *series, int64_t *ret,
                       struct xh_err *err);
/* Of many series at once, in few transactions; those without a place stay without. */
int xh__features_ensure(struct xh_ctx *ctx, const struct xh_series *const *series, size_t count,
                        struct xh_err *err);
/* XH_E_INVALID: there is none, or who may not see it. */
int xh__feature_check(struct xh_ctx *ctx, int64_t feature_id, struct xh_err *err);

/* ---- observe_settle.c ---- */

int xh__observe_settle(struct xh_engine *engine, struct xh_err *err);
/* Side records of [from, to) whose readings left for good. After the erasure, before its record is
 * closed; done again it does the same. */
int xh__observe_prune(struct xh_engine *engine, const struct xh_series_key *key, int64_t from_us,
                      int64_t to_us, struct xh_err *err);

#endif
