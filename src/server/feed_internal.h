/* feed_internal.h: the bytes of one event stream that wait for its socket: what events.c and
 * fleet_tail.c share.
 *
 * A feed has no lock of its own: its owner calls with the lock held that guards the stream. Who
 * clears is_suspended resumes, once. What waits is bounded by the owner, who is told when an event
 * does not fit.
 */
#ifndef XH_SERVER_FEED_INTERNAL_H
#define XH_SERVER_FEED_INTERNAL_H

#include <microhttpd.h>

#include "server/server_internal.h"

struct xh__feed {
    struct MHD_Connection *connection;
    struct xh_buf waiting;
    size_t sent; /* of waiting */
    bool is_suspended;
    bool is_over; /* when all that waits is sent, the stream ends */
};

/* It begins with the greeting that every stream has. */
void xh__feed_init(struct xh__feed *feed, struct MHD_Connection *connection, size_t max_bytes);
void xh__feed_finish(struct xh__feed *feed);
bool xh__feed_has_room(const struct xh__feed *feed, const struct xh_buf *event, size_t max_bytes);
void xh__feed_add(struct xh__feed *feed, const void *bytes, size_t len);
void xh__feed_resume(struct xh__feed *feed);
/* As the library's reader asks for it: bytes, none (then it is suspended), or the end. */
ssize_t xh__feed_read(struct xh__feed *feed, char *out, size_t max);

/* Answers the request with the stream; from now on `read` and `release` have arg, release also when
 * this fails. */
int xh__feed_respond(struct xh__request *req, MHD_ContentReaderCallback read,
                     MHD_ContentReaderFreeCallback release, void *arg, struct xh_err *err);

#endif
