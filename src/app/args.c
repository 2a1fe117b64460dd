/* args.c: parse a command line by its command's table. */
#include "app/args.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"

enum { NAMES_MAX = 64, NAME_BYTES_MAX = 32 };

const struct xh_option xh_common_options[] = {
    {.name = "dir",
     .type = XH_ARG_TEXT,
     .value_name = "FOLDER",
     .help_en = "the data folder (default: $XANH_DIR, else xanh-data)",
     .help_vi = "thư mục dữ liệu (mặc định: $XANH_DIR, nếu không có thì xanh-data)"},
    {.name = "json",
     .type = XH_ARG_FLAG,
     .is_line_only = true,
     .help_en = "answer in JSON; errors too, on stderr",
     .help_vi = "trả lời bằng JSON; lỗi cũng vậy, ra stderr"},
    {.name = "lang",
     .type = XH_ARG_CHOICE,
     .value_name = "LANG",
     .choices = "en vi",
     .help_en = "language of the answer (default: vi when $LANG begins so, else en)",
     .help_vi = "ngôn ngữ trả lời (mặc định: vi nếu $LANG là vi, nếu không thì en)"},
    {.name = "color",
     .type = XH_ARG_CHOICE,
     .value_name = "WHEN",
     .choices = "auto always never",
     .usual = "auto",
     .help_en = "colours: auto means on a terminal only",
     .help_vi = "màu: auto nghĩa là chỉ khi ra màn hình"},
    {.name = "verbose",
     .type = XH_ARG_FLAG,
     .letter = 'v',
     .help_en = "tell what is being done, on stderr",
     .help_vi = "nói đang làm gì, ra stderr"},
    {.name = "help",
     .type = XH_ARG_FLAG,
     .is_line_only = true,
     .letter = 'h',
     .help_en = "explain the command",
     .help_vi = "giải thích lệnh"},
};
const size_t xh_common_option_count = sizeof xh_common_options / sizeof xh_common_options[0];

struct value {
    const struct xh_option *option;
    bool is_given, has_value;
    const char *where; /* of a setting; NULL: the line */
    struct xh_str text;
    int64_t integer; /* INT; DAY and MONTH: the day */
    struct xh_dec dec;
    struct xh_str *all;
    size_t all_count, all_capacity;
};

struct xh_args {
    const struct xh_command *command;
    struct xh_arena *arena;
    struct value *values;
    size_t value_count;
    struct xh_str *operands;
    size_t operand_count, operand_capacity;
};

/* ---- the nearest name ---- */

/* Levenshtein distance, with a swap of two neighbours counted as one (optimal string alignment). */
static size_t distance(struct xh_str a, struct xh_str b)
{
    size_t rows[3][NAME_BYTES_MAX + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2];

    if (a.len > NAME_BYTES_MAX || b.len > NAME_BYTES_MAX) {
        return SIZE_MAX;
    }
    for (size_t j = 0; j <= b.len; j++) {
        last[j] = before[j] = j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        now[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t best = last[j - 1] + (a.ptr[i - 1] != b.ptr[j - 1]);
            if (last[j] + 1 < best) {
                best = last[j] + 1;
            }
            if (now[j - 1] + 1 < best) {
                best = now[j - 1] + 1;
            }
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1] &&
                before[j - 2] + 1 < best) {
                best = before[j - 2] + 1;
            }
            now[j] = best;
        }
        size_t *free_row = before;
        before = last;
        last = now;
        now = free_row;
    }
    return last[b.len];
}

const char *xh_args_nearest(struct xh_str given, const char *const *names, size_t count)
{
    const char *nearest = NULL;
    size_t best = given.len / 3 + 2; /* further away is no help */

    for (size_t i = 0; i < count; i++) {
        struct xh_str name = xh_str_from(names[i]);
        size_t d = distance(given, name);
        if (given.len >= 3 && xh_str_starts(name, given)) {
            d = 1;
        }
        if (d < best) {
            best = d;
            nearest = names[i];
        }
    }
    return nearest;
}

/* ---- values ---- */

