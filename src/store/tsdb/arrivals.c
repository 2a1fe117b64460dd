/* arrivals.c: the different instants at which a segment's readings arrived.
 *
 * A batch has one arrival. Where batches are large the instants are few and a table of them makes a
 * reading's arrival a small number; where each reading came alone a table would only be larger.
 */
#include "store/tsdb/keep_internal.h"

#include "base/arena.h"

#include <stdlib.h>

enum { ROWS_PER_INSTANT_MIN = 4 };

void xh__arrivals_add(struct xh__arrivals *arrivals, int64_t arrival_us)
{
    if (arrivals->count > 0 && arrivals->instants_us[arrivals->count - 1] == arrival_us) {
        return;
    }
    if (arrivals->count == arrivals->capacity) {
        arrivals->capacity = arrivals->capacity * 2 + 256;
        arrivals->instants_us = xh_realloc(arrivals->instants_us,
                                           arrivals->capacity * sizeof(*arrivals->instants_us));
    }
    arrivals->instants_us[arrivals->count++] = arrival_us;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static bool is_sorted(const struct xh__arrivals *arrivals)
{
    for (size_t i = 1; i < arrivals->count; i++) {
        if (arrivals->instants_us[i - 1] > arrivals->instants_us[i]) {
            return false;
        }
    }
    return true;
}

void xh__arrivals_settle(struct xh__arrivals *arrivals, uint64_t row_count)
{
    if (!is_sorted(arrivals)) {
        qsort(arrivals->instants_us, arrivals->count, sizeof(*arrivals->instants_us), by_value);
    }
    size_t kept = 0;
    for (size_t i = 0; i < arrivals->count; i++) {
        if (kept == 0 || arrivals->instants_us[kept - 1] != arrivals->instants_us[i]) {
            arrivals->instants_us[kept++] = arrivals->instants_us[i];
        }
    }
    arrivals->count = kept <= row_count / ROWS_PER_INSTANT_MIN ? kept : 0;
}

void xh__arrivals_finish(struct xh__arrivals *arrivals)
{
    free(arrivals->instants_us);
    *arrivals = (struct xh__arrivals){0};
}
