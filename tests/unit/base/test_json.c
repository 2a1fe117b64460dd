#include "base/json_member.h"

#include <setjmp.h>
#include <stdarg.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Reads the whole text; gives the last token: XH_JSON_END or XH_JSON_ERROR. */
static enum xh_json_type read_all(struct xh_arena *arena, struct xh_str text, struct xh_err *err)
{
    struct xh_json_reader *r = xh_json_reader_create(arena, text);
    enum xh_json_type type;
    do {
        type = xh_json_next(r);
    } while (type != XH_JSON_END && type != XH_JSON_ERROR);
    assert_int_equal(xh_json_next(r), type); /* the last answer stays */
    int rc = xh_json_error(r, err);
    assert_int_equal(rc < 0, type == XH_JSON_ERROR);
    return type;
}

/* In memory of its own, of exactly the length, so that a sanitizer sees a byte read too far. */
static enum xh_json_type read_text(const char *text, size_t len, struct xh_err *err)
{
    struct xh_arena *arena = xh_arena_create("test");
    char *copy = malloc(len > 0 ? len : 1);
    memcpy(copy, text, len);
    enum xh_json_type type = read_all(arena, (struct xh_str){copy, len}, err);
    free(copy);
    xh_arena_destroy(arena);
    return type;
}

static const char *const accepted[] = {
    "null", "true", "false", "0", "-0", "-1", "10", "1.5", "0.25", "1e5", "1E+5", "1e-05",
    "-0.0e-0",
    "123456789012345678901234567890", "1e400", "\"\"", "\"a\"", "[]", "{}", " [ ] ", "\t{\n}\r",
    "[1]", "[1,2]", "[ 1 , 2 ]", "[[],[[]],{}]", "{\"a\":1}", "{ \"a\" : 1 , \"b\" : [ ] }",
    "{\"\":0}", "{\"a\":1,\"a\":2}", "[null,true,false,0,\"x\",{},[]]",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
    "\"\\u0000\"", "\"\\u00e9\\u00E9\"", "\"\\ud83c\\udf31\"", "\"\\uDBFF\\uDFFF\"", "\"\x7f\"",
    "\"Hà Nội\"", "\"\xF0\x9F\x8C\xB1\"", "\"\xEF\xBF\xBF\"", "\"\xF4\x8F\xBF\xBF\"",
    "{\"tên\":\"nước\"}", "\xEF\xBB\xBF[]", "\"/\"", "\"{\"", "\"12345678\"", "\"1234567\\n\"",
};

static void every_text_of_the_accept_list_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        struct xh_err err = {0};
        if (read_text(accepted[i], strlen(accepted[i]), &err) != XH_JSON_END) {
            fail_msg("refused: %s (%s)", accepted[i], err.text);
        }
    }
}

