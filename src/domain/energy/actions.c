/* actions.c: carbon and oil equivalent of an amount, as questions. They write nothing. */
#include "domain/energy/energy_internal.h"
#include "domain/energy/ghg.h"
#include "domain/energy/toe.h"

#include "base/num.h"

#define FIELD(name, type, flags, unit, vi, en)                                                     \
    {name, type, flags, vi, en, unit, 0, 0, 0, NULL, NULL, NULL, NULL}
#define ROW_FIELDS                                                                                 \
    FIELD("factor", XH_T_DEC, 0, NULL, "Hệ số", "Factor"),                                         \
        FIELD("factor_unit", XH_T_TEXT, 0, NULL, "Đơn vị hệ số", "Unit of the factor"),            \
        FIELD("factor_code", XH_T_TEXT, 0, NULL, "Mã hệ số", "Code of the factor"),                \
        FIELD("document", XH_T_TEXT, 0, NULL, "Văn bản", "Document"),                              \
        FIELD("verified", XH_T_TEXT, 0, NULL, "Kiểm chứng", "Verified")

static const struct xh_field carbon_in_fields[] = {
    FIELD("energy_kwh", XH_T_DEC, XH_F_REQUIRED, "kWh", "Điện năng", "Electricity"),
    {"year", XH_T_INT, XH_F_REQUIRED, "Năm", "Year", NULL, 1990, 2200, 0, NULL, NULL, NULL, NULL},
};
static const struct xh_shape carbon_in = XH_SHAPE(carbon_in_fields);
static const struct xh_field carbon_out_fields[] = {
    FIELD("ghg_kgco2", XH_T_DEC, 0, "kgCO2", "Phát thải CO2", "CO2 emitted"),
    FIELD("factor_year", XH_T_INT, 0, NULL, "Năm của hệ số", "Year of the factor"),
    FIELD("is_earlier", XH_T_BOOL, 0, NULL, "Hệ số của năm trước", "Factor of an earlier year"),
    ROW_FIELDS,
};
static const struct xh_shape carbon_out = XH_SHAPE(carbon_out_fields);

static const struct xh_field toe_in_fields[] = {
    FIELD("fuel", XH_T_TEXT, XH_F_REQUIRED, NULL, "Nhiên liệu", "Fuel"),
    FIELD("quantity", XH_T_DEC, XH_F_REQUIRED, NULL, "Lượng, theo đơn vị của hệ số",
          "Quantity, in the factor's unit"),
};
static const struct xh_shape toe_in = XH_SHAPE(toe_in_fields);
static const struct xh_field toe_out_fields[] = {
    FIELD("toe", XH_T_DEC, 0, NULL, "TOE", "TOE"),
    FIELD("toe_high", XH_T_DEC, 0, NULL, "TOE, theo hệ số cao nhất", "TOE by the highest factor"),
    ROW_FIELDS,
};
static const struct xh_shape toe_out = XH_SHAPE(toe_out_fields);

static void write_row(struct xh_doc *out, const struct xh_dated *row)
{
    static const char *const verified[] = {"no", "partial", "yes"};
    xh_doc_set_dec(out, "factor", row->value);
    xh_doc_set_text(out, "factor_unit", row->unit);
    xh_doc_set_text(out, "factor_code", row->code);
    xh_doc_set_text(out, "document", row->document);
    xh_doc_set_string(out, "verified", verified[row->verified]);
}

static int run_carbon(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                      struct xh_err *err)
{
    struct xh_dated_set rows;
    struct xh_energy_ghg ghg;
    int64_t year = 0;
    int code = ctx->host->dated(ctx, &rows, err);
    if (code == 0) {
        code = xh_energy_ghg(&rows, XH_STR(XH_ENERGY_GRID_VN), (int)xh_doc_int(in->doc, "year"),
                             xh_doc_dec(in->doc, "energy_kwh"), &ghg, err);
    }
    if (code < 0) {
        return code;
    }
    xh_doc_set_dec(out->doc, "ghg_kgco2", ghg.kg_co2);
    if (xh_int_parse(ghg.row->item, &year) == 0) {
        xh_doc_set_int(out->doc, "factor_year", year);
    }
    xh_doc_set_int(out->doc, "is_earlier", ghg.is_earlier);
    write_row(out->doc, ghg.row);
    return 0;
}

static int run_toe(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                   struct xh_err *err)
{
    struct xh_dated_set rows;
    struct xh_energy_toe toe;
    int32_t today = (int32_t)(ctx->now_us / XH_US_PER_DAY); /* the factors changed last in 2011 */
    int code = ctx->host->dated(ctx, &rows, err);

    if (code == 0) {
        code = xh_energy_toe(&rows, xh_doc_text(in->doc, "fuel"), xh_doc_dec(in->doc, "quantity"),
                             today, &toe, err);
    }
    if (code < 0) {
        return code;
    }
    xh_doc_set_dec(out->doc, "toe", toe.toe);
    xh_doc_set_dec(out->doc, "toe_high", toe.toe_high);
    write_row(out->doc, toe.row);
    return 0;
}

const struct xh_action xh__energy_actions[XH__ENERGY_ACTIONS] = {
    {
        .name = "advice",
        .label_vi = "Một việc nên làm",
        .label_en = "One thing to do",
        .in = &xh__energy_advice_in,
        .out = &xh__energy_advice_out,
        .access = {XH_ROLE_ANY, 0, XH_ROLE_ANY, 0},
        .is_read = true,
        .run = xh__energy_advise,
        .help_vi = "Từ chính số đo nửa giờ của nhà: nên làm gì, bớt được bao nhiêu tiền, vì sao.",
        .help_en = "From a home's own half hours: what to do, what it saves, and why.",
    },
    {
        .name = "carbon",
        .label_vi = "Phát thải CO2 của điện năng",
        .label_en = "CO2 of electricity",
        .in = &carbon_in,
        .out = &carbon_out,
        .access = {XH_ROLE_ANY, 0, XH_ROLE_ANY, 0},
        .is_read = true,
        .run = run_carbon,
        .help_vi = "kWh × hệ số phát thải lưới điện Việt Nam của năm.",
        .help_en = "kWh × the emission factor of Vietnam's grid of the year.",
    },
    {
        .name = "peak_what_if",
        .label_vi = "Khung giờ mới thì sao?",
        .label_en = "What would the new hours do?",
        .in = &xh__energy_peak_in,
        .out = &xh__energy_peak_out,
        .access = {XH_ROLE_ANY, 0, XH_ROLE_ANY, 0},
        .is_read = true,
        .run = xh__energy_peak_ask,
        .help_vi = "Tiền điện theo khung giờ cũ, theo Quyết định 963, khi chuyển ca và khi có điện "
                   "mặt trời mái nhà; một phép thử.",
        .help_en = "The bill by the hours of 2014, by Decision 963, with work shifted and with a "
                   "roof; a what-if.",
    },
    {
        .name = "toe",
        .label_vi = "Quy đổi ra TOE",
        .label_en = "Tonnes of oil equivalent",
        .in = &toe_in,
        .out = &toe_out,
        .access = {XH_ROLE_ANY, 0, XH_ROLE_ANY, 0},
        .is_read = true,
        .run = run_toe,
        .help_vi = "Lượng nhiên liệu × hệ số của Công văn 3505/BCT-KHCN.",
        .help_en = "Quantity of a fuel × the factor of official letter 3505/BCT-KHCN.",
    },
};
