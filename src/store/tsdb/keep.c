/* keep.c: what the store does by itself: two threads, and the same on demand.
 *
 * The flusher sleeps until a memory is frozen. The merger looks every few seconds, and when woken:
 * merges that are due are made, erasures whose time has come are purged. A flush that fails
 * poisons; a merge that fails is tried again at the next look, and its error told by the next
 * xh_tsdb_tend.
 */
#include "store/tsdb/keep_internal.h"

#include "base/arena.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

enum { LOOK_EVERY_S = 5 };

/* ---- shared ---- */

uint64_t xh__file_number(struct xh_tsdb *db)
{
    (void)pthread_mutex_lock(&db->edit_lock);
    uint64_t number = db->file_next++;
    (void)pthread_mutex_unlock(&db->edit_lock);
    return number;
}

bool xh__keeper_is_stopping(struct xh_tsdb *db)
{
    (void)pthread_mutex_lock(&db->keeper->lock);
    bool is_stopping = db->keeper->is_stopping;
    (void)pthread_mutex_unlock(&db->keeper->lock);
    return is_stopping;
}

static int flush_frozen(struct xh_tsdb *db, struct xh_err *err)
{
    int rc = 0;
    bool is_done = false;
    while (!is_done && (rc = xh__flush_oldest(db, err)) > 0) {
        struct xh__snapshot snapshot;
        xh__snapshot_take(db, &snapshot);
        is_done = snapshot.view->mem_count == 1;
        xh__snapshot_release(&snapshot);
    }
    return is_done ? 0 : rc;
}

/* What is frozen already goes first: its room may be needed. */
int xh__flush_all(struct xh_tsdb *db, struct xh_err *err)
{
    int rc = flush_frozen(db, err);
    rc = rc < 0 ? rc : xh__committer_freeze(db, err);
    return rc < 0 ? rc : flush_frozen(db, err);
}

/* ---- flusher ---- */

static void *flusher_main(void *arg)
{
    struct xh_tsdb *db = arg;
    struct xh__keeper *keeper = db->keeper;
    (void)pthread_mutex_lock(&keeper->lock);
    while (!keeper->is_stopping) {
        if (!keeper->has_flush_work) {
            (void)pthread_cond_wait(&keeper->flush_work, &keeper->lock);
            continue;
        }
        keeper->has_flush_work = false;
        (void)pthread_mutex_unlock(&keeper->lock);
        struct xh_err err = {0};
        int rc;
        while ((rc = xh__flush_oldest(db, &err)) > 0 && !xh__keeper_is_stopping(db)) {
        }
        if (rc < 0 && !atomic_load(&db->is_poisoned)) {
            (void)xh__tsdb_poison(db, &err);
        }
        (void)pthread_mutex_lock(&keeper->lock);
        (void)pthread_cond_signal(&keeper->merge_work);
    }
    (void)pthread_mutex_unlock(&keeper->lock);
    return NULL;
}

/* ---- merger ---- */

static bool is_purge_due(struct xh_tsdb *db)
{
    struct xh_arena *arena = xh_arena_create("open erasures");
    struct xh__manifest_erasure *erasures;
    size_t count;
    bool is_due = false;
    int64_t now_us = xh_env_now_us(db->env);
    xh__amend_open_erasures(db->amend, arena, &erasures, &count);
    for (size_t i = 0; i < count; i++) {
        is_due = is_due || now_us - erasures[i].at_us >= db->options.erase_within_us;
    }
    xh_arena_destroy(arena);
    return is_due;
}

/* All that is due now. XH_E_CANCELLED when the store is being closed is no failure. */
static int look(struct xh_tsdb *db, struct xh_err *err)
{
    int rc = 0;
    while (rc >= 0 && (rc = xh__merge_step(db, false, err)) > 0 && !xh__keeper_is_stopping(db)) {
    }
    if (rc >= 0 && is_purge_due(db)) {
        rc = xh__purge(db, err);
    }
    return rc < 0 ? rc : xh__state_checkpoint(db, false, err);
}

static void wait_for_work(struct xh__keeper *keeper)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += LOOK_EVERY_S;
    if (!keeper->is_stopping) {
        (void)pthread_cond_timedwait(&keeper->merge_work, &keeper->lock, &until);
    }
}

static void *merger_main(void *arg)
{
    struct xh_tsdb *db = arg;
    struct xh__keeper *keeper = db->keeper;
    (void)pthread_mutex_lock(&keeper->lock);
    while (!keeper->is_stopping) {
        wait_for_work(keeper);
        if (keeper->is_stopping || atomic_load(&db->is_poisoned)) {
            continue;
        }
        struct xh_err err = {0};
        (void)pthread_mutex_unlock(&keeper->lock);
        int rc = look(db, &err);
        (void)pthread_mutex_lock(&keeper->lock);
        if (rc < 0 && rc != XH_E_CANCELLED) {
            keeper->merge_failure = err;
        }
    }
    (void)pthread_mutex_unlock(&keeper->lock);
    return NULL;
}

