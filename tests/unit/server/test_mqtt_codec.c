/* MQTT's packets: golden bytes both ways, and every malformed case by the letter of the
 * standards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "server/mqtt/mqtt_codec.h"

enum { BYTES_MAX = 1 << 20 };

struct bench {
    char bytes[2048];
    size_t len;
    struct xh__mqtt_packet packet;
    uint8_t reason;
    ptrdiff_t took;
};

/* "10 0c 'MQTT' 04": hexadecimal bytes and quoted text. */
static size_t from_hex(const char *text, char *ret)
{
    size_t len = 0;
    while (*text != '\0') {
        if (*text == ' ') {
            text++;
        } else if (*text == '\'') {
            for (text++; *text != '\''; text++) {
                ret[len++] = *text;
            }
            text++;
        } else {
            ret[len++] = (char)(xh_char_hex(text[0]) * 16 + xh_char_hex(text[1]));
            text += 2;
        }
    }
    return len;
}

static void read_as(struct bench *b, uint8_t version, const char *hex)
{
    memset(b, 0, sizeof *b);
    b->len = from_hex(hex, b->bytes);
    b->took = xh__mqtt_read((struct xh_str){b->bytes, b->len}, version, BYTES_MAX, &b->packet,
                            &b->reason, NULL);
}

static void assert_str(struct xh_str s, const char *text)
{
    if (!xh_str_is(s, text)) {
        fail_msg("\"%.*s\" is not \"%s\"", XH_STR_ARG(s), text);
    }
}

static void assert_hex(const struct xh_buf *buf, const char *hex)
{
    char bytes[2048];
    size_t len = from_hex(hex, bytes);
    assert_int_equal(buf->len, len);
    assert_memory_equal(buf->ptr, bytes, len);
}

static void a_connect_of_3_1_1_is_read_whole(void **state)
{
    struct bench b;
    (void)state;
    read_as(&b, 0, "10 1c 0004'MQTT' 04 ee 003c 0002'me' 0001't' 0002'by' 0001'u' 0002'pw'");
    assert_int_equal(b.took, b.len);
    assert_int_equal(b.packet.type, XH__MQTT_CONNECT);
    assert_int_equal(b.packet.version, XH__MQTT_3_1_1);
    assert_true(b.packet.is_clean && b.packet.has_will && b.packet.will_is_retained);
    assert_int_equal(b.packet.will_qos, 1);
    assert_int_equal(b.packet.keep_alive_s, 60);
    assert_str(b.packet.client_id, "me");
    assert_str(b.packet.will_topic, "t");
    assert_str(b.packet.will_payload, "by");
    assert_str(b.packet.user, "u");
    assert_str(b.packet.password, "pw");
}

static void a_connect_of_5_0_has_properties_of_its_own_and_of_its_will(void **state)
{
    struct bench b;
    (void)state;
    read_as(&b, 0,
            "10 26 0004'MQTT' 05 06 000a 0b 11 00000e10 21 000a 22 0005 0001'c' "
            "07 18 00000005 01 01 0001't' 0000");
    assert_int_equal(b.took, b.len);
    assert_int_equal(b.packet.properties.numbers[XH__MQTT_P_SESSION_EXPIRY], 3600);
    assert_int_equal(b.packet.properties.numbers[XH__MQTT_P_RECEIVE_MAX], 10);
    assert_int_equal(b.packet.properties.numbers[XH__MQTT_P_ALIAS_MAX], 5);
    assert_int_equal(b.packet.will_properties.numbers[XH__MQTT_P_WILL_DELAY], 5);
    assert_true(xh__mqtt_has(&b.packet.will_properties, XH__MQTT_P_PAYLOAD_FORMAT));
    assert_false(xh__mqtt_has(&b.packet.properties, XH__MQTT_P_USER));
}

