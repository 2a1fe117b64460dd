/* unit.h: units of measurement with exact rational factors.
 *
 * A unit belongs to a dimension; its factor to the dimension's base unit is a fraction of two
 * int64, so that kWh to MJ is exactly 18/5. Temperatures have an offset too. Symbols are those
 * people write ("kWh", "m3", "ug/m3", "degC", "VND", "kgCO2e"); UCUM codes are kept beside them.
 * CO2 and CO2e are dimensions of their own: neither converts to mass, nor to the other.
 * A tonne of oil equivalent is no fixed unit: it goes by a dated factor (kernel/dated.h).
 *
 * The table is static and immutable.
 */
#ifndef XH_BASE_UNIT_H
#define XH_BASE_UNIT_H

#include "base/dec.h"

enum xh_dimension {
    XH_DIM_RATIO,         /* 1, %, permille, ppm */
    XH_DIM_COUNT,         /* pcs, person, household */
    XH_DIM_ENERGY,        /* J */
    XH_DIM_POWER,         /* W */
    XH_DIM_APPARENT_POWER, /* VA */
    XH_DIM_REACTIVE_POWER, /* var */
    XH_DIM_REACTIVE_ENERGY, /* varh */
    XH_DIM_VOLUME,        /* m3 */
    XH_DIM_FLOW,          /* m3/s */
    XH_DIM_MASS,          /* kg */
    XH_DIM_LENGTH,        /* m */
    XH_DIM_AREA,          /* m2 */
    XH_DIM_TIME,          /* s */
    XH_DIM_TEMPERATURE,   /* K */
    XH_DIM_CONCENTRATION, /* kg/m3 */
    XH_DIM_VOLTAGE,       /* V */
    XH_DIM_CURRENT,       /* A */
    XH_DIM_PRESSURE,      /* Pa */
    XH_DIM_FREQUENCY,     /* Hz */
    XH_DIM_SOUND_LEVEL,   /* dB(A) */
    XH_DIM_LEVEL,         /* dB */
    XH_DIM_SIGNAL,        /* dBm */
    XH_DIM_ILLUMINANCE,   /* lx */
    XH_DIM_IRRADIANCE,    /* W/m2 */
    XH_DIM_SPEED,         /* m/s */
    XH_DIM_CO2,           /* kg CO2 */
    XH_DIM_CO2E,          /* kg CO2e */
    XH_DIM_MONEY_VND,     /* each currency is a dimension: no rate is a constant */
    XH_DIM_MONEY_KRW,
    XH_DIM_MONEY_JPY,
    XH_DIM_MONEY_USD,
    XH_DIM_MONEY_SGD,
    XH_DIM_STATE,         /* on/off, open/closed: no unit */
    XH_DIM_COUNT_OF_DIMENSIONS
};

struct xh_unit {
    const char *symbol;     /* "kWh" */
    const char *ucum;       /* "kW.h"; NULL where UCUM has none (money) */
    enum xh_dimension dimension;
    int64_t num, den;       /* base = (value + offset) x num / den */
    int64_t offset_num, offset_den; /* 0/1 but for degC, degF */
    const char *name_en, *name_vi;
};

/* Also by usual other spellings ("m³", "°C", "mg/l"). Case matters: mW is not MW. NULL: unknown. */
const struct xh_unit *xh_unit_find(struct xh_str symbol_or_ucum);
const struct xh_unit *xh_unit_table(size_t *ret_count);
const char *xh_dimension_name(enum xh_dimension dimension); /* "energy" */

/* Errors: XH_E_INVALID when the dimensions differ; the text names both units. Where
 * one unit is a multiple of the other, the result is rounded once. */
int xh_unit_convert(double value, const struct xh_unit *from, const struct xh_unit *to,
                    double *ret_value, struct xh_err *err);
/* Exactly; XH_E_INVALID also when the result has no finite decimal of 18 places. */
int xh_unit_convert_dec(struct xh_dec value, const struct xh_unit *from, const struct xh_unit *to,
                        struct xh_dec *ret_value, struct xh_err *err);

#endif
