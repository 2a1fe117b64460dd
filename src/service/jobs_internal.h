/* jobs_internal.h: what jobs.c, jobs_run.c and jobs_pool.c share.
 *
 * Invariants
 *   - A job runs at most once at a time: who takes it sets is_running under the lock.
 *   - Its cursor moves only after a run that went well, and only over changes that this run was
 *     given: what fails is given again, so a job sees every change at least once.
 *   - All fields of a job but `job`, `name` and `type` are read and written under the lock.
 */
#ifndef XH_SERVICE_JOBS_INTERNAL_H
#define XH_SERVICE_JOBS_INTERNAL_H

#include "service/engine_internal.h"
#include "service/jobs.h"

enum {
    XH__JOB_CHANGES_MAX = 500,    /* given to one run; what is left is given to the next */
    XH__JOB_RETRY_FIRST_S = 5,    /* after the first failure; doubled by each further one */
    XH__JOB_RETRY_MAX_S = 3600,
    XH__JOB_THREADS = 2,
    XH__JOB_LOOK_MS = 1000        /* how late a job by the clock may start */
};

struct xh__job {
    struct xh_job_state state;
    const char *type;             /* "core.duty"; NULL: not woken by changes */
    int64_t row_id;               /* in xh_job; 0: not there yet */
    int64_t retry_us;             /* not before this instant; 0: at once */
    int64_t failures_in_row;
    bool may_be_woken;            /* changes were made since it was looked at */
    const struct xh_arena *arena; /* of the run under way: how its progress finds it */
};

struct xh__jobs {
    pthread_mutex_t lock;
    pthread_cond_t has_news;      /* work, an end, or a stop */
    struct xh__job *jobs;
    size_t count;
    pthread_t threads[XH__JOB_THREADS];
    size_t thread_count;
    bool is_stopping;
};

int xh__jobs_create(struct xh_engine *engine, struct xh_err *err);
void xh__jobs_destroy(struct xh_engine *engine);
void xh__jobs_progress(struct xh_ctx *ctx, int64_t done, int64_t total, const char *text);
/* A long run asks now and then, and breaks off. */
bool xh__jobs_are_stopping(struct xh_engine *engine);

/* jobs_run.c; without the lock, by the one who set is_running. Runs the job, keeps its state on
 * disk, and lets it go. */
int xh__job_run_taken(struct xh_engine *engine, struct xh__job *job, struct xh_err *err);
/* The id of the newest change of a job's type; 0: none. */
int xh__job_newest_change(struct xh_engine *engine, const struct xh__job *job, int64_t *ret,
                          struct xh_err *err);

#endif
