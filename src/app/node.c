/* node.c: open a data folder and serve it. */
#include "app/node.h"

#include <stdio.h>

#include "app/assets.h"
#include "domain/rooms.h"
#include "service/jobs.h"

int xh_node_socket_path(const char *dir, char *path, size_t size_bytes, struct xh_err *err)
{
    int len = snprintf(path, size_bytes, "%s/xanh.sock", dir);
    if (len < 0 || (size_t)len >= size_bytes) {
        return xh_err_field(err, XH_E_INVALID, "dir", xh_str_from(dir), "500 bytes", NULL,
                            "the name of the data folder is too long");
    }
    return 0;
}

int xh_node_open_engine(struct xh_app *app, const char *dir, struct xh_engine **ret,
                        struct xh_err *err)
{
    const struct xh_engine_options options = {
        .env = app->env,
        .dir = dir,
        .rooms = xh_rooms,
        .room_count = xh_rooms_count,
        .files = xh_assets_data,
        .file_count = xh_assets_data_count,
        .log = app->log,
    };
    return xh_engine_open(&options, ret, err);
}

/* The server keeps the path, to remove the socket at its end. */
static int open_server(const struct xh_node_options *options, const char *socket_path,
                       struct xh_node *node, struct xh_err *err)
{
    const struct xh_server_options server = {
        .engine = node->engine,
        .address = options->address ? options->address : "",
        .port = options->port,
        .socket_path = socket_path,
        .identity = options->identity,
        .has_mqtt = options->has_mqtt && options->address != NULL,
        .mqtt_port = options->mqtt_port,
        .mqtt_tls_port = options->mqtt_tls_port,
        .mqtt_ws_port = options->mqtt_ws_port,
        .certificate = options->certificate,
        .key = options->key,
        .is_demo = options->is_demo,
        .demo = options->demo,
        .assets = xh_assets_web,
        .asset_count = xh_assets_web_count,
        .version = XH_VERSION,
    };
    return xh_server_open(&server, &node->server, err);
}

int xh_node_open(struct xh_app *app, const struct xh_node_options *options, struct xh_node *ret,
                 struct xh_err *err)
{
    struct xh_node node = {NULL, NULL};
    char path[512];
    int code = xh_node_socket_path(options->dir, path, sizeof path, err);

    if (code == 0) {
        code = xh_node_open_engine(app, options->dir, &node.engine, err);
    }
    if (code == 0) {
        code = open_server(options, xh_arena_text(app->arena, xh_str_from(path)), &node, err);
    }
    if (code == 0 && options->has_jobs) {
        code = xh_jobs_start(node.engine, err);
    }
    if (code < 0) {
        xh_node_close(&node);
        return code;
    }
    *ret = node;
    return 0;
}

void xh_node_close(struct xh_node *node)
{
    xh_server_close(node->server);
    if (node->engine) {
        xh_jobs_stop(node->engine);
        xh_engine_close(node->engine);
    }
    *node = (struct xh_node){NULL, NULL};
}
