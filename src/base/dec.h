/* dec.h: exact decimals, for prices, quantities that are billed, and money before it is rounded.
 *
 * A decimal is mantissa x 10^-scale, with a 128-bit mantissa and a scale of 0 to 18. Addition,
 * subtraction and multiplication are exact or fail with XH_E_INVALID when 38 digits or 18 decimals
 * are not enough; nothing ever rounds unless a rounding function is called. 2.50 keeps its two
 * decimals; equality is by value.
 *
 * An amount of money is int64 minor units of a currency (dong: 0 decimals); it is made from a
 * decimal by xh_dec_round with the tariff's own rule.
 */
#ifndef XH_BASE_DEC_H
#define XH_BASE_DEC_H

#include "base/err.h"

struct xh_dec {
    __int128 mantissa;
    int scale; /* digits after the point, 0 to XH_DEC_SCALE_MAX */
};

enum { XH_DEC_SCALE_MAX = 18, XH_DEC_TEXT_BYTES = 48 };

enum xh_rounding {
    XH_ROUND_HALF_UP,   /* half away from zero: the arithmetic rounding of Vietnamese bills */
    XH_ROUND_HALF_EVEN,
    XH_ROUND_FLOOR,     /* towards minus infinity */
    XH_ROUND_CEILING,
    XH_ROUND_TRUNCATE
};

struct xh_dec xh_dec_int(int64_t value);
/* Digits with an optional sign and point, no exponent; at most 38 digits and 18 decimals. */
int xh_dec_parse(struct xh_str text, struct xh_dec *ret, struct xh_err *err);
/* The decimal with which a double prints shortest, or with `decimals` digits (num.h). */
int xh_dec_from_double(double value, int decimals, struct xh_dec *ret, struct xh_err *err);
double xh_dec_to_double(struct xh_dec a);
size_t xh_dec_print(struct xh_dec a, char text[XH_DEC_TEXT_BYTES]); /* with its scale: "2.50" */
struct xh_dec xh_dec_trim(struct xh_dec a); /* trailing zeros after the point removed */

int xh_dec_add(struct xh_dec a, struct xh_dec b, struct xh_dec *ret);
int xh_dec_sub(struct xh_dec a, struct xh_dec b, struct xh_dec *ret);
int xh_dec_mul(struct xh_dec a, struct xh_dec b, struct xh_dec *ret);
/* a / b with `scale` decimals (0 to 18), rounded; XH_E_INVALID when b is zero. */
int xh_dec_div(struct xh_dec a, struct xh_dec b, int scale, enum xh_rounding rounding,
               struct xh_dec *ret);
/* To `scale` decimals, -18 to 18; scale -1 rounds to tens, -2 to hundreds, -3 to thousands. */
int xh_dec_round(struct xh_dec a, int scale, enum xh_rounding rounding, struct xh_dec *ret);
int xh_dec_compare(struct xh_dec a, struct xh_dec b); /* -1, 0, 1 */
bool xh_dec_is_zero(struct xh_dec a);
bool xh_dec_is_negative(struct xh_dec a);
struct xh_dec xh_dec_negate(struct xh_dec a);
struct xh_dec xh_dec_min(struct xh_dec a, struct xh_dec b);
/* To whole minor units (value x 10^minor_digits, which must be integral): XH_E_INVALID if not. */
int xh_dec_to_minor(struct xh_dec a, int minor_digits, int64_t *ret_minor);
struct xh_dec xh_dec_from_minor(int64_t minor, int minor_digits);

#endif
