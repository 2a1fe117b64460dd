/* records_table_in.c: records from a table: CSV or a workbook.
 *
 * The columns are named by fields (or their labels); those that are left out keep what they are.
 * All rows run in one transaction, each in a savepoint of its own, so that a row may refer to one
 * above it and all faults are found in one go; in the end the transaction stands, or is taken back:
 * after a dry run, and after a fault unless the import is partial. A partial import commits in
 * slices, so that others' writes get in between.
 */
#include "service/records_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

enum { SLICE_ROWS = 200, FAULTS_MAX = 1000, COLUMN_ID = -2, COLUMN_PASSED_OVER = -3 };

/* A sheet with its columns understood: an index of a field, or one of the two above. */
struct columns {
    const struct xh__sheet *sheet;
    int *fields;
    int key, id; /* the column of each, or XH__NO_FIELD */
    /* Of a part: where the rows of a record begin, and which row follows; both count from 1. */
    struct xh_map *first;
    uint32_t *next;
};

struct import {
    const struct xh__rtype *rtype;
    struct columns main;
    struct columns *parts; /* one a part; sheet NULL: not given */
    bool is_partial, is_dry_run;
    struct xh_arena *scratch; /* for one row */
    size_t from, to;          /* rows of this slice */
    struct xh_import_report report; /* of this slice */
    bool is_taken_back;
};

/* ---- columns ---- */

static bool is_passed_over(struct xh_str name)
{
    static const char *const names[] = {"version", "state", "owner", "created", "updated"};
    for (size_t i = 0; i < XH_COUNT(names); i++) {
        if (xh_str_is(name, names[i])) {
            return true;
        }
    }
    return xh_str_ends(name, XH_STR("_label"));
}

static const struct xh_field *field_named(const struct xh_field *fields, size_t count,
                                          struct xh_str name)
{
    const struct xh_field *field = xh_field_find(fields, count, name);
    for (size_t i = 0; field == NULL && i < count; i++) {
        if (xh_str_equal_nocase(name, xh_str_from(fields[i].label_vi)) ||
            xh_str_equal_nocase(name, xh_str_from(fields[i].label_en))) {
            field = &fields[i];
        }
    }
    return field;
}

static int column_meaning(const struct xh_field *fields, size_t count, struct xh_str name, int *ret,
                          struct xh_err *err)
{
    const struct xh_field *field = name.len > 0 ? field_named(fields, count, name) : NULL;
    if (field != NULL) {
        *ret = xh__is_stored(field) ? (int)(field - fields) : COLUMN_PASSED_OVER;
    } else if (xh_str_is(name, "id") || xh_str_is(name, XH__SHEET_RECORD)) {
        *ret = COLUMN_ID;
    } else if (name.len == 0 || is_passed_over(name)) {
        *ret = COLUMN_PASSED_OVER;
    } else {
        return xh_err_field(err, XH_E_INVALID, "header", name, "the name of a field", NULL,
                            "the column \"%.*s\" is no field here",
                            (int)(name.len > 80 ? 80 : name.len), name.ptr);
    }
    return XH_E_OK;
}

static int columns_read(struct xh_ctx *ctx, const struct xh__sheet *sheet,
                        const struct xh_field *fields, size_t count, int key_field,
                        struct columns *ret, struct xh_err *err)
{
    int code = XH_E_OK;
    *ret = (struct columns){.sheet = sheet, .key = XH__NO_FIELD, .id = XH__NO_FIELD};
    ret->fields = XH_NEW_ARRAY(ctx->arena, int, sheet->column_count);
    for (size_t i = 0; code >= 0 && i < sheet->column_count; i++) {
        code = column_meaning(fields, count, sheet->header[i], &ret->fields[i], err);
        for (size_t k = 0; code >= 0 && k < i; k++) {
            if (ret->fields[k] == ret->fields[i] && ret->fields[i] != COLUMN_PASSED_OVER) {
                code = xh_err_field(err, XH_E_INVALID, "header", sheet->header[i], "once", NULL,
                                    "the column \"%.*s\" stands there twice",
                                    XH_STR_ARG(sheet->header[i]));
            }
        }
        if (code >= 0 && ret->fields[i] == COLUMN_ID) {
            ret->id = (int)i;
        } else if (code >= 0 && key_field >= 0 && ret->fields[i] == key_field) {
            ret->key = (int)i;
        }
    }
    return code;
}

