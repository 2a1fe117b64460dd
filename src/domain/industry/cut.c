/* cut.c: by how much a case file cut what it used or emitted. */
#include "domain/industry/cut.h"

#include <math.h>

void xh_industry_cut_add(struct xh_industry_cut *cut, double before, double after)
{
    cut->has_rows = true;
    cut->is_unknown = cut->is_unknown || !isfinite(before) || !isfinite(after);
    xh_sum_add(&cut->before, before);
    xh_sum_add(&cut->after, after);
}

bool xh_industry_cut_percent(const struct xh_industry_cut *cut, double *ret_percent)
{
    double before = xh_sum_value(&cut->before);
    if (!cut->has_rows || cut->is_unknown || !(before > 0)) {
        return false;
    }
    *ret_percent = (before - xh_sum_value(&cut->after)) / before * 100;
    return true;
}
