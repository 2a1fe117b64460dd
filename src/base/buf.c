/* buf.c: growing buffers.
 *
 * Invariant: ptr is NULL and capacity 0, or len < capacity, so that a NUL always has its place.
 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const size_t MAX_BYTES_DEFAULT = (size_t)1 << 30;
static const size_t CAPACITY_MIN = 64;

static size_t limit_of(const struct xh_buf *buf)
{
    return buf->max_bytes ? buf->max_bytes : MAX_BYTES_DEFAULT;
}

void xh_buf_init(struct xh_buf *buf, size_t max_bytes)
{
    *buf = (struct xh_buf){.max_bytes = max_bytes};
}

void xh_buf_finish(struct xh_buf *buf)
{
    free(buf->ptr);
    xh_buf_init(buf, buf->max_bytes);
}

void xh_buf_clear(struct xh_buf *buf)
{
    buf->len = 0;
    buf->is_over = false;
}

bool xh_buf_reserve(struct xh_buf *buf, size_t extra_bytes)
{
    size_t limit = limit_of(buf);
    if (buf->is_over || buf->len > limit || extra_bytes > limit - buf->len) {
        buf->is_over = true;
        return false;
    }
    size_t need = buf->len + extra_bytes;
    if (need < buf->capacity) {
        return true;
    }
    size_t capacity = buf->capacity > CAPACITY_MIN ? buf->capacity : CAPACITY_MIN;
    while (capacity <= need) {
        capacity = capacity < limit / 2 ? capacity * 2 : limit + 1;
    }
    buf->ptr = xh_realloc(buf->ptr, capacity);
    buf->capacity = capacity;
    return true;
}

void xh_buf_add(struct xh_buf *buf, const void *bytes, size_t len)
{
    if (len > 0 && xh_buf_reserve(buf, len)) {
        memcpy(buf->ptr + buf->len, bytes, len);
        buf->len += len;
    }
}

void xh_buf_add_str(struct xh_buf *buf, struct xh_str s)
{
    xh_buf_add(buf, s.ptr, s.len);
}

void xh_buf_add_text(struct xh_buf *buf, const char *nul_terminated)
{
    xh_buf_add_str(buf, xh_str_from(nul_terminated));
}

void xh_buf_add_char(struct xh_buf *buf, char c)
{
    if (buf->len + 1 < buf->capacity && buf->len < limit_of(buf) && !buf->is_over) {
        buf->ptr[buf->len++] = c;
        return;
    }
    xh_buf_add(buf, &c, 1);
}

void xh_buf_add_format(struct xh_buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len > 0 && xh_buf_reserve(buf, (size_t)len)) {
        vsnprintf(buf->ptr + buf->len, (size_t)len + 1, format, again);
        buf->len += (size_t)len;
    }
    va_end(again);
}

void xh_buf_drop_front(struct xh_buf *buf, size_t len)
{
    if (len >= buf->len) {
        buf->len = 0;
    } else if (len > 0) {
        memmove(buf->ptr, buf->ptr + len, buf->len - len);
        buf->len -= len;
    }
}

struct xh_str xh_buf_str(const struct xh_buf *buf)
{
    return (struct xh_str){buf->ptr, buf->len};
}

const char *xh_buf_text(struct xh_buf *buf)
{
    if (!buf->ptr) {
        return "";
    }
    buf->ptr[buf->len] = '\0';
    return buf->ptr;
}

char *xh_buf_take(struct xh_buf *buf, size_t *ret_len)
{
    char *taken = buf->ptr ? buf->ptr : xh_alloc(1);
    taken[buf->len] = '\0';
    if (ret_len) {
        *ret_len = buf->len;
    }
    xh_buf_init(buf, buf->max_bytes);
    return taken;
}
