/* worth.c: what an option is worth. */
#include "domain/industry/worth.h"

#include <math.h>

static const double MONEY_MAX = 9e15; /* beyond, a double no longer holds every dong */

struct xh_industry_worth xh_industry_worth(const struct xh_doc *doc)
{
    double flows[XH_FLOWS_MAX];
    struct xh_industry_worth worth = {.has_npv = false};
    double investment = (double)xh_doc_int(doc, "investment");
    int years = (int)xh_doc_int(doc, "life_years");
    double rate = xh_doc_real(doc, "discount_percent") / 100;
    worth.net_saving_yearly = xh_doc_int(doc, "saving_yearly") - xh_doc_int(doc, "cost_yearly");
    double saving = (double)worth.net_saving_yearly;
    worth.has_payback = xh_payback_years(investment, saving, &worth.payback_years);
    if (years < 1 || years >= XH_FLOWS_MAX || rate <= -1) {
        return worth;
    }
    size_t count = xh_flows_even(investment, saving, years, flows);
    double npv = floor(xh_npv(rate, flows, count) + 0.5);
    worth.has_npv = fabs(npv) <= MONEY_MAX;
    worth.npv = worth.has_npv ? (int64_t)npv : 0;
    worth.irr = xh_irr(flows, count);
    return worth;
}
