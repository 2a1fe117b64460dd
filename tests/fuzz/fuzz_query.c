/* An address: decoded text is valid UTF-8 without NUL and never longer than what came; parameters
 * are those that the pieces between '&' hold. */
#include <stdlib.h>
#include <string.h>

#include "server/server_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(struct xh_str text, size_t len_max)
{
    if (text.len > len_max || !xh_utf8_is_valid(text) ||
        (text.len > 0 && memchr(text.ptr, '\0', text.len) != NULL))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xh_arena *arena = xh_arena_create("fuzz");
    struct xh_str text = {(const char *)data, size}, decoded;
    struct xh__param params[XH__PARAMS_MAX];
    struct xh_err err = {0};
    size_t count = 0;
    if (xh__url_decode(arena, text, false, &decoded, &err) >= 0)
        check_text(decoded, size);
    else if (err.text[0] == '\0')
        abort();
    if (xh__query_parse(arena, text, params, XH__PARAMS_MAX, &count, &err) >= 0) {
        if (count > XH__PARAMS_MAX)
            abort();
        for (size_t i = 0; i < count; i++) {
            check_text((struct xh_str){params[i].name, params[i].name_len}, size);
            check_text(params[i].value, size);
        }
    }
    xh_arena_destroy(arena);
    return 0;
}