static const char *const refused[] = {
    "", " ", "nul", "nulL", "True", "nullx", "tru", "NaN", "Infinity", "-Infinity", "undefined",
    "+1", "01", "-01", "-", "--1", "1.", ".5", "1.e5", "1e", "1e+", "1E-", "0x10", "1_000", "1,5",
    "1 2", "- 1", "1e5.5", "00", "-a", "\"", "\"a", "\"\\", "\"\\\"", "\"\\x41\"", "\"\\a\"",
    "\"\\'\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\u\"", "\"\\U0041\"", "'a'", "\"a\nb\"", "\"a\tb\"",
    "\"\x01\"", "\"\x1f\"", "\"1234567\x1f\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800x\"",
    "\"\\ud800\\n\"", "\"\\ud800\\u0041\"", "\"\\udc00\\ud800\"", "\"\\ud800\\ud800\"",
    "\"\\ud83c\\udf3\"", "\"\\ud83c\\u\"", "\"\x80\"", "\"\xC0\xAF\"", "\"\xC1\xBF\"",
    "\"\xE0\x80\xAF\"", "\"\xED\xA0\x80\"", "\"\xF5\x80\x80\x80\"", "\"\xF4\x90\x80\x80\"",
    "\"\xF0\x80\x80\xAF\"", "\"\xE1\xBB\"", "\"\xFF\"", "\xC3\xA9", "[", "]", "{", "}", "[1", "[1,",
    "[1,]", "[,1]", "[,]", "[1 2]", "[1,,2]", "[1]]", "[}", "{]", "{\"a\"", "{\"a\":", "{\"a\":1",
    "{\"a\":1,", "{\"a\":1,}", "{,}", "{\"a\"}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "{\"a\"::1}",
    "{a:1}", "{1:1}", "{'a':1}", "{null:1}", "{\"a\":1]", "[1}", "{\"a\":}", "[:]", "{}{}", "[][]",
    "[1]x", "// c\n1", "/* c */1", "[1] // c", "#\n1", "1;", "\xEF\xBB", "\xEF\xBB\xBF",
    "\xEF\xBB\xBF\xEF\xBB\xBF[]", "\xFE\xFF", "\f1", "\v1", "\xC2\xA0[]", "*", "<a/>",
};

static void every_text_of_the_refuse_list_is_an_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct xh_err err = {0};
        if (read_text(refused[i], strlen(refused[i]), &err) != XH_JSON_ERROR) {
            fail_msg("accepted: %s", refused[i]);
        }
        assert_int_equal(err.code, XH_E_INVALID);
        assert_true(strlen(err.text) > 0);
    }
}

static void a_nul_byte_outside_a_string_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(read_text("1\0", 2, NULL), XH_JSON_ERROR);
    assert_int_equal(read_text("\"\0\"", 3, NULL), XH_JSON_ERROR);
    assert_int_equal(read_text("\0", 1, NULL), XH_JSON_ERROR);
}

static void every_cut_of_a_text_is_an_error(void **state)
{
    (void)state;
    static const char text[] =
        "{\"name\":\"\\ud83c\\udf31 x\\n\",\"values\":[1.5e-3,-20,true,false,null],\"o\":{}}";
    for (size_t len = 0; len < sizeof text - 1; len++) {
        assert_int_equal(read_text(text, len, NULL), XH_JSON_ERROR);
    }
    assert_int_equal(read_text(text, sizeof text - 1, NULL), XH_JSON_END);
}

static void assert_token(struct xh_json_reader *r, enum xh_json_type type, const char *text)
{
    assert_int_equal(xh_json_next(r), type);
    struct xh_str found = xh_json_text(r);
    if (found.len != strlen(text) || memcmp(found.ptr, text, found.len) != 0) {
        fail_msg("expected '%s', found '%.*s'", text, XH_STR_ARG(found));
    }
}

static void tokens_come_in_the_order_of_the_text(void **state)
{
    (void)state;
    struct xh_arena *arena = xh_arena_create("test");
    struct xh_json_reader *r = xh_json_reader_create(
        arena, XH_STR("{\"a\":[1.50,\"x\\ty\"],\"b\\u0041\":{\"c\":null},\"d\":true,\"e\":false}"));
    assert_token(r, XH_JSON_OBJECT, "");
    assert_int_equal(xh_json_depth(r), 1);
    assert_int_equal(xh_json_offset(r), 1);
    assert_token(r, XH_JSON_NAME, "a");
    assert_token(r, XH_JSON_ARRAY, "");
    assert_int_equal(xh_json_depth(r), 2);
    assert_token(r, XH_JSON_NUMBER, "1.50");
    assert_token(r, XH_JSON_STRING, "x\ty");
    assert_token(r, XH_JSON_ARRAY_END, "");
    assert_token(r, XH_JSON_NAME, "bA");
    assert_token(r, XH_JSON_OBJECT, "");
    assert_token(r, XH_JSON_NAME, "c");
    assert_token(r, XH_JSON_NULL, "");
    assert_token(r, XH_JSON_OBJECT_END, "");
    assert_token(r, XH_JSON_NAME, "d");
    assert_token(r, XH_JSON_TRUE, "");
    assert_token(r, XH_JSON_NAME, "e");
    assert_token(r, XH_JSON_FALSE, "");
    assert_token(r, XH_JSON_OBJECT_END, "");
    assert_int_equal(xh_json_depth(r), 0);
    assert_token(r, XH_JSON_END, "");
    assert_int_equal(xh_json_error(r, NULL), 0);
    xh_arena_destroy(arena);
}

