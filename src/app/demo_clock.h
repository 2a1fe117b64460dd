/* demo_clock.h: the clock of the demonstration: the real one and an offset that may grow.
 *
 * Whatever asks the environment for the time follows it: stores, jobs, bills, "late". The clock of
 * distances (xh_env_monotonic_us) stays the real one. Reading and moving are safe from any thread;
 * it never goes back. Holds no memory: it lives as long as the struct does.
 */
#ifndef XH_APP_DEMO_CLOCK_H
#define XH_APP_DEMO_CLOCK_H

#include <stdatomic.h>

#include "base/env.h"
#include "base/time.h"

struct xh_demo_clock {
    struct xh_env env; /* to be handed on in the place of `real` */
    const struct xh_env *real;
    _Atomic int64_t offset_us;
};

enum { XH_DEMO_EVENING_H = 20, XH_DEMO_UTC_OFFSET_H = 7 };

void xh_demo_clock_init(struct xh_demo_clock *clock, const struct xh_env *real, int64_t offset_us);
int64_t xh_demo_clock_offset_us(const struct xh_demo_clock *clock);
/* Moves it forward and gives the offset that it has now; `by_us` is not negative. */
int64_t xh_demo_clock_forward(struct xh_demo_clock *clock, int64_t by_us);

/* Where a new demonstration's clock starts, as an offset to the real time `now_us`: "now" 0; a day
 * as YYYY-MM-DD, its evening (20:00 in Vietnam), which may lie in the past; "" the evening of the
 * first 25th that is not over: a month has a body by then, and what a visitor sends "now" is not in
 * the future. XH_E_INVALID names `clock`. */
int xh_demo_clock_start(struct xh_str text, int64_t now_us, int64_t *ret_offset_us,
                        struct xh_err *err);
/* "30d", "30": whole days, 1 to 366. XH_E_INVALID names `forward`. */
int xh_demo_days_parse(struct xh_str text, int64_t *ret_days, struct xh_err *err);
/* XH_E_INVALID when it is not 1 to 366; names `field`. */
int xh_demo_days_check(const char *field, int64_t days, struct xh_err *err);

#endif
