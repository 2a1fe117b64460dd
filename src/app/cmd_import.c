/* cmd_import.c: xanh import: a file of readings, shown, confirmed, taken; or taken back.
 *
 *   run_import -> bills? import_bills.c
 *              -> scan -> show -> ask -> known already? -> begin -> send -> finish
 */
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/import.h"
#include "app/import_outlines.h"
#include "base/json_member.h"
#include "base/num.h"
#include "kernel/shape.h"

/* ---- undo ---- */

static int undo(struct xh_app *app, struct xh_str id_text, struct xh_err *err)
{
    const struct xh_tree *answer = NULL;
    struct xh_door *door = NULL;
    struct xh_str body = {NULL, 0};
    int64_t id;

    if (xh_int_parse(id_text, &id) < 0 || id < 1) {
        return xh_err_field(err, XH_E_INVALID, "import", id_text, "a number from 1", NULL,
                            "'%.*s' is not an import's number", XH_STR_ARG(id_text));
    }
    struct xh_str target = xh_arena_format(app->arena, "/api/v1/imports/%lld/undo", (long long)id);
    int code = xh_door_open(app, false, &door, err);
    if (code < 0) {
        return code;
    }
    code = xh_door_send(door, "POST", target.ptr, XH_STR("{}"), NULL, &body, err);
    code = code < 0 ? code : xh_door_answer(app, body, &answer, err);
    if (code == 0 && answer != NULL) {
        int64_t bills = xh_tree_int(answer, "bills");
        xh_term_print(&app->out,
                      bills == 0
                          ? xh_term_say(&app->out, "import %lld is taken back: %lld readings\n",
                                        "đã hoàn tác lần nhập %lld: %lld số đo\n")
                          : xh_term_say(&app->out, "import %lld is taken back: %lld bills\n",
                                        "đã hoàn tác lần nhập %lld: %lld hoá đơn\n"),
                      (long long)id,
                      (long long)(bills == 0 ? xh_tree_int(answer, "readings") : bills));
    }
    xh_door_close(door);
    return code;
}

/* ---- before anything is written ---- */

static struct xh_str stem_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    struct xh_str name = xh_str_from(slash ? slash + 1 : path);
    static const char *const endings[] = {".gz", ".csv", ".txt", ".tsv", ".xlsx"};

    for (size_t i = 0; i < XH_COUNT(endings); i++) {
        if (xh_str_ends(name, xh_str_from(endings[i]))) {
            name = xh_str_sub(name, 0, name.len - strlen(endings[i]));
        }
    }
    return name;
}

static void show_scan(struct xh_app *app, const char *path, const struct xh_import_scan *scan)
{
    char first[XH_TIME_TEXT_BYTES], last[XH_TIME_TEXT_BYTES], text[XH_NUM_TEXT_BYTES];
    struct xh_str digits = {text, xh_int_print((int64_t)scan->value_count, text)};
    struct xh_str count = xh_term_number(&app->out, digits, app->arena);

    xh_time_print(scan->first_us, first);
    xh_time_print(scan->last_us, last);
    xh_term_print(&app->out,
                  xh_term_say(&app->out, "%s: %llu rows, %.*s values, %s to %s\n",
                              "%s: %llu dòng, %.*s giá trị, từ %s đến %s\n"),
                  path, (unsigned long long)scan->row_count, XH_STR_ARG(count), first, last);
    if (scan->map.series != SIZE_MAX) {
        xh_term_print(&app->out, xh_term_say(&app->out, "%zu series\n", "%zu chuỗi\n"),
                      scan->series_count);
    }
    xh_import_map_print(app, &scan->map);
}

