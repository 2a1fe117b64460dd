/* core_work.c: duties (what is owed, by whom, until when) and measures (what is done about it, and
 * whether it worked). */
#include "kernel/core_internal.h"

#include <math.h>

/* Due days come from Vietnamese documents and end at midnight in Vietnam, which keeps UTC+7 all the
 * year and has no summer time. */
enum { VIETNAM_OFFSET_H = 7 };

static int32_t day_in_vietnam(int64_t at_us)
{
    int64_t local_us = at_us + VIETNAM_OFFSET_H * XH_US_PER_HOUR;
    int64_t day = local_us / XH_US_PER_DAY;
    return (int32_t)(local_us % XH_US_PER_DAY < 0 ? day - 1 : day);
}

/* ---- duty ---- */

static const struct xh_choice standings[] = {
    {"due", "Chưa đến hạn", "Due"},
    {"late", "Quá hạn", "Overdue"},
    {"done", "Đã thực hiện đúng hạn", "Done in time"},
    {"done_late", "Đã thực hiện, quá hạn", "Done late"},
    {"waived", "Được miễn", "Waived"},
    {NULL, NULL, NULL},
};

static const struct xh_field duty_fields[] = {
    XH_FIELD_CODE("Mã", "Code"),
    XH_FIELD_TEXT("title", XH_F_REQUIRED | XH_F_LIST, "Nội dung", "Title"),
    XH_FIELD_REF("party", XH_F_INDEXED | XH_F_LIST, "core.party", "Đơn vị có trách nhiệm", "Party"),
    XH_FIELD_REF("place", XH_F_INDEXED | XH_F_LIST, "core.place", "Địa bàn", "Place"),
    {"record_type", XH_T_TEXT, XH_F_REQUIRED | XH_F_INDEXED, "Loại hồ sơ phải nộp",
     "What must be handed in", NULL, 0, 0, 80, NULL, NULL,
     "Loại hồ sơ hoàn thành nghĩa vụ, như programme.report.",
     "The record type that fulfils the duty, such as programme.report."},
    XH_FIELD_DAY("period_from", XH_F_REQUIRED, "Kỳ từ ngày", "Period from"),
    XH_FIELD_DAY("period_to", XH_F_REQUIRED, "Kỳ đến trước ngày", "Period until (exclusive)"),
    XH_FIELD_DAY("due", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "Hạn", "Due"),
    XH_FIELD_TEXT("basis", 0, "Căn cứ", "Legal basis"),
    XH_FIELD_INT("fulfilled_by", XH_F_READ_ONLY, 0, 0, NULL, "Hồ sơ đã nộp", "Fulfilled by record"),
    XH_FIELD_TIME("fulfilled_us", XH_F_READ_ONLY, "Nộp lúc", "Fulfilled at"),
    XH_FIELD_TEXT("reason", XH_F_READ_ONLY | XH_F_LONG, "Lý do miễn", "Why it was waived"),
    XH_FIELD_CHOICE("standing", XH_F_COMPUTED | XH_F_LIST, standings, "Tình trạng", "Standing"),
};

/* From the doc alone: `reason` is set by waiving only, `fulfilled_us` by fulfilling only. */
static void duty_compute(const struct xh_ctx *ctx, struct xh_doc *doc)
{
    int64_t due = xh_doc_int(doc, "due");
    if (xh_doc_text(doc, "reason").len > 0) {
        xh_doc_set_string(doc, "standing", "waived");
    } else if (!xh_doc_is_null(doc, "fulfilled_us")) {
        bool is_late = day_in_vietnam(xh_doc_int(doc, "fulfilled_us")) > due;
        xh_doc_set_string(doc, "standing", is_late ? "done_late" : "done");
    } else {
        xh_doc_set_string(doc, "standing", day_in_vietnam(ctx->now_us) > due ? "late" : "due");
    }
}

static const struct xh_field fulfil_fields[] = {
    XH_FIELD_INT("fulfilled_by", XH_F_REQUIRED, 1, 9e15, NULL, "Hồ sơ đã nộp",
                 "Fulfilled by record"),
    XH_FIELD_TIME("fulfilled_us", XH_F_REQUIRED, "Nộp lúc", "Fulfilled at"),
};
static const struct xh_shape fulfil_in = XH_SHAPE(fulfil_fields);

