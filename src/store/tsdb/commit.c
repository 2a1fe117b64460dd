/* The committer: one thread that alone gives readings their numbers.
 *
 *     queue -> group of batches -> accept each -> one log record -> sync -> publish -> answer
 *                                                      \ failed: poisoned, all of it refused
 *     after each: is the memory full?  frozen; the flusher has it, a new one takes its place
 *
 * While a sync runs the queue fills: the next group is as large as what came meanwhile. All other
 * jobs stand alone, between groups. With has_no_threads the caller does the same, job by job.
 */
#include "base/arena.h"
#include "store/tsdb/commit_internal.h"

#include <stdlib.h>
#include <time.h>

enum { SYNC_EVERY_US = 1000 * 1000, LOOK_EVERY_US = 5 * 1000 * 1000 };

/* ---- the queue ---- */

static size_t rows_of(const struct xh__commit_job *job)
{
    return job->kind == XH__COMMIT_JOB_APPEND ? job->batch->row_count : 0;
}

static bool is_room_for(const struct xh__committer *c, const struct xh__commit_job *job)
{
    return c->job_count == 0 ||
           (c->job_count < XH__QUEUE_JOBS_MAX && c->row_count + rows_of(job) <= XH__QUEUE_ROWS_MAX);
}

static void push(struct xh__committer *c, struct xh__commit_job *job)
{
    job->next = NULL;
    if (c->last != NULL) {
        c->last->next = job;
    } else {
        c->first = job;
    }
    c->last = job;
    c->job_count++;
    c->row_count += rows_of(job);
    (void)pthread_cond_signal(&c->has_job);
}

/* Takes one job off the front, or as many batches as fit into one record. */
static struct xh__commit_job *take_group(struct xh__committer *c)
{
    struct xh__commit_job *group = c->first, *end = group;
    size_t rows = rows_of(group), jobs = 1;
    while (group->kind == XH__COMMIT_JOB_APPEND && end->next != NULL &&
           end->next->kind == XH__COMMIT_JOB_APPEND &&
           rows + rows_of(end->next) <= XH__WAL_ROWS_MAX) {
        end = end->next;
        rows += rows_of(end);
        jobs++;
    }
    c->first = end->next;
    if (c->first == NULL) {
        c->last = NULL;
    }
    end->next = NULL;
    c->job_count -= jobs;
    c->row_count -= rows;
    (void)pthread_cond_broadcast(&c->has_room);
    return group;
}

/* ---- log ---- */

static int sync_log(struct xh_tsdb *db, struct xh_err *err)
{
    struct xh__committer *c = db->committer;
    int rc = xh__wal_sync(c->wal, err);
    c->is_unsynced = rc < 0;
    c->synced_us = xh_env_monotonic_us(db->env);
    return rc;
}

/* What was accepted goes to the log, is synced, and may be seen. */
static int log_staged(struct xh_tsdb *db, struct xh_err *err)
{
    struct xh__committer *c = db->committer;
    const struct xh__staging *s = &c->staging;
    if (s->count == 0) {
        return 0;
    }
    if (xh__mem_visible(c->mem) == 0) {
        c->filled_us = xh_env_monotonic_us(db->env);
    }
    struct xh__wal_rows rows = {.count = s->count,
                                .ids = s->ids,
                                .at_us = s->at_us,
                                .values = s->values,
                                .decimals = s->decimals,
                                .quality = s->quality,
                                .arrival_us = s->arrival_us,
                                .first_seq = s->first_seq};
    int rc = xh__wal_append(c->wal, &rows, err);
    c->is_unsynced = c->is_unsynced || rc == 0;
    if (rc == 0 && db->options.sync == XH_TSDB_SYNC_ALWAYS) {
        rc = sync_log(db, err);
    }
    if (rc == 0) {
        xh__mem_publish(c->mem);
    }
    return rc;
}

/* ---- jobs ---- */

static int commit_appends(struct xh_tsdb *db, struct xh__commit_job *group, struct xh_err *err)
{
    struct xh__committer *c = db->committer;
    c->staging.count = 0;
    int rc = 0;
    for (struct xh__commit_job *job = group; job != NULL && rc == 0; job = job->next) {
        rc = xh__accept(db, job, err);
    }
    xh__accept_finish(db);
    if (rc == 0) {
        rc = log_staged(db, err);
    }
    if (rc == 0) {
        (void)pthread_mutex_lock(&c->lock);
        c->appended += c->staging.count;
        c->commits += c->staging.count > 0;
        (void)pthread_mutex_unlock(&c->lock);
    }
    return rc;
}

static int freeze(struct xh_tsdb *db, struct xh_err *err);

