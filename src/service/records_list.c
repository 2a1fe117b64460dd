/* records_list.c: lists with filters, one sort and a keyset cursor.
 *
 * Rows are ordered by (sort value, id), nulls first, downwards all of it reversed; a cursor is the
 * last row's place in that order, so a list stays whole and without doubles while rows come and go.
 */
#include "service/records_internal.h"

#include <stdio.h>

/* What a list sorts and filters by: a stored field, or a fixed column. */
static const struct xh_field fixed_fields[] = {
    {.name = "id", .type = XH_T_INT, .flags = XH_F_INDEXED},
    {.name = "state", .type = XH_T_TEXT, .flags = XH_F_INDEXED},
    {.name = "owner", .type = XH_T_INT, .flags = XH_F_INDEXED},
};

static const struct xh_field *column_find(const struct xh__rtype *rtype, struct xh_str name)
{
    const struct xh_shape *shape = &rtype->type->shape;
    const struct xh_field *fixed = xh_field_find(fixed_fields, XH_COUNT(fixed_fields), name);
    return fixed != NULL ? fixed : xh_field_find(shape->fields, shape->field_count, name);
}

static int column_get(const struct xh__rtype *rtype, struct xh_str name, const char *what,
                      const struct xh_field **ret, struct xh_err *err)
{
    const struct xh_field *field = column_find(rtype, name);
    char text[64];
    (void)snprintf(text, sizeof text, "%.*s", XH_STR_ARG(name));
    if (field == NULL) {
        return xh_err_field(err, XH_E_INVALID, text, XH_STR(""), "a field", NULL,
                            "a %s has no field \"%s\" to %s by", rtype->name.ptr, text, what);
    }
    /* Decimals are kept as text, digit for digit, and would compare as such. */
    bool is_indexed = (field->flags & (XH_F_INDEXED | XH_F_UNIQUE)) != 0;
    if (!is_indexed || !xh__is_stored(field) || field->type == XH_T_DEC) {
        return xh_err_field(err, XH_E_INVALID, text, XH_STR(""), "an indexed field", NULL,
                            "a list of %s cannot %s by \"%s\", which is not indexed",
                            rtype->name.ptr, what, text);
    }
    *ret = field;
    return XH_E_OK;
}

/* ---- the question ---- */

struct ask {
    const struct xh__rtype *rtype;
    const struct xh_list *list;
    const struct xh_who *who;
    enum xh_may may;
    const struct xh_field *sort; /* NULL: id */
    bool is_down, has_after;
    struct xh__cursor after;
    size_t limit;
};

static int check_filters(const struct ask *ask, struct xh_err *err)
{
    for (size_t i = 0; i < ask->list->filter_count; i++) {
        const struct xh_filter *filter = &ask->list->filters[i];
        const struct xh_field *field = NULL;
        int code = column_get(ask->rtype, xh_str_from(filter->field), "filter", &field, err);
        if (code < 0) {
            return code;
        }
        bool is_text = field->type == XH_T_TEXT || field->type == XH_T_CHOICE;
        bool is_given_text = filter->value.type == XH_T_TEXT || filter->value.type == XH_T_CHOICE;
        bool is_real = field->type == XH_T_REAL;
        if (!filter->value.is_null && (is_text != is_given_text || filter->value.type == XH_T_DEC ||
                                       (!is_real && filter->value.type == XH_T_REAL))) {
            return xh_err_field(err, XH_E_INVALID, field->name, XH_STR(""), NULL, field->unit,
                                "the filter on %s has a value of another type", field->name);
        }
        if (filter->value.is_null && filter->op != XH_FILTER_EQ) {
            return xh_err_field(err, XH_E_INVALID, field->name, XH_STR(""), "a value", field->unit,
                                "the filter on %s needs a value", field->name);
        }
    }
    return XH_E_OK;
}

static struct xh__cursor_order order_of(const struct ask *ask)
{
    return (struct xh__cursor_order){
        .sort = ask->sort != NULL ? ask->sort->name : "id",
        .is_down = ask->is_down,
        .type = ask->sort != NULL ? ask->sort->type : XH_T_INT,
    };
}

/* What the record is sorted by. */
static struct xh_value sort_value(const struct ask *ask, const struct xh_record *record)
{
    struct xh_value v = {.type = XH_T_INT, .integer = record->id};
    if (ask->sort == &fixed_fields[1]) {
        v = (struct xh_value){.type = XH_T_TEXT, .is_null = record->state.len == 0};
        v.text = record->state;
    } else if (ask->sort == &fixed_fields[2]) {
        v.is_null = record->owner == 0;
        v.integer = record->owner;
    } else if (ask->sort != NULL) {
        v = record->doc->row.values[ask->sort - record->type->shape.fields];
    }
    return v;
}

