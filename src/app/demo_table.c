/* demo_table.c: a row of a table becomes a record, with its parts and what happened to it. */
#include "app/demo_table.h"

#include <string.h>

#include "app/app.h"
#include "app/assets.h"
#include "base/csv.h"
#include "base/num.h"
#include "service/records.h"

enum { SLICE_RECORDS = 200 };

/* ---- reading ---- */

static const struct xh_embed *file_find(const char *file)
{
    for (const struct xh_embed *f = xh_assets_data; f->name != NULL; f++) {
        if (strcmp(f->name, file) == 0) {
            return f;
        }
    }
    return NULL;
}

static void row_add(struct xh_arena *arena, struct xh_demo_table *table, size_t *capacity,
                    const struct xh_str *fields, size_t count)
{
    size_t columns = table->column_count;
    table->cells = xh_arena_grow(arena, table->cells, capacity, (table->row_count + 1) * columns,
                                 sizeof *table->cells);
    struct xh_str *row = table->cells + table->row_count++ * columns;
    for (size_t i = 0; i < columns; i++) {
        row[i] = i < count ? xh_arena_str(arena, fields[i]) : XH_STR("");
    }
}

int xh_demo_table_read(struct xh_arena *arena, const char *file, struct xh_demo_table *ret,
                       struct xh_err *err)
{
    const struct xh_embed *embed = file_find(file);
    struct xh_demo_table table = {.file = file};
    const struct xh_str *fields;
    size_t count = 0, capacity = 0;

    if (embed == NULL) {
        return xh_err_set(err, XH_E_INTERNAL, "the program does not hold its file \"%s\"", file);
    }
    struct xh_csv_reader *reader = xh_csv_reader_create(',');
    xh_csv_feed(reader, embed->bytes, embed->size_bytes, true);
    int code = xh_csv_next(reader, &fields, &count, err);
    if (code > 0) {
        struct xh_str *names = XH_NEW_ARRAY(arena, struct xh_str, count);
        for (size_t i = 0; i < count; i++) {
            names[i] = xh_arena_str(arena, fields[i]);
        }
        table.names = names;
        table.column_count = count;
    }
    while (code > 0 && (code = xh_csv_next(reader, &fields, &count, err)) > 0) {
        row_add(arena, &table, &capacity, fields, count);
    }
    xh_csv_reader_destroy(reader);
    if (code < 0) {
        return code;
    }
    *ret = table;
    return 0;
}

struct xh_str xh_demo_cell(const struct xh_demo_table *table, size_t row, const char *column)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (xh_str_is(table->names[i], column)) {
            return table->cells[row * table->column_count + i];
        }
    }
    return XH_STR("");
}

double xh_demo_number(const struct xh_demo_table *table, size_t row, const char *column)
{
    double value = 0;
    return xh_num_parse(xh_demo_cell(table, row, column), &value, NULL) < 0 ? 0 : value;
}

int64_t xh_demo_integer(const struct xh_demo_table *table, size_t row, const char *column)
{
    int64_t value = 0;
    return xh_int_parse(xh_demo_cell(table, row, column), &value) < 0 ? 0 : value;
}

/* ---- one value ---- */

struct making {
    const char *type;
    int32_t day_0;
    struct xh_demo_table table;
    size_t from, to; /* this slice */
};

static int ref_find(struct xh_ctx *ctx, const struct xh_field *field, struct xh_str code,
                    struct xh_value *ret, struct xh_err *err)
{
    struct xh_record record;
    int status = xh_record_find(ctx, field->ref, "code", code, &record, err);
    if (status == 0) {
        *ret = (struct xh_value){.type = XH_T_REF};
        ret->integer = record.id;
    }
    return status;
}

static int value_read(struct xh_ctx *ctx, const struct making *m, const struct xh_field *field,
                      struct xh_str text, struct xh_value *ret, struct xh_err *err)
{
    int64_t days = 0;

    if (field->type == XH_T_REF) {
        return ref_find(ctx, field, text, ret, err);
    }
    if (field->type == XH_T_DAY && xh_str_starts(text, XH_STR("@")) &&
        xh_int_parse(xh_str_sub(text, 1, text.len - 1), &days) == 0) {
        *ret = (struct xh_value){.type = XH_T_DAY};
        ret->integer = m->day_0 + days;
        return 0;
    }
    return xh_value_parse(field, text, ctx->arena, ret, err);
}

