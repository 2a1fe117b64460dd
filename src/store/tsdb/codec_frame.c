/* codec_frame.c: how a block of numbers is best written.
 *
 * A block keeps for each number the part of it that a frame does not say, cut to `width` bits; what
 * does not fit is patched: its place and its high bits follow (D. Lemire, L. Boytsov, "Decoding
 * billions of integers per second through vectorization", 2015). Two kinds of blocks:
 *     framed  number i = first + slope + part i
 *     summed  number i = first + slope * i + the sum of parts 0 to i, where part 0 is 0
 * The parts are the numbers, or their differences, less a reference: the least of them, so that no
 * part is negative; or half a range below the middle one, so that outliers on both sides are
 * patched. The four ways are compared on a sample, the best is then settled on all numbers.
 *
 * All is modulo 2^64; the high bits are the part shifted arithmetically, so they have a sign.
 */
#include "store/tsdb/codec_parts_internal.h"

enum {
    SAMPLES = 32,
    MIDDLE_SAMPLES = 9,
    PATCH_SHARE = 4, /* one part in so many is patched at most: a patch is slow to read */
    PATCH_PLACE_BYTES = 1,
    PATCH_DELAY_BYTES = 1, /* what reading a patch costs in time, told as bytes */
    SUMMED = 0x80
};

/* One way to write a block. */
struct way {
    const uint64_t *items; /* numbers or differences */
    size_t count;
    bool is_summed, is_middle;
    uint64_t reference;    /* the least, or the middle one */
    unsigned width, high_size;
    size_t patch_count, cost;
};

struct histogram {
    uint16_t by_zeros[64]; /* parts other than 0 by their leading zeros */
};

/* Counting waits for the count before to be stored, so neighbours are counted apart. */
enum { LANES = 2 };

/* An item less the reference: as it is, or with its sign folded into the lowest bit. */
static inline uint64_t part_of(uint64_t item, uint64_t reference, bool is_middle)
{
    uint64_t part = item - reference;
    return is_middle ? part << 1 ^ (uint64_t)((int64_t)part >> 63) : part;
}

/* Every `stride`-th item by its bits. Returns how many. */
static size_t count_bits(const struct way *way, size_t stride, struct histogram *ret)
{
    uint16_t counts[LANES][64] = {{0}};
    uint64_t reference = way->reference;
    unsigned nothing = 0;
    size_t count = 0;
    for (size_t i = 0; i < way->count; i += stride, count++) {
        uint64_t part = part_of(way->items[i], reference, way->is_middle);
        nothing += part == 0;
        counts[count % LANES][__builtin_clzll(part | 1)]++; /* no branch for 0: taken off below */
    }
    for (size_t zeros = 0; zeros < 64; zeros++) {
        ret->by_zeros[zeros] = (uint16_t)(counts[0][zeros] + counts[1][zeros]);
    }
    ret->by_zeros[63] = (uint16_t)(ret->by_zeros[63] - nothing);
    return count;
}

static unsigned high_size_of(unsigned bits, unsigned width)
{
    unsigned size = (bits - width + 1 + 7) / 8; /* one for the sign */
    return size > 8 ? 8 : size;
}

/* The width that costs least. */
static void choose_width(struct way *way, const struct histogram *histogram, size_t count)
{
    unsigned zeros = 0;
    while (zeros < 64 && histogram->by_zeros[zeros] == 0) {
        zeros++;
    }
    unsigned most = 64 - zeros;
    way->width = most;
    way->high_size = 0;
    way->patch_count = 0;
    way->cost = xh__codec_packed_size(most, count);
    size_t patches = 0;
    for (unsigned width = most; width-- > 0;) {
        patches += histogram->by_zeros[63 - width];
        unsigned high_size = high_size_of(most, width);
        size_t patch_cost = patches * (PATCH_PLACE_BYTES + PATCH_DELAY_BYTES + high_size);
        size_t cost = 1 + xh__codec_packed_size(width, count) + patch_cost;
        if (patches > (count + PATCH_SHARE - 1) / PATCH_SHARE || patch_cost >= way->cost) {
            break;
        }
        if (cost < way->cost) {
            way->cost = cost;
            way->width = width;
            way->high_size = high_size;
            way->patch_count = patches;
        }
    }
}

