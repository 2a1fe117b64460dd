/* test_place_cells.c: the map of places: GEOS itself says whether cells are valid and disjoint. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>
#include <geos_c.h>

#include "base/rand.h"
#include "server/place_cells.h"

enum { CELLS = 60, DECIMALS = 4 };

struct world {
    struct xh_arena *arena;
    GEOSContextHandle_t geos;
    struct xh__map_cell cells[CELLS];
    GEOSGeometry *drawn[CELLS];
    size_t count;
};

static int enter(void **state)
{
    static struct world world;
    world = (struct world){.arena = xh_arena_create("test"), .geos = GEOS_init_r()};
    *state = &world;
    return 0;
}

static int leave(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < CELLS; i++) {
        if (w->drawn[i] != NULL) {
            GEOSGeom_destroy_r(w->geos, w->drawn[i]);
        }
    }
    GEOS_finish_r(w->geos);
    xh_arena_destroy(w->arena);
    return 0;
}

static void add(struct world *w, double lon_deg, double lat_deg, double area_km2)
{
    assert_true(w->count < CELLS);
    w->cells[w->count++] = (struct xh__map_cell){
        .has_centre = true, .lon_deg = lon_deg, .lat_deg = lat_deg, .area_km2 = area_km2};
}

/* As it is sent: rounded, read again by GEOS. */
static void draw(struct world *w)
{
    struct xh_err err = {0};
    if (xh__place_cells(w->arena, w->cells, w->count, &err) < 0) {
        fail_msg("%s", err.text);
    }
    GEOSGeoJSONReader *reader = GEOSGeoJSONReader_create_r(w->geos);
    for (size_t i = 0; i < w->count; i++) {
        struct xh_json_writer out;
        struct xh_buf text;
        if (w->cells[i].shape.ring_count == 0) {
            continue;
        }
        xh_buf_init(&text, 0);
        xh_json_writer_init(&out, &text, false);
        xh_geojson_area_write(&w->cells[i].shape, DECIMALS, &out);
        w->drawn[i] = GEOSGeoJSONReader_readGeometry_r(w->geos, reader, xh_buf_text(&text));
        xh_buf_finish(&text);
        assert_non_null(w->drawn[i]);
        assert_int_equal(GEOSisValid_r(w->geos, w->drawn[i]), 1);
    }
    GEOSGeoJSONReader_destroy_r(w->geos, reader);
}

static double area_of(struct world *w, const GEOSGeometry *geometry)
{
    double area = 0;
    assert_int_equal(GEOSArea_r(w->geos, geometry, &area), 1);
    return area;
}

/* Rounding moves an edge by 5e-5 degrees at most: slivers of that size are no overlap. */
static void assert_disjoint(struct world *w)
{
    for (size_t i = 0; i < w->count; i++) {
        for (size_t k = 0; k < i; k++) {
            GEOSGeometry *both = GEOSIntersection_r(w->geos, w->drawn[i], w->drawn[k]);
            assert_non_null(both);
            double least = area_of(w, w->drawn[i]) < area_of(w, w->drawn[k])
                               ? area_of(w, w->drawn[i])
                               : area_of(w, w->drawn[k]);
            assert_true(area_of(w, both) < 0.01 * least);
            GEOSGeom_destroy_r(w->geos, both);
        }
    }
}

static void assert_centres_inside(struct world *w)
{
    for (size_t i = 0; i < w->count; i++) {
        GEOSGeometry *centre = GEOSGeom_createPointFromXY_r(w->geos, w->cells[i].lon_deg,
                                                            w->cells[i].lat_deg);
        assert_true(w->cells[i].is_schematic);
        assert_int_equal(GEOSIntersects_r(w->geos, w->drawn[i], centre), 1);
        GEOSGeom_destroy_r(w->geos, centre);
    }
}