static void show_dry_run_json(struct xh_app *app, const struct xh_import_scan *scan)
{
    struct xh_json_writer w;
    char text[XH_TIME_TEXT_BYTES];

    xh_json_writer_init(&w, &app->out.out, true);
    xh_json_object(&w);
    xh_json_member_string(&w, "sha256", scan->sha256);
    xh_json_member_int(&w, "rows", (int64_t)scan->row_count);
    xh_json_member_int(&w, "values", (int64_t)scan->value_count);
    xh_json_name(&w, "first");
    xh_time_print(scan->first_us, text);
    xh_json_string(&w, text);
    xh_json_name(&w, "last");
    xh_time_print(scan->last_us, text);
    xh_json_string(&w, text);
    xh_json_name(&w, "mapping");
    xh_import_map_json(&w, &scan->map);
    xh_json_object_end(&w);
    xh_term_print(&app->out, "\n");
}

/* The folder's own view of the series, when there is a folder: a look does not make one. */
static int settle(struct xh_app *app, const struct xh_args *args, const struct xh_import_wish *wish,
                  struct xh_import_scan *scan, struct xh_door **ret, struct xh_err *err)
{
    struct xh_str records = xh_arena_format(app->arena, "%s/records.db", app->dir);
    int code = xh_import_tariff(&scan->map, xh_args_text(args, "tariff"), err);

    if (code < 0 || access(records.ptr, F_OK) != 0) {
        return code;
    }
    code = xh_door_open(app, false, ret, err);
    return code < 0 ? code : xh_import_settle(app, *ret, wish, scan, err);
}

int xh_import_confirm(struct xh_app *app, const struct xh_args *args, struct xh_err *err)
{
    char answer[16];

    if (xh_args_flag(args, "yes")) {
        return 0;
    }
    if (app->is_json || !app->out.is_tty || isatty(STDIN_FILENO) != 1) {
        return xh_err_field(err, XH_E_INVALID, "yes", xh_str_from(NULL), "--yes or --dry-run", NULL,
                            "nothing is imported unless confirmed: look with --dry-run, then give "
                            "--yes");
    }
    xh_term_print(&app->out, "%s",
                  xh_term_say(&app->out, "\nImport so? [y/N] ", "\nNhập như vậy? [y/N] "));
    int code = xh_term_flush(&app->out, err);
    ssize_t n = code < 0 ? 0 : read(STDIN_FILENO, answer, sizeof answer);
    if (n > 0 && (answer[0] == 'y' || answer[0] == 'Y' || answer[0] == 'c' || answer[0] == 'C')) {
        return 0;
    }
    return code < 0 ? code : xh_err_set(err, XH_E_CANCELLED, "nothing was imported");
}

static int check_again(struct xh_app *app, const struct xh_args *args, struct xh_door *door,
                       const char *sha256, struct xh_err *err)
{
    const struct xh_ask_pair pairs[] = {{"sha256", xh_str_from(sha256)}, {"limit", XH_STR("100")}};
    const char *target = xh_door_target(app->arena, "/api/v1/core/imports", pairs, XH_COUNT(pairs));
    const struct xh_tree *answer = NULL, *items;
    int code = xh_door_get_tree(door, app->arena, target, &answer, err);

    if (code < 0 || xh_args_flag(args, "again")) {
        return code;
    }
    items = xh_tree_get(answer, "items");
    for (const struct xh_tree *item = items ? items->first : NULL; item; item = item->next) {
        if (!xh_str_is(xh_tree_text(item, "state"), "done")) {
            continue;
        }
        return xh_err_field(err, XH_E_CONFLICT, "file", xh_tree_text(item, "file"), "--again", NULL,
                            "this very file was taken in as import %lld at %.*s; --again reads it "
                            "once more",
                            (long long)xh_tree_int(item, "id"),
                            XH_STR_ARG(xh_tree_text(item, "created")));
    }
    return 0;
}

/* ---- outlines of places ---- */

static int take_outlines(struct xh_app *app, const struct xh_args *args, const char *path,
                         struct xh_err *err)
{
    struct xh_outlines outlines;
    struct xh_door *door = NULL;
    bool is_dry_run = xh_args_flag(args, "dry-run");
    int code = xh_outlines_read(app, path, &outlines, err);

