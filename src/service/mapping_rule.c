/* mapping_rule.c: a record as a rule; topics against patterns. */
#include "service/mapping_internal.h"

enum { AHEAD_S = 300 };

/* ---- topics ---- */

bool xh__mapping_topic_is_exact(struct xh_str pattern)
{
    return xh_str_find_char(pattern, '+') < 0 && xh_str_find_char(pattern, '{') < 0 &&
           xh_str_find_char(pattern, '#') < 0;
}

bool xh__mapping_topic_fits(struct xh_str pattern, struct xh_str topic,
                            struct xh__mapping_capture captures[XH__MAPPING_CAPTURES_MAX],
                            size_t *ret_count)
{
    struct xh_str want, level;
    bool has_level = true;
    *ret_count = 0;
    while (xh_str_split(&pattern, '/', &want)) {
        if (xh_str_is(want, "#")) {
            return true; /* also of the level above: a/# takes a */
        }
        has_level = has_level && xh_str_split(&topic, '/', &level);
        if (!has_level) {
            return false;
        }
        if (want.len > 2 && want.ptr[0] == '{') {
            if (*ret_count < XH__MAPPING_CAPTURES_MAX) {
                captures[(*ret_count)++] = (struct xh__mapping_capture){
                    xh_str_sub(want, 1, want.len - 2), level};
            }
        } else if (!xh_str_is(want, "+") && !xh_str_equal(want, level)) {
            return false;
        }
    }
    return topic.len == 0;
}

/* ---- a record ---- */

/* The place of a choice's text in a list of names. */
static int choice_of(struct xh_str text, const char *const *names, int otherwise)
{
    for (int i = 0; names[i] != NULL; i++) {
        if (xh_str_is(text, names[i])) {
            return i;
        }
    }
    return otherwise;
}

static const char *const formats[] = {
    "json", "number", "text", "csv", "hex", "base64", "bytes", "home_assistant", "chirpstack",
    "tts", NULL};
static const char *const decoders[] = {"", "cayenne_lpp", "table", NULL};
static const char *const times[] = {"rfc3339", "unix_s", "unix_ms", "local", NULL};
static const char *const types[] = {"unsigned", "signed", "float", "bcd", NULL};

struct row {
    const struct xh_doc *doc;
    struct xh_arena *arena;
    size_t index;
};

static struct xh_str row_text(const struct row *row, const char *field)
{
    return xh_arena_str(row->arena,
                        xh_value_text(xh_doc_at(row->doc, "values", row->index, field)));
}

static int64_t row_int(const struct row *row, const char *field)
{
    return xh_value_int(xh_doc_at(row->doc, "values", row->index, field));
}

static bool row_dec(const struct row *row, const char *field, struct xh_dec *ret)
{
    const struct xh_value *value = xh_doc_at(row->doc, "values", row->index, field);
    if (!value->is_null) {
        *ret = xh_value_dec(value);
    }
    return !value->is_null;
}

static void value_read(const struct row *row, struct xh__mapping_value *ret)
{
    ret->name = row_text(row, "name");
    ret->pointer = row_text(row, "pointer");
    ret->series_code = row_text(row, "series_code");
    ret->unit = row_text(row, "unit");
    ret->series_unit = row_text(row, "series_unit");
    ret->kind = row_text(row, "kind");
    ret->quantity = row_text(row, "quantity");
    ret->direction = row_text(row, "direction");
    ret->true_text = row_text(row, "true_text");
    ret->false_text = row_text(row, "false_text");
    ret->has_scale = row_dec(row, "scale", &ret->scale);
    ret->has_shift = row_dec(row, "shift", &ret->shift);
    ret->omitted_is_zero = row_int(row, "omitted_is_zero") != 0;
    ret->shift_s = row_int(row, "shift_s");
    ret->period_s = row_int(row, "period_s");
    ret->first_byte = (size_t)row_int(row, "first_byte");
    ret->byte_count = (size_t)row_int(row, "byte_count");
    ret->first_bit = (unsigned)row_int(row, "first_bit");
    ret->bit_count = (unsigned)row_int(row, "bit_count");
    ret->is_little = xh_str_is(row_text(row, "byte_order"), "little");
    ret->type = (enum xh__mapping_type)choice_of(row_text(row, "number_type"), types,
                                                 XH__MAPPING_UNSIGNED);
}

static void texts_read(struct xh_arena *arena, const struct xh_doc *doc,
                       struct xh_mapping_rule *rule)
{
    const struct {
        const char *field;
        struct xh_str *to;
    } texts[] = {
        {"code", &rule->code},
        {"topic", &rule->topic},
        {"each_of", &rule->each_of},
        {"when_pointer", &rule->when_pointer},
        {"when_text", &rule->when_text},
        {"series_code", &rule->series_code},
        {"device_code", &rule->device_code},
        {"device_name", &rule->device_name},
        {"device_kind", &rule->device_kind},
        {"place_code", &rule->place_code},
        {"time_pointer", &rule->time_pointer},
        {"clock_pointer", &rule->clock_pointer},
        {"again_pointer", &rule->again_pointer},
    };
    for (size_t i = 0; i < XH_COUNT(texts); i++) {
        *texts[i].to = xh_arena_str(arena, xh_doc_text(doc, texts[i].field));
    }
}

int xh_mapping_rule_read(struct xh_ctx *ctx, const struct xh_doc *doc,
                         const struct xh_mapping_rule **ret, struct xh_err *err)
{
    struct xh_mapping_rule *rule = XH_NEW(ctx->arena, struct xh_mapping_rule);
    struct xh_str zone = xh_doc_text(doc, "zone");
    texts_read(ctx->arena, doc, rule);
    rule->sort_order = xh_doc_int(doc, "sort_order");
    rule->port = xh_doc_int(doc, "port");
    rule->format = (enum xh__mapping_format)choice_of(xh_doc_text(doc, "format"), formats,
                                                      XH__MAPPING_JSON);
    rule->decoder = (enum xh__mapping_decoder)choice_of(xh_doc_text(doc, "decoder"), decoders, 0);
    rule->time_format = (enum xh__mapping_time)choice_of(xh_doc_text(doc, "time_format"), times,
                                                         XH__MAPPING_RFC3339);
    rule->clock_ahead_us =
        (xh_doc_is_null(doc, "clock_ahead_s") ? AHEAD_S : xh_doc_int(doc, "clock_ahead_s")) *
        XH_US_PER_S;
    rule->clock_behind_us = xh_doc_int(doc, "clock_behind_s") * XH_US_PER_S;
    rule->refuses_wrong_clock = xh_str_is(xh_doc_text(doc, "wrong_clock"), "refuse");
    rule->has_decimal_comma = xh_doc_int(doc, "decimal_comma") != 0;
    rule->with_signal = xh_doc_int(doc, "with_signal") != 0;
    rule->creates = xh_doc_int(doc, "creates") != 0;
    rule->value_count = xh_doc_count(doc, "values");
    struct xh__mapping_value *values = XH_NEW_ARRAY(ctx->arena, struct xh__mapping_value,
                                                    rule->value_count + 1);
    for (size_t i = 0; i < rule->value_count; i++) {
        struct row row = {doc, ctx->arena, i};
        value_read(&row, &values[i]);
    }
    rule->values = values;
    rule->zone = xh_registry_zone(xh_ctx_engine(ctx),
                                  zone.len > 0 ? zone : XH_STR("Asia/Ho_Chi_Minh"), err);
    if (rule->zone == NULL) {
        xh_err_prefix(err, "zone ");
        return XH_E_INVALID;
    }
    *ret = rule;
    return XH_E_OK;
}
