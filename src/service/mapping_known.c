/* mapping_known.c: rules in memory, repetitions, and what no rule takes.
 *
 * Invariants
 *   - A set of rules never changes; whoever works with one holds it. Records that changed make the
 *     next message read them anew.
 *   - A message is a repetition only of one that is on disk, or on its way there; then it waits for
 *     that one. What failed is forgotten, so that it can be sent again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service/change.h"
#include "service/mapping_internal.h"
#include "service/records.h"

#define AGAIN_US XH_US_PER_HOUR /* a repetition comes within */

/* ---- rules ---- */

struct reading {
    struct xh_ctx ctx;
    const struct xh_mapping_rule **items;
    struct xh_mapping_rule **last; /* of each topic's chain, by count */
    size_t count, capacity;
    struct xh_map *by_topic, *by_code;
};

static void rule_add(struct reading *r, const struct xh_mapping_rule *rule)
{
    if (!xh__mapping_topic_is_exact(rule->topic)) {
        r->items = xh_arena_grow(r->ctx.arena, r->items, &r->capacity, r->count + 1,
                                 sizeof *r->items);
        r->items[r->count++] = rule;
        return;
    }
    struct xh_mapping_rule *copy = XH_NEW(r->ctx.arena, struct xh_mapping_rule);
    *copy = *rule;
    struct xh_mapping_rule *at = xh_map_get(r->by_topic, rule->topic);
    if (at == NULL) {
        (void)xh_map_put(r->by_topic, copy->topic, copy);
        return;
    }
    while (at->same_topic != NULL) {
        at = (struct xh_mapping_rule *)(uintptr_t)at->same_topic;
    }
    at->same_topic = copy;
}

/* A rule that cannot be read any more (a zone that is gone) is left out: it keeps no other from
 * working. */
static int take_rule(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct reading *r = arg;
    const struct xh_mapping_rule *rule;
    struct xh_str code = xh_arena_str(r->ctx.arena, xh_doc_text(record->doc, "code"));
    (void)err;
    (void)xh_map_put(r->by_code, code, r);
    if (xh_doc_int(record->doc, "is_active") != 0 &&
        xh_mapping_rule_read(&r->ctx, record->doc, &rule, NULL) >= 0) {
        rule_add(r, rule);
    }
    return XH_E_OK;
}

static int rules_read(struct reading *r, struct xh_err *err)
{
    struct xh_str next = {NULL, 0};
    int code;
    do {
        struct xh_list list = {
            .sort = "sort_order", .limit = 1000, .after = next, .with_parts = true};
        code = xh_record_list(&r->ctx, "core.mapping_rule", &list, take_rule, r, &next, err);
    } while (code >= 0 && next.len > 0);
    for (size_t i = 0; code >= 0 && i < xh__mapping_builtin_count; i++) {
        if (xh_map_get(r->by_code, xh__mapping_builtins[i].code) == NULL) {
            rule_add(r, &xh__mapping_builtins[i]);
        }
    }
    return code;
}

void xh__mapping_set_put(struct xh__mapping_set *set)
{
    if (set != NULL && atomic_fetch_sub(&set->holders, 1) == 1) {
        xh_map_destroy(set->rules.by_topic);
        xh_arena_destroy(set->arena);
        free(set);
    }
}

static int set_read(struct xh_mapping *mapping, struct xh__mapping_set **ret, struct xh_err *err)
{
    struct xh__mapping_set *set = xh_alloc(sizeof *set);
    struct reading r = {.by_topic = xh_map_create(1), .by_code = xh_map_create(1)};
    set->arena = xh_arena_create("dataset");
    atomic_init(&set->holders, 1);
    xh_engine_ctx(mapping->engine, &xh_who_engine, set->arena, &r.ctx);
    int64_t seen = xh_change_last_id(&r.ctx, err);
    int code = seen < 0 ? (int)seen : rules_read(&r, err);
    xh_map_destroy(r.by_code);
    set->rules = (struct xh_mapping_rules){r.items, r.count, r.by_topic};
    if (code < 0) {
        xh__mapping_set_put(set);
        return code;
    }
    mapping->change_seen = seen;
    *ret = set;
    return XH_E_OK;
}

static int found_change(void *arg, const struct xh_change *change, struct xh_err *err)
{
    bool *has_changed = arg;
    (void)change;
    (void)err;
    *has_changed = true;
    return XH_E_OK;
}

