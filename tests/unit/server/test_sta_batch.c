/* Batches read and written, and the cursors of next links. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "server/sta/sta_batch_internal.h"
#include "server/sta/sta_read_internal.h"

static struct xh_arena *arena;
static struct xh__sta_requests requests;
static struct xh_err err;

static int begin(void **state)
{
    (void)state;
    arena = xh_arena_create("test");
    requests = (struct xh__sta_requests){.arena = arena};
    err = (struct xh_err){0};
    return 0;
}

static int end(void **state)
{
    (void)state;
    xh_arena_destroy(arena);
    return 0;
}

#define assert_text(s, expected) \
    assert_string_equal(xh_arena_text(arena, (s)), (expected))

static int multipart(const char *body)
{
    return xh__sta_multipart_parse(XH_STR("multipart/mixed; boundary=b"), xh_str_from(body),
                                   &requests, &err);
}

static int json(const char *body)
{
    return xh__sta_json_batch_parse(xh_str_from(body), &requests, &err);
}

/* ---- multipart ---- */

static void test_a_boundary_stands_with_or_without_quotes(void **state)
{
    struct xh_str boundary;
    (void)state;
    assert_true(xh__sta_boundary(XH_STR("multipart/mixed;boundary=abc"), &boundary));
    assert_text(boundary, "abc");
    assert_true(
        xh__sta_boundary(XH_STR("multipart/mixed; charset=x; BOUNDARY=\"a b\""), &boundary));
    assert_text(boundary, "a b");
    assert_false(xh__sta_boundary(XH_STR("multipart/mixed"), &boundary));
    assert_false(xh__sta_boundary(XH_STR("multipart/mixed;boundary=\"\""), &boundary));
}

static const char two_and_a_set[] =
    "preamble\r\n--b\r\nContent-Type: application/http\r\n\r\n"
    "GET /v1.1/Things(1)?$select=a%20b HTTP/1.1\r\nHost: localhost\r\n\r\n\r\n"
    "--b\r\nContent-Type: multipart/mixed;boundary=c\r\n\r\n"
    "--c\r\nContent-Type: application/http\r\nContent-ID: 1\r\n\r\n"
    "POST /v1.1/Things HTTP/1.1\r\nContent-Type: application/json\r\n"
    "Prefer: return=minimal\r\n\r\n{\"name\":\"--bx\"}\r\n"
    "--c\r\nContent-Type: application/http\r\nContent-ID: 2\r\n\r\n"
    "PATCH $1 HTTP/1.1\r\n\r\n{}\r\n--c--\r\n--b--\r\n";

static void test_parts_and_change_sets_are_read_in_order(void **state)
{
    (void)state;
    assert_int_equal(multipart(two_and_a_set), 0);
    assert_int_equal(requests.count, 3);
    assert_text(requests.items[0].method, "GET");
    assert_text(requests.items[0].url, "/v1.1/Things(1)?$select=a%20b");
    assert_int_equal(requests.items[0].group, 0);
    assert_text(requests.items[1].id, "1");
    assert_int_equal(requests.items[1].group, 1);
    assert_true(requests.items[1].wants_no_body);
    assert_text(requests.items[1].content_type, "application/json");
    assert_text(requests.items[1].body, "{\"name\":\"--bx\"}");
    assert_text(requests.items[2].method, "PATCH");
    assert_text(requests.items[2].url, "$1");
    assert_int_equal(requests.items[2].group, 1);
}

static void test_lines_may_end_without_a_carriage_return(void **state)
{
    (void)state;
    assert_int_equal(multipart("--b\nContent-Type: application/http\n\nDELETE Things(3)\n\n--b--"),
                     0);
    assert_int_equal(requests.count, 1);
    assert_text(requests.items[0].url, "Things(3)");
}

static void test_a_multipart_batch_that_is_none_is_refused_with_a_reason(void **state)
{
    static const char *const wrong[] = {
        "", "--b\r\n", "no boundary at all",
        "--b\r\nContent-Type: application/http\r\n\r\n\r\n--b--",
        "--b\r\nno header\r\n\r\nGET x HTTP/1.1\r\n\r\n--b--",
        "--b\r\nContent-Type: multipart/mixed\r\n\r\n--c--\r\n--b--",
        ("--b\r\nContent-Type: multipart/mixed;boundary=c\r\n\r\n--c\r\n"
         "Content-Type: multipart/mixed;boundary=d\r\n\r\n--d--\r\n--c--\r\n--b--"),
    };
    (void)state;
    for (size_t i = 0; i < XH_COUNT(wrong); i++) {
        err = (struct xh_err){0};
        assert_int_equal(multipart(wrong[i]), XH_E_INVALID);
        assert_string_equal(err.field, "body");
        assert_true(err.text[0] != '\0');
    }
    assert_int_equal(xh__sta_multipart_parse(XH_STR("text/plain"), XH_STR(""), &requests, &err),
                     XH_E_INVALID);
    assert_string_equal(err.field, "Content-Type");
}

