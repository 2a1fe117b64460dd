/* mapping.h: what a message says, as readings, by rules that an office writes down.
 *
 * A message is a topic (of MQTT, or the path of a webhook), a payload and the instant it came. A
 * rule (record core.mapping_rule) says which topics it takes, how the payload is read, and for each
 * value: where it stands, which series it belongs to, its unit and kind.
 *
 *   topic      levels between '/'; '+' is any one level, {name} too and remembers it, '#' at the
 *              end is all that is left (OASIS MQTT 3.1.1, 4.7)
 *   which rule of those whose topic, port and condition fit: all of the lowest sort_order at which
 *              something came out. So an office's own rules go before those that came along
 *   pointer    into JSON, RFC 6901; of CSV the column's name
 *   templates  {name} of the value, {device}, {device_name}, {topic.NAME}, {json:/pointer},
 *              {csv.COLUMN}; {x|otherwise} where x may be missing
 *   numbers    exact: (value x scale + shift) as decimals, then the unit of what was sent becomes
 *              the unit of the series by base/unit.h
 *   left out   a value that is not there gives no reading, or 0 where the rule says that an omitted
 *              one means zero (encodings that leave out zeros), and the object it belongs to is
 *              there
 *   time       of the message, or of its arrival. A clock that is ahead by more than the rule
 *              allows, or behind (before 2000-01-01 always), is wrong: the reading is refused, or
 *              taken at its arrival and marked SUSPECT, as the rule says
 *   again      a message that comes twice (by the id at again_pointer, or the same frame of a
 *              device) is written once; while the first is on its way the second waits for it
 *
 * Formats: json, number, text, csv, hex, base64, bytes; home_assistant (MQTT discovery: makes
 * devices, series and rules by itself), chirpstack (v4, uplink event), tts (The Things Stack v3).
 * Bytes are taken apart as Cayenne LPP or by the rule's table.
 *
 * Limits: 256 values a rule, 1 Mi readings a message, JSON of 64 levels.
 *
 * Threads: any that may block; xh_mapping_apply is pure.
 */
#ifndef XH_SERVICE_MAPPING_H
#define XH_SERVICE_MAPPING_H

#include "service/device_state.h"
#include "service/ingest.h"

struct xh_mapping;
struct xh_mapping_rule;

struct xh_mapping_message {
    struct xh_str topic, payload, content_type;
    int64_t arrival_us;
};

int xh_mapping_open(struct xh_engine *engine, struct xh_mapping **ret, struct xh_err *err);
void xh_mapping_close(struct xh_mapping *mapping); /* when nothing is on its way; NULL is fine */

/* ---- what a message would become: pure ---- */

struct xh_mapping_rules {
    /* Active ones, by sort_order; those without wildcards are in by_topic instead, chained in that
     * order, unless it is NULL. */
    const struct xh_mapping_rule *const *items;
    size_t count;
    struct xh_map *by_topic;
};
/* A rule of a record's doc (core.mapping_rule); XH_E_INVALID names the field. */
int xh_mapping_rule_read(struct xh_ctx *ctx, const struct xh_doc *doc,
                         const struct xh_mapping_rule **ret, struct xh_err *err);

struct xh_mapping_reading {
    const struct xh_mapping_rule *rule;
    struct xh_str name, series, unit, kind, quantity, direction, series_unit;
    struct xh_str device, device_name, device_kind, place;
    int64_t at_us, period_s;
    bool creates;             /* where the series is missing it is made */
    bool has_dec;             /* dec is the value, exactly */
    struct xh_dec dec;
    double value;
    uint8_t quality;
};
struct xh_mapping_fault {     /* a value, or a whole message, that a rule could not read */
    struct xh_str rule, name;
    struct xh_err err;
};
struct xh_mapping_result {
    struct xh_mapping_reading *readings;
    size_t count, capacity;
    struct xh_mapping_fault *faults; /* the first 100 */
    size_t fault_count;
    struct xh_str rule;       /* code of the first rule that took it; empty: unmatched */
    /* Of the device, as the message itself says, whether or not readings are made of it. */
    struct xh_device_signs signs;
    uint64_t again_key;       /* 0: nothing says that it is a repetition */
    /* The rule by which it is a discovery: no readings, but rules to be made of the payload. */
    const struct xh_mapping_rule *discoverer;
};
/* Texts live in the arena, or in the message. XH_E_TOO_LARGE: more readings than a batch holds;
 * what is wrong in a message is no error but a fault. */
int xh_mapping_apply(struct xh_arena *arena, const struct xh_mapping_rules *rules,
                     const struct xh_mapping_message *message, struct xh_mapping_result *ret,
                     struct xh_err *err);
/* The same by the rules that are there now; they live until the arena dies. */
int xh_mapping_try(struct xh_mapping *mapping, struct xh_arena *arena,
                   const struct xh_mapping_message *message, struct xh_mapping_result *ret,
                   struct xh_err *err);

/* ---- and really ---- */

enum xh_mapping_fate { XH_MAPPING_SENT = 0, XH_MAPPING_UNMATCHED = 1, XH_MAPPING_NOTHING = 2 };

/* What became of a message. */
struct xh_mapping_outcome {
    uint64_t taken, duplicate, refused; /* readings */
};
typedef void xh_mapping_done(void *arg, int status, const struct xh_mapping_outcome *outcome,
                             const struct xh_err *err);
/* See server/mapping.h. */
int xh_mapping_message(struct xh_mapping *mapping, struct xh_ctx *ctx,
                       const struct xh_mapping_message *message, xh_mapping_done *done, void *arg,
                       struct xh_err *err);

/* ---- what no rule takes ---- */

enum { XH_MAPPING_UNMATCHED_KEPT = 200, XH_MAPPING_SHOWN_BYTES = 1024 };
struct xh_mapping_unmatched {
    uint64_t count;
    int64_t last_us;
    char topic[256], payload[XH_MAPPING_SHOWN_BYTES], why[256];
    bool has_no_rule;          /* no rule takes the topic; else `why` says what went wrong */
    bool is_hex;               /* the payload is no text: shown as hexadecimal digits */
};
struct xh_mapping_stats {
    uint64_t messages, readings, unmatched, refused, again, discoveries;
};
void xh_mapping_get_stats(struct xh_mapping *mapping, struct xh_mapping_stats *ret);
/* Latest first, copied; how many. ret has room for XH_MAPPING_UNMATCHED_KEPT. */
size_t xh_mapping_unmatched(struct xh_mapping *mapping, struct xh_mapping_unmatched *ret);

#endif
