/* sta_batch.c: POST $batch: requests one after the other, each with its own answer; those of a
 * change set as one: all of them or none.
 *
 * How a set is one. What changes records runs in one transaction of the records writer, which may
 * run it twice. Observations are readings and lie in another store; deleting takes readings out of
 * force: neither can be taken back there. So both wait until the records are written. When one of
 * them fails, what the set has created is deleted again, observations first; a set with both such a
 * request and a PATCH or PUT, or with several deletions, could not be undone and is refused.
 *
 * "$<id>" stands for what the request with that id has created: at the beginning of an address, and
 * as a text in a body, where the id takes its place. */
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/num.h"
#include "server/sta/sta_batch_internal.h"
#include "service/records.h"

enum { SECONDS_MAX = 60, ANSWERS_BYTES_MAX = 128 << 20, ANSWER_BYTES_MAX = 64 << 20 };

struct batch {
    struct xh__sta_call *call;
    struct xh__sta_requests requests;
    int64_t deadline_us;        /* of the monotonic clock */
    size_t answers_bytes;
};

/* ---- references ---- */

/* What the request with this id has created, as "Things(5)"; empty: nothing. */
static struct xh_str created_by(const struct batch *b, struct xh_str id, size_t before)
{
    for (size_t i = before; i > 0 && id.len > 0; i--) {
        const struct xh__sta_request *r = &b->requests.items[i - 1];
        if (xh_str_equal(r->id, id) && r->location.len > b->call->root.len) {
            return xh_str_sub(r->location, b->call->root.len + 1, r->location.len);
        }
    }
    return XH_STR("");
}

static struct xh_str key_of(struct xh_str path)
{
    ptrdiff_t open = xh_str_find_char(path, '(');
    return open < 0 || path.len == 0
               ? XH_STR("")
               : xh_str_sub(path, (size_t)open + 1, path.len - (size_t)open - 2);
}

/* "http://host/v1.1/Things", "/v1.1/Things", "$1/Datastreams": what stands behind the root. */
static struct xh_str url_of(const struct batch *b, size_t at)
{
    struct xh_str url = b->requests.items[at].url;
    static const char *const versions[] = {"/v1.1/", "/v1.0/"};
    for (size_t i = 0; i < XH_COUNT(versions); i++) {
        struct xh_str version = xh_str_from(versions[i]);
        bool is_absolute = xh_str_starts(url, version) || xh_str_starts(url, XH_STR("http://")) ||
                           xh_str_starts(url, XH_STR("https://"));
        ptrdiff_t found = is_absolute ? xh_str_find(url, version) : -1;
        if (found >= 0) {
            return xh_str_sub(url, (size_t)found + version.len, url.len);
        }
    }
    while (xh_str_starts(url, XH_STR("/"))) {
        url = xh_str_sub(url, 1, url.len);
    }
    if (!xh_str_starts(url, XH_STR("$"))) {
        return url;
    }
    size_t end = 1;
    while (end < url.len && url.ptr[end] != '/' && url.ptr[end] != '?') {
        end++;
    }
    struct xh_str path = created_by(b, xh_str_sub(url, 1, end - 1), at);
    return path.len == 0 ? url
                         : xh_arena_format(b->requests.arena, "%.*s%.*s", XH_STR_ARG(path),
                                           XH_STR_ARG(xh_str_sub(url, end, url.len)));
}

/* The body with each text "$<id>" of something created as its id. */
static struct xh_str body_of(const struct batch *b, size_t at)
{
    struct xh_str rest = b->requests.items[at].body;
    struct xh_buf out;
    bool has_any = false;
    if (xh_str_find(rest, XH_STR("\"$")) < 0) {
        return rest;
    }
    xh_buf_init(&out, 0);
    for (ptrdiff_t mark = 0; (mark = xh_str_find(rest, XH_STR("\"$"))) >= 0;) {
        struct xh_str behind = xh_str_sub(rest, (size_t)mark + 2, rest.len);
        ptrdiff_t end = xh_str_find_char(behind, '"');
        struct xh_str id = xh_str_sub(behind, 0, end < 0 ? 0 : (size_t)end);
        struct xh_str key = key_of(created_by(b, id, at));
        xh_buf_add_str(&out, xh_str_sub(rest, 0, (size_t)mark));
        if (key.len > 0) {
            has_any = true;
            xh_buf_add_str(&out, key);
            rest = xh_str_sub(behind, (size_t)end + 1, behind.len);
        } else {
            xh_buf_add_text(&out, "\"$");
            rest = behind;
        }
    }
    xh_buf_add_str(&out, rest);
    struct xh_str body = has_any ? xh_arena_str(b->requests.arena, xh_buf_str(&out))
                                 : b->requests.items[at].body;
    xh_buf_finish(&out);
    return body;
}

