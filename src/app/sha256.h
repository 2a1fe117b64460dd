/* sha256.h: SHA-256 (FIPS 180-4) of a stream of bytes: by it an import knows its file again. */
#ifndef XH_APP_SHA256_H
#define XH_APP_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { XH_SHA256_TEXT_BYTES = 65 };

struct xh_sha256 {
    uint32_t h[8];
    uint8_t block[64];
    uint64_t size_bytes;
};
void xh_sha256_init(struct xh_sha256 *sha);
void xh_sha256_add(struct xh_sha256 *sha, const void *bytes, size_t len);
void xh_sha256_end(struct xh_sha256 *sha, char ret_hex[XH_SHA256_TEXT_BYTES]);

#endif
