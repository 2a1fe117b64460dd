/* query.c: a room's named report on a connection that only reads. */
#include "service/query.h"

#include "service/records_internal.h"

/* Columns are named through the alias: a name that the SELECT lacks is then an error of the
 * statement, never taken for a text. The line break ends a comment that the room's SQL ends
 * with. */
struct xh_str xh_query_sql(const struct xh_query *query, bool is_own, struct xh_arena *arena)
{
    struct xh_buf sql = {0};
    xh_buf_add_text(&sql, "SELECT ");
    for (size_t i = 0; i < query->columns.field_count; i++) {
        xh_buf_add_format(&sql, "%sxh_q.\"%s\"", i > 0 ? ", " : "", query->columns.fields[i].name);
    }
    xh_buf_add_format(&sql, " FROM (%s\n) AS xh_q", query->sql);
    if (is_own) {
        xh_buf_add_format(&sql, " WHERE xh_q.\"%s\" = :who_party", query->owner_column);
    }
    xh_buf_add_text(&sql, " LIMIT :row_limit");
    struct xh_str text = xh_arena_str(arena, xh_buf_str(&sql));
    xh_buf_finish(&sql);
    return text;
}

static int check_access(const struct xh_ctx *ctx, const struct xh_query *query, struct xh_str name,
                        bool *ret_is_own, struct xh_err *err)
{
    enum xh_may may = xh_may_read(&query->access, ctx->who);
    bool has_filter = query->owner_column != NULL && ctx->who->party_id != 0;
    if (may == XH_MAY_NOT || (may == XH_MAY_OWN && !has_filter)) {
        return xh_err_set(err, XH_E_FORBIDDEN, "\"%s\" may not read the report \"%.*s\"",
                          ctx->who->name, XH_STR_ARG(name));
    }
    *ret_is_own = may == XH_MAY_OWN;
    return XH_E_OK;
}

static void bind_all(struct xh_rel_rows *rows, const struct xh_query *query,
                     const struct xh_doc *params, const struct xh_who *who)
{
    for (size_t i = 0; i < query->params.field_count; i++) {
        const char *name = query->params.fields[i].name;
        if (xh_rel_has_param(rows, name)) {
            xh__value_bind(rows, name, &params->row.values[i]);
        }
    }
    if (xh_rel_has_param(rows, "who_party")) {
        xh_rel_bind_int(rows, "who_party", who->party_id);
    }
    xh_rel_bind_int(rows, "row_limit", XH_QUERY_ROWS_MAX + 1);
}

static int read_row(struct xh_ctx *ctx, struct xh_rel_rows *rows, const struct xh_query *query,
                    struct xh_row *row, struct xh_err *err)
{
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < query->columns.field_count; i++) {
        code = xh__value_read(rows, (int)i, &query->columns.fields[i], ctx->arena, &row->values[i],
                              err);
    }
    return code;
}

static int tell_rows(struct xh_ctx *ctx, struct xh_rel_rows *rows, const struct xh_query *query,
                     xh_row_fn *each, void *arg, struct xh_err *err)
{
    struct xh_row row = {
        XH_NEW_ARRAY(ctx->arena, struct xh_value, query->columns.field_count),
    };
    int code;
    for (size_t count = 1; (code = xh_rel_next(rows, err)) == 1; count++) {
        if (count > XH_QUERY_ROWS_MAX) {
            return xh_err_set(err, XH_E_TOO_LARGE,
                              "the report \"%s\" has more than %d rows; ask for less", query->name,
                              XH_QUERY_ROWS_MAX);
        }
        code = read_row(ctx, rows, query, &row, err);
        code = code < 0 ? code : each(arg, &row, err);
        if (code < 0) {
            return code;
        }
    }
    return code;
}

static int run_on(struct xh_ctx *ctx, struct xh_rel_conn *conn, const struct xh_query *query,
                  struct xh_str sql, const struct xh_doc *params, xh_row_fn *each, void *arg,
                  struct xh_err *err)
{
    struct xh_rel_rows *rows;
    xh_rel_read_timeout(conn, XH_QUERY_TIMEOUT_MS);
    int code = xh_rel_prepare(conn, sql.ptr, &rows, err);
    if (code < 0) {
        return code;
    }
    bind_all(rows, query, params, ctx->who);
    code = tell_rows(ctx, rows, query, each, arg, err);
    xh_rel_done(rows);
    return code;
}

int xh_query_run(struct xh_ctx *ctx, struct xh_str name, const struct xh_doc *params,
                 xh_row_fn *each, void *arg, struct xh_err *err)
{
    struct xh_engine *engine = xh_ctx_engine(ctx);
    const struct xh_query *query = xh_engine_query(engine, name);
    struct xh_rel_conn *conn;
    bool is_own = false;
    xh_assert(ctx->txn == NULL);
    if (query == NULL) {
        return xh_err_set(err, XH_E_NOT_FOUND, "there is no report \"%.*s\"", XH_STR_ARG(name));
    }
    int code = check_access(ctx, query, name, &is_own, err);
    if (code < 0) {
        return code;
    }
    if (params == NULL) {
        params = xh_doc_create(ctx->arena, &query->params);
    }
    xh_assert(params->shape == &query->params);
    code = xh_doc_check(params, err);
    code = code < 0 ? code : xh_rel_read_begin(engine->rel, &conn, err);
    if (code < 0) {
        return code;
    }
    struct xh_str sql = xh_query_sql(query, is_own, ctx->arena);
    code = run_on(ctx, conn, query, sql, params, each, arg, err);
    xh_rel_read_end(engine->rel, conn);
    return code < 0 ? code : XH_E_OK;
}
