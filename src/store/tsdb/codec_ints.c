/* codec_ints.c: a column of integers, written.
 *
 * A first pass finds extremes, evenness and the unit: the greatest number that divides all
 * differences (times in whole seconds are kept as seconds). A second writes the blocks.
 */
#include "store/tsdb/codec_parts_internal.h"

enum {
    UNIT_MIN = 4, /* a smaller unit saves less than it costs to multiply */
    HEAD_BYTES = 2 + 8 + 8,
    BLOCK_TABLE_BYTES = 8 + 4
};

static size_t block_count_of(size_t count)
{
    return (count + XH__CODEC_BLOCK - 1) / XH__CODEC_BLOCK;
}

size_t xh__codec_ints_bound(size_t count)
{
    return HEAD_BYTES + 8 * count + XH__CODEC_SLACK_BYTES +
           block_count_of(count) * (BLOCK_TABLE_BYTES + XH__CODEC_BLOCK_HEAD_BYTES);
}

/* ---- the first pass ---- */

static uint64_t greatest_common_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* The inverse of an odd number modulo 2^64: Newton's steps, from 3 good bits to 96. */
static uint64_t inverse_of(uint64_t odd)
{
    uint64_t inverse = odd;
    for (int i = 0; i < 5; i++) {
        inverse *= 2 - odd * inverse;
    }
    return inverse;
}

/* Do all differences from `first` divide? By multiplication: n is a multiple of an odd d exactly if
 * n / d modulo 2^64 is within the quotients that there are (H. S. Warren, "Hacker's Delight", 2nd
 * edition, section 10-17). */
static bool divides_all(uint64_t unit, int64_t first, const int64_t *values, size_t count)
{
    unsigned shift = (unsigned)__builtin_ctzll(unit);
    uint64_t odd = unit >> shift;
    uint64_t inverse = inverse_of(odd);
    uint64_t most = (uint64_t)INT64_MAX / odd;
    uint64_t low = 0;
    bool is_other = false;
    for (size_t i = 0; i < count; i++) {
        uint64_t difference = (uint64_t)values[i] - (uint64_t)first;
        low |= difference;
        is_other |= difference * inverse + most > 2 * most;
    }
    return !is_other && (low & ((UINT64_C(1) << shift) - 1)) == 0;
}

static uint64_t magnitude_of(uint64_t difference)
{
    return (int64_t)difference < 0 ? 0 - difference : difference;
}

static void find_unit(struct xh__codec_stats *stats, const int64_t *values, size_t count)
{
    uint64_t unit = stats->unit;
    if (unit == 1 || (unit != 0 && divides_all(unit, stats->first, values, count))) {
        return;
    }
    for (size_t i = 0; i < count && unit != 1; i++) {
        uint64_t difference = (uint64_t)values[i] - (uint64_t)stats->first;
        unit = greatest_common_divisor(magnitude_of(difference), unit);
    }
    stats->unit = unit;
}

static void find_extremes(struct xh__codec_stats *stats, const int64_t *values, size_t count)
{
    struct xh__codec_span span = xh__codec_span(values, count);
    stats->min = span.min < stats->min ? span.min : stats->min;
    stats->max = span.max > stats->max ? span.max : stats->max;
}

static bool is_even(const struct xh__codec_stats *stats, const int64_t *values, size_t count)
{
    uint64_t last = (uint64_t)stats->last;
    for (size_t i = 0; i < count; i++) {
        if ((uint64_t)values[i] - last != stats->step) {
            return false;
        }
        last = (uint64_t)values[i];
    }
    return true;
}

void xh__codec_stats_add(struct xh__codec_stats *stats, const int64_t *values, size_t count)
{
    size_t from = 0;
    if (stats->count == 0) {
        stats->first = stats->last = stats->min = stats->max = values[0];
        stats->block_first_max = values[0];
        stats->step = count > 1 ? (uint64_t)values[1] - (uint64_t)values[0] : 0;
        from = 1;
    }
    if (values[0] > stats->block_first_max) {
        stats->block_first_max = values[0];
    }
    if (!stats->is_uneven && !is_even(stats, values + from, count - from)) {
        stats->is_uneven = true;
        stats->unit = magnitude_of(stats->step); /* of the even blocks before */
    }
    find_extremes(stats, values, count);
    if (stats->is_uneven) {
        find_unit(stats, values, count);
    }
    stats->last = values[count - 1];
    stats->count += count;
}

/* ---- the second ---- */

/* A step that leaves the range of int64_t is none. */
static bool is_step(const struct xh__codec_stats *stats)
{
    int64_t way, last;
    return !stats->is_uneven &&
           !__builtin_mul_overflow((int64_t)stats->step, (int64_t)stats->count - 1, &way) &&
           !__builtin_add_overflow(stats->first, way, &last);
}

