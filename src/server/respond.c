/* respond.c: what goes back. */
#include <microhttpd.h>
#include <string.h>

#include "base/gzip.h"
#include "server/server_internal.h"

enum { GZIP_FROM_BYTES = 1400, GZIP_LEVEL = 1 };

void xh__respond_header(struct xh__request *req, const char *name, const char *value)
{
    xh_assert(req->header_count < XH__HEADERS_MAX);
    req->headers[req->header_count].name = name;
    req->headers[req->header_count].value = xh_arena_text(req->arena, xh_str_from(value));
    req->header_count++;
}

void xh__respond_begin(struct xh__request *req, struct xh_json_writer *w)
{
    xh_buf_clear(&req->out);
    xh_json_writer_init(w, &req->out, xh__request_has(req, "pretty"));
}

int xh__respond_json(struct xh__request *req, int status)
{
    return xh__respond_text(req, status, "application/json");
}

int xh__respond_text(struct xh__request *req, int status, const char *content_type)
{
    if (req->out.is_over) {
        struct xh_err err = {0};
        (void)xh_err_set(&err, XH_E_TOO_LARGE,
                         "the answer would be longer than %zu bytes; ask for "
                         "less",
                         req->out.max_bytes);
        xh__respond_problem(req, &err);
        return XH_E_OK;
    }
    req->status = status;
    req->content_type = content_type;
    return XH_E_OK;
}

int xh__respond_empty(struct xh__request *req, int status)
{
    xh_buf_clear(&req->out);
    return xh__respond_text(req, status, NULL);
}

void xh__problem_write(struct xh_json_writer *w, const struct xh_err *err)
{
    xh_json_member_string_if_any(w, "type", "about:blank");
    xh_json_member_string_if_any(w, "title", xh_err_text(err->code));
    xh_json_member_int(w, "status", xh_err_http_status(err->code));
    xh_json_member_string_if_any(w, "detail", err->text);
    xh_json_member_string_if_any(w, "code", xh_err_name(err->code));
    if (err->field[0] != '\0') {
        xh_json_member_string_if_any(w, "field", err->field);
        xh_json_member_string(w, "value", err->value);
        xh_json_member_string_if_any(w, "limit", err->limit);
        xh_json_member_string_if_any(w, "unit", err->unit);
    }
    xh_json_member_bool(w, "retry", xh_err_is_retryable(err->code) != 0);
}

void xh__respond_problem(struct xh__request *req, const struct xh_err *err)
{
    struct xh_json_writer w;
    if (xh__lines_is_route(req->route)) {
        xh__lines_respond_problem(req, err);
        return;
    }
    if (xh__sta_is_route(req->route)) {
        xh__sta_respond_problem(req, err);
        return;
    }
    xh_buf_clear(&req->out);
    xh_json_writer_init(&w, &req->out, false);
    xh_json_object(&w);
    xh__problem_write(&w, err);
    xh_json_object_end(&w);
    if (err->code == XH_E_UNAUTHENTICATED) {
        xh__respond_header(req, "WWW-Authenticate", "Bearer");
    }
    (void)xh__respond_text(req, xh_err_http_status(err->code), "application/problem+json");
}

/* ---- to the library ---- */

bool xh__accepts_gzip(const struct xh__request *req)
{
    struct xh_str rest = xh__request_header(req, "Accept-Encoding");
    struct xh_str part;
    while (xh_str_split(&rest, ',', &part)) {
        part = xh_str_trim(part);
        if (xh_str_equal_nocase(xh_str_sub(part, 0, 4), XH_STR("gzip"))) {
            return xh_str_find(part, XH_STR("q=0")) < 0;
        }
    }
    return false;
}

static void pack(struct xh__request *req, struct MHD_Response **response)
{
    struct xh_buf packed;
    xh_buf_init(&packed, 0);
    if (xh_gzip(xh_buf_str(&req->out), GZIP_LEVEL, &packed, NULL) >= 0 &&
        packed.len < req->out.len) {
        *response = MHD_create_response_from_buffer(packed.len, packed.ptr, MHD_RESPMEM_MUST_COPY);
        (void)MHD_add_response_header(*response, "Content-Encoding", "gzip");
        (void)MHD_add_response_header(*response, "Vary", "Accept-Encoding");
    }
    xh_buf_finish(&packed);
}

static void common_headers(const struct xh__request *req, struct MHD_Response *response)
{
    if (req->content_type != NULL) {
        (void)MHD_add_response_header(response, "Content-Type", req->content_type);
    }
    (void)MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    (void)MHD_add_response_header(response, "Referrer-Policy", "same-origin");
    bool says_caching = false;
    for (size_t i = 0; i < req->header_count; i++) {
        says_caching = says_caching || strcmp(req->headers[i].name, "Cache-Control") == 0;
        (void)MHD_add_response_header(response, req->headers[i].name, req->headers[i].value);
    }
    if (!says_caching) {
        (void)MHD_add_response_header(response, "Cache-Control", "no-store");
    }
}

/* The buffer stays with the request, which the library outlives only until `completed`: so the
 * answer borrows it. An event stream or a file is a response made by its handler. */
int xh__respond_queue(struct xh__request *req)
{
    struct MHD_Response *response = req->stream;
    xh_assert(req->status != 0);
    if (response == NULL && req->fixed.ptr != NULL) {
        response = MHD_create_response_from_buffer(req->fixed.len,
                                                   (void *)(uintptr_t)req->fixed.ptr,
                                                   MHD_RESPMEM_PERSISTENT);
    }
    if (response == NULL && req->out.len >= GZIP_FROM_BYTES && xh__accepts_gzip(req)) {
        pack(req, &response);
    }
    if (response == NULL) {
        response = MHD_create_response_from_buffer(req->out.len, req->out.ptr,
                                                   MHD_RESPMEM_PERSISTENT);
    }
    if (response == NULL) {
        return 0;
    }
    common_headers(req, response);
    enum MHD_Result result = MHD_queue_response(req->connection, (unsigned)req->status, response);
    MHD_destroy_response(response);
    req->stream = NULL;
    return result == MHD_YES;
}
