/* import_scan.c: once through the file, before anything is written: what it is and what its clock
 * shows. */
#include <stdio.h>
#include <stdlib.h>

#include "app/import.h"
#include "base/map.h"
#include "base/num.h"
#include "kernel/shape.h"

enum { STEPS_MAX = 1000 };

int xh_import_zone(const struct xh_env *env, struct xh_str name, struct xh_zone **ret,
                   struct xh_err *err)
{
    int64_t hours, minutes;
    bool is_fixed = name.len == 6 && (name.ptr[0] == '+' || name.ptr[0] == '-') &&
                    name.ptr[3] == ':' && xh_int_parse(xh_str_sub(name, 1, 2), &hours) == 0 &&
                    xh_int_parse(xh_str_sub(name, 4, 2), &minutes) == 0;

    if (!is_fixed) {
        return xh_zone_load(env, name, ret, err);
    }
    if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59) {
        return xh_err_field(err, XH_E_INVALID, "zone", name, "-14:00 to +14:00", NULL,
                            "the offset '%.*s' is out of range", XH_STR_ARG(name));
    }
    int seconds = (int)(hours * 3600 + minutes * 60);
    *ret = xh_zone_fixed(name, name.ptr[0] == '-' ? -seconds : seconds);
    return 0;
}

int xh_import_time(const struct xh_import_map *map, const struct xh_zone *zone, struct xh_str field,
                   int64_t last_us, int64_t *ret_us, enum xh_civil_kind *ret_kind)
{
    struct xh_civil civil;
    int64_t number;

    *ret_kind = XH_CIVIL_ONCE;
    field = xh_str_trim(field);
    if (map->clock == XH_CLOCK_UNIX_S || map->clock == XH_CLOCK_UNIX_MS) {
        int64_t unit_us = map->clock == XH_CLOCK_UNIX_S ? XH_US_PER_S : 1000;
        if (xh_int_parse(field, &number) < 0 || number < 0 || number > XH_TIME_MAX / unit_us) {
            return XH_E_INVALID;
        }
        *ret_us = number * unit_us;
        return 0;
    }
    if (xh_import_instant(field, ret_us) == 0) {
        return 0;
    }
    if (xh_civil_parse(field, &civil, NULL) < 0) {
        return XH_E_INVALID;
    }
    *ret_us = xh_zone_to_us(zone, &civil, false, ret_kind);
    if (*ret_kind == XH_CIVIL_TWICE && last_us != INT64_MIN && *ret_us <= last_us) {
        *ret_us = xh_zone_to_us(zone, &civil, true, NULL);
    }
    return 0;
}

static struct xh_str trimmed(const struct xh_str *fields, size_t count, size_t at)
{
    return at < count ? xh_str_trim(fields[at]) : xh_str_from(NULL);
}

/* "8:05", "24:00", "17": minutes and seconds of a day; the hour 24 moves the day on. */
static bool join_time_of_day(struct xh_str day, struct xh_str clock,
                             char text[XH_IMPORT_WHEN_BYTES])
{
    int64_t parts[3] = {0, 0, 0};
    struct xh_str one;
    struct xh_civil civil;

    if (!xh_import_is_time_of_day(clock, true) || xh_civil_parse(day, &civil, NULL) < 0) {
        return false;
    }
    for (size_t i = 0; i < XH_COUNT(parts) && xh_str_split(&clock, ':', &one); i++) {
        (void)xh_int_parse(one, &parts[i]);
    }
    int32_t date = xh_day_from_civil(civil.year, civil.month, civil.day);
    if (parts[0] == 24) {
        if (parts[1] != 0 || parts[2] != 0) {
            return false;
        }
        date++;
        parts[0] = 0;
    }
    size_t len = xh_day_print(date, text);
    (void)snprintf(text + len, XH_IMPORT_WHEN_BYTES - len, " %02d:%02d:%02d", (int)parts[0],
                   (int)parts[1], (int)parts[2]);
    return true;
}

struct xh_str xh_import_when(const struct xh_import_map *map, const struct xh_str *fields,
                             size_t count, char text[XH_IMPORT_WHEN_BYTES])
{
    struct xh_str field = trimmed(fields, count, map->time);

    if (map->time_of_day == SIZE_MAX) {
        return field;
    }
    struct xh_str clock = trimmed(fields, count, map->time_of_day);
    if (join_time_of_day(field, clock, text)) {
        return xh_str_from(text);
    }
    int len = snprintf(text, XH_IMPORT_WHEN_BYTES, "%.*s %.*s",
                       XH_STR_ARG(xh_str_sub(field, 0, 30)), XH_STR_ARG(xh_str_sub(clock, 0, 30)));
    return (struct xh_str){text, (size_t)len};
}

