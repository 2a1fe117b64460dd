/* sta_delete.c: deleting entities, with what 18-088 table 26 deletes with them:
 *
 *   Thing               its Datastreams, MultiDatastreams, HistoricalLocations
 *   Location            its HistoricalLocations; Things that were at it are at what is left of
 *                       their Locations, or just in the country
 *   Sensor              its Datastreams and MultiDatastreams
 *   ObservedProperty    the same
 *   Datastream and MultiDatastream, FeatureOfInterest: their Observations
 *
 * What is gone, and what else names it, is found first, by doing it all in a transaction that is
 * then taken back: where a bill, say, still names a series, nothing is deleted. Then go the
 * observations, then the records.
 */
#include "server/sta/sta_write_internal.h"

struct list {
    int64_t *ids;
    size_t count, capacity;
};
struct deleting {
    enum xh__sta_type type;
    int64_t id;
    bool is_trial, went_well; /* a trial ends as an error, so that it is taken back */
    struct list series, moves; /* of the trial: what goes with it */
};

/* ---- what goes with it ---- */

static void list_add(struct xh_arena *arena, struct list *list, int64_t id)
{
    list->ids = xh_arena_grow(arena, list->ids, &list->capacity, list->count + 1,
                              sizeof *list->ids);
    list->ids[list->count++] = id;
}

/* All that a link to many leads to, whoever may see it: what may not be deleted is refused then. */
static int linked_add(struct xh_ctx *ctx, enum xh__sta_type type, int64_t id, const char *name,
                      struct list *ret, struct xh_err *err)
{
    const struct xh__sta_link *link = xh__sta_link_find(type, xh_str_from(name));
    struct xh__sta_snapshot s;
    struct xh__sta_ids ids = {NULL, 0};
    struct xh_ctx all = *ctx;
    all.who = &xh_who_engine;
    int code = xh__sta_snapshot_begin(&all, &s, err);
    if (code < 0) {
        return code;
    }
    code = xh__sta_ids_read(&s, link->target, link->sql, id, 0, INT64_MAX, &ids, err);
    xh__sta_snapshot_end(&s);
    for (size_t i = 0; code >= 0 && i < ids.count; i++) {
        list_add(ctx->arena, ret, ids.ids[i]);
    }
    return code;
}

static int collect(struct xh_ctx *ctx, struct deleting *d, struct xh_err *err)
{
    bool has_series = d->type == XH__STA_THING || d->type == XH__STA_SENSOR ||
                      d->type == XH__STA_OBSERVED_PROPERTY;
    bool has_moves = d->type == XH__STA_THING || d->type == XH__STA_LOCATION;
    int code = XH_E_OK;
    d->series = d->moves = (struct list){NULL, 0, 0};
    if (has_series) {
        code = linked_add(ctx, d->type, d->id, "Datastreams", &d->series, err);
        code = code < 0 ? code
                        : linked_add(ctx, d->type, d->id, "MultiDatastreams", &d->series, err);
    } else if (d->type == XH__STA_DATASTREAM || d->type == XH__STA_MULTI_DATASTREAM) {
        list_add(ctx->arena, &d->series, d->id);
    }
    if (code >= 0 && has_moves) {
        code = linked_add(ctx, d->type, d->id, "HistoricalLocations", &d->moves, err);
    }
    return code;
}

/* ---- a Location's places ---- */

/* Things that were there are at their other Locations now, without a HistoricalLocation: nobody
 * moved. */
static int things_leave(struct xh_ctx *ctx, int64_t place_id, struct xh_err *err)
{
    struct list things = {NULL, 0, 0};
    int code = linked_add(ctx, XH__STA_LOCATION, place_id, "Things", &things, err);
    for (size_t i = 0; code >= 0 && i < things.count; i++) {
        struct xh_record device;
        struct list left = {NULL, 0, 0};
        code = xh_record_get(ctx, "core.device", things.ids[i], &device, err);
        for (size_t k = 0; code >= 0 && k < xh_doc_count(device.doc, "locations"); k++) {
            int64_t id = xh_value_int(xh_doc_at(device.doc, "locations", k, "place"));
            if (id != place_id) {
                list_add(ctx->arena, &left, id);
            }
        }
        code = code < 0 ? code : xh__sta_relocate(ctx, things.ids[i], left.ids, left.count, err);
    }
    return code;
}

struct feature_leaving {
    struct xh_ctx *ctx;
    struct xh_str geometry, encoding; /* of the place */
};

