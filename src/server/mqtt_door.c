/* mqtt_door.c: who a client is, and the thread that takes what it sends. */
#include "server/mqtt_door.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/mapping.h"
#include "service/device_keys.h"
#include "service/device_state.h"
#include "service/device_tail.h"

/* A data array of thousands of rows is told to a subscriber at once: that is no reason to think
 * that it does not read. */
enum { QUEUE_MESSAGES_MAX = 10000 };

struct waiting {
    struct waiting *next;
    struct xh_mqtt_message *message;
};

struct xh__mqtt_door {
    struct xh_server *server;
    struct xh_mqtt *mqtt;
    struct xh__sta_intake *intake;
    struct xh__sta_feed *feed;
    char *store_path;
    pthread_t thread;
    bool is_running;
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct waiting *first, *last;
    bool is_stopping;
    _Atomic uint64_t waiting, unmatched;
};

/* ---- who ---- */

static bool is_loopback(const char *address)
{
    return address == NULL || strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

/* Without a password: who HTTP takes a request without a key for, on this machine, or wherever the
 * demonstration is shown. To nobody who is the public: there is nothing that the public could
 * do. */
static int login_without_key(const struct xh_server *server, const struct xh_mqtt_login *login,
                             const struct xh_who **ret_who, struct xh_err *err)
{
    const struct xh_server_options *o = &server->options;
    bool is_shown = o->is_demo && !is_loopback(o->address);
    if ((!login->is_local && !is_shown) || xh_str_is(server->identity, "public")) {
        return xh_err_set(err, XH_E_UNAUTHENTICATED, "a key is needed, as the password");
    }
    return xh_people_by_name(server->engine, server->identity, ret_who, err);
}

static int login(void *self, const struct xh_mqtt_login *login, const struct xh_who **ret_who,
                 struct xh_err *err)
{
    const struct xh__mqtt_door *door = self;
    if (login->has_password && login->password.len > 0) {
        return xh_people_by_key(door->server->engine, login->password, ret_who, err);
    }
    return login_without_key(door->server, login, ret_who, err);
}

/* ---- what may be subscribed to ---- */

enum { SEES_ALL = XH_ROLE_STAFF | XH_ROLE_AUDITOR };

static int subscribe(void *self, const struct xh_who *who, struct xh_str filter, struct xh_err *err)
{
    const struct xh__mqtt_door *door = self;
    bool is_1_0;
    struct xh_str rest;
    bool is_wide = xh_str_find_char(filter, '#') >= 0 || xh_str_find_char(filter, '+') >= 0;
    if (!is_wide && xh__sta_topic_is(filter, &is_1_0, &rest)) {
        return xh__sta_feed_check(door->server, who, filter, err);
    }
    if ((who->roles & (unsigned)SEES_ALL) != 0) {
        return XH_E_OK;
    }
    return xh_err_set(err, XH_E_FORBIDDEN, "only an office may listen to \"%.*s\"",
                      XH_STR_ARG(xh_str_sub(filter, 0, 80)));
}

static void wanted(void *self, struct xh_str filter, bool is_wanted)
{
    struct xh__mqtt_door *door = self;
    bool is_1_0;
    struct xh_str rest;
    if (xh__sta_topic_is(filter, &is_1_0, &rest)) {
        xh__sta_feed_wanted(door->feed, filter, is_wanted);
    }
}

/* ---- messages ---- */

static void publish(void *self, struct xh_mqtt_message *message)
{
    struct xh__mqtt_door *door = self;
    struct waiting *w = xh_alloc(sizeof *w);
    w->message = message;
    atomic_fetch_add(&door->waiting, 1);
    (void)pthread_mutex_lock(&door->lock);
    if (door->first == NULL) {
        door->first = w;
        (void)pthread_cond_signal(&door->more);
    } else {
        door->last->next = w;
    }
    door->last = w;
    (void)pthread_mutex_unlock(&door->lock);
}

static void tell_watchers(struct xh_server *server, const struct xh_mqtt_message *message)
{
    const struct xh_who *who = xh_mqtt_message_who(message);
    if (who->device_id == 0 || !xh_device_is_watched(server->engine, who->device_id)) {
        return;
    }
    struct xh_buf source = {0};
    xh_buf_add_text(&source, "mqtt ");
    xh_buf_add_str(&source, xh_mqtt_message_topic(message));
    const struct xh_device_event event = {
        .kind = XH_DEVICE_MESSAGE,
        .device_id = who->device_id,
        .source = xh_buf_str(&source),
        .payload = xh_mqtt_message_payload(message),
    };
    xh_device_tell(server->engine, &event);
    xh_buf_finish(&source);
}

/* One message on its way through a mapping. */
struct mapped {
    struct xh_mqtt_message *message;
    struct xh_arena *arena;
    struct xh_ctx ctx;
};

static void mapped_done(void *arg, int status, const struct xh_mapping_outcome *outcome,
                        const struct xh_err *err)
{
    struct mapped *mapped = arg;
    struct xh_arena *arena = mapped->arena;
    (void)outcome;
    xh_mqtt_message_done(mapped->message, status, true, err);
    xh_arena_destroy(arena);
}

/* A topic that no rule takes is nothing wrong: it may be for other clients alone. */
static void take_mapped(struct xh__mqtt_door *door, struct xh_mqtt_message *message)
{
    struct xh_arena *arena = xh_arena_create("mqtt message");
    struct mapped *mapped = XH_NEW(arena, struct mapped);
    struct xh_err err = {0};
    *mapped = (struct mapped){.message = message, .arena = arena};
    xh_engine_ctx(door->server->engine, xh_mqtt_message_who(message), arena, &mapped->ctx);
    const struct xh_mapping_message m = {
        .topic = xh_mqtt_message_topic(message),
        .payload = xh_mqtt_message_payload(message),
        .arrival_us = mapped->ctx.now_us,
    };
    int code = xh__mapping_message(door->server, &mapped->ctx, &m, mapped_done, mapped, &err);
    if (code == XH_MAPPING_SENT) {
        return;
    }
    if (code == XH_MAPPING_UNMATCHED) {
        atomic_fetch_add(&door->unmatched, 1);
    }
    xh_mqtt_message_done(message, code < 0 ? code : XH_E_OK, code >= 0, &err);
    xh_arena_destroy(arena);
}

static void take(struct xh__mqtt_door *door, struct xh_mqtt_message *message)
{
    bool is_1_0;
    struct xh_str rest;
    const struct xh_who *who = xh_mqtt_message_who(message);
    xh_device_seen(door->server->engine, who->device_id, NULL); /* nothing where it is no device */
    tell_watchers(door->server, message);
    if (xh__sta_topic_is(xh_mqtt_message_topic(message), &is_1_0, &rest)) {
        xh__sta_intake_take(door->intake, message);
        return;
    }
    if (who->roles == XH_ROLE_PUBLIC) {
        struct xh_err err = {0};
        int code = xh_err_set(&err, XH_E_FORBIDDEN, "to send anything a key is needed");
        xh_mqtt_message_done(message, code, false, &err);
        return;
    }
    take_mapped(door, message);
}

/* What waits, all of it; NULL: it is to stop. */
static struct waiting *wait_for_more(struct xh__mqtt_door *door)
{
    (void)pthread_mutex_lock(&door->lock);
    while (door->first == NULL && !door->is_stopping) {
        (void)pthread_cond_wait(&door->more, &door->lock);
    }
    struct waiting *first = door->first;
    door->first = door->last = NULL;
    (void)pthread_mutex_unlock(&door->lock);
    return first;
}

static void *run(void *arg)
{
    struct xh__mqtt_door *door = arg;
    struct waiting *w;
    while ((w = wait_for_more(door)) != NULL) {
        while (w != NULL) {
            struct waiting *next = w->next;
            take(door, w->message);
            atomic_fetch_sub(&door->waiting, 1);
            free(w);
            w = next;
        }
        xh__sta_intake_flush(door->intake);
    }
    return NULL;
}

/* ---- opening and closing ---- */

static void revoked(void *arg, const struct xh_who *who)
{
    const struct xh__mqtt_door *door = arg;
    xh_mqtt_disconnect(door->mqtt, who);
}

static int open_mqtt(struct xh__mqtt_door *door, struct xh_err *err)
{
    const struct xh_server_options *o = &door->server->options;
    const struct xh_mqtt_options options = {
        .env = door->server->env,
        .log = xh_engine_log(door->server->engine),
        .address = o->address,
        .port = o->mqtt_port,
        .tls_port = o->mqtt_tls_port,
        .ws_port = o->mqtt_ws_port,
        .certificate = o->certificate,
        .key = o->key,
        .store_path = door->store_path,
        .queue_messages_max = QUEUE_MESSAGES_MAX,
        .owner = {door, login, publish, subscribe, wanted},
    };
    return xh_mqtt_open(&options, &door->mqtt, err);
}

static int start_thread(struct xh__mqtt_door *door, struct xh_err *err)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&door->thread, NULL, run, door);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    door->is_running = failed == 0;
    return failed == 0 ? XH_E_OK : xh_err_set(err, XH_E_IO, "cannot start a thread for MQTT");
}

