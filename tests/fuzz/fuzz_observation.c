/* An Observation (first byte 'o') or a data array of them: what the quick readers take, the exact
 * ones take as well, and make the same of it; every place of a data array has a row or is bad. */
#include <stdlib.h>
#include <string.h>

#include "server/sta/sta_array_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool is_right)
{
    if (!is_right) {
        abort();
    }
}

static void check_same(const struct xh_observation *a, const struct xh_observation *b)
{
    check(a->from_us == b->from_us && a->to_us == b->to_us && a->kind == b->kind);
    check(memcmp(&a->value, &b->value, sizeof a->value) == 0 && a->decimals == b->decimals);
    check(a->has_result_time == b->has_result_time && a->result_us == b->result_us);
    check(!a->has_valid && !b->has_valid && a->parameters.len == 0 && b->parameters.len == 0);
}

static void one(struct xh_ctx *ctx, struct xh_str json)
{
    struct xh_observation quick = {0}, exact = {.id = 1};
    struct xh__sta_input *input = NULL;
    if (!xh__sta_observation_quick(ctx->arena, json, 7, &quick)) {
        return;
    }
    check(quick.series_id == 7 && quick.kind == XH_RESULT_NUMBER);
    check(xh__sta_input_parse(ctx->arena, XH__STA_OBSERVATION, json, &input, NULL) >= 0);
    check(xh__sta_observation_fill(ctx, input, &exact, NULL) >= 0);
    check_same(&quick, &exact);
}

static void array(struct xh_ctx *ctx, struct xh_str json)
{
    struct xh__array_reader reader;
    struct xh__array_slice slice;
    struct xh_err err = {0};
    size_t places = 0;
    int code = xh__array_begin(&reader, ctx, json, &err);
    check(code >= 0 || (err.code == code && err.text[0] != '\0'));
    do {
        size_t bad = 0;
        xh__array_next(&reader, &slice);
        for (size_t i = 0; i < slice.place_count; i++) {
            bad += slice.is_bad[i];
        }
        check(slice.count + bad == slice.place_count);
        for (size_t i = 0; i < slice.count; i++) {
            check(slice.rows[i].id == 0 && slice.rows[i].feature_id >= 0);
        }
        places += slice.place_count;
        xh_arena_destroy(slice.arena);
    } while (slice.place_count > 0);
    check(places <= json.len && (code >= 0 || places == 0));
    xh__array_end(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct xh_ctx ctx = {.arena = xh_arena_create("fuzz"), .now_us = 12345};
    struct xh_str json = {(const char *)data + 1, size - 1};
    if (data[0] == 'o') {
        one(&ctx, json);
    } else {
        array(&ctx, json);
    }
    xh_arena_destroy(ctx.arena);
    return 0;
}
