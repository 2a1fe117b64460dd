/* billing_run.h: a period of a park's main meter, divided among its accounts and billed.
 *
 * The accounts (core.account) of a place name its meters and their roles. A run (core.billing_run)
 * measures each of them over a period and tells, in whole thousandths of the unit (Wh, litres),
 *
 *     from_main + from_solar = exported + tenants + common + losses
 *
 * to the last digit, for what is not measured is what losses are. Losses below zero (more was
 * measured behind the main meter than came in) are told and never passed on to anybody.
 *
 * Common use and losses are passed on to the tenants by use, by area, by fixed shares, or not at
 * all. Each is divided by largest remainders, so that the shares add up to it exactly:
 *
 *     billed = tenants + common + losses        (what was passed on; else it is in not_billed)
 *
 * A tenant's bill is that of its own meter and tariff with its shares added to each band of hours
 * as its own use is spread over them (over time, where it used nothing).
 *
 * States: draft -> previewed -> issuing -> issued -> corrected. What is issued is what was
 * previewed: bills are computed as known at the preview's instant. Up to XH_BILLING_RUN_AT_ONCE
 * accounts are computed within the call and issued in one transaction; larger runs are left to the
 * job core.billing, which computes and writes them in pages, and goes on with a run that broke off:
 * a bill that is there already is found to be the same and kept. Until the last bill is written the
 * run is "issuing", never issued in part.
 *
 * A correction is a new run that supersedes the issued one: previewed from what is known now, with
 * what the old one billed beside it. When it is issued, bills that differ get their next revision,
 * those that do not stay, and the old run is "corrected". Bills of a run are not issued singly, nor
 * by xh_bills_renew: they would no longer add up.
 *
 * Threads: any; calls block. Who may not write bills may not do any of this (XH_E_FORBIDDEN).
 */
#ifndef XH_SERVICE_BILLING_RUN_H
#define XH_SERVICE_BILLING_RUN_H

#include "service/engine.h"

enum { XH_BILLING_RUN_AT_ONCE = 200, XH_BILLING_ACCOUNTS_MAX = 20000 };

struct xh_billing_run_ask {
    int64_t place_id;
    struct xh_str quantity;   /* empty: energy.electricity */
    int32_t day_from, day_to; /* [from, to) in the main meter's zone */
    struct xh_str allocate;   /* "none", "use", "area", "fixed"; empty: none */
};

/* A run, previewed, or draft where it is large. One of the same place, quantity and period that is
 * not yet issued is computed again. XH_E_CONFLICT: it is issued already, or a meter is of two
 * accounts; XH_E_INVALID: no main meter, meters of several units, nothing to divide by, a period
 * that has not ended; XH_E_TOO_LARGE. */
int xh_billing_run_preview(struct xh_ctx *ctx, const struct xh_billing_run_ask *ask,
                           struct xh_record *ret, struct xh_err *err);
/* Issues a previewed run. reason: needed where accounts are not complete or losses are below zero;
 * else may be empty. Of one that is issued already: gives it back. */
int xh_billing_run_issue(struct xh_ctx *ctx, int64_t run_id, struct xh_str reason,
                         struct xh_record *ret, struct xh_err *err);
/* The next version of an issued run, previewed; reason is needed; allocate empty: as before. */
int xh_billing_run_correct(struct xh_ctx *ctx, int64_t run_id, struct xh_str allocate,
                           struct xh_str reason, struct xh_record *ret, struct xh_err *err);
/* The job's work: runs that wait to be computed or issued. One that cannot be issued any more is
 * previewed again and says so. */
int xh_billing_runs_carry_on(struct xh_ctx *ctx, struct xh_err *err);

#endif
