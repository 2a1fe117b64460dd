/* rand.c: xoshiro256++ (D. Blackman, S. Vigna, "Scrambled linear pseudorandom number generators",
 * ACM TOMS 47, 2021, section 4), its state filled by splitmix64 (G. Steele and others, "Fast
 * splittable pseudorandom number generators", OOPSLA 2014).
 */
#include "base/rand.h"

#include <math.h>

#include "base/err.h"

static uint64_t rotate_left(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

static uint64_t splitmix64(uint64_t *state)
{
    *state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = *state;
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

void xh_rand_init(struct xh_rand *r, uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        r->s[i] = splitmix64(&seed);
    }
}

uint64_t xh_rand_u64(struct xh_rand *r)
{
    uint64_t *s = r->s;
    uint64_t result = rotate_left(s[0] + s[3], 23) + s[0];
    uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint64_t xh_rand_below(struct xh_rand *r, uint64_t bound)
{
    xh_assert(bound > 0);
    /* 2^64 mod bound numbers are too many for a fair share: those at the bottom are drawn again. */
    uint64_t unfair = (0 - bound) % bound;
    uint64_t x;
    do {
        x = xh_rand_u64(r);
    } while (x < unfair);
    return x % bound;
}

double xh_rand_unit(struct xh_rand *r)
{
    return (double)(xh_rand_u64(r) >> 11) * 0x1p-53;
}

/* G. Marsaglia's polar method; the second number of the pair is thrown away, so that the generator
 * keeps no state but its four words. */
double xh_rand_normal(struct xh_rand *r)
{
    double x, y, square;
    do {
        x = 2 * xh_rand_unit(r) - 1;
        y = 2 * xh_rand_unit(r) - 1;
        square = x * x + y * y;
    } while (square >= 1 || square == 0);
    return x * sqrt(-2 * log(square) / square);
}
