/* case_parts.c: actions that tell what belongs to a case file: its eighteen tasks, its balances,
 * its intensities before and after. */
#include <math.h>

#include "domain/industry/industry_internal.h"

enum { BALANCES_MAX = 1000 };

static const struct xh_field in_fields[] = {
    XH_FIELD_REF("case_file", XH_F_REQUIRED, XH__INDUSTRY_CASE, "Hồ sơ", "Case file"),
};
const struct xh_shape xh__industry_case_in = XH_SHAPE(in_fields);

/* ---- tasks ---- */

static const struct xh_field tasks_in_fields[] = {
    {"case_file", XH_T_REF, 0, "Hồ sơ", "Case file", NULL, 0, 0, 0, NULL, XH__INDUSTRY_CASE,
     "Để trống: chỉ liệt kê các nhiệm vụ.", "Empty: the tasks alone."},
};
const struct xh_shape xh__industry_tasks_in = XH_SHAPE(tasks_in_fields);
static const struct xh_field tasks_out_fields[] = {
    XH_FIELD_INT("task_count", 0, 0, 0, NULL, "Số nhiệm vụ", "Tasks"),
    XH_FIELD_INT("done_count", 0, 0, 0, NULL, "Đã làm", "Done"),
};
static const struct xh_field task_fields[] = {
    XH_FIELD_INT("step_no", 0, 0, 0, NULL, "Bước", "Step"),
    XH_FIELD_TEXT("step_vi", 0, "Tên bước", "Step in Vietnamese"),
    XH_FIELD_TEXT("step_en", 0, "Tên bước (tiếng Anh)", "Step in English"),
    XH_FIELD_INT("task_no", 0, 0, 0, NULL, "Nhiệm vụ", "Task"),
    XH_FIELD_TEXT("task_vi", 0, "Tên nhiệm vụ", "Task in Vietnamese"),
    XH_FIELD_TEXT("task_en", 0, "Tên nhiệm vụ (tiếng Anh)", "Task in English"),
    XH_FIELD_TEXT("verified", 0, "Kiểm chứng", "Verified"),
    XH_FIELD_BOOL("is_done", 0, "Đã làm", "Done"),
    XH_FIELD_DAY("done", 0, "Ngày xong", "Done on"),
    XH_FIELD_TEXT("note", XH_F_LONG, "Ghi chú", "Note"),
};
static const struct xh_part tasks_parts[] = {
    {"tasks", "Mười tám nhiệm vụ", "Eighteen tasks", task_fields, XH_COUNT(task_fields),
     XH__INDUSTRY_TASKS},
};
const struct xh_shape xh__industry_tasks_out = XH_SHAPE_PARTS(tasks_out_fields, tasks_parts);

static void write_task(int number, struct xh_doc *out)
{
    const struct xh__industry_task *task = &xh__industry_tasks[number - 1];
    const struct xh__industry_step *step = &xh__industry_steps[task->step_no - 1];
    size_t row = xh_doc_add(out, "tasks");
    xh_value_set_int(xh_doc_put(out, "tasks", row, "step_no"), task->step_no);
    xh_value_set_text(xh_doc_put(out, "tasks", row, "step_vi"), xh_str_from(step->label_vi));
    xh_value_set_text(xh_doc_put(out, "tasks", row, "step_en"), xh_str_from(step->label_en));
    xh_value_set_int(xh_doc_put(out, "tasks", row, "task_no"), number);
    xh_value_set_text(xh_doc_put(out, "tasks", row, "task_vi"), xh_str_from(task->label_vi));
    xh_value_set_text(xh_doc_put(out, "tasks", row, "task_en"), xh_str_from(task->label_en));
    xh_value_set_text(xh_doc_put(out, "tasks", row, "verified"),
                      task->is_verified ? XH_STR("yes") : XH_STR("partial"));
    xh_value_set_int(xh_doc_put(out, "tasks", row, "is_done"), false);
}

static void copy_value(const struct xh_doc *from, const char *from_part, size_t from_row,
                       struct xh_doc *to, const char *to_part, size_t to_row, const char *field)
{
    *xh_doc_put(to, to_part, to_row, field) = *xh_doc_at(from, from_part, from_row, field);
}

