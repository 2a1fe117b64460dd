/* cmd_help.c: xanh help: made of the commands' tables, as text or as docs/guide/commands.md. */
#include <string.h>

#include "app/app.h"
#include "app/conf.h"
#include "app/help.h"

static const char *say(const struct xh_app *app, const char *en, const char *vi)
{
    return xh_term_say(&app->out, en, vi);
}

static void print_heading(struct xh_app *app, const char *text)
{
    xh_term_print(&app->out, "\n");
    xh_term_colour(&app->out, XH_BOLD);
    xh_term_print(&app->out, "%s", text);
    xh_term_colour(&app->out, XH_PLAIN);
    xh_term_print(&app->out, "\n");
}

static void print_all(struct xh_app *app)
{
    struct xh_table table;
    const char *heads[] = {"", "", ""};

    xh_term_print(&app->out, "xanh %s: %s\n\n  xanh %s\n", XH_VERSION,
                  say(app, "the open engine for green consumption and sustainable production",
                      "hệ thống mở cho tiêu dùng xanh và sản xuất bền vững"),
                  say(app, "COMMAND [OPERANDS] [OPTIONS]", "LỆNH [ĐỐI SỐ] [TÙY CHỌN]"));
    print_heading(app, say(app, "Commands", "Các lệnh"));
    xh_table_init(&table, app->arena, heads, 3);
    for (size_t i = 0; xh_commands[i]; i++) {
        xh_table_text(&table, "");
        xh_table_cell(&table, xh_str_from(xh_commands[i]->name), XH_GREEN);
        xh_table_text(&table, say(app, xh_commands[i]->summary_en, xh_commands[i]->summary_vi));
    }
    xh_table_print(&table, &app->out);
    xh_term_print(&app->out, "\n%s\n",
                  say(app, "`xanh help COMMAND` explains one, with examples.",
                      "`xanh help LỆNH` giải thích từng lệnh, kèm ví dụ."));
}

struct xh_str xh_help_option_text(struct xh_arena *arena, const struct xh_option *option)
{
    const struct xh_option *o = option;
    struct xh_str letter = o->letter ? xh_arena_format(arena, "-%c, ", o->letter)
                                     : xh_str_from(NULL);
    return xh_arena_format(arena, "%.*s--%s%s%s", XH_STR_ARG(letter), o->name,
                           o->value_name ? " " : "", o->value_name ? o->value_name : "");
}

/* What an option may be, behind its sentence: "(kWh; day month year; default day)". */
struct xh_str xh_help_option_limits(struct xh_arena *arena, const struct xh_option *o)
{
    struct xh_buf buf = {0};

    if (o->unit) {
        xh_buf_add_format(&buf, "; %s", o->unit);
    }
    if (o->choices) {
        xh_buf_add_format(&buf, "; %s", o->choices);
    }
    if (o->min != 0 || o->max != 0) {
        xh_buf_add_format(&buf, "; %lld to %lld", (long long)o->min, (long long)o->max);
    }
    if (o->usual) {
        xh_buf_add_format(&buf, "; default %s", o->usual);
    }
    if (o->is_required) {
        xh_buf_add_text(&buf, "; required");
    }
    if (o->is_repeated) {
        xh_buf_add_text(&buf, "; may be repeated");
    }
    struct xh_str text = buf.len > 2
                             ? xh_arena_format(arena, " (%.*s)", (int)(buf.len - 2), buf.ptr + 2)
                             : xh_str_from("");
    xh_buf_finish(&buf);
    return text;
}

static void print_options(struct xh_app *app, const struct xh_option *options, size_t count)
{
    struct xh_table table;
    const char *heads[] = {"", "", ""};

    xh_table_init(&table, app->arena, heads, 3);
    for (size_t i = 0; i < count; i++) {
        const struct xh_option *o = &options[i];
        struct xh_str limits = xh_help_option_limits(app->arena, o);
        xh_table_text(&table, "");
        xh_table_cell(&table, xh_help_option_text(app->arena, o), XH_GREEN);
        xh_table_cell(&table,
                      xh_arena_format(app->arena, "%s%.*s", say(app, o->help_en, o->help_vi),
                                      XH_STR_ARG(limits)),
                      XH_PLAIN);
    }
    xh_table_print(&table, &app->out);
}

static void print_one(struct xh_app *app, const struct xh_command *command)
{
    xh_term_print(&app->out, "xanh %s: %s\n\n  xanh %s%s%s%s\n", command->name,
                  say(app, command->summary_en, command->summary_vi), command->name,
                  command->operands ? " " : "", command->operands ? command->operands : "",
                  say(app, " [OPTIONS]", " [TÙY CHỌN]"));
    if (command->about_en) {
        xh_term_print(&app->out, "\n%s\n", say(app, command->about_en, command->about_vi));
    }
    if (command->option_count > 0) {
        print_heading(app, say(app, "Options", "Tùy chọn"));
        print_options(app, command->options, command->option_count);
    }
    print_heading(app, say(app, "Options of every command", "Tùy chọn của mọi lệnh"));
    print_options(app, xh_common_options, xh_common_option_count);
    if (!command->examples) {
        return;
    }
    print_heading(app, say(app, "Examples", "Ví dụ"));
    for (const struct xh_example *e = command->examples; e->line; e++) {
        xh_term_print(&app->out, "  # %s\n  xanh %s\n", say(app, e->says_en, e->says_vi), e->line);
    }
}

void xh_help_print(struct xh_app *app, const struct xh_command *command)
{
    if (command) {
        print_one(app, command);
    } else {
        print_all(app);
    }
}

