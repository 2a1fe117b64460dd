/* demo_model.c: days of the made-up meters. */
#include "app/demo_model.h"

#include <math.h>
#include <string.h>

#include "app/demo_clock.h"
#include "base/rand.h"

enum { WEEK_DAYS = 7, BLOCK_DAYS = 30, SEASON_NONE = 0, SEASON_SUN, SEASON_SCHOOL };

static const int64_t offset_us = XH_DEMO_UTC_OFFSET_H * XH_US_PER_HOUR;
static const int64_t slot_us = XH_US_PER_DAY / XH_DEMO_SLOTS;
static const double slot_noise = 0.06;
static const double two_pi = 6.283185307179586;

/* ---- reading the tables ---- */

static uint64_t seed_of(uint64_t seed, struct xh_str code)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ seed * UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = 0; i < code.len; i++) { /* FNV-1a */
        hash = (hash ^ (unsigned char)code.ptr[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static const double *profile_read(struct xh_arena *arena, const struct xh_demo_table *profiles,
                                  struct xh_str name)
{
    double *hours = XH_NEW_ARRAY(arena, double, 24);
    double sum = 0;

    for (size_t row = 0; row < profiles->row_count; row++) {
        for (int h = 0; xh_str_equal(xh_demo_cell(profiles, row, "profile"), name) && h < 24; h++) {
            struct xh_str column = xh_arena_format(arena, "h%d", h);
            hours[h] = xh_demo_number(profiles, row, column.ptr);
            sum += hours[h];
        }
    }
    for (int h = 0; h < 24; h++) {
        hours[h] /= sum > 0 ? sum : 1;
    }
    return sum > 0 ? hours : NULL;
}

static int season_of(struct xh_str name)
{
    return xh_str_is(name, "sun")      ? SEASON_SUN
           : xh_str_is(name, "school") ? SEASON_SCHOOL
                                       : SEASON_NONE;
}

static struct xh_demo_meter meter_read(struct xh_arena *arena, uint64_t seed,
                                       const struct xh_demo_table *t,
                                       const struct xh_demo_table *profiles, size_t row)
{
    struct xh_str code = xh_demo_cell(t, row, "code");
    return (struct xh_demo_meter){
        .code = code,
        .group = xh_demo_cell(t, row, "group"),
        .quantity = xh_demo_cell(t, row, "quantity"),
        .is_interval = xh_str_is(xh_demo_cell(t, row, "kind"), "interval"),
        .decimals = (int)xh_demo_integer(t, row, "decimals"),
        .period_s = xh_demo_integer(t, row, "period_s"),
        .day_amount = xh_demo_number(t, row, "day_amount"),
        .per_driver = xh_demo_number(t, row, "per_driver"),
        .saturday = xh_demo_number(t, row, "saturday"),
        .sunday = xh_demo_number(t, row, "sunday"),
        .noise = xh_demo_number(t, row, "noise"),
        .share = xh_demo_number(t, row, "share"),
        .driver = -1,
        .sum_of = xh_demo_cell(t, row, "sum_of"),
        .season = season_of(xh_demo_cell(t, row, "season")),
        .hours = profile_read(arena, profiles, xh_demo_cell(t, row, "profile")),
        .seed = seed_of(seed, code),
    };
}

static int effects_read(struct xh_arena *arena, struct xh_demo_model *model, struct xh_err *err)
{
    struct xh_demo_table t;
    int code = xh_demo_table_read(arena, "demo/effects.csv", &t, err);

    if (code < 0) {
        return code;
    }
    model->effects = XH_NEW_ARRAY(arena, struct xh_demo_effect, t.row_count + 1);
    for (size_t row = 0; row < t.row_count; row++) {
        struct xh_demo_effect effect = {
            .measure = xh_demo_cell(&t, row, "measure"),
            .meter = xh_demo_model_find(model, xh_demo_cell(&t, row, "series")),
            .share = xh_demo_number(&t, row, "share"),
            .is_done = xh_demo_cell(&t, row, "done").len > 0,
            .done = model->day_0 + (int32_t)xh_demo_integer(&t, row, "done"),
        };
        if (effect.meter >= 0) {
            model->effects[model->effect_count++] = effect;
        }
    }
    return 0;
}

int xh_demo_model_find(const struct xh_demo_model *model, struct xh_str code)
{
    for (size_t i = 0; i < model->meter_count; i++) {
        if (xh_str_equal(model->meters[i].code, code)) {
            return (int)i;
        }
    }
    return -1;
}

/* ---- a day ---- */

static int32_t week_of(int32_t day)
{
    int32_t since_monday = day + 3; /* 1970-01-01 was a Thursday */
    return since_monday >= 0 ? since_monday / WEEK_DAYS : (since_monday - 6) / WEEK_DAYS;
}

/* Normal numbers, one a day, that add up to nothing over the week. */
static double noise_of(const struct xh_demo_meter *m, int32_t day)
{
    double z[WEEK_DAYS], sum = 0;
    struct xh_rand rand;
    int32_t week = week_of(day);

    xh_rand_init(&rand, m->seed + (uint64_t)(week + 100000) * UINT64_C(0x9e3779b97f4a7c15));
    for (int i = 0; i < WEEK_DAYS; i++) {
        z[i] = xh_rand_normal(&rand);
        sum += z[i];
    }
    double own = z[day + 3 - week * WEEK_DAYS] - sum / WEEK_DAYS;
    double most = 2.5;
    return m->noise * (own > most ? most : own < -most ? -most : own);
}

static double weekday_of(const struct xh_demo_meter *m, int32_t day)
{
    int weekday = xh_day_weekday(day);
    return weekday == 6 ? m->saturday : weekday == 7 ? m->sunday : 1;
}

static double season_at(int season, int32_t day)
{
    static const double school[] = {1,    0.75, 1,   1.05, 1.2,  0.35,
                                    0.15, 0.4,  1.1, 1.05, 1.02, 0.95};
    int year, month, day_of_month;

    if (season == SEASON_SUN) {
        return 0.85 + 0.25 * cos(two_pi * ((double)day - 172) / 365.2425);
    }
    if (season == SEASON_SCHOOL) {
        xh_day_to_civil(day, &year, &month, &day_of_month);
        return school[month - 1];
    }
    return 1;
}

static double effects_at(const struct xh_demo_model *model, int meter, int32_t day)
{
    double factor = 1;
    for (size_t i = 0; i < model->effect_count; i++) {
        const struct xh_demo_effect *e = &model->effects[i];
        if (e->meter == meter && e->is_done && day >= e->done) {
            factor *= 1 + e->share;
        }
    }
    return factor;
}

static double amount_of(struct xh_demo_model *model, int meter, int32_t day);

/* Without measures and before it is set to 200 MJ/hl. */
static double raw_of(struct xh_demo_model *model, int meter, int32_t day)
{
    const struct xh_demo_meter *m = &model->meters[meter];
    double amount = m->driver < 0
                        ? m->day_amount * weekday_of(m, day) * season_at(m->season, day)
                        : m->day_amount + m->per_driver * amount_of(model, m->driver, day);
    return amount * (1 + noise_of(m, day));
}

/* By how much the brewery's energy of a block of days is scaled. Measures that were done before
 * day_0 count as done all the time: before them it used more. */
static double scale_at(struct xh_demo_model *model, int32_t day)
{
    static const double wanted_mj_per_hl = 200, mj_per_kwh = 3.6, mj_per_m3 = 0.9 / 1000 * 41868;
    int32_t since = day - model->day_0;
    int32_t block = since >= 0 ? since / BLOCK_DAYS : (since - BLOCK_DAYS + 1) / BLOCK_DAYS;
    int32_t from = model->day_0 + block * BLOCK_DAYS;
    double mj = 0, hl = 0;

    if (model->has_block && model->block == block) {
        return model->block_scale;
    }
    for (int32_t d = from; d < from + BLOCK_DAYS; d++) {
        mj += raw_of(model, model->electricity, d) * mj_per_kwh *
                  effects_at(model, model->electricity, model->day_0 - 1) +
              raw_of(model, model->gas, d) * mj_per_m3 *
                  effects_at(model, model->gas, model->day_0 - 1);
        hl += raw_of(model, model->beer, d);
    }
    model->has_block = true;
    model->block = block;
    model->block_scale = mj > 0 ? wanted_mj_per_hl * hl / mj : 1;
    return model->block_scale;
}

static double amount_of(struct xh_demo_model *model, int meter, int32_t day)
{
    struct xh_demo_meter *m = &model->meters[meter];

    if (!m->has_amount || m->amount_day != day) {
        double amount = raw_of(model, meter, day) * effects_at(model, meter, day);
        m->amount = m->is_set ? amount * scale_at(model, day) : amount;
        m->amount_day = day;
        m->has_amount = true;
    }
    return m->amount;
}

/* ---- within a day ---- */

static void slots_by_hours(struct xh_demo_model *model, int meter, int32_t day)
{
    struct xh_demo_meter *m = &model->meters[meter];
    double amount = amount_of(model, meter, day), weight[XH_DEMO_SLOTS], sum = 0;
    struct xh_rand rand;

    xh_rand_init(&rand, m->seed ^ (uint64_t)(day + 1000000) * UINT64_C(0xbf58476d1ce4e5b9));
    for (int i = 0; i < XH_DEMO_SLOTS; i++) {
        weight[i] = m->hours[i / 2] * (1 + slot_noise * (2 * xh_rand_unit(&rand) - 1));
        sum += weight[i];
    }
    m->until[0] = 0;
    for (int i = 0; i < XH_DEMO_SLOTS; i++) {
        m->until[i + 1] = m->until[i] + amount * weight[i] / sum;
    }
}

static void day_make(struct xh_demo_model *model, int meter, int32_t day);

static void slots_by_sum(struct xh_demo_model *model, struct xh_demo_meter *m, int32_t day)
{
    double share = 1 + (m->share - 1) * (1 + noise_of(m, day) * 10);

    memset(m->until, 0, sizeof m->until);
    for (size_t i = 0; i < model->meter_count; i++) {
        const struct xh_demo_meter *of = &model->meters[i];
        if (!xh_str_equal(of->group, m->sum_of)) {
            continue;
        }
        day_make(model, (int)i, day);
        for (int s = 1; s <= XH_DEMO_SLOTS; s++) {
            m->until[s] += of->until[s] * share;
        }
    }
}

static void day_make(struct xh_demo_model *model, int meter, int32_t day)
{
    struct xh_demo_meter *m = &model->meters[meter];

    if (m->has_day && m->day == day) {
        return;
    }
    if (m->sum_of.len > 0) {
        slots_by_sum(model, m, day);
    } else {
        slots_by_hours(model, meter, day);
    }
    m->day = day;
    m->has_day = true;
}

/* From the day's beginning until an instant within it. */
static double until(struct xh_demo_model *model, int meter, int32_t day, int64_t since_us)
{
    const struct xh_demo_meter *m = &model->meters[meter];

    day_make(model, meter, day);
    int64_t slot = since_us / slot_us;
    if (slot >= XH_DEMO_SLOTS) {
        return m->until[XH_DEMO_SLOTS];
    }
    double part = (double)(since_us % slot_us) / (double)slot_us;
    return m->until[slot] + (m->until[slot + 1] - m->until[slot]) * part;
}

double xh_demo_model_grown(struct xh_demo_model *model, int meter, int64_t from_us, int64_t to_us)
{
    int64_t from = from_us + offset_us, to = to_us + offset_us;
    double grown = 0;

    for (int64_t at = from; at < to;) {
        int64_t day = at / XH_US_PER_DAY;
        int64_t end = (day + 1) * XH_US_PER_DAY < to ? (day + 1) * XH_US_PER_DAY : to;
        grown += until(model, meter, (int32_t)day, end - day * XH_US_PER_DAY) -
                 until(model, meter, (int32_t)day, at - day * XH_US_PER_DAY);
        at = end;
    }
    return grown;
}

void xh_demo_model_done(struct xh_demo_model *model, struct xh_str measure, bool is_done,
                        int32_t day)
{
    bool is_changed = false;

    for (size_t i = 0; i < model->effect_count; i++) {
        struct xh_demo_effect *e = &model->effects[i];
        if (xh_str_equal(e->measure, measure) &&
            (e->is_done != is_done || (is_done && e->done != day))) {
            e->is_done = is_done;
            e->done = day;
            is_changed = true;
        }
    }
    for (size_t i = 0; is_changed && i < model->meter_count; i++) {
        model->meters[i].has_day = model->meters[i].has_amount = false;
    }
}

static void brewery_find(struct xh_demo_model *model)
{
    int compressor = xh_demo_model_find(model, XH_STR("brewery/compressor"));

    model->beer = xh_demo_model_find(model, XH_STR("brewery/beer"));
    model->electricity = xh_demo_model_find(model, XH_STR("brewery/electricity"));
    model->gas = xh_demo_model_find(model, XH_STR("brewery/gas"));
    xh_assert(compressor >= 0 && model->beer >= 0 && model->electricity >= 0 && model->gas >= 0);
    model->meters[compressor].is_set = true;
    model->meters[model->electricity].is_set = true;
    model->meters[model->gas].is_set = true;
}

int xh_demo_model_read(struct xh_arena *arena, uint64_t seed, int32_t day_0,
                       struct xh_demo_model *ret, struct xh_err *err)
{
    struct xh_demo_table series, profiles;
    struct xh_demo_model model = {.day_0 = day_0};
    int code = xh_demo_table_read(arena, "demo/series.csv", &series, err);

    code = code < 0 ? code : xh_demo_table_read(arena, "demo/profiles.csv", &profiles, err);
    if (code < 0) {
        return code;
    }
    model.meters = XH_NEW_ARRAY(arena, struct xh_demo_meter, series.row_count);
    model.meter_count = series.row_count;
    for (size_t row = 0; row < series.row_count; row++) {
        model.meters[row] = meter_read(arena, seed, &series, &profiles, row);
    }
    for (size_t row = 0; row < series.row_count; row++) {
        struct xh_str driver = xh_demo_cell(&series, row, "driver");
        model.meters[row].driver = driver.len > 0 ? xh_demo_model_find(&model, driver) : -1;
    }
    brewery_find(&model);
    code = effects_read(arena, &model, err);
    if (code == 0) {
        *ret = model;
    }
    return code;
}
