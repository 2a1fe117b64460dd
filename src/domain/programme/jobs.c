/* jobs.c: what happens by itself. A report that names no duty still fulfils the one that it
 * answers, whichever of the two came first. Every job may run twice: what is done already is left
 * alone. */
#include "domain/programme/programme_internal.h"

enum { HOUR_S = 3600, VIETNAM_OFFSET_H = 7, MATCHES_MAX = 1000 };

static int32_t today(const struct xh_ctx *ctx)
{
    int64_t local_us = ctx->now_us + VIETNAM_OFFSET_H * XH_US_PER_HOUR;
    return (int32_t)(local_us / XH_US_PER_DAY);
}

/* ---- plans take effect ---- */

struct adopting {
    struct xh_ctx *ctx;
};

static int adopt_due(void *arg, struct xh_record *plan, struct xh_err *err)
{
    struct xh_ctx *ctx = ((struct adopting *)arg)->ctx;
    bool is_due = !xh_doc_is_null(plan->doc, "effective_from") &&
                  xh_doc_int(plan->doc, "effective_from") <= today(ctx);
    struct xh_record adopted;
    return is_due ? ctx->host->record_verb(ctx, "programme.plan", plan->id, "adopt", NULL, &adopted,
                                           err)
                  : XH_E_OK;
}

static int adopt_plans(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                       struct xh_err *err)
{
    struct adopting adopting = {ctx};
    struct xh_filter filter = {"state", XH_FILTER_EQ,
                               {.type = XH_T_TEXT, .text = XH_STR("draft")}};
    struct xh_list list = {.filters = &filter, .filter_count = 1, .limit = MATCHES_MAX};
    struct xh_str next;
    (void)in;
    (void)out;
    return ctx->host->record_list(ctx, "programme.plan", &list, adopt_due, &adopting, &next, err);
}

/* ---- duties and reports find each other ---- */

struct match {
    struct xh_ctx *ctx;
    const struct xh_record *with; /* the report that looks for duties, or the duty for a report */
    struct xh_record *report;     /* found so far; NULL: none */
};

/* Records of a type in a state, of a party or (party 0) at a place. */
static int each_of(struct match *match, const char *type, const char *state, int64_t party,
                   int64_t place, xh_record_fn *each, struct xh_err *err)
{
    struct xh_filter filters[] = {
        {"state", XH_FILTER_EQ, {.type = XH_T_TEXT, .text = xh_str_from(state)}},
        {party != 0 ? "party" : "place",
         XH_FILTER_EQ,
         {.type = XH_T_REF, .integer = party != 0 ? party : place}},
    };
    struct xh_list list = {
        .filters = filters, .filter_count = XH_COUNT(filters), .limit = MATCHES_MAX};
    struct xh_str next;
    return match->ctx->host->record_list(match->ctx, type, &list, each, match, &next, err);
}

static int fulfil(struct xh_ctx *ctx, int64_t duty_id, const struct xh_record *report,
                  struct xh_err *err)
{
    return xh_duty_fulfil(ctx, duty_id, report->id, xh_doc_int(report->doc, "submitted_at"), err);
}

static int fulfil_found_duty(void *arg, struct xh_record *duty, struct xh_err *err)
{
    struct match *match = arg;
    return xh_duty_fits(duty->doc, match->with->doc, XH__PROGRAMME_REPORT)
               ? fulfil(match->ctx, duty->id, match->with, err)
               : XH_E_OK;
}

static int report_changed(struct xh_ctx *ctx, int64_t id, struct xh_err *err)
{
    struct xh_record report;
    struct match match = {.ctx = ctx, .with = &report};
    int code = ctx->host->record_get(ctx, XH__PROGRAMME_REPORT, id, &report, err);
    if (code < 0 || !xh_str_is(report.state, "approved")) {
        return code;
    }
    int64_t place = xh_doc_int(report.doc, "place");
    code = each_of(&match, "core.duty", "open", xh_doc_int(report.doc, "party"), 0,
                   fulfil_found_duty, err);
    return code < 0 || place == 0
               ? code
               : each_of(&match, "core.duty", "open", 0, place, fulfil_found_duty, err);
}

/* The report that was handed in first counts. */
static int keep_first_report(void *arg, struct xh_record *report, struct xh_err *err)
{
    struct match *match = arg;
    (void)err;
    bool is_first = match->report == NULL || xh_doc_int(report->doc, "submitted_at") <
                                                 xh_doc_int(match->report->doc, "submitted_at");
    if (xh_duty_fits(match->with->doc, report->doc, XH__PROGRAMME_REPORT) && is_first) {
        match->report = XH_NEW(match->ctx->arena, struct xh_record);
        *match->report = *report;
    }
    return XH_E_OK;
}

static int duty_changed(struct xh_ctx *ctx, int64_t id, struct xh_err *err)
{
    struct xh_record duty;
    struct match match = {.ctx = ctx, .with = &duty};
    int code = ctx->host->record_get(ctx, "core.duty", id, &duty, err);
    if (code < 0 || !xh_str_is(duty.state, "open")) {
        return code;
    }
    int64_t party = xh_doc_int(duty.doc, "party"), place = xh_doc_int(duty.doc, "place");
    if (party == 0 && place == 0) {
        return XH_E_OK;
    }
    code = each_of(&match, XH__PROGRAMME_REPORT, "approved", party, place, keep_first_report, err);
    return code < 0 || match.report == NULL ? code : fulfil(ctx, duty.id, match.report, err);
}

static int each_changed(struct xh_ctx *ctx, const struct xh_in *in,
                        int (*changed)(struct xh_ctx *, int64_t, struct xh_err *),
                        struct xh_err *err)
{
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < in->change_count; i++) {
        code = changed(ctx, in->changes[i].record_id, err);
        if (code == XH_E_NOT_FOUND) { /* deleted since */
            xh_err_clear(err);
            code = XH_E_OK;
        }
    }
    return code;
}

static int reports_changed(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                           struct xh_err *err)
{
    (void)out;
    return each_changed(ctx, in, report_changed, err);
}

static int duties_changed(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                          struct xh_err *err)
{
    (void)out;
    return each_changed(ctx, in, duty_changed, err);
}

const struct xh_job xh__programme_jobs[XH__PROGRAMME_JOBS] = {
    {"adopt_plans", "Ban hành kế hoạch đến ngày hiệu lực", "Adopt plans on their day", HOUR_S, NULL,
     adopt_plans},
    {"reports_to_duties", "Báo cáo được duyệt hoàn thành nghĩa vụ",
     "Approved reports fulfil duties",
     0, XH__PROGRAMME_REPORT, reports_changed},
    {"duties_to_reports", "Nghĩa vụ mới tìm báo cáo đã duyệt", "New duties find approved reports",
     0,
     "core.duty", duties_changed},
};
