/* lines_find.c: from the bytes of a line to a series, kept; see lines_internal.h.
 *
 * Invariants
 *   - A cache only grows; what is in it never changes. It is put aside as a whole when the registry
 *     or a rule changed, or when it is full, and freed by the last batch that holds it.
 *   - Each series is in a cache once, whatever heads lead to it: its index is its target.
 *   - Nothing of who asks is kept: whether who may write is asked for each batch.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/lines_internal.h"

enum {
    SLOTS_FIRST = 1024,
    SLOTS_USED_MAX = 4 << 20,     /* then the cache begins anew */
    SCRATCH_KEPT = 8,
    SCRATCH_ROWS_KEPT = 256 << 10 /* a larger one is freed */
};

/* ---- hashing ---- */

/* 64 x 64 bits multiplied, both halves folded: one multiplication mixes eight bytes. The seed is
 * random for each cache, so nobody outside chooses what collides. */
static uint64_t fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t load(const char *p, size_t len)
{
    uint64_t word = 0;
    memcpy(&word, p, len);
    return word;
}

uint64_t xh__line_hash(uint64_t seed, struct xh_str bytes)
{
    const uint64_t k1 = UINT64_C(0x9e3779b97f4a7c15), k2 = UINT64_C(0xd6e8feb86659fd93);
    uint64_t h = seed ^ fold(bytes.len + k1, k2);
    const char *p = bytes.ptr;
    size_t left = bytes.len;
    for (; left > 8; p += 8, left -= 8) {
        h = fold(h ^ load(p, 8), k1);
    }
    h = fold(h ^ (bytes.len >= 8 ? load(p + left - 8, 8) : load(p, left)), k2);
    return h | 1; /* 0 marks a free slot */
}

/* ---- slots ---- */

uint32_t xh__line_find(const struct xh__line_cache *cache, uint64_t hash, struct xh_str head,
                       struct xh_str field)
{
    size_t mask = cache->slot_count - 1;
    for (size_t at = (hash >> 8) & mask;; at = (at + 1) & mask) {
        const struct xh__line_slot *slot = &cache->slots[at];
        if (slot->hash == hash && slot->head_len == head.len && slot->field_len == field.len &&
            memcmp(slot->key, head.ptr, head.len) == 0 &&
            memcmp(slot->key + head.len, field.ptr, field.len) == 0) {
            return slot->target;
        }
        if (slot->hash == 0) {
            return XH__LINE_UNKNOWN;
        }
    }
}

static void slot_put(struct xh__line_slot *slots, size_t slot_count,
                     const struct xh__line_slot *slot)
{
    size_t at = (slot->hash >> 8) & (slot_count - 1);
    while (slots[at].hash != 0) {
        at = (at + 1) & (slot_count - 1);
    }
    slots[at] = *slot;
}

static void slots_grow(struct xh__line_cache *cache)
{
    size_t slot_count = cache->slot_count * 2;
    struct xh__line_slot *slots = xh_alloc(slot_count * sizeof *slots);
    for (size_t i = 0; i < cache->slot_count; i++) {
        if (cache->slots[i].hash != 0) {
            slot_put(slots, slot_count, &cache->slots[i]);
        }
    }
    free(cache->slots);
    cache->slots = slots;
    cache->slot_count = slot_count;
}

/* Holds the series on; the same index for the same series. Call with the lock held. */
static uint32_t target_of(struct xh__line_cache *cache, const struct xh_series *series)
{
    struct xh_str id = {(const char *)&series->id, sizeof series->id};
    size_t known = (size_t)(uintptr_t)xh_map_get(cache->target_by_id, id);
    if (known > 0) {
        xh_series_put(series);
        return (uint32_t)(known - 1);
    }
    if (cache->series_count == cache->series_capacity) {
        cache->series_capacity = cache->series_capacity > 0 ? cache->series_capacity * 2 : 256;
        cache->series = xh_realloc(cache->series, cache->series_capacity * sizeof *cache->series);
    }
    cache->series[cache->series_count++] = series;
    (void)xh_map_put(cache->target_by_id, id, (void *)(uintptr_t)cache->series_count);
    return (uint32_t)(cache->series_count - 1);
}

