/* verdict.c: the actions norm_verdict and feasibility: what a line uses for a unit of product
 * beside its norm, and what an investment is worth. */
#include "domain/industry/industry_internal.h"
#include "domain/industry/line_use.h"
#include "domain/industry/sentence.h"
#include "domain/industry/worth.h"

static const struct xh_choice verdicts[] = {
    {"passes", "Đạt", "Passes"},
    {"fails", "Không đạt", "Fails"},
    {"not_known", "Chưa biết", "Not known"},
    {NULL, NULL, NULL},
};
static const char *const verdict_names[] = {
    [XH__INDUSTRY_NOT_KNOWN] = "not_known",
    [XH__INDUSTRY_PASSES] = "passes",
    [XH__INDUSTRY_FAILS] = "fails",
};

static const struct xh_field in_fields[] = {
    XH_FIELD_REF("line", XH_F_REQUIRED, XH__INDUSTRY_LINE, "Dây chuyền", "Line"),
    {"from", XH_T_DAY, 0, "Từ ngày", "From", NULL, 0, 0, 0, NULL, NULL,
     "Để trống: 30 ngày trọn vẹn trước đó.", "Empty: the 30 whole days before the end."},
    {"to", XH_T_DAY, 0, "Đến trước ngày", "Until (exclusive)", NULL, 0, 0, 0, NULL, NULL,
     "Để trống: hôm nay.", "Empty: today."},
};
const struct xh_shape xh__industry_verdict_in = XH_SHAPE(in_fields);

static const struct xh_field out_fields[] = {
    XH_FIELD_REF("party", 0, "core.party", "Doanh nghiệp", "Firm"),
    XH_FIELD_REF("line", 0, XH__INDUSTRY_LINE, "Dây chuyền", "Line"),
    XH_FIELD_TEXT("line_name", 0, "Tên dây chuyền", "Name of the line"),
    XH_FIELD_TEXT("product", 0, "Sản phẩm", "Product"),
    XH_FIELD_DAY("from", 0, "Từ ngày", "From"),
    XH_FIELD_DAY("to", 0, "Đến trước ngày", "Until (exclusive)"),
    XH_FIELD_REAL("energy_mj", 0, 0, 0, "MJ", "Năng lượng", "Energy"),
    XH_FIELD_REAL("output", 0, 0, 0, NULL, "Sản lượng", "Product made"),
    XH_FIELD_TEXT("output_unit", 0, "Đơn vị sản phẩm", "Unit of the product"),
    XH_FIELD_REAL("sec", 0, 0, 0, NULL, "Suất tiêu hao", "Specific consumption"),
    XH_FIELD_TEXT("sec_unit", 0, "Đơn vị của suất tiêu hao", "Unit of the specific consumption"),
    XH_FIELD_REAL("output_per_gj", 0, 0, 0, NULL, "Sản phẩm trên mỗi GJ", "Product for a GJ"),
    XH_FIELD_DEC("norm", 0, NULL, "Định mức", "Norm"),
    XH_FIELD_TEXT("norm_class", 0, "Nhóm công suất", "Class of capacity"),
    XH_FIELD_REAL("gap_percent", 0, 0, 0, "%", "Chênh lệch so với định mức", "Gap to the norm"),
    XH_FIELD_CHOICE("verdict", 0, verdicts, "Kết luận", "Verdict"),
    XH_FIELD_BOOL("is_norm_expired", 0, "Định mức đã hết thời hạn", "The norm has run out"),
    XH_FIELD_DAY("norm_valid_to", 0, "Định mức hết hiệu lực từ", "Norm valid until (exclusive)"),
    XH_FIELD_REF("norm_row", 0, "core.dated", "Dòng định mức", "Row of the norm"),
    XH_FIELD_TEXT("norm_code", 0, "Mã định mức", "Code of the norm"),
    XH_FIELD_TEXT("document", 0, "Văn bản", "Document"),
    XH_FIELD_TEXT("verified", 0, "Kiểm chứng", "Verified"),
    XH_FIELD_INT("missing_days", 0, 0, 0, "d", "Số ngày thiếu số đo", "Days without readings"),
    XH_FIELD_BOOL("is_simulated", 0, "Số liệu minh hoạ", "Simulated"),
    XH_FIELD_TEXT("sentence_vi", XH_F_LONG, "Diễn giải", "Sentence in Vietnamese"),
    XH_FIELD_TEXT("sentence_en", XH_F_LONG, "Diễn giải (tiếng Anh)", "Sentence in English"),
};
static const struct xh_field input_fields[] = {
    XH_FIELD_REF("series", 0, "core.series", "Chuỗi số liệu", "Series"),
    XH_FIELD_TEXT("label", 0, "Tên", "Name"),
    XH_FIELD_TEXT("fuel", 0, "Loại năng lượng", "Energy"),
    XH_FIELD_REAL("quantity", 0, 0, 0, NULL, "Lượng", "Quantity"),
    XH_FIELD_TEXT("unit", 0, "Đơn vị", "Unit"),
    XH_FIELD_REAL("factor", 0, 0, 0, NULL, "Hệ số", "Factor"),
    XH_FIELD_TEXT("factor_unit", 0, "Đơn vị của hệ số", "Unit of the factor"),
    XH_FIELD_REAL("energy_mj", 0, 0, 0, "MJ", "Năng lượng", "Energy"),
    XH_FIELD_REF("row", 0, "core.dated", "Dòng hệ số", "Row of the factor"),
    XH_FIELD_TEXT("code", 0, "Mã hệ số", "Code of the factor"),
};
static const struct xh_part out_parts[] = {
    {"inputs", "Năng lượng đi vào", "Energy that goes in", input_fields, XH_COUNT(input_fields),
     50},
};
const struct xh_shape xh__industry_verdict_out = XH_SHAPE_PARTS(out_fields, out_parts);

