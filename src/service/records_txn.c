/* records_txn.c: connections and transactions of record calls. */
#include "service/records_internal.h"

int xh__read_begin(struct xh_ctx *ctx, struct xh_rel_conn **ret, struct xh_err *err)
{
    if (ctx->txn != NULL) {
        *ret = ctx->txn;
        return XH_E_OK;
    }
    return xh_rel_read_begin(xh_ctx_engine(ctx)->rel, ret, err);
}

void xh__read_end(struct xh_ctx *ctx, struct xh_rel_conn *conn)
{
    if (ctx->txn == NULL) {
        xh_rel_read_end(xh_ctx_engine(ctx)->rel, conn);
    }
}

/* ---- changes ---- */

struct change_run {
    struct xh_ctx *ctx;
    xh__change_run *run;
    void *arg;
};

static int change_write(struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    struct change_run *c = arg;
    struct xh_ctx ctx = *c->ctx;
    ctx.txn = conn;
    return c->run(&ctx, conn, c->arg, err);
}

/* When SQLite gave the whole transaction up (a full disk), there is no savepoint to go back to; the
 * error given back is still the first one. */
static int change_nested(struct xh_ctx *ctx, struct change_run *c, struct xh_err *err)
{
    struct xh_rel_conn *conn = ctx->txn;
    int code = xh_rel_exec(conn, "SAVEPOINT xh_record", err);
    if (code < 0) {
        return code;
    }
    code = c->run(ctx, conn, c->arg, err);
    if (code < 0) {
        (void)xh_rel_exec(conn, "ROLLBACK TO xh_record", NULL);
        (void)xh_rel_exec(conn, "RELEASE xh_record", NULL);
        return code;
    }
    return xh_rel_exec(conn, "RELEASE xh_record", err);
}

int xh__change(struct xh_ctx *ctx, xh__change_run *run, void *arg, struct xh_err *err)
{
    struct change_run c = {ctx, run, arg};
    if (ctx->txn != NULL) {
        return change_nested(ctx, &c, err);
    }
    return xh_rel_write(xh_ctx_engine(ctx)->rel, change_write, &c, err);
}

struct write_run {
    xh_write_fn *write;
    void *arg;
};

static int call_write(struct xh_ctx *ctx, struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    struct write_run *w = arg;
    (void)conn;
    return w->write(ctx, w->arg, err);
}

int xh_records_write(struct xh_ctx *ctx, xh_write_fn *write, void *arg, struct xh_err *err)
{
    struct write_run w = {write, arg};
    return xh__change(ctx, call_write, &w, err);
}

/* ---- time ---- */

int64_t xh__write_now_us(struct xh_ctx *ctx, struct xh_rel_conn *conn, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn,
                              "SELECT \"at_us\" FROM \"xh_change\" ORDER BY \"id\" DESC LIMIT 1",
                              &rows, err);
    if (code < 0) {
        return code;
    }
    code = xh_rel_next(rows, err);
    int64_t last_us = code > 0 ? xh_rel_int(rows, 0) : 0;
    xh_rel_done(rows);
    if (code < 0) {
        return code;
    }
    int64_t now_us = xh_env_now_us(xh_ctx_engine(ctx)->env);
    return now_us > last_us ? now_us : last_us;
}