static struct xh_str row_id(const struct columns *columns, const struct xh__sheet_row *row)
{
    return columns->id >= 0 ? xh_str_trim(row->cells[columns->id]) : XH_STR("");
}

/* Chains the rows of each record, so that none is looked for twice. */
static void chain_rows(struct xh_ctx *ctx, struct columns *part)
{
    uint64_t hash_key = 0;
    xh_env_random(xh_ctx_engine(ctx)->env, &hash_key, sizeof hash_key);
    part->first = xh_map_create(hash_key);
    part->next = XH_NEW_ARRAY(ctx->arena, uint32_t, part->sheet->row_count + 1);
    for (size_t r = part->sheet->row_count; r > 0; r--) {
        struct xh_str of = row_id(part, &part->sheet->rows[r - 1]);
        void *later = xh_map_put(part->first, of, (void *)(uintptr_t)r);
        part->next[r] = (uint32_t)(uintptr_t)later;
    }
}

static int part_columns(struct xh_ctx *ctx, struct import *import, const struct xh__book *book,
                        struct xh_err *err)
{
    const struct xh_shape *shape = &import->rtype->type->shape;
    for (size_t s = 1; s < book->count; s++) {
        size_t p = 0;
        while (p < shape->part_count && !xh_str_is(book->sheets[s].name, shape->parts[p].name)) {
            p++;
        }
        if (p == shape->part_count || book->sheets[s].header == NULL) {
            continue; /* a sheet of somebody's own notes */
        }
        const struct xh_part *part = &shape->parts[p];
        int code = columns_read(ctx, &book->sheets[s], part->fields, part->field_count,
                                XH__NO_FIELD, &import->parts[p], err);
        if (code >= 0 && import->parts[p].id == XH__NO_FIELD) {
            code = xh_err_field(err, XH_E_INVALID, "header", XH_STR(""), XH__SHEET_RECORD, NULL,
                                "the sheet \"%s\" has no column \"%s\" that says which record a row"
                                " belongs to",
                                part->name, XH__SHEET_RECORD);
        }
        if (code < 0) {
            return code;
        }
        chain_rows(ctx, &import->parts[p]);
    }
    return XH_E_OK;
}

/* ---- cells ---- */

/* A code of the type referred to; digits that are no code are an id. */
static int ref_parse(struct xh_ctx *ctx, const struct xh_field *field, const struct xh__rtype *of,
                     struct xh_str text, struct xh_value *ret, struct xh_err *err)
{
    int64_t id = 0;
    text = xh_str_trim(text);
    *ret = (struct xh_value){.type = XH_T_REF, .is_null = text.len == 0};
    if (text.len == 0) {
        return XH_E_OK;
    }
    if (of != NULL && of->key_field != XH__NO_FIELD) {
        id = xh__id_of(ctx->txn, of, of->type->shape.fields[of->key_field].name, text, err);
    }
    if (id < 0) {
        return (int)id;
    }
    if (id == 0 && xh_int_parse(text, &id) < 0) {
        return xh_err_field(err, XH_E_INVALID, field->name, text, field->ref, NULL,
                            "%s \"%.*s\" does not exist", field->name,
                            (int)(text.len > 80 ? 80 : text.len), text.ptr);
    }
    ret->integer = id;
    return XH_E_OK;
}

/* What went through a spreadsheet comes back with other digits: 2350 for 2350.00, and 16 digits of
 * a double. That is no change. */
static bool is_alike(const struct xh_value *stored, const struct xh_value *v)
{
    if (stored->is_null || v->is_null) {
        return stored->is_null == v->is_null;
    }
    if (v->type == XH_T_REAL) {
        return fabs(stored->real - v->real) <= 1e-15 * fabs(stored->real);
    }
    return xh_value_equal(stored, v);
}

