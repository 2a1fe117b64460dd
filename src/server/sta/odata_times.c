/* odata_times.c: functions of times and of periods. 18-088 table 24: Date Functions, DateTime
 * Interval Functions. All instants are kept in UTC, so that their parts are those of UTC and
 * totaloffsetminutes is 0. Of an interval the parts are those of its start.
 */
#include "server/sta/odata_internal.h"

/* ---- spans ---- */

static bool plain_span(const struct xh__odata_value *v, struct xh__odata_span *ret)
{
    switch (v->type) {
    case XH__ODATA_TIME:
        *ret = (struct xh__odata_span){v->from_us, v->from_us, false};
        break;
    case XH__ODATA_INTERVAL:
        *ret = (struct xh__odata_span){v->from_us, v->to_us, true};
        break;
    case XH__ODATA_DATE:
        *ret = (struct xh__odata_span){v->from_us * XH_US_PER_DAY, v->from_us * XH_US_PER_DAY,
                                       false};
        break;
    default:
        return false;
    }
    return true;
}

bool xh__odata_span_of(const struct xh__odata_value *v, struct xh__odata_span *ret)
{
    struct xh__odata_value time;
    if (v->type == XH__ODATA_TEXT) {
        return xh__odata_time_of_text(v->text, &time) && plain_span(&time, ret);
    }
    return plain_span(v, ret);
}

bool xh__odata_is_before(struct xh__odata_span a, struct xh__odata_span b)
{
    return a.is_interval ? a.to_us <= b.from_us : a.from_us < b.from_us;
}

/* ---- parts ---- */

enum part { PART_YEAR, PART_MONTH, PART_DAY, PART_HOUR, PART_MINUTE, PART_SECOND };

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

static int64_t day_of(int64_t at_us)
{
    return floor_div(at_us, XH_US_PER_DAY);
}

static int64_t us_of_day(int64_t at_us)
{
    return at_us - day_of(at_us) * XH_US_PER_DAY;
}

static int64_t date_part(int64_t at_us, enum part part)
{
    int year, month, day;
    xh_day_to_civil((int32_t)day_of(at_us), &year, &month, &day);
    return part == PART_YEAR ? year : part == PART_MONTH ? month : day;
}

static int64_t clock_part(int64_t at_us, enum part part)
{
    int64_t seconds = us_of_day(at_us) / XH_US_PER_S;
    return part == PART_HOUR     ? seconds / 3600
           : part == PART_MINUTE ? seconds / 60 % 60
                                 : seconds % 60;
}

static struct xh__odata_value part_of(const struct xh__odata_value *v, enum part part)
{
    struct xh__odata_span span;
    bool is_clock = part >= PART_HOUR;
    if (v->type == XH__ODATA_TIME_OF_DAY && is_clock) {
        return xh__odata_int(clock_part(v->from_us, part));
    }
    if (!xh__odata_span_of(v, &span)) {
        return xh__odata_null();
    }
    return xh__odata_int(is_clock ? clock_part(span.from_us, part) : date_part(span.from_us, part));
}

struct xh__odata_value xh__odata_year(const struct xh__odata_call *c)
{
    return part_of(&c->args[0], PART_YEAR);
}

struct xh__odata_value xh__odata_month(const struct xh__odata_call *c)
{
    return part_of(&c->args[0], PART_MONTH);
}

struct xh__odata_value xh__odata_day(const struct xh__odata_call *c)
{
    return part_of(&c->args[0], PART_DAY);
}

struct xh__odata_value xh__odata_hour(const struct xh__odata_call *c)
{
    return part_of(&c->args[0], PART_HOUR);
}

struct xh__odata_value xh__odata_minute(const struct xh__odata_call *c)
{
    return part_of(&c->args[0], PART_MINUTE);
}

struct xh__odata_value xh__odata_second(const struct xh__odata_call *c)
{
    return part_of(&c->args[0], PART_SECOND);
}

/* The micros since midnight of a time; false when it is none. */
static bool clock_of(const struct xh__odata_value *v, int64_t *ret_us)
{
    struct xh__odata_span span;
    if (v->type == XH__ODATA_TIME_OF_DAY) {
        *ret_us = v->from_us;
        return true;
    }
    if (!xh__odata_span_of(v, &span)) {
        return false;
    }
    *ret_us = us_of_day(span.from_us);
    return true;
}

