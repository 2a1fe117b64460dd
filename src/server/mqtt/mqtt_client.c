/* mqtt_client.c: one connection to each broker that stays. */
#include "server/mqtt/mqtt_client.h"

#include <mosquitto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/mapping.h"
#include "service/change.h"
#include "service/records.h"

enum {
    KEEPALIVE_S = 30,
    LOOP_MS = 200,
    DELAY_MAX_S = 60,
    TRY_AGAIN_S = 1,
    SECRET_BYTES_MAX = 4096
};

/* What a record says; texts live in its arena. */
struct config {
    int64_t id, version;
    struct xh_str code, host, client_id, user, secret, ca_file;
    int port;
    bool is_tls;
    struct xh_str *topics;
    size_t topic_count;
};

struct client {
    struct xh_server *server;
    struct xh_arena *arena;
    struct config config;
    struct mosquitto *mosq;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock;      /* guards what follows */
    pthread_cond_t changed;
    size_t inflight;
    bool is_connected, was_connected, is_stopping;
    uint64_t received;
    char error[256];
};

struct brokers {
    struct xh_server *server;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock;      /* guards what follows */
    pthread_cond_t wake;
    bool is_stopping, is_stale;
    struct client *clients[XH__BROKERS_MAX];
    size_t count;
};

/* ---- messages ---- */

struct fetched {
    struct client *client;
    struct xh_arena *arena;
    struct xh_ctx ctx;
    struct xh_mapping_message message; /* in the arena: kept to be tried again */
};

static void note_error(struct client *client, const char *text)
{
    (void)pthread_mutex_lock(&client->lock);
    (void)snprintf(client->error, sizeof client->error, "%s", text);
    (void)pthread_mutex_unlock(&client->lock);
}

/* Does sending again help? */
static bool is_passing(int code)
{
    return xh_err_is_retryable(code) || code == XH_E_IO;
}

static void fetched_end(struct fetched *fetched)
{
    struct client *client = fetched->client;
    xh_arena_destroy(fetched->arena);
    (void)pthread_mutex_lock(&client->lock);
    client->inflight--;
    (void)pthread_cond_broadcast(&client->changed);
    (void)pthread_mutex_unlock(&client->lock);
}

static bool is_stopping(struct client *client)
{
    (void)pthread_mutex_lock(&client->lock);
    bool is = client->is_stopping;
    (void)pthread_mutex_unlock(&client->lock);
    return is;
}

static struct fetched *fetched_make(struct client *client, struct xh_str topic,
                                    struct xh_str payload)
{
    struct xh_arena *arena = xh_arena_create("message");
    struct fetched *fetched = XH_NEW(arena, struct fetched);
    fetched->client = client;
    fetched->arena = arena;
    xh_engine_ctx(client->server->engine, &xh_who_engine, arena, &fetched->ctx);
    fetched->message = (struct xh_mapping_message){
        .topic = xh_arena_str(arena, topic),
        .payload = xh_arena_str(arena, payload),
        .arrival_us = fetched->ctx.now_us,
    };
    return fetched;
}

/* Waits a moment; false: the client is to stop. */
static bool wait_a_moment(struct client *client, unsigned seconds)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += seconds;
    (void)pthread_mutex_lock(&client->lock);
    while (!client->is_stopping &&
           pthread_cond_timedwait(&client->changed, &client->lock, &until) == 0) {
    }
    bool goes_on = !client->is_stopping;
    (void)pthread_mutex_unlock(&client->lock);
    return goes_on;
}

struct told {
    struct client *client;
    bool is_over;
    int status;
};

static void told_done(void *arg, int status, const struct xh_mapping_outcome *outcome,
                      const struct xh_err *err)
{
    struct told *told = arg;
    struct client *client = told->client;
    (void)outcome;
    (void)err;
    (void)pthread_mutex_lock(&client->lock);
    told->status = status;
    told->is_over = true;
    (void)pthread_cond_broadcast(&client->changed);
    (void)pthread_mutex_unlock(&client->lock);
}

