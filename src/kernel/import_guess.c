/* import_guess.c: which column is what.
 *
 * Times are told by their form, numbers by theirs; what a column of numbers measures is told by the
 * words of its name: the table below. What no word tells becomes a plain gauge of unit 1, and the
 * mapping that is shown before anything happens says so. */
#include "kernel/import_guess.h"

#include <string.h>

#include "base/num.h"
#include "base/time.h"
#include "kernel/shape.h"

enum { WORDS_MAX = 16 };

#define ELECTRIC "electricity_meter"

/* A row fits when all its words are in the name. The first that fits wins. */
static const struct {
    const char *words[4];
    const char *series, *quantity, *unit, *kind, *direction, *device_kind;
} names[] = {
    {{"pv", "w", "per", "kw"}, "pv_w_per_kw", "pv_w_per_kw", "permille", "gauge", "", "other"},
    {{"price"}, "price", "price", "1", "gauge", "", "other"},
    {{"co2"}, "co2", "co2", "1", "gauge", "", "other"},
    {{"pv", "kwh"}, "solar", "energy.solar", "kWh", "interval", "production", ELECTRIC},
    {{"solar", "kwh"}, "solar", "energy.solar", "kWh", "interval", "production", ELECTRIC},
    {{"export", "kwh"}, "export", "energy.export", "kWh", "interval", "export", ELECTRIC},
    {{"wh", "m2"}, "", "irradiation", "1", "gauge", "", "other"},
    {{"kwh"}, "electricity", "energy.electricity", "kWh", "interval", "use", ELECTRIC},
    {{"mwh"}, "electricity", "energy.electricity", "MWh", "interval", "use", ELECTRIC},
    {{"wh"}, "electricity", "energy.electricity", "Wh", "interval", "use", ELECTRIC},
    {{"w", "m2"}, "", "irradiance", "W/m2", "gauge", "", "other"},
    {{"gc"}, "electricity", "energy.electricity", "kW", "power", "use", ELECTRIC},
    {{"gg"}, "solar", "energy.solar", "kW", "power", "production", ELECTRIC},
    {{"pv", "kw"}, "solar", "energy.solar", "kW", "power", "production", ELECTRIC},
    {{"solar", "kw"}, "solar", "energy.solar", "kW", "power", "production", ELECTRIC},
    {{"kw"}, "electricity", "energy.electricity", "kW", "power", "use", ELECTRIC},
    {{"mw"}, "electricity", "energy.electricity", "MW", "power", "use", ELECTRIC},
    {{"w"}, "electricity", "energy.electricity", "W", "power", "use", ELECTRIC},
    {{"water", "m3"}, "water", "water.consumption", "m3", "interval", "use", "water_meter"},
    {{"nuoc"}, "water", "water.consumption", "m3", "interval", "use", "water_meter"},
    {{"water"}, "water", "water.consumption", "m3", "interval", "use", "water_meter"},
    {{"gas", "m3"}, "gas", "energy.gas", "m3", "interval", "use", "gas_meter"},
    {{"m3", "h"}, "flow", "water.flow", "m3/h", "gauge", "", "water_meter"},
    {{"m3"}, "water", "water.consumption", "m3", "interval", "use", "water_meter"},
    {{"voltage"}, "voltage", "energy.voltage", "V", "gauge", "", ELECTRIC},
    {{"current"}, "current", "energy.current", "A", "gauge", "", ELECTRIC},
    {{"temp", "f"}, "temperature", "temperature", "degF", "gauge", "", "other"},
    {{"temp"}, "temperature", "temperature", "degC", "gauge", "", "other"},
    {{"temperature"}, "temperature", "temperature", "degC", "gauge", "", "other"},
    {{"nhiet"}, "temperature", "temperature", "degC", "gauge", "", "other"},
    {{"rh"}, "humidity", "humidity", "%", "gauge", "", "other"},
    {{"humidity"}, "humidity", "humidity", "%", "gauge", "", "other"},
    {{"dien"}, "electricity", "energy.electricity", "kWh", "interval", "use", ELECTRIC},
};

