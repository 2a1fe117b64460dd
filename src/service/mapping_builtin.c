/* mapping_builtin.c: the rules that the program brings along: last of all, so that an office's own
 * go before, and left out where it has a rule of the same code. */
#include "service/mapping_internal.h"

#define TEXT(literal) {literal, sizeof(literal) - 1}

enum { LAST = 900000 };

/* What a network server passes on of LoRaWAN's devices. */
#define UPLINK(code_, topic_, format_)                                                             \
    {                                                                                              \
        .code = TEXT(code_), .topic = TEXT(topic_), .sort_order = LAST, .format = (format_),       \
        .place_code = TEXT("devices"), .clock_ahead_us = 300 * INT64_C(1000000), .creates = true,  \
        .with_signal = true,                                                                       \
    }

const struct xh_mapping_rule xh__mapping_builtins[] = {
    {
        .code = TEXT("home-assistant"),
        .topic = TEXT("homeassistant/#"),
        .sort_order = LAST,
        .format = XH__MAPPING_HOME_ASSISTANT,
        .place_code = TEXT("devices"),
        .creates = true,
    },
    UPLINK("chirpstack", "application/{application}/device/{dev_eui}/event/up",
           XH__MAPPING_CHIRPSTACK),
    UPLINK("the-things-stack", "v3/{application}/devices/{device}/up", XH__MAPPING_TTS),
    /* The same as webhooks, under /api/v1/inbox: the event is the last level. */
    UPLINK("chirpstack-http", "chirpstack/up", XH__MAPPING_CHIRPSTACK),
    UPLINK("the-things-stack-http", "tts/up", XH__MAPPING_TTS),
};
const size_t xh__mapping_builtin_count = XH_COUNT(xh__mapping_builtins);
