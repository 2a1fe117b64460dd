/* core_month.c: the month so far, read and charged. What is said of it: core_month_say.c. */
#include "kernel/core_month.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/unit.h"
#include "kernel/half_hours.h"

enum {
    QUANTITY_DECIMALS = 3, /* of a quantity on a bill: Wh, litres */
    FINE_DECIMALS = 9,     /* what lies beyond is noise of the double */
    BANDS_MAX = 16
};

/* ---- the series ---- */

static int find_tariff(struct xh_ctx *ctx, const struct xh_record *series, struct xh_month *m,
                       struct xh_err *err)
{
    struct xh_str code = xh_doc_text(series->doc, "tariff");
    m->tariff = code.len > 0 ? ctx->host->tariff(ctx, code) : NULL;
    if (m->tariff == NULL) {
        return xh_err_field(err, XH_E_INVALID, "tariff", code, "a tariff's code", NULL,
                            "series \"%.*s\" has no tariff: what it costs is not known",
                            XH_STR_ARG(xh_doc_text(series->doc, "code")));
    }
    return XH_E_OK;
}

/* Households or persons as the owner has declared them; who may not see the owner counts one. */
static int find_heads(struct xh_ctx *ctx, int64_t owner_id, struct xh_month *m, struct xh_err *err)
{
    struct xh_record owner;
    if (m->tariff->head_vi == NULL || owner_id == 0) {
        return XH_E_OK;
    }
    int code = ctx->host->record_get(ctx, "core.party", owner_id, &owner, err);
    if (code == XH_E_NOT_FOUND || code == XH_E_FORBIDDEN) {
        xh_err_clear(err);
        return XH_E_OK;
    }
    if (code >= 0) {
        m->heads = (int32_t)xh_doc_int(owner.doc,
                                       m->tariff->heads_are_persons ? "heads" : "households");
    }
    return code;
}

/* ---- days ---- */

static int32_t first_of_month(int32_t day, int months_back)
{
    int year, month, of_month;
    xh_day_to_civil(day, &year, &month, &of_month);
    month -= months_back;
    for (; month < 1; month += 12) {
        year--;
    }
    return xh_day_from_civil(year, month, 1);
}

static void set_month(struct xh_month *m, int32_t today)
{
    int year, month, of_month;
    xh_day_to_civil(today, &year, &month, &of_month);
    m->today = today;
    m->month_from = xh_day_from_civil(year, month, 1);
    m->month_to = m->month_from + xh_month_days(year, month);
}

static int to_come(int32_t day, struct xh_err *err)
{
    char text[XH_TIME_TEXT_BYTES];
    struct xh_str value = {text, xh_day_print(day, text)};
    return xh_err_field(err, XH_E_INVALID, "day", value, "today or before", NULL,
                        "%s has not come yet", text);
}

static int find_scale(const struct xh_use *use, struct xh_month *m, struct xh_err *err)
{
    const struct xh_unit *from = xh_unit_find(xh_str_from(use->unit));
    const struct xh_unit *to = xh_unit_find(xh_str_from(m->tariff->unit));
    if (from == NULL || to == NULL || xh_unit_convert(1, from, to, &m->scale, NULL) < 0) {
        return xh_err_field(err, XH_E_INVALID, "unit", xh_str_from(use->unit), m->tariff->unit,
                            NULL, "the series is in %s, tariff \"%s\" in %s",
                            use->unit != NULL ? use->unit : "nothing", m->tariff->code,
                            m->tariff->unit);
    }
    return XH_E_OK;
}

/* Amounts of days up to today; what was read of a day to come is no use of this month. */
static void take_days(struct xh_ctx *ctx, const struct xh_use *use, int32_t day_from,
                      struct xh_month *m)
{
    size_t count = (size_t)(m->today - day_from + 1);
    double *daily = XH_NEW_ARRAY(ctx->arena, double, count);
    struct xh_sum so_far = {0};
    for (size_t i = 0; i < count; i++) {
        const struct xh_amount *amount = &use->amounts[i];
        int32_t day = day_from + (int32_t)i;
        bool is_known = amount->covered_us > 0 || amount->reading_count > 0;
        daily[i] = is_known ? amount->amount * m->scale : NAN;
        if (day < m->month_from) {
            continue;
        }
        m->flags |= is_known ? amount->flags : 0;
        m->missing_days += !is_known && day < m->today;
        xh_sum_add(&so_far, is_known ? daily[i] : 0);
    }
    m->days = (struct xh_day_series){daily, day_from, count};
    m->so_far = xh_sum_value(&so_far);
}

