/* zone.c: between instants and local clocks.
 *
 * A zone is a row of segments, each with one offset: those of the file's transitions, then those of
 * its rule. All questions are answered by walking over the few segments near an instant; no step
 * assumes how far transitions are apart or which way they go.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/zone_internal.h"

/* A local time is at most this far from the instants that can show it. */
#define REACH_S ((int64_t)XH__ZONE_OFFSET_MAX_S)

struct xh_zone *xh__zone_create(struct xh_str name, size_t count)
{
    struct xh_zone *zone = xh_alloc(sizeof(*zone));
    zone->name = xh_alloc(name.len + 1);
    if (name.len > 0) {
        memcpy(zone->name, name.ptr, name.len);
    }
    zone->name_len = name.len;
    zone->count = count;
    if (count > 0) {
        zone->at_s = xh_alloc(count * sizeof(zone->at_s[0]));
        zone->offset_s = xh_alloc(count * sizeof(zone->offset_s[0]));
    }
    return zone;
}

struct xh_zone *xh_zone_fixed(struct xh_str name, int offset_s)
{
    xh_assert(offset_s > -XH__ZONE_OFFSET_MAX_S && offset_s < XH__ZONE_OFFSET_MAX_S);
    struct xh_zone *zone = xh__zone_create(name, 0);

    zone->first_offset_s = offset_s;
    return zone;
}

void xh_zone_destroy(struct xh_zone *zone)
{
    if (zone == NULL) {
        return;
    }
    free(zone->name);
    free(zone->at_s);
    free(zone->offset_s);
    free(zone);
}

struct xh_str xh_zone_name(const struct xh_zone *zone)
{
    return (struct xh_str){zone->name, zone->name_len};
}

