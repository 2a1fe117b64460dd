/* sta_post.c: one observation posted over HTTP, the quick way: read by a worker, handed to the
 * observations' service, answered when it is on disk; no thread waits meanwhile. What needs more
 * than one row (an inline feature) is left to sta_perform.c. */
#include "base/num.h"
#include "server/lines.h"
#include "server/sta/sta_array_internal.h"

enum { ANSWER_BYTES = 1024 }; /* of the usual one; a longer one makes room itself */

struct job {
    struct xh__sta_call call;
    struct xh_observation row;
    struct xh_observe_result result;
    struct xh_observe_batch batch;
    int status;
    struct xh_err err;
};

/* ---- the answer ---- */

static int answer_error(struct xh__request *req, const struct xh_err *why)
{
    xh_buf_clear(&req->out);
    int status = xh__sta_error_write(why, &req->out);
    return xh__respond_text(req, status, "application/json");
}

static int answer(struct xh__request *req, struct xh_err *err)
{
    struct job *job = req->job;
    struct xh__sta_entity entity = {.type = XH__STA_OBSERVATION, .id = job->result.id};
    struct xh_json_writer w;
    const struct xh_err *why = job->status < 0 ? &job->err : job->result.err;
    if (job->status < 0 || job->result.status < 0) {
        return answer_error(req, why);
    }
    struct xh_str location = xh__sta_self_link(&job->call, XH__STA_OBSERVATION, entity.id);
    xh__respond_header(req, "Location", xh_arena_text(req->arena, location));
    if (job->call.wants_no_body) {
        return xh__respond_empty(req, 201);
    }
    entity.observation = job->row;
    entity.observation.id = entity.id;
    xh_buf_clear(&req->out);
    (void)xh_buf_reserve(&req->out, ANSWER_BYTES);
    xh_json_writer_init(&w, &req->out, false);
    int code = xh__sta_write_entity(&job->call, &entity, NULL, &w, err);
    return code < 0 ? answer_error(req, err) : xh__respond_text(req, 201, "application/json");
}

/* On the committer's or the writer's thread: hands on and is gone. */
static void done(void *arg, int status, const struct xh_err *err)
{
    struct xh__request *req = arg;
    struct job *job = req->job;
    job->status = xh__request_told(status, err, &job->err);
    req->then = answer;
    xh__request_resume(req);
}

/* ---- the usual body ---- */

static bool take_time(struct xh_json_reader *r, int64_t *ret_us)
{
    return xh_json_next(r) == XH_JSON_STRING && xh_time_parse(xh_json_text(r), ret_us, NULL) >= 0;
}

static bool take_number(struct xh_json_reader *r, struct xh_observation *ret)
{
    if (xh_json_next(r) != XH_JSON_NUMBER) {
        return false;
    }
    struct xh_str text = xh_json_text(r);
    return xh__number_quick(text.ptr, text.ptr + text.len, &ret->value, &ret->decimals) == text.len;
}

/* {"@iot.id": 3} */
static bool take_datastream(struct xh_json_reader *r, int64_t *ret_id)
{
    return xh_json_next(r) == XH_JSON_OBJECT && xh_json_next(r) == XH_JSON_NAME &&
           xh_str_is(xh_json_text(r), "@iot.id") && xh_json_next(r) == XH_JSON_NUMBER &&
           xh_int_parse(xh_json_text(r), ret_id) >= 0 && *ret_id > 0 &&
           xh_json_next(r) == XH_JSON_OBJECT_END;
}

bool xh__sta_observation_quick(struct xh_arena *arena, struct xh_str json, int64_t series_id,
                               struct xh_observation *ret)
{
    struct xh_json_reader *r = xh_json_reader_create(arena, json);
    struct xh_observation o = {.series_id = series_id};
    bool is_usual = xh_json_next(r) == XH_JSON_OBJECT, has_time = false, has_result = false;
    enum xh_json_type type = XH_JSON_END;
    while (is_usual && (type = xh_json_next(r)) == XH_JSON_NAME) {
        struct xh_str name = xh_json_text(r);
        if (xh_str_is(name, "phenomenonTime")) {
            is_usual = has_time = !has_time && take_time(r, &o.from_us);
        } else if (xh_str_is(name, "resultTime")) {
            is_usual = o.has_result_time = !o.has_result_time && take_time(r, &o.result_us);
        } else if (xh_str_is(name, "result")) {
            is_usual = has_result = !has_result && take_number(r, &o);
        } else {
            is_usual = series_id == 0 && o.series_id == 0 && xh_str_is(name, "Datastream") &&
                       take_datastream(r, &o.series_id);
        }
    }
    is_usual = is_usual && type == XH_JSON_OBJECT_END && xh_json_next(r) == XH_JSON_END &&
               has_time && has_result && o.series_id != 0;
    if (is_usual) {
        *ret = o;
    }
    return is_usual;
}

