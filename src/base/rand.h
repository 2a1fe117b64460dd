/* rand.h: random numbers from a seed, the same on every machine (xoshiro256++ seeded by
 * splitmix64). For simulations and tests; keys come from xh_env_random. Zero cost, by value. */
#ifndef XH_BASE_RAND_H
#define XH_BASE_RAND_H

#include <stdint.h>

struct xh_rand {
    uint64_t s[4];
};
void xh_rand_init(struct xh_rand *r, uint64_t seed);
uint64_t xh_rand_u64(struct xh_rand *r);
uint64_t xh_rand_below(struct xh_rand *r, uint64_t bound); /* 0 <= x < bound, unbiased; bound > 0 */
double xh_rand_unit(struct xh_rand *r);                    /* 0 <= x < 1, 53 bits */
double xh_rand_normal(struct xh_rand *r);                  /* mean 0, deviation 1 (polar method) */

#endif
