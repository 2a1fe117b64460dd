/* How many readings a second become durable over HTTP? Sends line protocol over several connections
 * that are kept open, made beforehand; only the timestamps are written anew for each request. Each
 * connection has series of its own, as an agent has meters of its own, and sends one reading a
 * second of each, in order. Counts what was answered with 204.
 *
 *     bench_lines_client PORT [CONNECTIONS [SERIES [LINES [SECONDS]]]]   (default: 4 1000 10000 5)
 *
 * LINES of a request are a multiple of SERIES / CONNECTIONS.
 *
 * The server is one that gives rights without a key (xanh serve --as operator). A rule and the
 * series are made first. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/env.h"
#include "base/num.h"
#include "base/time.h"

enum { CONNECTIONS_MAX = 64, TIME_DIGITS = 19, MAKING_LINES = 500 };

struct asked {
    int64_t port, connections, series, lines, seconds, from_us;
    int64_t own; /* series of each connection */
};

struct client {
    const struct asked *asked;
    int fd;
    int64_t number, until_us;
    struct xh_buf head, body;
    size_t *times;          /* where the timestamps stand in the body */
    uint64_t readings, requests;
};

static void fail(const char *what, struct xh_str why)
{
    fprintf(stderr, "%s: %.*s\n", what, XH_STR_ARG(why));
    exit(1);
}

