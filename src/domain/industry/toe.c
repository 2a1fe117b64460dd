/* toe.c: the action toe: the energy of a firm in tonnes of oil equivalent, by the factors of
 * official letter 3505/BCT-KHCN, over the inputs of its lines. A series that goes into two lines
 * counts once. */
#include "domain/industry/industry_internal.h"
#include "domain/industry/line_use.h"
#include "domain/industry/sentence.h"

enum { LINES_MAX = 1000, INPUTS_MAX = 200, YEAR_DAYS = 365 };

static const struct xh_field in_fields[] = {
    XH_FIELD_REF("party", XH_F_REQUIRED, "core.party", "Doanh nghiệp", "Firm"),
    XH_FIELD_DAY("from", XH_F_REQUIRED, "Từ ngày", "From"),
    XH_FIELD_DAY("to", XH_F_REQUIRED, "Đến trước ngày", "Until (exclusive)"),
};
const struct xh_shape xh__industry_toe_in = XH_SHAPE(in_fields);

static const struct xh_field out_fields[] = {
    XH_FIELD_REF("party", 0, "core.party", "Doanh nghiệp", "Firm"),
    XH_FIELD_BOOL("has_value", 0, "Có giá trị", "Has a value"),
    XH_FIELD_REAL("toe", 0, 0, 0, NULL, "TOE", "TOE"),
    XH_FIELD_REAL("toe_high", 0, 0, 0, NULL, "TOE, theo hệ số cao nhất",
                  "TOE by the highest factor"),
    XH_FIELD_INT("missing_days", 0, 0, 0, "d", "Số ngày thiếu số đo", "Days without readings"),
    XH_FIELD_DEC("threshold", 0, NULL, "Ngưỡng", "Threshold"),
    XH_FIELD_TEXT("threshold_unit", 0, "Đơn vị của ngưỡng", "Unit of the threshold"),
    XH_FIELD_REF("threshold_row", 0, "core.dated", "Dòng ngưỡng", "Row of the threshold"),
    XH_FIELD_TEXT("document", 0, "Văn bản", "Document"),
    XH_FIELD_TEXT("sentence_vi", XH_F_LONG, "Diễn giải", "Sentence in Vietnamese"),
    XH_FIELD_TEXT("sentence_en", XH_F_LONG, "Diễn giải (tiếng Anh)", "Sentence in English"),
};
static const struct xh_field input_fields[] = {
    XH_FIELD_REF("line", 0, XH__INDUSTRY_LINE, "Dây chuyền", "Line"),
    XH_FIELD_REF("series", 0, "core.series", "Chuỗi số liệu", "Series"),
    XH_FIELD_TEXT("label", 0, "Tên", "Name"),
    XH_FIELD_TEXT("fuel", 0, "Loại năng lượng", "Energy"),
    XH_FIELD_REAL("quantity", 0, 0, 0, NULL, "Lượng", "Quantity"),
    XH_FIELD_TEXT("unit", 0, "Đơn vị", "Unit"),
    XH_FIELD_REAL("toe", 0, 0, 0, NULL, "TOE", "TOE"),
    XH_FIELD_REAL("toe_high", 0, 0, 0, NULL, "TOE, theo hệ số cao nhất",
                  "TOE by the highest factor"),
    XH_FIELD_DEC("factor", 0, NULL, "Hệ số", "Factor"),
    XH_FIELD_TEXT("factor_unit", 0, "Đơn vị của hệ số", "Unit of the factor"),
    XH_FIELD_REF("row", 0, "core.dated", "Dòng hệ số", "Row of the factor"),
    XH_FIELD_TEXT("code", 0, "Mã hệ số", "Code of the factor"),
};
static const struct xh_part out_parts[] = {
    {"inputs", "Năng lượng đi vào", "Energy that goes in", input_fields, XH_COUNT(input_fields),
     INPUTS_MAX},
};
const struct xh_shape xh__industry_toe_out = XH_SHAPE_PARTS(out_fields, out_parts);

struct input {
    int64_t line, series;
    struct xh_str fuel;
};
struct inputs {
    struct xh_arena *arena;
    struct input items[INPUTS_MAX];
    size_t count;
};

static int take_inputs(void *arg, struct xh_record *line, struct xh_err *err)
{
    struct inputs *all = arg;
    for (size_t i = 0; i < xh_doc_count(line->doc, "inputs"); i++) {
        int64_t series = xh_value_int(xh_doc_at(line->doc, "inputs", i, "series"));
        bool is_new = true;
        for (size_t j = 0; j < all->count; j++) {
            is_new = is_new && all->items[j].series != series;
        }
        if (is_new && all->count == INPUTS_MAX) {
            return xh_err_set(err, XH_E_TOO_LARGE, "the firm's lines have more than %d inputs",
                              INPUTS_MAX);
        }
        if (is_new) {
            struct xh_str fuel = xh_value_text(xh_doc_at(line->doc, "inputs", i, "fuel"));
            all->items[all->count++] = (struct input){line->id, series,
                                                      xh_arena_str(all->arena, fuel)};
        }
    }
    return XH_E_OK;
}

