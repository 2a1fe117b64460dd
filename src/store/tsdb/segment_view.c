/* segment_view.c: rows out of the bytes of a chunk. */
#include "base/arena.h"
#include "store/tsdb/segment_format_internal.h"

#include <stdlib.h>

enum { STACK_ROWS = XH__CHUNK_ROWS };

/* Of a chunk whose times are a step. */
static int64_t step_of(const struct xh__chunk *chunk)
{
    return chunk->count > 1 ? (chunk->last_us - chunk->from_us) / (chunk->count - 1) : 1;
}

static bool is_step(const struct xh__chunk *chunk)
{
    return chunk->from_us + step_of(chunk) * (chunk->count - 1) == chunk->last_us;
}

/* ---- taking apart ---- */

/* Cuts the next column off. */
static bool take(const uint8_t **at, const uint8_t *end, size_t len, const uint8_t **ret)
{
    if ((size_t)(end - *at) < len) {
        return false;
    }
    *ret = *at;
    *at += len;
    return true;
}

int xh__chunk_view_init(struct xh__chunk_view *view, const struct xh__chunk *chunk,
                        struct xh__instants table, uint8_t shape, const uint8_t *bytes, size_t len)
{
    const uint8_t *at = bytes, *end = bytes + len;
    unsigned mode = (shape >> XH__SHAPE_ARRIVAL_SHIFT) & 7u;
    const bool has[4] = {(shape & XH__SHAPE_TIME_COLUMN) != 0, (shape & XH__SHAPE_SEQ_COLUMN) != 0,
                         mode != XH__ARRIVAL_CONSTANT, (shape & XH__SHAPE_QUALITY_COLUMN) != 0};
    uint32_t lengths[4] = {0};
    if (mode >= XH__ARRIVAL_MODE_COUNT || (shape & 0x80) != 0 ||
        has[0] != ((chunk->flags & XH__CHUNK_IS_STEP) == 0) || (!has[0] && !is_step(chunk))) {
        return XH_E_CORRUPT;
    }
    for (int i = 0; i < 4; i++) {
        if (has[i]) {
            at = xh__get_varint(at, end, &lengths[i]);
            if (!at || lengths[i] == 0) {
                return XH_E_CORRUPT;
            }
        }
    }
    *view = (struct xh__chunk_view){.chunk = chunk,
                                    .table = table,
                                    .arrival_mode = (enum xh__arrival_mode)mode,
                                    .shape = shape,
                                    .time_bytes = lengths[0],
                                    .seq_bytes = lengths[1],
                                    .arrival_bytes = lengths[2],
                                    .quality_bytes = lengths[3]};
    if (!take(&at, end, lengths[0], &view->time) || !take(&at, end, lengths[1], &view->seq) ||
        !take(&at, end, lengths[2], &view->arrival) ||
        !take(&at, end, lengths[3], &view->quality) || at == end) {
        return XH_E_CORRUPT;
    }
    view->values = at;
    view->values_bytes = (size_t)(end - at);
    return 0;
}

/* ---- columns ---- */

static int decode_times(const struct xh__chunk_view *view, size_t from, size_t to, int64_t *ret)
{
    const struct xh__chunk *chunk = view->chunk;
    if (!view->time_bytes) {
        int64_t step = step_of(chunk);
        for (size_t i = from; i < to; i++) {
            ret[i - from] = chunk->from_us + (int64_t)i * step;
        }
        return 0;
    }
    int rc = xh__codec_ints_slice(view->time, view->time_bytes, chunk->count, from, to, ret);
    for (size_t i = 0; rc == 0 && i < to - from; i++) {
        ret[i] = xh__wrap_add(ret[i], chunk->from_us);
    }
    return rc;
}

static int decode_seqs(const struct xh__chunk_view *view, size_t from, size_t to, uint64_t *ret)
{
    uint64_t min = view->chunk->seq_min;
    if (!view->seq_bytes) {
        for (size_t i = from; i < to; i++) {
            ret[i - from] = min + i;
        }
        return 0;
    }
    /* Signed and unsigned of one width may share a place (C11 6.5, paragraph 7). */
    int64_t *ints = (int64_t *)ret;
    int rc = xh__codec_ints_slice(view->seq, view->seq_bytes, view->chunk->count, from, to, ints);
    for (size_t i = 0; rc == 0 && i < to - from; i++) {
        ret[i] += min;
    }
    return rc;
}

static int decode_stride(const struct xh__chunk_view *view, size_t from, size_t to, int64_t *ret)
{
    const uint8_t *end = view->arrival + view->arrival_bytes;
    size_t last = 0, hint = 0, count = view->chunk->count;
    uint32_t stride = 0;
    if (xh__get_varint(view->arrival, end, &stride) != end || stride == 0 ||
        !xh__instants_find(&view->table, view->chunk->arrival_max_us, &hint, &last) ||
        (uint64_t)stride * (count - 1) > last) {
        return XH_E_CORRUPT;
    }
    const int64_t *us = view->table.us + (last - (size_t)stride * (count - 1));
    for (size_t i = from; i < to; i++) {
        ret[i - from] = us[i * stride];
    }
    return 0;
}

static int look_up(const struct xh__instants *table, size_t count, int64_t *places)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t place = (uint64_t)places[i];
        if (place >= table->count) {
            return XH_E_CORRUPT;
        }
        places[i] = table->us[place];
    }
    return 0;
}

