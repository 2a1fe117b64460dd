/* bill_run.c: xanh bill run: a park's period divided among its accounts, and its bills issued; and
 * xanh bill pdf: a bill as a page to print. */
#include "app/bill.h"
#include "app/client.h"
#include "app/door.h"
#include "base/json_member.h"
#include "kernel/say.h"
#include "kernel/shape.h"

static const char *say(const struct xh_app *app, const char *en, const char *vi)
{
    return xh_term_say(&app->out, en, vi);
}

/* ---- the run, told ---- */

static struct xh_str amount(struct xh_app *app, const struct xh_tree *of, const char *name)
{
    return xh_tree_is_null(of, name)
               ? xh_str_from(NULL)
               : xh_term_number(&app->out, xh_tree_text(of, name), app->arena);
}

static struct xh_str money(struct xh_app *app, const struct xh_tree *run, const struct xh_tree *of)
{
    struct xh_buf buf = {0};
    struct xh_dec total;

    if (xh_tree_is_null(of, "total") || xh_dec_parse(xh_tree_text(of, "total"), &total, NULL) < 0) {
        return xh_str_from(NULL);
    }
    xh_say_price(&buf, total, xh_tree_text(run, "currency"), xh_term_lang(&app->out));
    struct xh_str text = xh_arena_str(app->arena, xh_buf_str(&buf));
    xh_buf_finish(&buf);
    return text;
}

static struct xh_str remark(struct xh_app *app, const struct xh_tree *line)
{
    struct xh_str problem = xh_tree_text(line, say(app, "problem_en", "problem_vi"));

    if (problem.len > 0) {
        return problem;
    }
    if (xh_tree_is_true(line, "is_incomplete")) {
        return xh_arena_format(app->arena,
                               say(app, "%.*s days are not complete", "thiếu số đo %.*s ngày"),
                               XH_STR_ARG(xh_tree_text(line, "missing_days")));
    }
    if (xh_tree_is_true(line, "is_unusual")) {
        return xh_str_from(say(app, "changed much", "khác thường"));
    }
    return xh_tree_text(line, "number");
}

static void print_lines(struct xh_app *app, const struct xh_tree *run)
{
    const struct xh_tree *lines = xh_tree_get(run, "lines");
    struct xh_table table;
    const char *heads[] = {say(app, "account", "tài khoản"), say(app, "role", "vai trò"),
                           say(app, ">measured", ">đo được"), say(app, ">billed", ">tính tiền"),
                           say(app, ">total", ">tổng cộng"), ""};

    xh_table_init(&table, app->arena, heads, XH_COUNT(heads));
    for (const struct xh_tree *line = lines ? lines->first : NULL; line; line = line->next) {
        bool is_wrong = !xh_tree_is_null(line, "problem_en") ||
                        xh_tree_is_true(line, "is_incomplete");
        xh_table_cell(&table, xh_tree_text(line, "name"), XH_GREEN);
        xh_table_cell(&table, xh_tree_text(line, "role"), XH_FAINT);
        xh_table_cell(&table, amount(app, line, "measured"), XH_PLAIN);
        xh_table_cell(&table, amount(app, line, "billed"), XH_PLAIN);
        xh_table_cell(&table, money(app, run, line), XH_PLAIN);
        xh_table_cell(&table, remark(app, line), is_wrong ? XH_RED : XH_FAINT);
    }
    xh_table_print(&table, &app->out);
}

static void print_run(struct xh_app *app, const struct xh_tree *run)
{
    xh_term_colour(&app->out, XH_BOLD);
    xh_term_print(&app->out, "%.*s", XH_STR_ARG(xh_tree_text(run, "code")));
    xh_term_colour(&app->out, XH_PLAIN);
    xh_term_print(&app->out, "  %.*s\n\n", XH_STR_ARG(xh_tree_text(run, "state")));
    print_lines(app, run);
    xh_term_print(&app->out, "\n%.*s\n",
                  XH_STR_ARG(xh_tree_text(run, say(app, "sentence_en", "sentence_vi"))));
    xh_term_print(&app->out, say(app, "%.*s bills, %.*s\n", "%.*s hoá đơn, %.*s\n"),
                  XH_STR_ARG(xh_tree_text(run, "bill_count")), XH_STR_ARG(money(app, run, run)));
}

/* ---- asked ---- */

