/* str.c: slices of text. */
#include "base/str.h"

#include <string.h>

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

struct xh_str xh_str_sub(struct xh_str s, size_t from, size_t len)
{
    if (from >= s.len) {
        return (struct xh_str){s.ptr ? s.ptr + s.len : NULL, 0};
    }
    size_t rest = s.len - from;
    return (struct xh_str){s.ptr + from, len < rest ? len : rest};
}

bool xh_str_equal_nocase(struct xh_str a, struct xh_str b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (lower(a.ptr[i]) != lower(b.ptr[i])) {
            return false;
        }
    }
    return true;
}

int xh_str_compare(struct xh_str a, struct xh_str b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common > 0 ? memcmp(a.ptr, b.ptr, common) : 0;
    if (order != 0) {
        return order < 0 ? -1 : 1;
    }
    return a.len < b.len ? -1 : a.len > b.len;
}

bool xh_str_starts(struct xh_str s, struct xh_str prefix)
{
    return s.len >= prefix.len && xh_str_equal(xh_str_sub(s, 0, prefix.len), prefix);
}

bool xh_str_ends(struct xh_str s, struct xh_str suffix)
{
    return s.len >= suffix.len &&
           xh_str_equal(xh_str_sub(s, s.len - suffix.len, suffix.len), suffix);
}

struct xh_str xh_str_trim(struct xh_str s)
{
    while (s.len > 0 && is_space(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && is_space(s.ptr[s.len - 1])) {
        s.len--;
    }
    return s;
}

ptrdiff_t xh_str_find(struct xh_str s, struct xh_str needle)
{
    if (needle.len == 0) {
        return 0;
    }
    if (s.len < needle.len) {
        return -1;
    }
    const char *at = memmem(s.ptr, s.len, needle.ptr, needle.len);
    return at ? at - s.ptr : -1;
}

ptrdiff_t xh_str_find_char(struct xh_str s, char c)
{
    const char *at = s.len > 0 ? memchr(s.ptr, c, s.len) : NULL;
    return at ? at - s.ptr : -1;
}

bool xh_str_split(struct xh_str *rest, char sep, struct xh_str *ret_part)
{
    if (rest->len == 0) {
        return false;
    }
    ptrdiff_t at = xh_str_find_char(*rest, sep);
    if (at < 0) {
        *ret_part = *rest;
        *rest = xh_str_sub(*rest, rest->len, 0);
    } else {
        *ret_part = xh_str_sub(*rest, 0, (size_t)at);
        *rest = xh_str_sub(*rest, (size_t)at + 1, SIZE_MAX);
    }
    return true;
}

/* Bytes of the valid character at the front of s, or 0. RFC 3629 section 4: only the byte after
 * the lead has a range of its own, which shuts out overlong forms, surrogates and > U+10FFFF. */
static size_t utf8_length(struct xh_str s)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    unsigned char lead = p[0];
    if (lead < 0x80) {
        return 1;
    }
    if (lead < 0xC2 || lead > 0xF4) {
        return 0;
    }
    size_t len = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (s.len < len) {
        return 0;
    }
    unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (p[1] < low || p[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < len; i++) {
        if ((p[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return len;
}

/* Most text is ASCII: eight bytes at a time. */
static struct xh_str skip_ascii(struct xh_str s)
{
    uint64_t word;
    while (s.len >= sizeof word) {
        memcpy(&word, s.ptr, sizeof word);
        if ((word & UINT64_C(0x8080808080808080)) != 0) {
            break;
        }
        s.ptr += sizeof word;
        s.len -= sizeof word;
    }
    return s;
}

bool xh_utf8_is_valid(struct xh_str s)
{
    for (s = skip_ascii(s); s.len > 0;) {
        size_t len = utf8_length(s);
        if (len == 0) {
            return false;
        }
        s.ptr += len;
        s.len -= len;
        s = len > 1 ? s : skip_ascii(s);
    }
    return true;
}

size_t xh_utf8_put(uint32_t code_point, char *dst)
{
    static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    if (code_point < 0x80) {
        dst[0] = (char)code_point;
        return 1;
    }
    size_t len = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--) {
        dst[i] = (char)(0x80 | (code_point & 0x3F));
        code_point >>= 6;
    }
    dst[0] = (char)(leads[len] | code_point);
    return len;
}
