/* aggregate_series.c: one series into the cells of its group.
 *
 * Chunks and rows of memories are walked in order of time. What overlaps makes a stretch; stretches
 * do not touch each other, so readings reach the cells in order of time whichever way they are
 * read.
 */
#include "base/arena.h"
#include "store/tsdb/aggregate_internal.h"

#include <stdlib.h>

void xh__walker_finish(struct xh__walker *walker)
{
    xh__cells_finish(&walker->cells);
    xh__scan_finish(&walker->scan);
    xh__scan_places_finish(&walker->places);
    xh__pieces_finish(&walker->pieces);
    xh__rows_finish(&walker->rows);
    xh__columns_finish(&walker->columns);
    xh__amend_spans_finish(&walker->retracted);
    xh__snapshot_release(&walker->own);
}

/* ---- windows ---- */

/* The window of at_us, which is at or behind `window` and within the edges. Few steps, then
 * bisection. */
static size_t window_from(const struct xh__walker *walker, size_t window, int64_t at_us)
{
    const int64_t *edges_us = walker->edges_us;
    for (int i = 0; i < 8; i++, window++) {
        if (at_us < edges_us[window + 1]) {
            return window;
        }
    }
    size_t high = walker->window_count - 1;
    while (window < high) {
        size_t middle = window + (high - window) / 2;
        if (at_us < edges_us[middle + 1]) {
            high = middle;
        } else {
            window = middle + 1;
        }
    }
    return window;
}

size_t xh__walker_window(struct xh__walker *walker, int64_t at_us)
{
    walker->window = window_from(walker, walker->window, at_us);
    return walker->window;
}

/* ---- lines between readings ---- */

static double value_on_line(const struct xh__walker *walker, int64_t to_us, double to_value,
                            int64_t at_us)
{
    if (at_us == walker->previous_at_us) {
        return walker->previous_value;
    }
    if (at_us == to_us) {
        return to_value;
    }
    double part = (double)(at_us - walker->previous_at_us) /
                  (double)(to_us - walker->previous_at_us);
    return walker->previous_value + (to_value - walker->previous_value) * part;
}

static void add_area(struct xh__walker *walker, size_t window, double mean, int64_t us)
{
    struct xh__cell_integral *cell = &walker->cells.integrals[walker->cell_first + window];
    xh_sum_add(&cell->area, mean * ((double)us / (double)XH_US_PER_S));
    cell->covered_us += us;
}

/* Cuts the line from the previous reading at the edges. */
static void cut_line(struct xh__walker *walker, int64_t to_us, double to_value)
{
    const int64_t *edges_us = walker->edges_us;
    int64_t from_us = walker->previous_at_us;
    if (to_us <= edges_us[0] || from_us >= edges_us[walker->window_count]) {
        return;
    }
    from_us = from_us > edges_us[0] ? from_us : edges_us[0];
    walker->line_window = window_from(walker, walker->line_window, from_us);
    for (size_t w = walker->line_window; w < walker->window_count && edges_us[w] < to_us; w++) {
        int64_t begin_us = from_us > edges_us[w] ? from_us : edges_us[w];
        int64_t end_us = to_us < edges_us[w + 1] ? to_us : edges_us[w + 1];
        if (begin_us < end_us) {
            double mean = (value_on_line(walker, to_us, to_value, begin_us) +
                           value_on_line(walker, to_us, to_value, end_us)) /
                          2;
            add_area(walker, w, mean, end_us - begin_us);
        }
    }
}

/* The line from the previous reading; nearly always it lies in the window of the line before. */
static void draw_line(struct xh__walker *walker, int64_t to_us, double to_value)
{
    int64_t from_us = walker->previous_at_us, us = to_us - from_us;
    size_t window = walker->line_window;
    if (!walker->has_previous || us == 0 || (walker->gap_us > 0 && us > walker->gap_us)) {
        return;
    }
    if (from_us >= walker->edges_us[window] && to_us <= walker->edges_us[window + 1]) {
        add_area(walker, window, (walker->previous_value + to_value) / 2, us);
        return;
    }
    cut_line(walker, to_us, to_value);
}

/* ---- readings in order of time ---- */

/* Lines up to rows [from, to). */
static void draw_lines(struct xh__walker *walker, const struct xh__columns *columns, size_t from,
                       size_t to)
{
    for (size_t i = from; i < to; i++) {
        draw_line(walker, columns->at_us[i], columns->values[i]);
        walker->has_previous = true;
        walker->previous_at_us = columns->at_us[i];
        walker->previous_value = columns->values[i];
    }
}