struct total {
    struct xh_sum toe, toe_high;
    int64_t missing_days;
};

static int add_input(struct xh_ctx *ctx, const struct input *input, const struct xh_dated_set *rows,
                     const struct xh__industry_days *days, struct total *total, struct xh_doc *out,
                     struct xh_err *err)
{
    struct xh_record series;
    struct xh_industry_fuel fuel;
    int code = ctx->host->record_get(ctx, "core.series", input->series, &series, err);
    code = code < 0 ? code
                    : xh_industry_fuel(rows, input->fuel, days->total, days->unit, days->to - 1,
                                       &fuel, err);
    if (code < 0) {
        return code;
    }
    double toe = fuel.units * xh_dec_to_double(fuel.low->value);
    double high = fuel.units * xh_dec_to_double(fuel.high->value);
    size_t row = xh_doc_add(out, "inputs");
    xh_sum_add(&total->toe, toe);
    xh_sum_add(&total->toe_high, high);
    total->missing_days += days->missing_days;
    xh_value_set_int(xh_doc_put(out, "inputs", row, "line"), input->line);
    xh_value_set_int(xh_doc_put(out, "inputs", row, "series"), input->series);
    xh_value_set_text(xh_doc_put(out, "inputs", row, "label"), xh_doc_text(series.doc, "name"));
    xh_value_set_text(xh_doc_put(out, "inputs", row, "fuel"), input->fuel);
    xh_value_set_real(xh_doc_put(out, "inputs", row, "quantity"), days->total);
    xh_value_set_text(xh_doc_put(out, "inputs", row, "unit"), xh_str_from(days->unit->symbol));
    xh_value_set_real(xh_doc_put(out, "inputs", row, "toe"), toe);
    xh_value_set_real(xh_doc_put(out, "inputs", row, "toe_high"), high);
    xh_value_set_dec(xh_doc_put(out, "inputs", row, "factor"), fuel.low->value);
    xh_value_set_text(xh_doc_put(out, "inputs", row, "factor_unit"), fuel.low->unit);
    xh_value_set_int(xh_doc_put(out, "inputs", row, "row"), fuel.low->id);
    xh_value_set_text(xh_doc_put(out, "inputs", row, "code"), fuel.low->code);
    return XH_E_OK;
}

static void write_total(const struct total *total, const struct xh_dated *threshold, bool is_year,
                        size_t count, struct xh_doc *out)
{
    double toe = xh_sum_value(&total->toe), high = xh_sum_value(&total->toe_high);
    xh_doc_set_int(out, "has_value", count > 0);
    xh_doc_set_int(out, "missing_days", total->missing_days);
    if (count == 0) {
        return;
    }
    xh_doc_set_real(out, "toe", toe);
    xh_doc_set_real(out, "toe_high", high);
    if (threshold != NULL) {
        xh_doc_set_dec(out, "threshold", threshold->value);
        xh_doc_set_text(out, "threshold_unit", threshold->unit);
        xh_doc_set_text(out, "document", threshold->document);
        xh_doc_set_int(out, "threshold_row", threshold->id);
    }
    xh__industry_say_toe(toe, high, threshold, is_year && total->missing_days == 0, out);
}

int xh__industry_toe(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                     struct xh_err *err)
{
    struct xh_dated_set rows;
    struct total total = {.missing_days = 0};
    struct inputs *all = XH_NEW(ctx->arena, struct inputs);
    int32_t from = (int32_t)xh_doc_int(in->doc, "from"), to = (int32_t)xh_doc_int(in->doc, "to");
    struct xh_filter filter = {"party", XH_FILTER_EQ,
                               {.type = XH_T_REF, .integer = xh_doc_int(in->doc, "party")}};
    struct xh_list list = {
        .filters = &filter, .filter_count = 1, .limit = LINES_MAX, .with_parts = true};
    struct xh_str next;
    all->arena = ctx->arena;
    int code = ctx->host->dated(ctx, &rows, err);
    code = code < 0 ? code
                    : ctx->host->record_list(ctx, XH__INDUSTRY_LINE, &list, take_inputs, all, &next,
                                             err);
    for (size_t i = 0; code >= 0 && i < all->count; i++) {
        struct xh__industry_days days;
        code = xh__industry_days_read(ctx, all->items[i].series, from, to, &days, err);
        code = code < 0 ? code
                        : add_input(ctx, &all->items[i], &rows, &days, &total, out->doc, err);
    }
    if (code < 0) {
        return code;
    }
    xh_doc_set_int(out->doc, "party", xh_doc_int(in->doc, "party"));
    write_total(&total,
                xh_dated_on(&rows, "limit", XH_STR("key-energy-user"), XH_STR("industry"),
                            XH_STR(""), to - 1),
                to - from >= YEAR_DAYS && to - from <= YEAR_DAYS + 1, all->count, out->doc);
    return XH_E_OK;
}
