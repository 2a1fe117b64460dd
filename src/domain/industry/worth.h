/* worth.h: what an option is worth (solve/finance.h), in money of records. Pure.
 *
 * The investment is paid today, what is saved less what it costs to run comes at the end of each
 * year of its life: the flows of a spreadsheet, of which the first is not discounted.
 */
#ifndef XH_DOMAIN_INDUSTRY_WORTH_H
#define XH_DOMAIN_INDUSTRY_WORTH_H

#include "kernel/shape.h"
#include "solve/finance.h"

struct xh_industry_worth {
    bool has_payback, has_npv;   /* nothing is saved: no payback; no life given: no value */
    double payback_years;
    int64_t npv;                 /* VND, rounded half up */
    struct xh_irr irr;           /* kind XH_IRR_NONE when there is none */
    int64_t net_saving_yearly;
};

/* doc: fields investment, saving_yearly, cost_yearly (MONEY), life_years (INT), discount_percent
 * (DEC); what is null counts as 0, life_years as not given. */
struct xh_industry_worth xh_industry_worth(const struct xh_doc *doc);

#endif
