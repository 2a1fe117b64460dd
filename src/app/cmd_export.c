/* cmd_export.c: xanh export: readings as a file, digit for digit, page by page in constant memory.
 */
#include <string.h>

#include "app/app.h"
#include "app/door.h"
#include "app/problem.h"
#include "kernel/shape.h"

enum { PAGE_ROWS = 50000 };

struct export
{
    struct xh_app *app;
    struct xh_door *door;
    const struct xh_args *args;
    struct xh_file *file; /* NULL: stdout */
    bool has_header;      /* the CSV's first line is written */
};

static int write_out(struct export *e, struct xh_str text, struct xh_err *err)
{
    if (e->file) {
        return xh_file_write(e->file, text.ptr, text.len, err);
    }
    xh_buf_add_str(&e->app->out.out, text);
    return xh_term_flush(&e->app->out, err);
}

/* A line of NDJSON says which series it is of. */
static int write_ndjson(struct export *e, struct xh_str body, struct xh_str code,
                        struct xh_err *err)
{
    struct xh_buf out = {0}, name = {0};
    struct xh_json_writer w;
    struct xh_str line;

    xh_json_writer_init(&w, &name, false);
    xh_json_str(&w, code);
    while (xh_str_split(&body, '\n', &line)) {
        if (line.len < 2) {
            continue;
        }
        xh_buf_add_text(&out, "{\"series\":");
        xh_buf_add_str(&out, xh_buf_str(&name));
        xh_buf_add_char(&out, ',');
        xh_buf_add_str(&out, xh_str_sub(line, 1, line.len));
        xh_buf_add_char(&out, '\n');
    }
    int status = write_out(e, xh_buf_str(&out), err);
    xh_buf_finish(&name);
    xh_buf_finish(&out);
    return status;
}

static int write_csv(struct export *e, struct xh_str body, struct xh_err *err)
{
    ptrdiff_t end = xh_str_find_char(body, '\n');

    if (e->has_header && end >= 0) {
        body = xh_str_sub(body, (size_t)end + 1, body.len);
    }
    e->has_header = true;
    return write_out(e, body, err);
}

static int get_page(struct export *e, struct xh_arena *arena, struct xh_str code,
                    struct xh_str after, const struct xh_http_answer **ret, struct xh_err *err)
{
    struct xh_str format = xh_args_text(e->args, "format");
    const struct xh_ask_pair pairs[] = {
        {"series", code},
        {"from", xh_args_text(e->args, "from")},
        {"to", xh_args_text(e->args, "to")},
        {"as_known", xh_args_text(e->args, "as-known")},
        {"corrected", xh_args_flag(e->args, "corrected") ? XH_STR("1") : xh_str_from(NULL)},
        {"format", format},
        {"limit", xh_arena_format(arena, "%d", PAGE_ROWS)},
        {"after", after},
    };
    const struct xh_client_ask ask = {
        .method = "GET",
        .target = xh_str_from(xh_door_target(arena, "/api/v1/readings", pairs, XH_COUNT(pairs)))};
    int status = xh_client_request(xh_door_client(e->door), &ask, ret, err);

    if (status == 0 && (*ret)->status >= 400) {
        status = xh_problem_read(arena, (*ret)->status, xh_buf_str(&(*ret)->body), err);
    }
    return status;
}

static int export_series(struct export *e, struct xh_str code, struct xh_err *err)
{
    bool is_csv = xh_str_is(xh_args_text(e->args, "format"), "csv");
    struct xh_str after = {NULL, 0};
    struct xh_arena *arena = xh_arena_create("page"), *next = xh_arena_create("page");
    int status = 0;

    do {
        const struct xh_http_answer *answer = NULL;
        status = get_page(e, arena, code, after, &answer, err);
        if (status < 0) {
            break;
        }
        struct xh_str body = xh_buf_str(&answer->body);
        status = is_csv ? write_csv(e, body, err) : write_ndjson(e, body, code, err);
        xh_arena_reset(next);
        after = xh_arena_str(next, xh_http_answer_header(answer, "Xanh-Next"));
        struct xh_arena *done = arena;
        arena = next;
        next = done;
    } while (status == 0 && after.len > 0);
    xh_arena_destroy(arena);
    xh_arena_destroy(next);
    return status;
}

