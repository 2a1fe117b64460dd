/* import_map.c: what the user says about a file, and showing what is understood. */
#include "app/import.h"
#include "base/json_member.h"
#include "base/num.h"
#include "kernel/shape.h"

/* ---- what the user says ---- */

static size_t find_column(const struct xh_import_map *map, struct xh_str name)
{
    int64_t number;

    for (size_t c = 0; c < map->column_count; c++) {
        if (name.len > 0 && xh_str_equal(map->columns[c].name, name)) {
            return c;
        }
    }
    if (name.len > 1 && name.ptr[0] == '#' &&
        xh_int_parse(xh_str_sub(name, 1, name.len), &number) == 0 && number >= 1 &&
        (uint64_t)number <= map->column_count) {
        return (size_t)number - 1;
    }
    return SIZE_MAX;
}

static int no_column(struct xh_str name, struct xh_err *err)
{
    return xh_err_field(err, XH_E_INVALID, "map", name, "a column's name, or #3 for the third",
                        NULL, "the file has no column '%.*s'", XH_STR_ARG(xh_str_sub(name, 0, 80)));
}

static void column_clear(struct xh_import_column *col)
{
    col->role = XH_IMPORT_SKIP;
}

static int set_role(struct xh_import_map *map, struct xh_str column, enum xh_import_role role,
                    size_t *at, struct xh_err *err)
{
    size_t c = find_column(map, column);

    if (c == SIZE_MAX) {
        return no_column(column, err);
    }
    if (*at != SIZE_MAX) {
        column_clear(&map->columns[*at]);
    }
    map->columns[c].role = role;
    *at = c;
    return 0;
}

/* SERIES:QUANTITY:UNIT:KIND:STAMP; what is left empty stays as it was guessed. */
static int set_value(struct xh_import_map *map, struct xh_str column, struct xh_str text,
                     struct xh_err *err)
{
    struct xh_import_column *col;
    struct xh_str part, *targets[5];
    size_t c = find_column(map, column), n = 0;

    if (c == SIZE_MAX) {
        return no_column(column, err);
    }
    col = &map->columns[c];
    if (xh_str_is(text, "-")) {
        column_clear(col);
        return 0;
    }
    targets[0] = &col->series;
    targets[1] = &col->quantity;
    targets[2] = &col->unit;
    targets[3] = &col->kind;
    targets[4] = &map->stamp;
    for (struct xh_str rest = text; xh_str_split(&rest, ':', &part);) {
        n++;
    }
    if (n > XH_COUNT(targets)) {
        return xh_err_field(err, XH_E_INVALID, "map", text, "SERIES:QUANTITY:UNIT:KIND:STAMP", NULL,
                            "the mapping of '%.*s' has too many parts", XH_STR_ARG(column));
    }
    for (n = 0; xh_str_split(&text, ':', &part); n++) {
        if (part.len > 0) {
            *targets[n] = part;
            col->is_said |= n > 0;
            col->is_kind_said |= targets[n] == &col->kind;
        }
    }
    col->role = XH_IMPORT_VALUE;
    ptrdiff_t slash = xh_str_find_char(col->series, '/');
    col->place = slash > 0 ? xh_str_sub(col->series, 0, (size_t)slash) : map->place;
    return 0;
}

int xh_import_map_apply(struct xh_import_map *map, struct xh_str text, struct xh_arena *arena,
                        struct xh_err *err)
{
    struct xh_str part;
    int code = 0;

    while (code == 0 && xh_str_split(&text, ',', &part)) {
        ptrdiff_t equal = xh_str_find_char(part, '=');
        if (equal < 0) {
            return xh_err_field(err, XH_E_INVALID, "map", part, "NAME=WHAT", NULL,
                                "'%.*s' is not NAME=WHAT", XH_STR_ARG(xh_str_sub(part, 0, 80)));
        }
        struct xh_str name = xh_str_sub(part, 0, (size_t)equal);
        struct xh_str what = xh_str_sub(part, (size_t)equal + 1, part.len);
        if (xh_str_is(name, "time")) {
            code = set_role(map, what, XH_IMPORT_TIME, &map->time, err);
            if (code == 0 && map->clock == XH_CLOCK_INSTANT) {
                map->clock = XH_CLOCK_LOCAL;
            }
        } else if (xh_str_is(name, "clock")) {
            code = set_role(map, what, XH_IMPORT_TIME, &map->time_of_day, err);
        } else if (xh_str_is(name, "series")) {
            code = set_role(map, what, XH_IMPORT_SERIES, &map->series, err);
        } else if (xh_str_is(name, "quality")) {
            code = set_role(map, what, XH_IMPORT_QUALITY, &map->quality, err);
        } else if (xh_str_is(name, "zone")) {
            map->zone = map->place_zone = xh_arena_str(arena, what);
            map->is_zone_said = true;
        } else if (xh_str_is(name, "stamp")) {
            map->stamp = map->shown_stamp = what;
        } else {
            code = set_value(map, name, what, err);
        }
    }
    return code;
}

