/* use_days.c: the local days of one series: those that are kept, and runs of missing ones computed
 * from readings and handed to the cache where they are complete. */
#include <stdlib.h>
#include <string.h>

#include "service/use_internal.h"

enum {
    FORMAT_VERSION = 1, /* another one forgets what is kept */
    RUN_GAP_DAYS = 3    /* runs closer than this are computed as one */
};

/* ---- days ---- */

static struct xh__use_year year_make(const struct xh_zone *zone, int year, int32_t from, int32_t to)
{
    int32_t first = xh_day_from_civil(year, 1, 1), next = xh_day_from_civil(year + 1, 1, 1);
    int64_t starts[XH__USE_YEAR_DAYS + 1] = {0};
    for (int32_t day = first; day <= next; day++) {
        starts[day - first] = xh_zone_day_start_us(zone, day);
    }
    return (struct xh__use_year){
        .year = year,
        .first_day = first,
        .from = (from > first ? from : first) - first,
        .to = (to < next ? to : next) - first,
        .hash = (int64_t)xh_hash((struct xh_str){(const char *)starts, sizeof starts}, 0),
    };
}

void xh__use_days_make(struct xh_arena *arena, const struct xh_zone *zone, int32_t day_from,
                       int32_t day_to, struct xh__use_days *ret)
{
    int first_year, last_year, month, day;
    xh_day_to_civil(day_from, &first_year, &month, &day);
    xh_day_to_civil(day_to - 1, &last_year, &month, &day);
    size_t year_count = (size_t)(last_year - first_year + 1);
    size_t day_count = (size_t)(day_to - day_from);
    int64_t *edges_us = XH_NEW_ARRAY(arena, int64_t, day_count + 1);
    struct xh__use_year *years = XH_NEW_ARRAY(arena, struct xh__use_year, year_count);
    for (size_t i = 0; i <= day_count; i++) {
        edges_us[i] = xh_zone_day_start_us(zone, day_from + (int32_t)i);
    }
    for (size_t i = 0; i < year_count; i++) {
        years[i] = year_make(zone, first_year + (int)i, day_from, day_to);
    }
    *ret = (struct xh__use_days){zone, day_from, day_to, edges_us, years, year_count};
}

/* All that an amount depends on but the readings. */
int64_t xh__use_fingerprint(const struct xh_series *series, const struct xh__use_year *year)
{
    const struct xh_meter *m = &series->meter;
    struct {
        int64_t version, kind, period_us, gap_us, snap_us, is_stamped_at_start, policy, days,
            is_max_rough;
        double modulus, max_per_hour, factor;
    } all = {
        FORMAT_VERSION,         m->kind,        m->period_us, m->gap_us,       m->snap_us,
        m->is_stamped_at_start, series->policy, year->hash,   m->is_max_rough, m->modulus,
        m->max_per_hour,        m->factor,
    };
    return (int64_t)xh_hash((struct xh_str){(const char *)&all, sizeof all}, 0);
}

int64_t xh__use_never_us(struct xh_engine *engine)
{
    return xh_env_now_us(engine->env) + 2 * XH_US_PER_DAY;
}

/* ---- one year of a series ---- */

struct work {
    struct xh_engine *engine;
    const struct xh_series *series;
    const struct xh__use_year *year;
    int64_t as_known_us;
    const int64_t *edges_us;      /* of the days asked for in this year */
    struct xh_amount *amounts;    /* likewise */
    int64_t *after_us;            /* scratch, likewise */
    int64_t never_us;             /* no reading is as late as this */
    const struct xh__use_cell *cells; /* of the year; NULL: nothing is kept */
    struct xh__use_cell *news;    /* of the year: computed now. Those read are not written again: */
    int64_t depends_us;           /* they may have been dropped since */
    bool has_news;
    bool *is_final;               /* of the days asked for in this year; NULL: not asked */
};

static void cell_from(struct xh__use_cell *cell, const struct xh_amount *amount)
{
    *cell = (struct xh__use_cell){
        .amount = amount->amount,
        .covered_us = amount->covered_us,
        .reading_count = (uint32_t)amount->reading_count,
        .flags = (uint16_t)amount->flags,
        .is_there = 1,
    };
}

static void cell_to(const struct xh__use_cell *cell, struct xh_amount *amount)
{
    *amount = (struct xh_amount){
        .amount = cell->amount,
        .reading_count = cell->reading_count,
        .covered_us = cell->covered_us,
        .flags = cell->flags,
    };
}

