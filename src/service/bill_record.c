/* bill_record.c: a charge as a core.bill, and whether two bills are the same. */
#include "base/num.h"
#include "kernel/core_charge.h"
#include "service/billing_internal.h"

/* ---- the number ---- */

static bool is_month(int32_t day_from, int32_t day_to, int *ret_year, int *ret_month)
{
    int day;
    xh_day_to_civil(day_from, ret_year, ret_month, &day);
    return day == 1 && day_to - day_from == xh_month_days(*ret_year, *ret_month);
}

struct xh_str xh__bill_number(struct xh_arena *arena, const struct xh_series *series,
                              int32_t day_from, int32_t day_to, int64_t revision)
{
    enum { CODE_MAX = 80 }; /* the whole has 120 bytes */
    char from[XH_TIME_TEXT_BYTES], to[XH_TIME_TEXT_BYTES], id[XH_NUM_TEXT_BYTES];
    struct xh_str code = series->code;
    int year, month;
    if (code.len > CODE_MAX) {
        code = (struct xh_str){id, xh_int_print(series->id, id)};
    }
    if (is_month(day_from, day_to, &year, &month)) {
        return xh_arena_format(arena, "%.*s/%04d-%02d/r%lld", XH_STR_ARG(code), year, month,
                               (long long)revision);
    }
    (void)xh_day_print(day_from, from);
    (void)xh_day_print(day_to, to);
    return xh_arena_format(arena, "%.*s/%s..%s/r%lld", XH_STR_ARG(code), from, to,
                           (long long)revision);
}

/* ---- notes ---- */

static const struct {
    unsigned flag;
    const char *vi, *en;
} flag_words[] = {
    {XH_AMOUNT_INCOMPLETE, "thiếu số liệu", "incomplete"},
    {XH_AMOUNT_ESTIMATED, "ước tính", "estimated"},
    {XH_AMOUNT_RESET, "công tơ về 0", "with a reset of the meter"},
    {XH_AMOUNT_ROLLOVER, "công tơ quay vòng", "with a roll-over of the meter"},
    {XH_AMOUNT_REPLACED, "thay công tơ", "with a replaced meter"},
    {XH_AMOUNT_NEGATIVE, "chỉ số lùi", "with a step back"},
    {XH_AMOUNT_CORRECTED, "đã sửa số liệu", "with corrected readings"},
    {XH_AMOUNT_SUSPECT, "số liệu đáng ngờ", "with suspect readings"},
    {XH_AMOUNT_SIMULATED, "số liệu mô phỏng", "with simulated readings"},
};

static int days_of(const struct xh__bill *bill, unsigned flag)
{
    int bit = 0;
    while (flag >> bit != 1U) {
        bit++;
    }
    return bill->flag_days[bit];
}

static void add_flags(const struct xh__bill *bill, bool is_vietnamese, struct xh_buf *out)
{
    bool is_first = true;
    for (size_t i = 0; i < XH_COUNT(flag_words); i++) {
        int days = days_of(bill, flag_words[i].flag);
        if (days == 0) {
            continue;
        }
        xh_buf_add_text(out, !is_first ? "; " : is_vietnamese ? "Số liệu: " : "Readings: ");
        xh_buf_add_format(out,
                          is_vietnamese ? "%d ngày %s"
                          : days == 1   ? "%d day %s"
                                        : "%d days %s",
                          days, is_vietnamese ? flag_words[i].vi : flag_words[i].en);
        is_first = false;
    }
    if (!is_first) {
        xh_buf_add_text(out, ".");
    }
}

static void add_sentence(struct xh_buf *out, const char *sentence)
{
    if (sentence != NULL) {
        xh_buf_add_text(out, out->len > 0 ? " " : "");
        xh_buf_add_text(out, sentence);
    }
}

static void write_note(const struct xh__bill *bill, struct xh_doc *doc)
{
    struct xh_buf vi = {0}, en = {0};
    bool lacks_heads = bill->tariff->heads_are_persons && bill->heads == 0;
    add_flags(bill, true, &vi);
    add_flags(bill, false, &en);
    if (lacks_heads) {
        add_sentence(&vi, "Chưa khai số người: tính như một.");
        add_sentence(&en, "The number of persons is not declared: counted as one.");
    }
    add_sentence(&vi, bill->tariff->document_note_vi);
    add_sentence(&en, bill->tariff->document_note_en);
    if (vi.len > 0) {
        xh_doc_set_text(doc, "note",
                        xh_arena_format(doc->arena, "%s\n%s", xh_buf_text(&vi), xh_buf_text(&en)));
    }
    xh_buf_finish(&vi);
    xh_buf_finish(&en);
}

/* ---- fields ---- */

