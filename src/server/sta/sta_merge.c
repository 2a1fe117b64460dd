/* sta_merge.c: many series in one order of time. A heap of series by the time of their next
 * observation; one that was not read yet stands there with its first or last time, which the store
 * knows without reading: so of ten thousand series just those are opened that have something for
 * the page. */
#include "server/sta/sta_read_internal.h"

enum { READ_COUNT = 32 };

struct run {
    int64_t series_id;
    int64_t at_us;                     /* of its next one; not opened: none is before it */
    bool is_open;
    struct xh_observe_cursor *cursor;
    struct xh_observation *read;       /* READ_COUNT */
    size_t count, next;
};
struct merge {
    struct xh__sta_reader *r;
    const struct xh__sta_source *source;
    const struct xh__sta_mark *mark;
    bool is_backwards;
    struct run **heap;
    size_t count;
    struct xh_arena *arena;
};

static bool is_before(const struct merge *m, const struct run *a, const struct run *b)
{
    if (a->at_us != b->at_us) {
        return m->is_backwards ? a->at_us > b->at_us : a->at_us < b->at_us;
    }
    return a->series_id < b->series_id;
}

static void sink(struct merge *m, size_t at)
{
    for (;;) {
        size_t first = at, left = 2 * at + 1, right = left + 1;
        if (left < m->count && is_before(m, m->heap[left], m->heap[first])) {
            first = left;
        }
        if (right < m->count && is_before(m, m->heap[right], m->heap[first])) {
            first = right;
        }
        if (first == at) {
            return;
        }
        struct run *kept = m->heap[at];
        m->heap[at] = m->heap[first];
        m->heap[first] = kept;
        at = first;
    }
}

static void drop_first(struct merge *m)
{
    if (m->heap[0]->cursor != NULL) {
        xh_observe_close(m->heap[0]->cursor);
    }
    m->heap[0] = m->heap[--m->count];
    sink(m, 0);
}

/* The next ones of the first series; none: it leaves the heap. */
static int refill(struct merge *m, struct xh_err *err)
{
    struct run *run = m->heap[0];
    if (!run->is_open) {
        const struct xh_observe_range range = xh__sta_range_of(m->source, run->series_id,
                                                               m->is_backwards, m->mark);
        run->is_open = true;
        int code = range.from_us >= range.to_us
                       ? XH_E_NOT_FOUND
                       : xh_observe_read(m->r->ctx, &range, &run->cursor, err);
        if (code == XH_E_NOT_FOUND) {
            xh_err_clear(err);
            drop_first(m);
            return XH_E_OK;
        }
        if (code < 0) {
            return code;
        }
        run->read = XH_NEW_ARRAY(m->arena, struct xh_observation, READ_COUNT);
    }
    ptrdiff_t count = xh_observe_next(run->cursor, run->read, READ_COUNT, err);
    if (count < 0) {
        return (int)count;
    }
    run->next = 0;
    run->count = (size_t)count;
    if (count == 0) {
        drop_first(m);
        return XH_E_OK;
    }
    run->at_us = xh__sta_observed_at(&run->read[0]);
    sink(m, 0);
    return xh__sta_reader_spend(m->r, (uint64_t)count, err);
}

static int step(struct merge *m, xh__sta_observed_fn *each, void *arg, struct xh_err *err)
{
    struct run *run = m->heap[0];
    if (run->next == run->count) {
        return refill(m, err);
    }
    const struct xh_observation *o = &run->read[run->next++];
    bool is_wanted = m->source->feature_id == 0 || o->feature_id == m->source->feature_id;
    int code = is_wanted ? each(arg, o, err) : 0;
    if (code != 0) {
        return code;
    }
    if (run->next < run->count) {
        run->at_us = xh__sta_observed_at(&run->read[run->next]);
        sink(m, 0);
    }
    return 0;
}

/* Where each series begins, from what the store knows of it. */
static int runs_fill(struct merge *m, struct xh_err *err)
{
    const struct xh__sta_source *source = m->source;
    struct xh_observe_span *spans = XH_NEW_ARRAY(m->arena, struct xh_observe_span,
                                                 source->series_count + 1);
    struct run *runs = XH_NEW_ARRAY(m->arena, struct run, source->series_count + 1);
    m->heap = XH_NEW_ARRAY(m->arena, struct run *, source->series_count + 1);
    struct xh_ctx own = *m->r->ctx;
    own.arena = m->arena;
    int code = source->series_count == 0
                   ? XH_E_OK
                   : xh_observe_spans(&own, source->series_ids, source->series_count, spans, err);
    for (size_t i = 0; code >= 0 && i < source->series_count; i++) {
        const struct xh_observe_range range = xh__sta_range_of(source, source->series_ids[i],
                                                               m->is_backwards, m->mark);
        if (spans[i].count == 0 || spans[i].first_us >= range.to_us ||
            spans[i].last_us < range.from_us) {
            continue;
        }
        runs[i].series_id = source->series_ids[i];
        if (m->is_backwards) {
            runs[i].at_us = spans[i].last_us < range.to_us ? spans[i].last_us : range.to_us - 1;
        } else {
            runs[i].at_us = spans[i].first_us > range.from_us ? spans[i].first_us : range.from_us;
        }
        m->heap[m->count++] = &runs[i];
    }
    for (size_t i = m->count; i > 0; i--) {
        sink(m, i - 1);
    }
    return code;
}

int xh__sta_merge_scan(struct xh__sta_reader *r, const struct xh__sta_source *source,
                       bool is_backwards, const struct xh__sta_mark *mark,
                       xh__sta_observed_fn *each, void *arg, struct xh_err *err)
{
    struct merge m = {.r = r, .source = source, .mark = mark, .is_backwards = is_backwards};
    if (source->series_count == 1) {
        return xh__sta_series_scan(r, source, source->series_ids[0], is_backwards, mark, each, arg,
                                   err);
    }
    m.arena = xh_arena_create("merge");
    int code = runs_fill(&m, err);
    while (code == 0 && m.count > 0) {
        code = step(&m, each, arg, err);
    }
    for (size_t i = 0; i < m.count; i++) {
        if (m.heap[i]->cursor != NULL) {
            xh_observe_close(m.heap[i]->cursor);
        }
    }
    xh_arena_destroy(m.arena);
    return code;
}
