/* core_claim.c: statements that somebody makes in public, and what they rest on. Nobody checks a
 * claim of his own party. */
#include "kernel/core_internal.h"

static const struct xh_choice evidence_kinds[] = {
    {"record", "Hồ sơ", "Record"},
    {"reading", "Số đo", "Reading"},
    {"document", "Văn bản", "Document"},
    {"url", "Địa chỉ trên mạng", "Address on the web"},
    {NULL, NULL, NULL},
};

static const struct xh_field fields[] = {
    {"code", XH_T_TEXT, XH_F_UNIQUE | XH_F_INDEXED | XH_F_LIST, "Mã", "Code", NULL, 0, 0, 120, NULL,
     NULL, NULL, NULL},
    XH_FIELD_TEXT("statement", XH_F_REQUIRED | XH_F_LONG | XH_F_LIST, "Nội dung công bố",
                  "Statement"),
    XH_FIELD_REF("party", XH_F_INDEXED | XH_F_LIST, "core.party", "Đơn vị công bố", "Party"),
    XH_FIELD_REF("place", XH_F_INDEXED, "core.place", "Địa điểm", "Place"),
    XH_FIELD_DEC("value", XH_F_LIST, NULL, "Giá trị", "Value"),
    XH_FIELD_TEXT("unit", XH_F_LIST, "Đơn vị", "Unit"),
    XH_FIELD_DAY("period_from", XH_F_INDEXED, "Kỳ từ ngày", "Period from"),
    XH_FIELD_DAY("period_to", 0, "Kỳ đến trước ngày", "Period until (exclusive)"),
    XH_FIELD_TEXT("record_type", 0, "Dựa trên loại hồ sơ", "Rests on a record of type"),
    XH_FIELD_INT("record_id", 0, 1, 9e15, NULL, "Dựa trên hồ sơ số", "Rests on record"),
    XH_FIELD_INT("log_index", XH_F_READ_ONLY, 0, 0, NULL, "Số trong nhật ký minh bạch",
                 "Index in the transparency log"),
    XH_FIELD_TEXT("reason", XH_F_READ_ONLY | XH_F_LONG, "Lý do phản đối hoặc rút lại",
                  "Why it is disputed or withdrawn"),
};

static const struct xh_field evidence_fields[] = {
    XH_FIELD_TEXT("title", XH_F_REQUIRED, "Tên", "Title"),
    XH_FIELD_CHOICE("kind", 0, evidence_kinds, "Loại", "Kind"),
    {"reference", XH_T_TEXT, 0, "Tham chiếu", "Reference", NULL, 0, 0, 1000, NULL, NULL, NULL,
     NULL},
    XH_FIELD_TEXT("note", XH_F_LONG, "Ghi chú", "Note"),
};
static const struct xh_part parts[] = {
    {"evidence", "Bằng chứng", "Evidence", evidence_fields, XH_COUNT(evidence_fields), 100},
};

/* Checking and verifying ask for evidence, and for somebody else than the one who claims. */
static int judge_guard(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                       struct xh_err *err)
{
    (void)out;
    const struct xh_doc *doc = in->record->doc;
    if (ctx->who->party_id != 0 && ctx->who->party_id == xh_doc_int(doc, "party")) {
        return xh_err_set(err, XH_E_FORBIDDEN, "a claim is not checked by the party that makes it");
    }
    if (xh_doc_count(doc, "evidence") == 0 && xh_doc_is_null(doc, "record_id")) {
        return xh_err_field(err, XH_E_CONFLICT, "evidence", XH_STR("0"), "1 or more", "rows",
                            "a claim without evidence or a record that it rests on cannot be "
                            "checked");
    }
    return XH_E_OK;
}

/* To be verified a claim must say a number for a period: only that can be computed again. */
static int verify_guard(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                        struct xh_err *err)
{
    const struct xh_doc *doc = in->record->doc;
    int code = judge_guard(ctx, in, out, err);
    if (code < 0) {
        return code;
    }
    if (xh_doc_is_null(doc, "value") || xh_doc_text(doc, "unit").len == 0 ||
        xh_doc_is_null(doc, "period_from") || xh_doc_is_null(doc, "period_to")) {
        return xh_err_field(err, XH_E_CONFLICT, "value", XH_STR(""), "value, unit and period", NULL,
                            "a claim without value, unit and period cannot be verified");
    }
    return XH_E_OK;
}

enum {
    JUDGES = XH_ROLE_OFFICER | XH_ROLE_AUDITOR | XH_ROLE_ADMIN | XH_ROLE_ENGINE,
};

static const char *const states[] = {"declared", "checked", "verified", "disputed", "withdrawn",
                                     NULL};
static const char *const frozen[] = {"checked", "verified", "disputed", "withdrawn", NULL};

#define DISPUTE(from)                                                                              \
    {from, "disputed", "dispute", "Phản đối", "Dispute", {0, 0, JUDGES, 0},                        \
     &xh__core_reason_in, xh__core_reason_guard, xh__core_reason_effect}
#define WITHDRAW(from)                                                                             \
    {from, "withdrawn", "withdraw", "Rút lại", "Withdraw", {0, 0, XH__STAFF, XH_ROLE_BUSINESS},    \
     &xh__core_reason_in, xh__core_reason_guard, xh__core_reason_effect}

static const struct xh_transition transitions[] = {
    {"declared", "checked", "check", "Kiểm tra", "Check", {0, 0, JUDGES, 0}, NULL, judge_guard,
     NULL},
    {"checked", "verified", "verify", "Xác minh", "Verify", {0, 0, JUDGES, 0}, NULL, verify_guard,
     NULL},
    DISPUTE("declared"), DISPUTE("checked"), DISPUTE("verified"),
    WITHDRAW("declared"), WITHDRAW("checked"), WITHDRAW("verified"), WITHDRAW("disputed"),
};

const struct xh_record_type xh__core_claim = {
    .name = "claim",
    .plural = "claims",
    .label_vi = "Công bố",
    .label_en = "Claim",
    .plural_vi = "Các công bố",
    .plural_en = "Claims",
    .shape = XH_SHAPE_PARTS(fields, parts),
    .access = {XH__INSIDE, XH_ROLE_BUSINESS, XH__STAFF, XH_ROLE_BUSINESS},
    .owner_field = "party",
    .title_field = "statement",
    .states = states,
    .transitions = transitions,
    .transition_count = XH_COUNT(transitions),
    .frozen_states = frozen,
    .check = xh__core_check_period,
    .help_vi = "Điều một đơn vị công bố về môi trường, số liệu và bằng chứng của nó.",
    .help_en = "What somebody claims about the environment, with its number and evidence.",
};
