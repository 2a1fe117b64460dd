/* indicator_shape.c: what every indicator, and every record's why, is asked and answers. */
#include "kernel/domain.h"
#include "kernel/fields.h"

static const struct xh_field in_fields[] = {
    {"place", XH_T_REF, 0, "Địa điểm", "Place", NULL, 0, 0, 0, NULL, "core.place",
     "Để trống: tất cả.", "Empty: all."},
    XH_FIELD_DAY("from", XH_F_REQUIRED, "Từ ngày", "From"),
    XH_FIELD_DAY("to", XH_F_REQUIRED, "Đến trước ngày", "Until (exclusive)"),
};
const struct xh_shape xh_indicator_in = XH_SHAPE(in_fields);

static const struct xh_field out_fields[] = {
    XH_FIELD_REAL("value", 0, 0, 0, NULL, "Giá trị", "Value"),
    XH_FIELD_BOOL("has_value", 0, "Có giá trị", "Has a value"),
    XH_FIELD_REAL("numerator", 0, 0, 0, NULL, "Tử số", "Numerator"),
    XH_FIELD_REAL("denominator", 0, 0, 0, NULL, "Mẫu số", "Denominator"),
    XH_FIELD_INT("missing", 0, 0, 0, NULL, "Số đơn vị chưa có số liệu",
                 "How many have not given a number"),
    XH_FIELD_TEXT("note", XH_F_LONG, "Ghi chú", "Note"),
};
static const struct xh_field source_fields[] = {
    XH_FIELD_TEXT("type", 0, "Loại", "Type"),
    XH_FIELD_INT("id", 0, 0, 0, NULL, "Số", "Id"),
    XH_FIELD_TEXT("label", 0, "Tên", "Label"),
    XH_FIELD_REAL("value", 0, 0, 0, NULL, "Giá trị", "Value"),
    XH_FIELD_TEXT("unit", 0, "Đơn vị", "Unit"),
};
static const struct xh_field missing_fields[] = {
    XH_FIELD_TEXT("type", 0, "Loại", "Type"),
    XH_FIELD_INT("id", 0, 0, 0, NULL, "Số", "Id"),
    XH_FIELD_TEXT("label", 0, "Tên", "Label"),
};
static const struct xh_field row_fields[] = {
    XH_FIELD_INT("id", 0, 0, 0, NULL, "Số", "Id"),
    XH_FIELD_TEXT("code", 0, "Mã", "Code"),
    XH_FIELD_TEXT("document", 0, "Văn bản", "Document"),
    XH_FIELD_TEXT("verified", 0, "Kiểm chứng", "Verified"),
};
static const struct xh_part out_parts[] = {
    {"sources", "Tính từ", "Computed from", source_fields, XH_COUNT(source_fields), 10000},
    {"missing_from", "Chưa có số liệu từ", "Missing from", missing_fields, XH_COUNT(missing_fields),
     10000},
    {"rows", "Dòng bảng đã dùng", "Dated rows used", row_fields, XH_COUNT(row_fields), 10000},
};
const struct xh_shape xh_indicator_out = XH_SHAPE_PARTS(out_fields, out_parts);

/* ---- why ---- */

static const struct xh_field why_in_fields[] = {
    XH_FIELD_DAY("from", 0, "Từ ngày", "From"),
    XH_FIELD_DAY("to", 0, "Đến trước ngày", "Until (exclusive)"),
};
const struct xh_shape xh_why_in = XH_SHAPE(why_in_fields);

static const struct xh_field why_out_fields[] = {
    XH_FIELD_REAL("value", 0, 0, 0, NULL, "Giá trị", "Value"),
    XH_FIELD_BOOL("has_value", 0, "Có giá trị", "Has a value"),
    XH_FIELD_TEXT("unit", 0, "Đơn vị", "Unit"),
    XH_FIELD_TEXT("formula_vi", XH_F_LONG, "Cách tính", "Formula in Vietnamese"),
    XH_FIELD_TEXT("formula_en", XH_F_LONG, "Cách tính (tiếng Anh)", "Formula in English"),
    XH_FIELD_INT("missing", 0, 0, 0, NULL, "Số đơn vị chưa có số liệu",
                 "How many have not given a number"),
    XH_FIELD_TEXT("note_vi", XH_F_LONG, "Ghi chú", "Note in Vietnamese"),
    XH_FIELD_TEXT("note_en", XH_F_LONG, "Ghi chú (tiếng Anh)", "Note in English"),
};
static const struct xh_field why_source_fields[] = {
    XH_FIELD_TEXT("type", 0, "Loại", "Type"),
    XH_FIELD_INT("id", 0, 0, 0, NULL, "Số", "Id"),
    XH_FIELD_TEXT("name", 0, "Chỉ số", "Indicator"),
    XH_FIELD_TEXT("label_vi", 0, "Tên", "Label in Vietnamese"),
    XH_FIELD_TEXT("label_en", 0, "Tên (tiếng Anh)", "Label in English"),
    XH_FIELD_REAL("value", 0, 0, 0, NULL, "Giá trị", "Value"),
    XH_FIELD_TEXT("unit", 0, "Đơn vị", "Unit"),
    XH_FIELD_REF("place", 0, "core.place", "Địa điểm", "Place"),
    XH_FIELD_DAY("from", 0, "Từ ngày", "From"),
    XH_FIELD_DAY("to", 0, "Đến trước ngày", "Until (exclusive)"),
};
static const struct xh_part why_parts[] = {
    {"sources", "Tính từ", "Computed from", why_source_fields, XH_COUNT(why_source_fields), 10000},
    {"missing_from", "Chưa có số liệu từ", "Missing from", missing_fields, XH_COUNT(missing_fields),
     10000},
    {"rows", "Dòng bảng đã dùng", "Dated rows used", row_fields, XH_COUNT(row_fields), 10000},
};
const struct xh_shape xh_why_out = XH_SHAPE_PARTS(why_out_fields, why_parts);
