/* sta_value.c: the properties of entities, as values and as JSON.
 *
 * What a stranger sent as JSON is kept as text; what comes by other ways (a form, a table) may be
 * text that is no JSON, and is then shown as a string.
 */
#include "server/sta/sta_entity_internal.h"

#include "base/num.h"
#include "service/records.h"

#define TYPE_OF_MEASUREMENT "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"
#define TYPE_OF_COMPLEX                                                                            \
    "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_ComplexObservation"

enum { PLACES_ABOVE_MAX = 32 };

static struct xh__odata_value text_value(struct xh_str text)
{
    return (struct xh__odata_value){.type = XH__ODATA_TEXT, .text = text};
}

/* A kept JSON text as a value; a text that is no JSON as itself. */
static struct xh__odata_value json_value(struct xh_ctx *ctx, struct xh_str json)
{
    struct xh__odata_value value = {.type = XH__ODATA_NULL};
    if (json.len > 0 && xh__odata_from_json(ctx->arena, json, &value, NULL) < 0) {
        value = text_value(json);
    }
    return value;
}

/* GeoJSON is a geometry for functions; other encodings are what they are. */
static struct xh__odata_value geometry_value(struct xh_ctx *ctx, struct xh_str json)
{
    struct xh__odata_value value = json_value(ctx, json);
    if (value.type == XH__ODATA_JSON && value.text.len > 0 && value.text.ptr[0] == '{') {
        value.type = XH__ODATA_GEOMETRY;
    }
    return value;
}

static struct xh__odata_value made_json(struct xh_ctx *ctx, struct xh_buf *out)
{
    struct xh__odata_value value = {.type = XH__ODATA_JSON};
    value.text = xh_arena_str(ctx->arena, xh_buf_str(out));
    xh_buf_finish(out);
    return value;
}

/* ---- locations and features ---- */

/* A place without a shape of its own is where it, or the nearest place above it, is said to be. One
 * of which nothing is known is an unlocated feature (RFC 7946, 3.2). */
static int point_of(struct xh_ctx *ctx, const struct xh_doc *place, struct xh__odata_value *ret,
                    struct xh_err *err)
{
    struct xh_record above;
    int code = XH_E_OK;
    for (int i = 0; place != NULL && xh_doc_is_null(place, "lat_deg") && i < PLACES_ABOVE_MAX;
         i++) {
        int64_t parent = xh_doc_int(place, "parent");
        code = parent != 0 ? xh_record_get(ctx, "core.place", parent, &above, err) : XH_E_NOT_FOUND;
        place = code >= 0 ? above.doc : NULL;
    }
    if (code < 0 && code != XH_E_NOT_FOUND) {
        return code;
    }
    struct xh_buf out = {0};
    struct xh_json_writer w;
    xh_json_writer_init(&w, &out, false);
    xh_json_object(&w);
    xh_json_name(&w, "type");
    if (place == NULL || xh_doc_is_null(place, "lat_deg") || xh_doc_is_null(place, "lon_deg")) {
        xh_err_clear(err);
        xh_json_string(&w, "Feature");
        xh_json_name(&w, "properties");
        xh_json_object(&w);
        xh_json_object_end(&w);
        xh_json_name(&w, "geometry");
        xh_json_null(&w);
    } else {
        xh_json_string(&w, "Point");
        xh_json_name(&w, "coordinates");
        xh_json_array(&w);
        xh_json_num(&w, xh_doc_real(place, "lon_deg"));
        xh_json_num(&w, xh_doc_real(place, "lat_deg"));
        xh_json_array_end(&w);
    }
    xh_json_object_end(&w);
    *ret = made_json(ctx, &out);
    ret->type = XH__ODATA_GEOMETRY;
    return XH_E_OK;
}

static int geometry_of_place(struct xh_ctx *ctx, const struct xh_doc *place,
                             struct xh__odata_value *ret, struct xh_err *err)
{
    struct xh_str geometry = xh_doc_text(place, "geometry");
    if (geometry.len == 0) {
        return point_of(ctx, place, ret, err);
    }
    *ret = geometry_value(ctx, geometry);
    return XH_E_OK;
}