static int post(struct xh_door *door, struct xh_app *app, const char *target,
                const struct xh_ask_pair *pairs, size_t count, struct xh_str *ret_body,
                struct xh_err *err)
{
    struct xh_buf json = {0};
    struct xh_json_writer w;
    struct xh_str body = {NULL, 0};

    xh_json_writer_init(&w, &json, false);
    xh_json_object(&w);
    for (size_t i = 0; i < count; i++) {
        xh_json_member_str_if_any(&w, pairs[i].name, pairs[i].text);
    }
    xh_json_object_end(&w);
    int code = xh_door_send(door, "POST", target, xh_buf_str(&json), NULL, &body, err);
    xh_buf_finish(&json);
    if (code >= 0) {
        *ret_body = xh_arena_str(app->arena, body);
    }
    return code;
}

static int issue(struct xh_door *door, struct xh_app *app, const struct xh_args *args,
                 struct xh_str *body, struct xh_err *err)
{
    const struct xh_tree *run = NULL;
    const struct xh_ask_pair pairs[] = {{"reason", xh_args_text(args, "reason")}};
    int code = xh_tree_parse(app->arena, *body, &run, err);

    if (code < 0) {
        return code;
    }
    struct xh_str target = xh_arena_format(app->arena, "/api/v1/billing/runs/%.*s/issue",
                                           XH_STR_ARG(xh_tree_text(run, "id")));
    return post(door, app, target.ptr, pairs, XH_COUNT(pairs), body, err);
}

int xh_bill_run(struct xh_app *app, const struct xh_args *args, struct xh_err *err)
{
    struct xh_door *door = NULL;
    struct xh_str body = {NULL, 0};
    const struct xh_tree *run = NULL;
    const struct xh_ask_pair pairs[] = {
        {"place", xh_args_text(args, "place")},
        {"month", xh_args_text(args, "month")},
        {"period_from", xh_args_text(args, "from")},
        {"period_to", xh_args_text(args, "to")},
        {"allocate", xh_args_text(args, "allocate")},
    };

    if (!xh_args_has(args, "place")) {
        return xh_err_field(err, XH_E_INVALID, "place", xh_str_from(NULL), "a place's code", NULL,
                            "name the park: --place CODE");
    }
    int code = xh_door_open(app, false, &door, err);
    code = code < 0 ? code
                    : post(door, app, "/api/v1/billing/runs", pairs, XH_COUNT(pairs), &body, err);
    if (code >= 0 && xh_args_flag(args, "issue")) {
        code = issue(door, app, args, &body, err);
    }
    xh_door_close(door);
    code = code < 0 ? code : xh_door_answer(app, body, &run, err);
    if (code >= 0 && run != NULL) {
        print_run(app, run);
    }
    return code < 0 ? code : 0;
}

/* ---- a page to print ---- */

static int find_bill(struct xh_door *door, struct xh_app *app, struct xh_str number,
                     struct xh_str *ret_id, struct xh_err *err)
{
    const struct xh_tree *bill = NULL;
    struct xh_buf target = {0};

    xh_buf_add_text(&target, "/api/v1/core/bills/by/number/");
    xh_client_encode(&target, number);
    int code = xh_door_get_tree(door, app->arena, xh_buf_text(&target), &bill, err);
    xh_buf_finish(&target);
    if (code >= 0) {
        *ret_id = xh_tree_text(bill, "id");
    }
    return code;
}

int xh_bill_pdf(struct xh_app *app, const struct xh_args *args, struct xh_err *err)
{
    struct xh_door *door = NULL;
    struct xh_str id = {NULL, 0}, body = {NULL, 0};
    struct xh_str number = xh_args_operand(args, 1);
    const char *path = xh_args_string(args, "output");

    if (number.len == 0 || path == NULL) {
        return xh_err_field(err, XH_E_INVALID, "output", xh_str_from(NULL), "NUMBER -o FILE", NULL,
                            "name a bill's number and a file: xanh bill pdf NUMBER -o FILE");
    }
    int code = xh_door_open(app, false, &door, err);
    code = code < 0 ? code : find_bill(door, app, number, &id, err);
    if (code >= 0) {
        struct xh_str target = xh_arena_format(app->arena,
                                               "/api/v1/bills/%.*s/statement.pdf?lang=%s",
                                               XH_STR_ARG(id), say(app, "en", "vi"));
        code = xh_door_get(door, target.ptr, &body, err);
    }
    code = code < 0 ? code : xh_file_replace(app->env, path, body, err);
    xh_door_close(door);
    return code < 0 ? code : 0;
}
