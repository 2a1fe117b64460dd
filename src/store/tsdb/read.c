/* read.c: cursors, and one reading by its number.
 *
 * A cursor holds its snapshot until it is closed: segments that were merged meanwhile stay mapped
 * for it.
 */
#include "base/arena.h"
#include "store/tsdb/scan_internal.h"

#include <stdlib.h>

struct xh_tsdb_cursor {
    struct xh__snapshot snapshot;
    struct xh__scan scan;
    uint64_t left; /* of the limit */
};

int xh_tsdb_read(struct xh_tsdb *db, const struct xh_tsdb_range *range, struct xh_tsdb_cursor **ret,
                 struct xh_err *err)
{
    uint32_t id;
    int rc = xh__series_find(db, &range->key, 1, &id, err);
    if (rc < 0) {
        return rc;
    }
    struct xh_tsdb_cursor *cursor = xh_alloc(sizeof(*cursor));
    struct xh__scan_ask ask;
    xh__snapshot_take_series(db, id, &cursor->snapshot, &ask);
    ask.from_us = range->from_us;
    ask.to_us = range->to_us;
    ask.as_known_us = range->as_known_us;
    ask.is_backwards = range->is_backwards;
    ask.with_corrected = range->with_corrected;
    cursor->left = range->limit != 0 ? range->limit : UINT64_MAX;
    rc = xh__scan_start(&cursor->scan, db, &cursor->snapshot, NULL, &ask, err);
    if (rc < 0) {
        xh_tsdb_cursor_close(cursor);
        return rc;
    }
    *ret = cursor;
    return 0;
}

ptrdiff_t xh_tsdb_next(struct xh_tsdb_cursor *cursor, struct xh_reading *readings, size_t capacity,
                       struct xh_err *err)
{
    size_t wanted = cursor->left < capacity ? (size_t)cursor->left : capacity;
    ptrdiff_t count = xh__scan_next(&cursor->scan, readings, wanted, err);
    if (count > 0) {
        cursor->left -= (size_t)count;
    }
    return count;
}

void xh_tsdb_cursor_close(struct xh_tsdb_cursor *cursor)
{
    if (cursor == NULL) {
        return;
    }
    xh__scan_finish(&cursor->scan);
    xh__snapshot_release(&cursor->snapshot);
    free(cursor);
}

/* ---- by number ---- */

/* Walks through the readings of one time to the one of that number. 1: found; 0: none. */
static int find_seq(struct xh_tsdb *db, const struct xh__snapshot *snapshot,
                    const struct xh__scan_ask *ask, uint64_t seq, struct xh_reading *ret,
                    struct xh_err *err)
{
    struct xh__scan scan = {0};
    struct xh_reading reading = {0};
    ptrdiff_t rc = xh__scan_start(&scan, db, snapshot, NULL, ask, err);
    while (rc >= 0 && (rc = xh__scan_next(&scan, &reading, 1, err)) > 0 && reading.seq != seq) {
    }
    xh__scan_finish(&scan);
    if (rc > 0) {
        *ret = reading;
    }
    return (int)rc;
}

int xh_tsdb_get(struct xh_tsdb *db, const struct xh_series_key *key, uint64_t seq,
                struct xh_reading *ret, struct xh_err *err)
{
    uint32_t id;
    int rc = xh__series_find(db, key, 1, &id, err);
    if (rc < 0) {
        return rc;
    }
    struct xh__snapshot snapshot = {0};
    struct xh__scan_ask ask;
    xh__snapshot_take_series(db, id, &snapshot, &ask);
    rc = xh__scan_time_of(&snapshot, id, seq, &ask.from_us, err);
    if (rc > 0) {
        ask.to_us = ask.from_us + 1;
        ask.with_corrected = true;
        rc = find_seq(db, &snapshot, &ask, seq, ret, err);
    }
    xh__snapshot_release(&snapshot);
    if (rc == 0) {
        char text[33];
        xh__series_key_text(key, text);
        return xh_err_set(err, XH_E_NOT_FOUND, "series '%s' has no reading %llu", text,
                          (unsigned long long)seq);
    }
    return rc < 0 ? rc : 0;
}
