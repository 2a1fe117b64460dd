/* core_dated.c: prices, norms, factors, limits, hours and targets as records (kernel/dated.h). */
#include "kernel/core_internal.h"

static const struct xh_choice tables[] = {
    {"price", "Giá", "Price"},
    {"percent", "Tỷ lệ phần trăm", "Percentage"},
    {"factor", "Hệ số", "Factor"},
    {"norm", "Định mức", "Norm"},
    {"limit", "Giới hạn", "Limit"},
    {"hours", "Khung giờ", "Hours"},
    {"target", "Mục tiêu", "Target"},
    {NULL, NULL, NULL},
};
static const struct xh_choice verified[] = {
    {"yes", "Đã kiểm chứng", "Verified"},
    {"partial", "Kiểm chứng một phần", "Partly verified"},
    {"no", "Chưa kiểm chứng", "Not verified"},
    {NULL, NULL, NULL},
};

static const struct xh_field fields[] = {
    XH_FIELD_CODE("Mã", "Code"),
    XH_FIELD_CHOICE("table_name", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, tables, "Bảng",
                    "Table"),
    XH_FIELD_TEXT("key", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "Khoá", "Key"),
    XH_FIELD_TEXT("item", XH_F_REQUIRED | XH_F_LIST, "Mục", "Item"),
    XH_FIELD_TEXT("variant", 0, "Phương án", "Variant"),
    XH_FIELD_DEC("value", XH_F_LIST, NULL, "Giá trị", "Value"),
    XH_FIELD_TEXT("unit", XH_F_LIST, "Đơn vị", "Unit"),
    XH_FIELD_DEC("quantity_from", 0, NULL, "Lượng từ", "Quantity from"),
    XH_FIELD_DEC("quantity_to", 0, NULL, "Lượng đến", "Quantity to"),
    XH_FIELD_TEXT("weekdays", 0, "Ngày trong tuần", "Days of the week"),
    XH_FIELD_INT("minute_from", 0, 0, 1440, "min", "Từ phút trong ngày", "From minute of the day"),
    XH_FIELD_INT("minute_to", 0, 0, 1440, "min", "Đến phút trong ngày", "To minute of the day"),
    XH_FIELD_DAY("valid_from", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "Hiệu lực từ",
                 "Valid from"),
    XH_FIELD_DAY("valid_to", XH_F_LIST, "Hết hiệu lực từ", "Valid until (exclusive)"),
    XH_FIELD_TEXT("document", XH_F_LIST, "Văn bản", "Document"),
    {"source", XH_T_TEXT, XH_F_REQUIRED, "Nguồn", "Source", NULL, 0, 0, 1000, NULL, NULL, NULL,
     NULL},
    XH_FIELD_CHOICE("verified", XH_F_REQUIRED | XH_F_LIST, verified, "Kiểm chứng", "Verified"),
    XH_FIELD_BOOL("is_disputed", 0, "Còn ý kiến khác nhau", "Disputed"),
    XH_FIELD_TEXT("note", XH_F_LONG, "Ghi chú", "Note"),
};

static int check_minutes(const struct xh_doc *doc, struct xh_err *err)
{
    bool has_from = !xh_doc_is_null(doc, "minute_from"), has_to = !xh_doc_is_null(doc, "minute_to");
    if (!has_from && !has_to) {
        return XH_E_OK;
    }
    if (has_from && has_to && xh_doc_int(doc, "minute_from") < xh_doc_int(doc, "minute_to")) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_INVALID, "minute_to", XH_STR(""), "later than minute_from", "min",
                        "hours need minute_from and a later minute_to; hours over midnight are two "
                        "rows");
}

/* Hours are a window, not a number. */
static int check_value(const struct xh_doc *doc, struct xh_err *err)
{
    bool is_hours = xh_str_is(xh_doc_text(doc, "table_name"), "hours");
    const char *field = xh_doc_is_null(doc, "value") ? "value" : "unit";
    if (is_hours || (!xh_doc_is_null(doc, "value") && !xh_doc_is_null(doc, "unit"))) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_INVALID, field, XH_STR(""), "needed but for hours", NULL,
                        "%s is missing", field);
}

static int check(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out, struct xh_err *err)
{
    (void)ctx;
    (void)out;
    const struct xh_doc *doc = in->record->doc;
    if (!xh_doc_is_null(doc, "quantity_from") && !xh_doc_is_null(doc, "quantity_to") &&
        xh_dec_compare(xh_doc_dec(doc, "quantity_from"), xh_doc_dec(doc, "quantity_to")) >= 0) {
        return xh_err_field(err, XH_E_INVALID, "quantity_to", XH_STR(""), "more than quantity_from",
                            NULL, "quantity_to is not more than quantity_from");
    }
    int code = check_value(doc, err);
    code = code < 0 ? code : check_minutes(doc, err);
    return code < 0 ? code : xh__core_check_days(doc, "valid_from", "valid_to", err);
}

const struct xh_record_type xh__core_dated = {
    .name = "dated",
    .plural = "dated",
    .label_vi = "Dòng bảng theo ngày hiệu lực",
    .label_en = "Dated row",
    .plural_vi = "Bảng theo ngày hiệu lực",
    .plural_en = "Dated rows",
    .shape = XH_SHAPE(fields),
    .access = {XH_ROLE_ANY, 0, XH_ROLE_STAFF, 0},
    .title_field = "code",
    .check = check,
    .help_vi = "Giá, định mức, hệ số, khung giờ, mục tiêu: giá trị, văn bản, nguồn, thời gian "
               "hiệu lực.",
    .help_en = "Prices, norms, factors, hours, targets: value, document, source, days in force.",
};