static void escapes_become_the_characters_they_stand_for(void **state)
{
    (void)state;
    struct xh_arena *arena = xh_arena_create("test");
    struct xh_json_reader *r = xh_json_reader_create(
        arena, XH_STR("[\"\\u0048\\u00e0 N\\u1ed9i\",\"\\ud83c\\udf31\","
                      "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\","
                      "\"a long one before \\u007f\\u0080\\u07ff\\u0800\\uffff after it\"]"));
    xh_json_next(r);
    assert_token(r, XH_JSON_STRING, "Hà Nội");
    assert_token(r, XH_JSON_STRING, "\xF0\x9F\x8C\xB1");
    assert_token(r, XH_JSON_STRING, "\"\\/\b\f\n\r\t");
    assert_token(r, XH_JSON_STRING,
                 "a long one before \x7f\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF after it");
    xh_arena_destroy(arena);
}

static void strings_without_escapes_are_slices_of_the_text(void **state)
{
    (void)state;
    struct xh_arena *arena = xh_arena_create("test");
    struct xh_str text = XH_STR("\"no escape in here, nowhere\"");
    struct xh_json_reader *r = xh_json_reader_create(arena, text);
    size_t before = xh_arena_size_bytes(arena);
    xh_json_next(r);
    assert_ptr_equal(xh_json_text(r).ptr, text.ptr + 1);
    assert_int_equal(xh_arena_size_bytes(arena), before);
    xh_arena_destroy(arena);
}

static void skip_leaves_out_one_whole_value(void **state)
{
    (void)state;
    struct xh_arena *arena = xh_arena_create("test");
    struct xh_json_reader *r = xh_json_reader_create(
        arena, XH_STR("{\"a\":{\"x\":[1,{\"y\":2}]},\"b\":3,\"c\":[[1],2],\"d\":4}"));
    xh_json_next(r);
    assert_token(r, XH_JSON_NAME, "a");
    assert_true(xh_json_skip(r));
    assert_token(r, XH_JSON_NAME, "b");
    assert_true(xh_json_skip(r));
    assert_token(r, XH_JSON_NAME, "c");
    assert_token(r, XH_JSON_ARRAY, "");
    assert_true(xh_json_skip(r));
    assert_token(r, XH_JSON_NAME, "d");
    assert_token(r, XH_JSON_NUMBER, "4");
    assert_true(xh_json_skip(r));
    assert_token(r, XH_JSON_OBJECT_END, "");
    assert_token(r, XH_JSON_END, "");
    xh_arena_destroy(arena);
}

static void skip_sees_an_error_inside_the_value(void **state)
{
    (void)state;
    struct xh_arena *arena = xh_arena_create("test");
    struct xh_json_reader *r = xh_json_reader_create(arena, XH_STR("{\"a\":[1,{\"b\":01}]}"));
    xh_json_next(r);
    xh_json_next(r);
    assert_false(xh_json_skip(r));
    assert_int_equal(xh_json_error(r, NULL), XH_E_INVALID);
    xh_arena_destroy(arena);
}

