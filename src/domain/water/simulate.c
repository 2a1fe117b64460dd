/* simulate.c: homes with water meters that are read every hour.
 *
 * Water runs in draws: a number of them each hour by the time of day and the size of the household,
 * each of some litres. One home in ten leaks: a trickle that never stops, which is what a night of
 * zero flow would have ruled out. The meters show cubic metres with three decimals and roll over at
 * 10,000.
 */
#include "domain/water/water_internal.h"
#include "kernel/simulate.h"

#include <math.h>

#include "base/rand.h"

enum {
    STEPS_PER_DAY = 24,
    LEAK_EVERY = 10,
    QUALITY_SIMULATED = 16 /* store/tsdb's bit, as seen through the host */
};

/* Draws of one person by hour of the day; about 150 litres a day of 12 litres each. */
static const double draws_per_hour[STEPS_PER_DAY] = {
    0.05, 0.02, 0.02, 0.02, 0.05, 0.4, 1.3, 1.2, 0.5, 0.3, 0.4, 0.9,
    0.7,  0.3,  0.2,  0.3,  0.5,  1.0, 1.5, 1.2, 0.8, 0.6, 0.3, 0.1,
};
static const double litres_per_draw = 12;

struct home {
    int persons;
    double thrift, leak_l_per_h;
    struct xh_rand rand;
};

static void home_init(struct home *home, int64_t seed, int number)
{
    xh_rand_init(&home->rand, (uint64_t)seed * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)number);
    home->persons = 1 + number % 5;
    home->thrift = 0.7 + 0.6 * xh_rand_unit(&home->rand);
    home->leak_l_per_h = number % LEAK_EVERY == 0 ? 4 + 6 * xh_rand_unit(&home->rand) : 0;
}

/* How many of a mean that is small (Knuth, The Art of Computer Programming 2, section 3.4.1). */
static int draw_count(struct xh_rand *r, double mean)
{
    double limit = exp(-mean), product = xh_rand_unit(r);
    int count = 0;
    for (; product > limit; count++) {
        product *= xh_rand_unit(r);
    }
    return count;
}

static double litres_of_hour(struct home *home, int hour)
{
    int draws = draw_count(&home->rand, draws_per_hour[hour] * home->persons * home->thrift);
    double litres = home->leak_l_per_h;
    for (int i = 0; i < draws; i++) {
        litres += litres_per_draw * (0.2 + 1.6 * xh_rand_unit(&home->rand));
    }
    return litres;
}

static void simulate_day(struct home *home, int32_t day, double *volume_m3,
                         struct xh_meter_reading readings[STEPS_PER_DAY])
{
    int64_t start_us = (int64_t)day * XH_US_PER_DAY - XH_SIMULATE_UTC_OFFSET_H * XH_US_PER_HOUR;
    for (int hour = 0; hour < STEPS_PER_DAY; hour++) {
        *volume_m3 = fmod(*volume_m3 + litres_of_hour(home, hour) / 1000, 1e4);
        readings[hour] = (struct xh_meter_reading){
            .at_us = start_us + (hour + 1) * XH_US_PER_HOUR,
            .value = floor(*volume_m3 * 1000) / 1000,
            .quality = QUALITY_SIMULATED,
        };
    }
}

static int simulate_meter(struct xh_ctx *ctx, const struct xh_doc *in, int number,
                          int64_t *readings, struct xh_err *err)
{
    const struct xh_simulate_series what = {
        .home = number,
        .device_kind = "water_meter",
        .name = "water",
        .name_vi = "Nước",
        .property = "water.consumption",
        .unit = "m3",
        .tariff = "hanoi-household",
        .direction = "use",
        .period_s = 3600,
        .modulus = 1e4,
        .max_per_hour = 5,
    };
    struct xh_meter_reading day_readings[STEPS_PER_DAY];
    struct home home;
    int64_t id = 0;
    int code = xh_simulate_series(ctx, in, &what, &id, err);
    home_init(&home, xh_doc_int(in, "seed"), number);
    double volume_m3 = 100 * xh_rand_unit(&home.rand);
    int32_t to = (int32_t)xh_doc_int(in, "to");
    for (int32_t day = (int32_t)xh_doc_int(in, "from"); day < to && code == 0; day++) {
        simulate_day(&home, day, &volume_m3, day_readings);
        code = ctx->host->readings_put(ctx, id, day_readings, STEPS_PER_DAY, err);
        *readings += STEPS_PER_DAY;
    }
    return code;
}

int xh__water_simulate(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                       struct xh_err *err)
{
    int64_t homes = xh_doc_int(in->doc, "homes"), readings = 0;
    int code = xh_simulate_check(in->doc, err);
    for (int number = xh_simulate_first(in->doc); number <= homes && code == 0; number++) {
        code = simulate_meter(ctx, in->doc, number, &readings, err);
        ctx->host->progress(ctx, number, homes, "water");
    }
    if (code == 0) {
        xh_doc_set_int(out->doc, "series", homes);
        xh_doc_set_int(out->doc, "readings", readings);
    }
    return code;
}
