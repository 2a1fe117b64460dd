/* lines_rule.c: from measurement, tags and field to the code of a series. */
#include <string.h>

#include "kernel/host.h"
#include "server/lines_internal.h"
#include "service/records.h"

static bool tag_find(const struct xh__line_head *head, struct xh_str name, struct xh_str *ret)
{
    for (size_t i = 0; i < head->tag_count; i++) {
        if (xh_str_equal(head->tags[i].name, name)) {
            *ret = head->tags[i].value;
            return true;
        }
    }
    return false;
}

struct line_said {
    const struct xh__line_head *head;
    struct xh_str field;
};

static bool line_value(void *arg, struct xh_str name, struct xh_str *ret)
{
    const struct line_said *said = arg;
    if (xh_str_is(name, "measurement")) {
        *ret = said->head->measurement;
        return true;
    }
    if (xh_str_is(name, "field")) {
        *ret = said->field;
        return true;
    }
    return xh_str_starts(name, XH_STR("tag.")) &&
           tag_find(said->head, xh_str_sub(name, 4, name.len), ret);
}

bool xh__line_template(struct xh_arena *arena, struct xh_str template,
                       const struct xh__line_head *head, struct xh_str field, struct xh_str *ret)
{
    struct line_said said = {head, field};
    return xh_template_expand(arena, template, line_value, &said, ret);
}

static bool rule_takes_line(const struct xh__line_rule *rule, const struct xh__line_head *head)
{
    struct xh_str value;
    if (!xh_pattern_fits(rule->measurement, head->measurement)) {
        return false;
    }
    for (size_t i = 0; i < rule->tag_count; i++) {
        if (!tag_find(head, rule->tags[i].name, &value) ||
            !xh_pattern_fits(rule->tags[i].value, value)) {
            return false;
        }
    }
    return true;
}

static struct xh_str plain_code(struct xh_arena *arena, const struct xh__line_head *head,
                                struct xh_str field)
{
    struct xh_str code = head->measurement;
    for (size_t i = 0; i < head->tag_count; i++) {
        code = xh_arena_format(arena, "%.*s.%.*s", XH_STR_ARG(code),
                               XH_STR_ARG(head->tags[i].value));
    }
    return xh_arena_format(arena, "%.*s.%.*s", XH_STR_ARG(code), XH_STR_ARG(field));
}

void xh__line_name_find(struct xh_arena *arena, const struct xh__line_rules *rules,
                        const struct xh__line_head *head, struct xh_str field,
                        struct xh__line_name *ret)
{
    struct xh_str series;
    bool is_taken = false;
    *ret = (struct xh__line_name){{NULL, 0}, NULL};
    for (size_t i = 0; i < rules->count; i++) {
        const struct xh__line_rule *rule = &rules->items[i];
        if (!rule_takes_line(rule, head)) {
            continue;
        }
        if (rule->field.len > 0 && !xh_pattern_fits(rule->field, field)) {
            is_taken = true; /* of this line the rule wants other fields */
        } else if (xh__line_template(arena, rule->series_code, head, field, &ret->code)) {
            ret->rule = rule;
            return;
        }
    }
    if (is_taken) {
        return;
    }
    if (!tag_find(head, XH_STR("series"), &series)) {
        ret->code = plain_code(arena, head, field);
    } else if (xh_str_is(field, "value")) {
        ret->code = series;
    }
}

/* ---- reading ---- */

struct reading {
    struct xh_arena *arena;
    struct xh__line_rule *items;
    size_t count, capacity;
};

static int take_rule(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct reading *r = arg;
    const struct xh_doc *doc = record->doc;
    size_t tag_count = xh_doc_count(doc, "tags");
    struct xh__line_tag *tags = XH_NEW_ARRAY(r->arena, struct xh__line_tag, tag_count + 1);
    (void)err;
    for (size_t i = 0; i < tag_count; i++) {
        tags[i].name = xh_arena_str(r->arena, xh_value_text(xh_doc_at(doc, "tags", i, "tag")));
        tags[i].value = xh_arena_str(r->arena, xh_value_text(xh_doc_at(doc, "tags", i,
                                                                       "pattern")));
    }
    r->items = xh_arena_grow(r->arena, r->items, &r->capacity, r->count + 1, sizeof *r->items);
    r->items[r->count++] = (struct xh__line_rule){
        .code = xh_arena_str(r->arena, xh_doc_text(doc, "code")),
        .measurement = xh_arena_str(r->arena, xh_doc_text(doc, "measurement")),
        .field = xh_arena_str(r->arena, xh_doc_text(doc, "field")),
        .series_code = xh_arena_str(r->arena, xh_doc_text(doc, "series_code")),
        .tags = tags,
        .tag_count = tag_count,
        .creates = xh_doc_int(doc, "creates") != 0,
        .place_code = xh_arena_str(r->arena, xh_doc_text(doc, "place_code")),
        .quantity = xh_arena_str(r->arena, xh_doc_text(doc, "quantity")),
        .unit = xh_arena_str(r->arena, xh_doc_text(doc, "unit")),
        .kind = xh_arena_str(r->arena, xh_doc_text(doc, "kind")),
        .period_s = xh_doc_int(doc, "period_s"),
    };
    return XH_E_OK;
}

int xh__line_rules_read(struct xh_ctx *ctx, struct xh__line_rules *ret, struct xh_err *err)
{
    struct reading reading = {.arena = ctx->arena};
    struct xh_filter active = {.field = "is_active", .op = XH_FILTER_EQ};
    struct xh_str next = {NULL, 0};
    int code;
    active.value = (struct xh_value){.type = XH_T_BOOL, .truth = true};
    do {
        struct xh_list list = {
            .filters = &active,
            .filter_count = 1,
            .sort = "sort_order",
            .limit = 1000,
            .after = next,
            .with_parts = true,
        };
        code = xh_record_list(ctx, "core.line_rule", &list, take_rule, &reading, &next, err);
    } while (code >= 0 && next.len > 0);
    if (code >= 0) {
        *ret = (struct xh__line_rules){reading.items, reading.count};
    }
    return code < 0 ? code : XH_E_OK;
}
