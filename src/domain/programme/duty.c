/* duty.c: duties to report, and the reports that fulfil them. */
#include "domain/programme/programme_internal.h"

int xh__programme_duty_check(struct xh_ctx *ctx, const struct xh_doc *report, struct xh_err *err)
{
    struct xh_record duty;
    int64_t id = xh_doc_int(report, "duty");
    if (id == 0) {
        return XH_E_OK;
    }
    int code = ctx->host->record_get(ctx, "core.duty", id, &duty, err);
    if (code < 0) {
        return code;
    }
    int64_t party = xh_doc_int(duty.doc, "party"), place = xh_doc_int(duty.doc, "place");
    bool is_report = xh_str_is(xh_doc_text(duty.doc, "record_type"), XH__PROGRAMME_REPORT);
    bool is_own = party != 0 ? party == xh_doc_int(report, "party")
                             : place == xh_doc_int(report, "place");
    if (is_report && is_own) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_INVALID, "duty", xh_doc_text(duty.doc, "code"),
                        "a duty of this party to report", NULL,
                        is_report ? "the duty \"%.*s\" is another party's"
                                  : "the duty \"%.*s\" is not one to report",
                        XH_STR_ARG(xh_doc_text(duty.doc, "code")));
}

bool xh__programme_duty_fits(const struct xh_doc *duty, const struct xh_doc *report)
{
    int64_t party = xh_doc_int(duty, "party"), place = xh_doc_int(duty, "place");
    bool is_own = party != 0 ? party == xh_doc_int(report, "party")
                             : place != 0 && place == xh_doc_int(report, "place");
    return is_own && xh_str_is(xh_doc_text(duty, "record_type"), XH__PROGRAMME_REPORT) &&
           xh_doc_int(duty, "period_from") == xh_doc_int(report, "period_from") &&
           xh_doc_int(duty, "period_to") == xh_doc_int(report, "period_to");
}

static const struct xh_field fulfil_fields[] = {
    XH_FIELD_INT("fulfilled_by", 0, 0, 0, NULL, "Hồ sơ", "Record"),
    XH_FIELD_TIME("fulfilled_us", 0, "Lúc", "At"),
};
static const struct xh_shape fulfil_shape = XH_SHAPE(fulfil_fields);

/* The duty itself knows whether a day is in time; when it refuses the one verb, the other holds. */
int xh__programme_duty_fulfil(struct xh_ctx *ctx, int64_t duty_id, const struct xh_record *report,
                              struct xh_err *err)
{
    struct xh_record duty;
    int code = ctx->host->record_get(ctx, "core.duty", duty_id, &duty, err);
    if (code < 0 || !xh_str_is(duty.state, "open")) {
        return code < 0 ? code : XH_E_OK; /* waived, or fulfilled by an earlier report */
    }
    struct xh_doc *in = xh_doc_create(ctx->arena, &fulfil_shape);
    xh_doc_set_int(in, "fulfilled_by", report->id);
    xh_doc_set_int(in, "fulfilled_us", xh_doc_int(report->doc, "submitted_at"));
    code = ctx->host->record_verb(ctx, "core.duty", duty_id, "fulfil", in, &duty, err);
    if (code == XH_E_CONFLICT) {
        xh_err_clear(err);
        code = ctx->host->record_verb(ctx, "core.duty", duty_id, "fulfil_late", in, &duty, err);
    }
    return code;
}
