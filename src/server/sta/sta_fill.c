/* sta_fill.c: what was said of an entity, into its record.
 *
 * What SensorThings has no word for may be said of a Datastream in its properties:
 *
 *     "properties": {"xanh": {"kind": "register", "period_s": 900, "direction": "use"}}
 *
 * with kind, period_s, direction, stamp and (on creation only) policy as core.series has them. An
 * ObservedProperty is one of a room's quantities where its definition is that quantity's, or
 * "properties": {"quantity": "energy.electricity"} names it.
 */
#include "server/sta/sta_write_internal.h"

#include "base/num.h"

#include <string.h>

struct filling {
    struct xh_ctx *ctx;
    const struct xh__sta_input *input;
    struct xh_doc *doc;
    struct xh_err *err;
};

/* ---- positions ---- */

static int read_point(struct xh_arena *arena, struct xh_str coordinates, double *ret_lon,
                      double *ret_lat)
{
    struct xh_str *items = NULL;
    size_t count = 0;
    int code = xh__sta_json_items(arena, "coordinates", coordinates, &items, &count, NULL);
    if (code < 0 || count < 2) {
        return XH_E_INVALID;
    }
    code = xh_num_parse(items[0], ret_lon, NULL);
    return code < 0 ? code : xh_num_parse(items[1], ret_lat, NULL);
}

/* The position of a GeoJSON Point, also as the geometry of a Feature; false: it is none. */
static bool point_of(struct xh_arena *arena, struct xh_str json, double *ret_lon, double *ret_lat)
{
    static const char *const names[] = {"type", "coordinates", "geometry"};
    for (int depth = 0; depth < 2; depth++) {
        struct xh_str members[XH_COUNT(names)] = {{NULL, 0}};
        if (xh__sta_json_members(arena, "location", json, names, XH_COUNT(names), members, NULL) <
            0) {
            return false;
        }
        if (xh_str_is(members[0], "\"Point\"") && members[1].ptr != NULL) {
            return read_point(arena, members[1], ret_lon, ret_lat) >= 0 && *ret_lon >= -180 &&
                   *ret_lon <= 180 && *ret_lat >= -90 && *ret_lat <= 90;
        }
        if (members[2].ptr == NULL) {
            return false;
        }
        json = members[2];
    }
    return false;
}

static void fill_position(struct filling *f, struct xh_str json)
{
    double lon = 0, lat = 0;
    if (point_of(f->ctx->arena, json, &lon, &lat)) {
        xh_doc_set_real(f->doc, "lat_deg", lat);
        xh_doc_set_real(f->doc, "lon_deg", lon);
    } else {
        xh_doc_set_null(f->doc, "lat_deg");
        xh_doc_set_null(f->doc, "lon_deg");
    }
}

/* ---- units ---- */

static void set_or_null(struct xh_doc *doc, const char *field, struct xh_str text)
{
    if (text.len > 0) {
        xh_doc_set_text(doc, field, text);
    } else {
        xh_doc_set_null(doc, field);
    }
}

static void set_unit(struct xh_doc *doc, const struct xh__sta_unit *unit)
{
    const struct xh_unit *known = xh__sta_unit_find(unit->symbol, unit->definition);
    xh_doc_set_string(doc, "unit", known != NULL ? known->symbol : "1");
    set_or_null(doc, "unit_name", unit->name);
    set_or_null(doc, "unit_symbol", unit->symbol);
    set_or_null(doc, "unit_definition", unit->definition);
}

static int fill_unit(struct filling *f, struct xh_str json)
{
    struct xh__sta_unit unit;
    int code = xh__sta_unit_parse(f->ctx->arena, "unitOfMeasurement", json, &unit, f->err);
    if (code >= 0) {
        set_unit(f->doc, &unit);
    }
    return code;
}

/* A series of ours gets a type as a stranger says it: from then on its unit, too, is shown as said,
 * and stays the one that it has. */