static int location_value(struct xh_ctx *ctx, const struct xh__sta_entity *entity,
                          struct xh__odata_value *ret, struct xh_err *err)
{
    const struct xh_doc *doc = entity->record.doc;
    struct xh_str geometry = xh_doc_text(doc, "geometry");
    struct xh_record place;
    if (geometry.len > 0) {
        *ret = geometry_value(ctx, geometry);
        return XH_E_OK;
    }
    if (entity->type == XH__STA_LOCATION) {
        return point_of(ctx, doc, ret, err);
    }
    int64_t of = xh_doc_int(doc, "place");
    int code = of != 0 ? xh_record_get(ctx, "core.place", of, &place, err) : XH_E_NOT_FOUND;
    if (code == XH_E_NOT_FOUND) {
        xh_err_clear(err);
        *ret = (struct xh__odata_value){.type = XH__ODATA_NULL};
        return XH_E_OK;
    }
    return code < 0 ? code : geometry_of_place(ctx, place.doc, ret, err);
}

static struct xh__odata_value encoding_value(const struct xh__sta_entity *entity)
{
    struct xh_str encoding = xh_doc_text(entity->record.doc, "encoding");
    if (encoding.len > 0) {
        return text_value(encoding);
    }
    return text_value(entity->type == XH__STA_SENSOR ? XH_STR("text/html")
                                                     : XH_STR("application/geo+json"));
}

static struct xh__odata_value metadata_value(struct xh_ctx *ctx, const struct xh_doc *sensor)
{
    struct xh_str metadata = xh_doc_text(sensor, "metadata");
    return metadata.len > 0 ? json_value(ctx, metadata)
                            : text_value(xh_doc_text(sensor, "metadata_url"));
}

/* ---- datastreams ---- */

static void write_known_unit(struct xh_json_writer *w, struct xh_str symbol)
{
    const struct xh_unit *unit = xh_unit_find(symbol);
    struct xh_buf code = {0};
    xh_json_object(w);
    xh_json_member_str_or_null(w, "name", unit != NULL ? xh_str_from(unit->name_en) : symbol);
    xh_json_member_str_or_null(w, "symbol", symbol);
    if (unit != NULL && unit->ucum != NULL) {
        xh_buf_add_format(&code, "ucum:%s", unit->ucum);
    }
    xh_json_member_str_or_null(w, "definition", xh_buf_str(&code));
    xh_json_object_end(w);
    xh_buf_finish(&code);
}

static struct xh_str said(const struct xh_doc *doc, ptrdiff_t component, const char *field)
{
    return component < 0 ? xh_doc_text(doc, field)
                         : xh_value_text(xh_doc_at(doc, "components", (size_t)component, field));
}

/* As a stranger said it; of the series itself: component < 0. */
static void write_unit(struct xh_json_writer *w, const struct xh_doc *series, ptrdiff_t component)
{
    xh_json_object(w);
    xh_json_member_str_or_null(w, "name", said(series, component, "unit_name"));
    xh_json_member_str_or_null(w, "symbol", said(series, component, "unit_symbol"));
    xh_json_member_str_or_null(w, "definition", said(series, component, "unit_definition"));
    xh_json_object_end(w);
}

static void write_unit_of_measurement(struct xh_json_writer *w, const struct xh_doc *series)
{
    if (xh_doc_is_null(series, "observation_type") && xh_doc_is_null(series, "unit_name") &&
        xh_doc_is_null(series, "unit_symbol") && xh_doc_is_null(series, "unit_definition")) {
        write_known_unit(w, xh_doc_text(series, "unit"));
    } else {
        write_unit(w, series, -1);
    }
}

static struct xh__odata_value unit_value(struct xh_ctx *ctx, const struct xh_doc *series)
{
    struct xh_buf out = {0};
    struct xh_json_writer w;
    xh_json_writer_init(&w, &out, false);
    write_unit_of_measurement(&w, series);
    return made_json(ctx, &out);
}

/* unitOfMeasurements or multiObservationDataTypes: a list in the order of the components. */
static struct xh__odata_value components_value(struct xh_ctx *ctx, const struct xh_doc *series,
                                               bool are_units)
{
    struct xh_buf out = {0};
    struct xh_json_writer w;
    xh_json_writer_init(&w, &out, false);
    xh_json_array(&w);
    for (size_t i = 0; i < xh_doc_count(series, "components"); i++) {
        if (are_units) {
            write_unit(&w, series, (ptrdiff_t)i);
        } else {
            xh_json_str(&w, said(series, (ptrdiff_t)i, "observation_type"));
        }
    }
    xh_json_array_end(&w);
    return made_json(ctx, &out);
}

