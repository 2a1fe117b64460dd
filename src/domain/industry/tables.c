/* tables.c: what the industry room measures: what a line makes, as amounts of an interval. */
#include "domain/industry/industry_internal.h"

const struct xh_quantity xh__industry_quantities[XH__INDUSTRY_QUANTITIES] = {
    {"volume", "Sản lượng theo thể tích", "Product by volume", "hl", XH_KIND_INTERVAL,
     XH_ROLLUP_SUM, 0, 1e7, 1e6, "http://qudt.org/vocab/quantitykind/Volume"},
    {"mass", "Sản lượng theo khối lượng", "Product by mass", "t", XH_KIND_INTERVAL, XH_ROLLUP_SUM,
     0, 1e7, 1e6, "http://qudt.org/vocab/quantitykind/Mass"},
};