/* With the lock held. Other records change all the time; only rules count. */
static int set_renew(struct xh_mapping *mapping, struct xh_err *err)
{
    struct xh__mapping_set *set = NULL;
    bool has_changed = mapping->set == NULL;
    int code = XH_E_OK;
    if (!has_changed) {
        struct xh_arena *arena = xh_arena_create("request");
        struct xh_ctx ctx;
        xh_engine_ctx(mapping->engine, &xh_who_engine, arena, &ctx);
        code = xh_change_read(&ctx, mapping->change_seen, "core.mapping_rule", 0, 1, found_change,
                              &has_changed, err);
        int64_t last = code < 0 || has_changed ? 0 : xh_change_last_id(&ctx, err);
        mapping->change_seen = last > 0 ? last : mapping->change_seen;
        xh_arena_destroy(arena);
    }
    code = code < 0 || !has_changed ? code : set_read(mapping, &set, err);
    if (code >= 0 && set != NULL) {
        xh__mapping_set_put(mapping->set);
        mapping->set = set;
    }
    return code;
}

int xh__mapping_set_get(struct xh_mapping *mapping, struct xh__mapping_set **ret,
                        struct xh_err *err)
{
    int code = XH_E_OK;
    (void)pthread_mutex_lock(&mapping->lock);
    if (atomic_exchange(&mapping->is_stale, false)) {
        code = set_renew(mapping, err);
        if (code < 0) {
            atomic_store(&mapping->is_stale, true);
        }
    }
    if (code >= 0) {
        (void)atomic_fetch_add(&mapping->set->holders, 1);
        *ret = mapping->set;
    }
    (void)pthread_mutex_unlock(&mapping->lock);
    return code < 0 ? code : XH_E_OK;
}

/* ---- repetitions ---- */

/* The places where a key may be: a few in a row, the oldest of which gives way. */
enum { PLACES = 8 };

static struct xh__mapping_seen *seen_find(struct xh_mapping *mapping, uint64_t key)
{
    size_t at = (size_t)(key % (XH__MAPPING_AGAIN_KEPT / PLACES)) * PLACES;
    for (size_t i = 0; i < PLACES; i++) {
        if (mapping->seen[at + i].key == key) {
            return &mapping->seen[at + i];
        }
    }
    return NULL;
}

/* NULL: all are on their way. */
static struct xh__mapping_seen *seen_free(struct xh_mapping *mapping, uint64_t key)
{
    size_t at = (size_t)(key % (XH__MAPPING_AGAIN_KEPT / PLACES)) * PLACES;
    struct xh__mapping_seen *oldest = NULL;
    for (size_t i = 0; i < PLACES; i++) {
        struct xh__mapping_seen *seen = &mapping->seen[at + i];
        if (seen->key == 0) {
            return seen;
        }
        if (seen->is_done && (oldest == NULL || seen->at_us < oldest->at_us)) {
            oldest = seen;
        }
    }
    return oldest;
}

static void wait_for(struct xh__mapping_seen *seen, xh_mapping_done *done, void *arg)
{
    struct xh__mapping_waiter *waiter = xh_alloc(sizeof *waiter);
    *waiter = (struct xh__mapping_waiter){done, arg, seen->waiters};
    seen->waiters = waiter;
}

enum xh__mapping_order xh__mapping_seen_begin(struct xh_mapping *mapping, uint64_t key,
                                              int64_t now_us, xh_mapping_done *done, void *arg)
{
    enum xh__mapping_order order = XH__MAPPING_FIRST;
    (void)pthread_mutex_lock(&mapping->lock);
    struct xh__mapping_seen *seen = seen_find(mapping, key);
    if (seen != NULL && !seen->is_done) {
        wait_for(seen, done, arg);
        order = XH__MAPPING_WAITS;
    } else if (seen != NULL && now_us - seen->at_us < AGAIN_US) {
        order = XH__MAPPING_AFTER;
    } else {
        seen = seen != NULL ? seen : seen_free(mapping, key);
        if (seen != NULL) {
            *seen = (struct xh__mapping_seen){.key = key, .at_us = now_us};
        }
    }
    mapping->stats.again += order != XH__MAPPING_FIRST;
    (void)pthread_mutex_unlock(&mapping->lock);
    return order;
}

void xh__mapping_seen_end(struct xh_mapping *mapping, uint64_t key, int status,
                          const struct xh_err *err)
{
    const struct xh_mapping_outcome none = {0};
    struct xh__mapping_waiter *waiters = NULL;
    if (key == 0) {
        return;
    }
    (void)pthread_mutex_lock(&mapping->lock);
    struct xh__mapping_seen *seen = seen_find(mapping, key);
    if (seen != NULL) {
        waiters = seen->waiters;
        seen->waiters = NULL;
        seen->is_done = true;
        seen->key = status < 0 ? 0 : key;
    }
    (void)pthread_mutex_unlock(&mapping->lock);
    while (waiters != NULL) {
        struct xh__mapping_waiter *next = waiters->next;
        waiters->done(waiters->arg, status, &none, err);
        free(waiters);
        waiters = next;
    }
}

/* ---- what no rule takes ---- */

