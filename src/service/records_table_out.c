/* records_table_out.c: records as CSV and as an Excel workbook, from one consistent state.
 *
 * Columns: id, state (where the type has states), then all fields by their names, computed ones
 * too; a REF is the code of what it names where its type has one, else its id. Personal fields are
 * empty for whoever may not see them. A workbook has a sheet a part, whose first column says which
 * record a row belongs to.
 */
#include "service/records_internal.h"

#include <stdio.h>
#include <string.h>

#include "base/csv.h"
#include "base/num.h"
#include "base/xlsx.h"

/* Where cells go: one of the two writers is set. */
struct sink {
    struct xh_csv_writer csv;
    struct xh_xlsx_writer *xlsx;
};

struct table {
    struct xh_ctx *ctx; /* its arena lives for a page */
    const struct xh__rtype *rtype;
    const struct xh__rpart *part; /* NULL: the records themselves */
    struct sink *sink;
};

static void put_text(struct sink *sink, struct xh_str text)
{
    if (sink->xlsx == NULL) {
        xh_csv_field(&sink->csv, text);
    } else if (text.len == 0) {
        xh_xlsx_empty(sink->xlsx);
    } else {
        xh_xlsx_text(sink->xlsx, text);
    }
}

static void put_int(struct sink *sink, int64_t value)
{
    char text[XH_NUM_TEXT_BYTES];
    bool is_exact = value > -1000000000000000 && value < 1000000000000000;
    size_t len = xh_int_print(value, text);
    if (sink->xlsx != NULL && is_exact) {
        xh_xlsx_number(sink->xlsx, (double)value, 0);
    } else {
        put_text(sink, (struct xh_str){text, len});
    }
}

/* A workbook's numbers have 15 sure digits; a decimal that needs more goes as text. */
static void put_dec(struct sink *sink, struct xh_dec value)
{
    char text[XH_DEC_TEXT_BYTES];
    size_t len = xh_dec_print(value, text);
    bool is_short = value.mantissa > -1000000000000000 && value.mantissa < 1000000000000000 &&
                    value.scale <= 15;
    if (sink->xlsx != NULL && is_short) {
        xh_xlsx_number(sink->xlsx, xh_dec_to_double(value), value.scale);
    } else {
        put_text(sink, (struct xh_str){text, len});
    }
}

static int put_ref(const struct table *t, const struct xh__rtype *of, int64_t id,
                   struct xh_err *err)
{
    struct xh_str key = {NULL, 0};
    int code = of != NULL ? xh__key_get(t->ctx, of, id, &key, err) : XH_E_OK;
    if (key.len > 0) {
        put_text(t->sink, key);
    } else {
        put_int(t->sink, id);
    }
    return code;
}

static int put_value(const struct table *t, const struct xh_value *v, const struct xh__rtype *ref,
                     struct xh_err *err)
{
    if (v->is_null) {
        put_text(t->sink, XH_STR(""));
        return XH_E_OK;
    }
    struct sink *sink = t->sink;
    switch (v->type) {
    case XH_T_REF:
        return put_ref(t, ref, v->integer, err);
    case XH_T_INT:
    case XH_T_MONEY:
        put_int(sink, v->integer);
        return XH_E_OK;
    case XH_T_DEC:
        put_dec(sink, v->dec);
        return XH_E_OK;
    default:
        break;
    }
    if (sink->xlsx != NULL && v->type == XH_T_REAL) {
        xh_xlsx_number(sink->xlsx, v->real, XH_NUM_DECIMALS_SHORTEST);
    } else if (sink->xlsx != NULL && v->type == XH_T_BOOL) {
        xh_xlsx_bool(sink->xlsx, v->truth);
    } else if (sink->xlsx != NULL && v->type == XH_T_DAY) {
        xh_xlsx_day(sink->xlsx, (int32_t)v->integer);
    } else {
        struct xh_buf text = {0};
        xh_value_print(v, &text);
        put_text(sink, xh_buf_str(&text));
        xh_buf_finish(&text);
    }
    return XH_E_OK;
}