/* ---- one request ---- */

static void fail(struct xh__sta_request *request, const struct xh_err *err)
{
    xh_buf_clear(&request->out);
    request->location = XH_STR("");
    request->status = xh__sta_error_write(err, &request->out);
    request->answer_type = "application/json";
}

static int perform(struct batch *b, struct xh_ctx *ctx, size_t at, struct xh_err *err)
{
    struct xh__sta_request *request = &b->requests.items[at];
    struct xh__sta_call call = *b->call;
    struct xh__sta_answer answer = {.out = &request->out};
    struct xh_str path = url_of(b, at);
    call.ctx = ctx;
    call.wants_no_body = request->wants_no_body;
    xh_buf_clear(&request->out);
    request->location = XH_STR("");
    if (xh_str_starts(path, XH_STR("$"))) {
        return xh_err_field(err, XH_E_INVALID, "url", xh_str_sub(path, 0, 60),
                            "what an earlier request created", NULL,
                            "\"%.*s\" names nothing that was created before",
                            XH_STR_ARG(xh_str_sub(path, 0, 60)));
    }
    int code = xh__sta_perform(&call, request->method, path, request->content_type, body_of(b, at),
                               &answer, err);
    if (code >= 0 && request->out.is_over) {
        return xh_err_field(err, XH_E_TOO_LARGE, "body", XH_STR("more"), "67108864", "bytes",
                            "the answer would be longer than %d bytes: ask for less",
                            ANSWER_BYTES_MAX);
    }
    if (code >= 0) {
        request->status = answer.status;
        request->answer_type = answer.content_type;
        request->location = answer.location.len > 0
                                ? xh_arena_str(b->requests.arena, answer.location)
                                : answer.location;
    }
    return code;
}

static bool has_failed(const struct batch *b, struct xh_str id, size_t before)
{
    for (size_t i = 0; i < before; i++) {
        const struct xh__sta_request *r = &b->requests.items[i];
        if (xh_str_equal(r->id, id)) {
            return r->status == 0 || r->status >= 400;
        }
    }
    return true;
}

/* OData JSON 4.01, 19.1: what depends on something that failed is not done. */
static int check_depends(const struct batch *b, size_t at, struct xh_err *err)
{
    struct xh_str raw = b->requests.items[at].depends_on;
    if (raw.len == 0) {
        return XH_E_OK;
    }
    struct xh_json_reader *r = xh_json_reader_create(b->requests.arena, raw);
    for (enum xh_json_type type = xh_json_next(r); type > XH_JSON_END; type = xh_json_next(r)) {
        bool is_word = type == XH_JSON_STRING || type == XH_JSON_NUMBER;
        if (is_word && has_failed(b, xh_json_text(r), at)) {
            return xh_err_field(err, XH_E_CONFLICT, "dependsOn", xh_str_sub(xh_json_text(r), 0, 60),
                                "a request that was done", NULL,
                                "the request depends on one that failed");
        }
    }
    return XH_E_OK;
}

static void run_one(struct batch *b, size_t at)
{
    struct xh_err err = {0};
    struct xh__sta_request *request = &b->requests.items[at];
    int code = check_depends(b, at, &err);
    if (code < 0) {
        fail(request, &err);
        request->status = 424;
        return;
    }
    code = perform(b, b->call->ctx, at, &err);
    if (code < 0) {
        (void)(err.code == 0 ? xh_err_set(&err, code, "%s", xh_err_text(code)) : 0);
        fail(request, &err);
    }
}

/* ---- change sets ---- */

struct set {
    struct batch *b;
    size_t from, to, failed;
    bool *is_late;              /* by place in the set: after the records */
};

