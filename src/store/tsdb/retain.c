/* retain.c: readings that are kept no longer, or only one of each step.
 *
 * Month by month the segments are rewritten without what goes; a month is done or not. Nothing is
 * noted beforehand: repeated after a crash it ends the same. As with a purge the states of the
 * series are put on disk first, so that no number is given twice, and the log goes.
 *
 * Thinning looks at whole steps: one that is not over at before_us stays as it is. Which reading is
 * the last in force of a step is asked of the snapshot before the month is rewritten, also where
 * the step reaches into the next month.
 */
#include "store/tsdb/keep_internal.h"

#include "base/arena.h"

#include <stdlib.h>

struct kept {
    int64_t at_us;
    uint64_t seq;
};

struct retain {
    struct xh_tsdb *db;
    const struct xh_tsdb_retention *ask;
    uint8_t *is_meant;             /* by series: a bit */
    uint32_t series_count;
    struct xh__snapshot snapshot;
    int32_t month;
    const struct xh__amend_erasure *erasures; /* of the series at work */
    struct kept *kept;             /* of this series and month, by (time, seq) */
    size_t kept_count, kept_capacity, kept_at;
    uint64_t left_out;
};

static bool is_meant(const struct retain *retain, uint32_t id)
{
    return id < retain->series_count && (retain->is_meant[id / 8] & (1U << id % 8)) != 0;
}

/* The beginning of the step that holds an instant. */
static int64_t step_of(const struct xh_tsdb_retention *ask, int64_t at_us)
{
    int64_t into = (at_us - ask->offset_us) % ask->step_us;
    return at_us - (into < 0 ? into + ask->step_us : into);
}

/* Readings before this are meant. */
static int64_t limit_us(const struct xh_tsdb_retention *ask)
{
    return ask->step_us == 0 ? ask->before_us : step_of(ask, ask->before_us);
}

/* ---- what stays of a series and month ---- */

static void keep(struct retain *retain, const struct xh_reading *reading)
{
    if (retain->kept_count == retain->kept_capacity) {
        retain->kept_capacity = retain->kept_capacity * 2 + 256;
        retain->kept = xh_realloc(retain->kept, retain->kept_capacity * sizeof(*retain->kept));
    }
    retain->kept[retain->kept_count++] = (struct kept){reading->at_us, reading->seq};
}

static int keep_last_of_steps(struct retain *retain, struct xh__scan *scan, struct xh_err *err)
{
    enum { READINGS = 512 };
    struct xh_reading readings[READINGS];
    struct xh_reading last = {0};
    bool has_last = false;
    ptrdiff_t count;
    while ((count = xh__scan_next(scan, readings, READINGS, err)) > 0) {
        for (ptrdiff_t i = 0; i < count; i++) {
            if (has_last &&
                step_of(retain->ask, last.at_us) != step_of(retain->ask, readings[i].at_us)) {
                keep(retain, &last);
            }
            last = readings[i];
            has_last = true;
        }
    }
    if (has_last && count == 0) {
        keep(retain, &last);
    }
    return (int)count;
}

static int begin_series(void *arg, uint32_t id, struct xh_err *err)
{
    struct retain *retain = arg;
    struct xh_tsdb *db = retain->db;
    if (!is_meant(retain, id)) {
        return 0;
    }
    retain->erasures = xh__amend_erasures(db->amend, id);
    retain->kept_count = retain->kept_at = 0;
    if (retain->ask->step_us == 0) {
        return 1;
    }
    int64_t end_us = step_of(retain->ask, xh__month_begin_us(retain->month + 1) - 1) +
                     retain->ask->step_us;
    struct xh__scan_ask ask = {
        .id = id,
        .from_us = xh__month_begin_us(retain->month),
        .to_us = end_us < limit_us(retain->ask) ? end_us : limit_us(retain->ask),
        .retractions = xh__amend_retractions(db->amend, id),
        .is_keep_all = (xh__dict_flags(db->dict, id) & XH__SERIES_KEEP_ALL) != 0,
    };
    struct xh__scan *scan;
    int rc = xh__scan_open(db, &retain->snapshot, &ask, &scan, err);
    if (rc == 0) {
        rc = keep_last_of_steps(retain, scan, err);
        xh__scan_close(scan);
    }
    return rc < 0 ? rc : 1;
}

static bool is_kept(void *arg, int64_t at_us, uint64_t seq)
{
    struct retain *retain = arg;
    if (at_us >= limit_us(retain->ask)) {
        return true;
    }
    if (xh__amend_is_erased(retain->erasures, at_us, seq)) {
        return true; /* counted by its erasure, which takes it from the disk */
    }
    while (retain->kept_at < retain->kept_count) {
        const struct kept *kept = &retain->kept[retain->kept_at];
        if (kept->at_us > at_us || (kept->at_us == at_us && kept->seq > seq)) {
            return false;
        }
        retain->kept_at++;
        if (kept->at_us == at_us && kept->seq == seq) {
            return true;
        }
    }
    return false;
}

/* ---- months ---- */

static int chunk_is_meant(void *arg, const struct xh__segment *segment,
                          const struct xh__chunk *chunk)
{
    const struct retain *retain = arg;
    (void)segment;
    return is_meant(retain, chunk->id) && chunk->from_us < limit_us(retain->ask);
}

/* 1: one of the segments holds something that may have to go. It is asked of their indexes, so that
 * a month of other series is not written anew each time. */
