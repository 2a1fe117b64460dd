/* observe_settle.c: what an open finds half done, brought to its end: a begun observation was never
 * acknowledged, so it goes; a correction or a deletion whose side record says so is carried out.
 * And side records whose readings left for good, by erasure or retention, leave too. */
#include "service/observe_internal.h"

#include <stdlib.h>

#include "service/records_internal.h"

static const char open_sql[] =
    "SELECT id, series, at_us, state, seq, replaces_series, replaces_seq, observation"
    " FROM xh_observation WHERE state IN (0, 3, 4) ORDER BY id LIMIT 1000";
static const char drop_sql[] = "DELETE FROM xh_observation WHERE id = :id";
static const char close_sql[] = "UPDATE xh_observation SET state = :state WHERE id = :id";

static const char placed_sql[] =
    "SELECT id, seq FROM xh_observation WHERE series = :series AND seq IS NOT NULL"
    " AND at_us >= :from AND at_us < :to AND id > :after ORDER BY id LIMIT 1000";

struct open_row {
    int64_t id, series_id, at_us, replaces_series, observation_id;
    uint64_t seq, replaces_seq;
    enum xh__side_state state;
};

struct open_rows {
    struct open_row items[1000];
    size_t count;
};

static int rows_read(struct xh_engine *engine, struct open_rows *ret, struct xh_err *err)
{
    struct xh_rel_conn *conn;
    struct xh_rel_rows *rows;
    int code = xh_rel_read_begin(engine->rel, &conn, err);
    if (code < 0) {
        return code;
    }
    ret->count = 0;
    code = xh_rel_prepare(conn, open_sql, &rows, err);
    if (code >= 0) {
        while ((code = xh_rel_next(rows, err)) == 1) {
            ret->items[ret->count++] = (struct open_row){
                .id = xh_rel_int(rows, 0),
                .series_id = xh_rel_int(rows, 1),
                .at_us = xh_rel_int(rows, 2),
                .state = (enum xh__side_state)xh_rel_int(rows, 3),
                .seq = (uint64_t)xh_rel_int(rows, 4),
                .replaces_series = xh_rel_int(rows, 5),
                .replaces_seq = (uint64_t)xh_rel_int(rows, 6),
                .observation_id = xh_rel_int(rows, 7),
            };
        }
        xh_rel_done(rows);
    }
    xh_rel_read_end(engine->rel, conn);
    return code;
}

static int close_all(struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    const struct open_rows *open = arg;
    struct xh_rel_rows *rows;
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < open->count; i++) {
        const struct open_row *row = &open->items[i];
        bool is_begun = row->state == XH__SIDE_BEGUN;
        code = xh_rel_prepare(conn, is_begun ? drop_sql : close_sql, &rows, err);
        if (code >= 0) {
            xh_rel_bind_int(rows, "id", row->id);
            if (!is_begun) {
                xh_rel_bind_int(rows, "state",
                                row->state == XH__SIDE_MOVING ? XH__SIDE_IN_FORCE : XH__SIDE_OVER);
            }
            code = xh_rel_next(rows, err);
            xh_rel_done(rows);
        }
    }
    return code < 0 ? code : XH_E_OK;
}

/* Readings of that time that say they have a side record and have none. */
static int orphans_find(struct xh_engine *engine, const struct xh_series *series, int64_t at_us,
                        struct xh_arena *arena, uint64_t **ret_seqs, size_t *ret_count,
                        struct xh_err *err)
{
    const struct xh_tsdb_range range = {.key = series->key, .from_us = at_us, .to_us = at_us + 1};
    struct xh_tsdb_cursor *cursor;
    struct xh_rel_conn *conn;
    struct xh_reading reading;
    size_t capacity = 0;
    ptrdiff_t got = 0;
    int code = xh_rel_read_begin(engine->rel, &conn, err);
    if (code < 0) {
        return code;
    }
    code = xh_tsdb_read(engine->tsdb, &range, &cursor, err);
    while (code >= 0 && (got = xh_tsdb_next(cursor, &reading, 1, err)) > 0) {
        struct xh_observation o;
        if (xh__observation_from_reading(series, &reading, &o)) {
            continue;
        }
        int has_side = xh__side_read(conn, arena, &o, err);
        if (has_side == 0) {
            *ret_seqs = xh_arena_grow(arena, *ret_seqs, &capacity, *ret_count + 1,
                                      sizeof **ret_seqs);
            (*ret_seqs)[(*ret_count)++] = reading.seq;
        }
        got = has_side < 0 ? has_side : got;
    }
    if (code >= 0) {
        xh_tsdb_cursor_close(cursor);
    }
    xh_rel_read_end(engine->rel, conn);
    return code < 0 ? code : got < 0 ? (int)got : XH_E_OK;
}

