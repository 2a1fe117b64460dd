/* openapi_schema.c: shapes as JSON Schema (draft 2020-12, as OpenAPI 3.1 takes it). */
#include "server/openapi_internal.h"

void xh__oa_text(struct xh_json_writer *w, const char *name, const char *value)
{
    xh_json_name(w, name);
    xh_json_string(w, value);
}

void xh__oa_begin(struct xh_json_writer *w, const char *name)
{
    xh_json_name(w, name);
    xh_json_object(w);
}

void xh__oa_end(struct xh_json_writer *w)
{
    xh_json_object_end(w);
}

static const char *json_type(enum xh_type type)
{
    switch (type) {
    case XH_T_BOOL:
        return "boolean";
    case XH_T_INT:
    case XH_T_MONEY:
    case XH_T_REF:
        return "integer";
    case XH_T_REAL:
    case XH_T_DEC:
        return "number";
    default:
        return "string";
    }
}

static void types(struct xh_json_writer *w, const struct xh_field *f, bool is_in)
{
    xh_json_name(w, "type");
    xh_json_array(w);
    xh_json_string(w, json_type(f->type));
    if (is_in && (f->type == XH_T_REF || f->type == XH_T_DEC)) {
        xh_json_string(w, "string"); /* a code; digits for clients whose numbers are doubles */
    }
    xh_json_string(w, "null");
    xh_json_array_end(w);
}

static void choices(struct xh_json_writer *w, const struct xh_choice *choice)
{
    xh_json_name(w, "enum");
    xh_json_array(w);
    for (; choice != NULL && choice->value != NULL; choice++) {
        xh_json_string(w, choice->value);
    }
    xh_json_null(w);
    xh_json_array_end(w);
}

static void describe(struct xh_json_writer *w, const struct xh_field *f)
{
    xh__oa_text(w, "title", f->label_en);
    if (f->help_en != NULL) {
        xh__oa_text(w, "description", f->help_en);
    }
    if (f->unit != NULL) {
        xh__oa_text(w, "x-unit", f->unit);
    }
    if (f->ref != NULL) {
        xh__oa_text(w, "x-ref", f->ref);
    }
}

void xh__oa_field(struct xh_json_writer *w, const struct xh_field *f, bool is_in)
{
    types(w, f, is_in);
    if (f->type == XH_T_CHOICE) {
        choices(w, f->choices);
    } else if (f->type == XH_T_DAY) {
        xh__oa_text(w, "format", "date");
    } else if (f->type == XH_T_TIME) {
        xh__oa_text(w, "format", "date-time");
    } else if (f->type == XH_T_TEXT) {
        xh_json_member_int(w, "maxLength",
                           f->length_max != 0            ? f->length_max
                           : (f->flags & XH_F_LONG) != 0 ? 10000
                                                         : 200);
    } else if (f->min != 0 || f->max != 0) {
        xh_json_name(w, "minimum");
        xh_json_num(w, f->min);
        xh_json_name(w, "maximum");
        xh_json_num(w, f->max);
    }
    if ((f->flags & (XH_F_READ_ONLY | XH_F_COMPUTED)) != 0) {
        xh_json_member_bool(w, "readOnly", true);
    }
    describe(w, f);
}

static void properties(struct xh_json_writer *w, const struct xh_field *fields, size_t count,
                       bool is_in)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_in || (fields[i].flags & XH_F_COMPUTED) == 0) {
            xh__oa_begin(w, fields[i].name);
            xh__oa_field(w, &fields[i], is_in);
            xh__oa_end(w);
        }
    }
}

static void required(struct xh_json_writer *w, const struct xh_field *fields, size_t count)
{
    bool has = false;
    for (size_t i = 0; i < count; i++) {
        if ((fields[i].flags & XH_F_REQUIRED) != 0 && (fields[i].flags & XH_F_READ_ONLY) == 0) {
            if (!has) {
                xh_json_name(w, "required");
                xh_json_array(w);
                has = true;
            }
            xh_json_string(w, fields[i].name);
        }
    }
    if (has) {
        xh_json_array_end(w);
    }
}

static void part(struct xh_json_writer *w, const struct xh_part *p, bool is_in)
{
    xh__oa_begin(w, p->name);
    xh__oa_text(w, "type", "array");
    xh__oa_text(w, "title", p->label_en);
    xh_json_member_int(w, "maxItems", (int64_t)(p->rows_max != 0 ? p->rows_max : 1000));
    xh__oa_begin(w, "items");
    xh__oa_text(w, "type", "object");
    xh__oa_begin(w, "properties");
    properties(w, p->fields, p->field_count, is_in);
    xh__oa_end(w);
    xh__oa_end(w);
    xh__oa_end(w);
}

static void all_properties(struct xh_json_writer *w, const struct xh_shape *shape, bool is_in)
{
    properties(w, shape->fields, shape->field_count, is_in);
    for (size_t i = 0; i < shape->part_count; i++) {
        part(w, &shape->parts[i], is_in);
    }
}

