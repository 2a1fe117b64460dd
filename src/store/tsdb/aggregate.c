/* aggregate.c: a question checked, split between two threads, answered.
 *
 * Series are taken in order of their dense numbers, so that each block of an index is decoded once;
 * the lower half by a thread made for the call, the upper half by the caller's. Each has cells of
 * its own. The split depends on nothing but the question, so the same question gives the same
 * digits.
 */
#include "base/arena.h"
#include "store/tsdb/aggregate_internal.h"

#include <stdlib.h>

enum {
    KEYS_MAX = 1 << 24,
    CELLS_MAX = 1 << 24,
    KEYS_FOR_TWO = 256,        /* fewer are done before a thread has started */
    CELLS_FOR_TWO = 1 << 20    /* more are too much memory to have twice */
};

/* ---- the question ---- */

static size_t groups_of(const struct xh_tsdb_question *question)
{
    return question->group_count > 0 ? question->group_count : 1;
}

static int check_sizes(const struct xh_tsdb_question *question, struct xh_err *err)
{
    if (question->key_count > KEYS_MAX) {
        return xh_err_set(err, XH_E_INVALID, "%zu series in one question, at most %d",
                          question->key_count, KEYS_MAX);
    }
    if (question->window_count > CELLS_MAX ||
        groups_of(question) >
            CELLS_MAX / (question->window_count + (question->window_count == 0))) {
        return xh_err_set(err, XH_E_INVALID, "%zu groups by %zu windows, at most %d cells",
                          groups_of(question), question->window_count, CELLS_MAX);
    }
    return 0;
}

static int check_question(const struct xh_tsdb_question *question, struct xh_err *err)
{
    int rc = check_sizes(question, err);
    if (rc < 0) {
        return rc;
    }
    for (size_t i = 0; i < question->window_count; i++) {
        if (question->edges_us[i] > question->edges_us[i + 1]) {
            return xh_err_set(err, XH_E_INVALID, "window %zu ends before it begins", i);
        }
    }
    for (size_t i = 0; question->group_of != NULL && i < question->key_count; i++) {
        if (question->group_of[i] >= groups_of(question)) {
            return xh_err_set(err, XH_E_INVALID, "series %zu is of group %u, there are %zu", i,
                              (unsigned)question->group_of[i], groups_of(question));
        }
    }
    if ((question->measures & XH_TSDB_QUANTILE) != 0 &&
        !(question->quantile >= 0 && question->quantile <= 1)) {
        return xh_err_set(err, XH_E_INVALID, "quantile %g is not 0 to 1", question->quantile);
    }
    if (question->gap_us < 0) {
        return xh_err_set(err, XH_E_INVALID, "gap of %lld us is below 0",
                          (long long)question->gap_us);
    }
    return 0;
}

/* ---- the series in order ---- */

struct entry {
    uint32_t id, place; /* in the question's keys */
};

static int by_id(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->id != y->id) {
        return x->id < y->id ? -1 : 1;
    }
    return (x->place > y->place) - (x->place < y->place);
}

static int find_entries(struct xh_tsdb *db, const struct xh_tsdb_question *question,
                        struct entry **ret, struct xh_err *err)
{
    size_t count = question->key_count;
    uint32_t *ids = xh_alloc(count * sizeof(*ids));
    int rc = xh__series_find(db, question->keys, count, ids, err);
    if (rc == 0) {
        struct entry *entries = xh_alloc(count * sizeof(*entries));
        bool is_sorted = true;
        for (size_t i = 0; i < count; i++) {
            entries[i] = (struct entry){ids[i], (uint32_t)i};
            is_sorted = is_sorted && (i == 0 || ids[i - 1] <= ids[i]);
        }
        if (!is_sorted) {
            qsort(entries, count, sizeof(*entries), by_id);
        }
        *ret = entries;
    }
    free(ids);
    return rc;
}

/* ---- work ---- */

struct work {
    struct xh_tsdb *db;
    const struct xh_tsdb_question *question;
    struct xh__snapshot snapshot;
    struct entry *entries;
    atomic_size_t values_left;
    atomic_bool is_stopping;  /* one half failed: the other need not go on */
};
struct half {
    struct work *work;
    size_t from, to;          /* of the entries */
    struct xh__cells cells;
    int rc;
    struct xh_err err;
};

