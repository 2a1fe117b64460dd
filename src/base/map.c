/* map.c: a hash table by linear probing.
 *
 * Invariants: the number of slots is a power of two; at most three quarters are taken; between the
 * slot a key hashes to and the slot it stands in none is empty. A removal moves later entries back,
 * so there are no gravestones and a table that is filled and emptied stays fast.
 *
 * The hash is SipHash with one round a word and three at the end (J.-P. Aumasson, D. J. Bernstein,
 * "SipHash: a fast short-input PRF", 2012, section 2).
 */
#include "base/map.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"

enum { SLOTS_MIN = 16 };

struct slot {
    struct xh_str key;
    void *value; /* NULL: the slot is empty */
    uint64_t hash;
};

struct xh_map {
    struct slot *slots;
    size_t slot_count, count;
    uint64_t hash_key;
};

static uint64_t rotate_left(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate_left(v[1], 13) ^ v[0];
    v[3] = rotate_left(v[3], 16) ^ v[2];
    v[0] = rotate_left(v[0], 32) + v[3];
    v[2] += v[1];
    v[3] = rotate_left(v[3], 21) ^ v[0];
    v[1] = rotate_left(v[1], 17) ^ v[2];
    v[2] = rotate_left(v[2], 32);
}

/* Little-endian, 0 to 8 bytes. */
static uint64_t word_at(const char *bytes, size_t len)
{
    uint64_t word = 0;
    for (size_t i = 0; i < len; i++) {
        word |= (uint64_t)(unsigned char)bytes[i] << (8 * i);
    }
    return word;
}

static void sip_word(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
}

uint64_t xh_hash(struct xh_str bytes, uint64_t hash_key)
{
    uint64_t k0 = hash_key, k1 = hash_key * UINT64_C(0x9E3779B97F4A7C15);
    /* The paper's constants: "somepseudorandomlygeneratedbytes". */
    uint64_t v[4] = {k0 ^ UINT64_C(0x736F6D6570736575), k1 ^ UINT64_C(0x646F72616E646F6D),
                     k0 ^ UINT64_C(0x6C7967656E657261), k1 ^ UINT64_C(0x7465646279746573)};
    size_t whole = bytes.len / 8 * 8;
    for (size_t i = 0; i < whole; i += 8) {
        sip_word(v, word_at(bytes.ptr + i, 8));
    }
    uint64_t last = (uint64_t)(bytes.len & 0xFF) << 56;
    if (bytes.len > whole) {
        last |= word_at(bytes.ptr + whole, bytes.len - whole);
    }
    sip_word(v, last);
    v[2] ^= 0xFF;
    for (int i = 0; i < 3; i++) {
        sip_round(v);
    }
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

struct xh_map *xh_map_create(uint64_t hash_key)
{
    struct xh_map *map = xh_alloc(sizeof(*map));
    map->hash_key = hash_key;
    map->slot_count = SLOTS_MIN;
    map->slots = xh_alloc(SLOTS_MIN * sizeof(*map->slots));
    return map;
}

void xh_map_destroy(struct xh_map *map)
{
    if (map) {
        free(map->slots);
        free(map);
    }
}

/* The slot that holds the key, or the empty one where it would go. */
static struct slot *find_slot(const struct xh_map *map, struct xh_str key, uint64_t hash)
{
    size_t mask = map->slot_count - 1;
    for (size_t i = (size_t)hash & mask;; i = (i + 1) & mask) {
        struct slot *slot = &map->slots[i];
        if (!slot->value || (slot->hash == hash && xh_str_equal(slot->key, key))) {
            return slot;
        }
    }
}

void *xh_map_get(const struct xh_map *map, struct xh_str key)
{
    return find_slot(map, key, xh_hash(key, map->hash_key))->value;
}

static void double_slots(struct xh_map *map)
{
    struct slot *old = map->slots;
    size_t old_count = map->slot_count;
    xh_assert(old_count <= SIZE_MAX / 4 / sizeof(*old));
    map->slot_count = old_count * 2;
    map->slots = xh_alloc(map->slot_count * sizeof(*old));
    for (size_t i = 0; i < old_count; i++) {
        if (old[i].value) {
            *find_slot(map, old[i].key, old[i].hash) = old[i];
        }
    }
    free(old);
}

void *xh_map_put(struct xh_map *map, struct xh_str key, void *value)
{
    xh_assert(value);
    uint64_t hash = xh_hash(key, map->hash_key);
    struct slot *slot = find_slot(map, key, hash);
    void *before = slot->value;
    if (!before && map->count + 1 > map->slot_count / 4 * 3) {
        double_slots(map);
        slot = find_slot(map, key, hash);
    }
    map->count += before ? 0 : 1;
    /* The key too: the old one may live no longer than the old value. */
    *slot = (struct slot){key, value, hash};
    return before;
}

void *xh_map_remove(struct xh_map *map, struct xh_str key)
{
    size_t mask = map->slot_count - 1;
    struct slot *found = find_slot(map, key, xh_hash(key, map->hash_key));
    void *before = found->value;
    if (!before) {
        return NULL;
    }
    size_t hole = (size_t)(found - map->slots);
    for (size_t i = (hole + 1) & mask; map->slots[i].value; i = (i + 1) & mask) {
        size_t home = (size_t)map->slots[i].hash & mask;
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            map->slots[hole] = map->slots[i];
            hole = i;
        }
    }
    map->slots[hole] = (struct slot){0};
    map->count--;
    return before;
}

size_t xh_map_count(const struct xh_map *map)
{
    return map->count;
}

bool xh_map_next(const struct xh_map *map, size_t *cursor, struct xh_str *ret_key, void **ret_value)
{
    for (size_t i = *cursor; i < map->slot_count; i++) {
        const struct slot *slot = &map->slots[i];
        if (slot->value) {
            *cursor = i + 1;
            *ret_key = slot->key;
            *ret_value = slot->value;
            return true;
        }
    }
    *cursor = map->slot_count;
    return false;
}
