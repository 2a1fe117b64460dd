/* billing.c: a bill is computed, shown, and issued as a revision that is never changed. */
#include "service/billing.h"

#include "base/num.h"
#include "service/billing_internal.h"
#include "service/ingest_internal.h"
#include "service/records_internal.h"
#include "service/use_internal.h"

/* ---- what a bill needs ---- */

static int find_tariff(struct xh__bill *bill, struct xh_str code, struct xh_err *err)
{
    const struct xh_series *series = bill->series;
    struct xh_str name = code.len > 0 ? code : series->tariff;
    bill->tariff = xh_engine_tariff(xh_ctx_engine(bill->ctx), name);
    if (bill->tariff == NULL && name.len == 0) {
        return xh_err_field(err, XH_E_INVALID, "tariff", name, "a tariff's code", NULL,
                            "series \"%.*s\" has no tariff: name one", XH_STR_ARG(series->code));
    }
    if (bill->tariff == NULL) {
        return xh_err_field(err, XH_E_NOT_FOUND, "tariff", name, "a tariff's code", NULL,
                            "there is no tariff \"%.*s\"", XH_STR_ARG(name));
    }
    return XH_E_OK;
}

static int check_quantity(struct xh__bill *bill, struct xh_err *err)
{
    const struct xh_series *series = bill->series;
    const struct xh_tariff *tariff = bill->tariff;
    const struct xh_unit *unit = xh_unit_find(xh_str_from(tariff->unit));
    if (tariff->quantity != NULL && !xh_str_is(series->quantity_name, tariff->quantity)) {
        return xh_err_field(err, XH_E_INVALID, "tariff", xh_str_from(tariff->code),
                            tariff->quantity, NULL,
                            "tariff \"%s\" is for %s, but series \"%.*s\" measures %.*s",
                            tariff->code, tariff->quantity, XH_STR_ARG(series->code),
                            XH_STR_ARG(series->quantity_name));
    }
    if (unit == NULL || xh_unit_convert(1, series->shown_unit, unit, &bill->scale, NULL) < 0) {
        return xh_err_field(err, XH_E_INVALID, "unit", xh_str_from(series->shown_unit->symbol),
                            tariff->unit, NULL, "series \"%.*s\" is in %s, tariff \"%s\" in %s",
                            XH_STR_ARG(series->code), series->shown_unit->symbol, tariff->code,
                            tariff->unit);
    }
    return XH_E_OK;
}

static int check_period(const struct xh__bill *bill, struct xh_err *err)
{
    char from[XH_TIME_TEXT_BYTES], to[XH_TIME_TEXT_BYTES];
    int64_t days = (int64_t)bill->day_to - bill->day_from;
    if (days >= 1 && days <= XH_CHARGE_DAYS_MAX) {
        return XH_E_OK;
    }
    (void)xh_day_print(bill->day_from, from);
    struct xh_str value = {to, xh_day_print(bill->day_to, to)};
    return xh_err_field(err, XH_E_INVALID, "to", value, "1 to 366", "days after from",
                        "a bill covers 1 to %d days, not those from %s until %s",
                        XH_CHARGE_DAYS_MAX, from, to);
}

/* Persons of the household, or households behind the meter, whichever the tariff counts, as the
 * owner has declared them. Asked by the program itself: who may see a series may see what its bill
 * is made of. */
static int find_heads(struct xh__bill *bill, struct xh_err *err)
{
    struct xh__elevated elevated;
    struct xh_ctx *own = xh__elevate(&elevated, bill->ctx, NULL);
    struct xh_record owner;
    if (bill->tariff->head_vi == NULL || bill->series->owner_id == 0) {
        return XH_E_OK;
    }
    int code = bill->ctx->as_known_us != 0
                   ? xh_record_as_known(own, "core.party", bill->series->owner_id,
                                        bill->ctx->as_known_us, &owner, err)
                   : xh_record_get(own, "core.party", bill->series->owner_id, &owner, err);
    if (code == XH_E_NOT_FOUND) {
        xh_err_clear(err);
        return XH_E_OK;
    }
    if (code >= 0) {
        bill->heads = (int32_t)xh_doc_int(owner.doc,
                                          bill->tariff->heads_are_persons ? "heads" : "households");
    }
    return code;
}

static int bill_begin(struct xh__bill *bill, struct xh_str tariff, struct xh_err *err)
{
    struct xh_ctx *ctx = bill->ctx;
    int code = xh__use_check(bill->series, err);
    code = code < 0 ? code : find_tariff(bill, tariff, err);
    code = code < 0 ? code : check_quantity(bill, err);
    code = code < 0 ? code : check_period(bill, err);
    code = code < 0 ? code : xh__dated_get(ctx, &bill->rows, err);
    code = code < 0 ? code : find_heads(bill, err);
    if (code >= 0) {
        bill->as_known_us = ctx->as_known_us != 0 ? ctx->as_known_us
                                                  : xh__ingest_settled_us(xh_ctx_engine(ctx));
    }
    return code;
}

