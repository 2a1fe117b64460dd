/* codec_parts_internal.h: what the codec's own files share (codec_*.c and nobody else).
 *
 * From the bottom up
 *   codec_pack.c     numbers of w bits, w = 0 to 64, as bytes and back
 *   codec_frame.c    a block of up to 256 numbers: how it is best written, and writing it
 *   codec_ints.c     a column of integers, written: constant, step, or blocks
 *   codec_column.c   a column of integers, read
 *   codec_scale.c    doubles to integers and back
 *   codec_values.c   a column of values, written;  codec_values_read.c: read
 *   codec_span.c     sum and extremes of a block;  codec_fold.c: of a column of values
 *   codec_bytes.c    a column of bytes
 *
 * Arithmetic on column values is in uint64_t, modulo 2^64: differences of any two int64_t may be
 * taken and added up again without overflow. docs/formats/columns.md gives every byte.
 */
#ifndef XH_STORE_TSDB_CODEC_PARTS_INTERNAL_H
#define XH_STORE_TSDB_CODEC_PARTS_INTERNAL_H

#include <string.h>

#include "store/tsdb/codec_internal.h"

/* Half of the speed is in loops over four values at a time, which gcc 12 writes from O3 on. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3", "fp-contract=off")
#endif

enum {
    XH__CODEC_BLOCK = 256,     /* values in a block; places in it fit a byte */
    XH__CODEC_SLACK_BYTES = 8, /* encoders may write so many bytes past what they return */
    XH__CODEC_SCALE_MAX = XH_NUM_DECIMALS_MAX
};

/* The first byte of a column of integers. */
enum {
    XH__CODEC_CONSTANT = 0x00, /* + bytes of the value, 0 to 8 */
    XH__CODEC_STEP = 0x10,     /* + bytes of the first value */
    XH__CODEC_BLOCKS = 0x20    /* + bytes of a block's first value */
};

/* ---- little-endian bytes ---- */

static inline uint64_t xh__codec_load64(const uint8_t *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

static inline void xh__codec_store64(uint8_t *bytes, uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    memcpy(bytes, &word, sizeof(word));
}

/* The low `size` bytes, 0 to 8. */
static inline uint64_t xh__codec_load(const uint8_t *bytes, size_t size)
{
    uint64_t word = 0;
    for (size_t i = size; i > 0; i--) {
        word = word << 8 | bytes[i - 1];
    }
    return word;
}

/* The same, its highest bit the sign. */
static inline int64_t xh__codec_load_signed(const uint8_t *bytes, size_t size)
{
    unsigned unused_bits = 64 - 8 * (unsigned)size;
    return size == 0 ? 0 : (int64_t)(xh__codec_load(bytes, size) << unused_bits) >> unused_bits;
}

static inline void xh__codec_store(uint8_t *bytes, uint64_t word, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(word >> (8 * i));
    }
}

static inline unsigned xh__codec_bits_of(uint64_t word)
{
    return word == 0 ? 0 : 64 - (unsigned)__builtin_clzll(word);
}

static inline unsigned xh__codec_size_of(uint64_t word)
{
    return (xh__codec_bits_of(word) + 7) / 8;
}

static inline unsigned xh__codec_size_of_signed(int64_t value)
{
    uint64_t magnitude = (uint64_t)(value ^ value >> 63);
    return value == 0 ? 0 : xh__codec_bits_of(magnitude) / 8 + 1;
}

/* The least and the greatest of count >= 1 numbers; four at a time, for a comparison waits for the
 * one before. */
