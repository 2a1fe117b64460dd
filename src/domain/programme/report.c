/* report.c: what one party reports for one period, and the review of it.
 *
 *   draft --submit--> submitted --return--> returned --submit--> submitted --approve--> approved
 *   draft, returned --withdraw--> withdrawn
 *
 * An approved report fulfils the duty that it answers: in time when it was first submitted by the
 * due day, late when after it; what the review took does not count against the party. */
#include "domain/programme/programme_internal.h"

static const struct xh_field report_fields[] = {
    XH_FIELD_TEXT("title", XH_F_REQUIRED | XH_F_LIST, "Tên báo cáo", "Title"),
    XH_FIELD_REF("party", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "core.party", "Đơn vị báo cáo",
                 "Party"),
    XH_FIELD_REF("place", XH_F_INDEXED | XH_F_LIST, "core.place", "Địa bàn", "Place"),
    XH_FIELD_REF("plan", XH_F_INDEXED, "programme.plan", "Kế hoạch", "Plan"),
    XH_FIELD_REF("duty", XH_F_INDEXED, "core.duty", "Nghĩa vụ", "Duty"),
    XH_FIELD_DAY("period_from", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "Kỳ từ ngày",
                 "Period from"),
    XH_FIELD_DAY("period_to", XH_F_REQUIRED | XH_F_LIST, "Kỳ đến trước ngày",
                 "Period until (exclusive)"),
    XH_FIELD_TEXT("summary", XH_F_LONG, "Tóm tắt", "Summary"),
    {"client_key", XH_T_TEXT, XH_F_INDEXED, "Khoá của lần gửi", "Key of the sender", NULL, 0, 0, 80,
     NULL, NULL, "Gửi lại cùng khoá thì vẫn là một báo cáo.",
     "Sent again with the same key it is still one report."},
    XH_FIELD_TIME("submitted_at", XH_F_READ_ONLY | XH_F_LIST, "Nộp lần đầu lúc", "First submitted"),
    XH_FIELD_TEXT("review", XH_F_READ_ONLY | XH_F_LONG, "Ý kiến khi trả lại",
                  "Why it was returned"),
};

static const struct xh_field answer_fields[] = {
    XH_FIELD_REF("target", XH_F_REQUIRED | XH_F_INDEXED, "programme.target", "Mục tiêu", "Target"),
    XH_FIELD_DEC("value", 0, NULL, "Giá trị", "Value"),
    XH_FIELD_TEXT("unit", 0, "Đơn vị", "Unit"),
    XH_FIELD_DEC("numerator", 0, NULL, "Tử số", "Numerator"),
    XH_FIELD_DEC("denominator", 0, NULL, "Mẫu số", "Denominator"),
    XH_FIELD_TEXT("note", XH_F_LONG, "Ghi chú", "Note"),
};
static const struct xh_field evidence_fields[] = {
    XH_FIELD_TEXT("title", XH_F_REQUIRED, "Tên bằng chứng", "Title"),
    XH_FIELD_CHOICE("kind", XH_F_REQUIRED, xh_review_evidence_kinds, "Loại", "Kind"),
    {"reference", XH_T_TEXT, XH_F_REQUIRED, "Số, địa chỉ", "Reference", NULL, 0, 0, 1000, NULL,
     NULL,
     NULL, NULL},
    {"target", XH_T_REF, 0, "Cho mục tiêu", "For the target", NULL, 0, 0, 0, NULL,
     "programme.target", "Để trống: cho cả báo cáo.", "Empty: for the whole report."},
    XH_FIELD_TEXT("note", XH_F_LONG, "Ghi chú", "Note"),
};
static const struct xh_part report_parts[] = {
    {"answers", "Trả lời từng mục tiêu", "Answers", answer_fields, XH_COUNT(answer_fields), 200},
    {"evidence", "Bằng chứng", "Evidence", evidence_fields, XH_COUNT(evidence_fields), 200},
};

static int report_check(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                        struct xh_err *err)
{
    (void)out;
    return xh_duty_check(ctx, in->record->doc, XH__PROGRAMME_REPORT, err);
}

/* ---- the review ---- */