static int cell_set(struct xh_ctx *ctx, const struct xh_field *field, const struct xh__rtype *ref,
                    struct xh_str text, struct xh_value *into, struct xh_err *err)
{
    struct xh_value v;
    int code = field->type == XH_T_REF ? ref_parse(ctx, field, ref, text, &v, err)
                                       : xh_value_parse(field, text, ctx->arena, &v, err);
    if (code >= 0 && !is_alike(into, &v)) {
        *into = v;
    }
    return code;
}

static int row_set(struct xh_ctx *ctx, const struct columns *columns, const struct xh_field *fields,
                   const struct xh__rtype *const *refs, const struct xh__sheet_row *row,
                   struct xh_value *values, struct xh_err *err)
{
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < columns->sheet->column_count; i++) {
        int at = columns->fields[i];
        if (at >= 0) {
            code = cell_set(ctx, &fields[at], refs[at], row->cells[i], &values[at], err);
        }
    }
    return code;
}

/* ---- rows ---- */

static struct xh_str row_key(const struct columns *columns, const struct xh__sheet_row *row)
{
    return columns->key >= 0 ? xh_str_trim(row->cells[columns->key]) : XH_STR("");
}

/* The record that a row speaks of: by its unique text, by its id, or a new one. */
static int row_record(struct xh_ctx *ctx, const struct import *import,
                      const struct xh__sheet_row *row, struct xh_record *ret, struct xh_err *err)
{
    const struct xh__rtype *rtype = import->rtype;
    struct xh_str key = row_key(&import->main, row), id_text = row_id(&import->main, row);
    int64_t id = 0;
    if (key.len > 0) {
        id = xh__id_of(ctx->txn, rtype, rtype->type->shape.fields[rtype->key_field].name, key, err);
        if (id < 0) {
            return (int)id;
        }
    } else if (id_text.len > 0 && xh_int_parse(id_text, &id) < 0) {
        return xh_err_field(err, XH_E_INVALID, "id", id_text, "a whole number", NULL,
                            "id \"%.*s\" is not a whole number", XH_STR_ARG(id_text));
    }
    return id != 0 ? xh_record_get(ctx, rtype->name.ptr, id, ret, err)
                   : xh_record_new(ctx, rtype->name.ptr, ret, err);
}

/* What the rows of parts call the record of this row; where its rows begin, 0: it has none. */
static uint32_t first_row(const struct import *import, const struct columns *part,
                          const struct xh__sheet_row *row)
{
    struct xh_str name = row_key(&import->main, row);
    name = name.len > 0 ? name : row_id(&import->main, row);
    return name.len > 0 ? (uint32_t)(uintptr_t)xh_map_get(part->first, name) : 0;
}

static int part_set(struct xh_ctx *ctx, const struct import *import, size_t p,
                    const struct xh__sheet_row *row, struct xh_record *record, struct xh_err *err)
{
    const struct xh_part *shape = &import->rtype->type->shape.parts[p];
    const struct columns *part = &import->parts[p];
    struct xh_rows *rows = &record->doc->parts[p];
    struct xh_rows stored = *rows;
    int code = XH_E_OK;
    *rows = (struct xh_rows){.rows = NULL};
    for (uint32_t r = first_row(import, part, row); code >= 0 && r != 0; r = part->next[r]) {
        size_t at = xh_doc_add(record->doc, shape->name);
        struct xh_value *values = rows->rows[at].values;
        for (size_t i = 0; at < stored.count && i < part->sheet->column_count; i++) {
            int field = part->fields[i]; /* what it would be a change of */
            if (field >= 0) {
                values[field] = stored.rows[at].values[field];
            }
        }
        code = row_set(ctx, part, shape->fields, import->rtype->parts[p].refs,
                       &part->sheet->rows[r - 1], values, err);
        if (code < 0) {
            xh_err_prefix(err, "%s[%zu].", shape->name, at);
        }
    }
    return code;
}

