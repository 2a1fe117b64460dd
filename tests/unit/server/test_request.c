/* What came in an address: paths and parameters, decoded or refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "test_arena.h"
#include "server/server_internal.h"

static void assert_decodes(const char *text, bool plus_is_space, const char *wanted)
{
    struct xh_str got;
    struct xh_err err = {0};
    assert_int_equal(xh__url_decode(arena, xh_str_from(text), plus_is_space, &got, &err), XH_E_OK);
    assert_int_equal(got.len, strlen(wanted));
    assert_memory_equal(got.ptr, wanted, got.len);
}

static void escapes_are_decoded(void **state)
{
    (void)state;
    assert_decodes("/api/v1/core", false, "/api/v1/core");
    assert_decodes("home-7%2Felectricity", false, "home-7/electricity");
    assert_decodes("%C4%90%e1%BB%91ng+%C4%90a", true, "Đống Đa");
    assert_decodes("a+b%2Bc", false, "a+b+c");
    assert_decodes("a+b%2Bc", true, "a b+c");
    assert_decodes("", false, "");
}

static void broken_escapes_are_refused(void **state)
{
    static const char *const wrong[] = {"%", "%4", "a%4g", "%%41", "%00", "%ff", "%c3", "%c3x",
                                        "%ed%a0%80"};
    (void)state;
    for (size_t i = 0; i < XH_COUNT(wrong); i++) {
        struct xh_str got;
        struct xh_err err = {0};
        int code = xh__url_decode(arena, xh_str_from(wrong[i]), false, &got, &err);
        assert_int_equal(code, XH_E_INVALID);
        assert_true(err.text[0] != '\0');
    }
}

static struct xh__param params[4];

static size_t parse(const char *query, int wanted)
{
    size_t count = 99;
    struct xh_err err = {0};
    int code = xh__query_parse(arena, xh_str_from(query), params, XH_COUNT(params), &count, &err);
    assert_int_equal(code, wanted);
    return count;
}

static void assert_param(size_t at, const char *name, const char *value)
{
    assert_int_equal(params[at].name_len, strlen(name));
    assert_memory_equal(params[at].name, name, strlen(name));
    assert_int_equal(params[at].value.len, strlen(value));
    assert_memory_equal(params[at].value.ptr, value, strlen(value));
}

static void parameters_keep_their_order_and_may_be_empty(void **state)
{
    (void)state;
    assert_int_equal(parse("series=home-7/electricity&from=2025-06-15T08:00:00%2B07:00&x&y=", 0),
                     4);
    assert_param(0, "series", "home-7/electricity");
    assert_param(1, "from", "2025-06-15T08:00:00+07:00");
    assert_param(2, "x", "");
    assert_param(3, "y", "");
    assert_int_equal(parse("a=1=2", 0), 1);
    assert_param(0, "a", "1=2");
}

static void empty_pieces_of_a_query_are_left_out(void **state)
{
    (void)state;
    assert_int_equal(parse("", 0), 0);
    assert_int_equal(parse("&&a=1&", 0), 1);
}

static void too_many_parameters_are_refused(void **state)
{
    (void)state;
    assert_int_equal(parse("a&b&c&d", 0), 4);
    (void)parse("a&b&c&d&e", XH_E_INVALID);
}

static void one_broken_parameter_refuses_the_query(void **state)
{
    (void)state;
    (void)parse("a=1&b=%zz", XH_E_INVALID);
    (void)parse("a=1&%zz=b", XH_E_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(escapes_are_decoded, arena_open, arena_close),
        cmocka_unit_test_setup_teardown(broken_escapes_are_refused, arena_open, arena_close),
        cmocka_unit_test_setup_teardown(parameters_keep_their_order_and_may_be_empty, arena_open,
                                        arena_close),
        cmocka_unit_test_setup_teardown(empty_pieces_of_a_query_are_left_out,
                                        arena_open, arena_close),
        cmocka_unit_test_setup_teardown(too_many_parameters_are_refused, arena_open, arena_close),
        cmocka_unit_test_setup_teardown(one_broken_parameter_refuses_the_query,
                                        arena_open, arena_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
