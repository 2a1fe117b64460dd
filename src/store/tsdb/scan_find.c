/* scan_find.c: one reading by its time or number, and counts: for the committer and single
 * readings.
 *
 * The nearest reading before an instant. A row in order in memory is later than all that its series
 * had before. So when such a row lies before the instant, is known and nothing of its series was
 * taken back, there is a reading in force at its time or later: only that span need be read, which
 * mostly is one row.
 */
#include "base/arena.h"
#include "store/tsdb/keep_internal.h"
#include "store/tsdb/scan_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- series ---- */

void xh__series_key_text(const struct xh_series_key *key, char text[33])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < sizeof(key->bytes); i++) {
        text[2 * i] = digits[key->bytes[i] >> 4];
        text[2 * i + 1] = digits[key->bytes[i] & 15];
    }
    text[32] = '\0';
}

int xh__series_find(struct xh_tsdb *db, const struct xh_series_key *keys, size_t count,
                    uint32_t *ret_ids, struct xh_err *err)
{
    if (xh__dict_find(db->dict, keys, count, ret_ids) == 0) {
        return 0;
    }
    size_t i = 0;
    while (ret_ids[i] != XH__ID_NONE) {
        i++;
    }
    char text[33];
    xh__series_key_text(&keys[i], text);
    return xh_err_set(err, XH_E_NOT_FOUND, "series '%s' was not declared", text);
}

void xh__scan_ask_series(struct xh_tsdb *db, uint32_t id, struct xh__scan_ask *ret)
{
    uint8_t flags = xh__dict_flags(db->dict, id);
    *ret = (struct xh__scan_ask){.id = id, .is_keep_all = (flags & XH__SERIES_KEEP_ALL) != 0};
    if ((flags & XH__SERIES_HAS_AMENDMENTS) != 0) {
        ret->retractions = xh__amend_retractions(db->amend, id);
    }
}

void xh__snapshot_take_series(struct xh_tsdb *db, uint32_t id, struct xh__snapshot *ret,
                              struct xh__scan_ask *ret_ask)
{
    struct xh__scan_ask again;
    xh__scan_ask_series(db, id, ret_ask);
    xh__snapshot_take(db, ret);
    for (xh__scan_ask_series(db, id, &again); again.retractions != ret_ask->retractions;
         xh__scan_ask_series(db, id, &again)) {
        *ret_ask = again;
        xh__snapshot_release(ret);
        xh__snapshot_take(db, ret);
    }
}

void xh__run_halves(void *(*run)(void *half), void *lower, void *upper)
{
    pthread_t thread;
    bool has_thread = pthread_create(&thread, NULL, run, lower) == 0;
    (void)run(upper);
    if (has_thread) {
        (void)pthread_join(thread, NULL);
    } else {
        (void)run(lower);
    }
}

static bool is_amended(struct xh_tsdb *db, uint32_t id)
{
    return (xh__dict_flags(db->dict, id) & XH__SERIES_HAS_AMENDMENTS) != 0;
}

/* ---- the nearest ---- */

static void narrow_to_row_in_order(struct xh_tsdb *db, const struct xh__snapshot *snapshot,
                                   struct xh__scan_ask *ask)
{
    if (is_amended(db, ask->id)) {
        return;
    }
    struct xh__row_walk walk;
    xh__row_walk_start(&walk, snapshot, ask->id);
    const struct xh__mem_row *row;
    while ((row = xh__row_walk_next(&walk)) != NULL && row->at_us >= ask->from_us) {
        if (row->is_in_order && row->at_us < ask->to_us &&
            (ask->as_known_us == 0 || row->arrival_us <= ask->as_known_us)) {
            ask->from_us = row->at_us;
            return;
        }
    }
}

static int first_of(struct xh__scan *scan, struct xh_tsdb *db, const struct xh__snapshot *snapshot,
                    struct xh__scan_places *places, const struct xh__scan_ask *ask,
                    struct xh_reading *ret, struct xh_err *err)
{
    struct xh_reading reading;
    int rc = xh__scan_start(scan, db, snapshot, places, ask, err);
    if (rc < 0) {
        return rc;
    }
    ptrdiff_t count = xh__scan_next(scan, &reading, 1, err);
    if (count > 0) {
        *ret = reading;
    }
    return (int)count;
}

