/* Functions of geometries against answers known by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "odata_help.h"

#define SQUARE "geography'POLYGON((0 0, 4 0, 4 4, 0 4, 0 0))'"

static const char places[] =
    "{\"point\": {\"type\": \"Point\", \"coordinates\": [1, 2]},"
    " \"high\": {\"type\": \"Point\", \"coordinates\": [1, 2, 300.5]},"
    " \"line\": {\"type\": \"LineString\", \"coordinates\": [[0, 0, 1], [3, 4, 2]]},"
    " \"area\": {\"type\": \"Polygon\", \"coordinates\": [[[0,0],[2,0],[2,2],[0,2],[0,0]]]},"
    " \"feature\": {\"type\": \"Feature\", \"properties\": {\"coordinates\": 1}, \"geometry\":"
    "   {\"type\": \"Point\", \"coordinates\": [1, 2]}, \"bbox\": [1, 2, 1, 2]},"
    " \"open\": {\"type\": \"Polygon\", \"coordinates\": [[[0,0],[2,2],[2,0]]]},"
    " \"endless\": {\"type\": \"Point\", \"coordinates\": [1e999, 2]},"
    " \"words\": {\"type\": \"Point\", \"coordinates\": [\"a\", \"b\"]},"
    " \"empty\": {}, \"list\": [1, 2], \"address\": \"12 Main Street\", \"number\": 5,"
    " \"nowhere\": {\"type\": \"Feature\", \"properties\": {}, \"geometry\": null},"
    " \"@\": {\"Locations\": [{\"location\": {\"type\": \"Point\", \"coordinates\": [9, 9]}},"
    "                         {\"location\": {\"type\": \"Point\", \"coordinates\": [1, 1]}}]}}";

static void assert_truth(const char *expr, int wanted)
{
    struct world w;
    world_begin(&w);
    struct xh__odata_value v = world_value(&w, expr, places);
    int found = v.type == XH__ODATA_BOOL ? v.truth : -1;
    if (found != wanted || (found < 0 && v.type != XH__ODATA_NULL)) {
        fail_msg("%s is %d, not %d", expr, found, wanted);
    }
    world_end(&w);
}

static void distances_and_lengths_are_in_degrees(void **state)
{
    (void)state;
    assert_truth("geo.distance(point, geography'POINT(4 6)') eq 5", 1);
    assert_truth("geo.distance(high, geography'POINT(4 6)') eq 5", 1);
    assert_truth("geo.distance(feature, geography'POINT(4 6)') eq 5", 1);
    assert_truth("geo.distance(geometry'POINT(4 6)', point) eq 5", 1);
    assert_truth("geo.distance(point, geography'SRID=4326;POINT(4 6)') eq 5", 1);
    assert_truth("geo.distance(point, geography'POINT(4, 6)') eq 5", 1);
    assert_truth("geo.distance(point, " SQUARE ") eq 0", 1);
    assert_truth("geo.distance(point, geography'POINT EMPTY') eq 0", -1);
    assert_truth("geo.length(line) eq 5", 1);
    assert_truth("geo.length(geography'LINESTRING (30 10, 33 14, 33 15) ') eq 6", 1);
    assert_truth("geo.length(geography'MULTILINESTRING((0 0, 0 1), (5 5, 5 7))') eq 3", 1);
    assert_truth("geo.length(point) eq 0", 1);
    assert_truth("geo.length(area) eq 0", 1);
}

static void relations_are_those_of_simple_features(void **state)
{
    (void)state;
    assert_truth("geo.intersects(point, " SQUARE ")", 1);
    assert_truth("st_intersects(point, geography'LINESTRING(0 0, 1 1)')", 0);
    assert_truth("st_equals(point, geography'POINT (1 2)')", 1);
    assert_truth("st_equals(point, geography'POINT (2 1)')", 0);
    assert_truth("st_equals(area, geography'POLYGON((2 2, 2 0, 0 0, 0 2, 2 2))')", 1);
    assert_truth("st_disjoint(point, geography'POLYGON((5 5, 6 5, 6 6, 5 5))')", 1);
    assert_truth("st_disjoint(point, " SQUARE ")", 0);
    assert_truth("st_touches(area, geography'POLYGON((2 0, 3 0, 3 2, 2 2, 2 0))')", 1);
    assert_truth("st_touches(area, " SQUARE ")", 0);
    assert_truth("st_within(area, " SQUARE ")", 1);
    assert_truth("st_within(" SQUARE ", area)", 0);
    assert_truth("st_overlaps(area, geography'POLYGON((1 1, 3 1, 3 3, 1 3, 1 1))')", 1);
    assert_truth("st_overlaps(area, " SQUARE ")", 0);
    assert_truth("st_crosses(line, geography'LINESTRING(0 4, 3 0)')", 1);
    assert_truth("st_crosses(line, geography'LINESTRING(0 4, 3 9)')", 0);
    assert_truth("st_contains(" SQUARE ", point)", 1);
    assert_truth("st_contains(area, " SQUARE ")", 0);
    assert_truth("st_relate(area, " SQUARE ", 'T********')", 1);
    assert_truth("st_relate(area, " SQUARE ", '2FF11F212')", 1);
    assert_truth("st_relate(area, " SQUARE ", '2FFFFF212')", 0);
    assert_truth("st_relate(point, " SQUARE ", '0FFFFF212')", 1);
}

static void what_is_no_geometry_is_null(void **state)
{
    (void)state;
    assert_truth("st_within(address, " SQUARE ")", -1);
    assert_truth("st_within(number, " SQUARE ")", -1);
    assert_truth("st_within(missing, " SQUARE ")", -1);
    assert_truth("st_within(empty, " SQUARE ")", -1);
    assert_truth("st_within(list, " SQUARE ")", -1);
    assert_truth("st_within(nowhere, " SQUARE ")", -1);
    assert_truth("st_within(open, " SQUARE ")", -1);
    assert_truth("st_within(words, " SQUARE ")", -1);
    assert_truth("geo.distance(endless, geography'POINT(4 6)') gt 1", -1);
    assert_truth("geo.length(address) eq 0", -1);
    assert_truth("st_relate(point, " SQUARE ", 'T*')", -1);
    assert_truth("st_relate(point, " SQUARE ", 'TTTTTTTTX')", -1);
    assert_truth("st_relate(point, " SQUARE ", 5)", -1);
    assert_truth("point eq point", 1);
    assert_truth("geography'POINT(1 2)' eq geography'POINT(1 2)'", -1);
}

static void collections_are_geometries_too(void **state)
{
    (void)state;
    assert_truth(
        "st_within(geography'GEOMETRYCOLLECTION(POINT(1 1), LINESTRING(0 0, 1 1))', " SQUARE ")",
        1);
    assert_truth("st_within(geography'GEOMETRYCOLLECTION(POINT(1 1), POINT(9 9))', " SQUARE ")", 0);
    assert_truth("geo.intersects(geography'MULTIPOINT(9 9, 1 1)', " SQUARE ")", 1);
}

static void any_of_many_places_is_enough(void **state)
{
    (void)state;
    assert_truth("st_within(Locations/location, " SQUARE ")", 1);
    assert_truth("st_within(Locations/location, geography'POLYGON((5 5, 6 5, 6 6, 5 5))')", 0);
    assert_truth("geo.distance(Locations/location, geography'POINT(9 9)') eq 0", 1);
}

static void nested_geometries_are_refused(void **state)
{
    struct world w;
    struct xh_buf out = {0};
    struct xh_err err = {0};
    (void)state;
    world_begin(&w);
    xh_buf_add_text(&out, "geo.length(geography'");
    for (int i = 0; i < 2000; i++) {
        xh_buf_add_text(&out, "GEOMETRYCOLLECTION(");
    }
    xh_buf_add_text(&out, "POINT(1 1)");
    for (int i = 0; i < 2000; i++) {
        xh_buf_add_char(&out, ')');
    }
    xh_buf_add_text(&out, "') gt 0");
    assert_int_equal(world_holds(&w, xh_buf_text(&out), places, &err), XH_E_INVALID);
    assert_non_null(strstr(err.text, "geometry"));
    xh_buf_finish(&out);
    world_end(&w);
}

static void geometries_cost_by_their_size(void **state)
{
    struct world w;
    struct xh_err err = {0};
    (void)state;
    world_begin(&w);
    struct xh__odata_expr *expr = world_filter(&w, "st_within(point, " SQUARE ")");
    w.env.budget = 6;
    assert_int_equal(xh__odata_holds(&w.env, expr, places, &err), XH_E_TOO_LARGE);
    world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_and_lengths_are_in_degrees),
        cmocka_unit_test(relations_are_those_of_simple_features),
        cmocka_unit_test(what_is_no_geometry_is_null),
        cmocka_unit_test(collections_are_geometries_too),
        cmocka_unit_test(any_of_many_places_is_enough),
        cmocka_unit_test(nested_geometries_are_refused),
        cmocka_unit_test(geometries_cost_by_their_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
