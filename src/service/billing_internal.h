/* billing_internal.h: one bill on its way.
 *
 *   xh_bill_preview, xh_bill_issue           billing.c
 *     bill_begin       tariff, period, rows, heads, the instant as known
 *     xh__bill_usage   readings -> use by day and band -> quantities   bill_usage.c
 *     xh_charge        quantities -> lines                             kernel/charge.h
 *     xh__bill_record  lines -> a core.bill                            bill_record.c
 *
 * A bill of a billing run (billing_run.h) is made likewise, with the account's shares added.
 */
#ifndef XH_SERVICE_BILLING_INTERNAL_H
#define XH_SERVICE_BILLING_INTERNAL_H

#include "kernel/charge.h"
#include "service/billing.h"
#include "service/engine_internal.h"

enum { XH__BILL_FLAG_COUNT = 9 };

/* What a billing run adds to a meter's own use, in the tariff's unit, at most three decimals, none
 * below zero. */
struct xh__bill_share {
    int64_t run_id;
    struct xh_dec common, losses;
};

struct xh__bill {
    struct xh_ctx *ctx;
    const struct xh_series *series;
    const struct xh_tariff *tariff;
    int32_t day_from, day_to;
    int64_t as_known_us;
    struct xh_dated_set rows;
    int32_t heads;              /* 0: the tariff asks for none, or nobody said how many */
    double scale;               /* one unit of the series in the tariff's */
    const struct xh__bill_share *share; /* NULL: a bill of its own */
    struct xh_usage *usage;
    size_t usage_count;
    struct xh_dec measured;     /* the sum of the usage, before shares are added */
    unsigned flags;             /* of all windows, ored */
    int flag_days[XH__BILL_FLAG_COUNT]; /* by bit: on how many days */
    struct xh_charge charge;
};

/* Use by local day, and by band where the tariff has hours, as quantities with three decimals. What
 * is rounded is the sum so far of each band, so that the items add up to the rounded whole; bands
 * that do not are moved by a thousandth, the one that rounding moved furthest first. */
int xh__bill_usage(struct xh__bill *bill, struct xh_err *err);
/* Tariff and period checked, and the usage alone: what is measured and what is missing. */
int xh__bill_measure(struct xh__bill *bill, struct xh_str tariff, struct xh_err *err);
/* As xh_bill_preview, with the shares of a run. */
int xh__bill_preview_shared(struct xh_ctx *ctx, const struct xh_series *series,
                            struct xh_str tariff, int32_t day_from, int32_t day_to,
                            const struct xh__bill_share *share, struct xh_record *ret,
                            struct xh_err *err);
/* The shares that a stored bill was made with; false: it is of no run. */
bool xh__bill_share_of(const struct xh_doc *bill, struct xh__bill_share *ret);
/* XH_E_INVALID where the period has not ended. */
int xh__bill_check_ended(const struct xh_ctx *ctx, const struct xh_zone *zone, int32_t day_to,
                         struct xh_err *err);
/* A core.bill, not stored: draft, revision 1, without number. */
int xh__bill_record(struct xh__bill *bill, struct xh_record *ret, struct xh_err *err);
/* "home-7/electricity/2026-11/r2" */
struct xh_str xh__bill_number(struct xh_arena *arena, const struct xh_series *series,
                              int32_t day_from, int32_t day_to, int64_t revision);
/* Do two bills ask for the same, line by line? */
bool xh__bill_is_same(const struct xh_doc *a, const struct xh_doc *b);
/* Inside a transaction of the engine's: issues what was computed as xh_bill_issue does; ret (NULL
 * allowed) is the bill in force. XH_E_BUSY: the issued one was computed from later readings.
 * XH_E_CONFLICT: it is of a billing run, and the computed one is not. */
int xh__bill_put(struct xh_ctx *ctx, const struct xh_series *series,
                 const struct xh_record *computed, struct xh_str reason, struct xh_record *ret,
                 struct xh_err *err);
/* ---- billing_run_divide.c ---- */

/* total >= 0, divided in proportion to the weights (>= 0, not all 0): the shares are whole, add up
 * to it exactly, and none is further than 1 from its exact one. What is left over after rounding
 * down goes to the largest remainders, equal ones by order (Hamilton's method). */
void xh__share_exactly(struct xh_arena *arena, int64_t total, const int64_t *weights, size_t count,
                       int64_t *ret_shares);

/* ---- billing.c ---- */

/* Who may write bills at all. */
int xh__bill_check_who(struct xh_ctx *ctx, struct xh_err *err);

#endif
