/* cmd_quality.c: xanh quality: what the checks of readings found; a gap filled. */
#include "app/app.h"
#include "app/door.h"
#include "base/json.h"
#include "kernel/shape.h"

#define FINDINGS "/api/v1/core/vee_findings"

static const char *const checks[][3] = {
    {"range", "out of range", "ngoài khoảng"}, {"spike", "spike", "đột biến"},
    {"zero", "run of zeros", "bằng không"},    {"stuck", "stuck", "đứng số"},
    {"negative", "negative step", "bước âm"},  {"reset", "reset", "bắt đầu lại"},
    {"gap", "gap", "thiếu số đo"},             {"clock", "wrong clock", "đồng hồ sai"},
    {"sum", "sum check", "không khớp tổng"},
};

static struct xh_str check_text(const struct xh_app *app, struct xh_str name)
{
    for (size_t i = 0; i < XH_COUNT(checks); i++) {
        if (xh_str_is(name, checks[i][0])) {
            return xh_str_from(xh_term_say(&app->out, checks[i][1], checks[i][2]));
        }
    }
    return name;
}

static void add_row(struct xh_app *app, struct xh_table *table, const struct xh_tree *finding)
{
    struct xh_str measure = xh_tree_text(finding, "measure");
    struct xh_str limit = xh_tree_text(finding, "limit_value");
    struct xh_str unit = xh_tree_text(finding, "unit");
    xh_table_cell(table, xh_tree_text(finding, "id"), XH_PLAIN);
    xh_table_cell(table, xh_tree_text(finding, "series_label"), XH_GREEN);
    xh_table_cell(table, check_text(app, xh_tree_text(finding, "check_name")), XH_PLAIN);
    xh_table_cell(table, xh_tree_text(finding, "time_from"), XH_PLAIN);
    xh_table_cell(table, xh_tree_text(finding, "time_to"), XH_PLAIN);
    xh_table_cell(table, xh_term_number(&app->out, measure, app->arena), XH_PLAIN);
    xh_table_cell(table, xh_term_number(&app->out, limit, app->arena), XH_PLAIN);
    xh_table_cell(table, unit, XH_PLAIN);
    xh_table_cell(table, xh_tree_text(finding, "state"), XH_PLAIN);
}

static int list(struct xh_app *app, const struct xh_args *args, struct xh_door *door,
                struct xh_err *err)
{
    const char *heads[] = {xh_term_say(&app->out, ">finding", ">số"),
                           xh_term_say(&app->out, "series", "chuỗi số liệu"),
                           xh_term_say(&app->out, "check", "kiểm tra"),
                           xh_term_say(&app->out, "from", "từ"),
                           xh_term_say(&app->out, "until", "đến"),
                           xh_term_say(&app->out, ">measure", ">đo được"),
                           xh_term_say(&app->out, ">limit", ">giới hạn"),
                           xh_term_say(&app->out, "unit", "đơn vị"),
                           xh_term_say(&app->out, "state", "trạng thái")};
    const struct xh_tree *answer = NULL, *items;
    struct xh_str body = {NULL, 0};
    struct xh_table table;
    const char *target = xh_args_flag(args, "all") ? FINDINGS "?limit=1000&sort=-time_from"
                                                   : FINDINGS "?state=open&limit=1000";
    int code = xh_door_get(door, target, &body, err);
    code = code < 0 ? code : xh_door_answer(app, body, &answer, err);
    if (code < 0 || answer == NULL) {
        return code;
    }
    items = xh_tree_get(answer, "items");
    if (items == NULL || items->first == NULL) {
        xh_term_print(&app->out, "%s\n",
                      xh_term_say(&app->out,
                                  "nothing is open; without a rule (core.vee_rule) nothing is "
                                  "checked",
                                  "không có điểm nghi vấn nào đang mở; không có quy tắc "
                                  "(core.vee_rule) thì không kiểm tra"));
        return 0;
    }
    xh_table_init(&table, app->arena, heads, XH_COUNT(heads));
    for (const struct xh_tree *item = items->first; item != NULL; item = item->next) {
        add_row(app, &table, item);
    }
    xh_table_print(&table, &app->out);
    return 0;
}

