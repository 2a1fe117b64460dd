/* register.c: the walk over a meter's readings. Every step ends in one call of credit(), which
 * spreads an amount evenly over a time; the rules only say what amount, which time, which flags. */
#include "kernel/register.h"

#include <string.h>

enum {
    QUALITY_SUSPECT = 1,
    QUALITY_ESTIMATED = 2,
    QUALITY_SIMULATED = 16,
    QUALITY_REPLACED_METER = 32,
};
#define QUARTER_HOUR_US (900 * XH_US_PER_S)

/* An amount that was used evenly over [from, to); at the instant before `to` when both are one. */
struct piece {
    int64_t from_us, to_us;
    double amount;
    unsigned flags;
    bool is_covered;
};

static int64_t gap_us(const struct xh_meter *meter)
{
    if (meter->gap_us > 0) {
        return meter->gap_us;
    }
    return meter->period_us > 0 ? 3 * meter->period_us : XH_US_PER_DAY;
}

static int64_t snapped(const struct xh_meter *meter, int64_t at_us)
{
    int64_t grid_us = QUARTER_HOUR_US;
    if (meter->period_us > 0 && QUARTER_HOUR_US % meter->period_us == 0) {
        grid_us = meter->period_us;
    }
    int64_t past_us = at_us % grid_us;
    past_us += past_us < 0 ? grid_us : 0;
    return past_us <= meter->snap_us && past_us <= grid_us / 4 ? at_us - past_us : at_us;
}

/* ---- windows ---- */

/* Moves at_window to the window that holds the instant, or to the nearest. */
static bool seek(struct xh_register_walk *walk, int64_t at_us)
{
    const int64_t *edges = walk->edges_us;
    size_t at = walk->at_window;
    while (at > 0 && edges[at] > at_us) {
        at--;
    }
    while (at + 1 < walk->window_count && edges[at + 1] <= at_us) {
        at++;
    }
    walk->at_window = at;
    return at_us >= edges[at] && at_us < edges[at + 1];
}

static bool is_far(const struct xh_meter *meter, const struct piece *piece, int64_t edge_us)
{
    if (edge_us <= piece->from_us || edge_us >= piece->to_us) {
        return false;
    }
    int64_t before_us = edge_us - piece->from_us, after_us = piece->to_us - edge_us;
    int64_t nearest_us = before_us < after_us ? before_us : after_us;
    return piece->to_us - piece->from_us > gap_us(meter) ||
           (meter->period_us > 0 && nearest_us > meter->period_us);
}

static void credit_window(struct xh_register_walk *walk, size_t at, const struct piece *piece)
{
    int64_t low_us = walk->edges_us[at], high_us = walk->edges_us[at + 1];
    struct xh_amount *amount = &walk->amounts[at];
    if (piece->amount != 0 &&
        (is_far(walk->meter, piece, low_us) || is_far(walk->meter, piece, high_us))) {
        amount->flags |= XH_AMOUNT_ESTIMATED;
    }
    low_us = low_us > piece->from_us ? low_us : piece->from_us;
    high_us = high_us < piece->to_us ? high_us : piece->to_us;
    bool is_whole = low_us == piece->from_us && high_us == piece->to_us;
    double share = is_whole ? 1
                            : (double)(high_us - low_us) / (double)(piece->to_us - piece->from_us);
    xh_sum_add(&walk->sums[at], piece->amount * share);
    amount->flags |= piece->flags;
    amount->covered_us += piece->is_covered ? high_us - low_us : 0;
}

static void credit(struct xh_register_walk *walk, const struct piece *piece)
{
    const int64_t *edges = walk->edges_us;
    if (piece->from_us == piece->to_us) {
        if (seek(walk, piece->to_us - 1)) {
            xh_sum_add(&walk->sums[walk->at_window], piece->amount);
            walk->amounts[walk->at_window].flags |= piece->flags;
        }
        return;
    }
    (void)seek(walk, piece->from_us);
    for (size_t i = walk->at_window; i < walk->window_count && edges[i] < piece->to_us; i++) {
        if (edges[i + 1] > piece->from_us && edges[i + 1] > edges[i]) {
            credit_window(walk, i, piece);
        }
    }
}

/* A window says that it holds a suspect reading even where that is left out. */
static void count_reading(struct xh_register_walk *walk, const struct xh_meter_reading *reading)
{
    if (seek(walk, reading->at_us - (walk->meter->is_stamped_at_start ? 0 : 1))) {
        struct xh_amount *amount = &walk->amounts[walk->at_window];
        amount->reading_count++;
        amount->flags |= (reading->quality & QUALITY_SUSPECT) != 0 ? XH_AMOUNT_SUSPECT : 0;
    }
}

/* ---- what a reading says ---- */

