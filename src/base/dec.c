/* dec.c: exact decimals.
 *
 * Invariant: |mantissa| < 10^38 and 0 <= scale <= 18. Results that may be wider are computed in
 * 256 bits; fit() then brings them back by dropping zeros at the end, or reports that they do not
 * fit. Everything that fits in 64 bits, which is nearly everything, takes a short way.
 */
#include "base/dec.h"

#include <math.h>
#include <string.h>

#include "base/num.h"

typedef unsigned __int128 u128;

enum { DIGITS_MAX = 38, WIDE_LIMBS = 4 };

/* A magnitude of 256 bits, little-endian. */
struct wide {
    uint64_t limbs[WIDE_LIMBS];
};

static u128 pow10_of(int exponent)
{
    u128 value = 1;
    while (exponent-- > 0) {
        value *= 10;
    }
    return value;
}

static u128 magnitude(__int128 a)
{
    return a < 0 ? 0 - (u128)a : (u128)a;
}

static __int128 with_sign(u128 a, bool is_negative)
{
    return is_negative ? -(__int128)a : (__int128)a;
}

static bool is_valid(struct xh_dec a)
{
    return a.scale >= 0 && a.scale <= XH_DEC_SCALE_MAX && magnitude(a.mantissa) < pow10_of(38);
}

static struct wide wide_mul(u128 a, u128 b)
{
    uint64_t x[2] = {(uint64_t)a, (uint64_t)(a >> 64)};
    uint64_t y[2] = {(uint64_t)b, (uint64_t)(b >> 64)};
    struct wide w = {{0}};
    for (int i = 0; i < 2; i++) {
        u128 carry = 0;
        for (int j = 0; j < 2; j++) {
            carry += (u128)x[i] * y[j] + w.limbs[i + j];
            w.limbs[i + j] = (uint64_t)carry;
            carry >>= 64;
        }
        w.limbs[i + 2] = (uint64_t)carry;
    }
    return w;
}

static int wide_compare(const struct wide *a, const struct wide *b)
{
    for (int i = WIDE_LIMBS; i-- > 0;) {
        if (a->limbs[i] != b->limbs[i]) {
            return a->limbs[i] < b->limbs[i] ? -1 : 1;
        }
    }
    return 0;
}

static struct wide wide_add(const struct wide *a, const struct wide *b)
{
    struct wide w;
    u128 carry = 0;
    for (int i = 0; i < WIDE_LIMBS; i++) {
        carry += (u128)a->limbs[i] + b->limbs[i];
        w.limbs[i] = (uint64_t)carry;
        carry >>= 64;
    }
    return w;
}

static struct wide wide_sub(const struct wide *a, const struct wide *b)
{
    struct wide w;
    uint64_t borrow = 0;
    for (int i = 0; i < WIDE_LIMBS; i++) {
        u128 difference = (u128)a->limbs[i] - b->limbs[i] - borrow;
        w.limbs[i] = (uint64_t)difference;
        borrow = (uint64_t)(difference >> 64) & 1;
    }
    return w;
}

static uint64_t wide_divide_10(struct wide *w)
{
    u128 rest = 0;
    for (int i = WIDE_LIMBS; i-- > 0;) {
        rest = rest << 64 | w->limbs[i];
        w->limbs[i] = (uint64_t)(rest / 10);
        rest %= 10;
    }
    return (uint64_t)rest;
}

static bool is_wide_128(const struct wide *w)
{
    return (w->limbs[2] | w->limbs[3]) == 0;
}

static u128 wide_low(const struct wide *w)
{
    return (u128)w->limbs[1] << 64 | w->limbs[0];
}

/* a / b by bits, for b < 2^127; the quotient is cut to 256 bits, which is where it fits. */
static struct wide wide_divide(const struct wide *a, u128 b, u128 *ret_rest)
{
    struct wide quotient = {{0}};
    u128 rest = 0;
    if (is_wide_128(a)) {
        u128 q = wide_low(a) / b;
        quotient.limbs[0] = (uint64_t)q;
        quotient.limbs[1] = (uint64_t)(q >> 64);
        *ret_rest = wide_low(a) % b;
        return quotient;
    }
    for (int i = 256; i-- > 0;) {
        rest = rest << 1 | (a->limbs[i / 64] >> (i % 64) & 1);
        if (rest >= b) {
            rest -= b;
            quotient.limbs[i / 64] |= UINT64_C(1) << (i % 64);
        }
    }
    *ret_rest = rest;
    return quotient;
}

