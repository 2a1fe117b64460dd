/* dict.c: the dictionary of series; see the header.
 *
 * Keys lie in blocks that never move, in the order of their numbers. The table holds numbers only,
 * each with a tag of its key's hash, so that a wrong key is hardly ever looked at; it is filled
 * between 4/7 and 3/4.
 *
 * Numbers at or above `count` are pending: their frame is not on disk yet. Nobody finds them.
 *
 * docs/formats/series.md gives every byte of the file.
 */
#include "store/tsdb/dict_internal.h"

#include "base/arena.h"
#include "base/crc32c.h"
#include "store/tsdb/frames_internal.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
    BLOCK_SERIES = 65536,
    BLOCK_COUNT = XH__SERIES_MAX / BLOCK_SERIES,
    ID_BITS = 27, /* XH__SERIES_MAX is 1 << ID_BITS */
    TAGS = 31,    /* 1 to 31: a slot of 0 is empty */
    SLOTS_MIN = 64,
    BATCH = 16,   /* look-ups under way at once */
    KEY_BYTES = 16,
    BODY_HEAD_BYTES = 8,
    COPY_BYTES = 1 << 20
};

static const char file_name[] = "series";
static const struct xh__file_kind file_kind = {
    "dictionary", {'X', 'H', 's', 'e', 'r', 'i', 'e', 's'}, 1};

struct xh__dict {
    const struct xh_env *env;
    char *dir, *path;
    struct xh_disk_file *file;
    uint64_t frame_next;   /* the number of the next frame */
    uint64_t offset;       /* where it goes; guarded by lock */
    bool is_failed;
    uint64_t hash_key[2];  /* random: nobody can choose keys that collide */
    pthread_rwlock_t lock; /* slots */
    uint32_t *slots;       /* tag << ID_BITS | id */
    uint32_t slot_count;
    uint32_t filled;       /* in the table: count and what is pending */
    atomic_uint count;
    struct xh_series_key *keys[BLOCK_COUNT];
    _Atomic uint8_t *flags[BLOCK_COUNT];
};

/* ---- the table ---- */

struct probe {
    uint32_t tag; /* shifted */
    uint32_t place;
};

static inline uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static inline void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32) + v[3];
    v[2] += v[1];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

/* SipHash-1-3 (Aumasson, Bernstein, "SipHash: a fast short-input PRF", 2012) of 16 bytes: as
 * base/map.h has it, but without the loop over the length, in a third of the time. */
static inline uint64_t hash_of(const struct xh_series_key *key, const uint64_t hash_key[2])
{
    uint64_t words[3] = {0, 0, (uint64_t)KEY_BYTES << 56};
    memcpy(words, key->bytes, KEY_BYTES);
    uint64_t v[4] = {
        hash_key[0] ^ UINT64_C(0x736f6d6570736575), hash_key[1] ^ UINT64_C(0x646f72616e646f6d),
        hash_key[0] ^ UINT64_C(0x6c7967656e657261), hash_key[1] ^ UINT64_C(0x7465646279746573)};
    for (int i = 0; i < 3; i++) {
        v[3] ^= words[i];
        sip_round(v);
        v[0] ^= words[i];
    }
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++) {
        sip_round(v);
    }
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static struct probe probe_of(const struct xh__dict *dict, const struct xh_series_key *key)
{
    uint64_t hash = hash_of(key, dict->hash_key);
    struct probe probe = {
        .tag = ((uint32_t)hash % TAGS + 1) << ID_BITS,
        .place = (uint32_t)((hash >> 32) * dict->slot_count >> 32),
    };
    __builtin_prefetch(&dict->slots[probe.place]);
    return probe;
}

static uint32_t slot_id(uint32_t slot)
{
    return slot & ((UINT32_C(1) << ID_BITS) - 1);
}

static struct xh_series_key *key_at(const struct xh__dict *dict, uint32_t id)
{
    return &dict->keys[id / BLOCK_SERIES][id % BLOCK_SERIES];
}

static uint32_t after(const struct xh__dict *dict, uint32_t place)
{
    return place + 1 < dict->slot_count ? place + 1 : 0;
}

/* Moves on to the next slot, this one included, that is empty or has the tag. */
static uint32_t walk(const struct xh__dict *dict, uint32_t place, uint32_t tag)
{
    while (dict->slots[place] != 0 && (dict->slots[place] ^ tag) >> ID_BITS != 0) {
        place = after(dict, place);
    }
    return place;
}

