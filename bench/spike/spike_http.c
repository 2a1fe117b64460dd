/*
 * spike_http: may GNU libmicrohttpd carry the server?
 *
 * A small server with one route for each question of the decision record
 * docs/decisions/0003-http-libmicrohttpd.md. It is a measuring tool, not a
 * part of the product; run.sh builds it, starts it, asks it and stops it.
 *
 *     GET  /healthz    answers at once
 *     GET  /events     a stream of server-sent events, suspended while idle
 *     POST /publish    sends one event to every stream, answers their number
 *     POST /readings   answers when its body is on disk
 *     PUT  /upload     counts bytes and keeps none
 *     GET  /ws         WebSocket that echoes
 *
 * Threads: MHD's own (--threads), one committer, one for upgraded sockets,
 * and main, which waits for SIGTERM.
 *
 * Invariants
 *  1. A connection is suspended before anybody who may resume it hears of it.
 *  2. After its resume, a request belongs to MHD's thread again: whoever
 *     resumes reads nothing of it afterwards.
 *  3. The daemon is stopped only when nothing is suspended.
 */
#define _GNU_SOURCE
#include "tls_front.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { BODY_MAX_BYTES = 4096, GROUP_MAX_BYTES = 1 << 20, FRAME_MAX_BYTES = 4096 };

enum wait_mode { WAIT_SUSPEND, WAIT_BLOCK, WAIT_THREAD, WAIT_NOT };

/* ---- requests ---------------------------------------------------------- */

enum route { ROUTE_HEALTH, ROUTE_EVENTS, ROUTE_PUBLISH, ROUTE_READINGS, ROUTE_UPLOAD, ROUTE_WS };

static const struct {
    const char *method;
    const char *url;
    enum route route;
} routes[] = {
    {"GET", "/healthz", ROUTE_HEALTH},     {"GET", "/events", ROUTE_EVENTS},
    {"POST", "/publish", ROUTE_PUBLISH},   {"POST", "/readings", ROUTE_READINGS},
    {"PUT", "/upload", ROUTE_UPLOAD},      {"GET", "/ws", ROUTE_WS},
};

struct request {
    struct request *next; /* in the committer's queue */
    struct MHD_Connection *connection;
    enum route route;
    bool is_durable;
    sem_t durable; /* only for those who block */
    uint64_t upload_bytes;
    size_t body_bytes;
    char body[]; /* BODY_MAX_BYTES for ROUTE_READINGS, else none */
};

struct stream {
    struct stream *next, *prev;
    struct hub *hub;
    struct MHD_Connection *connection;
    uint64_t sent_id;
    bool is_suspended, is_greeted;
};

struct hub {
    pthread_mutex_t lock;
    struct stream head; /* a ring; the head is no stream */
    unsigned stream_count;
    uint64_t last_id;
    bool is_closing;
};

struct committer {
    pthread_mutex_t lock;
    pthread_cond_t work;
    pthread_t thread;
    struct request *first, **last;
    bool is_stopping;
    int fd;
    off_t at_bytes, ring_bytes; /* ring_bytes 0: the file grows */
    uint64_t post_count, group_count, written_bytes;
};

struct websocket {
    struct MHD_UpgradeResponseHandle *handle;
    int fd;
    size_t used_bytes;
    unsigned char frame[FRAME_MAX_BYTES];
};

