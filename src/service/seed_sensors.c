/* seed_sensors.c: series that were recorded before each had a sensor get the generic one of their
 * device's kind (18-088 8.2.4: a Datastream has one), so that their links lead somewhere.
 *
 * Slices of a thousand, a transaction each; what is done stays done, and a folder without such
 * series costs one look at an index. A slice that is refused is tried series by series, and what
 * cannot be changed stays as it is. */
#include <stdlib.h>

#include "service/seed_internal.h"

enum { SLICE = 1000 };

static const char without_sql[] =
    "SELECT s.id, d.kind FROM core_series s JOIN core_devices d ON d.id = s.device"
    " WHERE s.sensor IS NULL AND s.id > :after ORDER BY s.id LIMIT 1000";

struct slice {
    int64_t ids[SLICE];
    struct xh_str kinds[SLICE];
    size_t count, from, to;
};

static int slice_read(struct xh_ctx *ctx, int64_t after, struct slice *ret, struct xh_err *err)
{
    struct xh_rel *rel = xh_ctx_engine(ctx)->rel;
    struct xh_rel_conn *conn;
    struct xh_rel_rows *rows;
    int code = xh_rel_read_begin(rel, &conn, err);
    ret->count = 0;
    if (code < 0) {
        return code;
    }
    code = xh_rel_prepare(conn, without_sql, &rows, err);
    if (code >= 0) {
        xh_rel_bind_int(rows, "after", after);
        while ((code = xh_rel_next(rows, err)) == 1 && ret->count < SLICE) {
            ret->ids[ret->count] = xh_rel_int(rows, 0);
            ret->kinds[ret->count++] = xh_arena_str(ctx->arena, xh_rel_text(rows, 1));
        }
        xh_rel_done(rows);
    }
    xh_rel_read_end(rel, conn);
    return code < 0 ? code : XH_E_OK;
}

static int slice_put(struct xh_ctx *ctx, void *arg, struct xh_err *err)
{
    const struct slice *slice = arg;
    int code = XH_E_OK;
    for (size_t i = slice->from; code >= 0 && i < slice->to; i++) {
        struct xh_record series;
        int64_t sensor_id = 0;
        code = xh__sensor_make(ctx, slice->kinds[i], &sensor_id, err);
        code = code < 0 ? code : xh_record_get(ctx, "core.series", slice->ids[i], &series, err);
        if (code >= 0) {
            xh_doc_set_int(series.doc, "sensor", sensor_id);
            code = xh_record_put(ctx, &series, err);
        }
    }
    return code;
}

/* Is it what a record says that stands in the way, not the disk? */
static bool is_of_records(int code)
{
    return code == XH_E_INVALID || code == XH_E_CONFLICT || code == XH_E_FORBIDDEN ||
           code == XH_E_NOT_FOUND;
}

static int slice_complete(struct xh_ctx *ctx, struct slice *slice, struct xh_err *err)
{
    slice->from = 0;
    slice->to = slice->count;
    int code = xh_records_write(ctx, slice_put, slice, err);
    if (!is_of_records(code)) {
        return code;
    }
    code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < slice->count; i++) {
        slice->from = i;
        slice->to = i + 1;
        code = xh_records_write(ctx, slice_put, slice, err);
        if (is_of_records(code)) {
            xh_err_clear(err);
            code = XH_E_OK;
        }
    }
    return code;
}

int xh__seed_sensors(struct xh_engine *engine, struct xh_err *err)
{
    struct slice *slice = xh_alloc(sizeof *slice);
    int64_t after = 0;
    int code = XH_E_OK;
    do {
        struct xh_arena *arena = xh_arena_create("sensors");
        struct xh_ctx ctx;
        xh_engine_ctx(engine, &xh_who_engine, arena, &ctx);
        code = slice_read(&ctx, after, slice, err);
        if (code >= 0 && slice->count > 0) {
            after = slice->ids[slice->count - 1];
            code = slice_complete(&ctx, slice, err);
        }
        xh_arena_destroy(arena);
    } while (code >= 0 && slice->count == SLICE);
    free(slice);
    return code < 0 ? code : XH_E_OK;
}