static struct xh__odata_value interval_value(int64_t from_us, int64_t to_us)
{
    return (struct xh__odata_value){
        .type = XH__ODATA_INTERVAL, .from_us = from_us, .to_us = to_us};
}

int xh__sta_spans_fill(struct xh_ctx *ctx, struct xh__sta_entity *entities, size_t count,
                       struct xh_err *err)
{
    int64_t *ids = XH_NEW_ARRAY(ctx->arena, int64_t, count + 1);
    struct xh_observe_span *spans = XH_NEW_ARRAY(ctx->arena, struct xh_observe_span, count + 1);
    bool are_series = count > 0 && (entities[0].type == XH__STA_DATASTREAM ||
                                    entities[0].type == XH__STA_MULTI_DATASTREAM);
    if (!are_series) {
        return XH_E_OK;
    }
    for (size_t i = 0; i < count; i++) {
        ids[i] = entities[i].id;
    }
    int code = xh_observe_spans(ctx, ids, count, spans, err);
    for (size_t i = 0; code >= 0 && i < count; i++) {
        entities[i].has_span = true;
        entities[i].span = spans[i];
    }
    return code < 0 ? code : XH_E_OK;
}

int xh__sta_areas_fill(struct xh_ctx *ctx, struct xh__sta_entity *entities, size_t count,
                       struct xh_err *err)
{
    int64_t *ids = XH_NEW_ARRAY(ctx->arena, int64_t, count + 1);
    struct xh_observe_area *areas = XH_NEW_ARRAY(ctx->arena, struct xh_observe_area, count + 1);
    size_t asked = 0;
    for (size_t i = 0; i < count; i++) {
        if (xh_doc_text(entities[i].record.doc, "observed_area").len == 0) {
            ids[asked++] = entities[i].id;
        }
    }
    int code = asked > 0 ? xh_observe_areas(ctx, ids, asked, areas, err) : XH_E_OK;
    asked = 0;
    for (size_t i = 0; code >= 0 && i < count; i++) {
        bool is_set = xh_doc_text(entities[i].record.doc, "observed_area").len > 0;
        entities[i].has_area = true;
        entities[i].area = is_set ? (struct xh_observe_area){0} : areas[asked++];
    }
    return code < 0 ? code : XH_E_OK;
}

static void write_position(struct xh_json_writer *w, double x, double y)
{
    xh_json_array(w);
    xh_json_num(w, x);
    xh_json_num(w, y);
    xh_json_array_end(w);
}

/* A box without a width or a height is no polygon: then it is a line, or a point. */
static struct xh__odata_value box_value(struct xh_ctx *ctx, const struct xh_observe_area *a)
{
    struct xh_buf out;
    struct xh_json_writer w;
    bool has_width = a->east > a->west, has_height = a->north > a->south;
    bool is_polygon = has_width && has_height, is_point = !has_width && !has_height;
    xh_buf_init(&out, 0);
    xh_json_writer_init(&w, &out, false);
    xh_json_object(&w);
    xh_json_member_string(&w, "type", is_polygon ? "Polygon" : is_point ? "Point" : "LineString");
    xh_json_name(&w, "coordinates");
    if (!is_point) {
        xh_json_array(&w);
    }
    if (is_polygon) {
        xh_json_array(&w);
        write_position(&w, a->west, a->south);
        write_position(&w, a->east, a->south);
        write_position(&w, a->east, a->north);
        write_position(&w, a->west, a->north);
    }
    write_position(&w, a->west, a->south);
    if (is_polygon) {
        xh_json_array_end(&w);
    } else if (!is_point) {
        write_position(&w, a->east, a->north);
    }
    if (!is_point) {
        xh_json_array_end(&w);
    }
    xh_json_object_end(&w);
    struct xh__odata_value value = made_json(ctx, &out);
    value.type = XH__ODATA_GEOMETRY;
    return value;
}

static int area_value(struct xh_ctx *ctx, const struct xh__sta_entity *entity,
                      struct xh__odata_value *ret, struct xh_err *err)
{
    struct xh_str set = xh_doc_text(entity->record.doc, "observed_area");
    struct xh_observe_area area = entity->area;
    int code = XH_E_OK;
    if (set.len > 0) {
        *ret = geometry_value(ctx, set);
        return XH_E_OK;
    }
    if (!entity->has_area) {
        code = xh_observe_areas(ctx, &entity->id, 1, &area, err);
    }
    if (code >= 0) {
        *ret = area.is_known ? box_value(ctx, &area)
                             : (struct xh__odata_value){.type = XH__ODATA_NULL};
    }
    return code;
}

