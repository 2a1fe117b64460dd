/* A body of readings, in each format (the first byte says which): every row has an error, or a
 * series and a finite value. What the quick reader makes of a table or of NDJSON is what the exact
 * one makes of it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "server/readings_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool is_right)
{
    if (!is_right) {
        abort();
    }
}

static void check_same(const struct xh__reading_row *row, const struct xh__quick_reading *quick)
{
    check(row->err == NULL && xh_str_equal(row->reading.series, quick->series));
    check(row->reading.at_us == quick->at_us && row->reading.quality == quick->quality);
    check(memcmp(&row->reading.value, &quick->value, sizeof quick->value) == 0);
    check(row->reading.decimals == quick->decimals);
}

/* code, rows: of the exact reader. */
static void check_quick(enum xh__readings_format format, struct xh_str body, int code,
                        const struct xh__reading_rows *rows)
{
    struct xh__quick quick;
    struct xh__quick_reading reading;
    struct xh_arena *scratch = xh_arena_create("line");
    struct xh__reading_rows slow = {.arena = rows->arena};
    int kind = xh__quick_begin(&quick, format, body, 12345, NULL);
    bool is_quick = kind > 0, is_whole = true;
    size_t at = 0;
    check(kind >= 0 || code < 0);
    while (is_quick && is_whole && (kind = xh__quick_next(&quick, &reading)) > 0) {
        slow.count = 0;
        if (kind == 1) {
            check(code < 0 || at < rows->count);
            if (code >= 0) {
                check_same(&rows->items[at], &reading);
            }
            at++;
            continue;
        }
        is_whole = xh__quick_slowly(&quick, scratch, &slow, NULL) >= 0;
        check(is_whole || code < 0);
        at += slow.count;
        xh_arena_reset(scratch);
    }
    check(!is_quick || code < 0 || at == rows->count);
    xh_arena_destroy(scratch);
}

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
    if (format != XH__READINGS_JSON) {
        check_quick(format, body, code, &rows);
    }
    xh_arena_destroy(rows.arena);
    return 0;
}
