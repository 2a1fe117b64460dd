/* indicators.c: energy of a place, and what its electricity emits. */
#include "kernel/indicator_use.h"

#include "domain/energy/energy_internal.h"
#include "domain/energy/ghg.h"

enum { KWH_DECIMALS = 6 };

static int run_use(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                   const char *quantity, struct xh_err *err)
{
    struct xh_indicator_use use;
    int code = xh_indicator_use_read(ctx, in->doc, quantity, "kWh", &use, err);
    if (code == 0) {
        xh_indicator_use_write(&use, quantity, "kWh", out->doc);
    }
    return code;
}

static int run_consumption(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                           struct xh_err *err)
{
    return run_use(ctx, in, out, "energy.electricity", err);
}

static int run_production(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                          struct xh_err *err)
{
    return run_use(ctx, in, out, "energy.solar", err);
}

/* kWh of the days that lie in one year; *day moves on to the next year's first. */
static double energy_of_year(const struct xh_indicator_use *use, int32_t *day, int year)
{
    struct xh_sum sum = {0};
    int32_t end = xh_day_from_civil(year + 1, 1, 1);
    for (; *day < use->day_to && *day < end; ++*day) {
        xh_sum_add(&sum, use->daily[*day - use->day_from]);
    }
    return xh_sum_value(&sum);
}

/* Years in their order, each with its own factor. */
static int add_up_ghg(struct xh_ctx *ctx, const struct xh_indicator_use *use, struct xh_doc *out,
                      struct xh_err *err)
{
    struct xh_dated_set rows;
    struct xh_sum sum = {0};
    const struct xh_dated *last = NULL;
    bool is_earlier = false;
    int code = ctx->host->dated(ctx, &rows, err);
    for (int32_t day = use->day_from; day < use->day_to && code == 0;) {
        struct xh_energy_ghg ghg;
        struct xh_dec energy_kwh;
        int year, month, of_month;
        xh_day_to_civil(day, &year, &month, &of_month);
        code = xh_dec_from_double(energy_of_year(use, &day, year), KWH_DECIMALS, &energy_kwh, err);
        if (code == 0) {
            code = xh_energy_ghg(&rows, XH_STR(XH_ENERGY_GRID_VN), year, energy_kwh, &ghg, err);
        }
        if (code < 0) {
            return code;
        }
        xh_sum_add(&sum, xh_dec_to_double(ghg.kg_co2));
        is_earlier = is_earlier || ghg.is_earlier;
        if (ghg.row != last) {
            xh_indicator_write_row(out, ghg.row);
        }
        last = ghg.row;
    }
    if (code < 0) {
        return code;
    }
    xh_doc_set_real(out, "value", xh_sum_value(&sum));
    xh_doc_set_real(out, "numerator", xh_sum_value(&sum));
    if (is_earlier) {
        xh_doc_set_text(out, "note",
                        xh_arena_format(ctx->arena, "no factor of the year yet: that of %.*s",
                                        XH_STR_ARG(last->item)));
    }
    return 0;
}

static int run_ghg(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                   struct xh_err *err)
{
    struct xh_indicator_use use;
    int code = xh_indicator_use_read(ctx, in->doc, "energy.electricity", "kWh", &use, err);
    if (code < 0) {
        return code;
    }
    xh_indicator_use_write(&use, "energy.electricity", "kWh", out->doc);
    return use.series_count > use.silent_count ? add_up_ghg(ctx, &use, out->doc, err) : 0;
}

const struct xh_indicator xh__energy_indicators[XH__ENERGY_INDICATORS] = {
    {
        .name = "consumption_kwh",
        .label_vi = "Điện năng tiêu thụ",
        .label_en = "Electricity used",
        .unit = "kWh",
        .formula_vi = "tổng điện năng các công tơ tại địa điểm và bên dưới",
        .formula_en = "sum of the electricity of all meters at the place and below it",
        .numerator_vi = "điện năng",
        .numerator_en = "electricity",
        .access = {XH_ROLE_ANY, 0, 0, 0},
        .run = run_consumption,
    },
    {
        .name = "ghg_kgco2",
        .label_vi = "Phát thải CO2 của điện lưới",
        .label_en = "CO2 of grid electricity",
        .unit = "kgCO2",
        .formula_vi = "điện năng của từng năm × hệ số phát thải lưới điện năm đó",
        .formula_en = "electricity of each year × the grid's emission factor of that year",
        .numerator_vi = "CO2",
        .numerator_en = "CO2",
        .access = {XH_ROLE_ANY, 0, 0, 0},
        .run = run_ghg,
    },
    {
        .name = "production_kwh",
        .label_vi = "Điện mặt trời tạo ra",
        .label_en = "Solar electricity made",
        .unit = "kWh",
        .formula_vi = "tổng điện năng các công tơ điện mặt trời tại địa điểm và bên dưới",
        .formula_en = "sum of the electricity of all solar meters at the place and below it",
        .numerator_vi = "điện năng",
        .numerator_en = "electricity",
        .access = {XH_ROLE_ANY, 0, 0, 0},
        .run = run_production,
    },
};
