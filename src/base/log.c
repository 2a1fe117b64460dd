/* log.c: one line an event.
 *
 * A line is put together on the stack and handed over by one write(2), so that lines of several
 * threads and processes do not mix. What stands in it may come from outside: control characters
 * become spaces, so that nobody can forge a second line or speak to a terminal.
 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/time.h"

enum { LINE_BYTES = 4096 }; /* longer lines are cut */

struct xh_log {
    const struct xh_env *env;
    int fd;
    enum xh_log_level level;
};

static const char *const level_names[] = {
    [XH_LOG_ERROR] = "error",
    [XH_LOG_WARNING] = "warning",
    [XH_LOG_INFO] = "info",
    [XH_LOG_DEBUG] = "debug",
};

struct xh_log *xh_log_create(const struct xh_env *env, int fd, enum xh_log_level level)
{
    struct xh_log *log = xh_alloc(sizeof(*log));
    *log = (struct xh_log){env, fd, level};
    return log;
}

void xh_log_destroy(struct xh_log *log)
{
    free(log);
}

bool xh_log_is_on(const struct xh_log *log, enum xh_log_level level)
{
    return log && level <= log->level;
}

static void blank_controls(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte < 0x20 || byte == 0x7F) {
            text[i] = ' ';
        }
    }
}

void xh_log(struct xh_log *log, enum xh_log_level level, const char *module, const char *format,
            ...)
{
    if (!xh_log_is_on(log, level)) {
        return;
    }
    char line[LINE_BYTES], time[XH_TIME_TEXT_BYTES];
    xh_time_print(xh_env_now_us(log->env), time);
    int head = snprintf(line, sizeof(line), "%s %s %.64s: ", time, level_names[level], module);
    size_t len = head < 0 ? 0 : (size_t)head;
    va_list args;
    va_start(args, format);
    int more = vsnprintf(line + len, sizeof(line) - len, format, args);
    va_end(args);
    len += more < 0 ? 0 : (size_t)more;
    len = len < sizeof(line) ? len : sizeof(line) - 1;
    blank_controls(line, len);
    line[len] = '\n'; /* in the place of the NUL */
    /* What cannot be logged is lost: the log must not stop the work. */
    while (write(log->fd, line, len + 1) < 0 && errno == EINTR) {
    }
}

int xh_log_level_parse(struct xh_str text, enum xh_log_level *ret)
{
    for (size_t i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++) {
        if (xh_str_is(text, level_names[i])) {
            *ret = (enum xh_log_level)i;
            return XH_E_OK;
        }
    }
    return XH_E_INVALID;
}
