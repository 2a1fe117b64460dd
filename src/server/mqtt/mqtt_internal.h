/* mqtt_internal.h: what the files of `server/mqtt` share.
 *
 *   mqtt_codec*.c      packets as bytes (mqtt_codec.h)
 *   mqtt.c             opening and closing; what other threads may call
 *   mqtt_loop.c        the thread: sockets that are ready, what others left, the clock
 *   mqtt_listen.c      ports
 *   mqtt_conn.c        a connection: bytes in, packets, bytes out
 *   mqtt_tls.c         TLS below it, by GnuTLS
 *   mqtt_ws.c          WebSocket below it
 *   mqtt_connect.c     CONNECT, DISCONNECT, wills
 *   mqtt_publish.c     messages on their way in, their acknowledgement, and on to subscribers
 *   mqtt_subscribe.c   SUBSCRIBE, UNSUBSCRIBE
 *   mqtt_session.c     sessions, and the queue of what one is to get
 *   mqtt_tree.c        topics: who subscribed, what is retained
 *   mqtt_journal.c     the file of what outlives the process; mqtt_restore.c reads it
 *
 * Everything belongs to the server's thread but what stands under `lock`, the counters, and the
 * journal's own. A message's body is counted by references, on that thread only, once it was handed
 * over.
 *
 * An acknowledgement that promises something about other clients (that a message is queued for an
 * absent one, that it is retained) waits for the journal: it carries the journal's position, a
 * ticket, and leaves when the journal has been synced so far. The thread itself never waits.
 */
#ifndef XH_SERVER_MQTT_INTERNAL_H
#define XH_SERVER_MQTT_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/map.h"
#include "kernel/shape.h"
#include "server/mqtt/mqtt.h"
#include "server/mqtt/mqtt_codec.h"

enum {
    XH__MQTT_READ_BYTES = 64 * 1024,
    XH__MQTT_OUT_BYTES_MAX = 256 * 1024,  /* what waits for a socket before its queue must wait */
    XH__MQTT_WINDOW_MAX = 256,            /* sent to one client and not acknowledged */
    XH__MQTT_ALIASES_MAX = 32,
    XH__MQTT_CONNECT_TIMEOUT_S = 10,
    XH__MQTT_SYS_INTERVAL_S = 10,
    XH__MQTT_SUBSCRIPTIONS_MAX = 1000,    /* of one session */
    XH__MQTT_LEVELS_MAX = 128,            /* of a topic */
    XH__MQTT_NEVER = -1                   /* a session that does not expire */
};

/* What is published: shared by all who are to get it. */
struct xh__mqtt_body {
    uint32_t refs, queue_refs;
    struct xh_str topic, payload, properties; /* properties: those handed on */
    int64_t expires_us;                       /* 0: never */
    uint8_t qos;
    bool is_retained;
};

struct xh__mqtt_node;
struct xh__mqtt_session;
struct xh__mqtt_conn;

/* One filter of one session. */
struct xh__mqtt_sub {
    struct xh__mqtt_session *session;
    struct xh__mqtt_node *node;
    struct xh__mqtt_group *group;             /* of a shared one, or NULL */
    struct xh__mqtt_sub *next_of_node, *next_of_session; /* next_of_node: or of the group */
    struct xh_str text;                       /* as it was asked for */
    uint32_t id;                              /* subscription identifier, 0: none */
    uint8_t options, qos;
    bool no_local, retain_as_published;
};
struct xh__mqtt_group {
    struct xh__mqtt_group *next;
    struct xh__mqtt_sub *subs, *turn;         /* turn: who gets the next one */
    struct xh_str name;
};
/* One level of a topic or a filter. */
struct xh__mqtt_node {
    struct xh__mqtt_node *parent, *first_child, *next, *prev;
    struct xh__mqtt_sub *subs;
    struct xh__mqtt_group *groups;
    struct xh__mqtt_body *retained;
    uint64_t number;
    size_t key_len, level_len;
    char key[];                               /* parent's number and level, as in the map */
};

/* What a session is to get, or got and has not acknowledged. */
struct xh__mqtt_item {
    struct xh__mqtt_item *next;
    struct xh__mqtt_body *body;
    uint64_t seq;                             /* in the journal; 0: not in it */
    uint16_t packet_id;
    uint8_t qos;
    bool is_retained, is_repeated, is_released; /* released: PUBREC came */
    uint32_t id_count;
    uint32_t ids[];                           /* subscription identifiers */
};
struct xh__mqtt_list {
    struct xh__mqtt_item *first, *last;
    size_t count;
};

