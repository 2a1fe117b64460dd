/* geojson.c: areas out of GeoJSON, and back. */
#include "base/geojson.h"

#include <math.h>

#include "base/num.h"

enum { NESTING_MAX = 4 /* arrays of a MultiPolygon's coordinates */, RING_MIN = 4 };

struct reader {
    struct xh_arena *arena;
    struct xh_geo_area area;
    double *xy;              /* of the ring that is being read */
    size_t position_count, position_capacity, ring_capacity;
};

static int fault(struct xh_err *err, int code, const char *limit, const char *text)
{
    return xh_err_field(err, code, "geometry", XH_STR(""), limit, NULL, "%s", text);
}

/* ---- which geometry: looked for first, since its members come in any order ---- */

struct found {
    struct xh_str type, coordinates, geometry; /* raw; empty: not there */
};

static int find_members(struct xh_arena *arena, struct xh_str json, struct found *ret,
                        struct xh_err *err)
{
    struct xh_json_reader *r = xh_json_reader_create(arena, json);
    if (xh_json_next(r) != XH_JSON_OBJECT) {
        int code = xh_json_error(r, err);
        return code < 0 ? code : fault(err, XH_E_INVALID, "an object", "a geometry is an object");
    }
    for (;;) {
        enum xh_json_type type = xh_json_next(r);
        if (type != XH_JSON_NAME) {
            return type == XH_JSON_OBJECT_END ? XH_E_OK : xh_json_error(r, err);
        }
        struct xh_str name = xh_json_text(r);
        struct xh_str *to = xh_str_is(name, "type")          ? &ret->type
                            : xh_str_is(name, "coordinates") ? &ret->coordinates
                            : xh_str_is(name, "geometry")    ? &ret->geometry
                                                             : NULL;
        struct xh_str left_out;
        if (!xh_json_raw(r, to != NULL ? to : &left_out)) {
            return xh_json_error(r, err);
        }
    }
}

static bool is_type(struct xh_str raw, const char *type)
{
    return raw.len > 2 && raw.ptr[0] == '"' && xh_str_is(xh_str_sub(raw, 1, raw.len - 2), type);
}

/* ---- coordinates ---- */

static int end_ring(struct reader *r, bool is_hole, struct xh_err *err)
{
    if (r->position_count < RING_MIN) {
        return fault(err, XH_E_INVALID, "4 or more positions", "a ring is too short");
    }
    const double *last = &r->xy[2 * (r->position_count - 1)];
    if (r->xy[0] != last[0] || r->xy[1] != last[1]) {
        return fault(err, XH_E_INVALID, "the last position as the first", "a ring is not closed");
    }
    if (r->area.ring_count >= XH_GEO_RINGS_MAX) {
        return fault(err, XH_E_TOO_LARGE, "10000 rings", "the outline has too many rings");
    }
    r->area.rings = xh_arena_grow(r->arena, r->area.rings, &r->ring_capacity,
                                  r->area.ring_count + 1, sizeof *r->area.rings);
    r->area.rings[r->area.ring_count++] = (struct xh_geo_ring){r->xy, r->position_count, is_hole};
    r->area.polygon_count += !is_hole;
    r->xy = NULL;
    r->position_count = r->position_capacity = 0;
    return XH_E_OK;
}

static int add_position(struct reader *r, const double *numbers, size_t count, struct xh_err *err)
{
    if (count < 2 || !(fabs(numbers[0]) <= 180) || !(fabs(numbers[1]) <= 90)) {
        return fault(err, XH_E_INVALID, "longitude -180 to 180, latitude -90 to 90",
                     "a position is not on the globe");
    }
    if (++r->area.position_count > XH_GEO_POSITIONS_MAX) {
        return fault(err, XH_E_TOO_LARGE, "100000 positions", "the outline has too many positions");
    }
    if (r->position_count == r->position_capacity) {
        size_t capacity = r->position_capacity == 0 ? 16 : 2 * r->position_capacity;
        double *grown = XH_NEW_ARRAY(r->arena, double, 2 * capacity);
        for (size_t i = 0; i < 2 * r->position_count; i++) {
            grown[i] = r->xy[i];
        }
        r->xy = grown;
        r->position_capacity = capacity;
    }
    r->xy[2 * r->position_count] = numbers[0];
    r->xy[2 * r->position_count + 1] = numbers[1];
    r->position_count++;
    return XH_E_OK;
}

