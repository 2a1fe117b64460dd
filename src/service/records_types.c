/* records_types.c: the record types of all rooms, each with its SQL, made once at open. */
#include "service/records_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- SQL ---- */

static const char *taken(struct xh_engine *engine, struct xh_buf *sql)
{
    const char *text = xh_arena_text(engine->arena, xh_buf_str(sql));
    xh_buf_finish(sql);
    return text;
}

/* "a", "b" or :a, :b or "a" = :a, "b" = :b, of the stored fields. */
enum naming { NAMES, PARAMS, SETS };

static void add_name(struct xh_buf *sql, const char *name, enum naming naming)
{
    if (sql->len > 0 && sql->ptr[sql->len - 1] != '(' && sql->ptr[sql->len - 1] != ' ') {
        xh_buf_add_text(sql, ", ");
    }
    switch (naming) {
    case NAMES:
        xh_buf_add_format(sql, "\"%s\"", name);
        break;
    case PARAMS:
        xh_buf_add_format(sql, ":%s", name);
        break;
    case SETS:
        xh_buf_add_format(sql, "\"%s\" = :%s", name, name);
        break;
    }
}

static void add_fields(struct xh_buf *sql, const struct xh_field *fields, size_t count,
                       bool with_owner, enum naming naming)
{
    for (size_t i = 0; i < count; i++) {
        if (xh__is_stored(&fields[i]) && (with_owner || !xh__is_owner_column(&fields[i]))) {
            add_name(sql, fields[i].name, naming);
        }
    }
}

static void add_fixed(struct xh_buf *sql, enum naming naming)
{
    static const char *const fixed[] = {"version", "owner", "state", "created_us", "updated_us"};
    for (size_t i = 0; i < XH_COUNT(fixed); i++) {
        add_name(sql, fixed[i], naming);
    }
}

static void type_sql(struct xh_engine *engine, struct xh__rtype *t)
{
    const struct xh_shape *shape = &t->type->shape;
    struct xh_buf sql = {0};
    add_name(&sql, "id", NAMES);
    add_fixed(&sql, NAMES);
    add_fields(&sql, shape->fields, shape->field_count, true, NAMES);
    t->columns = taken(engine, &sql);

    xh_buf_add_format(&sql, "SELECT %s FROM \"%s\" WHERE \"id\" = :id", t->columns, t->table);
    t->select = taken(engine, &sql);

    xh_buf_add_format(&sql, "INSERT INTO \"%s\" (", t->table);
    add_fixed(&sql, NAMES);
    add_fields(&sql, shape->fields, shape->field_count, false, NAMES);
    xh_buf_add_text(&sql, ") VALUES (");
    add_fixed(&sql, PARAMS);
    add_fields(&sql, shape->fields, shape->field_count, false, PARAMS);
    xh_buf_add_char(&sql, ')');
    t->insert = taken(engine, &sql);

    xh_buf_add_format(&sql, "UPDATE \"%s\" SET ", t->table);
    add_fixed(&sql, SETS);
    add_fields(&sql, shape->fields, shape->field_count, false, SETS);
    xh_buf_add_text(&sql, " WHERE \"id\" = :id");
    t->update = taken(engine, &sql);

    xh_buf_add_format(&sql, "DELETE FROM \"%s\" WHERE \"id\" = :id", t->table);
    t->remove = taken(engine, &sql);
}

static void part_sql(struct xh_engine *engine, const struct xh__rtype *t, struct xh__rpart *p)
{
    struct xh_buf sql = {0};
    xh_buf_add_format(&sql, "%s_%s", t->table, p->part->name);
    p->table = taken(engine, &sql);

    xh_buf_add_text(&sql, "SELECT ");
    add_fields(&sql, p->part->fields, p->part->field_count, true, NAMES);
    xh_buf_add_format(&sql, " FROM \"%s\" WHERE \"record_id\" = :record_id ORDER BY \"row_index\"",
                      p->table);
    p->select = taken(engine, &sql);

    xh_buf_add_format(&sql, "INSERT INTO \"%s\" (\"record_id\", \"row_index\"", p->table);
    add_fields(&sql, p->part->fields, p->part->field_count, true, NAMES);
    xh_buf_add_text(&sql, ") VALUES (:record_id, :row_index");
    add_fields(&sql, p->part->fields, p->part->field_count, true, PARAMS);
    xh_buf_add_char(&sql, ')');
    p->insert = taken(engine, &sql);

    xh_buf_add_format(&sql, "DELETE FROM \"%s\" WHERE \"record_id\" = :record_id", p->table);
    p->remove = taken(engine, &sql);
}

static void label_sql(struct xh_engine *engine, struct xh__rtype *t)
{
    if (t->title_field == XH__NO_FIELD && t->key_field == XH__NO_FIELD) {
        return;
    }
    const struct xh_field *fields = t->type->shape.fields;
    struct xh_buf sql = {0};
    const char *title = t->title_field != XH__NO_FIELD ? fields[t->title_field].name : NULL;
    const char *key = t->key_field != XH__NO_FIELD ? fields[t->key_field].name : NULL;
    xh_buf_add_format(&sql, "SELECT \"%s\", \"%s\", \"owner\" FROM \"%s\" WHERE \"id\" = :id",
                      title != NULL ? title : key, key != NULL ? key : title, t->table);
    t->label = taken(engine, &sql);
}

/* ---- making ---- */

