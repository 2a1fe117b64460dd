/* scan.c: sources merged by (time, seq), and what of each group is in force.
 *
 * The order of a scan is told by keys that grow: the time, or backwards its negative.
 *
 * Invariants
 *   1. Open sources have a row on their page; one without is closed at once.
 *   2. Whatever is not open yet, chunks and months alike, has a key of at least pending_key.
 *   3. So the open source with the least key may give, without a look at the others, all its rows
 *      below the bound: the second least key of open sources and pending_key. This is how nearly
 *      everything is read. Rows of one time in several sources, and several rows of one time, go
 *      through the group.
 *
 * Retractions are those of the ask. Erasures are asked for at each call.
 */
#include "base/arena.h"
#include "store/tsdb/keep_internal.h"
#include "store/tsdb/scan_internal.h"

#include <stdlib.h>

/* ---- order ---- */

static int64_t key_of(const struct xh__scan *scan, int64_t at_us)
{
    return scan->ask.is_backwards ? -at_us : at_us;
}

/* Where on the page the next row stands. */
static size_t head_of(const struct xh__scan *scan, const struct xh__source *source)
{
    return scan->ask.is_backwards ? source->end - 1 : source->at;
}

static int64_t head_key(const struct xh__scan *scan, const struct xh__source *source)
{
    return key_of(scan, source->page.at_us[head_of(scan, source)]);
}

static int64_t pending_key(const struct xh__scan *scan)
{
    bool is_backwards = scan->ask.is_backwards;
    if (scan->piece_next < scan->pieces.count) {
        const struct xh__chunk *chunk = &scan->pieces.items[scan->piece_next].chunk;
        return is_backwards ? -chunk->last_us : chunk->from_us;
    }
    if (scan->segment_from >= scan->segment_to) {
        return INT64_MAX;
    }
    struct xh__held_segment *const *segments = scan->snapshot->view->segments;
    if (is_backwards) {
        int32_t month = xh__segment_info(segments[scan->segment_to - 1]->segment)->month;
        return -(xh__month_begin_us(month + 1) - 1);
    }
    return xh__month_begin_us(xh__segment_info(segments[scan->segment_from]->segment)->month);
}

/* The open source whose row comes next, and the key that ends what it gives alone. */
static struct xh__source *least_source(const struct xh__scan *scan, int64_t *ret_bound)
{
    struct xh__source *least = &scan->sources[0];
    int64_t key = head_key(scan, least), bound = INT64_MAX;
    for (size_t i = 1; i < scan->source_count; i++) {
        int64_t other = head_key(scan, &scan->sources[i]);
        if (other < key) {
            bound = key;
            key = other;
            least = &scan->sources[i];
        } else if (other < bound) {
            bound = other;
        }
    }
    int64_t pending = pending_key(scan);
    *ret_bound = pending < bound ? pending : bound;
    return least;
}

/* ---- opening and closing sources ---- */

static bool touches_retracted(const struct xh__scan *scan, const struct xh__source *source)
{
    return source->segment != NULL ? xh__chunk_is_retracted(&source->chunk, &scan->retracted)
                                   : scan->retracted.count > 0;
}

static bool touches_erased(const struct xh__scan *scan, const struct xh__source *source)
{
    return source->segment != NULL ? xh__chunk_is_erased(&source->chunk, scan->erasures)
                                   : scan->erasures != NULL;
}

/* A place for one more source; its page may have memory from an earlier one. */
static struct xh__source *spare_source(struct xh__scan *scan)
{
    if (scan->source_count == scan->source_capacity) {
        size_t capacity = scan->source_capacity > 0 ? 2 * scan->source_capacity : 4;
        scan->sources = xh_realloc(scan->sources, capacity * sizeof(*scan->sources));
        for (size_t i = scan->source_capacity; i < capacity; i++) {
            scan->sources[i] = (struct xh__source){0};
        }
        scan->source_capacity = capacity;
    }
    return &scan->sources[scan->source_count];
}

/* The spare source was opened: it counts if it has a row. */
static int add_source(struct xh__scan *scan, struct xh_err *err)
{
    struct xh__source *source = &scan->sources[scan->source_count];
    source->may_be_retracted = touches_retracted(scan, source);
    source->may_be_erased = touches_erased(scan, source);
    source->is_all_known = scan->known_us == INT64_MAX ||
                           (source->segment && source->chunk.arrival_max_us <= scan->known_us);
    int rc = xh__source_fill(source, scan->ask.is_backwards, err);
    if (rc > 0) {
        scan->source_count++;
    }
    return rc < 0 ? rc : 0;
}