/* ---- the request ---- */

bool xh__sta_is_observations(struct xh_str path, int64_t *ret_series_id, bool *ret_is_multi)
{
    struct xh_str tail = XH_STR(")/Observations");
    *ret_series_id = 0;
    *ret_is_multi = xh_str_starts(path, XH_STR("MultiDatastreams("));
    if (xh_str_is(path, "Observations")) {
        return true;
    }
    size_t begin = *ret_is_multi ? sizeof "MultiDatastreams(" - 1 : sizeof "Datastreams(" - 1;
    if ((!*ret_is_multi && !xh_str_starts(path, XH_STR("Datastreams("))) ||
        !xh_str_ends(path, tail) || path.len <= begin + tail.len) {
        return false;
    }
    return xh_int_parse(xh_str_sub(path, begin, path.len - begin - tail.len), ret_series_id) >= 0 &&
           *ret_series_id > 0;
}

bool xh__sta_is_series(struct xh_ctx *ctx, int64_t series_id, bool is_multi)
{
    const struct xh_series *series = NULL;
    if (series_id == 0) {
        return true;
    }
    if (xh_series_get_id(ctx, series_id, &series, NULL) < 0) {
        return false;
    }
    bool is_it = (series->component_count > 0) == is_multi;
    xh_series_put(series);
    return is_it;
}

static struct job *job_make(struct xh__request *req, const struct xh__sta_call *call)
{
    struct job *job = XH_NEW(req->arena, struct job);
    job->call = *call;
    job->batch = (struct xh_observe_batch){
        .arena = req->arena, .rows = &job->row, .count = 1, .results = &job->result};
    return job;
}

static int post_one(struct xh__request *req, const struct xh__sta_call *call, int64_t series_id,
                    struct xh_err *err)
{
    struct job *job = job_make(req, call);
    bool needs_create = false;
    int code = xh__sta_observation_parse(&job->call, xh_buf_str(&req->body), series_id, &job->row,
                                         &needs_create, err);
    if (code < 0 || needs_create) {
        return code < 0 ? code : XH__STA_NOT_QUICK;
    }
    req->job = job;
    code = xh_observe_submit(&req->ctx, &job->batch, done, req, err);
    return code < 0 ? code : XH__LATER;
}

bool xh__sta_quick_at_once(struct xh__request *req, const struct xh__sta_call *call,
                           struct xh_str path)
{
    struct xh_observation row;
    int64_t series_id = 0;
    bool is_multi = false;
    path = xh_str_starts(path, XH_STR("/")) ? xh_str_sub(path, 1, path.len) : path;
    if (!xh__sta_is_observations(path, &series_id, &is_multi) || is_multi ||
        !xh__sta_observation_quick(req->arena, xh_buf_str(&req->body), series_id, &row) ||
        xh_observe_feature_now(req->server->engine, row.series_id) == 0) {
        return false;
    }
    const struct xh_series *series = xh_series_peek_id(&req->ctx, row.series_id);
    bool is_ready = series != NULL && series->component_count == 0;
    xh_series_put(series);
    if (!is_ready) {
        return false;
    }
    struct job *job = job_make(req, call);
    job->row = row;
    req->job = job;
    return xh_observe_submit(&req->ctx, &job->batch, done, req, NULL) >= 0;
}

int xh__sta_quick_post(struct xh__request *req, const struct xh__sta_call *call, struct xh_str path,
                       struct xh_err *err)
{
    int64_t series_id = 0;
    bool is_multi = false;
    path = xh_str_starts(path, XH_STR("/")) ? xh_str_sub(path, 1, path.len) : path;
    if (xh_str_is(path, "CreateObservations")) {
        return xh__sta_array_post(req, call, err);
    }
    if (!xh__sta_is_observations(path, &series_id, &is_multi) ||
        !xh__sta_is_series(&req->ctx, series_id, is_multi)) {
        return XH__STA_NOT_QUICK;
    }
    return post_one(req, call, series_id, err);
}
