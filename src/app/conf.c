/* conf.c: settings: the environment, then the file, into a parsed line. */
#include "app/conf.h"

#include <stdlib.h>
#include <string.h>

/* ---- faults ---- */

/* Every fault is told to `each`; the first one is what is returned. */
struct faults {
    xh_conf_fault_fn *each;
    void *arg;
    struct xh_err *first;
    int code;
};

/* True: go on. */
static bool fault(struct faults *faults, const struct xh_err *err)
{
    if (faults->code == 0) {
        faults->code = err->code;
        if (faults->first != NULL) {
            *faults->first = *err;
        }
    }
    if (faults->each != NULL) {
        faults->each(faults->arg, err);
    }
    return faults->each != NULL;
}

/* ---- the file's text ---- */

struct parser {
    struct xh_arena *arena;
    const char *path;
    int64_t line;
    struct xh_setting *settings;
    size_t count, capacity;
};

static const struct xh_setting *find(const struct parser *p, struct xh_str name)
{
    for (size_t i = 0; i < p->count; i++) {
        if (xh_str_equal(p->settings[i].name, name)) {
            return &p->settings[i];
        }
    }
    return NULL;
}

static int add(struct parser *p, struct xh_str name, struct xh_str value, struct xh_err *err)
{
    const struct xh_setting *said = find(p, name);
    if (said != NULL) {
        return xh_err_field(err, XH_E_INVALID, "setting", name, "once", NULL,
                            "%s:%lld: '%.*s' is said already at %s", p->path, (long long)p->line,
                            XH_STR_ARG(xh_str_sub(name, 0, 60)), said->where);
    }
    if (p->count == XH_CONF_SETTINGS_MAX) {
        return xh_err_field(err, XH_E_TOO_LARGE, "settings", name, "200", NULL,
                            "%s:%lld: more than 200 settings", p->path, (long long)p->line);
    }
    p->settings = xh_arena_grow(p->arena, p->settings, &p->capacity, p->count + 1,
                                sizeof *p->settings);
    p->settings[p->count++] = (struct xh_setting){
        .name = xh_arena_str(p->arena, name),
        .value = xh_str_from(xh_arena_text(p->arena, value)),
        .where = xh_arena_format(p->arena, "%s:%lld", p->path, (long long)p->line).ptr,
    };
    return 0;
}

static int parse_line(struct parser *p, struct xh_str line, struct xh_err *err)
{
    line = xh_str_trim(line);
    if (line.len == 0 || line.ptr[0] == '#') {
        return 0;
    }
    ptrdiff_t equal = xh_str_find_char(line, '=');
    struct xh_str name = equal < 0 ? line : xh_str_trim(xh_str_sub(line, 0, (size_t)equal));
    if (equal <= 0 || name.len == 0) {
        return xh_err_field(err, XH_E_INVALID, "line", xh_str_sub(line, 0, 60), "name = value",
                            NULL, "%s:%lld: '%.*s' is not of the form name = value", p->path,
                            (long long)p->line, XH_STR_ARG(xh_str_sub(line, 0, 60)));
    }
    struct xh_str value = xh_str_trim(xh_str_sub(line, (size_t)equal + 1, line.len));
    if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"') {
        value = xh_str_sub(value, 1, value.len - 2);
    }
    return add(p, name, value, err);
}

static int check_text(const char *path, struct xh_str text, struct xh_err *err)
{
    if (text.len > XH_CONF_BYTES_MAX) {
        return xh_err_set(err, XH_E_TOO_LARGE, "%s: a file of settings has at most 64 KiB", path);
    }
    if (memchr(text.ptr != NULL ? text.ptr : "", '\0', text.len) != NULL) {
        return xh_err_set(err, XH_E_INVALID, "%s: a byte of value 0 is no text", path);
    }
    return 0;
}

static void parse(struct parser *p, struct xh_str text, struct faults *faults)
{
    struct xh_str line;
    struct xh_err err = {0};

    if (check_text(p->path, text, &err) < 0) {
        (void)fault(faults, &err);
        return;
    }
    while (xh_str_split(&text, '\n', &line)) {
        p->line++;
        if (parse_line(p, line, &err) < 0 && !fault(faults, &err)) {
            return;
        }
    }
}

int xh_conf_parse(struct xh_arena *arena, const char *path, struct xh_str text,
                  xh_conf_fault_fn *each, void *arg, struct xh_setting **ret_settings,
                  size_t *ret_count, struct xh_err *err)
{
    struct parser p = {.arena = arena, .path = path};
    struct faults faults = {.each = each, .arg = arg, .first = err};

    parse(&p, text, &faults);
    *ret_settings = p.settings;
    *ret_count = p.count;
    return faults.code;
}

/* ---- into the line ---- */

static bool set(struct xh_args *args, const struct xh_setting *setting, struct faults *faults)
{
    struct xh_err err = {0};
    return xh_args_set(args, setting, &err) == 0 || fault(faults, &err);
}