/* Which local day it is shows by the edges of the windows: the zone is the host's. */
static int read_days(struct xh_ctx *ctx, bool has_day, int32_t day, struct xh_month *m,
                     struct xh_err *err)
{
    int32_t utc_day = (int32_t)(ctx->now_us / XH_US_PER_DAY);
    if (has_day && day > utc_day + 1) {
        return to_come(day, err);
    }
    int32_t base = has_day ? day : utc_day;
    struct xh_use_ask ask = {.series_id = m->series_id, .day_from = first_of_month(base - 1, 12),
                             .day_to = base + 2, .period = XH_PERIOD_DAY};
    struct xh_use use = {0};
    int code = ctx->host->use(ctx, &ask, &use, err);
    code = code < 0 ? code : find_scale(&use, m, err);
    if (code < 0) {
        return code;
    }
    size_t i = has_day ? (size_t)(day - ask.day_from) : 0;
    while (!has_day && i + 2 <= use.count && use.edges_us[i + 1] <= ctx->now_us) {
        i++;
    }
    if (use.edges_us[i] > ctx->now_us) {
        return to_come(day, err);
    }
    m->is_day_over = use.edges_us[i + 1] <= ctx->now_us;
    set_month(m, ask.day_from + (int32_t)i);
    take_days(ctx, &use, ask.day_from, m);
    return XH_E_OK;
}

/* ---- usage ---- */

/* What was given out so far of a band, so that the roundings of days do not add up. */
struct band {
    struct xh_str name;
    struct xh_sum sum;
    struct xh_dec given;
};

static struct band *find_band(struct band *bands, size_t *count, struct xh_str name)
{
    for (size_t i = 0; i < *count; i++) {
        if (xh_str_equal(bands[i].name, name)) {
            return &bands[i];
        }
    }
    if (*count == BANDS_MAX) {
        return NULL;
    }
    bands[*count] = (struct band){.name = name, .given = xh_dec_int(0)};
    return &bands[(*count)++];
}

static int add_usage(struct xh_month *m, struct band *band, int32_t day, double amount,
                     struct xh_err *err)
{
    struct xh_dec fine, rounded, item;
    xh_sum_add(&band->sum, amount);
    if (xh_dec_from_double(xh_sum_value(&band->sum), FINE_DECIMALS, &fine, NULL) < 0 ||
        xh_dec_round(fine, QUANTITY_DECIMALS, XH_ROUND_HALF_UP, &rounded) < 0 ||
        xh_dec_sub(rounded, band->given, &item) < 0) {
        return xh_err_set(err, XH_E_INVALID, "what was used in the month cannot be billed");
    }
    band->given = rounded;
    m->usage[m->usage_count++] = (struct xh_usage){day, day + 1, band->name, xh_dec_trim(item)};
    return XH_E_OK;
}

static int usage_by_days(struct xh_ctx *ctx, struct xh_month *m, struct xh_err *err)
{
    struct band band = {.given = xh_dec_int(0)};
    int code = XH_E_OK;
    m->usage = XH_NEW_ARRAY(ctx->arena, struct xh_usage, (size_t)(m->today - m->month_from + 1));
    for (int32_t day = m->month_from; day <= m->today && code >= 0; day++) {
        double amount = m->days.daily[day - m->days.day_from];
        code = isnan(amount) ? XH_E_OK : add_usage(m, &band, day, amount, err);
    }
    return code;
}

static int add_half_hour(struct xh_ctx *ctx, struct xh_month *m, int32_t day, int half_hour,
                         double amount, struct band *bands, size_t *band_count, struct xh_err *err)
{
    const struct xh_dated *row = NULL;
    (void)ctx;
    int code = xh_charge_band(&m->rows, xh_str_from(m->tariff->hours_key), XH_STR(""), day,
                              half_hour * XH_HALF_HOUR_MINUTES, &row, err);
    if (code < 0) {
        return code;
    }
    struct band *band = find_band(bands, band_count, row->item);
    if (band == NULL) {
        return xh_err_set(err, XH_E_INVALID, "hours \"%s\" have more than %d bands",
                          m->tariff->hours_key, BANDS_MAX);
    }
    return add_usage(m, band, day, amount, err);
}