static void a_publish_is_read_in_both_versions(void **state)
{
    struct bench b;
    (void)state;
    read_as(&b, 4, "3b 07 0003'a/b' 0007");
    assert_int_equal(b.took, 9);
    assert_true(b.packet.is_repeated && b.packet.is_retained);
    assert_int_equal(b.packet.qos, 1);
    assert_int_equal(b.packet.id, 7);
    assert_int_equal(b.packet.payload.len, 0);
    read_as(&b, 5, "34 0e 0001't' 0102 06 23 0003 02 0000 'xyz'");
    assert_int_equal(b.took, -1); /* the properties end inside one */
    read_as(&b, 5, "34 13 0001't' 0102 08 23 0003 02 00000009 'hello'");
    assert_int_equal(b.took, b.len);
    assert_int_equal(b.packet.qos, 2);
    assert_int_equal(b.packet.id, 258);
    assert_int_equal(b.packet.properties.numbers[XH__MQTT_P_ALIAS], 3);
    assert_int_equal(b.packet.properties.numbers[XH__MQTT_P_MESSAGE_EXPIRY], 9);
    assert_str(b.packet.payload, "hello");
}

static void filters_come_one_by_one(void **state)
{
    struct bench b;
    struct xh__mqtt_filter filter;
    (void)state;
    read_as(&b, 5, "82 0f 0001 02 0b07 0003'a/b' 2e 0001'#' 01");
    assert_int_equal(b.took, b.len);
    struct xh_str rest = b.packet.payload;
    assert_int_equal(b.packet.properties.numbers[XH__MQTT_P_SUBSCRIPTION_ID], 7);
    assert_true(xh__mqtt_next_filter(XH__MQTT_SUBSCRIBE, &rest, &filter));
    assert_str(filter.text, "a/b");
    assert_true(filter.qos == 2 && filter.no_local && filter.retain_as_published);
    assert_int_equal(filter.retain_handling, 2);
    assert_true(xh__mqtt_next_filter(XH__MQTT_SUBSCRIBE, &rest, &filter));
    assert_str(filter.text, "#");
    assert_false(xh__mqtt_next_filter(XH__MQTT_SUBSCRIBE, &rest, &filter));
}

