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
    XH_QUALITY_REPLACED_METER = 32, /* first reading of a new device: the register starts anew */
    /* Of observations (service/observe.h); no measure of trust. */
    XH_QUALITY_SIDE = 64,           /* more is known of it in a side record */
    XH_QUALITY_RESULT_TIME = 128    /* the time of its result is its own time */
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

/* How a store works; a zeroed struct is the default of each. */
enum xh_tsdb_sync {
    XH_TSDB_SYNC_ALWAYS = 0,         /* acknowledged is on disk */
    XH_TSDB_SYNC_EACH_SECOND_MAY_LOSE /* acknowledged may be lost: up to a second's readings */
};
struct xh_tsdb_options {
    enum xh_tsdb_sync sync;
    /* No thread of its own: each call does all that it leads to before it returns, flushes and
     * merges only in xh_tsdb_tend. For tests that must replay; one caller at a time. */
    bool has_no_threads;
    uint32_t memory_rows;            /* readings in memory before they go to a segment; 2 Mi */
    uint32_t chunk_rows;             /* readings of a series packed together; 4096 */
    uint32_t log_file_bytes;         /* 64 MiB */
    uint32_t merge_count;            /* segments of a month and level that are merged; 8 */
    int64_t flush_after_us;          /* readings wait in memory no longer; 10 minutes */
    int64_t cold_after_us;           /* a month this long past becomes one cold segment; 14 days */
    int64_t erase_within_us;         /* erased readings have left the disk; 1 day */
};
int xh_tsdb_open_as(const struct xh_env *env, const char *dir,
                    const struct xh_tsdb_options *options, struct xh_tsdb **ret,
                    struct xh_err *err);

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
/* The last in force of many series at once: ret[i].seq is 0 where there is none. XH_E_NOT_FOUND: a
 * series was not declared. */
int xh_tsdb_last_of(struct xh_tsdb *db, const struct xh_series_key *keys, size_t count,
                    struct xh_reading *ret, struct xh_err *err);
/* One reading by its number, in force or not. */
int xh_tsdb_get(struct xh_tsdb *db, const struct xh_series_key *key, uint64_t seq,
                struct xh_reading *ret, struct xh_err *err);

/* Aggregates over windows [edges[i], edges[i+1]) of readings in force, edges ascending. A sum is
 * that of the decimals as written where they were kept (exact, rounded once), else compensated; how
 * readings lie in files may change its last digit. */
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

/* Many series by windows at once, in groups: a city's days, a park's hours. Whole chunks inside a
 * window are answered from what the files' indexes say of them; a late reading, a correction or a
 * retraction sends just the chunks that it touches to be read. No answer is ever stale. */
enum xh_tsdb_measure {
    XH_TSDB_BASICS = 1,    /* count, sum, min, max, quality */
    XH_TSDB_ENDS = 2,      /* first, last: of the group by time, then by place in `keys` */
    XH_TSDB_INCREASE = 4,  /* of counters */
    XH_TSDB_INTEGRAL = 8,  /* over time; with covered_us the time-weighted mean */
    XH_TSDB_QUANTILE = 16  /* of all readings of the group in the window, exactly */
};
struct xh_tsdb_question {
    const struct xh_series_key *keys;
    size_t key_count;              /* at most 2^24 */
    const uint32_t *group_of;      /* by key, below group_count; NULL: all are group 0 */
    size_t group_count;            /* 0 is 1; groups x windows at most 2^24 */
    const int64_t *edges_us;       /* window_count + 1, ascending: days in any zone, say */
    size_t window_count;
    int64_t as_known_us;           /* 0: now */
    unsigned measures;             /* enum xh_tsdb_measure, ored */
    /* 0 to 1; between two readings linearly (Hyndman and Fan, type 7) */
    double quantile;
    int64_t gap_us;                /* integral: no line is drawn over a longer gap; 0: over any */
    bool (*is_cancelled)(void *arg); /* asked now and then, from any thread; NULL: never */
    void *arg;
};
struct xh_tsdb_answer {
    uint64_t count;
    double sum, min, max;          /* min, max when count > 0; the mean is sum / count */
    struct xh_reading first, last; /* when count > 0 */
    uint8_t quality;
    /* Sum over each series of value - previous value, the previous being the reading in force
     * before it, in the window or not; a fall, or XH_QUALITY_REPLACED_METER, counts from zero: the
     * value itself. A series' first reading ever adds nothing. */
    double increase;
    /* Value times seconds under the straight lines between neighbouring readings, cut at the edges;
     * summed over the group's series. covered_us: the time under such lines, likewise. */
    double integral;
    int64_t covered_us;
    double quantile;               /* when count > 0 */
};
/* ret: group_count x window_count, group by group. Errors: XH_E_NOT_FOUND, XH_E_INVALID,
 * XH_E_CORRUPT, XH_E_CANCELLED, XH_E_TOO_LARGE (a quantile over more than 16 Mi readings in one
 * call). */
int xh_tsdb_aggregate(struct xh_tsdb *db, const struct xh_tsdb_question *question,
                      struct xh_tsdb_answer *ret, struct xh_err *err);

/* ---- care ---- */

enum xh_tsdb_tending {
    XH_TSDB_FLUSH = 1,   /* memory to segments; the log is empty then */
    XH_TSDB_MERGE = 2,   /* all merges that are due */
    XH_TSDB_MERGE_ALL = 4, /* each month into one segment */
    XH_TSDB_PURGE = 8    /* erased readings leave the disk now */
};
/* What the store does by itself now and then, done now; blocks. Order: as the bits. */
int xh_tsdb_tend(struct xh_tsdb *db, unsigned tending, struct xh_err *err);

/* Retention: readings with time < before_us leave for good, from the disk too when it returns: all
 * of them (step_us 0), or all but the last in force of each step [n * step_us + offset_us, +
 * step_us): thinned, and each that stays keeps its number; a step that is not over at before_us
 * stays whole. Blocks; done month by month, so that repeated after a crash it ends the same.
 * ret_count: how many left. Earlier backups keep them. */
struct xh_tsdb_retention {
    const struct xh_series_key *keys;
    size_t key_count;
    int64_t before_us;
    int64_t step_us, offset_us;
};
int xh_tsdb_retain(struct xh_tsdb *db, const struct xh_tsdb_retention *retention,
                   uint64_t *ret_count, struct xh_err *err);

struct xh_tsdb_stats {
    uint64_t series_count, reading_count, size_bytes;
    uint64_t appended, commits, queue_rows; /* since open */
    uint64_t segment_count, memory_rows, erasures_open;
    uint64_t log_bytes;                     /* that a start would read */
    uint64_t log_file_bytes;                /* of its files, reserved ahead; in size_bytes too */
    uint64_t series_memory_bytes;           /* dictionary and state of all series */
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
