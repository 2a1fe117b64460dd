/* duty.c: duties, and the records of rooms that fulfil them. */
#include "kernel/duty.h"

#include "kernel/fields.h"

static bool is_owed_by(const struct xh_doc *duty, const struct xh_doc *record)
{
    int64_t party = xh_doc_int(duty, "party"), place = xh_doc_int(duty, "place");
    return party != 0 ? party == xh_doc_int(record, "party")
                      : place != 0 && place == xh_doc_int(record, "place");
}

int xh_duty_check(struct xh_ctx *ctx, const struct xh_doc *record, const char *type,
                  struct xh_err *err)
{
    struct xh_record duty;
    int64_t id = xh_doc_int(record, "duty");
    if (xh_doc_int(record, "period_from") >= xh_doc_int(record, "period_to")) {
        return xh_err_field(err, XH_E_INVALID, "period_to", XH_STR(""), "later than period_from",
                            NULL, "period_to is not after period_from");
    }
    if (id == 0) {
        return XH_E_OK;
    }
    int code = ctx->host->record_get(ctx, "core.duty", id, &duty, err);
    if (code < 0) {
        return code;
    }
    struct xh_str duty_code = xh_doc_text(duty.doc, "code");
    bool is_kind = xh_str_is(xh_doc_text(duty.doc, "record_type"), type);
    if (is_kind && is_owed_by(duty.doc, record)) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_INVALID, "duty", duty_code, "a duty of this party", NULL,
                        is_kind ? "the duty \"%.*s\" is another party's"
                                : "the duty \"%.*s\" asks for another kind of record",
                        XH_STR_ARG(duty_code));
}

bool xh_duty_fits(const struct xh_doc *duty, const struct xh_doc *record, const char *type)
{
    return is_owed_by(duty, record) && xh_str_is(xh_doc_text(duty, "record_type"), type) &&
           xh_doc_int(duty, "period_from") == xh_doc_int(record, "period_from") &&
           xh_doc_int(duty, "period_to") == xh_doc_int(record, "period_to");
}

static const struct xh_field fulfil_fields[] = {
    XH_FIELD_INT("fulfilled_by", 0, 0, 0, NULL, "Hồ sơ", "Record"),
    XH_FIELD_TIME("fulfilled_us", 0, "Lúc", "At"),
};
static const struct xh_shape fulfil_shape = XH_SHAPE(fulfil_fields);

/* The duty itself knows whether a day is in time; when it refuses the one verb, the other holds. */
int xh_duty_fulfil(struct xh_ctx *ctx, int64_t duty_id, int64_t record_id, int64_t at_us,
                   struct xh_err *err)
{
    struct xh_record duty;
    int code = ctx->host->record_get(ctx, "core.duty", duty_id, &duty, err);
    if (code < 0 || !xh_str_is(duty.state, "open")) {
        return code < 0 ? code : XH_E_OK; /* waived, or fulfilled by an earlier record */
    }
    struct xh_doc *in = xh_doc_create(ctx->arena, &fulfil_shape);
    xh_doc_set_int(in, "fulfilled_by", record_id);
    xh_doc_set_int(in, "fulfilled_us", at_us);
    code = ctx->host->record_verb(ctx, "core.duty", duty_id, "fulfil", in, &duty, err);
    if (code == XH_E_CONFLICT) {
        xh_err_clear(err);
        code = ctx->host->record_verb(ctx, "core.duty", duty_id, "fulfil_late", in, &duty, err);
    }
    return code;
}
