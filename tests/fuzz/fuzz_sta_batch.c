/* Batches and cursors of SensorThings: whatever comes is read or refused with a sentence; what was
 * read has a method and an address, and a cursor that was read prints as one that reads back the
 * same. The first byte says what the rest is. */
#include <stdlib.h>

#include "server/sta/sta_batch_internal.h"
#include "server/sta/sta_read_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_requests(const struct xh__sta_requests *requests)
{
    if (requests->count > XH__STA_BATCH_REQUESTS_MAX) {
        abort();
    }
    for (size_t i = 0; i < requests->count; i++) {
        const struct xh__sta_request *r = &requests->items[i];
        if (r->method.len == 0 || r->url.len == 0 || r->group > requests->group_count) {
            abort();
        }
    }
}

static void check_cursor(struct xh_arena *arena, struct xh_str text)
{
    struct xh__odata_value values[2], again[2];
    struct xh_buf first, second;
    int64_t id = 0, id_again = 0;
    if (xh__sta_cursor_parse(arena, text, 2, values, &id, NULL) < 0) {
        return;
    }
    xh_buf_init(&first, 0);
    xh_buf_init(&second, 0);
    xh__sta_cursor_print(&first, values, 2, id);
    if (xh__sta_cursor_parse(arena, xh_buf_str(&first), 2, again, &id_again, NULL) < 0 ||
        id != id_again) {
        abort();
    }
    xh__sta_cursor_print(&second, again, 2, id_again);
    if (!xh_str_equal(xh_buf_str(&first), xh_buf_str(&second))) {
        abort();
    }
    xh_buf_finish(&first);
    xh_buf_finish(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xh_arena *arena = xh_arena_create("fuzz");
    struct xh__sta_requests requests = {.arena = arena};
    struct xh_err err = {0};
    struct xh_str text = {(const char *)data, size};
    text = xh_str_sub(text, 1, size);
    int code = 0;
    if (size == 0 || data[0] == 'c') {
        check_cursor(arena, text);
    } else if (data[0] == 'j') {
        code = xh__sta_json_batch_parse(text, &requests, &err);
    } else {
        code = xh__sta_multipart_parse(XH_STR("multipart/mixed; boundary=b"), text, &requests,
                                       &err);
    }
    if (code < 0 && err.text[0] == '\0') {
        abort();
    }
    if (code >= 0) {
        check_requests(&requests);
    }
    xh_arena_destroy(arena);
    return 0;
}
