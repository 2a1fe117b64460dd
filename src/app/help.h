/* help.h: what else is made of the commands' tables: manual pages and completion.
 *
 * All print to app->out, in the language of app->out.
 */
#ifndef XH_APP_HELP_H
#define XH_APP_HELP_H

#include "app/app.h"

/* What an option looks like, "-v, --verbose" or "--port PORT", and what it may be, " (0 to 65535;
 * default 8080)", or nothing. In the arena. */
struct xh_str xh_help_option_text(struct xh_arena *arena, const struct xh_option *option);
struct xh_str xh_help_option_limits(struct xh_arena *arena, const struct xh_option *option);

/* A page for man(7): xanh(1) when command is NULL, else xanh-NAME(1). */
void xh_help_print_man(struct xh_app *app, const struct xh_command *command);
/* xanh.conf(5): the settings of a command. */
void xh_help_print_man_conf(struct xh_app *app, const struct xh_command *command);

/* A script for a shell: "bash" (zsh reads it after bashcompinit), "fish". */
void xh_help_print_completion(struct xh_app *app, struct xh_str shell);

#endif
