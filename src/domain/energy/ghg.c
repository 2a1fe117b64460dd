/* ghg.c: carbon dioxide of grid electricity. */
#include "domain/energy/ghg.h"

int xh_energy_ghg(const struct xh_dated_set *rows, struct xh_str grid, int year,
                  struct xh_dec energy_kwh, struct xh_energy_ghg *ret, struct xh_err *err)
{
    struct xh_energy_ghg ghg = {.is_earlier = false};
    ghg.row = xh_dated_latest(rows, "factor", grid, xh_str_from(NULL),
                              xh_day_from_civil(year, 1, 1), &ghg.is_earlier);
    if (!ghg.row) {
        return xh_err_set(err, XH_E_NOT_FOUND, "no emission factor of grid '%.*s' up to %d",
                          XH_STR_ARG(grid), year);
    }
    if (!xh_str_is(ghg.row->unit, "tCO2/MWh") && !xh_str_is(ghg.row->unit, "kgCO2/kWh")) {
        return xh_err_set(err, XH_E_INVALID, "factor '%.*s' is in '%.*s', not in tCO2/MWh",
                          XH_STR_ARG(ghg.row->code), XH_STR_ARG(ghg.row->unit));
    }
    if (xh_dec_mul(energy_kwh, ghg.row->value, &ghg.kg_co2) < 0) {
        return xh_err_set(err, XH_E_INVALID, "the energy has too many digits");
    }
    ghg.kg_co2 = xh_dec_trim(ghg.kg_co2);
    *ret = ghg;
    return 0;
}
