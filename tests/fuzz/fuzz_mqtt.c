/* MQTT's packets: the first byte says the version of the connection, the rest are its bytes. A
 * packet is waited for, refused with a reason, or taken: then all slices are of the bytes, its
 * names are names, its properties can be handed on, and what a server writes of it is read back the
 * same. */
#include <stdio.h>
#include <stdlib.h>

#include "server/mqtt/mqtt_codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool is_right)
{
    if (!is_right) {
        abort();
    }
}

static bool is_inside(struct xh_str slice, struct xh_str bytes)
{
    return slice.len == 0 ||
           (slice.ptr >= bytes.ptr && slice.ptr + slice.len <= bytes.ptr + bytes.len);
}

static void check_filters(const struct xh__mqtt_packet *packet)
{
    struct xh_str rest = packet->payload, group, name;
    struct xh__mqtt_filter filter;
    size_t count = 0;
    while (xh__mqtt_next_filter(packet->type, &rest, &filter)) {
        count++;
        check(is_inside(filter.text, packet->payload) && filter.text.len > 0 && filter.qos < 3);
        if (xh__mqtt_filter_split(filter.text, &group, &name)) {
            check(xh__mqtt_filter_is_valid(name));
            (void)xh__mqtt_filter_matches(name, XH_STR("a/b/$c//d"));
            check(!xh__mqtt_topic_is_valid(name) || xh__mqtt_filter_matches(name, name));
        }
    }
    check(count > 0 && rest.len == 0);
}

static void check_publish(const struct xh__mqtt_packet *packet, uint8_t version)
{
    struct xh_buf properties = {0}, out = {0};
    struct xh__mqtt_packet back;
    uint8_t reason = 0;
    check(packet->topic.len > 0 ? xh__mqtt_topic_is_valid(packet->topic)
                                : xh__mqtt_has(&packet->properties, XH__MQTT_P_ALIAS));
    xh__mqtt_put_forwarded(&properties, packet->properties.raw);
    const struct xh__mqtt_publish publish = {
        .topic = packet->topic.len > 0 ? packet->topic : XH_STR("t"),
        .payload = packet->payload,
        .properties = xh_buf_str(&properties),
        .id = packet->id,
        .qos = packet->qos,
        .is_repeated = packet->is_repeated,
        .is_retained = packet->is_retained,
    };
    xh__mqtt_put_publish(&out, version, &publish);
    check(out.len == xh__mqtt_publish_bytes(version, &publish));
    check(xh__mqtt_read(xh_buf_str(&out), version, UINT32_MAX, &back, &reason, NULL) ==
          (ptrdiff_t)out.len);
    check(xh_str_equal(back.topic, publish.topic) && xh_str_equal(back.payload, publish.payload));
    check(back.id == packet->id && back.qos == packet->qos);
    xh_buf_finish(&properties);
    xh_buf_finish(&out);
}

static void check_packet(const struct xh__mqtt_packet *packet, struct xh_str bytes, uint8_t version)
{
    check(is_inside(packet->topic, bytes) && is_inside(packet->payload, bytes) &&
          is_inside(packet->client_id, bytes) && is_inside(packet->will_topic, bytes) &&
          is_inside(packet->will_payload, bytes) && is_inside(packet->user, bytes) &&
          is_inside(packet->password, bytes) && is_inside(packet->properties.raw, bytes));
    for (size_t i = 0; i < XH__MQTT_P_COUNT; i++) {
        check(is_inside(packet->properties.texts[i], bytes));
    }
    if (packet->type == XH__MQTT_PUBLISH) {
        check_publish(packet, version);
    } else if (packet->type == XH__MQTT_SUBSCRIBE || packet->type == XH__MQTT_UNSUBSCRIBE) {
        check_filters(packet);
    } else if (packet->type == XH__MQTT_CONNECT) {
        check(!packet->has_will || xh__mqtt_topic_is_valid(packet->will_topic));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t versions[] = {0, XH__MQTT_3_1_1, XH__MQTT_5};
    if (size == 0) {
        return 0;
    }
    uint8_t version = versions[data[0] % 3];
    struct xh_str bytes = {(const char *)data + 1, size - 1};
    for (;;) {
        struct xh__mqtt_packet packet;
        struct xh_err err = {0};
        uint8_t reason = 0;
        ptrdiff_t took = xh__mqtt_read(bytes, version, 1 << 20, &packet, &reason, &err);
        check(took <= (ptrdiff_t)bytes.len);
        if (took < 0) {
            check(reason >= 0x80 && err.code == took && err.text[0] != '\0');
        }
        if (took <= 0) {
            return 0;
        }
        check_packet(&packet, xh_str_sub(bytes, 0, (size_t)took), version);
        version = packet.type == XH__MQTT_CONNECT ? packet.version : version;
        bytes = xh_str_sub(bytes, (size_t)took, bytes.len);
    }
}
