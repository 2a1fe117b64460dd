/* mapping.c: a message through the rules: which of them apply, and how it is read. */
#include "service/mapping_internal.h"

/* ---- formats that are short ---- */

static int apply_element(struct xh__mapping_work *work, struct xh_err *err)
{
    struct xh_str key;
    if (!xh__mapping_is_wanted(work) || !xh__mapping_time_find(work, NULL)) {
        return XH_E_OK;
    }
    if (work->rule->again_pointer.len > 0 &&
        xh__mapping_said(work, work->rule->again_pointer, &key)) {
        xh__mapping_again(work, key);
    }
    return xh__mapping_emit_values(work, err);
}

static int apply_json(struct xh__mapping_work *work, struct xh_err *err)
{
    struct xh_err why = {0};
    if (work->root == NULL &&
        xh__mapping_tree(work->arena, work->message->payload, &work->root, &why) < 0) {
        xh__mapping_fault(work, XH_STR("payload"), &why);
        return XH_E_OK;
    }
    work->at = work->root;
    if (work->rule->each_of.len == 0) {
        return apply_element(work, err);
    }
    const struct xh__mapping_node *array = xh__mapping_at(
        work->root, xh_str_is(work->rule->each_of, "/") ? XH_STR("") : work->rule->each_of);
    const struct xh__mapping_node *element = array != NULL && array->type == XH_JSON_ARRAY
                                                 ? array->first
                                                 : NULL;
    int code = XH_E_OK;
    for (; code >= 0 && element != NULL; element = element->next) {
        work->at = element;
        code = apply_element(work, err);
    }
    return code;
}

/* The whole payload is the value. */
static int apply_text(struct xh__mapping_work *work, struct xh_err *err)
{
    const struct xh_mapping_rule *rule = work->rule;
    struct xh_str text = xh_str_trim(work->message->payload), rest = XH_STR("");
    int code = XH_E_OK;
    if (!xh__mapping_time_find(work, NULL)) {
        return XH_E_OK;
    }
    for (size_t i = 0; code >= 0 && i < rule->value_count; i++) {
        struct xh__mapping_value v = rule->values[i];
        struct xh__mapping_number number;
        bool is_read = xh__mapping_number_read(text, &v, rule->has_decimal_comma, &number);
        if (!is_read && rule->format == XH__MAPPING_TEXT) {
            is_read = xh__mapping_number_front(text, rule->has_decimal_comma, &number, &rest);
            v.unit = is_read && v.unit.len == 0 ? rest : v.unit;
        }
        if (is_read) {
            code = xh__mapping_emit(work, &v, number, err);
        } else {
            struct xh_err why;
            bool is_text = xh_utf8_is_valid(text);
            (void)xh_err_field(&why, XH_E_INVALID, "payload", is_text ? text : XH_STR(""),
                               "a number", NULL, "%.*s: the payload is no number",
                               XH_STR_ARG(xh_str_sub(v.name, 0, 60)));
            xh__mapping_fault(work, v.name, &why);
        }
    }
    return code;
}

static int apply_bytes(struct xh__mapping_work *work, struct xh_err *err)
{
    struct xh_err why = {0};
    struct xh_str bytes = work->message->payload;
    int code = XH_E_OK;
    if (work->rule->format == XH__MAPPING_HEX) {
        code = xh__mapping_hex(work->arena, bytes, &bytes, &why);
    } else if (work->rule->format == XH__MAPPING_BASE64) {
        code = xh__mapping_base64(work->arena, bytes, &bytes, &why);
    }
    if (code < 0) {
        xh__mapping_fault(work, XH_STR("payload"), &why);
        return XH_E_OK;
    }
    return xh__mapping_time_find(work, NULL) ? xh__mapping_bytes(work, bytes, err) : XH_E_OK;
}

static bool is_discovery(struct xh_str topic)
{
    return xh_str_ends(topic, XH_STR("/config"));
}

static int apply_format(struct xh__mapping_work *work, struct xh_err *err)
{
    switch (work->rule->format) {
    case XH__MAPPING_JSON:
        return apply_json(work, err);
    case XH__MAPPING_NUMBER:
    case XH__MAPPING_TEXT:
        return apply_text(work, err);
    case XH__MAPPING_CSV:
        return xh__mapping_csv(work, err);
    case XH__MAPPING_CHIRPSTACK:
        return xh__mapping_chirpstack(work, err);
    case XH__MAPPING_TTS:
        return xh__mapping_tts(work, err);
    case XH__MAPPING_HOME_ASSISTANT:
        if (is_discovery(work->message->topic) && work->result->discoverer == NULL) {
            work->result->discoverer = work->rule;
        }
        return XH_E_OK;
    default:
        return apply_bytes(work, err);
    }
}

/* ---- which rules ---- */

/* Of rules that are the same in order, all are tried. */
struct matching {
    struct xh__mapping_work work;
    const struct xh_mapping_rules *rules;
    const struct xh_mapping_rule *exact; /* the next one that names the topic itself */
    size_t next;                         /* among those with wildcards, and all without an index */
};

static void skip_misfits(struct matching *m)
{
    struct xh__mapping_capture captures[XH__MAPPING_CAPTURES_MAX];
    size_t count;
    while (m->next < m->rules->count &&
           !xh__mapping_topic_fits(m->rules->items[m->next]->topic, m->work.message->topic,
                                   captures, &count)) {
        m->next++;
    }
}

/* The next rule that takes the topic, in order. NULL: no more. */
static const struct xh_mapping_rule *rule_next(struct matching *m)
{
    const struct xh_mapping_rule *rule = m->exact;
    skip_misfits(m);
    if (m->next < m->rules->count &&
        (rule == NULL || m->rules->items[m->next]->sort_order < rule->sort_order)) {
        return m->rules->items[m->next++];
    }
    m->exact = rule != NULL ? rule->same_topic : NULL;
    return rule;
}

static bool has_made(const struct xh_mapping_result *result)
{
    return result->count > 0 || result->discoverer != NULL;
}

static int apply_rule(struct xh__mapping_work *work, const struct xh_mapping_rule *rule,
                      struct xh_err *err)
{
    struct xh_mapping_result *result = work->result;
    work->rule = rule;
    work->device = work->device_name = (struct xh_str){NULL, 0};
    work->columns = work->cells = NULL;
    work->at = work->root;
    (void)xh__mapping_topic_fits(rule->topic, work->message->topic, work->captures,
                                 &work->capture_count);
    int code = apply_format(work, err);
    if (has_made(result) && result->rule.len == 0) {
        result->rule = rule->code;
    }
    return code;
}

int xh_mapping_apply(struct xh_arena *arena, const struct xh_mapping_rules *rules,
                     const struct xh_mapping_message *message, struct xh_mapping_result *ret,
                     struct xh_err *err)
{
    struct matching m = {.rules = rules};
    int code = XH_E_OK;
    int64_t order = 0;
    *ret = (struct xh_mapping_result){0};
    m.work.arena = arena;
    m.work.message = message;
    m.work.result = ret;
    m.exact = rules->by_topic != NULL ? xh_map_get(rules->by_topic, message->topic) : NULL;
    for (const struct xh_mapping_rule *rule = rule_next(&m); code >= 0 && rule != NULL;
         rule = rule_next(&m)) {
        if (rule->sort_order != order && has_made(ret)) {
            break;
        }
        order = rule->sort_order;
        code = apply_rule(&m.work, rule, err);
    }
    return code < 0 ? code : XH_E_OK;
}
