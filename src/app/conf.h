/* conf.h: a command's settings from the environment and from a file.
 *
 * There is one table: the command's options. Each is said in one of these places, and the first
 * that says it counts:
 *
 *     the command line      --mqtt-tls 8883
 *     the environment       XANH_MQTT_TLS=8883
 *     the file              mqtt-tls = 8883
 *
 * The file is that of --config, or of XANH_CONFIG; no other is read, so that nothing depends on the
 * folder in which the program happens to be started. A line is `name = value`; blank lines and
 * lines that begin with # are passed over; a value goes to the end of its line, and may stand in
 * double quotes to keep spaces at its ends. A flag is yes or no. What is said twice, a name that
 * there is not, a value that its option refuses: each is an error with the file's line. Limits: 64
 * KiB, 200 settings.
 *
 * One thread; texts live as long as the arena.
 */
#ifndef XH_APP_CONF_H
#define XH_APP_CONF_H

#include "app/app.h"

enum { XH_CONF_BYTES_MAX = 64 << 10, XH_CONF_SETTINGS_MAX = 200 };

typedef void xh_conf_fault_fn(void *arg, const struct xh_err *fault);

/* Reads a file's text. `each` is told of every fault, and reading goes on; NULL: the first one ends
 * it. Returns the code of the first fault, or 0; *ret_settings are those that could be read. */
int xh_conf_parse(struct xh_arena *arena, const char *path, struct xh_str text,
                  xh_conf_fault_fn *each, void *arg, struct xh_setting **ret_settings,
                  size_t *ret_count, struct xh_err *err);

/* Gives args what environment and file say; the first fault ends it. */
int xh_conf_apply(struct xh_app *app, const struct xh_command *command, struct xh_args *args,
                  struct xh_err *err);

/* All settings of a command, what is in force, and where it comes from. With faults: each of them
 * on stderr, and the first one's code. */
int xh_conf_print(struct xh_app *app, const struct xh_command *command, struct xh_args *args,
                  struct xh_err *err);

/* The file that `xanh help --conf` writes: every setting with its sentence and usual value, each
 * line a comment. */
void xh_conf_print_example(struct xh_app *app, const struct xh_command *command);

/* The options that every command with settings has besides its own: --config, --check-config. */
#define XH_CONF_OPTIONS                                                                            \
    {.name = "config",                                                                             \
     .type = XH_ARG_TEXT,                                                                          \
     .value_name = "FILE",                                                                         \
     .help_en = "a file of settings, `name = value` a line; also $XANH_CONFIG",                    \
     .help_vi = "tệp cấu hình, mỗi dòng `tên = giá trị`; hoặc $XANH_CONFIG"},                      \
    {                                                                                              \
        .name = "check-config", .type = XH_ARG_FLAG, .is_line_only = true,                         \
        .help_en = "tell what every setting is and who says so, then end",                         \
        .help_vi = "cho biết từng cấu hình là gì và do đâu mà có, rồi kết thúc"                    \
    }

#endif
