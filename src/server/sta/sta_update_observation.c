/* sta_update_observation.c: correcting an observation; entities as JSON for JSON Patch. */
#include "server/sta/sta_write_internal.h"

#include "base/num.h"

int xh__sta_entity_json(struct xh_ctx *ctx, const struct xh__sta_entity *entity, struct xh_str *ret,
                        struct xh_err *err)
{
    const struct xh__sta_entity_type *type = &xh__sta_types[entity->type];
    struct xh_buf out = {0};
    struct xh_json_writer w;
    int code = XH_E_OK;
    xh_json_writer_init(&w, &out, false);
    xh_json_object(&w);
    for (size_t i = 0; code >= 0 && i < type->property_count; i++) {
        if ((type->properties[i].flags & XH__STA_READ_ONLY) == 0) {
            code = xh__sta_entity_write_member(ctx, entity, &type->properties[i], &w, err);
        }
    }
    xh_json_object_end(&w);
    *ret = xh_arena_str(ctx->arena, xh_buf_str(&out));
    xh_buf_finish(&out);
    return code < 0 ? code : XH_E_OK;
}

/* PUT: back to what an observation without these has. Its time was given by the server if not by
 * the client, and stays. */
static void reset(struct xh_observation *o)
{
    o->has_result_time = o->has_valid = false;
    o->result_us = o->valid_from_us = o->valid_to_us = 0;
    o->parameters = o->result_quality = (struct xh_str){NULL, 0};
}

static int check_series(const struct xh__sta_input *input, const char *link, bool is_it,
                        int64_t series_id, struct xh_err *err)
{
    const struct xh__sta_inputs *items = xh__sta_input_link(input, link);
    if (items->count == 0 ||
        (is_it && items->items[0]->is_reference && items->items[0]->id == series_id)) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_INVALID, link, XH_STR(""), NULL, NULL,
                        "an Observation stays in the Datastream that it was made in");
}

static int check_links(struct xh_ctx *ctx, const struct xh__sta_input *input,
                       struct xh__sta_entity *entity, struct xh_err *err)
{
    static const char *const names[] = {"Datastream", "MultiDatastream"};
    const struct xh__sta_inputs *feature = xh__sta_input_link(input, "FeatureOfInterest");
    struct xh__sta_entity found;
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < XH_COUNT(names); i++) {
        const struct xh__sta_link *link = xh__sta_link_find(XH__STA_OBSERVATION,
                                                            xh_str_from(names[i]));
        int64_t id = 0;
        code = xh__sta_entity_linked(ctx, entity, link, &id, err);
        code = code < 0
                   ? code
                   : check_series(input, names[i], id != 0, entity->observation.series_id, err);
    }
    if (code < 0 || feature->count == 0) {
        return code;
    }
    if (!feature->items[0]->is_reference) {
        return xh_err_field(err, XH_E_INVALID, "FeatureOfInterest", XH_STR(""), "{\"@iot.id\": n}",
                            NULL,
                            "related entities are named by their @iot.id in an update, not sent "
                            "with it");
    }
    code = xh__sta_reference_get(ctx, XH__STA_FEATURE, feature->items[0]->id, &found, err);
    if (code >= 0) {
        entity->observation.feature_id = found.id;
    }
    return code;
}

int xh__sta_update_observation(struct xh__sta_call *call, int64_t id, enum xh__sta_update_kind kind,
                               struct xh_str json, struct xh_err *err)
{
    struct xh_ctx *ctx = call->ctx;
    struct xh__sta_entity entity;
    struct xh__sta_input *input = NULL;
    struct xh_str before;
    int code = xh__sta_entity_get(ctx, XH__STA_OBSERVATION, id, &entity, err);
    if (code >= 0 && kind == XH__STA_JSON_PATCH) {
        code = xh__sta_entity_json(ctx, &entity, &before, err);
        code = code < 0 ? code : xh__sta_json_patch(ctx->arena, before, json, &json, err);
    }
    code = code < 0 ? code
                    : xh__sta_input_parse(ctx->arena, XH__STA_OBSERVATION, json, &input, err);
    if (code < 0) {
        return code;
    }
    if (kind != XH__STA_PATCH && xh__sta_input_value(input, "result").ptr == NULL) {
        return xh_err_field(err, XH_E_INVALID, "result", XH_STR(""), "given", NULL,
                            "PUT says all of an Observation: its property result is missing");
    }
    if (kind != XH__STA_PATCH) {
        reset(&entity.observation);
    }
    code = check_links(ctx, input, &entity, err);
    code = code < 0 ? code : xh__sta_observation_fill(ctx, input, &entity.observation, err);
    return code < 0 ? code : xh_observation_put(ctx, &entity.observation, err);
}
