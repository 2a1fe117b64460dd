/* mqtt.h: an MQTT server for devices: 3.1.1 (OASIS, 2014) and 5.0 (OASIS, 2019), over TCP, TLS and
 * WebSocket. It knows sessions, subscriptions, retained messages and last wills; what a message
 * means it asks its owner.
 *
 * Guarantees
 *   - A PUBLISH with QoS 1 or 2 is acknowledged only after its owner called xh_mqtt_message_done:
 *     with readings, after they are on disk. What was not acknowledged the client sends again.
 *   - Every queue and size has a limit and a counter. A subscriber that does not read is
 *     disconnected with a reason (5.0: Quota exceeded 0x97) and counted; nothing grows without end.
 *     A publisher that is faster than the disk is slowed down by not reading its socket (and by
 *     Receive Maximum), not by dropping.
 *   - One client's messages are handed over in order, and acknowledged in order.
 *   - Deny by default: without a grant for the topic nothing is taken or sent.
 *
 * Threads: one of its own (epoll). Functions here may be called from any; the owner's functions are
 * called on the server's thread, must not block, and may call these functions.
 */
#ifndef XH_SERVER_MQTT_H
#define XH_SERVER_MQTT_H

#include "base/env.h"
#include "base/err.h"
#include "base/log.h"
#include "kernel/who.h"

struct xh_mqtt;
struct xh_mqtt_client;   /* a connected client */
struct xh_mqtt_message;  /* a PUBLISH on its way in */

struct xh_mqtt_login {
    struct xh_str client_id, user, password;
    bool has_user, has_password;
    bool is_local;       /* from a loopback address */
};

/* What the owner answers; all with `self`. */
struct xh_mqtt_owner {
    void *self;
    /* Who is it? XH_E_UNAUTHENTICATED, XH_E_FORBIDDEN. `who` lives as long as the server. */
    int (*login)(void *self, const struct xh_mqtt_login *login, const struct xh_who **ret_who,
                 struct xh_err *err);
    /* A message came. Call xh_mqtt_message_done for it exactly once, now or later, from any
     * thread. */
    void (*publish)(void *self, struct xh_mqtt_message *message);
    /* May it have this topic filter? 0, XH_E_FORBIDDEN, XH_E_INVALID (what it asks for makes no
     * sense: "$filter" wrong). */
    int (*subscribe)(void *self, const struct xh_who *who, struct xh_str filter,
                     struct xh_err *err);
    /* The first subscriber of a filter came (is_wanted) or the last one left. */
    void (*wanted)(void *self, struct xh_str filter, bool is_wanted);
};

struct xh_mqtt_options {
    const struct xh_env *env;
    struct xh_log *log;               /* NULL: silent */
    const char *address;              /* NULL: 127.0.0.1 */
    int port, tls_port, ws_port;      /* 0: any that is free; -1: none */
    const char *certificate, *key;    /* PEM files; needed with tls_port */
    const char *store_path;           /* file for sessions and retained messages that outlive the
                                         process; NULL: in memory only */
    struct xh_mqtt_owner owner;
    uint32_t clients_max;             /* 0: 12000 */
    uint32_t packet_bytes_max;        /* 0: 1 MiB */
    uint32_t queue_messages_max;      /* waiting for one subscriber; 0: 1000 */
    uint64_t queue_bytes_max;         /* of all queues together; 0: 256 MiB */
    uint32_t inflight_max;            /* of one publisher, not acknowledged; 0: 256 */
    uint32_t retained_max;            /* 0: 100000 */
};

int xh_mqtt_open(const struct xh_mqtt_options *options, struct xh_mqtt **ret, struct xh_err *err);
void xh_mqtt_close(struct xh_mqtt *mqtt); /* tells clients (5.0: 0x8B); NULL is fine */
uint16_t xh_mqtt_port(const struct xh_mqtt *mqtt);
uint16_t xh_mqtt_tls_port(const struct xh_mqtt *mqtt);
uint16_t xh_mqtt_ws_port(const struct xh_mqtt *mqtt);

/* Of a message; valid until it is done. */
struct xh_str xh_mqtt_message_topic(const struct xh_mqtt_message *message);
struct xh_str xh_mqtt_message_payload(const struct xh_mqtt_message *message);
const struct xh_who *xh_mqtt_message_who(const struct xh_mqtt_message *message);
/* status 0: taken, and handed on to subscribers when `is_forwarded`. Negative: refused; a 5.0
 * client gets a reason code and the sentence, a 3.1.1 client is acknowledged when sending again
 * would not help (XH_E_INVALID, XH_E_FORBIDDEN, XH_E_NOT_FOUND). When it would (XH_E_BUSY,
 * XH_E_NO_SPACE, XH_E_IO) either is disconnected, 5.0 with the reason, to come back: to a 5.0
 * client, too, a refusal is the end of a message. */
void xh_mqtt_message_done(struct xh_mqtt_message *message, int status, bool is_forwarded,
                          const struct xh_err *err);

/* To all who subscribed. XH_E_BUSY: queues are full, nothing was sent. */
int xh_mqtt_send(struct xh_mqtt *mqtt, struct xh_str topic, struct xh_str payload, int qos,
                 bool is_retained, struct xh_err *err);

struct xh_mqtt_stats {
    uint64_t clients, sessions, subscriptions, retained;
    uint64_t accepted, refused_logins, published, acknowledged, refused, sent, dropped,
        slow_disconnected, protocol_errors, queued_messages, queued_bytes, paused_clients;
};
void xh_mqtt_get_stats(struct xh_mqtt *mqtt, struct xh_mqtt_stats *ret);
/* Ends the sessions of who: a key was revoked. */
void xh_mqtt_disconnect(struct xh_mqtt *mqtt, const struct xh_who *who);
/* Rights changed: all who subscribed are asked for again (`subscribe`). What one may not have any
 * more is no subscription from now on and its waiting messages are forgotten, before anything that
 * is sent after this call. Sessions that nobody came for since the start are asked for when
 * somebody does. */
void xh_mqtt_recheck(struct xh_mqtt *mqtt);

#endif
