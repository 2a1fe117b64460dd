/* records_api.c: records of every type, by the tables of the rooms: list, read, write, verbs,
 * history. What may be seen and done is decided by service/records.h. */
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "server/records_internal.h"
#include "service/change.h"

enum { FILTERS_MAX = 16, HISTORY_DEFAULT = 100, HISTORY_MAX = 1000 };

/* ---- what is asked for ---- */

int xh__record_type_of_path(struct xh__request *req, struct xh__type *ret, struct xh_err *err)
{
    struct xh_str room = xh__request_path(req, "room"), plural = xh__request_path(req, "plural");
    struct xh_str path = xh_arena_format(req->arena, "%.*s/%.*s", XH_STR_ARG(room),
                                         XH_STR_ARG(plural));
    ret->type = xh_engine_record_type(req->server->engine, path);
    if (ret->type == NULL) {
        return xh_err_field(err, XH_E_NOT_FOUND, "path", path, NULL, NULL,
                            "there are no records \"%.*s\"", XH_STR_ARG(path));
    }
    ret->name = xh_arena_format(req->arena, "%.*s.%s", XH_STR_ARG(room), ret->type->name).ptr;
    return XH_E_OK;
}

static int path_record(struct xh__request *req, struct xh__type *ret, int64_t *ret_id,
                       struct xh_err *err)
{
    int code = xh__record_type_of_path(req, ret, err);
    return code < 0 ? code : xh__request_path_id(req, "id", ret_id, err);
}

/* 0 when there is none; "*" is whatever version there is. */
static int if_match(struct xh__request *req, const struct xh__type *type, int64_t id,
                    int64_t *ret_version, struct xh_err *err)
{
    struct xh_str given = xh_str_trim(xh__request_header(req, "If-Match")), text = given;
    struct xh_record record;
    *ret_version = 0;
    if (text.len == 0) {
        return XH_E_OK;
    }
    if (xh_str_is(text, "*")) {
        int code = xh_record_get(&req->ctx, type->name, id, &record, err);
        *ret_version = code < 0 ? 0 : record.version;
        return code;
    }
    if (xh_str_starts(text, XH_STR("W/"))) {
        text = xh_str_sub(text, 2, text.len);
    }
    if (text.len > 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"') {
        text = xh_str_sub(text, 1, text.len - 2);
    }
    if (xh_int_parse(text, ret_version) < 0 || *ret_version < 1) {
        return xh_err_field(err, XH_E_INVALID, "If-Match", given, "the ETag of the record", NULL,
                            "If-Match \"%.*s\" is no version of a record", XH_STR_ARG(given));
    }
    return XH_E_OK;
}

/* ---- what is answered ---- */

int xh__record_respond(struct xh__request *req, const struct xh_record *record, int status,
                       struct xh_err *err)
{
    struct xh_json_writer w;
    char etag[32];
    (void)snprintf(etag, sizeof etag, "\"%lld\"", (long long)record->version);
    if (status == 200 && req->method == XH__GET &&
        xh_str_is(xh_str_trim(xh__request_header(req, "If-None-Match")), etag) &&
        record->type->compute == NULL) {
        xh__respond_header(req, "ETag", etag);
        return xh__respond_empty(req, 304);
    }
    xh__respond_begin(req, &w);
    int code = xh_record_write_json(&req->ctx, record, &w, err);
    if (code < 0) {
        return code;
    }
    xh__respond_header(req, "ETag", etag);
    return xh__respond_json(req, status);
}

/* ---- lists ---- */

