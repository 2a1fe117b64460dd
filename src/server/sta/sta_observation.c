/* sta_observation.c: an observation's JSON as one (18-088 8.2.7). */
#include "server/sta/sta_write_internal.h"

#include "base/num.h"

/* ---- results ---- */

enum { DOUBLE_BITS = 53 }; /* every integer up to 2^53 is a double */

/* A counter too long for a double is kept as it was written, not as a reading. */
static bool is_long_integer(struct xh_str json)
{
    const int64_t limit = INT64_C(1) << DOUBLE_BITS;
    int64_t integer = 0;
    return xh_int_parse(json, &integer) >= 0 && (integer > limit || integer < -limit);
}

static int number_of(struct xh_str json, struct xh_observation *ret, struct xh_err *err)
{
    int decimals = XH_NUM_DECIMALS_SHORTEST;
    double value = 0;
    if (is_long_integer(json)) {
        ret->kind = XH_RESULT_JSON;
        ret->text = json;
        return XH_E_OK;
    }
    if (xh_num_parse(json, &value, &decimals) < 0) {
        return xh__sta_wrong_type("result", json, "a number that a double holds", err);
    }
    ret->kind = XH_RESULT_NUMBER;
    ret->value = value;
    ret->decimals = (int8_t)decimals;
    return XH_E_OK;
}

static int result_of(struct xh_arena *arena, struct xh_str json, struct xh_observation *ret,
                     struct xh_err *err)
{
    ret->value = 0;
    ret->decimals = XH_NUM_DECIMALS_SHORTEST;
    ret->text = (struct xh_str){NULL, 0};
    switch (json.ptr[0]) {
    case '"':
        ret->kind = XH_RESULT_TEXT;
        return xh__sta_json_text(arena, "result", json, &ret->text, err);
    case '{':
    case '[':
        ret->kind = XH_RESULT_JSON;
        ret->text = json;
        return XH_E_OK;
    case 't':
    case 'f':
        ret->kind = XH_RESULT_BOOL;
        ret->value = json.ptr[0] == 't';
        return XH_E_OK;
    case 'n':
        ret->kind = XH_RESULT_NULL;
        return XH_E_OK;
    default:
        return number_of(json, ret, err);
    }
}

int xh__sta_result_check(const struct xh_observation *observation, size_t component_count,
                         struct xh_err *err)
{
    struct xh_arena *arena = xh_arena_create("result");
    struct xh_str *items = NULL;
    size_t count = 0;
    bool is_right = component_count == 0 || observation->kind == XH_RESULT_NULL ||
                    (observation->kind == XH_RESULT_JSON &&
                     xh__sta_json_items(arena, "result", observation->text, &items, &count, NULL) >=
                         0 &&
                     count == component_count);
    xh_arena_destroy(arena);
    if (is_right) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_INVALID, "result", xh_str_sub(observation->text, 0, 80),
                        "a list with one result for each ObservedProperty", NULL,
                        "the result of a MultiDatastream with %zu ObservedProperties is a list of "
                        "as many",
                        component_count);
}

/* ---- times ---- */

static int phenomenon_time(struct xh_arena *arena, struct xh_str json, struct xh_observation *ret,
                           struct xh_err *err)
{
    struct xh__odata_value time;
    int code = xh__sta_json_time(arena, "phenomenonTime", json, &time, err);
    if (code >= 0) {
        ret->from_us = time.from_us;
        ret->to_us = time.type == XH__ODATA_INTERVAL ? time.to_us : 0;
    }
    return code;
}

static int result_time(struct xh_arena *arena, struct xh_str json, struct xh_observation *ret,
                       struct xh_err *err)
{
    struct xh__odata_value time;
    int code = xh__sta_json_time(arena, "resultTime", json, &time, err);
    if (code >= 0 && time.type != XH__ODATA_TIME) {
        return xh__sta_wrong_type("resultTime", json, "an instant", err);
    }
    if (code >= 0) {
        ret->has_result_time = true;
        ret->result_us = time.from_us;
    }
    return code;
}

static int valid_time(struct xh_arena *arena, struct xh_str json, struct xh_observation *ret,
                      struct xh_err *err)
{
    struct xh__odata_value time;
    int code = xh__sta_json_time(arena, "validTime", json, &time, err);
    if (code >= 0 && time.type != XH__ODATA_INTERVAL) {
        return xh__sta_wrong_type("validTime", json, "an interval", err);
    }
    if (code >= 0) {
        ret->has_valid = true;
        ret->valid_from_us = time.from_us;
        ret->valid_to_us = time.to_us;
    }
    return code;
}

/* ---- all of it ---- */

/* A property that was said to be null. */
static void clear(struct xh_str name, struct xh_observation *ret)
{
    if (xh_str_is(name, "resultTime")) {
        ret->has_result_time = false;
        ret->result_us = 0;
    } else if (xh_str_is(name, "validTime")) {
        ret->has_valid = false;
        ret->valid_from_us = ret->valid_to_us = 0;
    } else if (xh_str_is(name, "parameters")) {
        ret->parameters = (struct xh_str){NULL, 0};
    } else if (xh_str_is(name, "resultQuality")) {
        ret->result_quality = (struct xh_str){NULL, 0};
    }
}

