/* observe.h: observations: readings with a public id and what is more than a number.
 *
 * A reading of a series is an observation (OGC 18-088, 8.2.7). Most are nothing more: a time and a
 * number. What else a stranger says (another time of result, an interval, a text, a JSON value, an
 * own feature of interest, parameters, quality) is a *side record*, kept in the table
 * `xh_observation` of records.db and found by (series, seq). A reading that has one carries the
 * quality bit XH_QUALITY_SIDE; without its side record such a reading is not an observation (its
 * write broke off before it was acknowledged) and is not shown.
 *
 * Ids: a plain observation's is (series id << 30) | seq, always below 2^53; one with a side record
 * has the id in it, which is that of the reading with which it began. Correcting an observation
 * keeps its id: a later reading is appended, the earlier one goes out of force, the side record
 * points to the new one. Deleting takes the reading out of force; what was known earlier stays
 * readable as known then.
 *
 * XH_QUALITY_RESULT_TIME says of a plain reading that the time of its result is its own time.
 *
 * Results that are no numbers: their reading's value is 0 (a boolean's 0 or 1). Series that are
 * added up (register, interval, power) refuse them; gauges and states take them, whatever
 * observationType says, as other servers do. An integer beyond 2^53 is such a result too, for no
 * reading holds it digit for digit. They always have a side record: whoever wants sums of a gauge
 * asks xh_observe_aggregate, not the store.
 *
 * A time more than a day ahead is a wrong clock and refused, but for gauges of policy KEEP_ALL,
 * which keep forecasts.
 *
 * Two at one time: in a series of policy KEEP_ALL they are two. In one of REPLACE the later is in
 * force and the earlier is gone; the same again (value, quality, side record) is a DUPLICATE, with
 * the id of the first; the same value with another side record changes the side record in place.
 *
 * Durability: what is acknowledged is on disk: the side record first (state "begun", no seq), then
 * the reading, then the seq into the side record. An open that finds begun ones takes their
 * readings out of force and drops them. A batch without side records is one sync.
 *
 * Order: rows of a batch get their numbers in its order, batches of plain rows in the order in
 * which they were submitted; a batch with side records may be overtaken by a later one without.
 *
 * Limits: series ids to 2^23 - 1 and 2^30 - 1 readings of a series that has observations
 * (XH_E_TOO_LARGE); text, parameters and quality of an observation 256 KiB each.
 *
 * Threads: any that may block, but xh_observe_submit, which does not.
 */
#ifndef XH_SERVICE_OBSERVE_H
#define XH_SERVICE_OBSERVE_H

#include "service/ingest.h"

enum {
    XH_OBSERVE_SEQ_BITS = 30,
    XH_OBSERVE_SERIES_MAX = (1 << 23) - 1,
    XH_OBSERVE_SEQ_MAX = (1 << 30) - 1,
    XH_OBSERVE_TEXT_BYTES_MAX = 1 << 18
};
/* Of a plain one. */
static inline int64_t xh_observation_id(int64_t series_id, uint64_t seq)
{
    return series_id << XH_OBSERVE_SEQ_BITS | (int64_t)seq;
}

enum xh_result_kind {
    XH_RESULT_NUMBER,    /* value, decimals */
    XH_RESULT_TEXT,      /* text */
    XH_RESULT_BOOL,      /* value 0 or 1 */
    XH_RESULT_JSON,      /* text: an object, an array (of a series with several properties too) */
    XH_RESULT_NULL
};

struct xh_observation {
    int64_t id;                      /* 0: new */
    int64_t series_id;
    uint64_t seq;
    int64_t from_us, to_us;          /* phenomenonTime; to_us 0: an instant, at from_us. The reading
                                        of an interval lies at its end */
    enum xh_result_kind kind;
    double value;
    int8_t decimals;
    struct xh_str text;
    bool has_result_time;
    int64_t result_us;
    bool has_valid;
    int64_t valid_from_us, valid_to_us;
    int64_t feature_id;              /* 0 in a new one: that of its series at this moment */
    struct xh_str parameters, result_quality; /* JSON; empty: none */
    uint8_t quality;                 /* enum xh_quality */
    int64_t arrival_us;              /* of the reading; not asked for in a new one */
};

/* Many at once, of any series: what is plain goes straight to the store, as fast as
 * xh_ingest_bulk; what is not gets its side record. One result a row. */
struct xh_observe_result {
    int status;                      /* 0, or why it was refused: err */
    int64_t id;
    uint8_t fate;                    /* enum xh_ingest_status */
    struct xh_err *err;              /* in the batch's arena */
};
struct xh_observe_batch {
    struct xh_arena *arena;          /* lives until done; nobody else's until then */
    const struct xh_observation *rows;
    size_t count;                    /* at most XH_TSDB_BATCH_ROWS_MAX */
    struct xh_observe_result *results; /* count of them, filled */
    bool is_all_or_nothing;          /* one refused row refuses all */
};
/* Does not block; `done` as in xh_ingest_submit, also on the records writer's thread; it must not
 * block. A series that has no feature of interest yet gets it on the way (from the locations of its
 * device, 18-088 10.2.2.3); where there is none and the row names none, the row is refused. With
 * is_all_or_nothing the status of `done` is that of the first row refused. */
