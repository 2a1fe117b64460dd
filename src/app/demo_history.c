/* demo_history.c: the year before today, made by the rooms' simulate through a host that gathers a
 * series' readings into large batches, tells progress, and can be stopped. */
#include <math.h>
#include <string.h>

#include "app/demo.h"
#include "app/tree.h"
#include "domain/rooms.h"
#include "kernel/simulate.h"
#include "service/records.h"
#include "service/registry.h"

enum {
    BATCH_READINGS = 4000,
    STATE_BYTES_MAX = 4096,
    CORRECTION_DAYS_AGO = 12, /* home 7's electricity: seen on its page */
    UTC_OFFSET_H = XH_SIMULATE_UTC_OFFSET_H
};

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
};

/* ---- DIR/demo.json ---- */

struct state {
    int64_t seed, homes;
    int32_t day_from, day_to;
    bool is_whole;
};

static struct xh_str state_path(struct xh_app *app)
{
    return xh_arena_format(app->arena, "%s/demo.json", app->dir);
}

static int state_write(struct xh_app *app, const struct state *state, struct xh_err *err)
{
    struct xh_buf json = {0};
    struct xh_json_writer w;

    xh_json_writer_init(&w, &json, true);
    xh_json_object(&w);
    xh_json_name(&w, "seed");
    xh_json_int(&w, state->seed);
    xh_json_name(&w, "homes");
    xh_json_int(&w, state->homes);
    xh_json_name(&w, "day_from");
    xh_json_int(&w, state->day_from);
    xh_json_name(&w, "day_to");
    xh_json_int(&w, state->day_to);
    xh_json_name(&w, "is_whole");
    xh_json_bool(&w, state->is_whole);
    xh_json_object_end(&w);
    int code = xh_file_replace(app->env, state_path(app).ptr, xh_buf_str(&json), err);
    xh_buf_finish(&json);
    return code;
}

/* What was begun goes on as it was begun, whatever is asked now. */
static int state_read(struct xh_app *app, const struct xh_demo_options *options, struct state *ret,
                      struct xh_err *err)
{
    const struct xh_tree *tree = NULL;
    struct xh_buf text = {0};
    int code = xh_file_read(app->env, state_path(app).ptr, STATE_BYTES_MAX, &text, NULL);

    if (code == XH_E_NOT_FOUND) {
        int64_t local_us = xh_env_now_us(app->env) + XH_SIMULATE_UTC_OFFSET_H * XH_US_PER_HOUR;
        int32_t today = (int32_t)(local_us / XH_US_PER_DAY);
        *ret = (struct state){options->seed, options->homes, today - (int32_t)options->days, today,
                              false};
        code = state_write(app, ret, err);
    } else if (code >= 0) {
        code = xh_tree_parse(app->arena, xh_buf_str(&text), &tree, err);
        *ret = (struct state){xh_tree_int(tree, "seed"), xh_tree_int(tree, "homes"),
                              (int32_t)xh_tree_int(tree, "day_from"),
                              (int32_t)xh_tree_int(tree, "day_to"),
                              xh_tree_is_true(tree, "is_whole")};
    }
    xh_buf_finish(&text);
    return code < 0 ? code : 0;
}

/* ---- the host in between ---- */

struct gather {
    struct xh_app *app;
    const struct xh_host *host;
    struct xh_meter_reading *readings; /* BATCH_READINGS */
    size_t count;
    int64_t series_id, special_id;
    const struct fault *fault; /* of this series; NULL: none */
    int64_t fault_from_us, day_count;
    double shown, lost;        /* by a meter that stood still: its display, and what it missed */
    int32_t day_to;
    uint64_t made;
    struct xh_host own;
};

static struct gather *gather_of(const struct xh_ctx *ctx)
{
    return (struct gather *)((char *)(uintptr_t)ctx->host - offsetof(struct gather, own));
}

static int stopped(struct xh_err *err)
{
    return xh_err_set(err, XH_E_CANCELLED, "stopped; the history goes on at the next start");
}

