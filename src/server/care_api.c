/* care_api.c: what the own user's commands ask of the process that owns the data folder: a copy, a
 * check, an import taken back, a job run now. A path of this machine, or work that takes minutes,
 * is nobody's business from outside: these answer on the Unix socket only. */
#include <string.h>

#include "server/server_internal.h"
#include "service/care.h"
#include "service/ingest.h"
#include "service/jobs.h"

static int need_local(const struct xh__request *req, struct xh_err *err)
{
    if (req->is_local) {
        return XH_E_OK;
    }
    return xh_err_set(err, XH_E_FORBIDDEN,
                      "this is asked through the socket in the data folder only");
}

/* ---- POST /api/v1/backup {"to": "/absolute/path"} ---- */

static const struct xh_field backup_fields[] = {
    {"to", XH_T_TEXT, XH_F_REQUIRED, "Đến thư mục", "To folder", NULL, 0, 0, 900, NULL, NULL, NULL,
     NULL},
};
static const struct xh_shape backup_shape = XH_SHAPE(backup_fields);

int xh__backup_post(struct xh__request *req, struct xh_err *err)
{
    struct xh_care_backup made;
    struct xh_json_writer w;
    struct xh_doc *doc = NULL;
    int code = need_local(req, err);
    code = code < 0 ? code : xh__request_doc(req, &backup_shape, &doc, err);
    if (code < 0) {
        return code;
    }
    struct xh_str to = xh_doc_text(doc, "to");
    if (to.len == 0 || to.ptr[0] != '/') {
        return xh_err_field(err, XH_E_INVALID, "to", to, "an absolute path", NULL,
                            "the folder '%.*s' is no absolute path",
                            XH_STR_ARG(xh_str_sub(to, 0, 100)));
    }
    code = xh_care_backup(req->server->engine, xh_arena_text(req->arena, to), NULL, NULL, &made,
                          err);
    if (code < 0) {
        return code;
    }
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_name(&w, "to");
    xh_json_str(&w, to);
    xh_json_name(&w, "series");
    xh_json_int(&w, (int64_t)made.series_count);
    xh_json_name(&w, "readings");
    xh_json_int(&w, (int64_t)made.reading_count);
    xh_json_name(&w, "readings_bytes");
    xh_json_int(&w, (int64_t)made.size_bytes);
    xh_json_object_end(&w);
    return xh__respond_json(req, 201);
}

/* ---- POST /api/v1/check ---- */

enum { FAULTS_TOLD_MAX = 100 };

struct faults {
    struct xh_json_writer *w;
    int64_t count;
};

static void tell_fault(void *arg, const char *sentence)
{
    struct faults *faults = arg;
    if (faults->count++ < FAULTS_TOLD_MAX) {
        xh_json_string(faults->w, sentence);
    }
}

int xh__check_post(struct xh__request *req, struct xh_err *err)
{
    struct xh_json_writer w;
    struct faults faults = {&w, 0};
    int code = need_local(req, err);
    if (code < 0) {
        return code;
    }
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_name(&w, "faults");
    xh_json_array(&w);
    int64_t count = xh_care_check(req->server->engine, tell_fault, &faults, err);
    if (count < 0) {
        xh_buf_clear(&req->out);
        return (int)count;
    }
    xh_json_array_end(&w);
    xh_json_name(&w, "count");
    xh_json_int(&w, count);
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}

/* ---- POST /api/v1/imports/{id}/undo ---- */

int xh__import_undo_post(struct xh__request *req, struct xh_err *err)
{
    struct xh_json_writer w;
    uint64_t count = 0;
    int64_t id = 0;
    int code = need_local(req, err);
    code = code < 0 ? code : xh__request_path_id(req, "id", &id, err);
    code = code < 0 ? code : xh_ingest_undo(&req->ctx, id, &count, err);
    if (code < 0) {
        return code;
    }
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_name(&w, "import");
    xh_json_int(&w, id);
    xh_json_name(&w, "readings");
    xh_json_int(&w, (int64_t)count);
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}

/* ---- POST /api/v1/jobs/{name}/run ---- */

int xh__job_run_post(struct xh__request *req, struct xh_err *err)
{
    struct xh_json_writer w;
    struct xh_str name = xh__request_path(req, "name");
    int code = need_local(req, err);
    code = code < 0 ? code
                    : xh_job_run(req->server->engine, xh_arena_text(req->arena, name), err);
    if (code < 0) {
        return code;
    }
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_name(&w, "job");
    xh_json_str(&w, name);
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}
