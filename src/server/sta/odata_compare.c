/* odata_compare.c: eq, ne, gt, ge, lt, le of two values. OData 4.0 Part 2, 5.1.1.1; for intervals
 * 18-088 9.3.3.5: they are half-open, lt and gt are before and after, le and ge compare both ends.
 */
#include "server/sta/odata_internal.h"

int xh__odata_compare_numbers(const struct xh__odata_value *a, const struct xh__odata_value *b)
{
    if (a->type == XH__ODATA_INT && b->type == XH__ODATA_INT) {
        return (a->integer > b->integer) - (a->integer < b->integer);
    }
    double real_a = xh__odata_real(a);
    double real_b = xh__odata_real(b);
    if (real_a != real_b || a->type == b->type) {
        return (real_a > real_b) - (real_a < real_b);
    }
    /* An integer beyond 2^53 was rounded to the other's double, which is an integer too, if maybe
     * one more than int64 has. */
    if (real_a >= 0x1p63) {
        return a->type == XH__ODATA_INT ? -1 : 1;
    }
    int64_t int_a = a->type == XH__ODATA_INT ? a->integer : (int64_t)a->real;
    int64_t int_b = b->type == XH__ODATA_INT ? b->integer : (int64_t)b->real;
    return (int_a > int_b) - (int_a < int_b);
}

static struct xh__odata_value of_order(enum xh__odata_op op, int order)
{
    switch (op) {
    case XH__ODATA_EQ:
        return xh__odata_truth(order == 0);
    case XH__ODATA_NE:
        return xh__odata_truth(order != 0);
    case XH__ODATA_GT:
        return xh__odata_truth(order > 0);
    case XH__ODATA_GE:
        return xh__odata_truth(order >= 0);
    case XH__ODATA_LT:
        return xh__odata_truth(order < 0);
    default:
        return xh__odata_truth(order <= 0);
    }
}

static struct xh__odata_value relate_spans(enum xh__odata_op op, struct xh__odata_span a,
                                           struct xh__odata_span b)
{
    bool is_same = a.from_us == b.from_us && a.to_us == b.to_us;
    switch (op) {
    case XH__ODATA_EQ:
        return xh__odata_truth(is_same);
    case XH__ODATA_NE:
        return xh__odata_truth(!is_same);
    case XH__ODATA_LT:
        return xh__odata_truth(xh__odata_is_before(a, b));
    case XH__ODATA_GT:
        return xh__odata_truth(xh__odata_is_before(b, a));
    case XH__ODATA_LE:
        return xh__odata_truth(a.from_us <= b.from_us && a.to_us <= b.to_us);
    default:
        return xh__odata_truth(a.from_us >= b.from_us && a.to_us >= b.to_us);
    }
}

static bool is_time(const struct xh__odata_value *v)
{
    return v->type == XH__ODATA_TIME || v->type == XH__ODATA_INTERVAL || v->type == XH__ODATA_DATE;
}

struct xh__odata_value xh__odata_relate(enum xh__odata_op op, const struct xh__odata_value *a,
                                        const struct xh__odata_value *b)
{
    struct xh__odata_span span_a, span_b;
    if (xh__odata_is_number(a) && xh__odata_is_number(b)) {
        return of_order(op, xh__odata_compare_numbers(a, b));
    }
    if ((is_time(a) || is_time(b)) && xh__odata_span_of(a, &span_a) &&
        xh__odata_span_of(b, &span_b)) {
        return relate_spans(op, span_a, span_b);
    }
    bool is_ordered = a->type == XH__ODATA_TEXT || a->type == XH__ODATA_BOOL ||
                      a->type == XH__ODATA_DURATION || a->type == XH__ODATA_TIME_OF_DAY;
    bool is_equal_only = a->type == XH__ODATA_JSON && (op == XH__ODATA_EQ || op == XH__ODATA_NE);
    if (a->type != b->type || (!is_ordered && !is_equal_only)) {
        return xh__odata_null();
    }
    return of_order(op, xh__odata_compare(a, b));
}
