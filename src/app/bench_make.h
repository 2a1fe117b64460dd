/* bench_make.h: readings for measurements: any of them can be computed alone.
 *
 * A value is a function of seed, meter and step, so whoever measures can also check. Two kinds:
 *
 *   meter    a register in Wh, shown as kWh with 3 decimals. Each step adds
 *            base(m) W x weight of the hour x (0.5 to 1.5, by m and the step of the day) x step,
 *            at least 16 Wh; on top comes a jitter of 0 to 15 Wh by m and step, which is not added
 *            up, so the register never falls and no two days are alike.
 *   voltage  tenths of a volt: 2300 + a triangle of +-30 over 20 minutes, shifted by m, + -1, 0, 1.
 *
 * mix(a, b) is splitmix64's output function over seed ^ a * 0x9e3779b97f4a7c15 ^ b *
 * 0xbf58476d1ce4e5b9 (S. Vigna, "splitmix64.c", 2015: the function is in the public domain).
 */
#ifndef XH_APP_BENCH_MAKE_H
#define XH_APP_BENCH_MAKE_H

#include "base/time.h"

enum xh_bench_kind { XH_BENCH_METER, XH_BENCH_VOLTAGE };

struct xh_bench_plan {
    enum xh_bench_kind kind;
    uint64_t seed;
    uint32_t meter_count;
    int64_t step_s;        /* divides a day */
    int64_t begin_us;      /* of the first step; a multiple of a day */
    uint64_t step_count;   /* of each meter */
    uint32_t late_percent; /* of readings that come 1 to 96 steps after their time */
};

struct xh_bench_reading {
    uint32_t meter;
    int64_t at_us;
    double value;
    int decimals;
};

uint64_t xh_bench_mix(uint64_t seed, uint64_t a, uint64_t b);
/* One reading, from nothing. */
void xh_bench_one(const struct xh_bench_plan *plan, uint32_t meter, uint64_t step,
                  struct xh_bench_reading *ret);

/* All readings in the order in which they are sent: step by step, meter by meter, late ones when
 * they come. */
struct xh_bench_feed;
struct xh_bench_feed *xh_bench_feed_create(const struct xh_bench_plan *plan); /* borrows */
void xh_bench_feed_destroy(struct xh_bench_feed *feed);
/* Fills up to `capacity`; 0 at the end. */
size_t xh_bench_feed_next(struct xh_bench_feed *feed, struct xh_bench_reading *readings,
                          size_t capacity);

#endif
