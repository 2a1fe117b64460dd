/* observe.c: batches of observations on their way to the store, step by step, and the lane for
 * those that must wait. */
#include "service/observe_internal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static void step_try(struct xh__observe_job *job);

/* ---- the end ---- */

static void finish(struct xh__observe_job *job)
{
    struct xh__observe *observe = job->engine->observe;
    xh__observe_release(job);
    (void)pthread_mutex_lock(&observe->lock);
    if (--observe->flying == 0) {
        (void)pthread_cond_broadcast(&observe->is_quiet);
    }
    (void)pthread_mutex_unlock(&observe->lock);
    job->done(job->arg, job->status < 0 ? job->status : XH_E_OK,
              job->status < 0 ? &job->err : NULL);
}

static void fail(struct xh__observe_job *job, int status, const struct xh_err *err)
{
    if (job->status >= 0) {
        job->status = status;
        if (err != NULL) {
            job->err = *err;
        } else {
            (void)xh_err_set(&job->err, status, "the observations could not be kept");
        }
    }
}

/* ---- steps ---- */

static void begun(void *arg, int status, const struct xh_err *err)
{
    struct xh__observe_job *job = arg;
    job->step = XH__STEP_STORE;
    if (status < 0) { /* nothing was written */
        fail(job, status, err);
        job->step = XH__STEP_FINISH;
    }
    step_try(job);
}

/* Results of rows as the store numbered them; those with a side record get their id when that is
 * placed. */
static void fill_results(struct xh__observe_job *job)
{
    const struct xh_ingest_bulk *bulk = &job->bulk;
    for (size_t i = 0; i < job->row_count; i++) {
        size_t row = job->row_of[i];
        struct xh_observe_result *result = &job->batch->results[row];
        result->fate = bulk->fates[i];
        if (bulk->seqs[i] == 0) { /* the clock was put back meanwhile */
            result->err = XH_NEW(job->batch->arena, struct xh_err);
            *result->err = bulk->refusals[0].err;
            result->status = result->err->code;
        } else if (bulk->seqs[i] > XH_OBSERVE_SEQ_MAX) {
            result->err = XH_NEW(job->batch->arena, struct xh_err);
            result->status = xh_err_set(result->err, XH_E_TOO_LARGE,
                                        "the series has more than %d readings, so that its"
                                        " observations can have no more ids: begin another",
                                        XH_OBSERVE_SEQ_MAX);
        } else {
            result->id = xh_observation_id(job->batch->rows[row].series_id, bulk->seqs[i]);
        }
    }
}

static void stored(void *arg, int status, const struct xh_err *err)
{
    struct xh__observe_job *job = arg;
    job->step = job->side_count == 0 ? XH__STEP_FINISH
                : status < 0         ? XH__STEP_DROP
                                     : XH__STEP_PLACE;
    if (status < 0) {
        fail(job, status, err);
    } else {
        fill_results(job);
    }
    step_try(job);
}

static void placed(void *arg, int status, const struct xh_err *err)
{
    struct xh__observe_job *job = arg;
    job->step = XH__STEP_FINISH;
    if (status < 0) {
        fail(job, status, err);
        job->step = XH__STEP_RETRACT;
    } else {
        for (size_t i = 0; i < job->side_count; i++) {
            struct xh_observe_result *result = &job->batch->results[job->sides[i].row];
            if (job->sides[i].id != 0) {
                result->id = job->sides[i].id;
                result->fate = job->sides[i].is_duplicate ? XH_INGEST_DUPLICATE : result->fate;
            }
        }
    }
    step_try(job);
}

/* Whether it could be dropped or not: an open drops what is left. */
static void dropped(void *arg, int status, const struct xh_err *err)
{
    struct xh__observe_job *job = arg;
    (void)status;
    (void)err;
    job->step = XH__STEP_FINISH;
    step_try(job);
}

/* Readings that nobody was told of, because their side records could not be placed. */
static void retract_orphans(struct xh__observe_job *job)
{
    int code = XH_E_OK;
    for (size_t i = 0; i < job->row_count; i++) {
        bool is_orphan = (job->rows[i].quality & XH_QUALITY_SIDE) != 0 && job->bulk.seqs[i] != 0 &&
                         job->bulk.fates[i] != XH_INGEST_DUPLICATE;
        if (is_orphan) {
            int one = xh__observe_retract(job->engine, job->series[job->rows[i].key_index],
                                          &job->bulk.seqs[i], 1, NULL);
            code = code < 0 ? code : one;
        }
    }
    if (code >= 0) { /* else an open must find them */
        (void)xh_rel_write(job->engine->rel, xh__side_drop, job, NULL);
    }
}

