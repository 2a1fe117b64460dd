/* codec_column.c: a column of integers, read. Invariant: `end` bounds every read; a block's size is
 * computed from its head and checked before its content is touched. */
#include "store/tsdb/codec_parts_internal.h"

enum { SUMMED = 0x80 };

/* A block's head, read and checked. */
struct block {
    size_t count;
    uint64_t base, slope;
    unsigned width, high_size;
    bool is_summed;
    size_t patch_count;
    const uint8_t *packed, *places, *highs, *end;
};

static size_t block_size(size_t count, size_t index)
{
    size_t left = count - index * XH__CODEC_BLOCK;
    return left < XH__CODEC_BLOCK ? left : XH__CODEC_BLOCK;
}

static int open_block(const struct xh__codec_column *column, size_t index, struct block *ret)
{
    size_t start = index == 0 ? 0 : xh__codec_load(column->starts + 4 * (index - 1), 4);
    size_t len = (size_t)(column->end - column->blocks);
    if (start > len || len - start < 2) {
        return XH_E_CORRUPT;
    }
    const uint8_t *p = column->blocks + start;
    len -= start;
    struct block block = {.count = block_size(column->count, index)};
    block.width = p[0] & 0x7f;
    block.is_summed = (p[0] & SUMMED) != 0;
    size_t slope_size = p[1] & 0x0f;
    block.high_size = p[1] >> 4;
    size_t head_size = 2 + slope_size + (block.high_size > 0 ? 1 : 0);
    if (block.width > 64 || slope_size > 8 || block.high_size > 8 || len < head_size) {
        return XH_E_CORRUPT;
    }
    block.slope = (uint64_t)xh__codec_load_signed(p + 2, slope_size);
    block.patch_count = block.high_size > 0 ? p[head_size - 1] : 0;
    size_t packed_size = xh__codec_packed_size(block.width, block.count);
    if (len - head_size < packed_size + block.patch_count * (1 + block.high_size)) {
        return XH_E_CORRUPT;
    }
    block.base = xh__codec_load(column->bases + column->base_size * index, column->base_size);
    block.packed = p + head_size;
    block.places = block.packed + packed_size;
    block.highs = block.places + block.patch_count;
    block.end = block.highs + block.patch_count * block.high_size;
    *ret = block;
    return 0;
}

static int patch(const struct block *block, size_t count, uint64_t *parts)
{
    for (size_t i = 0; i < block->patch_count; i++) {
        size_t place = block->places[i];
        if (place >= block->count) {
            return XH_E_CORRUPT;
        }
        if (place < count && block->width < 64) {
            int64_t high = xh__codec_load_signed(block->highs + i * block->high_size,
                                                 block->high_size);
            parts[place] += (uint64_t)high << block->width;
        }
    }
    return 0;
}

/* The first `count` values of a block. */
static int read_block(const struct xh__codec_column *column, size_t index, size_t count,
                      int64_t *ret)
{
    struct block block;
    uint64_t *values = (uint64_t *)ret; /* the signed and the unsigned type may share memory */
    int rc = open_block(column, index, &block);
    if (rc < 0) {
        return rc;
    }
    size_t len = (size_t)(column->end - block.packed);
    uint64_t unit = column->unit;
    uint64_t first = column->origin + unit * block.base;
    if (unit == 1 && !block.is_summed) {
        xh__codec_unpack(block.packed, len, block.width, count, first + block.slope, values);
        return patch(&block, count, values);
    }
    if (unit == 1 && block.patch_count == 0) {
        xh__codec_unpack_sums(block.packed, len, block.width, count, first, block.slope, values);
        return 0;
    }
    xh__codec_unpack(block.packed, len, block.width, count, block.slope, values);
    rc = patch(&block, count, values);
    if (block.is_summed) {
        uint64_t sum = first - unit * block.slope;
        for (size_t i = 0; i < count; i++) {
            sum += unit * values[i];
            values[i] = sum;
        }
    } else {
        for (size_t i = 0; i < count; i++) {
            values[i] = first + unit * values[i];
        }
    }
    return rc;
}

/* ---- the column ---- */

static ptrdiff_t open_step(const uint8_t *bytes, size_t len, struct xh__codec_column *column)
{
    size_t first_size = bytes[0] & 0x0f;
    size_t head_size = column->mode == XH__CODEC_STEP ? 2 : 1;
    size_t step_size = column->mode == XH__CODEC_STEP && len > 1 ? bytes[1] : 0;
    size_t size = head_size + first_size + step_size;
    int64_t way, last;
    if (first_size > 8 || step_size > 8 || len < size) {
        return XH_E_CORRUPT;
    }
    int64_t first = xh__codec_load_signed(bytes + head_size, first_size);
    int64_t step = xh__codec_load_signed(bytes + head_size + first_size, step_size);
    if (__builtin_mul_overflow(step, (int64_t)column->count - 1, &way) ||
        __builtin_add_overflow(first, way, &last)) {
        return XH_E_CORRUPT;
    }
    column->first = (uint64_t)first;
    column->step = (uint64_t)step;
    return (ptrdiff_t)size;
}

