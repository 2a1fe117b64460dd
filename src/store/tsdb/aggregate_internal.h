/* aggregate_internal.h: windows over many series.
 *
 *   aggregate.c          the question checked, split between two threads, answered
 *   aggregate_series.c   one series: which stretches of time are simple, which must be read
 *   aggregate_chunk.c    a simple chunk: from its index entry, or cut by edges
 *   aggregate_cells.c    what is added up for each group and window
 *   windows.c            one series, as struct xh_tsdb_window
 *
 * A stretch is simple when no two sources overlap in it and nothing in it was taken back or is not
 * known yet at the instant asked about. All others are read by a scan over just that stretch.
 */
#ifndef XH_STORE_TSDB_AGGREGATE_INTERNAL_H
#define XH_STORE_TSDB_AGGREGATE_INTERNAL_H

#include "store/tsdb/scan_internal.h"

enum {
    XH__QUANTILE_VALUES_MAX = 16 << 20, /* collected in one call */
    XH__AGGREGATE_READINGS = 512        /* read at a time */
};

/* Measures to which each value counts: no fold and no entry of an index can answer them. */
#define XH__EACH_VALUE ((unsigned)(XH_TSDB_INCREASE | XH_TSDB_INTEGRAL | XH_TSDB_QUANTILE))

/* ---- cells: aggregate_cells.c ---- */

struct xh__cell {
    struct xh_sum sum; /* count included */
    double min, max;   /* when there is one */
    uint8_t quality;
};
struct xh__cell_ends {
    struct xh_reading first, last; /* seq 0: none yet */
    uint32_t first_place, last_place;
};
struct xh__cell_integral {
    struct xh_sum area;
    int64_t covered_us;
};
struct xh__cell_values {
    double *values;
    size_t count, capacity;
};
/* One for each group and window, window by window. What was not asked for is NULL. */
struct xh__cells {
    size_t count;
    struct xh__cell *basics;
    struct xh__cell_ends *ends;
    struct xh_sum *increases;
    struct xh__cell_integral *integrals;
    struct xh__cell_values *values;
};
void xh__cells_init(struct xh__cells *cells, size_t count, unsigned measures);
void xh__cells_finish(struct xh__cells *cells);
void xh__cells_merge(struct xh__cells *into, const struct xh__cells *other);
/* Answers a cell; its values are moved about. */
void xh__cells_answer(struct xh__cells *cells, size_t cell, double quantile,
                      struct xh_tsdb_answer *ret);
void xh__cell_add(struct xh__cell *cell, const struct xh_sum *sum, double min, double max,
                  uint8_t quality);
void xh__cell_values_add(struct xh__cell_values *cell, const double *values, size_t count);
/* Would a reading of that time and place in `keys` be the group's first, or last? */
bool xh__cell_is_first(const struct xh__cell_ends *ends, int64_t at_us, uint32_t place);
bool xh__cell_is_last(const struct xh__cell_ends *ends, int64_t at_us, uint32_t place);

/* ---- series ---- */

/* One thread's work. */
struct xh__walker {
    struct xh_tsdb *db;
    const struct xh__snapshot *shared;   /* of the whole call */
    const int64_t *edges_us;
    size_t window_count;
    int64_t as_known_us, gap_us;
    unsigned measures;
    atomic_size_t *values_left;          /* of all threads, when quantiles are asked for */
    struct xh__cells cells;
    struct xh__scan_places places;
    struct xh__scan scan;
    struct xh__pieces pieces;
    struct xh__rows rows;
    struct xh__columns columns;
    struct xh_reading readings[XH__AGGREGATE_READINGS];
    /* the series in hand */
    /* shared, but with amendments `own`, which goes with them */
    const struct xh__snapshot *snapshot;
    struct xh__snapshot own;
    struct xh__scan_ask ask;
    struct xh__amend_spans retracted;
    const struct xh__amend_erasure *erasures;
    bool has_amendments;
    uint32_t place;                      /* in the question's keys */
    size_t cell_first;                   /* of its group */
    size_t window, line_window;          /* never go back: readings come in order of time */
    bool has_previous;
    int64_t previous_at_us;
    double previous_value;
};
void xh__walker_finish(struct xh__walker *walker);
/* Adds a series to the cells from cell_first on. */
int xh__walker_series(struct xh__walker *walker, uint32_t id, uint32_t place, size_t cell_first,
                      struct xh_err *err);
/* Adds readings in force, in order of time, all within the edges: time, value and quality. With
 * basics, also those and the ends, for which all columns are needed; else only what each value
 * counts for. */
int xh__walker_add(struct xh__walker *walker, const struct xh__columns *columns, bool has_basics,
                   struct xh_err *err);
/* Adds a chunk whose rows come next in order of time and are in force but where a later one of the
 * same time stands beside them. */
int xh__walker_chunk(struct xh__walker *walker, const struct xh__piece *piece, struct xh_err *err);
/* The window of an instant at or behind the last one asked for; within the edges. */
size_t xh__walker_window(struct xh__walker *walker, int64_t at_us);

/* Both public functions: every series of the question into cells; the caller finishes them, also
 * after an error. */
int xh__aggregate(struct xh_tsdb *db, const struct xh_tsdb_question *question,
                  struct xh__cells *ret, struct xh_err *err);

#endif
