/* mqtt_codec_props.c: properties of 5.0 (2.2.2): one table says what each is and where it
 * may stand. */
#include <string.h>

#include "base/arena.h"
#include "server/mqtt/mqtt_codec.h"

#define IN(type) (1u << XH__MQTT_##type)
#define IN_ACKS (IN(PUBACK) | IN(PUBREC) | IN(PUBREL) | IN(PUBCOMP))
#define IN_ANSWERS (IN(CONNACK) | IN_ACKS | IN(SUBACK) | IN(UNSUBACK) | IN(DISCONNECT) | IN(AUTH))
#define IN_MESSAGE (IN(PUBLISH) | XH__MQTT_IN_WILL)
#define IN_ALL (IN_ANSWERS | IN_MESSAGE | IN(CONNECT) | IN(SUBSCRIBE) | IN(UNSUBSCRIBE))

enum form { BYTE, TWO, FOUR, VARINT, TEXT, BYTES, PAIR };

/* Table 2-4, in the order of enum xh__mqtt_property. */
static const struct row {
    uint8_t id;
    uint8_t form;
    uint32_t min, max; /* of numbers */
    unsigned where;
} rows[] = {
    {0x01, BYTE, 0, 1, IN_MESSAGE},
    {0x02, FOUR, 0, UINT32_MAX, IN_MESSAGE},
    {0x03, TEXT, 0, 0, IN_MESSAGE},
    {0x08, TEXT, 0, 0, IN_MESSAGE},
    {0x09, BYTES, 0, 0, IN_MESSAGE},
    {0x0B, VARINT, 1, XH__MQTT_LENGTH_MAX, IN(PUBLISH) | IN(SUBSCRIBE)},
    {0x11, FOUR, 0, UINT32_MAX, IN(CONNECT) | IN(CONNACK) | IN(DISCONNECT)},
    {0x12, TEXT, 0, 0, IN(CONNACK)},
    {0x13, TWO, 0, UINT16_MAX, IN(CONNACK)},
    {0x15, TEXT, 0, 0, IN(CONNECT) | IN(CONNACK) | IN(AUTH)},
    {0x16, BYTES, 0, 0, IN(CONNECT) | IN(CONNACK) | IN(AUTH)},
    {0x17, BYTE, 0, 1, IN(CONNECT)},
    {0x18, FOUR, 0, UINT32_MAX, XH__MQTT_IN_WILL},
    {0x19, BYTE, 0, 1, IN(CONNECT)},
    {0x1A, TEXT, 0, 0, IN(CONNACK)},
    {0x1C, TEXT, 0, 0, IN(CONNACK) | IN(DISCONNECT)},
    {0x1F, TEXT, 0, 0, IN_ANSWERS},
    {0x21, TWO, 1, UINT16_MAX, IN(CONNECT) | IN(CONNACK)},
    {0x22, TWO, 0, UINT16_MAX, IN(CONNECT) | IN(CONNACK)},
    {0x23, TWO, 0, UINT16_MAX, IN(PUBLISH)}, /* 0 is an error of its own, 0x94 */
    {0x24, BYTE, 0, 1, IN(CONNACK)},
    {0x25, BYTE, 0, 1, IN(CONNACK)},
    {0x26, PAIR, 0, 0, IN_ALL},
    {0x27, FOUR, 1, UINT32_MAX, IN(CONNECT) | IN(CONNACK)},
    {0x28, BYTE, 0, 1, IN(CONNACK)},
    {0x29, BYTE, 0, 1, IN(CONNACK)},
    {0x2A, BYTE, 0, 1, IN(CONNACK)},
};
_Static_assert(sizeof rows / sizeof rows[0] == XH__MQTT_P_COUNT, "one row a property");

bool xh__mqtt_has(const struct xh__mqtt_properties *properties, enum xh__mqtt_property which)
{
    return (properties->given >> which & 1u) != 0;
}

static int malformed(uint8_t *ret_reason, struct xh_err *err, const char *why)
{
    *ret_reason = XH__MQTT_MALFORMED;
    return xh_err_set(err, XH_E_INVALID, "%s", why);
}

static int protocol_error(uint8_t *ret_reason, struct xh_err *err, unsigned id, const char *why)
{
    *ret_reason = XH__MQTT_PROTOCOL_ERROR;
    return xh_err_set(err, XH_E_INVALID, "property 0x%02X %s", id, why);
}

/* 1.5.5: the shortest form only. */
static bool take_varint(struct xh_str *rest, uint32_t *ret)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < 4 && i < rest->len; i++) {
        uint8_t byte = (uint8_t)rest->ptr[i];
        value |= (uint32_t)(byte & 0x7Fu) << (7u * i);
        if ((byte & 0x80u) == 0) {
            if (i > 0 && byte == 0) {
                return false;
            }
            *rest = xh_str_sub(*rest, i + 1, rest->len);
            *ret = value;
            return true;
        }
    }
    return false;
}

static bool take_number(struct xh_str *rest, size_t bytes, uint32_t *ret)
{
    uint32_t value = 0;
    if (rest->len < bytes) {
        return false;
    }
    for (size_t i = 0; i < bytes; i++) {
        value = value << 8 | (uint8_t)rest->ptr[i];
    }
    *rest = xh_str_sub(*rest, bytes, rest->len);
    *ret = value;
    return true;
}

