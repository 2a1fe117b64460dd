/* core_import.c: files of readings that were taken in, what became of each row, undoing. */
#include "kernel/core_internal.h"

#define COUNT_OF(name, flags, vi, en) XH_FIELD_INT(name, flags, 0, 9e15, NULL, vi, en)

static const struct xh_field fields[] = {
    XH_FIELD_TEXT("file", XH_F_REQUIRED | XH_F_LIST, "Tệp", "File"),
    {"sha256", XH_T_TEXT, XH_F_INDEXED, "Mã băm SHA-256", "SHA-256", NULL, 0, 0, 64, NULL, NULL,
     NULL, NULL},
    XH_FIELD_TIME("started", XH_F_LIST, "Bắt đầu", "Started"),
    XH_FIELD_TIME("finished", 0, "Kết thúc", "Finished"),
    COUNT_OF("rows", XH_F_LIST, "Số dòng", "Rows"),
    COUNT_OF("taken", XH_F_LIST, "Số đo được nhận", "Taken"),
    COUNT_OF("late", 0, "Đến muộn", "Late"),
    COUNT_OF("duplicate", 0, "Trùng", "Duplicate"),
    COUNT_OF("corrected", 0, "Sửa giá trị cũ", "Corrected"),
    COUNT_OF("refused", XH_F_LIST, "Bị từ chối", "Refused"),
    XH_FIELD_TEXT("mapping", XH_F_LONG, "Cách đọc cột", "Mapping of columns"),
    XH_FIELD_TIME("undone_us", XH_F_READ_ONLY, "Hoàn tác lúc", "Undone at"),
};

static const struct xh_field span_fields[] = {
    XH_FIELD_REF("series", XH_F_REQUIRED, "core.series", "Chuỗi số liệu", "Series"),
    COUNT_OF("seq_from", XH_F_REQUIRED, "Từ số thứ tự", "From sequence number"),
    COUNT_OF("seq_to", XH_F_REQUIRED, "Đến số thứ tự", "To sequence number"),
};
static const struct xh_field refusal_fields[] = {
    COUNT_OF("line", XH_F_REQUIRED, "Dòng", "Line"),
    XH_FIELD_TEXT("value", 0, "Giá trị", "Value"),
    {"reason", XH_T_TEXT, XH_F_REQUIRED, "Lý do", "Reason", NULL, 0, 0, 300, NULL, NULL, NULL,
     NULL},
};
static const struct xh_part parts[] = {
    {"spans", "Số đo đã ghi", "Readings written", span_fields, XH_COUNT(span_fields), 10000},
    {"refusals", "Dòng bị từ chối", "Rows refused", refusal_fields, XH_COUNT(refusal_fields), 1000},
};

static int finish_effect(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                         struct xh_err *err)
{
    (void)out;
    (void)err;
    xh_doc_set_int(in->record->doc, "finished", ctx->now_us);
    return XH_E_OK;
}

static int undo_effect(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                       struct xh_err *err)
{
    (void)out;
    (void)err;
    xh_doc_set_int(in->record->doc, "undone_us", ctx->now_us);
    return XH_E_OK;
}

static const char *const states[] = {"running", "done", "failed", "undone", NULL};
static const char *const frozen[] = {"done", "failed", "undone", NULL};

/* Only the program itself moves these: undoing takes the readings back first. */
static const struct xh_transition transitions[] = {
    {"running", "done", "finish", "Hoàn thành", "Finish", {0, 0, XH_ROLE_ENGINE, 0}, NULL, NULL,
     finish_effect},
    {"running", "failed", "fail", "Không thành công", "Fail", {0, 0, XH_ROLE_ENGINE, 0}, NULL, NULL,
     finish_effect},
    {"done", "undone", "undo", "Hoàn tác", "Undo", {0, 0, XH_ROLE_ENGINE, 0}, NULL, NULL,
     undo_effect},
    {"failed", "undone", "undo", "Hoàn tác", "Undo", {0, 0, XH_ROLE_ENGINE, 0}, NULL, NULL,
     undo_effect},
};

const struct xh_record_type xh__core_import = {
    .name = "import",
    .plural = "imports",
    .label_vi = "Lần nhập số liệu",
    .label_en = "Import",
    .plural_vi = "Các lần nhập số liệu",
    .plural_en = "Imports",
    .shape = XH_SHAPE_PARTS(fields, parts),
    .access = {XH__INSIDE, XH__OUTSIDE, XH__KEEPER, 0},
    .title_field = "file",
    .states = states,
    .transitions = transitions,
    .transition_count = XH_COUNT(transitions),
    .frozen_states = frozen,
    .help_vi = "Mỗi tệp số đo hoặc hoá đơn đã nhập: bao nhiêu dòng được nhận, trùng, bị từ chối; "
               "có thể hoàn tác.",
    .help_en = "Each file of readings or bills taken in: how many rows were taken, repeated, "
               "refused; it can be undone.",
};
