/* energy.c: the descriptor of the energy room. */
#include "domain/energy/energy.h"

#include "domain/energy/energy_internal.h"

static const char *const seeds[] = {"prices_electricity.csv", "hours_electricity.csv",
                                    "prices_foreign.csv",     "percents.csv",
                                    "factors.csv",            NULL};

const struct xh_domain xh_energy_domain = {
    .name = "energy",
    .label_vi = "Năng lượng",
    .label_en = "Energy",
    .quantities = xh__energy_quantities,
    .quantity_count = XH__ENERGY_QUANTITIES,
    .actions = xh__energy_actions,
    .action_count = XH__ENERGY_ACTIONS,
    .indicators = xh__energy_indicators,
    .indicator_count = XH__ENERGY_INDICATORS,
    .tariffs = xh__energy_tariffs,
    .tariff_count = XH__ENERGY_TARIFFS,
    .seeds = seeds,
    .simulate = xh__energy_simulate,
};