static int ask_make(struct xh_ctx *ctx, const struct xh__rtype *rtype, const struct xh_list *list,
                    struct ask *ask, struct xh_err *err)
{
    *ask = (struct ask){.rtype = rtype, .list = list, .who = ctx->who};
    ask->may = xh_record_type_may_read(rtype->type, ctx->who);
    ask->limit = list->limit == 0 ? XH__LIST_DEFAULT : list->limit;
    if (ask->limit > XH__LIST_MAX) {
        return xh_err_field(err, XH_E_INVALID, "limit", XH_STR(""), "1 to 1000", "records",
                            "a page holds at most %d records", XH__LIST_MAX);
    }
    int code = check_filters(ask, err);
    if (code >= 0 && list->sort != NULL) {
        struct xh_str name = xh_str_from(list->sort);
        ask->is_down = name.len > 0 && name.ptr[0] == '-';
        name = xh_str_sub(name, ask->is_down, name.len);
        code = column_get(rtype, name, "sort", &ask->sort, err);
        if (ask->sort == &fixed_fields[0]) {
            ask->sort = NULL;
        }
    }
    if (code >= 0 && list->after.len > 0) {
        struct xh__cursor_order order = order_of(ask);
        code = xh__cursor_parse(ctx->arena, list->after, &order, &ask->after, err);
        ask->has_after = code >= 0;
    }
    return code;
}

/* ---- as SQL ---- */

/* f0, f1 ... are the filters' values, after and after_id the cursor's. */
static void add_where(const struct ask *ask, bool with_after, struct xh_buf *sql)
{
    static const char *const operators[] = {
        [XH_FILTER_EQ] = "=", [XH_FILTER_GE] = ">=", [XH_FILTER_LT] = "<"};
    const char *before = " WHERE ";
    for (size_t i = 0; i < ask->list->filter_count; i++) {
        const struct xh_filter *filter = &ask->list->filters[i];
        const char *name = column_find(ask->rtype, xh_str_from(filter->field))->name;
        if (filter->value.is_null) {
            xh_buf_add_format(sql, "%s\"%s\" IS NULL", before, name);
        } else {
            xh_buf_add_format(sql, "%s\"%s\" %s :f%zu", before, name, operators[filter->op], i);
        }
        before = " AND ";
    }
    if (ask->may == XH_MAY_DEVICE) {
        xh_buf_add_format(sql, "%s\"%s\" = :device", before, ask->rtype->type->device_field);
        before = " AND ";
    } else if (ask->may == XH_MAY_OWN) {
        xh_buf_add_format(sql, "%s\"owner\" = :party", before);
        before = " AND ";
    } else if (ask->may == XH_MAY_OPEN) {
        xh_buf_add_format(sql, "%s(\"owner\" IS NULL OR \"owner\" = :party)", before);
        before = " AND ";
    }
    if (!with_after || !ask->has_after) {
        return;
    }
    const char *op = ask->is_down ? "<" : ">";
    xh_buf_add_text(sql, before);
    if (ask->sort == NULL) {
        xh_buf_add_format(sql, "\"id\" %s :after_id", op);
    } else if (ask->after.value.is_null && ask->is_down) {
        xh_buf_add_format(sql, "\"%s\" IS NULL AND \"id\" < :after_id", ask->sort->name);
    } else if (ask->after.value.is_null) {
        xh_buf_add_format(sql, "(\"%s\" IS NOT NULL OR \"id\" > :after_id)", ask->sort->name);
    } else if (ask->is_down && (ask->sort->flags & XH_F_REQUIRED) == 0) {
        xh_buf_add_format(sql,
                          "(\"%s\" IS NULL OR \"%s\" < :after OR (\"%s\" = :after AND \"id\" <"
                          " :after_id))",
                          ask->sort->name, ask->sort->name, ask->sort->name);
    } else { /* the first condition lets the index find the place */
        xh_buf_add_format(sql, "\"%s\" %s= :after AND (\"%s\" %s :after OR \"id\" %s :after_id)",
                          ask->sort->name, op, ask->sort->name, op, op);
    }
}

static void bind_where(const struct ask *ask, struct xh_rel_rows *rows)
{
    for (size_t i = 0; i < ask->list->filter_count; i++) {
        char name[24];
        (void)snprintf(name, sizeof name, "f%zu", i);
        if (!ask->list->filters[i].value.is_null) {
            xh__value_bind(rows, name, &ask->list->filters[i].value);
        }
    }
    if (ask->may == XH_MAY_DEVICE) {
        xh_rel_bind_int(rows, "device", ask->who->device_id);
    }
    if (ask->may == XH_MAY_OWN || ask->may == XH_MAY_OPEN) {
        xh_rel_bind_int(rows, "party", ask->who->party_id);
    }
    if (xh_rel_has_param(rows, "after_id")) {
        xh_rel_bind_int(rows, "after_id", ask->after.id);
    }
    if (xh_rel_has_param(rows, "after")) {
        xh__value_bind(rows, "after", &ask->after.value);
    }
}

