/* ingest.c: batches on their way to the store, the lane for those that must wait first, and those
 * who listen.
 *
 * Order: while the lane is not empty, new batches queue behind it, so that what was submitted
 * earlier gets the earlier numbers. The blocking call does its waiting itself.
 */
#include "service/ingest.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "service/ingest_internal.h"
#include "service/use_internal.h"

struct listener {
    void (*live)(void *arg, const struct xh_live *rows, size_t count);
    void *arg;
};

struct xh__ingest {
    struct xh_engine *engine;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t has_work, has_landed;
    struct xh__ingest_work *first, *last;
    size_t lane_count;    /* waiting or being worked on */
    bool is_stopping;
    struct xh__flight *oldest, *newest;
    int64_t last_stamp_us, last_settled_us;
    struct listener listeners[XH__INGEST_LISTENERS_MAX];
    size_t listener_count;
    size_t calling;       /* threads that are among the listeners now */
    pthread_cond_t is_quiet;
    struct xh_ingest_stats stats;
};

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
    bool is_touching = false;
    for (size_t i = 0; i < work->part_count; i++) {
        struct xh__ingest_part *part = &work->parts[i];
        if (part->has_rows) {
            part->is_touching = xh__use_write_mark(work->engine, part->series, part->from_us);
            part->is_marked = true;
            is_touching = is_touching || part->is_touching;
        }
    }
    return is_touching;
}

static int work_drop(struct xh__ingest_work *work, struct xh_err *err)
{
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < work->part_count; i++) {
        struct xh__ingest_part *part = &work->parts[i];
        if (part->is_touching) {
            code = xh__use_write_drop(work->engine, part->series, part->from_us, part->to_us, err);
            part->is_touching = false;
        }
    }
    return code;
}

static void work_unmark(struct xh__ingest_work *work)
{
    for (size_t i = 0; i < work->part_count; i++) {
        if (work->parts[i].is_marked) {
            xh_use_write_end(work->engine, work->parts[i].series);
            work->parts[i].is_marked = false;
        }
    }
}

/* What is older than yesterday is history: its days are computed when the series is quiet. */
static void work_note_history(struct xh__ingest_work *work)
{
    int64_t live_us = work->flight.arrival_us - 2 * XH_US_PER_DAY;
    for (size_t i = 0; i < work->part_count; i++) {
        const struct xh__ingest_part *part = &work->parts[i];
        if (part->has_rows && part->from_us < live_us) {
            xh__use_history_note(work->engine, part->series->id, part->from_us, part->to_us);
        }
    }
}

/* ---- the end of a batch ---- */

static void count_row(struct xh_ingest_batch *batch, const struct xh_ingest_result *result)
{
    batch->taken += result->status == XH_INGEST_TAKEN;
    batch->corrected += result->status == XH_INGEST_CORRECTED;
    batch->duplicate += result->status == XH_INGEST_DUPLICATE;
    if (result->status != XH_INGEST_DUPLICATE) {
        batch->late += (result->quality & XH_QUALITY_LATE) != 0;
        batch->suspect += (result->quality & XH_QUALITY_SUSPECT) != 0;
    }
}

static void fill_results(struct xh__ingest_work *work)
{
    static const uint8_t status_of[] = {
        [XH_FATE_NEW] = XH_INGEST_TAKEN,
        [XH_FATE_CORRECTION] = XH_INGEST_CORRECTED,
        [XH_FATE_DUPLICATE] = XH_INGEST_DUPLICATE,
    };
    for (size_t i = 0; i < work->tsdb.row_count; i++) {
        struct xh_ingest_result *result = &work->batch->results[work->row_of[i]];
        result->status = status_of[work->tsdb.ret_fate[i]];
        result->quality = work->rows[i].quality;
        result->seq = work->tsdb.ret_seq[i];
        count_row(work->batch, result);
    }
}

static void add_stats(struct xh_ingest_stats *stats, const struct xh_ingest_batch *batch)
{
    stats->taken += batch->taken;
    stats->corrected += batch->corrected;
    stats->duplicate += batch->duplicate;
    stats->late += batch->late;
    stats->suspect += batch->suspect;
    stats->refused += batch->refused;
    stats->batches++;
}

