/* host.c: what rooms may ask of the world, answered by the files of this folder. */
#include "kernel/host.h"

#include <stdlib.h>

#include "service/billing.h"
#include "service/billing_run.h"
#include "service/change.h"
#include "service/engine_internal.h"
#include "service/erase.h"
#include "service/indicator.h"
#include "service/ingest.h"
#include "service/jobs_internal.h"
#include "service/query.h"
#include "service/records.h"
#include "service/retain.h"
#include "service/use.h"
#include "service/vee.h"

enum { READ_COUNT = 1024, PUT_COUNT = 20000 };

static int host_query(struct xh_ctx *ctx, const char *name, const struct xh_doc *params,
                      xh_row_fn *each, void *arg, struct xh_err *err)
{
    return xh_query_run(ctx, xh_str_from(name), params, each, arg, err);
}

/* ---- readings out ---- */

typedef int readings_fn(void *arg, const struct xh_meter_reading *readings, size_t count,
                        struct xh_err *err);

/* Keeps what is in force of a piece that holds everything, ordered by time, then seq. *replaced_us
 * is the time of the last reading that a later one replaced: what was taken back does not count. */
static size_t keep_in_force(const struct xh_reading *readings, size_t count, int64_t *replaced_us,
                            struct xh_meter_reading *ret)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const struct xh_reading *r = &readings[i];
        if (!r->is_in_force) {
            *replaced_us = r->is_retracted ? *replaced_us : r->at_us;
            continue;
        }
        ret[kept++] = (struct xh_meter_reading){
            .at_us = r->at_us,
            .value = r->value,
            .quality = r->quality,
            .is_corrected = *replaced_us == r->at_us,
        };
    }
    return kept;
}

static int read_all(struct xh_tsdb_cursor *cursor, readings_fn *each, void *arg, struct xh_err *err)
{
    struct xh_reading *piece = xh_alloc(READ_COUNT * sizeof *piece);
    struct xh_meter_reading *kept = xh_alloc(READ_COUNT * sizeof *kept);
    int64_t replaced_us = INT64_MIN;
    ptrdiff_t count;
    int code = XH_E_OK;
    while (code >= 0 && (count = xh_tsdb_next(cursor, piece, READ_COUNT, err)) != 0) {
        code = (int)count;
        if (count > 0) {
            size_t left = keep_in_force(piece, (size_t)count, &replaced_us, kept);
            code = left > 0 ? each(arg, kept, left, err) : XH_E_OK;
        }
    }
    free(piece);
    free(kept);
    return code < 0 ? code : XH_E_OK;
}

static int host_readings(struct xh_ctx *ctx, int64_t series_id, int64_t from_us, int64_t to_us,
                         readings_fn *each, void *arg, struct xh_err *err)
{
    const struct xh_series *series;
    struct xh_tsdb_cursor *cursor;
    int code = xh_series_get_id(ctx, series_id, &series, err);
    if (code < 0) {
        return code;
    }
    struct xh_tsdb_range range = {
        .key = series->key,
        .from_us = from_us,
        .to_us = to_us,
        .as_known_us = ctx->as_known_us,
        .with_corrected = true,
    };
    xh_series_put(series);
    code = xh_tsdb_read(xh_ctx_engine(ctx)->tsdb, &range, &cursor, err);
    if (code >= 0) {
        code = read_all(cursor, each, arg, err);
        xh_tsdb_cursor_close(cursor);
    }
    return code;
}

/* ---- readings in ---- */

/* The first row that was refused, as an error of the whole. */
static int refusal(const struct xh_ingest_batch *batch, size_t first, struct xh_err *err)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct xh_ingest_result *result = &batch->results[i];
        if (result->status == XH_INGEST_REFUSED) {
            xh_assert(result->err != NULL && result->err->code < 0);
            if (err != NULL) {
                *err = *result->err;
                xh_err_prefix(err, "readings[%zu].", first + i);
            }
            return result->err->code;
        }
    }
    return XH_E_OK;
}

