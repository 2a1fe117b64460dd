/* indicator_use.c: indicators that are consumption of a quantity. */
#include "kernel/indicator_use.h"

enum { DAYS_MAX = 20000 };

static int check_days(struct xh_indicator_use *use, const struct xh_doc *in, struct xh_err *err)
{
    int64_t from = xh_doc_int(in, "from"), to = xh_doc_int(in, "to");
    char text[XH_TIME_TEXT_BYTES];
    use->day_from = (int32_t)from;
    use->day_to = (int32_t)to;
    if (to > from && to - from <= DAYS_MAX) {
        return 0;
    }
    size_t len = xh_day_print((int32_t)to, text);
    return xh_err_field(err, XH_E_INVALID, "to", (struct xh_str){text, len},
                        "1 to 20000 days after from", "d",
                        "to is %s, it must be 1 to %d days after from", text, DAYS_MAX);
}

static int convert(struct xh_ctx *ctx, const struct xh_use *got, const char *unit,
                   struct xh_indicator_use *use, struct xh_err *err)
{
    const struct xh_unit *from = xh_unit_find(xh_str_from(got->unit));
    const struct xh_unit *to = xh_unit_find(xh_str_from(unit));
    double *daily = XH_NEW_ARRAY(ctx->arena, double, got->count + 1);
    struct xh_sum sum = {0};
    if (!from || !to) {
        return xh_err_set(err, XH_E_INTERNAL, "unit '%s' or '%s' is not known", got->unit, unit);
    }
    for (size_t i = 0; i < got->count; i++) {
        int code = xh_unit_convert(got->amounts[i].amount, from, to, &daily[i], err);
        if (code < 0) {
            return code;
        }
        xh_sum_add(&sum, daily[i]);
        use->flags |= got->amounts[i].flags;
    }
    use->daily = daily;
    use->total = xh_sum_value(&sum);
    return 0;
}

int xh_indicator_use_read(struct xh_ctx *ctx, const struct xh_doc *in, const char *quantity,
                          const char *unit, struct xh_indicator_use *ret, struct xh_err *err)
{
    struct xh_indicator_use use = {.total = 0};
    struct xh_use got = {.count = 0};
    int code = check_days(&use, in, err);
    if (code < 0) {
        return code;
    }
    struct xh_use_ask ask = {
        .place_id = xh_doc_int(in, "place"),
        .quantity = quantity,
        .day_from = use.day_from,
        .day_to = use.day_to,
        .period = XH_PERIOD_DAY,
    };
    code = ctx->host->use(ctx, &ask, &got, err);
    if (code < 0) {
        return code;
    }
    if (got.series_count > 0 && got.count != (size_t)(use.day_to - use.day_from)) {
        return xh_err_set(err, XH_E_INTERNAL, "%zu windows for %d days", got.count,
                          use.day_to - use.day_from);
    }
    use.series_count = got.series_count;
    use.silent_count = got.silent_count;
    if (got.series_count > 0) {
        code = convert(ctx, &got, unit, &use, err);
    }
    if (code == 0) {
        *ret = use;
    }
    return code;
}

static const char *note_of(unsigned flags)
{
    if (flags & XH_AMOUNT_INCOMPLETE) {
        return "some days have no readings";
    }
    if (flags & (XH_AMOUNT_ESTIMATED | XH_AMOUNT_RESET)) {
        return "some days are estimated";
    }
    if (flags & XH_AMOUNT_SIMULATED) {
        return "from simulated readings";
    }
    return NULL;
}

void xh_indicator_use_write(const struct xh_indicator_use *use, const char *quantity,
                            const char *unit, struct xh_doc *out)
{
    bool has_value = use->series_count > use->silent_count;
    xh_doc_set_int(out, "has_value", has_value);
    xh_doc_set_int(out, "missing", (int64_t)use->silent_count);
    if (!has_value) {
        return;
    }
    xh_doc_set_real(out, "value", use->total);
    xh_doc_set_real(out, "numerator", use->total);
    xh_doc_set_string(out, "note", note_of(use->flags));
    size_t i = xh_doc_add(out, "sources");
    xh_value_set_text(xh_doc_put(out, "sources", i, "type"), XH_STR("quantity"));
    xh_value_set_text(xh_doc_put(out, "sources", i, "label"), xh_str_from(quantity));
    xh_value_set_real(xh_doc_put(out, "sources", i, "value"), use->total);
    xh_value_set_text(xh_doc_put(out, "sources", i, "unit"), xh_str_from(unit));
}

void xh_indicator_write_row(struct xh_doc *out, const struct xh_dated *row)
{
    static const char *const verified[] = {"no", "partial", "yes"};
    size_t i = xh_doc_add(out, "rows");
    xh_value_set_int(xh_doc_put(out, "rows", i, "id"), row->id);
    xh_value_set_text(xh_doc_put(out, "rows", i, "code"), row->code);
    xh_value_set_text(xh_doc_put(out, "rows", i, "document"), row->document);
    xh_value_set_text(xh_doc_put(out, "rows", i, "verified"), xh_str_from(verified[row->verified]));
}
