/* mqtt.c: opening and closing; what other threads may call. */
#include "server/mqtt/mqtt_internal.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

void xh__mqtt_count(_Atomic uint64_t *counter, int64_t by)
{
    atomic_fetch_add_explicit(counter, (uint64_t)by, memory_order_relaxed);
}

void xh__mqtt_wake(struct xh_mqtt *mqtt)
{
    const uint64_t one = 1;
    if (!atomic_exchange(&mqtt->is_awake, true)) {
        (void)!write(mqtt->wake_fd, &one, sizeof one);
    }
}

/* ---- opening ---- */

static void options_complete(struct xh_mqtt_options *o)
{
    o->clients_max = o->clients_max != 0 ? o->clients_max : 12000;
    o->packet_bytes_max = o->packet_bytes_max != 0 ? o->packet_bytes_max : 1u << 20;
    o->queue_messages_max = o->queue_messages_max != 0 ? o->queue_messages_max : 1000;
    o->queue_bytes_max = o->queue_bytes_max != 0 ? o->queue_bytes_max : 256u << 20;
    o->inflight_max = o->inflight_max != 0 ? o->inflight_max : 256;
    o->inflight_max = o->inflight_max < UINT16_MAX ? o->inflight_max : UINT16_MAX;
    o->retained_max = o->retained_max != 0 ? o->retained_max : 100000;
}

static struct xh_mqtt *make(const struct xh_mqtt_options *options)
{
    struct xh_mqtt *mqtt = xh_alloc(sizeof *mqtt);
    mqtt->options = *options;
    options_complete(&mqtt->options);
    mqtt->env = options->env;
    mqtt->log = options->log;
    mqtt->address = strdup(options->address != NULL ? options->address : "127.0.0.1");
    mqtt->store_path = options->store_path != NULL ? strdup(options->store_path) : NULL;
    mqtt->epoll_fd = mqtt->wake_fd = -1;
    for (size_t i = 0; i < XH__MQTT_DOORS; i++) {
        mqtt->listeners[i] = -1;
    }
    uint64_t hash_key;
    xh_env_random(mqtt->env, &hash_key, sizeof hash_key);
    mqtt->sessions = xh_map_create(hash_key);
    mqtt->nodes = xh_map_create(hash_key + 1);
    mqtt->scratch = xh_alloc(XH__MQTT_READ_BYTES);
    mqtt->started_us = mqtt->ticked_us = xh_env_monotonic_us(mqtt->env);
    xh__mqtt_tree_create(mqtt);
    (void)pthread_mutex_init(&mqtt->lock, NULL);
    (void)pthread_cond_init(&mqtt->all_done, NULL);
    return mqtt;
}

static int open_epoll(struct xh_mqtt *mqtt, struct xh_err *err)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &mqtt->wake_fd};
    mqtt->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    mqtt->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (mqtt->epoll_fd < 0 || mqtt->wake_fd < 0 ||
        epoll_ctl(mqtt->epoll_fd, EPOLL_CTL_ADD, mqtt->wake_fd, &event) != 0) {
        return xh_err_set(err, XH_E_IO, "cannot wait for sockets");
    }
    return XH_E_OK;
}

static int listen_all(struct xh_mqtt *mqtt, struct xh_err *err)
{
    const struct xh_mqtt_options *o = &mqtt->options;
    const int ports[XH__MQTT_DOORS] = {o->port, o->tls_port, o->ws_port};
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < XH__MQTT_DOORS; i++) {
        if (ports[i] >= 0) {
            code = xh__mqtt_listen(mqtt, (enum xh__mqtt_door)i, ports[i], err);
        }
    }
    return code;
}

/* Signals are for the program's own threads. */
static int start_thread(struct xh_mqtt *mqtt, struct xh_err *err)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&mqtt->thread, NULL, xh__mqtt_run, mqtt);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    mqtt->is_running = failed == 0;
    return failed == 0 ? XH_E_OK : xh_err_set(err, XH_E_IO, "cannot start the thread of MQTT");
}

