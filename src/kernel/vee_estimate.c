/* vee_estimate.c: values for a gap: by a line, by the profile of like days, or even. */
#include <math.h>

#include "kernel/vee.h"

enum {
    WEEKDAYS = 7,
    SLOTS_MAX = 96,          /* quarters of an hour */
    PROFILE_DAYS = 28,
};
#define QUARTER_US (900 * XH_US_PER_S)
#define LINE_MOST_US (2 * XH_US_PER_HOUR) /* [CPUC]: a straight line up to two hours */
#define DIGITS 1e4

const char *xh_vee_method_name(enum xh_vee_method method)
{
    static const char *const names[] = {"line", "profile", "like_day", "even"};
    return names[method];
}

/* Mean rates of before, by weekday and time of day. */
struct cell {
    double sum;
    uint32_t count;
};
struct profile {
    const struct xh_vee_gap *gap;
    size_t slots;
    struct cell cells[WEEKDAYS + 1][SLOTS_MAX]; /* row 0: all days */
    struct cell all;
};

static bool is_register(const struct xh_vee_gap *gap)
{
    return !gap->series->is_gauge && gap->series->meter.kind == XH_METER_REGISTER;
}

static bool is_rate(const struct xh_vee_gap *gap)
{
    return gap->series->is_gauge || gap->series->meter.kind == XH_METER_POWER;
}

static void place_of(const struct profile *p, int64_t from_us, size_t *ret_weekday,
                     size_t *ret_slot)
{
    const struct xh_zone *zone = p->gap->series->zone;
    struct xh_civil civil;
    xh_zone_to_civil(zone, from_us, &civil);
    int minute = 60 * civil.hour + civil.minute;
    *ret_weekday = (size_t)xh_day_weekday(xh_zone_day(zone, from_us));
    *ret_slot = (size_t)minute * p->slots / 1440;
}

static void cell_add(struct cell *cell, double rate)
{
    cell->sum += rate;
    cell->count++;
}

/* The period that the reading stands for, or its step from the one before; 0: none. */
static int64_t length_of(const struct xh_vee_gap *gap, const struct xh_vee_reading *before,
                         const struct xh_vee_reading *r)
{
    int64_t length_us = before != NULL ? r->at_us - before->at_us : 0;
    bool is_far = length_us <= 0 || length_us > gap->step_us + gap->step_us / 2;
    return !is_far ? length_us : is_register(gap) ? 0 : gap->step_us;
}

static int64_t begin_of(const struct xh_vee_gap *gap, int64_t at_us, int64_t length_us)
{
    bool is_start = gap->series->meter.is_stamped_at_start && !is_register(gap);
    return is_start ? at_us : at_us - length_us;
}

static void profile_add(struct profile *p, const struct xh_vee_reading *before,
                        const struct xh_vee_reading *r)
{
    const struct xh_vee_gap *gap = p->gap;
    const unsigned doubtful = 1 | 2 | 32; /* suspect, estimated, replaced */
    int64_t length_us = length_of(gap, before, r);
    double hours = (double)length_us / (double)XH_US_PER_HOUR;
    size_t weekday, slot;
    if (length_us == 0 || (r->quality & doubtful) != 0) {
        return;
    }
    double rate = is_register(gap) ? (r->value - before->value) / hours
                  : is_rate(gap)   ? r->value
                                   : r->value / hours;
    if (is_register(gap) && rate < 0) {
        return;
    }
    place_of(p, begin_of(gap, r->at_us, length_us), &weekday, &slot);
    cell_add(&p->cells[weekday][slot], rate);
    cell_add(&p->cells[0][slot], rate);
    cell_add(&p->all, rate);
}

static void profile_make(struct profile *p, const struct xh_vee_gap *gap)
{
    int64_t slot_us = gap->step_us > QUARTER_US ? gap->step_us : QUARTER_US;
    int64_t slots = XH_US_PER_DAY / slot_us;
    const struct xh_vee_reading *before = NULL;
    p->gap = gap;
    p->slots = (size_t)(slots < 1 ? 1 : slots);
    for (size_t i = 0; i < gap->count; i++) {
        const struct xh_vee_reading *r = &gap->readings[i];
        if (r->at_us <= gap->from_us && r->at_us > gap->from_us - PROFILE_DAYS * XH_US_PER_DAY) {
            profile_add(p, before, r);
        }
        before = r;
    }
}

/* The mean rate of the step that ends at this instant; 0 when nothing is known. */
static double profile_rate(const struct profile *p, int64_t at_us, int64_t length_us)
{
    size_t weekday, slot;
    place_of(p, begin_of(p->gap, at_us, length_us), &weekday, &slot);
    const struct cell *cell = &p->cells[weekday][slot];
    cell = cell->count > 0 ? cell : &p->cells[0][slot];
    cell = cell->count > 0 ? cell : &p->all;
    return cell->count > 0 ? cell->sum / cell->count : 0;
}

