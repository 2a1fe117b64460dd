/* http.c: sockets. libmicrohttpd calls `arrived` with the request line, then `handle` several
 * times: with the head, with pieces of the body, with nothing more to come, and once again after a
 * resume.
 *
 * Invariants
 *   - A connection is suspended before anybody who may resume it hears of it.
 *   - A request that is suspended belongs to whoever works on it, who does not look at it after the
 *     resume; its memory is freed only by `completed`, which the library calls on the socket's
 *     thread when the connection is done with it.
 *   - A daemon is stopped only when nothing is suspended: `is_stopping` lets nothing new be, and
 *     close waits for what is. */
#include <errno.h>
#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/mqtt_door.h"
#include "server/server_internal.h"

enum {
    POOL_BYTES = 32 * 1024,         /* a connection's: the head must fit */
    IDLE_TIMEOUT_S = 120,
    BACKLOG = 4096,
    CONNECTIONS_MAX = 12000,
    LOCAL_CONNECTIONS_MAX = 64,
    OUT_BYTES_MAX = 512 << 20,      /* of one answer */
    BODIES_BYTES_MAX = 768 << 20,   /* of all requests together */
    DISCARD_BYTES_MAX = 128 << 20   /* of a refused body, read so that the client reads why */
};

void xh__request_resume(struct xh__request *req)
{
    struct xh_server *server = req->server;
    MHD_resume_connection(req->connection);
    /* Last, and the daemon still stands: close waits for this. */
    (void)pthread_mutex_lock(&server->lock);
    server->suspended--;
    (void)pthread_cond_broadcast(&server->idle);
    (void)pthread_mutex_unlock(&server->lock);
}

/* False: the server is being closed and nothing may wait any more. */
static bool suspend(struct xh__request *req)
{
    struct xh_server *server = req->server;
    (void)pthread_mutex_lock(&server->lock);
    bool may = !server->is_stopping;
    if (may) {
        server->suspended++;
        MHD_suspend_connection(req->connection);
    }
    (void)pthread_mutex_unlock(&server->lock);
    return may;
}

bool xh__server_is_stopping(struct xh_server *server)
{
    (void)pthread_mutex_lock(&server->lock);
    bool is_stopping = server->is_stopping;
    (void)pthread_mutex_unlock(&server->lock);
    return is_stopping;
}

/* ---- one request ---- */

static struct xh__request *request_create(struct xh_server *server, const char *uri,
                                          struct MHD_Connection *c, bool is_local)
{
    struct xh_arena *arena = xh_arena_create("request");
    struct xh__request *req = XH_NEW(arena, struct xh__request);
    req->server = server;
    req->connection = c;
    req->arena = arena;
    req->is_local = is_local;
    req->uri = xh_arena_str(arena, xh_str_from(uri));
    req->started_us = xh_env_monotonic_us(server->env);
    xh_buf_init(&req->out, OUT_BYTES_MAX);
    return req;
}

/* The request line, as it was sent: we decode path and query ourselves. */
static void *arrived_public(void *arg, const char *uri, struct MHD_Connection *c)
{
    return request_create(arg, uri, c, false);
}

static void *arrived_local(void *arg, const char *uri, struct MHD_Connection *c)
{
    return request_create(arg, uri, c, true);
}

int xh__body_account(struct xh__request *req, size_t len, struct xh_err *err)
{
    req->body_bytes_kept += len;
    if (atomic_fetch_add(&req->server->bodies_bytes, len) + len <= BODIES_BYTES_MAX) {
        return XH_E_OK;
    }
    xh__respond_header(req, "Retry-After", "1");
    return xh_err_set(err, XH_E_BUSY, "too much is being sent at once");
}

static void body_forget(struct xh__request *req)
{
    (void)atomic_fetch_sub(&req->server->bodies_bytes, req->body_bytes_kept);
    req->body_bytes_kept = 0;
    xh_buf_finish(&req->body);
}

static void completed(void *arg, struct MHD_Connection *c, void **slot,
                      enum MHD_RequestTerminationCode why)
{
    struct xh__request *req = *slot;
    (void)arg;
    (void)c;
    (void)why;
    if (req != NULL) {
        *slot = NULL;
        if (req->is_begun) {
            xh__metrics_count(req->server, req->route, req->status,
                              xh_env_monotonic_us(req->server->env) - req->started_us,
                              req->body_bytes, req->out.len);
        }
        if (req->stream != NULL) {
            MHD_destroy_response(req->stream); /* made, and never sent */
        }
        body_forget(req);
        xh_buf_finish(&req->out);
        xh_arena_destroy(req->arena);
    }
}