/* A sheet that is there says all rows of that part, and all their fields. */
static int parts_set(struct xh_ctx *ctx, const struct import *import,
                     const struct xh__sheet_row *row, struct xh_record *record, struct xh_err *err)
{
    int code = XH_E_OK;
    for (size_t p = 0; code >= 0 && p < import->rtype->type->shape.part_count; p++) {
        if (import->parts[p].sheet != NULL) {
            code = part_set(ctx, import, p, row, record, err);
        }
    }
    return code;
}

/* ---- running ---- */

enum outcome { CREATED, CHANGED, SAME };
struct row_run {
    const struct import *import;
    const struct xh__sheet_row *row;
    enum outcome outcome;
};

static int row_run(struct xh_ctx *ctx, struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    struct row_run *r = arg;
    const struct import *import = r->import;
    const struct xh__rtype *rtype = import->rtype;
    struct xh_record record, written;
    bool is_same = false;
    int code = row_record(ctx, import, r->row, &record, err);
    code = code < 0 ? code
                    : row_set(ctx, &import->main, rtype->type->shape.fields, rtype->refs, r->row,
                              record.doc->row.values, err);
    code = code < 0 ? code : parts_set(ctx, import, r->row, &record, err);
    code = code < 0 ? code : xh__record_put_in(ctx, conn, &record, &written, &is_same, err);
    r->outcome = record.id == 0 ? CREATED : is_same ? SAME : CHANGED;
    return code;
}

/* The row's fault, not the store's? */
static bool is_fault(int code)
{
    return code == XH_E_INVALID || code == XH_E_NOT_FOUND || code == XH_E_FORBIDDEN ||
           code == XH_E_CONFLICT || code == XH_E_TOO_LARGE || code == XH_E_PRECONDITION ||
           code == XH_E_PRECONDITION_NEEDED;
}

static void add_fault(struct xh_import_report *report, uint64_t line, const struct xh_err *err)
{
    report->refused++;
    if (report->fault_count < FAULTS_MAX) {
        report->faults[report->fault_count++] = (struct xh_import_fault){line, *err};
    }
}

static void count(struct xh_import_report *report, enum outcome outcome)
{
    report->created += outcome == CREATED;
    report->changed += outcome == CHANGED;
    report->same += outcome == SAME;
}

/* May run twice: begins its report anew. */
static int slice_run(struct xh_ctx *ctx, struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    struct import *import = arg;
    struct xh_import_fault *faults = import->report.faults;
    struct xh_ctx own = *ctx;
    (void)conn;
    import->report = (struct xh_import_report){.rows = import->to - import->from, .faults = faults};
    import->is_taken_back = false;
    own.arena = import->scratch;
    for (size_t i = import->from; i < import->to; i++) {
        struct row_run r = {.import = import, .row = &import->main.sheet->rows[i]};
        struct xh_err own_err = {0};
        xh_arena_reset(import->scratch);
        int code = xh__change(&own, row_run, &r, &own_err);
        if (code >= 0) {
            count(&import->report, r.outcome);
        } else if (is_fault(code)) {
            add_fault(&import->report, r.row->line, &own_err);
        } else {
            if (err != NULL) {
                *err = own_err;
            }
            return code;
        }
    }
    import->is_taken_back = import->is_dry_run ||
                            (import->report.refused > 0 && !import->is_partial);
    return import->is_taken_back ? xh_err_set(err, XH_E_CANCELLED, "the import is taken back")
                                 : XH_E_OK;
}

static void merge(struct xh_import_report *into, const struct xh_import_report *from)
{
    into->created += from->created;
    into->changed += from->changed;
    into->same += from->same;
    into->refused += from->refused;
    for (size_t i = 0; i < from->fault_count && into->fault_count < FAULTS_MAX; i++) {
        into->faults[into->fault_count++] = from->faults[i];
    }
}

