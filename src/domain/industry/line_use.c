/* line_use.c: what a line used and made in a period, held against its norm. */
#include "domain/industry/line_use.h"

#include <math.h>

#include "domain/industry/industry_internal.h"

enum { VIETNAM_OFFSET_H = 7, HALF_DAY_H = 12 };

static int32_t floor_day(int64_t at_us)
{
    int64_t day = at_us / XH_US_PER_DAY;
    return (int32_t)(at_us % XH_US_PER_DAY < 0 ? day - 1 : day);
}

/* ---- the days of a series ---- */

int xh__industry_today(struct xh_ctx *ctx, int64_t series, int32_t *ret_day, struct xh_err *err)
{
    struct xh_use use;
    struct xh_use_ask ask = {.series_id = series,
                             .from_us = ctx->now_us,
                             .to_us = ctx->now_us + 1,
                             .period = XH_PERIOD_DAY};
    if (series == 0) {
        *ret_day = floor_day(ctx->now_us + VIETNAM_OFFSET_H * XH_US_PER_HOUR);
        return XH_E_OK;
    }
    int code = ctx->host->use(ctx, &ask, &use, err);
    if (code >= 0) { /* noon of the local day lies on the same day in UTC, within 12 hours of it */
        *ret_day = floor_day(use.edges_us[0] + HALF_DAY_H * XH_US_PER_HOUR);
    }
    return code;
}

int xh__industry_days_read(struct xh_ctx *ctx, int64_t series, int32_t from, int32_t to,
                           struct xh__industry_days *ret, struct xh_err *err)
{
    struct xh_use use;
    struct xh_sum sum = {0};
    struct xh_use_ask ask = {
        .series_id = series, .day_from = from, .day_to = to, .period = XH_PERIOD_DAY};
    if (from >= to || to - from > XH__INDUSTRY_DAYS_MAX) {
        return xh_err_field(err, XH_E_INVALID, "to", XH_STR(""), "1 to 3660 days after from", "d",
                            "a period has 1 to %d days", XH__INDUSTRY_DAYS_MAX);
    }
    int code = ctx->host->use(ctx, &ask, &use, err);
    if (code < 0) {
        return code;
    }
    struct xh__industry_days days = {.from = from, .to = to, .amounts = use.amounts};
    days.unit = xh_unit_find(xh_str_from(use.unit));
    if (days.unit == NULL || use.count != (size_t)(to - from)) {
        return xh_err_set(err, XH_E_INTERNAL, "%zu windows of unit '%s' for %d days", use.count,
                          use.unit, to - from);
    }
    for (size_t i = 0; i < use.count; i++) {
        xh_sum_add(&sum, use.amounts[i].amount);
        days.missing_days += (use.amounts[i].flags & XH_AMOUNT_INCOMPLETE) != 0;
        days.flags |= use.amounts[i].flags;
    }
    days.total = xh_sum_value(&sum);
    *ret = days;
    return XH_E_OK;
}

/* ---- a line ---- */

static void note_gap(struct xh__industry_use *use, enum xh__industry_gap gap, struct xh_str label,
                     int64_t days)
{
    if (use->gap == XH__INDUSTRY_KNOWN) {
        use->gap = gap;
        use->gap_label = label;
        use->gap_days = days;
    }
}

static int series_label(struct xh_ctx *ctx, int64_t id, struct xh_str *ret, struct xh_err *err)
{
    struct xh_record series;
    int code = ctx->host->record_get(ctx, "core.series", id, &series, err);
    if (code >= 0) {
        *ret = xh_doc_text(series.doc, "name");
    }
    return code;
}

static int read_series(struct xh_ctx *ctx, struct xh__industry_use *use, int64_t series,
                       struct xh__industry_days *days, struct xh_str *ret_label, struct xh_err *err)
{
    int code = series_label(ctx, series, ret_label, err);
    code = code < 0 ? code : xh__industry_days_read(ctx, series, use->from, use->to, days, err);
    if (code >= 0) {
        use->flags |= days->flags;
        if (days->missing_days > 0) {
            note_gap(use, XH__INDUSTRY_DAYS_MISSING, *ret_label, days->missing_days);
        }
    }
    return code;
}

