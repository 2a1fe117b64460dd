/* sta_out_json.c: entities as JSON (18-088, 8.2 and 9.3.2): what is shown of each, its links, and
 * what is expanded in their place. Links are written without looking for what must be escaped: the
 * root was checked when it was made, the rest are names and numbers. */
#include <string.h>

#include "base/num.h"
#include "server/sta/sta_read_internal.h"

enum { LINK_BYTES_MAX = 640 };

static size_t add_text(char *link, size_t at, const char *text, size_t len)
{
    size_t room = LINK_BYTES_MAX - at;
    len = len < room ? len : room;
    memcpy(link + at, text, len);
    return at + len;
}

/* "http://host/v1.1/Things(1)" and what stands behind it, in quotes. */
static size_t link_print(const struct xh__sta_call *call, enum xh__sta_type type, int64_t id,
                         const char *behind, char link[LINK_BYTES_MAX])
{
    char number[XH_NUM_TEXT_BYTES];
    const char *set = xh__sta_types[type].set;
    size_t len = add_text(link, 0, "\"", 1);
    len = add_text(link, len, call->root.ptr, call->root.len);
    len = add_text(link, len, "/", 1);
    len = add_text(link, len, set, strlen(set));
    len = add_text(link, len, "(", 1);
    len = add_text(link, len, number, xh_int_print(id, number));
    len = add_text(link, len, ")", 1);
    if (behind != NULL) {
        len = add_text(link, len, "/", 1);
        len = add_text(link, len, behind, strlen(behind));
    }
    return add_text(link, len, "\"", 1);
}

void xh__sta_write_link(struct xh_json_writer *w, const struct xh__sta_call *call,
                        enum xh__sta_type type, int64_t id, const char *behind)
{
    char link[LINK_BYTES_MAX];
    size_t len = link_print(call, type, id, behind, link);
    xh_json_raw_value(w, (struct xh_str){link, len});
}

struct xh_str xh__sta_self_link(const struct xh__sta_call *call, enum xh__sta_type type, int64_t id)
{
    char link[LINK_BYTES_MAX];
    size_t len = link_print(call, type, id, NULL, link);
    return xh_arena_str(call->ctx->arena, (struct xh_str){link + 1, len - 2});
}

/* ---- links ---- */

static void write_name(struct xh_json_writer *w, const char *name, const char *tail)
{
    char text[96];
    size_t len = strlen(name), tail_len = strlen(tail);
    memcpy(text, name, len);
    memcpy(text + len, tail, tail_len);
    xh_json_name_str(w, (struct xh_str){text, len + tail_len});
}

/* An observation is of a Datastream or of a MultiDatastream, whose results are lists. */
static int has_link(struct xh__sta_reader *r, const struct xh__sta_entity *entity,
                    const struct xh__sta_link *link, struct xh_err *err)
{
    int64_t id = 1;
    if (entity->type != XH__STA_OBSERVATION || link->target == XH__STA_FEATURE) {
        return 1;
    }
    const struct xh_observation *o = &entity->observation;
    bool is_list = o->kind == XH_RESULT_JSON && o->text.len > 0 && o->text.ptr[0] == '[';
    if (!is_list) {
        return link->target == XH__STA_DATASTREAM;
    }
    int code = xh__sta_entity_linked(&r->scan, entity, link, &id, err);
    return code < 0 ? code : id != 0;
}

static int write_links(struct xh__sta_reader *r, const struct xh__sta_nodes *nodes,
                       const struct xh__sta_entity *entity, struct xh_json_writer *w,
                       struct xh_err *err)
{
    const struct xh__sta_entity_type *type = &xh__sta_types[nodes->type];
    for (size_t i = 0; i < type->link_count; i++) {
        const struct xh__sta_link *link = &type->links[i];
        if ((nodes->shape.links & UINT64_C(1) << i) == 0) {
            continue;
        }
        int has = has_link(r, entity, link, err);
        if (has < 0) {
            return has;
        }
        if (has > 0) {
            write_name(w, link->name, "@iot.navigationLink");
            xh__sta_write_link(w, r->call, nodes->type, entity->id, link->name);
        }
    }
    return XH_E_OK;
}

/* ---- what is expanded ---- */

