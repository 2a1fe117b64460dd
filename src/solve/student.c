/* student.c: quantiles of Student's t.
 *
 * P(|T| > t) = I_x(v / 2, 1 / 2), x = v / (v + t^2), with the regularised incomplete beta function
 * (M. Abramowitz, I. Stegun, "Handbook of Mathematical Functions", 26.7.1 and 26.5.8, its continued
 * fraction; evaluated from the front as by W. Lentz, 1976). The quantile is a zero of it. */
#include <math.h>

#include "solve/regress.h"
#include "solve/zero.h"

enum { TERMS_MAX = 500 };
static const double TINY = 1e-300, LAST_DIGIT = 1e-16;

/* One step of the fraction 1 + d1/(1 + d2/(1 + ...)). */
struct fraction {
    double value, above, below;
};

static double next_term(struct fraction *f, double d)
{
    f->below = 1 + d * f->below;
    f->below = 1 / (fabs(f->below) < TINY ? TINY : f->below);
    f->above = 1 + d / f->above;
    f->above = fabs(f->above) < TINY ? TINY : f->above;
    double factor = f->above * f->below;
    f->value *= factor;
    return factor;
}

/* Converges fast where x < (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x)
{
    struct fraction f = {.value = 1, .above = 1, .below = 0};
    for (int m = 0; m < TERMS_MAX; m++) {
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        double even = (m + 1) * (b - m - 1) * x / ((a + 2 * m + 1) * (a + 2 * m + 2));
        double change = next_term(&f, odd) * next_term(&f, even);
        if (fabs(change - 1) < LAST_DIGIT) {
            break;
        }
    }
    return 1 / f.value;
}

/* I_x(a, b) with the complement 1 - x given apart, so that neither loses digits. */
static double beta_share(double a, double b, double x, double rest)
{
    if (x <= 0 || rest <= 0) {
        return x <= 0 ? 0 : 1;
    }
    double weight = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(rest));
    return x < (a + 1) / (a + b + 2) ? weight * beta_fraction(a, b, x) / a
                                     : 1 - weight * beta_fraction(b, a, rest) / b;
}

struct wanted {
    double outside, freedom;
};

/* Above 0 while more than wanted lies outside of [-t, t]; u = ln t. */
static double excess(double u, const void *arg)
{
    const struct wanted *w = arg;
    double squared = exp(2 * u), v = w->freedom;
    return beta_share(v / 2, 0.5, v / (v + squared), squared / (v + squared)) - w->outside;
}

double xh_student_t(double confidence, double freedom)
{
    struct wanted wanted = {1 - confidence, freedom};
    xh_assert(confidence > 0 && confidence < 1 && freedom >= 1);
    return exp(xh_zero(excess, &wanted, -46, 46, 1e-14)); /* t from 1e-20 to 1e20 */
}
