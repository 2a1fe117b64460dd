/* Entities of SensorThings as strangers send them: the first byte says which type, the rest is the
 * JSON. It is refused with a sentence, or is a tree whose values are JSON texts, each of its type's
 * properties at most once. */
#include <stdlib.h>

#include "server/sta/sta_write_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool is_right)
{
    if (!is_right) {
        abort();
    }
}

static void check_error(int code, const struct xh_err *err)
{
    check(code >= 0 || (err->code == code && err->text[0] != '\0'));
}

static void check_value(struct xh_arena *arena, struct xh_str json)
{
    struct xh_json_reader *r = xh_json_reader_create(arena, json);
    struct xh_str raw;
    struct xh__sta_unit unit;
    struct xh__odata_value time;
    check(xh_json_raw(r, &raw) && xh_json_next(r) == XH_JSON_END);
    (void)xh__sta_json_time(arena, "time", json, &time, NULL);
    if (xh__sta_unit_parse(arena, "unit", json, &unit, NULL) >= 0) {
        (void)xh__sta_unit_find(unit.symbol, unit.definition);
    }
}

static void check_tree(struct xh_arena *arena, const struct xh__sta_input *input, int depth)
{
    const struct xh__sta_entity_type *type = &xh__sta_types[input->type];
    check(depth <= XH__STA_INPUT_DEPTH_MAX && input->id >= 0);
    for (size_t i = 0; i < type->property_count; i++) {
        if (input->values[i].ptr != NULL) {
            check(!input->is_reference);
            check_value(arena, input->values[i]);
        }
    }
    for (size_t i = 0; i < type->link_count; i++) {
        check(type->links[i].is_many || input->links[i].count <= 1);
        for (size_t k = 0; k < input->links[i].count; k++) {
            check(input->links[i].items[k]->type == type->links[i].target);
            check_tree(arena, input->links[i].items[k], depth + 1);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct xh_arena *arena = xh_arena_create("fuzz");
    struct xh__sta_input *input = NULL;
    struct xh_err err = {0};
    enum xh__sta_type type = (enum xh__sta_type)(data[0] % XH__STA_TYPE_COUNT);
    struct xh_str json = {(const char *)data + 1, size - 1};
    int code = xh__sta_input_parse(arena, type, json, &input, &err);
    check_error(code, &err);
    if (code >= 0) {
        check_tree(arena, input, 1);
        check_error(xh__sta_input_check(input, -1, &err), &err);
    }
    xh_arena_destroy(arena);
    return 0;
}
