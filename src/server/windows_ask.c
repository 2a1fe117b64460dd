/* windows_ask.c: the question of /readings/windows: which series, which windows, what of each.
 *
 * `every` is a local period (hour, day, month, year: whole ones, from that which holds the first
 * instant to that which holds the last) or a duration of ISO 8601 (windows of this length one after
 * the other from `from` on; the last is cut at `to`). Days and months of a duration are those of
 * the zone's calendar. */
#include "base/num.h"
#include "server/windows_internal.h"

enum { DEFAULT_DAYS = 30 };

const char *const xh__windows_of_names[XH__OF_ALL] = {
    "count", "sum", "mean", "min", "max", "first", "last", "increase", "integral", "time_mean",
    "quantile",
};

/* ---- which series ---- */

static int series_add(struct xh__request *req, struct xh__windows_ask *ask, struct xh_str code,
                      size_t *capacity, struct xh_err *err)
{
    const struct xh_series *series;
    if (ask->series_count == XH__WINDOWS_SERIES_MAX) {
        return xh_err_field(err, XH_E_TOO_LARGE, "series", XH_STR(""), "1000", "series",
                            "at most %d series at once; ask for a place and a quantity",
                            XH__WINDOWS_SERIES_MAX);
    }
    int status = xh__series_lend(req, code, &series, err);
    if (status < 0) {
        return status;
    }
    for (size_t i = 0; i < ask->series_count; i++) {
        if (ask->series[i]->id == series->id) {
            return xh_err_field(err, XH_E_INVALID, "series", code, "each series once", NULL,
                                "series \"%.*s\" is named twice", XH_STR_ARG(series->code));
        }
    }
    ask->series = xh_arena_grow(req->arena, ask->series, capacity, ask->series_count + 1,
                                sizeof *ask->series);
    ask->series[ask->series_count++] = series;
    return XH_E_OK;
}

static int named_series(struct xh__request *req, struct xh__windows_ask *ask, struct xh_err *err)
{
    struct xh_str rest = xh__request_param(req, "series"), code;
    size_t capacity = 0;
    int status = rest.len > 0 ? XH_E_OK : xh__series_lend(req, rest, NULL, err);
    while (status >= 0 && xh_str_split(&rest, ',', &code)) {
        status = series_add(req, ask, code, &capacity, err);
    }
    if (status >= 0) {
        ask->zone = ask->series[0]->zone;
    }
    return status;
}

struct lent {
    const struct xh_series **series;
    size_t count;
};

static void release(void *arg)
{
    const struct lent *lent = arg;
    for (size_t i = 0; i < lent->count; i++) {
        xh_series_put(lent->series[i]);
    }
}

static int series_of_place(struct xh__request *req, struct xh__windows_ask *ask, struct xh_err *err)
{
    int64_t place_id = 0;
    ask->place = xh__request_param(req, "place");
    ask->quantity = xh__request_param(req, "quantity");
    if (ask->quantity.len == 0) {
        return xh_err_field(err, XH_E_INVALID, "quantity", XH_STR(""), "as energy.electricity",
                            NULL, "name series, or a place and a quantity");
    }
    if (xh_engine_quantity(req->server->engine, ask->quantity) == NULL) {
        return xh_err_field(err, XH_E_INVALID, "quantity", ask->quantity, "a known quantity", NULL,
                            "there is no quantity \"%.*s\"", XH_STR_ARG(ask->quantity));
    }
    int code = xh__request_place(req, "place", &place_id, err);
    code = code < 0
               ? code
               : xh_series_of_place(&req->ctx, place_id, xh_arena_text(req->arena, ask->quantity),
                                    &ask->series, &ask->series_count, err);
    if (code < 0) {
        return code;
    }
    struct lent *lent = XH_NEW(req->arena, struct lent);
    *lent = (struct lent){ask->series, ask->series_count};
    xh_arena_defer(req->arena, release, lent);
    ask->zone = place_id != 0
                    ? xh_place_zone(&req->ctx, place_id, err)
                    : xh_registry_zone(req->server->engine, XH_STR("Asia/Ho_Chi_Minh"), err);
    return ask->zone != NULL ? XH_E_OK : XH_E_INTERNAL;
}

