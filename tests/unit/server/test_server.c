/* The server whole: an engine in a folder of its own, real sockets, threads that post and read and
 * listen at once, and closing in the middle of it. Runs under ThreadSanitizer too. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/gzip.h"
#include "server/server.h"
#include "service/engine_fixture.h"
#include "service/ingest.h"

enum { ANSWER_BYTES_MAX = 1 << 20, THREADS = 8, ROUNDS = 40 };

static const char page[] = "<!doctype html><title>Xanh</title>";
static const char packed_page[] = "\x1f\x8bpacked";
static const struct xh_embed assets[] = {
    {"app.js", "text/javascript", "\"a1\"", (const unsigned char *)"let a", 5, NULL, 0},
    {"index.html", "text/html; charset=utf-8", "\"i1\"", (const unsigned char *)page,
     sizeof page - 1, (const unsigned char *)packed_page, sizeof packed_page - 1},
};

struct fixture {
    struct engine_fixture *engine;
    struct xh_server *server;
    char socket_path[128];
};

static int open_server(struct fixture *f, struct xh_server_options options)
{
    struct xh_err err = {0};
    (void)snprintf(f->socket_path, sizeof f->socket_path, "%s/xanh.sock", f->engine->dir);
    options.engine = f->engine->engine;
    options.assets = assets;
    options.asset_count = XH_COUNT(assets);
    options.version = "test";
    options.socket_path = f->socket_path;
    return xh_server_open(&options, &f->server, &err);
}

static void enter(struct fixture *f, struct xh_server_options options)
{
    *f = (struct fixture){.engine = engine_enter(&(struct engine_options){.without_rows = true})};
    assert_int_equal(open_server(f, options), XH_E_OK);
}

static void leave(struct fixture *f)
{
    xh_server_close(f->server);
    engine_leave(f->engine);
}

/* ---- a client ---- */

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct timeval patience = {.tv_sec = 20};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    (void)inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static int connect_local(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_true(strlen(path) < sizeof address.sun_path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* Sends all and reads until the other side closes. */
static char *talk(int fd, const char *request)
{
    char *answer = calloc(1, ANSWER_BYTES_MAX);
    size_t len = 0;
    ssize_t got;
    (void)send(fd, request, strlen(request), MSG_NOSIGNAL);
    while (answer != NULL && len + 1 < ANSWER_BYTES_MAX &&
           (got = recv(fd, answer + len, ANSWER_BYTES_MAX - 1 - len, 0)) > 0) {
        len += (size_t)got;
    }
    (void)close(fd);
    return answer;
}

static char *ask(uint16_t port, const char *method, const char *target, const char *headers,
                 const char *body)
{
    char request[4096];
    (void)snprintf(request, sizeof request,
                   "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s"
                   "Content-Length: %zu\r\n\r\n%s",
                   method, target, headers, strlen(body), body);
    int fd = connect_to(port);
    return fd >= 0 ? talk(fd, request) : NULL;
}

static int status_of(const char *answer)
{
    return answer != NULL && strncmp(answer, "HTTP/1.1 ", 9) == 0 ? (int)strtol(answer + 9, NULL,
                                                                                10)
                                                                  : 0;
}

static void assert_answer(char *answer, int status, const char *holds)
{
    if (status_of(answer) != status || strstr(answer, holds) == NULL) {
        fail_msg("not %d with '%s': %.500s", status, holds, answer != NULL ? answer : "nothing");
    }
    free(answer);
}

/* ---- who asks ---- */

static void without_a_key_it_is_the_identity_of_the_server(void **state)
{
    struct fixture f;
    (void)state;
    enter(&f, (struct xh_server_options){.identity = "resident-7"});
    uint16_t port = xh_server_port(f.server);
    assert_answer(ask(port, "GET", "/api/v1/me", "", ""), 200, "\"name\":\"resident-7\"");
    assert_answer(ask(port, "GET", "/api/v1/me?as=operator", "", ""), 403, "FORBIDDEN");
    assert_answer(ask(port, "GET", "/api/v1/me", "Authorization: Bearer nonsense\r\n", ""), 401,
                  "WWW-Authenticate: Bearer");
    leave(&f);
}

static void in_the_demo_one_may_view_as_another(void **state)
{
    struct fixture f;
    (void)state;
    enter(&f, (struct xh_server_options){.identity = "operator", .is_demo = true});
    uint16_t port = xh_server_port(f.server);
    assert_answer(ask(port, "GET", "/api/v1/me", "Xanh-View-As: resident-7\r\n", ""), 200,
                  "\"name\":\"resident-7\"");
    assert_answer(ask(port, "GET", "/api/v1/me?as=public", "", ""), 200, "\"name\":\"public\"");
    assert_answer(ask(port, "GET", "/api/v1/me?as=engine", "", ""), 404, "\"field\":\"as\"");
    assert_answer(ask(port, "GET", "/api/v1/meta", "", ""), 200, "\"identities\":[{");
    leave(&f);
}

static void who_comes_by_the_unix_socket_is_the_operator(void **state)
{
    static const char request[] =
        "GET /api/v1/me HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    struct fixture f;
    (void)state;
    enter(&f, (struct xh_server_options){.address = ""});
    assert_int_equal(xh_server_port(f.server), 0);
    assert_answer(talk(connect_local(f.socket_path), request), 200, "\"name\":\"operator\"");
    leave(&f);
    assert_int_equal(access(f.socket_path, F_OK), -1);
}

static void an_address_that_is_taken_is_an_error(void **state)
{
    struct fixture f;
    struct xh_server *second = NULL;
    struct xh_err err = {0};
    (void)state;
    enter(&f, (struct xh_server_options){.identity = "operator"});
    struct xh_server_options options = {.engine = f.engine->engine,
                                        .port = xh_server_port(f.server)};
    assert_int_equal(xh_server_open(&options, &second, &err), XH_E_IO);
    assert_non_null(strstr(err.text, "127.0.0.1"));
    options.port = 0;
    options.address = "nonsense";
    assert_int_equal(xh_server_open(&options, &second, &err), XH_E_INVALID);
    options.address = NULL;
    options.identity = "nobody";
    assert_int_equal(xh_server_open(&options, &second, &err), XH_E_NOT_FOUND);
    leave(&f);
}

/* ---- the app's files ---- */

static void files_are_served_with_their_validator(void **state)
{
    struct fixture f;
    (void)state;
    enter(&f, (struct xh_server_options){.identity = "public"});
    uint16_t port = xh_server_port(f.server);
    assert_answer(ask(port, "GET", "/app.js", "", ""), 200, "\r\n\r\nlet a");
    assert_answer(ask(port, "GET", "/app.js", "If-None-Match: \"a1\"\r\n", ""), 304,
                  "ETag: \"a1\"");
    assert_answer(ask(port, "GET", "/", "", ""), 200, "<title>Xanh</title>");
    assert_answer(ask(port, "GET", "/meter/home-7?tab=1", "", ""), 200, "Content-Security-Policy");
    assert_answer(ask(port, "GET", "/", "Accept-Encoding: br, gzip\r\n", ""), 200,
                  "Content-Encoding: gzip");
    assert_answer(ask(port, "GET", "/missing.js", "", ""), 404, "NOT_FOUND");
    assert_answer(ask(port, "GET", "/api/none", "", ""), 404, "application/problem+json");
    leave(&f);
}

/* What is unpacked counts as what was sent, and is let go with the request. */
static void a_packed_body_is_taken_and_let_go(void **state)
{
    static const char body[] = "{\"series\":\"home-7/electricity\",\"value\":1}";
    struct fixture f;
    struct xh_buf request = {0}, packed = {0};
    struct xh_err err = {0};
    (void)state;
    enter(&f, (struct xh_server_options){.identity = "operator"});
    uint16_t port = xh_server_port(f.server);
    must(xh_gzip(xh_str_from(body), 6, &packed, &err), &err);
    for (size_t cut = 0; cut < 2; cut++) { /* whole, then without its last byte */
        xh_buf_clear(&request);
        xh_buf_add_format(&request,
                          "POST /api/v1/readings HTTP/1.1\r\nHost: localhost\r\n"
                          "Connection: close\r\nContent-Encoding: gzip\r\n"
                          "Content-Length: %zu\r\n\r\n",
                          packed.len - cut);
        xh_buf_add(&request, packed.ptr, packed.len - cut);
        int fd = connect_to(port);
        assert_true(fd >= 0);
        assert_int_equal(send(fd, request.ptr, request.len, MSG_NOSIGNAL), (ssize_t)request.len);
        assert_answer(talk(fd, ""), cut == 0 ? 200 : 400, cut == 0 ? "\"taken\":1" : "body");
    }
    assert_answer(ask(port, "GET", "/metrics", "", ""), 200, "xanh_http_body_bytes 0\n");
    xh_buf_finish(&packed);
    xh_buf_finish(&request);
    leave(&f);
}

/* ---- many at once ---- */

struct poster {
    pthread_t thread;
    uint16_t port;
    int number;
    atomic_int taken;
};

static void *post(void *arg)
{
    struct poster *p = arg;
    char body[200];
    for (int i = 0; i < ROUNDS; i++) {
        (void)snprintf(body, sizeof body,
                       "{\"series\":\"home-7/electricity\",\"value\":%d.5,"
                       "\"time\":\"2026-01-%02dT%02d:%02d:00Z\"}",
                       i, 1 + p->number, i % 24, i / 24);
        char *answer = ask(p->port, "POST", "/api/v1/readings", "", body);
        if (status_of(answer) == 200 && strstr(answer, "\"taken\":1") != NULL) {
            atomic_fetch_add(&p->taken, 1);
        }
        free(answer);
        free(ask(p->port, "GET", "/api/v1/readings?series=home-7/electricity&limit=10", "", ""));
    }
    return NULL;
}

static void *listen_to_events(void *arg)
{
    struct poster *p = arg;
    int fd = connect_to(p->port);
    if (fd >= 0) {
        char *answer = talk(fd,
                            "GET /api/v1/events?series=home-7/electricity&changes=all HTTP/1.1\r\n"
                                "Host: localhost\r\n\r\n");
        for (const char *at = answer; at != NULL && (at = strstr(at, "event: reading")) != NULL;
             at++) {
            atomic_fetch_add(&p->taken, 1);
        }
        free(answer);
    }
    return NULL;
}

static void start(struct poster *posters, size_t count, uint16_t port, void *(*run)(void *))
{
    for (size_t i = 0; i < count; i++) {
        posters[i].port = port;
        posters[i].number = (int)i;
        atomic_init(&posters[i].taken, 0);
        assert_int_equal(pthread_create(&posters[i].thread, NULL, run, &posters[i]), 0);
    }
}

static void join(struct poster *posters, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)pthread_join(posters[i].thread, NULL);
    }
}