/* ---- fields ---- */

bool xh_import_is_empty(struct xh_str field)
{
    static const char *const nothing[] = {"", "na", "nan", "n/a", "null", "none", "-"};

    if (field.len > 4 || (field.len > 0 && xh_char_is_digit(field.ptr[0]))) {
        return false; /* the usual field costs no comparison */
    }
    for (size_t i = 0; i < XH_COUNT(nothing); i++) {
        if (xh_str_equal_nocase(field, xh_str_from(nothing[i]))) {
            return true;
        }
    }
    return false;
}

static bool number_of(struct xh_str field, bool is_decimal_comma, double *ret)
{
    char text[64];

    if (!is_decimal_comma) {
        return xh_num_parse(field, ret, NULL) == 0;
    }
    if (field.len > sizeof text) {
        return false;
    }
    for (size_t i = 0; i < field.len; i++) {
        text[i] = field.ptr[i] == ',' ? '.' : field.ptr[i];
    }
    return xh_num_parse((struct xh_str){text, field.len}, ret, NULL) == 0;
}

bool xh_import_is_number(struct xh_str field, bool is_decimal_comma)
{
    double value;
    return number_of(field, is_decimal_comma, &value);
}

int xh_import_instant(struct xh_str field, int64_t *ret_us)
{
    enum { MINUTES_END = 16 }; /* "2025-06-15T08:00" */
    char text[XH_TIME_TEXT_BYTES];

    if (xh_time_parse(field, ret_us, NULL) == 0) {
        return 0;
    }
    if (field.len <= MINUTES_END || field.len + 3 > sizeof text ||
        !strchr("+-Zz", field.ptr[MINUTES_END])) {
        return XH_E_INVALID;
    }
    memcpy(text, field.ptr, MINUTES_END);
    memcpy(text + MINUTES_END, ":00", 3);
    memcpy(text + MINUTES_END + 3, field.ptr + MINUTES_END, field.len - MINUTES_END);
    return xh_time_parse((struct xh_str){text, field.len + 3}, ret_us, NULL);
}

static bool is_time(struct xh_str field, enum xh_import_clock *clock)
{
    struct xh_civil civil;
    int64_t at, number;

    if (field.len >= 8 && xh_import_instant(field, &at) == 0) {
        *clock = XH_CLOCK_INSTANT;
    } else if (field.len >= 8 && xh_civil_parse(field, &civil, NULL) == 0) {
        *clock = XH_CLOCK_LOCAL;
    } else if (xh_int_parse(field, &number) == 0 && number >= 500000000 && number < 5000000000) {
        *clock = XH_CLOCK_UNIX_S; /* 1985 to 2128: a plain number is seldom that large */
    } else if (xh_int_parse(field, &number) == 0 && number >= 500000000000 &&
               number < 5000000000000) {
        *clock = XH_CLOCK_UNIX_MS;
    } else {
        return false;
    }
    return true;
}

bool xh_import_is_time_of_day(struct xh_str field, bool is_hour)
{
    int64_t hour, part;
    struct xh_str rest = field, one;
    size_t count = 0;

    if (is_hour && xh_str_find_char(field, ':') < 0) {
        return xh_int_parse(field, &hour) == 0 && hour >= 0 && hour <= 24;
    }
    for (; xh_str_split(&rest, ':', &one); count++) {
        bool is_good = one.len >= 1 && one.len <= 2 && xh_int_parse(one, &part) == 0 && part >= 0;
        if (!is_good || part > (count == 0 ? 24 : 59)) {
            return false;
        }
    }
    return count == 2 || count == 3;
}

struct xh_str xh_import_code(struct xh_arena *arena, struct xh_str text)
{
    char *folded = xh_arena_alloc(arena, text.len + 1);
    size_t len = xh_str_fold(text, folded), out = 0;

