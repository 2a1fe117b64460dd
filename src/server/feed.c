/* feed.c: bytes of an event stream towards its socket. */
#include "server/feed_internal.h"

#include <string.h>

enum { PIECE_BYTES = 4096 };

void xh__feed_init(struct xh__feed *feed, struct MHD_Connection *connection, size_t max_bytes)
{
    *feed = (struct xh__feed){.connection = connection};
    xh_buf_init(&feed->waiting, 2 * max_bytes);
    xh_buf_add_text(&feed->waiting, "retry: 2000\n: hello\n\n");
}

void xh__feed_finish(struct xh__feed *feed)
{
    xh_buf_finish(&feed->waiting);
}

bool xh__feed_has_room(const struct xh__feed *feed, const struct xh_buf *event, size_t max_bytes)
{
    return feed->waiting.len - feed->sent + event->len <= max_bytes;
}

void xh__feed_add(struct xh__feed *feed, const void *bytes, size_t len)
{
    xh_buf_add(&feed->waiting, bytes, len);
    xh__feed_resume(feed);
}

void xh__feed_resume(struct xh__feed *feed)
{
    if (feed->is_suspended) {
        feed->is_suspended = false;
        MHD_resume_connection(feed->connection);
    }
}

ssize_t xh__feed_read(struct xh__feed *feed, char *out, size_t max)
{
    size_t left = feed->waiting.len - feed->sent;
    if (left > 0) {
        size_t len = left < max ? left : max;
        memcpy(out, feed->waiting.ptr + feed->sent, len);
        feed->sent += len;
        if (feed->sent == feed->waiting.len) {
            xh_buf_clear(&feed->waiting);
            feed->sent = 0;
        }
        return (ssize_t)len;
    }
    if (feed->is_over) {
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    feed->is_suspended = true;
    MHD_suspend_connection(feed->connection);
    return 0;
}

int xh__feed_respond(struct xh__request *req, MHD_ContentReaderCallback read,
                     MHD_ContentReaderFreeCallback release, void *arg, struct xh_err *err)
{
    req->stream = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PIECE_BYTES, read, arg,
                                                    release);
    if (req->stream == NULL) {
        release(arg);
        return xh_err_set(err, XH_E_INTERNAL, "out of memory");
    }
    xh__respond_header(req, "X-Accel-Buffering", "no");
    return xh__respond_text(req, 200, "text/event-stream");
}
