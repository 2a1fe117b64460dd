/* mqtt_publish.c: messages on their way in (3.3), their acknowledgement, and on to subscribers.
 *
 * A session's messages stand in a queue in the order in which they came. One leaves it when it and
 * all before it are done: so subscribers get them in order, and acknowledgements leave in order
 * (4.6). QoS 2 is method B of 4.3.3: the message is handed over at once and its identifier kept
 * until PUBREL, so that it is not taken twice.
 */
#include <stdlib.h>
#include <string.h>

#include "server/mqtt/mqtt_internal.h"

/* ---- bodies ---- */

struct xh__mqtt_body *xh__mqtt_body_create(struct xh_str topic, struct xh_str payload,
                                           struct xh_str properties)
{
    struct xh__mqtt_body *body = xh_alloc(sizeof *body + topic.len + payload.len + properties.len);
    char *at = (char *)(body + 1);
    const struct xh_str parts[] = {topic, payload, properties};
    struct xh_str *const to[] = {&body->topic, &body->payload, &body->properties};
    for (size_t i = 0; i < XH_COUNT(parts); i++) {
        if (parts[i].len > 0) {
            memcpy(at, parts[i].ptr, parts[i].len);
        }
        *to[i] = (struct xh_str){at, parts[i].len};
        at += parts[i].len;
    }
    body->refs = 1;
    return body;
}

struct xh__mqtt_body *xh__mqtt_body_keep(struct xh__mqtt_body *body)
{
    body->refs++;
    return body;
}

void xh__mqtt_body_drop(struct xh__mqtt_body *body)
{
    if (body != NULL && --body->refs == 0) {
        free(body);
    }
}

/* ---- handing over ---- */

static struct xh_mqtt_message *message_make(struct xh_mqtt *mqtt, struct xh_str client_id,
                                            const struct xh_who *who, struct xh__mqtt_body *body)
{
    struct xh_mqtt_message *m = xh_alloc(sizeof *m + client_id.len);
    m->mqtt = mqtt;
    m->who = who;
    m->body = xh__mqtt_body_keep(body);
    m->qos = body->qos;
    memcpy(m->client_id_bytes, client_id.ptr, client_id.len);
    m->client_id = (struct xh_str){m->client_id_bytes, client_id.len};
    (void)pthread_mutex_lock(&mqtt->lock);
    mqtt->messages_open++;
    (void)pthread_mutex_unlock(&mqtt->lock);
    xh__mqtt_count(&mqtt->counters.published, 1);
    return m;
}

static size_t level_count(struct xh_str topic)
{
    size_t count = 1;
    for (size_t i = 0; i < topic.len; i++) {
        count += topic.ptr[i] == '/';
    }
    return count;
}

void xh__mqtt_hand_over(struct xh_mqtt *mqtt, struct xh__mqtt_session *session,
                        const struct xh_who *who, struct xh__mqtt_body *body, uint16_t packet_id,
                        bool is_answered)
{
    struct xh_err err = {0};
    struct xh_mqtt_message *m = message_make(mqtt, session->client_id, who, body);
    m->packet_id = packet_id;
    if (is_answered) {
        m->session = session;
        m->conn_number = session->conn->number;
        if (session->in_first == NULL) {
            session->in_first = m;
        } else {
            session->in_last->next = m;
        }
        session->in_last = m;
        session->in_count++;
        session->in_qos_count += m->qos > 0;
    }
    if (body->topic.ptr[0] == '$') {
        (void)xh_err_set(&err, XH_E_FORBIDDEN, "topics with $ in front are the server's");
    } else if (level_count(body->topic) > XH__MQTT_LEVELS_MAX) {
        (void)xh_err_set(&err, XH_E_INVALID, "the topic has more than %d levels",
                         XH__MQTT_LEVELS_MAX);
    }
    if (err.code < 0) {
        xh_mqtt_message_done(m, err.code, false, &err);
    } else {
        mqtt->options.owner.publish(mqtt->options.owner.self, m);
    }
}

