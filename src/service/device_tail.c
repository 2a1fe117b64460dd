/* device_tail.c: those who watch a device, and what they are told. A short list under one lock,
 * which is held while they are told: so after unwatch nobody is called any more. */
#include "service/device_tail.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "service/device_internal.h"

struct watcher {
    int64_t device_id;
    xh_device_watch_fn *fn;
    void *arg;
};

struct xh__device_tail {
    pthread_mutex_t lock;
    struct watcher watchers[XH_DEVICE_WATCHERS_MAX];
    size_t count;
    atomic_size_t count_hint; /* read without the lock */
};

bool xh__device_tail_is_idle(struct xh_engine *engine)
{
    return atomic_load_explicit(&engine->device_tail->count_hint, memory_order_relaxed) == 0;
}

bool xh_device_is_watched(struct xh_engine *engine, int64_t device_id)
{
    struct xh__device_tail *tail = engine->device_tail;
    bool is_watched = false;
    if (xh__device_tail_is_idle(engine)) {
        return false;
    }
    (void)pthread_mutex_lock(&tail->lock);
    for (size_t i = 0; i < tail->count && !is_watched; i++) {
        is_watched = tail->watchers[i].device_id == device_id;
    }
    (void)pthread_mutex_unlock(&tail->lock);
    return is_watched;
}

void xh_device_tell(struct xh_engine *engine, const struct xh_device_event *event)
{
    struct xh__device_tail *tail = engine->device_tail;
    struct xh_device_event told = *event;
    if (xh__device_tail_is_idle(engine)) {
        return;
    }
    told.arrival_us = told.arrival_us != 0 ? told.arrival_us : xh_env_now_us(engine->env);
    (void)pthread_mutex_lock(&tail->lock);
    for (size_t i = 0; i < tail->count; i++) {
        if (tail->watchers[i].device_id == told.device_id) {
            tail->watchers[i].fn(tail->watchers[i].arg, &told);
        }
    }
    (void)pthread_mutex_unlock(&tail->lock);
}

int xh_device_watch(struct xh_engine *engine, int64_t device_id, xh_device_watch_fn *fn, void *arg,
                    struct xh_err *err)
{
    struct xh__device_tail *tail = engine->device_tail;
    (void)pthread_mutex_lock(&tail->lock);
    bool is_full = tail->count == XH_DEVICE_WATCHERS_MAX;
    if (!is_full) {
        tail->watchers[tail->count++] = (struct watcher){device_id, fn, arg};
        atomic_store(&tail->count_hint, tail->count);
    }
    (void)pthread_mutex_unlock(&tail->lock);
    return is_full ? xh_err_set(err, XH_E_TOO_MANY, "%d devices are watched already",
                                XH_DEVICE_WATCHERS_MAX)
                   : XH_E_OK;
}

void xh_device_unwatch(struct xh_engine *engine, int64_t device_id, xh_device_watch_fn *fn,
                       void *arg)
{
    struct xh__device_tail *tail = engine->device_tail;
    size_t kept = 0;
    (void)pthread_mutex_lock(&tail->lock);
    for (size_t i = 0; i < tail->count; i++) {
        const struct watcher *w = &tail->watchers[i];
        if (w->device_id != device_id || w->fn != fn || w->arg != arg) {
            tail->watchers[kept++] = *w;
        }
    }
    tail->count = kept;
    atomic_store(&tail->count_hint, kept);
    (void)pthread_mutex_unlock(&tail->lock);
}

int xh__device_tail_create(struct xh_engine *engine, struct xh_err *err)
{
    (void)err;
    engine->device_tail = xh_alloc(sizeof *engine->device_tail);
    (void)pthread_mutex_init(&engine->device_tail->lock, NULL);
    return XH_E_OK;
}

void xh__device_tail_destroy(struct xh_engine *engine)
{
    if (engine->device_tail != NULL) {
        (void)pthread_mutex_destroy(&engine->device_tail->lock);
        free(engine->device_tail);
        engine->device_tail = NULL;
    }
}