static int list_prepare(const struct ask *ask, struct xh_rel_conn *conn, struct xh_rel_rows **ret,
                        struct xh_err *err)
{
    struct xh_buf sql = {0};
    const char *way = ask->is_down ? " DESC" : "";
    xh_buf_add_format(&sql, "SELECT %s FROM \"%s\"", ask->rtype->columns, ask->rtype->table);
    add_where(ask, true, &sql);
    xh_buf_add_text(&sql, " ORDER BY ");
    if (ask->sort != NULL) {
        xh_buf_add_format(&sql, "\"%s\"%s NULLS %s, ", ask->sort->name, way,
                          ask->is_down ? "LAST" : "FIRST");
    }
    xh_buf_add_format(&sql, "\"id\"%s LIMIT :limit", way);
    int code = xh_rel_prepare(conn, xh_buf_text(&sql), ret, err);
    xh_buf_finish(&sql);
    if (code >= 0) {
        bind_where(ask, *ret);
        xh_rel_bind_int(*ret, "limit", (int64_t)ask->limit + 1);
    }
    return code;
}

/* ---- list ---- */

struct records {
    struct xh_record *items;
    size_t count, capacity;
};

/* One record more than asked for tells whether there is a next page. */
static int page_read(struct xh_ctx *ctx, const struct ask *ask, struct xh_rel_conn *conn,
                     struct records *page, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int code = list_prepare(ask, conn, &rows, err);
    if (code < 0) {
        return code;
    }
    while ((code = xh_rel_next(rows, err)) > 0) {
        page->items = xh_arena_grow(ctx->arena, page->items, &page->capacity, page->count + 1,
                                    sizeof *page->items);
        code = xh__record_from_row(ctx, ask->rtype, rows, &page->items[page->count++], err);
        if (code < 0) {
            break;
        }
    }
    xh_rel_done(rows);
    for (size_t i = 0; code >= 0 && ask->list->with_parts && i < page->count; i++) {
        code = xh__parts_read(ctx, ask->rtype, conn, &page->items[i], err);
    }
    return code;
}

int xh_record_list(struct xh_ctx *ctx, const char *type, const struct xh_list *list,
                   xh_record_fn *each, void *arg, struct xh_str *ret_next, struct xh_err *err)
{
    static const struct xh_list whole = {0};
    const struct xh__rtype *rtype = NULL;
    struct xh_rel_conn *conn = NULL;
    struct records page = {0};
    struct ask ask;
    struct xh_str next = {NULL, 0};
    int code = xh__rtype_get(ctx, type, &rtype, err);
    code = code < 0 ? code : ask_make(ctx, rtype, list != NULL ? list : &whole, &ask, err);
    if (code >= 0 && ask.may != XH_MAY_NOT) {
        code = xh__read_begin(ctx, &conn, err);
        if (code >= 0) {
            code = page_read(ctx, &ask, conn, &page, err);
            xh__read_end(ctx, conn);
        }
    }
    if (code >= 0 && page.count > ask.limit) {
        page.count = ask.limit;
        struct xh__cursor_order order = order_of(&ask);
        const struct xh_record *last = &page.items[page.count - 1];
        struct xh__cursor cursor = {last->id, sort_value(&ask, last)};
        next = xh__cursor_print(ctx->arena, &cursor, &order);
    }
    /* The reader is back in its pool by now: `each` may read and write as it likes. */
    for (size_t i = 0; code >= 0 && i < page.count; i++) {
        xh__record_compute(ctx, &page.items[i]);
        code = each(arg, &page.items[i], err);
    }
    if (code >= 0 && ret_next != NULL) {
        *ret_next = next;
    }
    return code < 0 ? code : XH_E_OK;
}

int xh_record_count(struct xh_ctx *ctx, const char *type, const struct xh_list *list,
                    int64_t *ret_count, struct xh_err *err)
{
    static const struct xh_list whole = {0};
    const struct xh__rtype *rtype = NULL;
    struct xh_rel_conn *conn = NULL;
    struct xh_rel_rows *rows = NULL;
    struct xh_buf sql = {0};
    struct ask ask;
    int64_t count = 0;
    int code = xh__rtype_get(ctx, type, &rtype, err);
    code = code < 0 ? code : ask_make(ctx, rtype, list != NULL ? list : &whole, &ask, err);
    if (code >= 0 && ask.may != XH_MAY_NOT) {
        code = xh__read_begin(ctx, &conn, err);
    }
    if (conn != NULL) {
        xh_buf_add_format(&sql, "SELECT count(*) FROM \"%s\"", rtype->table);
        add_where(&ask, false, &sql);
        code = xh_rel_prepare(conn, xh_buf_text(&sql), &rows, err);
        xh_buf_finish(&sql);
        if (code >= 0) {
            bind_where(&ask, rows);
            code = xh_rel_next(rows, err);
            count = code > 0 ? xh_rel_int(rows, 0) : 0;
            xh_rel_done(rows);
        }
        xh__read_end(ctx, conn);
    }
    if (code >= 0) {
        *ret_count = count;
    }
    return code < 0 ? code : XH_E_OK;
}
