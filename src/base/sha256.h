/* sha256.h: SHA-256 (FIPS 180-4) of a stream of bytes: by it an import knows its file again, and a
 * device's key is known without being kept.
 *
 * Init, add as often as you like, end once; to begin anew, init again. Nothing is allocated. Nettle
 * computes it (docs/decisions/0011-nettle.md).
 */
#ifndef XH_BASE_SHA256_H
#define XH_BASE_SHA256_H

#include <nettle/sha2.h>
#include <stddef.h>

enum { XH_SHA256_TEXT_BYTES = 2 * SHA256_DIGEST_SIZE + 1 };

struct xh_sha256 {
    struct sha256_ctx context;
};
void xh_sha256_init(struct xh_sha256 *sha);
void xh_sha256_add(struct xh_sha256 *sha, const void *bytes, size_t len);
/* In small hexadecimal digits. */
void xh_sha256_end(struct xh_sha256 *sha, char ret_hex[XH_SHA256_TEXT_BYTES]);

#endif
