/* flush.c: a frozen memory becomes one segment for each month that it has readings of.
 *
 *   order        places of rows, sorted by series (counting), then time, seq      order_rows
 *   months       at most MONTHS_AT_ONCE writers are open: more months, more passes
 *   write        each series' rows to the writers of their months                 write_series
 *   commit       one manifest edit: segments in, memory out, the log's mark moves
 *
 * Rows of erasures are written like others: they stay masked, and counted, until they are purged.
 */
#include "store/tsdb/keep_internal.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

enum {
    MONTHS_AT_ONCE = 24,
    AHEAD = 24 /* rows of one series lie far from each other: they are asked for before */
};

struct flush {
    struct xh_tsdb *db;
    struct xh__mem *mem;
    uint32_t row_count;
    uint32_t *order;          /* places of rows by (series, time, seq) */
    uint32_t *ends;           /* of each series in `order` */
    uint32_t id_end;
    struct xh__arrivals arrivals;
    int32_t month_first, month_last;
    struct xh__columns columns;
    struct xh__segment **segments; /* made so far */
    size_t segment_count, segment_capacity;
    uint64_t flush_number;
};

static const struct xh__mem_row *row_at(const struct flush *flush, uint32_t place)
{
    return xh__mem_at(flush->mem, flush->order[place]);
}

/* ---- order ---- */

/* Counts rows by series into `ends`, collects instants, finds the months; how many came late. */
static uint32_t look_at_rows(struct flush *flush)
{
    int64_t at_min_us = XH_TIME_MAX, at_max_us = XH_TIME_MIN;
    uint32_t late_count = 0;
    for (uint32_t i = 0; i < flush->row_count; i++) {
        const struct xh__mem_row *row = xh__mem_at(flush->mem, i);
        flush->ends[row->id]++;
        late_count += !row->is_in_order;
        at_min_us = row->at_us < at_min_us ? row->at_us : at_min_us;
        at_max_us = row->at_us > at_max_us ? row->at_us : at_max_us;
        xh__arrivals_add(&flush->arrivals, row->arrival_us);
    }
    xh__arrivals_settle(&flush->arrivals, flush->row_count);
    flush->month_first = xh__month_of(at_min_us);
    flush->month_last = xh__month_of(at_max_us);
    return late_count;
}

/* Places of the rows in order, by series: a counting sort. Behind each series' there is room for
 * its late ones, which go to `late`. `ends` has the counts, and then the ends of what is placed. */
static void order_by_series(struct flush *flush, uint32_t *late)
{
    uint32_t begin = 0;
    for (uint32_t id = 0; id < flush->id_end; id++) {
        uint32_t count = flush->ends[id];
        flush->ends[id] = begin;
        begin += count;
    }
    for (uint32_t i = 0; i < flush->row_count; i++) {
        const struct xh__mem_row *row = xh__mem_at(flush->mem, i);
        if (row->is_in_order) {
            flush->order[flush->ends[row->id]++] = i;
        } else {
            *late++ = i;
        }
    }
}

static int by_series(const void *a, const void *b, void *arg)
{
    const struct xh__mem *mem = arg;
    const struct xh__mem_row *x = xh__mem_at(mem, *(const uint32_t *)a);
    const struct xh__mem_row *y = xh__mem_at(mem, *(const uint32_t *)b);
    if (x->id != y->id) {
        return x->id < y->id ? -1 : 1;
    }
    if (x->at_us != y->at_us) {
        return x->at_us < y->at_us ? -1 : 1;
    }
    return (x->seq > y->seq) - (x->seq < y->seq);
}

/* Merges the late rows of one series into those in order, from the end. */
static void merge_late(struct flush *flush, const uint32_t *late, uint32_t late_count)
{
    uint32_t id = xh__mem_at(flush->mem, late[0])->id;
    uint32_t begin = id == 0 ? 0 : flush->ends[id - 1];
    uint32_t from = flush->ends[id], to = from + late_count;
    flush->ends[id] = to;
    while (late_count > 0) {
        if (from > begin &&
            by_series(&flush->order[from - 1], &late[late_count - 1], flush->mem) > 0) {
            flush->order[--to] = flush->order[--from];
        } else {
            flush->order[--to] = late[--late_count];
        }
    }
}

