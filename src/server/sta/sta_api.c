/* sta_api.c: the routes of /v1.1 and /v1.0: a request of HTTP made into a call, and its answer.
 *
 * Links in answers are made of what the client called us: its Host, or, from a proxy on this
 * machine, what the proxy says it was called.
 *
 * Pages of other sites may read what everybody may: they are told so only where the answer is given
 * to the public or to a key that the page has shown itself, never to the rights that a browser on
 * this machine has without one. */
#include <stdio.h>
#include <string.h>

#include "server/sta/sta_read_internal.h"

enum { HOST_BYTES_MAX = 255 };

/* ---- errors ---- */

/* 18-088 (req/request-data/query-status-code) asks for 501 where an option is not supported; a
 * content type that is not is 415 everywhere. */
static int status_of(const struct xh_err *err)
{
    bool is_option = err->code == XH_E_UNSUPPORTED && strcmp(err->field, "Content-Type") != 0 &&
                     strcmp(err->field, "Content-Encoding") != 0;
    return is_option ? 501 : xh_err_http_status(err->code);
}

int xh__sta_error_write(const struct xh_err *err, struct xh_buf *out)
{
    struct xh_json_writer w;
    int status = status_of(err);
    xh_json_writer_init(&w, out, false);
    xh_json_object(&w);
    xh_json_member_int(&w, "code", status);
    xh_json_member_string(&w, "type", "error");
    xh_json_member_string(&w, "message", err->text);
    if (err->field[0] != '\0') {
        xh_json_member_string(&w, "field", err->field);
        xh_json_member_string(&w, "value", err->value);
    }
    if (err->limit[0] != '\0') {
        xh_json_member_string(&w, "limit", err->limit);
    }
    if (err->unit[0] != '\0') {
        xh_json_member_string(&w, "unit", err->unit);
    }
    xh_json_object_end(&w);
    return status;
}

bool xh__sta_is_route(const struct xh__route *route)
{
    return route != NULL && strncmp(route->pattern, "/v1.", 4) == 0;
}

void xh__sta_respond_problem(struct xh__request *req, const struct xh_err *err)
{
    xh_buf_clear(&req->out);
    int status = xh__sta_error_write(err, &req->out);
    if (err->code == XH_E_UNAUTHENTICATED) {
        xh__respond_header(req, "WWW-Authenticate", "Bearer");
    }
    (void)xh__respond_text(req, status, "application/json");
}

/* ---- who is asked, and by whom ---- */

static bool is_host(struct xh_str host)
{
    for (size_t i = 0; i < host.len; i++) {
        char c = host.ptr[i];
        bool is_letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        if (!is_letter && !xh_char_is_digit(c) && strchr(".-_:[]", c) == NULL) {
            return false;
        }
    }
    return host.len > 0 && host.len <= HOST_BYTES_MAX;
}

static struct xh_str host_of(struct xh__request *req, const char **ret_scheme)
{
    struct xh_str host = xh__request_header(req, "Host");
    const char *scheme = "http";
    if (xh__request_is_from_here(req)) {
        struct xh_str said = xh__request_header(req, "X-Forwarded-Host");
        host = is_host(said) ? said : host;
        scheme = xh_str_is(xh__request_header(req, "X-Forwarded-Proto"), "https") ? "https"
                                                                                  : scheme;
    }
    if (!is_host(host)) {
        host = xh_arena_format(req->arena, "127.0.0.1:%u", req->server->port);
    }
    *ret_scheme = scheme;
    return host;
}

/* "mqtt://host:port" beside the host of HTTP; empty: there is no MQTT. */
static struct xh_str mqtt_of(const struct xh__request *req, struct xh_str host)
{
    uint16_t port = xh_server_mqtt_port(req->server);
    size_t end = host.len;
    while (end > 0 && xh_char_is_digit(host.ptr[end - 1])) {
        end--;
    }
    bool has_port = end > 0 && host.ptr[end - 1] == ':' && end < host.len;
    host = has_port ? xh_str_sub(host, 0, end - 1) : host;
    return port == 0 ? XH_STR("")
                     : xh_arena_format(req->arena, "mqtt://%.*s:%u", XH_STR_ARG(host), port);
}

static void allow_readers(struct xh__request *req)
{
    bool has_key = xh__request_header(req, "Authorization").len > 0;
    bool is_public = req->ctx.who->roles == XH_ROLE_PUBLIC;
    if (req->method == XH__GET && (has_key || is_public)) {
        xh__respond_header(req, "Access-Control-Allow-Origin", "*");
        xh__respond_header(req, "Access-Control-Expose-Headers", "Location");
    }
}