/* The slot that holds the key, or the empty one where it would go. */
static uint32_t find_place(const struct xh__dict *dict, const struct xh_series_key *key,
                           struct probe probe)
{
    for (uint32_t place = probe.place;; place = after(dict, place)) {
        place = walk(dict, place, probe.tag);
        uint32_t slot = dict->slots[place];
        if (slot == 0 || memcmp(key_at(dict, slot_id(slot)), key, KEY_BYTES) == 0) {
            return place;
        }
    }
}

static void put_rehashed(struct xh__dict *dict, uint32_t from, size_t count)
{
    struct probe probes[BATCH];
    for (size_t i = 0; i < count; i++) {
        probes[i] = probe_of(dict, key_at(dict, from + (uint32_t)i));
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t place = probes[i].place;
        while (dict->slots[place] != 0) {
            place = after(dict, place);
        }
        dict->slots[place] = probes[i].tag | (from + (uint32_t)i);
    }
}

/* Room for `need` series. Made anew from the keys, so the old table need not stay meanwhile. */
static void reserve_slots(struct xh__dict *dict, uint64_t need)
{
    if (dict->slots && need * 4 <= (uint64_t)dict->slot_count * 3) {
        return;
    }
    uint64_t want = need * 7 / 4;
    free(dict->slots);
    dict->slot_count = (uint32_t)(want > SLOTS_MIN ? want : SLOTS_MIN);
    dict->slots = xh_alloc((size_t)dict->slot_count * sizeof(*dict->slots));
    for (uint32_t id = 0; id < dict->filled; id += BATCH) {
        uint32_t rest = dict->filled - id;
        put_rehashed(dict, id, rest < BATCH ? rest : BATCH);
    }
}

static void reserve_blocks(struct xh__dict *dict, uint64_t need)
{
    for (uint64_t block = dict->filled / BLOCK_SERIES; block * BLOCK_SERIES < need; block++) {
        if (!dict->keys[block]) {
            dict->keys[block] = xh_alloc(BLOCK_SERIES * sizeof(*dict->keys[block]));
            dict->flags[block] = xh_alloc(BLOCK_SERIES * sizeof(*dict->flags[block]));
        }
    }
}

static void put_new(struct xh__dict *dict, const struct xh_series_key *key, uint8_t flags,
                    struct probe probe)
{
    uint32_t place = find_place(dict, key, probe);
    if (dict->slots[place] != 0) {
        return;
    }
    uint32_t id = dict->filled++;
    *key_at(dict, id) = *key;
    atomic_store_explicit(&dict->flags[id / BLOCK_SERIES][id % BLOCK_SERIES], flags,
                          memory_order_relaxed);
    dict->slots[place] = probe.tag | id;
}

/* Puts the keys that are not there, pending. The caller holds the lock, and has made room. */
static void put_all(struct xh__dict *dict, const struct xh_series_key *keys, size_t count,
                    uint8_t flags)
{
    struct probe probes[BATCH];
    for (size_t i = 0; i < count; i += BATCH) {
        size_t n = count - i < BATCH ? count - i : BATCH;
        for (size_t j = 0; j < n; j++) {
            probes[j] = probe_of(dict, &keys[i + j]);
        }
        for (size_t j = 0; j < n; j++) {
            put_new(dict, &keys[i + j], flags, probes[j]);
        }
    }
}

/* ---- the file ---- */

static int load_frame(struct xh__dict *dict, const struct xh__frames *frames, struct xh_err *err)
{
    size_t key_count = (frames->len - BODY_HEAD_BYTES) / KEY_BYTES;
    if (frames->len < BODY_HEAD_BYTES + KEY_BYTES ||
        (frames->len - BODY_HEAD_BYTES) % KEY_BYTES != 0 ||
        key_count > XH__SERIES_MAX - dict->filled || xh__le32_get(frames->body) != dict->filled ||
        (xh__le32_get(frames->body + 4) | XH__SERIES_KEEP_ALL) != XH__SERIES_KEEP_ALL) {
        return xh__frames_corrupt(frames, "an entry before this place is not one of series", err);
    }
    uint64_t need = (uint64_t)dict->filled + key_count;
    reserve_slots(dict, need);
    reserve_blocks(dict, need);
    /* A key is bytes: it needs no alignment. */
    put_all(dict, (const struct xh_series_key *)(frames->body + BODY_HEAD_BYTES), key_count,
            frames->body[4]);
    if (dict->filled != need) {
        return xh__frames_corrupt(frames, "an entry before this place names a series twice", err);
    }
    return 0;
}

