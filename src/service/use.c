/* use.c: what was asked for: windows of local time, filled for one series or a place. */
#include <stdlib.h>
#include <string.h>

#include "service/use_internal.h"

/* ---- windows ---- */

static int too_many(struct xh_err *err)
{
    return xh_err_field(err, XH_E_TOO_LARGE, "period", XH_STR(""), "20000", "windows",
                        "more than %d windows were asked for: ask for less time or longer periods",
                        XH_USE_WINDOWS_MAX);
}

static int check_range(int64_t from_us, int64_t to_us, struct xh_err *err)
{
    char text[XH_TIME_TEXT_BYTES], limit[XH_TIME_TEXT_BYTES];
    if (from_us < to_us && from_us >= XH_TIME_MIN && to_us <= XH_TIME_MAX) {
        return XH_E_OK;
    }
    struct xh_str value = {text, xh_time_print(to_us, text)};
    (void)xh_time_print(from_us, limit);
    return xh_err_field(err, XH_E_INVALID, "to", value, limit, NULL,
                        "the time asked for must begin before it ends: from %s to %s", limit, text);
}

/* Whole periods, from that which holds the first instant to that which holds the last. */
static int make_edges(struct xh__use_plan *plan, int64_t from_us, int64_t to_us, struct xh_err *err)
{
    int64_t *edges_us = NULL;
    size_t capacity = 0, count = 0;
    struct xh_interval window = xh_zone_period(plan->zone, plan->period, from_us);
    for (;;) {
        edges_us = xh_arena_grow(plan->ctx->arena, edges_us, &capacity, count + 2,
                                 sizeof *edges_us);
        edges_us[count++] = window.from_us;
        edges_us[count] = window.to_us;
        if (window.to_us >= to_us) {
            break;
        }
        if (count == XH_USE_WINDOWS_MAX) {
            return too_many(err);
        }
        window = xh_zone_period(plan->zone, plan->period, window.to_us);
    }
    plan->edges_us = edges_us;
    plan->count = count;
    return XH_E_OK;
}

static void make_days(struct xh__use_plan *plan)
{
    int32_t from = xh_zone_day(plan->zone, plan->edges_us[0]);
    int32_t to = xh_zone_day(plan->zone, plan->edges_us[plan->count]);
    size_t window = 0;
    xh__use_days_make(plan->ctx->arena, plan->zone, from, to, &plan->days);
    uint32_t *window_of = XH_NEW_ARRAY(plan->ctx->arena, uint32_t, (size_t)(to - from));
    for (int32_t day = 0; day < to - from; day++) {
        while (plan->days.edges_us[day] >= plan->edges_us[window + 1]) {
            window++;
        }
        window_of[day] = (uint32_t)window;
    }
    plan->window_of = window_of;
    plan->has_days = true;
}

/* The longest asked for by years is some centuries: days are laid out one by one. */
static int check_days(const struct xh__use_plan *plan, struct xh_err *err)
{
    enum { DAYS_MAX = 200000 };
    int64_t days = (plan->edges_us[plan->count] - plan->edges_us[0]) / XH_US_PER_DAY;
    return days > DAYS_MAX ? too_many(err) : XH_E_OK;
}

/* Windows of the asker's own: straight from readings. */
static int own_windows(const struct xh_use_ask *ask, struct xh__use_plan *ret, struct xh_err *err)
{
    xh_assert(ask->series_id != 0);
    if (ask->window_count > XH_USE_WINDOWS_MAX) {
        return too_many(err);
    }
    ret->edges_us = ask->edges_us;
    ret->count = ask->window_count;
    return XH_E_OK;
}

static int plan_make(struct xh_ctx *ctx, const struct xh_use_ask *ask, const struct xh_zone *zone,
                     struct xh__use_plan *ret, struct xh_err *err)
{
    int64_t from_us = ask->from_us, to_us = ask->to_us;
    *ret = (struct xh__use_plan){
        .ctx = ctx,
        .period = ask->period,
        .as_known_us = ask->as_known_us != 0 ? ask->as_known_us : ctx->as_known_us,
        .zone = zone,
    };
    if (ask->window_count > 0) {
        return own_windows(ask, ret, err);
    }
    if (to_us == 0) {
        from_us = xh_zone_day_start_us(zone, ask->day_from);
        to_us = xh_zone_day_start_us(zone, ask->day_to);
    }
    int code = check_range(from_us, to_us, err);
    code = code < 0 ? code : make_edges(ret, from_us, to_us, err);
    if (code < 0 || ask->period == XH_PERIOD_HOUR) {
        return code;
    }
    code = check_days(ret, err);
    if (code >= 0) {
        make_days(ret);
    }
    return code;
}

/* ---- one series ---- */

int xh__use_check(const struct xh_series *series, struct xh_err *err)
{
    if (!series->is_gauge && !series->is_state) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_INVALID, "series", series->code,
                        "a register, interval or power series", NULL,
                        "series \"%.*s\" is a %s: it has values, but no consumption",
                        XH_STR_ARG(series->code), series->is_gauge ? "gauge" : "state");
}