/* ---- one column ---- */

/* "results[0].before": the part, the row, the field; "tasks[].done": row -1, for all. False: it is
 * none of a part. */
static bool part_split(const struct xh_shape *shape, struct xh_str name,
                       const struct xh_part **part, int64_t *row, struct xh_str *field)
{
    const char *open = memchr(name.ptr, '[', name.len), *close = memchr(name.ptr, ']', name.len);

    if (open == NULL || close == NULL || close < open) {
        return false;
    }
    size_t len = (size_t)(open - name.ptr), end = (size_t)(close - name.ptr);
    struct xh_str number = xh_str_sub(name, len + 1, end - len - 1);
    *row = -1;
    *field = xh_str_sub(name, end + 2, name.len);
    for (size_t i = 0; i < shape->part_count; i++) {
        if (xh_str_is(xh_str_sub(name, 0, len), shape->parts[i].name)) {
            *part = &shape->parts[i];
            return number.len == 0 || xh_int_parse(number, row) == 0;
        }
    }
    return false;
}

static int wrong_column(const struct making *m, struct xh_str name, struct xh_err *err)
{
    return xh_err_set(err, XH_E_INTERNAL, "%s: %s has no field \"%.*s\"", m->table.file, m->type,
                      XH_STR_ARG(name));
}

static int row_put(struct xh_ctx *ctx, const struct making *m, struct xh_doc *doc,
                   const struct xh_part *part, const struct xh_field *field, size_t row,
                   struct xh_str text, struct xh_err *err)
{
    struct xh_value value;
    int code = value_read(ctx, m, field, text, &value, err);

    while (code == 0 && xh_doc_count(doc, part->name) <= row) {
        (void)xh_doc_add(doc, part->name);
    }
    if (code == 0) {
        *xh_doc_put(doc, part->name, row, field->name) = value;
    }
    return code;
}

/* Cuts off what stands before the next separator. */
static struct xh_str piece_next(struct xh_str *left, char separator)
{
    const char *at = left->len > 0 ? memchr(left->ptr, separator, left->len) : NULL;
    size_t len = at ? (size_t)(at - left->ptr) : left->len;
    struct xh_str piece = xh_str_sub(*left, 0, len);

    *left = xh_str_sub(*left, len + (at != NULL), left->len);
    return piece;
}

static int part_put(struct xh_ctx *ctx, const struct making *m, struct xh_doc *doc,
                    struct xh_str name, struct xh_str text, struct xh_err *err)
{
    const struct xh_part *part = NULL;
    struct xh_str field_name = {NULL, 0};
    int64_t row = 0;
    int code = 0;

    if (!part_split(doc->shape, name, &part, &row, &field_name)) {
        return wrong_column(m, name, err);
    }
    const struct xh_field *field = xh_field_find(part->fields, part->field_count, field_name);
    if (field == NULL) {
        return wrong_column(m, name, err);
    }
    if (row >= 0) {
        return row_put(ctx, m, doc, part, field, (size_t)row, text, err);
    }
    for (size_t i = 0; code == 0 && text.len > 0; i++) {
        code = row_put(ctx, m, doc, part, field, i, piece_next(&text, '|'), err);
    }
    return code;
}

static bool is_told_to_verbs(struct xh_str name)
{
    return xh_str_is(name, "verbs") || xh_str_starts(name, XH_STR("in."));
}

static int cell_put(struct xh_ctx *ctx, const struct making *m, struct xh_doc *doc,
                    struct xh_str name, struct xh_str text, struct xh_err *err)
{
    const struct xh_field *field = xh_field_find(doc->shape->fields, doc->shape->field_count, name);
    struct xh_value value;

    if (text.len == 0 || is_told_to_verbs(name)) {
        return 0;
    }
    if (field == NULL) {
        return part_put(ctx, m, doc, name, text, err);
    }
    int code = value_read(ctx, m, field, text, &value, err);
    if (code == 0) {
        doc->row.values[field - doc->shape->fields] = value;
    }
    return code;
}

/* ---- one record ---- */

static const struct xh_transition *transition_find(const struct xh_record_type *type,
                                                   struct xh_str verb)
{
    for (size_t i = 0; i < type->transition_count; i++) {
        if (xh_str_is(verb, type->transitions[i].verb)) {
            return &type->transitions[i];
        }
    }
    return NULL;
}

