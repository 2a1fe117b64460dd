/* case.c: the case file of a cleaner-production assessment. Its states are in case_review.c. */
#include <math.h>

#include "domain/industry/cut.h"
#include "domain/industry/industry_internal.h"

const struct xh_choice xh__industry_result_kinds[] = {
    {"material", "Nguyên, vật liệu", "Materials"},
    {"energy", "Năng lượng", "Energy"},
    {"dust", "Bụi", "Dust"},
    {"wastewater", "Nước thải", "Wastewater"},
    {"water", "Nước", "Water"},
    {"waste", "Chất thải rắn", "Solid waste"},
    {NULL, NULL, NULL},
};

static const struct xh_field fields[] = {
    XH_FIELD_CODE("Mã", "Code"),
    XH_FIELD_TEXT("title", XH_F_REQUIRED | XH_F_LIST, "Tên hồ sơ", "Title"),
    XH_FIELD_REF("party", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "core.party", "Doanh nghiệp",
                 "Firm"),
    XH_FIELD_REF("place", XH_F_INDEXED | XH_F_LIST, "core.place", "Địa bàn", "Place"),
    {"year", XH_T_INT, XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "Tính cho năm", "Counts for",
     NULL, 1990, 2100, 0, NULL, NULL, NULL, NULL},
    XH_FIELD_DAY("period_from", XH_F_REQUIRED | XH_F_INDEXED, "Kỳ từ ngày", "Period from"),
    XH_FIELD_DAY("period_to", XH_F_REQUIRED, "Kỳ đến trước ngày", "Period until (exclusive)"),
    XH_FIELD_REF("duty", XH_F_INDEXED, "core.duty", "Nghĩa vụ", "Duty"),
    XH_FIELD_TEXT("focus", XH_F_LIST, "Trọng tâm đánh giá", "Focus"),
    XH_FIELD_TEXT("product", 0, "Sản phẩm", "Product"),
    XH_FIELD_DEC("output", 0, NULL, "Sản lượng trong kỳ", "Product of the period"),
    XH_FIELD_TEXT("output_unit", 0, "Đơn vị sản phẩm", "Unit of the product"),
    XH_FIELD_TIME("submitted_at", XH_F_READ_ONLY | XH_F_LIST, "Nộp lần đầu lúc", "First submitted"),
    XH_FIELD_TIME("approved_at", XH_F_READ_ONLY, "Duyệt lúc", "Approved"),
    XH_FIELD_TEXT("review", XH_F_READ_ONLY | XH_F_LONG, "Ý kiến khi trả lại",
                  "Why it was returned"),
    XH_FIELD_REAL("material_cut_percent", XH_F_COMPUTED | XH_F_LIST, 0, 0, "%",
                  "Giảm nguyên, vật liệu", "Cut of materials"),
    XH_FIELD_REAL("energy_cut_percent", XH_F_COMPUTED | XH_F_LIST, 0, 0, "%", "Giảm năng lượng",
                  "Cut of energy"),
    XH_FIELD_REAL("dust_cut_percent", XH_F_COMPUTED, 0, 0, "%", "Giảm bụi", "Cut of dust"),
    XH_FIELD_REAL("wastewater_cut_percent", XH_F_COMPUTED, 0, 0, "%", "Giảm nước thải",
                  "Cut of wastewater"),
};

static const struct xh_field task_fields[] = {
    XH_FIELD_INT("step_no", XH_F_REQUIRED, 1, XH__INDUSTRY_STEPS, NULL, "Bước", "Step"),
    XH_FIELD_INT("task_no", XH_F_REQUIRED, 1, XH__INDUSTRY_TASKS, NULL, "Nhiệm vụ", "Task"),
    XH_FIELD_BOOL("is_done", 0, "Đã làm", "Done"),
    XH_FIELD_DAY("done", 0, "Ngày xong", "Done on"),
    XH_FIELD_TEXT("note", XH_F_LONG, "Ghi chú", "Note"),
};
static const struct xh_field result_fields[] = {
    XH_FIELD_CHOICE("kind", XH_F_REQUIRED | XH_F_INDEXED, xh__industry_result_kinds, "Loại",
                    "Kind"),
    XH_FIELD_DEC("before", XH_F_REQUIRED, NULL, "Trước", "Before"),
    XH_FIELD_DEC("after", 0, NULL, "Sau", "After"),
    XH_FIELD_TEXT("unit", XH_F_REQUIRED, "Đơn vị", "Unit"),
    {"line", XH_T_REF, XH_F_INDEXED, "Đo tại dây chuyền", "Measured at the line", NULL, 0, 0, 0,
     NULL, XH__INDUSTRY_LINE, "Mức sau là suất tiêu hao đo từ công tơ của dây chuyền.",
     "What is used after is the specific consumption measured at the line."},
    XH_FIELD_TEXT("note", XH_F_LONG, "Ghi chú", "Note"),
};
static const struct xh_field evidence_fields[] = {
    XH_FIELD_TEXT("title", XH_F_REQUIRED, "Tên bằng chứng", "Title"),
    XH_FIELD_CHOICE("kind", XH_F_REQUIRED, xh_review_evidence_kinds, "Loại", "Kind"),
    {"reference", XH_T_TEXT, XH_F_REQUIRED, "Số, địa chỉ", "Reference", NULL, 0, 0, 1000, NULL,
     NULL, NULL, NULL},
    XH_FIELD_TEXT("note", XH_F_LONG, "Ghi chú", "Note"),
};
static const struct xh_part parts[] = {
    {"tasks", "Nhiệm vụ của sáu bước", "Tasks of the six steps", task_fields,
     XH_COUNT(task_fields), XH__INDUSTRY_TASKS},
    {"results", "Kết quả", "Results", result_fields, XH_COUNT(result_fields), 100},
    {"evidence", "Bằng chứng", "Evidence", evidence_fields, XH_COUNT(evidence_fields), 200},
};

