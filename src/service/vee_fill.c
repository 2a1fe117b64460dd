/* vee_fill.c: what is put into gaps by rule, and in place of readings by people. */
#include "service/records.h"
#include "service/vee_internal.h"

struct fill {
    struct xh_ctx *ctx;
    const struct xh_series *series;
    struct xh_vee_series meter;
    struct xh__vee_readings readings;
    int64_t step_us;
    struct xh_vee_value *values;
    size_t count, capacity;
    enum xh_vee_method method;
};

static int fill_begin(struct fill *f, int64_t from_us, int64_t to_us, struct xh_err *err)
{
    f->meter = xh__vee_series_of(f->series);
    int code = xh__vee_readings_read(f->ctx, f->series,
                                     from_us - XH__VEE_CONTEXT_DAYS * XH_US_PER_DAY, to_us,
                                     &f->readings, err);
    if (code < 0) {
        return code;
    }
    f->step_us = xh_vee_step_us(&f->meter, f->readings.items, f->readings.count);
    if (f->step_us <= 0) {
        return xh_err_field(err, XH_E_CONFLICT, "period_s", XH_STR(""), "a usual distance", "s",
                            "series \"%.*s\" has no period and too few readings to guess one",
                            XH_STR_ARG(f->series->code));
    }
    return XH_E_OK;
}

static int add_values(struct fill *f, const struct xh_vee_value *values, size_t count,
                      struct xh_err *err)
{
    if (f->count + count > XH_VEE_EDIT_VALUES_MAX) {
        char text[XH_NUM_TEXT_BYTES];
        size_t len = xh_int_print((int64_t)(f->count + count), text);
        return xh_err_field(err, XH_E_TOO_LARGE, "readings", (struct xh_str){text, len}, "3000",
                            "readings", "%s readings are missing, at most %d can be put in at once",
                            text, XH_VEE_EDIT_VALUES_MAX);
    }
    f->values = xh_arena_grow(f->ctx->arena, f->values, &f->capacity, f->count + count + 1,
                              sizeof *f->values);
    for (size_t i = 0; i < count; i++) {
        f->values[f->count++] = values[i];
    }
    return XH_E_OK;
}

/* ---- gaps ---- */

static bool is_register(const struct fill *f)
{
    return !f->meter.is_gauge && f->meter.meter.kind == XH_METER_REGISTER;
}

/* A register's gap of minutes may be filled by wider steps: its growth is what counts. */
static int64_t step_for(const struct fill *f, int64_t length_us)
{
    int64_t step_us = f->step_us;
    while (is_register(f) && length_us / step_us > XH_VEE_EDIT_VALUES_MAX) {
        step_us *= 2;
    }
    return step_us;
}

static int fill_gap(struct fill *f, const struct xh_vee_reading *a, const struct xh_vee_reading *b,
                    struct xh_err *err)
{
    struct xh_vee_gap gap = {
        .series = &f->meter, .readings = f->readings.items, .count = f->readings.count,
        .from_us = a->at_us, .to_us = b->at_us, .from_value = a->value, .to_value = b->value,
        .step_us = step_for(f, b->at_us - a->at_us),
    };
    struct xh_vee_value *values;
    bool is_new = (b->quality & XH_QUALITY_REPLACED_METER) != 0;
    if (is_register(f) && (b->value < a->value || is_new)) {
        return xh_err_set(err, XH_E_CONFLICT,
                          "the register of \"%.*s\" began again within the gap: how much was used"
                          " is not known, so a person must say it",
                          XH_STR_ARG(f->series->code));
    }
    if (xh_vee_estimate_count(&gap) + f->count > XH_VEE_EDIT_VALUES_MAX) {
        return add_values(f, NULL, xh_vee_estimate_count(&gap), err);
    }
    size_t count = xh_vee_estimate(&gap, f->ctx->arena, &values, &f->method);
    return add_values(f, values, count, err);
}

static int fill_gaps(struct fill *f, int64_t from_us, int64_t to_us, struct xh_err *err)
{
    int code = fill_begin(f, from_us, to_us, err);
    for (size_t i = 1; code >= 0 && i < f->readings.count; i++) {
        const struct xh_vee_reading *b = &f->readings.items[i], *a = &b[-1];
        bool is_in = a->at_us >= from_us && b->at_us <= to_us;
        if (is_in && b->at_us - a->at_us > f->step_us + f->step_us / 2) {
            code = fill_gap(f, a, b, err);
        }
    }
    return code;
}