/* Every series of the folder, by the list of records. */
static int export_all(struct export *e, struct xh_err *err)
{
    struct xh_arena *arena = e->app->arena;
    struct xh_str after = {NULL, 0};
    int status = 0;

    do {
        const struct xh_tree *list = NULL, *items;
        const struct xh_ask_pair pairs[] = {{"limit", XH_STR("1000")}, {"after", after}};
        const char *target = xh_door_target(arena, "/api/v1/core/series", pairs, XH_COUNT(pairs));
        status = xh_door_get_tree(e->door, arena, target, &list, err);
        items = xh_tree_get(list, "items");
        for (const struct xh_tree *s = items ? items->first : NULL; s && status == 0; s = s->next) {
            status = export_series(e, xh_tree_text(s, "code"), err);
        }
        after = xh_tree_text(list, "next");
    } while (status == 0 && after.len > 0);
    return status;
}

static int run_export(struct xh_app *app, const struct xh_args *args, struct xh_err *err)
{
    const char *path = xh_args_string(args, "output");
    struct export e = {.app = app, .args = args};
    size_t count = 0;
    const struct xh_str *codes = xh_args_all(args, "series", &count);
    int status = 0;

    if (count == 0 && !xh_args_flag(args, "all")) {
        return xh_err_field(err, XH_E_INVALID, "series", xh_str_from(NULL), "--series or --all",
                            NULL, "name a --series, or give --all");
    }
    status = xh_door_open(app, false, &e.door, err);
    if (status == 0 && path && strcmp(path, "-") != 0) {
        status = xh_file_open(app->env, path, XH_FILE_CREATE, &e.file, err);
    }
    for (size_t i = 0; i < count && status == 0; i++) {
        status = export_series(&e, codes[i], err);
    }
    if (status == 0 && xh_args_flag(args, "all")) {
        status = export_all(&e, err);
    }
    if (status == 0 && e.file) {
        status = xh_file_sync(e.file, err);
    }
    if (e.file) {
        xh_file_close(e.file);
    }
    xh_door_close(e.door);
    return status;
}

static const struct xh_option options[] = {
    {.name = "series",
     .type = XH_ARG_TEXT,
     .value_name = "CODE",
     .is_repeated = true,
     .help_en = "of this series",
     .help_vi = "của chuỗi này"},
    {.name = "all", .type = XH_ARG_FLAG, .help_en = "of all series", .help_vi = "của mọi chuỗi"},
    {.name = "from",
     .type = XH_ARG_TEXT,
     .value_name = "TIME",
     .help_en = "from this day or instant on",
     .help_vi = "từ ngày hoặc thời điểm này"},
    {.name = "to",
     .type = XH_ARG_TEXT,
     .value_name = "TIME",
     .help_en = "until before this day or instant",
     .help_vi = "đến trước ngày hoặc thời điểm này"},
    {.name = "format",
     .type = XH_ARG_CHOICE,
     .value_name = "FORMAT",
     .choices = "csv ndjson",
     .usual = "csv",
     .help_en = "form of the file",
     .help_vi = "dạng tệp"},
    {.name = "output",
     .type = XH_ARG_TEXT,
     .letter = 'o',
     .value_name = "FILE",
     .help_en = "into this file, not to stdout",
     .help_vi = "ghi vào tệp này thay cho stdout"},
    {.name = "corrected",
     .type = XH_ARG_FLAG,
     .help_en = "also what was corrected since",
     .help_vi = "cả những gì đã được sửa"},
    {.name = "as-known",
     .type = XH_ARG_TEXT,
     .value_name = "TIME",
     .help_en = "as known at that instant",
     .help_vi = "như đã biết vào lúc đó"},
};
static const struct xh_example examples[] = {
    {"export --series home-7/electricity -o home-7.csv", "all readings of a meter",
     "mọi số đo của một công tơ"},
    {"export --all --from 2026-10-01 --to 2026-11-01 --format ndjson", "October, everything",
     "tháng 10, tất cả"},
    {NULL, NULL, NULL},
};
const struct xh_command xh_command_export = {
    .name = "export",
    .summary_en = "write readings as CSV or NDJSON, with their own digits",
    .summary_vi = "xuất số đo dạng CSV hoặc NDJSON, giữ nguyên chữ số",
    .about_en = "What is exported can be imported: `xanh import` reads it back.",
    .about_vi = "Tệp xuất ra có thể nhập lại bằng `xanh import`.",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .examples = examples,
    .run = run_export,
};