/* series: held, and taken over; NULL: `target` says why there is none. */
static uint32_t cache_add(struct xh__line_cache *cache, uint64_t hash, struct xh_str head,
                          struct xh_str field, const struct xh_series *series, uint32_t target)
{
    (void)pthread_rwlock_wrlock(&cache->lock);
    uint32_t known = xh__line_find(cache, hash, head, field);
    if (known != XH__LINE_UNKNOWN) {
        xh_series_put(series); /* somebody else was faster */
        target = known;
    } else {
        char *key = xh_arena_alloc(cache->arena, head.len + field.len);
        memcpy(key, head.ptr, head.len);
        memcpy(key + head.len, field.ptr, field.len);
        target = series != NULL ? target_of(cache, series) : target;
        if (2 * ++cache->used > cache->slot_count) {
            slots_grow(cache);
        }
        struct xh__line_slot slot = {hash, key, (uint32_t)head.len, (uint32_t)field.len, target};
        slot_put(cache->slots, cache->slot_count, &slot);
    }
    (void)pthread_rwlock_unlock(&cache->lock);
    return target;
}

/* ---- caches ---- */

static int cache_make(struct xh__line_finder *finder, uint64_t epoch, struct xh__line_cache **ret,
                      struct xh_err *err)
{
    struct xh__line_cache *cache = xh_alloc(sizeof *cache);
    struct xh_ctx ctx;
    atomic_init(&cache->holders, 1);
    (void)pthread_rwlock_init(&cache->lock, NULL);
    cache->arena = xh_arena_create("lines");
    cache->epoch = epoch;
    cache->serial = ++finder->serial;
    cache->target_by_id = xh_map_create(0);
    cache->slot_count = SLOTS_FIRST;
    cache->slots = xh_alloc(SLOTS_FIRST * sizeof *cache->slots);
    xh_env_random(xh_engine_env(finder->engine), &cache->seed, sizeof cache->seed);
    xh_engine_ctx(finder->engine, &xh_who_engine, cache->arena, &ctx);
    int code = xh__line_rules_read(&ctx, &cache->rules, err);
    if (code < 0) {
        xh__line_cache_put(cache);
        return code;
    }
    *ret = cache;
    return XH_E_OK;
}

int xh__line_cache_get(struct xh__line_finder *finder, struct xh__line_cache **ret,
                       struct xh_err *err)
{
    uint64_t epoch = xh_registry_epoch(finder->engine);
    struct xh__line_cache *old = NULL;
    int code = XH_E_OK;
    (void)pthread_mutex_lock(&finder->lock);
    struct xh__line_cache *cache = finder->cache;
    if (cache == NULL || cache->epoch != epoch || cache->used > SLOTS_USED_MAX) {
        code = cache_make(finder, epoch, &cache, err);
        if (code >= 0) {
            old = finder->cache;
            finder->cache = cache;
        }
    }
    if (code >= 0) {
        atomic_fetch_add(&cache->holders, 1);
        *ret = cache;
    }
    (void)pthread_mutex_unlock(&finder->lock);
    xh__line_cache_put(old);
    return code;
}

void xh__line_cache_put(struct xh__line_cache *cache)
{
    if (cache == NULL || atomic_fetch_sub(&cache->holders, 1) != 1) {
        return;
    }
    for (size_t i = 0; i < cache->series_count; i++) {
        xh_series_put(cache->series[i]);
    }
    free(cache->series);
    free(cache->slots);
    xh_map_destroy(cache->target_by_id);
    xh_arena_destroy(cache->arena);
    (void)pthread_rwlock_destroy(&cache->lock);
    free(cache);
}

/* ---- memory of batches ---- */

static void scratch_free(struct xh__line_scratch *scratch)
{
    free(scratch->parts);
    free(scratch->series);
    free(scratch->rows);
    free(scratch->line_of);
    free(scratch);
}

struct xh__line_scratch *xh__line_scratch_get(struct xh__line_finder *finder,
                                              const struct xh__line_cache *cache)
{
    (void)pthread_mutex_lock(&finder->lock);
    struct xh__line_scratch *scratch = finder->scratch;
    if (scratch != NULL) {
        finder->scratch = scratch->next;
        finder->scratch_count--;
    }
    (void)pthread_mutex_unlock(&finder->lock);
    scratch = scratch != NULL ? scratch : xh_alloc(sizeof *scratch);
    if (scratch->serial != cache->serial || scratch->stamp == UINT32_MAX) {
        if (scratch->part_capacity > 0) {
            memset(scratch->parts, 0, scratch->part_capacity * sizeof *scratch->parts);
        }
        scratch->serial = cache->serial;
        scratch->stamp = 0;
    }
    scratch->stamp++;
    scratch->series_count = scratch->row_count = 0;
    return scratch;
}

