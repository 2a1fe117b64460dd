/* sta_link.c: linking entities that are there: {"Datastreams": [{"@iot.id": 5}]}. */
#include "server/sta/sta_write_internal.h"

int xh__sta_series_of_thing(struct xh_ctx *ctx, struct xh_doc *series, int64_t thing_id,
                            struct xh_err *err)
{
    struct xh__sta_entity thing;
    int code = xh__sta_reference_get(ctx, XH__STA_THING, thing_id, &thing, err);
    if (code < 0) {
        return code;
    }
    xh_doc_set_int(series, "device", thing_id);
    xh_doc_set_int(series, "place", xh_doc_int(thing.record.doc, "place"));
    if (thing.record.owner != 0) {
        xh_doc_set_int(series, "owner", thing.record.owner);
    } else {
        xh_doc_set_null(series, "owner");
    }
    return XH_E_OK;
}

static int refused(enum xh__sta_type type, const char *why, struct xh_err *err)
{
    return xh_err_field(err, XH_E_INVALID, xh__sta_types[type].set, XH_STR(""), NULL, NULL, "%s",
                        why);
}

static int adopt_series(struct xh_ctx *ctx, struct xh__sta_entity *series,
                        const struct xh__sta_parent *parent, struct xh_err *err)
{
    struct xh_doc *doc = series->record.doc;
    int code = XH_E_OK;
    if (parent->type == XH__STA_THING) {
        code = xh__sta_series_of_thing(ctx, doc, parent->id, err);
    } else if (parent->type == XH__STA_SENSOR) {
        xh_doc_set_int(doc, "sensor", parent->id);
    } else if (series->type == XH__STA_DATASTREAM) {
        xh_doc_set_int(doc, "property", parent->id);
    } else {
        return refused(series->type,
                       "the ObservedProperties of a MultiDatastream are said there, in their order",
                       err);
    }
    code = code < 0 ? code : xh_record_put(ctx, &series->record, err);
    if (code >= 0 && parent->type == XH__STA_THING) {
        code = xh_observe_moved(ctx, parent->id, err);
    }
    return code;
}

static int adopt_move(struct xh_ctx *ctx, struct xh__sta_entity *move,
                      const struct xh__sta_parent *parent, struct xh_err *err)
{
    struct xh_doc *doc = move->record.doc;
    if (parent->type == XH__STA_THING) {
        xh_doc_set_int(doc, "device", parent->id);
    } else {
        xh__sta_locations_add(doc, parent->id);
    }
    return xh_record_put(ctx, &move->record, err);
}

static int adopt_location(struct xh_ctx *ctx, const struct xh__sta_entity *location,
                          const struct xh__sta_parent *parent, struct xh_err *err)
{
    struct xh__sta_entity move;
    int code = xh__sta_reference_get(ctx, XH__STA_HISTORICAL_LOCATION, parent->id, &move, err);
    if (code >= 0) {
        xh__sta_locations_add(move.record.doc, location->id);
        code = xh_record_put(ctx, &move.record, err);
    }
    return code;
}

int xh__sta_adopt(struct xh_ctx *ctx, struct xh__sta_entity *entity,
                  const struct xh__sta_parent *parent, struct xh_err *err)
{
    switch (entity->type) {
    case XH__STA_DATASTREAM:
    case XH__STA_MULTI_DATASTREAM:
        return adopt_series(ctx, entity, parent, err);
    case XH__STA_HISTORICAL_LOCATION:
        return adopt_move(ctx, entity, parent, err);
    case XH__STA_THING:
        return xh__sta_move_now(ctx, entity->id, &parent->id, 1, err);
    case XH__STA_LOCATION:
        return adopt_location(ctx, entity, parent, err);
    case XH__STA_OBSERVATION:
        return refused(entity->type, "an Observation stays in the Datastream that it was made in",
                       err);
    default:
        return XH_E_OK;
    }
}
