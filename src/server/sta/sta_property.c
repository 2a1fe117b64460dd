/* sta_property.c: what lies below an entity (18-088, 9.2.4 and 9.2.5): a property, a member of its
 * JSON at any depth, and the bare value of each. What is there but null is 204, what is not is
 * 404. */
#include "server/sta/sta_read_internal.h"

static int nothing_at(struct xh_str name, struct xh_err *err)
{
    name = xh_str_sub(name, 0, 60);
    return xh_err_field(err, XH_E_NOT_FOUND, "path", name, NULL, NULL,
                        "there is nothing at \"%.*s\"", XH_STR_ARG(name));
}

/* The first segment as JSON, in `out`. */
static int first_read(struct xh__sta_reader *r, const struct xh__sta_entity *entity,
                      const struct xh__odata_segment *segment, struct xh_buf *out,
                      struct xh_err *err)
{
    struct xh_json_writer w;
    struct xh_str name = segment->name;
    const struct xh__sta_property *property = xh__sta_property_find(entity->type, name);
    xh_json_writer_init(&w, out, false);
    if (segment->has_key) {
        return nothing_at(name, err);
    }
    if (xh_str_is(name, "id") || xh_str_is(name, "@iot.id")) {
        xh_json_int(&w, entity->id);
        return XH_E_OK;
    }
    if (xh_str_is(name, "selfLink") || xh_str_is(name, "@iot.selfLink")) {
        xh__sta_write_link(&w, r->call, entity->type, entity->id, NULL);
        return XH_E_OK;
    }
    if (property == NULL) {
        return nothing_at(name, err);
    }
    return xh__sta_entity_write_property(r->ctx, entity, property, &w, err);
}

static void answer_value(struct xh__sta_reader *r, struct xh_str json, struct xh__sta_answer *ret)
{
    struct xh_json_reader *reader = xh_json_reader_create(r->ctx->arena, json);
    enum xh_json_type type = xh_json_next(reader);
    bool is_tree = type == XH_JSON_OBJECT || type == XH_JSON_ARRAY;
    xh_buf_add_str(ret->out, type == XH_JSON_STRING ? xh_json_text(reader) : json);
    ret->content_type = is_tree ? "application/json" : "text/plain; charset=utf-8";
}

static void answer_member(struct xh_str name, struct xh_str json, struct xh__sta_answer *ret)
{
    struct xh_json_writer w;
    xh_json_writer_init(&w, ret->out, false);
    xh_json_object(&w);
    xh_json_name_str(&w, name);
    xh_json_raw_value(&w, json);
    xh_json_object_end(&w);
    ret->content_type = "application/json";
}

/* The last name of a path, with the places in lists behind it: "list[0][1]". */
static struct xh_str last_name(struct xh_arena *arena, const struct xh__odata_segment *segments,
                               size_t count)
{
    size_t from = count - 1;
    while (from > 0 && segments[from].is_index) {
        from--;
    }
    struct xh_str name = segments[from].name;
    for (size_t i = from + 1; i < count; i++) {
        name = xh_arena_format(arena, "%.*s[%.*s]", XH_STR_ARG(name), XH_STR_ARG(segments[i].name));
    }
    return name;
}

int xh__sta_property_read(struct xh__sta_reader *r, const struct xh__sta_entity *entity,
                          const struct xh__odata_segment *segments, size_t count,
                          struct xh__sta_answer *ret, struct xh_err *err)
{
    struct xh_buf first;
    bool is_value = count > 1 && xh_str_is(segments[count - 1].name, "$value");
    count -= is_value ? 1 : 0;
    xh_buf_init(&first, 0);
    int code = first_read(r, entity, &segments[0], &first, err);
    struct xh_str json = xh_arena_str(r->ctx->arena, xh_buf_str(&first));
    xh_buf_finish(&first);
    for (size_t i = 1; code >= 0 && i < count; i++) {
        if (!xh__sta_json_member(r->ctx->arena, json, segments[i].name, &json)) {
            code = nothing_at(segments[i].name, err);
        }
    }
    if (code < 0) {
        return code;
    }
    json = xh_str_trim(json);
    ret->status = xh_str_is(json, "null") ? 204 : 200;
    if (ret->status == 204) {
        ret->content_type = NULL;
    } else if (is_value) {
        answer_value(r, json, ret);
    } else {
        answer_member(last_name(r->ctx->arena, segments, count), json, ret);
    }
    return XH_E_OK;
}