static int flush(struct xh_ctx *ctx, struct gather *g, struct xh_err *err)
{
    int code = g->count == 0 ? 0
                             : g->host->readings_put(ctx, g->series_id, g->readings, g->count, err);
    g->made += g->count;
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

static int gather_put(struct xh_ctx *ctx, int64_t series_id,
                      const struct xh_meter_reading *readings, size_t count, struct xh_err *err)
{
    struct gather *g = gather_of(ctx);
    int code = 0;

    if (xh_stop_is_asked()) {
        return stopped(err);
    }
    if (series_id != g->series_id || g->count + count > BATCH_READINGS) {
        code = flush(ctx, g, err);
    }
    g->series_id = series_id;
    for (size_t i = 0; i < count && code == 0; i++) {
        struct xh_meter_reading reading = readings[i];
        if (g->fault == NULL || fault_take(g, &reading)) {
            g->readings[g->count++] = reading;
        }
    }
    return code;
}

/* Which fault a series has, by its code; home 7's electricity is kept in mind to be corrected. */
static void note_series(struct xh_ctx *ctx, struct gather *g, int64_t series_id)
{
    const struct xh_series *series = NULL;

    g->fault = NULL;
    g->shown = g->lost = 0;
    if (xh_series_get_id(ctx, series_id, &series, NULL) < 0) {
        return;
    }
    for (size_t i = 0; i < XH_COUNT(faults); i++) {
        if (xh_str_is(series->code, faults[i].series)) {
            int64_t day = (int64_t)g->day_to - faults[i].days_ago;
            g->fault = &faults[i];
            g->fault_from_us = day * XH_US_PER_DAY +
                               (faults[i].hour - UTC_OFFSET_H) * XH_US_PER_HOUR;
        }
    }
    g->special_id = xh_str_is(series->code, "home-7/electricity") ? series_id : g->special_id;
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
    return gather_put(ctx, series_id, readings, count, err);
}

/* What a room makes, in plain words; others are told by their name. */
static const char *made_by(const struct xh_term *note, const char *room)
{
    static const struct {
        const char *room, *en, *vi;
    } words[] = {
        {"energy", "electricity, home", "điện, nhà"},
        {"water", "water, home", "nước, nhà"},
        {"programme", "reports, market", "báo cáo, chợ"},
    };
    for (size_t i = 0; i < XH_COUNT(words); i++) {
        if (strcmp(words[i].room, room) == 0) {
            return note->is_vietnamese ? words[i].vi : words[i].en;
        }
    }
    return room;
}

/* One line that is written anew on a terminal; elsewhere a line for each room, when it is done. */
static void gather_progress(struct xh_ctx *ctx, int64_t done, int64_t total, const char *text)
{
    struct gather *g = gather_of(ctx);
    struct xh_term *note = &g->app->note;

    if (!note->is_tty && done < total) {
        return;
    }
    xh_term_print(note,
                  xh_term_say(note, "%smaking up %lld days: %s %lld of %lld%s",
                              "%sđang tạo %lld ngày số liệu mẫu: %s %lld trên %lld%s"),
                  note->is_tty ? "\r" : "", (long long)g->day_count, made_by(note, text),
                  (long long)done, (long long)total, note->is_tty ? "\033[K" : "\n");
    (void)xh_term_flush(note, NULL);
}

static void end_progress(struct gather *g)
{
    if (g->app->note.is_tty) {
        xh_term_print(&g->app->note, "\r\033[K");
        (void)xh_term_flush(&g->app->note, NULL);
    }
}

/* Rooms that make records only are asked to stop here. */
static int gather_record_put(struct xh_ctx *ctx, struct xh_record *record, struct xh_err *err)
{
    return xh_stop_is_asked() ? stopped(err) : gather_of(ctx)->host->record_put(ctx, record, err);
}

/* ---- the place ---- */

static int make_site(struct xh_ctx *ctx, int64_t *ret_id, struct xh_err *err)
{
    struct xh_record place;
    struct xh_filter filter = {
        .field = "code", .op = XH_FILTER_EQ, .value = {.type = XH_T_TEXT, .text = XH_STR("demo")}};
    struct xh_list list = {.filters = &filter, .filter_count = 1, .limit = 1};
    struct xh_str next = {NULL, 0};
    int64_t count = 0;
    int code = xh_record_count(ctx, "core.place", &list, &count, err);
    (void)next;

    if (code == 0 && count > 0) {
        code = xh_record_find(ctx, "core.place", "code", XH_STR("demo"), &place, err);
    } else if (code == 0) {
        code = xh_record_new(ctx, "core.place", &place, err);
        if (code < 0) {
            return code;
        }
        xh_doc_set_string(place.doc, "code", "demo");
        xh_doc_set_string(place.doc, "name", "Phường mẫu (số liệu mô phỏng)");
        xh_doc_set_string(place.doc, "name_en", "Model ward (simulated data)");
        xh_doc_set_string(place.doc, "kind", "site");
        xh_doc_set_string(place.doc, "zone", "Asia/Ho_Chi_Minh");
        code = xh_record_put(ctx, &place, err);
    }
    if (code == 0) {
        *ret_id = place.id;
    }
    return code;
}

/* A series for the visitor's own readings. */
static int make_own(struct xh_ctx *ctx, struct xh_err *err)
{
    const struct xh_meter_spec spec = {
        .place = XH_STR("home"),
        .place_kind = XH_STR("building"),
        .zone = XH_STR("Asia/Ho_Chi_Minh"),
        .device_kind = XH_STR("electricity_meter"),
        .series = XH_STR("home/electricity"),
        .name = XH_STR("Điện nhà bạn"),
        .quantity = XH_STR("energy.electricity"),
        .unit = XH_STR("kWh"),
        .kind = XH_STR("register"),
        .tariff = XH_STR("evn-residential"),
        .direction = XH_STR("use"),
    };
    int64_t id = 0;
    return xh_registry_meter(ctx, &spec, &id, err);
}

/* ---- the rooms ---- */

static int run_room(struct xh_ctx *ctx, const struct xh_domain *room, const struct state *state,
                    int64_t place_id, struct xh_err *err)
{
    struct xh_doc *doc = xh_doc_create(ctx->arena, &xh_simulate_in);
    const struct xh_in in = {.doc = doc};
    struct xh_out out = {xh_doc_create(ctx->arena, &xh_simulate_out)};

    xh_doc_set_int(doc, "seed", state->seed);
    xh_doc_set_int(doc, "from", state->day_from);
    xh_doc_set_int(doc, "to", state->day_to);
    xh_doc_set_int(doc, "homes", state->homes);
    xh_doc_set_int(doc, "place", place_id);
    xh_doc_set_string(doc, "home_code", "home");
    return room->simulate(ctx, &in, &out, err);
}

/* A misread value, put right the next day. */
static int correct(struct xh_ctx *ctx, struct gather *g, const struct state *state,
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

static int run_rooms(struct xh_ctx *ctx, struct gather *g, const struct state *state,
                     struct xh_err *err)
{
    int64_t place_id = 0;
    int code = make_site(ctx, &place_id, err);

    if (code == 0) {
        code = make_own(ctx, err);
    }
    for (size_t i = 0; i < xh_rooms_count && code == 0; i++) {
        if (!xh_rooms[i]->simulate) {
            continue;
        }
        ctx->host = &g->own;
        code = run_room(ctx, xh_rooms[i], state, place_id, err);
        if (code == 0) {
            code = flush(ctx, g, err);
        }
        ctx->host = g->host;
    }
    return code == 0 ? correct(ctx, g, state, err) : code;
}

int xh_demo_history(struct xh_app *app, struct xh_engine *engine,
                    const struct xh_demo_options *options, struct xh_err *err)
{
    struct xh_arena *arena = xh_arena_create("history");
    struct gather g = {.app = app};
    struct state state;
    struct xh_ctx ctx;
    int code = state_read(app, options, &state, err);

    if (code == 0 && !state.is_whole) {
        xh_engine_ctx(engine, &xh_who_engine, arena, &ctx);
        g.host = ctx.host;
        g.own = *ctx.host;
        g.own.readings_put = gather_put_noting;
        g.own.record_put = gather_record_put;
        g.own.progress = gather_progress;
        g.day_count = state.day_to - state.day_from;
        g.readings = XH_NEW_ARRAY(arena, struct xh_meter_reading, BATCH_READINGS);
        g.day_to = state.day_to;
        code = run_rooms(&ctx, &g, &state, err);
        if (code == 0) {
            code = xh_demo_care(&ctx, state.homes, state.day_to, err);
        }
        end_progress(&g);
        state.is_whole = true;
        if (code == 0) {
            code = state_write(app, &state, err);
        }
    }
    xh_arena_destroy(arena);
    return code;
}