static void order_rows(struct flush *flush)
{
    flush->id_end = xh__mem_id_end(flush->mem);
    flush->ends = xh_alloc(((size_t)flush->id_end + 1) * sizeof(*flush->ends));
    uint32_t late_count = look_at_rows(flush);
    uint32_t *late = xh_alloc(((size_t)late_count + 1) * sizeof(*late));
    order_by_series(flush, late);
    qsort_r(late, late_count, sizeof(*late), by_series, flush->mem);
    for (uint32_t i = 0, end; i < late_count; i = end) {
        uint32_t id = xh__mem_at(flush->mem, late[i])->id;
        for (end = i + 1; end < late_count && xh__mem_at(flush->mem, late[end])->id == id; end++) {
        }
        merge_late(flush, late + i, end - i);
    }
    free(late);
}

/* ---- write ---- */

/* Writers of the months [first, first + MONTHS_AT_ONCE), made when a row needs them. */
struct pass {
    struct flush *flush;
    int32_t first, end;
    int32_t next;                 /* the first month with rows behind the pass, or INT32_MAX */
    int64_t begin_us[MONTHS_AT_ONCE + 1];
    struct xh__segment_writer *writers[MONTHS_AT_ONCE];
};

static int need_writer(struct pass *pass, size_t at, struct xh_err *err)
{
    struct flush *flush = pass->flush;
    if (pass->writers[at] != NULL) {
        return 0;
    }
    struct xh__segment_options options = {
        .number = xh__file_number(flush->db),
        .month = pass->first + (int32_t)at,
        .level = 0,
        .flush_last = flush->flush_number,
        .chunk_rows = flush->db->options.chunk_rows,
    };
    return xh__segment_writer_create(flush->db->env, flush->db->dir, &options,
                                     flush->arrivals.instants_us, flush->arrivals.count,
                                     &pass->writers[at], err);
}

static void put_row(struct xh__columns *columns, const struct xh__mem_row *row)
{
    size_t at = columns->count++;
    columns->at_us[at] = row->at_us;
    columns->values[at] = row->value;
    columns->decimals[at] = (int8_t)((int)row->decimals - 1);
    columns->seqs[at] = row->seq;
    columns->arrival_us[at] = row->arrival_us;
    columns->quality[at] = (uint8_t)row->quality;
}

/* The rows [begin, end) of one series that lie in the months of the pass. */
static int write_series(struct pass *pass, uint32_t begin, uint32_t end, struct xh_err *err)
{
    struct flush *flush = pass->flush;
    struct xh__columns *columns = &flush->columns;
    size_t months = (size_t)(pass->end - pass->first);
    uint32_t id = row_at(flush, begin)->id;
    while (begin < end && row_at(flush, begin)->at_us < pass->begin_us[0]) {
        begin++;
    }
    for (size_t at = 0; at < months && begin < end; at++) {
        columns->count = 0;
        xh__columns_grow(columns, end - begin);
        while (begin < end && row_at(flush, begin)->at_us < pass->begin_us[at + 1]) {
            if (begin + AHEAD < flush->row_count) {
                __builtin_prefetch(row_at(flush, begin + AHEAD));
            }
            put_row(columns, row_at(flush, begin++));
        }
        if (columns->count == 0) {
            continue;
        }
        int rc = need_writer(pass, at, err);
        rc = rc < 0 ? rc : xh__segment_writer_add(pass->writers[at], id, columns, err);
        if (rc < 0) {
            return rc;
        }
    }
    int32_t next = begin < end ? xh__month_of(row_at(flush, begin)->at_us) : INT32_MAX;
    pass->next = next < pass->next ? next : pass->next;
    return 0;
}

static void keep_segment(struct flush *flush, struct xh__segment *segment)
{
    if (flush->segment_count == flush->segment_capacity) {
        flush->segment_capacity = flush->segment_capacity * 2 + 16;
        flush->segments = xh_realloc(flush->segments,
                                     flush->segment_capacity * sizeof(struct xh__segment *));
    }
    flush->segments[flush->segment_count++] = segment;
}

static int finish_writer(struct flush *flush, struct xh__segment_writer *writer, struct xh_err *err)
{
    struct xh__segment_info info;
    struct xh__segment *segment = NULL;
    int rc = xh__segment_writer_finish(writer, &info, err);
    if (rc == 0) {
        rc = xh__segment_open(flush->db->env, flush->db->dir, info.number, &segment, err);
    }
    if (rc == 0) {
        keep_segment(flush, segment);
    }
    return rc;
}

