/* lines_internal.h: how lines of line protocol become readings: what the files of it share.
 *
 *   lines.c, lines_head.c   bytes to slices and numbers; pure
 *   lines_rule.c            which code a measurement, its tags and a field stand for; pure but for
 *                           reading the rules
 *   lines_find.c            that, kept: from the bytes of a line to a series in one look-up
 *   lines_batch.c           a body to the rows of a bulk, refusals by line
 *   lines_api.c             the routes, as InfluxDB's clients know them
 *   lines_answer.c          answers in the shapes of v1 and v2; who asks
 *
 * Kept: (head, field) as they stand in the line -> series, in a cache that lives until the registry
 * or a rule changes (xh_registry_epoch), when the next batch begins a new one. A batch holds the
 * cache that it began with, and thereby its series, until it is on disk. What no series answers to
 * is kept too, so that a stranger's lines cost no query each.
 */
#ifndef XH_SERVER_LINES_INTERNAL_H
#define XH_SERVER_LINES_INTERNAL_H

#include <stdatomic.h>

#include "base/template.h"
#include "server/lines.h"
#include "server/server_internal.h"
#include "service/ingest.h"

/* ---- lines_rule.c ---- */

struct xh__line_rule {
    struct xh_str code, measurement, field, series_code;
    const struct xh__line_tag *tags; /* value: a pattern */
    size_t tag_count;
    bool creates;
    struct xh_str place_code, quantity, unit, kind;
    int64_t period_s;
};
struct xh__line_rules {
    const struct xh__line_rule *items; /* active ones, in their order */
    size_t count;
};
int xh__line_rules_read(struct xh_ctx *ctx, struct xh__line_rules *ret, struct xh_err *err);
/* {measurement}, {field}, {tag.NAME}. False: the line has no such tag. */
bool xh__line_template(struct xh_arena *arena, struct xh_str template,
                       const struct xh__line_head *head, struct xh_str field, struct xh_str *ret);

struct xh__line_name {
    struct xh_str code;               /* of the series; empty: the field is left out, for the
                                         rules or the tag `series` want others of this line */
    const struct xh__line_rule *rule; /* NULL: no rule took it */
};
/* Without a rule: the tag `series` names the series, of which the field `value` counts; without
 * that tag it is measurement.values of tags.field, the tags in order of their names. */
void xh__line_name_find(struct xh_arena *arena, const struct xh__line_rules *rules,
                        const struct xh__line_head *head, struct xh_str field,
                        struct xh__line_name *ret);

/* ---- lines_find.c ---- */

/* What a look-up gives: an index into the cache's series, or one of these. */
enum {
    XH__LINE_UNKNOWN = 0x7fffffff,   /* not looked for yet */
    XH__LINE_LEFT_OUT = 0x7ffffffe,
    XH__LINE_UNMATCHED = 0x7ffffffd  /* no series answers to it */
};

struct xh__line_slot {
    uint64_t hash;                   /* 0: free */
    const char *key;                 /* head, then field */
    uint32_t head_len, field_len;
    uint32_t target;
};

struct xh__line_cache {
    atomic_int holders;
    uint64_t epoch, serial, seed;
    pthread_rwlock_t lock;           /* guards what follows */
    struct xh_arena *arena;
    struct xh__line_rules rules;
    struct xh__line_slot *slots;
    size_t slot_count, used;         /* slot_count: a power of two */
    const struct xh_series **series; /* held */
    size_t series_count, series_capacity;
    struct xh_map *target_by_id;
};

/* Memory of a batch that is used again. */
struct xh__line_part {
    uint32_t stamp, part;
};
struct xh__line_scratch {
    uint64_t serial;                 /* of the cache that the stamps are about */
    uint32_t stamp;                  /* of the batch */
    struct xh__line_part *parts;     /* by target */
    size_t part_capacity;
    const struct xh_series **series; /* of the batch */
    size_t series_count, series_capacity;
    struct xh_tsdb_row *rows;
    uint32_t *line_of;
    size_t row_count, row_capacity;
    struct xh__line_scratch *next;
};

enum { XH__LINE_UNMATCHED_KEPT = 100, XH__LINE_SHOWN_BYTES = 240 };
struct xh__line_unmatched {
    uint64_t hash, count;
    int64_t last_us;
    char head[XH__LINE_SHOWN_BYTES], field[80], code[128];
};

