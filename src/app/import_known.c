/* import_known.c: a file for series that are there already. A series stays what it is: what is
 * shown is its own kind, unit, stamp and period, and where the file looks like something else that
 * is said. */
#include "app/import.h"
#include "app/known.h"
#include "kernel/shape.h"

static void warn(struct xh_import_map *map, struct xh_str sentence)
{
    if (map->warning_count < XH_IMPORT_WARNINGS_MAX) {
        map->warnings[map->warning_count++] = sentence;
    }
}

struct look {
    struct xh_app *app;
    struct xh_import_map *map;
    const struct xh_import_wish *wish;
    struct xh_str code; /* of the series */
};

#define SAY(en, vi) xh_term_say(&l->app->out, en, vi)

static void look_at_measure(const struct look *l, const struct xh_import_column *col,
                            const struct xh_known_series *known)
{
    if (!col->names_measure && !col->is_said) {
        return;
    }
    if (!xh_str_equal(col->quantity, known->quantity)) {
        warn(l->map,
             xh_arena_format(l->app->arena,
                             SAY("%.*s: the file seems to hold %.*s, the series measures %.*s",
                                 "%.*s: tệp có vẻ chứa %.*s, còn chuỗi đo %.*s"),
                             XH_STR_ARG(l->code), XH_STR_ARG(col->quantity),
                             XH_STR_ARG(known->quantity)));
    }
    if (!xh_str_equal(col->unit, known->unit)) {
        warn(l->map, xh_arena_format(
                         l->app->arena,
                         SAY("%.*s: the file seems to be in %.*s; its numbers are taken as %.*s, "
                             "the unit of the series",
                             "%.*s: tệp có vẻ tính bằng %.*s; các số sẽ được hiểu là %.*s, đơn vị "
                             "của chuỗi"),
                         XH_STR_ARG(l->code), XH_STR_ARG(col->unit), XH_STR_ARG(known->unit)));
    }
}

static void look_at_kind(const struct look *l, const struct xh_import_column *col,
                         const struct xh_known_series *known)
{
    bool is_register = xh_str_is(known->kind, "register");

    if (col->is_kind_said && !xh_str_equal(col->kind, known->kind)) {
        warn(l->map,
             xh_arena_format(l->app->arena,
                             SAY("%.*s: is there already and stays a series of kind %.*s, not %.*s",
                                 "%.*s: đã có và vẫn là chuỗi loại %.*s, không phải %.*s"),
                             XH_STR_ARG(l->code), XH_STR_ARG(known->kind), XH_STR_ARG(col->kind)));
    } else if (is_register && col->falls) {
        warn(l->map,
             xh_arena_format(l->app->arena,
                             SAY("%.*s: numbers of the file fall; those of a register only grow",
                                 "%.*s: có số trong tệp giảm; chỉ số công tơ thì chỉ tăng"),
                             XH_STR_ARG(l->code)));
    } else if (xh_str_is(known->kind, "interval") && xh_str_is(col->kind, "register")) {
        warn(l->map, xh_arena_format(
                         l->app->arena,
                         SAY("%.*s: numbers of the file only grow, as a register's do; each is "
                             "taken for the amount of a period",
                             "%.*s: số trong tệp chỉ tăng như chỉ số công tơ; mỗi số được hiểu là "
                             "lượng của một kỳ"),
                         XH_STR_ARG(l->code)));
    }
}

static bool is_same_period(int64_t a_s, int64_t b_s)
{
    enum { MONTH_MIN_S = 28 * 86400, MONTH_MAX_S = 31 * 86400 };
    bool are_months = a_s >= MONTH_MIN_S && a_s <= MONTH_MAX_S && b_s >= MONTH_MIN_S &&
                      b_s <= MONTH_MAX_S;
    return a_s == b_s || are_months;
}

static void look_at_time(const struct look *l, const struct xh_known_series *known)
{
    struct xh_app *app = l->app;
    struct xh_import_map *map = l->map;
    bool is_amount = xh_str_is(known->kind, "interval") || xh_str_is(known->kind, "power");

    if (l->wish->stamp.len > 0 && !xh_str_equal(l->wish->stamp, known->stamp)) {
        warn(map, xh_arena_format(app->arena,
                                  SAY("%.*s: is there already and stays stamped at the %.*s",
                                      "%.*s: đã có và vẫn ghi ở %.*s kỳ"),
                                  XH_STR_ARG(l->code), XH_STR_ARG(known->stamp)));
    }
    if (is_amount && known->period_s > 0 && map->period_s > 0 &&
        !is_same_period(known->period_s, map->period_s)) {
        warn(map,
             xh_arena_format(app->arena,
                             SAY("%.*s: the file goes by periods of %.*s, the series by %.*s",
                                 "%.*s: kỳ của tệp là %.*s, của chuỗi là %.*s"),
                             XH_STR_ARG(l->code), XH_STR_ARG(xh_import_period(app, map->period_s)),
                             XH_STR_ARG(xh_import_period(app, known->period_s))));
    }
}

/* The column becomes what the series is. */
static int settle(struct look *l, struct xh_door *door, struct xh_import_column *col,
                  struct xh_err *err)
{
    struct xh_known_series known;
    struct xh_import_map *map = l->map;
    int status = xh_known_series(door, l->app->arena, l->code, &known, err);

