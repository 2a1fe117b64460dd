/* segment_verify.c: is a segment whole, and does its index tell the truth about its rows? */
#include "base/arena.h"
#include "store/tsdb/segment_format_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct verifier {
    const struct xh__segment *segment;
    xh_tsdb_fault_fn *fault;
    void *arg;
    int64_t fault_count;
    bool is_whole;                  /* every block could be read: totals can be compared */
    uint64_t offset;                /* where the next chunk must begin; 0: not known */
    struct xh__segment_info totals; /* counted */
    struct xh__columns rows;        /* of one chunk */
    bool has_last;                  /* of the chunk before, when it could be read */
    uint32_t last_id;
    int64_t last_us;
    uint64_t last_seq;
};

static void tell(struct verifier *v, const char *sentence)
{
    v->fault_count++;
    if (v->fault) {
        v->fault(v->arg, sentence);
    }
}

static void tell_chunk(struct verifier *v, const struct xh__chunk *chunk, const char *what)
{
    struct xh_err err;
    xh_err_set(&err, XH_E_CORRUPT, "segment '%s': the chunk of series %u at offset %llu: %s",
               xh__segment_path(v->segment), chunk->id, (unsigned long long)chunk->offset, what);
    tell(v, err.text);
}

static void tell_segment(struct verifier *v, const char *what)
{
    struct xh_err err;
    xh_err_set(&err, XH_E_CORRUPT, "segment '%s': %s", xh__segment_path(v->segment), what);
    tell(v, err.text);
}

static bool is_same(double a, double b)
{
    return memcmp(&a, &b, sizeof(a)) == 0;
}

/* ---- one chunk ---- */

static void check_times(struct verifier *v, const struct xh__chunk *c)
{
    const struct xh__columns *r = &v->rows;
    bool is_sorted = true, do_differ = true;
    for (size_t i = 1; i < r->count; i++) {
        is_sorted &= r->at_us[i] > r->at_us[i - 1] ||
                     (r->at_us[i] == r->at_us[i - 1] && r->seqs[i] > r->seqs[i - 1]);
        do_differ &= r->at_us[i] != r->at_us[i - 1];
    }
    if (!is_sorted) {
        tell_chunk(v, c, "its rows are not in order");
    }
    if (do_differ != ((c->flags & XH__CHUNK_TIMES_DIFFER) != 0)) {
        tell_chunk(v, c, "the index is wrong about whether its times differ");
    }
    if (r->at_us[0] != c->from_us || r->at_us[r->count - 1] != c->last_us) {
        tell_chunk(v, c, "its first or last time is not that of the index");
    }
    if (v->has_last && v->last_id == c->id &&
        (v->last_us > r->at_us[0] || (v->last_us == r->at_us[0] && v->last_seq >= r->seqs[0]))) {
        tell_chunk(v, c, "its rows are before those of the chunk before");
    }
}

static void check_marks(struct verifier *v, const struct xh__chunk *c)
{
    const struct xh__columns *r = &v->rows;
    uint64_t min = r->seqs[0], max = r->seqs[0];
    int64_t arrival = r->arrival_us[0];
    uint8_t quality = 0;
    for (size_t i = 0; i < r->count; i++) {
        min = r->seqs[i] < min ? r->seqs[i] : min;
        max = r->seqs[i] > max ? r->seqs[i] : max;
        arrival = r->arrival_us[i] > arrival ? r->arrival_us[i] : arrival;
        quality |= r->quality[i];
    }
    if (min != c->seq_min || max != c->seq_max) {
        tell_chunk(v, c, "its numbers are not those of the index");
    }
    if (arrival != c->arrival_max_us) {
        tell_chunk(v, c, "its last arrival is not that of the index");
    }
    if (quality != c->quality) {
        tell_chunk(v, c, "its quality is not that of the index");
    }
}