struct framing {
    unsigned hosts, lengths, encodings;
    const char *encoding;
    bool has_blank; /* a name with a blank, which others may read without it */
};

static enum MHD_Result framing_count(void *arg, enum MHD_ValueKind kind, const char *name,
                                     const char *value)
{
    struct framing *f = arg;
    struct xh_str key = xh_str_from(name);
    (void)kind;
    f->has_blank = f->has_blank || strcspn(name, " \t") < key.len;
    f->hosts += xh_str_equal_nocase(key, XH_STR("Host"));
    f->lengths += xh_str_equal_nocase(key, XH_STR("Content-Length"));
    if (xh_str_equal_nocase(key, XH_STR("Transfer-Encoding"))) {
        f->encodings++;
        f->encoding = value != NULL ? value : "";
    }
    return MHD_YES;
}

/* A request whose end another reader on the way may see elsewhere is refused, with the connection:
 * what follows it could be somebody else's words (RFC 9112, 3.2, 6.1 and 6.3). The library takes
 * the last of what is said twice. */
static int check_framing(struct MHD_Connection *c, const char *version, struct xh_err *err)
{
    struct framing f = {0, 0, 0, "", false};
    (void)MHD_get_connection_values(c, MHD_HEADER_KIND, framing_count, &f);
    struct xh_str encoding = xh_str_from(f.encoding);
    bool is_chunked = xh_str_equal_nocase(encoding, XH_STR("chunked"));
    if (f.encodings > 1 || (f.encodings == 1 && !is_chunked)) {
        return xh_err_field(err, XH_E_INVALID, "Transfer-Encoding", encoding, "chunked, once", NULL,
                            "a body comes whole or chunked, in no other transfer encoding");
    }
    if (f.lengths + f.encodings > 1) {
        return xh_err_field(err, XH_E_INVALID, "Content-Length", XH_STR("more than one"),
                            "one, or chunked", NULL, "the length of the body is told twice");
    }
    if (f.has_blank) {
        return xh_err_field(err, XH_E_INVALID, "header", XH_STR(""), "no blank before the colon",
                            NULL, "the name of a header holds a blank");
    }
    if (f.hosts > 1 || (f.hosts == 0 && strcmp(version, "HTTP/1.1") == 0)) {
        return xh_err_field(err, XH_E_INVALID, "Host",
                            f.hosts == 0 ? XH_STR("") : XH_STR("more than one"), "one", NULL,
                            "a request names one host");
    }
    return XH_E_OK;
}

/* The head is here: what is asked for? A refusal is answered after the body was taken (and thrown
 * away), so that the client reads it instead of a reset. */
static void begin(struct xh__request *req, const char *method)
{
    struct xh_err err = {0};
    req->is_begun = true;
    int code = xh__request_parse(req, method, &err);
    code = code < 0 ? code : xh__route_find(req, &err);
    if (code < 0) {
        xh__respond_problem(req, &err);
    } else if (req->route == NULL) {
        (void)xh__respond_empty(req, 204); /* OPTIONS */
    } else {
        xh_buf_init(&req->body, req->route->body_bytes_max);
    }
}

static void refuse_body(struct xh__request *req, const struct xh_err *err)
{
    body_forget(req);
    xh__respond_header(req, "Connection", "close");
    xh__respond_problem(req, err);
}

static void keep_body(struct xh__request *req, const char *bytes, size_t len)
{
    struct xh_err err = {0};
    char limit[32], size[32];
    if (req->body_bytes > req->route->body_bytes_max) {
        (void)snprintf(limit, sizeof limit, "%u", req->route->body_bytes_max);
        (void)snprintf(size, sizeof size, "%llu", (unsigned long long)req->body_bytes);
        (void)xh_err_field(&err, XH_E_TOO_LARGE, "body", xh_str_from(size), limit, "bytes",
                           "the body is longer than %s bytes", limit);
        refuse_body(req, &err);
        return;
    }
    if (xh__body_account(req, len, &err) < 0) {
        refuse_body(req, &err);
        return;
    }
    xh_buf_add(&req->body, bytes, len);
}

/* False: the client goes on sending what was refused. */
static bool take_body(struct xh__request *req, const char *bytes, size_t len)
{
    req->body_bytes += len;
    if (req->status == 0) {
        keep_body(req, bytes, len);
    }
    return req->body_bytes <= DISCARD_BYTES_MAX;
}

