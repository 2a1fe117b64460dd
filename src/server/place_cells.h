/* place_cells.h: places drawn side by side: a cell around each centre, by GEOS.
 *
 * Where a place has an outline of its own, that is drawn, simplified. The others share what is left
 * of a shape made of a disc around each centre, as large as its area asks for, grown together: to
 * each belongs what is nearest to its centre (Voronoi, OGC 06-103r4 for what a valid polygon is).
 * Cells are disjoint up to the rounding of coordinates, valid, and contain their centre. It is a
 * schema, not a border.
 *
 * Pure; any thread: each call has a GEOS context of its own. About 20 ms for 126 places.
 */
#ifndef XH_SERVER_PLACE_CELLS_H
#define XH_SERVER_PLACE_CELLS_H

#include "base/geojson.h"

enum { XH__MAP_CELLS_MAX = 1000 };

struct xh__map_cell {
    bool has_centre;
    double lon_deg, lat_deg;
    double area_km2;                    /* 0: not known, then as large as the others usually are */
    const struct xh_geo_area *outline;  /* its own; NULL: none */
    struct xh_geo_area shape;           /* the answer; no rings: nothing to be drawn */
    bool is_schematic;                  /* the answer is a cell */
};

/* Fills `shape` and `is_schematic` of at most XH__MAP_CELLS_MAX cells, in the arena. XH_E_INTERNAL
 * with what GEOS said. */
int xh__place_cells(struct xh_arena *arena, struct xh__map_cell *cells, size_t count,
                    struct xh_err *err);

#endif