/* Makes a decimal of magnitude x 10^-scale, scale >= 0, dropping zeros as far as it must. */
static int fit(struct wide w, int scale, bool is_negative, struct xh_dec *ret)
{
    const u128 limit = pow10_of(DIGITS_MAX);
    while (scale > XH_DEC_SCALE_MAX || !is_wide_128(&w) || wide_low(&w) >= limit) {
        if (scale == 0 || wide_divide_10(&w) != 0) {
            return XH_E_INVALID;
        }
        scale--;
    }
    *ret = (struct xh_dec){with_sign(wide_low(&w), is_negative), scale};
    return 0;
}

static bool is_short(__int128 a)
{
    return a == (int64_t)a;
}

struct xh_dec xh_dec_int(int64_t value)
{
    return (struct xh_dec){value, 0};
}

static int parse(struct xh_str text, struct xh_dec *ret)
{
    size_t i = 0;
    int digits = 0;
    int scale = 0;
    bool has_point = false;
    bool has_digit = false;
    bool is_negative = false;
    u128 value = 0;
    if (text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+')) {
        is_negative = text.ptr[i++] == '-';
    }
    for (; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '.' && !has_point) {
            has_point = true;
            continue;
        }
        if (c < '0' || c > '9') {
            return XH_E_INVALID;
        }
        has_digit = true;
        if (value > 0 || c != '0') {
            digits++;
        }
        if (has_point) {
            scale++;
        }
        if (digits > DIGITS_MAX || scale > XH_DEC_SCALE_MAX) {
            return XH_E_TOO_LARGE;
        }
        value = value * 10 + (unsigned)(c - '0');
    }
    if (!has_digit) {
        return XH_E_INVALID;
    }
    *ret = (struct xh_dec){with_sign(value, is_negative), scale};
    return 0;
}

int xh_dec_parse(struct xh_str text, struct xh_dec *ret, struct xh_err *err)
{
    int rc = parse(text, ret);
    int shown = text.len > 60 ? 60 : (int)text.len;
    if (rc == XH_E_TOO_LARGE) {
        return xh_err_set(err, XH_E_INVALID,
                          "decimal \"%.*s\" has more than 38 digits or 18 decimals", shown,
                          text.ptr);
    }
    if (rc < 0) {
        return xh_err_set(err, XH_E_INVALID, "\"%.*s\" is not a decimal number", shown,
                          text.len > 0 ? text.ptr : "");
    }
    return 0;
}

/* "1.5e-7", "2e+21": the shortest text of a double, which has at most 17 digits. */
static int parse_exponent(struct xh_str text, size_t e_at, struct xh_dec *ret)
{
    int64_t exponent = 0;
    struct xh_dec a;
    if (xh_int_parse(xh_str_sub(text, e_at + 1, text.len), &exponent) < 0 ||
        parse(xh_str_sub(text, 0, e_at), &a) < 0) {
        return XH_E_INVALID;
    }
    exponent -= a.scale;
    if (exponent > DIGITS_MAX || exponent < -2 * DIGITS_MAX) {
        return XH_E_INVALID;
    }
    u128 factor = exponent > 0 ? pow10_of((int)exponent) : 1;
    return fit(wide_mul(magnitude(a.mantissa), factor), exponent > 0 ? 0 : (int)-exponent,
               a.mantissa < 0, ret);
}

int xh_dec_from_double(double value, int decimals, struct xh_dec *ret, struct xh_err *err)
{
    char text[XH_NUM_FIXED_BYTES];
    int rc;
    if (!isfinite(value)) {
        return xh_err_set(err, XH_E_INVALID, "the value is not a finite number");
    }
    size_t len = xh_num_print_as(value, decimals, text);
    struct xh_str s = {text, len};
    ptrdiff_t e_at = xh_str_find_char(s, 'e');
    if (e_at >= 0) {
        rc = parse_exponent(s, (size_t)e_at, ret);
    } else {
        rc = parse(s, ret);
    }
    if (rc < 0) {
        return xh_err_set(err, XH_E_INVALID,
                          "number %.60s does not fit in 38 digits and 18 decimals", text);
    }
    return 0;
}

