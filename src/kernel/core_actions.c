/* core_actions.c: what the core can do: charge, and what is done with findings on readings. */
#include "kernel/core_charge.h"
#include "kernel/core_internal.h"
#include "kernel/core_month.h"
#include "kernel/host.h"

static const struct xh_field estimate_fields[] = {
    XH_FIELD_REF("finding", XH_F_REQUIRED, "core.vee_finding", "Điểm nghi vấn", "Finding"),
};
static const struct xh_shape estimate_in = XH_SHAPE(estimate_fields);

static const struct xh_field accept_fields[] = {
    XH_FIELD_REF("finding", XH_F_REQUIRED, "core.vee_finding", "Điểm nghi vấn", "Finding"),
    XH_FIELD_TEXT("reason", XH_F_REQUIRED | XH_F_LONG, "Lý do", "Reason"),
};
static const struct xh_shape accept_in = XH_SHAPE(accept_fields);

static const struct xh_field ask_fields[] = {
    XH_FIELD_REF("series", XH_F_REQUIRED, "core.series", "Chuỗi số liệu", "Series"),
    XH_FIELD_TIME("time_from", XH_F_REQUIRED, "Từ thời điểm", "From"),
    {"time_to", XH_T_TIME, 0, "Đến thời điểm", "Until", NULL, 0, 0, 0, NULL, NULL,
     "Để trống: một thời điểm.", "Empty: one instant."},
    {"value", XH_T_REAL, 0, "Giá trị tại thời điểm", "Value at that instant", NULL, 0, 0, 0, NULL,
     NULL, "Hoặc lượng.", "Or an amount."},
    {"amount", XH_T_REAL, 0, "Lượng trong khoảng", "Amount over the span", NULL, 0, 0, 0, NULL,
     NULL, "Chia theo cùng thứ và giờ trước đó.", "Shared as the same weekdays and hours before."},
    XH_FIELD_TEXT("reason", XH_F_REQUIRED | XH_F_LONG, "Lý do", "Reason"),
    XH_FIELD_REF("finding", 0, "core.vee_finding", "Điểm nghi vấn", "Finding"),
};
static const struct xh_shape ask_in = XH_SHAPE(ask_fields);

static const struct xh_field undo_fields[] = {
    XH_FIELD_REF("edit", XH_F_REQUIRED, "core.reading_edit", "Lần sửa", "Edit"),
};
static const struct xh_shape undo_in = XH_SHAPE(undo_fields);

static const struct xh_field check_fields[] = {
    XH_FIELD_REF("series", XH_F_REQUIRED, "core.series", "Chuỗi số liệu", "Series"),
    XH_FIELD_DAY("day_from", XH_F_REQUIRED, "Từ ngày", "From"),
    XH_FIELD_DAY("day_to", XH_F_REQUIRED, "Đến trước ngày", "Until (exclusive)"),
};
static const struct xh_shape check_in = XH_SHAPE(check_fields);

static const struct xh_field done_fields[] = {
    XH_FIELD_INT("edit", 0, 0, 0, NULL, "Lần sửa", "Edit"),
    XH_FIELD_INT("readings", 0, 0, 0, NULL, "Số đo", "Readings"),
};
static const struct xh_shape done_out = XH_SHAPE(done_fields);

static const struct xh_field checked_fields[] = {
    XH_FIELD_INT("findings", 0, 0, 0, NULL, "Điểm nghi vấn", "Findings"),
};
static const struct xh_shape checked_out = XH_SHAPE(checked_fields);

static const struct xh_field count_fields[] = {
    XH_FIELD_INT("series", 0, 0, 0, NULL, "Chuỗi số liệu", "Series"),
    XH_FIELD_INT("silent", 0, 0, 0, NULL, "Im lặng", "Silent"),
    XH_FIELD_INT("open_findings", 0, 0, 0, NULL, "Điểm nghi vấn đang mở", "Open findings"),
    XH_FIELD_INT("taken", 0, 0, 0, NULL, "Đã nhận", "Taken"),
    XH_FIELD_INT("late", 0, 0, 0, NULL, "Đến muộn", "Late"),
    XH_FIELD_INT("duplicate", 0, 0, 0, NULL, "Trùng", "Duplicate"),
    XH_FIELD_INT("suspect", 0, 0, 0, NULL, "Nghi ngờ", "Suspect"),
    XH_FIELD_INT("refused", 0, 0, 0, NULL, "Bị từ chối", "Refused"),
};
static const struct xh_shape count_out = XH_SHAPE(count_fields);

