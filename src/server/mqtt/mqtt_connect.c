/* mqtt_connect.c: CONNECT (3.1), CONNACK (3.2), DISCONNECT (3.14); sessions taken up again,
 * wills. */
#include <stdio.h>
#include <string.h>

#include "server/mqtt/mqtt_internal.h"

enum { ASSIGNED_BYTES = 12 };

/* 3.1.1's return codes (table 3.1 there) for what 5.0 says by reasons. */
static uint8_t code_3(uint8_t reason)
{
    switch (reason) {
    case XH__MQTT_OK:
        return 0;
    case XH__MQTT_BAD_CLIENT_ID:
        return 2;
    case XH__MQTT_SERVER_BUSY:
        return 3;
    case XH__MQTT_BAD_LOGIN:
        return 4;
    default:
        return 5;
    }
}

static void refuse(struct xh__mqtt_conn *c, uint8_t reason, const char *why)
{
    struct xh_buf *p = &c->mqtt->properties;
    xh_buf_clear(p);
    xh__mqtt_put_property_text(p, XH__MQTT_P_REASON, xh_str_from(why));
    xh__mqtt_put_connack(&c->out, c->version, false,
                         c->version == XH__MQTT_5 ? reason : code_3(reason), xh_buf_str(p));
    xh__mqtt_conn_end(c, reason, why);
}

/* ---- who ---- */

static int login(struct xh__mqtt_conn *c, const struct xh__mqtt_packet *packet,
                 const struct xh_who **ret, struct xh_err *err)
{
    const struct xh_mqtt_owner *owner = &c->mqtt->options.owner;
    const struct xh_mqtt_login asked = {
        .client_id = packet->client_id,
        .user = packet->user,
        .password = packet->password,
        .has_user = packet->has_user,
        .has_password = packet->has_password,
        .is_local = c->is_local,
    };
    return owner->login(owner->self, &asked, ret, err);
}

/* ---- the session ---- */

static int64_t expiry_of(const struct xh__mqtt_packet *packet)
{
    if (packet->version != XH__MQTT_5) {
        return packet->is_clean ? 0 : XH__MQTT_NEVER;
    }
    uint32_t s = packet->properties.numbers[XH__MQTT_P_SESSION_EXPIRY]; /* absent: 0 */
    return s == UINT32_MAX ? XH__MQTT_NEVER : (int64_t)s;
}

static void set_will(struct xh__mqtt_session *session, const struct xh__mqtt_packet *packet)
{
    struct xh_mqtt *mqtt = session->conn->mqtt;
    if (!packet->has_will) {
        return;
    }
    const struct xh__mqtt_properties *p = &packet->will_properties;
    xh_buf_clear(&mqtt->properties);
    xh__mqtt_put_forwarded(&mqtt->properties, p->raw);
    session->will.body = xh__mqtt_body_create(packet->will_topic, packet->will_payload,
                                              xh_buf_str(&mqtt->properties));
    session->will.body->qos = packet->will_qos;
    session->will.body->is_retained = packet->will_is_retained;
    if (xh__mqtt_has(p, XH__MQTT_P_MESSAGE_EXPIRY)) {
        session->will.body->expires_us = (int64_t)p->numbers[XH__MQTT_P_MESSAGE_EXPIRY] * 1000000;
    }
    session->will.delay_s = p->numbers[XH__MQTT_P_WILL_DELAY];
    session->will.at_us = 0;
}

/* 3.1.4: who has this name already goes; his session stays when it may. */
static struct xh__mqtt_session *take_session(struct xh__mqtt_conn *c, struct xh_str client_id,
                                             const struct xh_who *who, bool is_clean,
                                             bool *ret_is_present)
{
    struct xh_mqtt *mqtt = c->mqtt;
    struct xh__mqtt_session *session = xh_map_get(mqtt->sessions, client_id);
    if (session != NULL && session->conn != NULL) {
        xh__mqtt_conn_end(session->conn, XH__MQTT_TAKEN_OVER, "the same client came again");
        session = xh_map_get(mqtt->sessions, client_id);
    }
    if (session != NULL && is_clean) {
        if (session->will.body != NULL) {
            xh__mqtt_will_send(mqtt, session); /* the session ends: 3.1.2.5 */
        }
        xh__mqtt_session_destroy(mqtt, session);
        session = NULL;
    }
    *ret_is_present = session != NULL;
    if (session == NULL) {
        session = xh__mqtt_session_create(mqtt, client_id, xh_str_from(who->name));
    }
    if (session->will.body != NULL) { /* it came back before its will's time */
        xh__mqtt_body_drop(session->will.body);
        session->will.body = NULL;
    }
    session->who = who;
    session->conn = c;
    session->expires_us = 0;
    c->session = session;
    return session;
}