struct xh__mqtt_will {
    struct xh__mqtt_body *body;               /* NULL: none */
    uint32_t delay_s;
    int64_t at_us;                            /* when it is sent; 0: not decided */
};

struct xh__mqtt_session {
    struct xh_str client_id, who_name;
    const struct xh_who *who;                 /* NULL: since the start it was not here */
    struct xh__mqtt_conn *conn;               /* NULL: absent */
    uint64_t number;                          /* in the journal */
    bool is_told;                             /* the journal knows it */
    int64_t expiry_s, expires_us;             /* expires_us: absent ones; 0: never */
    struct xh__mqtt_sub *subs;
    size_t sub_count;
    struct xh__mqtt_list queue, inflight;
    uint16_t last_packet_id;
    uint64_t last_seq;
    struct xh_mqtt_message *in_first, *in_last; /* in the order in which they came */
    size_t in_count, in_qos_count;
    uint16_t *taken_ids;                      /* QoS 2: acknowledged by PUBREC, no PUBREL yet */
    size_t taken_count, taken_capacity;
    struct xh__mqtt_will will;
    size_t match_at;                          /* while a message is handed out */
    uint64_t match_round;
};

struct xh_mqtt_message {
    struct xh_mqtt *mqtt;
    struct xh__mqtt_session *session;         /* NULL: gone, or it is a will */
    struct xh_mqtt_message *next, *next_done;
    struct xh__mqtt_body *body;
    const struct xh_who *who;
    struct xh_str client_id;
    uint64_t conn_number;                     /* of the connection that is to be answered */
    uint16_t packet_id;
    uint8_t qos;
    bool is_done, is_forwarded;
    int status;
    char *why;                                /* the sentence, when it was refused */
    char client_id_bytes[];
};

/* Bytes that wait for the journal. */
struct xh__mqtt_deferred {
    struct xh__mqtt_deferred *next;
    uint64_t ticket;
    size_t len;
    char bytes[];
};

enum xh__mqtt_door { XH__MQTT_TCP, XH__MQTT_TLS, XH__MQTT_WS, XH__MQTT_DOORS };
enum xh__mqtt_state {
    XH__MQTT_SHAKING,   /* TLS or WebSocket are being agreed on */
    XH__MQTT_GREETING,  /* CONNECT is expected */
    XH__MQTT_UP,
    XH__MQTT_LEAVING,   /* what is left to say is written, then it is closed */
    XH__MQTT_GONE
};

struct xh__mqtt_ws;
struct xh__mqtt_conn {
    struct xh_mqtt *mqtt;
    struct xh__mqtt_conn *next, *prev, *next_dirty, *next_gone;
    struct xh__mqtt_session *session;
    uint64_t number;
    int fd;
    uint8_t door, state, version;
    bool is_local, is_dirty, is_paused, wants_problems, is_slow, is_write_blocked;
    uint32_t events;                          /* asked of epoll */
    uint16_t keep_alive_s, receive_max, aliases_out_max;
    uint32_t packet_max;                      /* that the client takes */
    int64_t opened_us, heard_us;
    struct xh_buf in, out;
    size_t out_at;
    struct xh_str *aliases_in, *aliases_out;
    size_t aliases_out_count;
    struct xh__mqtt_deferred *deferred, *deferred_last;
    void *tls;
    struct xh__mqtt_ws *ws;
};

struct xh__mqtt_counters {
    _Atomic uint64_t clients, sessions, subscriptions, retained, accepted, refused_logins,
        published, acknowledged, refused, sent, dropped, slow_disconnected, protocol_errors,
        queued_messages, queued_bytes, paused_clients;
};

/* Who is to get a message. */
struct xh__mqtt_match {
    struct xh__mqtt_session *session;
    uint8_t qos;
    bool is_retained;
    uint32_t id_first, id_count;              /* a list in `match_ids`; 0: its end */
};

struct xh__mqtt_journal;

struct xh__mqtt_order {                       /* of another thread */
    struct xh__mqtt_order *next;
    struct xh__mqtt_body *body;               /* to send; NULL: disconnect who */
    const struct xh_who *who;                 /* NULL, too: ask again who may have what */
};