int xh__scan_before(struct xh__scan *scan, struct xh_tsdb *db, const struct xh__snapshot *snapshot,
                    struct xh__scan_places *places, struct xh__scan_ask *ask,
                    struct xh_reading *ret, struct xh_err *err)
{
    ask->is_backwards = true;
    ask->with_corrected = false;
    narrow_to_row_in_order(db, snapshot, ask);
    return first_of(scan, db, snapshot, places, ask, ret, err);
}

int xh__scan_after(struct xh__scan *scan, struct xh_tsdb *db, const struct xh__snapshot *snapshot,
                   struct xh__scan_places *places, struct xh__scan_ask *ask, struct xh_reading *ret,
                   struct xh_err *err)
{
    ask->is_backwards = ask->with_corrected = false;
    return first_of(scan, db, snapshot, places, ask, ret, err);
}

/* ---- by number ---- */

struct seek_seq {
    uint64_t seq;
    int64_t at_us;
    struct xh__columns columns;
    struct xh_err *err;
};

/* 1: found; the time is in the same row. */
static int look_for_seq(void *arg, const struct xh__segment *segment, const struct xh__chunk *chunk)
{
    struct seek_seq *seek = arg;
    if (seek->seq < chunk->seq_min || seek->seq > chunk->seq_max) {
        return 0;
    }
    seek->columns.count = 0;
    int rc = xh__segment_decode(segment, chunk, 0, chunk->count, XH__COLUMN_TIME | XH__COLUMN_SEQ,
                                &seek->columns, seek->err);
    for (uint32_t i = 0; rc == 0 && i < chunk->count; i++) {
        if (seek->columns.seqs[i] == seek->seq) {
            seek->at_us = seek->columns.at_us[i];
            return 1;
        }
    }
    return rc;
}

int xh__scan_time_of(const struct xh__snapshot *snapshot, uint32_t id, uint64_t seq,
                     int64_t *ret_at_us, struct xh_err *err)
{
    struct xh__row_walk walk;
    xh__row_walk_start(&walk, snapshot, id);
    const struct xh__mem_row *row;
    while ((row = xh__row_walk_next(&walk)) != NULL && row->seq >= seq) {
        if (row->seq == seq) {
            *ret_at_us = row->at_us;
            return 1;
        }
    }
    if (row != NULL) {
        return 0; /* a memory has lower ones, so segments have none so high */
    }
    struct seek_seq seek = {.seq = seq, .err = err};
    struct xh__index_place *place = xh_alloc(sizeof(*place));
    const struct xh__view *view = snapshot->view;
    int rc = 0;
    for (size_t i = view->segment_count; i > 0 && rc == 0; i--) {
        const struct xh__segment *segment = view->segments[i - 1]->segment;
        const struct xh__segment_info *info = xh__segment_info(segment);
        if (id >= info->id_min && id <= info->id_max) {
            rc = xh__segment_find(segment, place, id, XH_TIME_MIN, XH_TIME_MAX + 1, look_for_seq,
                                  &seek, err);
        }
    }
    free(place);
    xh__columns_finish(&seek.columns);
    if (rc > 0) {
        *ret_at_us = seek.at_us;
    }
    return rc;
}

/* ---- the committer's look-up by time ---- */

struct seek_time {
    struct xh__scan_places *places;
    int64_t at_us;
    struct xh_reading reading;
    bool is_found;
    struct xh_err *err;
};

