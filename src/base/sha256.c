/* sha256.c: Nettle's SHA-256, its result as text. */
#include "base/sha256.h"

#include <stdint.h>

void xh_sha256_init(struct xh_sha256 *sha)
{
    sha256_init(&sha->context);
}

void xh_sha256_add(struct xh_sha256 *sha, const void *bytes, size_t len)
{
    sha256_update(&sha->context, len, bytes);
}

void xh_sha256_end(struct xh_sha256 *sha, char ret_hex[XH_SHA256_TEXT_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t digest[SHA256_DIGEST_SIZE];

    sha256_digest(&sha->context, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        ret_hex[2 * i] = digits[digest[i] >> 4];
        ret_hex[2 * i + 1] = digits[digest[i] & 15];
    }
    ret_hex[2 * sizeof digest] = '\0';
}