static int span_value(struct xh_ctx *ctx, const struct xh__sta_entity *entity, bool is_result,
                      struct xh__odata_value *ret, struct xh_err *err)
{
    struct xh_observe_span span = entity->span;
    int code = entity->has_span ? XH_E_OK : xh_observe_spans(ctx, &entity->id, 1, &span, err);
    if (code < 0) {
        return code;
    }
    *ret = (struct xh__odata_value){.type = XH__ODATA_NULL};
    if (span.count > 0 && !is_result) {
        *ret = interval_value(span.first_us, span.last_us);
    } else if (span.count > 0 && span.has_result_time) {
        *ret = interval_value(span.result_first_us, span.result_last_us);
    }
    return XH_E_OK;
}

static int series_value(struct xh_ctx *ctx, const struct xh__sta_entity *entity, struct xh_str name,
                        struct xh__odata_value *ret, struct xh_err *err)
{
    const struct xh_doc *doc = entity->record.doc;
    if (xh_str_is(name, "phenomenonTime") || xh_str_is(name, "resultTime")) {
        return span_value(ctx, entity, name.ptr[0] == 'r', ret, err);
    }
    if (xh_str_is(name, "observationType")) {
        struct xh_str type = xh_doc_text(doc, "observation_type");
        *ret = text_value(entity->type == XH__STA_MULTI_DATASTREAM ? XH_STR(TYPE_OF_COMPLEX)
                          : type.len > 0                           ? type
                                                                   : XH_STR(TYPE_OF_MEASUREMENT));
    } else if (xh_str_is(name, "unitOfMeasurement")) {
        *ret = unit_value(ctx, doc);
    } else if (xh_str_is(name, "observedArea")) {
        return area_value(ctx, entity, ret, err);
    } else {
        *ret = components_value(ctx, doc, xh_str_is(name, "unitOfMeasurements"));
    }
    return XH_E_OK;
}

/* ---- observations ---- */

/* Measured, not counted: "result div 4" does not cut off what is behind the point. */
static struct xh__odata_value number_value(const struct xh_observation *observation)
{
    return (struct xh__odata_value){.type = XH__ODATA_REAL, .real = observation->value};
}

static struct xh__odata_value result_value(struct xh_ctx *ctx,
                                           const struct xh_observation *observation)
{
    switch (observation->kind) {
    case XH_RESULT_NUMBER:
        return number_value(observation);
    case XH_RESULT_TEXT:
        return text_value(observation->text);
    case XH_RESULT_BOOL:
        return (struct xh__odata_value){.type = XH__ODATA_BOOL,
                                        .truth = observation->value > 0};
    case XH_RESULT_JSON:
        return json_value(ctx, observation->text);
    default:
        return (struct xh__odata_value){.type = XH__ODATA_NULL};
    }
}

static struct xh__odata_value instant_value(int64_t at_us)
{
    return (struct xh__odata_value){.type = XH__ODATA_TIME, .from_us = at_us};
}

static struct xh__odata_value observation_value(struct xh_ctx *ctx, const struct xh_observation *o,
                                                struct xh_str name)
{
    if (xh_str_is(name, "result")) {
        return result_value(ctx, o);
    }
    if (xh_str_is(name, "phenomenonTime")) {
        return o->to_us == 0 ? instant_value(o->from_us) : interval_value(o->from_us, o->to_us);
    }
    if (xh_str_is(name, "resultTime") && o->has_result_time) {
        return instant_value(o->result_us);
    }
    if (xh_str_is(name, "validTime") && o->has_valid) {
        return interval_value(o->valid_from_us, o->valid_to_us);
    }
    if (xh_str_is(name, "parameters")) {
        return json_value(ctx, o->parameters);
    }
    if (xh_str_is(name, "resultQuality")) {
        return json_value(ctx, o->result_quality);
    }
    return (struct xh__odata_value){.type = XH__ODATA_NULL};
}

/* ---- any property ---- */

/* A mandatory text that a record of other ways lacks is empty, not absent. */
static struct xh__odata_value text_of(const struct xh__sta_entity *entity,
                                      const struct xh__sta_property *property)
{
    struct xh__odata_value value = text_value(xh_doc_text(entity->record.doc, property->field));
    if (value.text.len == 0 && (property->flags & XH__STA_REQUIRED) == 0) {
        value.type = XH__ODATA_NULL;
    }
    return value;
}

