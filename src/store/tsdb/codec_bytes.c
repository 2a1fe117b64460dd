/* codec_bytes.c: a column of bytes: one value, runs, or numbers of a few bits.
 *
 *   constant  0, value
 *   runs      1, number of runs less 1, the last place of each run ascending, the value of each;
 *             numbers and places have as many bytes as the column's count needs
 *   packed    2, width 1 to 8, base, then value - base modulo 256 in `width` bits each
 */
#include "store/tsdb/codec_parts_internal.h"

enum { CONSTANT = 0, RUNS = 1, PACKED = 2, PACKED_HEAD_BYTES = 3 };

/* A column, its head read and checked. */
struct column {
    uint8_t mode;
    size_t size;
    size_t place_size, run_count;
    const uint8_t *places, *values; /* values: also the constant, also what is packed */
    unsigned width;
    uint8_t base;
};

size_t xh__codec_bytes_bound(size_t count)
{
    return PACKED_HEAD_BYTES + count + XH__CODEC_SLACK_BYTES;
}

/* ---- writing ---- */

static size_t count_runs(const uint8_t *values, size_t count)
{
    size_t runs = 1;
    for (size_t i = 1; i < count; i++) {
        runs += values[i] != values[i - 1];
    }
    return runs;
}

static size_t write_runs(const uint8_t *values, size_t count, size_t run_count, uint8_t *out)
{
    size_t place_size = xh__codec_place_size(count);
    uint8_t *place = out + 1 + place_size;
    uint8_t *value = place + run_count * place_size;
    out[0] = RUNS;
    xh__codec_store(out + 1, run_count - 1, place_size);
    for (size_t i = 0; i < count; i++) {
        if (i + 1 == count || values[i + 1] != values[i]) {
            xh__codec_store(place, i, place_size);
            place += place_size;
            *value++ = values[i];
        }
    }
    return (size_t)(value - out);
}

/* The lesser of two frames: from the least as unsigned, and as signed number. */
static unsigned find_width(const uint8_t *values, size_t count, uint8_t *ret_base)
{
    uint8_t min = values[0], max = values[0];
    int8_t signed_min = (int8_t)values[0], signed_max = signed_min;
    for (size_t i = 1; i < count; i++) {
        int8_t as_signed = (int8_t)values[i];
        min = values[i] < min ? values[i] : min;
        max = values[i] > max ? values[i] : max;
        signed_min = as_signed < signed_min ? as_signed : signed_min;
        signed_max = as_signed > signed_max ? as_signed : signed_max;
    }
    unsigned width = xh__codec_bits_of((uint64_t)(max - min));
    unsigned signed_width = xh__codec_bits_of((uint64_t)(signed_max - signed_min));
    *ret_base = signed_width < width ? (uint8_t)signed_min : min;
    return signed_width < width ? signed_width : width;
}

static size_t write_packed(const uint8_t *values, size_t count, unsigned width, uint8_t base,
                           uint8_t *out)
{
    uint8_t *p = out + PACKED_HEAD_BYTES;
    out[0] = PACKED;
    out[1] = (uint8_t)width;
    out[2] = base;
    for (size_t from = 0; from < count; from += XH__CODEC_BLOCK) {
        uint64_t parts[XH__CODEC_BLOCK];
        size_t left = count - from;
        size_t block = left < XH__CODEC_BLOCK ? left : XH__CODEC_BLOCK;
        for (size_t i = 0; i < block; i++) {
            parts[i] = (uint8_t)(values[from + i] - base);
        }
        xh__codec_pack(parts, block, width, p);
        p += xh__codec_packed_size(width, block);
    }
    return (size_t)(p - out);
}

size_t xh__codec_bytes_encode(const uint8_t *values, size_t count, uint8_t *out)
{
    uint8_t base;
    xh_assert(count >= 1 && count <= XH__CODEC_COUNT_MAX);
    size_t run_count = count_runs(values, count);
    if (run_count == 1) {
        out[0] = CONSTANT;
        out[1] = values[0];
        return 2;
    }
    unsigned width = find_width(values, count, &base);
    size_t place_size = xh__codec_place_size(count);
    size_t runs_size = 1 + place_size + run_count * (place_size + 1);
    if (runs_size <= PACKED_HEAD_BYTES + xh__codec_packed_size(width, count)) {
        return write_runs(values, count, run_count, out);
    }
    return write_packed(values, count, width, base, out);
}

/* ---- reading ---- */

