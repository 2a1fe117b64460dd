/* cmd_query.c: xanh query: whatever the API answers, as a table or as it came.
 *
 * Each kind is a row: a path, and which options become parameters under which name. */
#include "app/app.h"
#include "app/door.h"
#include "app/show.h"
#include "kernel/shape.h"

struct kind {
    const char *name, *path;
    const char *operand; /* what the second operand is; NULL: there is none */
    const char *needs;   /* an option without which there is no answer; NULL: none */
    const char *or_needs;
};
static const struct kind kinds[] = {
    {"readings", "/api/v1/readings", NULL, "series", NULL},
    {"last", "/api/v1/readings/last", NULL, "series", NULL},
    {"windows", "/api/v1/readings/windows", NULL, "series", "place"},
    {"use", "/api/v1/use", NULL, "series", "place"},
    {"why", "/api/v1/why", NULL, "series", "param"},
    {"report", NULL, "ROOM.NAME", NULL, NULL},
    {"indicator", "/api/v1/indicators/", "ROOM.NAME", NULL, NULL},
    {"records", "/api/v1/", "ROOM/PLURAL", NULL, NULL},
    {"rooms", "/api/v1/meta", NULL, NULL, NULL},
};

static const char *const passed[] = {
    "series", "place", "quantity", "from",  "to",    "period", "every",
    "of",     "by",    "zone",     "compare", "limit", "after",  "order",
};

/* Before anything is asked, in the words of the command line. */
static int check_needs(const struct kind *kind, const struct xh_args *args, struct xh_err *err)
{
    bool has_any = !kind->needs || xh_args_has(args, kind->needs) ||
                   (kind->or_needs && xh_args_has(args, kind->or_needs));
    if (has_any) {
        return 0;
    }
    return xh_err_field(err, XH_E_INVALID, kind->needs, XH_STR(""), "a code", NULL,
                        "xanh query %s needs --%s%s%s", kind->name, kind->needs,
                        kind->or_needs ? " or --" : "", kind->or_needs ? kind->or_needs : "");
}

static int target_of(struct xh_app *app, const struct xh_args *args, const char **ret_path,
                     struct xh_err *err)
{
    struct xh_str name = xh_args_operand(args, 0), operand = xh_args_operand(args, 1);
    const char *names[XH_COUNT(kinds)];

    if (name.len > 0 && name.ptr[0] == '/') {
        *ret_path = xh_arena_text(app->arena, name);
        return 0;
    }
    for (size_t i = 0; i < XH_COUNT(kinds); i++) {
        const struct kind *kind = &kinds[i];
        names[i] = kind->name;
        if (!xh_str_is(name, kind->name)) {
            continue;
        }
        if (kind->operand && operand.len == 0) {
            return xh_err_field(err, XH_E_INVALID, "operand", operand, kind->operand, NULL,
                                "xanh query %s needs: %s", kind->name, kind->operand);
        }
        ptrdiff_t dot = xh_str_find_char(operand, '.');
        if (!kind->path && dot < 0) {
            return xh_err_field(err, XH_E_INVALID, "operand", operand, kind->operand, NULL,
                                "a report is named like programme.overdue");
        }
        int code = check_needs(kind, args, err);
        if (code < 0) {
            return code;
        }
        *ret_path = kind->path
                        ? xh_arena_format(app->arena, "%s%.*s", kind->path, XH_STR_ARG(operand)).ptr
                        : xh_arena_format(app->arena, "/api/v1/%.*s/reports/%.*s", (int)dot,
                                          operand.ptr, (int)(operand.len - (size_t)dot - 1),
                                          operand.ptr + dot + 1)
                              .ptr;
        return 0;
    }
    const char *nearest = xh_args_nearest(name, names, XH_COUNT(kinds));
    return xh_err_field(err, XH_E_INVALID, "kind", name, "a kind of xanh query", NULL,
                        "xanh query knows no '%.*s'%s%s%s", XH_STR_ARG(xh_str_sub(name, 0, 60)),
                        nearest ? "; did you mean '" : "", nearest ? nearest : "",
                        nearest ? "'?" : "");
}

