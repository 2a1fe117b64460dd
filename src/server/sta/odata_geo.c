/* odata_geo.c: functions of geometries, by GEOS. 18-088 table 24: Geospatial Functions, Spatial
 * Relationship Functions (OGC 06-104r4 part 1, 6.1.2.3).
 *
 * Coordinates are taken as they are, in a plane: distances and lengths are in their unit, which for
 * geography is the degree. Heights are left out. A text that is no geometry, and a question that
 * GEOS cannot answer, is NULL.
 *
 * Each call has a GEOS context of its own, so nothing is shared and nothing outlives it.
 */
#include <geos_c.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "server/sta/odata_internal.h"

enum {
    NESTING_MAX = 32,            /* of parentheses: GEOS reads them by recursion */
    PATTERN_BYTES = 9,           /* DE-9IM */
    WHY_BYTES = 128
};

struct session {
    GEOSContextHandle_t handle;
    char why[WHY_BYTES];         /* what GEOS said last */
};

static void on_error(const char *message, void *arg)
{
    struct session *s = arg;
    (void)snprintf(s->why, sizeof(s->why), "%s", message);
    s->why[strcspn(s->why, "\r\n")] = '\0';
}

static void begin(struct session *s)
{
    *s = (struct session){.handle = GEOS_init_r()};
    xh_assert(s->handle);
    (void)GEOSContext_setErrorMessageHandler_r(s->handle, on_error, s);
}

/* ---- WKT ---- */

static bool has_word(const char *text, const char *word)
{
    size_t len = strlen(word);
    for (; *text; text++) {
        if (xh_str_equal_nocase((struct xh_str){text, strnlen(text, len)},
                                (struct xh_str){word, len})) {
            return true;
        }
    }
    return false;
}

/* GEOS takes "POINT(1 2) and more", "nan" and endless nesting: those are refused here. */
static bool is_plain_wkt(const char *text)
{
    int depth = 0;
    int deepest = 0;
    struct xh_str trimmed = xh_str_trim(xh_str_from(text));
    for (const char *c = text; *c; c++) {
        depth += (*c == '(') - (*c == ')');
        deepest = depth > deepest ? depth : deepest;
    }
    bool is_ended = xh_str_ends(trimmed, XH_STR(")")) ||
                    xh_str_equal_nocase(xh_str_sub(trimmed, trimmed.len < 5 ? 0 : trimmed.len - 5,
                                                   5),
                                        XH_STR("EMPTY"));
    return is_ended && depth == 0 && deepest <= NESTING_MAX && !has_word(text, "nan") &&
           !has_word(text, "inf");
}

/* "SRID=4326;" in front (OData 4.0 ABNF: sridLiteral) is left out. The standard itself writes
 * POINT(-122, 43) in one of its examples; that comma is taken as a space. */
static char *wkt_copy(struct xh_arena *arena, struct xh_str wkt)
{
    ptrdiff_t semicolon = xh_str_find_char(wkt, ';');
    if (semicolon >= 0 && xh_str_equal_nocase(xh_str_sub(wkt, 0, 5), XH_STR("SRID="))) {
        wkt = xh_str_sub(wkt, (size_t)semicolon + 1, wkt.len);
    }
    char *text = xh_arena_text(arena, xh_str_trim(wkt));
    if (xh_str_equal_nocase((struct xh_str){text, strnlen(text, 5)}, XH_STR("POINT"))) {
        for (char *comma = strchr(text, ','); comma; comma = strchr(comma, ',')) {
            *comma = ' ';
        }
    }
    return text;
}

static GEOSGeometry *read_wkt(struct session *s, struct xh_arena *arena, struct xh_str wkt)
{
    char *text = wkt_copy(arena, wkt);
    if (!is_plain_wkt(text)) {
        on_error("no well-known text of a geometry", s);
        return NULL;
    }
    GEOSWKTReader *reader = GEOSWKTReader_create_r(s->handle);
    GEOSGeometry *geometry = reader ? GEOSWKTReader_read_r(s->handle, reader, text) : NULL;
    if (reader) {
        GEOSWKTReader_destroy_r(s->handle, reader);
    }
    return geometry;
}

/* ---- GeoJSON ---- */

static bool is_geojson_name(struct xh_str name)
{
    return xh_str_is(name, "type") || xh_str_is(name, "coordinates") ||
           xh_str_is(name, "geometry") || xh_str_is(name, "geometries") ||
           xh_str_is(name, "features");
}

/* GEOS 3.11 refuses a position of three numbers: only what it needs is written, in two dimensions.
 * False when the text is no JSON. */
