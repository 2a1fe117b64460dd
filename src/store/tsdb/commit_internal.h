/* commit_internal.h: the committer: its queue, its state of each series, and the jobs it does.
 *
 *   append.c         what callers do: keys resolved, rows checked, a job made and queued
 *   commit.c         the thread: takes jobs, logs, syncs, publishes, answers, freezes
 *   accept.c         rows of a batch become numbered rows in memory and columns for the log
 *   commit_amend.c   declarations, retractions, erasures
 *
 * Threads: fields below `lock` are guarded by it; the others belong to the committer's thread, or
 * with has_no_threads to the one caller.
 */
#ifndef XH_STORE_TSDB_COMMIT_INTERNAL_H
#define XH_STORE_TSDB_COMMIT_INTERNAL_H

#include "store/tsdb/gaps_internal.h"
#include "store/tsdb/store_internal.h"

#define XH__SEQ_END (UINT64_C(1) << 40) /* seq stays below */

/* ---- jobs ---- */

enum xh__commit_job_kind {
    XH__COMMIT_JOB_APPEND,
    XH__COMMIT_JOB_DECLARE,
    XH__COMMIT_JOB_RETRACT,
    XH__COMMIT_JOB_ERASE,
    XH__COMMIT_JOB_FREEZE
};

struct xh__commit_job {
    enum xh__commit_job_kind kind;
    const struct xh_tsdb_batch *batch;       /* append */
    uint32_t *ids;                           /* append: of the batch's keys */
    const struct xh_series_key *keys;        /* the others; key_count is 1 but for declare */
    size_t key_count;
    enum xh_series_policy policy;            /* declare */
    uint64_t seq_from, seq_to;               /* retract */
    int64_t at_us;
    int64_t from_us, to_us;                  /* erase */
    uint64_t count;                          /* out: retract, erase */
    xh_tsdb_done_fn *done;                   /* submitted: called, then the job is freed */
    void *done_arg;
    bool is_finished;                        /* not submitted: somebody waits for this */
    int status;                              /* < 0 when queued: refused already, told in order */
    struct xh_err err;
    struct xh__commit_job *next;
};

/* ---- the state of each series ---- */

enum { XH__STATE_BLOCK = 1 << 16 };

/* Blocks that never move. Those below `flat_blocks` lie in one array, the one made on open. */
struct xh__states {
    struct xh__series_state *blocks[XH__SERIES_MAX / XH__STATE_BLOCK];
    struct xh__series_state *flat;
    size_t flat_blocks;
    _Atomic size_t block_count;
};

static inline struct xh__series_state *xh__state_of(const struct xh__states *states, uint32_t id)
{
    return &states->blocks[id / XH__STATE_BLOCK][id % XH__STATE_BLOCK];
}
void xh__states_reach(struct xh__states *states, uint32_t count);
void xh__states_finish(struct xh__states *states);

/* ---- the committer ---- */

/* Columns of accepted rows for the log. */
struct xh__staging {
    size_t count, capacity;
    uint64_t first_seq;
    uint32_t *ids;
    int64_t *at_us, *arrival_us;
    double *values;
    int8_t *decimals;
    uint8_t *quality;
};

struct xh__committer {
    struct xh__wal *wal;
    struct xh__mem *mem;            /* the active one; the view holds it */
    struct xh__states states;
    uint64_t seq_bound;             /* no series' next number is above */
    struct xh__staging staging;
    struct xh__gaps *gaps;          /* where late readings surely find nothing */
    struct xh__snapshot snapshot;   /* for late readings; taken when one comes, for one commit */
    struct xh__view *sources;       /* the snapshot's segments without memories */
    struct xh__scan_places *places;
    bool is_unsynced;               /* something was logged and acknowledged, not synced */
    int64_t synced_us, filled_us;   /* monotonic: last sync; the active memory's first rows */
    bool has_thread;
    pthread_t thread;

    pthread_mutex_t lock;
    pthread_cond_t has_job, has_room, has_finished, has_memory;
    struct xh__commit_job *first, *last;
    size_t job_count, row_count;    /* queued */
    uint64_t appended, commits;
    bool is_stopping, is_drained;
};

/* ---- commit.c ---- */

/* Does the job, or queues it; with `done` it is answered by that and freed, else this waits. */
int xh__commit_job_run(struct xh_tsdb *db, struct xh__commit_job *job, struct xh_err *err);
int xh__commit_job_submit(struct xh_tsdb *db, struct xh__commit_job *job, struct xh_err *err);
/* All that is queued is done, and the thread has ended. The log is still there for the keeper. */
void xh__committer_drain(struct xh_tsdb *db);

/* ---- accept.c ---- */

/* Accepts all rows of a batch or, when it is refused (job->status says why), none. < 0: the store
 * is damaged; nothing of this commit may be acknowledged. */
int xh__accept(struct xh_tsdb *db, struct xh__commit_job *job, struct xh_err *err);
void xh__accept_finish(struct xh_tsdb *db); /* lets go of what late readings needed */
void xh__staging_finish(struct xh__staging *staging);

/* ---- commit_amend.c ---- */

/* Each is durable on return; < 0: poison. A refusal is in job->status. */
int xh__commit_declare(struct xh_tsdb *db, struct xh__commit_job *job, struct xh_err *err);
int xh__commit_retract(struct xh_tsdb *db, struct xh__commit_job *job, struct xh_err *err);
int xh__commit_erase(struct xh_tsdb *db, struct xh__commit_job *job, struct xh_err *err);

#endif
