/* industry.h: the industry room: production lines, cleaner-production case files, what an option is
 * worth, what a line uses for a unit of product, and whether a measure did what it promised.
 *
 * Records
 *   line     a production line of a firm: what it makes, how much it can make, the series that
 *            counts its product, and the series of all energy that goes into it. A sub-meter whose
 *            kWh the main meter counts already is not among them
 *   process  one step of a line: what goes in, what comes out, what is wasted
 *   case     the case file of a cleaner-production assessment for one year;
 *            draft -> submitted -> returned -> submitted -> approved; withdrawn from any of them.
 *            A firm edits its own drafts and submits; an officer returns with a reason or approves,
 *            which fulfils the duty (core.duty) that the file answers. To be submitted a file needs
 *            results, and what they rest on: evidence, or a line whose readings measure them
 *   option   one opportunity of a case file, in one of the eight classes of UNIDO's method, with
 *            payback, net present value and rate of return (solve/finance.h). The verb `choose`
 *            makes it a measure (core.measure)
 *
 * The six steps and eighteen tasks of an assessment are a table (steps.c); a case file keeps which
 * of them are done. Their source numbers the first nine; the numbers of the others are marked as
 * partly verified, and the mark is told with them.
 *
 * Consumption norms are dated rows (table "norm"): key = the product, item = the class of capacity
 * as published, quantity_from and quantity_to = its limits, in the unit with which the item ends.
 * industry.norm_verdict compares a line with the norm of its class on the last day of the period,
 * or with the latest that began before it, and says so. Energy: kWh x 3.6 MJ exactly; a fuel by its
 * factor in tonnes of oil equivalent x the row "toe-content". A day without readings makes the
 * verdict "not_known", never "passes".
 *
 * Effect of a measure: the days before it give a line through (output, energy), which says what
 * would have been used after it; actual less expected, with an interval of 90 % (effect.h). An
 * interval that contains 0 proves nothing.
 *
 * Missing is never good: an indicator over case files counts as missing every party that owes a
 * file for the year and has none approved, and every file that was approved and is withdrawn.
 *
 * Who may: a line and a case file are seen by their firm and inside; averages over firms are
 * public.
 *
 * Seeds: norms.csv, factors.csv (shared with the energy room). Quantities: volume (hl), mass (t),
 * as amounts of an interval: what a line makes.
 */
#ifndef XH_DOMAIN_INDUSTRY_H
#define XH_DOMAIN_INDUSTRY_H

#include "kernel/domain.h"

extern const struct xh_domain xh_industry_domain;

#endif