/* 3.3.2.3.4. False: the connection was ended. */
static bool resolve_alias(struct xh__mqtt_conn *c, const struct xh__mqtt_packet *packet,
                          struct xh_str *topic)
{
    if (!xh__mqtt_has(&packet->properties, XH__MQTT_P_ALIAS)) {
        return true;
    }
    uint32_t alias = packet->properties.numbers[XH__MQTT_P_ALIAS];
    if (alias == 0 || alias > XH__MQTT_ALIASES_MAX) {
        xh__mqtt_conn_end(c, XH__MQTT_BAD_ALIAS, "a topic alias out of range");
        return false;
    }
    if (c->aliases_in == NULL) {
        c->aliases_in = xh_alloc(XH__MQTT_ALIASES_MAX * sizeof *c->aliases_in);
    }
    struct xh_str *slot = &c->aliases_in[alias - 1];
    if (topic->len > 0) {
        char *copy = xh_alloc(topic->len);
        memcpy(copy, topic->ptr, topic->len);
        free((void *)(uintptr_t)slot->ptr);
        *slot = (struct xh_str){copy, topic->len};
    }
    if (slot->len == 0) {
        xh__mqtt_conn_end(c, XH__MQTT_PROTOCOL_ERROR, "a topic alias that was not set");
        return false;
    }
    *topic = *slot;
    return true;
}

static void answer(struct xh__mqtt_conn *c, enum xh__mqtt_type type, uint16_t id, uint8_t reason,
                   const char *why, uint64_t ticket)
{
    struct xh_buf *packet = &c->mqtt->packet;
    xh_buf_clear(packet);
    xh__mqtt_put_ack(packet, c->version, type, id, reason,
                     c->wants_problems ? xh_str_from(why) : (struct xh_str){0});
    xh__mqtt_conn_answer(c, ticket, xh_buf_str(packet));
}

static bool is_taken(const struct xh__mqtt_session *session, uint16_t id)
{
    for (size_t i = 0; i < session->taken_count; i++) {
        if (session->taken_ids[i] == id) {
            return true;
        }
    }
    return false;
}

/* A QoS 2 message that is here already: it is answered, or will be. */
static bool is_known(struct xh__mqtt_conn *c, const struct xh__mqtt_packet *packet)
{
    struct xh__mqtt_session *session = c->session;
    if (packet->qos != 2) {
        return false;
    }
    for (struct xh_mqtt_message *m = session->in_first; m != NULL; m = m->next) {
        if (m->qos == 2 && m->packet_id == packet->id) {
            m->conn_number = c->number;
            return true;
        }
    }
    if (is_taken(session, packet->id)) {
        answer(c, XH__MQTT_PUBREC, packet->id, XH__MQTT_OK, NULL, xh__mqtt_journal_ticket(c->mqtt));
        return true;
    }
    return false;
}

static struct xh__mqtt_body *body_of(struct xh_mqtt *mqtt, const struct xh__mqtt_packet *packet,
                                     struct xh_str topic)
{
    const struct xh__mqtt_properties *p = &packet->properties;
    xh_buf_clear(&mqtt->properties);
    xh__mqtt_put_forwarded(&mqtt->properties, p->raw);
    struct xh__mqtt_body *body = xh__mqtt_body_create(topic, packet->payload,
                                                      xh_buf_str(&mqtt->properties));
    body->qos = packet->qos;
    body->is_retained = packet->is_retained;
    if (xh__mqtt_has(p, XH__MQTT_P_MESSAGE_EXPIRY)) {
        body->expires_us = xh_env_now_us(mqtt->env) +
                           (int64_t)p->numbers[XH__MQTT_P_MESSAGE_EXPIRY] * 1000000;
    }
    return body;
}

