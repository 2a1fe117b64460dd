/* import_outlines.c: see import_outlines.h. */
#include "app/import_outlines.h"

#include "base/geojson.h"
#include "base/json_member.h"
#include "kernel/shape.h"

enum {
    FILE_BYTES_MAX = 64 << 20,
    FEATURES_MAX = 10000,
    DECIMALS = 7,
    GEOMETRY_BYTES_MAX = 256 << 10,
    UNKNOWN_SHOWN = 20
};

/* ---- the file ---- */

static struct xh_str unquoted(struct xh_arena *arena, struct xh_str raw)
{
    struct xh_json_reader *r = xh_json_reader_create(arena, raw);
    enum xh_json_type type = xh_json_next(r);
    bool is_name = type == XH_JSON_STRING || type == XH_JSON_NUMBER;
    return is_name ? xh_arena_str(arena, xh_json_text(r)) : (struct xh_str){NULL, 0};
}

/* The raw value of a member of an object; empty: it is not there. */
static struct xh_str member(struct xh_arena *arena, struct xh_str object, const char *name)
{
    struct xh_json_reader *r = xh_json_reader_create(arena, object);
    if (xh_json_next(r) != XH_JSON_OBJECT) {
        return (struct xh_str){NULL, 0};
    }
    while (xh_json_next(r) == XH_JSON_NAME) {
        bool is_it = xh_str_is(xh_json_text(r), name);
        struct xh_str raw;
        if (!xh_json_raw(r, &raw)) {
            break;
        }
        if (is_it) {
            return raw;
        }
    }
    return (struct xh_str){NULL, 0};
}

static int read_feature(struct xh_arena *arena, struct xh_str json, struct xh_outline *ret,
                        struct xh_err *err)
{
    struct xh_geo_area area;
    struct xh_json_writer w;
    struct xh_buf text;
    struct xh_str code = unquoted(arena, member(arena, member(arena, json, "properties"), "code"));
    if (code.len == 0) {
        code = unquoted(arena, member(arena, json, "id"));
    }
    if (code.len == 0) {
        return xh_err_field(err, XH_E_INVALID, "properties.code", XH_STR(""), "a place's code",
                            NULL, "the feature has neither properties.code nor an id");
    }
    int rc = xh_geojson_area_read(arena, json, &area, err);
    if (rc < 0) {
        return rc;
    }
    xh_buf_init(&text, 0);
    xh_json_writer_init(&w, &text, false);
    xh_geojson_area_write(&area, DECIMALS, &w);
    *ret = (struct xh_outline){
        .code = code,
        .geometry = xh_arena_str(arena, xh_buf_str(&text)),
        .position_count = area.position_count,
    };
    xh_buf_finish(&text);
    if (ret->geometry.len > GEOMETRY_BYTES_MAX) {
        return xh_err_field(err, XH_E_TOO_LARGE, "geometry", code, "262144", "bytes",
                            "the outline of \"%.*s\" is too long to be kept: simplify it",
                            XH_STR_ARG(xh_str_sub(code, 0, 60)));
    }
    return XH_E_OK;
}

static int read_features(struct xh_arena *arena, struct xh_str json, struct xh_outlines *ret,
                         struct xh_err *err)
{
    struct xh_json_reader *r = xh_json_reader_create(arena, json);
    struct xh_str raw;
    size_t capacity = 0;
    if (xh_json_next(r) != XH_JSON_ARRAY) {
        return xh_err_field(err, XH_E_INVALID, "features", XH_STR(""), "an array", NULL,
                            "features is not an array");
    }
    while (xh_json_raw(r, &raw)) {
        if (ret->count >= FEATURES_MAX) {
            return xh_err_field(err, XH_E_TOO_LARGE, "features", XH_STR(""), "10000", NULL,
                                "the file has more than %d features", FEATURES_MAX);
        }
        ret->rows = xh_arena_grow(arena, ret->rows, &capacity, ret->count + 1, sizeof *ret->rows);
        int code = read_feature(arena, raw, &ret->rows[ret->count], err);
        if (code < 0) {
            xh_err_prefix(err, "features[%zu].", ret->count);
            return code;
        }
        ret->count++;
    }
    return xh_json_error(r, err);
}

int xh_outlines_parse(struct xh_arena *arena, struct xh_str text, struct xh_outlines *ret,
                      struct xh_err *err)
{
    struct xh_json_reader *r = xh_json_reader_create(arena, text);
    struct xh_str whole;
    *ret = (struct xh_outlines){0};
    if (!xh_json_raw(r, &whole)) {
        int code = xh_json_error(r, err);
        return code < 0 ? code : xh_err_set(err, XH_E_INVALID, "the file is empty");
    }
    if (!xh_str_is(unquoted(arena, member(arena, whole, "type")), "FeatureCollection")) {
        return xh_err_field(err, XH_E_INVALID, "type", XH_STR(""), "FeatureCollection", NULL,
                            "the file is not a GeoJSON FeatureCollection");
    }
    return read_features(arena, member(arena, whole, "features"), ret, err);
}

int xh_outlines_read(struct xh_app *app, const char *path, struct xh_outlines *ret,
                     struct xh_err *err)
{
    struct xh_buf text;
    xh_buf_init(&text, FILE_BYTES_MAX);
    int code = xh_file_read(app->env, path, FILE_BYTES_MAX, &text, err);
    code = code < 0 ? code : xh_outlines_parse(app->arena, xh_buf_str(&text), ret, err);
    xh_buf_finish(&text);
    return code;
}

/* ---- the places ---- */

