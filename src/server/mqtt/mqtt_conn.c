/* mqtt_conn.c: a connection: bytes in, packets to those who handle them, bytes out.
 *
 *     SHAKING --TLS or WebSocket agreed--> GREETING --CONNECT taken--> UP
 *        \______________________\_________________________\__> LEAVING --> GONE
 *
 * LEAVING: the last words are written, the writing side is shut, what still comes is thrown away
 * until the other side closes, so that the last words are not lost to a reset. Memory is kept for
 * bytes only while there are some: an idle connection is this struct and its session.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/mqtt/mqtt_internal.h"

enum { GREETING_BYTES_MAX = 256 * 1024, KEPT_BYTES = 1024, READS_AT_ONCE = 4 };

struct xh__mqtt_conn *xh__mqtt_conn_create(struct xh_mqtt *mqtt, enum xh__mqtt_door door, int fd,
                                           bool is_local)
{
    struct xh__mqtt_conn *c = xh_alloc(sizeof *c);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    c->mqtt = mqtt;
    c->fd = fd;
    c->door = (uint8_t)door;
    c->state = door == XH__MQTT_TCP ? XH__MQTT_GREETING : XH__MQTT_SHAKING;
    c->is_local = is_local;
    c->number = ++mqtt->last_conn;
    c->opened_us = c->heard_us = xh_env_monotonic_us(mqtt->env);
    c->events = EPOLLIN;
    c->next = mqtt->conns;
    if (c->next != NULL) {
        c->next->prev = c;
    }
    mqtt->conns = c;
    mqtt->conn_count++;
    xh__mqtt_count(&mqtt->counters.clients, 1);
    if (door == XH__MQTT_WS) {
        xh__mqtt_ws_begin(c);
    }
    if ((door == XH__MQTT_TLS && xh__mqtt_tls_begin(c) < 0) ||
        epoll_ctl(mqtt->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
        xh__mqtt_conn_drop(c);
    }
    return c;
}

/* ---- the end ---- */

void xh__mqtt_conn_drop(struct xh__mqtt_conn *c)
{
    struct xh_mqtt *mqtt = c->mqtt;
    if (c->state == XH__MQTT_GONE) {
        return;
    }
    c->state = XH__MQTT_GONE;
    xh__mqtt_conn_left(c);
    if (c->is_paused) {
        c->is_paused = false;
        xh__mqtt_count(&mqtt->counters.paused_clients, -1);
    }
    if (c->prev != NULL) {
        c->prev->next = c->next;
    } else {
        mqtt->conns = c->next;
    }
    if (c->next != NULL) {
        c->next->prev = c->prev;
    }
    mqtt->conn_count--;
    xh__mqtt_count(&mqtt->counters.clients, -1);
    c->next_gone = mqtt->gone;
    mqtt->gone = c;
    xh__mqtt_tls_end(c);
    xh__mqtt_ws_end(c);
    (void)close(c->fd);
    c->fd = -1;
}

static void free_aliases(struct xh_str *aliases, size_t count)
{
    for (size_t i = 0; aliases != NULL && i < count; i++) {
        free((void *)(uintptr_t)aliases[i].ptr);
    }
    free(aliases);
}

void xh__mqtt_conn_bury(struct xh_mqtt *mqtt)
{
    while (mqtt->gone != NULL) {
        struct xh__mqtt_conn *c = mqtt->gone;
        mqtt->gone = c->next_gone;
        while (c->deferred != NULL) {
            struct xh__mqtt_deferred *d = c->deferred;
            c->deferred = d->next;
            free(d);
        }
        xh_buf_finish(&c->in);
        xh_buf_finish(&c->out);
        free_aliases(c->aliases_in, XH__MQTT_ALIASES_MAX);
        free_aliases(c->aliases_out, c->aliases_out_count);
        free(c);
    }
}

void xh__mqtt_conn_end(struct xh__mqtt_conn *c, uint8_t reason, const char *why)
{
    if (c->state >= XH__MQTT_LEAVING) {
        return;
    }
    if (c->state == XH__MQTT_SHAKING) {
        xh__mqtt_conn_drop(c);
        return;
    }
    if (c->state == XH__MQTT_UP && c->version == XH__MQTT_5 && why != NULL) {
        xh__mqtt_put_disconnect(&c->out, reason,
                                c->wants_problems ? xh_str_from(why) : (struct xh_str){0});
    }
    if (why != NULL) {
        xh_log(c->mqtt->log, XH_LOG_DEBUG, "mqtt", "connection %llu ends, 0x%02X: %s",
               (unsigned long long)c->number, reason, why);
    }
    c->state = XH__MQTT_LEAVING;
    c->heard_us = xh_env_monotonic_us(c->mqtt->env);
    xh__mqtt_conn_left(c);
    xh__mqtt_conn_dirty(c);
}

