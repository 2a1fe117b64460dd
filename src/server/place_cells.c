/* place_cells.c: see place_cells.h. All is computed in kilometres in a plane that touches the globe
 * in the middle of the places: exact enough for a city, and for a country good to look at. */
#include "server/place_cells.h"

#include <geos_c.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUARTER_SEGMENTS = 6, WHY_BYTES = 128, OUTLINE_POSITIONS_MAX = 2200 };

#define KM_PER_DEG 111.32
/* A disc that is somewhat larger than the place, so that neighbours grow together. */
#define DISC_SCALE 1.35
/* Gaps up to twice this part of the usual radius are closed, and corners rounded. */
#define CLOSING_SCALE 0.9
#define SMOOTHING_SCALE 0.12
/* Of outlines; the coarsest is that of a large country. */
#define FINEST_KM 0.02
#define COARSEST_KM 20.0

struct map {
    GEOSContextHandle_t geos;
    struct xh_arena *arena;
    struct xh__map_cell *cells;
    size_t count;
    double lon0, lat0, km_per_lon;
    double radius_km;          /* the usual one */
    double *xy;                /* centres in km; two that coincide are moved apart */
    char why[WHY_BYTES];
};

static void on_error(const char *message, void *arg)
{
    struct map *m = arg;
    (void)snprintf(m->why, sizeof m->why, "%s", message);
    m->why[strcspn(m->why, "\r\n")] = '\0';
}

static int fault(const struct map *m, struct xh_err *err)
{
    return xh_err_set(err, XH_E_INTERNAL, "the map cannot be drawn: %s",
                      m->why[0] != '\0' ? m->why : "no geometry");
}

static void drop(struct map *m, GEOSGeometry *geometry)
{
    if (geometry != NULL) {
        GEOSGeom_destroy_r(m->geos, geometry);
    }
}

/* ---- the plane ---- */

static bool is_drawn(const struct xh__map_cell *cell)
{
    return cell->outline == NULL && cell->has_centre;
}

