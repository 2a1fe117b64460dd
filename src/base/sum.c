/* sum.c: compensated sums.
 *
 * A. Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", ZAMM 54
 * (1974), method IV: what an addition rounds away is known exactly from the larger of the two terms
 * and is collected apart. Right only where a sum of doubles is rounded to double each time: the
 * build forbids the contraction of expressions and unsafe mathematics.
 */
#include "base/num.h"

#include <math.h>

static void add_term(struct xh_sum *sum, double value)
{
    double total = sum->sum + value;
    if (fabs(sum->sum) >= fabs(value)) {
        sum->compensation += (sum->sum - total) + value;
    } else {
        sum->compensation += (value - total) + sum->sum;
    }
    sum->sum = total;
}

void xh_sum_add(struct xh_sum *sum, double value)
{
    add_term(sum, value);
    sum->count++;
}

void xh_sum_merge(struct xh_sum *into, const struct xh_sum *other)
{
    struct xh_sum copy = *other; /* a sum may be merged into itself */
    add_term(into, copy.sum);
    add_term(into, copy.compensation);
    into->count += copy.count;
}

double xh_sum_value(const struct xh_sum *sum)
{
    /* Once the sum has left the range of doubles the compensation means nothing. */
    return isfinite(sum->sum) ? sum->sum + sum->compensation : sum->sum;
}
