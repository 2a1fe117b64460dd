/* The examples that NIST publishes with FIPS 180-4 for SHA-256. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/sha256.h"

static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

static void assert_digest(const char *text, const char *expected)
{
    char hex[XH_SHA256_TEXT_BYTES];
    struct xh_sha256 sha;
    xh_sha256_init(&sha);
    xh_sha256_add(&sha, text, strlen(text));
    xh_sha256_end(&sha, hex);
    assert_string_equal(hex, expected);
}

static void one_block_and_two_have_the_published_digests(void **state)
{
    (void)state;
    assert_digest("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_digest(two_blocks, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void nothing_has_a_digest(void **state)
{
    (void)state;
    assert_digest("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void a_million_letters_in_uneven_pieces_have_the_published_digest(void **state)
{
    char hex[XH_SHA256_TEXT_BYTES], piece[997];
    size_t left = 1000000;
    struct xh_sha256 sha;
    (void)state;
    memset(piece, 'a', sizeof piece);
    xh_sha256_init(&sha);
    while (left > 0) {
        size_t len = left < sizeof piece ? left : sizeof piece;
        xh_sha256_add(&sha, piece, len);
        left -= len;
    }
    xh_sha256_end(&sha, hex);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_block_and_two_have_the_published_digests),
        cmocka_unit_test(nothing_has_a_digest),
        cmocka_unit_test(a_million_letters_in_uneven_pieces_have_the_published_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