static void write_input(const struct xh__industry_input *input, struct xh_doc *out)
{
    size_t row = xh_doc_add(out, "inputs");
    struct xh_str unit = xh_arena_format(out->arena, "MJ/%s", input->unit->symbol);
    xh_value_set_int(xh_doc_put(out, "inputs", row, "series"), input->series);
    xh_value_set_text(xh_doc_put(out, "inputs", row, "label"), input->label);
    xh_value_set_text(xh_doc_put(out, "inputs", row, "fuel"), input->fuel);
    xh_value_set_real(xh_doc_put(out, "inputs", row, "quantity"), input->quantity);
    xh_value_set_text(xh_doc_put(out, "inputs", row, "unit"), xh_str_from(input->unit->symbol));
    xh_value_set_real(xh_doc_put(out, "inputs", row, "factor"), input->energy.factor);
    xh_value_set_text(xh_doc_put(out, "inputs", row, "factor_unit"), unit);
    xh_value_set_real(xh_doc_put(out, "inputs", row, "energy_mj"), input->energy.energy_mj);
    if (input->energy.row != NULL) {
        xh_value_set_int(xh_doc_put(out, "inputs", row, "row"), input->energy.row->id);
        xh_value_set_text(xh_doc_put(out, "inputs", row, "code"), input->energy.row->code);
    }
}

static void write_norm(const struct xh__industry_use *use, struct xh_doc *out)
{
    static const char *const verified[] = {"no", "partial", "yes"};
    const struct xh_dated *row = use->norm.row;
    if (row == NULL) {
        return;
    }
    xh_doc_set_dec(out, "norm", row->value);
    xh_doc_set_text(out, "norm_class", row->item);
    xh_doc_set_int(out, "is_norm_expired", use->norm.is_expired);
    xh_doc_set_text(out, "norm_code", row->code);
    xh_doc_set_text(out, "document", row->document);
    xh_doc_set_string(out, "verified", verified[row->verified]);
    if (row->id != 0) {
        xh_doc_set_int(out, "norm_row", row->id);
    }
    if (row->valid_to != XH_DAY_OPEN_END) {
        xh_doc_set_int(out, "norm_valid_to", row->valid_to);
    }
    if (use->verdict != XH__INDUSTRY_NOT_KNOWN) {
        double norm = xh_dec_to_double(row->value);
        xh_doc_set_real(out, "gap_percent", 100 * (use->sec - norm) / norm);
    }
}

static void write_use(const struct xh__industry_use *use, struct xh_doc *out)
{
    xh_doc_set_int(out, "from", use->from);
    xh_doc_set_int(out, "to", use->to);
    xh_doc_set_real(out, "energy_mj", use->energy_mj);
    xh_doc_set_int(out, "is_simulated", (use->flags & XH_AMOUNT_SIMULATED) != 0);
    xh_doc_set_string(out, "verdict", verdict_names[use->verdict]);
    xh_doc_set_int(out, "missing_days", use->gap_days);
    if (use->output_unit != NULL) {
        xh_doc_set_real(out, "output", use->output);
        xh_doc_set_string(out, "output_unit", use->output_unit->symbol);
    }
    if (use->gap == XH__INDUSTRY_KNOWN) {
        xh_doc_set_real(out, "sec", use->sec);
        xh_doc_set_text(out, "sec_unit", use->sec_unit);
        if (use->energy_mj > 0) {
            xh_doc_set_real(out, "output_per_gj", use->output / (use->energy_mj / 1000));
        }
    }
    for (size_t i = 0; i < use->input_count; i++) {
        write_input(&use->inputs[i], out);
    }
    write_norm(use, out);
}

