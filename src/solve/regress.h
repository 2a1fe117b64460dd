/* regress.h: least squares with few regressors, and what a sum of later values should have been.
 *
 *     y[i] = x[i] . b + error,   i = 0 to n - 1
 *
 * b by Givens rotations of the rows into a triangle (G. Golub, C. Van Loan, "Matrix Computations",
 * section 5.2): no normal equations, no memory but a triangle of p x p. A constant is a regressor
 * that is always 1; give it yourself.
 *
 * Errors of neighbouring days are alike. As in ASHRAE Guideline 14-2014, annex B (after T. Reddy
 * and D. Claridge, 2000), n days with the lag-1 autocorrelation rho count as
 *
 *     n' = n x (1 - rho) / (1 + rho)
 *
 * independent ones; rho below 0 is taken as 0, for it would only make the interval narrower. The
 * sum S of (y - expected) over m later rows has, when nothing changed, the variance
 *
 *     s^2 x n / n' x (m + X . (X'X)^-1 . X),   s^2 = SSE / (n - p), X = sum of the m rows
 *
 * which is the usual prediction interval of a linear model (J. Neter and others, "Applied Linear
 * Statistical Models", chapter 6) for a sum, widened as in the guideline; its half width is
 * t(n' - p) times the root. IPMVP (EVO 10100) counts an effect as shown when the interval leaves
 * out 0. Pure: no state, any thread.
 */
#ifndef XH_SOLVE_REGRESS_H
#define XH_SOLVE_REGRESS_H

#include "base/err.h"

enum { XH_REGRESSORS_MAX = 6 };

struct xh_regression {
    size_t n, p;
    double coefficient[XH_REGRESSORS_MAX];
    double error[XH_REGRESSORS_MAX];       /* standard error of each, without autocorrelation */
    double variance;                       /* s^2 */
    double r2;                             /* 1 - SSE / sum of (y - mean)^2; 0 when y is constant */
    double cv_rmse;                        /* s / mean of y; 0 when that is 0 */
    double autocorrelation;                /* rho, 0 to 0.99 */
    double n_effective;                    /* n' */
    double triangle[XH_REGRESSORS_MAX][XH_REGRESSORS_MAX]; /* R, of X = QR */
};

/* x: n rows of p values, one row behind the other. day: the number of each row's day, ascending;
 * neighbours are rows one day apart (NULL: all are). Everything is finite.
 * XH_E_INVALID: fewer than p + 1 rows, or a regressor that the others determine already. */
int xh_regress(const double *x, const double *y, const int32_t *day, size_t n, size_t p,
               struct xh_regression *ret, struct xh_err *err);

double xh_regress_expect(const struct xh_regression *r, const double *x);

/* Half the width of the interval around the sum of (y - expected) over m rows that add up to
 * `x_sum`, which holds it with `confidence` (0.9) when nothing changed. False when n' - p is less
 * than 1: then nothing can be said. */
bool xh_regress_sum_margin(const struct xh_regression *r, const double *x_sum, double m,
                           double confidence, double *ret_margin);

/* The t for which a Student variable of `freedom` degrees (1 or more, not only whole ones) lies in
 * [-t, t] with the probability `confidence` (0 < confidence < 1). Error below 1e-9 of it. */
double xh_student_t(double confidence, double freedom);

#endif
