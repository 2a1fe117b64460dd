/* codec_pack.c: numbers of a few bits as bytes, and back.
 *
 * Number i of width w stands at bits i * w to i * w + w - 1, counted from the lowest bit of the
 * first byte. Eight numbers then take w whole bytes, so that inside a group of eight each bit's
 * place is known to the compiler: there is a function for each width, written by the macros below.
 */
#include "store/tsdb/codec_parts_internal.h"

enum {
    GROUP = 8,
    /* A group's last load begins below byte w and takes 9 bytes. */
    OVERREAD_BYTES = 9,
    /* What cannot be read in place: less than two groups and the overread. */
    REST_BYTES = 2 * 64 + 2 * OVERREAD_BYTES
};

#define ALWAYS_INLINE inline __attribute__((always_inline))

#define WIDTHS(X)                                                                               \
    X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15) X(16) \
    X(17) X(18) X(19) X(20) X(21) X(22) X(23) X(24) X(25) X(26) X(27) X(28) X(29) X(30) X(31)   \
    X(32) X(33) X(34) X(35) X(36) X(37) X(38) X(39) X(40) X(41) X(42) X(43) X(44) X(45) X(46)   \
    X(47) X(48) X(49) X(50) X(51) X(52) X(53) X(54) X(55) X(56) X(57) X(58) X(59) X(60) X(61)   \
    X(62) X(63) X(64)

#define EIGHT(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)

static ALWAYS_INLINE uint64_t mask_of(unsigned width)
{
    return width == 0 ? 0 : UINT64_MAX >> (64 - width);
}

/* Part k of a group. */
static ALWAYS_INLINE uint64_t take(const uint8_t *bytes, unsigned width, unsigned k)
{
    unsigned byte = k * width / 8;
    unsigned shift = k * width % 8;
    if (width == 0) {
        return 0;
    }
    uint64_t word = xh__codec_load64(bytes + byte) >> shift;
    if (shift + width > 64) {
        word |= (uint64_t)bytes[byte + 8] << (64 - shift);
    }
    return word & mask_of(width);
}

/* Adds part k of a group to its words. */
static ALWAYS_INLINE void put(uint64_t words[GROUP + 1], uint64_t part, unsigned width, unsigned k)
{
    unsigned index = k * width / 64;
    unsigned shift = k * width % 64;
    part &= mask_of(width);
    words[index] |= part << shift;
    if (shift + width > 64) {
        words[index + 1] |= part >> (64 - shift);
    }
}

typedef void pack_fn(const uint64_t *parts, size_t group_count, uint8_t *out);
typedef void unpack_fn(const uint8_t *bytes, size_t group_count, uint64_t add, uint64_t *ret);
typedef uint64_t sums_fn(const uint8_t *bytes, size_t group_count, uint64_t sum, uint64_t slope,
                         uint64_t *ret);

#define PUT(k) put(words, parts[k], width, k);
#define TAKE(k) ret[k] = add + take(bytes, width, k);
#define TAKE_SUM(k) sum += slope + take(bytes, width, k); ret[k] = sum;

static ALWAYS_INLINE void pack_groups(const uint64_t *restrict parts, size_t group_count,
                                      unsigned width, uint8_t *restrict out)
{
    for (; group_count > 0; group_count--, parts += GROUP, out += width) {
        uint64_t words[GROUP + 1] = {0};
        EIGHT(PUT)
        for (unsigned i = 0; i < (width + 7) / 8; i++) {
            xh__codec_store64(out + 8 * i, words[i]);
        }
    }
}

static ALWAYS_INLINE void unpack_groups(const uint8_t *restrict bytes, size_t group_count,
                                        unsigned width, uint64_t add, uint64_t *restrict ret)
{
    for (; group_count > 0; group_count--, bytes += width, ret += GROUP) {
        EIGHT(TAKE)
    }
}

static ALWAYS_INLINE uint64_t unpack_sum_groups(const uint8_t *restrict bytes, size_t group_count,
                                                unsigned width, uint64_t sum, uint64_t slope,
                                                uint64_t *restrict ret)
{
    for (; group_count > 0; group_count--, bytes += width, ret += GROUP) {
        EIGHT(TAKE_SUM)
    }
    return sum;
}

