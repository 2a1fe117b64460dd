/* sta_batch_read.c: batches read: multipart/mixed with application/http parts, of which change sets
 * are multipart again, and JSON. */
#include <string.h>

#include "base/json.h"
#include "server/sta/sta_batch_internal.h"

static int wrong(struct xh_err *err, const char *what)
{
    return xh_err_field(err, XH_E_INVALID, "body", XH_STR(""), "a batch", NULL, "the batch %s",
                        what);
}

int xh__sta_requests_add(struct xh__sta_requests *requests, const struct xh__sta_request *request,
                         struct xh_err *err)
{
    if (requests->count == XH__STA_BATCH_REQUESTS_MAX) {
        return xh_err_field(err, XH_E_TOO_LARGE, "body", XH_STR("more"), "10000", "requests",
                            "a batch has at most %d requests", XH__STA_BATCH_REQUESTS_MAX);
    }
    requests->items = xh_arena_grow(requests->arena, requests->items, &requests->room,
                                    requests->count + 1, sizeof *requests->items);
    requests->items[requests->count++] = *request;
    return XH_E_OK;
}

/* ---- multipart ---- */

bool xh__sta_boundary(struct xh_str content_type, struct xh_str *ret)
{
    struct xh_str part;
    while (xh_str_split(&content_type, ';', &part)) {
        part = xh_str_trim(part);
        if (!xh_str_equal_nocase(xh_str_sub(part, 0, 9), XH_STR("boundary="))) {
            continue;
        }
        struct xh_str value = xh_str_trim(xh_str_sub(part, 9, part.len));
        if (value.len > 1 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"') {
            value = xh_str_sub(value, 1, value.len - 2);
        }
        *ret = value;
        return value.len > 0 && value.len <= 70; /* RFC 2046, 5.1.1 */
    }
    return false;
}

/* A line without its end, CRLF or LF. False: there is none left. */
static bool line_take(struct xh_str *rest, struct xh_str *ret)
{
    if (rest->len == 0) {
        return false;
    }
    ptrdiff_t end = xh_str_find_char(*rest, '\n');
    size_t len = end < 0 ? rest->len : (size_t)end;
    *ret = xh_str_sub(*rest, 0, len);
    *rest = xh_str_sub(*rest, end < 0 ? len : len + 1, rest->len);
    if (xh_str_ends(*ret, XH_STR("\r"))) {
        ret->len--;
    }
    return true;
}

struct head {
    struct xh_str content_type, content_id, length, prefer;
};

/* Lines "Name: value" up to an empty one. */
static int head_take(struct xh_str *rest, struct head *ret, struct xh_err *err)
{
    struct xh_str line;
    *ret = (struct head){0};
    for (size_t i = 0; line_take(rest, &line); i++) {
        if (line.len == 0) {
            return XH_E_OK;
        }
        ptrdiff_t colon = xh_str_find_char(line, ':');
        if (colon < 0 || i == XH__STA_BATCH_HEADERS_MAX) {
            return wrong(err, "has a line that is no header");
        }
        struct xh_str name = xh_str_trim(xh_str_sub(line, 0, (size_t)colon));
        struct xh_str value = xh_str_trim(xh_str_sub(line, (size_t)colon + 1, line.len));
        struct xh_str *known = xh_str_equal_nocase(name, XH_STR("Content-Type"))
                                   ? &ret->content_type
                               : xh_str_equal_nocase(name, XH_STR("Content-ID")) ? &ret->content_id
                               : xh_str_equal_nocase(name, XH_STR("Content-Length")) ? &ret->length
                               : xh_str_equal_nocase(name, XH_STR("Prefer"))         ? &ret->prefer
                                                                                     : NULL;
        if (known != NULL) {
            *known = value;
        }
    }
    return XH_E_OK;
}

/* The part before the next delimiter (RFC 2046, 5.1.1): at the beginning of a line "--boundary",
 * the line's end before it belongs to it. False: there is no further part. *rest stands behind the
 * delimiter's line. */
static bool part_take(struct xh_str *rest, struct xh_str boundary, struct xh_str *ret,
                      bool *ret_is_last)
{
    struct xh_str whole = *rest, line, left = *rest;
    size_t at = 0;
    while (line_take(&left, &line)) {
        bool is_mark = xh_str_starts(line, XH_STR("--")) &&
                       xh_str_starts(xh_str_sub(line, 2, line.len), boundary);
        struct xh_str tail = is_mark ? xh_str_trim(xh_str_sub(line, 2 + boundary.len, line.len))
                                     : XH_STR("x");
        if (tail.len == 0 || xh_str_is(tail, "--")) {
            struct xh_str part = xh_str_sub(whole, 0, at);
            part.len -= xh_str_ends(part, XH_STR("\n")) ? 1 : 0;
            part.len -= xh_str_ends(part, XH_STR("\r")) ? 1 : 0;
            *ret = part;
            *ret_is_last = tail.len > 0;
            *rest = left;
            return true;
        }
        at = whole.len - left.len;
    }
    return false;
}