static inline void xh__codec_extremes(const int64_t *values, size_t count, int64_t *ret_min,
                                      int64_t *ret_max)
{
    int64_t min[4] = {values[0], values[0], values[0], values[0]};
    int64_t max[4] = {values[0], values[0], values[0], values[0]};
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        for (size_t k = 0; k < 4; k++) {
            min[k] = values[i + k] < min[k] ? values[i + k] : min[k];
            max[k] = values[i + k] > max[k] ? values[i + k] : max[k];
        }
    }
    for (size_t k = 1; k < 4; k++) {
        min[0] = min[k] < min[0] ? min[k] : min[0];
        max[0] = max[k] > max[0] ? max[k] : max[0];
    }
    for (; i < count; i++) {
        min[0] = values[i] < min[0] ? values[i] : min[0];
        max[0] = values[i] > max[0] ? values[i] : max[0];
    }
    *ret_min = min[0];
    *ret_max = max[0];
}

/* ---- codec_pack.c ---- */

static inline size_t xh__codec_packed_size(unsigned width, size_t count)
{
    return (width * count + 7) / 8;
}

/* The low `width` bits of each; XH__CODEC_SLACK_BYTES more may be written over. */
void xh__codec_pack(const uint64_t *parts, size_t count, unsigned width, uint8_t *out);
/* ret[i] = add + part i. `len` bytes may be read and hold the packed parts. */
void xh__codec_unpack(const uint8_t *bytes, size_t len, unsigned width, size_t count, uint64_t add,
                      uint64_t *ret);
/* ret[i] = start + slope * i + the sum of parts 0 to i. */
void xh__codec_unpack_sums(const uint8_t *bytes, size_t len, unsigned width, size_t count,
                           uint64_t start, uint64_t slope, uint64_t *ret);

/* ---- codec_frame.c ---- */

/* Writes a block of 1 to XH__CODEC_BLOCK numbers without its first, which the column keeps. Returns
 * the bytes, at most XH__CODEC_BLOCK_HEAD_BYTES + 8 * count; the slack comes on top. */
enum { XH__CODEC_BLOCK_HEAD_BYTES = 11 };
size_t xh__codec_block_encode(const uint64_t *numbers, size_t count, uint8_t *out);

/* ---- codec_ints.c ---- */

/* What one pass over a column finds out. Zero-initialise, add blocks of XH__CODEC_BLOCK in order
 * (the last may be shorter). */
struct xh__codec_stats {
    size_t count;
    int64_t first, last, min, max;
    int64_t block_first_max;
    uint64_t step;   /* of the first two, modulo 2^64 */
    bool is_uneven;  /* not first + step * i */
    uint64_t unit;   /* divides all differences from the first; 0 while all are equal */
};
void xh__codec_stats_add(struct xh__codec_stats *stats, const int64_t *values, size_t count);

/* Where a column's integers come from, block by block in order. `room` has place for one block; the
 * answer may point elsewhere. */
struct xh__codec_source {
    const int64_t *(*block)(void *arg, size_t from, size_t count, int64_t *room);
    void *arg;
};
size_t xh__codec_ints_encode_from(const struct xh__codec_source *source,
                                  const struct xh__codec_stats *stats, uint8_t *out);

/* ---- codec_column.c ---- */

/* A column of integers, its head read and checked. */
struct xh__codec_column {
    uint8_t mode;             /* XH__CODEC_CONSTANT, _STEP or _BLOCKS */
    size_t count;
    uint64_t first, step;     /* of a constant (step 0) or step */
    uint64_t origin, unit;    /* of blocks: value = origin + unit * number */
    size_t block_count, base_size;
    const uint8_t *bases;     /* base_size bytes for each block: its first number */
    const uint8_t *starts;    /* 4 bytes for each block but the first */
    const uint8_t *blocks, *end; /* end: of what may be read */
};
/* Returns the bytes the column takes, or XH_E_CORRUPT: then ret holds nothing of use. */
ptrdiff_t xh__codec_column_open(const uint8_t *bytes, size_t len, size_t count,
                                struct xh__codec_column *ret);
/* Values [from, to). 0 or XH_E_CORRUPT. */
int xh__codec_column_read(const struct xh__codec_column *column, size_t from, size_t to,
                          int64_t *ret);