struct spike {
    struct hub hub;
    struct committer committer;
    int ws_epoll_fd;
    enum wait_mode wait;
    struct MHD_Response *ok;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

/* ---- durable posts ------------------------------------------------------ */

static void committer_push(struct committer *c, struct request *r)
{
    pthread_mutex_lock(&c->lock);
    bool was_empty = c->first == NULL;
    r->next = NULL;
    *c->last = r;
    c->last = &r->next;
    pthread_mutex_unlock(&c->lock);
    if (was_empty) {
        pthread_cond_signal(&c->work);
    }
}

/* Waits for work and takes all of it; NULL when stopping and nothing is left. */
static struct request *committer_take(struct committer *c)
{
    pthread_mutex_lock(&c->lock);
    while (c->first == NULL && !c->is_stopping) {
        pthread_cond_wait(&c->work, &c->lock);
    }
    struct request *taken = c->first;
    c->first = NULL;
    c->last = &c->first;
    pthread_mutex_unlock(&c->lock);
    return taken;
}

static void committer_write(struct committer *c, const char *bytes, size_t size)
{
    if (c->ring_bytes > 0 && c->at_bytes + (off_t)size > c->ring_bytes) {
        c->at_bytes = 0;
    }
    while (size > 0) {
        ssize_t written = pwrite(c->fd, bytes, size, c->at_bytes);
        if (written < 0) {
            die("write");
        }
        c->at_bytes += written;
        c->written_bytes += (uint64_t)written;
        bytes += written;
        size -= (size_t)written;
    }
    if (fdatasync(c->fd) != 0) {
        die("fdatasync");
    }
    c->group_count++;
}

static void *committer_run(void *arg)
{
    struct spike *spike = arg;
    struct committer *c = &spike->committer;
    char *group = malloc(GROUP_MAX_BYTES);
    struct request *taken;

    while ((taken = committer_take(c)) != NULL) {
        while (taken != NULL) {
            size_t size = 0;
            struct request *r = taken;
            for (; r != NULL && size + r->body_bytes <= GROUP_MAX_BYTES; r = r->next) {
                memcpy(group + size, r->body, r->body_bytes);
                size += r->body_bytes;
                c->post_count++;
            }
            committer_write(c, group, size);
            while (taken != r) {
                struct request *next = taken->next; /* invariant 2 */
                taken->is_durable = true;
                if (spike->wait == WAIT_SUSPEND) {
                    MHD_resume_connection(taken->connection);
                } else {
                    sem_post(&taken->durable);
                }
                taken = next;
            }
        }
    }
    free(group);
    return NULL;
}

/* The file is filled with real zeros: blocks that were only reserved would
 * still cost a journal entry at their first write. */
static void committer_open(struct spike *spike, const char *path, off_t ring_bytes)
{
    struct committer *c = &spike->committer;
    static char zeros[1 << 20];

    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->work, NULL);
    c->last = &c->first;
    c->ring_bytes = ring_bytes;
    c->fd = open(path, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
    if (c->fd < 0) {
        die(path);
    }
    for (off_t at = 0; at < ring_bytes; at += (off_t)sizeof zeros) {
        if (pwrite(c->fd, zeros, sizeof zeros, at) != (ssize_t)sizeof zeros) {
            die(path);
        }
    }
    fsync(c->fd);
    pthread_create(&c->thread, NULL, committer_run, spike);
}

static void committer_close(struct committer *c)
{
    pthread_mutex_lock(&c->lock);
    c->is_stopping = true;
    pthread_cond_signal(&c->work);
    pthread_mutex_unlock(&c->lock);
    pthread_join(c->thread, NULL);
    close(c->fd);
    printf("posts %llu groups %llu bytes %llu\n", (unsigned long long)c->post_count,
           (unsigned long long)c->group_count, (unsigned long long)c->written_bytes);
}

static enum MHD_Result readings_end(struct spike *spike, struct request *r)
{
    switch (r->is_durable ? WAIT_NOT : spike->wait) {
    case WAIT_SUSPEND:
        MHD_suspend_connection(r->connection); /* invariant 1 */
        committer_push(&spike->committer, r);
        return MHD_YES;
    case WAIT_BLOCK:
    case WAIT_THREAD:
        committer_push(&spike->committer, r);
        while (sem_wait(&r->durable) != 0) {
        }
        break;
    case WAIT_NOT:
        break;
    }
    return MHD_queue_response(r->connection, MHD_HTTP_OK, spike->ok);
}

/* ---- server-sent events ------------------------------------------------- */

/* Called by MHD whenever the stream may take bytes. Nothing to say: suspend. */
static ssize_t stream_read(void *cls, uint64_t pos, char *buf, size_t max)
{
    struct stream *s = cls;
    struct hub *hub = s->hub;
    ssize_t size = 0;

    (void)pos;
    pthread_mutex_lock(&hub->lock);
    if (hub->is_closing) {
        size = MHD_CONTENT_READER_END_OF_STREAM;
    } else if (!s->is_greeted) {
        /* Without a first byte the header waits in the kernel, see README. */
        s->is_greeted = true;
        size = snprintf(buf, max, ": hello\n\n");
    } else if (s->sent_id < hub->last_id) {
        s->sent_id = hub->last_id;
        size = snprintf(buf, max, "id: %llu\nevent: reading\ndata: {\"kwh\":1.25}\n\n",
                        (unsigned long long)s->sent_id);
    } else {
        s->is_suspended = true;
        MHD_suspend_connection(s->connection);
    }
    pthread_mutex_unlock(&hub->lock);
    return size;
}

static void stream_free(void *cls)
{
    struct stream *s = cls;

    pthread_mutex_lock(&s->hub->lock);
    s->next->prev = s->prev;
    s->prev->next = s->next;
    s->hub->stream_count--;
    pthread_mutex_unlock(&s->hub->lock);
    free(s);
}

static enum MHD_Result events_begin(struct spike *spike, struct MHD_Connection *connection)
{
    struct hub *hub = &spike->hub;
    struct stream *s = calloc(1, sizeof *s);
    struct MHD_Response *response;
    enum MHD_Result result;

