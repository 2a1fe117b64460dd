/* The checksum: vectors of the standard, and the table against the processor and plain division. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#include "base/crc32c.h"
#include "base/crc32c_internal.h"
#include "base/rand.h"

static uint32_t machine_or_table(uint32_t crc, const void *bytes, size_t len)
{
    uint32_t result = 0;
    return xh__crc32c_machine(crc, bytes, len, &result) ? result
                                                        : xh__crc32c_table(crc, bytes, len);
}

typedef uint32_t crc_fn(uint32_t crc, const void *bytes, size_t len);
static crc_fn *const ways[] = {xh_crc32c, xh__crc32c_table, machine_or_table};
enum { WAY_COUNT = sizeof(ways) / sizeof(ways[0]) };

/* Bit by bit, as the polynomial is written. */
static uint32_t divide(uint32_t crc, const uint8_t *bytes, size_t len)
{
    crc = ~crc;
    for (size_t i = 0; i < len; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc & 1 ? crc >> 1 ^ 0x82f63b78u : crc >> 1;
        }
    }
    return ~crc;
}

static uint8_t *noise(size_t len)
{
    uint8_t *bytes = malloc(len);
    assert_non_null(bytes);
    struct xh_rand rand;
    xh_rand_init(&rand, 32);
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (uint8_t)xh_rand_u64(&rand);
    }
    return bytes;
}

/* RFC 3720, appendix B.4; its bytes aa 36 91 8a are the number 0x8a9136aa, lowest byte first. */
static void the_vectors_of_the_standard_come_out(void **state)
{
    (void)state;
    uint8_t zeros[32], ones[32], up[32], down[32];
    for (size_t i = 0; i < 32; i++) {
        zeros[i] = 0;
        ones[i] = 0xff;
        up[i] = (uint8_t)i;
        down[i] = (uint8_t)(31 - i);
    }
    static const uint8_t read_command[48] = {
        [0] = 0x01, [1] = 0xc0, [16] = 0x14, [22] = 0x04, [27] = 0x14, [31] = 0x18, [32] = 0x28,
        [40] = 0x02};
    for (size_t i = 0; i < WAY_COUNT; i++) {
        assert_int_equal(ways[i](0, zeros, 32), 0x8a9136aau);
        assert_int_equal(ways[i](0, ones, 32), 0x62a8ab43u);
        assert_int_equal(ways[i](0, up, 32), 0x46dd794eu);
        assert_int_equal(ways[i](0, down, 32), 0x113fdb5cu);
        assert_int_equal(ways[i](0, read_command, 48), 0xd9963a56u);
        assert_int_equal(ways[i](0, "123456789", 9), 0xe3069283u);
        assert_int_equal(ways[i](0, "", 0), 0);
    }
}

static void every_single_byte_is_as_divided(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 256; n++) {
        uint8_t bytes[9] = {(uint8_t)n};
        for (size_t len = 1; len <= sizeof(bytes); len++) {
            uint32_t expected = divide(0, bytes, len);
            for (size_t i = 0; i < WAY_COUNT; i++) {
                assert_int_equal(ways[i](0, bytes, len), expected);
            }
        }
    }
}

static void lengths_around_the_strides_are_as_divided_wherever_they_begin(void **state)
{
    (void)state;
    enum { ALL = 3 * 4096 * 2 + 3 * 512 + 64 };
    uint8_t *bytes = noise(ALL);
    static const size_t around[] = {16, 3 * 512, 6 * 512, 3 * 4096, 3 * 4096 + 3 * 512, 6 * 4096};
    for (size_t i = 0; i < sizeof(around) / sizeof(around[0]); i++) {
        for (size_t len = around[i] - 9; len <= around[i] + 9; len++) {
            for (size_t from = 0; from < 9; from += 4) {
                uint32_t expected = divide(7, bytes + from, len);
                for (size_t way = 0; way < WAY_COUNT; way++) {
                    assert_int_equal(ways[way](7, bytes + from, len), expected);
                }
            }
        }
    }
    free(bytes);
}

static void pieces_give_what_the_whole_gives(void **state)
{
    (void)state;
    enum { ALL = 40000 };
    uint8_t *bytes = noise(ALL);
    struct xh_rand rand;
    xh_rand_init(&rand, 9);
    for (size_t way = 0; way < WAY_COUNT; way++) {
        uint32_t whole = ways[way](0, bytes, ALL), crc = 0;
        for (size_t at = 0; at < ALL;) {
            size_t len = (size_t)xh_rand_below(&rand, 5000);
            len = len < ALL - at ? len : ALL - at;
            crc = ways[(way + len) % WAY_COUNT](crc, bytes + at, len);
            at += len;
        }
        assert_int_equal(crc, whole);
        assert_int_equal(whole, divide(0, bytes, ALL));
    }
    free(bytes);
}

static void a_flipped_bit_changes_it(void **state)
{
    (void)state;
    enum { ALL = 3 * 512 + 5 };
    uint8_t *bytes = noise(ALL);
    uint32_t before = xh_crc32c(0, bytes, ALL);
    for (size_t bit = 0; bit < ALL * 8; bit += 3) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(xh_crc32c(0, bytes, ALL), before);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_the_standard_come_out),
        cmocka_unit_test(every_single_byte_is_as_divided),
        cmocka_unit_test(lengths_around_the_strides_are_as_divided_wherever_they_begin),
        cmocka_unit_test(pieces_give_what_the_whole_gives),
        cmocka_unit_test(a_flipped_bit_changes_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