/* `fulfil` is for what came by the due day, `fulfil_late` for what came after it. */
static int fulfil_guard(const struct xh_in *in, bool is_late, struct xh_err *err)
{
    int32_t day = day_in_vietnam(xh_doc_int(in->doc, "fulfilled_us"));
    int32_t due = (int32_t)xh_doc_int(in->record->doc, "due");
    if (is_late == (day > due)) {
        return XH_E_OK;
    }
    char given[XH_TIME_TEXT_BYTES], limit[XH_TIME_TEXT_BYTES];
    size_t len = xh_day_print(day, given);
    (void)xh_day_print(due, limit);
    return xh_err_field(err, XH_E_CONFLICT, "fulfilled_us", (struct xh_str){given, len}, limit,
                        NULL, "fulfilled on %s, due on %s: the verb is %s", given, limit,
                        is_late ? "fulfil" : "fulfil_late");
}

static int fulfil_in_time(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                          struct xh_err *err)
{
    (void)ctx;
    (void)out;
    return fulfil_guard(in, false, err);
}

static int fulfil_after_due(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                            struct xh_err *err)
{
    (void)ctx;
    (void)out;
    return fulfil_guard(in, true, err);
}

static int fulfil_effect(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                         struct xh_err *err)
{
    (void)ctx;
    (void)out;
    (void)err;
    xh_doc_set_int(in->record->doc, "fulfilled_by", xh_doc_int(in->doc, "fulfilled_by"));
    xh_doc_set_int(in->record->doc, "fulfilled_us", xh_doc_int(in->doc, "fulfilled_us"));
    return XH_E_OK;
}

static const char *const duty_states[] = {"open", "fulfilled", "late_fulfilled", "waived", NULL};
static const char *const duty_frozen[] = {"fulfilled", "late_fulfilled", "waived", NULL};
static const struct xh_transition duty_transitions[] = {
    {"open", "fulfilled", "fulfil", "Hoàn thành", "Fulfil", {0, 0, XH_ROLE_ENGINE, 0}, &fulfil_in,
     fulfil_in_time, fulfil_effect},
    {"open", "late_fulfilled", "fulfil_late", "Hoàn thành quá hạn", "Fulfil late",
     {0, 0, XH_ROLE_ENGINE, 0}, &fulfil_in, fulfil_after_due, fulfil_effect},
    {"open", "waived", "waive", "Miễn", "Waive", {0, 0, XH_ROLE_OFFICER | XH_ROLE_ADMIN, 0},
     &xh__core_reason_in, xh__core_reason_guard, xh__core_reason_effect},
};

const struct xh_record_type xh__core_duty = {
    .name = "duty",
    .plural = "duties",
    .label_vi = "Nghĩa vụ",
    .label_en = "Duty",
    .plural_vi = "Các nghĩa vụ",
    .plural_en = "Duties",
    .shape = XH_SHAPE(duty_fields),
    .access = {XH__INSIDE, XH__OUTSIDE, XH_ROLE_OFFICER | XH_ROLE_ADMIN | XH_ROLE_ENGINE, 0},
    .owner_field = "party",
    .title_field = "title",
    .states = duty_states,
    .transitions = duty_transitions,
    .transition_count = XH_COUNT(duty_transitions),
    .frozen_states = duty_frozen,
    .compute = duty_compute,
    .check = xh__core_check_period,
    .help_vi = "Ai phải báo cáo gì, cho kỳ nào, trước ngày nào, theo văn bản nào.",
    .help_en = "Who must hand in what, for which period, by which day, by which document.",
};

/* ---- measure ---- */

static const struct xh_choice measure_kinds[] = {
    {"cleaner_production", "Giải pháp sản xuất sạch hơn", "Cleaner production measure"},
    {"saving_tip", "Mẹo tiết kiệm", "Saving tip"},
    {"roadmap", "Lộ trình", "Roadmap"},
    {"net_zero", "Phát thải ròng bằng không", "Net zero"},
    {"pledge", "Cam kết", "Pledge"},
    {"funded", "Nhiệm vụ được hỗ trợ kinh phí", "Funded task"},
    {NULL, NULL, NULL},
};
static const struct xh_choice verdicts[] = {
    {"proved", "Có hiệu quả, đã chứng minh", "Proved"},
    {"not_proved", "Chưa chứng minh được hiệu quả", "Not proved"},
    {"pending", "Chờ đánh giá", "Pending"},
    {NULL, NULL, NULL},
};

