/* num_print.c: double to text: shortest, or with a fixed number of decimals.
 *
 * Shortest: three ways again, the first that fits is taken.
 *   1. value x 10^d is so near to a whole number n of at most 15 digits that n / 10^d gives the
 *      value back. No two decimals of at most 15 digits share a double, so n is the only one.
 *   2. below 2^53 and not too small, the fraction fits in 128 bits: digits come out one by one
 *      until no double but the value is as near (G. L. Steele, J. L. White, "How to print
 *      floating-point numbers accurately", PLDI 1990).
 *   3. else the same with whole numbers of any length.
 */
#include "base/num.h"

#include <math.h>
#include <string.h>

#include "base/num_internal.h"

typedef unsigned __int128 u128;

enum {
    DIGITS_MAX = 17,         /* no double needs more */
    FRACTION_BITS_MAX = 122, /* times 10 and two more bits stay below 2^128 */
    WHOLE_DIGITS_MAX = 309
};

static const double pow10_exact[16] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                       1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

/* value = mantissa x 2^exponent, sign apart. */
struct parts {
    uint64_t mantissa;
    int exponent;
    bool is_narrow_below; /* a power of two: the next double below is only half as far */
};

/* value = 0.d1 d2 d3 ... x 10^point */
struct digits {
    char text[24];
    int count, point;
};

static struct parts parts_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    int biased = (int)(bits >> 52 & 0x7ff);
    if (biased == 0) {
        return (struct parts){fraction, -1074, false};
    }
    return (struct parts){fraction | UINT64_C(1) << 52, biased - 1075,
                          fraction == 0 && biased > 1};
}

