/* help_man.c: manual pages, in the macros of man(7), from the commands' tables. */
#include "app/conf.h"
#include "app/help.h"

#include <string.h>

static const char *say(const struct xh_app *app, const char *en, const char *vi)
{
    return xh_term_say(&app->out, en, vi);
}

/* Text as roff takes it: a hyphen that may be copied, no line that is a request. */
static void print_text(struct xh_app *app, struct xh_str text)
{
    bool is_line_start = true;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (is_line_start && (c == '.' || c == '\'')) {
            xh_term_print(&app->out, "\\&");
        }
        if (c == '\\') {
            xh_term_print(&app->out, "\\e");
        } else if (c == '-') {
            xh_term_print(&app->out, "\\-");
        } else {
            xh_term_print(&app->out, "%c", c);
        }
        is_line_start = c == '\n';
    }
}

static void print_line(struct xh_app *app, const char *text)
{
    print_text(app, xh_str_from(text));
    xh_term_print(&app->out, "\n");
}

static void print_head(struct xh_app *app, const char *name, const char *section)
{
    xh_term_print(&app->out, ".TH ");
    for (size_t i = 0; name[i] != '\0'; i++) {
        bool is_small = name[i] >= 'a' && name[i] <= 'z';
        const char c[2] = {is_small ? (char)(name[i] - 'a' + 'A') : name[i], '\0'};
        print_text(app, xh_str_from(c));
    }
    xh_term_print(&app->out, " %s \"\" \"xanh %s\" \"Xanh\"\n.SH %s\n", section, XH_VERSION,
                  say(app, "NAME", "TÊN"));
    print_text(app, xh_str_from(name));
    xh_term_print(&app->out, " \\- ");
}

static void print_heading(struct xh_app *app, const char *en, const char *vi)
{
    xh_term_print(&app->out, ".SH %s\n", say(app, en, vi));
}

static void print_options(struct xh_app *app, const struct xh_option *options, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        xh_term_print(&app->out, ".TP\n.B ");
        print_text(app, xh_help_option_text(app->arena, &options[i]));
        xh_term_print(&app->out, "\n");
        print_text(app,
                   xh_arena_format(app->arena, "%s%.*s",
                                   say(app, options[i].help_en, options[i].help_vi),
                                   XH_STR_ARG(xh_help_option_limits(app->arena, &options[i]))));
        xh_term_print(&app->out, "\n");
    }
}

static void print_examples(struct xh_app *app, const struct xh_command *command)
{
    if (command->examples == NULL) {
        return;
    }
    print_heading(app, "EXAMPLES", "VÍ DỤ");
    for (const struct xh_example *e = command->examples; e->line; e++) {
        xh_term_print(&app->out, ".PP\n");
        print_line(app, say(app, e->says_en, e->says_vi));
        xh_term_print(&app->out, ".PP\n.nf\n.RS\nxanh ");
        print_line(app, e->line);
        xh_term_print(&app->out, ".RE\n.fi\n");
    }
}

static void print_command(struct xh_app *app, const struct xh_command *command)
{
    const char *name = xh_arena_format(app->arena, "xanh-%s", command->name).ptr;
    print_head(app, name, "1");
    print_line(app, say(app, command->summary_en, command->summary_vi));
    print_heading(app, "SYNOPSIS", "CÚ PHÁP");
    xh_term_print(&app->out, ".B xanh %s\n", command->name);
    if (command->operands != NULL) {
        print_line(app, command->operands);
    }
    xh_term_print(&app->out, "%s\n", say(app, "[OPTIONS]", "[TÙY CHỌN]"));
    if (command->about_en != NULL) {
        print_heading(app, "DESCRIPTION", "MÔ TẢ");
        print_line(app, say(app, command->about_en, command->about_vi));
    }
    print_heading(app, "OPTIONS", "TÙY CHỌN");
    print_options(app, command->options, command->option_count);
    print_options(app, xh_common_options, xh_common_option_count);
    print_examples(app, command);
    print_heading(app, "SEE ALSO", "XEM THÊM");
    xh_term_print(&app->out, "%s\n",
                  command->has_settings ? ".BR xanh (1),\n.BR xanh.conf (5)" : ".BR xanh (1)");
}

