/* ingest_bulk.c: the door for many readings whose series are held already. Who brings them keeps
 * the series until done, so nothing here waits for the registry; days of consumption that must be
 * dropped first still send a bulk to the lane. */
#include "service/ingest_internal.h"

void xh__ingest_bulk_resolve(struct xh__ingest_work *work)
{
    struct xh_ingest_bulk *bulk = work->bulk;
    work->parts = XH_NEW_ARRAY(work->arena, struct xh__ingest_part, bulk->series_count + 1);
    work->part_count = bulk->series_count;
    for (size_t i = 0; i < bulk->series_count; i++) {
        struct xh__ingest_part *part = &work->parts[i];
        struct xh_err why = {0};
        part->code = bulk->series[i]->code;
        if (xh__ingest_may_write(work, bulk->series[i], part->code, &why) >= 0) {
            part->series = bulk->series[i];
        } else {
            part->err = XH_NEW(work->arena, struct xh_err);
            *part->err = why;
        }
    }
    work->rows = bulk->rows;
    work->given_count = bulk->count;
    if (bulk->seqs != NULL) {
        work->row_of = XH_NEW_ARRAY(work->arena, size_t, bulk->count + 1);
    }
    xh__ingest_check_rows(work);
    work->is_resolved = true;
}

int xh_ingest_bulk(struct xh_ctx *ctx, struct xh_ingest_bulk *bulk,
                   void (*done)(void *arg, int status, const struct xh_err *err), void *arg,
                   struct xh_err *err)
{
    int code = xh__ingest_check_count(bulk->count, err);
    if (code < 0) {
        return code;
    }
    struct xh__ingest_work *work = xh__ingest_work_make(ctx, bulk->arena, done, arg);
    work->bulk = bulk;
    work->is_history = bulk->is_history;
    bulk->refusals = NULL;
    bulk->refusal_count = 0;
    return xh__ingest_work_submit(work, err);
}