/* The sockets first; then what came is finished, for the messages are the sockets' server's. */
static void door_destroy(struct xh__mqtt_door *door)
{
    if (door->mqtt != NULL) {
        xh_device_keys_unlisten(door->server->engine, revoked, door);
    }
    xh__sta_feed_stop(door->feed);
    xh_mqtt_close(door->mqtt);
    if (door->is_running) {
        (void)pthread_mutex_lock(&door->lock);
        door->is_stopping = true;
        (void)pthread_cond_signal(&door->more);
        (void)pthread_mutex_unlock(&door->lock);
        (void)pthread_join(door->thread, NULL);
    }
    xh__sta_feed_destroy(door->feed);
    xh__sta_intake_destroy(door->intake);
    (void)pthread_cond_destroy(&door->more);
    (void)pthread_mutex_destroy(&door->lock);
    free(door->store_path);
    free(door);
}

/* HTTP asks for the door's numbers while it opens and closes: they see it whole, or not. */
static struct xh__mqtt_door *door_exchange(struct xh_server *server, struct xh__mqtt_door *door)
{
    (void)pthread_mutex_lock(&server->lock);
    struct xh__mqtt_door *before = server->mqtt;
    server->mqtt = door;
    (void)pthread_mutex_unlock(&server->lock);
    return before;
}

