/* review.c: what all that is handed in and reviewed has in common. */
#include "kernel/review.h"

#include "kernel/fields.h"

const char *const xh_review_states[] = {"draft",    "submitted", "returned",
                                        "approved", "withdrawn", NULL};
const char *const xh_review_frozen[] = {"submitted", "approved", "withdrawn", NULL};

const struct xh_choice xh_review_evidence_kinds[] = {
    {"record", "Hồ sơ trong hệ thống", "Record"},
    {"reading", "Số đo", "Reading"},
    {"document", "Văn bản", "Document"},
    {"photo", "Ảnh", "Photo"},
    {"url", "Địa chỉ", "Address"},
    {NULL, NULL, NULL},
};

static const struct xh_field return_fields[] = {
    XH_FIELD_TEXT("reason", XH_F_REQUIRED | XH_F_LONG, "Lý do trả lại", "Why it is returned"),
};
const struct xh_shape xh_review_return_in = XH_SHAPE(return_fields);

int xh_review_submitted(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                        struct xh_err *err)
{
    (void)out;
    (void)err;
    if (xh_doc_is_null(in->record->doc, "submitted_at")) {
        xh_doc_set_int(in->record->doc, "submitted_at", ctx->now_us);
    }
    return XH_E_OK;
}

int xh_review_returned(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                       struct xh_err *err)
{
    (void)ctx;
    (void)out;
    (void)err;
    xh_doc_set_text(in->record->doc, "review", xh_doc_text(in->doc, "reason"));
    return XH_E_OK;
}

int xh_review_rows(const struct xh_doc *doc, const char *part, xh_review_row_fn *fault,
                   struct xh_err *err)
{
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < xh_doc_count(doc, part); i++) {
        code = fault(doc, i, err);
        if (code < 0) {
            xh_err_prefix(err, "%s[%zu].", part, i);
        }
    }
    return code;
}

int xh_review_some_rows(const struct xh_doc *doc, const char *part, const char *none,
                        xh_review_row_fn *fault, struct xh_err *err)
{
    if (xh_doc_count(doc, part) == 0) {
        return xh_err_field(err, XH_E_CONFLICT, part, XH_STR("0"), "1 or more", "rows", "%s", none);
    }
    return xh_review_rows(doc, part, fault, err);
}
