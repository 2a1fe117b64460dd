/* Messages: whatever comes, by whatever format, gives readings that are finite and have a series,
 * or faults that say why. The first byte chooses the format, the second the decoder; then a topic
 * up to a line's end, then the payload. Descriptions, templates, pointers and bytes as text are
 * read from the same payload. */
#include <math.h>
#include <stdlib.h>

#include "service/mapping_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct xh__mapping_value values[] = {
    {.name = {"a", 1}, .pointer = {"/a", 2}, .unit = {"kWh", 3}, .byte_count = 4},
    {.name = {"b", 1},
     .pointer = {"/b/0/~1", 7},
     .omitted_is_zero = true,
     .first_byte = 3,
     .byte_count = 8,
     .first_bit = 7,
     .bit_count = 57,
     .type = XH__MAPPING_SIGNED,
     .has_scale = true,
     .scale = {1, 18}},
    {.name = {"c", 1}, .byte_count = 8, .type = XH__MAPPING_BCD},
    {.name = {"d", 1}, .byte_count = 8, .type = XH__MAPPING_FLOAT, .is_little = true},
};

static void check(const struct xh_mapping_result *result)
{
    for (size_t i = 0; i < result->count; i++) {
        const struct xh_mapping_reading *r = &result->readings[i];
        if (!isfinite(r->value) || r->series.len == 0) {
            abort();
        }
    }
    for (size_t i = 0; i < result->fault_count; i++) {
        if (result->faults[i].err.text[0] == '\0') {
            abort();
        }
    }
}

static void read_parts(struct xh_arena *arena, struct xh_str topic, struct xh_str payload)
{
    struct xh__mapping_discovered *items = XH_NEW_ARRAY(arena, struct xh__mapping_discovered,
                                                        XH__MAPPING_DISCOVERED_MAX);
    const struct xh__mapping_node *node = NULL;
    struct xh_str bytes;
    ptrdiff_t count = xh__mapping_ha_read(arena, topic, payload, items, NULL);
    if (count > XH__MAPPING_DISCOVERED_MAX) {
        abort();
    }
    (void)xh__mapping_ha_template(arena, payload, &items[0]);
    if (xh__mapping_hex(arena, payload, &bytes, NULL) >= 0 && bytes.len > payload.len / 2) {
        abort();
    }
    (void)xh__mapping_base64(arena, payload, &bytes, NULL);
    if (xh__mapping_tree(arena, payload, &node, NULL) >= 0) {
        (void)xh__mapping_at(node, topic);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3) {
        return 0;
    }
    struct xh_arena *arena = xh_arena_create("fuzz");
    struct xh_str rest = {(const char *)data + 2, size - 2}, topic;
    (void)xh_str_split(&rest, '\n', &topic);
    struct xh_mapping_rule rule = {
        .code = XH_STR("fuzz"),
        .topic = XH_STR("{x}/#"),
        .series_code = XH_STR("{topic.x}.{name}.{json:/id|none}"),
        .time_pointer = XH_STR("/t"),
        .when_pointer = data[1] & 4 ? XH_STR("/w") : XH_STR(""),
        .each_of = data[1] & 8 ? XH_STR("/rows") : XH_STR(""),
        .format = (enum xh__mapping_format)(data[0] % 10),
        .decoder = (enum xh__mapping_decoder)(data[1] & 3) % 3,
        .time_format = (enum xh__mapping_time)((data[1] >> 4 & 3) % 3), /* local needs a zone */
        .has_decimal_comma = (data[1] & 64) != 0,
        .with_signal = true,
        .values = values,
        .value_count = data[1] & 128 ? 0 : XH_COUNT(values),
    };
    const struct xh_mapping_rule *items[] = {&rule};
    struct xh_mapping_rules rules = {items, 1, NULL};
    struct xh_mapping_message message = {topic, rest, {NULL, 0}, INT64_C(1767225600000000)};
    struct xh_mapping_result result;
    if (xh_mapping_apply(arena, &rules, &message, &result, NULL) >= 0) {
        check(&result);
    }
    read_parts(arena, topic, rest);
    xh_arena_destroy(arena);
    return 0;
}
