/* cmd_erase.c: xanh erase: readings erased for good, counted and confirmed before. */
#include <unistd.h>

#include "app/app.h"
#include "app/door.h"
#include "base/json_member.h"

static struct xh_str body_of(const struct xh_args *args, bool counts_only, struct xh_buf *buf)
{
    static const char *const texts[] = {"series", "from", "to", "reason"};
    struct xh_json_writer w;

    xh_buf_init(buf, 0);
    xh_json_writer_init(&w, buf, false);
    xh_json_object(&w);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (xh_args_has(args, texts[i])) {
            xh_json_name(&w, texts[i]);
            xh_json_str(&w, xh_args_text(args, texts[i]));
        }
    }
    xh_json_member_bool(&w, "count_only", counts_only);
    xh_json_member_bool(&w, "now", xh_args_flag(args, "now"));
    xh_json_object_end(&w);
    return xh_buf_str(buf);
}

static int ask(struct xh_app *app, const struct xh_args *args, struct xh_door *door,
               bool counts_only, const struct xh_tree **ret, struct xh_err *err)
{
    struct xh_str answer = {NULL, 0};
    struct xh_buf buf;
    int code = xh_door_send(door, "POST", "/api/v1/readings/erase",
                            body_of(args, counts_only, &buf), NULL, &answer, err);

    if (code == 0 && app->is_json && counts_only == xh_args_flag(args, "count")) {
        xh_term_print(&app->out, "%.*s\n", XH_STR_ARG(xh_str_trim(answer)));
    }
    code = code < 0 ? code : xh_tree_parse(app->arena, answer, ret, err);
    xh_buf_finish(&buf);
    return code;
}

static void tell(struct xh_app *app, const struct xh_tree *answer, const char *format)
{
    struct xh_str readings = xh_term_number(&app->out, xh_tree_text(answer, "readings"),
                                            app->arena);
    struct xh_str bills = xh_term_number(&app->out, xh_tree_text(answer, "bills"), app->arena);

    xh_term_print(&app->out, "%.*s %s; %.*s %s\n", XH_STR_ARG(readings), format, XH_STR_ARG(bills),
                  xh_term_say(&app->out, "issued bills rest on that time",
                              "hoá đơn đã phát hành dựa vào thời gian đó"));
}

static int confirm(struct xh_app *app, const struct xh_args *args, struct xh_err *err)
{
    char answer[16];

    if (xh_args_flag(args, "yes")) {
        return 0;
    }
    if (app->is_json || !app->out.is_tty || isatty(STDIN_FILENO) != 1) {
        return xh_err_field(err, XH_E_INVALID, "yes", xh_str_from(NULL), "--yes or --count", NULL,
                            "nothing is erased unless confirmed: look with --count, then give "
                            "--yes");
    }
    xh_term_print(&app->out, "%s",
                  xh_term_say(&app->out, "Erase them for good? [y/N] ", "Xoá vĩnh viễn? [y/N] "));
    int code = xh_term_flush(&app->out, err);
    ssize_t n = code < 0 ? 0 : read(STDIN_FILENO, answer, sizeof answer);
    if (n > 0 && (answer[0] == 'y' || answer[0] == 'Y' || answer[0] == 'c' || answer[0] == 'C')) {
        return 0;
    }
    return code < 0 ? code : xh_err_set(err, XH_E_CANCELLED, "nothing was erased");
}

static void tell_end(struct xh_app *app, const struct xh_tree *answer)
{
    bool is_done = xh_tree_is_true(answer, "is_done");

    tell(app, answer, xh_term_say(&app->out, "readings erased", "số đo đã xoá"));
    xh_term_print(&app->out, "%s\n",
                  is_done
                      ? xh_term_say(&app->out, "they have left the disk", "số đo đã rời khỏi đĩa")
                      : xh_term_say(&app->out,
                                    "no question finds them any more; they leave the disk "
                                    "within a day (--now: at once)",
                                    "không còn thấy trong mọi kết quả; rời khỏi đĩa trong vòng "
                                    "một ngày (--now: ngay)"));
}

