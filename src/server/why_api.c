/* why_api.c: GET /api/v1/why: what a number rests on: a bill or one of its lines, an indicator, a
 * record, a dated row, the consumption of a series. Each step names the addresses of the next. */
#include "server/why_internal.h"

#include "service/indicator.h"

/* ---- dated rows ---- */

static int why_dated(struct xh__request *req, struct xh__why *why, struct xh_err *err)
{
    struct xh_record row;
    int code = xh_record_find(&req->ctx, "core.dated", "code", xh__request_param(req, "dated"),
                              &row, err);
    if (code < 0) {
        return code;
    }
    why->title_vi = why->title_en = xh_doc_text(row.doc, "code");
    why->has_value = !xh_doc_is_null(row.doc, "value");
    why->value = xh_doc_dec(row.doc, "value");
    why->unit = xh_doc_text(row.doc, "unit");
    why->formula_vi = XH_STR("giá trị ghi trong văn bản");
    why->formula_en = XH_STR("the value as the document has it");
    why->versions_type = "core.dated";
    why->versions_id = row.id;
    return xh__why_row_add(req, why, row.id, err);
}

/* ---- bills ---- */

static struct xh_str line_href(struct xh__request *req, int64_t bill, size_t line)
{
    return xh_arena_format(req->arena, "/api/v1/why?bill=%lld&line=%zu", (long long)bill, line + 1);
}

static void part_of_line(struct xh__request *req, struct xh__why *why, const struct xh_record *bill,
                         size_t line)
{
    struct xh__why_part *part = xh__why_part_add(req, why);
    const struct xh_value *amount = xh_doc_at(bill->doc, "lines", line, "amount");
    part->label_vi = xh_value_text(xh_doc_at(bill->doc, "lines", line, "sentence_vi"));
    part->label_en = xh_value_text(xh_doc_at(bill->doc, "lines", line, "sentence_en"));
    if (part->label_vi.len == 0) {
        part->label_vi = part->label_en = xh_value_text(
            xh_doc_at(bill->doc, "lines", line, "component"));
    }
    part->has_value = !amount->is_null;
    part->value = xh_value_dec(amount);
    part->unit = xh_doc_text(bill->doc, "currency");
    part->href = line_href(req, bill->id, line);
}

static int whole_bill(struct xh__request *req, struct xh__why *why, const struct xh_record *bill,
                      struct xh_err *err)
{
    int digits = xh_currency_digits(xh_doc_text(bill->doc, "currency"));
    size_t count = xh_doc_count(bill->doc, "lines");
    int code = XH_E_OK;
    why->has_value = !xh_doc_is_null(bill->doc, "total");
    why->value = xh_dec_from_minor(xh_doc_int(bill->doc, "total"), digits);
    why->formula_vi = XH_STR("tổng các dòng, làm tròn theo biểu giá");
    why->formula_en = XH_STR("the sum of the lines, rounded as the tariff says");
    for (size_t i = 0; code >= 0 && i < count; i++) {
        part_of_line(req, why, bill, i);
        code = xh__why_row_add(req, why, xh_value_int(xh_doc_at(bill->doc, "lines", i, "row")),
                               err);
    }
    return code;
}

static void factor_part(struct xh__request *req, struct xh__why *why, const struct xh_record *bill,
                        size_t line, const char *field, const char *unit_field, const char *vi,
                        const char *en)
{
    const struct xh_value *value = xh_doc_at(bill->doc, "lines", line, field);
    if (!value->is_null) {
        struct xh__why_part *part = xh__why_part_add(req, why);
        part->label_vi = xh_str_from(vi);
        part->label_en = xh_str_from(en);
        part->has_value = true;
        part->value = xh_value_dec(value);
        part->unit = unit_field != NULL
                         ? xh_value_text(xh_doc_at(bill->doc, "lines", line, unit_field))
                         : xh_doc_text(bill->doc, "currency");
    }
}

