/* sim_host.h: a host that keeps records in memory, finds them by code, and counts readings: enough
 * for simulate and indicators. */
#ifndef XH_TESTS_SIM_HOST_H
#define XH_TESTS_SIM_HOST_H

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/host.h"
#include "kernel/simulate.h"

enum { SIM_RECORDS_MAX = 200, SIM_SERIES_MAX = 64 };

struct sim_series {
    int64_t id, first_us, last_us;
    double first_value, last_value, sum;
    size_t count;
    bool is_growing;
    unsigned qualities;
};

struct sim {
    struct xh_arena *arena;
    struct xh_record records[SIM_RECORDS_MAX];
    size_t record_count;
    struct sim_series series[SIM_SERIES_MAX];
    size_t series_count;
    int64_t progress_done;
    int failing_put;           /* the n-th record_put from now fails; 0: none */
    struct xh_use use;         /* what use() answers */
    struct xh_use_ask asked;   /* what it was asked */
    const struct xh_dated *rows;
    size_t row_count;
    struct xh_host host;
    struct xh_ctx ctx;
};

static struct sim *sim_of(const struct xh_ctx *ctx)
{
    return ctx->host->self;
}

static const struct xh_record_type *sim_type(const char *name)
{
    for (size_t i = 0; i < xh_core_domain.record_count; i++) {
        if (strcmp(xh_core_domain.records[i]->name, name + strlen("core.")) == 0) {
            return xh_core_domain.records[i];
        }
    }
    fail_msg("there is no record type '%s'", name);
    return NULL;
}

static int sim_record_new(struct xh_ctx *ctx, const char *type, struct xh_record *ret,
                          struct xh_err *err)
{
    (void)err;
    memset(ret, 0, sizeof *ret);
    ret->type = sim_type(type);
    ret->doc = xh_doc_create(ctx->arena, &ret->type->shape);
    return 0;
}

static int sim_record_put(struct xh_ctx *ctx, struct xh_record *record, struct xh_err *err)
{
    struct sim *sim = sim_of(ctx);
    if (sim->failing_put > 0 && --sim->failing_put == 0) {
        return xh_err_set(err, XH_E_NO_SPACE, "no space left");
    }
    int code = xh_doc_check(record->doc, err);
    if (code < 0) {
        return code;
    }
    if (record->id != 0) {
        record->version++;
        sim->records[record->id - 1] = *record;
        return 0;
    }
    assert_true(sim->record_count < SIM_RECORDS_MAX);
    record->id = (int64_t)sim->record_count + 1;
    record->version = 1;
    sim->records[sim->record_count++] = *record;
    return 0;
}

static int sim_record_get(struct xh_ctx *ctx, const char *type, int64_t id, struct xh_record *ret,
                          struct xh_err *err)
{
    struct sim *sim = sim_of(ctx);
    (void)err;
    assert_in_range(id, 1, sim->record_count);
    *ret = sim->records[id - 1];
    assert_ptr_equal(ret->type, sim_type(type));
    return 0;
}

static int sim_record_list(struct xh_ctx *ctx, const char *type, const struct xh_list *list,
                           xh_record_fn *each, void *arg, struct xh_str *ret_next,
                           struct xh_err *err)
{
    struct sim *sim = sim_of(ctx);
    *ret_next = xh_str_from(NULL);
    assert_int_equal(list->filter_count, 1);
    assert_string_equal(list->filters[0].field, "code");
    for (size_t i = 0; i < sim->record_count; i++) {
        struct xh_record *record = &sim->records[i];
        if (record->type == sim_type(type) &&
            xh_str_equal(xh_doc_text(record->doc, "code"), list->filters[0].value.text)) {
            int code = each(arg, record, err);
            if (code != 0) {
                return code;
            }
        }
    }
    return 0;
}

static struct sim_series *sim_series_of(struct sim *sim, int64_t id)
{
    for (size_t i = 0; i < sim->series_count; i++) {
        if (sim->series[i].id == id) {
            return &sim->series[i];
        }
    }
    assert_true(sim->series_count < SIM_SERIES_MAX);
    struct sim_series *series = &sim->series[sim->series_count++];
    *series = (struct sim_series){.id = id, .is_growing = true, .qualities = ~0u};
    return series;
}

