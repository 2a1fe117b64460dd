/* tables.c: what the energy room measures. */
#include "domain/energy/energy_internal.h"

const struct xh_quantity xh__energy_quantities[XH__ENERGY_QUANTITIES] = {
    {"electricity", "Điện năng tiêu thụ", "Electricity used", "kWh", XH_KIND_REGISTER,
     XH_ROLLUP_SUM, 0, 1e6, 1e6, "http://qudt.org/vocab/quantitykind/Energy"},
    {"solar", "Điện mặt trời tạo ra", "Solar electricity made", "kWh", XH_KIND_REGISTER,
     XH_ROLLUP_SUM, 0, 1e6, 1e6, "http://qudt.org/vocab/quantitykind/Energy"},
    {"export", "Điện phát lên lưới", "Electricity fed into the grid", "kWh", XH_KIND_REGISTER,
     XH_ROLLUP_SUM, 0, 1e6, 1e6, "http://qudt.org/vocab/quantitykind/Energy"},
    {"power", "Công suất điện", "Electric power", "kW", XH_KIND_GAUGE, XH_ROLLUP_MEAN, -1e6, 1e6,
     0, "http://qudt.org/vocab/quantitykind/Power"},
    {"voltage", "Điện áp", "Voltage", "V", XH_KIND_GAUGE, XH_ROLLUP_MEAN, 0, 1e6, 0,
     "http://qudt.org/vocab/quantitykind/Voltage"},
    {"current", "Dòng điện", "Current", "A", XH_KIND_GAUGE, XH_ROLLUP_MEAN, 0, 1e5, 0,
     "http://qudt.org/vocab/quantitykind/ElectricCurrent"},
    {"gas", "Khí đốt tiêu thụ", "Gas used", "m3", XH_KIND_REGISTER, XH_ROLLUP_SUM, 0, 1e6, 1e5,
     "http://qudt.org/vocab/quantitykind/Volume"},
};
