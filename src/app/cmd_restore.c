/* cmd_restore.c: xanh restore: a new data folder out of a copy, after the copy was verified. */
#include <unistd.h>

#include "app/app.h"
#include "app/copy.h"

/* A question to a folder that is none would make one. */
static int check_is_folder(struct xh_app *app, const char *from, struct xh_err *err)
{
    struct xh_str records = xh_arena_format(app->arena, "%s/records.db", from);

    if (access(records.ptr, F_OK) == 0) {
        return 0;
    }
    return xh_err_field(err, XH_E_NOT_FOUND, "backup", xh_str_from(from),
                        "a folder made by xanh backup", NULL, "'%s' is no copy of a data folder",
                        from);
}

static int check_is_new(const char *to, struct xh_err *err)
{
    if (access(to, F_OK) != 0) {
        return 0;
    }
    return xh_err_field(err, XH_E_CONFLICT, "dir", xh_str_from(to), "a new name", NULL,
                        "'%s' is there already; restore writes over nothing: name another folder "
                        "with --dir, or move this one away",
                        to);
}

static int verify(struct xh_app *app, struct xh_door *door, const char *from, struct xh_err *err)
{
    const struct xh_tree *answer = NULL;
    struct xh_str body = {NULL, 0};
    int code = xh_door_send(door, "POST", "/api/v1/check", XH_STR("{}"), NULL, &body, err);

    code = code < 0 ? code : xh_tree_parse(app->arena, body, &answer, err);
    if (code < 0 || xh_tree_int(answer, "count") == 0) {
        return code;
    }
    const struct xh_tree *faults = xh_tree_get(answer, "faults");
    return xh_err_set(err, XH_E_CORRUPT,
                      "'%s' is damaged, nothing was restored: %lld faults, the first: %.*s", from,
                      (long long)xh_tree_int(answer, "count"),
                      XH_STR_ARG(faults && faults->first ? faults->first->text
                                                         : xh_str_from("not told")));
}

static int restore(struct xh_app *app, struct xh_door *door, const char *from, struct xh_str to,
                   struct xh_err *err)
{
    const struct xh_tree *made = NULL;
    struct xh_str body = {NULL, 0};
    int code = verify(app, door, from, err);

    code = code < 0 ? code : xh_copy_make(app, door, from, to, &body, err);
    code = code < 0 ? code : xh_door_answer(app, body, &made, err);
    if (code == 0 && made != NULL) {
        struct xh_str series = xh_term_number(&app->out, xh_tree_text(made, "series"), app->arena);
        struct xh_str readings = xh_term_number(&app->out, xh_tree_text(made, "readings"),
                                                app->arena);
        xh_term_print(
            &app->out,
            xh_term_say(&app->out,
                        "'%s' is whole; '%.*s' holds its %.*s series with %.*s readings\n",
                        "'%s' trọn vẹn; '%.*s' có %.*s chuỗi với %.*s số đo của nó\n"),
            from, XH_STR_ARG(to), XH_STR_ARG(series), XH_STR_ARG(readings));
    }
    return code;
}

static int run_restore(struct xh_app *app, const struct xh_args *args, struct xh_err *err)
{
    const char *from = xh_arena_text(app->arena, xh_args_operand(args, 0)), *dir = app->dir;
    struct xh_door *door = NULL;
    struct xh_str to = {NULL, 0};
    int code = check_is_new(dir, err);

    code = code < 0 ? code : check_is_folder(app, from, err);
    code = code < 0 ? code : xh_copy_path(app, xh_str_from(dir), &to, err);
    if (code == 0) {
        app->dir = from; /* the door is the copy's */
        code = xh_door_open(app, false, &door, err);
    }
    code = code < 0 ? code : restore(app, door, from, to, err);
    xh_door_close(door);
    app->dir = dir;
    return code;
}

static const struct xh_example examples[] = {
    {"restore /backups/xanh-2026-11-21 --dir xanh-data", "a new data folder out of a copy",
     "một thư mục dữ liệu mới từ bản sao"},
    {NULL, NULL, NULL},
};
const struct xh_command xh_command_restore = {
    .name = "restore",
    .summary_en = "verify a backup and copy it into a new data folder",
    .summary_vi = "kiểm tra một bản sao rồi chép thành thư mục dữ liệu mới",
    .about_en =
        "The folder that --dir names must not be there: nothing is written over. It appears when\n"
        "it is whole. The backup stays as it is.",
    .about_vi = "Thư mục mà --dir nêu phải chưa có: không ghi đè gì. Nó chỉ xuất hiện khi đã trọn\n"
                "vẹn. Bản sao vẫn giữ nguyên.",
    .operands = "BACKUP",
    .operand_min = 1,
    .operand_max = 1,
    .examples = examples,
    .run = run_restore,
};
