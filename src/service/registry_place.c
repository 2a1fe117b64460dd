/* registry_place.c: which series count for a place, and meters made in one call.
 *
 * A main meter measures all that lies behind it: where a place has one of a quantity, neither the
 * other meters of that place nor any below it are added. Who sees only its own sees a place as if
 * nothing else were there.
 */
#include "service/registry.h"

#include "service/device_state.h"
#include "service/engine_internal.h"
#include "service/records.h"

/* ---- the series of a place ---- */

static const char series_sql[] =
    "WITH RECURSIVE below(id) AS ("
    " SELECT id FROM core_places WHERE id = :place"
    " UNION SELECT p.id FROM core_places p JOIN below b ON p.parent = b.id),"
    " candidate(id, place, is_main) AS ("
    " SELECT s.id, s.place, COALESCE(s.is_main, 0) FROM core_series s"
    " JOIN core_properties p ON p.id = s.property"
    " WHERE (:quantity = '' OR p.quantity = :quantity)"
    " AND (:is_charged = 0 OR COALESCE(s.direction, '') IN ('', 'use'))"
    " AND (:is_all = 1 OR s.owner = :party)"
    " AND (:place = 0 OR s.place IN (SELECT id FROM below))),"
    " main_place(id) AS ("
    " SELECT DISTINCT place FROM candidate WHERE is_main = 1 AND :quantity <> ''),"
    " covered(id) AS ("
    " SELECT p.id FROM core_places p JOIN main_place m ON p.parent = m.id"
    " UNION SELECT p.id FROM core_places p JOIN covered c ON p.parent = c.id)"
    " SELECT id FROM candidate WHERE place NOT IN (SELECT id FROM covered)"
    " AND (is_main = 1 OR place NOT IN (SELECT id FROM main_place)) ORDER BY id";

/* What a tariff charges is use: a meter of the same quantity that measures what a place makes or
 * feeds into the grid is none. Quantities that no tariff charges say by themselves what they
 * are. */
static bool is_charged(const struct xh_engine *engine, struct xh_str quantity)
{
    for (size_t d = 0; d < engine->domain_count; d++) {
        for (size_t i = 0; i < engine->domains[d]->tariff_count; i++) {
            if (xh_str_is(quantity, engine->domains[d]->tariffs[i]->quantity)) {
                return true;
            }
        }
    }
    return false;
}

struct ids {
    int64_t *ids;
    size_t count, capacity;
};

static int ids_read(struct xh_ctx *ctx, struct xh_rel_conn *conn, int64_t place_id,
                    struct xh_str quantity, enum xh_may may, struct ids *ret, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, series_sql, &rows, err);
    if (code < 0) {
        return code;
    }
    xh_rel_bind_int(rows, "place", place_id);
    xh_rel_bind_text(rows, "quantity", quantity);
    xh_rel_bind_int(rows, "is_charged", is_charged(xh_ctx_engine(ctx), quantity));
    xh_rel_bind_int(rows, "is_all", may == XH_MAY_ALL);
    xh_rel_bind_int(rows, "party", ctx->who->party_id);
    while ((code = xh_rel_next(rows, err)) == 1) {
        ret->ids = xh_arena_grow(ctx->arena, ret->ids, &ret->capacity, ret->count + 1,
                                 sizeof *ret->ids);
        ret->ids[ret->count++] = xh_rel_int(rows, 0);
    }
    xh_rel_done(rows);
    return code;
}

static int hold_all(struct xh_ctx *ctx, const struct ids *ids, const struct xh_series ***ret,
                    struct xh_err *err)
{
    const struct xh_series **all = XH_NEW_ARRAY(ctx->arena, const struct xh_series *,
                                                ids->count + 1);
    for (size_t i = 0; i < ids->count; i++) {
        int code = xh_series_get_id(ctx, ids->ids[i], &all[i], err);
        if (code < 0) {
            while (i > 0) {
                xh_series_put(all[--i]);
            }
            return code;
        }
    }
    *ret = all;
    return XH_E_OK;
}

