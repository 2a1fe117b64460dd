/* cmd_bill.c: xanh bill: what a quantity costs under a tariff, or what a meter's month costs. */
#include <string.h>

#include "app/bill.h"
#include "app/door.h"
#include "app/known.h"
#include "base/json_member.h"
#include "domain/rooms.h"
#include "kernel/domain.h"

/* ---- of a meter ---- */

static int print_answer(struct xh_app *app, struct xh_str body, struct xh_err *err)
{
    const struct xh_tree *tree = NULL;

    int code = xh_door_answer(app, body, &tree, err);

    if (code == 0 && tree != NULL) {
        xh_bill_print(app, tree);
    }
    return code;
}

static struct xh_str day_text(struct xh_app *app, int32_t day)
{
    char text[XH_TIME_TEXT_BYTES];
    struct xh_str s = {text, xh_day_print(day, text)};
    return xh_arena_str(app->arena, s);
}

static struct xh_str month_text(struct xh_app *app, const struct xh_args *args)
{
    if (xh_args_has(args, "month")) {
        return xh_args_text(args, "month");
    }
    return xh_args_has(args, "on") ? xh_str_sub(day_text(app, xh_args_day(args, "on")), 0, 7)
                                   : xh_str_from(NULL);
}

static int ask_preview(struct xh_app *app, const struct xh_args *args, struct xh_door *door,
                       struct xh_err *err)
{
    struct xh_str body = {NULL, 0};
    const struct xh_ask_pair pairs[] = {
        {"series", xh_args_text(args, "series")}, {"month", month_text(app, args)},
        {"from", xh_args_text(args, "from")},     {"to", xh_args_text(args, "to")},
        {"tariff", xh_args_text(args, "tariff")}, {"as_known", xh_args_text(args, "as-known")},
    };
    const char *target = xh_door_target(app->arena, "/api/v1/bill", pairs, XH_COUNT(pairs));
    int code = xh_door_get(door, target, &body, err);
    return code < 0 ? code : print_answer(app, body, err);
}

static int ask_issue(struct xh_app *app, const struct xh_args *args, struct xh_door *door,
                     struct xh_err *err)
{
    struct xh_str body = {NULL, 0};
    struct xh_buf json = {0};
    struct xh_json_writer w;

    xh_json_writer_init(&w, &json, false);
    xh_json_object(&w);
    xh_json_member_str_if_any(&w, "series", xh_args_text(args, "series"));
    xh_json_member_str_if_any(&w, "month", month_text(app, args));
    xh_json_member_str_if_any(&w, "from", xh_args_text(args, "from"));
    xh_json_member_str_if_any(&w, "to", xh_args_text(args, "to"));
    xh_json_member_str_if_any(&w, "tariff", xh_args_text(args, "tariff"));
    xh_json_member_str_if_any(&w, "reason", xh_args_text(args, "reason"));
    xh_json_object_end(&w);
    int code = xh_door_send(door, "POST", "/api/v1/bill", xh_buf_str(&json), NULL, &body, err);
    xh_buf_finish(&json);
    return code < 0 ? code : print_answer(app, body, err);
}

/* A meter without a tariff: which could charge it, and how to name one. */
static int no_tariff(struct xh_app *app, struct xh_door *door, struct xh_str series,
                     struct xh_err *err)
{
    struct xh_known_series known;
    const struct xh_tariff *tariff;
    struct xh_buf codes = {0};
    int status = xh_known_series(door, app->arena, series, &known, NULL);

