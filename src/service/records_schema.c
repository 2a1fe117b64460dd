/* records_schema.c: the tables of all rooms' record types and of the engine itself. */
#include "service/device_internal.h"
#include "service/records.h"

#include <string.h>

/* ---- the engine's own tables ---- */

static const struct xh_rel_column change_columns[] = {
    {"at_us", XH_REL_INTEGER, true, NULL, NULL},
    {"who", XH_REL_TEXT, true, NULL, NULL},
    {"type", XH_REL_TEXT, true, NULL, NULL},
    {"record_id", XH_REL_INTEGER, true, NULL, NULL},
    {"owner", XH_REL_INTEGER, false, NULL, NULL}, /* no reference: a change outlives its owner */
    {"version", XH_REL_INTEGER, true, NULL, NULL},
    {"verb", XH_REL_TEXT, true, NULL, NULL},
    {"before", XH_REL_TEXT, false, NULL, NULL},
    {"after", XH_REL_TEXT, false, NULL, NULL},
};
static const struct xh_rel_index change_indexes[] = {
    {"\"type\", \"record_id\"", false},
    {"\"type\", \"id\"", false},
    {"\"at_us\"", false},
};
const struct xh_rel_table xh__change_table = {
    .name = "xh_change",
    .columns = change_columns,
    .column_count = XH_COUNT(change_columns),
    .indexes = change_indexes,
    .index_count = XH_COUNT(change_indexes),
};

static const struct xh_rel_column job_columns[] = {
    {"name", XH_REL_TEXT, true, NULL, NULL},
    {"cursor", XH_REL_INTEGER, true, "0", NULL}, /* id of the last change that it has seen */
    {"last_start_us", XH_REL_INTEGER, false, NULL, NULL},
    {"last_end_us", XH_REL_INTEGER, false, NULL, NULL},
    {"runs", XH_REL_INTEGER, true, "0", NULL},
    {"failures", XH_REL_INTEGER, true, "0", NULL},
    {"last_error", XH_REL_TEXT, false, NULL, NULL},
};
static const struct xh_rel_index job_indexes[] = {{"\"name\"", true}};
const struct xh_rel_table xh__job_table = {
    .name = "xh_job",
    .columns = job_columns,
    .column_count = XH_COUNT(job_columns),
    .indexes = job_indexes,
    .index_count = XH_COUNT(job_indexes),
};

/* ---- tables of record types ---- */

struct maker {
    struct xh_arena *arena;
    const struct xh_domain *const *domains;
    size_t domain_count;
    const struct xh_rel_table **tables;
    size_t count;
};

static const struct xh_rel_column fixed_columns[] = {
    {"version", XH_REL_INTEGER, true, NULL, NULL},
    {"owner", XH_REL_INTEGER, false, NULL, NULL}, /* references the parties; set below */
    {"state", XH_REL_TEXT, false, NULL, NULL},
    {"created_us", XH_REL_INTEGER, true, NULL, NULL},
    {"updated_us", XH_REL_INTEGER, true, NULL, NULL},
};
enum { FIXED_COUNT = sizeof fixed_columns / sizeof fixed_columns[0], OWNER_COLUMN = 1 };

static enum xh_rel_type column_type(enum xh_type type)
{
    switch (type) {
    case XH_T_REAL:
        return XH_REL_REAL;
    case XH_T_DEC: /* digit for digit */
    case XH_T_TEXT:
    case XH_T_CHOICE:
        return XH_REL_TEXT;
    default:
        return XH_REL_INTEGER;
    }
}

/* The table of "room.name"; NULL when its room is not built in. */
static const char *table_of(const struct maker *m, const char *ref)
{
    const char *dot = ref != NULL ? strchr(ref, '.') : NULL;
    for (size_t d = 0; dot != NULL && d < m->domain_count; d++) {
        const struct xh_domain *domain = m->domains[d];
        if (!xh_str_is((struct xh_str){ref, (size_t)(dot - ref)}, domain->name)) {
            continue;
        }
        for (size_t i = 0; i < domain->record_count; i++) {
            if (strcmp(domain->records[i]->name, dot + 1) == 0) {
                return xh_arena_format(m->arena, "%s_%s", domain->name, domain->records[i]->plural)
                    .ptr;
            }
        }
    }
    return NULL;
}