static int refuse(const struct xh_option *option, struct xh_str text, const char *limit,
                  struct xh_err *err)
{
    return xh_err_field(err, XH_E_INVALID, option->name, text, limit, option->unit,
                        "--%s '%.*s' is not %s", option->name, XH_STR_ARG(xh_str_sub(text, 0, 80)),
                        limit);
}

static int parse_int(struct value *v, struct xh_str text, struct xh_err *err)
{
    const struct xh_option *o = v->option;
    char limit[64], low[XH_NUM_TEXT_BYTES], high[XH_NUM_TEXT_BYTES];

    if (xh_int_parse(text, &v->integer) < 0) {
        return refuse(o, text, "a whole number", err);
    }
    if ((o->min != 0 || o->max != 0) && (v->integer < o->min || v->integer > o->max)) {
        struct xh_buf buf = {0};
        xh_int_print(o->min, low);
        xh_int_print(o->max, high);
        xh_buf_add_format(&buf, "from %s to %s", low, high);
        memcpy(limit, xh_buf_text(&buf), buf.len + 1);
        xh_buf_finish(&buf);
        return refuse(o, text, limit, err);
    }
    return 0;
}

static int parse_dec(struct value *v, struct xh_str text, struct xh_err *err)
{
    struct xh_str number = text, unit = xh_str_from(v->option->unit);

    if (unit.len > 0 && xh_str_ends(number, unit)) {
        number = xh_str_trim(xh_str_sub(number, 0, number.len - unit.len));
    }
    if (xh_dec_parse(number, &v->dec, NULL) < 0) {
        return refuse(v->option, text, "a number like 12.5", err);
    }
    return 0;
}

static int parse_day(struct value *v, struct xh_str text, struct xh_err *err)
{
    int32_t day;

    if (xh_day_parse(text, &day, NULL) < 0) {
        return refuse(v->option, text, "a day like 2025-06-15", err);
    }
    v->integer = day;
    return 0;
}

static int parse_month(struct value *v, struct xh_str text, struct xh_err *err)
{
    char full[XH_TIME_TEXT_BYTES];
    int32_t day = 0;

    if (text.len != 7) {
        return refuse(v->option, text, "a month like 2025-06", err);
    }
    memcpy(full, text.ptr, 7);
    memcpy(full + 7, "-01", 4);
    if (xh_day_parse(xh_str_from(full), &day, NULL) < 0) {
        return refuse(v->option, text, "a month like 2025-06", err);
    }
    v->integer = day;
    return 0;
}

static bool is_clock(struct xh_str text)
{
    int64_t hour, minute;
    return text.len == 5 && text.ptr[2] == ':' &&
           xh_int_parse(xh_str_sub(text, 0, 2), &hour) == 0 &&
           xh_int_parse(xh_str_sub(text, 3, 2), &minute) == 0 && hour >= 0 && minute >= 0 &&
           minute < 60 && hour * 60 + minute <= 1440;
}

static int parse_shift(struct value *v, struct xh_str text, struct xh_err *err)
{
    if (text.len != 11 || text.ptr[5] != '-' || !is_clock(xh_str_sub(text, 0, 5)) ||
        !is_clock(xh_str_sub(text, 6, 5))) {
        return refuse(v->option, text, "a shift like 08:00-17:00", err);
    }
    return 0;
}

static int parse_choice(struct value *v, struct xh_str text, struct xh_err *err)
{
    struct xh_str rest = xh_str_from(v->option->choices), word;
    char limit[64];
    size_t len = rest.len < sizeof limit - 8 ? rest.len : sizeof limit - 8;

    while (xh_str_split(&rest, ' ', &word)) {
        if (xh_str_equal(word, text)) {
            return 0;
        }
    }
    memcpy(limit, "one of ", 7);
    memcpy(limit + 7, v->option->choices, len);
    limit[7 + len] = '\0';
    return refuse(v->option, text, limit, err);
}

static int value_set(struct xh_arena *arena, struct value *v, struct xh_str text,
                     struct xh_err *err)
{
    int code = 0;