/* ---- in ---- */

static void handle(struct xh__mqtt_conn *c, const struct xh__mqtt_packet *packet)
{
    switch (packet->type) {
    case XH__MQTT_CONNECT:
        xh__mqtt_connect(c, packet);
        break;
    case XH__MQTT_PUBLISH:
        xh__mqtt_publish(c, packet);
        break;
    case XH__MQTT_PUBREL:
        xh__mqtt_pubrel(c, packet);
        break;
    case XH__MQTT_PUBACK:
    case XH__MQTT_PUBREC:
    case XH__MQTT_PUBCOMP:
        xh__mqtt_session_acked(c, packet);
        break;
    case XH__MQTT_SUBSCRIBE:
        xh__mqtt_subscribe(c, packet);
        break;
    case XH__MQTT_UNSUBSCRIBE:
        xh__mqtt_unsubscribe(c, packet);
        break;
    case XH__MQTT_PINGREQ:
        xh__mqtt_put_pingresp(&c->out);
        xh__mqtt_conn_dirty(c);
        break;
    case XH__MQTT_DISCONNECT:
        xh__mqtt_disconnected(c, packet);
        break;
    default: /* AUTH: no method was agreed on (4.12) */
        xh__mqtt_count(&c->mqtt->counters.protocol_errors, 1);
        xh__mqtt_conn_end(c, XH__MQTT_PROTOCOL_ERROR, "no way of authentication was agreed on");
    }
}

/* 4.13.1: before CONNECT was taken it is answered by CONNACK, where there is one to answer to. */
static void refuse(struct xh__mqtt_conn *c, uint8_t version, uint8_t reason,
                   const struct xh_err *err)
{
    xh__mqtt_count(&c->mqtt->counters.protocol_errors, 1);
    if (c->state == XH__MQTT_GREETING && reason == XH__MQTT_BAD_VERSION) {
        /* 3.1.1: 3.2.2.3: 0x01; 5.0 to one that says it speaks a later version: 0x84 */
        bool is_5 = version >= XH__MQTT_5;
        xh__mqtt_put_connack(&c->out, is_5 ? XH__MQTT_5 : XH__MQTT_3_1_1, false,
                             is_5 ? XH__MQTT_BAD_VERSION : 1, (struct xh_str){0});
    } else if (c->state == XH__MQTT_GREETING && version == XH__MQTT_5) {
        xh__mqtt_put_connack(&c->out, XH__MQTT_5, false, reason, (struct xh_str){0});
    }
    xh__mqtt_conn_end(c, reason, err->text);
}

/* Bytes of whole packets that were handled. */
static size_t read_packets(struct xh__mqtt_conn *c, struct xh_str bytes)
{
    size_t used = 0;
    while ((c->state == XH__MQTT_GREETING || c->state == XH__MQTT_UP) && !c->is_paused) {
        struct xh__mqtt_packet packet;
        struct xh_err err = {0};
        uint8_t reason = 0;
        uint32_t bytes_max = c->mqtt->options.packet_bytes_max;
        bool is_new = c->state == XH__MQTT_GREETING;
        bytes_max = is_new && bytes_max > GREETING_BYTES_MAX ? GREETING_BYTES_MAX : bytes_max;
        packet.version = 0;
        ptrdiff_t took = xh__mqtt_read(xh_str_sub(bytes, used, bytes.len), c->version, bytes_max,
                                       &packet, &reason, &err);
        if (took < 0) {
            refuse(c, is_new ? packet.version : c->version, reason, &err);
        } else if (took > 0) {
            used += (size_t)took;
            handle(c, &packet);
        }
        if (took <= 0) {
            break;
        }
    }
    return c->state >= XH__MQTT_LEAVING ? bytes.len : used;
}

