/* care_api.c: what the own user's commands ask of the process that owns the data folder: a copy, a
 * check, a meter with all that it hangs on, an import ended or taken back, a job run now. A path of
 * this machine, or work that takes minutes, is nobody's business from outside: these answer on the
 * Unix socket only. */
#include <string.h>

#include "server/server_internal.h"
#include "service/care.h"
#include "service/ingest.h"
#include "service/jobs.h"
#include "service/own.h"
#include "service/records.h"
#include "service/registry.h"

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
    xh_json_member_str(&w, "to", to);
    xh_json_member_int(&w, "series", (int64_t)made.series_count);
    xh_json_member_int(&w, "readings", (int64_t)made.reading_count);
    xh_json_member_int(&w, "readings_bytes", (int64_t)made.size_bytes);
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
    xh_json_member_int(&w, "count", count);
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}

/* ---- POST /api/v1/meters ---- */

#define TEXT(name)                                                                                 \
    {                                                                                              \
        name, XH_T_TEXT, 0, name, name, NULL, 0, 0, 0, NULL, NULL, NULL, NULL                      \
    }
static const struct xh_field meter_fields[] = {
    TEXT("series"),
    TEXT("place"),
    TEXT("place_kind"),
    TEXT("zone"),
    TEXT("device"),
    TEXT("device_kind"),
    TEXT("owner"),
    TEXT("name"),
    TEXT("quantity"),
    TEXT("unit"),
    TEXT("kind"),
    TEXT("stamp"),
    TEXT("tariff"),
    TEXT("direction"),
    TEXT("source_zone"),
    {"period_s", XH_T_INT, 0, "period_s", "period_s", "s", 0, 31622400, 0, NULL, NULL, NULL, NULL},
    {"modulus", XH_T_REAL, 0, "modulus", "modulus", NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
};
static const struct xh_shape meter_shape = XH_SHAPE(meter_fields);

int xh__meter_post(struct xh__request *req, struct xh_err *err)
{
    struct xh_json_writer w;
    struct xh_doc *doc = NULL;
    int64_t id = 0;
    int code = need_local(req, err);
    code = code < 0 ? code : xh__request_doc(req, &meter_shape, &doc, err);
    if (code < 0) {
        return code;
    }
    const struct xh_meter_spec spec = {
        .place = xh_doc_text(doc, "place"),
        .place_kind = xh_doc_text(doc, "place_kind"),
        .zone = xh_doc_text(doc, "zone"),
        .device = xh_doc_text(doc, "device"),
        .device_kind = xh_doc_text(doc, "device_kind"),
        .owner = xh_doc_text(doc, "owner"),
        .series = xh_doc_text(doc, "series"),
        .name = xh_doc_text(doc, "name"),
        .quantity = xh_doc_text(doc, "quantity"),
        .unit = xh_doc_text(doc, "unit"),
        .kind = xh_doc_text(doc, "kind"),
        .stamp = xh_doc_text(doc, "stamp"),
        .tariff = xh_doc_text(doc, "tariff"),
        .direction = xh_doc_text(doc, "direction"),
        .source_zone = xh_doc_text(doc, "source_zone"),
        .period_s = xh_doc_int(doc, "period_s"),
        .modulus = xh_doc_real(doc, "modulus"),
    };
    code = xh_registry_meter(&req->ctx, &spec, &id, err);
    if (code < 0) {
        return code;
    }
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_member_int(&w, "series_id", id);
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}

/* ---- POST /api/v1/imports/{id}/finish, .../undo ----
 *
 * finish with goes_on only keeps what was written so far, so that an import whose command is killed
 * can be taken back. */

#define COUNT_OF(name)                                                                             \
    {                                                                                              \
        name, XH_T_INT, 0, name, name, NULL, 0, 9e15, 0, NULL, NULL, NULL, NULL                    \
    }
static const struct xh_field span_fields[] = {
    {"series", XH_T_REF, XH_F_REQUIRED, "series", "series", NULL, 0, 0, 0, NULL, "core.series",
     NULL, NULL},
    COUNT_OF("seq_from"),
    COUNT_OF("seq_to"),
};
static const struct xh_field refusal_fields[] = {
    COUNT_OF("line"),
    TEXT("value"),
    {"reason", XH_T_TEXT, 0, "reason", "reason", NULL, 0, 0, 300, NULL, NULL, NULL, NULL},
};
static const struct xh_part finish_parts[] = {
    {"spans", "spans", "spans", span_fields, XH_COUNT(span_fields), 10000},
    {"refusals", "refusals", "refusals", refusal_fields, XH_COUNT(refusal_fields), 1000},
};
static const struct xh_field finish_fields[] = {
    COUNT_OF("rows"),
    COUNT_OF("taken"),
    COUNT_OF("late"),
    COUNT_OF("duplicate"),
    COUNT_OF("corrected"),
    COUNT_OF("refused"),
    {"has_failed", XH_T_BOOL, 0, "has_failed", "has_failed", NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
    {"goes_on", XH_T_BOOL, 0, "goes_on", "goes_on", NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
};
enum { FINISH_COUNTS = 6 };
static const struct xh_shape finish_shape = XH_SHAPE_PARTS(finish_fields, finish_parts);

/* The rows of `to` become those of `from`. */
static void copy_part(struct xh_doc *to, const struct xh_doc *from, const struct xh_part *part)
{
    for (size_t i = 0; i < to->shape->part_count; i++) {
        if (strcmp(to->shape->parts[i].name, part->name) == 0) {
            to->parts[i].count = 0;
        }
    }
    for (size_t row = 0; row < xh_doc_count(from, part->name); row++) {
        size_t made = xh_doc_add(to, part->name);
        for (size_t i = 0; i < part->field_count; i++) {
            *xh_doc_put(to, part->name, made, part->fields[i].name) =
                *xh_doc_at(from, part->name, row, part->fields[i].name);
        }
    }
}

static int fill_import(struct xh__request *req, int64_t id, const struct xh_doc *doc,
                       struct xh_err *err)
{
    struct xh_record import;
    int code = xh_record_get(&req->ctx, "core.import", id, &import, err);
    if (code < 0) {
        return code;
    }
    for (size_t i = 0; i < FINISH_COUNTS; i++) {
        xh_doc_set_int(import.doc, finish_fields[i].name, xh_doc_int(doc, finish_fields[i].name));
    }
    for (size_t i = 0; i < XH_COUNT(finish_parts); i++) {
        copy_part(import.doc, doc, &finish_parts[i]);
    }
    return xh_record_put(&req->ctx, &import, err);
}

/* The states of an import are the program's to move: here it moves them, in the name of who asked.
 */
static int import_verb(struct xh__request *req, int64_t id, const char *verb, struct xh_err *err)
{
    struct xh_who who = *req->ctx.who;
    struct xh_ctx ctx = req->ctx;
    struct xh_record import;
    who.roles |= XH_ROLE_ENGINE;
    ctx.who = &who;
    return xh_record_verb(&ctx, "core.import", id, verb, NULL, &import, err);
}

int xh__import_finish_post(struct xh__request *req, struct xh_err *err)
{
    struct xh_json_writer w;
    struct xh_doc *doc = NULL;
    int64_t id = 0;
    int code = need_local(req, err);
    code = code < 0 ? code : xh__request_path_id(req, "id", &id, err);
    code = code < 0 ? code : xh__request_doc(req, &finish_shape, &doc, err);
    code = code < 0 ? code : fill_import(req, id, doc, err);
    if (code >= 0 && !xh_doc_int(doc, "goes_on")) {
        code = import_verb(req, id, xh_doc_int(doc, "has_failed") ? "fail" : "finish", err);
    }
    if (code < 0) {
        return code;
    }
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_member_int(&w, "import", id);
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}

int xh__import_undo_post(struct xh__request *req, struct xh_err *err)
{
    int code = need_local(req, err);
    return code < 0 ? code : xh__bring_undo_post(req, err);
}

/* ---- POST /api/v1/jobs/{name}/run ---- */

int xh__job_run_post(struct xh__request *req, struct xh_err *err)
{
    struct xh_json_writer w;
    struct xh_str name = xh__request_path(req, "name");
    int code = need_local(req, err);
    code = code < 0 ? code : xh_job_run(req->server->engine, xh_arena_text(req->arena, name), err);
    if (code < 0) {
        return code;
    }
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_member_str(&w, "job", name);
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}
