/* core_billing.c: accounts of a park and its billing runs. An account says who answers for a meter
 * and in what role; a run divides a period of the main meter among them. What a run says is written
 * by service/billing_run.h alone, and is never changed once its bills are issued. */
#include "base/num.h"
#include "kernel/core_internal.h"
#include "kernel/host.h"

/* ---- accounts ---- */

static const struct xh_choice roles[] = {
    {"tenant", "Người thuê", "Tenant"},
    {"common", "Khu dùng chung", "Common area"},
    {"main", "Công tơ tổng", "Main meter"},
    {"solar", "Điện mặt trời mái nhà", "Solar roof"},
    {"export", "Phát lên lưới", "Export to the grid"},
    {NULL, NULL, NULL},
};

static const struct xh_field account_fields[] = {
    XH_FIELD_CODE("Mã", "Code"),
    XH_FIELD_TEXT("name", XH_F_REQUIRED | XH_F_LIST, "Tên", "Name"),
    XH_FIELD_REF("place", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "core.place", "Thuộc nơi",
                 "Of the place"),
    XH_FIELD_CHOICE("role", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, roles, "Vai trò", "Role"),
    XH_FIELD_REF("party", XH_F_INDEXED | XH_F_LIST, "core.party", "Bên thanh toán", "Who pays"),
    XH_FIELD_REF("series", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "core.series", "Công tơ",
                 "Meter"),
    {"tariff", XH_T_TEXT, 0, "Biểu giá", "Tariff", NULL, 0, 0, 120, NULL, NULL,
     "Để trống: biểu giá của công tơ.", "Empty: the meter's own."},
    XH_FIELD_DEC("area_m2", 0, "m2", "Diện tích", "Area"),
    {"fixed_share", XH_T_DEC, 0, "Phần cố định", "Fixed share", NULL, 0, 0, 0, NULL, NULL,
     "Tỷ trọng khi chia theo phần cố định, như 40 và 60.",
     "Its weight when shares are fixed, such as 40 and 60."},
    XH_FIELD_BOOL("is_closed", XH_F_INDEXED, "Đã đóng", "Closed"),
    XH_FIELD_TEXT("note", XH_F_LONG, "Ghi chú", "Note"),
};

static int check_weight(const struct xh_doc *doc, const char *field, struct xh_err *err)
{
    char text[XH_DEC_TEXT_BYTES];
    if (xh_doc_is_null(doc, field) || !xh_dec_is_negative(xh_doc_dec(doc, field))) {
        return XH_E_OK;
    }
    struct xh_str value = {text, xh_dec_print(xh_doc_dec(doc, field), text)};
    return xh_err_field(err, XH_E_INVALID, field, value, "0 or more", NULL,
                        "%s %s is negative: nothing can be shared by it", field, text);
}

static int account_check(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                         struct xh_err *err)
{
    (void)ctx;
    (void)out;
    int code = check_weight(in->record->doc, "area_m2", err);
    return code < 0 ? code : check_weight(in->record->doc, "fixed_share", err);
}

const struct xh_record_type xh__core_account = {
    .name = "account",
    .plural = "accounts",
    .label_vi = "Tài khoản công tơ",
    .label_en = "Account",
    .plural_vi = "Các tài khoản công tơ",
    .plural_en = "Accounts",
    .shape = XH_SHAPE(account_fields),
    .access = {XH__INSIDE, XH__OUTSIDE, XH__KEEPER, 0},
    .owner_field = "party",
    .title_field = "name",
    .check = account_check,
    .help_vi = "Ai trả tiền cho công tơ nào của một khu: người thuê, khu dùng chung, công tơ tổng, "
               "mái nhà.",
    .help_en = "Who answers for which meter of a park: tenants, common areas, main meter, roof.",
};

/* ---- runs ---- */

static const struct xh_choice ways[] = {
    {"none", "Không chia", "Not passed on"},
    {"use", "Theo lượng dùng", "By use"},
    {"area", "Theo diện tích", "By area"},
    {"fixed", "Theo phần cố định", "By fixed shares"},
    {NULL, NULL, NULL},
};

