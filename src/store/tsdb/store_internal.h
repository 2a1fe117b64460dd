/* store_internal.h: the parts of an open store, and how they change hands.
 *
 *     append, submit           declare, retract, erase
 *            \                   /
 *   caller:   resolve keys, check rows                                    append.c
 *                 |  queue of jobs
 *   committer:    accept: seq, fate -> stage in memory -> log -> sync -> publish -> done   commit.c
 *                 |  memory full: frozen
 *   flusher:      sort -> one segment a month -> manifest edit -> new view                 flush.c
 *   merger:       several segments of a month -> one; erased rows left out                 merge.c
 *
 *   readers:      a view (memories and segments) + how many rows were visible: a snapshot   view.c
 *                 merge of its sources by (time, seq) -> what is in force                  scan.c
 *                 cursors, nearest, windows, aggregates                                 read.c, ...
 *
 * Invariants
 *   1. A reading is in the log, or in exactly one memory, or in exactly one segment of the newest
 *      view; the log's low mark, memories and segments change together, by one manifest edit.
 *   2. What a view holds never changes but that rows of its active memory become visible.
 *   3. Rows are visible only after the sync of their log record.
 *   4. next_seq and max_at of a series belong to the committer; whoever opens the store computes
 *      them from state file, segments flushed since, and log.
 *   5. A segment's file is removed when no view holds it and the manifest names it no more.
 *   6. Locks, taken in this order: edit_lock (manifest and new views, held over syncs) > view_lock
 *      (the pointer, never held over a wait). The committer takes edit_lock for retractions and
 *      erasures only.
 *   7. A failed write or sync of log or manifest, or of a flush that a full memory waits for,
 *      poisons: nothing more is accepted. A flush that somebody asked for (tend, backup) and a
 *      merge only leave things as they are when they fail, and tell it, or the next xh_tsdb_tend
 *      does.
 */
#ifndef XH_STORE_TSDB_STORE_INTERNAL_H
#define XH_STORE_TSDB_STORE_INTERNAL_H

#include "store/tsdb/amend_internal.h"
#include "store/tsdb/dict_internal.h"
#include "store/tsdb/manifest_internal.h"
#include "store/tsdb/mem_internal.h"
#include "store/tsdb/segment_internal.h"
#include "store/tsdb/wal_internal.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    XH__MEM_ROWS = 2 << 20,          /* rows in memory before a flush, by default */
    /* memories that wait for the flusher; then the committer waits */
    XH__FROZEN_MAX = 2,
    XH__QUEUE_ROWS_MAX = 8 << 20,    /* rows submitted and not yet taken by the committer */
    XH__QUEUE_JOBS_MAX = 65536
};

/* ---- view.c ---- */

/* A segment as views share it. */
struct xh__held_segment {
    struct xh__segment *segment;
    atomic_size_t refs;          /* of views */
    atomic_bool is_dropped;      /* the manifest names it no more: the last one removes the file */
};

/* Immutable but for its memories' rows. */
struct xh__view {
    atomic_size_t refs;
    const struct xh_env *env;
    struct xh__mem *mems[XH__FROZEN_MAX + 2]; /* oldest first; the last is active */
    size_t mem_count;
    struct xh__held_segment **segments;       /* by month, then number */
    size_t segment_count;
};

/* What a reader works on. */
struct xh__snapshot {
    struct xh__view *view;
    uint32_t visible[XH__FROZEN_MAX + 2];     /* rows of each memory */
};

struct xh_tsdb {
    const struct xh_env *env;
    char *dir;
    struct xh_tsdb_options options;  /* with the defaults filled in */
    struct xh__dict *dict;
    struct xh__amend *amend;
    struct xh__manifest *manifest;
    pthread_mutex_t edit_lock;       /* manifest, new views, the numbers that follow */
    uint64_t file_next, flush_next, erasure_next;
    uint64_t state_number, state_flush;
    pthread_mutex_t view_lock;
    struct xh__view *view;
    struct xh__committer *committer;
    struct xh__keeper *keeper;       /* flusher and merger */
    pthread_mutex_t poison_lock;
    struct xh_err poison;            /* code 0: none */
    atomic_bool is_poisoned;
};

/* Newest view, its visible rows; release. Rows acknowledged before the call are seen. */
void xh__snapshot_take(struct xh_tsdb *db, struct xh__snapshot *ret);
void xh__snapshot_release(struct xh__snapshot *snapshot); /* zeroed is fine */

/* Edits the manifest and publishes the view that goes with it, under edit_lock (the caller holds
 * it). added: opened segments, taken over. removed: numbers. mem_done: the memory that they
 * replace, or NULL. On error (poison it) nothing is published and added is closed. */
struct xh__view_edit {
    struct xh__manifest_edit edit;   /* its added and removed are filled in from what follows */
    struct xh__segment **added;
    size_t added_count;
    const uint64_t *removed;
    size_t removed_count;
    struct xh__mem *mem_done;
};
int xh__view_change(struct xh_tsdb *db, struct xh__view_edit *change, struct xh_err *err);
/* The committer: the active memory is frozen, a new one takes its place. */
void xh__view_freeze(struct xh_tsdb *db, struct xh__mem *fresh);
int xh__view_create(struct xh_tsdb *db, struct xh__segment **segments, size_t count,
                    struct xh__mem *active); /* on open; takes over */
