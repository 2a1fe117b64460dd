/* zero.c: where a function of one number is 0. */
#include "solve/zero.h"

#include <float.h>
#include <math.h>

enum { STEPS_MAX = 200 };

/* Brent's state: b is the best so far, a the one before, c on the other side of the zero. */
struct brent {
    double a, b, c, fa, fb, fc, step, last_step;
};

static void order(struct brent *z)
{
    if ((z->fb > 0) == (z->fc > 0)) {
        z->c = z->a;
        z->fc = z->fa;
        z->step = z->last_step = z->b - z->a;
    }
    if (fabs(z->fc) < fabs(z->fb)) {
        z->a = z->b;
        z->b = z->c;
        z->c = z->a;
        z->fa = z->fb;
        z->fb = z->fc;
        z->fc = z->fa;
    }
}

/* Secant of two points, inverse parabola of three; else, or where that leaves the bracket, half. */
static void choose_step(struct brent *z, double middle, double tolerance)
{
    double p, q, s = z->fb / z->fa;
    bool is_slow = fabs(z->last_step) < tolerance || fabs(z->fa) <= fabs(z->fb);
    if (z->a == z->c) {
        p = 2 * middle * s;
        q = 1 - s;
    } else {
        double u = z->fa / z->fc, v = z->fb / z->fc;
        p = s * (2 * middle * u * (u - v) - (z->b - z->a) * (v - 1));
        q = (u - 1) * (v - 1) * (s - 1);
    }
    q = p > 0 ? -q : q;
    p = fabs(p);
    double inside = 3 * middle * q - fabs(tolerance * q), shrinking = fabs(z->last_step * q);
    if (is_slow || 2 * p >= fmin(inside, shrinking)) {
        z->step = z->last_step = middle;
    } else {
        z->last_step = z->step;
        z->step = p / q;
    }
}

double xh_zero(xh_function *f, const void *arg, double low, double high, double tolerance)
{
    struct brent z = {.a = low, .b = high, .c = high, .fa = f(low, arg), .fb = f(high, arg)};
    z.fc = z.fb;
    for (int i = 0; i < STEPS_MAX; i++) {
        order(&z);
        double least = 2 * DBL_EPSILON * fabs(z.b) + tolerance / 2;
        double middle = (z.c - z.b) / 2;
        if (fabs(middle) <= least || z.fb == 0) {
            break;
        }
        choose_step(&z, middle, least);
        z.a = z.b;
        z.fa = z.fb;
        z.b += fabs(z.step) > least ? z.step : copysign(least, middle);
        z.fb = f(z.b, arg);
    }
    return z.b;
}