    if (s == NULL) {
        return MHD_NO;
    }
    s->hub = hub;
    s->connection = connection;
    pthread_mutex_lock(&hub->lock);
    s->sent_id = hub->last_id;
    s->next = &hub->head;
    s->prev = hub->head.prev;
    s->prev->next = s;
    hub->head.prev = s;
    hub->stream_count++;
    pthread_mutex_unlock(&hub->lock);

    response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1024, stream_read, s,
                                                 stream_free);
    if (response == NULL) {
        stream_free(s);
        return MHD_NO;
    }
    MHD_add_response_header(response, "Content-Type", "text/event-stream");
    MHD_add_response_header(response, "Cache-Control", "no-store");
    result = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return result;
}

static unsigned hub_wake(struct hub *hub, bool is_closing)
{
    pthread_mutex_lock(&hub->lock);
    hub->is_closing = is_closing;
    hub->last_id++;
    unsigned count = hub->stream_count;
    for (struct stream *s = hub->head.next; s != &hub->head; s = s->next) {
        if (s->is_suspended) {
            s->is_suspended = false;
            MHD_resume_connection(s->connection);
        }
    }
    pthread_mutex_unlock(&hub->lock);
    return count;
}

/* ---- WebSocket ---------------------------------------------------------- */

/* A write to an upgraded socket, which MHD made non-blocking. */
static bool send_all(int fd, const void *bytes, size_t size)
{
    const char *at = bytes;
    while (size > 0) {
        ssize_t sent = send(fd, at, size, MSG_NOSIGNAL);
        if (sent > 0) {
            at += sent;
            size -= (size_t)sent;
        } else if (errno == EAGAIN) {
            struct pollfd wait = {.fd = fd, .events = POLLOUT};
            poll(&wait, 1, 1000);
        } else {
            return false;
        }
    }
    return true;
}

/* RFC 6455 section 5.2. Takes one whole masked frame of up to 4,000 bytes from
 * the front and echoes it. False when the socket must be closed. */
static bool websocket_echo(struct websocket *w)
{
    for (;;) {
        unsigned char *f = w->frame;
        if (w->used_bytes < 2) {
            return true;
        }
        size_t head = (f[1] & 127u) < 126u ? 2 : 4;
        size_t size = f[1] & 127u;
        if (head == 4 && w->used_bytes >= 4) {
            size = (size_t)f[2] << 8 | f[3];
        }
        if ((f[1] & 127u) == 127u || (f[1] & 128u) == 0 || size > 4000) {
            return false;
        }
        if (w->used_bytes < head + 4 + size) {
            return true;
        }
        bool is_close = (f[0] & 15u) == 8;
        unsigned char mask[4];
        memcpy(mask, f + head, 4);
        for (size_t i = 0; i < size; i++) {
            f[head + i] = f[head + 4 + i] ^ mask[i & 3];
        }
        f[1] &= 127u;
        if (!send_all(w->fd, f, head + size) || is_close) {
            return false;
        }
        size_t whole = head + 4 + size;
        memmove(f, f + whole, w->used_bytes - whole);
        w->used_bytes -= whole;
    }
}

/* One thread for all upgraded sockets: with TLS each is MHD's end of a pair. */
static void *websockets_run(void *arg)
{
    struct spike *spike = arg;
    struct epoll_event events[64];

    for (;;) {
        int count = epoll_wait(spike->ws_epoll_fd, events, 64, -1);
        for (int i = 0; i < count; i++) {
            struct websocket *w = events[i].data.ptr;
            if (w == NULL) {
                return NULL;
            }
            ssize_t got = recv(w->fd, w->frame + w->used_bytes, sizeof w->frame - w->used_bytes, 0);
            if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
                continue;
            }
            w->used_bytes += got > 0 ? (size_t)got : 0;
            if (got <= 0 || !websocket_echo(w)) {
                epoll_ctl(spike->ws_epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
                MHD_upgrade_action(w->handle, MHD_UPGRADE_ACTION_CLOSE);
                free(w);
            }
        }
    }
}

