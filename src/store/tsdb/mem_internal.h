/* mem_internal.h: readings that are in the log and not yet in a segment.
 *
 * Rows in the order of acceptance, in blocks that never move, each linked to the earlier row of its
 * series; for each series only the place of its latest row (4 bytes, in blocks made when touched).
 * No slot per series, no sorting on the way in: that is the flush's work.
 *
 * Visibility. The committer stages rows, syncs the log, then raises `visible`: readers walk from a
 * series' latest row and skip rows at or above the number that they saw when they began. Rows below
 * it never change. A memory that is frozen gets no more rows.
 *
 * Threads: stage, publish by the committer; the rest by any thread that holds a reference.
 */
#ifndef XH_STORE_TSDB_MEM_INTERNAL_H
#define XH_STORE_TSDB_MEM_INTERNAL_H

#include "store/tsdb/dict_internal.h"

#define XH__ROW_NONE UINT32_MAX
enum { XH__MEM_STAGED_MAX = 1 << 30 }; /* rows of one memory */

struct xh__mem_row {
    int64_t at_us, arrival_us;
    double value;
    uint32_t id;
    uint32_t earlier;    /* the row of the same series before it, or XH__ROW_NONE */
    uint64_t seq : 40;
    uint64_t quality : 8;
    uint64_t decimals : 6;      /* + 1: 0 is XH_NUM_DECIMALS_SHORTEST */
    uint64_t is_in_order : 1;   /* later than all readings that its series had before */
};
_Static_assert(sizeof(struct xh__mem_row) == 40, "a row is 40 bytes");

struct xh__mem;

struct xh__mem *xh__mem_create(uint64_t wal_first); /* the first log record whose rows it holds */
void xh__mem_ref(struct xh__mem *mem);
void xh__mem_unref(struct xh__mem *mem); /* NULL is fine; the last one frees */
uint64_t xh__mem_wal_first(const struct xh__mem *mem);

/* The committer. `row` is copied, its `earlier` is filled in. Not visible until published. */
void xh__mem_stage(struct xh__mem *mem, const struct xh__mem_row *row);
uint32_t xh__mem_staged(const struct xh__mem *mem);
void xh__mem_publish(struct xh__mem *mem);

uint32_t xh__mem_visible(const struct xh__mem *mem);
const struct xh__mem_row *xh__mem_at(const struct xh__mem *mem, uint32_t row);
/* The latest row of a series, also one that is only staged; XH__ROW_NONE. */
uint32_t xh__mem_latest(const struct xh__mem *mem, uint32_t id);
/* The row of (series, time) with the highest seq below row `below`, or XH__ROW_NONE: walks from the
 * latest row back, and stops at one in order that is earlier. */
uint32_t xh__mem_find(const struct xh__mem *mem, uint32_t id, int64_t at_us, uint32_t below);
/* The committer's own way to the latest row of (series, time), staged ones too: answers late
 * readings in constant time on the average, whatever their time (mem_lookup_internal.h). */
uint32_t xh__mem_lookup(struct xh__mem *mem, uint32_t id, int64_t at_us);
/* Series numbers that have rows are below this. */
uint32_t xh__mem_id_end(const struct xh__mem *mem);

#endif
