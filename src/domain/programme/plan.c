/* plan.c: plans and their targets. */
#include "domain/programme/programme_internal.h"

static const struct xh_choice levels[] = {
    {"national", "Quốc gia", "National"},
    {"province", "Tỉnh, thành phố", "Province or city"},
    {"commune", "Phường, xã", "Ward or commune"},
    {"alliance", "Liên minh, hiệp hội", "Alliance"},
    {"firm", "Doanh nghiệp", "Firm"},
    {NULL, NULL, NULL},
};

static const struct xh_field plan_fields[] = {
    XH_FIELD_CODE("Mã", "Code"),
    XH_FIELD_TEXT("title", XH_F_REQUIRED | XH_F_LIST, "Tên kế hoạch", "Title"),
    XH_FIELD_TEXT("label_vi", 0, "Tên ngắn", "Short name in Vietnamese"),
    XH_FIELD_TEXT("label_en", 0, "Tên ngắn (tiếng Anh)", "Short name in English"),
    XH_FIELD_CHOICE("level", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, levels, "Cấp", "Level"),
    XH_FIELD_REF("place", XH_F_INDEXED | XH_F_LIST, "core.place", "Địa bàn", "Place"),
    XH_FIELD_TEXT("document", XH_F_LIST, "Văn bản", "Document"),
    {"effective_from", XH_T_DAY, XH_F_LIST, "Có hiệu lực từ", "In effect from", NULL, 0, 0, 0, NULL,
     NULL, "Bản dự thảo được ban hành vào ngày này.", "A draft is adopted on this day."},
    XH_FIELD_INT("year_from", XH_F_REQUIRED | XH_F_LIST, 1990, 2100, NULL, "Từ năm", "From year"),
    XH_FIELD_INT("year_to", XH_F_REQUIRED | XH_F_LIST, 1990, 2100, NULL, "Đến năm", "To year"),
};

static int plan_check(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                      struct xh_err *err)
{
    (void)ctx;
    (void)out;
    const struct xh_doc *doc = in->record->doc;
    if (xh_doc_int(doc, "year_from") <= xh_doc_int(doc, "year_to")) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_INVALID, "year_to", XH_STR(""), "year_from or later", NULL,
                        "year_to is before year_from");
}

static const char *const plan_states[] = {"draft", "adopted", "closed", NULL};
static const char *const plan_frozen[] = {"closed", NULL};
static const struct xh_transition plan_transitions[] = {
    {"draft", "adopted", "adopt", "Ban hành", "Adopt", {0, 0, XH__PROGRAMME_OFFICE, 0}, NULL, NULL,
     NULL},
    {"adopted", "closed", "close", "Kết thúc", "Close", {0, 0, XH__PROGRAMME_OFFICE, 0}, NULL, NULL,
     NULL},
};

const struct xh_record_type xh__programme_plan = {
    .name = "plan",
    .plural = "plans",
    .label_vi = "Kế hoạch",
    .label_en = "Plan",
    .plural_vi = "Các kế hoạch",
    .plural_en = "Plans",
    .shape = XH_SHAPE(plan_fields),
    .access = {XH_ROLE_ANY, 0, XH__PROGRAMME_OFFICE, 0},
    .title_field = "title",
    .states = plan_states,
    .transitions = plan_transitions,
    .transition_count = XH_COUNT(plan_transitions),
    .frozen_states = plan_frozen,
    .check = plan_check,
    .help_vi = "Chương trình quốc gia hoặc kế hoạch năm về sản xuất và tiêu dùng bền vững.",
    .help_en = "A national programme or a yearly plan on sustainable production and consumption.",
};

static const struct xh_choice comparators[] = {
    {">=", "Ít nhất", "At least"},
    {"<=", "Nhiều nhất", "At most"},
    {"<", "Dưới", "Below"},
    {"=", "Bằng", "Equal to"},
    {"range", "Từ … đến …", "From … to …"},
    {NULL, NULL, NULL},
};
const struct xh_choice xh__programme_verified[] = {
    {"yes", "Đã kiểm chứng", "Verified"},
    {"partial", "Kiểm chứng một phần", "Partly verified"},
    {NULL, NULL, NULL},
};

