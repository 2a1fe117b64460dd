/* mapping_lora.c: uplinks of LoRaWAN network servers.
 *
 * ChirpStack v4, "Integrations", event "up": deduplicationId, time, deviceInfo, devAddr, fCnt,
 * fPort, data (base64), object (what its codec made), rxInfo with rssi and snr for each gateway.
 * The Things Stack v3, "Data formats", uplink: end_device_ids, received_at, uplink_message with
 * f_port, f_cnt, frm_payload, decoded_payload, rx_metadata. Both write JSON of protocol buffers, in
 * which a field that is zero may be left out: a missing frame counter is 0.
 *
 * The same frame may come twice (a retransmission, a webhook tried again): known by device,
 * session, frame counter and payload together, for a counter may start anew. */
#include "base/num.h"
#include "service/mapping_internal.h"

/* What both kinds of message say, at different places. */
struct uplink {
    struct xh_str device, name, session, counter, data, time;
    const struct xh__mapping_node *port, *object, *gateways;
};

static const struct xh__mapping_node *at(const struct xh__mapping_node *root, const char *pointer)
{
    return xh__mapping_at(root, xh_str_from(pointer));
}

static struct xh_str text_at(const struct xh__mapping_node *root, const char *pointer)
{
    return xh__mapping_node_text(at(root, pointer));
}

/* ---- what a codec made of it ---- */

/* Names of the codecs' own Cayenne LPP, of which the units are known. */
static const struct {
    const char *name, *unit, *kind;
} known[] = {
    {"temperatureSensor", "degC", "gauge"}, {"humiditySensor", "%", "gauge"},
    {"barometer", "hPa", "gauge"},          {"illuminanceSensor", "lx", "gauge"},
    {"digitalInput", "1", "state"},         {"digitalOutput", "1", "state"},
    {"presenceSensor", "1", "state"},       {"temperature", "degC", "gauge"},
    {"relative_humidity", "%", "gauge"},    {"barometric_pressure", "hPa", "gauge"},
    {"luminosity", "lx", "gauge"},          {"digital_in", "1", "state"},
    {"digital_out", "1", "state"},          {"presence", "1", "state"},
};

/* "temperature_1" and "temperatureSensor.1" begin with what they are. A name without a channel is
 * somebody's own, and may mean anything. */
static void known_fill(struct xh__mapping_found *found)
{
    size_t len = 0;
    while (len < found->name.len && found->name.ptr[len] != '.') {
        len++;
    }
    size_t digits = len;
    while (digits > 0 && xh_char_is_digit(found->name.ptr[digits - 1])) {
        digits--;
    }
    bool has_channel = digits < len && digits > 0 && found->name.ptr[digits - 1] == '_';
    len = has_channel ? digits - 1 : len;
    has_channel = has_channel || len < found->name.len;
    for (size_t i = 0; has_channel && i < XH_COUNT(known); i++) {
        if (xh_str_is(xh_str_sub(found->name, 0, len), known[i].name)) {
            found->unit = known[i].unit;
            found->kind = known[i].kind;
        }
    }
}

static int flatten(struct xh__mapping_work *work, const struct xh__mapping_node *object,
                   struct xh_str path, struct xh_err *err)
{
    int code = XH_E_OK;
    int64_t index = 0;
    for (const struct xh__mapping_node *n = object->first; code >= 0 && n != NULL; n = n->next) {
        struct xh_str name = object->type == XH_JSON_ARRAY
                                 ? xh_arena_format(work->arena, "%lld", (long long)index++)
                                 : n->name;
        if (path.len > 0) {
            name = xh_arena_format(work->arena, "%.*s.%.*s", XH_STR_ARG(path), XH_STR_ARG(name));
        }
        struct xh__mapping_found found = {.name = name, .unit = "1", .kind = "gauge"};
        if (n->type == XH_JSON_OBJECT || n->type == XH_JSON_ARRAY) {
            code = flatten(work, n, name, err);
        } else if (n->type != XH_JSON_STRING && n->type != XH_JSON_NULL &&
                   xh__mapping_number_read(xh__mapping_node_text(n), NULL, false, &found.number)) {
            known_fill(&found);
            code = xh__mapping_emit_found(work, &found, err);
        }
    }
    return code;
}

/* ---- the signal ---- */

/* Of the gateway that heard it best: a sign of the device, and readings where the rule wants
 * them. */
static int signal_take(struct xh__mapping_work *work, const struct xh__mapping_node *gateways,
                       struct xh_err *err)
{
    struct xh__mapping_found rssi = {XH_STR("rssi"), "dBm", "gauge", "rssi", {0}};
    struct xh__mapping_found snr = {XH_STR("snr"), "dB", "gauge", "snr", {0}};
    struct xh__mapping_number number;
    bool has_rssi = false, has_snr = false;
    const struct xh__mapping_node *g = gateways != NULL ? gateways->first : NULL;
    for (; g != NULL; g = g->next) {
        if (!xh__mapping_number_read(text_at(g, "/rssi"), NULL, false, &number) ||
            (has_rssi && number.value <= rssi.number.value)) {
            continue;
        }
        has_rssi = true;
        rssi.number = number;
        has_snr = xh__mapping_number_read(text_at(g, "/snr"), NULL, false, &snr.number);
    }
    work->result->signs = (struct xh_device_signs){
        .has_rssi = has_rssi,
        .has_snr = has_snr,
        .rssi_dbm = rssi.number.value,
        .snr_db = snr.number.value,
    };
    bool is_kept = has_rssi && work->rule->with_signal;
    int code = is_kept ? xh__mapping_emit_found(work, &rssi, err) : XH_E_OK;
    has_snr = has_snr && is_kept;
    return code < 0 || !has_snr ? code : xh__mapping_emit_found(work, &snr, err);
}