int xh_mqtt_open(const struct xh_mqtt_options *options, struct xh_mqtt **ret, struct xh_err *err)
{
    xh_assert(options->env != NULL && options->owner.login != NULL &&
              options->owner.publish != NULL && options->owner.subscribe != NULL);
    struct xh_mqtt *mqtt = make(options);
    int code = open_epoll(mqtt, err);
    if (code >= 0 && options->tls_port >= 0) {
        code = xh__mqtt_tls_open(mqtt, err);
    }
    code = code < 0 ? code : xh__mqtt_journal_open(mqtt, err);
    code = code < 0 ? code : listen_all(mqtt, err);
    code = code < 0 ? code : start_thread(mqtt, err);
    if (code < 0) {
        xh_mqtt_close(mqtt);
        return code;
    }
    *ret = mqtt;
    return XH_E_OK;
}

uint16_t xh_mqtt_port(const struct xh_mqtt *mqtt)
{
    return mqtt->ports[XH__MQTT_TCP];
}

uint16_t xh_mqtt_tls_port(const struct xh_mqtt *mqtt)
{
    return mqtt->ports[XH__MQTT_TLS];
}

uint16_t xh_mqtt_ws_port(const struct xh_mqtt *mqtt)
{
    return mqtt->ports[XH__MQTT_WS];
}

/* ---- closing ---- */

/* The thread is gone: what it would have taken is freed. The owner still has messages: they are
 * waited for. */
static void drain(struct xh_mqtt *mqtt)
{
    (void)pthread_mutex_lock(&mqtt->lock);
    while (mqtt->messages_open > 0) {
        (void)pthread_cond_wait(&mqtt->all_done, &mqtt->lock);
    }
    (void)pthread_mutex_unlock(&mqtt->lock);
    while (mqtt->done_first != NULL) {
        struct xh_mqtt_message *message = mqtt->done_first;
        mqtt->done_first = message->next_done;
        xh__mqtt_body_drop(message->body);
        free(message->why);
        free(message);
    }
    while (mqtt->order_first != NULL) {
        struct xh__mqtt_order *order = mqtt->order_first;
        mqtt->order_first = order->next;
        xh__mqtt_body_drop(order->body);
        free(order);
    }
}

static void forget_sessions(struct xh_mqtt *mqtt)
{
    size_t cursor = 0;
    struct xh_str key;
    void *value;
    mqtt->is_quiet = true;
    while (cursor = 0, xh_map_next(mqtt->sessions, &cursor, &key, &value)) {
        xh__mqtt_session_destroy(mqtt, value);
    }
}

void xh_mqtt_close(struct xh_mqtt *mqtt)
{
    if (mqtt == NULL) {
        return;
    }
    if (mqtt->is_running) {
        (void)pthread_mutex_lock(&mqtt->lock);
        mqtt->is_stopping = true;
        (void)pthread_mutex_unlock(&mqtt->lock);
        xh__mqtt_wake(mqtt);
        (void)pthread_join(mqtt->thread, NULL);
    }
    xh__mqtt_journal_close(mqtt);
    forget_sessions(mqtt);
    drain(mqtt);
    xh__mqtt_tree_destroy(mqtt);
    xh_map_destroy(mqtt->sessions);
    xh_map_destroy(mqtt->nodes);
    xh__mqtt_tls_close(mqtt);
    for (size_t i = 0; i < XH__MQTT_DOORS; i++) {
        if (mqtt->listeners[i] >= 0) {
            (void)close(mqtt->listeners[i]);
        }
    }
    if (mqtt->epoll_fd >= 0) {
        (void)close(mqtt->epoll_fd);
    }
    if (mqtt->wake_fd >= 0) {
        (void)close(mqtt->wake_fd);
    }
    xh_buf_finish(&mqtt->properties);
    xh_buf_finish(&mqtt->packet);
    xh_buf_finish(&mqtt->key);
    free(mqtt->matches);
    free(mqtt->match_ids);
    free(mqtt->scratch);
    free(mqtt->address);
    free(mqtt->store_path);
    (void)pthread_cond_destroy(&mqtt->all_done);
    (void)pthread_mutex_destroy(&mqtt->lock);
    free(mqtt);
}

/* ---- a message ---- */

struct xh_str xh_mqtt_message_topic(const struct xh_mqtt_message *message)
{
    return message->body->topic;
}

struct xh_str xh_mqtt_message_payload(const struct xh_mqtt_message *message)
{
    return message->body->payload;
}

const struct xh_who *xh_mqtt_message_who(const struct xh_mqtt_message *message)
{
    return message->who;
}

