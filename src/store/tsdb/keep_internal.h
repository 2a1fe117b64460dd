/* keep_internal.h: what flush, merge, purge and retention share.
 *
 *   keep.c     two threads: one flushes, one merges and purges; xh_tsdb_tend
 *   flush.c    a frozen memory -> one segment a month
 *   rewrite.c  segments of one month -> one segment, rows left out on request
 *   merge.c    which segments are merged when; purge
 *   retain.c   readings that are kept no longer, or thinned
 *   state.c    (manifest_internal.h) and checkpoint.c: the states of series on disk
 *   backup.c, check.c
 *
 * Locks, before those of store_internal.h: flush_lock (one flush at a time), merge_lock (one merge,
 * purge or retention at a time; it may take flush_lock).
 */
#ifndef XH_STORE_TSDB_KEEP_INTERNAL_H
#define XH_STORE_TSDB_KEEP_INTERNAL_H

#include "store/tsdb/store_internal.h"

struct xh__keeper {
    pthread_mutex_t flush_lock, merge_lock;
    pthread_mutex_t lock;             /* guards what follows */
    pthread_cond_t flush_work, merge_work;
    pthread_t flusher, merger;
    bool has_threads, is_stopping, has_flush_work;
    struct xh_err merge_failure;      /* of the merger; told by the next tend */
    _Atomic int64_t last_flush_us;    /* monotonic; cold merges wait for a quiet time */
};

/* ---- months: month.c ---- */

/* Months since 1970-01 in UTC, and the instant at which one begins. XH_TIME_MIN <= at_us <= MAX. */
int32_t xh__month_of(int64_t at_us);
int64_t xh__month_begin_us(int32_t month);

/* ---- instants of arrival: arrivals.c ---- */

struct xh__arrivals {
    int64_t *instants_us;  /* malloc'ed */
    size_t count, capacity;
};
void xh__arrivals_add(struct xh__arrivals *arrivals, int64_t arrival_us); /* repeats are cheap */
/* Sorted, each once; emptied when a table would not pay for so many rows. */
void xh__arrivals_settle(struct xh__arrivals *arrivals, uint64_t row_count);
void xh__arrivals_finish(struct xh__arrivals *arrivals);

/* ---- rewriting: rewrite.c ---- */

/* Which rows stay; NULL: all. Called for each series in ascending order, then for its rows in order
 * of (time, seq). begin: 1: rows of the series may go; 0: all stay, and is_kept is not asked. */
struct xh__filter {
    int (*begin)(void *arg, uint32_t id, struct xh_err *err);
    bool (*is_kept)(void *arg, int64_t at_us, uint64_t seq);
    void *arg;
};
struct xh__rewrite {
    struct xh__segment *const *segments; /* of one month */
    size_t count;
    uint8_t level;
    bool is_squeezed;
    const struct xh__filter *filter;
};
/* Writes one segment with the rows of all; *ret is NULL when none is left. ret_left_out: rows. Not
 * in the manifest yet. Gives up with XH_E_CANCELLED when the keeper is stopping. */
int xh__rewrite(struct xh_tsdb *db, const struct xh__rewrite *rewrite, struct xh__segment **ret,
                uint64_t *ret_left_out, struct xh_err *err);
/* By one edit the segments that were rewritten go, and `made` (NULL: nothing was left; taken over)
 * takes their place. Takes edit_lock; a failure poisons. */
int xh__rewrite_commit(struct xh_tsdb *db, const struct xh__rewrite *rewrite,
                       struct xh__segment *made, struct xh_err *err);

/* A number for a new file. Takes edit_lock. */
uint64_t xh__file_number(struct xh_tsdb *db);
bool xh__keeper_is_stopping(struct xh_tsdb *db);
/* Freezes the active memory and flushes all that is frozen. */
int xh__flush_all(struct xh_tsdb *db, struct xh_err *err);

/* ---- states: checkpoint.c ---- */

/* Where the states of series are read from: the state file (0: none) and the index of segments that
 * were flushed after it. */
struct xh__states_from {
    struct xh__segment **segments;
    size_t segment_count;
    uint64_t state_number, state_flush;
};
/* Fills `count` states, which is at least as many as anything on disk names, else XH_E_CORRUPT. */
int xh__states_load(const struct xh_env *env, const char *dir, const struct xh__states_from *from,
                    struct xh__series_state *states, uint32_t count, struct xh_err *err);

/* ---- names of files: names.c ---- */

enum { XH__PATH_BYTES = 4096 };
/* DIR/<kind>-<number in 16 hex digits>; returns path. */
char *xh__file_path(const char *dir, const char *kind, uint64_t number, char path[XH__PATH_BYTES]);

#endif