static void websocket_begin(void *cls, struct MHD_Connection *connection, void *con_cls,
                            const char *extra, size_t extra_bytes, MHD_socket fd,
                            struct MHD_UpgradeResponseHandle *handle)
{
    struct spike *spike = cls;
    struct websocket *w = calloc(1, sizeof *w);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = w};

    const union MHD_ConnectionInfo *outer =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    int on = 1;

    (void)con_cls;
    setsockopt(outer->connect_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (w == NULL || extra_bytes > sizeof w->frame) {
        free(w);
        MHD_upgrade_action(handle, MHD_UPGRADE_ACTION_CLOSE);
        return;
    }
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    w->handle = handle;
    w->fd = fd;
    memcpy(w->frame, extra, extra_bytes); /* bytes that came with the header */
    w->used_bytes = extra_bytes;
    websocket_echo(w);
    epoll_ctl(spike->ws_epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static enum MHD_Result websocket_answer(struct spike *spike, struct MHD_Connection *connection)
{
    const char *key = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Sec-WebSocket-Key");
    char text[128];
    unsigned char digest[20];
    gnutls_datum_t raw = {digest, sizeof digest}, encoded;
    struct MHD_Response *response;
    enum MHD_Result result;

    if (key == NULL || strlen(key) != 24) {
        return MHD_NO;
    }
    int size = snprintf(text, sizeof text, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    gnutls_hash_fast(GNUTLS_DIG_SHA1, text, (size_t)size, digest);
    if (gnutls_base64_encode2(&raw, &encoded) != 0) {
        return MHD_NO;
    }
    response = MHD_create_response_for_upgrade(websocket_begin, spike);
    MHD_add_response_header(response, "Upgrade", "websocket");
    MHD_add_response_header(response, "Sec-WebSocket-Accept", (char *)encoded.data);
    gnutls_free(encoded.data);
    result = MHD_queue_response(connection, MHD_HTTP_SWITCHING_PROTOCOLS, response);
    MHD_destroy_response(response);
    return result;
}

/* ---- one handler -------------------------------------------------------- */

static enum MHD_Result answer_number(struct MHD_Connection *connection, uint64_t number)
{
    char text[32];
    int size = snprintf(text, sizeof text, "%llu\n", (unsigned long long)number);
    struct MHD_Response *response =
        MHD_create_response_from_buffer((size_t)size, text, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return result;
}

static struct request *request_begin(struct MHD_Connection *connection, const char *method,
                                     const char *url)
{
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (strcmp(method, routes[i].method) == 0 && strcmp(url, routes[i].url) == 0) {
            size_t body = routes[i].route == ROUTE_READINGS ? BODY_MAX_BYTES : 0;
            struct request *r = malloc(sizeof *r + body);
            if (r != NULL) {
                memset(r, 0, sizeof *r);
                r->connection = connection;
                r->route = routes[i].route;
                sem_init(&r->durable, 0, 0);
            }
            return r;
        }
    }
    return NULL;
}

static enum MHD_Result request_body(struct request *r, const char *bytes, size_t *size)
{
    if (r->route == ROUTE_READINGS) {
        if (*size > BODY_MAX_BYTES - r->body_bytes) {
            return MHD_NO;
        }
        memcpy(r->body + r->body_bytes, bytes, *size);
        r->body_bytes += *size;
    }
    r->upload_bytes += *size;
    *size = 0;
    return MHD_YES;
}

/* MHD calls this with the header, with each part of the body, at the end of
 * the body, and once more after a resume. */
static enum MHD_Result answer(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_bytes, void **con_cls)
{
    struct spike *spike = cls;
    struct request *r = *con_cls;

    (void)version;
    if (r == NULL) {
        *con_cls = request_begin(connection, method, url);
        return *con_cls == NULL ? MHD_NO : MHD_YES;
    }
    if (*upload_bytes > 0) {
        return request_body(r, upload, upload_bytes);
    }
    switch (r->route) {
    case ROUTE_HEALTH:
        return MHD_queue_response(connection, MHD_HTTP_OK, spike->ok);
    case ROUTE_EVENTS:
        return events_begin(spike, connection);
    case ROUTE_PUBLISH:
        return answer_number(connection, hub_wake(&spike->hub, false));
    case ROUTE_READINGS:
        return readings_end(spike, r);
    case ROUTE_UPLOAD:
        return answer_number(connection, r->upload_bytes);
    case ROUTE_WS:
        return websocket_answer(spike, connection);
    }
    return MHD_NO;
}

static void request_end(void *cls, struct MHD_Connection *connection, void **con_cls,
                        enum MHD_RequestTerminationCode code)
{
    struct request *r = *con_cls;

    (void)cls;
    (void)connection;
    (void)code;
    if (r != NULL) {
        sem_destroy(&r->durable);
        free(r);
        *con_cls = NULL;
    }
}

/* ---- certificate -------------------------------------------------------- */

/* A key and a certificate for localhost, signed by itself, valid for a day. */
static void certificate_make(gnutls_datum_t *ret_key, gnutls_datum_t *ret_certificate)
{
    static const unsigned char serial[] = {1};
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t crt;
    time_t now = time(NULL);
    int bad = 0;

    bad |= gnutls_x509_privkey_init(&key);
    bad |= gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
                                        GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
    bad |= gnutls_x509_crt_init(&crt);
    bad |= gnutls_x509_crt_set_version(crt, 3);
    bad |= gnutls_x509_crt_set_serial(crt, serial, sizeof serial);
    bad |= gnutls_x509_crt_set_activation_time(crt, now - 60);
    bad |= gnutls_x509_crt_set_expiration_time(crt, now + 86400);
    bad |= gnutls_x509_crt_set_dn(crt, "CN=localhost", NULL);
    bad |= gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, "localhost", 9,
                                                GNUTLS_FSAN_SET);
    bad |= gnutls_x509_crt_set_basic_constraints(crt, 1, 0);
    bad |= gnutls_x509_crt_set_key(crt, key);
    bad |= gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0);
    bad |= gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, ret_key);
    bad |= gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, ret_certificate);
    if (bad != 0) {
        fprintf(stderr, "cannot make a certificate\n");
        exit(1);
    }
    gnutls_x509_crt_deinit(crt);
    gnutls_x509_privkey_deinit(key);
}

