/* records_write.c: putting a record: new, or changed.
 *
 * A put works on a copy of what it was given and hands its result over only when all went well, so
 * that it can run twice. A change that changes nothing writes nothing: version and change table
 * stay as they are.
 */
#include "service/records_internal.h"

#include <string.h>

#include "base/num.h"

/* ---- faults, named by field ---- */

static int taken_fault(const struct xh__rtype *rtype, const struct xh_field *field,
                       const struct xh_value *v, struct xh_err *err)
{
    struct xh_buf text = {0};
    xh_value_print(v, &text);
    int code = xh_err_field(err, XH_E_CONFLICT, field->name, xh_buf_str(&text), "unique", NULL,
                            "there is already a %s with %s \"%.80s\"", rtype->name.ptr, field->name,
                            xh_buf_text(&text));
    xh_buf_finish(&text);
    return code;
}

static int missing_fault(const struct xh_field *field, const struct xh_value *v, struct xh_err *err)
{
    char text[XH_NUM_TEXT_BYTES];
    struct xh_str value = {text, xh_int_print(xh_value_int(v), text)};
    return xh_err_field(err, XH_E_INVALID, field->name, value, field->ref, NULL,
                        "%s %.*s does not exist", field->name, XH_STR_ARG(value));
}

/* The store names its columns; people know fields and values. */
static int named_fault(const struct xh__rtype *rtype, const struct xh_record *record, int code,
                       struct xh_err *own, struct xh_err *err)
{
    const struct xh_shape *shape = &rtype->type->shape;
    const struct xh_field *field = xh_field_find(shape->fields, shape->field_count,
                                                 xh_str_from(own->field));
    if (field != NULL && code == XH_E_CONFLICT) {
        return taken_fault(rtype, field, &record->doc->row.values[field - shape->fields], err);
    }
    if (field != NULL && code == XH_E_INVALID && field->type == XH_T_REF) {
        return missing_fault(field, &record->doc->row.values[field - shape->fields], err);
    }
    if (err != NULL) {
        *err = *own;
    }
    return code;
}

/* ---- storing ---- */

static void bind_owner(struct xh_rel_rows *rows, int64_t owner)
{
    if (owner != 0) {
        xh_rel_bind_int(rows, "owner", owner);
    } else {
        xh_rel_bind_null(rows, "owner");
    }
}

static void bind_record(struct xh_rel_rows *rows, const struct xh_record *record)
{
    const struct xh_shape *shape = &record->type->shape;
    xh_rel_bind_int(rows, "version", record->version);
    bind_owner(rows, record->owner);
    if (record->state.len > 0) {
        xh_rel_bind_text(rows, "state", record->state);
    } else {
        xh_rel_bind_null(rows, "state");
    }
    xh_rel_bind_int(rows, "created_us", record->created_us);
    xh_rel_bind_int(rows, "updated_us", record->updated_us);
    for (size_t i = 0; i < shape->field_count; i++) {
        if (xh__is_stored(&shape->fields[i]) && !xh__is_owner_column(&shape->fields[i])) {
            xh__value_bind(rows, shape->fields[i].name, &record->doc->row.values[i]);
        }
    }
}

static int row_store(const struct xh__rtype *rtype, struct xh_rel_conn *conn, bool is_new,
                     struct xh_record *record, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    struct xh_err own = {0};
    int code = xh_rel_prepare(conn, is_new ? rtype->insert : rtype->update, &rows, err);
    if (code < 0) {
        return code;
    }
    bind_record(rows, record);
    if (!is_new) {
        xh_rel_bind_int(rows, "id", record->id);
    }
    code = xh_rel_next(rows, &own);
    xh_rel_done(rows);
    if (code < 0) {
        return named_fault(rtype, record, code, &own, err);
    }
    if (is_new) {
        record->id = xh_rel_last_id(conn);
    }
    return XH_E_OK;
}

/* A party owns itself, which it can only when it has an id. */
static int own_itself(const struct xh__rtype *rtype, struct xh_rel_conn *conn,
                      struct xh_record *record, struct xh_err *err)
{
    if (!rtype->type->owns_itself || record->owner == record->id) {
        return XH_E_OK;
    }
    record->owner = record->id;
    return row_store(rtype, conn, false, record, err);
}

int xh__record_store(struct xh_ctx *ctx, const struct xh__rtype *rtype, struct xh_rel_conn *conn,
                     const struct xh_record *before, struct xh_record *record, const char *verb,
                     struct xh_err *err)
{
    int64_t now_us = xh__write_now_us(ctx, conn, err);
    if (now_us < 0) {
        return (int)now_us;
    }
    record->version = before != NULL ? before->version + 1 : 1;
    record->created_us = before != NULL ? before->created_us : now_us;
    record->updated_us = now_us;
    int code = row_store(rtype, conn, before == NULL, record, err);
    code = code < 0 ? code : own_itself(rtype, conn, record, err);
    code = code < 0 ? code : xh__parts_write(rtype, conn, record, before ? before->doc : NULL, err);
    if (code < 0) {
        return code;
    }
    struct xh_buf old = {0}, new = {0};
    if (before != NULL) {
        xh__record_stored_json(before, &old);
    }
    xh__record_stored_json(record, &new);
    code = xh__change_append(ctx, conn, now_us, rtype->name.ptr, record->id, record->owner,
                             record->version, verb, xh_buf_str(&old), xh_buf_str(&new), err);
    xh_buf_finish(&old);
    xh_buf_finish(&new);
    return code;
}

