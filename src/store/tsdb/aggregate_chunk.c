/* aggregate_chunk.c: a chunk all of whose rows are in force, but for those that a later row of the
 * same chunk corrects.
 *
 * With such corrections it is decoded. Else, inside one window it is answered by its index entry.
 * Cut by few edges, the rows between two edges are folded where they lie. Cut by many, or when each
 * value counts, it is decoded.
 */
#include "store/tsdb/aggregate_internal.h"

enum { ROWS_A_WINDOW_MIN = 8 }; /* fewer rows between two edges are read faster than folded */

/* ---- ends ---- */

static int read_row(struct xh__walker *walker, const struct xh__piece *piece, uint32_t row,
                    struct xh_reading *ret, struct xh_err *err)
{
    struct xh__columns *columns = &walker->columns;
    columns->count = 0;
    int rc = xh__segment_decode(piece->segment, &piece->chunk, row, row + 1, XH__COLUMN_ALL,
                                columns, err);
    if (rc == 0) {
        *ret = xh__columns_reading(columns, 0);
    }
    return rc;
}

/* The time of a row where the index tells it. */
static bool time_of_row(const struct xh__chunk *chunk, uint32_t row, int64_t *ret_at_us)
{
    if (row == 0) {
        *ret_at_us = chunk->from_us;
    } else if (row == chunk->count - 1) {
        *ret_at_us = chunk->last_us;
    } else if ((chunk->flags & XH__CHUNK_IS_STEP) != 0) {
        *ret_at_us = chunk->from_us + (chunk->last_us - chunk->from_us) / (chunk->count - 1) * row;
    } else {
        return false;
    }
    return true;
}

/* Rows [from, to) of the chunk are in the window of these ends. */
static int add_ends(struct xh__walker *walker, const struct xh__piece *piece, uint32_t from,
                    uint32_t to, struct xh__cell_ends *ends, struct xh_err *err)
{
    int64_t at_us;
    struct xh_reading reading;
    if (!time_of_row(&piece->chunk, from, &at_us) ||
        xh__cell_is_first(ends, at_us, walker->place)) {
        int rc = read_row(walker, piece, from, &reading, err);
        if (rc < 0) {
            return rc;
        }
        if (xh__cell_is_first(ends, reading.at_us, walker->place)) {
            ends->first = reading;
            ends->first_place = walker->place;
        }
    }
    if (!time_of_row(&piece->chunk, to - 1, &at_us) ||
        xh__cell_is_last(ends, at_us, walker->place)) {
        int rc = read_row(walker, piece, to - 1, &reading, err);
        if (rc < 0) {
            return rc;
        }
        if (xh__cell_is_last(ends, reading.at_us, walker->place)) {
            ends->last = reading;
            ends->last_place = walker->place;
        }
    }
    return 0;
}

/* ---- folding ---- */

static int quality_of_rows(struct xh__walker *walker, const struct xh__piece *piece, uint32_t from,
                           uint32_t to, uint8_t *ret, struct xh_err *err)
{
    *ret = 0;
    if (piece->chunk.quality == 0) {
        return 0;
    }
    struct xh__columns *columns = &walker->columns;
    columns->count = 0;
    int rc = xh__segment_decode(piece->segment, &piece->chunk, from, to, XH__COLUMN_QUALITY,
                                columns, err);
    for (uint32_t i = 0; rc == 0 && i < to - from; i++) {
        *ret |= columns->quality[i];
    }
    return rc;
}

static int add_window_ends(struct xh__walker *walker, const struct xh__piece *piece, uint32_t from,
                           uint32_t to, size_t cell, struct xh_err *err)
{
    return walker->cells.ends != NULL
               ? add_ends(walker, piece, from, to, &walker->cells.ends[cell], err)
               : 0;
}

/* A chunk that lies in one window whole. */
static int add_whole(struct xh__walker *walker, const struct xh__piece *piece, size_t window,
                     struct xh_err *err)
{
    const struct xh__chunk *chunk = &piece->chunk;
    size_t cell = walker->cell_first + window;
    struct xh_sum sum = {chunk->sum, chunk->compensation, chunk->count};
    xh__cell_add(&walker->cells.basics[cell], &sum, chunk->min, chunk->max, chunk->quality);
    return add_window_ends(walker, piece, 0, chunk->count, cell, err);
}

/* Rows [from, to), which were folded. */
static int add_fold(struct xh__walker *walker, const struct xh__piece *piece, uint32_t from,
                    uint32_t to, const struct xh__codec_fold *fold, size_t window,
                    struct xh_err *err)
{
    size_t cell = walker->cell_first + window;
    uint8_t quality = 0;
    int rc = quality_of_rows(walker, piece, from, to, &quality, err);
    if (rc < 0) {
        return rc;
    }
    xh__cell_add(&walker->cells.basics[cell], &fold->sum, fold->min, fold->max, quality);
    return add_window_ends(walker, piece, from, to, cell, err);
}

/* The first row at or after an edge; of times at equal steps the index tells it. */
static int seek(const struct xh__piece *piece, int64_t edge_us, uint32_t *ret, struct xh_err *err)
{
    const struct xh__chunk *chunk = &piece->chunk;
    if (edge_us <= chunk->from_us) {
        *ret = 0;
        return 0;
    }
    if (edge_us > chunk->last_us) {
        *ret = chunk->count;
        return 0;
    }
    if ((chunk->flags & XH__CHUNK_IS_STEP) != 0) {
        int64_t step_us = (chunk->last_us - chunk->from_us) / (chunk->count - 1);
        *ret = (uint32_t)((edge_us - chunk->from_us + step_us - 1) / step_us);
        return 0;
    }
    return xh__segment_seek(piece->segment, chunk, edge_us, ret, err);
}

