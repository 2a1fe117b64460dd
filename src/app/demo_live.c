/* demo_live.c: the meters go on.
 *
 * A home's meter repeats what it did seven days before, a little off: a ring of half hours keeps
 * what it grew by. A meter of the tables follows its model, which heeds the measures that people
 * marked as done. First what is missing since the last reading is filled in, then it goes on live,
 * meter after meter in turns: one that sent every few seconds would be called noisy, rightly so.
 * When the clock is put forward, what happened meanwhile is filled in the same way. */
#include <math.h>
#include <stdlib.h>

#include "app/demo.h"
#include "app/demo_model.h"
#include "service/ingest.h"
#include "service/records.h"

enum {
    METERS_MAX = 1200,
    TURNS = 13,              /* a meter sends at every 13th tick: less than once a minute */
    SLOT_S = 1800,
    SLOTS_BACK = 7 * 48,
    RING_SLOTS = 8 * 48,
    BATCH_READINGS = 2000,
    LOOK_MS = 200            /* how soon a clock put forward is noticed */
};
static const int64_t slot_us = (int64_t)SLOT_S * XH_US_PER_S;
static const double slot_chance = 0.2, day_chance = 0.12;

struct meter {
    int64_t series_id;
    int model;               /* an index, -1: a home's */
    double modulus, steps;   /* 1000: three decimals are sent */
    int64_t period_us;       /* of an interval meter and of what is filled in */
    bool is_interval;
    bool is_slow;            /* sends at whole half hours only */
    int64_t last_us;
    double last_value;
    int64_t slot;            /* the newest of the ring */
    double grown[RING_SLOTS];
};
struct live {
    struct xh_demo *demo;
    struct xh_demo_model model;
    struct meter **meters;
    size_t count, turn;
};

/* ---- the ring ---- */

/* Half hours that were passed over hold nothing. */
static void ring_reach(struct meter *m, int64_t slot)
{
    int64_t from = slot - m->slot > RING_SLOTS ? slot - RING_SLOTS : m->slot;

    for (int64_t s = from + 1; s <= slot; s++) {
        m->grown[s % RING_SLOTS] = 0;
    }
    m->slot = slot > m->slot ? slot : m->slot;
}

/* -1 to 1: the same each time for the same meter and number. */
static double unit_of(const struct meter *m, int64_t number)
{
    uint64_t x = (uint64_t)m->series_id * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)number;
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (double)((x ^ (x >> 31)) >> 11) / 4503599627370496.0 - 1;
}

/* How a half hour and its day differ from others. What is repeated is divided by what it was made
 * with, so that chance does not add up over the weeks. */
static double chance_of(const struct meter *m, int64_t slot)
{
    return (1 + slot_chance * unit_of(m, slot)) * (1 + day_chance * unit_of(m, -slot / 48));
}

/* Spreads what was read over the half hours in which it grew. */
static void ring_add(struct meter *m, int64_t from_us, int64_t to_us, double grown)
{
    for (int64_t at = from_us; at < to_us;) {
        int64_t slot = at / slot_us, end = (slot + 1) * slot_us;
        end = end < to_us ? end : to_us;
        ring_reach(m, slot);
        m->grown[slot % RING_SLOTS] += grown * (double)(end - at) / (double)(to_us - from_us);
        at = end;
    }
}

static double home_grown(struct meter *m, int64_t from_us, int64_t to_us)
{
    double sum = 0;

    for (int64_t at = from_us; at < to_us;) {
        int64_t slot = at / slot_us, end = (slot + 1) * slot_us, old = slot - SLOTS_BACK;
        end = end < to_us ? end : to_us;
        ring_reach(m, slot);
        double part = (double)(end - at) / (double)slot_us;
        double changed = chance_of(m, slot) / chance_of(m, old);
        double grown = m->grown[old % RING_SLOTS] * part * changed;
        m->grown[slot % RING_SLOTS] += grown;
        sum += grown;
        at = end;
    }
    return sum;
}

/* ---- the next reading ---- */

static double shown(const struct meter *m, double value)
{
    return (m->is_interval ? round(value * m->steps) : floor(value * m->steps)) / m->steps;
}

static struct xh_meter_reading step(struct live *live, struct meter *m, int64_t at_us)
{
    double grown = m->model < 0 ? home_grown(m, m->last_us, at_us)
                                : xh_demo_model_grown(&live->model, m->model, m->last_us, at_us);
    double value = m->is_interval ? grown : m->last_value + grown;

    m->last_us = at_us;
    m->last_value = m->modulus > 0 ? fmod(value, m->modulus) : value;
    return (struct xh_meter_reading){
        .at_us = at_us, .value = shown(m, m->last_value), .quality = XH_QUALITY_SIMULATED};
}

/* What may be sent now: an amount stands for whole periods only. */
static int64_t due_us(const struct meter *m, int64_t now_us)
{
    if (m->is_slow) {
        return now_us / m->period_us * m->period_us;
    }
    return m->is_interval ? m->last_us + (now_us - m->last_us) / m->period_us * m->period_us
                          : now_us;
}

