/* amend_internal.h: what was said of readings afterwards: retractions and erasures, by series.
 *
 * Few series have any, so they are kept beside: a map from the dense number to two lists, newest
 * first, whose nodes never change and live until the store is closed. A reader keeps the head of
 * the retractions that it saw; erasures it asks for anew each time, since they count at once.
 * Durable in the manifest; here is what it says, in memory.
 *
 * Threads: add by one thread at a time; everything else by any.
 */
#ifndef XH_STORE_TSDB_AMEND_INTERNAL_H
#define XH_STORE_TSDB_AMEND_INTERNAL_H

#include "store/tsdb/manifest_internal.h"

struct xh__amend;

struct xh__amend_retraction {
    uint64_t seq_from, seq_to;
    int64_t at_us;
    const struct xh__amend_retraction *next;
};
struct xh__amend_erasure {
    struct xh__manifest_erasure what;
    const struct xh__amend_erasure *next;
};

struct xh__amend *xh__amend_create(void);
void xh__amend_destroy(struct xh__amend *amend);
void xh__amend_add_retraction(struct xh__amend *amend, const struct xh__manifest_retraction *what);
void xh__amend_add_erasure(struct xh__amend *amend, const struct xh__manifest_erasure *what);
/* Erasures that are done: their readings are in no segment of the newest view any more. They stay
 * in their series' list, without a number, for cursors that still hold an older view. */
void xh__amend_erasures_done(struct xh__amend *amend, const uint64_t *numbers, size_t count);

/* NULL: none. Ask only when the dictionary's flag XH__SERIES_HAS_AMENDMENTS is set. */
const struct xh__amend_retraction *xh__amend_retractions(const struct xh__amend *amend,
                                                         uint32_t id);
const struct xh__amend_erasure *xh__amend_erasures(const struct xh__amend *amend, uint32_t id);
bool xh__amend_is_erased(const struct xh__amend_erasure *erasures, int64_t at_us, uint64_t seq);
/* Erasures not done, in no order; in arena. */
void xh__amend_open_erasures(const struct xh__amend *amend, struct xh_arena *arena,
                             struct xh__manifest_erasure **ret, size_t *ret_count);
/* How many readings the erasures that are not done hit, and how many erasures those are. */
uint64_t xh__amend_erased_rows(const struct xh__amend *amend, uint64_t *ret_erasure_count);

/* Spans of seqs that are out of force at an instant (as_known_us 0: now), disjoint and
 * ascending. */
struct xh__amend_span {
    uint64_t seq_from, seq_to;
};
struct xh__amend_spans {
    struct xh__amend_span *spans; /* malloc'ed; free with xh__amend_spans_finish */
    size_t count;
};
void xh__amend_spans_make(const struct xh__amend_retraction *retractions, int64_t as_known_us,
                          struct xh__amend_spans *ret);
bool xh__amend_spans_hold(const struct xh__amend_spans *spans, uint64_t seq);
void xh__amend_spans_finish(struct xh__amend_spans *spans);

#endif