/* Decimal digits of value, most significant first, no NUL; 0 has one digit. */
static int put_word(uint64_t value, char *text)
{
    char reversed[20];
    int count = 0;
    do {
        reversed[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    for (int i = 0; i < count; i++) {
        text[i] = reversed[count - 1 - i];
    }
    return count;
}

static void set_whole(struct digits *d, uint64_t whole, int decimals)
{
    d->count = put_word(whole, d->text);
    d->point = d->count - decimals;
    while (d->count > 1 && d->text[d->count - 1] == '0') {
        d->count--;
    }
}

static bool shortest_by_trial(double value, struct digits *ret)
{
    if (value >= 1e15 || value < 1e-5) {
        return false;
    }
    for (int decimals = 0; decimals <= 15; decimals++) {
        double scaled = value * pow10_exact[decimals];
        if (scaled >= 1e15) {
            return false;
        }
        uint64_t whole = (uint64_t)(scaled + 0.5);
        if ((double)whole / pow10_exact[decimals] == value) {
            set_whole(ret, whole, decimals);
            return true;
        }
    }
    return false;
}

/* After the digit that was just taken: does the text so far identify the double? */
static bool settle(struct digits *d, int digit, bool is_low, bool is_high, int half)
{
    if (!is_low && !is_high) {
        d->text[d->count++] = (char)('0' + digit);
        return false;
    }
    bool is_up = is_high && (!is_low || half > 0 || (half == 0 && digit % 2 == 1));
    d->text[d->count++] = (char)('0' + digit + (is_up ? 1 : 0));
    return true;
}

/* For a value below 2^53 that is not whole: p.exponent in [-FRACTION_BITS_MAX, -1]. */
static void shortest_fraction(struct parts p, struct digits *ret)
{
    int bits = -p.exponent + 2; /* of the fraction; the two more are for quarters of a step */
    u128 one = (u128)1 << bits;
    u128 rest = (u128)p.mantissa << 2;
    u128 high = 2;                        /* half a step up */
    u128 low = p.is_narrow_below ? 1 : 2; /* and down */
    u128 whole = rest >> bits;
    bool is_even = p.mantissa % 2 == 0; /* halfway texts are read as the even neighbour */
    bool is_done = false;

    rest &= one - 1;
    ret->count = whole > 0 ? put_word((uint64_t)whole, ret->text) : 0;
    ret->point = ret->count;
    while (!is_done) {
        rest *= 10;
        high *= 10;
        low *= 10;
        int digit = (int)(rest >> bits);
        rest &= one - 1;
        if (ret->count == 0 && digit == 0 && rest + high < one) {
            ret->point--;
            continue;
        }
        bool is_low = is_even ? rest <= low : rest < low;
        bool is_high = is_even ? rest + high >= one : rest + high > one;
        int half = rest * 2 > one ? 1 : rest * 2 < one ? -1 : 0;
        is_done = settle(ret, digit, is_low, is_high, half);
    }
}

/* Numerator, denominator and half steps, so that value = rest / one x 10^point. */
struct ratio {
    struct xh__big rest, one, high, low;
};

static void scale_pow10(struct xh__big *a, unsigned power)
{
    xh__big_mul_pow5(a, power);
    xh__big_shift_left(a, power);
}

static bool is_top_reached(const struct ratio *r, bool is_even)
{
    struct xh__big sum;
    xh__big_add(&sum, &r->rest, &r->high);
    int order = xh__big_compare(&sum, &r->one);
    return is_even ? order >= 0 : order > 0;
}

/* Sets r so that 1/10 <= rest / one < 1 (the top of the interval taken for rest). */
static int start_ratio(struct parts p, bool is_even, struct ratio *r)
{
    xh__big_set(&r->rest, p.mantissa);
    xh__big_set(&r->one, 1);
    xh__big_set(&r->high, 2);
    xh__big_set(&r->low, p.is_narrow_below ? 1 : 2);
    xh__big_shift_left(&r->rest, 2);
    xh__big_shift_left(&r->one, 2);
    if (p.exponent > 0) {
        xh__big_shift_left(&r->rest, (unsigned)p.exponent);
        xh__big_shift_left(&r->high, (unsigned)p.exponent);
        xh__big_shift_left(&r->low, (unsigned)p.exponent);
    } else {
        xh__big_shift_left(&r->one, (unsigned)-p.exponent);
    }

    /* 0.30103 > log10(2) and the mantissa is less than 2^bits: never too large by more than one. */
    int bits = 64 - __builtin_clzll(p.mantissa) + p.exponent;
    int point = (int)floor((bits - 1) * 0.30102999566398114);
    if (point >= 0) {
        scale_pow10(&r->one, (unsigned)point);
    } else {
        scale_pow10(&r->rest, (unsigned)-point);
        scale_pow10(&r->high, (unsigned)-point);
        scale_pow10(&r->low, (unsigned)-point);
    }
    while (is_top_reached(r, is_even)) {
        xh__big_mul_add(&r->one, 10, 0);
        point++;
    }
    unsigned shift = xh__big_normal_shift(&r->one);
    xh__big_shift_left(&r->one, shift);
    xh__big_shift_left(&r->rest, shift);
    xh__big_shift_left(&r->high, shift);
    xh__big_shift_left(&r->low, shift);
    return point;
}

static void shortest_big(struct parts p, struct digits *ret)
{
    bool is_even = p.mantissa % 2 == 0;
    bool is_done = false;
    struct ratio r;
    ret->point = start_ratio(p, is_even, &r);
    ret->count = 0;
    while (!is_done) {
        xh__big_mul_add(&r.rest, 10, 0);
        xh__big_mul_add(&r.high, 10, 0);
        xh__big_mul_add(&r.low, 10, 0);
        int digit = (int)xh__big_divide(&r.rest, &r.one);
        int below = xh__big_compare(&r.rest, &r.low);
        bool is_low = is_even ? below <= 0 : below < 0;
        bool is_high = is_top_reached(&r, is_even);
        struct xh__big twice;
        xh__big_add(&twice, &r.rest, &r.rest);
        is_done = settle(ret, digit, is_low, is_high, xh__big_compare(&twice, &r.one));
    }
}

static void shortest(double value, struct digits *ret)
{
    struct parts p = parts_of(value);
    if (shortest_by_trial(value, ret)) {
        return;
    }
    if (value < 9007199254740992.0 && value == floor(value)) {
        set_whole(ret, (uint64_t)value, 0);
        return;
    }
    if (p.exponent < 0 && p.exponent >= -FRACTION_BITS_MAX) {
        shortest_fraction(p, ret);
    } else {
        shortest_big(p, ret);
    }
}

static char *put(char *out, const char *from, int count)
{
    memcpy(out, from, (size_t)count);
    return out + count;
}

static char *put_zeros(char *out, int count)
{
    memset(out, '0', (size_t)count);
    return out + count;
}

static char *put_exponent(char *out, const struct digits *d)
{
    int exponent = d->point - 1;
    *out++ = d->text[0];
    if (d->count > 1) {
        *out++ = '.';
        out = put(out, d->text + 1, d->count - 1);
    }
    *out++ = 'e';
    *out++ = exponent < 0 ? '-' : '+';
    return out + put_word((uint64_t)(exponent < 0 ? -exponent : exponent), out);
}

/* ECMA-262, Number::toString, steps 6 to 10, with n called point and k called count. */
static char *put_digits(char *out, const struct digits *d)
{
    if (d->count <= d->point && d->point <= 21) {
        out = put(out, d->text, d->count);
        return put_zeros(out, d->point - d->count);
    }
    if (d->point > 0 && d->point <= 21) {
        out = put(out, d->text, d->point);
        *out++ = '.';
        return put(out, d->text + d->point, d->count - d->point);
    }
    if (d->point > -6 && d->point <= 0) {
        out = put(out, "0.", 2);
        out = put_zeros(out, -d->point);
        return put(out, d->text, d->count);
    }
    return put_exponent(out, d);
}

static size_t finish(char *text, char *end)
{
    *end = '\0';
    return (size_t)(end - text);
}

size_t xh_num_print(double value, char text[XH_NUM_TEXT_BYTES])
{
    char *out = text;
    struct digits d;
    if (!isfinite(value)) {
        return finish(text, put(text, "null", 4));
    }
    if (signbit(value)) {
        *out++ = '-';
        value = -value;
    }
    if (value == 0.0) {
        *out++ = '0';
        return finish(text, out);
    }
    shortest(value, &d);
    return finish(text, put_digits(out, &d));
}

/* All digits of mantissa x 2^exponent, exponent >= 0. */
static char *put_whole(char *out, struct parts p)
{
    char reversed[WHOLE_DIGITS_MAX + 10];
    struct xh__big rest;
    int count = 0;
    if (p.exponent <= 11) {
        return out + put_word(p.mantissa << p.exponent, out);
    }

    xh__big_set(&rest, p.mantissa);
    xh__big_shift_left(&rest, (unsigned)p.exponent);
    while (rest.count > 0) {
        uint64_t carry = 0;
        for (size_t i = rest.count; i-- > 0;) {
            carry = carry << 32 | rest.limbs[i];
            rest.limbs[i] = (uint32_t)(carry / 1000000000);
            carry %= 1000000000;
        }
        while (rest.count > 0 && rest.limbs[rest.count - 1] == 0) {
            rest.count--;
        }
        for (int i = 0; i < 9; i++, carry /= 10) {
            reversed[count++] = (char)('0' + carry % 10);
        }
    }
    while (count > 1 && reversed[count - 1] == '0') {
        count--;
    }
    while (count > 0) {
        *out++ = reversed[--count];
    }
    return out;
}

/* Adds one unit to the last digit of [from, end), going over the point; true when it ran out. */
static bool carry_up(char *from, char *end)
{
    while (end > from) {
        end--;
        if (*end == '.') {
            continue;
        }
        if (*end != '9') {
            (*end)++;
            return false;
        }
        *end = '0';
    }
    return true;
}

/* mantissa x 2^exponent with exponent < 0: digits are exact as far as they go, then rounded. */
static char *put_rounded(char *out, struct parts p, int decimals)
{
    char *from = out;
    bool is_tiny = p.exponent < -FRACTION_BITS_MAX; /* below 10^-20: no digit, no rounding up */
    int bits = is_tiny ? 1 : -p.exponent;
    u128 one = (u128)1 << bits;
    u128 rest = is_tiny ? 0 : p.mantissa;

    out += put_word((uint64_t)(rest >> bits), out);
    if (decimals > 0) {
        *out++ = '.';
    }
    rest &= one - 1;
    for (int i = 0; i < decimals; i++) {
        rest *= 10;
        *out++ = (char)('0' + (int)(rest >> bits));
        rest &= one - 1;
    }
    u128 half = one >> 1;
    bool is_odd = (out[-1] - '0') % 2 == 1;
    if ((rest > half || (rest == half && is_odd)) && carry_up(from, out)) {
        memmove(from + 1, from, (size_t)(out - from));
        *from = '1';
        out++;
    }
    return out;
}

size_t xh_num_print_fixed(double value, int decimals, char text[XH_NUM_FIXED_BYTES])
{
    char *out = text;
    xh_assert(decimals >= 0 && decimals <= XH_NUM_DECIMALS_MAX);
    if (!isfinite(value)) {
        return finish(text, put(text, "null", 4));
    }
    if (signbit(value)) {
        *out++ = '-';
    }
    struct parts p = parts_of(value);
    if (p.exponent < 0) {
        return finish(text, put_rounded(out, p, decimals));
    }
    out = put_whole(out, p);
    if (decimals > 0) {
        *out++ = '.';
    }
    return finish(text, put_zeros(out, decimals));
}

size_t xh_num_print_as(double value, int decimals, char text[XH_NUM_FIXED_BYTES])
{
    if (decimals == XH_NUM_DECIMALS_SHORTEST) {
        return xh_num_print(value, text);
    }
    return xh_num_print_fixed(value, decimals, text);
}

size_t xh_int_print(int64_t value, char text[XH_NUM_TEXT_BYTES])
{
    char *out = text;
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    if (value < 0) {
        *out++ = '-';
    }
    return finish(text, out + put_word(magnitude, out));
}
