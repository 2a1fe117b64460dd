/* test_geojson.c: areas out of GeoJSON, and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#include "test_arena.h"
#include "base/geojson.h"

#define RING "[[0,0],[4,0],[4,4],[0,4],[0,0]]"
#define HOLE "[[1,1],[1,2],[2,2],[2,1],[1,1]]"

static struct xh_geo_area must_read(const char *json)
{
    struct xh_geo_area area = {0};
    struct xh_err err = {0};
    if (xh_geojson_area_read(arena, xh_str_from(json), &area, &err) < 0) {
        fail_msg("%s: %s", json, err.text);
    }
    return area;
}

static void assert_written(const char *json, int decimals, const char *expected)
{
    struct xh_geo_area area = must_read(json);
    struct xh_json_writer w;
    struct xh_buf out;
    xh_buf_init(&out, 0);
    xh_json_writer_init(&w, &out, false);
    xh_geojson_area_write(&area, decimals, &w);
    assert_string_equal(xh_buf_text(&out), expected);
    xh_buf_finish(&out);
}

static void a_polygon_with_a_hole_is_two_rings(void **state)
{
    (void)state;
    struct xh_geo_area area = must_read("{\"type\":\"Polygon\",\"coordinates\":[" RING "," HOLE
                                        "]}");
    assert_int_equal(area.ring_count, 2);
    assert_int_equal(area.polygon_count, 1);
    assert_int_equal(area.position_count, 10);
    assert_false(area.rings[0].is_hole);
    assert_true(area.rings[1].is_hole);
    assert_true(area.rings[0].xy[2] == 4 && area.rings[0].xy[3] == 0);
}

static void a_multipolygon_and_a_feature_are_read_with_members_in_any_order(void **state)
{
    (void)state;
    struct xh_geo_area area = must_read(
        "{\"bbox\":[0,0,4,4],\"geometry\":{\"coordinates\":[[" RING "," HOLE "],[" RING "]],"
        "\"type\":\"MultiPolygon\"},\"properties\":{\"type\":\"x\"},\"type\":\"Feature\"}");
    assert_int_equal(area.polygon_count, 2);
    assert_int_equal(area.ring_count, 3);
    assert_true(area.rings[1].is_hole);
    assert_false(area.rings[2].is_hole);
}

static void heights_are_left_out(void **state)
{
    (void)state;
    assert_written("{\"type\":\"Polygon\",\"coordinates\":[[[0,0,9],[4,0,9],[4,4,9],[0,0,9]]]}", 4,
                   "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[4,0],[4,4],[0,0]]]}");
}

static void what_is_written_is_rounded_and_says_no_position_twice(void **state)
{
    (void)state;
    assert_written("{\"type\":\"Polygon\",\"coordinates\":"
                   "[[[-0.00001,0],[1.23456,0],[1.23457,0],[4,4],[-0.00001,0]]]}",
                   3, "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1.235,0],[4,4],[0,0]]]}");
    assert_written("{\"type\":\"MultiPolygon\",\"coordinates\":[[" RING "," HOLE "],[" RING "]]}",
                   1,
                   "{\"type\":\"MultiPolygon\",\"coordinates\":[[" RING "," HOLE "],[" RING "]]}");
}

static void what_is_no_area_is_refused_with_a_reason(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "[]", "{}", "{\"type\":\"Polygon\"}", "{\"type\":\"Polygon\",\"coordinates\":[]}",
        "{\"type\":\"Polygon\",\"coordinates\":[[]]}",
        "{\"type\":\"Polygon\",\"coordinates\":5}",
        "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,1],[0,0]]]}",
        "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[4,0],[4,4],[0,4]]]}",
        "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[4,\"0\"],[4,4],[0,0]]]}",
        "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[181,0],[4,4],[0,0]]]}",
        "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[4,91],[4,4],[0,0]]]}",
        "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1e999,0],[4,4],[0,0]]]}",
        "{\"type\":\"Polygon\",\"coordinates\":[[[0],[4],[4],[0]]]}",
        "{\"type\":\"Polygon\",\"coordinates\":[[[[0,0],[4,0],[4,4],[0,0]]]]}",
        ("{\"type\":\"Polygon\",\"coordinates\":[" RING), /* it never ends */
        "{\"type\":\"Point\",\"coordinates\":[1,2]}",
        "{\"type\":\"Feature\",\"geometry\":null}",
        "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Feature\",\"geometry\":{}}}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct xh_geo_area area;
        struct xh_err err = {0};
        if (xh_geojson_area_read(arena, xh_str_from(bad[i]), &area, &err) != XH_E_INVALID ||
            err.text[0] == '\0') {
            fail_msg("%s was taken, or refused without a word", bad[i]);
        }
    }
}

static void more_positions_than_the_limit_are_refused(void **state)
{
    (void)state;
    struct xh_buf text;
    struct xh_geo_area area;
    xh_buf_init(&text, 0);
    xh_buf_add_text(&text, "{\"type\":\"Polygon\",\"coordinates\":[[[0,0]");
    for (int i = 0; i < XH_GEO_POSITIONS_MAX; i++) {
        xh_buf_add_text(&text, ",[1,1]");
    }
    xh_buf_add_text(&text, ",[0,0]]]}");
    assert_int_equal(xh_geojson_area_read(arena, xh_buf_str(&text), &area, NULL), XH_E_TOO_LARGE);
    xh_buf_finish(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_polygon_with_a_hole_is_two_rings),
        cmocka_unit_test(a_multipolygon_and_a_feature_are_read_with_members_in_any_order),
        cmocka_unit_test(heights_are_left_out),
        cmocka_unit_test(what_is_written_is_rounded_and_says_no_position_twice),
        cmocka_unit_test(what_is_no_area_is_refused_with_a_reason),
        cmocka_unit_test(more_positions_than_the_limit_are_refused),
    };
    return cmocka_run_group_tests(tests, arena_open, arena_close);
}
