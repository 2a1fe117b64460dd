/* use_compare.c: the time before, window by window.
 *
 * "previous" is the time of the same length that ends where this begins: whole months before whole
 * months (February before March), else as many days or as much time. "year" is the same dates of
 * the year before. What is compared in percent are only windows that are over and known on both
 * sides, so that half a month is never held against a whole one. */
#include <math.h>

#include "server/use_internal.h"

static int32_t add_months(int32_t day, int months)
{
    int year, month, day_of_month;
    xh_day_to_civil(day, &year, &month, &day_of_month);
    int index = year * 12 + (month - 1) + months;
    year = index / 12;
    month = index % 12 + 1;
    int days = xh_month_days(year, month);
    return xh_day_from_civil(year, month, day_of_month < days ? day_of_month : days);
}

static bool is_first_of_month(int32_t day)
{
    int year, month, day_of_month;
    xh_day_to_civil(day, &year, &month, &day_of_month);
    return day_of_month == 1;
}

static int months_between(int32_t from, int32_t to)
{
    int year_from, month_from, year_to, month_to, day;
    xh_day_to_civil(from, &year_from, &month_from, &day);
    xh_day_to_civil(to, &year_to, &month_to, &day);
    return (year_to - year_from) * 12 + month_to - month_from;
}

static void shift_days(const struct xh__use_view *view, int32_t from, int32_t to,
                       struct xh_use_ask *ask)
{
    bool is_months = is_first_of_month(from) && is_first_of_month(to);
    int32_t before_from, before_to;
    if (view->compare == XH__COMPARE_YEAR) {
        before_from = add_months(from, -12);
        before_to = add_months(to, -12);
    } else {
        before_to = from;
        before_from = is_months ? add_months(from, -months_between(from, to)) : from - (to - from);
    }
    ask->from_us = xh_zone_day_start_us(view->zone, before_from);
    ask->to_us = xh_zone_day_start_us(view->zone, before_to);
}

static void shift(const struct xh__use_view *view, struct xh_use_ask *ask)
{
    int64_t from_us = view->use.edges_us[0], to_us = view->use.edges_us[view->use.count];
    int32_t from = xh_zone_day(view->zone, from_us), to = xh_zone_day(view->zone, to_us);
    bool is_days = xh_zone_day_start_us(view->zone, from) == from_us &&
                   xh_zone_day_start_us(view->zone, to) == to_us;
    if (is_days) {
        shift_days(view, from, to, ask);
    } else if (view->compare == XH__COMPARE_YEAR) {
        int64_t back_us = (from - (int64_t)add_months(from, -12)) * XH_US_PER_DAY;
        ask->from_us = from_us - back_us;
        ask->to_us = to_us - back_us;
    } else {
        ask->from_us = from_us - (to_us - from_us);
        ask->to_us = from_us;
    }
}

static void compare(struct xh__use_view *view)
{
    struct xh_sum now = {0}, before = {0};
    for (size_t i = 0; i < view->use.count && i < view->before.count; i++) {
        bool is_over = view->use.edges_us[i + 1] <= view->now_us;
        if (is_over && xh__amount_is_known(&view->use.amounts[i]) &&
            xh__amount_is_known(&view->before.amounts[i])) {
            xh_sum_add(&now, view->use.amounts[i].amount);
            xh_sum_add(&before, view->before.amounts[i].amount);
            view->compared_count++;
        }
    }
    view->compared_now = xh_sum_value(&now);
    view->compared_before = xh_sum_value(&before);
    if (view->compared_count > 0 && view->compared_before > 0) {
        view->change_percent = (view->compared_now / view->compared_before - 1) * 100;
        view->has_change = isfinite(view->change_percent);
    }
}

int xh__use_compare(struct xh__request *req, struct xh__use_view *view, struct xh_err *err)
{
    struct xh_use_ask ask = view->ask;
    shift(view, &ask);
    int code = xh_use(&req->ctx, &ask, &view->before, err);
    if (code >= 0) {
        view->has_before = true;
        view->has_before_total = xh__use_total(&view->before, &view->before_total);
        compare(view);
    }
    return code;
}
