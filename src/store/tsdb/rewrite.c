/* rewrite.c: the rows of several segments of one month become one segment.
 *
 * Each source is walked block by block and chunk by chunk; at most one chunk of each is decoded, so
 * memory does not grow with the month. Series by series the rows are merged by (time, seq): as long
 * as the head of one source comes before all others' heads its rows are passed on in one piece, so
 * that sources which do not overlap cost no comparison a row. When a filter lets all rows of a
 * series stay and there is one source, its chunks are copied as they are: erasing one home of a
 * city costs little more than writing the file.
 */
#include "store/tsdb/keep_internal.h"

#include "base/arena.h"

#include <stdlib.h>

/* One segment on its way. The current chunk is decoded when its series is at work. */
struct source {
    const struct xh__segment *segment;
    struct xh__index_place *place;
    size_t block, block_count, at;  /* the chunk is place->chunks[at] of block */
    bool has_chunk, is_decoded;
    struct xh__columns rows;
    size_t row;                     /* the head: first row not passed on */
};

struct rewriting {
    struct xh_tsdb *db;
    const struct xh__rewrite *ask;
    struct source *sources;
    struct xh__arrivals arrivals;
    struct xh__segment_writer *writer;
    struct xh__columns kept;        /* rows that a filter let through */
    uint64_t left_out;
};

/* ---- sources ---- */

static const struct xh__chunk *chunk_of(const struct source *source)
{
    return &source->place->chunks[source->at];
}

/* Steps to the next block when the present one has no more chunks. */
static int settle(struct source *source, struct xh_err *err)
{
    source->is_decoded = false;
    while (source->at >= source->place->count) {
        if (source->block + 1 >= source->block_count) {
            source->has_chunk = false;
            return 0;
        }
        source->block++;
        source->at = 0;
        int rc = xh__segment_load(source->segment, source->place, source->block, err);
        if (rc < 0) {
            return rc;
        }
    }
    source->has_chunk = true;
    return 0;
}

static int next_chunk(struct source *source, struct xh_err *err)
{
    source->at++;
    return settle(source, err);
}

static int source_open(struct source *source, const struct xh__segment *segment,
                       struct xh_err *err)
{
    source->segment = segment;
    source->place = xh_alloc(sizeof(*source->place));
    source->block_count = xh__segment_block_count(segment);
    if (source->block_count == 0) {
        return 0;
    }
    int rc = xh__segment_load(segment, source->place, 0, err);
    return rc < 0 ? rc : settle(source, err);
}

static void source_finish(struct source *source)
{
    free(source->place);
    xh__columns_finish(&source->rows);
}

/* Has the source rows of the series? Then its head is decoded. 1, 0, or < 0. */
static int need_head(struct source *source, uint32_t id, struct xh_err *err)
{
    while (source->has_chunk && chunk_of(source)->id == id) {
        if (!source->is_decoded) {
            source->rows.count = 0;
            source->row = 0;
            int rc = xh__segment_decode(source->segment, chunk_of(source), 0,
                                        chunk_of(source)->count, XH__COLUMN_ALL, &source->rows,
                                        err);
            if (rc < 0) {
                return rc;
            }
            source->is_decoded = true;
        }
        if (source->row < source->rows.count) {
            return 1;
        }
        int rc = next_chunk(source, err);
        if (rc < 0) {
            return rc;
        }
    }
    return 0;
}

static bool is_before(const struct source *a, const struct source *b)
{
    int64_t x = a->rows.at_us[a->row], y = b->rows.at_us[b->row];
    return x != y ? x < y : a->rows.seqs[a->row] < b->rows.seqs[b->row];
}

/* ---- rows on ---- */

static struct xh__columns slice(const struct xh__columns *rows, size_t from, size_t to)
{
    return (struct xh__columns){
        .count = to - from,
        .at_us = rows->at_us + from,
        .values = rows->values + from,
        .decimals = rows->decimals + from,
        .seqs = rows->seqs + from,
        .arrival_us = rows->arrival_us + from,
        .quality = rows->quality + from,
    };
}