static void raw_gives_the_text_of_a_value(void **state)
{
    (void)state;
    struct xh_arena *arena = xh_arena_create("test");
    struct xh_json_reader *r =
        xh_json_reader_create(arena, XH_STR("{\"a\" : [ 1 , {} ] ,\"b\":[ \"x\\n\" , 2 ]}"));
    struct xh_str raw;
    xh_json_next(r);
    assert_false(xh_json_raw(r, &raw)); /* a name comes next */
    assert_token(r, XH_JSON_NAME, "a");
    assert_true(xh_json_raw(r, &raw));
    assert_true(xh_str_is(raw, "[ 1 , {} ]"));
    assert_token(r, XH_JSON_NAME, "b");
    assert_token(r, XH_JSON_ARRAY, "");
    assert_true(xh_json_raw(r, &raw));
    assert_true(xh_str_is(raw, "\"x\\n\""));
    assert_true(xh_json_raw(r, &raw));
    assert_true(xh_str_is(raw, "2"));
    assert_false(xh_json_raw(r, &raw));
    assert_int_equal(xh_json_error(r, NULL), 0);
    assert_token(r, XH_JSON_ARRAY_END, "");
    assert_token(r, XH_JSON_OBJECT_END, "");
    assert_false(xh_json_raw(r, &raw));
    assert_token(r, XH_JSON_END, "");
    xh_arena_destroy(arena);
}

static void depth_is_limited(void **state)
{
    (void)state;
    char text[2 * (XH_JSON_DEPTH_MAX + 1)];
    struct xh_err err = {0};
    memset(text, '[', XH_JSON_DEPTH_MAX);
    memset(text + XH_JSON_DEPTH_MAX, ']', XH_JSON_DEPTH_MAX);
    assert_int_equal(read_text(text, 2 * XH_JSON_DEPTH_MAX, &err), XH_JSON_END);
    memset(text, '[', XH_JSON_DEPTH_MAX + 1);
    assert_int_equal(read_text(text, XH_JSON_DEPTH_MAX + 1, &err), XH_JSON_ERROR);
    assert_int_equal(err.code, XH_E_TOO_LARGE);
}

static void objects_and_arrays_may_alternate_to_the_full_depth(void **state)
{
    (void)state;
    struct xh_buf text = {0};
    for (int i = 0; i < XH_JSON_DEPTH_MAX / 2; i++) {
        xh_buf_add_text(&text, "[{\"a\":");
    }
    xh_buf_add_text(&text, "1");
    for (int i = 0; i < XH_JSON_DEPTH_MAX / 2; i++) {
        xh_buf_add_text(&text, "}]");
    }
    assert_int_equal(read_text(text.ptr, text.len, NULL), XH_JSON_END);
    xh_buf_finish(&text);
}

static void read_bad(const char *text, struct xh_err *err)
{
    assert_int_equal(read_text(text, strlen(text), err), XH_JSON_ERROR);
}

static void an_error_names_line_column_expected_and_found(void **state)
{
    (void)state;
    struct xh_err err = {0};
    read_bad("{\n  \"tên\": 1\n  \"b\": 2\n}", &err);
    assert_string_equal(err.text, "json at line 3, column 3: expected ',' or '}', found '\"'");
    read_bad("[\"ộ\", x]", &err);
    assert_string_equal(err.text, "json at line 1, column 7: expected a value, found 'x'");
    read_bad("[1,", &err);
    assert_string_equal(err.text,
                        "json at line 1, column 4: expected a value, found the end of the text");
    read_bad("\"a\nb\"", &err);
    assert_string_equal(
        err.text, "json at line 1, column 3: expected control characters escaped, found byte 0x0a");
}

/* -- writing -- */

static void assert_written(struct xh_buf *out, const char *expected)
{
    assert_string_equal(xh_buf_text(out), expected);
    xh_buf_finish(out);
}

