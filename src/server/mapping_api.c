/* mapping_api.c: webhooks of any shape, what no rule takes, and a rule tried without writing. */
#include "base/num.h"
#include "server/mapping.h"
#include "server/mqtt/mqtt_client.h"
#include "service/device_state.h"

#include <string.h>

struct job {
    int status;
    struct xh_mapping_outcome outcome;
    struct xh_err err;
};

int xh__mapping_message(struct xh_server *server, struct xh_ctx *ctx,
                        const struct xh_mapping_message *message, xh_mapping_done *done, void *arg,
                        struct xh_err *err)
{
    int64_t device_id = ctx->who->device_id;
    int code = xh_mapping_message(server->mapping, ctx, message, done, arg, err);
    if (code < 0 && device_id != 0 && !xh_err_is_retryable(code)) {
        xh_device_refused(server->engine, device_id, 1, err);
    }
    return code;
}

int xh__mapping_create(struct xh_server *server, struct xh_err *err)
{
    int code = xh_mapping_open(server->engine, &server->mapping, err);
    return code < 0 ? code : xh__brokers_create(server, err);
}

void xh__mapping_destroy(struct xh_server *server)
{
    xh__brokers_destroy(server);
    xh_mapping_close(server->mapping);
    server->mapping = NULL;
}

/* ---- POST /api/v1/inbox/{path*} ---- */

static int respond_outcome(struct xh__request *req, const struct xh_mapping_outcome *outcome,
                           bool is_matched)
{
    const struct {
        const char *name;
        uint64_t count;
    } counts[] = {
        {"taken", outcome->taken},
        {"duplicate", outcome->duplicate},
        {"refused", outcome->refused},
    };
    struct xh_json_writer w;
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    for (size_t i = 0; i < XH_COUNT(counts); i++) {
        xh_json_name(&w, counts[i].name);
        xh_json_int(&w, (int64_t)counts[i].count);
    }
    xh_json_member_bool(&w, "matched", is_matched);
    xh_json_object_end(&w);
    return xh__respond_json(req, is_matched ? 200 : 202);
}

static int answer(struct xh__request *req, struct xh_err *err)
{
    struct job *job = req->job;
    if (job->status < 0) {
        *err = job->err;
        return job->status;
    }
    return respond_outcome(req, &job->outcome, true);
}

/* On the committer's thread: hands on and is gone. */
static void done(void *arg, int status, const struct xh_mapping_outcome *outcome,
                 const struct xh_err *err)
{
    struct xh__request *req = arg;
    struct job *job = req->job;
    job->outcome = *outcome;
    job->status = xh__request_told(status, err, &job->err);
    req->then = answer;
    xh__request_resume(req);
}

/* The path is the topic; network servers name the event as a parameter. */
static struct xh_str topic_of(struct xh__request *req)
{
    struct xh_str path = xh__request_path(req, "path"), event = xh__request_param(req, "event");
    return event.len == 0
               ? path
               : xh_arena_format(req->arena, "%.*s/%.*s", XH_STR_ARG(path), XH_STR_ARG(event));
}

int xh__inbox_post(struct xh__request *req, struct xh_err *err)
{
    const struct xh_mapping_outcome nothing = {0};
    struct xh_mapping_message message = {
        .topic = topic_of(req),
        .payload = xh_buf_str(&req->body),
        .content_type = xh__request_header(req, "Content-Type"),
        .arrival_us = req->ctx.now_us,
    };
    req->job = XH_NEW(req->arena, struct job);
    int code = xh__check_may_send(req, err);
    if (code < 0) {
        return code;
    }
    if (message.topic.len == 0) {
        return xh_err_field(err, XH_E_INVALID, "path", XH_STR(""), "a topic", NULL,
                            "the address must name a topic behind /inbox/");
    }
    code = xh__mapping_message(req->server, &req->ctx, &message, done, req, err);
    if (code < 0) {
        return code;
    }
    return code == XH_MAPPING_SENT ? XH__LATER
                                   : respond_outcome(req, &nothing, code == XH_MAPPING_NOTHING);
}