static int commit_job(struct xh_tsdb *db, struct xh__commit_job *job, struct xh_err *err)
{
    if (job->status < 0) {
        return 0;
    }
    switch (job->kind) {
    case XH__COMMIT_JOB_APPEND:
        return commit_appends(db, job, err);
    case XH__COMMIT_JOB_DECLARE:
        return xh__commit_declare(db, job, err);
    case XH__COMMIT_JOB_RETRACT:
        return xh__commit_retract(db, job, err);
    case XH__COMMIT_JOB_ERASE:
        return xh__commit_erase(db, job, err);
    case XH__COMMIT_JOB_FREEZE:
        return freeze(db, err);
    }
    xh_assert(!"a job of unknown kind");
    return XH_E_INTERNAL;
}

/* is_all: also those that were refused for a reason of their own. */
static void fail_group(struct xh__commit_job *group, int status, const struct xh_err *err,
                       bool is_all)
{
    for (struct xh__commit_job *job = group; job != NULL; job = job->next) {
        if (is_all || job->status == 0) {
            job->status = status;
            job->err = *err;
        }
    }
}

static void commit_group(struct xh_tsdb *db, struct xh__commit_job *group)
{
    struct xh_err err = {0};
    int rc = xh__tsdb_check_poison(db, &err);
    if (rc < 0) {
        fail_group(group, rc, &err, true);
        return;
    }
    rc = group->kind == XH__COMMIT_JOB_APPEND ? commit_appends(db, group, &err)
                                              : commit_job(db, group, &err);
    if (rc < 0) {
        (void)xh__tsdb_poison(db, &err);
        fail_group(group, rc, &err, false);
    }
}

static void answer(struct xh__committer *c, struct xh__commit_job *group)
{
    bool is_waited_for = false;
    while (group != NULL) {
        struct xh__commit_job *job = group;
        group = job->next; /* an answered job is its owner's again */
        if (job->done != NULL) {
            job->done(job->done_arg, job->status, job->status < 0 ? &job->err : NULL);
            free(job->ids);
            free(job);
        } else {
            (void)pthread_mutex_lock(&c->lock);
            job->is_finished = true;
            is_waited_for = true;
            (void)pthread_mutex_unlock(&c->lock);
        }
    }
    if (is_waited_for) {
        (void)pthread_cond_broadcast(&c->has_finished);
    }
}

/* ---- freezing ---- */

static bool has_room_for_frozen(struct xh_tsdb *db)
{
    (void)pthread_mutex_lock(&db->view_lock);
    size_t mem_count = db->view->mem_count;
    (void)pthread_mutex_unlock(&db->view_lock);
    return mem_count <= XH__FROZEN_MAX;
}

/* Waits for the flusher, or does its work. < 0: poisoned. */
static int wait_for_room(struct xh_tsdb *db, struct xh_err *err)
{
    struct xh__committer *c = db->committer;
    while (db->options.has_no_threads && !has_room_for_frozen(db)) {
        int rc = xh__flush_oldest(db, err);
        if (rc < 0) {
            return rc;
        }
    }
    if (!has_room_for_frozen(db)) {
        xh__keeper_wake(db);
    }
    (void)pthread_mutex_lock(&c->lock);
    while (!atomic_load(&db->is_poisoned) && !has_room_for_frozen(db)) {
        (void)pthread_cond_wait(&c->has_memory, &c->lock);
    }
    (void)pthread_mutex_unlock(&c->lock);
    return xh__tsdb_check_poison(db, err);
}

/* The active memory gets no more rows. Nobody is told: who asked flushes it. */
static int freeze(struct xh_tsdb *db, struct xh_err *err)
{
    struct xh__committer *c = db->committer;
    if (xh__mem_visible(c->mem) == 0) {
        return 0;
    }
    int rc = c->is_unsynced ? sync_log(db, err) : 0;
    if (rc == 0) {
        rc = wait_for_room(db, err);
    }
    if (rc < 0) {
        return rc;
    }
    struct xh__mem *fresh = xh__mem_create(xh__wal_next(c->wal));
    xh__view_freeze(db, fresh);
    c->mem = fresh;
    return 0;
}

/* A frozen memory goes to the flusher; who has no threads flushes here. */
static int freeze_and_flush(struct xh_tsdb *db, struct xh_err *err)
{
    int rc = freeze(db, err);
    if (rc < 0 || !db->options.has_no_threads) {
        xh__keeper_wake(db);
        return rc;
    }
    do {
        rc = xh__flush_oldest(db, err);
    } while (rc > 0);
    return rc;
}

/* What is due after each group, and when the thread wakes for it. */
static int tidy(struct xh_tsdb *db, struct xh_err *err)
{
    struct xh__committer *c = db->committer;
    uint32_t rows = xh__mem_visible(c->mem);
    int64_t now_us = xh_env_monotonic_us(db->env);
    int rc = 0;
    if (c->is_unsynced && now_us - c->synced_us >= SYNC_EVERY_US) {
        rc = sync_log(db, err);
    }
    bool is_full = rows >= db->options.memory_rows;
    if (rc == 0 && (is_full || (rows > 0 && now_us - c->filled_us >= db->options.flush_after_us))) {
        rc = freeze_and_flush(db, err);
    }
    return rc;
}

