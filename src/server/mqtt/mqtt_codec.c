/* mqtt_codec.c: packets that a client sends, read and checked. */
#include "server/mqtt/mqtt_codec.h"

#include <string.h>

#include "base/arena.h"

/* What is still to be read of a packet, and where a fault goes. */
struct in {
    struct xh_str rest;
    uint8_t version;
    uint8_t *reason;
    struct xh_err *err;
};

static int fault(struct in *in, uint8_t reason, const char *why)
{
    *in->reason = reason;
    return xh_err_set(in->err, reason == XH__MQTT_TOO_LARGE ? XH_E_TOO_LARGE : XH_E_INVALID, "%s",
                      why);
}

static int malformed(struct in *in, const char *why)
{
    return fault(in, XH__MQTT_MALFORMED, why);
}

/* ---- parts ---- */

static bool take_u8(struct in *in, uint8_t *ret)
{
    if (in->rest.len < 1) {
        return false;
    }
    *ret = (uint8_t)in->rest.ptr[0];
    in->rest = xh_str_sub(in->rest, 1, in->rest.len);
    return true;
}

static bool take_u16(struct in *in, uint16_t *ret)
{
    if (in->rest.len < 2) {
        return false;
    }
    *ret = (uint16_t)((uint8_t)in->rest.ptr[0] << 8 | (uint8_t)in->rest.ptr[1]);
    in->rest = xh_str_sub(in->rest, 2, in->rest.len);
    return true;
}

static bool take_bytes(struct in *in, struct xh_str *ret)
{
    uint16_t len;
    if (!take_u16(in, &len) || in->rest.len < len) {
        return false;
    }
    *ret = xh_str_sub(in->rest, 0, len);
    in->rest = xh_str_sub(in->rest, len, in->rest.len);
    return true;
}

/* 1.5.4: well-formed UTF-8, no U+0000. */
static bool take_text(struct in *in, struct xh_str *ret)
{
    return take_bytes(in, ret) && xh_utf8_is_valid(*ret) && xh_str_find_char(*ret, '\0') < 0;
}

static int take_properties(struct in *in, unsigned place, struct xh__mqtt_properties *ret)
{
    if (in->version != XH__MQTT_5) {
        return XH_E_OK;
    }
    return xh__mqtt_properties_read(&in->rest, place, ret, in->reason, in->err);
}

static int take_id(struct in *in, struct xh__mqtt_packet *ret)
{
    if (!take_u16(in, &ret->id)) {
        return malformed(in, "the packet ends before its identifier");
    }
    return ret->id != 0 ? XH_E_OK : fault(in, XH__MQTT_PROTOCOL_ERROR, "packet identifier 0");
}

static int at_end(struct in *in)
{
    return in->rest.len == 0 ? XH_E_OK : malformed(in, "the packet is longer than what it says");
}

/* ---- names (4.7) ---- */

static bool is_name(struct xh_str text)
{
    return text.len > 0 && text.len <= UINT16_MAX && xh_utf8_is_valid(text) &&
           xh_str_find_char(text, '\0') < 0;
}

bool xh__mqtt_topic_is_valid(struct xh_str topic)
{
    return is_name(topic) && xh_str_find_char(topic, '+') < 0 && xh_str_find_char(topic, '#') < 0;
}

bool xh__mqtt_filter_is_valid(struct xh_str filter)
{
    if (!is_name(filter)) {
        return false;
    }
    for (size_t i = 0; i < filter.len; i++) {
        char c = filter.ptr[i];
        bool is_first = i == 0 || filter.ptr[i - 1] == '/';
        bool is_last = i + 1 == filter.len;
        if (c == '#' && !(is_first && is_last)) {
            return false;
        }
        if (c == '+' && !(is_first && (is_last || filter.ptr[i + 1] == '/'))) {
            return false;
        }
    }
    return true;
}