/* Once more, and waits for it: nothing else of this broker goes before. */
static int try_again(struct client *client, const struct xh_mapping_message *message)
{
    struct told told = {.client = client};
    struct fetched *fetched = fetched_make(client, message->topic, message->payload);
    struct xh_err err = {0};
    fetched->message.arrival_us = message->arrival_us;
    int code = xh__mapping_message(client->server, &fetched->ctx, &fetched->message, told_done,
                                   &told, &err);
    if (code == XH_MAPPING_SENT) {
        (void)pthread_mutex_lock(&client->lock);
        while (!told.is_over) {
            (void)pthread_cond_wait(&client->changed, &client->lock);
        }
        code = told.status;
        (void)pthread_mutex_unlock(&client->lock);
    }
    xh_arena_destroy(fetched->arena);
    return code;
}

/* Until it is written, is refused for good, or the client stops. */
static void insist(struct client *client, struct fetched *fetched, const char *why)
{
    note_error(client, why);
    while (wait_a_moment(client, TRY_AGAIN_S)) {
        int code = try_again(client, &fetched->message);
        if (!is_passing(code)) {
            note_error(client, "");
            break;
        }
    }
    fetched_end(fetched);
}

/* The committer's thread must not wait. */
static void *insist_thread(void *arg)
{
    struct fetched *fetched = arg;
    insist(fetched->client, fetched, "the readings could not be written and are tried again");
    return NULL;
}

static void sent(void *arg, int status, const struct xh_mapping_outcome *outcome,
                 const struct xh_err *err)
{
    struct fetched *fetched = arg;
    pthread_t thread;
    (void)outcome;
    if (!is_passing(status)) {
        if (status < 0 && err != NULL) {
            note_error(fetched->client, err->text);
        }
        fetched_end(fetched);
        return;
    }
    /* It stays among those on their way, of which there may be few: so more are not taken. */
    if (pthread_create(&thread, NULL, insist_thread, fetched) == 0) {
        (void)pthread_detach(thread);
    } else {
        fetched_end(fetched);
    }
}

/* On the connection's thread, which may wait: the broker waits then too. */
static void on_message(struct mosquitto *mosq, void *arg, const struct mosquitto_message *message)
{
    struct client *client = arg;
    struct xh_err err = {0};
    (void)mosq;
    (void)pthread_mutex_lock(&client->lock);
    while (client->inflight >= XH__BROKER_INFLIGHT && !client->is_stopping) {
        (void)pthread_cond_wait(&client->changed, &client->lock);
    }
    client->inflight++; /* also while it stops: the broker was told already */
    client->received++;
    (void)pthread_mutex_unlock(&client->lock);
    struct xh_str payload = {message->payload, (size_t)message->payloadlen};
    struct fetched *fetched = fetched_make(client, xh_str_from(message->topic), payload);
    int code = xh__mapping_message(client->server, &fetched->ctx, &fetched->message, sent, fetched,
                                   &err);
    if (code < 0 && is_passing(code)) {
        insist(client, fetched, err.text);
    } else if (code != XH_MAPPING_SENT) {
        fetched_end(fetched);
    }
}

/* ---- the connection ---- */

static void on_connect(struct mosquitto *mosq, void *arg, int code)
{
    struct client *client = arg;
    (void)pthread_mutex_lock(&client->lock);
    client->is_connected = client->was_connected = code == 0;
    (void)snprintf(client->error, sizeof client->error, "%s",
                   code == 0 ? "" : mosquitto_connack_string(code));
    (void)pthread_mutex_unlock(&client->lock);
    for (size_t i = 0; code == 0 && i < client->config.topic_count; i++) {
        (void)mosquitto_subscribe(mosq, NULL, client->config.topics[i].ptr, 1);
    }
}

static void on_disconnect(struct mosquitto *mosq, void *arg, int code)
{
    struct client *client = arg;
    (void)mosq;
    (void)pthread_mutex_lock(&client->lock);
    client->is_connected = false;
    (void)snprintf(client->error, sizeof client->error, "%s",
                   code == 0 ? "" : mosquitto_strerror(code));
    (void)pthread_mutex_unlock(&client->lock);
}

static int connection_set(struct client *client)
{
    const struct config *config = &client->config;
    struct mosquitto *mosq = client->mosq;
    int code = MOSQ_ERR_SUCCESS;
    if (config->user.len > 0) {
        code = mosquitto_username_pw_set(mosq, config->user.ptr,
                                         config->secret.len > 0 ? config->secret.ptr : NULL);
    }
    if (code == MOSQ_ERR_SUCCESS && config->is_tls) {
        bool has_ca = config->ca_file.len > 0;
        code = mosquitto_tls_set(mosq, has_ca ? config->ca_file.ptr : NULL,
                                 has_ca ? NULL : "/etc/ssl/certs", NULL, NULL, NULL);
    }
    mosquitto_connect_callback_set(mosq, on_connect);
    mosquitto_disconnect_callback_set(mosq, on_disconnect);
    mosquitto_message_callback_set(mosq, on_message);
    return code;
}