static int import_run(struct xh_ctx *ctx, struct import *import, struct xh_import_report *ret,
                      struct xh_err *err)
{
    size_t rows = import->main.sheet->row_count;
    bool in_slices = import->is_partial && !import->is_dry_run;
    struct xh_import_report whole = {.rows = rows};
    int code = XH_E_OK;
    whole.faults = XH_NEW_ARRAY(ctx->arena, struct xh_import_fault, FAULTS_MAX);
    import->report.faults = XH_NEW_ARRAY(ctx->arena, struct xh_import_fault, FAULTS_MAX);
    import->scratch = xh_arena_create("row");
    for (import->from = 0; code >= 0 && import->from < rows; import->from = import->to) {
        bool is_last = !in_slices || rows - import->from <= SLICE_ROWS;
        import->to = is_last ? rows : import->from + SLICE_ROWS;
        code = xh__change(ctx, slice_run, import, err);
        if (code == XH_E_CANCELLED && import->is_taken_back) {
            code = XH_E_OK;
            xh_err_clear(err);
        }
        merge(&whole, &import->report);
    }
    xh_arena_destroy(import->scratch);
    if (import->is_taken_back && !import->is_dry_run) {
        whole.created = whole.changed = 0; /* nothing was written */
    }
    if (code >= 0) {
        *ret = whole;
    }
    return code < 0 ? code : XH_E_OK;
}

/* Rows of a part that no row of the records speaks of would be lost in silence. */
static int check_orphans(struct xh_ctx *ctx, const struct import *import, size_t p,
                         struct xh_err *err)
{
    const struct columns *part = &import->parts[p];
    size_t count = part->sheet->row_count;
    bool *is_known = XH_NEW_ARRAY(ctx->arena, bool, count + 1);
    for (size_t i = 0; i < import->main.sheet->row_count; i++) {
        uint32_t r = first_row(import, part, &import->main.sheet->rows[i]);
        for (; r != 0 && !is_known[r]; r = part->next[r]) {
            is_known[r] = true;
        }
    }
    for (size_t r = 1; r <= count; r++) {
        const struct xh__sheet_row *row = &part->sheet->rows[r - 1];
        if (!is_known[r]) {
            return xh_err_field(err, XH_E_INVALID, XH__SHEET_RECORD,
                                xh_str_sub(row_id(part, row), 0, 80), "a record of the first sheet",
                                NULL,
                                "row %llu of \"%.*s\" belongs to no record of the first sheet",
                                (unsigned long long)row->line, XH_STR_ARG(part->sheet->name));
        }
    }
    return XH_E_OK;
}

static int columns_make(struct xh_ctx *ctx, struct import *import, const struct xh__book *book,
                        struct xh_err *err)
{
    const struct xh_shape *shape = &import->rtype->type->shape;
    int code = columns_read(ctx, &book->sheets[0], shape->fields, shape->field_count,
                            import->rtype->key_field, &import->main, err);
    code = code < 0 ? code : part_columns(ctx, import, book, err);
    for (size_t p = 0; code >= 0 && p < shape->part_count; p++) {
        code = import->parts[p].sheet != NULL ? check_orphans(ctx, import, p, err) : XH_E_OK;
    }
    return code;
}

int xh_records_import(struct xh_ctx *ctx, const char *type, enum xh_table_format format,
                      struct xh_str content, bool is_partial, bool is_dry_run,
                      struct xh_import_report *ret, struct xh_err *err)
{
    struct import import = {.is_partial = is_partial, .is_dry_run = is_dry_run};
    struct xh__book book;
    int code = xh__rtype_get(ctx, type, &import.rtype, err);
    if (code < 0) {
        return code;
    }
    if (xh_may_write(&import.rtype->type->access, ctx->who) == XH_MAY_NOT) {
        return xh__forbidden(import.rtype, ctx->who, "import", err);
    }
    import.parts = XH_NEW_ARRAY(ctx->arena, struct columns, import.rtype->type->shape.part_count);
    code = xh__book_read(ctx->arena, format, content, &book, err);
    code = code < 0 ? code : columns_make(ctx, &import, &book, err);
    code = code < 0 ? code : import_run(ctx, &import, ret, err);
    for (size_t p = 0; p < import.rtype->type->shape.part_count; p++) {
        if (import.parts[p].first != NULL) {
            xh_map_destroy(import.parts[p].first);
        }
    }
    return code;
}