int xh__industry_list_tasks(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                            struct xh_err *err)
{
    struct xh_record file = {.doc = NULL};
    int64_t done_count = 0;
    if (!xh_doc_is_null(in->doc, "case_file")) {
        int code = ctx->host->record_get(ctx, XH__INDUSTRY_CASE, xh_doc_int(in->doc, "case_file"),
                                         &file, err);
        if (code < 0) {
            return code;
        }
    }
    for (int number = 1; number <= XH__INDUSTRY_TASKS; number++) {
        write_task(number, out->doc);
    }
    for (size_t i = 0; file.doc != NULL && i < xh_doc_count(file.doc, "tasks"); i++) {
        size_t row = (size_t)xh_value_int(xh_doc_at(file.doc, "tasks", i, "task_no")) - 1;
        copy_value(file.doc, "tasks", i, out->doc, "tasks", row, "is_done");
        copy_value(file.doc, "tasks", i, out->doc, "tasks", row, "done");
        copy_value(file.doc, "tasks", i, out->doc, "tasks", row, "note");
        done_count += xh_value_int(xh_doc_at(file.doc, "tasks", i, "is_done")) != 0;
    }
    xh_doc_set_int(out->doc, "task_count", XH__INDUSTRY_TASKS);
    xh_doc_set_int(out->doc, "done_count", done_count);
    return XH_E_OK;
}

/* ---- balances ---- */

static const struct xh_field balances_out_fields[] = {
    XH_FIELD_INT("balance_count", 0, 0, 0, NULL, "Số bảng cân bằng", "Balances"),
};
static const struct xh_field balance_fields[] = {
    XH_FIELD_REF("balance", 0, "core.balance", "Bảng cân bằng", "Balance"),
    XH_FIELD_TEXT("kind", 0, "Loại", "Kind"),
    XH_FIELD_TEXT("title", 0, "Tên", "Title"),
    XH_FIELD_DAY("period_from", 0, "Kỳ từ ngày", "Period from"),
    XH_FIELD_DAY("period_to", 0, "Kỳ đến trước ngày", "Period until (exclusive)"),
    XH_FIELD_TEXT("unit", 0, "Đơn vị", "Unit"),
    XH_FIELD_DEC("in_total", 0, NULL, "Tổng vào", "Total in"),
    XH_FIELD_DEC("out_total", 0, NULL, "Tổng ra", "Total out"),
    XH_FIELD_DEC("stock_change", 0, NULL, "Thay đổi tồn kho", "Change of stock"),
    XH_FIELD_DEC("loss", 0, NULL, "Không giải thích được", "Not explained"),
    XH_FIELD_REAL("closure_percent", 0, 0, 0, "%", "Độ khép kín", "Closure"),
};
static const struct xh_field term_fields[] = {
    XH_FIELD_REF("balance", 0, "core.balance", "Bảng cân bằng", "Balance"),
    XH_FIELD_TEXT("side", 0, "Bên", "Side"),
    XH_FIELD_TEXT("label", 0, "Khoản", "Term"),
    XH_FIELD_DEC("amount", 0, NULL, "Lượng", "Amount"),
    XH_FIELD_REF("series", 0, "core.series", "Chuỗi số liệu", "Series"),
};
static const struct xh_part balances_parts[] = {
    {"balances", "Các bảng cân bằng", "Balances", balance_fields, XH_COUNT(balance_fields),
     BALANCES_MAX},
    {"terms", "Các khoản", "Terms", term_fields, XH_COUNT(term_fields), 10000},
};
const struct xh_shape xh__industry_balances_out =
    XH_SHAPE_PARTS(balances_out_fields, balances_parts);

struct balances {
    const struct xh_doc *file;
    struct xh_doc *out;
};

