/* The demonstration's clock: where it starts, that it only goes forward, and that all follow it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#include <pthread.h>

#include "app/demo_clock.h"
#include "base/time.h"

static int64_t instant(const char *text)
{
    int64_t at_us = 0;
    assert_int_equal(xh_time_parse(xh_str_from(text), &at_us, NULL), 0);
    return at_us;
}

static int64_t start_of(const char *asked, const char *now)
{
    int64_t offset_us = 0, now_us = instant(now);
    assert_int_equal(xh_demo_clock_start(xh_str_from(asked), now_us, &offset_us, NULL), 0);
    return now_us + offset_us;
}

static void it_starts_on_the_evening_of_the_next_25th(void **state)
{
    static const struct {
        const char *now, *start;
    } cases[] = {
        {"2026-11-22T06:31:00Z", "2026-11-25T20:00:00+07:00"},
        {"2026-11-01T00:00:00+07:00", "2026-11-25T20:00:00+07:00"},
        {"2026-11-25T19:59:59+07:00", "2026-11-25T20:00:00+07:00"},
        {"2026-11-25T20:00:00+07:00", "2026-11-25T20:00:00+07:00"},
        {"2026-11-25T20:00:01+07:00", "2026-12-25T20:00:00+07:00"}, /* never before the real time */
        {"2026-12-31T23:00:00+07:00", "2027-01-25T20:00:00+07:00"},
        {"2026-11-30T18:00:00Z", "2026-12-25T20:00:00+07:00"}, /* December in Vietnam */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(start_of("", cases[i].now), instant(cases[i].start));
    }
}

static void it_starts_now_or_on_a_day_when_told_so(void **state)
{
    (void)state;
    assert_int_equal(start_of("now", "2026-11-22T06:31:07Z"), instant("2026-11-22T06:31:07Z"));
    assert_int_equal(start_of("2027-02-25", "2026-11-22T06:31:07Z"),
                     instant("2027-02-25T20:00:00+07:00"));
    assert_int_equal(start_of("2026-03-01", "2026-11-22T06:31:07Z"),
                     instant("2026-03-01T20:00:00+07:00"));
}

static void another_word_is_refused_by_name(void **state)
{
    int64_t offset_us = 5;
    struct xh_err err = {0};
    (void)state;
    assert_int_equal(xh_demo_clock_start(XH_STR("tomorrow"), 0, &offset_us, &err), XH_E_INVALID);
    assert_string_equal(err.field, "clock");
    assert_int_equal(offset_us, 5);
}

static void days_are_whole_and_between_1_and_366(void **state)
{
    static const char *const wrong[] = {"", "d", "0d", "-3d", "367d", "30h", "1.5d", "30 d"};
    int64_t days = 0;
    (void)state;
    assert_int_equal(xh_demo_days_parse(XH_STR("30d"), &days, NULL), 0);
    assert_int_equal(days, 30);
    assert_int_equal(xh_demo_days_parse(XH_STR("366"), &days, NULL), 0);
    assert_int_equal(days, 366);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct xh_err err = {0};
        assert_int_equal(xh_demo_days_parse(xh_str_from(wrong[i]), &days, &err), XH_E_INVALID);
        assert_string_equal(err.field, "forward");
    }
    assert_int_equal(days, 366);
}

/* ---- the environment ---- */

static int64_t still_us(const struct xh_env *env)
{
    (void)env;
    return 1000;
}

static void what_asks_the_environment_sees_the_moved_time_and_real_distances(void **state)
{
    struct xh_env real = *xh_env_real();
    struct xh_demo_clock clock;
    unsigned char bytes[16] = {0}, none[16] = {0};
    (void)state;
    real.now_us = still_us;
    real.monotonic_us = still_us;
    xh_demo_clock_init(&clock, &real, 5 * XH_US_PER_DAY);
    assert_int_equal(xh_env_now_us(&clock.env), 1000 + 5 * XH_US_PER_DAY);
    assert_int_equal(xh_env_monotonic_us(&clock.env), 1000);
    assert_int_equal(xh_demo_clock_forward(&clock, 2 * XH_US_PER_DAY), 7 * XH_US_PER_DAY);
    assert_int_equal(xh_env_now_us(&clock.env), 1000 + 7 * XH_US_PER_DAY);
    assert_int_equal(xh_env_monotonic_us(&clock.env), 1000);
    xh_env_random(&clock.env, bytes, sizeof bytes);
    assert_memory_not_equal(bytes, none, sizeof bytes);
}

enum { THREADS = 4, STEPS = 1000 };

static void *put_forward(void *arg)
{
    struct xh_demo_clock *clock = arg;
    for (int i = 0; i < STEPS; i++) {
        int64_t before_us = xh_env_now_us(&clock->env);
        (void)xh_demo_clock_forward(clock, 1);
        if (xh_env_now_us(&clock->env) <= before_us) {
            return clock; /* went back, or stood still */
        }
    }
    return NULL;
}

static void threads_may_move_it_at_once_and_no_step_is_lost(void **state)
{
    struct xh_env real = *xh_env_real();
    struct xh_demo_clock clock;
    pthread_t threads[THREADS];
    (void)state;
    real.now_us = still_us;
    xh_demo_clock_init(&clock, &real, 0);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, put_forward, &clock), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        void *went_back = &clock;
        assert_int_equal(pthread_join(threads[i], &went_back), 0);
        assert_null(went_back);
    }
    assert_int_equal(xh_demo_clock_offset_us(&clock), THREADS * STEPS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_starts_on_the_evening_of_the_next_25th),
        cmocka_unit_test(it_starts_now_or_on_a_day_when_told_so),
        cmocka_unit_test(another_word_is_refused_by_name),
        cmocka_unit_test(days_are_whole_and_between_1_and_366),
        cmocka_unit_test(what_asks_the_environment_sees_the_moved_time_and_real_distances),
        cmocka_unit_test(threads_may_move_it_at_once_and_no_step_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