static const struct xh_field bill_fields[] = {
    XH_FIELD_REF("bill", XH_F_REQUIRED, "core.bill", "Hoá đơn", "Bill"),
    XH_FIELD_TEXT("number", 0, "Số hoá đơn", "Number"),
    XH_FIELD_TEXT("series_code", 0, "Chuỗi số liệu", "Series"),
    XH_FIELD_DAY("period_from", 0, "Kỳ từ ngày", "Period from"),
    XH_FIELD_DAY("period_to", 0, "Kỳ đến trước ngày", "Period until (exclusive)"),
    XH_FIELD_INT("total", 0, 0, 0, NULL, "Đã tính", "As issued"),
    XH_FIELD_INT("total_now", 0, 0, 0, NULL, "Tính lại", "As of now"),
    XH_FIELD_REF("run", 0, "core.billing_run", "Kỳ tính tiền", "Billing run"),
};
static const struct xh_part bill_parts[] = {
    {"bills", "Hoá đơn", "Bills", bill_fields, XH_COUNT(bill_fields), 0},
};
static const struct xh_field bills_fields[] = {
    XH_FIELD_INT("count", 0, 0, 0, NULL, "Số hoá đơn", "Bills"),
    {"of_runs", XH_T_INT, 0, "Thuộc kỳ tính tiền", "Of billing runs", NULL, 0, 0, 0, NULL, NULL,
     "Không phát hành lại từng hoá đơn: sửa cả kỳ.",
     "They are not issued again one by one: their run is corrected."},
};
static const struct xh_shape bills_out = XH_SHAPE_PARTS(bills_fields, bill_parts);

static int run(struct xh_ctx *ctx, enum xh_vee_deed deed, const struct xh_in *in,
               struct xh_out *out, struct xh_err *err)
{
    return ctx->host->vee(ctx, deed, in->doc, out->doc, err);
}

static int estimate_run(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                        struct xh_err *err)
{
    return run(ctx, XH_VEE_DO_ESTIMATE, in, out, err);
}

static int accept_run(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                      struct xh_err *err)
{
    struct xh_doc *reason = xh_doc_create(ctx->arena, &xh__core_reason_in);
    (void)out;
    xh_doc_set_text(reason, "reason", xh_doc_text(in->doc, "reason"));
    return ctx->host->record_verb(ctx, "core.vee_finding", xh_doc_int(in->doc, "finding"), "accept",
                                  reason, NULL, err);
}

static int edit_run(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                    struct xh_err *err)
{
    return run(ctx, XH_VEE_DO_EDIT, in, out, err);
}

static int undo_run(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                    struct xh_err *err)
{
    return run(ctx, XH_VEE_DO_UNDO, in, out, err);
}

static int check_run(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                     struct xh_err *err)
{
    int code = xh__core_check_days(in->doc, "day_from", "day_to", err);
    return code < 0 ? code : run(ctx, XH_VEE_DO_CHECK, in, out, err);
}

static int counts_run(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                      struct xh_err *err)
{
    return run(ctx, XH_VEE_DO_COUNTS, in, out, err);
}

static int bills_run(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                     struct xh_err *err)
{
    return run(ctx, XH_VEE_DO_BILLS, in, out, err);
}

static int renew_run(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                     struct xh_err *err)
{
    (void)in;
    (void)out;
    return ctx->host->bills_renew(ctx, NULL, 0, err);
}

int xh__core_vee_run(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                     struct xh_err *err)
{
    (void)out;
    return ctx->host->vee(ctx, XH_VEE_DO_RUN, in->doc, NULL, err);
}

