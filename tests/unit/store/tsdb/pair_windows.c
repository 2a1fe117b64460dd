/* Windows and aggregates, compared with what is computed one by one from the oracle's readings. */
#include "pair.h"

#include <float.h>
#include <math.h>

/* Within 4 ulp of the sum of the absolute values that were added. */
static bool is_near(double a, double b, double absolute)
{
    return fabs(a - b) <= 4 * DBL_EPSILON * absolute;
}

static struct xh_reading *read_in_force(struct pair *p, const struct xh_series_key *key,
                                        int64_t as_known_us, size_t *ret_count)
{
    struct xh_tsdb_range range = {.key = *key,
                                  .from_us = XH_TIME_MIN,
                                  .to_us = XH_TIME_MAX + 1,
                                  .as_known_us = as_known_us};
    return pair_oracle_range(p, &range, ret_count);
}

/* ---- windows ---- */

static double absolute_sum(struct pair *p, const struct xh_series_key *key, int64_t from_us,
                           int64_t to_us, int64_t as_known_us)
{
    struct xh_tsdb_range range = {
        .key = *key, .from_us = from_us, .to_us = to_us, .as_known_us = as_known_us};
    size_t count = 0;
    struct xh_reading *readings = pair_oracle_range(p, &range, &count);
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += fabs(readings[i].value);
    }
    free(readings);
    return sum;
}

static void same_window(struct pair *p, const struct xh_tsdb_window *store,
                        const struct xh_tsdb_window *oracle, double absolute)
{
    pair_check_that(p, store->count == oracle->count, "the count of a window");
    pair_check_that(p, store->quality == oracle->quality, "the quality of a window");
    pair_check_that(p, store->sum.count == oracle->sum.count, "the count of a window's sum");
    pair_check_that(p, is_near(xh_sum_value(&store->sum), xh_sum_value(&oracle->sum), absolute),
                    "the sum of a window");
    if (store->count > 0) {
        pair_check_that(p, store->min == oracle->min, "the least of a window");
        pair_check_that(p, store->max == oracle->max, "the greatest of a window");
        pair_check_that(p, pair_is_equal(&store->first, &oracle->first), "the first of a window");
        pair_check_that(p, pair_is_equal(&store->last, &oracle->last), "the last of a window");
    }
}

void pair_windows(struct pair *p, const struct xh_series_key *key, const int64_t *edges_us,
                  size_t window_count, int64_t as_known_us)
{
    struct xh_tsdb_window *store = calloc(2 * window_count + 1, sizeof(*store));
    assert_non_null(store);
    struct xh_tsdb_window *oracle = store + window_count;
    struct xh_err err = {0};
    int rc = xh_tsdb_windows(p->db, key, edges_us, window_count, as_known_us, store, &err);
    int want = xh_oracle_windows(p->oracle, key, edges_us, window_count, as_known_us, oracle, NULL);
    pair_check_that(p, rc == want, rc < 0 ? err.text : "windows that the oracle refuses");
    for (size_t i = 0; i < window_count && rc == 0; i++) {
        same_window(p, &store[i], &oracle[i],
                    absolute_sum(p, key, edges_us[i], edges_us[i + 1], as_known_us));
    }
    free(store);
}

/* ---- aggregates ---- */

/* What is added up for one group and window. */
struct cell {
    uint64_t count;
    struct xh_sum sum, increase, integral;
    double absolute, absolute_increase, absolute_integral;
    double min, max;
    struct xh_reading first, last;
    uint8_t quality;
    int64_t covered_us;
    double *values;
};

static void add_reading(struct cell *cell, const struct xh_reading *r,
                        const struct xh_reading *before)
{
    bool is_least = cell->count == 0 || r->value < cell->min;
    bool is_greatest = cell->count == 0 || r->value > cell->max;
    cell->min = is_least ? r->value : cell->min;
    cell->max = is_greatest ? r->value : cell->max;
    /* Keys come in order of their place, so the first of a time stays and the last of it goes. */
    if (cell->count == 0 || r->at_us < cell->first.at_us) {
        cell->first = *r;
    }
    if (cell->count == 0 || r->at_us >= cell->last.at_us) {
        cell->last = *r;
    }
    cell->quality |= r->quality;
    xh_sum_add(&cell->sum, r->value);
    cell->absolute += fabs(r->value);
    cell->values = realloc(cell->values, (cell->count + 1) * sizeof(double));
    assert_non_null(cell->values);
    cell->values[cell->count++] = r->value;
    if (before != NULL) {
        bool is_anew = r->value < before->value || (r->quality & XH_QUALITY_REPLACED_METER) != 0;
        xh_sum_add(&cell->increase, is_anew ? r->value : r->value - before->value);
        cell->absolute_increase += fabs(r->value) + fabs(before->value);
    }
}