static int estimate(struct xh_app *app, struct xh_door *door, int64_t finding, struct xh_err *err)
{
    const struct xh_tree *answer = NULL;
    struct xh_str body = {NULL, 0};
    struct xh_str asked = xh_arena_format(app->arena, "{\"finding\": %lld}", (long long)finding);
    int code = xh_door_send(door, "POST", "/api/v1/core/do/vee_estimate", asked, NULL, &body, err);
    code = code < 0 ? code : xh_door_answer(app, body, &answer, err);
    if (code < 0 || answer == NULL) {
        return code;
    }
    xh_term_print(&app->out,
                  xh_term_say(&app->out, "%.*s readings estimated; the edit is %.*s\n",
                              "%.*s số đo đã được ước tính; lần sửa là %.*s\n"),
                  XH_STR_ARG(xh_tree_text(answer, "readings")),
                  XH_STR_ARG(xh_tree_text(answer, "edit")));
    return 0;
}

static int check_now(struct xh_app *app, struct xh_door *door, struct xh_err *err)
{
    struct xh_str body = {NULL, 0};
    (void)app;
    return xh_door_send(door, "POST", "/api/v1/jobs/core.vee/run", XH_STR("{}"), NULL, &body, err);
}

static int run_quality(struct xh_app *app, const struct xh_args *args, struct xh_err *err)
{
    struct xh_door *door = NULL;
    int code = xh_door_open(app, false, &door, err);
    if (code < 0) {
        return code;
    }
    if (xh_args_has(args, "estimate")) {
        code = estimate(app, door, xh_args_int(args, "estimate"), err);
    } else {
        code = xh_args_flag(args, "check") ? check_now(app, door, err) : 0;
        code = code < 0 ? code : list(app, args, door, err);
    }
    xh_door_close(door);
    return code;
}

static const struct xh_option options[] = {
    {.name = "estimate", .type = XH_ARG_INT, .value_name = "FINDING", .min = 1,
     .max = INT64_C(1) << 53, .help_en = "fill the gap that this finding names",
     .help_vi = "điền số đo ước tính vào chỗ thiếu của điểm nghi vấn này"},
    {.name = "check", .type = XH_ARG_FLAG,
     .help_en = "first check what came in, without waiting for the next five minutes",
     .help_vi = "kiểm tra ngay số đo mới đến, không chờ năm phút tới"},
    {.name = "all", .type = XH_ARG_FLAG, .help_en = "closed ones too, the latest first",
     .help_vi = "cả những điểm đã đóng, mới nhất trước"},
};
static const struct xh_example examples[] = {
    {"quality", "what does not pass a check and is open", "những điểm nghi vấn đang mở"},
    {"quality --check", "check what came in, then list it", "kiểm tra ngay rồi liệt kê"},
    {"quality --estimate 12", "fill the gap of finding 12; its readings are marked estimated",
     "điền chỗ thiếu của điểm nghi vấn 12; số đo được đánh dấu là ước tính"},
    {NULL, NULL, NULL},
};
const struct xh_command xh_command_quality = {
    .name = "quality",
    .summary_en = "list readings that do not pass a check, or fill a gap",
    .summary_vi = "liệt kê số đo không qua kiểm tra, hoặc điền chỗ thiếu",
    .about_en = "Readings are checked by rules (records core.vee_rule): range, spike, zeros, "
                "stuck, negative step, reset, gap, clock, and a main meter against those behind "
                "it. Only gaps are estimated; a register's gap keeps what was used in all, and "
                "amounts follow the same weekdays and hours of four weeks. An estimate gives way "
                "to a real reading that comes later, and can be undone. Everything else a person "
                "accepts or edits, with a reason: on the page Data quality.",
    .about_vi = "Số đo được kiểm tra theo quy tắc (hồ sơ core.vee_rule): khoảng giá trị, đột biến, "
                "bằng không, đứng số, bước âm, bắt đầu lại, thiếu số đo, đồng hồ, và công tơ tổng "
                "so với các công tơ phía sau. Chỉ chỗ thiếu được ước tính: với chỉ số công tơ, "
                "tổng lượng dùng giữ nguyên; lượng theo kỳ lấy theo cùng thứ và giờ của bốn tuần "
                "trước. Số đo thật đến sau thay số ước tính, và ước tính hoàn tác được. Mọi điểm "
                "khác do người chấp nhận hoặc sửa, kèm lý do: trên trang Chất lượng số liệu.",
    .options = options,
    .option_count = XH_COUNT(options),
    .examples = examples,
    .run = run_quality,
};
