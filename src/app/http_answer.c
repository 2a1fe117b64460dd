/* http_answer.c: take an HTTP answer apart. */
#include "app/http_answer.h"

#include <string.h>

#include "base/num.h"

void xh_http_answer_init(struct xh_http_answer *answer, size_t body_bytes_max)
{
    *answer = (struct xh_http_answer){.status = 0};
    xh_buf_init(&answer->head, XH_HTTP_HEAD_BYTES_MAX);
    xh_buf_init(&answer->body, body_bytes_max);
}

void xh_http_answer_finish(struct xh_http_answer *answer)
{
    xh_buf_finish(&answer->head);
    xh_buf_finish(&answer->body);
}

void xh_http_answer_clear(struct xh_http_answer *answer)
{
    struct xh_buf head = answer->head, body = answer->body;

    xh_buf_clear(&head);
    xh_buf_clear(&body);
    *answer = (struct xh_http_answer){.head = head, .body = body};
}

struct xh_str xh_http_answer_header(const struct xh_http_answer *answer, const char *name)
{
    struct xh_str rest = xh_buf_str(&answer->head), line;

    while (xh_str_split(&rest, '\n', &line)) {
        ptrdiff_t colon = xh_str_find_char(line, ':');
        if (colon > 0 &&
            xh_str_equal_nocase(xh_str_sub(line, 0, (size_t)colon), xh_str_from(name))) {
            return xh_str_trim(xh_str_sub(line, (size_t)colon + 1, line.len));
        }
    }
    return xh_str_from(NULL);
}

static int malformed(const char *what, struct xh_err *err)
{
    return xh_err_set(err, XH_E_INVALID, "the answer is not HTTP: %s", what);
}

static int parse_status(struct xh_http_answer *a, struct xh_err *err)
{
    struct xh_str head = xh_buf_str(&a->head);
    int64_t status;

    if (!xh_str_starts(head, XH_STR("HTTP/1.")) || head.len < 12 || head.ptr[8] != ' ' ||
        xh_int_parse(xh_str_sub(head, 9, 3), &status) < 0 || status < 100 || status > 999) {
        return malformed("no status line", err);
    }
    a->status = (int)status;
    struct xh_str connection = xh_http_answer_header(a, "Connection");
    a->keeps_alive = !xh_str_equal_nocase(connection, XH_STR("close")) &&
                     (head.ptr[7] != '0' || xh_str_equal_nocase(connection, XH_STR("keep-alive")));
    return 0;
}

static int begin_body(struct xh_http_answer *a, struct xh_err *err)
{
    struct xh_str length = xh_http_answer_header(a, "Content-Length");
    struct xh_str coding = xh_http_answer_header(a, "Transfer-Encoding");
    int64_t left = 0;

    if (a->status < 200) { /* the real one follows */
        xh_buf_clear(&a->head);
        a->status = 0;
        return 0;
    }
    if (a->is_head_request || a->status == 204 || a->status == 304) {
        a->is_done = true;
    } else if (coding.len > 0) {
        if (!xh_str_equal_nocase(coding, XH_STR("chunked"))) {
            return malformed("an unknown transfer coding", err);
        }
        a->state = XH_HTTP_CHUNK_SIZE;
    } else if (length.len > 0) {
        if (xh_int_parse(length, &left) < 0 || left < 0 || length.ptr[0] == '+') {
            return malformed("a length that is no number", err);
        }
        a->left = (uint64_t)left;
        a->state = XH_HTTP_BODY;
        a->is_done = left == 0;
    } else {
        a->state = XH_HTTP_UNTIL_CLOSE;
        a->keeps_alive = false;
    }
    return 0;
}

