/* mqtt_session.c: sessions (4.1), and the queue of what one is to get: in order, at most so many
 * unacknowledged (4.9), sent again after a new connection (4.4). */
#include <stdlib.h>
#include <string.h>

#include "server/mqtt/mqtt_internal.h"

/* ---- life ---- */

struct xh__mqtt_session *xh__mqtt_session_create(struct xh_mqtt *mqtt, struct xh_str client_id,
                                                 struct xh_str who_name)
{
    struct xh__mqtt_session *s = xh_alloc(sizeof *s + client_id.len + who_name.len);
    char *at = (char *)(s + 1);
    memcpy(at, client_id.ptr, client_id.len);
    s->client_id = (struct xh_str){at, client_id.len};
    memcpy(at + client_id.len, who_name.ptr, who_name.len);
    s->who_name = (struct xh_str){at + client_id.len, who_name.len};
    s->number = ++mqtt->last_session;
    (void)xh_map_put(mqtt->sessions, s->client_id, s);
    xh__mqtt_count(&mqtt->counters.sessions, 1);
    return s;
}

bool xh__mqtt_session_is_kept(const struct xh_mqtt *mqtt, const struct xh__mqtt_session *session)
{
    return mqtt->journal != NULL && session->expiry_s != 0;
}

static void item_free(struct xh_mqtt *mqtt, struct xh__mqtt_item *item)
{
    struct xh__mqtt_body *body = item->body;
    int64_t bytes = (int64_t)sizeof *item;
    if (--body->queue_refs == 0) {
        bytes += (int64_t)(sizeof *body + body->topic.len + body->payload.len);
    }
    xh__mqtt_count(&mqtt->counters.queued_messages, -1);
    xh__mqtt_count(&mqtt->counters.queued_bytes, -bytes);
    xh__mqtt_body_drop(body);
    free(item);
}

static struct xh__mqtt_item *list_pop(struct xh__mqtt_list *list)
{
    struct xh__mqtt_item *item = list->first;
    list->first = item->next;
    list->count--;
    item->next = NULL;
    return item;
}

static void list_clear(struct xh_mqtt *mqtt, struct xh__mqtt_list *list)
{
    while (list->first != NULL) {
        item_free(mqtt, list_pop(list));
    }
}

static void list_append(struct xh__mqtt_list *list, struct xh__mqtt_item *item)
{
    if (list->first == NULL) {
        list->first = item;
    } else {
        list->last->next = item;
    }
    list->last = item;
    list->count++;
}

void xh__mqtt_session_destroy(struct xh_mqtt *mqtt, struct xh__mqtt_session *session)
{
    xh_assert(session->conn == NULL);
    (void)xh_map_remove(mqtt->sessions, session->client_id);
    xh__mqtt_log_session_end(mqtt, session);
    xh__mqtt_sub_remove_all(mqtt, session);
    xh__mqtt_forget_messages(session);
    list_clear(mqtt, &session->queue);
    list_clear(mqtt, &session->inflight);
    if (session->will.body != NULL && session->will.at_us != 0) {
        xh__mqtt_will_send(mqtt, session); /* at the end of the session at the latest: 3.1.3.2.2 */
    }
    xh__mqtt_body_drop(session->will.body);
    free(session->taken_ids);
    free(session);
    xh__mqtt_count(&mqtt->counters.sessions, -1);
}

/* ---- the queue ---- */

void xh__mqtt_session_add(struct xh_mqtt *mqtt, struct xh__mqtt_list *list,
                          struct xh__mqtt_item *item)
{
    struct xh__mqtt_body *body = item->body;
    int64_t bytes = (int64_t)sizeof *item;
    if (body->queue_refs++ == 0) {
        bytes += (int64_t)(sizeof *body + body->topic.len + body->payload.len);
    }
    xh__mqtt_count(&mqtt->counters.queued_messages, 1);
    xh__mqtt_count(&mqtt->counters.queued_bytes, bytes);
    list_append(list, item);
}

