/* sta_input.c: entities as they were sent: JSON as a tree. */
#include "server/sta/sta_write_internal.h"

#include "base/num.h"

int xh__sta_wrong_type(const char *property, struct xh_str json, const char *expected,
                       struct xh_err *err)
{
    return xh_err_field(err, XH_E_INVALID, property, json, expected, NULL, "%s is not %s", property,
                        expected);
}

/* ---- reading ---- */

struct reading {
    struct xh_arena *arena;
    struct xh_json_reader *r;
    struct xh_err *err;
};

static int read_entity(struct reading *in, enum xh__sta_type type, int depth,
                       struct xh__sta_input **ret);

/* The fault of the text itself, or that something else was expected. */
static int fault(struct reading *in, struct xh_str name, const char *expected)
{
    char field[48];
    int code = xh_json_error(in->r, in->err);
    if (code < 0) {
        return code;
    }
    size_t len = name.len < sizeof field - 1 ? name.len : sizeof field - 1;
    for (size_t i = 0; i < len; i++) {
        field[i] = name.ptr[i];
    }
    field[len] = '\0';
    return xh__sta_wrong_type(field, XH_STR(""), expected, in->err);
}

static int unknown_name(struct reading *in, enum xh__sta_type type, struct xh_str name)
{
    struct xh_str shown = xh_str_sub(name, 0, 60);
    struct xh_str field = xh_arena_str(in->arena, shown);
    return xh_err_field(in->err, XH_E_INVALID, field.ptr, XH_STR(""), "a property or link of it",
                        NULL, "a %s has no property or link \"%.*s\"", xh__sta_types[type].name,
                        XH_STR_ARG(shown));
}

/* 42, and "42" as some clients have it. */
static int read_id(struct reading *in, struct xh__sta_input *input)
{
    enum xh_json_type type = xh_json_next(in->r);
    bool is_text = type == XH_JSON_STRING || type == XH_JSON_NUMBER;
    if (!is_text || xh_int_parse(xh_json_text(in->r), &input->id) < 0 || input->id <= 0) {
        return fault(in, XH_STR("@iot.id"), "the id of an entity");
    }
    return XH_E_OK;
}

static void append(struct reading *in, struct xh__sta_inputs *list, struct xh__sta_input *item)
{
    list->items = xh_arena_grow(in->arena, list->items, &list->capacity, list->count + 1,
                                sizeof(struct xh__sta_input *));
    list->items[list->count++] = item;
}

static int read_many(struct reading *in, const struct xh__sta_link *link, int depth,
                     struct xh__sta_inputs *list)
{
    if (xh_json_next(in->r) != XH_JSON_ARRAY) {
        return fault(in, xh_str_from(link->name), "a list of entities");
    }
    for (;;) {
        struct xh__sta_input *item = NULL;
        enum xh_json_type type = xh_json_next(in->r);
        if (type == XH_JSON_ARRAY_END) {
            return XH_E_OK;
        }
        if (type != XH_JSON_OBJECT) {
            return fault(in, xh_str_from(link->name), "a list of entities");
        }
        int code = read_entity(in, link->target, depth + 1, &item);
        if (code < 0) {
            xh_err_prefix(in->err, "%s[%zu].", link->name, list->count);
            return code;
        }
        append(in, list, item);
    }
}

static int read_one(struct reading *in, const struct xh__sta_link *link, int depth,
                    struct xh__sta_inputs *list)
{
    struct xh__sta_input *item = NULL;
    enum xh_json_type type = xh_json_next(in->r);
    if (type == XH_JSON_NULL) {
        list->is_given = false;
        return XH_E_OK;
    }
    if (type != XH_JSON_OBJECT) {
        return fault(in, xh_str_from(link->name), "an entity");
    }
    int code = read_entity(in, link->target, depth + 1, &item);
    if (code < 0) {
        xh_err_prefix(in->err, "%s.", link->name);
        return code;
    }
    append(in, list, item);
    return XH_E_OK;
}

static int read_link(struct reading *in, struct xh__sta_input *input,
                     const struct xh__sta_link *link, int depth)
{
    struct xh__sta_inputs *list = &input->links[link - xh__sta_types[input->type].links];
    *list = (struct xh__sta_inputs){.is_given = true};
    if (depth >= XH__STA_INPUT_DEPTH_MAX) {
        return xh_err_set(in->err, XH_E_TOO_LARGE, "entities are nested more than %d deep",
                          XH__STA_INPUT_DEPTH_MAX);
    }
    return link->is_many ? read_many(in, link, depth, list) : read_one(in, link, depth, list);
}