/* ---- codec_scale.c ---- */

/* Is value == integer / 10^scale, bit for bit, for an integer of less than 53 bits and a sign? */
bool xh__codec_scale_one(double value, unsigned scale, int64_t *ret);
/* As many as possible: true if all are, and ret holds them. */
bool xh__codec_scale(const double *values, size_t count, unsigned scale, int64_t *ret);
/* The same where it is known to be true. */
void xh__codec_scale_known(const double *values, size_t count, unsigned scale, int64_t *ret);
/* integers[i] / 10^scale. XH_E_CORRUPT where one has more than 53 bits. */
int xh__codec_unscale(const int64_t *integers, size_t count, unsigned scale, double *ret);
double xh__codec_power(unsigned scale); /* 10^scale */
/* The bits of a double as an integer in the same order as the values (-0 before 0), without its
 * `shift` lowest bits; and back. XH_E_CORRUPT where it is not finite. */
void xh__codec_order(const double *values, size_t count, unsigned shift, int64_t *ret);
int xh__codec_unorder(const int64_t *integers, size_t count, unsigned shift, double *ret);
/* Digits after the point of integer / 10^scale when zeros at the end are left out, but `least`. */
int xh__codec_natural_decimals(int64_t integer, unsigned scale, int least);

/* ---- codec_span.c ---- */

/* Sum, modulo 2^64, and extremes of 1 to XH__CODEC_BLOCK integers. */
struct xh__codec_span {
    int64_t sum, min, max;
};
struct xh__codec_span xh__codec_span(const int64_t *integers, size_t count);

/* ---- codec_values_read.c ---- */

/* The first byte of a column of values. */
enum {
    XH__CODEC_SCALED_PLAIN = 0x00,    /* + scale, which is the decimals of all */
    XH__CODEC_DOUBLES_PLAIN = 0x20,   /* + decimals of all + 1; no shift */
    XH__CODEC_SCALED = 0x40,
    XH__CODEC_SCALED_PATCHED = 0x41,  /* with exceptions */
    XH__CODEC_DOUBLES = 0x42
};
/* The rule of decimals, its second byte where it has one. */
enum {
    XH__CODEC_DECIMALS_SAME = 0x00,    /* + decimals + 1 */
    XH__CODEC_DECIMALS_NATURAL = 0x20, /* + the least */
    XH__CODEC_DECIMALS_KEPT = 0x40     /* a column of bytes */
};
/* One exception in 16 values at most. */
enum { XH__CODEC_PATCH_SHARE = 16 };

/* Bytes of a place in a column. */
static inline size_t xh__codec_place_size(size_t count)
{
    return count <= 1 << 8 ? 1 : count <= 1 << 16 ? 2 : 4;
}

struct xh__codec_value_column {
    struct xh__codec_column ints;
    bool is_scaled;
    unsigned scale;               /* or shift */
    uint8_t rule;
    const uint8_t *kept;          /* column of decimals */
    size_t kept_len;
    size_t patch_count, place_size;
    const uint8_t *patch_places, *patch_bits, *patch_decimals;
};
/* As xh__codec_column_open. */
ptrdiff_t xh__codec_value_column_open(const uint8_t *bytes, size_t len, size_t count,
                                      struct xh__codec_value_column *ret);
/* The first exception at or after a place. */
size_t xh__codec_patch_find(const struct xh__codec_value_column *column, size_t place);
int xh__codec_patch_get(const struct xh__codec_value_column *column, size_t index,
                        size_t *ret_place, double *ret);

/* ---- codec_bytes.c ---- */

ptrdiff_t xh__codec_bytes_skip(const uint8_t *bytes, size_t len, size_t count);
/* 0 or XH_E_CORRUPT. */
int xh__codec_bytes_slice(const uint8_t *bytes, size_t len, size_t count, size_t from, size_t to,
                          uint8_t *ret);

#endif
