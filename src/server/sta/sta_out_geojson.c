/* sta_out_geojson.c: entities as GeoJSON (RFC 7946): a Feature each, its geometry its own (a
 * Location's, a FeatureOfInterest's, a Datastream's observed area) or the first one among what is
 * expanded of it; all else is its properties, of what is expanded to one as "Thing/name". */
#include <string.h>

#include "server/sta/sta_read_internal.h"

/* Which property of a type is a geometry; NULL: none. */
static const char *geometry_name(enum xh__sta_type type)
{
    switch (type) {
    case XH__STA_LOCATION:
        return "location";
    case XH__STA_FEATURE:
        return "feature";
    case XH__STA_DATASTREAM:
    case XH__STA_MULTI_DATASTREAM:
        return "observedArea";
    default:
        return NULL;
    }
}

/* What has coordinates; of a Feature its geometry. */
static bool geometry_in(struct xh_arena *arena, struct xh_str json, struct xh_str *ret)
{
    struct xh_json_reader *r = xh_json_reader_create(arena, json);
    struct xh_str raw, geometry = {NULL, 0};
    bool has_coordinates = false;
    if (xh_json_next(r) != XH_JSON_OBJECT) {
        return false;
    }
    while (xh_json_next(r) == XH_JSON_NAME) {
        bool is_geometry = xh_str_is(xh_json_text(r), "geometry");
        has_coordinates = has_coordinates || xh_str_is(xh_json_text(r), "coordinates") ||
                          xh_str_is(xh_json_text(r), "geometries");
        if (!xh_json_raw(r, &raw)) {
            return false;
        }
        geometry = is_geometry ? raw : geometry;
    }
    *ret = has_coordinates ? json : geometry;
    return ret->len > 0 && ret->ptr[0] == '{';
}

static int geometry_of(struct xh__sta_reader *r, const struct xh__sta_nodes *nodes, size_t index,
                       struct xh_str *ret, struct xh_err *err)
{
    const char *name = geometry_name(nodes->type);
    struct xh__odata_value value;
    int code = XH_E_OK;
    if (name != NULL) {
        code = xh__sta_entity_property(r->ctx, &nodes->items[index],
                                       xh__sta_property_find(nodes->type, xh_str_from(name)),
                                       &value, err);
        bool is_json = value.type == XH__ODATA_JSON || value.type == XH__ODATA_GEOMETRY;
        if (code >= 0 && is_json && geometry_in(r->ctx->arena, value.text, ret)) {
            return 1;
        }
    }
    for (size_t i = 0; code == 0 && i < nodes->branch_count; i++) {
        const struct xh__sta_slice *slice = &nodes->branches[i].of[index];
        for (size_t k = 0; code == 0 && k < slice->count; k++) {
            code = geometry_of(r, &nodes->branches[i].nodes, slice->indexes[k], ret, err);
        }
    }
    return code;
}

static int write_properties(struct xh__sta_reader *r, const struct xh__sta_nodes *nodes,
                            size_t index, struct xh_str prefix, struct xh_json_writer *w,
                            struct xh_err *err)
{
    const struct xh__sta_entity_type *type = &xh__sta_types[nodes->type];
    const struct xh__sta_entity *entity = &nodes->items[index];
    const char *geometry = geometry_name(nodes->type);
    int code = XH_E_OK;
    if (nodes->shape.has_id) {
        xh_json_name_str(w, xh_arena_format(r->ctx->arena, "%.*s@iot.id", XH_STR_ARG(prefix)));
        xh_json_int(w, entity->id);
    }
    for (size_t i = 0; code >= 0 && i < type->property_count; i++) {
        const char *name = type->properties[i].name;
        bool is_shown = (nodes->shape.properties & UINT64_C(1) << i) != 0;
        if (is_shown && (geometry == NULL || strcmp(geometry, name) != 0)) {
            xh_json_name_str(w, xh_arena_format(r->ctx->arena, "%.*s%s", XH_STR_ARG(prefix), name));
            code = xh__sta_entity_write_property(r->ctx, entity, &type->properties[i], w, err);
        }
    }
    for (size_t i = 0; code >= 0 && i < nodes->branch_count; i++) {
        const struct xh__sta_branch *branch = &nodes->branches[i];
        const struct xh__sta_slice *slice = &branch->of[index];
        for (size_t k = 0; code >= 0 && k < slice->count; k++) {
            struct xh_str below = branch->link->is_many
                                      ? xh_arena_format(r->ctx->arena, "%.*s%s/%zu/",
                                                        XH_STR_ARG(prefix), branch->link->name, k)
                                      : xh_arena_format(r->ctx->arena, "%.*s%s/",
                                                        XH_STR_ARG(prefix), branch->link->name);
            code = write_properties(r, &branch->nodes, slice->indexes[k], below, w, err);
        }
    }
    return code;
}

static int write_feature(struct xh__sta_reader *r, const struct xh__sta_nodes *nodes, size_t index,
                         struct xh_json_writer *w, struct xh_err *err)
{
    struct xh_str geometry = {NULL, 0};
    int code = geometry_of(r, nodes, index, &geometry, err);
    xh_json_object(w);
    xh_json_member_string(w, "type", "Feature");
    xh_json_member_int(w, "id", nodes->items[index].id);
    xh_json_name(w, "geometry");
    if (geometry.len > 0) {
        xh_json_raw_value(w, geometry);
    } else {
        xh_json_null(w);
    }
    xh_json_name(w, "properties");
    xh_json_object(w);
    code = code < 0 ? code : write_properties(r, nodes, index, XH_STR(""), w, err);
    xh__sta_object_end(w, code);
    xh__sta_object_end(w, code);
    return code;
}

int xh__sta_out_geojson(struct xh__sta_reader *r, const struct xh__sta_sheet *sheet, bool is_set,
                        struct xh_buf *out, struct xh_err *err)
{
    struct xh_json_writer w;
    xh_json_writer_init(&w, out, false);
    if (!is_set) {
        return write_feature(r, sheet->nodes, 0, &w, err);
    }
    int code = XH_E_OK;
    xh_json_object(&w);
    xh_json_member_string(&w, "type", "FeatureCollection");
    xh__sta_sheet_begin(&w, sheet, "features");
    for (size_t i = 0; code >= 0 && i < sheet->nodes->count; i++) {
        code = write_feature(r, sheet->nodes, i, &w, err);
    }
    xh__sta_array_end(&w, code);
    xh__sta_object_end(&w, code);
    return code;
}
