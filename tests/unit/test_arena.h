/* test_arena.h: an arena for each test: setup and teardown of cmocka, included by the one file that
 * is the test. */
#ifndef XH_TESTS_TEST_ARENA_H
#define XH_TESTS_TEST_ARENA_H

#include "base/arena.h"

static struct xh_arena *arena;

static int arena_open(void **state)
{
    (void)state;
    arena = xh_arena_create("test");
    return 0;
}

static int arena_close(void **state)
{
    (void)state;
    xh_arena_destroy(arena);
    return 0;
}

#endif