static size_t write_step(const struct xh__codec_stats *stats, uint8_t *out)
{
    unsigned first_size = xh__codec_size_of_signed(stats->first);
    unsigned step_size = xh__codec_size_of_signed((int64_t)stats->step);
    uint8_t *p = out;
    *p++ = (uint8_t)((step_size == 0 ? XH__CODEC_CONSTANT : XH__CODEC_STEP) + first_size);
    if (step_size > 0) {
        *p++ = (uint8_t)step_size;
    }
    xh__codec_store(p, (uint64_t)stats->first, first_size);
    p += first_size;
    xh__codec_store(p, stats->step, step_size);
    return (size_t)(p + step_size - out);
}

/* The unit is used where it makes the column smaller. Over a range of 2^63 or more a difference
 * from the first may have lost a bit, and with it what its divisors say. */
static uint64_t unit_of(const struct xh__codec_stats *stats)
{
    uint64_t range = (uint64_t)stats->max - (uint64_t)stats->min;
    unsigned saved_bits = xh__codec_bits_of(stats->unit) - 1;
    bool is_worth_it = stats->unit >= UNIT_MIN && range <= (uint64_t)INT64_MAX &&
                       saved_bits * stats->count > 8 * xh__codec_size_of(stats->unit);
    return is_worth_it ? stats->unit : 1;
}

static const int64_t *block_of(const struct xh__codec_source *source, size_t from, size_t count,
                               int64_t *room)
{
    return source->block(source->arg, from, count, room);
}

static size_t write_blocks(const struct xh__codec_source *source,
                           const struct xh__codec_stats *stats, uint8_t *out)
{
    uint64_t origin = (uint64_t)stats->min;
    uint64_t unit = unit_of(stats);
    unsigned shift = (unsigned)__builtin_ctzll(unit);
    uint64_t inverse = inverse_of(unit >> shift);
    uint64_t base_max = (((uint64_t)stats->block_first_max - origin) >> shift) * inverse;
    unsigned origin_size = xh__codec_size_of_signed(stats->min);
    unsigned unit_size = unit == 1 ? 0 : xh__codec_size_of(unit);
    unsigned base_size = xh__codec_size_of(base_max);
    size_t block_count = block_count_of(stats->count);
    uint8_t *p = out;
    *p++ = (uint8_t)(XH__CODEC_BLOCKS + base_size);
    *p++ = (uint8_t)(origin_size | unit_size << 4);
    xh__codec_store(p, origin, origin_size);
    p += origin_size;
    xh__codec_store(p, unit, unit_size);
    p += unit_size;

    uint8_t *base = p;
    uint8_t *start = base + block_count * base_size;
    uint8_t *blocks = start + (block_count - 1) * 4;
    p = blocks;
    for (size_t from = 0; from < stats->count; from += XH__CODEC_BLOCK) {
        int64_t room[XH__CODEC_BLOCK];
        uint64_t numbers[XH__CODEC_BLOCK];
        size_t left = stats->count - from;
        size_t count = left < XH__CODEC_BLOCK ? left : XH__CODEC_BLOCK;
        const int64_t *values = block_of(source, from, count, room);
        for (size_t i = 0; i < count; i++) {
            numbers[i] = (((uint64_t)values[i] - origin) >> shift) * inverse;
        }
        xh__codec_store(base, numbers[0], base_size);
        base += base_size;
        if (from > 0) {
            xh__codec_store(start, (uint64_t)(p - blocks), 4);
            start += 4;
        }
        p += xh__codec_block_encode(numbers, count, p);
    }
    return (size_t)(p - out);
}

size_t xh__codec_ints_encode_from(const struct xh__codec_source *source,
                                  const struct xh__codec_stats *stats, uint8_t *out)
{
    return is_step(stats) ? write_step(stats, out) : write_blocks(source, stats, out);
}

static const int64_t *block_in_memory(void *arg, size_t from, size_t count, int64_t *room)
{
    (void)count;
    (void)room;
    return (const int64_t *)arg + from;
}

size_t xh__codec_ints_encode(const int64_t *values, size_t count, uint8_t *out)
{
    union {
        const int64_t *values;
        void *arg;
    } memory = {values};
    struct xh__codec_source source = {block_in_memory, memory.arg};
    struct xh__codec_stats stats = {0};
    xh_assert(count >= 1 && count <= XH__CODEC_COUNT_MAX);
    for (size_t from = 0; from < count; from += XH__CODEC_BLOCK) {
        size_t left = count - from;
        xh__codec_stats_add(&stats, values + from, left < XH__CODEC_BLOCK ? left : XH__CODEC_BLOCK);
    }
    return xh__codec_ints_encode_from(&source, &stats, out);
}
