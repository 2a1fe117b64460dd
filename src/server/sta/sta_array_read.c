/* sta_array_read.c: a data array as rows. */
#include "base/num.h"
#include "server/lines.h"
#include "server/sta/sta_array_internal.h"

#include <string.h>

enum { PHENOMENON_TIME, RESULT_TIME, RESULT, GROUPS_MAX = 100000 };

/* ---- groups ---- */

static int component_find(struct xh_str name)
{
    static const char *const features[] = {"FeatureOfInterest/id", "FeatureOfInterest/@iot.id",
                                           "FeatureOfInterest"};
    const struct xh__sta_entity_type *type = &xh__sta_types[XH__STA_OBSERVATION];
    for (size_t i = 0; i < type->property_count; i++) {
        if (xh_str_is(name, type->properties[i].name)) {
            return (int)i;
        }
    }
    for (size_t i = 0; i < XH_COUNT(features); i++) {
        if (xh_str_is(name, features[i])) {
            return XH__ARRAY_FEATURE;
        }
    }
    return -1;
}

static int components_read(struct xh_arena *arena, struct xh_str json, struct xh__array_group *ret,
                           struct xh_err *err)
{
    struct xh_str *items = NULL, name;
    size_t count = 0;
    bool has_result = false;
    int code = xh__sta_json_items(arena, "components", json, &items, &count, err);
    if (code >= 0 && count > XH__ARRAY_COMPONENTS_MAX) {
        return xh_err_set(err, XH_E_TOO_LARGE, "%zu components are too many, %d are allowed", count,
                          XH__ARRAY_COMPONENTS_MAX);
    }
    for (size_t i = 0; code >= 0 && i < count; i++) {
        code = xh__sta_json_text(arena, "components", items[i], &name, err);
        int component = code >= 0 ? component_find(name) : 0;
        if (component < 0) {
            return xh_err_field(err, XH_E_INVALID, "components", name,
                                "properties of an Observation, FeatureOfInterest/id", NULL,
                                "\"%.*s\" is no component of a data array",
                                XH_STR_ARG(xh_str_sub(name, 0, 80)));
        }
        ret->components[i] = component;
        has_result = has_result || component == RESULT;
    }
    ret->component_count = count;
    return code < 0 || has_result
               ? code
               : xh_err_field(err, XH_E_INVALID, "components", XH_STR(""), "with result", NULL,
                              "the components of a data array must hold result");
}

static int datastream_read(struct xh_arena *arena, const char *name, struct xh_str json,
                           struct xh__array_group *ret, struct xh_err *err)
{
    static const char *const names[] = {"@iot.id"};
    struct xh_str id = {NULL, 0};
    int code = xh__sta_json_members(arena, name, json, names, 1, &id, err);
    if (code < 0) {
        return code;
    }
    if (id.len > 2 && id.ptr[0] == '"') {
        id = xh_str_sub(id, 1, id.len - 2);
    }
    return id.ptr == NULL || xh_int_parse(id, &ret->series_id) < 0
               ? xh__sta_wrong_type(name, json, "{\"@iot.id\": number}", err)
               : XH_E_OK;
}

static int missing(const char *name, struct xh_err *err)
{
    return xh_err_field(err, XH_E_INVALID, name, XH_STR(""), "given", NULL,
                        "%s is missing in a data array", name);
}

static int group_read(struct xh_arena *arena, struct xh_str json, struct xh__array_group *ret,
                      struct xh_err *err)
{
    static const char *const names[] = {"Datastream", "MultiDatastream", "components", "dataArray"};
    struct xh_str values[4] = {{NULL, 0}};
    int code = xh__sta_json_members(arena, "data array", json, names, 4, values, err);
    if (code < 0) {
        return code;
    }
    size_t series = values[0].ptr != NULL ? 0 : 1;
    if (values[series].ptr == NULL || values[2].ptr == NULL || values[3].ptr == NULL) {
        return missing(values[series].ptr == NULL ? names[0]
                       : values[2].ptr == NULL    ? names[2]
                                                  : names[3],
                       err);
    }
    if (values[3].ptr[0] != '[') {
        return xh__sta_wrong_type("dataArray", values[3], "a list", err);
    }
    code = datastream_read(arena, names[series], values[series], ret, err);
    ret->rows = values[3];
    return code < 0 ? code : components_read(arena, values[2], ret, err);
}