    for (size_t i = 0; status == 1 && (tariff = xh_known_tariff_of(known.quantity, i)); i++) {
        xh_buf_add_format(&codes, "%s%s", i > 0 ? ", " : "", tariff->code);
        if (i == 0 && !app->is_json) {
            xh_term_print(&app->note,
                          xh_term_say(&app->note, "tariffs for %.*s:\n", "biểu giá cho %.*s:\n"),
                          XH_STR_ARG(known.quantity));
        }
        if (!app->is_json) {
            xh_term_print(&app->note, "  %-28s %s\n", tariff->code,
                          app->note.is_vietnamese ? tariff->label_vi : tariff->label_en);
        }
    }
    bool has_some = codes.len > 0;
    int code = xh_err_field(err, XH_E_INVALID, "tariff", xh_str_from(NULL),
                            has_some ? xh_arena_text(app->arena, xh_buf_str(&codes)) : NULL, NULL,
                            has_some ? "series '%.*s' has no tariff of its own: name one with "
                                       "--tariff CODE, or write it into its record"
                                     : "series '%.*s' has no tariff, and none charges what it "
                                       "measures",
                            XH_STR_ARG(series));
    xh_buf_finish(&codes);
    return code;
}

static int bill_of_series(struct xh_app *app, const struct xh_args *args, struct xh_err *err)
{
    struct xh_door *door = NULL;

    if (xh_args_has(args, "from") != xh_args_has(args, "to") ||
        (month_text(app, args).len > 0) == xh_args_has(args, "from")) {
        return xh_err_field(err, XH_E_INVALID, "month", xh_str_from(NULL),
                            "--month, or --from and --to", NULL,
                            "give --month, or --from and --to");
    }
    int code = xh_door_open(app, false, &door, err);
    if (code < 0) {
        return code;
    }
    code = xh_args_flag(args, "issue") ? ask_issue(app, args, door, err)
                                       : ask_preview(app, args, door, err);
    if (code == XH_E_INVALID && err && strcmp(err->field, "tariff") == 0 && err->value[0] == 0) {
        code = no_tariff(app, door, xh_args_text(args, "series"), err);
    }
    xh_door_close(door);
    return code;
}

/* ---- which tariffs there are ---- */

static void list_json(struct xh_app *app)
{
    struct xh_json_writer w;

    xh_json_writer_init(&w, &app->out.out, true);
    xh_json_array(&w);
    for (size_t i = 0; i < xh_rooms_count; i++) {
        for (size_t k = 0; k < xh_rooms[i]->tariff_count; k++) {
            const struct xh_tariff *tariff = xh_rooms[i]->tariffs[k];
            xh_json_object(&w);
            xh_json_member_str_if_any(&w, "code", xh_str_from(tariff->code));
            xh_json_member_str_if_any(&w, "label_en", xh_str_from(tariff->label_en));
            xh_json_member_str_if_any(&w, "label_vi", xh_str_from(tariff->label_vi));
            xh_json_member_str_if_any(&w, "unit", xh_str_from(tariff->unit));
            xh_json_member_str_if_any(&w, "currency", xh_str_from(tariff->currency));
            xh_json_object_end(&w);
        }
    }
    xh_json_array_end(&w);
    xh_term_print(&app->out, "\n");
}

static void list_tariffs(struct xh_app *app)
{
    struct xh_table table;
    const char *heads[] = {xh_term_say(&app->out, "tariff", "biểu giá"),
                           xh_term_say(&app->out, "unit", "đơn vị"), ""};

    xh_table_init(&table, app->arena, heads, 3);
    for (size_t i = 0; i < xh_rooms_count; i++) {
        for (size_t k = 0; k < xh_rooms[i]->tariff_count; k++) {
            const struct xh_tariff *tariff = xh_rooms[i]->tariffs[k];
            xh_table_cell(&table, xh_str_from(tariff->code), XH_GREEN);
            xh_table_text(&table, tariff->unit);
            xh_table_text(&table, xh_term_say(&app->out, tariff->label_en, tariff->label_vi));
        }
    }
    xh_table_print(&table, &app->out);
}

