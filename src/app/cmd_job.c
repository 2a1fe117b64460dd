/* cmd_job.c: xanh job: what runs by itself, how it went; or one of them now. */
#include "app/app.h"
#include "app/door.h"
#include "kernel/shape.h"

static int list_jobs(struct xh_app *app, struct xh_door *door, struct xh_err *err)
{
    const struct xh_tree *answer = NULL, *items;
    struct xh_table table;
    struct xh_str body = {NULL, 0};
    const char *heads[] = {xh_term_say(&app->out, "job", "việc"),
                           xh_term_say(&app->out, ">runs", ">số lần"),
                           xh_term_say(&app->out, ">failures", ">lần lỗi"),
                           xh_term_say(&app->out, "last error", "lỗi gần nhất")};
    int code = xh_door_get(door, "/api/v1/jobs", &body, err);

    code = code < 0 ? code : xh_door_answer(app, body, &answer, err);
    if (code < 0 || answer == NULL) {
        return code;
    }
    xh_table_init(&table, app->arena, heads, XH_COUNT(heads));
    items = xh_tree_get(answer, "items");
    for (const struct xh_tree *job = items ? items->first : NULL; job; job = job->next) {
        xh_table_cell(&table, xh_tree_text(job, "name"), XH_GREEN);
        xh_table_cell(&table, xh_tree_text(job, "runs"), XH_PLAIN);
        xh_table_cell(&table, xh_tree_text(job, "failures"), XH_PLAIN);
        xh_table_cell(&table, xh_tree_text(job, "last_error"), XH_RED);
    }
    xh_table_print(&table, &app->out);
    return 0;
}

static int run_now(struct xh_app *app, struct xh_door *door, struct xh_str name, struct xh_err *err)
{
    struct xh_str target = xh_arena_format(app->arena, "/api/v1/jobs/%.*s/run", XH_STR_ARG(name));
    struct xh_str body = {NULL, 0};
    int code = xh_door_send(door, "POST", target.ptr, XH_STR("{}"), NULL, &body, err);

    if (code < 0) {
        return code;
    }
    if (app->is_json) {
        xh_term_print(&app->out, "%.*s\n", XH_STR_ARG(xh_str_trim(body)));
    } else {
        xh_term_print(&app->out, xh_term_say(&app->out, "%.*s is done\n", "%.*s đã xong\n"),
                      XH_STR_ARG(name));
    }
    return 0;
}

static int run_job(struct xh_app *app, const struct xh_args *args, struct xh_err *err)
{
    struct xh_door *door = NULL;
    struct xh_str name = xh_args_operand(args, 0);
    int code = xh_door_open(app, false, &door, err);

    if (code < 0) {
        return code;
    }
    code = name.len > 0 ? run_now(app, door, name, err) : list_jobs(app, door, err);
    xh_door_close(door);
    return code;
}

static const struct xh_example examples[] = {
    {"job", "all jobs and how they went", "mọi việc và kết quả"},
    {NULL, NULL, NULL},
};
const struct xh_command xh_command_job = {
    .name = "job",
    .summary_en = "list the work that runs by itself, or run one now",
    .summary_vi = "liệt kê các việc tự chạy, hoặc chạy ngay một việc",
    .operands = "[NAME]",
    .operand_max = 1,
    .examples = examples,
    .run = run_job,
};
