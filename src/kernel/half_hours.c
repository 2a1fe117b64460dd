/* half_hours.c: days cut into half hours. */
#include "kernel/half_hours.h"

static int64_t half_hour_us(int h)
{
    return (int64_t)h * XH_HALF_HOUR_MINUTES * 60 * XH_US_PER_S;
}

/* Edges between the starts of two days; they ascend even where the day is too short for 48. */
static void cut_day(int64_t start_us, int64_t end_us, int64_t *edges_us)
{
    for (int h = 0; h < XH_HALF_HOURS_A_DAY; h++) {
        int64_t at_us = start_us + half_hour_us(h);
        int64_t latest_us = end_us - (XH_HALF_HOURS_A_DAY - h);
        edges_us[h] = at_us < latest_us ? at_us : latest_us;
    }
    edges_us[XH_HALF_HOURS_A_DAY] = end_us;
}

static int check_days(int32_t day_from, int32_t day_to, struct xh_err *err)
{
    if (day_from < day_to && day_to - day_from <= XH_HALF_HOURS_DAYS_MAX) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_INVALID, "to", XH_STR(""), "1 to 366 days after from", "days",
                        "half hours are told of 1 to %d days", XH_HALF_HOURS_DAYS_MAX);
}

int xh_half_hours_read(struct xh_ctx *ctx, int64_t series_id, int32_t day_from, int32_t day_to,
                       struct xh_half_hours *ret, struct xh_err *err)
{
    struct xh_use_ask ask = {.series_id = series_id, .day_from = day_from, .day_to = day_to,
                             .period = XH_PERIOD_DAY};
    struct xh_use days = {0}, use = {0};
    int code = check_days(day_from, day_to, err);
    code = code < 0 ? code : ctx->host->use(ctx, &ask, &days, err);
    if (code < 0) {
        return code;
    }
    size_t count = days.count * XH_HALF_HOURS_A_DAY;
    int64_t *edges_us = XH_NEW_ARRAY(ctx->arena, int64_t, count + 1);
    for (size_t i = 0; i < days.count; i++) {
        cut_day(days.edges_us[i], days.edges_us[i + 1], &edges_us[i * XH_HALF_HOURS_A_DAY]);
    }
    ask = (struct xh_use_ask){.series_id = series_id, .edges_us = edges_us, .window_count = count};
    code = ctx->host->use(ctx, &ask, &use, err);
    if (code >= 0) {
        *ret = (struct xh_half_hours){day_from, day_to, use.amounts, count, use.unit};
    }
    return code < 0 ? code : XH_E_OK;
}