/* Factors are tCO2/MWh, which is kgCO2/kWh. One of the year, or the latest before it. */
static int write_ghg(const struct xh__bill *bill, struct xh_doc *doc, struct xh_err *err)
{
    bool is_earlier = false;
    struct xh_dec kg;
    if (bill->tariff->ghg_key == NULL) {
        return XH_E_OK;
    }
    const struct xh_dated *row = xh_dated_latest(&bill->rows, "factor",
                                                 xh_str_from(bill->tariff->ghg_key), XH_STR(""),
                                                 bill->day_from, &is_earlier);
    if (row == NULL) {
        return XH_E_OK;
    }
    if (xh_dec_mul(bill->charge.quantity, row->value, &kg) < 0) {
        return xh_err_set(err, XH_E_INVALID, "the quantity has too many digits");
    }
    xh_doc_set_real(doc, "ghg_kgco2", xh_dec_to_double(kg));
    if (row->id != 0) {
        xh_doc_set_int(doc, "ghg_factor", row->id);
    }
    return XH_E_OK;
}

static void write_ref(struct xh_doc *doc, const char *field, int64_t id)
{
    if (id != 0) {
        xh_doc_set_int(doc, field, id);
    }
}

static void write_sums(const struct xh__bill *bill, struct xh_doc *doc)
{
    const struct xh_charge *charge = &bill->charge;
    xh_doc_set_dec(doc, "quantity", charge->quantity);
    xh_doc_set_string(doc, "unit", bill->tariff->unit);
    xh_doc_set_string(doc, "currency", bill->tariff->currency);
    xh_doc_set_int(doc, "net", charge->net_minor);
    xh_doc_set_int(doc, "tax", charge->tax_minor);
    xh_doc_set_int(doc, "total", charge->total_minor);
    xh_doc_set_dec(doc, "net_exact", charge->net);
    xh_doc_set_dec(doc, "total_exact", charge->total);
}

static void write_share(const struct xh__bill *bill, struct xh_doc *doc)
{
    if (bill->share == NULL) {
        return;
    }
    write_ref(doc, "run", bill->share->run_id);
    xh_doc_set_dec(doc, "measured", bill->measured);
    xh_doc_set_dec(doc, "share_common", bill->share->common);
    xh_doc_set_dec(doc, "share_losses", bill->share->losses);
}

bool xh__bill_share_of(const struct xh_doc *bill, struct xh__bill_share *ret)
{
    if (xh_doc_is_null(bill, "run")) {
        return false;
    }
    *ret = (struct xh__bill_share){
        .run_id = xh_doc_int(bill, "run"),
        .common = xh_doc_dec(bill, "share_common"),
        .losses = xh_doc_dec(bill, "share_losses"),
    };
    return true;
}

int xh__bill_record(struct xh__bill *bill, struct xh_record *ret, struct xh_err *err)
{
    const struct xh_series *series = bill->series;
    struct xh_record record = {
        .type = xh_engine_record_type(xh_ctx_engine(bill->ctx), XH_STR("core.bill")),
        .owner = series->owner_id,
        .state = XH_STR("draft"),
    };
    struct xh_doc *doc = xh_doc_create(bill->ctx->arena, &record.type->shape);
    record.doc = doc;
    xh_doc_set_text(doc, "number",
                    xh__bill_number(doc->arena, series, bill->day_from, bill->day_to, 1));
    write_ref(doc, "owner", series->owner_id);
    write_ref(doc, "series", series->id);
    write_ref(doc, "place", series->place_id);
    xh_doc_set_string(doc, "tariff", bill->tariff->code);
    xh_doc_set_int(doc, "period_from", bill->day_from);
    xh_doc_set_int(doc, "period_to", bill->day_to);
    xh_doc_set_int(doc, "revision", 1);
    if (bill->heads > 0) {
        xh_doc_set_int(doc, "heads", bill->heads);
    }
    xh_doc_set_int(doc, "as_known", bill->as_known_us);
    xh_doc_set_int(doc, "flags", bill->flags);
    write_sums(bill, doc);
    write_share(bill, doc);
    write_note(bill, doc);
    xh_charge_write_lines(doc, bill->tariff, &bill->charge);
    int code = write_ghg(bill, doc, err);
    if (code >= 0) {
        *ret = record;
    }
    return code;
}

/* ---- the same? ---- */

bool xh__bill_is_same(const struct xh_doc *a, const struct xh_doc *b)
{
    static const char *const fields[] = {
        "tariff", "heads",     "quantity",    "unit",  "currency", "net",          "tax",
        "net_exact", "total_exact", "total", "measured", "share_common", "share_losses"};
    static const char *const columns[] = {
        "component", "item",   "day_from", "day_to",     "quantity", "price",
        "base",      "amount", "row_code", "limit_from", "limit_to", "price_unit"};
    for (size_t i = 0; i < XH_COUNT(fields); i++) {
        if (!xh_value_equal(xh_doc_value(a, fields[i]), xh_doc_value(b, fields[i]))) {
            return false;
        }
    }
    size_t count = xh_doc_count(a, "lines");
    if (xh_doc_count(b, "lines") != count) {
        return false;
    }
    for (size_t row = 0; row < count; row++) {
        for (size_t i = 0; i < XH_COUNT(columns); i++) {
            if (!xh_value_equal(xh_doc_at(a, "lines", row, columns[i]),
                                xh_doc_at(b, "lines", row, columns[i]))) {
                return false;
            }
        }
    }
    return true;
}
