/* care.h: copies of an open data folder, and what is wrong with it.
 *
 * Both run while everything else goes on. They take as long as the folder is large and belong on a
 * worker's thread.
 */
#ifndef XH_SERVICE_CARE_H
#define XH_SERVICE_CARE_H

#include "service/engine.h"

enum xh_care_step { XH_CARE_READINGS, XH_CARE_RECORDS, XH_CARE_SYNC };
/* done and total count pages of the step; both 0 where the step cannot say. */
typedef void xh_care_progress_fn(void *arg, enum xh_care_step step, int done, int total);

struct xh_care_backup {
    uint64_t series_count, reading_count, size_bytes; /* of the readings store */
};
/* A folder that opens by itself, at to_dir, which must not exist. It is written under another name
 * beside it and renamed when it is whole, so that a folder with that name is a whole copy. The
 * readings are taken first, then the records: so each reading in it has its series, and a record
 * may name readings that came too late for the copy, never the other way round. Keys and files that
 * people handed in go along.
 * Errors: XH_E_CONFLICT (to_dir exists), XH_E_NO_SPACE, XH_E_IO; then nothing stays. */
int xh_care_backup(struct xh_engine *engine, const char *to_dir, xh_care_progress_fn *progress,
                   void *arg, struct xh_care_backup *ret, struct xh_err *err);

/* Verifies both stores, and one against the other: each series with readings has its record, with
 * the policy that the readings store has; each that has imports or bills is known there; readings
 * that say more is known of them (observe.h) have their side record. A series that is recorded and
 * was never asked for is no fault: it is declared then. Each fault is told to `fault`. Returns how
 * many there are, or < 0. */
typedef void xh_care_fault_fn(void *arg, const char *sentence);
int64_t xh_care_check(struct xh_engine *engine, xh_care_fault_fn *fault, void *arg,
                      struct xh_err *err);

#endif