/* Closure: how much of what went in is accounted for. */
static int take_balance(void *arg, struct xh_record *balance, struct xh_err *err)
{
    static const char *const same[] = {"kind",      "title",     "period_from",  "period_to",
                                       "unit",
                                       "in_total",  "out_total", "stock_change", "loss"};
    static const char *const term_same[] = {"side", "label", "amount", "series"};
    struct balances *b = arg;
    const struct xh_doc *doc = balance->doc;
    (void)err;
    if (xh_doc_int(doc, "period_from") >= xh_doc_int(b->file, "period_to") ||
        xh_doc_int(doc, "period_to") <= xh_doc_int(b->file, "period_from")) {
        return XH_E_OK;
    }
    size_t row = xh_doc_add(b->out, "balances");
    xh_value_set_int(xh_doc_put(b->out, "balances", row, "balance"), balance->id);
    for (size_t i = 0; i < XH_COUNT(same); i++) {
        struct xh_value *to = xh_doc_put(b->out, "balances", row, same[i]);
        enum xh_type type = to->type; /* a choice is told as its text */
        *to = *xh_doc_value(doc, same[i]);
        to->type = type;
    }
    if (!xh_doc_is_null(doc, "loss_share_percent")) {
        xh_value_set_real(xh_doc_put(b->out, "balances", row, "closure_percent"),
                          100 - xh_doc_real(doc, "loss_share_percent"));
    }
    for (size_t i = 0; i < xh_doc_count(doc, "terms"); i++) {
        size_t at = xh_doc_add(b->out, "terms");
        xh_value_set_int(xh_doc_put(b->out, "terms", at, "balance"), balance->id);
        for (size_t k = 0; k < XH_COUNT(term_same); k++) {
            struct xh_value *to = xh_doc_put(b->out, "terms", at, term_same[k]);
            enum xh_type type = to->type;
            *to = *xh_doc_at(doc, "terms", i, term_same[k]);
            to->type = type;
        }
    }
    return XH_E_OK;
}

int xh__industry_list_balances(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                               struct xh_err *err)
{
    struct xh_record file;
    int code = ctx->host->record_get(ctx, XH__INDUSTRY_CASE, xh_doc_int(in->doc, "case_file"),
                                     &file, err);
    if (code < 0) {
        return code;
    }
    struct balances balances = {file.doc, out->doc};
    struct xh_filter filter = {"party", XH_FILTER_EQ,
                               {.type = XH_T_REF, .integer = xh_doc_int(file.doc, "party")}};
    struct xh_list list = {
        .filters = &filter, .filter_count = 1, .limit = BALANCES_MAX, .with_parts = true};
    struct xh_str next;
    code = ctx->host->record_list(ctx, "core.balance", &list, take_balance, &balances, &next, err);
    xh_doc_set_int(out->doc, "balance_count", (int64_t)xh_doc_count(out->doc, "balances"));
    return code;
}

/* ---- intensities ---- */

/* CI-1 to CI-6 (UNIDO RECP, geipp-ukraine.org): product for what is used, waste for a product. */
static const struct intensity {
    const char *number, *kind, *label_vi, *label_en;
    bool is_productivity; /* product / used; else wasted / product */
} intensities[] = {
    {"CI-1", "energy", "Năng suất năng lượng", "Resource productivity: energy", true},
    {"CI-2", "water", "Năng suất nước", "Resource productivity: water", true},
    {"CI-3", "material", "Năng suất nguyên, vật liệu", "Resource productivity: materials", true},
    {"CI-4", "waste", "Cường độ chất thải rắn", "Pollution intensity: waste", false},
    {"CI-5", "wastewater", "Cường độ nước thải", "Pollution intensity: wastewater", false},
    {"CI-6", "dust", "Cường độ bụi", "Pollution intensity: dust", false},
};
static const struct xh_field intensities_out_fields[] = {
    XH_FIELD_DEC("output", 0, NULL, "Sản lượng trong kỳ", "Product of the period"),
    XH_FIELD_TEXT("output_unit", 0, "Đơn vị sản phẩm", "Unit of the product"),
};
static const struct xh_field intensity_fields[] = {
    XH_FIELD_TEXT("number", 0, "Số", "Number"),
    XH_FIELD_TEXT("label_vi", 0, "Tên", "Label in Vietnamese"),
    XH_FIELD_TEXT("label_en", 0, "Tên (tiếng Anh)", "Label in English"),
    XH_FIELD_REAL("before", 0, 0, 0, NULL, "Trước", "Before"),
    XH_FIELD_REAL("after", 0, 0, 0, NULL, "Sau", "After"),
    XH_FIELD_TEXT("unit", 0, "Đơn vị", "Unit"),
};
static const struct xh_part intensities_parts[] = {
    {"intensities", "Chỉ số", "Intensities", intensity_fields, XH_COUNT(intensity_fields),
     XH_COUNT(intensities)},
};
const struct xh_shape xh__industry_intensities_out =
    XH_SHAPE_PARTS(intensities_out_fields, intensities_parts);