struct xh_mqtt {
    struct xh_mqtt_options options;
    const struct xh_env *env;
    struct xh_log *log;
    char *address, *store_path;
    int epoll_fd, wake_fd;
    int listeners[XH__MQTT_DOORS];
    uint16_t ports[XH__MQTT_DOORS];
    pthread_t thread;
    bool is_running;
    void *certificate;                        /* gnutls_certificate_credentials_t */

    struct xh_map *sessions, *nodes;
    struct xh__mqtt_node *root;
    uint64_t last_node, last_conn, last_session, match_round;
    struct xh__mqtt_conn *conns, *dirty, *gone;
    struct xh__mqtt_match *matches;
    size_t match_count, match_capacity;
    struct xh__mqtt_match_id {
        uint32_t id, next;
    } *match_ids;                             /* the first one is not used */
    size_t match_id_count, match_id_capacity;
    size_t conn_count;
    int64_t started_us, ticked_us, sys_us;
    struct xh__mqtt_journal *journal;         /* NULL: none */
    char *scratch;                            /* XH__MQTT_READ_BYTES */
    struct xh_buf properties, packet, key;    /* while one is made */
    bool is_quiet;                            /* filters are restored or forgotten: the owner is
                                                 not told */

    struct xh__mqtt_counters counters;
    pthread_mutex_t lock;
    struct xh_mqtt_message *done_first, *done_last;
    struct xh__mqtt_order *order_first, *order_last;
    uint64_t order_bytes;
    uint64_t messages_open;                   /* handed over and not done */
    pthread_cond_t all_done;
    bool is_stopping;
    _Atomic bool is_awake;
};

/* ---- mqtt.c ---- */
void xh__mqtt_wake(struct xh_mqtt *mqtt);
void xh__mqtt_count(_Atomic uint64_t *counter, int64_t by);

/* ---- mqtt_loop.c ---- */
void *xh__mqtt_run(void *mqtt);

/* ---- mqtt_listen.c ---- */
int xh__mqtt_listen(struct xh_mqtt *mqtt, enum xh__mqtt_door door, int port, struct xh_err *err);
void xh__mqtt_accept(struct xh_mqtt *mqtt, enum xh__mqtt_door door);

/* ---- mqtt_conn.c ---- */
struct xh__mqtt_conn *xh__mqtt_conn_create(struct xh_mqtt *mqtt, enum xh__mqtt_door door, int fd,
                                           bool is_local);
void xh__mqtt_conn_ready(struct xh__mqtt_conn *conn, uint32_t events);
/* Payload of the layer below, in order. */
void xh__mqtt_conn_feed(struct xh__mqtt_conn *conn, struct xh_str bytes);
void xh__mqtt_conn_dirty(struct xh__mqtt_conn *conn);  /* has something to write */
void xh__mqtt_conn_flush(struct xh__mqtt_conn *conn);
void xh__mqtt_conn_resume(struct xh__mqtt_conn *conn); /* its messages were done */
/* Says why (5.0), writes what is left, closes. The will is sent unless is_friendly. */
void xh__mqtt_conn_end(struct xh__mqtt_conn *conn, uint8_t reason, const char *why);
void xh__mqtt_conn_drop(struct xh__mqtt_conn *conn);   /* at once, without a word */
void xh__mqtt_conn_bury(struct xh_mqtt *mqtt);         /* frees those that are gone */
/* Writes now, or when the journal has got to `ticket`; in order. */
void xh__mqtt_conn_answer(struct xh__mqtt_conn *conn, uint64_t ticket, struct xh_str bytes);
void xh__mqtt_conn_synced(struct xh__mqtt_conn *conn, uint64_t ticket);

/* ---- mqtt_tls.c ---- */
int xh__mqtt_tls_open(struct xh_mqtt *mqtt, struct xh_err *err);
void xh__mqtt_tls_close(struct xh_mqtt *mqtt);
int xh__mqtt_tls_begin(struct xh__mqtt_conn *conn);
void xh__mqtt_tls_end(struct xh__mqtt_conn *conn);
/* 1: agreed; 0: goes on later; < 0: failed. */
int xh__mqtt_tls_shake(struct xh__mqtt_conn *conn);
bool xh__mqtt_tls_wants_write(struct xh__mqtt_conn *conn);
/* As recv and send, but -1: not now; -2: over. */
ptrdiff_t xh__mqtt_tls_read(struct xh__mqtt_conn *conn, void *bytes, size_t len);
ptrdiff_t xh__mqtt_tls_write(struct xh__mqtt_conn *conn, const void *bytes, size_t len);