/* name NULL: none. */
static int field_index(const struct xh_shape *shape, const char *name)
{
    const struct xh_field *field = xh_field_find(shape->fields, shape->field_count,
                                                 xh_str_from(name));
    return field != NULL ? (int)(field - shape->fields) : XH__NO_FIELD;
}

static int key_index(const struct xh_shape *shape)
{
    for (size_t i = 0; i < shape->field_count; i++) {
        if ((shape->fields[i].flags & XH_F_UNIQUE) != 0 && shape->fields[i].type == XH_T_TEXT) {
            return (int)i;
        }
    }
    return XH__NO_FIELD;
}

static bool has_personal(const struct xh_shape *shape)
{
    unsigned flags = 0;
    for (size_t i = 0; i < shape->field_count; i++) {
        flags |= shape->fields[i].flags;
    }
    for (size_t p = 0; p < shape->part_count; p++) {
        for (size_t i = 0; i < shape->parts[p].field_count; i++) {
            flags |= shape->parts[p].fields[i].flags;
        }
    }
    return (flags & XH_F_PERSONAL) != 0;
}

static void make_type(struct xh_engine *engine, const char *room, const struct xh_record_type *type,
                      struct xh__rtype *t)
{
    t->type = type;
    t->room = room;
    t->name = xh_arena_format(engine->arena, "%s.%s", room, type->name);
    t->table = xh_arena_format(engine->arena, "%s_%s", room, type->plural).ptr;
    t->owner_field = field_index(&type->shape, type->owner_field);
    t->title_field = field_index(&type->shape, type->title_field);
    if (t->title_field != XH__NO_FIELD && type->shape.fields[t->title_field].type != XH_T_TEXT) {
        t->title_field = XH__NO_FIELD;
    }
    t->key_field = key_index(&type->shape);
    t->has_personal = has_personal(&type->shape);
    type_sql(engine, t);
    label_sql(engine, t);
    t->parts = XH_NEW_ARRAY(engine->arena, struct xh__rpart, type->shape.part_count);
    for (size_t p = 0; p < type->shape.part_count; p++) {
        t->parts[p].part = &type->shape.parts[p];
        part_sql(engine, t, &t->parts[p]);
    }
}

static const struct xh__rtype **refs_of(struct xh_engine *engine, const struct xh_field *fields,
                                        size_t count)
{
    const struct xh__rtype **refs = XH_NEW_ARRAY(engine->arena, const struct xh__rtype *, count);
    for (size_t i = 0; i < count; i++) {
        if (fields[i].type == XH_T_REF && fields[i].ref != NULL) {
            refs[i] = xh__rtype_find(engine, xh_str_from(fields[i].ref));
        }
    }
    return refs;
}

static void find_refs(struct xh_engine *engine, struct xh__rtype *t)
{
    t->refs = refs_of(engine, t->type->shape.fields, t->type->shape.field_count);
    for (size_t p = 0; p < t->type->shape.part_count; p++) {
        t->parts[p].refs = refs_of(engine, t->parts[p].part->fields, t->parts[p].part->field_count);
    }
}

int xh__records_create(struct xh_engine *engine, struct xh_err *err)
{
    (void)err;
    uint64_t hash_key = 0;
    xh_env_random(engine->env, &hash_key, sizeof hash_key);
    struct xh__records *records = xh_alloc(sizeof *records);
    engine->records = records;
    records->by_name = xh_map_create(hash_key);
    records->by_type = xh_map_create(hash_key);
    for (size_t d = 0; d < engine->domain_count; d++) {
        records->type_count += engine->domains[d]->record_count;
    }
    records->types = XH_NEW_ARRAY(engine->arena, struct xh__rtype, records->type_count);
    struct xh__rtype *t = records->types;
    for (size_t d = 0; d < engine->domain_count; d++) {
        for (size_t i = 0; i < engine->domains[d]->record_count; i++, t++) {
            make_type(engine, engine->domains[d]->name, engine->domains[d]->records[i], t);
            (void)xh_map_put(records->by_name, t->name, t);
            (void)xh_map_put(records->by_type,
                             (struct xh_str){(const char *)&t->type, sizeof t->type}, t);
        }
    }
    for (size_t i = 0; i < records->type_count; i++) {
        find_refs(engine, &records->types[i]);
    }
    records->labels = xh__labels_create(engine);
    return XH_E_OK;
}

void xh__records_destroy(struct xh_engine *engine)
{
    struct xh__records *records = engine->records;
    if (records == NULL) {
        return;
    }
    xh__labels_destroy(records->labels);
    xh_map_destroy(records->by_name);
    xh_map_destroy(records->by_type);
    free(records);
    engine->records = NULL;
}

/* ---- finding ---- */

const struct xh__rtype *xh__rtype_find(const struct xh_engine *engine, struct xh_str name)
{
    return xh_map_get(engine->records->by_name, name);
}

const struct xh__rtype *xh__rtype_of(const struct xh_engine *engine,
                                     const struct xh_record_type *type)
{
    const struct xh__rtype *t = xh_map_get(engine->records->by_type,
                                           (struct xh_str){(const char *)&type, sizeof type});
    xh_assert(t != NULL);
    return t;
}

int xh__rtype_get(const struct xh_ctx *ctx, const char *name, const struct xh__rtype **ret,
                  struct xh_err *err)
{
    *ret = xh__rtype_find(xh_ctx_engine(ctx), xh_str_from(name));
    if (*ret != NULL) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_NOT_FOUND, "type", xh_str_from(name), NULL, NULL,
                        "there is no record type \"%s\"", name);
}