static int bill_charge(struct xh__bill *bill, struct xh_err *err)
{
    struct xh_charge_in in = {
        .tariff = bill->tariff,
        .rows = &bill->rows,
        .day_from = bill->day_from,
        .day_to = bill->day_to,
        .heads = bill->heads,
        .usage = bill->usage,
        .usage_count = bill->usage_count,
    };
    return xh_charge(&in, bill->ctx->arena, &bill->charge, err);
}

int xh__bill_measure(struct xh__bill *bill, struct xh_str tariff, struct xh_err *err)
{
    int code = bill_begin(bill, tariff, err);
    return code < 0 ? code : xh__bill_usage(bill, err);
}

int xh__bill_preview_shared(struct xh_ctx *ctx, const struct xh_series *series,
                            struct xh_str tariff, int32_t day_from, int32_t day_to,
                            const struct xh__bill_share *share, struct xh_record *ret,
                            struct xh_err *err)
{
    struct xh__bill bill = {
        .ctx = ctx, .series = series, .day_from = day_from, .day_to = day_to, .share = share,
    };
    xh_assert(ctx->txn == NULL);
    int code = xh__bill_measure(&bill, tariff, err);
    code = code < 0 ? code : bill_charge(&bill, err);
    code = code < 0 ? code : xh__bill_record(&bill, ret, err);
    return code < 0 ? code : XH_E_OK;
}

int xh_bill_preview(struct xh_ctx *ctx, const struct xh_series *series, struct xh_str tariff,
                    int32_t day_from, int32_t day_to, struct xh_record *ret, struct xh_err *err)
{
    return xh__bill_preview_shared(ctx, series, tariff, day_from, day_to, NULL, ret, err);
}

/* ---- issuing ---- */

int xh__bill_check_who(struct xh_ctx *ctx, struct xh_err *err)
{
    const struct xh_record_type *type = xh_engine_record_type(xh_ctx_engine(ctx),
                                                              XH_STR("core.bill"));
    if (xh_may_write(&type->access, ctx->who) == XH_MAY_ALL) {
        return XH_E_OK;
    }
    return xh_err_set(err, XH_E_FORBIDDEN, "\"%s\" may not issue bills", ctx->who->name);
}

int xh__bill_check_ended(const struct xh_ctx *ctx, const struct xh_zone *zone, int32_t day_to,
                         struct xh_err *err)
{
    char text[XH_TIME_TEXT_BYTES], now[XH_TIME_TEXT_BYTES];
    if (ctx->as_known_us != 0) {
        return xh_err_field(err, XH_E_INVALID, "as_known", XH_STR(""), "now", NULL,
                            "a bill is issued from what is known now");
    }
    int32_t today = xh_zone_day(zone, xh_env_now_us(xh_ctx_engine(ctx)->env));
    if (day_to <= today) {
        return XH_E_OK;
    }
    struct xh_str value = {text, xh_day_print(day_to, text)};
    (void)xh_day_print(today, now);
    return xh_err_field(err, XH_E_INVALID, "to", value, now, NULL,
                        "the period until %s has not ended, today is %s: the bill can be shown but"
                        " not issued",
                        text, now);
}

struct issue {
    const struct xh_series *series;
    const struct xh_record *computed;
    struct xh_str reason;
    struct xh_record result;
    /* Of one run of the closure: */
    bool has_current;
    struct xh_record current; /* the issued one */
    int64_t revision;         /* the highest there is */
    bool is_overtaken;        /* the issued one knows more than what was computed */
};

static int find_row(struct xh_ctx *ctx, struct issue *issue, int64_t *ret_current_id,
                    struct xh_err *err)
{
    /* By series: "+ 0" keeps the index of days out. Of a series there are as many bills as months,
     * of a month as many as homes. */
    static const char sql[] = "SELECT id, revision, state FROM core_bills WHERE series = :series"
                              " AND period_from + 0 = :day_from AND period_to = :day_to";
    const struct xh_doc *doc = issue->computed->doc;
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(ctx->txn, sql, &rows, err);
    if (code < 0) {
        return code;
    }
    xh_rel_bind_int(rows, "series", xh_doc_int(doc, "series"));
    xh_rel_bind_int(rows, "day_from", xh_doc_int(doc, "period_from"));
    xh_rel_bind_int(rows, "day_to", xh_doc_int(doc, "period_to"));
    while ((code = xh_rel_next(rows, err)) == 1) {
        int64_t revision = xh_rel_int(rows, 1);
        issue->revision = revision > issue->revision ? revision : issue->revision;
        if (xh_str_is(xh_rel_text(rows, 2), "issued")) {
            *ret_current_id = xh_rel_int(rows, 0);
        }
    }
    xh_rel_done(rows);
    return code;
}

/* The bill in force of the series and period, and the highest revision there is. */
static int find_bills(struct xh_ctx *ctx, struct issue *issue, struct xh_err *err)
{
    int64_t current_id = 0;
    issue->has_current = false;
    issue->revision = 0;
    int code = find_row(ctx, issue, &current_id, err);
    if (code >= 0 && current_id != 0) {
        code = xh_record_get(ctx, "core.bill", current_id, &issue->current, err);
        issue->has_current = code >= 0;
    }
    return code;
}

