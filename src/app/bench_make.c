/* bench_make.c: readings for measurements. */
#include "app/bench_make.h"

#include "base/arena.h"

#include <stdlib.h>

enum { LATE_STEPS_MAX = 96, WH_MIN = 16, HOURS = 24 };

/* A home's day, in thousandths of its mean. */
static const int weights[HOURS] = {
    550, 480, 440, 420, 430, 520, 780, 1020, 960, 880, 900, 1020,
    1150, 1080, 960, 930, 1000, 1240, 1620, 1850, 1780, 1540, 1120, 760,
};

uint64_t xh_bench_mix(uint64_t seed, uint64_t a, uint64_t b)
{
    uint64_t z = seed ^ a * UINT64_C(0x9e3779b97f4a7c15) ^ b * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* What one step of the day adds to a meter's register. */
static int64_t added_wh(const struct xh_bench_plan *plan, uint32_t meter, uint64_t step_of_day)
{
    int64_t base_w = 100 + (int64_t)(xh_bench_mix(plan->seed, meter, UINT64_MAX) % 801);
    int64_t hour = (int64_t)step_of_day * plan->step_s / 3600;
    int64_t share = 500 + (int64_t)(xh_bench_mix(plan->seed, meter, step_of_day + 1) % 1001);
    int64_t wh = base_w * weights[hour] / 1000 * share / 1000 * plan->step_s / 3600;
    return wh > WH_MIN ? wh : WH_MIN;
}

static int64_t jitter_wh(const struct xh_bench_plan *plan, uint32_t meter, uint64_t step)
{
    return (int64_t)(xh_bench_mix(~plan->seed, meter, step) % WH_MIN);
}

static uint64_t steps_per_day(const struct xh_bench_plan *plan)
{
    return (uint64_t)(86400 / plan->step_s);
}

static int64_t voltage_tenths(const struct xh_bench_plan *plan, uint32_t meter, uint64_t step)
{
    enum { PERIOD = 1200, HEIGHT = 60 };
    int64_t at_s = (int64_t)step * plan->step_s + (int64_t)meter * 37;
    int64_t into = at_s % PERIOD;
    int64_t up = into < PERIOD / 2 ? into : PERIOD - into;
    int64_t jitter = (int64_t)(xh_bench_mix(plan->seed, meter, step) % 3) - 1;
    return 2300 - HEIGHT / 2 + up * HEIGHT / (PERIOD / 2) + jitter;
}

static void fill(const struct xh_bench_plan *plan, uint32_t meter, uint64_t step, int64_t scaled,
                 struct xh_bench_reading *ret)
{
    bool is_meter = plan->kind == XH_BENCH_METER;
    ret->meter = meter;
    ret->at_us = plan->begin_us + (int64_t)step * plan->step_s * XH_US_PER_S;
    ret->value = (double)scaled / (is_meter ? 1000.0 : 10.0);
    ret->decimals = is_meter ? 3 : 1;
}

void xh_bench_one(const struct xh_bench_plan *plan, uint32_t meter, uint64_t step,
                  struct xh_bench_reading *ret)
{
    if (plan->kind == XH_BENCH_VOLTAGE) {
        fill(plan, meter, step, voltage_tenths(plan, meter, step), ret);
        return;
    }
    uint64_t per_day = steps_per_day(plan);
    int64_t day_wh = 0, rest_wh = 0;
    for (uint64_t i = 0; i < per_day; i++) {
        int64_t wh = added_wh(plan, meter, i);
        day_wh += wh;
        rest_wh += i <= step % per_day ? wh : 0;
    }
    int64_t wh = (int64_t)(step / per_day) * day_wh + rest_wh + jitter_wh(plan, meter, step);
    fill(plan, meter, step, wh, ret);
}

/* ---- all of them ---- */

struct waiting {
    struct xh_bench_reading *readings;
    size_t count, capacity;
};

struct xh_bench_feed {
    const struct xh_bench_plan *plan;
    int64_t *registers_wh;                    /* by meter, up to the present step */
    uint64_t step;
    uint32_t meter;
    size_t late_at;                           /* of those that come in this step: given out */
    struct waiting late[LATE_STEPS_MAX + 1];  /* by step, round and round */
};

struct xh_bench_feed *xh_bench_feed_create(const struct xh_bench_plan *plan)
{
    struct xh_bench_feed *feed = xh_alloc(sizeof(*feed));
    feed->plan = plan;
    feed->registers_wh = xh_alloc(((size_t)plan->meter_count + 1) * sizeof(int64_t));
    return feed;
}

void xh_bench_feed_destroy(struct xh_bench_feed *feed)
{
    for (size_t i = 0; i <= LATE_STEPS_MAX; i++) {
        free(feed->late[i].readings);
    }
    free(feed->registers_wh);
    free(feed);
}

/* How many steps after its time a reading comes; 0: at once. */
static uint64_t delay_steps(const struct xh_bench_feed *feed, uint32_t meter, uint64_t step)
{
    const struct xh_bench_plan *plan = feed->plan;
    if (plan->late_percent == 0) {
        return 0;
    }
    uint64_t dice = xh_bench_mix(plan->seed + 1, meter, step);
    return dice % 100 < plan->late_percent ? 1 + dice / 100 % LATE_STEPS_MAX : 0;
}

static void make_wait(struct xh_bench_feed *feed, uint64_t until,
                      const struct xh_bench_reading *reading)
{
    struct waiting *late = &feed->late[until % (LATE_STEPS_MAX + 1)];
    if (late->count == late->capacity) {
        late->capacity = late->capacity * 2 + 64;
        late->readings = xh_realloc(late->readings, late->capacity * sizeof(*late->readings));
    }
    late->readings[late->count++] = *reading;
}

static void make_one(struct xh_bench_feed *feed, uint32_t meter, struct xh_bench_reading *ret)
{
    const struct xh_bench_plan *plan = feed->plan;
    uint64_t step = feed->step;
    if (plan->kind == XH_BENCH_VOLTAGE) {
        fill(plan, meter, step, voltage_tenths(plan, meter, step), ret);
        return;
    }
    feed->registers_wh[meter] += added_wh(plan, meter, step % steps_per_day(plan));
    fill(plan, meter, step, feed->registers_wh[meter] + jitter_wh(plan, meter, step), ret);
}

/* Those late readings whose step it is; behind the last step all that still wait. */
static size_t take_late(struct xh_bench_feed *feed, struct xh_bench_reading *readings,
                        size_t capacity)
{
    struct waiting *late = &feed->late[feed->step % (LATE_STEPS_MAX + 1)];
    size_t count = 0;
    while (count < capacity && feed->late_at < late->count) {
        readings[count++] = late->readings[feed->late_at++];
    }
    if (feed->late_at == late->count) {
        late->count = feed->late_at = 0;
        feed->step++;
        feed->meter = 0;
    }
    return count;
}

size_t xh_bench_feed_next(struct xh_bench_feed *feed, struct xh_bench_reading *readings,
                          size_t capacity)
{
    const struct xh_bench_plan *plan = feed->plan;
    size_t count = 0;
    while (count < capacity && feed->step <= plan->step_count + LATE_STEPS_MAX) {
        if (feed->step >= plan->step_count || feed->meter == plan->meter_count) {
            count += take_late(feed, readings + count, capacity - count);
            continue;
        }
        make_one(feed, feed->meter, &readings[count]);
        uint64_t delay = delay_steps(feed, feed->meter, feed->step);
        if (delay > 0) {
            make_wait(feed, feed->step + delay, &readings[count]);
        } else {
            count++;
        }
        feed->meter++;
    }
    return count;
}
