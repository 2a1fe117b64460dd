/* observe_span.c: how many observations series have, and over what times, from the store's sums
 * where they say it, else by looking. */
#include "service/observe_internal.h"

#include "service/records_internal.h"

static const char side_sql[] =
    "SELECT MIN(result_us), MAX(result_us), MIN(CASE WHEN to_us IS NULL THEN NULL ELSE from_us"
    " END) FROM xh_observation WHERE series = :series AND state IN (1, 3, 4)";

static void add_result(struct xh_observe_span *span, int64_t result_us)
{
    if (!span->has_result_time || result_us < span->result_first_us) {
        span->result_first_us = result_us;
    }
    if (!span->has_result_time || result_us > span->result_last_us) {
        span->result_last_us = result_us;
    }
    span->has_result_time = true;
}

static void add_observation(struct xh_observe_span *span, const struct xh_observation *o)
{
    int64_t last_us = o->to_us != 0 ? o->to_us : o->from_us;
    if (span->count == 0 || o->from_us < span->first_us) {
        span->first_us = o->from_us;
    }
    if (span->count == 0 || last_us > span->last_us) {
        span->last_us = last_us;
    }
    if (o->has_result_time) {
        add_result(span, o->result_us);
    }
    span->count++;
}

/* All of them, one by one: where a later reading may have replaced one with a side record. */
static int span_by_reading(struct xh_ctx *ctx, int64_t series_id, struct xh_observe_span *ret,
                           struct xh_err *err)
{
    const struct xh_observe_range range = {
        .series_id = series_id, .from_us = XH_TIME_MIN, .to_us = XH_TIME_MAX};
    struct xh_observe_cursor *cursor;
    struct xh_observation piece[64];
    ptrdiff_t got;
    int code = xh_observe_read(ctx, &range, &cursor, err);
    if (code < 0) {
        return code;
    }
    *ret = (struct xh_observe_span){0};
    while ((got = xh_observe_next(cursor, piece, XH_COUNT(piece), err)) > 0) {
        for (ptrdiff_t i = 0; i < got; i++) {
            add_observation(ret, &piece[i]);
        }
    }
    xh_observe_close(cursor);
    return got < 0 ? (int)got : XH_E_OK;
}

/* The first (or last) plain reading whose result's time is its own, from one end on. */
static int end_find(struct xh_engine *engine, const struct xh_series *series, bool is_backwards,
                    struct xh_observe_span *span, struct xh_err *err)
{
    const struct xh_tsdb_range range = {.key = series->key,
                                        .from_us = XH_TIME_MIN,
                                        .to_us = XH_TIME_MAX,
                                        .is_backwards = is_backwards};
    struct xh_tsdb_cursor *cursor;
    struct xh_reading piece[64];
    bool is_found = false;
    ptrdiff_t got;
    int code = xh_tsdb_read(engine->tsdb, &range, &cursor, err);
    if (code < 0) {
        return code;
    }
    while (!is_found && (got = xh_tsdb_next(cursor, piece, XH_COUNT(piece), err)) > 0) {
        for (ptrdiff_t i = 0; !is_found && i < got; i++) {
            is_found = (piece[i].quality & XH_QUALITY_RESULT_TIME) != 0;
            if (is_found) {
                add_result(span, piece[i].at_us);
            }
        }
    }
    xh_tsdb_cursor_close(cursor);
    return is_found || got >= 0 ? XH_E_OK : (int)got;
}

static int side_add(struct xh_engine *engine, const struct xh_series *series,
                    struct xh_observe_span *span, struct xh_err *err)
{
    struct xh_rel_conn *conn;
    struct xh_rel_rows *rows;
    int code = xh_rel_read_begin(engine->rel, &conn, err);
    if (code < 0) {
        return code;
    }
    code = xh_rel_prepare(conn, side_sql, &rows, err);
    if (code >= 0) {
        xh_rel_bind_int(rows, "series", series->id);
        code = xh_rel_next(rows, err);
        if (code == 1 && !xh_rel_is_null(rows, 0)) {
            add_result(span, xh_rel_int(rows, 0));
            add_result(span, xh_rel_int(rows, 1));
        }
        if (code == 1 && !xh_rel_is_null(rows, 2) && xh_rel_int(rows, 2) < span->first_us) {
            span->first_us = xh_rel_int(rows, 2);
        }
        xh_rel_done(rows);
    }
    xh_rel_read_end(engine->rel, conn);
    return code < 0 ? code : XH_E_OK;
}

