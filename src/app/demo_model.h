/* demo_model.h: what the meters of data/demo/series.csv measure, as a function of time alone.
 *
 *   amount of a day = (day_amount x weekday x season + per_driver x the driver's day)
 *                     x (1 + noise) x the effects of measures done by then
 *   amount of a time within it: by the hours of its profile, each half hour a little off
 *   a sum meter: the meters of its group, times `share` (what is lost on the way)
 *
 * Noise adds up to nothing over a week (Monday to Sunday), so that months compare well. The brewery
 * is set so that each 30 days, counted from `day_0` forth and back, come to 200 MJ/hl but for what
 * measures change from `day_0` on: electricity at 3.6 MJ/kWh, gas at 0.9 TOE per 1000 m3 of 41,868
 * MJ/TOE (official letter 3505/BCT-KHCN of 2011).
 *
 * Days are those of Vietnam (UTC+7). The same seed and day give the same numbers on every machine
 * of one arithmetic. One thread; keeps the last day of each meter in memory.
 */
#ifndef XH_APP_DEMO_MODEL_H
#define XH_APP_DEMO_MODEL_H

#include "app/demo_table.h"
#include "base/time.h"

enum { XH_DEMO_SLOTS = 48 };

struct xh_demo_meter {
    struct xh_str code, group, quantity;
    bool is_interval;
    int decimals;
    int64_t period_s;
    /* private */
    double day_amount, per_driver, saturday, sunday, noise, share;
    bool is_set;                  /* to 200 MJ/hl */
    int driver;                   /* an index, -1: none */
    struct xh_str sum_of;         /* a group; empty: no sum */
    int season;
    const double *hours;          /* 24 weights that add up to 1; NULL: sum meter */
    uint64_t seed;
    bool has_day, has_amount;
    int32_t day, amount_day;      /* kept */
    double amount;
    double until[XH_DEMO_SLOTS + 1]; /* of that day, summed up to the end of each half hour */
};

/* A measure that works: from the day it is done, for ever. */
struct xh_demo_effect {
    struct xh_str measure;
    int meter;
    double share;                 /* -0.1: a tenth less */
    bool is_done;
    int32_t done;
};

struct xh_demo_model {
    struct xh_demo_meter *meters;
    size_t meter_count;
    struct xh_demo_effect *effects;
    size_t effect_count;
    int32_t day_0;
    /* private: the brewery */
    int beer, electricity, gas;
    bool has_block;
    int32_t block;                /* 30 days from day_0 + 30 x block on */
    double block_scale;
};

int xh_demo_model_read(struct xh_arena *arena, uint64_t seed, int32_t day_0,
                       struct xh_demo_model *ret, struct xh_err *err);
/* The index of a meter; -1: there is none. */
int xh_demo_model_find(const struct xh_demo_model *model, struct xh_str code);
/* How much it measures in a time. */
double xh_demo_model_grown(struct xh_demo_model *model, int meter, int64_t from_us, int64_t to_us);
/* A measure was done on a day; not done any more. */
void xh_demo_model_done(struct xh_demo_model *model, struct xh_str measure, bool is_done,
                        int32_t day);

#endif
