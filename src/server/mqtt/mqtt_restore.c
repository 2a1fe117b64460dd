/* mqtt_restore.c: the journal read when the server is opened. It ends at the first record that is
 * not whole: what was being written when the machine stopped was promised to nobody. */
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "server/mqtt/mqtt_internal.h"

enum { HEAD_BYTES = 8 };

struct reader {
    struct xh_mqtt *mqtt;
    struct xh_map *by_number;    /* sessions */
    struct xh_str rest;          /* of the record */
    bool is_short;
};

static uint64_t number(struct reader *r, size_t bytes)
{
    uint64_t value = 0;
    if (r->rest.len < bytes) {
        r->is_short = true;
        r->rest.len = 0;
        return 0;
    }
    for (size_t i = bytes; i-- > 0;) {
        value = value << 8 | (uint8_t)r->rest.ptr[i];
    }
    r->rest = xh_str_sub(r->rest, bytes, r->rest.len);
    return value;
}

static struct xh_str text(struct reader *r)
{
    size_t len = (size_t)number(r, 4);
    if (r->rest.len < len) {
        r->is_short = true;
        return (struct xh_str){0};
    }
    struct xh_str found = xh_str_sub(r->rest, 0, len);
    r->rest = xh_str_sub(r->rest, len, r->rest.len);
    return found;
}

static struct xh__mqtt_session *session_of(struct reader *r)
{
    uint64_t at = number(r, 8);
    return xh_map_get(r->by_number, (struct xh_str){(const char *)&at, sizeof at});
}

static struct xh_str key_of(const struct xh__mqtt_session *s)
{
    return (struct xh_str){(const char *)&s->number, sizeof s->number};
}

static void take_session(struct reader *r)
{
    struct xh_mqtt *mqtt = r->mqtt;
    uint64_t at = number(r, 8);
    int64_t expiry_s = (int64_t)number(r, 8), expires_us = (int64_t)number(r, 8);
    uint64_t last_seq = number(r, 8);
    struct xh_str client_id = text(r), who_name = text(r);
    bool is_expiry = expiry_s == XH__MQTT_NEVER || (expiry_s > 0 && expiry_s < UINT32_MAX);
    if (r->is_short || client_id.len == 0 || !is_expiry || expires_us < 0) {
        return;
    }
    struct xh__mqtt_session *s = xh_map_get(mqtt->sessions, client_id);
    if (s != NULL && s->number != at) {
        (void)xh_map_remove(r->by_number, key_of(s));
        xh__mqtt_session_destroy(mqtt, s);
        s = NULL;
    }
    if (s == NULL) {
        s = xh__mqtt_session_create(mqtt, client_id, who_name);
        s->number = at;
        (void)xh_map_put(r->by_number, key_of(s), s);
        mqtt->last_session = at > mqtt->last_session ? at : mqtt->last_session;
    }
    s->is_told = true;
    s->expiry_s = expiry_s;
    s->expires_us = expires_us;
    s->last_seq = last_seq > s->last_seq ? last_seq : s->last_seq;
}

static void take_session_end(struct reader *r)
{
    struct xh__mqtt_session *s = session_of(r);
    if (s != NULL) {
        (void)xh_map_remove(r->by_number, key_of(s));
        xh__mqtt_session_destroy(r->mqtt, s);
    }
}

static void take_sub(struct reader *r)
{
    struct xh__mqtt_session *s = session_of(r);
    uint32_t id = (uint32_t)number(r, 4);
    uint8_t options = (uint8_t)number(r, 1);
    struct xh_str group, name;
    struct xh__mqtt_filter filter = {
        .text = text(r),
        .options = options,
        .qos = options & 3u,
        .no_local = (options & 4u) != 0,
        .retain_as_published = (options & 8u) != 0,
        .retain_handling = options >> 4 & 3u,
    };
    if (s != NULL && !r->is_short && filter.qos < 3 &&
        xh__mqtt_filter_split(filter.text, &group, &name)) {
        (void)xh__mqtt_sub_put(r->mqtt, s, &filter, id);
    }
}

static void take_sub_end(struct reader *r)
{
    struct xh__mqtt_session *s = session_of(r);
    struct xh_str filter = text(r);
    if (s != NULL && !r->is_short) {
        (void)xh__mqtt_sub_remove(r->mqtt, s, filter);
    }
}