static int check_gap(const struct xh_record *finding, struct xh_err *err)
{
    struct xh_str check = xh_doc_text(finding->doc, "check_name");
    if (!xh_str_is(finding->state, "open")) {
        return xh_err_field(err, XH_E_CONFLICT, "state", finding->state, "open", NULL,
                            "finding %lld is \"%.*s\", not open", (long long)finding->id,
                            XH_STR_ARG(finding->state));
    }
    if (!xh_str_is(check, "gap")) {
        return xh_err_field(err, XH_E_CONFLICT, "check_name", check, "gap", NULL,
                            "only gaps are estimated; of \"%.*s\" a person says what is right, by"
                            " an edit with a reason",
                            XH_STR_ARG(check));
    }
    return XH_E_OK;
}

int xh__vee_fill(struct xh_ctx *ctx, int64_t finding_id, struct xh_str reason, int64_t *ret_id,
                 uint64_t *ret_count, struct xh_err *err)
{
    struct xh_record finding;
    struct fill f = {.ctx = ctx};
    int code = xh_record_get(ctx, "core.vee_finding", finding_id, &finding, err);
    code = code < 0 ? code : check_gap(&finding, err);
    code = code < 0 ? code
                    : xh_series_get_id(ctx, xh_doc_int(finding.doc, "series"), &f.series, err);
    if (code < 0) {
        return code;
    }
    int64_t from_us = xh_doc_int(finding.doc, "time_from");
    int64_t to_us = xh_doc_int(finding.doc, "time_to");
    code = fill_gaps(&f, from_us, to_us, err);
    if (code >= 0 && f.count == 0) {
        code = xh_err_set(err, XH_E_CONFLICT, "the gap of finding %lld is filled already",
                          (long long)finding_id);
    }
    if (code >= 0) {
        struct xh__vee_edit edit = {
            .series = f.series, .kind = "estimate", .method = xh_vee_method_name(f.method),
            .from_us = from_us, .to_us = to_us, .reason = reason, .asked_by = ctx->who->name,
            .finding_id = finding_id, .quality = XH_QUALITY_ESTIMATED,
            .values = f.values, .count = f.count,
        };
        code = xh__vee_edit_write(ctx, &edit, ret_id, ret_count, err);
    }
    xh_series_put(f.series);
    return code;
}

/* ---- what a person gives ---- */

static const struct xh_vee_reading *reading_before(const struct fill *f, int64_t at_us)
{
    const struct xh_vee_reading *best = NULL;
    for (size_t i = 0; i < f->readings.count && f->readings.items[i].at_us <= at_us; i++) {
        best = &f->readings.items[i];
    }
    return best;
}

/* Readings that would stand beside the new ones, between two of their steps. */
static int check_grid(const struct fill *f, int64_t from_us, int64_t to_us, struct xh_err *err)
{
    size_t at = 0;
    for (size_t i = 0; i < f->readings.count; i++) {
        int64_t at_us = f->readings.items[i].at_us;
        if (at_us <= from_us || at_us > to_us) {
            continue;
        }
        while (at < f->count && f->values[at].at_us < at_us) {
            at++;
        }
        if (at == f->count || f->values[at].at_us != at_us) {
            char text[XH_TIME_TEXT_BYTES];
            struct xh_str value = {text, xh_time_print(at_us, text)};
            return xh_err_field(err, XH_E_CONFLICT, "time_from", value, "one distance of readings",
                                NULL,
                                "the reading of %s does not lie on the steps of the span: give"
                                " values one by one",
                                text);
        }
    }
    return XH_E_OK;
}

static int check_end(const struct fill *f, int64_t to_us, double end, struct xh_err *err)
{
    for (size_t i = 0; is_register(f) && i < f->readings.count; i++) {
        const struct xh_vee_reading *r = &f->readings.items[i];
        if (r->at_us > to_us) {
            char text[XH_NUM_TEXT_BYTES];
            struct xh_str value = {text, xh_num_print(end, text)};
            return r->value >= end
                       ? XH_E_OK
                       : xh_err_field(err, XH_E_CONFLICT, "amount", value, "the reading behind it",
                                      f->series->unit->symbol,
                                      "the register would stand at %s, above the reading behind it",
                                      text);
        }
    }
    return XH_E_OK;
}

