/* sta_feed_tell.c: what a topic filter of SensorThings means (18-088, clause 14, receive): an
 * entity set, an entity, a property, with $select, and by addition $filter and $expand; and the
 * payload for an entity that came or changed. */
#include "server/sta/sta_feed_internal.h"

/* ---- what is asked for ---- */

int xh__sta_filter_parse(struct xh_arena *arena, struct xh_str text, struct xh__sta_filter *ret,
                         struct xh_err *err)
{
    struct xh_str rest;
    struct xh__sta_filter filter = {.arena = arena, .text = xh_arena_str(arena, text)};
    if (!xh__sta_topic_is(filter.text, &filter.is_1_0, &rest)) {
        return xh_err_set(err, XH_E_INVALID, "the topic does not begin with v1.1/");
    }
    ptrdiff_t mark = xh_str_find_char(rest, '?');
    size_t end = mark < 0 ? rest.len : (size_t)mark;
    filter.path_text = xh_str_sub(rest, 0, end);
    int code = xh__odata_path_parse(arena, filter.path_text, &filter.path, err);
    code = code < 0 ? code
                    : xh__odata_query_parse(arena, xh_str_sub(rest, end + 1, rest.len),
                                            &filter.query, err);
    if (code < 0) {
        return code;
    }
    if (filter.path.count == 0 || xh__sta_type_by_set(filter.path.segments[0].name) == NULL) {
        return xh_err_field(err, XH_E_INVALID, "topic", text, "an entity set", NULL,
                            "the topic names no entity set");
    }
    *ret = filter;
    return XH_E_OK;
}

void xh__sta_filter_find(struct xh_server *server, struct xh__sta_filter *filter)
{
    struct xh_arena *arena = xh_arena_create("mqtt filter");
    struct xh_ctx ctx;
    struct xh__sta_target target;
    xh_engine_ctx(server->engine, &xh_who_engine, arena, &ctx);
    struct xh__sta_call call = {.ctx = &ctx, .is_1_0 = filter->is_1_0};
    if (xh__sta_path_resolve(&call, &filter->path, &target, NULL) >= 0) {
        bool is_whole = target.used == filter->path.count;
        filter->type = target.type;
        filter->kind = target.is_set && is_whole ? XH__STA_FILTER_SET
                       : target.is_set           ? XH__STA_FILTER_UNKNOWN
                       : is_whole                ? XH__STA_FILTER_ENTITY
                                                 : XH__STA_FILTER_PROPERTY;
        filter->link = target.is_set ? target.link : NULL;
        filter->of_type = filter->link != NULL ? target.entity.type : target.type;
        filter->of_id = filter->link != NULL ? target.entity.id : 0;
        filter->id = target.is_set ? 0 : target.entity.id;
    }
    xh_arena_destroy(arena);
}

static bool is_series(enum xh__sta_type type)
{
    return type == XH__STA_DATASTREAM || type == XH__STA_MULTI_DATASTREAM;
}

int64_t xh__sta_filter_series(const struct xh__sta_filter *filter)
{
    bool is_of_series = filter->kind == XH__STA_FILTER_SET && filter->link != NULL &&
                        filter->type == XH__STA_OBSERVATION && is_series(filter->of_type);
    return is_of_series ? filter->of_id : 0;
}

/* ---- does it concern it ---- */

/* Is the entity one of those that the link leads to? Asked from its own side. */
static int is_linked(struct xh_ctx *ctx, const struct xh__sta_filter *filter,
                     const struct xh__sta_entity *entity, struct xh_err *err)
{
    const struct xh__sta_entity_type *type = &xh__sta_types[entity->type];
    for (size_t i = 0; i < type->link_count; i++) {
        struct xh__sta_ids ids = {0};
        if (type->links[i].target != filter->of_type) {
            continue;
        }
        int code = xh__sta_linked_of(ctx, entity, 1, &type->links[i], &ids, err);
        for (size_t k = 0; code >= 0 && k < ids.count; k++) {
            if (ids.ids[k] == filter->of_id) {
                return 1;
            }
        }
        if (code < 0) {
            return code;
        }
    }
    return 0;
}

static int concerns(struct xh_ctx *ctx, const struct xh__sta_filter *filter,
                    const struct xh__sta_entity *entity, struct xh_err *err)
{
    if (filter->kind == XH__STA_FILTER_UNKNOWN || filter->type != entity->type) {
        return 0;
    }
    if (filter->kind != XH__STA_FILTER_SET) {
        return filter->id == entity->id;
    }
    if (filter->link == NULL) {
        return 1;
    }
    if (entity->type == XH__STA_OBSERVATION) {
        return is_series(filter->of_type) ? entity->observation.series_id == filter->of_id
                                          : entity->observation.feature_id == filter->of_id;
    }
    return is_linked(ctx, filter, entity, err);
}

static int holds(struct xh__sta_call *call, const struct xh__sta_filter *filter,
                 const struct xh__sta_entity *entity, struct xh_err *err)
{
    struct xh__sta_reader reader;
    if (filter->query->filter == NULL) {
        return 1;
    }
    xh__sta_reader_init(&reader, call);
    xh__sta_reader_batch(&reader, entity, 1);
    int code = xh__sta_reader_holds(&reader, filter->query, entity, err);
    xh__sta_reader_finish(&reader);
    return code;
}

/* ---- the payload ---- */

static int tell_property(struct xh__sta_call *call, struct xh__sta_filter *filter,
                         struct xh_buf *out, struct xh_err *err)
{
    struct xh__sta_answer answer = {.out = out};
    int code = xh__sta_read(call, filter->path_text, &answer, err);
    if (code < 0) {
        return code;
    }
    uint64_t hash = xh_hash(xh_buf_str(out), 1);
    bool is_new = hash != filter->shown_hash;
    filter->shown_hash = hash;
    return is_new && out->len > 0;
}

int xh__sta_filter_tell(struct xh__sta_call *call, struct xh__sta_filter *filter,
                        const struct xh__sta_entity *entity, struct xh_buf *out, struct xh_err *err)
{
    struct xh_json_writer w;
    int code = concerns(call->ctx, filter, entity, err);
    code = code <= 0 ? code : holds(call, filter, entity, err);
    if (code <= 0) {
        return code;
    }
    if (filter->kind == XH__STA_FILTER_PROPERTY) {
        return tell_property(call, filter, out, err);
    }
    xh_json_writer_init(&w, out, false);
    code = xh__sta_write_entity(call, entity, filter->query, &w, err);
    return code < 0 ? code : 1;
}