#define AMOUNT(name, flags, vi, en) XH_FIELD_DEC(name, flags, NULL, vi, en)
#define COUNT_OF(name, flags, vi, en) XH_FIELD_INT(name, flags, 0, 0, NULL, vi, en)
/* Money is in minor units of the run's own currency, so these fields name no unit. */
#define RUN_MONEY(name, flags, vi, en)                                                             \
    {name, XH_T_MONEY, flags, vi, en, NULL, 0, 0, 0, NULL, NULL, NULL, NULL}
#define SENTENCE(name, vi, en)                                                                     \
    {name, XH_T_TEXT, 0, vi, en, NULL, 0, 0, 1000, NULL, NULL, NULL, NULL}

static const struct xh_field run_fields[] = {
    XH_FIELD_CODE("Mã", "Code"),
    XH_FIELD_REF("place", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "core.place", "Nơi", "Place"),
    XH_FIELD_TEXT("quantity", XH_F_REQUIRED | XH_F_INDEXED, "Đại lượng", "Quantity"),
    XH_FIELD_DAY("period_from", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, "Kỳ từ ngày",
                 "Period from"),
    XH_FIELD_DAY("period_to", XH_F_REQUIRED | XH_F_LIST, "Kỳ đến trước ngày",
                 "Period until (exclusive)"),
    XH_FIELD_CHOICE("allocate", XH_F_REQUIRED | XH_F_LIST, ways, "Chia phần chung và tổn thất",
                    "Common use and losses"),
    XH_FIELD_INT("revision", XH_F_REQUIRED | XH_F_LIST, 1, 100000, NULL, "Lần lập", "Revision"),
    XH_FIELD_REF("supersedes", XH_F_INDEXED, "core.billing_run", "Thay cho kỳ", "Supersedes"),
    XH_FIELD_TEXT("reason", XH_F_LONG, "Lý do", "Reason"),
    XH_FIELD_TEXT("unit", 0, "Đơn vị", "Unit"),
    AMOUNT("from_main", XH_F_LIST, "Công tơ tổng", "Main meter"),
    AMOUNT("from_solar", 0, "Mái nhà", "Solar roof"),
    AMOUNT("exported", 0, "Phát lên lưới", "Exported"),
    AMOUNT("tenants", XH_F_LIST, "Người thuê", "Tenants"),
    AMOUNT("common", XH_F_LIST, "Khu dùng chung", "Common areas"),
    {"losses", XH_T_DEC, XH_F_LIST, "Tổn thất", "Losses", NULL, 0, 0, 0, NULL, NULL,
     "Công tơ tổng cộng mái nhà, trừ phát lên lưới, người thuê và khu dùng chung.",
     "Main meter and roof, less export, tenants and common areas."},
    XH_FIELD_REAL("losses_percent", 0, 0, 0, "%", "Tỷ lệ tổn thất", "Share of losses"),
    AMOUNT("billed", 0, "Tính tiền", "Billed"),
    AMOUNT("not_billed", 0, "Không tính cho ai", "Billed to nobody"),
    COUNT_OF("account_count", 0, "Số tài khoản", "Accounts"),
    COUNT_OF("bill_count", XH_F_LIST, "Số hoá đơn", "Bills"),
    COUNT_OF("incomplete_count", 0, "Số tài khoản thiếu số liệu", "Accounts that are not complete"),
    COUNT_OF("problem_count", 0, "Số tài khoản không tính được", "Accounts that cannot be billed"),
    COUNT_OF("unusual_count", 0, "Số tài khoản khác thường", "Accounts that changed much"),
    XH_FIELD_BOOL("is_simulated", 0, "Số liệu minh hoạ", "Simulated readings"),
    {"currency", XH_T_TEXT, 0, "Loại tiền", "Currency", NULL, 0, 0, 3, NULL, NULL,
     "Mã ISO 4217; các số tiền tính bằng đơn vị nhỏ nhất của loại tiền này.",
     "ISO 4217 code; amounts are in the smallest unit of this currency."},
    RUN_MONEY("net", 0, "Tiền chưa thuế", "Net amount"),
    RUN_MONEY("tax", 0, "Tiền thuế", "Tax"),
    RUN_MONEY("total", XH_F_LIST, "Tổng cộng", "Total"),
    XH_FIELD_TIME("as_known", 0, "Tính theo số liệu biết đến lúc", "As known at"),
    SENTENCE("sentence_vi", "Diễn giải", "Explanation in Vietnamese"),
    SENTENCE("sentence_en", "Diễn giải bằng tiếng Anh", "Explanation in English"),
};

