/* app.h: what every command shares: the world, the terminal, the list of commands.
 *
 * A command is one file, cmd_<name>.c, that shows one `const struct xh_command`. It gets an app and
 * its parsed line, prints to app->out and returns 0, or an error that main prints: a sentence for
 * people, a JSON problem with --json, and the exit status of base/err.h.
 */
#ifndef XH_APP_APP_H
#define XH_APP_APP_H

#include "app/args.h"
#include "app/term.h"
#include "base/env.h"
#include "base/log.h"

struct xh_app {
    const struct xh_env *env;
    struct xh_arena *arena; /* lives until the program ends */
    struct xh_term out;     /* stdout: the answer */
    struct xh_term note;    /* stderr: progress and remarks */
    bool is_json, is_verbose;
    const char *dir; /* the data folder */
    struct xh_log *log;
};

extern const struct xh_command *const xh_commands[]; /* in the order of help; ends with NULL */
const struct xh_command *xh_command_find(struct xh_str name);

extern const struct xh_command xh_command_backup, xh_command_bench, xh_command_bill,
    xh_command_check, xh_command_demo, xh_command_device, xh_command_erase, xh_command_export,
    xh_command_help,
    xh_command_import, xh_command_job, xh_command_key, xh_command_quality,
    xh_command_query, xh_command_restore,
    xh_command_schema, xh_command_serve, xh_command_simulate, xh_command_version;

/* Help of one command, or of all when command is NULL. */
void xh_help_print(struct xh_app *app, const struct xh_command *command);

/* ---- stopping: SIGINT and SIGTERM ---- */

/* From now on the two only set a flag; a second one ends the process at once. SIGPIPE and SIGXFSZ
 * are ignored from the start: writes fail with an error instead. */
void xh_stop_catch(void);
bool xh_stop_is_asked(void);
/* Sleeps until asked to stop, or until the time is over (0: no end). True when asked. */
bool xh_stop_wait(int64_t timeout_ms);

/* Tells a service manager that waits for it: "READY=1", "STOPPING=1" (sd_notify(3)). */
void xh_notify(const char *state);

#endif
