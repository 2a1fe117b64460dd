/* query.h: a room's named report, run.
 *
 * The SQL is the room's, fixed when the program was built; only typed values come from outside, as
 * parameters. It runs on a connection that cannot write. Who may read only its own gets the rows
 * whose owner column is its party: the engine itself wraps the whole of the room's SELECT, so that
 * nothing inside it (OR, UNION, a comment at its end) can widen what comes out.
 *
 * Limits: 100000 rows (XH_E_TOO_LARGE, after that many were told), 10 s (XH_E_TIMEOUT).
 */
#ifndef XH_SERVICE_QUERY_H
#define XH_SERVICE_QUERY_H

#include "service/engine.h"

enum { XH_QUERY_ROWS_MAX = 100000, XH_QUERY_TIMEOUT_MS = 10000 };

/* params: of the query's `params` shape; NULL: all null. `each` is told of each row, its values in
 * the order of the query's `columns`; the values are borrowed until the next row, texts live in
 * ctx->arena. Errors: XH_E_NOT_FOUND (no such query), XH_E_FORBIDDEN, XH_E_INVALID (a parameter).
 * Not inside host->write. */
int xh_query_run(struct xh_ctx *ctx, struct xh_str name, const struct xh_doc *params,
                 xh_row_fn *each, void *arg, struct xh_err *err);
/* The SQL as it is sent to the store, in the arena; for the lint that prepares every query. */
struct xh_str xh_query_sql(const struct xh_query *query, bool is_own, struct xh_arena *arena);

#endif
