/* jobs.h: runs the rooms' jobs: by the clock, and when the change they wait for was made. Each job
 * has a cursor into the change table that moves only after a run that went well: at least once. One
 * pool of threads; a job never runs twice at the same time. Results and progress are kept for
 * /metrics, `xanh job` and pages. */
#ifndef XH_SERVICE_JOBS_H
#define XH_SERVICE_JOBS_H

#include "service/engine.h"

int xh_jobs_start(struct xh_engine *engine, struct xh_err *err);
void xh_jobs_stop(struct xh_engine *engine);
/* Runs one job now and waits; for commands and tests. */
int xh_job_run(struct xh_engine *engine, const char *name, struct xh_err *err);
/* Runs all that are due or woken, until none is: tests replay a year in seconds with it. */
int xh_jobs_run_due(struct xh_engine *engine, struct xh_err *err);
struct xh_job_state {
    const struct xh_job *job;
    struct xh_str name;       /* full */
    int64_t last_start_us, last_end_us, next_us, runs, failures, change_cursor;
    int64_t done, total;      /* progress of a run under way */
    bool is_running;
    char last_error[256];
};
int xh_jobs_each(struct xh_engine *engine,
                 int (*each)(void *arg, const struct xh_job_state *state), void *arg);

#endif