/* What the manifest has seen was synced before the manifest said so. */
static int load_end(struct xh__dict *dict, struct xh__frames *frames, uint32_t need_count,
                    struct xh_err *err)
{
    int rc = xh__frames_check_end(frames, err);
    if (rc < 0) {
        return rc;
    }
    if (dict->filled < need_count) {
        return xh_err_set(err, XH_E_CORRUPT, "'%s' holds %u series, but %u were known", dict->path,
                          dict->filled, need_count);
    }
    if (dict->filled == need_count) {
        frames->doubt_offset = frames->offset;
    }
    rc = xh__frames_settle(frames, err);
    return rc < 0 ? rc : xh_disk_sync_dir(dict->env, dict->dir, err);
}

static int load_frames(struct xh__dict *dict, struct xh__frames *frames, uint32_t need_count,
                       struct xh_err *err)
{
    int rc = 1;
    while (rc == 1) {
        rc = xh__frames_next(frames, err);
        if (rc == 1) {
            int bad = load_frame(dict, frames, err);
            rc = bad < 0 ? bad : 1;
        }
    }
    if (rc == 0) {
        rc = load_end(dict, frames, need_count, err);
    }
    dict->offset = frames->offset;
    dict->frame_next = frames->next;
    return rc;
}

static int load(struct xh__dict *dict, uint32_t need_count, struct xh_err *err)
{
    int rc = xh_disk_open(dict->env, dict->path, XH_DISK_WRITE, &dict->file, err);
    if (rc == XH_E_NOT_FOUND && need_count == 0) {
        rc = xh__frames_begin(dict->env, dict->dir, file_name, &file_kind, 0, &dict->file, err);
        if (rc == 0) {
            rc = xh__frames_name(dict->env, dict->dir, file_name, dict->file, err);
        }
    } else if (rc == XH_E_NOT_FOUND) {
        return xh_err_set(err, XH_E_CORRUPT, "'%s' is gone, but %u series were known", dict->path,
                          need_count);
    }
    if (rc < 0) {
        return rc;
    }
    struct xh__frames frames;
    rc = xh__frames_open(&frames, dict->file, dict->path, &file_kind, 1, err);
    if (rc == 0) {
        rc = load_frames(dict, &frames, need_count, err);
    }
    xh__frames_finish(&frames);
    return rc;
}

int xh__dict_open(const struct xh_env *env, const char *dir, uint32_t need_count,
                  struct xh__dict **ret, struct xh_err *err)
{
    struct xh__dict *dict = xh_alloc(sizeof(*dict));
    dict->env = env;
    dict->dir = xh__frames_path(dir, "");
    dict->path = xh__frames_path(dir, file_name);
    xh_env_random(env, dict->hash_key, sizeof(dict->hash_key));
    xh_assert(pthread_rwlock_init(&dict->lock, NULL) == 0);
    reserve_slots(dict, 0);
    int rc = load(dict, need_count, err);
    if (rc < 0) {
        xh__dict_close(dict);
        return rc;
    }
    atomic_store_explicit(&dict->count, dict->filled, memory_order_release);
    *ret = dict;
    return 0;
}

void xh__dict_close(struct xh__dict *dict)
{
    if (!dict) {
        return;
    }
    xh_disk_close(dict->file);
    for (size_t i = 0; i < BLOCK_COUNT; i++) {
        free(dict->keys[i]);
        free((void *)dict->flags[i]);
    }
    pthread_rwlock_destroy(&dict->lock);
    free(dict->slots);
    free(dict->path);
    free(dict->dir);
    free(dict);
}

/* ---- finding ---- */

uint32_t xh__dict_count(const struct xh__dict *dict)
{
    return atomic_load_explicit(&dict->count, memory_order_acquire);
}

static size_t find_batch(const struct xh__dict *dict, const struct xh_series_key *keys,
                         size_t count, uint32_t known, uint32_t *ret_ids)
{
    struct probe probes[BATCH];
    for (size_t i = 0; i < count; i++) {
        probes[i] = probe_of(dict, &keys[i]);
    }
    for (size_t i = 0; i < count; i++) {
        probes[i].place = walk(dict, probes[i].place, probes[i].tag);
        uint32_t slot = dict->slots[probes[i].place];
        if (slot != 0) {
            __builtin_prefetch(key_at(dict, slot_id(slot)));
        }
    }
    size_t unknown = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t slot = dict->slots[find_place(dict, &keys[i], probes[i])];
        bool is_known = slot != 0 && slot_id(slot) < known;
        ret_ids[i] = is_known ? slot_id(slot) : XH__ID_NONE;
        unknown += !is_known;
    }
    return unknown;
}

