/* mapping_builtin.c: the rules that the program brings along: last of all, so that an office's own
 * go before, and left out where it has a rule of the same code. */
#include "service/mapping_internal.h"

#define TEXT(literal) {literal, sizeof(literal) - 1}

enum { LAST = 900000 };

const struct xh_mapping_rule xh__mapping_builtins[] = {
    {
        .code = TEXT("home-assistant"),
        .topic = TEXT("homeassistant/#"),
        .sort_order = LAST,
        .format = XH__MAPPING_HOME_ASSISTANT,
        .place_code = TEXT("devices"),
        .creates = true,
    },
    {
        .code = TEXT("chirpstack"),
        .topic = TEXT("application/{application}/device/{dev_eui}/event/up"),
        .sort_order = LAST,
        .format = XH__MAPPING_CHIRPSTACK,
        .place_code = TEXT("devices"),
        .clock_ahead_us = 300 * INT64_C(1000000),
        .creates = true,
        .with_signal = true,
    },
    {
        .code = TEXT("the-things-stack"),
        .topic = TEXT("v3/{application}/devices/{device}/up"),
        .sort_order = LAST,
        .format = XH__MAPPING_TTS,
        .place_code = TEXT("devices"),
        .clock_ahead_us = 300 * INT64_C(1000000),
        .creates = true,
        .with_signal = true,
    },
    /* The same as webhooks, under /api/v1/inbox: the event is the last level. */
    {
        .code = TEXT("chirpstack-http"),
        .topic = TEXT("chirpstack/up"),
        .sort_order = LAST,
        .format = XH__MAPPING_CHIRPSTACK,
        .place_code = TEXT("devices"),
        .clock_ahead_us = 300 * INT64_C(1000000),
        .creates = true,
        .with_signal = true,
    },
    {
        .code = TEXT("the-things-stack-http"),
        .topic = TEXT("tts/up"),
        .sort_order = LAST,
        .format = XH__MAPPING_TTS,
        .place_code = TEXT("devices"),
        .clock_ahead_us = 300 * INT64_C(1000000),
        .creates = true,
        .with_signal = true,
    },
};
const size_t xh__mapping_builtin_count = XH_COUNT(xh__mapping_builtins);
