/* records_body.c: the body of a record. What a record is told with (its id, version, times, titles
 * of references, verbs) may come back with it and is left out, so that what was read can be sent
 * again after a change; a reference may be named by its code. */
#include <string.h>

#include "base/num.h"
#include "server/records_internal.h"

static bool is_told_only(const struct xh_shape *shape, struct xh_str name)
{
    static const char *const fixed[] = {"id", "version", "state", "owner", "created", "updated",
                                        "may"};
    static const struct xh_str suffix = {"_label", 6};
    if (xh_field_find(shape->fields, shape->field_count, name) != NULL) {
        return false;
    }
    for (size_t i = 0; i < XH_COUNT(fixed); i++) {
        if (xh_str_is(name, fixed[i])) {
            return true;
        }
    }
    if (xh_str_is(name, "owner_label")) {
        return true;
    }
    if (!xh_str_ends(name, suffix)) {
        return false;
    }
    const struct xh_field *field = xh_field_find(shape->fields, shape->field_count,
                                                 xh_str_sub(name, 0, name.len - suffix.len));
    return field != NULL && field->type == XH_T_REF;
}

static int broken(struct xh_json_reader *r, struct xh_err *err)
{
    int code = xh_json_error(r, err);
    return code < 0 ? code : xh_err_set(err, XH_E_INVALID, "a JSON object is expected");
}

static int copy_members(struct xh__request *req, const struct xh_shape *shape,
                        struct xh_json_reader *r, struct xh_json_writer *w, struct xh_err *err);

/* The rows of a part. */
static int copy_rows(struct xh__request *req, const struct xh_part *part, struct xh_json_reader *r,
                     struct xh_json_writer *w, struct xh_err *err)
{
    const struct xh_shape shape = {part->fields, part->field_count, NULL, 0};
    enum xh_json_type token = xh_json_next(r);
    size_t row = 0;
    if (token != XH_JSON_ARRAY) {
        int code = xh_json_error(r, err);
        return code < 0
                   ? code
                   : xh_err_field(err, XH_E_INVALID, part->name, XH_STR(""), "an array of objects",
                                  NULL, "%s must be an array of objects", part->name);
    }
    xh_json_array(w);
    while ((token = xh_json_next(r)) == XH_JSON_OBJECT) {
        int code = copy_members(req, &shape, r, w, err);
        if (code < 0) {
            xh_err_prefix(err, "%s[%zu].", part->name, row);
            return code;
        }
        row++;
    }
    xh_json_array_end(w);
    return token == XH_JSON_ARRAY_END ? XH_E_OK : broken(r, err);
}

static int copy_ref(struct xh__request *req, const struct xh_field *field, struct xh_str raw,
                    struct xh_json_writer *w, struct xh_err *err)
{
    struct xh_json_reader *r = xh_json_reader_create(req->arena, raw);
    int64_t id = 0;
    (void)xh_json_next(r);
    int code = xh__ref_resolve(req, field, xh_json_text(r), &id, err);
    if (code >= 0) {
        xh_json_int(w, id);
    }
    return code;
}

static int copy_member(struct xh__request *req, const struct xh_shape *shape, struct xh_str name,
                       struct xh_json_reader *r, struct xh_json_writer *w, struct xh_err *err)
{
    const struct xh_field *field = xh_field_find(shape->fields, shape->field_count, name);
    struct xh_str raw;
    for (size_t i = 0; i < shape->part_count; i++) {
        if (xh_str_is(name, shape->parts[i].name)) {
            xh_json_name_str(w, name);
            return copy_rows(req, &shape->parts[i], r, w, err);
        }
    }
    if (!xh_json_raw(r, &raw)) {
        return broken(r, err);
    }
    if (is_told_only(shape, name)) {
        return XH_E_OK;
    }
    xh_json_name_str(w, name);
    if (field != NULL && field->type == XH_T_REF && raw.len > 2 && raw.ptr[0] == '"') {
        return copy_ref(req, field, raw, w, err);
    }
    xh_json_raw_value(w, raw);
    return XH_E_OK;
}

/* The members of an object, its '{' read. */
static int copy_members(struct xh__request *req, const struct xh_shape *shape,
                        struct xh_json_reader *r, struct xh_json_writer *w, struct xh_err *err)
{
    enum xh_json_type token;
    xh_json_object(w);
    while ((token = xh_json_next(r)) == XH_JSON_NAME) {
        int code = copy_member(req, shape, xh_json_text(r), r, w, err);
        if (code < 0) {
            return code;
        }
    }
    xh_json_object_end(w);
    return token == XH_JSON_OBJECT_END ? XH_E_OK : broken(r, err);
}

int xh__record_read_body(struct xh__request *req, const struct xh_record_type *type,
                         struct xh_doc *doc, struct xh_err *err)
{
    struct xh_json_reader *r = xh_json_reader_create(req->arena, xh_buf_str(&req->body));
    struct xh_json_writer w;
    struct xh_buf *copy = XH_NEW(req->arena, struct xh_buf);
    xh_buf_init(copy, 64u << 20);
    xh_json_writer_init(&w, copy, false);
    int code = xh_json_next(r) == XH_JSON_OBJECT ? copy_members(req, &type->shape, r, &w, err)
                                                 : broken(r, err);
    if (code >= 0 && xh_json_next(r) != XH_JSON_END) {
        code = xh_err_set(err, XH_E_INVALID, "something follows the JSON object");
    }
    if (code >= 0) {
        /* Into the arena: texts without escapes are borrowed from what is read. */
        struct xh_str text = xh_arena_str(req->arena, xh_buf_str(copy));
        code = xh_doc_read_json(doc, xh_json_reader_create(req->arena, text), err);
    }
    xh_buf_finish(copy);
    return code;
}