struct xh__line_finder {
    struct xh_engine *engine;
    pthread_mutex_t lock;            /* guards what follows */
    struct xh__line_cache *cache;
    uint64_t serial;
    struct xh__line_scratch *scratch;
    size_t scratch_count;
    struct xh__line_unmatched unmatched[XH__LINE_UNMATCHED_KEPT]; /* the last, in a ring */
    size_t unmatched_count, unmatched_next;
    _Atomic uint64_t lines, readings, left_out, unmatched_lines, refused;
};

/* The cache that is right now, held. */
int xh__line_cache_get(struct xh__line_finder *finder, struct xh__line_cache **ret,
                       struct xh_err *err);
void xh__line_cache_put(struct xh__line_cache *cache);
struct xh__line_scratch *xh__line_scratch_get(struct xh__line_finder *finder,
                                              const struct xh__line_cache *cache);
void xh__line_scratch_put(struct xh__line_finder *finder, struct xh__line_scratch *scratch);

uint64_t xh__line_hash(uint64_t seed, struct xh_str bytes);
/* With the cache's lock held for reading. hash: of head, then field. */
uint32_t xh__line_find(const struct xh__line_cache *cache, uint64_t hash, struct xh_str head,
                       struct xh_str field);
/* Looks it up where it is known for good, makes the series where a rule says so and who may, and
 * keeps what came out. Blocks; without the cache's lock. XH_E_INVALID: the head is malformed;
 * another error is a fault of ours. */
int xh__line_resolve(struct xh__line_finder *finder, struct xh__line_cache *cache,
                     const struct xh_ctx *ctx, uint64_t hash, struct xh_str head,
                     struct xh_str field, uint32_t *ret_target, struct xh_err *err);
/* The same for a code, or an id, as bodies of readings name a series: its head, with no field. */
int xh__line_resolve_code(struct xh__line_finder *finder, struct xh__line_cache *cache,
                          uint64_t hash, struct xh_str code, uint32_t *ret_target,
                          struct xh_err *err);
void xh__line_note_unmatched(struct xh__line_finder *finder, const struct xh__line_cache *cache,
                             struct xh_str head, struct xh_str field, int64_t now_us);

/* ---- lines_batch.c ---- */

enum { XH__LINE_REFUSALS_TOLD = 100 };
struct xh__line_refusal {
    uint64_t line;
    struct xh_err err;
};
struct xh__line_batch {
    struct xh__line_finder *finder;
    struct xh_ctx *ctx;
    struct xh__line_cache *cache;
    struct xh__line_scratch *scratch;
    struct xh__line_refusal *refusals; /* the first ones, in order of lines but for ingest's */
    size_t refusal_count, refusal_capacity;
    size_t refusals_max;
    uint64_t refused, lines, left_out;
    struct xh_ingest_bulk bulk;
};
/* What other bodies than lines do as well: see readings_bulk.c. begin holds the cache, and its lock
 * for reading until fill, which makes the bulk of what was added. */
int xh__line_batch_begin(struct xh__line_batch *batch, struct xh_err *err);
void xh__line_batch_fill(struct xh__line_batch *batch);
void xh__line_batch_refuse(struct xh__line_batch *batch, uint64_t line, const struct xh_err *why);
enum { XH__LINE_PART_NONE = 0x7fffffff };
/* The series' place among those of the batch; XH__LINE_PART_NONE: who may not write into it. */
uint32_t xh__line_batch_part(struct xh__line_batch *batch, uint32_t target);
int xh__line_batch_add(struct xh__line_batch *batch, uint64_t line, const struct xh_tsdb_row *row,
                       struct xh_err *err);
/* Fills the bulk. XH_E_TOO_LARGE: more readings than a batch may have. Whatever comes back, finish
 * with xh__line_batch_end, when nothing uses the bulk any more. */
int xh__line_batch_read(struct xh__line_batch *batch, struct xh_str body,
                        struct xh__line_precision precision, struct xh_err *err);
/* Takes over what ingest refused. */
void xh__line_batch_take_refusals(struct xh__line_batch *batch);
void xh__line_batch_end(struct xh__line_batch *batch);

/* ---- lines_answer.c ---- */

/* "partial write: ...", in the shape of the route. */
int xh__lines_respond_partial(struct xh__request *req, const struct xh__line_batch *batch);

#endif