static size_t fill_live(struct xh__ingest_work *work)
{
    size_t count = 0;
    for (size_t i = 0; i < work->tsdb.row_count; i++) {
        const struct xh_tsdb_row *row = &work->rows[i];
        const struct xh_series *series = work->series[row->key_index];
        if (work->tsdb.ret_fate[i] != XH_FATE_DUPLICATE) {
            work->live[count++] = (struct xh_live){
                .series_id = series->id,
                .owner_id = series->owner_id,
                .at_us = row->at_us,
                .value = row->value,
                .decimals = row->decimals,
                .quality = row->quality,
                .seq = work->tsdb.ret_seq[i],
            };
        }
    }
    return count;
}

/* The list is copied, so that no lock is held while others run; unlisten waits for `calling`. */
static void tell_listeners(struct xh__ingest_work *work)
{
    struct xh__ingest *ingest = work->engine->ingest;
    size_t count = work->live != NULL ? fill_live(work) : 0;
    if (count == 0) {
        return;
    }
    (void)pthread_mutex_lock(&ingest->lock);
    struct listener copy[XH__INGEST_LISTENERS_MAX];
    size_t listener_count = ingest->listener_count;
    memcpy(copy, ingest->listeners, sizeof copy);
    ingest->calling++;
    (void)pthread_mutex_unlock(&ingest->lock);
    for (size_t i = 0; i < listener_count; i++) {
        copy[i].live(copy[i].arg, work->live, count);
    }
    (void)pthread_mutex_lock(&ingest->lock);
    ingest->calling--;
    (void)pthread_cond_broadcast(&ingest->is_quiet);
    (void)pthread_mutex_unlock(&ingest->lock);
}

/* After the rows are on disk, or nothing was kept (status < 0). What comes last is done: the batch
 * and its arena are the caller's again. */
static void work_finish(struct xh__ingest_work *work, int status, const struct xh_err *err)
{
    struct xh__ingest *ingest = work->engine->ingest;
    if (status >= 0) {
        fill_results(work);
        work_note_history(work);
    }
    work_unmark(work);
    (void)pthread_mutex_lock(&ingest->lock);
    if (status >= 0) {
        add_stats(&ingest->stats, work->batch);
    }
    (void)pthread_mutex_unlock(&ingest->lock);
    if (status >= 0) {
        tell_listeners(work);
    }
    xh__ingest_release(work);
    xh__flight_end(work->engine, &work->flight);
    work->done(work->arg, status < 0 ? status : XH_E_OK, status < 0 ? err : NULL);
}

static void work_stored(void *arg, int status, const struct xh_err *err)
{
    work_finish(arg, status, err);
}

/* ---- towards the store ---- */

static struct xh__ingest_work *work_make(struct xh_ctx *ctx, struct xh_ingest_batch *batch,
                                         void (*done)(void *, int, const struct xh_err *),
                                         void *arg)
{
    struct xh__ingest_work *work = XH_NEW(batch->arena, struct xh__ingest_work);
    work->engine = xh_ctx_engine(ctx);
    work->ctx = *ctx;
    work->ctx.arena = batch->arena;
    work->batch = batch;
    work->done = done;
    work->arg = arg;
    batch->taken = batch->corrected = batch->duplicate = 0;
    batch->late = batch->suspect = batch->refused = 0;
    return work;
}

static void work_lay_out(struct xh__ingest_work *work)
{
    struct xh__ingest *ingest = work->engine->ingest;
    struct xh_arena *arena = work->batch->arena;
    size_t count = work->tsdb.row_count;
    work->tsdb.keys = work->keys;
    work->tsdb.rows = work->rows;
    work->tsdb.arrival_us = work->flight.arrival_us;
    work->tsdb.ret_seq = XH_NEW_ARRAY(arena, uint64_t, count);
    work->tsdb.ret_fate = XH_NEW_ARRAY(arena, uint8_t, count);
    (void)pthread_mutex_lock(&ingest->lock);
    bool is_heard = ingest->listener_count > 0;
    (void)pthread_mutex_unlock(&ingest->lock);
    work->live = is_heard ? XH_NEW_ARRAY(arena, struct xh_live, count) : NULL;
}

