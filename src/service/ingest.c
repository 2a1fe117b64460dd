/* ingest.c: batches on their way to the store, and the lane for those that must wait first.
 *
 * Order: while the lane is not empty, new batches queue behind it, so that what was submitted
 * earlier gets the earlier numbers. The blocking call does its waiting itself.
 */
#include "service/ingest.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "service/ingest_internal.h"

/* ---- arrivals ---- */

/* Call with the lock held. */
static void flight_push(struct xh__ingest *ingest, struct xh__flight *flight)
{
    int64_t stamp_us = xh_env_now_us(ingest->engine->env);
    stamp_us = stamp_us > ingest->last_stamp_us ? stamp_us : ingest->last_stamp_us;
    stamp_us = stamp_us > ingest->last_settled_us ? stamp_us : ingest->last_settled_us + 1;
    ingest->last_stamp_us = stamp_us;
    *flight = (struct xh__flight){.arrival_us = stamp_us, .earlier = ingest->newest};
    if (ingest->newest != NULL) {
        ingest->newest->later = flight;
    } else {
        ingest->oldest = flight;
    }
    ingest->newest = flight;
}

static void flight_remove(struct xh__ingest *ingest, struct xh__flight *flight)
{
    if (flight->earlier != NULL) {
        flight->earlier->later = flight->later;
    } else {
        ingest->oldest = flight->later;
    }
    if (flight->later != NULL) {
        flight->later->earlier = flight->earlier;
    } else {
        ingest->newest = flight->earlier;
    }
    if (ingest->oldest == NULL) {
        pthread_cond_broadcast(&ingest->has_landed);
    }
}

void xh__flight_begin(struct xh_engine *engine, struct xh__flight *flight)
{
    (void)pthread_mutex_lock(&engine->ingest->lock);
    flight_push(engine->ingest, flight);
    (void)pthread_mutex_unlock(&engine->ingest->lock);
}

void xh__flight_end(struct xh_engine *engine, struct xh__flight *flight)
{
    (void)pthread_mutex_lock(&engine->ingest->lock);
    flight_remove(engine->ingest, flight);
    (void)pthread_mutex_unlock(&engine->ingest->lock);
}

int64_t xh__ingest_settled_us(struct xh_engine *engine)
{
    struct xh__ingest *ingest = engine->ingest;
    int64_t settled_us = xh_env_now_us(engine->env);
    (void)pthread_mutex_lock(&ingest->lock);
    if (settled_us < ingest->last_stamp_us) {
        settled_us = ingest->last_stamp_us; /* stamps run ahead of a clock that was put back */
    }
    if (ingest->oldest != NULL && ingest->oldest->arrival_us <= settled_us) {
        settled_us = ingest->oldest->arrival_us - 1;
    }
    if (settled_us > ingest->last_settled_us) {
        ingest->last_settled_us = settled_us;
    }
    (void)pthread_mutex_unlock(&ingest->lock);
    return settled_us;
}

/* ---- days of consumption ---- */

/* True when days must be dropped first. */
static bool work_mark(struct xh__ingest_work *work)
{
    work->marks = XH_NEW_ARRAY(work->arena, struct xh__use_mark, work->part_count + 1);
    for (size_t i = 0; i < work->part_count; i++) {
        const struct xh__ingest_part *part = &work->parts[i];
        if (part->has_rows) {
            work->marks[i] = (struct xh__use_mark){part->series, part->from_us, NULL, false};
        }
    }
    work->is_touching = xh__use_write_mark(work->engine, work->marks, work->part_count);
    return work->is_touching;
}

static int work_drop(struct xh__ingest_work *work, struct xh_err *err)
{
    int code = XH_E_OK;
    for (size_t i = 0; work->is_touching && code >= 0 && i < work->part_count; i++) {
        const struct xh__ingest_part *part = &work->parts[i];
        if (work->marks[i].is_touching) {
            code = xh__use_write_drop(work->engine, part->series, part->from_us, part->to_us, err);
            work->marks[i].is_touching = false;
        }
    }
    return code;
}

/* ---- towards the store ---- */

