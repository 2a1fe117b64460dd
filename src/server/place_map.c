/* place_map.c: GET /api/v1/places/{id}/map: the places right below a place, as GeoJSON (RFC 7946)
 * that a page draws without any tiles. Wards and communes where there are some, else whatever is
 * below and may be seen. Drawn by place_cells.h, from the records as they are; who has seen it and
 * asks again with its ETag is told so before anything is drawn. */
#include <stdio.h>

#include "base/sha256.h"
#include "server/place_cells.h"
#include "server/server_internal.h"
#include "service/records.h"

enum { LIST = 500, DECIMALS = 4, TAG_BYTES = XH_SHA256_TEXT_BYTES + 2 };

struct below {
    struct xh_arena *arena;
    struct xh_record *places;
    size_t count, capacity;
    bool has_official;
    int32_t today;
};

static bool is_official(struct xh_str kind)
{
    static const char *const kinds[] = {"province", "ward", "commune", "special_zone"};
    for (size_t i = 0; i < XH_COUNT(kinds); i++) {
        if (xh_str_is(kind, kinds[i])) {
            return true;
        }
    }
    return false;
}

static bool is_valid_today(const struct below *b, const struct xh_doc *doc)
{
    return (xh_doc_is_null(doc, "valid_from") || xh_doc_int(doc, "valid_from") <= b->today) &&
           (xh_doc_is_null(doc, "valid_to") || xh_doc_int(doc, "valid_to") > b->today);
}

static int take_place(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct below *b = arg;
    if (!is_valid_today(b, record->doc)) {
        return XH_E_OK;
    }
    if (b->count >= XH__MAP_CELLS_MAX) {
        return xh_err_set(err, XH_E_TOO_LARGE, "a map shows at most %d places", XH__MAP_CELLS_MAX);
    }
    b->places = xh_arena_grow(b->arena, b->places, &b->capacity, b->count + 1, sizeof *b->places);
    b->places[b->count++] = *record;
    b->has_official = b->has_official || is_official(xh_doc_text(record->doc, "kind"));
    return XH_E_OK;
}

static void keep_official(struct below *b)
{
    size_t kept = 0;
    for (size_t i = 0; b->has_official && i < b->count; i++) {
        if (is_official(xh_doc_text(b->places[i].doc, "kind"))) {
            b->places[kept++] = b->places[i];
        }
    }
    b->count = b->has_official ? kept : b->count;
}

static int read_below(struct xh__request *req, int64_t id, struct below *b, struct xh_err *err)
{
    struct xh_filter filter = {"parent", XH_FILTER_EQ, {.type = XH_T_REF, .integer = id}};
    struct xh_list list = {.filters = &filter, .filter_count = 1, .limit = LIST};
    struct xh_str next = {NULL, 0};
    int code = XH_E_OK;
    do {
        list.after = next;
        code = xh_record_list(&req->ctx, "core.place", &list, take_place, b, &next, err);
    } while (code >= 0 && next.len > 0);
    if (code >= 0) {
        keep_official(b);
    }
    return code;
}

/* ---- has it changed? ---- */

static void tag_of(const struct below *b, char ret[TAG_BYTES])
{
    struct xh_sha256 sha;
    char digits[XH_SHA256_TEXT_BYTES];
    xh_sha256_init(&sha);
    for (size_t i = 0; i < b->count; i++) {
        int64_t state[] = {b->places[i].id, b->places[i].version, b->places[i].updated_us};
        xh_sha256_add(&sha, state, sizeof state);
    }
    xh_sha256_end(&sha, digits);
    (void)snprintf(ret, TAG_BYTES, "\"%.32s\"", digits);
}

/* ---- the map ---- */

