/* demo_clock.c: the environment of the demonstration: everything real but the date. */
#include "app/demo_clock.h"

#include "base/num.h"

enum { DAYS_MAX = 366, DAY_OF_MONTH = 25 };

static const struct xh_demo_clock *clock_of(const struct xh_env *env)
{
    return env->self;
}

static int64_t moved_now_us(const struct xh_env *env)
{
    const struct xh_demo_clock *clock = clock_of(env);
    return xh_env_now_us(clock->real) + xh_demo_clock_offset_us(clock);
}

static int64_t real_monotonic_us(const struct xh_env *env)
{
    return xh_env_monotonic_us(clock_of(env)->real);
}

static void real_random(const struct xh_env *env, void *bytes, size_t len)
{
    xh_env_random(clock_of(env)->real, bytes, len);
}

static int real_io(const struct xh_env *env, enum xh_io_op op, const char *path, size_t *size_bytes)
{
    const struct xh_env *real = clock_of(env)->real;
    return real->io(real, op, path, size_bytes);
}

void xh_demo_clock_init(struct xh_demo_clock *clock, const struct xh_env *real, int64_t offset_us)
{
    clock->real = real;
    clock->env = (struct xh_env){
        .now_us = moved_now_us,
        .monotonic_us = real_monotonic_us,
        .random = real_random,
        .io = real->io ? real_io : NULL,
        .disk = real->disk,
        .self = clock,
    };
    atomic_init(&clock->offset_us, offset_us);
}

int64_t xh_demo_clock_offset_us(const struct xh_demo_clock *clock)
{
    return atomic_load(&clock->offset_us);
}

int64_t xh_demo_clock_forward(struct xh_demo_clock *clock, int64_t by_us)
{
    xh_assert(by_us >= 0);
    return atomic_fetch_add(&clock->offset_us, by_us) + by_us;
}

/* ---- what is asked for ---- */

static int64_t evening_us(int32_t day)
{
    return (int64_t)day * XH_US_PER_DAY +
           (XH_DEMO_EVENING_H - XH_DEMO_UTC_OFFSET_H) * XH_US_PER_HOUR;
}

/* Where the real time stands behind the evening of this month's 25th, it is the next month's. */
static int64_t next_evening_us(int64_t now_us)
{
    int32_t today = (int32_t)((now_us + XH_DEMO_UTC_OFFSET_H * XH_US_PER_HOUR) / XH_US_PER_DAY);
    int year, month, day;

    xh_day_to_civil(today, &year, &month, &day);
    int64_t at_us = evening_us(xh_day_from_civil(year, month, DAY_OF_MONTH));
    if (at_us >= now_us) {
        return at_us;
    }
    return evening_us(month == 12 ? xh_day_from_civil(year + 1, 1, DAY_OF_MONTH)
                                  : xh_day_from_civil(year, month + 1, DAY_OF_MONTH));
}

int xh_demo_clock_start(struct xh_str text, int64_t now_us, int64_t *ret_offset_us,
                        struct xh_err *err)
{
    int32_t day = 0;

    if (xh_str_is(text, "now")) {
        *ret_offset_us = 0;
        return 0;
    }
    if (text.len == 0) {
        *ret_offset_us = next_evening_us(now_us) - now_us;
        return 0;
    }
    if (xh_day_parse(text, &day, NULL) < 0) {
        return xh_err_field(err, XH_E_INVALID, "clock", text, "now, or a day as 2026-11-25", NULL,
                            "clock is '%.*s', it must be `now` or a day as 2026-11-25",
                            XH_STR_ARG(xh_str_sub(text, 0, 40)));
    }
    *ret_offset_us = evening_us(day) - now_us;
    return 0;
}

int xh_demo_days_check(const char *field, int64_t days, struct xh_err *err)
{
    char text[XH_NUM_TEXT_BYTES];

    if (days >= 1 && days <= DAYS_MAX) {
        return 0;
    }
    struct xh_str value = {text, xh_int_print(days, text)};
    return xh_err_field(err, XH_E_INVALID, field, value, "1 to 366", "d",
                        "%s is %s, it must be 1 to %d days", field, text, DAYS_MAX);
}

int xh_demo_days_parse(struct xh_str text, int64_t *ret_days, struct xh_err *err)
{
    struct xh_str number = text;
    int64_t days = 0;

    if (xh_str_ends(text, XH_STR("d"))) {
        number = xh_str_sub(text, 0, text.len - 1);
    }
    if (xh_int_parse(number, &days) < 0) {
        return xh_err_field(err, XH_E_INVALID, "forward", text, "1d to 366d", NULL,
                            "forward is '%.*s', it must be days as 30d",
                            XH_STR_ARG(xh_str_sub(text, 0, 40)));
    }
    int code = xh_demo_days_check("forward", days, err);
    if (code == 0) {
        *ret_days = days;
    }
    return code;
}
