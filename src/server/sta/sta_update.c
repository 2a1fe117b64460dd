/* sta_update.c: PATCH, PUT and JSON Patch (18-088 10.3).
 *
 * One transaction reads the entity, changes it and writes it, so two who change it at once come one
 * after the other and none of what either said is lost. Related entities may be named by their
 * "@iot.id", not sent inline: a link to one is replaced, one to many gets another; the Locations of
 * a Thing are where it is now.
 */
#include "server/sta/sta_write_internal.h"

#include <string.h>

struct updating {
    enum xh__sta_type type;
    int64_t id;
    enum xh__sta_update_kind kind;
    struct xh__sta_input *input; /* PATCH and PUT: parsed before */
    struct xh_str patch;         /* JSON Patch */
};

/* ---- links ---- */

static int check_references(const struct xh__sta_input *input, struct xh_err *err)
{
    const struct xh__sta_entity_type *type = &xh__sta_types[input->type];
    for (size_t i = 0; i < type->link_count; i++) {
        for (size_t k = 0; k < input->links[i].count; k++) {
            if (!input->links[i].items[k]->is_reference) {
                return xh_err_field(err, XH_E_INVALID, type->links[i].name, XH_STR(""),
                                    "{\"@iot.id\": n}", NULL,
                                    "related entities are named by their @iot.id in an update, not "
                                    "sent with it");
            }
        }
    }
    return XH_E_OK;
}

/* Links to one, into the record before it is put. */
static int links_to_one(struct xh_ctx *ctx, const struct xh__sta_input *input, struct xh_doc *doc,
                        struct xh_err *err)
{
    const struct xh__sta_entity_type *type = &xh__sta_types[input->type];
    struct xh__sta_entity entity;
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < type->link_count; i++) {
        const struct xh__sta_link *link = &type->links[i];
        if (link->is_many || input->links[i].count == 0) {
            continue;
        }
        int64_t id = input->links[i].items[0]->id;
        bool is_thing = link->target == XH__STA_THING && input->type != XH__STA_HISTORICAL_LOCATION;
        code = xh__sta_reference_get(ctx, link->target, id, &entity, err);
        if (code >= 0 && is_thing && id != xh_doc_int(doc, "device")) {
            code = xh__sta_series_of_thing(ctx, doc, id, err);
        } else if (code >= 0) {
            xh_doc_set_int(doc, link->field, id);
        }
    }
    return code;
}

static int link_ids(struct xh_ctx *ctx, const struct xh__sta_inputs *list, int64_t **ret,
                    struct xh_err *err)
{
    struct xh__sta_entity entity;
    int64_t *ids = XH_NEW_ARRAY(ctx->arena, int64_t, list->count + 1);
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < list->count; i++) {
        ids[i] = list->items[i]->id;
        code = xh__sta_reference_get(ctx, list->items[i]->type, ids[i], &entity, err);
    }
    *ret = ids;
    return code;
}

static int adopt_all(struct xh_ctx *ctx, int64_t id, const struct xh__sta_input *input, size_t at,
                     struct xh_err *err)
{
    struct xh__sta_parent self = {(int)input->type, id};
    const struct xh__sta_inputs *list = &input->links[at];
    struct xh__sta_entity entity;
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < list->count; i++) {
        code = xh__sta_reference_get(ctx, list->items[i]->type, list->items[i]->id, &entity, err);
        code = code < 0 ? code : xh__sta_adopt(ctx, &entity, &self, err);
    }
    return code;
}

/* Links to many, after it is put. */
static int links_to_many(struct xh_ctx *ctx, int64_t id, const struct xh__sta_input *input,
                         struct xh_err *err)
{
    const struct xh__sta_entity_type *type = &xh__sta_types[input->type];
    int64_t *ids = NULL;
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < type->link_count; i++) {
        const struct xh__sta_link *link = &type->links[i];
        const struct xh__sta_inputs *list = &input->links[i];
        bool is_place = input->type == XH__STA_THING && link->target == XH__STA_LOCATION;
        if (!link->is_many || list->count == 0 || link->is_required) {
            continue;
        }
        if (!is_place) {
            code = adopt_all(ctx, id, input, i, err);
            continue;
        }
        code = link_ids(ctx, list, &ids, err);
        code = code < 0 ? code : xh__sta_move_now(ctx, id, ids, list->count, err);
    }
    return code;
}

/* ---- the properties of a MultiDatastream ---- */

