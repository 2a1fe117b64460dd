/* mapping_ha_make.c: what Home Assistant's discovery describes, written down: the device and its
 * series in the registry, and a rule for each topic and value. A description that comes again
 * changes nothing; an empty one puts its rules out of use. */
#include "service/mapping_internal.h"
#include "service/records.h"

enum { DISCOVERED_ORDER = 500000 };

struct making {
    const struct xh_mapping_rule *rule;
    const struct xh_mapping_message *message;
    const struct xh__mapping_discovered *items;
    size_t count;
};

static void set(struct xh_doc *doc, const char *field, struct xh_str text)
{
    if (text.len > 0) {
        xh_doc_set_text(doc, field, text);
    } else {
        xh_doc_set_null(doc, field);
    }
}

/* The record with this code, or a new one that has it. */
static int find_or_new(struct xh_ctx *ctx, const char *type, struct xh_str code,
                       struct xh_record *ret, struct xh_err *err)
{
    int status = xh_record_find(ctx, type, "code", code, ret, err);
    if (status == XH_E_NOT_FOUND) {
        xh_err_clear(err);
        status = xh_record_new(ctx, type, ret, err);
        if (status >= 0) {
            xh_doc_set_text(ret->doc, "code", code);
        }
    }
    return status;
}

static void set_value(struct xh_doc *doc, const char *field, struct xh_str text)
{
    struct xh_value *value = xh_doc_put(doc, "values", 0, field);
    if (text.len > 0) {
        xh_value_set_text(value, text);
    } else {
        value->is_null = true;
    }
}

static void value_fill(struct xh_doc *doc, const struct xh__mapping_discovered *d)
{
    if (xh_doc_count(doc, "values") == 0) {
        (void)xh_doc_add(doc, "values");
    }
    set_value(doc, "name", d->name);
    set_value(doc, "pointer", d->is_plain ? XH_STR("") : d->pointer);
    set_value(doc, "series_code", d->series);
    set_value(doc, "unit", d->unit);
    set_value(doc, "kind", d->kind);
    set_value(doc, "quantity", d->quantity);
    set_value(doc, "true_text", d->true_text);
    set_value(doc, "false_text", d->false_text);
    struct xh_value *scale = xh_doc_put(doc, "values", 0, "scale");
    if (d->has_scale) {
        xh_value_set_dec(scale, d->scale);
    } else {
        scale->is_null = true;
    }
    xh_value_set_int(xh_doc_put(doc, "values", 0, "omitted_is_zero"), d->omitted_is_zero);
}

static int rule_make(struct xh_ctx *ctx, const struct making *m,
                     const struct xh__mapping_discovered *d, struct xh_err *err)
{
    struct xh_record record;
    int code = find_or_new(ctx, "core.mapping_rule", d->code, &record, err);
    if (code < 0) {
        return code;
    }
    bool is_new = record.id == 0;
    struct xh_doc *doc = record.doc;
    set(doc, "name", d->name);
    set(doc, "topic", d->topic);
    set(doc, "format", d->is_plain ? XH_STR("text") : XH_STR("json"));
    set(doc, "device_code", d->device);
    set(doc, "source", m->message->topic);
    value_fill(doc, d);
    if (is_new) { /* else as an office left it */
        xh_doc_set_int(doc, "sort_order", DISCOVERED_ORDER);
        xh_doc_set_int(doc, "is_active", 1);
    } else if (!xh_str_equal(xh_doc_text(doc, "source"), m->message->topic)) {
        return XH_E_OK;
    }
    return xh_record_put(ctx, &record, err);
}