/* Some months from *month_at on, which is then the next that has rows. */
static int write_pass(struct flush *flush, int32_t *month_at, struct xh_err *err)
{
    int32_t first = *month_at;
    struct pass pass = {
        .flush = flush, .first = first, .end = first + MONTHS_AT_ONCE, .next = INT32_MAX};
    pass.end = pass.end <= flush->month_last ? pass.end : flush->month_last + 1;
    for (int32_t month = first; month <= pass.end; month++) {
        pass.begin_us[month - first] = xh__month_begin_us(month);
    }
    int rc = 0;
    for (uint32_t id = 0, begin = 0; rc == 0 && id < flush->id_end; begin = flush->ends[id++]) {
        if (begin < flush->ends[id]) {
            rc = write_series(&pass, begin, flush->ends[id], err);
        }
    }
    for (size_t at = 0; at < MONTHS_AT_ONCE; at++) {
        if (pass.writers[at] != NULL && rc == 0) {
            rc = finish_writer(flush, pass.writers[at], err);
        } else if (pass.writers[at] != NULL) {
            xh__segment_writer_abandon(pass.writers[at]);
        }
    }
    *month_at = pass.next;
    return rc;
}

/* ---- commit ---- */

static int commit(struct flush *flush, uint64_t wal_low, struct xh_err *err)
{
    struct xh_tsdb *db = flush->db;
    struct xh__view_edit change = {
        .added = flush->segments,
        .added_count = flush->segment_count,
        .mem_done = flush->mem,
    };
    (void)pthread_mutex_lock(&db->edit_lock);
    change.edit.wal_low = wal_low;
    change.edit.flush_next = flush->flush_number + 1;
    change.edit.series_count = xh__dict_count(db->dict);
    change.edit.file_next = db->file_next;
    int rc = xh__view_change(db, &change, err);
    if (rc == 0) {
        db->flush_next = flush->flush_number + 1;
    } else {
        (void)xh__tsdb_poison(db, err);
    }
    (void)pthread_mutex_unlock(&db->edit_lock);
    flush->segment_count = 0; /* the view has them, or they are closed */
    return rc;
}

static int run(struct flush *flush, uint64_t wal_low, struct xh_err *err)
{
    int rc = 0;
    order_rows(flush);
    for (int32_t month = flush->month_first; rc == 0 && month <= flush->month_last;) {
        rc = write_pass(flush, &month, err);
    }
    return rc < 0 ? rc : commit(flush, wal_low, err);
}

/* Segments that are still here did not come to be. */
static void finish(struct flush *flush)
{
    for (size_t i = 0; i < flush->segment_count; i++) {
        (void)xh_disk_remove(flush->db->env, xh__segment_path(flush->segments[i]), NULL);
        xh__segment_close(flush->segments[i]);
    }
    free(flush->segments);
    free(flush->order);
    free(flush->ends);
    xh__columns_finish(&flush->columns);
    xh__arrivals_finish(&flush->arrivals);
}

/* With flush_lock held, so that the oldest memory stays the oldest. */
static int flush_held(struct xh_tsdb *db, struct xh_err *err)
{
    struct xh__snapshot snapshot;
    xh__snapshot_take(db, &snapshot);
    struct xh__view *view = snapshot.view;
    if (view->mem_count < 2) {
        xh__snapshot_release(&snapshot);
        return 0;
    }
    struct flush flush = {
        .db = db,
        .mem = view->mems[0],
        .row_count = snapshot.visible[0],
        .flush_number = db->flush_next,
    };
    uint64_t wal_low = xh__mem_wal_first(view->mems[1]);
    flush.order = xh_alloc(((size_t)flush.row_count + 1) * sizeof(*flush.order));
    int rc = run(&flush, wal_low, err);
    finish(&flush);
    xh__snapshot_release(&snapshot);
    if (rc < 0) {
        return rc;
    }
    /* A file of the log that cannot be removed now is removed by the next open. */
    (void)xh__committer_drop_log(db, wal_low, false, NULL);
    xh__committer_wake(db);
    return 1;
}

int xh__flush_oldest(struct xh_tsdb *db, struct xh_err *err)
{
    struct xh_err own = {0};
    err = err != NULL ? err : &own;
    (void)pthread_mutex_lock(&db->keeper->flush_lock);
    int rc = xh__tsdb_check_poison(db, err);
    rc = rc < 0 ? rc : flush_held(db, err);
    db->keeper->last_flush_us = rc > 0 ? xh_env_monotonic_us(db->env) : db->keeper->last_flush_us;
    (void)pthread_mutex_unlock(&db->keeper->flush_lock);
    return rc;
}
