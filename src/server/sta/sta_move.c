/* sta_move.c: where things are: Locations and HistoricalLocations (18-088 8.2.1 to 8.2.3).
 *
 * A device's part `locations` says where it is, `place` is the first of them. A new place is kept
 * as a core.move, and what the device measures is about its new place from then on.
 */
#include "server/sta/sta_write_internal.h"

#define COUNTRY_CODE "vn"
enum { LIST_MAX = 1000 };

int xh__sta_country(struct xh_ctx *ctx, int64_t *ret_id, struct xh_err *err)
{
    struct xh_record place;
    int code = xh_record_find(ctx, "core.place", "code", XH_STR(COUNTRY_CODE), &place, err);
    if (code == XH_E_NOT_FOUND) {
        xh_err_clear(err);
        code = xh_record_new(ctx, "core.place", &place, err);
        if (code >= 0) {
            xh_doc_set_string(place.doc, "code", COUNTRY_CODE);
            xh_doc_set_string(place.doc, "name", "Việt Nam");
            xh_doc_set_string(place.doc, "kind", "country");
            code = xh_record_put(ctx, &place, err);
        }
    }
    if (code >= 0) {
        *ret_id = place.id;
    }
    return code;
}

/* ---- parts ---- */

void xh__sta_locations_add(struct xh_doc *doc, int64_t place_id)
{
    size_t count = xh_doc_count(doc, "locations");
    for (size_t i = 0; i < count; i++) {
        if (xh_value_int(xh_doc_at(doc, "locations", i, "place")) == place_id) {
            return;
        }
    }
    size_t row = xh_doc_add(doc, "locations");
    xh_value_set_int(xh_doc_put(doc, "locations", row, "place"), place_id);
}

void xh__sta_locations_set(struct xh_doc *doc, const int64_t *place_ids, size_t count)
{
    doc->parts[0].count = 0;
    for (size_t i = 0; i < count; i++) {
        xh__sta_locations_add(doc, place_ids[i]);
    }
}

/* ---- moving ---- */

struct listing {
    struct xh_arena *arena;
    struct xh_record *items;
    size_t count, capacity;
};

static int take(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct listing *l = arg;
    (void)err;
    l->items = xh_arena_grow(l->arena, l->items, &l->capacity, l->count + 1, sizeof *l->items);
    l->items[l->count++] = *record;
    return XH_E_OK;
}

/* Series of the device that were where it was go along; one whose own place was said stays. */
static int series_follow(struct xh_ctx *ctx, int64_t device_id, int64_t from, int64_t to,
                         struct xh_err *err)
{
    int64_t after = 0;
    int code = XH_E_OK;
    struct listing page;
    do {
        struct xh_filter filters[] = {
            {"device", XH_FILTER_EQ, {.type = XH_T_REF, .integer = device_id}},
            {"place", XH_FILTER_EQ, {.type = XH_T_REF, .integer = from}},
            {"id", XH_FILTER_GE, {.type = XH_T_INT, .integer = after + 1}},
        };
        struct xh_list list = {.filters = filters,
                               .filter_count = XH_COUNT(filters),
                               .limit = LIST_MAX,
                               .with_parts = true};
        page = (struct listing){.arena = ctx->arena};
        code = xh_record_list(ctx, "core.series", &list, take, &page, NULL, err);
        for (size_t i = 0; code >= 0 && i < page.count; i++) {
            after = page.items[i].id;
            xh_doc_set_int(page.items[i].doc, "place", to);
            code = xh_record_put(ctx, &page.items[i], err);
        }
    } while (code >= 0 && page.count == LIST_MAX);
    return code;
}

int xh__sta_relocate(struct xh_ctx *ctx, int64_t device_id, const int64_t *place_ids, size_t count,
                     struct xh_err *err)
{
    struct xh_record device;
    int64_t place = count > 0 ? place_ids[0] : 0;
    int code = count > 0 ? XH_E_OK : xh__sta_country(ctx, &place, err);
    code = code < 0 ? code : xh_record_get(ctx, "core.device", device_id, &device, err);
    if (code < 0) {
        return code;
    }
    int64_t before = xh_doc_int(device.doc, "place");
    xh__sta_locations_set(device.doc, place_ids, count);
    xh_doc_set_int(device.doc, "place", place);
    code = xh_record_put(ctx, &device, err);
    if (code >= 0 && before != place) {
        code = series_follow(ctx, device_id, before, place, err);
    }
    return code < 0 ? code : xh_observe_moved(ctx, device_id, err);
}

int xh__sta_move_add(struct xh_ctx *ctx, int64_t device_id, int64_t at_us, const int64_t *place_ids,
                     size_t count, int64_t *ret_id, struct xh_err *err)
{
    struct xh_record device, move;
    int code = xh_record_get(ctx, "core.device", device_id, &device, err);
    code = code < 0 ? code : xh_record_new(ctx, "core.move", &move, err);
    if (code < 0) {
        return code;
    }
    xh_doc_set_int(move.doc, "device", device_id);
    xh_doc_set_int(move.doc, "at", at_us);
    if (device.owner != 0) {
        xh_doc_set_int(move.doc, "owner", device.owner);
    }
    xh__sta_locations_set(move.doc, place_ids, count);
    code = xh_record_put(ctx, &move, err);
    if (code >= 0) {
        *ret_id = move.id;
    }
    return code;
}

int xh__sta_move_now(struct xh_ctx *ctx, int64_t device_id, const int64_t *place_ids, size_t count,
                     struct xh_err *err)
{
    int64_t id = 0;
    int64_t now_us = xh_env_now_us(xh_engine_env(xh_ctx_engine(ctx)));
    int code = xh__sta_relocate(ctx, device_id, place_ids, count, err);
    return code < 0 ? code : xh__sta_move_add(ctx, device_id, now_us, place_ids, count, &id, err);
}

int xh__sta_move_settle(struct xh_ctx *ctx, int64_t move_id, struct xh_err *err)
{
    struct xh_record move;
    struct listing newest = {.arena = ctx->arena};
    int code = xh_record_get(ctx, "core.move", move_id, &move, err);
    if (code < 0) {
        return code;
    }
    int64_t device_id = xh_doc_int(move.doc, "device");
    struct xh_filter filters[] = {
        {"device", XH_FILTER_EQ, {.type = XH_T_REF, .integer = device_id}},
    };
    struct xh_list list = {.filters = filters, .filter_count = 1, .sort = "-at", .limit = 1};
    code = xh_record_list(ctx, "core.move", &list, take, &newest, NULL, err);
    size_t count = xh_doc_count(move.doc, "locations");
    if (code < 0 || count == 0 || newest.count == 0 || newest.items[0].id != move_id) {
        return code;
    }
    int64_t *places = XH_NEW_ARRAY(ctx->arena, int64_t, count);
    for (size_t i = 0; i < count; i++) {
        places[i] = xh_value_int(xh_doc_at(move.doc, "locations", i, "place"));
    }
    return xh__sta_relocate(ctx, device_id, places, count, err);
}