static int get_place(struct xh_app *app, struct xh_door *door, struct xh_str code,
                     const struct xh_tree **ret, struct xh_err *err)
{
    struct xh_ask_pair pairs[] = {{"code", code}, {"limit", XH_STR("1")}};
    const char *target = xh_door_target(app->arena, "/api/v1/core/places", pairs, XH_COUNT(pairs));
    const struct xh_tree *answer = NULL;
    int rc = xh_door_get_tree(door, app->arena, target, &answer, err);
    if (rc >= 0) {
        const struct xh_tree *items = xh_tree_get(answer, "items");
        *ret = items != NULL ? items->first : NULL;
    }
    return rc;
}

static int find_one(struct xh_app *app, struct xh_door *door, struct xh_outline *outline,
                    struct xh_err *err)
{
    const struct xh_tree *place = NULL;
    int code = get_place(app, door, outline->code, &place, err);
    if (code >= 0 && place == NULL) {
        struct xh_str national = xh_arena_format(app->arena, "vn-%.*s", XH_STR_ARG(outline->code));
        code = get_place(app, door, national, &place, err);
    }
    if (code >= 0 && place != NULL) {
        outline->code = xh_tree_text(place, "code");
        outline->place_id = xh_tree_int(place, "id");
        outline->version = xh_tree_int(place, "version");
        outline->is_same = xh_str_equal(xh_tree_text(place, "geometry"), outline->geometry);
    }
    return code;
}

int xh_outlines_find(struct xh_app *app, struct xh_door *door, struct xh_outlines *outlines,
                     struct xh_err *err)
{
    int code = XH_E_OK;
    outlines->found = outlines->same = 0;
    for (size_t i = 0; code >= 0 && i < outlines->count; i++) {
        code = find_one(app, door, &outlines->rows[i], err);
        outlines->found += outlines->rows[i].place_id != 0;
        outlines->same += outlines->rows[i].is_same;
    }
    return code < 0 ? code : XH_E_OK;
}

static int write_one(struct xh_app *app, struct xh_door *door, const struct xh_outline *outline,
                     struct xh_err *err)
{
    struct xh_str target = xh_arena_format(app->arena, "/api/v1/core/places/%lld",
                                           (long long)outline->place_id);
    struct xh_str match = xh_arena_format(app->arena, "If-Match: \"%lld\"\r\n",
                                          (long long)outline->version);
    struct xh_buf body;
    struct xh_json_writer w;
    struct xh_str answer;
    xh_buf_init(&body, 0);
    xh_json_writer_init(&w, &body, false);
    xh_json_object(&w);
    xh_json_member_str(&w, "geometry", outline->geometry);
    xh_json_object_end(&w);
    int code = xh_door_send(door, "PATCH", target.ptr, xh_buf_str(&body), match.ptr, &answer, err);
    xh_buf_finish(&body);
    return code;
}

int xh_outlines_write(struct xh_app *app, struct xh_door *door, struct xh_outlines *outlines,
                      struct xh_err *err)
{
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < outlines->count; i++) {
        const struct xh_outline *outline = &outlines->rows[i];
        if (outline->place_id != 0 && !outline->is_same) {
            code = write_one(app, door, outline, err);
        }
    }
    return code < 0 ? code : XH_E_OK;
}

/* ---- what it came to ---- */

static void print_json(struct xh_app *app, const struct xh_outlines *outlines, bool is_written)
{
    struct xh_json_writer w;
    xh_json_writer_init(&w, &app->out.out, true);
    xh_json_object(&w);
    xh_json_member_int(&w, "features", (int64_t)outlines->count);
    xh_json_member_int(&w, "found", (int64_t)outlines->found);
    xh_json_member_int(&w, "same", (int64_t)outlines->same);
    xh_json_member_int(&w, "written", is_written ? (int64_t)(outlines->found - outlines->same) : 0);
    xh_json_name(&w, "unknown");
    xh_json_array(&w);
    for (size_t i = 0; i < outlines->count; i++) {
        if (outlines->rows[i].place_id == 0) {
            xh_json_str(&w, outlines->rows[i].code);
        }
    }
    xh_json_array_end(&w);
    xh_json_object_end(&w);
    xh_term_print(&app->out, "\n");
}

static void print_unknown(struct xh_app *app, const struct xh_outlines *outlines)
{
    size_t unknown = outlines->count - outlines->found, shown = 0;
    if (unknown == 0) {
        return;
    }
    xh_term_print(&app->out,
                  xh_term_say(&app->out, "%zu have the code of no place here:",
                              "%zu hình có mã mà ở đây không có nơi nào mang:"),
                  unknown);
    for (size_t i = 0; i < outlines->count && shown < UNKNOWN_SHOWN; i++) {
        if (outlines->rows[i].place_id == 0) {
            xh_term_print(&app->out, " %.*s", XH_STR_ARG(outlines->rows[i].code));
            shown++;
        }
    }
    xh_term_print(&app->out, unknown > shown ? " …\n" : "\n");
}

void xh_outlines_print(struct xh_app *app, const struct xh_outlines *outlines, bool is_written)
{
    if (app->is_json) {
        print_json(app, outlines, is_written);
        return;
    }
    xh_term_print(&app->out,
                  xh_term_say(&app->out,
                              "%zu outlines; %zu of places here, %zu of them unchanged\n",
                              "%zu hình; %zu của các nơi ở đây, trong đó %zu không đổi\n"),
                  outlines->count, outlines->found, outlines->same);
    print_unknown(app, outlines);
    if (is_written) {
        xh_term_print(
            &app->out,
            xh_term_say(&app->out,
                        "%zu written; what stood there before is in each place's history\n",
                        "đã ghi %zu; hình trước đó có trong lịch sử của từng nơi\n"),
            outlines->found - outlines->same);
    }
}
