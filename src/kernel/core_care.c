/* core_care.c: how long readings are kept, and readings that were erased for the law; the two jobs
 * that see to both, and the list of the core's jobs.
 *
 * An erasure is written down before the first reading goes: "begun", then "open" when no question
 * finds the readings any more, then "done" when they have left the disk. One that breaks off in
 * between is carried out by the job. */
#include "kernel/core_internal.h"
#include "kernel/host.h"

/* ---- erasure ---- */

#define COUNT_OF(name, flags, vi, en) XH_FIELD_INT(name, flags, 0, 9e15, NULL, vi, en)

static const struct xh_field erasure_fields[] = {
    XH_FIELD_REF("series", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "core.series", "Chuỗi số liệu",
                 "Series"),
    XH_FIELD_REF("owner", XH_F_INDEXED, "core.party", "Chủ sở hữu", "Owner"),
    XH_FIELD_TIME("time_from", XH_F_REQUIRED | XH_F_LIST, "Từ thời điểm", "From"),
    XH_FIELD_TIME("time_to", XH_F_REQUIRED | XH_F_LIST, "Đến trước thời điểm", "Until (exclusive)"),
    XH_FIELD_TEXT("reason", XH_F_REQUIRED | XH_F_LONG, "Lý do", "Reason"),
    XH_FIELD_TEXT("asked_by", XH_F_REQUIRED | XH_F_LIST, "Người yêu cầu", "Asked by"),
    COUNT_OF("readings", XH_F_READ_ONLY | XH_F_LIST, "Số đo đã xoá", "Readings erased"),
    XH_FIELD_TIME("erased_us", XH_F_READ_ONLY, "Không còn thấy từ lúc", "Out of sight since"),
    XH_FIELD_TIME("left_us", XH_F_READ_ONLY, "Rời khỏi đĩa lúc", "Left the disk at"),
};

static const struct xh_field hide_fields[] = {
    COUNT_OF("readings", XH_F_REQUIRED, "Số đo đã xoá", "Readings erased"),
};
static const struct xh_shape hide_in = XH_SHAPE(hide_fields);

static int hide_effect(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                       struct xh_err *err)
{
    (void)out;
    (void)err;
    xh_doc_set_int(in->record->doc, "readings", xh_doc_int(in->doc, "readings"));
    xh_doc_set_int(in->record->doc, "erased_us", ctx->now_us);
    return XH_E_OK;
}

static int leave_effect(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                        struct xh_err *err)
{
    (void)out;
    (void)err;
    xh_doc_set_int(in->record->doc, "left_us", ctx->now_us);
    return XH_E_OK;
}

static const char *const erasure_states[] = {"begun", "open", "done", NULL};

/* Only the program itself moves these: the readings go first. */
static const struct xh_transition erasure_transitions[] = {
    {"begun", "open", "hide", "Đã xoá khỏi kết quả", "Out of sight", {0, 0, XH_ROLE_ENGINE, 0},
     &hide_in, NULL, hide_effect},
    {"open", "done", "leave", "Đã rời khỏi đĩa", "Left the disk", {0, 0, XH_ROLE_ENGINE, 0}, NULL,
     NULL, leave_effect},
};

const struct xh_record_type xh__core_erasure = {
    .name = "erasure",
    .plural = "erasures",
    .label_vi = "Lần xoá số đo",
    .label_en = "Erasure",
    .plural_vi = "Các lần xoá số đo",
    .plural_en = "Erasures",
    .shape = XH_SHAPE(erasure_fields),
    .access = {XH__INSIDE, XH__OUTSIDE, XH_ROLE_ENGINE, 0},
    .owner_field = "owner",
    .title_field = "reason",
    .states = erasure_states,
    .transitions = erasure_transitions,
    .transition_count = XH_COUNT(erasure_transitions),
    .frozen_states = erasure_states,
    .help_vi = "Số đo bị xoá vĩnh viễn theo yêu cầu: của chuỗi nào, từ khi nào đến khi nào, ai yêu "
               "cầu và vì sao; xong khi số đo đã rời khỏi đĩa.",
    .help_en = "Readings erased for good on request: of which series, from when until when, who "
               "asked and why; done when they have left the disk.",
};

/* ---- retention ---- */

enum { DAY_S = 86400, KEEP_LEAST_DAYS = 30, DAYS_MAX = 36500 };

static const struct xh_field retention_fields[] = {
    XH_FIELD_CODE("Mã", "Code"),
    XH_FIELD_TEXT("name", XH_F_REQUIRED | XH_F_LIST, "Tên", "Name"),
    {"keep_days", XH_T_INT, XH_F_LIST, "Lưu trong", "Kept for", "d", 0, DAYS_MAX, 0, NULL, NULL,
     "0 hoặc để trống: lưu mãi; nếu không, ít nhất 30 ngày.",
     "0 or empty: for ever; else at least 30 days."},
    {"thin_after_days", XH_T_INT, XH_F_LIST, "Làm thưa sau", "Thinned after", "d", 0, DAYS_MAX, 0,
     NULL, NULL, "0 hoặc để trống: không làm thưa.", "0 or empty: never thinned."},
    {"thin_step_s", XH_T_INT, XH_F_LIST, "Mỗi đoạn giữ một số đo", "One reading kept each", "s", 0,
     DAY_S, 0, NULL, NULL, "Giữ số đo cuối của mỗi đoạn, như 3600 hay 86400; chia hết một ngày.",
     "The last reading of each step is kept, such as 3600 or 86400; it divides a day."},
    XH_FIELD_TIME("removed_us", XH_F_READ_ONLY, "Lần bỏ gần nhất", "Last removed at"),
    COUNT_OF("removed_last", XH_F_READ_ONLY, "Số đo bỏ lần đó", "Readings removed then"),
    COUNT_OF("removed", XH_F_READ_ONLY | XH_F_LIST, "Số đo đã bỏ", "Readings removed in all"),
    XH_FIELD_TIME("thinned_us", XH_F_READ_ONLY, "Đã làm thưa đến", "Thinned until"),
    XH_FIELD_INT("thinned_step_s", XH_F_READ_ONLY, 0, DAY_S, "s", "Đã làm thưa theo đoạn",
                 "Thinned by steps of"),
};

