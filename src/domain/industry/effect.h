/* effect.h: did a measure change what a series uses? Pure.
 *
 * The days before the measure give, by least squares (solve/regress.h), what a day uses for what is
 * made on it: energy = a + b x product; without a product, the mean. The days after it are held
 * against that: effect = sum of (actual - expected), negative when less is used. Its interval holds
 * the effect with a probability of 90 % (ASHRAE Guideline 14-2014 and IPMVP ask for at least 68 %,
 * and the guideline's annex B for the correction of days that are alike).
 *
 *   proved      28 days or more have passed, and the interval lies on the side that was expected
 *   not proved  they have, and it does not
 *   pending     they have not, or too few of their days have readings
 *
 * Days without all of their readings take no part, on either side.
 */
#ifndef XH_DOMAIN_INDUSTRY_EFFECT_H
#define XH_DOMAIN_INDUSTRY_EFFECT_H

#include "base/arena.h"
#include "solve/regress.h"

enum {
    XH_INDUSTRY_BASELINE_DAYS = 90,   /* before a measure that names no baseline */
    XH_INDUSTRY_BASELINE_DAYS_MIN = 14,
    XH_INDUSTRY_AFTER_DAYS = 30,      /* at most; begins on the day after the measure */
    XH_INDUSTRY_AFTER_DAYS_MIN = 28,  /* four whole weeks, each weekday as often as the other */
    XH_INDUSTRY_AFTER_KNOWN_MIN = 21  /* of these, with readings */
};

enum xh_industry_effect_verdict {
    XH_INDUSTRY_EFFECT_PENDING,
    XH_INDUSTRY_EFFECT_NOT_PROVED,
    XH_INDUSTRY_EFFECT_PROVED
};

struct xh_industry_day {
    int32_t day;
    bool is_after, is_known;
    double actual, product;
    /* set by xh_industry_effect where is_known; [low, high] of the day */
    double expected, low, high;
};

struct xh_industry_effect {
    enum xh_industry_effect_verdict verdict;
    /* enough days before it, not too alike: days say what is expected */
    bool has_fit;
    bool has_effect;            /* and at least one after it: the numbers below are set */
    bool uses_product;
    size_t days_before, days_after;
    double effect, low, high, effect_percent; /* percent of what was expected */
    struct xh_regression fit;
};

/* days ascending; has_product: their `product` counts. is_over: XH_INDUSTRY_AFTER_DAYS_MIN days
 * have passed. expects_more: the measure is to bring more of it, not less. */
struct xh_industry_effect xh_industry_effect(struct xh_industry_day *days, size_t count,
                                             bool has_product, bool is_over, bool expects_more,
                                             struct xh_arena *arena);

#endif