/* The sum of a kind; false when there is no row, or one that is not known. */
static bool sum_of(const struct xh_doc *file, const char *kind, const char *side,
                   struct xh_str *ret_unit, double *ret)
{
    struct xh_sum sum = {0};
    bool is_known = true;
    for (size_t i = 0; i < xh_doc_count(file, "results"); i++) {
        const struct xh_value *value = xh_doc_at(file, "results", i, side);
        if (xh_str_is(xh_value_text(xh_doc_at(file, "results", i, "kind")), kind)) {
            is_known = is_known && !value->is_null;
            xh_sum_add(&sum, xh_value_real(value));
            *ret_unit = xh_value_text(xh_doc_at(file, "results", i, "unit"));
        }
    }
    *ret = xh_sum_value(&sum);
    return sum.count > 0 && is_known;
}

/* A result that is for a unit of product already ("MJ/hl") is the intensity itself. */
static double intensity_of(const struct intensity *of, double amount, double output,
                           bool is_specific)
{
    double intensity = is_specific ? amount : amount / output;
    return of->is_productivity ? 1 / intensity : intensity;
}

static void write_intensity(const struct intensity *of, const struct xh_doc *file,
                            struct xh_doc *out)
{
    struct xh_str unit = {NULL, 0}, product = xh_doc_text(file, "output_unit");
    double before, after, output = xh_doc_real(file, "output");
    bool has_before = sum_of(file, of->kind, "before", &unit, &before);
    bool has_after = sum_of(file, of->kind, "after", &unit, &after);
    bool is_specific = xh_str_find_char(unit, '/') >= 0;
    if (!has_before || (!is_specific && (!(output > 0) || product.len == 0))) {
        return;
    }
    struct xh_str used = unit;
    if (is_specific) {
        product = unit;
        (void)xh_str_split(&product, '/', &used);
    }
    size_t row = xh_doc_add(out, "intensities");
    xh_value_set_text(xh_doc_put(out, "intensities", row, "number"), xh_str_from(of->number));
    xh_value_set_text(xh_doc_put(out, "intensities", row, "label_vi"), xh_str_from(of->label_vi));
    xh_value_set_text(xh_doc_put(out, "intensities", row, "label_en"), xh_str_from(of->label_en));
    xh_value_set_text(xh_doc_put(out, "intensities", row, "unit"),
                      of->is_productivity ? xh_arena_format(out->arena, "%.*s/%.*s",
                                                            XH_STR_ARG(product), XH_STR_ARG(used))
                                          : xh_arena_format(out->arena, "%.*s/%.*s",
                                                            XH_STR_ARG(used), XH_STR_ARG(product)));
    xh_value_set_real(xh_doc_put(out, "intensities", row, "before"),
                      intensity_of(of, before, output, is_specific));
    if (has_after && (after > 0 || !of->is_productivity)) {
        xh_value_set_real(xh_doc_put(out, "intensities", row, "after"),
                          intensity_of(of, after, output, is_specific));
    }
}

int xh__industry_list_intensities(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                                  struct xh_err *err)
{
    struct xh_record file;
    int code = ctx->host->record_get(ctx, XH__INDUSTRY_CASE, xh_doc_int(in->doc, "case_file"),
                                     &file, err);
    if (code < 0) {
        return code;
    }
    if (!xh_doc_is_null(file.doc, "output")) {
        xh_doc_set_dec(out->doc, "output", xh_doc_dec(file.doc, "output"));
        xh_doc_set_text(out->doc, "output_unit", xh_doc_text(file.doc, "output_unit"));
    }
    for (size_t i = 0; i < XH_COUNT(intensities); i++) {
        write_intensity(&intensities[i], file.doc, out->doc);
    }
    return XH_E_OK;
}
