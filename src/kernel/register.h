/* register.h: consumption from readings: the one place that turns what a meter showed into what was
 * used. Pure: readings in, amounts per window out.
 *
 * A register's reading is a counter at an instant; consumption is the difference to the one before,
 * spread evenly over the time between where that crosses a window's edge. An interval reading is an
 * amount over a period, credited to the period that it closes (or opens, `is_stamped_at_start`). A
 * gauge of power is integrated: each value holds for its period.
 *
 * What goes wrong with meters, and what is made of it (golden cases: tests/golden/register.txt):
 *   roll-over   the counter passes `modulus` (100000 for a display of 99999.9)
 *   reset       it starts again near zero: what it shows since then counts, the rest is unknown
 *   replaced    a reading marked XH_QUALITY_REPLACED_METER: a new device begins at that value
 *   negative    a small step back: nothing is counted until the old value is passed again
 *   gap         longer than `gap_us` without a reading: the amount is kept, spread, estimated
 *   snap        a stamp up to `snap_us` past an edge of the period counts as at the edge
 */
#ifndef XH_KERNEL_REGISTER_H
#define XH_KERNEL_REGISTER_H

#include "base/num.h"
#include "base/time.h"

enum xh_meter_kind { XH_METER_REGISTER, XH_METER_INTERVAL, XH_METER_POWER };

struct xh_meter {
    enum xh_meter_kind kind;
    double modulus;          /* 0: never rolls over */
    double max_per_hour;     /* plausible growth; 0: unknown */
    int64_t period_us;       /* usual distance of readings; 0: unknown */
    int64_t gap_us;          /* 0: 3 x period, or one day when that is unknown */
    int64_t snap_us;         /* at most a quarter of the period */
    bool is_stamped_at_start;
    double factor;           /* value x factor = amount (transformer ratio, unit); not 0 */
};

struct xh_meter_reading {
    int64_t at_us;
    double value;
    /* bits as store/tsdb: SUSPECT 1, ESTIMATED 2, ..., REPLACED_METER 32 */
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
    uint64_t reading_count;   /* that fell into it */
    int64_t covered_us;       /* how much of the window lies between readings */
    unsigned flags;
};

/* The walk is fed readings in order of time and fills windows [edges[i], edges[i+1]) as it goes, so
 * that a year of minutes needs no memory of its own. Feed also the last reading before the first
 * edge and the first after the last edge. */
struct xh_register_walk {
    const struct xh_meter *meter;
    const int64_t *edges_us;
    size_t window_count;
    struct xh_amount *amounts;
    struct xh_sum *sums;       /* window_count of them, zeroed */
    size_t at_window;
    bool has_last;
    struct xh_meter_reading last; /* its value is the high-water mark */
};
void xh_register_walk_init(struct xh_register_walk *walk, const struct xh_meter *meter,
                           const int64_t *edges_us, size_t window_count,
                           struct xh_amount *amounts, struct xh_sum *sums);
void xh_register_walk_feed(struct xh_register_walk *walk, const struct xh_meter_reading *readings,
                           size_t count);
void xh_register_walk_end(struct xh_register_walk *walk);

#endif