/* The cost of a way, seen on every `stride`-th item. */
static void settle(struct way *way, size_t stride)
{
    struct histogram histogram;
    size_t count = count_bits(way, stride, &histogram);
    if (stride == 1 && way->is_summed) {
        count++; /* part 0 */
    }
    choose_width(way, &histogram, count);
}

static uint64_t least_of(const uint64_t *items, size_t count)
{
    int64_t min, max;
    xh__codec_extremes((const int64_t *)items, count, &min, &max);
    return (uint64_t)min;
}

/* The median of a few of them. */
static uint64_t middle_of(const uint64_t *items, size_t count)
{
    int64_t sorted[MIDDLE_SAMPLES] = {0};
    size_t stride = (count + MIDDLE_SAMPLES - 1) / MIDDLE_SAMPLES;
    size_t kept = 0;
    for (size_t i = stride / 2; i < count; i += stride, kept++) {
        size_t at = kept;
        for (; at > 0 && sorted[at - 1] > (int64_t)items[i]; at--) {
            sorted[at] = sorted[at - 1];
        }
        sorted[at] = (int64_t)items[i];
    }
    return (uint64_t)sorted[kept / 2];
}

static void try_items(const uint64_t *items, size_t count, size_t stride, bool is_summed,
                      struct way *best)
{
    for (int is_middle = 0; is_middle <= 1; is_middle++) {
        struct way way = {.items = items, .count = count, .is_summed = is_summed,
                          .is_middle = is_middle == 1};
        way.reference = way.is_middle ? middle_of(items, count) : least_of(items, count);
        settle(&way, stride);
        if (!best->items || way.cost < best->cost) {
            *best = way;
        }
    }
}

/* Positions and high bits of what does not fit. */
static size_t write_patches(const struct way *way, const uint64_t *parts, size_t count,
                            uint8_t *out)
{
    uint8_t *place = out;
    uint8_t *high = out + way->patch_count;
    for (size_t i = 0; i < count; i++) {
        uint64_t over = (uint64_t)((int64_t)parts[i] >> way->width);
        if (over != 0) {
            *place++ = (uint8_t)i;
            xh__codec_store(high, over, way->high_size);
            high += way->high_size;
        }
    }
    xh_assert(place == out + way->patch_count);
    return (size_t)(high - out);
}

static size_t write_block(const struct way *way, const uint64_t *numbers, size_t count,
                          uint8_t *out)
{
    uint64_t parts[XH__CODEC_BLOCK];
    uint64_t reference = way->reference;
    size_t begin = way->is_summed ? 1 : 0;
    if (way->is_middle && way->width > 0) {
        reference -= UINT64_C(1) << (way->width - 1);
    }
    parts[0] = 0;
    for (size_t i = begin; i < count; i++) {
        parts[i] = way->items[i - begin] - reference;
    }

    uint64_t slope = way->is_summed ? reference : reference - numbers[0];
    unsigned slope_size = xh__codec_size_of_signed((int64_t)slope);
    uint8_t *p = out;
    *p++ = (uint8_t)(way->width | (way->is_summed ? SUMMED : 0));
    *p++ = (uint8_t)(slope_size | way->high_size << 4);
    xh__codec_store(p, slope, slope_size);
    p += slope_size;
    if (way->high_size > 0) {
        *p++ = (uint8_t)way->patch_count;
    }
    xh__codec_pack(parts, count, way->width, p);
    p += xh__codec_packed_size(way->width, count);
    if (way->high_size > 0) {
        p += write_patches(way, parts, count, p);
    }
    return (size_t)(p - out);
}

size_t xh__codec_block_encode(const uint64_t *numbers, size_t count, uint8_t *out)
{
    uint64_t differences[XH__CODEC_BLOCK];
    struct way best = {0};
    size_t stride = count / SAMPLES | 1; /* odd: readings repeat by the hour and day */
    for (size_t i = 1; i < count; i++) {
        differences[i - 1] = numbers[i] - numbers[i - 1];
    }
    try_items(numbers, count, stride, false, &best);
    if (count > 1) {
        try_items(differences, count - 1, stride, true, &best);
    }
    settle(&best, 1);
    return write_block(&best, numbers, count, out);
}
