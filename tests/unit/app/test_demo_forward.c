/* The demonstration's clock put forward while the disk fails: it is forward on the disk before it
 * is in the program, and what cannot be read again is never written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>

#include "app/demo.h"
#include "base/env_fault.h"

enum { NOW_S = 1750000000 };

struct world {
    struct xh_env_fault *fault;
    struct xh_app app;
    struct xh_demo demo;
    char dir[32];
};

static void start(struct world *w)
{
    static const struct xh_demo_options options = {.seed = 7, .homes = 1, .days = 1,
                                                   .clock = {"now", 3}};
    w->app.env = xh_env_fault_env(w->fault);
    assert_int_equal(xh_demo_init(&w->demo, &w->app, &options, NULL), 0);
}

static void enter(struct world *w)
{
    *w = (struct world){.dir = "/tmp/xanh-test-forward-XXXXXX"};
    assert_non_null(mkdtemp(w->dir));
    w->fault = xh_env_fault_create(1, INT64_C(1000000) * NOW_S);
    w->app.arena = xh_arena_create("test");
    w->app.dir = w->dir;
    start(w);
    w->demo.state.step = 1; /* as when the world is made */
    w->demo.state.is_whole = true;
    assert_int_equal(xh_demo_state_write(&w->demo, NULL), 0);
}

static void leave(struct world *w)
{
    char command[64];
    xh_demo_finish(&w->demo);
    xh_arena_destroy(w->app.arena);
    xh_env_fault_destroy(w->fault);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", w->dir);
    assert_int_equal(system(command), 0);
}

/* The offset in days after the program is started again. */
static int64_t days_on_disk(struct world *w)
{
    xh_demo_finish(&w->demo);
    start(w);
    return w->demo.state.offset_us / XH_US_PER_DAY;
}

static void a_clock_that_was_put_forward_stays_so_whatever_the_disk_does(void **state)
{
    struct world w;
    bool has_fired = true;
    uint64_t nth = 1;
    (void)state;
    enter(&w);
    for (; has_fired; nth++) {
        struct xh_err err = {0};
        int64_t before = w.demo.state.offset_us / XH_US_PER_DAY;
        int64_t now_us = xh_env_now_us(&w.demo.clock.env);
        xh_env_fault_fail_any(w.fault, nth, EIO, true);
        int code = xh_demo_forward(&w.demo, 30, &err);
        has_fired = xh_env_fault_has_fired(w.fault);
        xh_env_fault_fail_any(w.fault, 0, 0, false);
        int64_t moved_us = xh_env_now_us(&w.demo.clock.env) - now_us;
        assert_true(moved_us == (code == 0 ? 30 * XH_US_PER_DAY : 0));
        assert_true(code == 0 || err.text[0] != '\0');
        int64_t after = days_on_disk(&w);
        assert_true(after == before + 30 || (code < 0 && after == before));
        assert_true(w.demo.state.is_whole && w.demo.state.seed == 7);
    }
    assert_true(nth > 2); /* there was something to fail */
    leave(&w);
}

static void a_clock_goes_1_to_366_days_at_a_time(void **state)
{
    static const int64_t wrong[] = {0, -1, 367, INT64_MAX, INT64_MIN};
    struct world w;
    (void)state;
    enter(&w);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct xh_err err = {0};
        assert_int_equal(xh_demo_forward(&w.demo, wrong[i], &err), XH_E_INVALID);
        assert_string_equal(err.field, "days");
    }
    assert_int_equal(days_on_disk(&w), 0);
    leave(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_that_was_put_forward_stays_so_whatever_the_disk_does),
        cmocka_unit_test(a_clock_goes_1_to_366_days_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
