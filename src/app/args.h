/* args.h: what stands on a command line, told by one table for each command.
 *
 * A command is a row: name, options, operands, examples, a function. The table parses the line,
 * checks types and ranges, fills in defaults, writes `xanh help`, and makes docs/guide/commands.md:
 * to add an option is to add a line.
 *
 * Forms: --name VALUE, --name=VALUE, --flag, -x for the few with a letter; "--" ends the options;
 * options and operands may be mixed. What is given twice is refused unless is_repeated. A name may
 * not be shortened: scripts would break when an option is added. An unknown one is answered with
 * the nearest that exists.
 *
 * Everything borrows: texts live as long as argv, the rest as long as the arena.
 */
#ifndef XH_APP_ARGS_H
#define XH_APP_ARGS_H

#include "base/arena.h"
#include "base/dec.h"
#include "base/time.h"

enum xh_arg_type {
    XH_ARG_FLAG, /* no value */
    XH_ARG_TEXT,
    XH_ARG_INT,   /* min..max, when they are not both 0 */
    XH_ARG_DEC,   /* an exact decimal in `unit`, which may stand behind it: "400", "100kW" */
    XH_ARG_DAY,   /* 2025-06-15 */
    XH_ARG_MONTH, /* 2025-06: kept as its first day */
    XH_ARG_SHIFT, /* 08:00-17:00 */
    XH_ARG_CHOICE /* one of the words of `choices` */
};

struct xh_option {
    const char *name; /* without "--" */
    enum xh_arg_type type;
    const char *value_name; /* "FILE": for help */
    const char *usual;      /* default as text; NULL: not given */
    const char *choices;    /* "day month year" */
    const char *unit;       /* "kWh" */
    int64_t min, max;
    char letter; /* 0: none */
    bool is_repeated;
    bool is_required;
    bool is_line_only; /* makes sense on a command line only: no setting has its name */
    const char *help_en, *help_vi; /* one sentence, lower case, no full stop */
};

struct xh_app;
struct xh_args;

struct xh_example {
    const char *line; /* without "xanh " */
    const char *says_en, *says_vi;
};

struct xh_command {
    const char *name;
    const char *summary_en, *summary_vi;
    const char *about_en, *about_vi; /* paragraphs; NULL: the summary says it all */
    const char *operands;            /* "FILE", "readings|use|..."; NULL: none */
    size_t operand_min, operand_max;
    const struct xh_option *options;
    size_t option_count;
    const struct xh_example *examples; /* ends with a row of NULLs; NULL: none */
    bool has_settings; /* its options may also stand in the environment and in a file: conf.h */
    int (*run)(struct xh_app *app, const struct xh_args *args, struct xh_err *err);
};

/* Options that every command has: dir, json, lang, color, verbose, help. */
extern const struct xh_option xh_common_options[];
extern const size_t xh_common_option_count;

/* Parses argv[0..count), which stand behind the command's name. XH_E_INVALID names the option, its
 * value and what it may be. With --help given nothing else is required. */
int xh_args_parse(const struct xh_command *command, int count, char *const *argv,
                  struct xh_arena *arena, struct xh_args **ret, struct xh_err *err);

/* An option's value that stands elsewhere than on the line. */
struct xh_setting {
    struct xh_str name, value; /* the value ends with a NUL */
    const char *where;         /* "XANH_PORT", "/etc/xanh/xanh.conf:3" */
};
/* Takes a setting for an option that nothing said before; of an option that was given already it is
 * only checked. XH_E_INVALID names where, name, value and limit, or the nearest name there is. */
int xh_args_set(struct xh_args *args, const struct xh_setting *setting, struct xh_err *err);
/* Where the value in force comes from: "command line", a setting's `where`; NULL: by default, or
 * none. */
const char *xh_args_where(const struct xh_args *args, const char *name);
bool xh_option_is_setting(const struct xh_option *option);
/* The environment's name of an option: "XANH_MQTT_TLS". */
enum { XH_SETTING_NAME_BYTES = 48 };
void xh_option_env_name(const struct xh_option *option, char ret[XH_SETTING_NAME_BYTES]);

/* An option that the command's table lacks is a programmer's error (assert). */
bool xh_args_has(const struct xh_args *args, const char *name); /* given, not by default */
bool xh_args_flag(const struct xh_args *args, const char *name);
struct xh_str xh_args_text(const struct xh_args *args, const char *name); /* empty: not given */
const char *xh_args_string(const struct xh_args *args, const char *name); /* NULL: not given */
int64_t xh_args_int(const struct xh_args *args, const char *name);
struct xh_dec xh_args_dec(const struct xh_args *args, const char *name);
int32_t xh_args_day(const struct xh_args *args, const char *name); /* DAY, MONTH */
void xh_args_shift(const struct xh_args *args, const char *name, struct xh_str *ret_from,
                   struct xh_str *ret_to);
/* All texts of a repeated option, in order. */
const struct xh_str *xh_args_all(const struct xh_args *args, const char *name, size_t *ret_count);
size_t xh_args_operand_count(const struct xh_args *args);
struct xh_str xh_args_operand(const struct xh_args *args, size_t index); /* empty past the end */

/* The name in `names` that `given` was most likely meant to be; NULL when none is near. */
const char *xh_args_nearest(struct xh_str given, const char *const *names, size_t count);

#endif