    code = code < 0 ? code : xh_door_open(app, !is_dry_run, &door, err);
    code = code < 0 ? code : xh_outlines_find(app, door, &outlines, err);
    if (code >= 0 && !is_dry_run) {
        code = xh_import_confirm(app, args, err);
        code = code < 0 ? code : xh_outlines_write(app, door, &outlines, err);
    }
    if (code >= 0) {
        xh_outlines_print(app, &outlines, !is_dry_run);
    }
    xh_door_close(door);
    return code < 0 ? code : 0;
}

/* ---- the import ---- */

static int take_in(struct xh_app *app, struct xh_door *door, struct xh_import_source *source,
                   const char *path, const struct xh_import_scan *scan, struct xh_err *err)
{
    struct xh_import_report report = {.arena = app->arena};
    struct xh_err ignored;
    struct xh_json_writer w;
    int64_t id = 0;
    int code = xh_import_begin(door, app->arena, path, scan, &id, err);

    if (code < 0) {
        return code;
    }
    code = xh_import_send(app, door, source, scan, id, &report, err);
    int finished = xh_import_finish(door, app->arena, id, &report,
                                    code < 0 ? XH_IMPORT_FAILED : XH_IMPORT_DONE,
                                    code < 0 ? &ignored : err);
    if (code < 0 || finished < 0) {
        return code < 0 ? code : finished;
    }
    if (app->is_json) {
        xh_json_writer_init(&w, &app->out.out, true);
        xh_import_report_json(&w, id, &report);
        xh_term_print(&app->out, "\n");
    } else {
        xh_import_report_print(app, id, &report);
    }
    return 0;
}

static int show_and_take(struct xh_app *app, const struct xh_args *args,
                         struct xh_import_source *source, const char *path,
                         const struct xh_import_scan *scan, struct xh_door **door,
                         struct xh_err *err)
{
    if (app->is_json && xh_args_flag(args, "dry-run")) {
        show_dry_run_json(app, scan);
    } else if (!app->is_json) {
        show_scan(app, path, scan);
    }
    if (xh_args_flag(args, "dry-run")) {
        return 0;
    }
    int code = xh_import_confirm(app, args, err);
    if (code == 0) {
        code = xh_term_flush(&app->out, err);
    }
    if (code == 0 && !*door) {
        code = xh_door_open(app, true, door, err);
    }
    if (code == 0) {
        code = check_again(app, args, *door, scan->sha256, err);
    }
    return code < 0 ? code : take_in(app, *door, source, path, scan, err);
}

static int import_file(struct xh_app *app, const struct xh_args *args,
                       struct xh_import_source *source, const char *path, struct xh_err *err)
{
    const struct xh_import_wish wish = {
        xh_args_text(args, "place"), xh_args_text(args, "zone"), xh_args_text(args, "quantity"),
        xh_args_text(args, "unit"),  xh_args_text(args, "kind"), xh_args_text(args, "stamp"),
    };
    struct xh_import_scan scan;
    struct xh_door *door = NULL;
    size_t map_count = 0;
    const struct xh_str *maps = xh_args_all(args, "map", &map_count);
    int code = xh_import_scan(app, source, &wish, stem_of(path), maps, map_count, &scan, err);

    if (code == 0) {
        code = settle(app, args, &wish, &scan, &door, err);
    }
    if (code == 0) {
        code = show_and_take(app, args, source, path, &scan, &door, err);
    }
    xh_door_close(door);
    return code;
}