static bool take_bytes(struct xh_str *rest, struct xh_str *ret)
{
    uint32_t len;
    if (!take_number(rest, 2, &len) || rest->len < len) {
        return false;
    }
    *ret = xh_str_sub(*rest, 0, len);
    *rest = xh_str_sub(*rest, len, rest->len);
    return true;
}

static bool take_text(struct xh_str *rest, struct xh_str *ret)
{
    return take_bytes(rest, ret) && xh_utf8_is_valid(*ret) && xh_str_find_char(*ret, '\0') < 0;
}

static bool take_value(struct xh_str *rest, const struct row *row, uint32_t *ret_number,
                       struct xh_str *ret_text)
{
    struct xh_str name;
    switch ((enum form)row->form) {
    case BYTE:
        return take_number(rest, 1, ret_number);
    case TWO:
        return take_number(rest, 2, ret_number);
    case FOUR:
        return take_number(rest, 4, ret_number);
    case VARINT:
        return take_varint(rest, ret_number);
    case TEXT:
        return take_text(rest, ret_text);
    case BYTES:
        return take_bytes(rest, ret_text);
    case PAIR:
        return take_text(rest, &name) && take_text(rest, ret_text);
    }
    return false;
}

static const struct row *row_of(uint32_t id)
{
    for (size_t i = 0; i < XH__MQTT_P_COUNT; i++) {
        if (rows[i].id == id) {
            return &rows[i];
        }
    }
    return NULL;
}

static int take_one(struct xh_str *rest, unsigned place, struct xh__mqtt_properties *p,
                    uint8_t *ret_reason, struct xh_err *err)
{
    uint32_t id, number = 0;
    struct xh_str text = {0};
    if (!take_varint(rest, &id)) {
        return malformed(ret_reason, err, "a property's identifier is broken");
    }
    const struct row *row = row_of(id);
    if (row == NULL || (row->where & place) == 0) {
        return malformed(ret_reason, err, "a property that does not belong to the packet");
    }
    size_t at = (size_t)(row - rows);
    if (!take_value(rest, row, &number, &text)) {
        return malformed(ret_reason, err, "a property's value is broken");
    }
    if ((p->given >> at & 1u) != 0 && row->form != PAIR) {
        return protocol_error(ret_reason, err, row->id, "comes twice");
    }
    if (row->form <= VARINT && (number < row->min || number > row->max)) {
        return protocol_error(ret_reason, err, row->id, "is out of its range");
    }
    p->given |= 1u << at;
    p->numbers[at] = number;
    p->texts[at] = text;
    return XH_E_OK;
}

int xh__mqtt_properties_read(struct xh_str *rest, unsigned place, struct xh__mqtt_properties *ret,
                             uint8_t *ret_reason, struct xh_err *err)
{
    uint32_t len;
    memset(ret, 0, sizeof *ret);
    if (!take_varint(rest, &len) || len > rest->len) {
        return malformed(ret_reason, err, "the length of the properties is broken");
    }
    ret->raw = xh_str_sub(*rest, 0, len);
    *rest = xh_str_sub(*rest, len, rest->len);
    struct xh_str at = ret->raw;
    while (at.len > 0) {
        int code = take_one(&at, place, ret, ret_reason, err);
        if (code < 0) {
            return code;
        }
    }
    return XH_E_OK;
}

void xh__mqtt_put_property_number(struct xh_buf *out, enum xh__mqtt_property which, uint32_t value)
{
    const struct row *row = &rows[which];
    xh_buf_add_char(out, (char)row->id);
    if (row->form == VARINT) {
        xh__mqtt_put_varint(out, value);
        return;
    }
    unsigned bytes = row->form == BYTE ? 1 : row->form == TWO ? 2 : 4;
    for (unsigned i = bytes; i-- > 0;) {
        xh_buf_add_char(out, (char)(uint8_t)(value >> (8u * i)));
    }
}

void xh__mqtt_put_property_text(struct xh_buf *out, enum xh__mqtt_property which,
                                struct xh_str value)
{
    xh_buf_add_char(out, (char)rows[which].id);
    xh__mqtt_put_text(out, value);
}

void xh__mqtt_put_forwarded(struct xh_buf *out, struct xh_str raw)
{
    const unsigned left_out = 1u << XH__MQTT_P_MESSAGE_EXPIRY | 1u << XH__MQTT_P_ALIAS |
                              1u << XH__MQTT_P_SUBSCRIPTION_ID | 1u << XH__MQTT_P_WILL_DELAY;
    while (raw.len > 0) {
        struct xh_str before = raw, text;
        uint32_t id, number;
        if (!take_varint(&raw, &id)) {
            return;
        }
        const struct row *row = row_of(id);
        if (row == NULL || !take_value(&raw, row, &number, &text)) {
            return;
        }
        if ((left_out >> (row - rows) & 1u) == 0) {
            xh_buf_add(out, before.ptr, before.len - raw.len);
        }
    }
}
