/* indicator_use.h: indicators that are consumption of a quantity at a place: read once, day by day,
 * in the unit wanted, and told in the shape of every indicator.
 */
#ifndef XH_KERNEL_INDICATOR_USE_H
#define XH_KERNEL_INDICATOR_USE_H

#include "kernel/host.h"

struct xh_indicator_use {
    int32_t day_from, day_to;
    const double *daily;        /* a value for each day, in the unit asked for; in the arena */
    double total;
    unsigned flags;             /* of all days: enum xh_amount_flags */
    size_t series_count, silent_count;
};

/* in: xh_indicator_in. Errors: XH_E_INVALID (a period of no days or more than 20000, another
 * dimension than `unit`), and the host's. */
int xh_indicator_use_read(struct xh_ctx *ctx, const struct xh_doc *in, const char *quantity,
                          const char *unit, struct xh_indicator_use *ret, struct xh_err *err);

/* value and numerator, has_value, missing, a source, and a note on what the readings lack. */
void xh_indicator_use_write(const struct xh_indicator_use *use, const char *quantity,
                            const char *unit, struct xh_doc *out);

/* Adds a row to the part `rows`. */
void xh_indicator_write_row(struct xh_doc *out, const struct xh_dated *row);

#endif
