/* core_charge.c: what a quantity costs, as an action. */
#include "kernel/core_charge.h"

#include "base/num.h"
#include "kernel/core_charge_internal.h"
#include "kernel/core_internal.h"
#include "kernel/host.h"

static const struct xh_field in_fields[] = {
    XH_FIELD_TEXT("tariff", XH_F_REQUIRED, "Biểu giá", "Tariff"),
    XH_FIELD_DAY("on", 0, "Trong tháng có ngày", "In the month of"),
    XH_FIELD_DAY("from", 0, "Từ ngày", "From"),
    XH_FIELD_DAY("to", 0, "Đến trước ngày", "Until (exclusive)"),
    XH_FIELD_DEC("quantity", 0, NULL, "Lượng tiêu thụ", "Quantity"),
    XH_FIELD_DEC("peak", 0, NULL, "Giờ cao điểm", "Peak hours"),
    XH_FIELD_DEC("normal", 0, NULL, "Giờ bình thường", "Normal hours"),
    XH_FIELD_DEC("off_peak", 0, NULL, "Giờ thấp điểm", "Off-peak hours"),
    XH_FIELD_INT("heads", 0, 0, XH_CHARGE_HEADS_MAX, NULL, "Số hộ hoặc số người",
                 "Households or persons"),
    {"load_kw", XH_T_DEC, 0, "Công suất không đổi", "Flat load", "kW", 0, 1e9, 0, NULL, NULL, NULL,
     NULL},
    XH_FIELD_TEXT("shift_from", 0, "Ca từ giờ", "Shift from"),
    XH_FIELD_TEXT("shift_to", 0, "Ca đến giờ", "Shift until"),
    XH_FIELD_INT("days", 0, 1, XH_CHARGE_DAYS_MAX, "d", "Số ngày làm việc", "Working days"),
    XH_FIELD_TEXT("hours", 0, "Bộ khung giờ", "Set of hours"),
};
const struct xh_shape xh_core_charge_in = XH_SHAPE(in_fields);

