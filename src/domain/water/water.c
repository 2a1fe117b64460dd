/* water.c: the descriptor of the water room. */
#include "domain/water/water.h"

#include "domain/water/water_internal.h"

static const char *const seeds[] = {"prices_water.csv", "percents.csv", NULL};

const struct xh_domain xh_water_domain = {
    .name = "water",
    .label_vi = "Nước",
    .label_en = "Water",
    .quantities = xh__water_quantities,
    .quantity_count = XH__WATER_QUANTITIES,
    .indicators = xh__water_indicators,
    .indicator_count = XH__WATER_INDICATORS,
    .tariffs = xh__water_tariffs,
    .tariff_count = XH__WATER_TARIFFS,
    .seeds = seeds,
    .simulate = xh__water_simulate,
};