struct xh__ingest_work *xh__ingest_work_make(struct xh_ctx *ctx, struct xh_arena *arena,
                                             void (*done)(void *, int, const struct xh_err *),
                                             void *arg)
{
    struct xh__ingest_work *work = XH_NEW(arena, struct xh__ingest_work);
    work->engine = xh_ctx_engine(ctx);
    work->ctx = *ctx;
    work->ctx.arena = arena;
    work->arena = arena;
    work->done = done;
    work->arg = arg;
    return work;
}

static void work_lay_out(struct xh__ingest_work *work)
{
    work->tsdb.keys = work->keys;
    work->tsdb.rows = work->rows;
    work->tsdb.arrival_us = work->flight.arrival_us;
    work->tsdb.ret_seq = XH_NEW_ARRAY(work->arena, uint64_t, work->tsdb.row_count);
    work->tsdb.ret_fate = XH_NEW_ARRAY(work->arena, uint8_t, work->tsdb.row_count);
}

/* 1: resolved; 0: it would have to wait. */
static int work_resolve(struct xh__ingest_work *work, bool may_wait, struct xh_err *err)
{
    if (work->bulk != NULL) {
        xh__ingest_bulk_resolve(work);
        return 1;
    }
    return xh__ingest_resolve(work, may_wait, err);
}

/* All that may wait. 1: to be submitted; 0: nothing of it is to be kept. */
static int work_prepare(struct xh__ingest_work *work, struct xh_err *err)
{
    if (!work->is_resolved) {
        int code = work_resolve(work, true, err);
        if (code < 0) {
            return code;
        }
        (void)work_mark(work);
    }
    int code = work_drop(work, err);
    if (code < 0 || work->tsdb.row_count == 0) {
        return code;
    }
    if (work->tsdb.ret_seq == NULL) {
        work_lay_out(work);
    }
    return 1;
}

static void work_stored(void *arg, int status, const struct xh_err *err)
{
    xh__ingest_finish(arg, status, err);
}

/* The store's queue is short-lived: it is emptied by every commit. */
static int work_submit(struct xh__ingest_work *work, struct xh_err *err)
{
    const struct timespec pause = {.tv_nsec = 2000000};
    int code;
    while ((code = xh_tsdb_submit(work->engine->tsdb, &work->tsdb, work_stored, work, err)) ==
           XH_E_BUSY) {
        xh_err_clear(err);
        (void)nanosleep(&pause, NULL);
    }
    return code;
}

/* On a thread that may wait; finishes the work in every case. */
static void work_run(struct xh__lane_item *item)
{
    struct xh__ingest_work *work = (struct xh__ingest_work *)item;
    struct xh_err err = {0};
    int code = work_prepare(work, &err);
    if (code > 0) {
        code = work_submit(work, &err);
        if (code >= 0) {
            return; /* it is the committer's now, or done already */
        }
    }
    xh__ingest_finish(work, code, &err);
}

/* ---- the lane ---- */

/* Call with the lock held. */
static int lane_push(struct xh__ingest *ingest, struct xh__ingest_work *work, struct xh_err *err)
{
    if (ingest->lane.count >= XH__INGEST_LANE_MAX || ingest->lane.is_stopping) {
        return xh_err_set(err, XH_E_BUSY, "%zu batches of readings wait to be looked at",
                          ingest->lane.count);
    }
    xh__lane_push(&ingest->lane, &work->item);
    return XH_E_OK;
}

/* Gives up before anything was handed on. */
static int work_cancel(struct xh__ingest_work *work, int code)
{
    xh__ingest_unmark(work);
    xh__ingest_release(work);
    xh__flight_end(work->engine, &work->flight);
    return code;
}

static int submit_to_lane(struct xh__ingest_work *work, struct xh_err *err)
{
    struct xh__ingest *ingest = work->engine->ingest;
    (void)pthread_mutex_lock(&ingest->lock);
    int code = lane_push(ingest, work, err);
    (void)pthread_mutex_unlock(&ingest->lock);
    return code < 0 ? work_cancel(work, code) : XH_E_OK;
}

/* ---- public ---- */

int xh__ingest_check_count(size_t count, struct xh_err *err)
{
    if (count <= XH_TSDB_BATCH_ROWS_MAX) {
        return XH_E_OK;
    }
    char text[XH_NUM_TEXT_BYTES];
    struct xh_str value = {text, xh_int_print((int64_t)count, text)};
    return xh_err_field(err, XH_E_TOO_LARGE, "rows", value, "1048576", "readings",
                        "a batch of %s readings is too large, %d are allowed", text,
                        XH_TSDB_BATCH_ROWS_MAX);
}