static const struct xh_field out_fields[] = {
    XH_FIELD_TEXT("tariff", 0, "Biểu giá", "Tariff"),
    XH_FIELD_DAY("period_from", 0, "Kỳ từ ngày", "Period from"),
    XH_FIELD_DAY("period_to", 0, "Kỳ đến trước ngày", "Period until (exclusive)"),
    XH_FIELD_INT("heads", 0, 0, 0, NULL, "Số hộ hoặc số người", "Households or persons"),
    XH_FIELD_DEC("quantity", 0, NULL, "Lượng tiêu thụ", "Quantity"),
    XH_FIELD_TEXT("unit", 0, "Đơn vị", "Unit"),
    XH_FIELD_TEXT("currency", 0, "Loại tiền", "Currency"),
    {"net", XH_T_MONEY, 0, "Tiền chưa thuế", "Net amount", NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
    {"tax", XH_T_MONEY, 0, "Tiền thuế", "Tax", NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
    {"total", XH_T_MONEY, 0, "Tổng cộng tiền thanh toán", "Total to pay", NULL, 0, 0, 0, NULL,
     NULL, NULL, NULL},
    XH_FIELD_DEC("net_exact", 0, NULL, "Tiền chưa thuế, chưa làm tròn", "Net amount, not rounded"),
    XH_FIELD_DEC("total_exact", 0, NULL, "Tổng cộng, chưa làm tròn", "Total, not rounded"),
    XH_FIELD_BOOL("has_partial_rows", 0, "Có dòng mới kiểm chứng một phần",
                  "Uses partly verified rows"),
    XH_FIELD_BOOL("has_disputed_rows", 0, "Có dòng còn ý kiến khác nhau", "Uses disputed rows"),
    XH_FIELD_REAL("ghg_kgco2", 0, 0, 0, "kgCO2", "Phát thải khí nhà kính",
                  "Greenhouse gas emissions"),
    XH_FIELD_DEC("ghg_factor", 0, NULL, "Hệ số phát thải", "Emission factor"),
    XH_FIELD_TEXT("ghg_factor_unit", 0, "Đơn vị hệ số phát thải", "Unit of the factor"),
    XH_FIELD_TEXT("ghg_factor_code", 0, "Mã hệ số phát thải", "Code of the factor"),
    XH_FIELD_TEXT("ghg_factor_document", 0, "Văn bản hệ số phát thải", "Document of the factor"),
    XH_FIELD_INT("ghg_factor_year", 0, 0, 0, NULL, "Năm của hệ số phát thải", "Year of the factor"),
    XH_FIELD_BOOL("ghg_factor_is_earlier", 0, "Hệ số của năm trước", "Factor of an earlier year"),
    XH_FIELD_TEXT("note_vi", XH_F_LONG, "Ghi chú", "Note in Vietnamese"),
    XH_FIELD_TEXT("note_en", XH_F_LONG, "Ghi chú bằng tiếng Anh", "Note in English"),
};

static const struct xh_field line_fields[] = {
    XH__CHARGE_LINE_FIELDS(0),
    XH_FIELD_TEXT("sentence_vi", 0, "Diễn giải", "Explanation in Vietnamese"),
    XH_FIELD_TEXT("sentence_en", 0, "Diễn giải bằng tiếng Anh", "Explanation in English"),
};
static const struct xh_part out_parts[] = {
    {"lines", "Các dòng", "Lines", line_fields, XH_COUNT(line_fields), 10000},
};
const struct xh_shape xh_core_charge_out = XH_SHAPE_PARTS(out_fields, out_parts);

/* ---- input ---- */

static int find_tariff(struct xh_ctx *ctx, struct xh_charge_ask *ask)
{
    struct xh_str code = xh_doc_text(ask->doc, "tariff");
    ask->tariff = ctx->host->tariff(ctx, code);
    if (!ask->tariff) {
        return xh_err_field(ask->err, XH_E_NOT_FOUND, "tariff", code, "a tariff's code", NULL,
                            "there is no tariff '%.*s'", XH_STR_ARG(xh_str_sub(code, 0, 80)));
    }
    return 0;
}

static int read_period(struct xh_charge_ask *ask)
{
    bool has_on = !xh_doc_is_null(ask->doc, "on");
    bool has_from = !xh_doc_is_null(ask->doc, "from"), has_to = !xh_doc_is_null(ask->doc, "to");
    int year, month, day;
    if (has_on == has_from || has_from != has_to) {
        return xh_err_field(ask->err, XH_E_INVALID, "on", xh_str_from(NULL), "on, or from and to",
                            NULL, "give the day `on`, whose month is billed, or `from` and `to`");
    }
    if (has_from) {
        ask->day_from = (int32_t)xh_doc_int(ask->doc, "from");
        ask->day_to = (int32_t)xh_doc_int(ask->doc, "to");
        return 0; /* length and order are the engine's to judge */
    }
    xh_day_to_civil((int32_t)xh_doc_int(ask->doc, "on"), &year, &month, &day);
    ask->day_from = xh_day_from_civil(year, month, 1);
    ask->day_to = ask->day_from + xh_month_days(year, month);
    return 0;
}

/* A load is laid out day by day: a period without end must not get that far. */
static int check_length(struct xh_charge_ask *ask)
{
    if ((int64_t)ask->day_to - ask->day_from > XH_CHARGE_DAYS_MAX) {
        return xh_err_set(ask->err, XH_E_INVALID, "the period is longer than %d days",
                          XH_CHARGE_DAYS_MAX);
    }
    return 0;
}

/* ---- output ---- */

static struct xh_str sentence(struct xh_arena *arena, const struct xh_tariff *tariff,
                              const struct xh_charge_line *line, bool is_vietnamese)
{
    struct xh_buf buf = {0};
    xh_charge_line_sentence(tariff, line, is_vietnamese, &buf);
    struct xh_str text = xh_arena_str(arena, xh_buf_str(&buf));
    xh_buf_finish(&buf);
    return text;
}

static const char *verified_name(enum xh_verified verified)
{
    return verified == XH_VERIFIED_YES ? "yes" : verified == XH_VERIFIED_PARTIAL ? "partial" : "no";
}

struct writer {
    struct xh_doc *doc;
    size_t row;
};

static void put_text(const struct writer *w, const char *field, struct xh_str text)
{
    if (text.len > 0) {
        xh_value_set_text(xh_doc_put(w->doc, "lines", w->row, field),
                          xh_arena_str(w->doc->arena, text));
    }
}

static void put_dec(const struct writer *w, const char *field, struct xh_dec value)
{
    xh_value_set_dec(xh_doc_put(w->doc, "lines", w->row, field), xh_dec_trim(value));
}

static void put_int(const struct writer *w, const char *field, int64_t value)
{
    xh_value_set_int(xh_doc_put(w->doc, "lines", w->row, field), value);
}

static void write_line(const struct writer *w, const struct xh_tariff *tariff,
                       const struct xh_charge_line *line)
{
    put_text(w, "component", xh_str_from(line->component->name));
    put_text(w, "item", line->item);
    put_int(w, "day_from", line->day_from);
    put_int(w, "day_to", line->day_to);
    if (line->has_quantity) {
        put_dec(w, "quantity", line->quantity);
        put_text(w, "unit", xh_str_from(tariff->unit));
    }
    put_dec(w, "price", line->price);
    put_text(w, "price_unit", line->price_unit);
    if (line->component->kind == XH_CHARGE_PERCENT) {
        put_dec(w, "base", line->base);
    }
    put_dec(w, "amount", line->amount);
    if (line->row->id != 0) {
        put_int(w, "row", line->row->id);
    }
    put_text(w, "row_code", line->row->code);
    put_text(w, "document", line->row->document.len > 0 ? line->row->document : line->row->source);
    put_text(w, "verified", xh_str_from(verified_name(line->row->verified)));
    put_int(w, "is_disputed", line->row->is_disputed);
    if (line->has_limit) {
        put_dec(w, "limit_from", line->limit_from);
    }
    if (line->has_limit && !line->is_open_ended) {
        put_dec(w, "limit_to", line->limit_to);
    }
    put_int(w, "is_shared_by_days", line->is_shared_by_days);
    put_text(w, "sentence_vi", sentence(w->doc->arena, tariff, line, true));
    put_text(w, "sentence_en", sentence(w->doc->arena, tariff, line, false));
}

void xh_charge_write_lines(struct xh_doc *doc, const struct xh_tariff *tariff,
                           const struct xh_charge *charge)
{
    for (size_t i = 0; i < charge->line_count; i++) {
        struct writer w = {doc, xh_doc_add(doc, "lines")};
        write_line(&w, tariff, &charge->lines[i]);
    }
}

/* tCO2/MWh is kgCO2/kWh. */
static int write_ghg(const struct xh_charge_ask *ask, const struct xh_charge *charge,
                     struct xh_doc *doc)
{
    bool is_earlier = false;
    struct xh_dec kg;
    int64_t year = 0;
    if (!ask->tariff->ghg_key) {
        return 0;
    }
    const struct xh_dated *row = xh_dated_latest(&ask->rows, "factor",
                                                 xh_str_from(ask->tariff->ghg_key),
                                                 xh_str_from(NULL), ask->day_from, &is_earlier);
    if (!row) {
        return 0; /* no factor so early: the bill stands without */
    }
    if (xh_dec_mul(charge->quantity, row->value, &kg) < 0) {
        return xh_err_set(ask->err, XH_E_INVALID, "the quantity has too many digits");
    }
    xh_doc_set_real(doc, "ghg_kgco2", xh_dec_to_double(kg));
    xh_doc_set_dec(doc, "ghg_factor", row->value);
    xh_doc_set_text(doc, "ghg_factor_unit", row->unit);
    xh_doc_set_text(doc, "ghg_factor_code", row->code);
    xh_doc_set_text(doc, "ghg_factor_document", row->document);
    if (xh_int_parse(row->item, &year) == 0) {
        xh_doc_set_int(doc, "ghg_factor_year", year);
    }
    xh_doc_set_int(doc, "ghg_factor_is_earlier", is_earlier);
    return 0;
}

static void write_note(const struct xh_charge_ask *ask, struct xh_doc *doc, const char *field,
                       const char *of_tariff, const char *of_hours)
{
    struct xh_arena *arena = doc->arena;
    const char *between = of_tariff && ask->is_all_normal ? " " : "";
    if (of_tariff || ask->is_all_normal) {
        xh_doc_set_text(doc, field,
                        xh_arena_format(arena, "%s%s%s", of_tariff ? of_tariff : "", between,
                                        ask->is_all_normal ? of_hours : ""));
    }
}

static void write_totals(const struct xh_charge_ask *ask, const struct xh_charge *charge,
                         struct xh_doc *doc)
{
    bool has_partial = charge->has_partial_rows, has_disputed = charge->has_disputed_rows;
    for (size_t i = 0; i < ask->hours_row_count; i++) {
        has_partial |= ask->hours_rows[i]->verified != XH_VERIFIED_YES;
        has_disputed |= ask->hours_rows[i]->is_disputed;
    }
    xh_doc_set_string(doc, "tariff", ask->tariff->code);
    xh_doc_set_int(doc, "period_from", ask->day_from);
    xh_doc_set_int(doc, "period_to", ask->day_to);
    if (!xh_doc_is_null(ask->doc, "heads")) {
        xh_doc_set_int(doc, "heads", xh_doc_int(ask->doc, "heads"));
    }
    xh_doc_set_dec(doc, "quantity", charge->quantity);
    xh_doc_set_string(doc, "unit", ask->tariff->unit);
    xh_doc_set_string(doc, "currency", ask->tariff->currency);
    xh_doc_set_int(doc, "net", charge->net_minor);
    xh_doc_set_int(doc, "tax", charge->tax_minor);
    xh_doc_set_int(doc, "total", charge->total_minor);
    xh_doc_set_dec(doc, "net_exact", charge->net);
    xh_doc_set_dec(doc, "total_exact", charge->total);
    xh_doc_set_int(doc, "has_partial_rows", has_partial);
    xh_doc_set_int(doc, "has_disputed_rows", has_disputed);
    write_note(ask, doc, "note_vi", ask->tariff->document_note_vi,
               "Không tách theo giờ: tính cả theo giá giờ bình thường.");
    write_note(ask, doc, "note_en", ask->tariff->document_note_en,
               "Not told apart by hours: all at the price of normal hours.");
}

int xh_core_charge(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                   struct xh_err *err)
{
    struct xh_charge_ask ask = {.doc = in->doc, .arena = ctx->arena, .err = err,
                                .hours_variant = xh_doc_text(in->doc, "hours")};
    struct xh_charge charge;
    int code = find_tariff(ctx, &ask);
    if (code == 0) {
        code = read_period(&ask);
    }
    if (code == 0) {
        code = check_length(&ask);
    }
    if (code == 0) {
        code = ctx->host->dated(ctx, &ask.rows, err);
    }
    if (code == 0) {
        code = xh__charge_ask_usage(&ask);
    }
    if (code < 0) {
        return code;
    }
    struct xh_charge_in charge_in = {
        .tariff = ask.tariff,
        .rows = &ask.rows,
        .day_from = ask.day_from,
        .day_to = ask.day_to,
        .heads = (int32_t)xh_doc_int(in->doc, "heads"),
        .hours_variant = ask.hours_variant,
        .usage = ask.usage,
        .usage_count = ask.usage_count,
    };
    code = xh_charge(&charge_in, ctx->arena, &charge, err);
    if (code < 0) {
        return code;
    }
    write_totals(&ask, &charge, out->doc);
    xh_charge_write_lines(out->doc, ask.tariff, &charge);
    return write_ghg(&ask, &charge, out->doc);
}