/* ---- an uplink ---- */

static int data_take(struct xh__mapping_work *work, struct xh_str data, struct xh_err *err)
{
    struct xh_str bytes;
    struct xh_err why = {0};
    if (xh__mapping_base64(work->arena, data, &bytes, &why) < 0) {
        xh__mapping_fault(work, XH_STR("data"), &why);
        return XH_E_OK;
    }
    return xh__mapping_bytes(work, bytes, err);
}

/* Values by pointers into the whole message; else what is in the payload. */
static int payload_take(struct xh__mapping_work *work, const struct uplink *up, struct xh_err *err)
{
    const struct xh_mapping_rule *rule = work->rule;
    if (rule->decoder != XH__MAPPING_NO_DECODER) {
        return data_take(work, up->data, err);
    }
    if (rule->value_count > 0) {
        return xh__mapping_emit_values(work, err);
    }
    return up->object != NULL ? flatten(work, up->object, XH_STR(""), err) : XH_E_OK;
}

static bool is_port(const struct xh_mapping_rule *rule, const struct xh__mapping_node *port)
{
    int64_t value = 0;
    if (rule->port == 0) {
        return true;
    }
    return xh_int_parse(xh__mapping_node_text(port), &value) >= 0 && value == rule->port;
}

static int uplink_take(struct xh__mapping_work *work, const struct uplink *up, struct xh_err *err)
{
    int64_t said = 0;
    bool has_time = up->time.len > 0 && xh_time_parse(up->time, &said, NULL) >= 0;
    if (up->device.len == 0) {
        struct xh_err why;
        (void)xh_err_set(&why, XH_E_INVALID, "the message names no device: it is no uplink");
        xh__mapping_fault(work, XH_STR("device"), &why);
        return XH_E_OK;
    }
    if (!is_port(work->rule, up->port) || !xh__mapping_is_wanted(work)) {
        return XH_E_OK;
    }
    work->device = up->device;
    work->device_name = up->name;
    if (!xh__mapping_time_find(work, has_time ? &said : NULL)) {
        return XH_E_OK;
    }
    xh__mapping_again(work, xh_arena_format(work->arena, "%.*s %.*s %.*s %.*s",
                                            XH_STR_ARG(up->device), XH_STR_ARG(up->session),
                                            XH_STR_ARG(up->counter), XH_STR_ARG(up->data)));
    int code = payload_take(work, up, err);
    return code >= 0 ? signal_take(work, up->gateways, err) : code;
}

static bool tree_read(struct xh__mapping_work *work)
{
    struct xh_err why = {0};
    if (work->root == NULL &&
        xh__mapping_tree(work->arena, work->message->payload, &work->root, &why) < 0) {
        xh__mapping_fault(work, XH_STR("payload"), &why);
        return false;
    }
    work->at = work->root;
    return true;
}

static struct xh_str or_zero(struct xh_str text)
{
    return text.len > 0 ? text : XH_STR("0");
}

int xh__mapping_chirpstack(struct xh__mapping_work *work, struct xh_err *err)
{
    if (!tree_read(work)) {
        return XH_E_OK;
    }
    const struct xh__mapping_node *root = work->root;
    struct uplink up = {
        .device = text_at(root, "/deviceInfo/devEui"),
        .name = text_at(root, "/deviceInfo/deviceName"),
        .session = text_at(root, "/devAddr"),
        .counter = or_zero(text_at(root, "/fCnt")),
        .data = text_at(root, "/data"),
        .time = text_at(root, "/time"),
        .port = at(root, "/fPort"),
        .object = at(root, "/object"),
        .gateways = at(root, "/rxInfo"),
    };
    return uplink_take(work, &up, err);
}

int xh__mapping_tts(struct xh__mapping_work *work, struct xh_err *err)
{
    if (!tree_read(work)) {
        return XH_E_OK;
    }
    const struct xh__mapping_node *root = work->root;
    struct uplink up = {
        .device = text_at(root, "/end_device_ids/dev_eui"),
        .name = text_at(root, "/end_device_ids/device_id"),
        .session = text_at(root, "/uplink_message/session_key_id"),
        .counter = or_zero(text_at(root, "/uplink_message/f_cnt")),
        .data = text_at(root, "/uplink_message/frm_payload"),
        .time = text_at(root, "/uplink_message/received_at"),
        .port = at(root, "/uplink_message/f_port"),
        .object = at(root, "/uplink_message/decoded_payload"),
        .gateways = at(root, "/uplink_message/rx_metadata"),
    };
    up.device = up.device.len > 0 ? up.device : up.name;
    up.time = up.time.len > 0 ? up.time : text_at(root, "/received_at");
    return uplink_take(work, &up, err);
}
