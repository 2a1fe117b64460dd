/* norm.h: consumption norms, and the energy in what a line uses. Pure.
 *
 *     SEC = energy / product                          [MJ/hl, MJ/t, kWh/t]
 *     energy of electricity = kWh x 3.6 MJ            exactly, as all units of energy
 *     energy of a fuel = quantity x its factor (factor, "toe", fuel) x (factor, "toe-content", toe)
 *
 * The norms' circulars (19/2016, 20/2016, 24/2017, 52/2018/TT-BCT) ask for electricity as it is
 * metered, 3.6 MJ a kWh, not for the primary energy behind it, for which official letter
 * 3505/BCT-KHCN has 0.0001543 TOE a kWh: that one belongs into sums of TOE. Where the letter gives
 * a range (coke), the upper end counts here, so that nobody passes by the choice.
 *
 * A line passes at its norm and below it.
 */
#ifndef XH_DOMAIN_INDUSTRY_NORM_H
#define XH_DOMAIN_INDUSTRY_NORM_H

#include "base/unit.h"
#include "kernel/dated.h"

/* ---- the norm ---- */

enum xh_industry_norm_fault {
    XH_INDUSTRY_NORM_FOUND,
    XH_INDUSTRY_NORM_NO_PRODUCT,  /* no norm has this key, or none yet on that day */
    XH_INDUSTRY_NORM_NO_CAPACITY, /* there are classes of capacity, and none is given */
    XH_INDUSTRY_NORM_NO_CLASS     /* the capacity is in no class, or in another unit */
};
struct xh_industry_norm_ask {
    struct xh_str product;        /* key of the rows */
    bool has_capacity;
    struct xh_dec capacity;
    struct xh_str capacity_unit;  /* the unit with which the item of the class ends */
    int32_t day;
};
struct xh_industry_norm {
    const struct xh_dated *row;   /* NULL unless found */
    bool is_expired;              /* not in force on the day: the latest that began before it */
};
enum xh_industry_norm_fault xh_industry_norm_find(const struct xh_dated_set *rows,
                                                  const struct xh_industry_norm_ask *ask,
                                                  struct xh_industry_norm *ret);

/* "MJ/hl" as two units: energy for a unit of product. Errors: XH_E_INVALID. */
int xh_industry_norm_units(struct xh_str text, const struct xh_unit **ret_energy,
                           const struct xh_unit **ret_product, struct xh_err *err);

/* At the norm and below it; equal up to the rounding of sums of readings (1e-9). */
bool xh_industry_norm_passes(double sec, double norm);

/* ---- fuels ---- */

/* A quantity of a fuel in the unit in which a factor counts it: "toe/million m3" counts millions of
 * cubic metres, "toe/1000 L" thousands of litres. */
struct xh_industry_fuel {
    const struct xh_dated *low, *high; /* the same unless the factor is a range */
    double units;                      /* quantity / what the factor is for */
};
/* fuel: an item of the rows (factor, "toe"). XH_E_NOT_FOUND: no such item on that day;
 * XH_E_INVALID: the fuel is counted in another kind of unit than the quantity. */
int xh_industry_fuel(const struct xh_dated_set *rows, struct xh_str fuel, double quantity,
                     const struct xh_unit *unit, int32_t day, struct xh_industry_fuel *ret,
                     struct xh_err *err);

struct xh_industry_energy {
    double energy_mj;
    double factor;               /* MJ for one `unit` of the series */
    const struct xh_dated *row;  /* NULL: the exact factor of a unit of energy */
};
/* Errors as xh_industry_fuel. */
int xh_industry_energy(const struct xh_dated_set *rows, struct xh_str fuel, double quantity,
                       const struct xh_unit *unit, int32_t day, struct xh_industry_energy *ret,
                       struct xh_err *err);

#endif
