/* geojson.h: areas out of GeoJSON (RFC 7946), and back: outlines of wards, parks, cities.
 *
 * Read is a geometry of type Polygon or MultiPolygon, or a Feature with one (3.1.6, 3.1.7, 3.2):
 * positions of two or more numbers of which the first two count, longitude then latitude in degrees
 * (4), rings of four or more positions whose last is their first (3.1.6). Other members are left
 * out. Whether rings cross is not checked: that is for who computes with them.
 *
 * Limits: 100000 positions, 10000 rings. Texts and coordinates live in the arena. Pure; any thread.
 */
#ifndef XH_BASE_GEOJSON_H
#define XH_BASE_GEOJSON_H

#include "base/arena.h"
#include "base/json.h"

enum { XH_GEO_POSITIONS_MAX = 100000, XH_GEO_RINGS_MAX = 10000 };

struct xh_geo_ring {
    double *xy;         /* longitude, latitude, ... in degrees; the last position is the first */
    size_t count;       /* of positions, 4 or more */
    bool is_hole;       /* else it begins a polygon */
};
struct xh_geo_area {
    struct xh_geo_ring *rings; /* each polygon's outer ring, then its holes */
    size_t ring_count, polygon_count, position_count;
};

/* XH_E_INVALID: no such JSON, another type, a ring that is not closed or too short, a position
 * outside the globe. XH_E_TOO_LARGE: beyond a limit. */
int xh_geojson_area_read(struct xh_arena *arena, struct xh_str json, struct xh_geo_area *ret,
                         struct xh_err *err);
/* One geometry: Polygon, or MultiPolygon when it has several; coordinates rounded to `decimals`
 * places, a position that then repeats the one before it left out. */
void xh_geojson_area_write(const struct xh_geo_area *area, int decimals, struct xh_json_writer *w);

#endif