static void check_values(struct verifier *v, const struct xh__chunk *c)
{
    const struct xh__columns *r = &v->rows;
    struct xh__codec_fold fold;
    struct xh_err err;
    bool are_finite = true;
    for (size_t i = 0; i < r->count; i++) {
        are_finite &= isfinite(r->values[i]) != 0;
    }
    if (!are_finite) {
        tell_chunk(v, c, "a value is not finite");
    }
    if (xh__segment_fold(v->segment, c, 0, c->count, &fold, &err) < 0) {
        tell(v, err.text);
        return;
    }
    if (!is_same(r->values[0], c->first) || !is_same(r->values[r->count - 1], c->last) ||
        !is_same(fold.min, c->min) || !is_same(fold.max, c->max)) {
        tell_chunk(v, c, "its first, last, least or greatest value is not that of the index");
    }
    if (!is_same(fold.sum.sum, c->sum) || !is_same(fold.sum.compensation, c->compensation)) {
        tell_chunk(v, c, "its sum is not that of the index");
    }
}

static void check_chunk(struct verifier *v, const struct xh__chunk *c)
{
    struct xh_err err;
    if (v->offset != 0 && c->offset != v->offset) {
        tell_chunk(v, c, "it does not follow the chunk before");
    }
    v->offset = c->offset + c->size_bytes;
    v->rows.count = 0;
    if (xh__segment_decode(v->segment, c, 0, c->count, XH__COLUMN_ALL, &v->rows, &err) < 0) {
        tell(v, err.text);
        v->has_last = false;
        return;
    }
    check_times(v, c);
    check_marks(v, c);
    check_values(v, c);
    v->has_last = true;
    v->last_id = c->id;
    v->last_us = v->rows.at_us[v->rows.count - 1];
    v->last_seq = v->rows.seqs[v->rows.count - 1];
}

/* ---- the whole ---- */

static void count_chunk(struct xh__segment_info *t, const struct xh__chunk *c)
{
    bool is_first = t->chunk_count == 0;
    t->id_min = is_first ? c->id : t->id_min;
    t->id_max = c->id;
    t->from_us = is_first || c->from_us < t->from_us ? c->from_us : t->from_us;
    t->last_us = is_first || c->last_us > t->last_us ? c->last_us : t->last_us;
    t->arrival_max_us = is_first || c->arrival_max_us > t->arrival_max_us ? c->arrival_max_us
                                                                         : t->arrival_max_us;
    t->row_count += c->count;
    t->chunk_count++;
}

static void check_block(struct verifier *v, struct xh__index_place *place, size_t block)
{
    struct xh_err err;
    struct xh__segment_entry entry;
    int64_t from_us = INT64_MAX, last_us = INT64_MIN;
    if (xh__segment_load(v->segment, place, block, &err) < 0) {
        tell(v, err.text);
        v->is_whole = false;
        v->has_last = false;
        v->offset = 0;
        return;
    }
    for (size_t i = 0; i < place->count; i++) {
        const struct xh__chunk *c = &place->chunks[i];
        from_us = c->from_us < from_us ? c->from_us : from_us;
        last_us = c->last_us > last_us ? c->last_us : last_us;
        count_chunk(&v->totals, c);
        check_chunk(v, c);
    }
    xh__segment_entry(v->segment, block, &entry);
    if (entry.from_us != from_us || entry.last_us != last_us) {
        tell_segment(v, "the directory is wrong about the times of a block");
    }
}

static void check_totals(struct verifier *v)
{
    const struct xh__segment_info *a = &v->totals, *b = xh__segment_info(v->segment);
    if (a->row_count != b->row_count || a->chunk_count != b->chunk_count ||
        a->id_min != b->id_min || a->id_max != b->id_max || a->from_us != b->from_us ||
        a->last_us != b->last_us || a->arrival_max_us != b->arrival_max_us) {
        tell_segment(v, "the foot's totals are not those of the chunks");
    }
}

int64_t xh__segment_verify(const struct xh__segment *segment, xh_tsdb_fault_fn *fault, void *arg)
{
    struct xh_err err;
    struct verifier v = {.segment = segment, .fault = fault, .arg = arg, .is_whole = true};
    struct xh__index_place *place = xh_alloc(sizeof(*place));
    if (xh__segment_recheck(segment, &err) < 0) {
        tell(&v, err.text);
    } else {
        for (size_t block = 0; block < xh__segment_block_count(segment); block++) {
            check_block(&v, place, block);
        }
        if (v.is_whole) {
            check_totals(&v);
        }
    }
    xh__columns_finish(&v.rows);
    free(place);
    return v.fault_count;
}
