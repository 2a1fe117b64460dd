/* core_bill.c: bills and their lines. A bill that was issued is never changed: what is learnt later
 * makes a new revision that supersedes it. */
#include "kernel/core_internal.h"
#include "kernel/host.h"

/* Money of a bill is in minor units of the bill's own currency, so these fields name no unit. */
#define BILL_MONEY(name, flags, vi, en)                                                            \
    {name, XH_T_MONEY, flags, vi, en, NULL, 0, 0, 0, NULL, NULL, NULL, NULL}

static const struct xh_field fields[] = {
    {"number", XH_T_TEXT, XH_F_REQUIRED | XH_F_UNIQUE | XH_F_INDEXED | XH_F_LIST, "Số hoá đơn",
     "Number", NULL, 0, 0, 120, NULL, NULL, NULL, NULL},
    XH_FIELD_REF("owner", XH_F_INDEXED | XH_F_LIST, "core.party", "Khách hàng", "Customer"),
    XH_FIELD_REF("series", XH_F_INDEXED | XH_F_LIST, "core.series", "Chuỗi số liệu", "Series"),
    XH_FIELD_REF("place", XH_F_INDEXED, "core.place", "Địa điểm", "Place"),
    XH_FIELD_TEXT("tariff", XH_F_REQUIRED | XH_F_LIST, "Biểu giá", "Tariff"),
    XH_FIELD_DAY("period_from", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "Kỳ từ ngày",
                 "Period from"),
    XH_FIELD_DAY("period_to", XH_F_REQUIRED | XH_F_LIST, "Kỳ đến trước ngày",
                 "Period until (exclusive)"),
    XH_FIELD_INT("revision", XH_F_REQUIRED | XH_F_LIST, 1, 100000, NULL, "Lần phát hành",
                 "Revision"),
    XH_FIELD_REF("supersedes", XH_F_INDEXED, "core.bill", "Thay cho hoá đơn", "Supersedes"),
    XH_FIELD_TEXT("reason", XH_F_LONG, "Lý do", "Reason"),
    XH_FIELD_INT("heads", 0, 0, 100000, NULL, "Số hộ hoặc số người", "Households or persons"),
    XH_FIELD_DEC("quantity", XH_F_LIST, NULL, "Lượng tiêu thụ", "Quantity"),
    XH_FIELD_REF("run", XH_F_INDEXED | XH_F_READ_ONLY, "core.billing_run", "Kỳ tính tiền",
                 "Billing run"),
    XH_FIELD_DEC("measured", XH_F_READ_ONLY, NULL, "Đo được", "Measured"),
    XH_FIELD_DEC("share_common", XH_F_READ_ONLY, NULL, "Phần dùng chung", "Share of common use"),
    XH_FIELD_DEC("share_losses", XH_F_READ_ONLY, NULL, "Phần tổn thất", "Share of losses"),
    XH_FIELD_TEXT("unit", 0, "Đơn vị", "Unit"),
    {"currency", XH_T_TEXT, 0, "Loại tiền", "Currency", NULL, 0, 0, 3, NULL, NULL,
     "Mã ISO 4217; các số tiền tính bằng đơn vị nhỏ nhất của loại tiền này.",
     "ISO 4217 code; amounts are in the smallest unit of this currency."},
    BILL_MONEY("net", 0, "Tiền chưa thuế", "Net amount"),
    BILL_MONEY("tax", 0, "Tiền thuế", "Tax"),
    BILL_MONEY("total", XH_F_LIST, "Tổng cộng tiền thanh toán", "Total to pay"),
    XH_FIELD_DEC("net_exact", 0, NULL, "Tiền chưa thuế, chưa làm tròn", "Net amount, not rounded"),
    XH_FIELD_DEC("total_exact", 0, NULL, "Tổng cộng, chưa làm tròn", "Total, not rounded"),
    XH_FIELD_TIME("as_known", XH_F_REQUIRED, "Tính theo số liệu biết đến lúc", "As known at"),
    XH_FIELD_REAL("ghg_kgco2", 0, 0, 0, "kgCO2", "Phát thải khí nhà kính",
                  "Greenhouse gas emissions"),
    XH_FIELD_REF("ghg_factor", 0, "core.dated", "Hệ số phát thải", "Emission factor"),
    XH_FIELD_INT("flags", 0, 0, 0, NULL, "Cờ chất lượng số liệu", "Flags of the data"),
    XH_FIELD_TEXT("note", XH_F_LONG, "Ghi chú", "Note"),
};