/* Numbers of different units do not add up. */
static int check_units(const struct xh__windows_ask *ask, struct xh_err *err)
{
    for (size_t i = 1; !ask->is_by_series && i < ask->series_count; i++) {
        if (ask->series[i]->unit != ask->series[0]->unit) {
            return xh_err_field(err, XH_E_INVALID, "by", XH_STR("all"), "series", NULL,
                                "\"%.*s\" is in %s and \"%.*s\" in %s: ask with by=series",
                                XH_STR_ARG(xh_str_sub(ask->series[0]->code, 0, 60)),
                                ask->series[0]->unit->symbol,
                                XH_STR_ARG(xh_str_sub(ask->series[i]->code, 0, 60)),
                                ask->series[i]->unit->symbol);
        }
    }
    return XH_E_OK;
}

static int by_read(struct xh__request *req, struct xh__windows_ask *ask, struct xh_err *err)
{
    struct xh_str by = xh__request_param(req, "by");
    ask->is_by_series = by.len == 0 ? ask->quantity.len == 0 : xh_str_is(by, "series");
    if (by.len > 0 && !ask->is_by_series && !xh_str_is(by, "all")) {
        return xh_err_field(err, XH_E_INVALID, "by", by, "series, all", NULL,
                            "by \"%.*s\" is neither series nor all", XH_STR_ARG(by));
    }
    return check_units(ask, err);
}

/* ---- which windows ---- */

struct edges {
    struct xh_arena *arena;
    int64_t *items;
    size_t count, capacity;
};

static int edge_add(struct edges *edges, int64_t at_us, struct xh_err *err)
{
    if (edges->count > XH__WINDOWS_MAX) {
        return xh_err_field(err, XH_E_TOO_LARGE, "every", XH_STR(""), "20000", "windows",
                            "that makes more than %d windows: take longer ones, or a shorter time",
                            XH__WINDOWS_MAX);
    }
    edges->items = xh_arena_grow(edges->arena, edges->items, &edges->capacity, edges->count + 1,
                                 sizeof *edges->items);
    edges->items[edges->count++] = at_us;
    return XH_E_OK;
}

static int edges_of_period(const struct xh__windows_ask *ask, enum xh_period period,
                           const struct xh_interval *span, struct edges *edges, struct xh_err *err)
{
    struct xh_interval window = xh_zone_period(ask->zone, period, span->from_us);
    int code = edge_add(edges, window.from_us, err);
    while (code >= 0 && edges->items[edges->count - 1] < span->to_us) {
        code = edge_add(edges, window.to_us, err);
        window = xh_zone_period(ask->zone, period, window.to_us);
    }
    return code;
}

/* `count` durations after an instant, in the zone's calendar; the 31st of a short month is its last
 * day. */
static int64_t after(const struct xh_zone *zone, int64_t from_us, const struct xh_duration *d,
                     int64_t count)
{
    struct xh_civil civil;
    int64_t at_us = from_us;
    if (d->months != 0 || d->days != 0) {
        xh_zone_to_civil(zone, from_us, &civil);
        int64_t months = civil.year * INT64_C(12) + civil.month - 1 + count * d->months;
        civil.year = (int)(months / 12);
        civil.month = (int)(months % 12) + 1;
        if (civil.year > 9999) {
            return XH_TIME_MAX;
        }
        int last = xh_month_days(civil.year, civil.month);
        civil.day = civil.day < last ? civil.day : last;
        int64_t day = xh_day_from_civil(civil.year, civil.month, civil.day) + count * d->days;
        if (day > XH_TIME_MAX / XH_US_PER_DAY) {
            return XH_TIME_MAX;
        }
        xh_day_to_civil((int32_t)day, &civil.year, &civil.month, &civil.day);
        at_us = xh_zone_to_us(zone, &civil, false, NULL);
    }
    int64_t more_us = count * d->us;
    return at_us > XH_TIME_MAX - more_us ? XH_TIME_MAX : at_us + more_us;
}

static int wrong_every(struct xh_str every, struct xh_err *err)
{
    return xh_err_field(err, XH_E_INVALID, "every", every, "hour, day, month, year, PT15M, P7D",
                        NULL, "every \"%.*s\" is neither a period nor a duration above 0",
                        XH_STR_ARG(xh_str_sub(every, 0, 60)));
}