/* `rows` of the page were given. */
static int consume(struct xh__scan *scan, struct xh__source *source, size_t rows,
                   struct xh_err *err)
{
    if (scan->ask.is_backwards) {
        source->end -= rows;
    } else {
        source->at += rows;
    }
    int rc = xh__source_fill(source, scan->ask.is_backwards, err);
    if (rc == 0) {
        struct xh__source *last = &scan->sources[--scan->source_count];
        struct xh__source closed = *source;
        *source = *last;
        *last = closed;
    }
    return rc < 0 ? rc : 0;
}

/* Passes over the next segments that cannot hold the series: months without it cost nothing
 * more. */
static void skip_segments(struct xh__scan *scan)
{
    struct xh__held_segment *const *segments = scan->snapshot->view->segments;
    while (scan->segment_from < scan->segment_to) {
        size_t next = scan->ask.is_backwards ? scan->segment_to - 1 : scan->segment_from;
        const struct xh__segment_info *info = xh__segment_info(segments[next]->segment);
        if (scan->ask.id >= info->id_min && scan->ask.id <= info->id_max) {
            break;
        }
        if (scan->ask.is_backwards) {
            scan->segment_to--;
        } else {
            scan->segment_from++;
        }
    }
}

/* Gathers the chunks of the next month that the series may be in. */
static int next_month(struct xh__scan *scan, struct xh_err *err)
{
    struct xh__held_segment *const *segments = scan->snapshot->view->segments;
    size_t from = scan->segment_from, to = scan->segment_to;
    int32_t month =
        xh__segment_info(segments[scan->ask.is_backwards ? to - 1 : from]->segment)->month;
    if (scan->ask.is_backwards) {
        for (from = to - 1; from > scan->segment_from &&
                            xh__segment_info(segments[from - 1]->segment)->month == month;) {
            from--;
        }
        scan->segment_to = from;
    } else {
        for (to = from + 1;
             to < scan->segment_to && xh__segment_info(segments[to]->segment)->month == month;) {
            to++;
        }
        scan->segment_from = to;
    }
    scan->pieces.count = 0;
    scan->piece_next = 0;
    skip_segments(scan);
    struct xh__series_span span = {scan->ask.id, scan->ask.from_us, scan->ask.to_us};
    return xh__pieces_gather(&scan->pieces, scan->places, scan->snapshot->view, &span, from, to,
                             scan->ask.is_backwards, err);
}

/* Opens all that may hold a row before, or of the time of, the least one. */
static int admit(struct xh__scan *scan, struct xh_err *err)
{
    int rc = 0;
    while (rc == 0) {
        int64_t pending = pending_key(scan), bound;
        if (pending == INT64_MAX ||
            (scan->source_count > 0 && pending > head_key(scan, least_source(scan, &bound)))) {
            break;
        }
        if (scan->piece_next < scan->pieces.count) {
            rc = xh__source_open_chunk(spare_source(scan), &scan->pieces.items[scan->piece_next++],
                                       scan->ask.from_us, scan->ask.to_us, scan->want, err);
            rc = rc == 0 ? add_source(scan, err) : rc;
        } else {
            rc = next_month(scan, err);
        }
    }
    return rc;
}

/* ---- rows that are groups of their own ---- */

