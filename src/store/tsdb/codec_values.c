/* codec_values.c: a column of values, written.
 *
 * Values become integers block by block, twice: once to see whether and how (survey), once to
 * write. One scale serves a whole column: 1.5 and 1.25 are 150 and 125 hundredths, and their own
 * decimals are told apart. A few values that have no integer at this scale are patched: in their
 * place stands the integer before.
 */
#include "store/tsdb/codec_parts_internal.h"

enum {
    HEAD_BYTES = 3,
    PATCHES_HEAD_BYTES = 4,
    PATCH_BYTES_MAX = 4 + 8 + 1, /* place, bits, decimals */
    SHORTEST_SAMPLES = 8,
    SHIFT_MIN_BITS = 16          /* what a shift must save to be worth its place in the head */
};

/* How a column's values become integers. */
struct transform {
    const double *values;
    size_t count;
    bool is_scaled;
    unsigned scale;     /* or shift */
    bool is_known;      /* surveyed: every value has its integer, below 2^51 */
    bool is_all_quick;
    int64_t before;     /* the integer before: what stands for a value that has none */
    size_t patch_count;
};

size_t xh__codec_values_bound(size_t count)
{
    return HEAD_BYTES + xh__codec_ints_bound(count) + xh__codec_bytes_bound(count) +
           PATCHES_HEAD_BYTES + count / XH__CODEC_PATCH_SHARE * PATCH_BYTES_MAX;
}

/* ---- values to integers ---- */

static void scale_some(struct transform *transform, size_t from, size_t count, int64_t *room)
{
    for (size_t i = 0; i < count; i++) {
        if (xh__codec_scale_one(transform->values[from + i], transform->scale, &room[i])) {
            transform->before = room[i];
        } else {
            room[i] = transform->before;
            transform->patch_count++;
        }
    }
}

/* What stands for the first values if they have no integers: the first integer there is. */
static int64_t first_integer(const struct transform *transform)
{
    int64_t integer = 0;
    size_t most = transform->count / XH__CODEC_PATCH_SHARE + 1;
    for (size_t i = 0; i < most && i < transform->count; i++) {
        if (xh__codec_scale_one(transform->values[i], transform->scale, &integer)) {
            break;
        }
    }
    return integer;
}

static const int64_t *transform_block(void *arg, size_t from, size_t count, int64_t *room)
{
    struct transform *transform = arg;
    const double *values = transform->values + from;
    if (!transform->is_scaled) {
        xh__codec_order(values, count, transform->scale, room);
    } else if (transform->is_known) {
        xh__codec_scale_known(values, count, transform->scale, room);
    } else if (xh__codec_scale(values, count, transform->scale, room)) {
        transform->before = room[count - 1];
    } else {
        transform->is_all_quick = false;
        if (from == 0) {
            transform->before = first_integer(transform);
        }
        scale_some(transform, from, count, room);
    }
    return room;
}

/* False: too many values have no integer at this scale. */
static bool survey(struct transform *transform, struct xh__codec_stats *ret)
{
    struct xh__codec_stats stats = {0};
    transform->is_known = false;
    transform->is_all_quick = true;
    transform->patch_count = 0;
    for (size_t from = 0; from < transform->count; from += XH__CODEC_BLOCK) {
        int64_t room[XH__CODEC_BLOCK];
        size_t left = transform->count - from;
        size_t count = left < XH__CODEC_BLOCK ? left : XH__CODEC_BLOCK;
        xh__codec_stats_add(&stats, transform_block(transform, from, count, room), count);
        if (transform->patch_count > transform->count / XH__CODEC_PATCH_SHARE) {
            return false;
        }
    }
    transform->is_known = transform->is_scaled && transform->is_all_quick;
    *ret = stats;
    return true;
}

/* ---- the choice of scale ---- */

static bool is_same(const int8_t *decimals, size_t count)
{
    int differs = 0;
    for (size_t i = 1; i < count; i++) {
        differs |= decimals[i] ^ decimals[0];
    }
    return differs == 0;
}

/* The scale that a few values of no told decimals need, or -1. */
static int guess_scale(const double *values, const int8_t *decimals, size_t count)
{
    int guess = -1;
    int tried = 0;
    size_t stride = count / SHORTEST_SAMPLES + 1;
    for (size_t i = 0; i < count && tried < SHORTEST_SAMPLES; i += stride) {
        int64_t integer;
        if (decimals[i] != XH_NUM_DECIMALS_SHORTEST) {
            continue;
        }
        tried++;
        for (int scale = 0; scale <= XH__CODEC_SCALE_MAX; scale++) {
            if (xh__codec_scale_one(values[i], (unsigned)scale, &integer)) {
                guess = scale > guess ? scale : guess;
                break;
            }
        }
    }
    return guess;
}

/* The most decimals told, and the most when a few values are left out; -1: none. */
static void count_decimals(const int8_t *decimals, size_t count, int *ret_most, int *ret_usual)
{
    size_t counts[XH__CODEC_SCALE_MAX + 2] = {0};
    size_t above = 0;
    for (size_t i = 0; i < count; i++) {
        xh_assert(decimals[i] >= XH_NUM_DECIMALS_SHORTEST && decimals[i] <= XH_NUM_DECIMALS_MAX);
        counts[decimals[i] + 1]++;
    }
    int most = XH__CODEC_SCALE_MAX;
    while (most >= 0 && counts[most + 1] == 0) {
        most--;
    }
    int usual = most;
    while (usual >= 0 && above + counts[usual + 1] <= count / XH__CODEC_PATCH_SHARE) {
        above += counts[usual + 1];
        usual--;
    }
    *ret_most = most;
    *ret_usual = usual;
}