/* The part of the line from a to b that lies in [from, to). */
static void add_line(struct cell *cell, const struct xh_reading *a, const struct xh_reading *b,
                     int64_t from_us, int64_t to_us)
{
    int64_t begin_us = a->at_us > from_us ? a->at_us : from_us;
    int64_t end_us = b->at_us < to_us ? b->at_us : to_us;
    if (begin_us >= end_us) {
        return;
    }
    double whole = (double)(b->at_us - a->at_us), rise = b->value - a->value;
    double begin = a->value + rise * ((double)(begin_us - a->at_us) / whole);
    double end = a->value + rise * ((double)(end_us - a->at_us) / whole);
    double seconds = (double)(end_us - begin_us) / 1e6;
    xh_sum_add(&cell->integral, (begin + end) / 2 * seconds);
    cell->absolute_integral += (fabs(a->value) + fabs(b->value)) * seconds;
    cell->covered_us += end_us - begin_us;
}

static void add_series(struct pair *p, const struct xh_tsdb_question *q, size_t key_index,
                       struct cell *cells)
{
    size_t count = 0;
    struct xh_reading *r = read_in_force(p, &q->keys[key_index], q->as_known_us, &count);
    for (size_t w = 0; w < q->window_count; w++) {
        int64_t from_us = q->edges_us[w], to_us = q->edges_us[w + 1];
        for (size_t i = 0; i < count; i++) {
            if (r[i].at_us >= from_us && r[i].at_us < to_us) {
                add_reading(&cells[w], &r[i], i > 0 ? &r[i - 1] : NULL);
            }
            if (i > 0 && (q->gap_us == 0 || r[i].at_us - r[i - 1].at_us <= q->gap_us)) {
                add_line(&cells[w], &r[i - 1], &r[i], from_us, to_us);
            }
        }
    }
    free(r);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void same_quantile(struct pair *p, double quantile, struct cell *cell, double store)
{
    qsort(cell->values, cell->count, sizeof(double), by_value);
    double place = (double)(cell->count - 1) * quantile;
    size_t below = (size_t)place;
    double low = cell->values[below];
    double high = below + 1 < cell->count ? cell->values[below + 1] : low;
    double want = low + (high - low) * (place - (double)below);
    pair_check_that(p, is_near(store, want, fabs(low) + fabs(high)), "a quantile");
}

static void same_cell(struct pair *p, const struct xh_tsdb_question *q,
                      const struct xh_tsdb_answer *a, struct cell *cell)
{
    unsigned m = q->measures;
    if (m & XH_TSDB_BASICS) {
        pair_check_that(p, a->count == cell->count, "the count of an aggregate");
        pair_check_that(p, a->quality == cell->quality, "the quality of an aggregate");
        pair_check_that(p, is_near(a->sum, xh_sum_value(&cell->sum), cell->absolute),
                        "the sum of an aggregate");
        pair_check_that(p, cell->count == 0 || (a->min == cell->min && a->max == cell->max),
                        "the extremes of an aggregate");
    }
    if ((m & XH_TSDB_ENDS) && cell->count > 0) {
        pair_check_that(p, pair_is_equal(&a->first, &cell->first), "the first of an aggregate");
        pair_check_that(p, pair_is_equal(&a->last, &cell->last), "the last of an aggregate");
    }
    if (m & XH_TSDB_INCREASE) {
        pair_check_that(p, is_near(a->increase, xh_sum_value(&cell->increase),
                                   cell->absolute_increase),
                        "an increase");
    }
    if (m & XH_TSDB_INTEGRAL) {
        pair_check_that(p, a->covered_us == cell->covered_us, "the time under an integral");
        pair_check_that(p, is_near(a->integral, xh_sum_value(&cell->integral),
                                   cell->absolute_integral),
                        "an integral");
    }
    if ((m & XH_TSDB_QUANTILE) && cell->count > 0) {
        same_quantile(p, q->quantile, cell, a->quantile);
    }
}

void pair_aggregate(struct pair *p, const struct xh_tsdb_question *question)
{
    size_t groups = question->group_count > 0 ? question->group_count : 1;
    size_t cell_count = groups * question->window_count;
    struct xh_tsdb_answer *answers = calloc(cell_count + 1, sizeof(*answers));
    struct cell *cells = calloc(cell_count + 1, sizeof(*cells));
    assert_non_null(answers);
    assert_non_null(cells);
    struct xh_err err = {0};
    int rc = xh_tsdb_aggregate(p->db, question, answers, &err);
    pair_check_that(p, rc == 0, err.text);
    for (size_t i = 0; i < question->key_count; i++) {
        size_t group = question->group_of != NULL ? question->group_of[i] : 0;
        add_series(p, question, i, cells + group * question->window_count);
    }
    for (size_t i = 0; i < cell_count; i++) {
        same_cell(p, question, &answers[i], &cells[i]);
        free(cells[i].values);
    }
    free(cells);
    free(answers);
}
