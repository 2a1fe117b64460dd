/* codec_internal.h: columns of readings as few bytes, and back, exactly.
 *
 * Pure functions over memory: no state, no allocation, any thread. What they write is part of the
 * file format (docs/formats/columns.md), little-endian, the same on every machine; a format once
 * released is never changed, only a new mode number added.
 *
 * A column is self-delimiting: decode says how many bytes it took. Its count is not in it: the
 * caller knows it. Decoding checks every length and number against the bytes given: damaged or
 * hostile bytes give XH_E_CORRUPT, never a crash, a read outside, or more than `count` values.
 *
 * How (D. Lemire, L. Boytsov, "Decoding billions of integers per second through vectorization",
 * 2015, for frames of reference and patched exceptions; the rest is ours)
 *   ints    the cheapest of: constant; step (first, step); frame of reference or delta in units of
 *           a common divisor, bit-packed by blocks of 256, each block with its own width,
 *           exceptions patched
 *   values  scaled to integers by one power of ten when nearly every value reads back bit for bit
 *           (then value = integer / 10^scale, one correctly rounded division), the others apart;
 *           else the double's bits in order, common zero bits at the end shifted out
 *   bytes   constant, runs, or packed
 */
#ifndef XH_STORE_TSDB_CODEC_INTERNAL_H
#define XH_STORE_TSDB_CODEC_INTERNAL_H

#include "base/err.h"
#include "base/num.h"

enum { XH__CODEC_COUNT_MAX = 1 << 20 }; /* values in one column */

/* Bytes that encoding `count` values may need at most. */
size_t xh__codec_ints_bound(size_t count);
size_t xh__codec_values_bound(size_t count);
size_t xh__codec_bytes_bound(size_t count);

/* Each returns the bytes written; out has room for the bound. count >= 1. */
size_t xh__codec_ints_encode(const int64_t *values, size_t count, uint8_t *out);
/* decimals: of each value, XH_NUM_DECIMALS_SHORTEST or 0 to XH_NUM_DECIMALS_MAX, kept exactly; -0
 * and every other finite double come back bit for bit. */
size_t xh__codec_values_encode(const double *values, const int8_t *decimals, size_t count,
                               uint8_t *out);
size_t xh__codec_bytes_encode(const uint8_t *values, size_t count, uint8_t *out);

/* Each returns the bytes taken, or XH_E_CORRUPT; that also for a count of 0 or above the maximum,
 * so a count read from a file may be given as it is. ret has room for count. */
ptrdiff_t xh__codec_ints_decode(const uint8_t *bytes, size_t len, size_t count, int64_t *ret);
/* ret_decimals NULL: not wanted. */
ptrdiff_t xh__codec_values_decode(const uint8_t *bytes, size_t len, size_t count, double *ret,
                                  int8_t *ret_decimals);
ptrdiff_t xh__codec_bytes_decode(const uint8_t *bytes, size_t len, size_t count, uint8_t *ret);

/* A part, [from, to) of the count values, at the cost of the blocks it touches (constant and step:
 * of what is asked for). 0, or XH_E_CORRUPT. The same ret as decode would give there. */
int xh__codec_ints_slice(const uint8_t *bytes, size_t len, size_t count, size_t from, size_t to,
                         int64_t *ret);
int xh__codec_values_slice(const uint8_t *bytes, size_t len, size_t count, size_t from, size_t to,
                           double *ret, int8_t *ret_decimals);
/* In a column that never falls: the index of the first value >= bound, `count` if there is none. */
int xh__codec_ints_find(const uint8_t *bytes, size_t len, size_t count, int64_t bound,
                        size_t *ret_index);
/* Sum, extremes of [from, to) without writing the values anywhere. The sum of scaled integers is
 * exact (128 bits) and divided once, what the quotient lacks is in the compensation; that of true
 * doubles is compensated. from < to. */
struct xh__codec_fold {
    struct xh_sum sum; /* count included */
    double min, max;
};
int xh__codec_values_fold(const uint8_t *bytes, size_t len, size_t count, size_t from, size_t to,
                          struct xh__codec_fold *ret);
/* The same for neighbouring parts at once, each [bounds[i], bounds[i + 1]), none empty: a block
 * that several of them share is unpacked once. bounds has part_count + 1 places, ret part_count.
 * After an error ret holds nothing of use. */
int xh__codec_values_fold_parts(const uint8_t *bytes, size_t len, size_t count,
                                const uint32_t *bounds, size_t part_count,
                                struct xh__codec_fold *ret);

#endif