static ptrdiff_t open_blocks(const uint8_t *bytes, size_t len, struct xh__codec_column *column)
{
    struct block last;
    column->base_size = bytes[0] & 0x0f;
    column->block_count = (column->count + XH__CODEC_BLOCK - 1) / XH__CODEC_BLOCK;
    if (len < 2 || column->base_size > 8) {
        return XH_E_CORRUPT;
    }
    size_t origin_size = bytes[1] & 0x0f;
    size_t unit_size = bytes[1] >> 4;
    size_t table_size = column->block_count * column->base_size + (column->block_count - 1) * 4;
    if (origin_size > 8 || unit_size > 8 || len < 2 + origin_size + unit_size + table_size) {
        return XH_E_CORRUPT;
    }
    column->origin = (uint64_t)xh__codec_load_signed(bytes + 2, origin_size);
    column->unit = unit_size == 0 ? 1 : xh__codec_load(bytes + 2 + origin_size, unit_size);
    column->bases = bytes + 2 + origin_size + unit_size;
    column->starts = column->bases + column->block_count * column->base_size;
    column->blocks = column->starts + (column->block_count - 1) * 4;
    column->end = bytes + len;
    int rc = open_block(column, column->block_count - 1, &last);
    return rc < 0 ? rc : last.end - bytes;
}

ptrdiff_t xh__codec_column_open(const uint8_t *bytes, size_t len, size_t count,
                                struct xh__codec_column *ret)
{
    if (len == 0 || count == 0 || count > XH__CODEC_COUNT_MAX) {
        return XH_E_CORRUPT;
    }
    ret->count = count;
    ret->mode = bytes[0] & 0xf0;
    if (ret->mode == XH__CODEC_CONSTANT || ret->mode == XH__CODEC_STEP) {
        return open_step(bytes, len, ret);
    }
    return ret->mode == XH__CODEC_BLOCKS ? open_blocks(bytes, len, ret) : XH_E_CORRUPT;
}

static void read_step(const struct xh__codec_column *column, size_t from, size_t to, int64_t *ret)
{
    uint64_t first = column->first + column->step * from;
    for (size_t i = 0; i < to - from; i++) {
        ret[i] = (int64_t)(first + column->step * i);
    }
}

int xh__codec_column_read(const struct xh__codec_column *column, size_t from, size_t to,
                          int64_t *ret)
{
    if (column->mode != XH__CODEC_BLOCKS) {
        read_step(column, from, to, ret);
        return 0;
    }
    int rc = 0;
    while (from < to && rc == 0) {
        size_t index = from / XH__CODEC_BLOCK;
        size_t skip = from % XH__CODEC_BLOCK;
        size_t block_end = (index + 1) * XH__CODEC_BLOCK;
        size_t count = (to < block_end ? to : block_end) - from;
        if (skip == 0) {
            rc = read_block(column, index, count, ret);
        } else {
            int64_t room[XH__CODEC_BLOCK];
            rc = read_block(column, index, skip + count, room);
            if (rc == 0) {
                memcpy(ret, room + skip, count * sizeof(*ret));
            }
        }
        from += count;
        ret += count;
    }
    return rc;
}

/* ---- what others call ---- */

ptrdiff_t xh__codec_ints_decode(const uint8_t *bytes, size_t len, size_t count, int64_t *ret)
{
    struct xh__codec_column column;
    ptrdiff_t size = xh__codec_column_open(bytes, len, count, &column);
    if (size < 0) {
        return size;
    }
    int rc = xh__codec_column_read(&column, 0, count, ret);
    return rc < 0 ? rc : size;
}

int xh__codec_ints_slice(const uint8_t *bytes, size_t len, size_t count, size_t from, size_t to,
                         int64_t *ret)
{
    struct xh__codec_column column;
    ptrdiff_t size = xh__codec_column_open(bytes, len, count, &column);
    xh_assert(from <= to && to <= count);
    return size < 0 ? (int)size : xh__codec_column_read(&column, from, to, ret);
}

static size_t find_step(const struct xh__codec_column *column, int64_t bound)
{
    int64_t first = (int64_t)column->first;
    if (bound <= first) {
        return 0;
    }
    if ((int64_t)column->step <= 0) {
        return column->count;
    }
    uint64_t index = ((uint64_t)bound - (uint64_t)first - 1) / column->step + 1;
    return index < column->count ? (size_t)index : column->count;
}

/* The first value of a block. */
static int64_t block_first(const struct xh__codec_column *column, size_t index)
{
    uint64_t base = xh__codec_load(column->bases + column->base_size * index, column->base_size);
    return (int64_t)(column->origin + column->unit * base);
}

int xh__codec_ints_find(const uint8_t *bytes, size_t len, size_t count, int64_t bound,
                        size_t *ret_index)
{
    struct xh__codec_column column;
    ptrdiff_t size = xh__codec_column_open(bytes, len, count, &column);
    if (size < 0) {
        return (int)size;
    }
    if (column.mode != XH__CODEC_BLOCKS) {
        *ret_index = find_step(&column, bound);
        return 0;
    }
    /* Blocks before `low` begin below the bound, those from `high` on do not. */
    size_t low = 0, high = column.block_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (block_first(&column, middle) < bound) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0) {
        *ret_index = 0;
        return 0;
    }
    int64_t values[XH__CODEC_BLOCK];
    size_t block_from = (low - 1) * XH__CODEC_BLOCK;
    size_t left = count - block_from;
    size_t at = 0, end = left < XH__CODEC_BLOCK ? left : XH__CODEC_BLOCK;
    int rc = xh__codec_column_read(&column, block_from, block_from + end, values);
    if (rc < 0) {
        return rc;
    }
    while (at < end) {
        size_t middle = at + (end - at) / 2;
        if (values[middle] < bound) {
            at = middle + 1;
        } else {
            end = middle;
        }
    }
    *ret_index = block_from + at;
    return 0;
}