int xh_observe_submit(struct xh_ctx *ctx, struct xh_observe_batch *batch,
                      void (*done)(void *arg, int status, const struct xh_err *err), void *arg,
                      struct xh_err *err);
int xh_observe(struct xh_ctx *ctx, struct xh_observe_batch *batch, struct xh_err *err); /* blocks */

/* XH_E_NOT_FOUND: there is none, it was deleted, or who may not see it. */
int xh_observation_get(struct xh_ctx *ctx, int64_t id, struct xh_observation *ret,
                       struct xh_err *err);
/* Corrects: all of `observation` is the new truth, its id names the old. */
int xh_observation_put(struct xh_ctx *ctx, const struct xh_observation *observation,
                       struct xh_err *err);
int xh_observation_delete(struct xh_ctx *ctx, int64_t id, struct xh_err *err);
/* Many: one sync for numbers that follow each other. Ids of none are passed over; *ret_count
 * (NULL allowed) were deleted. */
int xh_observations_delete(struct xh_ctx *ctx, const int64_t *ids, size_t count,
                           uint64_t *ret_count, struct xh_err *err);

/* ---- reading ---- */

/* Observations of one series in order of (phenomenon time, seq), as a cursor. */
struct xh_observe_range {
    int64_t series_id;
    int64_t from_us, to_us;          /* of the reading's time, [from, to) */
    bool is_backwards;
    /* Those behind a place: of time at_us only seq beyond after_seq (before it, backwards); 0:
     * from the start. */
    int64_t after_us;
    uint64_t after_seq;
    int64_t as_known_us;
    uint64_t limit;                  /* 0: none */
};
struct xh_observe_cursor;
int xh_observe_read(struct xh_ctx *ctx, const struct xh_observe_range *range,
                    struct xh_observe_cursor **ret, struct xh_err *err);
/* Fills up to capacity; how many, 0 at the end, < 0. Texts live until the next call. */
ptrdiff_t xh_observe_next(struct xh_observe_cursor *cursor, struct xh_observation *ret,
                          size_t capacity, struct xh_err *err);
void xh_observe_close(struct xh_observe_cursor *cursor);

/* The latest (by phenomenon time) of many series at once; id 0 where there is none. */
int xh_observe_last_of(struct xh_ctx *ctx, const int64_t *series_ids, size_t count,
                       struct xh_observation *ret, struct xh_err *err);
/* How many are there, and over what time: exact. resultTime of plain readings without one: none. */
struct xh_observe_span {
    uint64_t count;
    int64_t first_us, last_us;       /* phenomenon time, when count > 0; intervals with both ends */
    bool has_result_time;
    int64_t result_first_us, result_last_us;
};
int xh_observe_spans(struct xh_ctx *ctx, const int64_t *series_ids, size_t count,
                     struct xh_observe_span *ret, struct xh_err *err);

/* xh_tsdb_aggregate of series among which some may hold results that are no numbers: numbers alone
 * count, not the 0 that the reading of a text holds. Windows with side records are read one by one;
 * increases and integrals look for them beyond the windows too. series_ids: those of
 * question->keys, in their order. Errors: as xh_tsdb_aggregate and xh_observe_read. */
int xh_observe_aggregate(struct xh_ctx *ctx, const struct xh_tsdb_question *question,
                         const int64_t *series_ids, struct xh_tsdb_answer *ret, struct xh_err *err);
/* Where observations were made: the box around the features of interest of a series (GeoJSON
 * alone; 18-088 table 9, observedArea). Each series at most once. */
struct xh_observe_area {
    bool is_known;
    double west, south, east, north;
};
int xh_observe_areas(struct xh_ctx *ctx, const int64_t *series_ids, size_t count,
                     struct xh_observe_area *ret, struct xh_err *err);

/* ---- features ---- */

/* The feature of interest of what series `series_id` observes now; made from its device's location
 * when there is none yet: one location, one feature, used again. XH_E_INVALID when the device has
 * no location. */
int xh_observe_feature(struct xh_ctx *ctx, int64_t series_id, int64_t *ret_feature_id,
                       struct xh_err *err);
/* The same from memory, without making one: 0 when there is none. */
int64_t xh_observe_feature_now(struct xh_engine *engine, int64_t series_id);
/* After a device moved: what comes from now on is about its new place. In a transaction. */
int xh_observe_moved(struct xh_ctx *ctx, int64_t device_id, struct xh_err *err);
/* The series that have observations about a feature. */
int xh_observe_series_of_feature(struct xh_ctx *ctx, int64_t feature_id, int64_t **ret_ids,
                                 size_t *ret_count, struct xh_err *err);
/* Before a series or a feature is deleted (18-088 10.4, integrity): its observations go with it.
 * Outside a transaction; broken off, it may be done again. */
int xh_observe_series_deleted(struct xh_ctx *ctx, int64_t series_id, struct xh_err *err);
int xh_observe_feature_deleted(struct xh_ctx *ctx, int64_t feature_id, struct xh_err *err);

#endif