/* "POST Things HTTP/1.1", headers, body. */
static int http_read(struct xh_str text, const struct head *outer, uint32_t group,
                     struct xh__sta_requests *requests, struct xh_err *err)
{
    struct xh__sta_request request = {.group = group, .id = outer->content_id};
    struct xh_str line = XH_STR(""), version;
    struct head head;
    while (line.len == 0 && line_take(&text, &line)) {
        line = xh_str_trim(line);
    }
    bool is_right = xh_str_split(&line, ' ', &request.method) && line.len > 0;
    line = xh_str_trim(line);
    ptrdiff_t space = xh_str_find(line, XH_STR(" HTTP/"));
    request.url = space < 0 ? line : xh_str_trim(xh_str_sub(line, 0, (size_t)space));
    version = space < 0 ? XH_STR("HTTP/") : xh_str_sub(line, (size_t)space + 1, line.len);
    if (!is_right || request.url.len == 0 || !xh_str_starts(version, XH_STR("HTTP/"))) {
        return wrong(err, "has a part without a request line");
    }
    int code = head_take(&text, &head, err);
    request.id = request.id.len > 0 ? request.id : head.content_id;
    request.content_type = head.content_type;
    request.wants_no_body = xh_str_find(head.prefer, XH_STR("return=minimal")) >= 0;
    request.body = text;
    return code < 0 ? code : xh__sta_requests_add(requests, &request, err);
}

/* A change set within a change set is none (OData 4.0 Part 1, 11.7.2): so depth is two. */
static int multipart_read(struct xh_str body, struct xh_str boundary, uint32_t group,
                          struct xh__sta_requests *requests, struct xh_err *err)
{
    struct xh_str part, inner;
    struct head head;
    bool is_last = false;
    int code = XH_E_OK;
    if (!part_take(&body, boundary, &part, &is_last)) {
        return wrong(err, "has no part that begins with its boundary");
    }
    while (code >= 0 && !is_last) {
        if (!part_take(&body, boundary, &part, &is_last)) {
            return wrong(err, "breaks off before the last boundary");
        }
        code = head_take(&part, &head, err);
        if (code < 0) {
            return code;
        }
        bool is_set = xh_str_equal_nocase(xh_str_sub(head.content_type, 0, 15),
                                          XH_STR("multipart/mixed"));
        if (is_set && (group != 0 || !xh__sta_boundary(head.content_type, &inner))) {
            return wrong(err, group != 0 ? "has a change set within a change set"
                                         : "has a change set without a boundary");
        }
        code = is_set ? multipart_read(part, inner, ++requests->group_count, requests, err)
                      : http_read(part, &head, group, requests, err);
    }
    return code;
}

int xh__sta_multipart_parse(struct xh_str content_type, struct xh_str body,
                            struct xh__sta_requests *requests, struct xh_err *err)
{
    struct xh_str boundary;
    if (!xh__sta_boundary(content_type, &boundary)) {
        return xh_err_field(err, XH_E_INVALID, "Content-Type", xh_str_sub(content_type, 0, 60),
                            "multipart/mixed;boundary=...", NULL,
                            "the batch's Content-Type names no boundary");
    }
    return multipart_read(body, boundary, 0, requests, err);
}

/* ---- JSON ---- */

struct json_state {
    struct xh_json_reader *r;
    struct xh__sta_requests *requests;
    struct xh_str group;        /* name of the set of the last request */
    struct xh_err *err;
};

static int json_wrong(struct json_state *s, const char *what)
{
    return xh_json_error(s->r, s->err) < 0 ? XH_E_INVALID : wrong(s->err, what);
}

/* The body: an object as it is, a string as what it holds. */
static bool json_body(struct json_state *s, struct xh_str *ret)
{
    if (!xh_json_raw(s->r, ret)) {
        return false;
    }
    *ret = xh_str_trim(*ret);
    if (ret->len > 0 && ret->ptr[0] == '"') {
        struct xh_json_reader *inner = xh_json_reader_create(s->requests->arena, *ret);
        if (xh_json_next(inner) != XH_JSON_STRING) {
            return false;
        }
        *ret = xh_arena_str(s->requests->arena, xh_json_text(inner));
    }
    return true;
}

