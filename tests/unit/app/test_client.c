/* Answers over HTTP, taken apart; problems read back; trees of JSON. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/client.h"
#include "app/problem.h"
#include "app/term.h"

/* Feeds a text in pieces of `piece` bytes, then closes. */
static int feed(struct xh_http_answer *answer, const char *text, size_t piece, struct xh_err *err)
{
    size_t len = strlen(text), used;
    for (size_t at = 0; at < len && !answer->is_done; at += used) {
        size_t n = len - at < piece ? len - at : piece;
        int code = xh_http_answer_feed(answer, text + at, n, &used, err);
        if (code < 0) {
            return code;
        }
    }
    return answer->is_done ? 0 : xh_http_answer_end(answer, err);
}

static void answers_are_the_same_in_pieces_of_any_size(void **state)
{
    static const struct {
        const char *text, *body;
        int status;
        bool keeps_alive;
    } cases[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello", 200, true},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: "
         "chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n",
         "hello!", 200, true},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\nX: "
         "y\r\n\r\n",
         "0123456789", 200, true},
        {"HTTP/1.1 404 Not Found\r\nConnection: close\r\ncontent-length:0\r\n\r\n", "", 404, false},
        {"HTTP/1.0 200 OK\r\n\r\nuntil the end", "until the end", 200, false},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\nx", "x",
         201, true},
        {"HTTP/1.1 204 No Content\r\n\r\n", "", 204, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t piece = 1; piece < 80; piece++) {
            struct xh_http_answer answer;
            xh_http_answer_init(&answer, 1000);
            assert_int_equal(feed(&answer, cases[i].text, piece, NULL), 0);
            assert_int_equal(answer.status, cases[i].status);
            assert_true(xh_str_is(xh_buf_str(&answer.body), cases[i].body));
            assert_int_equal(answer.keeps_alive, cases[i].keeps_alive);
            xh_http_answer_finish(&answer);
        }
    }
}

static void what_is_not_http_is_refused(void **state)
{
    static const struct {
        const char *text;
        int code;
    } cases[] = {
        {"nonsense\r\n\r\n", XH_E_INVALID},
        {"HTTP/1.1 abc\r\n\r\n", XH_E_INVALID},
        {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", XH_E_INVALID},
        {"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n", XH_E_INVALID},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", XH_E_INVALID},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", XH_E_INVALID},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", XH_E_INVALID},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1234567890123\r\n", XH_E_INVALID},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe", XH_E_IO},
        {"HTTP/1.1 200 OK\r\n", XH_E_IO},
        {"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n", XH_E_IO},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct xh_http_answer answer;
        struct xh_err err = {0};
        xh_http_answer_init(&answer, 1000);
        assert_int_equal(feed(&answer, cases[i].text, 7, &err), cases[i].code);
        assert_true(err.text[0] != '\0');
        xh_http_answer_finish(&answer);
    }
}

static void an_answer_beyond_its_limit_is_refused(void **state)
{
    struct xh_http_answer answer;
    (void)state;
    xh_http_answer_init(&answer, 4);
    assert_int_equal(feed(&answer, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 100, NULL),
                     XH_E_TOO_LARGE);
    xh_http_answer_finish(&answer);
}

static void headers_are_found_in_any_case(void **state)
{
    struct xh_http_answer answer;
    (void)state;
    xh_http_answer_init(&answer, 100);
    assert_int_equal(feed(&answer, "HTTP/1.1 200 OK\r\netag:  \"3\" \r\nContent-Length: 0\r\n\r\n",
                          9, NULL),
                     0);
    assert_true(xh_str_is(xh_http_answer_header(&answer, "ETag"), "\"3\""));
    assert_int_equal(xh_http_answer_header(&answer, "Location").len, 0);
    xh_http_answer_finish(&answer);
}

static void a_problem_comes_back_as_the_error_it_was(void **state)
{
    struct xh_arena *arena = xh_arena_create("test");
    struct xh_err was = {0}, is = {0};
    struct xh_buf json = {0};
    (void)state;
    xh_err_field(&was, XH_E_NOT_FOUND, "series", XH_STR("home-8"), "a series' code", "kWh",
                 "there is no \"home-8\"");
    xh_problem_write(&was, &json);
    assert_int_equal(xh_problem_read(arena, 404, xh_buf_str(&json), &is), XH_E_NOT_FOUND);
    assert_string_equal(is.text, was.text);
    assert_string_equal(is.field, was.field);
    assert_string_equal(is.value, was.value);
    assert_string_equal(is.limit, was.limit);
    assert_string_equal(is.unit, was.unit);
    assert_int_equal(xh_problem_read(arena, 403, XH_STR("<html>"), &is), XH_E_FORBIDDEN);
    assert_int_equal(xh_problem_read(arena, 599, XH_STR("{}"), &is), XH_E_INTERNAL);
    xh_buf_finish(&json);
    xh_arena_destroy(arena);
}

