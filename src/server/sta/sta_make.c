/* sta_make.c: entities made one by one, in a transaction: what an entity needs first, itself, then
 * what is inline in it. Observations are only checked: they are written after the records. */
#include "server/sta/sta_write_internal.h"

#include "base/num.h"

#include <string.h>

static const struct xh__sta_parent no_parent = {.type = -1};

/* ---- tools ---- */

struct xh_str xh__sta_code(struct xh_ctx *ctx, const char *kind)
{
    uint64_t random = 0;
    xh_env_random(xh_engine_env(xh_ctx_engine(ctx)), &random, sizeof random);
    return xh_arena_format(ctx->arena, "%s-%016llx", kind, (unsigned long long)random);
}

int xh__sta_made_add(struct xh__sta_making *m, const struct xh_record *record, const char *name)
{
    m->made = xh_arena_grow(m->ctx->arena, m->made, &m->made_capacity, m->made_count + 1,
                            sizeof *m->made);
    m->made[m->made_count++] = (struct xh__sta_made){name, record->id, record->version};
    return XH_E_OK;
}

int xh__sta_reference_get(struct xh_ctx *ctx, enum xh__sta_type type, int64_t id,
                          struct xh__sta_entity *ret, struct xh_err *err)
{
    int code = xh__sta_entity_get(ctx, type, id, ret, err);
    if (code == XH_E_NOT_FOUND) {
        char text[XH_NUM_TEXT_BYTES];
        struct xh_str value = {text, xh_int_print(id, text)};
        return xh_err_field(err, XH_E_INVALID, xh__sta_types[type].name, value, "a known id", NULL,
                            "there is no %s with the id %s", xh__sta_types[type].name, text);
    }
    return code;
}

/* A new record of the type with what was said in it; kind: of its code, NULL: it has none. */
static int begin(struct xh__sta_making *m, const struct xh__sta_input *input, const char *kind,
                 struct xh_record *ret, struct xh_err *err)
{
    int code = xh_record_new(m->ctx, xh__sta_types[input->type].record, ret, err);
    if (code >= 0 && kind != NULL) {
        xh_doc_set_text(ret->doc, "code", xh__sta_code(m->ctx, kind));
    }
    return code;
}

static int put(struct xh__sta_making *m, struct xh__sta_input *input, struct xh_record *record,
               struct xh_err *err)
{
    int code = xh_record_put(m->ctx, record, err);
    if (code < 0) {
        xh__sta_name_fault(input->type, err);
        return code;
    }
    input->made_id = record->id;
    return xh__sta_made_add(m, record, xh__sta_types[input->type].record);
}

static void prefix(const char *link, bool is_many, size_t index, struct xh_err *err)
{
    if (is_many) {
        xh_err_prefix(err, "%s[%zu].", link, index);
    } else {
        xh_err_prefix(err, "%s.", link);
    }
}

/* All of a link to many; ret_ids NULL: they are not asked for. */
static int make_many(struct xh__sta_making *m, const struct xh__sta_input *input, const char *link,
                     const struct xh__sta_parent *parent, int64_t *ret_ids, struct xh_err *err)
{
    const struct xh__sta_inputs *items = xh__sta_input_link(input, link);
    for (size_t i = 0; i < items->count; i++) {
        int64_t id = 0;
        int code = xh__sta_make_linked(m, items->items[i], parent, &id, err);
        if (code < 0) {
            prefix(link, true, i, err);
            return code;
        }
        if (ret_ids != NULL) {
            ret_ids[i] = id;
        }
    }
    return XH_E_OK;
}

/* The one that a link to one leads to: the parent, or what was said. 0: neither. */
static int make_one(struct xh__sta_making *m, const struct xh__sta_input *input, const char *link,
                    const struct xh__sta_parent *parent, int64_t *ret_id, struct xh_err *err)
{
    const struct xh__sta_link *found = xh__sta_link_find(input->type, xh_str_from(link));
    const struct xh__sta_inputs *items = xh__sta_input_link(input, link);
    *ret_id = parent->type == (int)found->target ? parent->id : 0;
    if (*ret_id != 0 || items->count == 0) {
        return XH_E_OK;
    }
    int code = xh__sta_make_linked(m, items->items[0], &no_parent, ret_id, err);
    if (code < 0) {
        prefix(link, false, 0, err);
    }
    return code;
}

/* ---- Thing ---- */

static int thing_locations(struct xh__sta_making *m, const struct xh__sta_input *input,
                           const struct xh__sta_parent *parent, int64_t **ret_ids,
                           size_t *ret_count, struct xh_err *err)
{
    size_t count = xh__sta_input_link(input, "Locations")->count;
    int64_t *ids = XH_NEW_ARRAY(m->ctx->arena, int64_t, count + 1);
    int code = make_many(m, input, "Locations", &no_parent, ids, err);
    if (code >= 0 && parent->type == XH__STA_LOCATION) {
        ids[count++] = parent->id;
    }
    *ret_ids = ids;
    *ret_count = count;
    return code;
}