    switch (v->option->type) {
    case XH_ARG_FLAG:
    case XH_ARG_TEXT:
        break;
    case XH_ARG_INT:
        code = parse_int(v, text, err);
        break;
    case XH_ARG_DEC:
        code = parse_dec(v, text, err);
        break;
    case XH_ARG_DAY:
        code = parse_day(v, text, err);
        break;
    case XH_ARG_MONTH:
        code = parse_month(v, text, err);
        break;
    case XH_ARG_SHIFT:
        code = parse_shift(v, text, err);
        break;
    case XH_ARG_CHOICE:
        code = parse_choice(v, text, err);
        break;
    }
    if (code < 0) {
        return code;
    }
    v->text = text;
    v->has_value = true;
    if (v->option->is_repeated) {
        v->all = xh_arena_grow(arena, v->all, &v->all_capacity, v->all_count + 1, sizeof *v->all);
        v->all[v->all_count++] = text;
    }
    return 0;
}

/* ---- the line ---- */

static struct value *find(const struct xh_args *args, struct xh_str name)
{
    for (size_t i = 0; i < args->value_count; i++) {
        if (xh_str_is(name, args->values[i].option->name)) {
            return &args->values[i];
        }
    }
    return NULL;
}

static struct value *find_letter(const struct xh_args *args, struct xh_str letter)
{
    for (size_t i = 0; i < args->value_count; i++) {
        if (letter.len == 1 && args->values[i].option->letter == letter.ptr[0]) {
            return &args->values[i];
        }
    }
    return NULL;
}

static int unknown(const struct xh_args *args, struct xh_str given, struct xh_err *err)
{
    const char *names[NAMES_MAX], *nearest;
    size_t count = 0, dashes = 0;

    while (dashes < given.len && given.ptr[dashes] == '-') {
        dashes++;
    }
    for (; count < args->value_count && count < NAMES_MAX; count++) {
        names[count] = args->values[count].option->name;
    }
    nearest = xh_args_nearest(xh_str_sub(given, dashes, given.len), names, count);
    return xh_err_field(err, XH_E_INVALID, "option", given, NULL, NULL,
                        "xanh %s has no option '%.*s'%s%s%s", args->command->name,
                        XH_STR_ARG(xh_str_sub(given, 0, 60)), nearest ? "; did you mean '--" : "",
                        nearest ? nearest : "", nearest ? "'?" : "");
}

struct line {
    int count, at;
    char *const *argv;
};

static int parse_option(struct xh_args *args, struct line *line, struct xh_str given,
                        struct xh_err *err)
{
    bool is_long = xh_str_starts(given, XH_STR("--"));
    struct xh_str name = xh_str_sub(given, is_long ? 2 : 1, given.len), text = {NULL, 0};
    ptrdiff_t equal = is_long ? xh_str_find_char(name, '=') : -1;

    if (equal >= 0) {
        text = xh_str_sub(name, (size_t)equal + 1, name.len);
        name = xh_str_sub(name, 0, (size_t)equal);
    }
    struct value *v = is_long ? find(args, name) : find_letter(args, name);
    if (!v) {
        return unknown(args, equal >= 0 ? xh_str_sub(given, 0, (size_t)equal + 2) : given, err);
    }
    if (v->is_given && !v->option->is_repeated && v->option->type != XH_ARG_FLAG) {
        return xh_err_field(err, XH_E_INVALID, v->option->name, text, "once", NULL,
                            "--%s is given twice", v->option->name);
    }
    if (v->option->type == XH_ARG_FLAG && equal >= 0) {
        return xh_err_field(err, XH_E_INVALID, v->option->name, text, "no value", NULL,
                            "--%s takes no value", v->option->name);
    }
    if (v->option->type != XH_ARG_FLAG && equal < 0) {
        if (line->at >= line->count) {
            return xh_err_field(err, XH_E_INVALID, v->option->name, text, v->option->value_name,
                                v->option->unit, "--%s needs a value: %s", v->option->name,
                                v->option->value_name);
        }
        text = xh_str_from(line->argv[line->at++]);
    }
    v->is_given = true;
    return value_set(args->arena, v, text, err);
}

