/* load_mqtt.c: simulated devices over MQTT 5: a connection for each device, all on one thread, by
 * libmosquitto without a loop of its own (docs/decisions/0015). A message counts as acknowledged
 * when its PUBACK says so; what was not, when a connection broke, libmosquitto sends again. */
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "app/load.h"

enum { IN_FLIGHT = 16, EVENTS = 256, WAIT_MS = 10, TIDY_EVERY_US = 1000000, KEEP_ALIVE_S = 60 };

struct flying {
    int mid;          /* 0: free */
    int64_t sent_us;
    struct xh_load_message message;
};

struct client {
    struct senders *all;
    struct xh_load_device *device;
    struct mosquitto *mosq;
    int fd;           /* in the epoll; -1: none */
    bool is_connected;
    unsigned in_flight;
    struct flying flying[IN_FLIGHT];
};

struct senders {
    struct xh_load *load;
    struct client *clients;
    int epoll;
    size_t refused_logins;
    int64_t begun_us, tidied_us;
};

/* ---- what libmosquitto tells ---- */

static void on_connect(struct mosquitto *mosq, void *arg, int reason, int flags,
                       const mosquitto_property *properties)
{
    struct client *client = arg;
    (void)mosq;
    (void)flags;
    (void)properties;
    client->is_connected = reason == 0;
    client->all->refused_logins += reason != 0;
}

static void on_disconnect(struct mosquitto *mosq, void *arg, int reason,
                          const mosquitto_property *properties)
{
    struct client *client = arg;
    (void)mosq;
    (void)reason;
    (void)properties;
    client->is_connected = false;
}

static void on_publish(struct mosquitto *mosq, void *arg, int mid, int reason,
                       const mosquitto_property *properties)
{
    struct client *client = arg;
    struct xh_load *load = client->all->load;
    (void)mosq;
    (void)properties;
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        struct flying *flying = &client->flying[i];
        if (flying->mid != mid) {
            continue;
        }
        bool is_taken = reason < 0x80;
        xh_load_took(&load->counts, xh_load_clock_us() - flying->sent_us);
        load->counts.acknowledged += is_taken;
        load->counts.refused += !is_taken;
        load->answered++;
        if (is_taken) {
            xh_load_acknowledged(load, client->device, &flying->message);
        }
        flying->mid = 0;
        client->in_flight--;
        return;
    }
}

/* ---- sockets ---- */

/* Follows the client's socket, which changes when it connects again. */
static void watch(struct client *client)
{
    int fd = mosquitto_socket(client->mosq);
    bool wants_write = fd >= 0 && mosquitto_want_write(client->mosq);
    struct epoll_event event = {
        .events = EPOLLIN | (wants_write ? (uint32_t)EPOLLOUT : 0),
        .data.ptr = client,
    };
    if (fd != client->fd && client->fd >= 0) {
        (void)epoll_ctl(client->all->epoll, EPOLL_CTL_DEL, client->fd, NULL);
    }
    if (fd >= 0 && epoll_ctl(client->all->epoll, EPOLL_CTL_MOD, fd, &event) != 0) {
        (void)epoll_ctl(client->all->epoll, EPOLL_CTL_ADD, fd, &event);
    }
    client->fd = fd;
}

