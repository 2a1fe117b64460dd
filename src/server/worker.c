/* worker.c: the pool on which handlers that touch disk run. One queue, first come first served,
 * bounded: when it is full the request is refused at once (503), so that waiting never grows. */
#include <stdlib.h>

#include "server/server_internal.h"

enum { QUEUE_MAX = 16384, WORKERS_MAX = 64 };

struct xh__workers {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct xh__request *first, **last;
    size_t waiting;
    bool is_stopping;
    size_t count;
    pthread_t threads[WORKERS_MAX];
};

static int run_handler(struct xh__request *req, struct xh_err *err)
{
    if (req->then != NULL) {
        xh__handler *then = req->then;
        req->then = NULL;
        return then(req, err);
    }
    int code = xh__request_identify(req, err);
    code = code < 0 ? code : xh__request_unpack(req, err);
    if (code >= 0 && req->method != XH__GET) {
        xh__device_tail_tell(req);
    }
    return code < 0 ? code : req->route->handler(req, err);
}

bool xh__request_run(struct xh__request *req)
{
    struct xh_err err = {0};
    int code = run_handler(req, &err);
    if (code == XH__LATER) {
        return false;
    }
    if (code < 0) {
        if (err.code == 0) {
            (void)xh_err_set(&err, code, "%s", xh_err_text(code));
        }
        xh__request_blame_body(req, 0, &err);
        xh__respond_problem(req, &err);
    }
    return true;
}

static struct xh__request *take(struct xh__workers *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    while (pool->first == NULL && !pool->is_stopping) {
        (void)pthread_cond_wait(&pool->wake, &pool->lock);
    }
    struct xh__request *req = pool->first;
    if (req != NULL) {
        pool->first = req->next;
        pool->last = pool->first != NULL ? pool->last : &pool->first;
        pool->waiting--;
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return req;
}

static void *work(void *arg)
{
    struct xh__workers *pool = arg;
    for (struct xh__request *req = take(pool); req != NULL; req = take(pool)) {
        if (xh__request_run(req)) {
            xh__request_resume(req);
        }
    }
    return NULL;
}

int xh__workers_create(struct xh_server *server, unsigned count, struct xh_err *err)
{
    struct xh__workers *pool = xh_alloc(sizeof *pool);
    server->workers = pool;
    pool->last = &pool->first;
    (void)pthread_mutex_init(&pool->lock, NULL);
    (void)pthread_cond_init(&pool->wake, NULL);
    for (; pool->count < count && pool->count < WORKERS_MAX; pool->count++) {
        if (pthread_create(&pool->threads[pool->count], NULL, work, pool) != 0) {
            return xh_err_set(err, XH_E_INTERNAL, "cannot start a worker's thread");
        }
    }
    return XH_E_OK;
}

void xh__workers_destroy(struct xh_server *server)
{
    struct xh__workers *pool = server->workers;
    if (pool == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&pool->lock);
    pool->is_stopping = true; /* what waits is still done */
    (void)pthread_cond_broadcast(&pool->wake);
    (void)pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < pool->count; i++) {
        (void)pthread_join(pool->threads[i], NULL);
    }
    (void)pthread_mutex_destroy(&pool->lock);
    (void)pthread_cond_destroy(&pool->wake);
    free(pool);
    server->workers = NULL;
}

bool xh__workers_push(struct xh_server *server, struct xh__request *req)
{
    struct xh__workers *pool = server->workers;
    (void)pthread_mutex_lock(&pool->lock);
    bool is_taken = pool->waiting < QUEUE_MAX && !pool->is_stopping;
    if (is_taken) {
        req->next = NULL;
        *pool->last = req;
        pool->last = &req->next;
        pool->waiting++;
        (void)pthread_cond_signal(&pool->wake);
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return is_taken;
}

size_t xh__workers_waiting(struct xh_server *server)
{
    (void)pthread_mutex_lock(&server->workers->lock);
    size_t waiting = server->workers->waiting;
    (void)pthread_mutex_unlock(&server->workers->lock);
    return waiting;
}
