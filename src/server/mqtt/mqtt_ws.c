/* mqtt_ws.c: WebSocket (RFC 6455) below a connection, subprotocol "mqtt" (MQTT 5.0, 6): for
 * browsers. Control packets may lie across frames, and several in one.
 *
 * A page of another site must not come in with the rights of this machine: an Origin must name the
 * host that was asked for, and only a host that no name server gives away (an address, localhost)
 * makes the connection a local one.
 */
#include <arpa/inet.h>
#include <gnutls/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "server/mqtt/mqtt_internal.h"

enum {
    HEAD_BYTES_MAX = 8192,
    CONTROL_BYTES_MAX = 125, /* 5.5 */
    OP_CONTINUE = 0, OP_TEXT = 1, OP_BINARY = 2, OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10
};

struct xh__mqtt_ws {
    struct xh_buf raw;   /* what came and is no whole frame yet */
    struct xh_buf wire;  /* what goes out, framed */
    uint64_t left;       /* of the frame's payload */
    uint8_t mask[4];
    size_t mask_at;
    bool is_in_message, is_closed;
};

void xh__mqtt_ws_begin(struct xh__mqtt_conn *c)
{
    c->ws = xh_alloc(sizeof *c->ws);
}

void xh__mqtt_ws_end(struct xh__mqtt_conn *c)
{
    if (c->ws != NULL) {
        xh_buf_finish(&c->ws->raw);
        xh_buf_finish(&c->ws->wire);
        free(c->ws);
        c->ws = NULL;
    }
}

/* ---- the handshake (4.2) ---- */

static struct xh_str header(struct xh_str head, const char *name)
{
    struct xh_str line;
    while (xh_str_split(&head, '\n', &line)) {
        ptrdiff_t colon = xh_str_find_char(line, ':');
        if (colon > 0 &&
            xh_str_equal_nocase(xh_str_sub(line, 0, (size_t)colon), xh_str_from(name))) {
            return xh_str_trim(xh_str_sub(line, (size_t)colon + 1, line.len));
        }
    }
    return (struct xh_str){0};
}

static bool has_token(struct xh_str list, const char *token)
{
    struct xh_str part;
    while (xh_str_split(&list, ',', &part)) {
        if (xh_str_equal_nocase(xh_str_trim(part), xh_str_from(token))) {
            return true;
        }
    }
    return false;
}

/* Without a port. */
static struct xh_str host_name(struct xh_str host)
{
    if (host.len > 0 && host.ptr[0] == '[') {
        ptrdiff_t end = xh_str_find_char(host, ']');
        return end < 0 ? host : xh_str_sub(host, 0, (size_t)end + 1);
    }
    ptrdiff_t colon = xh_str_find_char(host, ':');
    return colon < 0 ? host : xh_str_sub(host, 0, (size_t)colon);
}

static bool is_own_host(struct xh_str host)
{
    struct in_addr v4;
    char text[64];
    if (host.len > 0 && host.ptr[0] == '[') {
        return true;
    }
    if (xh_str_equal_nocase(host, XH_STR("localhost")) || xh_str_ends(host, XH_STR(".localhost")) ||
        host.len >= sizeof text) {
        return host.len < sizeof text;
    }
    memcpy(text, host.ptr, host.len);
    text[host.len] = '\0';
    return inet_pton(AF_INET, text, &v4) == 1;
}