void xh__line_scratch_put(struct xh__line_finder *finder, struct xh__line_scratch *scratch)
{
    (void)pthread_mutex_lock(&finder->lock);
    bool is_kept = finder->scratch_count < SCRATCH_KEPT &&
                   scratch->row_capacity <= SCRATCH_ROWS_KEPT;
    if (is_kept) {
        scratch->next = finder->scratch;
        finder->scratch = scratch;
        finder->scratch_count++;
    }
    (void)pthread_mutex_unlock(&finder->lock);
    if (!is_kept) {
        scratch_free(scratch);
    }
}

/* ---- what is not known yet ---- */

/* XH_E_NOT_FOUND: no series, and none could be made. */
static int series_make(struct xh__line_finder *finder, struct xh_ctx *ctx,
                       const struct xh__line_head *head, struct xh_str field,
                       const struct xh__line_name *name, struct xh_err *err)
{
    const struct xh__line_rule *rule = name->rule;
    struct xh_meter_spec spec = {
        .series = name->code,
        .quantity = rule->quantity,
        .unit = rule->unit,
        .kind = rule->kind,
        .period_s = rule->period_s,
    };
    int64_t id = 0;
    (void)finder;
    if (!xh__line_template(ctx->arena, rule->place_code, head, field, &spec.place)) {
        return xh_err_set(err, XH_E_NOT_FOUND, "the rule \"%.*s\" finds no place for it",
                          XH_STR_ARG(rule->code));
    }
    return xh_registry_meter(ctx, &spec, &id, err);
}

/* By code, and made when a rule says so. *ret stays NULL when there is none. */
static int series_find(struct xh__line_finder *finder, const struct xh_ctx *caller,
                       struct xh_arena *arena, const struct xh__line_head *head,
                       struct xh_str field, const struct xh__line_name *name,
                       const struct xh_series **ret, struct xh_err *err)
{
    const unsigned keepers = XH_ROLE_OPERATOR | XH_ROLE_ADMIN | XH_ROLE_ENGINE;
    struct xh_ctx ctx;
    xh_engine_ctx(finder->engine, &xh_who_engine, arena, &ctx);
    int code = xh_series_get(&ctx, name->code, ret, err);
    bool may_make = name->rule != NULL && name->rule->creates &&
                    (caller->who->roles & keepers) != 0;
    if (code == XH_E_NOT_FOUND && may_make) {
        xh_err_clear(err);
        code = series_make(finder, &ctx, head, field, name, err);
        code = code < 0 ? code : xh_series_get(&ctx, name->code, ret, err);
    }
    return code;
}

/* The series cannot be had, and that is no fault of ours: one of the same code is missing, or is
 * not what its record promises. */
static bool is_missing(int code)
{
    return code == XH_E_NOT_FOUND || code == XH_E_INVALID || code == XH_E_CONFLICT ||
           code == XH_E_FORBIDDEN;
}

int xh__line_resolve(struct xh__line_finder *finder, struct xh__line_cache *cache,
                     const struct xh_ctx *ctx, uint64_t hash, struct xh_str head,
                     struct xh_str field, uint32_t *ret_target, struct xh_err *err)
{
    struct xh_arena *arena = xh_arena_create("line");
    struct xh__line_head *parts = XH_NEW(arena, struct xh__line_head);
    struct xh__line_name name = {{NULL, 0}, NULL};
    const struct xh_series *series = NULL;
    uint32_t target = XH__LINE_LEFT_OUT;
    bool is_for_all = true; /* who else asks would get the same */
    int code = xh__line_head_read(arena, head, parts, err);
    if (code >= 0) {
        struct xh_str plain = xh__line_unescape(arena, field);
        xh__line_name_find(arena, &cache->rules, parts, plain, &name);
        if (name.code.len > 0) {
            struct xh_err why = {0};
            code = series_find(finder, ctx, arena, parts, plain, &name, &series, &why);
            target = XH__LINE_UNMATCHED;
            is_for_all = code >= 0 || name.rule == NULL || !name.rule->creates;
            if (is_missing(code)) {
                series = NULL;
                code = XH_E_OK;
            } else if (code < 0) {
                *err = why;
            }
        }
    }
    if (code >= 0) {
        *ret_target = is_for_all ? cache_add(cache, hash, head, field, series, target) : target;
    }
    xh_arena_destroy(arena);
    return code < 0 ? code : XH_E_OK;
}

