/* domain_check_shape.c: shapes: each field for itself, then its fellows. */
#include "kernel/domain_check_internal.h"

#include <math.h>
#include <string.h>

#include "base/num.h"

enum { FIELDS_MAX = 128, PARTS_MAX = 16 }; /* xh_doc.given_mask has room for so many fields */

static bool is_number(enum xh_type type)
{
    return type == XH_T_INT || type == XH_T_REAL || type == XH_T_DEC || type == XH_T_MONEY;
}

static bool has_record(const struct xh_domain *domain, struct xh_str name)
{
    for (size_t i = 0; i < domain->record_count; i++) {
        if (xh_str_is(name, domain->records[i]->name)) {
            return true;
        }
    }
    return false;
}

int xh__check_ref(const struct xh__check *check, const char *ref)
{
    if (!xh__check_is_full_name(ref)) {
        return xh__check_fault(check, "\"%s\" is not a record's full name, room.name",
                               ref ? ref : "");
    }
    struct xh_str room, name = xh_str_from(ref);
    (void)xh_str_split(&name, '.', &room);
    const struct xh_domain *domain = xh_str_is(room, check->domain->name) ? check->domain
                                     : xh_str_is(room, "core")            ? &xh_core_domain
                                                                          : NULL;
    if (domain != NULL && !has_record(domain, name)) {
        return xh__check_fault(check, "there is no record \"%s\"", ref);
    }
    return XH_E_OK;
}

static int check_choices(const struct xh__check *check, const struct xh_field *field)
{
    if (field->type != XH_T_CHOICE) {
        return field->choices == NULL ? XH_E_OK
                                      : xh__check_fault(check, "only a CHOICE has choices");
    }
    if (field->choices == NULL || field->choices[0].value == NULL) {
        return xh__check_fault(check, "a CHOICE needs choices");
    }
    for (const struct xh_choice *c = field->choices; c->value != NULL; c++) {
        if (c->value[0] == '\0') {
            return xh__check_fault(check, "a choice is empty");
        }
        int code = xh__check_labels(check, c->label_vi, c->label_en);
        for (const struct xh_choice *b = field->choices; code == XH_E_OK && b < c; b++) {
            if (strcmp(b->value, c->value) == 0) {
                code = xh__check_fault(check, "choice \"%s\" is there twice", c->value);
            }
        }
        if (code < 0) {
            return code;
        }
    }
    return XH_E_OK;
}

static int check_limits(const struct xh__check *check, const struct xh_field *field)
{
    if (!isfinite(field->min) || !isfinite(field->max)) {
        return xh__check_fault(check, "a limit is not finite");
    }
    bool has_limits = field->min != 0 || field->max != 0;
    if (has_limits && !is_number(field->type)) {
        return xh__check_fault(check, "only numbers have min and max");
    }
    if (has_limits && !(field->min < field->max)) {
        return xh__check_fault(check, "min is not less than max");
    }
    bool is_text = field->type == XH_T_TEXT;
    if (!is_text && (field->length_max != 0 || (field->flags & XH_F_LONG) != 0)) {
        return xh__check_fault(check, "only a TEXT has length_max or is LONG");
    }
    return XH_E_OK;
}

static int check_unit(const struct xh__check *check, const struct xh_field *field)
{
    if (field->unit == NULL) {
        return XH_E_OK;
    }
    if (!is_number(field->type)) {
        return xh__check_fault(check, "only numbers have a unit");
    }
    if (field->type == XH_T_MONEY && !xh__check_is_currency(field->unit)) {
        return xh__check_fault(check, "\"%s\" is no currency", field->unit);
    }
    if (!xh__check_is_unit(field->unit)) {
        return xh__check_fault(check, "unit \"%s\" is not known", field->unit);
    }
    return XH_E_OK;
}

static int check_flags(const struct xh__check *check, const struct xh_field *field,
                       enum xh__shape_use use)
{
    enum { ALL = 2 * XH_F_COMPUTED - 1 };
    unsigned flags = field->flags;
    bool is_computed = (flags & XH_F_COMPUTED) != 0;
    if ((flags & ~(unsigned)ALL) != 0) {
        return xh__check_fault(check, "there is no such flag");
    }
    if (is_computed && (flags & XH_F_REQUIRED) != 0) {
        return xh__check_fault(check, "it cannot be both REQUIRED and COMPUTED");
    }
    if (is_computed && (flags & (XH_F_INDEXED | XH_F_UNIQUE)) != 0) {
        return xh__check_fault(check, "a COMPUTED field has no column to be INDEXED or UNIQUE");
    }
    if (use != XH__SHAPE_RECORD && is_computed) {
        return xh__check_fault(check, "only a record's field is COMPUTED");
    }
    if (use == XH__SHAPE_INPUT && (flags & XH_F_READ_ONLY) != 0) {
        return xh__check_fault(check, "an input is not READ_ONLY");
    }
    return XH_E_OK;
}

