/* gzip.h: gzip (RFC 1952) in and out, as a stream, through zlib. Inflating has a limit on what comes
 * out in all, and on the ratio, so that a bomb is refused (XH_E_TOO_LARGE) before it is unpacked. */
#ifndef XH_BASE_GZIP_H
#define XH_BASE_GZIP_H

#include "base/err.h"

struct xh_gunzip;
/* max_bytes: most that may come out (0: no limit); max_ratio: out / in, checked past 1 MiB (0: none) */
struct xh_gunzip *xh_gunzip_create(uint64_t max_bytes, unsigned max_ratio);
void xh_gunzip_destroy(struct xh_gunzip *z);
/* Adds what comes of `bytes` to out. Several members one after another are one text. */
int xh_gunzip_feed(struct xh_gunzip *z, const void *bytes, size_t len, struct xh_buf *out,
                   struct xh_err *err);
/* XH_E_INVALID when the text ended in the middle of a member. */
int xh_gunzip_end(struct xh_gunzip *z, struct xh_err *err);
bool xh_gzip_is(const void *bytes, size_t len); /* starts with the magic number */
int xh_gzip(struct xh_str content, int level, struct xh_buf *out, struct xh_err *err);

#endif
