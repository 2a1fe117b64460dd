/* observe_read.c: observations of a series in order, and the last ones of many series. */
#include "service/observe_internal.h"

#include <stdlib.h>
#include <string.h>

#include "service/records_internal.h"

enum { PIECE = 512 };

struct xh_observe_cursor {
    struct xh_engine *engine;
    struct xh_arena *arena; /* of texts, until the next call */
    const struct xh_series *series;
    struct xh_observe_range range;
    struct xh_tsdb_cursor *readings;
    uint64_t given;
    struct xh_reading piece[PIECE];
};

bool xh__observation_from_reading(const struct xh_series *series, const struct xh_reading *reading,
                                  struct xh_observation *ret)
{
    const unsigned inner = (unsigned)XH_QUALITY_SIDE | XH_QUALITY_RESULT_TIME;
    *ret = (struct xh_observation){
        .id = xh_observation_id(series->id, reading->seq),
        .series_id = series->id,
        .seq = reading->seq,
        .from_us = reading->at_us,
        .kind = XH_RESULT_NUMBER,
        .value = reading->value,
        .decimals = reading->decimals,
        .has_result_time = (reading->quality & XH_QUALITY_RESULT_TIME) != 0,
        .quality = (uint8_t)(reading->quality & ~inner),
        .arrival_us = reading->arrival_us,
    };
    ret->result_us = ret->has_result_time ? reading->at_us : 0;
    return (reading->quality & XH_QUALITY_SIDE) == 0;
}

/* ---- cursors ---- */

/* The store is asked for what may lie behind the place; what lies at its very time is left out
 * later, by seq. */
static struct xh_tsdb_range store_range(const struct xh_series *series,
                                        const struct xh_observe_range *range)
{
    struct xh_tsdb_range ret = {
        .key = series->key,
        .from_us = range->from_us,
        .to_us = range->to_us,
        .as_known_us = range->as_known_us,
        .is_backwards = range->is_backwards,
    };
    if (range->after_seq != 0 && !range->is_backwards && range->after_us > ret.from_us) {
        ret.from_us = range->after_us;
    }
    if (range->after_seq != 0 && range->is_backwards && range->after_us < ret.to_us) {
        ret.to_us = range->after_us + 1;
    }
    return ret;
}

int xh_observe_read(struct xh_ctx *ctx, const struct xh_observe_range *range,
                    struct xh_observe_cursor **ret, struct xh_err *err)
{
    const struct xh_series *series;
    int code = xh_series_get_id(ctx, range->series_id, &series, err);
    if (code < 0) {
        return code;
    }
    struct xh_observe_cursor *cursor = xh_alloc(sizeof *cursor);
    cursor->engine = xh_ctx_engine(ctx);
    cursor->arena = xh_arena_create("observations");
    cursor->series = series;
    cursor->range = *range;
    const struct xh_tsdb_range of_store = store_range(series, range);
    code = xh_tsdb_read(cursor->engine->tsdb, &of_store, &cursor->readings, err);
    if (code < 0) {
        cursor->readings = NULL;
        xh_observe_close(cursor);
        return code;
    }
    *ret = cursor;
    return XH_E_OK;
}

void xh_observe_close(struct xh_observe_cursor *cursor)
{
    if (cursor != NULL) {
        if (cursor->readings != NULL) {
            xh_tsdb_cursor_close(cursor->readings);
        }
        xh_series_put(cursor->series);
        xh_arena_destroy(cursor->arena);
        free(cursor);
    }
}

static bool is_before_place(const struct xh_observe_range *range, const struct xh_reading *reading)
{
    return range->after_seq != 0 && reading->at_us == range->after_us &&
           (range->is_backwards ? reading->seq >= range->after_seq
                                : reading->seq <= range->after_seq);
}

/* Readings as observations; those with a side record are completed, or left out when they have
 * none. How many, or < 0. */
static ptrdiff_t complete(struct xh_observe_cursor *cursor, size_t got, struct xh_observation *ret,
                          struct xh_err *err)
{
    struct xh_rel_conn *conn = NULL;
    size_t count = 0;
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < got; i++) {
        const struct xh_reading *reading = &cursor->piece[i];
        struct xh_observation *o = &ret[count];
        if (is_before_place(&cursor->range, reading) || reading->seq > XH_OBSERVE_SEQ_MAX) {
            continue;
        }
        bool is_there = xh__observation_from_reading(cursor->series, reading, o);
        if (!is_there && conn == NULL) {
            code = xh_rel_read_begin(cursor->engine->rel, &conn, err);
        }
        if (!is_there && code >= 0) {
            code = xh__side_read(conn, cursor->arena, o, err);
            is_there = code == 1;
        }
        if (is_there && o->feature_id == 0) {
            o->feature_id = xh__feature_at(cursor->engine, o->series_id, o->arrival_us);
        }
        count += is_there;
    }
    if (conn != NULL) {
        xh_rel_read_end(cursor->engine->rel, conn);
    }
    return code < 0 ? code : (ptrdiff_t)count;
}