/* The fixed columns that filter and sort beside the fields. */
static const struct xh_field fixed_fields[] = {
    {"id", XH_T_INT, XH_F_INDEXED, "", "", NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
    {"owner", XH_T_REF, XH_F_INDEXED, "", "", NULL, 0, 0, 0, NULL, "core.party", NULL, NULL},
    {"state", XH_T_TEXT, XH_F_INDEXED, "", "", NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
};

static const struct xh_field *filter_field(const struct xh_record_type *type, struct xh_str name)
{
    const struct xh_field *field = xh_field_find(type->shape.fields, type->shape.field_count, name);
    return field != NULL ? field : xh_field_find(fixed_fields, XH_COUNT(fixed_fields), name);
}

static int no_filter(const struct xh_record_type *type, struct xh_str name, struct xh_err *err)
{
    char field[64];
    (void)snprintf(field, sizeof field, "%.*s", XH_STR_ARG(name));
    return xh_err_field(err, XH_E_INVALID, field, XH_STR(""), "an indexed field", NULL,
                        "%s are not filtered by \"%s\"", type->plural, field);
}

/* A reference is named by its id, or by the code of what it refers to. */
int xh__ref_resolve(struct xh__request *req, const struct xh_field *field, struct xh_str text,
                    int64_t *ret, struct xh_err *err)
{
    const struct xh_record_type *type = xh_engine_record_type(req->server->engine,
                                                              xh_str_from(field->ref));
    struct xh_record record;
    struct xh_err own = {0};
    if (xh_int_parse(text, ret) >= 0) {
        return XH_E_OK;
    }
    bool has_code = type != NULL && xh_field_find(type->shape.fields, type->shape.field_count,
                                                  XH_STR("code")) != NULL;
    int code = has_code ? xh_record_find(&req->ctx, field->ref, "code", text, &record, &own)
                        : XH_E_NOT_FOUND;
    if (code == XH_E_NOT_FOUND) {
        return xh_err_field(err, XH_E_INVALID, field->name, text, "an id or a code", NULL,
                            "there is no %s \"%.*s\"", field->ref, XH_STR_ARG(text));
    }
    if (code < 0) {
        *err = own;
        return code;
    }
    *ret = record.id;
    return XH_E_OK;
}

static int take_filter(struct xh__request *req, const struct xh_record_type *type,
                       const struct xh__param *param, struct xh_filter *ret, struct xh_err *err)
{
    struct xh_str name = {param->name, param->name_len};
    ret->op = XH_FILTER_EQ;
    if (xh_str_ends(name, XH_STR(".ge")) || xh_str_ends(name, XH_STR(".lt"))) {
        ret->op = xh_str_ends(name, XH_STR(".ge")) ? XH_FILTER_GE : XH_FILTER_LT;
        name.len -= 3;
    }
    const struct xh_field *field = filter_field(type, name);
    bool is_filter = field != NULL && (field->flags & (XH_F_INDEXED | XH_F_UNIQUE)) != 0;
    if (!is_filter) {
        return no_filter(type, name, err);
    }
    ret->field = field->name;
    if (field->type == XH_T_REF) {
        int64_t id = 0;
        int code = xh__ref_resolve(req, field, param->value, &id, err);
        ret->value.type = XH_T_REF;
        xh_value_set_int(&ret->value, id);
        return code;
    }
    return xh_value_parse(field, param->value, req->arena, &ret->value, err);
}

static bool is_ours(const struct xh__param *param)
{
    static const char *const ours[] = {"limit", "after", "sort",    "count",   "as",
                                       "lang",  "parts", "dry_run", "partial", "pretty"};
    for (size_t i = 0; i < XH_COUNT(ours); i++) {
        if (xh_str_is((struct xh_str){param->name, param->name_len}, ours[i])) {
            return true;
        }
    }
    return false;
}

int xh__list_read(struct xh__request *req, const struct xh_record_type *type, struct xh_list *ret,
                  struct xh_err *err)
{
    struct xh_filter *filters = XH_NEW_ARRAY(req->arena, struct xh_filter, FILTERS_MAX);
    struct xh_str sort = xh__request_param(req, "sort");
    int64_t limit = 100;
    memset(ret, 0, sizeof *ret);
    ret->filters = filters;
    for (size_t i = 0; i < req->param_count; i++) {
        if (is_ours(&req->params[i])) {
            continue;
        }
        if (ret->filter_count == FILTERS_MAX) {
            return xh_err_set(err, XH_E_INVALID, "more than %d filters", FILTERS_MAX);
        }
        int code = take_filter(req, type, &req->params[i], &filters[ret->filter_count], err);
        if (code < 0) {
            return code;
        }
        ret->filter_count++;
    }
    if (sort.len > 0) {
        struct xh_str name = sort.ptr[0] == '-' ? xh_str_sub(sort, 1, sort.len) : sort;
        const struct xh_field *field = filter_field(type, name);
        if (field == NULL || (field->flags & (XH_F_INDEXED | XH_F_UNIQUE)) == 0) {
            return xh_err_field(err, XH_E_INVALID, "sort", sort, "an indexed field", NULL,
                                "%s are not sorted by \"%.*s\"", type->plural, XH_STR_ARG(sort));
        }
        ret->sort = xh_arena_text(req->arena, sort);
    }
    ret->after = xh__request_param(req, "after");
    int code = xh__request_int(req, "limit", 1, 1000, &limit, err);
    code = code < 0 ? code : xh__request_bool(req, "parts", &ret->with_parts, err);
    ret->limit = (size_t)limit;
    return code < 0 ? code : XH_E_OK;
}

struct list_out {
    struct xh__request *req;
    struct xh_json_writer w;
};

static int write_item(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct list_out *out = arg;
    return xh_record_write_json(&out->req->ctx, record, &out->w, err);
}

int xh__record_list(struct xh__request *req, struct xh_err *err)
{
    struct xh__type type;
    struct xh_list list;
    struct list_out out = {.req = req};
    struct xh_str next = {NULL, 0};
    bool wants_count = false;
    int64_t count = 0;
    int code = xh__record_type_of_path(req, &type, err);
    code = code < 0 ? code : xh__list_read(req, type.type, &list, err);
    code = code < 0 ? code : xh__request_bool(req, "count", &wants_count, err);
    if (code >= 0 && wants_count) {
        code = xh_record_count(&req->ctx, type.name, &list, &count, err);
    }
    if (code < 0) {
        return code;
    }
    xh__respond_begin(req, &out.w);
    xh_json_object(&out.w);
    xh_json_name(&out.w, "items");
    xh_json_array(&out.w);
    code = xh_record_list(&req->ctx, type.name, &list, write_item, &out, &next, err);
    if (code < 0) {
        return code;
    }
    xh_json_array_end(&out.w);
    xh_json_name(&out.w, "next");
    if (next.len > 0) {
        xh_json_str(&out.w, next);
    } else {
        xh_json_null(&out.w);
    }
    if (wants_count) {
        xh_json_name(&out.w, "count");
        xh_json_int(&out.w, count);
    }
    xh_json_object_end(&out.w);
    return xh__respond_json(req, 200);
}

/* ---- one ---- */

int xh__record_get(struct xh__request *req, struct xh_err *err)
{
    struct xh__type type;
    struct xh_record record;
    int64_t id = 0;
    int code = path_record(req, &type, &id, err);
    code = code < 0 ? code : xh__request_as_known(req, err);
    if (code >= 0) {
        code = req->ctx.as_known_us != 0 ? xh_record_as_known(&req->ctx, type.name, id,
                                                              req->ctx.as_known_us, &record, err)
                                         : xh_record_get(&req->ctx, type.name, id, &record, err);
    }
    return code < 0 ? code : xh__record_respond(req, &record, 200, err);
}

int xh__record_by(struct xh__request *req, struct xh_err *err)
{
    struct xh__type type;
    struct xh_record record;
    int code = xh__record_type_of_path(req, &type, err);
    if (code < 0) {
        return code;
    }
    struct xh_str name = xh__request_path(req, "field");
    const struct xh_field *field = xh_field_find(type.type->shape.fields,
                                                 type.type->shape.field_count, name);
    if (field == NULL || field->type != XH_T_TEXT || (field->flags & XH_F_UNIQUE) == 0) {
        return xh_err_field(err, XH_E_NOT_FOUND, "field", name, "a unique text", NULL,
                            "%s are not found by \"%.*s\"", type.type->plural, XH_STR_ARG(name));
    }
    code = xh_record_find(&req->ctx, type.name, field->name, xh__request_path(req, "value"),
                          &record, err);
    return code < 0 ? code : xh__record_respond(req, &record, 200, err);
}

/* ---- written once, however often it is sent ---- */

#define CLIENT_KEY "client_key"

static int keep_first(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct xh_record *found = arg;
    (void)err;
    if (found->id == 0) {
        *found = *record;
    }
    return XH_E_OK;
}

/* A record type with a field client_key is written once for each key: whoever lost the answer sends
 * the same again and gets the record that is there. ret->id is 0 where there is none. */
static int find_sent(struct xh__request *req, const struct xh__type *type, const struct xh_doc *doc,
                     struct xh_record *ret, struct xh_err *err)
{
    const struct xh_shape *shape = &type->type->shape;
    struct xh_filter filter = {.field = CLIENT_KEY, .op = XH_FILTER_EQ};
    struct xh_list list = {.filters = &filter, .filter_count = 1, .limit = 2, .with_parts = true};
    struct xh_str next;
    ret->id = 0;
    if (xh_field_find(shape->fields, shape->field_count, XH_STR(CLIENT_KEY)) == NULL ||
        xh_doc_text(doc, CLIENT_KEY).len == 0) {
        return XH_E_OK;
    }
    filter.value = *xh_doc_value(doc, CLIENT_KEY);
    return xh_record_list(&req->ctx, type->name, &list, keep_first, ret, &next, err);
}

static int put_once(struct xh__request *req, const struct xh__type *type, struct xh_record *record,
                    bool *ret_is_new, struct xh_err *err)
{
    struct xh_record sent;
    int code = find_sent(req, type, record->doc, &sent, err);
    if (code >= 0 && sent.id == 0) {
        code = xh_record_put(&req->ctx, record, err);
        *ret_is_new = code >= 0;
    }
    if (code == XH_E_CONFLICT && find_sent(req, type, record->doc, &sent, NULL) >= 0 &&
        sent.id != 0) { /* the same came twice at once */
        xh_err_clear(err);
        code = XH_E_OK;
    }
    if (code >= 0 && !*ret_is_new) {
        *record = sent;
    }
    return code;
}

int xh__record_post(struct xh__request *req, struct xh_err *err)
{
    struct xh__type type;
    struct xh_record record;
    bool is_new = false;
    int code = xh__record_type_of_path(req, &type, err);
    code = code < 0 ? code : xh_record_new(&req->ctx, type.name, &record, err);
    code = code < 0 ? code : xh__record_read_body(req, type.type, record.doc, err);
    code = code < 0 ? code : put_once(req, &type, &record, &is_new, err);
    if (code < 0) {
        return code;
    }
    struct xh_str location = xh_arena_format(req->arena, "%.*s/%lld", XH_STR_ARG(req->path),
                                             (long long)record.id);
    xh__respond_header(req, "Location", location.ptr);
    return xh__record_respond(req, &record, is_new ? 201 : 200, err);
}

/* PUT leaves out nothing: what the body does not name becomes empty, but what only the program may
 * set. */
static void empty(const struct xh_record_type *type, struct xh_doc *doc)
{
    for (size_t i = 0; i < type->shape.field_count; i++) {
        if ((type->shape.fields[i].flags & (XH_F_READ_ONLY | XH_F_COMPUTED)) == 0) {
            xh_doc_set_null(doc, type->shape.fields[i].name);
        }
    }
    for (size_t i = 0; i < type->shape.part_count; i++) {
        doc->parts[i].count = 0;
    }
}

static int change(struct xh__request *req, bool is_whole, struct xh_err *err)
{
    struct xh__type type;
    struct xh_record record;
    int64_t id = 0, version = 0;
    int code = path_record(req, &type, &id, err);
    code = code < 0 ? code : if_match(req, &type, id, &version, err);
    code = code < 0 ? code : xh_record_get(&req->ctx, type.name, id, &record, err);
    if (code < 0) {
        return code;
    }
    record.version = version;
    if (is_whole) {
        empty(type.type, record.doc);
    }
    code = xh__record_read_body(req, type.type, record.doc, err);
    code = code < 0 ? code : xh_record_put(&req->ctx, &record, err);
    return code < 0 ? code : xh__record_respond(req, &record, 200, err);
}

int xh__record_patch(struct xh__request *req, struct xh_err *err)
{
    return change(req, false, err);
}

int xh__record_put_all(struct xh__request *req, struct xh_err *err)
{
    return change(req, true, err);
}

int xh__record_delete(struct xh__request *req, struct xh_err *err)
{
    struct xh__type type;
    int64_t id = 0, version = 0;
    int code = path_record(req, &type, &id, err);
    code = code < 0 ? code : if_match(req, &type, id, &version, err);
    code = code < 0 ? code : xh_record_delete(&req->ctx, type.name, id, version, err);
    return code < 0 ? code : xh__respond_empty(req, 204);
}

/* ---- verbs ---- */

/* The shape that a verb needs; several lines may share the verb, and then the shape. */
static int verb_shape(const struct xh_record_type *type, struct xh_str verb,
                      const struct xh_transition **ret, struct xh_err *err)
{
    for (size_t i = 0; i < type->transition_count; i++) {
        if (xh_str_is(verb, type->transitions[i].verb)) {
            *ret = &type->transitions[i];
            return XH_E_OK;
        }
    }
    return xh_err_field(err, XH_E_NOT_FOUND, "verb", verb, NULL, NULL, "a %s has no verb \"%.*s\"",
                        type->name, XH_STR_ARG(verb));
}

int xh__record_verb_post(struct xh__request *req, struct xh_err *err)
{
    struct xh__type type;
    const struct xh_transition *transition = NULL;
    struct xh_record record;
    struct xh_doc *in = NULL;
    int64_t id = 0;
    int code = path_record(req, &type, &id, err);
    code = code < 0 ? code : verb_shape(type.type, xh__request_path(req, "verb"), &transition, err);
    if (code >= 0 && transition->in != NULL) {
        code = xh__request_doc(req, transition->in, &in, err);
    }
    code = code < 0 ? code
                    : xh_record_verb(&req->ctx, type.name, id, transition->verb, in, &record, err);
    return code < 0 ? code : xh__record_respond(req, &record, 200, err);
}

/* ---- history ---- */

static void write_json_or_null(struct xh_json_writer *w, const char *name, struct xh_str json)
{
    xh_json_name(w, name);
    if (json.len > 0) {
        xh_json_raw_value(w, json);
    } else {
        xh_json_null(w);
    }
}

static int write_change(void *arg, const struct xh_change *change, struct xh_err *err)
{
    struct list_out *out = arg;
    struct xh_json_writer *w = &out->w;
    char text[XH_TIME_TEXT_BYTES];
    (void)err;
    size_t len = xh_time_print(change->at_us, text);
    xh_json_object(w);
    xh_json_member_int(w, "id", change->id);
    xh_json_member_str(w, "at", (struct xh_str){text, len});
    xh_json_member_str(w, "who", change->who);
    xh_json_member_str(w, "verb", change->verb);
    xh_json_member_int(w, "version", change->version);
    write_json_or_null(w, "before", change->before);
    write_json_or_null(w, "after", change->after);
    xh_json_object_end(w);
    return XH_E_OK;
}

/* Also of a record that is gone: its changes are still there for who may see them. */
int xh__record_history(struct xh__request *req, struct xh_err *err)
{
    struct xh__type type;
    struct list_out out = {.req = req};
    int64_t id = 0, after = 0, limit = HISTORY_DEFAULT;
    int code = path_record(req, &type, &id, err);
    code = code < 0 ? code : xh__request_int(req, "after", 0, INT64_MAX, &after, err);
    code = code < 0 ? code : xh__request_int(req, "limit", 1, HISTORY_MAX, &limit, err);
    if (code < 0) {
        return code;
    }
    xh__respond_begin(req, &out.w);
    xh_json_object(&out.w);
    xh_json_name(&out.w, "items");
    xh_json_array(&out.w);
    size_t empty_len = req->out.len;
    code = xh_change_read(&req->ctx, after, type.name, id, (size_t)limit, write_change, &out, err);
    if (code < 0) {
        return code;
    }
    if (req->out.len == empty_len && after == 0) {
        struct xh_record record; /* nothing told: is it there at all, for who asks? */
        code = xh_record_get(&req->ctx, type.name, id, &record, err);
        if (code < 0) {
            return code;
        }
    }
    xh_json_array_end(&out.w);
    xh_json_object_end(&out.w);
    return xh__respond_json(req, 200);
}