bool xh__mqtt_filter_split(struct xh_str text, struct xh_str *ret_group, struct xh_str *ret_filter)
{
    const struct xh_str share = XH_STR("$share/");
    struct xh_str group = {0}, filter = text;
    if (xh_str_starts(text, share) || xh_str_is(text, "$share")) {
        filter = xh_str_sub(text, share.len, text.len);
        ptrdiff_t slash = xh_str_find_char(filter, '/');
        if (slash <= 0) {
            return false;
        }
        group = xh_str_sub(filter, 0, (size_t)slash);
        filter = xh_str_sub(filter, (size_t)slash + 1, filter.len);
        if (xh_str_find_char(group, '+') >= 0 || xh_str_find_char(group, '#') >= 0) {
            return false;
        }
    }
    *ret_group = group;
    *ret_filter = filter;
    return xh__mqtt_filter_is_valid(filter);
}

/* The next level; false behind the last one. "a//b" has an empty level, "a/" ends with one. */
static bool take_level(struct xh_str *rest, bool *is_over, struct xh_str *ret)
{
    if (*is_over) {
        return false;
    }
    ptrdiff_t slash = xh_str_find_char(*rest, '/');
    *is_over = slash < 0;
    *ret = slash < 0 ? *rest : xh_str_sub(*rest, 0, (size_t)slash);
    *rest = slash < 0 ? (struct xh_str){0} : xh_str_sub(*rest, (size_t)slash + 1, rest->len);
    return true;
}

bool xh__mqtt_filter_matches(struct xh_str filter, struct xh_str topic)
{
    struct xh_str f, t;
    bool filter_over = false, topic_over = false;
    if (topic.len > 0 && topic.ptr[0] == '$' && filter.len > 0 &&
        (filter.ptr[0] == '+' || filter.ptr[0] == '#')) {
        return false; /* 4.7.2 */
    }
    while (take_level(&filter, &filter_over, &f)) {
        if (xh_str_is(f, "#")) {
            return true; /* "a/#" is "a", too */
        }
        if (!take_level(&topic, &topic_over, &t) || !(xh_str_is(f, "+") || xh_str_equal(f, t))) {
            return false;
        }
        if (topic_over && !filter_over && xh_str_is(filter, "#")) {
            return true;
        }
    }
    return topic_over;
}

/* ---- CONNECT (3.1) ---- */

static int read_will(struct in *in, uint8_t flags, struct xh__mqtt_packet *ret)
{
    int code = XH_E_OK;
    if (!ret->has_will) {
        return (flags & 0x38u) == 0 ? code : malformed(in, "flags of a will that there is not");
    }
    ret->will_qos = flags >> 3 & 3u;
    ret->will_is_retained = (flags & 0x20u) != 0;
    if (ret->will_qos == 3) {
        return malformed(in, "a will with QoS 3");
    }
    code = take_properties(in, XH__MQTT_IN_WILL, &ret->will_properties);
    if (code < 0) {
        return code;
    }
    if (!take_text(in, &ret->will_topic) || !take_bytes(in, &ret->will_payload)) {
        return malformed(in, "the will is broken");
    }
    return xh__mqtt_topic_is_valid(ret->will_topic)
               ? XH_E_OK
               : fault(in, XH__MQTT_BAD_TOPIC, "the will's topic is none");
}

static int read_connect_payload(struct in *in, uint8_t flags, struct xh__mqtt_packet *ret)
{
    if (!take_text(in, &ret->client_id)) {
        return malformed(in, "the client identifier is broken");
    }
    int code = read_will(in, flags, ret);
    if (code < 0) {
        return code;
    }
    if (ret->has_user && !take_text(in, &ret->user)) {
        return malformed(in, "the user name is broken");
    }
    if (ret->has_password && !take_bytes(in, &ret->password)) {
        return malformed(in, "the password is broken");
    }
    return at_end(in);
}