int xh__sta_entity_property(struct xh_ctx *ctx, const struct xh__sta_entity *entity,
                            const struct xh__sta_property *property, struct xh__odata_value *ret,
                            struct xh_err *err)
{
    struct xh_str name = xh_str_from(property->name);
    const struct xh_doc *doc = entity->record.doc;
    if (entity->type == XH__STA_OBSERVATION) {
        *ret = observation_value(ctx, &entity->observation, name);
    } else if (xh_str_is(name, "location") || xh_str_is(name, "feature")) {
        return location_value(ctx, entity, ret, err);
    } else if (xh_str_is(name, "encodingType")) {
        *ret = encoding_value(entity);
    } else if (xh_str_is(name, "metadata")) {
        *ret = metadata_value(ctx, doc);
    } else if (property->kind == XH__STA_TEXT) {
        *ret = text_of(entity, property);
    } else if (property->kind == XH__STA_TIME) {
        *ret = instant_value(xh_doc_int(doc, property->field));
    } else if (property->kind == XH__STA_JSON_OBJECT) {
        *ret = json_value(ctx, xh_doc_text(doc, property->field));
    } else {
        return series_value(ctx, entity, name, ret, err);
    }
    return XH_E_OK;
}

/* ---- as JSON ---- */

static void write_time(struct xh_json_writer *w, const struct xh__odata_value *value)
{
    struct xh_buf text = {0};
    xh__odata_time_print(&text, value);
    xh_json_str(w, xh_buf_str(&text));
    xh_buf_finish(&text);
}

static void write_value(struct xh_json_writer *w, const struct xh__odata_value *value)
{
    switch (value->type) {
    case XH__ODATA_BOOL:
        xh_json_bool(w, value->truth);
        break;
    case XH__ODATA_INT:
        xh_json_int(w, value->integer);
        break;
    case XH__ODATA_REAL:
        xh_json_num(w, value->real);
        break;
    case XH__ODATA_TEXT:
        xh_json_str(w, value->text);
        break;
    case XH__ODATA_TIME:
    case XH__ODATA_INTERVAL:
        write_time(w, value);
        break;
    case XH__ODATA_JSON:
    case XH__ODATA_GEOMETRY:
        xh_json_raw_value(w, value->text);
        break;
    default:
        xh_json_null(w);
        break;
    }
}

/* A number goes out with the digits with which it came in. */
static void write_property_value(struct xh_json_writer *w, const struct xh__sta_entity *entity,
                                 const struct xh__sta_property *property,
                                 const struct xh__odata_value *value)
{
    const struct xh_observation *o = &entity->observation;
    bool is_result = entity->type == XH__STA_OBSERVATION &&
                     xh_str_is(XH_STR("result"), property->name);
    if (is_result && o->kind == XH_RESULT_NUMBER) {
        xh_json_num_as(w, o->value, o->decimals);
    } else {
        write_value(w, value);
    }
}

int xh__sta_entity_write_property(struct xh_ctx *ctx, const struct xh__sta_entity *entity,
                                  const struct xh__sta_property *property, struct xh_json_writer *w,
                                  struct xh_err *err)
{
    struct xh__odata_value value;
    int code = xh__sta_entity_property(ctx, entity, property, &value, err);
    if (code < 0) {
        return code;
    }
    write_property_value(w, entity, property, &value);
    return value.type != XH__ODATA_NULL;
}

int xh__sta_entity_write_member(struct xh_ctx *ctx, const struct xh__sta_entity *entity,
                                const struct xh__sta_property *property, struct xh_json_writer *w,
                                struct xh_err *err)
{
    struct xh__odata_value value;
    /* What a list of thousands has in each row is written where it goes, not made first. */
    if (entity->type == XH__STA_DATASTREAM && property->kind == XH__STA_SPECIAL &&
        xh_str_is(XH_STR("unitOfMeasurement"), property->name)) {
        xh_json_name(w, property->name);
        write_unit_of_measurement(w, entity->record.doc);
        return 1;
    }
    int code = xh__sta_entity_property(ctx, entity, property, &value, err);
    if (code < 0) {
        return code;
    }
    bool is_there = value.type != XH__ODATA_NULL;
    if (is_there || (property->flags & XH__STA_OMIT_NULL) == 0) {
        xh_json_name(w, property->name);
        write_property_value(w, entity, property, &value);
    }
    return is_there;
}
