/* segment_chunk.c: rows of one series become a chunk.
 *
 * What is regular costs nothing: times that are a step, numbers that rise by one, one quality for
 * all and one instant of arrival for all are told by the index; arrivals of a series that is in
 * every batch are a stride through the table of arrivals. Only what is irregular gets a column. */
#include "base/arena.h"
#include "base/crc32c.h"
#include "base/time.h"
#include "store/tsdb/segment_format_internal.h"

#include <stdlib.h>

enum {
    LENGTH_COUNT = 4,          /* columns whose length is told; values take the rest */
    VARINT_BYTES_MAX = 5,
    SQUEEZE_GAIN_DIVISOR = 32  /* squeezed must be smaller by this part: three percent */
};

struct xh__chunk_encoder {
    struct xh__instants table;
    struct xh__squeezer *squeezer; /* NULL: not wanted */
    uint32_t rows_max;
    size_t arrival_hint;
    int64_t *ints;              /* a column on its way into the codec */
    uint8_t *time, *seq, *arrival, *arrival_other, *quality, *values; /* encoded */
    uint8_t *bytes;             /* a chunk */
    uint8_t *squeezed;          /* a chunk, the other way */
};

/* A chunk in the making. */
struct draft {
    struct xh__chunk *chunk;
    enum xh__arrival_mode arrival_mode;
    size_t time_bytes, seq_bytes, arrival_bytes, quality_bytes, values_bytes;
    const uint8_t *arrival;
};

uint32_t xh__chunk_crc(uint32_t id, const uint8_t *bytes, size_t len)
{
    uint8_t series[4];
    xh__put_u32(series, id);
    return xh_crc32c(xh_crc32c(0, series, sizeof(series)), bytes, len);
}

size_t xh__chunk_bytes_bound(size_t count)
{
    return LENGTH_COUNT * VARINT_BYTES_MAX + 3 * xh__codec_ints_bound(count) +
           xh__codec_bytes_bound(count) + xh__codec_values_bound(count);
}

struct xh__chunk_encoder *xh__chunk_encoder_create(struct xh__instants table, uint32_t rows_max,
                                                   bool is_squeezed)
{
    xh_assert(rows_max > 0 && rows_max <= XH__CODEC_COUNT_MAX);
    struct xh__chunk_encoder *e = xh_alloc(sizeof(*e));
    size_t ints_bound = xh__codec_ints_bound(rows_max);
    size_t chunk_bound = 1 + xh__chunk_bytes_bound(rows_max) + XH__SEGMENT_CRC_BYTES;
    e->table = table;
    e->rows_max = rows_max;
    e->ints = xh_alloc(rows_max * sizeof(*e->ints));
    e->time = xh_alloc(ints_bound);
    e->seq = xh_alloc(ints_bound);
    e->arrival = xh_alloc(ints_bound);
    e->arrival_other = xh_alloc(ints_bound);
    e->quality = xh_alloc(xh__codec_bytes_bound(rows_max));
    e->values = xh_alloc(xh__codec_values_bound(rows_max));
    e->bytes = xh_alloc(chunk_bound);
    if (is_squeezed) {
        e->squeezer = xh__squeezer_create();
        e->squeezed = xh_alloc(chunk_bound);
    }
    return e;
}

void xh__chunk_encoder_destroy(struct xh__chunk_encoder *encoder)
{
    if (!encoder) {
        return;
    }
    xh__squeezer_destroy(encoder->squeezer);
    free(encoder->ints);
    free(encoder->time);
    free(encoder->seq);
    free(encoder->arrival);
    free(encoder->arrival_other);
    free(encoder->quality);
    free(encoder->values);
    free(encoder->bytes);
    free(encoder->squeezed);
    free(encoder);
}

/* ---- times and numbers ---- */

static void put_times(struct xh__chunk_encoder *e, const struct xh__columns *rows, struct draft *d)
{
    const int64_t *at_us = rows->at_us;
    size_t count = rows->count;
    int64_t step = count > 1 ? at_us[1] - at_us[0] : 1;
    bool is_sorted = true, do_differ = true, is_step = step > 0;
    for (size_t i = 1; i < count; i++) {
        int64_t gap = at_us[i] - at_us[i - 1];
        is_sorted &= gap > 0 || (gap == 0 && rows->seqs[i] > rows->seqs[i - 1]);
        do_differ &= gap != 0;
        is_step &= gap == step;
    }
    xh_assert(is_sorted && at_us[0] >= XH_TIME_MIN && at_us[count - 1] <= XH_TIME_MAX);
    d->chunk->from_us = at_us[0];
    d->chunk->last_us = at_us[count - 1];
    d->chunk->flags |= do_differ ? XH__CHUNK_TIMES_DIFFER : 0;
    if (is_step) {
        d->chunk->flags |= XH__CHUNK_IS_STEP;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        e->ints[i] = at_us[i] - at_us[0];
    }
    d->time_bytes = xh__codec_ints_encode(e->ints, count, e->time);
}

