/* indicator_shape.c: what every indicator is asked and what it answers. */
#include "kernel/domain.h"

#define FIELD(name, type, flags, vi, en)                                                           \
    {name, type, flags, vi, en, NULL, 0, 0, 0, NULL, NULL, NULL, NULL}

static const struct xh_field in_fields[] = {
    {"place", XH_T_REF, 0, "Địa điểm", "Place", NULL, 0, 0, 0, NULL, "core.place",
     "Để trống: tất cả.", "Empty: all."},
    FIELD("from", XH_T_DAY, XH_F_REQUIRED, "Từ ngày", "From"),
    FIELD("to", XH_T_DAY, XH_F_REQUIRED, "Đến trước ngày", "Until (exclusive)"),
};
const struct xh_shape xh_indicator_in = XH_SHAPE(in_fields);

static const struct xh_field out_fields[] = {
    FIELD("value", XH_T_REAL, 0, "Giá trị", "Value"),
    FIELD("has_value", XH_T_BOOL, 0, "Có giá trị", "Has a value"),
    FIELD("numerator", XH_T_REAL, 0, "Tử số", "Numerator"),
    FIELD("denominator", XH_T_REAL, 0, "Mẫu số", "Denominator"),
    FIELD("missing", XH_T_INT, 0, "Số đơn vị chưa có số liệu", "How many have not given a number"),
    FIELD("note", XH_T_TEXT, XH_F_LONG, "Ghi chú", "Note"),
};
static const struct xh_field source_fields[] = {
    FIELD("type", XH_T_TEXT, 0, "Loại", "Type"),
    FIELD("id", XH_T_INT, 0, "Số", "Id"),
    FIELD("label", XH_T_TEXT, 0, "Tên", "Label"),
    FIELD("value", XH_T_REAL, 0, "Giá trị", "Value"),
    FIELD("unit", XH_T_TEXT, 0, "Đơn vị", "Unit"),
};
static const struct xh_field missing_fields[] = {
    FIELD("type", XH_T_TEXT, 0, "Loại", "Type"),
    FIELD("id", XH_T_INT, 0, "Số", "Id"),
    FIELD("label", XH_T_TEXT, 0, "Tên", "Label"),
};
static const struct xh_field row_fields[] = {
    FIELD("id", XH_T_INT, 0, "Số", "Id"),
    FIELD("code", XH_T_TEXT, 0, "Mã", "Code"),
    FIELD("document", XH_T_TEXT, 0, "Văn bản", "Document"),
    FIELD("verified", XH_T_TEXT, 0, "Kiểm chứng", "Verified"),
};
static const struct xh_part out_parts[] = {
    {"sources", "Tính từ", "Computed from", source_fields, XH_COUNT(source_fields), 10000},
    {"missing_from", "Chưa có số liệu từ", "Missing from", missing_fields, XH_COUNT(missing_fields),
     10000},
    {"rows", "Dòng bảng đã dùng", "Dated rows used", row_fields, XH_COUNT(row_fields), 10000},
};
const struct xh_shape xh_indicator_out = XH_SHAPE_PARTS(out_fields, out_parts);
