/* line.c: production lines, and the steps of their process. */
#include "domain/industry/industry_internal.h"

static const struct xh_choice capacity_units[] = {
    {"million L/yr", "triệu lít/năm", "million litres a year"},
    {"t/yr", "tấn/năm", "tonnes a year"},
    {NULL, NULL, NULL},
};

static const struct xh_field line_fields[] = {
    XH_FIELD_CODE("Mã", "Code"),
    XH_FIELD_TEXT("name", XH_F_REQUIRED | XH_F_LIST, "Tên dây chuyền", "Name"),
    XH_FIELD_REF("party", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "core.party", "Doanh nghiệp",
                 "Firm"),
    XH_FIELD_REF("place", XH_F_INDEXED | XH_F_LIST, "core.place", "Địa điểm", "Place"),
    {"product", XH_T_TEXT, XH_F_INDEXED | XH_F_LIST, "Sản phẩm", "Product", NULL, 0, 0, 120, NULL,
     NULL, "Khoá của định mức tiêu hao, như beer.", "The key of a consumption norm such as beer."},
    XH_FIELD_DEC("capacity", XH_F_LIST, NULL, "Công suất", "Capacity"),
    XH_FIELD_CHOICE("capacity_unit", XH_F_LIST, capacity_units, "Đơn vị công suất",
                    "Unit of the capacity"),
    {"output_series", XH_T_REF, XH_F_INDEXED, "Số liệu sản lượng", "Series of the product", NULL, 0,
     0, 0, NULL, "core.series", "Chuỗi số liệu đếm sản phẩm làm ra.",
     "The series that counts what is made."},
    {"output_unit", XH_T_TEXT, 0, "Đơn vị sản phẩm", "Unit of the product", NULL, 0, 0, 24, NULL,
     NULL, "Như hl, t; để trống thì theo định mức.", "Such as hl, t; empty: that of the norm."},
};
static const struct xh_field input_fields[] = {
    XH_FIELD_REF("series", XH_F_REQUIRED | XH_F_INDEXED, "core.series", "Chuỗi số liệu", "Series"),
    {"fuel", XH_T_TEXT, XH_F_REQUIRED, "Loại năng lượng", "Energy", NULL, 0, 0, 120, NULL, NULL,
     "Mục của bảng hệ số TOE: electricity, natural-gas, diesel-volume…",
     "An item of the TOE factors: electricity, natural-gas, diesel-volume…"},
    XH_FIELD_TEXT("note", XH_F_LONG, "Ghi chú", "Note"),
};
static const struct xh_part line_parts[] = {
    {"inputs", "Năng lượng đi vào", "Energy that goes in", input_fields, XH_COUNT(input_fields),
     50},
};

/* The same meter twice would count twice. */
static int inputs_twice(const struct xh_doc *doc, struct xh_err *err)
{
    size_t count = xh_doc_count(doc, "inputs");
    for (size_t i = 1; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (xh_value_int(xh_doc_at(doc, "inputs", i, "series")) ==
                xh_value_int(xh_doc_at(doc, "inputs", j, "series"))) {
                int code = xh_err_field(err, XH_E_INVALID, "series", XH_STR(""), "each series once",
                                        NULL, "input %zu is the series of input %zu again", i + 1,
                                        j + 1);
                xh_err_prefix(err, "inputs[%zu].", i);
                return code;
            }
        }
    }
    return XH_E_OK;
}

static int line_check(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                      struct xh_err *err)
{
    (void)ctx;
    (void)out;
    const struct xh_doc *doc = in->record->doc;
    struct xh_dec capacity = xh_doc_dec(doc, "capacity");
    struct xh_str unit = xh_doc_text(doc, "output_unit");
    if (!xh_doc_is_null(doc, "capacity") &&
        (xh_dec_is_zero(capacity) || xh_dec_is_negative(capacity))) {
        return xh_err_field(err, XH_E_INVALID, "capacity", XH_STR(""), "more than 0", NULL,
                            "a capacity is more than 0");
    }
    if (!xh_doc_is_null(doc, "capacity") && xh_doc_is_null(doc, "capacity_unit")) {
        return xh_err_field(err, XH_E_INVALID, "capacity_unit", XH_STR(""), "a unit", NULL,
                            "a capacity needs its unit");
    }
    if (unit.len > 0 && xh_unit_find(unit) == NULL) {
        return xh_err_field(err, XH_E_INVALID, "output_unit", unit, "a known unit such as hl or t",
                            NULL, "the unit \"%.*s\" is not known",
                            XH_STR_ARG(xh_str_sub(unit, 0, 24)));
    }
    return inputs_twice(doc, err);
}

const struct xh_record_type xh__industry_line = {
    .name = "line",
    .plural = "lines",
    .label_vi = "Dây chuyền sản xuất",
    .label_en = "Production line",
    .plural_vi = "Các dây chuyền sản xuất",
    .plural_en = "Production lines",
    .shape = XH_SHAPE_PARTS(line_fields, line_parts),
    .access = {XH__INDUSTRY_INSIDE, XH__INDUSTRY_FIRM, XH_ROLE_STAFF, XH__INDUSTRY_FIRM},
    .owner_field = "party",
    .title_field = "name",
    .check = line_check,
    .why = xh__industry_line_why,
    .help_vi = "Làm ra sản phẩm gì, công suất bao nhiêu, đo bằng chuỗi số liệu nào.",
    .help_en = "What it makes, how much it can make, and the series that measure it.",
};

/* ---- process ---- */

static const struct xh_field process_fields[] = {
    XH_FIELD_CODE("Mã", "Code"),
    XH_FIELD_TEXT("name", XH_F_REQUIRED | XH_F_LIST, "Tên công đoạn", "Name"),
    XH_FIELD_REF("party", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "core.party", "Doanh nghiệp",
                 "Firm"),
    XH_FIELD_REF("line", XH_F_INDEXED | XH_F_LIST, XH__INDUSTRY_LINE, "Dây chuyền", "Line"),
    XH_FIELD_INT("step_no", XH_F_INDEXED | XH_F_LIST, 1, 1000, NULL, "Thứ tự", "Number"),
    XH_FIELD_TEXT("inputs", XH_F_LONG, "Đầu vào", "What goes in"),
    XH_FIELD_TEXT("outputs", XH_F_LONG, "Đầu ra", "What comes out"),
    XH_FIELD_TEXT("wastes", XH_F_LONG, "Chất thải, tổn thất", "What is wasted"),
    XH_FIELD_BOOL("is_focus", XH_F_LIST, "Trọng tâm đánh giá", "Focus of the assessment"),
};

const struct xh_record_type xh__industry_process = {
    .name = "process",
    .plural = "processes",
    .label_vi = "Công đoạn",
    .label_en = "Process step",
    .plural_vi = "Các công đoạn",
    .plural_en = "Process steps",
    .shape = XH_SHAPE(process_fields),
    .access = {XH__INDUSTRY_INSIDE, XH__INDUSTRY_FIRM, XH_ROLE_STAFF, XH__INDUSTRY_FIRM},
    .owner_field = "party",
    .title_field = "name",
    .help_vi = "Sơ đồ công nghệ: từng công đoạn, đầu vào, đầu ra, chất thải.",
    .help_en = "The flow chart: each step, what goes in, what comes out, what is wasted.",
};