static const struct xh_field target_fields[] = {
    XH_FIELD_CODE("Mã", "Code"),
    XH_FIELD_REF("plan", XH_F_INDEXED, "programme.plan", "Kế hoạch", "Plan"),
    XH_FIELD_TEXT("document", XH_F_INDEXED | XH_F_LIST, "Văn bản", "Document"),
    XH_FIELD_TEXT("document_date", 0, "Ngày văn bản", "Date of the document"),
    XH_FIELD_CHOICE("level", XH_F_INDEXED, levels, "Cấp", "Level"),
    XH_FIELD_TEXT("scope", XH_F_REQUIRED | XH_F_LIST, "Đối tượng", "Scope"),
    XH_FIELD_REF("place", XH_F_INDEXED, "core.place", "Địa bàn", "Place"),
    XH_FIELD_INT("period_from", XH_F_INDEXED | XH_F_LIST, 1990, 2100, NULL, "Từ năm", "From year"),
    XH_FIELD_INT("period_to", XH_F_INDEXED | XH_F_LIST, 1990, 2100, NULL, "Đến năm", "To year"),
    XH_FIELD_TEXT("baseline", 0, "Mốc so sánh", "Baseline"),
    XH_FIELD_TEXT("label_vi", 0, "Tên ngắn", "Short name in Vietnamese"),
    XH_FIELD_TEXT("label_en", 0, "Tên ngắn (tiếng Anh)", "Short name in English"),
    XH_FIELD_TEXT("indicator", XH_F_REQUIRED | XH_F_LIST, "Chỉ tiêu", "Indicator"),
    XH_FIELD_CHOICE("comparator", XH_F_REQUIRED | XH_F_LIST, comparators, "So sánh", "Comparator"),
    XH_FIELD_DEC("value_min", XH_F_LIST, NULL, "Giá trị", "Value, or least"),
    XH_FIELD_DEC("value_max", XH_F_LIST, NULL, "Giá trị lớn nhất", "Most"),
    XH_FIELD_TEXT("unit", XH_F_REQUIRED | XH_F_LIST, "Đơn vị", "Unit"),
    {"measured_by", XH_T_TEXT, 0, "Đo bằng chỉ số", "Measured by", NULL, 0, 0, 120, NULL, NULL,
     "Tên đầy đủ của một chỉ số, như programme.reports_on_time; để trống thì lấy từ báo cáo.",
     "Full name of an indicator such as programme.reports_on_time; empty: from reports."},
    XH_FIELD_CHOICE("verified", XH_F_REQUIRED | XH_F_LIST, xh__programme_verified, "Kiểm chứng",
                    "Verified"),
    {"source", XH_T_TEXT, XH_F_REQUIRED, "Nguồn", "Source", NULL, 0, 0, 1000, NULL, NULL, NULL,
     NULL},
    XH_FIELD_TEXT("note", XH_F_LONG, "Ghi chú", "Note"),
};

static int range_missing(const struct xh_doc *doc, struct xh_err *err)
{
    if (xh_doc_is_null(doc, "value_min") || xh_doc_is_null(doc, "value_max") ||
        xh_dec_compare(xh_doc_dec(doc, "value_min"), xh_doc_dec(doc, "value_max")) > 0) {
        return xh_err_field(err, XH_E_INVALID, "value_max", XH_STR(""), "value_min or more", NULL,
                            "a range needs value_min and a value_max that is not less");
    }
    return XH_E_OK;
}

static int target_check(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                        struct xh_err *err)
{
    (void)ctx;
    (void)out;
    const struct xh_doc *doc = in->record->doc;
    if (xh_str_is(xh_doc_text(doc, "comparator"), "range")) {
        return range_missing(doc, err);
    }
    if (xh_doc_is_null(doc, "value_min")) {
        return xh_err_field(err, XH_E_INVALID, "value_min", XH_STR(""), "a number", NULL,
                            "a target needs a value");
    }
    return XH_E_OK;
}

const struct xh_record_type xh__programme_target = {
    .name = "target",
    .plural = "targets",
    .label_vi = "Mục tiêu",
    .label_en = "Target",
    .plural_vi = "Các mục tiêu",
    .plural_en = "Targets",
    .shape = XH_SHAPE(target_fields),
    .access = {XH_ROLE_ANY, 0, XH__PROGRAMME_OFFICE, 0},
    .title_field = "code",
    .check = target_check,
    .why = xh__programme_target_why,
    .help_vi = "Một con số phải đạt, theo văn bản nào, nguồn nào, đã kiểm chứng đến đâu.",
    .help_en = "One number to be reached: by which document and source, how far verified.",
};