static int check_word(const char *what, struct xh_str word, const char *words, struct xh_err *err)
{
    struct xh_str rest = xh_str_from(words), one;

    while (xh_str_split(&rest, ' ', &one)) {
        if (xh_str_equal(one, word)) {
            return 0;
        }
    }
    return xh_err_field(err, XH_E_INVALID, what, word, words, NULL,
                        "the %s '%.*s' is not one of: %s", what,
                        XH_STR_ARG(xh_str_sub(word, 0, 60)), words);
}

static int no_time(const struct xh_import_map *map, struct xh_err *err)
{
    static const char *const sentences[] = {
        [XH_IMPORT_ROWS] =
            "no column holds times, as 2025-06-15 08:00 or 15/06/2025 (day first); say which: "
            "--map time=COLUMN, and clock=COLUMN for a time of day of its own",
        [XH_IMPORT_DAYS_ACROSS] =
            "a column for each day is not read: turn the table, so that each row is a day and each "
            "column a meter, or give rows of series, time, value",
        [XH_IMPORT_OLD_AND_NEW] =
            "a list of old and new figures without their days is not read: give each figure a row "
            "of its own, series, time, value, with the day of its reading",
    };
    return xh_err_field(err, XH_E_INVALID, "time", xh_str_from(NULL), "--map time=COLUMN", NULL,
                        "%s", sentences[map->shape]);
}

int xh_import_map_check(const struct xh_import_map *map, struct xh_err *err)
{
    size_t values = 0;
    int code = check_word("stamp", map->stamp, "end start", err);

    if (map->time == SIZE_MAX) {
        return no_time(map, err);
    }
    for (size_t c = 0; c < map->column_count && code == 0; c++) {
        if (map->columns[c].role != XH_IMPORT_VALUE) {
            continue;
        }
        values++;
        code = check_word("kind", map->columns[c].kind, "register interval power gauge state", err);
    }
    if (code < 0) {
        return code;
    }
    if (values == 0) {
        return xh_err_field(err, XH_E_INVALID, "value", xh_str_from(NULL),
                            "--map COLUMN=SERIES:QUANTITY:UNIT:KIND", NULL,
                            "no column holds numbers");
    }
    if (map->series != SIZE_MAX && values > 1) {
        return xh_err_field(
            err, XH_E_INVALID, "value", xh_str_from(NULL), "one column of values", NULL,
            "a file with a column of series has one column of values, not %zu: skip "
            "the others with --map NAME=-",
            values);
    }
    return 0;
}

/* ---- showing it ---- */

static struct xh_str column_name(struct xh_app *app, const struct xh_import_map *map, size_t c)
{
    return map->columns[c].name.len > 0 ? map->columns[c].name
                                        : xh_arena_format(app->arena, "#%zu", c + 1);
}

static const char *const roles[] = {"skipped", "time", "value", "series", "quality"};
static const char *const clocks[] = {"instant", "local", "unix_s", "unix_ms"};

static void print_time(struct xh_app *app, const struct xh_import_map *map)
{
    struct xh_str name = column_name(app, map, map->time);

    xh_term_print(&app->out, xh_term_say(&app->out, "time: column %.*s", "thời gian: cột %.*s"),
                  XH_STR_ARG(name));
    if (map->time_of_day != SIZE_MAX) {
        xh_term_print(&app->out, xh_term_say(&app->out, " and %.*s", " và %.*s"),
                      XH_STR_ARG(column_name(app, map, map->time_of_day)));
    }
    if (map->clock == XH_CLOCK_LOCAL) {
        xh_term_print(&app->out, xh_term_say(&app->out, ", clock of %.*s", ", giờ của %.*s"),
                      XH_STR_ARG(map->zone));
    }
    xh_term_print(&app->out,
                  xh_str_is(map->shown_stamp, "start")
                      ? xh_term_say(&app->out, ", stamped at the start of a period of %.*s\n",
                                    ", ghi ở đầu kỳ, kỳ là %.*s\n")
                      : xh_term_say(&app->out, ", stamped at the end of a period of %.*s\n",
                                    ", ghi ở cuối kỳ, kỳ là %.*s\n"),
                  XH_STR_ARG(xh_import_period(app, map->shown_period_s)));
    if (map->is_zone_fixed_by_guess) {
        xh_term_print(
            &app->out, "%s\n",
            xh_term_say(&app->out,
                        "the file has clock times that the zone skips: its clock does not "
                        "follow summer time, so the zone's winter time is used",
                        "tệp có những giờ mà múi giờ bỏ qua: đồng hồ không theo giờ mùa "
                        "hè, nên dùng giờ chuẩn"));
    }
}