static const struct xh_field measure_fields[] = {
    {"code", XH_T_TEXT, XH_F_UNIQUE | XH_F_INDEXED | XH_F_LIST, "Mã", "Code", NULL, 0, 0, 120, NULL,
     NULL, NULL, NULL},
    XH_FIELD_TEXT("title", XH_F_REQUIRED | XH_F_LIST, "Tên giải pháp", "Title"),
    XH_FIELD_CHOICE("kind", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, measure_kinds, "Loại",
                    "Kind"),
    XH_FIELD_REF("party", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "core.party",
                 "Đơn vị thực hiện", "Party"),
    XH_FIELD_REF("place", XH_F_INDEXED, "core.place", "Địa điểm", "Place"),
    XH_FIELD_REF("series", 0, "core.series", "Chuỗi số liệu", "Series"),
    XH_FIELD_REAL("baseline_value", 0, 0, 0, NULL, "Mức nền", "Baseline"),
    XH_FIELD_TEXT("baseline_unit", 0, "Đơn vị của mức nền", "Unit of the baseline"),
    XH_FIELD_DAY("baseline_from", 0, "Kỳ nền từ ngày", "Baseline from"),
    XH_FIELD_DAY("baseline_to", 0, "Kỳ nền đến trước ngày", "Baseline until (exclusive)"),
    {"expected_effect", XH_T_REAL, XH_F_LIST, "Hiệu quả dự kiến", "Expected effect", NULL, 0, 0, 0,
     NULL, NULL, "Số âm là giảm, số dương là tăng.", "Negative: less of it; positive: more of it."},
    XH_FIELD_TEXT("expected_unit", 0, "Đơn vị của hiệu quả", "Unit of the effect"),
    XH_FIELD_MONEY("cost", 0, "Kinh phí", "Cost"),
    XH_FIELD_TEXT("responsible", XH_F_PERSONAL, "Người chịu trách nhiệm", "Responsible person"),
    XH_FIELD_DAY("due", XH_F_INDEXED | XH_F_LIST, "Hạn", "Due"),
    XH_FIELD_DAY("done", 0, "Ngày hoàn thành", "Done on"),
    XH_FIELD_REAL("verified_effect", XH_F_READ_ONLY, 0, 0, NULL, "Hiệu quả đo được",
                  "Verified effect"),
    XH_FIELD_REAL("verified_low", XH_F_READ_ONLY, 0, 0, NULL, "Cận dưới", "Lower bound"),
    XH_FIELD_REAL("verified_high", XH_F_READ_ONLY, 0, 0, NULL, "Cận trên", "Upper bound"),
    XH_FIELD_CHOICE("verdict", XH_F_READ_ONLY | XH_F_INDEXED | XH_F_LIST, verdicts, "Kết luận",
                    "Verdict"),
    XH_FIELD_TEXT("evidence", XH_F_LONG, "Bằng chứng", "Evidence"),
    XH_FIELD_TEXT("reason", XH_F_READ_ONLY | XH_F_LONG, "Lý do dừng", "Why it was dropped"),
};

static const struct xh_field file_fields[] = {
    XH_FIELD_TEXT("name", XH_F_REQUIRED, "Tên tài liệu", "Name of the document"),
    {"url", XH_T_TEXT, 0, "Địa chỉ", "Address", NULL, 0, 0, 1000, NULL, NULL, NULL, NULL},
    XH_FIELD_TEXT("note", XH_F_LONG, "Ghi chú", "Note"),
};
static const struct xh_part measure_parts[] = {
    {"evidence_files", "Tài liệu chứng minh", "Documents of evidence", file_fields,
     XH_COUNT(file_fields), 100},
};

static int measure_check(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                         struct xh_err *err)
{
    (void)ctx;
    (void)out;
    return xh__core_check_days(in->record->doc, "baseline_from", "baseline_to", err);
}

static const struct xh_field finish_fields[] = {
    XH_FIELD_DAY("done", 0, "Ngày hoàn thành", "Done on"),
};
static const struct xh_shape finish_in = XH_SHAPE(finish_fields);

static int finish_effect(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                         struct xh_err *err)
{
    (void)out;
    (void)err;
    struct xh_doc *doc = in->record->doc;
    if (in->doc != NULL && !xh_doc_is_null(in->doc, "done")) {
        xh_doc_set_int(doc, "done", xh_doc_int(in->doc, "done"));
    } else if (xh_doc_is_null(doc, "done")) {
        xh_doc_set_int(doc, "done", day_in_vietnam(ctx->now_us));
    }
    xh_doc_set_string(doc, "verdict", "pending");
    return XH_E_OK;
}

