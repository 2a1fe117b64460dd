/* sta_entity.c: records and observations as entities: one, and what it links to. */
#include "server/sta/sta_internal.h"

#include "base/num.h"
#include "service/records.h"
#include "server/sta/sta_entity_internal.h"

/* ---- one ---- */

/* Administrative units are places that no device is said to be at. */
static bool is_location(const struct xh_record *place)
{
    static const char *const units[] = {"country", "province", "ward", "commune", "special_zone"};
    struct xh_str kind = xh_doc_text(place->doc, "kind");
    for (size_t i = 0; i < XH_COUNT(units); i++) {
        if (xh_str_is(kind, units[i])) {
            return false;
        }
    }
    return true;
}

bool xh__sta_is_entity(enum xh__sta_type type, const struct xh_record *record)
{
    switch (type) {
    case XH__STA_LOCATION:
        return is_location(record);
    case XH__STA_DATASTREAM:
        return xh_doc_int(record->doc, "is_multi") == 0;
    case XH__STA_MULTI_DATASTREAM:
        return xh_doc_int(record->doc, "is_multi") != 0;
    default:
        return true;
    }
}

int xh__sta_not_found(enum xh__sta_type type, int64_t id, struct xh_err *err)
{
    char text[XH_NUM_TEXT_BYTES];
    struct xh_str value = {text, xh_int_print(id, text)};
    return xh_err_field(err, XH_E_NOT_FOUND, "@iot.id", value, "a known id", NULL,
                        "there is no %s with the id %s", xh__sta_types[type].name, text);
}

int xh__sta_entity_get(struct xh_ctx *ctx, enum xh__sta_type type, int64_t id,
                       struct xh__sta_entity *ret, struct xh_err *err)
{
    struct xh__sta_entity entity = {.type = type, .id = id};
    int code = type == XH__STA_OBSERVATION
                   ? xh_observation_get(ctx, id, &entity.observation, err)
                   : xh_record_get(ctx, xh__sta_types[type].record, id, &entity.record, err);
    bool is_other = code >= 0 && type != XH__STA_OBSERVATION &&
                    !xh__sta_is_entity(type, &entity.record);
    if (code == XH_E_NOT_FOUND || is_other) {
        return xh__sta_not_found(type, id, err);
    }
    if (code >= 0) {
        *ret = entity;
    }
    return code < 0 ? code : XH_E_OK;
}

/* ---- one consistent state ---- */

int xh__sta_snapshot_begin(struct xh_ctx *ctx, struct xh__sta_snapshot *ret, struct xh_err *err)
{
    *ret = (struct xh__sta_snapshot){.ctx = *ctx, .conn = ctx->txn};
    if (ctx->txn != NULL) {
        return XH_E_OK;
    }
    int code = xh_rel_read_begin(xh_engine_rel(xh_ctx_engine(ctx)), &ret->conn, err);
    ret->is_own = code >= 0;
    ret->ctx.txn = ret->conn;
    return code;
}

void xh__sta_snapshot_end(struct xh__sta_snapshot *s)
{
    if (s->is_own) {
        xh_rel_read_end(xh_engine_rel(xh_ctx_engine(&s->ctx)), s->conn);
    }
}

/* ---- links to one ---- */

/* Is the series one of several properties? Whoever asks: the link only says which of two it is. */
static int is_multi(struct xh__sta_snapshot *s, int64_t series_id, bool *ret, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(s->conn,
                              "SELECT COALESCE(s.is_multi, 0) FROM core_series s WHERE s.id = :id",
                              &rows, err);
    if (code < 0) {
        return code;
    }
    xh_rel_bind_int(rows, "id", series_id);
    code = xh_rel_next(rows, err);
    *ret = code > 0 && xh_rel_int(rows, 0) != 0;
    xh_rel_done(rows);
    return code < 0 ? code : XH_E_OK;
}

/* Of an observation. Those of a page are mostly of one series: *known is the last one asked for. */
static int observed_by(struct xh__sta_snapshot *s, const struct xh_observation *observation,
                       const struct xh__sta_link *link, struct xh__sta_kind *known, int64_t *ret_id,
                       struct xh_err *err)
{
    if (link->target == XH__STA_FEATURE) {
        *ret_id = observation->feature_id;
        return XH_E_OK;
    }
    if (known->series_id != observation->series_id) {
        int code = is_multi(s, observation->series_id, &known->is_multi, err);
        if (code < 0) {
            return code;
        }
        known->series_id = observation->series_id;
    }
    bool is_it = known->is_multi == (link->target == XH__STA_MULTI_DATASTREAM);
    *ret_id = is_it ? observation->series_id : 0;
    return XH_E_OK;
}

int xh__sta_linked_one(struct xh__sta_snapshot *s, const struct xh__sta_entity *entity,
                       const struct xh__sta_link *link, struct xh__sta_kind *known, int64_t *ret_id,
                       struct xh_err *err)
{
    xh_assert(!link->is_many);
    if (entity->type == XH__STA_OBSERVATION) {
        return observed_by(s, &entity->observation, link, known, ret_id, err);
    }
    *ret_id = xh_doc_int(entity->record.doc, link->field);
    return XH_E_OK;
}

int xh__sta_entity_linked(struct xh_ctx *ctx, const struct xh__sta_entity *entity,
                          const struct xh__sta_link *link, int64_t *ret_id, struct xh_err *err)
{
    struct xh__sta_snapshot s;
    struct xh__sta_kind known = {0};
    int code = xh__sta_snapshot_begin(ctx, &s, err);
    if (code >= 0) {
        code = xh__sta_linked_one(&s, entity, link, &known, ret_id, err);
        xh__sta_snapshot_end(&s);
    }
    return code;
}
