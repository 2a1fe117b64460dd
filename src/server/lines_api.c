/* lines_api.c: the doors that InfluxDB's clients and Telegraf know: POST /write (v1), POST
 * /api/v2/write, /ping, /health, and of /query as much as they ask when they start. Database,
 * bucket, organisation and retention policy may be named and mean nothing here. */
#include <string.h>

#include "server/lines_internal.h"

struct job {
    struct xh__line_batch batch;
    int status; /* of the bulk */
    struct xh_err err;
};

static int answer(struct xh__request *req, struct xh_err *err)
{
    struct job *job = req->job;
    if (job->status < 0) {
        *err = job->err;
        return job->status;
    }
    xh__line_batch_take_refusals(&job->batch);
    xh__respond_header(req, "X-Influxdb-Version", XH__LINES_VERSION);
    return job->batch.refused > 0 ? xh__lines_respond_partial(req, &job->batch)
                                  : xh__respond_empty(req, 204);
}

/* On the committer's thread: hands on and is gone. */
static void done(void *arg, int status, const struct xh_err *err)
{
    struct xh__request *req = arg;
    struct job *job = req->job;
    job->status = xh__request_told(status, err, &job->err);
    req->then = answer;
    xh__request_resume(req);
}

static void release(void *batch)
{
    xh__line_batch_end(batch);
}

static int take(struct xh__request *req, struct xh_err *err)
{
    struct job *job = XH_NEW(req->arena, struct job);
    struct xh__line_precision precision;
    req->job = job;
    int code = xh__check_may_send(req, err);
    code = code < 0 ? code
                    : xh__lines_precision(xh__request_param(req, "precision"), &precision, err);
    if (code < 0) {
        return code;
    }
    job->batch.finder = req->server->lines;
    job->batch.ctx = &req->ctx;
    job->batch.bulk.arena = req->arena;
    xh_arena_defer(req->arena, release, &job->batch);
    code = xh__line_batch_read(&job->batch, xh_buf_str(&req->body), precision, err);
    if (code < 0) {
        return code;
    }
    if (job->batch.bulk.count == 0) {
        return answer(req, err);
    }
    code = xh_ingest_bulk(&req->ctx, &job->batch.bulk, done, req, err);
    return code < 0 ? code : XH__LATER;
}

int xh__lines_v1_post(struct xh__request *req, struct xh_err *err)
{
    return take(req, err);
}

int xh__lines_v2_post(struct xh__request *req, struct xh_err *err)
{
    return take(req, err);
}

/* ---- what clients ask when they start ---- */

int xh__lines_ping(struct xh__request *req, struct xh_err *err)
{
    (void)err;
    xh__respond_header(req, "X-Influxdb-Version", XH__LINES_VERSION);
    xh__respond_header(req, "X-Influxdb-Build", "xanh");
    return xh__respond_empty(req, 204);
}

int xh__lines_health(struct xh__request *req, struct xh_err *err)
{
    struct xh_json_writer w;
    (void)err;
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_member_string(&w, "name", "xanh");
    xh_json_member_string(&w, "message", "ready for writes");
    xh_json_member_string(&w, "status", "pass");
    xh_json_name(&w, "checks");
    xh_json_array(&w);
    xh_json_array_end(&w);
    xh_json_member_string(&w, "version", XH__LINES_VERSION);
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}

/* q stands in the address, or in a form. */
static int query_text(struct xh__request *req, struct xh_str *ret, struct xh_err *err)
{
    struct xh__param params[XH__PARAMS_MAX];
    size_t count = 0;
    *ret = xh_str_trim(xh__request_param(req, "q"));
    if (ret->len > 0 || !xh__request_is_type(req, "application/x-www-form-urlencoded")) {
        return XH_E_OK;
    }
    int code = xh__query_parse(req->arena, xh_buf_str(&req->body), params, XH__PARAMS_MAX, &count,
                               err);
    for (size_t i = 0; code >= 0 && i < count; i++) {
        if (params[i].name_len == 1 && params[i].name[0] == 'q') {
            *ret = xh_str_trim(params[i].value);
        }
    }
    return code;
}

int xh__lines_query(struct xh__request *req, struct xh_err *err)
{
    static const struct xh_str create = {"CREATE DATABASE", sizeof "CREATE DATABASE" - 1};
    struct xh_json_writer w;
    struct xh_str query;
    int code = query_text(req, &query, err);
    if (code < 0) {
        return code;
    }
    if (!xh_str_equal_nocase(xh_str_sub(query, 0, create.len), create)) {
        return xh_err_field(err, XH_E_INVALID, "q", xh__line_shown(query), "CREATE DATABASE", NULL,
                            "queries are not answered here, ask /api/v1/readings; only CREATE "
                            "DATABASE is understood, and does nothing");
    }
    xh__respond_header(req, "X-Influxdb-Version", XH__LINES_VERSION);
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_name(&w, "results");
    xh_json_array(&w);
    xh_json_object(&w);
    xh_json_member_int(&w, "statement_id", 0);
    xh_json_object_end(&w);
    xh_json_array_end(&w);
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}

/* ---- lines that no series answers to ---- */

static void write_unmatched(struct xh_json_writer *w, const struct xh__line_unmatched *u)
{
    char text[XH_TIME_TEXT_BYTES];
    struct xh_str time = {text, xh_time_print(u->last_us, text)};
    xh_json_object(w);
    xh_json_member_string(w, "line", u->head);
    xh_json_member_string(w, "field", u->field);
    xh_json_member_string(w, "series", u->code);
    xh_json_member_int(w, "count", (int64_t)u->count);
    xh_json_member_str(w, "last", time);
    xh_json_object_end(w);
}

static void write_counts(struct xh_json_writer *w, const struct xh__line_finder *finder)
{
    const struct {
        const char *name;
        uint64_t count;
    } counts[] = {
        {"lines", atomic_load(&finder->lines)},
        {"readings", atomic_load(&finder->readings)},
        {"fields_left_out", atomic_load(&finder->left_out)},
        {"refused", atomic_load(&finder->refused)},
        {"unmatched", atomic_load(&finder->unmatched_lines)},
    };
    for (size_t i = 0; i < XH_COUNT(counts); i++) {
        xh_json_name(w, counts[i].name);
        xh_json_int(w, (int64_t)counts[i].count);
    }
}

int xh__lines_unmatched_get(struct xh__request *req, struct xh_err *err)
{
    struct xh__line_finder *finder = req->server->lines;
    struct xh_json_writer w;
    if ((req->ctx.who->roles & XH_ROLE_STAFF) == 0) {
        return xh_err_set(err, XH_E_FORBIDDEN, "\"%s\" may not see the lines of others",
                          req->ctx.who->name);
    }
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    write_counts(&w, finder);
    xh_json_name(&w, "items");
    xh_json_array(&w);
    (void)pthread_mutex_lock(&finder->lock);
    for (size_t i = 0; i < finder->unmatched_count; i++) {
        size_t at = (finder->unmatched_next + XH__LINE_UNMATCHED_KEPT - 1 - i) %
                    XH__LINE_UNMATCHED_KEPT;
        write_unmatched(&w, &finder->unmatched[at]);
    }
    (void)pthread_mutex_unlock(&finder->lock);
    xh_json_array_end(&w);
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}