static void end_row(struct sink *sink)
{
    if (sink->xlsx != NULL) {
        xh_xlsx_end_row(sink->xlsx);
    } else {
        xh_csv_end(&sink->csv);
    }
}

static int put_row(const struct table *t, const struct xh_field *fields, size_t count,
                   const struct xh_row *row, const struct xh__rtype *const *refs, bool is_masked,
                   struct xh_err *err)
{
    static const struct xh_value nothing = {.is_null = true};
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < count; i++) {
        bool is_hidden = is_masked && (fields[i].flags & XH_F_PERSONAL) != 0;
        code = put_value(t, is_hidden ? &nothing : &row->values[i], refs[i], err);
    }
    end_row(t->sink);
    return code;
}

/* ---- sheets ---- */

static void put_head(struct sink *sink, const char *name)
{
    if (sink->xlsx != NULL) {
        xh_xlsx_header(sink->xlsx, xh_str_from(name));
    } else {
        xh_csv_text(&sink->csv, name);
    }
}

static void put_header(const struct table *t)
{
    const struct xh_shape *shape = &t->rtype->type->shape;
    const struct xh_field *fields = t->part != NULL ? t->part->part->fields : shape->fields;
    size_t count = t->part != NULL ? t->part->part->field_count : shape->field_count;
    put_head(t->sink, t->part != NULL ? XH__SHEET_RECORD : "id");
    if (t->part == NULL && t->rtype->type->states != NULL) {
        put_head(t->sink, "state");
    }
    for (size_t i = 0; i < count; i++) {
        put_head(t->sink, fields[i].name);
    }
    end_row(t->sink);
}

static int put_parts(const struct table *t, const struct xh_record *record, bool is_masked,
                     struct xh_err *err)
{
    const struct xh_part *part = t->part->part;
    const struct xh_rows *rows = &record->doc->parts[part - record->doc->shape->parts];
    int code = XH_E_OK;
    for (size_t r = 0; code >= 0 && r < rows->count; r++) {
        const struct xh_value *key = t->rtype->key_field != XH__NO_FIELD
                                         ? &record->doc->row.values[t->rtype->key_field]
                                         : NULL;
        if (key != NULL && !key->is_null) {
            put_text(t->sink, key->text);
        } else {
            put_int(t->sink, record->id);
        }
        code = put_row(t, part->fields, part->field_count, &rows->rows[r], t->part->refs, is_masked,
                       err);
    }
    return code;
}

static int put_record(void *arg, struct xh_record *record, struct xh_err *err)
{
    const struct table *t = arg;
    const struct xh_shape *shape = &t->rtype->type->shape;
    bool is_masked = xh__is_masked(t->rtype, t->ctx->who, record->owner);
    if (t->part != NULL) {
        return put_parts(t, record, is_masked, err);
    }
    put_int(t->sink, record->id);
    if (t->rtype->type->states != NULL) {
        put_text(t->sink, record->state);
    }
    return put_row(t, shape->fields, shape->field_count, &record->doc->row, t->rtype->refs,
                   is_masked, err);
}

/* All pages; the arena holds one at a time. */
static int put_sheet(struct xh_ctx *ctx, const struct xh__rtype *rtype,
                     const struct xh__rpart *part, const struct xh_list *list, struct sink *sink,
                     struct xh_err *err)
{
    struct xh_ctx own = *ctx;
    struct xh_list page = *list;
    struct table t = {.ctx = &own, .rtype = rtype, .part = part, .sink = sink};
    struct xh_buf after = {0};
    struct xh_str next = {NULL, 0};
    int code = XH_E_OK;
    own.arena = xh_arena_create("page");
    page.limit = XH__LIST_MAX;
    page.after = (struct xh_str){NULL, 0};
    page.with_parts = part != NULL;
    put_header(&t);
    do {
        code = xh_record_list(&own, rtype->name.ptr, &page, put_record, &t, &next, err);
        xh_buf_clear(&after);
        xh_buf_add_str(&after, next);
        page.after = xh_buf_str(&after);
        xh_arena_reset(own.arena);
    } while (code >= 0 && page.after.len > 0);
    xh_buf_finish(&after);
    xh_arena_destroy(own.arena);
    return code;
}

