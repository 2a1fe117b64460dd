/* last.c: the last reading in force, and the nearest to an instant. */
#include "base/arena.h"
#include "store/tsdb/scan_internal.h"

#include <stdlib.h>
#include <string.h>

enum { PLACES_FOR_TWO = 1024 }; /* fewer are found before a second thread has started */

static int told_none(const struct xh_series_key *key, struct xh_err *err)
{
    char text[33];
    xh__series_key_text(key, text);
    return xh_err_set(err, XH_E_NOT_FOUND, "series '%s' has no such reading", text);
}

/* The nearest of one series in [from_us, to_us). */
static int nearest(struct xh_tsdb *db, const struct xh_series_key *key, int64_t from_us,
                   int64_t to_us, int64_t as_known_us, bool is_before, struct xh_reading *ret,
                   struct xh_err *err)
{
    uint32_t id;
    int rc = xh__series_find(db, key, 1, &id, err);
    if (rc < 0) {
        return rc;
    }
    struct xh__snapshot snapshot = {0};
    struct xh__scan_ask ask;
    xh__snapshot_take_series(db, id, &snapshot, &ask);
    ask.from_us = from_us;
    ask.to_us = to_us;
    ask.as_known_us = as_known_us;
    struct xh__scan scan = {0};
    rc = is_before ? xh__scan_before(&scan, db, &snapshot, NULL, &ask, ret, err)
                   : xh__scan_after(&scan, db, &snapshot, NULL, &ask, ret, err);
    xh__scan_finish(&scan);
    xh__snapshot_release(&snapshot);
    if (rc == 0) {
        return told_none(key, err);
    }
    return rc < 0 ? rc : 0;
}

int xh_tsdb_last(struct xh_tsdb *db, const struct xh_series_key *key, struct xh_reading *ret,
                 struct xh_err *err)
{
    return xh_tsdb_before(db, key, XH_TIME_MAX, 0, ret, err);
}

int xh_tsdb_before(struct xh_tsdb *db, const struct xh_series_key *key, int64_t at_us,
                   int64_t as_known_us, struct xh_reading *ret, struct xh_err *err)
{
    int64_t to_us = at_us < XH_TIME_MAX ? at_us + 1 : XH_TIME_MAX + 1; /* at_us may be anything */
    return nearest(db, key, XH_TIME_MIN, to_us, as_known_us, true, ret, err);
}

int xh_tsdb_after(struct xh_tsdb *db, const struct xh_series_key *key, int64_t at_us,
                  int64_t as_known_us, struct xh_reading *ret, struct xh_err *err)
{
    return nearest(db, key, at_us, XH_TIME_MAX + 1, as_known_us, false, ret, err);
}

/* ---- of many ---- */

/* Places in `keys`, by the series' dense number: so that the blocks of an index are read in
 * order. */
struct place {
    uint32_t id, place;
};

static int by_id(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static struct place *sorted_places(const uint32_t *ids, size_t count)
{
    struct place *places = xh_alloc(count * sizeof(*places));
    bool is_sorted = true;
    for (size_t i = 0; i < count; i++) {
        places[i] = (struct place){ids[i], (uint32_t)i};
        is_sorted = is_sorted && (i == 0 || ids[i - 1] <= ids[i]);
    }
    if (!is_sorted) {
        qsort(places, count, sizeof(*places), by_id);
    }
    return places;
}

/* Of a series with amendments, with a snapshot that goes with them. */
static int last_of_amended(struct xh_tsdb *db, uint32_t id, struct xh__scan *scan,
                           struct xh__scan_places *places, struct xh_reading *ret,
                           struct xh_err *err)
{
    struct xh__snapshot snapshot = {0};
    struct xh__scan_ask ask;
    xh__snapshot_take_series(db, id, &snapshot, &ask);
    ask.from_us = XH_TIME_MIN;
    ask.to_us = XH_TIME_MAX + 1;
    int rc = xh__scan_before(scan, db, &snapshot, places, &ask, ret, err);
    xh__snapshot_release(&snapshot);
    return rc;
}

/* Some of the places, in order, for one thread. */
struct half {
    struct xh_tsdb *db;
    const struct xh__snapshot *snapshot;
    const struct place *places;
    size_t from, to;
    struct xh_reading *readings; /* by place */
    int rc;
    struct xh_err err;
};

static void *last_of_half(void *arg)
{
    struct half *half = arg;
    struct xh__scan scan = {0};
    struct xh__scan_places index_places = {0};
    for (size_t i = half->from; half->rc >= 0 && i < half->to; i++) {
        uint32_t id = half->places[i].id;
        struct xh_reading *last = &half->readings[half->places[i].place];
        if ((xh__dict_flags(half->db->dict, id) & XH__SERIES_HAS_AMENDMENTS) != 0) {
            half->rc = last_of_amended(half->db, id, &scan, &index_places, last, &half->err);
            continue;
        }
        struct xh__scan_ask ask;
        xh__scan_ask_series(half->db, id, &ask);
        ask.from_us = XH_TIME_MIN;
        ask.to_us = XH_TIME_MAX + 1;
        half->rc = xh__scan_before(&scan, half->db, half->snapshot, &index_places, &ask, last,
                                   &half->err);
    }
    xh__scan_finish(&scan);
    xh__scan_places_finish(&index_places);
    return NULL;
}

static int last_of_all(struct xh_tsdb *db, const struct place *places, size_t count,
                       struct xh_reading *readings, struct xh_err *err)
{
    struct xh__snapshot snapshot = {0};
    xh__snapshot_take(db, &snapshot);
    struct half lower = {
        .db = db, .snapshot = &snapshot, .places = places, .to = count, .readings = readings};
    struct half upper = lower;
    upper.from = count;
    if (count >= PLACES_FOR_TWO && !db->options.has_no_threads) {
        lower.to = upper.from = count / 2;
        xh__run_halves(last_of_half, &lower, &upper);
    } else {
        (void)last_of_half(&lower);
    }
    xh__snapshot_release(&snapshot);
    const struct half *failed = lower.rc < 0 ? &lower : &upper;
    if (failed->rc < 0 && err != NULL) {
        *err = failed->err;
    }
    return failed->rc < 0 ? failed->rc : 0;
}

int xh_tsdb_last_of(struct xh_tsdb *db, const struct xh_series_key *keys, size_t count,
                    struct xh_reading *ret, struct xh_err *err)
{
    if (count == 0) {
        return 0;
    }
    xh_assert(count <= UINT32_MAX);
    uint32_t *ids = xh_alloc(count * sizeof(*ids));
    int rc = xh__series_find(db, keys, count, ids, err);
    if (rc == 0) {
        struct place *places = sorted_places(ids, count);
        struct xh_reading *readings = xh_alloc(count * sizeof(*readings));
        rc = last_of_all(db, places, count, readings, err);
        if (rc == 0) {
            memcpy(ret, readings, count * sizeof(*readings));
        }
        free(readings);
        free(places);
    }
    free(ids);
    return rc;
}
