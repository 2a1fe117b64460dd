/* vee_check.c: the days of a series, checked. Each day is checked by itself against the days before
 * it, so that it comes out the same however it came to be checked; the readings of a month are read
 * once for all its days. */
#include "service/registry.h"
#include "service/vee_internal.h"

enum { PIECE_DAYS = 31, READ_COUNT = 1024, DAY_FINDINGS_MAX = 200, WIDEN_DAYS = 92 };

/* ---- readings ---- */

static int read_into(struct xh_ctx *ctx, const struct xh_tsdb_range *range,
                     struct xh__vee_readings *ret, struct xh_err *err)
{
    struct xh_reading page[READ_COUNT / 4];
    struct xh_tsdb_cursor *cursor;
    ptrdiff_t count;
    int code = xh_tsdb_read(xh_ctx_engine(ctx)->tsdb, range, &cursor, err);
    if (code < 0) {
        return code;
    }
    while ((count = xh_tsdb_next(cursor, page, XH_COUNT(page), err)) > 0) {
        ret->items = xh_arena_grow(ctx->arena, ret->items, &ret->capacity,
                                   ret->count + (size_t)count, sizeof *ret->items);
        for (ptrdiff_t i = 0; i < count; i++) {
            ret->items[ret->count++] = (struct xh_vee_reading){
                page[i].at_us, page[i].arrival_us, page[i].value, page[i].quality,
            };
        }
    }
    xh_tsdb_cursor_close(cursor);
    return count < 0 ? (int)count : XH_E_OK;
}

int xh__vee_readings_read(struct xh_ctx *ctx, const struct xh_series *series, int64_t from_us,
                          int64_t to_us, struct xh__vee_readings *ret, struct xh_err *err)
{
    struct xh_tsdb *tsdb = xh_ctx_engine(ctx)->tsdb;
    struct xh_reading edge;
    struct xh_tsdb_range range = {.key = series->key, .from_us = from_us, .to_us = to_us + 1};
    *ret = (struct xh__vee_readings){0};
    int code = xh_tsdb_before(tsdb, &series->key, from_us, 0, &edge, err);
    range.from_us = code >= 0 ? edge.at_us : from_us;
    if (code < 0 && code != XH_E_NOT_FOUND) {
        return code;
    }
    code = xh_tsdb_after(tsdb, &series->key, to_us + 1, 0, &edge, err);
    range.to_us = code >= 0 ? edge.at_us + 1 : to_us + 1;
    if (code < 0 && code != XH_E_NOT_FOUND) {
        return code;
    }
    xh_err_clear(err);
    return read_into(ctx, &range, ret, err);
}

struct xh_vee_series xh__vee_series_of(const struct xh_series *series)
{
    struct xh_vee_series s = {
        .meter = series->meter,
        .is_gauge = series->is_gauge || series->is_state,
        .may_be_negative = series->direction != XH_USE || series->is_gauge ||
                           (series->quantity != NULL && series->quantity->min < 0),
        .zone = series->zone,
    };
    /* What any meter of its kind may do says nothing about this one's unit. */
    s.meter.max_per_hour = s.meter.is_max_rough ? 0 : s.meter.max_per_hour;
    return s;
}

/* ---- what is found ---- */

void xh__vee_found_add(struct xh_arena *arena, struct xh__vee_found *found,
                       const struct xh_vee_finding *finding, int64_t rule_id)
{
    found->items = xh_arena_grow(arena, found->items, &found->capacity, found->count + 1,
                                 sizeof *found->items);
    found->rule_ids = xh_arena_grow(arena, found->rule_ids, &found->rule_capacity, found->count + 1,
                                    sizeof *found->rule_ids);
    found->items[found->count] = *finding;
    found->rule_ids[found->count++] = rule_id;
}

/* ---- a day, a month ---- */

struct pass {
    struct xh_ctx *ctx;
    const struct xh_series *series;
    const struct xh__vee_rules *rules;
    struct xh_vee_series meter;
    struct xh__vee_found *found;     /* in ctx's arena */
};

