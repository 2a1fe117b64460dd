/* tsdb.h: the readings store: what devices and people measured, kept for ever, never rewritten.
 *
 * Guarantees
 *   - A batch is acknowledged (append returns 0, or its callback says so) only when it is on disk.
 *     Acknowledged readings survive kill -9 and power cuts. A batch is kept whole or not at all.
 *   - A reading reads back digit for digit (value with its decimals), with its quality.
 *   - Nothing is overwritten: a correction is a later reading for the same time. What was known on
 *     an earlier day can be read at any time (`as_known_us`).
 *   - seq numbers a series' readings 1, 2, 3 ... in the order in which they were accepted, without
 *     gaps, below 2^40.
 *   - After an error on write or sync the store is poisoned: it accepts nothing more and says why;
 *     reading goes on; a restart recovers what was acknowledged.
 *
 * Terms
 *   key        128 bits that name a series for ever, given by the registry. Dense numbers inside
 *              the store never leave it.
 *   policy     REPLACE: for one time the reading with the highest seq is in force, earlier ones
 *              stay visible as corrected (a meter). KEEP_ALL: all are in force (a stranger's
 *              observations).
 *   retract    takes readings out of force from now on (an import undone, a wrong upload): they
 *              stay readable "as known on" an earlier instant.
 *   erase      removes readings for good, for the law; nothing brings them back.
 *
 * Threads: every function may be called from any thread; a cursor belongs to one thread at a time.
 * One process owns a folder (the caller holds the lock).
 */
#ifndef XH_STORE_TSDB_H
#define XH_STORE_TSDB_H

#include "base/arena.h"
#include "base/env.h"
#include "base/num.h"
#include "base/time.h"

struct xh_series_key {
    uint8_t bytes[16];
};

enum xh_series_policy { XH_POLICY_REPLACE = 0, XH_POLICY_KEEP_ALL = 1 };

/* How far a reading is to be trusted, as said by its source or by ingest. Bits. */
enum xh_quality {
    XH_QUALITY_GOOD = 0,
    XH_QUALITY_SUSPECT = 1,     /* outside the plausible range, or a spike */
    XH_QUALITY_ESTIMATED = 2,   /* filled in by a rule */
    XH_QUALITY_MANUAL = 4,      /* typed by a person */
    XH_QUALITY_LATE = 8,        /* arrived long after its time */
    XH_QUALITY_SIMULATED = 16,  /* made up for a demo */
    XH_QUALITY_REPLACED_METER = 32 /* first reading of a new device: the register starts anew */
};

struct xh_reading {
    int64_t at_us;      /* the time measured at, or the end of the interval measured over */
    double value;       /* finite */
    int64_t arrival_us; /* when the store took it */
    uint64_t seq;
    uint8_t quality;    /* enum xh_quality, ored */
    int8_t decimals;    /* digits after the point, or XH_NUM_DECIMALS_SHORTEST (base/num.h) */
    bool is_in_force;   /* false: corrected or retracted, at the instant asked about */
    bool is_retracted;  /* taken back: what stands in its place corrects nothing */
};

struct xh_tsdb;

/* Opens or creates the store in folder `dir` and recovers. Errors: XH_E_CORRUPT names file and
 * place; XH_E_SCHEMA (a newer format); XH_E_IO, XH_E_NO_SPACE. */
int xh_tsdb_open(const struct xh_env *env, const char *dir, struct xh_tsdb **ret,
                 struct xh_err *err);
void xh_tsdb_close(struct xh_tsdb *db); /* waits for what was submitted; NULL is fine */

/* Makes a series known; durable on return. Again with the same policy: nothing happens; with
 * another: XH_E_CONFLICT, and none of the keys is declared. */
int xh_tsdb_declare(struct xh_tsdb *db, const struct xh_series_key *keys, size_t count,
                    enum xh_series_policy policy, struct xh_err *err);

/* ---- writing ---- */

struct xh_tsdb_row {
    uint32_t key_index; /* into the batch's keys */
    int8_t decimals;
    uint8_t quality;
    int64_t at_us;
    double value;
};

struct xh_tsdb_batch {
    const struct xh_series_key *keys;
    size_t key_count;
    const struct xh_tsdb_row *rows; /* any order; the order decides seq */
    size_t row_count;               /* at most XH_TSDB_BATCH_ROWS_MAX */
    int64_t arrival_us;
    /* Out, for each row, filled before acknowledgement; NULL: not wanted. */
    uint64_t *ret_seq;
    uint8_t *ret_fate;              /* enum xh_tsdb_fate */
};
enum { XH_TSDB_BATCH_ROWS_MAX = 1 << 20 };

enum xh_tsdb_fate {
    XH_FATE_NEW = 0,
    XH_FATE_CORRECTION = 1, /* REPLACE policy, another value was in force for this time */
    /* REPLACE policy, the same value and quality was in force: not kept; seq is that one's */
    XH_FATE_DUPLICATE = 2
};

/* Blocks until durable. Errors: XH_E_NOT_FOUND (a key was not declared; nothing is kept),
 * XH_E_INVALID (not finite, time out of range), XH_E_NO_SPACE, XH_E_IO; once one of the
 * two was told, each later call gets it until the store is opened anew. */
