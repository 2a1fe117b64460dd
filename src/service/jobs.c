/* jobs.c: the jobs of all rooms and when each is due. */
#include "service/jobs_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "service/change.h"

/* ---- made with the engine ---- */

/* After a commit, on the writer's thread: whether a job's own type changed is looked up later. */
static void on_commit(void *arg)
{
    struct xh__jobs *jobs = ((struct xh_engine *)arg)->jobs;
    (void)pthread_mutex_lock(&jobs->lock);
    for (size_t i = 0; i < jobs->count; i++) {
        jobs->jobs[i].may_be_woken = jobs->jobs[i].type != NULL;
    }
    (void)pthread_cond_broadcast(&jobs->has_news);
    (void)pthread_mutex_unlock(&jobs->lock);
}

static int load_row(struct xh_rel_conn *conn, struct xh__job *job, struct xh_err *err)
{
    static const char sql[] =
        "SELECT \"id\", \"cursor\", \"last_start_us\", \"last_end_us\", \"runs\", \"failures\","
        " \"last_error\" FROM \"xh_job\" WHERE \"name\" = :name";
    struct xh_job_state *state = &job->state;
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, sql, &rows, err);
    if (code < 0) {
        return code;
    }
    xh_rel_bind_text(rows, "name", state->name);
    code = xh_rel_next(rows, err);
    if (code == 1) {
        job->row_id = xh_rel_int(rows, 0);
        state->change_cursor = xh_rel_int(rows, 1);
        state->last_start_us = xh_rel_int(rows, 2);
        state->last_end_us = xh_rel_int(rows, 3);
        state->runs = xh_rel_int(rows, 4);
        state->failures = xh_rel_int(rows, 5);
        (void)snprintf(state->last_error, sizeof state->last_error, "%.*s",
                       XH_STR_ARG(xh_rel_text(rows, 6)));
    }
    xh_rel_done(rows);
    return code < 0 ? code : XH_E_OK;
}

static int load_all(struct xh_engine *engine, struct xh_err *err)
{
    struct xh__jobs *jobs = engine->jobs;
    struct xh_rel_conn *conn;
    int code = xh_rel_read_begin(engine->rel, &conn, err);
    if (code < 0) {
        return code;
    }
    for (size_t i = 0; code >= 0 && i < jobs->count; i++) {
        code = load_row(conn, &jobs->jobs[i], err);
    }
    xh_rel_read_end(engine->rel, conn);
    return code;
}

static void list_all(struct xh_engine *engine)
{
    struct xh__jobs *jobs = engine->jobs;
    size_t capacity = 0;
    for (size_t d = 0; d < engine->domain_count; d++) {
        const struct xh_domain *domain = engine->domains[d];
        for (size_t i = 0; i < domain->job_count; i++) {
            jobs->jobs = xh_arena_grow(engine->arena, jobs->jobs, &capacity, jobs->count + 1,
                                       sizeof *jobs->jobs);
            struct xh__job *job = &jobs->jobs[jobs->count++];
            job->state.job = &domain->jobs[i];
            job->state.name = xh_arena_format(engine->arena, "%s.%s", domain->name,
                                              domain->jobs[i].name);
            job->type = domain->jobs[i].on_change;
            job->may_be_woken = job->type != NULL;
        }
    }
}

int xh__jobs_create(struct xh_engine *engine, struct xh_err *err)
{
    pthread_condattr_t steady; /* a clock that is set back must not make the pool sleep */
    engine->jobs = xh_alloc(sizeof *engine->jobs);
    (void)pthread_mutex_init(&engine->jobs->lock, NULL);
    (void)pthread_condattr_init(&steady);
    (void)pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&engine->jobs->has_news, &steady);
    (void)pthread_condattr_destroy(&steady);
    list_all(engine);
    int code = load_all(engine, err);
    if (code >= 0) {
        xh_change_listen(engine, on_commit, engine);
    }
    return code < 0 ? code : XH_E_OK;
}