static int fill(struct live *live, struct xh_ctx *ctx, struct meter *m, struct xh_err *err)
{
    struct xh_meter_reading readings[BATCH_READINGS];
    int64_t now_us = xh_env_now_us(live->demo->app->env);
    size_t count = 0;
    int code = 0;

    while (code == 0 && m->last_us + m->period_us <= now_us) {
        /* on the half hours, as before, however live readings lay */
        int64_t at_us = m->is_interval ? m->last_us + m->period_us
                                       : (m->last_us / m->period_us + 1) * m->period_us;
        readings[count++] = step(live, m, at_us);
        if (count == BATCH_READINGS) {
            code = xh_stop_is_asked()
                       ? xh_demo_stopped(err)
                       : ctx->host->readings_put(ctx, m->series_id, readings, count, err);
            count = 0;
        }
    }
    return code < 0 || count == 0
               ? code
               : ctx->host->readings_put(ctx, m->series_id, readings, count, err);
}

/* ---- what people did ---- */

static int measures_heed(struct live *live, struct xh_ctx *ctx)
{
    struct xh_str last = {NULL, 0};

    for (size_t i = 0; i < live->model.effect_count; i++) {
        struct xh_str code = live->model.effects[i].measure;
        struct xh_record measure;
        bool is_same = last.len > 0 && xh_str_equal(code, last);
        last = code;
        if (is_same || xh_record_find(ctx, "core.measure", "code", code, &measure, NULL) < 0) {
            continue;
        }
        bool is_done = xh_str_is(measure.state, "done") || xh_str_is(measure.state, "verified");
        xh_demo_model_done(&live->model, code, is_done, (int32_t)xh_doc_int(measure.doc, "done"));
    }
    return 0;
}

/* ---- starting ---- */

struct taking {
    struct meter *meter;
    int64_t at_us;
    double value;
    bool has_one;
};

static int take_points(void *arg, const struct xh_meter_reading *readings, size_t count,
                       struct xh_err *err)
{
    struct taking *t = arg;
    (void)err;

    for (size_t i = 0; i < count; i++) {
        double grown = readings[i].value - t->value;
        if (t->has_one && grown > 0) {
            ring_add(t->meter, t->at_us, readings[i].at_us, grown);
        }
        t->at_us = readings[i].at_us;
        t->value = readings[i].value;
        t->has_one = true;
    }
    return 0;
}

static int64_t period_us(struct xh_ctx *ctx, int64_t series_id)
{
    struct xh_record series;
    int64_t period_s = 0;

    if (xh_record_get(ctx, "core.series", series_id, &series, NULL) == 0) {
        period_s = xh_doc_int(series.doc, "period_s");
    }
    return (period_s > 0 ? period_s : SLOT_S) * XH_US_PER_S;
}

/* NULL: it has no reading that was made up, so it is somebody's own and left alone. */
static int meter_create(struct live *live, struct xh_ctx *ctx, const struct xh_series *series,
                        int model, struct meter **ret, struct xh_err *err)
{
    struct xh_reading last;
    int code = xh_tsdb_last(xh_engine_tsdb(live->demo->engine), &series->key, &last, err);

    *ret = NULL;
    if (code == XH_E_NOT_FOUND || (code == 0 && !(last.quality & XH_QUALITY_SIMULATED))) {
        xh_err_clear(err);
        return 0;
    }
    if (code == 0) {
        struct meter *m = xh_alloc(sizeof *m);
        *m = (struct meter){
            .series_id = series->id,
            .model = model,
            .modulus = series->meter.modulus,
            .steps = model < 0 ? 1000 : pow(10, live->model.meters[model].decimals),
            .period_us = period_us(ctx, series->id),
            .is_interval = series->meter.kind == XH_METER_INTERVAL,
            .last_us = last.at_us,
            .last_value = last.value,
            .slot = last.at_us / slot_us - RING_SLOTS,
        };
        *ret = m;
    }
    return code;
}

static int start_meter(struct live *live, struct xh_ctx *ctx, const struct xh_series *series,
                       int model, struct xh_err *err)
{
    struct meter *m = NULL;
    int code = live->count < METERS_MAX ? meter_create(live, ctx, series, model, &m, err) : 0;

    if (code < 0 || m == NULL) {
        return code;
    }
    live->meters[live->count++] = m;
    if (model >= 0) {
        return 0;
    }
    struct taking taking = {.meter = m};
    return ctx->host->readings(ctx, series->id, m->last_us - RING_SLOTS * slot_us, m->last_us + 1,
                               take_points, &taking, err);
}

