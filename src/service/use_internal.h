/* use_internal.h: what the files that compute and keep consumption share.
 *
 *   use.c         what was asked: windows, one series
 *   use_walk.c    amounts from readings
 *   use_days.c    local days of one series: kept ones, and those that must be computed
 *   use_place.c   sums over the series of a place
 *   use_sum.c     sums of days over many series, kept in memory
 *   use_cache.c   kept days on derived.db, and the promise that they are never stale
 *   use_warm.c    computes the days of history that came in before somebody asks
 *
 * The one definition of an amount: windows that begin on a local day D of the series' zone are
 * filled by one walk (kernel/register.h) that begins with the last good reading at or before the
 * start of D - 1 and ends with the second good one at or after their end (for amounts and power,
 * the first). It depends on nothing else, so hours make up their day, days their month and a bill's
 * bands their bill, whoever asks and in whatever order. Good is what the walk does not leave out.
 * The price: a step back of a counter is remembered for one to two days, no longer.
 */
#ifndef XH_SERVICE_USE_INTERNAL_H
#define XH_SERVICE_USE_INTERNAL_H

#include "service/engine_internal.h"
#include "service/use.h"

enum { XH__USE_YEAR_DAYS = 366 };

/* ---- use_walk.c ---- */

/* Does the walk take such a reading into account? */
bool xh__use_is_good(const struct xh_series *series, uint8_t quality);
/* How many good readings behind an instant decide what lies before it. */
size_t xh__use_after_count(const struct xh_series *series);
/* The time of the nth good reading at or before, or at or after, an instant. */
struct xh__use_good {
    int64_t at_us;
    bool is_before;
    size_t nth;
    int64_t as_known_us;
    int64_t otherwise_us; /* when there are not so many */
};
int xh__use_good(struct xh_engine *engine, const struct xh_series *series,
                 const struct xh__use_good *ask, int64_t *ret_us, struct xh_err *err);

/* As xh_use_edges; ret_after_us (NULL allowed), one a window: the time of the last reading that it
 * depends on, behind its end, which makes it final unless something late comes; INT64_MAX when
 * there are not enough. */
int xh__use_walk(struct xh_engine *engine, const struct xh_series *series, const int64_t *edges_us,
                 size_t window_count, int64_t as_known_us, struct xh_amount *ret_amounts,
                 int64_t *ret_after_us, struct xh_err *err);

/* ---- use_cache.c ---- */

/* A day kept. Its bytes are those of the machine: the file never leaves it. */
struct xh__use_cell {
    double amount;
    int64_t covered_us;
    uint32_t reading_count;
    uint16_t flags;
    uint16_t is_there;
};
_Static_assert(sizeof(struct xh__use_cell) == 24, "cells are kept as they are, without padding");

struct xh__use_key {
    int64_t series_id;
    int year;            /* local */
    int64_t fingerprint; /* of all but readings that days depend on: meter, zone's days */
};

/* Cells of a year; those not kept have is_there 0. conn: of a reader of derived.db. */
int xh__use_cells_read(struct xh_rel_conn *conn, const struct xh__use_key *key,
                       struct xh__use_cell cells[XH__USE_YEAR_DAYS], struct xh_err *err);

/* Between begin and end readings of a series are read to be kept; nothing that is written meanwhile
 * at or before the readings used is missed. */
void xh__use_compute_begin(struct xh_engine *engine, int64_t series_id);
void xh__use_compute_end(struct xh_engine *engine, int64_t series_id);
/* Inside begin and end: hands days over to be written behind the caller's back, unless late
 * readings came. Cells with is_there 0 are left as they are. depends_us: the latest reading that
 * one of them depends on. */
void xh__use_cells_write(struct xh_engine *engine, const struct xh__use_key *key,
                         const struct xh__use_cell cells[XH__USE_YEAR_DAYS], int64_t depends_us);

/* The two halves of xh_use_write_begin, for ingest, which writes many series at once: mark is
 * memory only and always followed by unmark; for those that are touching then, drop (which blocks)
 * must succeed before the write. */
struct xh__use_note;
struct xh__use_mark {
    const struct xh_series *series; /* NULL: passed over by mark and unmark */
    int64_t from_us;
    struct xh__use_note *note;      /* of the cache: what spares unmark the look-up */
    bool is_touching;
};
/* True when one of them is touching. */
bool xh__use_write_mark(struct xh_engine *engine, struct xh__use_mark *marks, size_t count);
void xh__use_write_unmark(struct xh_engine *engine, const struct xh__use_mark *marks, size_t count);
int xh__use_write_drop(struct xh_engine *engine, const struct xh_series *series, int64_t from_us,
                       int64_t to_us, struct xh_err *err);

