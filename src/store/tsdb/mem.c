/* Readings in memory: rows in blocks that double in size, so that a row's block and place follow
 * from its number by one count of leading zeros and nothing ever moves; the same for the places of
 * the series' latest rows.
 *
 *     number + 1024 = 2^(10 + k) + place:  block k holds 1024 << k
 *
 * A row is written, then its series' head is stored with release; a reader who loads the head with
 * acquire sees the row and all that it links to. `visible` is released after the log's sync.
 */
#include "base/arena.h"
#include "store/tsdb/mem_lookup_internal.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { BLOCK_SHIFT = 10, BLOCK_FIRST = 1 << BLOCK_SHIFT, BLOCK_COUNT = 21 };

struct xh__mem {
    atomic_size_t refs;
    uint64_t wal_first;
    uint32_t staged;                 /* the committer's */
    _Atomic uint32_t visible, id_end;
    _Atomic(struct xh__mem_row *) rows[BLOCK_COUNT];
    _Atomic(_Atomic uint32_t *) heads[BLOCK_COUNT]; /* the latest row + 1; 0: none */
    struct xh__mem_lookup lookup;    /* the committer's */
};

static size_t block_of(uint32_t number, uint32_t *ret_place)
{
    uint32_t shifted = number + BLOCK_FIRST;
    uint32_t log2 = 31 - (uint32_t)__builtin_clz(shifted);
    *ret_place = shifted - (UINT32_C(1) << log2);
    return log2 - BLOCK_SHIFT;
}

static size_t block_items(size_t block)
{
    return (size_t)BLOCK_FIRST << block;
}

struct xh__mem *xh__mem_create(uint64_t wal_first)
{
    struct xh__mem *mem = xh_alloc(sizeof(*mem));
    atomic_init(&mem->refs, 1);
    mem->wal_first = wal_first;
    return mem;
}

void xh__mem_ref(struct xh__mem *mem)
{
    atomic_fetch_add_explicit(&mem->refs, 1, memory_order_relaxed);
}

void xh__mem_unref(struct xh__mem *mem)
{
    if (mem == NULL || atomic_fetch_sub_explicit(&mem->refs, 1, memory_order_acq_rel) > 1) {
        return;
    }
    for (size_t i = 0; i < BLOCK_COUNT; i++) {
        free(atomic_load_explicit(&mem->rows[i], memory_order_relaxed));
        free(atomic_load_explicit(&mem->heads[i], memory_order_relaxed));
    }
    xh__mem_lookup_finish(&mem->lookup);
    free(mem);
}

uint64_t xh__mem_wal_first(const struct xh__mem *mem)
{
    return mem->wal_first;
}

/* ---- the committer ---- */

static struct xh__mem_row *make_row(struct xh__mem *mem, uint32_t number)
{
    uint32_t place = 0;
    size_t block = block_of(number, &place);
    struct xh__mem_row *rows = atomic_load_explicit(&mem->rows[block], memory_order_relaxed);
    if (rows == NULL) {
        /* Not zeroed: pages are the process' only once rows are in them. */
        rows = xh_realloc(NULL, block_items(block) * sizeof(*rows));
        atomic_store_explicit(&mem->rows[block], rows, memory_order_release);
    }
    return rows + place;
}

static _Atomic uint32_t *make_head(struct xh__mem *mem, uint32_t id)
{
    uint32_t place = 0;
    size_t block = block_of(id, &place);
    _Atomic uint32_t *heads = atomic_load_explicit(&mem->heads[block], memory_order_relaxed);
    if (heads == NULL) {
        heads = xh_alloc(block_items(block) * sizeof(*heads));
        atomic_store_explicit(&mem->heads[block], heads, memory_order_release);
    }
    return heads + place;
}

void xh__mem_stage(struct xh__mem *mem, const struct xh__mem_row *row)
{
    xh_assert(mem->staged < XH__MEM_STAGED_MAX && row->id < XH__SERIES_MAX);
    struct xh__mem_row *slot = make_row(mem, mem->staged);
    _Atomic uint32_t *head = make_head(mem, row->id);
    *slot = *row;
    slot->earlier = atomic_load_explicit(head, memory_order_relaxed) - 1; /* 0 - 1: none */
    mem->staged++;
    atomic_store_explicit(head, mem->staged, memory_order_release);
    if (row->id >= atomic_load_explicit(&mem->id_end, memory_order_relaxed)) {
        atomic_store_explicit(&mem->id_end, row->id + 1, memory_order_release);
    }
}

uint32_t xh__mem_staged(const struct xh__mem *mem)
{
    return mem->staged;
}

void xh__mem_publish(struct xh__mem *mem)
{
    atomic_store_explicit(&mem->visible, mem->staged, memory_order_release);
}

uint32_t xh__mem_lookup(struct xh__mem *mem, uint32_t id, int64_t at_us)
{
    return xh__mem_lookup_find(&mem->lookup, mem, id, at_us);
}

/* ---- any thread ---- */

uint32_t xh__mem_visible(const struct xh__mem *mem)
{
    return atomic_load_explicit(&mem->visible, memory_order_acquire);
}

const struct xh__mem_row *xh__mem_at(const struct xh__mem *mem, uint32_t row)
{
    uint32_t place = 0;
    size_t block = block_of(row, &place);
    return atomic_load_explicit(&mem->rows[block], memory_order_acquire) + place;
}

uint32_t xh__mem_latest(const struct xh__mem *mem, uint32_t id)
{
    uint32_t place = 0;
    size_t block = block_of(id, &place);
    _Atomic uint32_t *heads = atomic_load_explicit(&mem->heads[block], memory_order_acquire);
    return heads == NULL ? XH__ROW_NONE
                         : atomic_load_explicit(&heads[place], memory_order_acquire) - 1;
}

uint32_t xh__mem_find(const struct xh__mem *mem, uint32_t id, int64_t at_us, uint32_t below)
{
    for (uint32_t at = xh__mem_latest(mem, id); at != XH__ROW_NONE;) {
        const struct xh__mem_row *row = xh__mem_at(mem, at);
        if (at < below && row->at_us == at_us) {
            return at;
        }
        if (row->is_in_order && row->at_us < at_us) {
            return XH__ROW_NONE; /* so are all before it */
        }
        at = row->earlier;
    }
    return XH__ROW_NONE;
}

uint32_t xh__mem_id_end(const struct xh__mem *mem)
{
    return atomic_load_explicit(&mem->id_end, memory_order_acquire);
}
