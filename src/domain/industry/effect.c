/* effect.c: did a measure change what a series uses? */
#include "domain/industry/effect.h"

#include "base/num.h"

static const double CONFIDENCE = 0.9;

/* The regressors of a day: 1, and what was made on it. */
static void regressors(const struct xh_industry_day *day, double x[XH_REGRESSORS_MAX])
{
    x[0] = 1;
    x[1] = day->product;
}

static bool fit_with(const struct xh_industry_day *days, size_t count, size_t p,
                     struct xh_arena *arena, struct xh_regression *ret)
{
    double *x = XH_NEW_ARRAY(arena, double, count *p + 1);
    double *y = XH_NEW_ARRAY(arena, double, count + 1);
    int32_t *at = XH_NEW_ARRAY(arena, int32_t, count + 1);
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (!days[i].is_after && days[i].is_known) {
            double row[XH_REGRESSORS_MAX];
            regressors(&days[i], row);
            for (size_t k = 0; k < p; k++) {
                x[n * p + k] = row[k];
            }
            y[n] = days[i].actual;
            at[n++] = days[i].day;
        }
    }
    return n >= XH_INDUSTRY_BASELINE_DAYS_MIN && xh_regress(x, y, at, n, p, ret, NULL) >= 0 &&
           ret->n_effective - (double)p >= 1;
}

/* What is expected of each day, with the interval of that one day. */
static void expect_days(const struct xh_regression *fit, struct xh_industry_day *days, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double x[XH_REGRESSORS_MAX], margin = 0;
        regressors(&days[i], x);
        days[i].expected = xh_regress_expect(fit, x);
        (void)xh_regress_sum_margin(fit, x, 1, CONFIDENCE, &margin);
        days[i].low = days[i].expected - margin;
        days[i].high = days[i].expected + margin;
    }
}

static void add_up(const struct xh_industry_day *days, size_t count, struct xh_industry_effect *e)
{
    struct xh_sum difference = {0}, expected = {0}, x_sum[XH_REGRESSORS_MAX] = {{0}};
    double x[XH_REGRESSORS_MAX] = {0}, margin = 0;
    for (size_t i = 0; i < count; i++) {
        e->days_before += !days[i].is_after && days[i].is_known;
        if (days[i].is_after && days[i].is_known) {
            e->days_after++;
            regressors(&days[i], x);
            xh_sum_add(&difference, days[i].actual - days[i].expected);
            xh_sum_add(&expected, days[i].expected);
            for (size_t k = 0; k < e->fit.p; k++) {
                xh_sum_add(&x_sum[k], x[k]);
            }
        }
    }
    for (size_t k = 0; k < e->fit.p; k++) {
        x[k] = xh_sum_value(&x_sum[k]);
    }
    if (!e->has_fit || e->days_after == 0 ||
        !xh_regress_sum_margin(&e->fit, x, (double)e->days_after, CONFIDENCE, &margin)) {
        return;
    }
    double total = xh_sum_value(&expected);
    e->has_effect = true;
    e->effect = xh_sum_value(&difference);
    e->low = e->effect - margin;
    e->high = e->effect + margin;
    e->effect_percent = total != 0 ? 100 * e->effect / total : 0;
}

struct xh_industry_effect xh_industry_effect(struct xh_industry_day *days, size_t count,
                                             bool has_product, bool is_over, bool expects_more,
                                             struct xh_arena *arena)
{
    struct xh_industry_effect e = {.verdict = XH_INDUSTRY_EFFECT_PENDING};
    e.uses_product = has_product && fit_with(days, count, 2, arena, &e.fit);
    /* the same made on every day: what it takes shows in the mean as well */
    e.has_fit = e.uses_product || fit_with(days, count, 1, arena, &e.fit);
    if (e.has_fit) {
        expect_days(&e.fit, days, count);
    }
    add_up(days, count, &e);
    if (is_over && e.has_effect && e.days_after >= XH_INDUSTRY_AFTER_KNOWN_MIN) {
        bool is_shown = expects_more ? e.low > 0 : e.high < 0;
        e.verdict = is_shown ? XH_INDUSTRY_EFFECT_PROVED : XH_INDUSTRY_EFFECT_NOT_PROVED;
    }
    return e;
}