static int open_runs(const uint8_t *bytes, size_t len, size_t count, struct column *column)
{
    column->place_size = xh__codec_place_size(count);
    if (len < 1 + column->place_size) {
        return XH_E_CORRUPT;
    }
    size_t run_count = (size_t)xh__codec_load(bytes + 1, column->place_size) + 1;
    if (run_count > count) {
        return XH_E_CORRUPT;
    }
    column->run_count = run_count;
    column->places = bytes + 1 + column->place_size;
    column->values = column->places + run_count * column->place_size;
    column->size = 1 + column->place_size + run_count * (column->place_size + 1);
    return 0;
}

static int open_packed(const uint8_t *bytes, size_t len, size_t count, struct column *column)
{
    if (len < PACKED_HEAD_BYTES || bytes[1] < 1 || bytes[1] > 8) {
        return XH_E_CORRUPT;
    }
    column->width = bytes[1];
    column->base = bytes[2];
    column->values = bytes + PACKED_HEAD_BYTES;
    column->size = PACKED_HEAD_BYTES + xh__codec_packed_size(column->width, count);
    return 0;
}

static int open_column(const uint8_t *bytes, size_t len, size_t count, struct column *ret)
{
    struct column column = {.mode = len > 0 ? bytes[0] : UINT8_MAX};
    int rc = XH_E_CORRUPT;
    if (count == 0 || count > XH__CODEC_COUNT_MAX) {
        return rc;
    }
    if (column.mode == CONSTANT) {
        column.values = bytes + 1;
        column.size = 2;
        rc = 0;
    } else if (column.mode == RUNS) {
        rc = open_runs(bytes, len, count, &column);
    } else if (column.mode == PACKED) {
        rc = open_packed(bytes, len, count, &column);
    }
    if (rc < 0 || column.size > len) {
        return XH_E_CORRUPT;
    }
    *ret = column;
    return 0;
}

static size_t run_last(const struct column *column, size_t run)
{
    return (size_t)xh__codec_load(column->places + run * column->place_size, column->place_size);
}

/* Runs that end before a place: by halving, for places ascend. */
static size_t find_run(const struct column *column, size_t place)
{
    size_t low = 0, high = column->run_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (run_last(column, middle) < place) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static int read_runs(const struct column *column, size_t count, size_t from, size_t to,
                     uint8_t *ret)
{
    size_t at = from;
    for (size_t run = find_run(column, from); at < to; run++) {
        if (run >= column->run_count) {
            return XH_E_CORRUPT;
        }
        size_t last = run_last(column, run);
        if (last < at || last >= count) {
            return XH_E_CORRUPT;
        }
        size_t end = last < to ? last + 1 : to;
        memset(ret + (at - from), column->values[run], end - at);
        at = end;
    }
    return 0;
}

static void read_packed(const struct column *column, size_t from, size_t to, uint8_t *ret)
{
    const uint8_t *end = column->values + (column->size - PACKED_HEAD_BYTES);
    size_t at = from - from % 8; /* eight parts begin with a byte */
    while (at < to) {
        uint64_t parts[XH__CODEC_BLOCK];
        const uint8_t *packed = column->values + at / 8 * column->width;
        size_t count = to - at < XH__CODEC_BLOCK ? to - at : XH__CODEC_BLOCK;
        size_t skip = at < from ? from - at : 0;
        xh__codec_unpack(packed, (size_t)(end - packed), column->width, count, column->base, parts);
        for (size_t i = skip; i < count; i++) {
            ret[at + i - from] = (uint8_t)parts[i];
        }
        at += count;
    }
}

ptrdiff_t xh__codec_bytes_skip(const uint8_t *bytes, size_t len, size_t count)
{
    struct column column;
    int rc = open_column(bytes, len, count, &column);
    return rc < 0 ? rc : (ptrdiff_t)column.size;
}

int xh__codec_bytes_slice(const uint8_t *bytes, size_t len, size_t count, size_t from, size_t to,
                          uint8_t *ret)
{
    struct column column;
    int rc = open_column(bytes, len, count, &column);
    xh_assert(from <= to && to <= count);
    if (rc < 0) {
        return rc;
    }
    if (column.mode == RUNS) {
        return read_runs(&column, count, from, to, ret);
    }
    if (column.mode == PACKED) {
        read_packed(&column, from, to, ret);
    } else if (to > from) {
        memset(ret, column.values[0], to - from);
    }
    return 0;
}

ptrdiff_t xh__codec_bytes_decode(const uint8_t *bytes, size_t len, size_t count, uint8_t *ret)
{
    ptrdiff_t size = xh__codec_bytes_skip(bytes, len, count);
    int rc = size < 0 ? (int)size : xh__codec_bytes_slice(bytes, len, count, 0, count, ret);
    return rc < 0 ? rc : size;
}