static int read_inputs(struct xh_ctx *ctx, const struct xh_doc *line,
                       const struct xh_dated_set *rows, struct xh__industry_use *use,
                       struct xh_err *err)
{
    int code = XH_E_OK;
    struct xh_sum sum = {0};
    use->input_count = xh_doc_count(line, "inputs");
    use->inputs = XH_NEW_ARRAY(ctx->arena, struct xh__industry_input, use->input_count + 1);
    if (use->input_count == 0) {
        note_gap(use, XH__INDUSTRY_NO_INPUTS, XH_STR(""), 0);
    }
    for (size_t i = 0; code >= 0 && i < use->input_count; i++) {
        struct xh__industry_input *input = &use->inputs[i];
        struct xh__industry_days days = {.total = 0};
        input->series = xh_value_int(xh_doc_at(line, "inputs", i, "series"));
        input->fuel = xh_value_text(xh_doc_at(line, "inputs", i, "fuel"));
        code = read_series(ctx, use, input->series, &days, &input->label, err);
        if (code < 0) {
            break;
        }
        input->unit = days.unit;
        input->quantity = days.total;
        code = xh_industry_energy(rows, input->fuel, days.total, days.unit, use->to - 1,
                                  &input->energy, err);
        if (code >= 0) {
            xh_sum_add(&sum, input->energy.energy_mj);
        }
    }
    use->energy_mj = xh_sum_value(&sum);
    return code;
}

static int read_output(struct xh_ctx *ctx, const struct xh_doc *line, struct xh__industry_use *use,
                       struct xh_err *err)
{
    struct xh__industry_days days;
    struct xh_str label, unit = xh_doc_text(line, "output_unit");
    if (xh_doc_is_null(line, "output_series")) {
        note_gap(use, XH__INDUSTRY_NO_OUTPUT, XH_STR(""), 0);
        return XH_E_OK;
    }
    int code = read_series(ctx, use, xh_doc_int(line, "output_series"), &days, &label, err);
    if (code < 0) {
        return code;
    }
    const struct xh_unit *wanted = unit.len > 0 ? xh_unit_find(unit) : days.unit;
    use->output_label = label;
    use->output_unit = days.unit;
    use->output = days.total;
    if (wanted == NULL || wanted->dimension != days.unit->dimension) {
        note_gap(use, XH__INDUSTRY_UNITS_DIFFER, label, 0);
        return XH_E_OK;
    }
    use->output_unit = wanted;
    code = xh_unit_convert(days.total, days.unit, wanted, &use->output, err);
    if (!(use->output > 0)) {
        note_gap(use, XH__INDUSTRY_NOTHING_MADE, label, 0);
    }
    return code;
}

/* ---- against the norm ---- */

static void find_norm(const struct xh_doc *line, const struct xh_dated_set *rows,
                      struct xh__industry_use *use)
{
    struct xh_industry_norm_ask ask = {
        .product = xh_doc_text(line, "product"),
        .has_capacity = !xh_doc_is_null(line, "capacity"),
        .capacity = xh_doc_dec(line, "capacity"),
        .capacity_unit = xh_doc_text(line, "capacity_unit"),
        .day = use->to - 1,
    };
    use->fault = xh_industry_norm_find(rows, &ask, &use->norm);
}

/* The specific consumption in the unit of the norm, else in MJ for a unit of product. */
static int specific(struct xh_ctx *ctx, struct xh__industry_use *use, struct xh_err *err)
{
    const struct xh_unit *mj = xh_unit_find(XH_STR("MJ")), *of_energy = mj,
                         *of_product = use->output_unit;
    double energy = 0, product = 0;
    int code = XH_E_OK;
    if (use->norm.row != NULL) {
        code = xh_industry_norm_units(use->norm.row->unit, &of_energy, &of_product, err);
        if (code < 0) {
            return code;
        }
    }
    if (of_product->dimension != use->output_unit->dimension) {
        note_gap(use, XH__INDUSTRY_UNITS_DIFFER, XH_STR(""), 0);
        return XH_E_OK;
    }
    code = xh_unit_convert(use->energy_mj, mj, of_energy, &energy, err);
    code = code < 0 ? code
                    : xh_unit_convert(use->output, use->output_unit, of_product, &product, err);
    if (code >= 0) {
        use->sec = energy / product;
        use->sec_unit = xh_arena_format(ctx->arena, "%s/%s", of_energy->symbol, of_product->symbol);
    }
    return code;
}

