/* half_hours.h: what a series used in each half hour of local days: for hours of a tariff, whose
 * bands begin on half hours, and for habits of a home.
 *
 * A day of 23 hours has two windows of no length at its end, one of 25 hours a last window that is
 * an hour longer. Readings that stand farther apart are shared evenly over the time between them
 * (kernel/register.h), and the windows are marked so.
 */
#ifndef XH_KERNEL_HALF_HOURS_H
#define XH_KERNEL_HALF_HOURS_H

#include "kernel/host.h"

enum { XH_HALF_HOURS_A_DAY = 48, XH_HALF_HOUR_MINUTES = 30, XH_HALF_HOURS_DAYS_MAX = 366 };

struct xh_half_hours {
    int32_t day_from, day_to;
    const struct xh_amount *amounts; /* of day d, half hour h: [(d - day_from) * 48 + h] */
    size_t count;
    const char *unit;                /* of the amounts, as the series is shown */
};

/* Days of the series' own zone, [day_from, day_to). Errors: XH_E_INVALID (no days, or more than
 * XH_HALF_HOURS_DAYS_MAX), and the host's. The result is in ctx->arena. */
int xh_half_hours_read(struct xh_ctx *ctx, int64_t series_id, int32_t day_from, int32_t day_to,
                       struct xh_half_hours *ret, struct xh_err *err);

#endif