static void wait_for_streams(uint16_t port, const char *count)
{
    for (int i = 0; i < 200; i++) {
        char *answer = ask(port, "GET", "/metrics", "", "");
        bool is_there = answer != NULL && strstr(answer, count) != NULL;
        free(answer);
        if (is_there) {
            return;
        }
        (void)usleep(50000);
    }
    fail_msg("there are not %s streams", count);
}

static void every_acknowledged_reading_is_kept_and_told(void **state)
{
    struct fixture f;
    struct poster posters[THREADS], listeners[2];
    struct xh_ingest_stats stats;
    (void)state;
    enter(&f, (struct xh_server_options){.identity = "operator"});
    uint16_t port = xh_server_port(f.server);
    start(listeners, XH_COUNT(listeners), port, listen_to_events);
    wait_for_streams(port, "xanh_event_streams 2\n");
    start(posters, THREADS, port, post);
    join(posters, THREADS);
    xh_ingest_get_stats(f.engine->engine, &stats);
    assert_int_equal(stats.taken, THREADS * ROUNDS);
    xh_server_close(f.server); /* ends the streams */
    join(listeners, XH_COUNT(listeners));
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(atomic_load(&posters[i].taken), ROUNDS);
    }
    for (size_t i = 0; i < XH_COUNT(listeners); i++) {
        assert_int_equal(atomic_load(&listeners[i].taken), THREADS * ROUNDS);
    }
    engine_leave(f.engine);
}

