/* why.c: rows of the part `sources`. */
#include "kernel/why.h"

#include <math.h>

#include "kernel/say.h"

enum { BILLS_MAX = 50 };

static struct xh_value *put(struct xh_doc *out, size_t row, const char *field)
{
    return xh_doc_put(out, "sources", row, field);
}

void xh_why_add(struct xh_doc *out, const struct xh_why_source *source)
{
    size_t row = xh_doc_add(out, "sources");
    if (source->type != NULL) {
        xh_value_set_text(put(out, row, "type"), xh_str_from(source->type));
        xh_value_set_int(put(out, row, "id"), source->id);
    }
    xh_value_set_text(put(out, row, "label_vi"), source->label_vi);
    xh_value_set_text(put(out, row, "label_en"), source->label_en);
    if (isfinite(source->value)) {
        xh_value_set_real(put(out, row, "value"), source->value);
    }
    if (source->unit.len > 0) {
        xh_value_set_text(put(out, row, "unit"), source->unit);
    }
    if (source->from < source->to) {
        xh_value_set_int(put(out, row, "from"), source->from);
        xh_value_set_int(put(out, row, "to"), source->to);
    }
}

/* ---- bills ---- */

struct bills {
    struct xh_doc *out;
    int32_t from, to;
};

static int take_bill(void *arg, struct xh_record *bill, struct xh_err *err)
{
    const struct bills *b = arg;
    const struct xh_doc *doc = bill->doc;
    struct xh_arena *arena = b->out->arena;
    bool is_near = xh_doc_int(doc, "period_from") < b->to && xh_doc_int(doc, "period_to") > b->from;
    (void)err;
    if (!is_near || !xh_str_is(bill->state, "issued")) {
        return XH_E_OK;
    }
    struct xh_str number = xh_doc_text(doc, "number");
    struct xh_why_source source = {
        .type = "core.bill",
        .id = bill->id,
        .label_vi = xh_arena_format(arena, "Hoá đơn %.*s", XH_STR_ARG(number)),
        .label_en = xh_arena_format(arena, "Bill %.*s", XH_STR_ARG(number)),
        .value = NAN,
    };
    if (!xh_doc_is_null(doc, "total")) {
        source.unit = xh_arena_str(arena, xh_doc_text(doc, "currency"));
        source.value = xh_dec_to_double(
            xh_dec_from_minor(xh_doc_int(doc, "total"), xh_currency_digits(source.unit)));
    }
    xh_why_add(b->out, &source);
    return XH_E_OK;
}

int xh_why_add_bills(struct xh_ctx *ctx, int64_t series_id, int32_t from, int32_t to,
                     struct xh_doc *out, struct xh_err *err)
{
    struct bills bills = {out, from, to};
    struct xh_filter filter = {"series", XH_FILTER_EQ, {.type = XH_T_REF, .integer = series_id}};
    struct xh_list list = {
        .filters = &filter, .filter_count = 1, .sort = "-period_from", .limit = BILLS_MAX};
    struct xh_str next;
    int code = ctx->host->record_list(ctx, "core.bill", &list, take_bill, &bills, &next, err);
    if (code == XH_E_FORBIDDEN) {
        xh_err_clear(err);
        return XH_E_OK;
    }
    return code < 0 ? code : XH_E_OK;
}