static void add_operand(struct xh_args *args, struct xh_str text)
{
    args->operands = xh_arena_grow(args->arena, args->operands, &args->operand_capacity,
                                   args->operand_count + 1, sizeof *args->operands);
    args->operands[args->operand_count++] = text;
}

static int parse_line(struct xh_args *args, struct line *line, struct xh_err *err)
{
    bool is_over = false; /* "--" came */
    int code = 0;

    while (line->at < line->count && code == 0) {
        struct xh_str word = xh_str_from(line->argv[line->at++]);
        if (!is_over && xh_str_is(word, "--")) {
            is_over = true;
        } else if (!is_over && word.len > 1 && word.ptr[0] == '-') {
            code = parse_option(args, line, word, err);
        } else {
            add_operand(args, word);
        }
    }
    return code;
}

/* A default or what is required; a default that does not parse is a fault of the table. */
static int complete(struct xh_args *args, struct xh_err *err)
{
    for (size_t i = 0; i < args->value_count; i++) {
        struct value *v = &args->values[i];
        if (!v->is_given && v->option->usual) {
            xh_assert(value_set(args->arena, v, xh_str_from(v->option->usual), NULL) == 0);
        }
        if (!v->is_given && v->option->is_required) {
            return xh_err_field(err, XH_E_INVALID, v->option->name, xh_str_from(NULL),
                                v->option->value_name, v->option->unit, "--%s is missing: %s",
                                v->option->name, v->option->help_en);
        }
    }
    if (args->operand_count < args->command->operand_min) {
        return xh_err_field(err, XH_E_INVALID, "operand", xh_str_from(NULL),
                            args->command->operands, NULL, "xanh %s needs: %s", args->command->name,
                            args->command->operands);
    }
    if (args->operand_count > args->command->operand_max) {
        struct xh_str first = args->operands[args->command->operand_max];
        return xh_err_field(err, XH_E_INVALID, "operand", first, args->command->operands, NULL,
                            "xanh %s does not know what to do with '%.*s'", args->command->name,
                            XH_STR_ARG(xh_str_sub(first, 0, 80)));
    }
    return 0;
}

int xh_args_parse(const struct xh_command *command, int count, char *const *argv,
                  struct xh_arena *arena, struct xh_args **ret, struct xh_err *err)
{
    struct xh_args *args = XH_NEW(arena, struct xh_args);
    struct line line = {count, 0, argv};

    args->command = command;
    args->arena = arena;
    args->value_count = command->option_count + xh_common_option_count;
    args->values = XH_NEW_ARRAY(arena, struct value, args->value_count);
    for (size_t i = 0; i < command->option_count; i++) {
        args->values[i].option = &command->options[i];
    }
    for (size_t i = 0; i < xh_common_option_count; i++) {
        args->values[command->option_count + i].option = &xh_common_options[i];
    }
    int code = parse_line(args, &line, err);
    if (code == 0 && !xh_args_flag(args, "help")) {
        code = complete(args, err);
    }
    if (code < 0) {
        return code;
    }
    *ret = args;
    return 0;
}

/* ---- settings ---- */

bool xh_option_is_setting(const struct xh_option *option)
{
    return !option->is_line_only;
}