/* ---- changes ---- */

static int open_stream(uint16_t port, const char *headers)
{
    char request[300];
    int fd = connect_to(port);
    assert_true(fd >= 0);
    (void)snprintf(request, sizeof request,
                   "GET /api/v1/events?changes=core.party HTTP/1.1\r\nHost: localhost\r\n%s\r\n",
                   headers);
    assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), (ssize_t)strlen(request));
    wait_for_streams(port, "xanh_event_streams 1\n");
    return fd;
}

/* Reads until the text has come; false: the stream ended, or nothing came for 20 s. */
static bool comes(int fd, const char *text)
{
    char said[8192] = "";
    size_t len = 0;
    ssize_t got;
    while (strstr(said, text) == NULL && len + 1 < sizeof said &&
           (got = recv(fd, said + len, sizeof said - 1 - len, 0)) > 0) {
        len += (size_t)got;
        said[len] = '\0';
    }
    return strstr(said, text) != NULL;
}

static void a_change_that_cannot_be_read_at_once_is_told_later(void **state)
{
    enum { READERS_MAX = 64 };
    struct fixture f;
    struct xh_rel_conn *readers[READERS_MAX];
    size_t count = 0;
    (void)state;
    enter(&f, (struct xh_server_options){.identity = "operator"});
    struct xh_rel *rel = xh_engine_rel(f.engine->engine);
    int fd = open_stream(xh_server_port(f.server), "");
    while (count < READERS_MAX && xh_rel_read_begin(rel, &readers[count], NULL) >= 0) {
        count++;
    }
    (void)engine_party(f.engine, "home-8", "household");
    (void)usleep(300000); /* the only commit is over, and nobody could read it */
    while (count > 0) {
        xh_rel_read_end(rel, readers[--count]);
    }
    assert_true(comes(fd, "event: change"));
    (void)close(fd);
    leave(&f);
}

