/* gzip.c: see gzip.h. */
#include "base/gzip.h"

#include "base/arena.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* zlib's windowBits: 15 is the largest window, 16 more asks for the gzip wrapper. */
enum { GZIP_WINDOW_BITS = 15 + 16, OUT_STEP_BYTES = 64 << 10, RATIO_FREE_BYTES = 1 << 20 };

enum state { BETWEEN_MEMBERS, IN_MEMBER };

struct xh_gunzip {
    z_stream stream;
    uint64_t max_bytes;
    unsigned max_ratio;
    uint64_t total_in, total_out; /* over all members */
    uint64_t members;
    enum state state;
    struct xh_err failure;
};

struct xh_gunzip *xh_gunzip_create(uint64_t max_bytes, unsigned max_ratio)
{
    struct xh_gunzip *z = xh_alloc(sizeof *z);
    z->max_bytes = max_bytes;
    z->max_ratio = max_ratio;
    int rc = inflateInit2(&z->stream, GZIP_WINDOW_BITS);
    xh_assert(rc == Z_OK); /* anything else is want of memory, or the wrong library */
    return z;
}

void xh_gunzip_destroy(struct xh_gunzip *z)
{
    if (!z) {
        return;
    }
    inflateEnd(&z->stream);
    free(z);
}

static int check_limits(struct xh_gunzip *z, const struct xh_buf *out)
{
    if (z->max_bytes > 0 && z->total_out > z->max_bytes) {
        return xh_err_set(&z->failure, XH_E_TOO_LARGE, "gzip: more than %llu bytes unpacked",
                          (unsigned long long)z->max_bytes);
    }
    if (z->max_ratio > 0 && z->total_out > RATIO_FREE_BYTES &&
        z->total_out / z->max_ratio > z->total_in) {
        return xh_err_set(&z->failure, XH_E_TOO_LARGE,
                          "gzip: packed tighter than %u to 1, refused as a bomb", z->max_ratio);
    }
    if (out->is_over) {
        return xh_err_set(&z->failure, XH_E_TOO_LARGE,
                          "gzip: unpacked text does not fit the %zu bytes it has", out->max_bytes);
    }
    return 0;
}

/* One call of inflate: some input is read, at most OUT_STEP_BYTES come out. */
static int inflate_step(struct xh_gunzip *z, struct xh_buf *out)
{
    unsigned char room[OUT_STEP_BYTES];
    z_stream *s = &z->stream;
    uInt in_before = s->avail_in;
    s->next_out = room;
    s->avail_out = sizeof room;
    z->state = IN_MEMBER;
    int rc = inflate(s, Z_NO_FLUSH);
    size_t made = sizeof room - s->avail_out;
    z->total_in += in_before - s->avail_in;
    z->total_out += made;
    xh_buf_add(out, room, made);
    if (rc == Z_STREAM_END) {
        z->members++;
        z->state = BETWEEN_MEMBERS;
        rc = inflateReset(s);
    }
    if (rc != Z_OK && rc != Z_BUF_ERROR) { /* the latter asks for more input */
        return xh_err_set(&z->failure, XH_E_INVALID, "gzip: damaged after %llu bytes: %s",
                          (unsigned long long)z->total_in, s->msg ? s->msg : "zlib cannot read it");
    }
    return check_limits(z, out);
}

/* Input is left, or the last step may have had more to give than room. */
static bool has_work(const struct xh_gunzip *z)
{
    return z->stream.avail_in > 0 || (z->state == IN_MEMBER && z->stream.avail_out == 0);
}

int xh_gunzip_feed(struct xh_gunzip *z, const void *bytes, size_t len, struct xh_buf *out,
                   struct xh_err *err)
{
    size_t out_before = out->len;
    z_stream *s = &z->stream;
    const unsigned char *in = bytes;
    int rc = z->failure.code;
    while (rc == 0 && len > 0) {
        uInt piece = len < UINT_MAX ? (uInt)len : UINT_MAX;
        s->next_in = (unsigned char *)(uintptr_t)in; /* zlib reads only */
        s->avail_in = piece;
        in += piece;
        len -= piece;
        while (rc == 0 && has_work(z)) {
            rc = inflate_step(z, out);
        }
    }
    if (rc == 0) {
        return 0;
    }
    out->len = out_before;
    if (err) {
        *err = z->failure;
    }
    return rc;
}

int xh_gunzip_end(struct xh_gunzip *z, struct xh_err *err)
{
    if (z->failure.code == 0 && (z->state == IN_MEMBER || z->members == 0)) {
        xh_err_set(&z->failure, XH_E_INVALID, "gzip: the text ends too early, after %llu bytes",
                   (unsigned long long)z->total_in);
    }
    if (z->failure.code != 0 && err) {
        *err = z->failure;
    }
    return z->failure.code;
}

bool xh_gzip_is(const void *bytes, size_t len)
{
    const unsigned char *b = bytes;
    return len >= 2 && b[0] == 0x1F && b[1] == 0x8B;
}

int xh_gzip(struct xh_str content, int level, struct xh_buf *out, struct xh_err *err)
{
    z_stream s = {0};
    if (content.len > UINT_MAX / 2) {
        return xh_err_set(err, XH_E_TOO_LARGE, "gzip: %zu bytes are more than 2 GiB at once",
                          content.len);
    }
    xh_assert(level >= 0 && level <= 9);
    int rc = deflateInit2(&s, level, Z_DEFLATED, GZIP_WINDOW_BITS, 8, Z_DEFAULT_STRATEGY);
    xh_assert(rc == Z_OK);
    size_t bound = deflateBound(&s, content.len);
    if (!xh_buf_reserve(out, bound)) {
        deflateEnd(&s);
        return xh_err_set(err, XH_E_TOO_LARGE, "gzip: %zu bytes do not fit the buffer", bound);
    }
    s.next_in = (unsigned char *)(uintptr_t)content.ptr;
    s.avail_in = (uInt)content.len;
    s.next_out = (unsigned char *)out->ptr + out->len;
    s.avail_out = (uInt)bound;
    rc = deflate(&s, Z_FINISH);
    xh_assert(rc == Z_STREAM_END); /* the bound is one */
    out->len += s.total_out;
    deflateEnd(&s);
    return 0;
}