/* depth: of the array that ends; `deepest` is a position's, one less a ring's, then a polygon's. */
static int end_array(struct reader *r, int depth, int deepest, const double *numbers, size_t count,
                     size_t *rings_of_polygon, struct xh_err *err)
{
    if (depth == deepest) {
        return add_position(r, numbers, count, err);
    }
    if (depth == deepest - 1) {
        return end_ring(r, (*rings_of_polygon)++ > 0, err);
    }
    if (depth == deepest - 2) {
        *rings_of_polygon = 0;
    }
    return XH_E_OK;
}

static int read_coordinates(struct reader *r, struct xh_str json, int deepest, struct xh_err *err)
{
    struct xh_json_reader *in = xh_json_reader_create(r->arena, json);
    double numbers[2] = {0};
    size_t number_count = 0, rings_of_polygon = 0;
    int depth = 0, decimals = 0, code = XH_E_OK;
    while (code >= 0) {
        switch (xh_json_next(in)) {
        case XH_JSON_ARRAY:
            depth++;
            number_count = 0;
            code = depth <= deepest ? XH_E_OK
                                    : fault(err, XH_E_INVALID, NULL, "arrays are nested too deep");
            break;
        case XH_JSON_ARRAY_END:
            code = end_array(r, depth, deepest, numbers, number_count, &rings_of_polygon, err);
            depth--;
            break;
        case XH_JSON_NUMBER:
            if (depth != deepest ||
                (number_count < 2 &&
                 xh_num_parse(xh_json_text(in), &numbers[number_count], &decimals) < 0)) {
                return fault(err, XH_E_INVALID, "numbers in positions", "a number is out of place");
            }
            number_count++;
            break;
        case XH_JSON_END:
            return XH_E_OK;
        case XH_JSON_ERROR:
            return xh_json_error(in, err);
        default:
            return fault(err, XH_E_INVALID, "numbers", "coordinates are numbers");
        }
    }
    return code;
}

int xh_geojson_area_read(struct xh_arena *arena, struct xh_str json, struct xh_geo_area *ret,
                         struct xh_err *err)
{
    struct reader reader = {.arena = arena};
    struct found found = {0};
    int code = find_members(arena, json, &found, err);
    if (code >= 0 && is_type(found.type, "Feature")) {
        struct xh_str geometry = found.geometry;
        found = (struct found){0};
        code = find_members(arena, geometry, &found, err);
    }
    if (code < 0) {
        return code;
    }
    bool is_polygon = is_type(found.type, "Polygon");
    if (!is_polygon && !is_type(found.type, "MultiPolygon")) {
        return fault(err, XH_E_INVALID, "Polygon, MultiPolygon", "the geometry is not an area");
    }
    code = read_coordinates(&reader, found.coordinates, is_polygon ? NESTING_MAX - 1 : NESTING_MAX,
                            err);
    if (code < 0) {
        return code;
    }
    if (reader.area.ring_count == 0) {
        return fault(err, XH_E_INVALID, "a ring", "the outline is empty");
    }
    *ret = reader.area;
    return XH_E_OK;
}

/* ---- writing ---- */

static void write_ring(const struct xh_geo_ring *ring, double scale, struct xh_json_writer *w)
{
    double before_x = NAN, before_y = NAN;
    xh_json_array(w);
    for (size_t i = 0; i < ring->count; i++) {
        double x = round(ring->xy[2 * i] * scale), y = round(ring->xy[2 * i + 1] * scale);
        bool is_last = i + 1 == ring->count; /* closes the ring, whatever came before */
        if (x == before_x && y == before_y && !is_last) {
            continue;
        }
        xh_json_array(w);
        xh_json_num(w, x / scale + 0.0); /* no -0 */
        xh_json_num(w, y / scale + 0.0);
        xh_json_array_end(w);
        before_x = x;
        before_y = y;
    }
    xh_json_array_end(w);
}

void xh_geojson_area_write(const struct xh_geo_area *area, int decimals, struct xh_json_writer *w)
{
    bool is_multi = area->polygon_count != 1;
    double scale = pow(10, decimals);
    xh_json_object(w);
    xh_json_name(w, "type");
    xh_json_string(w, is_multi ? "MultiPolygon" : "Polygon");
    xh_json_name(w, "coordinates");
    xh_json_array(w);
    for (size_t i = 0; i < area->ring_count; i++) {
        bool is_next = !area->rings[i].is_hole;
        if (is_multi && is_next && i > 0) {
            xh_json_array_end(w);
        }
        if (is_multi && is_next) {
            xh_json_array(w);
        }
        write_ring(&area->rings[i], scale, w);
    }
    if (is_multi && area->ring_count > 0) {
        xh_json_array_end(w);
    }
    xh_json_array_end(w);
    xh_json_object_end(w);
}
