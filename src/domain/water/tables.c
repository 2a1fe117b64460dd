/* tables.c: what the water room measures. */
#include "domain/water/water_internal.h"

const struct xh_quantity xh__water_quantities[XH__WATER_QUANTITIES] = {
    {"consumption", "Nước tiêu thụ", "Water used", "m3", XH_KIND_REGISTER, XH_ROLLUP_SUM, 0, 1e6,
     1e4, "http://qudt.org/vocab/quantitykind/Volume"},
    {"flow", "Lưu lượng nước", "Flow of water", "m3/h", XH_KIND_GAUGE, XH_ROLLUP_MEAN, -1e5, 1e5, 0,
     "http://qudt.org/vocab/quantitykind/VolumeFlowRate"},
    {"pressure", "Áp suất nước", "Pressure of water", "kPa", XH_KIND_GAUGE, XH_ROLLUP_MEAN, 0, 1e4,
     0, "http://qudt.org/vocab/quantitykind/Pressure"},
};
