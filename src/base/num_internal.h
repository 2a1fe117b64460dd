/* num_internal.h: whole numbers of up to 4096 bits, for the cases that num.c and num_print.c cannot
 * settle in 128 bits. Little-endian limbs; `count` has no leading zero limbs; zero has none.
 * 4096 bits are enough: the largest number that is ever made is a decimal text of 802 digits, or a
 * power of ten of the same size, shifted left by 96 bits (2,768 bits).
 */
#ifndef XH_BASE_NUM_INTERNAL_H
#define XH_BASE_NUM_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

enum { XH__BIG_LIMBS = 128 };

struct xh__big {
    uint32_t limbs[XH__BIG_LIMBS];
    size_t count;
};

void xh__big_set(struct xh__big *a, uint64_t value);
/* a = a x factor + addend */
void xh__big_mul_add(struct xh__big *a, uint32_t factor, uint32_t addend);
void xh__big_mul_pow5(struct xh__big *a, unsigned exponent);
void xh__big_shift_left(struct xh__big *a, unsigned bits);
void xh__big_add(struct xh__big *ret, const struct xh__big *a, const struct xh__big *b);
int xh__big_compare(const struct xh__big *a, const struct xh__big *b); /* -1, 0, 1 */
unsigned xh__big_bits(const struct xh__big *a); /* position of the highest set bit, plus 1 */

/* How far b must be shifted left so that xh__big_divide can take it. */
unsigned xh__big_normal_shift(const struct xh__big *b);
/* Returns floor(a / b) and leaves the remainder in a. Needs a < b x 2^32 and the top bit of b's
 * highest limb set. */
uint32_t xh__big_divide(struct xh__big *a, const struct xh__big *b);

#endif