static int read_member(struct reading *in, struct xh__sta_input *input, struct xh_str name,
                       int depth)
{
    const struct xh__sta_property *property = xh__sta_property_find(input->type, name);
    const struct xh__sta_link *link = xh__sta_link_find(input->type, name);
    if (property != NULL) {
        struct xh_str *value = &input->values[property - xh__sta_types[input->type].properties];
        return xh_json_raw(in->r, value) ? XH_E_OK : fault(in, name, "a value");
    }
    if (link != NULL) {
        return read_link(in, input, link, depth);
    }
    if (xh_str_is(name, "@iot.id")) {
        return read_id(in, input);
    }
    if (xh_str_find_char(name, '@') < 0) {
        return unknown_name(in, input->type, name);
    }
    return xh_json_skip(in->r) ? XH_E_OK : fault(in, name, "a value");
}

/* Behind its '{'. */
static int read_entity(struct reading *in, enum xh__sta_type type, int depth,
                       struct xh__sta_input **ret)
{
    struct xh__sta_input *input = XH_NEW(in->arena, struct xh__sta_input);
    input->type = type;
    for (;;) {
        enum xh_json_type token = xh_json_next(in->r);
        if (token == XH_JSON_OBJECT_END) {
            break;
        }
        if (token != XH_JSON_NAME) {
            return fault(in, xh_str_from(xh__sta_types[type].name), "an entity");
        }
        struct xh_str name = xh_json_text(in->r);
        int code = read_member(in, input, name, depth);
        if (code < 0) {
            return code;
        }
    }
    input->is_reference = input->id != 0; /* clients send what they hold of it, too */
    *ret = input;
    return XH_E_OK;
}

int xh__sta_input_parse(struct xh_arena *arena, enum xh__sta_type type, struct xh_str json,
                        struct xh__sta_input **ret, struct xh_err *err)
{
    struct reading in = {arena, xh_json_reader_create(arena, json), err};
    struct xh__sta_input *input = NULL;
    if (xh_json_next(in.r) != XH_JSON_OBJECT) {
        return fault(&in, xh_str_from(xh__sta_types[type].name), "a JSON object");
    }
    int code = read_entity(&in, type, 1, &input);
    if (code >= 0 && xh_json_next(in.r) != XH_JSON_END) {
        code = fault(&in, xh_str_from(xh__sta_types[type].name), "one JSON object");
    }
    if (code >= 0) {
        *ret = input;
    }
    return code;
}

/* ---- what must be there ---- */

static int missing(enum xh__sta_type type, const char *what, const char *name, struct xh_err *err)
{
    return xh_err_field(err, XH_E_INVALID, name, XH_STR(""), "given", NULL, "a %s needs its %s %s",
                        xh__sta_types[type].name, what, name);
}

static int check_properties(const struct xh__sta_input *input, struct xh_err *err)
{
    const struct xh__sta_entity_type *type = &xh__sta_types[input->type];
    for (size_t i = 0; i < type->property_count; i++) {
        bool is_there = input->values[i].ptr != NULL;
        /* A result may be null: nothing was found. */
        bool is_result = xh_str_is(XH_STR("result"), type->properties[i].name);
        if ((type->properties[i].flags & XH__STA_REQUIRED) != 0 &&
            (!is_there || (xh__sta_is_null(input->values[i]) && !is_result))) {
            return missing(input->type, "property", type->properties[i].name, err);
        }
    }
    return XH_E_OK;
}

static int check_observation_links(const struct xh__sta_input *input, int of, struct xh_err *err)
{
    size_t count = xh__sta_input_link(input, "Datastream")->count +
                   xh__sta_input_link(input, "MultiDatastream")->count;
    bool is_of_series = of == XH__STA_DATASTREAM || of == XH__STA_MULTI_DATASTREAM;
    if (count == 0 && !is_of_series) {
        return missing(XH__STA_OBSERVATION, "link", "Datastream", err);
    }
    if (count > 1) {
        return xh_err_field(err, XH_E_INVALID, "MultiDatastream", XH_STR(""),
                            "a Datastream or a MultiDatastream", NULL,
                            "an Observation is of a Datastream or of a MultiDatastream, not of "
                            "both");
    }
    return XH_E_OK;
}

static int check_links(const struct xh__sta_input *input, int of, struct xh_err *err)
{
    const struct xh__sta_entity_type *type = &xh__sta_types[input->type];
    for (size_t i = 0; i < type->link_count; i++) {
        const struct xh__sta_link *link = &type->links[i];
        if (link->is_required && input->links[i].count == 0 && of != (int)link->target) {
            return missing(input->type, "link", link->name, err);
        }
    }
    return input->type == XH__STA_OBSERVATION ? check_observation_links(input, of, err) : XH_E_OK;
}

static int check_inline(const struct xh__sta_input *input, struct xh_err *err)
{
    const struct xh__sta_entity_type *type = &xh__sta_types[input->type];
    for (size_t i = 0; i < type->link_count; i++) {
        for (size_t k = 0; k < input->links[i].count; k++) {
            const struct xh__sta_input *item = input->links[i].items[k];
            int code = item->is_reference ? XH_E_OK
                                          : xh__sta_input_check(item, (int)input->type, err);
            if (code < 0 && type->links[i].is_many) {
                xh_err_prefix(err, "%s[%zu].", type->links[i].name, k);
            } else if (code < 0) {
                xh_err_prefix(err, "%s.", type->links[i].name);
            }
            if (code < 0) {
                return code;
            }
        }
    }
    return XH_E_OK;
}

