/* manifest_internal.h: what the store consists of: one log of edits.
 *
 * DIR/manifest is a log of frames (length, number, CRC32C, body). A frame is one edit and counts
 * whole or not at all: segments added and removed, the low mark of the write-ahead log,
 * retractions, erasures begun and ended, the file of series states. What no frame names does not
 * exist: files left over by a crash are removed on open. So a deletion is as durable as a write.
 * docs/formats/manifest.md gives every byte.
 *
 * When the log has grown to several times what it says, it is written anew beside, synced and
 * renamed over the old one.
 *
 * Threads: one at a time (store_internal.h's edit lock). After a failed write or sync nothing more
 * is written; the caller poisons. The edit may stand, whole, on the next open.
 */
#ifndef XH_STORE_TSDB_MANIFEST_INTERNAL_H
#define XH_STORE_TSDB_MANIFEST_INTERNAL_H

#include "base/disk.h"
#include "store/tsdb/tsdb.h"

struct xh__manifest_segment {
    uint64_t number;      /* file DIR/seg-<16 hex digits> */
    int32_t month;        /* its partition: months since 1970-01, UTC */
    uint8_t level;        /* 0: a flush; 1: merged; 2: the whole month, cold */
    uint64_t flush_last;  /* the newest flush in it */
    uint64_t row_count, size_bytes;
};

struct xh__manifest_retraction {
    uint32_t id;          /* dense number of the series */
    uint64_t seq_from, seq_to;
    int64_t at_us;
};

struct xh__manifest_erasure {
    uint64_t number;      /* counts from 1 */
    uint32_t id;
    int64_t from_us, to_us; /* from <= time < to */
    uint64_t seq_below;     /* readings that came later are not meant */
    uint64_t reading_count; /* how many it hit: they leave the statistics at once */
    int64_t at_us;          /* when asked for */
};

/* One edit. Arrays may be empty. A mark of 0 is left as it is. */
struct xh__manifest_edit {
    const struct xh__manifest_segment *added;
    size_t added_count;
    const uint64_t *removed;             /* numbers of segments */
    size_t removed_count;
    const struct xh__manifest_retraction *retractions;
    size_t retraction_count;
    const struct xh__manifest_erasure *erasures;
    size_t erasure_count;
    const uint64_t *erasures_done;       /* numbers: their readings are on disk no more */
    size_t erasure_done_count;
    uint64_t wal_low;                    /* the first record of the log not in segments */
    uint64_t flush_next;                 /* the number of the next flush */
    uint64_t state_number, state_flush;  /* DIR/state-<16 hex digits> and the last flush it knows */
    uint32_t series_count;               /* at least so many in the dictionary */
    uint64_t file_next;                  /* the next number for a file */
};

/* All that the log says, added up; arrays in no order. */
struct xh__manifest_all {
    struct xh__manifest_segment *segments;
    struct xh__manifest_retraction *retractions; /* in the order they were made */
    struct xh__manifest_erasure *erasures;       /* not done yet */
    size_t segment_count, retraction_count, erasure_count;
    uint64_t wal_low, flush_next, state_number, state_flush, file_next, erasure_next;
    uint32_t series_count;
};

struct xh__manifest;

/* Reads or creates; cuts a torn tail. XH_E_CORRUPT names the place, or says that the manifest is
 * gone while other files of a store are there; XH_E_SCHEMA: a newer format.
 * ret_all lives in arena. */
int xh__manifest_open(const struct xh_env *env, const char *dir, struct xh_arena *arena,
                      struct xh__manifest **ret, struct xh__manifest_all *ret_all,
                      struct xh_err *err);
void xh__manifest_close(struct xh__manifest *manifest); /* NULL is fine */
/* Durable on return. */
int xh__manifest_edit(struct xh__manifest *manifest, const struct xh__manifest_edit *edit,
                      struct xh_err *err);
/* A manifest of its own in another folder that says `all`; synced. For backups. */
int xh__manifest_write(const struct xh_env *env, const char *dir,
                       const struct xh__manifest_all *all, struct xh_err *err);
/* What the log says now, added up anew; for backup and check. */
int xh__manifest_get(struct xh__manifest *manifest, struct xh_arena *arena,
                     struct xh__manifest_all *ret_all, struct xh_err *err);

/* ---- the file of series states ----
 * A checkpoint of what flushes have shown of each series, so that opening need not look at the
 * index of every segment: DIR/state-<16 hex digits>, sealed, CRC32C. */
struct xh__series_state {
    uint64_t next_seq;  /* 1 for a series without readings */
    int64_t max_at_us;  /* XH_TIME_MIN - 1 for none */
    int64_t step_us;    /* the committer's: usual distance of readings in order; not on disk */
};
int xh__state_write(const struct xh_env *env, const char *dir, uint64_t number,
                    const struct xh__series_state *states, uint32_t count, struct xh_err *err);
/* ret has room for `capacity`; a file with more is XH_E_CORRUPT, one that is not there
 * XH_E_NOT_FOUND. After an error ret may be half written. */
int xh__state_read(const struct xh_env *env, const char *dir, uint64_t number,
                   struct xh__series_state *ret, uint32_t capacity, uint32_t *ret_count,
                   struct xh_err *err);

#endif
