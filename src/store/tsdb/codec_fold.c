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

enum { LANES = 4, SPAN_MIN = 32 }; /* fewer are told sooner the plain way */

static const int64_t INTEGER_LIMIT = INT64_C(1) << 53;

struct fold {
    __int128 total;      /* of scaled integers */
    size_t total_count;
    int64_t min, max;    /* integers: scaled, or doubles in order */
    bool has_extremes;
    struct xh_sum sum;   /* of doubles */
};

static void fold_extremes(struct fold *fold, int64_t min, int64_t max)
{
    fold->min = !fold->has_extremes || min < fold->min ? min : fold->min;
    fold->max = !fold->has_extremes || max > fold->max ? max : fold->max;
    fold->has_extremes = true;
}

static int fold_integers(struct fold *fold, const int64_t *integers, size_t count)
{
    int64_t sum = 0, min, max;
    if (count == 0) {
        return 0;
    }
    if (count >= SPAN_MIN) {
        struct xh__codec_span span = xh__codec_span(integers, count);
        sum = span.sum;
        min = span.min;
        max = span.max;
    } else {
        xh__codec_extremes(integers, count, &min, &max);
        for (size_t i = 0; i < count; i++) {
            sum = (int64_t)((uint64_t)sum + (uint64_t)integers[i]);
        }
    }
    if (min < -INTEGER_LIMIT || max > INTEGER_LIMIT) {
        return XH_E_CORRUPT; /* and the sum may not be one */
    }
    fold->total += sum;
    fold->total_count += count;
    fold_extremes(fold, min, max);
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
        int64_t min, max;
        fold_doubles(fold, values, count);
        xh__codec_extremes(integers, count, &min, &max);
        fold_extremes(fold, min, max);
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
static void divide(const struct fold *fold, unsigned scale, struct xh_sum *ret)
{
    double power = xh__codec_power(scale);
    double total = (double)fold->total;
    double rest = (double)(fold->total - (__int128)total);
    ret->sum = total / power;
    ret->compensation = (fma(-ret->sum, power, total) + rest) / power;
    ret->count = fold->total_count;
}

static int value_of(int64_t integer, const struct xh__codec_value_column *column, double *ret)
{
    return column->is_scaled ? xh__codec_unscale(&integer, 1, column->scale, ret)
                             : xh__codec_unorder(&integer, 1, column->scale, ret);
}

/* Field by field into ret: charts ask for many small parts, and a copy of fields just written waits
 * for them. */
static int finish(const struct xh__codec_value_column *column, const struct fold *fold,
                  const struct fold *patches, struct xh__codec_fold *ret)
{
    double min = 0, max = 0;
    if (fold->has_extremes &&
        (value_of(fold->min, column, &min) < 0 || value_of(fold->max, column, &max) < 0)) {
        return XH_E_CORRUPT;
    }
    if (column->is_scaled) {
        divide(fold, column->scale, &ret->sum);
    } else {
        ret->sum = fold->sum;
    }
    if (patches->has_extremes) {
        double patch_min, patch_max;
        xh__codec_unorder(&patches->min, 1, 0, &patch_min);
        xh__codec_unorder(&patches->max, 1, 0, &patch_max);
        min = !fold->has_extremes || patch_min < min ? patch_min : min;
        max = !fold->has_extremes || patch_max > max ? patch_max : max;
        xh_sum_merge(&ret->sum, &patches->sum);
    }
    ret->min = min;
    ret->max = max;
    return 0;
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
    xh_assert(from < to && to <= count);
    if (count > XH__CODEC_COUNT_MAX) {
        return XH_E_CORRUPT;
    }
    const uint32_t bounds[2] = {(uint32_t)from, (uint32_t)to};
    return xh__codec_values_fold_parts(bytes, len, count, bounds, 1, ret);
}