void xh__mqtt_publish(struct xh__mqtt_conn *c, const struct xh__mqtt_packet *packet)
{
    struct xh_mqtt *mqtt = c->mqtt;
    struct xh__mqtt_session *session = c->session;
    struct xh_str topic = packet->topic;
    if (!resolve_alias(c, packet, &topic) || is_known(c, packet)) {
        return;
    }
    if (c->version == XH__MQTT_5 && packet->qos > 0 &&
        session->in_qos_count + session->taken_count >= mqtt->options.inflight_max) {
        xh__mqtt_conn_end(c, XH__MQTT_RECEIVE_MAX, "more than Receive Maximum at once");
        return;
    }
    struct xh__mqtt_body *body = body_of(mqtt, packet, topic);
    xh__mqtt_hand_over(mqtt, session, session->who, body, packet->id, true);
    xh__mqtt_body_drop(body);
    if (session->in_count >= mqtt->options.inflight_max && !c->is_paused) {
        c->is_paused = true;
        xh__mqtt_count(&mqtt->counters.paused_clients, 1);
        xh__mqtt_conn_dirty(c);
    }
}

void xh__mqtt_pubrel(struct xh__mqtt_conn *c, const struct xh__mqtt_packet *packet)
{
    bool was_taken = is_taken(c->session, packet->id);
    if (was_taken) {
        xh__mqtt_session_set_taken(c->mqtt, c->session, packet->id, false);
    }
    answer(c, XH__MQTT_PUBCOMP, packet->id, was_taken ? XH__MQTT_OK : XH__MQTT_ID_UNKNOWN, NULL, 0);
}

/* ---- done ---- */

/* What 5.0 says of a refusal that sending again does not help. */
static uint8_t reason_of(int status)
{
    switch (status) {
    case XH_E_FORBIDDEN:
    case XH_E_UNAUTHENTICATED:
        return XH__MQTT_NOT_AUTHORIZED;
    case XH_E_NOT_FOUND:
        return XH__MQTT_BAD_TOPIC;
    case XH_E_INVALID:
    case XH_E_TOO_LARGE:
    case XH_E_UNSUPPORTED:
        return XH__MQTT_BAD_PAYLOAD;
    default:
        return XH__MQTT_UNSPECIFIED;
    }
}

/* A code of 0x80 and more is an acknowledgement to a 5.0 client, too (4.4): it would not send
 * again. So where that helps its connection is ended, as 3.1.1's is. */
static bool would_again_help(int status)
{
    return status < 0 && (xh_err_is_retryable(status) || status == XH_E_IO ||
                          status == XH_E_INTERNAL || status == XH_E_CORRUPT);
}

static void acknowledge(struct xh__mqtt_conn *c, const struct xh_mqtt_message *m, size_t count,
                        uint64_t ticket)
{
    uint8_t reason = m->status < 0                   ? reason_of(m->status)
                     : m->is_forwarded && count == 0 ? XH__MQTT_NO_MATCHING
                                                     : XH__MQTT_OK;
    const char *why = m->status < 0 ? m->why : NULL;
    answer(c, m->qos == 2 ? XH__MQTT_PUBREC : XH__MQTT_PUBACK, m->packet_id, reason, why, ticket);
    xh__mqtt_count(&c->mqtt->counters.acknowledged, 1);
}

static void finish(struct xh_mqtt *mqtt, struct xh__mqtt_session *session,
                   struct xh_mqtt_message *m)
{
    uint64_t before = xh__mqtt_journal_ticket(mqtt);
    size_t count = 0;
    if (m->status < 0) {
        xh__mqtt_count(&mqtt->counters.refused, 1);
    } else if (m->is_forwarded) {
        count = xh__mqtt_hand_out(mqtt, m->body, session);
    }
    if (session == NULL || m->qos == 0) {
        return;
    }
    session = xh_map_get(mqtt->sessions, m->client_id);
    struct xh__mqtt_conn *c = session != NULL ? session->conn : NULL;
    c = c != NULL && c->number == m->conn_number && c->state == XH__MQTT_UP ? c : NULL;
    if (would_again_help(m->status)) {
        if (c != NULL) {
            xh__mqtt_conn_end(c, m->status == XH_E_NO_SPACE ? XH__MQTT_QUOTA : XH__MQTT_SERVER_BUSY,
                              m->why != NULL ? m->why : "not kept; send it again");
        }
        return;
    }
    bool is_freed = c != NULL && c->version == XH__MQTT_5 && m->status < 0; /* 4.3.3 */
    if (session != NULL && m->qos == 2 && !is_freed) {
        xh__mqtt_session_set_taken(mqtt, session, m->packet_id, true);
    }
    uint64_t after = xh__mqtt_journal_ticket(mqtt);
    if (c != NULL) {
        acknowledge(c, m, count, after != before ? after : 0);
    }
}