static int by_size(const void *left, const void *right)
{
    const double *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

/* The middle one of the radii that are known; else the usual distance of centres. */
static double usual_radius_km(const struct map *m, double width_km, double height_km)
{
    double *known = XH_NEW_ARRAY(m->arena, double, m->count);
    size_t count = 0;
    for (size_t i = 0; i < m->count; i++) {
        if (m->cells[i].area_km2 > 0) {
            known[count++] = sqrt(m->cells[i].area_km2 / M_PI);
        }
    }
    if (count > 0) {
        qsort(known, count, sizeof *known, by_size);
        return known[count / 2];
    }
    double radius = sqrt(width_km * height_km / (double)m->count / M_PI);
    return radius > 0 ? radius : 1;
}

static void place_centres(struct map *m)
{
    double west = INFINITY, east = -INFINITY, south = INFINITY, north = -INFINITY;
    for (size_t i = 0; i < m->count; i++) {
        if (m->cells[i].has_centre) {
            west = fmin(west, m->cells[i].lon_deg);
            east = fmax(east, m->cells[i].lon_deg);
            south = fmin(south, m->cells[i].lat_deg);
            north = fmax(north, m->cells[i].lat_deg);
        }
    }
    m->lon0 = west <= east ? (west + east) / 2 : 0;
    m->lat0 = south <= north ? (south + north) / 2 : 0;
    m->km_per_lon = KM_PER_DEG * fmax(cos(m->lat0 * M_PI / 180), 0.01);
    m->radius_km = usual_radius_km(m, (east - west) * m->km_per_lon, (north - south) * KM_PER_DEG);
    m->xy = XH_NEW_ARRAY(m->arena, double, 2 * m->count);
    for (size_t i = 0; i < m->count; i++) {
        m->xy[2 * i] = (m->cells[i].lon_deg - m->lon0) * m->km_per_lon;
        m->xy[2 * i + 1] = (m->cells[i].lat_deg - m->lat0) * KM_PER_DEG;
        for (size_t k = 0; k < i; k++) {
            if (m->xy[2 * k] == m->xy[2 * i] && m->xy[2 * k + 1] == m->xy[2 * i + 1]) {
                m->xy[2 * i] += m->radius_km * 0.05 * (double)(i + 1);
                k = (size_t)-1; /* looks again at its new place */
            }
        }
    }
}

static double disc_km(const struct map *m, const struct xh__map_cell *cell)
{
    return DISC_SCALE * (cell->area_km2 > 0 ? sqrt(cell->area_km2 / M_PI) : m->radius_km);
}

/* ---- GEOS ---- */

static GEOSGeometry *point(struct map *m, size_t at)
{
    return GEOSGeom_createPointFromXY_r(m->geos, m->xy[2 * at], m->xy[2 * at + 1]);
}

/* Takes the parts, whatever comes out. */
static GEOSGeometry *gather(struct map *m, int type, GEOSGeometry **parts, size_t count)
{
    return GEOSGeom_createCollection_r(m->geos, type, parts, (unsigned)count);
}

static GEOSGeometry *centres(struct map *m)
{
    GEOSGeometry **parts = XH_NEW_ARRAY(m->arena, GEOSGeometry *, m->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < m->count; i++) {
        if (m->cells[i].has_centre) {
            parts[count++] = point(m, i);
        }
    }
    return gather(m, GEOS_MULTIPOINT, parts, count);
}

static GEOSGeometry *replace(struct map *m, GEOSGeometry *old, GEOSGeometry *fresh)
{
    drop(m, old);
    return fresh;
}

static GEOSGeometry *grow(struct map *m, const GEOSGeometry *geometry, double by_km)
{
    return geometry != NULL ? GEOSBuffer_r(m->geos, geometry, by_km, QUARTER_SEGMENTS) : NULL;
}

/* The discs of those that have no outline, grown together; NULL when there are none. */
static GEOSGeometry *ground(struct map *m)
{
    GEOSGeometry **discs = XH_NEW_ARRAY(m->arena, GEOSGeometry *, m->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < m->count; i++) {
        if (is_drawn(&m->cells[i])) {
            GEOSGeometry *centre = point(m, i);
            discs[count++] = grow(m, centre, disc_km(m, &m->cells[i]));
            drop(m, centre);
        }
    }
    double closing = CLOSING_SCALE * m->radius_km, smoothing = SMOOTHING_SCALE * m->radius_km;
    GEOSGeometry *all = gather(m, GEOS_GEOMETRYCOLLECTION, discs, count);
    all = replace(m, all, all != NULL ? GEOSUnaryUnion_r(m->geos, all) : NULL);
    all = replace(m, all, grow(m, all, closing));
    all = replace(m, all, grow(m, all, -closing));
    return replace(m, all,
                   all != NULL ? GEOSTopologyPreserveSimplify_r(m->geos, all, smoothing) : NULL);
}

/* ---- from and to areas ---- */

static GEOSGeometry *ring_of(struct map *m, const struct xh_geo_ring *ring)
{
    GEOSCoordSequence *sequence = GEOSCoordSeq_create_r(m->geos, (unsigned)ring->count, 2);
    for (size_t i = 0; i < ring->count; i++) {
        (void)GEOSCoordSeq_setXY_r(m->geos, sequence, (unsigned)i,
                                   (ring->xy[2 * i] - m->lon0) * m->km_per_lon,
                                   (ring->xy[2 * i + 1] - m->lat0) * KM_PER_DEG);
    }
    return GEOSGeom_createLinearRing_r(m->geos, sequence);
}

/* As it was given: it may cross itself, which GEOS then mends. */
static GEOSGeometry *read_area(struct map *m, const struct xh_geo_area *area)
{
    GEOSGeometry **polygons = XH_NEW_ARRAY(m->arena, GEOSGeometry *, area->polygon_count + 1);
    GEOSGeometry **holes = XH_NEW_ARRAY(m->arena, GEOSGeometry *, area->ring_count + 1);
    size_t polygon_count = 0, at = 0;
    while (at < area->ring_count) {
        GEOSGeometry *shell = ring_of(m, &area->rings[at++]);
        unsigned hole_count = 0;
        while (at < area->ring_count && area->rings[at].is_hole) {
            holes[hole_count++] = ring_of(m, &area->rings[at++]);
        }
        GEOSGeometry *polygon = GEOSGeom_createPolygon_r(m->geos, shell, holes, hole_count);
        if (polygon != NULL) {
            polygons[polygon_count++] = polygon;
        }
    }
    GEOSGeometry *all = gather(m, GEOS_MULTIPOLYGON, polygons, polygon_count);
    bool is_valid = all != NULL && GEOSisValid_r(m->geos, all) == 1;
    return is_valid || all == NULL ? all : replace(m, all, GEOSMakeValid_r(m->geos, all));
}

static bool add_ring(struct map *m, const GEOSGeometry *ring, bool is_hole,
                     struct xh_geo_area *area, size_t *capacity)
{
    const GEOSCoordSequence *sequence = GEOSGeom_getCoordSeq_r(m->geos, ring);
    unsigned count = 0;
    if (sequence == NULL || GEOSCoordSeq_getSize_r(m->geos, sequence, &count) == 0 || count < 4) {
        return false;
    }
    struct xh_geo_ring *to;
    area->rings = xh_arena_grow(m->arena, area->rings, capacity, area->ring_count + 1,
                                sizeof *area->rings);
    to = &area->rings[area->ring_count++];
    *to = (struct xh_geo_ring){XH_NEW_ARRAY(m->arena, double, 2 * (size_t)count), count, is_hole};
    for (unsigned i = 0; i < count; i++) {
        double x = 0, y = 0;
        (void)GEOSCoordSeq_getXY_r(m->geos, sequence, i, &x, &y);
        to->xy[2 * i] = x / m->km_per_lon + m->lon0;
        to->xy[2 * i + 1] = y / KM_PER_DEG + m->lat0;
    }
    area->position_count += count;
    return true;
}

/* Polygons of any collection; what is no area is left out. */
static void write_area(struct map *m, const GEOSGeometry *geometry, struct xh_geo_area *area,
                       size_t *capacity)
{
    int type = GEOSGeomTypeId_r(m->geos, geometry);
    if (type == GEOS_POLYGON) {
        const GEOSGeometry *shell = GEOSGetExteriorRing_r(m->geos, geometry);
        int holes = GEOSGetNumInteriorRings_r(m->geos, geometry);
        if (shell == NULL || !add_ring(m, shell, false, area, capacity)) {
            return;
        }
        area->polygon_count++;
        for (int i = 0; i < holes; i++) {
            (void)add_ring(m, GEOSGetInteriorRingN_r(m->geos, geometry, i), true, area, capacity);
        }
    } else if (type == GEOS_MULTIPOLYGON || type == GEOS_GEOMETRYCOLLECTION) {
        for (int i = 0; i < GEOSGetNumGeometries_r(m->geos, geometry); i++) {
            write_area(m, GEOSGetGeometryN_r(m->geos, geometry, i), area, capacity);
        }
    }
}

static void answer(struct map *m, const GEOSGeometry *geometry, struct xh__map_cell *cell)
{
    size_t capacity = 0;
    cell->shape = (struct xh_geo_area){0};
    if (geometry != NULL) {
        write_area(m, geometry, &cell->shape, &capacity);
    }
}

/* ---- outlines ---- */

/* Douglas and Peucker; where that makes rings cross, the slower way that does not. */
static GEOSGeometry *simplify(struct map *m, const GEOSGeometry *area, double tolerance_km)
{
    GEOSGeometry *simple = GEOSSimplify_r(m->geos, area, tolerance_km);
    if (simple != NULL && GEOSisEmpty_r(m->geos, simple) == 0 &&
        GEOSisValid_r(m->geos, simple) == 1) {
        return simple;
    }
    return replace(m, simple, GEOSTopologyPreserveSimplify_r(m->geos, area, tolerance_km));
}

static size_t positions_at(struct map *m, GEOSGeometry **areas, double tolerance_km)
{
    size_t positions = 0;
    for (size_t i = 0; i < m->count; i++) {
        GEOSGeometry *simple = areas[i] != NULL ? GEOSSimplify_r(m->geos, areas[i], tolerance_km)
                                                : NULL;
        int count = simple != NULL ? GEOSGetNumCoordinates_r(m->geos, simple) : 0;
        positions += count > 0 ? (size_t)count : 0;
        drop(m, simple);
    }
    return positions;
}

/* So coarse that all together stay small enough to be sent; each alone, so that neighbours may
 * stand apart by the tolerance. */
static void draw_outlines(struct map *m)
{
    GEOSGeometry **areas = XH_NEW_ARRAY(m->arena, GEOSGeometry *, m->count + 1);
    double km = FINEST_KM;
    for (size_t i = 0; i < m->count; i++) {
        const struct xh_geo_area *outline = m->cells[i].outline;
        areas[i] = outline != NULL ? read_area(m, outline) : NULL;
    }
    while (km < COARSEST_KM && positions_at(m, areas, km) > OUTLINE_POSITIONS_MAX) {
        km *= 1.4;
    }
    for (size_t i = 0; i < m->count; i++) {
        GEOSGeometry *shape = areas[i] != NULL ? simplify(m, areas[i], km) : NULL;
        if (areas[i] != NULL) {
            answer(m, shape, &m->cells[i]);
        }
        drop(m, shape);
        drop(m, areas[i]);
    }
}

/* The ground without what has an outline of its own. */
static GEOSGeometry *without_outlines(struct map *m, GEOSGeometry *all)
{
    for (size_t i = 0; i < m->count && all != NULL; i++) {
        if (m->cells[i].outline != NULL) {
            GEOSGeometry *outline = read_area(m, m->cells[i].outline);
            GEOSGeometry *rest = outline != NULL ? GEOSDifference_r(m->geos, all, outline) : NULL;
            drop(m, outline);
            all = rest != NULL ? replace(m, all, rest) : all;
        }
    }
    return all;
}

/* ---- cells ---- */

/* The part that holds the centre: what lies beyond a gap would look like another place. */
static void keep_own_part(struct map *m, size_t at, const GEOSGeometry *cell)
{
    GEOSGeometry *centre = point(m, at);
    int parts = cell != NULL ? GEOSGetNumGeometries_r(m->geos, cell) : 0;
    const GEOSGeometry *best = cell;
    double nearest = INFINITY;
    for (int i = 0; parts > 1 && centre != NULL && i < parts; i++) {
        const GEOSGeometry *part = GEOSGetGeometryN_r(m->geos, cell, i);
        double distance = INFINITY;
        if (GEOSDistance_r(m->geos, part, centre, &distance) == 1 && distance < nearest) {
            nearest = distance;
            best = part;
        }
    }
    answer(m, best, &m->cells[at]);
    m->cells[at].is_schematic = m->cells[at].shape.ring_count > 0;
    drop(m, centre);
}

static void draw_cell(struct map *m, const GEOSGeometry *polygon, const GEOSGeometry *all)
{
    const GEOSPreparedGeometry *prepared = GEOSPrepare_r(m->geos, polygon);
    for (size_t i = 0; prepared != NULL && i < m->count; i++) {
        GEOSGeometry *centre = is_drawn(&m->cells[i]) ? point(m, i) : NULL;
        if (centre != NULL && GEOSPreparedIntersects_r(m->geos, prepared, centre) == 1) {
            GEOSGeometry *cell = GEOSIntersection_r(m->geos, polygon, all);
            keep_own_part(m, i, cell);
            drop(m, cell);
            i = m->count;
        }
        drop(m, centre);
    }
    if (prepared != NULL) {
        GEOSPreparedGeom_destroy_r(m->geos, prepared);
    }
}

/* One place alone, or all in one point: there is no Voronoi diagram, the ground is the cell. */
static void draw_alone(struct map *m, const GEOSGeometry *all)
{
    for (size_t i = 0; i < m->count; i++) {
        if (is_drawn(&m->cells[i])) {
            keep_own_part(m, i, all);
        }
    }
}

static int draw_cells(struct map *m, size_t centre_count, struct xh_err *err)
{
    GEOSGeometry *all = without_outlines(m, ground(m));
    GEOSGeometry *points = centres(m);
    GEOSGeometry *diagram = NULL;
    if (all != NULL && points != NULL && centre_count > 1) {
        diagram = GEOSVoronoiDiagram_r(m->geos, points, all, 0, 0);
    }
    int count = diagram != NULL ? GEOSGetNumGeometries_r(m->geos, diagram) : 0;
    for (int i = 0; i < count; i++) {
        draw_cell(m, GEOSGetGeometryN_r(m->geos, diagram, i), all);
    }
    if (all != NULL && centre_count == 1) {
        draw_alone(m, all);
    }
    bool is_drawn_all = all != NULL && (count > 0 || centre_count == 1);
    drop(m, diagram);
    drop(m, points);
    drop(m, all);
    return is_drawn_all ? XH_E_OK : fault(m, err);
}

int xh__place_cells(struct xh_arena *arena, struct xh__map_cell *cells, size_t count,
                    struct xh_err *err)
{
    struct map map = {.arena = arena, .cells = cells, .count = count, .geos = GEOS_init_r()};
    size_t drawn = 0, centre_count = 0;
    int code = XH_E_OK;
    xh_assert(count <= XH__MAP_CELLS_MAX && map.geos != NULL);
    (void)GEOSContext_setErrorMessageHandler_r(map.geos, on_error, &map);
    for (size_t i = 0; i < count; i++) {
        cells[i].shape = (struct xh_geo_area){0};
        cells[i].is_schematic = false;
        drawn += is_drawn(&cells[i]);
        centre_count += cells[i].has_centre;
    }
    if (count > 0) {
        place_centres(&map);
        draw_outlines(&map);
    }
    if (drawn > 0) {
        code = draw_cells(&map, centre_count, err);
    }
    GEOS_finish_r(map.geos);
    return code;
}
