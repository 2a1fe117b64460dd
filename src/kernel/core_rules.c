/* core_rules.c: rules that several record types of the core share. */
#include "kernel/core_internal.h"

int xh__core_check_days(const struct xh_doc *doc, const char *from, const char *to,
                        struct xh_err *err)
{
    if (xh_doc_is_null(doc, from) || xh_doc_is_null(doc, to) ||
        xh_doc_int(doc, from) < xh_doc_int(doc, to)) {
        return XH_E_OK;
    }
    char first[XH_TIME_TEXT_BYTES], last[XH_TIME_TEXT_BYTES];
    (void)xh_day_print((int32_t)xh_doc_int(doc, from), first);
    size_t len = xh_day_print((int32_t)xh_doc_int(doc, to), last);
    return xh_err_field(err, XH_E_INVALID, to, (struct xh_str){last, len}, "a later day", NULL,
                        "%s %s is not after %s %s: it is the first day that no longer counts", to,
                        last, from, first);
}

int xh__core_check_period(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                          struct xh_err *err)
{
    (void)ctx;
    (void)out;
    return xh__core_check_days(in->record->doc, "period_from", "period_to", err);
}

static const struct xh_field reason_fields[] = {
    XH_FIELD_TEXT("reason", XH_F_REQUIRED | XH_F_LONG, "Lý do", "Reason"),
};
const struct xh_shape xh__core_reason_in = XH_SHAPE(reason_fields);

int xh__core_reason_guard(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                          struct xh_err *err)
{
    (void)ctx;
    (void)out;
    if (in->doc != NULL && xh_str_trim(xh_doc_text(in->doc, "reason")).len > 0) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_INVALID, "reason", XH_STR(""), "a sentence", NULL,
                        "a reason must be given");
}

int xh__core_reason_effect(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                           struct xh_err *err)
{
    (void)ctx;
    (void)out;
    (void)err;
    xh_doc_set_text(in->record->doc, "reason", xh_str_trim(xh_doc_text(in->doc, "reason")));
    return XH_E_OK;
}
