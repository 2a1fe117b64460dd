/* files_api.c: POST /api/v1/files, a photo or document handed in; GET /api/v1/files/{id}, its
 * bytes; DELETE takes it back.
 *
 * What strangers handed in is never shown as a page: it goes out under the type that its first
 * bytes tell, with nosniff, as a file to keep, and with a policy under which nothing in it may
 * run. */
#include "server/records_internal.h"
#include "server/server_internal.h"
#include "service/files.h"

int xh__file_post(struct xh__request *req, struct xh_err *err)
{
    struct xh_record record;
    bool is_new = false;
    struct xh_str name = xh__request_param(req, "name");
    int code = xh_file_keep(&req->ctx, name.len > 0 ? name : XH_STR("file"), xh_buf_str(&req->body),
                            &record, &is_new, err);
    if (code < 0) {
        return code;
    }
    struct xh_str location = xh_arena_format(req->arena, "/api/v1/files/%lld",
                                             (long long)record.id);
    xh__respond_header(req, "Location", location.ptr);
    return xh__record_respond(req, &record, is_new ? 201 : 200, err);
}

int xh__file_delete(struct xh__request *req, struct xh_err *err)
{
    int64_t id = 0;
    int code = xh__request_path_id(req, "id", &id, err);
    code = code < 0 ? code : xh_file_drop(&req->ctx, id, err);
    return code < 0 ? code : xh__respond_empty(req, 204);
}

/* A name that a header can carry: letters, digits, and what is harmless; the rest is '_'. */
static const char *plain_name(struct xh_arena *arena, struct xh_str name)
{
    char *plain = xh_arena_text(arena, name);
    for (char *c = plain; *c != '\0'; c++) {
        bool is_plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                        (*c >= '0' && *c <= '9') || *c == '.' || *c == '-';
        *c = is_plain ? *c : '_';
    }
    return plain;
}

int xh__file_get(struct xh__request *req, struct xh_err *err)
{
    struct xh_record record;
    int64_t id = 0;
    int code = xh__request_path_id(req, "id", &id, err);
    code = code < 0 ? code : xh_file_load(&req->ctx, id, &record, &req->out, err);
    if (code < 0) {
        return code;
    }
    struct xh_str disposition = xh_arena_format(req->arena, "attachment; filename=\"%s\"",
                                                plain_name(req->arena,
                                                           xh_doc_text(record.doc, "name")));
    xh__respond_header(req, "Content-Disposition", disposition.ptr);
    xh__respond_header(req, "Content-Security-Policy", "default-src 'none'; sandbox");
    xh__respond_header(req, "Cache-Control", "private, max-age=86400");
    return xh__respond_text(req, 200,
                            xh_file_media_type(xh_buf_str(&req->out)) != NULL
                                ? xh_file_media_type(xh_buf_str(&req->out))
                                : "application/octet-stream");
}