/* ---- the answer ---- */

static void put_connack(struct xh__mqtt_conn *c, bool is_present, struct xh_str assigned)
{
    const struct xh_mqtt_options *o = &c->mqtt->options;
    struct xh_buf *p = &c->mqtt->properties;
    xh_buf_clear(p);
    xh__mqtt_put_property_number(p, XH__MQTT_P_RECEIVE_MAX, o->inflight_max);
    xh__mqtt_put_property_number(p, XH__MQTT_P_PACKET_MAX, o->packet_bytes_max);
    xh__mqtt_put_property_number(p, XH__MQTT_P_ALIAS_MAX, XH__MQTT_ALIASES_MAX);
    if (assigned.len > 0) {
        xh__mqtt_put_property_text(p, XH__MQTT_P_ASSIGNED_ID, assigned);
    }
    xh__mqtt_put_connack(&c->out, c->version, is_present, XH__MQTT_OK, xh_buf_str(p));
    xh__mqtt_conn_dirty(c);
}

static void set_limits(struct xh__mqtt_conn *c, const struct xh__mqtt_packet *packet)
{
    const struct xh__mqtt_properties *p = &packet->properties;
    c->keep_alive_s = packet->keep_alive_s;
    c->receive_max = UINT16_MAX;
    c->packet_max = UINT32_MAX;
    if (xh__mqtt_has(p, XH__MQTT_P_RECEIVE_MAX)) {
        c->receive_max = (uint16_t)p->numbers[XH__MQTT_P_RECEIVE_MAX];
    }
    if (xh__mqtt_has(p, XH__MQTT_P_PACKET_MAX)) {
        c->packet_max = p->numbers[XH__MQTT_P_PACKET_MAX];
    }
    uint32_t aliases = p->numbers[XH__MQTT_P_ALIAS_MAX];
    c->aliases_out_max = (uint16_t)(aliases < XH__MQTT_ALIASES_MAX ? aliases
                                                                   : XH__MQTT_ALIASES_MAX);
    c->wants_problems = !xh__mqtt_has(p, XH__MQTT_P_REQUEST_PROBLEM) ||
                        p->numbers[XH__MQTT_P_REQUEST_PROBLEM] != 0;
}

static struct xh_str assign_id(struct xh_mqtt *mqtt, char text[2 * ASSIGNED_BYTES + 8])
{
    uint8_t bytes[ASSIGNED_BYTES];
    size_t len = 5;
    xh_env_random(mqtt->env, bytes, sizeof bytes);
    memcpy(text, "auto-", len);
    for (size_t i = 0; i < sizeof bytes; i++) {
        len += (size_t)snprintf(text + len, 3, "%02x", bytes[i]);
    }
    return (struct xh_str){text, len};
}

/* What speaks against it; NULL: nothing. */
static const char *objection(struct xh__mqtt_conn *c, const struct xh__mqtt_packet *packet,
                             uint8_t *ret_reason)
{
    if (packet->client_id.len == 0 && packet->version == XH__MQTT_3_1_1 && !packet->is_clean) {
        *ret_reason = XH__MQTT_BAD_CLIENT_ID;
        return "a session that stays needs a client identifier"; /* 3.1.1: MQTT-3.1.3-8 */
    }
    if (xh__mqtt_has(&packet->properties, XH__MQTT_P_AUTH_METHOD)) {
        *ret_reason = XH__MQTT_BAD_METHOD;
        return "there is no other authentication than user and password";
    }
    if (atomic_load(&c->mqtt->counters.sessions) >= 4ull * c->mqtt->options.clients_max) {
        *ret_reason = XH__MQTT_SERVER_BUSY;
        return "too many sessions are kept";
    }
    return NULL;
}

