/* rel_writer.c: the one thread that writes.
 *
 * It takes what waits, runs each closure in a savepoint, commits them together and tells each how
 * it went. Invariants:
 *   - nobody is told of success before the commit that holds the write is on disk;
 *   - callbacks are called in the order of submission, with no lock held;
 *   - when a group is lost (its commit failed, or SQLite rolled it back by itself, as it does on a
 *     full disk), each of its closures is run again alone, so that one cannot hurt the others.
 *
 * Checkpoints are made here too, after the callbacks, so that nobody waits for them.
 */
#include "store/rel/rel_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- one closure ---- */

static void fail(struct xh__rel_job *job, int status, const struct xh_err *err)
{
    job->status = status;
    job->err = *err;
}

/* A lost transaction is the caller's affair; the job has its status either way. */
static int run_in_savepoint(struct xh_rel_conn *conn, struct xh__rel_job *job, struct xh_err *err)
{
    int rc = xh_rel_exec(conn, "SAVEPOINT xh_write", err);
    if (rc < 0) {
        return rc;
    }
    xh_err_clear(&job->err);
    job->status = job->write(conn, job->arg, &job->err);
    xh__rel_conn_tidy(conn);
    if (job->status < 0 && job->err.code == 0) {
        xh_err_set(&job->err, job->status, "%s", xh_err_text(job->status));
    }
    if (sqlite3_get_autocommit(conn->db)) {
        if (job->status < 0) {
            *err = job->err;
            return job->status;
        }
        return xh_err_set(err, XH_E_IO, "the transaction was rolled back by an earlier failure");
    }
    if (job->status < 0) {
        rc = xh_rel_exec(conn, "ROLLBACK TO xh_write", err);
    }
    return rc < 0 ? rc : xh_rel_exec(conn, "RELEASE xh_write", err);
}

/* ---- a group ---- */

static void roll_back(struct xh_rel_conn *conn)
{
    xh__rel_conn_tidy(conn);
    conn->is_writing = false;
    if (!sqlite3_get_autocommit(conn->db)) {
        (void)xh_rel_exec(conn, "ROLLBACK", NULL); /* ends the transaction even when it fails */
    }
}

/* Runs the jobs from `first` on, at most to `limit`, and commits them. *ret_end is the first that
 * was left for the next group. 1: committed; 0: not one succeeded, so nothing was. */
static int run_group(struct xh_rel *rel, struct xh__rel_job *first, struct xh__rel_job *limit,
                     struct xh__rel_job **ret_end, struct xh_err *err)
{
    struct xh_rel_conn *conn = rel->writer;
    int64_t until_us = xh_env_monotonic_us(rel->env) + XH__REL_GROUP_US_MAX;
    struct xh__rel_job *job = first;
    bool has_success = false;
    int rc = xh_rel_exec(conn, "BEGIN IMMEDIATE", err);
    conn->is_writing = rc >= 0;
    while (rc >= 0 && job != limit) {
        rc = run_in_savepoint(conn, job, err);
        has_success = has_success || job->status >= 0;
        job = job->next;
        if (xh_env_monotonic_us(rel->env) > until_us) {
            break;
        }
    }
    *ret_end = job == first ? limit : job;
    rel->has_written = false;
    if (rc >= 0 && has_success) {
        conn->is_writing = false;
        rc = xh_rel_exec(conn, "COMMIT", err);
    }
    if (rc < 0 || !has_success) {
        roll_back(conn); /* pages that were undone would be written and synced by a commit */
    }
    return rc < 0 ? rc : has_success;
}

