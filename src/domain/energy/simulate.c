/* simulate.c: homes with electricity meters that are read every half hour, some with solar panels.
 *
 * Load is made of what a home of Vietnam shows: a base (refrigerator, standby), a morning and an
 * evening hump, more at noon on Sundays, and air conditioning in the evenings and nights of the hot
 * months; each home has its own size and habits, each half hour its own chance. Solar output
 * follows the sun's height, damped by clouds that last a day and pass within it. The meters show
 * kilowatt hours with two decimals and roll over at 1,000,000.
 */
#include "domain/energy/energy_internal.h"
#include "kernel/simulate.h"

#include <math.h>

#include "base/rand.h"

enum {
    STEPS_PER_DAY = 48,
    SOLAR_EVERY = 5,            /* every fifth home has panels */
    QUALITY_SIMULATED = 16      /* store/tsdb's bit, as seen through the host */
};

static const double half_hour_h = 0.5;
static const double year_days = 365.2425;
static const double two_pi = 6.283185307179586;

struct home {
    double base_kw, morning_kw, evening_kw, cooling_kw, solar_kwp;
    double morning_h, evening_h;
    struct xh_rand rand;
};

static void home_init(struct home *home, int64_t seed, int number, bool has_solar)
{
    struct xh_rand *r = &home->rand;
    xh_rand_init(r,
                 (uint64_t)seed * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)number * 2 + has_solar);
    home->base_kw = 0.06 + 0.08 * xh_rand_unit(r);
    home->morning_kw = 0.2 + 0.5 * xh_rand_unit(r);
    home->evening_kw = 0.4 + 0.9 * xh_rand_unit(r);
    home->cooling_kw = 0.3 + 1.2 * xh_rand_unit(r);
    home->solar_kwp = 2 + 4 * xh_rand_unit(r);
    home->morning_h = 6 + 1.5 * xh_rand_unit(r);
    home->evening_h = 18.5 + 1.5 * xh_rand_unit(r);
}

static double hump(double hour, double at_h, double width_h)
{
    double distance = (hour - at_h) / width_h;
    return exp(-distance * distance / 2);
}

/* 0 in the cool season, 1 in the middle of the hot one (early July, as in Hanoi). */
static double heat(int32_t day)
{
    double season = cos(two_pi * ((double)day - 183) / year_days);
    return season > 0 ? season : 0;
}

static double load_kw(struct home *home, int32_t day, double hour)
{
    bool is_sunday = xh_day_weekday(day) == 7;
    double night = hump(hour, 22.5, 2.2) + hump(hour, -1.5, 2.2);
    double kw = home->base_kw + home->morning_kw * hump(hour, home->morning_h, 0.7) +
                home->evening_kw * hump(hour, home->evening_h, 1.4) +
                (is_sunday ? 0.3 : 0.08) * hump(hour, 12, 1) + home->cooling_kw * heat(day) * night;
    return kw * exp(0.25 * xh_rand_normal(&home->rand));
}

/* The sun over northern Vietnam: up from about 5:30 to 18:30 in summer, 6:30 to 17:30 in winter. */
static double solar_kw(struct home *home, int32_t day, double hour, double clear_sky)
{
    double half_day_h = 6 + 0.6 * cos(two_pi * ((double)day - 172) / year_days);
    double height = cos((hour - 12) / half_day_h * two_pi / 4);
    if (fabs(hour - 12) >= half_day_h) {
        return 0;
    }
    double passing = 1 - 0.25 * xh_rand_unit(&home->rand);
    return home->solar_kwp * 0.8 * pow(height, 1.3) * clear_sky * passing;
}

/* Adds one day of readings, each at the end of its half hour; the meter goes on from *kwh. */
static void simulate_day(struct home *home, int32_t day, bool is_solar, double *kwh,
                         struct xh_meter_reading readings[STEPS_PER_DAY])
{
    int64_t start_us = (int64_t)day * XH_US_PER_DAY - XH_SIMULATE_UTC_OFFSET_H * XH_US_PER_HOUR;
    double clear_sky = 0.35 + 0.65 * xh_rand_unit(&home->rand);
    for (int i = 0; i < STEPS_PER_DAY; i++) {
        double hour = (i + 0.5) * half_hour_h;
        double kw = is_solar ? solar_kw(home, day, hour, clear_sky) : load_kw(home, day, hour);
        *kwh = fmod(*kwh + kw * half_hour_h, 1e6);
        readings[i] = (struct xh_meter_reading){
            .at_us = start_us + (i + 1) * (XH_US_PER_HOUR / 2),
            .value = floor(*kwh * 100) / 100,
            .quality = QUALITY_SIMULATED,
        };
    }
}

static int simulate_meter(struct xh_ctx *ctx, const struct xh_doc *in, int number, bool is_solar,
                          int64_t *readings, struct xh_err *err)
{
    const struct xh_simulate_series what = {
        .home = number,
        .device_kind = "electricity_meter",
        .name = is_solar ? "solar" : "electricity",
        .name_vi = is_solar ? "Điện mặt trời" : "Điện",
        .property = is_solar ? "energy.solar" : "energy.electricity",
        .unit = "kWh",
        .tariff = is_solar ? NULL : "evn-residential",
        .direction = is_solar ? "production" : "use",
        .period_s = 1800,
        .modulus = 1e6,
        .max_per_hour = 20,
    };
    struct xh_meter_reading day_readings[STEPS_PER_DAY];
    struct home home;
    int64_t id = 0;
    int code = xh_simulate_series(ctx, in, &what, &id, err);
    home_init(&home, xh_doc_int(in, "seed"), number, is_solar);
    double kwh = 1000 * xh_rand_unit(&home.rand);
    int32_t to = (int32_t)xh_doc_int(in, "to");
    for (int32_t day = (int32_t)xh_doc_int(in, "from"); day < to && code == 0; day++) {
        simulate_day(&home, day, is_solar, &kwh, day_readings);
        code = ctx->host->readings_put(ctx, id, day_readings, STEPS_PER_DAY, err);
        *readings += STEPS_PER_DAY;
    }
    return code;
}

int xh__energy_simulate(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                        struct xh_err *err)
{
    int64_t homes = xh_doc_int(in->doc, "homes"), series = 0, readings = 0;
    int code = xh_simulate_check(in->doc, err);
    for (int number = xh_simulate_first(in->doc); number <= homes && code == 0; number++) {
        code = simulate_meter(ctx, in->doc, number, false, &readings, err);
        series++;
        if (code == 0 && number % SOLAR_EVERY == 0) {
            code = simulate_meter(ctx, in->doc, number, true, &readings, err);
            series++;
        }
        ctx->host->progress(ctx, number, homes, "energy");
    }
    if (code == 0) {
        xh_doc_set_int(out->doc, "series", series);
        xh_doc_set_int(out->doc, "readings", readings);
    }
    return code;
}
