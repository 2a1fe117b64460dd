/* sta_read.c: GET: the path resolved, the page or the entity read, what is expanded of it, and all
 * of it written in the format that was asked for. */
#include <string.h>

#include "server/sta/sta_read_internal.h"

enum { FOUND_MAX = 100000 };

static const struct xh__odata_query no_query = {.top = -1, .skip = -1};

/* ---- sets ---- */

static struct xh_str next_link(const struct xh__sta_call *call, struct xh_str path,
                               const struct xh__odata_query *query, struct xh_str after)
{
    struct xh_buf link;
    if (after.len == 0) {
        return (struct xh_str){NULL, 0};
    }
    struct xh_str options = xh__sta_query_text(call->ctx->arena, query);
    xh_buf_init(&link, 0);
    xh_buf_add_format(&link, "%.*s/%.*s?%.*s%s$after=", XH_STR_ARG(call->root), XH_STR_ARG(path),
                      XH_STR_ARG(options), options.len > 0 ? "&" : "");
    xh__sta_url_add(&link, after);
    struct xh_str text = xh_arena_str(call->ctx->arena, xh_buf_str(&link));
    xh_buf_finish(&link);
    return text;
}

static int wrong_format(struct xh_str format, struct xh_err *err)
{
    format = xh_str_sub(format, 0, 60);
    return xh_err_field(err, XH_E_INVALID, "$resultFormat", format, "dataArray, CSV, GeoJSON", NULL,
                        "there is no result format \"%.*s\" here", XH_STR_ARG(format));
}

static int sheet_write(struct xh__sta_reader *r, const struct xh__sta_sheet *sheet,
                       struct xh__sta_answer *ret, struct xh_err *err)
{
    struct xh_str format = sheet->nodes->query->result_format;
    ret->status = 200;
    ret->content_type = "application/json";
    if (format.len == 0) {
        return xh__sta_out_json(r, sheet, ret->out, err);
    }
    if (xh_str_is(format, "dataArray")) {
        return xh__sta_out_array(r, sheet, ret->out, err);
    }
    if (xh_str_is(format, "CSV")) {
        ret->content_type = "text/csv; charset=utf-8";
        return xh__sta_out_csv(r, sheet, ret->out, err);
    }
    if (xh_str_is(format, "GeoJSON")) {
        ret->content_type = "application/geo+json";
        return xh__sta_out_geojson(r, sheet, true, ret->out, err);
    }
    return wrong_format(format, err);
}

static struct xh__sta_set set_of(const struct xh__sta_target *t)
{
    return (struct xh__sta_set){t->type, t->link != NULL ? &t->entity : NULL, t->link};
}

static int set_read(struct xh__sta_reader *r, const struct xh__sta_target *t, struct xh_str path,
                    const struct xh__odata_query *query, struct xh__sta_answer *ret,
                    struct xh_err *err)
{
    const struct xh__sta_set set = set_of(t);
    struct xh__sta_page page = {0};
    struct xh__sta_nodes nodes;
    struct xh__sta_shape shape;
    if (query->apply.len > 0) {
        ret->status = 200;
        ret->content_type = "application/json";
        return xh__sta_apply(r, &set, query, ret->out, err);
    }
    int code = xh__sta_shape_of(t->type, query, &shape, err);
    code = code < 0 ? code
                    : xh__sta_page_read(r, &set, query, xh__sta_top(query, t->type), &page, err);
    code = code < 0 ? code
                    : xh__sta_nodes_fill(r, t->type, page.items, page.count, query, &nodes, err);
    if (code < 0) {
        return code;
    }
    const struct xh__sta_sheet sheet = {&nodes, page.total,
                                        next_link(r->call, path, query, page.after)};
    return sheet_write(r, &sheet, ret, err);
}