static void copy_text(char *to, size_t size, struct xh_str text)
{
    text = xh_str_sub(text, 0, size - 1);
    while (text.len > 0 && !xh_utf8_is_valid(text)) {
        text.len--; /* cut in the middle of a character, or no text at all */
    }
    (void)snprintf(to, size, "%.*s", XH_STR_ARG(text));
}

static void copy_payload(struct xh_mapping_unmatched *u, struct xh_str payload)
{
    struct xh_str start = xh_str_sub(payload, 0, sizeof u->payload - 1);
    u->is_hex = !xh_utf8_is_valid(payload) ||
                memchr(start.ptr != NULL ? start.ptr : "", '\0', start.len) != NULL;
    if (!u->is_hex) {
        copy_text(u->payload, sizeof u->payload, payload);
        return;
    }
    static const char digits[] = "0123456789abcdef";
    size_t count = start.len < (sizeof u->payload - 1) / 2 ? start.len
                                                           : (sizeof u->payload - 1) / 2;
    for (size_t i = 0; i < count; i++) {
        uint8_t byte = (uint8_t)start.ptr[i];
        u->payload[2 * i] = digits[byte >> 4];
        u->payload[2 * i + 1] = digits[byte & 15];
    }
    u->payload[2 * count] = '\0';
}

void xh__mapping_note_unmatched(struct xh_mapping *mapping,
                                const struct xh_mapping_message *message, const char *why)
{
    const char *text = why != NULL ? why : "no rule takes this topic";
    uint64_t key = xh_hash(xh_str_from(text), xh_hash(message->topic, 1));
    size_t at = 0;
    (void)pthread_mutex_lock(&mapping->lock);
    while (at < mapping->unmatched_count && mapping->unmatched_keys[at] != key) {
        at++;
    }
    if (at == mapping->unmatched_count) {
        at = mapping->unmatched_next;
        mapping->unmatched_next = (at + 1) % XH_MAPPING_UNMATCHED_KEPT;
        mapping->unmatched_count += mapping->unmatched_count < XH_MAPPING_UNMATCHED_KEPT;
        mapping->unmatched_keys[at] = key;
        memset(&mapping->unmatched[at], 0, sizeof mapping->unmatched[at]);
        copy_text(mapping->unmatched[at].topic, sizeof mapping->unmatched[at].topic,
                  message->topic);
        copy_text(mapping->unmatched[at].why, sizeof mapping->unmatched[at].why, xh_str_from(text));
        mapping->unmatched[at].has_no_rule = why == NULL;
    }
    copy_payload(&mapping->unmatched[at], message->payload);
    mapping->unmatched[at].count++;
    mapping->unmatched[at].last_us = message->arrival_us;
    (void)pthread_mutex_unlock(&mapping->lock);
}

static int later_first(const void *a, const void *b)
{
    const struct xh_mapping_unmatched *x = a, *y = b;
    return (x->last_us < y->last_us) - (x->last_us > y->last_us);
}

size_t xh_mapping_unmatched(struct xh_mapping *mapping, struct xh_mapping_unmatched *ret)
{
    (void)pthread_mutex_lock(&mapping->lock);
    size_t count = mapping->unmatched_count;
    memcpy(ret, mapping->unmatched, count * sizeof *ret);
    (void)pthread_mutex_unlock(&mapping->lock);
    qsort(ret, count, sizeof *ret, later_first);
    return count;
}

void xh_mapping_get_stats(struct xh_mapping *mapping, struct xh_mapping_stats *ret)
{
    (void)pthread_mutex_lock(&mapping->lock);
    *ret = mapping->stats;
    (void)pthread_mutex_unlock(&mapping->lock);
}

/* ---- life ---- */

static void on_commit(void *arg)
{
    struct xh_mapping *mapping = arg;
    atomic_store(&mapping->is_stale, true);
}

int xh_mapping_open(struct xh_engine *engine, struct xh_mapping **ret, struct xh_err *err)
{
    struct xh_mapping *mapping = xh_alloc(sizeof *mapping);
    (void)err;
    mapping->engine = engine;
    atomic_init(&mapping->is_stale, true);
    (void)pthread_mutex_init(&mapping->lock, NULL);
    mapping->seen = xh_alloc(XH__MAPPING_AGAIN_KEPT * sizeof *mapping->seen);
    mapping->unmatched = xh_alloc(XH_MAPPING_UNMATCHED_KEPT * sizeof *mapping->unmatched);
    xh_change_listen(engine, on_commit, mapping);
    *ret = mapping;
    return XH_E_OK;
}

void xh_mapping_close(struct xh_mapping *mapping)
{
    if (mapping == NULL) {
        return;
    }
    xh_change_unlisten(mapping->engine, on_commit, mapping);
    xh__mapping_set_put(mapping->set);
    (void)pthread_mutex_destroy(&mapping->lock);
    free(mapping->seen);
    free(mapping->unmatched);
    free(mapping);
}
