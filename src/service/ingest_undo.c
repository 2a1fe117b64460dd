/* ingest_undo.c: takes an import back. First the readings, then the record: if the program dies in
 * between, the import is still "done" and undoing it again finishes what was begun. */
#include "base/num.h"
#include "service/ingest_internal.h"
#include "service/records_internal.h"
#include "service/use.h"

static int check_state(const struct xh_record *import, struct xh_err *err)
{
    if (xh_str_is(import->state, "done") || xh_str_is(import->state, "failed")) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_CONFLICT, "state", import->state, "done, failed", NULL,
                        "import %lld is \"%.*s\": it can be undone when it is done or failed",
                        (long long)import->id, XH_STR_ARG(import->state));
}

/* The times of a span are not known without reading it, so all days of the series are dropped. */
static int retract_span(struct xh_ctx *ctx, const struct xh_record *import, size_t span,
                        uint64_t *count, struct xh_err *err)
{
    struct xh_engine *engine = xh_ctx_engine(ctx);
    const struct xh_doc *doc = import->doc;
    const struct xh_series *series;
    struct xh__flight flight;
    uint64_t retracted = 0;
    int64_t series_id = xh_value_int(xh_doc_at(doc, "spans", span, "series"));
    uint64_t seq_from = (uint64_t)xh_value_int(xh_doc_at(doc, "spans", span, "seq_from"));
    uint64_t seq_to = (uint64_t)xh_value_int(xh_doc_at(doc, "spans", span, "seq_to"));
    int code = xh_series_get_id(ctx, series_id, &series, err);
    if (code < 0) {
        return code;
    }
    code = xh_use_write_begin(engine, series, XH_TIME_MIN, XH_TIME_MAX, err);
    if (code >= 0) {
        xh__flight_begin(engine, &flight);
        code = xh_tsdb_retract(engine->tsdb, &series->key, seq_from, seq_to, flight.arrival_us,
                               &retracted, err);
        xh__flight_end(engine, &flight);
        xh_use_write_end(engine, series);
    }
    xh_series_put(series);
    *count += retracted;
    return code;
}

int xh_ingest_undo(struct xh_ctx *ctx, int64_t import_id, uint64_t *ret_count, struct xh_err *err)
{
    struct xh_record import;
    struct xh__elevated elevated;
    uint64_t count = 0;
    xh_assert(ctx->txn == NULL);
    int code = xh_record_get(ctx, "core.import", import_id, &import, err);
    if (code < 0) {
        return code;
    }
    if (xh_may_write(&import.type->access, ctx->who) != XH_MAY_ALL) {
        return xh_err_set(err, XH_E_FORBIDDEN, "\"%s\" may not undo imports", ctx->who->name);
    }
    code = check_state(&import, err);
    for (size_t i = 0; code >= 0 && i < xh_doc_count(import.doc, "spans"); i++) {
        code = retract_span(ctx, &import, i, &count, err);
    }
    if (code >= 0) {
        /* The record's states are moved by the program only, but in the name of who asked. */
        code = xh_record_verb(xh__elevate(&elevated, ctx, NULL), "core.import", import_id, "undo",
                              NULL, NULL, err);
    }
    if (code >= 0 && ret_count != NULL) {
        *ret_count = count;
    }
    return code < 0 ? code : XH_E_OK;
}