static int feature_leave(void *arg, struct xh_record *feature, struct xh_err *err)
{
    const struct feature_leaving *l = arg;
    xh_doc_set_null(feature->doc, "place");
    if (xh_doc_is_null(feature->doc, "geometry") && l->geometry.len > 0) {
        xh_doc_set_text(feature->doc, "geometry", l->geometry);
    }
    if (xh_doc_is_null(feature->doc, "encoding") && l->encoding.len > 0) {
        xh_doc_set_text(feature->doc, "encoding", l->encoding);
    }
    return xh_record_put(l->ctx, feature, err);
}

/* Features that were made of the place keep its shape as their own. */
static int features_leave(struct xh_ctx *ctx, const struct xh__sta_entity *location,
                          struct xh_err *err)
{
    struct feature_leaving l = {.ctx = ctx};
    struct xh_filter filter = {"place", XH_FILTER_EQ,
                               {.type = XH_T_REF, .integer = location->id}};
    struct xh_list list = {.filters = &filter, .filter_count = 1, .limit = 1000};
    const struct xh__sta_property *shape = xh__sta_property_find(XH__STA_LOCATION,
                                                                 XH_STR("location"));
    struct xh__odata_value value;
    struct xh_str next = {NULL, 0};
    int code = xh__sta_entity_property(ctx, location, shape, &value, err);
    if (code >= 0 && (value.type == XH__ODATA_GEOMETRY || value.type == XH__ODATA_JSON)) {
        l.geometry = value.text;
        l.encoding = xh_doc_text(location->record.doc, "encoding");
    }
    do {
        code = code < 0 ? code
                        : xh_record_list(ctx, "core.feature", &list, feature_leave, &l, &next, err);
    } while (code >= 0 && next.len > 0);
    return code;
}

static int location_leave(struct xh_ctx *ctx, int64_t place_id, struct xh_err *err)
{
    struct xh__sta_entity location;
    int code = xh__sta_entity_get(ctx, XH__STA_LOCATION, place_id, &location, err);
    code = code < 0 ? code : things_leave(ctx, place_id, err);
    return code < 0 ? code : features_leave(ctx, &location, err);
}

/* ---- the records ---- */

static int record_delete(struct xh_ctx *ctx, const char *type, int64_t id, struct xh_err *err)
{
    struct xh_record record;
    int code = xh_record_get(ctx, type, id, &record, err);
    return code < 0 ? code : xh_record_delete(ctx, type, id, record.version, err);
}

static int records_delete(struct xh_ctx *ctx, const char *type, const struct list *list,
                          struct xh_err *err)
{
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < list->count; i++) {
        code = record_delete(ctx, type, list->ids[i], err);
    }
    return code;
}

static int delete_run(struct xh_ctx *ctx, void *arg, struct xh_err *err)
{
    struct deleting *d = arg;
    struct xh__sta_entity entity;
    int code = xh__sta_entity_get(ctx, d->type, d->id, &entity, err);
    code = code < 0 ? code : collect(ctx, d, err);
    code = code < 0 ? code : records_delete(ctx, "core.series", &d->series, err);
    code = code < 0 ? code : records_delete(ctx, "core.move", &d->moves, err);
    if (code >= 0 && d->type == XH__STA_LOCATION) {
        code = location_leave(ctx, d->id, err);
    }
    if (code >= 0 && d->type != XH__STA_DATASTREAM && d->type != XH__STA_MULTI_DATASTREAM) {
        code = record_delete(ctx, xh__sta_types[d->type].record, d->id, err);
    }
    d->went_well = code >= 0;
    return code >= 0 && d->is_trial ? XH_E_CANCELLED : code;
}

/* ---- in all ---- */

static int observations_delete(struct xh_ctx *ctx, const struct deleting *d, struct xh_err *err)
{
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < d->series.count; i++) {
        code = xh_observe_series_deleted(ctx, d->series.ids[i], err);
    }
    if (code >= 0 && d->type == XH__STA_FEATURE) {
        code = xh_observe_feature_deleted(ctx, d->id, err);
    }
    return code;
}

int xh__sta_delete(struct xh__sta_call *call, enum xh__sta_type type, int64_t id,
                   struct xh_err *err)
{
    struct deleting d = {.type = type, .id = id, .is_trial = true};
    struct xh__sta_entity entity;
    if (type == XH__STA_OBSERVATION) {
        int code = xh__sta_entity_get(call->ctx, type, id, &entity, err);
        return code < 0 ? code : xh_observation_delete(call->ctx, id, err);
    }
    int code = xh_records_write(call->ctx, delete_run, &d, err);
    if (!d.went_well) {
        return code;
    }
    xh_err_clear(err);
    d.is_trial = false;
    code = observations_delete(call->ctx, &d, err);
    return code < 0 ? code : xh_records_write(call->ctx, delete_run, &d, err);
}
