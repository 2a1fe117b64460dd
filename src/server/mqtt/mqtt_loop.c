/* mqtt_loop.c: the thread: sockets that are ready, what other threads left, the clock. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "server/mqtt/mqtt_internal.h"

enum { EVENTS = 256, TICK_MS = 500, FAREWELL_MS = 1000 };

/* ---- what other threads left ---- */

static void disconnect_who(struct xh_mqtt *mqtt, const struct xh_who *who)
{
    size_t cursor = 0;
    struct xh_str key;
    void *value;
    while (xh_map_next(mqtt->sessions, &cursor, &key, &value)) {
        struct xh__mqtt_session *session = value;
        if (!xh_str_is(session->who_name, who->name)) {
            continue;
        }
        session->expiry_s = 0;
        if (session->conn != NULL) {
            xh__mqtt_conn_end(session->conn, XH__MQTT_ADMIN, "its key was revoked");
        } else {
            session->expires_us = 1; /* the next tick ends it */
            continue;
        }
        cursor = 0; /* the table may have changed */
    }
}

static void recheck(struct xh_mqtt *mqtt)
{
    size_t cursor = 0;
    struct xh_str key;
    void *value;
    while (xh_map_next(mqtt->sessions, &cursor, &key, &value)) {
        struct xh__mqtt_session *session = value;
        if (session->who != NULL) {
            xh__mqtt_resubscribe(mqtt, session);
        }
    }
}

static void obey(struct xh_mqtt *mqtt, struct xh__mqtt_order *order)
{
    while (order != NULL) {
        struct xh__mqtt_order *next = order->next;
        if (order->body != NULL) {
            (void)xh__mqtt_hand_out(mqtt, order->body, NULL);
            xh__mqtt_body_drop(order->body);
        } else if (order->who != NULL) {
            disconnect_who(mqtt, order->who);
        } else {
            recheck(mqtt);
        }
        free(order);
        order = next;
    }
}

static void take_left(struct xh_mqtt *mqtt)
{
    uint64_t ignored;
    bool is_broken = false;
    (void)!read(mqtt->wake_fd, &ignored, sizeof ignored);
    atomic_store(&mqtt->is_awake, false);
    (void)pthread_mutex_lock(&mqtt->lock);
    struct xh_mqtt_message *done = mqtt->done_first;
    struct xh__mqtt_order *orders = mqtt->order_first;
    mqtt->done_first = mqtt->done_last = NULL;
    mqtt->order_first = mqtt->order_last = NULL;
    mqtt->order_bytes = 0;
    (void)pthread_mutex_unlock(&mqtt->lock);
    while (done != NULL) {
        struct xh_mqtt_message *next = done->next_done;
        xh__mqtt_done(mqtt, done);
        done = next;
    }
    obey(mqtt, orders);
    uint64_t synced = xh__mqtt_journal_synced(mqtt, &is_broken);
    for (struct xh__mqtt_conn *c = mqtt->journal != NULL ? mqtt->conns : NULL; c != NULL;) {
        struct xh__mqtt_conn *next = c->next;
        if (c->deferred != NULL && is_broken) {
            xh__mqtt_conn_end(c, XH__MQTT_UNSPECIFIED, "the server's disk failed");
        } else if (c->deferred != NULL) {
            xh__mqtt_conn_synced(c, synced);
        }
        c = next;
    }
}

/* ---- the clock ---- */

static void check_conn(struct xh__mqtt_conn *c, int64_t now_us)
{
    const int64_t second = 1000000;
    if (c->state == XH__MQTT_SHAKING || c->state == XH__MQTT_GREETING) {
        if (now_us - c->opened_us > XH__MQTT_CONNECT_TIMEOUT_S * second) {
            xh__mqtt_conn_drop(c);
        }
    } else if (c->state == XH__MQTT_LEAVING) {
        if (now_us - c->heard_us > 2 * second) {
            xh__mqtt_conn_drop(c);
        }
    } else if (c->keep_alive_s > 0 && !c->is_paused &&
               now_us - c->heard_us > c->keep_alive_s * second * 3 / 2) {
        xh__mqtt_conn_end(c, XH__MQTT_KEEP_ALIVE,
                          "nothing was heard in one and a half times the "
                          "keep alive"); /* 3.1.2.10 */
    }
}

static void check_sessions(struct xh_mqtt *mqtt)
{
    size_t cursor = 0;
    struct xh_str key;
    void *value;
    int64_t now_us = xh_env_now_us(mqtt->env);
    while (xh_map_next(mqtt->sessions, &cursor, &key, &value)) {
        struct xh__mqtt_session *s = value;
        if (s->will.body != NULL && s->will.at_us != 0 && s->will.at_us <= now_us) {
            xh__mqtt_will_send(mqtt, s);
        }
        if (s->conn == NULL && s->expires_us != 0 && s->expires_us <= now_us) {
            xh__mqtt_session_destroy(mqtt, s);
            cursor = 0; /* the table has changed */
        }
    }
}