static void tidy_or_poison(struct xh_tsdb *db)
{
    struct xh_err err = {0};
    if (!atomic_load(&db->is_poisoned) && tidy(db, &err) < 0) {
        (void)xh__tsdb_poison(db, &err);
    }
}

/* ---- the thread ---- */

/* Until there is a job, or something may be due: a sync, or the flush of rows that wait in
 * memory. */
static void wait_for_job(struct xh_tsdb *db)
{
    struct xh__committer *c = db->committer;
    int64_t wait_us = c->is_unsynced ? SYNC_EVERY_US : LOOK_EVERY_US;
    if (!c->is_unsynced && xh__mem_visible(c->mem) == 0) {
        (void)pthread_cond_wait(&c->has_job, &c->lock);
        return;
    }
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_us / XH_US_PER_S;
    (void)pthread_cond_timedwait(&c->has_job, &c->lock, &until);
}

static void *committer_main(void *arg)
{
    struct xh_tsdb *db = arg;
    struct xh__committer *c = db->committer;
    for (;;) {
        (void)pthread_mutex_lock(&c->lock);
        if (c->first == NULL && !c->is_stopping) {
            wait_for_job(db);
        }
        struct xh__commit_job *group = c->first != NULL ? take_group(c) : NULL;
        bool is_over = group == NULL && c->is_stopping;
        (void)pthread_mutex_unlock(&c->lock);
        if (is_over) {
            return NULL;
        }
        if (group != NULL) {
            commit_group(db, group);
            answer(c, group);
        }
        tidy_or_poison(db);
    }
}

/* ---- giving jobs ---- */

static void run_here(struct xh_tsdb *db, struct xh__commit_job *job)
{
    job->next = NULL;
    commit_group(db, job);
    answer(db->committer, job);
    tidy_or_poison(db);
}

static int refuse_drained(struct xh_err *err)
{
    return xh_err_set(err, XH_E_CANCELLED, "the readings store is being closed");
}

int xh__commit_job_run(struct xh_tsdb *db, struct xh__commit_job *job, struct xh_err *err)
{
    struct xh__committer *c = db->committer;
    if (db->options.has_no_threads) {
        run_here(db, job);
    } else {
        (void)pthread_mutex_lock(&c->lock);
        while (!atomic_load(&db->is_poisoned) && !c->is_drained && !is_room_for(c, job)) {
            (void)pthread_cond_wait(&c->has_room, &c->lock);
        }
        if (c->is_drained) {
            job->status = refuse_drained(&job->err);
        } else if (atomic_load(&db->is_poisoned)) {
            job->status = xh__tsdb_check_poison(db, &job->err);
        } else {
            push(c, job);
            while (!job->is_finished) {
                (void)pthread_cond_wait(&c->has_finished, &c->lock);
            }
        }
        (void)pthread_mutex_unlock(&c->lock);
    }
    if (job->status < 0 && err != NULL) {
        *err = job->err;
    }
    return job->status;
}

int xh__commit_job_submit(struct xh_tsdb *db, struct xh__commit_job *job, struct xh_err *err)
{
    struct xh__committer *c = db->committer;
    int rc = xh__tsdb_check_poison(db, err);
    if (rc < 0) {
        return rc;
    }
    if (db->options.has_no_threads) {
        run_here(db, job);
        return 0;
    }
    (void)pthread_mutex_lock(&c->lock);
    if (!is_room_for(c, job)) {
        rc = xh_err_set(err, XH_E_BUSY, "%zu batches with %zu readings wait to be kept",
                        c->job_count, c->row_count);
    } else {
        push(c, job);
    }
    (void)pthread_mutex_unlock(&c->lock);
    return rc;
}

int xh__committer_freeze(struct xh_tsdb *db, struct xh_err *err)
{
    struct xh__commit_job job = {.kind = XH__COMMIT_JOB_FREEZE};
    return xh__commit_job_run(db, &job, err);
}

void xh__committer_wake(struct xh_tsdb *db)
{
    struct xh__committer *c = db->committer;
    if (c != NULL) {
        (void)pthread_mutex_lock(&c->lock);
        (void)pthread_cond_broadcast(&c->has_memory);
        (void)pthread_cond_broadcast(&c->has_room);
        (void)pthread_mutex_unlock(&c->lock);
    }
}

int64_t xh__committer_check_log(struct xh_tsdb *db, uint64_t low, xh_tsdb_fault_fn *fault,
                                void *arg, struct xh_err *err)
{
    return xh__wal_verify(db->committer->wal, low, fault, arg, err);
}