static int store(struct xh__observe_job *job, struct xh_err *err)
{
    struct xh_arena *arena = job->batch->arena;
    job->bulk = (struct xh_ingest_bulk){
        .arena = arena,
        .series = job->series,
        .series_count = job->bulk.series_count,
        .rows = XH_NEW_ARRAY(arena, struct xh_tsdb_row, job->row_count),
        .count = job->row_count,
        .refusals_max = 1,
        .is_observed = true,
        .seqs = XH_NEW_ARRAY(arena, uint64_t, job->row_count),
        .fates = XH_NEW_ARRAY(arena, uint8_t, job->row_count),
    };
    memcpy(job->bulk.rows, job->rows, job->row_count * sizeof *job->rows);
    return xh_ingest_bulk(&job->ctx, &job->bulk, stored, job, err);
}

/* Hands the job on; XH_E_BUSY: not now. After any other return the job may be gone. */
static int step_run(struct xh__observe_job *job, struct xh_err *err)
{
    struct xh_rel *rel = job->engine->rel;
    switch (job->step) {
    case XH__STEP_BEGIN:
        return xh_rel_submit(rel, xh__side_begin, begun, job, err);
    case XH__STEP_STORE:
        return store(job, err);
    case XH__STEP_PLACE:
        return xh_rel_submit(rel, xh__side_place, placed, job, err);
    case XH__STEP_DROP:
        return xh_rel_submit(rel, xh__side_drop, dropped, job, err);
    default:
        finish(job);
        return XH_E_OK;
    }
}

/* What could not be handed on for another reason than a full queue. */
static void step_broke(struct xh__observe_job *job, int code, const struct xh_err *err)
{
    enum xh__observe_step step = job->step;
    fail(job, code, err);
    job->step = step == XH__STEP_STORE && job->side_count > 0 ? XH__STEP_DROP
                : step == XH__STEP_PLACE                      ? XH__STEP_RETRACT
                                                              : XH__STEP_FINISH;
}

/* ---- the lane ---- */

static void to_lane(struct xh__observe_job *job)
{
    struct xh__observe *observe = job->engine->observe;
    (void)pthread_mutex_lock(&observe->lock);
    xh__lane_push(&observe->lane, &job->item);
    (void)pthread_mutex_unlock(&observe->lock);
}

/* On a thread that must not wait. */
static void step_try(struct xh__observe_job *job)
{
    struct xh_err err = {0};
    if (job->step == XH__STEP_RETRACT) {
        to_lane(job);
        return;
    }
    int code = step_run(job, &err);
    if (code == XH_E_BUSY) {
        to_lane(job);
    } else if (code < 0) {
        step_broke(job, code, &err);
        to_lane(job);
    }
}

static enum xh__observe_step first_step(const struct xh__observe_job *job)
{
    bool is_nothing = job->row_count == 0 || (job->batch->is_all_or_nothing && job->refused > 0);
    return is_nothing ? XH__STEP_FINISH : job->side_count > 0 ? XH__STEP_BEGIN : XH__STEP_STORE;
}

/* After resolving: what is refused as a whole says why. */
static void step_first(struct xh__observe_job *job)
{
    job->step = first_step(job);
    if (job->batch->is_all_or_nothing && job->refused > 0) {
        fail(job, job->first_err->code, job->first_err);
    }
}

/* On a thread that may wait. */
static void job_go_on(struct xh__lane_item *item)
{
    struct xh__observe_job *job = (struct xh__observe_job *)item;
    const struct timespec pause = {.tv_nsec = 2000000};
    struct xh_err err = {0};
    int code;
    if (job->step == XH__STEP_RESOLVE) {
        code = xh__observe_resolve(job, true, &err);
        if (code < 0) {
            fail(job, code, &err);
            job->step = XH__STEP_FINISH;
        } else {
            step_first(job);
        }
    }
    if (job->step == XH__STEP_RETRACT) {
        retract_orphans(job);
        job->step = XH__STEP_FINISH;
    }
    for (;;) {
        err = (struct xh_err){0};
        code = step_run(job, &err);
        if (code >= 0) {
            return;
        }
        if (code == XH_E_BUSY) {
            (void)nanosleep(&pause, NULL);
            continue;
        }
        step_broke(job, code, &err);
        if (job->step == XH__STEP_RETRACT) {
            retract_orphans(job);
            job->step = XH__STEP_FINISH;
        }
    }
}

