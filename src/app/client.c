/* client.c: HTTP over a Unix socket. */
#include "app/client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/env.h"

enum { READ_BYTES = 1 << 16, BODY_BYTES_MAX = 1 << 30, STREAM_WAIT_MS = 200 };

struct xh_client {
    int fd; /* -1: closed */
    struct sockaddr_un address;
    struct xh_http_answer answer;
    struct xh_buf request;
    int wait_ms;
    void (*on_wait)(void *arg);
    void *wait_arg;
    char bytes[READ_BYTES];
};

static int client_connect(struct xh_client *client, struct xh_err *err)
{
    client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client->fd < 0) {
        return xh_err_errno(err, errno, "connect to", client->address.sun_path);
    }
    if (connect(client->fd, (struct sockaddr *)&client->address, sizeof client->address) == 0) {
        return 0;
    }
    int why = errno;
    close(client->fd);
    client->fd = -1;
    if (why == ENOENT || why == ECONNREFUSED || why == ENOTDIR) {
        return xh_err_set(err, XH_E_NOT_FOUND, "nobody answers at '%s'", client->address.sun_path);
    }
    return xh_err_errno(err, why, "connect to", client->address.sun_path);
}

int xh_client_open(const char *socket_path, struct xh_client **ret, struct xh_err *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(socket_path) >= sizeof address.sun_path) {
        return xh_err_set(err, XH_E_INVALID, "the path '%s' is too long for a socket", socket_path);
    }
    memcpy(address.sun_path, socket_path, strlen(socket_path) + 1);
    struct xh_client *client = xh_alloc(sizeof *client);
    client->address = address;
    int code = client_connect(client, err);
    if (code < 0) {
        free(client);
        return code;
    }
    xh_http_answer_init(&client->answer, BODY_BYTES_MAX);
    *ret = client;
    return 0;
}

void xh_client_close(struct xh_client *client)
{
    if (!client) {
        return;
    }
    if (client->fd >= 0) {
        close(client->fd);
    }
    xh_http_answer_finish(&client->answer);
    xh_buf_finish(&client->request);
    free(client);
}

static int send_all(struct xh_client *client, struct xh_str bytes, struct xh_err *err)
{
    while (bytes.len > 0) {
        ssize_t n = send(client->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return xh_err_errno(err, errno, "send to", client->address.sun_path);
        }
        bytes = xh_str_sub(bytes, (size_t)n, bytes.len);
    }
    return 0;
}

static int receive(struct xh_client *client, struct xh_err *err)
{
    while (!client->answer.is_done) {
        if (client->on_wait) {
            struct pollfd ready = {client->fd, POLLIN, 0};
            if (poll(&ready, 1, client->wait_ms) == 0) {
                client->on_wait(client->wait_arg);
                continue;
            }
        }
        ssize_t n = recv(client->fd, client->bytes, sizeof client->bytes, 0);
        size_t used = 0;
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return xh_err_errno(err, errno, "receive from", client->address.sun_path);
        }
        if (n == 0) {
            return xh_http_answer_end(&client->answer, err);
        }
        int code = xh_http_answer_feed(&client->answer, client->bytes, (size_t)n, &used, err);
        if (code < 0) {
            return code;
        }
    }
    return 0;
}

static void write_head(struct xh_client *client, const struct xh_client_ask *ask)
{
    struct xh_buf *out = &client->request;

    xh_buf_clear(out);
    xh_buf_add_format(out, "%s %.*s HTTP/1.1\r\nHost: localhost\r\n", ask->method,
                      XH_STR_ARG(ask->target));
    if (ask->content_type) {
        xh_buf_add_format(out, "Content-Type: %s\r\n", ask->content_type);
    }
    if (ask->content_type || strcmp(ask->method, "GET") != 0) {
        xh_buf_add_format(out, "Content-Length: %zu\r\n", ask->body.len);
    }
    if (ask->headers) {
        xh_buf_add_text(out, ask->headers);
    }
    xh_buf_add_text(out, "\r\n");
}