/* ---- GET /api/v1/mapping/unmatched ---- */

static int check_may_see(const struct xh__request *req, struct xh_err *err)
{
    if ((req->ctx.who->roles & XH_ROLE_STAFF) != 0) {
        return XH_E_OK;
    }
    return xh_err_set(err, XH_E_FORBIDDEN, "\"%s\" may not see the messages of others",
                      req->ctx.who->name);
}

static void write_unmatched(struct xh_json_writer *w, const struct xh_mapping_unmatched *u)
{
    xh_json_object(w);
    xh_json_member_str(w, "topic", xh_str_from(u->topic));
    xh_json_member_str(w, "payload", xh_str_from(u->payload));
    xh_json_member_bool(w, "is_hex", u->is_hex);
    xh_json_member_str(w, "code", u->has_no_rule ? XH_STR("NO_RULE") : XH_STR("FAULT"));
    xh_json_member_str(w, "why", xh_str_from(u->why));
    xh_json_member_int(w, "count", (int64_t)u->count);
    xh_json_member_time_or_null(w, "last", u->last_us);
    xh_json_object_end(w);
}

static void write_stats(struct xh_json_writer *w, const struct xh_mapping_stats *stats)
{
    const struct {
        const char *name;
        uint64_t count;
    } counts[] = {
        {"messages", stats->messages},   {"readings", stats->readings},
        {"unmatched", stats->unmatched}, {"refused", stats->refused},
        {"again", stats->again},         {"discoveries", stats->discoveries},
    };
    for (size_t i = 0; i < XH_COUNT(counts); i++) {
        xh_json_name(w, counts[i].name);
        xh_json_int(w, (int64_t)counts[i].count);
    }
}

int xh__mapping_unmatched_get(struct xh__request *req, struct xh_err *err)
{
    struct xh_mapping_unmatched *items = XH_NEW_ARRAY(req->arena, struct xh_mapping_unmatched,
                                                      XH_MAPPING_UNMATCHED_KEPT);
    struct xh_mapping_stats stats;
    struct xh_json_writer w;
    int code = check_may_see(req, err);
    if (code < 0) {
        return code;
    }
    size_t count = xh_mapping_unmatched(req->server->mapping, items);
    xh_mapping_get_stats(req->server->mapping, &stats);
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    write_stats(&w, &stats);
    xh_json_name(&w, "items");
    xh_json_array(&w);
    for (size_t i = 0; i < count; i++) {
        write_unmatched(&w, &items[i]);
    }
    xh_json_array_end(&w);
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}

int xh__mapping_brokers_get(struct xh__request *req, struct xh_err *err)
{
    struct xh_json_writer w;
    int code = check_may_see(req, err);
    if (code < 0) {
        return code;
    }
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_name(&w, "items");
    xh__brokers_write(req->server, &w);
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}

/* ---- POST /api/v1/mapping/try ---- */

struct trying {
    struct xh_mapping_message message;
    struct xh_str rule; /* JSON; empty: by the rules that are there */
    bool is_hex;
};

static int expected(const struct xh_json_reader *r, struct xh_err *err)
{
    int code = xh_json_error(r, err);
    return code < 0 ? code
                    : xh_err_set(err, XH_E_INVALID,
                                 "expected is an object of topic, payload, is_hex and rule");
}

/* A payload that is JSON may stand as such. */
static int payload_read(struct xh__request *req, struct xh_json_reader *r, struct trying *ret,
                        struct xh_err *err)
{
    struct xh_str raw;
    if (!xh_json_raw(r, &raw)) {
        return expected(r, err);
    }
    ret->message.payload = raw;
    if (raw.len > 0 && raw.ptr[0] == '"') {
        struct xh_json_reader *text = xh_json_reader_create(req->arena, raw);
        (void)xh_json_next(text);
        ret->message.payload = xh_arena_str(req->arena, xh_json_text(text));
    }
    return XH_E_OK;
}

