/* mqtt_door.h: MQTT and the program behind it: who a client is, where its messages go, and what
 * subscribers get.
 *
 *   mqtt_door.c         who; topics that are not SensorThings': mappings; the thread that takes
 *   sta/sta_mqtt.c      "v1.1/..." and "v1.0/...": observations in batches, other entities one by
 *                       one (18-088, clause 14: create and update by MQTT)
 *   sta/sta_feed*.c     subscriptions to entity sets, entities and properties (clause 14: receive)
 *
 * A message waits in a queue for one thread, which parses and hands on; nothing of it runs on the
 * thread that serves sockets, nor on the committer's. So the messages of all clients stay in the
 * order in which they came.
 */
#ifndef XH_SERVER_MQTT_DOOR_H
#define XH_SERVER_MQTT_DOOR_H

#include "server/mqtt/mqtt.h"
#include "server/server_internal.h"

/* ---- mqtt_door.c: opened and closed by http.c ---- */
int xh__mqtt_door_open(struct xh_server *server, struct xh_err *err);
void xh__mqtt_door_close(struct xh_server *server);
/* Counters of the server behind the door, for /metrics; false: there is no door. */
struct xh__mqtt_door_stats {
    struct xh_mqtt_stats mqtt;
    uint64_t waiting;         /* messages for the thread that takes */
    uint64_t unmatched;       /* that no rule took */
    uint64_t feed_dropped;    /* events that came faster than subscribers could be told */
};
bool xh__mqtt_door_get_stats(struct xh_server *server, struct xh__mqtt_door_stats *ret);

/* ---- sta/sta_mqtt.c ---- */
struct xh__sta_intake;
struct xh__sta_intake *xh__sta_intake_create(struct xh_server *server);
void xh__sta_intake_destroy(struct xh__sta_intake *intake); /* when nothing is on its way */
/* Is it a topic, or a filter, of SensorThings? *ret_rest: what stands behind the version. */
bool xh__sta_topic_is(struct xh_str topic, bool *ret_is_1_0, struct xh_str *ret_rest);
/* Takes a message, which is done sooner or later. Observations wait for xh__sta_intake_flush. May
 * block. */
void xh__sta_intake_take(struct xh__sta_intake *intake, struct xh_mqtt_message *message);
void xh__sta_intake_flush(struct xh__sta_intake *intake);
/* The links in payloads begin with this: "http://127.0.0.1:8080/v1.1". */
struct xh_str xh__sta_mqtt_root(const struct xh_server *server, struct xh_arena *arena,
                                bool is_1_0);

/* ---- sta/sta_feed.c ---- */
struct xh__sta_feed;
struct xh__sta_feed *xh__sta_feed_create(struct xh_server *server);
int xh__sta_feed_start(struct xh__sta_feed *feed, struct xh_mqtt *mqtt, struct xh_err *err);
void xh__sta_feed_stop(struct xh__sta_feed *feed);    /* sends nothing any more; NULL is fine */
void xh__sta_feed_destroy(struct xh__sta_feed *feed); /* NULL is fine */
/* May who have this filter, and does it make sense? */
int xh__sta_feed_check(struct xh_server *server, const struct xh_who *who, struct xh_str filter,
                       struct xh_err *err);
void xh__sta_feed_wanted(struct xh__sta_feed *feed, struct xh_str filter, bool is_wanted);
uint64_t xh__sta_feed_dropped(const struct xh__sta_feed *feed);

#endif
