/* demo_live.c: each simulated meter goes on as it did a day before.
 *
 * What a meter showed over the last 25 hours is its profile: at time t it grows by what it grew at
 * t - 24 h. First what is missing since the last reading is filled in half-hours, then it goes on
 * live, meter after meter in turns: one that sent every few seconds would be called noisy, and
 * rightly so. The profile keeps points at least five minutes apart, so that memory stays small. */
#include <math.h>
#include <stdlib.h>

#include "app/demo.h"
#include "service/ingest.h"
#include "service/records.h"

enum {
    METERS_MAX = 1000,
    POINTS_MAX = 1024,
    TURNS = 13, /* a meter sends at every 13th tick: each 5 s, less than once a minute */
    FILL_STEP_US = 1800 * 1000000,
    POINT_STEP_US = 300 * 1000000
};
static const int64_t profile_us = 25 * XH_US_PER_HOUR;

struct point {
    int64_t at_us;
    double value;
};
struct meter {
    int64_t series_id;
    double modulus;
    struct point points[POINTS_MAX]; /* oldest first */
    size_t count;
    int64_t last_us;
    double last_value;
};
struct live {
    struct xh_app *app;
    struct xh_engine *engine;
    struct meter **meters;
    size_t count, turn;
};

static void add_point(struct meter *m, int64_t at_us, double value)
{
    size_t old = 0;

    m->last_us = at_us;
    m->last_value = value;
    if (m->count > 0 && at_us - m->points[m->count - 1].at_us < POINT_STEP_US) {
        return;
    }
    while (old + 2 < m->count && m->points[old + 1].at_us < at_us - profile_us) {
        old++;
    }
    if (m->count - old == POINTS_MAX) {
        old++;
    }
    for (size_t i = old; i < m->count && old > 0; i++) {
        m->points[i - old] = m->points[i];
    }
    m->count -= old;
    m->points[m->count++] = (struct point){at_us, value};
}

/* What it showed at an instant, between the two points around it. */
static double value_at(const struct meter *m, int64_t at_us)
{
    size_t i = 1;

    if (m->count == 0) {
        return 0;
    }
    if (m->count == 1 || at_us <= m->points[0].at_us) {
        return m->points[0].value;
    }
    while (i + 1 < m->count && m->points[i].at_us < at_us) {
        i++;
    }
    const struct point *a = &m->points[i - 1], *b = &m->points[i];
    double share = (double)(at_us - a->at_us) / (double)(b->at_us - a->at_us);
    return a->value + (b->value - a->value) * (share > 1 ? 1 : share);
}

/* The next reading. A day before it may have rolled over, or have been silent: then it stands. */
static struct xh_meter_reading step(struct meter *m, int64_t at_us)
{
    double grown = value_at(m, at_us - XH_US_PER_DAY) - value_at(m, m->last_us - XH_US_PER_DAY);
    double value = m->last_value + (grown > 0 ? grown : 0);

    if (m->modulus > 0) {
        value = fmod(value, m->modulus);
    }
    add_point(m, at_us, value);
    return (struct xh_meter_reading){
        .at_us = at_us, .value = floor(value * 1000) / 1000, .quality = XH_QUALITY_SIMULATED};
}

/* ---- starting ---- */

static int take_points(void *arg, const struct xh_meter_reading *readings, size_t count,
                       struct xh_err *err)
{
    (void)err;
    for (size_t i = 0; i < count; i++) {
        add_point(arg, readings[i].at_us, readings[i].value);
    }
    return 0;
}

static int fill(struct xh_ctx *ctx, struct meter *m, struct xh_err *err)
{
    struct xh_meter_reading readings[256];
    size_t count = 0;
    int code = 0;

    while (code == 0 && m->last_us + FILL_STEP_US < ctx->now_us && !xh_stop_is_asked()) {
        readings[count++] = step(m, m->last_us + FILL_STEP_US);
        if (count == 256) {
            code = ctx->host->readings_put(ctx, m->series_id, readings, count, err);
            count = 0;
        }
    }
    return code < 0 || count == 0
               ? code
               : ctx->host->readings_put(ctx, m->series_id, readings, count, err);
}

