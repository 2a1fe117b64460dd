/* bill_api.c: what a period costs (GET, nothing is stored), and issuing a bill (POST). */
#include "kernel/say.h"
#include "server/records_internal.h"
#include "service/billing.h"

struct ask {
    const struct xh_series *series;
    struct xh_str tariff;
    int32_t day_from, day_to;
};

/* "2026-11" */
static int month_parse(struct xh__bill_period *period, struct xh_str text, struct xh_err *err)
{
    char day[11];
    if (text.len == 7) {
        for (size_t i = 0; i < 7; i++) {
            day[i] = text.ptr[i];
        }
        day[7] = '-';
        day[8] = '0';
        day[9] = '1';
        if (xh_day_parse((struct xh_str){day, 10}, &period->day_from, NULL) >= 0) {
            int year, month, day_of_month;
            xh_day_to_civil(period->day_from, &year, &month, &day_of_month);
            period->day_to = period->day_from + xh_month_days(year, month);
            return XH_E_OK;
        }
    }
    return xh_err_field(err, XH_E_INVALID, period->month, text, "a month such as 2025-06", NULL,
                        "%s \"%.*s\" is not a month", period->month, XH_STR_ARG(text));
}

int xh__bill_period_parse(struct xh__bill_period *period, struct xh_str month, struct xh_str from,
                          struct xh_str to, struct xh_err *err)
{
    if (month.len > 0) {
        return month_parse(period, month, err);
    }
    if (from.len == 0 && to.len == 0) {
        return xh_err_field(err, XH_E_INVALID, period->month, month, "a month such as 2025-06",
                            NULL, "name a %s, or %s and %s (the first day that no longer counts)",
                            period->month, period->from, period->to);
    }
    int code = xh__day_parse(period->from, from, &period->day_from, err);
    return code < 0 ? code : xh__day_parse(period->to, to, &period->day_to, err);
}

static int period_parse(struct xh_str month, struct xh_str from, struct xh_str to, struct ask *ask,
                        struct xh_err *err)
{
    struct xh__bill_period period = {.month = "month", .from = "from", .to = "to"};
    int code = xh__bill_period_parse(&period, month, from, to, err);
    ask->day_from = period.day_from;
    ask->day_to = period.day_to;
    return code;
}

/* ---- the answer ---- */

static void say_bill(const struct xh_engine *engine, const struct xh_doc *bill, enum xh_lang lang,
                     struct xh_buf *out)
{
    const struct xh_tariff *tariff = xh_engine_tariff(engine, xh_doc_text(bill, "tariff"));
    bool is_vi = lang == XH_LANG_VI;
    if (tariff != NULL) {
        xh_buf_add_text(out, is_vi ? tariff->label_vi : tariff->label_en);
        xh_buf_add_char(out, ' ');
    }
    xh_say_days(out, (int32_t)xh_doc_int(bill, "period_from"),
                (int32_t)xh_doc_int(bill, "period_to"), lang);
    xh_buf_add_text(out, ": ");
    if (!xh_doc_is_null(bill, "quantity")) {
        xh_say_dec(out, xh_dec_trim(xh_doc_dec(bill, "quantity")), lang);
        xh_buf_add_char(out, ' ');
        xh_buf_add_str(out, xh_doc_text(bill, "unit"));
        xh_buf_add_text(out, ", ");
    }
    xh_say_money(out, xh_doc_int(bill, "total"), xh_doc_text(bill, "currency"), lang);
    if (xh_doc_int(bill, "tax") != 0) {
        xh_buf_add_text(out, is_vi ? ", trong đó thuế " : ", of which tax ");
        xh_say_money(out, xh_doc_int(bill, "tax"), xh_doc_text(bill, "currency"), lang);
    }
    xh_buf_add_char(out, '.');
}

static void write_sentence(struct xh__request *req, const struct xh_record *bill, const char *name,
                           enum xh_lang lang, struct xh_buf *out)
{
    struct xh_buf text;
    struct xh_json_writer w;
    xh_buf_init(&text, 0);
    say_bill(req->server->engine, bill->doc, lang, &text);
    xh_buf_add_format(out, ",\"%s\":", name);
    xh_json_writer_init(&w, out, false);
    xh_json_str(&w, xh_buf_str(&text));
    xh_buf_finish(&text);
}

/* The record's own JSON, its closing brace moved behind the sentences. */
static int respond(struct xh__request *req, const struct xh_record *bill, int status,
                   struct xh_err *err)
{
    struct xh_json_writer w;
    xh_buf_clear(&req->out);
    xh_json_writer_init(&w, &req->out, false);
    int code = xh_record_write_json(&req->ctx, bill, &w, err);
    if (code < 0) {
        return code;
    }
    xh_assert(req->out.len > 0 && req->out.ptr[req->out.len - 1] == '}');
    req->out.len--;
    write_sentence(req, bill, "sentence_vi", XH_LANG_VI, &req->out);
    write_sentence(req, bill, "sentence_en", XH_LANG_EN, &req->out);
    xh_buf_add_char(&req->out, '}');
    return xh__respond_json(req, status);
}

/* ---- requests ---- */

int xh__bill_get(struct xh__request *req, struct xh_err *err)
{
    struct ask ask = {.tariff = xh__request_param(req, "tariff")};
    struct xh_record bill;
    int code = xh__request_as_known(req, err);
    code = code < 0 ? code
                    : xh__series_lend(req, xh__request_param(req, "series"), &ask.series, err);
    code = code < 0 ? code
                    : period_parse(xh__request_param(req, "month"), xh__request_param(req, "from"),
                                   xh__request_param(req, "to"), &ask, err);
    code = code < 0 ? code
                    : xh_bill_preview(&req->ctx, ask.series, ask.tariff, ask.day_from, ask.day_to,
                                      &bill, err);
    return code < 0 ? code : respond(req, &bill, 200, err);
}

#define FIELD(name, flags, vi, en)                                                                 \
    {name, XH_T_TEXT, flags, vi, en, NULL, 0, 0, 0, NULL, NULL, NULL, NULL}
static const struct xh_field issue_fields[] = {
    FIELD("series", XH_F_REQUIRED, "Chuỗi số liệu", "Series"),
    FIELD("month", 0, "Tháng", "Month"),
    FIELD("from", 0, "Từ ngày", "From"),
    FIELD("to", 0, "Đến trước ngày", "Until (exclusive)"),
    FIELD("tariff", 0, "Biểu giá", "Tariff"),
    FIELD("reason", XH_F_LONG, "Lý do", "Reason"),
};
const struct xh_shape xh__bill_issue_in = XH_SHAPE(issue_fields);

int xh__bill_post(struct xh__request *req, struct xh_err *err)
{
    struct ask ask = {0};
    struct xh_doc *in = NULL;
    struct xh_record bill;
    int code = xh__request_doc(req, &xh__bill_issue_in, &in, err);
    code = code < 0 ? code : xh_doc_check(in, err);
    code = code < 0 ? code : xh__series_lend(req, xh_doc_text(in, "series"), &ask.series, err);
    code = code < 0 ? code
                    : period_parse(xh_doc_text(in, "month"), xh_doc_text(in, "from"),
                                   xh_doc_text(in, "to"), &ask, err);
    if (code >= 0) {
        code = xh_bill_issue(&req->ctx, ask.series, xh_doc_text(in, "tariff"), ask.day_from,
                             ask.day_to, xh_doc_text(in, "reason"), &bill, err);
    }
    if (code < 0) {
        return code;
    }
    bool is_new = bill.created_us >= req->ctx.now_us;
    return respond(req, &bill, is_new ? 201 : 200, err);
}
