/* sta_perform.c: one request, whoever brings it: HTTP, a batch, a test. Creating, changing and
 * deleting are in sta_write.c; here is what a path and a method mean, and what is answered (18-088,
 * clause 10). */
#include "server/sta/sta_read_internal.h"

struct asked {
    struct xh_str path, options;
    struct xh__sta_target target;
    size_t left;              /* segments behind the target */
};

static int asked_read(struct xh__sta_call *call, struct xh_str path_and_query, struct asked *ret,
                      struct xh_err *err)
{
    struct xh__odata_path path = {NULL, 0};
    ptrdiff_t mark = xh_str_find_char(path_and_query, '?');
    size_t end = mark < 0 ? path_and_query.len : (size_t)mark;
    *ret = (struct asked){.path = xh_str_sub(path_and_query, 0, end),
                          .options = xh_str_sub(path_and_query, end + 1, path_and_query.len)};
    while (xh_str_starts(ret->path, XH_STR("/"))) {
        ret->path = xh_str_sub(ret->path, 1, ret->path.len);
    }
    int code = xh__sta_path_read(call->ctx->arena, ret->path, &path, err);
    code = code < 0 ? code : xh__sta_path_resolve(call, &path, &ret->target, err);
    ret->left = code < 0 ? 0 : path.count - ret->target.used;
    return code;
}

static int not_allowed(struct xh_str method, const char *limit, struct xh_err *err)
{
    return xh_err_field(err, XH_E_METHOD, "method", method, limit, NULL,
                        "%.*s is not allowed here, but %s", XH_STR_ARG(method), limit);
}

/* The entity as it is now, as the answer. */
static int entity_answer(struct xh__sta_call *call, enum xh__sta_type type, int64_t id,
                         struct xh__sta_answer *ret, struct xh_err *err)
{
    struct xh__sta_entity entity;
    struct xh_json_writer w;
    if (call->wants_no_body) {
        return XH_E_OK;
    }
    int code = xh__sta_entity_get(call->ctx, type, id, &entity, err);
    if (code < 0) {
        return code;
    }
    ret->content_type = "application/json";
    xh_json_writer_init(&w, ret->out, false);
    return xh__sta_write_entity(call, &entity, NULL, &w, err);
}

static int post(struct xh__sta_call *call, const struct asked *asked, struct xh_str body,
                struct xh__sta_answer *ret, struct xh_err *err)
{
    const struct xh__sta_target *t = &asked->target;
    int64_t id = 0;
    if (!t->is_set || asked->left > 0) {
        return not_allowed(XH_STR("POST"), "GET, PATCH, PUT, DELETE", err);
    }
    int code = xh__sta_create(call, t->type, t->link != NULL ? &t->entity : NULL, t->link, body,
                              &id, err);
    if (code < 0) {
        return code;
    }
    ret->status = 201;
    ret->location = xh__sta_self_link(call, t->type, id);
    return entity_answer(call, t->type, id, ret, err);
}

static int update(struct xh__sta_call *call, const struct asked *asked, bool is_put,
                  struct xh_str content_type, struct xh_str body, struct xh__sta_answer *ret,
                  struct xh_err *err)
{
    const struct xh__sta_target *t = &asked->target;
    bool is_json_patch = xh_str_starts(content_type, XH_STR("application/json-patch+json"));
    enum xh__sta_update_kind kind = is_put          ? XH__STA_PUT
                                    : is_json_patch ? XH__STA_JSON_PATCH
                                                    : XH__STA_PATCH;
    if (t->is_set || asked->left > 0) {
        return not_allowed(is_put ? XH_STR("PUT") : XH_STR("PATCH"), "GET, POST", err);
    }
    int code = xh__sta_update(call, t->type, t->entity.id, kind, body, err);
    if (code < 0) {
        return code;
    }
    ret->status = 200;
    return entity_answer(call, t->type, t->entity.id, ret, err);
}

/* Those that a filter holds for; without one nothing is deleted, for that is seldom what was
 * meant. */
static int delete_found(struct xh__sta_call *call, const struct asked *asked, struct xh_err *err)
{
    struct xh__odata_query *query = NULL;
    int64_t *ids = NULL;
    size_t count = 0;
    int code = xh__odata_query_parse(call->ctx->arena, asked->options, &query, err);
    if (code >= 0 && query->filter == NULL) {
        return xh_err_field(err, XH_E_INVALID, "$filter", XH_STR(""), "a filter", NULL,
                            "a set is deleted only with a $filter");
    }
    code = code < 0 ? code : xh__sta_find(call, &asked->target, query, &ids, &count, err);
    if (code >= 0 && asked->target.type == XH__STA_OBSERVATION && count > 0) {
        return xh_observations_delete(call->ctx, ids, count, NULL, err);
    }
    for (size_t i = 0; code >= 0 && i < count; i++) {
        code = xh__sta_delete(call, asked->target.type, ids[i], err);
        if (code == XH_E_NOT_FOUND) {
            xh_err_clear(err); /* went with one before it */
            code = XH_E_OK;
        }
    }
    return code;
}

static int delete (struct xh__sta_call *call, const struct asked *asked, struct xh__sta_answer *ret,
                   struct xh_err *err)
{
    const struct xh__sta_target *t = &asked->target;
    if (asked->left > 0) {
        return not_allowed(XH_STR("DELETE"), "GET", err);
    }
    int code = t->is_set ? delete_found(call, asked, err)
                         : xh__sta_delete(call, t->type, t->entity.id, err);
    if (code >= 0) {
        ret->status = 200;
    }
    return code < 0 ? code : XH_E_OK;
}

static struct xh_str without_slashes(struct xh_str path)
{
    while (xh_str_starts(path, XH_STR("/"))) {
        path = xh_str_sub(path, 1, path.len);
    }
    return path;
}

int xh__sta_perform(struct xh__sta_call *call, struct xh_str method, struct xh_str path_and_query,
                    struct xh_str content_type, struct xh_str body, struct xh__sta_answer *ret,
                    struct xh_err *err)
{
    struct asked asked;
    struct xh_str path = without_slashes(path_and_query);
    bool is_post = xh_str_equal_nocase(method, XH_STR("POST"));
    ret->status = 0;
    ret->content_type = NULL;
    ret->location = XH_STR("");
    if (xh_str_equal_nocase(method, XH_STR("GET"))) {
        return xh__sta_read(call, path, ret, err);
    }
    if (is_post && xh_str_is(path, "CreateObservations")) {
        return xh__sta_array(call, body, ret, err);
    }
    int code = asked_read(call, path, &asked, err);
    if (code < 0) {
        return code;
    }
    if (is_post) {
        return post(call, &asked, body, ret, err);
    }
    if (xh_str_equal_nocase(method, XH_STR("PATCH"))) {
        return update(call, &asked, false, content_type, body, ret, err);
    }
    if (xh_str_equal_nocase(method, XH_STR("PUT"))) {
        return update(call, &asked, true, content_type, body, ret, err);
    }
    return xh_str_equal_nocase(method, XH_STR("DELETE"))
               ? delete (call, &asked, ret, err)
               : not_allowed(method, "GET, POST, PATCH, PUT, DELETE", err);
}
