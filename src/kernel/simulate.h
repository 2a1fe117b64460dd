/* simulate.h: what every room's simulate is asked and answers, and the registry it needs.
 *
 * A room's simulate makes believable homes from a seed: for each a household, a building, a device
 * and its series, with codes that begin with "sim-home-", or as `home_code` says; then readings for
 * the days asked. Asked again with the same seed it finds the records that are there and sends the
 * same readings, so that nothing is doubled.
 */
#ifndef XH_KERNEL_SIMULATE_H
#define XH_KERNEL_SIMULATE_H

#include "kernel/host.h"

enum { XH_SIMULATE_HOMES_MAX = 10000, XH_SIMULATE_DAYS_MAX = 3660, XH_SIMULATE_UTC_OFFSET_H = 7 };

/* seed INT, from DAY, to DAY (exclusive), homes INT, `first` INT (the first
 * home, usually 1; `homes` is the last then); `place` REF core.place: where the homes
 * stand */
extern const struct xh_shape xh_simulate_in;
extern const struct xh_shape xh_simulate_out; /* series INT, readings INT */

struct xh_simulate_series {
    int home;                 /* from 1 */
    const char *device_kind;  /* "electricity_meter" */
    const char *name;         /* "electricity": the last part of the series' code */
    const char *name_vi;      /* "Điện" */
    const char *property;     /* "energy.electricity": a quantity's full name */
    const char *unit;
    const char *tariff;       /* NULL: none */
    const char *direction;    /* "use", "production" */
    int32_t period_s;
    double modulus, max_per_hour;
};
/* The series of a home, with all that it hangs on; made when it is not there yet. `in`: what
 * simulate was asked. */
int xh_simulate_series(struct xh_ctx *ctx, const struct xh_doc *in,
                       const struct xh_simulate_series *what, int64_t *ret_series_id,
                       struct xh_err *err);

int xh_simulate_first(const struct xh_doc *in); /* 1 where none is given */
/* Checks days and homes: XH_E_INVALID. */
int xh_simulate_check(const struct xh_doc *in, struct xh_err *err);

#endif
