/* erase.h: readings erased for good, for the law: a person asks that what was measured in a home is
 * forgotten.
 *
 * Order: who may is asked; the erasure is written down (a record core.erasure: series, from, to,
 * reason, who, when); the days of consumption that it touches are dropped; the readings go; the
 * record says how many. From then on no question finds them, not even "as known on" an earlier day.
 * The record is "open" until they have left the disk, then "done": at once when asked so, else
 * within the store's own time (a day). Killed in between, the job core.erase finishes what was
 * begun.
 *
 * Corrected and retracted readings of that time go too. What arrives for it later is kept again.
 * Copies made earlier (xh_care_backup) still hold what was erased: they are deleted by whoever made
 * them. Bills stay as they were issued, as records of what was charged; those that would come out
 * differently now are told by xh_bills_stale, and cannot be computed again as known then.
 */
#ifndef XH_SERVICE_ERASE_H
#define XH_SERVICE_ERASE_H

#include "service/registry.h"

struct xh_erase_ask {
    struct xh_str series;     /* code or id */
    int64_t from_us, to_us;   /* from <= time < to, within XH_TIME_MIN and XH_TIME_MAX */
    struct xh_str reason;     /* a sentence; not needed to count */
    bool counts_only;         /* says what would go; nothing is changed */
    bool is_now;              /* off the disk before it returns: rewrites files that hold them */
};
struct xh_erase_answer {
    int64_t erasure_id;       /* of the record; 0: only counted */
    uint64_t count;           /* readings */
    uint64_t bill_count;      /* issued bills of the series whose period it touches */
    bool is_done;             /* they have left the disk */
};
/* Who may write the series may. Errors: XH_E_NOT_FOUND, XH_E_FORBIDDEN, XH_E_INVALID (no reason, an
 * end that is not behind the beginning), those of the stores. Blocks. */
int xh_readings_erase(struct xh_ctx *ctx, const struct xh_erase_ask *ask,
                      struct xh_erase_answer *ret, struct xh_err *err);

/* Carries out what broke off and closes what has left the disk; what the job core.erase does. */
int xh_erasures_settle(struct xh_ctx *ctx, struct xh_err *err);

#endif
