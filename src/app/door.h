/* door.h: how a command reaches a data folder: always through the HTTP API, over DIR/xanh.sock.
 *
 * When a process owns the folder (xanh serve, or another command), the door is its socket. When
 * nobody does, this process opens the folder, serves the socket itself, without a port, and asks
 * over it like everybody else. So a command has one implementation, whoever owns the folder, and
 * while a long import runs other commands find a door too. The price is a few milliseconds a
 * command and the bytes through the socket (an import of 5 million rows: a few seconds of 60).
 *
 * Two commands that start at the same moment: one gets the folder, the other waits for its socket
 * for up to ten seconds.
 *
 * Who comes through the socket is the operator: it is readable by its owner only.
 */
#ifndef XH_APP_DOOR_H
#define XH_APP_DOOR_H

#include "app/app.h"
#include "app/client.h"
#include "app/tree.h"

struct xh_door;

/* may_create: makes the folder when it is not there; else that is XH_E_NOT_FOUND. */
int xh_door_open(struct xh_app *app, bool may_create, struct xh_door **ret, struct xh_err *err);
void xh_door_close(struct xh_door *door); /* NULL is fine */
struct xh_client *xh_door_client(struct xh_door *door);

/* GET, or POST of a JSON body. An HTTP status of 400 and more becomes the error that it tells of.
 * *ret_body is borrowed until the next call. */
int xh_door_get(struct xh_door *door, const char *target, struct xh_str *ret_body,
                struct xh_err *err);
int xh_door_send(struct xh_door *door, const char *method, const char *target, struct xh_str json,
                 const char *headers, struct xh_str *ret_body, struct xh_err *err);
/* The same, parsed into `arena`. */
int xh_door_get_tree(struct xh_door *door, struct xh_arena *arena, const char *target,
                     const struct xh_tree **ret, struct xh_err *err);
/* What a command does with an answer: under --json it is printed as it came, and *ret is NULL, for
 * nothing is left to say; else it is read into the app's arena. */
int xh_door_answer(struct xh_app *app, struct xh_str body, const struct xh_tree **ret,
                   struct xh_err *err);
/* Builds "/api/v1/use?series=home%2F7&from=...": pairs name, text; a pair with an empty text is
 * left out; ends with NULL. In the arena. */
struct xh_ask_pair {
    const char *name;
    struct xh_str text;
};
const char *xh_door_target(struct xh_arena *arena, const char *path,
                           const struct xh_ask_pair *pairs, size_t count);

#endif
