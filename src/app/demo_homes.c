/* demo_homes.c: a year of homes, made by the rooms' simulate through a host that gathers a series'
 * readings into large batches and can be stopped. A few of the meters have faults; home 7's
 * electricity comes to 400 kWh from the first of the month to the clock's start. */
#include <math.h>
#include <string.h>

#include "app/demo.h"
#include "domain/rooms.h"
#include "kernel/simulate.h"
#include "service/records.h"
#include "service/registry.h"

enum {
    BATCH_READINGS = 4000,
    CORRECTION_DAYS_AGO = 12, /* home 7's electricity: seen on its page */
    SPECIAL_KWH = 400,
    SPECIAL_KW_MAX = 6,       /* too few hours of the month for 400 kWh: it is left as it is */
    SLOTS_PER_DAY = 48,
    UTC_OFFSET_H = XH_SIMULATE_UTC_OFFSET_H
};
#define SPECIAL "home-7/electricity"

/* ---- what goes wrong ---- */

/* Meters fail; so do some of these, for the page of data quality to have something to show. */
struct fault {
    const char *series;
    enum { FAULT_GAP, FAULT_STUCK, FAULT_SPIKE } kind;
    int days_ago, hour, hours; /* it begins days before the last day, at this local hour */
    double amount;             /* of a spike: by how much the value is wrong */
};
static const struct fault faults[] = {
    {"home-7/electricity", FAULT_GAP, 20, 7, 14, 0},
    {"home-8/electricity", FAULT_GAP, 3, 8, 9, 0},
    {"home-9/water", FAULT_STUCK, 9, 6, 60, 0},
    {"home-10/electricity", FAULT_SPIKE, 6, 10, 0, 8},
    {"home-23/electricity", FAULT_GAP, 2, 1, 30, 0},
    {"home-41/water", FAULT_STUCK, 6, 3, 50, 0},
};

/* ---- the host in between ---- */

struct gather {
    struct xh_demo *demo;
    const struct xh_host *host;
    struct xh_meter_reading *readings; /* enough for all of one series */
    size_t count, capacity;
    int64_t series_id, special_id;
    bool is_special;                   /* of this series: the month's sum is given */
    int64_t month_us, cut_us;          /* the month's beginning; nothing comes after the cut */
    const struct fault *fault;         /* of this series; NULL: none */
    int64_t fault_from_us;
    double shown, lost;        /* by a meter that stood still: its display, and what it missed */
    struct xh_host own;
};

static struct gather *gather_of(const struct xh_ctx *ctx)
{
    return (struct gather *)((char *)(uintptr_t)ctx->host - offsetof(struct gather, own));
}

/* A home of a size at which the month comes to what it is to be; in hundredths, as the meter shows
 * them. */
static void stretch(struct gather *g)
{
    const struct xh_meter_reading *r = g->readings;
    size_t last = g->count - 1, month = 0;

    while (month < last && r[month].at_us < g->month_us) {
        month++;
    }
    double grown = r[last].value - r[month].value, first = r[0].value;
    double hours = (double)(r[last].at_us - r[month].at_us) / XH_US_PER_HOUR;
    if (grown <= 0 || hours * SPECIAL_KW_MAX < SPECIAL_KWH) {
        return;
    }
    double factor = SPECIAL_KWH / grown;
    double base = round((first + (r[month].value - first) * factor) * 100) / 100;
    double at_month = r[month].value;
    for (size_t i = 0; i <= last; i++) {
        double value = i < month ? first + (r[i].value - first) * factor
                                 : base + (r[i].value - at_month) * factor;
        g->readings[i].value = round(value * 100) / 100;
    }
}

static int flush(struct xh_ctx *ctx, struct gather *g, struct xh_err *err)
{
    int code = 0;

    if (g->count > 0 && g->is_special) {
        stretch(g);
    }
    for (size_t from = 0; code == 0 && from < g->count; from += BATCH_READINGS) {
        size_t left = g->count - from;
        code = g->host->readings_put(ctx, g->series_id, g->readings + from,
                                     left < BATCH_READINGS ? left : BATCH_READINGS, err);
    }
    g->count = 0;
    return code;
}

/* False: the reading never came. What a meter missed while it stood still stays missed. */
static bool fault_take(struct gather *g, struct xh_meter_reading *reading)
{
    int64_t since_us = reading->at_us - g->fault_from_us;
    bool is_within = since_us > 0 && since_us < g->fault->hours * XH_US_PER_HOUR;

    if (g->fault->kind == FAULT_SPIKE && since_us == 0) {
        reading->value += g->fault->amount;
    } else if (g->fault->kind == FAULT_STUCK && is_within) {
        g->lost = reading->value - g->shown;
    }
    if (g->fault->kind == FAULT_STUCK) {
        reading->value = round((reading->value - g->lost) * 1000) / 1000;
        g->shown = reading->value;
    }
    return g->fault->kind != FAULT_GAP || !is_within;
}

static int gather_put(struct xh_ctx *ctx, const struct xh_meter_reading *readings, size_t count,
                      struct xh_err *err)
{
    struct gather *g = gather_of(ctx);
    int code = xh_stop_is_asked() ? xh_demo_stopped(err) : 0;

    xh_assert(g->count + count <= g->capacity);
    for (size_t i = 0; i < count && code == 0; i++) {
        struct xh_meter_reading reading = readings[i];
        if (reading.at_us <= g->cut_us && (g->fault == NULL || fault_take(g, &reading))) {
            g->readings[g->count++] = reading;
        }
    }
    return code;
}

