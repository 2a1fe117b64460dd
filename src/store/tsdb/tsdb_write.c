/* Writing: the queue, the committer's thread, and the calls that feed it.
 *
 *     append, submit, declare, retract, erase
 *        |  checked, queued as a job (queue full: submit says busy, the others wait)
 *        v
 *     committer: takes what is queued, up to a limit -> BEGIN, job, job, ..., COMMIT (on disk)
 *        |                                                         \ failed: poisoned
 *        v
 *     each job is answered, in order -> the log is moved into the file when it has grown
 *
 * All fields of struct tsdb_committer below `mutex` are guarded by it, the others belong to the
 * thread.
 */
#include "base/arena.h"
#include "store/tsdb/tsdb_internal.h"

#include <math.h>
#include <stdlib.h>

enum {
    QUEUE_ROWS_MAX = 2 << 20,
    QUEUE_JOBS_MAX = 1 << 16,
    GROUP_ROWS_MAX = 1 << 18, /* a commit takes no more, unless one batch alone has */
    WAL_PAGES_MAX = 8192,     /* 32 MiB: then it is moved into the file */
    TRUNCATE_WAIT_MS = 2000   /* for readers, after an erasure */
};

struct tsdb_committer {
    struct tsdb_conn *conn;
    struct tsdb_applier *applier;
    int wal_pages, wal_pages_limit;
    bool must_truncate; /* the log still holds what was erased */
    bool was_busy;      /* readers outlasted the wait: do not wait for them again */
    pthread_t thread;

    pthread_mutex_t mutex;
    pthread_cond_t has_job, has_room, has_finished;
    struct tsdb_job *first, *last;
    size_t job_count, row_count;  /* queued */
    uint64_t appended, commits;
    bool is_stopping, is_poisoned;
    struct xh_err poison;
};

/* ---- the queue ---- */

static size_t rows_of(const struct tsdb_job *job)
{
    return job->kind == TSDB_JOB_APPEND ? job->batch->row_count : 0;
}

static bool is_room_for(const struct tsdb_committer *c, const struct tsdb_job *job)
{
    return c->job_count == 0 ||
           (c->job_count < QUEUE_JOBS_MAX && c->row_count + rows_of(job) <= QUEUE_ROWS_MAX);
}

static void push(struct tsdb_committer *c, struct tsdb_job *job)
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
    pthread_cond_signal(&c->has_job);
}

