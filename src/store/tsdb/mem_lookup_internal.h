/* mem_lookup_internal.h: is there a reading of this series and time in memory?
 *
 * The committer asks it of each late reading of a series that replaces. Nothing is kept for it while
 * readings come in order. The first question makes, over the rows that are here,
 *   a filter   one bit of 8 to 16 a row: most late readings fill a gap, and end here;
 *   an index   from (series, time) to the latest such row, made only when walking from row to row
 *              has cost as many steps as there are rows to enter, so that a file that is sent a second
 *              time does not walk a long series once for each of its readings.
 * Both follow the rows when next asked.
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
    uint64_t walked;                /* steps since the index was last made to follow */
};

uint32_t xh__mem_lookup_find(struct xh__mem_lookup *lookup, const struct xh__mem *mem, uint32_t id,
                             int64_t at_us);
void xh__mem_lookup_finish(struct xh__mem_lookup *lookup);

#endif
