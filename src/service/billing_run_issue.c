/* billing_run_issue.c: the bills of a run are issued, then the run.
 *
 * Bills go in pages, each computed outside and written in one transaction; a small run is one page,
 * and the run itself is in the same transaction. What was written before a break is found to be the
 * same when the run is issued again, so nothing is issued twice and the run is issued only when all
 * its bills are.
 */
#include "service/billing_run_internal.h"
#include "service/jobs_internal.h"
#include "service/records_internal.h"

enum { PAGE_COUNT = 50 };

struct issuing {
    struct xh_ctx *ctx;
    const struct xh_record *run;
    const struct xh_doc *begin;  /* with its reason; NULL: the run is "issuing" already */
    struct xh_doc *doc;          /* the run's, where bills are noted */
    size_t done, total;
    struct xh_record result;
};

struct page {
    struct issuing *issuing;
    struct xh_ctx ctx;
    size_t from, to;             /* lines */
    const struct xh_series **series;
    struct xh_record *bills, *issued; /* one a line; type NULL: none */
    bool is_last;
};

/* ---- a page, computed ---- */

static bool is_billed(const struct xh_doc *doc, size_t row)
{
    return xh_str_is(xh_value_text(xh_doc_at(doc, "lines", row, "role")), "tenant") &&
           xh_value_text(xh_doc_at(doc, "lines", row, "problem_en")).len == 0;
}

/* What the preview told and what is computed now must be one. */
static int check_same(const struct page *p, size_t row, const struct xh_doc *bill,
                      struct xh_err *err)
{
    const struct xh_doc *doc = p->issuing->doc;
    if (xh_value_int(xh_doc_at(doc, "lines", row, "total")) == xh_doc_int(bill, "total") &&
        xh_dec_compare(xh_value_dec(xh_doc_at(doc, "lines", row, "billed")),
                       xh_doc_dec(bill, "quantity")) == 0) {
        return XH_E_OK;
    }
    return xh_err_set(err, XH_E_CONFLICT,
                      "the bill of meter \"%.*s\" does not come out as previewed, for its settings"
                      " were changed: preview again",
                      XH_STR_ARG(xh_value_text(xh_doc_at(doc, "lines", row, "series_code"))));
}

static int compute_line(struct page *p, size_t row, struct xh_err *err)
{
    const struct xh_doc *doc = p->issuing->doc;
    struct xh__bill_share share = {
        .run_id = p->issuing->run->id,
        .common = xh_value_dec(xh_doc_at(doc, "lines", row, "share_common")),
        .losses = xh_value_dec(xh_doc_at(doc, "lines", row, "share_losses")),
    };
    size_t at = row - p->from;
    int code = xh_series_get_id(&p->ctx, xh_value_int(xh_doc_at(doc, "lines", row, "series")),
                                &p->series[at], err);
    code = code < 0 ? code
                    : xh__bill_preview_shared(&p->ctx, p->series[at],
                                              xh_value_text(xh_doc_at(doc, "lines", row, "tariff")),
                                              (int32_t)xh_doc_int(doc, "period_from"),
                                              (int32_t)xh_doc_int(doc, "period_to"), &share,
                                              &p->bills[at], err);
    return code < 0 ? code : check_same(p, row, p->bills[at].doc, err);
}

static int page_compute(struct page *p, struct xh_err *err)
{
    int code = XH_E_OK;
    for (size_t row = p->from; code >= 0 && row < p->to; row++) {
        if (is_billed(p->issuing->doc, row)) {
            code = compute_line(p, row, err);
        }
    }
    return code;
}

/* ---- a page, written ---- */

static void note_bills(const struct page *p, struct xh_doc *doc)
{
    for (size_t row = p->from; row < p->to; row++) {
        const struct xh_record *issued = &p->issued[row - p->from];
        if (issued->id != 0) {
            xh_value_set_int(xh_doc_put(doc, "lines", row, "bill"), issued->id);
            xh_value_set_text(xh_doc_put(doc, "lines", row, "number"),
                              xh_arena_str(doc->arena, xh_doc_text(issued->doc, "number")));
        }
    }
}