static void add_to(struct xh_amount *window, struct xh_sum *sum, const struct xh_amount *day)
{
    xh_sum_add(sum, day->amount);
    window->reading_count += day->reading_count;
    window->covered_us += day->covered_us;
    window->flags |= day->flags;
}

static int fill_from_days(const struct xh__use_plan *plan, struct xh_rel_conn *conn,
                          const struct xh_series *series, struct xh_amount *amounts,
                          struct xh_err *err)
{
    size_t day_count = (size_t)(plan->days.day_to - plan->days.day_from);
    struct xh_amount *days = xh_alloc(day_count * sizeof *days);
    struct xh_sum *sums = xh_alloc(plan->count * sizeof *sums);
    int code = xh__use_days_get(xh_ctx_engine(plan->ctx), conn, series, &plan->days,
                                plan->as_known_us, days, NULL, err);
    memset(amounts, 0, plan->count * sizeof *amounts);
    for (size_t i = 0; code >= 0 && i < day_count; i++) {
        add_to(&amounts[plan->window_of[i]], &sums[plan->window_of[i]], &days[i]);
    }
    for (size_t i = 0; i < plan->count; i++) {
        amounts[i].amount = xh_sum_value(&sums[i]);
    }
    free(days);
    free(sums);
    return code;
}

int xh__use_fill(const struct xh__use_plan *plan, struct xh_rel_conn *conn,
                 const struct xh_series *series, struct xh_amount *ret_amounts, struct xh_err *err)
{
    if (plan->has_days) {
        return fill_from_days(plan, conn, series, ret_amounts, err);
    }
    return xh__use_walk(xh_ctx_engine(plan->ctx), series, plan->edges_us, plan->count,
                        plan->as_known_us, ret_amounts, NULL, err);
}

int xh_use_edges(struct xh_ctx *ctx, const struct xh_series *series, const int64_t *edges_us,
                 size_t window_count, int64_t as_known_us, struct xh_amount *ret_amounts,
                 struct xh_err *err)
{
    int code = xh__use_check(series, err);
    if (code < 0) {
        return code;
    }
    return xh__use_walk(xh_ctx_engine(ctx), series, edges_us, window_count,
                        as_known_us != 0 ? as_known_us : ctx->as_known_us, ret_amounts, NULL, err);
}

/* ---- asked ---- */

bool xh__use_is_silent(const struct xh_amount *amounts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (amounts[i].reading_count > 0 || amounts[i].covered_us > 0) {
            return false;
        }
    }
    return true;
}

static int use_series(const struct xh__use_plan *plan, const struct xh_series *series,
                      struct xh_amount *amounts, struct xh_use *ret, struct xh_err *err)
{
    struct xh_engine *engine = xh_ctx_engine(plan->ctx);
    struct xh_rel_conn *conn;
    int code = xh_rel_read_begin(engine->derived, &conn, err);
    if (code < 0) {
        return code;
    }
    code = xh__use_fill(plan, conn, series, amounts, err);
    xh_rel_read_end(engine->derived, conn);
    ret->unit = series->shown_unit->symbol;
    ret->series_count = 1;
    ret->silent_count = code >= 0 && xh__use_is_silent(amounts, plan->count);
    return code;
}

static int zone_of_ask(struct xh_ctx *ctx, const struct xh_use_ask *ask,
                       const struct xh_series **ret_series, const struct xh_zone **ret,
                       struct xh_err *err)
{
    *ret_series = NULL;
    if (ask->series_id == 0) {
        struct xh_err own = {0};
        *ret = xh_place_zone(ctx, ask->place_id, &own);
        if (*ret == NULL && err != NULL) {
            *err = own;
        }
        return *ret != NULL ? XH_E_OK : own.code < 0 ? own.code : XH_E_INVALID;
    }
    int code = xh_series_get_id(ctx, ask->series_id, ret_series, err);
    if (code >= 0) {
        code = xh__use_check(*ret_series, err);
        *ret = (*ret_series)->zone;
    }
    return code;
}

int xh_use(struct xh_ctx *ctx, const struct xh_use_ask *ask, struct xh_use *ret, struct xh_err *err)
{
    const struct xh_series *series = NULL;
    const struct xh_zone *zone = NULL;
    struct xh__use_plan plan;
    struct xh_use use = {0};
    xh_assert(ctx->txn == NULL);
    int code = zone_of_ask(ctx, ask, &series, &zone, err);
    code = code < 0 ? code : plan_make(ctx, ask, zone, &plan, err);
    if (code >= 0) {
        struct xh_amount *amounts = XH_NEW_ARRAY(ctx->arena, struct xh_amount, plan.count);
        use.edges_us = plan.edges_us;
        use.amounts = amounts;
        use.count = plan.count;
        use.zone = xh_zone_name(zone);
        code = series != NULL ? use_series(&plan, series, amounts, &use, err)
                              : xh__use_place(&plan, ask, amounts, &use, err);
    }
    xh_series_put(series);
    if (code >= 0) {
        *ret = use;
    }
    return code < 0 ? code : XH_E_OK;
}