static int decode_arrival_column(const struct xh__chunk_view *view, size_t from, size_t to,
                                 const int64_t *at_us, int64_t *ret)
{
    int rc = xh__codec_ints_slice(view->arrival, view->arrival_bytes, view->chunk->count, from, to,
                                  ret);
    if (rc < 0) {
        return rc;
    }
    if (view->arrival_mode == XH__ARRIVAL_PLACES) {
        return look_up(&view->table, to - from, ret);
    }
    for (size_t i = 0; i < to - from; i++) {
        ret[i] = view->arrival_mode == XH__ARRIVAL_BEFORE
                     ? xh__wrap_sub(view->chunk->arrival_max_us, ret[i])
                     : xh__wrap_add(at_us[i], ret[i]);
    }
    return 0;
}

/* at_us: the times of the same rows, needed for delays only. */
static int decode_arrivals(const struct xh__chunk_view *view, size_t from, size_t to,
                           const int64_t *at_us, int64_t *ret)
{
    switch (view->arrival_mode) {
    case XH__ARRIVAL_CONSTANT:
        for (size_t i = 0; i < to - from; i++) {
            ret[i] = view->chunk->arrival_max_us;
        }
        return 0;
    case XH__ARRIVAL_STRIDE:
        return decode_stride(view, from, to, ret);
    default:
        return decode_arrival_column(view, from, to, at_us, ret);
    }
}

/* Delays need the times of their rows, which the caller may not want. */
static int decode_delays(const struct xh__chunk_view *view, size_t from, size_t to, int64_t *ret)
{
    int64_t stack[256];
    size_t count = to - from;
    int64_t *at_us = count <= 256 ? stack : xh_alloc(count * sizeof(*at_us));
    int rc = decode_times(view, from, to, at_us);
    if (rc == 0) {
        rc = decode_arrivals(view, from, to, at_us, ret);
    }
    if (at_us != stack) {
        free(at_us);
    }
    return rc;
}

/* Runs have no slices: all of it, then the part. */
static int decode_quality(const struct xh__chunk_view *view, size_t from, size_t to, uint8_t *ret)
{
    size_t count = view->chunk->count;
    if (!view->quality_bytes) {
        memset(ret, view->chunk->quality, to - from);
        return 0;
    }
    uint8_t stack[STACK_ROWS];
    bool is_whole = to - from == count;
    uint8_t *all = is_whole ? ret : count <= STACK_ROWS ? stack : xh_alloc(count);
    ptrdiff_t size = xh__codec_bytes_decode(view->quality, view->quality_bytes, count, all);
    int rc = size == (ptrdiff_t)view->quality_bytes ? 0 : XH_E_CORRUPT;
    if (rc == 0 && !is_whole) {
        memcpy(ret, all + from, to - from);
    }
    if (all != ret && all != stack) {
        free(all);
    }
    return rc;
}

int xh__chunk_view_decode(const struct xh__chunk_view *view, uint32_t from, uint32_t to,
                          unsigned columns, struct xh__columns *ret)
{
    size_t at = ret->count;
    int rc = 0;
    xh_assert(from <= to && to <= view->chunk->count);
    if (from == to) {
        return 0;
    }
    xh__columns_grow(ret, at + (to - from));
    if (columns & XH__COLUMN_TIME) {
        rc = decode_times(view, from, to, ret->at_us + at);
    }
    if (rc == 0 && (columns & XH__COLUMN_VALUE)) {
        rc = xh__codec_values_slice(view->values, view->values_bytes, view->chunk->count, from, to,
                                    ret->values + at, ret->decimals + at);
    }
    if (rc == 0 && (columns & XH__COLUMN_SEQ)) {
        rc = decode_seqs(view, from, to, ret->seqs + at);
    }
    if (rc == 0 && (columns & XH__COLUMN_ARRIVAL)) {
        bool needs_times = view->arrival_mode == XH__ARRIVAL_DELAY && !(columns & XH__COLUMN_TIME);
        rc = needs_times
                 ? decode_delays(view, from, to, ret->arrival_us + at)
                 : decode_arrivals(view, from, to, ret->at_us + at, ret->arrival_us + at);
    }
    if (rc == 0 && (columns & XH__COLUMN_QUALITY)) {
        rc = decode_quality(view, from, to, ret->quality + at);
    }
    if (rc == 0) {
        ret->count = at + (to - from);
    }
    return rc;
}

int xh__chunk_view_seek(const struct xh__chunk_view *view, int64_t at_us, uint32_t *ret_row)
{
    const struct xh__chunk *chunk = view->chunk;
    if (at_us <= chunk->from_us || at_us > chunk->last_us) {
        *ret_row = at_us <= chunk->from_us ? 0 : chunk->count;
        return 0;
    }
    int64_t behind = at_us - chunk->from_us;
    if (!view->time_bytes) {
        int64_t step = step_of(chunk);
        *ret_row = (uint32_t)((behind + step - 1) / step);
        return 0;
    }
    size_t row = 0;
    int rc = xh__codec_ints_find(view->time, view->time_bytes, chunk->count, behind, &row);
    if (rc == 0) {
        *ret_row = (uint32_t)row;
    }
    return rc;
}
