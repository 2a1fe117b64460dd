/* records_json.c: a record as JSON for people and programs: fixed members, fields, titles of what
 * it refers to, parts, and what who may do with it now. Personal fields are left out for whoever is
 * neither staff, auditor nor the record's owner. */
#include "service/records_internal.h"

#include <stdio.h>
#include <string.h>

#include "base/json_member.h"

static int write_label(struct xh_ctx *ctx, const struct xh__rtype *of, const char *name, int64_t id,
                       struct xh_json_writer *w, struct xh_err *err)
{
    char member[80];
    struct xh_str title;
    int code = xh__label_get(ctx, of, id, &title, err);
    if (code < 0) {
        return code;
    }
    (void)snprintf(member, sizeof member, "%s_label", name);
    xh_json_name(w, member);
    if (title.len > 0) {
        xh_json_str(w, title);
    } else {
        xh_json_null(w);
    }
    return XH_E_OK;
}

/* The members of one row of fields, then the titles of its references. */
static int write_row(struct xh_ctx *ctx, const struct xh_shape *fields, const struct xh_row *row,
                     const struct xh__rtype *const *refs, bool is_masked, struct xh_json_writer *w,
                     struct xh_err *err)
{
    struct xh_doc doc = {.shape = fields, .arena = ctx->arena, .row = *row};
    xh_doc_write_json(&doc, w, is_masked);
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < fields->field_count; i++) {
        bool is_hidden = is_masked && (fields->fields[i].flags & XH_F_PERSONAL) != 0;
        if (refs[i] != NULL && !is_hidden) {
            code = write_label(ctx, refs[i], fields->fields[i].name, xh_value_int(&row->values[i]),
                               w, err);
        }
    }
    return code;
}

static int write_part(struct xh_ctx *ctx, const struct xh__rpart *p, const struct xh_rows *rows,
                      bool is_masked, struct xh_json_writer *w, struct xh_err *err)
{
    const struct xh_shape fields = {p->part->fields, p->part->field_count, NULL, 0};
    int code = XH_E_OK;
    xh_json_name(w, p->part->name);
    xh_json_array(w);
    for (size_t r = 0; code >= 0 && r < rows->count; r++) {
        xh_json_object(w);
        code = write_row(ctx, &fields, &rows->rows[r], p->refs, is_masked, w, err);
        xh_json_object_end(w);
    }
    xh_json_array_end(w);
    return code;
}

/* Several lines may share a verb: each is named once. */
static bool is_first_line(const struct xh_ctx *ctx, const struct xh_record *record, size_t at)
{
    const struct xh_transition *lines = record->type->transitions;
    for (size_t i = 0; i < at; i++) {
        if (strcmp(lines[i].verb, lines[at].verb) == 0 && xh_str_is(record->state, lines[i].from) &&
            xh__may_change(&lines[i].access, ctx->who, record->owner)) {
            return false;
        }
    }
    return true;
}

static void write_may(struct xh_ctx *ctx, const struct xh_record *record, struct xh_json_writer *w)
{
    const struct xh_record_type *type = record->type;
    xh_json_name(w, "may");
    xh_json_array(w);
    if (xh__may_change(&type->access, ctx->who, record->owner) &&
        !xh__is_frozen(type, record->state)) {
        xh_json_string(w, "edit");
    }
    for (size_t i = 0; i < type->transition_count; i++) {
        const struct xh_transition *t = &type->transitions[i];
        if (xh_str_is(record->state, t->from) && is_first_line(ctx, record, i) &&
            xh__may_change(&t->access, ctx->who, record->owner)) {
            xh_json_string(w, t->verb);
        }
    }
    xh_json_array_end(w);
}

static int write_fixed(struct xh_ctx *ctx, const struct xh__rtype *rtype,
                       const struct xh_record *record, struct xh_json_writer *w, struct xh_err *err)
{
    const struct xh_shape *shape = &rtype->type->shape;
    int code = XH_E_OK;
    xh_json_member_int(w, "id", record->id);
    xh_json_member_int(w, "version", record->version);
    xh_json_name(w, "state");
    if (record->state.len > 0) {
        xh_json_str(w, record->state);
    } else {
        xh_json_null(w);
    }
    if (xh_field_find(shape->fields, shape->field_count, XH_STR("owner")) == NULL) {
        const struct xh__rtype *party = xh__rtype_find(xh_ctx_engine(ctx), XH_STR("core.party"));
        xh_json_name(w, "owner");
        if (record->owner != 0) {
            xh_json_int(w, record->owner);
        } else {
            xh_json_null(w);
        }
        code = party != NULL ? write_label(ctx, party, "owner", record->owner, w, err) : XH_E_OK;
    }
    xh_json_member_time_or_null(w, "created", record->created_us);
    xh_json_member_time_or_null(w, "updated", record->updated_us);
    return code;
}

int xh_record_write_json(struct xh_ctx *ctx, const struct xh_record *record,
                         struct xh_json_writer *w, struct xh_err *err)
{
    const struct xh__rtype *rtype = xh__rtype_of(xh_ctx_engine(ctx), record->type);
    const struct xh_shape *shape = &rtype->type->shape;
    const struct xh_shape fields = {shape->fields, shape->field_count, NULL, 0};
    bool is_masked = xh__is_masked(rtype, ctx->who, record->owner);
    xh_json_object(w);
    int code = write_fixed(ctx, rtype, record, w, err);
    if (code >= 0) {
        code = write_row(ctx, &fields, &record->doc->row, rtype->refs, is_masked, w, err);
    }
    for (size_t p = 0; code >= 0 && p < shape->part_count; p++) {
        code = write_part(ctx, &rtype->parts[p], &record->doc->parts[p], is_masked, w, err);
    }
    if (code >= 0 && record->id != 0) {
        write_may(ctx, record, w);
    }
    xh_json_object_end(w);
    return code;
}