static void say(struct xh_mqtt *mqtt, const char *topic, uint64_t value)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    struct xh__mqtt_body *body = xh__mqtt_body_create(xh_str_from(topic), xh_str_from(text),
                                                      (struct xh_str){0});
    body->is_retained = true;
    (void)xh__mqtt_hand_out(mqtt, body, NULL);
    xh__mqtt_body_drop(body);
}

static void say_sys(struct xh_mqtt *mqtt, int64_t now_us)
{
    struct xh__mqtt_counters *c = &mqtt->counters;
    say(mqtt, "$SYS/broker/uptime", (uint64_t)((now_us - mqtt->started_us) / 1000000));
    say(mqtt, "$SYS/broker/clients/connected", atomic_load(&c->clients));
    say(mqtt, "$SYS/broker/messages/received", atomic_load(&c->published));
    say(mqtt, "$SYS/broker/messages/sent", atomic_load(&c->sent));
    say(mqtt, "$SYS/broker/messages/dropped", atomic_load(&c->dropped));
    say(mqtt, "$SYS/broker/subscriptions/count", atomic_load(&c->subscriptions));
}

static void tick(struct xh_mqtt *mqtt)
{
    int64_t now_us = xh_env_monotonic_us(mqtt->env);
    if (now_us - mqtt->ticked_us < TICK_MS * 1000) {
        return;
    }
    mqtt->ticked_us = now_us;
    for (struct xh__mqtt_conn *c = mqtt->conns; c != NULL;) {
        struct xh__mqtt_conn *next = c->next;
        check_conn(c, now_us);
        c = next;
    }
    check_sessions(mqtt);
    xh__mqtt_journal_tick(mqtt);
    if (mqtt->sys_us == 0 || now_us - mqtt->sys_us > XH__MQTT_SYS_INTERVAL_S * 1000000LL) {
        mqtt->sys_us = now_us;
        say_sys(mqtt, now_us);
    }
}

/* ---- the thread ---- */

static void flush_all(struct xh_mqtt *mqtt)
{
    while (mqtt->dirty != NULL) {
        struct xh__mqtt_conn *conn = mqtt->dirty;
        mqtt->dirty = conn->next_dirty;
        conn->is_dirty = false;
        xh__mqtt_conn_flush(conn);
    }
    xh__mqtt_conn_bury(mqtt);
}

static void serve(struct xh_mqtt *mqtt, void *who, uint32_t events)
{
    for (size_t i = 0; i < XH__MQTT_DOORS; i++) {
        if (who == &mqtt->listeners[i]) {
            xh__mqtt_accept(mqtt, (enum xh__mqtt_door)i);
            return;
        }
    }
    if (who != &mqtt->wake_fd) {
        xh__mqtt_conn_ready(who, events);
    }
}

static bool round_of(struct xh_mqtt *mqtt, int timeout_ms)
{
    struct epoll_event events[EVENTS];
    int count = epoll_wait(mqtt->epoll_fd, events, EVENTS, timeout_ms);
    for (int i = 0; i < count; i++) {
        serve(mqtt, events[i].data.ptr, events[i].events);
    }
    take_left(mqtt);
    tick(mqtt);
    flush_all(mqtt);
    (void)pthread_mutex_lock(&mqtt->lock);
    bool is_stopping = mqtt->is_stopping;
    (void)pthread_mutex_unlock(&mqtt->lock);
    return !is_stopping;
}

static void farewell(struct xh_mqtt *mqtt)
{
    int64_t until_us = xh_env_monotonic_us(mqtt->env) + FAREWELL_MS * 1000LL;
    for (size_t i = 0; i < XH__MQTT_DOORS; i++) {
        if (mqtt->listeners[i] >= 0) {
            (void)epoll_ctl(mqtt->epoll_fd, EPOLL_CTL_DEL, mqtt->listeners[i], NULL);
        }
    }
    for (struct xh__mqtt_conn *c = mqtt->conns; c != NULL;) {
        struct xh__mqtt_conn *next = c->next;
        xh__mqtt_conn_end(c, XH__MQTT_SHUTTING_DOWN, "the server is being stopped");
        c = next;
    }
    flush_all(mqtt);
    while (mqtt->conns != NULL && xh_env_monotonic_us(mqtt->env) < until_us) {
        (void)round_of(mqtt, 20);
    }
    while (mqtt->conns != NULL) {
        xh__mqtt_conn_drop(mqtt->conns);
    }
    flush_all(mqtt);
}

void *xh__mqtt_run(void *arg)
{
    struct xh_mqtt *mqtt = arg;
    xh__mqtt_want_all(mqtt);
    while (round_of(mqtt, TICK_MS)) {
    }
    farewell(mqtt);
    return NULL;
}