int xh__line_resolve_code(struct xh__line_finder *finder, struct xh__line_cache *cache,
                          uint64_t hash, struct xh_str code, uint32_t *ret_target,
                          struct xh_err *err)
{
    struct xh_arena *arena = xh_arena_create("line");
    const struct xh_series *series = NULL;
    struct xh_err why = {0};
    struct xh_ctx ctx;
    xh_engine_ctx(finder->engine, &xh_who_engine, arena, &ctx);
    int status = xh_series_get(&ctx, code, &series, &why);
    if (status >= 0 || is_missing(status)) {
        *ret_target = cache_add(cache, hash, code, XH_STR(""), status < 0 ? NULL : series,
                                XH__LINE_UNMATCHED);
        status = XH_E_OK;
    } else {
        *err = why;
    }
    xh_arena_destroy(arena);
    return status;
}

/* ---- what nothing answers to ---- */

static void copy_text(char *to, size_t size, struct xh_str text)
{
    text = xh_str_sub(text, 0, size - 1);
    while (text.len > 0 && !xh_utf8_is_valid(text)) {
        text.len--; /* cut in the middle of a character */
    }
    (void)snprintf(to, size, "%.*s", XH_STR_ARG(text));
}

static void unmatched_fill(struct xh__line_unmatched *u, const struct xh__line_cache *cache,
                           struct xh_str head, struct xh_str field)
{
    struct xh_arena *arena = xh_arena_create("line");
    struct xh__line_head *parts = XH_NEW(arena, struct xh__line_head);
    struct xh__line_name name = {{NULL, 0}, NULL};
    if (xh__line_head_read(arena, head, parts, NULL) >= 0) {
        xh__line_name_find(arena, &cache->rules, parts, xh__line_unescape(arena, field), &name);
    }
    copy_text(u->head, sizeof u->head, head);
    copy_text(u->field, sizeof u->field, field);
    copy_text(u->code, sizeof u->code, name.code);
    xh_arena_destroy(arena);
}

void xh__line_note_unmatched(struct xh__line_finder *finder, const struct xh__line_cache *cache,
                             struct xh_str head, struct xh_str field, int64_t now_us)
{
    uint64_t hash = xh__line_hash(xh__line_hash(0, head), field);
    struct xh__line_unmatched *found = NULL;
    (void)pthread_mutex_lock(&finder->lock);
    for (size_t i = 0; i < finder->unmatched_count && found == NULL; i++) {
        found = finder->unmatched[i].hash == hash ? &finder->unmatched[i] : NULL;
    }
    if (found == NULL) {
        found = &finder->unmatched[finder->unmatched_next];
        finder->unmatched_next = (finder->unmatched_next + 1) % XH__LINE_UNMATCHED_KEPT;
        finder->unmatched_count += finder->unmatched_count < XH__LINE_UNMATCHED_KEPT;
        *found = (struct xh__line_unmatched){.hash = hash};
        unmatched_fill(found, cache, head, field);
    }
    found->count++;
    found->last_us = now_us;
    (void)pthread_mutex_unlock(&finder->lock);
}

/* ---- life ---- */

void xh__lines_create(struct xh_server *server)
{
    struct xh__line_finder *finder = xh_alloc(sizeof *finder);
    finder->engine = server->engine;
    (void)pthread_mutex_init(&finder->lock, NULL);
    server->lines = finder;
}

void xh__lines_destroy(struct xh_server *server)
{
    struct xh__line_finder *finder = server->lines;
    if (finder == NULL) {
        return;
    }
    while (finder->scratch != NULL) {
        struct xh__line_scratch *next = finder->scratch->next;
        scratch_free(finder->scratch);
        finder->scratch = next;
    }
    xh__line_cache_put(finder->cache);
    (void)pthread_mutex_destroy(&finder->lock);
    free(finder);
    server->lines = NULL;
}