static void tell(struct xh_rel *rel, struct xh__rel_job *first, struct xh__rel_job *end,
                 bool has_commit)
{
    pthread_mutex_lock(&rel->lock);
    rel->commits += has_commit ? 1 : 0;
    for (struct xh__rel_job *job = first; job != end; job = job->next) {
        rel->writes++;
        rel->failures += job->status < 0 ? 1 : 0;
    }
    void (*listener)(void *) = rel->has_written ? rel->listener : NULL;
    void *listener_arg = rel->listener_arg;
    pthread_mutex_unlock(&rel->lock);
    if (listener) {
        listener(listener_arg); /* first: whoever is told then finds no cache that is behind */
    }
    while (first != end) {
        struct xh__rel_job *next = first->next;
        if (first->done) {
            first->done(first->arg, first->status, first->status < 0 ? &first->err : NULL);
        }
        free(first);
        first = next;
    }
}

static void run_alone(struct xh_rel *rel, struct xh__rel_job *first, struct xh__rel_job *end)
{
    while (first != end) {
        struct xh__rel_job *next = first->next;
        struct xh__rel_job *unused;
        struct xh_err err = {0};
        int rc = run_group(rel, first, next, &unused, &err);
        if (rc < 0) {
            fail(first, rc, &err);
        }
        tell(rel, first, next, rc > 0);
        first = next;
    }
}

static void run_all(struct xh_rel *rel, struct xh__rel_job *first)
{
    while (first) {
        struct xh__rel_job *end;
        struct xh_err err = {0};
        int rc = run_group(rel, first, NULL, &end, &err);
        if (rc >= 0) {
            tell(rel, first, end, rc > 0);
        } else if (first->next == end) {
            fail(first, rc, &err);
            tell(rel, first, end, false);
        } else {
            run_alone(rel, first, end);
        }
        first = end;
    }
}

/* ---- checkpoints ---- */

static int on_wal(void *arg, sqlite3 *db, const char *name, int frames)
{
    struct xh_rel *rel = arg;
    (void)db;
    (void)name;
    rel->wal_frames = frames;
    rel->has_written = true;
    return SQLITE_OK;
}

/* A failure leaves the pages in the WAL, where they are safe; the next commit tries again. Readers
 * that overlap without end would let the WAL grow without end, so now and then a large one is
 * started anew after waiting for them a moment. */
static void checkpoint(struct xh_rel *rel)
{
    sqlite3 *db = rel->writer->db;
    if (rel->wal_frames < XH__REL_CHECKPOINT_FRAMES) {
        rel->restart_frames = XH__REL_RESTART_FRAMES;
        return;
    }
    int mode = SQLITE_CHECKPOINT_PASSIVE;
    if (rel->wal_frames >= rel->restart_frames) {
        mode = SQLITE_CHECKPOINT_RESTART;
        rel->restart_frames = rel->wal_frames + XH__REL_RESTART_FRAMES / 4;
        sqlite3_busy_timeout(db, 200);
    }
    (void)sqlite3_wal_checkpoint_v2(db, NULL, mode, NULL, NULL);
    sqlite3_busy_timeout(db, XH__REL_BUSY_MS);
}

/* ---- the thread ---- */

static struct xh__rel_job *take_all(struct xh_rel *rel)
{
    pthread_mutex_lock(&rel->lock);
    while (!rel->first && !rel->is_stopping) {
        pthread_cond_wait(&rel->has_work, &rel->lock);
    }
    struct xh__rel_job *first = rel->first;
    rel->first = rel->last = NULL;
    rel->queue_count = 0;
    pthread_cond_broadcast(&rel->has_room);
    pthread_mutex_unlock(&rel->lock);
    return first;
}

static void *writer_main(void *arg)
{
    struct xh_rel *rel = arg;
    struct xh__rel_job *first;
    while ((first = take_all(rel))) {
        run_all(rel, first);
        checkpoint(rel);
    }
    return NULL;
}

int xh__rel_writer_start(struct xh_rel *rel, struct xh_err *err)
{
    rel->restart_frames = XH__REL_RESTART_FRAMES;
    sqlite3_wal_hook(rel->writer->db, on_wal, rel);
    int rc = pthread_create(&rel->thread, NULL, writer_main, rel);
    if (rc != 0) {
        return xh_err_set(err, XH_E_INTERNAL, "starting the records writer failed: %s",
                          strerror(rc));
    }
    rel->has_thread = true;
    return 0;
}