static int read_connect(struct in *in, struct xh__mqtt_packet *ret)
{
    struct xh_str name;
    uint8_t flags;
    if (!take_text(in, &name) || !take_u8(in, &ret->version)) {
        return malformed(in, "the protocol's name is broken");
    }
    if (!xh_str_is(name, "MQTT") ||
        (ret->version != XH__MQTT_3_1_1 && ret->version != XH__MQTT_5)) {
        return fault(in, XH__MQTT_BAD_VERSION, "only MQTT 3.1.1 and 5.0 are spoken");
    }
    in->version = ret->version;
    if (!take_u8(in, &flags) || !take_u16(in, &ret->keep_alive_s)) {
        return malformed(in, "the packet ends before its flags");
    }
    ret->is_clean = (flags & 2u) != 0;
    ret->has_will = (flags & 4u) != 0;
    ret->has_password = (flags & 0x40u) != 0;
    ret->has_user = (flags & 0x80u) != 0;
    if ((flags & 1u) != 0) {
        return malformed(in, "the reserved flag is set");
    }
    if (in->version == XH__MQTT_3_1_1 && ret->has_password && !ret->has_user) {
        return malformed(in, "a password without a user name"); /* 3.1.1: 3.1.2.9 */
    }
    int code = take_properties(in, 1u << XH__MQTT_CONNECT, &ret->properties);
    if (code >= 0 && xh__mqtt_has(&ret->properties, XH__MQTT_P_AUTH_DATA) &&
        !xh__mqtt_has(&ret->properties, XH__MQTT_P_AUTH_METHOD)) {
        return fault(in, XH__MQTT_PROTOCOL_ERROR, "authentication data without a method");
    }
    return code < 0 ? code : read_connect_payload(in, flags, ret);
}

/* ---- PUBLISH (3.3) ---- */

static int read_publish(struct in *in, uint8_t flags, struct xh__mqtt_packet *ret)
{
    ret->is_repeated = (flags & 8u) != 0;
    ret->qos = flags >> 1 & 3u;
    ret->is_retained = (flags & 1u) != 0;
    if (ret->qos == 3) {
        return malformed(in, "QoS 3");
    }
    if (ret->qos == 0 && ret->is_repeated) {
        return malformed(in, "QoS 0 is never repeated"); /* MQTT-3.3.1-2 */
    }
    if (!take_text(in, &ret->topic)) {
        return malformed(in, "the topic is broken");
    }
    int code = ret->qos > 0 ? take_id(in, ret) : XH_E_OK;
    code = code < 0 ? code : take_properties(in, 1u << XH__MQTT_PUBLISH, &ret->properties);
    if (code < 0) {
        return code;
    }
    bool has_alias = xh__mqtt_has(&ret->properties, XH__MQTT_P_ALIAS);
    if (ret->topic.len > 0 ? !xh__mqtt_topic_is_valid(ret->topic) : !has_alias) {
        return fault(in,
                     in->version == XH__MQTT_5 && ret->topic.len == 0 ? XH__MQTT_PROTOCOL_ERROR
                                                                      : XH__MQTT_BAD_TOPIC,
                     "the topic is no name");
    }
    if (xh__mqtt_has(&ret->properties, XH__MQTT_P_SUBSCRIPTION_ID)) {
        return fault(in, XH__MQTT_PROTOCOL_ERROR, "a client sends no subscription identifier");
    }
    if (xh__mqtt_has(&ret->properties, XH__MQTT_P_RESPONSE_TOPIC) &&
        !xh__mqtt_topic_is_valid(ret->properties.texts[XH__MQTT_P_RESPONSE_TOPIC])) {
        return fault(in, XH__MQTT_PROTOCOL_ERROR, "the response topic is no name");
    }
    ret->payload = in->rest;
    return XH_E_OK;
}

/* ---- acknowledgements, DISCONNECT, AUTH ---- */