int xh_tsdb_append(struct xh_tsdb *db, const struct xh_tsdb_batch *batch, struct xh_err *err);

/* Returns at once; `done` is called on the committer's thread when durable or failed; it must not
 * block nor call the store. The batch and all it points to stay alive until then. XH_E_BUSY: the
 * queue is full (nothing was taken). */
typedef void xh_tsdb_done_fn(void *arg, int status, const struct xh_err *err);
int xh_tsdb_submit(struct xh_tsdb *db, const struct xh_tsdb_batch *batch, xh_tsdb_done_fn *done,
                   void *arg, struct xh_err *err);

/* Takes readings seq_from..seq_to (inclusive) of a series out of force from at_us on; durable on
 * return. ret_count: how many were in force and are not now. Numbers not given yet are not touched.
 * What the retracted readings had corrected is in force again. */
int xh_tsdb_retract(struct xh_tsdb *db, const struct xh_series_key *key, uint64_t seq_from,
                    uint64_t seq_to, int64_t at_us, uint64_t *ret_count, struct xh_err *err);
/* For good: all readings of the series with from_us <= time < to_us. Earlier backups keep them. */
int xh_tsdb_erase(struct xh_tsdb *db, const struct xh_series_key *key, int64_t from_us,
                  int64_t to_us, uint64_t *ret_count, struct xh_err *err);

/* ---- reading ---- */

struct xh_tsdb_range {
    struct xh_series_key key;
    int64_t from_us, to_us;  /* from <= time < to */
    int64_t as_known_us;     /* 0: now; else only what had arrived, and been retracted, by then */
    bool with_corrected;     /* also what is not in force, marked so; ordered by time, then seq */
    bool is_backwards;       /* newest first */
    uint64_t limit;          /* 0: no limit */
};

struct xh_tsdb_cursor;
/* Sees what was acknowledged before the call, and nothing of what comes after but erasures. */
int xh_tsdb_read(struct xh_tsdb *db, const struct xh_tsdb_range *range, struct xh_tsdb_cursor **ret,
                 struct xh_err *err);
/* Fills up to `capacity` readings; returns how many, 0 at the end, < 0 on error. */
ptrdiff_t xh_tsdb_next(struct xh_tsdb_cursor *cursor, struct xh_reading *readings, size_t capacity,
                       struct xh_err *err);
void xh_tsdb_cursor_close(struct xh_tsdb_cursor *cursor);

/* The reading in force with the highest time, and the nearest in force at or before / at or after
 * an instant. XH_E_NOT_FOUND when there is none. */
int xh_tsdb_last(struct xh_tsdb *db, const struct xh_series_key *key, struct xh_reading *ret,
                 struct xh_err *err);
int xh_tsdb_before(struct xh_tsdb *db, const struct xh_series_key *key, int64_t at_us,
                   int64_t as_known_us, struct xh_reading *ret, struct xh_err *err);
int xh_tsdb_after(struct xh_tsdb *db, const struct xh_series_key *key, int64_t at_us,
                  int64_t as_known_us, struct xh_reading *ret, struct xh_err *err);
/* One reading by its number, in force or not. */
int xh_tsdb_get(struct xh_tsdb *db, const struct xh_series_key *key, uint64_t seq,
                struct xh_reading *ret, struct xh_err *err);

/* Aggregates over windows [edges[i], edges[i+1]) of readings in force. */
struct xh_tsdb_window {
    uint64_t count;
    struct xh_sum sum;          /* base/num.h */
    double min, max;            /* when count > 0 */
    struct xh_reading first, last;
    uint8_t quality;            /* all qualities seen, ored */
};
int xh_tsdb_windows(struct xh_tsdb *db, const struct xh_series_key *key, const int64_t *edges_us,
                    size_t window_count, int64_t as_known_us, struct xh_tsdb_window *ret_windows,
                    struct xh_err *err);

/* ---- care ---- */

struct xh_tsdb_stats {
    uint64_t series_count, reading_count, size_bytes;
    uint64_t appended, commits, queue_rows; /* since open */
    bool is_poisoned;
};
int xh_tsdb_get_stats(struct xh_tsdb *db, struct xh_tsdb_stats *ret, struct xh_err *err);
/* Calls `series` for each known key; a value other than 0 stops. */
typedef int xh_tsdb_series_fn(void *arg, const struct xh_series_key *key,
                              enum xh_series_policy policy, uint64_t reading_count);
int xh_tsdb_each_series(struct xh_tsdb *db, xh_tsdb_series_fn *series, void *arg,
                        struct xh_err *err);
/* A copy that opens as a store of its own, taken while writing goes on. to_dir must not exist
 * (XH_E_CONFLICT). */
int xh_tsdb_backup(struct xh_tsdb *db, const char *to_dir, struct xh_err *err);
/* Verifies everything; each fault is told to `fault`. Returns the number of faults, or < 0. */
typedef void xh_tsdb_fault_fn(void *arg, const char *sentence);
int64_t xh_tsdb_check(struct xh_tsdb *db, xh_tsdb_fault_fn *fault, void *arg, struct xh_err *err);

#endif
