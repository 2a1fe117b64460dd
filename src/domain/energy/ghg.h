/* ghg.h: carbon dioxide of grid electricity. Pure.
 *
 *     kg CO2 = kWh x factor of the year (tCO2/MWh, which is kgCO2/kWh)
 *
 * The factor is the yearly emission factor of Vietnam's grid as notified by the Department of
 * Climate Change (dated rows (factor, "grid-vn"), one a year). For a year that has none yet the
 * latest earlier one is used, and the result says so.
 */
#ifndef XH_DOMAIN_ENERGY_GHG_H
#define XH_DOMAIN_ENERGY_GHG_H

#include "kernel/dated.h"

#define XH_ENERGY_GRID_VN "grid-vn"

struct xh_energy_ghg {
    struct xh_dec kg_co2;         /* exact */
    const struct xh_dated *row;   /* the factor used */
    bool is_earlier;              /* no factor of that year: an earlier year's */
};

/* Errors: XH_E_NOT_FOUND (no factor that early), XH_E_INVALID (too many digits, or a factor in an
 * unknown unit). */
int xh_energy_ghg(const struct xh_dated_set *rows, struct xh_str grid, int year,
                  struct xh_dec energy_kwh, struct xh_energy_ghg *ret, struct xh_err *err);

#endif
