/* sta_batch_out.c: the answers of a batch, in the format of the batch. */
#include "base/json.h"
#include "server/sta/sta_batch_internal.h"

static const char *reason(int status)
{
    static const struct {
        int status;
        const char *text;
    } reasons[] = {
        {200, "OK"},
        {201, "Created"},
        {204, "No Content"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {409, "Conflict"},
        {413, "Content Too Large"},
        {424, "Failed Dependency"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
    };
    for (size_t i = 0; i < XH_COUNT(reasons); i++) {
        if (reasons[i].status == status) {
            return reasons[i].text;
        }
    }
    return status < 400 ? "OK" : "Error";
}

static void write_http(const struct xh__sta_request *request, struct xh_buf *out)
{
    xh_buf_add_text(out, "Content-Type: application/http\r\n"
                         "Content-Transfer-Encoding: binary\r\n");
    if (request->id.len > 0) {
        xh_buf_add_format(out, "Content-ID: %.*s\r\n", XH_STR_ARG(request->id));
    }
    xh_buf_add_format(out, "\r\nHTTP/1.1 %d %s\r\n", request->status, reason(request->status));
    if (request->location.len > 0) {
        xh_buf_add_format(out, "Location: %.*s\r\n", XH_STR_ARG(request->location));
    }
    if (request->answer_type != NULL) {
        xh_buf_add_format(out, "Content-Type: %s\r\n", request->answer_type);
    }
    xh_buf_add_format(out, "Content-Length: %zu\r\n\r\n", request->out.len);
    xh_buf_add_str(out, xh_buf_str(&request->out));
    xh_buf_add_text(out, "\r\n");
}

/* A set that failed is one answer (OData 4.0 Part 1, 11.7.4): its first request's, which is
 * marked by being the only one with a status. */
void xh__sta_multipart_write(const struct xh__sta_requests *requests, struct xh_str boundary,
                             struct xh_buf *out)
{
    uint32_t open = 0;
    for (size_t i = 0; i < requests->count; i++) {
        const struct xh__sta_request *request = &requests->items[i];
        bool is_set = request->group != 0 && request->status > 0 && request->status < 400;
        if (open != 0 && request->group != open) {
            xh_buf_add_format(out, "--%.*s_%u--\r\n", XH_STR_ARG(boundary), open);
            open = 0;
        }
        if (request->status == 0) {
            continue;
        }
        if (is_set && open == 0) {
            open = request->group;
            xh_buf_add_format(out,
                              "--%.*s\r\nContent-Type: multipart/mixed; boundary=%.*s_%u\r\n\r\n",
                              XH_STR_ARG(boundary), XH_STR_ARG(boundary), open);
        }
        if (open != 0) {
            xh_buf_add_format(out, "--%.*s_%u\r\n", XH_STR_ARG(boundary), open);
        } else {
            xh_buf_add_format(out, "--%.*s\r\n", XH_STR_ARG(boundary));
        }
        write_http(request, out);
    }
    if (open != 0) {
        xh_buf_add_format(out, "--%.*s_%u--\r\n", XH_STR_ARG(boundary), open);
    }
    xh_buf_add_format(out, "--%.*s--\r\n", XH_STR_ARG(boundary));
}

static void write_response(const struct xh__sta_request *request, struct xh_json_writer *w)
{
    bool is_json = request->answer_type != NULL &&
                   xh_str_find(xh_str_from(request->answer_type), XH_STR("json")) >= 0;
    xh_json_object(w);
    xh_json_member_str(w, "id", request->id);
    xh_json_member_int(w, "status", request->status);
    if (request->location.len > 0) {
        xh_json_member_str(w, "location", request->location);
    }
    if (request->answer_type != NULL && request->out.len > 0) {
        xh_json_name(w, "body");
        if (is_json) {
            xh_json_raw_value(w, xh_buf_str(&request->out));
        } else {
            xh_json_str(w, xh_buf_str(&request->out));
        }
    }
    xh_json_object_end(w);
}

void xh__sta_json_batch_write(const struct xh__sta_requests *requests, struct xh_buf *out)
{
    struct xh_json_writer w;
    xh_json_writer_init(&w, out, false);
    xh_json_object(&w);
    xh_json_name(&w, "responses");
    xh_json_array(&w);
    for (size_t i = 0; i < requests->count; i++) {
        if (requests->items[i].status != 0) {
            write_response(&requests->items[i], &w);
        }
    }
    xh_json_array_end(&w);
    xh_json_object_end(&w);
}
