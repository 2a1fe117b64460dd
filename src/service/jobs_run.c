/* jobs_run.c: one run of a job. */
#include "service/jobs_internal.h"

#include <stdio.h>

#include "service/change.h"

/* ---- the changes that it waits for ---- */

int xh__job_newest_change(struct xh_engine *engine, const struct xh__job *job, int64_t *ret,
                          struct xh_err *err)
{
    struct xh_rel_conn *conn;
    struct xh_rel_rows *rows;
    int code = xh_rel_read_begin(engine->rel, &conn, err);
    if (code < 0) {
        return code;
    }
    code = xh_rel_prepare(conn,
                          "SELECT \"id\" FROM \"xh_change\" WHERE \"type\" = :type"
                          " ORDER BY \"id\" DESC LIMIT 1",
                          &rows, err);
    if (code >= 0) {
        xh_rel_bind_text(rows, "type", xh_str_from(job->type));
        code = xh_rel_next(rows, err);
        *ret = code == 1 ? xh_rel_int(rows, 0) : 0;
        xh_rel_done(rows);
    }
    xh_rel_read_end(engine->rel, conn);
    return code < 0 ? code : XH_E_OK;
}

struct given {
    struct xh_change *changes;
    size_t count;
};

static int add_change(void *arg, const struct xh_change *change, struct xh_err *err)
{
    struct given *given = arg;
    (void)err;
    given->changes[given->count++] = *change;
    return XH_E_OK;
}

static int changes_read(struct xh_ctx *ctx, const struct xh__job *job, int64_t cursor,
                        struct given *ret, struct xh_err *err)
{
    if (job->type == NULL) {
        return XH_E_OK;
    }
    ret->changes = XH_NEW_ARRAY(ctx->arena, struct xh_change, XH__JOB_CHANGES_MAX);
    return xh_change_read(ctx, cursor, job->type, 0, XH__JOB_CHANGES_MAX, add_change, ret, err);
}

/* ---- its state on disk ---- */

static int save_write(struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    static const char insert[] =
        "INSERT INTO \"xh_job\" (\"name\", \"cursor\", \"last_start_us\", \"last_end_us\","
        " \"runs\", \"failures\", \"last_error\")"
        " VALUES (:name, :cursor, :start, :end, :runs, :failures, :error)";
    static const char update[] =
        "UPDATE \"xh_job\" SET \"name\" = :name, \"cursor\" = :cursor, \"last_start_us\" = :start,"
        " \"last_end_us\" = :end, \"runs\" = :runs, \"failures\" = :failures,"
        " \"last_error\" = :error WHERE \"id\" = :id";
    struct xh__job *job = arg; /* a copy of the caller's */
    const struct xh_job_state *state = &job->state;
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, job->row_id == 0 ? insert : update, &rows, err);
    if (code < 0) {
        return code;
    }
    if (job->row_id != 0) {
        xh_rel_bind_int(rows, "id", job->row_id);
    }
    xh_rel_bind_text(rows, "name", state->name);
    xh_rel_bind_int(rows, "cursor", state->change_cursor);
    xh_rel_bind_int(rows, "start", state->last_start_us);
    xh_rel_bind_int(rows, "end", state->last_end_us);
    xh_rel_bind_int(rows, "runs", state->runs);
    xh_rel_bind_int(rows, "failures", state->failures);
    xh_rel_bind_text(rows, "error", xh_str_from(state->last_error));
    code = xh_rel_next(rows, err);
    xh_rel_done(rows);
    return code;
}

static int64_t row_id_read(struct xh_engine *engine, struct xh_str name)
{
    struct xh_rel_conn *conn;
    struct xh_rel_rows *rows;
    int64_t id = 0;
    if (xh_rel_read_begin(engine->rel, &conn, NULL) < 0) {
        return 0;
    }
    if (xh_rel_prepare(conn, "SELECT \"id\" FROM \"xh_job\" WHERE \"name\" = :name", &rows, NULL) >=
        0) {
        xh_rel_bind_text(rows, "name", name);
        id = xh_rel_next(rows, NULL) == 1 ? xh_rel_int(rows, 0) : 0;
        xh_rel_done(rows);
    }
    xh_rel_read_end(engine->rel, conn);
    return id;
}

/* A state that cannot be kept is a failure: the run will be repeated after the next start, and is
 * counted as one that has to be tried again. */