size_t xh__dict_find(struct xh__dict *dict, const struct xh_series_key *keys, size_t count,
                     uint32_t *ret_ids)
{
    size_t unknown = 0;
    pthread_rwlock_rdlock(&dict->lock);
    uint32_t known = xh__dict_count(dict);
    for (size_t i = 0; i < count; i += BATCH) {
        size_t n = count - i < BATCH ? count - i : BATCH;
        unknown += find_batch(dict, keys + i, n, known, ret_ids + i);
    }
    pthread_rwlock_unlock(&dict->lock);
    return unknown;
}

const struct xh_series_key *xh__dict_key(const struct xh__dict *dict, uint32_t id)
{
    xh_assert(id < xh__dict_count(dict));
    return key_at(dict, id);
}

uint8_t xh__dict_flags(const struct xh__dict *dict, uint32_t id)
{
    xh_assert(id < xh__dict_count(dict));
    return atomic_load_explicit(&dict->flags[id / BLOCK_SERIES][id % BLOCK_SERIES],
                                memory_order_acquire);
}

void xh__dict_set_flag(struct xh__dict *dict, uint32_t id, enum xh__series_flag flag)
{
    xh_assert(id < xh__dict_count(dict));
    atomic_fetch_or_explicit(&dict->flags[id / BLOCK_SERIES][id % BLOCK_SERIES], (uint8_t)flag,
                             memory_order_release);
}

size_t xh__dict_memory_bytes(struct xh__dict *dict)
{
    size_t blocks = 0;
    pthread_rwlock_rdlock(&dict->lock);
    while (blocks < BLOCK_COUNT && dict->keys[blocks]) {
        blocks++;
    }
    size_t slots_bytes = (size_t)dict->slot_count * sizeof(*dict->slots);
    pthread_rwlock_unlock(&dict->lock);
    return sizeof(*dict) + blocks * BLOCK_SERIES * (KEY_BYTES + 1) + slots_bytes;
}

/* ---- adding ---- */

/* Writes the pending series, without a copy of them: the checksum goes over the blocks. */
static int write_keys(struct xh__dict *dict, uint64_t offset, uint32_t *crc, bool is_dry,
                      struct xh_err *err)
{
    for (uint32_t id = xh__dict_count(dict); id < dict->filled;) {
        uint32_t in_block = BLOCK_SERIES - id % BLOCK_SERIES;
        uint32_t rest = dict->filled - id;
        size_t n = rest < in_block ? rest : in_block;
        const struct xh_series_key *keys = key_at(dict, id);
        if (is_dry) {
            *crc = xh_crc32c(*crc, keys, n * KEY_BYTES);
        } else {
            int rc = xh_disk_write(dict->file, offset, keys, n * KEY_BYTES, err);
            if (rc < 0) {
                return rc;
            }
        }
        offset += n * KEY_BYTES;
        id += (uint32_t)n;
    }
    return 0;
}

static int write_frame(struct xh__dict *dict, uint8_t flags, struct xh_err *err)
{
    uint8_t head[XH__FRAME_HEAD_BYTES + BODY_HEAD_BYTES] = {0};
    uint32_t count = xh__dict_count(dict);
    size_t len = BODY_HEAD_BYTES + (size_t)(dict->filled - count) * KEY_BYTES;
    uint32_t crc = xh__frame_head_crc(head, len, dict->frame_next, dict->frame_next - 1);
    xh__le32_put(head + XH__FRAME_HEAD_BYTES, count);
    head[XH__FRAME_HEAD_BYTES + 4] = flags;
    crc = xh_crc32c(crc, head + XH__FRAME_HEAD_BYTES, BODY_HEAD_BYTES);
    write_keys(dict, 0, &crc, true, NULL);
    xh__le32_put(head, crc);
    int rc = xh_disk_write(dict->file, dict->offset, head, sizeof(head), err);
    if (rc == 0) {
        rc = write_keys(dict, dict->offset + sizeof(head), NULL, false, err);
    }
    return rc < 0 ? rc : xh_disk_sync(dict->file, err);
}

