/* request.c: what came: path and parameters decoded, headers, the body unpacked, values by type. */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/gzip.h"
#include "base/num.h"
#include "server/server_internal.h"
#include "service/records.h"

enum { PATH_BYTES_MAX = 2048, QUERY_BYTES_MAX = 16384, UNPACKED_TIMES_MAX = 4 };

/* ---- decoding ---- */

int xh__url_decode(struct xh_arena *arena, struct xh_str text, bool plus_is_space,
                   struct xh_str *ret, struct xh_err *err)
{
    char *out = xh_arena_alloc(arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '%') {
            bool has_two = text.len - i > 2;
            int high = has_two ? xh_char_hex(text.ptr[i + 1]) : -1;
            int low = has_two ? xh_char_hex(text.ptr[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return xh_err_set(err, XH_E_INVALID,
                                  "a %% in the address is not followed by two "
                                  "hexadecimal digits");
            }
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        if (c == '\0') {
            return xh_err_set(err, XH_E_INVALID, "the address holds a NUL character");
        }
        out[len++] = c;
    }
    struct xh_str decoded = {out, len};
    if (!xh_utf8_is_valid(decoded)) {
        return xh_err_set(err, XH_E_INVALID, "the address is not valid UTF-8");
    }
    *ret = decoded;
    return XH_E_OK;
}

int xh__query_parse(struct xh_arena *arena, struct xh_str query, struct xh__param *params,
                    size_t capacity, size_t *ret_count, struct xh_err *err)
{
    struct xh_str part;
    size_t count = 0;
    while (xh_str_split(&query, '&', &part)) {
        if (part.len == 0) {
            continue;
        }
        if (count == capacity) {
            return xh_err_set(err, XH_E_INVALID, "the address has more than %zu parameters",
                              capacity);
        }
        ptrdiff_t equal = xh_str_find_char(part, '=');
        struct xh_str name = equal < 0 ? part : xh_str_sub(part, 0, (size_t)equal);
        struct xh_str value = equal < 0 ? XH_STR("")
                                        : xh_str_sub(part, (size_t)equal + 1, part.len);
        int code = xh__url_decode(arena, name, true, &name, err);
        code = code < 0 ? code : xh__url_decode(arena, value, true, &value, err);
        if (code < 0) {
            return code;
        }
        params[count++] = (struct xh__param){name.ptr, name.len, value};
    }
    *ret_count = count;
    return XH_E_OK;
}

static unsigned method_parse(const char *method)
{
    static const unsigned methods[] = {XH__GET, XH__POST, XH__PUT, XH__PATCH, XH__DELETE,
                                       XH__OPTIONS};
    for (size_t i = 0; i < XH_COUNT(methods); i++) {
        if (strcmp(method, xh__method_name(methods[i])) == 0) {
            return methods[i];
        }
    }
    return 0;
}

static int blame_address(const char *part, struct xh_str sent, struct xh_err *err)
{
    struct xh_err told = *err;
    sent = xh_utf8_is_valid(sent) ? sent : XH_STR("");
    return xh_err_field(err, told.code, part, sent, "UTF-8, at most 64 parameters", NULL, "%s",
                        told.text);
}

int xh__request_parse(struct xh__request *req, const char *method, struct xh_err *err)
{
    req->is_head = strcmp(method, "HEAD") == 0;
    req->method = req->is_head ? XH__GET : method_parse(method);
    req->method_text = xh_arena_str(req->arena, xh_str_sub(xh_str_from(method), 0, 20));
    ptrdiff_t mark = xh_str_find_char(req->uri, '?');
    size_t end = mark < 0 ? req->uri.len : (size_t)mark;
    struct xh_str path = xh_str_sub(req->uri, 0, end);
    struct xh_str query = xh_str_sub(req->uri, end + 1, req->uri.len);
    if (path.len > PATH_BYTES_MAX || query.len > QUERY_BYTES_MAX) {
        bool is_path = path.len > PATH_BYTES_MAX;
        char limit[32];
        (void)snprintf(limit, sizeof limit, "%d", is_path ? PATH_BYTES_MAX : QUERY_BYTES_MAX);
        return xh_err_field(err, XH_E_INVALID, is_path ? "path" : "query", XH_STR("longer"), limit,
                            "bytes", "the %s of the address is longer than %s bytes",
                            is_path ? "path" : "query", limit);
    }
    int code = xh__url_decode(req->arena, path, false, &req->path, err);
    if (code < 0) {
        return blame_address("path", path, err);
    }
    code = xh__query_parse(req->arena, query, req->params, XH__PARAMS_MAX, &req->param_count, err);
    return code < 0 ? blame_address("query", query, err) : XH_E_OK;
}

/* ---- asking ---- */

static bool param_is(const struct xh__param *param, const char *name)
{
    return strlen(name) == param->name_len && memcmp(name, param->name, param->name_len) == 0;
}

bool xh__request_has(const struct xh__request *req, const char *name)
{
    for (size_t i = 0; i < req->param_count; i++) {
        if (param_is(&req->params[i], name)) {
            return true;
        }
    }
    return false;
}

struct xh_str xh__request_param(const struct xh__request *req, const char *name)
{
    for (size_t i = 0; i < req->param_count; i++) {
        if (param_is(&req->params[i], name)) {
            return req->params[i].value;
        }
    }
    return (struct xh_str){NULL, 0};
}

struct xh_str xh__request_path(const struct xh__request *req, const char *name)
{
    for (size_t i = 0; i < req->path_param_count; i++) {
        if (param_is(&req->path_params[i], name)) {
            return req->path_params[i].value;
        }
    }
    xh_assert(!"the route has this path parameter");
}

int xh__request_path_id(const struct xh__request *req, const char *name, int64_t *ret,
                        struct xh_err *err)
{
    struct xh_str text = xh__request_path(req, name);
    int64_t id = 0;
    if (xh_int_parse(text, &id) < 0 || id <= 0) {
        return xh_err_field(err, XH_E_NOT_FOUND, name, text, "a whole number above 0", NULL,
                            "there is nothing with the id \"%.*s\"", XH_STR_ARG(text));
    }
    *ret = id;
    return XH_E_OK;
}

struct xh_str xh__request_header(const struct xh__request *req, const char *name)
{
    return xh_str_from(MHD_lookup_connection_value(req->connection, MHD_HEADER_KIND, name));
}

bool xh__request_is_type(const struct xh__request *req, const char *media_type)
{
    struct xh_str type = xh__request_header(req, "Content-Type");
    ptrdiff_t end = xh_str_find_char(type, ';');
    type = xh_str_trim(end < 0 ? type : xh_str_sub(type, 0, (size_t)end));
    return xh_str_equal_nocase(type, xh_str_from(media_type));
}

bool xh__request_is_from_here(const struct xh__request *req)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(req->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *peer = info != NULL ? info->client_addr : NULL;
    if (req->is_local || peer == NULL) {
        return req->is_local;
    }
    if (peer->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)peer;
        return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
    }
    const struct sockaddr_in6 *v6 = (const void *)peer;
    return peer->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

void xh__request_blame_body(const struct xh__request *req, size_t bytes_max, struct xh_err *err)
{
    enum { SHOWN_BYTES = 60 };
    char limit[32] = "";
    bool is_of_input = err->code == XH_E_INVALID || err->code == XH_E_TOO_LARGE;
    bool is_of_body = req->body.len > 0 || xh_str_starts(xh_str_from(err->text), XH_STR("json at"));
    if (!is_of_input || !is_of_body || err->field[0] != '\0') {
        return;
    }
    struct xh_str start = xh_str_sub(xh_buf_str(&req->body), 0, SHOWN_BYTES);
    start = xh_utf8_is_valid(start) ? start : XH_STR("");
    if (bytes_max > 0 && err->code == XH_E_TOO_LARGE) {
        (void)snprintf(limit, sizeof limit, "%zu", bytes_max);
    }
    struct xh_err told = *err;
    (void)xh_err_field(err, told.code, "body", start, limit, limit[0] != '\0' ? "bytes" : NULL,
                       "%s", told.text);
}

/* Piece by piece, so that all requests together unpack no more than there is room for. */
static int unpack(struct xh__request *req, struct xh_gunzip *z, struct xh_buf *out,
                  struct xh_err *err)
{
    enum { PIECE_BYTES = 16384 };
    int code = XH_E_OK;
    for (size_t at = 0; code >= 0 && at < req->body.len; at += PIECE_BYTES) {
        size_t left = req->body.len - at, before = out->len;
        code = xh_gunzip_feed(z, req->body.ptr + at, left < PIECE_BYTES ? left : PIECE_BYTES, out,
                              err);
        code = code < 0 ? code : xh__body_account(req, out->len - before, err);
    }
    return code < 0 ? code : xh_gunzip_end(z, err);
}

int xh__request_unpack(struct xh__request *req, struct xh_err *err)
{
    struct xh_str encoding = xh_str_trim(xh__request_header(req, "Content-Encoding"));
    if (encoding.len == 0 || xh_str_equal_nocase(encoding, XH_STR("identity"))) {
        return XH_E_OK;
    }
    if (!xh_str_equal_nocase(encoding, XH_STR("gzip"))) {
        return xh_err_field(err, XH_E_UNSUPPORTED, "Content-Encoding", encoding, "gzip, identity",
                            NULL, "the encoding \"%.*s\" is not supported", XH_STR_ARG(encoding));
    }
    struct xh_buf unpacked;
    size_t max = (size_t)req->route->body_bytes_max * UNPACKED_TIMES_MAX;
    struct xh_gunzip *z = xh_gunzip_create(max, 1000);
    xh_buf_init(&unpacked, max);
    int code = unpack(req, z, &unpacked, err);
    xh_gunzip_destroy(z);
    if (code < 0) {
        xh_buf_finish(&unpacked);
        xh__request_blame_body(req, max, err);
        return code;
    }
    (void)atomic_fetch_sub(&req->server->bodies_bytes, req->body.len);
    req->body_bytes_kept -= req->body.len;
    xh_buf_finish(&req->body);
    req->body = unpacked;
    return XH_E_OK;
}

/* ---- by type ---- */

int xh__request_int(const struct xh__request *req, const char *param, int64_t min, int64_t max,
                    int64_t *ret, struct xh_err *err)
{
    struct xh_str text = xh__request_param(req, param);
    int64_t value = 0;
    if (text.len == 0) {
        return 0;
    }
    if (xh_int_parse(text, &value) < 0 || value < min || value > max) {
        char limit[64];
        (void)snprintf(limit, sizeof limit, "%lld to %lld", (long long)min, (long long)max);
        return xh_err_field(err, XH_E_INVALID, param, text, limit, NULL,
                            "%s \"%.*s\" is not a whole number from %s", param, XH_STR_ARG(text),
                            limit);
    }
    *ret = value;
    return 1;
}

/* In a query string a '+' stands for a blank: "...T08:00:00+07:00" is taken as it was meant. */
static int time_parse(struct xh_arena *arena, struct xh_str text, int64_t *ret_us)
{
    enum { OFFSET_LEN = 6 }; /* "+07:00" */
    if (text.len > OFFSET_LEN && text.ptr[text.len - OFFSET_LEN] == ' ') {
        char *copy = xh_arena_text(arena, text);
        copy[text.len - OFFSET_LEN] = '+';
        text.ptr = copy;
    }
    return xh_time_parse(text, ret_us, NULL);
}

int xh__request_time(const struct xh__request *req, const char *param, const struct xh_zone *zone,
                     int64_t *ret_us, struct xh_err *err)
{
    struct xh_str text = xh__request_param(req, param);
    int32_t day = 0;
    if (text.len == 0) {
        return 0;
    }
    if (zone != NULL && xh_day_parse(text, &day, NULL) >= 0) {
        *ret_us = xh_zone_day_start_us(zone, day);
        return 1;
    }
    if (time_parse(req->arena, text, ret_us) < 0) {
        return xh_err_field(err, XH_E_INVALID, param, text,
                            "2025-06-15 or 2025-06-15T08:00:00+07:00", NULL,
                            "%s \"%.*s\" is neither a date nor an instant", param,
                            XH_STR_ARG(text));
    }
    return 1;
}

int xh__day_parse(const char *field, struct xh_str text, int32_t *ret, struct xh_err *err)
{
    if (xh_day_parse(text, ret, NULL) < 0) {
        return xh_err_field(err, XH_E_INVALID, field, text, "a date such as 2025-06-15", NULL,
                            "%s \"%.*s\" is not a date", field, XH_STR_ARG(text));
    }
    return XH_E_OK;
}

int xh__request_day(const struct xh__request *req, const char *param, struct xh_doc *doc,
                    struct xh_err *err)
{
    struct xh_str text = xh__request_param(req, param);
    int32_t day = 0;
    if (text.len == 0) {
        return XH_E_OK;
    }
    int code = xh__day_parse(param, text, &day, err);
    if (code >= 0) {
        xh_doc_set_int(doc, param, day);
    }
    return code;
}

int xh__request_bool(const struct xh__request *req, const char *param, bool *ret,
                     struct xh_err *err)
{
    struct xh_str text = xh__request_param(req, param);
    if (!xh__request_has(req, param)) {
        return 0;
    }
    bool is_true = text.len == 0 || xh_str_is(text, "1") || xh_str_is(text, "true");
    if (!is_true && !xh_str_is(text, "0") && !xh_str_is(text, "false")) {
        return xh_err_field(err, XH_E_INVALID, param, text, "1 or 0", NULL,
                            "%s \"%.*s\" is neither 1 nor 0", param, XH_STR_ARG(text));
    }
    *ret = is_true;
    return 1;
}

int xh__request_as_known(struct xh__request *req, struct xh_err *err)
{
    int64_t at_us = 0;
    int code = xh__request_time(req, "as_known", NULL, &at_us, err);
    if (code > 0) {
        req->ctx.as_known_us = at_us;
    }
    return code < 0 ? code : XH_E_OK;
}

int xh__request_place(struct xh__request *req, const char *param, int64_t *ret, struct xh_err *err)
{
    struct xh_str text = xh__request_param(req, param);
    struct xh_record place;
    int64_t id = 0;
    if (text.len == 0) {
        *ret = 0;
        return XH_E_OK;
    }
    struct xh_err own = {0};
    int code = xh_record_find(&req->ctx, "core.place", "code", text, &place, &own);
    if (code == XH_E_NOT_FOUND && xh_int_parse(text, &id) >= 0 && id > 0) {
        code = xh_record_get(&req->ctx, "core.place", id, &place, &own);
    }
    if (code == XH_E_NOT_FOUND) {
        return xh_err_field(err, code, param, text, "a known place", NULL,
                            "there is no place \"%.*s\"", XH_STR_ARG(text));
    }
    if (code < 0) {
        *err = own;
        return code;
    }
    *ret = place.id;
    return XH_E_OK;
}

static int doc_from_params(struct xh__request *req, struct xh_doc *doc, struct xh_err *err)
{
    static const char *const ours[] = {"as", "lang", "format", "pretty", "as_known"};
    for (size_t i = 0; i < req->param_count; i++) {
        const struct xh__param *p = &req->params[i];
        struct xh_str name = {p->name, p->name_len};
        const struct xh_field *field = xh_field_find(doc->shape->fields, doc->shape->field_count,
                                                     name);
        bool is_ours = false;
        for (size_t k = 0; k < XH_COUNT(ours); k++) {
            is_ours = is_ours || xh_str_is(name, ours[k]);
        }
        if (field == NULL && !is_ours) {
            char text[64];
            (void)snprintf(text, sizeof text, "%.*s", XH_STR_ARG(name));
            return xh_err_field(err, XH_E_INVALID, text, p->value, "a known parameter", NULL,
                                "there is no parameter \"%s\" here", text);
        }
        if (field != NULL) {
            struct xh_value *v = &doc->row.values[field - doc->shape->fields];
            int code = xh_value_parse(field, p->value, req->arena, v, err);
            if (code < 0) {
                return code;
            }
        }
    }
    return XH_E_OK;
}

int xh__request_doc(struct xh__request *req, const struct xh_shape *shape, struct xh_doc **ret,
                    struct xh_err *err)
{
    struct xh_doc *doc = xh_doc_create(req->arena, shape);
    int code;
    if (req->method == XH__GET) {
        code = doc_from_params(req, doc, err);
    } else if (req->body.len == 0) {
        code = XH_E_OK; /* nothing given: required fields will say so */
    } else {
        struct xh_json_reader *r = xh_json_reader_create(req->arena, xh_buf_str(&req->body));
        code = xh_doc_read_json(doc, r, err);
        if (code >= 0 && xh_json_next(r) != XH_JSON_END) {
            code = xh_err_set(err, XH_E_INVALID, "something follows the JSON object");
        }
    }
    if (code >= 0) {
        *ret = doc;
    }
    return code;
}

int xh__request_told(int status, const struct xh_err *err, struct xh_err *ret_err)
{
    if (status < 0 && err != NULL) {
        *ret_err = *err;
    } else if (status < 0) {
        (void)xh_err_set(ret_err, status, "%s", xh_err_text(status));
    }
    return status;
}
