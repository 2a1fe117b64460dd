/* sta_array.c: data arrays stored slice by slice, and their answer: of each observation its link,
 * or "error". */
#include "base/num.h"
#include "server/sta/sta_array_internal.h"

/* ---- the answer ---- */

static void add_place(struct xh_buf *out, const struct xh__sta_call *call, int64_t id)
{
    char number[XH_NUM_TEXT_BYTES];
    xh_buf_add_text(out, out->len > 1 ? ",\n\"" : "\"");
    if (id == 0) {
        xh_buf_add_text(out, "error\"");
        return;
    }
    xh_buf_add_str(out, call->root);
    xh_buf_add_text(out, "/Observations(");
    xh_buf_add(out, number, xh_int_print(id, number));
    xh_buf_add_text(out, ")\"");
}

static void add_slice(struct xh_buf *out, const struct xh__sta_call *call,
                      const struct xh__array_slice *slice, bool is_stored)
{
    size_t row = 0;
    for (size_t i = 0; i < slice->place_count; i++) {
        const struct xh_observe_result *result = slice->is_bad[i] ? NULL : &slice->results[row++];
        bool is_there = is_stored && result != NULL && result->status >= 0;
        add_place(out, call, is_there ? result->id : 0);
    }
}

static struct xh_observe_batch batch_of(struct xh__array_slice *slice)
{
    return (struct xh_observe_batch){.arena = slice->arena,
                                     .rows = slice->rows,
                                     .count = slice->count,
                                     .results = slice->results};
}

/* ---- waiting for the disk ---- */

/* What is left of the body, from a slice on that was read already. The first slice that cannot be
 * stored is an error as long as nothing was; later ones are told row by row. */
static int store_rest(struct xh__array_reader *reader, const struct xh__sta_call *call,
                      struct xh__array_slice *slice, struct xh_buf *out, struct xh_err *err)
{
    int code = XH_E_OK;
    bool is_first = true;
    xh_buf_add_char(out, '[');
    while (code >= 0 && slice->place_count > 0) {
        struct xh_observe_batch batch = batch_of(slice);
        int stored = slice->count > 0 ? xh_observe(call->ctx, &batch, err) : XH_E_OK;
        code = is_first ? stored : XH_E_OK;
        is_first = false;
        add_slice(out, call, slice, stored >= 0);
        xh_arena_destroy(slice->arena);
        xh__array_next(reader, slice);
    }
    xh_buf_add_char(out, ']');
    xh_arena_destroy(slice->arena);
    return code;
}

int xh__sta_array(struct xh__sta_call *call, struct xh_str body, struct xh__sta_answer *ret,
                  struct xh_err *err)
{
    struct xh__array_reader reader;
    struct xh__array_slice slice;
    int code = xh__array_begin(&reader, call->ctx, body, err);
    if (code < 0) {
        return code;
    }
    xh__array_next(&reader, &slice);
    xh_buf_clear(ret->out);
    code = store_rest(&reader, call, &slice, ret->out, err);
    xh__array_end(&reader);
    if (code >= 0) {
        ret->status = 201;
        ret->content_type = "application/json";
    }
    return code;
}

/* ---- over HTTP ---- */

struct job {
    struct xh__sta_call call;
    struct xh__array_slice slice;
    struct xh_observe_batch batch;
    int status;
    struct xh_err err;
};

static int answer(struct xh__request *req, struct xh_err *err)
{
    struct job *job = req->job;
    (void)err;
    xh_buf_clear(&req->out);
    if (job->status < 0) {
        int status = xh__sta_error_write(&job->err, &req->out);
        return xh__respond_text(req, status, "application/json");
    }
    xh_buf_add_char(&req->out, '[');
    add_slice(&req->out, &job->call, &job->slice, true);
    xh_buf_add_char(&req->out, ']');
    return xh__respond_text(req, 201, "application/json");
}

static void done(void *arg, int status, const struct xh_err *err)
{
    struct xh__request *req = arg;
    struct job *job = req->job;
    job->status = xh__request_told(status, err, &job->err);
    req->then = answer;
    if (!xh__workers_push(req->server, req)) {
        xh__request_resume(req);
    }
}

static void release(void *arg)
{
    xh_arena_destroy(arg);
}

/* A body of one slice is answered when it is on disk, without a thread that waits. */
static int submit(struct xh__request *req, struct job *job, struct xh_err *err)
{
    job->batch = batch_of(&job->slice);
    req->job = job;
    xh_arena_defer(req->arena, release, job->slice.arena);
    if (job->slice.count == 0) {
        return answer(req, err);
    }
    int code = xh_observe_submit(&req->ctx, &job->batch, done, req, err);
    return code < 0 ? code : XH__LATER;
}

int xh__sta_array_post(struct xh__request *req, const struct xh__sta_call *call, struct xh_err *err)
{
    struct job *job = XH_NEW(req->arena, struct job);
    struct xh__array_reader reader;
    job->call = *call;
    int code = xh__array_begin(&reader, &req->ctx, xh_buf_str(&req->body), err);
    if (code < 0) {
        return code;
    }
    xh__array_next(&reader, &job->slice);
    bool is_all = reader.group_at == reader.group_count;
    if (!is_all) {
        xh_buf_clear(&req->out);
        code = store_rest(&reader, &job->call, &job->slice, &req->out, err);
    }
    xh__array_end(&reader);
    if (is_all) {
        return submit(req, job, err);
    }
    return code < 0 ? code : xh__respond_text(req, 201, "application/json");
}
