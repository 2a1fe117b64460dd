/* env.c: the real environment, and errors of the system in words. */
#include "base/env.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static int64_t clock_us(clockid_t clock)
{
    struct timespec at;
    xh_assert(clock_gettime(clock, &at) == 0);
    return (int64_t)at.tv_sec * 1000000 + at.tv_nsec / 1000;
}

static int64_t real_now_us(const struct xh_env *env)
{
    (void)env;
    return clock_us(CLOCK_REALTIME);
}

static int64_t real_monotonic_us(const struct xh_env *env)
{
    (void)env;
    return clock_us(CLOCK_MONOTONIC);
}

static void real_random(const struct xh_env *env, void *bytes, size_t len)
{
    (void)env;
    unsigned char *at = bytes;
    while (len > 0) {
        ssize_t got = getrandom(at, len, 0);
        if (got < 0) {
            /* No keys can be made without random bytes: there is nothing to go on with. */
            xh_assert(errno == EINTR);
            continue;
        }
        at += got;
        len -= (size_t)got;
    }
}

const struct xh_env *xh_env_real(void)
{
    static const struct xh_env real = {
        .now_us = real_now_us,
        .monotonic_us = real_monotonic_us,
        .random = real_random,
    };
    return &real;
}

int64_t xh_env_now_us(const struct xh_env *env)
{
    return env->now_us(env);
}

int64_t xh_env_monotonic_us(const struct xh_env *env)
{
    return env->monotonic_us(env);
}

void xh_env_random(const struct xh_env *env, void *bytes, size_t len)
{
    env->random(env, bytes, len);
}

static int code_of_errno(int errno_value)
{
    switch (errno_value) {
    case ENOENT:
    case ENOTDIR:
        return XH_E_NOT_FOUND;
    case ENOSPC:
    case EDQUOT:
    case EFBIG: /* the process' own limit; the program ignores SIGXFSZ so that it comes as this */
        return XH_E_NO_SPACE;
    default:
        return XH_E_IO;
    }
}

int xh_err_errno(struct xh_err *err, int errno_value, const char *what, const char *path)
{
    int code = code_of_errno(errno_value);
    const char *words = strerrordesc_np(errno_value); /* unlike strerror: no locale, no buffer */
    if (!words || words[0] == '\0') {
        return xh_err_set(err, code, "cannot %s '%s': system error %d", what, path, errno_value);
    }
    /* "No space left" goes on in lower case, "RPC failed" stays. */
    bool is_word = words[1] < 'A' || words[1] > 'Z';
    char first = is_word && words[0] >= 'A' && words[0] <= 'Z' ? (char)(words[0] - 'A' + 'a')
                                                               : words[0];
    return xh_err_set(err, code, "cannot %s '%s': %c%s", what, path, first, words + 1);
}
