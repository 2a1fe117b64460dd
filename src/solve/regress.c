/* regress.c: least squares with few regressors. */
#include "solve/regress.h"

#include <math.h>
#include <string.h>

#include "base/num.h"

static const double AUTOCORRELATION_MAX = 0.99;
static const double SINGULAR = 1e-10; /* of the longest column: what is shorter is rounding */

/* ---- the triangle ---- */

struct triangle {
    double r[XH_REGRESSORS_MAX][XH_REGRESSORS_MAX], q[XH_REGRESSORS_MAX];
};

/* Turns one row into the triangle: what stays of it is its residual. */
static void rotate(struct triangle *t, const double *x, double y, size_t p)
{
    double row[XH_REGRESSORS_MAX];
    memcpy(row, x, p * sizeof *row);
    for (size_t k = 0; k < p; k++) {
        double length = hypot(t->r[k][k], row[k]);
        if (row[k] == 0) {
            continue;
        }
        double c = t->r[k][k] / length, s = row[k] / length;
        for (size_t j = k; j < p; j++) {
            double above = t->r[k][j];
            t->r[k][j] = c * above + s * row[j];
            row[j] = c * row[j] - s * above;
        }
        double above = t->q[k];
        t->q[k] = c * above + s * y;
        y = c * y - s * above;
    }
}

/* A diagonal that is nothing beside its column: the regressor is made of those before it. */
static int check_rank(const struct triangle *t, size_t p, struct xh_err *err)
{
    for (size_t k = 0; k < p; k++) {
        double length = 0;
        for (size_t i = 0; i <= k; i++) {
            length = hypot(length, t->r[i][k]);
        }
        if (!(fabs(t->r[k][k]) > SINGULAR * length)) {
            return xh_err_set(err, XH_E_INVALID,
                              "regressor %zu is constant, or follows from the others", k + 1);
        }
    }
    return XH_E_OK;
}

static void solve_upper(const struct xh_regression *r, const double *q, double *ret)
{
    for (size_t k = r->p; k-- > 0;) {
        double sum = q[k];
        for (size_t j = k + 1; j < r->p; j++) {
            sum -= r->triangle[k][j] * ret[j];
        }
        ret[k] = sum / r->triangle[k][k];
    }
}

/* x . (X'X)^-1 . x: with R'z = x, that is z . z. */
static double leverage(const struct xh_regression *r, const double *x)
{
    double z[XH_REGRESSORS_MAX], total = 0;
    for (size_t k = 0; k < r->p; k++) {
        double sum = x[k];
        for (size_t i = 0; i < k; i++) {
            sum -= r->triangle[i][k] * z[i];
        }
        z[k] = sum / r->triangle[k][k];
        total += z[k] * z[k];
    }
    return total;
}

/* ---- the fit ---- */

double xh_regress_expect(const struct xh_regression *r, const double *x)
{
    double sum = 0;
    for (size_t k = 0; k < r->p; k++) {
        sum += r->coefficient[k] * x[k];
    }
    return sum;
}

static void fit_quality(struct xh_regression *r, const double *x, const double *y,
                        const int32_t *day)
{
    struct xh_sum sum = {0}, squares = {0}, around = {0}, pairs = {0}, lagged = {0};
    double last = 0;
    for (size_t i = 0; i < r->n; i++) {
        xh_sum_add(&sum, y[i]);
    }
    double mean = xh_sum_value(&sum) / (double)r->n;
    for (size_t i = 0; i < r->n; i++) {
        double residual = y[i] - xh_regress_expect(r, x + i * r->p);
        xh_sum_add(&squares, residual * residual);
        xh_sum_add(&around, (y[i] - mean) * (y[i] - mean));
        if (i > 0 && (day == NULL || day[i] - day[i - 1] == 1)) {
            xh_sum_add(&pairs, residual * last);
            xh_sum_add(&lagged, (residual * residual + last * last) / 2);
        }
        last = residual;
    }
    double sse = xh_sum_value(&squares), total = xh_sum_value(&around);
    double both = xh_sum_value(&lagged);
    double rho = both > 0 ? xh_sum_value(&pairs) / both : 0;
    r->variance = sse / (double)(r->n - r->p);
    r->r2 = total > 0 ? 1 - sse / total : 0;
    r->cv_rmse = mean != 0 ? sqrt(r->variance) / fabs(mean) : 0;
    r->autocorrelation = fmin(fmax(rho, 0), AUTOCORRELATION_MAX);
    r->n_effective = (double)r->n * (1 - r->autocorrelation) / (1 + r->autocorrelation);
}

int xh_regress(const double *x, const double *y, const int32_t *day, size_t n, size_t p,
               struct xh_regression *ret, struct xh_err *err)
{
    struct triangle t = {.q = {0}};
    struct xh_regression r = {.n = n, .p = p};
    xh_assert(p >= 1 && p <= XH_REGRESSORS_MAX);
    if (n < p + 1) {
        return xh_err_set(err, XH_E_INVALID, "%zu rows for %zu regressors: %zu are needed", n, p,
                          p + 1);
    }
    for (size_t i = 0; i < n; i++) {
        rotate(&t, x + i * p, y[i], p);
    }
    int code = check_rank(&t, p, err);
    if (code < 0) {
        return code;
    }
    memcpy(r.triangle, t.r, sizeof r.triangle);
    solve_upper(&r, t.q, r.coefficient);
    fit_quality(&r, x, y, day);
    for (size_t k = 0; k < p; k++) {
        double unit[XH_REGRESSORS_MAX] = {0};
        unit[k] = 1;
        r.error[k] = sqrt(r.variance * leverage(&r, unit));
    }
    *ret = r;
    return XH_E_OK;
}

bool xh_regress_sum_margin(const struct xh_regression *r, const double *x_sum, double m,
                           double confidence, double *ret_margin)
{
    double freedom = r->n_effective - (double)r->p;
    if (!(freedom >= 1)) {
        return false;
    }
    double widened = r->variance * (double)r->n / r->n_effective;
    *ret_margin = xh_student_t(confidence, freedom) * sqrt(widened * (m + leverage(r, x_sum)));
    return true;
}
