/* meta_api.c: GET /api/v1/meta: the tables of the rooms, told to whoever makes forms of them. Only
 * what who may do at all is named as his. */
#include <string.h>

#include "server/server_internal.h"

static void labels(struct xh_json_writer *w, const char *vi, const char *en)
{
    xh_json_member_string(w, "label_vi", vi);
    xh_json_member_string(w, "label_en", en);
}

const char *xh__type_name(enum xh_type type)
{
    static const char *const names[] = {
        [XH_T_BOOL] = "bool",   [XH_T_INT] = "int",       [XH_T_REAL] = "real", [XH_T_DEC] = "dec",
        [XH_T_MONEY] = "money", [XH_T_TEXT] = "text",     [XH_T_CHOICE] = "choice",
        [XH_T_DAY] = "day",     [XH_T_TIME] = "time",     [XH_T_REF] = "ref",
    };
    return names[type];
}

/* ---- fields ---- */

static void choices(struct xh_json_writer *w, const struct xh_choice *choice)
{
    xh_json_name(w, "choices");
    xh_json_array(w);
    for (; choice != NULL && choice->value != NULL; choice++) {
        xh_json_object(w);
        xh_json_member_string(w, "value", choice->value);
        labels(w, choice->label_vi, choice->label_en);
        xh_json_object_end(w);
    }
    xh_json_array_end(w);
}

/* NULL: the room of the type is not built in. */
static const char *path_of_type(struct xh__request *req, const char *name)
{
    const struct xh_record_type *type = xh_engine_record_type(req->server->engine,
                                                              xh_str_from(name));
    const char *dot = strchr(name, '.');
    if (type == NULL || dot == NULL) {
        return NULL;
    }
    return xh_arena_format(req->arena, "/api/v1/%.*s/%s", (int)(dot - name), name, type->plural)
        .ptr;
}

static void reference(struct xh__request *req, struct xh_json_writer *w, const char *name)
{
    xh_json_name(w, "ref");
    if (name == NULL) {
        xh_json_null(w);
        return;
    }
    xh_json_object(w);
    xh_json_member_string(w, "type", name);
    xh_json_member_string(w, "path", path_of_type(req, name));
    xh_json_object_end(w);
}

static void limits(struct xh_json_writer *w, const struct xh_field *f)
{
    bool has = f->min != 0 || f->max != 0;
    xh_json_name(w, "min");
    if (has) {
        xh_json_num(w, f->min);
    } else {
        xh_json_null(w);
    }
    xh_json_name(w, "max");
    if (has) {
        xh_json_num(w, f->max);
    } else {
        xh_json_null(w);
    }
    uint32_t length_max = f->length_max != 0            ? f->length_max
                          : (f->flags & XH_F_LONG) != 0 ? 10000
                                                        : 200;
    xh_json_name(w, "length_max");
    if (f->type == XH_T_TEXT) {
        xh_json_int(w, length_max);
    } else {
        xh_json_null(w);
    }
}

static void field(struct xh__request *req, struct xh_json_writer *w, const struct xh_field *f)
{
    xh_json_object(w);
    xh_json_member_string(w, "name", f->name);
    xh_json_member_string(w, "type", xh__type_name(f->type));
    xh_json_member_bool(w, "required", (f->flags & XH_F_REQUIRED) != 0);
    xh_json_member_bool(w, "indexed", (f->flags & (XH_F_INDEXED | XH_F_UNIQUE)) != 0);
    xh_json_member_bool(w, "unique", (f->flags & XH_F_UNIQUE) != 0);
    xh_json_member_bool(w, "read_only", (f->flags & XH_F_READ_ONLY) != 0);
    xh_json_member_bool(w, "personal", (f->flags & XH_F_PERSONAL) != 0);
    xh_json_member_bool(w, "list", (f->flags & XH_F_LIST) != 0);
    xh_json_member_bool(w, "long", (f->flags & XH_F_LONG) != 0);
    xh_json_member_bool(w, "computed", (f->flags & XH_F_COMPUTED) != 0);
    labels(w, f->label_vi, f->label_en);
    xh_json_member_string(w, "unit", f->unit);
    limits(w, f);
    choices(w, f->choices);
    reference(req, w, f->ref);
    xh_json_member_string(w, "help_vi", f->help_vi);
    xh_json_member_string(w, "help_en", f->help_en);
    xh_json_object_end(w);
}

static void fields(struct xh__request *req, struct xh_json_writer *w, const char *name,
                   const struct xh_field *list, size_t count)
{
    xh_json_name(w, name);
    xh_json_array(w);
    for (size_t i = 0; i < count; i++) {
        field(req, w, &list[i]);
    }
    xh_json_array_end(w);
}

static void parts(struct xh__request *req, struct xh_json_writer *w, const char *name,
                  const struct xh_shape *shape)
{
    xh_json_name(w, name);
    xh_json_array(w);
    for (size_t i = 0; shape != NULL && i < shape->part_count; i++) {
        const struct xh_part *part = &shape->parts[i];
        xh_json_object(w);
        xh_json_member_string(w, "name", part->name);
        labels(w, part->label_vi, part->label_en);
        xh_json_member_int(w, "rows_max", (int64_t)(part->rows_max != 0 ? part->rows_max : 1000));
        fields(req, w, "fields", part->fields, part->field_count);
        xh_json_object_end(w);
    }
    xh_json_array_end(w);
}

