/* codec_values_read.c: a column of values, read.
 *
 *   plain   kind (with scale or decimals) | integers
 *   else    kind | scale or shift | rule of decimals | integers | kept decimals | patches
 *   patches number of them, 4 bytes | places, ascending | bits, 8 bytes each | decimals + 1
 */
#include "store/tsdb/codec_parts_internal.h"

enum { HEAD_BYTES = 3, PATCHES_HEAD_BYTES = 4, SHIFT_MAX = 62 };

/* Bits of a double that is not finite have all of these. */
static const uint64_t EXPONENT_BITS = UINT64_C(0x7ff0000000000000);

static int open_head(const uint8_t *bytes, size_t len, struct xh__codec_value_column *column,
                     size_t *ret_size)
{
    uint8_t kind = bytes[0];
    *ret_size = 1;
    if (kind <= XH__CODEC_SCALED_PLAIN + XH__CODEC_SCALE_MAX) {
        column->is_scaled = true;
        column->scale = kind - XH__CODEC_SCALED_PLAIN;
        column->rule = (uint8_t)(column->scale + 1);
        return 0;
    }
    if (kind >= XH__CODEC_DOUBLES_PLAIN &&
        kind <= XH__CODEC_DOUBLES_PLAIN + XH__CODEC_SCALE_MAX + 1) {
        column->rule = kind - XH__CODEC_DOUBLES_PLAIN;
        return 0;
    }
    if (kind < XH__CODEC_SCALED || kind > XH__CODEC_DOUBLES || len < HEAD_BYTES) {
        return XH_E_CORRUPT;
    }
    *ret_size = HEAD_BYTES;
    column->is_scaled = kind != XH__CODEC_DOUBLES;
    column->scale = bytes[1];
    column->rule = bytes[2];
    uint8_t least = (uint8_t)(column->rule - XH__CODEC_DECIMALS_NATURAL);
    bool is_natural = column->is_scaled && least <= XH__CODEC_SCALE_MAX;
    bool is_rule = column->rule <= XH__CODEC_DECIMALS_SAME + XH__CODEC_SCALE_MAX + 1 ||
                   is_natural || column->rule == XH__CODEC_DECIMALS_KEPT;
    bool is_scale = column->scale <=
                    (column->is_scaled ? (unsigned)XH__CODEC_SCALE_MAX : SHIFT_MAX);
    return is_rule && is_scale ? 0 : XH_E_CORRUPT;
}

static ptrdiff_t open_patches(const uint8_t *bytes, size_t len,
                              struct xh__codec_value_column *column)
{
    size_t count = column->ints.count;
    if (len < PATCHES_HEAD_BYTES) {
        return XH_E_CORRUPT;
    }
    size_t patch_count = (size_t)xh__codec_load(bytes, PATCHES_HEAD_BYTES);
    column->place_size = xh__codec_place_size(count);
    size_t patch_size = column->place_size + 8 + 1;
    if (patch_count > count || (len - PATCHES_HEAD_BYTES) / patch_size < patch_count) {
        return XH_E_CORRUPT;
    }
    column->patch_count = patch_count;
    column->patch_places = bytes + PATCHES_HEAD_BYTES;
    column->patch_bits = column->patch_places + patch_count * column->place_size;
    column->patch_decimals = column->patch_bits + patch_count * 8;
    return (ptrdiff_t)(PATCHES_HEAD_BYTES + patch_count * patch_size);
}

ptrdiff_t xh__codec_value_column_open(const uint8_t *bytes, size_t len, size_t count,
                                      struct xh__codec_value_column *ret)
{
    size_t at;
    ret->is_scaled = false;
    ret->scale = 0;
    ret->patch_count = 0;
    if (len == 0 || open_head(bytes, len, ret, &at) < 0) {
        return XH_E_CORRUPT;
    }
    ptrdiff_t size = xh__codec_column_open(bytes + at, len - at, count, &ret->ints);
    if (size < 0) {
        return size;
    }
    at += (size_t)size;
    if (ret->rule == XH__CODEC_DECIMALS_KEPT) {
        ret->kept = bytes + at;
        size = xh__codec_bytes_skip(bytes + at, len - at, count);
        if (size < 0) {
            return size;
        }
        ret->kept_len = (size_t)size;
        at += (size_t)size;
    }
    if (bytes[0] == XH__CODEC_SCALED_PATCHED) {
        size = open_patches(bytes + at, len - at, ret);
        if (size < 0) {
            return size;
        }
        at += (size_t)size;
    }
    return (ptrdiff_t)at;
}

static size_t patch_place(const struct xh__codec_value_column *column, size_t index)
{
    return (size_t)xh__codec_load(column->patch_places + index * column->place_size,
                                  column->place_size);
}