/* What is known of the device beside its code. */
static int device_fill(struct xh_ctx *ctx, const struct xh__mapping_discovered *d,
                       struct xh_err *err)
{
    struct xh_record device;
    int code = xh_record_find(ctx, "core.device", "code", d->device, &device, err);
    if (code < 0) {
        return code;
    }
    if (d->device_name.len > 0 && xh_str_equal(xh_doc_text(device.doc, "name"), d->device)) {
        xh_doc_set_text(device.doc, "name", d->device_name);
    }
    if (d->firmware.len > 0) {
        xh_doc_set_text(device.doc, "firmware", d->firmware);
    }
    if (xh_doc_is_null(device.doc, "description") && d->model.len > 0) {
        xh_doc_set_text(device.doc, "description",
                        xh_arena_format(ctx->arena, "%.*s %.*s", XH_STR_ARG(d->maker),
                                        XH_STR_ARG(d->model)));
    }
    return xh_record_put(ctx, &device, err);
}

struct named {
    const struct xh__mapping_discovered *d;
    struct xh_str area;
};

static bool place_value(void *arg, struct xh_str name, struct xh_str *ret)
{
    const struct named *n = arg;
    *ret = xh_str_is(name, "device")        ? n->d->device
           : xh_str_is(name, "device_name") ? n->d->device_name
           : xh_str_is(name, "name")        ? n->d->name
           : xh_str_is(name, "topic.area")  ? n->area
                                            : XH_STR("");
    return ret->len > 0;
}

static int series_make(struct xh_ctx *ctx, const struct xh_mapping_rule *rule,
                       const struct xh__mapping_discovered *d, struct xh_err *err)
{
    struct named named = {d, d->area};
    int64_t id = 0;
    struct xh_meter_spec spec = {
        .series = d->series,
        .name = d->name,
        .device = d->device,
        .device_kind = rule->device_kind,
        .quantity = d->quantity,
        .unit = d->unit,
        .kind = d->kind,
    };
    if (!xh_template_expand(ctx->arena, rule->place_code, place_value, &named, &spec.place)) {
        return xh_err_set(err, XH_E_INVALID, "the rule \"%.*s\" finds no place for it",
                          XH_STR_ARG(rule->code));
    }
    if (xh_str_is(d->quantity, "energy.electricity")) {
        spec.device_kind = spec.device_kind.len > 0 ? spec.device_kind
                                                    : XH_STR("electricity_meter");
    }
    return xh_registry_meter(ctx, &spec, &id, err);
}

/* ---- gone ---- */

static int put_out_of_use(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct xh_ctx *ctx = arg;
    xh_doc_set_int(record->doc, "is_active", 0);
    return xh_record_put(ctx, record, err);
}

static int rules_end(struct xh_ctx *ctx, struct xh_str topic, struct xh_err *err)
{
    struct xh_filter filter = {.field = "source", .op = XH_FILTER_EQ};
    struct xh_str next = {NULL, 0};
    filter.value = (struct xh_value){.type = XH_T_TEXT, .text = topic};
    struct xh_list list = {
        .filters = &filter, .filter_count = 1, .limit = 1000, .with_parts = true};
    return xh_record_list(ctx, "core.mapping_rule", &list, put_out_of_use, ctx, &next, err);
}

int xh__mapping_ha_make(struct xh_ctx *ctx, const struct xh_mapping_rule *rule,
                        const struct xh_mapping_message *message, struct xh_err *err)
{
    struct xh__mapping_discovered *items = XH_NEW_ARRAY(ctx->arena, struct xh__mapping_discovered,
                                                        XH__MAPPING_DISCOVERED_MAX);
    struct making m = {rule, message, items, 0};
    struct xh_ctx own;
    xh_engine_ctx(xh_ctx_engine(ctx), &xh_who_engine, ctx->arena, &own);
    if (message->payload.len == 0) {
        return rules_end(&own, message->topic, err);
    }
    ptrdiff_t count = xh__mapping_ha_read(ctx->arena, message->topic, message->payload, items, err);
    int code = count < 0 ? (int)count : XH_E_OK;
    m.count = count < 0 ? 0 : (size_t)count;
    for (size_t i = 0; code >= 0 && i < m.count; i++) {
        code = rule->creates ? series_make(&own, rule, &items[i], err) : XH_E_OK;
        code = code < 0 ? code : rule_make(&own, &m, &items[i], err);
    }
    return code < 0 || m.count == 0 || !rule->creates ? code : device_fill(&own, &items[0], err);
}
