/* JSON Patch: the examples of RFC 6902, appendix A, and what it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "server/sta/sta_write_internal.h"

static int patch(const char *json, const char *operations, struct xh_arena *arena,
                 struct xh_str *ret, struct xh_err *err)
{
    return xh__sta_json_patch(arena, xh_str_from(json), xh_str_from(operations), ret, err);
}

static void the_examples_of_the_standard_give_what_it_says(void **state)
{
    static const struct {
        const char *json, *patch, *after;
    } cases[] = {
        {"{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\"}]",
         "{\"foo\":\"bar\",\"baz\":\"qux\"}"},
        {"{\"foo\":[\"bar\",\"baz\"]}", "[{\"op\":\"add\",\"path\":\"/foo/1\",\"value\":\"qux\"}]",
         "{\"foo\":[\"bar\",\"qux\",\"baz\"]}"},
        {"{\"baz\":\"qux\",\"foo\":\"bar\"}", "[{\"op\":\"remove\",\"path\":\"/baz\"}]",
         "{\"foo\":\"bar\"}"},
        {"{\"foo\":[\"bar\",\"qux\",\"baz\"]}", "[{\"op\":\"remove\",\"path\":\"/foo/1\"}]",
         "{\"foo\":[\"bar\",\"baz\"]}"},
        {"{\"baz\":\"qux\",\"foo\":\"bar\"}",
         "[{\"op\":\"replace\",\"path\":\"/baz\",\"value\":\"boo\"}]",
         "{\"baz\":\"boo\",\"foo\":\"bar\"}"},
        {"{\"foo\":{\"bar\":\"baz\",\"waldo\":\"fred\"},\"qux\":{\"corge\":\"grault\"}}",
         "[{\"op\":\"move\",\"from\":\"/foo/waldo\",\"path\":\"/qux/thud\"}]",
         "{\"foo\":{\"bar\":\"baz\"},\"qux\":{\"corge\":\"grault\",\"thud\":\"fred\"}}"},
        {"{\"foo\":[\"all\",\"grass\",\"cows\",\"eat\"]}",
         "[{\"op\":\"move\",\"from\":\"/foo/1\",\"path\":\"/foo/3\"}]",
         "{\"foo\":[\"all\",\"cows\",\"eat\",\"grass\"]}"},
        {"{\"baz\":\"qux\",\"foo\":[\"a\",2,\"c\"]}",
         "[{\"op\":\"test\",\"path\":\"/baz\",\"value\":\"qux\"},"
         "{\"op\":\"test\",\"path\":\"/foo/1\",\"value\":2}]",
         "{\"baz\":\"qux\",\"foo\":[\"a\",2,\"c\"]}"},
        {"{\"foo\":\"bar\"}",
         "[{\"op\":\"add\",\"path\":\"/child\",\"value\":{\"grandchild\":{}}}]",
         "{\"foo\":\"bar\",\"child\":{\"grandchild\":{}}}"},
        {"{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\",\"xyz\":123}]",
         "{\"foo\":\"bar\",\"baz\":\"qux\"}"},
        {"{\"/\":9,\"~1\":10}", "[{\"op\":\"test\",\"path\":\"/~01\",\"value\":10}]",
         "{\"/\":9,\"~1\":10}"},
        {"{\"foo\":[\"bar\"]}",
         "[{\"op\":\"add\",\"path\":\"/foo/-\",\"value\":[\"abc\",\"def\"]}]",
         "{\"foo\":[\"bar\",[\"abc\",\"def\"]]}"},
        {"{\"a\":{\"b\":1}}",
         "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/c\"},"
         "{\"op\":\"replace\",\"path\":\"/a/b\",\"value\":2}]",
         "{\"a\":{\"b\":2},\"c\":{\"b\":1}}"},
        {"{\"a\":{\"x\":1,\"y\":[1.0]}}",
         "[{\"op\":\"test\",\"path\":\"/a\",\"value\":{\"y\":[1],\"x\":1.00}}]",
         "{\"a\":{\"x\":1,\"y\":[1.0]}}"},
        {"{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"\",\"value\":[2]}]", "[2]"},
    };
    struct xh_arena *arena = xh_arena_create("test");
    (void)state;
    for (size_t i = 0; i < XH_COUNT(cases); i++) {
        struct xh_err err = {0};
        struct xh_str after = {NULL, 0};
        int code = patch(cases[i].json, cases[i].patch, arena, &after, &err);
        if (code < 0) {
            fail_msg("%s: %s", cases[i].patch, err.text);
        }
        assert_string_equal(xh_arena_text(arena, after), cases[i].after);
    }
    xh_arena_destroy(arena);
}

static void what_cannot_be_done_is_refused_whole(void **state)
{
    static const struct {
        const char *json, *patch, *field;
        int code;
    } cases[] = {
        {"{\"baz\":\"qux\"}", "[{\"op\":\"test\",\"path\":\"/baz\",\"value\":\"bar\"}]", "[0].path",
         XH_E_CONFLICT},
        {"{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/baz/bat\",\"value\":\"qux\"}]",
         "[0].path", XH_E_INVALID},
        {"{\"/\":9,\"~1\":10}", "[{\"op\":\"test\",\"path\":\"/~01\",\"value\":\"10\"}]",
         "[0].path", XH_E_CONFLICT},
        {"{}", "[{\"op\":\"remove\",\"path\":\"/a\"}]", "[0].path", XH_E_INVALID},
        {"{}", "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":1}]", "[0].path", XH_E_INVALID},
        {"[1]", "[{\"op\":\"add\",\"path\":\"/2\",\"value\":1}]", "[0].path", XH_E_INVALID},
        {"[1]", "[{\"op\":\"add\",\"path\":\"/01\",\"value\":1}]", "[0].path", XH_E_INVALID},
        {"{\"a\":{}}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a/b\"}]", "[0].path",
         XH_E_INVALID},
        {"{}", "[{\"op\":\"add\",\"path\":\"/a\"}]", "[0].value", XH_E_INVALID},
        {"{}", "[{\"op\":\"grow\",\"path\":\"/a\"}]", "[0].op", XH_E_INVALID},
        {"{}", "[{\"op\":\"add\",\"path\":\"a\",\"value\":1}]", "[0].path", XH_E_INVALID},
        {"{}", "[{\"op\":\"add\",\"path\":\"/~2\",\"value\":1}]", "[0].path", XH_E_INVALID},
        {"{}", "{\"op\":\"add\"}", "patch", XH_E_INVALID},
    };
    struct xh_arena *arena = xh_arena_create("test");
    (void)state;
    for (size_t i = 0; i < XH_COUNT(cases); i++) {
        struct xh_err err = {0};
        struct xh_str after = XH_STR("untouched");
        assert_int_equal(patch(cases[i].json, cases[i].patch, arena, &after, &err), cases[i].code);
        assert_string_equal(err.field, cases[i].field);
        assert_true(xh_str_is(after, "untouched"));
    }
    xh_arena_destroy(arena);
}

static void copies_of_copies_are_stopped_by_size_and_depth(void **state)
{
    struct xh_arena *arena = xh_arena_create("test");
    struct xh_buf doubling = {0}, nesting = {0};
    struct xh_err err = {0};
    struct xh_str after;
    (void)state;
    for (int i = 0; i < 40; i++) {
        const char *comma = i > 0 ? "," : "";
        xh_buf_add_format(&doubling, "%s{\"op\":\"copy\",\"from\":\"\",\"path\":\"/c%d\"}", comma,
                          i);
    }
    const char *text = xh_arena_text(arena, xh_buf_str(&doubling));
    xh_buf_add_format(&nesting, "[%s]", text);
    assert_int_equal(patch("{\"a\":\"0123456789\"}", xh_buf_text(&nesting), arena, &after, &err),
                     XH_E_TOO_LARGE);
    xh_buf_clear(&nesting);
    for (int i = 0; i < 80; i++) {
        xh_buf_add_format(&nesting, "%s{\"op\":\"copy\",\"from\":\"\",\"path\":\"/a\"}",
                          i > 0 ? "," : "");
    }
    text = xh_arena_text(arena, xh_buf_str(&nesting));
    xh_buf_clear(&nesting);
    xh_buf_add_format(&nesting, "[%s]", text);
    assert_int_equal(patch("{\"a\":1}", xh_buf_text(&nesting), arena, &after, &err),
                     XH_E_TOO_LARGE);
    xh_buf_finish(&doubling);
    xh_buf_finish(&nesting);
    xh_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_the_standard_give_what_it_says),
        cmocka_unit_test(what_cannot_be_done_is_refused_whole),
        cmocka_unit_test(copies_of_copies_are_stopped_by_size_and_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