#define TO_DO {0, 0, XH__KEEPER, 0}
#define TO_SEE {XH__INSIDE, 0, 0, 0}
const struct xh_action xh__core_actions[XH__CORE_ACTION_COUNT] = {
    {"charge", "Tính tiền", "What it costs", &xh_core_charge_in, &xh_core_charge_out,
     {XH_ROLE_ANY, 0, XH_ROLE_ANY, 0}, true, xh_core_charge,
     "Tính tiền của một lượng điện, nước theo biểu giá, từng dòng kèm đơn giá và văn bản; "
     "không ghi gì lại.",
     "What a quantity of electricity or water costs under a tariff, each line with its price and "
     "document; nothing is written down."},
    {"month_so_far", "Tháng này đến nay", "The month so far", &xh_core_month_in,
     &xh_core_month_out, {XH_ROLE_ANY, 0, XH_ROLE_ANY, 0}, true, xh_core_month,
     "Đã dùng bao nhiêu từ đầu tháng, hết bao nhiêu tiền, cả tháng sẽ chừng nào, ngày nào sang bậc "
     "sau.",
     "What was used since the 1st, what it costs, what the month may come to, when the next tier "
     "begins."},
    {"reading_check", "Chỉ số này có hợp lý không?", "Is this number believable?",
     &xh__core_reading_check_in, &xh__core_reading_check_out, {XH_ROLE_ANY, 0, XH_ROLE_ANY, 0},
     true, xh__core_reading_check,
     "So số đọc được trên công tơ với lần trước và với mức thường dùng; không ghi gì.",
     "Sets a number read off a meter against the last one and usual use; writes nothing."},
    {"vee_estimate", "Ước tính chỗ thiếu", "Fill a gap", &estimate_in, &done_out, TO_DO, false,
     estimate_run,
     "Điền số đo ước tính vào chỗ thiếu mà điểm nghi vấn nêu; số đo thật đến sau sẽ thay.",
     "Puts estimated readings into the gap that a finding names; a real reading replaces them."},
    {"vee_accept", "Chấp nhận số đo", "Accept readings as right", &accept_in, NULL, TO_DO, false,
     accept_run, "Điểm nghi vấn được xem là đúng, kèm lý do.",
     "The readings of a finding are right, and why."},
    {"vee_edit", "Sửa số đo", "Edit readings", &ask_in, &done_out, TO_DO, false, edit_run,
     "Ghi giá trị cho một thời điểm, hoặc lượng cho một khoảng, kèm lý do.",
     "Puts a value for an instant, or an amount for a span, and why."},
    {"vee_undo", "Hoàn tác lần sửa số đo", "Undo an edit of readings", &undo_in, &done_out, TO_DO,
     false, undo_run, "Số đo đã ghi được rút lại; số trước đó có hiệu lực lại.",
     "The readings written are taken back; what was before is in force again."},
    {"vee_check", "Kiểm tra số đo", "Check readings", &check_in, &checked_out, TO_DO, false,
     check_run, "Kiểm tra lại số đo của một chuỗi trong các ngày đã cho.",
     "Checks the readings of a series once more over the days given."},
    {"vee_counts", "Tình hình số đo", "How readings come in", NULL, &count_out, TO_SEE, true,
     counts_run, "Bao nhiêu chuỗi im lặng, bao nhiêu số đo muộn, trùng, bị từ chối.",
     "How many series are silent, how many readings were late, repeated or refused."},
    {"vee_bills", "Hoá đơn cần tính lại", "Bills to be issued again", NULL, &bills_out, TO_SEE,
     true, bills_run, "Hoá đơn đã phát hành mà số tiền sẽ khác nếu tính lúc này.",
     "Bills that were issued and would come out differently now."},
    {"vee_renew", "Phát hành lại hoá đơn", "Issue bills again", NULL, NULL, TO_DO, false,
     renew_run, "Phát hành lần tiếp theo của các hoá đơn sẽ khác nếu tính lúc này.",
     "Issues the next revision of the bills that would come out differently now."},
    {"sample", "Chọn mẫu", "Draw a sample", &xh__core_sample_in, &xh__core_sample_out,
     {0, 0, XH_ROLE_AUDITOR | XH__KEEPER, 0}, false, xh__core_sample_run,
     "Chọn ngẫu nhiên hồ sơ để kiểm tra theo một hạt giống, và ghi lại lần chọn ấy.",
     "Draws records at random by a seed, to be checked, and writes the draw down."},
};
