/* billing.h: bills: use of a series over a period, through the charge engine, frozen by revision.
 *
 * A preview is computed from now's readings and rows. Issuing stores it as a core.bill that names
 * its as_known instant: computed again with ctx->as_known_us set to it, it comes out the same to
 * the last digit, as long as the meter's own settings (factor, unit) are what they were, for these
 * are read as they are now. When readings or rows change later, a new revision is issued that
 * supersedes the old one; the old one stays as it was.
 */
#ifndef XH_SERVICE_BILLING_H
#define XH_SERVICE_BILLING_H

#include "service/use.h"

/* A core.bill record, not stored. tariff empty: the series' own. Days are [from, to). */
int xh_bill_preview(struct xh_ctx *ctx, const struct xh_series *series, struct xh_str tariff,
                    int32_t day_from, int32_t day_to, struct xh_record *ret, struct xh_err *err);
/* Stores and issues it; when an issued bill for the series and period exists and the amounts or
 * lines differ, as its next revision (the old becomes superseded); when nothing differs the
 * existing one is given back. */
int xh_bill_issue(struct xh_ctx *ctx, const struct xh_series *series, struct xh_str tariff,
                  int32_t day_from, int32_t day_to, struct xh_str reason, struct xh_record *ret,
                  struct xh_err *err);
/* Bills whose readings or rows changed since they were issued: what must be re-billed. */
int xh_bills_stale(struct xh_ctx *ctx, xh_record_fn *each, void *arg, struct xh_err *err);

/* Issues the next revision of those: of all bills that are issued (change_count 0), or of those
 * that the changed rows of core.dated may touch. In short transactions, with the progress of the
 * job that calls. Repeated after it broke off it goes on. A bill that cannot be computed again
 * stays as it is and hinders no other; with change_count 0 it is told at the end (XH_E_CONFLICT).
 * *ret is filled on errors, too. XH_E_CANCELLED: the program is being stopped. */
struct xh_bill_renewal {
    int64_t total, checked, renewed, failed; /* checked: looked at, computed only where touched */
};
int xh_bills_renew(struct xh_ctx *ctx, const struct xh_change *changes, size_t change_count,
                   struct xh_bill_renewal *ret, struct xh_err *err);

#endif