static int member_read(struct xh__request *req, struct xh_json_reader *r, struct xh_str name,
                       struct trying *ret, struct xh_err *err)
{
    if (xh_str_is(name, "payload")) {
        return payload_read(req, r, ret, err);
    }
    if (xh_str_is(name, "rule")) {
        return xh_json_raw(r, &ret->rule) ? XH_E_OK : expected(r, err);
    }
    enum xh_json_type type = xh_json_next(r);
    if (xh_str_is(name, "topic") && type == XH_JSON_STRING) {
        ret->message.topic = xh_json_text(r);
    } else if (xh_str_is(name, "is_hex") && (type == XH_JSON_TRUE || type == XH_JSON_FALSE)) {
        ret->is_hex = type == XH_JSON_TRUE;
    } else {
        return expected(r, err);
    }
    return XH_E_OK;
}

static int bytes_of_hex(struct xh__request *req, struct xh_str *payload, struct xh_err *err)
{
    struct xh_str text = xh_str_trim(*payload);
    char *out = xh_arena_alloc(req->arena, text.len / 2 + 1);
    bool is_right = text.len % 2 == 0;
    for (size_t i = 0; is_right && i < text.len; i += 2) {
        int high = xh_char_hex(text.ptr[i]), low = xh_char_hex(text.ptr[i + 1]);
        is_right = high >= 0 && low >= 0;
        out[i / 2] = (char)(is_right ? high * 16 + low : 0);
    }
    if (!is_right) {
        return xh_err_field(err, XH_E_INVALID, "payload", XH_STR(""), "hexadecimal digits", NULL,
                            "payload must be pairs of hexadecimal digits");
    }
    *payload = (struct xh_str){out, text.len / 2};
    return XH_E_OK;
}

static int trying_read(struct xh__request *req, struct trying *ret, struct xh_err *err)
{
    struct xh_json_reader *r = xh_json_reader_create(req->arena, xh_buf_str(&req->body));
    enum xh_json_type type = xh_json_next(r);
    int code = type == XH_JSON_OBJECT ? XH_E_OK : expected(r, err);
    while (code >= 0 && (type = xh_json_next(r)) == XH_JSON_NAME) {
        code = member_read(req, r, xh_json_text(r), ret, err);
    }
    if (code >= 0 && type != XH_JSON_OBJECT_END) {
        code = expected(r, err);
    }
    if (code >= 0 && ret->message.topic.len == 0) {
        code = xh_err_field(err, XH_E_INVALID, "topic", XH_STR(""), "a text", NULL,
                            "topic is missing");
    }
    return code < 0 || !ret->is_hex ? code : bytes_of_hex(req, &ret->message.payload, err);
}

/* A rule as it would be written down, checked as then. */
static int rule_read(struct xh__request *req, struct xh_str json,
                     const struct xh_mapping_rule **ret, struct xh_err *err)
{
    const struct xh_record_type *type = xh_engine_record_type(req->server->engine,
                                                              XH_STR("core.mapping_rule"));
    struct xh_record record = {.type = type};
    struct xh_json_reader *r = xh_json_reader_create(req->arena, json);
    struct xh_in in = {.record = &record};
    struct xh_out out = {NULL};
    record.doc = xh_doc_create(req->arena, &type->shape);
    int code = xh_doc_read_json(record.doc, r, err);
    if (code >= 0 && xh_doc_is_null(record.doc, "code")) {
        xh_doc_set_string(record.doc, "code", "new");
    }
    if (code >= 0 && xh_doc_is_null(record.doc, "name")) {
        xh_doc_set_string(record.doc, "name", "new");
    }
    if (code >= 0 && xh_doc_is_null(record.doc, "sort_order")) {
        xh_doc_set_int(record.doc, "sort_order", 0);
    }
    code = code < 0 ? code : xh_doc_check(record.doc, err);
    code = code < 0 ? code : type->check(&req->ctx, &in, &out, err);
    code = code < 0 ? code : xh_mapping_rule_read(&req->ctx, record.doc, ret, err);
    if (code < 0) {
        xh_err_prefix(err, "rule.");
    }
    return code;
}

