/* option.c: the opportunities of a case file, what they are worth, and the choice of one. */
#include "domain/industry/industry_internal.h"
#include "domain/industry/worth.h"

static const struct xh_choice decisions[] = {
    {"do_now", "Làm ngay", "Do now"},
    {"study", "Nghiên cứu thêm", "Study further"},
    {"reject", "Loại bỏ", "Reject"},
    {NULL, NULL, NULL},
};

static const struct xh_field fields[] = {
    XH_FIELD_CODE("Mã", "Code"),
    XH_FIELD_REF("case_file", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, XH__INDUSTRY_CASE,
                 "Hồ sơ", "Case file"),
    XH_FIELD_REF("party", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "core.party", "Doanh nghiệp",
                 "Firm"),
    XH_FIELD_TEXT("title", XH_F_REQUIRED | XH_F_LIST, "Tên giải pháp", "Title"),
    XH_FIELD_CHOICE("class", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, xh__industry_classes,
                    "Nhóm giải pháp", "Class"),
    XH_FIELD_CHOICE("decision", XH_F_INDEXED | XH_F_LIST, decisions, "Quyết định", "Decision"),
    XH_FIELD_TEXT("technical", XH_F_LONG, "Khả thi về kỹ thuật", "Technical feasibility"),
    XH_FIELD_TEXT("environmental", XH_F_LONG, "Lợi ích môi trường", "Environmental aspects"),
    XH_FIELD_MONEY("investment", XH_F_LIST, "Vốn đầu tư", "Investment"),
    XH_FIELD_MONEY("saving_yearly", 0, "Tiết kiệm mỗi năm", "Saved a year"),
    XH_FIELD_MONEY("cost_yearly", 0, "Chi phí vận hành thêm mỗi năm", "Running cost a year"),
    XH_FIELD_INT("life_years", 0, 1, 100, NULL, "Tuổi thọ (năm)", "Life (years)"),
    XH_FIELD_DEC("discount_percent", 0, "%", "Lãi suất chiết khấu", "Discount rate"),
    {"series", XH_T_REF, 0, "Đo bằng chuỗi số liệu", "Measured by the series", NULL, 0, 0, 0, NULL,
     "core.series", NULL, NULL},
    {"expected_effect", XH_T_REAL, 0, "Hiệu quả dự kiến", "Expected effect", NULL, 0, 0, 0, NULL,
     NULL, "Số âm là giảm, số dương là tăng.", "Negative: less of it; positive: more of it."},
    XH_FIELD_TEXT("expected_unit", 0, "Đơn vị của hiệu quả", "Unit of the effect"),
    XH_FIELD_REF("measure", XH_F_INDEXED, "core.measure", "Giải pháp đang thực hiện", "Measure"),
    XH_FIELD_REAL("payback_years", XH_F_COMPUTED | XH_F_LIST, 0, 0, NULL,
                  "Thời gian hoàn vốn (năm)",
                  "Payback (years)"),
    XH_FIELD_MONEY("npv", XH_F_COMPUTED | XH_F_LIST, "Giá trị hiện tại ròng (NPV)",
                   "Net present value (NPV)"),
    XH_FIELD_REAL("irr_percent", XH_F_COMPUTED, 0, 0, "%", "Tỷ suất hoàn vốn nội bộ (IRR)",
                  "Internal rate of return (IRR)"),
};

static void compute(const struct xh_ctx *ctx, struct xh_doc *doc)
{
    struct xh_industry_worth worth = xh_industry_worth(doc);
    (void)ctx;
    if (worth.has_payback) {
        xh_doc_set_real(doc, "payback_years", worth.payback_years);
    }
    if (worth.has_npv) {
        xh_doc_set_int(doc, "npv", worth.npv);
    }
    if (worth.irr.kind == XH_IRR_ONE) {
        xh_doc_set_real(doc, "irr_percent", worth.irr.rate * 100);
    }
}

/* An option is its case file's firm's: nobody hangs one onto another's file. */
static int check(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out, struct xh_err *err)
{
    static const char *const amounts[] = {"investment", "saving_yearly", "cost_yearly"};
    const struct xh_doc *doc = in->record->doc;
    struct xh_record file;
    (void)out;
    for (size_t i = 0; i < XH_COUNT(amounts); i++) {
        if (xh_doc_int(doc, amounts[i]) < 0) {
            return xh_err_field(err, XH_E_INVALID, amounts[i], XH_STR(""), "0 or more", "VND",
                                "%s is not below 0", amounts[i]);
        }
    }
    if (xh_doc_real(doc, "discount_percent") <= -100) {
        return xh_err_field(err, XH_E_INVALID, "discount_percent", XH_STR(""), "more than -100",
                            "%", "a discount rate is more than -100 %%");
    }
    int code = ctx->host->record_get(ctx, XH__INDUSTRY_CASE, xh_doc_int(doc, "case_file"), &file,
                                     err);
    if (code < 0 || xh_doc_int(file.doc, "party") == xh_doc_int(doc, "party")) {
        return code;
    }
    return xh_err_field(err, XH_E_INVALID, "party", XH_STR(""), "the firm of the case file", NULL,
                        "the case file is another firm's");
}