static void print_program(struct xh_app *app)
{
    print_head(app, "xanh", "1");
    print_line(app, say(app, "the open engine for green consumption and sustainable production",
                        "hệ thống mở cho tiêu dùng xanh và sản xuất bền vững"));
    print_heading(app, "SYNOPSIS", "CÚ PHÁP");
    xh_term_print(&app->out, ".B xanh\n%s\n",
                  say(app, "COMMAND [OPERANDS] [OPTIONS]", "LỆNH [ĐỐI SỐ] [TÙY CHỌN]"));
    print_heading(app, "COMMANDS", "CÁC LỆNH");
    for (size_t i = 0; xh_commands[i] != NULL; i++) {
        xh_term_print(&app->out, ".TP\n.BR xanh\\-%s (1)\n", xh_commands[i]->name);
        print_line(app, say(app, xh_commands[i]->summary_en, xh_commands[i]->summary_vi));
    }
    print_heading(app, "OPTIONS", "TÙY CHỌN");
    print_options(app, xh_common_options, xh_common_option_count);
    print_heading(app, "EXIT STATUS", "MÃ KẾT THÚC");
    print_line(app, say(app,
                        "0 when it went well, else by the kind of error: 2 wrong input, 4 not "
                        "found, 5 not allowed, 6 conflict, 7 try again, 8 disk, 9 damaged data, 10 "
                        "a fault of the program.",
                        "0 nếu mọi việc tốt, nếu không thì theo loại lỗi: 2 đầu vào sai, 4 không "
                        "tìm thấy, 5 không được phép, 6 xung đột, 7 hãy thử lại, 8 đĩa, 9 dữ liệu "
                        "hỏng, 10 lỗi của chương trình."));
}

void xh_help_print_man(struct xh_app *app, const struct xh_command *command)
{
    if (command != NULL) {
        print_command(app, command);
    } else {
        print_program(app);
    }
}

static void print_settings(struct xh_app *app, const struct xh_option *options, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char name[XH_SETTING_NAME_BYTES];
        if (!xh_option_is_setting(&options[i])) {
            continue;
        }
        xh_option_env_name(&options[i], name);
        xh_term_print(&app->out, ".TP\n.B ");
        print_text(app, xh_arena_format(app->arena, "%s = %s", options[i].name,
                                        options[i].value_name ? options[i].value_name
                                                              : say(app, "yes|no", "yes|no")));
        xh_term_print(&app->out, "\n");
        print_text(app, xh_arena_format(app->arena, "%s%.*s. $%s",
                                        say(app, options[i].help_en, options[i].help_vi),
                                        XH_STR_ARG(xh_help_option_limits(app->arena, &options[i])),
                                        name));
        xh_term_print(&app->out, "\n");
    }
}

void xh_help_print_man_conf(struct xh_app *app, const struct xh_command *command)
{
    print_head(app, "xanh.conf", "5");
    print_line(app, say(app, "settings of Xanh", "cấu hình của Xanh"));
    print_heading(app, "DESCRIPTION", "MÔ TẢ");
    print_text(app,
               xh_str_from(
                   say(app,
                       "A line is `name = value`; blank lines and lines that begin with # are "
                       "passed over. The command line goes before the environment, and the "
                       "environment before the file. The file is the one that --config or "
                       "$XANH_CONFIG names; no other is read. --check-config tells what is in "
                       "force and who says so.\n",
                       "Mỗi dòng là `tên = giá trị`; dòng trống và dòng bắt đầu bằng # được bỏ "
                       "qua. Dòng lệnh đứng trước biến môi trường, biến môi trường đứng trước "
                       "tệp. Tệp là tệp mà --config hoặc $XANH_CONFIG chỉ ra; không đọc tệp nào "
                       "khác. --check-config cho biết đang đặt những gì và đặt ở đâu.\n")));
    print_heading(app, "SETTINGS", "CẤU HÌNH");
    print_settings(app, command->options, command->option_count);
    print_settings(app, xh_common_options, xh_common_option_count);
    print_heading(app, "SEE ALSO", "XEM THÊM");
    xh_term_print(&app->out, ".BR xanh\\-%s (1)\n", command->name);
}