static void write_series(struct xh__request *req, struct xh_json_writer *w,
                         const struct xh_mapping_reading *r)
{
    const struct xh_series *series = NULL;
    bool is_known = xh_series_get(&req->ctx, r->series, &series, NULL) >= 0;
    xh_json_member_str(w, "series", r->series);
    xh_json_member_bool(w, "is_known", is_known);
    xh_json_member_string(w, "kept_unit", is_known ? series->unit->symbol : NULL);
    xh_json_member_bool(w, "is_made", !is_known && r->creates);
    xh_series_put(series);
}

static void write_reading(struct xh__request *req, struct xh_json_writer *w,
                          const struct xh_mapping_reading *r)
{
    xh_json_object(w);
    xh_json_member_str(w, "name", r->name);
    write_series(req, w, r);
    xh_json_member_time_or_null(w, "time", r->at_us);
    xh_json_name(w, "value");
    if (r->has_dec) {
        xh_json_dec(w, r->dec);
    } else {
        xh_json_num(w, r->value);
    }
    xh_json_member_str(w, "unit", r->unit);
    xh_json_member_str(w, "kind", r->kind);
    xh_json_member_str(w, "quantity", r->quantity);
    xh_json_member_str(w, "device", r->device);
    xh_json_member_str(w, "place", r->place);
    xh_json_name(w, "quality");
    xh__quality_write(w, r->quality);
    xh_json_object_end(w);
}

enum { SHOWN_MAX = 1000 };

static int respond_trying(struct xh__request *req, const struct xh_mapping_result *result)
{
    struct xh_json_writer w;
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_member_str(&w, "rule", result->rule);
    xh_json_member_bool(&w, "is_discovery", result->discoverer != NULL);
    xh_json_member_int(&w, "count", (int64_t)result->count);
    xh_json_name(&w, "readings");
    xh_json_array(&w);
    for (size_t i = 0; i < result->count && i < SHOWN_MAX; i++) {
        write_reading(req, &w, &result->readings[i]);
    }
    xh_json_array_end(&w);
    xh_json_name(&w, "faults");
    xh_json_array(&w);
    for (size_t i = 0; i < result->fault_count; i++) {
        xh_json_object(&w);
        xh_json_member_str(&w, "rule", result->faults[i].rule);
        xh_json_member_str(&w, "name", result->faults[i].name);
        xh_json_member_str(&w, "text", xh_str_from(result->faults[i].err.text));
        xh_json_object_end(&w);
    }
    xh_json_array_end(&w);
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}

int xh__mapping_try_post(struct xh__request *req, struct xh_err *err)
{
    struct trying trying = {.message = {.arrival_us = req->ctx.now_us}};
    struct xh_mapping_result result;
    const struct xh_mapping_rule *rule;
    int code = check_may_see(req, err);
    code = code < 0 ? code : trying_read(req, &trying, err);
    if (code >= 0 && trying.rule.len > 0 && !xh_str_is(trying.rule, "null")) {
        struct xh_mapping_rules rules = {&rule, 1, NULL};
        code = rule_read(req, trying.rule, &rule, err);
        code = code < 0 ? code
                        : xh_mapping_apply(req->arena, &rules, &trying.message, &result, err);
    } else if (code >= 0) {
        code = xh_mapping_try(req->server->mapping, req->arena, &trying.message, &result, err);
    }
    return code < 0 ? code : respond_trying(req, &result);
}