static int too_large(const struct xh__rtype *rtype, struct xh_err *err)
{
    return xh_err_set(err, XH_E_TOO_LARGE, "the table of all %s is larger than 1 GiB",
                      rtype->name.ptr);
}

static int export_csv(struct xh_ctx *ctx, const struct xh__rtype *rtype, const struct xh_list *list,
                      struct xh_buf *out, struct xh_err *err)
{
    struct sink sink = {.xlsx = NULL};
    xh_csv_writer_init(&sink.csv, out);
    sink.csv.is_for_spreadsheet = true;
    int code = put_sheet(ctx, rtype, NULL, list, &sink, err);
    return code >= 0 && out->is_over ? too_large(rtype, err) : code;
}

static int fill_book(struct xh_ctx *ctx, const struct xh__rtype *rtype, const struct xh_list *list,
                     struct sink *sink, struct xh_err *err)
{
    int code = xh_xlsx_sheet(sink->xlsx, xh_str_sub(xh_str_from(rtype->type->plural), 0, 31), err);
    code = code < 0 ? code : put_sheet(ctx, rtype, NULL, list, sink, err);
    for (size_t p = 0; code >= 0 && p < rtype->type->shape.part_count; p++) {
        const struct xh__rpart *part = &rtype->parts[p];
        code = xh_xlsx_sheet(sink->xlsx, xh_str_sub(xh_str_from(part->part->name), 0, 31), err);
        code = code < 0 ? code : put_sheet(ctx, rtype, part, list, sink, err);
    }
    return code;
}

/* The library writes files only: one of our own in the data folder, gone when this returns. */
static int export_xlsx(struct xh_ctx *ctx, const struct xh__rtype *rtype,
                       const struct xh_list *list, struct xh_buf *out, struct xh_err *err)
{
    struct xh_engine *engine = xh_ctx_engine(ctx);
    struct sink sink = {.xlsx = NULL};
    uint64_t name = 0;
    xh_env_random(engine->env, &name, sizeof name);
    struct xh_str path = xh_arena_format(ctx->arena, "%s/export-%016llx.tmp", engine->dir,
                                         (unsigned long long)name);
    int code = xh_xlsx_create(path.ptr, &sink.xlsx, err);
    if (code < 0) {
        return code;
    }
    code = fill_book(ctx, rtype, list, &sink, err);
    int finished = xh_xlsx_finish(sink.xlsx, code < 0 ? NULL : err);
    code = code < 0 ? code : finished;
    if (code >= 0) {
        code = xh_file_read(engine->env, path.ptr, (size_t)1 << 30, out, err);
    }
    (void)xh_file_remove(engine->env, path.ptr, NULL);
    return code;
}

int xh_records_export(struct xh_ctx *ctx, const char *type, const struct xh_list *list,
                      enum xh_table_format format, struct xh_buf *out, struct xh_err *err)
{
    static const struct xh_list whole = {0};
    const struct xh__rtype *rtype = NULL;
    struct xh_rel_conn *conn = NULL;
    struct xh_ctx own = *ctx;
    int code = xh__rtype_get(ctx, type, &rtype, err);
    code = code < 0 ? code : xh__read_begin(ctx, &conn, err);
    if (code < 0) {
        return code;
    }
    own.txn = conn; /* one state for all pages and sheets */
    list = list != NULL ? list : &whole;
    code = format == XH_TABLE_XLSX ? export_xlsx(&own, rtype, list, out, err)
                                   : export_csv(&own, rtype, list, out, err);
    xh__read_end(ctx, conn);
    return code < 0 ? code : XH_E_OK;
}