/* Works off the connection until it is lost. The library's own thread would not do: it gives up a
 * broker that is not there when it starts. */
static void connection_work(struct client *client)
{
    const struct config *config = &client->config;
    int code = mosquitto_connect_async(client->mosq, config->host.ptr, config->port, KEEPALIVE_S);
    while (code == MOSQ_ERR_SUCCESS && !is_stopping(client)) {
        code = mosquitto_loop(client->mosq, LOOP_MS, 1);
    }
    if (code != MOSQ_ERR_SUCCESS) {
        note_error(client, mosquitto_strerror(code));
    }
}

static void *connection_thread(void *arg)
{
    struct client *client = arg;
    unsigned delay_s = 1;
    while (!is_stopping(client)) {
        (void)pthread_mutex_lock(&client->lock);
        client->was_connected = false;
        (void)pthread_mutex_unlock(&client->lock);
        connection_work(client);
        (void)pthread_mutex_lock(&client->lock);
        delay_s = client->was_connected ? 1 : delay_s;
        (void)pthread_mutex_unlock(&client->lock);
        (void)wait_a_moment(client, delay_s);
        delay_s = delay_s * 2 < DELAY_MAX_S ? delay_s * 2 : DELAY_MAX_S;
    }
    return NULL;
}

static void client_start(struct client *client)
{
    client->mosq = mosquitto_new(client->config.client_id.ptr, false, client);
    int code = client->mosq == NULL ? MOSQ_ERR_NOMEM : connection_set(client);
    if (code == MOSQ_ERR_SUCCESS) {
        client->has_thread = pthread_create(&client->thread, NULL, connection_thread, client) == 0;
    }
    if (!client->has_thread) {
        note_error(client, code != MOSQ_ERR_SUCCESS ? mosquitto_strerror(code)
                                                    : "there is no room for a thread");
    }
}

static void client_free(struct client *client)
{
    (void)pthread_mutex_destroy(&client->lock);
    (void)pthread_cond_destroy(&client->changed);
    xh_arena_destroy(client->arena);
    free(client);
}

static void client_stop(struct client *client)
{
    (void)pthread_mutex_lock(&client->lock);
    client->is_stopping = true;
    (void)pthread_cond_broadcast(&client->changed);
    (void)pthread_mutex_unlock(&client->lock);
    if (client->has_thread) {
        (void)pthread_join(client->thread, NULL);
        (void)mosquitto_disconnect(client->mosq);
    }
    if (client->mosq != NULL) {
        mosquitto_destroy(client->mosq);
    }
    (void)pthread_mutex_lock(&client->lock);
    while (client->inflight > 0) {
        (void)pthread_cond_wait(&client->changed, &client->lock);
    }
    (void)pthread_mutex_unlock(&client->lock);
    client_free(client);
}

/* ---- records ---- */

static struct client *client_make(struct xh_server *server)
{
    struct client *client = xh_alloc(sizeof *client);
    client->server = server;
    client->arena = xh_arena_create("connection");
    (void)pthread_mutex_init(&client->lock, NULL);
    (void)pthread_cond_init(&client->changed, NULL);
    return client;
}

/* The password stands in a file of the data folder, its end of line apart. */
static void secret_read(struct client *client, struct xh_str file)
{
    const struct xh_engine *engine = client->server->engine;
    struct xh_buf buf = {0};
    struct xh_err err = {0};
    if (file.len == 0) {
        return;
    }
    struct xh_str path = xh_arena_format(client->arena, "%s/%.*s", xh_engine_dir(engine),
                                         XH_STR_ARG(file));
    if (xh_file_read(xh_engine_env(engine), path.ptr, SECRET_BYTES_MAX, &buf, &err) < 0) {
        note_error(client, err.text);
    } else {
        client->config.secret = xh_arena_str(client->arena, xh_str_trim(xh_buf_str(&buf)));
    }
    xh_buf_finish(&buf);
}