static const struct xh_field verify_fields[] = {
    XH_FIELD_REAL("verified_effect", XH_F_REQUIRED, 0, 0, NULL, "Hiệu quả đo được",
                  "Verified effect"),
    XH_FIELD_REAL("verified_low", XH_F_REQUIRED, 0, 0, NULL, "Cận dưới", "Lower bound"),
    XH_FIELD_REAL("verified_high", XH_F_REQUIRED, 0, 0, NULL, "Cận trên", "Upper bound"),
    XH_FIELD_TEXT("evidence", XH_F_LONG, "Bằng chứng", "Evidence"),
};
static const struct xh_shape verify_in = XH_SHAPE(verify_fields);

static int verify_guard(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                        struct xh_err *err)
{
    (void)ctx;
    (void)out;
    double low = xh_doc_real(in->doc, "verified_low"), high = xh_doc_real(in->doc, "verified_high");
    double effect = xh_doc_real(in->doc, "verified_effect");
    if (xh_doc_real(in->record->doc, "expected_effect") == 0) {
        return xh_err_field(err, XH_E_CONFLICT, "expected_effect", XH_STR(""), "a number but 0",
                            NULL, "without an expected effect there is nothing to verify");
    }
    if (!isfinite(low) || !isfinite(high) || !(low <= effect && effect <= high)) {
        return xh_err_field(err, XH_E_INVALID, "verified_effect", XH_STR(""),
                            "verified_low to verified_high", NULL,
                            "verified_effect must lie between verified_low and verified_high");
    }
    return XH_E_OK;
}

/* Proved only when the whole interval lies on the side of the expected effect; one that touches 0
 * proves nothing. */
static int verify_effect(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                         struct xh_err *err)
{
    (void)ctx;
    (void)out;
    (void)err;
    struct xh_doc *doc = in->record->doc;
    double low = xh_doc_real(in->doc, "verified_low"), high = xh_doc_real(in->doc, "verified_high");
    bool is_proved = xh_doc_real(doc, "expected_effect") > 0 ? low > 0 : high < 0;
    xh_doc_set_real(doc, "verified_effect", xh_doc_real(in->doc, "verified_effect"));
    xh_doc_set_real(doc, "verified_low", low);
    xh_doc_set_real(doc, "verified_high", high);
    xh_doc_set_string(doc, "verdict", is_proved ? "proved" : "not_proved");
    if (xh_doc_text(in->doc, "evidence").len > 0) {
        xh_doc_set_text(doc, "evidence", xh_doc_text(in->doc, "evidence"));
    }
    return XH_E_OK;
}

static const char *const measure_states[] = {"planned", "running", "done", "verified", "dropped",
                                             NULL};
static const char *const measure_frozen[] = {"verified", "dropped", NULL};
static const struct xh_transition measure_transitions[] = {
    {"planned", "running", "start", "Bắt đầu", "Start", {0, 0, XH__STAFF, XH__OUTSIDE}, NULL, NULL,
     NULL},
    {"running", "done", "finish", "Hoàn thành", "Finish", {0, 0, XH__STAFF, XH__OUTSIDE},
     &finish_in, NULL, finish_effect},
    {"done", "verified", "verify", "Đánh giá hiệu quả", "Verify", {0, 0, XH__STAFF, 0}, &verify_in,
     verify_guard, verify_effect},
    {"planned", "dropped", "drop", "Dừng", "Drop", {0, 0, XH__STAFF, XH__OUTSIDE},
     &xh__core_reason_in, xh__core_reason_guard, xh__core_reason_effect},
    {"running", "dropped", "drop", "Dừng", "Drop", {0, 0, XH__STAFF, XH__OUTSIDE},
     &xh__core_reason_in, xh__core_reason_guard, xh__core_reason_effect},
};

const struct xh_record_type xh__core_measure = {
    .name = "measure",
    .plural = "measures",
    .label_vi = "Giải pháp",
    .label_en = "Measure",
    .plural_vi = "Các giải pháp",
    .plural_en = "Measures",
    .shape = XH_SHAPE_PARTS(measure_fields, measure_parts),
    .access = {XH__INSIDE, XH__OUTSIDE, XH__STAFF, XH__OUTSIDE},
    .owner_field = "party",
    .title_field = "title",
    .states = measure_states,
    .transitions = measure_transitions,
    .transition_count = XH_COUNT(measure_transitions),
    .frozen_states = measure_frozen,
    .check = measure_check,
    .why = xh__core_measure_why,
    .help_vi = "Việc làm để giảm tiêu thụ, chất thải, phát thải; hiệu quả chỉ được công nhận khi "
               "khoảng tin cậy không chứa số 0.",
    .help_en = "What is done to use, waste or emit less; its effect is proved only when the "
               "interval of confidence does not contain 0.",
};