/* Set/$ref (18-088, 9.2.8): where its entities are, and nothing of them. */
static int refs_read(struct xh__sta_reader *r, const struct xh__sta_target *t, struct xh_str path,
                     const struct xh__odata_query *query, struct xh__sta_answer *ret,
                     struct xh_err *err)
{
    const struct xh__sta_set set = set_of(t);
    struct xh__sta_nodes nodes = {.type = t->type, .query = query};
    struct xh__sta_page page = {0};
    int code = xh__sta_page_read(r, &set, query, xh__sta_top(query, t->type), &page, err);
    if (code < 0) {
        return code;
    }
    nodes.items = page.items;
    nodes.count = page.count;
    nodes.shape.has_self = true;
    const struct xh__sta_sheet sheet = {&nodes, page.total,
                                        next_link(r->call, path, query, page.after)};
    ret->status = 200;
    ret->content_type = "application/json";
    return xh__sta_out_json(r, &sheet, ret->out, err);
}

/* Set/$count (OData 4.0, part 2, 4.8): a number. */
static int count_read(struct xh__sta_reader *r, const struct xh__sta_target *t,
                      const struct xh__odata_query *query, struct xh__sta_answer *ret,
                      struct xh_err *err)
{
    const struct xh__sta_set set = set_of(t);
    struct xh__odata_query counting = *query;
    struct xh__sta_page page = {0};
    int code;
    counting.count = true;
    counting.order_count = 0;
    counting.after = XH_STR("");
    if (t->type == XH__STA_OBSERVATION) {
        code = xh__sta_observed_count(r, &set, query, &page.total, err);
    } else {
        code = xh__sta_page_read(r, &set, &counting, 0, &page, err);
    }
    if (code >= 0) {
        xh_buf_add_format(ret->out, "%lld", (long long)page.total);
        ret->status = 200;
        ret->content_type = "text/plain; charset=utf-8";
    }
    return code;
}

/* ---- entities ---- */

static int entity_read(struct xh__sta_reader *r, const struct xh__sta_target *t,
                       const struct xh__odata_query *query, struct xh__sta_answer *ret,
                       struct xh_err *err)
{
    struct xh__sta_entity *item = XH_NEW(r->ctx->arena, struct xh__sta_entity);
    struct xh__sta_nodes nodes;
    struct xh_json_writer w;
    bool is_geojson = xh_str_is(query->result_format, "GeoJSON");
    *item = t->entity;
    if (query->result_format.len > 0 && !is_geojson) {
        return wrong_format(query->result_format, err);
    }
    int code = xh__sta_nodes_fill(r, t->type, item, 1, query, &nodes, err);
    if (code < 0) {
        return code;
    }
    ret->status = 200;
    if (is_geojson) {
        const struct xh__sta_sheet sheet = {&nodes, -1, XH_STR("")};
        ret->content_type = "application/geo+json";
        return xh__sta_out_geojson(r, &sheet, false, ret->out, err);
    }
    ret->content_type = "application/json";
    xh_json_writer_init(&w, ret->out, false);
    return xh__sta_write_node(r, &nodes, 0, &w, err);
}

static int ref_read(struct xh__sta_reader *r, const struct xh__sta_target *t,
                    struct xh__sta_answer *ret)
{
    struct xh_json_writer w;
    xh_json_writer_init(&w, ret->out, false);
    xh_json_object(&w);
    xh_json_name(&w, "@iot.selfLink");
    xh__sta_write_link(&w, r->call, t->type, t->entity.id, NULL);
    xh_json_object_end(&w);
    ret->status = 200;
    ret->content_type = "application/json";
    return XH_E_OK;
}

int xh__sta_write_entity(struct xh__sta_call *call, const struct xh__sta_entity *entity,
                         const struct xh__odata_query *query, struct xh_json_writer *w,
                         struct xh_err *err)
{
    struct xh__sta_reader r;
    struct xh__sta_nodes nodes;
    struct xh__sta_entity *item = XH_NEW(call->ctx->arena, struct xh__sta_entity);
    *item = *entity;
    xh__sta_reader_init(&r, call);
    int code = xh__sta_nodes_fill(&r, entity->type, item, 1, query != NULL ? query : &no_query,
                                  &nodes, err);
    code = code < 0 ? code : xh__sta_write_node(&r, &nodes, 0, w, err);
    xh__sta_reader_finish(&r);
    return code;
}

/* ---- all of it ---- */