/* False: there is no room. Who is there and does not read is sent away. */
static bool has_room(struct xh_mqtt *mqtt, struct xh__mqtt_session *session)
{
    if (session->queue.count < mqtt->options.queue_messages_max &&
        atomic_load(&mqtt->counters.queued_bytes) < mqtt->options.queue_bytes_max) {
        return true;
    }
    xh__mqtt_count(&mqtt->counters.dropped, 1);
    if (session->conn != NULL && !session->conn->is_slow) {
        xh__mqtt_count(&mqtt->counters.slow_disconnected, 1);
        xh_log(mqtt->log, XH_LOG_WARNING, "mqtt", "client \"%.*s\" does not read what it asked for",
               XH_STR_ARG(session->client_id));
        session->conn->is_slow = true; /* not ended here: its session may be in a list of those
                                          that get the message */
        xh__mqtt_conn_dirty(session->conn);
    }
    return false;
}

void xh__mqtt_session_queue(struct xh_mqtt *mqtt, struct xh__mqtt_session *session,
                            struct xh__mqtt_body *body, uint8_t qos, bool is_retained,
                            const uint32_t *ids, uint32_t id_count, bool is_pressing)
{
    if (session->conn == NULL && qos == 0) {
        return; /* 4.1: QoS 0 is not kept for absent ones */
    }
    if (!is_pressing && session->conn != NULL &&
        session->queue.count >= mqtt->options.queue_messages_max &&
        !session->conn->is_write_blocked) {
        xh__mqtt_session_pump(session->conn);
    }
    if (!is_pressing && !has_room(mqtt, session)) {
        return;
    }
    struct xh__mqtt_item *item = xh_alloc(sizeof *item + id_count * sizeof ids[0]);
    item->body = xh__mqtt_body_keep(body);
    item->qos = qos;
    item->is_retained = is_retained;
    item->id_count = id_count;
    if (id_count > 0) {
        memcpy(item->ids, ids, id_count * sizeof ids[0]);
    }
    if (qos > 0 && xh__mqtt_session_is_kept(mqtt, session)) {
        item->seq = ++session->last_seq;
        xh__mqtt_log_item(mqtt, session, item);
    }
    xh__mqtt_session_add(mqtt, &session->queue, item);
    if (session->conn != NULL) {
        xh__mqtt_conn_dirty(session->conn);
    }
}

/* ---- sending ---- */

static bool is_in_flight(const struct xh__mqtt_session *session, uint16_t id)
{
    for (const struct xh__mqtt_item *i = session->inflight.first; i != NULL; i = i->next) {
        if (i->packet_id == id) {
            return true;
        }
    }
    return false;
}

static uint16_t next_id(struct xh__mqtt_session *session)
{
    do {
        session->last_packet_id++;
    } while (session->last_packet_id == 0 || is_in_flight(session, session->last_packet_id));
    return session->last_packet_id;
}

/* 3.3.2.3.4: a short name for a topic that the client heard before; 0: none. is_new: the topic goes
 * along, this time. */
static uint32_t alias_of(struct xh__mqtt_conn *c, struct xh_str topic, bool *ret_is_new)
{
    *ret_is_new = false;
    for (size_t i = 0; i < c->aliases_out_count; i++) {
        if (xh_str_equal(c->aliases_out[i], topic)) {
            return (uint32_t)i + 1;
        }
    }
    if (c->aliases_out_count >= c->aliases_out_max) {
        return 0;
    }
    if (c->aliases_out == NULL) {
        c->aliases_out = xh_alloc(c->aliases_out_max * sizeof *c->aliases_out);
    }
    char *copy = xh_alloc(topic.len);
    memcpy(copy, topic.ptr, topic.len);
    c->aliases_out[c->aliases_out_count++] = (struct xh_str){copy, topic.len};
    *ret_is_new = true;
    return (uint32_t)c->aliases_out_count;
}

static void put_properties(struct xh__mqtt_conn *c, const struct xh__mqtt_item *item,
                           uint32_t alias, int64_t now_us)
{
    struct xh_buf *p = &c->mqtt->properties;
    xh_buf_clear(p);
    xh_buf_add_str(p, item->body->properties);
    if (item->body->expires_us > 0) {
        int64_t left_us = item->body->expires_us - now_us;
        xh__mqtt_put_property_number(p, XH__MQTT_P_MESSAGE_EXPIRY,
                                     (uint32_t)((left_us + 999999) / 1000000));
    }
    for (uint32_t i = 0; i < item->id_count; i++) {
        xh__mqtt_put_property_number(p, XH__MQTT_P_SUBSCRIPTION_ID, item->ids[i]);
    }
    if (alias != 0) {
        xh__mqtt_put_property_number(p, XH__MQTT_P_ALIAS, alias);
    }
}