static int run_compute(struct work *w, int from, int to, struct xh_err *err)
{
    int base = w->year->from;
    int code = xh__use_walk(w->engine, w->series, w->edges_us + (from - base), (size_t)(to - from),
                            w->as_known_us, w->amounts + (from - base), w->after_us + (from - base),
                            err);
    for (int day = from; code >= 0 && w->cells != NULL && day < to; day++) {
        int64_t after_us = w->after_us[day - base];
        if (after_us != INT64_MAX && !w->cells[day].is_there) {
            cell_from(&w->news[day], &w->amounts[day - base]);
            w->depends_us = after_us > w->depends_us ? after_us : w->depends_us;
            w->has_news = true;
        }
    }
    return code;
}

static bool is_kept(const struct work *w, int day)
{
    return w->cells != NULL && w->cells[day].is_there;
}

/* Nothing can have been measured on that day yet. */
static bool is_never(const struct work *w, int day)
{
    return w->edges_us[day - w->year->from] >= w->never_us;
}

/* The end of the run of missing days that begins here; days that are kept are no reason to end it
 * when the next missing one is near. */
static int run_end(const struct work *w, int from)
{
    int end = from + 1;
    for (int day = end; day < w->year->to && day < end + RUN_GAP_DAYS; day++) {
        if (!is_kept(w, day) && !is_never(w, day)) {
            end = day + 1;
        }
    }
    return end;
}

static int year_fill(struct work *w, struct xh_err *err)
{
    int day = w->year->from;
    while (day < w->year->to) {
        struct xh_amount *amount = &w->amounts[day - w->year->from];
        if (is_kept(w, day)) {
            cell_to(&w->cells[day], amount);
            day++;
        } else if (is_never(w, day)) {
            *amount = (struct xh_amount){.flags = XH_AMOUNT_INCOMPLETE};
            day++;
        } else {
            int end = run_end(w, day);
            int code = run_compute(w, day, end, err);
            if (code < 0) {
                return code;
            }
            day = end;
        }
    }
    return XH_E_OK;
}

static int year_get(struct work *w, struct xh_rel_conn *conn, struct xh_err *err)
{
    struct xh__use_cell cells[XH__USE_YEAR_DAYS], news[XH__USE_YEAR_DAYS] = {0};
    struct xh__use_key key = {w->series->id, w->year->year,
                              xh__use_fingerprint(w->series, w->year)};
    if (conn == NULL) {
        return year_fill(w, err);
    }
    w->cells = cells;
    w->news = news;
    w->has_news = false;
    int code = xh__use_cells_read(conn, &key, cells, err);
    code = code < 0 ? code : year_fill(w, err);
    for (int day = w->year->from; code >= 0 && w->is_final != NULL && day < w->year->to; day++) {
        w->is_final[day - w->year->from] = cells[day].is_there || news[day].is_there;
    }
    if (code >= 0 && w->has_news) {
        xh__use_cells_write(w->engine, &key, news, w->depends_us);
    }
    return code;
}

int xh__use_days_get(struct xh_engine *engine, struct xh_rel_conn *conn,
                     const struct xh_series *series, const struct xh__use_days *days,
                     int64_t as_known_us, struct xh_amount *ret_amounts,
                     struct xh__use_final *ret_final, struct xh_err *err)
{
    size_t day_count = (size_t)(days->day_to - days->day_from), at = 0;
    int64_t *after_us = xh_alloc(day_count * sizeof *after_us);
    bool keeps = conn != NULL && as_known_us == 0 && series->zone == days->zone;
    int64_t depends_us = INT64_MIN;
    int code = XH_E_OK;
    xh_assert(ret_final == NULL || keeps);
    if (keeps) {
        xh__use_compute_begin(engine, series->id);
    }
    for (size_t y = 0; code >= 0 && y < days->year_count; y++) {
        struct work w = {
            .engine = engine,
            .series = series,
            .year = &days->years[y],
            .as_known_us = as_known_us,
            .edges_us = days->edges_us + at,
            .amounts = ret_amounts + at,
            .after_us = after_us,
            .never_us = xh__use_never_us(engine),
            .depends_us = INT64_MIN,
            .is_final = ret_final != NULL ? ret_final->days + at : NULL,
        };
        code = year_get(&w, keeps ? conn : NULL, err);
        depends_us = w.depends_us > depends_us ? w.depends_us : depends_us;
        at += (size_t)(w.year->to - w.year->from);
    }
    if (keeps) {
        xh__use_compute_end(engine, series->id);
    }
    if (ret_final != NULL) {
        ret_final->depends_us = depends_us;
    }
    free(after_us);
    return code < 0 ? code : XH_E_OK;
}