static int client_open(struct senders *all, size_t at, struct xh_err *err)
{
    struct xh_load *load = all->load;
    struct client *client = &all->clients[at];
    struct xh_load_device *device = &load->devices[at];
    *client = (struct client){.all = all, .device = device, .fd = -1};
    client->mosq = mosquitto_new(device->series, true, client);
    if (client->mosq == NULL) {
        return xh_err_set(err, XH_E_INTERNAL, "out of memory");
    }
    (void)mosquitto_int_option(client->mosq, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
    (void)mosquitto_username_pw_set(client->mosq, device->series, device->key);
    mosquitto_connect_v5_callback_set(client->mosq, on_connect);
    mosquitto_disconnect_v5_callback_set(client->mosq, on_disconnect);
    mosquitto_publish_v5_callback_set(client->mosq, on_publish);
    int code = mosquitto_connect(client->mosq, load->host, load->port, KEEP_ALIVE_S);
    if (code != MOSQ_ERR_SUCCESS) {
        return xh_err_set(err, XH_E_IO, "device %zu cannot connect to %s:%d: %s", at + 1,
                          load->host, load->port, mosquitto_strerror(code));
    }
    watch(client);
    return 0;
}

/* ---- sending ---- */

static bool publish(struct client *client, const struct xh_load_message *message)
{
    struct xh_load *load = client->all->load;
    struct flying *flying = client->flying;
    char topic[80], body[160], at[XH_TIME_TEXT_BYTES], value[32];
    while (flying->mid != 0) {
        flying++; /* in_flight < IN_FLIGHT: one is free */
    }
    (void)xh_time_print(message->at_us, at);
    (void)xh_load_value(message, value);
    (void)snprintf(topic, sizeof topic, "v1.1/Datastreams(%lld)/Observations",
                   (long long)client->device->series_id);
    int len = snprintf(body, sizeof body, "{\"phenomenonTime\":\"%s\",\"result\":%s}", at, value);
    struct flying sent = {.sent_us = xh_load_clock_us(), .message = *message};
    int mid = 0;
    /* A message of QoS 0 is told of before publish returns. */
    int code = mosquitto_publish(client->mosq, &mid, topic, len, body, load->qos, false);
    if (code != MOSQ_ERR_SUCCESS) {
        return false;
    }
    load->counts.sent++;
    if (load->qos == 0) {
        load->counts.acknowledged++;
        load->answered++;
        xh_load_acknowledged(load, client->device, message);
        return true;
    }
    sent.mid = mid;
    *flying = sent;
    client->in_flight++;
    return true;
}

/* What this device may send now. True: it has nothing left, and nothing on its way. */
static bool client_feed(struct client *client)
{
    struct senders *all = client->all;
    struct xh_load *load = all->load;
    struct xh_load_device *device = client->device;
    size_t at = (size_t)(device - load->devices);
    while (client->is_connected && client->in_flight + 1 < IN_FLIGHT && device->next < load->each) {
        uint64_t n = device->next * load->count + at;
        if (all->begun_us + xh_load_due_us(load, n) > xh_load_clock_us()) {
            break;
        }
        struct xh_load_message message = xh_load_message(load, device, device->next);
        if (!publish(client, &message)) {
            break;
        }
        if (message.is_twice) {
            (void)publish(client, &message);
        }
        device->next++;
    }
    return device->next >= load->each && client->in_flight == 0;
}

static void events_take(struct senders *all)
{
    struct epoll_event events[EVENTS];
    int count = epoll_wait(all->epoll, events, EVENTS, WAIT_MS);
    for (int i = 0; i < count; i++) {
        struct client *client = events[i].data.ptr;
        if ((events[i].events & ~(uint32_t)EPOLLOUT) != 0) {
            (void)mosquitto_loop_read(client->mosq, 1);
        }
        if ((events[i].events & EPOLLOUT) != 0) {
            (void)mosquitto_loop_write(client->mosq, 1);
        }
        (void)client_feed(client);
        watch(client);
    }
}

/* Once a second: keep-alives, connections that broke, and those whose turn came meanwhile. */
static bool tidy(struct senders *all)
{
    bool is_done = true;
    bool is_due = xh_load_clock_us() - all->tidied_us > TIDY_EVERY_US;
    for (size_t i = 0; i < all->load->count; i++) {
        struct client *client = &all->clients[i];
        is_done = client_feed(client) && is_done;
        if (is_due && mosquitto_loop_misc(client->mosq) != MOSQ_ERR_SUCCESS) {
            (void)mosquitto_reconnect(client->mosq);
        }
        watch(client);
    }
    all->tidied_us = is_due ? xh_load_clock_us() : all->tidied_us;
    return is_done;
}

static int run(struct senders *all, struct xh_err *err)
{
    bool is_done = false;
    all->begun_us = all->tidied_us = xh_load_clock_us();
    while (!is_done && !xh_load_is_over(all->load)) {
        events_take(all);
        is_done = tidy(all);
        if (all->refused_logins > 0) {
            return xh_err_set(err, XH_E_UNAUTHENTICATED, "the server refused %zu devices",
                              all->refused_logins);
        }
    }
    for (size_t i = 0; i < all->load->count; i++) {
        all->load->counts.failed += all->clients[i].in_flight;
    }
    return 0;
}

int xh_load_mqtt(struct xh_load *load, struct xh_err *err)
{
    struct senders all = {.load = load, .epoll = epoll_create1(EPOLL_CLOEXEC)};
    size_t opened = 0;
    int code = 0;
    (void)mosquitto_lib_init();
    all.clients = xh_alloc(load->count * sizeof *all.clients);
    while (code == 0 && opened < load->count) {
        code = client_open(&all, opened, err);
        opened += all.clients[opened].mosq != NULL;
        if (code < 0) {
            break;
        }
    }
    code = code < 0 ? code : run(&all, err);
    for (size_t i = 0; i < opened; i++) {
        (void)mosquitto_disconnect(all.clients[i].mosq);
        mosquitto_destroy(all.clients[i].mosq);
    }
    free(all.clients);
    (void)close(all.epoll);
    (void)mosquitto_lib_cleanup();
    return code;
}