/* ---- public ---- */

struct xh__observe_job *xh__observe_job_make(struct xh_ctx *ctx, struct xh_observe_batch *batch)
{
    struct xh__observe_job *job = XH_NEW(batch->arena, struct xh__observe_job);
    job->engine = xh_ctx_engine(ctx);
    job->ctx = *ctx;
    job->ctx.arena = batch->arena;
    job->batch = batch;
    memset(batch->results, 0, batch->count * sizeof *batch->results);
    return job;
}

static int lane_busy(const struct xh__observe *observe, struct xh_err *err)
{
    return xh_err_set(err, XH_E_BUSY, "%zu batches of observations wait to be looked at",
                      observe->lane.count);
}

int xh_observe_submit(struct xh_ctx *ctx, struct xh_observe_batch *batch,
                      void (*done)(void *arg, int status, const struct xh_err *err), void *arg,
                      struct xh_err *err)
{
    int code = xh__ingest_check_count(batch->count, err);
    if (code < 0) {
        return code;
    }
    struct xh__observe *observe = xh_ctx_engine(ctx)->observe;
    struct xh__observe_job *job = xh__observe_job_make(ctx, batch);
    job->done = done;
    job->arg = arg;
    (void)pthread_mutex_lock(&observe->lock);
    bool is_full = observe->lane.count >= XH__OBSERVE_LANE_MAX || observe->lane.is_stopping;
    bool is_lane_free = observe->lane.count == 0;
    observe->flying += !is_full;
    code = is_full ? lane_busy(observe, err) : XH_E_OK;
    (void)pthread_mutex_unlock(&observe->lock);
    if (is_full) {
        return code;
    }
    if (is_lane_free && xh__observe_resolve(job, false, NULL) == 1) {
        step_first(job);
        if (job->step != XH__STEP_FINISH) {
            step_try(job);
            return XH_E_OK;
        }
    }
    to_lane(job);
    return XH_E_OK;
}

int xh__observe_job_run(struct xh__observe_job *job, struct xh_err *err)
{
    struct xh__observe *observe = job->engine->observe;
    struct xh__wait wait;
    xh__wait_init(&wait);
    job->done = xh__wait_done;
    job->arg = &wait;
    (void)pthread_mutex_lock(&observe->lock);
    observe->flying++;
    (void)pthread_mutex_unlock(&observe->lock);
    job_go_on(&job->item);
    return xh__wait_end(&wait, err);
}

int xh_observe(struct xh_ctx *ctx, struct xh_observe_batch *batch, struct xh_err *err)
{
    xh_assert(ctx->txn == NULL);
    int code = xh__ingest_check_count(batch->count, err);
    return code < 0 ? code : xh__observe_job_run(xh__observe_job_make(ctx, batch), err);
}

/* ---- life ---- */

int xh__observe_create(struct xh_engine *engine, struct xh_err *err)
{
    struct xh__observe *observe = xh_alloc(sizeof *observe);
    engine->observe = observe;
    observe->engine = engine;
    (void)pthread_mutex_init(&observe->lock, NULL);
    (void)pthread_mutex_init(&observe->change_lock, NULL);
    xh__lane_init(&observe->lane, &observe->lock, job_go_on);
    (void)pthread_cond_init(&observe->is_quiet, NULL);
    int code = xh__features_create(observe, err);
    code = code < 0 ? code : xh__observe_settle(engine, err);
    return code < 0 ? code : xh__lane_start(&observe->lane, "the thread for observations", err);
}

void xh__observe_stop(struct xh_engine *engine)
{
    struct xh__observe *observe = engine->observe;
    if (observe == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&observe->lock);
    while (observe->flying > 0) {
        (void)pthread_cond_wait(&observe->is_quiet, &observe->lock);
    }
    xh__lane_stop(&observe->lane);
    (void)pthread_mutex_unlock(&observe->lock);
    xh__lane_join(&observe->lane);
}

void xh__observe_destroy(struct xh_engine *engine)
{
    struct xh__observe *observe = engine->observe;
    if (observe == NULL) {
        return;
    }
    xh__features_destroy(observe);
    (void)pthread_cond_destroy(&observe->is_quiet);
    xh__lane_finish(&observe->lane);
    (void)pthread_mutex_destroy(&observe->change_lock);
    (void)pthread_mutex_destroy(&observe->lock);
    free(observe);
    engine->observe = NULL;
}