static void shape_fields(struct xh__request *req, struct xh_json_writer *w, const char *name,
                         const struct xh_shape *shape)
{
    fields(req, w, name, shape != NULL ? shape->fields : NULL,
           shape != NULL ? shape->field_count : 0);
}

/* ---- records ---- */

static const char *may_name(enum xh_may may)
{
    static const char *const names[] = {
        [XH_MAY_NOT] = "not",   [XH_MAY_DEVICE] = "device", [XH_MAY_OWN] = "own",
        [XH_MAY_OPEN] = "open", [XH_MAY_ALL] = "all"};
    return names[may];
}

static void transitions(struct xh__request *req, struct xh_json_writer *w,
                        const struct xh_record_type *type)
{
    xh_json_name(w, "transitions");
    xh_json_array(w);
    for (size_t i = 0; i < type->transition_count; i++) {
        const struct xh_transition *t = &type->transitions[i];
        xh_json_object(w);
        xh_json_member_string(w, "from", t->from);
        xh_json_member_string(w, "to", t->to);
        xh_json_member_string(w, "verb", t->verb);
        labels(w, t->label_vi, t->label_en);
        xh_json_member_string(w, "may", may_name(xh_may_write(&t->access, req->ctx.who)));
        shape_fields(req, w, "in", t->in);
        xh_json_object_end(w);
    }
    xh_json_array_end(w);
}

static void names(struct xh_json_writer *w, const char *name, const char *const *list)
{
    xh_json_name(w, name);
    xh_json_array(w);
    for (; list != NULL && *list != NULL; list++) {
        xh_json_string(w, *list);
    }
    xh_json_array_end(w);
}

static void record(struct xh__request *req, struct xh_json_writer *w, const struct xh_domain *room,
                   const struct xh_record_type *type)
{
    xh_json_object(w);
    xh_json_member_string(w, "name", type->name);
    xh_json_member_string(w, "plural", type->plural);
    labels(w, type->label_vi, type->label_en);
    xh_json_member_string(w, "plural_vi", type->plural_vi);
    xh_json_member_string(w, "plural_en", type->plural_en);
    xh_json_member_string(w, "help_vi", type->help_vi);
    xh_json_member_string(w, "help_en", type->help_en);
    xh_json_member_string(
        w, "path", xh_arena_format(req->arena, "/api/v1/%s/%s", room->name, type->plural).ptr);
    xh_json_member_string(w, "title_field", type->title_field);
    xh_json_member_string(w, "owner_field", type->owner_field);
    names(w, "states", type->states);
    names(w, "frozen_states", type->frozen_states);
    transitions(req, w, type);
    shape_fields(req, w, "fields", &type->shape);
    parts(req, w, "parts", &type->shape);
    xh_json_name(w, "may");
    xh_json_object(w);
    xh_json_member_string(w, "read", may_name(xh_record_type_may_read(type, req->ctx.who)));
    xh_json_member_string(w, "write", may_name(xh_may_write(&type->access, req->ctx.who)));
    xh_json_object_end(w);
    xh_json_object_end(w);
}

/* ---- the rest of a room ---- */

static void query(struct xh__request *req, struct xh_json_writer *w, const struct xh_domain *room,
                  const struct xh_query *q)
{
    xh_json_object(w);
    xh_json_member_string(w, "name", q->name);
    labels(w, q->label_vi, q->label_en);
    xh_json_member_string(w, "help_vi", q->help_vi);
    xh_json_member_string(w, "help_en", q->help_en);
    xh_json_member_string(
        w, "path", xh_arena_format(req->arena, "/api/v1/%s/reports/%s", room->name, q->name).ptr);
    shape_fields(req, w, "params", &q->params);
    shape_fields(req, w, "columns", &q->columns);
    xh_json_member_string(w, "may", may_name(xh_may_read(&q->access, req->ctx.who)));
    xh_json_object_end(w);
}

static void action(struct xh__request *req, struct xh_json_writer *w, const struct xh_domain *room,
                   const struct xh_action *a)
{
    enum xh_may may = a->is_read ? xh_may_read(&a->access, req->ctx.who)
                                 : xh_may_write(&a->access, req->ctx.who);
    xh_json_object(w);
    xh_json_member_string(w, "name", a->name);
    labels(w, a->label_vi, a->label_en);
    xh_json_member_string(w, "help_vi", a->help_vi);
    xh_json_member_string(w, "help_en", a->help_en);
    xh_json_member_string(w, "path",
                          xh_arena_format(req->arena, "/api/v1/%s/do/%s", room->name, a->name).ptr);
    xh_json_member_bool(w, "is_read", a->is_read);
    xh_json_member_string(w, "may", may_name(may));
    shape_fields(req, w, "in", a->in);
    parts(req, w, "in_parts", a->in);
    shape_fields(req, w, "out", a->out);
    parts(req, w, "out_parts", a->out);
    xh_json_object_end(w);
}