static int walk_half(struct half *half, struct xh__walker *walker)
{
    struct work *work = half->work;
    const struct xh_tsdb_question *question = work->question;
    for (size_t i = half->from; i < half->to; i++) {
        if (atomic_load_explicit(&work->is_stopping, memory_order_relaxed)) {
            return 0;
        }
        if (question->is_cancelled != NULL && question->is_cancelled(question->arg)) {
            return xh_err_set(&half->err, XH_E_CANCELLED, "the question was cancelled");
        }
        const struct entry *entry = &work->entries[i];
        size_t group = question->group_of != NULL ? question->group_of[entry->place] : 0;
        int rc = xh__walker_series(walker, entry->id, entry->place, group * question->window_count,
                                   &half->err);
        if (rc < 0) {
            return rc;
        }
    }
    return 0;
}

static void *run_half(void *arg)
{
    struct half *half = arg;
    const struct xh_tsdb_question *question = half->work->question;
    struct xh__walker *walker = xh_alloc(sizeof(*walker));
    walker->db = half->work->db;
    walker->shared = &half->work->snapshot;
    walker->edges_us = question->edges_us;
    walker->window_count = question->window_count;
    walker->as_known_us = question->as_known_us;
    walker->gap_us = question->gap_us;
    walker->measures = question->measures;
    walker->values_left = &half->work->values_left;
    xh__cells_init(&walker->cells, groups_of(question) * question->window_count,
                   question->measures);
    half->rc = walk_half(half, walker);
    if (half->rc < 0) {
        atomic_store(&half->work->is_stopping, true);
    }
    half->cells = walker->cells;
    walker->cells = (struct xh__cells){0};
    xh__walker_finish(walker);
    free(walker);
    return NULL;
}

static int run(struct work *work, struct xh__cells *ret, struct xh_err *err)
{
    size_t count = work->question->key_count;
    bool is_two = !work->db->options.has_no_threads && count >= KEYS_FOR_TWO &&
                  groups_of(work->question) * work->question->window_count <= CELLS_FOR_TWO;
    struct half lower = {.work = work, .to = is_two ? count / 2 : count};
    struct half upper = {.work = work, .from = lower.to, .to = count};
    if (is_two) {
        xh__run_halves(run_half, &lower, &upper);
    } else {
        run_half(&lower);
    }
    const struct half *failed = lower.rc < 0 ? &lower : upper.rc < 0 ? &upper : NULL;
    if (failed != NULL) {
        if (err != NULL) {
            *err = failed->err;
        }
        xh__cells_finish(&lower.cells);
        xh__cells_finish(&upper.cells);
        return failed->rc;
    }
    if (is_two) {
        xh__cells_merge(&lower.cells, &upper.cells);
        xh__cells_finish(&upper.cells);
    }
    *ret = lower.cells;
    return 0;
}

int xh__aggregate(struct xh_tsdb *db, const struct xh_tsdb_question *question,
                  struct xh__cells *ret, struct xh_err *err)
{
    int rc = check_question(question, err);
    if (rc < 0) {
        return rc;
    }
    if (question->key_count == 0 || question->window_count == 0) {
        xh__cells_init(ret, groups_of(question) * question->window_count, question->measures);
        return 0;
    }
    struct work work = {.db = db, .question = question};
    atomic_init(&work.values_left, XH__QUANTILE_VALUES_MAX);
    atomic_init(&work.is_stopping, false);
    rc = find_entries(db, question, &work.entries, err);
    if (rc < 0) {
        return rc;
    }
    xh__snapshot_take(db, &work.snapshot);
    rc = run(&work, ret, err);
    xh__snapshot_release(&work.snapshot);
    free(work.entries);
    return rc;
}

int xh_tsdb_aggregate(struct xh_tsdb *db, const struct xh_tsdb_question *question,
                      struct xh_tsdb_answer *ret, struct xh_err *err)
{
    struct xh__cells cells = {0};
    int rc = xh__aggregate(db, question, &cells, err);
    for (size_t i = 0; rc == 0 && i < cells.count; i++) {
        xh__cells_answer(&cells, i, question->quantile, &ret[i]);
    }
    xh__cells_finish(&cells);
    return rc;
}