/* Codes that a client may send (2.4). */
static const uint8_t ack_codes[] = {0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99};
static const uint8_t rel_codes[] = {0x00, 0x92};
static const uint8_t disconnect_codes[] = {0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90,
                                           0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99};
static const uint8_t auth_codes[] = {0x00, 0x18, 0x19};

static bool is_code_of(enum xh__mqtt_type type, uint8_t code)
{
    switch (type) {
    case XH__MQTT_PUBACK:
    case XH__MQTT_PUBREC:
        return memchr(ack_codes, code, sizeof ack_codes) != NULL;
    case XH__MQTT_PUBREL:
    case XH__MQTT_PUBCOMP:
        return memchr(rel_codes, code, sizeof rel_codes) != NULL;
    case XH__MQTT_DISCONNECT:
        return memchr(disconnect_codes, code, sizeof disconnect_codes) != NULL;
    case XH__MQTT_AUTH:
        return memchr(auth_codes, code, sizeof auth_codes) != NULL;
    default:
        return false;
    }
}

/* A code and properties, each of which may be left out with what follows it (3.4.2.1, 3.14.2). */
static int read_reason(struct in *in, struct xh__mqtt_packet *ret)
{
    int code = XH_E_OK;
    if (in->version == XH__MQTT_5 && take_u8(in, &ret->reason)) {
        if (!is_code_of(ret->type, ret->reason)) {
            return fault(in, XH__MQTT_PROTOCOL_ERROR,
                         "a reason code that the packet does not have");
        }
        if (in->rest.len > 0) {
            code = take_properties(in, 1u << ret->type, &ret->properties);
        }
    }
    return code < 0 ? code : at_end(in);
}

static int read_ack(struct in *in, struct xh__mqtt_packet *ret)
{
    int code = take_id(in, ret);
    return code < 0 ? code : read_reason(in, ret);
}

/* ---- SUBSCRIBE (3.8), UNSUBSCRIBE (3.10) ---- */

bool xh__mqtt_next_filter(enum xh__mqtt_type type, struct xh_str *rest, struct xh__mqtt_filter *ret)
{
    uint8_t reason, options = 0;
    struct in in = {*rest, 0, &reason, NULL};
    if (!take_text(&in, &ret->text) || (type == XH__MQTT_SUBSCRIBE && !take_u8(&in, &options))) {
        return false;
    }
    ret->options = options;
    ret->qos = options & 3u;
    ret->no_local = (options & 4u) != 0;
    ret->retain_as_published = (options & 8u) != 0;
    ret->retain_handling = options >> 4 & 3u;
    *rest = in.rest;
    return true;
}

static int check_options(struct in *in, const struct xh__mqtt_filter *filter)
{
    bool is_5 = in->version == XH__MQTT_5;
    if ((filter->options & (is_5 ? 0xC0u : 0xFCu)) != 0 || filter->qos == 3 ||
        filter->retain_handling == 3) {
        return malformed(in, "reserved bits of a subscription are set");
    }
    if (filter->no_local && xh_str_starts(filter->text, XH_STR("$share/"))) {
        return fault(in, XH__MQTT_PROTOCOL_ERROR, "a shared subscription with No Local");
    }
    return XH_E_OK;
}

static int read_filters(struct in *in, struct xh__mqtt_packet *ret)
{
    struct xh__mqtt_filter filter;
    int code = take_id(in, ret);
    code = code < 0 ? code : take_properties(in, 1u << ret->type, &ret->properties);
    if (code < 0) {
        return code;
    }
    ret->payload = in->rest;
    if (in->rest.len == 0) {
        return fault(in, XH__MQTT_PROTOCOL_ERROR, "not one filter");
    }
    while (in->rest.len > 0) {
        if (!xh__mqtt_next_filter(ret->type, &in->rest, &filter) || filter.text.len == 0) {
            return malformed(in, "a filter is broken");
        }
        if (ret->type == XH__MQTT_SUBSCRIBE) {
            code = check_options(in, &filter);
        }
        if (code < 0) {
            return code;
        }
    }
    return XH_E_OK;
}