static bool from_env(struct xh_args *args, const struct xh_option *options, size_t count,
                     struct xh_arena *arena, struct faults *faults)
{
    bool goes_on = true;
    for (size_t i = 0; i < count && goes_on; i++) {
        char name[XH_SETTING_NAME_BYTES];
        xh_option_env_name(&options[i], name);
        const char *value = getenv(name);
        if (xh_option_is_setting(&options[i]) && value != NULL && value[0] != '\0') {
            const struct xh_setting setting = {
                .name = xh_str_from(options[i].name),
                .value = xh_str_from(value),
                .where = xh_arena_text(arena, xh_str_from(name)),
            };
            goes_on = set(args, &setting, faults);
        }
    }
    return goes_on;
}

static void from_file(struct xh_app *app, struct xh_args *args, struct faults *faults)
{
    const char *path = xh_args_string(args, "config");
    struct parser p = {.arena = app->arena, .path = path};
    struct xh_buf text = {0};
    struct xh_err err = {0};

    if (path == NULL) {
        return;
    }
    if (xh_file_read(app->env, path, XH_CONF_BYTES_MAX, &text, &err) < 0) {
        (void)fault(faults, &err);
    } else {
        parse(&p, xh_buf_str(&text), faults);
    }
    bool goes_on = faults->code == 0 || faults->each != NULL;
    for (size_t i = 0; i < p.count && goes_on; i++) {
        goes_on = set(args, &p.settings[i], faults);
    }
    xh_buf_finish(&text);
}

static int apply(struct xh_app *app, const struct xh_command *command, struct xh_args *args,
                 struct faults *faults)
{
    if (from_env(args, command->options, command->option_count, app->arena, faults) &&
        from_env(args, xh_common_options, xh_common_option_count, app->arena, faults)) {
        from_file(app, args, faults);
    }
    return faults->code;
}

int xh_conf_apply(struct xh_app *app, const struct xh_command *command, struct xh_args *args,
                  struct xh_err *err)
{
    struct faults faults = {.first = err};
    return apply(app, command, args, &faults);
}

/* ---- telling ---- */

struct told {
    struct xh_app *app;
    int count;
};

static void print_fault(void *arg, const struct xh_err *err)
{
    struct told *told = arg;
    told->count++;
    xh_term_print(&told->app->note, "xanh: %s\n", err->text);
}

static void print_settings(struct xh_app *app, struct xh_table *table,
                           const struct xh_option *options, size_t count,
                           const struct xh_args *args)
{
    for (size_t i = 0; i < count; i++) {
        const char *name = options[i].name, *where = xh_args_where(args, name);
        bool is_flag = options[i].type == XH_ARG_FLAG;
        const char *text = is_flag ? where != NULL ? "yes" : "no" : xh_args_string(args, name);
        if (xh_option_is_setting(&options[i])) {
            xh_table_text(table, name);
            xh_table_text(table, text != NULL ? text : "");
            xh_table_text(table,
                          where != NULL ? where : xh_term_say(&app->out, "default", "mặc định"));
        }
    }
}

int xh_conf_print(struct xh_app *app, const struct xh_command *command, struct xh_args *args,
                  struct xh_err *err)
{
    const char *heads[] = {
        xh_term_say(&app->out, "setting", "cấu hình"),
        xh_term_say(&app->out, "value", "giá trị"),
        xh_term_say(&app->out, "said by", "do"),
    };
    struct told told = {.app = app};
    struct faults faults = {.each = print_fault, .arg = &told};
    struct xh_table table;

    int code = apply(app, command, args, &faults);
    if (code < 0) {
        return xh_err_set(err, code,
                          xh_term_say(&app->note, "%d faults in the settings",
                                      "%d lỗi trong cấu hình"),
                          told.count);
    }
    xh_table_init(&table, app->arena, heads, 3);
    print_settings(app, &table, command->options, command->option_count, args);
    print_settings(app, &table, xh_common_options, xh_common_option_count, args);
    xh_table_print(&table, &app->out);
    return 0;
}

static void print_examples(struct xh_app *app, const struct xh_option *options, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct xh_option *o = &options[i];
        if (xh_option_is_setting(o) && strcmp(o->name, "config") != 0) {
            const char *usual = o->usual != NULL ? o->usual : o->type == XH_ARG_FLAG ? "no" : "";
            xh_term_print(&app->out, "\n# %s\n#%s = %s\n", o->help_en, o->name, usual);
        }
    }
}

void xh_conf_print_example(struct xh_app *app, const struct xh_command *command)
{
    xh_term_print(&app->out,
                  "# Settings of `xanh %s`. A line without # counts; the command line and the\n"
                  "# environment (XANH_PORT and so on) go before it. `xanh %s --config FILE\n"
                  "# --check-config` tells what is in force.\n",
                  command->name, command->name);
    print_examples(app, command->options, command->option_count);
    print_examples(app, xh_common_options, xh_common_option_count);
}