/* A folder that was put back from a copy: its changes are numbered below what the client saw. */
static void a_client_that_has_seen_more_than_there_is_gets_what_comes(void **state)
{
    struct fixture f;
    (void)state;
    enter(&f, (struct xh_server_options){.identity = "operator"});
    int fd = open_stream(xh_server_port(f.server), "Last-Event-ID: 999999\r\n");
    (void)engine_party(f.engine, "home-8", "household");
    assert_true(comes(fd, "event: change"));
    (void)close(fd);
    leave(&f);
}

static void closing_in_the_middle_loses_nothing_that_was_acknowledged(void **state)
{
    struct fixture f;
    struct poster posters[THREADS], listeners[2];
    struct xh_ingest_stats stats;
    uint64_t acknowledged = 0;
    (void)state;
    enter(&f, (struct xh_server_options){.identity = "operator"});
    uint16_t port = xh_server_port(f.server);
    start(listeners, XH_COUNT(listeners), port, listen_to_events);
    wait_for_streams(port, "xanh_event_streams 2\n");
    start(posters, THREADS, port, post);
    (void)usleep(50000);
    xh_server_close(f.server);
    join(posters, THREADS);
    join(listeners, XH_COUNT(listeners));
    xh_ingest_get_stats(f.engine->engine, &stats);
    for (size_t i = 0; i < THREADS; i++) {
        acknowledged += (uint64_t)atomic_load(&posters[i].taken);
    }
    assert_true(acknowledged <= stats.taken);
    /* The engine goes on without its server: who listened is gone. */
    assert_int_equal(open_server(&f, (struct xh_server_options){.identity = "operator"}), XH_E_OK);
    assert_answer(ask(xh_server_port(f.server), "POST", "/api/v1/readings", "",
                      "{\"series\":\"home-7/electricity\",\"value\":1}"), 200, "\"taken\":1");
    leave(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_key_it_is_the_identity_of_the_server),
        cmocka_unit_test(in_the_demo_one_may_view_as_another),
        cmocka_unit_test(who_comes_by_the_unix_socket_is_the_operator),
        cmocka_unit_test(an_address_that_is_taken_is_an_error),
        cmocka_unit_test(files_are_served_with_their_validator),
        cmocka_unit_test(a_packed_body_is_taken_and_let_go),
        cmocka_unit_test(every_acknowledged_reading_is_kept_and_told),
        cmocka_unit_test(a_change_that_cannot_be_read_at_once_is_told_later),
        cmocka_unit_test(a_client_that_has_seen_more_than_there_is_gets_what_comes),
        cmocka_unit_test(closing_in_the_middle_loses_nothing_that_was_acknowledged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
