/* billing_api.c: billing runs of a park: previewed, issued, corrected. A run of many accounts is
 * worked on by a job; until it is done it is told how far that is. */
#include "server/server_internal.h"
#include "service/billing_run.h"
#include "service/jobs.h"
#include "service/records.h"

#define FIELD(name, flags, vi, en)                                                                 \
    {name, XH_T_TEXT, flags, vi, en, NULL, 0, 0, 0, NULL, NULL, NULL, NULL}
static const struct xh_field run_fields[] = {
    {"place", XH_T_TEXT, XH_F_REQUIRED, "Nơi", "Place", NULL, 0, 0, 0, NULL, NULL,
     "Mã hoặc số của nơi.", "A place's code or id."},
    FIELD("quantity", 0, "Đại lượng", "Quantity"),
    FIELD("month", 0, "Tháng", "Month"),
    FIELD("period_from", 0, "Kỳ từ ngày", "Period from"),
    FIELD("period_to", 0, "Kỳ đến trước ngày", "Period until (exclusive)"),
    FIELD("allocate", 0, "Chia phần chung và tổn thất", "Common use and losses"),
};
const struct xh_shape xh__billing_run_in = XH_SHAPE(run_fields);

static const struct xh_field issue_fields[] = {
    FIELD("reason", XH_F_LONG, "Lý do", "Reason"),
};
const struct xh_shape xh__billing_issue_in = XH_SHAPE(issue_fields);

static const struct xh_field correct_fields[] = {
    FIELD("reason", XH_F_REQUIRED | XH_F_LONG, "Lý do", "Reason"),
    FIELD("allocate", 0, "Chia phần chung và tổn thất", "Common use and losses"),
};
const struct xh_shape xh__billing_correct_in = XH_SHAPE(correct_fields);

/* ---- the answer ---- */

static int write_progress(void *arg, const struct xh_job_state *state)
{
    struct xh_json_writer *w = arg;
    if (!xh_str_is(state->name, "core.billing")) {
        return 0;
    }
    xh_json_member_int(w, "done", state->done);
    xh_json_member_int(w, "total", state->total);
    xh_json_member_string(w, "last_error", state->last_error);
    return 0;
}

static bool is_waiting(const struct xh_record *run)
{
    return xh_str_is(run->state, "draft") || xh_str_is(run->state, "issuing");
}

/* The record's own JSON, its closing brace moved behind the progress of a large run. */
static int respond(struct xh__request *req, const struct xh_record *run, int status,
                   struct xh_err *err)
{
    struct xh_json_writer w;
    xh_buf_clear(&req->out);
    xh_json_writer_init(&w, &req->out, false);
    int code = xh_record_write_json(&req->ctx, run, &w, err);
    if (code < 0) {
        return code;
    }
    if (is_waiting(run)) {
        struct xh_json_writer progress;
        xh_assert(req->out.len > 0 && req->out.ptr[req->out.len - 1] == '}');
        req->out.len--;
        xh_buf_add_text(&req->out, ",\"progress\":");
        xh_json_writer_init(&progress, &req->out, false);
        xh_json_object(&progress);
        (void)xh_jobs_each(req->server->engine, write_progress, &progress);
        xh_json_object_end(&progress);
        xh_buf_add_char(&req->out, '}');
    }
    return xh__respond_json(req, is_waiting(run) ? 202 : status);
}

/* ---- requests ---- */

static int place_of(struct xh__request *req, struct xh_str text, int64_t *ret, struct xh_err *err)
{
    struct xh_record place;
    struct xh_err own = {0};
    int64_t id = 0;
    int code = xh_record_find(&req->ctx, "core.place", "code", text, &place, &own);
    if (code == XH_E_NOT_FOUND && xh_int_parse(text, &id) >= 0) {
        code = xh_record_get(&req->ctx, "core.place", id, &place, &own);
    }
    if (code == XH_E_NOT_FOUND) {
        return xh_err_field(err, XH_E_NOT_FOUND, "place", text, "a place's code or id", NULL,
                            "there is no place \"%.*s\"", XH_STR_ARG(xh_str_sub(text, 0, 80)));
    }
    if (code < 0) {
        return err != NULL ? (*err = own, code) : code;
    }
    *ret = place.id;
    return XH_E_OK;
}

int xh__billing_run_post(struct xh__request *req, struct xh_err *err)
{
    struct xh_billing_run_ask ask = {0};
    struct xh__bill_period period = {
        .month = "month", .from = "period_from", .to = "period_to"};
    struct xh_doc *in = NULL;
    struct xh_record run;
    int code = xh__request_doc(req, &xh__billing_run_in, &in, err);
    code = code < 0 ? code : xh_doc_check(in, err);
    code = code < 0 ? code
                    : xh__bill_period_parse(&period, xh_doc_text(in, "month"),
                                            xh_doc_text(in, "period_from"),
                                            xh_doc_text(in, "period_to"), err);
    code = code < 0 ? code : place_of(req, xh_doc_text(in, "place"), &ask.place_id, err);
    if (code < 0) {
        return code;
    }
    ask.quantity = xh_doc_text(in, "quantity");
    ask.allocate = xh_doc_text(in, "allocate");
    ask.day_from = period.day_from;
    ask.day_to = period.day_to;
    code = xh_billing_run_preview(&req->ctx, &ask, &run, err);
    return code < 0 ? code : respond(req, &run, run.created_us >= req->ctx.now_us ? 201 : 200, err);
}

int xh__billing_run_get(struct xh__request *req, struct xh_err *err)
{
    struct xh_record run;
    int64_t id = 0;
    int code = xh__request_path_id(req, "id", &id, err);
    code = code < 0 ? code : xh_record_get(&req->ctx, "core.billing_run", id, &run, err);
    return code < 0 ? code : respond(req, &run, 200, err);
}

int xh__billing_issue_post(struct xh__request *req, struct xh_err *err)
{
    struct xh_doc *in = NULL;
    struct xh_record run;
    int64_t id = 0;
    int code = xh__request_path_id(req, "id", &id, err);
    code = code < 0 ? code : xh__request_doc(req, &xh__billing_issue_in, &in, err);
    code = code < 0 ? code : xh_doc_check(in, err);
    code = code < 0 ? code
                    : xh_billing_run_issue(&req->ctx, id, xh_doc_text(in, "reason"), &run, err);
    return code < 0 ? code : respond(req, &run, 200, err);
}

int xh__billing_correct_post(struct xh__request *req, struct xh_err *err)
{
    struct xh_doc *in = NULL;
    struct xh_record run;
    int64_t id = 0;
    int code = xh__request_path_id(req, "id", &id, err);
    code = code < 0 ? code : xh__request_doc(req, &xh__billing_correct_in, &in, err);
    code = code < 0 ? code : xh_doc_check(in, err);
    code = code < 0 ? code
                    : xh_billing_run_correct(&req->ctx, id, xh_doc_text(in, "allocate"),
                                             xh_doc_text(in, "reason"), &run, err);
    return code < 0 ? code : respond(req, &run, 201, err);
}