enum { PAIRS_MAX = 48 };

/* --param name=value goes through as it is. */
static int add_params(struct xh_app *app, const struct xh_args *args, struct xh_ask_pair *pairs,
                      size_t *count, struct xh_err *err)
{
    size_t param_count = 0;
    const struct xh_str *params = xh_args_all(args, "param", &param_count);

    for (size_t i = 0; i < param_count; i++) {
        ptrdiff_t equal = xh_str_find_char(params[i], '=');
        if (equal <= 0 || *count >= PAIRS_MAX) {
            return xh_err_field(err, XH_E_INVALID, "param", params[i], "name=value", NULL,
                                "--param '%.*s' is not name=value",
                                XH_STR_ARG(xh_str_sub(params[i], 0, 80)));
        }
        pairs[(*count)++] =
            (struct xh_ask_pair){xh_arena_text(app->arena, xh_str_sub(params[i], 0, (size_t)equal)),
                                 xh_str_sub(params[i], (size_t)equal + 1, params[i].len)};
    }
    return 0;
}

/* Windows: a table for each series, or for all together. */
static void show_groups(struct xh_app *app, const struct xh_tree *answer)
{
    const struct xh_tree *groups = xh_tree_get(answer, "groups");

    for (const struct xh_tree *group = groups ? groups->first : NULL; group; group = group->next) {
        xh_show(app, group);
        xh_term_print(&app->out, "%s", group->next ? "\n" : "");
    }
}

static int show_answer(struct xh_app *app, const struct xh_args *args, struct xh_str body,
                       struct xh_err *err)
{
    const struct xh_tree *answer = NULL;

    if (app->is_json || xh_args_operand(args, 0).ptr[0] == '/') {
        xh_term_print(&app->out, "%.*s\n", XH_STR_ARG(xh_str_trim(body)));
        return 0;
    }
    int code = xh_tree_parse(app->arena, body, &answer, err);
    if (code < 0) {
        return code;
    }
    if (xh_str_is(xh_args_operand(args, 0), "use")) {
        xh_show_use(app, answer);
    } else if (xh_str_is(xh_args_operand(args, 0), "windows")) {
        show_groups(app, answer);
    } else {
        xh_show(app, answer);
    }
    return 0;
}

static int run_query(struct xh_app *app, const struct xh_args *args, struct xh_err *err)
{
    struct xh_ask_pair pairs[PAIRS_MAX];
    struct xh_door *door = NULL;
    struct xh_str body = {NULL, 0};
    const char *path = NULL;
    size_t count = 0;

    for (size_t i = 0; i < XH_COUNT(passed); i++) {
        pairs[count++] = (struct xh_ask_pair){passed[i], xh_args_text(args, passed[i])};
    }
    pairs[count++] = (struct xh_ask_pair){"as_known", xh_args_text(args, "as-known")};
    if (xh_args_flag(args, "corrected")) {
        pairs[count++] = (struct xh_ask_pair){"corrected", XH_STR("1")};
    }
    int code = add_params(app, args, pairs, &count, err);
    if (code == 0) {
        code = target_of(app, args, &path, err);
    }
    if (code == 0) {
        code = xh_door_open(app, false, &door, err);
    }
    if (code < 0) {
        return code;
    }
    code = xh_door_get(door, xh_door_target(app->arena, path, pairs, count), &body, err);
    if (code == 0) {
        code = show_answer(app, args, body, err);
    }
    xh_door_close(door);
    return code;
}

#define TEXT(name_, value_, en, vi)                                                                \
    {                                                                                              \
        .name = name_, .type = XH_ARG_TEXT, .value_name = value_, .help_en = en, .help_vi = vi     \
    }