static int run_import(struct xh_app *app, const struct xh_args *args, struct xh_err *err)
{
    struct xh_import_source *source = NULL;
    struct xh_str first = xh_args_operand(args, 0);

    if (xh_str_is(first, "undo") && xh_args_operand_count(args) == 2) {
        return undo(app, xh_args_operand(args, 1), err);
    }
    if (xh_str_is(first, "outlines") && xh_args_operand_count(args) == 2) {
        return take_outlines(app, args, xh_arena_text(app->arena, xh_args_operand(args, 1)), err);
    }
    if (xh_args_operand_count(args) != 1) {
        return xh_err_field(err, XH_E_INVALID, "operand", xh_args_operand(args, 1),
                            "FILE, undo NUMBER, or outlines FILE", NULL,
                            "xanh import takes one file, undo and a number, or outlines and a "
                            "file");
    }
    xh_stop_catch();
    const char *path = xh_arena_text(app->arena, first);
    struct xh_import_bills *bills = NULL;
    int code = xh_import_bills_open(app, args, path, &bills, err);
    if (code < 0 || bills) {
        return code < 0 ? code : xh_import_bills_run(app, args, bills, err);
    }
    code = xh_import_source_open(app, path, (size_t)xh_args_int(args, "sheet"), &source, err);
    if (code == 0) {
        code = import_file(app, args, source, path, err);
    }
    xh_import_source_close(source);
    return code;
}

#define TEXT(name_, value_, en, vi)                                                                \
    {                                                                                              \
        .name = name_, .type = XH_ARG_TEXT, .value_name = value_, .help_en = en, .help_vi = vi     \
    }