/* ---- checks ---- */

int xh__record_check(struct xh_ctx *ctx, const struct xh__rtype *rtype, struct xh_rel_conn *conn,
                     struct xh_record *record, struct xh_err *err)
{
    int code = xh_doc_check(record->doc, err);
    if (code < 0 || rtype->type->check == NULL) {
        return code;
    }
    struct xh__elevated e;
    struct xh_in in = {.record = record};
    struct xh_out out = {0};
    code = rtype->type->check(xh__elevate(&e, ctx, conn), &in, &out, err);
    return code < 0 ? code : XH_E_OK;
}

int64_t xh__record_owner(const struct xh__rtype *rtype, const struct xh_record *record)
{
    if (rtype->owner_field != XH__NO_FIELD) {
        return xh_value_int(&record->doc->row.values[rtype->owner_field]);
    }
    return rtype->type->owns_itself ? record->id : record->owner;
}

/* An empty text is no text: "" and null are one value in tables, forms and here. */
static void blank_texts(const struct xh_field *fields, size_t count, struct xh_row *row)
{
    for (size_t i = 0; i < count; i++) {
        bool is_text = fields[i].type == XH_T_TEXT || fields[i].type == XH_T_CHOICE;
        if (is_text && row->values[i].text.len == 0) {
            row->values[i].is_null = true;
        }
    }
}

static void blank_all(struct xh_doc *doc)
{
    blank_texts(doc->shape->fields, doc->shape->field_count, &doc->row);
    for (size_t p = 0; p < doc->shape->part_count; p++) {
        for (size_t r = 0; r < doc->parts[p].count; r++) {
            blank_texts(doc->shape->parts[p].fields, doc->shape->parts[p].field_count,
                        &doc->parts[p].rows[r]);
        }
    }
}

/* From outside a READ_ONLY field keeps what is stored; a value of its own is refused, not dropped
 * in silence. `before` NULL: a new record. */
static int keep_read_only(const struct xh_record *before, struct xh_doc *doc, struct xh_err *err)
{
    for (size_t i = 0; i < doc->shape->field_count; i++) {
        const struct xh_field *field = &doc->shape->fields[i];
        struct xh_value *v = &doc->row.values[i];
        if ((field->flags & XH_F_READ_ONLY) == 0 || !xh__is_stored(field)) {
            continue;
        }
        const struct xh_value *stored = before != NULL ? &before->doc->row.values[i] : NULL;
        if (!v->is_null && (stored == NULL || !xh_value_equal(v, stored))) {
            return xh_err_field(err, XH_E_INVALID, field->name, XH_STR(""), "read only", NULL,
                                "%s is set by the program itself", field->name);
        }
        if (stored != NULL) {
            *v = *stored;
        }
    }
    return XH_E_OK;
}

/* Who may only write what is its own makes it its own, and may not give it away. */
static int check_owner(const struct xh__rtype *rtype, const struct xh_who *who,
                       struct xh_record *record, struct xh_err *err)
{
    enum xh_may may = xh_may_write(&rtype->type->access, who);
    bool is_mine = record->owner == who->party_id;
    if (may == XH_MAY_ALL || (may == XH_MAY_OWN && is_mine)) {
        return XH_E_OK;
    }
    if (may == XH_MAY_OWN && rtype->owner_field != XH__NO_FIELD) {
        const char *name = rtype->type->owner_field;
        return xh_err_field(err, XH_E_FORBIDDEN, name, XH_STR(""), NULL, NULL,
                            "%s may only name itself as %s", who->name, name);
    }
    return xh__forbidden(rtype, who, record->id == 0 ? "make" : "change", err);
}

static int check_state(const struct xh_record *given, struct xh_str is, struct xh_err *err)
{
    if (given->state.len == 0 || xh_str_equal(given->state, is)) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_INVALID, "state", given->state, NULL, NULL,
                        "the state is \"%.*s\" and changes by a verb only", XH_STR_ARG(is));
}

/* ---- put ---- */

/* The owner of a new record is filled in where its maker could only be it. */
static int prepare_new(struct xh_ctx *ctx, const struct xh__rtype *rtype,
                       const struct xh_record *given, struct xh_record *record, struct xh_err *err)
{
    const struct xh_record_type *type = rtype->type;
    record->state = xh_str_from(type->states != NULL ? type->states[0] : NULL);
    record->owner = ctx->who->party_id;
    if (rtype->owner_field != XH__NO_FIELD) {
        struct xh_value *v = &record->doc->row.values[rtype->owner_field];
        if (v->is_null && xh_may_write(&type->access, ctx->who) == XH_MAY_OWN) {
            xh_value_set_int(v, ctx->who->party_id);
        }
    }
    if (type->owns_itself) {
        record->owner = 0;
    }
    return check_state(given, record->state, err);
}

