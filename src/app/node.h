/* node.h: one data folder, open and served by this process: the engine, its jobs, the server. */
#ifndef XH_APP_NODE_H
#define XH_APP_NODE_H

#include "app/app.h"
#include "server/server.h"

struct xh_node {
    struct xh_engine *engine;
    struct xh_server *server;
};

struct xh_node_options {
    const char *dir;
    const char *address; /* NULL: no port, only the socket in the folder */
    uint16_t port;
    const char *identity; /* of requests without a key */
    bool has_mqtt;
    int mqtt_port, mqtt_tls_port, mqtt_ws_port; /* 0: any; -1: none */
    const char *certificate, *key;
    bool is_demo, has_jobs;
    const struct xh_server_demo *demo; /* with is_demo */
};

/* XH_E_BUSY: another process owns the folder. After an error there is nothing to close. */
int xh_node_open(struct xh_app *app, const struct xh_node_options *options, struct xh_node *ret,
                 struct xh_err *err);
void xh_node_close(
    struct xh_node *node); /* finishes what runs; what is closed may be closed again */
/* The engine alone, as backup and check need it when nobody owns the folder. */
int xh_node_open_engine(struct xh_app *app, const char *dir, struct xh_engine **ret,
                        struct xh_err *err);
/* DIR/xanh.sock */
int xh_node_socket_path(const char *dir, char *path, size_t size_bytes, struct xh_err *err);

#endif