static int span_fill(struct xh_ctx *ctx, const struct xh_series *series,
                     const struct xh_tsdb_answer *answer, struct xh_observe_span *ret,
                     struct xh_err *err)
{
    struct xh_engine *engine = xh_ctx_engine(ctx);
    bool has_side = (answer->quality & XH_QUALITY_SIDE) != 0;
    int code = XH_E_OK;
    if (answer->count == 0) {
        return XH_E_OK;
    }
    if (has_side && series->policy == XH_POLICY_REPLACE) {
        return span_by_reading(ctx, series->id, ret, err);
    }
    ret->count = answer->count;
    ret->first_us = answer->first.at_us;
    ret->last_us = answer->last.at_us;
    if ((answer->first.quality & XH_QUALITY_RESULT_TIME) != 0) {
        add_result(ret, answer->first.at_us);
    } else if ((answer->quality & XH_QUALITY_RESULT_TIME) != 0) {
        code = end_find(engine, series, false, ret, err);
    }
    if (code >= 0 && (answer->last.quality & XH_QUALITY_RESULT_TIME) != 0) {
        add_result(ret, answer->last.at_us);
    } else if (code >= 0 && (answer->quality & XH_QUALITY_RESULT_TIME) != 0) {
        code = end_find(engine, series, true, ret, err);
    }
    return code >= 0 && has_side ? side_add(engine, series, ret, err) : code;
}

static int aggregate(struct xh_engine *engine, const struct xh_series *const *series, size_t count,
                     struct xh_arena *arena, struct xh_tsdb_answer *ret, struct xh_err *err)
{
    static const int64_t edges_us[] = {XH_TIME_MIN, XH_TIME_MAX};
    struct xh_series_key *keys = XH_NEW_ARRAY(arena, struct xh_series_key, count);
    uint32_t *group_of = XH_NEW_ARRAY(arena, uint32_t, count);
    for (size_t i = 0; i < count; i++) {
        keys[i] = series[i]->key;
        group_of[i] = (uint32_t)i;
    }
    const struct xh_tsdb_question question = {
        .keys = keys,
        .key_count = count,
        .group_of = group_of,
        .group_count = count,
        .edges_us = edges_us,
        .window_count = 1,
        .measures = XH_TSDB_BASICS | XH_TSDB_ENDS,
    };
    return xh_tsdb_aggregate(engine->tsdb, &question, ret, err);
}

int xh_observe_spans(struct xh_ctx *ctx, const int64_t *series_ids, size_t count,
                     struct xh_observe_span *ret, struct xh_err *err)
{
    const struct xh_series **series = XH_NEW_ARRAY(ctx->arena, const struct xh_series *, count + 1);
    size_t *index = XH_NEW_ARRAY(ctx->arena, size_t, count + 1);
    size_t held = xh_series_get_all(ctx, series_ids, count, series, index);
    struct xh_tsdb_answer *answers = XH_NEW_ARRAY(ctx->arena, struct xh_tsdb_answer, held + 1);
    int code = XH_E_OK;
    for (size_t i = 0; i < count; i++) {
        ret[i] = (struct xh_observe_span){0};
    }
    if (held > 0) {
        code = aggregate(xh_ctx_engine(ctx), series, held, ctx->arena, answers, err);
    }
    for (size_t i = 0; code >= 0 && i < held; i++) {
        code = span_fill(ctx, series[i], &answers[i], &ret[index[i]], err);
    }
    for (size_t i = 0; i < held; i++) {
        xh_series_put(series[i]);
    }
    return code < 0 ? code : XH_E_OK;
}