static void keep_known_unit(struct filling *f)
{
    const struct xh_unit *unit = xh_unit_find(xh_doc_text(f->doc, "unit"));
    bool is_said = !xh_doc_is_null(f->doc, "observation_type") ||
                   !xh_doc_is_null(f->doc, "unit_name") || !xh_doc_is_null(f->doc, "unit_symbol") ||
                   !xh_doc_is_null(f->doc, "unit_definition");
    if (unit == NULL || is_said) {
        return;
    }
    xh_doc_set_string(f->doc, "unit_name", unit->name_en);
    xh_doc_set_string(f->doc, "unit_symbol", unit->symbol);
    if (unit->ucum != NULL) {
        xh_doc_set_text(f->doc, "unit_definition",
                        xh_arena_format(f->ctx->arena, "ucum:%s", unit->ucum));
    }
}

/* ---- what only Xanh knows ---- */

static int fill_text_of(struct filling *f, const char *field, struct xh_str json)
{
    struct xh_str text;
    int code = xh__sta_json_text(f->ctx->arena, field, json, &text, f->err);
    if (code >= 0) {
        xh_doc_set_text(f->doc, field, text);
    }
    return code;
}

static int fill_period(struct filling *f, struct xh_str json)
{
    int64_t period_s = 0;
    if (xh_int_parse(json, &period_s) < 0) {
        return xh__sta_wrong_type("period_s", json, "a whole number of seconds", f->err);
    }
    xh_doc_set_int(f->doc, "period_s", period_s);
    return XH_E_OK;
}

static int fill_own(struct filling *f, struct xh_str properties)
{
    static const char *const own[] = {"xanh"};
    static const char *const names[] = {"kind", "direction", "stamp", "policy", "period_s"};
    struct xh_str object = {NULL, 0};
    struct xh_str members[XH_COUNT(names)] = {{NULL, 0}};
    int code = xh__sta_json_members(f->ctx->arena, "properties", properties, own, 1, &object,
                                    f->err);
    if (code < 0 || object.ptr == NULL) {
        return code;
    }
    code = xh__sta_json_members(f->ctx->arena, "properties.xanh", object, names, XH_COUNT(names),
                                members, f->err);
    for (size_t i = 0; code >= 0 && i < XH_COUNT(names); i++) {
        bool is_period = strcmp(names[i], "period_s") == 0;
        if (members[i].ptr != NULL) {
            code = is_period ? fill_period(f, members[i]) : fill_text_of(f, names[i], members[i]);
        }
    }
    return code;
}

/* The room's quantity whose full name or definition this is; empty: none. */
static struct xh_str quantity_find(struct filling *f, struct xh_str text)
{
    size_t count = 0;
    const struct xh_domain *const *domains = xh_engine_domains(xh_ctx_engine(f->ctx), &count);
    if (text.len > 0 && xh_engine_quantity(xh_ctx_engine(f->ctx), text) != NULL) {
        return text;
    }
    for (size_t d = 0; d < count; d++) {
        for (size_t i = 0; i < domains[d]->quantity_count; i++) {
            const struct xh_quantity *quantity = &domains[d]->quantities[i];
            if (quantity->definition != NULL && xh_str_is(text, quantity->definition)) {
                return xh_arena_format(f->ctx->arena, "%s.%s", domains[d]->name, quantity->name);
            }
        }
    }
    return (struct xh_str){NULL, 0};
}

static int fill_quantity(struct filling *f)
{
    static const char *const names[] = {"quantity"};
    struct xh_str properties = xh__sta_input_value(f->input, "properties");
    struct xh_str raw = {NULL, 0}, said = {NULL, 0};
    int code = XH_E_OK;
    if (properties.ptr != NULL && !xh__sta_is_null(properties)) {
        code = xh__sta_json_members(f->ctx->arena, "properties", properties, names, 1, &raw,
                                    f->err);
    }
    if (code >= 0 && raw.len > 0 && raw.ptr[0] == '"') {
        code = xh__sta_json_text(f->ctx->arena, "quantity", raw, &said, f->err);
    }
    if (code < 0) {
        return code;
    }
    struct xh_str quantity = quantity_find(f, said);
    if (quantity.len == 0) {
        quantity = quantity_find(f, xh_doc_text(f->doc, "definition"));
    }
    if (quantity.len > 0) {
        xh_doc_set_text(f->doc, "quantity", quantity);
    }
    return XH_E_OK;
}

/* ---- properties ---- */

static int fill_text(struct filling *f, const struct xh__sta_property *property, struct xh_str json)
{
    struct xh_str text;
    int code = xh__sta_json_text(f->ctx->arena, property->name, json, &text, f->err);
    if (code >= 0) {
        set_or_null(f->doc, property->field, text);
    }
    return code;
}