static void a_tree_keeps_digits_and_order(void **state)
{
    struct xh_arena *arena = xh_arena_create("test");
    const struct xh_tree *tree = NULL;
    (void)state;
    assert_int_equal(
        xh_tree_parse(arena, XH_STR("{\"a\":[1.50,{\"b\":null}],\"c\":true,\"d\":-7,\"e\":\"x\"}"),
                      &tree, NULL),
        0);
    assert_int_equal(xh_tree_get(tree, "a")->count, 2);
    assert_true(xh_str_is(xh_tree_get(tree, "a")->first->text, "1.50"));
    assert_true(xh_tree_is_null(xh_tree_get(tree, "a")->first->next, "b"));
    assert_true(xh_tree_is_true(tree, "c"));
    assert_int_equal(xh_tree_int(tree, "d"), -7);
    assert_true(xh_str_is(xh_tree_text(tree, "e"), "x"));
    assert_null(xh_tree_get(tree, "f"));
    assert_int_equal(xh_tree_int(NULL, "f"), 0);
    assert_int_equal(xh_tree_parse(arena, XH_STR("{\"a\":"), &tree, NULL), XH_E_INVALID);
    xh_arena_destroy(arena);
}

static void nobody_behind_a_socket_is_not_found(void **state)
{
    struct xh_client *client = NULL;
    struct xh_err err = {0};
    (void)state;
    assert_int_equal(xh_client_open("/nonexistent/xanh.sock", &client, &err), XH_E_NOT_FOUND);
    assert_null(client);
}

/* Somebody who answers only after the one who waits was called three times. */
struct slow {
    int listener;
    atomic_int calls;
};

static void count_call(void *arg)
{
    struct slow *slow = arg;
    atomic_fetch_add(&slow->calls, 1);
}

static void *answer_slowly(void *arg)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone";
    const struct timespec pause = {.tv_nsec = 1000000};
    struct slow *slow = arg;
    char request[1000];
    int fd = accept(slow->listener, NULL, NULL);
    ssize_t n = recv(fd, request, sizeof request, 0);
    while (n > 0 && atomic_load(&slow->calls) < 3) {
        (void)nanosleep(&pause, NULL);
    }
    (void)send(fd, answer, sizeof answer - 1, 0);
    (void)close(fd);
    return NULL;
}

static void who_waits_for_an_answer_is_called_meanwhile(void **state)
{
    struct slow slow = {.listener = socket(AF_UNIX, SOCK_STREAM, 0)};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct xh_client_ask ask = {.method = "POST", .target = XH_STR("/slow")};
    const struct xh_http_answer *answer = NULL;
    struct xh_client *client = NULL;
    char dir[] = "/tmp/xanh-test-XXXXXX";
    pthread_t thread;
    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/s", dir);
    assert_int_equal(bind(slow.listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(slow.listener, 1), 0);
    assert_int_equal(pthread_create(&thread, NULL, answer_slowly, &slow), 0);
    assert_int_equal(xh_client_open(address.sun_path, &client, NULL), 0);
    xh_client_on_wait(client, 1, count_call, &slow);
    assert_int_equal(xh_client_request(client, &ask, &answer, NULL), 0);
    assert_true(xh_str_is(xh_buf_str(&answer->body), "done"));
    assert_int_equal(pthread_join(thread, NULL), 0);
    xh_client_close(client);
    (void)close(slow.listener);
    (void)unlink(address.sun_path);
    (void)rmdir(dir);
}

static void text_in_a_query_is_data(void **state)
{
    struct xh_buf buf = {0};
    (void)state;
    xh_client_encode(&buf, XH_STR("home-7/điện &x=1"));
    assert_true(xh_str_is(xh_buf_str(&buf), "home-7/%C4%91i%E1%BB%87n%20%26x%3D1"));
    xh_buf_finish(&buf);
}

static void columns_line_up_and_numbers_are_in_the_readers_habit(void **state)
{
    const char *heads[] = {"mục", ">số"};
    struct xh_arena *arena = xh_arena_create("test");
    struct xh_term term;
    struct xh_table table;
    (void)state;
    xh_term_init(&term, -1, "never", true);
    xh_table_init(&table, arena, heads, 2);
    xh_table_text(&table, "điện");
    xh_table_cell(&table, xh_term_number(&term, XH_STR("1234567.50"), arena), XH_GREEN);
    xh_table_text(&table, "nước sạch");
    xh_table_cell(&table, xh_term_number(&term, XH_STR("-12"), arena), XH_PLAIN);
    xh_table_print(&table, &term);
    assert_true(xh_str_is(xh_buf_str(&term.out), "mục                  số\n"
                                                 "điện       1.234.567,50\n"
                                                 "nước sạch           −12\n"));
    xh_buf_clear(&term.out);
    term.is_vietnamese = false;
    assert_true(xh_str_is(xh_term_number(&term, XH_STR("1234567.50"), arena), "1,234,567.50"));
    assert_true(xh_str_is(xh_term_number(&term, XH_STR("none"), arena), "none"));
    assert_true(xh_str_is(xh_term_bar(arena, 0.5, 4), "██"));
    assert_true(xh_str_is(xh_term_bar(arena, 0, 4), ""));
    xh_term_finish(&term);
    xh_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_the_same_in_pieces_of_any_size),
        cmocka_unit_test(what_is_not_http_is_refused),
        cmocka_unit_test(an_answer_beyond_its_limit_is_refused),
        cmocka_unit_test(headers_are_found_in_any_case),
        cmocka_unit_test(a_problem_comes_back_as_the_error_it_was),
        cmocka_unit_test(a_tree_keeps_digits_and_order),
        cmocka_unit_test(nobody_behind_a_socket_is_not_found),
        cmocka_unit_test(who_waits_for_an_answer_is_called_meanwhile),
        cmocka_unit_test(text_in_a_query_is_data),
        cmocka_unit_test(columns_line_up_and_numbers_are_in_the_readers_habit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
