/* water_internal.h: the tables that water.c puts together. */
#ifndef XH_DOMAIN_WATER_WATER_INTERNAL_H
#define XH_DOMAIN_WATER_WATER_INTERNAL_H

#include "kernel/host.h"

enum { XH__WATER_QUANTITIES = 3, XH__WATER_TARIFFS = 9, XH__WATER_INDICATORS = 1 };

extern const struct xh_quantity xh__water_quantities[XH__WATER_QUANTITIES];       /* tables.c */
extern const struct xh_tariff *const xh__water_tariffs[XH__WATER_TARIFFS];        /* tariffs.c */
extern const struct xh_indicator xh__water_indicators[XH__WATER_INDICATORS];  /* indicators.c */

xh_run_fn xh__water_simulate;                                                  /* simulate.c */

#endif