static void refuse_busy(struct xh__request *req, const char *why)
{
    struct xh_err err = {0};
    (void)xh_err_set(&err, XH_E_BUSY, "%s", why);
    xh__respond_header(req, "Retry-After", "1");
    xh__respond_problem(req, &err);
}

static enum MHD_Result dispatch(struct xh__request *req)
{
    if (req->route->place == XH__INLINE || req->then != NULL) {
        (void)xh__request_run(req);
        return xh__respond_queue(req) ? MHD_YES : MHD_NO;
    }
    if (!suspend(req)) {
        refuse_busy(req, "the server is being stopped");
        return xh__respond_queue(req) ? MHD_YES : MHD_NO;
    }
    if (req->route->method == XH__POST && xh__sta_post_at_once(req)) {
        return MHD_YES; /* it may be gone */
    }
    if (!xh__workers_push(req->server, req)) {
        refuse_busy(req, "too many requests are waiting");
        xh__request_resume(req);
    }
    return MHD_YES;
}

static enum MHD_Result handle(void *arg, struct MHD_Connection *c, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **slot)
{
    struct xh__request *req = *slot;
    (void)arg;
    (void)url;
    if (!req->is_begun) {
        struct xh_err err = {0};
        if (check_framing(c, version, &err) < 0) {
            req->is_begun = true;
            xh__respond_header(req, "Connection", "close");
            xh__respond_problem(req, &err);
            return xh__respond_queue(req) ? MHD_YES : MHD_NO;
        }
        begin(req, method);
        return MHD_YES;
    }
    if (*upload_size > 0) {
        size_t len = *upload_size;
        *upload_size = 0;
        return take_body(req, upload, len) ? MHD_YES : MHD_NO;
    }
    if (req->status != 0) {
        return xh__respond_queue(req) ? MHD_YES : MHD_NO;
    }
    return dispatch(req);
}

/* ---- opening ---- */

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static const char *address_text(const struct xh_server *server)
{
    return server->options.address != NULL ? server->options.address : "127.0.0.1";
}

static int address_parse(const char *text, uint16_t port, union address *ret, struct xh_err *err)
{
    union address address;
    memset(&address, 0, sizeof address);
    if (inet_pton(AF_INET, text, &address.v4.sin_addr) == 1) {
        address.v4.sin_family = AF_INET;
        address.v4.sin_port = htons(port);
    } else if (inet_pton(AF_INET6, text, &address.v6.sin6_addr) == 1) {
        address.v6.sin6_family = AF_INET6;
        address.v6.sin6_port = htons(port);
    } else {
        return xh_err_field(err, XH_E_INVALID, "address", xh_str_from(text),
                            "an IPv4 or IPv6 address", NULL, "\"%s\" is not an address", text);
    }
    *ret = address;
    return XH_E_OK;
}

static int start_public(struct xh_server *server, struct xh_err *err)
{
    const struct xh_server_options *o = &server->options;
    union address address;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
    if (address_text(server)[0] == '\0') {
        return XH_E_OK;
    }
    int code = address_parse(address_text(server), o->port, &address, err);
    if (code < 0) {
        return code;
    }
    flags |= address.any.sa_family == AF_INET6 ? MHD_USE_IPv6 : 0u;
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, handle, server, MHD_OPTION_SOCK_ADDR, &address.any,
        MHD_OPTION_THREAD_POOL_SIZE, o->socket_threads != 0 ? o->socket_threads : 2u,
        MHD_OPTION_CONNECTION_LIMIT, o->connections_max != 0 ? o->connections_max : CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES, MHD_OPTION_LISTEN_BACKLOG_SIZE,
        (unsigned)BACKLOG, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_TIMEOUT_S,
        MHD_OPTION_NOTIFY_COMPLETED, completed, NULL, MHD_OPTION_URI_LOG_CALLBACK, arrived_public,
        server, MHD_OPTION_END);
    if (server->daemon == NULL) {
        return xh_err_set(err, XH_E_IO, "cannot listen on %s port %u: %s", address_text(server),
                          o->port, strerror(errno));
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon,
                                                           MHD_DAEMON_INFO_BIND_PORT);
    server->port = info != NULL ? info->port : o->port;
    return XH_E_OK;
}

