/* duty.h: duties (core.duty) and the records of rooms that fulfil them: who owes what by when, and
 * what was handed in.
 *
 * A duty names the record type that fulfils it (`record_type`), a period, and the party or, without
 * one, the place that owes it. A record that fulfils duties has the fields `party`, `place`,
 * `duty`, `period_from` and `period_to`. Calls run on a worker's thread, inside or outside
 * host->write; they write through the host.
 */
#ifndef XH_KERNEL_DUTY_H
#define XH_KERNEL_DUTY_H

#include "kernel/host.h"

/* XH_E_INVALID when the record's period has no day, or the duty that it names is another's or not
 * one for its type ("programme.report"). A record that names none is fine. */
int xh_duty_check(struct xh_ctx *ctx, const struct xh_doc *record, const char *type,
                  struct xh_err *err);
/* Is it owed by the party (or for the place) of the record, for the same period and type? */
bool xh_duty_fits(const struct xh_doc *duty, const struct xh_doc *record, const char *type);
/* Marks an open duty as fulfilled by the record, in time or late by the instant at which that was
 * first handed in. One that is not open any more stays as it is. */
int xh_duty_fulfil(struct xh_ctx *ctx, int64_t duty_id, int64_t record_id, int64_t at_us,
                   struct xh_err *err);

#endif