/* ---- JSON ---- */

static void test_json_requests_are_read_with_groups_and_bodies(void **state)
{
    (void)state;
    assert_int_equal(
        json("{\"requests\":[{\"id\":\"0\",\"atomicityGroup\":\"g\",\"method\":\"post\","
             "\"url\":\"Things\",\"body\":{\"name\":\"a\"}},"
             "{\"id\":\"1\",\"atomicityGroup\":\"g\",\"method\":\"patch\",\"url\":\"$0\","
             "\"headers\":{\"content-type\":\"application/json-patch+json\"},"
             "\"body\":\"[\\\"x\\\"]\"},"
             "{\"id\":2,\"dependsOn\":[\"0\"],\"method\":\"get\",\"url\":\"Things\"},"
             "{\"id\":\"3\",\"atomicityGroup\":\"h\",\"method\":\"delete\","
             "\"url\":\"Things(1)\"}]}"),
        0);
    assert_int_equal(requests.count, 4);
    assert_text(requests.items[0].body, "{\"name\":\"a\"}");
    assert_text(requests.items[0].content_type, "application/json");
    assert_int_equal(requests.items[0].group, 1);
    assert_int_equal(requests.items[1].group, 1);
    assert_text(requests.items[1].body, "[\"x\"]");
    assert_text(requests.items[1].content_type, "application/json-patch+json");
    assert_text(requests.items[2].id, "2");
    assert_text(requests.items[2].depends_on, "[\"0\"]");
    assert_int_equal(requests.items[2].group, 0);
    assert_int_equal(requests.items[3].group, 2);
}

static void test_a_json_batch_that_is_none_is_refused_with_a_reason(void **state)
{
    static const char *const wrong[] = {
        "", "[]", "{}", "{\"requests\":{}}", "{\"requests\":[1]}", "{\"requests\":[{}]}",
        "{\"requests\":[{\"id\":\"1\",\"method\":\"get\"}]}",
        "{\"requests\":[{\"id\":\"1\",\"method\":[],\"url\":\"x\"}]}",
        "{\"requests\":[]} x", "{\"requests\":[",
    };
    (void)state;
    for (size_t i = 0; i < XH_COUNT(wrong); i++) {
        err = (struct xh_err){0};
        assert_int_equal(json(wrong[i]), XH_E_INVALID);
        assert_true(err.text[0] != '\0');
    }
}

static void test_a_failed_set_is_one_answer_and_a_good_one_is_nested(void **state)
{
    struct xh_buf out;
    (void)state;
    xh_buf_init(&out, 0);
    assert_int_equal(multipart(two_and_a_set), 0);
    requests.items[0].status = 404;
    requests.items[1].status = 201;
    requests.items[1].location = XH_STR("http://h/v1.1/Things(1)");
    requests.items[2].status = 200;
    xh__sta_multipart_write(&requests, XH_STR("r"), &out);
    assert_true(xh_str_find(xh_buf_str(&out), XH_STR("boundary=r_1\r\n\r\n--r_1\r\n")) > 0);
    assert_true(xh_str_find(xh_buf_str(&out), XH_STR("HTTP/1.1 201 Created\r\nLocation: http://h/"
                                                     "v1.1/Things(1)\r\n")) > 0);
    assert_true(xh_str_ends(xh_buf_str(&out), XH_STR("--r_1--\r\n--r--\r\n")));
    xh_buf_clear(&out);
    requests.items[1].status = 0;
    requests.items[2].status = 400;
    xh__sta_multipart_write(&requests, XH_STR("r"), &out);
    assert_true(xh_str_find(xh_buf_str(&out), XH_STR("r_1")) < 0);
    assert_true(xh_str_find(xh_buf_str(&out), XH_STR("HTTP/1.1 400 Bad Request")) > 0);
    xh_buf_finish(&out);
}

/* ---- cursors ---- */