static unsigned flags_of(const struct xh_meter_reading *reading)
{
    unsigned flags = reading->is_corrected ? XH_AMOUNT_CORRECTED : 0;
    flags |= (reading->quality & QUALITY_SUSPECT) != 0 ? XH_AMOUNT_SUSPECT : 0;
    flags |= (reading->quality & QUALITY_ESTIMATED) != 0 ? XH_AMOUNT_ESTIMATED : 0;
    flags |= (reading->quality & QUALITY_SIMULATED) != 0 ? XH_AMOUNT_SIMULATED : 0;
    return flags;
}

static bool is_plausible(const struct xh_meter *meter, double growth, int64_t span_us)
{
    double hours = span_us > XH_US_PER_HOUR ? (double)span_us / (double)XH_US_PER_HOUR : 1;
    return meter->max_per_hour <= 0 || growth <= meter->max_per_hour * hours;
}

/* ---- registers ---- */

enum step { STEP_GROWTH, STEP_ROLLOVER, STEP_NEGATIVE, STEP_RESET };

static enum step step_of(const struct xh_meter *meter, const struct xh_meter_reading *last,
                         const struct xh_meter_reading *next)
{
    if (next->value >= last->value) {
        return STEP_GROWTH;
    }
    double growth = next->value + meter->modulus - last->value;
    if (meter->modulus > 0 && next->value >= 0 && growth >= 0 && growth <= meter->modulus / 10 &&
        is_plausible(meter, growth, next->at_us - last->at_us)) {
        return STEP_ROLLOVER;
    }
    bool is_small = last->value <= 0 || next->value >= 0.9 * last->value;
    return is_small ? STEP_NEGATIVE : STEP_RESET;
}

/* Growth that cannot be and resets are believed only when the next reading bears them out. */
static bool is_doubtful(const struct xh_meter *meter, const struct xh_meter_reading *last,
                        const struct xh_meter_reading *next)
{
    enum step step = step_of(meter, last, next);
    bool can_be = is_plausible(meter, next->value - last->value, next->at_us - last->at_us);
    return step == STEP_RESET || (step == STEP_GROWTH && !can_be);
}

/* Is the reading after the held one back on the way, the held one a spike or a dropout? */
static bool is_back(const struct xh_register_walk *walk, const struct xh_meter_reading *next)
{
    const struct xh_meter_reading *last = &walk->last, *held = &walk->held;
    bool is_spike = held->value > last->value;
    return next->value >= last->value && (!is_spike || next->value < held->value) &&
           is_plausible(walk->meter, next->value - last->value, next->at_us - last->at_us);
}

/* What a counter that began again at zero shows; 0 when it cannot have come so far. */
static double after_reset(const struct xh_meter *meter, const struct xh_meter_reading *last,
                          const struct xh_meter_reading *next, unsigned *flags)
{
    bool is_known = meter->max_per_hour > 0 && !meter->is_max_rough;
    bool is_near = is_plausible(meter, next->value, next->at_us - last->at_us) &&
                   (is_known || next->value <= last->value / 2);
    *flags |= XH_AMOUNT_RESET;
    if (next->value >= 0 && is_near) {
        return next->value;
    }
    *flags |= XH_AMOUNT_SUSPECT;
    return 0;
}

/* Counts the step to the next reading, whatever it is, and makes it the last. */
static void register_step(struct xh_register_walk *walk, const struct xh_meter_reading *next)
{
    const struct xh_meter *meter = walk->meter;
    struct xh_meter_reading *last = &walk->last;
    struct piece piece = {last->at_us, next->at_us, 0,
                          flags_of(last) | flags_of(next) | walk->pending_flags, true};
    double high_water = next->value;
    double growth = next->value - last->value;
    switch (step_of(meter, last, next)) {
    case STEP_GROWTH:
        if (!is_plausible(meter, growth, piece.to_us - piece.from_us)) {
            piece.flags |= XH_AMOUNT_SUSPECT;
        }
        break;
    case STEP_ROLLOVER:
        growth += meter->modulus;
        piece.flags |= XH_AMOUNT_ROLLOVER;
        break;
    case STEP_NEGATIVE:
        growth = 0;
        high_water = last->value;
        piece.flags |= XH_AMOUNT_NEGATIVE;
        break;
    case STEP_RESET:
        growth = after_reset(meter, last, next, &piece.flags);
        break;
    }
    piece.amount = growth * meter->factor;
    credit(walk, &piece);
    *last = *next;
    last->value = high_water;
    walk->pending_flags = 0;
}

static void register_settle(struct xh_register_walk *walk)
{
    if (walk->has_held) {
        walk->has_held = false;
        register_step(walk, &walk->held);
    }
}

static void register_replace(struct xh_register_walk *walk, const struct xh_meter_reading *next)
{
    register_settle(walk);
    if (walk->has_last) {
        struct piece piece = {walk->last.at_us, next->at_us, 0,
                              flags_of(next) | walk->pending_flags | XH_AMOUNT_REPLACED, false};
        credit(walk, &piece);
    }
    walk->last = *next;
    walk->has_last = true;
    walk->pending_flags = 0;
}