static void centre_of(const struct xh_doc *doc, struct xh__map_cell *cell)
{
    cell->has_centre = !xh_doc_is_null(doc, "lat_deg") && !xh_doc_is_null(doc, "lon_deg");
    cell->lat_deg = xh_doc_real(doc, "lat_deg");
    cell->lon_deg = xh_doc_real(doc, "lon_deg");
    cell->area_km2 = xh_doc_real(doc, "area_km2");
}

/* A geometry that is no area (a point, or what a stranger sent) is none for the map. */
static void outline_of(struct xh__request *req, const struct xh_doc *doc, struct xh__map_cell *cell)
{
    struct xh_str text = xh_doc_text(doc, "geometry");
    struct xh_geo_area *area = XH_NEW(req->arena, struct xh_geo_area);
    if (text.len > 0 && xh_geojson_area_read(req->arena, text, area, NULL) >= 0) {
        cell->outline = area;
    }
}

static void write_feature(struct xh_json_writer *w, const struct xh_record *place,
                          const struct xh__map_cell *cell)
{
    xh_json_object(w);
    xh_json_member_string(w, "type", "Feature");
    xh_json_member_int(w, "id", place->id);
    xh_json_name(w, "properties");
    xh_json_object(w);
    xh_json_member_int(w, "id", place->id);
    xh_json_member_str_or_null(w, "code", xh_doc_text(place->doc, "code"));
    xh_json_member_str_or_null(w, "name", xh_doc_text(place->doc, "name"));
    xh_json_member_str_or_null(w, "name_en", xh_doc_text(place->doc, "name_en"));
    xh_json_member_str_or_null(w, "kind", xh_doc_text(place->doc, "kind"));
    xh_json_name(w, "area_km2");
    if (cell->area_km2 > 0) {
        xh_json_num(w, cell->area_km2);
    } else {
        xh_json_null(w);
    }
    xh_json_member_bool(w, "is_schematic", cell->is_schematic);
    xh_json_object_end(w);
    xh_json_name(w, "geometry");
    if (cell->shape.ring_count > 0) {
        xh_geojson_area_write(&cell->shape, DECIMALS, w);
    } else {
        xh_json_null(w);
    }
    xh_json_object_end(w);
}

static int draw(struct xh__request *req, const struct below *b, struct xh_err *err)
{
    struct xh__map_cell *cells = XH_NEW_ARRAY(req->arena, struct xh__map_cell, b->count + 1);
    struct xh_json_writer w;
    for (size_t i = 0; i < b->count; i++) {
        centre_of(b->places[i].doc, &cells[i]);
        outline_of(req, b->places[i].doc, &cells[i]);
    }
    int code = xh__place_cells(req->arena, cells, b->count, err);
    if (code < 0) {
        return code;
    }
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_member_string(&w, "type", "FeatureCollection");
    xh_json_name(&w, "features");
    xh_json_array(&w);
    for (size_t i = 0; i < b->count; i++) {
        write_feature(&w, &b->places[i], &cells[i]);
    }
    xh_json_array_end(&w);
    xh_json_object_end(&w);
    return xh__respond_text(req, 200, "application/geo+json");
}

int xh__place_map_get(struct xh__request *req, struct xh_err *err)
{
    struct below below = {
        .arena = req->arena,
        .today = (int32_t)(req->ctx.now_us / XH_US_PER_DAY),
    };
    struct xh_record place;
    char tag[TAG_BYTES];
    int64_t id = 0;
    int code = xh__request_path_id(req, "id", &id, err);
    code = code < 0 ? code : xh_record_get(&req->ctx, "core.place", id, &place, err);
    code = code < 0 ? code : read_below(req, id, &below, err);
    if (code < 0) {
        return code;
    }
    tag_of(&below, tag);
    xh__respond_header(req, "ETag", tag);
    xh__respond_header(req, "Cache-Control", "no-cache");
    xh__respond_header(req, "Vary", "Authorization");
    if (xh_str_is(xh__request_header(req, "If-None-Match"), tag)) {
        return xh__respond_empty(req, 304);
    }
    return draw(req, &below, err);
}