int xh__mqtt_door_open(struct xh_server *server, struct xh_err *err)
{
    const char *dir = xh_engine_dir(server->engine);
    if (!server->options.has_mqtt) {
        return XH_E_OK;
    }
    struct xh__mqtt_door *door = xh_alloc(sizeof *door);
    size_t path_bytes = strlen(dir) + sizeof "/mqtt.journal";
    door->server = server;
    door->store_path = xh_alloc(path_bytes);
    (void)snprintf(door->store_path, path_bytes, "%s/mqtt.journal", dir);
    (void)pthread_mutex_init(&door->lock, NULL);
    (void)pthread_cond_init(&door->more, NULL);
    door->intake = xh__sta_intake_create(server);
    door->feed = xh__sta_feed_create(server);
    int code = start_thread(door, err);
    code = code < 0 ? code : open_mqtt(door, err);
    code = code < 0 ? code : xh__sta_feed_start(door->feed, door->mqtt, err);
    if (code < 0) {
        door_destroy(door);
        return code;
    }
    xh_device_keys_listen(server->engine, revoked, door);
    (void)door_exchange(server, door);
    return XH_E_OK;
}

void xh__mqtt_door_close(struct xh_server *server)
{
    struct xh__mqtt_door *door = door_exchange(server, NULL);
    if (door != NULL) {
        door_destroy(door);
    }
}

/* ---- what others ask ---- */

bool xh__mqtt_door_get_stats(struct xh_server *server, struct xh__mqtt_door_stats *ret)
{
    (void)pthread_mutex_lock(&server->lock);
    const struct xh__mqtt_door *door = server->mqtt;
    if (door != NULL) {
        xh_mqtt_get_stats(door->mqtt, &ret->mqtt);
        ret->waiting = atomic_load(&door->waiting);
        ret->unmatched = atomic_load(&door->unmatched);
        ret->feed_dropped = xh__sta_feed_dropped(door->feed);
    }
    (void)pthread_mutex_unlock(&server->lock);
    return door != NULL;
}

uint16_t xh_server_mqtt_port(const struct xh_server *server)
{
    return server->mqtt != NULL ? xh_mqtt_port(server->mqtt->mqtt) : 0;
}

uint16_t xh_server_mqtt_tls_port(const struct xh_server *server)
{
    return server->mqtt != NULL ? xh_mqtt_tls_port(server->mqtt->mqtt) : 0;
}

uint16_t xh_server_mqtt_ws_port(const struct xh_server *server)
{
    return server->mqtt != NULL ? xh_mqtt_ws_port(server->mqtt->mqtt) : 0;
}
