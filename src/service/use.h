/* use.h: consumption ("use") of series and places over local hours, days, months, years.
 *
 * Windows are whole local periods, from that which holds the first instant to that which holds the
 * last. An hour's amount, a day's, a bill's band are made of the same walks (kernel/register.h), so
 * parts add up to their whole, up to the rounding of sums of doubles.
 *
 * Days of a series are kept in derived.db, a row per (series, year), once the readings behind them
 * are there that decide about their end; hours are computed on demand. Before a late reading or a
 * correction is appended the days that it touches are dropped; what is computed while such a write
 * is under way is not kept. So an answer is never stale and one late reading re-computes its own
 * days only. Asked as known at an earlier instant nothing kept is used. README.md tells it whole.
 */
#ifndef XH_SERVICE_USE_H
#define XH_SERVICE_USE_H

#include "service/registry.h"

enum { XH_USE_WINDOWS_MAX = 20000 };

/* Errors: XH_E_NOT_FOUND (no such series, or not for who), XH_E_INVALID (a gauge or state, which
 * has values but no consumption; an end before the beginning; no quantity for a place; series of
 * several units), XH_E_TOO_LARGE (more than XH_USE_WINDOWS_MAX windows). Of a place: the sum over
 * the series that count for it; covered_us is their average, flags those of any. The result is in
 * ctx->arena. */
int xh_use(struct xh_ctx *ctx, const struct xh_use_ask *ask, struct xh_use *ret,
           struct xh_err *err);
/* Over any edges (ascending), straight from readings: bands of a bill, shifts. */
int xh_use_edges(struct xh_ctx *ctx, const struct xh_series *series, const int64_t *edges_us,
                 size_t window_count, int64_t as_known_us, struct xh_amount *ret_amounts,
                 struct xh_err *err);
/* Ingest and undo call these around a write that touches [from, to] of a series; so must whoever
 * erases. An error: nothing is begun, do not write. */
int xh_use_write_begin(struct xh_engine *engine, const struct xh_series *series, int64_t from_us,
                       int64_t to_us, struct xh_err *err);
void xh_use_write_end(struct xh_engine *engine, const struct xh_series *series);
/* Drops everything derived; it is computed again when asked for. */
int xh_use_forget(struct xh_engine *engine, struct xh_err *err);

#endif
