/* advice.c: the rules of advice.h. */
#include "domain/energy/advice.h"

#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/num.h"

static const double month_days = 30, watts_per_kwh_half_hour = 2000;
static const double night_share = 0.25, night_saved = 0.2;
static const double evening_least_kwh = 1, evening_saved = 0.2;
static const double day_times = 1.6;

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The value below which a share of them lies; sorts them. */
static double quantile(double *values, size_t count, double share)
{
    qsort(values, count, sizeof *values, compare);
    double at = share * (double)(count - 1);
    size_t i = (size_t)at;
    double part = at - (double)i;
    return i + 1 < count ? values[i] * (1 - part) + values[i + 1] * part : values[i];
}

/* Half hours [from, to) of a day; past midnight those of the same day's beginning. NAN when one is
 * not known. */
static double sum_of(const struct xh_advice_in *in, size_t day, int from, int to)
{
    struct xh_sum sum = {0};
    for (int h = from; h < to; h++) {
        xh_sum_add(&sum, in->kwh[day * XH_ADVICE_HALF_HOURS + (size_t)(h % XH_ADVICE_HALF_HOURS)]);
    }
    return xh_sum_value(&sum);
}

/* One number a whole day, into `values`; how many. */
static size_t collect(const struct xh_advice_in *in, int from, int to, double *values)
{
    size_t count = 0;
    for (size_t day = 0; day < in->day_count; day++) {
        double whole = sum_of(in, day, 0, XH_ADVICE_HALF_HOURS);
        if (!isnan(whole)) {
            values[count++] = sum_of(in, day, from, to);
        }
    }
    return count;
}

static double mean_of(const double *values, size_t count)
{
    struct xh_sum sum = {0};
    for (size_t i = 0; i < count; i++) {
        xh_sum_add(&sum, values[i]);
    }
    return xh_sum_value(&sum) / (double)count;
}

static struct xh_advice_tip night(const struct xh_advice_in *in, double *values)
{
    enum { FROM = 4, TO = 10 }; /* 2:00 to 5:00 */
    size_t count = collect(in, 0, XH_ADVICE_HALF_HOURS, values);
    double day_kwh = mean_of(values, count);
    count = 0;
    for (size_t i = 0; i < in->day_count * XH_ADVICE_HALF_HOURS; i++) {
        int h = (int)(i % XH_ADVICE_HALF_HOURS);
        if (h >= FROM && h < TO && !isnan(in->kwh[i])) {
            values[count++] = in->kwh[i];
        }
    }
    double half_hour = count > 0 ? quantile(values, count, 0.5) : 0;
    double always_kwh = half_hour * XH_ADVICE_HALF_HOURS;
    bool is_much = always_kwh > night_share * day_kwh;
    return (struct xh_advice_tip){
        .rule = XH_ADVICE_NIGHT,
        .saving_kwh = is_much ? night_saved * always_kwh * month_days : 0,
        .observed = half_hour * watts_per_kwh_half_hour,
        .usual = day_kwh,
    };
}

static struct xh_advice_tip evening(const struct xh_advice_in *in, double *values)
{
    enum { FROM = 38, TO = 52 }; /* 19:00 to 2:00 */
    size_t count = collect(in, FROM, TO, values);
    double mean = mean_of(values, count), calm = quantile(values, count, 0.25);
    double above = mean - calm;
    return (struct xh_advice_tip){
        .rule = XH_ADVICE_EVENING,
        .saving_kwh = above > evening_least_kwh ? evening_saved * above * month_days : 0,
        .observed = above,
        .usual = calm,
    };
}

static struct xh_advice_tip dear_day(const struct xh_advice_in *in, double *values)
{
    enum { LAST_DAYS = 7 };
    size_t count = collect(in, 0, XH_ADVICE_HALF_HOURS, values);
    struct xh_advice_tip tip = {.rule = XH_ADVICE_DAY, .usual = quantile(values, count, 0.5)};
    size_t first = in->day_count > LAST_DAYS ? in->day_count - LAST_DAYS : 0;
    for (size_t day = first; day < in->day_count; day++) {
        double kwh = sum_of(in, day, 0, XH_ADVICE_HALF_HOURS);
        if (kwh > tip.observed && kwh > day_times * tip.usual) {
            tip.observed = kwh;
            tip.day_index = day;
            tip.saving_kwh = kwh - tip.usual;
        }
    }
    return tip;
}

static int compare_tips(const void *a, const void *b)
{
    const struct xh_advice_tip *x = a, *y = b;
    return (x->saving_kwh < y->saving_kwh) - (x->saving_kwh > y->saving_kwh);
}

size_t xh_energy_advice(const struct xh_advice_in *in, struct xh_advice_tip ret[XH_ADVICE_RULES])
{
    struct xh_advice_tip tips[XH_ADVICE_RULES];
    size_t count = 0;
    double *values = xh_alloc((in->day_count * XH_ADVICE_HALF_HOURS + 1) * sizeof *values);
    if (collect(in, 0, XH_ADVICE_HALF_HOURS, values) >= XH_ADVICE_DAYS_LEAST) {
        tips[0] = night(in, values);
        tips[1] = evening(in, values);
        tips[2] = dear_day(in, values);
        for (size_t i = 0; i < XH_ADVICE_RULES; i++) {
            if (tips[i].saving_kwh > 0) {
                ret[count++] = tips[i];
            }
        }
        qsort(ret, count, sizeof *ret, compare_tips);
    }
    free(values);
    return count;
}
