/* main.c: the program `xanh`, from its arguments to its exit status.
 *
 *   main
 *   |- app_init                the world, the terminal, signals                      stop.c, term.c
 *   |- xh_command_find         one row of xh_commands                              commands.c
 *   |- xh_args_parse           the line, by the command's table of options             args.c
 *   |- xh_conf_apply           settings of the environment and of a file, of `serve`         conf.c
 *   |- app_configure           --dir --json --lang --color --verbose
 *   |- command->run            cmd_<name>.c
 *   |    |- without a folder   version, help, schema, bill --tariff             bill_tariff.c
 *   |    |- owning the folder  serve, demo: engine, jobs and server                     node.c
 *   |    |- reading a file     key: DIR/keys.json
 *   |    `- through the door   import, query, export, bill, job, backup, check          door.c
 *   |         `- the owner's socket, or a node of our own behind the same socket      client.c
 *   `- report                  an error: a sentence, or a JSON problem; exit status   problem.c
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/conf.h"
#include "app/problem.h"

static void ignore(int number)
{
    struct sigaction action = {.sa_handler = SIG_IGN};
    sigemptyset(&action.sa_mask);
    xh_assert(sigaction(number, &action, NULL) == 0);
}

static bool is_vietnamese_by_env(void)
{
    const char *names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *text = getenv(names[i]);
        if (text && text[0] != '\0') {
            return strncmp(text, "vi", 2) == 0;
        }
    }
    return false;
}

/* Before the line is understood: as an error in it is to be told. */
static void app_init(struct xh_app *app, int argc, char **argv)
{
    *app = (struct xh_app){.env = xh_env_real(), .arena = xh_arena_create("process")};
    ignore(SIGPIPE);
    ignore(SIGXFSZ);
    for (int i = 1; i < argc; i++) {
        app->is_json |= strcmp(argv[i], "--json") == 0;
    }
    xh_term_init(&app->out, STDOUT_FILENO, "auto", is_vietnamese_by_env());
    xh_term_init(&app->note, STDERR_FILENO, "auto", is_vietnamese_by_env());
}

static void app_configure(struct xh_app *app, const struct xh_args *args)
{
    const char *colour = xh_args_string(args, "color"), *dir = getenv("XANH_DIR");
    bool is_vietnamese = xh_args_has(args, "lang") ? xh_str_is(xh_args_text(args, "lang"), "vi")
                                                   : app->out.is_vietnamese;

    xh_term_init(&app->out, STDOUT_FILENO, colour ? colour : "auto", is_vietnamese);
    xh_term_init(&app->note, STDERR_FILENO, colour ? colour : "auto", is_vietnamese);
    app->is_json = xh_args_flag(args, "json");
    app->is_verbose = xh_args_flag(args, "verbose");
    app->dir = xh_args_has(args, "dir") ? xh_args_string(args, "dir")
               : dir && dir[0] != '\0'  ? dir
                                        : "xanh-data";
    app->log = xh_log_create(app->env, STDERR_FILENO,
                             app->is_verbose ? XH_LOG_DEBUG : XH_LOG_WARNING);
}

static int unknown_command(struct xh_str name, struct xh_err *err)
{
    const char *names[32], *nearest;
    size_t count = 0;

    for (; xh_commands[count] && count < 32; count++) {
        names[count] = xh_commands[count]->name;
    }
    nearest = xh_args_nearest(name, names, count);
    return xh_err_field(err, XH_E_INVALID, "command", name, NULL, NULL,
                        "there is no command '%.*s'%s%s%s; `xanh help` lists them",
                        XH_STR_ARG(xh_str_sub(name, 0, 60)), nearest ? "; did you mean '" : "",
                        nearest ? nearest : "", nearest ? "'?" : "");
}

static int run(struct xh_app *app, int argc, char **argv, const struct xh_command **ret_command,
               struct xh_err *err)
{
    struct xh_str name = xh_str_from(argc > 1 ? argv[1] : "help");
    struct xh_args *args = NULL;

    if (xh_str_is(name, "--help") || xh_str_is(name, "-h")) {
        name = XH_STR("help");
    }
    if (xh_str_is(name, "--version")) {
        name = XH_STR("version");
    }
    const struct xh_command *command = xh_command_find(name);
    if (!command) {
        return unknown_command(name, err);
    }
    *ret_command = command;
    int code = xh_args_parse(command, argc > 2 ? argc - 2 : 0, argv + (argc > 2 ? 2 : 1),
                             app->arena, &args, err);
    if (code < 0) {
        return code;
    }
    bool is_help = xh_args_flag(args, "help");
    bool is_check = command->has_settings && xh_args_flag(args, "check-config");
    if (command->has_settings && !is_help && !is_check) {
        code = xh_conf_apply(app, command, args, err);
    }
    if (code < 0) {
        return code;
    }
    app_configure(app, args);
    if (is_help) {
        xh_help_print(app, command);
        return 0;
    }
    if (is_check) {
        return xh_conf_print(app, command, args, err);
    }
    return command->run(app, args, err);
}

static void report(struct xh_app *app, const struct xh_command *command, const struct xh_err *err)
{
    xh_buf_clear(&app->out.out); /* no half answer */
    if (app->is_json) {
        xh_problem_write(err, &app->note.out);
        return;
    }
    xh_term_colour(&app->note, XH_RED);
    xh_term_print(&app->note, "xanh: ");
    xh_term_colour(&app->note, XH_PLAIN);
    xh_term_print(&app->note, "%s\n", err->text);
    if (xh_err_exit_status(err->code) == 2 && command) {
        xh_term_print(&app->note,
                      xh_term_say(&app->note, "`xanh help %s` explains\n",
                                  "`xanh help %s` giải thích\n"),
                      command->name);
    }
}

int main(int argc, char **argv)
{
    const struct xh_command *command = NULL;
    struct xh_err err = {0};
    struct xh_app app;

    app_init(&app, argc, argv);
    int code = run(&app, argc, argv, &command, &err);
    if (code >= 0) {
        code = xh_term_flush(&app.out, &err);
    }
    if (code < 0 && !app.out.is_unread) {
        report(&app, command, &err);
    }
    xh_term_finish(&app.note);
    xh_term_finish(&app.out);
    xh_log_destroy(app.log);
    xh_arena_destroy(app.arena);
    return code < 0 ? xh_err_exit_status(code) : 0;
}
