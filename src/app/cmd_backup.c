/* cmd_backup.c: xanh backup: a copy of the data folder while everything goes on. */
#include "app/app.h"
#include "app/copy.h"

static void print_made(struct xh_app *app, const struct xh_tree *made)
{
    struct xh_str series = xh_term_number(&app->out, xh_tree_text(made, "series"), app->arena);
    struct xh_str readings = xh_term_number(&app->out, xh_tree_text(made, "readings"), app->arena);

    xh_term_print(&app->out,
                  xh_term_say(&app->out, "'%.*s' holds %.*s series with %.*s readings\n",
                              "'%.*s' có %.*s chuỗi với %.*s số đo\n"),
                  XH_STR_ARG(xh_tree_text(made, "to")), XH_STR_ARG(series), XH_STR_ARG(readings));
}

static int run_backup(struct xh_app *app, const struct xh_args *args, struct xh_err *err)
{
    const struct xh_tree *made = NULL;
    struct xh_door *door = NULL;
    struct xh_str to = {NULL, 0}, body = {NULL, 0};
    int code = xh_copy_path(app, xh_args_operand(args, 0), &to, err);

    if (code == 0) {
        code = xh_door_open(app, false, &door, err);
    }
    if (code < 0) {
        return code;
    }
    code = xh_copy_make(app, door, app->dir, to, &body, err);
    code = code < 0 ? code : xh_door_answer(app, body, &made, err);
    if (code == 0 && made != NULL) {
        print_made(app, made);
    }
    xh_door_close(door);
    return code;
}

static const struct xh_example examples[] = {
    {"backup /backups/xanh-2026-11-21", "a copy that opens with --dir",
     "một bản sao mở được bằng --dir"},
    {NULL, NULL, NULL},
};
const struct xh_command xh_command_backup = {
    .name = "backup",
    .summary_en = "copy the data folder while everything goes on",
    .summary_vi = "sao chép thư mục dữ liệu trong khi mọi việc vẫn chạy",
    .about_en =
        "The copy is written under another name and renamed when it is whole: a folder with\n"
        "the name that you gave is complete. It opens like any data folder.",
    .about_vi = "Bản sao được ghi dưới tên khác và đổi tên khi đã trọn vẹn: thư mục mang tên bạn\n"
                "đặt luôn đầy đủ. Nó mở được như mọi thư mục dữ liệu.",
    .operands = "FOLDER",
    .operand_min = 1,
    .operand_max = 1,
    .examples = examples,
    .run = run_backup,
};