/* Keeps the reading of that time with the highest seq: in a chunk they stand side by side. */
static int look_for_time(void *arg, const struct xh__segment *segment,
                         const struct xh__chunk *chunk)
{
    struct seek_time *seek = arg;
    if (seek->is_found && seek->reading.seq > chunk->seq_max) {
        return 0;
    }
    uint32_t behind = 0;
    int rc = xh__segment_seek(segment, chunk, seek->at_us + 1, &behind, seek->err);
    if (rc < 0 || behind == 0) {
        return rc;
    }
    struct xh__columns *columns = &seek->places->columns;
    columns->count = 0;
    rc = xh__segment_decode(segment, chunk, behind - 1, behind, XH__COLUMN_TIME, columns,
                            seek->err);
    if (rc < 0 || columns->at_us[0] != seek->at_us) {
        return rc;
    }
    columns->count = 0;
    rc = xh__segment_decode(segment, chunk, behind - 1, behind, XH__COLUMN_ALL, columns, seek->err);
    if (rc < 0 || (seek->is_found && seek->reading.seq > columns->seqs[0])) {
        return rc;
    }
    seek->is_found = true;
    seek->reading = xh__columns_reading(columns, 0);
    return 0;
}

static int find_in_segments(const struct xh__snapshot *snapshot, struct xh__scan_places *places,
                            uint32_t id, int64_t at_us, struct xh_reading *ret, struct xh_err *err)
{
    struct seek_time seek = {.places = places, .at_us = at_us, .err = err};
    size_t from, to;
    xh__segments_of_span(snapshot->view, at_us, at_us + 1, &from, &to);
    for (size_t i = from; i < to; i++) {
        const struct xh__segment *segment = snapshot->view->segments[i]->segment;
        const struct xh__segment_info *info = xh__segment_info(segment);
        if (id < info->id_min || id > info->id_max || at_us < info->from_us ||
            at_us > info->last_us) {
            continue;
        }
        int rc = xh__segment_find(segment, xh__scan_place(places, segment), id, at_us, at_us + 1,
                                  look_for_time, &seek, err);
        if (rc < 0) {
            return rc;
        }
    }
    if (seek.is_found) {
        *ret = seek.reading;
    }
    return seek.is_found ? 1 : 0;
}

int xh__scan_in_force_at(struct xh_tsdb *db, const struct xh__snapshot *snapshot,
                         struct xh__scan_places *places, uint32_t id, int64_t at_us,
                         struct xh_reading *ret, struct xh_err *err)
{
    if (is_amended(db, id)) {
        struct xh__scan scan = {0};
        struct xh__scan_ask ask;
        xh__scan_ask_series(db, id, &ask);
        ask.from_us = at_us;
        ask.to_us = at_us + 1;
        int rc = first_of(&scan, db, snapshot, places, &ask, ret, err);
        xh__scan_finish(&scan);
        return rc;
    }
    const struct xh__view *view = snapshot->view;
    for (size_t i = view->mem_count; i > 0; i--) {
        uint32_t row = xh__mem_find(view->mems[i - 1], id, at_us, snapshot->visible[i - 1]);
        if (row != XH__ROW_NONE) {
            *ret = xh__row_reading(xh__mem_at(view->mems[i - 1], row));
            return 1;
        }
    }
    return find_in_segments(snapshot, places, id, at_us, ret, err);
}

/* ---- counts ---- */

enum { COUNT_READINGS = 512 };

/* Counts the readings of an ask whose seq lies in a span. */
static int count_span(struct xh_tsdb *db, const struct xh__snapshot *snapshot,
                      const struct xh__scan_ask *ask, uint64_t seq_from, uint64_t seq_to,
                      uint64_t *count, struct xh_err *err)
{
    struct xh__scan scan = {0};
    struct xh_reading readings[COUNT_READINGS];
    ptrdiff_t part = xh__scan_start(&scan, db, snapshot, NULL, ask, err);
    while (part >= 0 && (part = xh__scan_next(&scan, readings, COUNT_READINGS, err)) > 0) {
        for (ptrdiff_t i = 0; i < part; i++) {
            *count += readings[i].seq >= seq_from && readings[i].seq <= seq_to;
        }
    }
    xh__scan_finish(&scan);
    return (int)part;
}

