/* gzip.h: gzip (RFC 1952) in and out, as a stream, through zlib. Inflating has a limit on what
 * comes out in all, and on the ratio, so that a bomb is refused (XH_E_TOO_LARGE) before it is
 * unpacked.
 *
 * Not thread-safe: one xh_gunzip belongs to one thread at a time. */
#ifndef XH_BASE_GZIP_H
#define XH_BASE_GZIP_H

#include "base/err.h"

struct xh_gunzip;
/* max_bytes: most that may come out (0: no limit); max_ratio: out / in, checked past 1 MiB (0:
 * none) */
struct xh_gunzip *xh_gunzip_create(uint64_t max_bytes, unsigned max_ratio);
void xh_gunzip_destroy(struct xh_gunzip *z);
/* Adds what comes of `bytes` to out; nothing on an error. Several members one after another are one
 * text. Errors: XH_E_INVALID (damaged, not gzip), XH_E_TOO_LARGE (a limit, or out is full); every
 * later call answers with the same. */
int xh_gunzip_feed(struct xh_gunzip *z, const void *bytes, size_t len, struct xh_buf *out,
                   struct xh_err *err);
/* XH_E_INVALID when the text ended in the middle of a member, or there was none. */
int xh_gunzip_end(struct xh_gunzip *z, struct xh_err *err);
bool xh_gzip_is(const void *bytes, size_t len); /* starts with the magic number */
/* Adds one member to out, the same bytes for the same content (no name, no time). level 0 to 9.
 * XH_E_TOO_LARGE when out is full or content has more than 2 GiB. */
int xh_gzip(struct xh_str content, int level, struct xh_buf *out, struct xh_err *err);

#endif