/* A slip of the finger must not take nearly everything. */
static int check_keep(const struct xh_doc *doc, struct xh_err *err)
{
    int64_t keep_days = xh_doc_int(doc, "keep_days");
    char text[XH_NUM_TEXT_BYTES];
    if (keep_days == 0 || keep_days >= KEEP_LEAST_DAYS) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_INVALID, "keep_days",
                        (struct xh_str){text, xh_int_print(keep_days, text)}, "0, or 30 and more",
                        "d", "keep_days %lld d is less than 30 d: what is removed is gone for good",
                        (long long)keep_days);
}

static int check_thin(const struct xh_doc *doc, struct xh_err *err)
{
    int64_t keep_days = xh_doc_int(doc, "keep_days");
    int64_t after_days = xh_doc_int(doc, "thin_after_days");
    int64_t step_s = xh_doc_int(doc, "thin_step_s");
    char text[XH_NUM_TEXT_BYTES];
    if (after_days == 0) {
        return XH_E_OK;
    }
    if (step_s < 60 || DAY_S % step_s != 0) {
        return xh_err_field(err, XH_E_INVALID, "thin_step_s",
                            (struct xh_str){text, xh_int_print(step_s, text)},
                            "60 to 86400, dividing 86400", "s",
                            "thin_step_s %lld s must be 60 s or more and divide a day",
                            (long long)step_s);
    }
    if (keep_days > 0 && after_days >= keep_days) {
        return xh_err_field(err, XH_E_INVALID, "thin_after_days",
                            (struct xh_str){text, xh_int_print(after_days, text)},
                            "less than keep_days", "d",
                            "thin_after_days %lld d is not before keep_days %lld d",
                            (long long)after_days, (long long)keep_days);
    }
    return XH_E_OK;
}

static int retention_check(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                           struct xh_err *err)
{
    (void)ctx;
    (void)out;
    int code = check_keep(in->record->doc, err);
    return code < 0 ? code : check_thin(in->record->doc, err);
}

const struct xh_record_type xh__core_retention = {
    .name = "retention",
    .plural = "retentions",
    .label_vi = "Thời hạn lưu",
    .label_en = "Retention",
    .plural_vi = "Các thời hạn lưu",
    .plural_en = "Retentions",
    .shape = XH_SHAPE(retention_fields),
    .access = {XH__INSIDE, 0, XH__KEEPER, 0},
    .title_field = "name",
    .check = retention_check,
    .help_vi = "Số đo của các chuỗi được lưu bao lâu, và khi nào chỉ giữ mỗi đoạn một số đo. Chuỗi "
               "không ghi thời hạn thì lưu mãi.",
    .help_en = "How long readings of its series are kept, and from when on only one of each step. "
               "A series that names none is kept for ever.",
};

/* ---- jobs ---- */

enum { CLASSES_MAX = 1000 };

struct classes {
    struct xh_record *items; /* CLASSES_MAX */
    size_t count;
};

static int keep_class(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct classes *classes = arg;
    (void)err;
    bool is_for_ever = xh_doc_int(record->doc, "keep_days") == 0 &&
                       xh_doc_int(record->doc, "thin_after_days") == 0;
    if (!is_for_ever) {
        classes->items[classes->count++] = *record;
    }
    return XH_E_OK;
}

/* A class that fails does not hold up the others; the first fault is told. */
static int retain_run(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                      struct xh_err *err)
{
    struct classes classes = {XH_NEW_ARRAY(ctx->arena, struct xh_record, CLASSES_MAX), 0};
    struct xh_list list = {.limit = CLASSES_MAX};
    struct xh_str next;
    int first = XH_E_OK;
    (void)in;
    (void)out;
    int code = ctx->host->record_list(ctx, "core.retention", &list, keep_class, &classes, &next,
                                      err);
    for (size_t i = 0; code >= 0 && i < classes.count; i++) {
        ctx->host->progress(ctx, (int64_t)i, (int64_t)classes.count, "retain");
        int kept = ctx->host->readings_retain(ctx, &classes.items[i], first < 0 ? NULL : err);
        first = first < 0 ? first : kept;
    }
    ctx->host->progress(ctx, (int64_t)classes.count, (int64_t)classes.count, "retain");
    return code < 0 ? code : first < 0 ? first : XH_E_OK;
}

static int erase_run(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                     struct xh_err *err)
{
    (void)in;
    (void)out;
    return ctx->host->erasures_settle(ctx, err);
}

const struct xh_job xh__core_jobs[XH__CORE_JOB_COUNT] = {
    {"erase", "Theo dõi việc xoá số đo", "Follow erasures until they have left the disk", 600, NULL,
     erase_run},
    {"retain", "Bỏ số đo quá thời hạn lưu", "Remove readings that are kept no longer", DAY_S, NULL,
     retain_run},
    {"rebill", "Phát hành lại hoá đơn khi giá được sửa",
     "Re-issue bills whose prices were corrected", 0, "core.dated", xh__core_rebill},
    {"vee", "Kiểm tra chất lượng số đo mới đến", "Check the readings that came in", 300, NULL,
     xh__core_vee_run},
    {"billing", "Tính và phát hành các kỳ tính tiền lớn", "Compute and issue large billing runs", 0,
     "core.billing_run", xh__core_run_bills},
};
