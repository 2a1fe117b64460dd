/* month_forecast.c: means of weekdays, and how far they were off. */
#include "kernel/month_forecast.h"

#include <math.h>

#include "base/num.h"

static const double eighty_of_hundred = 1.2816; /* standard normal, 10 % beyond on either side */

static double amount_of(const struct xh_day_series *days, int32_t day)
{
    int64_t i = (int64_t)day - days->day_from;
    return i >= 0 && i < (int64_t)days->count ? days->daily[i] : NAN;
}

/* The mean of every `step`-th day of the four weeks before `today`, from `back` days ago. */
static double mean_of(const struct xh_day_series *days, int32_t today, int back, int step,
                      int *ret_count)
{
    struct xh_sum sum = {0};
    int count = 0;
    for (int ago = back; ago <= XH_FORECAST_DAYS; ago += step) {
        double amount = amount_of(days, today - ago);
        if (!isnan(amount)) {
            xh_sum_add(&sum, amount);
            count++;
        }
    }
    *ret_count = count;
    return count > 0 ? xh_sum_value(&sum) / count : NAN;
}

double xh_forecast_day(const struct xh_day_series *days, int32_t today, int32_t day)
{
    int count;
    int32_t ahead = day - today;
    int back = 7 - (int)(((ahead % 7) + 7) % 7); /* the same weekday, 1 to 7 days before today */
    double mean = mean_of(days, today, back, 7, &count);
    return count > 0 ? mean : mean_of(days, today, 1, 1, &count);
}

/* Root mean square of what the rule, and the day before, missed on the last known days. */
static void look_back(const struct xh_day_series *days, int32_t today,
                      struct xh_month_forecast *ret)
{
    struct xh_sum squares = {0}, naive = {0};
    int count = 0, naive_count = 0;
    for (int32_t day = today - XH_FORECAST_DAYS; day < today; day++) {
        double amount = amount_of(days, day), before = amount_of(days, day - 1);
        double expected = xh_forecast_day(days, day, day);
        if (!isnan(amount) && !isnan(expected)) {
            xh_sum_add(&squares, (amount - expected) * (amount - expected));
            count++;
        }
        if (!isnan(amount) && !isnan(before)) {
            xh_sum_add(&naive, (amount - before) * (amount - before));
            naive_count++;
        }
    }
    ret->error_per_day = count > 0 ? sqrt(xh_sum_value(&squares) / count) : NAN;
    ret->naive_error_per_day = naive_count > 0 ? sqrt(xh_sum_value(&naive) / naive_count) : NAN;
}

void xh_month_forecast(const struct xh_day_series *days, int32_t month_to, double so_far,
                       struct xh_month_forecast *ret)
{
    int32_t today = days->day_from + (int32_t)days->count - 1;
    struct xh_month_forecast f = {.total = so_far, .low = so_far, .high = so_far};
    struct xh_sum rest = {0};
    int known;
    (void)mean_of(days, today, 1, 1, &known);
    look_back(days, today, &f);
    f.has_forecast = known >= XH_FORECAST_DAYS_LEAST && !isnan(f.error_per_day);
    if (!f.has_forecast) {
        *ret = f;
        return;
    }
    double used_today = amount_of(days, today);
    double of_today = xh_forecast_day(days, today, today);
    xh_sum_add(&rest, fmax(0, of_today - (isnan(used_today) ? 0 : used_today)));
    for (int32_t day = today + 1; day < month_to; day++) {
        xh_sum_add(&rest, xh_forecast_day(days, today, day));
    }
    double to_come = month_to - today - 1;
    double range = eighty_of_hundred * f.error_per_day *
                   sqrt(to_come + to_come * to_come / (double)known);
    f.total = so_far + fmax(0, xh_sum_value(&rest));
    f.low = fmax(so_far, f.total - range);
    f.high = f.total + range;
    *ret = f;
}