static const struct xh_field line_fields[] = {
    XH_FIELD_REF("account", XH_F_REQUIRED | XH_F_INDEXED, "core.account", "Tài khoản", "Account"),
    XH_FIELD_TEXT("name", 0, "Tên", "Name"),
    XH_FIELD_CHOICE("role", XH_F_REQUIRED, roles, "Vai trò", "Role"),
    XH_FIELD_REF("party", 0, "core.party", "Bên thanh toán", "Who pays"),
    XH_FIELD_REF("series", XH_F_REQUIRED | XH_F_INDEXED, "core.series", "Công tơ", "Meter"),
    XH_FIELD_TEXT("series_code", 0, "Mã công tơ", "Meter's code"),
    XH_FIELD_TEXT("tariff", 0, "Biểu giá", "Tariff"),
    AMOUNT("measured", 0, "Đo được", "Measured"),
    AMOUNT("share_common", 0, "Phần dùng chung", "Share of common use"),
    AMOUNT("share_losses", 0, "Phần tổn thất", "Share of losses"),
    AMOUNT("billed", 0, "Tính tiền", "Billed"),
    RUN_MONEY("net", 0, "Tiền chưa thuế", "Net amount"),
    RUN_MONEY("tax", 0, "Tiền thuế", "Tax"),
    RUN_MONEY("total", 0, "Tổng cộng", "Total"),
    XH_FIELD_REF("bill", XH_F_INDEXED, "core.bill", "Hoá đơn", "Bill"),
    XH_FIELD_TEXT("number", 0, "Số hoá đơn", "Bill's number"),
    COUNT_OF("flags", 0, "Cờ chất lượng số liệu", "Flags of the data"),
    COUNT_OF("missing_days", 0, "Số ngày thiếu số liệu", "Days that are not complete"),
    XH_FIELD_BOOL("is_incomplete", 0, "Thiếu số liệu", "Not complete"),
    AMOUNT("previous", 0, "Kỳ trước đo được", "Measured in the period before"),
    XH_FIELD_REAL("change_percent", 0, 0, 0, "%", "Thay đổi", "Change"),
    XH_FIELD_BOOL("is_unusual", 0, "Khác thường", "Changed much"),
    AMOUNT("old_billed", 0, "Bản trước tính", "Billed in the version before"),
    RUN_MONEY("old_total", 0, "Bản trước tổng cộng", "Total in the version before"),
    SENTENCE("problem_vi", "Vì sao không tính được", "Why it cannot be billed, in Vietnamese"),
    SENTENCE("problem_en", "Vì sao không tính được (tiếng Anh)", "Why it cannot be billed"),
};

static const struct xh_part run_parts[] = {
    {"lines", "Các tài khoản", "Accounts", line_fields, XH_COUNT(line_fields), 20000},
};

