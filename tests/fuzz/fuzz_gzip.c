/* gzip: whatever comes, what comes out stays below the limits, and the pieces do not matter. */
#include "base/gzip.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_BYTES = 1 << 20 };

static int unpack(struct xh_str packed, size_t piece, unsigned max_ratio, struct xh_buf *out)
{
    struct xh_gunzip *z = xh_gunzip_create(MAX_BYTES, max_ratio);
    int rc = 0;
    for (size_t at = 0; at < packed.len && rc == 0; at += piece) {
        struct xh_str part = xh_str_sub(packed, at, piece);
        rc = xh_gunzip_feed(z, part.ptr, part.len, out, NULL);
    }
    if (rc == 0) {
        rc = xh_gunzip_end(z, NULL);
    }
    xh_gunzip_destroy(z);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xh_str input = {(const char *)data, size};
    struct xh_buf whole = {0}, pieces = {0}, packed = {0}, back = {0};
    int rc = unpack(input, size + 1, 0, &whole);
    int rc_pieces = unpack(input, 5, 0, &pieces);
    if (whole.len > MAX_BYTES || (rc == 0) != (rc_pieces == 0)) {
        abort();
    }
    if (rc == 0 && !xh_str_equal(xh_buf_str(&whole), xh_buf_str(&pieces))) {
        abort();
    }
    if (rc < 0 && unpack(input, size + 1, 100, &back) == 0) {
        abort();
    }
    xh_buf_clear(&back);
    if (size < 64 << 10 && (xh_gzip(input, 6, &packed, NULL) != 0 ||
                            unpack(xh_buf_str(&packed), 4096, 0, &back) != 0 ||
                            !xh_str_equal(xh_buf_str(&back), input))) {
        abort();
    }
    xh_buf_finish(&whole);
    xh_buf_finish(&pieces);
    xh_buf_finish(&packed);
    xh_buf_finish(&back);
    return 0;
}
