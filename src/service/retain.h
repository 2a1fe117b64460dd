/* retain.h: readings that are kept no longer, by class (a record core.retention that series refer
 * to). A series without a class is kept for ever.
 *
 * Removed:  readings before the beginning of the local day `keep_days` ago, corrected and
 *           retracted ones too. The days of consumption that rested on them are dropped first.
 * Thinned:  of what lies before the local month that holds the day `thin_after_days` ago, the
 *           last reading in force of each step stays. A step ends with the reading exactly at its
 *           end: of a register read at midnight, steps of a day leave every day's total as it was
 *           (in a zone without summer time). So days that are kept are not dropped. Once a month,
 *           because whole months of files are written anew. Not for series of amounts or power
 *           (interval, power): each of their readings is part of the sum.
 *
 * What is lost: what was between; resets and replaced meters inside a step, and with them what was
 * counted before them in that step; the history of corrections. Earlier backups keep it.
 */
#ifndef XH_SERVICE_RETAIN_H
#define XH_SERVICE_RETAIN_H

#include "service/registry.h"

/* All series of the class, by the settings of the record as given; what went is added to the stored
 * record (removed, removed_us, thinned_us), which is the audit. A series that cannot be loaded is
 * left as it is; the first such fault is told when all others are done. Blocks. */
int xh_readings_retain(struct xh_ctx *ctx, const struct xh_record *retention, struct xh_err *err);

#endif