/* How many transitions are at or before at_s. */
static size_t transitions_until(const struct xh_zone *zone, int64_t at_s)
{
    size_t low = 0;
    size_t high = zone->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (zone->at_s[middle] <= at_s) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct xh__zone_segment xh__zone_segment(const struct xh_zone *zone, int64_t at_s)
{
    size_t passed = transitions_until(zone, at_s);
    struct xh__zone_segment segment = {INT64_MIN, INT64_MAX, zone->first_offset_s};
    if (passed > 0) {
        segment.from_s = zone->at_s[passed - 1];
        segment.offset_s = zone->offset_s[passed - 1];
    }
    if (passed < zone->count) {
        segment.to_s = zone->at_s[passed];
    } else if (zone->has_rule) {
        struct xh__zone_segment ruled = xh__zone_rule_segment(&zone->rule, at_s);
        segment.to_s = ruled.to_s;
        segment.offset_s = ruled.offset_s;
        if (ruled.from_s > segment.from_s) {
            segment.from_s = ruled.from_s;
        }
    }
    return segment;
}

static int64_t seconds_of(int64_t at_us)
{
    if (at_us < XH_TIME_MIN) {
        at_us = XH_TIME_MIN;
    } else if (at_us > XH_TIME_MAX) {
        at_us = XH_TIME_MAX;
    }
    return xh__floor_div(at_us, XH_US_PER_S);
}

int xh_zone_offset_s(const struct xh_zone *zone, int64_t at_us)
{
    return xh__zone_segment(zone, seconds_of(at_us)).offset_s;
}

void xh_zone_to_civil(const struct xh_zone *zone, int64_t at_us, struct xh_civil *ret)
{
    int64_t at_s = seconds_of(at_us);
    int offset_s = xh__zone_segment(zone, at_s).offset_s;
    int64_t rest_us = at_us - xh__floor_div(at_us, XH_US_PER_S) * XH_US_PER_S;
    xh__civil_from_us((at_s + offset_s) * XH_US_PER_S + rest_us, ret);
}

/* The instants that show a local time. */
struct matches {
    int count;
    int64_t first_s, last_s;
    int64_t after_gap_s; /* for a local time that is left out: moved forward by the gap */
};

static struct matches find_matches(const struct xh_zone *zone, int64_t local_s)
{
    struct xh__zone_segment segment = xh__zone_segment(zone, local_s - REACH_S);
    struct matches m = {0};
    for (;;) {
        int64_t at_s = local_s - segment.offset_s;
        if (at_s >= segment.from_s && at_s < segment.to_s) {
            if (m.count == 0) {
                m.first_s = at_s;
            }
            m.last_s = at_s;
            m.count++;
        }
        if (segment.to_s > local_s + REACH_S) {
            return m;
        }
        struct xh__zone_segment next = xh__zone_segment(zone, segment.to_s);
        if (at_s >= segment.to_s && local_s - next.offset_s < segment.to_s) {
            m.after_gap_s = at_s;
        }
        segment = next;
    }
}

int64_t xh_zone_to_us(const struct xh_zone *zone, const struct xh_civil *civil, bool is_second,
                      enum xh_civil_kind *ret_kind)
{
    int64_t local_us = xh__civil_to_us(civil);
    int64_t local_s = xh__floor_div(local_us, XH_US_PER_S);
    struct matches m = find_matches(zone, local_s);
    int64_t at_s = m.count == 0 ? m.after_gap_s : is_second ? m.last_s : m.first_s;
    if (ret_kind != NULL) {
        *ret_kind = m.count == 0 ? XH_CIVIL_NEVER : m.count == 1 ? XH_CIVIL_ONCE : XH_CIVIL_TWICE;
    }
    return at_s * XH_US_PER_S + (local_us - local_s * XH_US_PER_S);
}

/* The first instant whose local time is local_s or later. */
static int64_t first_not_before(const struct xh_zone *zone, int64_t local_s)
{
    struct xh__zone_segment segment = xh__zone_segment(zone, local_s - REACH_S);
    for (;;) {
        int64_t at_s = local_s - segment.offset_s;
        if (at_s < segment.from_s) {
            at_s = segment.from_s;
        }
        if (at_s < segment.to_s) {
            return at_s;
        }
        segment = xh__zone_segment(zone, segment.to_s);
    }
}

static int64_t day_start_s(const struct xh_zone *zone, int64_t day)
{
    return first_not_before(zone, day * 86400);
}

/* Days follow each other without a gap or an overlap even where clocks go back over midnight: a day
 * lasts from its first 00:00 to the first 00:00 of the next. */
static int64_t day_of(const struct xh_zone *zone, int64_t at_s)
{
    struct xh__zone_segment segment = xh__zone_segment(zone, at_s);
    int64_t day = xh__floor_div(at_s + segment.offset_s, 86400);
    int64_t start_s = day * 86400 - segment.offset_s;

    /* Far from a transition nothing else can have shown these local times before. */
    if (segment.from_s == INT64_MIN || start_s - 2 * REACH_S >= segment.from_s) {
        return day;
    }
    while (at_s < day_start_s(zone, day)) {
        day--;
    }
    while (at_s >= day_start_s(zone, day + 1)) {
        day++;
    }
    return day;
}

int32_t xh_zone_day(const struct xh_zone *zone, int64_t at_us)
{
    if (at_us == XH_TIME_OPEN_END) {
        return XH_DAY_OPEN_END;
    }
    return (int32_t)day_of(zone, seconds_of(at_us));
}

int64_t xh_zone_day_start_us(const struct xh_zone *zone, int32_t day)
{
    const int32_t last = (int32_t)(XH_TIME_MAX / XH_US_PER_DAY) + 1;
    const int32_t first = (int32_t)(XH_TIME_MIN / XH_US_PER_DAY) - 1;
    if (day == XH_DAY_OPEN_END) {
        return XH_TIME_OPEN_END;
    }
    day = day > last ? last : day < first ? first : day;
    return day_start_s(zone, day) * XH_US_PER_S;
}

static int64_t hour_number(int64_t at_s, int offset_s)
{
    return xh__floor_div(at_s + offset_s, 3600);
}

/* An hour starts where the local clock shows a full hour, or jumps into another hour. */
static int64_t hour_start_s(const struct xh_zone *zone, int64_t at_s)
{
    struct xh__zone_segment segment = xh__zone_segment(zone, at_s);
    for (;;) {
        int64_t start_s = hour_number(at_s, segment.offset_s) * 3600 - segment.offset_s;
        if (start_s >= segment.from_s) {
            return start_s;
        }
        struct xh__zone_segment before = xh__zone_segment(zone, segment.from_s - 1);
        if (hour_number(segment.from_s, segment.offset_s) !=
            hour_number(segment.from_s - 1, before.offset_s)) {
            return segment.from_s;
        }
        at_s = segment.from_s - 1;
        segment = before;
    }
}

static int64_t hour_end_s(const struct xh_zone *zone, int64_t at_s)
{
    struct xh__zone_segment segment = xh__zone_segment(zone, at_s);
    for (;;) {
        int64_t end_s = (hour_number(at_s, segment.offset_s) + 1) * 3600 - segment.offset_s;
        if (end_s < segment.to_s) {
            return end_s;
        }
        struct xh__zone_segment after = xh__zone_segment(zone, segment.to_s);
        int64_t hour = hour_number(segment.to_s, after.offset_s);
        if (hour * 3600 - after.offset_s == segment.to_s ||
            hour != hour_number(segment.to_s - 1, segment.offset_s)) {
            return segment.to_s;
        }
        at_s = segment.to_s;
        segment = after;
    }
}

static struct xh_interval days_between(const struct xh_zone *zone, int32_t from, int32_t to)
{
    return (struct xh_interval){day_start_s(zone, from) * XH_US_PER_S,
                                day_start_s(zone, to) * XH_US_PER_S};
}

struct xh_interval xh_zone_period(const struct xh_zone *zone, enum xh_period period, int64_t at_us)
{
    int64_t at_s = seconds_of(at_us);
    int year = 0;
    int month = 0;
    int day_of_month = 0;
    if (period == XH_PERIOD_HOUR) {
        return (struct xh_interval){hour_start_s(zone, at_s) * XH_US_PER_S,
                                    hour_end_s(zone, at_s) * XH_US_PER_S};
    }
    int32_t day = (int32_t)day_of(zone, at_s);
    if (period == XH_PERIOD_DAY) {
        return days_between(zone, day, day + 1);
    }
    xh_day_to_civil(day, &year, &month, &day_of_month);
    if (period == XH_PERIOD_MONTH) {
        int32_t first = day - day_of_month + 1;
        return days_between(zone, first, first + xh_month_days(year, month));
    }
    xh_assert(period == XH_PERIOD_YEAR);
    return days_between(zone, xh_day_from_civil(year, 1, 1), xh_day_from_civil(year + 1, 1, 1));
}