static int issue_guard(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                       struct xh_err *err)
{
    (void)ctx;
    (void)out;
    const struct xh_doc *doc = in->record->doc;
    char text[XH_NUM_TEXT_BYTES];
    int64_t problems = xh_doc_int(doc, "problem_count"),
            missing = xh_doc_int(doc, "incomplete_count");
    if (problems > 0) {
        return xh_err_field(err, XH_E_CONFLICT, "problem_count",
                            (struct xh_str){text, xh_int_print(problems, text)}, "0", "accounts",
                            "%lld accounts cannot be billed: mend them and preview again",
                            (long long)problems);
    }
    if (xh_str_trim(xh_doc_text(doc, "reason")).len > 0) {
        return XH_E_OK;
    }
    if (missing > 0) {
        return xh_err_field(err, XH_E_INVALID, "reason", XH_STR(""), "a sentence", NULL,
                            "readings of %lld accounts are not complete: say why it is issued all"
                            " the same",
                            (long long)missing);
    }
    if (xh_dec_is_negative(xh_doc_dec(doc, "losses"))) {
        return xh_err_field(err, XH_E_INVALID, "reason", XH_STR(""), "a sentence", NULL,
                            "more was measured behind the main meter than came in: say why it is"
                            " issued all the same");
    }
    return XH_E_OK;
}

static const struct xh_field issue_fields[] = {
    XH_FIELD_TEXT("reason", XH_F_LONG, "Lý do", "Reason"),
};
static const struct xh_shape issue_in = XH_SHAPE(issue_fields);

/* The reason is written down first, then asked for. */
static int begin_guard(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                       struct xh_err *err)
{
    if (in->doc != NULL && xh_str_trim(xh_doc_text(in->doc, "reason")).len > 0) {
        xh_doc_set_text(in->record->doc, "reason", xh_str_trim(xh_doc_text(in->doc, "reason")));
    }
    return issue_guard(ctx, in, out, err);
}

static const char *const states[] = {"draft",  "previewed", "issuing",  "issued",
                                     "corrected", "withdrawn", NULL};
static const char *const frozen[] = {"issued", "corrected", "withdrawn", NULL};

#define BY_ENGINE {0, 0, XH_ROLE_ENGINE, 0}
#define BY_KEEPER {0, 0, XH__KEEPER, 0}
#define WITHDRAW(from)                                                                             \
    {from, "withdrawn", "withdraw", "Huỷ bỏ", "Withdraw", BY_KEEPER, &xh__core_reason_in,          \
     xh__core_reason_guard, xh__core_reason_effect}
static const struct xh_transition transitions[] = {
    {"draft", "previewed", "preview", "Tính thử", "Preview", BY_ENGINE, NULL, NULL, NULL},
    {"previewed", "issuing", "begin_issue", "Bắt đầu phát hành", "Begin to issue", BY_ENGINE,
     &issue_in, begin_guard, NULL},
    {"issuing", "issued", "issue", "Phát hành", "Issue", BY_ENGINE, NULL, issue_guard, NULL},
    {"issuing", "previewed", "stop", "Dừng phát hành", "Stop issuing", BY_ENGINE, NULL, NULL, NULL},
    {"issued", "corrected", "correct", "Được thay thế", "Correct", BY_ENGINE, NULL, NULL, NULL},
    WITHDRAW("draft"),
    WITHDRAW("previewed"),
};

const struct xh_record_type xh__core_billing_run = {
    .name = "billing_run",
    .plural = "billing_runs",
    .label_vi = "Kỳ tính tiền",
    .label_en = "Billing run",
    .plural_vi = "Các kỳ tính tiền",
    .plural_en = "Billing runs",
    .shape = XH_SHAPE_PARTS(run_fields, run_parts),
    .access = {XH__INSIDE, 0, XH_ROLE_ENGINE, 0},
    .title_field = "code",
    .states = states,
    .transitions = transitions,
    .transition_count = XH_COUNT(transitions),
    .frozen_states = frozen,
    .check = xh__core_check_period,
    .help_vi = "Một kỳ của công tơ tổng được chia cho người thuê, khu dùng chung và tổn thất, cộng "
               "lại đúng bằng công tơ tổng; đã phát hành thì không sửa, chỉ lập bản mới.",
    .help_en = "A period of the main meter divided among tenants, common areas and losses, which "
               "add up to it exactly; once issued it is never changed, only superseded.",
};

int xh__core_run_bills(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                       struct xh_err *err)
{
    (void)in;
    (void)out;
    return ctx->host->billing_runs_carry_on(ctx, err);
}