int xh__industry_use_read(struct xh_ctx *ctx, const struct xh_doc *line, int32_t from, int32_t to,
                          struct xh__industry_use *ret, struct xh_err *err)
{
    struct xh_dated_set rows;
    struct xh__industry_use use = {.from = from, .to = to, .gap = XH__INDUSTRY_KNOWN};
    int code = ctx->host->dated(ctx, &rows, err);
    code = code < 0 ? code : read_inputs(ctx, line, &rows, &use, err);
    code = code < 0 ? code : read_output(ctx, line, &use, err);
    if (code < 0) {
        return code;
    }
    find_norm(line, &rows, &use);
    if (use.gap == XH__INDUSTRY_KNOWN) {
        code = specific(ctx, &use, err);
    }
    if (use.gap == XH__INDUSTRY_KNOWN && use.norm.row != NULL) {
        bool passes = xh_industry_norm_passes(use.sec, xh_dec_to_double(use.norm.row->value));
        use.verdict = passes ? XH__INDUSTRY_PASSES : XH__INDUSTRY_FAILS;
    }
    if (code >= 0) {
        *ret = use;
    }
    return code < 0 ? code : XH_E_OK;
}

int xh__industry_usual_days(struct xh_ctx *ctx, const struct xh_doc *line, int32_t since,
                            int32_t until, int32_t *ret_from, int32_t *ret_to, struct xh_err *err)
{
    int32_t today = 0;
    int64_t series = xh_doc_int(line, "output_series");
    if (series == 0 && xh_doc_count(line, "inputs") > 0) {
        series = xh_value_int(xh_doc_at(line, "inputs", 0, "series"));
    }
    int code = xh__industry_today(ctx, series, &today, err);
    if (code < 0) {
        return code;
    }
    int32_t to = until < today ? until : today;
    int32_t from = to - XH__INDUSTRY_USUAL_DAYS > since ? to - XH__INDUSTRY_USUAL_DAYS : since;
    *ret_to = to;
    *ret_from = from < to ? from : to;
    return XH_E_OK;
}

/* ---- a result that is measured ---- */

/* From one "energy/product" to another. */
static int convert_specific(double sec, struct xh_str from, struct xh_str to, double *ret,
                            struct xh_err *err)
{
    const struct xh_unit *energy[2], *product[2];
    double of_energy = 0, of_product = 0;
    int code = xh_industry_norm_units(from, &energy[0], &product[0], err);
    code = code < 0 ? code : xh_industry_norm_units(to, &energy[1], &product[1], err);
    code = code < 0 ? code : xh_unit_convert(sec, energy[0], energy[1], &of_energy, err);
    code = code < 0 ? code : xh_unit_convert(1, product[0], product[1], &of_product, err);
    if (code >= 0) {
        *ret = of_energy / of_product;
    }
    return code;
}

int xh__industry_measured(struct xh_ctx *ctx, int64_t line_id, struct xh_str unit, int32_t since,
                          int32_t until, double *ret_after, struct xh__industry_use *ret_use,
                          struct xh_err *err)
{
    struct xh_record line;
    struct xh__industry_use use = {.gap = XH__INDUSTRY_DAYS_MISSING};
    int32_t from = since, to = since;
    *ret_after = NAN;
    int code = ctx->host->record_get(ctx, XH__INDUSTRY_LINE, line_id, &line, err);
    code = code < 0 ? code : xh__industry_usual_days(ctx, line.doc, since, until, &from, &to, err);
    if (code >= 0 && from < to) {
        code = xh__industry_use_read(ctx, line.doc, from, to, &use, err);
    }
    if (code >= 0 && use.gap == XH__INDUSTRY_KNOWN) {
        code = convert_specific(use.sec, use.sec_unit, unit, ret_after, err);
    }
    if (ret_use != NULL) {
        *ret_use = use;
    }
    if (code == XH_E_NOT_FOUND || code == XH_E_INVALID) {
        xh_err_clear(err);
        code = XH_E_OK;
    }
    return code < 0 ? code : XH_E_OK;
}
