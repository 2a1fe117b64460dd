/* mapping_internal.h: what the files of mappings share.
 *
 *   mapping_tree.c    JSON as a tree, and pointers into it (RFC 6901)
 *   mapping_rule.c    a record as a rule; topics against patterns
 *   mapping_builtin.c the rules that the program brings along
 *   mapping_number.c  texts and bytes as exact numbers
 *   mapping_emit.c    a number that was found becomes a reading: templates, time, scale
 *   mapping.c         a message through the rules: which apply, and in which format it is
 *   mapping_csv.c     tables of head-ends
 *   mapping_lpp.c     bytes: Cayenne LPP, and the rule's own table
 *   mapping_lora.c    uplinks of LoRaWAN network servers
 *   mapping_ha.c      Home Assistant's discovery, as rules
 *   mapping_ha_make.c and those rules and devices written down
 *   mapping_known.c   rules in memory, repetitions, what no rule takes
 *   mapping_sign.c    what messages say of their device itself
 *   mapping_send.c    readings to their series, and on their way
 */
#ifndef XH_SERVICE_MAPPING_INTERNAL_H
#define XH_SERVICE_MAPPING_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/json.h"
#include "base/map.h"
#include "base/template.h"
#include "service/mapping.h"

/* ---- mapping_tree.c ---- */

struct xh__mapping_node {
    enum xh_json_type type;   /* OBJECT, ARRAY, STRING, NUMBER, TRUE, FALSE, NULL */
    struct xh_str name;       /* of a member */
    struct xh_str text;       /* STRING, NUMBER */
    struct xh__mapping_node *first, *next;
};
int xh__mapping_tree(struct xh_arena *arena, struct xh_str text,
                     const struct xh__mapping_node **ret, struct xh_err *err);
/* RFC 6901, 4; NULL: nothing is there. Empty: the node itself. node may be NULL. */
const struct xh__mapping_node *xh__mapping_at(const struct xh__mapping_node *node,
                                              struct xh_str pointer);
const struct xh__mapping_node *xh__mapping_member(const struct xh__mapping_node *node,
                                                  const char *name);
/* Text of a STRING or NUMBER; "true" and "false"; else empty. NULL is fine. */
struct xh_str xh__mapping_node_text(const struct xh__mapping_node *node);

/* ---- mapping_rule.c ---- */

enum xh__mapping_format {
    XH__MAPPING_JSON, XH__MAPPING_NUMBER, XH__MAPPING_TEXT, XH__MAPPING_CSV, XH__MAPPING_HEX,
    XH__MAPPING_BASE64, XH__MAPPING_BYTES, XH__MAPPING_HOME_ASSISTANT, XH__MAPPING_CHIRPSTACK,
    XH__MAPPING_TTS
};
enum xh__mapping_decoder { XH__MAPPING_NO_DECODER, XH__MAPPING_LPP, XH__MAPPING_TABLE };
enum xh__mapping_time {
    XH__MAPPING_RFC3339, XH__MAPPING_UNIX_S, XH__MAPPING_UNIX_MS, XH__MAPPING_LOCAL
};
enum xh__mapping_type {
    XH__MAPPING_UNSIGNED, XH__MAPPING_SIGNED, XH__MAPPING_FLOAT, XH__MAPPING_BCD
};

struct xh__mapping_value {
    struct xh_str name, pointer, series_code, unit, series_unit, kind, quantity, direction;
    struct xh_str true_text, false_text;
    bool has_scale, has_shift, omitted_is_zero, is_little;
    struct xh_dec scale, shift;
    int64_t shift_s, period_s;
    size_t first_byte, byte_count;
    unsigned first_bit, bit_count; /* 0 bits: all of the bytes */
    enum xh__mapping_type type;
};

struct xh_mapping_rule {
    struct xh_str code, topic, each_of, when_pointer, when_text, series_code, device_code,
        device_name, device_kind, place_code, time_pointer, clock_pointer, again_pointer;
    int64_t sort_order, port;
    enum xh__mapping_format format;
    enum xh__mapping_decoder decoder;
    enum xh__mapping_time time_format;
    const struct xh_zone *zone;    /* of local times */
    int64_t clock_ahead_us, clock_behind_us; /* behind 0: any */
    bool refuses_wrong_clock, has_decimal_comma, with_signal, creates;
    const struct xh__mapping_value *values;
    size_t value_count;
    const struct xh_mapping_rule *same_topic; /* the next one, in by_topic */
};
bool xh__mapping_topic_is_exact(struct xh_str pattern);

