/* Aggregates over windows: one pass over the readings in force, in order of time. */
#include "oracle_internal.h"

#include <string.h>

enum { STEP_READINGS = 512 };

static void add_reading(struct xh_tsdb_window *window, const struct xh_reading *reading)
{
    if (window->count == 0) {
        window->first = *reading;
        window->min = window->max = reading->value;
    }
    window->min = reading->value < window->min ? reading->value : window->min;
    window->max = reading->value > window->max ? reading->value : window->max;
    window->last = *reading;
    window->quality |= reading->quality;
    window->count++;
    xh_sum_add(&window->sum, reading->value);
}

static int check_edges(const int64_t *edges_us, size_t window_count, struct xh_err *err)
{
    for (size_t i = 0; i < window_count; i++) {
        if (edges_us[i] > edges_us[i + 1]) {
            return xh_err_set(err, XH_E_INVALID, "window %zu ends before it begins", i);
        }
    }
    return 0;
}

static int add_all(struct xh_oracle_cursor *cursor, const int64_t *edges_us,
                   struct xh_tsdb_window *windows, struct xh_err *err)
{
    struct xh_reading readings[STEP_READINGS];
    size_t window = 0; /* the range ends with the last window, so it never runs over */
    ptrdiff_t count = 0;
    while ((count = xh_oracle_next(cursor, readings, STEP_READINGS, err)) > 0) {
        for (ptrdiff_t i = 0; i < count; i++) {
            while (readings[i].at_us >= edges_us[window + 1]) {
                window++;
            }
            add_reading(&windows[window], &readings[i]);
        }
    }
    return (int)count;
}

int xh_oracle_windows(struct xh_oracle *db, const struct xh_series_key *key,
                      const int64_t *edges_us, size_t window_count, int64_t as_known_us,
                      struct xh_tsdb_window *ret_windows, struct xh_err *err)
{
    if (window_count == 0) {
        return 0;
    }
    int rc = check_edges(edges_us, window_count, err);
    if (rc < 0) {
        return rc;
    }
    struct xh_tsdb_range range = {.key = *key,
                                  .from_us = edges_us[0],
                                  .to_us = edges_us[window_count],
                                  .as_known_us = as_known_us};
    struct xh_oracle_cursor *cursor = NULL;
    rc = xh_oracle_read(db, &range, &cursor, err);
    if (rc < 0) {
        return rc;
    }
    memset(ret_windows, 0, window_count * sizeof(*ret_windows));
    rc = add_all(cursor, edges_us, ret_windows, err);
    xh_oracle_cursor_close(cursor);
    return rc;
}