static const struct xh_option options[] = {
    TEXT("series", "CODE", "of this series", "của chuỗi này"),
    TEXT("place", "CODE", "of this place and all below it", "của nơi này và mọi nơi trong nó"),
    TEXT("quantity", "NAME", "which quantity of the place: energy.electricity",
         "đại lượng nào của nơi đó: energy.electricity"),
    TEXT("from", "TIME", "from this day or instant on", "từ ngày hoặc thời điểm này"),
    TEXT("to", "TIME", "until before this day or instant", "đến trước ngày hoặc thời điểm này"),
    {.name = "period",
     .type = XH_ARG_CHOICE,
     .value_name = "PERIOD",
     .choices = "hour day month year",
     .help_en = "windows of use",
     .help_vi = "chia theo"},
    TEXT("every", "LENGTH", "windows of readings: hour, day, month, year, PT15M, P7D",
         "khoảng của số đo: hour, day, month, year, PT15M, P7D"),
    TEXT("of", "WHAT", "of each window: count,sum,mean,min,max,first,last,increase,quantile:0.95",
         "của mỗi khoảng: count,sum,mean,min,max,first,last,increase,quantile:0.95"),
    {.name = "by",
     .type = XH_ARG_CHOICE,
     .value_name = "GROUP",
     .choices = "series all",
     .help_en = "windows of each series, or of all together",
     .help_vi = "khoảng của từng chuỗi, hay của tất cả"},
    TEXT("zone", "ZONE", "in which windows begin; usually that of the place",
         "múi giờ để chia khoảng; thường là của nơi đó"),
    {.name = "compare",
     .type = XH_ARG_CHOICE,
     .value_name = "WITH",
     .choices = "previous year",
     .help_en = "beside the period before, or the same a year ago",
     .help_vi = "so với kỳ trước, hoặc cùng kỳ năm trước"},
    {.name = "limit",
     .type = XH_ARG_INT,
     .value_name = "COUNT",
     .min = 1,
     .max = 100000,
     .help_en = "at most so many",
     .help_vi = "nhiều nhất bấy nhiêu"},
    TEXT("after", "CURSOR", "go on where the last answer ended", "tiếp từ chỗ câu trả lời trước"),
    {.name = "order",
     .type = XH_ARG_CHOICE,
     .value_name = "ORDER",
     .choices = "asc desc",
     .help_en = "of time",
     .help_vi = "theo thời gian"},
    {.name = "corrected",
     .type = XH_ARG_FLAG,
     .help_en = "also what was corrected since",
     .help_vi = "cả những gì đã được sửa"},
    TEXT("as-known", "TIME", "as known at that instant", "như đã biết vào lúc đó"),
    {.name = "param",
     .type = XH_ARG_TEXT,
     .value_name = "NAME=VALUE",
     .is_repeated = true,
     .help_en = "any other parameter, or a filter of records",
     .help_vi = "tham số khác, hoặc điều kiện lọc hồ sơ"},
};
static const struct xh_example examples[] = {
    {"query use --series home-7/electricity --from 2026-10-01 --to 2026-11-01 --period day",
     "what home 7 used each day of October", "nhà 7 dùng bao nhiêu mỗi ngày trong tháng 10"},
    {"query readings --series home-7/electricity --order desc --limit 10", "its latest readings",
     "các số đo gần nhất"},
    {"query windows --series home-7/electricity --every PT1H --of max,quantile:0.95 --json",
     "the highest of each hour, and what 95 % stay below",
     "cao nhất của mỗi giờ, và mức mà 95 % không vượt quá"},
    {"query records core/series --limit 1000", "all series", "mọi chuỗi số liệu"},
    {"query indicator energy.consumption_kwh --place home-7 --from 2026-01-01 --to 2026-11-01",
     "an indicator with what is missing", "một chỉ số, kèm những gì còn thiếu"},
    {"query /api/v1/me", "any path of the API, as it answers", "đường dẫn API bất kỳ"},
    {NULL, NULL, NULL},
};
const struct xh_command xh_command_query = {
    .name = "query",
    .summary_en = "ask for readings, consumption, reports, indicators, records",
    .summary_vi = "hỏi số đo, lượng tiêu thụ, báo cáo, chỉ số, hồ sơ",
    .operands = "readings|last|windows|use|why|report|indicator|records|rooms|/PATH [NAME]",
    .operand_min = 1,
    .operand_max = 2,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .examples = examples,
    .run = run_query,
};