static int edges_of_duration(const struct xh__windows_ask *ask, const struct xh_interval *span,
                             struct edges *edges, struct xh_err *err)
{
    struct xh_duration d;
    if (xh_duration_parse(ask->every, &d, NULL) < 0 || d.months < 0 || d.days < 0 || d.us < 0 ||
        (d.months == 0 && d.days == 0 && d.us == 0)) {
        return wrong_every(ask->every, err);
    }
    int code = edge_add(edges, span->from_us, err);
    for (int64_t n = 1; code >= 0 && edges->items[edges->count - 1] < span->to_us; n++) {
        int64_t next_us = after(ask->zone, span->from_us, &d, n);
        int64_t last_us = edges->items[edges->count - 1];
        next_us = next_us < span->to_us ? next_us : span->to_us;
        code = next_us > last_us ? edge_add(edges, next_us, err) : XH_E_OK;
    }
    return code;
}

static int zone_read(struct xh__request *req, struct xh__windows_ask *ask, struct xh_err *err)
{
    struct xh_str name = xh__request_param(req, "zone");
    const struct xh_zone *zone = ask->zone;
    if (name.len > 0) {
        /* In a query string a '+' stands for a blank: "+07:00" is taken as it was meant. */
        char *text = xh_arena_text(req->arena, name);
        text[0] = text[0] == ' ' ? '+' : text[0];
        zone = xh_registry_zone(req->server->engine, xh_str_from(text), NULL);
    }
    if (zone == NULL) {
        return xh_err_field(err, XH_E_INVALID, "zone", name, "Asia/Ho_Chi_Minh, +07:00", NULL,
                            "there is no zone \"%.*s\"", XH_STR_ARG(xh_str_sub(name, 0, 80)));
    }
    ask->zone = zone;
    return XH_E_OK;
}

static int span_read(struct xh__request *req, const struct xh__windows_ask *ask,
                     struct xh_interval *span, struct xh_err *err)
{
    int32_t today = xh_zone_day(ask->zone, req->ctx.now_us);
    span->to_us = xh_zone_day_start_us(ask->zone, today + 1);
    int code = xh__request_time(req, "to", ask->zone, &span->to_us, err);
    if (code >= 0) {
        int32_t last = xh_zone_day(ask->zone, span->to_us - 1);
        span->from_us = xh_zone_day_start_us(ask->zone, last + 1 - DEFAULT_DAYS);
        code = xh__request_time(req, "from", ask->zone, &span->from_us, err);
    }
    if (code >= 0 && span->from_us >= span->to_us) {
        return xh_err_field(err, XH_E_INVALID, "to", xh__request_param(req, "to"), "after from",
                            NULL, "the end is not after the beginning");
    }
    return code < 0 ? code : XH_E_OK;
}

int xh__windows_edges(struct xh_arena *arena, const struct xh_zone *zone, struct xh_str every,
                      const struct xh_interval *span, const int64_t **ret_edges_us,
                      size_t *ret_count, struct xh_err *err)
{
    const struct xh__windows_ask ask = {.zone = zone, .every = every};
    struct edges edges = {.arena = arena};
    enum xh_period period = XH_PERIOD_DAY;
    int code = xh_period_parse(every, &period) >= 0
                   ? edges_of_period(&ask, period, span, &edges, err)
                   : edges_of_duration(&ask, span, &edges, err);
    if (code >= 0) {
        *ret_edges_us = edges.items;
        *ret_count = edges.count - 1;
    }
    return code;
}

static int windows_read(struct xh__request *req, struct xh__windows_ask *ask, struct xh_err *err)
{
    struct xh_interval span = {0, 0};
    ask->every = xh__request_param(req, "every");
    ask->every = ask->every.len > 0 ? ask->every : XH_STR("day");
    int code = zone_read(req, ask, err);
    code = code < 0 ? code : span_read(req, ask, &span, err);
    return code < 0 ? code
                    : xh__windows_edges(req->arena, ask->zone, ask->every, &span, &ask->edges_us,
                                        &ask->window_count, err);
}

/* ---- what of each ---- */

static int quantile_read(struct xh_str word, struct xh__windows_ask *ask, struct xh_err *err)
{
    struct xh_str rest = word, name;
    double q = 0;
    int decimals = 0;
    (void)xh_str_split(&rest, ':', &name);
    if (xh_num_parse(rest, &q, &decimals) < 0 || !(q >= 0 && q <= 1)) {
        return xh_err_field(err, XH_E_INVALID, "of", word, "quantile:0 to quantile:1", NULL,
                            "\"%.*s\" is no quantile: write it like quantile:0.95",
                            XH_STR_ARG(xh_str_sub(word, 0, 60)));
    }
    if ((ask->of & (1U << XH__OF_QUANTILE)) != 0) {
        return xh_err_field(err, XH_E_INVALID, "of", word, "one quantile", NULL,
                            "one quantile at once");
    }
    ask->of |= 1U << XH__OF_QUANTILE;
    ask->quantile = q;
    return XH_E_OK;
}