    for (size_t i = 0; i < len; i++) {
        char c = folded[i];
        bool is_fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
                       c == '/' || c == '-';
        if (is_fine) {
            folded[out++] = c;
        } else if (out > 0 && folded[out - 1] != '-') {
            folded[out++] = '-';
        }
    }
    while (out > 0 && folded[out - 1] == '-') {
        out--;
    }
    return (struct xh_str){folded, out};
}

/* ---- the words of a name ---- */

struct words {
    struct xh_str at[WORDS_MAX];
    size_t count;
};

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static void split_words(struct xh_str folded, struct words *words)
{
    size_t from = 0;

    words->count = 0;
    for (size_t i = 0; i <= folded.len; i++) {
        if (i < folded.len && is_word_char(folded.ptr[i])) {
            continue;
        }
        if (i > from && words->count < WORDS_MAX) {
            words->at[words->count++] = xh_str_sub(folded, from, i - from);
        }
        from = i + 1;
    }
}

static bool has_word(const struct words *words, const char *word)
{
    for (size_t i = 0; i < words->count; i++) {
        if (xh_str_is(words->at[i], word)) {
            return true;
        }
    }
    return false;
}

static size_t find_name(const struct words *words)
{
    for (size_t i = 0; i < XH_COUNT(names); i++) {
        bool fits = true;
        for (size_t k = 0; k < XH_COUNT(names[i].words) && names[i].words[k]; k++) {
            fits &= has_word(words, names[i].words[k]);
        }
        if (fits) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* "load_kwh_7" is the seventh of its kind: number 7, so that a place of its own is made for it. */
static struct xh_str trailing_number(const struct words *words)
{
    int64_t number;

    if (words->count < 2 || xh_int_parse(words->at[words->count - 1], &number) < 0) {
        return xh_str_from(NULL);
    }
    return words->at[words->count - 1];
}

/* ---- columns ---- */

struct guess {
    const struct xh_import_sample *sample;
    const struct xh_import_wish *wish;
    struct xh_arena *arena;
    struct xh_import_map *map;
    struct xh_str place;
};

static struct xh_str field_at(const struct guess *g, size_t row, size_t column)
{
    return column < g->sample->counts[row] ? xh_str_trim(g->sample->rows[row][column])
                                           : xh_str_from(NULL);
}

static size_t first_row(const struct guess *g)
{
    return g->map->has_header ? 1 : 0;
}

/* A header has no numbers and no times where the rows below have them. */
static bool looks_like_header(const struct guess *g)
{
    enum xh_import_clock clock;
    bool has_words = false;

    for (size_t c = 0; c < g->sample->counts[0]; c++) {
        struct xh_str field = field_at(g, 0, c);
        if (xh_import_is_number(field, false) || is_time(field, &clock)) {
            return false;
        }
        has_words |= field.len > 0;
    }
    return has_words;
}

/* Nearly all values that are there are times, of one form. */
static bool column_is_time(const struct guess *g, size_t column, enum xh_import_clock *clock)
{
    enum xh_import_clock one = XH_CLOCK_INSTANT;
    size_t times = 0, others = 0;

    for (size_t row = first_row(g); row < g->sample->row_count; row++) {
        struct xh_str field = field_at(g, row, column);
        if (field.len == 0) {
            continue;
        }
        if (!is_time(field, &one) || (times > 0 && one != *clock)) {
            others++;
            continue;
        }
        *clock = one;
        times++;
    }
    return times > 0 && others * 10 <= times;
}

/* Nearly all values that are there are numbers. */
static bool column_is_number(const struct guess *g, size_t column, bool is_comma)
{
    size_t numbers = 0, others = 0;

    for (size_t row = first_row(g); row < g->sample->row_count; row++) {
        struct xh_str field = field_at(g, row, column);
        if (xh_import_is_empty(field)) {
            continue;
        }
        if (xh_import_is_number(field, is_comma)) {
            numbers++;
        } else {
            others++;
        }
    }
    return numbers > 0 && others * 10 <= numbers;
}

/* A counter never falls, and grows at least once in ten rows. Notes whether the column falls. */
static bool column_grows(const struct guess *g, size_t column)
{
    struct xh_import_column *col = &g->map->columns[column];
    double last = 0, value;
    size_t count = 0, steps = 0;

    col->falls = false;
    for (size_t row = first_row(g); row < g->sample->row_count; row++) {
        if (!number_of(field_at(g, row, column), col->is_decimal_comma, &value)) {
            continue;
        }
        if (count > 0 && value < last) {
            col->falls = true;
            return false;
        }
        steps += count > 0 && value > last;
        last = value;
        count++;
    }
    return count >= 5 && steps * 10 >= count && last > 0;
}

static void name_value(const struct guess *g, size_t column, size_t value_count)
{
    struct xh_import_column *col = &g->map->columns[column];
    struct words words;
    char *folded = xh_arena_alloc(g->arena, col->name.len + 1);
    struct xh_str text = {folded, xh_str_fold(col->name, folded)};

    split_words(text, &words);
    size_t row = find_name(&words);
    struct xh_str number = trailing_number(&words);
    bool is_plain = row == SIZE_MAX;
    struct xh_str base = xh_import_code(
        g->arena, number.len ? xh_str_sub(text, 0, (size_t)(number.ptr - text.ptr)) : text);
    while (base.len > 0 && !is_word_char(base.ptr[base.len - 1])) {
        base.len--;
    }
    if (base.len == 0) {
        base = xh_arena_format(g->arena, "column-%zu", column + 1);
    }
    if (!is_plain && names[row].series[0] != '\0') {
        base = xh_str_from(names[row].series);
    } else if (value_count == 1 && !g->map->has_header) {
        base = XH_STR("value");
    }
    col->role = XH_IMPORT_VALUE;
    col->quantity = is_plain ? base : xh_str_from(names[row].quantity);
    col->unit = xh_str_from(is_plain ? "1" : names[row].unit);
    col->kind = xh_str_from(is_plain ? "gauge" : names[row].kind);
    col->direction = xh_str_from(is_plain ? "" : names[row].direction);
    col->device_kind = xh_str_from(is_plain ? "other" : names[row].device_kind);
    col->names_measure = !is_plain;
    if (column_grows(g, column) && !is_plain && xh_str_is(col->kind, "interval")) {
        col->kind = XH_STR("register");
    }
    col->place = number.len ? xh_arena_format(g->arena, "%.*s-%.*s", XH_STR_ARG(g->place),
                                              XH_STR_ARG(number))
                            : g->place;
    col->series = xh_arena_format(g->arena, "%.*s/%.*s", XH_STR_ARG(col->place), XH_STR_ARG(base));
}

static void apply_wish(const struct guess *g, struct xh_import_column *col)
{
    if (g->wish->quantity.len > 0) {
        col->quantity = g->wish->quantity;
    }
    if (g->wish->unit.len > 0) {
        col->unit = g->wish->unit;
    }
    if (g->wish->kind.len > 0) {
        col->kind = g->wish->kind;
    }
    col->is_kind_said = g->wish->kind.len > 0;
    col->is_said = g->wish->quantity.len + g->wish->unit.len + g->wish->kind.len > 0;
}

/* Two columns must not be one series. */
static void make_unique(const struct guess *g, size_t column)
{
    struct xh_import_column *col = &g->map->columns[column];

    for (size_t i = 0; i < column; i++) {
        const struct xh_import_column *other = &g->map->columns[i];
        if (other->role != XH_IMPORT_VALUE || !xh_str_equal(other->series, col->series)) {
            continue;
        }
        struct xh_str name = xh_import_code(g->arena, col->name);
        col->series =
            name.len > 0 && !xh_str_equal_nocase(name, other->name)
                ? xh_arena_format(g->arena, "%.*s/%.*s", XH_STR_ARG(col->place), XH_STR_ARG(name))
                : xh_arena_format(g->arena, "%.*s-%zu", XH_STR_ARG(col->series), column + 1);
        return;
    }
}

static size_t find_time(const struct guess *g)
{
    enum xh_import_clock clock = XH_CLOCK_INSTANT;

    for (size_t c = 0; c < g->map->column_count; c++) {
        if (column_is_time(g, c, &clock)) {
            g->map->clock = clock;
            return c;
        }
    }
    return SIZE_MAX;
}

static bool name_is_one_of(struct xh_str name, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (xh_str_equal_nocase(name, xh_str_from(list[i]))) {
            return true;
        }
    }
    return false;
}

/* Beside a column of bare dates: one of clock times, or of hours when its name says so. */
static void find_time_of_day(struct guess *g)
{
    static const char *const names_of_hours[] = {"hour", "h", "gio", "giờ", "hr"};
    struct xh_import_map *map = g->map;
    struct xh_str first = map->columns[map->time].sample;

    if (map->clock != XH_CLOCK_LOCAL || xh_str_find_char(first, ':') >= 0) {
        return;
    }
    for (size_t c = 0; c < map->column_count && map->time_of_day == SIZE_MAX; c++) {
        bool is_hour = name_is_one_of(map->columns[c].name, names_of_hours,
                                      XH_COUNT(names_of_hours));
        size_t times = 0, others = 0;
        for (size_t row = first_row(g); row < g->sample->row_count && c != map->time; row++) {
            struct xh_str field = field_at(g, row, c);
            times += xh_import_is_time_of_day(field, is_hour);
            others += field.len > 0 && !xh_import_is_time_of_day(field, is_hour);
        }
        if (times > 0 && others * 10 <= times) {
            map->time_of_day = c;
            map->columns[c].role = XH_IMPORT_TIME;
        }
    }
}

/* A file without times: days in the first row, or figures of two readings side by side? */
static enum xh_import_shape guess_shape(const struct guess *g)
{
    enum xh_import_clock clock;
    size_t days = 0, olds = 0, news = 0;

    for (size_t c = 0; c < g->sample->counts[0]; c++) {
        struct xh_str field = field_at(g, 0, c);
        struct words words;
        char *folded = xh_arena_alloc(g->arena, field.len + 1);
        days += is_time(field, &clock);
        split_words((struct xh_str){folded, xh_str_fold(field, folded)}, &words);
        olds += has_word(&words, "old") || has_word(&words, "cu") || has_word(&words, "previous");
        news += has_word(&words, "new") || has_word(&words, "moi") || has_word(&words, "current");
    }
    return days >= 2                ? XH_IMPORT_DAYS_ACROSS
           : olds == 1 && news == 1 ? XH_IMPORT_OLD_AND_NEW
                                    : XH_IMPORT_ROWS;
}

/* A column of texts (or of meter numbers, when its name says so) beside the values. */
static void find_series(struct guess *g)
{
    static const char *const names_of_series[] = {"series",    "meter",  "meter_id", "id",
                                                  "sensor",    "device", "code",     "home",
                                                  "household", "LCLid"};
    static const char *const names_of_quality[] = {"quality", "flag", "flags"};
    struct xh_import_map *map = g->map;

    for (size_t c = 0; c < map->column_count && map->has_header; c++) {
        struct xh_str name = map->columns[c].name;
        if (c == map->time || map->columns[c].role != XH_IMPORT_SKIP) {
            continue;
        }
        if (map->series == SIZE_MAX &&
            name_is_one_of(name, names_of_series, XH_COUNT(names_of_series))) {
            map->series = c;
            map->columns[c].role = XH_IMPORT_SERIES;
        } else if (map->quality == SIZE_MAX &&
                   name_is_one_of(name, names_of_quality, XH_COUNT(names_of_quality))) {
            map->quality = c;
            map->columns[c].role = XH_IMPORT_QUALITY;
        }
    }
}

static void find_values(struct guess *g)
{
    static const char *const no_values[] = {"seq", "arrival", "unit", "row", "line", "in_force"};
    struct xh_import_map *map = g->map;
    size_t value_count = 0;

    for (size_t c = 0; c < map->column_count; c++) {
        value_count += map->columns[c].role == XH_IMPORT_SKIP && column_is_number(g, c, false);
    }
    for (size_t c = 0; c < map->column_count; c++) {
        struct xh_import_column *col = &map->columns[c];
        bool is_point = column_is_number(g, c, false);
        bool is_comma = !is_point && column_is_number(g, c, true);
        if (col->role != XH_IMPORT_SKIP || (!is_point && !is_comma) ||
            name_is_one_of(col->name, no_values, XH_COUNT(no_values))) {
            continue;
        }
        col->is_decimal_comma = is_comma;
        name_value(g, c, value_count);
        apply_wish(g, col);
        make_unique(g, c);
    }
}

/* Only a name tells: "hour_ending", "period_start". Meters usually stamp the end. */
static struct xh_str guess_stamp(const struct guess *g)
{
    struct words words;
    struct xh_str name = g->map->columns[g->map->time].name;
    char *folded = xh_arena_alloc(g->arena, name.len + 1);

    if (g->wish->stamp.len > 0) {
        return g->wish->stamp;
    }
    split_words((struct xh_str){folded, xh_str_fold(name, folded)}, &words);
    if (has_word(&words, "start") || has_word(&words, "begin") || has_word(&words, "from")) {
        return XH_STR("start");
    }
    return XH_STR("end");
}

int xh_import_guess(const struct xh_import_sample *sample, const struct xh_import_wish *wish,
                    struct xh_str stem, struct xh_arena *arena, struct xh_import_map *ret,
                    struct xh_err *err)
{
    struct xh_import_map map = {.time = SIZE_MAX,
                                .series = SIZE_MAX,
                                .quality = SIZE_MAX,
                                .time_of_day = SIZE_MAX};
    struct guess g = {sample, wish, arena, &map, xh_str_from(NULL)};

    if (sample->row_count == 0) {
        return xh_err_set(err, XH_E_INVALID, "the file has no row");
    }
    g.place = wish->place.len > 0 ? wish->place : xh_import_code(arena, stem);
    if (g.place.len == 0) {
        g.place = XH_STR("import");
    }
    map.place = g.place;
    for (size_t row = 0; row < sample->row_count; row++) {
        if (sample->counts[row] > map.column_count) {
            map.column_count = sample->counts[row];
        }
    }
    map.columns = XH_NEW_ARRAY(arena, struct xh_import_column, map.column_count);
    map.has_header = looks_like_header(&g);
    for (size_t c = 0; c < map.column_count; c++) {
        map.columns[c].name = map.has_header ? field_at(&g, 0, c) : xh_str_from("");
        for (size_t row = first_row(&g); row < sample->row_count; row++) {
            if (map.columns[c].sample.len == 0) {
                map.columns[c].sample = field_at(&g, row, c);
            }
        }
    }
    map.time = find_time(&g);
    if (map.time != SIZE_MAX) {
        map.columns[map.time].role = XH_IMPORT_TIME;
        map.stamp = guess_stamp(&g);
        find_time_of_day(&g);
    } else {
        map.stamp = wish->stamp.len > 0 ? wish->stamp : XH_STR("end");
        map.shape = guess_shape(&g);
    }
    map.shown_stamp = map.stamp;
    find_series(&g);
    find_values(&g);
    map.zone = wish->zone.len > 0 ? wish->zone : XH_STR("Asia/Ho_Chi_Minh");
    map.place_zone = map.zone;
    map.is_zone_said = wish->zone.len > 0;
    *ret = map;
    return 0;
}
