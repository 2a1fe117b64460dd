/* codec_scale.c: doubles to integers and back.
 *
 * A decimal of up to 15 digits or so is m / 10^s for an integer m below 2^53, and the division of
 * two such doubles rounds once, so it gives the double nearest to the decimal: the one that reading
 * the text gave. To be sure it is tried on each value, bit for bit; -0 fails.
 *
 * Between integers and doubles below 2^51 the way is an addition: 2^52 + 2^51 + m has m in the
 * lowest bits of its fraction.
 */
#include <math.h>

#include "store/tsdb/codec_parts_internal.h"

static const double powers[XH__CODEC_SCALE_MAX + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,
                                                       1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                                       1e12, 1e13, 1e14, 1e15, 1e16, 1e17};

static const double MAGIC = 0x1.8p52;
static const int64_t MAGIC_BITS = INT64_C(0x4338000000000000);
static const double WHOLE_MAX = 0x1p53;
static const double QUICK_MAX = 0x1p51;
static const int64_t FINITE_MAX = INT64_C(0x7fefffffffffffff);

static inline int64_t bits_of(double value)
{
    int64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static inline double double_of(int64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

double xh__codec_power(unsigned scale)
{
    return powers[scale];
}

static bool is_integer(double value, double integer, double power)
{
    return fabs(integer) < WHOLE_MAX && bits_of(integer / power) == bits_of(value);
}

bool xh__codec_scale_one(double value, unsigned scale, int64_t *ret)
{
    double power = powers[scale];
    double integer = rint(value * power) + 0.0; /* never -0, which no integer stands for */
    bool is_found = is_integer(value, integer, power);
    /* The product is rounded: from 2^51 on it may be off by one. */
    for (int off = -1; off <= 1 && !is_found && fabs(integer) >= QUICK_MAX; off += 2) {
        is_found = is_integer(value, integer + off, power);
        integer += is_found ? off : 0;
    }
    if (is_found) {
        *ret = (int64_t)integer;
    }
    return is_found;
}

bool xh__codec_scale(const double *values, size_t count, unsigned scale, int64_t *ret)
{
    double power = powers[scale];
    uint64_t differs = 0, range = 0;
    for (size_t i = 0; i < count; i++) {
        double shifted = values[i] * power + MAGIC;
        int64_t integer = (int64_t)((uint64_t)bits_of(shifted) - (uint64_t)MAGIC_BITS);
        differs |= (uint64_t)(bits_of((shifted - MAGIC) / power) ^ bits_of(values[i]));
        range |= (uint64_t)integer + (UINT64_C(1) << 51);
        ret[i] = integer;
    }
    return differs == 0 && range >> 52 == 0;
}

void xh__codec_scale_known(const double *values, size_t count, unsigned scale, int64_t *ret)
{
    double power = powers[scale];
    for (size_t i = 0; i < count; i++) {
        ret[i] = (int64_t)((uint64_t)bits_of(values[i] * power + MAGIC) - (uint64_t)MAGIC_BITS);
    }
}

int xh__codec_unscale(const int64_t *integers, size_t count, unsigned scale, double *ret)
{
    double power = powers[scale];
    uint64_t range = 0, wide_range = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t integer = (uint64_t)integers[i];
        range |= integer + (UINT64_C(1) << 51);
        wide_range |= integer + (UINT64_C(1) << 53);
    }
    if (wide_range >> 54 != 0) {
        return XH_E_CORRUPT;
    }
    if (range >> 52 != 0) {
        for (size_t i = 0; i < count; i++) {
            ret[i] = (double)integers[i] / power;
        }
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        double shifted = double_of((int64_t)((uint64_t)integers[i] + (uint64_t)MAGIC_BITS));
        ret[i] = (shifted - MAGIC) / power;
    }
    return 0;
}

void xh__codec_order(const double *values, size_t count, unsigned shift, int64_t *ret)
{
    for (size_t i = 0; i < count; i++) {
        int64_t bits = bits_of(values[i]);
        ret[i] = (bits & INT64_MAX) >> shift ^ bits >> 63;
    }
}

int xh__codec_unorder(const int64_t *integers, size_t count, unsigned shift, double *ret)
{
    int64_t most = FINITE_MAX >> shift;
    int64_t is_over = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t sign = integers[i] >> 63;
        int64_t magnitude = integers[i] ^ sign;
        is_over |= most - magnitude;
        ret[i] = double_of((int64_t)((uint64_t)magnitude << shift | (uint64_t)sign << 63));
    }
    return is_over < 0 ? XH_E_CORRUPT : 0;
}

int xh__codec_natural_decimals(int64_t integer, unsigned scale, int least)
{
    int decimals = (int)scale;
    while (decimals > least && integer % 10 == 0) {
        integer /= 10;
        decimals--;
    }
    return decimals;
}
