/* odata_arith.c: add, sub, mul, div, mod and the sign. OData 4.0 Part 2, 5.1.1.2.
 *
 * Integers stay integers and divide as such; where they run over, the result is a REAL. A division
 * by zero and what leaves the range of times is NULL.
 */
#include <math.h>

#include "server/sta/odata_internal.h"

/* ---- numbers ---- */

static struct xh__odata_value compute_reals(enum xh__odata_op op, double a, double b)
{
    switch (op) {
    case XH__ODATA_ADD:
        return xh__odata_of_real(a + b);
    case XH__ODATA_SUB:
        return xh__odata_of_real(a - b);
    case XH__ODATA_MUL:
        return xh__odata_of_real(a * b);
    case XH__ODATA_DIV:
        return b == 0 ? xh__odata_null() : xh__odata_of_real(a / b);
    default:
        return b == 0 ? xh__odata_null() : xh__odata_of_real(fmod(a, b));
    }
}

static struct xh__odata_value compute_ints(enum xh__odata_op op, int64_t a, int64_t b)
{
    int64_t c = 0;
    bool is_over = false;
    switch (op) {
    case XH__ODATA_ADD:
        is_over = __builtin_add_overflow(a, b, &c);
        break;
    case XH__ODATA_SUB:
        is_over = __builtin_sub_overflow(a, b, &c);
        break;
    case XH__ODATA_MUL:
        is_over = __builtin_mul_overflow(a, b, &c);
        break;
    default:
        if (b == 0) {
            return xh__odata_null();
        }
        is_over = b == -1 && __builtin_sub_overflow(0, a, &c);
        if (!is_over) {
            c = op == XH__ODATA_DIV ? a / b : a % b;
        } else if (op == XH__ODATA_MOD) {
            return xh__odata_int(0);
        }
        break;
    }
    return is_over ? compute_reals(op, (double)a, (double)b) : xh__odata_int(c);
}

/* ---- times ---- */

static bool is_in_range(int64_t us)
{
    return us >= XH_TIME_MIN && us <= XH_TIME_MAX;
}

/* A time moved by a duration; a date by whole days. */
static struct xh__odata_value move(struct xh__odata_value v, int64_t by_us)
{
    if (v.type == XH__ODATA_DATE) {
        by_us /= XH_US_PER_DAY;
        if (__builtin_add_overflow(v.from_us, by_us, &v.from_us) ||
            v.from_us < XH_TIME_MIN / XH_US_PER_DAY || v.from_us > XH_TIME_MAX / XH_US_PER_DAY) {
            return xh__odata_null();
        }
        return v;
    }
    if (__builtin_add_overflow(v.from_us, by_us, &v.from_us) || !is_in_range(v.from_us)) {
        return xh__odata_null();
    }
    if (v.type == XH__ODATA_TIME) {
        v.to_us = v.from_us;
    } else if (__builtin_add_overflow(v.to_us, by_us, &v.to_us) || !is_in_range(v.to_us)) {
        return xh__odata_null();
    }
    return v;
}

static struct xh__odata_value duration(int64_t us)
{
    return (struct xh__odata_value){.type = XH__ODATA_DURATION, .from_us = us};
}

static bool is_movable(const struct xh__odata_value *v)
{
    return v->type == XH__ODATA_TIME || v->type == XH__ODATA_INTERVAL || v->type == XH__ODATA_DATE;
}

static struct xh__odata_value add_durations(enum xh__odata_op op, int64_t a_us, int64_t b_us)
{
    int64_t us = 0;
    bool is_over = op == XH__ODATA_ADD ? __builtin_add_overflow(a_us, b_us, &us)
                                       : __builtin_sub_overflow(a_us, b_us, &us);
    return is_over ? xh__odata_null() : duration(us);
}

/* time sub time, date sub date: how long between. Of an interval there is no such thing. */
static struct xh__odata_value between(const struct xh__odata_value *a,
                                      const struct xh__odata_value *b)
{
    if (a->type != b->type || a->type == XH__ODATA_INTERVAL) {
        return xh__odata_null();
    }
    int64_t unit_us = a->type == XH__ODATA_DATE ? XH_US_PER_DAY : 1;
    return duration((a->from_us - b->from_us) * unit_us);
}

static struct xh__odata_value scale(enum xh__odata_op op, int64_t us, double by)
{
    double scaled = op == XH__ODATA_MUL ? (double)us * by : (double)us / by;
    return fabs(scaled) < 0x1p62 ? duration((int64_t)scaled) : xh__odata_null();
}

static struct xh__odata_value compute_times(enum xh__odata_op op, const struct xh__odata_value *a,
                                            const struct xh__odata_value *b)
{
    bool is_sum = op == XH__ODATA_ADD || op == XH__ODATA_SUB;
    bool has_duration_a = a->type == XH__ODATA_DURATION;
    bool has_duration_b = b->type == XH__ODATA_DURATION;
    if (is_sum && has_duration_a && has_duration_b) {
        return add_durations(op, a->from_us, b->from_us);
    }
    if (is_sum && is_movable(a) && has_duration_b && b->from_us != INT64_MIN) {
        return move(*a, op == XH__ODATA_ADD ? b->from_us : -b->from_us);
    }
    if (op == XH__ODATA_ADD && has_duration_a && is_movable(b)) {
        return move(*b, a->from_us);
    }
    if (op == XH__ODATA_SUB && is_movable(a) && is_movable(b)) {
        return between(a, b);
    }
    if ((op == XH__ODATA_MUL || op == XH__ODATA_DIV) && has_duration_a && xh__odata_is_number(b)) {
        return scale(op, a->from_us, xh__odata_real(b));
    }
    if (op == XH__ODATA_MUL && has_duration_b && xh__odata_is_number(a)) {
        return scale(op, b->from_us, xh__odata_real(a));
    }
    return xh__odata_null();
}

/* ---- all ---- */

struct xh__odata_value xh__odata_compute(enum xh__odata_op op, const struct xh__odata_value *a,
                                         const struct xh__odata_value *b)
{
    struct xh__odata_value time_a, time_b;
    if (a->type == XH__ODATA_INT && b->type == XH__ODATA_INT) {
        return compute_ints(op, a->integer, b->integer);
    }
    if (xh__odata_is_number(a) && xh__odata_is_number(b)) {
        return compute_reals(op, xh__odata_real(a), xh__odata_real(b));
    }
    if (a->type == XH__ODATA_TEXT && xh__odata_time_of_text(a->text, &time_a)) {
        a = &time_a;
    }
    if (b->type == XH__ODATA_TEXT && xh__odata_time_of_text(b->text, &time_b)) {
        b = &time_b;
    }
    return compute_times(op, a, b);
}

struct xh__odata_value xh__odata_negate(const struct xh__odata_value *a)
{
    int64_t negated = 0;
    if (a->type == XH__ODATA_REAL) {
        return xh__odata_of_real(-a->real);
    }
    if (a->type == XH__ODATA_INT) {
        return compute_ints(XH__ODATA_SUB, 0, a->integer);
    }
    if (a->type == XH__ODATA_DURATION && !__builtin_sub_overflow(0, a->from_us, &negated)) {
        return duration(negated);
    }
    return xh__odata_null();
}