static const struct xh_field line_fields[] = {
    XH__CHARGE_LINE_FIELDS(XH_F_REQUIRED),
    {"sentence_vi", XH_T_TEXT, 0, "Diễn giải", "Explanation in Vietnamese", NULL, 0, 0, 1000, NULL,
     NULL, NULL, NULL},
    {"sentence_en", XH_T_TEXT, 0, "Diễn giải bằng tiếng Anh", "Explanation in English", NULL, 0, 0,
     1000, NULL, NULL, NULL, NULL},
};

static const struct xh_part parts[] = {
    {"lines", "Các dòng", "Lines", line_fields, XH_COUNT(line_fields), 10000},
};

static int issue_guard(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                       struct xh_err *err)
{
    (void)ctx;
    (void)out;
    const struct xh_doc *doc = in->record->doc;
    if (xh_doc_count(doc, "lines") == 0) {
        return xh_err_field(err, XH_E_INVALID, "lines", XH_STR("0"), "1 or more", "rows",
                            "a bill without lines cannot be issued");
    }
    if (xh_doc_is_null(doc, "total") || xh_doc_text(doc, "currency").len == 0) {
        return xh_err_field(err, XH_E_INVALID, "total", XH_STR(""), "an amount and its currency",
                            NULL, "a bill without total or currency cannot be issued");
    }
    return XH_E_OK;
}

int xh__core_rebill(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                    struct xh_err *err)
{
    (void)out;
    return ctx->host->bills_renew(ctx, in->changes, in->change_count, err);
}

static const char *const states[] = {"draft", "issued", "superseded", "withdrawn", NULL};
static const char *const frozen[] = {"issued", "superseded", "withdrawn", NULL};
static const struct xh_transition transitions[] = {
    {"draft", "issued", "issue", "Phát hành", "Issue", {0, 0, XH__KEEPER, 0}, NULL, issue_guard,
     NULL},
    {"issued", "superseded", "supersede", "Thay thế", "Supersede", {0, 0, XH_ROLE_ENGINE, 0}, NULL,
     NULL, NULL},
    {"draft", "withdrawn", "withdraw", "Huỷ bỏ", "Withdraw", {0, 0, XH__KEEPER, 0},
     &xh__core_reason_in, xh__core_reason_guard, xh__core_reason_effect},
};

const struct xh_record_type xh__core_bill = {
    .name = "bill",
    .plural = "bills",
    .label_vi = "Hoá đơn",
    .label_en = "Bill",
    .plural_vi = "Các hoá đơn",
    .plural_en = "Bills",
    .shape = XH_SHAPE_PARTS(fields, parts),
    .access = {XH__INSIDE, XH__OUTSIDE, XH__KEEPER, 0},
    .owner_field = "owner",
    .title_field = "number",
    .states = states,
    .transitions = transitions,
    .transition_count = XH_COUNT(transitions),
    .frozen_states = frozen,
    .check = xh__core_check_period,
    .help_vi = "Tiền điện, nước, rác của một kỳ, từng dòng kèm đơn giá và văn bản; đã phát hành "
               "thì không sửa, chỉ thay bằng lần phát hành mới.",
    .help_en = "What a period of electricity, water or waste costs, each line with its price and "
               "document; once issued it is never changed, only superseded.",
};
