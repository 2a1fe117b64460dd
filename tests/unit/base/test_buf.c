/* Buffers: growth, the limit, what they hand out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#include "base/str.h"

static void a_zeroed_buffer_is_empty_and_has_a_text(void **state)
{
    (void)state;
    struct xh_buf buf = {0};
    assert_int_equal(xh_buf_str(&buf).len, 0);
    assert_string_equal(xh_buf_text(&buf), "");
    xh_buf_finish(&buf);
}

static void pieces_follow_each_other(void **state)
{
    (void)state;
    struct xh_buf buf = {0};
    xh_buf_add(&buf, "ab", 2);
    xh_buf_add_str(&buf, XH_STR("c\0d"));
    xh_buf_add_text(&buf, "ef");
    xh_buf_add_text(&buf, NULL);
    xh_buf_add(&buf, NULL, 0);
    xh_buf_add_char(&buf, 'g');
    xh_buf_add_format(&buf, "%d%s", -12, "h");
    xh_buf_add_format(&buf, "%s", "");
    assert_true(xh_str_equal(xh_buf_str(&buf), XH_STR("abc\0defg-12h")));
    assert_false(buf.is_over);
    xh_buf_finish(&buf);
}

static void growing_keeps_what_is_there(void **state)
{
    (void)state;
    struct xh_buf buf = {0};
    for (int i = 0; i < 100000; i++) {
        xh_buf_add_char(&buf, (char)('a' + i % 26));
        assert_true(buf.len < buf.capacity);
    }
    assert_int_equal(buf.len, 100000);
    for (int i = 0; i < 100000; i++) {
        assert_int_equal(buf.ptr[i], 'a' + i % 26);
    }
    assert_int_equal(strlen(xh_buf_text(&buf)), 100000);
    xh_buf_finish(&buf);
    assert_null(buf.ptr);
}

static void a_format_longer_than_the_room_is_written_whole(void **state)
{
    (void)state;
    struct xh_buf buf = {0};
    for (int i = 0; i < 200; i++) {
        xh_buf_add_format(&buf, "%0*d", i, 0);
    }
    assert_int_equal(buf.len, 1 + 199 * 200 / 2);
    xh_buf_finish(&buf);
}

static void the_limit_is_reached_but_not_passed(void **state)
{
    (void)state;
    struct xh_buf buf;
    xh_buf_init(&buf, 100);
    for (int i = 0; i < 100; i++) {
        xh_buf_add_char(&buf, 'x');
    }
    assert_int_equal(buf.len, 100);
    assert_false(buf.is_over);
    assert_int_equal(strlen(xh_buf_text(&buf)), 100);
    xh_buf_add_char(&buf, 'x');
    assert_true(buf.is_over);
    assert_int_equal(buf.len, 100);
    xh_buf_finish(&buf);
}

static void what_follows_a_piece_that_was_too_long_is_dropped(void **state)
{
    (void)state;
    struct xh_buf buf;
    xh_buf_init(&buf, 10);
    xh_buf_add_text(&buf, "12345");
    xh_buf_add_text(&buf, "678901");
    assert_true(buf.is_over);
    xh_buf_add_char(&buf, '6');
    xh_buf_add_format(&buf, "%d", 6);
    xh_buf_add_text(&buf, "6");
    assert_false(xh_buf_reserve(&buf, 1));
    assert_string_equal(xh_buf_text(&buf), "12345");
    xh_buf_clear(&buf);
    xh_buf_add_text(&buf, "again");
    assert_string_equal(xh_buf_text(&buf), "again");
    assert_false(buf.is_over);
    xh_buf_finish(&buf);
    assert_int_equal(buf.max_bytes, 10);
}

static void a_wish_beyond_all_memory_is_refused(void **state)
{
    (void)state;
    struct xh_buf buf = {0};
    xh_buf_add_char(&buf, 'a');
    assert_false(xh_buf_reserve(&buf, SIZE_MAX));
    assert_true(buf.is_over);
    xh_buf_clear(&buf);
    assert_false(xh_buf_reserve(&buf, ((size_t)1 << 30) + 1));
    xh_buf_finish(&buf);
}

static void reserved_room_may_be_written_directly(void **state)
{
    (void)state;
    struct xh_buf buf = {0};
    xh_buf_add_text(&buf, "a");
    assert_true(xh_buf_reserve(&buf, 5000));
    memset(buf.ptr + buf.len, 'b', 5000);
    buf.len += 5000;
    assert_int_equal(strlen(xh_buf_text(&buf)), 5001);
    xh_buf_finish(&buf);
}

static void the_front_can_be_dropped(void **state)
{
    (void)state;
    struct xh_buf buf = {0};
    xh_buf_drop_front(&buf, 3);
    xh_buf_add_text(&buf, "abcdef");
    xh_buf_drop_front(&buf, 0);
    xh_buf_drop_front(&buf, 2);
    assert_string_equal(xh_buf_text(&buf), "cdef");
    xh_buf_drop_front(&buf, 99);
    assert_string_equal(xh_buf_text(&buf), "");
    xh_buf_finish(&buf);
}

static void taking_leaves_an_empty_buffer(void **state)
{
    (void)state;
    struct xh_buf buf = {0};
    size_t len = 9;
    char *none = xh_buf_take(&buf, &len);
    assert_string_equal(none, "");
    assert_int_equal(len, 0);
    free(none);
    xh_buf_add_text(&buf, "abc");
    char *taken = xh_buf_take(&buf, NULL);
    assert_string_equal(taken, "abc");
    free(taken);
    assert_int_equal(buf.len, 0);
    xh_buf_add_text(&buf, "d");
    assert_string_equal(xh_buf_text(&buf), "d");
    xh_buf_finish(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zeroed_buffer_is_empty_and_has_a_text),
        cmocka_unit_test(pieces_follow_each_other),
        cmocka_unit_test(growing_keeps_what_is_there),
        cmocka_unit_test(a_format_longer_than_the_room_is_written_whole),
        cmocka_unit_test(the_limit_is_reached_but_not_passed),
        cmocka_unit_test(what_follows_a_piece_that_was_too_long_is_dropped),
        cmocka_unit_test(a_wish_beyond_all_memory_is_refused),
        cmocka_unit_test(reserved_room_may_be_written_directly),
        cmocka_unit_test(the_front_can_be_dropped),
        cmocka_unit_test(taking_leaves_an_empty_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