size_t xh_vee_estimate_count(const struct xh_vee_gap *gap)
{
    int64_t length_us = gap->to_us - gap->from_us;
    /* What would lie nearer to the end than half a step is the end itself. */
    int64_t inner = length_us <= 0 ? 0 : (length_us - gap->step_us / 2 - 1) / gap->step_us;
    return (size_t)(inner < 0 ? 0 : inner) + (gap->with_last && length_us > 0);
}

/* Times, and as values the amount (or rate) that each step would have. */
static bool fill_usual(const struct profile *p, struct xh_vee_value *values, size_t count)
{
    const struct xh_vee_gap *gap = p->gap;
    bool is_known = false;
    int64_t last_us = gap->from_us;
    for (size_t i = 0; i < count; i++) {
        bool is_end = gap->with_last && i + 1 == count;
        values[i].at_us = is_end ? gap->to_us : gap->from_us + (int64_t)(i + 1) * gap->step_us;
        int64_t length_us = values[i].at_us - last_us;
        double hours = (double)length_us / (double)XH_US_PER_HOUR;
        double rate = profile_rate(p, values[i].at_us, length_us);
        is_known = is_known || rate > 0;
        values[i].value = is_rate(gap) ? rate : rate * hours;
        last_us = values[i].at_us;
    }
    return is_known;
}

static double rounded(double value)
{
    return fabs(value) < 1e11 ? round(value * DIGITS) / DIGITS : value;
}

/* The register's values: its growth shared by the steps' usual amounts, the last step included. */
static void share_growth(const struct profile *p, bool is_known, struct xh_vee_value *values,
                         size_t count)
{
    const struct xh_vee_gap *gap = p->gap;
    int64_t last_us = count > 0 ? values[count - 1].at_us : gap->from_us;
    double end = gap->has_amount ? gap->from_value + gap->amount : gap->to_value;
    double hours = (double)(gap->to_us - last_us) / (double)XH_US_PER_HOUR;
    double total = hours > 0 ? profile_rate(p, gap->to_us, gap->to_us - last_us) * hours : 0;
    double so_far = 0, span_us = (double)(gap->to_us - gap->from_us);
    for (size_t i = 0; i < count; i++) {
        total += values[i].value;
    }
    for (size_t i = 0; i < count; i++) {
        so_far += values[i].value;
        double share = is_known && total > 0 ? so_far / total
                                             : (double)(values[i].at_us - gap->from_us) / span_us;
        double value = rounded(gap->from_value + (end - gap->from_value) * share);
        values[i].value = fmin(fmax(value, fmin(gap->from_value, end)), fmax(gap->from_value, end));
    }
    if (count > 0 && gap->with_last) {
        values[count - 1].value = end;
    }
}

/* Amounts that add up to a known one; what rounding takes from one the next gets. */
static void share_amount(const struct xh_vee_gap *gap, bool is_known, struct xh_vee_value *values,
                         size_t count)
{
    double total = 0, given = 0, so_far = 0;
    for (size_t i = 0; i < count; i++) {
        values[i].value = is_known ? values[i].value : 1;
        total += values[i].value;
    }
    for (size_t i = 0; i < count; i++) {
        so_far += values[i].value;
        double until = rounded(gap->amount * (total > 0 ? so_far / total : 1));
        until = i + 1 == count ? gap->amount : until;
        values[i].value = rounded(until - given);
        given += values[i].value;
    }
}

static void line(const struct xh_vee_gap *gap, struct xh_vee_value *values, size_t count)
{
    double span_us = (double)(gap->to_us - gap->from_us);
    for (size_t i = 0; i < count; i++) {
        double share = (double)(values[i].at_us - gap->from_us) / span_us;
        values[i].value = rounded(gap->from_value + (gap->to_value - gap->from_value) * share);
    }
}

size_t xh_vee_estimate(const struct xh_vee_gap *gap, struct xh_arena *arena,
                       struct xh_vee_value **ret, enum xh_vee_method *ret_method)
{
    size_t count = xh_vee_estimate_count(gap);
    struct xh_vee_value *values = XH_NEW_ARRAY(arena, struct xh_vee_value, count + 1);
    struct profile *p = XH_NEW(arena, struct profile);
    bool is_short = gap->to_us - gap->from_us <= LINE_MOST_US + gap->step_us;
    profile_make(p, gap);
    bool is_known = fill_usual(p, values, count);
    *ret = values;
    *ret_method = is_known ? XH_VEE_LIKE_DAY : XH_VEE_EVEN;
    if (is_register(gap)) {
        share_growth(p, is_known, values, count);
        *ret_method = is_known ? XH_VEE_PROFILE : XH_VEE_LINE;
    } else if (gap->has_amount && !is_rate(gap)) {
        share_amount(gap, is_known, values, count);
        *ret_method = is_known ? XH_VEE_PROFILE : XH_VEE_EVEN;
    } else if (gap->series->is_gauge || is_short || !is_known) {
        line(gap, values, count);
        *ret_method = XH_VEE_LINE;
    } else {
        for (size_t i = 0; i < count; i++) {
            values[i].value = rounded(values[i].value);
        }
    }
    return count;
}
