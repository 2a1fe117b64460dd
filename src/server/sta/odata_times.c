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

#define PART_FUNCTION(name, part)                                                       \
    int name(struct xh__odata_env *env, const struct xh__odata_value *args,             \
             size_t arg_count, struct xh__odata_value *ret, struct xh_err *err)         \
    {                                                                                   \
        (void)env, (void)arg_count, (void)err;                                          \
        *ret = part_of(&args[0], part);                                                 \
        return 0;                                                                       \
    }

PART_FUNCTION(xh__odata_year, PART_YEAR)
PART_FUNCTION(xh__odata_month, PART_MONTH)
PART_FUNCTION(xh__odata_day, PART_DAY)
PART_FUNCTION(xh__odata_hour, PART_HOUR)
PART_FUNCTION(xh__odata_minute, PART_MINUTE)
PART_FUNCTION(xh__odata_second, PART_SECOND)

int xh__odata_fraction(struct xh__odata_env *env, const struct xh__odata_value *args,
                       size_t arg_count, struct xh__odata_value *ret, struct xh_err *err)
{
    struct xh__odata_span span;
    (void)env, (void)arg_count, (void)err;
    if (args[0].type == XH__ODATA_TIME_OF_DAY) {
        span.from_us = args[0].from_us;
    } else if (!xh__odata_span_of(&args[0], &span)) {
        *ret = xh__odata_null();
        return 0;
    }
    int64_t micros = us_of_day(span.from_us) % XH_US_PER_S;
    *ret = xh__odata_of_real((double)micros / (double)XH_US_PER_S);
    return 0;
}

/* ---- dates and clocks ---- */

int xh__odata_date(struct xh__odata_env *env, const struct xh__odata_value *args, size_t arg_count,
                   struct xh__odata_value *ret, struct xh_err *err)
{
    struct xh__odata_span span;
    (void)env, (void)arg_count, (void)err;
    *ret = xh__odata_null();
    if (xh__odata_span_of(&args[0], &span)) {
        *ret = (struct xh__odata_value){.type = XH__ODATA_DATE, .from_us = day_of(span.from_us)};
    }
    return 0;
}

int xh__odata_time_of_day(struct xh__odata_env *env, const struct xh__odata_value *args,
                          size_t arg_count, struct xh__odata_value *ret, struct xh_err *err)
{
    struct xh__odata_span span;
    (void)env, (void)arg_count, (void)err;
    *ret = xh__odata_null();
    if (xh__odata_span_of(&args[0], &span)) {
        *ret = (struct xh__odata_value){.type = XH__ODATA_TIME_OF_DAY,
                                        .from_us = us_of_day(span.from_us)};
    }
    return 0;
}

int xh__odata_offset(struct xh__odata_env *env, const struct xh__odata_value *args,
                     size_t arg_count, struct xh__odata_value *ret, struct xh_err *err)
{
    struct xh__odata_span span;
    (void)env, (void)arg_count, (void)err;
    *ret = xh__odata_span_of(&args[0], &span) ? xh__odata_int(0) : xh__odata_null();
    return 0;
}

static struct xh__odata_value instant(int64_t at_us)
{
    return (struct xh__odata_value){.type = XH__ODATA_TIME, .from_us = at_us, .to_us = at_us};
}

int xh__odata_now(struct xh__odata_env *env, const struct xh__odata_value *args, size_t arg_count,
                  struct xh__odata_value *ret, struct xh_err *err)
{
    (void)args, (void)arg_count, (void)err;
    *ret = instant(env->now_us);
    return 0;
}

int xh__odata_min_time(struct xh__odata_env *env, const struct xh__odata_value *args,
                       size_t arg_count, struct xh__odata_value *ret, struct xh_err *err)
{
    (void)env, (void)args, (void)arg_count, (void)err;
    *ret = instant(XH_TIME_MIN);
    return 0;
}

int xh__odata_max_time(struct xh__odata_env *env, const struct xh__odata_value *args,
                       size_t arg_count, struct xh__odata_value *ret, struct xh_err *err)
{
    (void)env, (void)args, (void)arg_count, (void)err;
    *ret = instant(XH_TIME_MAX);
    return 0;
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

static struct xh__odata_value relation(const struct xh__odata_value *args,
                                       bool (*holds)(struct xh__odata_span a,
                                                     struct xh__odata_span b))
{
    struct xh__odata_span a, b;
    if (!xh__odata_span_of(&args[0], &a) || !xh__odata_span_of(&args[1], &b) ||
        (holds == is_during && !b.is_interval)) {
        return xh__odata_null();
    }
    return xh__odata_truth(holds(a, b));
}

#define PERIOD_FUNCTION(name, holds)                                                    \
    int name(struct xh__odata_env *env, const struct xh__odata_value *args,             \
             size_t arg_count, struct xh__odata_value *ret, struct xh_err *err)         \
    {                                                                                   \
        (void)env, (void)arg_count, (void)err;                                          \
        *ret = relation(args, holds);                                                   \
        return 0;                                                                       \
    }

PERIOD_FUNCTION(xh__odata_before, xh__odata_is_before)
PERIOD_FUNCTION(xh__odata_after, is_after)
PERIOD_FUNCTION(xh__odata_meets, meets)
PERIOD_FUNCTION(xh__odata_during, is_during)
PERIOD_FUNCTION(xh__odata_overlaps, overlaps)
PERIOD_FUNCTION(xh__odata_starts, starts)
PERIOD_FUNCTION(xh__odata_finishes, finishes)