static int save(struct xh_engine *engine, struct xh__job *copy, struct xh_err *err)
{
    copy->row_id = copy->row_id != 0 ? copy->row_id : row_id_read(engine, copy->state.name);
    int code = xh_rel_write(engine->rel, save_write, copy, err);
    if (code >= 0 && copy->row_id == 0) {
        copy->row_id = row_id_read(engine, copy->state.name);
    }
    return code < 0 ? code : XH_E_OK;
}

/* ---- the run ---- */

static int64_t back_off_us(int64_t failures_in_row)
{
    int64_t wait_s = XH__JOB_RETRY_FIRST_S;
    for (int64_t i = 1; i < failures_in_row && wait_s < XH__JOB_RETRY_MAX_S; i++) {
        wait_s *= 2;
    }
    return (wait_s < XH__JOB_RETRY_MAX_S ? wait_s : XH__JOB_RETRY_MAX_S) * XH_US_PER_S;
}

static int run(struct xh_ctx *ctx, const struct xh__job *job, int64_t cursor, int64_t *ret_cursor,
               struct xh_err *err)
{
    struct given given = {NULL, 0};
    int code = changes_read(ctx, job, cursor, &given, err);
    if (code < 0) {
        return code;
    }
    struct xh_in in = {.changes = given.changes, .change_count = given.count};
    struct xh_out out = {.doc = NULL};
    code = job->state.job->run(ctx, &in, &out, err);
    if (code >= 0 && given.count > 0) {
        *ret_cursor = given.changes[given.count - 1].id;
    }
    return code;
}

/* What the run leaves behind, in a copy of the job's state. */
static void note_end(struct xh_engine *engine, struct xh__job *copy, int code, int64_t cursor,
                     const struct xh_err *err)
{
    struct xh_job_state *state = &copy->state;
    state->last_end_us = xh_env_now_us(engine->env);
    state->runs++;
    state->change_cursor = cursor;
    state->last_error[0] = '\0';
    if (code < 0) {
        state->failures++;
        (void)snprintf(state->last_error, sizeof state->last_error, "%s",
                       err->code != 0 ? err->text : xh_err_text(code));
        xh_log(engine->log, XH_LOG_DEBUG, "jobs", "job failed name=%.*s error=\"%s\"",
               XH_STR_ARG(state->name), state->last_error);
    }
}

static void let_go(struct xh_engine *engine, struct xh__job *job, const struct xh__job *copy,
                   int code)
{
    struct xh__jobs *jobs = engine->jobs;
    (void)pthread_mutex_lock(&jobs->lock);
    int64_t done = job->state.done, total = job->state.total;
    job->state = copy->state;
    job->state.done = done;
    job->state.total = total;
    job->state.is_running = false;
    job->row_id = copy->row_id;
    job->arena = NULL;
    job->failures_in_row = code < 0 ? job->failures_in_row + 1 : 0;
    job->retry_us = code < 0 ? xh_env_now_us(engine->env) + back_off_us(job->failures_in_row) : 0;
    job->may_be_woken = job->type != NULL; /* more may have come, or be left */
    (void)pthread_cond_broadcast(&jobs->has_news);
    (void)pthread_mutex_unlock(&jobs->lock);
}

int xh__job_run_taken(struct xh_engine *engine, struct xh__job *job, struct xh_err *err)
{
    struct xh__jobs *jobs = engine->jobs;
    struct xh_arena *arena = xh_arena_create("job");
    struct xh_err own = {0};
    struct xh_ctx ctx;
    xh_engine_ctx(engine, &xh_who_engine, arena, &ctx);
    (void)pthread_mutex_lock(&jobs->lock);
    job->arena = arena;
    job->state.done = job->state.total = 0;
    job->state.last_start_us = ctx.now_us;
    struct xh__job copy = *job;
    (void)pthread_mutex_unlock(&jobs->lock);

    int64_t before = copy.state.change_cursor, cursor = before;
    int code = run(&ctx, &copy, before, &cursor, &own);
    note_end(engine, &copy, code, cursor, &own);
    int saved = save(engine, &copy, code < 0 ? NULL : &own);
    if (saved < 0 && code >= 0) {
        code = saved;
        copy.state.change_cursor = before;
    }
    let_go(engine, job, &copy, code);
    xh_arena_destroy(arena);
    if (code < 0 && err != NULL) {
        *err = own;
    }
    return code < 0 ? code : XH_E_OK;
}