static void put_seqs(struct xh__chunk_encoder *e, const struct xh__columns *rows, struct draft *d)
{
    uint64_t min = rows->seqs[0], max = rows->seqs[0];
    bool is_step = true;
    for (size_t i = 1; i < rows->count; i++) {
        uint64_t seq = rows->seqs[i];
        is_step &= seq == rows->seqs[i - 1] + 1;
        min = seq < min ? seq : min;
        max = seq > max ? seq : max;
    }
    xh_assert(max - min >= rows->count - 1 && max <= INT64_MAX); /* no number comes twice */
    d->chunk->seq_min = min;
    d->chunk->seq_max = max;
    if (is_step) {
        return;
    }
    for (size_t i = 0; i < rows->count; i++) {
        e->ints[i] = (int64_t)(rows->seqs[i] - min);
    }
    d->seq_bytes = xh__codec_ints_encode(e->ints, rows->count, e->seq);
}

static void put_quality(struct xh__chunk_encoder *e, const struct xh__columns *rows,
                        struct draft *d)
{
    uint8_t all = 0;
    bool is_constant = true;
    for (size_t i = 0; i < rows->count; i++) {
        all |= rows->quality[i];
        is_constant &= rows->quality[i] == rows->quality[0];
    }
    d->chunk->quality = all;
    if (!is_constant) {
        d->quality_bytes = xh__codec_bytes_encode(rows->quality, rows->count, e->quality);
    }
}

/* ---- arrivals ---- */

/* Places of all arrivals into ints; false when one is not in the table. */
static bool find_places(struct xh__chunk_encoder *e, const struct xh__columns *rows)
{
    size_t place = 0;
    for (size_t i = 0; i < rows->count; i++) {
        if (!xh__instants_find(&e->table, rows->arrival_us[i], &e->arrival_hint, &place)) {
            return false;
        }
        e->ints[i] = (int64_t)place;
    }
    return true;
}

/* Do the places rise by one stride? count > 1: the arrivals differ. */
static bool is_stride(const int64_t *places, size_t count, uint32_t *ret)
{
    int64_t stride = places[1] - places[0];
    bool holds = stride > 0;
    for (size_t i = 2; i < count; i++) {
        holds &= places[i] - places[i - 1] == stride;
    }
    *ret = holds ? (uint32_t)stride : 0;
    return holds;
}

/* Takes e->ints as the column of arrivals when it is the smallest so far. */
static void try_arrivals(struct xh__chunk_encoder *e, size_t count, enum xh__arrival_mode mode,
                         struct draft *d)
{
    uint8_t *room = d->arrival == e->arrival ? e->arrival_other : e->arrival;
    size_t size = xh__codec_ints_encode(e->ints, count, room);
    if (!d->arrival || size < d->arrival_bytes) {
        d->arrival_mode = mode;
        d->arrival_bytes = size;
        d->arrival = room;
    }
}

static void put_irregular_arrivals(struct xh__chunk_encoder *e, const struct xh__columns *rows,
                                   struct draft *d)
{
    int64_t max = d->chunk->arrival_max_us;
    uint32_t stride = 0;
    if (e->table.count > 0 && find_places(e, rows)) {
        if (is_stride(e->ints, rows->count, &stride)) {
            d->arrival_mode = XH__ARRIVAL_STRIDE;
            d->arrival_bytes = (size_t)(xh__put_varint(e->arrival, stride) - e->arrival);
            d->arrival = e->arrival;
            return;
        }
        try_arrivals(e, rows->count, XH__ARRIVAL_PLACES, d);
    }
    for (size_t i = 0; i < rows->count; i++) {
        e->ints[i] = xh__wrap_sub(max, rows->arrival_us[i]);
    }
    try_arrivals(e, rows->count, XH__ARRIVAL_BEFORE, d);
    for (size_t i = 0; i < rows->count; i++) {
        e->ints[i] = xh__wrap_sub(rows->arrival_us[i], rows->at_us[i]);
    }
    try_arrivals(e, rows->count, XH__ARRIVAL_DELAY, d);
}

