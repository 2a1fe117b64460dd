/* finance.c: payback, net present value, internal rate of return. */
#include "solve/finance.h"

#include <math.h>

#include "base/num.h"
#include "solve/zero.h"

/* A rate is looked for as x = ln(1 + rate): then every doubling of money is as wide as any other,
 * and a grid sees a rate of 0.1 % as well as one of 5000 %. */
static const double X_LOW = -9.210340371976182; /* ln(0.0001): -99.99 % */
static const double X_HIGH = 9.210440366976517; /* ln(10001): 1,000,000 % */
enum { GRID = 4096 };
static const double GUESS = 0.1;

double xh_npv(double rate, const double *flows, size_t count)
{
    struct xh_sum sum = {0};
    double factor = 1;
    xh_assert(rate > -1);
    for (size_t t = 0; t < count; t++) {
        xh_sum_add(&sum, flows[t] * factor);
        factor /= 1 + rate;
    }
    return xh_sum_value(&sum);
}

/* ---- rate of return ---- */

struct flows {
    const double *flows;
    size_t count;
};

/* Only its sign counts: taken at the end of the years, where no term of a rate near -100 % grows
 * beyond all numbers, when the rate is below 0. */
static double value_at(double x, const void *arg)
{
    const struct flows *f = arg;
    double factor = exp(-fabs(x)), sum = 0;
    for (size_t i = 0; i < f->count; i++) { /* Horner, the smallest weight first */
        sum = sum * factor + f->flows[x > 0 ? f->count - 1 - i : i];
    }
    return sum;
}

static int sign_changes(const double *flows, size_t count)
{
    int changes = 0;
    double last = 0;
    for (size_t i = 0; i < count; i++) {
        if (flows[i] != 0) {
            changes += last != 0 && (flows[i] > 0) != (last > 0);
            last = flows[i];
        }
    }
    return changes;
}

static void take_root(struct xh_irr *irr, double rate)
{
    if (irr->kind == XH_IRR_NONE || fabs(rate - GUESS) < fabs(irr->rate - GUESS)) {
        irr->rate = rate;
    }
    irr->kind = irr->kind == XH_IRR_NONE ? XH_IRR_ONE : XH_IRR_SEVERAL;
}

struct xh_irr xh_irr(const double *flows, size_t count)
{
    struct flows f = {flows, count};
    struct xh_irr irr = {.kind = XH_IRR_NONE};
    xh_assert(count <= XH_FLOWS_MAX);
    irr.sign_changes = sign_changes(flows, count);
    if (irr.sign_changes == 0) {
        return irr;
    }
    double low = X_LOW, at_low = value_at(low, &f);
    for (int i = 1; i <= GRID; i++) {
        double high = X_LOW + (X_HIGH - X_LOW) * i / GRID, at_high = value_at(high, &f);
        if (at_low == 0 || (at_low > 0) != (at_high > 0)) {
            double x = at_low == 0 ? low : xh_zero(value_at, &f, low, high, 1e-15);
            if (at_high != 0) { /* else it is found as the next one's beginning */
                take_root(&irr, expm1(x));
            }
        }
        low = high;
        at_low = at_high;
    }
    return irr;
}

/* ---- simple questions ---- */

bool xh_payback_years(double investment, double net_saving_yearly, double *ret_years)
{
    if (!(investment > 0) || !(net_saving_yearly > 0)) {
        return false;
    }
    *ret_years = investment / net_saving_yearly;
    return true;
}

size_t xh_flows_even(double investment, double net_saving_yearly, int years,
                     double ret_flows[XH_FLOWS_MAX])
{
    xh_assert(years >= 1 && years < XH_FLOWS_MAX);
    ret_flows[0] = -investment;
    for (int t = 1; t <= years; t++) {
        ret_flows[t] = net_saving_yearly;
    }
    return (size_t)years + 1;
}
