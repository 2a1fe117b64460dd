/* zero.h: where a function of one number is 0. Pure; any thread. */
#ifndef XH_SOLVE_ZERO_H
#define XH_SOLVE_ZERO_H

#include "base/err.h"

typedef double xh_function(double x, const void *arg);

/* The zero of `f` between `low` and `high`, at which it has different signs (or is 0 at one), by
 * Brent's method: bisection that hurries where it may (R. Brent, "Algorithms for Minimization
 * without Derivatives", 1973, chapter 4). Right to `tolerance`, which is absolute, or to the last
 * digits of a double. */
double xh_zero(xh_function *f, const void *arg, double low, double high, double tolerance);

#endif
