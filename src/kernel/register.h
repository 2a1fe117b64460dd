/* register.h: consumption from readings: the one place that turns what a meter showed into what was
 * used. Pure: readings in, amounts per window out.
 *
 * A register's reading is a counter at an instant; consumption is the difference to the one before,
 * spread evenly over the time between where that crosses a window's edge. An interval reading is an
 * amount over a period, credited to the period that it closes (or opens, `is_stamped_at_start`). A
 * gauge of power is integrated: each value holds for its period, closed or opened likewise.
 *
 * What goes wrong with meters, and what is made of it (golden cases: tests/golden/register.txt).
 * Each step from the last value L to the value V of a register is exactly one of these, the first
 * that fits; "plausible" is a growth of at most max_per_hour x hours, where less than an hour
 * counts as one, for displays are coarse; everything is when max_per_hour is unknown.
 *   left out    V is marked XH_QUALITY_SUSPECT: as if it were not there, SUSPECT
 *   replaced    V is marked XH_QUALITY_REPLACED_METER: a new device begins at V; nothing is counted
 *               since L, and that time is not covered
 *   growth      V >= L: V - L counts; if that is not plausible, see below
 *   roll-over   V < L, and V + modulus - L is plausible and at most a tenth of the modulus
 *               (100000 for a display of 99999.9): that counts
 *   negative    V >= 0.9 L, or L <= 0: nothing counts until L is passed again
 *   reset       else: the counter began again at zero. V counts, the rest is unknown; but nothing,
 *               SUSPECT, when V < 0, V is not plausible or, max_per_hour unknown or rough,
 *               V > L / 2
 * Growth that is not plausible, and a reset, wait for one more reading: when that is back on the
 * way (at least L, plausible from L, and less than V where V was the higher), V was a spike or a
 * dropout and is left out, SUSPECT. Otherwise V counts, implausible growth as SUSPECT.
 *
 * Of interval readings a negative amount counts as it is, NEGATIVE; one beyond plausible growth
 * counts, SUSPECT. Its period reaches to the stamp before (after) when that is at most 1.5 periods
 * away, so that days of 23 and 25 hours and months fit; else it is one period long. A period that
 * is unknown always reaches to the neighbour; a value of power then only when it is no gap.
 *
 *   gap         longer than `gap_us` without a reading: the amount is kept, spread, ESTIMATED in
 *               the windows whose edges lie in the gap; so is what an edge divides that is more
 *               than one period away from both readings. An amount of 0 is 0 everywhere.
 *   snap        a stamp up to `snap_us` past an edge of the period counts as at the edge. Edges are
 *               the multiples of the period since 1970-01-01T00:00Z when it divides a quarter of an
 *               hour, else of a quarter of an hour, on which the edges of all local hours and days
 *               lie. At most a quarter of their distance is snapped.
 *
 * Amounts of windows add up: cut a time into windows as you like, their sum is that of the whole
 * (one walk, the same readings; up to rounding). A walk that begins within a negative step, or just
 * behind a spike, cannot know of it.
 */
#ifndef XH_KERNEL_REGISTER_H
#define XH_KERNEL_REGISTER_H

#include "base/num.h"
#include "base/time.h"

enum xh_meter_kind { XH_METER_REGISTER, XH_METER_INTERVAL, XH_METER_POWER };

struct xh_meter {
    enum xh_meter_kind kind;
    double modulus;          /* 0: never rolls over */
    double max_per_hour;     /* plausible growth, in the reading's unit; 0: unknown */
    bool is_max_rough;       /* that of any meter of its kind, far above what this one can do */
    int64_t period_us;       /* usual distance of readings; 0: unknown */
    int64_t gap_us;          /* 0: 3 x period, or one day when that is unknown */
    int64_t snap_us;         /* 0: never snap */
    bool is_stamped_at_start;
    /* amount = value x factor (transformer ratio, unit), POWER: value x hours x factor; not 0 */
    double factor;
};

struct xh_meter_reading {
    int64_t at_us;
    double value;
    /* bits as store/tsdb: SUSPECT 1, ESTIMATED 2, ..., SIMULATED 16, REPLACED_METER 32 */
    uint8_t quality;
    bool is_corrected;       /* an earlier value for this time exists */
};

enum xh_amount_flags {
    XH_AMOUNT_ESTIMATED = 1,  /* spread over a gap or an edge more than one period away */
    XH_AMOUNT_INCOMPLETE = 2, /* part of the window has no readings around it */
    XH_AMOUNT_RESET = 4,
    XH_AMOUNT_ROLLOVER = 8,
    XH_AMOUNT_REPLACED = 16,
    XH_AMOUNT_NEGATIVE = 32,
    XH_AMOUNT_CORRECTED = 64,
    XH_AMOUNT_SUSPECT = 128,
    XH_AMOUNT_SIMULATED = 256
};

struct xh_amount {
    double amount;            /* consumption in the window, in factor's unit */
    /* stamps in (from, to]; in [from, to) when stamped at the start */
    uint64_t reading_count;
    int64_t covered_us;       /* how much of the window lies between readings */
    unsigned flags;
};

/* The walk is fed readings in order of time and fills windows [edges[i], edges[i+1]) as it goes, so
 * that a year of minutes needs no memory of its own. Feed also the last reading before the first
 * edge and the first after the last edge; two after it tell a spike from growth. Readings may come
 * in batches; two may have the same time, but none may be earlier than one before (assert).
 * Amounts are complete after the end. The pointers are borrowed until then. */
struct xh_register_walk {
    const struct xh_meter *meter;
    const int64_t *edges_us;
    size_t window_count;
    struct xh_amount *amounts;
    struct xh_sum *sums;       /* window_count of them */
    size_t at_window;
    bool has_last, has_held;
    struct xh_meter_reading last; /* its value is the high-water mark */
    struct xh_meter_reading held; /* waits for the next one to be believed */
    unsigned pending_flags;       /* of readings left out since last */
};
/* Edges ascend; window_count is at least 1. Sets amounts and sums to zero. */
void xh_register_walk_init(struct xh_register_walk *walk, const struct xh_meter *meter,
                           const int64_t *edges_us, size_t window_count,
                           struct xh_amount *amounts, struct xh_sum *sums);
void xh_register_walk_feed(struct xh_register_walk *walk, const struct xh_meter_reading *readings,
                           size_t count);
void xh_register_walk_end(struct xh_register_walk *walk);

#endif