/* ---- life ---- */

static int start_threads(struct xh_tsdb *db, struct xh__keeper *keeper, struct xh_err *err)
{
    int errno_value = pthread_create(&keeper->flusher, NULL, flusher_main, db);
    if (errno_value == 0) {
        errno_value = pthread_create(&keeper->merger, NULL, merger_main, db);
        if (errno_value != 0) {
            (void)pthread_mutex_lock(&keeper->lock);
            keeper->is_stopping = true;
            (void)pthread_cond_signal(&keeper->flush_work);
            (void)pthread_mutex_unlock(&keeper->lock);
            (void)pthread_join(keeper->flusher, NULL);
        }
    }
    if (errno_value != 0) {
        return xh_err_errno(err, errno_value, "start a thread of the readings store in", db->dir);
    }
    keeper->has_threads = true;
    return 0;
}

static void keeper_free(struct xh__keeper *keeper)
{
    (void)pthread_mutex_destroy(&keeper->flush_lock);
    (void)pthread_mutex_destroy(&keeper->merge_lock);
    (void)pthread_mutex_destroy(&keeper->lock);
    (void)pthread_cond_destroy(&keeper->flush_work);
    (void)pthread_cond_destroy(&keeper->merge_work);
    free(keeper);
}

int xh__keeper_start(struct xh_tsdb *db, struct xh__keeper **ret, struct xh_err *err)
{
    struct xh__keeper *keeper = xh_alloc(sizeof(*keeper));
    pthread_condattr_t monotonic;
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&keeper->flush_lock, NULL);
    (void)pthread_mutex_init(&keeper->merge_lock, NULL);
    (void)pthread_mutex_init(&keeper->lock, NULL);
    (void)pthread_cond_init(&keeper->flush_work, NULL);
    (void)pthread_cond_init(&keeper->merge_work, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    keeper->last_flush_us = xh_env_monotonic_us(db->env);
    db->keeper = keeper; /* the threads find it there */
    *ret = keeper;
    int rc = db->options.has_no_threads ? 0 : start_threads(db, keeper, err);
    if (rc < 0) {
        db->keeper = NULL;
        *ret = NULL;
        keeper_free(keeper);
    }
    return rc;
}

void xh__keeper_stop(struct xh_tsdb *db)
{
    struct xh__keeper *keeper = db->keeper;
    if (keeper == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&keeper->lock);
    keeper->is_stopping = true;
    (void)pthread_cond_signal(&keeper->flush_work);
    (void)pthread_cond_signal(&keeper->merge_work);
    (void)pthread_mutex_unlock(&keeper->lock);
    if (keeper->has_threads) {
        (void)pthread_join(keeper->flusher, NULL);
        (void)pthread_join(keeper->merger, NULL);
    }
    keeper_free(keeper);
    db->keeper = NULL;
}

void xh__keeper_wake(struct xh_tsdb *db)
{
    struct xh__keeper *keeper = db->keeper;
    (void)pthread_mutex_lock(&keeper->lock);
    keeper->has_flush_work = true;
    (void)pthread_cond_signal(&keeper->flush_work);
    (void)pthread_mutex_unlock(&keeper->lock);
}

/* ---- on demand ---- */

static int told_failure(struct xh_tsdb *db, struct xh_err *err)
{
    struct xh__keeper *keeper = db->keeper;
    (void)pthread_mutex_lock(&keeper->lock);
    struct xh_err failure = keeper->merge_failure;
    keeper->merge_failure = (struct xh_err){0};
    (void)pthread_mutex_unlock(&keeper->lock);
    if (failure.code < 0 && err != NULL) {
        *err = failure;
    }
    return failure.code;
}

static int merge_while_due(struct xh_tsdb *db, bool is_all, struct xh_err *err)
{
    int rc;
    while ((rc = xh__merge_step(db, is_all, err)) > 0) {
    }
    return rc;
}

int xh_tsdb_tend(struct xh_tsdb *db, unsigned tending, struct xh_err *err)
{
    struct xh_err own = {0};
    err = err != NULL ? err : &own;
    int rc = xh__tsdb_check_poison(db, err);
    if (rc == 0 && (tending & (XH_TSDB_FLUSH | XH_TSDB_MERGE_ALL)) != 0) {
        rc = xh__flush_all(db, err);
    }
    if (rc == 0 && (tending & XH_TSDB_MERGE) != 0) {
        rc = merge_while_due(db, false, err);
    }
    if (rc == 0 && (tending & XH_TSDB_MERGE_ALL) != 0) {
        rc = merge_while_due(db, true, err);
    }
    if (rc == 0 && (tending & XH_TSDB_PURGE) != 0) {
        rc = xh__purge(db, err);
    }
    rc = rc < 0 ? rc : xh__state_checkpoint(db, false, err);
    return rc < 0 ? rc : told_failure(db, err);
}
