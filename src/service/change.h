/* change.h: the one append-only change table: audit trail, event feed, source of server-sent events
 * and later of webhooks and the proof log. Written in the transaction of the record it tells of. */
#ifndef XH_SERVICE_CHANGE_H
#define XH_SERVICE_CHANGE_H

#include "service/engine.h"

/* Inside a transaction. before and after: the record as JSON, empty when there was none. */
int xh_change_append(struct xh_ctx *ctx, struct xh_rel_conn *conn, const char *type,
                     int64_t record_id, int64_t version, const char *verb, struct xh_str before,
                     struct xh_str after, struct xh_err *err);
/* Changes with id > after, oldest first, at most limit; `type` NULL: all. Only what who may see; of
 * a record that somebody else owned before, not what it was then. Texts live in ctx->arena. */
typedef int xh_change_fn(void *arg, const struct xh_change *change, struct xh_err *err);
int xh_change_read(struct xh_ctx *ctx, int64_t after_id, const char *type, int64_t record_id,
                   size_t limit, xh_change_fn *each, void *arg, struct xh_err *err);
int64_t xh_change_last_id(struct xh_ctx *ctx, struct xh_err *err);
/* Called after each commit, from the writer's thread, must not block: push and jobs wake by it. At
 * most 16 listeners. */
void xh_change_listen(struct xh_engine *engine, void (*wake)(void *arg), void *arg);
/* When it returns, `wake` does not run and will not be called again. Not from inside `wake`. */
void xh_change_unlisten(struct xh_engine *engine, void (*wake)(void *arg), void *arg);

#endif