/* Those given replace the ones there when as many types are given, else they are added. */
static int update_components(struct xh_ctx *ctx, const struct xh__sta_input *input,
                             struct xh_doc *doc, struct xh_err *err)
{
    const struct xh__sta_inputs *list = xh__sta_input_link(input, "ObservedProperties");
    struct xh_str types = xh__sta_input_value(input, "multiObservationDataTypes");
    struct xh_str units = xh__sta_input_value(input, "unitOfMeasurements");
    struct xh_str *items = NULL;
    size_t now = xh_doc_count(doc, "components"), type_count = 0, kept = now;
    int64_t *given = NULL;
    if (list->count == 0 && types.ptr == NULL && units.ptr == NULL) {
        return XH_E_OK;
    }
    int code = link_ids(ctx, list, &given, err);
    if (code >= 0 && types.ptr != NULL) {
        code = xh__sta_json_items(ctx->arena, "multiObservationDataTypes", types, &items,
                                  &type_count, err);
    }
    if (code < 0) {
        return code;
    }
    if (list->count > 0 && type_count == list->count) {
        kept = 0;
    }
    int64_t *ids = XH_NEW_ARRAY(ctx->arena, int64_t, kept + list->count + 1);
    for (size_t i = 0; i < kept; i++) {
        ids[i] = xh_value_int(xh_doc_at(doc, "components", i, "property"));
    }
    for (size_t i = 0; i < list->count; i++) {
        ids[kept + i] = given[i];
    }
    return xh__sta_fill_components(ctx, input, ids, kept + list->count, doc, err);
}

/* ---- the update ---- */

/* What the entity would be as JSON after the patch, as a PUT says it. */
static int patch_input(struct xh_ctx *ctx, const struct xh__sta_entity *entity,
                       const struct updating *u, struct xh__sta_input **ret, struct xh_err *err)
{
    struct xh_str before, after;
    struct xh__sta_entity said = *entity;
    said.has_area = true; /* only what was set: the area that is found out stays so */
    int code = xh__sta_entity_json(ctx, &said, &before, err);
    code = code < 0 ? code : xh__sta_json_patch(ctx->arena, before, u->patch, &after, err);
    code = code < 0 ? code : xh__sta_input_parse(ctx->arena, u->type, after, ret, err);
    return code < 0 ? code : check_references(*ret, err);
}

static int check_required(const struct xh__sta_input *input, struct xh_err *err)
{
    const struct xh__sta_entity_type *type = &xh__sta_types[input->type];
    for (size_t i = 0; i < type->property_count; i++) {
        if ((type->properties[i].flags & XH__STA_REQUIRED) != 0 && input->values[i].ptr == NULL) {
            return xh_err_field(err, XH_E_INVALID, type->properties[i].name, XH_STR(""), "given",
                                NULL, "PUT says all of a %s: its property %s is missing",
                                type->name, type->properties[i].name);
        }
    }
    return XH_E_OK;
}

static int update_run(struct xh_ctx *ctx, void *arg, struct xh_err *err)
{
    const struct updating *u = arg;
    struct xh__sta_input *input = u->input;
    struct xh__sta_entity entity;
    int code = xh__sta_entity_get(ctx, u->type, u->id, &entity, err);
    if (code >= 0 && u->kind == XH__STA_JSON_PATCH) {
        code = patch_input(ctx, &entity, u, &input, err);
    }
    if (code >= 0 && u->kind != XH__STA_PATCH) {
        code = check_required(input, err);
    }
    if (code < 0) {
        return code;
    }
    struct xh_doc *doc = entity.record.doc;
    int64_t device = u->type == XH__STA_DATASTREAM || u->type == XH__STA_MULTI_DATASTREAM
                         ? xh_doc_int(doc, "device")
                         : 0;
    if (u->kind != XH__STA_PATCH) {
        xh__sta_reset(input, doc);
    }
    code = xh__sta_fill(ctx, input, doc, err);
    if (code >= 0 && u->type == XH__STA_MULTI_DATASTREAM) {
        code = update_components(ctx, input, doc, err);
    }
    code = code < 0 ? code : links_to_one(ctx, input, doc, err);
    if (code < 0) {
        return code;
    }
    code = xh_record_put(ctx, &entity.record, err);
    if (code < 0) {
        xh__sta_name_fault(u->type, err);
        return code;
    }
    if (device != 0 && xh_doc_int(entity.record.doc, "device") != device) {
        code = xh_observe_moved(ctx, xh_doc_int(entity.record.doc, "device"), err);
    }
    return code < 0 ? code : links_to_many(ctx, u->id, input, err);
}

int xh__sta_update(struct xh__sta_call *call, enum xh__sta_type type, int64_t id,
                   enum xh__sta_update_kind kind, struct xh_str json, struct xh_err *err)
{
    struct updating u = {.type = type, .id = id, .kind = kind, .patch = json};
    int code = XH_E_OK;
    if (type == XH__STA_OBSERVATION) {
        return xh__sta_update_observation(call, id, kind, json, err);
    }
    if (kind != XH__STA_JSON_PATCH) {
        code = xh__sta_input_parse(call->ctx->arena, type, json, &u.input, err);
        code = code < 0 ? code : check_references(u.input, err);
    }
    return code < 0 ? code : xh_records_write(call->ctx, update_run, &u, err);
}