static void message_free(struct xh_mqtt_message *m)
{
    xh__mqtt_body_drop(m->body);
    free(m->why);
    free(m);
}

void xh__mqtt_done(struct xh_mqtt *mqtt, struct xh_mqtt_message *message)
{
    struct xh__mqtt_session *session = message->session;
    message->is_done = true;
    if (session == NULL) {
        finish(mqtt, NULL, message);
        message_free(message);
        return;
    }
    bool is_there = true;
    while (is_there && session->in_first != NULL && session->in_first->is_done) {
        struct xh_mqtt_message *m = session->in_first;
        session->in_first = m->next;
        session->in_count--;
        session->in_qos_count -= m->qos > 0;
        finish(mqtt, session, m);
        is_there = xh_map_get(mqtt->sessions, m->client_id) == session;
        message_free(m);
    }
    if (is_there && session->conn != NULL && session->conn->is_paused &&
        session->in_count <= mqtt->options.inflight_max / 2) {
        xh__mqtt_conn_resume(session->conn);
    }
}

/* Once more among those that are done, now without a session. */
static void done_again(struct xh_mqtt_message *m)
{
    struct xh_mqtt *mqtt = m->mqtt;
    m->next_done = NULL;
    (void)pthread_mutex_lock(&mqtt->lock);
    if (mqtt->done_first == NULL) {
        mqtt->done_first = m;
    } else {
        mqtt->done_last->next_done = m;
    }
    mqtt->done_last = m;
    (void)pthread_mutex_unlock(&mqtt->lock);
    xh__mqtt_wake(mqtt);
}

/* Those that are done already and wait for one before them are finished soon, not here: whoever
 * ends a session may be handing out a message. The others are without a session from now on. */
void xh__mqtt_forget_messages(struct xh__mqtt_session *session)
{
    struct xh_mqtt_message *m = session->in_first;
    session->in_first = session->in_last = NULL;
    session->in_count = session->in_qos_count = 0;
    while (m != NULL) {
        struct xh_mqtt_message *next = m->next;
        m->session = NULL;
        m->next = NULL;
        if (m->is_done) {
            done_again(m);
        }
        m = next;
    }
}

/* ---- handing out ---- */

size_t xh__mqtt_hand_out(struct xh_mqtt *mqtt, struct xh__mqtt_body *body,
                         const struct xh__mqtt_session *from)
{
    uint32_t ids[64];
    if (body->is_retained) {
        (void)xh__mqtt_retain(mqtt, body);
    }
    xh__mqtt_match(mqtt, body->topic, body->qos, body->is_retained, from);
    size_t count = mqtt->match_count;
    for (size_t i = 0; i < mqtt->match_count; i++) {
        const struct xh__mqtt_match *match = &mqtt->matches[i];
        uint32_t id_count = 0;
        for (uint32_t at = match->id_first; at != 0 && id_count < XH_COUNT(ids);
             at = mqtt->match_ids[at].next) {
            ids[id_count++] = mqtt->match_ids[at].id;
        }
        xh__mqtt_session_queue(mqtt, match->session, body, match->qos, match->is_retained, ids,
                               id_count, false);
    }
    return count;
}