struct scan {
    struct xh_app *app;
    const struct xh_import_wish *wish;
    struct xh_str stem;
    const struct xh_str *maps;
    size_t map_count;
    struct xh_import_scan *out;
    struct xh_import_sample sample;
    bool is_guessed;
    struct xh_zone *zone;
    struct xh_map *series;
    int64_t previous_us;
    int64_t steps_us[STEPS_MAX];
    size_t step_count;
};

static void count_series(struct scan *s, struct xh_str name)
{
    if (xh_map_count(s->series) < XH_IMPORT_SERIES_MAX && !xh_map_get(s->series, name)) {
        struct xh_str kept = xh_arena_str(s->app->arena, name);
        (void)xh_map_put(s->series, kept, s);
        if (s->out->first_series_count < XH_IMPORT_FIRST_SERIES) {
            s->out->first_series[s->out->first_series_count++] = kept;
        }
    }
}

static void look_at_row(struct scan *s, const struct xh_str *fields, size_t count)
{
    const struct xh_import_map *map = &s->out->map;
    char text[XH_IMPORT_WHEN_BYTES];
    enum xh_civil_kind kind;
    int64_t at_us;

    s->out->row_count++;
    for (size_t c = 0; c < count && c < map->column_count; c++) {
        s->out->value_count += map->columns[c].role == XH_IMPORT_VALUE &&
                               !xh_import_is_empty(xh_str_trim(fields[c]));
    }
    if (map->series != SIZE_MAX && map->series < count) {
        count_series(s, xh_str_trim(fields[map->series]));
    }
    struct xh_str when = xh_import_when(map, fields, count, text);
    if (when.len == 0 || xh_import_time(map, s->zone, when, s->previous_us, &at_us, &kind) < 0) {
        return;
    }
    s->out->never_count += kind == XH_CIVIL_NEVER;
    if (at_us < s->out->first_us) {
        s->out->first_us = at_us;
    }
    if (at_us > s->out->last_us) {
        s->out->last_us = at_us;
    }
    if (s->step_count < STEPS_MAX && s->previous_us != INT64_MIN && at_us > s->previous_us) {
        s->steps_us[s->step_count++] = at_us - s->previous_us;
    }
    s->previous_us = at_us;
}

static int guess(struct scan *s, struct xh_err *err)
{
    struct xh_import_map *map = &s->out->map;
    int code = xh_import_guess(&s->sample, s->wish, s->stem, s->app->arena, map, err);

    for (size_t i = 0; i < s->map_count && code == 0; i++) {
        code = xh_import_map_apply(map, s->maps[i], s->app->arena, err);
    }
    if (code == 0) {
        code = xh_import_map_check(map, err);
    }
    if (code == 0) {
        code = xh_import_zone(s->app->env, map->zone, &s->zone, err);
    }
    if (code < 0) {
        return code;
    }
    s->is_guessed = true;
    for (size_t row = map->has_header ? 1 : 0; row < s->sample.row_count; row++) {
        look_at_row(s, s->sample.rows[row], s->sample.counts[row]);
    }
    return 0;
}

static int take_row(void *arg, uint64_t line, const struct xh_str *fields, size_t count,
                    struct xh_err *err)
{
    struct scan *s = arg;
    struct xh_import_sample *sample = &s->sample;

    if (count > XH_IMPORT_COLUMNS_MAX) {
        return xh_err_set(err, XH_E_TOO_LARGE, "line %llu has %zu columns, at most %d are read",
                          (unsigned long long)line, count, XH_IMPORT_COLUMNS_MAX);
    }
    if (s->is_guessed) {
        look_at_row(s, fields, count);
        return xh_stop_is_asked() ? xh_err_set(err, XH_E_CANCELLED, "stopped") : 0;
    }
    struct xh_str *copy = XH_NEW_ARRAY(s->app->arena, struct xh_str, count ? count : 1);
    for (size_t i = 0; i < count; i++) {
        copy[i] = xh_arena_str(s->app->arena, fields[i]);
    }
    sample->rows[sample->row_count] = copy;
    sample->counts[sample->row_count++] = count;
    return sample->row_count == XH_IMPORT_SAMPLE_ROWS ? guess(s, err) : 0;
}

