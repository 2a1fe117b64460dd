/* lane.c: one thread, one queue. */
#include "service/lane.h"

#include "base/env.h"

static void *lane_main(void *arg)
{
    struct xh__lane *lane = arg;
    (void)pthread_mutex_lock(lane->lock);
    for (;;) {
        while (lane->first == NULL && !lane->is_stopping) {
            (void)pthread_cond_wait(&lane->has_work, lane->lock);
        }
        struct xh__lane_item *item = lane->first;
        if (item == NULL) {
            break;
        }
        lane->first = item->next;
        lane->last = lane->first != NULL ? lane->last : NULL;
        (void)pthread_mutex_unlock(lane->lock);
        lane->run(item);
        (void)pthread_mutex_lock(lane->lock);
        lane->count--;
    }
    (void)pthread_mutex_unlock(lane->lock);
    return NULL;
}

void xh__lane_init(struct xh__lane *lane, pthread_mutex_t *lock, xh__lane_fn *run)
{
    *lane = (struct xh__lane){.lock = lock, .run = run};
    (void)pthread_cond_init(&lane->has_work, NULL);
}

int xh__lane_start(struct xh__lane *lane, const char *what, struct xh_err *err)
{
    int code = pthread_create(&lane->thread, NULL, lane_main, lane);
    lane->has_thread = code == 0;
    return code == 0 ? XH_E_OK : xh_err_errno(err, code, "start", what);
}

void xh__lane_push(struct xh__lane *lane, struct xh__lane_item *item)
{
    item->next = NULL;
    if (lane->last != NULL) {
        lane->last->next = item;
    } else {
        lane->first = item;
    }
    lane->last = item;
    lane->count++;
    (void)pthread_cond_signal(&lane->has_work);
}

void xh__lane_stop(struct xh__lane *lane)
{
    lane->is_stopping = true;
    (void)pthread_cond_signal(&lane->has_work);
}

void xh__lane_join(struct xh__lane *lane)
{
    if (lane->has_thread) {
        (void)pthread_join(lane->thread, NULL);
        lane->has_thread = false;
    }
}

void xh__lane_finish(struct xh__lane *lane)
{
    (void)pthread_cond_destroy(&lane->has_work);
}

/* ---- waiting ---- */

void xh__wait_init(struct xh__wait *wait)
{
    *wait = (struct xh__wait){.status = XH_E_OK};
    (void)pthread_mutex_init(&wait->lock, NULL);
    (void)pthread_cond_init(&wait->is_over, NULL);
}

void xh__wait_done(void *arg, int status, const struct xh_err *err)
{
    struct xh__wait *wait = arg;
    (void)pthread_mutex_lock(&wait->lock);
    wait->status = status;
    if (err != NULL) {
        wait->err = *err;
    }
    wait->is_done = true;
    (void)pthread_cond_signal(&wait->is_over);
    (void)pthread_mutex_unlock(&wait->lock);
}

int xh__wait_end(struct xh__wait *wait, struct xh_err *err)
{
    (void)pthread_mutex_lock(&wait->lock);
    while (!wait->is_done) {
        (void)pthread_cond_wait(&wait->is_over, &wait->lock);
    }
    (void)pthread_mutex_unlock(&wait->lock);
    (void)pthread_cond_destroy(&wait->is_over);
    (void)pthread_mutex_destroy(&wait->lock);
    if (wait->status < 0 && err != NULL) {
        *err = wait->err;
    }
    return wait->status;
}