void xh__mqtt_conn_feed(struct xh__mqtt_conn *c, struct xh_str bytes)
{
    if (c->state >= XH__MQTT_LEAVING) {
        return;
    }
    if (c->in.len == 0) {
        size_t used = read_packets(c, bytes);
        xh_buf_add_str(&c->in, xh_str_sub(bytes, used, bytes.len));
        return;
    }
    xh_buf_add_str(&c->in, bytes);
    xh_buf_drop_front(&c->in, read_packets(c, xh_buf_str(&c->in)));
    if (c->in.len == 0) {
        xh_buf_finish(&c->in);
    }
}

static ptrdiff_t read_below(struct xh__mqtt_conn *c, void *bytes, size_t len)
{
    if (c->door == XH__MQTT_TLS) {
        return xh__mqtt_tls_read(c, bytes, len);
    }
    ptrdiff_t got = recv(c->fd, bytes, len, 0);
    if (got < 0) {
        return errno == EAGAIN || errno == EINTR ? -1 : -2;
    }
    return got == 0 ? -2 : got;
}

static void receive(struct xh__mqtt_conn *c)
{
    struct xh_mqtt *mqtt = c->mqtt;
    for (int i = 0; i < READS_AT_ONCE && !c->is_paused && c->state != XH__MQTT_GONE; i++) {
        ptrdiff_t got = read_below(c, mqtt->scratch, XH__MQTT_READ_BYTES);
        if (got == -2) {
            xh__mqtt_conn_drop(c);
        }
        if (got < 0) {
            return;
        }
        struct xh_str bytes = {mqtt->scratch, (size_t)got};
        if (c->state == XH__MQTT_LEAVING) {
            continue;
        }
        c->heard_us = xh_env_monotonic_us(mqtt->env);
        if (c->door != XH__MQTT_WS) {
            xh__mqtt_conn_feed(c, bytes);
        } else if (!xh__mqtt_ws_feed(c, bytes)) {
            xh__mqtt_conn_end(c, XH__MQTT_MALFORMED, "a broken WebSocket frame");
        }
        if (c->door == XH__MQTT_TCP && (size_t)got < XH__MQTT_READ_BYTES) {
            return;
        }
    }
    if (c->door == XH__MQTT_TLS && c->state != XH__MQTT_GONE && !c->is_paused) {
        xh__mqtt_conn_dirty(c); /* what GnuTLS holds already no socket tells of */
    }
}

void xh__mqtt_conn_resume(struct xh__mqtt_conn *c)
{
    if (!c->is_paused || c->state != XH__MQTT_UP) {
        return;
    }
    c->is_paused = false;
    xh__mqtt_count(&c->mqtt->counters.paused_clients, -1);
    c->heard_us = xh_env_monotonic_us(c->mqtt->env);
    xh_buf_drop_front(&c->in, read_packets(c, xh_buf_str(&c->in)));
    if (c->in.len == 0) {
        xh_buf_finish(&c->in);
    }
    xh__mqtt_conn_dirty(c);
}

/* ---- out ---- */

void xh__mqtt_conn_dirty(struct xh__mqtt_conn *c)
{
    if (!c->is_dirty && c->state != XH__MQTT_GONE) {
        c->is_dirty = true;
        c->next_dirty = c->mqtt->dirty;
        c->mqtt->dirty = c;
    }
}

static ptrdiff_t write_below(struct xh__mqtt_conn *c, const void *bytes, size_t len)
{
    if (c->door == XH__MQTT_TLS) {
        return xh__mqtt_tls_write(c, bytes, len);
    }
    ptrdiff_t put = send(c->fd, bytes, len, MSG_NOSIGNAL);
    if (put < 0) {
        return errno == EAGAIN || errno == EINTR ? -1 : -2;
    }
    return put;
}

/* True: everything is written. */
static bool write_out(struct xh__mqtt_conn *c)
{
    struct xh_buf *out = c->door == XH__MQTT_WS ? xh__mqtt_ws_wrap(c) : &c->out;
    while (c->out_at < out->len) {
        ptrdiff_t put = write_below(c, out->ptr + c->out_at, out->len - c->out_at);
        if (put == -2) {
            xh__mqtt_conn_drop(c);
            return false;
        }
        if (put < 0) {
            c->is_write_blocked = true;
            return false;
        }
        c->out_at += (size_t)put;
    }
    c->out_at = 0;
    if (out->capacity > KEPT_BYTES) {
        xh_buf_finish(out);
    } else {
        xh_buf_clear(out);
    }
    return true;
}