struct xh__odata_value xh__odata_fraction(const struct xh__odata_call *c)
{
    int64_t clock_us = 0;
    if (!clock_of(&c->args[0], &clock_us)) {
        return xh__odata_null();
    }
    return xh__odata_of_real((double)(clock_us % XH_US_PER_S) / (double)XH_US_PER_S);
}

/* ---- dates and clocks ---- */

struct xh__odata_value xh__odata_date(const struct xh__odata_call *c)
{
    struct xh__odata_span span;
    if (!xh__odata_span_of(&c->args[0], &span)) {
        return xh__odata_null();
    }
    return (struct xh__odata_value){.type = XH__ODATA_DATE, .from_us = day_of(span.from_us)};
}

struct xh__odata_value xh__odata_time_of_day(const struct xh__odata_call *c)
{
    int64_t clock_us = 0;
    if (!clock_of(&c->args[0], &clock_us)) {
        return xh__odata_null();
    }
    return (struct xh__odata_value){.type = XH__ODATA_TIME_OF_DAY, .from_us = clock_us};
}

struct xh__odata_value xh__odata_offset(const struct xh__odata_call *c)
{
    struct xh__odata_span span;
    return xh__odata_span_of(&c->args[0], &span) ? xh__odata_int(0) : xh__odata_null();
}

static struct xh__odata_value instant(int64_t at_us)
{
    return (struct xh__odata_value){.type = XH__ODATA_TIME, .from_us = at_us, .to_us = at_us};
}

struct xh__odata_value xh__odata_now(const struct xh__odata_call *c)
{
    return instant(c->env->now_us);
}

struct xh__odata_value xh__odata_min_time(const struct xh__odata_call *c)
{
    (void)c;
    return instant(XH_TIME_MIN);
}

struct xh__odata_value xh__odata_max_time(const struct xh__odata_call *c)
{
    (void)c;
    return instant(XH_TIME_MAX);
}

/* ---- periods ---- */

static bool meets(struct xh__odata_span a, struct xh__odata_span b)
{
    return a.to_us == b.from_us || b.to_us == a.from_us;
}

static bool is_after(struct xh__odata_span a, struct xh__odata_span b)
{
    return xh__odata_is_before(b, a);
}

static bool is_during(struct xh__odata_span a, struct xh__odata_span b)
{
    return a.from_us >= b.from_us && a.from_us < b.to_us && a.to_us <= b.to_us;
}

/* The end of an interval is not part of it; an instant is one point. */
static bool overlaps(struct xh__odata_span a, struct xh__odata_span b)
{
    if (!a.is_interval && !b.is_interval) {
        return a.from_us == b.from_us;
    }
    bool begins = a.is_interval ? b.from_us < a.to_us : b.from_us <= a.from_us;
    bool ends = b.is_interval ? a.from_us < b.to_us : a.from_us <= b.from_us;
    return begins && ends;
}

static bool starts(struct xh__odata_span a, struct xh__odata_span b)
{
    return a.from_us == b.from_us;
}

static bool finishes(struct xh__odata_span a, struct xh__odata_span b)
{
    return a.to_us == b.to_us;
}

typedef bool relation(struct xh__odata_span a, struct xh__odata_span b);

static struct xh__odata_value relate(const struct xh__odata_call *c, relation *holds)
{
    struct xh__odata_span a, b;
    if (!xh__odata_span_of(&c->args[0], &a) || !xh__odata_span_of(&c->args[1], &b) ||
        (holds == is_during && !b.is_interval)) {
        return xh__odata_null();
    }
    return xh__odata_truth(holds(a, b));
}

struct xh__odata_value xh__odata_before(const struct xh__odata_call *c)
{
    return relate(c, xh__odata_is_before);
}

struct xh__odata_value xh__odata_after(const struct xh__odata_call *c)
{
    return relate(c, is_after);
}

struct xh__odata_value xh__odata_meets(const struct xh__odata_call *c)
{
    return relate(c, meets);
}

struct xh__odata_value xh__odata_during(const struct xh__odata_call *c)
{
    return relate(c, is_during);
}

struct xh__odata_value xh__odata_overlaps(const struct xh__odata_call *c)
{
    return relate(c, overlaps);
}

struct xh__odata_value xh__odata_starts(const struct xh__odata_call *c)
{
    return relate(c, starts);
}

struct xh__odata_value xh__odata_finishes(const struct xh__odata_call *c)
{
    return relate(c, finishes);
}
