/* mapping_ha.c: Home Assistant's MQTT discovery ("MQTT", sections Discovery messages, Device
 * discovery payload, Abbreviations), read: which values a device sends under which topic.
 *
 *   <prefix>/<component>/[<node_id>/]<object_id>/config     one entity
 *   <prefix>/device/<object_id>/config                      many: "components" or "cmps"
 *
 * Names may be abbreviated, and '~' in a topic stands for the base topic. Of the components, those
 * that measure count: sensor and binary_sensor. Of templates, those that name a place in the
 * payload, with filters that change no number (float, int, round, default) and a factor. */
#include "service/mapping_internal.h"

/* ---- names, long and short ---- */

static const struct xh__mapping_node *member(const struct xh__mapping_node *node, const char *name,
                                             const char *abbreviation)
{
    const struct xh__mapping_node *found = xh__mapping_member(node, name);
    return found != NULL ? found : xh__mapping_member(node, abbreviation);
}

static struct xh_str text_of(const struct xh__mapping_node *node, const char *name,
                             const char *abbreviation)
{
    return xh__mapping_node_text(member(node, name, abbreviation));
}

/* ---- templates ---- */

struct cursor {
    struct xh_str rest;
};

static void spaces(struct cursor *c)
{
    c->rest = xh_str_trim(c->rest);
}

static bool word(struct cursor *c, const char *text)
{
    struct xh_str wanted = xh_str_from(text);
    spaces(c);
    if (!xh_str_starts(c->rest, wanted)) {
        return false;
    }
    c->rest = xh_str_sub(c->rest, wanted.len, c->rest.len);
    return true;
}