static int fill_time(struct filling *f, const struct xh__sta_property *property, struct xh_str json)
{
    struct xh__odata_value value;
    int code = xh__sta_json_time(f->ctx->arena, property->name, json, &value, f->err);
    if (code >= 0 && value.type != XH__ODATA_TIME) {
        return xh__sta_wrong_type(property->name, json, "an instant", f->err);
    }
    if (code >= 0) {
        xh_doc_set_int(f->doc, property->field, value.from_us);
    }
    return code;
}

static int fill_json(struct filling *f, const struct xh__sta_property *property, struct xh_str json)
{
    bool is_series = f->input->type == XH__STA_DATASTREAM ||
                     f->input->type == XH__STA_MULTI_DATASTREAM;
    if (property->kind == XH__STA_JSON_OBJECT && json.ptr[0] != '{') {
        return xh__sta_wrong_type(property->name, json, "an object", f->err);
    }
    xh_doc_set_text(f->doc, property->field, json);
    if (strcmp(property->name, "metadata") == 0) {
        xh_doc_set_null(f->doc, "metadata_url");
    }
    if (strcmp(property->name, "location") == 0) {
        fill_position(f, json);
    }
    bool is_own = is_series && strcmp(property->name, "properties") == 0;
    return is_own ? fill_own(f, json) : XH_E_OK;
}

/* Types and units of components are put in by xh__sta_fill_components. */
static int fill_special(struct filling *f, const struct xh__sta_property *property,
                        struct xh_str json)
{
    if (strcmp(property->name, "unitOfMeasurement") == 0) {
        return fill_unit(f, json);
    }
    if (strcmp(property->name, "observationType") == 0) {
        keep_known_unit(f);
        return fill_text(f, property, json);
    }
    if (strcmp(property->name, "observedArea") == 0) {
        return fill_json(f, property, json);
    }
    return XH_E_OK;
}

static int fill_property(struct filling *f, const struct xh__sta_property *property,
                         struct xh_str json)
{
    if (xh__sta_is_null(json)) {
        if ((property->flags & XH__STA_REQUIRED) != 0) {
            return xh__sta_wrong_type(property->name, json, "given", f->err);
        }
        if (property->field != NULL) {
            xh_doc_set_null(f->doc, property->field);
        }
        return XH_E_OK;
    }
    switch (property->kind) {
    case XH__STA_TEXT:
        return fill_text(f, property, json);
    case XH__STA_JSON:
    case XH__STA_JSON_OBJECT:
        return fill_json(f, property, json);
    case XH__STA_TIME:
        return fill_time(f, property, json);
    default:
        return fill_special(f, property, json);
    }
}

int xh__sta_fill(struct xh_ctx *ctx, const struct xh__sta_input *input, struct xh_doc *doc,
                 struct xh_err *err)
{
    const struct xh__sta_entity_type *type = &xh__sta_types[input->type];
    struct filling f = {ctx, input, doc, err};
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < type->property_count; i++) {
        bool is_read_only = (type->properties[i].flags & XH__STA_READ_ONLY) != 0;
        if (input->values[i].ptr != NULL && !is_read_only) {
            code = fill_property(&f, &type->properties[i], input->values[i]);
        }
    }
    if (code >= 0 && input->type == XH__STA_OBSERVED_PROPERTY) {
        code = fill_quantity(&f);
    }
    return code;
}

void xh__sta_reset(const struct xh__sta_input *input, struct xh_doc *doc)
{
    const struct xh__sta_entity_type *type = &xh__sta_types[input->type];
    for (size_t i = 0; i < type->property_count; i++) {
        const struct xh__sta_property *property = &type->properties[i];
        bool is_kept = (property->flags & (XH__STA_REQUIRED | XH__STA_READ_ONLY)) != 0;
        if (input->values[i].ptr == NULL && !is_kept && property->field != NULL) {
            xh_doc_set_null(doc, property->field);
        }
    }
}

/* ---- several properties ---- */

struct components {
    struct xh_str *types, *units; /* raw; NULL: as they were */
    size_t type_count, unit_count;
};

