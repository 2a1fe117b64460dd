/* tariffs.c: how prices of electricity make a bill.
 *
 * Vietnam: prices before VAT, VAT on their sum, the payable total rounded half up to whole dong.
 * Shares by days are whole kWh (kernel/charge_segment.c). A household's tiers are multiplied by the
 * number of households behind the meter.
 *
 * Korea (KEPCO, homes at low voltage): a basic amount by the block in which the month's total lies,
 * tiers, a climate and a fuel surcharge a kWh; VAT rounded to the won; the electric power industry
 * fund rounded down to tens of won.
 */
#include "domain/energy/energy_internal.h"
#include "domain/energy/ghg.h"

#define VAT_VN                                                                                     \
    {.name = "vat", .label_vi = "thuế GTGT", .label_en = "VAT", .kind = XH_CHARGE_PERCENT,         \
     .key = "vat-electricity", .item = "vat", .of = {"energy"}, .is_tax = true}

#define ENERGY(kind_, key_, item_, variant_, is_per_head_)                                         \
    {.name = "energy", .label_vi = "tiền điện", .label_en = "energy", .kind = (kind_),             \
     .key = (key_), .item = (item_), .variant = (variant_), .is_per_head = (is_per_head_)}

#define EVN(code_, vi, en, components_)                                                            \
    .code = (code_), .label_vi = (vi), .label_en = (en), .quantity = "energy.electricity",         \
    .unit = "kWh", .currency = "VND", .minor_digits = 0, .components = (components_),              \
    .component_count = XH_COUNT(components_), .total_rounding = XH_ROUND_HALF_UP,                  \
    .share_decimals = 0, .ghg_key = XH_ENERGY_GRID_VN

static const struct xh_charge_component residential_components[] = {
    ENERGY(XH_CHARGE_BLOCKS, "evn-residential", NULL, NULL, true),
    VAT_VN,
};
static const struct xh_tariff residential = {
    EVN("evn-residential", "EVN sinh hoạt sáu bậc", "EVN homes, six tiers",
        residential_components),
    .head_vi = "hộ",
    .head_en = "household",
};

static const struct xh_charge_component residential_5tier_components[] = {
    ENERGY(XH_CHARGE_BLOCKS, "evn-residential", NULL, "five-tier", true),
    VAT_VN,
};
static const struct xh_tariff residential_5tier = {
    EVN("evn-residential-5tier", "EVN sinh hoạt năm bậc (chưa áp dụng)",
        "EVN homes, five tiers (not in force)", residential_5tier_components),
    .head_vi = "hộ",
    .head_en = "household",
    .document_note_vi = "Cơ cấu năm bậc của Quyết định 14/2025/QĐ-TTg chưa áp dụng; giá tính từ "
                        "giá bán lẻ bình quân 2.204,0655 đồng/kWh.",
    .document_note_en = "The five tiers of Decision 14/2025/QD-TTg are not in force; prices are "
                        "computed from the average price of 2,204.0655 VND/kWh.",
};

static const struct xh_charge_component prepaid_components[] = {
    ENERGY(XH_CHARGE_FLAT, "evn-residential-prepaid", "energy", NULL, false),
    VAT_VN,
};
static const struct xh_tariff prepaid = {
    EVN("evn-residential-prepaid", "EVN sinh hoạt công tơ thẻ trả trước",
        "EVN homes, prepaid card meter", prepaid_components),
};

/* Production and business: one price for each band of hours, by voltage. */
#define BY_HOURS(name, code_, vi, en)                                                              \
    static const struct xh_charge_component name##_components[] = {                                \
        ENERGY(XH_CHARGE_BANDS, code_, NULL, NULL, false),                                         \
        VAT_VN,                                                                                    \
    };                                                                                             \
    static const struct xh_tariff name = {                                                         \
        EVN(code_, vi, en, name##_components),                                                     \
        .hours_key = "evn",                                                                        \
    }

BY_HOURS(production_ge110kv, "evn-production-ge110kv", "EVN sản xuất, từ 110 kV",
         "EVN production, 110 kV and above");
BY_HOURS(production_22to110kv, "evn-production-22to110kv", "EVN sản xuất, từ 22 đến dưới 110 kV",
         "EVN production, 22 to below 110 kV");
BY_HOURS(production_6to22kv, "evn-production-6to22kv", "EVN sản xuất, từ 6 đến dưới 22 kV",
         "EVN production, 6 to below 22 kV");
BY_HOURS(production_lt6kv, "evn-production-lt6kv", "EVN sản xuất, dưới 6 kV",
         "EVN production, below 6 kV");
BY_HOURS(business_ge22kv, "evn-business-ge22kv", "EVN kinh doanh, từ 22 kV",
         "EVN business, 22 kV and above");
BY_HOURS(business_6to22kv, "evn-business-6to22kv", "EVN kinh doanh, từ 6 đến dưới 22 kV",
         "EVN business, 6 to below 22 kV");
BY_HOURS(business_lt6kv, "evn-business-lt6kv", "EVN kinh doanh, dưới 6 kV",
         "EVN business, below 6 kV");

static const struct xh_charge_component kepco_components[] = {
    {.name = "basic", .label_vi = "phí cơ bản", .label_en = "basic charge",
     .kind = XH_CHARGE_FIXED_BY_BLOCK, .key = "kepco-residential-lv-basic"},
    {.name = "energy", .label_vi = "tiền điện", .label_en = "energy", .kind = XH_CHARGE_BLOCKS,
     .key = "kepco-residential-lv"},
    {.name = "climate", .label_vi = "phí khí hậu và môi trường",
     .label_en = "climate and environment", .kind = XH_CHARGE_FLAT, .key = "kepco-surcharge",
     .item = "climate"},
    {.name = "fuel", .label_vi = "điều chỉnh giá nhiên liệu", .label_en = "fuel adjustment",
     .kind = XH_CHARGE_FLAT, .key = "kepco-surcharge", .item = "fuel"},
    {.name = "vat", .label_vi = "thuế GTGT", .label_en = "VAT", .kind = XH_CHARGE_PERCENT,
     .key = "vat-kr", .item = "vat", .of = {"basic", "energy", "climate", "fuel"}, .is_tax = true,
     .is_rounded = true, .round_scale = 0, .rounding = XH_ROUND_HALF_UP},
    {.name = "fund", .label_vi = "quỹ công nghiệp điện", .label_en = "electric power industry fund",
     .kind = XH_CHARGE_PERCENT, .key = "fund-kr", .item = "fund",
     .of = {"basic", "energy", "climate", "fuel"}, .is_tax = true, .is_rounded = true,
     .round_scale = -1, .rounding = XH_ROUND_FLOOR},
};
static const struct xh_tariff kepco = {
    .code = "kepco-residential-lv",
    .label_vi = "KEPCO sinh hoạt hạ áp",
    .label_en = "KEPCO homes, low voltage",
    .quantity = "energy.electricity",
    .unit = "kWh",
    .currency = "KRW",
    .minor_digits = 0,
    .components = kepco_components,
    .component_count = XH_COUNT(kepco_components),
    .total_rounding = XH_ROUND_TRUNCATE,
    .share_decimals = 0,
    .document_note_vi = "Giá của năm 2024, để so sánh.",
    .document_note_en = "Prices of 2024, to compare with.",
};

const struct xh_tariff *const xh__energy_tariffs[XH__ENERGY_TARIFFS] = {
    &residential,       &residential_5tier,    &prepaid,
    &production_ge110kv, &production_22to110kv, &production_6to22kv, &production_lt6kv,
    &business_ge22kv,   &business_6to22kv,     &business_lt6kv,     &kepco,
};