static void indicator(struct xh__request *req, struct xh_json_writer *w,
                      const struct xh_domain *room, const struct xh_indicator *i)
{
    const char *name = xh_arena_format(req->arena, "%s.%s", room->name, i->name).ptr;
    xh_json_object(w);
    xh__indicator_write(w, name, i);
    xh_json_member_string(w, "path",
                          xh_arena_format(req->arena, "/api/v1/indicators/%s", name).ptr);
    xh_json_object_end(w);
}

static void quantity(struct xh__request *req, struct xh_json_writer *w,
                     const struct xh_domain *room, const struct xh_quantity *q)
{
    static const char *const kinds[] = {
        [XH_KIND_GAUGE] = "gauge", [XH_KIND_REGISTER] = "register",
        [XH_KIND_INTERVAL] = "interval", [XH_KIND_STATE] = "state"};
    xh_json_object(w);
    xh_json_member_string(w, "name", xh_arena_format(req->arena, "%s.%s", room->name, q->name).ptr);
    labels(w, q->label_vi, q->label_en);
    xh_json_member_string(w, "unit", q->unit);
    xh_json_member_string(w, "kind", kinds[q->kind]);
    xh_json_member_string(w, "definition", q->definition);
    xh_json_object_end(w);
}

static void tariff(struct xh_json_writer *w, const struct xh_tariff *t)
{
    xh_json_object(w);
    xh_json_member_string(w, "code", t->code);
    labels(w, t->label_vi, t->label_en);
    xh_json_member_string(w, "unit", t->unit);
    xh_json_member_string(w, "currency", t->currency);
    xh_json_member_string(w, "head_vi", t->head_vi);
    xh_json_member_string(w, "head_en", t->head_en);
    xh_json_member_string(w, "quantity", t->quantity);
    xh_json_member_string(w, "note_vi", t->document_note_vi);
    xh_json_member_string(w, "note_en", t->document_note_en);
    xh_json_object_end(w);
}

static void begin(struct xh_json_writer *w, const char *name)
{
    xh_json_name(w, name);
    xh_json_array(w);
}

static void room_records(struct xh__request *req, struct xh_json_writer *w,
                         const struct xh_domain *room)
{
    begin(w, "records");
    for (size_t i = 0; i < room->record_count; i++) {
        if (xh_record_type_may_read(room->records[i], req->ctx.who) != XH_MAY_NOT ||
            xh_may_write(&room->records[i]->access, req->ctx.who) != XH_MAY_NOT) {
            record(req, w, room, room->records[i]);
        }
    }
    xh_json_array_end(w);
}

static void room_rest(struct xh__request *req, struct xh_json_writer *w,
                      const struct xh_domain *room)
{
    begin(w, "queries");
    for (size_t i = 0; i < room->query_count; i++) {
        query(req, w, room, &room->queries[i]);
    }
    xh_json_array_end(w);
    begin(w, "actions");
    for (size_t i = 0; i < room->action_count; i++) {
        action(req, w, room, &room->actions[i]);
    }
    xh_json_array_end(w);
    begin(w, "indicators");
    for (size_t i = 0; i < room->indicator_count; i++) {
        indicator(req, w, room, &room->indicators[i]);
    }
    xh_json_array_end(w);
    begin(w, "quantities");
    for (size_t i = 0; i < room->quantity_count; i++) {
        quantity(req, w, room, &room->quantities[i]);
    }
    xh_json_array_end(w);
    begin(w, "tariffs");
    for (size_t i = 0; i < room->tariff_count; i++) {
        tariff(w, room->tariffs[i]);
    }
    xh_json_array_end(w);
}

static void identities(struct xh__request *req, struct xh_json_writer *w)
{
    size_t count;
    const struct xh_who *const *all = xh_people_all(req->server->engine, &count);
    xh_json_name(w, "identities");
    if (!req->server->options.is_demo) {
        xh_json_null(w);
        return;
    }
    xh_json_array(w);
    for (size_t i = 0; i < count; i++) {
        const char *label_vi, *label_en;
        xh_people_labels(all[i], &label_vi, &label_en);
        xh_json_object(w);
        xh_json_member_string(w, "name", all[i]->name);
        labels(w, label_vi, label_en);
        xh_json_object_end(w);
    }
    xh_json_array_end(w);
}

int xh__meta_get(struct xh__request *req, struct xh_err *err)
{
    size_t count;
    const struct xh_domain *const *rooms = xh_engine_domains(req->server->engine, &count);
    struct xh_json_writer w;
    (void)err;
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    xh_json_member_string(&w, "version", req->server->options.version);
    begin(&w, "rooms");
    for (size_t i = 0; i < count; i++) {
        xh_json_object(&w);
        xh_json_member_string(&w, "name", rooms[i]->name);
        labels(&w, rooms[i]->label_vi, rooms[i]->label_en);
        room_records(req, &w, rooms[i]);
        room_rest(req, &w, rooms[i]);
        xh_json_object_end(&w);
    }
    xh_json_array_end(&w);
    identities(req, &w);
    xh_json_object_end(&w);
    return xh__respond_json(req, 200);
}
