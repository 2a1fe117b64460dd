/* crc32c.c: a remainder of polynomials over GF(2), by tables or by the processor.
 *
 * Between calls the checksum is inverted; inside it is the plain remainder ("state"), reflected:
 * bit 31 stands for x^0. Two facts carry all of this file:
 *   - the state is linear: that of a byte is the xor of those of its bits, so a table of 256 is
 *     made of 8 numbers by the compiler;
 *   - state(A then B) = state(A) x^(8 |B|) + state(B from zero), so long buffers are cut in three
 *     streams. The instruction gives a result each cycle but takes three to make one.
 */
#include "base/crc32c.h"
#include "base/crc32c_internal.h"

#include <string.h>

/* ---- tables ---- */

/* The entry of n, where a to h are those of the bits 0 to 7. */
#define IF_BIT(n, bit, value) ((((n) >> (bit)) & 1u) * (value))
#define ENTRY(n, a, b, c, d, e, f, g, h)                                                \
    (IF_BIT(n, 0, a) ^ IF_BIT(n, 1, b) ^ IF_BIT(n, 2, c) ^ IF_BIT(n, 3, d) ^            \
     IF_BIT(n, 4, e) ^ IF_BIT(n, 5, f) ^ IF_BIT(n, 6, g) ^ IF_BIT(n, 7, h))

/* AFTER_k(n): the state of the byte n with k bytes of zero behind it. */
#define AFTER_0(n) ENTRY(n, 0xf26b8303u, 0xe13b70f7u, 0xc79a971fu, 0x8ad958cfu,         \
                         0x105ec76fu, 0x20bd8edeu, 0x417b1dbcu, 0x82f63b78u)
#define AFTER_1(n) ENTRY(n, 0x13a29877u, 0x274530eeu, 0x4e8a61dcu, 0x9d14c3b8u,         \
                         0x3fc5f181u, 0x7f8be302u, 0xff17c604u, 0xfbc3faf9u)
#define AFTER_2(n) ENTRY(n, 0xa541927eu, 0x4f6f520du, 0x9edea41au, 0x38513ec5u,         \
                         0x70a27d8au, 0xe144fb14u, 0xc76580d9u, 0x8b277743u)
#define AFTER_3(n) ENTRY(n, 0xdd45aab8u, 0xbf672381u, 0x7b2231f3u, 0xf64463e6u,         \
                         0xe964b13du, 0xd725148bu, 0xaba65fe7u, 0x52a0c93fu)
#define AFTER_4(n) ENTRY(n, 0x38116facu, 0x7022df58u, 0xe045beb0u, 0xc5670b91u,         \
                         0x8f2261d3u, 0x1ba8b557u, 0x37516aaeu, 0x6ea2d55cu)
#define AFTER_5(n) ENTRY(n, 0xef306b19u, 0xdb8ca0c3u, 0xb2f53777u, 0x6006181fu,         \
                         0xc00c303eu, 0x85f4168du, 0x0e045bebu, 0x1c08b7d6u)
#define AFTER_6(n) ENTRY(n, 0x68032cc8u, 0xd0065990u, 0xa5e0c5d1u, 0x4e2dfd53u,         \
                         0x9c5bfaa6u, 0x3d5b83bdu, 0x7ab7077au, 0xf56e0ef4u)
#define AFTER_7(n) ENTRY(n, 0x493c7d27u, 0x9278fa4eu, 0x211d826du, 0x423b04dau,         \
                         0x847609b4u, 0x0d006599u, 0x1a00cb32u, 0x34019664u)

#define FOUR(of, n) of((n)), of((n) + 1u), of((n) + 2u), of((n) + 3u)
#define SIXTEEN(of, n) FOUR(of, n), FOUR(of, (n) + 4u), FOUR(of, (n) + 8u), FOUR(of, (n) + 12u)
#define SIXTY_FOUR(of, n)                                                               \
    SIXTEEN(of, n), SIXTEEN(of, (n) + 16u), SIXTEEN(of, (n) + 32u), SIXTEEN(of, (n) + 48u)
#define ALL_BYTES(of)                                                                   \
    SIXTY_FOUR(of, 0u), SIXTY_FOUR(of, 64u), SIXTY_FOUR(of, 128u), SIXTY_FOUR(of, 192u)