static void config_read(struct client *client, const struct xh_record *record)
{
    struct xh_arena *arena = client->arena;
    const struct xh_doc *doc = record->doc;
    struct config *config = &client->config;
    config->id = record->id;
    config->version = record->version;
    config->code = xh_arena_str(arena, xh_doc_text(doc, "code"));
    config->host = xh_arena_str(arena, xh_doc_text(doc, "host"));
    config->client_id = xh_arena_str(arena, xh_doc_text(doc, "client_id"));
    if (config->client_id.len == 0) {
        config->client_id = xh_arena_format(arena, "xanh-%.*s", XH_STR_ARG(config->code));
    }
    config->user = xh_arena_str(arena, xh_doc_text(doc, "user_name"));
    config->ca_file = xh_arena_str(arena, xh_doc_text(doc, "ca_file"));
    config->is_tls = xh_doc_int(doc, "is_tls") != 0;
    config->port = xh_doc_is_null(doc, "port") ? (config->is_tls ? 8883 : 1883)
                                               : (int)xh_doc_int(doc, "port");
    config->topic_count = xh_doc_count(doc, "topics");
    config->topics = XH_NEW_ARRAY(arena, struct xh_str, config->topic_count + 1);
    for (size_t i = 0; i < config->topic_count; i++) {
        config->topics[i] = xh_arena_str(arena,
                                         xh_value_text(xh_doc_at(doc, "topics", i, "topic")));
    }
    secret_read(client, xh_doc_text(doc, "secret_file"));
}

struct reading {
    struct brokers *brokers;
    struct client *wanted[XH__BROKERS_MAX];
    size_t count;
};

static int take_broker(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct reading *r = arg;
    (void)err;
    if (r->count < XH__BROKERS_MAX) {
        struct client *client = client_make(r->brokers->server);
        config_read(client, record);
        r->wanted[r->count++] = client;
    }
    return XH_E_OK;
}

static int wanted_read(struct reading *r)
{
    struct xh_arena *arena = xh_arena_create("request");
    struct xh_filter active = {.field = "is_active", .op = XH_FILTER_EQ};
    struct xh_list list = {
        .filters = &active, .filter_count = 1, .limit = XH__BROKERS_MAX, .with_parts = true};
    struct xh_str next = {NULL, 0};
    struct xh_ctx ctx;
    active.value = (struct xh_value){.type = XH_T_BOOL, .truth = true};
    xh_engine_ctx(r->brokers->server->engine, &xh_who_engine, arena, &ctx);
    int code = xh_record_list(&ctx, "core.broker", &list, take_broker, r, &next, NULL);
    xh_arena_destroy(arena);
    return code;
}

/* The one of these that is the same record, taken out of them. */
static struct client *same_take(struct client **clients, size_t count, const struct config *config)
{
    for (size_t i = 0; i < count; i++) {
        struct client *found = clients[i];
        if (found != NULL && found->config.id == config->id &&
            found->config.version == config->version) {
            clients[i] = NULL;
            return found;
        }
    }
    return NULL;
}

/* Those that are the same go on, the others stop before the new ones start: a session has one
 * connection. */
static void follow(struct brokers *brokers)
{
    struct reading r = {.brokers = brokers};
    struct client *old[XH__BROKERS_MAX];
    bool is_new[XH__BROKERS_MAX] = {false};
    if (wanted_read(&r) < 0) {
        for (size_t i = 0; i < r.count; i++) {
            client_free(r.wanted[i]);
        }
        return; /* what runs goes on */
    }
    (void)pthread_mutex_lock(&brokers->lock);
    size_t old_count = brokers->count;
    memcpy(old, brokers->clients, sizeof old);
    for (size_t i = 0; i < r.count; i++) {
        struct client *same = same_take(old, old_count, &r.wanted[i]->config);
        is_new[i] = same == NULL;
        if (same != NULL) {
            client_free(r.wanted[i]);
            r.wanted[i] = same;
        }
    }
    memcpy(brokers->clients, r.wanted, sizeof old);
    brokers->count = r.count;
    (void)pthread_mutex_unlock(&brokers->lock);
    for (size_t i = 0; i < old_count; i++) {
        if (old[i] != NULL) {
            client_stop(old[i]);
        }
    }
    for (size_t i = 0; i < r.count; i++) {
        if (is_new[i]) {
            client_start(r.wanted[i]);
        }
    }
}

