/* use_warm.c: computes the days of history that came in, before somebody asks for them.
 *
 * A file of a year of readings touches hundreds of days of hundreds of series. Asked for afterwards
 * they would all be computed at once, while somebody waits; here a thread of its own does it when
 * the series has been quiet for a second. Closing the folder finishes what is left, within limits:
 * what is not done then is computed when it is asked for.
 */
#include <stdlib.h>
#include <time.h>

#include "service/use_internal.h"

enum {
    TICK_MS = 250,
    QUIET_TICKS = 4,
    CLOSE_US_MAX = 30000000 /* that closing may take */
};

struct xh__warm {
    struct xh_engine *engine;
    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    bool is_stopping;
};

/* ---- one series ---- */

static int compute_days(struct xh_engine *engine, struct xh_arena *arena,
                        const struct xh_series *series, int32_t day_from, int32_t day_to)
{
    struct xh__use_days days;
    struct xh_rel_conn *conn;
    struct xh_amount *amounts = XH_NEW_ARRAY(arena, struct xh_amount, (size_t)(day_to - day_from));
    xh__use_days_make(arena, series->zone, day_from, day_to, &days);
    int code = xh_rel_read_begin(engine->derived, &conn, NULL);
    if (code >= 0) {
        code = xh__use_days_get(engine, conn, series, &days, 0, amounts, NULL, NULL);
        xh_rel_read_end(engine->derived, conn);
    }
    return code;
}

/* A failure is no harm: the days are computed when they are asked for. */
static void compute(struct xh_engine *engine, const struct xh__use_history *history)
{
    struct xh_arena *arena = xh_arena_create("request");
    const struct xh_series *series;
    struct xh_ctx ctx;
    xh_engine_ctx(engine, &xh_who_engine, arena, &ctx);
    if (xh_series_get_id(&ctx, history->series_id, &series, NULL) >= 0) {
        if (xh__use_check(series, NULL) >= 0) {
            /* A reading reaches a day to the front and one to the back, further where it was long
             * silent: those days wait for somebody to ask. */
            (void)compute_days(engine, arena, series,
                               xh_zone_day(series->zone, history->from_us) - 1,
                               xh_zone_day(series->zone, history->to_us) + 2);
        }
        xh_series_put(series);
    }
    xh_arena_destroy(arena);
}

/* ---- the thread ---- */

/* A tick while there is history, else until there is. True when it is time to stop. */
static bool wait_tick(struct xh__warm *warm)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += TICK_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    (void)pthread_mutex_lock(&warm->lock);
    if (!warm->is_stopping && !xh__use_has_history(warm->engine)) {
        (void)pthread_cond_wait(&warm->changed, &warm->lock);
    } else if (!warm->is_stopping) {
        (void)pthread_cond_timedwait(&warm->changed, &warm->lock, &until);
    }
    bool is_stopping = warm->is_stopping;
    (void)pthread_mutex_unlock(&warm->lock);
    return is_stopping;
}

static void *warm_main(void *arg)
{
    struct xh__warm *warm = arg;
    struct xh_engine *engine = warm->engine;
    struct xh__use_history history;
    bool is_stopping = false;
    while (!is_stopping) {
        is_stopping = wait_tick(warm);
        xh__use_history_tick(engine);
        while (!is_stopping && xh__use_history_take(engine, QUIET_TICKS, &history)) {
            compute(engine, &history);
            (void)pthread_mutex_lock(&warm->lock);
            is_stopping = warm->is_stopping;
            (void)pthread_mutex_unlock(&warm->lock);
        }
    }
    int64_t end_us = xh_env_monotonic_us(engine->env) + CLOSE_US_MAX;
    while (xh_env_monotonic_us(engine->env) < end_us && xh__use_history_take(engine, 0, &history)) {
        compute(engine, &history);
    }
    return NULL;
}

/* ---- life ---- */

int xh__warm_start(struct xh_engine *engine, struct xh__warm **ret, struct xh_err *err)
{
    struct xh__warm *warm = xh_alloc(sizeof *warm);
    pthread_condattr_t steady;
    warm->engine = engine;
    (void)pthread_condattr_init(&steady);
    (void)pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&warm->changed, &steady);
    (void)pthread_condattr_destroy(&steady);
    (void)pthread_mutex_init(&warm->lock, NULL);
    int code = pthread_create(&warm->thread, NULL, warm_main, warm);
    if (code != 0) {
        (void)pthread_cond_destroy(&warm->changed);
        (void)pthread_mutex_destroy(&warm->lock);
        free(warm);
        return xh_err_errno(err, code, "start", "the thread for days of consumption");
    }
    *ret = warm;
    return XH_E_OK;
}

void xh__warm_wake(struct xh__warm *warm)
{
    if (warm != NULL) {
        (void)pthread_mutex_lock(&warm->lock);
        (void)pthread_cond_signal(&warm->changed);
        (void)pthread_mutex_unlock(&warm->lock);
    }
}

void xh__warm_stop(struct xh__warm *warm)
{
    if (warm == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&warm->lock);
    warm->is_stopping = true;
    (void)pthread_cond_signal(&warm->changed);
    (void)pthread_mutex_unlock(&warm->lock);
    (void)pthread_join(warm->thread, NULL);
    (void)pthread_cond_destroy(&warm->changed);
    (void)pthread_mutex_destroy(&warm->lock);
    free(warm);
}
