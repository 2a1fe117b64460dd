/* env_fault.h: the environment's twin for tests: a clock that is turned by hand, random numbers
 * from a seed, and a disk that fails when told.
 *
 * Use: for (n = 1; ; n++) { create, fail the n-th write, run, check, stop when nothing failed }.
 * Thread-safe, so that stores with threads of their own can run on it.
 */
#ifndef XH_BASE_ENV_FAULT_H
#define XH_BASE_ENV_FAULT_H

#include "base/env.h"

struct xh_env_fault; /* owns a struct xh_env */

struct xh_env_fault *xh_env_fault_create(uint64_t seed, int64_t now_us);
void xh_env_fault_destroy(struct xh_env_fault *fault);
const struct xh_env *xh_env_fault_env(struct xh_env_fault *fault); /* lives as long as fault */

void xh_env_fault_set_now(struct xh_env_fault *fault, int64_t now_us);
void xh_env_fault_advance(struct xh_env_fault *fault, int64_t by_us); /* both clocks */

/* From now on the n-th (1 = next) operation of this kind fails with errno_value; n = 0 clears.
 * `is_sticky`: all later ones fail too, as on a full disk. A failing write writes half. */
void xh_env_fault_fail(struct xh_env_fault *fault, enum xh_io_op op, uint64_t nth, int errno_value,
                       bool is_sticky);
/* The same, counting operations of every kind that changes the disk. */
void xh_env_fault_fail_any(struct xh_env_fault *fault, uint64_t nth, int errno_value,
                           bool is_sticky);
/* since creation */
uint64_t xh_env_fault_count(const struct xh_env_fault *fault, enum xh_io_op op);
bool xh_env_fault_has_fired(const struct xh_env_fault *fault); /* since the last fail call */

#endif