static bool flatten(struct xh_arena *arena, struct xh_str json, struct xh_buf *out)
{
    struct xh_json_reader *r = xh_json_reader_create(arena, json);
    struct xh_json_writer w;
    unsigned numbers = 0; /* so far in the innermost array */
    xh_json_writer_init(&w, out, false);
    enum xh_json_type type = xh_json_next(r);
    bool is_object = type == XH_JSON_OBJECT;
    for (; is_object && type > XH_JSON_END; type = xh_json_next(r)) {
        switch (type) {
        case XH_JSON_OBJECT:
            xh_json_object(&w);
            break;
        case XH_JSON_OBJECT_END:
            xh_json_object_end(&w);
            break;
        case XH_JSON_ARRAY:
            xh_json_array(&w);
            break;
        case XH_JSON_ARRAY_END:
            xh_json_array_end(&w);
            break;
        case XH_JSON_NAME:
            if (is_geojson_name(xh_json_text(r))) {
                xh_json_name_str(&w, xh_json_text(r));
            } else {
                (void)xh_json_skip(r);
            }
            break;
        case XH_JSON_STRING:
            xh_json_str(&w, xh_json_text(r));
            break;
        case XH_JSON_NUMBER:
            if (numbers++ < 2) {
                xh_json_raw_value(&w, xh_json_text(r));
            }
            break;
        default:
            xh_json_null(&w);
            break;
        }
        numbers = type == XH_JSON_NUMBER ? numbers : 0;
    }
    return is_object && type == XH_JSON_END && !out->is_over;
}

static GEOSGeometry *read_geojson(struct session *s, struct xh_arena *arena, struct xh_str json)
{
    GEOSGeometry *geometry = NULL;
    struct xh_buf flat;
    xh_buf_init(&flat, 0);
    if (flatten(arena, json, &flat)) {
        GEOSGeoJSONReader *reader = GEOSGeoJSONReader_create_r(s->handle);
        if (reader) {
            geometry = GEOSGeoJSONReader_readGeometry_r(s->handle, reader, xh_buf_text(&flat));
            GEOSGeoJSONReader_destroy_r(s->handle, reader);
        }
    }
    xh_buf_finish(&flat);
    return geometry;
}

/* ---- geometries ---- */

/* Infinite coordinates (1e999) would lead GEOS astray. */
static bool is_finite(struct session *s, const GEOSGeometry *geometry)
{
    double edges[4];
    if (GEOSisEmpty_r(s->handle, geometry) == 1) {
        return true;
    }
    return GEOSGeom_getXMin_r(s->handle, geometry, &edges[0]) == 1 &&
           GEOSGeom_getXMax_r(s->handle, geometry, &edges[1]) == 1 &&
           GEOSGeom_getYMin_r(s->handle, geometry, &edges[2]) == 1 &&
           GEOSGeom_getYMax_r(s->handle, geometry, &edges[3]) == 1 && isfinite(edges[0]) &&
           isfinite(edges[1]) && isfinite(edges[2]) && isfinite(edges[3]);
}

/* NULL when the value is no geometry. */
static GEOSGeometry *read(struct session *s, struct xh_arena *arena,
                          const struct xh__odata_value *v)
{
    GEOSGeometry *geometry = NULL;
    if (v->type == XH__ODATA_GEOMETRY && v->is_wkt) {
        geometry = read_wkt(s, arena, v->text);
    } else if (v->type == XH__ODATA_GEOMETRY || v->type == XH__ODATA_JSON) {
        geometry = read_geojson(s, arena, v->text);
    }
    if (geometry && !is_finite(s, geometry)) {
        on_error("a coordinate is not finite", s);
        GEOSGeom_destroy_r(s->handle, geometry);
        return NULL;
    }
    return geometry;
}

int xh__odata_geo_check(struct xh_str wkt, struct xh_err *err)
{
    struct xh_arena *arena = xh_arena_create("geometry");
    struct session s;
    int code = 0;
    begin(&s);
    struct xh__odata_value v = {.type = XH__ODATA_GEOMETRY, .is_wkt = true, .text = wkt};
    GEOSGeometry *geometry = read(&s, arena, &v);
    if (geometry) {
        GEOSGeom_destroy_r(s.handle, geometry);
    } else {
        code = xh_err_set(err, XH_E_INVALID, "\"%.*s\" is no geometry: %s",
                          wkt.len > 40 ? 40 : (int)wkt.len, wkt.len > 0 ? wkt.ptr : "", s.why);
    }
    GEOS_finish_r(s.handle);
    xh_arena_destroy(arena);
    return code;
}

/* ---- functions ---- */

/* What is asked of one geometry or two: a value, or NULL. b and pattern may be NULL. */
typedef struct xh__odata_value question(GEOSContextHandle_t h, const GEOSGeometry *a,
                                        const GEOSGeometry *b, const char *pattern);

static struct xh__odata_value ask(const struct xh__odata_call *c, size_t geometry_count,
                                  const char *pattern, question *what)
{
    GEOSGeometry *geometries[2] = {NULL, NULL};
    struct session s;
    struct xh__odata_value answer = xh__odata_null();
    bool are_known = true;
    begin(&s);
    for (size_t i = 0; are_known && i < geometry_count; i++) {
        geometries[i] = read(&s, c->env->arena, &c->args[i]);
        are_known = geometries[i] != NULL;
    }
    if (are_known) {
        answer = what(s.handle, geometries[0], geometries[1], pattern);
    }
    for (size_t i = 0; i < 2; i++) {
        if (geometries[i]) {
            GEOSGeom_destroy_r(s.handle, geometries[i]);
        }
    }
    GEOS_finish_r(s.handle);
    return answer;
}