static int of_add(struct xh_str word, struct xh__windows_ask *ask, struct xh_err *err)
{
    if (xh_str_starts(word, XH_STR("quantile:"))) {
        return quantile_read(word, ask, err);
    }
    for (size_t i = 0; i < XH__OF_QUANTILE; i++) {
        if (xh_str_is(word, xh__windows_of_names[i])) {
            ask->of |= 1U << i;
            return XH_E_OK;
        }
    }
    return xh_err_field(err, XH_E_INVALID, "of", word,
                        "count sum mean min max first last increase integral time_mean quantile:Q",
                        NULL, "of a window there is no \"%.*s\"",
                        XH_STR_ARG(xh_str_sub(word, 0, 60)));
}

static int of_read(struct xh__request *req, struct xh__windows_ask *ask, struct xh_err *err)
{
    struct xh_str rest = xh__request_param(req, "of"), word;
    int code = XH_E_OK;
    if (rest.len == 0) {
        ask->of = 1U << XH__OF_COUNT | 1U << XH__OF_MEAN | 1U << XH__OF_MIN | 1U << XH__OF_MAX;
    }
    while (code >= 0 && xh_str_split(&rest, ',', &word)) {
        code = of_add(word, ask, err);
    }
    return code;
}

static int gap_read(struct xh__request *req, struct xh__windows_ask *ask, struct xh_err *err)
{
    struct xh_str text = xh__request_param(req, "gap");
    struct xh_duration d = {0, 0, 0};
    if (text.len == 0) {
        return XH_E_OK;
    }
    if (xh_duration_parse(text, &d, NULL) < 0 || d.months != 0 || d.days < 0 || d.us < 0 ||
        (d.days == 0 && d.us == 0)) {
        return xh_err_field(err, XH_E_INVALID, "gap", text, "as PT1H", NULL,
                            "gap \"%.*s\" is no duration of days, hours, minutes or seconds",
                            XH_STR_ARG(xh_str_sub(text, 0, 60)));
    }
    ask->gap_us = d.days * XH_US_PER_DAY + d.us;
    return XH_E_OK;
}

static int format_read(struct xh__request *req, struct xh__windows_ask *ask, struct xh_err *err)
{
    struct xh_str format = xh__request_param(req, "format");
    ask->is_csv = xh_str_is(format, "csv") ||
                  (format.len == 0 &&
                   xh_str_starts(xh__request_header(req, "Accept"), XH_STR("text/csv")));
    if (format.len > 0 && !ask->is_csv && !xh_str_is(format, "json")) {
        return xh_err_field(err, XH_E_INVALID, "format", format, "json, csv", NULL,
                            "there is no format \"%.*s\" here",
                            XH_STR_ARG(xh_str_sub(format, 0, 60)));
    }
    return XH_E_OK;
}

static int check_cells(const struct xh__windows_ask *ask, struct xh_err *err)
{
    char text[XH_NUM_TEXT_BYTES];
    size_t groups = ask->is_by_series ? ask->series_count : 1;
    if (groups * ask->window_count <= XH__WINDOWS_CELLS_MAX) {
        return XH_E_OK;
    }
    size_t len = xh_int_print((int64_t)(groups * ask->window_count), text);
    return xh_err_field(err, XH_E_TOO_LARGE, "every", (struct xh_str){text, len}, "200000",
                        "windows", "%zu series of %zu windows are more than %d at once", groups,
                        ask->window_count, XH__WINDOWS_CELLS_MAX);
}

int xh__windows_ask_read(struct xh__request *req, struct xh__windows_ask *ret, struct xh_err *err)
{
    struct xh__windows_ask ask = {0};
    int code = xh__request_as_known(req, err);
    if (code >= 0) {
        code = xh__request_has(req, "series") ? named_series(req, &ask, err)
                                              : series_of_place(req, &ask, err);
    }
    code = code < 0 ? code : by_read(req, &ask, err);
    code = code < 0 ? code : of_read(req, &ask, err);
    code = code < 0 ? code : gap_read(req, &ask, err);
    code = code < 0 ? code : format_read(req, &ask, err);
    code = code < 0 ? code : windows_read(req, &ask, err);
    code = code < 0 ? code : check_cells(&ask, err);
    if (code >= 0) {
        *ret = ask;
    }
    return code;
}
