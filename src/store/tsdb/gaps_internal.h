/* gaps_internal.h: spans of time in which a series surely has no reading.
 *
 * A reading later than all its series had before leaves a gap behind it when it comes after more
 * than the usual step: between the latest time before and its own there is nothing, neither in
 * memory nor in a segment. A late reading that falls into a gap it knows of is new without any
 * look-up, which is the usual fate of what comes late: it fills the hole that it left. The gap is
 * then cut in two.
 *
 * A memory, not a truth: it forgets the oldest gaps beyond XH__GAPS_MAX, and all when the store is
 * closed. What it does not know is looked up.
 *
 * Thread: the committer's.
 */
#ifndef XH_STORE_TSDB_GAPS_INTERNAL_H
#define XH_STORE_TSDB_GAPS_INTERNAL_H

#include "base/err.h"

enum { XH__GAPS_MAX = 1 << 18 }; /* 8 MiB; made when the first gap opens, grown as needed */

struct xh__gaps;

struct xh__gaps *xh__gaps_create(void); /* empty: takes no memory worth naming */
void xh__gaps_destroy(struct xh__gaps *gaps); /* NULL is fine */

/* Nothing lies between the two, both excluded. */
void xh__gaps_open(struct xh__gaps *gaps, uint32_t id, int64_t from_us, int64_t to_us);
/* True: the series has nothing at this time. The caller puts a reading there: what is left of the
 * gap on either side is kept where it is wider than step_us. */
bool xh__gaps_fill(struct xh__gaps *gaps, uint32_t id, int64_t at_us, int64_t step_us);

#endif