static int make_thing(struct xh__sta_making *m, struct xh__sta_input *input,
                      const struct xh__sta_parent *parent, int64_t *ret_id, struct xh_err *err)
{
    struct xh_record device;
    int64_t *places = NULL, place = 0, move_id = 0;
    size_t count = 0;
    int code = thing_locations(m, input, parent, &places, &count, err);
    code = code < 0 ? code : begin(m, input, "thing", &device, err);
    if (code >= 0 && count == 0) {
        code = xh__sta_country(m->ctx, &place, err);
    }
    code = code < 0 ? code : xh__sta_fill(m->ctx, input, device.doc, err);
    if (code < 0) {
        return code;
    }
    xh_doc_set_string(device.doc, "kind", "other");
    xh_doc_set_int(device.doc, "place", count > 0 ? places[0] : place);
    xh__sta_locations_set(device.doc, places, count);
    code = put(m, input, &device, err);
    if (code >= 0 && count > 0) {
        int64_t now_us = xh_env_now_us(xh_engine_env(xh_ctx_engine(m->ctx)));
        code = xh__sta_move_add(m->ctx, device.id, now_us, places, count, &move_id, err);
    }
    if (code >= 0 && move_id != 0) {
        struct xh_record move = {.id = move_id, .version = 1};
        code = xh__sta_made_add(m, &move, "core.move");
    }
    struct xh__sta_parent self = {XH__STA_THING, device.id};
    code = code < 0 ? code : make_many(m, input, "HistoricalLocations", &self, NULL, err);
    code = code < 0 ? code : make_many(m, input, "Datastreams", &self, NULL, err);
    code = code < 0 ? code : make_many(m, input, "MultiDatastreams", &self, NULL, err);
    *ret_id = device.id;
    return code;
}

/* ---- Location, HistoricalLocation ---- */

static int move_add_place(struct xh_ctx *ctx, int64_t move_id, int64_t place_id, struct xh_err *err)
{
    struct xh__sta_entity move;
    int code = xh__sta_reference_get(ctx, XH__STA_HISTORICAL_LOCATION, move_id, &move, err);
    if (code >= 0) {
        xh__sta_locations_add(move.record.doc, place_id);
        code = xh_record_put(ctx, &move.record, err);
    }
    return code;
}

static int make_location(struct xh__sta_making *m, struct xh__sta_input *input,
                         const struct xh__sta_parent *parent, int64_t *ret_id, struct xh_err *err)
{
    struct xh_record place;
    int64_t country = 0;
    int code = begin(m, input, "location", &place, err);
    code = code < 0 ? code : xh__sta_country(m->ctx, &country, err);
    code = code < 0 ? code : xh__sta_fill(m->ctx, input, place.doc, err);
    if (code < 0) {
        return code;
    }
    xh_doc_set_string(place.doc, "kind", "site");
    xh_doc_set_int(place.doc, "parent", country);
    code = put(m, input, &place, err);
    struct xh__sta_parent self = {XH__STA_LOCATION, place.id};
    code = code < 0 ? code : make_many(m, input, "Things", &self, NULL, err);
    code = code < 0 ? code : make_many(m, input, "HistoricalLocations", &self, NULL, err);
    if (code >= 0 && parent->type == XH__STA_THING) {
        code = xh__sta_move_now(m->ctx, parent->id, &place.id, 1, err);
    }
    if (code >= 0 && parent->type == XH__STA_HISTORICAL_LOCATION) {
        code = move_add_place(m->ctx, parent->id, place.id, err);
    }
    *ret_id = place.id;
    return code;
}

static int make_move(struct xh__sta_making *m, struct xh__sta_input *input,
                     const struct xh__sta_parent *parent, int64_t *ret_id, struct xh_err *err)
{
    struct xh_record move;
    struct xh__sta_entity thing;
    int64_t *places = NULL, thing_id = 0;
    size_t count = 0;
    int code = make_one(m, input, "Thing", parent, &thing_id, err);
    code = code < 0 ? code : xh__sta_reference_get(m->ctx, XH__STA_THING, thing_id, &thing, err);
    code = code < 0 ? code : thing_locations(m, input, parent, &places, &count, err);
    code = code < 0 ? code : begin(m, input, NULL, &move, err);
    code = code < 0 ? code : xh__sta_fill(m->ctx, input, move.doc, err);
    if (code < 0) {
        return code;
    }
    xh_doc_set_int(move.doc, "device", thing_id);
    if (thing.record.owner != 0) {
        xh_doc_set_int(move.doc, "owner", thing.record.owner);
    }
    xh__sta_locations_set(move.doc, places, count);
    code = put(m, input, &move, err);
    *ret_id = move.id;
    return code < 0 ? code : xh__sta_move_settle(m->ctx, move.id, err);
}