static int run_bill(struct xh_app *app, const struct xh_args *args, struct xh_err *err)
{
    struct xh_str what = xh_args_operand(args, 0);

    if (xh_str_is(what, "run")) {
        return xh_bill_run(app, args, err);
    }
    if (xh_str_is(what, "pdf")) {
        return xh_bill_pdf(app, args, err);
    }
    if (what.len > 0) {
        return xh_err_field(err, XH_E_INVALID, "operand", what, "run, pdf", NULL,
                            "xanh bill knows run and pdf, not '%.*s'",
                            XH_STR_ARG(xh_str_sub(what, 0, 60)));
    }
    if (xh_args_has(args, "series")) {
        return bill_of_series(app, args, err);
    }
    if (xh_args_flag(args, "issue")) {
        return xh_err_field(err, XH_E_INVALID, "series", xh_str_from(NULL), "a series' code", NULL,
                            "only a meter's bill can be issued: give --series");
    }
    if (xh_args_has(args, "tariff")) {
        return xh_bill_of_tariff(app, args, err);
    }
    if (app->is_json) {
        list_json(app);
    } else {
        list_tariffs(app);
    }
    return 0;
}

#define QUANTITY(name_, unit_, en, vi)                                                             \
    {                                                                                              \
        .name = name_, .type = XH_ARG_DEC, .value_name = "NUMBER", .unit = unit_, .help_en = en,   \
        .help_vi = vi                                                                              \
    }
