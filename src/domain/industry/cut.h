/* cut.h: by how much a case file cut what it used or emitted. Pure.
 *
 *     cut = (before - after) / before x 100      [%]
 *
 * Results of one kind in one file are added up first, so they share a unit. A file in which one
 * `after` of the kind is not known has no cut of that kind: what is missing is never counted as
 * none.
 */
#ifndef XH_DOMAIN_INDUSTRY_CUT_H
#define XH_DOMAIN_INDUSTRY_CUT_H

#include "base/num.h"

/* Zero-initialise. */
struct xh_industry_cut {
    struct xh_sum before, after;
    bool has_rows, is_unknown;
};
/* NaN for an `after` that is not known. */
void xh_industry_cut_add(struct xh_industry_cut *cut, double before, double after);
/* False when there are no rows, an `after` is not known, or nothing was used before. */
bool xh_industry_cut_percent(const struct xh_industry_cut *cut, double *ret_percent);

#endif
