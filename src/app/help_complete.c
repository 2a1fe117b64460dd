/* help_complete.c: what a shell can complete, from the commands' tables. */
#include "app/help.h"

#include <string.h>

/* What stands behind an option: words, a file, a folder, or what only the user knows. */
static bool wants_file(const struct xh_option *option)
{
    return option->type == XH_ARG_TEXT && option->value_name != NULL &&
           (strcmp(option->value_name, "FILE") == 0 || strcmp(option->value_name, "FOLDER") == 0);
}

static bool wants_folder(const struct xh_option *option)
{
    return wants_file(option) && strcmp(option->value_name, "FOLDER") == 0;
}

static void print_names(struct xh_app *app, const struct xh_option *options, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        xh_term_print(&app->out, " --%s", options[i].name);
    }
}

/* ---- bash ---- */

static void bash_values(struct xh_app *app, const char *command, const struct xh_option *options,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct xh_option *o = &options[i];
        if (o->type == XH_ARG_FLAG) {
            continue;
        }
        xh_term_print(&app->out, "        %s:--%s) ", command, o->name);
        if (o->choices != NULL) {
            xh_term_print(&app->out, "words='%s' ;;\n", o->choices);
        } else {
            xh_term_print(&app->out, "%s ;;\n",
                          wants_folder(o) ? "kind=-d"
                          : wants_file(o) ? "kind=-f"
                                          : "return");
        }
    }
}

static void bash_words(struct xh_app *app)
{
    xh_term_print(&app->out, "    case \"$command\" in\n        '') words='");
    for (size_t i = 0; xh_commands[i] != NULL; i++) {
        xh_term_print(&app->out, "%s%s", i == 0 ? "" : " ", xh_commands[i]->name);
    }
    xh_term_print(&app->out, "' ;;\n");
    for (size_t i = 0; xh_commands[i] != NULL; i++) {
        const struct xh_command *c = xh_commands[i];
        xh_term_print(&app->out, "        %s) [[ $word == -* ]] && words='", c->name);
        print_names(app, c->options, c->option_count);
        print_names(app, xh_common_options, xh_common_option_count);
        xh_term_print(&app->out, "' || kind=-f ;;\n");
    }
    xh_term_print(&app->out, "    esac\n");
}

static void print_bash(struct xh_app *app)
{
    xh_term_print(
        &app->out,
        "# Completion of xanh for bash, made by `xanh help --completion bash`; zsh reads\n"
        "# it after `autoload -U bashcompinit && bashcompinit`.\n"
        "_xanh() {\n"
        "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
        "    local command='' words='' kind=''\n"
        "    [ \"$COMP_CWORD\" -gt 1 ] && command=${COMP_WORDS[1]}\n"
        "    COMPREPLY=()\n"
        "    case \"$command:$before\" in\n");
    for (size_t i = 0; xh_commands[i] != NULL; i++) {
        bash_values(app, xh_commands[i]->name, xh_commands[i]->options,
                    xh_commands[i]->option_count);
    }
    bash_values(app, "?*", xh_common_options, xh_common_option_count);
    xh_term_print(&app->out, "        *)\n");
    bash_words(app);
    xh_term_print(&app->out, "        ;;\n"
                             "    esac\n"
                             "    if [ -n \"$words\" ]; then\n"
                             "        COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
                             "    elif [ -n \"$kind\" ]; then\n"
                             "        COMPREPLY=($(compgen $kind -- \"$word\"))\n"
                             "        compopt -o filenames 2>/dev/null\n"
                             "    fi\n"
                             "}\n"
                             "complete -F _xanh xanh\n");
}

/* ---- fish ---- */

static void print_quoted(struct xh_app *app, const char *text)
{
    xh_term_print(&app->out, "'");
    for (size_t i = 0; text[i] != '\0'; i++) {
        xh_term_print(&app->out, text[i] == '\'' || text[i] == '\\' ? "\\%c" : "%c", text[i]);
    }
    xh_term_print(&app->out, "'");
}

static void fish_options(struct xh_app *app, const char *command, const struct xh_option *options,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct xh_option *o = &options[i];
        xh_term_print(&app->out, "complete -c xanh");
        if (command != NULL) {
            xh_term_print(&app->out, " -n '__fish_seen_subcommand_from %s'", command);
        }
        xh_term_print(&app->out, " -l %s", o->name);
        if (o->letter != 0) {
            xh_term_print(&app->out, " -s %c", o->letter);
        }
        if (o->choices != NULL) {
            xh_term_print(&app->out, " -x -a '%s'", o->choices);
        } else if (o->type != XH_ARG_FLAG) {
            xh_term_print(&app->out, wants_file(o) ? " -r -F" : " -x");
        }
        xh_term_print(&app->out, " -d ");
        print_quoted(app, xh_term_say(&app->out, o->help_en, o->help_vi));
        xh_term_print(&app->out, "\n");
    }
}

static void print_fish(struct xh_app *app)
{
    xh_term_print(&app->out,
                  "# Completion of xanh for fish, made by `xanh help --completion fish`.\n");
    for (size_t i = 0; xh_commands[i] != NULL; i++) {
        const struct xh_command *c = xh_commands[i];
        xh_term_print(&app->out, "complete -c xanh -f -n __fish_use_subcommand -a %s -d ", c->name);
        print_quoted(app, xh_term_say(&app->out, c->summary_en, c->summary_vi));
        xh_term_print(&app->out, "\n");
        fish_options(app, c->name, c->options, c->option_count);
    }
    fish_options(app, NULL, xh_common_options, xh_common_option_count);
}

void xh_help_print_completion(struct xh_app *app, struct xh_str shell)
{
    if (xh_str_is(shell, "fish")) {
        print_fish(app);
    } else {
        print_bash(app);
    }
}
