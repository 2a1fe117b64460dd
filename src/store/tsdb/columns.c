/* columns.c: rows of one series as growing columns. */
#include "base/arena.h"
#include "store/tsdb/segment_internal.h"

#include <stdlib.h>

void xh__columns_grow(struct xh__columns *columns, size_t capacity)
{
    if (capacity <= columns->capacity) {
        return;
    }
    /* By half at least, so that growing row by row costs a constant each. */
    size_t half_more = columns->capacity + columns->capacity / 2;
    capacity = capacity < half_more ? half_more : capacity;
    xh_assert(capacity <= SIZE_MAX / sizeof(int64_t));
    columns->at_us = xh_realloc(columns->at_us, capacity * sizeof(*columns->at_us));
    columns->values = xh_realloc(columns->values, capacity * sizeof(*columns->values));
    columns->decimals = xh_realloc(columns->decimals, capacity * sizeof(*columns->decimals));
    columns->seqs = xh_realloc(columns->seqs, capacity * sizeof(*columns->seqs));
    columns->arrival_us = xh_realloc(columns->arrival_us, capacity * sizeof(*columns->arrival_us));
    columns->quality = xh_realloc(columns->quality, capacity * sizeof(*columns->quality));
    columns->capacity = capacity;
}

void xh__columns_finish(struct xh__columns *columns)
{
    free(columns->at_us);
    free(columns->values);
    free(columns->decimals);
    free(columns->seqs);
    free(columns->arrival_us);
    free(columns->quality);
    *columns = (struct xh__columns){0};
}

struct xh_reading xh__columns_reading(const struct xh__columns *columns, size_t row)
{
    return (struct xh_reading){.at_us = columns->at_us[row],
                               .value = columns->values[row],
                               .arrival_us = columns->arrival_us[row],
                               .seq = columns->seqs[row],
                               .quality = columns->quality[row],
                               .decimals = columns->decimals[row],
                               .is_in_force = true};
}
