/* mqtt_subscribe.c: SUBSCRIBE (3.8), UNSUBSCRIBE (3.10). */
#include <stdlib.h>

#include "server/mqtt/mqtt_internal.h"

enum { FILTERS_MAX = 1024 };

static uint8_t refusal(uint8_t version, uint8_t reason)
{
    return version == XH__MQTT_5 ? reason : XH__MQTT_UNSPECIFIED; /* 3.1.1 knows 0x80 only */
}

static size_t level_count(struct xh_str text)
{
    size_t count = 1;
    for (size_t i = 0; i < text.len; i++) {
        count += text.ptr[i] == '/';
    }
    return count;
}

/* What the owner says of a filter; 0 or MQTT's code. */
static uint8_t ask_owner(struct xh_mqtt *mqtt, const struct xh_who *who, struct xh_str filter)
{
    const struct xh_mqtt_owner *owner = &mqtt->options.owner;
    int code = owner->subscribe(owner->self, who, filter, NULL);
    if (code >= 0) {
        return XH__MQTT_OK;
    }
    return code == XH_E_INVALID ? XH__MQTT_BAD_FILTER : XH__MQTT_NOT_AUTHORIZED;
}

struct sending {
    struct xh_mqtt *mqtt;
    struct xh__mqtt_session *session;
    uint8_t qos;
    uint32_t id;
    int64_t now_us;
};

static void send_retained(void *arg, struct xh__mqtt_body *body)
{
    const struct sending *s = arg;
    uint8_t qos = body->qos < s->qos ? body->qos : s->qos;
    if (body->expires_us > 0 && body->expires_us <= s->now_us) {
        return;
    }
    xh__mqtt_session_queue(s->mqtt, s->session, body, qos, true, &s->id, s->id != 0 ? 1 : 0, true);
}

static uint8_t take_one(struct xh__mqtt_conn *c, const struct xh__mqtt_filter *filter, uint32_t id)
{
    struct xh_mqtt *mqtt = c->mqtt;
    struct xh_str group, name;
    if (!xh__mqtt_filter_split(filter->text, &group, &name) ||
        level_count(name) > XH__MQTT_LEVELS_MAX) {
        return refusal(c->version, XH__MQTT_BAD_FILTER);
    }
    if (c->session->sub_count >= XH__MQTT_SUBSCRIPTIONS_MAX) {
        return refusal(c->version, XH__MQTT_QUOTA);
    }
    uint8_t refused = ask_owner(mqtt, c->session->who, name);
    if (refused != 0) {
        return refusal(c->version, refused);
    }
    bool was_there = xh__mqtt_sub_put(mqtt, c->session, filter, id);
    if (group.len == 0 && (filter->retain_handling == 0 ||
                           (filter->retain_handling == 1 && !was_there))) { /* 3.8.3.1 */
        struct sending s = {mqtt, c->session, filter->qos, id, xh_env_now_us(mqtt->env)};
        xh__mqtt_retained_each(mqtt, name, send_retained, &s);
    }
    return filter->qos;
}

static void answer(struct xh__mqtt_conn *c, enum xh__mqtt_type type, uint16_t id,
                   const uint8_t *codes, size_t count)
{
    struct xh_buf *packet = &c->mqtt->packet;
    uint64_t ticket = xh__mqtt_session_is_kept(c->mqtt, c->session)
                          ? xh__mqtt_journal_ticket(c->mqtt)
                          : 0;
    xh_buf_clear(packet);
    xh__mqtt_put_suback(packet, c->version, type, id, codes, count);
    xh__mqtt_conn_answer(c, ticket, xh_buf_str(packet));
}

void xh__mqtt_subscribe(struct xh__mqtt_conn *c, const struct xh__mqtt_packet *packet)
{
    uint8_t codes[FILTERS_MAX];
    size_t count = 0;
    struct xh__mqtt_filter filter;
    struct xh_str rest = packet->payload;
    uint32_t id = packet->properties.numbers[XH__MQTT_P_SUBSCRIPTION_ID];
    while (count < FILTERS_MAX && xh__mqtt_next_filter(XH__MQTT_SUBSCRIBE, &rest, &filter)) {
        codes[count++] = take_one(c, &filter, id);
    }
    if (rest.len > 0) {
        xh__mqtt_conn_end(c, XH__MQTT_TOO_LARGE, "too many filters in one packet");
        return;
    }
    answer(c, XH__MQTT_SUBACK, packet->id, codes, count);
}

void xh__mqtt_unsubscribe(struct xh__mqtt_conn *c, const struct xh__mqtt_packet *packet)
{
    uint8_t codes[FILTERS_MAX];
    size_t count = 0;
    struct xh__mqtt_filter filter;
    struct xh_str rest = packet->payload;
    while (count < FILTERS_MAX && xh__mqtt_next_filter(XH__MQTT_UNSUBSCRIBE, &rest, &filter)) {
        codes[count++] = xh__mqtt_sub_remove(c->mqtt, c->session, filter.text)
                             ? XH__MQTT_OK
                             : XH__MQTT_NO_SUBSCRIPTION;
    }
    if (rest.len > 0) {
        xh__mqtt_conn_end(c, XH__MQTT_TOO_LARGE, "too many filters in one packet");
        return;
    }
    answer(c, XH__MQTT_UNSUBACK, packet->id, codes, count);
}

static bool may_have(struct xh_mqtt *mqtt, const struct xh_who *who, struct xh_str topic)
{
    return ask_owner(mqtt, who, topic) == XH__MQTT_OK;
}

void xh__mqtt_resubscribe(struct xh_mqtt *mqtt, struct xh__mqtt_session *session)
{
    struct xh_str group, name;
    bool is_any = false;
    for (struct xh__mqtt_sub *sub = session->subs; sub != NULL;) {
        struct xh__mqtt_sub *next = sub->next_of_session;
        if (!xh__mqtt_filter_split(sub->text, &group, &name) ||
            !may_have(mqtt, session->who, name)) {
            (void)xh__mqtt_sub_remove(mqtt, session, sub->text);
            is_any = true;
        }
        sub = next;
    }
    if (is_any) {
        xh__mqtt_session_sift(mqtt, session, may_have);
    }
}