static const struct xh_option options[] = {
    {.name = "yes",
     .type = XH_ARG_FLAG,
     .letter = 'y',
     .help_en = "import as understood, do not ask",
     .help_vi = "nhập như đã hiểu, không hỏi"},
    {.name = "dry-run",
     .type = XH_ARG_FLAG,
     .letter = 'n',
     .help_en = "show how the file is understood and stop",
     .help_vi = "chỉ xem cách hiểu tệp rồi dừng"},
    {.name = "again",
     .type = XH_ARG_FLAG,
     .help_en = "read a file that was taken in before",
     .help_vi = "đọc lại tệp đã nhập trước đây"},
    TEXT("place", "CODE",
         "where the meters stand; series are named below it (default: the file's name)",
         "nơi đặt công tơ; mã chuỗi bắt đầu bằng nó (mặc định: tên tệp)"),
    TEXT("zone", "ZONE",
         "of clock times without offset: Asia/Ho_Chi_Minh, -08:00 (default: the first)",
         "múi giờ của giờ không ghi lệch: Asia/Ho_Chi_Minh, -08:00 (mặc định: cái đầu)"),
    {.name = "stamp",
     .type = XH_ARG_CHOICE,
     .value_name = "SIDE",
     .choices = "end start",
     .help_en = "does a time name the end or the start of its period?",
     .help_vi = "thời gian ghi ở cuối kỳ hay đầu kỳ?"},
    TEXT("quantity", "NAME", "what all columns measure: energy.electricity",
         "mọi cột đo đại lượng nào: energy.electricity"),
    TEXT("unit", "UNIT", "unit of all columns", "đơn vị của mọi cột"),
    {.name = "kind",
     .type = XH_ARG_CHOICE,
     .value_name = "KIND",
     .choices = "register interval power gauge state",
     .help_en = "what a value is: a counter's, an amount, a power, a value at an instant",
     .help_vi = "giá trị là: chỉ số, lượng trong kỳ, công suất, giá trị tức thời"},
    TEXT("tariff", "CODE", "the usual tariff of the series that are made; `xanh bill` lists them",
         "biểu giá thường dùng của các chuỗi được tạo; `xanh bill` liệt kê"),
    {.name = "map",
     .type = XH_ARG_TEXT,
     .value_name = "MAPPING",
     .is_repeated = true,
     .help_en = "say it yourself: time=COLUMN, clock=COLUMN (a time of day of its own), "
                "zone=ZONE, series=COLUMN, "
                "COLUMN=SERIES:QUANTITY:UNIT:KIND:STAMP, COLUMN=- (skip); #3 is the third column",
     .help_vi = "tự nói: time=CỘT, clock=CỘT (giờ ở cột riêng), zone=MÚI, series=CỘT, "
                "CỘT=CHUỖI:ĐẠI LƯỢNG:ĐƠN VỊ:LOẠI:PHÍA, CỘT=- (bỏ); #3 là cột thứ ba"},
    {.name = "as",
     .type = XH_ARG_CHOICE,
     .value_name = "WHAT",
     .choices = "readings bills",
     .help_en = "what the file holds (default: told by its columns)",
     .help_vi = "tệp chứa gì (mặc định: theo các cột)"},
    {.name = "medium",
     .type = XH_ARG_CHOICE,
     .value_name = "MEDIUM",
     .choices = "electricity water gas fuel",
     .help_en = "of bills: what they are for, where the file does not say",
     .help_vi = "của hoá đơn: hoá đơn gì, nếu tệp không nói"},
    {.name = "year",
     .type = XH_ARG_INT,
     .value_name = "YEAR",
     .min = 1990,
     .max = 2100,
     .help_en = "of bills: the year of months that stand without one",
     .help_vi = "của hoá đơn: năm của các tháng không ghi năm"},
    {.name = "decimal",
     .type = XH_ARG_CHOICE,
     .value_name = "MARK",
     .choices = "comma point",
     .help_en = "of bills: the mark before the decimals, where the file does not tell",
     .help_vi = "của hoá đơn: dấu trước phần thập phân, nếu tệp không cho biết"},
    TEXT("roles", "ROLES", "of bills: what columns are, A:month,C:quantity,D:amount",
         "của hoá đơn: vai trò của cột, A:month,C:quantity,D:amount"),
    {.name = "sheet",
     .type = XH_ARG_INT,
     .value_name = "NUMBER",
     .usual = "1",
     .min = 1,
     .max = 1000,
     .help_en = "which sheet of a workbook; bills are read from all unless one is named",
     .help_vi = "trang nào của bảng tính; hoá đơn được đọc từ mọi trang nếu không nêu"},
};
static const struct xh_example examples[] = {
    {"import readings.csv", "guess, show, ask, import", "đoán, cho xem, hỏi, nhập"},
    {"import fontana_homes_1-10.csv.gz --place fontana --zone -08:00 --dry-run",
     "look first: ten homes side by side", "xem trước: mười nhà trong một tệp"},
    {"import home.csv --map time=hour_ending,zone=-08:00,load_kwh_1=home-1/electricity:"
     "energy.electricity:kWh:interval:end",
     "say which column is what", "nói rõ cột nào là gì"},
    {"import bills.xlsx --dry-run", "bills: what is understood, what they show",
     "hoá đơn: hiểu được gì, cho thấy gì"},
    {"import undo 3", "take import 3 back", "hoàn tác lần nhập 3"},
    {"import outlines wards.geojson --dry-run",
     "outlines of places for the map: which codes are known",
     "ranh giới các nơi cho bản đồ: mã nào đã biết"},
    {NULL, NULL, NULL},
};
const struct xh_command xh_command_import = {
    .name = "import",
    .summary_en = "take in a file of readings or of bills: CSV, CSV.gz, XLSX",
    .summary_vi = "nhập một tệp số đo hoặc hoá đơn: CSV, CSV.gz, XLSX",
    .about_en = "The columns are guessed and shown; nothing is written before you agree. Places,\n"
                "devices and series that are not there are made. Readings keep the file's digits.\n"
                "A table of bills is compared with the tariffs first; see the guide to your own "
                "data.",
    .about_vi = "Các cột được đoán và cho xem; không ghi gì trước khi bạn đồng ý. Nơi, thiết bị,\n"
                "chuỗi chưa có sẽ được tạo. Số đo giữ nguyên các chữ số trong tệp.\n"
                "Bảng hoá đơn được đối chiếu với biểu giá trước.",
    .operands = "FILE | undo NUMBER | outlines FILE",
    .operand_min = 1,
    .operand_max = 2,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .examples = examples,
    .run = run_import,
};
