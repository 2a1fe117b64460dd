/* records_stored_json.c: a record as the change table keeps it: the fixed members, then fields and
 * parts, without what is computed. Read back by name, so that a later version of the program, whose
 * type has other fields, still understands it. */
#include "service/records_internal.h"

#include <string.h>

#include "base/json_member.h"
#include "base/num.h"

/* Computed fields are null in a stored record; they may have been filled in this one. */
static const struct xh_doc *without_computed(const struct xh_doc *doc, struct xh_doc *copy,
                                             struct xh_value *values)
{
    *copy = *doc;
    copy->row.values = values;
    memcpy(values, doc->row.values, doc->shape->field_count * sizeof *values);
    for (size_t i = 0; i < doc->shape->field_count; i++) {
        if (!xh__is_stored(&doc->shape->fields[i])) {
            values[i].is_null = true;
        }
    }
    return copy;
}

void xh__record_stored_json(const struct xh_record *record, struct xh_buf *out)
{
    const struct xh_shape *shape = record->doc->shape;
    struct xh_json_writer w;
    struct xh_doc copy;
    struct xh_value *values = XH_NEW_ARRAY(record->doc->arena, struct xh_value, shape->field_count);
    xh_json_writer_init(&w, out, false);
    xh_json_object(&w);
    xh_json_member_int(&w, "id", record->id);
    xh_json_member_int(&w, "version", record->version);
    if (record->state.len > 0) {
        xh_json_member_str(&w, "state", record->state);
    }
    if (xh_field_find(shape->fields, shape->field_count, XH_STR("owner")) == NULL) {
        xh_json_member_int(&w, "owner", record->owner);
    }
    xh_json_member_time(&w, "created", record->created_us, NULL);
    xh_json_member_time(&w, "updated", record->updated_us, NULL);
    xh_doc_write_json(without_computed(record->doc, &copy, values), &w, false);
    xh_json_object_end(&w);
}

/* ---- reading ---- */

static int read_fixed(struct xh_record *record, struct xh_str name, struct xh_json_reader *r)
{
    enum xh_json_type token = xh_json_next(r);
    struct xh_str text = token == XH_JSON_STRING || token == XH_JSON_NUMBER ? xh_json_text(r)
                                                                            : XH_STR("");
    if (xh_str_is(name, "id")) {
        return xh_int_parse(text, &record->id);
    }
    if (xh_str_is(name, "version")) {
        return xh_int_parse(text, &record->version);
    }
    if (xh_str_is(name, "owner")) {
        return xh_int_parse(text, &record->owner);
    }
    if (xh_str_is(name, "created")) {
        return xh_time_parse(text, &record->created_us, NULL);
    }
    if (xh_str_is(name, "updated")) {
        return xh_time_parse(text, &record->updated_us, NULL);
    }
    record->state = xh_arena_str(record->doc->arena, text);
    return XH_E_OK;
}

static bool is_fixed(struct xh_str name)
{
    static const char *const names[] = {"id", "version", "state", "owner", "created", "updated"};
    for (size_t i = 0; i < XH_COUNT(names); i++) {
        if (xh_str_is(name, names[i])) {
            return true;
        }
    }
    return false;
}

static bool is_of_shape(const struct xh_shape *shape, struct xh_str name)
{
    for (size_t p = 0; p < shape->part_count; p++) {
        if (xh_str_is(name, shape->parts[p].name)) {
            return true;
        }
    }
    return xh_field_find(shape->fields, shape->field_count, name) != NULL;
}

/* Reads the fixed members and gathers those of the doc as an object of their own. */
static int split_members(struct xh_record *record, struct xh_json_reader *r,
                         struct xh_buf *doc_json)
{
    struct xh_json_writer w;
    const struct xh_shape *shape = record->doc->shape;
    int code = xh_json_next(r) == XH_JSON_OBJECT ? XH_E_OK : XH_E_CORRUPT;
    xh_json_writer_init(&w, doc_json, false);
    xh_json_object(&w);
    while (code >= 0) {
        enum xh_json_type token = xh_json_next(r);
        if (token != XH_JSON_NAME) {
            code = token == XH_JSON_OBJECT_END ? XH_E_OK : XH_E_CORRUPT;
            break;
        }
        struct xh_str name = xh_arena_str(record->doc->arena, xh_json_text(r)), raw;
        if (is_of_shape(shape, name)) {
            code = xh_json_raw(r, &raw) ? XH_E_OK : XH_E_CORRUPT;
            if (code >= 0) {
                xh_json_name_str(&w, name);
                xh_json_raw_value(&w, raw);
            }
        } else if (is_fixed(name)) {
            code = read_fixed(record, name, r);
        } else {
            code = xh_json_raw(r, &raw) ? XH_E_OK : XH_E_CORRUPT;
        }
    }
    xh_json_object_end(&w);
    return code;
}

int xh__record_from_json(struct xh_ctx *ctx, const struct xh__rtype *rtype, struct xh_str json,
                         struct xh_record *ret, struct xh_err *err)
{
    struct xh_record record = {
        .type = rtype->type,
        .doc = xh_doc_create(ctx->arena, &rtype->type->shape),
    };
    struct xh_buf doc_json = {0};
    int code = split_members(&record, xh_json_reader_create(ctx->arena, json), &doc_json);
    if (code < 0) {
        xh_buf_finish(&doc_json);
        return xh_err_set(err, XH_E_CORRUPT, "a stored version of %s %lld cannot be read",
                          rtype->name.ptr, (long long)record.id);
    }
    struct xh_str text = xh_arena_str(ctx->arena, xh_buf_str(&doc_json));
    xh_buf_finish(&doc_json);
    code = xh_doc_read_json(record.doc, xh_json_reader_create(ctx->arena, text), err);
    memset(record.doc->given_mask, 0, sizeof record.doc->given_mask);
    if (rtype->owner_field != XH__NO_FIELD) {
        record.owner = xh__record_owner(rtype, &record);
    }
    if (code >= 0) {
        *ret = record;
    }
    return code;
}
