/* num_big.c: schoolbook arithmetic on whole numbers (Knuth, TAOCP volume 2, section 4.3.1). */
#include "base/num_internal.h"

#include <string.h>

#include "base/err.h"

static void push(struct xh__big *a, uint32_t limb)
{
    if (limb == 0) {
        return;
    }
    xh_assert(a->count < XH__BIG_LIMBS);
    a->limbs[a->count++] = limb;
}

static void trim(struct xh__big *a)
{
    while (a->count > 0 && a->limbs[a->count - 1] == 0) {
        a->count--;
    }
}

void xh__big_set(struct xh__big *a, uint64_t value)
{
    a->limbs[0] = (uint32_t)value;
    a->limbs[1] = (uint32_t)(value >> 32);
    a->count = 2;
    trim(a);
}

void xh__big_mul_add(struct xh__big *a, uint32_t factor, uint32_t addend)
{
    uint64_t carry = addend;
    for (size_t i = 0; i < a->count; i++) {
        carry += (uint64_t)a->limbs[i] * factor;
        a->limbs[i] = (uint32_t)carry;
        carry >>= 32;
    }
    push(a, (uint32_t)carry);
}

void xh__big_mul_pow5(struct xh__big *a, unsigned exponent)
{
    static const uint32_t small[13] = {1,      5,       25,      125,      625,      3125,
                                       15625,
                                       78125,  390625,  1953125, 9765625,  48828125, 244140625};
    const uint32_t largest = 1220703125; /* 5^13, the highest power of five below 2^32 */

    for (; exponent >= 13; exponent -= 13) {
        xh__big_mul_add(a, largest, 0);
    }
    xh__big_mul_add(a, small[exponent], 0);
}

void xh__big_shift_left(struct xh__big *a, unsigned bits)
{
    size_t limbs = bits / 32;
    unsigned rest = bits % 32;

    if (a->count == 0) {
        return;
    }
    xh_assert(a->count + limbs < XH__BIG_LIMBS);
    if (rest > 0) {
        xh__big_mul_add(a, UINT32_C(1) << rest, 0);
    }
    if (limbs > 0) {
        xh_assert(a->count + limbs <= XH__BIG_LIMBS);
        memmove(a->limbs + limbs, a->limbs, a->count * sizeof(a->limbs[0]));
        memset(a->limbs, 0, limbs * sizeof(a->limbs[0]));
        a->count += limbs;
    }
}

void xh__big_add(struct xh__big *ret, const struct xh__big *a, const struct xh__big *b)
{
    size_t count = a->count > b->count ? a->count : b->count;
    uint64_t carry = 0;
    for (size_t i = 0; i < count; i++) {
        carry += i < a->count ? a->limbs[i] : 0;
        carry += i < b->count ? b->limbs[i] : 0;
        ret->limbs[i] = (uint32_t)carry;
        carry >>= 32;
    }
    ret->count = count;
    push(ret, (uint32_t)carry);
}

int xh__big_compare(const struct xh__big *a, const struct xh__big *b)
{
    if (a->count != b->count) {
        return a->count < b->count ? -1 : 1;
    }
    for (size_t i = a->count; i-- > 0;) {
        if (a->limbs[i] != b->limbs[i]) {
            return a->limbs[i] < b->limbs[i] ? -1 : 1;
        }
    }
    return 0;
}

unsigned xh__big_bits(const struct xh__big *a)
{
    if (a->count == 0) {
        return 0;
    }
    return (unsigned)a->count * 32 - (unsigned)__builtin_clz(a->limbs[a->count - 1]);
}

unsigned xh__big_normal_shift(const struct xh__big *b)
{
    return (32 - xh__big_bits(b) % 32) % 32;
}

/* a -= factor x b, modulo 2^(32 x (b->count + 1)). Returns false when it went below zero. */
static int subtract_times(struct xh__big *a, const struct xh__big *b, uint32_t factor)
{
    uint64_t carry = 0;
    uint64_t borrow = 0;
    for (size_t i = 0; i < b->count; i++) {
        carry += (uint64_t)b->limbs[i] * factor;
        uint64_t difference = (uint64_t)a->limbs[i] - (uint32_t)carry - borrow;
        a->limbs[i] = (uint32_t)difference;
        borrow = difference >> 63;
        carry >>= 32;
    }
    uint64_t difference = (uint64_t)a->limbs[b->count] - carry - borrow;
    a->limbs[b->count] = (uint32_t)difference;
    return (difference >> 63) == 0;
}

/* a += b likewise; true when the sum left the range again, that is, is no longer below zero. */
static int add_back(struct xh__big *a, const struct xh__big *b)
{
    uint64_t carry = 0;
    for (size_t i = 0; i < b->count; i++) {
        carry += (uint64_t)a->limbs[i] + b->limbs[i];
        a->limbs[i] = (uint32_t)carry;
        carry >>= 32;
    }
    carry += a->limbs[b->count];
    a->limbs[b->count] = (uint32_t)carry;
    return (carry >> 32) != 0;
}

uint32_t xh__big_divide(struct xh__big *a, const struct xh__big *b)
{
    xh_assert(b->count > 0 && b->limbs[b->count - 1] >> 31 == 1);
    xh_assert(a->count <= b->count + 1 && b->count + 1 <= XH__BIG_LIMBS);
    if (a->count < b->count) {
        return 0;
    }

    for (size_t i = a->count; i <= b->count; i++) {
        a->limbs[i] = 0;
    }
    uint64_t top = (uint64_t)a->limbs[b->count] << 32 | a->limbs[b->count - 1];
    uint64_t guess = top / b->limbs[b->count - 1];
    if (guess > UINT32_MAX) {
        guess = UINT32_MAX;
    }

    /* The guess is never too small and at most two too large (Knuth, theorem B). */
    uint32_t quotient = (uint32_t)guess;
    int is_positive = subtract_times(a, b, quotient);
    while (!is_positive) {
        quotient--;
        is_positive = add_back(a, b);
    }
    a->count = b->count + 1;
    trim(a);
    return quotient;
}