int xh__industry_norm_verdict(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                              struct xh_err *err)
{
    struct xh_record line;
    struct xh__industry_use use;
    int32_t from = INT32_MIN, to = INT32_MAX;
    int code = ctx->host->record_get(ctx, XH__INDUSTRY_LINE, xh_doc_int(in->doc, "line"), &line,
                                     err);
    if (code < 0) {
        return code;
    }
    if (!xh_doc_is_null(in->doc, "to")) {
        to = (int32_t)xh_doc_int(in->doc, "to");
    }
    code = xh__industry_usual_days(ctx, line.doc, from, to, &from, &to, err);
    if (!xh_doc_is_null(in->doc, "from")) {
        from = (int32_t)xh_doc_int(in->doc, "from");
    }
    code = code < 0 ? code : xh__industry_use_read(ctx, line.doc, from, to, &use, err);
    if (code < 0) {
        return code;
    }
    xh_doc_set_int(out->doc, "party", xh_doc_int(line.doc, "party"));
    xh_doc_set_int(out->doc, "line", line.id);
    xh_doc_set_text(out->doc, "line_name", xh_doc_text(line.doc, "name"));
    xh_doc_set_text(out->doc, "product", xh_doc_text(line.doc, "product"));
    write_use(&use, out->doc);
    xh__industry_say_verdict(&use, xh_doc_text(line.doc, "product"), out->doc);
    return XH_E_OK;
}

/* ---- feasibility ---- */

static const struct xh_field worth_in_fields[] = {
    XH_FIELD_MONEY("investment", XH_F_REQUIRED, "Vốn đầu tư", "Investment"),
    XH_FIELD_MONEY("saving_yearly", XH_F_REQUIRED, "Tiết kiệm mỗi năm", "Saved a year"),
    XH_FIELD_MONEY("cost_yearly", 0, "Chi phí vận hành thêm mỗi năm", "Running cost a year"),
    XH_FIELD_INT("life_years", XH_F_REQUIRED, 1, 100, NULL, "Tuổi thọ (năm)", "Life (years)"),
    XH_FIELD_DEC("discount_percent", 0, "%", "Lãi suất chiết khấu", "Discount rate"),
};
const struct xh_shape xh__industry_worth_in = XH_SHAPE(worth_in_fields);
static const struct xh_field worth_out_fields[] = {
    XH_FIELD_REAL("payback_years", 0, 0, 0, NULL, "Thời gian hoàn vốn (năm)", "Payback (years)"),
    XH_FIELD_MONEY("npv", 0, "Giá trị hiện tại ròng (NPV)", "Net present value (NPV)"),
    XH_FIELD_REAL("irr_percent", 0, 0, 0, "%", "Tỷ suất hoàn vốn nội bộ (IRR)",
                  "Internal rate of return (IRR)"),
    XH_FIELD_BOOL("has_irr", 0, "Có IRR", "Has an IRR"),
    XH_FIELD_TEXT("sentence_vi", XH_F_LONG, "Diễn giải", "Sentence in Vietnamese"),
    XH_FIELD_TEXT("sentence_en", XH_F_LONG, "Diễn giải (tiếng Anh)", "Sentence in English"),
};
const struct xh_shape xh__industry_worth_out = XH_SHAPE(worth_out_fields);

int xh__industry_feasibility(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                             struct xh_err *err)
{
    (void)ctx;
    if (xh_doc_real(in->doc, "discount_percent") <= -100) {
        return xh_err_field(err, XH_E_INVALID, "discount_percent", XH_STR(""), "more than -100",
                            "%", "a discount rate is more than -100 %%");
    }
    struct xh_industry_worth worth = xh_industry_worth(in->doc);
    if (worth.has_payback) {
        xh_doc_set_real(out->doc, "payback_years", worth.payback_years);
    }
    if (worth.has_npv) {
        xh_doc_set_int(out->doc, "npv", worth.npv);
    }
    xh_doc_set_int(out->doc, "has_irr", worth.irr.kind == XH_IRR_ONE);
    if (worth.irr.kind == XH_IRR_ONE) {
        xh_doc_set_real(out->doc, "irr_percent", worth.irr.rate * 100);
    }
    xh__industry_say_worth(&worth, out->doc);
    return XH_E_OK;
}
