/* use.h: consumption ("use") of series and places over local hours, days, months, years.
 *
 * Days of a series are computed from readings (kernel/register.h) and kept in derived.db, a row per
 * (series, year); hours are computed on demand. Before a late reading or a correction is appended
 * the days between its neighbours are dropped; while such a write is under way nothing about the
 * series is cached. So an answer is never stale and one late reading re-computes its own days only.
 */
#ifndef XH_SERVICE_USE_H
#define XH_SERVICE_USE_H

#include "service/registry.h"

enum { XH_USE_WINDOWS_MAX = 20000 };

int xh_use(struct xh_ctx *ctx, const struct xh_use_ask *ask, struct xh_use *ret,
           struct xh_err *err);
/* Over any edges, straight from readings: bands of a bill, shifts. */
int xh_use_edges(struct xh_ctx *ctx, const struct xh_series *series, const int64_t *edges_us,
                 size_t window_count, int64_t as_known_us, struct xh_amount *ret_amounts,
                 struct xh_err *err);
/* Ingest and undo call these around a write that touches [from, to] of a series. */
int xh_use_write_begin(struct xh_engine *engine, const struct xh_series *series, int64_t from_us,
                       int64_t to_us, struct xh_err *err);
void xh_use_write_end(struct xh_engine *engine, const struct xh_series *series);
/* Drops everything derived; it is computed again when asked for. */
int xh_use_forget(struct xh_engine *engine, struct xh_err *err);

#endif