/* The whole of it is JSON, or nothing is stored. */
static int check_json(struct xh_arena *arena, struct xh_str body, struct xh_err *err)
{
    struct xh_json_reader *r = xh_json_reader_create(arena, body);
    struct xh_str raw;
    if (xh_json_raw(r, &raw)) {
        (void)xh_json_next(r);
    }
    return xh_json_error(r, err);
}

int xh__array_begin(struct xh__array_reader *reader, struct xh_ctx *ctx, struct xh_str body,
                    struct xh_err *err)
{
    struct xh_str *items = NULL;
    size_t count = 0;
    size_t rows_max = body.len / 4 + 1; /* "[1]," */
    *reader = (struct xh__array_reader){.ctx = ctx};
    reader->slice_rows = rows_max < XH__ARRAY_SLICE_ROWS ? rows_max : XH__ARRAY_SLICE_ROWS;
    int code = check_json(ctx->arena, body, err);
    code = code < 0 ? code
                    : xh__sta_json_items(ctx->arena, "data array", xh_str_trim(body), &items,
                                         &count, err);
    if (code >= 0 && count > GROUPS_MAX) {
        return xh_err_set(err, XH_E_TOO_LARGE,
                          "a body with %zu data arrays is too large, %d are allowed", count,
                          GROUPS_MAX);
    }
    reader->groups = XH_NEW_ARRAY(ctx->arena, struct xh__array_group, count + 1);
    for (size_t i = 0; code >= 0 && i < count; i++) {
        code = group_read(ctx->arena, items[i], &reader->groups[i], err);
    }
    reader->group_count = code < 0 ? 0 : count;
    return code;
}

void xh__array_end(struct xh__array_reader *reader)
{
    xh_arena_destroy(reader->json_arena);
    reader->json_arena = NULL;
}

/* ---- rows ---- */

static bool is_plain_string(struct xh_str json)
{
    return json.len >= 2 && json.ptr[0] == '"' && memchr(json.ptr, '\\', json.len) == NULL;
}

static bool quick_time(struct xh__array_reader *reader, struct xh_str json, int64_t *ret_us)
{
    if (json.len == reader->last_time.len && json.len > 0 &&
        memcmp(json.ptr, reader->last_time.ptr, json.len) == 0) {
        *ret_us = reader->last_us;
        return true;
    }
    if (!is_plain_string(json) ||
        xh_time_parse(xh_str_sub(json, 1, json.len - 2), ret_us, NULL) < 0) {
        return false;
    }
    reader->last_time = json;
    reader->last_us = *ret_us;
    return true;
}

/* The usual cell, without a detour; false: sta_observation.c reads the whole row. */
static bool quick_cell(struct xh__array_reader *reader, int component, struct xh_str json,
                       struct xh_observation *ret)
{
    int64_t at_us = 0;
    switch (component) {
    case PHENOMENON_TIME:
        return quick_time(reader, json, &ret->from_us);
    case RESULT_TIME:
        ret->has_result_time = quick_time(reader, json, &at_us);
        ret->result_us = at_us;
        return ret->has_result_time;
    case RESULT:
        return xh__number_quick(json.ptr, json.ptr + json.len, &ret->value, &ret->decimals) ==
               json.len;
    case XH__ARRAY_FEATURE:
        return xh_int_parse(json, &ret->feature_id) >= 0 && ret->feature_id > 0;
    default:
        return false;
    }
}

