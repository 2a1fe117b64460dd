/* http_answer.h: an HTTP/1.1 answer (RFC 9112), taken apart as its bytes come.
 *
 * Limits: 32 KiB of head, `body_bytes_max` of body (XH_E_TOO_LARGE). Bodies by Content-Length,
 * chunked, or until the connection closes. Answers with status 1xx are skipped. Anything malformed
 * is XH_E_INVALID.
 */
#ifndef XH_APP_HTTP_ANSWER_H
#define XH_APP_HTTP_ANSWER_H

#include "base/err.h"

enum { XH_HTTP_HEAD_BYTES_MAX = 32 * 1024 };

struct xh_http_answer {
    int status;               /* once the head is complete */
    struct xh_buf head, body; /* head: the lines, as they came */
    bool is_done, keeps_alive;
    /* private */
    enum {
        XH_HTTP_HEAD,
        XH_HTTP_BODY,
        XH_HTTP_CHUNK_SIZE,
        XH_HTTP_CHUNK,
        XH_HTTP_CHUNK_END,
        XH_HTTP_TRAILER,
        XH_HTTP_UNTIL_CLOSE
    } state;
    uint64_t left;
    size_t line_bytes;
    char line[32];
    bool is_head_request; /* set before feeding: no body follows */
};

void xh_http_answer_init(struct xh_http_answer *answer, size_t body_bytes_max);
void xh_http_answer_finish(struct xh_http_answer *answer);
void xh_http_answer_clear(struct xh_http_answer *answer); /* for the next one, memory kept */
/* Takes bytes; *ret_used of them belong to this answer (all, until it is done). */
int xh_http_answer_feed(struct xh_http_answer *answer, const char *bytes, size_t len,
                        size_t *ret_used, struct xh_err *err);
/* The connection closed. XH_E_IO when the answer was not over. */
int xh_http_answer_end(struct xh_http_answer *answer, struct xh_err *err);
/* A header by its name in any case; empty when there is none. Borrowed. */
struct xh_str xh_http_answer_header(const struct xh_http_answer *answer, const char *name);

#endif
