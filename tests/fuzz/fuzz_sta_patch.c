/* JSON Patch: the first line is the JSON text, the rest the patch. It is refused with a sentence,
 * or gives JSON; a patch of nothing gives the text back. */
#include <stdlib.h>
#include <string.h>

#include "server/sta/sta_write_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool is_right)
{
    if (!is_right) {
        abort();
    }
}

static bool is_json(struct xh_arena *arena, struct xh_str text)
{
    struct xh_json_reader *r = xh_json_reader_create(arena, text);
    struct xh_str raw;
    return xh_json_raw(r, &raw) && xh_json_next(r) == XH_JSON_END;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xh_str rest = {(const char *)data, size}, json, after;
    struct xh_arena *arena = xh_arena_create("fuzz");
    struct xh_err err = {0};
    if (size > 0 && xh_str_split(&rest, '\n', &json) && is_json(arena, json)) {
        int code = xh__sta_json_patch(arena, json, rest, &after, &err);
        check(code >= 0 ? is_json(arena, after) : err.code == code && err.text[0] != '\0');
        check(xh__sta_json_patch(arena, json, XH_STR("[]"), &after, &err) == XH_E_OK);
        check(xh_str_equal(json, after));
    }
    xh_arena_destroy(arena);
    return 0;
}
