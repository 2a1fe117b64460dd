/* case_review.c: the states of a case file.
 *
 *   draft --submit--> submitted --return--> returned --submit--> submitted --approve--> approved
 *   draft, submitted, returned, approved --withdraw--> withdrawn
 *
 * An approved file fulfils the duty that it names, or the open one of its firm for its period. One
 * that is withdrawn after it was approved is missing from then on: the duty keeps what happened,
 * and the numbers (queries.c) ask for a file that is approved now. */
#include "domain/industry/industry_internal.h"

enum { DUTIES_MAX = 1000 };

/* ---- submit ---- */

static bool is_shown(const struct xh_doc *doc, size_t row)
{
    return xh_doc_count(doc, "evidence") > 0 || !xh_doc_at(doc, "results", row, "line")->is_null;
}

static int result_fault(const struct xh_doc *doc, size_t row, struct xh_err *err)
{
    int code = XH_E_OK;
    bool has_after = !xh_doc_at(doc, "results", row, "after")->is_null ||
                     !xh_doc_at(doc, "results", row, "line")->is_null;
    if (!has_after) {
        code = xh_err_field(err, XH_E_CONFLICT, "after", XH_STR(""), "a number, or a line", NULL,
                            "result %zu does not say what is used after", row + 1);
    } else if (!is_shown(doc, row)) {
        code = xh_err_field(err, XH_E_CONFLICT, "line", XH_STR(""), "evidence, or a line", NULL,
                            "result %zu rests on no evidence", row + 1);
    }
    return code;
}

/* A file says what came of it, and shows what that rests on. */
static int submit_guard(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                        struct xh_err *err)
{
    (void)ctx;
    (void)out;
    return xh_review_some_rows(in->record->doc, "results",
                               "a case file needs at least one result to be submitted",
                               result_fault, err);
}

/* ---- the review ---- */

struct found {
    const struct xh_doc *file;
    int64_t duty_id;
};

static int take_duty(void *arg, struct xh_record *duty, struct xh_err *err)
{
    struct found *found = arg;
    (void)err;
    bool overlaps = xh_doc_int(duty->doc, "period_from") < xh_doc_int(found->file, "period_to") &&
                    xh_doc_int(duty->doc, "period_to") > xh_doc_int(found->file, "period_from");
    bool fits = overlaps && xh_str_is(xh_doc_text(duty->doc, "record_type"), XH__INDUSTRY_CASE);
    if (found->duty_id == 0 && fits) {
        found->duty_id = duty->id;
    }
    return XH_E_OK;
}

static int approve_effect(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                          struct xh_err *err)
{
    struct xh_doc *doc = in->record->doc;
    struct found found = {doc, xh_doc_int(doc, "duty")};
    struct xh_filter filters[] = {
        {"state", XH_FILTER_EQ, {.type = XH_T_TEXT, .text = XH_STR("open")}},
        {"party", XH_FILTER_EQ, {.type = XH_T_REF, .integer = xh_doc_int(doc, "party")}},
    };
    struct xh_list list = {
        .filters = filters, .filter_count = XH_COUNT(filters), .limit = DUTIES_MAX};
    struct xh_str next;
    int code = XH_E_OK;
    (void)out;
    xh_doc_set_int(doc, "approved_at", ctx->now_us);
    if (found.duty_id == 0) {
        code = ctx->host->record_list(ctx, "core.duty", &list, take_duty, &found, &next, err);
    }
    return code < 0 || found.duty_id == 0 ? code
                                          : xh_duty_fulfil(ctx, found.duty_id, in->record->id,
                                                           xh_doc_int(doc, "submitted_at"), err);
}

#define BY_FIRM {0, 0, XH__INDUSTRY_OFFICE, XH__INDUSTRY_FIRM}
#define BY_OFFICE {0, 0, XH__INDUSTRY_OFFICE, 0}
const struct xh_transition xh__industry_case_transitions[XH__INDUSTRY_CASE_TRANSITIONS] = {
    {"draft", "submitted", "submit", "Nộp", "Submit", BY_FIRM, NULL, submit_guard,
     xh_review_submitted},
    {"returned", "submitted", "submit", "Nộp lại", "Submit again", BY_FIRM, NULL, submit_guard,
     xh_review_submitted},
    {"submitted", "returned", "return", "Trả lại", "Return", BY_OFFICE, &xh_review_return_in, NULL,
     xh_review_returned},
    {"submitted", "approved", "approve", "Duyệt", "Approve", BY_OFFICE, NULL, NULL, approve_effect},
    {"draft", "withdrawn", "withdraw", "Rút", "Withdraw", BY_FIRM, NULL, NULL, NULL},
    {"returned", "withdrawn", "withdraw", "Rút", "Withdraw", BY_FIRM, NULL, NULL, NULL},
    {"submitted", "withdrawn", "withdraw", "Rút", "Withdraw", BY_OFFICE, NULL, NULL, NULL},
    {"approved", "withdrawn", "withdraw", "Rút", "Withdraw", BY_OFFICE, NULL, NULL, NULL},
};
