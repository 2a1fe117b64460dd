/* records_read.c: one record: by id, by a unique text, as it was known. */
#include "service/records_internal.h"

#include <string.h>

/* What who may not see is not there. */
static int shown(struct xh_ctx *ctx, const struct xh__rtype *rtype, struct xh_record *record,
                 struct xh_err *err)
{
    if (!xh__may_see_record(rtype, ctx->who, record)) {
        return xh__not_found(rtype, record->id, err);
    }
    xh__record_compute(ctx, record);
    return XH_E_OK;
}

int xh_record_get(struct xh_ctx *ctx, const char *type, int64_t id, struct xh_record *ret,
                  struct xh_err *err)
{
    const struct xh__rtype *rtype = NULL;
    struct xh_rel_conn *conn = NULL;
    struct xh_record record;
    int code = xh__rtype_get(ctx, type, &rtype, err);
    code = code < 0 ? code : xh__read_begin(ctx, &conn, err);
    if (code < 0) {
        return code;
    }
    code = xh__record_load(ctx, rtype, conn, id, &record, err);
    xh__read_end(ctx, conn);
    code = code < 0 ? code : shown(ctx, rtype, &record, err);
    if (code >= 0) {
        *ret = record;
    }
    return code;
}

/* The SQL is made of names of the static tables; one text a type and field. */
int64_t xh__id_of(struct xh_rel_conn *conn, const struct xh__rtype *rtype, const char *field,
                  struct xh_str value, struct xh_err *err)
{
    struct xh_buf sql = {0};
    struct xh_rel_rows *rows;
    xh_buf_add_format(&sql, "SELECT \"id\" FROM \"%s\" WHERE \"%s\" = :value", rtype->table, field);
    int64_t id = xh_rel_prepare(conn, xh_buf_text(&sql), &rows, err);
    xh_buf_finish(&sql);
    if (id < 0) {
        return id;
    }
    xh_rel_bind_text(rows, "value", value);
    int code = xh_rel_next(rows, err);
    id = code > 0 ? xh_rel_int(rows, 0) : code;
    xh_rel_done(rows);
    return id;
}

static int check_unique(const struct xh__rtype *rtype, const char *name, struct xh_err *err)
{
    const struct xh_shape *shape = &rtype->type->shape;
    const struct xh_field *field = xh_field_find(shape->fields, shape->field_count,
                                                 xh_str_from(name));
    if (field == NULL || (field->flags & XH_F_UNIQUE) == 0 || field->type != XH_T_TEXT) {
        return xh_err_field(err, XH_E_INVALID, "field", xh_str_from(name), "a unique text", NULL,
                            "a %s cannot be found by \"%s\", which is no unique text of it",
                            rtype->name.ptr, name);
    }
    return XH_E_OK;
}

int xh_record_find(struct xh_ctx *ctx, const char *type, const char *field, struct xh_str value,
                   struct xh_record *ret, struct xh_err *err)
{
    const struct xh__rtype *rtype = NULL;
    struct xh_rel_conn *conn = NULL;
    struct xh_record record;
    int code = xh__rtype_get(ctx, type, &rtype, err);
    code = code < 0 ? code : check_unique(rtype, field, err);
    code = code < 0 ? code : xh__read_begin(ctx, &conn, err);
    if (code < 0) {
        return code;
    }
    int64_t id = xh__id_of(conn, rtype, field, value, err);
    code = id < 0 ? (int)id : XH_E_OK;
    if (id > 0) {
        code = xh__record_load(ctx, rtype, conn, id, &record, err);
    }
    xh__read_end(ctx, conn);
    if (code >= 0 && (id == 0 || !xh__may_see_record(rtype, ctx->who, &record))) {
        return xh_err_field(err, XH_E_NOT_FOUND, field, value, NULL, NULL,
                            "there is no %s with %s \"%.*s\"", rtype->name.ptr, field,
                            (int)(value.len > 80 ? 80 : value.len), value.ptr ? value.ptr : "");
    }
    if (code >= 0) {
        xh__record_compute(ctx, &record);
        *ret = record;
    }
    return code;
}

/* ---- as known ---- */

/* The record after its last change up to at_us. Empty: it was deleted. */
static int after_of(struct xh_ctx *ctx, struct xh_rel_conn *conn, const struct xh__rtype *rtype,
                    int64_t id, int64_t at_us, struct xh_str *ret, struct xh_err *err)
{
    /* Changes of their own (emit) tell nothing about the record: their `after` is no record. */
    static const char sql[] =
        "SELECT \"after\" FROM \"xh_change\" WHERE \"type\" = :type AND \"record_id\" = :record_id"
        " AND \"at_us\" <= :at_us AND \"version\" > 0 ORDER BY \"id\" DESC LIMIT 1";
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, sql, &rows, err);
    if (code < 0) {
        return code;
    }
    xh_rel_bind_text(rows, "type", rtype->name);
    xh_rel_bind_int(rows, "record_id", id);
    xh_rel_bind_int(rows, "at_us", at_us);
    code = xh_rel_next(rows, err);
    *ret = code > 0 ? xh_arena_str(ctx->arena, xh_rel_text(rows, 0)) : (struct xh_str){NULL, 0};
    xh_rel_done(rows);
    return code < 0 ? code : XH_E_OK;
}

int xh_record_as_known(struct xh_ctx *ctx, const char *type, int64_t id, int64_t at_us,
                       struct xh_record *ret, struct xh_err *err)
{
    const struct xh__rtype *rtype = NULL;
    struct xh_rel_conn *conn = NULL;
    struct xh_str after;
    struct xh_record record;
    int code = xh__rtype_get(ctx, type, &rtype, err);
    code = code < 0 ? code : xh__read_begin(ctx, &conn, err);
    if (code < 0) {
        return code;
    }
    code = after_of(ctx, conn, rtype, id, at_us, &after, err);
    xh__read_end(ctx, conn);
    if (code >= 0 && after.len == 0) {
        code = xh__not_found(rtype, id, err);
    }
    code = code < 0 ? code : xh__record_from_json(ctx, rtype, after, &record, err);
    code = code < 0 ? code : shown(ctx, rtype, &record, err);
    if (code >= 0) {
        *ret = record;
    }
    return code;
}