void xh__jobs_destroy(struct xh_engine *engine)
{
    if (engine->jobs != NULL) {
        (void)pthread_cond_destroy(&engine->jobs->has_news);
        (void)pthread_mutex_destroy(&engine->jobs->lock);
        free(engine->jobs);
        engine->jobs = NULL;
    }
}

/* ---- what is due ---- */

/* The next run by the clock, or again after a failure; INT64_MAX: never. One that never ran is
 * due. */
static int64_t next_by_clock(const struct xh__job *job)
{
    if (job->failures_in_row > 0) {
        return job->retry_us;
    }
    int64_t every_us = job->state.job->every_s * XH_US_PER_S;
    if (every_us <= 0) {
        return INT64_MAX;
    }
    return job->state.last_start_us == 0 ? 0 : job->state.last_start_us + every_us;
}

/* Under the lock, which it lets go while it looks for changes of the job's type. */
static int is_woken(struct xh_engine *engine, struct xh__job *job, bool *ret, struct xh_err *err)
{
    struct xh__jobs *jobs = engine->jobs;
    int64_t newest = 0;
    *ret = false;
    if (!job->may_be_woken) {
        return XH_E_OK;
    }
    job->may_be_woken = false; /* a commit from here on sets it again */
    (void)pthread_mutex_unlock(&jobs->lock);
    int code = xh__job_newest_change(engine, job, &newest, err);
    (void)pthread_mutex_lock(&jobs->lock);
    *ret = code >= 0 && newest > job->state.change_cursor;
    job->may_be_woken = job->may_be_woken || code < 0 || *ret; /* until it has run */
    return code;
}

/* Under the lock: takes a job that is due; NULL: none. */
static struct xh__job *take_due(struct xh_engine *engine)
{
    struct xh__jobs *jobs = engine->jobs;
    int64_t now_us = xh_env_now_us(engine->env);
    for (size_t i = 0; i < jobs->count; i++) {
        struct xh__job *job = &jobs->jobs[i];
        bool woken = false;
        if (job->state.is_running || job->retry_us > now_us) {
            continue;
        }
        int64_t next_us = next_by_clock(job);
        if (next_us > now_us && is_woken(engine, job, &woken, NULL) < 0) {
            job->retry_us = now_us + XH__JOB_RETRY_FIRST_S * XH_US_PER_S;
            continue;
        }
        if (!job->state.is_running && (next_us <= now_us || woken)) {
            job->state.is_running = true;
            return job;
        }
    }
    return NULL;
}

/* ---- the pool ---- */

/* The clock of the engine may be one that a test turns, so it is looked at every now and then. */
static void wait_a_little(struct xh__jobs *jobs)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += XH__JOB_LOOK_MS / 1000;
    (void)pthread_cond_timedwait(&jobs->has_news, &jobs->lock, &until);
}

static void *pool_main(void *arg)
{
    struct xh_engine *engine = arg;
    struct xh__jobs *jobs = engine->jobs;
    (void)pthread_mutex_lock(&jobs->lock);
    while (!jobs->is_stopping) {
        struct xh__job *job = take_due(engine);
        if (job == NULL) {
            wait_a_little(jobs);
            continue;
        }
        (void)pthread_mutex_unlock(&jobs->lock);
        (void)xh__job_run_taken(engine, job, NULL);
        (void)pthread_mutex_lock(&jobs->lock);
    }
    (void)pthread_mutex_unlock(&jobs->lock);
    return NULL;
}

int xh_jobs_start(struct xh_engine *engine, struct xh_err *err)
{
    struct xh__jobs *jobs = engine->jobs;
    xh_assert(jobs->thread_count == 0);
    jobs->is_stopping = false;
    while (jobs->thread_count < XH__JOB_THREADS) {
        int rc = pthread_create(&jobs->threads[jobs->thread_count], NULL, pool_main, engine);
        if (rc != 0) {
            xh_jobs_stop(engine);
            return xh_err_set(err, XH_E_INTERNAL, "starting a thread for jobs failed: %s",
                              strerror(rc));
        }
        jobs->thread_count++;
    }
    return XH_E_OK;
}