static bool slow_row(struct xh__array_reader *reader, struct xh_arena *arena,
                     const struct xh__array_group *group, const struct xh_str *cells,
                     struct xh_observation *ret)
{
    struct xh__sta_input input = {.type = XH__STA_OBSERVATION};
    /* One that is there: what is not said stays, the time too. */
    struct xh_observation o = {
        .id = -1, .series_id = group->series_id, .from_us = reader->ctx->now_us};
    struct xh_ctx ctx = *reader->ctx;
    ctx.arena = arena;
    for (size_t i = 0; i < group->component_count; i++) {
        struct xh_str cell = cells[i];
        if (group->components[i] != XH__ARRAY_FEATURE) {
            input.values[group->components[i]] = cell;
            continue;
        }
        if (cell.len > 2 && cell.ptr[0] == '"') {
            cell = xh_str_sub(cell, 1, cell.len - 2);
        }
        bool is_none = xh__sta_is_null(cell);
        if (!is_none && (xh_int_parse(cell, &o.feature_id) < 0 || o.feature_id <= 0)) {
            return false;
        }
    }
    if (xh__sta_observation_fill(&ctx, &input, &o, NULL) < 0) {
        return false;
    }
    o.id = 0;
    *ret = o;
    return true;
}

/* One row; the reader stands behind its '['. False: it is none that can be read. */
static bool row_read(struct xh__array_reader *reader, struct xh_arena *arena,
                     const struct xh__array_group *group, struct xh_observation *ret)
{
    struct xh_str cells[XH__ARRAY_COMPONENTS_MAX], raw;
    size_t count = 0;
    bool is_quick = true, has_time = false;
    *ret = (struct xh_observation){.series_id = group->series_id};
    while (xh_json_raw(reader->json, &raw)) {
        if (count < group->component_count) {
            cells[count] = raw;
            has_time = has_time || group->components[count] == PHENOMENON_TIME;
            is_quick = is_quick && quick_cell(reader, group->components[count], raw, ret);
        }
        count++;
    }
    (void)xh_json_next(reader->json); /* ']' */
    if (count != group->component_count) {
        return false;
    }
    if (is_quick && has_time) {
        return true;
    }
    return slow_row(reader, arena, group, cells, ret);
}

/* The next row of the group that is read; false: it has no more. */
static bool place_read(struct xh__array_reader *reader, struct xh__array_slice *slice)
{
    const struct xh__array_group *group = &reader->groups[reader->group_at];
    enum xh_json_type type = xh_json_next(reader->json);
    if (type == XH_JSON_ARRAY_END || type == XH_JSON_END || type == XH_JSON_ERROR) {
        return false;
    }
    bool is_row = type == XH_JSON_ARRAY;
    if (!is_row) {
        (void)xh_json_skip(reader->json);
    }
    bool is_good = is_row && row_read(reader, slice->arena, group, &slice->rows[slice->count]);
    slice->is_bad[slice->place_count++] = !is_good;
    slice->count += is_good;
    return true;
}

void xh__array_next(struct xh__array_reader *reader, struct xh__array_slice *ret)
{
    *ret = (struct xh__array_slice){.arena = xh_arena_create("array")};
    ret->rows = XH_NEW_ARRAY(ret->arena, struct xh_observation, reader->slice_rows);
    ret->results = XH_NEW_ARRAY(ret->arena, struct xh_observe_result, reader->slice_rows);
    ret->is_bad = XH_NEW_ARRAY(ret->arena, bool, reader->slice_rows);
    while (ret->place_count < reader->slice_rows && reader->group_at < reader->group_count) {
        if (reader->json == NULL) {
            xh__array_end(reader);
            reader->json_arena = xh_arena_create("array");
            reader->json = xh_json_reader_create(reader->json_arena,
                                                 reader->groups[reader->group_at].rows);
            (void)xh_json_next(reader->json); /* '[' */
        }
        if (!place_read(reader, ret)) {
            reader->json = NULL;
            reader->group_at++;
        }
    }
}