static bool is_method(const struct xh__sta_request *r, const char *method)
{
    return xh_str_equal_nocase(r->method, xh_str_from(method));
}

/* Is it about observations? By the last set that the address names. */
static bool is_of_observations(struct xh_str url)
{
    ptrdiff_t mark = xh_str_find_char(url, '?');
    url = mark < 0 ? url : xh_str_sub(url, 0, (size_t)mark);
    size_t from = url.len;
    while (from > 0 && url.ptr[from - 1] != '/') {
        from--;
    }
    struct xh_str last = xh_str_sub(url, from, url.len);
    return xh_str_is(last, "Observations") || xh_str_is(last, "CreateObservations") ||
           xh_str_starts(last, XH_STR("Observations("));
}

static int check_set(struct set *s, struct xh_err *err)
{
    size_t late = 0, changes = 0, taken_back = 0, count = s->to - s->from;
    for (size_t i = 0; i < count; i++) {
        const struct xh__sta_request *r = &s->b->requests.items[s->from + i];
        bool is_observed = is_of_observations(r->url);
        bool is_change = is_method(r, "PATCH") || is_method(r, "PUT");
        if (is_method(r, "GET")) {
            s->failed = s->from + i;
            return xh_err_field(err, XH_E_INVALID, "method", r->method, "POST, PATCH, PUT, DELETE",
                                NULL, "a change set only changes: GET stands outside of it");
        }
        s->is_late[i] = is_observed || is_method(r, "DELETE");
        late += s->is_late[i];
        changes += is_change;
        taken_back += is_method(r, "DELETE") || (is_change && is_observed);
    }
    if (count > 1 && (taken_back > 1 || (late > 0 && changes > 0))) {
        return xh_err_field(err, XH_E_INVALID, "body", XH_STR("change set"),
                            "records created or changed; or records created, then observations, "
                            "then one deletion",
                            NULL,
                            "this change set could not be undone as a whole: readings and "
                            "deletions are not part of the records' transaction");
    }
    return XH_E_OK;
}

static int write_records(struct xh_ctx *ctx, void *arg, struct xh_err *err)
{
    struct set *s = arg;
    int code = XH_E_OK;
    for (size_t i = s->from; code >= 0 && i < s->to; i++) {
        s->failed = i;
        code = s->is_late[i - s->from] ? XH_E_OK : perform(s->b, ctx, i, err);
    }
    return code;
}

/* What the set has created, the last first. Best done now; what cannot be is left and told. */
static void take_back(struct set *s)
{
    for (size_t i = s->to; i > s->from; i--) {
        struct xh__sta_request *r = &s->b->requests.items[i - 1];
        struct xh_buf out;
        xh_buf_init(&out, 0);
        struct xh__sta_answer answer = {.out = &out};
        if (r->location.len > 0) {
            struct xh_str path = xh_str_sub(r->location, s->b->call->root.len + 1, r->location.len);
            (void)xh__sta_perform(s->b->call, XH_STR("DELETE"), path, XH_STR(""), XH_STR(""),
                                  &answer, NULL);
        }
        xh_buf_finish(&out);
    }
}

static int run_late(struct set *s, bool is_deletion, struct xh_err *err)
{
    int code = XH_E_OK;
    for (size_t i = s->from; code >= 0 && i < s->to; i++) {
        const struct xh__sta_request *r = &s->b->requests.items[i];
        if (s->is_late[i - s->from] && is_method(r, "DELETE") == is_deletion) {
            s->failed = i;
            code = perform(s->b, s->b->call->ctx, i, err);
        }
    }
    return code;
}

static void run_set(struct batch *b, size_t from, size_t to)
{
    struct xh_err err = {0};
    struct set s = {.b = b, .from = from, .to = to, .failed = from};
    s.is_late = XH_NEW_ARRAY(b->requests.arena, bool, to - from + 1);
    int code = check_set(&s, &err);
    code = code < 0 ? code : xh_records_write(b->call->ctx, write_records, &s, &err);
    if (code >= 0) {
        code = run_late(&s, false, &err);
        code = code < 0 ? code : run_late(&s, true, &err);
        if (code < 0) {
            take_back(&s);
        }
    }
    if (code >= 0) {
        return;
    }
    (void)(err.code == 0 ? xh_err_set(&err, code, "%s", xh_err_text(code)) : 0);
    for (size_t i = from; i < to; i++) {
        b->requests.items[i].status = 0;
        b->requests.items[i].location = XH_STR("");
    }
    fail(&b->requests.items[s.failed], &err);
}

