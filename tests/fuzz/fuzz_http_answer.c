/* HTTP answers: fed whole and in pieces, always the same outcome, and never beyond the limits. The
 * first byte says how long the pieces are. */
#include "app/http_answer.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BODY_BYTES_MAX = 4096 };

static int feed(struct xh_http_answer *answer, const char *bytes, size_t len, size_t piece)
{
    int code = 0;
    for (size_t at = 0; at < len && code == 0 && !answer->is_done;) {
        size_t n = len - at < piece ? len - at : piece, used = 0;
        code = xh_http_answer_feed(answer, bytes + at, n, &used, NULL);
        if (code == 0 && (used > n || (used < n && !answer->is_done))) {
            abort();
        }
        at += used;
    }
    return code == 0 && !answer->is_done ? xh_http_answer_end(answer, NULL) : code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct xh_http_answer whole, pieces;
    const char *bytes = (const char *)data + 1;
    xh_http_answer_init(&whole, BODY_BYTES_MAX);
    xh_http_answer_init(&pieces, BODY_BYTES_MAX);
    int a = feed(&whole, bytes, size - 1, size);
    int b = feed(&pieces, bytes, size - 1, 1 + data[0] % 17u);
    if (a != b || whole.status != pieces.status || whole.body.len > BODY_BYTES_MAX ||
        (a == 0 && !xh_str_equal(xh_buf_str(&whole.body), xh_buf_str(&pieces.body)))) {
        abort();
    }
    (void)xh_http_answer_header(&whole, "Content-Type");
    xh_http_answer_finish(&whole);
    xh_http_answer_finish(&pieces);
    return 0;
}