static void put_arrivals(struct xh__chunk_encoder *e, const struct xh__columns *rows,
                         struct draft *d)
{
    int64_t max = rows->arrival_us[0];
    bool is_constant = true;
    for (size_t i = 1; i < rows->count; i++) {
        int64_t arrival = rows->arrival_us[i];
        is_constant &= arrival == rows->arrival_us[0];
        max = arrival > max ? arrival : max;
    }
    d->chunk->arrival_max_us = max;
    d->arrival_mode = XH__ARRIVAL_CONSTANT;
    if (!is_constant) {
        put_irregular_arrivals(e, rows, d);
    }
}

/* ---- values ---- */

static void put_values(struct xh__chunk_encoder *e, const struct xh__columns *rows,
                       struct draft *d)
{
    struct xh__chunk *chunk = d->chunk;
    struct xh__codec_fold fold;
    d->values_bytes = xh__codec_values_encode(rows->values, rows->decimals, rows->count, e->values);
    /* Folded from the bytes, so that index and chunk can never say different things. */
    int rc = xh__codec_values_fold(e->values, d->values_bytes, rows->count, 0, rows->count, &fold);
    xh_assert(rc == 0);
    chunk->sum = fold.sum.sum;
    chunk->compensation = fold.sum.compensation;
    chunk->min = fold.min;
    chunk->max = fold.max;
    chunk->first = rows->values[0];
    chunk->last = rows->values[rows->count - 1];
}

/* ---- the whole ---- */

static uint8_t *append(uint8_t *at, const uint8_t *bytes, size_t len)
{
    if (len > 0) {
        memcpy(at, bytes, len);
    }
    return at + len;
}

/* Shape, lengths, columns; returns where they end. */
static uint8_t *assemble(struct xh__chunk_encoder *e, const struct draft *d)
{
    const size_t lengths[LENGTH_COUNT] = {d->time_bytes, d->seq_bytes, d->arrival_bytes,
                                          d->quality_bytes};
    uint8_t *at = e->bytes;
    *at++ = (uint8_t)((d->time_bytes > 0 ? XH__SHAPE_TIME_COLUMN : 0) |
                      (d->seq_bytes > 0 ? XH__SHAPE_SEQ_COLUMN : 0) |
                      (d->quality_bytes > 0 ? XH__SHAPE_QUALITY_COLUMN : 0) |
                      (int)d->arrival_mode << XH__SHAPE_ARRIVAL_SHIFT);
    for (int i = 0; i < LENGTH_COUNT; i++) {
        if (lengths[i] > 0) {
            at = xh__put_varint(at, (uint32_t)lengths[i]);
        }
    }
    at = append(at, e->time, d->time_bytes);
    at = append(at, e->seq, d->seq_bytes);
    at = append(at, d->arrival, d->arrival_bytes);
    at = append(at, e->quality, d->quality_bytes);
    return append(at, e->values, d->values_bytes);
}

/* The chunk squeezed into e->squeezed, CRC apart; 0 when that gains too little. */
static size_t squeeze(struct xh__chunk_encoder *e, size_t len)
{
    uint8_t *at = e->squeezed;
    size_t limit = len - len / SQUEEZE_GAIN_DIVISOR;
    *at++ = e->bytes[0] | XH__SHAPE_SQUEEZED;
    at = xh__put_varint(at, (uint32_t)(len - 1));
    size_t head = (size_t)(at - e->squeezed);
    if (limit <= head) {
        return 0;
    }
    size_t size = xh__squeezer_pack(e->squeezer, e->bytes + 1, len - 1, at, limit - head);
    return size == 0 || head + size >= limit ? 0 : head + size;
}

void xh__chunk_encode(struct xh__chunk_encoder *encoder, uint32_t id,
                      const struct xh__columns *rows, struct xh__chunk *ret,
                      const uint8_t **ret_bytes)
{
    xh_assert(rows->count > 0 && rows->count <= encoder->rows_max);
    *ret = (struct xh__chunk){.id = id, .count = (uint32_t)rows->count};
    struct draft d = {.chunk = ret};
    put_times(encoder, rows, &d);
    put_seqs(encoder, rows, &d);
    put_quality(encoder, rows, &d);
    put_arrivals(encoder, rows, &d);
    put_values(encoder, rows, &d);

    uint8_t *bytes = encoder->bytes;
    size_t len = (size_t)(assemble(encoder, &d) - bytes);
    size_t squeezed = encoder->squeezer ? squeeze(encoder, len) : 0;
    if (squeezed > 0) {
        ret->flags |= XH__CHUNK_IS_SQUEEZED;
        bytes = encoder->squeezed;
        len = squeezed;
    }
    xh__put_u32(bytes + len, xh__chunk_crc(id, bytes, len));
    ret->size_bytes = (uint32_t)(len + XH__SEGMENT_CRC_BYTES);
    *ret_bytes = bytes;
}