static int check_field(struct xh__check *check, const struct xh_field *field,
                       enum xh__shape_use use)
{
    if ((unsigned)field->type > XH_T_REF) {
        return xh__check_fault(check, "there is no such type");
    }
    if (use == XH__SHAPE_RECORD && xh__check_is_sql_word(field->name)) {
        return xh__check_fault(check, "the name is a word of SQL");
    }
    int code = xh__check_labels(check, field->label_vi, field->label_en);
    if (code == XH_E_OK) {
        code = xh__check_helps(check, field->help_vi, field->help_en);
    }
    if (code == XH_E_OK) {
        code = check_flags(check, field, use);
    }
    if (code == XH_E_OK) {
        code = check_choices(check, field);
    }
    if (code == XH_E_OK) {
        code = check_limits(check, field);
    }
    if (code == XH_E_OK) {
        code = check_unit(check, field);
    }
    if (code == XH_E_OK && field->type == XH_T_REF) {
        code = xh__check_ref(check, field->ref);
    } else if (code == XH_E_OK && field->ref != NULL) {
        code = xh__check_fault(check, "only a REF refers to a record");
    }
    return code;
}

static int check_fields(struct xh__check *check, const struct xh_field *fields, size_t count,
                        enum xh__shape_use use)
{
    int code = count <= FIELDS_MAX ? XH_E_OK
                                   : xh__check_fault(check, "more than %d fields", FIELDS_MAX);
    for (size_t i = 0; code == XH_E_OK && i < count; i++) {
        check->subtable = "field";
        check->subrow = fields[i].name;
        code = xh__check_row_name(check, fields[i].name, fields, sizeof fields[0], i);
        if (code == XH_E_OK) {
            code = check_field(check, &fields[i], use);
        }
    }
    return code;
}

/* Money whose field names no currency takes it from a text field `currency` beside it. */
static int check_money(struct xh__check *check, const struct xh_field *fields, size_t count)
{
    const struct xh_field *currency = xh_field_find(fields, count, XH_STR("currency"));
    for (size_t i = 0; i < count; i++) {
        bool needs_currency = fields[i].type == XH_T_MONEY && fields[i].unit == NULL;
        if (needs_currency && (currency == NULL || currency->type != XH_T_TEXT)) {
            check->subtable = "field";
            check->subrow = fields[i].name;
            return xh__check_fault(check, "MONEY names its currency as unit, or stands beside a "
                                          "text field `currency`");
        }
    }
    return XH_E_OK;
}

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (strcmp(name, *names) == 0) {
            return true;
        }
    }
    return false;
}

static int check_part(struct xh__check *check, const struct xh_shape *shape, size_t at,
                      enum xh__shape_use use)
{
    static const char *const columns[] = {"id", "record_id", "row_index", NULL};
    const struct xh_part *part = &shape->parts[at];
    check->subtable = "part";
    check->subrow = part->name;
    int code = xh__check_row_name(check, part->name, shape->parts, sizeof *part, at);
    if (code == XH_E_OK) {
        code = xh__check_labels(check, part->label_vi, part->label_en);
    }
    if (code == XH_E_OK && part->field_count == 0) {
        code = xh__check_fault(check, "a part needs fields");
    }
    if (code == XH_E_OK &&
        xh_field_find(shape->fields, shape->field_count, xh_str_from(part->name)) != NULL) {
        code = xh__check_fault(check, "a field has the same name");
    }
    if (code == XH_E_OK) {
        code = check_fields(check, part->fields, part->field_count, use);
    }
    for (size_t i = 0; code == XH_E_OK && use == XH__SHAPE_RECORD && i < part->field_count; i++) {
        check->subrow = part->fields[i].name;
        if (is_one_of(part->fields[i].name, columns)) {
            code = xh__check_fault(check, "a part's table has a column of this name already");
        } else if ((part->fields[i].flags & XH_F_UNIQUE) != 0) {
            code = xh__check_fault(check, "a part's field is not UNIQUE");
        }
    }
    return code;
}

int xh__check_shape(struct xh__check *check, const struct xh_shape *shape, enum xh__shape_use use)
{
    int code = check_fields(check, shape->fields, shape->field_count, use);
    if (code == XH_E_OK) {
        code = check_money(check, shape->fields, shape->field_count);
    }
    check->subtable = check->subrow = NULL;
    if (code == XH_E_OK && shape->part_count > PARTS_MAX) {
        code = xh__check_fault(check, "more than %d parts", PARTS_MAX);
    }
    for (size_t i = 0; code == XH_E_OK && i < shape->part_count; i++) {
        code = check_part(check, shape, i, use);
    }
    check->subtable = check->subrow = NULL;
    return code;
}