static int dial(int64_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        fail("connect", XH_STR("nobody listens"));
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static void send_all(int fd, struct xh_str bytes)
{
    while (bytes.len > 0) {
        ssize_t sent = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (sent <= 0) {
            fail("send", XH_STR("the connection is gone"));
        }
        bytes = xh_str_sub(bytes, (size_t)sent, bytes.len);
    }
}

/* The status; the answers here are short and hold their length. */
static int receive(int fd, struct xh_buf *answer)
{
    char piece[4096];
    xh_buf_clear(answer);
    for (;;) {
        ssize_t got = recv(fd, piece, sizeof piece, 0);
        if (got <= 0) {
            fail("receive", XH_STR("the connection is gone"));
        }
        xh_buf_add(answer, piece, (size_t)got);
        struct xh_str text = xh_buf_str(answer);
        ptrdiff_t end = xh_str_find(text, XH_STR("\r\n\r\n"));
        ptrdiff_t length = xh_str_find(text, XH_STR("Content-Length: "));
        int64_t body = 0;
        if (end >= 0 && length >= 0 && length < end) {
            struct xh_str rest = xh_str_sub(text, (size_t)length + 16, text.len), number;
            (void)xh_str_split(&rest, '\r', &number);
            (void)xh_int_parse(number, &body);
        }
        if (end >= 0 && (int64_t)text.len >= end + 4 + body) {
            int64_t status = 0;
            (void)xh_int_parse(xh_str_sub(text, 9, 3), &status);
            return (int)status;
        }
    }
}

static int request(int fd, const char *path, const char *type, struct xh_str body)
{
    struct xh_buf head = {0}, answer = {0};
    xh_buf_add_format(&head,
                      "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\n"
                      "Content-Length: %zu\r\n\r\n",
                      path, type, body.len);
    send_all(fd, xh_buf_str(&head));
    send_all(fd, body);
    int status = receive(fd, &answer);
    if (status != 204 && status != 201 && status != 409) {
        fail(path, xh_buf_str(&answer));
    }
    xh_buf_finish(&head);
    xh_buf_finish(&answer);
    return status;
}

/* ---- before ---- */

static void make_series(const struct asked *asked)
{
    static const char rule[] =
        "{\"code\":\"bench\",\"name\":\"bench\",\"sort_order\":1,\"measurement\":\"bench\","
        "\"series_code\":\"bench/{tag.id}\",\"creates\":true,\"place_code\":\"bench\",\"quantity\":"
        "\"energy.electricity\",\"unit\":\"kWh\",\"kind\":\"register\",\"is_active\":true}";
    int fd = dial(asked->port);
    struct xh_buf body = {0};
    (void)request(fd, "/api/v1/core/line_rules", "application/json", xh_str_from(rule));
    for (int64_t i = 0; i < asked->series; i++) {
        xh_buf_add_format(&body, "bench,id=%lld v=0 %lld000\n", (long long)i,
                          (long long)(asked->from_us - XH_US_PER_S));
        if ((i + 1) % MAKING_LINES == 0 || i + 1 == asked->series) {
            (void)request(fd, "/api/v2/write", "text/plain", xh_buf_str(&body));
            xh_buf_clear(&body);
        }
    }
    xh_buf_finish(&body);
    (void)close(fd);
}

static void client_fill(struct client *c)
{
    const struct asked *asked = c->asked;
    c->times = xh_alloc((size_t)asked->lines * sizeof *c->times);
    for (int64_t i = 0; i < asked->lines; i++) {
        int64_t id = c->number + asked->connections * (i % asked->own);
        xh_buf_add_format(&c->body, "bench,id=%lld v=%lld.%02lld ", (long long)id,
                          (long long)(1000 + id), (long long)(i % 100));
        c->times[i] = c->body.len;
        xh_buf_add_text(&c->body, "0000000000000000000\n");
    }
    xh_buf_add_format(&c->head,
                      "POST /api/v2/write HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n"
                      "\r\n",
                      c->body.len);
}

/* ---- meanwhile ---- */

/* A second later each time that a series comes again. */
static void stamp(struct client *c, int64_t round)
{
    const struct asked *asked = c->asked;
    char text[XH_NUM_TEXT_BYTES];
    int64_t at_us = asked->from_us + round * (asked->lines / asked->own) * XH_US_PER_S;
    for (int64_t i = 0; i < asked->lines; i++) {
        if (i % asked->own == 0) {
            (void)xh_int_print(at_us * 1000, text);
            at_us += XH_US_PER_S;
        }
        memcpy(c->body.ptr + c->times[i], text, TIME_DIGITS);
    }
}

static void *run(void *arg)
{
    struct client *c = arg;
    struct xh_buf answer = {0};
    for (int64_t round = 0; xh_env_monotonic_us(xh_env_real()) < c->until_us; round++) {
        stamp(c, round);
        send_all(c->fd, xh_buf_str(&c->head));
        send_all(c->fd, xh_buf_str(&c->body));
        if (receive(c->fd, &answer) != 204) {
            fail("write", xh_buf_str(&answer));
        }
        c->readings += (uint64_t)c->asked->lines;
        c->requests++;
    }
    xh_buf_finish(&answer);
    return NULL;
}

static bool take(int argc, char **argv, int at, int64_t most, int64_t *ret)
{
    return argc <= at ||
           (xh_int_parse(xh_str_from(argv[at]), ret) >= 0 && *ret > 0 && *ret <= most);
}

int main(int argc, char **argv)
{
    struct asked asked = {0, 4, 1000, 10000, 5, 0, 0};
    static struct client clients[CONNECTIONS_MAX];
    pthread_t threads[CONNECTIONS_MAX];
    struct rusage used;
    if (argc < 2 || !take(argc, argv, 1, 65535, &asked.port) ||
        !take(argc, argv, 2, CONNECTIONS_MAX, &asked.connections) ||
        !take(argc, argv, 3, 10000000, &asked.series) ||
        !take(argc, argv, 4, 1000000, &asked.lines) || !take(argc, argv, 5, 3600, &asked.seconds)) {
        fprintf(stderr, "bench_lines_client PORT [CONNECTIONS [SERIES [LINES [SECONDS]]]]\n");
        return 2;
    }
    asked.own = asked.series / asked.connections;
    if (asked.own == 0 || asked.lines % asked.own != 0) {
        fprintf(stderr, "LINES must be a multiple of SERIES / CONNECTIONS\n");
        return 2;
    }
    asked.from_us = xh_env_now_us(xh_env_real()) - XH_US_PER_DAY;
    make_series(&asked);
    for (int64_t i = 0; i < asked.connections; i++) {
        clients[i] = (struct client){.asked = &asked, .fd = dial(asked.port), .number = i};
        client_fill(&clients[i]);
    }
    int64_t start_us = xh_env_monotonic_us(xh_env_real());
    for (int64_t i = 0; i < asked.connections; i++) {
        clients[i].until_us = start_us + asked.seconds * 1000000;
        if (pthread_create(&threads[i], NULL, run, &clients[i]) != 0) {
            fail("start", XH_STR("no thread"));
        }
    }
    uint64_t readings = 0, requests = 0;
    for (int64_t i = 0; i < asked.connections; i++) {
        (void)pthread_join(threads[i], NULL);
        readings += clients[i].readings;
        requests += clients[i].requests;
    }
    double s = (double)(xh_env_monotonic_us(xh_env_real()) - start_us) / 1e6;
    (void)getrusage(RUSAGE_SELF, &used);
    double cpu_s = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                   (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    printf("%llu readings in %llu requests, %.2f s: %.2f M readings/s, client %.0f ns of CPU a "
           "reading\n",
           (unsigned long long)readings, (unsigned long long)requests, s,
           (double)readings / s / 1e6, cpu_s * 1e9 / (double)readings);
    return 0;
}