/* ---- the choice ---- */

static const struct xh_field choose_fields[] = {
    XH_FIELD_DAY("due", 0, "Hạn thực hiện", "To be done by"),
    XH_FIELD_TEXT("responsible", 0, "Người chịu trách nhiệm", "Responsible person"),
};
static const struct xh_shape choose_in = XH_SHAPE(choose_fields);

static int choose_guard(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                        struct xh_err *err)
{
    const struct xh_doc *doc = in->record->doc;
    (void)ctx;
    (void)out;
    if (xh_str_is(xh_doc_text(doc, "decision"), "reject")) {
        return xh_err_field(err, XH_E_CONFLICT, "decision", XH_STR("reject"), "do_now or study",
                            NULL, "an option that was rejected is not carried out");
    }
    return xh_doc_is_null(doc, "measure")
               ? XH_E_OK
               : xh_err_field(err, XH_E_CONFLICT, "measure", XH_STR(""), "none yet", NULL,
                              "the option is a measure already");
}

static void fill_measure(const struct xh_doc *option, const struct xh_doc *file,
                         const struct xh_doc *given, struct xh_doc *measure)
{
    xh_doc_set_text(measure, "code", xh_doc_text(option, "code"));
    xh_doc_set_text(measure, "title", xh_doc_text(option, "title"));
    xh_doc_set_string(measure, "kind", "cleaner_production");
    xh_doc_set_int(measure, "party", xh_doc_int(option, "party"));
    if (!xh_doc_is_null(file, "place")) {
        xh_doc_set_int(measure, "place", xh_doc_int(file, "place"));
    }
    if (!xh_doc_is_null(option, "series")) {
        xh_doc_set_int(measure, "series", xh_doc_int(option, "series"));
    }
    if (!xh_doc_is_null(option, "expected_effect")) {
        xh_doc_set_real(measure, "expected_effect", xh_doc_real(option, "expected_effect"));
        xh_doc_set_text(measure, "expected_unit", xh_doc_text(option, "expected_unit"));
    }
    if (!xh_doc_is_null(option, "investment")) {
        xh_doc_set_int(measure, "cost", xh_doc_int(option, "investment"));
    }
    if (given != NULL && !xh_doc_is_null(given, "due")) {
        xh_doc_set_int(measure, "due", xh_doc_int(given, "due"));
    }
    if (given != NULL && xh_doc_text(given, "responsible").len > 0) {
        xh_doc_set_text(measure, "responsible", xh_doc_text(given, "responsible"));
    }
}

static int choose_effect(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                         struct xh_err *err)
{
    struct xh_doc *option = in->record->doc;
    struct xh_record measure, file;
    (void)out;
    int code = ctx->host->record_get(ctx, XH__INDUSTRY_CASE, xh_doc_int(option, "case_file"), &file,
                                     err);
    code = code < 0 ? code : ctx->host->record_new(ctx, "core.measure", &measure, err);
    if (code < 0) {
        return code;
    }
    fill_measure(option, file.doc, in->doc, measure.doc);
    code = ctx->host->record_put(ctx, &measure, err);
    if (code >= 0) {
        xh_doc_set_int(option, "measure", measure.id);
        xh_doc_set_string(option, "decision", "do_now");
    }
    return code;
}

static const char *const states[] = {"open", "chosen", NULL};
static const struct xh_transition transitions[] = {
    {"open", "chosen", "choose", "Chọn thực hiện", "Choose",
     {0, 0, XH_ROLE_STAFF, XH__INDUSTRY_FIRM}, &choose_in, choose_guard, choose_effect},
};

const struct xh_record_type xh__industry_option = {
    .name = "option",
    .plural = "options",
    .label_vi = "Cơ hội sản xuất sạch hơn",
    .label_en = "Cleaner-production option",
    .plural_vi = "Các cơ hội sản xuất sạch hơn",
    .plural_en = "Cleaner-production options",
    .shape = XH_SHAPE(fields),
    .access = {XH__INDUSTRY_INSIDE, XH__INDUSTRY_FIRM, XH_ROLE_STAFF, XH__INDUSTRY_FIRM},
    .owner_field = "party",
    .title_field = "title",
    .states = states,
    .transitions = transitions,
    .transition_count = XH_COUNT(transitions),
    .compute = compute,
    .check = check,
    .help_vi = "Một cơ hội trong tám nhóm, với thời gian hoàn vốn, NPV, IRR; chọn rồi thì thành "
               "giải pháp được theo dõi.",
    .help_en = "An opportunity in one of eight classes, with payback, NPV, IRR; once chosen it is "
               "a measure that is followed.",
};