/* Takes jobs off the front, at least one, up to GROUP_ROWS_MAX rows. */
static struct tsdb_job *take_group(struct tsdb_committer *c)
{
    struct tsdb_job *group = c->first, *end = group;
    size_t rows = rows_of(group), jobs = 1;
    while (end->next != NULL && rows + rows_of(end->next) <= GROUP_ROWS_MAX) {
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
    pthread_cond_broadcast(&c->has_room);
    return group;
}

/* ---- the committer ---- */

static int refuse_poisoned(const struct tsdb_committer *c, struct xh_err *err)
{
    return xh_err_set(err, c->poison.code == XH_E_NO_SPACE ? XH_E_NO_SPACE : XH_E_IO,
                      "the readings store takes nothing more until it is opened anew,"
                      " which recovers what was acknowledged: %s",
                      c->poison.text);
}

static void poison(struct tsdb_committer *c, const struct xh_err *why)
{
    /* What is in the log stays there for the next start to recover from. */
    sqlite3_db_config(c->conn->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    pthread_mutex_lock(&c->mutex);
    c->is_poisoned = true;
    c->poison = *why;
    pthread_mutex_unlock(&c->mutex);
}

static int apply_group(struct tsdb_committer *c, struct tsdb_job *group, struct xh_err *err)
{
    int rc = xh__tsdb_run(c->conn, TSDB_BEGIN, err);
    for (struct tsdb_job *job = group; job != NULL && rc == 0; job = job->next) {
        rc = xh__tsdb_apply(c->applier, job, err);
    }
    if (rc == 0) {
        rc = xh__tsdb_apply_finish(c->applier, err);
    }
    return rc < 0 ? rc : xh__tsdb_run(c->conn, TSDB_COMMIT, err);
}

static void fail_group(struct tsdb_job *group, int status, const struct xh_err *err)
{
    for (struct tsdb_job *job = group; job != NULL; job = job->next) {
        job->status = status;
        job->err = *err;
    }
}

static void commit_group(struct tsdb_committer *c, struct tsdb_job *group)
{
    struct xh_err err = {0};
    if (c->is_poisoned) { /* only this thread sets it */
        int status = refuse_poisoned(c, &err);
        fail_group(group, status, &err);
        return;
    }
    int rc = apply_group(c, group, &err);
    if (rc < 0) {
        xh__tsdb_run(c->conn, TSDB_ROLLBACK, NULL); /* fails when SQLite already did it */
        poison(c, &err);
        fail_group(group, rc, &err);
        return;
    }
    uint64_t kept = 0;
    for (struct tsdb_job *job = group; job != NULL; job = job->next) {
        kept += job->kept;
        c->must_truncate = c->must_truncate || (job->kind == TSDB_JOB_ERASE && job->count > 0);
    }
    pthread_mutex_lock(&c->mutex);
    c->commits++;
    c->appended += kept;
    pthread_mutex_unlock(&c->mutex);
}

/* Moves the log into the file. One that holds erased readings is cut to nothing, which waits a
 * while for readers; when they last longer it is tried again, without waiting, after each later
 * commit. The limit is set anew for the case that readers keep the log from starting over. */
static void checkpoint(struct tsdb_committer *c)
{
    if (c->is_poisoned || (c->wal_pages < c->wal_pages_limit && !c->must_truncate)) {
        return;
    }
    sqlite3_busy_timeout(c->conn->db, c->was_busy ? 0 : TRUNCATE_WAIT_MS);
    int mode = c->must_truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
    int rc = sqlite3_wal_checkpoint_v2(c->conn->db, NULL, mode, NULL, NULL);
    c->wal_pages_limit = c->wal_pages + WAL_PAGES_MAX;
    c->was_busy = (rc & 0xff) == SQLITE_BUSY;
    if (rc == SQLITE_OK) {
        c->must_truncate = false;
    } else if (!c->was_busy) {
        struct xh_err err = {0};
        xh__tsdb_sql_err(c->conn, rc, "move the log into", &err);
        poison(c, &err);
    }
}

static void answer(struct tsdb_committer *c, struct tsdb_job *group)
{
    while (group != NULL) {
        struct tsdb_job *job = group;
        group = job->next; /* an answered job is its owner's again */
        if (job->done != NULL) {
            job->done(job->done_arg, job->status, job->status < 0 ? &job->err : NULL);
            free(job);
        } else {
            pthread_mutex_lock(&c->mutex);
            job->is_finished = true;
            pthread_cond_broadcast(&c->has_finished);
            pthread_mutex_unlock(&c->mutex);
        }
    }
}

static void *committer_main(void *arg)
{
    struct tsdb_committer *c = arg;
    for (;;) {
        pthread_mutex_lock(&c->mutex);
        while (c->first == NULL && !c->is_stopping) {
            pthread_cond_wait(&c->has_job, &c->mutex);
        }
        struct tsdb_job *group = c->first != NULL ? take_group(c) : NULL;
        pthread_mutex_unlock(&c->mutex);
        if (group == NULL) {
            return NULL;
        }
        commit_group(c, group);
        bool is_erasing = c->must_truncate;
        if (is_erasing) {
            checkpoint(c); /* an erasure is answered when it is gone from the log too */
        }
        answer(c, group);
        if (!is_erasing) {
            checkpoint(c);
        }
    }
}

static int count_wal_pages(void *arg, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    struct tsdb_committer *c = arg;
    if (pages < c->wal_pages) { /* the log has started over */
        c->wal_pages_limit = WAL_PAGES_MAX;
    }
    c->wal_pages = pages;
    return SQLITE_OK;
}

int xh__tsdb_committer_start(struct tsdb_conn *conn, const struct xh_env *env,
                             struct tsdb_committer **ret, struct xh_err *err)
{
    struct tsdb_applier *applier = NULL;
    int rc = xh__tsdb_applier_open(conn, env, &applier, err);
    if (rc < 0) {
        return rc;
    }
    struct tsdb_committer *c = xh_alloc(sizeof(*c));
    c->conn = conn;
    c->applier = applier;
    c->wal_pages_limit = WAL_PAGES_MAX;
    pthread_mutex_init(&c->mutex, NULL);
    pthread_cond_init(&c->has_job, NULL);
    pthread_cond_init(&c->has_room, NULL);
    pthread_cond_init(&c->has_finished, NULL);
    sqlite3_wal_hook(conn->db, count_wal_pages, c);
    rc = pthread_create(&c->thread, NULL, committer_main, c);
    xh_assert(rc == 0);
    *ret = c;
    return 0;
}

void xh__tsdb_committer_stop(struct tsdb_committer *c)
{
    if (c == NULL) {
        return;
    }
    pthread_mutex_lock(&c->mutex);
    c->is_stopping = true;
    pthread_cond_signal(&c->has_job);
    pthread_mutex_unlock(&c->mutex);
    pthread_join(c->thread, NULL);
    xh__tsdb_applier_close(c->applier);
    xh__tsdb_conn_close(c->conn);
    pthread_cond_destroy(&c->has_finished);
    pthread_cond_destroy(&c->has_room);
    pthread_cond_destroy(&c->has_job);
    pthread_mutex_destroy(&c->mutex);
    free(c);
}

void xh__tsdb_committer_stats(struct tsdb_committer *c, struct xh_tsdb_stats *ret)
{
    pthread_mutex_lock(&c->mutex);
    ret->appended = c->appended;
    ret->commits = c->commits;
    ret->queue_rows = c->row_count;
    ret->is_poisoned = c->is_poisoned;
    pthread_mutex_unlock(&c->mutex);
}

/* ---- jobs ---- */

/* Queues the job and waits until it is answered. */
static int run_job(struct xh_tsdb *db, struct tsdb_job *job, struct xh_err *err)
{
    struct tsdb_committer *c = db->committer;
    pthread_mutex_lock(&c->mutex);
    while (!c->is_poisoned && !is_room_for(c, job)) {
        pthread_cond_wait(&c->has_room, &c->mutex);
    }
    if (c->is_poisoned) {
        job->status = refuse_poisoned(c, &job->err);
    } else {
        push(c, job);
        while (!job->is_finished) {
            pthread_cond_wait(&c->has_finished, &c->mutex);
        }
    }
    pthread_mutex_unlock(&c->mutex);
    if (job->status < 0 && err != NULL) {
        *err = job->err;
    }
    return job->status;
}

static int submit_job(struct xh_tsdb *db, struct tsdb_job *job, struct xh_err *err)
{
    struct tsdb_committer *c = db->committer;
    int rc = 0;
    pthread_mutex_lock(&c->mutex);
    if (c->is_poisoned) {
        rc = refuse_poisoned(c, err);
    } else if (!is_room_for(c, job)) {
        rc = xh_err_set(err, XH_E_BUSY, "%zu batches with %zu readings wait to be kept",
                        c->job_count, c->row_count);
    } else {
        push(c, job);
    }
    pthread_mutex_unlock(&c->mutex);
    return rc;
}

/* ---- what is refused before it is queued ---- */

static int check_time(int64_t at_us, const char *field, struct xh_err *err)
{
    if (at_us >= XH_TIME_MIN && at_us <= XH_TIME_MAX) {
        return 0;
    }
    char text[XH_NUM_TEXT_BYTES];
    size_t len = xh_int_print(at_us, text);
    return xh_err_field(err, XH_E_INVALID, field, (struct xh_str){text, len},
                        "the years 0001 to 9999", "us", "'%s' is outside the years 0001 to 9999",
                        field);
}

static int refuse_number(const char *field, int64_t value, const char *limit, struct xh_err *err)
{
    char text[XH_NUM_TEXT_BYTES];
    size_t len = xh_int_print(value, text);
    return xh_err_field(err, XH_E_INVALID, field, (struct xh_str){text, len}, limit, NULL,
                        "a reading's %s is '%s', allowed is %s", field, text, limit);
}

static int check_row(const struct xh_tsdb_row *row, size_t key_count, struct xh_err *err)
{
    if (row->key_index >= key_count) {
        return refuse_number("key_index", row->key_index, "less than the count of keys", err);
    }
    if (!isfinite(row->value)) {
        struct xh_str value = isnan(row->value) ? XH_STR("not a number") : XH_STR("infinite");
        return xh_err_field(err, XH_E_INVALID, "value", value, "finite", NULL,
                            "a reading's value is not finite");
    }
    if (row->decimals < XH_NUM_DECIMALS_SHORTEST || row->decimals > XH_NUM_DECIMALS_MAX) {
        return refuse_number("decimals", row->decimals, "-1 to 17", err);
    }
    return check_time(row->at_us, "at_us", err);
}

static int check_batch(const struct xh_tsdb_batch *batch, struct xh_err *err)
{
    if (batch->row_count > XH_TSDB_BATCH_ROWS_MAX) {
        return xh_err_set(err, XH_E_INVALID, "a batch of %zu readings is too large, %d are allowed",
                          batch->row_count, XH_TSDB_BATCH_ROWS_MAX);
    }
    int rc = check_time(batch->arrival_us, "arrival_us", err);
    for (size_t i = 0; i < batch->row_count && rc == 0; i++) {
        rc = check_row(&batch->rows[i], batch->key_count, err);
        if (rc < 0) {
            xh_err_prefix(err, "rows[%zu].", i);
        }
    }
    return rc;
}

/* ---- public ---- */

int xh_tsdb_declare(struct xh_tsdb *db, const struct xh_series_key *keys, size_t count,
                    enum xh_series_policy policy, struct xh_err *err)
{
    xh_assert(policy == XH_POLICY_REPLACE || policy == XH_POLICY_KEEP_ALL);
    struct tsdb_job job = {
        .kind = TSDB_JOB_DECLARE, .keys = keys, .key_count = count, .policy = policy};
    return run_job(db, &job, err);
}

int xh_tsdb_append(struct xh_tsdb *db, const struct xh_tsdb_batch *batch, struct xh_err *err)
{
    int rc = check_batch(batch, err);
    if (rc < 0) {
        return rc;
    }
    struct tsdb_job job = {.kind = TSDB_JOB_APPEND, .batch = batch};
    return run_job(db, &job, err);
}

int xh_tsdb_submit(struct xh_tsdb *db, const struct xh_tsdb_batch *batch, xh_tsdb_done_fn *done,
                   void *arg, struct xh_err *err)
{
    xh_assert(done != NULL);
    int rc = check_batch(batch, err);
    if (rc < 0) {
        return rc;
    }
    struct tsdb_job *job = xh_alloc(sizeof(*job));
    job->kind = TSDB_JOB_APPEND;
    job->batch = batch;
    job->done = done;
    job->done_arg = arg;
    rc = submit_job(db, job, err);
    if (rc < 0) {
        free(job);
    }
    return rc;
}

static int run_counting_job(struct xh_tsdb *db, struct tsdb_job *job, uint64_t *ret_count,
                            struct xh_err *err)
{
    int rc = run_job(db, job, err);
    if (rc == 0 && ret_count != NULL) {
        *ret_count = job->count;
    }
    return rc;
}

int xh_tsdb_retract(struct xh_tsdb *db, const struct xh_series_key *key, uint64_t seq_from,
                    uint64_t seq_to, int64_t at_us, uint64_t *ret_count, struct xh_err *err)
{
    if (seq_from == 0 || seq_from > seq_to) {
        return xh_err_set(err, XH_E_INVALID,
                          "readings %llu to %llu are no range: numbers start at 1 and ascend",
                          (unsigned long long)seq_from, (unsigned long long)seq_to);
    }
    int rc = check_time(at_us, "at_us", err);
    if (rc < 0) {
        return rc;
    }
    struct tsdb_job job = {.kind = TSDB_JOB_RETRACT,
                           .keys = key,
                           .key_count = 1,
                           .seq_from = seq_from,
                           .seq_to = seq_to,
                           .at_us = at_us};
    return run_counting_job(db, &job, ret_count, err);
}

int xh_tsdb_erase(struct xh_tsdb *db, const struct xh_series_key *key, int64_t from_us,
                  int64_t to_us, uint64_t *ret_count, struct xh_err *err)
{
    if (from_us > to_us) {
        return xh_err_set(err, XH_E_INVALID, "the range to erase ends before it begins");
    }
    struct tsdb_job job = {.kind = TSDB_JOB_ERASE,
                           .keys = key,
                           .key_count = 1,
                           .from_us = from_us,
                           .to_us = to_us};
    return run_counting_job(db, &job, ret_count, err);
}