/* 4.2.2, 5.4: base64 of the SHA-1 of the key and a fixed text. */
static bool accept_key(struct xh_str key, gnutls_datum_t *ret)
{
    static const char fixed[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    char text[64 + sizeof fixed];
    unsigned char hash[20];
    if (key.len != 24) {
        return false;
    }
    memcpy(text, key.ptr, key.len);
    memcpy(text + key.len, fixed, sizeof fixed - 1);
    gnutls_datum_t raw = {hash, sizeof hash};
    return gnutls_hash_fast(GNUTLS_DIG_SHA1, text, key.len + sizeof fixed - 1, hash) == 0 &&
           gnutls_base64_encode2(&raw, ret) == 0;
}

static const char *judge(struct xh__mqtt_conn *c, struct xh_str head)
{
    struct xh_str origin = header(head, "Origin"), host = host_name(header(head, "Host"));
    ptrdiff_t slashes = xh_str_find(origin, XH_STR("://"));
    if (!xh_str_starts(head, XH_STR("GET /"))) {
        return "405 Method Not Allowed";
    }
    if (!xh_str_equal_nocase(header(head, "Upgrade"), XH_STR("websocket")) ||
        !has_token(header(head, "Connection"), "upgrade")) {
        return "400 Bad Request";
    }
    if (!xh_str_is(header(head, "Sec-WebSocket-Version"), "13")) {
        return "426 Upgrade Required\r\nSec-WebSocket-Version: 13";
    }
    if (!has_token(header(head, "Sec-WebSocket-Protocol"), "mqtt")) {
        return "400 Bad Request";
    }
    if (origin.len > 0 &&
        (slashes < 0 ||
         !xh_str_equal_nocase(host_name(xh_str_sub(origin, (size_t)slashes + 3, origin.len)),
                              host))) {
        return "403 Forbidden";
    }
    c->is_local = c->is_local && is_own_host(host);
    return NULL;
}

static bool shake(struct xh__mqtt_conn *c, struct xh_str head)
{
    struct xh_buf *wire = &c->ws->wire;
    gnutls_datum_t accept = {NULL, 0};
    const char *refused = judge(c, head);
    if (refused == NULL && !accept_key(header(head, "Sec-WebSocket-Key"), &accept)) {
        refused = "400 Bad Request";
    }
    if (refused != NULL) {
        xh_buf_add_format(wire, "HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
                          refused);
        c->state = XH__MQTT_GREETING; /* so that the answer is written */
        c->ws->is_closed = true;
        xh__mqtt_conn_end(c, 0, NULL);
        return true;
    }
    xh_buf_add_text(wire, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                          "Connection: Upgrade\r\nSec-WebSocket-Protocol: mqtt\r\n"
                          "Sec-WebSocket-Accept: ");
    xh_buf_add(wire, accept.data, accept.size);
    xh_buf_add_text(wire, "\r\n\r\n");
    gnutls_free(accept.data);
    c->state = XH__MQTT_GREETING;
    xh__mqtt_conn_dirty(c);
    return true;
}

/* ---- frames (5.2) ---- */

static void put_frame(struct xh_buf *wire, unsigned op, struct xh_str payload)
{
    xh_buf_add_char(wire, (char)(uint8_t)(0x80u | op));
    if (payload.len < 126) {
        xh_buf_add_char(wire, (char)(uint8_t)payload.len);
    } else if (payload.len <= UINT16_MAX) {
        xh_buf_add_char(wire, 126);
        xh__mqtt_put_u16(wire, (uint16_t)payload.len);
    } else {
        xh_buf_add_char(wire, 127);
        for (unsigned i = 8; i-- > 0;) {
            xh_buf_add_char(wire, (char)(uint8_t)((uint64_t)payload.len >> (8u * i)));
        }
    }
    xh_buf_add_str(wire, payload);
}

struct xh_buf *xh__mqtt_ws_wrap(struct xh__mqtt_conn *c)
{
    struct xh__mqtt_ws *ws = c->ws;
    if (c->out.len > 0 && !ws->is_closed) {
        put_frame(&ws->wire, OP_BINARY, xh_buf_str(&c->out));
    }
    xh_buf_finish(&c->out);
    if (c->state == XH__MQTT_LEAVING && !ws->is_closed) {
        xh__mqtt_ws_bye(c, 1000);
    }
    return &ws->wire;
}

void xh__mqtt_ws_bye(struct xh__mqtt_conn *c, unsigned status)
{
    const char bytes[2] = {(char)(uint8_t)(status >> 8), (char)(uint8_t)status};
    put_frame(&c->ws->wire, OP_CLOSE, (struct xh_str){bytes, sizeof bytes});
    c->ws->is_closed = true;
}

static void unmask(struct xh__mqtt_ws *ws, char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (char)(bytes[i] ^ (char)ws->mask[ws->mask_at++ & 3]);
    }
}