ptrdiff_t xh_observe_next(struct xh_observe_cursor *cursor, struct xh_observation *ret,
                          size_t capacity, struct xh_err *err)
{
    const struct xh_observe_range *range = &cursor->range;
    ptrdiff_t count = 0;
    xh_arena_reset(cursor->arena);
    if (range->limit != 0 && range->limit - cursor->given < capacity) {
        capacity = (size_t)(range->limit - cursor->given);
    }
    while (count == 0 && capacity > 0) {
        ptrdiff_t got = xh_tsdb_next(cursor->readings, cursor->piece,
                                     capacity < PIECE ? capacity : PIECE, err);
        if (got <= 0) {
            return got;
        }
        count = complete(cursor, (size_t)got, ret, err);
    }
    cursor->given += count > 0 ? (uint64_t)count : 0;
    return count;
}

/* ---- the last of many ---- */

/* The reading in force with the highest time is no observation (yet): the one before it. */
static int last_by_cursor(struct xh_ctx *ctx, int64_t series_id, struct xh_observation *ret,
                          struct xh_err *err)
{
    const struct xh_observe_range range = {.series_id = series_id,
                                           .from_us = XH_TIME_MIN,
                                           .to_us = XH_TIME_MAX,
                                           .is_backwards = true,
                                           .limit = 1};
    struct xh_observe_cursor *cursor;
    int code = xh_observe_read(ctx, &range, &cursor, err);
    if (code < 0) {
        return code;
    }
    ptrdiff_t got = xh_observe_next(cursor, ret, 1, err);
    if (got == 1) {
        ret->text = xh_arena_str(ctx->arena, ret->text);
        ret->parameters = xh_arena_str(ctx->arena, ret->parameters);
        ret->result_quality = xh_arena_str(ctx->arena, ret->result_quality);
    }
    xh_observe_close(cursor);
    return got < 0 ? (int)got : XH_E_OK;
}

static int last_fill(struct xh_ctx *ctx, struct xh_rel_conn **conn, const struct xh_series *series,
                     const struct xh_reading *reading, struct xh_observation *ret,
                     struct xh_err *err)
{
    struct xh_engine *engine = xh_ctx_engine(ctx);
    int code = 1;
    if (reading->seq == 0) {
        return XH_E_OK;
    }
    if (!xh__observation_from_reading(series, reading, ret)) {
        code = *conn != NULL ? XH_E_OK : xh_rel_read_begin(engine->rel, conn, err);
        code = code < 0 ? code : xh__side_read(*conn, ctx->arena, ret, err);
    }
    if (code == 0) {
        *ret = (struct xh_observation){0};
        code = last_by_cursor(ctx, series->id, ret, err);
    }
    if (code >= 0 && ret->id != 0 && ret->feature_id == 0) {
        ret->feature_id = xh__feature_at(engine, series->id, reading->arrival_us);
    }
    return code < 0 ? code : XH_E_OK;
}

int xh_observe_last_of(struct xh_ctx *ctx, const int64_t *series_ids, size_t count,
                       struct xh_observation *ret, struct xh_err *err)
{
    struct xh_engine *engine = xh_ctx_engine(ctx);
    const struct xh_series **series = XH_NEW_ARRAY(ctx->arena, const struct xh_series *, count + 1);
    size_t *index = XH_NEW_ARRAY(ctx->arena, size_t, count + 1);
    struct xh_series_key *keys = XH_NEW_ARRAY(ctx->arena, struct xh_series_key, count + 1);
    struct xh_reading *readings = XH_NEW_ARRAY(ctx->arena, struct xh_reading, count + 1);
    struct xh_rel_conn *conn = NULL;
    size_t held = xh_series_get_all(ctx, series_ids, count, series, index);
    memset(ret, 0, count * sizeof *ret);
    for (size_t i = 0; i < held; i++) {
        keys[i] = series[i]->key;
    }
    int code = xh_tsdb_last_of(engine->tsdb, keys, held, readings, err);
    for (size_t i = 0; code >= 0 && i < held; i++) {
        code = last_fill(ctx, &conn, series[i], &readings[i], &ret[index[i]], err);
    }
    if (conn != NULL) {
        xh_rel_read_end(engine->rel, conn);
    }
    for (size_t i = 0; i < held; i++) {
        xh_series_put(series[i]);
    }
    return code < 0 ? code : XH_E_OK;
}
