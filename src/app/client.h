/* client.h: asks over a Unix socket, in HTTP/1.1, one request after another.
 *
 * A connection that the other side closed while idle is opened again once. Not thread-safe.
 */
#ifndef XH_APP_CLIENT_H
#define XH_APP_CLIENT_H

#include "app/http_answer.h"

struct xh_client;

/* XH_E_NOT_FOUND: nobody listens there. */
int xh_client_open(const char *socket_path, struct xh_client **ret, struct xh_err *err);
void xh_client_close(struct xh_client *client); /* NULL is fine */

struct xh_client_ask {
    const char *method;       /* "GET" */
    struct xh_str target;     /* path and query, percent-encoded */
    const char *content_type; /* NULL: no body */
    struct xh_str body;
    const char *headers; /* more, each ended by CRLF; NULL */
};
/* The answer is borrowed until the next request. An HTTP status of 400 and more is no error here.
 */
int xh_client_request(struct xh_client *client, const struct xh_client_ask *ask,
                      const struct xh_http_answer **ret, struct xh_err *err);

/* An answer that does not end, as events: pieces of the body of a 2xx answer are handed over as
 * they come, and an empty one every so often. `take` returns false to end it. Another status: it
 * is read whole, as above. The connection is of no more use afterwards, and opened anew. */
int xh_client_stream(struct xh_client *client, const struct xh_client_ask *ask,
                     bool (*take)(void *arg, struct xh_str piece), void *arg,
                     const struct xh_http_answer **ret, struct xh_err *err);

/* While an answer is awaited, on_wait is called every so often. NULL: no more. */
void xh_client_on_wait(struct xh_client *client, int every_ms, void (*on_wait)(void *arg),
                       void *arg);

/* Adds text so that it is data in a query or a path. */
void xh_client_encode(struct xh_buf *out, struct xh_str text);

#endif
