/* err.h: the one error type of Xanh.
 *
 * A function that can fail returns an int: 0 or a positive count when it went well, one of the
 * negative codes below when not. An optional last parameter `struct xh_err *err` carries the
 * sentence for people. Passing NULL is always allowed.
 *
 * A sentence is lower case, says what failed first, quotes values, names units and has no full
 * stop. Where one input is to blame, its field, value, limit and unit are kept apart, so that the
 * HTTP problem, the command line and the form can each show them in their own way.
 *
 * A programmer's mistake is not an error but an assert (xh_assert below, kept in release).
 */
#ifndef XH_BASE_ERR_H
#define XH_BASE_ERR_H

#include "base/str.h"

/*        name             code  text                          http exit retry */
#define XH_ERR_LIST(X)                                                          \
    X(OK,                    0, "ok",                            200, 0, 0)     \
    X(INVALID,              -1, "invalid input",                 400, 2, 0)     \
    X(NOT_FOUND,            -2, "not found",                     404, 4, 0)     \
    X(UNAUTHENTICATED,      -3, "no valid key",                  401, 5, 0)     \
    X(FORBIDDEN,            -4, "not allowed",                   403, 5, 0)     \
    X(CONFLICT,             -5, "conflict with what is there",   409, 6, 0)     \
    X(PRECONDITION,         -6, "changed by somebody else",      412, 6, 0)     \
    X(PRECONDITION_NEEDED,  -7, "a version must be named",       428, 6, 0)     \
    X(TOO_LARGE,            -8, "too large",                     413, 2, 0)     \
    X(UNSUPPORTED,          -9, "format not supported",          415, 2, 0)     \
    X(METHOD,              -10, "method not allowed here",       405, 2, 0)     \
    X(TOO_MANY,            -11, "too many at once",              429, 7, 1)     \
    X(BUSY,                -12, "busy",                          503, 7, 1)     \
    X(CANCELLED,           -13, "cancelled",                     503, 7, 1)     \
    X(TIMEOUT,             -14, "took too long",                 504, 7, 1)     \
    X(NO_SPACE,            -15, "no space left",                 507, 8, 1)     \
    X(IO,                  -16, "input or output failed",        500, 8, 0)     \
    X(CORRUPT,             -17, "stored data is damaged",        500, 9, 0)     \
    X(SCHEMA,              -18, "data folder needs a migration", 500, 9, 0)     \
    X(INTERNAL,            -19, "internal error",                500, 10, 0)

enum xh_err_code {
#define X(name, code, text, http, exit_status, retry) XH_E_##name = (code),
    XH_ERR_LIST(X)
#undef X
};

/* What went wrong. All strings are NUL-terminated, cut to their size when longer. Copy by value. */
struct xh_err {
    int code;            /* XH_E_..., 0 when nothing is set */
    char field[64];      /* the input to blame: "kwh", "rows[3].time"; "" when there is none */
    char value[96];      /* what it was, as given */
    char limit[64];      /* what it may be: "0 to 10000000" */
    char unit[24];       /* unit of value and limit */
    char text[256];      /* the sentence */
};

/* Sets code and sentence, clears the field. Returns code, so that `return xh_err_set(...)` reads
 * well. err may be NULL. */
int xh_err_set(struct xh_err *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for one field that is to blame. limit and unit may be NULL. The sentence given is
 * completed by nothing: write it whole. */
int xh_err_field(struct xh_err *err, int code, const char *field, struct xh_str value,
                 const char *limit, const char *unit, const char *format, ...)
    __attribute__((format(printf, 7, 8)));

/* Puts "prefix" before the field's name ("rows[3]." + "time"); no effect when no field is set. */
void xh_err_prefix(struct xh_err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void xh_err_clear(struct xh_err *err);

/* The row of the list for a code; codes outside the list answer as XH_E_INTERNAL. */
const char *xh_err_name(int code);  /* "INVALID" */
const char *xh_err_text(int code);  /* "invalid input" */
int xh_err_http_status(int code);
int xh_err_exit_status(int code);
int xh_err_is_retryable(int code);

/* Kept in release: stops the process with file, line and condition. */
#define xh_assert(condition)                                                    \
    ((condition) ? (void)0 : xh_assert_fail(#condition, __FILE__, __LINE__))
_Noreturn void xh_assert_fail(const char *condition, const char *file, int line);

#endif