static int sim_readings_put(struct xh_ctx *ctx, int64_t series_id,
                            const struct xh_meter_reading *readings, size_t count,
                            struct xh_err *err)
{
    struct sim_series *series = sim_series_of(sim_of(ctx), series_id);
    (void)err;
    for (size_t i = 0; i < count; i++) {
        const struct xh_meter_reading *r = &readings[i];
        if (series->count == 0) {
            series->first_us = r->at_us;
            series->first_value = r->value;
        } else if (r->at_us <= series->last_us || r->value < series->last_value) {
            series->is_growing = false;
        }
        series->last_us = r->at_us;
        series->last_value = r->value;
        series->sum += r->value;
        series->qualities &= r->quality;
        series->count++;
    }
    return 0;
}

static int sim_use(struct xh_ctx *ctx, const struct xh_use_ask *ask, struct xh_use *ret,
                   struct xh_err *err)
{
    struct sim *sim = sim_of(ctx);
    (void)err;
    sim->asked = *ask;
    *ret = sim->use;
    return 0;
}

static int sim_dated(struct xh_ctx *ctx, struct xh_dated_set *ret, struct xh_err *err)
{
    struct sim *sim = sim_of(ctx);
    (void)err;
    ret->rows = sim->rows;
    ret->count = sim->row_count;
    return 0;
}

static void sim_progress(struct xh_ctx *ctx, int64_t done, int64_t total, const char *text)
{
    (void)total;
    (void)text;
    sim_of(ctx)->progress_done = done;
}

static void sim_init(struct sim *sim)
{
    memset(sim, 0, sizeof *sim);
    sim->arena = xh_arena_create("sim");
    sim->host.self = sim;
    sim->host.record_new = sim_record_new;
    sim->host.record_put = sim_record_put;
    sim->host.record_get = sim_record_get;
    sim->host.record_list = sim_record_list;
    sim->host.readings_put = sim_readings_put;
    sim->host.use = sim_use;
    sim->host.dated = sim_dated;
    sim->host.progress = sim_progress;
    sim->ctx.host = &sim->host;
    sim->ctx.who = &xh_who_engine;
    sim->ctx.arena = sim->arena;
}

static void sim_finish(struct sim *sim)
{
    xh_arena_destroy(sim->arena);
}

static int32_t sim_day(const char *text)
{
    int32_t day = 0;
    assert_int_equal(xh_day_parse(xh_str_from(text), &day, NULL), 0);
    return day;
}

/* A room's simulate from `from` to `to`. */
static int sim_run(struct sim *sim, xh_run_fn *simulate, int64_t seed, int homes, const char *from,
                   const char *to, struct xh_doc **ret_out, struct xh_err *err)
{
    struct xh_in in = {.doc = xh_doc_create(sim->arena, &xh_simulate_in)};
    struct xh_out out = {.doc = xh_doc_create(sim->arena, &xh_simulate_out)};
    struct xh_doc *doc = xh_doc_create(sim->arena, &xh_simulate_in);
    xh_doc_set_int(doc, "seed", seed);
    xh_doc_set_int(doc, "homes", homes);
    xh_doc_set_int(doc, "from", sim_day(from));
    xh_doc_set_int(doc, "to", sim_day(to));
    in.doc = doc;
    int code = simulate(&sim->ctx, &in, &out, err);
    *ret_out = out.doc;
    return code;
}

/* An indicator for place 7. */
static int sim_indicator(struct sim *sim, const struct xh_domain *room, const char *name,
                         const char *from, const char *to, struct xh_doc **ret_out,
                         struct xh_err *err)
{
    struct xh_doc *doc = xh_doc_create(sim->arena, &xh_indicator_in);
    struct xh_in in = {.doc = doc};
    struct xh_out out = {.doc = xh_doc_create(sim->arena, &xh_indicator_out)};
    xh_doc_set_int(doc, "place", 7);
    xh_doc_set_int(doc, "from", sim_day(from));
    xh_doc_set_int(doc, "to", sim_day(to));
    *ret_out = out.doc;
    for (size_t i = 0; i < room->indicator_count; i++) {
        if (strcmp(room->indicators[i].name, name) == 0) {
            return room->indicators[i].run(&sim->ctx, &in, &out, err);
        }
    }
    fail_msg("there is no indicator '%s'", name);
    return 0;
}

#endif