/* All that may wait. 1: to be submitted; 0: nothing of it is to be kept. */
static int work_prepare(struct xh__ingest_work *work, struct xh_err *err)
{
    if (!work->is_resolved) {
        int code = xh__ingest_resolve(work, true, err);
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
static void work_run(struct xh__ingest_work *work)
{
    struct xh_err err = {0};
    int code = work_prepare(work, &err);
    if (code > 0) {
        code = work_submit(work, &err);
        if (code >= 0) {
            return; /* it is the committer's now, or done already */
        }
    }
    work_finish(work, code, &err);
}

/* ---- the lane ---- */

static void *lane_main(void *arg)
{
    struct xh__ingest *ingest = arg;
    (void)pthread_mutex_lock(&ingest->lock);
    for (;;) {
        while (ingest->first == NULL && !ingest->is_stopping) {
            (void)pthread_cond_wait(&ingest->has_work, &ingest->lock);
        }
        struct xh__ingest_work *work = ingest->first;
        if (work == NULL) {
            break;
        }
        ingest->first = work->next;
        ingest->last = ingest->first != NULL ? ingest->last : NULL;
        (void)pthread_mutex_unlock(&ingest->lock);
        work_run(work);
        (void)pthread_mutex_lock(&ingest->lock);
        ingest->lane_count--;
    }
    (void)pthread_mutex_unlock(&ingest->lock);
    return NULL;
}

/* Call with the lock held. */
static int lane_push(struct xh__ingest *ingest, struct xh__ingest_work *work, struct xh_err *err)
{
    if (ingest->lane_count >= XH__INGEST_LANE_MAX || ingest->is_stopping) {
        return xh_err_set(err, XH_E_BUSY, "%zu batches of readings wait to be looked at",
                          ingest->lane_count);
    }
    work->next = NULL;
    if (ingest->last != NULL) {
        ingest->last->next = work;
    } else {
        ingest->first = work;
    }
    ingest->last = work;
    ingest->lane_count++;
    (void)pthread_cond_signal(&ingest->has_work);
    return XH_E_OK;
}

/* Gives up before anything was handed on. */
static int work_cancel(struct xh__ingest_work *work, int code)
{
    work_unmark(work);
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

static int check_batch(const struct xh_ingest_batch *batch, struct xh_err *err)
{
    if (batch->count <= XH_TSDB_BATCH_ROWS_MAX) {
        return XH_E_OK;
    }
    char text[XH_NUM_TEXT_BYTES];
    struct xh_str value = {text, xh_int_print((int64_t)batch->count, text)};
    return xh_err_field(err, XH_E_TOO_LARGE, "rows", value, "1048576", "readings",
                        "a batch of %s readings is too large, %d are allowed", text,
                        XH_TSDB_BATCH_ROWS_MAX);
}

int xh_ingest_submit(struct xh_ctx *ctx, struct xh_ingest_batch *batch,
                     void (*done)(void *arg, int status, const struct xh_err *err), void *arg,
                     struct xh_err *err)
{
    struct xh__ingest *ingest = xh_ctx_engine(ctx)->ingest;
    int code = check_batch(batch, err);
    if (code < 0) {
        return code;
    }
    struct xh__ingest_work *work = work_make(ctx, batch, done, arg);
    (void)pthread_mutex_lock(&ingest->lock);
    flight_push(ingest, &work->flight);
    bool is_lane_free = ingest->lane_count == 0;
    (void)pthread_mutex_unlock(&ingest->lock);
    if (!is_lane_free || xh__ingest_resolve(work, false, NULL) == 0 || work_mark(work) ||
        work->tsdb.row_count == 0) {
        return submit_to_lane(work, err);
    }
    work_lay_out(work);
    code = xh_tsdb_submit(work->engine->tsdb, &work->tsdb, work_stored, work, err);
    return code < 0 ? work_cancel(work, code) : XH_E_OK;
}

struct waiting {
    pthread_mutex_t lock;
    pthread_cond_t is_done;
    bool done;
    int status;
    struct xh_err err;
};

static void wake(void *arg, int status, const struct xh_err *err)
{
    struct waiting *w = arg;
    (void)pthread_mutex_lock(&w->lock);
    w->status = status;
    if (err != NULL) {
        w->err = *err;
    }
    w->done = true;
    (void)pthread_cond_signal(&w->is_done);
    (void)pthread_mutex_unlock(&w->lock);
}

int xh_ingest(struct xh_ctx *ctx, struct xh_ingest_batch *batch, struct xh_err *err)
{
    struct waiting w = {.status = XH_E_OK};
    int code = check_batch(batch, err);
    if (code < 0) {
        return code;
    }
    (void)pthread_mutex_init(&w.lock, NULL);
    (void)pthread_cond_init(&w.is_done, NULL);
    struct xh__ingest_work *work = work_make(ctx, batch, wake, &w);
    xh__flight_begin(work->engine, &work->flight);
    work_run(work);
    (void)pthread_mutex_lock(&w.lock);
    while (!w.done) {
        (void)pthread_cond_wait(&w.is_done, &w.lock);
    }
    (void)pthread_mutex_unlock(&w.lock);
    (void)pthread_cond_destroy(&w.is_done);
    (void)pthread_mutex_destroy(&w.lock);
    if (w.status < 0 && err != NULL) {
        *err = w.err;
    }
    return w.status;
}

void xh_ingest_listen(struct xh_engine *engine,
                      void (*live)(void *arg, const struct xh_live *rows, size_t count), void *arg)
{
    struct xh__ingest *ingest = engine->ingest;
    (void)pthread_mutex_lock(&ingest->lock);
    xh_assert(ingest->listener_count < XH__INGEST_LISTENERS_MAX);
    ingest->listeners[ingest->listener_count].live = live;
    ingest->listeners[ingest->listener_count].arg = arg;
    ingest->listener_count++;
    (void)pthread_mutex_unlock(&ingest->lock);
}

void xh_ingest_unlisten(struct xh_engine *engine,
                        void (*live)(void *arg, const struct xh_live *rows, size_t count),
                        void *arg)
{
    struct xh__ingest *ingest = engine->ingest;
    size_t kept = 0;
    (void)pthread_mutex_lock(&ingest->lock);
    for (size_t i = 0; i < ingest->listener_count; i++) {
        if (ingest->listeners[i].live != live || ingest->listeners[i].arg != arg) {
            ingest->listeners[kept++] = ingest->listeners[i];
        }
    }
    ingest->listener_count = kept;
    while (ingest->calling > 0) {
        (void)pthread_cond_wait(&ingest->is_quiet, &ingest->lock);
    }
    (void)pthread_mutex_unlock(&ingest->lock);
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
    (void)pthread_cond_init(&ingest->has_work, NULL);
    (void)pthread_cond_init(&ingest->has_landed, NULL);
    (void)pthread_cond_init(&ingest->is_quiet, NULL);
    ingest->last_settled_us = INT64_MIN;
    ingest->last_stamp_us = INT64_MIN;
    int code = pthread_create(&ingest->thread, NULL, lane_main, ingest);
    ingest->has_thread = code == 0;
    return code == 0 ? XH_E_OK : xh_err_errno(err, code, "start", "the thread for readings");
}

/* Waits for all that is on its way: the store's callbacks use this and what stands on it. */
void xh__ingest_destroy(struct xh_engine *engine)
{
    struct xh__ingest *ingest = engine->ingest;
    if (ingest == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&ingest->lock);
    ingest->is_stopping = true;
    (void)pthread_cond_signal(&ingest->has_work);
    while (ingest->oldest != NULL) {
        (void)pthread_cond_wait(&ingest->has_landed, &ingest->lock);
    }
    (void)pthread_mutex_unlock(&ingest->lock);
    if (ingest->has_thread) {
        (void)pthread_join(ingest->thread, NULL);
    }
    xh__use_leave(engine);
    (void)pthread_cond_destroy(&ingest->has_landed);
    (void)pthread_cond_destroy(&ingest->is_quiet);
    (void)pthread_cond_destroy(&ingest->has_work);
    (void)pthread_mutex_destroy(&ingest->lock);
    free(ingest);
    engine->ingest = NULL;
}
