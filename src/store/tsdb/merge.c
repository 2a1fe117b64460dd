/* merge.c: which segments become one, and when; purge.
 *
 * Each flush leaves a segment in each month that it touched. Within a month `merge_count` segments
 * of one level become one of the next, so a reading is rewritten about log(rows of the month / rows
 * of a flush) times and a month has few segments at any time. A month that is long past and quiet
 * becomes one cold segment, squeezed. What still comes for a cold month is merged among itself
 * until it is an eighth of the whole: a stream of late readings does not rewrite history each day.
 *
 * Not merged: more than MERGE_ROWS_MAX rows, which would keep a disk busy for minutes to gain
 * nothing.
 */
#include "store/tsdb/keep_internal.h"

#include "base/arena.h"

#include <stdlib.h>

#define MERGE_ROWS_MAX (UINT64_C(1) << 31)

enum {
    LEVEL_COLD = 255,
    LEVEL_MAX = 200,
    COLD_SHARE = 8,
    QUIET_US = 60 * 1000 * 1000
};

/* Segments of one month, chosen to be merged. */
struct choice {
    struct xh__segment **segments; /* room for all of the view */
    size_t count;
    uint64_t row_count;
    uint8_t level;                 /* of the result */
    bool is_squeezed;
};

static const struct xh__segment_info *info_at(const struct xh__view *view, size_t at)
{
    return xh__segment_info(view->segments[at]->segment);
}

static void choose(struct choice *choice, const struct xh__view *view, size_t at)
{
    choice->segments[choice->count++] = view->segments[at]->segment;
    choice->row_count += info_at(view, at)->row_count;
}

/* ---- what is due ---- */

/* merge_count segments of one level among [begin, end), the lowest level first. */
static bool choose_level(const struct xh_tsdb *db, const struct xh__view *view, size_t begin,
                         size_t end, struct choice *choice)
{
    size_t counts[LEVEL_MAX + 1] = {0};
    for (size_t i = begin; i < end; i++) {
        uint8_t level = info_at(view, i)->level;
        if (level < LEVEL_MAX) {
            counts[level]++;
        }
    }
    for (size_t level = 0; level < LEVEL_MAX; level++) {
        if (counts[level] < db->options.merge_count) {
            continue;
        }
        choice->count = 0;
        choice->row_count = 0;
        for (size_t i = begin; i < end; i++) {
            if (info_at(view, i)->level == level) {
                choose(choice, view, i);
            }
        }
        choice->level = (uint8_t)(level + 1);
        if (choice->row_count <= MERGE_ROWS_MAX) {
            return true;
        }
    }
    return false;
}

static bool choose_all(const struct xh__view *view, size_t begin, size_t end, uint8_t level,
                       struct choice *choice)
{
    choice->count = 0;
    choice->row_count = 0;
    for (size_t i = begin; i < end; i++) {
        choose(choice, view, i);
    }
    choice->level = level;
    choice->is_squeezed = level == LEVEL_COLD;
    return choice->row_count <= MERGE_ROWS_MAX;
}

/* Is the month past, quiet, and not yet cold, or has enough come since it became so? */
static bool is_cold_due(const struct xh_tsdb *db, const struct xh__view *view, size_t begin,
                        size_t end)
{
    int64_t end_us = xh__month_begin_us(info_at(view, begin)->month + 1);
    int64_t quiet_us = xh_env_monotonic_us(db->env) - db->keeper->last_flush_us;
    if (end_us + db->options.cold_after_us > xh_env_now_us(db->env) || quiet_us < QUIET_US) {
        return false;
    }
    uint64_t cold = 0, other = 0;
    for (size_t i = begin; i < end; i++) {
        const struct xh__segment_info *info = info_at(view, i);
        if (info->level == LEVEL_COLD) {
            cold += info->row_count;
        } else {
            other += info->row_count;
        }
    }
    return other > 0 && other >= cold / COLD_SHARE;
}

static bool choose_month(const struct xh_tsdb *db, const struct xh__view *view, size_t begin,
                         size_t end, bool is_all, struct choice *choice)
{
    bool is_cold = is_cold_due(db, view, begin, end);
    if (is_cold || (is_all && end - begin > 1)) {
        uint8_t level = is_cold || info_at(view, begin)->level == LEVEL_COLD ? LEVEL_COLD
                                                                             : LEVEL_MAX;
        if (choose_all(view, begin, end, level, choice)) {
            return true;
        }
    }
    choice->is_squeezed = false;
    return choose_level(db, view, begin, end, choice);
}

static bool find_due(const struct xh_tsdb *db, const struct xh__view *view, bool is_all,
                     struct choice *choice)
{
    for (size_t begin = 0, end; begin < view->segment_count; begin = end) {
        end = begin + 1;
        while (end < view->segment_count &&
               info_at(view, end)->month == info_at(view, begin)->month) {
            end++;
        }
        if (choose_month(db, view, begin, end, is_all, choice)) {
            return true;
        }
    }
    return false;
}

/* ---- doing it ---- */

int xh__merge_step(struct xh_tsdb *db, bool is_all, struct xh_err *err)
{
    struct xh__snapshot snapshot;
    struct xh__segment *made = NULL;
    uint64_t left_out = 0;
    (void)pthread_mutex_lock(&db->keeper->merge_lock);
    xh__snapshot_take(db, &snapshot);
    struct choice choice = {
        .segments = xh_alloc((snapshot.view->segment_count + 1) * sizeof(*choice.segments)),
    };
    int rc = xh__tsdb_check_poison(db, err);
    if (rc == 0 && find_due(db, snapshot.view, is_all, &choice)) {
        struct xh__rewrite rewrite = {
            .segments = choice.segments,
            .count = choice.count,
            .level = choice.level,
            .is_squeezed = choice.is_squeezed,
        };
        rc = xh__rewrite(db, &rewrite, &made, &left_out, err);
        rc = rc < 0 ? rc : xh__rewrite_commit(db, &rewrite, made, err);
        rc = rc < 0 ? rc : 1;
    }
    free(choice.segments);
    xh__snapshot_release(&snapshot);
    (void)pthread_mutex_unlock(&db->keeper->merge_lock);
    return rc;
}
