/* core_own_bill.c: bills of others that somebody brought along: what a supplier charged, as a table
 * says (kernel/own.h). They are kept apart from core.bill, which the program itself issues. */
#include "kernel/core_internal.h"

static const struct xh_choice media[] = {
    {"electricity", "Điện", "Electricity"}, {"water", "Nước", "Water"},
    {"gas", "Khí đốt", "Gas"},              {"fuel", "Nhiên liệu", "Fuel"},
    {NULL, NULL, NULL},
};

static const struct xh_field fields[] = {
    XH_FIELD_REF("party", XH_F_INDEXED | XH_F_LIST, "core.party", "Của ai", "Party"),
    XH_FIELD_REF("place", XH_F_INDEXED, "core.place", "Địa điểm", "Place"),
    XH_FIELD_CHOICE("medium", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, media, "Loại", "Medium"),
    XH_FIELD_TEXT("tariff", 0, "Biểu giá", "Tariff"),
    XH_FIELD_DAY("period_from", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "Kỳ từ ngày",
                 "Period from"),
    XH_FIELD_DAY("period_to", XH_F_REQUIRED | XH_F_LIST, "Kỳ đến trước ngày",
                 "Period until (exclusive)"),
    XH_FIELD_DEC("quantity", XH_F_LIST, NULL, "Lượng tiêu thụ", "Quantity"),
    XH_FIELD_TEXT("unit", XH_F_LIST, "Đơn vị", "Unit"),
    {"amount", XH_T_MONEY, XH_F_LIST, "Số tiền", "Amount", NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
    {"currency", XH_T_TEXT, 0, "Loại tiền", "Currency", NULL, 0, 0, 3, NULL, NULL,
     "Mã ISO 4217; số tiền tính bằng đơn vị nhỏ nhất của loại tiền này.",
     "ISO 4217 code; the amount is in the smallest unit of this currency."},
    XH_FIELD_BOOL("is_before_tax", 0, "Số tiền chưa có thuế", "Amount before tax"),
    XH_FIELD_DEC("meter_first", 0, NULL, "Chỉ số cũ", "Reading before"),
    XH_FIELD_DEC("meter_last", 0, NULL, "Chỉ số mới", "Reading now"),
    XH_FIELD_TEXT("note", XH_F_LONG, "Ghi chú", "Note"),
    {"cell", XH_T_TEXT, 0, "Ô trong tệp", "Cell of the file", NULL, 0, 0, 80, NULL, NULL, NULL,
     NULL},
    XH_FIELD_REF("import", XH_F_INDEXED, "core.import", "Lần nhập", "Import"),
};

const struct xh_record_type xh__core_own_bill = {
    .name = "own_bill",
    .plural = "own_bills",
    .label_vi = "Hoá đơn mang tới",
    .label_en = "Bill brought along",
    .plural_vi = "Các hoá đơn mang tới",
    .plural_en = "Bills brought along",
    .shape = XH_SHAPE(fields),
    .access = {XH__INSIDE, XH__OUTSIDE, XH__KEEPER, XH__OUTSIDE},
    .owner_field = "party",
    .title_field = "period_from",
    .check = xh__core_check_period,
    .help_vi = "Hoá đơn điện, nước của nhà cung cấp, do người dùng mang tới trong một bảng tính.",
    .help_en = "A supplier's bill of electricity or water that somebody brought in a table.",
};
