/* observe_check.c: do readings that say more is known of them have their side records? */
#include <inttypes.h>
#include <stdio.h>

#include "service/care_internal.h"
#include "service/observe_internal.h"

enum { SLICE = 4096, PIECE = 256 };

/* One that is being written has its side record begun, without a number yet. */
static const char has_sql[] =
    "SELECT COUNT(*) FROM xh_observation WHERE (series = :series AND seq = :seq)"
    " OR (state = 0 AND series = :series AND at_us = :at)";

static int has_side(struct xh_rel_conn *conn, int64_t series_id, const struct xh_reading *r,
                    struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, has_sql, &rows, err);
    if (code < 0) {
        return code;
    }
    xh_rel_bind_int(rows, "series", series_id);
    xh_rel_bind_int(rows, "seq", (int64_t)r->seq);
    xh_rel_bind_int(rows, "at", r->at_us);
    code = xh_rel_next(rows, err);
    code = code == 1 ? xh_rel_int(rows, 0) > 0 : code;
    xh_rel_done(rows);
    return code;
}

/* How many readings of a series have lost theirs; < 0. */
static int64_t series_check(struct xh_engine *engine, const struct xh_series_key *key,
                            int64_t series_id, struct xh_err *err)
{
    const struct xh_tsdb_range range = {
        .key = *key, .from_us = XH_TIME_MIN, .to_us = XH_TIME_MAX};
    struct xh_tsdb_cursor *cursor;
    struct xh_rel_conn *conn;
    struct xh_reading piece[PIECE];
    int64_t missing = 0;
    ptrdiff_t got = 0;
    int code = xh_tsdb_read(engine->tsdb, &range, &cursor, err);
    if (code < 0) {
        return code;
    }
    /* What the cursor sees has its side record in what is read from now on. */
    code = xh_rel_read_begin(engine->rel, &conn, err);
    while (code >= 0 && (got = xh_tsdb_next(cursor, piece, PIECE, err)) > 0) {
        for (ptrdiff_t i = 0; code >= 0 && i < got; i++) {
            if ((piece[i].quality & XH_QUALITY_SIDE) != 0) {
                code = has_side(conn, series_id, &piece[i], err);
                missing += code == 0;
            }
        }
    }
    if (code >= 0) {
        xh_rel_read_end(engine->rel, conn);
    }
    xh_tsdb_cursor_close(cursor);
    return code < 0 ? code : got < 0 ? got : missing;
}

static int64_t slice_check(struct xh_engine *engine, const struct xh_series_key *keys,
                           const int64_t *series_ids, size_t count, xh_care_fault_fn *fault,
                           void *arg, struct xh_err *err)
{
    static const int64_t edges_us[] = {XH_TIME_MIN, XH_TIME_MAX};
    struct xh_arena *arena = xh_arena_create("check");
    struct xh_tsdb_answer *answers = XH_NEW_ARRAY(arena, struct xh_tsdb_answer, count);
    uint32_t *group_of = XH_NEW_ARRAY(arena, uint32_t, count);
    int64_t faults = 0;
    for (size_t i = 0; i < count; i++) {
        group_of[i] = (uint32_t)i;
    }
    const struct xh_tsdb_question question = {
        .keys = keys,
        .key_count = count,
        .group_of = group_of,
        .group_count = count,
        .edges_us = edges_us,
        .window_count = 1,
        .measures = XH_TSDB_BASICS,
    };
    int64_t code = xh_tsdb_aggregate(engine->tsdb, &question, answers, err);
    for (size_t i = 0; code >= 0 && i < count; i++) {
        bool is_mixed = (answers[i].quality & XH_QUALITY_SIDE) != 0;
        code = is_mixed ? series_check(engine, &keys[i], series_ids[i], err) : 0;
        if (code > 0) {
            char sentence[256];
            (void)snprintf(sentence, sizeof sentence,
                           "%" PRId64 " readings of series %" PRId64
                           " say that more is known of them, but it is not there",
                           code, series_ids[i]);
            fault(arg, sentence);
            faults++;
        }
    }
    xh_arena_destroy(arena);
    return code < 0 ? code : faults;
}

int64_t xh__observe_check(struct xh_engine *engine, const struct xh_series_key *keys,
                          const int64_t *series_ids, size_t count, xh_care_fault_fn *fault,
                          void *arg, struct xh_err *err)
{
    int64_t faults = 0, code = 0;
    for (size_t at = 0; code >= 0 && at < count; at += SLICE) {
        size_t n = count - at < SLICE ? count - at : SLICE;
        code = slice_check(engine, keys + at, series_ids + at, n, fault, arg, err);
        faults += code > 0 ? code : 0;
    }
    return code < 0 ? code : faults;
}