static int put_slice(struct xh_ctx *ctx, struct xh_str series,
                     const struct xh_meter_reading *readings, size_t first, size_t count,
                     struct xh_err *err)
{
    struct xh_arena *arena = xh_arena_create("batch");
    struct xh_ingest_row *rows = XH_NEW_ARRAY(arena, struct xh_ingest_row, count);
    struct xh_ingest_batch batch = {
        .arena = arena,
        .rows = rows,
        .count = count,
        .results = XH_NEW_ARRAY(arena, struct xh_ingest_result, count),
        .is_history = true, /* rooms put what they make up, in order */
    };
    for (size_t i = 0; i < count; i++) {
        const struct xh_meter_reading *r = &readings[first + i];
        rows[i] = (struct xh_ingest_row){
            .series = series,
            .at_us = r->at_us,
            .value = r->value,
            .decimals = XH_NUM_DECIMALS_SHORTEST,
            .quality = r->quality,
        };
    }
    int code = xh_ingest(ctx, &batch, err);
    if (code >= 0 && batch.refused > 0) {
        code = refusal(&batch, first, err);
    }
    xh_arena_destroy(arena);
    return code;
}

static int host_readings_put(struct xh_ctx *ctx, int64_t series_id,
                             const struct xh_meter_reading *readings, size_t count,
                             struct xh_err *err)
{
    xh_assert(ctx->txn == NULL);
    const struct xh_series *series; /* held: its code names it, its id may be another's code */
    int code = xh_series_get_id(ctx, series_id, &series, err);
    if (code < 0) {
        return code;
    }
    for (size_t i = 0; code >= 0 && i < count; i += PUT_COUNT) {
        size_t left = count - i;
        code = put_slice(ctx, series->code, readings, i, left < PUT_COUNT ? left : PUT_COUNT, err);
    }
    xh_series_put(series);
    return code < 0 ? code : XH_E_OK;
}

/* ---- events ---- */

struct emission {
    const char *type, *verb;
    int64_t record_id;
    struct xh_str detail_json;
};

static int emit_in(struct xh_ctx *ctx, void *arg, struct xh_err *err)
{
    const struct emission *e = arg;
    return xh_change_append(ctx, ctx->txn, e->type, e->record_id, 0, e->verb, XH_STR(""),
                            e->detail_json, err);
}

static int host_emit(struct xh_ctx *ctx, const char *type, int64_t record_id, const char *verb,
                     struct xh_str detail_json, struct xh_err *err)
{
    struct emission e = {type, verb, record_id, detail_json};
    return xh_records_write(ctx, emit_in, &e, err);
}

/* ---- the rest ---- */

static int host_bills_renew(struct xh_ctx *ctx, const struct xh_change *changes, size_t count,
                            struct xh_err *err)
{
    struct xh_bill_renewal renewal;
    return xh_bills_renew(ctx, changes, count, &renewal, err);
}

static const struct xh_tariff *host_tariff(struct xh_ctx *ctx, struct xh_str code)
{
    return xh_engine_tariff(xh_ctx_engine(ctx), code);
}

void xh__host_fill(struct xh_engine *engine, struct xh_host *ret)
{
    *ret = (struct xh_host){
        .self = engine,
        .record_get = xh_record_get,
        .record_list = xh_record_list,
        .record_put = xh_record_put,
        .record_verb = xh_record_verb,
        .record_new = xh_record_new,
        .write = xh_records_write,
        .query = host_query,
        .use = xh_use,
        .readings = host_readings,
        .dated = xh__dated_get,
        .indicator = xh_indicator_get,
        .emit = host_emit,
        .progress = xh__jobs_progress,
        .tariff = host_tariff,
        .readings_put = host_readings_put,
        .readings_retain = xh_readings_retain,
        .erasures_settle = xh_erasures_settle,
        .bills_renew = host_bills_renew,
        .billing_runs_carry_on = xh_billing_runs_carry_on,
        .vee = xh_vee,
    };
}