void xh__rel_writer_stop(struct xh_rel *rel)
{
    if (!rel->has_thread) {
        return;
    }
    pthread_mutex_lock(&rel->lock);
    rel->is_stopping = true;
    pthread_cond_broadcast(&rel->has_work);
    pthread_mutex_unlock(&rel->lock);
    pthread_join(rel->thread, NULL);
    rel->has_thread = false;
}

/* ---- callers ---- */

static int enqueue(struct xh_rel *rel, struct xh__rel_job *job, bool is_waiting, struct xh_err *err)
{
    pthread_mutex_lock(&rel->lock);
    while (is_waiting && rel->queue_count >= XH__REL_QUEUE_MAX) {
        pthread_cond_wait(&rel->has_room, &rel->lock);
    }
    if (rel->queue_count >= XH__REL_QUEUE_MAX) {
        pthread_mutex_unlock(&rel->lock);
        return xh_err_set(err, XH_E_BUSY, "%d writes of records wait already", XH__REL_QUEUE_MAX);
    }
    *(rel->last ? &rel->last->next : &rel->first) = job;
    rel->last = job;
    rel->queue_count++;
    pthread_cond_signal(&rel->has_work);
    pthread_mutex_unlock(&rel->lock);
    return 0;
}

int xh_rel_submit(struct xh_rel *rel, xh_rel_write_fn *write, xh_rel_done_fn *done, void *arg,
                  struct xh_err *err)
{
    struct xh__rel_job *job = xh_alloc(sizeof(*job));
    job->write = write;
    job->done = done;
    job->arg = arg;
    int rc = enqueue(rel, job, false, err);
    if (rc < 0) {
        free(job);
    }
    return rc;
}

/* Somebody who blocks until his write is done. */
struct waiter {
    xh_rel_write_fn *write;
    void *arg;
    pthread_mutex_t lock;
    pthread_cond_t is_over;
    bool is_done;
    int status;
    struct xh_err err;
};

static int waiter_write(struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    struct waiter *w = arg;
    return w->write(conn, w->arg, err);
}

static void waiter_done(void *arg, int status, const struct xh_err *err)
{
    struct waiter *w = arg;
    pthread_mutex_lock(&w->lock);
    w->status = status;
    if (err) {
        w->err = *err;
    }
    w->is_done = true;
    pthread_cond_signal(&w->is_over);
    pthread_mutex_unlock(&w->lock);
}

int xh_rel_write(struct xh_rel *rel, xh_rel_write_fn *write, void *arg, struct xh_err *err)
{
    /* The writer would wait for itself. */
    xh_assert(!pthread_equal(pthread_self(), rel->thread));
    struct waiter w = {.write = write, .arg = arg};
    pthread_mutex_init(&w.lock, NULL);
    pthread_cond_init(&w.is_over, NULL);
    struct xh__rel_job *job = xh_alloc(sizeof(*job));
    job->write = waiter_write;
    job->done = waiter_done;
    job->arg = &w;
    (void)enqueue(rel, job, true, NULL);
    pthread_mutex_lock(&w.lock);
    while (!w.is_done) {
        pthread_cond_wait(&w.is_over, &w.lock);
    }
    pthread_mutex_unlock(&w.lock);
    pthread_cond_destroy(&w.is_over);
    pthread_mutex_destroy(&w.lock);
    if (w.status < 0 && err) {
        *err = w.err;
    }
    return w.status;
}

void xh_rel_on_commit(struct xh_rel *rel, void (*listener)(void *arg), void *arg)
{
    pthread_mutex_lock(&rel->lock);
    rel->listener = listener;
    rel->listener_arg = arg;
    pthread_mutex_unlock(&rel->lock);
}