int xh_series_of_place(struct xh_ctx *ctx, int64_t place_id, const char *quantity,
                       const struct xh_series ***ret, size_t *ret_count, struct xh_err *err)
{
    struct xh_engine *engine = xh_ctx_engine(ctx);
    const struct xh_record_type *type = xh_engine_record_type(engine, XH_STR("core.series"));
    enum xh_may may = xh_may_read(&type->access, ctx->who);
    struct ids ids = {NULL, 0, 0};
    struct xh_rel_conn *conn;
    int code = xh_rel_read_begin(engine->rel, &conn, err);
    if (code < 0) {
        return code;
    }
    if (may == XH_MAY_ALL || (may == XH_MAY_OWN && ctx->who->party_id != 0)) {
        code = ids_read(ctx, conn, place_id, xh_str_from(quantity), may, &ids, err);
    }
    xh_rel_read_end(engine->rel, conn);
    code = code < 0 ? code : hold_all(ctx, &ids, ret, err);
    if (code >= 0) {
        *ret_count = ids.count;
    }
    return code < 0 ? code : XH_E_OK;
}

/* ---- a meter in one call ---- */

static void set_text(struct xh_doc *doc, const char *field, struct xh_str value,
                     struct xh_str otherwise)
{
    struct xh_str text = value.len > 0 ? value : otherwise;
    if (text.len > 0) {
        xh_doc_set_text(doc, field, text);
    }
}

static void set_ref(struct xh_doc *doc, const char *field, int64_t id)
{
    if (id != 0) {
        xh_doc_set_int(doc, field, id);
    }
}

/* *ret_id is that of the record with this code, or 0 and *ret is an empty record with the code. */
static int find_or_new(struct xh_ctx *ctx, const char *type, struct xh_str code,
                       struct xh_record *ret, int64_t *ret_id, struct xh_err *err)
{
    int status = xh_record_find(ctx, type, "code", code, ret, err);
    *ret_id = status >= 0 ? ret->id : 0;
    if (status == XH_E_NOT_FOUND) {
        xh_err_clear(err);
        status = xh_record_new(ctx, type, ret, err);
        if (status >= 0) {
            xh_doc_set_text(ret->doc, "code", code);
        }
    }
    return status < 0 ? status : XH_E_OK;
}

static int put(struct xh_ctx *ctx, struct xh_record *record, int64_t *ret_id, struct xh_err *err)
{
    int code = xh_record_put(ctx, record, err);
    *ret_id = code >= 0 ? record->id : 0;
    return code;
}

static int owner_find(struct xh_ctx *ctx, struct xh_str code, int64_t *ret_id, struct xh_err *err)
{
    struct xh_record party;
    *ret_id = 0;
    if (code.len == 0) {
        return XH_E_OK;
    }
    int status = xh_record_find(ctx, "core.party", "code", code, &party, err);
    if (status >= 0) {
        *ret_id = party.id;
    }
    return status;
}

static int place_make(struct xh_ctx *ctx, const struct xh_meter_spec *spec, int64_t owner,
                      int64_t *ret_id, struct xh_err *err)
{
    struct xh_record place;
    int code = find_or_new(ctx, "core.place", spec->place, &place, ret_id, err);
    if (code < 0 || *ret_id != 0) {
        return code;
    }
    set_text(place.doc, "name", spec->place, XH_STR(""));
    set_text(place.doc, "kind", spec->place_kind, XH_STR("site"));
    set_text(place.doc, "zone", spec->zone, XH_STR(""));
    set_ref(place.doc, "owner", owner);
    return put(ctx, &place, ret_id, err);
}

static int device_make(struct xh_ctx *ctx, const struct xh_meter_spec *spec, int64_t place,
                       int64_t owner, int64_t *ret_id, struct xh_err *err)
{
    struct xh_record device;
    struct xh_str code = spec->device.len > 0 ? spec->device : spec->series;
    int status = find_or_new(ctx, "core.device", code, &device, ret_id, err);
    if (status < 0 || *ret_id != 0) {
        return status;
    }
    set_text(device.doc, "name", code, XH_STR(""));
    set_text(device.doc, "kind", spec->device_kind, XH_STR("other"));
    set_ref(device.doc, "place", place);
    set_ref(device.doc, "owner", owner);
    return put(ctx, &device, ret_id, err);
}

static int property_make(struct xh_ctx *ctx, struct xh_str quantity, int64_t *ret_id,
                         struct xh_err *err)
{
    struct xh_record property;
    const struct xh_quantity *known = xh_engine_quantity(xh_ctx_engine(ctx), quantity);
    int code = find_or_new(ctx, "core.property", quantity, &property, ret_id, err);
    if (code < 0 || *ret_id != 0) {
        return code;
    }
    if (known != NULL) {
        xh_doc_set_string(property.doc, "name", known->label_en);
        xh_doc_set_text(property.doc, "quantity", quantity);
        xh_doc_set_string(property.doc, "definition", known->definition);
    } else {
        xh_doc_set_text(property.doc, "name", quantity);
    }
    /* What a device says of itself: no room's quantity, but known by name. */
    if (xh_device_sign_of(quantity) != XH_SIGN_NONE) {
        xh_doc_set_text(property.doc, "quantity", quantity);
    }
    return put(ctx, &property, ret_id, err);
}

