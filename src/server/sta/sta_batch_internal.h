/* sta_batch_internal.h: a batch read: its requests in order, whatever the format they came in.
 *
 * Sources: OASIS OData 4.0 Part 1, 11.7 (multipart/mixed, application/http); OASIS OData JSON
 * Format 4.01, 19 (JSON); OGC 18-088, clause 11.
 */
#ifndef XH_SERVER_STA_BATCH_INTERNAL_H
#define XH_SERVER_STA_BATCH_INTERNAL_H

#include "server/sta/sta_internal.h"

enum {
    XH__STA_BATCH_REQUESTS_MAX = 10000,
    XH__STA_BATCH_HEADERS_MAX = 64 /* lines of one head */
};

struct xh__sta_request {
    struct xh_str id;           /* Content-ID, or "id"; empty: none */
    struct xh_str method, url, content_type, body;
    struct xh_str depends_on;   /* JSON: the raw array, or empty */
    uint32_t group;             /* of a change set, from 1; 0: on its own */
    bool wants_no_body;
    /* the answer */
    int status;
    struct xh_buf out;
    const char *answer_type;    /* NULL: no body */
    struct xh_str location;
};
struct xh__sta_requests {
    struct xh_arena *arena;
    struct xh__sta_request *items;
    size_t count, room;
    uint32_t group_count;
};

/* XH_E_TOO_LARGE: more than XH__STA_BATCH_REQUESTS_MAX. */
int xh__sta_requests_add(struct xh__sta_requests *requests, const struct xh__sta_request *request,
                         struct xh_err *err);
/* Both are pure: text in, requests out. XH_E_INVALID says what was expected. */
int xh__sta_multipart_parse(struct xh_str content_type, struct xh_str body,
                            struct xh__sta_requests *requests, struct xh_err *err);
int xh__sta_json_batch_parse(struct xh_str body, struct xh__sta_requests *requests,
                             struct xh_err *err);
/* "multipart/mixed;boundary=x", with or without quotes. False: it has none. */
bool xh__sta_boundary(struct xh_str content_type, struct xh_str *ret);

/* ---- sta_batch_out.c ---- */
void xh__sta_multipart_write(const struct xh__sta_requests *requests, struct xh_str boundary,
                             struct xh_buf *out);
void xh__sta_json_batch_write(const struct xh__sta_requests *requests, struct xh_buf *out);

#endif