#define DEFINE(w)                                                                              \
    static void pack_##w(const uint64_t *parts, size_t group_count, uint8_t *out)              \
    {                                                                                          \
        pack_groups(parts, group_count, w, out);                                               \
    }                                                                                          \
    static void unpack_##w(const uint8_t *bytes, size_t group_count, uint64_t add,             \
                           uint64_t *ret)                                                      \
    {                                                                                          \
        unpack_groups(bytes, group_count, w, add, ret);                                        \
    }                                                                                          \
    static uint64_t sums_##w(const uint8_t *bytes, size_t group_count, uint64_t sum,           \
                             uint64_t slope, uint64_t *ret)                                    \
    {                                                                                          \
        return unpack_sum_groups(bytes, group_count, w, sum, slope, ret);                      \
    }
WIDTHS(DEFINE)

#define NAME_PACK(w) pack_##w,
#define NAME_UNPACK(w) unpack_##w,
#define NAME_SUMS(w) sums_##w,
static pack_fn *const pack_of[] = {WIDTHS(NAME_PACK)};
static unpack_fn *const unpack_of[] = {WIDTHS(NAME_UNPACK)};
static sums_fn *const sums_of[] = {WIDTHS(NAME_SUMS)};

void xh__codec_pack(const uint64_t *parts, size_t count, unsigned width, uint8_t *out)
{
    size_t group_count = count / GROUP;
    size_t rest = count % GROUP;
    pack_of[width](parts, group_count, out);
    if (rest > 0) {
        uint64_t last[GROUP] = {0};
        uint8_t room[GROUP * 8 + XH__CODEC_SLACK_BYTES];
        memcpy(last, parts + group_count * GROUP, rest * sizeof(*last));
        pack_of[width](last, 1, room);
        memcpy(out + group_count * width, room, xh__codec_packed_size(width, rest));
    }
}

/* Groups that can be read where they are. */
static size_t count_readable(size_t len, unsigned width, size_t group_count)
{
    size_t need = (size_t)width + OVERREAD_BYTES;
    if (width == 0) {
        return group_count;
    }
    size_t readable = len < need ? 0 : (len - need) / width + 1;
    return readable < group_count ? readable : group_count;
}

void xh__codec_unpack(const uint8_t *bytes, size_t len, unsigned width, size_t count, uint64_t add,
                      uint64_t *ret)
{
    size_t readable = count_readable(len, width, count / GROUP);
    size_t rest = count - readable * GROUP;
    unpack_of[width](bytes, readable, add, ret);
    if (rest > 0) {
        uint8_t room[REST_BYTES] = {0};
        uint64_t last[GROUP];
        size_t groups = rest / GROUP;
        size_t from = count - rest % GROUP;
        memcpy(room, bytes + readable * width, xh__codec_packed_size(width, rest));
        unpack_of[width](room, groups, add, ret + readable * GROUP);
        unpack_of[width](room + groups * width, 1, add, last);
        memcpy(ret + from, last, rest % GROUP * sizeof(*last));
    }
}

void xh__codec_unpack_sums(const uint8_t *bytes, size_t len, unsigned width, size_t count,
                           uint64_t start, uint64_t slope, uint64_t *ret)
{
    size_t readable = count_readable(len, width, count / GROUP);
    size_t rest = count - readable * GROUP;
    uint64_t sum = sums_of[width](bytes, readable, start - slope, slope, ret);
    if (rest > 0) {
        uint8_t room[REST_BYTES] = {0};
        uint64_t last[GROUP];
        size_t groups = rest / GROUP;
        size_t from = count - rest % GROUP;
        memcpy(room, bytes + readable * width, xh__codec_packed_size(width, rest));
        sum = sums_of[width](room, groups, sum, slope, ret + readable * GROUP);
        sums_of[width](room + groups * width, 1, sum, slope, last);
        memcpy(ret + from, last, rest % GROUP * sizeof(*last));
    }
}
