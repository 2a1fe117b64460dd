/* shape.c: docs and values. A doc's arrays are made whole at creation, so that getters need no
 * checks but the name; names are looked up in order, for shapes have few fields. */
#include "kernel/shape.h"

#include <string.h>

/* Asked for each value of each record: most names differ in their first letters. */
static bool is_named(const char *field, struct xh_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (field[i] == '\0' || field[i] != name.ptr[i]) {
            return false;
        }
    }
    return field[name.len] == '\0';
}

const struct xh_field *xh_field_find(const struct xh_field *fields, size_t count,
                                     struct xh_str name)
{
    for (size_t i = 0; i < count; i++) {
        if (is_named(fields[i].name, name)) {
            return &fields[i];
        }
    }
    return NULL;
}

static struct xh_row row_create(struct xh_arena *arena, const struct xh_field *fields, size_t count)
{
    struct xh_row row = {XH_NEW_ARRAY(arena, struct xh_value, count)};
    for (size_t i = 0; i < count; i++) {
        row.values[i].type = fields[i].type;
        row.values[i].is_null = true;
    }
    return row;
}

struct xh_doc *xh_doc_create(struct xh_arena *arena, const struct xh_shape *shape)
{
    struct xh_doc *doc = XH_NEW(arena, struct xh_doc);
    doc->shape = shape;
    doc->arena = arena;
    doc->row = row_create(arena, shape->fields, shape->field_count);
    doc->parts = XH_NEW_ARRAY(arena, struct xh_rows, shape->part_count);
    return doc;
}

static void value_copy(struct xh_arena *arena, const struct xh_value *from, struct xh_value *to)
{
    *to = *from;
    if (!from->is_null && (from->type == XH_T_TEXT || from->type == XH_T_CHOICE)) {
        to->text = xh_arena_str(arena, from->text);
    }
}

struct xh_doc *xh_doc_copy(struct xh_arena *arena, const struct xh_doc *doc)
{
    struct xh_doc *copy = xh_doc_create(arena, doc->shape);
    for (size_t i = 0; i < doc->shape->field_count; i++) {
        value_copy(arena, &doc->row.values[i], &copy->row.values[i]);
    }
    memcpy(copy->given_mask, doc->given_mask, sizeof copy->given_mask);
    for (size_t p = 0; p < doc->shape->part_count; p++) {
        const char *name = doc->shape->parts[p].name;
        for (size_t r = 0; r < doc->parts[p].count; r++) {
            size_t at = xh_doc_add(copy, name);
            for (size_t f = 0; f < doc->shape->parts[p].field_count; f++) {
                value_copy(arena, &doc->parts[p].rows[r].values[f],
                           &copy->parts[p].rows[at].values[f]);
            }
        }
    }
    return copy;
}

/* ---- finding a place ---- */

static size_t field_index(const struct xh_field *fields, size_t count, const char *name)
{
    const struct xh_field *field = xh_field_find(fields, count, xh_str_from(name));
    xh_assert(field != NULL);
    return (size_t)(field - fields);
}

static struct xh_value *doc_slot(const struct xh_doc *doc, const char *field)
{
    return &doc->row.values[field_index(doc->shape->fields, doc->shape->field_count, field)];
}

static size_t part_index(const struct xh_doc *doc, const char *part)
{
    for (size_t p = 0; p < doc->shape->part_count; p++) {
        if (strcmp(doc->shape->parts[p].name, part) == 0) {
            return p;
        }
    }
    xh_assert(!"the shape has this part");
}

static struct xh_value *part_slot(const struct xh_doc *doc, const char *part, size_t row,
                                  const char *field)
{
    size_t p = part_index(doc, part);
    xh_assert(row < doc->parts[p].count);
    const struct xh_part *shape = &doc->shape->parts[p];
    return &doc->parts[p].rows[row].values[field_index(shape->fields, shape->field_count, field)];
}

const struct xh_value *xh_doc_value(const struct xh_doc *doc, const char *field)
{
    return doc_slot(doc, field);
}

bool xh_doc_is_null(const struct xh_doc *doc, const char *field)
{
    return doc_slot(doc, field)->is_null;
}

int64_t xh_doc_int(const struct xh_doc *doc, const char *field)
{
    return xh_value_int(doc_slot(doc, field));
}

double xh_doc_real(const struct xh_doc *doc, const char *field)
{
    return xh_value_real(doc_slot(doc, field));
}

struct xh_dec xh_doc_dec(const struct xh_doc *doc, const char *field)
{
    return xh_value_dec(doc_slot(doc, field));
}

struct xh_str xh_doc_text(const struct xh_doc *doc, const char *field)
{
    return xh_value_text(doc_slot(doc, field));
}

void xh_doc_set_int(struct xh_doc *doc, const char *field, int64_t value)
{
    xh_value_set_int(doc_slot(doc, field), value);
}

