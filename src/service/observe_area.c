/* observe_area.c: where the observations of a series were made: the box around their features of
 * interest (18-088 table 9, observedArea). */
#include "service/observe_internal.h"

#include <math.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/num.h"
#include "service/records_internal.h"

enum { DENSE = 4 }; /* one statement for a range of which every fourth series is asked for */

/* The features of a series' plain readings, and those that observations name themselves. */
static const char area_sql[] =
    "SELECT a.series, f.geometry FROM (SELECT series, feature FROM xh_series_feature"
    " WHERE series >= :low AND series <= :high AND feature > 0"
    " UNION SELECT series, feature FROM xh_observation"
    " WHERE series >= :low AND series <= :high AND feature > 0 AND state IN (1, 3, 4)) a"
    " JOIN core_features f ON f.id = a.feature WHERE f.geometry IS NOT NULL";

struct place {
    int64_t series_id;
    struct xh_observe_area *area;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *left = a, *right = b;
    return (left->series_id > right->series_id) - (left->series_id < right->series_id);
}

static void area_add(struct xh_observe_area *area, double x, double y)
{
    if (!isfinite(x) || !isfinite(y)) {
        return;
    }
    area->west = !area->is_known || x < area->west ? x : area->west;
    area->east = !area->is_known || x > area->east ? x : area->east;
    area->south = !area->is_known || y < area->south ? y : area->south;
    area->north = !area->is_known || y > area->north ? y : area->north;
    area->is_known = true;
}

/* Positions are the innermost lists: x, y, maybe a height (RFC 7946, 3.1.1). */
static void coordinates_add(struct xh_json_reader *r, struct xh_observe_area *area)
{
    double at[2] = {0};
    size_t depth = 0, count = 0;
    do {
        enum xh_json_type type = xh_json_next(r);
        if (type == XH_JSON_ARRAY) {
            depth++;
            count = 0;
        } else if (type == XH_JSON_ARRAY_END) {
            depth--;
            count = 0;
        } else if (type != XH_JSON_NUMBER || depth == 0) {
            return;
        } else if (count < 2 && xh_num_parse(xh_json_text(r), &at[count], NULL) >= 0 &&
                   ++count == 2) {
            area_add(area, at[0], at[1]);
        }
    } while (depth > 0);
}

/* GeoJSON of any kind; what is none has no area. */
static void geometry_add(struct xh_arena *arena, struct xh_str json, struct xh_observe_area *area)
{
    struct xh_json_reader *r = xh_json_reader_create(arena, json);
    for (enum xh_json_type type = xh_json_next(r); type > XH_JSON_END; type = xh_json_next(r)) {
        if (type == XH_JSON_NAME && xh_str_is(xh_json_text(r), "coordinates")) {
            coordinates_add(r, area);
        }
    }
}

/* The series from `low` to `high`, of which `places` are asked for. */
static int areas_read(struct xh_rel_conn *conn, const struct place *places, size_t count,
                      struct xh_err *err)
{
    struct xh_arena *arena = xh_arena_create("observed areas");
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, area_sql, &rows, err);
    if (code >= 0) {
        xh_rel_bind_int(rows, "low", places[0].series_id);
        xh_rel_bind_int(rows, "high", places[count - 1].series_id);
        while ((code = xh_rel_next(rows, err)) == 1) {
            const struct place wanted = {.series_id = xh_rel_int(rows, 0)};
            const struct place *place = bsearch(&wanted, places, count, sizeof *places,
                                                compare_places);
            if (place != NULL) {
                geometry_add(arena, xh_rel_text(rows, 1), place->area);
            }
            xh_arena_reset(arena);
        }
        xh_rel_done(rows);
    }
    xh_arena_destroy(arena);
    return code;
}

int xh_observe_areas(struct xh_ctx *ctx, const int64_t *series_ids, size_t count,
                     struct xh_observe_area *ret, struct xh_err *err)
{
    struct place *places = XH_NEW_ARRAY(ctx->arena, struct place, count + 1);
    struct xh_rel_conn *conn;
    int code = xh__read_begin(ctx, &conn, err);
    if (code < 0) {
        return code;
    }
    for (size_t i = 0; i < count; i++) {
        ret[i] = (struct xh_observe_area){0};
        places[i] = (struct place){series_ids[i], &ret[i]};
    }
    qsort(places, count, sizeof *places, compare_places);
    bool is_dense = count > 0 &&
                    (places[count - 1].series_id - places[0].series_id) / DENSE <= (int64_t)count;
    if (is_dense) {
        code = areas_read(conn, places, count, err);
    }
    for (size_t i = 0; code >= 0 && !is_dense && i < count; i++) {
        code = areas_read(conn, &places[i], 1, err);
    }
    xh__read_end(ctx, conn);
    return code < 0 ? code : XH_E_OK;
}
