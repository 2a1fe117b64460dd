/* env_fault.c: the environment's twin for tests.
 *
 * Each kind of operation has a plan, and one more plan counts all that change the disk. A plan
 * waits for its n-th operation, then fails once or, when it is sticky, for ever. A write that is to
 * fail is first cut to half; the error comes when the writer asks for the rest of that file.
 */
#include "base/env_fault.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/rand.h"

enum { PLAN_ANY = XH_IO_OP_COUNT, PLAN_COUNT };

struct plan {
    uint64_t wait; /* operations until it fires; 0: no plan, or it has fired */
    int errno_value;
    bool is_sticky;
    bool is_broken; /* a sticky plan that has fired */
};

struct xh_env_fault {
    struct xh_env env;
    pthread_mutex_t lock;
    struct xh_rand rand;
    int64_t now_us, monotonic_us;
    struct plan plans[PLAN_COUNT];
    uint64_t counts[XH_IO_OP_COUNT];
    bool has_fired;
    char *cut_path; /* the file whose write was cut and whose next write fails, or NULL */
    int cut_errno;
};

static struct xh_env_fault *self_lock(const struct xh_env *env)
{
    struct xh_env_fault *fault = env->self;
    pthread_mutex_lock(&fault->lock);
    return fault;
}

static int64_t fault_now_us(const struct xh_env *env)
{
    struct xh_env_fault *fault = self_lock(env);
    int64_t now_us = fault->now_us;
    pthread_mutex_unlock(&fault->lock);
    return now_us;
}

static int64_t fault_monotonic_us(const struct xh_env *env)
{
    struct xh_env_fault *fault = self_lock(env);
    int64_t monotonic_us = fault->monotonic_us;
    pthread_mutex_unlock(&fault->lock);
    return monotonic_us;
}

static void fault_random(const struct xh_env *env, void *bytes, size_t len)
{
    struct xh_env_fault *fault = self_lock(env);
    unsigned char *at = bytes;
    uint64_t word = 0;
    for (size_t i = 0; i < len; i++) {
        word = i % 8 == 0 ? xh_rand_u64(&fault->rand) : word >> 8;
        at[i] = (unsigned char)word;
    }
    pthread_mutex_unlock(&fault->lock);
}

/* Opening is not among them: a full disk still opens what it holds. */
static bool changes_disk(enum xh_io_op op)
{
    return op != XH_IO_OPEN && op != XH_IO_READ;
}

static int step(struct plan *plan)
{
    if (plan->is_broken) {
        return plan->errno_value;
    }
    if (plan->wait == 0 || --plan->wait > 0) {
        return 0;
    }
    plan->is_broken = plan->is_sticky;
    return plan->errno_value;
}

static void forget_cut(struct xh_env_fault *fault)
{
    free(fault->cut_path);
    fault->cut_path = NULL;
}

static int decide(struct xh_env_fault *fault, enum xh_io_op op, const char *path,
                  size_t *size_bytes)
{
    fault->counts[op]++;
    if (op == XH_IO_WRITE && fault->cut_path && strcmp(fault->cut_path, path) == 0) {
        forget_cut(fault);
        return fault->cut_errno;
    }
    bool was_broken = fault->plans[op].is_broken || fault->plans[PLAN_ANY].is_broken;
    int failed = step(&fault->plans[op]);
    int failed_any = changes_disk(op) ? step(&fault->plans[PLAN_ANY]) : 0;
    failed = failed ? failed : failed_any;
    if (!failed) {
        return 0;
    }
    fault->has_fired = true;
    if (op == XH_IO_WRITE && !was_broken && size_bytes && *size_bytes > 1) {
        *size_bytes /= 2;
        forget_cut(fault);
        fault->cut_path = xh_alloc(strlen(path) + 1);
        memcpy(fault->cut_path, path, strlen(path));
        fault->cut_errno = failed;
        return 0;
    }
    return failed;
}

static int fault_io(const struct xh_env *env, enum xh_io_op op, const char *path,
                    size_t *size_bytes)
{
    struct xh_env_fault *fault = self_lock(env);
    int failed = decide(fault, op, path, size_bytes);
    pthread_mutex_unlock(&fault->lock);
    return failed;
}

struct xh_env_fault *xh_env_fault_create(uint64_t seed, int64_t now_us)
{
    struct xh_env_fault *fault = xh_alloc(sizeof(*fault));
    fault->env = (struct xh_env){
        .now_us = fault_now_us,
        .monotonic_us = fault_monotonic_us,
        .random = fault_random,
        .io = fault_io,
        .self = fault,
    };
    xh_assert(pthread_mutex_init(&fault->lock, NULL) == 0);
    xh_rand_init(&fault->rand, seed);
    fault->now_us = now_us;
    return fault;
}

void xh_env_fault_destroy(struct xh_env_fault *fault)
{
    if (!fault) {
        return;
    }
    forget_cut(fault);
    pthread_mutex_destroy(&fault->lock);
    free(fault);
}

const struct xh_env *xh_env_fault_env(struct xh_env_fault *fault)
{
    return &fault->env;
}

void xh_env_fault_set_now(struct xh_env_fault *fault, int64_t now_us)
{
    self_lock(&fault->env)->now_us = now_us;
    pthread_mutex_unlock(&fault->lock);
}

void xh_env_fault_advance(struct xh_env_fault *fault, int64_t by_us)
{
    xh_assert(by_us >= 0);
    self_lock(&fault->env);
    fault->now_us += by_us;
    fault->monotonic_us += by_us;
    pthread_mutex_unlock(&fault->lock);
}

static void set_plan(struct xh_env_fault *fault, int which, uint64_t nth, int errno_value,
                     bool is_sticky)
{
    xh_assert(nth == 0 || errno_value > 0);
    self_lock(&fault->env);
    fault->plans[which] = (struct plan){nth, errno_value, is_sticky, false};
    fault->has_fired = false;
    forget_cut(fault);
    pthread_mutex_unlock(&fault->lock);
}

void xh_env_fault_fail(struct xh_env_fault *fault, enum xh_io_op op, uint64_t nth, int errno_value,
                       bool is_sticky)
{
    set_plan(fault, (int)op, nth, errno_value, is_sticky);
}

void xh_env_fault_fail_any(struct xh_env_fault *fault, uint64_t nth, int errno_value,
                           bool is_sticky)
{
    set_plan(fault, PLAN_ANY, nth, errno_value, is_sticky);
}

uint64_t xh_env_fault_count(const struct xh_env_fault *fault, enum xh_io_op op)
{
    struct xh_env_fault *own = self_lock(&fault->env);
    uint64_t count = own->counts[op];
    pthread_mutex_unlock(&own->lock);
    return count;
}

bool xh_env_fault_has_fired(const struct xh_env_fault *fault)
{
    struct xh_env_fault *own = self_lock(&fault->env);
    bool has_fired = own->has_fired;
    pthread_mutex_unlock(&own->lock);
    return has_fired;
}