/* A field is never NOT NULL: the shape's check asks for it, and a field that a later version
 * requires can still be added to rows that are there. */
static struct xh_rel_column field_column(const struct maker *m, const struct xh_field *field)
{
    struct xh_rel_column column = {.name = field->name, .type = column_type(field->type)};
    if (field->type == XH_T_REF) {
        column.references = table_of(m, field->ref);
    }
    return column;
}

static bool is_fixed(const char *name)
{
    static const char *const names[] = {"id",         "version", "state",   "created_us",
                                        "updated_us", "created", "updated", "may"};
    for (size_t i = 0; i < XH_COUNT(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Returns how many columns were added. */
static size_t add_field_columns(const struct maker *m, const struct xh_record_type *type,
                                struct xh_rel_column *columns)
{
    size_t count = 0;
    for (size_t i = 0; i < type->shape.field_count; i++) {
        const struct xh_field *field = &type->shape.fields[i];
        xh_assert(!is_fixed(field->name));
        bool is_owner = strcmp(field->name, "owner") == 0;
        /* A field called "owner" is the column that stands in every table, so it must be it. */
        xh_assert(!is_owner || (type->owner_field && strcmp(type->owner_field, "owner") == 0));
        if (!is_owner && (field->flags & XH_F_COMPUTED) == 0) {
            columns[count++] = field_column(m, field);
        }
    }
    return count;
}

/* "plan, code" as "\"plan\", \"code\"". */
static const char *quoted_list(const struct maker *m, const char *names)
{
    struct xh_buf out = {0};
    struct xh_str rest = xh_str_from(names), name;
    while (xh_str_split(&rest, ',', &name)) {
        name = xh_str_trim(name);
        xh_buf_add_format(&out, "%s\"%.*s\"", out.len > 0 ? ", " : "", XH_STR_ARG(name));
    }
    const char *text = xh_arena_text(m->arena, xh_buf_str(&out));
    xh_buf_finish(&out);
    return text;
}

static bool needs_index(const struct xh_field *field)
{
    bool is_asked = (field->flags & (XH_F_INDEXED | XH_F_UNIQUE)) != 0;
    return (field->flags & XH_F_COMPUTED) == 0 && strcmp(field->name, "owner") != 0 &&
           (is_asked || field->type == XH_T_REF);
}

static size_t add_indexes(const struct maker *m, const struct xh_record_type *type,
                          struct xh_rel_index *indexes)
{
    size_t count = 0;
    indexes[count++] = (struct xh_rel_index){"\"owner\"", false};
    if (type->states != NULL) {
        indexes[count++] = (struct xh_rel_index){"\"state\"", false};
    }
    for (size_t i = 0; i < type->shape.field_count; i++) {
        const struct xh_field *field = &type->shape.fields[i];
        if (needs_index(field)) {
            indexes[count++] = (struct xh_rel_index){quoted_list(m, field->name),
                                                     (field->flags & XH_F_UNIQUE) != 0};
        }
    }
    for (size_t i = 0; type->unique != NULL && type->unique[i] != NULL; i++) {
        indexes[count++] = (struct xh_rel_index){quoted_list(m, type->unique[i]), true};
    }
    return count;
}

static size_t unique_count(const struct xh_record_type *type)
{
    size_t count = 0;
    while (type->unique != NULL && type->unique[count] != NULL) {
        count++;
    }
    return count;
}

static const struct xh_rel_table *type_table(const struct maker *m, const char *room,
                                             const struct xh_record_type *type)
{
    struct xh_rel_table *table = XH_NEW(m->arena, struct xh_rel_table);
    struct xh_rel_column *columns = XH_NEW_ARRAY(m->arena, struct xh_rel_column,
                                                 FIXED_COUNT + type->shape.field_count);
    struct xh_rel_index *indexes = XH_NEW_ARRAY(m->arena, struct xh_rel_index,
                                                2 + type->shape.field_count + unique_count(type));
    memcpy(columns, fixed_columns, sizeof fixed_columns);
    columns[OWNER_COLUMN].references = table_of(m, "core.party");
    table->name = xh_arena_format(m->arena, "%s_%s", room, type->plural).ptr;
    table->columns = columns;
    table->column_count = FIXED_COUNT + add_field_columns(m, type, columns + FIXED_COUNT);
    table->indexes = indexes;
    table->index_count = add_indexes(m, type, indexes);
    return table;
}

static const struct xh_rel_table *part_table(const struct maker *m, const char *parent,
                                             const struct xh_part *part)
{
    static const struct xh_rel_index in_order[] = {{"\"record_id\", \"row_index\"", true}};
    struct xh_rel_table *table = XH_NEW(m->arena, struct xh_rel_table);
    struct xh_rel_column *columns = XH_NEW_ARRAY(m->arena, struct xh_rel_column,
                                                 2 + part->field_count);
    struct xh_rel_index *indexes = XH_NEW_ARRAY(m->arena, struct xh_rel_index,
                                                1 + part->field_count);
    size_t count = 0, index_count = 0;
    columns[count++] = (struct xh_rel_column){"record_id", XH_REL_INTEGER, true, NULL, parent};
    columns[count++] = (struct xh_rel_column){"row_index", XH_REL_INTEGER, true, NULL, NULL};
    indexes[index_count++] = in_order[0];
    for (size_t i = 0; i < part->field_count; i++) {
        const struct xh_field *field = &part->fields[i];
        xh_assert(strcmp(field->name, "id") != 0 && strcmp(field->name, "record_id") != 0 &&
                  strcmp(field->name, "row_index") != 0);
        columns[count++] = field_column(m, field);
        if (field->type == XH_T_REF) { /* so that deleting what it names need not read all rows */
            indexes[index_count++] = (struct xh_rel_index){quoted_list(m, field->name), false};
        }
    }
    table->name = xh_arena_format(m->arena, "%s_%s", parent, part->name).ptr;
    table->columns = columns;
    table->column_count = count;
    table->indexes = indexes;
    table->index_count = index_count;
    return table;
}

static size_t table_count(const struct xh_domain *const *domains, size_t count)
{
    size_t tables = 5; /* the engine's own */
    for (size_t d = 0; d < count; d++) {
        for (size_t i = 0; i < domains[d]->record_count; i++) {
            tables += 1 + domains[d]->records[i]->shape.part_count;
        }
    }
    return tables;
}

const struct xh_rel_schema *xh_records_schema(struct xh_arena *arena,
                                              const struct xh_domain *const *domains, size_t count)
{
    struct maker m = {.arena = arena, .domains = domains, .domain_count = count};
    m.tables = XH_NEW_ARRAY(arena, const struct xh_rel_table *, table_count(domains, count));
    for (size_t d = 0; d < count; d++) {
        for (size_t i = 0; i < domains[d]->record_count; i++) {
            const struct xh_record_type *type = domains[d]->records[i];
            const struct xh_rel_table *table = type_table(&m, domains[d]->name, type);
            m.tables[m.count++] = table;
            for (size_t p = 0; p < type->shape.part_count; p++) {
                m.tables[m.count++] = part_table(&m, table->name, &type->shape.parts[p]);
            }
        }
    }
    m.tables[m.count++] = &xh__change_table;
    m.tables[m.count++] = &xh__job_table;
    m.tables[m.count++] = &xh__observation_table;
    m.tables[m.count++] = &xh__series_feature_table;
    m.tables[m.count++] = &xh__device_key_table;
    struct xh_rel_schema *schema = XH_NEW(arena, struct xh_rel_schema);
    schema->tables = m.tables;
    schema->table_count = m.count;
    return schema;
}
