/* vee.h: is what a meter sent believable, and what stands for what it did not send: validation and
 * estimation (the trade's VEE, with editing). Pure: readings in, findings or estimates out.
 *
 * Where it comes from: the checks and the limits are those that utilities publish, simplified to
 * what one meter's readings can tell:
 *   [CPUC]  California, Direct Access Standards for Metering and Meter Data, March 1999, attachment
 *           VEE: "Standards for Validating, Editing, and Estimating Monthly and Interval Data".
 *           The spike check on the highest and the third highest peak of a day, sum check, time
 *           tolerance, zero consumption; estimation by a straight line up to two hours, and by the
 *           average of reference days beyond.
 *   [AEMO]  Australia, Metrology Procedure: Part B: substitution by like days, and scaled so that
 *           intervals and the register's growth agree.
 *
 * Checks. r is the rate of a step between two readings (amount / hours) and M the median of the
 * rates of the same clock hour of all days given, or that of all rates where that is larger.
 *   range     a value below `range_min` or above `range_max`; a register that grows by more than
 *             its max_per_hour in an hour (less than an hour counts as one)
 *   spike     r > limit x M, and r stands out of its day: (r - third) / third > 1.8, where third is
 *             the third highest rate of the local day, or of the 28 steps around it where a day has
 *             fewer than six [CPUC]. Of a register also a value away from both neighbours, which
 *             agree with each other, by more than limit x M x hours: a false reading
 *   zero      amounts of 0 for `limit` hours or more, where there usually are some
 *   stuck     a register that does not grow, or the same value again and again (not 0), for
 *             `limit` hours or more and at least three steps
 *   negative  a register that fell by less than a tenth, or a negative amount
 *   reset     a register that began again
 *   gap       more than `limit` times the usual distance without a reading
 *   clock     stamped more than `limit` seconds later than it arrived: a clock that is wrong
 *   sum       a main meter and what lies behind it differ by more than `limit` percent
 * A roll-over and a replaced meter are no faults. A reading marked SUSPECT takes no part in the
 * register's steps; a step over a gap takes part in none but gap, range, negative and reset. Fewer
 * than seven rates of an hour are no median: no spike is told then.
 */
#ifndef XH_KERNEL_VEE_H
#define XH_KERNEL_VEE_H

#include "base/arena.h"
#include "kernel/register.h"

enum xh_vee_check {
    XH_VEE_RANGE, XH_VEE_SPIKE, XH_VEE_ZERO, XH_VEE_STUCK, XH_VEE_NEGATIVE, XH_VEE_RESET,
    XH_VEE_GAP, XH_VEE_CLOCK, XH_VEE_SUM, XH_VEE_CHECK_COUNT
};

/* What is known of a check: the name in records, its one limit, and what it marks. */
struct xh_vee_check_info {
    const char *name, *label_vi, *label_en;
    const char *parameter;         /* the field of a rule; NULL: on or off by `checks_steps` */
    const char *unit;              /* of limit and measure; NULL: a ratio, or the series' own */
    double otherwise;              /* the limit where a rule says nothing; 0: off */
    const char *marks_vi, *marks_en;
};
extern const struct xh_vee_check_info xh_vee_checks[XH_VEE_CHECK_COUNT];

struct xh_vee_rule {
    double limits[XH_VEE_CHECK_COUNT]; /* 0: the check is off; of range, negative, reset: 1 is on */
    double range_min, range_max;       /* both 0: none */
    bool omits_zeros;                  /* no reading means that nothing was used: no gaps */
};

struct xh_vee_reading {
    int64_t at_us, arrival_us;
    double value;
    uint8_t quality;               /* bits as store/tsdb */
};

struct xh_vee_series {
    struct xh_meter meter;         /* in the readings' unit; its factor is not used */
    bool is_gauge;                 /* a value at an instant: no amounts */
    bool may_be_negative;
    const struct xh_zone *zone;
};

struct xh_vee_finding {
    enum xh_vee_check check;
    int64_t from_us, to_us;        /* of a value: both its time; of a step: from reading to
                                      reading */
    double measure, limit;         /* the largest measure of all that were merged */
    uint64_t count;                /* readings or steps; of a gap: readings that are missing */
};

/* Readings in force in order of time, those of four weeks before `from_us` too, so that there is
 * something to compare with. Told is what ends in (from_us, to_us], findings of a check that touch
 * each other as one (but gaps, between which a reading lies), at most `max` of them, check by
 * check. In arena. */
struct xh_vee_ask {
    const struct xh_vee_series *series;
    const struct xh_vee_rule *rule;
    const struct xh_vee_reading *readings;
    size_t count, max;
    int64_t from_us, to_us;
};
size_t xh_vee_check(const struct xh_vee_ask *ask, struct xh_arena *arena,
                    struct xh_vee_finding **ret);

/* The highest rate that the spike check lets pass at any hour, of the readings given; 0: unknown.
 * For the cheap look at a reading that comes in. */
double xh_vee_rate_limit(const struct xh_vee_ask *ask, struct xh_arena *arena);

/* Does the main meter agree with what lies behind it? measure: what is missing behind it, losses
 * that are known (percent of the main) taken off, in percent of the main. False also when nothing
 * went through. */
bool xh_vee_sum_differs(double main_amount, double behind_amount, double loss_percent,
                        double limit_percent, double *ret_measure);

/* ---- estimates ---- */

enum xh_vee_method {
    XH_VEE_LINE,        /* a straight line between the neighbours */
    XH_VEE_PROFILE,     /* a known amount, shared as the same weekdays and hours of before */
    XH_VEE_LIKE_DAY,    /* the average of the same weekdays and hours of before */
    XH_VEE_EVEN         /* nothing is known of before: the same in each step */
};
const char *xh_vee_method_name(enum xh_vee_method method);

/* Values for the times strictly between two readings, `step_us` apart from the first on.
 *   register    the growth between the two is known: shared by the profile; never falls, and with
 *               its neighbours adds up to the growth exactly
 *   interval    up to two hours a line; beyond, the like day. With `has_amount` the values (and the
 *               period that `to_us` closes, when with_last) add up to `amount`
 *   power       likewise, rates instead of amounts
 *   gauge       a line
 * The profile is that of the readings given, up to 28 days before the gap: by weekday and quarter
 * of an hour (or period), else by clock time of all days, else the mean. Numbers have at most four
 * decimals; what rounding takes from one step the next gets. */
struct xh_vee_gap {
    const struct xh_vee_series *series;
    const struct xh_vee_reading *readings; /* in order of time, before the gap (more is skipped) */
    size_t count;
    int64_t from_us, to_us;        /* the readings on both sides of the gap */
    double from_value, to_value;
    int64_t step_us;               /* more than 0 */
    bool has_amount, with_last;    /* with_last: a value at to_us too */
    double amount;
};
struct xh_vee_value {
    int64_t at_us;
    double value;
};
/* How many values (xh_vee_estimate_count tells it before), in arena. */
size_t xh_vee_estimate_count(const struct xh_vee_gap *gap);
size_t xh_vee_estimate(const struct xh_vee_gap *gap, struct xh_arena *arena,
                       struct xh_vee_value **ret, enum xh_vee_method *ret_method);

/* The usual distance of readings: the period, or the median distance; 0: unknown. */
int64_t xh_vee_step_us(const struct xh_vee_series *series, const struct xh_vee_reading *readings,
                       size_t count);

#endif