static int give_amount(struct fill *f, int64_t *from_us, int64_t to_us, double amount,
                       struct xh_err *err)
{
    int code = fill_begin(f, *from_us, to_us, err);
    if (code < 0) {
        return code;
    }
    const struct xh_vee_reading *a = reading_before(f, *from_us);
    bool is_wrong_kind = f->meter.is_gauge || f->meter.meter.kind == XH_METER_POWER;
    if (is_wrong_kind || amount < 0 || (a == NULL && is_register(f))) {
        return xh_err_field(err, XH_E_INVALID, "amount", XH_STR(""),
                            "0 or more, of a register or of amounts", f->series->unit->symbol,
                            "an amount of 0 or more can be given for a register that was read"
                            " before, or for a series of amounts");
    }
    *from_us = a != NULL && *from_us - a->at_us < f->step_us ? a->at_us : *from_us;
    struct xh_vee_gap gap = {
        .series = &f->meter, .readings = f->readings.items, .count = f->readings.count,
        .from_us = *from_us, .to_us = to_us, .step_us = f->step_us,
        .from_value = a != NULL ? a->value : 0, .has_amount = true, .with_last = true,
        .amount = amount,
    };
    struct xh_vee_value *values;
    if (xh_vee_estimate_count(&gap) > XH_VEE_EDIT_VALUES_MAX) {
        return add_values(f, NULL, xh_vee_estimate_count(&gap), err);
    }
    code = check_end(f, to_us, gap.from_value + amount, err);
    if (code < 0) {
        return code;
    }
    size_t count = xh_vee_estimate(&gap, f->ctx->arena, &values, &f->method);
    code = add_values(f, values, count, err);
    return code < 0 ? code : check_grid(f, *from_us, to_us, err);
}

static int check_asked(const struct xh_doc *in, struct xh_err *err)
{
    bool has_value = !xh_doc_is_null(in, "value"), has_amount = !xh_doc_is_null(in, "amount");
    if (has_value == has_amount) {
        return xh_err_field(err, XH_E_INVALID, "value", XH_STR(""), "a value or an amount", NULL,
                            "give a value for an instant, or an amount for a span");
    }
    if (has_amount && xh_doc_int(in, "time_to") <= xh_doc_int(in, "time_from")) {
        return xh_err_field(err, XH_E_INVALID, "time_to", XH_STR(""), "later than time_from", NULL,
                            "an amount needs a span: time_to must be later than time_from");
    }
    if (has_value && !xh_doc_is_null(in, "time_to") &&
        xh_doc_int(in, "time_to") != xh_doc_int(in, "time_from")) {
        return xh_err_field(err, XH_E_INVALID, "time_to", XH_STR(""), "time_from, or empty", NULL,
                            "a value is for one instant");
    }
    if (xh_str_trim(xh_doc_text(in, "reason")).len == 0) {
        return xh_err_field(err, XH_E_INVALID, "reason", XH_STR(""), "a sentence", NULL,
                            "a reason must be given");
    }
    return XH_E_OK;
}

int xh__vee_give(struct xh_ctx *ctx, const struct xh_doc *in, int64_t *ret_id, uint64_t *ret_count,
                 struct xh_err *err)
{
    struct fill f = {.ctx = ctx};
    bool has_value = !xh_doc_is_null(in, "value");
    int64_t from_us = xh_doc_int(in, "time_from");
    int64_t to_us = has_value ? from_us : xh_doc_int(in, "time_to");
    int code = check_asked(in, err);
    code = code < 0 ? code : xh_series_get_id(ctx, xh_doc_int(in, "series"), &f.series, err);
    if (code < 0) {
        return code;
    }
    if (has_value) {
        struct xh_vee_value value = {from_us, xh_doc_real(in, "value")};
        code = add_values(&f, &value, 1, err);
    } else {
        code = give_amount(&f, &from_us, to_us, xh_doc_real(in, "amount"), err);
    }
    if (code >= 0) {
        struct xh__vee_edit edit = {
            .series = f.series, .kind = has_value ? "value" : "amount",
            .method = has_value ? "given" : xh_vee_method_name(f.method),
            .from_us = from_us, .to_us = to_us, .has_value = true,
            .value = xh_doc_real(in, has_value ? "value" : "amount"),
            .reason = xh_str_trim(xh_doc_text(in, "reason")), .asked_by = ctx->who->name,
            .finding_id = xh_doc_int(in, "finding"), .quality = XH_QUALITY_MANUAL,
            .values = f.values, .count = f.count,
        };
        code = xh__vee_edit_write(ctx, &edit, ret_id, ret_count, err);
    }
    xh_series_put(f.series);
    return code;
}