/* Which fault a series has, by its code; home 7's electricity is kept in mind to be corrected. */
static void note_series(struct xh_ctx *ctx, struct gather *g, int64_t series_id)
{
    const struct xh_series *series = NULL;

    g->series_id = series_id;
    g->fault = NULL;
    g->is_special = false;
    g->shown = g->lost = 0;
    if (xh_series_get_id(ctx, series_id, &series, NULL) < 0) {
        return;
    }
    for (size_t i = 0; i < XH_COUNT(faults); i++) {
        if (xh_str_is(series->code, faults[i].series)) {
            int64_t day = (int64_t)g->demo->state.day_to - faults[i].days_ago;
            g->fault = &faults[i];
            g->fault_from_us = day * XH_US_PER_DAY +
                               (faults[i].hour - UTC_OFFSET_H) * XH_US_PER_HOUR;
        }
    }
    if (xh_str_is(series->code, SPECIAL)) {
        g->is_special = true;
        g->special_id = series_id;
    }
    xh_series_put(series);
}

static int gather_put_noting(struct xh_ctx *ctx, int64_t series_id,
                             const struct xh_meter_reading *readings, size_t count,
                             struct xh_err *err)
{
    struct gather *g = gather_of(ctx);
    if (series_id != g->series_id) {
        int code = flush(ctx, g, err);
        if (code < 0) {
            return code;
        }
        note_series(ctx, g, series_id);
    }
    return gather_put(ctx, readings, count, err);
}

static void gather_progress(struct xh_ctx *ctx, int64_t done, int64_t total, const char *text)
{
    (void)ctx; /* told by homes, not by rooms */
    (void)done;
    (void)total;
    (void)text;
}

/* ---- the rooms ---- */

static int run_room(struct xh_ctx *ctx, const struct xh_domain *room,
                    const struct xh_demo_state *state, int64_t place_id, int64_t first,
                    int64_t last, struct xh_err *err)
{
    struct xh_doc *doc = xh_doc_create(ctx->arena, &xh_simulate_in);
    const struct xh_in in = {.doc = doc};
    struct xh_out out = {xh_doc_create(ctx->arena, &xh_simulate_out)};

    xh_doc_set_int(doc, "seed", state->seed);
    xh_doc_set_int(doc, "from", state->day_from);
    xh_doc_set_int(doc, "to", state->day_to + 1);
    xh_doc_set_int(doc, "first", first);
    xh_doc_set_int(doc, "homes", last);
    xh_doc_set_int(doc, "place", place_id);
    xh_doc_set_string(doc, "home_code", "home");
    return room->simulate(ctx, &in, &out, err);
}

/* A misread value, put right the next day. */
static int correct(struct xh_ctx *ctx, struct gather *g, const struct xh_demo_state *state,
                   struct xh_err *err)
{
    int64_t at_us = ((int64_t)state->day_to - CORRECTION_DAYS_AGO) * XH_US_PER_DAY +
                    5 * XH_US_PER_HOUR;
    const struct xh_series *series = NULL;
    struct xh_reading was;
    int code = g->special_id == 0 ? XH_E_NOT_FOUND
                                  : xh_series_get_id(ctx, g->special_id, &series, err);

    if (code < 0) {
        return code == XH_E_NOT_FOUND ? 0 : code;
    }
    code = xh_tsdb_before(xh_engine_tsdb(xh_ctx_engine(ctx)), &series->key, at_us, 0, &was, err);
    if (code == 0) {
        struct xh_meter_reading reading = {
            .at_us = was.at_us, .value = was.value + 3, .quality = XH_QUALITY_SIMULATED};
        code = g->host->readings_put(ctx, series->id, &reading, 1, err);
        reading.value = was.value;
        if (code == 0) {
            code = g->host->readings_put(ctx, series->id, &reading, 1, err);
        }
    }
    xh_series_put(series);
    return code == XH_E_NOT_FOUND ? 0 : code;
}

/* Reports of markets come from our own tables. */
static bool makes_homes(const struct xh_domain *room)
{
    return room->simulate != NULL && room->quantity_count > 0;
}

static int run_rooms(struct xh_ctx *ctx, struct gather *g, int64_t first, int64_t last,
                     struct xh_err *err)
{
    const struct xh_demo_state *state = &g->demo->state;
    struct xh_record site;
    int code = xh_record_find(ctx, "core.place", "code", XH_STR("demo"), &site, err);

    for (size_t i = 0; i < xh_rooms_count && code == 0; i++) {
        if (!makes_homes(xh_rooms[i])) {
            continue;
        }
        ctx->host = &g->own;
        code = run_room(ctx, xh_rooms[i], state, site.id, first, last, err);
        if (code == 0) {
            code = flush(ctx, g, err);
        }
        ctx->host = g->host;
    }
    return code == 0 ? correct(ctx, g, state, err) : code;
}

/* The first of the month in which the clock starts. */
static int64_t month_us(const struct xh_demo_state *state)
{
    int year, month, day;
    xh_day_to_civil(state->day_to, &year, &month, &day);
    return (int64_t)xh_day_from_civil(year, month, 1) * XH_US_PER_DAY -
           UTC_OFFSET_H * XH_US_PER_HOUR;
}

int xh_demo_homes(struct xh_demo *demo, struct xh_ctx *ctx, int64_t first, int64_t last,
                  struct xh_err *err)
{
    size_t days = (size_t)(demo->state.day_to - demo->state.day_from) + 2;
    struct gather g = {
        .demo = demo,
        .host = ctx->host,
        .readings = XH_NEW_ARRAY(ctx->arena, struct xh_meter_reading, days * SLOTS_PER_DAY),
        .capacity = days * SLOTS_PER_DAY,
        .own = *ctx->host,
        .month_us = month_us(&demo->state),
        .cut_us = demo->state.start_us,
    };

    g.own.readings_put = gather_put_noting;
    g.own.progress = gather_progress;
    return run_rooms(ctx, &g, first, last, err);
}
