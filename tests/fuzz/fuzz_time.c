/* All readers of times: what is taken is in range, prints, and reads back the same. */
#include <stdlib.h>

#include "base/time.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
    if (!is_true) {
        abort();
    }
}

static void check_instant(struct xh_str text)
{
    char printed[XH_TIME_TEXT_BYTES];
    struct xh_err err;
    int64_t at_us = 0;
    int64_t back_us = 0;

    if (xh_time_parse(text, &at_us, &err) != 0) {
        return;
    }
    require(at_us >= XH_TIME_MIN && at_us <= XH_TIME_MAX);
    size_t len = xh_time_print(at_us, printed);
    require(len < sizeof(printed));
    require(xh_time_parse((struct xh_str){printed, len}, &back_us, NULL) == 0);
    require(back_us == at_us);
}

static void check_day(struct xh_str text)
{
    char printed[XH_TIME_TEXT_BYTES];
    int32_t day = 0;

    if (xh_day_parse(text, &day, NULL) != 0) {
        return;
    }
    size_t len = xh_day_print(day, printed);
    require(xh_str_equal((struct xh_str){printed, len}, text));
}

static void check_interval(struct xh_str text)
{
    char printed[2 * XH_TIME_TEXT_BYTES];
    struct xh_interval iv;
    struct xh_interval back;

    if (xh_interval_parse(text, &iv, NULL) != 0) {
        return;
    }
    require(iv.from_us <= iv.to_us && iv.from_us >= XH_TIME_MIN && iv.to_us <= XH_TIME_MAX);
    size_t len = xh_interval_print(iv, printed);
    require(len < sizeof(printed));
    require(xh_interval_parse((struct xh_str){printed, len}, &back, NULL) == 0);
    require(back.from_us == iv.from_us && back.to_us == iv.to_us);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xh_str text = {(const char *)data, size};
    struct xh_civil civil;
    struct xh_duration duration;
    enum xh_period period;

    check_instant(text);
    check_day(text);
    check_interval(text);
    if (xh_civil_parse(text, &civil, NULL) == 0) {
        require(xh_civil_is_valid(&civil));
    }
    (void)xh_duration_parse(text, &duration, NULL);
    (void)xh_period_parse(text, &period);
    return 0;
}
