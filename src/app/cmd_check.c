/* cmd_check.c: xanh check: verify a data folder. */
#include "app/app.h"
#include "app/door.h"

static void print_faults(struct xh_app *app, const struct xh_tree *answer)
{
    const struct xh_tree *faults = xh_tree_get(answer, "faults");

    for (const struct xh_tree *fault = faults ? faults->first : NULL; fault; fault = fault->next) {
        xh_term_print(&app->out, "%.*s\n", XH_STR_ARG(fault->text));
    }
    if (xh_tree_int(answer, "count") == 0) {
        xh_term_print(&app->out, "%s\n", xh_term_say(&app->out, "no fault found", "không có lỗi"));
    }
}

static int run_check(struct xh_app *app, const struct xh_args *args, struct xh_err *err)
{
    const struct xh_tree *answer = NULL;
    struct xh_door *door = NULL;
    struct xh_str body = {NULL, 0};
    int code = xh_door_open(app, false, &door, err);
    (void)args;

    if (code < 0) {
        return code;
    }
    code = xh_door_send(door, "POST", "/api/v1/check", XH_STR("{}"), NULL, &body, err);
    if (code == 0) {
        code = xh_tree_parse(app->arena, body, &answer, err);
    }
    if (code == 0 && app->is_json) {
        xh_term_print(&app->out, "%.*s\n", XH_STR_ARG(xh_str_trim(body)));
    } else if (code == 0) {
        print_faults(app, answer);
    }
    if (code == 0 && xh_tree_int(answer, "count") > 0) {
        code = xh_term_flush(&app->out, err);
        code = code < 0 ? code
                        : xh_err_set(err, XH_E_CORRUPT, "%lld faults found in '%s'",
                                     (long long)xh_tree_int(answer, "count"), app->dir);
    }
    xh_door_close(door);
    return code;
}

static const struct xh_example examples[] = {
    {"check --dir /backups/xanh-2026-11-21", "is a copy whole?", "bản sao có trọn vẹn không?"},
    {NULL, NULL, NULL},
};
const struct xh_command xh_command_check = {
    .name = "check",
    .summary_en = "verify readings and records, and that they belong together",
    .summary_vi = "kiểm tra số đo và hồ sơ, và sự khớp nhau giữa chúng",
    .about_en = "Ends with status 9 when something is damaged; each fault is a line.",
    .about_vi = "Kết thúc với mã 9 nếu có hư hỏng; mỗi lỗi một dòng.",
    .examples = examples,
    .run = run_check,
};
