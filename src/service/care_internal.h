/* care_internal.h: what a check asks of observations (observe_check.c). */
#ifndef XH_SERVICE_CARE_INTERNAL_H
#define XH_SERVICE_CARE_INTERNAL_H

#include "service/care.h"

/* Of all series of the readings store: readings with XH_QUALITY_SIDE without a side record are a
 * fault, told once a series. How many faults; < 0. Side records without a reading are none: the
 * records of a copy are taken after its readings. */
int64_t xh__observe_check(struct xh_engine *engine, const struct xh_series_key *keys,
                          const int64_t *series_ids, size_t count, xh_care_fault_fn *fault,
                          void *arg, struct xh_err *err);

#endif
