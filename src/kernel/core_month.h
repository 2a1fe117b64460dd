/* core_month.h: core.month_so_far, the action that says what the month has come to so far on a
 * meter, what that costs, and what the whole month may come to.
 *
 *   quantity   whole local days since the 1st and today's part, from readings
 *   amount     of the meter's tariff on that quantity, by the tiers of the whole month: the month
 *              is not over, its tiers are not shared by days. Of a tariff by hours each half hour
 *              counts in its band.
 *   forecast   kernel/month_forecast.h; money of it is rounded to thousands of a currency without
 *              decimals, to whole units of others, for it is no exacter than that
 *   tiers      of the price list in force on the month's last day, limits times households or
 *              persons; the day on which each began, or will by the forecast
 *   before     the same whole days of the month before, and of the same month a year before
 *
 * `day` asks as of the end of that day; without it, as of now. Rooms read the same by
 * xh_core_month_read and ask what another quantity would have cost.
 */
#ifndef XH_KERNEL_CORE_MONTH_H
#define XH_KERNEL_CORE_MONTH_H

#include "kernel/host.h"
#include "kernel/month_forecast.h"

enum { XH_MONTH_TIERS_MAX = 16 };

/* A step of the price list. Days: XH_DAY_OPEN_END when it is not reached in this month. */
struct xh_month_tier {
    const struct xh_dated *row;
    double from, to;              /* of the month's quantity, after heads; `to` INFINITY: open */
    int32_t first_day;
    bool is_expected;             /* first_day is the forecast's */
    struct xh_dec quantity, amount; /* so far; before tax */
};

struct xh_month {
    int64_t series_id;
    struct xh_str code, name;
    const struct xh_tariff *tariff;
    struct xh_dated_set rows;
    int32_t heads;
    int32_t month_from, month_to, today;
    bool is_day_over;             /* all of today is counted */
    double scale;                 /* from the series' unit to the tariff's */
    struct xh_day_series days;    /* up to today, in the tariff's unit; more than a year of them */
    unsigned flags;               /* of the month's days: enum xh_amount_flags */
    int missing_days;             /* days of the month before today without a reading */
    struct xh_usage *usage;       /* of the month, by day and band */
    size_t usage_count;
    double so_far;
    struct xh_charge charge;      /* of usage */
    struct xh_month_forecast forecast;
};

/* Errors: XH_E_NOT_FOUND (no such series, or not for who), XH_E_INVALID (a series without a tariff
 * or whose unit is not the tariff's; a day to come), and those of xh_charge. In ctx->arena. */
int xh_core_month_read(struct xh_ctx *ctx, int64_t series_id, bool has_day, int32_t day,
                       struct xh_month *ret, struct xh_err *err);
/* What the whole month costs when it comes to `quantity`, shared by bands as so far. */
int xh_core_month_cost(struct xh_ctx *ctx, const struct xh_month *month, double quantity,
                       int64_t *ret_minor, struct xh_err *err);
/* Its steps, at most XH_MONTH_TIERS_MAX; none under a tariff without blocks. */
size_t xh_core_month_tiers(struct xh_ctx *ctx, const struct xh_month *month,
                           struct xh_month_tier ret_tiers[XH_MONTH_TIERS_MAX]);
/* What days [from, to) make up; false when one of them is not known. */
bool xh_core_month_sum(const struct xh_month *month, int32_t from, int32_t to, double *ret);

extern const struct xh_shape xh_core_month_in, xh_core_month_out;
xh_run_fn xh_core_month;

#endif