/* The run with all its bills, and the one that it corrects. */
static int close_run(struct xh_ctx *ctx, const struct page *p, const struct xh_record *begun,
                     struct xh_err *err)
{
    struct issuing *is = p->issuing;
    struct xh_record run = *begun;
    int64_t old = xh_doc_int(is->doc, "supersedes");
    run.doc = xh_doc_copy(ctx->arena, is->doc);
    xh_doc_set_text(run.doc, "reason", xh_doc_text(begun->doc, "reason"));
    note_bills(p, run.doc);
    int code = xh_record_put(ctx, &run, err);
    code = code < 0
               ? code
               : xh_record_verb(ctx, "core.billing_run", run.id, "issue", NULL, &is->result, err);
    if (code >= 0 && old != 0) {
        code = xh_record_verb(ctx, "core.billing_run", old, "correct", NULL, NULL, err);
    }
    return code;
}

/* May run twice. */
static int page_write(struct xh_ctx *ctx, void *arg, struct xh_err *err)
{
    struct page *p = arg;
    struct issuing *is = p->issuing;
    struct xh_record begun = *is->run;
    int code = is->begin == NULL ? XH_E_OK
                                 : xh_record_verb(ctx, "core.billing_run", begun.id, "begin_issue",
                                                  is->begin, &begun, err);
    struct xh_str reason = xh_doc_text(begun.doc, "reason");
    for (size_t i = 0; code >= 0 && i < p->to - p->from; i++) {
        p->issued[i] = (struct xh_record){0};
        if (p->bills[i].type != NULL) {
            code = xh__bill_put(ctx, p->series[i], &p->bills[i], reason, &p->issued[i], err);
        }
    }
    return code < 0 || !p->is_last ? code : close_run(ctx, p, &begun, err);
}

static int page_run(struct page *p, struct xh_err *err)
{
    struct xh__elevated elevated;
    int code = page_compute(p, err);
    p->ctx.as_known_us = 0;
    code = code < 0 ? code
                    : xh_records_write(xh__elevate(&elevated, &p->ctx, NULL), page_write, p, err);
    if (code >= 0) {
        note_bills(p, p->issuing->doc);
    }
    return code;
}

static int issue_page(struct issuing *is, size_t from, size_t to, struct xh_err *err)
{
    struct page p = {.issuing = is, .ctx = *is->ctx, .from = from, .to = to,
                     .is_last = to == is->total};
    bool is_small = from == 0 && p.is_last; /* then its result may be the answer */
    size_t count = to - from;
    p.ctx.arena = is_small ? is->ctx->arena : xh_arena_create("page");
    p.ctx.as_known_us = xh_doc_int(is->doc, "as_known");
    p.series = XH_NEW_ARRAY(p.ctx.arena, const struct xh_series *, count);
    p.bills = XH_NEW_ARRAY(p.ctx.arena, struct xh_record, count);
    p.issued = XH_NEW_ARRAY(p.ctx.arena, struct xh_record, count);
    int code = page_run(&p, err);
    for (size_t i = 0; i < count; i++) {
        xh_series_put(p.series[i]);
    }
    if (!is_small) {
        xh_arena_destroy(p.ctx.arena);
    }
    return code;
}

/* ---- all ---- */

static int check_stop(const struct issuing *is, struct xh_err *err)
{
    if (!xh__jobs_are_stopping(xh_ctx_engine(is->ctx))) {
        return XH_E_OK;
    }
    return xh_err_set(err, XH_E_CANCELLED,
                      "%zu of %zu accounts were issued when the program was"
                      " stopped",
                      is->done, is->total);
}

int xh__run_issue_all(struct xh_ctx *ctx, const struct xh_record *run, const struct xh_doc *begin,
                      struct xh_record *ret, struct xh_err *err)
{
    struct issuing is = {
        .ctx = ctx, .run = run, .begin = begin, .total = xh_doc_count(run->doc, "lines")};
    is.doc = xh_doc_copy(ctx->arena, run->doc);
    size_t step = is.total <= XH_BILLING_RUN_AT_ONCE ? is.total : PAGE_COUNT;
    int code = XH_E_OK;
    xh_assert(begin == NULL || step == is.total);
    while (code >= 0 && is.done < is.total) {
        size_t to = is.done + step < is.total ? is.done + step : is.total;
        code = issue_page(&is, is.done, to, err);
        is.done = to;
        xh__jobs_progress(ctx, (int64_t)is.done, (int64_t)is.total, "billing");
        code = code < 0 || is.done == is.total ? code : check_stop(&is, err);
    }
    return code < 0 ? code : xh_record_get(ctx, "core.billing_run", run->id, ret, err);
}