static struct xh__odata_value distance(GEOSContextHandle_t h, const GEOSGeometry *a,
                                       const GEOSGeometry *b, const char *pattern)
{
    double value = 0;
    (void)pattern;
    bool has_both = GEOSisEmpty_r(h, a) == 0 && GEOSisEmpty_r(h, b) == 0;
    return has_both && GEOSDistance_r(h, a, b, &value) == 1 ? xh__odata_of_real(value)
                                                            : xh__odata_null();
}

struct xh__odata_value xh__odata_geo_distance(const struct xh__odata_call *c)
{
    return ask(c, 2, NULL, distance);
}

/* Only lines have a length (OGC 06-104r4, 6.1.6.2 and 6.1.8.2); points and areas have 0. */
static struct xh__odata_value length(GEOSContextHandle_t h, const GEOSGeometry *a,
                                     const GEOSGeometry *b, const char *pattern)
{
    double value = 0;
    (void)b, (void)pattern;
    if (GEOSGeom_getDimensions_r(h, a) != 1) {
        return xh__odata_of_real(0);
    }
    return GEOSLength_r(h, a, &value) == 1 ? xh__odata_of_real(value) : xh__odata_null();
}

struct xh__odata_value xh__odata_geo_length(const struct xh__odata_call *c)
{
    return ask(c, 1, NULL, length);
}

static struct xh__odata_value relate(GEOSContextHandle_t h, const GEOSGeometry *a,
                                     const GEOSGeometry *b, const char *pattern)
{
    char answer = GEOSRelatePattern_r(h, a, b, pattern);
    return answer > 1 ? xh__odata_null() : xh__odata_truth(answer == 1);
}

struct xh__odata_value xh__odata_geo_relate(const struct xh__odata_call *c)
{
    char pattern[PATTERN_BYTES + 1] = "";
    const struct xh__odata_value *given = &c->args[2];
    bool is_pattern = given->type == XH__ODATA_TEXT && given->text.len == PATTERN_BYTES;
    for (size_t i = 0; is_pattern && i < PATTERN_BYTES; i++) {
        pattern[i] = given->text.ptr[i];
        is_pattern = strchr("TtFf*012", pattern[i]) != NULL;
    }
    return is_pattern ? ask(c, 2, pattern, relate) : xh__odata_null();
}

/* ---- relations by their name ---- */

static const struct relation {
    const char *name;
    char (*holds)(GEOSContextHandle_t h, const GEOSGeometry *a, const GEOSGeometry *b);
} relations[] = {
    {"intersects", GEOSIntersects_r},
    {"equals", GEOSEquals_r},
    {"disjoint", GEOSDisjoint_r},
    {"touches", GEOSTouches_r},
    {"within", GEOSWithin_r},
    {"overlaps", GEOSOverlaps_r},
    {"crosses", GEOSCrosses_r},
    {"contains", GEOSContains_r},
};

/* Of two geometries, by the name of the relation in the pattern's place. */
static struct xh__odata_value is_related(GEOSContextHandle_t h, const GEOSGeometry *a,
                                         const GEOSGeometry *b, const char *name)
{
    size_t i = 0;
    while (strcmp(relations[i].name, name) != 0) {
        i++;
    }
    char answer = relations[i].holds(h, a, b);
    return answer > 1 ? xh__odata_null() : xh__odata_truth(answer == 1);
}

struct xh__odata_value xh__odata_geo_intersects(const struct xh__odata_call *c)
{
    return ask(c, 2, "intersects", is_related);
}

struct xh__odata_value xh__odata_geo_equals(const struct xh__odata_call *c)
{
    return ask(c, 2, "equals", is_related);
}

struct xh__odata_value xh__odata_geo_disjoint(const struct xh__odata_call *c)
{
    return ask(c, 2, "disjoint", is_related);
}

struct xh__odata_value xh__odata_geo_touches(const struct xh__odata_call *c)
{
    return ask(c, 2, "touches", is_related);
}

struct xh__odata_value xh__odata_geo_within(const struct xh__odata_call *c)
{
    return ask(c, 2, "within", is_related);
}

struct xh__odata_value xh__odata_geo_overlaps(const struct xh__odata_call *c)
{
    return ask(c, 2, "overlaps", is_related);
}

struct xh__odata_value xh__odata_geo_crosses(const struct xh__odata_call *c)
{
    return ask(c, 2, "crosses", is_related);
}

struct xh__odata_value xh__odata_geo_contains(const struct xh__odata_call *c)
{
    return ask(c, 2, "contains", is_related);
}
