/* codec_fold.c: sum and extremes of a column of values, without writing it out.
 *
 * Scaled integers are summed exactly: a block of 256 integers of 53 bits fits 64 bits, blocks are
 * added in 128. The one division leaves its rest in the compensation. Doubles are ordered as the
 * integers that stand for them; their sum collects what each addition rounds away (D. E. Knuth,
 * "The Art of Computer Programming", volume 2, section 4.2.2, theorem B), in four sums side by
 * side.
 */
#include <math.h>

#include "store/tsdb/codec_parts_internal.h"

enum { LANES = 4 };

static const int64_t INTEGER_LIMIT = INT64_C(1) << 53;

struct fold {
    __int128 total;      /* of scaled integers */
    size_t total_count;
    int64_t min, max;    /* integers: scaled, or doubles in order */
    bool has_extremes;
    struct xh_sum sum;   /* of doubles */
};

static void fold_extremes(struct fold *fold, const int64_t *integers, size_t count)
{
    int64_t min, max;
    xh__codec_extremes(integers, count, &min, &max);
    fold->min = !fold->has_extremes || min < fold->min ? min : fold->min;
    fold->max = !fold->has_extremes || max > fold->max ? max : fold->max;
    fold->has_extremes = true;
}

static int fold_integers(struct fold *fold, const int64_t *integers, size_t count)
{
    uint64_t sum = 0;
    if (count == 0) {
        return 0;
    }
    fold_extremes(fold, integers, count);
    if (fold->min < -INTEGER_LIMIT || fold->max > INTEGER_LIMIT) {
        return XH_E_CORRUPT; /* and the sum might not fit */
    }
    for (size_t i = 0; i < count; i++) {
        sum += (uint64_t)integers[i];
    }
    fold->total += (int64_t)sum;
    fold->total_count += count;
    return 0;
}

static void fold_doubles(struct fold *fold, const double *values, size_t count)
{
    double sums[LANES] = {0}, rests[LANES] = {0};
    size_t whole = count - count % LANES;
    for (size_t i = 0; i < whole; i += LANES) {
        for (size_t k = 0; k < LANES; k++) {
            double value = values[i + k];
            double total = sums[k] + value;
            double part = total - sums[k];
            rests[k] += (sums[k] - (total - part)) + (value - part);
            sums[k] = total;
        }
    }
    for (size_t k = 0; k < LANES; k++) {
        /* Once a sum has left the range of doubles its rest means nothing. */
        struct xh_sum lane = {sums[k], isfinite(sums[k]) ? rests[k] : 0, whole / LANES};
        xh_sum_merge(&fold->sum, &lane);
    }
    for (size_t i = whole; i < count; i++) {
        xh_sum_add(&fold->sum, values[i]);
    }
}

/* One block of doubles, and of a scaled column the exceptions. */
static int fold_ordered(struct fold *fold, const int64_t *integers, size_t count, unsigned shift)
{
    double values[XH__CODEC_BLOCK];
    int rc = xh__codec_unorder(integers, count, shift, values);
    if (rc == 0) {
        fold_doubles(fold, values, count);
        fold_extremes(fold, integers, count);
    }
    return rc;
}

/* Scaled integers at `from` and after, but those that stand for exceptions. */
static int fold_between_patches(const struct xh__codec_value_column *column, size_t from,
                                const int64_t *integers, size_t count, struct fold *fold,
                                struct fold *patches)
{
    size_t at = from;
    for (size_t i = xh__codec_patch_find(column, from); i < column->patch_count; i++) {
        size_t place;
        double value;
        int64_t ordered;
        if (xh__codec_patch_get(column, i, &place, &value) < 0 || place < at) {
            return XH_E_CORRUPT;
        }
        if (place >= from + count) {
            break;
        }
        int rc = fold_integers(fold, integers + (at - from), place - at);
        xh__codec_order(&value, 1, 0, &ordered);
        if (rc < 0 || fold_ordered(patches, &ordered, 1, 0) < 0) {
            return XH_E_CORRUPT;
        }
        at = place + 1;
    }
    return fold_integers(fold, integers + (at - from), from + count - at);
}