static int found_change(void *arg, const struct xh_change *change, struct xh_err *err)
{
    bool *has_changed = arg;
    (void)change;
    (void)err;
    *has_changed = true;
    return XH_E_OK;
}

/* Were brokers written since? */
static bool has_news(struct brokers *brokers, int64_t *seen)
{
    struct xh_arena *arena = xh_arena_create("request");
    bool has_changed = *seen == 0;
    struct xh_ctx ctx;
    xh_engine_ctx(brokers->server->engine, &xh_who_engine, arena, &ctx);
    int64_t last = xh_change_last_id(&ctx, NULL);
    (void)xh_change_read(&ctx, *seen, "core.broker", 0, 1, found_change, &has_changed, NULL);
    *seen = last > 0 ? last : *seen;
    xh_arena_destroy(arena);
    return has_changed;
}

static void *follow_thread(void *arg)
{
    struct brokers *brokers = arg;
    int64_t seen = 0;
    bool is_stopping = false;
    while (!is_stopping) {
        if (has_news(brokers, &seen)) {
            follow(brokers);
        }
        (void)pthread_mutex_lock(&brokers->lock);
        while (!brokers->is_stale && !brokers->is_stopping) {
            (void)pthread_cond_wait(&brokers->wake, &brokers->lock);
        }
        brokers->is_stale = false;
        is_stopping = brokers->is_stopping;
        (void)pthread_mutex_unlock(&brokers->lock);
    }
    return NULL;
}

static void on_commit(void *arg)
{
    struct brokers *brokers = arg;
    (void)pthread_mutex_lock(&brokers->lock);
    brokers->is_stale = true;
    (void)pthread_cond_signal(&brokers->wake);
    (void)pthread_mutex_unlock(&brokers->lock);
}

/* ---- life ---- */

int xh__brokers_create(struct xh_server *server, struct xh_err *err)
{
    struct brokers *brokers = xh_alloc(sizeof *brokers);
    server->brokers = brokers;
    brokers->server = server;
    (void)pthread_mutex_init(&brokers->lock, NULL);
    (void)pthread_cond_init(&brokers->wake, NULL);
    (void)mosquitto_lib_init();
    xh_change_listen(server->engine, on_commit, brokers);
    if (pthread_create(&brokers->thread, NULL, follow_thread, brokers) != 0) {
        return xh_err_set(err, XH_E_INTERNAL, "cannot start the thread for brokers");
    }
    brokers->has_thread = true;
    return XH_E_OK;
}

void xh__brokers_destroy(struct xh_server *server)
{
    struct brokers *brokers = server->brokers;
    if (brokers == NULL) {
        return;
    }
    xh_change_unlisten(server->engine, on_commit, brokers);
    (void)pthread_mutex_lock(&brokers->lock);
    brokers->is_stopping = true;
    (void)pthread_cond_broadcast(&brokers->wake);
    (void)pthread_mutex_unlock(&brokers->lock);
    if (brokers->has_thread) {
        (void)pthread_join(brokers->thread, NULL);
    }
    for (size_t i = 0; i < brokers->count; i++) {
        client_stop(brokers->clients[i]);
    }
    (void)mosquitto_lib_cleanup();
    (void)pthread_mutex_destroy(&brokers->lock);
    (void)pthread_cond_destroy(&brokers->wake);
    free(brokers);
    server->brokers = NULL;
}

static void write_client(struct client *client, struct xh_json_writer *w)
{
    (void)pthread_mutex_lock(&client->lock);
    xh_json_object(w);
    xh_json_member_str(w, "code", client->config.code);
    xh_json_member_str(w, "host", client->config.host);
    xh_json_member_bool(w, "is_connected", client->is_connected);
    xh_json_member_int(w, "received", (int64_t)client->received);
    xh_json_member_int(w, "waiting", (int64_t)client->inflight);
    xh_json_member_string(w, "error", client->error[0] != '\0' ? client->error : NULL);
    xh_json_object_end(w);
    (void)pthread_mutex_unlock(&client->lock);
}

void xh__brokers_write(struct xh_server *server, struct xh_json_writer *w)
{
    struct brokers *brokers = server->brokers;
    xh_json_array(w);
    (void)pthread_mutex_lock(&brokers->lock);
    for (size_t i = 0; i < brokers->count; i++) {
        write_client(brokers->clients[i], w);
    }
    (void)pthread_mutex_unlock(&brokers->lock);
    xh_json_array_end(w);
}