void xh_option_env_name(const struct xh_option *option, char ret[XH_SETTING_NAME_BYTES])
{
    static const char prefix[] = "XANH_";
    size_t len = sizeof prefix - 1, i = 0;

    memcpy(ret, prefix, len);
    for (; option->name[i] != '\0'; i++) {
        char c = option->name[i];
        xh_assert(len + i + 1 < XH_SETTING_NAME_BYTES);
        ret[len + i] = c == '-' ? '_' : c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    ret[len + i] = '\0';
}

static int unknown_setting(const struct xh_args *args, const struct xh_setting *setting,
                           struct xh_err *err)
{
    const char *names[NAMES_MAX], *nearest;
    size_t count = 0;

    for (size_t i = 0; i < args->value_count && count < NAMES_MAX; i++) {
        if (xh_option_is_setting(args->values[i].option)) {
            names[count++] = args->values[i].option->name;
        }
    }
    nearest = xh_args_nearest(setting->name, names, count);
    return xh_err_field(err, XH_E_INVALID, "setting", setting->name, NULL, NULL,
                        "%s: there is no setting '%.*s'%s%s%s", setting->where,
                        XH_STR_ARG(xh_str_sub(setting->name, 0, 60)),
                        nearest ? "; did you mean '" : "", nearest ? nearest : "",
                        nearest ? "'?" : "");
}

static void tell_where(const struct xh_setting *setting, struct xh_err *err)
{
    char text[sizeof err->text];
    if (err != NULL) {
        memcpy(text, err->text, sizeof text);
        (void)snprintf(err->text, sizeof err->text, "%s: %.*s", setting->where,
                       (int)(sizeof text - strlen(setting->where) - 3), text);
    }
}

/* A flag that is a setting is said in a word. */
static int flag_set(struct value *v, const struct xh_setting *setting, bool *ret_is_on,
                    struct xh_err *err)
{
    static const char *const words[] = {"no", "yes", "off", "on", "false", "true", "0", "1"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (xh_str_is(setting->value, words[i])) {
            *ret_is_on = i % 2 == 1;
            return 0;
        }
    }
    return refuse(v->option, setting->value, "yes or no", err);
}

int xh_args_set(struct xh_args *args, const struct xh_setting *setting, struct xh_err *err)
{
    struct value *v = find(args, setting->name);
    if (v == NULL || !xh_option_is_setting(v->option)) {
        return unknown_setting(args, setting, err);
    }
    struct value read = {.option = v->option};
    bool is_on = true;
    int code = v->option->type == XH_ARG_FLAG ? flag_set(&read, setting, &is_on, err)
                                              : value_set(args->arena, &read, setting->value, err);
    if (code < 0) {
        tell_where(setting, err);
        return code;
    }
    if (!v->is_given && is_on) {
        read.is_given = true;
        read.where = setting->where;
        *v = read;
    }
    return 0;
}

/* ---- asking ---- */

static const struct value *get(const struct xh_args *args, const char *name)
{
    const struct value *v = find(args, xh_str_from(name));
    xh_assert(v != NULL);
    return v;
}

bool xh_args_has(const struct xh_args *args, const char *name)
{
    return get(args, name)->is_given;
}

const char *xh_args_where(const struct xh_args *args, const char *name)
{
    const struct value *v = get(args, name);
    return !v->is_given ? NULL : v->where != NULL ? v->where : "command line";
}

bool xh_args_flag(const struct xh_args *args, const char *name)
{
    return get(args, name)->is_given;
}

struct xh_str xh_args_text(const struct xh_args *args, const char *name)
{
    return get(args, name)->text;
}

const char *xh_args_string(const struct xh_args *args, const char *name)
{
    const struct value *v = get(args, name);
    return v->has_value ? v->text.ptr : NULL; /* argv and defaults end with a NUL */
}

int64_t xh_args_int(const struct xh_args *args, const char *name)
{
    return get(args, name)->integer;
}

struct xh_dec xh_args_dec(const struct xh_args *args, const char *name)
{
    return get(args, name)->dec;
}

int32_t xh_args_day(const struct xh_args *args, const char *name)
{
    return (int32_t)get(args, name)->integer;
}

void xh_args_shift(const struct xh_args *args, const char *name, struct xh_str *ret_from,
                   struct xh_str *ret_to)
{
    struct xh_str text = get(args, name)->text;
    *ret_from = xh_str_sub(text, 0, 5);
    *ret_to = xh_str_sub(text, 6, 5);
}

const struct xh_str *xh_args_all(const struct xh_args *args, const char *name, size_t *ret_count)
{
    const struct value *v = get(args, name);
    *ret_count = v->all_count;
    return v->all;
}

size_t xh_args_operand_count(const struct xh_args *args)
{
    return args->operand_count;
}

struct xh_str xh_args_operand(const struct xh_args *args, size_t index)
{
    return index < args->operand_count ? args->operands[index] : xh_str_from(NULL);
}
