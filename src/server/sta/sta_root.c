/* sta_root.c: the document at the root (18-088, 9.2.1): the sets, and under 1.1 which requirement
 * classes hold here. */
#include <string.h>

#include "server/sta/sta_read_internal.h"

#define REQ "http://www.opengis.net/spec/iot_sensing/1.1/req/"

static const struct {
    const char *uri;
    bool needs_mqtt;
} classes[] = {
    {REQ "datamodel", false},
    {REQ "resource-path/resource-path-to-entities", false},
    {REQ "request-data", false},
    {REQ "create-update-delete", false},
    {REQ "batch-request/batch-request", false},
    {REQ "multi-datastream", false},
    {REQ "data-array/data-array", false},
    {REQ "create-observations-via-mqtt/observations-creation", true},
    {REQ "receive-updates-via-mqtt/receive-updates", true},
};

static void write_sets(const struct xh__sta_call *call, struct xh_json_writer *w)
{
    xh_json_name(w, "value");
    xh_json_array(w);
    for (size_t i = 0; i < XH__STA_TYPE_COUNT; i++) {
        const char *set = xh__sta_types[i].set;
        xh_json_object(w);
        xh_json_member_string(w, "name", set);
        xh_json_member_str(w, "url",
                           xh_arena_format(call->ctx->arena, "%.*s/%s", XH_STR_ARG(call->root),
                                           set));
        xh_json_object_end(w);
    }
    xh_json_array_end(w);
}

static void write_settings(const struct xh__sta_call *call, struct xh_json_writer *w)
{
    bool has_mqtt = call->mqtt.len > 0;
    xh_json_name(w, "serverSettings");
    xh_json_object(w);
    xh_json_name(w, "conformance");
    xh_json_array(w);
    for (size_t i = 0; i < XH_COUNT(classes); i++) {
        if (has_mqtt || !classes[i].needs_mqtt) {
            xh_json_string(w, classes[i].uri);
        }
    }
    xh_json_array_end(w);
    for (size_t i = 0; has_mqtt && i < XH_COUNT(classes); i++) {
        if (classes[i].needs_mqtt) {
            xh_json_name(w, classes[i].uri);
            xh_json_object(w);
            xh_json_name(w, "endpoints");
            xh_json_array(w);
            xh_json_str(w, call->mqtt);
            xh_json_array_end(w);
            xh_json_object_end(w);
        }
    }
    xh_json_object_end(w);
}

int xh__sta_root(const struct xh__sta_call *call, struct xh__sta_answer *ret)
{
    struct xh_json_writer w;
    xh_json_writer_init(&w, ret->out, false);
    xh_json_object(&w);
    write_sets(call, &w);
    if (!call->is_1_0) {
        write_settings(call, &w);
    }
    xh_json_object_end(&w);
    ret->status = 200;
    ret->content_type = "application/json";
    return XH_E_OK;
}