static int compare_steps(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static bool is_month(int64_t step_us)
{
    return step_us >= 28 * XH_US_PER_DAY && step_us <= 31 * XH_US_PER_DAY;
}

/* The median step, when half of all are like it and it is a whole number of seconds. A single step
 * is only believed when it divides a day, or is whole days. */
static int64_t usual_period_s(struct scan *s)
{
    size_t alike = 0;

    if (s->step_count == 0) {
        return 0;
    }
    qsort(s->steps_us, s->step_count, sizeof s->steps_us[0], compare_steps);
    int64_t step_us = s->steps_us[s->step_count / 2];
    for (size_t i = 0; i < s->step_count; i++) {
        alike += s->steps_us[i] == step_us || (is_month(step_us) && is_month(s->steps_us[i]));
    }
    bool is_odd = XH_US_PER_DAY % step_us != 0 && step_us % XH_US_PER_DAY != 0;
    if (alike * 2 < s->step_count || (s->step_count == 1 && is_odd) || step_us % XH_US_PER_S != 0 ||
        step_us > 366 * XH_US_PER_DAY) {
        return 0;
    }
    return step_us / XH_US_PER_S;
}

/* The lower offset of the two that a zone with summer time has in a year. */
static struct xh_str winter_offset(struct scan *s)
{
    int64_t half_year_us = 182 * XH_US_PER_DAY;
    int a = xh_zone_offset_s(s->zone, s->out->first_us);
    int b = xh_zone_offset_s(s->zone, s->out->first_us + half_year_us);
    int offset_s = a < b ? a : b, absolute = offset_s < 0 ? -offset_s : offset_s;

    return xh_arena_format(s->app->arena, "%c%02d:%02d", offset_s < 0 ? '-' : '+', absolute / 3600,
                           absolute % 3600 / 60);
}

static int64_t same_clock(const struct xh_zone *from, const struct xh_zone *to, int64_t at_us)
{
    struct xh_civil civil;
    xh_zone_to_civil(from, at_us, &civil);
    return xh_zone_to_us(to, &civil, false, NULL);
}

/* A clock that shows times which its zone skips does not follow the zone: it stands still at the
 * zone's winter time the year round. */
static int settle_zone(struct scan *s, struct xh_err *err)
{
    struct xh_import_scan *out = s->out;
    struct xh_zone *fixed = NULL;

    if (out->never_count == 0) {
        return 0;
    }
    out->map.zone = winter_offset(s);
    out->map.is_zone_fixed_by_guess = true;
    int code = xh_import_zone(s->app->env, out->map.zone, &fixed, err);
    if (code < 0) {
        return code;
    }
    out->first_us = same_clock(s->zone, fixed, out->first_us);
    out->last_us = same_clock(s->zone, fixed, out->last_us);
    xh_zone_destroy(fixed);
    return 0;
}

int xh_import_scan(struct xh_app *app, struct xh_import_source *source,
                   const struct xh_import_wish *wish, struct xh_str stem, const struct xh_str *maps,
                   size_t map_count, struct xh_import_scan *ret, struct xh_err *err)
{
    struct xh_sha256 sha;
    struct scan *s = xh_alloc(sizeof *s);

    *ret = (struct xh_import_scan){.first_us = INT64_MAX, .last_us = INT64_MIN};
    s->app = app;
    s->wish = wish;
    s->stem = stem;
    s->maps = maps;
    s->map_count = map_count;
    s->out = ret;
    s->previous_us = INT64_MIN;
    s->series = xh_map_create(0);
    xh_sha256_init(&sha);
    int code = xh_import_source_read(source, &sha, take_row, s, err);
    if (code == 0 && !s->is_guessed) {
        code = guess(s, err);
    }
    if (code == 0 && ret->first_us > ret->last_us) {
        code = xh_err_field(err, XH_E_INVALID, "time", ret->map.columns[ret->map.time].sample,
                            "2025-06-15T08:00, with or without an offset", NULL,
                            "no row has a time that can be read");
    }
    if (code == 0) {
        xh_sha256_end(&sha, ret->sha256);
        ret->map.period_s = ret->map.shown_period_s = usual_period_s(s);
        ret->series_count = xh_map_count(s->series);
        code = settle_zone(s, err);
    }
    xh_map_destroy(s->series);
    xh_zone_destroy(s->zone);
    free(s);
    return code;
}
