/* server.h: the HTTP door: API, events, metrics and the web app, over libmicrohttpd.
 *
 * Guarantees
 *   - No thread that serves sockets waits on disk, lock or job: a request that needs one is
 *     suspended, run by a worker (or acknowledged by the store's committer) and resumed.
 *   - Every size from outside has a limit: header 32 KiB, body 1 MiB (64 MiB for readings and
 *     tables; four times that after unpacking), connections, streams, requests that wait for a
 *     worker.
 *   - A request whose end or host is told twice is refused and its connection closed. A server on
 *     a loopback address that gives rights without a key answers, without one, only under addresses
 *     and localhost: no page of another site reaches it under a name of its own.
 *   - An error is a problem (RFC 9457) that names field, value, limit and unit where one is to
 *     blame.
 *
 * Plain HTTP: on another address than loopback put it behind a proxy that speaks TLS.
 *
 * Threads: open, close and the getters from one thread; the rest is inside.
 */
#ifndef XH_SERVER_SERVER_H
#define XH_SERVER_SERVER_H

#include "base/embed.h"
#include "service/engine.h"

struct xh_server;

/* What a demonstration says of itself. The texts live as long as the program. */
struct xh_server_demo_status {
    int64_t offset_us, seed; /* of its clock to the real one */
    bool is_making;          /* readings or records are being made */
    const char *text_vi, *text_en;
    int64_t done, total;
};
enum { XH_SERVER_DEMO_DAYS_MAX = 366 };
/* Asked from any worker's thread. */
struct xh_server_demo {
    void *self;
    void (*status)(void *self, struct xh_server_demo_status *ret);
    /* Puts the clock forward by 1 to 366 days; what happens meanwhile is made afterwards, by
     * itself. XH_E_BUSY: something is still being made. */
    int (*forward)(void *self, int64_t days, int64_t *ret_now_us, struct xh_err *err);
};

struct xh_server_options {
    struct xh_engine *engine;
    const char *address;        /* NULL: 127.0.0.1; "": none, the Unix socket only */
    uint16_t port;              /* 0: any that is free */
    const char *socket_path;    /* a Unix socket beside it, for commands of the same user; NULL:
                                   none. Who comes in there is the operator. */
    const char *identity;       /* of requests without a key; NULL: "public" */
    bool has_mqtt;              /* an MQTT server on the same address (mqtt/mqtt.h) */
    int mqtt_port, mqtt_tls_port, mqtt_ws_port; /* 0: any that is free; -1: none */
    const char *certificate, *key; /* PEM files, with mqtt_tls_port */
    bool is_demo;               /* lets a request name the identity it wants to be seen as */
    const struct xh_server_demo *demo; /* with is_demo; NULL: tells nothing of itself. Borrowed. */
    const struct xh_embed *assets;
    size_t asset_count;
    const char *version;
    unsigned socket_threads;    /* 0: 2 */
    unsigned workers;           /* 0: 4 */
    unsigned connections_max;   /* 0: 12000 */
};

int xh_server_open(const struct xh_server_options *options, struct xh_server **ret,
                   struct xh_err *err);
uint16_t xh_server_port(const struct xh_server *server);
uint16_t xh_server_mqtt_port(const struct xh_server *server); /* these three: 0: none */
uint16_t xh_server_mqtt_tls_port(const struct xh_server *server);
uint16_t xh_server_mqtt_ws_port(const struct xh_server *server);
void xh_server_close(struct xh_server *server); /* ends streams, finishes what runs; NULL is fine */

#endif