int xh__sensor_make(struct xh_ctx *ctx, struct xh_str device_kind, int64_t *ret_id,
                    struct xh_err *err)
{
    struct xh_record sensor;
    struct xh_str kind = device_kind.len > 0 ? device_kind : XH_STR("other");
    int code = find_or_new(ctx, "core.sensor", kind, &sensor, ret_id, err);
    if (code < 0 || *ret_id != 0) {
        return code;
    }
    set_text(sensor.doc, "name", kind, XH_STR(""));
    return put(ctx, &sensor, ret_id, err);
}

struct making {
    const struct xh_meter_spec *spec;
    int64_t series_id;
};

struct parents {
    int64_t owner, place, device, property, sensor;
};

static void series_fill(struct xh_doc *doc, const struct xh_meter_spec *spec,
                        const struct parents *ids)
{
    set_text(doc, "name", spec->name, spec->series);
    set_ref(doc, "device", ids->device);
    set_ref(doc, "property", ids->property);
    set_ref(doc, "sensor", ids->sensor);
    set_ref(doc, "place", ids->place);
    set_ref(doc, "owner", ids->owner);
    set_text(doc, "kind", spec->kind, XH_STR("register"));
    set_text(doc, "unit", spec->unit, XH_STR(""));
    xh_doc_set_string(doc, "policy", "replace");
    xh_doc_set_int(doc, "period_s", spec->period_s);
    set_text(doc, "stamp", spec->stamp, XH_STR("end"));
    set_text(doc, "zone", spec->source_zone, XH_STR(""));
    if (spec->modulus > 0) {
        xh_doc_set_real(doc, "modulus", spec->modulus);
    }
    set_text(doc, "tariff", spec->tariff, XH_STR(""));
    set_text(doc, "direction", spec->direction, XH_STR(""));
}

static int make(struct xh_ctx *ctx, void *arg, struct xh_err *err)
{
    struct making *m = arg;
    const struct xh_meter_spec *spec = m->spec;
    struct parents ids = {0, 0, 0, 0, 0};
    struct xh_record series;
    int code = find_or_new(ctx, "core.series", spec->series, &series, &m->series_id, err);
    if (code < 0 || m->series_id != 0) {
        return code;
    }
    code = owner_find(ctx, spec->owner, &ids.owner, err);
    code = code < 0 ? code : place_make(ctx, spec, ids.owner, &ids.place, err);
    code = code < 0 ? code : device_make(ctx, spec, ids.place, ids.owner, &ids.device, err);
    code = code < 0 ? code : property_make(ctx, spec->quantity, &ids.property, err);
    code = code < 0 ? code : xh__sensor_make(ctx, spec->device_kind, &ids.sensor, err);
    if (code < 0) {
        return code;
    }
    series_fill(series.doc, spec, &ids);
    return put(ctx, &series, &m->series_id, err);
}

/* "energy.electrcity" is a slip, not a property that no room knows. */
static int check_quantity(struct xh_ctx *ctx, const struct xh_meter_spec *spec, struct xh_err *err)
{
    const struct xh_quantity *quantity = xh_engine_quantity(xh_ctx_engine(ctx), spec->quantity);
    bool has_dot = xh_str_find_char(spec->quantity, '.') >= 0;
    if (quantity == NULL && has_dot &&
        xh_engine_domain(xh_ctx_engine(ctx),
                         xh_str_sub(spec->quantity, 0,
                                    (size_t)xh_str_find_char(spec->quantity, '.'))) != NULL) {
        return xh_err_field(err, XH_E_INVALID, "quantity", spec->quantity, "a quantity of the room",
                            NULL, "there is no quantity \"%.*s\"", XH_STR_ARG(spec->quantity));
    }
    return XH_E_OK;
}

int xh_registry_meter(struct xh_ctx *ctx, const struct xh_meter_spec *spec, int64_t *ret_series_id,
                      struct xh_err *err)
{
    struct making m = {spec, 0};
    int code = check_quantity(ctx, spec, err);
    code = code < 0 ? code : xh_records_write(ctx, make, &m, err);
    if (code >= 0) {
        *ret_series_id = m.series_id;
    }
    return code < 0 ? code : XH_E_OK;
}