static void keep_row(struct xh__columns *kept, const struct xh__columns *rows, size_t row)
{
    size_t at = kept->count++;
    kept->at_us[at] = rows->at_us[row];
    kept->values[at] = rows->values[row];
    kept->decimals[at] = rows->decimals[row];
    kept->seqs[at] = rows->seqs[row];
    kept->arrival_us[at] = rows->arrival_us[row];
    kept->quality[at] = rows->quality[row];
}

/* Passes rows [source->row, to) on, without those that the filter does not let through. */
static int pass_on(struct rewriting *work, struct source *source, uint32_t id, size_t to,
                   bool is_filtered, struct xh_err *err)
{
    const struct xh__filter *filter = work->ask->filter;
    struct xh__columns rows = slice(&source->rows, source->row, to);
    source->row = to;
    if (is_filtered) {
        work->kept.count = 0;
        xh__columns_grow(&work->kept, rows.count);
        for (size_t i = 0; i < rows.count; i++) {
            if (filter->is_kept(filter->arg, rows.at_us[i], rows.seqs[i])) {
                keep_row(&work->kept, &rows, i);
            }
        }
        work->left_out += rows.count - work->kept.count;
        rows = work->kept;
    }
    return rows.count == 0 ? 0 : xh__segment_writer_add(work->writer, id, &rows, err);
}

/* How far the rows of `first` come before the head of `second`. */
static size_t run_end(const struct source *first, const struct source *second)
{
    size_t end = first->row + 1;
    int64_t at_us = second->rows.at_us[second->row];
    uint64_t seq = second->rows.seqs[second->row];
    size_t count = first->rows.count;
    if (first->rows.at_us[count - 1] < at_us) {
        return count;
    }
    while (end < count && (first->rows.at_us[end] < at_us ||
                           (first->rows.at_us[end] == at_us && first->rows.seqs[end] < seq))) {
        end++;
    }
    return end;
}

/* The two sources with the earliest heads. 0: there is none. */
static int pick(struct rewriting *work, uint32_t id, struct source **ret_first,
                struct source **ret_second, struct xh_err *err)
{
    struct source *first = NULL, *second = NULL;
    for (size_t i = 0; i < work->ask->count; i++) {
        struct source *source = &work->sources[i];
        int rc = need_head(source, id, err);
        if (rc < 0) {
            return rc;
        }
        if (rc == 0) {
            continue;
        }
        if (first == NULL || is_before(source, first)) {
            second = first;
            first = source;
        } else if (second == NULL || is_before(source, second)) {
            second = source;
        }
    }
    *ret_first = first;
    *ret_second = second;
    return first != NULL;
}

static int merge_series(struct rewriting *work, uint32_t id, bool is_filtered, struct xh_err *err)
{
    struct source *first, *second;
    int rc;
    while ((rc = pick(work, id, &first, &second, err)) > 0) {
        size_t end = second != NULL ? run_end(first, second) : first->rows.count;
        rc = pass_on(work, first, id, end, is_filtered, err);
        if (rc < 0) {
            break;
        }
    }
    return rc;
}

/* The chunks of a series of the only source, as they are. */
static int copy_series(struct rewriting *work, uint32_t id, struct xh_err *err)
{
    struct source *source = &work->sources[0];
    int rc = 0;
    while (rc == 0 && source->has_chunk && chunk_of(source)->id == id) {
        rc = xh__segment_writer_copy(work->writer, source->segment, chunk_of(source), err);
        rc = rc < 0 ? rc : next_chunk(source, err);
    }
    return rc;
}

static int write_series(struct rewriting *work, uint32_t id, struct xh_err *err)
{
    const struct xh__filter *filter = work->ask->filter;
    int rc = filter != NULL ? filter->begin(filter->arg, id, err) : 0;
    if (rc < 0) {
        return rc;
    }
    bool is_copied = filter != NULL && rc == 0 && work->ask->count == 1;
    return is_copied ? copy_series(work, id, err) : merge_series(work, id, rc > 0, err);
}

/* The lowest series of all sources' chunks. */
static bool next_series(const struct rewriting *work, uint32_t *ret_id)
{
    bool is_any = false;
    for (size_t i = 0; i < work->ask->count; i++) {
        const struct source *source = &work->sources[i];
        if (source->has_chunk && (!is_any || chunk_of(source)->id < *ret_id)) {
            *ret_id = chunk_of(source)->id;
            is_any = true;
        }
    }
    return is_any;
}

