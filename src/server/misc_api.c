/* misc_api.c: is it up, who am I, jobs, and the files of the web app. */
#include <string.h>

#include "server/server_internal.h"
#include "service/jobs.h"
#include "service/records.h"

int xh__health_get(struct xh__request *req, struct xh_err *err)
{
    struct xh_server *server = req->server;
    struct xh_json_writer w;
    (void)err;
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_member_string(&w, "status", "ok");
    xh_json_member_string(&w, "version", server->options.version);
    xh_json_member_int(&w, "up_s", (xh_env_now_us(server->env) - server->started_us) / XH_US_PER_S);
    xh_json_member_int(&w, "waiting", (int64_t)xh__workers_waiting(server));
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}

/* ---- me ---- */

static void write_roles(struct xh_json_writer *w, unsigned roles)
{
    xh_json_name(w, "roles");
    xh_json_array(w);
    for (unsigned bit = 1; bit <= XH_ROLE_DEVICE; bit <<= 1) {
        if ((roles & bit) != 0) {
            xh_json_string(w, xh_role_name((enum xh_role)bit));
        }
    }
    xh_json_array_end(w);
}

static int write_party(struct xh__request *req, struct xh_json_writer *w, struct xh_err *err)
{
    struct xh_record party;
    xh_json_name(w, "party");
    if (req->ctx.who->party_id == 0) {
        xh_json_null(w);
        return XH_E_OK;
    }
    int code = xh_record_get(&req->ctx, "core.party", req->ctx.who->party_id, &party, err);
    if (code < 0) {
        return code;
    }
    xh_json_object(w);
    xh_json_member_int(w, "id", party.id);
    xh_json_member_str(w, "code", xh_doc_text(party.doc, "code"));
    xh_json_member_str(w, "name", xh_doc_text(party.doc, "name"));
    xh_json_object_end(w);
    return XH_E_OK;
}

int xh__me_get(struct xh__request *req, struct xh_err *err)
{
    struct xh_json_writer w;
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_member_string(&w, "name", req->ctx.who->name);
    write_roles(&w, req->ctx.who->roles);
    int code = write_party(req, &w, err);
    if (code < 0) {
        return code;
    }
    xh_json_member_bool(&w, "demo", req->server->options.is_demo);
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}

/* ---- jobs ---- */

static int write_job(void *arg, const struct xh_job_state *state)
{
    struct xh_json_writer *w = arg;
    xh_json_object(w);
    xh_json_member_str(w, "name", state->name);
    xh_json_member_string(w, "label_vi", state->job->label_vi);
    xh_json_member_string(w, "label_en", state->job->label_en);
    xh_json_member_bool(w, "is_running", state->is_running);
    xh_json_member_int(w, "runs", state->runs);
    xh_json_member_int(w, "failures", state->failures);
    xh_json_member_int(w, "done", state->done);
    xh_json_member_int(w, "total", state->total);
    xh_json_member_time_or_null(w, "last_start", state->last_start_us);
    xh_json_member_time_or_null(w, "last_end", state->last_end_us);
    xh_json_member_time_or_null(w, "next", state->next_us);
    xh_json_member_string(w, "last_error", state->last_error[0] != '\0' ? state->last_error : NULL);
    xh_json_object_end(w);
    return 0;
}

int xh__jobs_get(struct xh__request *req, struct xh_err *err)
{
    struct xh_json_writer w;
    if ((req->ctx.who->roles & (XH_ROLE_STAFF | XH_ROLE_AUDITOR)) == 0) {
        return xh_err_set(err, XH_E_FORBIDDEN, "\"%s\" may not see the jobs", req->ctx.who->name);
    }
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_name(&w, "items");
    xh_json_array(&w);
    (void)xh_jobs_each(req->server->engine, write_job, &w);
    xh_json_array_end(&w);
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}

/* ---- files of the web app ---- */

#define POLICY                                                                                     \
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "           \
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "                 \
    "frame-ancestors 'none'"

static const struct xh_embed *asset_find(const struct xh_server *server, struct xh_str name)
{
    for (size_t i = 0; i < server->options.asset_count; i++) {
        if (xh_str_is(name, server->options.assets[i].name)) {
            return &server->options.assets[i];
        }
    }
    return NULL;
}

/* A path of the app that is no file is one of its pages: index.html draws it. A name with an ending
 * is a file, and missing. */
static const struct xh_embed *asset_or_page(const struct xh_server *server, struct xh_str path)
{
    const struct xh_embed *asset = asset_find(server, path);
    struct xh_str last = path, part;
    while (xh_str_split(&path, '/', &part)) {
        last = part;
    }
    if (asset == NULL && xh_str_find_char(last, '.') < 0) {
        asset = asset_find(server, XH_STR("index.html"));
    }
    return asset;
}

int xh__asset_get(struct xh__request *req, struct xh_err *err)
{
    struct xh_str path = xh__request_path(req, "path");
    const struct xh_embed *asset = asset_or_page(req->server, path);
    if (asset == NULL) {
        struct xh_str shown = xh_str_sub(req->path, 0, 150);
        return xh_err_field(err, XH_E_NOT_FOUND, "path", req->path, NULL, NULL,
                            "there is nothing at \"%.*s\"", XH_STR_ARG(shown));
    }
    xh__respond_header(req, "ETag", asset->etag);
    xh__respond_header(req, "Cache-Control", "no-cache");
    xh__respond_header(req, "Vary", "Accept-Encoding");
    xh__respond_header(req, "Content-Security-Policy", POLICY);
    if (xh_str_find(xh__request_header(req, "If-None-Match"), xh_str_from(asset->etag)) >= 0) {
        return xh__respond_empty(req, 304);
    }
    bool is_packed = asset->gzip_bytes != NULL && xh__accepts_gzip(req);
    req->fixed = (struct xh_str){
        (const char *)(is_packed ? asset->gzip_bytes : asset->bytes),
        is_packed ? asset->gzip_size_bytes : asset->size_bytes,
    };
    if (is_packed) {
        xh__respond_header(req, "Content-Encoding", "gzip");
    }
    return xh__respond_text(req, 200, asset->media_type);
}
