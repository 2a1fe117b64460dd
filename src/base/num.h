/* num.h: numbers as text, exactly, whatever the locale.
 *
 * Reading: a decimal text gives the double nearest to it (round half to even), as C's strtod would
 * in the C locale, but for a slice and without white space, hexadecimal, infinities or NaN.
 * Printing: the shortest decimal that reads back as the same double; or with a fixed number of
 * decimals, so that a reading goes out with the digits with which it came in.
 *
 * Grammar of a number (RFC 8259 section 6, made wider by a leading '+', leading zeros and a missing
 * digit on one side of the point): [+-]? (digits [. digits?] | . digits) ([eE] [+-]? digits)?
 */
#ifndef XH_BASE_NUM_H
#define XH_BASE_NUM_H

#include "base/err.h"

enum {
    XH_NUM_TEXT_BYTES = 32,      /* enough for xh_num_print and xh_int_print, NUL included */
    XH_NUM_FIXED_BYTES = 352,    /* enough for xh_num_print_fixed */
    XH_NUM_PARSE_BYTES_MAX = 65536, /* a longer text is refused */
    XH_NUM_DECIMALS_MAX = 17,
    XH_NUM_DECIMALS_SHORTEST = -1
};

/* The whole slice must be a number. Errors: XH_E_INVALID (not a number, or out of double's range).
 * *ret_decimals (NULL allowed): how many digits stood after the point if printing the double with
 * that many decimals gives the same digits back; else XH_NUM_DECIMALS_SHORTEST. A leading '+' and
 * leading zeros are not counted as digits; a text with an exponent has none to give back. A text
 * too small for a double is zero, not an error. */
int xh_num_parse(struct xh_str text, double *ret_value, int *ret_decimals);
int xh_int_parse(struct xh_str text, int64_t *ret_value); /* [+-]?digits, in range, else INVALID */

/* All return the length and end the text with a NUL. -0.0 prints as "-0". Not finite: "null". */
size_t xh_num_print(double value, char text[XH_NUM_TEXT_BYTES]); /* ECMAScript's format */
/* The double's own value, which is a decimal, is rounded half to even: 0.125 is "0.12", 2.5 is "2".
 * A negative value that rounds to zero keeps its sign. decimals: 0 to XH_NUM_DECIMALS_MAX. */
size_t xh_num_print_fixed(double value, int decimals, char text[XH_NUM_FIXED_BYTES]);
/* decimals as in a reading: XH_NUM_DECIMALS_SHORTEST or 0 to XH_NUM_DECIMALS_MAX. */
size_t xh_num_print_as(double value, int decimals, char text[XH_NUM_FIXED_BYTES]);
size_t xh_int_print(int64_t value, char text[XH_NUM_TEXT_BYTES]);

/* A sum that loses nothing on the way: Neumaier's compensation, error independent of the count
 * (A. Neumaier, ZAMM 54, 1974). Zero-initialise. Sums can be added to each other. */
struct xh_sum {
    double sum, compensation;
    uint64_t count;
};
void xh_sum_add(struct xh_sum *sum, double value);
void xh_sum_merge(struct xh_sum *into, const struct xh_sum *other);
double xh_sum_value(const struct xh_sum *sum);

#endif
