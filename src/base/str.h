/* str.h: slices of text and growing buffers.
 *
 * A slice (struct xh_str) borrows bytes; it owns nothing, has no NUL at its end and may hold any
 * byte. It lives as long as what it points into. A buffer (struct xh_buf) owns its bytes.
 *
 * Text is UTF-8; functions that fold case or strip marks say so.
 */
#ifndef XH_BASE_STR_H
#define XH_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct xh_str {
    const char *ptr; /* NULL only when len is 0 */
    size_t len;
};

/* ASCII digits, whatever the locale. */
static inline bool xh_char_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* What a hexadecimal digit stands for, -1 for any other character. */
static inline int xh_char_hex(char c)
{
    if (xh_char_is_digit(c)) {
        return c - '0';
    }
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* A slice of a string literal, and printf helpers: printf("%.*s", XH_STR_ARG(s)). */
#define XH_STR(literal) ((struct xh_str){"" literal, sizeof(literal) - 1})
#define XH_STR_ARG(s) (int)(s).len, (s).ptr ? (s).ptr : ""

/* NULL gives an empty slice. Here, not in str.c: a literal's length is known when it is built. */
static inline struct xh_str xh_str_from(const char *nul_terminated)
{
    return (struct xh_str){nul_terminated, nul_terminated != NULL ? strlen(nul_terminated) : 0};
}

static inline bool xh_str_equal(struct xh_str a, struct xh_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool xh_str_is(struct xh_str a, const char *b)
{
    return xh_str_equal(a, xh_str_from(b));
}

struct xh_str xh_str_sub(struct xh_str s, size_t from, size_t len); /* clamped to s */
bool xh_str_equal_nocase(struct xh_str a, struct xh_str b); /* ASCII case only */
int xh_str_compare(struct xh_str a, struct xh_str b);        /* by bytes, shorter first */
bool xh_str_starts(struct xh_str s, struct xh_str prefix);
bool xh_str_ends(struct xh_str s, struct xh_str suffix);
struct xh_str xh_str_trim(struct xh_str s); /* ASCII white space at both ends */
/* Position of the first occurrence, or -1. */
ptrdiff_t xh_str_find(struct xh_str s, struct xh_str needle);
ptrdiff_t xh_str_find_char(struct xh_str s, char c);
/* Takes what stands before `sep` out of *rest, and sep too. False when *rest is used up: "a," has
 * one part, "a,,b" has three, "" has none. */
bool xh_str_split(struct xh_str *rest, char sep, struct xh_str *ret_part);
bool xh_utf8_is_valid(struct xh_str s); /* RFC 3629: no surrogates, no overlong forms */
size_t xh_utf8_put(uint32_t code_point, char *dst); /* 1 to 4 bytes; not for surrogates */
/* For search: lower case, Vietnamese and Latin diacritics removed ("Đống Đa" -> "dong da").
 * Returns bytes written (never more than s.len); dst has room for s.len bytes. */
size_t xh_str_fold(struct xh_str s, char *dst);

/* A growing buffer. Zero-initialise or xh_buf_init. Growth beyond `max_bytes` (0: 1 GiB) sets
 * `is_over` and drops what follows, so that a writer checks once, at its end. */
struct xh_buf {
    char *ptr;
    size_t len, capacity, max_bytes;
    bool is_over;
};

void xh_buf_init(struct xh_buf *buf, size_t max_bytes);
void xh_buf_finish(struct xh_buf *buf); /* frees; the buffer is empty and usable again */
void xh_buf_clear(struct xh_buf *buf);  /* length 0, is_over false, memory kept */
bool xh_buf_reserve(struct xh_buf *buf, size_t extra_bytes); /* false when over */
void xh_buf_add(struct xh_buf *buf, const void *bytes, size_t len);
void xh_buf_add_str(struct xh_buf *buf, struct xh_str s);
void xh_buf_add_text(struct xh_buf *buf, const char *nul_terminated);
void xh_buf_add_char(struct xh_buf *buf, char c);
void xh_buf_add_format(struct xh_buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3))); /* for texts and integers; numbers with a point: num.h */
void xh_buf_drop_front(struct xh_buf *buf, size_t len);
struct xh_str xh_buf_str(const struct xh_buf *buf); /* borrowed until the next change */
const char *xh_buf_text(struct xh_buf *buf);        /* NUL-terminated, borrowed likewise */
char *xh_buf_take(struct xh_buf *buf, size_t *ret_len); /* caller frees; buf is empty */

#endif
