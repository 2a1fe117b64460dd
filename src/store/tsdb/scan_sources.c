/* scan_sources.c: what a series has in a span of time: chunks of segments, rows of memories.
 *
 * Segments of a view are in order of their months, so the months of a span are found by bisection.
 * In a memory each row knows the earlier one of its series: the walk goes from the latest row back,
 * memory by memory, and ends at a row in order that lies before the span: all that came before it
 * are earlier still.
 */
#include "base/arena.h"
#include "store/tsdb/keep_internal.h"
#include "store/tsdb/scan_internal.h"

#include <stdlib.h>

/* ---- places ---- */

struct xh__scan_places *xh__scan_places_create(void)
{
    return xh_alloc(sizeof(struct xh__scan_places));
}

void xh__scan_places_finish(struct xh__scan_places *places)
{
    for (size_t i = 0; i < XH__SCAN_PLACES; i++) {
        free(places->by_slot[i]);
        places->by_slot[i] = NULL;
    }
    xh__columns_finish(&places->columns);
}

void xh__scan_places_destroy(struct xh__scan_places *places)
{
    if (places != NULL) {
        xh__scan_places_finish(places);
        free(places);
    }
}

struct xh__index_place *xh__scan_place(struct xh__scan_places *places,
                                       const struct xh__segment *segment)
{
    struct xh__index_place **slot =
        &places->by_slot[xh__segment_info(segment)->number % XH__SCAN_PLACES];
    if (*slot == NULL) {
        *slot = xh_alloc(sizeof(**slot));
    }
    return *slot;
}

/* ---- chunks ---- */

void xh__pieces_finish(struct xh__pieces *pieces)
{
    free(pieces->items);
    *pieces = (struct xh__pieces){0};
}