/* What a verb asks for, out of the columns "in.<field>". */
static int verb_in(struct xh_ctx *ctx, const struct making *m, size_t row,
                   const struct xh_shape *shape, struct xh_doc **ret, struct xh_err *err)
{
    struct xh_doc *doc = shape ? xh_doc_create(ctx->arena, shape) : NULL;
    int code = 0;

    for (size_t i = 0; code == 0 && shape != NULL && i < shape->field_count; i++) {
        struct xh_str column = xh_arena_format(ctx->arena, "in.%s", shape->fields[i].name);
        struct xh_str text = xh_demo_cell(&m->table, row, column.ptr);
        if (text.len > 0) {
            code = value_read(ctx, m, &shape->fields[i], text, &doc->row.values[i], err);
        }
    }
    *ret = doc;
    return code;
}

static int verbs_run(struct xh_ctx *ctx, const struct making *m, size_t row,
                     const struct xh_record *record, struct xh_err *err)
{
    struct xh_str left = xh_demo_cell(&m->table, row, "verbs");
    int code = 0;

    while (code == 0 && left.len > 0) {
        struct xh_str verb = piece_next(&left, ' ');
        const struct xh_transition *transition = transition_find(record->type, verb);
        struct xh_record moved;
        struct xh_doc *in = NULL;
        if (transition == NULL) {
            return xh_err_set(err, XH_E_INTERNAL, "%s: %s has no verb \"%.*s\"", m->table.file,
                              m->type, XH_STR_ARG(verb));
        }
        code = verb_in(ctx, m, row, transition->in, &in, err);
        if (code == 0) {
            code = xh_record_verb(ctx, m->type, record->id, transition->verb, in, &moved, err);
        }
    }
    return code;
}

static int record_make(struct xh_ctx *ctx, const struct making *m, size_t row, struct xh_err *err)
{
    struct xh_str known = xh_demo_cell(&m->table, row, "code");
    struct xh_record record;
    int code = xh_record_find(ctx, m->type, "code", known, &record, NULL);

    if (code != XH_E_NOT_FOUND) {
        return code;
    }
    code = xh_record_new(ctx, m->type, &record, err);
    for (size_t i = 0; code == 0 && i < m->table.column_count; i++) {
        code = cell_put(ctx, m, record.doc, m->table.names[i],
                        m->table.cells[row * m->table.column_count + i], err);
    }
    code = code < 0 ? code : xh_record_put(ctx, &record, err);
    return code < 0 ? code : verbs_run(ctx, m, row, &record, err);
}

/* A build may lack rooms, and with them meters and records that rows name. */
static bool lacks_rooms(const struct xh_engine *engine)
{
    static const char *const rooms[] = {"energy", "water", "industry", "programme"};
    bool lacks = false;

    for (size_t i = 0; i < XH_COUNT(rooms); i++) {
        lacks = lacks || xh_engine_domain(engine, xh_str_from(rooms[i])) == NULL;
    }
    return lacks;
}

static int slice_make(struct xh_ctx *ctx, void *arg, struct xh_err *err)
{
    const struct making *m = arg;
    int code = 0;

    for (size_t row = m->from; code == 0 && row < m->to; row++) {
        code = record_make(ctx, m, row, err);
        if (code == XH_E_NOT_FOUND && lacks_rooms(xh_ctx_engine(ctx))) {
            xh_err_clear(err);
            code = 0;
        }
        if (code < 0) {
            xh_err_prefix(err, "%s row %zu: ", m->table.file, row + 2);
        }
    }
    return code;
}

int xh_demo_records(struct xh_ctx *ctx, const char *file, const char *type, int32_t day_0,
                    struct xh_err *err)
{
    struct making m = {.type = type, .day_0 = day_0};

    if (xh_engine_record_type(xh_ctx_engine(ctx), xh_str_from(type)) == NULL) {
        return 0;
    }
    int code = xh_demo_table_read(ctx->arena, file, &m.table, err);
    while (code == 0 && m.from < m.table.row_count) {
        if (xh_stop_is_asked()) {
            return xh_err_set(err, XH_E_CANCELLED, "stopped; it goes on at the next start");
        }
        m.to = m.from + SLICE_RECORDS < m.table.row_count ? m.from + SLICE_RECORDS
                                                          : m.table.row_count;
        code = xh_records_write(ctx, slice_make, &m, err);
        m.from = m.to;
    }
    return code;
}