static const struct xh_option options[] = {
    {.name = "tariff",
     .type = XH_ARG_TEXT,
     .value_name = "CODE",
     .help_en = "the tariff; `xanh bill` alone lists all",
     .help_vi = "biểu giá; `xanh bill` liệt kê"},
    {.name = "on",
     .type = XH_ARG_DAY,
     .value_name = "DAY",
     .help_en = "a day of the month that is billed; for a tariff, today when left out",
     .help_vi = "một ngày trong tháng cần tính; với biểu giá, mặc định hôm nay"},
    {.name = "month",
     .type = XH_ARG_MONTH,
     .value_name = "MONTH",
     .help_en = "the month billed",
     .help_vi = "tháng cần tính"},
    {.name = "from",
     .type = XH_ARG_DAY,
     .value_name = "DAY",
     .help_en = "first day of the period, instead of a month",
     .help_vi = "ngày đầu kỳ, thay cho tháng"},
    {.name = "to",
     .type = XH_ARG_DAY,
     .value_name = "DAY",
     .help_en = "day after the last of the period",
     .help_vi = "ngày sau ngày cuối kỳ"},
    QUANTITY("kwh", "kWh", "electricity used", "điện đã dùng"),
    QUANTITY("m3", "m3", "water used", "nước đã dùng"),
    QUANTITY("quantity", NULL, "quantity in the tariff's unit", "lượng theo đơn vị của biểu giá"),
    QUANTITY("peak", NULL, "used in peak hours", "dùng trong giờ cao điểm"),
    QUANTITY("normal", NULL, "used in normal hours", "dùng trong giờ bình thường"),
    QUANTITY("off-peak", NULL, "used in off-peak hours", "dùng trong giờ thấp điểm"),
    QUANTITY("load", "kW", "a flat load, in a shift on working days",
             "công suất không đổi, trong một ca ngày làm việc"),
    {.name = "shift",
     .type = XH_ARG_SHIFT,
     .value_name = "HH:MM-HH:MM",
     .help_en = "the shift of the load; past midnight when it ends before it begins",
     .help_vi = "ca của công suất; qua nửa đêm nếu kết thúc trước khi bắt đầu"},
    {.name = "days",
     .type = XH_ARG_INT,
     .value_name = "COUNT",
     .min = 1,
     .max = 366,
     .help_en = "working days of the load; all of the period when left out",
     .help_vi = "số ngày làm việc; mặc định mọi ngày làm việc trong kỳ"},
    {.name = "hours",
     .type = XH_ARG_TEXT,
     .value_name = "SET",
     .help_en = "a set of hours by name: legacy, 963; else those in force on each day",
     .help_vi = "bộ khung giờ theo tên: legacy, 963; mặc định bộ đang hiệu lực từng ngày"},
    {.name = "heads",
     .type = XH_ARG_INT,
     .value_name = "COUNT",
     .min = 1,
     .max = 100000,
     .help_en = "households or persons behind the meter",
     .help_vi = "số hộ hoặc số người sau công tơ, đồng hồ"},
    {.name = "series",
     .type = XH_ARG_TEXT,
     .value_name = "CODE",
     .help_en = "bill this meter's own readings",
     .help_vi = "tính theo số đo của chuỗi này"},
    {.name = "issue",
     .type = XH_ARG_FLAG,
     .help_en = "issue the bill, or the run: it is kept, and a later change makes a new revision",
     .help_vi = "phát hành hóa đơn hoặc kỳ tính tiền: được lưu lại, thay đổi sau tạo bản mới"},
    {.name = "reason",
     .type = XH_ARG_TEXT,
     .value_name = "TEXT",
     .help_en = "why it is issued",
     .help_vi = "lý do phát hành"},
    {.name = "place",
     .type = XH_ARG_TEXT,
     .value_name = "CODE",
     .help_en = "run: the park whose accounts are billed",
     .help_vi = "run: khu có các tài khoản cần tính tiền"},
    {.name = "allocate",
     .type = XH_ARG_CHOICE,
     .value_name = "WAY",
     .choices = "none use area fixed",
     .help_en = "run: how common use and losses are passed on; none when left out",
     .help_vi = "run: cách chia phần chung và tổn thất; mặc định không chia"},
    {.name = "output",
     .letter = 'o',
     .type = XH_ARG_TEXT,
     .value_name = "FILE",
     .help_en = "pdf: where the page is written",
     .help_vi = "pdf: tệp để ghi trang in"},
    {.name = "as-known",
     .type = XH_ARG_TEXT,
     .value_name = "TIME",
     .help_en = "with readings and prices as known at that instant",
     .help_vi = "với số đo và giá như đã biết vào lúc đó"},
};
static const struct xh_example examples[] = {
    {"bill --tariff evn-residential --on 2025-06-15 --kwh 400", "a home's electricity in June 2025",
     "tiền điện một hộ tháng 6 năm 2025"},
    {"bill --tariff hanoi-household --on 2025-06-15 --m3 18", "a home's water in Hanoi",
     "tiền nước một hộ ở Hà Nội"},
    {"bill --tariff evn-production-6to22kv --on 2026-05-15 --load 100kW --shift 08:00-17:00 --days "
     "26 "
     "--hours legacy",
     "a day shift under the old hours", "ca ngày theo khung giờ cũ"},
    {"bill --series home-7/electricity --month 2026-10", "a meter's month",
     "một tháng của một công tơ"},
    {"bill --series home-7/electricity --month 2026-10 --issue --reason 'monthly bill'",
     "the same, kept as an issued bill", "cũng vậy, lưu thành hóa đơn đã phát hành"},
    {"bill run --place park-1 --month 2026-10 --allocate use",
     "a park's month, divided among its accounts", "một tháng của khu, chia cho các tài khoản"},
    {"bill pdf home-7/electricity/2026-10/r1 -o bill.pdf", "an issued bill as a page to print",
     "hóa đơn đã phát hành thành trang in"},
    {NULL, NULL, NULL},
};
const struct xh_command xh_command_bill = {
    .name = "bill",
    .operands = "[run | pdf NUMBER]",
    .operand_max = 2,
    .summary_en = "what a quantity or a meter's month costs, line by line",
    .summary_vi = "tính tiền một lượng hoặc một tháng của công tơ, từng dòng",
    .about_en =
        "With --tariff and a quantity it needs no data folder: the program carries prices with\n"
        "their documents. With --series it bills what the meter measured.\n"
        "bill run divides a period of a park's main meter among its accounts; with --issue their\n"
        "bills are issued. bill pdf writes an issued bill as a page to print.",
    .about_vi =
        "Với --tariff và một lượng thì không cần thư mục dữ liệu: chương trình mang sẵn giá\n"
        "kèm văn bản. Với --series thì tính theo số đo của công tơ.\n"
        "bill run chia một kỳ của công tơ tổng cho các tài khoản của khu; thêm --issue thì phát\n"
        "hành hóa đơn. bill pdf ghi một hóa đơn đã phát hành thành trang in.",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .examples = examples,
    .run = run_bill,
};