/* A meter whose last reading was not made up is somebody's own: it is left alone. */
static int start_meter(struct live *live, struct xh_ctx *ctx, const struct xh_series *series,
                       struct xh_err *err)
{
    struct xh_reading last;
    int code = xh_tsdb_last(xh_engine_tsdb(live->engine), &series->key, &last, err);

    if (code == XH_E_NOT_FOUND || (code == 0 && !(last.quality & XH_QUALITY_SIMULATED))) {
        return 0;
    }
    if (code < 0) {
        return code;
    }
    struct meter *m = xh_alloc(sizeof *m);
    m->series_id = series->id;
    m->modulus = series->meter.modulus;
    live->meters[live->count++] = m;
    code = ctx->host->readings(ctx, series->id, last.at_us - profile_us, last.at_us + 1,
                               take_points, m, err);
    m->last_us = last.at_us;
    m->last_value = last.value;
    return code == 0 ? fill(ctx, m, err) : code;
}

static int start(struct live *live, struct xh_ctx *ctx, struct xh_err *err)
{
    const struct xh_series **all = NULL;
    struct xh_record site;
    size_t count = 0;
    int code = xh_record_find(ctx, "core.place", "code", XH_STR("demo"), &site, err);

    if (code == 0) {
        code = xh_series_of_place(ctx, site.id, NULL, &all, &count, err);
    }
    for (size_t i = 0; i < count; i++) {
        if (code == 0 && live->count < METERS_MAX && all[i]->meter.kind == XH_METER_REGISTER) {
            code = start_meter(live, ctx, all[i], err);
        }
        xh_series_put(all[i]);
    }
    return code;
}

/* ---- going on ---- */

static int tick(struct live *live, struct xh_err *err)
{
    struct xh_arena *arena = xh_arena_create("tick");
    struct xh_ingest_batch batch = {.arena = arena};
    struct xh_ctx ctx;

    xh_engine_ctx(live->engine, &xh_who_engine, arena, &ctx);
    struct xh_ingest_row *rows = XH_NEW_ARRAY(arena, struct xh_ingest_row, live->count);
    int64_t now_us = xh_env_now_us(live->app->env) / XH_US_PER_S * XH_US_PER_S;
    size_t by = live->turn == 0 ? 1 : TURNS; /* at first all, to be seen alive at once */
    for (size_t i = live->turn++ % TURNS; i < live->count; i += by) {
        struct meter *m = live->meters[i];
        if (now_us <= m->last_us) {
            continue;
        }
        struct xh_meter_reading reading = step(m, now_us);
        rows[batch.count++] = (struct xh_ingest_row){
            .series = xh_arena_format(arena, "%lld", (long long)m->series_id),
            .at_us = reading.at_us,
            .value = reading.value,
            .decimals = 3,
            .quality = XH_QUALITY_SIMULATED,
        };
    }
    batch.rows = rows;
    batch.results = XH_NEW_ARRAY(arena, struct xh_ingest_result, live->count);
    int code = batch.count > 0 ? xh_ingest(&ctx, &batch, err) : 0;
    xh_arena_destroy(arena);
    return code;
}

int xh_demo_live(struct xh_app *app, struct xh_engine *engine, int64_t every_ms, struct xh_err *err)
{
    struct live live = {.app = app, .engine = engine};
    struct xh_arena *arena = xh_arena_create("demo");
    struct xh_ctx ctx;

    live.meters = XH_NEW_ARRAY(arena, struct meter *, METERS_MAX);
    xh_engine_ctx(engine, &xh_who_engine, arena, &ctx);
    int code = start(&live, &ctx, err);
    while (code == 0 && !xh_stop_wait(every_ms)) {
        code = live.count > 0 ? tick(&live, err) : 0;
    }
    for (size_t i = 0; i < live.count; i++) {
        free(live.meters[i]);
    }
    xh_arena_destroy(arena);
    return code;
}