static void register_feed(struct xh_register_walk *walk, const struct xh_meter_reading *next)
{
    if ((next->quality & QUALITY_REPLACED_METER) != 0) {
        register_replace(walk, next);
        return;
    }
    if ((next->quality & QUALITY_SUSPECT) != 0) {
        walk->pending_flags |= XH_AMOUNT_SUSPECT;
        return;
    }
    if (!walk->has_last) {
        walk->last = *next;
        walk->has_last = true;
        return;
    }
    if (walk->has_held && is_back(walk, next)) {
        walk->has_held = false;
        walk->pending_flags |= XH_AMOUNT_SUSPECT;
    }
    register_settle(walk);
    if (is_doubtful(walk->meter, &walk->last, next)) {
        walk->held = *next;
        walk->has_held = true;
        return;
    }
    register_step(walk, next);
}

/* ---- amounts of a period, and power ---- */

/* Does a value's period reach to its neighbour's stamp? */
static bool reaches(const struct xh_meter *meter, int64_t distance_us)
{
    if (meter->period_us > 0) {
        return distance_us <= meter->period_us + meter->period_us / 2;
    }
    return meter->kind == XH_METER_INTERVAL || distance_us <= gap_us(meter);
}

static void period_credit(struct xh_register_walk *walk, const struct xh_meter_reading *reading,
                          int64_t from_us, int64_t to_us)
{
    const struct xh_meter *meter = walk->meter;
    struct piece piece = {from_us, to_us, reading->value * meter->factor, flags_of(reading), true};
    if (meter->kind == XH_METER_POWER) {
        piece.amount *= (double)(to_us - from_us) / (double)XH_US_PER_HOUR;
    } else if (reading->value < 0) {
        piece.flags |= XH_AMOUNT_NEGATIVE;
    } else if (!is_plausible(meter, reading->value, to_us - from_us)) {
        piece.flags |= XH_AMOUNT_SUSPECT;
    }
    credit(walk, &piece);
}

static void period_feed(struct xh_register_walk *walk, const struct xh_meter_reading *next)
{
    const struct xh_meter *meter = walk->meter;
    const struct xh_meter_reading *last = &walk->last;
    bool is_joined = walk->has_last && reaches(meter, next->at_us - last->at_us);
    if (!meter->is_stamped_at_start) {
        int64_t from_us = is_joined ? last->at_us : next->at_us - meter->period_us;
        period_credit(walk, next, from_us, next->at_us);
    } else if (walk->has_last) {
        int64_t to_us = is_joined ? next->at_us : last->at_us + meter->period_us;
        period_credit(walk, last, last->at_us, to_us);
    }
    walk->last = *next;
    walk->has_last = true;
}

/* ---- the walk ---- */

void xh_register_walk_init(struct xh_register_walk *walk, const struct xh_meter *meter,
                           const int64_t *edges_us, size_t window_count, struct xh_amount *amounts,
                           struct xh_sum *sums)
{
    xh_assert(window_count > 0 && meter->factor != 0);
    *walk = (struct xh_register_walk){
        .meter = meter,
        .edges_us = edges_us,
        .window_count = window_count,
        .amounts = amounts,
        .sums = sums,
    };
    memset(amounts, 0, window_count * sizeof *amounts);
    memset(sums, 0, window_count * sizeof *sums);
}

void xh_register_walk_feed(struct xh_register_walk *walk, const struct xh_meter_reading *readings,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct xh_meter_reading next = readings[i];
        next.at_us = snapped(walk->meter, next.at_us);
        xh_assert(!walk->has_last || next.at_us >= walk->last.at_us);
        xh_assert(!walk->has_held || next.at_us >= walk->held.at_us);
        count_reading(walk, &next);
        if (walk->meter->kind == XH_METER_REGISTER) {
            register_feed(walk, &next);
        } else {
            period_feed(walk, &next);
        }
    }
}

void xh_register_walk_end(struct xh_register_walk *walk)
{
    const struct xh_meter *meter = walk->meter;
    if (meter->kind == XH_METER_REGISTER) {
        register_settle(walk);
    } else if (meter->is_stamped_at_start && walk->has_last) {
        period_credit(walk, &walk->last, walk->last.at_us, walk->last.at_us + meter->period_us);
    }
    walk->has_last = false;
    for (size_t i = 0; i < walk->window_count; i++) {
        struct xh_amount *amount = &walk->amounts[i];
        int64_t length_us = walk->edges_us[i + 1] - walk->edges_us[i];
        amount->amount = xh_sum_value(&walk->sums[i]);
        amount->covered_us = amount->covered_us < length_us ? amount->covered_us : length_us;
        if (amount->covered_us < length_us) {
            amount->flags |= XH_AMOUNT_INCOMPLETE;
        }
    }
}