/* ---- Sensor, ObservedProperty, FeatureOfInterest ---- */

static int make_plain(struct xh__sta_making *m, struct xh__sta_input *input, int64_t *ret_id,
                      struct xh_err *err)
{
    static const char *const codes[XH__STA_TYPE_COUNT] = {
        [XH__STA_SENSOR] = "sensor", [XH__STA_OBSERVED_PROPERTY] = "property"};
    const struct xh__sta_entity_type *type = &xh__sta_types[input->type];
    struct xh_record record;
    int code = begin(m, input, codes[input->type], &record, err);
    code = code < 0 ? code : xh__sta_fill(m->ctx, input, record.doc, err);
    code = code < 0 ? code : put(m, input, &record, err);
    struct xh__sta_parent self = {(int)input->type, record.id};
    for (size_t i = 0; code >= 0 && i < type->link_count; i++) {
        code = make_many(m, input, type->links[i].name, &self, NULL, err);
    }
    *ret_id = record.id;
    return code;
}

/* ---- Datastream, MultiDatastream ---- */

static int series_properties(struct xh__sta_making *m, struct xh__sta_input *input,
                             const struct xh__sta_parent *parent, struct xh_doc *doc,
                             struct xh_err *err)
{
    int64_t one = 0;
    if (input->type == XH__STA_DATASTREAM) {
        int code = make_one(m, input, "ObservedProperty", parent, &one, err);
        xh_doc_set_int(doc, "property", one);
        return code;
    }
    size_t given = xh__sta_input_link(input, "ObservedProperties")->count, first = 0;
    int64_t *ids = XH_NEW_ARRAY(m->ctx->arena, int64_t, given + 1);
    if (parent->type == XH__STA_OBSERVED_PROPERTY) {
        ids[first++] = parent->id;
    }
    int code = make_many(m, input, "ObservedProperties", &no_parent, ids + first, err);
    xh_doc_set_int(doc, "is_multi", true);
    return code < 0 ? code : xh__sta_fill_components(m->ctx, input, ids, first + given, doc, err);
}

static int series_links(struct xh__sta_making *m, struct xh__sta_input *input,
                        const struct xh__sta_parent *parent, struct xh_doc *doc, struct xh_err *err)
{
    int64_t thing_id = 0, sensor_id = 0;
    int code = make_one(m, input, "Thing", parent, &thing_id, err);
    code = code < 0 ? code : xh__sta_series_of_thing(m->ctx, doc, thing_id, err);
    code = code < 0 ? code : make_one(m, input, "Sensor", parent, &sensor_id, err);
    code = code < 0 ? code : series_properties(m, input, parent, doc, err);
    if (code >= 0) {
        xh_doc_set_int(doc, "sensor", sensor_id);
    }
    return code;
}

static int make_series(struct xh__sta_making *m, struct xh__sta_input *input,
                       const struct xh__sta_parent *parent, int64_t *ret_id, struct xh_err *err)
{
    struct xh_record series;
    int code = begin(m, input, "datastream", &series, err);
    code = code < 0 ? code : series_links(m, input, parent, series.doc, err);
    if (code < 0) {
        return code;
    }
    xh_doc_set_string(series.doc, "kind", "gauge");
    xh_doc_set_string(series.doc, "policy", "keep_all");
    xh_doc_set_string(series.doc, "unit", "1");
    code = xh__sta_fill(m->ctx, input, series.doc, err);
    code = code < 0 ? code : put(m, input, &series, err);
    struct xh__sta_parent self = {(int)input->type, series.id};
    *ret_id = series.id;
    return code < 0 ? code : make_many(m, input, "Observations", &self, NULL, err);
}

/* ---- Observation ---- */

/* 18-088 10.2.2.3: without a feature of its own an observation is about where the Thing is. */
static int check_feature(struct xh__sta_making *m, int64_t device_id, struct xh_err *err)
{
    const struct xh__sta_link *link = xh__sta_link_find(XH__STA_THING, XH_STR("Locations"));
    struct xh__sta_snapshot s;
    struct xh__sta_ids ids = {NULL, 0};
    int code = xh__sta_snapshot_begin(m->ctx, &s, err);
    if (code >= 0) {
        code = xh__sta_ids_read(&s, XH__STA_LOCATION, link->sql, device_id, 0, 1, &ids, err);
        xh__sta_snapshot_end(&s);
    }
    if (code >= 0 && ids.count == 0) {
        return xh_err_field(err, XH_E_INVALID, "FeatureOfInterest", XH_STR(""), "given", NULL,
                            "without a FeatureOfInterest the Thing needs a Location that the "
                            "Observation is about");
    }
    return code;
}