static int components_read(struct filling *f, struct components *ret)
{
    struct xh_str types = xh__sta_input_value(f->input, "multiObservationDataTypes");
    struct xh_str units = xh__sta_input_value(f->input, "unitOfMeasurements");
    size_t now = xh_doc_count(f->doc, "components");
    int code = XH_E_OK;
    *ret = (struct components){.type_count = now, .unit_count = now};
    if (types.ptr != NULL) {
        code = xh__sta_json_items(f->ctx->arena, "multiObservationDataTypes", types, &ret->types,
                                  &ret->type_count, f->err);
    }
    if (code >= 0 && units.ptr != NULL) {
        code = xh__sta_json_items(f->ctx->arena, "unitOfMeasurements", units, &ret->units,
                                  &ret->unit_count, f->err);
    }
    return code;
}

static int check_lengths(const struct components *c, size_t count, struct xh_err *err)
{
    bool is_same = c->type_count == count && c->unit_count == count;
    if (is_same && count > 0) {
        return XH_E_OK;
    }
    const char *name = c->type_count != count ? "multiObservationDataTypes" : "unitOfMeasurements";
    return xh_err_field(err, XH_E_INVALID, name, XH_STR(""), "as many as ObservedProperties", NULL,
                        "%zu ObservedProperties, %zu multiObservationDataTypes and %zu "
                        "unitOfMeasurements: as many of each are needed",
                        count, c->type_count, c->unit_count);
}

static void put_text(struct xh_doc *doc, size_t row, const char *field, struct xh_str text)
{
    if (text.len > 0) {
        xh_value_set_text(xh_doc_put(doc, "components", row, field), text);
    } else {
        xh_doc_put(doc, "components", row, field)->is_null = true;
    }
}

static int fill_component(struct filling *f, const struct components *c, size_t row)
{
    struct xh__sta_unit unit;
    struct xh_str type;
    int code = XH_E_OK;
    if (c->types != NULL) {
        code = xh__sta_json_text(f->ctx->arena, "multiObservationDataTypes", c->types[row], &type,
                                 f->err);
        if (code >= 0) {
            put_text(f->doc, row, "observation_type", type);
        }
    }
    if (code >= 0 && c->units != NULL) {
        code = xh__sta_unit_parse(f->ctx->arena, "unitOfMeasurements", c->units[row], &unit,
                                  f->err);
        if (code >= 0) {
            put_text(f->doc, row, "unit_name", unit.name);
            put_text(f->doc, row, "unit_symbol", unit.symbol);
            put_text(f->doc, row, "unit_definition", unit.definition);
        }
    }
    return code;
}

int xh__sta_fill_components(struct xh_ctx *ctx, const struct xh__sta_input *input,
                            const int64_t *property_ids, size_t count, struct xh_doc *doc,
                            struct xh_err *err)
{
    struct filling f = {ctx, input, doc, err};
    struct components c;
    int code = components_read(&f, &c);
    code = code < 0 ? code : check_lengths(&c, count, err);
    if (code < 0) {
        return code;
    }
    /* Fewer than there were: only where all three lists are new. */
    if (xh_doc_count(doc, "components") > count) {
        doc->parts[0].count = count;
    }
    while (xh_doc_count(doc, "components") < count) {
        (void)xh_doc_add(doc, "components");
    }
    for (size_t i = 0; code >= 0 && i < count; i++) {
        xh_value_set_int(xh_doc_put(doc, "components", i, "property"), property_ids[i]);
        code = fill_component(&f, &c, i);
    }
    xh_doc_set_string(doc, "unit", "1");
    xh_doc_set_int(doc, "property", property_ids[0]);
    return code;
}

/* ---- faults ---- */

void xh__sta_name_fault(enum xh__sta_type type, struct xh_err *err)
{
    const struct xh__sta_entity_type *t = &xh__sta_types[type];
    if (err == NULL) {
        return;
    }
    for (size_t i = 0; i < t->property_count; i++) {
        const char *field = t->properties[i].field;
        if (field != NULL && strcmp(err->field, field) == 0) {
            size_t len = strlen(t->properties[i].name);
            memcpy(err->field, t->properties[i].name, len + 1);
            return;
        }
    }
    if (strncmp(err->field, "unit", 4) == 0) {
        memcpy(err->field, "unitOfMeasurement", sizeof "unitOfMeasurement");
    }
}
