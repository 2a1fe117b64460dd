/* core_vee.c: meter data quality as records: rules, what they found, and what was put in a
 * reading's place. What a check is: kernel/vee.h; what is done with them: core_actions.c. */
#include "kernel/core_internal.h"
#include "kernel/host.h"
#include "kernel/vee.h"

/* ---- rules ---- */

/* A limit: empty, the usual one; 0, the check is off. */
#define LIMIT_OF(name, unit, most, vi, en, help_vi, help_en)                                       \
    {name, XH_T_REAL, 0, vi, en, unit, 0, most, 0, NULL, NULL, help_vi, help_en}

static const struct xh_field rule_fields[] = {
    XH_FIELD_CODE("Mã", "Code"),
    XH_FIELD_TEXT("name", XH_F_REQUIRED | XH_F_LIST, "Tên", "Name"),
    {"quantity", XH_T_TEXT, XH_F_INDEXED | XH_F_LIST, "Đại lượng", "Quantity", NULL, 0, 0, 120,
     NULL, NULL, "Cho mọi chuỗi của đại lượng này, như energy.electricity; nếu không ghi chuỗi.",
     "For all series of this quantity, such as energy.electricity, when no series is named."},
    {"series", XH_T_REF, XH_F_INDEXED | XH_F_LIST, "Chuỗi số liệu", "Series", NULL, 0, 0, 0, NULL,
     "core.series", "Cho riêng chuỗi này; đi trước quy tắc của đại lượng.",
     "For this series alone; it goes before a rule for its quantity."},
    XH_FIELD_DAY("valid_from", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "Hiệu lực từ",
                 "Valid from"),
    XH_FIELD_DAY("valid_to", XH_F_LIST, "Hết hiệu lực từ", "Valid until (exclusive)"),
    XH_FIELD_REAL("range_min", 0, -1e15, 1e15, NULL, "Giá trị nhỏ nhất", "Smallest value"),
    XH_FIELD_REAL("range_max", 0, -1e15, 1e15, NULL, "Giá trị lớn nhất", "Largest value"),
    LIMIT_OF("spike_ratio", NULL, 1e6, "Đột biến từ mấy lần trung vị",
             "Spike from how many medians", "Trống: 5; 0: không kiểm tra.",
             "Empty: 5; 0: not checked."),
    LIMIT_OF("zero_hours", "h", 87600, "Bằng không từ mấy giờ", "Zeros from how many hours",
             "Trống: 48; 0: không kiểm tra.", "Empty: 48; 0: not checked."),
    LIMIT_OF("stuck_hours", "h", 87600, "Đứng số từ mấy giờ", "Stuck from how many hours",
             "Trống: 48; 0: không kiểm tra.", "Empty: 48; 0: not checked."),
    LIMIT_OF("gap_periods", NULL, 1e6, "Thiếu số đo từ mấy chu kỳ", "Gap from how many periods",
             "Trống: 1,5; 0: không kiểm tra.", "Empty: 1.5; 0: not checked."),
    LIMIT_OF("clock_s", "s", 86400, "Đồng hồ nhanh từ mấy giây",
             "Clock ahead from how many seconds",
             "Trống: 300; 0: không kiểm tra.", "Empty: 300; 0: not checked."),
    LIMIT_OF("sum_percent", "%", 100, "Lệch công tơ tổng từ", "Sum check from",
             "Trống: 10; 0: không kiểm tra.", "Empty: 10; 0: not checked."),
    LIMIT_OF("loss_percent", "%", 100, "Tổn thất đã biết", "Losses that are known",
             "Phần của công tơ tổng, như bảng cân bằng cho biết.",
             "A share of the main meter, as a balance tells."),
    {"ignores_steps", XH_T_BOOL, 0, "Bỏ qua bước âm và chỉ số bắt đầu lại",
     "Falls and resets are not checked", NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
    {"omits_zeros", XH_T_BOOL, 0, "Không gửi khi không dùng", "Sends nothing when nothing is used",
     NULL, 0, 0, 0, NULL, NULL, "Khi đó thiếu số đo không phải là lỗi.",
     "Then a gap is no fault."},
    {"marks_at_door", XH_T_BOOL, 0, "Đánh dấu ngay khi nhận", "Marked when it comes in", NULL, 0, 0,
     0, NULL, NULL, "Số đo vượt mức đột biến được đánh dấu nghi ngờ ngay khi đến.",
     "A reading beyond the limit of spikes is marked suspect when it arrives."},
    {"estimates", XH_T_BOOL, XH_F_LIST, "Tự ước tính chỗ thiếu", "Fills gaps by itself", NULL, 0, 0,
     0, NULL, NULL, NULL, NULL},
    LIMIT_OF("estimate_hours", "h", 8760, "Tự ước tính nhiều nhất", "Filled by itself at most",
             "Trống: 168; chỗ thiếu dài hơn chờ người quyết định.",
             "Empty: 168; a longer gap waits for a person."),
};

static int rule_check(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                      struct xh_err *err)
{
    (void)ctx;
    (void)out;
    const struct xh_doc *doc = in->record->doc;
    if (xh_doc_is_null(doc, "series") && xh_doc_text(doc, "quantity").len == 0) {
        return xh_err_field(err, XH_E_INVALID, "quantity", XH_STR(""), "a quantity or a series",
                            NULL, "a rule needs the quantity or the series that it is for");
    }
    bool has_range = !xh_doc_is_null(doc, "range_min") && !xh_doc_is_null(doc, "range_max");
    if (has_range && xh_doc_real(doc, "range_min") >= xh_doc_real(doc, "range_max")) {
        return xh_err_field(err, XH_E_INVALID, "range_max", XH_STR(""), "more than range_min", NULL,
                            "range_max is not more than range_min");
    }
    return xh__core_check_days(doc, "valid_from", "valid_to", err);
}

const struct xh_record_type xh__core_vee_rule = {
    .name = "vee_rule",
    .plural = "vee_rules",
    .label_vi = "Quy tắc chất lượng số liệu",
    .label_en = "Rule of data quality",
    .plural_vi = "Các quy tắc chất lượng số liệu",
    .plural_en = "Rules of data quality",
    .shape = XH_SHAPE(rule_fields),
    .access = {XH__INSIDE, 0, XH__KEEPER, 0},
    .title_field = "name",
    .check = rule_check,
    .help_vi = "Số đo của một đại lượng hay một chuỗi được kiểm tra thế nào, từ ngày nào; "
               "chỗ thiếu có được tự ước tính không. Không có quy tắc thì không kiểm tra.",
    .help_en = "How readings of a quantity or a series are checked, from which day on, and whether "
               "gaps are filled by themselves. Without a rule nothing is checked.",
};

/* ---- findings ---- */

/* As xh_vee_checks; the choices need a table of their own. */
static const struct xh_choice checks[] = {
    {"range", "Ngoài khoảng hợp lý", "Out of range"},
    {"spike", "Đột biến", "Spike"},
    {"zero", "Bằng không kéo dài", "Run of zeros"},
    {"stuck", "Đứng số", "Stuck"},
    {"negative", "Bước âm", "Negative step"},
    {"reset", "Chỉ số bắt đầu lại", "Reset"},
    {"gap", "Thiếu số đo", "Gap"},
    {"clock", "Đồng hồ sai", "Wrong clock"},
    {"sum", "Không khớp công tơ tổng", "Sum check"},
    {NULL, NULL, NULL},
};

static const struct xh_field finding_fields[] = {
    XH_FIELD_REF("series", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "core.series", "Chuỗi số liệu",
                 "Series"),
    XH_FIELD_REF("owner", XH_F_INDEXED, "core.party", "Chủ sở hữu", "Owner"),
    XH_FIELD_CHOICE("check_name", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, checks, "Kiểm tra",
                    "Check"),
    XH_FIELD_TIME("time_from", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "Từ thời điểm", "From"),
    XH_FIELD_TIME("time_to", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "Đến thời điểm", "Until"),
    XH_FIELD_REAL("measure", XH_F_LIST, 0, 0, NULL, "Đo được", "Measure"),
    XH_FIELD_REAL("limit_value", XH_F_LIST, 0, 0, NULL, "Giới hạn", "Limit"),
    XH_FIELD_TEXT("unit", 0, "Đơn vị", "Unit"),
    XH_FIELD_INT("readings", XH_F_LIST, 0, 9e15, NULL, "Số đo", "Readings"),
    XH_FIELD_REF("rule", XH_F_INDEXED, "core.vee_rule", "Quy tắc", "Rule"),
    XH_FIELD_REF("edit", XH_F_INDEXED, "core.reading_edit", "Đã thay bằng", "Replaced by"),
    XH_FIELD_TEXT("reason", XH_F_LONG, "Lý do", "Reason"),
};

static const char *const finding_states[] = {"open", "accepted", "estimated", "dismissed", "gone",
                                             NULL};

static const struct xh_field edit_in_fields[] = {
    XH_FIELD_REF("edit", 0, "core.reading_edit", "Đã thay bằng", "Replaced by"),
};
static const struct xh_shape edit_in = XH_SHAPE(edit_in_fields);

static int edited_effect(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                         struct xh_err *err)
{
    (void)ctx;
    (void)out;
    (void)err;
    if (xh_doc_is_null(in->doc, "edit")) {
        xh_doc_set_null(in->record->doc, "edit");
    } else {
        xh_doc_set_int(in->record->doc, "edit", xh_doc_int(in->doc, "edit"));
    }
    return XH_E_OK;
}

#define BY_PEOPLE {0, 0, XH__STAFF, 0}
#define BY_PROGRAM {0, 0, XH_ROLE_ENGINE, 0}
static const struct xh_transition finding_transitions[] = {
    {"open", "accepted", "accept", "Chấp nhận số đo", "Accept as right", BY_PEOPLE,
     &xh__core_reason_in, xh__core_reason_guard, xh__core_reason_effect},
    {"open", "dismissed", "dismiss", "Bỏ qua", "Dismiss", BY_PEOPLE, &xh__core_reason_in,
     xh__core_reason_guard, xh__core_reason_effect},
    {"accepted", "open", "reopen", "Mở lại", "Open again", BY_PEOPLE, NULL, NULL, NULL},
    {"dismissed", "open", "reopen", "Mở lại", "Open again", BY_PEOPLE, NULL, NULL, NULL},
    {"open", "estimated", "replace", "Đã thay", "Replaced", BY_PROGRAM, &edit_in, NULL,
     edited_effect},
    {"estimated", "open", "restore", "Lấy lại", "Taken back", BY_PROGRAM, &edit_in, NULL,
     edited_effect},
    {"open", "gone", "vanish", "Không còn", "No longer so", BY_PROGRAM, NULL, NULL, NULL},
};

const struct xh_record_type xh__core_vee_finding = {
    .name = "vee_finding",
    .plural = "vee_findings",
    .label_vi = "Điểm nghi vấn của số đo",
    .label_en = "Finding on readings",
    .plural_vi = "Các điểm nghi vấn của số đo",
    .plural_en = "Findings on readings",
    .shape = XH_SHAPE(finding_fields),
    .access = {XH__INSIDE, XH__OUTSIDE, XH_ROLE_ENGINE, 0},
    .owner_field = "owner",
    .title_field = "check_name",
    .states = finding_states,
    .transitions = finding_transitions,
    .transition_count = XH_COUNT(finding_transitions),
    .help_vi = "Số đo nào không qua kiểm tra, đo được bao nhiêu, giới hạn là bao nhiêu, và đã "
               "xử lý thế nào.",
    .help_en = "Which readings did not pass a check, by how much, and what was done about it.",
};

/* ---- what was put in a reading's place ---- */

static const struct xh_choice kinds[] = {
    {"value", "Giá trị tại một thời điểm", "Value at an instant"},
    {"amount", "Lượng trong một khoảng", "Amount over a span"},
    {"estimate", "Ước tính theo quy tắc", "Estimated by rule"},
    {NULL, NULL, NULL},
};
static const struct xh_choice methods[] = {
    {"line", "Đường thẳng", "Straight line"},
    {"profile", "Theo cùng thứ, cùng giờ trước đó", "By like days, amount known"},
    {"like_day", "Trung bình các ngày tương tự", "Average of like days"},
    {"even", "Chia đều", "Even"},
    {"given", "Người nhập", "Given by a person"},
    {NULL, NULL, NULL},
};

static const struct xh_field edit_fields[] = {
    XH_FIELD_REF("series", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "core.series", "Chuỗi số liệu",
                 "Series"),
    XH_FIELD_REF("owner", XH_F_INDEXED, "core.party", "Chủ sở hữu", "Owner"),
    XH_FIELD_CHOICE("kind", XH_F_REQUIRED | XH_F_LIST, kinds, "Cách sửa", "Kind"),
    XH_FIELD_CHOICE("method", XH_F_REQUIRED | XH_F_LIST, methods, "Phương pháp", "Method"),
    XH_FIELD_TIME("time_from", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "Từ thời điểm", "From"),
    XH_FIELD_TIME("time_to", XH_F_REQUIRED | XH_F_LIST, "Đến thời điểm", "Until"),
    XH_FIELD_REAL("value", XH_F_LIST, 0, 0, NULL, "Giá trị hoặc lượng", "Value or amount"),
    XH_FIELD_TEXT("reason", XH_F_REQUIRED | XH_F_LONG, "Lý do", "Reason"),
    XH_FIELD_TEXT("asked_by", XH_F_REQUIRED | XH_F_LIST, "Người sửa", "Asked by"),
    XH_FIELD_TIME("begun_us", XH_F_REQUIRED, "Bắt đầu lúc", "Begun at"),
    XH_FIELD_REF("finding", XH_F_INDEXED, "core.vee_finding", "Điểm nghi vấn", "Finding"),
    XH_FIELD_TIME("undone_us", XH_F_READ_ONLY, "Hoàn tác lúc", "Undone at"),
};
static const struct xh_field value_fields[] = {
    XH_FIELD_TIME("time", XH_F_REQUIRED, "Thời điểm", "Time"),
    XH_FIELD_REAL("before", 0, 0, 0, NULL, "Trước", "Before"),
    XH_FIELD_INT("before_quality", 0, 0, 255, NULL, "Chất lượng trước", "Quality before"),
    XH_FIELD_REAL("after", XH_F_REQUIRED, 0, 0, NULL, "Sau", "After"),
};
static const struct xh_field span_fields[] = {
    XH_FIELD_INT("seq_from", XH_F_REQUIRED, 0, 9e15, NULL, "Từ số thứ tự", "From sequence number"),
    XH_FIELD_INT("seq_to", XH_F_REQUIRED, 0, 9e15, NULL, "Đến số thứ tự", "To sequence number"),
};
static const struct xh_part edit_parts[] = {
    {"values", "Giá trị trước và sau", "Values before and after", value_fields,
     XH_COUNT(value_fields), XH_VEE_EDIT_VALUES_MAX},
    {"spans", "Số đo đã ghi", "Readings written", span_fields, XH_COUNT(span_fields),
     XH_VEE_EDIT_VALUES_MAX},
};

static int undo_effect(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                       struct xh_err *err)
{
    (void)out;
    (void)err;
    xh_doc_set_int(in->record->doc, "undone_us", ctx->now_us);
    return XH_E_OK;
}

static const char *const edit_states[] = {"begun", "done", "failed", "undone", NULL};
static const char *const edit_frozen[] = {"done", "failed", "undone", NULL};
static const struct xh_transition edit_transitions[] = {
    {"begun", "done", "finish", "Đã ghi", "Written", BY_PROGRAM, NULL, NULL, NULL},
    {"begun", "failed", "fail", "Không ghi được", "Not written", BY_PROGRAM, NULL, NULL, NULL},
    {"done", "undone", "undo", "Hoàn tác", "Undo", BY_PROGRAM, NULL, NULL, undo_effect},
};

const struct xh_record_type xh__core_reading_edit = {
    .name = "reading_edit",
    .plural = "reading_edits",
    .label_vi = "Lần sửa số đo",
    .label_en = "Edit of readings",
    .plural_vi = "Các lần sửa số đo",
    .plural_en = "Edits of readings",
    .shape = XH_SHAPE_PARTS(edit_fields, edit_parts),
    .access = {XH__INSIDE, XH__OUTSIDE, XH_ROLE_ENGINE, 0},
    .owner_field = "owner",
    .title_field = "reason",
    .states = edit_states,
    .transitions = edit_transitions,
    .transition_count = XH_COUNT(edit_transitions),
    .frozen_states = edit_frozen,
    .help_vi = "Số đo do người sửa hoặc do quy tắc ước tính: ai, vì sao, trước và sau; hoàn tác "
               "được.",
    .help_en = "Readings put in by a person or estimated by rule: who, why, before and after; it "
               "can be undone.",
};