/* The first segment of the view whose month is at least `month`. */
static size_t first_of_month(const struct xh__view *view, int32_t month)
{
    size_t low = 0, high = view->segment_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (xh__segment_info(view->segments[middle]->segment)->month < month) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void xh__segments_of_span(const struct xh__view *view, int64_t from_us, int64_t to_us,
                          size_t *ret_from, size_t *ret_to)
{
    *ret_from = 0;
    *ret_to = view->segment_count;
    if (from_us >= to_us || from_us > XH_TIME_MAX || to_us <= XH_TIME_MIN) {
        *ret_to = 0;
        return;
    }
    if (from_us > XH_TIME_MIN) {
        *ret_from = first_of_month(view, xh__month_of(from_us));
    }
    if (to_us <= XH_TIME_MAX) {
        *ret_to = first_of_month(view, xh__month_of(to_us - 1) + 1);
    }
}

static int add_piece(void *arg, const struct xh__segment *segment, const struct xh__chunk *chunk)
{
    struct xh__pieces *pieces = arg;
    if (pieces->count == pieces->capacity) {
        pieces->capacity = pieces->capacity > 0 ? 2 * pieces->capacity : 16;
        pieces->items = xh_realloc(pieces->items, pieces->capacity * sizeof(*pieces->items));
    }
    pieces->items[pieces->count++] = (struct xh__piece){.segment = segment, .chunk = *chunk};
    return 0;
}

static int by_first_time(const void *a, const void *b)
{
    const struct xh__chunk *x = &((const struct xh__piece *)a)->chunk;
    const struct xh__chunk *y = &((const struct xh__piece *)b)->chunk;
    if (x->from_us != y->from_us) {
        return x->from_us < y->from_us ? -1 : 1;
    }
    return (x->seq_min > y->seq_min) - (x->seq_min < y->seq_min);
}

static int by_last_time_falling(const void *a, const void *b)
{
    const struct xh__chunk *x = &((const struct xh__piece *)a)->chunk;
    const struct xh__chunk *y = &((const struct xh__piece *)b)->chunk;
    if (x->last_us != y->last_us) {
        return x->last_us > y->last_us ? -1 : 1;
    }
    return (x->seq_max < y->seq_max) - (x->seq_max > y->seq_max);
}

/* Chunks mostly come in order: flush after flush. */
static void sort_pieces(struct xh__piece *items, size_t count, bool is_backwards)
{
    int (*order)(const void *, const void *) = is_backwards ? by_last_time_falling : by_first_time;
    for (size_t i = 1; i < count; i++) {
        if (order(&items[i - 1], &items[i]) > 0) {
            qsort(items, count, sizeof(*items), order);
            return;
        }
    }
}

int xh__pieces_gather(struct xh__pieces *pieces, struct xh__scan_places *places,
                      const struct xh__view *view, const struct xh__series_span *span,
                      size_t segment_from, size_t segment_to, bool is_backwards, struct xh_err *err)
{
    size_t before = pieces->count;
    for (size_t i = segment_from; i < segment_to; i++) {
        const struct xh__segment *segment = view->segments[i]->segment;
        const struct xh__segment_info *info = xh__segment_info(segment);
        if (span->id < info->id_min || span->id > info->id_max || span->from_us > info->last_us ||
            span->to_us <= info->from_us) {
            continue;
        }
        int rc = xh__segment_find(segment, xh__scan_place(places, segment), span->id, span->from_us,
                                  span->to_us, add_piece, pieces, err);
        if (rc < 0) {
            return rc;
        }
    }
    sort_pieces(pieces->items + before, pieces->count - before, is_backwards);
    return 0;
}

bool xh__chunk_is_retracted(const struct xh__chunk *chunk, const struct xh__amend_spans *spans)
{
    size_t low = 0, high = spans->count; /* the first span that ends at seq_min or behind it */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (spans->spans[middle].seq_to < chunk->seq_min) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < spans->count && spans->spans[low].seq_from <= chunk->seq_max;
}

bool xh__chunk_is_erased(const struct xh__chunk *chunk, const struct xh__amend_erasure *erasures)
{
    for (; erasures != NULL; erasures = erasures->next) {
        if (erasures->what.from_us <= chunk->last_us && erasures->what.to_us > chunk->from_us &&
            erasures->what.seq_below > chunk->seq_min) {
            return true;
        }
    }
    return false;
}

/* ---- rows of memories ---- */

void xh__rows_finish(struct xh__rows *rows)
{
    free(rows->items);
    *rows = (struct xh__rows){0};
}

void xh__row_walk_start(struct xh__row_walk *walk, const struct xh__snapshot *snapshot, uint32_t id)
{
    *walk = (struct xh__row_walk){
        .snapshot = snapshot, .id = id, .row = XH__ROW_NONE, .mem = snapshot->view->mem_count};
    if (walk->mem > 0) {
        walk->row = xh__mem_latest(snapshot->view->mems[walk->mem - 1], id);
    }
}

const struct xh__mem_row *xh__row_walk_next(struct xh__row_walk *walk)
{
    const struct xh__view *view = walk->snapshot->view;
    while (walk->mem > 0) {
        const struct xh__mem *mem = view->mems[walk->mem - 1];
        uint32_t visible = walk->snapshot->visible[walk->mem - 1];
        while (walk->row != XH__ROW_NONE) {
            const struct xh__mem_row *row = xh__mem_at(mem, walk->row);
            bool is_visible = walk->row < visible;
            walk->row = row->earlier;
            if (is_visible) {
                return row;
            }
        }
        walk->mem--;
        if (walk->mem > 0) {
            walk->row = xh__mem_latest(view->mems[walk->mem - 1], walk->id);
        }
    }
    return NULL;
}

static int by_time_and_seq(const void *a, const void *b)
{
    const struct xh__mem_row *x = *(const struct xh__mem_row *const *)a;
    const struct xh__mem_row *y = *(const struct xh__mem_row *const *)b;
    if (x->at_us != y->at_us) {
        return x->at_us < y->at_us ? -1 : 1;
    }
    return (x->seq > y->seq) - (x->seq < y->seq);
}

/* The rows stand as they were walked, latest first. */
static void put_in_order(struct xh__rows *rows)
{
    for (size_t i = 0, j = rows->count; i + 1 < j; i++) {
        const struct xh__mem_row *swap = rows->items[i];
        rows->items[i] = rows->items[--j];
        rows->items[j] = swap;
    }
    bool is_sorted = true;
    rows->times_differ = true;
    for (size_t i = 1; i < rows->count && is_sorted; i++) {
        is_sorted = rows->items[i - 1]->at_us <= rows->items[i]->at_us;
        rows->times_differ = rows->times_differ &&
                             rows->items[i - 1]->at_us != rows->items[i]->at_us;
    }
    if (is_sorted) {
        return;
    }
    qsort(rows->items, rows->count, sizeof(*rows->items), by_time_and_seq);
    rows->times_differ = true;
    for (size_t i = 1; i < rows->count && rows->times_differ; i++) {
        rows->times_differ = rows->items[i - 1]->at_us != rows->items[i]->at_us;
    }
}

void xh__rows_gather(struct xh__rows *rows, const struct xh__snapshot *snapshot,
                     const struct xh__series_span *span)
{
    rows->count = 0;
    struct xh__row_walk walk;
    xh__row_walk_start(&walk, snapshot, span->id);
    const struct xh__mem_row *row;
    while ((row = xh__row_walk_next(&walk)) != NULL) {
        if (row->at_us < span->from_us) {
            if (row->is_in_order) {
                break;
            }
            continue;
        }
        if (row->at_us < span->to_us) {
            if (rows->count == rows->capacity) {
                rows->capacity = rows->capacity > 0 ? 2 * rows->capacity : 64;
                rows->items = xh_realloc(rows->items, rows->capacity * sizeof(*rows->items));
            }
            rows->items[rows->count++] = row;
        }
        if (row->is_in_order && row->at_us == span->from_us) {
            break;
        }
    }
    put_in_order(rows);
}

struct xh_reading xh__row_reading(const struct xh__mem_row *row)
{
    return (struct xh_reading){.at_us = row->at_us,
                               .value = row->value,
                               .arrival_us = row->arrival_us,
                               .seq = row->seq,
                               .quality = row->quality,
                               .decimals = (int8_t)(row->decimals - 1),
                               .is_in_force = true};
}