/* History that came in, by series: noted by ingest, taken by use_warm.c when so many ticks have
 * passed since it was last noted. */
struct xh__use_history {
    int64_t series_id, from_us, to_us;
};
void xh__use_history_note(struct xh_engine *engine, int64_t series_id, int64_t from_us,
                          int64_t to_us);
bool xh__use_has_history(struct xh_engine *engine);
void xh__use_history_tick(struct xh_engine *engine);
bool xh__use_history_take(struct xh_engine *engine, uint64_t quiet_ticks,
                          struct xh__use_history *ret);

/* use_warm.c. It sleeps until woken when there is no history. Stopping computes what is left,
 * within limits. NULL is fine for both. */
struct xh__warm;
int xh__warm_start(struct xh_engine *engine, struct xh__warm **ret, struct xh_err *err);
void xh__warm_wake(struct xh__warm *warm);
void xh__warm_stop(struct xh__warm *warm);

/* After readings left for good: notes how many there are now, without which kept days are not
 * believed after a kill. */
int xh__use_recount(struct xh_engine *engine, struct xh_err *err);

/* Before the stores are closed, when nothing is appended any more: notes that the folder was left
 * in order. */
void xh__use_leave(struct xh_engine *engine);

/* ---- use_days.c ---- */

/* Local days in a row, cut into years of the calendar. */
struct xh__use_year {
    int year;
    int32_t first_day; /* January 1 */
    int from, to;      /* days of the year that were asked for, [from, to) */
    int64_t hash;      /* of where its days begin */
};
struct xh__use_days {
    const struct xh_zone *zone;
    int32_t day_from, day_to;
    const int64_t *edges_us;           /* day_to - day_from + 1 */
    const struct xh__use_year *years;
    size_t year_count;
};
void xh__use_days_make(struct xh_arena *arena, const struct xh_zone *zone, int32_t day_from,
                       int32_t day_to, struct xh__use_days *ret);
/* Which days are those that are kept: only what reaches back to depends_us or before it changes
 * them. Filled when days are kept: conn is given, now, and in the zone of the series. */
struct xh__use_final {
    bool *days;         /* the caller's, one a day */
    int64_t depends_us; /* of those computed now; INT64_MIN: none was */
};
/* Amounts of the days. conn: a reader of derived.db; NULL: keep and use nothing kept. ret_final:
 * NULL: not wanted. */
int xh__use_days_get(struct xh_engine *engine, struct xh_rel_conn *conn,
                     const struct xh_series *series, const struct xh__use_days *days,
                     int64_t as_known_us, struct xh_amount *ret_amounts,
                     struct xh__use_final *ret_final, struct xh_err *err);
/* All but readings that days depend on: the meter, the zone's days. */
int64_t xh__use_fingerprint(const struct xh_series *series, const struct xh__use_year *year);
/* Days that begin as late as this can have no readings yet. */
int64_t xh__use_never_us(struct xh_engine *engine);

/* ---- use.c ---- */

/* What was asked, laid out. */
struct xh__use_plan {
    struct xh_ctx *ctx;
    enum xh_period period;
    int64_t as_known_us;
    const struct xh_zone *zone;
    const int64_t *edges_us;
    size_t count;
    bool has_days;              /* windows are made of local days */
    struct xh__use_days days;
    const uint32_t *window_of;  /* by day */
};
/* XH_E_INVALID for gauges and states: they have values, no consumption. */
int xh__use_check(const struct xh_series *series, struct xh_err *err);
/* Amounts of the plan's windows for one series. */
int xh__use_fill(const struct xh__use_plan *plan, struct xh_rel_conn *conn,
                 const struct xh_series *series, struct xh_amount *ret_amounts, struct xh_err *err);

/* No reading in any window, and none before or behind that tells of it. */
bool xh__use_is_silent(const struct xh_amount *amounts, size_t count);

/* ---- use_sum.c ---- */

/* A day's sum over series. */
struct xh__use_day_sum {
    struct xh_sum sum;
    uint64_t reading_count;
    int64_t covered_us;
    unsigned flags;
};
/* Adds the days of a plan now, in the zone of all these series, to the totals, one a day; what is
 * kept in memory is used and completed. *silent_count grows by the series without anything. */
int xh__use_sum_days(const struct xh__use_plan *plan, const struct xh_series *const *series,
                     size_t count, struct xh__use_day_sum *totals, size_t *silent_count,
                     struct xh_err *err);

/* ---- use_place.c ---- */

int xh__use_place(const struct xh__use_plan *plan, const struct xh_use_ask *ask,
                  struct xh_amount *amounts, struct xh_use *ret, struct xh_err *err);

#endif