int xh__committer_drop_log(struct xh_tsdb *db, uint64_t record, bool is_secret, struct xh_err *err)
{
    return xh__wal_drop_below(db->committer->wal, record, is_secret, err);
}

void xh__committer_stats(struct xh_tsdb *db, struct xh_tsdb_stats *ret)
{
    struct xh__committer *c = db->committer;
    (void)pthread_mutex_lock(&c->lock);
    ret->appended = c->appended;
    ret->commits = c->commits;
    ret->queue_rows = c->row_count;
    (void)pthread_mutex_unlock(&c->lock);
    ret->log_bytes = xh__wal_size_bytes(c->wal);
    ret->series_memory_bytes = xh__dict_memory_bytes(db->dict) +
                               atomic_load(&c->states.block_count) * XH__STATE_BLOCK *
                                   sizeof(struct xh__series_state);
}

/* ---- life ---- */

static void take_states(struct xh__committer *c, struct xh__series_state *states, uint32_t count,
                        uint32_t capacity)
{
    xh_assert(capacity % XH__STATE_BLOCK == 0);
    c->states.flat = states;
    c->states.flat_blocks = capacity / XH__STATE_BLOCK;
    for (size_t i = 0; i < c->states.flat_blocks; i++) {
        c->states.blocks[i] = states + i * XH__STATE_BLOCK;
    }
    atomic_init(&c->states.block_count, c->states.flat_blocks);
    c->seq_bound = 1;
    for (uint32_t i = 0; i < count; i++) {
        c->seq_bound = states[i].next_seq > c->seq_bound ? states[i].next_seq : c->seq_bound;
    }
}

static void committer_free(struct xh__committer *c)
{
    xh__states_finish(&c->states);
    xh__staging_finish(&c->staging);
    xh__scan_places_destroy(c->places);
    xh__gaps_destroy(c->gaps);
    xh__wal_close(c->wal);
    (void)pthread_cond_destroy(&c->has_memory);
    (void)pthread_cond_destroy(&c->has_finished);
    (void)pthread_cond_destroy(&c->has_room);
    (void)pthread_cond_destroy(&c->has_job);
    (void)pthread_mutex_destroy(&c->lock);
    free(c);
}

void xh__committer_start(struct xh_tsdb *db, struct xh__wal *wal, struct xh__series_state *states,
                         uint32_t count, uint32_t capacity)
{
    struct xh__committer *c = xh_alloc(sizeof(*c));
    pthread_condattr_t monotonic;
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&c->lock, NULL);
    (void)pthread_cond_init(&c->has_job, &monotonic);
    (void)pthread_cond_init(&c->has_room, NULL);
    (void)pthread_cond_init(&c->has_finished, NULL);
    (void)pthread_cond_init(&c->has_memory, NULL);
    (void)pthread_condattr_destroy(&monotonic);
    c->wal = wal;
    c->places = xh__scan_places_create();
    c->gaps = xh__gaps_create();
    c->mem = db->view->mems[db->view->mem_count - 1];
    c->synced_us = c->filled_us = xh_env_monotonic_us(db->env);
    take_states(c, states, count, capacity);
    db->committer = c;
}

int xh__committer_begin(struct xh_tsdb *db, struct xh_err *err)
{
    struct xh__committer *c = db->committer;
    if (db->options.has_no_threads) {
        return 0;
    }
    int errno_value = pthread_create(&c->thread, NULL, committer_main, db);
    if (errno_value != 0) {
        return xh_err_errno(err, errno_value, "start a thread of the readings store in", db->dir);
    }
    c->has_thread = true;
    return 0;
}

void xh__committer_drain(struct xh_tsdb *db)
{
    struct xh__committer *c = db->committer;
    if (c == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&c->lock);
    c->is_stopping = true;
    (void)pthread_cond_signal(&c->has_job);
    (void)pthread_mutex_unlock(&c->lock);
    if (c->has_thread) {
        (void)pthread_join(c->thread, NULL);
        c->has_thread = false;
    }
    /* Whoever of the keeper came too late is sent away. */
    (void)pthread_mutex_lock(&c->lock);
    c->is_drained = true;
    while (c->first != NULL) {
        struct xh__commit_job *job = take_group(c);
        for (struct xh__commit_job *each = job; each != NULL; each = each->next) {
            each->status = refuse_drained(&each->err);
            each->is_finished = true;
        }
    }
    (void)pthread_cond_broadcast(&c->has_finished);
    (void)pthread_mutex_unlock(&c->lock);
    if (c->is_unsynced && !atomic_load(&db->is_poisoned)) {
        (void)sync_log(db, NULL);
    }
}

void xh__committer_stop(struct xh_tsdb *db)
{
    xh__committer_drain(db);
    if (db->committer != NULL) {
        committer_free(db->committer);
        db->committer = NULL;
    }
}
