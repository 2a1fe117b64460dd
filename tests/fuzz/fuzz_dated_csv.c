/* Dated rows from any bytes: an error or rows that hold what the header promises. */
#include "kernel/dated_csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_row(const struct xh_dated *row)
{
    char text[XH_WEEKDAYS_TEXT_BYTES];
    uint8_t weekdays = 0;

    xh_assert(row->code.len > 0 && row->key.len > 0 && row->source.len > 0);
    xh_assert(row->valid_from < row->valid_to);
    xh_assert(!row->has_quantity_to || xh_dec_compare(row->quantity_from, row->quantity_to) < 0);
    xh_assert(row->minute_from >= 0 && row->minute_to <= 1440);
    size_t len = xh_weekdays_print(row->weekdays, text);
    xh_assert(len < sizeof text);
    xh_assert(xh_weekdays_parse((struct xh_str){text, len}, &weekdays) == 0);
    xh_assert(weekdays == row->weekdays);
}

static void look_up(const struct xh_dated *rows, size_t count)
{
    struct xh_dated_set set = {rows, count};
    const struct xh_dated *found[4];
    int32_t days[4];
    bool is_earlier = false;

    for (size_t i = 0; i < count && i < 16; i++) {
        const struct xh_dated *row = &rows[i];
        char table[128];
        size_t len = row->table.len < sizeof table ? row->table.len : sizeof table - 1;
        for (size_t c = 0; c < len; c++) {
            table[c] = row->table.ptr[c];
        }
        table[len] = '\0';
        xh_assert(xh_dated_on(&set, table, row->key, row->item, row->variant, row->valid_from));
        xh_assert(xh_dated_all_on(&set, table, row->key, row->variant, row->valid_from, found, 4));
        xh_assert(
            xh_dated_latest(&set, table, row->key, row->variant, row->valid_from, &is_earlier));
        xh_assert(!is_earlier);
        xh_assert(xh_dated_changes(&set, table, row->key, row->variant, row->valid_from - 1,
                                   row->valid_from + 1, days, 4) == 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xh_str csv = {(const char *)data, size};
    struct xh_arena *arena = xh_arena_create("fuzz");
    struct xh_dated *rows = NULL;
    struct xh_err err = {0};
    size_t count = 0;
    int code = xh_dated_csv_read(csv, arena, &rows, &count, &err);

    if (code < 0) {
        xh_assert(err.text[0] != '\0');
    } else {
        for (size_t i = 0; i < count; i++) {
            check_row(&rows[i]);
        }
        xh_dated_sort(rows, count);
        look_up(rows, count);
    }
    xh_arena_destroy(arena);
    return 0;
}