void xh__oa_shape(struct xh_json_writer *w, const struct xh_shape *shape, bool is_in)
{
    xh_json_object(w);
    xh__oa_text(w, "type", "object");
    xh__oa_begin(w, "properties");
    if (shape != NULL) {
        all_properties(w, shape, is_in);
    }
    xh__oa_end(w);
    if (shape != NULL && is_in) {
        required(w, shape->fields, shape->field_count);
    }
    xh__oa_end(w);
}

static void fixed(struct xh_json_writer *w, const char *name, const char *type, const char *format)
{
    xh__oa_begin(w, name);
    xh_json_name(w, "type");
    xh_json_array(w);
    xh_json_string(w, type);
    xh_json_string(w, "null");
    xh_json_array_end(w);
    if (format != NULL) {
        xh__oa_text(w, "format", format);
    }
    xh__oa_end(w);
}

void xh__oa_record(struct xh_json_writer *w, const struct xh_record_type *type)
{
    const struct xh_shape *shape = &type->shape;
    xh_json_object(w);
    xh__oa_text(w, "type", "object");
    xh__oa_text(w, "title", type->label_en);
    if (type->help_en != NULL) {
        xh__oa_text(w, "description", type->help_en);
    }
    xh__oa_begin(w, "properties");
    fixed(w, "id", "integer", NULL);
    fixed(w, "version", "integer", NULL);
    fixed(w, "state", "string", NULL);
    if (xh_field_find(shape->fields, shape->field_count, XH_STR("owner")) == NULL) {
        fixed(w, "owner", "integer", NULL);
    }
    fixed(w, "created", "string", "date-time");
    fixed(w, "updated", "string", "date-time");
    all_properties(w, shape, false);
    xh__oa_begin(w, "may");
    xh__oa_text(w, "type", "array");
    xh__oa_begin(w, "items");
    xh__oa_text(w, "type", "string");
    xh__oa_end(w);
    xh__oa_end(w);
    xh__oa_end(w);
    xh__oa_end(w);
}

static void problem(struct xh_json_writer *w)
{
    static const char *const texts[] = {"type", "title", "detail", "code",
                                        "field", "value", "limit", "unit"};
    xh__oa_begin(w, "problem");
    xh__oa_text(w, "type", "object");
    xh__oa_text(w, "description", "What went wrong (RFC 9457), with the field that is to blame.");
    xh__oa_begin(w, "properties");
    for (size_t i = 0; i < XH_COUNT(texts); i++) {
        xh__oa_begin(w, texts[i]);
        xh__oa_text(w, "type", "string");
        xh__oa_end(w);
    }
    xh__oa_begin(w, "status");
    xh__oa_text(w, "type", "integer");
    xh__oa_end(w);
    xh__oa_begin(w, "retry");
    xh__oa_text(w, "type", "boolean");
    xh__oa_end(w);
    xh__oa_end(w);
    xh__oa_end(w);
}

static void reading_property(struct xh_json_writer *w, const char *name, const char *type,
                             const char *description)
{
    xh__oa_begin(w, name);
    xh__oa_text(w, "type", type);
    if (description != NULL) {
        xh__oa_text(w, "description", description);
    }
    if (xh_str_is(XH_STR("array"), type)) {
        xh__oa_begin(w, "items");
        xh__oa_text(w, "type", "string");
        xh__oa_end(w);
    }
    xh__oa_end(w);
}

static void reading(struct xh_json_writer *w)
{
    xh__oa_begin(w, "reading");
    xh__oa_text(w, "type", "object");
    xh__oa_begin(w, "properties");
    reading_property(w, "series", "string", "The code of a series, as home-7/electricity.");
    reading_property(w, "time", "string", "RFC 3339 with its offset; left out: now.");
    reading_property(w, "value", "number", "In the unit that the series was declared in.");
    reading_property(w, "quality", "array",
                     "estimated, manual, simulated, suspect, replaced_meter");
    xh__oa_end(w);
    xh_json_name(w, "required");
    xh_json_array(w);
    xh_json_string(w, "series");
    xh_json_string(w, "value");
    xh_json_array_end(w);
    xh__oa_end(w);
}

void xh__oa_components(struct xh__request *req, struct xh_json_writer *w)
{
    size_t count;
    const struct xh_domain *const *rooms = xh_engine_domains(req->server->engine, &count);
    xh__oa_begin(w, "components");
    xh__oa_begin(w, "securitySchemes");
    xh__oa_begin(w, "key");
    xh__oa_text(w, "type", "http");
    xh__oa_text(w, "scheme", "bearer");
    xh__oa_end(w);
    xh__oa_end(w);
    xh__oa_begin(w, "schemas");
    problem(w);
    reading(w);
    for (size_t i = 0; i < count; i++) {
        for (size_t r = 0; r < rooms[i]->record_count; r++) {
            const struct xh_record_type *type = rooms[i]->records[r];
            xh_json_name_str(w, xh_arena_format(req->arena, "%s.%s", rooms[i]->name, type->name));
            xh__oa_record(w, type);
            xh_json_name_str(w,
                             xh_arena_format(req->arena, "%s.%s.in", rooms[i]->name, type->name));
            xh__oa_shape(w, &type->shape, true);
        }
    }
    xh__oa_end(w);
    xh__oa_end(w);
}