static int one_line(struct xh__request *req, struct xh__why *why, const struct xh_record *bill,
                    int64_t line_number, struct xh_err *err)
{
    size_t count = xh_doc_count(bill->doc, "lines"), line = (size_t)line_number - 1;
    if (line >= count) {
        const char *limit = xh_arena_format(req->arena, "1 to %zu", count).ptr;
        return xh_err_field(err, XH_E_NOT_FOUND, "line", xh__request_param(req, "line"), limit,
                            NULL, "the bill has %zu lines", count);
    }
    const struct xh_value *amount = xh_doc_at(bill->doc, "lines", line, "amount");
    why->has_value = !amount->is_null;
    why->value = xh_value_dec(amount);
    why->formula_vi = xh_value_text(xh_doc_at(bill->doc, "lines", line, "sentence_vi"));
    why->formula_en = xh_value_text(xh_doc_at(bill->doc, "lines", line, "sentence_en"));
    factor_part(req, why, bill, line, "quantity", "unit", "Lượng", "Quantity");
    factor_part(req, why, bill, line, "price", "price_unit", "Đơn giá", "Price");
    factor_part(req, why, bill, line, "base", NULL, "Tính trên số tiền", "Percentage of");
    return xh__why_row_add(req, why, xh_value_int(xh_doc_at(bill->doc, "lines", line, "row")), err);
}

/* The readings behind a bill, as they were known when it was made. */
static int readings_of_bill(struct xh__request *req, struct xh__why *why,
                            const struct xh_record *bill, struct xh_err *err)
{
    const struct xh_series *series = NULL;
    int64_t series_id = xh_doc_int(bill->doc, "series");
    if (series_id == 0) {
        return XH_E_OK;
    }
    int code = xh__series_lend_id(req, series_id, &series, err);
    if (code < 0) {
        return code;
    }
    int64_t from_us = xh_zone_day_start_us(series->zone,
                                           (int32_t)xh_doc_int(bill->doc, "period_from"));
    int64_t to_us = xh_zone_day_start_us(series->zone, (int32_t)xh_doc_int(bill->doc, "period_to"));
    char from[XH_TIME_TEXT_BYTES], to[XH_TIME_TEXT_BYTES];
    (void)xh_time_print(from_us, from);
    (void)xh_time_print(to_us, to);
    struct xh__why_part *part = xh__why_part_add(req, why);
    part->label_vi = XH_STR("Lượng tiêu thụ của kỳ");
    part->label_en = XH_STR("Use in the period");
    part->has_value = !xh_doc_is_null(bill->doc, "quantity");
    part->value = xh_doc_dec(bill->doc, "quantity");
    part->unit = xh_doc_text(bill->doc, "unit");
    part->href = xh_arena_format(req->arena, "/api/v1/why?series=%lld&from=%s&to=%s",
                                 (long long)series_id, from, to);
    if (req->ctx.as_known_us == 0) {
        req->ctx.as_known_us = xh_doc_int(bill->doc, "as_known");
    }
    return xh__why_readings_add(req, why, series, from_us, to_us, err);
}

static int why_bill(struct xh__request *req, struct xh__why *why, struct xh_err *err)
{
    struct xh_record bill;
    int64_t id = 0, line = 0;
    int code = xh__request_int(req, "bill", 1, INT64_MAX, &id, err);
    code = code < 0 ? code : xh__request_int(req, "line", 1, 100000, &line, err);
    code = code < 0 ? code : xh_record_get(&req->ctx, "core.bill", id, &bill, err);
    if (code < 0) {
        return code;
    }
    why->title_vi = xh_arena_format(req->arena, "Hoá đơn %.*s",
                                    XH_STR_ARG(xh_doc_text(bill.doc, "number")));
    why->title_en = xh_arena_format(req->arena, "Bill %.*s",
                                    XH_STR_ARG(xh_doc_text(bill.doc, "number")));
    why->unit = xh_doc_text(bill.doc, "currency");
    why->versions_type = "core.bill";
    why->versions_id = bill.id;
    code = line > 0 ? one_line(req, why, &bill, line, err) : whole_bill(req, why, &bill, err);
    return code < 0 ? code : readings_of_bill(req, why, &bill, err);
}

/* ---- indicators ---- */

