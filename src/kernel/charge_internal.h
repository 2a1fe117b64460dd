/* charge_internal.h: what the files of the charge engine share while one bill is computed. */
#ifndef XH_KERNEL_CHARGE_INTERNAL_H
#define XH_KERNEL_CHARGE_INTERNAL_H

#include "kernel/charge.h"

enum { XH_CHARGE_ROWS_MAX = 64 }; /* of one key on one day, and bands of one usage */

/* One bill on its way. Segments lie between cuts: segment i is [cuts[i], cuts[i + 1]). */
struct xh_charge_run {
    const struct xh_charge_in *in;
    struct xh_arena *arena;
    struct xh_err *err;
    struct xh_dec heads;
    int32_t months, days;        /* of the period: whole months by date, and days after them */
    int32_t month_days;          /* of the month that those days have begun */
    int32_t *cuts;
    size_t segment_count;
    struct xh_dec *quantities;   /* [usage item x segment_count + segment] */
    bool *is_shared;             /* by usage item: it covers more than one segment */
    struct xh_charge_line *lines;
    size_t line_count, line_capacity;
};

/* Exact arithmetic that complains when a result has no room. */
int xh__charge_add(struct xh_charge_run *run, struct xh_dec a, struct xh_dec b, struct xh_dec *ret);
int xh__charge_sub(struct xh_charge_run *run, struct xh_dec a, struct xh_dec b, struct xh_dec *ret);
int xh__charge_mul(struct xh_charge_run *run, struct xh_dec a, struct xh_dec b, struct xh_dec *ret);
/* a x part / whole, rounded half up to `decimals`. */
int xh__charge_share(struct xh_charge_run *run, struct xh_dec a, int32_t part, int32_t whole,
                     int decimals, struct xh_dec *ret);

/* charge_segment.c: how long the period is, where it is cut, what was used in each segment. */
void xh__charge_months(struct xh_charge_run *run);
/* a, for one month, x months of the period x days of the segment / days of the period: exactly
 * where that is a whole multiple, else rounded half up to `decimals`. */
int xh__charge_share_month(struct xh_charge_run *run, struct xh_dec a, size_t segment, int decimals,
                           struct xh_dec *ret);
/* a x months of the whole period, likewise. */
int xh__charge_times_months(struct xh_charge_run *run, struct xh_dec a, int decimals,
                            struct xh_dec *ret);
int xh__charge_cut(struct xh_charge_run *run);
int xh__charge_share_usage(struct xh_charge_run *run);
/* All rows of a component on a day; XH_E_NOT_FOUND when there are none. */
int xh__charge_rows(struct xh_charge_run *run, const struct xh_charge_component *component,
                    int32_t day, const struct xh_dated **ret_rows, size_t *ret_count);
int32_t xh__charge_segment_days(const struct xh_charge_run *run, size_t segment);
int32_t xh__charge_period_days(const struct xh_charge_run *run);

/* charge_component.c: the lines of one component, appended. */
int xh__charge_component(struct xh_charge_run *run, const struct xh_charge_component *component);

#endif