/* What a counter rose by from the previous reading over rows [from, to): between two falls that is
 * one difference, rounded once. */
static void add_increase(const struct xh__walker *walker, const struct xh__columns *columns,
                         size_t from, size_t to, struct xh_sum *increase)
{
    const double *values = columns->values;
    bool has_previous = walker->has_previous;
    double begin = has_previous ? walker->previous_value : values[from];
    double previous = begin;
    for (size_t i = from + !has_previous; i < to; i++) {
        if (values[i] < previous || (columns->quality[i] & XH_QUALITY_REPLACED_METER) != 0) {
            xh_sum_add(increase, previous - begin);
            xh_sum_add(increase, values[i]);
            begin = values[i];
        }
        previous = values[i];
    }
    xh_sum_add(increase, previous - begin);
}

static void add_basics(struct xh__cell *cell, const struct xh__columns *columns, size_t from,
                       size_t to)
{
    struct xh_sum sum = {0};
    double min = columns->values[from], max = min;
    uint8_t quality = 0;
    for (size_t i = from; i < to; i++) {
        double value = columns->values[i];
        min = value < min ? value : min;
        max = value > max ? value : max;
        quality |= columns->quality[i];
        xh_sum_add(&sum, value);
    }
    xh__cell_add(cell, &sum, min, max, quality);
}

static struct xh_reading reading_of(const struct xh__columns *columns, size_t i)
{
    return (struct xh_reading){.at_us = columns->at_us[i],
                               .value = columns->values[i],
                               .arrival_us = columns->arrival_us[i],
                               .seq = columns->seqs[i],
                               .quality = columns->quality[i],
                               .decimals = columns->decimals[i],
                               .is_in_force = true};
}

static void add_ends(struct xh__walker *walker, struct xh__cell_ends *ends,
                     const struct xh__columns *columns, size_t from, size_t to)
{
    if (xh__cell_is_first(ends, columns->at_us[from], walker->place)) {
        ends->first = reading_of(columns, from);
        ends->first_place = walker->place;
    }
    if (xh__cell_is_last(ends, columns->at_us[to - 1], walker->place)) {
        ends->last = reading_of(columns, to - 1);
        ends->last_place = walker->place;
    }
}

static int add_values(struct xh__walker *walker, struct xh__cell_values *cell, const double *values,
                      size_t count, struct xh_err *err)
{
    size_t left = atomic_fetch_sub(walker->values_left, count);
    if (left < count) {
        atomic_fetch_add(walker->values_left, count);
        return xh_err_set(err, XH_E_TOO_LARGE, "a quantile over more than %d readings at once",
                          XH__QUANTILE_VALUES_MAX);
    }
    xh__cell_values_add(cell, values, count);
    return 0;
}