enum { XH__MAPPING_CAPTURES_MAX = 16 };
struct xh__mapping_capture {
    struct xh_str name, value;
};
bool xh__mapping_topic_fits(struct xh_str pattern, struct xh_str topic,
                            struct xh__mapping_capture captures[XH__MAPPING_CAPTURES_MAX],
                            size_t *ret_count);

/* ---- mapping_builtin.c ---- */

/* Last of all rules; one whose code an office's rule has, active or not, is left out. */
extern const struct xh_mapping_rule xh__mapping_builtins[];
extern const size_t xh__mapping_builtin_count;

/* ---- mapping_number.c ---- */

struct xh__mapping_number {
    bool has_dec;
    struct xh_dec dec;
    double value;
};
/* A number, with a decimal comma where told; or a word for on and off, those of the value first. */
bool xh__mapping_number_read(struct xh_str text, const struct xh__mapping_value *v,
                             bool has_decimal_comma, struct xh__mapping_number *ret);
/* "23.5 °C": the number in front, and what follows. */
bool xh__mapping_number_front(struct xh_str text, bool has_decimal_comma,
                              struct xh__mapping_number *ret, struct xh_str *ret_rest);
struct xh__mapping_number xh__mapping_number_int(int64_t mantissa, int scale);
/* scale and shift; false: too large. */
bool xh__mapping_number_scale(const struct xh__mapping_value *v, struct xh__mapping_number *number);
/* XH_E_INVALID: a byte is none. *ret lives in the arena. */
int xh__mapping_hex(struct xh_arena *arena, struct xh_str text, struct xh_str *ret,
                    struct xh_err *err);
int xh__mapping_base64(struct xh_arena *arena, struct xh_str text, struct xh_str *ret,
                       struct xh_err *err);

/* ---- mapping_emit.c ---- */

/* A message on its way through one rule. */
struct xh__mapping_work {
    struct xh_arena *arena;
    const struct xh_mapping_message *message;
    const struct xh_mapping_rule *rule;
    struct xh_mapping_result *result;
    struct xh__mapping_capture captures[XH__MAPPING_CAPTURES_MAX];
    size_t capture_count;
    const struct xh__mapping_node *root, *at;        /* JSON: the message, and an element of it */
    const struct xh_str *columns, *cells;            /* CSV */
    size_t column_count, cell_count;
    struct xh_str device, device_name;               /* as the format itself says */
    struct xh_str name;                              /* of the value at work */
    int64_t at_us;
    uint8_t quality;
};

/* What a decoder found, with what it knows of it. */
struct xh__mapping_found {
    struct xh_str name;
    const char *unit, *kind, *quantity;
    struct xh__mapping_number number;
};

void xh__mapping_fault(struct xh__mapping_work *work, struct xh_str name, const struct xh_err *why);
/* The text of a pointer or column; false: nothing is there. */
bool xh__mapping_said(const struct xh__mapping_work *work, struct xh_str pointer,
                      struct xh_str *ret);
/* Does the message fit the rule's condition? */
bool xh__mapping_is_wanted(const struct xh__mapping_work *work);
/* Sets at_us and quality: by the rule's pointer, or `said` (may be NULL), or the arrival. False:
 * the clock is wrong, and the rule refuses that; a fault says so. */
bool xh__mapping_time_find(struct xh__mapping_work *work, const int64_t *said);
/* One reading. Faults are kept in the result. XH_E_TOO_LARGE. */
int xh__mapping_emit(struct xh__mapping_work *work, const struct xh__mapping_value *v,
                     struct xh__mapping_number number, struct xh_err *err);
/* What a decoder found, if the rule wants it: all where it lists no values. */
int xh__mapping_emit_found(struct xh__mapping_work *work, const struct xh__mapping_found *found,
                           struct xh_err *err);
/* All values of the rule, from the message's JSON or the row of CSV. */
int xh__mapping_emit_values(struct xh__mapping_work *work, struct xh_err *err);
void xh__mapping_again(struct xh__mapping_work *work, struct xh_str key);