/* The first reading at or after an instant. */
static size_t reading_at(const struct xh__vee_readings *readings, int64_t at_us)
{
    size_t low = 0, high = readings->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (readings->items[middle].at_us < at_us) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct xh_vee_rule with_own_range(const struct xh_series *series,
                                         const struct xh_vee_rule *rule)
{
    struct xh_vee_rule own = *rule;
    if (own.range_min == 0 && own.range_max == 0) {
        own.range_min = series->min;
        own.range_max = series->max;
    }
    return own;
}

static void check_day(struct pass *p, const struct xh__vee_readings *readings,
                      const struct xh__vee_rule *rule, int64_t from_us, int64_t to_us)
{
    struct xh_arena *arena = xh_arena_create("day");
    struct xh_vee_rule own = with_own_range(p->series, &rule->rule);
    size_t first = reading_at(readings, from_us - XH__VEE_CONTEXT_DAYS * XH_US_PER_DAY);
    size_t end = reading_at(readings, to_us + 1);
    struct xh_vee_finding *found;
    first -= first > 0; /* a gap begins before */
    end += end < readings->count;
    struct xh_vee_ask ask = {
        .series = &p->meter, .rule = &own, .readings = readings->items + first,
        .count = end - first, .max = DAY_FINDINGS_MAX, .from_us = from_us, .to_us = to_us,
    };
    size_t count = xh_vee_check(&ask, arena, &found);
    for (size_t i = 0; i < count; i++) {
        xh__vee_found_add(p->ctx->arena, p->found, &found[i], rule->id);
    }
    xh_arena_destroy(arena);
}

/* The limit by which the door marks what comes next, of the last days. */
static void set_door(struct pass *p, const struct xh__vee_readings *readings,
                     const struct xh__vee_rule *rule)
{
    const struct xh_series *series = p->series;
    bool can = rule != NULL && rule->marks_at_door && !p->meter.is_gauge &&
               series->meter.kind != XH_METER_REGISTER;
    double most = 0;
    if (can) {
        struct xh_arena *arena = xh_arena_create("door");
        struct xh_vee_ask ask = {
            .series = &p->meter, .rule = &rule->rule, .readings = readings->items,
            .count = readings->count,
        };
        int64_t step_us = xh_vee_step_us(&p->meter, readings->items, readings->count);
        double hours = series->meter.kind == XH_METER_POWER
                           ? 1
                           : (double)step_us / (double)XH_US_PER_HOUR;
        most = xh_vee_rate_limit(&ask, arena) * hours;
        xh_arena_destroy(arena);
    }
    xh__vee_door_set(xh_ctx_engine(p->ctx), series->id, most);
}

static int check_piece(struct pass *p, int32_t day_from, int32_t day_to, bool is_last,
                       struct xh_err *err)
{
    const struct xh_zone *zone = p->series->zone;
    int64_t from_us = xh_zone_day_start_us(zone, day_from);
    int64_t to_us = xh_zone_day_start_us(zone, day_to);
    struct xh_ctx own = *p->ctx; /* its readings die with the piece */
    struct xh__vee_readings readings;
    const struct xh__vee_rule *rule = NULL;
    int32_t until = day_from;
    own.arena = xh_arena_create("piece");
    int code = xh__vee_readings_read(&own, p->series,
                                     from_us - XH__VEE_CONTEXT_DAYS * XH_US_PER_DAY, to_us,
                                     &readings, err);
    for (int32_t day = day_from; code >= 0 && day < day_to; day++) {
        if (day >= until) {
            rule = xh__vee_rule_of(p->rules, p->series, day, &until);
        }
        if (rule != NULL) {
            check_day(p, &readings, rule, xh_zone_day_start_us(zone, day),
                      xh_zone_day_start_us(zone, day + 1));
        }
    }
    if (code >= 0 && is_last) {
        set_door(p, &readings, rule);
    }
    xh_arena_destroy(own.arena);
    return code;
}

/* ---- the span ---- */

int xh__vee_widen(struct xh_ctx *ctx, const struct xh_series *series, int64_t *from_us,
                  int64_t *to_us, struct xh_err *err)
{
    struct xh_tsdb *tsdb = xh_ctx_engine(ctx)->tsdb;
    struct xh_reading edge;
    int code = xh_tsdb_before(tsdb, &series->key, *from_us - 1, 0, &edge, err);
    *from_us = code >= 0 ? edge.at_us : *from_us;
    if (code >= 0 || code == XH_E_NOT_FOUND) {
        code = xh_tsdb_after(tsdb, &series->key, *to_us + 1, 0, &edge, err);
        *to_us = code >= 0 ? edge.at_us : *to_us;
    }
    if (code < 0 && code != XH_E_NOT_FOUND) {
        return code;
    }
    xh_err_clear(err);
    return XH_E_OK;
}

/* What is open there is looked at whole. */
static int widen_by_open(struct xh_ctx *ctx, const struct xh_series *series, int64_t *from_us,
                         int64_t *to_us, struct xh_err *err)
{
    struct xh__vee_open open;
    int64_t least_us = *from_us - WIDEN_DAYS * XH_US_PER_DAY;
    int64_t most_us = *to_us + WIDEN_DAYS * XH_US_PER_DAY;
    int code = xh__vee_open_read(ctx, series->id, *from_us, *to_us, &open, err);
    for (size_t i = 0; code >= 0 && i < open.count; i++) {
        const struct xh_doc *doc = open.items[i].doc;
        int64_t begin_us = xh_doc_int(doc, "time_from"), end_us = xh_doc_int(doc, "time_to");
        begin_us = begin_us < least_us ? least_us : begin_us;
        end_us = end_us > most_us ? most_us : end_us;
        *from_us = begin_us < *from_us ? begin_us : *from_us;
        *to_us = end_us > *to_us ? end_us : *to_us;
    }
    return code;
}

/* Rules do not look further back than the first of them; and nothing lies beyond tomorrow. */
static void clip(struct pass *p, int32_t *day_from, int32_t *day_to)
{
    int32_t first = INT32_MAX, end = xh_zone_day(p->series->zone, p->ctx->now_us) + 2;
    for (size_t i = 0; i < p->rules->count; i++) {
        const struct xh__vee_rule *rule = &p->rules->items[i];
        bool is_of = rule->series_id == p->series->id ||
                     (rule->series_id == 0 &&
                      xh_str_equal(rule->quantity, p->series->quantity_name));
        first = is_of && rule->day_from < first ? rule->day_from : first;
    }
    *day_from = *day_from < first ? first : *day_from;
    *day_to = *day_to > end ? end : *day_to;
}

static int check_days(struct pass *p, int32_t day_from, int32_t day_to, struct xh_err *err)
{
    int code = XH_E_OK;
    for (int32_t day = day_from; code >= 0 && day < day_to; day += PIECE_DAYS) {
        int32_t end = day_to - day < PIECE_DAYS ? day_to : day + PIECE_DAYS;
        code = check_piece(p, day, end, end == day_to, err);
    }
    return code;
}

static int check_locked(struct pass *p, int64_t from_us, int64_t to_us, struct xh_err *err)
{
    const struct xh_zone *zone = p->series->zone;
    int code = xh__vee_widen(p->ctx, p->series, &from_us, &to_us, err);
    code = code < 0 ? code : widen_by_open(p->ctx, p->series, &from_us, &to_us, err);
    if (code < 0) {
        return code;
    }
    /* A step that ends at midnight ends the day before. */
    int32_t day_from = xh_zone_day(zone, from_us - 1), day_to = xh_zone_day(zone, to_us) + 1;
    clip(p, &day_from, &day_to);
    if (day_from >= day_to) {
        return XH_E_OK;
    }
    code = check_days(p, day_from, day_to, err);
    return code < 0 ? code
                    : xh__vee_keep(p->ctx, p->series, p->found, false,
                                   xh_zone_day_start_us(zone, day_from),
                                   xh_zone_day_start_us(zone, day_to), err);
}

int xh__vee_check_series(struct xh_ctx *ctx, const struct xh_series *series,
                         const struct xh__vee_rules *rules, int64_t from_us, int64_t to_us,
                         size_t *ret_count, struct xh_err *err)
{
    struct xh__vee *vee = xh_ctx_engine(ctx)->vee;
    struct xh__vee_found found = {0};
    struct pass p = {.ctx = ctx, .series = series, .rules = rules, .found = &found,
                     .meter = xh__vee_series_of(series)};
    (void)pthread_mutex_lock(&vee->work_lock);
    int code = check_locked(&p, from_us, to_us, err);
    (void)pthread_mutex_unlock(&vee->work_lock);
    *ret_count = found.count;
    return code < 0 ? code : XH_E_OK;
}
