/* finance.h: what an investment is worth: payback, net present value, internal rate of return.
 *
 * A flow is money at the end of a year: flows[0] is today (t = 0, not discounted), flows[1] a year
 * from now, ... Money out is negative. A rate is a fraction: 0.1 is 10 % a year.
 *
 *     NPV(r) = sum of flows[t] / (1 + r)^t,  t = 0 to count - 1
 *     IRR    = r at which NPV(r) = 0
 *
 * Spreadsheets' NPV() discounts its first value by one year already: our NPV is theirs as
 * flows[0] + NPV(r; flows[1]; flows[2]; ...). IRR() is the same in both.
 *
 * After Descartes, a polynomial in 1 / (1 + r) has no more positive roots than its flows change
 * their sign: without a change there is no rate of return, with one there is exactly one, with more
 * there may be several, none of which says alone whether the investment pays. Source: R. Brealey,
 * S. Myers, F. Allen, "Principles of Corporate Finance", chapters "Net present value" and "The
 * internal rate of return rule". Pure: no memory, no state, any thread.
 */
#ifndef XH_SOLVE_FINANCE_H
#define XH_SOLVE_FINANCE_H

#include "base/err.h"

enum { XH_FLOWS_MAX = 400 };

/* The sum of the flows at `rate`, which is more than -1. */
double xh_npv(double rate, const double *flows, size_t count);

enum xh_irr_kind {
    XH_IRR_NONE,    /* no rate brings the value to 0 */
    XH_IRR_ONE,
    XH_IRR_SEVERAL  /* more than one does */
};
struct xh_irr {
    enum xh_irr_kind kind;
    double rate;           /* of several: the one nearest to 10 %, where spreadsheets begin */
    int sign_changes;
};
/* Rates from -99.99 % to 1,000,000 % are looked for; their error is below 1e-12 of (1 + rate).
 * `count` is at most XH_FLOWS_MAX (assert), every flow finite. */
struct xh_irr xh_irr(const double *flows, size_t count);

/* Simple payback in years: investment / what is saved a year. False when nothing is saved, or there
 * is no investment to get back (0 years is then the caller's word). */
bool xh_payback_years(double investment, double net_saving_yearly, double *ret_years);

/* flows[0] = -investment, then `years` equal net savings; returns how many flows that are.
 * 1 <= years < XH_FLOWS_MAX. */
size_t xh_flows_even(double investment, double net_saving_yearly, int years,
                     double ret_flows[XH_FLOWS_MAX]);

#endif