static int erase(struct xh_app *app, const struct xh_args *args, struct xh_door *door,
                 struct xh_err *err)
{
    const struct xh_tree *answer = NULL;
    int code = ask(app, args, door, true, &answer, err);

    if (code < 0) {
        return code;
    }
    if (!app->is_json) {
        tell(app, answer, xh_term_say(&app->out, "readings would be erased", "số đo sẽ bị xoá"));
    }
    if (xh_args_flag(args, "count")) {
        return 0;
    }
    code = confirm(app, args, err);
    code = code < 0 ? code : ask(app, args, door, false, &answer, err);
    if (code == 0 && !app->is_json) {
        tell_end(app, answer);
    }
    return code;
}

static int run_erase(struct xh_app *app, const struct xh_args *args, struct xh_err *err)
{
    struct xh_door *door = NULL;

    if (!xh_args_flag(args, "count") && xh_str_trim(xh_args_text(args, "reason")).len == 0) {
        return xh_err_field(err, XH_E_INVALID, "reason", xh_str_from(NULL), "a sentence", NULL,
                            "xanh erase needs --reason: it stays in the record of the erasure");
    }
    int code = xh_door_open(app, false, &door, err);
    if (code == 0) {
        code = erase(app, args, door, err);
    }
    xh_door_close(door);
    return code;
}

#define TEXT(name_, value_, required_, en, vi)                                                     \
    {                                                                                              \
        .name = name_, .type = XH_ARG_TEXT, .value_name = value_, .is_required = required_,        \
        .help_en = en, .help_vi = vi                                                               \
    }
static const struct xh_option options[] = {
    TEXT("series", "CODE", true, "of this series", "của chuỗi này"),
    TEXT("from", "TIME", true, "from this day or instant on", "từ ngày hoặc thời điểm này"),
    TEXT("to", "TIME", true, "until before this day or instant",
         "đến trước ngày hoặc thời điểm này"),
    TEXT("reason", "TEXT", false, "why; it stays in the record of the erasure",
         "lý do; được giữ trong hồ sơ của lần xoá"),
    {.name = "count",
     .type = XH_ARG_FLAG,
     .help_en = "only say how many readings would go",
     .help_vi = "chỉ cho biết bao nhiêu số đo sẽ mất"},
    {.name = "now",
     .type = XH_ARG_FLAG,
     .help_en = "off the disk before it ends, not within a day",
     .help_vi = "rời khỏi đĩa trước khi lệnh kết thúc, không đợi đến một ngày"},
    {.name = "yes",
     .type = XH_ARG_FLAG,
     .help_en = "do not ask",
     .help_vi = "không hỏi lại"},
};
static const struct xh_example examples[] = {
    {"erase --series home-7/electricity --from 2026-01-01 --to 2026-02-01 --count",
     "how many readings of January there are", "tháng 1 có bao nhiêu số đo"},
    {"erase --series home-7/electricity --from 2026-01-01 --to 2026-02-01 --reason \"the family "
     "asked for it\"",
     "erase them", "xoá các số đo đó"},
    {NULL, NULL, NULL},
};
const struct xh_command xh_command_erase = {
    .name = "erase",
    .summary_en = "erase readings of a series for good, because somebody has the right to it",
    .summary_vi = "xoá vĩnh viễn số đo của một chuỗi, khi có người được quyền yêu cầu",
    .about_en = "Nothing brings them back, but copies made earlier still hold them: delete those "
                "as well. Consumption of the days is computed again; bills stay as they were "
                "issued.",
    .about_vi = "Không khôi phục được, nhưng các bản sao lưu trước đó vẫn còn: hãy xoá cả chúng. "
                "Lượng tiêu thụ của các ngày được tính lại; hoá đơn đã phát hành giữ nguyên.",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .examples = examples,
    .run = run_erase,
};