static void take_item(struct reader *r)
{
    struct xh__mqtt_session *s = session_of(r);
    uint64_t seq = number(r, 8);
    uint8_t qos = (uint8_t)number(r, 1), is_retained = (uint8_t)number(r, 1);
    int64_t expires_us = (int64_t)number(r, 8);
    uint32_t ids[64], id_count = (uint32_t)number(r, 4);
    if (id_count > XH_COUNT(ids)) {
        return;
    }
    for (uint32_t i = 0; i < id_count; i++) {
        ids[i] = (uint32_t)number(r, 4);
    }
    struct xh_str topic = text(r), payload = text(r), properties = text(r);
    bool is_right = seq > 0 && qos > 0 && qos <= 2 && xh__mqtt_topic_is_valid(topic);
    if (s == NULL || r->is_short || !is_right) {
        return;
    }
    struct xh__mqtt_item *item = xh_alloc(sizeof *item + id_count * sizeof ids[0]);
    item->body = xh__mqtt_body_create(topic, payload, properties);
    item->body->expires_us = expires_us;
    item->body->qos = qos;
    item->seq = seq;
    item->qos = qos;
    item->is_retained = is_retained != 0;
    item->id_count = id_count;
    memcpy(item->ids, ids, id_count * sizeof ids[0]);
    s->last_seq = seq > s->last_seq ? seq : s->last_seq;
    xh__mqtt_session_add(r->mqtt, &s->queue, item);
}

static void take_fate(struct reader *r)
{
    struct xh__mqtt_session *s = session_of(r);
    uint64_t seq = number(r, 8);
    char fate = (char)number(r, 1);
    uint16_t packet_id = (uint16_t)number(r, 4);
    if (s != NULL && !r->is_short && (fate == 'D' || packet_id > 0)) {
        xh__mqtt_session_set_fate(r->mqtt, s, seq, fate, packet_id);
    }
}

static void take_taken(struct reader *r)
{
    struct xh__mqtt_session *s = session_of(r);
    uint16_t id = (uint16_t)number(r, 4);
    bool is_taken = number(r, 1) != 0;
    if (s != NULL && !r->is_short) {
        xh__mqtt_session_set_taken(r->mqtt, s, id, is_taken);
    }
}

static void take_retained(struct reader *r)
{
    uint8_t qos = (uint8_t)number(r, 1);
    int64_t expires_us = (int64_t)number(r, 8);
    struct xh_str topic = text(r), payload = text(r), properties = text(r);
    if (r->is_short || qos > 2 || !xh__mqtt_topic_is_valid(topic)) {
        return;
    }
    struct xh__mqtt_body *body = xh__mqtt_body_create(topic, payload, properties);
    body->qos = qos;
    body->expires_us = expires_us;
    body->is_retained = true;
    (void)xh__mqtt_retain(r->mqtt, body);
    xh__mqtt_body_drop(body);
}

static void take(struct reader *r)
{
    static const struct {
        char kind;
        void (*take)(struct reader *r);
    } kinds[] = {
        {'S', take_session}, {'E', take_session_end}, {'U', take_sub},   {'V', take_sub_end},
        {'Q', take_item},    {'F', take_fate},        {'T', take_taken}, {'R', take_retained},
    };
    char kind = (char)number(r, 1);
    for (size_t i = 0; i < XH_COUNT(kinds); i++) {
        if (kinds[i].kind == kind) {
            kinds[i].take(r);
        }
    }
}

/* Those that were here when the process ended are absent from now on. */
static void settle(struct xh_mqtt *mqtt)
{
    size_t cursor = 0;
    struct xh_str key;
    void *value;
    int64_t now_us = xh_env_now_us(mqtt->env);
    while (xh_map_next(mqtt->sessions, &cursor, &key, &value)) {
        struct xh__mqtt_session *s = value;
        if (s->expiry_s > 0 && s->expires_us == 0) {
            s->expires_us = now_us + s->expiry_s * 1000000;
        }
    }
}

int xh__mqtt_restore(struct xh_mqtt *mqtt, struct xh_str bytes, struct xh_err *err)
{
    struct reader r = {.mqtt = mqtt, .by_number = xh_map_create(1)};
    (void)err;
    while (bytes.len >= HEAD_BYTES) {
        r.rest = bytes;
        r.is_short = false;
        size_t len = (size_t)number(&r, 4);
        uint32_t crc = (uint32_t)number(&r, 4);
        if (r.rest.len < len || crc != xh_crc32c(0, r.rest.ptr, len)) {
            break;
        }
        r.rest = xh_str_sub(r.rest, 0, len);
        take(&r);
        bytes = xh_str_sub(bytes, HEAD_BYTES + len, bytes.len);
    }
    xh_map_destroy(r.by_number);
    settle(mqtt);
    return XH_E_OK;
}
