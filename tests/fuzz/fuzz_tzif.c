/* TZif files: whatever zone comes out of the bytes, instants survive the way over the local clock,
 * and periods hold what they are asked for and follow each other. */
#include <stdlib.h>

#include "base/time.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
    if (!is_true) {
        abort();
    }
}

static void check_clock(const struct xh_zone *zone, int64_t at_us)
{
    char text[XH_TIME_TEXT_BYTES];
    struct xh_civil civil;
    enum xh_civil_kind kind;
    int64_t back_us = 0;

    xh_zone_to_civil(zone, at_us, &civil);
    int64_t first_us = xh_zone_to_us(zone, &civil, false, &kind);
    int64_t second_us = xh_zone_to_us(zone, &civil, true, NULL);
    require(kind != XH_CIVIL_NEVER);
    require(first_us <= at_us && at_us <= second_us);
    require((kind == XH_CIVIL_ONCE) == (first_us == second_us));

    size_t len = xh_time_print_zoned(at_us, zone, text);
    require(xh_time_parse((struct xh_str){text, len}, &back_us, NULL) == 0 && back_us == at_us);
}

static void check_periods(const struct xh_zone *zone, int64_t at_us)
{
    for (int p = XH_PERIOD_HOUR; p <= XH_PERIOD_YEAR; p++) {
        enum xh_period period = (enum xh_period)p;
        struct xh_interval iv = xh_zone_period(zone, period, at_us);
        require(iv.from_us <= at_us && at_us < iv.to_us);
        struct xh_interval next = xh_zone_period(zone, period, iv.to_us);
        require(next.from_us == iv.to_us && next.to_us > next.from_us);
    }
    int32_t day = xh_zone_day(zone, at_us);
    require(xh_zone_day_start_us(zone, day) <= at_us);
    require(at_us < xh_zone_day_start_us(zone, day + 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t hours[] = {-40000000, -600000, -1,     0,      150000, 262968,
                                    420000,    456789,  500000, 800000, 1139568, 60000000};
    struct xh_zone *zone = NULL;
    struct xh_err err;

    if (xh_zone_parse(XH_STR("Fuzz"), (struct xh_str){(const char *)data, size}, &zone, &err) !=
        0) {
        return 0;
    }
    for (size_t i = 0; i < sizeof(hours) / sizeof(hours[0]); i++) {
        /* Not at a full hour: a transition before a second's end must not matter either. */
        int64_t at_us = hours[i] * XH_US_PER_HOUR / 3 + INT64_C(1234567890);
        if (at_us < XH_TIME_MIN || at_us > XH_TIME_MAX - 2 * 366 * XH_US_PER_DAY) {
            continue;
        }
        check_clock(zone, at_us);
        check_periods(zone, at_us);
    }
    xh_zone_destroy(zone);
    return 0;
}