double xh_dec_to_double(struct xh_dec a)
{
    static const double pow10_exact[XH_DEC_SCALE_MAX + 1] = {
        1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
        1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
    char text[XH_DEC_TEXT_BYTES];
    if (magnitude(a.mantissa) <= (u128)1 << 53) { /* both are doubles: one rounding */
        return (double)(int64_t)a.mantissa / pow10_exact[a.scale];
    }
    size_t len = xh_dec_print(a, text);
    double value = 0;
    int rc = xh_num_parse((struct xh_str){text, len}, &value, NULL);

    xh_assert(rc == 0);
    return value;
}

size_t xh_dec_print(struct xh_dec a, char text[XH_DEC_TEXT_BYTES])
{
    char reversed[XH_DEC_TEXT_BYTES];
    u128 rest = magnitude(a.mantissa);
    int count = 0;
    size_t len = 0;
    xh_assert(is_valid(a));
    for (int place = 0; rest > 0 || place <= a.scale; place++, rest /= 10) {
        if (place == a.scale && a.scale > 0) {
            reversed[count++] = '.';
        }
        reversed[count++] = (char)('0' + (int)(rest % 10));
    }
    if (a.mantissa < 0) {
        reversed[count++] = '-';
    }
    while (count > 0) {
        text[len++] = reversed[--count];
    }
    text[len] = '\0';
    return len;
}

struct xh_dec xh_dec_trim(struct xh_dec a)
{
    while (a.scale > 0 && a.mantissa % 10 == 0) {
        a.mantissa /= 10;
        a.scale--;
    }
    return a;
}

int xh_dec_add(struct xh_dec a, struct xh_dec b, struct xh_dec *ret)
{
    if (a.scale == b.scale && is_short(a.mantissa) && is_short(b.mantissa)) {
        *ret = (struct xh_dec){a.mantissa + b.mantissa, a.scale};
        return 0;
    }
    xh_assert(is_valid(a) && is_valid(b));
    int scale = a.scale > b.scale ? a.scale : b.scale;
    struct wide x = wide_mul(magnitude(a.mantissa), pow10_of(scale - a.scale));
    struct wide y = wide_mul(magnitude(b.mantissa), pow10_of(scale - b.scale));
    if ((a.mantissa < 0) == (b.mantissa < 0)) {
        return fit(wide_add(&x, &y), scale, a.mantissa < 0, ret);
    }
    if (wide_compare(&x, &y) >= 0) {
        return fit(wide_sub(&x, &y), scale, a.mantissa < 0, ret);
    }
    return fit(wide_sub(&y, &x), scale, b.mantissa < 0, ret);
}

int xh_dec_sub(struct xh_dec a, struct xh_dec b, struct xh_dec *ret)
{
    return xh_dec_add(a, xh_dec_negate(b), ret);
}

int xh_dec_mul(struct xh_dec a, struct xh_dec b, struct xh_dec *ret)
{
    xh_assert(is_valid(a) && is_valid(b));
    return fit(wide_mul(magnitude(a.mantissa), magnitude(b.mantissa)), a.scale + b.scale,
               (a.mantissa < 0) != (b.mantissa < 0), ret);
}

/* Does the quotient's magnitude go up by one? half compares the rest with half of the divisor. */
static bool is_rounded_up(bool is_odd, bool is_negative, bool has_rest, int half,
                          enum xh_rounding rounding)
{
    switch (rounding) {
    case XH_ROUND_HALF_UP:
        return half >= 0;
    case XH_ROUND_HALF_EVEN:
        return half > 0 || (half == 0 && is_odd);
    case XH_ROUND_FLOOR:
        return has_rest && is_negative;
    case XH_ROUND_CEILING:
        return has_rest && !is_negative;
    case XH_ROUND_TRUNCATE:
        return false;
    }
    return false;
}

/* a / b rounded to a whole number; b > 0 and below 2^127. */
static struct wide divide_rounded(const struct wide *a, u128 b, bool is_negative,
                                  enum xh_rounding rounding)
{
    const struct wide one = {{1}};
    u128 rest = 0;
    struct wide quotient = wide_divide(a, b, &rest);
    int half = rest > b - rest ? 1 : rest < b - rest ? -1 : 0;
    if (is_rounded_up((quotient.limbs[0] & 1) == 1, is_negative, rest != 0, half, rounding)) {
        quotient = wide_add(&quotient, &one);
    }
    return quotient;
}

int xh_dec_div(struct xh_dec a, struct xh_dec b, int scale, enum xh_rounding rounding,
               struct xh_dec *ret)
{
    xh_assert(is_valid(a) && is_valid(b));
    if (b.mantissa == 0 || scale < 0 || scale > XH_DEC_SCALE_MAX) {
        return XH_E_INVALID;
    }

    bool is_negative = (a.mantissa < 0) != (b.mantissa < 0);
    int shift = scale + b.scale - a.scale; /* -18 to 36 */
    u128 divisor = magnitude(b.mantissa);
    struct wide numerator = wide_mul(magnitude(a.mantissa), pow10_of(shift > 0 ? shift : 0));
    if (shift < 0) {
        struct wide product = wide_mul(divisor, pow10_of(-shift));
        if (is_wide_128(&product) && wide_low(&product) >> 127 == 0) {
            divisor = wide_low(&product);
        } else {
            /* The divisor is above 2^127, the numerator below: a quotient between 0 and 1. One,
             * two or three quarters are rounded as it would be. */
            struct wide twice = wide_add(&numerator, &numerator);
            int order = wide_compare(&twice, &product);
            divisor = 4;
            numerator = (struct wide){{a.mantissa == 0 ? 0u : (uint64_t)(order + 2)}};
        }
    }
    struct wide quotient = divide_rounded(&numerator, divisor, is_negative, rounding);
    if (!is_wide_128(&quotient) || wide_low(&quotient) >= pow10_of(DIGITS_MAX)) {
        return XH_E_INVALID;
    }
    *ret = (struct xh_dec){with_sign(wide_low(&quotient), is_negative), scale};
    return 0;
}

int xh_dec_round(struct xh_dec a, int scale, enum xh_rounding rounding, struct xh_dec *ret)
{
    int drop = a.scale - scale;
    int kept_scale = scale > 0 ? scale : 0;
    xh_assert(is_valid(a));
    if (scale > XH_DEC_SCALE_MAX || scale < -XH_DEC_SCALE_MAX) {
        return XH_E_INVALID;
    }
    struct wide w = wide_mul(magnitude(a.mantissa), pow10_of(drop < 0 ? -drop : 0));
    bool is_negative = a.mantissa < 0;
    if (drop > 0) {
        w = divide_rounded(&w, pow10_of(drop), is_negative, rounding);
    }
    if (!is_wide_128(&w) || wide_low(&w) >= pow10_of(DIGITS_MAX)) {
        return XH_E_INVALID;
    }
    w = wide_mul(wide_low(&w), pow10_of(scale < 0 ? -scale : 0));
    if (!is_wide_128(&w) || wide_low(&w) >= pow10_of(DIGITS_MAX)) {
        return XH_E_INVALID;
    }
    *ret = (struct xh_dec){with_sign(wide_low(&w), is_negative), kept_scale};
    return 0;
}

int xh_dec_compare(struct xh_dec a, struct xh_dec b)
{
    xh_assert(is_valid(a) && is_valid(b));
    bool is_negative = a.mantissa < 0;

    if (is_negative != (b.mantissa < 0)) {
        return is_negative ? -1 : 1;
    }
    struct wide x = wide_mul(magnitude(a.mantissa), pow10_of(XH_DEC_SCALE_MAX - a.scale));
    struct wide y = wide_mul(magnitude(b.mantissa), pow10_of(XH_DEC_SCALE_MAX - b.scale));
    int order = wide_compare(&x, &y);
    return is_negative ? -order : order;
}

bool xh_dec_is_zero(struct xh_dec a)
{
    return a.mantissa == 0;
}

bool xh_dec_is_negative(struct xh_dec a)
{
    return a.mantissa < 0;
}

struct xh_dec xh_dec_negate(struct xh_dec a)
{
    return (struct xh_dec){-a.mantissa, a.scale};
}

struct xh_dec xh_dec_min(struct xh_dec a, struct xh_dec b)
{
    return xh_dec_compare(a, b) <= 0 ? a : b;
}

int xh_dec_to_minor(struct xh_dec a, int minor_digits, int64_t *ret_minor)
{
    struct xh_dec whole = xh_dec_trim(a);
    __int128 minor = whole.mantissa;

    if (minor_digits < 0 || whole.scale > minor_digits) {
        return XH_E_INVALID;
    }
    for (int i = whole.scale; i < minor_digits; i++) {
        if (!is_short(minor)) {
            return XH_E_INVALID;
        }
        minor *= 10;
    }
    if (!is_short(minor)) {
        return XH_E_INVALID;
    }
    *ret_minor = (int64_t)minor;
    return 0;
}

struct xh_dec xh_dec_from_minor(int64_t minor, int minor_digits)
{
    xh_assert(minor_digits >= 0 && minor_digits <= XH_DEC_SCALE_MAX);
    return (struct xh_dec){minor, minor_digits};
}