/* ---- any ---- */

/* Table 2-2: flags are reserved but for PUBLISH. */
static bool flags_are_right(unsigned type, unsigned flags)
{
    bool has_two = type == XH__MQTT_PUBREL || type == XH__MQTT_SUBSCRIBE ||
                   type == XH__MQTT_UNSUBSCRIBE;
    return type == XH__MQTT_PUBLISH || flags == (has_two ? 2u : 0u);
}

static int read_body(struct in *in, uint8_t flags, struct xh__mqtt_packet *ret)
{
    switch (ret->type) {
    case XH__MQTT_CONNECT:
        return read_connect(in, ret);
    case XH__MQTT_PUBLISH:
        return read_publish(in, flags, ret);
    case XH__MQTT_PUBACK:
    case XH__MQTT_PUBREC:
    case XH__MQTT_PUBREL:
    case XH__MQTT_PUBCOMP:
        return read_ack(in, ret);
    case XH__MQTT_SUBSCRIBE:
    case XH__MQTT_UNSUBSCRIBE:
        return read_filters(in, ret);
    case XH__MQTT_PINGREQ:
        return at_end(in);
    case XH__MQTT_DISCONNECT:
        return read_reason(in, ret);
    case XH__MQTT_AUTH:
        return in->version == XH__MQTT_5 ? read_reason(in, ret)
                                         : malformed(in, "AUTH is no packet of 3.1.1");
    default:
        return fault(in, XH__MQTT_PROTOCOL_ERROR, "a packet that no client sends");
    }
}

/* 2.1.4. Bytes of the length, 0: not whole yet, -1: broken. */
static int read_length(struct xh_str bytes, uint32_t *ret)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < 4; i++) {
        if (bytes.len < i + 2u) {
            return 0;
        }
        uint8_t byte = (uint8_t)bytes.ptr[i + 1];
        value |= (uint32_t)(byte & 0x7Fu) << (7u * i);
        if ((byte & 0x80u) == 0) {
            *ret = value;
            return i > 0 && byte == 0 ? -1 : (int)i + 1;
        }
    }
    return -1;
}

ptrdiff_t xh__mqtt_read(struct xh_str bytes, uint8_t version, uint32_t packet_bytes_max,
                        struct xh__mqtt_packet *ret, uint8_t *ret_reason, struct xh_err *err)
{
    struct in in = {{0}, version, ret_reason, err};
    uint32_t len = 0;
    if (bytes.len < 1) {
        return 0;
    }
    unsigned type = (uint8_t)bytes.ptr[0] >> 4, flags = (uint8_t)bytes.ptr[0] & 0x0Fu;
    if (type == 0 || !flags_are_right(type, flags)) {
        return malformed(&in, "the packet's type or flags are reserved");
    }
    if ((version == 0) != (type == XH__MQTT_CONNECT)) {
        return fault(&in, XH__MQTT_PROTOCOL_ERROR,
                     version == 0 ? "the first packet is no CONNECT" : "a second CONNECT");
    }
    int length_bytes = read_length(bytes, &len);
    if (length_bytes <= 0) {
        return length_bytes == 0 ? 0 : malformed(&in, "the packet's length is broken");
    }
    size_t head = 1 + (size_t)length_bytes;
    if (len + head > packet_bytes_max) {
        return fault(&in, XH__MQTT_TOO_LARGE, "the packet is too large");
    }
    if (bytes.len < head + len) {
        return 0;
    }
    memset(ret, 0, sizeof *ret);
    ret->type = (enum xh__mqtt_type)type;
    in.rest = xh_str_sub(bytes, head, len);
    int code = read_body(&in, (uint8_t)flags, ret);
    return code < 0 ? code : (ptrdiff_t)(head + len);
}
