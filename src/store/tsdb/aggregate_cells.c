/* aggregate_cells.c: what is added up for each group and window. */
#include "base/arena.h"
#include "store/tsdb/aggregate_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void *array(bool is_wanted, size_t count, size_t item_bytes)
{
    return is_wanted ? xh_alloc(count * item_bytes) : NULL;
}

void xh__cells_init(struct xh__cells *cells, size_t count, unsigned measures)
{
    cells->count = count;
    cells->basics = array(true, count, sizeof(*cells->basics));
    cells->ends = array((measures & XH_TSDB_ENDS) != 0, count, sizeof(*cells->ends));
    cells->increases = array((measures & XH_TSDB_INCREASE) != 0, count, sizeof(*cells->increases));
    cells->integrals = array((measures & XH_TSDB_INTEGRAL) != 0, count, sizeof(*cells->integrals));
    cells->values = array((measures & XH_TSDB_QUANTILE) != 0, count, sizeof(*cells->values));
}

void xh__cells_finish(struct xh__cells *cells)
{
    for (size_t i = 0; cells->values != NULL && i < cells->count; i++) {
        free(cells->values[i].values);
    }
    free(cells->basics);
    free(cells->ends);
    free(cells->increases);
    free(cells->integrals);
    free(cells->values);
    *cells = (struct xh__cells){0};
}

/* ---- adding ---- */

void xh__cell_add(struct xh__cell *cell, const struct xh_sum *sum, double min, double max,
                  uint8_t quality)
{
    bool is_empty = cell->sum.count == 0;
    cell->min = is_empty || min < cell->min ? min : cell->min;
    cell->max = is_empty || max > cell->max ? max : cell->max;
    cell->quality |= quality;
    xh_sum_merge(&cell->sum, sum);
}

void xh__cell_values_add(struct xh__cell_values *cell, const double *values, size_t count)
{
    if (count == 0) {
        return;
    }
    if (count > cell->capacity - cell->count) {
        size_t need = cell->count + count, twice = 2 * cell->capacity;
        cell->capacity = need > twice ? need : twice;
        cell->values = xh_realloc(cell->values, cell->capacity * sizeof(*cell->values));
    }
    memcpy(cell->values + cell->count, values, count * sizeof(*values));
    cell->count += count;
}

bool xh__cell_is_first(const struct xh__cell_ends *ends, int64_t at_us, uint32_t place)
{
    return ends->first.seq == 0 || at_us < ends->first.at_us ||
           (at_us == ends->first.at_us && place < ends->first_place);
}

bool xh__cell_is_last(const struct xh__cell_ends *ends, int64_t at_us, uint32_t place)
{
    return ends->last.seq == 0 || at_us > ends->last.at_us ||
           (at_us == ends->last.at_us && place >= ends->last_place);
}

static void merge_ends(struct xh__cell_ends *into, const struct xh__cell_ends *other)
{
    if (other->first.seq != 0 && xh__cell_is_first(into, other->first.at_us, other->first_place)) {
        into->first = other->first;
        into->first_place = other->first_place;
    }
    if (other->last.seq != 0 && xh__cell_is_last(into, other->last.at_us, other->last_place)) {
        into->last = other->last;
        into->last_place = other->last_place;
    }
}

void xh__cells_merge(struct xh__cells *into, const struct xh__cells *other)
{
    for (size_t i = 0; i < into->count; i++) {
        const struct xh__cell *cell = &other->basics[i];
        if (cell->sum.count > 0) {
            xh__cell_add(&into->basics[i], &cell->sum, cell->min, cell->max, cell->quality);
        }
        if (into->ends != NULL) {
            merge_ends(&into->ends[i], &other->ends[i]);
        }
        if (into->increases != NULL) {
            xh_sum_merge(&into->increases[i], &other->increases[i]);
        }
        if (into->integrals != NULL) {
            xh_sum_merge(&into->integrals[i].area, &other->integrals[i].area);
            into->integrals[i].covered_us += other->integrals[i].covered_us;
        }
        if (into->values != NULL) {
            xh__cell_values_add(&into->values[i], other->values[i].values, other->values[i].count);
        }
    }
}

/* ---- answers ---- */

static void swap(double *a, double *b)
{
    double copy = *a;
    *a = *b;
    *b = copy;
}

/* Moves the value that belongs at `nth` there, smaller ones before it, larger ones behind it.
 * C. A. R. Hoare, "Algorithm 65: Find", Communications of the ACM 4 (1961); the middle of three as
 * the pivot. */
static void select_nth(double *values, size_t count, size_t nth)
{
    size_t low = 0, high = count - 1;
    while (low < high) {
        double *first = &values[low], *middle = &values[low + (high - low) / 2],
               *last = &values[high];
        if (*middle < *first) {
            swap(middle, first);
        }
        if (*last < *first) {
            swap(last, first);
        }
        if (*last < *middle) {
            swap(last, middle);
        }
        double pivot = *middle;
        size_t i = low, j = high;
        for (;;) {
            while (values[i] < pivot) {
                i++;
            }
            while (pivot < values[j]) {
                j--;
            }
            if (i >= j) {
                break;
            }
            swap(&values[i++], &values[j--]);
        }
        if (nth <= j) {
            high = j;
        } else {
            low = j + 1;
        }
    }
}

/* R. J. Hyndman, Y. Fan, "Sample quantiles in statistical packages", The American Statistician 50
 * (1996), definition 7. */
static double quantile_of(struct xh__cell_values *cell, double quantile)
{
    if (cell->count == 0) {
        return 0;
    }
    double place = (double)(cell->count - 1) * quantile;
    size_t below = (size_t)floor(place);
    select_nth(cell->values, cell->count, below);
    double low = cell->values[below];
    if (place <= (double)below) { /* the largest of all, too */
        return low;
    }
    double high = cell->values[below + 1];
    for (size_t i = below + 2; i < cell->count; i++) {
        high = cell->values[i] < high ? cell->values[i] : high;
    }
    return low + (place - (double)below) * (high - low);
}

void xh__cells_answer(struct xh__cells *cells, size_t cell, double quantile,
                      struct xh_tsdb_answer *ret)
{
    const struct xh__cell *basics = &cells->basics[cell];
    *ret = (struct xh_tsdb_answer){.count = basics->sum.count,
                                   .sum = xh_sum_value(&basics->sum),
                                   .min = basics->min,
                                   .max = basics->max,
                                   .quality = basics->quality};
    if (cells->ends != NULL) {
        ret->first = cells->ends[cell].first;
        ret->last = cells->ends[cell].last;
    }
    if (cells->increases != NULL) {
        ret->increase = xh_sum_value(&cells->increases[cell]);
    }
    if (cells->integrals != NULL) {
        ret->integral = xh_sum_value(&cells->integrals[cell].area);
        ret->covered_us = cells->integrals[cell].covered_us;
    }
    if (cells->values != NULL) {
        ret->quantile = quantile_of(&cells->values[cell], quantile);
    }
}
