/* mqtt_codec.h: MQTT's packets as bytes, both ways, without I/O.
 *
 * Sources: OASIS MQTT 3.1.1 (2014-10-29) and 5.0 (2019-03-07); section numbers in mqtt_codec*.c are
 * those of 5.0 unless said otherwise.
 *
 * Guarantees
 *   - A packet is taken whole or refused: reserved bits, lengths, texts (UTF-8 without U+0000),
 *     packet identifiers, properties that do not belong to the packet or come twice, and reason
 *     codes are checked by the letter. What a server must judge by its state (an alias that is not
 *     known, a session) is the server's to judge.
 *   - Nothing is allocated or copied when reading: slices are of the bytes given.
 *   - Never reads beyond the bytes given, whatever they say.
 *
 * Threads: none of its own.
 */
#ifndef XH_SERVER_MQTT_CODEC_H
#define XH_SERVER_MQTT_CODEC_H

#include "base/err.h"

enum xh__mqtt_type {
    XH__MQTT_CONNECT = 1, XH__MQTT_CONNACK, XH__MQTT_PUBLISH, XH__MQTT_PUBACK, XH__MQTT_PUBREC,
    XH__MQTT_PUBREL, XH__MQTT_PUBCOMP, XH__MQTT_SUBSCRIBE, XH__MQTT_SUBACK, XH__MQTT_UNSUBSCRIBE,
    XH__MQTT_UNSUBACK, XH__MQTT_PINGREQ, XH__MQTT_PINGRESP, XH__MQTT_DISCONNECT, XH__MQTT_AUTH
};

enum { XH__MQTT_3_1_1 = 4, XH__MQTT_5 = 5 }; /* protocol levels (3.1.2.2) */

/* Reason codes (2.4) that the server uses by name. */
enum xh__mqtt_reason {
    XH__MQTT_OK = 0x00,
    XH__MQTT_DISCONNECT_WITH_WILL = 0x04,
    XH__MQTT_NO_MATCHING = 0x10,
    XH__MQTT_NO_SUBSCRIPTION = 0x11,
    XH__MQTT_UNSPECIFIED = 0x80,
    XH__MQTT_MALFORMED = 0x81,
    XH__MQTT_PROTOCOL_ERROR = 0x82,
    XH__MQTT_IMPLEMENTATION = 0x83,
    XH__MQTT_BAD_VERSION = 0x84,
    XH__MQTT_BAD_CLIENT_ID = 0x85,
    XH__MQTT_BAD_LOGIN = 0x86,
    XH__MQTT_NOT_AUTHORIZED = 0x87,
    XH__MQTT_SERVER_BUSY = 0x89,
    XH__MQTT_SHUTTING_DOWN = 0x8B,
    XH__MQTT_BAD_METHOD = 0x8C,
    XH__MQTT_KEEP_ALIVE = 0x8D,
    XH__MQTT_TAKEN_OVER = 0x8E,
    XH__MQTT_BAD_FILTER = 0x8F,
    XH__MQTT_BAD_TOPIC = 0x90,
    XH__MQTT_ID_UNKNOWN = 0x92,
    XH__MQTT_RECEIVE_MAX = 0x93,
    XH__MQTT_BAD_ALIAS = 0x94,
    XH__MQTT_TOO_LARGE = 0x95,
    XH__MQTT_QUOTA = 0x97,
    XH__MQTT_ADMIN = 0x98,
    XH__MQTT_BAD_PAYLOAD = 0x99
};

/* Properties (2.2.2.2), by their place in the table of mqtt_codec_props.c. */
enum xh__mqtt_property {
    XH__MQTT_P_PAYLOAD_FORMAT, XH__MQTT_P_MESSAGE_EXPIRY, XH__MQTT_P_CONTENT_TYPE,
    XH__MQTT_P_RESPONSE_TOPIC, XH__MQTT_P_CORRELATION, XH__MQTT_P_SUBSCRIPTION_ID,
    XH__MQTT_P_SESSION_EXPIRY, XH__MQTT_P_ASSIGNED_ID, XH__MQTT_P_SERVER_KEEP_ALIVE,
    XH__MQTT_P_AUTH_METHOD, XH__MQTT_P_AUTH_DATA, XH__MQTT_P_REQUEST_PROBLEM,
    XH__MQTT_P_WILL_DELAY, XH__MQTT_P_REQUEST_RESPONSE, XH__MQTT_P_RESPONSE_INFO,
    XH__MQTT_P_SERVER_REFERENCE, XH__MQTT_P_REASON, XH__MQTT_P_RECEIVE_MAX,
    XH__MQTT_P_ALIAS_MAX, XH__MQTT_P_ALIAS, XH__MQTT_P_QOS_MAX, XH__MQTT_P_RETAIN_AVAILABLE,
    XH__MQTT_P_USER, XH__MQTT_P_PACKET_MAX, XH__MQTT_P_WILDCARD_AVAILABLE,
    XH__MQTT_P_IDS_AVAILABLE, XH__MQTT_P_SHARED_AVAILABLE,
    XH__MQTT_P_COUNT
};

struct xh__mqtt_properties {
    uint32_t given;                          /* bits by enum xh__mqtt_property */
    uint32_t numbers[XH__MQTT_P_COUNT];      /* of those that are numbers */
    struct xh_str texts[XH__MQTT_P_COUNT];   /* of those that are text or bytes */
    struct xh_str raw;                       /* all of them as they stand, without their length */
};