static bool is_answered(const struct xh_doc *doc, size_t row)
{
    const struct xh_value *denominator = xh_doc_at(doc, "answers", row, "denominator");
    bool is_share = !xh_doc_at(doc, "answers", row, "numerator")->is_null && !denominator->is_null;
    struct xh_dec of = xh_value_dec(denominator);
    return is_share ? !xh_dec_is_zero(of) && !xh_dec_is_negative(of)
                    : !xh_doc_at(doc, "answers", row, "value")->is_null;
}

static bool has_evidence(const struct xh_doc *doc, int64_t target)
{
    for (size_t i = 0; i < xh_doc_count(doc, "evidence"); i++) {
        int64_t of = xh_value_int(xh_doc_at(doc, "evidence", i, "target"));
        if (of == 0 || of == target) {
            return true;
        }
    }
    return false;
}

static int answer_fault(const struct xh_doc *doc, size_t row, struct xh_err *err)
{
    int code = XH_E_OK;
    if (!is_answered(doc, row)) {
        code = xh_err_field(err, XH_E_CONFLICT, "value", XH_STR(""),
                            "a value, or numerator and a denominator above 0", NULL,
                            "answer %zu gives no number", row + 1);
    } else if (!has_evidence(doc, xh_value_int(xh_doc_at(doc, "answers", row, "target")))) {
        code = xh_err_field(err, XH_E_CONFLICT, "target", XH_STR(""), "1 or more rows of evidence",
                            NULL, "answer %zu rests on no evidence", row + 1);
    }
    return code;
}

/* A report says something, and shows what it rests on. */
static int submit_guard(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                        struct xh_err *err)
{
    (void)ctx;
    (void)out;
    return xh_review_some_rows(in->record->doc, "answers",
                               "a report needs at least one answer to be submitted", answer_fault,
                               err);
}

static int approve_effect(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                          struct xh_err *err)
{
    (void)out;
    int64_t duty_id = xh_doc_int(in->record->doc, "duty");
    int64_t submitted_us = xh_doc_int(in->record->doc, "submitted_at");
    return duty_id == 0 ? XH_E_OK : xh_duty_fulfil(ctx, duty_id, in->record->id, submitted_us, err);
}

static const char *const unique[] = {"party, client_key", NULL};
static const struct xh_transition transitions[] = {
    {"draft", "submitted", "submit", "Nộp", "Submit",
     {0, 0, XH__PROGRAMME_OFFICE, XH__PROGRAMME_PARTY}, NULL,
     submit_guard, xh_review_submitted},
    {"returned", "submitted", "submit", "Nộp lại", "Submit again",
     {0, 0, XH__PROGRAMME_OFFICE, XH__PROGRAMME_PARTY}, NULL, submit_guard, xh_review_submitted},
    {"submitted", "returned", "return", "Trả lại", "Return", {0, 0, XH__PROGRAMME_OFFICE, 0},
     &xh_review_return_in, NULL, xh_review_returned},
    {"submitted", "approved", "approve", "Duyệt", "Approve", {0, 0, XH__PROGRAMME_OFFICE, 0}, NULL,
     NULL, approve_effect},
    {"draft", "withdrawn", "withdraw", "Rút", "Withdraw",
     {0, 0, XH__PROGRAMME_OFFICE, XH__PROGRAMME_PARTY}, NULL,
     NULL, NULL},
    {"returned", "withdrawn", "withdraw", "Rút", "Withdraw",
     {0, 0, XH__PROGRAMME_OFFICE, XH__PROGRAMME_PARTY},
     NULL, NULL, NULL},
};

const struct xh_record_type xh__programme_report = {
    .name = "report",
    .plural = "reports",
    .label_vi = "Báo cáo",
    .label_en = "Report",
    .plural_vi = "Các báo cáo",
    .plural_en = "Reports",
    .shape = XH_SHAPE_PARTS(report_fields, report_parts),
    .access = {XH__PROGRAMME_INSIDE, XH__PROGRAMME_PARTY, XH__PROGRAMME_OFFICE,
               XH__PROGRAMME_PARTY},
    .owner_field = "party",
    .title_field = "title",
    .states = xh_review_states,
    .transitions = transitions,
    .transition_count = XH_COUNT(transitions),
    .frozen_states = xh_review_frozen,
    .unique = unique,
    .check = report_check,
    .help_vi = "Đơn vị trả lời từng mục tiêu kèm bằng chứng; cán bộ trả lại hoặc duyệt.",
    .help_en = "A party answers targets, with evidence; an officer returns or approves.",
};