static int run_conflict(const struct issue *issue, struct xh_err *err)
{
    return xh_err_set(err, XH_E_CONFLICT,
                      "the issued bill %.*s is of a billing run, where all bills add up: correct"
                      " the run",
                      XH_STR_ARG(xh_doc_text(issue->current.doc, "number")));
}

static int put_revision(struct xh_ctx *ctx, struct issue *issue, struct xh_err *err)
{
    struct xh_record record = *issue->computed;
    int64_t revision = issue->revision + 1;
    struct xh_doc *doc = xh_doc_copy(ctx->arena, record.doc);
    record.doc = doc;
    xh_doc_set_int(doc, "revision", revision);
    xh_doc_set_text(doc, "number",
                    xh__bill_number(ctx->arena, issue->series,
                                    (int32_t)xh_doc_int(doc, "period_from"),
                                    (int32_t)xh_doc_int(doc, "period_to"), revision));
    if (issue->has_current) {
        xh_doc_set_int(doc, "supersedes", issue->current.id);
    }
    if (issue->reason.len > 0) {
        xh_doc_set_text(doc, "reason", issue->reason);
    }
    int code = xh_record_put(ctx, &record, err);
    return code < 0
               ? code
               : xh_record_verb(ctx, "core.bill", record.id, "issue", NULL, &issue->result, err);
}

static int issue_write(struct xh_ctx *ctx, void *arg, struct xh_err *err)
{
    struct issue *issue = arg;
    int code = find_bills(ctx, issue, err);
    if (code < 0) {
        return code;
    }
    if (issue->has_current && xh__bill_is_same(issue->current.doc, issue->computed->doc)) {
        issue->result = issue->current;
        return XH_E_OK;
    }
    if (issue->has_current && !xh_doc_is_null(issue->current.doc, "run") &&
        xh_doc_is_null(issue->computed->doc, "run")) {
        return run_conflict(issue, err);
    }
    /* Somebody else issued it meanwhile, from readings that came after ours were read. */
    issue->is_overtaken = issue->has_current && xh_doc_int(issue->current.doc, "as_known") >
                                                    xh_doc_int(issue->computed->doc, "as_known");
    if (issue->is_overtaken) {
        return XH_E_OK;
    }
    if (issue->has_current) {
        code = xh_record_verb(ctx, "core.bill", issue->current.id, "supersede", NULL, NULL, err);
    }
    return code < 0 ? code : put_revision(ctx, issue, err);
}

int xh__bill_put(struct xh_ctx *ctx, const struct xh_series *series,
                 const struct xh_record *computed, struct xh_str reason, struct xh_record *ret,
                 struct xh_err *err)
{
    struct issue issue = {.series = series, .computed = computed, .reason = reason};
    int code = issue_write(ctx, &issue, err);
    if (code >= 0 && issue.is_overtaken) {
        code = xh_err_set(err, XH_E_BUSY, "the issued bill of series \"%.*s\" knows later readings",
                          XH_STR_ARG(series->code));
    }
    if (code >= 0 && ret != NULL) {
        *ret = issue.result;
    }
    return code;
}

/* What is older in its knowledge never supersedes what is newer: then it is computed again. */
static int issue_run(struct xh_ctx *ctx, struct issue *issue, struct xh_str tariff,
                     int32_t day_from, int32_t day_to, struct xh_err *err)
{
    enum { TRIES = 5 };
    struct xh__elevated elevated;
    struct xh_record computed;
    issue->computed = &computed;
    for (int i = 0; i < TRIES; i++) {
        issue->is_overtaken = false;
        int code = xh_bill_preview(ctx, issue->series, tariff, day_from, day_to, &computed, err);
        /* Superseding is for the program alone; it is done here in the name of who asked. */
        code = code < 0
                   ? code
                   : xh_records_write(xh__elevate(&elevated, ctx, NULL), issue_write, issue, err);
        if (code < 0 || !issue->is_overtaken) {
            return code;
        }
    }
    return xh_err_set(err, XH_E_BUSY,
                      "the issued bill of series \"%.*s\" knows readings of a later time than the"
                      " clock's: others issue it too, or the clock was put back",
                      XH_STR_ARG(issue->series->code));
}

int xh_bill_issue(struct xh_ctx *ctx, const struct xh_series *series, struct xh_str tariff,
                  int32_t day_from, int32_t day_to, struct xh_str reason, struct xh_record *ret,
                  struct xh_err *err)
{
    struct issue issue = {.series = series, .reason = reason};
    int code = xh__bill_check_who(ctx, err);
    code = code < 0 ? code : xh__bill_check_ended(ctx, series->zone, day_to, err);
    code = code < 0 ? code : issue_run(ctx, &issue, tariff, day_from, day_to, err);
    if (code >= 0) {
        *ret = issue.result;
    }
    return code < 0 ? code : XH_E_OK;
}