static const uint32_t after[8][256] = {
    {ALL_BYTES(AFTER_0)}, {ALL_BYTES(AFTER_1)}, {ALL_BYTES(AFTER_2)}, {ALL_BYTES(AFTER_3)},
    {ALL_BYTES(AFTER_4)}, {ALL_BYTES(AFTER_5)}, {ALL_BYTES(AFTER_6)}, {ALL_BYTES(AFTER_7)},
};

static uint32_t little_endian(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

uint32_t xh__crc32c_table(uint32_t crc, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    uint32_t state = ~crc;
    for (; len >= 8; len -= 8, at += 8) {
        uint32_t low = state ^ little_endian(at);
        uint32_t high = little_endian(at + 4);
        state = after[7][low & 255] ^ after[6][low >> 8 & 255] ^ after[5][low >> 16 & 255] ^
                after[4][low >> 24] ^ after[3][high & 255] ^ after[2][high >> 8 & 255] ^
                after[1][high >> 16 & 255] ^ after[0][high >> 24];
    }
    for (; len > 0; len--, at++) {
        state = after[0][(state ^ *at) & 255] ^ state >> 8;
    }
    return ~state;
}

/* ---- the processor's own ---- */

#if defined(__x86_64__)

#include <nmmintrin.h>

/* Three streams of this many bytes each, and what carries a state over one and two of them:
 * x^(8 bytes) and x^(16 bytes) modulo the polynomial, reflected. */
struct stride {
    size_t size_bytes;
    uint32_t over_one, over_two;
};
static const struct stride strides[] = {
    {4096, 0x35d73a62u, 0x28461564u},
    {512, 0x74c360a4u, 0xe4172b16u},
};

#define POLYNOMIAL 0x82f63b78u

/* a b modulo the polynomial. */
static uint32_t multiply(uint32_t a, uint32_t b)
{
    uint32_t product = 0;
    for (int i = 0; i < 32; i++) {
        product ^= b & (0u - (a >> 31));
        a <<= 1;
        b = b >> 1 ^ (POLYNOMIAL & (0u - (b & 1)));
    }
    return product;
}

__attribute__((target("sse4.2"))) static uint64_t step(uint64_t state, const uint8_t *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    return _mm_crc32_u64(state, word);
}

__attribute__((target("sse4.2"))) static uint32_t three_streams(uint32_t state, const uint8_t *at,
                                                                const struct stride *stride)
{
    uint64_t first = state, second = 0, third = 0;
    size_t size_bytes = stride->size_bytes;
    for (size_t i = 0; i < size_bytes; i += 8) {
        first = step(first, at + i);
        second = step(second, at + size_bytes + i);
        third = step(third, at + 2 * size_bytes + i);
    }
    return multiply((uint32_t)first, stride->over_two) ^
           multiply((uint32_t)second, stride->over_one) ^ (uint32_t)third;
}

__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t state, const uint8_t *at,
                                                                 size_t len)
{
    for (size_t i = 0; i < sizeof(strides) / sizeof(strides[0]); i++) {
        size_t all_bytes = 3 * strides[i].size_bytes;
        for (; len >= all_bytes; len -= all_bytes, at += all_bytes) {
            state = three_streams(state, at, &strides[i]);
        }
    }
    uint64_t wide = state;
    for (; len >= 8; len -= 8, at += 8) {
        wide = step(wide, at);
    }
    state = (uint32_t)wide;
    for (; len > 0; len--, at++) {
        state = _mm_crc32_u8(state, *at);
    }
    return state;
}

bool xh__crc32c_machine(uint32_t crc, const void *bytes, size_t len, uint32_t *ret)
{
    /* The compiler's library asked the processor before main; this reads a word of memory. */
    if (!__builtin_cpu_supports("sse4.2")) {
        return false;
    }
    *ret = ~by_instruction(~crc, bytes, len);
    return true;
}

#else

bool xh__crc32c_machine(uint32_t crc, const void *bytes, size_t len, uint32_t *ret)
{
    (void)crc, (void)bytes, (void)len, (void)ret;
    return false;
}

#endif

uint32_t xh_crc32c(uint32_t crc, const void *bytes, size_t len)
{
    uint32_t result = 0;
    if (xh__crc32c_machine(crc, bytes, len, &result)) {
        return result;
    }
    return xh__crc32c_table(crc, bytes, len);
}