void xh_mqtt_message_done(struct xh_mqtt_message *message, int status, bool is_forwarded,
                          const struct xh_err *err)
{
    struct xh_mqtt *mqtt = message->mqtt;
    message->status = status < 0 ? status : XH_E_OK;
    message->is_forwarded = is_forwarded;
    message->why = status < 0 && err != NULL ? strdup(err->text) : NULL;
    message->next_done = NULL;
    (void)pthread_mutex_lock(&mqtt->lock);
    if (mqtt->done_first == NULL) {
        mqtt->done_first = message;
    } else {
        mqtt->done_last->next_done = message;
    }
    mqtt->done_last = message;
    mqtt->messages_open--;
    xh__mqtt_wake(mqtt);
    if (mqtt->messages_open == 0) {
        (void)pthread_cond_signal(&mqtt->all_done);
    }
    (void)pthread_mutex_unlock(&mqtt->lock);
}

/* ---- orders ---- */

static int order(struct xh_mqtt *mqtt, struct xh__mqtt_body *body, const struct xh_who *who,
                 struct xh_err *err)
{
    struct xh__mqtt_order *order = xh_alloc(sizeof *order);
    size_t bytes = body != NULL ? sizeof *order + body->topic.len + body->payload.len : 0;
    order->body = body;
    order->who = who;
    (void)pthread_mutex_lock(&mqtt->lock);
    bool is_full = body != NULL &&
                   mqtt->order_bytes + bytes + atomic_load(&mqtt->counters.queued_bytes) >
                       mqtt->options.queue_bytes_max;
    if (!is_full) {
        if (mqtt->order_first == NULL) {
            mqtt->order_first = order;
        } else {
            mqtt->order_last->next = order;
        }
        mqtt->order_last = order;
        mqtt->order_bytes += bytes;
        xh__mqtt_wake(mqtt);
    }
    (void)pthread_mutex_unlock(&mqtt->lock);
    if (is_full) {
        xh__mqtt_body_drop(body);
        free(order);
        return xh_err_set(err, XH_E_BUSY, "the queues of messages are full");
    }
    return XH_E_OK;
}

int xh_mqtt_send(struct xh_mqtt *mqtt, struct xh_str topic, struct xh_str payload, int qos,
                 bool is_retained, struct xh_err *err)
{
    if (!xh__mqtt_topic_is_valid(topic)) {
        return xh_err_field(err, XH_E_INVALID, "topic", topic, "a name without + and #", NULL,
                            "the topic is no name");
    }
    if (topic.len + payload.len + 64 > mqtt->options.packet_bytes_max) {
        return xh_err_set(err, XH_E_TOO_LARGE, "the message is longer than a packet may be");
    }
    struct xh__mqtt_body *body = xh__mqtt_body_create(topic, payload, (struct xh_str){0});
    body->qos = (uint8_t)(qos < 0 ? 0 : qos > 2 ? 2 : qos);
    body->is_retained = is_retained;
    return order(mqtt, body, NULL, err);
}

void xh_mqtt_disconnect(struct xh_mqtt *mqtt, const struct xh_who *who)
{
    (void)order(mqtt, NULL, who, NULL);
}

void xh_mqtt_recheck(struct xh_mqtt *mqtt)
{
    (void)order(mqtt, NULL, NULL, NULL);
}

void xh_mqtt_get_stats(struct xh_mqtt *mqtt, struct xh_mqtt_stats *ret)
{
    struct xh__mqtt_counters *c = &mqtt->counters;
    *ret = (struct xh_mqtt_stats){
        .clients = atomic_load(&c->clients),
        .sessions = atomic_load(&c->sessions),
        .subscriptions = atomic_load(&c->subscriptions),
        .retained = atomic_load(&c->retained),
        .accepted = atomic_load(&c->accepted),
        .refused_logins = atomic_load(&c->refused_logins),
        .published = atomic_load(&c->published),
        .acknowledged = atomic_load(&c->acknowledged),
        .refused = atomic_load(&c->refused),
        .sent = atomic_load(&c->sent),
        .dropped = atomic_load(&c->dropped),
        .slow_disconnected = atomic_load(&c->slow_disconnected),
        .protocol_errors = atomic_load(&c->protocol_errors),
        .queued_messages = atomic_load(&c->queued_messages),
        .queued_bytes = atomic_load(&c->queued_bytes),
        .paused_clients = atomic_load(&c->paused_clients),
    };
}