/* False: it is too large for the client, and left out (3.1.2.11.4). */
static bool send(struct xh__mqtt_conn *c, const struct xh__mqtt_item *item, int64_t now_us)
{
    bool is_new = true;
    uint32_t alias = 0;
    if (c->version == XH__MQTT_5) {
        put_properties(c, item, 0, now_us);
    }
    struct xh__mqtt_publish publish = {
        .topic = item->body->topic,
        .payload = item->body->payload,
        .properties = xh_buf_str(&c->mqtt->properties),
        .id = item->packet_id,
        .qos = item->qos,
        .is_repeated = item->is_repeated,
        .is_retained = item->is_retained,
    };
    if (xh__mqtt_publish_bytes(c->version, &publish) + 3 > c->packet_max) {
        xh__mqtt_count(&c->mqtt->counters.dropped, 1);
        return false;
    }
    if (c->version == XH__MQTT_5 && c->aliases_out_max > 0) {
        alias = alias_of(c, publish.topic, &is_new);
        put_properties(c, item, alias, now_us);
        publish.properties = xh_buf_str(&c->mqtt->properties);
        publish.topic = alias != 0 && !is_new ? (struct xh_str){0} : publish.topic;
    }
    xh__mqtt_put_publish(&c->out, c->version, &publish);
    xh__mqtt_count(&c->mqtt->counters.sent, 1);
    return true;
}

static void forget(struct xh_mqtt *mqtt, struct xh__mqtt_session *session,
                   struct xh__mqtt_item *item)
{
    xh__mqtt_log_fate(mqtt, session, item, 'D');
    item_free(mqtt, item);
}

void xh__mqtt_session_sift(struct xh_mqtt *mqtt, struct xh__mqtt_session *session,
                           bool (*wants)(struct xh_mqtt *mqtt, const struct xh_who *who,
                                         struct xh_str topic))
{
    struct xh__mqtt_list all = session->queue;
    session->queue = (struct xh__mqtt_list){0};
    while (all.first != NULL) {
        struct xh__mqtt_item *item = list_pop(&all);
        if (wants(mqtt, session->who, item->body->topic)) {
            list_append(&session->queue, item);
        } else {
            forget(mqtt, session, item);
        }
    }
}

void xh__mqtt_session_pump(struct xh__mqtt_conn *c)
{
    struct xh_mqtt *mqtt = c->mqtt;
    struct xh__mqtt_session *session = c->session;
    size_t window = c->receive_max < XH__MQTT_WINDOW_MAX ? c->receive_max : XH__MQTT_WINDOW_MAX;
    int64_t now_us = session->queue.first != NULL ? xh_env_now_us(mqtt->env) : 0;
    while (session->queue.first != NULL && c->out.len < XH__MQTT_OUT_BYTES_MAX) {
        if (session->queue.first->qos > 0 && session->inflight.count >= window) {
            return;
        }
        struct xh__mqtt_item *item = list_pop(&session->queue);
        if (item->body->expires_us > 0 && item->body->expires_us <= now_us) {
            forget(mqtt, session, item); /* 3.3.2.3.3 */
            continue;
        }
        item->packet_id = item->qos > 0 ? next_id(session) : 0;
        if (!send(c, item, now_us) || item->qos == 0) {
            forget(mqtt, session, item);
            continue;
        }
        xh__mqtt_log_fate(mqtt, session, item, 'S');
        list_append(&session->inflight, item);
    }
}

void xh__mqtt_session_resend(struct xh__mqtt_conn *c)
{
    struct xh__mqtt_session *session = c->session;
    int64_t now_us = xh_env_now_us(c->mqtt->env);
    for (struct xh__mqtt_item *item = session->inflight.first; item != NULL; item = item->next) {
        item->is_repeated = true;
        if (item->is_released) {
            xh__mqtt_put_ack(&c->out, c->version, XH__MQTT_PUBREL, item->packet_id, XH__MQTT_OK,
                             (struct xh_str){0});
        } else {
            (void)send(c, item, now_us);
        }
    }
    xh__mqtt_conn_dirty(c);
}

/* ---- acknowledgements ---- */

static struct xh__mqtt_item *inflight_find(struct xh__mqtt_session *session, uint16_t id,
                                           struct xh__mqtt_item **ret_before)
{
    struct xh__mqtt_item *before = NULL, *item = session->inflight.first;
    while (item != NULL && item->packet_id != id) {
        before = item;
        item = item->next;
    }
    *ret_before = before;
    return item;
}

