/* sta_path.c: a path resolved to the entity or the set that it names (18-088, 9.2). What stands
 * behind it, a property, $value, $ref, $count, is left to the reader. */
#include <string.h>

#include "server/sta/sta_read_internal.h"

static int nothing_at(const struct xh__odata_segment *segment, struct xh_err *err)
{
    struct xh_str name = xh_str_sub(segment->name, 0, 60);
    return xh_err_field(err, XH_E_NOT_FOUND, "path", name, NULL, NULL,
                        "there is nothing at \"%.*s\"", XH_STR_ARG(name));
}

static int no_such_id(enum xh__sta_type type, const struct xh__odata_segment *segment,
                      struct xh_err *err)
{
    char text[32];
    struct xh_str id = segment->key_text;
    if (!segment->is_key_text) {
        struct xh_buf buf;
        xh_buf_init(&buf, 0);
        xh_buf_add_format(&buf, "%lld", (long long)segment->key);
        id.len = buf.len < sizeof text ? buf.len : sizeof text;
        memcpy(text, buf.ptr, id.len);
        id.ptr = text;
        xh_buf_finish(&buf);
    }
    id = xh_str_sub(id, 0, 60);
    return xh_err_field(err, XH_E_NOT_FOUND, "id", id, NULL, NULL,
                        "there is no %s with the id %.*s", xh__sta_types[type].name,
                        XH_STR_ARG(id));
}

/* Is the entity one of those that the link of its parent leads to? */
static int check_member(struct xh_ctx *ctx, const struct xh__sta_entity *parent,
                        const struct xh__sta_link *link, const struct xh__sta_entity *entity,
                        const struct xh__odata_segment *segment, struct xh_err *err)
{
    struct xh__sta_ids ids = {NULL, 0};
    bool is_in = false;
    if (link->target == XH__STA_OBSERVATION) {
        int64_t of = parent->type == XH__STA_FEATURE ? entity->observation.feature_id
                                                     : entity->observation.series_id;
        is_in = of == parent->id;
    } else {
        int code = xh__sta_linked_of(ctx, parent, 1, link, &ids, err);
        if (code < 0) {
            return code;
        }
    }
    for (size_t i = 0; i < ids.count && !is_in; i++) {
        is_in = ids.ids[i] == entity->id;
    }
    return is_in ? XH_E_OK : no_such_id(entity->type, segment, err);
}

static int by_key(struct xh__sta_call *call, const struct xh__odata_segment *segment,
                  enum xh__sta_type type, struct xh__sta_entity *ret, struct xh_err *err)
{
    if (segment->is_key_text) {
        return no_such_id(type, segment, err);
    }
    int code = xh__sta_entity_get(call->ctx, type, segment->key, ret, err);
    return code == XH_E_NOT_FOUND ? no_such_id(type, segment, err) : code;
}

static int first_segment(struct xh__sta_call *call, const struct xh__odata_segment *segment,
                         struct xh__sta_target *t, struct xh_err *err)
{
    const struct xh__sta_entity_type *type = xh__sta_type_by_set(segment->name);
    if (type == NULL) {
        return nothing_at(segment, err);
    }
    t->type = type->type;
    t->is_set = !segment->has_key;
    t->has_entity = segment->has_key;
    return segment->has_key ? by_key(call, segment, type->type, &t->entity, err) : XH_E_OK;
}

/* A set of the entity, one of that set, or the one that a link leads to. */
static int link_segment(struct xh__sta_call *call, const struct xh__odata_segment *segment,
                        const struct xh__sta_link *link, struct xh__sta_target *t,
                        struct xh_err *err)
{
    struct xh__sta_entity next;
    int64_t id = 0;
    if (link->is_many && !segment->has_key) {
        t->is_set = true;
        t->link = link;
        t->type = link->target;
        return XH_E_OK;
    }
    if (!link->is_many && segment->has_key) {
        return nothing_at(segment, err);
    }
    int code;
    if (link->is_many) {
        code = by_key(call, segment, link->target, &next, err);
        code = code < 0 ? code : check_member(call->ctx, &t->entity, link, &next, segment, err);
    } else {
        code = xh__sta_entity_linked(call->ctx, &t->entity, link, &id, err);
        if (code >= 0 && id == 0) {
            return nothing_at(segment, err);
        }
        code = code < 0 ? code : xh__sta_entity_get(call->ctx, link->target, id, &next, err);
    }
    if (code >= 0) {
        t->entity = next;
        t->type = link->target;
    }
    return code;
}

int xh__sta_path_read(struct xh_arena *arena, struct xh_str text, struct xh__odata_path *ret,
                      struct xh_err *err)
{
    int code = xh__odata_path_parse(arena, text, ret, err);
    if (code == XH_E_INVALID && err != NULL) {
        err->code = XH_E_NOT_FOUND;
    }
    return code == XH_E_INVALID ? XH_E_NOT_FOUND : code;
}

int xh__sta_path_resolve(struct xh__sta_call *call, const struct xh__odata_path *path,
                         struct xh__sta_target *ret, struct xh_err *err)
{
    struct xh__sta_target t = {.used = 1};
    if (path->count == 0) {
        return xh_err_field(err, XH_E_NOT_FOUND, "path", XH_STR(""), NULL, NULL,
                            "the path names nothing");
    }
    int code = first_segment(call, &path->segments[0], &t, err);
    while (code >= 0 && t.used < path->count && !t.is_set) {
        const struct xh__odata_segment *segment = &path->segments[t.used];
        const struct xh__sta_link *link = xh__sta_link_find(t.type, segment->name);
        if (link == NULL) {
            break;
        }
        code = link_segment(call, segment, link, &t, err);
        t.used++;
    }
    if (code >= 0) {
        *ret = t;
    }
    return code;
}