static int nothing_at(struct xh_str name, struct xh_err *err)
{
    name = xh_str_sub(name, 0, 60);
    return xh_err_field(err, XH_E_NOT_FOUND, "path", name, NULL, NULL,
                        "there is nothing at \"%.*s\"", XH_STR_ARG(name));
}

static int target_read(struct xh__sta_reader *r, const struct xh__odata_path *path,
                       struct xh_str path_text, const struct xh__odata_query *query,
                       struct xh__sta_answer *ret, struct xh_err *err)
{
    struct xh__sta_target t;
    int code = xh__sta_path_resolve(r->call, path, &t, err);
    code = code < 0 ? code : xh__sta_query_check(t.type, query, err);
    if (code < 0) {
        return code;
    }
    const struct xh__odata_segment *rest = path->segments + t.used;
    size_t count = path->count - t.used;
    bool is_last = count == 1 && !rest[0].has_key;
    if (count == 0) {
        return t.is_set ? set_read(r, &t, path_text, query, ret, err)
                        : entity_read(r, &t, query, ret, err);
    }
    if (is_last && xh_str_is(rest[0].name, "$ref")) {
        return t.is_set ? refs_read(r, &t, path_text, query, ret, err) : ref_read(r, &t, ret);
    }
    if (is_last && t.is_set && xh_str_is(rest[0].name, "$count")) {
        return count_read(r, &t, query, ret, err);
    }
    return t.is_set ? nothing_at(rest[0].name, err)
                    : xh__sta_property_read(r, &t.entity, rest, count, ret, err);
}

int xh__sta_read(struct xh__sta_call *call, struct xh_str path_and_query,
                 struct xh__sta_answer *ret, struct xh_err *err)
{
    struct xh__sta_reader r;
    struct xh__odata_query *query = NULL;
    struct xh__odata_path path = {NULL, 0};
    ptrdiff_t mark = xh_str_find_char(path_and_query, '?');
    size_t end = mark < 0 ? path_and_query.len : (size_t)mark;
    struct xh_str text = xh_str_sub(path_and_query, 0, end);
    struct xh_str options = xh_str_sub(path_and_query, end + 1, path_and_query.len);
    while (xh_str_starts(text, XH_STR("/"))) {
        text = xh_str_sub(text, 1, text.len);
    }
    while (xh_str_ends(text, XH_STR("/"))) {
        text = xh_str_sub(text, 0, text.len - 1);
    }
    if (text.len == 0) {
        return xh__sta_root(call, ret);
    }
    int code = xh__sta_path_read(call->ctx->arena, text, &path, err);
    code = code < 0 ? code : xh__odata_query_parse(call->ctx->arena, options, &query, err);
    if (code < 0) {
        return code;
    }
    xh__sta_reader_init(&r, call);
    code = target_read(&r, &path, text, query, ret, err);
    xh__sta_reader_finish(&r);
    return code < 0 ? code : XH_E_OK;
}

int xh__sta_find(struct xh__sta_call *call, const struct xh__sta_target *target,
                 const struct xh__odata_query *query, int64_t **ret_ids, size_t *ret_count,
                 struct xh_err *err)
{
    struct xh__sta_reader r;
    struct xh__sta_page page = {0};
    const struct xh__sta_set set = set_of(target);
    struct xh__odata_query all = no_query;
    all.filter = query->filter;
    xh__sta_reader_init(&r, call);
    int code = xh__sta_page_read(&r, &set, &all, FOUND_MAX, &page, err);
    xh__sta_reader_finish(&r);
    if (code >= 0 && page.after.len > 0) {
        code = xh_err_field(err, XH_E_TOO_LARGE, "$filter", XH_STR("more"), "100000", "entities",
                            "the filter holds for more than %d entities: ask for less", FOUND_MAX);
    }
    if (code < 0) {
        return code;
    }
    *ret_ids = XH_NEW_ARRAY(call->ctx->arena, int64_t, page.count + 1);
    for (size_t i = 0; i < page.count; i++) {
        (*ret_ids)[i] = page.items[i].id;
    }
    *ret_count = page.count;
    return XH_E_OK;
}