static int usage_by_bands(struct xh_ctx *ctx, struct xh_month *m, struct xh_err *err)
{
    struct xh_half_hours half = {0};
    struct band bands[BANDS_MAX];
    size_t band_count = 0;
    int code = xh_half_hours_read(ctx, m->series_id, m->month_from, m->today + 1, &half, err);
    if (code < 0) {
        return code;
    }
    m->usage = XH_NEW_ARRAY(ctx->arena, struct xh_usage, half.count);
    for (size_t i = 0; i < half.count && code >= 0; i++) {
        bool is_known = half.amounts[i].covered_us > 0 || half.amounts[i].reading_count > 0;
        if (is_known) {
            code = add_half_hour(ctx, m, m->month_from + (int32_t)(i / XH_HALF_HOURS_A_DAY),
                                 (int)(i % XH_HALF_HOURS_A_DAY), half.amounts[i].amount * m->scale,
                                 bands, &band_count, err);
        }
    }
    return code;
}

/* ---- cost ---- */

static int charge(struct xh_ctx *ctx, const struct xh_month *m, const struct xh_usage *usage,
                  size_t usage_count, struct xh_charge *ret, struct xh_err *err)
{
    struct xh_charge_in in = {
        .tariff = m->tariff, .rows = &m->rows, .day_from = m->month_from, .day_to = m->month_to,
        .heads = m->heads, .usage = usage, .usage_count = usage_count,
    };
    return xh_charge(&in, ctx->arena, ret, err);
}

int xh_core_month_cost(struct xh_ctx *ctx, const struct xh_month *month, double quantity,
                       int64_t *ret_minor, struct xh_err *err)
{
    struct xh_charge whole;
    struct xh_usage all = {month->month_from, month->month_to, {NULL, 0}, {0}};
    struct xh_usage *usage = XH_NEW_ARRAY(ctx->arena, struct xh_usage, month->usage_count + 1);
    bool has_bands = month->tariff->hours_key != NULL && month->so_far > 0;
    size_t count = has_bands ? month->usage_count : 1;
    int code = XH_E_OK;
    for (size_t i = 0; i < count && code >= 0; i++) {
        double part = has_bands
                          ? quantity / month->so_far * xh_dec_to_double(month->usage[i].quantity)
                          : quantity;
        usage[i] = has_bands ? month->usage[i] : all;
        code = xh_dec_from_double(part, QUANTITY_DECIMALS, &usage[i].quantity, err);
    }
    if (!has_bands && month->tariff->hours_key != NULL) {
        usage[0].band = XH_STR("normal");
    }
    code = code < 0 ? code : charge(ctx, month, usage, count, &whole, err);
    if (code >= 0) {
        *ret_minor = whole.total_minor;
    }
    return code;
}

/* ---- tiers ---- */

static int compare_rows(const void *a, const void *b)
{
    const struct xh_dated *const *x = a, *const *y = b;
    return xh_dec_compare((*x)->quantity_from, (*y)->quantity_from);
}

/* The first day on whose evening more than `from` was used, as it was or as it is expected. */
static void find_first_day(const struct xh_month *m, struct xh_month_tier *tier)
{
    struct xh_sum sum = {0};
    tier->first_day = XH_DAY_OPEN_END;
    for (int32_t day = m->month_from; day < m->month_to; day++) {
        double used = day <= m->today ? m->days.daily[day - m->days.day_from] : NAN;
        bool is_measured = day < m->today || (day == m->today && m->is_day_over);
        double expected = is_measured || !m->forecast.has_forecast
                              ? NAN
                              : xh_forecast_day(&m->days, m->today, day);
        double before = xh_sum_value(&sum);
        used = isnan(used) ? 0 : used;
        xh_sum_add(&sum, isnan(expected) ? used : fmax(used, expected));
        if (xh_sum_value(&sum) > tier->from || tier->from == 0) {
            tier->first_day = day;
            tier->is_expected = tier->from > 0 && day >= m->today && before + used <= tier->from;
            return;
        }
    }
}

static void sum_lines(const struct xh_month *m, const struct xh_charge_component *component,
                      struct xh_month_tier *tier)
{
    tier->quantity = tier->amount = xh_dec_int(0);
    for (size_t i = 0; i < m->charge.line_count; i++) {
        const struct xh_charge_line *line = &m->charge.lines[i];
        if (line->component == component && xh_str_equal(line->item, tier->row->item)) {
            (void)xh_dec_add(tier->quantity, line->quantity, &tier->quantity);
            (void)xh_dec_add(tier->amount, line->amount, &tier->amount);
        }
    }
}