/* One byte of the head. It ends with an empty line. */
static int feed_head(struct xh_http_answer *a, char c, struct xh_err *err)
{
    xh_buf_add_char(&a->head, c);
    if (a->head.is_over) {
        return xh_err_set(err, XH_E_TOO_LARGE, "the head of the answer is longer than %d bytes",
                          XH_HTTP_HEAD_BYTES_MAX);
    }
    if (c != '\n') {
        return 0;
    }
    struct xh_str head = xh_buf_str(&a->head);
    if (!xh_str_ends(head, XH_STR("\r\n\r\n")) && !xh_str_ends(head, XH_STR("\n\n"))) {
        return 0;
    }
    int code = parse_status(a, err);
    return code < 0 ? code : begin_body(a, err);
}

static int chunk_begin(struct xh_http_answer *a, struct xh_err *err)
{
    uint64_t size = 0;
    size_t digits = 0;

    for (; digits < a->line_bytes; digits++) {
        char c = a->line[digits];
        unsigned digit;
        if (c >= '0' && c <= '9') {
            digit = (unsigned)(c - '0');
        } else if ((c | 32) >= 'a' && (c | 32) <= 'f') {
            digit = (unsigned)((c | 32) - 'a') + 10;
        } else {
            break;
        }
        if (digits >= 12) {
            return malformed("a chunk that is too long", err);
        }
        size = size * 16 + digit;
    }
    if (digits == 0) {
        return malformed("a chunk without a size", err);
    }
    a->left = size;
    a->state = size == 0 ? XH_HTTP_TRAILER : XH_HTTP_CHUNK;
    a->line_bytes = 0;
    return 0;
}

/* One byte of a line between chunks; extensions behind the size are cut off. */
static int feed_line(struct xh_http_answer *a, char c, struct xh_err *err)
{
    if (c != '\n') {
        if (c != '\r' && a->line_bytes < sizeof a->line) {
            a->line[a->line_bytes++] = c;
        }
        return 0;
    }
    if (a->state == XH_HTTP_CHUNK_SIZE) {
        return chunk_begin(a, err);
    }
    if (a->state == XH_HTTP_CHUNK_END) {
        if (a->line_bytes > 0) {
            return malformed("a chunk longer than it said", err);
        }
        a->state = XH_HTTP_CHUNK_SIZE;
    } else if (a->line_bytes == 0) {
        a->is_done = true;
    }
    a->line_bytes = 0;
    return 0;
}

static int add_body(struct xh_http_answer *a, const char *bytes, size_t len, struct xh_err *err)
{
    xh_buf_add(&a->body, bytes, len);
    return a->body.is_over ? xh_err_set(err, XH_E_TOO_LARGE, "the answer is longer than %zu bytes",
                                        a->body.max_bytes)
                           : 0;
}

int xh_http_answer_feed(struct xh_http_answer *a, const char *bytes, size_t len, size_t *ret_used,
                        struct xh_err *err)
{
    size_t at = 0;
    int code = 0;

    while (at < len && !a->is_done && code == 0) {
        size_t piece = len - at;
        switch (a->state) {
        case XH_HTTP_HEAD:
            code = feed_head(a, bytes[at++], err);
            break;
        case XH_HTTP_CHUNK_SIZE:
        case XH_HTTP_CHUNK_END:
        case XH_HTTP_TRAILER:
            code = feed_line(a, bytes[at++], err);
            break;
        case XH_HTTP_UNTIL_CLOSE:
            code = add_body(a, bytes + at, piece, err);
            at = len;
            break;
        case XH_HTTP_BODY:
        case XH_HTTP_CHUNK:
            piece = piece < a->left ? piece : (size_t)a->left;
            code = add_body(a, bytes + at, piece, err);
            at += piece;
            a->left -= piece;
            if (a->left == 0 && a->state == XH_HTTP_CHUNK) {
                a->state = XH_HTTP_CHUNK_END;
            } else {
                a->is_done = a->left == 0;
            }
            break;
        }
    }
    if (code == 0) {
        *ret_used = at;
    }
    return code;
}

int xh_http_answer_end(struct xh_http_answer *a, struct xh_err *err)
{
    if (a->state == XH_HTTP_UNTIL_CLOSE) {
        a->is_done = true;
    }
    return a->is_done ? 0 : xh_err_set(err, XH_E_IO, "the connection closed within an answer");
}