int xh__sta_input_check(const struct xh__sta_input *input, int of, struct xh_err *err)
{
    int code = check_properties(input, err);
    code = code < 0 ? code : check_links(input, of, err);
    return code < 0 ? code : check_inline(input, err);
}

/* ---- parts of it ---- */

struct xh_str xh__sta_input_value(const struct xh__sta_input *input, const char *property)
{
    const struct xh__sta_property *found = xh__sta_property_find(input->type,
                                                                 xh_str_from(property));
    xh_assert(found != NULL);
    return input->values[found - xh__sta_types[input->type].properties];
}

const struct xh__sta_inputs *xh__sta_input_link(const struct xh__sta_input *input, const char *link)
{
    const struct xh__sta_link *found = xh__sta_link_find(input->type, xh_str_from(link));
    xh_assert(found != NULL);
    return &input->links[found - xh__sta_types[input->type].links];
}

/* ---- values ---- */

int xh__sta_json_text(struct xh_arena *arena, const char *property, struct xh_str json,
                      struct xh_str *ret, struct xh_err *err)
{
    struct xh_json_reader *r = xh_json_reader_create(arena, json);
    if (xh_json_next(r) != XH_JSON_STRING) {
        return xh__sta_wrong_type(property, json, "a text", err);
    }
    *ret = xh_arena_str(arena, xh_json_text(r));
    return XH_E_OK;
}

/* An offset of four digits, as an example of the standard has it ("...T03:42:02-0600", 10.2.2.2),
 * or of two gets its colon. */
static void add_instant(struct xh_buf *out, struct xh_str text)
{
    ptrdiff_t clock = xh_str_find_char(text, 'T');
    size_t sign = text.len;
    for (size_t i = clock < 0 ? text.len : (size_t)clock; i < text.len; i++) {
        sign = text.ptr[i] == '+' || text.ptr[i] == '-' ? i : sign;
    }
    size_t digits = text.len - sign;
    xh_buf_add_str(out, xh_str_sub(text, 0, digits == 5 ? sign + 3 : text.len));
    if (digits == 5) {
        xh_buf_add_char(out, ':');
        xh_buf_add_str(out, xh_str_sub(text, sign + 3, 2));
    } else if (digits == 3) {
        xh_buf_add_text(out, ":00");
    }
}

static struct xh_str with_colons(struct xh_arena *arena, struct xh_str text)
{
    struct xh_buf out = {0};
    struct xh_str rest = text, part;
    const char *before = "";
    while (xh_str_split(&rest, '/', &part)) {
        xh_buf_add_text(&out, before);
        add_instant(&out, part);
        before = "/";
    }
    struct xh_str all = xh_arena_str(arena, xh_buf_str(&out));
    xh_buf_finish(&out);
    return all;
}

int xh__sta_json_time(struct xh_arena *arena, const char *property, struct xh_str json,
                      struct xh__odata_value *ret, struct xh_err *err)
{
    struct xh_str text;
    struct xh_err why = {0};
    int code = xh__sta_json_text(arena, property, json, &text, err);
    if (code >= 0 && xh__odata_time_parse(with_colons(arena, text), ret, &why) < 0) {
        code = xh_err_field(err, XH_E_INVALID, property, text, "an ISO 8601 time", NULL, "%s: %s",
                            property, why.text);
    }
    return code;
}

int xh__sta_json_members(struct xh_arena *arena, const char *property, struct xh_str json,
                         const char *const *names, size_t count, struct xh_str *ret,
                         struct xh_err *err)
{
    struct xh_json_reader *r = xh_json_reader_create(arena, json);
    if (xh_json_next(r) != XH_JSON_OBJECT) {
        return xh__sta_wrong_type(property, json, "an object", err);
    }
    while (xh_json_next(r) == XH_JSON_NAME) {
        struct xh_str name = xh_json_text(r), raw;
        size_t at = 0;
        while (at < count && !xh_str_is(name, names[at])) {
            at++;
        }
        if (xh_json_raw(r, &raw) && at < count) {
            ret[at] = raw;
        }
    }
    return XH_E_OK;
}

int xh__sta_json_items(struct xh_arena *arena, const char *property, struct xh_str json,
                       struct xh_str **ret, size_t *ret_count, struct xh_err *err)
{
    struct xh_json_reader *r = xh_json_reader_create(arena, json);
    struct xh_str *items = NULL, raw;
    size_t count = 0, capacity = 0;
    if (xh_json_next(r) != XH_JSON_ARRAY) {
        return xh__sta_wrong_type(property, json, "a list", err);
    }
    while (xh_json_raw(r, &raw)) {
        items = xh_arena_grow(arena, items, &capacity, count + 1, sizeof *items);
        items[count++] = raw;
    }
    *ret = items;
    *ret_count = count;
    return XH_E_OK;
}