void xh__mqtt_connect(struct xh__mqtt_conn *c, const struct xh__mqtt_packet *packet)
{
    char assigned[2 * ASSIGNED_BYTES + 8];
    struct xh_err err = {0};
    const struct xh_who *who = NULL;
    struct xh_str client_id = packet->client_id;
    uint8_t reason = XH__MQTT_NOT_AUTHORIZED;
    c->version = packet->version;
    set_limits(c, packet);
    const char *against = objection(c, packet, &reason);
    if (against != NULL) {
        refuse(c, reason, against);
        return;
    }
    int code = login(c, packet, &who, &err);
    if (client_id.len == 0) {
        client_id = assign_id(c->mqtt, assigned);
    }
    const struct xh__mqtt_session *other = xh_map_get(c->mqtt->sessions, client_id);
    if (code < 0) {
        xh__mqtt_count(&c->mqtt->counters.refused_logins, 1);
        refuse(c, code == XH_E_UNAUTHENTICATED ? XH__MQTT_BAD_LOGIN : XH__MQTT_NOT_AUTHORIZED,
               err.text[0] != '\0' ? err.text : "not known");
        return;
    }
    if (other != NULL && !xh_str_is(other->who_name, who->name)) {
        xh__mqtt_count(&c->mqtt->counters.refused_logins, 1);
        refuse(c, XH__MQTT_BAD_CLIENT_ID, "this client identifier is somebody else's");
        return;
    }
    bool is_present;
    struct xh__mqtt_session *session = take_session(c, client_id, who, packet->is_clean,
                                                    &is_present);
    session->expiry_s = expiry_of(packet);
    set_will(session, packet);
    xh__mqtt_log_session(c->mqtt, session);
    xh__mqtt_count(&c->mqtt->counters.accepted, 1);
    c->state = XH__MQTT_UP;
    put_connack(c, is_present, packet->client_id.len == 0 ? client_id : (struct xh_str){0});
    if (is_present) {
        xh__mqtt_resubscribe(c->mqtt, session);
        xh__mqtt_session_resend(c);
    }
}

/* ---- leaving ---- */

void xh__mqtt_disconnected(struct xh__mqtt_conn *c, const struct xh__mqtt_packet *packet)
{
    struct xh__mqtt_session *session = c->session;
    if (xh__mqtt_has(&packet->properties, XH__MQTT_P_SESSION_EXPIRY)) {
        uint32_t s = packet->properties.numbers[XH__MQTT_P_SESSION_EXPIRY];
        if (session->expiry_s == 0 && s != 0) {
            xh__mqtt_count(&c->mqtt->counters.protocol_errors, 1);
            xh__mqtt_conn_end(c, XH__MQTT_PROTOCOL_ERROR,
                              "a session that was to end cannot be kept"); /* 3.14.2.2.2 */
            return;
        }
        session->expiry_s = s == UINT32_MAX ? XH__MQTT_NEVER : (int64_t)s;
    }
    if (packet->reason != XH__MQTT_DISCONNECT_WITH_WILL && packet->reason < 0x80 &&
        session->will.body != NULL) {
        xh__mqtt_body_drop(session->will.body);
        session->will.body = NULL;
    }
    xh__mqtt_conn_end(c, 0, NULL);
}

void xh__mqtt_will_send(struct xh_mqtt *mqtt, struct xh__mqtt_session *session)
{
    struct xh__mqtt_body *body = session->will.body;
    session->will.body = NULL;
    session->will.at_us = 0;
    if (body->expires_us > 0) {
        body->expires_us += xh_env_now_us(mqtt->env);
    }
    if (session->who != NULL) {
        xh__mqtt_hand_over(mqtt, session, session->who, body, 0, false);
    }
    xh__mqtt_body_drop(body);
}

void xh__mqtt_conn_left(struct xh__mqtt_conn *c)
{
    struct xh_mqtt *mqtt = c->mqtt;
    struct xh__mqtt_session *session = c->session;
    const int64_t second = 1000000;
    if (session == NULL) {
        return;
    }
    c->session = NULL;
    session->conn = NULL;
    if (session->will.body != NULL) {
        bool waits = session->will.delay_s > 0 && session->expiry_s != 0;
        int64_t delay_s = session->will.delay_s;
        delay_s = session->expiry_s > 0 && session->expiry_s < delay_s ? session->expiry_s
                                                                       : delay_s;
        session->will.at_us = waits ? xh_env_now_us(mqtt->env) + delay_s * second : 0;
        if (!waits) {
            xh__mqtt_will_send(mqtt, session);
        }
    }
    if (session->expiry_s == 0) {
        xh__mqtt_session_destroy(mqtt, session);
        return;
    }
    session->expires_us = session->expiry_s < 0
                              ? 0
                              : xh_env_now_us(mqtt->env) + session->expiry_s * second;
    xh__mqtt_log_session(mqtt, session);
}