static void write_next(struct xh__sta_reader *r, const struct xh__sta_branch *branch,
                       const struct xh__sta_entity *parent, const struct xh__sta_slice *slice,
                       struct xh_json_writer *w)
{
    struct xh_buf link;
    char self[LINK_BYTES_MAX];
    size_t len = link_print(r->call, parent->type, parent->id, branch->link->name, self);
    xh_buf_init(&link, 0);
    xh_buf_add(&link, self, len - 1);
    xh_buf_add_char(&link, '?');
    xh_buf_add_str(&link, branch->next_query);
    xh_buf_add_text(&link, branch->next_query.len > 0 ? "&$after=" : "$after=");
    xh__sta_url_add(&link, slice->after);
    xh_buf_add_char(&link, '"');
    write_name(w, branch->link->name, "@iot.nextLink");
    xh_json_raw_value(w, xh_buf_str(&link));
    xh_buf_finish(&link);
}

static int write_branch(struct xh__sta_reader *r, const struct xh__sta_branch *branch,
                        const struct xh__sta_entity *parent, size_t index, struct xh_json_writer *w,
                        struct xh_err *err)
{
    const struct xh__sta_slice *slice = &branch->of[index];
    int code = XH_E_OK;
    if (!branch->link->is_many) {
        if (slice->count > 0) {
            xh_json_name(w, branch->link->name);
            code = xh__sta_write_node(r, &branch->nodes, slice->indexes[0], w, err);
        }
        return code;
    }
    if (slice->total >= 0) {
        write_name(w, branch->link->name, "@iot.count");
        xh_json_int(w, slice->total);
    }
    xh_json_name(w, branch->link->name);
    xh_json_array(w);
    for (size_t i = 0; code >= 0 && i < slice->count; i++) {
        code = xh__sta_write_node(r, &branch->nodes, slice->indexes[i], w, err);
    }
    xh__sta_array_end(w, code);
    if (code >= 0 && slice->after.len > 0) {
        write_next(r, branch, parent, slice, w);
    }
    return code;
}

/* ---- an entity ---- */

int xh__sta_write_node(struct xh__sta_reader *r, const struct xh__sta_nodes *nodes, size_t index,
                       struct xh_json_writer *w, struct xh_err *err)
{
    const struct xh__sta_entity_type *type = &xh__sta_types[nodes->type];
    const struct xh__sta_entity *entity = &nodes->items[index];
    xh_json_object(w);
    if (nodes->shape.has_id) {
        xh_json_member_int(w, "@iot.id", entity->id);
    }
    if (nodes->shape.has_self) {
        xh_json_name(w, "@iot.selfLink");
        xh__sta_write_link(w, r->call, nodes->type, entity->id, NULL);
    }
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < type->property_count; i++) {
        if ((nodes->shape.properties & UINT64_C(1) << i) != 0) {
            code = xh__sta_entity_write_member(r->ctx, entity, &type->properties[i], w, err);
        }
    }
    code = code < 0 ? code : write_links(r, nodes, entity, w, err);
    for (size_t i = 0; code >= 0 && i < nodes->branch_count; i++) {
        code = write_branch(r, &nodes->branches[i], entity, index, w, err);
    }
    xh__sta_object_end(w, code);
    return code;
}

void xh__sta_sheet_begin(struct xh_json_writer *w, const struct xh__sta_sheet *sheet,
                         const char *list)
{
    if (sheet->total >= 0) {
        xh_json_member_int(w, "@iot.count", sheet->total);
    }
    if (sheet->next_link.len > 0) {
        xh_json_member_str(w, "@iot.nextLink", sheet->next_link);
    }
    xh_json_name(w, list);
    xh_json_array(w);
}

int xh__sta_out_json(struct xh__sta_reader *r, const struct xh__sta_sheet *sheet,
                     struct xh_buf *out, struct xh_err *err)
{
    struct xh_json_writer w;
    int code = XH_E_OK;
    xh_json_writer_init(&w, out, false);
    xh_json_object(&w);
    xh__sta_sheet_begin(&w, sheet, "value");
    for (size_t i = 0; code >= 0 && i < sheet->nodes->count; i++) {
        code = xh__sta_write_node(r, sheet->nodes, i, &w, err);
    }
    xh__sta_array_end(&w, code);
    xh__sta_object_end(&w, code);
    return code;
}
