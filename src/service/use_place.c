/* use_place.c: the consumption of a place: the sum over the series that count for it. */
#include <stdlib.h>
#include <string.h>

#include "service/use_internal.h"

struct total {
    const struct xh__use_plan *plan;
    struct xh_rel_conn *conn;
    struct xh_amount *amounts; /* the place's */
    struct xh_sum *sums;
    struct xh_amount *one;     /* a series' */
    size_t series_count, silent_count;
    const struct xh_unit *unit;
};

/* Series of a property that no room knows may come in different units: then there is no sum. */
static int check_unit(struct total *t, const struct xh_series *series, struct xh_err *err)
{
    if (t->unit == NULL || t->unit == series->shown_unit) {
        t->unit = series->shown_unit;
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_INVALID, "quantity", series->quantity_name, t->unit->symbol, NULL,
                        "series \"%.*s\" is in %s, others are in %s: they cannot be added",
                        XH_STR_ARG(series->code), series->shown_unit->symbol, t->unit->symbol);
}

static int add_series(struct total *t, const struct xh_series *series, struct xh_err *err)
{
    size_t count = t->plan->count;
    int code = check_unit(t, series, err);
    code = code < 0 ? code : xh__use_fill(t->plan, t->conn, series, t->one, err);
    if (code < 0) {
        return code;
    }
    for (size_t i = 0; i < count; i++) {
        xh_sum_add(&t->sums[i], t->one[i].amount);
        t->amounts[i].reading_count += t->one[i].reading_count;
        t->amounts[i].covered_us += t->one[i].covered_us;
        t->amounts[i].flags |= t->one[i].flags;
    }
    t->series_count++;
    t->silent_count += xh__use_is_silent(t->one, count);
    return XH_E_OK;
}

/* ---- many series ---- */

static void add_total(struct total *t, const struct xh__use_day_sum *day, size_t window)
{
    struct xh_amount *amount = &t->amounts[window];
    xh_sum_merge(&t->sums[window], &day->sum);
    amount->reading_count += day->reading_count;
    amount->covered_us += day->covered_us;
    amount->flags |= day->flags;
}

static int add_summed(struct total *t, const struct xh_series *const *series, size_t count,
                      struct xh_err *err)
{
    const struct xh__use_plan *plan = t->plan;
    size_t day_count = (size_t)(plan->days.day_to - plan->days.day_from);
    struct xh__use_day_sum *days = xh_alloc(day_count * sizeof *days);
    memset(days, 0, day_count * sizeof *days);
    int code = xh__use_sum_days(plan, series, count, days, &t->silent_count, err);
    for (size_t i = 0; code >= 0 && i < day_count; i++) {
        add_total(t, &days[i], plan->window_of[i]);
    }
    t->series_count += count;
    free(days);
    return code;
}

/* Few are added up as fast as sums are looked up; the past is computed anew. */
static bool has_sums(const struct xh__use_plan *plan, size_t count)
{
    enum { SUMMED_MIN = 8 };
    return plan->has_days && plan->as_known_us == 0 && count >= SUMMED_MIN;
}

/* Covered is that of the series on average, so that it stays a part of the window. */
static void finish(struct total *t)
{
    for (size_t i = 0; i < t->plan->count; i++) {
        struct xh_amount *a = &t->amounts[i];
        a->amount = xh_sum_value(&t->sums[i]);
        if (t->series_count > 0) {
            a->covered_us /= (int64_t)t->series_count;
        } else {
            a->flags = XH_AMOUNT_INCOMPLETE;
        }
    }
}

/* Those of the place's own zone as sums of blocks, the others one by one. */
static int add_all(struct total *t, const struct xh_series **series, size_t count,
                   struct xh_err *err)
{
    const struct xh_series **summed = xh_alloc((count + 1) * sizeof *summed);
    size_t summed_count = 0;
    bool may_sum = has_sums(t->plan, count);
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < count; i++) {
        if (series[i]->is_gauge || series[i]->is_state) {
            continue;
        }
        if (may_sum && series[i]->zone == t->plan->zone) {
            summed[summed_count++] = series[i];
            code = check_unit(t, series[i], err);
        } else {
            code = add_series(t, series[i], err);
        }
    }
    if (code >= 0 && summed_count > 0) {
        code = add_summed(t, summed, summed_count, err);
    }
    free(summed);
    return code;
}

/* Even where nothing is measured an answer has a unit. */
static const char *unit_of(const struct total *t, const struct xh_use_ask *ask)
{
    if (t->unit != NULL) {
        return t->unit->symbol;
    }
    const struct xh_quantity *quantity = xh_engine_quantity(xh_ctx_engine(t->plan->ctx),
                                                            xh_str_from(ask->quantity));
    return quantity != NULL ? quantity->unit : "";
}

int xh__use_place(const struct xh__use_plan *plan, const struct xh_use_ask *ask,
                  struct xh_amount *amounts, struct xh_use *ret, struct xh_err *err)
{
    struct xh_engine *engine = xh_ctx_engine(plan->ctx);
    struct total t = {.plan = plan, .amounts = amounts};
    const struct xh_series **series = NULL;
    size_t count = 0;
    if (ask->quantity == NULL) {
        return xh_err_field(err, XH_E_INVALID, "quantity", XH_STR(""), "a quantity's full name",
                            NULL, "the use of a place is that of one quantity: name it");
    }
    int code = xh_series_of_place(plan->ctx, ask->place_id, ask->quantity, &series, &count, err);
    if (code < 0) {
        return code;
    }
    memset(amounts, 0, plan->count * sizeof *amounts);
    t.sums = xh_alloc(plan->count * sizeof *t.sums);
    t.one = xh_alloc(plan->count * sizeof *t.one);
    code = xh_rel_read_begin(engine->derived, &t.conn, err);
    if (code >= 0) {
        code = add_all(&t, series, count, err);
        xh_rel_read_end(engine->derived, t.conn);
    }
    finish(&t);
    ret->unit = unit_of(&t, ask);
    ret->series_count = t.series_count;
    ret->silent_count = t.silent_count;
    for (size_t i = 0; i < count; i++) {
        xh_series_put(series[i]);
    }
    free(t.sums);
    free(t.one);
    return code;
}