static void cells_are_valid_disjoint_and_hold_their_centres(void **state)
{
    struct world *w = *state;
    struct xh_rand rand;
    xh_rand_init(&rand, 7);
    for (int i = 0; i < CELLS; i++) {
        add(w, 105.4 + 0.5 * xh_rand_unit(&rand), 20.7 + 0.5 * xh_rand_unit(&rand),
            2 + 30 * xh_rand_unit(&rand));
    }
    draw(w);
    assert_disjoint(w);
    assert_centres_inside(w);
}

static void places_far_from_all_others_are_discs_and_not_slabs(void **state)
{
    struct world *w = *state;
    add(w, 105.8, 21.0, 10);
    add(w, 106.8, 21.0, 10);
    add(w, 105.8, 22.0, 10);
    draw(w);
    assert_disjoint(w);
    assert_centres_inside(w);
    for (size_t i = 0; i < 3; i++) { /* 10 km2 x 1.35^2, in square degrees at 21.5° north */
        double km2 = area_of(w, w->drawn[i]) * 111.32 * 111.32 * 0.930;
        assert_true(km2 > 14 && km2 < 20);
    }
}

static void one_place_alone_and_two_at_one_point_are_drawn(void **state)
{
    struct world *w = *state;
    add(w, 105.8, 21.0, 0);
    draw(w);
    assert_centres_inside(w);
    GEOSGeom_destroy_r(w->geos, w->drawn[0]);
    w->drawn[0] = NULL;
    add(w, 105.8, 21.0, 0);
    add(w, 105.9, 21.0, 0);
    draw(w);
    assert_disjoint(w);
}

static struct xh_geo_area *square(struct world *w, const char *json)
{
    struct xh_geo_area *area = XH_NEW(w->arena, struct xh_geo_area);
    assert_int_equal(xh_geojson_area_read(w->arena, xh_str_from(json), area, NULL), XH_E_OK);
    return area;
}

static void an_outline_of_its_own_is_kept_and_cells_stay_off_it(void **state)
{
    struct world *w = *state;
    add(w, 105.8, 21.0, 10);
    add(w, 105.84, 21.0, 10);
    add(w, 105.82, 21.03, 10);
    w->cells[0].outline = square(w, "{\"type\":\"Polygon\",\"coordinates\":[[[105.78,20.98],"
                                    "[105.83,20.98],[105.83,21.02],[105.78,21.02],"
                                    "[105.78,20.98]]]}");
    draw(w);
    assert_disjoint(w);
    assert_false(w->cells[0].is_schematic);
    assert_true(w->cells[1].is_schematic && w->cells[2].is_schematic);
    assert_true(fabs(area_of(w, w->drawn[0]) - 0.05 * 0.04) < 1e-6);
}

static void an_outline_that_crosses_itself_is_mended(void **state)
{
    struct world *w = *state;
    add(w, 105.8, 21.0, 10);
    w->cells[0].outline = square(w, "{\"type\":\"Polygon\",\"coordinates\":[[[105.7,20.9],"
                                    "[105.9,21.1],[105.9,20.9],[105.7,21.1],[105.7,20.9]]]}");
    draw(w);
    assert_non_null(w->drawn[0]);
}

static void who_has_neither_centre_nor_outline_is_not_drawn(void **state)
{
    struct world *w = *state;
    add(w, 105.8, 21.0, 10);
    w->cells[w->count++] = (struct xh__map_cell){.area_km2 = 3};
    draw(w);
    assert_non_null(w->drawn[0]);
    assert_null(w->drawn[1]);
    assert_false(w->cells[1].is_schematic);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(cells_are_valid_disjoint_and_hold_their_centres),
        TEST(places_far_from_all_others_are_discs_and_not_slabs),
        TEST(one_place_alone_and_two_at_one_point_are_drawn),
        TEST(an_outline_of_its_own_is_kept_and_cells_stay_off_it),
        TEST(an_outline_that_crosses_itself_is_mended),
        TEST(who_has_neither_centre_nor_outline_is_not_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