static void ask_events(struct xh__mqtt_conn *c)
{
    uint32_t events = (c->is_paused ? 0u : (uint32_t)EPOLLIN) |
                      (c->is_write_blocked ? (uint32_t)EPOLLOUT : 0u);
    struct epoll_event event = {.events = events, .data.ptr = c};
    if (events != c->events) {
        c->events = events;
        (void)epoll_ctl(c->mqtt->epoll_fd, EPOLL_CTL_MOD, c->fd, &event);
    }
}

void xh__mqtt_conn_flush(struct xh__mqtt_conn *c)
{
    if (c->state == XH__MQTT_GONE) {
        return;
    }
    if (c->door == XH__MQTT_TLS && c->state == XH__MQTT_UP && !c->is_paused) {
        receive(c);
    }
    if (c->is_slow) {
        xh__mqtt_conn_end(c, XH__MQTT_QUOTA, "too many messages wait for this subscriber");
    }
    while (c->state != XH__MQTT_GONE && !c->is_write_blocked) {
        if (c->state == XH__MQTT_UP) {
            xh__mqtt_session_pump(c);
        }
        if (c->out.len == 0 || !write_out(c)) {
            break;
        }
    }
    if (c->door == XH__MQTT_WS && c->state != XH__MQTT_GONE && !c->is_write_blocked) {
        (void)write_out(c); /* answers to pings, the last frame */
    }
    if (c->state == XH__MQTT_LEAVING && !c->is_write_blocked) {
        (void)shutdown(c->fd, SHUT_WR);
    }
    if (c->state != XH__MQTT_GONE) {
        ask_events(c);
    }
}

void xh__mqtt_conn_ready(struct xh__mqtt_conn *c, uint32_t events)
{
    if (c->state == XH__MQTT_GONE) {
        return;
    }
    if (c->state == XH__MQTT_SHAKING && c->door == XH__MQTT_TLS) {
        int agreed = xh__mqtt_tls_shake(c);
        if (agreed < 0) {
            xh__mqtt_conn_drop(c);
            return;
        }
        c->is_write_blocked = agreed == 0 && xh__mqtt_tls_wants_write(c);
        c->state = agreed > 0 ? XH__MQTT_GREETING : XH__MQTT_SHAKING;
        if (agreed == 0) {
            ask_events(c);
            return;
        }
    }
    if ((events & (uint32_t)EPOLLOUT) != 0) {
        c->is_write_blocked = false;
        xh__mqtt_conn_dirty(c);
    }
    if ((events & (uint32_t)(EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
        if (c->is_paused && (events & (uint32_t)(EPOLLHUP | EPOLLERR)) != 0) {
            xh__mqtt_conn_drop(c);
            return;
        }
        receive(c);
    }
    if (c->state != XH__MQTT_GONE && (c->events != EPOLLIN || c->is_paused)) {
        xh__mqtt_conn_dirty(c);
    }
}

/* ---- answers that wait for the journal ---- */

void xh__mqtt_conn_answer(struct xh__mqtt_conn *c, uint64_t ticket, struct xh_str bytes)
{
    bool is_broken = false;
    if (c->deferred == NULL &&
        (ticket == 0 || ticket <= xh__mqtt_journal_synced(c->mqtt, &is_broken))) {
        xh_buf_add_str(&c->out, bytes);
        xh__mqtt_conn_dirty(c);
        return;
    }
    struct xh__mqtt_deferred *d = xh_alloc(sizeof *d + bytes.len);
    d->ticket = ticket;
    d->len = bytes.len;
    memcpy(d->bytes, bytes.ptr, bytes.len);
    if (c->deferred == NULL) {
        c->deferred = d;
    } else {
        c->deferred_last->next = d;
    }
    c->deferred_last = d;
}

void xh__mqtt_conn_synced(struct xh__mqtt_conn *c, uint64_t ticket)
{
    while (c->deferred != NULL && c->deferred->ticket <= ticket) {
        struct xh__mqtt_deferred *d = c->deferred;
        c->deferred = d->next;
        if (c->state == XH__MQTT_UP) {
            xh_buf_add(&c->out, d->bytes, d->len);
            xh__mqtt_conn_dirty(c);
        }
        free(d);
    }
}
