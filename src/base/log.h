/* log.h: one line an event, to stderr or a file descriptor: time, level, module, sentence, then
 * key=value pairs. Layers below server log at debug at most. A logger is a handle; NULL logs
 * nothing. Thread-safe: a line is one write(2). */
#ifndef XH_BASE_LOG_H
#define XH_BASE_LOG_H

#include "base/env.h"

enum xh_log_level { XH_LOG_ERROR, XH_LOG_WARNING, XH_LOG_INFO, XH_LOG_DEBUG };

struct xh_log;
struct xh_log *xh_log_create(const struct xh_env *env, int fd, enum xh_log_level level);
void xh_log_destroy(struct xh_log *log); /* does not close fd */
bool xh_log_is_on(const struct xh_log *log, enum xh_log_level level);
void xh_log(struct xh_log *log, enum xh_log_level level, const char *module, const char *format,
            ...)
    __attribute__((format(printf, 4, 5)));
int xh_log_level_parse(struct xh_str text, enum xh_log_level *ret);

#endif