static bool is_name_char(char c)
{
    return xh_char_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static struct xh_str taken(struct cursor *c, size_t len)
{
    struct xh_str out = xh_str_sub(c->rest, 0, len);
    c->rest = xh_str_sub(c->rest, len, c->rest.len);
    return out;
}

static struct xh_str name_take(struct cursor *c)
{
    size_t len = 0;
    while (len < c->rest.len && is_name_char(c->rest.ptr[len])) {
        len++;
    }
    return taken(c, len);
}

/* One step of a pointer, its '~' and '/' as RFC 6901 wants them. */
static struct xh_str pointer_add(struct xh_arena *arena, struct xh_str pointer, struct xh_str token)
{
    char *text = xh_arena_alloc(arena, pointer.len + 2 * token.len + 2);
    size_t len = 0;
    for (size_t i = 0; i < pointer.len; i++) {
        text[len++] = pointer.ptr[i];
    }
    text[len++] = '/';
    for (size_t i = 0; i < token.len; i++) {
        char c = token.ptr[i];
        text[len++] = c == '~' || c == '/' ? '~' : c;
        if (c == '~' || c == '/') {
            text[len++] = c == '~' ? '0' : '1';
        }
    }
    return (struct xh_str){text, len};
}

/* ['name'], ["name"], [0] */
static bool index_take(struct cursor *c, struct xh_str *ret)
{
    spaces(c);
    char quote = c->rest.len > 0 ? c->rest.ptr[0] : '\0';
    if (quote != '\'' && quote != '"') {
        *ret = name_take(c);
        return ret->len > 0 && word(c, "]");
    }
    c->rest = xh_str_sub(c->rest, 1, c->rest.len);
    ptrdiff_t end = xh_str_find_char(c->rest, quote);
    if (end < 0) {
        return false;
    }
    *ret = taken(c, (size_t)end);
    c->rest = xh_str_sub(c->rest, 1, c->rest.len);
    return word(c, "]");
}

static bool path_take(struct xh_arena *arena, struct cursor *c, struct xh__mapping_discovered *ret)
{
    struct xh_str token;
    ret->pointer = XH_STR("");
    ret->is_plain = false;
    if (!word(c, "value_json")) {
        ret->is_plain = word(c, "value");
        return ret->is_plain;
    }
    for (;;) {
        if (word(c, ".")) {
            token = name_take(c);
            if (token.len == 0) {
                return false;
            }
        } else if (!word(c, "[")) {
            return ret->pointer.len > 0;
        } else if (!index_take(c, &token)) {
            return false;
        }
        ret->pointer = pointer_add(arena, ret->pointer, token);
    }
}

/* | float(0), | round(2), | default(0): what stands in the parentheses, or nothing. */
static bool filter_take(struct cursor *c, struct xh__mapping_discovered *ret)
{
    static const char *const harmless[] = {"float", "int", "round", "default", "is_defined"};
    struct xh_str argument = XH_STR("");
    spaces(c);
    struct xh_str name = name_take(c);
    if (word(c, "(")) {
        ptrdiff_t end = xh_str_find_char(c->rest, ')');
        if (end < 0) {
            return false;
        }
        argument = xh_str_trim(taken(c, (size_t)end));
        c->rest = xh_str_sub(c->rest, 1, c->rest.len);
    }
    if (xh_str_is(name, "default") && xh_str_is(argument, "0")) {
        ret->omitted_is_zero = true;
    }
    for (size_t i = 0; i < XH_COUNT(harmless); i++) {
        if (xh_str_is(name, harmless[i])) {
            return true;
        }
    }
    return false;
}

/* * 0.1 or / 1000; a divisor must have an exact decimal. */
static bool factor_take(struct cursor *c, bool is_division, struct xh__mapping_discovered *ret)
{
    struct xh_dec factor, one = xh_dec_int(1), back;
    size_t len = 0;
    spaces(c);
    while (len < c->rest.len && (xh_char_is_digit(c->rest.ptr[len]) || c->rest.ptr[len] == '.')) {
        len++;
    }
    if (xh_dec_parse(taken(c, len), &factor, NULL) < 0) {
        return false;
    }
    if (is_division) {
        struct xh_dec divisor = factor;
        if (xh_dec_div(one, divisor, XH_DEC_SCALE_MAX, XH_ROUND_TRUNCATE, &factor) < 0) {
            return false;
        }
        factor = xh_dec_trim(factor);
        if (xh_dec_mul(factor, divisor, &back) < 0 || xh_dec_compare(back, one) != 0) {
            return false;
        }
    }
    struct xh_dec so_far = ret->has_scale ? ret->scale : one;
    ret->has_scale = true;
    return xh_dec_mul(so_far, factor, &ret->scale) >= 0;
}

bool xh__mapping_ha_template(struct xh_arena *arena, struct xh_str text,
                             struct xh__mapping_discovered *ret)
{
    struct cursor c = {xh_str_trim(text)};
    if (c.rest.len == 0) {
        ret->is_plain = true;
        return true;
    }
    if (!word(&c, "{{")) {
        return false;
    }
    bool is_open = word(&c, "(");
    if (!path_take(arena, &c, ret)) {
        return false;
    }
    while (!word(&c, "}}")) {
        bool is_right = word(&c, "|")              ? filter_take(&c, ret)
                        : word(&c, "*")            ? factor_take(&c, false, ret)
                        : word(&c, "/")            ? factor_take(&c, true, ret)
                        : is_open && word(&c, ")") ? true
                                                   : false;
        if (!is_right) {
            return false;
        }
    }
    spaces(&c);
    return c.rest.len == 0;
}

/* ---- what is measured ---- */

static const struct {
    const char *device_class, *quantity;
} classes[] = {
    {"energy", "energy.electricity"}, {"power", "energy.power"},   {"voltage", "energy.voltage"},
    {"current", "energy.current"},    {"water", "water.consumption"},    {"gas", "energy.gas"},
};

static struct xh_str quantity_of(struct xh_str device_class, struct xh_str name)
{
    for (size_t i = 0; i < XH_COUNT(classes); i++) {
        if (xh_str_is(device_class, classes[i].device_class)) {
            return xh_str_from(classes[i].quantity);
        }
    }
    return device_class.len > 0 ? device_class : name;
}

static struct xh_str topic_whole(struct xh_arena *arena, struct xh_str topic, struct xh_str base)
{
    if (xh_str_starts(topic, XH_STR("~"))) {
        return xh_arena_format(arena, "%.*s%.*s", XH_STR_ARG(base),
                               XH_STR_ARG(xh_str_sub(topic, 1, topic.len)));
    }
    if (xh_str_ends(topic, XH_STR("~"))) {
        return xh_arena_format(arena, "%.*s%.*s", XH_STR_ARG(xh_str_sub(topic, 0, topic.len - 1)),
                               XH_STR_ARG(base));
    }
    return topic;
}

struct reading_config {
    struct xh_arena *arena;
    const struct xh__mapping_node *shared; /* the whole payload */
    struct xh_str object, base;            /* object: from the topic */
    struct xh__mapping_discovered *items;
    size_t count;
};

static void device_read(const struct xh__mapping_node *shared, struct xh_str object,
                        struct xh__mapping_discovered *ret)
{
    const struct xh__mapping_node *device = member(shared, "device", "dev");
    const struct xh__mapping_node *ids = member(device, "identifiers", "ids");
    if (ids != NULL && ids->type == XH_JSON_ARRAY) {
        ids = ids->first;
    }
    ret->device = xh__mapping_node_text(ids);
    if (ret->device.len == 0) {
        const struct xh__mapping_node *links = member(device, "connections", "cns");
        const struct xh__mapping_node *link = links != NULL ? links->first : NULL;
        ret->device = xh__mapping_node_text(xh__mapping_at(link, XH_STR("/1")));
    }
    ret->device = ret->device.len > 0 ? ret->device : object;
    ret->device_name = text_of(device, "name", "name");
    ret->maker = text_of(device, "manufacturer", "mf");
    ret->model = text_of(device, "model", "mdl");
    ret->firmware = text_of(device, "sw_version", "sw");
    ret->area = text_of(device, "suggested_area", "sa");
}

static void kind_fill(const struct xh__mapping_node *entity, bool is_binary,
                      struct xh__mapping_discovered *d)
{
    struct xh_str device_class = text_of(entity, "device_class", "dev_cla");
    struct xh_str state_class = text_of(entity, "state_class", "stat_cla");
    struct xh_str unit = text_of(entity, "unit_of_measurement", "unit_of_meas");
    d->unit = xh_unit_find(unit) != NULL ? unit : XH_STR("1");
    d->kind = is_binary                                    ? XH_STR("state")
              : xh_str_is(state_class, "total_increasing") ? XH_STR("register")
                                                           : XH_STR("gauge");
    /* Yesterday's energy is none that adds up. */
    bool is_amount = xh_str_is(device_class, "energy") || xh_str_is(device_class, "water") ||
                     xh_str_is(device_class, "gas");
    d->quantity = is_amount && !xh_str_is(d->kind, "register") ? device_class
                                                               : quantity_of(device_class, d->name);
    if (is_binary) {
        struct xh_str on = text_of(entity, "payload_on", "pl_on");
        struct xh_str off = text_of(entity, "payload_off", "pl_off");
        d->true_text = on.len > 0 ? on : XH_STR("ON");
        d->false_text = off.len > 0 ? off : XH_STR("OFF");
    }
}

static int wrong_template(struct xh_str text, struct xh_err *err)
{
    return xh_err_field(err, XH_E_UNSUPPORTED, "value_template", text,
                        "{{ value_json.name }} with float, int, round, default, * and /", NULL,
                        "the template \"%.*s\" is more than a place in the payload",
                        XH_STR_ARG(xh_str_sub(text, 0, 120)));
}

static int entity_read(struct reading_config *r, const struct xh__mapping_node *entity,
                       struct xh_str component, struct xh_str key, struct xh_err *err)
{
    struct xh__mapping_discovered *d = &r->items[r->count];
    bool is_binary = xh_str_is(component, "binary_sensor");
    struct xh_str template = text_of(entity, "value_template", "val_tpl");
    struct xh_str unique = text_of(entity, "unique_id", "uniq_id");
    *d = (struct xh__mapping_discovered){0};
    d->topic = topic_whole(r->arena, text_of(entity, "state_topic", "stat_t"), r->base);
    if (d->topic.len == 0) {
        d->topic = topic_whole(r->arena, text_of(r->shared, "state_topic", "stat_t"), r->base);
    }
    if ((!is_binary && !xh_str_is(component, "sensor")) || d->topic.len == 0 ||
        r->count + 1 >= XH__MAPPING_DISCOVERED_MAX) {
        return XH_E_OK; /* it measures nothing, or only takes commands */
    }
    device_read(r->shared, r->object, d);
    d->series = unique.len > 0 ? unique : key;
    d->code = xh_arena_format(r->arena, "ha.%.*s", XH_STR_ARG(d->series));
    d->name = text_of(entity, "name", "name");
    d->name = d->name.len > 0 ? d->name : key;
    kind_fill(entity, is_binary, d);
    if (!xh__mapping_ha_template(r->arena, template, d)) {
        return wrong_template(template, err);
    }
    r->count++;
    return XH_E_OK;
}

/* Is the device there? One topic for all that it measures; a list of several gives the first. */
static void availability_read(struct reading_config *r)
{
    const struct xh__mapping_node *list = member(r->shared, "availability", "avty");
    const struct xh__mapping_node *first = list != NULL && list->type == XH_JSON_ARRAY ? list->first
                                                                                       : NULL;
    struct xh__mapping_discovered *d = &r->items[r->count];
    const struct xh__mapping_node *said = first != NULL ? first : r->shared;
    struct xh_str topic = first != NULL ? text_of(first, "topic", "t")
                                        : text_of(r->shared, "availability_topic", "avty_t");
    struct xh_str on = text_of(said, "payload_available", "pl_avail");
    struct xh_str off = text_of(said, "payload_not_available", "pl_not_avail");
    struct xh_str template = first != NULL
                                 ? text_of(first, "value_template", "val_tpl")
                                 : text_of(r->shared, "availability_template", "avty_tpl");
    if (r->count == 0 || topic.len == 0) {
        return;
    }
    *d = (struct xh__mapping_discovered){0};
    d->topic = topic_whole(r->arena, topic, r->base);
    device_read(r->shared, r->object, d);
    d->series = xh_arena_format(r->arena, "%.*s.available", XH_STR_ARG(d->device));
    d->code = xh_arena_format(r->arena, "ha.%.*s", XH_STR_ARG(d->series));
    d->name = d->quantity = XH_STR("available");
    d->unit = XH_STR("1");
    d->kind = XH_STR("state");
    d->true_text = on.len > 0 ? on : XH_STR("online");
    d->false_text = off.len > 0 ? off : XH_STR("offline");
    d->is_availability = true;
    r->count += xh__mapping_ha_template(r->arena, template, d);
}

static int components_read(struct reading_config *r, const struct xh__mapping_node *components,
                           struct xh_err *err)
{
    int code = XH_E_OK;
    for (const struct xh__mapping_node *n = components->first; code >= 0 && n != NULL;
         n = n->next) {
        struct xh_str key = xh_arena_format(r->arena, "%.*s.%.*s", XH_STR_ARG(r->object),
                                            XH_STR_ARG(n->name));
        code = entity_read(r, n, text_of(n, "platform", "p"), key, err);
    }
    return code;
}

/* "homeassistant/sensor/node/object/config": the component, and what the entity is called. */
static bool topic_read(struct xh_arena *arena, struct xh_str topic, struct xh_str *ret_component,
                       struct xh_str *ret_object)
{
    struct xh_str levels[6];
    size_t count = 0;
    while (count < 6 && xh_str_split(&topic, '/', &levels[count])) {
        count++;
    }
    if (count < 4 || count > 5 || topic.len > 0 || !xh_str_is(levels[count - 1], "config")) {
        return false;
    }
    *ret_component = levels[1];
    *ret_object = count == 4 ? levels[2]
                             : xh_arena_format(arena, "%.*s.%.*s", XH_STR_ARG(levels[2]),
                                               XH_STR_ARG(levels[3]));
    return true;
}

ptrdiff_t xh__mapping_ha_read(struct xh_arena *arena, struct xh_str topic, struct xh_str payload,
                              struct xh__mapping_discovered *ret, struct xh_err *err)
{
    struct reading_config r = {.arena = arena, .items = ret};
    struct xh_str component;
    if (!topic_read(arena, topic, &component, &r.object)) {
        return 0;
    }
    int code = xh__mapping_tree(arena, payload, &r.shared, err);
    if (code < 0) {
        return code;
    }
    const struct xh__mapping_node *components = member(r.shared, "components", "cmps");
    r.base = xh__mapping_node_text(xh__mapping_member(r.shared, "~"));
    code = components != NULL ? components_read(&r, components, err)
                              : entity_read(&r, r.shared, component, r.object, err);
    if (code < 0) {
        return code;
    }
    availability_read(&r);
    return (ptrdiff_t)r.count;
}
