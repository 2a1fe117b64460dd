/* demo_meters.c: the history of the meters of the tables, by their model. */
#include <math.h>

#include "app/demo.h"
#include "app/demo_model.h"
#include "service/registry.h"

enum { BATCH_READINGS = 4000 };

/* A display shows whole steps and never goes back. */
static double shown(const struct xh_demo_meter *m, double value)
{
    double steps = pow(10, m->decimals);
    return (m->is_interval ? round(value * steps) : floor(value * steps)) / steps;
}

struct filling {
    struct xh_demo_model *model;
    int meter;
    int64_t series_id, from_us, to_us;
};

static int fill(struct xh_ctx *ctx, const struct filling *f, struct xh_err *err)
{
    const struct xh_demo_meter *m = &f->model->meters[f->meter];
    struct xh_meter_reading *readings = XH_NEW_ARRAY(ctx->arena, struct xh_meter_reading,
                                                     BATCH_READINGS);
    int64_t step_us = m->period_s * XH_US_PER_S;
    double value = (double)(f->series_id * 7919 % 50000);
    size_t count = 0;
    int code = 0;

    for (int64_t at_us = f->from_us; code == 0 && at_us <= f->to_us; at_us += step_us) {
        double grown = xh_demo_model_grown(f->model, f->meter, at_us - step_us, at_us);
        value = m->is_interval ? grown : value + (at_us > f->from_us ? grown : 0);
        if (m->is_interval && at_us == f->from_us) {
            continue; /* of the day before */
        }
        readings[count++] = (struct xh_meter_reading){
            .at_us = at_us, .value = shown(m, value), .quality = XH_QUALITY_SIMULATED};
        if (count == BATCH_READINGS) {
            code = xh_stop_is_asked()
                       ? xh_demo_stopped(err)
                       : ctx->host->readings_put(ctx, f->series_id, readings, count, err);
            count = 0;
        }
    }
    return code < 0 || count == 0
               ? code
               : ctx->host->readings_put(ctx, f->series_id, readings, count, err);
}

static int64_t midnight_us(int32_t day)
{
    return (int64_t)day * XH_US_PER_DAY - XH_DEMO_UTC_OFFSET_H * XH_US_PER_HOUR;
}

int xh_demo_meters(struct xh_demo *demo, struct xh_ctx *ctx, const char *group, struct xh_err *err)
{
    struct xh_demo_model model;
    int code = xh_demo_model_read(ctx->arena, (uint64_t)demo->state.seed, demo->state.day_to,
                                  &model, err);

    for (size_t i = 0; code == 0 && i < model.meter_count; i++) {
        const struct xh_series *series = NULL;
        if (!xh_str_is(model.meters[i].group, group)) {
            continue;
        }
        code = xh_series_get(ctx, model.meters[i].code, &series, NULL);
        if (code == XH_E_NOT_FOUND) {
            code = 0; /* of a room that this build lacks */
            continue;
        }
        struct filling filling = {&model, (int)i, series->id, midnight_us(demo->state.day_from),
                                  demo->state.start_us};
        xh_series_put(series);
        code = fill(ctx, &filling, err);
    }
    return code;
}
