/* CSV: read whole, read in pieces, and written again and read: always the same records. The first
 * byte says how long the pieces are. */
#include "base/csv.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads and writes again with commas. Returns the code of the end. */
static int copy(struct xh_str text, size_t piece, char separator, struct xh_buf *out)
{
    struct xh_csv_reader *r = xh_csv_reader_create(separator);
    struct xh_csv_writer w;
    const struct xh_str *fields;
    size_t count, at = 0;
    int rc = 0;
    xh_csv_writer_init(&w, out);
    do {
        struct xh_str part = xh_str_sub(text, at, piece);
        at += part.len;
        xh_csv_feed(r, part.ptr, part.len, at == text.len);
        while ((rc = xh_csv_next(r, &fields, &count, NULL)) > 0) {
            for (size_t i = 0; i < count; i++) {
                xh_csv_field(&w, fields[i]);
            }
            xh_csv_end(&w);
        }
    } while (rc == 0 && at < text.len);
    xh_csv_reader_destroy(r);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct xh_str text = {(const char *)data + 1, size - 1};
    struct xh_buf whole = {0}, pieces = {0}, again = {0};
    int rc = copy(text, text.len + 1, 0, &whole);
    if (copy(text, 1 + data[0] % 32u, 0, &pieces) != rc ||
        !xh_str_equal(xh_buf_str(&whole), xh_buf_str(&pieces))) {
        abort();
    }
    /* What was written is CSV, and quoting adds at most 2 bytes a field, which the limits allow. */
    if (copy(xh_buf_str(&whole), 4096, ',', &again) != 0 ||
        !xh_str_equal(xh_buf_str(&whole), xh_buf_str(&again))) {
        abort();
    }
    xh_buf_finish(&whole);
    xh_buf_finish(&pieces);
    xh_buf_finish(&again);
    return 0;
}
