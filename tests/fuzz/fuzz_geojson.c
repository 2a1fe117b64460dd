/* GeoJSON: what is read as an area is written as JSON that is one, and read again keeps its
 * polygons where rounding leaves them any size. */
#include "base/geojson.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct xh_str written(struct xh_arena *arena, const struct xh_geo_area *area)
{
    struct xh_json_writer w;
    struct xh_buf out = {0};
    xh_json_writer_init(&w, &out, false);
    xh_geojson_area_write(area, 7, &w);
    struct xh_str text = xh_arena_str(arena, xh_buf_str(&out));
    xh_buf_finish(&out);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xh_arena *arena = xh_arena_create("fuzz");
    struct xh_geo_area area, again;
    struct xh_err err = {0};
    int code = xh_geojson_area_read(arena, (struct xh_str){(const char *)data, size}, &area, &err);
    if (code < 0 && err.text[0] == '\0') {
        abort();
    }
    if (code >= 0) {
        struct xh_str first = written(arena, &area);
        if (xh_geojson_area_read(arena, first, &again, NULL) >= 0 &&
            (again.polygon_count != area.polygon_count ||
             !xh_str_equal(written(arena, &again), first))) {
            abort();
        }
    }
    xh_arena_destroy(arena);
    return 0;
}