/* Version, bytes, reason. */
static const struct {
    uint8_t version;
    const char *hex;
    uint8_t reason;
    const char *what;
} wrong[] = {
    {4, "00 00", 0x81, "type 0"},
    {4, "f0 00", 0x81, "AUTH in 3.1.1"},
    {4, "c1 00", 0x81, "flags of PINGREQ"},
    {4, "60 02 0001", 0x81, "flags of PUBREL"},
    {4, "80 06 0001 0001'a' 00", 0x81, "flags of SUBSCRIBE"},
    {4, "a0 05 0001 0001'a'", 0x81, "flags of UNSUBSCRIBE"},
    {4, "c0 80 80 80 80 01", 0x81, "a length of five bytes"},
    {4, "c0 80 00", 0x81, "a length longer than needed"},
    {4, "c0 01 00", 0x81, "a PINGREQ with something in it"},
    {4, "30 ff ff ff 7f", 0x95, "too large"},
    {4, "36 03 0001'a'", 0x81, "QoS 3"},
    {4, "38 03 0001'a'", 0x81, "DUP with QoS 0"},
    {4, "32 05 0001'a' 0000", 0x82, "packet identifier 0"},
    {4, "32 03 0001'a'", 0x81, "no packet identifier"},
    {4, "30 02 0000", 0x90, "an empty topic"},
    {4, "30 05 0003'a/#'", 0x90, "a topic with #"},
    {4, "30 03 0001'+'", 0x90, "a topic with +"},
    {4, "30 03 0001 00", 0x81, "U+0000"},
    {4, "30 04 0002 c080", 0x81, "an overlong form"},
    {4, "30 05 0003 eda080", 0x81, "a surrogate"},
    {4, "30 03 0002'a'", 0x81, "a text longer than the packet"},
    {4, "40 03 0001 00", 0x81, "an acknowledgement of 3.1.1 with a code"},
    {4, "82 02 0001", 0x82, "SUBSCRIBE without a filter"},
    {4, "a2 02 0001", 0x82, "UNSUBSCRIBE without a filter"},
    {4, "82 06 0001 0001'a' 03", 0x81, "a filter with QoS 3"},
    {4, "82 06 0001 0001'a' 04", 0x81, "options in 3.1.1"},
    {4, "82 05 0001 0000 00", 0x81, "an empty filter"},
    {4, "20 02 0000", 0x82, "CONNACK from a client"},
    {4, "10 0d 0004'MQTT' 04 02 0000 0001'c'", 0x82, "a second CONNECT"},
    {0, "c0 00", 0x82, "no CONNECT first"},
    {0, "10 0d 0004'MQTT' 03 02 0000 0001'c'", 0x84, "version 3.1"},
    {0, "10 0d 0004'MQTX' 04 02 0000 0001'c'", 0x84, "another protocol"},
    {0, "10 0d 0004'MQTT' 04 03 0000 0001'c'", 0x81, "the reserved flag"},
    {0, "10 0d 0004'MQTT' 04 0a 0000 0001'c'", 0x81, "QoS of no will"},
    {0, "10 0d 0004'MQTT' 04 22 0000 0001'c'", 0x81, "retain of no will"},
    {0, "10 12 0004'MQTT' 04 1e 0000 0001'c' 0001't' 0000", 0x81, "a will with QoS 3"},
    {0, "10 12 0004'MQTT' 04 06 0000 0001'c' 0001'#' 0000", 0x90, "a will for a filter"},
    {0, "10 0f 0004'MQTT' 04 42 0000 0001'c' 0000", 0x81, "a password without a user in 3.1.1"},
    {0, "10 0e 0004'MQTT' 04 02 0000 0001'c' 00", 0x81, "more than it says"},
    {0, "10 0c 0004'MQTT' 04 82 0000 0001'c'", 0x81, "a user that is missing"},
    {0, "10 13 0004'MQTT' 05 02 0000 05 2100012100 01 0001'c'", 0x81, "broken properties"},
    {0, "10 14 0004'MQTT' 05 02 0000 06 210001210001 0001'c'", 0x82, "a property twice"},
    {0, "10 11 0004'MQTT' 05 02 0000 03 210000 0001'c'", 0x82, "Receive Maximum 0"},
    {0, "10 13 0004'MQTT' 05 02 0000 05 2700000000 0001'c'", 0x82, "Maximum Packet Size 0"},
    {0, "10 10 0004'MQTT' 05 02 0000 02 1702 0001'c'", 0x82, "a flag that is neither 0 nor 1"},
    {0, "10 11 0004'MQTT' 05 02 0000 03 160000 0001'c'", 0x82, "data without a method"},
    {0, "10 10 0004'MQTT' 05 02 0000 02 0101 0001'c'", 0x81, "a property of another packet"},
    {5, "30 04 0000 00 'x'", 0x82, "no topic and no alias"},
    {5, "30 06 0001'a' 02 0b01", 0x82, "a subscription identifier from a client"},
    {5, "30 08 0001'a' 04 080001'#'", 0x82, "a response topic with a wildcard"},
    {5, "40 03 0001 05", 0x82, "a code that PUBACK does not have"},
    {5, "62 03 0001 80", 0x82, "a code that PUBREL does not have"},
    {5, "e0 01 01", 0x82, "a code that DISCONNECT does not have"},
    {5, "e0 03 00 00 00", 0x81, "DISCONNECT with more"},
    {5, "82 07 0001 00 0001'a' 30", 0x81, "retain handling 3"},
    {5, "82 07 0001 00 0001'a' 40", 0x81, "reserved options"},
    {5, "82 09 0001 02 0b00 0001'a' 00", 0x82, "subscription identifier 0"},
};