/* ---- all of it ---- */

static int64_t monotonic_us(const struct batch *b)
{
    return xh_env_monotonic_us(xh_engine_env(xh_ctx_engine(b->call->ctx)));
}

/* A batch of costly questions holds its worker for a while, but not for ever. */
static int check_cost(const struct batch *b, struct xh_err *err)
{
    if (monotonic_us(b) > b->deadline_us) {
        return xh_err_field(err, XH_E_TOO_LARGE, "body", XH_STR("longer"), "60", "s",
                            "the batch has taken longer than %d s: send what is left again",
                            SECONDS_MAX);
    }
    if (b->answers_bytes > ANSWERS_BYTES_MAX) {
        return xh_err_field(err, XH_E_TOO_LARGE, "body", XH_STR("more"), "134217728", "bytes",
                            "the batch's answers are longer than %d bytes: send what is left again",
                            ANSWERS_BYTES_MAX);
    }
    return XH_E_OK;
}

static void run(struct batch *b)
{
    struct xh_err err = {0};
    for (size_t at = 0, to; at < b->requests.count; at = to) {
        uint32_t group = b->requests.items[at].group;
        to = at + 1;
        while (group != 0 && to < b->requests.count && b->requests.items[to].group == group) {
            to++;
        }
        if (check_cost(b, &err) < 0) {
            fail(&b->requests.items[at], &err);
        } else if (group == 0) {
            run_one(b, at);
        } else {
            run_set(b, at, to);
        }
        for (size_t i = at; i < to; i++) {
            b->answers_bytes += b->requests.items[i].out.len;
        }
    }
}

/* One that no answer can hold: of random bits. */
static struct xh_str boundary_make(struct batch *b)
{
    uint64_t bits[2];
    xh_env_random(xh_engine_env(xh_ctx_engine(b->call->ctx)), bits, sizeof bits);
    return xh_arena_format(b->requests.arena, "batch_%016llx%016llx", (unsigned long long)bits[0],
                           (unsigned long long)bits[1]);
}

/* JSON tells a failed set by each of its requests (OData JSON 4.01, 19.3). */
static void tell_all(struct batch *b)
{
    for (size_t i = 0; i < b->requests.count; i++) {
        struct xh__sta_request *r = &b->requests.items[i];
        if (r->status == 0) {
            struct xh_err err = {0};
            (void)xh_err_set(&err, XH_E_CONFLICT, "another request of its set failed");
            fail(r, &err);
            r->status = 424;
        }
    }
}

int xh__sta_batch(struct xh__sta_call *call, struct xh_str content_type, struct xh_str body,
                  struct xh__sta_answer *ret, struct xh_err *err)
{
    struct batch b = {.call = call, .requests = {.arena = call->ctx->arena}};
    bool is_json = xh_str_equal_nocase(xh_str_sub(content_type, 0, 16), XH_STR("application/json"));
    int code = is_json ? xh__sta_json_batch_parse(body, &b.requests, err)
                       : xh__sta_multipart_parse(content_type, body, &b.requests, err);
    if (code < 0) {
        return code;
    }
    for (size_t i = 0; i < b.requests.count; i++) {
        xh_buf_init(&b.requests.items[i].out, ANSWER_BYTES_MAX);
    }
    b.deadline_us = monotonic_us(&b) + SECONDS_MAX * XH_US_PER_S;
    run(&b);
    ret->status = 200;
    if (is_json) {
        tell_all(&b);
        xh__sta_json_batch_write(&b.requests, ret->out);
        ret->content_type = "application/json";
    } else {
        struct xh_str boundary = boundary_make(&b);
        xh__sta_multipart_write(&b.requests, boundary, ret->out);
        ret->content_type = xh_arena_format(call->ctx->arena, "multipart/mixed; boundary=%.*s",
                                            XH_STR_ARG(boundary))
                                .ptr;
    }
    for (size_t i = 0; i < b.requests.count; i++) {
        xh_buf_finish(&b.requests.items[i].out);
    }
    return XH_E_OK;
}
