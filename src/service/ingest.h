/* ingest.h: the one way in for readings: known series? who may? plausible? then the store, then
 * what depends on it is marked. HTTP, MQTT, files and forms all end here, in batches.
 *
 * Checks, per row: the series exists and who may write; the value is finite; the time lies between
 * 1970 and now + 1 day (a clock ahead is refused by name); outside the plausible range a reading is
 * taken and marked SUSPECT.
 *
 * Late: LATE marks what was counted on without being there. By the live door that is each reading
 * whose time lies more than 3 periods (at least one hour) before its arrival. History (a file that
 * is taken in, a simulation) is old without being late: of a batch with is_history a reading is
 * marked only when, besides, its source says so, as an import does of what lies behind a reading
 * that its series had before. LATE said by any other source counts for nothing.
 */
#ifndef XH_SERVICE_INGEST_H
#define XH_SERVICE_INGEST_H

#include "service/registry.h"

struct xh_ingest_row {
    struct xh_str series;      /* code or id; borrowed until done */
    int64_t at_us;
    double value;
    int8_t decimals;
    uint8_t quality;           /* as said by the source */
};

enum xh_ingest_status {
    XH_INGEST_TAKEN, XH_INGEST_CORRECTED, XH_INGEST_DUPLICATE, XH_INGEST_REFUSED
};
struct xh_ingest_result {
    uint8_t status;            /* enum xh_ingest_status */
    uint8_t quality;           /* as kept */
    uint64_t seq;
    int64_t series_id;
    struct xh_err *err;        /* REFUSED: why; in the batch's arena */
};

struct xh_ingest_batch {
    struct xh_arena *arena;    /* lives until done; nobody else's until then */
    const struct xh_ingest_row *rows;
    size_t count;              /* at most XH_TSDB_BATCH_ROWS_MAX */
    struct xh_ingest_result *results; /* count of them, filled */
    uint64_t taken, corrected, duplicate, late, suspect, refused;
    bool is_history;           /* see above; not for strangers to say */
};

/* Does not block. done runs when the rows are on disk, with status 0 (even if rows were refused),
 * or an error when nothing was kept; on the committer's thread or on ingest's own, never inside
 * this call. ctx->who and what the rows point to live until then. An error from here (XH_E_BUSY
 * when queues are full, XH_E_TOO_LARGE): done is not called. */
int xh_ingest_submit(struct xh_ctx *ctx, struct xh_ingest_batch *batch,
                     void (*done)(void *arg, int status, const struct xh_err *err), void *arg,
                     struct xh_err *err);
/* The same, blocking. */
int xh_ingest(struct xh_ctx *ctx, struct xh_ingest_batch *batch, struct xh_err *err);

/* ---- in bulk ---- */

/* Many readings whose series are known and held already: line protocol, tables. The same checks,
 * marks and order as above; what became of them is told by counters, and of the first refused rows
 * by their number. Nothing is copied on the way. */
struct xh_ingest_refusal {
    size_t row;                /* its place among the rows as they were given */
    struct xh_err err;
};
struct xh_ingest_span {        /* numbers that the rows of a series got; seq_to 0: none */
    uint64_t seq_from, seq_to;
};
struct xh_ingest_bulk {
    struct xh_arena *arena;    /* lives until done; nobody else's until then */
    const struct xh_series *const *series; /* each at most once; held by the caller until done */
    size_t series_count;
    struct xh_tsdb_row *rows;  /* key_index: into series. Marked, and closed up where some are
                                  refused: not the caller's any more */
    size_t count;              /* at most XH_TSDB_BATCH_ROWS_MAX */
    bool is_history;           /* as above */
    size_t refusals_max;       /* how many are told */
    struct xh_ingest_span *spans; /* one a series, filled; NULL: not wanted */
    /* Of observations (observe.h), which alone may say XH_QUALITY_SIDE and RESULT_TIME: number and
     * fate (enum xh_ingest_status) of each row as given, filled; both NULL: not wanted. */
    bool is_observed;
    uint64_t *seqs;            /* 0: refused */
    uint8_t *fates;
    /* Out. */
    struct xh_ingest_refusal *refusals; /* in order of rows */
    size_t refusal_count;
    uint64_t taken, corrected, duplicate, late, suspect, refused;
};
/* As xh_ingest_submit. */
int xh_ingest_bulk(struct xh_ctx *ctx, struct xh_ingest_bulk *bulk,
                   void (*done)(void *arg, int status, const struct xh_err *err), void *arg,
                   struct xh_err *err);

/* ---- those who listen ---- */

/* Told of every batch that was kept, in pieces, on the committer's thread, must not block: live
 * pages. */
struct xh_live {
    int64_t series_id, owner_id, at_us;
    double value;
    int8_t decimals;
    uint8_t quality;
    uint64_t seq;
};
void xh_ingest_listen(struct xh_engine *engine,
                      void (*live)(void *arg, const struct xh_live *rows, size_t count), void *arg);
/* When it returns, `live` does not run and will not be called again. Not from inside `live`. */
void xh_ingest_unlisten(struct xh_engine *engine,
                        void (*live)(void *arg, const struct xh_live *rows, size_t count),
                        void *arg);

/* While nobody is there to be told, a listener may rest: nothing is made for it. It hears again of
 * all batches that end after it woke up. */
void xh_ingest_listen_rest(struct xh_engine *engine,
                           void (*live)(void *arg, const struct xh_live *rows, size_t count),
                           void *arg, bool is_resting);

/* Takes an import (core.import record) back: its readings go out of force, what they had replaced
 * is in force again, days are re-computed. Who may write imports may. XH_E_CONFLICT: it is still
 * running or undone already. Stopped half way it can be done again. */
int xh_ingest_undo(struct xh_ctx *ctx, int64_t import_id, uint64_t *ret_count, struct xh_err *err);

/* Counters for /metrics. */
struct xh_ingest_stats { uint64_t taken, corrected, duplicate, late, suspect, refused, batches; };
void xh_ingest_get_stats(struct xh_engine *engine, struct xh_ingest_stats *ret);

#endif