static int start_homes(struct live *live, struct xh_ctx *ctx, struct xh_err *err)
{
    const struct xh_series **all = NULL;
    struct xh_record site;
    size_t count = 0;
    int code = xh_record_find(ctx, "core.place", "code", XH_STR("demo"), &site, err);

    if (code == 0) {
        code = xh_series_of_place(ctx, site.id, NULL, &all, &count, err);
    }
    for (size_t i = 0; i < count; i++) {
        if (code == 0 && all[i]->meter.kind == XH_METER_REGISTER && !all[i]->is_gauge) {
            code = start_meter(live, ctx, all[i], -1, err);
            /* the guides tell its month to the dong: that stands until its next half hour */
            if (code == 0 && live->count > 0 && xh_str_is(all[i]->code, "home-7/electricity")) {
                live->meters[live->count - 1]->is_slow = true;
            }
        }
        xh_series_put(all[i]);
    }
    return code;
}

static int start_tables(struct live *live, struct xh_ctx *ctx, struct xh_err *err)
{
    const struct xh_demo_state *state = &live->demo->state;
    int code = xh_demo_model_read(ctx->arena, (uint64_t)state->seed, state->day_to, &live->model,
                                  err);

    for (size_t i = 0; code == 0 && i < live->model.meter_count; i++) {
        const struct xh_series *series = NULL;
        if (xh_series_get(ctx, live->model.meters[i].code, &series, NULL) == 0) {
            code = start_meter(live, ctx, series, (int)i, err);
            xh_series_put(series);
        }
    }
    return code;
}

/* ---- going on ---- */

/* All that is missing until now, meter by meter. */
static int catch_up(struct live *live, struct xh_err *err)
{
    int code = 0;

    for (size_t i = 0; i < live->count && code == 0; i++) {
        struct xh_arena *arena = xh_arena_create("catch up");
        struct xh_ctx ctx;
        xh_engine_ctx(live->demo->engine, &xh_who_engine, arena, &ctx);
        if (i % 10 == 0) {
            (void)measures_heed(live, &ctx);
            xh_demo_progress(live->demo, "tạo số liệu đến giờ hiện tại",
                             "making up readings until now", (int64_t)i, (int64_t)live->count);
        }
        code = fill(live, &ctx, live->meters[i], err);
        xh_arena_destroy(arena);
    }
    if (code == 0) {
        (void)pthread_mutex_lock(&live->demo->lock);
        live->demo->is_forwarded = false;
        (void)pthread_mutex_unlock(&live->demo->lock);
    }
    xh_demo_progress_end(live->demo);
    return code;
}

static int tick(struct live *live, struct xh_err *err)
{
    struct xh_arena *arena = xh_arena_create("tick");
    struct xh_ingest_batch batch = {.arena = arena};
    struct xh_ctx ctx;

    xh_engine_ctx(live->demo->engine, &xh_who_engine, arena, &ctx);
    (void)measures_heed(live, &ctx);
    struct xh_ingest_row *rows = XH_NEW_ARRAY(arena, struct xh_ingest_row, live->count);
    int64_t now_us = xh_env_now_us(live->demo->app->env) / XH_US_PER_S * XH_US_PER_S;
    size_t by = live->turn == 0 ? 1 : TURNS; /* at first all, to be seen alive at once */
    for (size_t i = live->turn++ % TURNS; i < live->count; i += by) {
        struct meter *m = live->meters[i];
        int64_t at_us = due_us(m, now_us);
        if (at_us <= m->last_us) {
            continue;
        }
        struct xh_meter_reading reading = step(live, m, at_us);
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

static bool is_forwarded(struct xh_demo *demo)
{
    (void)pthread_mutex_lock(&demo->lock);
    bool is = demo->is_forwarded;
    (void)pthread_mutex_unlock(&demo->lock);
    return is;
}

static int go_on(struct live *live, int64_t every_ms, struct xh_err *err)
{
    const struct xh_env *env = live->demo->app->env;
    int64_t next_us = xh_env_monotonic_us(env) + every_ms * 1000;
    (void)pthread_mutex_lock(&live->demo->lock);
    live->demo->is_live = true;
    (void)pthread_mutex_unlock(&live->demo->lock);
    int code = catch_up(live, err);

    while (code == 0 && !xh_stop_wait(every_ms < LOOK_MS ? every_ms : LOOK_MS)) {
        if (is_forwarded(live->demo)) {
            code = catch_up(live, err);
        } else if (xh_env_monotonic_us(env) >= next_us) {
            next_us += every_ms * 1000;
            code = live->count > 0 ? tick(live, err) : 0;
        }
    }
    return code;
}

int xh_demo_live(struct xh_demo *demo, int64_t every_ms, struct xh_err *err)
{
    struct live live = {.demo = demo};
    struct xh_arena *arena = xh_arena_create("demo");
    struct xh_ctx ctx;

    live.meters = XH_NEW_ARRAY(arena, struct meter *, METERS_MAX);
    xh_engine_ctx(demo->engine, &xh_who_engine, arena, &ctx);
    int code = start_homes(&live, &ctx, err);
    code = code < 0 ? code : start_tables(&live, &ctx, err);
    code = code < 0 ? code : go_on(&live, every_ms, err);
    for (size_t i = 0; i < live.count; i++) {
        free(live.meters[i]);
    }
    xh_arena_destroy(arena);
    return code;
}
