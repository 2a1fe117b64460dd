/* indicators.c: water used at a place. */
#include "domain/water/water_internal.h"
#include "kernel/indicator_use.h"

static int run_consumption(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                           struct xh_err *err)
{
    struct xh_indicator_use use;
    int code = xh_indicator_use_read(ctx, in->doc, "water.consumption", "m3", &use, err);
    if (code == 0) {
        xh_indicator_use_write(&use, "water.consumption", "m3", out->doc);
    }
    return code;
}

const struct xh_indicator xh__water_indicators[XH__WATER_INDICATORS] = {
    {
        .name = "consumption_m3",
        .label_vi = "Nước tiêu thụ",
        .label_en = "Water used",
        .unit = "m3",
        .formula_vi = "tổng lượng nước các đồng hồ tại địa điểm và bên dưới",
        .formula_en = "sum of the water of all meters at the place and below it",
        .numerator_vi = "lượng nước",
        .numerator_en = "water",
        .access = {XH_ROLE_ANY, 0, 0, 0},
        .run = run_consumption,
    },
};
