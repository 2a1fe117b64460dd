/* lane.h: work in order on a thread of its own, for what must wait and may not be waited for; and
 * waiting for work that ends by a callback.
 *
 * A lane's lock is its owner's, for the owner guards more with it: whether something may join the
 * lane is decided under the same lock under which it joins. Items are the owner's structs; they are
 * run in the order in which they were pushed, without the lock.
 */
#ifndef XH_SERVICE_LANE_H
#define XH_SERVICE_LANE_H

#include <pthread.h>

#include "base/err.h"

struct xh__lane_item { /* first in the owner's struct */
    struct xh__lane_item *next;
};
typedef void xh__lane_fn(struct xh__lane_item *item);

struct xh__lane {
    pthread_mutex_t *lock; /* the owner's; guards what follows */
    xh__lane_fn *run;
    pthread_cond_t has_work;
    struct xh__lane_item *first, *last;
    size_t count;          /* waiting or being worked on */
    bool is_stopping, has_thread;
    pthread_t thread;
};

void xh__lane_init(struct xh__lane *lane, pthread_mutex_t *lock, xh__lane_fn *run);
/* `what`: "the thread for readings". */
int xh__lane_start(struct xh__lane *lane, const char *what, struct xh_err *err);
/* Both with the lock held. After stop the thread ends when the lane is empty. */
void xh__lane_push(struct xh__lane *lane, struct xh__lane_item *item);
void xh__lane_stop(struct xh__lane *lane);
/* Without the lock; waits for the thread. Done twice, or without a start, it does nothing. */
void xh__lane_join(struct xh__lane *lane);
void xh__lane_finish(struct xh__lane *lane); /* after the join */

/* ---- waiting ---- */

struct xh__wait {
    pthread_mutex_t lock;
    pthread_cond_t is_over;
    bool is_done;
    int status;
    struct xh_err err;
};
void xh__wait_init(struct xh__wait *wait);
/* What a batch is given as `done`; arg is the wait. */
void xh__wait_done(void *arg, int status, const struct xh_err *err);
/* Blocks until done was called; finishes the wait and gives back its status. */
int xh__wait_end(struct xh__wait *wait, struct xh_err *err);

#endif
