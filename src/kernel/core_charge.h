/* core_charge.h: core.charge, the action that says what a quantity costs under a tariff.
 *
 * It writes nothing: it finds the tariff, makes usage of what was asked (a quantity; quantities by
 * band of hours; or a flat load in a shift on working days), runs kernel/charge.h on the dated rows
 * as known, and tells every line. For electricity it adds the carbon dioxide with the factor of the
 * year in which the period begins, or of the latest year before it that has one.
 *
 *   period     `on` is a day: its calendar month; or `from` and `to` (exclusive)
 *   quantity   of the period; under a tariff by hours, all of it at the price of normal hours, as
 *              for customers too small to be metered by hours; a note says so
 *   peak, normal, off_peak   instead of quantity
 *   load_kw, shift_from, shift_to, days   instead of quantity: so many kW, from clock time to clock
 *              time (past midnight when `to` is not after `from`; hours after the period's end are
 *              the next bill's), on the first `days` working days, Monday to Saturday, of the
 *              period; without `days` on all of them
 *   hours      a variant of the hours ("legacy", "963"); empty: those in force on each day
 */
#ifndef XH_KERNEL_CORE_CHARGE_H
#define XH_KERNEL_CORE_CHARGE_H

#include "kernel/domain.h"

extern const struct xh_shape xh_core_charge_in, xh_core_charge_out;
xh_run_fn xh_core_charge;

/* Adds the lines of a charge to the part `lines` of a doc that has the columns of a bill's lines:
 * an answer of core.charge, or a core.bill. Texts live in doc->arena. */
void xh_charge_write_lines(struct xh_doc *doc, const struct xh_tariff *tariff,
                           const struct xh_charge *charge);

#endif
