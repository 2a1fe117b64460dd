/* cmd_backup.c: xanh backup: a copy of the data folder while everything goes on. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/app.h"
#include "app/door.h"

/* The owner of the folder may run elsewhere: it is told the whole path. */
static int absolute(struct xh_app *app, struct xh_str to, struct xh_str *ret, struct xh_err *err)
{
    if (to.len > 0 && to.ptr[0] == '/') {
        *ret = to;
        return 0;
    }
    char *here = getcwd(NULL, 0);
    if (!here) {
        return xh_err_errno(err, errno, "name", "the current folder");
    }
    *ret = xh_arena_format(app->arena, "%s/%.*s", here, XH_STR_ARG(to));
    free(here);
    return 0;
}

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
    struct xh_buf json = {0};
    struct xh_json_writer w;
    int code = absolute(app, xh_args_operand(args, 0), &to, err);

    if (code == 0) {
        code = xh_door_open(app, false, &door, err);
    }
    if (code < 0) {
        return code;
    }
    if (app->note.is_tty && !app->is_json) {
        xh_term_print(&app->note, xh_term_say(&app->note, "copying readings, then records ...\n",
                                              "đang sao chép số đo, rồi hồ sơ ...\n"));
        (void)xh_term_flush(&app->note, NULL);
    }
    xh_json_writer_init(&w, &json, false);
    xh_json_object(&w);
    xh_json_name(&w, "to");
    xh_json_str(&w, to);
    xh_json_object_end(&w);
    code = xh_door_send(door, "POST", "/api/v1/backup", xh_buf_str(&json), NULL, &body, err);
    if (code == 0 && app->is_json) {
        xh_term_print(&app->out, "%.*s\n", XH_STR_ARG(xh_str_trim(body)));
    } else if (code == 0 && (code = xh_tree_parse(app->arena, body, &made, err)) == 0) {
        print_made(app, made);
    }
    xh_buf_finish(&json);
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