static bool take_control(struct xh__mqtt_conn *c, unsigned op, struct xh_str payload)
{
    if (op == OP_PING) {
        put_frame(&c->ws->wire, OP_PONG, payload);
        xh__mqtt_conn_dirty(c);
    } else if (op == OP_CLOSE) {
        xh__mqtt_conn_end(c, 0, NULL);
    }
    return op == OP_PING || op == OP_PONG || op == OP_CLOSE;
}

/* The head of the next frame, and all of it when it is a control frame. Bytes used; 0: more is
 * needed; -1: broken. */
static ptrdiff_t take_head(struct xh__mqtt_conn *c, char *at, size_t len)
{
    struct xh__mqtt_ws *ws = c->ws;
    if (len < 2) {
        return 0;
    }
    unsigned first = (uint8_t)at[0], op = first & 15u, short_len = (uint8_t)at[1] & 127u;
    size_t size_bytes = short_len == 126 ? 2 : short_len == 127 ? 8 : 0, head = 6 + size_bytes;
    if ((first & 0x70u) != 0 || ((uint8_t)at[1] & 0x80u) == 0) {
        return -1; /* extensions that were not agreed on; a client must mask (5.1) */
    }
    if (len < head) {
        return 0;
    }
    uint64_t payload = size_bytes == 0 ? short_len : 0;
    for (size_t i = 0; i < size_bytes; i++) {
        payload = payload << 8 | (uint8_t)at[2 + i];
    }
    memcpy(ws->mask, at + 2 + size_bytes, 4);
    ws->mask_at = 0;
    if (op >= OP_CLOSE) {
        if ((first & 0x80u) == 0 || payload > CONTROL_BYTES_MAX) {
            return -1;
        }
        if (len < head + payload) {
            return 0;
        }
        unmask(ws, at + head, (size_t)payload);
        bool is_known = take_control(c, op, (struct xh_str){at + head, (size_t)payload});
        return is_known ? (ptrdiff_t)(head + payload) : -1;
    }
    if (op == OP_TEXT || op > OP_BINARY || (op == OP_CONTINUE) != ws->is_in_message) {
        return -1; /* MQTT-6.0.0-1: binary only */
    }
    ws->is_in_message = (first & 0x80u) == 0;
    ws->left = payload;
    return (ptrdiff_t)head;
}

static bool take_frames(struct xh__mqtt_conn *c, struct xh_buf *raw)
{
    struct xh__mqtt_ws *ws = c->ws;
    size_t used = 0;
    while (used < raw->len && c->state < XH__MQTT_LEAVING) {
        if (ws->left > 0) {
            size_t part = raw->len - used;
            part = part < ws->left ? part : (size_t)ws->left;
            unmask(ws, raw->ptr + used, part);
            ws->left -= part;
            xh__mqtt_conn_feed(c, (struct xh_str){raw->ptr + used, part});
            used += part;
            continue;
        }
        ptrdiff_t took = take_head(c, raw->ptr + used, raw->len - used);
        if (took <= 0) {
            xh_buf_drop_front(raw, used);
            return took == 0;
        }
        used += (size_t)took;
    }
    xh_buf_finish(raw);
    return true;
}

bool xh__mqtt_ws_feed(struct xh__mqtt_conn *c, struct xh_str bytes)
{
    struct xh_buf *raw = &c->ws->raw;
    xh_buf_add_str(raw, bytes);
    if (c->state == XH__MQTT_SHAKING) {
        ptrdiff_t end = xh_str_find(xh_buf_str(raw), XH_STR("\r\n\r\n"));
        if (end < 0) {
            return raw->len <= HEAD_BYTES_MAX;
        }
        if (!shake(c, xh_str_sub(xh_buf_str(raw), 0, (size_t)end + 2))) {
            return false;
        }
        xh_buf_drop_front(raw, (size_t)end + 4);
    }
    return take_frames(c, raw);
}