/* A name or number, as text. */
static bool json_word(struct json_state *s, struct xh_str *ret)
{
    enum xh_json_type type = xh_json_next(s->r);
    *ret = type == XH_JSON_STRING || type == XH_JSON_NUMBER
               ? xh_arena_str(s->requests->arena, xh_json_text(s->r))
               : XH_STR("");
    return type == XH_JSON_STRING || type == XH_JSON_NUMBER;
}

static bool json_headers(struct json_state *s, struct xh__sta_request *request)
{
    struct xh_str value;
    enum xh_json_type type = xh_json_next(s->r);
    while (type == XH_JSON_OBJECT || type == XH_JSON_NAME || type == XH_JSON_OBJECT_END) {
        type = xh_json_next(s->r);
        if (type == XH_JSON_OBJECT_END) {
            return true;
        }
        struct xh_str name = xh_json_text(s->r);
        if (type != XH_JSON_NAME) {
            return false;
        }
        bool is_type = xh_str_equal_nocase(name, XH_STR("Content-Type"));
        bool is_prefer = xh_str_equal_nocase(name, XH_STR("Prefer"));
        if (!json_word(s, &value)) {
            return false;
        }
        request->content_type = is_type ? value : request->content_type;
        request->wants_no_body = request->wants_no_body ||
                                 (is_prefer && xh_str_find(value, XH_STR("return=minimal")) >= 0);
    }
    return false;
}

static bool json_member(struct json_state *s, struct xh_str name, struct xh__sta_request *request,
                        struct xh_str *group)
{
    if (xh_str_is(name, "id")) {
        return json_word(s, &request->id);
    }
    if (xh_str_is(name, "method")) {
        return json_word(s, &request->method);
    }
    if (xh_str_is(name, "url")) {
        return json_word(s, &request->url);
    }
    if (xh_str_is(name, "atomicityGroup")) {
        return json_word(s, group);
    }
    if (xh_str_is(name, "dependsOn")) {
        return xh_json_raw(s->r, &request->depends_on);
    }
    if (xh_str_is(name, "headers")) {
        return json_headers(s, request);
    }
    if (xh_str_is(name, "body")) {
        return json_body(s, &request->body);
    }
    return xh_json_skip(s->r);
}

/* Requests of one group stand next to each other (OData JSON 4.01, 19.1). */
static int json_request(struct json_state *s)
{
    struct xh__sta_request request = {.content_type = XH_STR("application/json")};
    struct xh_str group = XH_STR("");
    enum xh_json_type type;
    while ((type = xh_json_next(s->r)) == XH_JSON_NAME) {
        if (!json_member(s, xh_json_text(s->r), &request, &group)) {
            return json_wrong(s, "has a request with a member of the wrong type");
        }
    }
    if (type != XH_JSON_OBJECT_END || request.method.len == 0 || request.url.len == 0 ||
        request.id.len == 0) {
        return json_wrong(s, "has a request without id, method or url");
    }
    if (group.len > 0) {
        s->requests->group_count += !xh_str_equal(group, s->group);
        request.group = s->requests->group_count;
    }
    s->group = group;
    return xh__sta_requests_add(s->requests, &request, s->err);
}

static int json_requests(struct json_state *s)
{
    enum xh_json_type type = xh_json_next(s->r);
    if (type != XH_JSON_ARRAY) {
        return json_wrong(s, "has requests that are no list");
    }
    while ((type = xh_json_next(s->r)) == XH_JSON_OBJECT) {
        int code = json_request(s);
        if (code < 0) {
            return code;
        }
    }
    return type == XH_JSON_ARRAY_END ? XH_E_OK : json_wrong(s, "has a request that is no object");
}

int xh__sta_json_batch_parse(struct xh_str body, struct xh__sta_requests *requests,
                             struct xh_err *err)
{
    struct json_state s = {.requests = requests, .err = err};
    enum xh_json_type type;
    bool has_requests = false;
    s.r = xh_json_reader_create(requests->arena, body);
    if (xh_json_next(s.r) != XH_JSON_OBJECT) {
        return json_wrong(&s, "is no object {\"requests\": [...]}");
    }
    while ((type = xh_json_next(s.r)) == XH_JSON_NAME) {
        bool is_requests = xh_str_is(xh_json_text(s.r), "requests");
        int code = is_requests ? json_requests(&s) : xh_json_skip(s.r) ? XH_E_OK : XH_E_INVALID;
        if (code < 0) {
            return xh_json_error(s.r, err) < 0 ? XH_E_INVALID : code;
        }
        has_requests = has_requests || is_requests;
    }
    bool is_whole = type == XH_JSON_OBJECT_END && xh_json_next(s.r) == XH_JSON_END;
    return is_whole && has_requests ? XH_E_OK : json_wrong(&s, "has no \"requests\"");
}
