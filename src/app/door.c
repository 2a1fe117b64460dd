/* door.c: reach a data folder. */
#include "app/door.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "app/node.h"
#include "app/problem.h"

enum { TRY_EVERY_MS = 50, TRIES = 200 };

struct xh_door {
    struct xh_node node; /* ours, when nobody else owned the folder */
    struct xh_client *client;
};

static void sleep_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    (void)nanosleep(&time, NULL);
}

static int check_folder(const struct xh_app *app, bool may_create, struct xh_err *err)
{
    struct stat info;

    if (may_create || stat(app->dir, &info) == 0) {
        return 0;
    }
    return xh_err_field(err, XH_E_NOT_FOUND, "dir", xh_str_from(app->dir), NULL, NULL,
                        "there is no data folder '%s'; `xanh serve` or `xanh import` makes one",
                        app->dir);
}

/* The owner's socket, or our own node; while another process is just starting or stopping, both
 * fail and are tried again. */
static int find_way(struct xh_app *app, struct xh_door *door, const char *path, struct xh_err *err)
{
    const struct xh_node_options options = {.dir = app->dir, .identity = "public"};

    for (int i = 0;; i++) {
        int code = xh_client_open(path, &door->client, err);
        if (code != XH_E_NOT_FOUND) {
            return code;
        }
        code = xh_node_open(app, &options, &door->node, err);
        if (code == 0) {
            return xh_client_open(path, &door->client, err);
        }
        if (code != XH_E_BUSY || i >= TRIES) {
            return code;
        }
        sleep_ms(TRY_EVERY_MS);
    }
}

int xh_door_open(struct xh_app *app, bool may_create, struct xh_door **ret, struct xh_err *err)
{
    char path[512];
    int code = check_folder(app, may_create, err);

    if (code == 0) {
        code = xh_node_socket_path(app->dir, path, sizeof path, err);
    }
    if (code < 0) {
        return code;
    }
    struct xh_door *door = xh_alloc(sizeof *door);
    code = find_way(app, door, path, err);
    if (code < 0) {
        xh_door_close(door);
        return code;
    }
    *ret = door;
    return 0;
}

void xh_door_close(struct xh_door *door)
{
    if (!door) {
        return;
    }
    xh_client_close(door->client);
    xh_node_close(&door->node);
    free(door);
}

struct xh_client *xh_door_client(struct xh_door *door)
{
    return door->client;
}

static int request(struct xh_door *door, const struct xh_client_ask *ask, struct xh_str *ret_body,
                   struct xh_err *err)
{
    const struct xh_http_answer *answer = NULL;
    int code = xh_client_request(door->client, ask, &answer, err);

    if (code < 0) {
        return code;
    }
    if (answer->status >= 400) {
        struct xh_arena *arena = xh_arena_create("problem");
        code = xh_problem_read(arena, answer->status, xh_buf_str(&answer->body), err);
        xh_arena_destroy(arena);
        return code;
    }
    *ret_body = xh_buf_str(&answer->body);
    return 0;
}

int xh_door_get(struct xh_door *door, const char *target, struct xh_str *ret_body,
                struct xh_err *err)
{
    const struct xh_client_ask ask = {.method = "GET", .target = xh_str_from(target)};
    return request(door, &ask, ret_body, err);
}

int xh_door_send(struct xh_door *door, const char *method, const char *target, struct xh_str json,
                 const char *headers, struct xh_str *ret_body, struct xh_err *err)
{
    const struct xh_client_ask ask = {method, xh_str_from(target), "application/json", json,
                                      headers};
    return request(door, &ask, ret_body, err);
}

int xh_door_get_tree(struct xh_door *door, struct xh_arena *arena, const char *target,
                     const struct xh_tree **ret, struct xh_err *err)
{
    struct xh_str body = {NULL, 0};
    int code = xh_door_get(door, target, &body, err);
    return code < 0 ? code : xh_tree_parse(arena, body, ret, err);
}

int xh_door_answer(struct xh_app *app, struct xh_str body, const struct xh_tree **ret,
                   struct xh_err *err)
{
    *ret = NULL;
    if (!app->is_json) {
        return xh_tree_parse(app->arena, body, ret, err);
    }
    xh_term_print(&app->out, "%.*s\n", XH_STR_ARG(xh_str_trim(body)));
    return 0;
}

const char *xh_door_target(struct xh_arena *arena, const char *path,
                           const struct xh_ask_pair *pairs, size_t count)
{
    struct xh_buf buf = {0};
    char separator = '?';

    xh_buf_add_text(&buf, path);
    for (size_t i = 0; i < count; i++) {
        if (pairs[i].text.len == 0) {
            continue;
        }
        xh_buf_add_char(&buf, separator);
        xh_buf_add_text(&buf, pairs[i].name);
        xh_buf_add_char(&buf, '=');
        xh_client_encode(&buf, pairs[i].text);
        separator = '&';
    }
    const char *target = xh_arena_text(arena, xh_buf_str(&buf));
    xh_buf_finish(&buf);
    return target;
}
