/* A file of outlines: taken whole with a code and a geometry for each feature, or refused with a
 * reason. What is kept of an outline is short enough to be kept. */
#include "app/import_outlines.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xh_arena *arena = xh_arena_create("fuzz");
    struct xh_outlines outlines;
    struct xh_err err = {0};
    struct xh_str text = {(const char *)data, size};
    int code = xh_outlines_parse(arena, text, &outlines, &err);
    if (code < 0 && err.text[0] == '\0') {
        abort();
    }
    for (size_t i = 0; code >= 0 && i < outlines.count; i++) {
        const struct xh_outline *o = &outlines.rows[i];
        if (o->code.len == 0 || o->geometry.len == 0 || o->geometry.len > 256 << 10) {
            abort();
        }
    }
    xh_arena_destroy(arena);
    return 0;
}