/* ---- the guide ---- */

static void markdown_options(struct xh_app *app, const struct xh_option *options, size_t count)
{
    xh_term_print(&app->out, "\n| option | what it says |\n|---|---|\n");
    for (size_t i = 0; i < count; i++) {
        struct xh_str name = xh_help_option_text(app->arena, &options[i]);
        struct xh_str limits = xh_help_option_limits(app->arena, &options[i]);
        xh_term_print(&app->out, "| `%.*s` | %s%.*s |\n", XH_STR_ARG(name), options[i].help_en,
                      XH_STR_ARG(limits));
    }
}

static void markdown_one(struct xh_app *app, const struct xh_command *command)
{
    xh_term_print(&app->out, "\n## xanh %s\n\n", command->name);
    xh_term_print(&app->out, "    xanh %s%s%s [OPTIONS]\n\n%c%s.\n", command->name,
                  command->operands ? " " : "", command->operands ? command->operands : "",
                  command->summary_en[0] - 'a' + 'A', command->summary_en + 1);
    if (command->about_en) {
        xh_term_print(&app->out, "\n%s\n", command->about_en);
    }
    if (command->option_count > 0) {
        markdown_options(app, command->options, command->option_count);
    }
    if (!command->examples) {
        return;
    }
    xh_term_print(&app->out, "\n");
    for (const struct xh_example *e = command->examples; e->line; e++) {
        xh_term_print(&app->out, "    # %s\n    xanh %s\n", e->says_en, e->line);
    }
}

static void print_markdown(struct xh_app *app)
{
    xh_term_print(&app->out,
                  "<!-- Made by `xanh help --markdown` from the tables of options: change "
                  "those. -->\n\n# Commands\n\n| command | what it does |\n|---|---|\n");
    for (size_t i = 0; xh_commands[i]; i++) {
        xh_term_print(&app->out, "| [xanh %s](#xanh-%s) | %s |\n", xh_commands[i]->name,
                      xh_commands[i]->name, xh_commands[i]->summary_en);
    }
    xh_term_print(&app->out,
                  "\nExit status: 0 when it went well, else by the kind of error: 2 wrong "
                  "input, 4 not found, 5 not allowed, 6 conflict, 7 try again, 8 disk, 9 "
                  "damaged data, 10 a fault of the program.\n\n## Options of every "
                  "command\n");
    markdown_options(app, xh_common_options, xh_common_option_count);
    for (size_t i = 0; xh_commands[i]; i++) {
        markdown_one(app, xh_commands[i]);
    }
}

static int print_conf(struct xh_app *app, const struct xh_args *args,
                      const struct xh_command *command, struct xh_err *err)
{
    if (!command->has_settings) {
        return xh_err_field(err, XH_E_INVALID, "command", xh_str_from(command->name), "serve", NULL,
                            "xanh %s takes no file of settings", command->name);
    }
    if (xh_args_flag(args, "man")) {
        xh_help_print_man_conf(app, command);
    } else {
        xh_conf_print_example(app, command);
    }
    return 0;
}

static int run_help(struct xh_app *app, const struct xh_args *args, struct xh_err *err)
{
    const struct xh_command *command = NULL;

    if (xh_args_flag(args, "markdown")) {
        print_markdown(app);
        return 0;
    }
    struct xh_str name = xh_args_operand(args, 0);
    if (name.len > 0) {
        command = xh_command_find(name);
        if (!command) {
            return xh_err_field(err, XH_E_INVALID, "command", name, NULL, NULL,
                                "there is no command '%.*s'", XH_STR_ARG(xh_str_sub(name, 0, 60)));
        }
    }
    if (xh_args_has(args, "completion")) {
        xh_help_print_completion(app, xh_args_text(args, "completion"));
    } else if (xh_args_flag(args, "man") && !xh_args_flag(args, "conf")) {
        xh_help_print_man(app, command);
    } else if (xh_args_flag(args, "conf")) {
        return print_conf(app, args, command != NULL ? command : &xh_command_serve, err);
    } else {
        xh_help_print(app, command);
    }
    return 0;
}

static const struct xh_option options[] = {
    {.name = "markdown",
     .type = XH_ARG_FLAG,
     .help_en = "write the guide to all commands",
     .help_vi = "viết hướng dẫn của mọi lệnh"},
    {.name = "man",
     .type = XH_ARG_FLAG,
     .help_en = "write a manual page: of xanh, of COMMAND, or with --conf of its settings",
     .help_vi = "viết trang hướng dẫn man: của xanh, của LỆNH, hoặc với --conf của cấu hình"},
    {.name = "completion",
     .type = XH_ARG_CHOICE,
     .value_name = "SHELL",
     .choices = "bash fish",
     .help_en = "write the script by which a shell completes commands and options",
     .help_vi = "viết kịch bản để shell tự điền lệnh và tùy chọn"},
    {.name = "conf",
     .type = XH_ARG_FLAG,
     .help_en = "write an example of a file of settings, of `serve` or of COMMAND",
     .help_vi = "viết tệp cấu hình mẫu, của `serve` hoặc của LỆNH"},
};
static const struct xh_example examples[] = {
    {"help bill", "what a bill can be asked", "có thể hỏi gì về hóa đơn"},
    {NULL, NULL, NULL},
};
const struct xh_command xh_command_help = {
    .name = "help",
    .summary_en = "explain the commands",
    .summary_vi = "giải thích các lệnh",
    .operands = "[COMMAND]",
    .operand_max = 1,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .examples = examples,
    .run = run_help,
};
