/* num.c: decimal text to double and integer. (Sums are in sum.c.)
 *
 * A text is read into up to 19 digits and a power of ten. Three ways lead from there to the nearest
 * double, the first that can be exact is taken:
 *   1. digits <= 2^53 and |power| <= 22: both are doubles, one rounding (W. D. Clinger, "How to
 *      read floating point numbers accurately", PLDI 1990);
 *   2. |power| <= 27: 5^27 < 2^63, so product or quotient is exact in 128 bits, with a sticky bit;
 *   3. else whole numbers of any length. No halfway point between doubles has more than 767
 *      digits, so what stands behind digit 800 only matters as "more than nothing".
 */
#include "base/num.h"

#include <math.h>
#include <string.h>

#include "base/num_internal.h"

typedef unsigned __int128 u128;

enum {
    DIGITS_IN_WORD = 19,     /* 10^19 < 2^64 */
    POW5_IN_WORD = 27,
    SLOW_DIGITS_MAX = 800,
    EXPONENT_CLAMP = 1000000 /* no text is long enough to bring this back into range */
};

static const double pow10_exact[23] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                       1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                       1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static const uint64_t pow5_word[POW5_IN_WORD + 1] = {
    UINT64_C(1), UINT64_C(5), UINT64_C(25), UINT64_C(125), UINT64_C(625), UINT64_C(3125),
    UINT64_C(15625), UINT64_C(78125), UINT64_C(390625), UINT64_C(1953125), UINT64_C(9765625),
    UINT64_C(48828125), UINT64_C(244140625), UINT64_C(1220703125), UINT64_C(6103515625),
    UINT64_C(30517578125), UINT64_C(152587890625), UINT64_C(762939453125),
    UINT64_C(3814697265625), UINT64_C(19073486328125), UINT64_C(95367431640625),
    UINT64_C(476837158203125), UINT64_C(2384185791015625), UINT64_C(11920928955078125),
    UINT64_C(59604644775390625), UINT64_C(298023223876953125), UINT64_C(1490116119384765625),
    UINT64_C(7450580596923828125)};

/* A number's text taken apart. */
struct scan {
    bool is_negative;
    bool has_exponent;
    uint64_t word;        /* the first DIGITS_IN_WORD significant digits */
    size_t digit_count;   /* significant digits: from the first that is not 0 to the last */
    size_t decimals;      /* digits after the point */
    const char *digits;   /* first digit or point; the text of all digits ends at digits_end */
    const char *digits_end;
    int exponent;         /* as written, clamped */
};

static const char *scan_digits(const char *p, const char *end, struct scan *s)
{
    for (; p < end && xh_char_is_digit(*p); p++) {
        if (s->digit_count < DIGITS_IN_WORD) {
            s->word = s->word * 10 + (uint64_t)(*p - '0');
        }
        if (s->word != 0) {
            s->digit_count++;
        }
    }
    return p;
}

static int scan_exponent(const char *p, const char *end, struct scan *s)
{
    bool is_negative = false;
    int value = 0;
    if (p < end && (*p == '+' || *p == '-')) {
        is_negative = *p++ == '-';
    }
    if (p == end) {
        return XH_E_INVALID;
    }
    for (; p < end; p++) {
        if (!xh_char_is_digit(*p)) {
            return XH_E_INVALID;
        }
        if (value < EXPONENT_CLAMP) {
            value = value * 10 + (*p - '0');
        }
    }
    s->exponent = is_negative ? -value : value;
    s->has_exponent = true;
    return 0;
}

static int scan_number(struct xh_str text, struct scan *s)
{
    const char *p = text.ptr;
    const char *end = text.len > 0 ? p + text.len : p;
    size_t count = 0;
    *s = (struct scan){0};
    if (text.len > XH_NUM_PARSE_BYTES_MAX) {
        return XH_E_INVALID;
    }
    if (p < end && (*p == '-' || *p == '+')) {
        s->is_negative = *p++ == '-';
    }
    s->digits = p;
    p = scan_digits(p, end, s);
    count = (size_t)(p - s->digits);
    if (p < end && *p == '.') {
        const char *point = p;
        p = scan_digits(p + 1, end, s);
        s->decimals = (size_t)(p - point) - 1;
        count += s->decimals;
    }
    s->digits_end = p;
    if (count == 0) {
        return XH_E_INVALID;
    }
    if (p == end) {
        return 0;
    }
    if (*p != 'e' && *p != 'E') {
        return XH_E_INVALID;
    }
    return scan_exponent(p + 1, end, s);
}