static bool try_scale(struct transform *transform, int scale, struct xh__codec_stats *ret)
{
    transform->is_scaled = true;
    transform->scale = (unsigned)scale;
    return scale >= 0 && survey(transform, ret);
}

static void survey_doubles(struct transform *transform, bool is_plain, struct xh__codec_stats *ret)
{
    uint64_t all = 0;
    for (size_t i = 0; i < transform->count; i++) {
        uint64_t bits;
        memcpy(&bits, &transform->values[i], sizeof(bits));
        all |= bits;
    }
    all &= INT64_MAX;
    unsigned shift = all == 0 ? 0 : (unsigned)__builtin_ctzll(all);
    if (is_plain && shift * transform->count < SHIFT_MIN_BITS + 1) {
        shift = 0;
    }
    transform->is_scaled = false;
    transform->scale = shift;
    survey(transform, ret);
}

/* Finds how the values become integers. */
static void choose(struct transform *transform, const int8_t *decimals, bool is_plain,
                   struct xh__codec_stats *ret)
{
    int most = decimals[0], usual = decimals[0];
    xh_assert(most >= XH_NUM_DECIMALS_SHORTEST && most <= XH_NUM_DECIMALS_MAX);
    if (!is_plain) {
        count_decimals(decimals, transform->count, &most, &usual);
    }
    if (!is_plain || most < 0) {
        int guess = guess_scale(transform->values, decimals, transform->count);
        most = guess > most ? guess : most;
        usual = guess > usual ? guess : usual;
    }
    if (!try_scale(transform, most, ret) && (usual == most || !try_scale(transform, usual, ret))) {
        survey_doubles(transform, is_plain, ret);
    }
}

/* ---- decimals ---- */

static uint8_t natural_rule(struct transform *transform, const int8_t *decimals)
{
    int least = decimals[0];
    for (size_t i = 1; i < transform->count; i++) {
        least = decimals[i] < least ? decimals[i] : least;
    }
    if (least < 0 || !transform->is_scaled) {
        return XH__CODEC_DECIMALS_KEPT;
    }
    for (size_t i = 0; i < transform->count; i++) {
        int64_t integer;
        if (xh__codec_scale_one(transform->values[i], transform->scale, &integer) &&
            xh__codec_natural_decimals(integer, transform->scale, least) != decimals[i]) {
            return XH__CODEC_DECIMALS_KEPT;
        }
    }
    return (uint8_t)(XH__CODEC_DECIMALS_NATURAL + least);
}

/* ---- the column ---- */

static size_t write_head(const struct transform *transform, uint8_t rule, uint8_t *out)
{
    bool is_same_rule = rule < XH__CODEC_DECIMALS_NATURAL;
    if (transform->is_scaled && transform->patch_count == 0 && rule == transform->scale + 1) {
        out[0] = (uint8_t)(XH__CODEC_SCALED_PLAIN + transform->scale);
        return 1;
    }
    if (!transform->is_scaled && transform->scale == 0 && is_same_rule) {
        out[0] = (uint8_t)(XH__CODEC_DOUBLES_PLAIN + rule);
        return 1;
    }
    out[0] = !transform->is_scaled        ? XH__CODEC_DOUBLES
             : transform->patch_count > 0 ? XH__CODEC_SCALED_PATCHED
                                          : XH__CODEC_SCALED;
    out[1] = (uint8_t)transform->scale;
    out[2] = rule;
    return HEAD_BYTES;
}

static size_t write_patches(const struct transform *transform, const int8_t *decimals, uint8_t *out)
{
    size_t place_size = xh__codec_place_size(transform->count);
    uint8_t *place = out + PATCHES_HEAD_BYTES;
    uint8_t *bits = place + transform->patch_count * place_size;
    uint8_t *own_decimals = bits + transform->patch_count * 8;
    xh__codec_store(out, transform->patch_count, PATCHES_HEAD_BYTES);
    for (size_t i = 0; i < transform->count; i++) {
        int64_t integer;
        if (!xh__codec_scale_one(transform->values[i], transform->scale, &integer)) {
            uint64_t word;
            memcpy(&word, &transform->values[i], sizeof(word));
            xh__codec_store(place, i, place_size);
            xh__codec_store64(bits, word);
            *own_decimals++ = (uint8_t)(decimals[i] + 1);
            place += place_size;
            bits += 8;
        }
    }
    return (size_t)(own_decimals - out);
}

size_t xh__codec_values_encode(const double *values, const int8_t *decimals, size_t count,
                               uint8_t *out)
{
    struct transform transform = {.values = values, .count = count};
    struct xh__codec_source source = {transform_block, &transform};
    struct xh__codec_stats stats;
    bool is_plain = is_same(decimals, count);
    xh_assert(count >= 1 && count <= XH__CODEC_COUNT_MAX);
    choose(&transform, decimals, is_plain, &stats);
    uint8_t rule = is_plain ? (uint8_t)(XH__CODEC_DECIMALS_SAME + decimals[0] + 1)
                            : natural_rule(&transform, decimals);
    size_t patch_count = transform.patch_count;
    uint8_t *p = out + write_head(&transform, rule, out);
    p += xh__codec_ints_encode_from(&source, &stats, p);
    transform.patch_count = patch_count; /* writing has counted them again */
    if (rule == XH__CODEC_DECIMALS_KEPT) {
        p += xh__codec_bytes_encode((const uint8_t *)decimals, count, p);
    }
    if (patch_count > 0) {
        p += write_patches(&transform, decimals, p);
    }
    return (size_t)(p - out);
}