/* The socket is only for its owner: mode 0600, made before anybody can connect. */
static int start_local(struct xh_server *server, struct xh_err *err)
{
    const char *path = server->options.socket_path;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (path == NULL) {
        return XH_E_OK;
    }
    if (strlen(path) >= sizeof address.sun_path) {
        return xh_err_set(err, XH_E_INVALID, "the path \"%s\" is too long for a socket", path);
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    (void)unlink(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    server->local_fd = fd;
    mode_t mask = umask(0177);
    int bound = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&address, sizeof address);
    int bind_errno = errno;
    (void)umask(mask);
    if (bound != 0 || listen(fd, LOCAL_CONNECTIONS_MAX) != 0) {
        return xh_err_errno(err, bound != 0 ? bind_errno : errno, "listen on", path);
    }
    server->local = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0,
                                     NULL, NULL, handle, server, MHD_OPTION_LISTEN_SOCKET,
                                     server->local_fd, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                                     (size_t)POOL_BYTES, MHD_OPTION_CONNECTION_LIMIT,
                                     (unsigned)LOCAL_CONNECTIONS_MAX, MHD_OPTION_NOTIFY_COMPLETED,
                                     completed, NULL, MHD_OPTION_URI_LOG_CALLBACK, arrived_local,
                                     server, MHD_OPTION_END);
    return server->local != NULL ? XH_E_OK
                                 : xh_err_set(err, XH_E_IO, "cannot serve the socket \"%s\"", path);
}

static int identities_find(struct xh_server *server, struct xh_err *err)
{
    const char *name = server->options.identity != NULL ? server->options.identity : "public";
    const struct xh_who *who;
    int code = xh_people_by_name(server->engine, xh_str_from(name), &who, err);
    if (code >= 0) {
        server->identity = xh_str_from(who->name);
    }
    return code;
}

int xh_server_open(const struct xh_server_options *options, struct xh_server **ret,
                   struct xh_err *err)
{
    struct xh_server *server = xh_alloc(sizeof *server);
    server->options = *options;
    server->engine = options->engine;
    server->env = xh_engine_env(options->engine);
    server->local_fd = -1;
    server->started_us = xh_env_now_us(server->env);
    (void)pthread_mutex_init(&server->lock, NULL);
    (void)pthread_cond_init(&server->idle, NULL);
    atomic_init(&server->bodies_bytes, 0);
    xh__metrics_create(server);
    xh__lines_create(server);
    xh__tails_create(server);
    int code = identities_find(server, err);
    code = code < 0 ? code : xh__mapping_create(server, err);
    code = code < 0 ? code : xh__events_create(server, err);
    code = code < 0 ? code
                    : xh__workers_create(server, options->workers != 0 ? options->workers : 4, err);
    code = code < 0 ? code : start_public(server, err);
    code = code < 0 ? code : start_local(server, err);
    code = code < 0 ? code : xh__mqtt_door_open(server, err);
    if (code < 0) {
        xh_server_close(server);
        return code;
    }
    *ret = server;
    return XH_E_OK;
}

uint16_t xh_server_port(const struct xh_server *server)
{
    return server->port;
}

/* ---- closing ---- */

static void wait_for_suspended(struct xh_server *server)
{
    (void)pthread_mutex_lock(&server->lock);
    server->is_stopping = true;
    while (server->suspended > 0) {
        (void)pthread_cond_wait(&server->idle, &server->lock);
    }
    (void)pthread_mutex_unlock(&server->lock);
}

/* In this order: nobody new by the socket, nobody waiting, no streams, then the daemons, then what
 * they used. Whoever still comes by the port until then is told that the server is being stopped.
 * The daemons are not quiesced: with epoll and a pool of threads libmicrohttpd 0.9.75 may take the
 * listening socket out of a set twice then, and ends the process for it. */
void xh_server_close(struct xh_server *server)
{
    if (server == NULL) {
        return;
    }
    xh__mqtt_door_close(server);
    if (server->local != NULL) {
        (void)unlink(server->options.socket_path);
    }
    wait_for_suspended(server);
    xh__events_stop(server);
    xh__tails_stop(server);
    if (server->daemon != NULL) {
        MHD_stop_daemon(server->daemon);
    }
    if (server->local != NULL) {
        MHD_stop_daemon(server->local);
    } else if (server->local_fd >= 0) {
        (void)close(server->local_fd);
    }
    xh__workers_destroy(server);
    xh__events_destroy(server);
    xh__tails_destroy(server);
    xh__mapping_destroy(server);
    xh__lines_destroy(server);
    xh__metrics_destroy(server);
    (void)pthread_cond_destroy(&server->idle);
    (void)pthread_mutex_destroy(&server->lock);
    free(server);
}