size_t xh__codec_patch_find(const struct xh__codec_value_column *column, size_t place)
{
    size_t low = 0, high = column->patch_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (patch_place(column, middle) < place) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

int xh__codec_patch_get(const struct xh__codec_value_column *column, size_t index,
                        size_t *ret_place, double *ret)
{
    uint64_t bits = xh__codec_load64(column->patch_bits + 8 * index);
    size_t place = patch_place(column, index);
    if (place >= column->ints.count || (bits & EXPONENT_BITS) == EXPONENT_BITS ||
        (index > 0 && patch_place(column, index - 1) >= place)) {
        return XH_E_CORRUPT;
    }
    *ret_place = place;
    memcpy(ret, &bits, sizeof(*ret));
    return 0;
}

static int read_natural(const struct xh__codec_value_column *column, const int64_t *integers,
                        size_t count, int8_t *ret)
{
    int least = column->rule - XH__CODEC_DECIMALS_NATURAL;
    for (size_t i = 0; i < count; i++) {
        ret[i] = (int8_t)xh__codec_natural_decimals(integers[i], column->scale, least);
    }
    return 0;
}

static int read_decimals(const struct xh__codec_value_column *column, size_t count, size_t from,
                         size_t to, int8_t *ret)
{
    int is_other = 0;
    if (column->rule < XH__CODEC_DECIMALS_NATURAL) {
        memset(ret, column->rule - 1, to - from);
    }
    if (column->rule != XH__CODEC_DECIMALS_KEPT) {
        return 0;
    }
    int rc = xh__codec_bytes_slice(column->kept, column->kept_len, count, from, to, (uint8_t *)ret);
    for (size_t i = 0; i < to - from && rc == 0; i++) {
        is_other |= ret[i] < XH_NUM_DECIMALS_SHORTEST || ret[i] > XH_NUM_DECIMALS_MAX;
    }
    return is_other != 0 ? XH_E_CORRUPT : rc;
}

/* Puts the exceptions of [from, to) in their places. */
static int apply_patches(const struct xh__codec_value_column *column, size_t from, size_t to,
                         double *ret, int8_t *ret_decimals)
{
    for (size_t i = xh__codec_patch_find(column, from); i < column->patch_count; i++) {
        size_t place;
        double value;
        uint8_t decimals = column->patch_decimals[i];
        int rc = xh__codec_patch_get(column, i, &place, &value);
        if (rc < 0 || place < from || decimals > XH_NUM_DECIMALS_MAX + 1) {
            return XH_E_CORRUPT;
        }
        if (place >= to) {
            break;
        }
        ret[place - from] = value;
        if (ret_decimals) {
            ret_decimals[place - from] = (int8_t)(decimals - 1);
        }
    }
    return 0;
}

static int read_values(const struct xh__codec_value_column *column, size_t from, size_t to,
                       double *ret, int8_t *ret_decimals)
{
    int rc = 0;
    for (size_t at = from; at < to && rc == 0;) {
        int64_t integers[XH__CODEC_BLOCK];
        size_t block_end = (at / XH__CODEC_BLOCK + 1) * XH__CODEC_BLOCK;
        size_t count = (to < block_end ? to : block_end) - at;
        rc = xh__codec_column_read(&column->ints, at, at + count, integers);
        if (rc == 0) {
            rc = column->is_scaled
                     ? xh__codec_unscale(integers, count, column->scale, ret + (at - from))
                     : xh__codec_unorder(integers, count, column->scale, ret + (at - from));
        }
        bool is_natural = column->rule >= XH__CODEC_DECIMALS_NATURAL &&
                          column->rule < XH__CODEC_DECIMALS_KEPT;
        if (rc == 0 && ret_decimals && is_natural) {
            rc = read_natural(column, integers, count, ret_decimals + (at - from));
        }
        at += count;
    }
    if (rc == 0 && ret_decimals) {
        rc = read_decimals(column, column->ints.count, from, to, ret_decimals);
    }
    return rc < 0 ? rc : apply_patches(column, from, to, ret, ret_decimals);
}

ptrdiff_t xh__codec_values_decode(const uint8_t *bytes, size_t len, size_t count, double *ret,
                                  int8_t *ret_decimals)
{
    struct xh__codec_value_column column;
    ptrdiff_t size = xh__codec_value_column_open(bytes, len, count, &column);
    int rc = size < 0 ? (int)size : read_values(&column, 0, count, ret, ret_decimals);
    return rc < 0 ? rc : size;
}

int xh__codec_values_slice(const uint8_t *bytes, size_t len, size_t count, size_t from, size_t to,
                           double *ret, int8_t *ret_decimals)
{
    struct xh__codec_value_column column;
    ptrdiff_t size = xh__codec_value_column_open(bytes, len, count, &column);
    xh_assert(from <= to && to <= count);
    return size < 0 ? (int)size : read_values(&column, from, to, ret, ret_decimals);
}
