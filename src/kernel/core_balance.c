/* core_balance.c: what went in, what came out, what stays unexplained: losses of a feeder, a water
 * zone, a workshop. */
#include "kernel/core_internal.h"

static const struct xh_choice kinds[] = {
    {"feeder", "Lộ điện, trạm biến áp", "Feeder"},
    {"water_zone", "Vùng cấp nước", "Water zone"},
    {"material", "Nguyên vật liệu", "Material"},
    {"waste", "Chất thải", "Waste"},
    {"energy", "Năng lượng", "Energy"},
    {NULL, NULL, NULL},
};
static const struct xh_choice sides[] = {
    {"in", "Vào", "In"},
    {"out", "Ra", "Out"},
    {"stock_change", "Thay đổi tồn kho", "Change of stock"},
    {NULL, NULL, NULL},
};

static const struct xh_field fields[] = {
    {"code", XH_T_TEXT, XH_F_UNIQUE | XH_F_INDEXED | XH_F_LIST, "Mã", "Code", NULL, 0, 0, 120, NULL,
     NULL, NULL, NULL},
    XH_FIELD_TEXT("title", XH_F_REQUIRED | XH_F_LIST, "Tên bảng cân bằng", "Title"),
    XH_FIELD_CHOICE("kind", XH_F_INDEXED | XH_F_LIST, kinds, "Loại", "Kind"),
    XH_FIELD_REF("party", XH_F_INDEXED, "core.party", "Đơn vị", "Party"),
    XH_FIELD_REF("place", XH_F_INDEXED | XH_F_LIST, "core.place", "Địa điểm", "Place"),
    XH_FIELD_DAY("period_from", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "Kỳ từ ngày",
                 "Period from"),
    XH_FIELD_DAY("period_to", XH_F_REQUIRED | XH_F_LIST, "Kỳ đến trước ngày",
                 "Period until (exclusive)"),
    XH_FIELD_TEXT("unit", XH_F_REQUIRED | XH_F_LIST, "Đơn vị tính", "Unit"),
    XH_FIELD_DEC("in_total", XH_F_COMPUTED | XH_F_LIST, NULL, "Tổng vào", "Total in"),
    XH_FIELD_DEC("out_total", XH_F_COMPUTED | XH_F_LIST, NULL, "Tổng ra", "Total out"),
    XH_FIELD_DEC("stock_change", XH_F_COMPUTED, NULL, "Thay đổi tồn kho", "Change of stock"),
    {"loss", XH_T_DEC, XH_F_COMPUTED | XH_F_LIST, "Tổn thất", "Loss", NULL, 0, 0, 0, NULL, NULL,
     "Vào trừ ra trừ thay đổi tồn kho.", "In less out less change of stock."},
    XH_FIELD_REAL("loss_share_percent", XH_F_COMPUTED | XH_F_LIST, 0, 0, "%", "Tỷ lệ tổn thất",
                  "Share of loss"),
};

static const struct xh_field term_fields[] = {
    XH_FIELD_CHOICE("side", XH_F_REQUIRED, sides, "Bên", "Side"),
    XH_FIELD_TEXT("label", XH_F_REQUIRED, "Khoản", "Term"),
    XH_FIELD_DEC("amount", XH_F_REQUIRED, NULL, "Lượng", "Amount"),
    XH_FIELD_REF("series", 0, "core.series", "Chuỗi số liệu", "Series"),
    XH_FIELD_TEXT("note", XH_F_LONG, "Ghi chú", "Note"),
};
static const struct xh_part parts[] = {
    {"terms", "Các khoản", "Terms", term_fields, XH_COUNT(term_fields), 0},
};

/* False when the digits do not suffice; then nothing is shown rather than something wrong. */
static bool side_total(const struct xh_doc *doc, const char *side, struct xh_dec *ret)
{
    struct xh_dec total = xh_dec_int(0);
    for (size_t i = 0; i < xh_doc_count(doc, "terms"); i++) {
        if (xh_str_is(xh_value_text(xh_doc_at(doc, "terms", i, "side")), side) &&
            xh_dec_add(total, xh_value_dec(xh_doc_at(doc, "terms", i, "amount")), &total) < 0) {
            return false;
        }
    }
    *ret = total;
    return true;
}

static void compute(const struct xh_ctx *ctx, struct xh_doc *doc)
{
    (void)ctx;
    struct xh_dec in, out, stock, loss;
    if (!side_total(doc, "in", &in) || !side_total(doc, "out", &out) ||
        !side_total(doc, "stock_change", &stock) || xh_dec_sub(in, out, &loss) < 0 ||
        xh_dec_sub(loss, stock, &loss) < 0) {
        return;
    }
    xh_doc_set_dec(doc, "in_total", in);
    xh_doc_set_dec(doc, "out_total", out);
    xh_doc_set_dec(doc, "stock_change", stock);
    xh_doc_set_dec(doc, "loss", loss);
    if (!xh_dec_is_zero(in)) {
        xh_doc_set_real(doc, "loss_share_percent",
                        100 * xh_dec_to_double(loss) / xh_dec_to_double(in));
    }
}

const struct xh_record_type xh__core_balance = {
    .name = "balance",
    .plural = "balances",
    .label_vi = "Bảng cân bằng",
    .label_en = "Balance",
    .plural_vi = "Các bảng cân bằng",
    .plural_en = "Balances",
    .shape = XH_SHAPE_PARTS(fields, parts),
    .access = {XH__INSIDE, XH_ROLE_BUSINESS, XH__KEEPER, XH_ROLE_BUSINESS},
    .owner_field = "party",
    .title_field = "title",
    .compute = compute,
    .check = xh__core_check_period,
    .help_vi = "Cân bằng điện, nước, vật liệu, chất thải của một nơi trong một kỳ.",
    .help_en = "Electricity, water, material or waste of a place in a period: in, out and loss.",
};
