/* records_row.c: between rows of the store and docs. */
#include "service/records_internal.h"

#include <string.h>

#include "base/num.h"

/* The fixed columns stand first, in the order of records_types.c. */
enum { COLUMN_ID, COLUMN_VERSION, COLUMN_OWNER, COLUMN_STATE, COLUMN_CREATED, COLUMN_UPDATED,
       COLUMN_FIELDS };

/* ---- values ---- */

void xh__value_bind(struct xh_rel_rows *rows, const char *name, const struct xh_value *v)
{
    char text[XH_DEC_TEXT_BYTES];
    if (v->is_null) {
        xh_rel_bind_null(rows, name);
        return;
    }
    switch (v->type) {
    case XH_T_BOOL:
        xh_rel_bind_int(rows, name, v->truth);
        break;
    case XH_T_REAL:
        xh_rel_bind_real(rows, name, v->real);
        break;
    case XH_T_DEC: {
        size_t len = xh_dec_print(v->dec, text);
        xh_rel_bind_text(rows, name, (struct xh_str){text, len});
        break;
    }
    case XH_T_TEXT:
    case XH_T_CHOICE:
        xh_rel_bind_text(rows, name, v->text);
        break;
    default:
        xh_rel_bind_int(rows, name, v->integer);
        break;
    }
}

int xh__value_read(struct xh_rel_rows *rows, int column, const struct xh_field *field,
                   struct xh_arena *arena, struct xh_value *ret, struct xh_err *err)
{
    ret->type = field->type;
    ret->is_null = xh_rel_is_null(rows, column);
    if (ret->is_null) {
        return XH_E_OK;
    }
    switch (field->type) {
    case XH_T_BOOL:
        ret->truth = xh_rel_int(rows, column) != 0;
        break;
    case XH_T_REAL:
        ret->real = xh_rel_real(rows, column);
        break;
    case XH_T_DEC: {
        struct xh_str text = xh_rel_text(rows, column);
        if (xh_dec_parse(text, &ret->dec, NULL) < 0) {
            return xh_err_field(err, XH_E_CORRUPT, field->name, text, NULL, NULL,
                                "the stored %s \"%.*s\" is not a decimal", field->name,
                                XH_STR_ARG(text));
        }
        break;
    }
    case XH_T_TEXT:
    case XH_T_CHOICE:
        ret->text = xh_arena_str(arena, xh_rel_text(rows, column));
        break;
    default:
        ret->integer = xh_rel_int(rows, column);
        break;
    }
    return XH_E_OK;
}

static int fields_read(struct xh_rel_rows *rows, int column, const struct xh_field *fields,
                       size_t count, struct xh_arena *arena, struct xh_row *row, struct xh_err *err)
{
    int code = XH_E_OK;
    for (size_t i = 0; code == XH_E_OK && i < count; i++) {
        if (xh__is_stored(&fields[i])) {
            code = xh__value_read(rows, column++, &fields[i], arena, &row->values[i], err);
        }
    }
    return code;
}

/* ---- records ---- */

int xh__record_from_row(struct xh_ctx *ctx, const struct xh__rtype *rtype, struct xh_rel_rows *rows,
                        struct xh_record *ret, struct xh_err *err)
{
    const struct xh_shape *shape = &rtype->type->shape;
    *ret = (struct xh_record){
        .type = rtype->type,
        .id = xh_rel_int(rows, COLUMN_ID),
        .version = xh_rel_int(rows, COLUMN_VERSION),
        .owner = xh_rel_int(rows, COLUMN_OWNER), /* NULL reads as 0 */
        .state = xh_arena_str(ctx->arena, xh_rel_text(rows, COLUMN_STATE)),
        .created_us = xh_rel_int(rows, COLUMN_CREATED),
        .updated_us = xh_rel_int(rows, COLUMN_UPDATED),
        .doc = xh_doc_create(ctx->arena, shape),
    };
    return fields_read(rows, COLUMN_FIELDS, shape->fields, shape->field_count, ctx->arena,
                       &ret->doc->row, err);
}

int xh__record_load(struct xh_ctx *ctx, const struct xh__rtype *rtype, struct xh_rel_conn *conn,
                    int64_t id, struct xh_record *ret, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, rtype->select, &rows, err);
    if (code < 0) {
        return code;
    }
    xh_rel_bind_int(rows, "id", id);
    code = xh_rel_next(rows, err);
    if (code > 0) {
        code = xh__record_from_row(ctx, rtype, rows, ret, err);
    } else if (code == 0) {
        code = xh__not_found(rtype, id, err);
    }
    xh_rel_done(rows);
    return code < 0 ? code : xh__parts_read(ctx, rtype, conn, ret, err);
}

void xh__record_compute(const struct xh_ctx *ctx, struct xh_record *record)
{
    if (record->type->compute != NULL) {
        record->type->compute(ctx, record->doc);
    }
}

/* ---- parts ---- */

