/* crc32c.h: the Castagnoli checksum (RFC 3720 section 12.1 and appendix B.4), reflected polynomial
 * 0x82f63b78: crc32c("123456789") = 0xe3069283. The processor's own instruction where it has one
 * (SSE 4.2), a table elsewhere: the same result. Pure, thread-safe. */
#ifndef XH_BASE_CRC32C_H
#define XH_BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Of bytes that follow those that gave crc; 0 to begin. */
uint32_t xh_crc32c(uint32_t crc, const void *bytes, size_t len);

#endif