/* ---- mqtt_ws.c ---- */
void xh__mqtt_ws_begin(struct xh__mqtt_conn *conn);
void xh__mqtt_ws_end(struct xh__mqtt_conn *conn);
/* What came by the socket: the handshake, then frames. False: it must be ended. */
bool xh__mqtt_ws_feed(struct xh__mqtt_conn *conn, struct xh_str bytes);
/* Puts what is in conn->out into a frame, into the buffer that is written: returned. */
struct xh_buf *xh__mqtt_ws_wrap(struct xh__mqtt_conn *conn);
void xh__mqtt_ws_bye(struct xh__mqtt_conn *conn, unsigned status);

/* ---- mqtt_connect.c ---- */
void xh__mqtt_connect(struct xh__mqtt_conn *conn, const struct xh__mqtt_packet *packet);
void xh__mqtt_disconnected(struct xh__mqtt_conn *conn, const struct xh__mqtt_packet *packet);
/* The connection ended, however: its session stays or ends, its will is sent or waits. */
void xh__mqtt_conn_left(struct xh__mqtt_conn *conn);
void xh__mqtt_will_send(struct xh_mqtt *mqtt, struct xh__mqtt_session *session);

/* ---- mqtt_publish.c ---- */
struct xh__mqtt_body *xh__mqtt_body_create(struct xh_str topic, struct xh_str payload,
                                           struct xh_str properties);
struct xh__mqtt_body *xh__mqtt_body_keep(struct xh__mqtt_body *body);
void xh__mqtt_body_drop(struct xh__mqtt_body *body);
void xh__mqtt_publish(struct xh__mqtt_conn *conn, const struct xh__mqtt_packet *packet);
void xh__mqtt_pubrel(struct xh__mqtt_conn *conn, const struct xh__mqtt_packet *packet);
void xh__mqtt_hand_over(struct xh_mqtt *mqtt, struct xh__mqtt_session *session,
                        const struct xh_who *who, struct xh__mqtt_body *body, uint16_t packet_id,
                        bool is_answered);
void xh__mqtt_done(struct xh_mqtt *mqtt, struct xh_mqtt_message *message);
void xh__mqtt_forget_messages(struct xh__mqtt_session *session); /* they go on without it */
/* To all who subscribed; how many. Keeps it when it is retained. `from`: the publisher, or NULL. */
size_t xh__mqtt_hand_out(struct xh_mqtt *mqtt, struct xh__mqtt_body *body,
                         const struct xh__mqtt_session *from);

/* ---- mqtt_subscribe.c ---- */
void xh__mqtt_subscribe(struct xh__mqtt_conn *conn, const struct xh__mqtt_packet *packet);
void xh__mqtt_unsubscribe(struct xh__mqtt_conn *conn, const struct xh__mqtt_packet *packet);
/* Those that it may not have any more end, with what waits of them: its rights may have changed. */
void xh__mqtt_resubscribe(struct xh_mqtt *mqtt, struct xh__mqtt_session *session);

/* ---- mqtt_session.c ---- */
struct xh__mqtt_session *xh__mqtt_session_create(struct xh_mqtt *mqtt, struct xh_str client_id,
                                                 struct xh_str who_name);
void xh__mqtt_session_destroy(struct xh_mqtt *mqtt, struct xh__mqtt_session *session);
bool xh__mqtt_session_is_kept(const struct xh_mqtt *mqtt, const struct xh__mqtt_session *session);
/* Puts a message into its queue; is_pressing: limits of the queue do not count (retained ones after
 * SUBSCRIBE). */
void xh__mqtt_session_queue(struct xh_mqtt *mqtt, struct xh__mqtt_session *session,
                            struct xh__mqtt_body *body, uint8_t qos, bool is_retained,
                            const uint32_t *ids, uint32_t id_count, bool is_pressing);
void xh__mqtt_session_add(struct xh_mqtt *mqtt, struct xh__mqtt_list *list,
                          struct xh__mqtt_item *item);
