/* mqtt_codec_write.c: packets that a server sends. */
#include "base/arena.h"
#include "server/mqtt/mqtt_codec.h"

size_t xh__mqtt_varint_bytes(uint32_t value)
{
    return value < 128 ? 1 : value < 16384 ? 2 : value < 2097152 ? 3 : 4;
}

void xh__mqtt_put_varint(struct xh_buf *out, uint32_t value)
{
    xh_assert(value <= XH__MQTT_LENGTH_MAX);
    do {
        uint8_t byte = value & 0x7Fu;
        value >>= 7;
        xh_buf_add_char(out, (char)(uint8_t)(value > 0 ? byte | 0x80u : byte));
    } while (value > 0);
}

void xh__mqtt_put_u16(struct xh_buf *out, uint16_t value)
{
    xh_buf_add_char(out, (char)(uint8_t)(value >> 8));
    xh_buf_add_char(out, (char)(uint8_t)value);
}

void xh__mqtt_put_text(struct xh_buf *out, struct xh_str text)
{
    xh_assert(text.len <= UINT16_MAX);
    xh__mqtt_put_u16(out, (uint16_t)text.len);
    xh_buf_add_str(out, text);
}

static void put_head(struct xh_buf *out, unsigned type, unsigned flags, size_t len)
{
    xh_buf_add_char(out, (char)(uint8_t)(type << 4 | flags));
    xh__mqtt_put_varint(out, (uint32_t)len);
}

/* With their length in front (2.2.2.1). */
static size_t properties_bytes(struct xh_str properties)
{
    return xh__mqtt_varint_bytes((uint32_t)properties.len) + properties.len;
}

static void put_properties(struct xh_buf *out, struct xh_str properties)
{
    xh__mqtt_put_varint(out, (uint32_t)properties.len);
    xh_buf_add_str(out, properties);
}

void xh__mqtt_put_connack(struct xh_buf *out, uint8_t version, bool is_session_present,
                          uint8_t code, struct xh_str properties)
{
    put_head(out, XH__MQTT_CONNACK, 0,
             2 + (version == XH__MQTT_5 ? properties_bytes(properties) : 0));
    xh_buf_add_char(out, is_session_present ? 1 : 0);
    xh_buf_add_char(out, (char)code);
    if (version == XH__MQTT_5) {
        put_properties(out, properties);
    }
}

static size_t publish_len(uint8_t version, const struct xh__mqtt_publish *p)
{
    return 2 + p->topic.len + (p->qos > 0 ? 2 : 0) +
           (version == XH__MQTT_5 ? properties_bytes(p->properties) : 0) + p->payload.len;
}

size_t xh__mqtt_publish_bytes(uint8_t version, const struct xh__mqtt_publish *publish)
{
    size_t len = publish_len(version, publish);
    return 1 + xh__mqtt_varint_bytes((uint32_t)len) + len;
}

void xh__mqtt_put_publish(struct xh_buf *out, uint8_t version,
                          const struct xh__mqtt_publish *publish)
{
    unsigned flags = (publish->is_repeated ? 8u : 0u) | (unsigned)publish->qos << 1 |
                     (publish->is_retained ? 1u : 0u);
    put_head(out, XH__MQTT_PUBLISH, flags, publish_len(version, publish));
    xh__mqtt_put_text(out, publish->topic);
    if (publish->qos > 0) {
        xh__mqtt_put_u16(out, publish->id);
    }
    if (version == XH__MQTT_5) {
        put_properties(out, publish->properties);
    }
    xh_buf_add_str(out, publish->payload);
}

/* A reason string as the only property (3.4.2.2.2). */
static size_t why_bytes(struct xh_str why)
{
    return why.len > 0 ? 3 + why.len : 0;
}

static void put_why(struct xh_buf *out, struct xh_str why)
{
    xh__mqtt_put_varint(out, (uint32_t)why_bytes(why));
    if (why.len > 0) {
        xh__mqtt_put_property_text(out, XH__MQTT_P_REASON, why);
    }
}

/* 3.4.2.1: success may leave out code and properties, and so do we. */
void xh__mqtt_put_ack(struct xh_buf *out, uint8_t version, enum xh__mqtt_type type, uint16_t id,
                      uint8_t reason, struct xh_str why)
{
    bool is_short = version != XH__MQTT_5 || (reason == 0 && why.len == 0);
    size_t more = is_short ? 0
                           : 1 + xh__mqtt_varint_bytes((uint32_t)why_bytes(why)) + why_bytes(why);
    put_head(out, type, type == XH__MQTT_PUBREL ? 2 : 0, 2 + more);
    xh__mqtt_put_u16(out, id);
    if (!is_short) {
        xh_buf_add_char(out, (char)reason);
        put_why(out, why);
    }
}

void xh__mqtt_put_suback(struct xh_buf *out, uint8_t version, enum xh__mqtt_type type, uint16_t id,
                         const uint8_t *codes, size_t count)
{
    bool is_5 = version == XH__MQTT_5;
    size_t kept = !is_5 && type == XH__MQTT_UNSUBACK ? 0 : count;
    put_head(out, type, 0, (is_5 ? 3u : 2u) + kept);
    xh__mqtt_put_u16(out, id);
    if (is_5) {
        xh_buf_add_char(out, 0);
    }
    xh_buf_add(out, codes, kept);
}

void xh__mqtt_put_pingresp(struct xh_buf *out)
{
    put_head(out, XH__MQTT_PINGRESP, 0, 0);
}

void xh__mqtt_put_disconnect(struct xh_buf *out, uint8_t reason, struct xh_str why)
{
    size_t bytes = why_bytes(why);
    put_head(out, XH__MQTT_DISCONNECT, 0, 1 + xh__mqtt_varint_bytes((uint32_t)bytes) + bytes);
    xh_buf_add_char(out, (char)reason);
    put_why(out, why);
}