static int exchange(struct xh_client *client, const struct xh_client_ask *ask, struct xh_err *err)
{
    int code = client->fd < 0 ? client_connect(client, err) : 0;

    xh_http_answer_clear(&client->answer);
    client->answer.is_head_request = strcmp(ask->method, "HEAD") == 0;
    if (code == 0) {
        code = send_all(client, xh_buf_str(&client->request), err);
    }
    if (code == 0) {
        code = send_all(client, ask->body, err);
    }
    return code == 0 ? receive(client, err) : code;
}

/* An idle connection may have been closed by the other side: then not a byte of an answer came, and
 * the question is put once more. */
int xh_client_request(struct xh_client *client, const struct xh_client_ask *ask,
                      const struct xh_http_answer **ret, struct xh_err *err)
{
    write_head(client, ask);
    int code = exchange(client, ask, err);
    bool is_unheard = code == XH_E_IO && client->answer.head.len == 0 &&
                      strcmp(ask->method, "GET") == 0;

    if (code < 0 || !client->answer.keeps_alive) {
        if (client->fd >= 0) {
            close(client->fd);
        }
        client->fd = -1;
    }
    if (is_unheard) {
        code = exchange(client, ask, err);
    }
    if (code == 0) {
        *ret = &client->answer;
    }
    return code;
}

/* False: it is over. */
static int stream_piece(struct xh_client *client, bool (*take)(void *arg, struct xh_str piece),
                        void *arg, bool *ret_goes_on, struct xh_err *err)
{
    struct pollfd ready = {client->fd, POLLIN, 0};
    size_t used = 0;

    if (poll(&ready, 1, STREAM_WAIT_MS) <= 0) {
        *ret_goes_on = take(arg, (struct xh_str){NULL, 0});
        return 0;
    }
    ssize_t n = recv(client->fd, client->bytes, sizeof client->bytes, 0);
    if (n < 0 && errno != EINTR) {
        return xh_err_errno(err, errno, "receive from", client->address.sun_path);
    }
    int code = n == 0  ? xh_http_answer_end(&client->answer, err)
               : n < 0 ? 0
                       : xh_http_answer_feed(&client->answer, client->bytes, (size_t)n, &used, err);
    *ret_goes_on = n != 0 && !client->answer.is_done;
    bool is_event = client->answer.status >= 200 && client->answer.status < 300;
    if (code == 0 && is_event && client->answer.body.len > 0) {
        *ret_goes_on = take(arg, xh_buf_str(&client->answer.body)) && *ret_goes_on;
        xh_buf_clear(&client->answer.body);
    }
    return code;
}

int xh_client_stream(struct xh_client *client, const struct xh_client_ask *ask,
                     bool (*take)(void *arg, struct xh_str piece), void *arg,
                     const struct xh_http_answer **ret, struct xh_err *err)
{
    int code = client->fd < 0 ? client_connect(client, err) : 0;
    bool goes_on = true;

    write_head(client, ask);
    xh_http_answer_clear(&client->answer);
    client->answer.is_head_request = false;
    code = code < 0 ? code : send_all(client, xh_buf_str(&client->request), err);
    while (code == 0 && goes_on) {
        code = stream_piece(client, take, arg, &goes_on, err);
    }
    if (client->fd >= 0) {
        close(client->fd);
        client->fd = -1;
    }
    if (code == 0) {
        *ret = &client->answer;
    }
    return code;
}

void xh_client_on_wait(struct xh_client *client, int every_ms, void (*on_wait)(void *arg),
                       void *arg)
{
    client->wait_ms = every_ms;
    client->on_wait = on_wait;
    client->wait_arg = arg;
}

void xh_client_encode(struct xh_buf *out, struct xh_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if ((c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '-' ||
            c == '.' || c == '_' || c == '~' || c == '/' || c == ':') {
            xh_buf_add_char(out, (char)c);
        } else {
            xh_buf_add_format(out, "%%%02X", c);
        }
    }
}
