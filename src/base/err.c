/* err.c: codes and sentences of errors. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct row {
    int code;
    const char *name, *text;
    int http_status, exit_status, is_retryable;
};

static const struct row rows[] = {
#define X(name, code, text, http, exit_status, retry) {code, #name, text, http, exit_status, retry},
    XH_ERR_LIST(X)
#undef X
};

enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

static const struct row *find_row(int code)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (rows[i].code == code) {
            return &rows[i];
        }
    }
    return find_row(XH_E_INTERNAL);
}

/* A cut must not leave half a character behind: the text may go into JSON. */
static size_t whole_characters(const char *text, size_t len)
{
    size_t start = len;
    while (start > 0 && len - start < 3 && ((unsigned char)text[start - 1] & 0xC0) == 0x80) {
        start--;
    }
    if (start == 0) {
        return len;
    }
    unsigned char lead = (unsigned char)text[start - 1];
    size_t need = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    return len - (start - 1) < need ? start - 1 : len;
}

static void copy_cut(char *dst, size_t dst_bytes, const char *src, size_t len)
{
    if (len >= dst_bytes) {
        len = whole_characters(src, dst_bytes - 1);
    }
    if (len > 0) {
        memcpy(dst, src, len);
    }
    dst[len] = '\0';
}

static void format_cut(char *dst, size_t dst_bytes, const char *format, va_list args)
{
    int len = vsnprintf(dst, dst_bytes, format, args);
    if (len < 0) {
        dst[0] = '\0';
    } else if ((size_t)len >= dst_bytes) {
        dst[whole_characters(dst, dst_bytes - 1)] = '\0';
    }
}

int xh_err_set(struct xh_err *err, int code, const char *format, ...)
{
    if (!err) {
        return code;
    }
    /* Formatted aside: the arguments may point into *err, as when a caller puts a word before
     * it. */
    char text[sizeof(err->text)];
    va_list args;
    va_start(args, format);
    format_cut(text, sizeof(text), format, args);
    va_end(args);
    xh_err_clear(err);
    err->code = code;
    memcpy(err->text, text, sizeof(text));
    return code;
}

int xh_err_field(struct xh_err *err, int code, const char *field, struct xh_str value,
                 const char *limit, const char *unit, const char *format, ...)
{
    if (!err) {
        return code;
    }
    struct xh_err made = {.code = code};
    va_list args;
    va_start(args, format);
    format_cut(made.text, sizeof(made.text), format, args);
    va_end(args);
    struct xh_str parts[] = {xh_str_from(field), xh_str_from(limit), xh_str_from(unit)};
    copy_cut(made.field, sizeof(made.field), parts[0].ptr, parts[0].len);
    copy_cut(made.value, sizeof(made.value), value.ptr, value.len);
    copy_cut(made.limit, sizeof(made.limit), parts[1].ptr, parts[1].len);
    copy_cut(made.unit, sizeof(made.unit), parts[2].ptr, parts[2].len);
    *err = made;
    return code;
}

void xh_err_prefix(struct xh_err *err, const char *format, ...)
{
    if (!err || err->field[0] == '\0') {
        return;
    }
    char joined[2 * sizeof(err->field)];
    va_list args;
    va_start(args, format);
    format_cut(joined, sizeof(err->field), format, args);
    va_end(args);
    size_t len = strlen(joined);
    memcpy(joined + len, err->field, strlen(err->field) + 1);
    copy_cut(err->field, sizeof(err->field), joined, strlen(joined));
}

void xh_err_clear(struct xh_err *err)
{
    if (err) {
        *err = (struct xh_err){0};
    }
}

const char *xh_err_name(int code)
{
    return find_row(code)->name;
}

const char *xh_err_text(int code)
{
    return find_row(code)->text;
}

int xh_err_http_status(int code)
{
    return find_row(code)->http_status;
}

int xh_err_exit_status(int code)
{
    return find_row(code)->exit_status;
}

int xh_err_is_retryable(int code)
{
    return find_row(code)->is_retryable;
}

_Noreturn void xh_assert_fail(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
    abort();
}
