/* manifest_parts_internal.h: edits as bytes, and what they come to.
 *
 *   manifest_body.c   an edit as the body of a frame, and the body read back
 *   manifest_sum.c    edits added up
 *   manifest.c        the open manifest
 */
#ifndef XH_STORE_TSDB_MANIFEST_PARTS_INTERNAL_H
#define XH_STORE_TSDB_MANIFEST_PARTS_INTERNAL_H

#include "store/tsdb/frames_internal.h"
#include "store/tsdb/manifest_internal.h"

enum xh__manifest_mark {
    XH__MARK_WAL_LOW = 1,
    XH__MARK_FLUSH_NEXT = 2,
    XH__MARK_STATE_NUMBER = 3,
    XH__MARK_STATE_FLUSH = 4,
    XH__MARK_SERIES_COUNT = 5,
    XH__MARK_FILE_NEXT = 6,
    XH__MARK_ERASURE_NEXT = 7, /* where the last erasure that said so is no longer in the file */
    XH__MARK_COUNT = 8
};

/* All that the frames read so far say. Zeroed is empty. */
struct xh__manifest_sum {
    struct xh__manifest_segment *added;
    uint64_t *removed;
    struct xh__manifest_retraction *retractions;
    struct xh__manifest_erasure *erasures;
    uint64_t *erasures_done;
    size_t added_count, removed_count, retraction_count, erasure_count, erasure_done_count;
    size_t added_capacity, removed_capacity, retraction_capacity, erasure_capacity,
        erasure_done_capacity;
    uint64_t marks[XH__MARK_COUNT];
};
void xh__manifest_sum_finish(struct xh__manifest_sum *sum);
/* Copies into arena what is left when what was removed and done is taken away; `frames` names the
 * place in an error. */
int xh__manifest_sum_make(struct xh__manifest_sum *sum, struct xh_arena *arena,
                          const struct xh__frames *frames, struct xh__manifest_all *ret,
                          struct xh_err *err);

/* Room for the body of an edit. */
size_t xh__manifest_body_bound(const struct xh__manifest_edit *edit);
/* erasure_next: 0: not told. Returns the bytes written, 0 when the edit says nothing. */
size_t xh__manifest_body_encode(const struct xh__manifest_edit *edit, uint64_t erasure_next,
                                uint8_t *out);
/* Adds the frame just read. XH_E_CORRUPT; XH_E_SCHEMA for what a newer program wrote. */
int xh__manifest_body_decode(const struct xh__frames *frames, struct xh__manifest_sum *sum,
                             struct xh_err *err);
/* Bytes of a file that says no more than this. */
uint64_t xh__manifest_alive_bytes(size_t segments, size_t retractions, size_t erasures);

#endif
