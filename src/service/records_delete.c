/* records_delete.c: deleting a record that nobody refers to. Its last version stays in the change
 * table; its id is never used again. */
#include "service/records_internal.h"

#include <string.h>

#include "base/num.h"

struct removal {
    const struct xh__rtype *rtype;
    int64_t id, version;
};

static int check(struct xh_ctx *ctx, const struct removal *r, const struct xh_record *before,
                 struct xh_err *err)
{
    if (!xh__may_change(&r->rtype->type->access, ctx->who, before->owner)) {
        return xh__may_see(r->rtype, ctx->who, before->owner)
                   ? xh__forbidden(r->rtype, ctx->who, "delete", err)
                   : xh__not_found(r->rtype, r->id, err);
    }
    int code = xh__check_version(r->rtype, r->version, before, err);
    if (code >= 0 && xh__is_frozen(r->rtype->type, before->state)) {
        return xh_err_field(err, XH_E_CONFLICT, "state", before->state, NULL, NULL,
                            "a %s that is \"%.*s\" can no longer be deleted", r->rtype->name.ptr,
                            XH_STR_ARG(before->state));
    }
    return code;
}

static int run_with_id(struct xh_rel_conn *conn, const char *sql, const char *name, int64_t id,
                       struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, sql, &rows, err);
    if (code < 0) {
        return code;
    }
    xh_rel_bind_int(rows, name, id);
    code = xh_rel_next(rows, err);
    xh_rel_done(rows);
    return code;
}

static int delete_run(struct xh_ctx *ctx, struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    const struct removal *r = arg;
    struct xh_record before;
    int code = xh__record_load(ctx, r->rtype, conn, r->id, &before, err);
    code = code < 0 ? code : check(ctx, r, &before, err);
    for (size_t p = 0; code >= 0 && p < r->rtype->type->shape.part_count; p++) {
        code = run_with_id(conn, r->rtype->parts[p].remove, "record_id", r->id, err);
    }
    code = code < 0 ? code : run_with_id(conn, r->rtype->remove, "id", r->id, err);
    if (code < 0) {
        return code;
    }
    int64_t now_us = xh__write_now_us(ctx, conn, err);
    if (now_us < 0) {
        return (int)now_us;
    }
    struct xh_buf old = {0};
    xh__record_stored_json(&before, &old);
    code = xh__change_append(ctx, conn, now_us, r->rtype->name.ptr, r->id, before.owner,
                             before.version + 1, "delete", xh_buf_str(&old), XH_STR(""), err);
    xh_buf_finish(&old);
    return code;
}

int xh_record_delete(struct xh_ctx *ctx, const char *type, int64_t id, int64_t version,
                     struct xh_err *err)
{
    struct removal r = {.id = id, .version = version};
    int code = xh__rtype_get(ctx, type, &r.rtype, err);
    return code < 0 ? code : xh__change(ctx, delete_run, &r, err);
}
