/* dated.c: looking up dated rows.
 *
 * A set is sorted by (table, key, item, variant, valid_from): what belongs to one (table, key) lies
 * side by side and is found by halving; within it the functions walk.
 */
#include "kernel/dated.h"

#include <stdlib.h>

static int order_of(const struct xh_dated *a, const struct xh_dated *b)
{
    int order = xh_str_compare(a->table, b->table);
    if (order == 0) {
        order = xh_str_compare(a->key, b->key);
    }
    if (order == 0) {
        order = xh_str_compare(a->item, b->item);
    }
    if (order == 0) {
        order = xh_str_compare(a->variant, b->variant);
    }
    if (order == 0) {
        order = (a->valid_from > b->valid_from) - (a->valid_from < b->valid_from);
    }
    return order != 0 ? order : xh_str_compare(a->code, b->code);
}

static int compare_rows(const void *a, const void *b)
{
    return order_of(a, b);
}

void xh_dated_sort(struct xh_dated *rows, size_t count)
{
    if (count > 1) {
        qsort(rows, count, sizeof *rows, compare_rows);
    }
}

/* The first row that is not before (table, key); rows of that key follow each other. */
static size_t first_of(const struct xh_dated_set *set, struct xh_str table, struct xh_str key)
{
    size_t low = 0, high = set->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct xh_dated *row = &set->rows[middle];
        int order = xh_str_compare(row->table, table);
        if (order == 0) {
            order = xh_str_compare(row->key, key);
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_of(const struct xh_dated *row, struct xh_str table, struct xh_str key)
{
    return xh_str_equal(row->table, table) && xh_str_equal(row->key, key);
}

static bool is_in_force(const struct xh_dated *row, int32_t day)
{
    return row->valid_from <= day && day < row->valid_to;
}

/* Of two rows in force at once: the undisputed one, then the one that came later. */
static bool is_better(const struct xh_dated *row, const struct xh_dated *than)
{
    if (row->is_disputed != than->is_disputed) {
        return than->is_disputed;
    }
    return row->valid_from > than->valid_from;
}

const struct xh_dated *xh_dated_on(const struct xh_dated_set *set, const char *table,
                                   struct xh_str key, struct xh_str item, struct xh_str variant,
                                   int32_t day)
{
    struct xh_str in_table = xh_str_from(table);
    const struct xh_dated *best = NULL;
    for (size_t i = first_of(set, in_table, key); i < set->count; i++) {
        const struct xh_dated *row = &set->rows[i];
        if (!is_of(row, in_table, key)) {
            break;
        }
        if (xh_str_equal(row->item, item) && xh_str_equal(row->variant, variant) &&
            is_in_force(row, day) && (!best || is_better(row, best))) {
            best = row;
        }
    }
    return best;
}

const struct xh_dated *xh_dated_latest(const struct xh_dated_set *set, const char *table,
                                       struct xh_str key, struct xh_str variant, int32_t day,
                                       bool *ret_is_earlier)
{
    struct xh_str in_table = xh_str_from(table);
    const struct xh_dated *best = NULL;
    for (size_t i = first_of(set, in_table, key); i < set->count; i++) {
        const struct xh_dated *row = &set->rows[i];
        if (!is_of(row, in_table, key)) {
            break;
        }
        if (!xh_str_equal(row->variant, variant) || row->valid_from > day) {
            continue;
        }
        if (!best || row->valid_from > best->valid_from ||
            (row->valid_from == best->valid_from && is_better(row, best))) {
            best = row;
        }
    }
    if (best) {
        *ret_is_earlier = !is_in_force(best, day);
    }
    return best;
}

/* Takes disputed rows out where an undisputed one is there for the same item. */
static size_t drop_disputed(const struct xh_dated **rows, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        bool has_undisputed = false;
        for (size_t j = 0; rows[i]->is_disputed && j < count && !has_undisputed; j++) {
            has_undisputed = rows[j] && !rows[j]->is_disputed &&
                             xh_str_equal(rows[j]->item, rows[i]->item);
        }
        if (has_undisputed) {
            rows[i] = NULL;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (rows[i]) {
            rows[kept++] = rows[i];
        }
    }
    return kept;
}

size_t xh_dated_all_on(const struct xh_dated_set *set, const char *table, struct xh_str key,
                       struct xh_str variant, int32_t day, const struct xh_dated **ret_rows,
                       size_t capacity)
{
    struct xh_str in_table = xh_str_from(table);
    size_t count = 0;
    for (size_t i = first_of(set, in_table, key); i < set->count && count < capacity; i++) {
        const struct xh_dated *row = &set->rows[i];
        if (!is_of(row, in_table, key)) {
            break;
        }
        if (xh_str_equal(row->variant, variant) && is_in_force(row, day)) {
            ret_rows[count++] = row;
        }
    }
    return drop_disputed(ret_rows, count);
}

/* Puts a day into a sorted list without repetition; a full list drops its last. */
static size_t insert_day(int32_t *days, size_t count, size_t capacity, int32_t day)
{
    size_t at = 0;
    while (at < count && days[at] < day) {
        at++;
    }
    if (at == capacity || (at < count && days[at] == day)) {
        return count;
    }
    if (count < capacity) {
        count++;
    }
    for (size_t i = count - 1; i > at; i--) {
        days[i] = days[i - 1];
    }
    days[at] = day;
    return count;
}

size_t xh_dated_changes(const struct xh_dated_set *set, const char *table, struct xh_str key,
                        struct xh_str variant, int32_t from, int32_t to, int32_t *ret_days,
                        size_t capacity)
{
    struct xh_str in_table = xh_str_from(table);
    size_t count = 0;
    for (size_t i = first_of(set, in_table, key); i < set->count; i++) {
        const struct xh_dated *row = &set->rows[i];
        if (!is_of(row, in_table, key)) {
            break;
        }
        if (!xh_str_equal(row->variant, variant)) {
            continue;
        }
        if (from < row->valid_from && row->valid_from < to) {
            count = insert_day(ret_days, count, capacity, row->valid_from);
        }
        if (from < row->valid_to && row->valid_to < to) {
            count = insert_day(ret_days, count, capacity, row->valid_to);
        }
    }
    return count;
}