void xh__view_destroy(struct xh_tsdb *db);

/* Poison: the first cause stays. Returns err->code. */
int xh__tsdb_poison(struct xh_tsdb *db, const struct xh_err *why);
/* 0, or the cause with its code, told as "the readings store takes nothing more since ..." */
int xh__tsdb_check_poison(struct xh_tsdb *db, struct xh_err *err);

/* ---- commit.c ---- */

/* Makes db->committer. states: what is known of each series on open, taken over (malloc), as is
 * wal; capacity: a multiple of 65,536. */
void xh__committer_start(struct xh_tsdb *db, struct xh__wal *wal, struct xh__series_state *states,
                         uint32_t count, uint32_t capacity);
/* its thread, after the keeper's */
int xh__committer_begin(struct xh_tsdb *db, struct xh_err *err);
void xh__committer_stop(struct xh_tsdb *db); /* after all that is queued; closes the log */
void xh__committer_stats(struct xh_tsdb *db, struct xh_tsdb_stats *ret);
/* A memory was flushed: wakes a committer that waits for room. */
void xh__committer_wake(struct xh_tsdb *db);
/* Asks the committer to freeze the active memory if it has rows, and waits until it did. */
int xh__committer_freeze(struct xh_tsdb *db, struct xh_err *err);
/* The log's files below a record may go (any thread, after the manifest said so). */
int xh__committer_drop_log(struct xh_tsdb *db, uint64_t record, bool is_secret, struct xh_err *err);
/* Verifies the log, while the committer waits. The caller holds flush_lock and merge_lock, so that
 * no file goes meanwhile. Returns the number of faults, or < 0. */
int64_t xh__committer_check_log(struct xh_tsdb *db, uint64_t low, xh_tsdb_fault_fn *fault,
                                void *arg, struct xh_err *err);

/* ---- keep.c, flush.c, merge.c ---- */

int xh__keeper_start(struct xh_tsdb *db, struct xh__keeper **ret, struct xh_err *err);
void xh__keeper_stop(struct xh_tsdb *db); /* what runs is finished or given up; not flushed */
void xh__keeper_wake(struct xh_tsdb *db); /* there is something frozen, or to be erased */
/* Flushes the oldest frozen memory. 0: there was none; 1: done. */
int xh__flush_oldest(struct xh_tsdb *db, struct xh_err *err);
/* One merge or purge that is due, if any. 1: done one. is_all: merge also what is not due. */
int xh__merge_step(struct xh_tsdb *db, bool is_all, struct xh_err *err);
/* Rewrites everything that holds rows of open erasures, whose rows are in segments, and ends
 * them. */
int xh__purge(struct xh_tsdb *db, struct xh_err *err);
/* Writes a new state file when it is worth it, or is_forced. The states come from the segments. */
int xh__state_checkpoint(struct xh_tsdb *db, bool is_forced, struct xh_err *err);

/* ---- scan.c ---- */

/* The rows of one series in a snapshot, merged from all sources in order of (time, seq), each told
 * whether it is in force. */
struct xh__scan;
struct xh__scan_ask {
    uint32_t id;
    int64_t from_us, to_us;
    int64_t as_known_us;        /* 0: now */
    const struct xh__amend_retraction *retractions; /* as seen when the reader began */
    bool is_backwards, with_corrected, is_keep_all;
};
/* The scan borrows the snapshot. */
int xh__scan_open(struct xh_tsdb *db, const struct xh__snapshot *snapshot,
                  const struct xh__scan_ask *ask, struct xh__scan **ret, struct xh_err *err);
/* As xh_tsdb_next. */
ptrdiff_t xh__scan_next(struct xh__scan *scan, struct xh_reading *readings, size_t capacity,
                        struct xh_err *err);
void xh__scan_close(struct xh__scan *scan);
/* How many readings of a series with seq_from <= seq <= seq_to are in force now: what a retraction
 * of them takes out of force; and how many lie in a span of time and are not erased. For the
 * committer's answers; its own staged rows count when snapshot->visible says so. */
int xh__scan_count_in_force(struct xh_tsdb *db, const struct xh__snapshot *snapshot, uint32_t id,
                            uint64_t seq_from, uint64_t seq_to, uint64_t *ret, struct xh_err *err);
int xh__scan_count_range(struct xh_tsdb *db, const struct xh__snapshot *snapshot, uint32_t id,
                         int64_t from_us, int64_t to_us, uint64_t *ret, struct xh_err *err);

/* Where a thread that looks up series after series was in the segments' indexes, and its working
 * memory; of one store, and may be kept for as long as it is open, over all snapshots. */
struct xh__scan_places;
struct xh__scan_places *xh__scan_places_create(void);
void xh__scan_places_destroy(struct xh__scan_places *places); /* NULL is fine */
/* The reading in force now at one time in segments and memories of the snapshot, for a series that
 * replaces. 1: found; 0: none. Allocates nothing for times that no chunk covers. */
int xh__scan_in_force_at(struct xh_tsdb *db, const struct xh__snapshot *snapshot,
                         struct xh__scan_places *places, uint32_t id, int64_t at_us,
                         struct xh_reading *ret, struct xh_err *err);

#endif