static void inflight_remove(struct xh_mqtt *mqtt, struct xh__mqtt_session *session,
                            struct xh__mqtt_item *item, struct xh__mqtt_item *before)
{
    struct xh__mqtt_list *list = &session->inflight;
    if (before == NULL) {
        list->first = item->next;
    } else {
        before->next = item->next;
    }
    if (list->last == item) {
        list->last = before;
    }
    list->count--;
    forget(mqtt, session, item);
}

static void release(struct xh__mqtt_conn *c, struct xh__mqtt_item *item, uint16_t id)
{
    struct xh_buf *packet = &c->mqtt->packet;
    uint64_t ticket = 0;
    if (item != NULL && !item->is_released) {
        item->is_released = true;
        xh__mqtt_log_fate(c->mqtt, c->session, item, 'R');
        ticket = item->seq != 0 ? xh__mqtt_journal_ticket(c->mqtt) : 0;
    }
    xh_buf_clear(packet);
    xh__mqtt_put_ack(packet, c->version, XH__MQTT_PUBREL, id,
                     item != NULL ? XH__MQTT_OK : XH__MQTT_ID_UNKNOWN, (struct xh_str){0});
    xh__mqtt_conn_answer(c, ticket, xh_buf_str(packet));
}

void xh__mqtt_session_acked(struct xh__mqtt_conn *c, const struct xh__mqtt_packet *packet)
{
    struct xh__mqtt_session *session = c->session;
    struct xh__mqtt_item *before, *item = inflight_find(session, packet->id, &before);
    bool is_2 = item != NULL && item->qos == 2;
    if (packet->type == XH__MQTT_PUBREC && (item == NULL || is_2)) {
        if (is_2 && packet->reason >= 0x80) {
            inflight_remove(c->mqtt, session, item, before);
        } else {
            release(c, item, packet->id);
        }
    } else if (item != NULL && packet->type == (is_2 ? XH__MQTT_PUBCOMP : XH__MQTT_PUBACK) &&
               is_2 == item->is_released) {
        inflight_remove(c->mqtt, session, item, before);
    }
    xh__mqtt_conn_dirty(c);
}

/* ---- QoS 2 on its way in ---- */

void xh__mqtt_session_set_taken(struct xh_mqtt *mqtt, struct xh__mqtt_session *session, uint16_t id,
                                bool is_taken)
{
    size_t at = 0;
    while (at < session->taken_count && session->taken_ids[at] != id) {
        at++;
    }
    if (is_taken == (at < session->taken_count)) {
        return;
    }
    if (!is_taken) {
        session->taken_ids[at] = session->taken_ids[--session->taken_count];
    } else {
        if (session->taken_count == session->taken_capacity) {
            session->taken_capacity = session->taken_capacity != 0 ? session->taken_capacity * 2
                                                                   : 4;
            session->taken_ids = xh_realloc(session->taken_ids,
                                            session->taken_capacity * sizeof *session->taken_ids);
        }
        session->taken_ids[session->taken_count++] = id;
    }
    xh__mqtt_log_taken(mqtt, session, id, is_taken);
}

/* ---- as the journal told ---- */

static struct xh__mqtt_item *take_out(struct xh__mqtt_list *list, uint64_t seq)
{
    struct xh__mqtt_item *before = NULL, *item = list->first;
    while (item != NULL && item->seq != seq) {
        before = item;
        item = item->next;
    }
    if (item == NULL) {
        return NULL;
    }
    if (before == NULL) {
        list->first = item->next;
    } else {
        before->next = item->next;
    }
    if (list->last == item) {
        list->last = before;
    }
    list->count--;
    item->next = NULL;
    return item;
}

void xh__mqtt_session_set_fate(struct xh_mqtt *mqtt, struct xh__mqtt_session *session, uint64_t seq,
                               char fate, uint16_t packet_id)
{
    struct xh__mqtt_item *item = take_out(&session->inflight, seq);
    bool was_sent = item != NULL;
    item = was_sent ? item : take_out(&session->queue, seq);
    if (item == NULL) {
        return;
    }
    if (fate == 'D') {
        item_free(mqtt, item);
        return;
    }
    item->packet_id = packet_id;
    item->is_released = item->is_released || fate == 'R';
    session->last_packet_id = packet_id;
    list_append(&session->inflight, item);
}