static void every_kind_of_value_is_written(void **state)
{
    (void)state;
    struct xh_buf out = {0};
    struct xh_json_writer w;
    xh_json_writer_init(&w, &out, false);
    xh_json_object(&w);
    xh_json_name(&w, "i");
    xh_json_int(&w, INT64_MIN);
    xh_json_name_str(&w, XH_STR("n"));
    xh_json_num(&w, 0.1);
    xh_json_name(&w, "d");
    xh_json_num_as(&w, 2.5, 3);
    xh_json_name(&w, "m");
    xh_json_dec(&w, (struct xh_dec){250, 2});
    xh_json_name(&w, "a");
    xh_json_array(&w);
    xh_json_bool(&w, true);
    xh_json_bool(&w, false);
    xh_json_null(&w);
    xh_json_string(&w, NULL);
    xh_json_string(&w, "");
    xh_json_num(&w, (double)NAN);
    xh_json_num(&w, (double)-INFINITY);
    xh_json_raw_value(&w, XH_STR("{\"r\":1}"));
    xh_json_array_end(&w);
    xh_json_name(&w, "e");
    xh_json_object(&w);
    xh_json_object_end(&w);
    xh_json_object_end(&w);
    assert_int_equal(w.depth, 0);
    assert_written(&out, "{\"i\":-9223372036854775808,\"n\":0.1,\"d\":2.500,\"m\":2.50,"
                         "\"a\":[true,false,null,null,\"\",null,null,{\"r\":1}],\"e\":{}}");
}

static void pretty_text_is_indented_by_two_spaces(void **state)
{
    (void)state;
    struct xh_buf out = {0};
    struct xh_json_writer w;
    xh_json_writer_init(&w, &out, true);
    xh_json_object(&w);
    xh_json_name(&w, "a");
    xh_json_array(&w);
    xh_json_int(&w, 1);
    xh_json_int(&w, 2);
    xh_json_array_end(&w);
    xh_json_name(&w, "b");
    xh_json_array(&w);
    xh_json_array_end(&w);
    xh_json_object_end(&w);
    assert_written(&out, "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": []\n}");
}

static void strings_are_escaped_where_they_must_be(void **state)
{
    (void)state;
    struct xh_buf out = {0};
    struct xh_json_writer w;
    xh_json_writer_init(&w, &out, false);
    xh_json_str(&w, XH_STR("\"\\/\b\f\n\r\t\x01\x1f\x7f Hà\0."));
    assert_written(&out, "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f Hà\\u0000.\"");
}

static void bytes_that_are_not_utf8_are_replaced(void **state)
{
    (void)state;
    struct xh_buf out = {0};
    struct xh_json_writer w;
    xh_json_writer_init(&w, &out, false);
    xh_json_str(&w, XH_STR("à\xFF\xF0\x9F\x8C\xB1\xED\xA0\x80.\xE1\xBB"));
    assert_written(&out, "\"à\xEF\xBF\xBD\xF0\x9F\x8C\xB1\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD."
                         "\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

/* Writes again what is read. */
static void copy_tokens(struct xh_json_reader *r, struct xh_json_writer *w)
{
    enum xh_json_type type;
    while ((type = xh_json_next(r)) != XH_JSON_END) {
        switch (type) {
        case XH_JSON_OBJECT:
            xh_json_object(w);
            break;
        case XH_JSON_OBJECT_END:
            xh_json_object_end(w);
            break;
        case XH_JSON_ARRAY:
            xh_json_array(w);
            break;
        case XH_JSON_ARRAY_END:
            xh_json_array_end(w);
            break;
        case XH_JSON_NAME:
            xh_json_name_str(w, xh_json_text(r));
            break;
        case XH_JSON_STRING:
            xh_json_str(w, xh_json_text(r));
            break;
        case XH_JSON_NUMBER:
            xh_json_raw_value(w, xh_json_text(r));
            break;
        case XH_JSON_TRUE:
        case XH_JSON_FALSE:
            xh_json_bool(w, type == XH_JSON_TRUE);
            break;
        case XH_JSON_NULL:
            xh_json_null(w);
            break;
        default:
            fail_msg("unexpected token %d", type);
        }
    }
}

static void what_was_written_reads_back_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        struct xh_arena *arena = xh_arena_create("test");
        struct xh_buf texts[2] = {{0}, {0}};
        struct xh_str text = xh_str_from(accepted[i]);
        for (int round = 0; round < 2; round++) {
            struct xh_json_writer w;
            xh_json_writer_init(&w, &texts[round], round == 0);
            copy_tokens(xh_json_reader_create(arena, text), &w);
            text = xh_buf_str(&texts[round]);
        }
        struct xh_buf third = {0};
        struct xh_json_writer w;
        xh_json_writer_init(&w, &third, true);
        copy_tokens(xh_json_reader_create(arena, text), &w);
        assert_string_equal(xh_buf_text(&third), xh_buf_text(&texts[0]));
        xh_buf_finish(&third);
        xh_buf_finish(&texts[0]);
        xh_buf_finish(&texts[1]);
        xh_arena_destroy(arena);
    }
}

