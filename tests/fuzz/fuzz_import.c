/* A file of readings: the guess of its columns, a mapping said by the user (the first line), and
 * the times of its rows. Whatever stands in it, the mapping is either refused or names only columns
 * that are there. */
#include "app/import.h"

#include <stdlib.h>

#include "base/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_sample(struct xh_str csv, struct xh_arena *arena, struct xh_import_sample *sample)
{
    struct xh_csv_reader *reader = xh_csv_reader_create(0);
    const struct xh_str *fields = NULL;
    size_t count = 0;
    xh_csv_feed(reader, csv.ptr, csv.len, true);
    while (sample->row_count < 40 && xh_csv_next(reader, &fields, &count, NULL) == 1) {
        struct xh_str *copy = XH_NEW_ARRAY(arena, struct xh_str, count);
        for (size_t i = 0; i < count; i++) {
            copy[i] = xh_arena_str(arena, fields[i]);
        }
        sample->rows[sample->row_count] = copy;
        sample->counts[sample->row_count++] = count;
    }
    xh_csv_reader_destroy(reader);
}

static void check(const struct xh_import_map *map, const struct xh_import_sample *sample)
{
    struct xh_zone *zone = xh_zone_fixed(XH_STR("+07:00"), 7 * 3600);
    enum xh_civil_kind kind;
    int64_t at_us = 0, last_us = INT64_MIN;
    if (map->time >= map->column_count ||
        (map->series != SIZE_MAX && map->series >= map->column_count)) {
        abort();
    }
    for (size_t row = 0; row < sample->row_count; row++) {
        if (map->time < sample->counts[row] &&
            xh_import_time(map, zone, sample->rows[row][map->time], last_us, &at_us, &kind) == 0) {
            if (at_us < XH_TIME_MIN || at_us > XH_TIME_MAX) {
                abort();
            }
            last_us = at_us;
        }
    }
    xh_zone_destroy(zone);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xh_str text = {(const char *)data, size}, said, rest = text;
    struct xh_arena *arena = xh_arena_create("fuzz");
    struct xh_import_sample *sample = XH_NEW(arena, struct xh_import_sample);
    const struct xh_import_wish wish = {0};
    struct xh_import_map map;
    struct xh_err err;
    if (size > 0 && xh_str_split(&rest, '\n', &said)) {
        read_sample(rest, arena, sample);
        if (xh_import_guess(sample, &wish, XH_STR("file"), arena, &map, &err) == 0 &&
            xh_import_map_apply(&map, said, arena, &err) == 0 &&
            xh_import_map_check(&map, &err) == 0) {
            check(&map, sample);
        }
    }
    xh_arena_destroy(arena);
    return 0;
}