/* How many rows of the page, from its head on, are below the bound. */
static size_t rows_below(const struct xh__scan *scan, const struct xh__source *source,
                         int64_t bound)
{
    const int64_t *at_us = source->page.at_us;
    bool is_backwards = scan->ask.is_backwards;
    size_t low = 0, high = source->end - source->at;
    if (key_of(scan, at_us[is_backwards ? source->at : source->end - 1]) < bound) {
        return high;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        size_t place = is_backwards ? source->end - 1 - middle : source->at + middle;
        if (key_of(scan, at_us[place]) < bound) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Those of the first `count` rows that stand before the first two of one time. */
static size_t rows_alone(const struct xh__scan *scan, const struct xh__source *source, size_t count)
{
    const int64_t *at_us = source->page.at_us;
    size_t on_page = source->end - source->at;
    size_t head = head_of(scan, source), step = scan->ask.is_backwards ? (size_t)-1 : 1;
    for (size_t i = 0; i < count; i++, head += step) {
        bool is_last = i + 1 == on_page;
        if (is_last ? source->row < source->row_end : at_us[head] == at_us[head + step]) {
            return i;
        }
    }
    return count;
}

static void reading_at(const struct xh__columns *page, size_t i, struct xh_reading *ret)
{
    *ret = (struct xh_reading){.at_us = page->at_us[i],
                               .value = page->values[i],
                               .arrival_us = page->arrival_us[i],
                               .seq = page->seqs[i],
                               .quality = page->quality[i],
                               .decimals = page->decimals[i],
                               .is_in_force = true};
}

static bool is_there(const struct xh__scan *scan, const struct xh__source *source, size_t i)
{
    const struct xh__columns *page = &source->page;
    return (source->is_all_known || page->arrival_us[i] <= scan->known_us) &&
           !(source->may_be_erased &&
             xh__amend_is_erased(scan->erasures, page->at_us[i], page->seqs[i]));
}

/* Gives what is to be seen of `count` rows; returns how many that was. */
static size_t give_rows(const struct xh__scan *scan, const struct xh__source *source, size_t count,
                        struct xh_reading *readings)
{
    const struct xh__columns *page = &source->page;
    size_t head = head_of(scan, source), step = scan->ask.is_backwards ? (size_t)-1 : 1;
    if (source->is_all_known && !source->may_be_retracted && !source->may_be_erased) {
        for (size_t i = 0; i < count; i++, head += step) {
            reading_at(page, head, &readings[i]);
        }
        return count;
    }
    size_t given = 0;
    for (size_t i = 0; i < count; i++, head += step) {
        if (!is_there(scan, source, head)) {
            continue;
        }
        bool is_retracted = source->may_be_retracted &&
                            xh__amend_spans_hold(&scan->retracted, page->seqs[head]);
        if (is_retracted && !scan->ask.with_corrected) {
            continue;
        }
        reading_at(page, head, &readings[given]);
        readings[given].is_in_force = !is_retracted;
        readings[given++].is_retracted = is_retracted;
    }
    return given;
}

/* ---- groups ---- */

static void add_to_group(struct xh__scan *scan, const struct xh__source *source)
{
    size_t head = head_of(scan, source);
    if (!is_there(scan, source, head)) {
        return;
    }
    if (scan->group_count == scan->group_capacity) {
        scan->group_capacity = scan->group_capacity > 0 ? 2 * scan->group_capacity : 16;
        scan->group = xh_realloc(scan->group, scan->group_capacity * sizeof(*scan->group));
    }
    struct xh_reading *reading = &scan->group[scan->group_count++];
    reading_at(&source->page, head, reading);
    reading->is_retracted = source->may_be_retracted &&
                            xh__amend_spans_hold(&scan->retracted, reading->seq);
    reading->is_in_force = !reading->is_retracted;
}

static int by_seq(const void *a, const void *b)
{
    const struct xh_reading *x = a, *y = b;
    return (x->seq > y->seq) - (x->seq < y->seq);
}

static int by_seq_falling(const void *a, const void *b)
{
    return by_seq(b, a);
}

/* In a series that replaces one at most stays in force; what was not asked for is dropped. */
static void settle_group(struct xh__scan *scan)
{
    struct xh_reading *group = scan->group, *in_force = NULL;
    if (scan->group_count > 1) {
        qsort(group, scan->group_count, sizeof(*group),
              scan->ask.is_backwards ? by_seq_falling : by_seq);
    }
    for (size_t i = 0; i < scan->group_count && !scan->ask.is_keep_all; i++) {
        if (group[i].is_in_force && (in_force == NULL || group[i].seq > in_force->seq)) {
            in_force = &group[i];
        }
        group[i].is_in_force = false;
    }
    if (in_force != NULL) {
        in_force->is_in_force = true;
    }
    size_t kept = 0;
    for (size_t i = 0; i < scan->group_count; i++) {
        if (group[i].is_in_force || scan->ask.with_corrected) {
            group[kept++] = group[i];
        }
    }
    scan->group_count = kept;
}

/* Takes all rows of one time out of the open sources; more of that time is nowhere else. */
static int take_group(struct xh__scan *scan, int64_t key, struct xh_err *err)
{
    scan->group_next = scan->group_count = 0;
    for (size_t i = 0; i < scan->source_count;) {
        struct xh__source *source = &scan->sources[i];
        if (head_key(scan, source) != key) {
            i++;
            continue;
        }
        add_to_group(scan, source);
        int rc = consume(scan, source, 1, err); /* puts another one in its place at its end */
        if (rc < 0) {
            scan->group_count = 0;
            return rc;
        }
    }
    settle_group(scan);
    return 0;
}

/* An erasure may have come since the group was taken. */
static size_t give_group(struct xh__scan *scan, struct xh_reading *readings, size_t capacity)
{
    size_t given = 0;
    while (scan->group_next < scan->group_count && given < capacity) {
        const struct xh_reading *reading = &scan->group[scan->group_next++];
        if (!xh__amend_is_erased(scan->erasures, reading->at_us, reading->seq)) {
            readings[given++] = *reading;
        }
    }
    return given;
}

/* ---- life ---- */

static void look_at_erasures(struct xh__scan *scan)
{
    if ((xh__dict_flags(scan->db->dict, scan->ask.id) & XH__SERIES_HAS_AMENDMENTS) == 0) {
        return;
    }
    const struct xh__amend_erasure *erasures = xh__amend_erasures(scan->db->amend, scan->ask.id);
    if (erasures == scan->erasures) {
        return;
    }
    scan->erasures = erasures;
    for (size_t i = 0; i < scan->source_count; i++) {
        scan->sources[i].may_be_erased = touches_erased(scan, &scan->sources[i]);
    }
}

int xh__scan_start(struct xh__scan *scan, struct xh_tsdb *db, const struct xh__snapshot *snapshot,
                   struct xh__scan_places *places, const struct xh__scan_ask *ask,
                   struct xh_err *err)
{
    scan->db = db;
    scan->snapshot = snapshot;
    scan->places = places != NULL ? places : &scan->own_places;
    scan->ask = *ask;
    scan->known_us = ask->as_known_us != 0 ? ask->as_known_us : INT64_MAX;
    scan->erasures = NULL;
    scan->source_count = scan->pieces.count = scan->piece_next = 0;
    scan->group_next = scan->group_count = 0;
    scan->want = 1;
    xh__amend_spans_finish(&scan->retracted);
    scan->retracted = (struct xh__amend_spans){0};
    if (ask->retractions != NULL) {
        xh__amend_spans_make(ask->retractions, ask->as_known_us, &scan->retracted);
    }
    xh__segments_of_span(snapshot->view, ask->from_us, ask->to_us, &scan->segment_from,
                         &scan->segment_to);
    if (ask->from_us >= ask->to_us) {
        return 0;
    }
    skip_segments(scan);
    look_at_erasures(scan);
    struct xh__series_span span = {ask->id, ask->from_us, ask->to_us};
    xh__rows_gather(&scan->rows, snapshot, &span);
    if (scan->rows.count == 0) {
        return 0;
    }
    xh__source_open_rows(spare_source(scan), &scan->rows, XH__SCAN_PAGE_ROWS);
    return add_source(scan, err);
}

void xh__scan_finish(struct xh__scan *scan)
{
    for (size_t i = 0; i < scan->source_capacity; i++) {
        xh__columns_finish(&scan->sources[i].page);
    }
    free(scan->sources);
    free(scan->group);
    xh__pieces_finish(&scan->pieces);
    xh__rows_finish(&scan->rows);
    xh__amend_spans_finish(&scan->retracted);
    xh__scan_places_finish(&scan->own_places);
}

int xh__scan_open(struct xh_tsdb *db, const struct xh__snapshot *snapshot,
                  const struct xh__scan_ask *ask, struct xh__scan **ret, struct xh_err *err)
{
    struct xh__scan *scan = xh_alloc(sizeof(*scan));
    int rc = xh__scan_start(scan, db, snapshot, NULL, ask, err);
    if (rc < 0) {
        xh__scan_close(scan);
        return rc;
    }
    *ret = scan;
    return 0;
}

void xh__scan_close(struct xh__scan *scan)
{
    if (scan != NULL) {
        xh__scan_finish(scan);
        free(scan);
    }
}

/* Gives some rows, or takes a group. Returns how many were given. */
static ptrdiff_t step(struct xh__scan *scan, struct xh_reading *readings, size_t capacity,
                      struct xh_err *err)
{
    int64_t bound;
    struct xh__source *source = least_source(scan, &bound);
    size_t count = rows_below(scan, source, bound);
    count = count < capacity ? count : capacity;
    if (!scan->ask.is_keep_all && !source->times_differ) {
        count = rows_alone(scan, source, count);
    }
    if (count == 0) {
        return take_group(scan, head_key(scan, source), err);
    }
    size_t given = give_rows(scan, source, count, readings);
    int rc = consume(scan, source, count, err);
    return rc < 0 ? rc : (ptrdiff_t)given;
}

ptrdiff_t xh__scan_next(struct xh__scan *scan, struct xh_reading *readings, size_t capacity,
                        struct xh_err *err)
{
    size_t filled = 0;
    scan->want = capacity;
    look_at_erasures(scan);
    while (filled < capacity) {
        if (scan->group_next < scan->group_count) {
            filled += give_group(scan, readings + filled, capacity - filled);
            continue;
        }
        int rc = admit(scan, err);
        if (rc < 0) {
            return rc;
        }
        if (scan->source_count == 0) {
            break;
        }
        ptrdiff_t given = step(scan, readings + filled, capacity - filled, err);
        if (given < 0) {
            return given;
        }
        filled += (size_t)given;
    }
    return (ptrdiff_t)filled;
}