static void what_is_malformed_is_refused_with_its_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct bench b;
        read_as(&b, wrong[i].version, wrong[i].hex);
        if (b.took >= 0 || b.reason != wrong[i].reason) {
            fail_msg("%s: %s: %td, 0x%02x", wrong[i].what, wrong[i].hex, b.took, b.reason);
        }
    }
    struct bench b;
    read_as(&b, 5, "82 10 0001 00 000a'$share/g/a' 04");
    assert_int_equal(b.reason, XH__MQTT_PROTOCOL_ERROR); /* shared with No Local */
}

static void a_packet_that_is_not_whole_is_waited_for(void **state)
{
    struct bench b;
    (void)state;
    read_as(&b, 0, "10 1c 0004'MQTT' 04 ee 003c 0002'me' 0001't' 0002'by' 0001'u' 0002'pw'");
    for (size_t len = 0; len < b.len; len++) {
        assert_int_equal(xh__mqtt_read((struct xh_str){b.bytes, len}, 0, BYTES_MAX, &b.packet,
                                       &b.reason, NULL),
                         0);
    }
}

static void packets_are_written_as_the_standard_shows(void **state)
{
    struct xh_buf out = {0}, properties = {0};
    const uint8_t codes[] = {0, 1, 0x80};
    (void)state;
    xh__mqtt_put_connack(&out, 4, true, 0, (struct xh_str){0});
    assert_hex(&out, "20 02 01 00");
    xh_buf_clear(&out);
    xh__mqtt_put_property_number(&properties, XH__MQTT_P_RECEIVE_MAX, 10);
    xh__mqtt_put_property_text(&properties, XH__MQTT_P_ASSIGNED_ID, XH_STR("ab"));
    xh__mqtt_put_connack(&out, 5, false, 0, xh_buf_str(&properties));
    assert_hex(&out, "20 0b 00 00 08 21 000a 12 0002'ab'");
    xh_buf_clear(&out);
    xh__mqtt_put_ack(&out, 5, XH__MQTT_PUBACK, 9, 0, (struct xh_str){0});
    xh__mqtt_put_ack(&out, 5, XH__MQTT_PUBREL, 9, 0x92, (struct xh_str){0});
    xh__mqtt_put_ack(&out, 5, XH__MQTT_PUBREC, 9, 0x99, XH_STR("no"));
    xh__mqtt_put_ack(&out, 4, XH__MQTT_PUBREC, 9, 0x99, XH_STR("no"));
    assert_hex(&out, "40 02 0009 62 04 0009 92 00 50 09 0009 99 05 1f 0002'no' 50 02 0009");
    xh_buf_clear(&out);
    xh__mqtt_put_suback(&out, 4, XH__MQTT_SUBACK, 1, codes, 3);
    xh__mqtt_put_suback(&out, 5, XH__MQTT_UNSUBACK, 1, codes, 1);
    xh__mqtt_put_suback(&out, 4, XH__MQTT_UNSUBACK, 1, codes, 1);
    assert_hex(&out, "90 05 0001 000180 b0 04 0001 00 00 b0 02 0001");
    xh_buf_clear(&out);
    xh__mqtt_put_pingresp(&out);
    xh__mqtt_put_disconnect(&out, 0x8b, (struct xh_str){0});
    assert_hex(&out, "d0 00 e0 02 8b 00");
    xh_buf_finish(&out);
    xh_buf_finish(&properties);
}

static void what_is_written_is_read_back(void **state)
{
    struct xh_buf out = {0};
    struct bench b;
    char payload[300];
    const uint8_t versions[] = {4, 5};
    (void)state;
    memset(payload, 'p', sizeof payload);
    for (size_t i = 0; i < 2; i++) {
        struct xh__mqtt_publish publish = {XH_STR("a/b"), {payload, sizeof payload}, {0}, 77, 2,
                                           true, true};
        xh_buf_clear(&out);
        xh__mqtt_put_publish(&out, versions[i], &publish);
        assert_int_equal(out.len, xh__mqtt_publish_bytes(versions[i], &publish));
        ptrdiff_t took = xh__mqtt_read(xh_buf_str(&out), versions[i], BYTES_MAX, &b.packet,
                                       &b.reason, NULL);
        assert_int_equal(took, out.len);
        assert_true(b.packet.qos == 2 && b.packet.id == 77 && b.packet.is_repeated);
        assert_true(xh_str_equal(b.packet.payload, publish.payload));
    }
    xh_buf_finish(&out);
}

