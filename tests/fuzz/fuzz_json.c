/* JSON: what is read is written again, and that text must read as the same tokens. */
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_token(struct xh_json_writer *w, enum xh_json_type type, struct xh_str text)
{
    switch (type) {
    case XH_JSON_OBJECT:
        xh_json_object(w);
        break;
    case XH_JSON_OBJECT_END:
        xh_json_object_end(w);
        break;
    case XH_JSON_ARRAY:
        xh_json_array(w);
        break;
    case XH_JSON_ARRAY_END:
        xh_json_array_end(w);
        break;
    case XH_JSON_NAME:
        xh_json_name_str(w, text);
        break;
    case XH_JSON_STRING:
        xh_json_str(w, text);
        break;
    case XH_JSON_NUMBER:
        xh_json_raw_value(w, text);
        break;
    case XH_JSON_TRUE:
    case XH_JSON_FALSE:
        xh_json_bool(w, type == XH_JSON_TRUE);
        break;
    case XH_JSON_NULL:
        xh_json_null(w);
        break;
    default:
        abort();
    }
}

/* False when the text is refused. */
static bool copy(struct xh_arena *arena, struct xh_str text, bool is_pretty, struct xh_buf *out)
{
    struct xh_json_reader *r = xh_json_reader_create(arena, text);
    struct xh_json_writer w;
    enum xh_json_type type;
    xh_json_writer_init(&w, out, is_pretty);
    while ((type = xh_json_next(r)) != XH_JSON_END) {
        if (type == XH_JSON_ERROR) {
            struct xh_err err;
            if (xh_json_error(r, &err) >= 0) {
                abort();
            }
            return false;
        }
        write_token(&w, type, xh_json_text(r));
    }
    return true;
}

/* Raw text and skipping must judge as the reading of each token does. */
static void check_raw(struct xh_arena *arena, struct xh_str text, bool is_accepted)
{
    struct xh_json_reader *r = xh_json_reader_create(arena, text);
    struct xh_str raw;
    bool is_whole = xh_json_raw(r, &raw) && xh_json_next(r) == XH_JSON_END;
    if (is_whole != is_accepted) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xh_arena *arena = xh_arena_create("fuzz");
    struct xh_str text = {(const char *)data, size};
    struct xh_buf first = {0}, pretty = {0}, again = {0};
    bool is_accepted = copy(arena, text, false, &first);
    check_raw(arena, text, is_accepted);
    if (is_accepted) {
        if (!copy(arena, xh_buf_str(&first), true, &pretty) ||
            !copy(arena, xh_buf_str(&pretty), false, &again) ||
            !xh_str_equal(xh_buf_str(&first), xh_buf_str(&again))) {
            abort();
        }
    }
    xh_buf_finish(&first);
    xh_buf_finish(&pretty);
    xh_buf_finish(&again);
    xh_arena_destroy(arena);
    return 0;
}