static void what_is_not_there_is_null_or_left_out_as_the_name_of_the_member_says(void **state)
{
    (void)state;
    struct xh_buf out = {0};
    struct xh_json_writer w;
    xh_json_writer_init(&w, &out, false);
    xh_json_object(&w);
    xh_json_member_str(&w, "a", XH_STR(""));
    xh_json_member_str_or_null(&w, "b", XH_STR(""));
    xh_json_member_str_if_any(&w, "c", XH_STR(""));
    xh_json_member_str_if_any(&w, "d", XH_STR("x"));
    xh_json_member_string(&w, "e", NULL);
    xh_json_member_string_if_any(&w, "f", "");
    xh_json_member_int(&w, "g", -7);
    xh_json_member_bool(&w, "h", true);
    xh_json_member_num_or_null(&w, "i", false, 1.5);
    xh_json_member_num_or_null(&w, "j", true, 1.5);
    xh_json_member_dec_or_null(&w, "k", false, xh_dec_int(3));
    xh_json_member_dec_or_null(&w, "l", true, xh_dec_int(3));
    xh_json_member_day_or_null(&w, "m", false, 1);
    xh_json_member_day_or_null(&w, "n", true, 1);
    xh_json_member_time(&w, "o", 0, NULL);
    xh_json_member_time_or_null(&w, "p", 0);
    xh_json_object_end(&w);
    assert_written(&out, "{\"a\":\"\",\"b\":null,\"d\":\"x\",\"e\":null,\"g\":-7,\"h\":true,"
                      "\"i\":null,\"j\":1.5,\"k\":null,\"l\":3,\"m\":null,"
                      "\"n\":\"1970-01-02\",\"o\":\"1970-01-01T00:00:00Z\",\"p\":null}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_text_of_the_accept_list_is_read),
        cmocka_unit_test(every_text_of_the_refuse_list_is_an_error),
        cmocka_unit_test(a_nul_byte_outside_a_string_is_an_error),
        cmocka_unit_test(every_cut_of_a_text_is_an_error),
        cmocka_unit_test(tokens_come_in_the_order_of_the_text),
        cmocka_unit_test(escapes_become_the_characters_they_stand_for),
        cmocka_unit_test(strings_without_escapes_are_slices_of_the_text),
        cmocka_unit_test(skip_leaves_out_one_whole_value),
        cmocka_unit_test(skip_sees_an_error_inside_the_value),
        cmocka_unit_test(raw_gives_the_text_of_a_value),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(objects_and_arrays_may_alternate_to_the_full_depth),
        cmocka_unit_test(an_error_names_line_column_expected_and_found),
        cmocka_unit_test(every_kind_of_value_is_written),
        cmocka_unit_test(pretty_text_is_indented_by_two_spaces),
        cmocka_unit_test(strings_are_escaped_where_they_must_be),
        cmocka_unit_test(bytes_that_are_not_utf8_are_replaced),
        cmocka_unit_test(what_was_written_reads_back_the_same),
        cmocka_unit_test(
            what_is_not_there_is_null_or_left_out_as_the_name_of_the_member_says),
    };
    return cmocka_run_group_tests_name("base/json", tests, NULL, NULL);
}
