/* mqtt_client.h: messages fetched from brokers that stay (records core.broker), by libmosquitto.
 *
 * Each active broker has a session of its own there, which outlives a connection: with QoS 1 the
 * broker keeps what comes while we are away, as long as it is set to. A connection that is lost is
 * made again after 1, 2, 4 ... 60 seconds, the first one too. A record that changes is followed at
 * once.
 *
 * What such a broker can lose: the library acknowledges a message as it hands it over, before it is
 * on disk. At most XH__BROKER_INFLIGHT messages of a broker are on their way then; they are lost
 * when this process or its machine fails in that moment, and so are those that the broker itself
 * did not keep. A message that could not be written because the disk was full, or too much waited,
 * is tried again until it is or the program ends, and meanwhile few more are taken: the broker
 * waits. Whoever must lose nothing lets the broker send instead, over a bridge with QoS 1 to this
 * program's own server, which acknowledges after the disk.
 *
 * Who sends: the program itself, for the office's record named the broker; series and devices are
 * made where a rule says so.
 *
 * Threads: one for each connection, and one that follows the records.
 */
#ifndef XH_SERVER_MQTT_CLIENT_H
#define XH_SERVER_MQTT_CLIENT_H

#include "base/json.h"
#include "base/err.h"

struct xh_server;

enum { XH__BROKER_INFLIGHT = 64, XH__BROKERS_MAX = 32 };

int xh__brokers_create(struct xh_server *server, struct xh_err *err);
/* Ends the connections, and waits for what is on its way. NULL inside is fine. */
void xh__brokers_destroy(struct xh_server *server);
/* An array: code, host, is_connected, received, waiting, error. */
void xh__brokers_write(struct xh_server *server, struct xh_json_writer *w);

#endif