/* What the readings' door would refuse: there it would be too late to take the records back. */
static int check_observation(struct xh__sta_making *m, const struct xh_observation *o,
                             struct xh_err *err)
{
    struct xh_record series;
    int64_t now_us = xh_env_now_us(xh_engine_env(xh_ctx_engine(m->ctx)));
    int64_t at_us = o->to_us != 0 ? o->to_us : o->from_us;
    int code = xh_record_get(m->ctx, "core.series", o->series_id, &series, err);
    if (code < 0) {
        return code;
    }
    struct xh_str kind = xh_doc_text(series.doc, "kind");
    bool is_value = xh_str_is(kind, "gauge") || xh_str_is(kind, "state");
    bool may_be_ahead = xh_str_is(kind, "gauge") &&
                        xh_str_is(xh_doc_text(series.doc, "policy"), "keep_all");
    if (!is_value && o->kind != XH_RESULT_NUMBER) {
        return xh_err_field(err, XH_E_INVALID, "result", xh_str_sub(o->text, 0, 80), "a number",
                            NULL, "the Datastream asks for a number as the result");
    }
    if (at_us < 0 || (!may_be_ahead && at_us > now_us + XH_US_PER_DAY)) {
        return xh_err_field(err, XH_E_INVALID, "phenomenonTime", XH_STR(""),
                            "1970 to a day from now", NULL,
                            "phenomenonTime lies before 1970 or more than a day ahead");
    }
    if (o->feature_id == 0) {
        code = check_feature(m, xh_doc_int(series.doc, "device"), err);
    }
    return code < 0 ? code : xh__sta_result_check(o, xh_doc_count(series.doc, "components"), err);
}

static int make_observation(struct xh__sta_making *m, struct xh__sta_input *input,
                            const struct xh__sta_parent *parent, struct xh_err *err)
{
    struct xh_observation o = {0};
    int64_t series = 0, multi = 0;
    bool is_of = parent->type == XH__STA_DATASTREAM || parent->type == XH__STA_MULTI_DATASTREAM;
    int code = XH_E_OK;
    if (is_of) {
        series = parent->id;
    } else {
        code = make_one(m, input, "Datastream", parent, &series, err);
        code = code < 0 ? code : make_one(m, input, "MultiDatastream", parent, &multi, err);
    }
    o.series_id = series != 0 ? series : multi;
    code = code < 0 ? code : make_one(m, input, "FeatureOfInterest", parent, &o.feature_id, err);
    code = code < 0 ? code : xh__sta_observation_fill(m->ctx, input, &o, err);
    code = code < 0 ? code : check_observation(m, &o, err);
    if (code < 0) {
        return code;
    }
    m->pending = xh_arena_grow(m->ctx->arena, m->pending, &m->pending_capacity,
                               m->pending_count + 1, sizeof *m->pending);
    m->pending[m->pending_count++] = (struct xh__sta_pending){input, o};
    return XH_E_OK;
}

/* ---- any ---- */

int xh__sta_make(struct xh__sta_making *m, struct xh__sta_input *input,
                 const struct xh__sta_parent *parent, int64_t *ret_id, struct xh_err *err)
{
    *ret_id = 0;
    switch (input->type) {
    case XH__STA_THING:
        return make_thing(m, input, parent, ret_id, err);
    case XH__STA_LOCATION:
        return make_location(m, input, parent, ret_id, err);
    case XH__STA_HISTORICAL_LOCATION:
        return make_move(m, input, parent, ret_id, err);
    case XH__STA_DATASTREAM:
    case XH__STA_MULTI_DATASTREAM:
        return make_series(m, input, parent, ret_id, err);
    case XH__STA_OBSERVATION:
        return make_observation(m, input, parent, err);
    default:
        return make_plain(m, input, ret_id, err);
    }
}

int xh__sta_make_linked(struct xh__sta_making *m, struct xh__sta_input *input,
                        const struct xh__sta_parent *parent, int64_t *ret_id, struct xh_err *err)
{
    struct xh__sta_entity entity;
    if (!input->is_reference) {
        return xh__sta_make(m, input, parent, ret_id, err);
    }
    int code = xh__sta_reference_get(m->ctx, input->type, input->id, &entity, err);
    if (code >= 0 && parent->type >= 0) {
        code = xh__sta_adopt(m->ctx, &entity, parent, err);
    }
    *ret_id = input->id;
    return code;
}