void xh_jobs_stop(struct xh_engine *engine)
{
    struct xh__jobs *jobs = engine->jobs;
    if (jobs == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&jobs->lock);
    jobs->is_stopping = true;
    (void)pthread_cond_broadcast(&jobs->has_news);
    (void)pthread_mutex_unlock(&jobs->lock);
    while (jobs->thread_count > 0) {
        (void)pthread_join(jobs->threads[--jobs->thread_count], NULL);
    }
}

bool xh__jobs_are_stopping(struct xh_engine *engine)
{
    (void)pthread_mutex_lock(&engine->jobs->lock);
    bool is_stopping = engine->jobs->is_stopping;
    (void)pthread_mutex_unlock(&engine->jobs->lock);
    return is_stopping;
}

/* ---- by hand ---- */

int xh_job_run(struct xh_engine *engine, const char *name, struct xh_err *err)
{
    struct xh__jobs *jobs = engine->jobs;
    struct xh__job *job = NULL;
    (void)pthread_mutex_lock(&jobs->lock);
    for (size_t i = 0; i < jobs->count; i++) {
        if (xh_str_is(jobs->jobs[i].state.name, name)) {
            job = &jobs->jobs[i];
        }
    }
    while (job != NULL && job->state.is_running) {
        (void)pthread_cond_wait(&jobs->has_news, &jobs->lock);
    }
    if (job != NULL) {
        job->state.is_running = true;
    }
    (void)pthread_mutex_unlock(&jobs->lock);
    return job != NULL ? xh__job_run_taken(engine, job, err)
                       : xh_err_set(err, XH_E_NOT_FOUND, "there is no job \"%s\"", name);
}

int xh_jobs_run_due(struct xh_engine *engine, struct xh_err *err)
{
    struct xh__jobs *jobs = engine->jobs;
    int first = XH_E_OK;
    for (;;) {
        (void)pthread_mutex_lock(&jobs->lock);
        struct xh__job *job = take_due(engine);
        (void)pthread_mutex_unlock(&jobs->lock);
        if (job == NULL) {
            return first;
        }
        int code = xh__job_run_taken(engine, job, first < 0 ? NULL : err);
        first = first < 0 ? first : code;
    }
}

/* ---- being looked at ---- */

int xh_jobs_each(struct xh_engine *engine, int (*each)(void *arg, const struct xh_job_state *state),
                 void *arg)
{
    struct xh__jobs *jobs = engine->jobs;
    int code = XH_E_OK;
    for (size_t i = 0; code == XH_E_OK && i < jobs->count; i++) {
        (void)pthread_mutex_lock(&jobs->lock);
        struct xh_job_state state = jobs->jobs[i].state;
        int64_t next_us = next_by_clock(&jobs->jobs[i]);
        (void)pthread_mutex_unlock(&jobs->lock);
        state.next_us = next_us == INT64_MAX ? 0 : next_us;
        code = each(arg, &state);
    }
    return code;
}

/* A run is known by its arena: whatever a room makes of its context, that stays. */
void xh__jobs_progress(struct xh_ctx *ctx, int64_t done, int64_t total, const char *text)
{
    struct xh__jobs *jobs = xh_ctx_engine(ctx)->jobs;
    (void)text;
    (void)pthread_mutex_lock(&jobs->lock);
    for (size_t i = 0; i < jobs->count; i++) {
        if (jobs->jobs[i].arena == ctx->arena) {
            jobs->jobs[i].state.done = done;
            jobs->jobs[i].state.total = total;
        }
    }
    (void)pthread_mutex_unlock(&jobs->lock);
}