/* How many are not known; an error when one that is has the other policy. */
static ptrdiff_t count_unknown(struct xh__dict *dict, const struct xh_series_key *keys,
                               size_t count, uint8_t flags, struct xh_err *err)
{
    enum { AT_ONCE = 1024 };
    uint32_t ids[AT_ONCE];
    size_t unknown = 0;
    for (size_t i = 0; i < count; i += AT_ONCE) {
        size_t n = count - i < AT_ONCE ? count - i : AT_ONCE;
        unknown += xh__dict_find(dict, keys + i, n, ids);
        for (size_t j = 0; j < n; j++) {
            if (ids[j] != XH__ID_NONE &&
                (xh__dict_flags(dict, ids[j]) & XH__SERIES_KEEP_ALL) != flags) {
                return xh_err_set(err, XH_E_CONFLICT,
                                  "series %zu of %zu is declared with another policy", i + j + 1,
                                  count);
            }
        }
    }
    if (unknown > XH__SERIES_MAX - xh__dict_count(dict)) {
        return xh_err_set(err, XH_E_TOO_LARGE, "%zu more series would be more than %d in all",
                          unknown, (int)XH__SERIES_MAX);
    }
    return (ptrdiff_t)unknown;
}

static int write_pending(struct xh__dict *dict, uint8_t flags, struct xh_err *err)
{
    int rc = write_frame(dict, flags, err);
    pthread_rwlock_wrlock(&dict->lock);
    if (rc < 0) {
        dict->is_failed = true; /* what is pending stays so */
    } else {
        dict->frame_next++;
        dict->offset += XH__FRAME_HEAD_BYTES + BODY_HEAD_BYTES +
                        (uint64_t)(dict->filled - xh__dict_count(dict)) * KEY_BYTES;
        atomic_store_explicit(&dict->count, dict->filled, memory_order_release);
    }
    pthread_rwlock_unlock(&dict->lock);
    return rc;
}

int xh__dict_add(struct xh__dict *dict, const struct xh_series_key *keys, size_t count,
                 enum xh_series_policy policy, struct xh_err *err)
{
    uint8_t flags = policy == XH_POLICY_KEEP_ALL ? XH__SERIES_KEEP_ALL : 0;
    ptrdiff_t unknown = count_unknown(dict, keys, count, flags, err);
    if (unknown <= 0) {
        return (int)unknown;
    }
    if (dict->is_failed) {
        return xh_err_set(err, XH_E_IO, "'%s' takes nothing more since writing to it failed",
                          dict->path);
    }
    uint64_t need = (uint64_t)dict->filled + (uint64_t)unknown;
    pthread_rwlock_wrlock(&dict->lock);
    reserve_slots(dict, need);
    reserve_blocks(dict, need);
    put_all(dict, keys, count, flags);
    pthread_rwlock_unlock(&dict->lock);
    return write_pending(dict, flags, err);
}

/* ---- backup ---- */

static int copy_bytes(struct xh_disk_file *from, struct xh_disk_file *to, uint64_t end,
                      struct xh_err *err)
{
    uint8_t *bytes = xh_alloc(COPY_BYTES);
    int rc = 0;
    for (uint64_t at = XH__FILE_HEAD_BYTES; rc == 0 && at < end; at += COPY_BYTES) {
        size_t len = end - at < COPY_BYTES ? (size_t)(end - at) : COPY_BYTES;
        ptrdiff_t got = xh_disk_read(from, at, bytes, len, err);
        if (got >= 0 && (size_t)got < len) {
            got = xh_err_set(err, XH_E_CORRUPT, "the dictionary became shorter");
        }
        rc = got < 0 ? (int)got : xh_disk_write(to, at, bytes, len, err);
    }
    free(bytes);
    return rc;
}

int xh__dict_backup(struct xh__dict *dict, const char *to_dir, struct xh_err *err)
{
    pthread_rwlock_rdlock(&dict->lock);
    uint64_t end = dict->offset;
    pthread_rwlock_unlock(&dict->lock);

    struct xh_disk_file *from = NULL, *to = NULL;
    int rc = xh_disk_open(dict->env, dict->path, XH_DISK_READ, &from, err);
    if (rc < 0) {
        return rc;
    }
    rc = xh__frames_begin(dict->env, to_dir, file_name, &file_kind, 0, &to, err);
    if (rc == 0) {
        rc = copy_bytes(from, to, end, err);
        if (rc == 0) {
            rc = xh__frames_name(dict->env, to_dir, file_name, to, err);
        }
        if (rc < 0) {
            xh__frames_abandon(dict->env, to_dir, file_name);
        }
    }
    xh_disk_close(to);
    xh_disk_close(from);
    return rc;
}