int xh__ingest_work_submit(struct xh__ingest_work *work, struct xh_err *err)
{
    struct xh__ingest *ingest = work->engine->ingest;
    (void)pthread_mutex_lock(&ingest->lock);
    flight_push(ingest, &work->flight);
    bool is_lane_free = ingest->lane.count == 0;
    (void)pthread_mutex_unlock(&ingest->lock);
    if (!is_lane_free || work_resolve(work, false, NULL) == 0 || work_mark(work) ||
        work->tsdb.row_count == 0) {
        return submit_to_lane(work, err);
    }
    work_lay_out(work);
    int code = xh_tsdb_submit(work->engine->tsdb, &work->tsdb, work_stored, work, err);
    return code < 0 ? work_cancel(work, code) : XH_E_OK;
}

static struct xh__ingest_work *batch_work(struct xh_ctx *ctx, struct xh_ingest_batch *batch,
                                          void (*done)(void *, int, const struct xh_err *),
                                          void *arg)
{
    struct xh__ingest_work *work = xh__ingest_work_make(ctx, batch->arena, done, arg);
    work->batch = batch;
    work->is_history = batch->is_history;
    return work;
}

int xh_ingest_submit(struct xh_ctx *ctx, struct xh_ingest_batch *batch,
                     void (*done)(void *arg, int status, const struct xh_err *err), void *arg,
                     struct xh_err *err)
{
    int code = xh__ingest_check_count(batch->count, err);
    return code < 0 ? code : xh__ingest_work_submit(batch_work(ctx, batch, done, arg), err);
}

int xh_ingest(struct xh_ctx *ctx, struct xh_ingest_batch *batch, struct xh_err *err)
{
    struct xh__wait wait;
    int code = xh__ingest_check_count(batch->count, err);
    if (code < 0) {
        return code;
    }
    xh__wait_init(&wait);
    struct xh__ingest_work *work = batch_work(ctx, batch, xh__wait_done, &wait);
    xh__flight_begin(work->engine, &work->flight);
    work_run(&work->item);
    return xh__wait_end(&wait, err);
}

void xh_ingest_get_stats(struct xh_engine *engine, struct xh_ingest_stats *ret)
{
    (void)pthread_mutex_lock(&engine->ingest->lock);
    *ret = engine->ingest->stats;
    (void)pthread_mutex_unlock(&engine->ingest->lock);
}

/* ---- life ---- */

int xh__ingest_create(struct xh_engine *engine, struct xh_err *err)
{
    struct xh__ingest *ingest = xh_alloc(sizeof *ingest);
    engine->ingest = ingest;
    ingest->engine = engine;
    (void)pthread_mutex_init(&ingest->lock, NULL);
    (void)pthread_cond_init(&ingest->has_landed, NULL);
    (void)pthread_cond_init(&ingest->is_quiet, NULL);
    ingest->last_settled_us = INT64_MIN;
    ingest->last_stamp_us = INT64_MIN;
    xh__lane_init(&ingest->lane, &ingest->lock, work_run);
    return xh__lane_start(&ingest->lane, "the thread for readings", err);
}

/* Waits for all that is on its way: the store's callbacks use this and what stands on it. */
void xh__ingest_destroy(struct xh_engine *engine)
{
    struct xh__ingest *ingest = engine->ingest;
    if (ingest == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&ingest->lock);
    xh__lane_stop(&ingest->lane);
    while (ingest->oldest != NULL) {
        (void)pthread_cond_wait(&ingest->has_landed, &ingest->lock);
    }
    (void)pthread_mutex_unlock(&ingest->lock);
    xh__lane_join(&ingest->lane);
    xh__use_leave(engine);
    (void)pthread_cond_destroy(&ingest->has_landed);
    (void)pthread_cond_destroy(&ingest->is_quiet);
    xh__lane_finish(&ingest->lane);
    (void)pthread_mutex_destroy(&ingest->lock);
    free(ingest);
    engine->ingest = NULL;
}