static int set(struct xh_arena *arena, struct xh_str name, struct xh_str json,
               struct xh_observation *ret, struct xh_err *err)
{
    if (xh_str_is(name, "result")) {
        return result_of(arena, json, ret, err);
    }
    if (xh__sta_is_null(json)) {
        clear(name, ret);
        return XH_E_OK;
    }
    if (xh_str_is(name, "phenomenonTime")) {
        return phenomenon_time(arena, json, ret, err);
    }
    if (xh_str_is(name, "resultTime")) {
        return result_time(arena, json, ret, err);
    }
    if (xh_str_is(name, "validTime")) {
        return valid_time(arena, json, ret, err);
    }
    if (xh_str_is(name, "resultQuality")) {
        ret->result_quality = json;
        return XH_E_OK;
    }
    if (json.ptr[0] != '{') {
        return xh__sta_wrong_type("parameters", json, "an object", err);
    }
    ret->parameters = json;
    return XH_E_OK;
}

int xh__sta_observation_fill(struct xh_ctx *ctx, const struct xh__sta_input *input,
                             struct xh_observation *ret, struct xh_err *err)
{
    const struct xh__sta_entity_type *type = &xh__sta_types[XH__STA_OBSERVATION];
    struct xh_observation o = *ret;
    int code = XH_E_OK;
    if (o.id == 0) {
        o.from_us = xh_env_now_us(xh_engine_env(xh_ctx_engine(ctx)));
    }
    for (size_t i = 0; code >= 0 && i < type->property_count; i++) {
        if (input->values[i].ptr != NULL) {
            code = set(ctx->arena, xh_str_from(type->properties[i].name), input->values[i], &o,
                       err);
        }
    }
    if (code >= 0) {
        *ret = o;
    }
    return code;
}

/* ---- one by itself ---- */

/* The series that an observation says it is of, and that it is of the kind that it says. */
static int series_check(struct xh_ctx *ctx, int64_t series_id, const char *link, struct xh_err *err)
{
    const struct xh_series *series = xh_series_peek_id(ctx, series_id);
    enum xh__sta_type type = XH__STA_DATASTREAM;
    int code = XH_E_OK;
    if (series == NULL) {
        code = xh_series_get_id(ctx, series_id, &series, err);
    }
    if (link != NULL && link[0] == 'M') {
        type = XH__STA_MULTI_DATASTREAM;
    }
    bool is_multi = code >= 0 && series->component_count > 0;
    if (code >= 0) {
        xh_series_put(series);
    }
    bool is_other = link != NULL && is_multi != (type == XH__STA_MULTI_DATASTREAM);
    if (code == XH_E_NOT_FOUND || (code >= 0 && is_other)) {
        char text[XH_NUM_TEXT_BYTES];
        struct xh_str value = {text, xh_int_print(series_id, text)};
        return xh_err_field(err, XH_E_INVALID, xh__sta_types[type].name, value, "a known id", NULL,
                            "there is no %s with the id %s", xh__sta_types[type].name, text);
    }
    return code;
}

static const struct xh__sta_input *only_item(const struct xh__sta_inputs *link)
{
    return link->count > 0 ? link->items[0] : NULL;
}

int xh__sta_observation_parse(struct xh__sta_call *call, struct xh_str json, int64_t series_id,
                              struct xh_observation *ret, bool *ret_needs_create,
                              struct xh_err *err)
{
    struct xh_observation o = {.series_id = series_id};
    struct xh__sta_input *input = NULL;
    int of = series_id != 0 ? XH__STA_DATASTREAM : -1;
    const char *link = NULL;
    int code = xh__sta_input_parse(call->ctx->arena, XH__STA_OBSERVATION, json, &input, err);
    code = code < 0 ? code : xh__sta_input_check(input, of, err);
    if (code < 0) {
        return code;
    }
    const struct xh__sta_input *one = only_item(xh__sta_input_link(input, "Datastream"));
    const struct xh__sta_input *multi = only_item(xh__sta_input_link(input, "MultiDatastream"));
    const struct xh__sta_input *feature = only_item(xh__sta_input_link(input, "FeatureOfInterest"));
    const struct xh__sta_input *series = one != NULL ? one : multi;
    if (series_id == 0) {
        link = one != NULL ? "Datastream" : "MultiDatastream";
    }
    if ((series_id == 0 && !series->is_reference) || (feature != NULL && !feature->is_reference)) {
        *ret_needs_create = true;
        return XH_E_OK;
    }
    o.series_id = series_id == 0 ? series->id : series_id;
    o.feature_id = feature != NULL ? feature->id : 0;
    code = xh__sta_observation_fill(call->ctx, input, &o, err);
    code = code < 0 ? code : series_check(call->ctx, o.series_id, link, err);
    if (code >= 0) {
        *ret = o;
        *ret_needs_create = false;
    }
    return code;
}
