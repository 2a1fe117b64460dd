/* A body of readings, in each format (the first byte says which): every row has an error, or a
 * series and a finite value. */
#include <math.h>
#include <stdlib.h>

#include "server/readings_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    enum xh__readings_format format = data[0] == 'j'   ? XH__READINGS_JSON
                                      : data[0] == 'n' ? XH__READINGS_NDJSON
                                                       : XH__READINGS_CSV;
    struct xh_str body = {(const char *)data + 1, size - 1};
    struct xh__reading_rows rows = {.arena = xh_arena_create("fuzz")};
    struct xh_err err = {0};
    int code = xh__readings_decode(format, body, 12345, &rows, &err);
    if (code < 0 && (err.code != code || err.text[0] == '\0'))
        abort();
    if (code >= 0 && rows.count == 0)
        abort();
    for (size_t i = 0; code >= 0 && i < rows.count; i++) {
        const struct xh__reading_row *row = &rows.items[i];
        if (row->err != NULL ? row->err->text[0] == '\0'
                             : row->reading.series.len == 0 || !isfinite(row->reading.value))
            abort();
    }
    xh_arena_destroy(rows.arena);
    return 0;
}
