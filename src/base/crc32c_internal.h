/* crc32c_internal.h: the two ways to the same checksum, so that a test can hold one against the
 * other. Arguments and result as of xh_crc32c. */
#ifndef XH_BASE_CRC32C_INTERNAL_H
#define XH_BASE_CRC32C_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

uint32_t xh__crc32c_table(uint32_t crc, const void *bytes, size_t len);

/* False: this processor has no instruction for it, and ret is as before. */
bool xh__crc32c_machine(uint32_t crc, const void *bytes, size_t len, uint32_t *ret);

#endif
