/* windows.c: one series by windows. */
#include "store/tsdb/aggregate_internal.h"

int xh_tsdb_windows(struct xh_tsdb *db, const struct xh_series_key *key, const int64_t *edges_us,
                    size_t window_count, int64_t as_known_us, struct xh_tsdb_window *ret_windows,
                    struct xh_err *err)
{
    if (window_count == 0) {
        return 0;
    }
    struct xh_tsdb_question question = {.keys = key,
                                        .key_count = 1,
                                        .edges_us = edges_us,
                                        .window_count = window_count,
                                        .as_known_us = as_known_us,
                                        .measures = XH_TSDB_BASICS | XH_TSDB_ENDS};
    struct xh__cells cells = {0};
    int rc = xh__aggregate(db, &question, &cells, err);
    for (size_t i = 0; rc == 0 && i < window_count; i++) {
        const struct xh__cell *cell = &cells.basics[i];
        ret_windows[i] = (struct xh_tsdb_window){.count = cell->sum.count,
                                                 .sum = cell->sum,
                                                 .min = cell->min,
                                                 .max = cell->max,
                                                 .first = cells.ends[i].first,
                                                 .last = cells.ends[i].last,
                                                 .quality = cell->quality};
    }
    xh__cells_finish(&cells);
    return rc;
}