/* Forgets what waits under topics that it does not want (any more). */
void xh__mqtt_session_sift(struct xh_mqtt *mqtt, struct xh__mqtt_session *session,
                           bool (*wants)(struct xh_mqtt *mqtt, const struct xh_who *who,
                                         struct xh_str topic));
/* As the journal told: 'S' sent under packet_id, 'R' released, 'D' done. */
void xh__mqtt_session_set_fate(struct xh_mqtt *mqtt, struct xh__mqtt_session *session, uint64_t seq,
                               char fate, uint16_t packet_id);
void xh__mqtt_session_set_taken(struct xh_mqtt *mqtt, struct xh__mqtt_session *session, uint16_t id,
                                bool is_taken);
void xh__mqtt_session_pump(struct xh__mqtt_conn *conn);   /* sends what may be sent */
void xh__mqtt_session_resend(struct xh__mqtt_conn *conn); /* after CONNECT (4.4) */
void xh__mqtt_session_acked(struct xh__mqtt_conn *conn, const struct xh__mqtt_packet *packet);

/* ---- mqtt_tree.c ---- */
void xh__mqtt_tree_create(struct xh_mqtt *mqtt);
void xh__mqtt_tree_destroy(struct xh_mqtt *mqtt);
/* Tells the owner of all filters that are there. */
void xh__mqtt_want_all(struct xh_mqtt *mqtt);
/* Subscribes; true: it had that filter already, and its options are the new ones now. */
bool xh__mqtt_sub_put(struct xh_mqtt *mqtt, struct xh__mqtt_session *session,
                      const struct xh__mqtt_filter *filter, uint32_t id);
bool xh__mqtt_sub_remove(struct xh_mqtt *mqtt, struct xh__mqtt_session *session,
                         struct xh_str text);
void xh__mqtt_sub_remove_all(struct xh_mqtt *mqtt, struct xh__mqtt_session *session);
/* Fills mqtt->matches: one row a session. */
void xh__mqtt_match(struct xh_mqtt *mqtt, struct xh_str topic, uint8_t qos, bool is_retained,
                    const struct xh__mqtt_session *from);
/* An empty payload ends it. XH_E_TOO_MANY: there are too many. */
int xh__mqtt_retain(struct xh_mqtt *mqtt, struct xh__mqtt_body *body);
void xh__mqtt_retained_each(struct xh_mqtt *mqtt, struct xh_str filter,
                            void (*each)(void *arg, struct xh__mqtt_body *body), void *arg);

/* ---- mqtt_journal.c, mqtt_restore.c ---- */
int xh__mqtt_journal_open(struct xh_mqtt *mqtt, struct xh_err *err);
void xh__mqtt_journal_close(struct xh_mqtt *mqtt);
uint64_t xh__mqtt_journal_ticket(const struct xh_mqtt *mqtt); /* of all that was said; 0: none */
uint64_t xh__mqtt_journal_synced(const struct xh_mqtt *mqtt, bool *ret_is_broken);
void xh__mqtt_journal_tick(struct xh_mqtt *mqtt);  /* writes it anew when it has grown old */
void xh__mqtt_log_session(struct xh_mqtt *mqtt, struct xh__mqtt_session *session);
void xh__mqtt_log_session_end(struct xh_mqtt *mqtt, struct xh__mqtt_session *session);
void xh__mqtt_log_sub(struct xh_mqtt *mqtt, const struct xh__mqtt_sub *sub);
void xh__mqtt_log_sub_end(struct xh_mqtt *mqtt, const struct xh__mqtt_session *session,
                          struct xh_str text);
void xh__mqtt_log_item(struct xh_mqtt *mqtt, const struct xh__mqtt_session *session,
                       const struct xh__mqtt_item *item);
/* What became of it: sent under a packet identifier, released, or done. */
void xh__mqtt_log_fate(struct xh_mqtt *mqtt, const struct xh__mqtt_session *session,
                       const struct xh__mqtt_item *item, char fate);
void xh__mqtt_log_taken(struct xh_mqtt *mqtt, const struct xh__mqtt_session *session, uint16_t id,
                        bool is_taken);
void xh__mqtt_log_retained(struct xh_mqtt *mqtt, const struct xh__mqtt_body *body);
int xh__mqtt_restore(struct xh_mqtt *mqtt, struct xh_str bytes, struct xh_err *err);
#endif