struct xh__mqtt_packet {
    enum xh__mqtt_type type;
    uint16_t id;                  /* packet identifier; 0: none */
    uint8_t reason;
    struct xh__mqtt_properties properties;
    /* PUBLISH */
    bool is_repeated, is_retained;
    uint8_t qos;
    struct xh_str topic, payload; /* payload: SUBSCRIBE, UNSUBSCRIBE: the filters, for the readers
                                     below; SUBACK, UNSUBACK: the codes */
    /* CONNECT; CONNACK: is_session_present */
    uint8_t version;
    bool is_clean, is_session_present, has_will, has_user, has_password, will_is_retained;
    uint8_t will_qos;
    uint16_t keep_alive_s;
    struct xh_str client_id, will_topic, will_payload, user, password;
    struct xh__mqtt_properties will_properties;
};

/* Reads the packet at the start of `bytes`. Bytes that it took; 0: it is not whole yet; < 0: it is
 * refused, XH_E_TOO_LARGE or XH_E_INVALID, *ret_reason says it in MQTT's words. `version`: of the
 * connection; 0 while only CONNECT may come. */
ptrdiff_t xh__mqtt_read(struct xh_str bytes, uint8_t version, uint32_t packet_bytes_max,
                        struct xh__mqtt_packet *ret, uint8_t *ret_reason, struct xh_err *err);

/* The next filter of a SUBSCRIBE (its options too) or UNSUBSCRIBE that xh__mqtt_read took; false at
 * the end. */
struct xh__mqtt_filter {
    struct xh_str text;
    uint8_t options, qos;       /* options: as they stand */
    bool no_local, retain_as_published;
    uint8_t retain_handling;
};
bool xh__mqtt_next_filter(enum xh__mqtt_type type, struct xh_str *rest,
                          struct xh__mqtt_filter *ret);

/* Names (4.7): a topic has no wildcards; a filter has them in places of their own. Both 1 to 65535
 * bytes of UTF-8 without U+0000. */
bool xh__mqtt_topic_is_valid(struct xh_str topic);
bool xh__mqtt_filter_is_valid(struct xh_str filter);
/* Takes "$share/{group}/{filter}" apart (4.8.2). False: it is written wrong. Without "$share/" the
 * group is empty. */
bool xh__mqtt_filter_split(struct xh_str text, struct xh_str *ret_group, struct xh_str *ret_filter);
bool xh__mqtt_filter_matches(struct xh_str filter, struct xh_str topic);

/* ---- properties (mqtt_codec_props.c) ---- */

/* Reads properties with their length at *rest. *ret_reason as above. */
int xh__mqtt_properties_read(struct xh_str *rest, unsigned place, struct xh__mqtt_properties *ret,
                             uint8_t *ret_reason, struct xh_err *err);
/* Where properties stand: bits for `place`; a packet's is 1 << type. */
enum { XH__MQTT_IN_WILL = 1 };
bool xh__mqtt_has(const struct xh__mqtt_properties *properties, enum xh__mqtt_property which);
void xh__mqtt_put_property_number(struct xh_buf *out, enum xh__mqtt_property which, uint32_t value);
void xh__mqtt_put_property_text(struct xh_buf *out, enum xh__mqtt_property which,
                                struct xh_str value);
/* What a server hands on of a PUBLISH's or a will's properties (3.3.2.3): all but the expiry, the
 * alias and the subscription identifiers, in their order. */
void xh__mqtt_put_forwarded(struct xh_buf *out, struct xh_str raw);

/* ---- writing (mqtt_codec_write.c) ---- */

enum { XH__MQTT_LENGTH_MAX = 268435455 }; /* of what follows the fixed header (2.1.4) */
void xh__mqtt_put_varint(struct xh_buf *out, uint32_t value);
size_t xh__mqtt_varint_bytes(uint32_t value);
void xh__mqtt_put_u16(struct xh_buf *out, uint16_t value);
void xh__mqtt_put_text(struct xh_buf *out, struct xh_str text); /* with its length, <= 65535 */
/* `properties`: written ones, without their length; not sent by 3.1.1. */
void xh__mqtt_put_connack(struct xh_buf *out, uint8_t version, bool is_session_present,
                          uint8_t code, struct xh_str properties);
struct xh__mqtt_publish {
    struct xh_str topic, payload, properties;
    uint16_t id;
    uint8_t qos;
    bool is_repeated, is_retained;
};
size_t xh__mqtt_publish_bytes(uint8_t version, const struct xh__mqtt_publish *publish);
void xh__mqtt_put_publish(struct xh_buf *out, uint8_t version,
                          const struct xh__mqtt_publish *publish);
/* PUBACK, PUBREC, PUBREL, PUBCOMP. `why`: a sentence for 5.0, empty: none. */
void xh__mqtt_put_ack(struct xh_buf *out, uint8_t version, enum xh__mqtt_type type, uint16_t id,
                      uint8_t reason, struct xh_str why);
/* SUBACK, UNSUBACK: one code a filter. 3.1.1's UNSUBACK has none. */
void xh__mqtt_put_suback(struct xh_buf *out, uint8_t version, enum xh__mqtt_type type, uint16_t id,
                         const uint8_t *codes, size_t count);
void xh__mqtt_put_pingresp(struct xh_buf *out);
/* 5.0 only; 3.1.1's server just closes. */
void xh__mqtt_put_disconnect(struct xh_buf *out, uint8_t reason, struct xh_str why);

#endif