static int month_is_meant(struct retain *retain, struct xh__segment *const *segments, size_t count,
                          struct xh_err *err)
{
    struct xh__index_place *place = xh_alloc(sizeof(*place));
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = xh__segment_each(segments[i], place, chunk_is_meant, retain, err);
    }
    free(place);
    return rc;
}

/* All segments of one month, [begin, end) of the view. */
static int retain_month(struct retain *retain, size_t begin, size_t end, struct xh_err *err)
{
    struct xh__held_segment **held = retain->snapshot.view->segments + begin;
    struct xh__segment **segments = xh_alloc((end - begin) * sizeof(*segments));
    struct xh__filter filter = {.begin = begin_series, .is_kept = is_kept, .arg = retain};
    struct xh__rewrite rewrite = {
        .segments = segments,
        .count = end - begin,
        .filter = &filter,
    };
    for (size_t i = 0; i < end - begin; i++) {
        segments[i] = held[i]->segment;
        const struct xh__segment_info *info = xh__segment_info(segments[i]);
        retain->month = info->month;
        rewrite.level = info->level > rewrite.level ? info->level : rewrite.level;
    }
    rewrite.is_squeezed = rewrite.level == UINT8_MAX;
    struct xh__segment *made = NULL;
    uint64_t left_out = 0;
    int rc = month_is_meant(retain, segments, end - begin, err);
    if (rc <= 0) {
        free(segments);
        return rc;
    }
    rc = xh__rewrite(retain->db, &rewrite, &made, &left_out, err);
    if (rc == 0 && left_out > 0) {
        rc = xh__rewrite_commit(retain->db, &rewrite, made, err);
        retain->left_out += rc == 0 ? left_out : 0;
    } else if (rc == 0) {
        (void)xh_disk_remove(retain->db->env, xh__segment_path(made), NULL);
        xh__segment_close(made);
    }
    free(segments);
    return rc;
}

static int retain_months(struct retain *retain, struct xh_err *err)
{
    const struct xh__view *view = retain->snapshot.view;
    int rc = 0;
    for (size_t begin = 0, end; rc == 0 && begin < view->segment_count; begin = end) {
        int32_t month = xh__segment_info(view->segments[begin]->segment)->month;
        for (end = begin + 1; end < view->segment_count; end++) {
            if (xh__segment_info(view->segments[end]->segment)->month != month) {
                break;
            }
        }
        if (xh__month_begin_us(month) < limit_us(retain->ask)) {
            rc = retain_month(retain, begin, end, err);
        }
    }
    return rc;
}

/* ---- public ---- */

static int check(const struct xh_tsdb_retention *ask, struct xh_err *err)
{
    if (ask->before_us < XH_TIME_MIN || ask->before_us > XH_TIME_MAX) {
        return xh_err_set(err, XH_E_INVALID,
                          "before is %lld, it must be an instant of the years 1 to 9999",
                          (long long)ask->before_us);
    }
    if (ask->step_us < 0 || ask->step_us > 366 * XH_US_PER_DAY || ask->offset_us < 0 ||
        ask->offset_us > 366 * XH_US_PER_DAY) {
        return xh_err_set(err, XH_E_INVALID,
                          "step is %lld us and offset %lld us, each must lie between 0 and 366 "
                          "days",
                          (long long)ask->step_us, (long long)ask->offset_us);
    }
    return 0;
}

static int mark_series(struct retain *retain, struct xh_err *err)
{
    const struct xh_tsdb_retention *ask = retain->ask;
    uint32_t *ids = xh_alloc((ask->key_count + 1) * sizeof(*ids));
    size_t missing = xh__dict_find(retain->db->dict, ask->keys, ask->key_count, ids);
    retain->series_count = xh__dict_count(retain->db->dict);
    retain->is_meant = xh_alloc(retain->series_count / 8 + 1);
    for (size_t i = 0; missing == 0 && i < ask->key_count; i++) {
        retain->is_meant[ids[i] / 8] |= (uint8_t)(1U << ids[i] % 8);
    }
    free(ids);
    return missing == 0 ? 0
                        : xh_err_set(err, XH_E_NOT_FOUND, "%zu of %zu series were not declared",
                                     missing, ask->key_count);
}

static int retain_held(struct retain *retain, struct xh_err *err)
{
    struct xh_tsdb *db = retain->db;
    int rc = xh__tsdb_check_poison(db, err);
    rc = rc < 0 ? rc : xh__flush_all(db, err);
    rc = rc < 0 ? rc : xh__state_checkpoint(db, true, err);
    if (rc < 0) {
        return rc;
    }
    xh__snapshot_take(db, &retain->snapshot);
    uint64_t wal_low = xh__mem_wal_first(retain->snapshot.view->mems[0]);
    rc = xh__committer_drop_log(db, wal_low, true, err);
    rc = rc < 0 ? rc : retain_months(retain, err);
    xh__snapshot_release(&retain->snapshot);
    return rc;
}

int xh_tsdb_retain(struct xh_tsdb *db, const struct xh_tsdb_retention *retention,
                   uint64_t *ret_count, struct xh_err *err)
{
    struct xh_err own = {0};
    err = err != NULL ? err : &own;
    struct retain retain = {.db = db, .ask = retention};
    int rc = check(retention, err);
    rc = rc < 0 ? rc : mark_series(&retain, err);
    if (rc == 0) {
        (void)pthread_mutex_lock(&db->keeper->merge_lock);
        rc = retain_held(&retain, err);
        (void)pthread_mutex_unlock(&db->keeper->merge_lock);
    }
    free(retain.is_meant);
    free(retain.kept);
    if (rc == 0) {
        *ret_count = retain.left_out;
    }
    return rc;
}
