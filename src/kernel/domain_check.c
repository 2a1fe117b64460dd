/* domain_check.c: does a room's table contradict itself? Told with room, table, row and fault. Runs
 * once at start and in tests; what it lets through the engine takes for granted. */
#include "kernel/domain_check_internal.h"

#include <math.h>
#include <string.h>

static bool list_has(const char *const *names, const char *name)
{
    for (; names != NULL && *names != NULL; names++) {
        if (strcmp(*names, name) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- quantities ---- */

static int check_quantity(struct xh__check *check, const struct xh_domain *domain, size_t at)
{
    const struct xh_quantity *q = &domain->quantities[at];
    check->table = "quantity";
    check->row = q->name;
    int code = xh__check_row_name(check, q->name, domain->quantities, sizeof *q, at);
    if (code == XH_E_OK) {
        code = xh__check_labels(check, q->label_vi, q->label_en);
    }
    if (code < 0) {
        return code;
    }
    if (q->unit == NULL || xh_unit_find(xh_str_from(q->unit)) == NULL) {
        return xh__check_fault(check, "unit \"%s\" is not known", q->unit ? q->unit : "");
    }
    bool is_kind = (unsigned)q->kind <= XH_KIND_STATE && (unsigned)q->rollup <= XH_ROLLUP_LAST;
    bool is_ordered = isfinite(q->min) && isfinite(q->max) && q->min <= q->max;
    if (!is_kind || !is_ordered || !isfinite(q->max_per_hour) || q->max_per_hour < 0) {
        return xh__check_fault(check, "kind, rollup, min, max or max_per_hour is out of range");
    }
    bool is_amount = q->kind == XH_KIND_REGISTER || q->kind == XH_KIND_INTERVAL;
    if (is_amount && q->rollup != XH_ROLLUP_SUM) {
        return xh__check_fault(check, "what is consumed is summed over time");
    }
    return XH_E_OK;
}

/* ---- records ---- */

/* Columns that every record's table has by itself (service/records.h), and members of its JSON. */
static const char *const fixed_columns[] = {"id",         "version",    "state",   "created_us",
                                            "updated_us", "created",    "updated", "owner",
                                            NULL};

static int check_fixed_columns(struct xh__check *check, const struct xh_record_type *type)
{
    for (size_t i = 0; i < type->shape.field_count; i++) {
        const char *name = type->shape.fields[i].name;
        bool is_owner = type->owner_field != NULL && strcmp(type->owner_field, "owner") == 0 &&
                        strcmp(name, "owner") == 0;
        if (list_has(fixed_columns, name) && !is_owner) {
            check->subtable = "field";
            check->subrow = name;
            return xh__check_fault(check, "every record has a column of this name already");
        }
    }
    return XH_E_OK;
}

static int check_owner_and_title(struct xh__check *check, const struct xh_record_type *type)
{
    const struct xh_shape *shape = &type->shape;
    const struct xh_field *owner = xh_field_find(shape->fields, shape->field_count,
                                                 xh_str_from(type->owner_field));
    bool is_ref = owner != NULL && owner->type == XH_T_REF && strcmp(owner->ref, "core.party") == 0;
    if (type->owner_field != NULL && !is_ref) {
        return xh__check_fault(check, "owner_field \"%s\" is not a REF to core.party",
                               type->owner_field);
    }
    if (type->owner_field != NULL && type->owns_itself) {
        return xh__check_fault(check, "it has an owner_field and owns itself");
    }
    const struct xh_field *title = xh_field_find(shape->fields, shape->field_count,
                                                 xh_str_from(type->title_field));
    if (title == NULL || (title->flags & XH_F_COMPUTED) != 0) {
        return xh__check_fault(check, "title_field \"%s\" is not a stored field",
                               type->title_field ? type->title_field : "");
    }
    return XH_E_OK;
}

/* "plan, code": each a stored field, none twice. */
static int check_unique(struct xh__check *check, const struct xh_record_type *type)
{
    for (const char *const *set = type->unique; set != NULL && *set != NULL; set++) {
        struct xh_str rest = xh_str_from(*set), part;
        size_t count = 0;
        for (; xh_str_split(&rest, ',', &part); count++) {
            const struct xh_field *field =
                xh_field_find(type->shape.fields, type->shape.field_count, xh_str_trim(part));
            if (field == NULL || (field->flags & XH_F_COMPUTED) != 0) {
                return xh__check_fault(check, "unique set \"%s\" names no stored field \"%.*s\"",
                                       *set, XH_STR_ARG(xh_str_trim(part)));
            }
        }
        if (count == 0) {
            return xh__check_fault(check, "a unique set is empty");
        }
    }
    return XH_E_OK;
}

static int check_masks(struct xh__check *check, const struct xh_access *access)
{
    unsigned all = access->read | access->read_own | access->write | access->write_own;
    if ((all & ~(unsigned)XH_ROLE_ANY) != 0) {
        return xh__check_fault(check, "an access mask names a role that does not exist");
    }
    return XH_E_OK;
}

static int check_transition(struct xh__check *check, const struct xh_record_type *type, size_t at)
{
    const struct xh_transition *t = &type->transitions[at];
    check->subtable = "transition";
    check->subrow = t->verb;
    if (!xh__check_is_name(t->verb)) {
        return xh__check_fault(check, "the verb is not a name");
    }
    if (t->from == NULL || t->to == NULL || !list_has(type->states, t->from) ||
        !list_has(type->states, t->to)) {
        return xh__check_fault(check, "\"%s\" or \"%s\" is no state", t->from ? t->from : "",
                               t->to ? t->to : "");
    }
    for (size_t i = 0; i < at; i++) {
        if (strcmp(type->transitions[i].from, t->from) == 0 &&
            strcmp(type->transitions[i].verb, t->verb) == 0) {
            return xh__check_fault(check, "it starts twice from \"%s\"", t->from);
        }
    }
    if ((t->access.write | t->access.write_own) == 0) {
        return xh__check_fault(check, "nobody may do it");
    }
    int code = xh__check_labels(check, t->label_vi, t->label_en);
    if (code == XH_E_OK) {
        code = check_masks(check, &t->access);
    }
    return code == XH_E_OK && t->in != NULL ? xh__check_shape(check, t->in, XH__SHAPE_INPUT) : code;
}

static int check_states(struct xh__check *check, const struct xh_record_type *type)
{
    if (type->states == NULL) {
        bool is_stateless = type->transition_count == 0 && type->frozen_states == NULL;
        return is_stateless ? XH_E_OK
                            : xh__check_fault(check, "transitions or frozen states without states");
    }
    if (type->states[0] == NULL) {
        return xh__check_fault(check, "the list of states is empty");
    }
    for (size_t i = 0; type->states[i] != NULL; i++) {
        bool is_reached = i == 0;
        for (size_t t = 0; t < type->transition_count; t++) {
            is_reached = is_reached || strcmp(type->transitions[t].to, type->states[i]) == 0;
        }
        if (!xh__check_is_name(type->states[i]) ||
            list_has(type->states + i + 1, type->states[i])) {
            return xh__check_fault(check, "state \"%s\" is not a name or is there twice",
                                   type->states[i]);
        }
        if (!is_reached) {
            return xh__check_fault(check, "no transition leads to state \"%s\"", type->states[i]);
        }
    }
    for (const char *const *f = type->frozen_states; f != NULL && *f != NULL; f++) {
        if (!list_has(type->states, *f)) {
            return xh__check_fault(check, "frozen state \"%s\" is no state", *f);
        }
    }
    return XH_E_OK;
}

static int check_computed(struct xh__check *check, const struct xh_record_type *type)
{
    bool has_computed = false;
    for (size_t i = 0; i < type->shape.field_count; i++) {
        has_computed = has_computed || (type->shape.fields[i].flags & XH_F_COMPUTED) != 0;
    }
    for (size_t p = 0; p < type->shape.part_count; p++) {
        for (size_t i = 0; i < type->shape.parts[p].field_count; i++) {
            const struct xh_field *field = &type->shape.parts[p].fields[i];
            has_computed = has_computed || (field->flags & XH_F_COMPUTED) != 0;
        }
    }
    if (has_computed != (type->compute != NULL)) {
        return xh__check_fault(check, has_computed ? "COMPUTED fields without a function"
                                                   : "a compute function without COMPUTED fields");
    }
    return XH_E_OK;
}

static int check_record_names(struct xh__check *check, const struct xh_domain *domain, size_t at)
{
    const struct xh_record_type *type = domain->records[at];
    if (!xh__check_is_name(type->name) || !xh__check_is_name(type->plural)) {
        return xh__check_fault(check, "name or plural is not a name");
    }
    for (size_t i = 0; i < at; i++) {
        const struct xh_record_type *other = domain->records[i];
        if (strcmp(other->name, type->name) == 0 || strcmp(other->plural, type->plural) == 0) {
            return xh__check_fault(check, "name or plural is there twice");
        }
    }
    int code = xh__check_labels(check, type->label_vi, type->label_en);
    if (code == XH_E_OK) {
        code = xh__check_labels(check, type->plural_vi, type->plural_en);
    }
    return code == XH_E_OK ? xh__check_helps(check, type->help_vi, type->help_en) : code;
}

static int check_record(struct xh__check *check, const struct xh_domain *domain, size_t at)
{
    const struct xh_record_type *type = domain->records[at];
    check->table = "record";
    check->row = type->name;
    int code = check_record_names(check, domain, at);
    if (code == XH_E_OK && type->shape.field_count == 0) {
        code = xh__check_fault(check, "a record needs fields");
    }
    if (code == XH_E_OK) {
        code = xh__check_shape(check, &type->shape, XH__SHAPE_RECORD);
    }
    if (code == XH_E_OK) {
        code = check_fixed_columns(check, type);
    }
    if (code == XH_E_OK && (type->access.read | type->access.read_own) == 0) {
        code = xh__check_fault(check, "nobody may read it");
    }
    int (*const rules[])(struct xh__check *, const struct xh_record_type *) = {
        check_owner_and_title, check_unique, check_states, check_computed};
    for (size_t i = 0; code == XH_E_OK && i < XH_COUNT(rules); i++) {
        code = rules[i](check, type);
    }
    for (size_t i = 0; code == XH_E_OK && i < type->transition_count; i++) {
        code = check_transition(check, type, i);
    }
    check->subtable = check->subrow = NULL;
    return code == XH_E_OK ? check_masks(check, &type->access) : code;
}

/* Tables are room_plural and room_plural_part: two such names may meet. */
static int check_table_names(struct xh__check *check, const struct xh_domain *domain)
{
    for (size_t i = 0; i < domain->record_count; i++) {
        const struct xh_record_type *type = domain->records[i];
        for (size_t p = 0; p < type->shape.part_count; p++) {
            struct xh_buf name = {0};
            xh_buf_add_format(&name, "%s_%s", type->plural, type->shape.parts[p].name);
            bool is_taken = false;
            for (size_t k = 0; k < domain->record_count; k++) {
                is_taken = is_taken || xh_str_is(xh_buf_str(&name), domain->records[k]->plural);
            }
            xh_buf_finish(&name);
            if (is_taken) {
                check->table = "record";
                check->row = type->name;
                return xh__check_fault(check, "the table of its part \"%s\" is that of a record",
                                       type->shape.parts[p].name);
            }
        }
    }
    return XH_E_OK;
}

int xh_domain_check(const struct xh_domain *domain, struct xh_err *err)
{
    struct xh__check check = {.domain = domain, .err = err};
    if (!xh__check_is_name(domain->name)) {
        return xh__check_fault(&check, "the room's name is not a name");
    }
    int code = xh__check_labels(&check, domain->label_vi, domain->label_en);
    for (size_t i = 0; code == XH_E_OK && i < domain->quantity_count; i++) {
        code = check_quantity(&check, domain, i);
    }
    for (size_t i = 0; code == XH_E_OK && i < domain->record_count; i++) {
        code = check_record(&check, domain, i);
    }
    if (code == XH_E_OK) {
        code = check_table_names(&check, domain);
    }
    return code == XH_E_OK ? xh__check_tables(domain, err) : code;
}
