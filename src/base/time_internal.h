/* time_internal.h: what time.c, time_text.c and the zone files share. */
#ifndef XH_BASE_TIME_INTERNAL_H
#define XH_BASE_TIME_INTERNAL_H

#include "base/time.h"

/* Floor division: the rest is never negative. divisor > 0. */
static inline int64_t xh__floor_div(int64_t a, int64_t divisor)
{
    int64_t quotient = a / divisor;
    return a % divisor < 0 ? quotient - 1 : quotient;
}

/* Between a clock time, whatever its offset, and microseconds since 1970-01-01T00:00 of the same
 * clock. */
int64_t xh__civil_to_us(const struct xh_civil *c);
void xh__civil_from_us(int64_t local_us, struct xh_civil *ret);

#endif