int xh__check_version(const struct xh__rtype *rtype, int64_t given, const struct xh_record *before,
                      struct xh_err *err)
{
    char value[XH_NUM_TEXT_BYTES], limit[XH_NUM_TEXT_BYTES];
    struct xh_str text = {value, xh_int_print(given, value)};
    (void)xh_int_print(before->version, limit);
    if (given == 0) {
        return xh_err_field(err, XH_E_PRECONDITION_NEEDED, "version", XH_STR(""), limit, NULL,
                            "a change of %s %lld must name the version that it changes",
                            rtype->name.ptr, (long long)before->id);
    }
    if (given != before->version) {
        return xh_err_field(err, XH_E_PRECONDITION, "version", text, limit, NULL,
                            "%s %lld has version %s by now, not %s", rtype->name.ptr,
                            (long long)before->id, limit, value);
    }
    return XH_E_OK;
}

static int prepare_change(struct xh_ctx *ctx, const struct xh__rtype *rtype,
                          const struct xh_record *given, const struct xh_record *before,
                          struct xh_record *record, struct xh_err *err)
{
    if (!xh__may_change(&rtype->type->access, ctx->who, before->owner)) {
        return xh__may_see(rtype, ctx->who, before->owner)
                   ? xh__forbidden(rtype, ctx->who, "change", err)
                   : xh__not_found(rtype, given->id, err);
    }
    int code = xh__check_version(rtype, given->version, before, err);
    if (code < 0) {
        return code;
    }
    if (xh__is_frozen(rtype->type, before->state)) {
        return xh_err_field(err, XH_E_CONFLICT, "state", before->state, NULL, NULL,
                            "a %s that is \"%.*s\" can no longer be changed", rtype->name.ptr,
                            XH_STR_ARG(before->state));
    }
    record->state = before->state;
    record->owner = before->owner;
    return check_state(given, before->state, err);
}

int xh__record_put_in(struct xh_ctx *ctx, struct xh_rel_conn *conn, const struct xh_record *given,
                      struct xh_record *ret, bool *ret_is_same, struct xh_err *err)
{
    const struct xh__rtype *rtype = xh__rtype_of(xh_ctx_engine(ctx), given->type);
    struct xh_record before = {0};
    struct xh_record record = *given;
    bool is_new = given->id == 0;
    record.doc = xh_doc_copy(ctx->arena, given->doc);
    blank_all(record.doc);

    int code = is_new ? XH_E_OK : xh__record_load(ctx, rtype, conn, given->id, &before, err);
    if (code < 0) {
        return code;
    }
    code = is_new ? prepare_new(ctx, rtype, given, &record, err)
                  : prepare_change(ctx, rtype, given, &before, &record, err);
    if (code >= 0 && !xh__is_engine(ctx->who)) {
        code = keep_read_only(is_new ? NULL : &before, record.doc, err);
    }
    if (code < 0) {
        return code;
    }
    record.owner = xh__record_owner(rtype, &record);
    code = check_owner(rtype, ctx->who, &record, err);
    code = code < 0 ? code : xh__record_check(ctx, rtype, conn, &record, err);
    xh__records_guard *guard = xh_ctx_engine(ctx)->records->guard;
    if (code >= 0 && guard != NULL) {
        code = guard(ctx, is_new ? NULL : &before, &record, err);
    }
    if (code < 0) {
        return code;
    }
    record.owner = xh__record_owner(rtype, &record); /* a check may fill fields in */
    *ret_is_same = !is_new && xh__doc_same(record.doc, before.doc);
    if (*ret_is_same) {
        *ret = before;
    } else {
        code = xh__record_store(ctx, rtype, conn, is_new ? NULL : &before, &record,
                                is_new ? "create" : "edit", err);
        *ret = record;
    }
    return code;
}

struct put {
    const struct xh_record *given;
    struct xh_record written;
};

static int put_run(struct xh_ctx *ctx, struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    struct put *put = arg;
    bool is_same = false;
    return xh__record_put_in(ctx, conn, put->given, &put->written, &is_same, err);
}

int xh_record_put(struct xh_ctx *ctx, struct xh_record *record, struct xh_err *err)
{
    struct put put = {.given = record};
    int code = xh__change(ctx, put_run, &put, err);
    if (code < 0) {
        return code;
    }
    xh__record_compute(ctx, &put.written);
    *record = put.written;
    return XH_E_OK;
}

int xh_record_new(struct xh_ctx *ctx, const char *type, struct xh_record *ret, struct xh_err *err)
{
    const struct xh__rtype *rtype = NULL;
    int code = xh__rtype_get(ctx, type, &rtype, err);
    if (code < 0) {
        return code;
    }
    *ret = (struct xh_record){
        .type = rtype->type,
        .state = xh_str_from(rtype->type->states != NULL ? rtype->type->states[0] : NULL),
        .doc = xh_doc_create(ctx->arena, &rtype->type->shape),
    };
    return XH_E_OK;
}