static void print_remarks(struct xh_app *app, const struct xh_import_map *map)
{
    for (size_t c = 0; c < map->column_count; c++) {
        const struct xh_import_column *col = &map->columns[c];
        if (col->role == XH_IMPORT_VALUE && col->tariff.len > 0) {
            xh_term_print(&app->out,
                          xh_term_say(&app->out, "tariff of %.*s: %.*s\n",
                                      "biểu giá của %.*s: %.*s\n"),
                          XH_STR_ARG(map->series == SIZE_MAX
                                         ? col->series
                                         : xh_str_from(xh_term_say(&app->out, "each new series",
                                                                   "mỗi chuỗi mới"))),
                          XH_STR_ARG(col->tariff));
        }
    }
    for (size_t i = 0; i < map->warning_count; i++) {
        xh_term_colour(&app->out, XH_YELLOW);
        xh_term_print(&app->out, xh_term_say(&app->out, "warning: %.*s\n", "lưu ý: %.*s\n"),
                      XH_STR_ARG(map->warnings[i]));
        xh_term_colour(&app->out, XH_PLAIN);
    }
}

void xh_import_map_print(struct xh_app *app, const struct xh_import_map *map)
{
    struct xh_table table;
    const char *heads[] = {xh_term_say(&app->out, "column", "cột"),
                           xh_term_say(&app->out, "first value", "giá trị đầu"),
                           xh_term_say(&app->out, "series", "chuỗi"),
                           xh_term_say(&app->out, "quantity", "đại lượng"),
                           xh_term_say(&app->out, "unit", "đơn vị"),
                           xh_term_say(&app->out, "kind", "loại")};

    print_time(app, map);
    xh_table_init(&table, app->arena, heads, XH_COUNT(heads));
    for (size_t c = 0; c < map->column_count; c++) {
        const struct xh_import_column *col = &map->columns[c];
        bool is_value = col->role == XH_IMPORT_VALUE;
        if (col->role == XH_IMPORT_TIME) {
            continue;
        }
        xh_table_cell(&table, column_name(app, map, c), XH_PLAIN);
        xh_table_cell(&table, xh_str_sub(col->sample, 0, 30), XH_FAINT);
        xh_table_cell(&table,
                      !is_value ? xh_str_from(roles[col->role])
                      : map->series == SIZE_MAX
                          ? col->series
                          : xh_arena_format(app->arena, "(by column %.*s)",
                                            XH_STR_ARG(column_name(app, map, map->series))),
                      is_value ? XH_GREEN : XH_FAINT);
        xh_table_cell(&table, is_value ? col->quantity : xh_str_from(""), XH_PLAIN);
        xh_table_cell(&table, is_value ? col->unit : xh_str_from(""), XH_PLAIN);
        xh_table_cell(&table, is_value ? col->kind : xh_str_from(""), XH_PLAIN);
    }
    xh_table_print(&table, &app->out);
    print_remarks(app, map);
}

void xh_import_map_json(struct xh_json_writer *w, const struct xh_import_map *map)
{
    xh_json_object(w);
    xh_json_member_str(w, "time", map->columns[map->time].name);
    xh_json_member_str(w, "clock", xh_str_from(clocks[map->clock]));
    xh_json_member_str(w, "zone", map->zone);
    if (map->time_of_day != SIZE_MAX) {
        xh_json_member_str(w, "time_of_day", map->columns[map->time_of_day].name);
    }
    xh_json_member_str(w, "stamp", map->shown_stamp);
    xh_json_member_int(w, "period_s", map->shown_period_s);
    if (map->series != SIZE_MAX) {
        xh_json_member_str(w, "series", map->columns[map->series].name);
    }
    xh_json_name(w, "columns");
    xh_json_array(w);
    for (size_t c = 0; c < map->column_count; c++) {
        const struct xh_import_column *col = &map->columns[c];
        if (col->role != XH_IMPORT_VALUE) {
            continue;
        }
        xh_json_object(w);
        xh_json_member_str(w, "column", col->name);
        if (map->series == SIZE_MAX) {
            xh_json_member_str(w, "series", col->series);
        }
        xh_json_member_str(w, "quantity", col->quantity);
        xh_json_member_str(w, "unit", col->unit);
        xh_json_member_str(w, "kind", col->kind);
        if (col->tariff.len > 0) {
            xh_json_member_str(w, "tariff", col->tariff);
        }
        xh_json_object_end(w);
    }
    xh_json_array_end(w);
    if (map->warning_count > 0) {
        xh_json_name(w, "warnings");
        xh_json_array(w);
        for (size_t i = 0; i < map->warning_count; i++) {
            xh_json_str(w, map->warnings[i]);
        }
        xh_json_array_end(w);
    }
    xh_json_object_end(w);
}