static int part_read(const struct xh__rpart *p, struct xh_rel_conn *conn, struct xh_record *record,
                     struct xh_err *err)
{
    struct xh_doc *doc = record->doc;
    struct xh_rows *into = &doc->parts[p->part - doc->shape->parts];
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, p->select, &rows, err);
    if (code < 0) {
        return code;
    }
    xh_rel_bind_int(rows, "record_id", record->id);
    while ((code = xh_rel_next(rows, err)) > 0) {
        size_t at = xh_doc_add(doc, p->part->name);
        code = fields_read(rows, 0, p->part->fields, p->part->field_count, doc->arena,
                           &into->rows[at], err);
        if (code < 0) {
            break;
        }
    }
    xh_rel_done(rows);
    return code;
}

int xh__parts_read(struct xh_ctx *ctx, const struct xh__rtype *rtype, struct xh_rel_conn *conn,
                   struct xh_record *record, struct xh_err *err)
{
    (void)ctx;
    int code = XH_E_OK;
    for (size_t p = 0; code == XH_E_OK && p < rtype->type->shape.part_count; p++) {
        code = part_read(&rtype->parts[p], conn, record, err);
    }
    return code;
}

static int part_remove(const struct xh__rpart *p, struct xh_rel_conn *conn, int64_t record_id,
                       struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, p->remove, &rows, err);
    if (code < 0) {
        return code;
    }
    xh_rel_bind_int(rows, "record_id", record_id);
    code = xh_rel_next(rows, err);
    xh_rel_done(rows);
    return code;
}

/* "place 99 does not exist" where the store speaks of tables and columns. */
static void name_fault(const struct xh_part *part, const struct xh_row *row, size_t at,
                       struct xh_err *err)
{
    const struct xh_field *field = err != NULL ? xh_field_find(part->fields, part->field_count,
                                                               xh_str_from(err->field))
                                               : NULL;
    if (field == NULL || err->code != XH_E_INVALID || field->type != XH_T_REF) {
        return;
    }
    int64_t id = xh_value_int(&row->values[field - part->fields]);
    char value[32];
    struct xh_str text = {value, xh_int_print(id, value)};
    (void)xh_err_field(err, XH_E_INVALID, field->name, text, field->ref, NULL,
                       "%s %.*s of row %zu of %s does not exist", field->name, XH_STR_ARG(text),
                       at + 1, part->name);
    xh_err_prefix(err, "%s[%zu].", part->name, at);
}

static int part_insert(const struct xh__rpart *p, struct xh_rel_conn *conn, int64_t record_id,
                       const struct xh_rows *from, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, p->insert, &rows, err);
    if (code < 0) {
        return code;
    }
    for (size_t at = 0; code >= 0 && at < from->count; at++) {
        xh_rel_bind_int(rows, "record_id", record_id);
        xh_rel_bind_int(rows, "row_index", (int64_t)at);
        for (size_t i = 0; i < p->part->field_count; i++) {
            if (xh__is_stored(&p->part->fields[i])) {
                xh__value_bind(rows, p->part->fields[i].name, &from->rows[at].values[i]);
            }
        }
        code = xh_rel_next(rows, err);
        if (code < 0) {
            name_fault(p->part, &from->rows[at], at, err);
        }
    }
    xh_rel_done(rows);
    return code;
}

static bool rows_same(const struct xh_part *part, const struct xh_rows *a, const struct xh_rows *b)
{
    if (a->count != b->count) {
        return false;
    }
    for (size_t r = 0; r < a->count; r++) {
        for (size_t i = 0; i < part->field_count; i++) {
            if (xh__is_stored(&part->fields[i]) &&
                !xh__value_same(&a->rows[r].values[i], &b->rows[r].values[i])) {
                return false;
            }
        }
    }
    return true;
}

int xh__parts_write(const struct xh__rtype *rtype, struct xh_rel_conn *conn,
                    const struct xh_record *record, const struct xh_doc *before, struct xh_err *err)
{
    int code = XH_E_OK;
    for (size_t p = 0; code >= 0 && p < rtype->type->shape.part_count; p++) {
        const struct xh__rpart *part = &rtype->parts[p];
        const struct xh_rows *rows = &record->doc->parts[p];
        if (before != NULL && rows_same(part->part, rows, &before->parts[p])) {
            continue;
        }
        if (before != NULL && before->parts[p].count > 0) {
            code = part_remove(part, conn, record->id, err);
        }
        if (code >= 0) {
            code = part_insert(part, conn, record->id, rows, err);
        }
    }
    return code < 0 ? code : XH_E_OK;
}

/* ---- comparison ---- */

bool xh__value_same(const struct xh_value *a, const struct xh_value *b)
{
    bool is_dec = a->type == XH_T_DEC && !a->is_null && !b->is_null;
    return xh_value_equal(a, b) && (!is_dec || a->dec.scale == b->dec.scale);
}

bool xh__fields_same(const struct xh_doc *a, const struct xh_doc *b)
{
    for (size_t i = 0; i < a->shape->field_count; i++) {
        if (xh__is_stored(&a->shape->fields[i]) &&
            !xh__value_same(&a->row.values[i], &b->row.values[i])) {
            return false;
        }
    }
    return true;
}

bool xh__doc_same(const struct xh_doc *a, const struct xh_doc *b)
{
    for (size_t p = 0; p < a->shape->part_count; p++) {
        if (!rows_same(&a->shape->parts[p], &a->parts[p], &b->parts[p])) {
            return false;
        }
    }
    return xh__fields_same(a, b);
}