/* ---- the whole ---- */

static int begin(struct rewriting *work, struct xh_err *err)
{
    const struct xh__rewrite *ask = work->ask;
    struct xh__segment_options options = {
        .number = xh__file_number(work->db),
        .level = ask->level,
        .chunk_rows = work->db->options.chunk_rows,
        .is_squeezed = ask->is_squeezed,
    };
    uint64_t row_count = 0;
    for (size_t i = 0; i < ask->count; i++) {
        const struct xh__segment_info *info = xh__segment_info(ask->segments[i]);
        options.month = info->month;
        options.flush_last = info->flush_last > options.flush_last ? info->flush_last
                                                                   : options.flush_last;
        row_count += info->row_count;
        size_t count;
        const int64_t *instants_us = xh__segment_arrivals(ask->segments[i], &count);
        for (size_t at = 0; at < count; at++) {
            xh__arrivals_add(&work->arrivals, instants_us[at]);
        }
    }
    if (ask->count > 1) { /* chunks that are copied need the very table of their segment */
        xh__arrivals_settle(&work->arrivals, row_count);
    }
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < ask->count; i++) {
        rc = source_open(&work->sources[i], ask->segments[i], err);
    }
    return rc < 0 ? rc
                  : xh__segment_writer_create(work->db->env, work->db->dir, &options,
                                              work->arrivals.instants_us, work->arrivals.count,
                                              &work->writer, err);
}

static int run(struct rewriting *work, struct xh_err *err)
{
    enum { SERIES_BETWEEN_LOOKS = 64 };
    uint32_t id = 0, done = 0;
    int rc = begin(work, err);
    while (rc == 0 && next_series(work, &id)) {
        if (++done % SERIES_BETWEEN_LOOKS == 0 && xh__keeper_is_stopping(work->db)) {
            return xh_err_set(err, XH_E_CANCELLED, "the readings store is being closed");
        }
        rc = write_series(work, id, err);
    }
    return rc;
}

int xh__rewrite(struct xh_tsdb *db, const struct xh__rewrite *rewrite, struct xh__segment **ret,
                uint64_t *ret_left_out, struct xh_err *err)
{
    struct rewriting work = {
        .db = db,
        .ask = rewrite,
        .sources = xh_alloc((rewrite->count + 1) * sizeof(*work.sources)),
    };
    struct xh__segment_info info = {0};
    struct xh__segment *made = NULL;
    int rc = run(&work, err);
    if (rc == 0) {
        rc = xh__segment_writer_finish(work.writer, &info, err);
    } else if (work.writer != NULL) {
        xh__segment_writer_abandon(work.writer);
    }
    if (rc == 0 && info.row_count > 0) {
        rc = xh__segment_open(db->env, db->dir, info.number, &made, err);
    }
    for (size_t i = 0; i < rewrite->count; i++) {
        source_finish(&work.sources[i]);
    }
    free(work.sources);
    xh__columns_finish(&work.kept);
    xh__arrivals_finish(&work.arrivals);
    if (rc == 0) {
        *ret = made;
        *ret_left_out = work.left_out;
    }
    return rc;
}

int xh__rewrite_commit(struct xh_tsdb *db, const struct xh__rewrite *rewrite,
                       struct xh__segment *made, struct xh_err *err)
{
    uint64_t *removed = xh_alloc(rewrite->count * sizeof(*removed));
    for (size_t i = 0; i < rewrite->count; i++) {
        removed[i] = xh__segment_info(rewrite->segments[i])->number;
    }
    struct xh__view_edit change = {
        .added = &made,
        .added_count = made != NULL,
        .removed = removed,
        .removed_count = rewrite->count,
    };
    (void)pthread_mutex_lock(&db->edit_lock);
    change.edit.file_next = db->file_next;
    int rc = xh__view_change(db, &change, err);
    (void)pthread_mutex_unlock(&db->edit_lock);
    free(removed);
    return rc < 0 ? xh__tsdb_poison(db, err) : 0;
}
