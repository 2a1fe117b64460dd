/* demo_api.c: what a demonstration says of itself, and its clock put forward. The program that made
 * the world hands both in (struct xh_server_demo); a real server has neither. */
#include "kernel/fields.h"
#include "server/server_internal.h"

static const struct xh_field forward_fields[] = {
    XH_FIELD_INT("days", XH_F_REQUIRED, 1, XH_SERVER_DEMO_DAYS_MAX, "d", "Số ngày", "Days"),
};
const struct xh_shape xh__demo_forward_in = XH_SHAPE(forward_fields);

static int need_demo(const struct xh__request *req, struct xh_err *err)
{
    return req->server->options.demo != NULL
               ? XH_E_OK
               : xh_err_set(err, XH_E_NOT_FOUND, "this is no demonstration");
}

static void write_making(struct xh_json_writer *w, const struct xh_server_demo_status *status)
{
    xh_json_name(w, "making");
    if (!status->is_making) {
        xh_json_null(w);
        return;
    }
    xh_json_object(w);
    xh_json_member_string(w, "text_vi", status->text_vi);
    xh_json_member_string(w, "text_en", status->text_en);
    xh_json_member_int(w, "done", status->done);
    xh_json_member_int(w, "total", status->total);
    xh_json_object_end(w);
}

int xh__demo_get(struct xh__request *req, struct xh_err *err)
{
    struct xh_server_demo_status status = {0};
    struct xh_json_writer w;
    int code = need_demo(req, err);
    if (code < 0) {
        return code;
    }
    req->server->options.demo->status(req->server->options.demo->self, &status);
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_member_bool(&w, "is_demo", true);
    xh_json_member_time_or_null(&w, "now", xh_env_now_us(req->server->env));
    xh_json_member_int(&w, "offset_days", status.offset_us / XH_US_PER_DAY);
    xh_json_member_int(&w, "seed", status.seed);
    write_making(&w, &status);
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}

/* Who keeps the place moves its clock; a demonstration shows the others what follows. */
int xh__demo_forward_post(struct xh__request *req, struct xh_err *err)
{
    struct xh_doc *doc = NULL;
    struct xh_json_writer w;
    int64_t now_us = 0;
    int code = need_demo(req, err);
    if (code == 0 && (req->ctx.who->roles & (XH_ROLE_OPERATOR | XH_ROLE_ADMIN)) == 0) {
        code = xh_err_set(err, XH_E_FORBIDDEN, "the operator puts the clock forward");
    }
    code = code < 0 ? code : xh__request_doc(req, &xh__demo_forward_in, &doc, err);
    if (code < 0) {
        return code;
    }
    const struct xh_server_demo *demo = req->server->options.demo;
    code = demo->forward(demo->self, xh_doc_int(doc, "days"), &now_us, err);
    if (code < 0) {
        return code;
    }
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_member_time_or_null(&w, "now", now_us);
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}