int xh__scan_count_range(struct xh_tsdb *db, const struct xh__snapshot *snapshot, uint32_t id,
                         int64_t from_us, int64_t to_us, uint64_t *ret, struct xh_err *err)
{
    struct xh__scan_ask ask;
    xh__scan_ask_series(db, id, &ask);
    ask.retractions = NULL; /* a retracted reading is there all the same */
    ask.from_us = from_us;
    ask.to_us = to_us;
    ask.with_corrected = true;
    uint64_t count = 0;
    int rc = count_span(db, snapshot, &ask, 0, UINT64_MAX, &count, err);
    if (rc == 0) {
        *ret = count;
    }
    return rc;
}

/* Spans of time in which readings of a span of numbers lie. */
struct span_list {
    struct span {
        int64_t from_us, last_us;
    } *items;
    size_t count, capacity;
    uint64_t seq_from, seq_to;
};

static void add_span(struct span_list *list, int64_t from_us, int64_t last_us)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity > 0 ? 2 * list->capacity : 16;
        list->items = xh_realloc(list->items, list->capacity * sizeof(*list->items));
    }
    list->items[list->count++] = (struct span){from_us, last_us};
}

static int add_chunk_span(void *arg, const struct xh__segment *segment,
                          const struct xh__chunk *chunk)
{
    struct span_list *list = arg;
    (void)segment;
    if (chunk->seq_min <= list->seq_to && chunk->seq_max >= list->seq_from) {
        add_span(list, chunk->from_us, chunk->last_us);
    }
    return 0;
}

static int by_begin(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    return (x->from_us > y->from_us) - (x->from_us < y->from_us);
}

/* Sorted and disjoint. */
static void join_spans(struct span_list *list)
{
    if (list->count == 0) {
        return;
    }
    qsort(list->items, list->count, sizeof(*list->items), by_begin);
    size_t kept = 0;
    for (size_t i = 1; i < list->count; i++) {
        struct span *last = &list->items[kept];
        if (list->items[i].from_us > last->last_us) {
            list->items[++kept] = list->items[i];
        } else if (list->items[i].last_us > last->last_us) {
            last->last_us = list->items[i].last_us;
        }
    }
    list->count = kept + 1;
}

static int gather_spans(const struct xh__snapshot *snapshot, uint32_t id, struct span_list *list,
                        struct xh_err *err)
{
    struct xh__row_walk walk;
    xh__row_walk_start(&walk, snapshot, id);
    const struct xh__mem_row *row;
    while ((row = xh__row_walk_next(&walk)) != NULL && row->seq >= list->seq_from) {
        if (row->seq <= list->seq_to) {
            add_span(list, row->at_us, row->at_us);
        }
    }
    struct xh__index_place *place = xh_alloc(sizeof(*place));
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < snapshot->view->segment_count; i++) {
        const struct xh__segment *segment = snapshot->view->segments[i]->segment;
        rc = xh__segment_find(segment, place, id, XH_TIME_MIN, XH_TIME_MAX + 1, add_chunk_span,
                              list, err);
    }
    free(place);
    join_spans(list);
    return rc;
}

/* A walk over many rows that lie side by side is one span: each span is a scan of its own. */
static void bridge_spans(struct span_list *list)
{
    enum { SPANS_MAX = 64 };
    if (list->count > SPANS_MAX) {
        list->items[0].last_us = list->items[list->count - 1].last_us;
        list->count = 1;
    }
}

int xh__scan_count_in_force(struct xh_tsdb *db, const struct xh__snapshot *snapshot, uint32_t id,
                            uint64_t seq_from, uint64_t seq_to, uint64_t *ret, struct xh_err *err)
{
    struct span_list list = {.seq_from = seq_from, .seq_to = seq_to};
    struct xh__scan_ask ask;
    xh__scan_ask_series(db, id, &ask);
    uint64_t count = 0;
    int rc = gather_spans(snapshot, id, &list, err);
    bridge_spans(&list);
    for (size_t i = 0; rc == 0 && i < list.count; i++) {
        ask.from_us = list.items[i].from_us;
        ask.to_us = list.items[i].last_us + 1;
        rc = count_span(db, snapshot, &ask, seq_from, seq_to, &count, err);
    }
    free(list.items);
    if (rc == 0) {
        *ret = count;
    }
    return rc;
}
