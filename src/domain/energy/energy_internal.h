/* energy_internal.h: the tables that energy.c puts together. */
#ifndef XH_DOMAIN_ENERGY_ENERGY_INTERNAL_H
#define XH_DOMAIN_ENERGY_ENERGY_INTERNAL_H

#include "kernel/host.h"

enum {
    XH__ENERGY_QUANTITIES = 7,
    XH__ENERGY_TARIFFS = 11,
    XH__ENERGY_ACTIONS = 4,
    XH__ENERGY_INDICATORS = 3
};

extern const struct xh_quantity xh__energy_quantities[XH__ENERGY_QUANTITIES];       /* tables.c */
extern const struct xh_tariff *const xh__energy_tariffs[XH__ENERGY_TARIFFS];        /* tariffs.c */
extern const struct xh_action xh__energy_actions[XH__ENERGY_ACTIONS];              /* actions.c */
extern const struct xh_indicator xh__energy_indicators[XH__ENERGY_INDICATORS];  /* indicators.c */

extern const struct xh_shape xh__energy_advice_in, xh__energy_advice_out;           /* advise.c */
xh_run_fn xh__energy_advise;
extern const struct xh_shape xh__energy_peak_in, xh__energy_peak_out;             /* peak_ask.c */
xh_run_fn xh__energy_peak_ask;

xh_run_fn xh__energy_simulate;                                                   /* simulate.c */

#endif
