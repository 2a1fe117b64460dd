/* mem_lookup_internal.h: is there a reading of this series and time in memory?
 *
 * The committer asks it of each late reading of a series that replaces. Nothing is kept for it
 * while readings come in order. A question walks from the series' latest row back, and ends at one
 * in order that is earlier: for readings a little late this is all. When walking has cost as much
 * as making them would, there are also
 *   a filter   one bit of 8 to 16 a row: most late readings fill a gap, and end here;
 *   an index   from (series, time) to the latest such row, so that a file that is sent a second
 *              time does not walk a long series once for each of its readings.
 * Each holds the rows below a mark, which follows when walking has cost as much again.
 *
 * Thread: the committer's.
 */
#ifndef XH_STORE_TSDB_MEM_LOOKUP_INTERNAL_H
#define XH_STORE_TSDB_MEM_LOOKUP_INTERNAL_H

#include "store/tsdb/mem_internal.h"

struct xh__mem_lookup {
    uint64_t *bits;
    uint32_t bits_log2, filtered;   /* rows below are in the filter */
    uint32_t *slots;                /* row + 1; 0: free */
    uint32_t slots_log2, indexed;   /* rows below are in the index */
    uint64_t walked_to_filter, walked_to_index; /* steps since they were made to follow */
};

uint32_t xh__mem_lookup_find(struct xh__mem_lookup *lookup, const struct xh__mem *mem, uint32_t id,
                             int64_t at_us);
void xh__mem_lookup_finish(struct xh__mem_lookup *lookup);

#endif
