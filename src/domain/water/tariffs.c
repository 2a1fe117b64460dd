/* tariffs.c: how prices of water make a bill.
 *
 * Hanoi: price, VAT 5 %, and 10 % of the price as the fee for environmental protection.
 * Ho Chi Minh City: price, VAT 5 %, the drainage service fee as a share of the price, and VAT on
 * that fee. Blocks are per person there, per household in Hanoi. The total is rounded half up to
 * whole dong. Shares by days keep six decimals of a cubic metre: no rule of rounding was found.
 */
#include "domain/water/water_internal.h"

enum { SHARE_DECIMALS = 6 };

#define WATER(kind_, key_, item_)                                                                  \
    {.name = "water", .label_vi = "tiền nước", .label_en = "water", .kind = (kind_),               \
     .key = (key_), .item = (item_), .is_per_head = (kind_) == XH_CHARGE_BLOCKS}

#define PERCENT(name_, vi, en, key_, item_, of_, is_tax_)                                          \
    {.name = (name_), .label_vi = (vi), .label_en = (en), .kind = XH_CHARGE_PERCENT,               \
     .key = (key_), .item = (item_), .of = {(of_)}, .is_tax = (is_tax_)}

#define HANOI                                                                                      \
    PERCENT("vat", "thuế GTGT", "VAT", "vat-water-hanoi", "vat", "water", true),                   \
        PERCENT("wastewater", "phí bảo vệ môi trường đối với nước thải",                           \
                "fee for environmental protection", "wastewater-fee", "fee", "water", true)

#define HCMC                                                                                       \
    PERCENT("drainage", "dịch vụ thoát nước", "drainage service", "drainage-hcmc", "fee", "water", \
            false),                                                                                \
        PERCENT("vat", "thuế GTGT nước sạch", "VAT on water", "vat-water-hcmc", "vat", "water",    \
                true),                                                                             \
        PERCENT("drainage_vat", "thuế GTGT dịch vụ thoát nước", "VAT on drainage",                 \
                "vat-drainage", "vat", "drainage", true)

#define PERSONS .head_vi = "người", .head_en = "person", .heads_are_persons = true
#define HOUSEHOLDS .head_vi = "hộ", .head_en = "household"
#define NO_HEADS .head_vi = NULL
#define TARIFF(name, code_, vi, en, kind, item, surcharges, heads)                                 \
    static const struct xh_charge_component name##_components[] = {WATER(kind, code_, item),       \
                                                                   surcharges};                    \
    static const struct xh_tariff name = {                                                         \
        .code = (code_),                                                                           \
        .label_vi = (vi),                                                                          \
        .label_en = (en),                                                                          \
        .quantity = "water.consumption",                                                           \
        .unit = "m3",                                                                              \
        .currency = "VND",                                                                         \
        .minor_digits = 0,                                                                         \
        heads,                                                                                     \
        .components = name##_components,                                                           \
        .component_count = XH_COUNT(name##_components),                                            \
        .total_rounding = XH_ROUND_HALF_UP,                                                        \
        .share_decimals = SHARE_DECIMALS,                                                          \
    }

TARIFF(hanoi_household, "hanoi-household", "Hà Nội, hộ gia đình", "Hanoi, households",
       XH_CHARGE_BLOCKS, NULL, HANOI, HOUSEHOLDS);
TARIFF(hanoi_admin, "hanoi-admin", "Hà Nội, cơ quan hành chính, sự nghiệp",
       "Hanoi, offices and public services", XH_CHARGE_FLAT, "water", HANOI, NO_HEADS);
TARIFF(hanoi_production, "hanoi-production", "Hà Nội, sản xuất", "Hanoi, production",
       XH_CHARGE_FLAT, "water", HANOI, NO_HEADS);
TARIFF(hanoi_business, "hanoi-business", "Hà Nội, kinh doanh dịch vụ", "Hanoi, business",
       XH_CHARGE_FLAT, "water", HANOI, NO_HEADS);
TARIFF(hcmc_household, "hcmc-household", "TP. Hồ Chí Minh, hộ gia đình",
       "Ho Chi Minh City, households", XH_CHARGE_BLOCKS, NULL, HCMC, PERSONS);
TARIFF(hcmc_household_poor, "hcmc-household-poor", "TP. Hồ Chí Minh, hộ nghèo và cận nghèo",
       "Ho Chi Minh City, poor and near-poor households", XH_CHARGE_BLOCKS, NULL, HCMC, PERSONS);
TARIFF(hcmc_admin, "hcmc-admin", "TP. Hồ Chí Minh, cơ quan hành chính, sự nghiệp",
       "Ho Chi Minh City, offices", XH_CHARGE_FLAT, "water", HCMC, NO_HEADS);
TARIFF(hcmc_production, "hcmc-production", "TP. Hồ Chí Minh, sản xuất",
       "Ho Chi Minh City, production", XH_CHARGE_FLAT, "water", HCMC, NO_HEADS);
TARIFF(hcmc_business, "hcmc-business", "TP. Hồ Chí Minh, kinh doanh dịch vụ",
       "Ho Chi Minh City, business", XH_CHARGE_FLAT, "water", HCMC, NO_HEADS);

const struct xh_tariff *const xh__water_tariffs[XH__WATER_TARIFFS] = {
    &hanoi_household, &hanoi_admin, &hanoi_production, &hanoi_business, &hcmc_household,
    &hcmc_household_poor, &hcmc_admin, &hcmc_production, &hcmc_business,
};