/* ---- rules ---- */

static int task_check(const struct xh_doc *doc, size_t row, struct xh_err *err)
{
    int64_t number = xh_value_int(xh_doc_at(doc, "tasks", row, "task_no"));
    int64_t step = xh_value_int(xh_doc_at(doc, "tasks", row, "step_no"));
    if (xh__industry_tasks[number - 1].step_no != step) {
        return xh_err_field(err, XH_E_INVALID, "step_no", XH_STR(""), "the step of its task", NULL,
                            "task %d is one of step %d", (int)number,
                            xh__industry_tasks[number - 1].step_no);
    }
    for (size_t i = 0; i < row; i++) {
        if (xh_value_int(xh_doc_at(doc, "tasks", i, "task_no")) == number) {
            return xh_err_field(err, XH_E_INVALID, "task_no", XH_STR(""), "each task once", NULL,
                                "task %d is there twice", (int)number);
        }
    }
    return XH_E_OK;
}

/* Results of a kind are added up, so they share a unit. */
static int result_check(const struct xh_doc *doc, size_t row, struct xh_err *err)
{
    struct xh_str kind = xh_value_text(xh_doc_at(doc, "results", row, "kind"));
    struct xh_str unit = xh_value_text(xh_doc_at(doc, "results", row, "unit"));
    struct xh_dec before = xh_value_dec(xh_doc_at(doc, "results", row, "before"));
    if (xh_dec_is_negative(before) || xh_dec_is_zero(before)) {
        return xh_err_field(err, XH_E_INVALID, "before", XH_STR(""), "more than 0", NULL,
                            "what was used before is more than 0");
    }
    for (size_t i = 0; i < row; i++) {
        struct xh_str other = xh_value_text(xh_doc_at(doc, "results", i, "unit"));
        if (xh_str_equal(xh_value_text(xh_doc_at(doc, "results", i, "kind")), kind) &&
            !xh_str_equal(other, unit)) {
            return xh_err_field(err, XH_E_INVALID, "unit", unit,
                                xh_arena_text(doc->arena, xh_str_sub(other, 0, 60)), NULL,
                                "results of one kind are added up and need one unit");
        }
    }
    return XH_E_OK;
}

static int check(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out, struct xh_err *err)
{
    (void)out;
    const struct xh_doc *doc = in->record->doc;
    int code = xh_review_rows(doc, "tasks", task_check, err);
    code = code < 0 ? code : xh_review_rows(doc, "results", result_check, err);
    return code < 0 ? code : xh_duty_check(ctx, doc, XH__INDUSTRY_CASE, err);
}

/* What people wrote; an `after` that is measured at a line is told by the indicators and by why. */
static void compute(const struct xh_ctx *ctx, struct xh_doc *doc)
{
    static const struct {
        const char *kind, *field;
    } cuts[] = {
        {"material", "material_cut_percent"},
        {"energy", "energy_cut_percent"},
        {"dust", "dust_cut_percent"},
        {"wastewater", "wastewater_cut_percent"},
    };
    (void)ctx;
    for (size_t k = 0; k < XH_COUNT(cuts); k++) {
        struct xh_industry_cut cut = {.has_rows = false};
        double percent = 0;
        for (size_t i = 0; i < xh_doc_count(doc, "results"); i++) {
            const struct xh_value *after = xh_doc_at(doc, "results", i, "after");
            if (xh_str_is(xh_value_text(xh_doc_at(doc, "results", i, "kind")), cuts[k].kind)) {
                xh_industry_cut_add(&cut, xh_value_real(xh_doc_at(doc, "results", i, "before")),
                                    after->is_null ? NAN : xh_value_real(after));
            }
        }
        if (xh_industry_cut_percent(&cut, &percent)) {
            xh_doc_set_real(doc, cuts[k].field, percent);
        }
    }
}

const struct xh_record_type xh__industry_case = {
    .name = "case",
    .plural = "cases",
    .label_vi = "Hồ sơ sản xuất sạch hơn",
    .label_en = "Cleaner-production case file",
    .plural_vi = "Các hồ sơ sản xuất sạch hơn",
    .plural_en = "Cleaner-production case files",
    .shape = XH_SHAPE_PARTS(fields, parts),
    .access = {XH__INDUSTRY_INSIDE, XH__INDUSTRY_FIRM, XH__INDUSTRY_OFFICE, XH__INDUSTRY_FIRM},
    .owner_field = "party",
    .title_field = "title",
    .states = xh_review_states,
    .transitions = xh__industry_case_transitions,
    .transition_count = XH__INDUSTRY_CASE_TRANSITIONS,
    .frozen_states = xh_review_frozen,
    .compute = compute,
    .check = check,
    .why = xh__industry_case_why,
    .help_vi = "Đánh giá sản xuất sạch hơn của một doanh nghiệp: sáu bước, kết quả trước và sau, "
               "bằng chứng; cán bộ trả lại hoặc duyệt.",
    .help_en = "A firm's cleaner-production assessment: six steps, results before and after, "
               "evidence; an officer returns or approves it.",
};