/* total / 10^scale and what that quotient lacks, as double each. */
static struct xh_sum divide(const struct fold *fold, unsigned scale)
{
    double power = xh__codec_power(scale);
    double total = (double)fold->total;
    double rest = (double)(fold->total - (__int128)total);
    double quotient = total / power;
    return (struct xh_sum){quotient, (fma(-quotient, power, total) + rest) / power,
                           fold->total_count};
}

static int value_of(int64_t integer, const struct xh__codec_value_column *column, double *ret)
{
    return column->is_scaled ? xh__codec_unscale(&integer, 1, column->scale, ret)
                             : xh__codec_unorder(&integer, 1, column->scale, ret);
}

static int finish(const struct xh__codec_value_column *column, const struct fold *fold,
                  const struct fold *patches, struct xh__codec_fold *ret)
{
    struct xh__codec_fold result = {.sum = fold->sum};
    int rc = 0;
    if (fold->has_extremes) {
        rc = value_of(fold->min, column, &result.min);
        rc = rc == 0 ? value_of(fold->max, column, &result.max) : rc;
    }
    if (column->is_scaled) {
        result.sum = divide(fold, column->scale);
    }
    if (rc == 0 && patches->has_extremes) {
        double min, max;
        xh__codec_unorder(&patches->min, 1, 0, &min);
        xh__codec_unorder(&patches->max, 1, 0, &max);
        result.min = !fold->has_extremes || min < result.min ? min : result.min;
        result.max = !fold->has_extremes || max > result.max ? max : result.max;
        xh_sum_merge(&result.sum, &patches->sum);
    }
    if (rc == 0) {
        *ret = result;
    }
    return rc;
}

/* Rows [from, to) of one block, which are in integers. */
static int fold_rows(const struct xh__codec_value_column *column, size_t from, size_t to,
                     const int64_t *integers, struct fold *fold, struct fold *patches)
{
    return column->is_scaled
               ? fold_between_patches(column, from, integers, to - from, fold, patches)
               : fold_ordered(fold, integers, to - from, column->scale);
}

int xh__codec_values_fold_parts(const uint8_t *bytes, size_t len, size_t count,
                                const uint32_t *bounds, size_t part_count,
                                struct xh__codec_fold *ret)
{
    struct xh__codec_value_column column;
    struct fold fold = {0}, patches = {0};
    ptrdiff_t size = xh__codec_value_column_open(bytes, len, count, &column);
    int rc = size < 0 ? (int)size : 0;
    size_t at = bounds[0], end = bounds[part_count], part = 0;
    xh_assert(end <= count);
    while (at < end && rc == 0) {
        int64_t integers[XH__CODEC_BLOCK];
        size_t block_end = (at / XH__CODEC_BLOCK + 1) * XH__CODEC_BLOCK, begin = at;
        block_end = end < block_end ? end : block_end;
        rc = xh__codec_column_read(&column.ints, at, block_end, integers);
        while (rc == 0 && at < block_end) {
            size_t stop = bounds[part + 1];
            xh_assert(bounds[part] < stop);
            size_t to = stop < block_end ? stop : block_end;
            rc = fold_rows(&column, at, to, integers + (at - begin), &fold, &patches);
            at = to;
            if (rc == 0 && at == stop) {
                rc = finish(&column, &fold, &patches, &ret[part++]);
                fold = patches = (struct fold){0};
            }
        }
    }
    return rc;
}

int xh__codec_values_fold(const uint8_t *bytes, size_t len, size_t count, size_t from, size_t to,
                          struct xh__codec_fold *ret)
{
    xh_assert(from < to && to <= count && count <= XH__CODEC_COUNT_MAX);
    const uint32_t bounds[2] = {(uint32_t)from, (uint32_t)to};
    struct xh__codec_fold fold;
    int rc = xh__codec_values_fold_parts(bytes, len, count, bounds, 1, &fold);
    if (rc == 0) {
        *ret = fold;
    }
    return rc;
}