/* ---- the formats ---- */

int xh__mapping_csv(struct xh__mapping_work *work, struct xh_err *err);
/* Cayenne LPP, or the rule's table. Faults are kept in the result. */
int xh__mapping_bytes(struct xh__mapping_work *work, struct xh_str bytes, struct xh_err *err);
int xh__mapping_chirpstack(struct xh__mapping_work *work, struct xh_err *err);
int xh__mapping_tts(struct xh__mapping_work *work, struct xh_err *err);

/* ---- mapping_ha.c ---- */

struct xh__mapping_discovered {
    struct xh_str code;            /* of the rule */
    struct xh_str topic, pointer;  /* pointer empty and is_plain: the payload itself */
    bool is_plain, omitted_is_zero, is_availability;
    struct xh_str name, unit, kind, quantity, series;
    struct xh_str true_text, false_text;
    bool has_scale;
    struct xh_dec scale;
    struct xh_str device, device_name, maker, model, firmware, area;
};
enum { XH__MAPPING_DISCOVERED_MAX = 256 };
/* Pure. How many; 0: it describes nothing that is measured. XH_E_INVALID, XH_E_UNSUPPORTED. */
ptrdiff_t xh__mapping_ha_read(struct xh_arena *arena, struct xh_str topic, struct xh_str payload,
                              struct xh__mapping_discovered *ret, struct xh_err *err);
/* {{ value_json.a.b | float }} and the like as a pointer. False: it is something else. */
bool xh__mapping_ha_template(struct xh_arena *arena, struct xh_str text,
                             struct xh__mapping_discovered *ret);

/* ---- mapping_sign.c ---- */

/* A reading of series that belong to the device may say how it is: tells so. 0: no device. */
void xh__mapping_sign(struct xh_ctx *ctx, const struct xh_mapping_reading *r, int64_t device_id);

/* ---- mapping_ha_make.c ---- */

int xh__mapping_ha_make(struct xh_ctx *ctx, const struct xh_mapping_rule *rule,
                        const struct xh_mapping_message *message, struct xh_err *err);

/* ---- mapping_known.c ---- */

struct xh__mapping_set {           /* rules as they are known; counted */
    atomic_int holders;
    struct xh_arena *arena;
    struct xh_mapping_rules rules;
};
struct xh__mapping_waiter {
    xh_mapping_done *done;
    void *arg;
    struct xh__mapping_waiter *next;
};
enum { XH__MAPPING_AGAIN_KEPT = 16384 };
struct xh__mapping_seen {
    uint64_t key;                  /* 0: free */
    int64_t at_us;
    bool is_done;
    struct xh__mapping_waiter *waiters;
};
struct xh_mapping {
    struct xh_engine *engine;
    atomic_bool is_stale;          /* records changed since the rules were read */
    pthread_mutex_t lock;          /* guards what follows */
    struct xh__mapping_set *set;
    int64_t change_seen;
    struct xh__mapping_seen *seen; /* XH__MAPPING_AGAIN_KEPT, by key */
    struct xh_mapping_unmatched *unmatched; /* a ring */
    uint64_t unmatched_keys[XH_MAPPING_UNMATCHED_KEPT];
    size_t unmatched_count, unmatched_next;
    struct xh_mapping_stats stats;
};
int xh__mapping_set_get(struct xh_mapping *mapping, struct xh__mapping_set **ret,
                        struct xh_err *err);
void xh__mapping_set_put(struct xh__mapping_set *set);
/* Is it the first of its key? Then what became of it must be told. */
enum xh__mapping_order { XH__MAPPING_FIRST, XH__MAPPING_AFTER, XH__MAPPING_WAITS };
enum xh__mapping_order xh__mapping_seen_begin(struct xh_mapping *mapping, uint64_t key,
                                              int64_t now_us, xh_mapping_done *done, void *arg);
void xh__mapping_seen_end(struct xh_mapping *mapping, uint64_t key, int status,
                          const struct xh_err *err);
/* why NULL: no rule takes its topic. */
void xh__mapping_note_unmatched(struct xh_mapping *mapping,
                                const struct xh_mapping_message *message, const char *why);

#endif