/* The call, and what stands behind the root as it was sent. */
static int begin(struct xh__request *req, struct xh__sta_call *call, struct xh_str *ret_path,
                 struct xh_err *err)
{
    struct xh_str uri = req->uri, host;
    const char *scheme = "http";
    ptrdiff_t mark = xh_str_find(xh_str_sub(uri, 0, 8), XH_STR("://"));
    if (mark > 0) { /* absolute form, RFC 9112, 3.2.2 */
        uri = xh_str_sub(uri, (size_t)mark + 3, uri.len);
        ptrdiff_t slash = xh_str_find_char(uri, '/');
        uri = xh_str_sub(uri, slash < 0 ? uri.len : (size_t)slash, uri.len);
    }
    bool is_1_0 = xh_str_starts(uri, XH_STR("/v1.0"));
    struct xh_str rest = xh_str_sub(uri, 5, uri.len);
    bool is_root = is_1_0 || xh_str_starts(uri, XH_STR("/v1.1"));
    *call = (struct xh__sta_call){.ctx = &req->ctx, .is_1_0 = is_1_0};
    if (!is_root || (rest.len > 0 && rest.ptr[0] != '/' && rest.ptr[0] != '?')) {
        return xh_err_field(err, XH_E_NOT_FOUND, "path", xh_str_sub(req->path, 0, 90), NULL, NULL,
                            "there is nothing at \"%.*s\"",
                            XH_STR_ARG(xh_str_sub(req->path, 0, 90)));
    }
    host = host_of(req, &scheme);
    call->root = xh_arena_format(req->arena, "%s://%.*s/%s", scheme, XH_STR_ARG(host),
                                 is_1_0 ? "v1.0" : "v1.1");
    call->mqtt = rest.len <= 1 ? mqtt_of(req, host) : XH_STR(""); /* for the root document */
    call->wants_no_body = xh_str_find(xh__request_header(req, "Prefer"),
                                      XH_STR("return=minimal")) >= 0;
    allow_readers(req);
    *ret_path = rest;
    return XH_E_OK;
}

static int answer_with(struct xh__request *req, const struct xh__sta_answer *answer)
{
    if (answer->location.len > 0) {
        xh__respond_header(req, "Location", xh_arena_text(req->arena, answer->location));
    }
    return answer->content_type == NULL && req->out.len == 0
               ? xh__respond_empty(req, answer->status)
               : xh__respond_text(req, answer->status, answer->content_type);
}

/* ---- methods ---- */

static int perform(struct xh__request *req, const char *method, struct xh_err *err)
{
    struct xh__sta_call call;
    struct xh__sta_answer answer = {.out = &req->out};
    struct xh_str path;
    int code = begin(req, &call, &path, err);
    code = code < 0 ? code
                    : xh__sta_perform(&call, xh_str_from(method), path,
                                      xh__request_header(req, "Content-Type"),
                                      xh_buf_str(&req->body), &answer, err);
    return code < 0 ? code : answer_with(req, &answer);
}

int xh__sta_get(struct xh__request *req, struct xh_err *err)
{
    return perform(req, "GET", err);
}

int xh__sta_patch(struct xh__request *req, struct xh_err *err)
{
    return perform(req, "PATCH", err);
}

int xh__sta_put(struct xh__request *req, struct xh_err *err)
{
    return perform(req, "PUT", err);
}

int xh__sta_delete_req(struct xh__request *req, struct xh_err *err)
{
    return perform(req, "DELETE", err);
}

bool xh__sta_post_at_once(struct xh__request *req)
{
    struct xh__sta_call call;
    struct xh_str path;
    bool is_plain = req->route->handler == xh__sta_post &&
                    xh__request_header(req, "Content-Encoding").len == 0 &&
                    xh__request_is_quickly_known(req);
    return is_plain && xh__request_identify(req, NULL) >= 0 &&
           begin(req, &call, &path, NULL) >= 0 && xh__sta_quick_at_once(req, &call, path);
}

int xh__sta_post(struct xh__request *req, struct xh_err *err)
{
    struct xh__sta_call call;
    struct xh__sta_answer answer = {.out = &req->out};
    struct xh_str path, content_type = xh__request_header(req, "Content-Type");
    int code = begin(req, &call, &path, err);
    if (code < 0) {
        return code;
    }
    ptrdiff_t mark = xh_str_find_char(path, '?');
    struct xh_str bare = mark < 0 ? path : xh_str_sub(path, 0, (size_t)mark);
    if (xh_str_is(bare, "/$batch") || xh_str_is(bare, "/%24batch")) {
        code = xh__sta_batch(&call, content_type, xh_buf_str(&req->body), &answer, err);
        return code < 0 ? code : answer_with(req, &answer);
    }
    code = xh__sta_quick_post(req, &call, bare, err);
    if (code != XH__STA_NOT_QUICK) {
        return code;
    }
    code = xh__sta_perform(&call, XH_STR("POST"), path, content_type, xh_buf_str(&req->body),
                           &answer, err);
    return code < 0 ? code : answer_with(req, &answer);
}