/* A series that is gone took its readings with it. */
static int row_settle(struct xh_ctx *ctx, const struct open_row *row, struct xh_err *err)
{
    struct xh_engine *engine = xh_ctx_engine(ctx);
    const struct xh_series *series;
    struct xh_err why = {0};
    uint64_t *seqs = NULL, one = row->state == XH__SIDE_MOVING ? row->replaces_seq : row->seq;
    size_t count = 0;
    int64_t series_id = row->state == XH__SIDE_MOVING ? row->replaces_series : row->series_id;
    int code = xh_series_get_id(ctx, series_id, &series, &why);
    if (code < 0) {
        if (code != XH_E_NOT_FOUND && err != NULL) {
            *err = why;
        }
        return code == XH_E_NOT_FOUND ? XH_E_OK : code;
    }
    if (row->state == XH__SIDE_BEGUN) {
        code = orphans_find(engine, series, row->at_us, ctx->arena, &seqs, &count, err);
    } else {
        seqs = &one;
        count = 1;
    }
    code = code < 0 ? code : xh__observe_retract(engine, series, seqs, count, err);
    xh_series_put(series);
    return code;
}

int xh__observe_settle(struct xh_engine *engine, struct xh_err *err)
{
    struct xh_arena *arena = xh_arena_create("request");
    struct open_rows *open = XH_NEW(arena, struct open_rows);
    struct xh_ctx ctx;
    xh_engine_ctx(engine, &xh_who_engine, arena, &ctx);
    int code = rows_read(engine, open, err);
    while (code >= 0 && open->count > 0) {
        for (size_t i = 0; code >= 0 && i < open->count; i++) {
            code = row_settle(&ctx, &open->items[i], err);
        }
        code = code < 0 ? code : xh_rel_write(engine->rel, close_all, open, err);
        code = code < 0 ? code : rows_read(engine, open, err);
    }
    xh_arena_destroy(arena);
    return code < 0 ? code : XH_E_OK;
}

/* ---- readings that left for good ---- */

struct placed {
    int64_t ids[1000];
    uint64_t seqs[1000];
    size_t count;
};

static int placed_read(struct xh_engine *engine, int64_t series_id, int64_t from_us, int64_t to_us,
                       int64_t after_id, struct placed *ret, struct xh_err *err)
{
    struct xh_rel_conn *conn;
    struct xh_rel_rows *rows;
    int code = xh_rel_read_begin(engine->rel, &conn, err);
    if (code < 0) {
        return code;
    }
    ret->count = 0;
    code = xh_rel_prepare(conn, placed_sql, &rows, err);
    if (code >= 0) {
        xh_rel_bind_int(rows, "series", series_id);
        xh_rel_bind_int(rows, "from", from_us);
        xh_rel_bind_int(rows, "to", to_us);
        xh_rel_bind_int(rows, "after", after_id);
        while ((code = xh_rel_next(rows, err)) == 1) {
            ret->ids[ret->count] = xh_rel_int(rows, 0);
            ret->seqs[ret->count++] = (uint64_t)xh_rel_int(rows, 1);
        }
        xh_rel_done(rows);
    }
    xh_rel_read_end(engine->rel, conn);
    return code;
}

static int drop_placed(struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    const struct placed *gone = arg;
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, drop_sql, &rows, err);
    if (code < 0) {
        return code;
    }
    for (size_t i = 0; code >= 0 && i < gone->count; i++) {
        xh_rel_bind_int(rows, "id", gone->ids[i]);
        code = xh_rel_next(rows, err);
    }
    xh_rel_done(rows);
    return code < 0 ? code : XH_E_OK;
}

/* Of the placed ones, those whose reading is no more. */
static int keep_gone(struct xh_engine *engine, const struct xh_series_key *key,
                     struct placed *placed, struct xh_err *err)
{
    struct xh_reading reading;
    size_t count = 0;
    for (size_t i = 0; i < placed->count; i++) {
        struct xh_err why = {0};
        int code = xh_tsdb_get(engine->tsdb, key, placed->seqs[i], &reading, &why);
        if (code == XH_E_NOT_FOUND) {
            placed->ids[count++] = placed->ids[i];
        } else if (code < 0) {
            if (err != NULL) {
                *err = why;
            }
            return code;
        }
    }
    placed->count = count;
    return XH_E_OK;
}

/* The registry's keys are the id, high byte first. */
static int64_t id_of_key(const struct xh_series_key *key)
{
    uint64_t id = 0;
    for (size_t i = 8; i < 16; i++) {
        id = id << 8 | key->bytes[i];
    }
    return (int64_t)id;
}

int xh__observe_prune(struct xh_engine *engine, const struct xh_series_key *key, int64_t from_us,
                      int64_t to_us, struct xh_err *err)
{
    struct placed *placed = xh_alloc(sizeof *placed);
    int64_t after_id = 0;
    int code = XH_E_OK;
    size_t read = 1;
    while (code >= 0 && read > 0) {
        code = placed_read(engine, id_of_key(key), from_us, to_us, after_id, placed, err);
        read = code < 0 ? 0 : placed->count;
        after_id = read > 0 ? placed->ids[read - 1] : after_id;
        code = read > 0 ? keep_gone(engine, key, placed, err) : code;
        if (code >= 0 && read > 0 && placed->count > 0) {
            code = xh_rel_write(engine->rel, drop_placed, placed, err);
        }
    }
    free(placed);
    return code < 0 ? code : XH_E_OK;
}