static void check_back(const struct xh__odata_value *value)
{
    struct xh__odata_value back[1];
    struct xh_buf text;
    int64_t id = 0;
    xh_buf_init(&text, 0);
    xh__sta_cursor_print(&text, value, 1, 77);
    assert_int_equal(xh__sta_cursor_parse(arena, xh_buf_str(&text), 1, back, &id, &err), 0);
    assert_int_equal(id, 77);
    assert_int_equal(back[0].type, value->type);
    assert_int_equal(xh__odata_compare(&back[0], value), 0);
    xh_buf_finish(&text);
}

static void test_a_value_of_each_type_comes_back_from_a_cursor(void **state)
{
    const struct xh__odata_value values[] = {
        {.type = XH__ODATA_NULL},
        {.type = XH__ODATA_BOOL, .truth = true},
        {.type = XH__ODATA_INT, .integer = INT64_MIN},
        {.type = XH__ODATA_REAL, .real = 0.1},
        {.type = XH__ODATA_TEXT, .text = XH_STR("Đống \"Đa\"\n")},
        {.type = XH__ODATA_TIME, .from_us = -1},
        {.type = XH__ODATA_INTERVAL, .from_us = -5, .to_us = 7},
        {.type = XH__ODATA_DURATION, .from_us = 3},
        {.type = XH__ODATA_DATE, .from_us = 20000},
        {.type = XH__ODATA_TIME_OF_DAY, .from_us = 1},
        {.type = XH__ODATA_JSON, .text = XH_STR("{\"a\":1}")},
    };
    (void)state;
    for (size_t i = 0; i < XH_COUNT(values); i++) {
        check_back(&values[i]);
    }
}

static void test_a_cursor_of_another_query_is_refused(void **state)
{
    static const char *const wrong[] = {
        "", "[]", "[1,2]", "[\"i1\"]", "[\"i1\",2,3]", "[\"q\",1]", "[\"\",1]", "[\"i1x\",1]",
        "[\"v1\",1]", "[\"i1\",-1]", "[\"n1\",1]", "[\"i1\",1]x",
    };
    struct xh__odata_value value[1];
    int64_t id = 5;
    (void)state;
    for (size_t i = 0; i < XH_COUNT(wrong); i++) {
        err = (struct xh_err){0};
        assert_int_equal(xh__sta_cursor_parse(arena, xh_str_from(wrong[i]), 1, value, &id, &err),
                         XH_E_INVALID);
        assert_string_equal(err.field, "$after");
    }
    assert_int_equal(id, 5);
}

static void test_a_sorter_keeps_the_first_in_order_and_ties_by_id(void **state)
{
    struct xh__odata_order order = {.is_descending = true};
    const struct xh__odata_query query = {
        .orders = &order, .order_count = 1, .top = -1, .skip = -1};
    static const int64_t values[] = {3, 9, 1, 9, 7, 3, 8};
    static const int64_t expected[] = {2, 4, 7};
    struct xh__sta_sorter s;
    (void)state;
    assert_int_equal(xh__sta_sorter_init(&s, arena, &query, 3, &err), 0);
    for (size_t i = 0; i < XH_COUNT(values); i++) {
        const struct xh__odata_value v = {.type = XH__ODATA_INT, .integer = values[i]};
        xh__sta_sorter_add(&s, &v, (int64_t)i + 1, NULL);
    }
    xh__sta_sorter_finish(&s);
    assert_int_equal(s.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(s.places[i].id, expected[i]);
    }
}

static void test_a_text_in_an_address_is_escaped_where_it_must_be(void **state)
{
    struct xh_buf out;
    (void)state;
    xh_buf_init(&out, 0);
    xh__sta_url_add(&out, XH_STR("name eq 'a&b#+%' \"é\""));
    assert_text(xh_buf_str(&out), "name%20eq%20'a%26b%23%2B%25'%20%22%C3%A9%22");
    xh_buf_finish(&out);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_a_boundary_stands_with_or_without_quotes),
        TEST(test_parts_and_change_sets_are_read_in_order),
        TEST(test_lines_may_end_without_a_carriage_return),
        TEST(test_a_multipart_batch_that_is_none_is_refused_with_a_reason),
        TEST(test_json_requests_are_read_with_groups_and_bodies),
        TEST(test_a_json_batch_that_is_none_is_refused_with_a_reason),
        TEST(test_a_failed_set_is_one_answer_and_a_good_one_is_nested),
        TEST(test_a_value_of_each_type_comes_back_from_a_cursor),
        TEST(test_a_cursor_of_another_query_is_refused),
        TEST(test_a_sorter_keeps_the_first_in_order_and_ties_by_id),
        TEST(test_a_text_in_an_address_is_escaped_where_it_must_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