enum { PARTS_MAX = 64 }; /* folded at once */

/* Rows between neighbouring edges, none empty. */
struct parts {
    uint32_t bounds[PARTS_MAX + 1];
    size_t windows[PARTS_MAX];
    size_t count;
};

static int add_parts(struct xh__walker *walker, const struct xh__piece *piece, struct parts *parts,
                     struct xh_err *err)
{
    struct xh__codec_fold folds[PARTS_MAX];
    int rc = xh__segment_fold_parts(piece->segment, &piece->chunk, parts->bounds, parts->count,
                                    folds, err);
    for (size_t i = 0; rc == 0 && i < parts->count; i++) {
        rc = add_fold(walker, piece, parts->bounds[i], parts->bounds[i + 1], &folds[i],
                      parts->windows[i], err);
    }
    parts->bounds[0] = parts->bounds[parts->count];
    parts->count = 0;
    return rc;
}

static int fold_between_edges(struct xh__walker *walker, const struct xh__piece *piece,
                              uint32_t row, uint32_t row_end, size_t window, struct xh_err *err)
{
    struct parts parts;
    parts.bounds[0] = row;
    parts.count = 0;
    int rc = 0;
    for (; rc == 0 && row < row_end; window++) {
        uint32_t end = row_end;
        rc = seek(piece, walker->edges_us[window + 1], &end, err);
        if (rc < 0 || end <= row) {
            continue;
        }
        row = end < row_end ? end : row_end;
        parts.windows[parts.count++] = window;
        parts.bounds[parts.count] = row;
        if (parts.count == PARTS_MAX || row == row_end) {
            rc = add_parts(walker, piece, &parts, err);
        }
    }
    return rc;
}

/* ---- decoding ---- */

/* Of several rows of one time, which stand side by side, the last one is in force. */
static void drop_corrected(struct xh__columns *columns, bool has_all)
{
    size_t kept = 0;
    for (size_t i = 0; i < columns->count; i++) {
        if (i + 1 < columns->count && columns->at_us[i] == columns->at_us[i + 1]) {
            continue;
        }
        columns->at_us[kept] = columns->at_us[i];
        columns->values[kept] = columns->values[i];
        columns->quality[kept] = columns->quality[i];
        if (has_all) {
            columns->decimals[kept] = columns->decimals[i];
            columns->seqs[kept] = columns->seqs[i];
            columns->arrival_us[kept] = columns->arrival_us[i];
        }
        kept++;
    }
    columns->count = kept;
}

static int decode_and_add(struct xh__walker *walker, const struct xh__piece *piece, uint32_t row,
                          uint32_t row_end, bool has_basics, struct xh_err *err)
{
    struct xh__columns *columns = &walker->columns;
    bool has_all = has_basics && walker->cells.ends != NULL;
    unsigned wanted = XH__COLUMN_TIME | XH__COLUMN_VALUE | XH__COLUMN_QUALITY;
    columns->count = 0;
    int rc = xh__segment_decode(piece->segment, &piece->chunk, row, row_end,
                                has_all ? XH__COLUMN_ALL : wanted, columns, err);
    if (rc < 0) {
        return rc;
    }
    columns->count = row_end - row;
    if ((piece->chunk.flags & XH__CHUNK_TIMES_DIFFER) == 0 && !walker->ask.is_keep_all) {
        drop_corrected(columns, has_all);
    }
    return xh__walker_add(walker, columns, has_basics, err);
}

int xh__walker_chunk(struct xh__walker *walker, const struct xh__piece *piece, struct xh_err *err)
{
    const struct xh__chunk *chunk = &piece->chunk;
    const int64_t *edges_us = walker->edges_us;
    uint32_t row = 0, row_end = chunk->count;
    int rc = seek(piece, edges_us[0], &row, err);
    if (rc == 0) {
        rc = seek(piece, edges_us[walker->window_count], &row_end, err);
    }
    if (rc < 0 || row >= row_end) {
        return rc;
    }
    if ((chunk->flags & XH__CHUNK_TIMES_DIFFER) == 0 && !walker->ask.is_keep_all) {
        return decode_and_add(walker, piece, row, row_end, true, err);
    }
    int64_t from_us = chunk->from_us > edges_us[0] ? chunk->from_us : edges_us[0];
    size_t window = xh__walker_window(walker, from_us);
    size_t windows_max = (row_end - row) / ROWS_A_WINDOW_MIN;
    if (row == 0 && row_end == chunk->count && chunk->last_us < edges_us[window + 1]) {
        rc = add_whole(walker, piece, window, err);
    } else if (walker->window_count - window > windows_max &&
               chunk->last_us >= edges_us[window + windows_max]) {
        return decode_and_add(walker, piece, row, row_end, true, err);
    } else {
        rc = fold_between_edges(walker, piece, row, row_end, window, err);
    }
    return rc < 0 || (walker->measures & XH__EACH_VALUE) == 0
               ? rc
               : decode_and_add(walker, piece, row, row_end, false, err);
}