/* The first row behind `from` that is in a later window; times grow. */
static size_t end_of_window(const struct xh__columns *columns, size_t from, int64_t end_us)
{
    size_t low = from + 1, high = columns->count;
    if (columns->at_us[high - 1] < end_us) {
        return high;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (columns->at_us[middle] < end_us) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Rows [from, to) of one window: what each value counts for. */
static int add_each(struct xh__walker *walker, const struct xh__columns *columns, size_t from,
                    size_t to, size_t cell, struct xh_err *err)
{
    struct xh__cells *cells = &walker->cells;
    if (cells->increases != NULL) {
        add_increase(walker, columns, from, to, &cells->increases[cell]);
    }
    if (cells->integrals != NULL) {
        draw_lines(walker, columns, from, to);
    }
    walker->has_previous = true;
    walker->previous_at_us = columns->at_us[to - 1];
    walker->previous_value = columns->values[to - 1];
    return cells->values != NULL
               ? add_values(walker, &cells->values[cell], columns->values + from, to - from, err)
               : 0;
}

int xh__walker_add(struct xh__walker *walker, const struct xh__columns *columns, bool has_basics,
                   struct xh_err *err)
{
    struct xh__cells *cells = &walker->cells;
    int rc = 0;
    for (size_t from = 0, to; rc == 0 && from < columns->count; from = to) {
        size_t window = xh__walker_window(walker, columns->at_us[from]);
        size_t cell = walker->cell_first + window;
        to = end_of_window(columns, from, walker->edges_us[window + 1]);
        if (has_basics) {
            add_basics(&cells->basics[cell], columns, from, to);
        }
        if (has_basics && cells->ends != NULL) {
            add_ends(walker, &cells->ends[cell], columns, from, to);
        }
        if ((walker->measures & XH__EACH_VALUE) != 0) {
            rc = add_each(walker, columns, from, to, cell, err);
        }
    }
    return rc;
}

/* ---- stretches ---- */

static int add_readings(struct xh__walker *walker, size_t count, struct xh_err *err)
{
    struct xh__columns *columns = &walker->columns;
    xh__columns_grow(columns, count);
    for (size_t i = 0; i < count; i++) {
        const struct xh_reading *reading = &walker->readings[i];
        columns->at_us[i] = reading->at_us;
        columns->values[i] = reading->value;
        columns->decimals[i] = reading->decimals;
        columns->seqs[i] = reading->seq;
        columns->arrival_us[i] = reading->arrival_us;
        columns->quality[i] = reading->quality;
    }
    columns->count = count;
    return xh__walker_add(walker, columns, true, err);
}

/* Reads what is in force from the first to the last instant. */
static int read_stretch(struct xh__walker *walker, int64_t from_us, int64_t last_us,
                        struct xh_err *err)
{
    int64_t begin_us = walker->edges_us[0], end_us = walker->edges_us[walker->window_count];
    struct xh__scan_ask ask = walker->ask;
    ask.from_us = from_us > begin_us ? from_us : begin_us;
    ask.to_us = last_us < end_us ? last_us + 1 : end_us;
    int rc = xh__scan_start(&walker->scan, walker->db, walker->snapshot, &walker->places, &ask,
                            err);
    while (rc == 0) {
        ptrdiff_t count = xh__scan_next(&walker->scan, walker->readings, XH__AGGREGATE_READINGS,
                                        err);
        if (count <= 0) {
            return (int)count;
        }
        rc = add_readings(walker, (size_t)count, err);
    }
    return rc;
}

/* Rows [from, to) of memories, beside which there is nothing. The last of one time is in force. */
static int add_rows(struct xh__walker *walker, size_t from, size_t to, struct xh_err *err)
{
    const struct xh__mem_row *const *items = walker->rows.items;
    if (walker->has_amendments || walker->as_known_us != 0) {
        return read_stretch(walker, items[from]->at_us, items[to - 1]->at_us, err);
    }
    int rc = 0;
    while (rc == 0 && from < to) {
        size_t count = 0;
        for (; count < XH__AGGREGATE_READINGS && from < to; from++) {
            bool is_corrected = from + 1 < to && items[from]->at_us == items[from + 1]->at_us;
            if (walker->ask.is_keep_all || !is_corrected) {
                walker->readings[count++] = xh__row_reading(items[from]);
            }
        }
        rc = add_readings(walker, count, err);
    }
    return rc;
}

static bool is_simple(const struct xh__walker *walker, const struct xh__chunk *chunk)
{
    return (walker->as_known_us == 0 || chunk->arrival_max_us <= walker->as_known_us) &&
           !(walker->has_amendments && (xh__chunk_is_retracted(chunk, &walker->retracted) ||
                                        xh__chunk_is_erased(chunk, walker->erasures)));
}

static int add_stretches(struct xh__walker *walker, struct xh_err *err)
{
    const struct xh__piece *pieces = walker->pieces.items;
    const struct xh__rows *rows = &walker->rows;
    size_t piece = 0, row = 0, piece_count = walker->pieces.count;
    int rc = 0;
    while (rc == 0 && (piece < piece_count || row < rows->count)) {
        int64_t begin_us = piece < piece_count ? pieces[piece].chunk.from_us : INT64_MAX;
        size_t row_begin = row, first = piece;
        while (row < rows->count && rows->items[row]->at_us < begin_us) {
            row++;
        }
        if (row > row_begin) {
            rc = add_rows(walker, row_begin, row, err);
            continue;
        }
        int64_t last_us = pieces[piece++].chunk.last_us;
        while (piece < piece_count && pieces[piece].chunk.from_us <= last_us) {
            int64_t other_us = pieces[piece++].chunk.last_us;
            last_us = other_us > last_us ? other_us : last_us;
        }
        while (row < rows->count && rows->items[row]->at_us <= last_us) {
            row++;
        }
        bool is_alone = piece == first + 1 && row == row_begin;
        rc = is_alone && is_simple(walker, &pieces[first].chunk)
                 ? xh__walker_chunk(walker, &pieces[first], err)
                 : read_stretch(walker, begin_us, last_us, err);
    }
    return rc;
}

/* ---- a series ---- */

/* Increases and lines begin with the reading before the first edge. */
static int find_previous(struct xh__walker *walker, struct xh_err *err)
{
    int64_t begin_us = walker->edges_us[0];
    if ((walker->measures & (XH_TSDB_INCREASE | XH_TSDB_INTEGRAL)) == 0) {
        return 0;
    }
    struct xh__scan_ask ask = walker->ask;
    ask.from_us = XH_TIME_MIN;
    ask.to_us = begin_us;
    if ((walker->measures & XH_TSDB_INCREASE) == 0 && walker->gap_us > 0 &&
        begin_us > XH_TIME_MIN && begin_us - XH_TIME_MIN > walker->gap_us) {
        ask.from_us = begin_us - walker->gap_us;
    }
    struct xh_reading reading;
    int rc = xh__scan_before(&walker->scan, walker->db, walker->snapshot, &walker->places, &ask,
                             &reading, err);
    if (rc > 0) {
        walker->has_previous = true;
        walker->previous_at_us = reading.at_us;
        walker->previous_value = reading.value;
    }
    return rc < 0 ? rc : 0;
}

/* The last line goes on to the reading behind the last edge. */
static int draw_last_line(struct xh__walker *walker, struct xh_err *err)
{
    if ((walker->measures & XH_TSDB_INTEGRAL) == 0 || !walker->has_previous) {
        return 0;
    }
    struct xh__scan_ask ask = walker->ask;
    ask.from_us = walker->edges_us[walker->window_count];
    ask.to_us = XH_TIME_MAX + 1;
    if (walker->gap_us > 0 && XH_TIME_MAX - walker->previous_at_us > walker->gap_us) {
        ask.to_us = walker->previous_at_us + walker->gap_us + 1;
    }
    struct xh_reading reading;
    int rc = xh__scan_after(&walker->scan, walker->db, walker->snapshot, &walker->places, &ask,
                            &reading, err);
    if (rc > 0) {
        draw_line(walker, reading.at_us, reading.value);
    }
    return rc < 0 ? rc : 0;
}

static void look_at_amendments(struct xh__walker *walker, uint32_t id)
{
    xh__amend_spans_finish(&walker->retracted);
    walker->retracted = (struct xh__amend_spans){0};
    walker->erasures = NULL;
    walker->has_amendments = (xh__dict_flags(walker->db->dict, id) & XH__SERIES_HAS_AMENDMENTS) !=
                             0;
    if (!walker->has_amendments) {
        walker->snapshot = walker->shared;
        xh__scan_ask_series(walker->db, id, &walker->ask);
        return;
    }
    xh__snapshot_release(&walker->own);
    xh__snapshot_take_series(walker->db, id, &walker->own, &walker->ask);
    walker->snapshot = &walker->own;
    walker->erasures = xh__amend_erasures(walker->db->amend, id);
    if (walker->ask.retractions != NULL) {
        xh__amend_spans_make(walker->ask.retractions, walker->as_known_us, &walker->retracted);
    }
}

static void begin_series(struct xh__walker *walker, uint32_t id, uint32_t place, size_t cell_first)
{
    look_at_amendments(walker, id);
    walker->ask.as_known_us = walker->as_known_us;
    walker->place = place;
    walker->cell_first = cell_first;
    walker->window = walker->line_window = 0;
    walker->has_previous = false;
    walker->pieces.count = 0;
}

int xh__walker_series(struct xh__walker *walker, uint32_t id, uint32_t place, size_t cell_first,
                      struct xh_err *err)
{
    begin_series(walker, id, place, cell_first);
    struct xh__series_span span = {id, walker->edges_us[0],
                                   walker->edges_us[walker->window_count]};
    if (span.from_us >= span.to_us) {
        return 0;
    }
    int rc = find_previous(walker, err);
    if (rc < 0) {
        return rc;
    }
    size_t from, to;
    const struct xh__view *view = walker->snapshot->view;
    xh__segments_of_span(view, span.from_us, span.to_us, &from, &to);
    xh__rows_gather(&walker->rows, walker->snapshot, &span);
    rc = xh__pieces_gather(&walker->pieces, &walker->places, view, &span, from, to, false, err);
    if (rc == 0) {
        rc = add_stretches(walker, err);
    }
    return rc < 0 ? rc : draw_last_line(walker, err);
}