static const struct xh_charge_component *find_blocks(const struct xh_tariff *tariff)
{
    for (size_t i = 0; i < tariff->component_count; i++) {
        if (tariff->components[i].kind == XH_CHARGE_BLOCKS) {
            return &tariff->components[i];
        }
    }
    return NULL;
}

size_t xh_core_month_tiers(struct xh_ctx *ctx, const struct xh_month *month,
                           struct xh_month_tier ret_tiers[XH_MONTH_TIERS_MAX])
{
    const struct xh_charge_component *blocks = find_blocks(month->tariff);
    const struct xh_dated *rows[XH_MONTH_TIERS_MAX];
    (void)ctx;
    if (blocks == NULL) {
        return 0;
    }
    size_t count = xh_dated_all_on(&month->rows, "price", xh_str_from(blocks->key),
                                   xh_str_from(blocks->variant), month->month_to - 1, rows,
                                   XH_MONTH_TIERS_MAX);
    double heads = blocks->is_per_head && month->heads > 0 ? month->heads : 1;
    qsort(rows, count, sizeof rows[0], compare_rows);
    for (size_t i = 0; i < count; i++) {
        struct xh_month_tier *tier = &ret_tiers[i];
        memset(tier, 0, sizeof *tier);
        tier->row = rows[i];
        tier->from = xh_dec_to_double(rows[i]->quantity_from) * heads;
        tier->to = rows[i]->has_quantity_to ? xh_dec_to_double(rows[i]->quantity_to) * heads
                                            : INFINITY;
        find_first_day(month, tier);
        sum_lines(month, blocks, tier);
    }
    return count;
}

/* ---- whole ---- */

bool xh_core_month_sum(const struct xh_month *month, int32_t from, int32_t to, double *ret)
{
    struct xh_sum sum = {0};
    for (int32_t day = from; day < to; day++) {
        int64_t i = (int64_t)day - month->days.day_from;
        if (i < 0 || i >= (int64_t)month->days.count || isnan(month->days.daily[i])) {
            return false;
        }
        xh_sum_add(&sum, month->days.daily[i]);
    }
    *ret = xh_sum_value(&sum);
    return from < to;
}

/* A day that is over is no day to come: the rule sees it as one before an empty tomorrow. */
static void forecast(struct xh_ctx *ctx, struct xh_month *m)
{
    struct xh_day_series days = m->days;
    if (m->is_day_over) {
        double *daily = XH_NEW_ARRAY(ctx->arena, double, days.count + 1);
        memcpy(daily, days.daily, days.count * sizeof *daily);
        daily[days.count] = NAN;
        days = (struct xh_day_series){daily, days.day_from, days.count + 1};
    }
    if (m->is_day_over && m->today + 1 == m->month_to) {
        m->forecast = (struct xh_month_forecast){.has_forecast = true, .total = m->so_far,
                                                 .low = m->so_far, .high = m->so_far};
        return;
    }
    xh_month_forecast(&days, m->month_to, m->so_far, &m->forecast);
}

int xh_core_month_read(struct xh_ctx *ctx, int64_t series_id, bool has_day, int32_t day,
                       struct xh_month *ret, struct xh_err *err)
{
    struct xh_month m = {.series_id = series_id};
    struct xh_record series;
    int code = ctx->host->record_get(ctx, "core.series", series_id, &series, err);
    code = code < 0 ? code : find_tariff(ctx, &series, &m, err);
    code = code < 0 ? code : ctx->host->dated(ctx, &m.rows, err);
    code = code < 0 ? code : find_heads(ctx, xh_doc_int(series.doc, "owner"), &m, err);
    code = code < 0 ? code : read_days(ctx, has_day, day, &m, err);
    if (code < 0) {
        return code;
    }
    m.code = xh_doc_text(series.doc, "code");
    m.name = xh_doc_text(series.doc, "name");
    code = m.tariff->hours_key != NULL ? usage_by_bands(ctx, &m, err) : usage_by_days(ctx, &m, err);
    code = code < 0 ? code : charge(ctx, &m, m.usage, m.usage_count, &m.charge, err);
    if (code < 0) {
        return code;
    }
    forecast(ctx, &m);
    *ret = m;
    return XH_E_OK;
}