static void properties_are_handed_on_but_for_those_of_the_way(void **state)
{
    char bytes[64];
    struct xh_buf out = {0};
    (void)state;
    size_t len = from_hex("01 01 02 00000005 26 0001'a' 0001'b' 23 0001 03 0001'x' 26 0001'c' "
                          "0001'd'",
                          bytes);
    xh__mqtt_put_forwarded(&out, (struct xh_str){bytes, len});
    assert_hex(&out, "01 01 26 0001'a' 0001'b' 03 0001'x' 26 0001'c' 0001'd'");
    xh_buf_finish(&out);
}

static void filters_match_as_the_standard_says(void **state)
{
    static const struct {
        const char *filter, *topic;
        bool does;
    } cases[] = {
        {"sport/tennis/player1/#", "sport/tennis/player1", true},
        {"sport/tennis/player1/#", "sport/tennis/player1/ranking", true},
        {"sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true},
        {"sport/#", "sport", true},
        {"#", "sport/a", true},
        {"sport/tennis/+", "sport/tennis/player1", true},
        {"sport/tennis/+", "sport/tennis/player1/ranking", false},
        {"sport/+", "sport", false},
        {"sport/+", "sport/", true},
        {"+/+", "/finance", true},
        {"/+", "/finance", true},
        {"+", "/finance", false},
        {"#", "$SYS/monitor", false},
        {"+/monitor", "$SYS/monitor", false},
        {"$SYS/#", "$SYS/monitor", true},
        {"a//b", "a//b", true},
        {"a", "A", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (xh__mqtt_filter_matches(xh_str_from(cases[i].filter), xh_str_from(cases[i].topic)) !=
            cases[i].does) {
            fail_msg("%s, %s", cases[i].filter, cases[i].topic);
        }
    }
}

static void names_of_filters_are_checked(void **state)
{
    static const char *const right[] = {"#", "+", "a/+/b/#", "/", "+/+", "$share/g/a/+"};
    static const char *const not_right[] = {"a#", "a/#/b", "a+", "+a/b", "$share/g", "$share//a",
                                            "$share/+/a", "$share/g/", "$share"};
    struct xh_str group, filter;
    (void)state;
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        assert_true(xh__mqtt_filter_split(xh_str_from(right[i]), &group, &filter));
    }
    for (size_t i = 0; i < sizeof not_right / sizeof not_right[0]; i++) {
        if (xh__mqtt_filter_split(xh_str_from(not_right[i]), &group, &filter)) {
            fail_msg("%s", not_right[i]);
        }
    }
    assert_true(xh__mqtt_filter_split(XH_STR("$share/g/a/+"), &group, &filter));
    assert_str(group, "g");
    assert_str(filter, "a/+");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connect_of_3_1_1_is_read_whole),
        cmocka_unit_test(a_connect_of_5_0_has_properties_of_its_own_and_of_its_will),
        cmocka_unit_test(a_publish_is_read_in_both_versions),
        cmocka_unit_test(filters_come_one_by_one),
        cmocka_unit_test(what_is_malformed_is_refused_with_its_reason),
        cmocka_unit_test(a_packet_that_is_not_whole_is_waited_for),
        cmocka_unit_test(packets_are_written_as_the_standard_shows),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(properties_are_handed_on_but_for_those_of_the_way),
        cmocka_unit_test(filters_match_as_the_standard_says),
        cmocka_unit_test(names_of_filters_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
