#include "store/tsdb/mem_lookup_internal.h"

#include "base/arena.h"

#include <stdlib.h>

enum { WALK_FREE = 256, LOG2_FIRST = 12 };

static uint64_t hash_of(uint32_t id, int64_t at_us)
{
    uint64_t hash = ((uint64_t)at_us ^ ((uint64_t)id << 40)) * UINT64_C(0x9e3779b97f4a7c15) + id;
    hash ^= hash >> 32;
    return hash * UINT64_C(0xd6e8feb86659fd93);
}

/* ---- the filter ---- */

static void filter_grow(struct xh__mem_lookup *lookup, uint32_t rows)
{
    uint32_t log2 = lookup->bits_log2 == 0 ? LOG2_FIRST : lookup->bits_log2;
    while ((UINT64_C(1) << log2) < (uint64_t)rows * 8) {
        log2++;
    }
    if (log2 != lookup->bits_log2) {
        free(lookup->bits);
        lookup->bits = xh_alloc((size_t)1 << (log2 - 3));
        lookup->bits_log2 = log2;
        lookup->filtered = 0;
    }
}

static void filter_follow(struct xh__mem_lookup *lookup, const struct xh__mem *mem)
{
    uint32_t end = xh__mem_staged(mem);
    filter_grow(lookup, end);
    for (uint32_t i = lookup->filtered; i < end; i++) {
        const struct xh__mem_row *row = xh__mem_at(mem, i);
        uint64_t bit = hash_of(row->id, row->at_us) >> (64 - lookup->bits_log2);
        lookup->bits[bit >> 6] |= UINT64_C(1) << (bit & 63);
    }
    lookup->filtered = end;
    lookup->walked_to_filter = 0;
}

static bool filter_holds(const struct xh__mem_lookup *lookup, uint32_t id, int64_t at_us)
{
    uint64_t bit = hash_of(id, at_us) >> (64 - lookup->bits_log2);
    return (lookup->bits[bit >> 6] >> (bit & 63) & 1) != 0;
}

/* ---- the index ---- */

/* The slot of (series, time), or the free one where it would be. */
static uint32_t *slot_of(const struct xh__mem_lookup *lookup, const struct xh__mem *mem,
                         uint32_t id, int64_t at_us)
{
    size_t mask = ((size_t)1 << lookup->slots_log2) - 1;
    size_t place = (size_t)(hash_of(id, at_us) >> (64 - lookup->slots_log2));
    for (;; place = (place + 1) & mask) {
        uint32_t *slot = &lookup->slots[place];
        if (*slot == 0) {
            return slot;
        }
        const struct xh__mem_row *row = xh__mem_at(mem, *slot - 1);
        if (row->id == id && row->at_us == at_us) {
            return slot;
        }
    }
}

static void index_follow(struct xh__mem_lookup *lookup, const struct xh__mem *mem)
{
    uint32_t end = xh__mem_staged(mem);
    uint32_t log2 = lookup->slots_log2 == 0 ? LOG2_FIRST : lookup->slots_log2;
    while ((UINT64_C(1) << log2) < (uint64_t)end * 2) {
        log2++;
    }
    if (log2 != lookup->slots_log2) {
        free(lookup->slots);
        lookup->slots = xh_alloc(sizeof(*lookup->slots) << log2);
        lookup->slots_log2 = log2;
        lookup->indexed = 0;
    }
    for (uint32_t i = lookup->indexed; i < end; i++) {
        const struct xh__mem_row *row = xh__mem_at(mem, i);
        *slot_of(lookup, mem, row->id, row->at_us) = i + 1; /* the later of two takes the place */
    }
    lookup->indexed = end;
    lookup->walked_to_index = 0;
}

/* ---- both ---- */

/* One step from row to row, which lies far away, costs about what two rows cost the filter, or one
 * the index. */
static void note_step(struct xh__mem_lookup *lookup, const struct xh__mem *mem)
{
    uint32_t end = xh__mem_staged(mem);
    if (++lookup->walked_to_filter * 2 > (uint64_t)(end - lookup->filtered) + WALK_FREE) {
        filter_follow(lookup, mem);
    }
    if (++lookup->walked_to_index > (uint64_t)(end - lookup->indexed) + WALK_FREE) {
        index_follow(lookup, mem);
    }
}

uint32_t xh__mem_lookup_find(struct xh__mem_lookup *lookup, const struct xh__mem *mem, uint32_t id,
                             int64_t at_us)
{
    bool is_filtered = false;
    for (uint32_t at = xh__mem_latest(mem, id); at != XH__ROW_NONE;) {
        if (at < lookup->filtered && !is_filtered && !filter_holds(lookup, id, at_us)) {
            return XH__ROW_NONE;
        }
        if (at < lookup->indexed) {
            return *slot_of(lookup, mem, id, at_us) - 1;
        }
        is_filtered = at < lookup->filtered;
        const struct xh__mem_row *row = xh__mem_at(mem, at);
        if (row->at_us == at_us) {
            return at;
        }
        if (row->is_in_order && row->at_us < at_us) {
            return XH__ROW_NONE; /* so are all before it */
        }
        at = row->earlier;
        note_step(lookup, mem);
    }
    return XH__ROW_NONE;
}

void xh__mem_lookup_finish(struct xh__mem_lookup *lookup)
{
    free(lookup->bits);
    free(lookup->slots);
}