    if (status <= 0) {
        return status;
    }
    look_at_measure(l, col, &known);
    look_at_kind(l, col, &known);
    look_at_time(l, &known);
    if (col->tariff.len > 0 && !xh_str_equal(col->tariff, known.tariff)) {
        warn(map,
             xh_arena_format(l->app->arena,
                             SAY("%.*s: is there already and keeps its tariff: %.*s",
                                 "%.*s: đã có và giữ biểu giá của nó: %.*s"),
                             XH_STR_ARG(l->code),
                             XH_STR_ARG(known.tariff.len ? known.tariff
                                                         : xh_str_from(SAY("none", "không")))));
    }
    col->tariff = xh_str_from(NULL);
    col->quantity = known.quantity;
    col->unit = known.unit;
    col->kind = known.kind;
    map->shown_stamp = known.stamp.len > 0 ? known.stamp : map->stamp;
    map->shown_period_s = known.period_s;
    return 1;
}

/* A file with a column of series: what is shown of it is the first that is there. Each of the
 * others keeps what it is all the same: a series is made only when it is not there. */
static int settle_long(struct look *l, struct xh_door *door, const struct xh_import_scan *scan,
                       struct xh_import_column *col, struct xh_err *err)
{
    int status = 0;

    for (size_t i = 0; i < scan->first_series_count && status == 0; i++) {
        struct xh_str place;
        l->code = xh_import_series_code(l->map, scan->first_series[i], l->app->arena, &place);
        struct xh_str tariff = col->tariff;
        status = settle(l, door, col, err);
        col->tariff = tariff; /* others of the file may be new */
    }
    return status < 0 ? status : 0;
}

int xh_import_settle(struct xh_app *app, struct xh_door *door, const struct xh_import_wish *wish,
                     struct xh_import_scan *scan, struct xh_err *err)
{
    struct xh_import_map *map = &scan->map;
    struct look look = {app, map, wish, xh_str_from(NULL)};
    int status = 0;

    for (size_t c = 0; c < map->column_count && status >= 0; c++) {
        struct xh_import_column *col = &map->columns[c];
        if (col->role != XH_IMPORT_VALUE) {
            continue;
        }
        if (map->series != SIZE_MAX) {
            return settle_long(&look, door, scan, col, err);
        }
        look.code = col->series;
        status = settle(&look, door, col, err);
    }
    return status < 0 ? status : 0;
}

/* ---- the tariff ---- */

int xh_import_tariff(struct xh_import_map *map, struct xh_str code, struct xh_err *err)
{
    const struct xh_tariff *tariff = code.len > 0 ? xh_known_tariff(code) : NULL;
    struct xh_str other = xh_str_from(NULL);
    bool fits = false;

    if (code.len == 0) {
        return 0;
    }
    if (!tariff) {
        return xh_known_tariff_missing(code, err);
    }
    for (size_t c = 0; c < map->column_count; c++) {
        struct xh_import_column *col = &map->columns[c];
        if (col->role != XH_IMPORT_VALUE) {
            continue;
        }
        if (!tariff->quantity || xh_str_is(col->quantity, tariff->quantity)) {
            col->tariff = code;
            fits = true;
        } else {
            other = col->quantity;
        }
    }
    return fits ? 0
                : xh_err_field(err, XH_E_INVALID, "tariff", code, tariff->quantity, NULL,
                               "tariff '%s' is for %s; the file holds %.*s", tariff->code,
                               tariff->quantity, XH_STR_ARG(other));
}

/* ---- periods in words ---- */

struct xh_str xh_import_period(struct xh_app *app, int64_t period_s)
{
    enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };
    static const struct {
        int64_t from_s, to_s;
        const char *en, *vi;
    } words[] = {
        {7 * DAY_S, 7 * DAY_S, "a week", "một tuần"},
        {28 * DAY_S, 31 * DAY_S, "a month", "một tháng"},
        {365 * DAY_S, 366 * DAY_S, "a year", "một năm"},
    };
    static const struct {
        int64_t unit_s;
        const char *one_en, *many_en, *vi;
    } units[] = {
        {DAY_S, "1 day", "days", "ngày"},
        {HOUR_S, "1 hour", "hours", "giờ"},
        {MINUTE_S, "1 minute", "minutes", "phút"},
        {1, "1 second", "seconds", "giây"},
    };

    for (size_t i = 0; i < XH_COUNT(words); i++) {
        if (period_s >= words[i].from_s && period_s <= words[i].to_s) {
            return xh_str_from(app->out.is_vietnamese ? words[i].vi : words[i].en);
        }
    }
    for (size_t i = 0; i < XH_COUNT(units) && period_s > 0; i++) {
        int64_t count = period_s / units[i].unit_s;
        if (period_s % units[i].unit_s != 0) {
            continue;
        }
        if (count == 1 && !app->out.is_vietnamese) {
            return xh_str_from(units[i].one_en);
        }
        return xh_arena_format(app->arena, "%lld %s", (long long)count,
                               app->out.is_vietnamese ? units[i].vi : units[i].many_en);
    }
    return xh_str_from(xh_term_say(&app->out, "no steady length", "độ dài không đều"));
}