/* top x 2^exponent, plus a little when is_sticky, rounded to the nearest double, ties to even. The
 * highest bit of top is set. May give infinity. */
static double compose(uint64_t top, int exponent, bool is_sticky)
{
    int biased = exponent + 63 + 1023;
    int drop = biased > 0 ? 11 : 12 - biased; /* subnormals have fewer bits */
    uint64_t bits;
    double value;

    if (biased >= 2047) {
        return (double)INFINITY;
    }
    if (drop > 64) {
        return 0.0;
    }

    uint64_t kept = drop == 64 ? 0 : top >> drop;
    uint64_t half = UINT64_C(1) << (drop - 1);
    uint64_t lost = drop == 64 ? top : top & ((half << 1) - 1);
    if (lost > half || (lost == half && (is_sticky || (kept & 1) == 1))) {
        kept++;
    }
    /* A carry out of the fraction goes into the exponent, where it belongs. */
    bits = biased > 0 ? ((uint64_t)(biased - 1) << 52) + kept : kept;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static double compose_128(u128 value, int exponent, bool is_sticky)
{
    uint64_t high = (uint64_t)(value >> 64);
    if (high == 0) {
        int shift = __builtin_clzll((uint64_t)value);
        return compose((uint64_t)value << shift, exponent - shift, is_sticky);
    }
    int shift = __builtin_clzll(high);
    value <<= shift;
    return compose((uint64_t)(value >> 64), exponent + 64 - shift,
                   is_sticky || (uint64_t)value != 0);
}

/* word x 10^power for |power| <= POW5_IN_WORD and word > 0. */
static double scale_word(uint64_t word, int power)
{
    if (power >= 0) {
        return compose_128((u128)word * pow5_word[power], power, false);
    }

    int shift = __builtin_clzll(word);
    u128 numerator = (u128)(word << shift) << 64;
    uint64_t divisor = pow5_word[-power];
    u128 quotient = numerator / divisor;
    return compose_128(quotient, power - 64 - shift, quotient * divisor != numerator);
}

/* All digits as a whole number, and the power of ten that goes with it. */
static int read_big(const struct scan *s, struct xh__big *ret_digits)
{
    size_t taken = 0;
    size_t left_out = 0;
    bool is_more = false;
    xh__big_set(ret_digits, 0);
    for (const char *p = s->digits; p < s->digits_end; p++) {
        if (*p == '.' || (taken == 0 && *p == '0')) {
            continue;
        }
        if (taken < SLOW_DIGITS_MAX) {
            xh__big_mul_add(ret_digits, 10, (uint32_t)(*p - '0'));
            taken++;
        } else {
            left_out++;
            is_more = is_more || *p != '0';
        }
    }
    int power = s->exponent - (int)s->decimals + (int)left_out;
    if (is_more) {
        xh__big_mul_add(ret_digits, 10, 1);
        power--;
    }
    return power;
}

static double compose_big(const struct xh__big *a, int exponent)
{
    size_t used = a->count < 3 ? a->count : 3;
    u128 high = 0;
    bool is_sticky = false;
    for (size_t i = 0; i < used; i++) {
        high = high << 32 | a->limbs[a->count - 1 - i];
    }
    for (size_t i = 0; i + used < a->count; i++) {
        is_sticky = is_sticky || a->limbs[i] != 0;
    }
    exponent += (int)(32 * (a->count - used));
    return compose_128(high, exponent, is_sticky);
}

static double read_slow(const struct scan *s)
{
    struct xh__big a;
    struct xh__big b;
    int power = read_big(s, &a);
    if (power >= 0) {
        xh__big_mul_pow5(&a, (unsigned)power);
        return compose_big(&a, power);
    }

    /* a / 5^n, both shifted so that the quotient has 64 to 96 bits in three limbs. */
    xh__big_set(&b, 1);
    xh__big_mul_pow5(&b, (unsigned)-power);
    unsigned normal = xh__big_normal_shift(&b);
    xh__big_shift_left(&b, normal);

    int exponent = power + (int)normal;
    int wanted = (int)xh__big_bits(&b) + 31; /* a < b x 2^32 and a >= b x 2^30 */
    int shift = wanted - (int)xh__big_bits(&a);
    u128 quotient = 0;
    if (shift < 0) {
        /* The text has far more digits than the divisor: widen the divisor instead. */
        unsigned by = ((unsigned)-shift + 31) / 32 * 32;
        xh__big_shift_left(&b, by);
        exponent += (int)by;
        shift += (int)by;
    }
    xh__big_shift_left(&a, (unsigned)shift);
    exponent -= shift;
    for (int i = 0; i < 3; i++) {
        if (i > 0) {
            xh__big_shift_left(&a, 32);
            exponent -= 32;
        }
        quotient = quotient << 32 | xh__big_divide(&a, &b);
    }
    return compose_128(quotient, exponent, a.count > 0);
}

static double scan_value(const struct scan *s)
{
    int64_t power = (int64_t)s->exponent - (int64_t)s->decimals;
    int64_t magnitude = power + (int64_t)s->digit_count; /* value < 10^magnitude */

    if (s->digit_count == 0 || magnitude < -330) {
        return 0.0;
    }
    if (magnitude > 310) {
        return (double)INFINITY;
    }
    if (s->digit_count <= DIGITS_IN_WORD) {
        if (s->word <= UINT64_C(1) << 53 && power >= -22 && power <= 22) {
            if (power < 0) {
                return (double)s->word / pow10_exact[-power];
            }
            return (double)s->word * pow10_exact[power];
        }
        if (power >= -POW5_IN_WORD && power <= POW5_IN_WORD) {
            return scale_word(s->word, (int)power);
        }
    }
    return read_slow(s);
}

/* The digits of a text without its leading zeros, the point left out. */
static bool same_digits(const struct scan *s, const char *printed)
{
    const char *p = s->digits;
    while (p < s->digits_end && (*p == '0' || *p == '.')) {
        p++;
    }
    while (*printed == '-' || *printed == '0' || *printed == '.') {
        printed++;
    }
    for (; p < s->digits_end; p++) {
        if (*p == '.') {
            continue;
        }
        if (*printed == '.') {
            printed++;
        }
        if (*p != *printed) {
            return false;
        }
        printed++;
    }
    return *printed == '\0';
}

static int scan_decimals(const struct scan *s, double value)
{
    char printed[XH_NUM_FIXED_BYTES];
    if (s->has_exponent || s->decimals > XH_NUM_DECIMALS_MAX) {
        return XH_NUM_DECIMALS_SHORTEST;
    }
    if (s->digit_count <= 15) { /* DBL_DIG: every decimal this short survives the way through */
        return (int)s->decimals;
    }
    xh_num_print_fixed(value, (int)s->decimals, printed);
    return same_digits(s, printed) ? (int)s->decimals : XH_NUM_DECIMALS_SHORTEST;
}

int xh_num_parse(struct xh_str text, double *ret_value, int *ret_decimals)
{
    struct scan s;
    if (scan_number(text, &s) < 0) {
        return XH_E_INVALID;
    }
    double value = scan_value(&s);
    if (isinf(value)) {
        return XH_E_INVALID;
    }
    if (s.is_negative) {
        value = -value;
    }
    if (ret_decimals != NULL) {
        *ret_decimals = scan_decimals(&s, value);
    }
    *ret_value = value;
    return 0;
}

int xh_int_parse(struct xh_str text, int64_t *ret_value)
{
    size_t i = 0;
    bool is_negative = false;
    uint64_t value = 0;
    if (text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+')) {
        is_negative = text.ptr[i++] == '-';
    }
    if (i == text.len) {
        return XH_E_INVALID;
    }
    uint64_t limit = (uint64_t)INT64_MAX + (is_negative ? 1 : 0);
    for (; i < text.len; i++) {
        if (!xh_char_is_digit(text.ptr[i])) {
            return XH_E_INVALID;
        }
        uint64_t digit = (uint64_t)(text.ptr[i] - '0');
        if (value > (limit - digit) / 10) {
            return XH_E_INVALID;
        }
        value = value * 10 + digit;
    }
    *ret_value = is_negative ? (int64_t)(0 - value) : (int64_t)value;
    return 0;
}