/* ---- start and stop ----------------------------------------------------- */

struct settings {
    unsigned thread_count, connection_limit, pool_bytes;
    off_t ring_bytes;
    const char *log_path, *certificate_path;
    bool has_front; /* TLS by tls_front instead of by MHD */
    gnutls_datum_t key, certificate;
    unsigned extra_flags;
    enum wait_mode wait;
};

static void certificate_write(const struct settings *set)
{
    FILE *file = fopen(set->certificate_path, "w");
    if (file == NULL || fputs((char *)set->certificate.data, file) < 0 || fclose(file) != 0) {
        die(set->certificate_path);
    }
}

/* MHD keeps no copy of key and certificate: they live as long as it. */
static struct MHD_Daemon *daemon_start(struct spike *spike, const struct settings *set)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_ALLOW_UPGRADE |
                     set->extra_flags;
    struct MHD_OptionItem more[8];
    int n = 0;

    if (set->wait == WAIT_THREAD) {
        flags = MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_ITC;
    } else if (set->thread_count > 1) {
        more[n++] = (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE, set->thread_count, NULL};
    }
    if (set->pool_bytes > 0) {
        more[n++] =
            (struct MHD_OptionItem){MHD_OPTION_CONNECTION_MEMORY_LIMIT, set->pool_bytes, NULL};
    }
    if (!set->has_front) {
        flags |= MHD_USE_ERROR_LOG; /* a socket pair takes no TCP option: a line each time */
    }
    if (set->certificate_path != NULL && !set->has_front) {
        flags |= MHD_USE_TLS;
        more[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, set->key.data};
        more[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, set->certificate.data};
    }
    more[n] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    return MHD_start_daemon(flags, 0, NULL, NULL, answer, spike, MHD_OPTION_SOCK_ADDR, &address,
                            MHD_OPTION_CONNECTION_LIMIT, set->connection_limit,
                            MHD_OPTION_LISTEN_BACKLOG_SIZE, 4096u, MHD_OPTION_NOTIFY_COMPLETED,
                            request_end, NULL, MHD_OPTION_ARRAY, more, MHD_OPTION_END);
}

