/* toe.h: tonnes of oil equivalent. Pure.
 *
 *     TOE = sum of quantity x factor
 *
 * Factors are those of official letter 3505/BCT-KHCN of 2011-04-19 (dated rows (factor, "toe")):
 * for electricity 0.0001543 TOE a kWh, which counts the primary energy behind it; other purposes
 * use other factors, so name the purpose. Where the letter gives a range (coke), both ends are
 * kept.
 */
#ifndef XH_DOMAIN_ENERGY_TOE_H
#define XH_DOMAIN_ENERGY_TOE_H

#include "kernel/dated.h"

struct xh_energy_toe {
    struct xh_dec toe, toe_high;  /* equal unless the factor is a range */
    const struct xh_dated *row;   /* the lower one's */
};

/* fuel: "electricity" (kWh), "diesel" (t), "diesel-volume" (1000 L), ... : the items of the rows.
 * Errors: XH_E_NOT_FOUND, XH_E_INVALID (too many digits). */
int xh_energy_toe(const struct xh_dated_set *rows, struct xh_str fuel, struct xh_dec quantity,
                  int32_t day, struct xh_energy_toe *ret, struct xh_err *err);

#endif