void xh_doc_set_real(struct xh_doc *doc, const char *field, double value)
{
    xh_value_set_real(doc_slot(doc, field), value);
}

void xh_doc_set_dec(struct xh_doc *doc, const char *field, struct xh_dec value)
{
    xh_value_set_dec(doc_slot(doc, field), value);
}

void xh_doc_set_text(struct xh_doc *doc, const char *field, struct xh_str value)
{
    xh_value_set_text(doc_slot(doc, field), xh_arena_str(doc->arena, value));
}

void xh_doc_set_string(struct xh_doc *doc, const char *field, const char *value)
{
    if (value == NULL) {
        xh_doc_set_null(doc, field);
        return;
    }
    xh_doc_set_text(doc, field, xh_str_from(value));
}

void xh_doc_set_null(struct xh_doc *doc, const char *field)
{
    doc_slot(doc, field)->is_null = true;
}

size_t xh_doc_count(const struct xh_doc *doc, const char *part)
{
    return doc->parts[part_index(doc, part)].count;
}

size_t xh_doc_add(struct xh_doc *doc, const char *part)
{
    size_t p = part_index(doc, part);
    struct xh_rows *rows = &doc->parts[p];
    rows->rows = xh_arena_grow(doc->arena, rows->rows, &rows->capacity, rows->count + 1,
                               sizeof *rows->rows);
    rows->rows[rows->count] = row_create(doc->arena, doc->shape->parts[p].fields,
                                         doc->shape->parts[p].field_count);
    return rows->count++;
}

const struct xh_value *xh_doc_at(const struct xh_doc *doc, const char *part, size_t row,
                                 const char *field)
{
    return part_slot(doc, part, row, field);
}

struct xh_value *xh_doc_put(struct xh_doc *doc, const char *part, size_t row, const char *field)
{
    return part_slot(doc, part, row, field);
}

/* ---- values ---- */

static bool is_integral(enum xh_type type)
{
    return type == XH_T_INT || type == XH_T_MONEY || type == XH_T_TIME || type == XH_T_REF ||
           type == XH_T_DAY;
}

void xh_value_set_int(struct xh_value *v, int64_t value)
{
    if (v->type == XH_T_BOOL) {
        v->truth = value != 0;
    } else if (v->type == XH_T_REAL) {
        v->real = (double)value;
    } else if (v->type == XH_T_DEC) {
        v->dec = xh_dec_int(value);
    } else {
        xh_assert(is_integral(v->type));
        v->integer = value;
    }
    v->is_null = false;
}

void xh_value_set_real(struct xh_value *v, double value)
{
    xh_assert(v->type == XH_T_REAL);
    v->real = value;
    v->is_null = false;
}

void xh_value_set_dec(struct xh_value *v, struct xh_dec value)
{
    xh_assert(v->type == XH_T_DEC);
    v->dec = value;
    v->is_null = false;
}

void xh_value_set_text(struct xh_value *v, struct xh_str value)
{
    xh_assert(v->type == XH_T_TEXT || v->type == XH_T_CHOICE);
    v->text = value;
    v->is_null = false;
}

int64_t xh_value_int(const struct xh_value *v)
{
    if (v->is_null) {
        return 0;
    }
    if (v->type == XH_T_BOOL) {
        return v->truth;
    }
    xh_assert(is_integral(v->type));
    return v->integer;
}

double xh_value_real(const struct xh_value *v)
{
    if (v->is_null) {
        return 0;
    }
    switch (v->type) {
    case XH_T_REAL:
        return v->real;
    case XH_T_DEC:
        return xh_dec_to_double(v->dec);
    default:
        return (double)xh_value_int(v);
    }
}

struct xh_dec xh_value_dec(const struct xh_value *v)
{
    if (v->is_null) {
        return xh_dec_int(0);
    }
    return v->type == XH_T_DEC ? v->dec : xh_dec_int(xh_value_int(v));
}

struct xh_str xh_value_text(const struct xh_value *v)
{
    xh_assert(v->type == XH_T_TEXT || v->type == XH_T_CHOICE);
    return v->is_null ? (struct xh_str){NULL, 0} : v->text;
}

bool xh_value_equal(const struct xh_value *a, const struct xh_value *b)
{
    if (a->type != b->type || a->is_null != b->is_null) {
        return false;
    }
    if (a->is_null) {
        return true;
    }
    switch (a->type) {
    case XH_T_BOOL:
        return a->truth == b->truth;
    case XH_T_REAL:
        return memcmp(&a->real, &b->real, sizeof a->real) == 0;
    case XH_T_DEC:
        return xh_dec_compare(a->dec, b->dec) == 0;
    case XH_T_TEXT:
    case XH_T_CHOICE:
        return xh_str_equal(a->text, b->text);
    default:
        return a->integer == b->integer;
    }
}
