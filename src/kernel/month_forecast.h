/* month_forecast.h: what a month will come to, from the days before. Pure.
 *
 * A day to come is taken as the mean of the same weekday in the four weeks before today (those of
 * them that are known; when none is, the mean of all known days of these weeks). Of today counts
 * what is used already, or the expected day when that is more.
 *
 * The range is that of 80 cases in 100, from how far the same rule was off on the days that are
 * known: with s the root mean square of its errors over the last 28 days, n days to come and m days
 * behind the means,
 *
 *     total +- 1.2816 s sqrt(n + n n / m)
 *
 * (independent days, a mean of m of them; G. Cowan, Statistical Data Analysis, 1998, section 10.2
 * tells such intervals). It knows nothing of weather or holidays, and says so by its width only.
 */
#ifndef XH_KERNEL_MONTH_FORECAST_H
#define XH_KERNEL_MONTH_FORECAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { XH_FORECAST_WEEKS = 4, XH_FORECAST_DAYS = 28, XH_FORECAST_DAYS_LEAST = 7 };

/* Days one after the other; NAN where nothing is known. daily[i] is day_from + i; the last one is
 * today, of which only a part has passed. */
struct xh_day_series {
    const double *daily;
    int32_t day_from;
    size_t count;
};

struct xh_month_forecast {
    bool has_forecast;        /* false: fewer than 7 days of the last 28 are known */
    double total, low, high;  /* of the month; low is never below what is used already */
    double error_per_day;     /* s above */
    double naive_error_per_day; /* of the rule "as the day before", to compare with */
};

/* The expected amount of `day`, seen from the days before `today`; NAN when none is known. */
double xh_forecast_day(const struct xh_day_series *days, int32_t today, int32_t day);

/* [month_from, month_to) holds today; so_far: what its days up to now make up. */
void xh_month_forecast(const struct xh_day_series *days, int32_t month_to, double so_far,
                       struct xh_month_forecast *ret);

#endif