static bool settings_read(int argc, char **argv, struct settings *set)
{
    static const struct option options[] = {
        {"threads", 1, NULL, 't'}, {"wait", 1, NULL, 'w'}, {"log", 1, NULL, 'l'},
        {"ring-mib", 1, NULL, 'r'}, {"pool", 1, NULL, 'p'}, {"tls", 1, NULL, 'c'},
        {"limit", 1, NULL, 'n'}, {"turbo", 0, NULL, 'u'}, {"front", 0, NULL, 'f'},
        {NULL, 0, NULL, 0},
    };
    static const char *const waits[] = {"suspend", "block", "thread", "not"};
    int o;

    while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
        unsigned number = optarg == NULL ? 0 : (unsigned)strtoul(optarg, NULL, 10);
        switch (o) {
        case 't': set->thread_count = number; break;
        case 'l': set->log_path = optarg; break;
        case 'r': set->ring_bytes = (off_t)number << 20; break;
        case 'p': set->pool_bytes = number; break;
        case 'c': set->certificate_path = optarg; break;
        case 'n': set->connection_limit = number; break;
        case 'u': set->extra_flags |= MHD_USE_TURBO; break;
        case 'f': set->has_front = true; break;
        case 'w':
            for (unsigned i = 0; i < 4; i++) {
                if (strcmp(optarg, waits[i]) == 0) {
                    set->wait = (enum wait_mode)i;
                }
            }
            break;
        default: return false;
        }
    }
    return optind == argc;
}

/* As many sockets as allowed; the signals that stop it are waited for, not caught. */
static void process_prepare(sigset_t *stop)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(stop);
    sigaddset(stop, SIGTERM);
    sigaddset(stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, stop, NULL); /* before any thread is born */
}

int main(int argc, char **argv)
{
    static struct spike spike;
    static char ok_text[] = "ok\n";
    struct settings set = {.thread_count = 2, .connection_limit = 12000, .log_path = "spike.log"};
    sigset_t stop;
    pthread_t websockets;
    int signal_number;

    if (!settings_read(argc, argv, &set)) {
        return 2;
    }
    process_prepare(&stop);

    spike.wait = set.wait;
    pthread_mutex_init(&spike.hub.lock, NULL);
    spike.hub.head.next = spike.hub.head.prev = &spike.hub.head;
    spike.ok = MHD_create_response_from_buffer(3, ok_text, MHD_RESPMEM_PERSISTENT);
    spike.ws_epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    pthread_create(&websockets, NULL, websockets_run, &spike);
    committer_open(&spike, set.log_path, set.ring_bytes);

    if (set.certificate_path != NULL) {
        certificate_make(&set.key, &set.certificate);
        certificate_write(&set);
    }
    struct MHD_Daemon *daemon = daemon_start(&spike, &set);
    if (daemon == NULL) {
        fprintf(stderr, "the daemon does not start\n");
        return 1;
    }
    struct tls_front *front = NULL;
    unsigned port = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    if (set.has_front &&
        (front = tls_front_start(daemon, &set.key, &set.certificate, &port)) == NULL) {
        fprintf(stderr, "the front does not start\n");
        return 1;
    }
    printf("port %u\n", port);
    fflush(stdout);
    sigwait(&stop, &signal_number);

    hub_wake(&spike.hub, true); /* invariant 3 */
    for (unsigned i = 0, left = 1; i < 200 && left > 0; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
        pthread_mutex_lock(&spike.hub.lock);
        left = spike.hub.stream_count;
        pthread_mutex_unlock(&spike.hub.lock);
    }
    /* Upgraded sockets are the application's to close; here the clients did. */
    int stop_fd = eventfd(1, EFD_CLOEXEC);
    struct epoll_event last = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(spike.ws_epoll_fd, EPOLL_CTL_ADD, stop_fd, &last);
    pthread_join(websockets, NULL);
    if (front != NULL) {
        tls_front_stop(front);
    }
    MHD_stop_daemon(daemon);
    committer_close(&spike.committer);
    MHD_destroy_response(spike.ok);
    gnutls_free(set.key.data);
    gnutls_free(set.certificate.data);
    return 0;
}