static void sources(struct xh__request *req, struct xh__why *why, const struct xh__why_days *days,
                    const struct xh_doc *out)
{
    for (size_t i = 0; i < xh_doc_count(out, "sources"); i++) {
        const struct xh_value *value = xh_doc_at(out, "sources", i, "value");
        struct xh__why_part *part = xh__why_part_add(req, why);
        part->label_vi = part->label_en = xh_value_text(xh_doc_at(out, "sources", i, "label"));
        if (!value->is_null) {
            xh__why_set_real(&part->has_value, &part->value, xh_value_real(value));
        }
        part->unit = xh_value_text(xh_doc_at(out, "sources", i, "unit"));
        part->href = xh__why_href(req, xh_value_text(xh_doc_at(out, "sources", i, "type")),
                                  xh_value_int(xh_doc_at(out, "sources", i, "id")), days);
    }
    for (size_t i = 0; i < xh_doc_count(out, "missing_from"); i++) {
        struct xh__why_part *part = xh__why_missing_add(req, why);
        part->label_vi = part->label_en = xh_value_text(xh_doc_at(out, "missing_from", i, "label"));
        part->href = xh__why_href(req, xh_value_text(xh_doc_at(out, "missing_from", i, "type")),
                                  xh_value_int(xh_doc_at(out, "missing_from", i, "id")), NULL);
    }
}

static void fraction(struct xh__request *req, struct xh__why *why,
                     const struct xh_indicator *indicator, const struct xh_doc *out)
{
    const struct {
        const char *field, *vi, *en;
    } parts[] = {
        {"numerator", indicator->numerator_vi, indicator->numerator_en},
        {"denominator", indicator->denominator_vi, indicator->denominator_en},
    };
    for (size_t i = 0; i < XH_COUNT(parts); i++) {
        if (!xh_doc_is_null(out, parts[i].field) && parts[i].vi != NULL) {
            struct xh__why_part *part = xh__why_part_add(req, why);
            part->label_vi = xh_str_from(parts[i].vi);
            part->label_en = xh_str_from(parts[i].en);
            xh__why_set_real(&part->has_value, &part->value, xh_doc_real(out, parts[i].field));
        }
    }
}

static int why_indicator(struct xh__request *req, struct xh__why *why, struct xh_err *err)
{
    struct xh_str name = xh__request_param(req, "indicator");
    struct xh_doc *in = NULL, *out = NULL;
    int code = xh__indicator_in(req, &in, err);
    code = code < 0 ? code
                    : xh_indicator_get(&req->ctx, xh_arena_text(req->arena, name), in, &out, err);
    if (code < 0) {
        return code;
    }
    const struct xh_indicator *indicator = xh_engine_indicator(req->server->engine, name);
    why->title_vi = xh_str_from(indicator->label_vi);
    why->title_en = xh_str_from(indicator->label_en);
    why->unit = xh_str_from(indicator->unit);
    why->formula_vi = xh_str_from(indicator->formula_vi);
    why->formula_en = xh_str_from(indicator->formula_en);
    if (xh_doc_int(out, "has_value") != 0) {
        xh__why_set_real(&why->has_value, &why->value, xh_doc_real(out, "value"));
    }
    fraction(req, why, indicator, out);
    const struct xh__why_days days = {(int32_t)xh_doc_int(in, "from"),
                                      (int32_t)xh_doc_int(in, "to")};
    sources(req, why, &days, out);
    for (size_t i = 0; code >= 0 && i < xh_doc_count(out, "rows"); i++) {
        code = xh__why_row_add(req, why, xh_value_int(xh_doc_at(out, "rows", i, "id")), err);
    }
    return code;
}

/* ---- which ---- */

int xh__why_get(struct xh__request *req, struct xh_err *err)
{
    struct xh__why why = {0};
    int code = xh__request_as_known(req, err);
    if (code < 0) {
        return code;
    }
    if (xh__request_has(req, "bill")) {
        code = why_bill(req, &why, err);
    } else if (xh__request_has(req, "indicator")) {
        code = why_indicator(req, &why, err);
    } else if (xh__request_has(req, "record")) {
        code = xh__why_record(req, &why, err);
    } else if (xh__request_has(req, "dated")) {
        code = why_dated(req, &why, err);
    } else {
        code = xh__why_use(req, &why, err);
    }
    return code < 0 ? code : xh__why_respond(req, &why, err);
}
