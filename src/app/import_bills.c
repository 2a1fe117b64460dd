/* import_bills.c: xanh import of a file of bills: what is understood of it, what it shows; taken
 * when the user agrees. The same reader and the same findings as on the page (kernel/own.h): the
 * folder's owner is asked by POST /api/v1/bring.
 */
#include <stdio.h>
#include <unistd.h>

#include "app/import.h"
#include "base/num.h"
#include "kernel/own.h"
#include "kernel/shape.h"

enum { FILE_BYTES_MAX = 16 << 20, FAULTS_SHOWN = 20 };

struct xh_import_bills {
    const char *path;
    struct xh_str bytes, name;
    struct xh_own_wish wish;
    struct xh_own_table table;
    struct xh_own_read read;
};

static void wish_of(const struct xh_args *args, struct xh_own_wish *wish)
{
    struct xh_str decimal = xh_args_text(args, "decimal");
    wish->sheet = xh_args_has(args, "sheet") ? (size_t)xh_args_int(args, "sheet") : 0;
    wish->medium = xh_own_medium_parse(xh_args_text(args, "medium"));
    wish->year = (int)xh_args_int(args, "year");
    wish->decimal = xh_str_is(decimal, "comma") ? ',' : xh_str_is(decimal, "point") ? '.' : '\0';
    wish->roles = xh_args_text(args, "roles");
}

/* Amounts, or readings before and now, or months across: a table of times and numbers alone is one
 * of readings. */
static bool has_columns_of_bills(const struct xh_own_sheet_read *sheet)
{
    bool has_first = false, has_last = false, has_amount = false;
    for (size_t i = 0; i < sheet->column_count; i++) {
        enum xh_own_role role = sheet->columns[i].role;
        has_first |= role == XH_OWN_FIRST;
        has_last |= role == XH_OWN_LAST;
        has_amount |= role == XH_OWN_AMOUNT || role == XH_OWN_NET;
    }
    return sheet->layout == XH_OWN_ACROSS ||
           (sheet->layout == XH_OWN_DOWN && (has_amount || (has_first && has_last)));
}

static bool are_bills(const struct xh_import_bills *b)
{
    bool has_columns = false;
    size_t wrong = 0, kept = b->read.fault_count;
    for (size_t s = 0; s < b->table.sheet_count; s++) {
        has_columns |= has_columns_of_bills(&b->read.sheets[s]);
    }
    for (size_t i = 0; i < kept && i < XH_OWN_FAULTS_MAX; i++) {
        enum xh_own_fault_kind kind = b->read.faults[i].kind;
        wrong += kind != XH_OWN_NO_YEAR && kind != XH_OWN_WHICH_DECIMAL;
    }
    bool has_any = b->read.bill_count > 0 || b->read.question_count > 0;
    return has_columns && has_any && wrong <= 3 * b->read.bill_count + 3;
}

int xh_import_bills_open(struct xh_app *app, const struct xh_args *args, const char *path,
                         struct xh_import_bills **ret, struct xh_err *err)
{
    struct xh_import_bills *b = XH_NEW(app->arena, struct xh_import_bills);
    struct xh_buf bytes;
    struct xh_str as = xh_args_text(args, "as");
    bool is_said = xh_str_is(as, "bills");
    xh_buf_init(&bytes, FILE_BYTES_MAX);
    *ret = NULL;
    if (xh_str_is(as, "readings")) {
        return XH_E_OK;
    }
    int code = xh_file_read(app->env, path, FILE_BYTES_MAX, &bytes, is_said ? err : NULL);
    b->path = path;
    b->bytes = code == 0 ? xh_arena_str(app->arena, xh_buf_str(&bytes)) : xh_str_from(NULL);
    xh_buf_finish(&bytes);
    wish_of(args, &b->wish);
    code = code < 0 ? code
                    : xh_own_table_read(b->bytes, app->arena, &b->table, is_said ? err : NULL);
    code = code < 0 ? code
                    : xh_own_read(&b->table, &b->wish, app->arena, &b->read, is_said ? err : NULL);
    if (code < 0) {
        return is_said ? code : XH_E_OK; /* the reader of readings says what is wrong */
    }
    if (is_said || are_bills(b)) {
        *ret = b;
    }
    return XH_E_OK;
}

/* ---- shown ---- */

static void show_columns(struct xh_app *app, const struct xh_import_bills *b)
{
    bool is_vi = app->out.is_vietnamese;
    for (size_t s = 0; s < b->table.sheet_count; s++) {
        const struct xh_own_sheet_read *sheet = &b->read.sheets[s];
        if (sheet->layout == XH_OWN_NOTHING) {
            continue;
        }
        xh_term_print(&app->out,
                      xh_term_say(&app->out, "sheet %zu %.*s: %zu bills, header in row %u\n",
                                  "trang %zu %.*s: %zu hoá đơn, tiêu đề ở dòng %u\n"),
                      s + 1, XH_STR_ARG(b->table.sheets[s].name), sheet->bill_count,
                      (unsigned)sheet->header_row);
        for (size_t c = 0; c < sheet->column_count; c++) {
            const struct xh_own_column *column = &sheet->columns[c];
            char id[XH_OWN_CELL_BYTES];
            if (column->role == XH_OWN_SKIP && !column->is_unsure) {
                continue;
            }
            xh_own_column_id(sheet, column, id);
            xh_term_print(&app->out, "  %-3s %.*s: %s %s (%s)\n", id, XH_STR_ARG(column->name),
                          xh_own_role_label(column->role, is_vi),
                          xh_own_medium_label(column->medium, is_vi),
                          is_vi ? column->why_vi : column->why_en);
        }
    }
}

static void show_faults(struct xh_app *app, const struct xh_own_read *read)
{
    bool is_vi = app->out.is_vietnamese;
    for (size_t i = 0; i < read->fault_count && i < FAULTS_SHOWN; i++) {
        const struct xh_own_fault *fault = &read->faults[i];
        xh_term_colour(&app->out, XH_YELLOW);
        xh_term_print(&app->out, "  %s", fault->cell);
        xh_term_colour(&app->out, XH_PLAIN);
        xh_term_print(&app->out, " '%.*s': %s; %s\n", XH_STR_ARG(fault->value),
                      xh_own_fault_text(fault->kind, is_vi),
                      xh_own_fault_advice(fault->kind, is_vi));
    }
    if (read->fault_count > FAULTS_SHOWN) {
        xh_term_print(&app->out, xh_term_say(&app->out, "  and %zu more\n", "  và %zu chỗ nữa\n"),
                      read->fault_count - FAULTS_SHOWN);
    }
}

static void show_questions(struct xh_app *app, const struct xh_own_read *read)
{
    static const char *const says[][2] = {
        {"which mark stands before the decimals? say --decimal comma or --decimal point",
         "dấu nào đứng trước phần thập phân? ghi --decimal comma hoặc --decimal point"},
        {"of which year are the months? say --year 2025",
         "các tháng thuộc năm nào? ghi --year 2025"},
        {"what are the bills for? say --medium electricity, water, gas or fuel",
         "hoá đơn của gì? ghi --medium electricity, water, gas hoặc fuel"},
        {"is a column a quantity or money? say --roles B:quantity or B:amount",
         "cột là lượng dùng hay số tiền? ghi --roles B:quantity hoặc B:amount"},
    };
    for (size_t i = 0; i < read->question_count; i++) {
        xh_term_print(&app->out, "  ? %s\n",
                      says[read->questions[i]][app->out.is_vietnamese ? 1 : 0]);
    }
}

static void show(struct xh_app *app, const struct xh_import_bills *b)
{
    xh_term_print(&app->out,
                  xh_term_say(&app->out, "%s: %zu bills understood, %zu cells not\n",
                              "%s: hiểu được %zu hoá đơn, %zu ô chưa hiểu\n"),
                  b->path, b->read.bill_count, b->read.fault_count);
    show_columns(app, b);
    show_faults(app, &b->read);
    show_questions(app, &b->read);
}

static void show_findings(struct xh_app *app, const struct xh_tree *answer)
{
    const struct xh_tree *findings = xh_tree_get(answer, "findings");
    const char *name = app->out.is_vietnamese ? "sentence_vi" : "sentence_en";
    for (const struct xh_tree *at = findings ? findings->first : NULL; at; at = at->next) {
        xh_term_print(&app->out, "• %.*s\n", XH_STR_ARG(xh_tree_text(at, name)));
    }
}

/* ---- asked, taken ---- */

static const char *target_of(struct xh_app *app, const struct xh_args *args,
                             const struct xh_import_bills *b, const char *step)
{
    char sheet[XH_NUM_TEXT_BYTES], year[XH_NUM_TEXT_BYTES];
    const struct xh_own_wish *wish = &b->wish;
    const struct xh_ask_pair pairs[] = {
        {"step", xh_str_from(step)},
        {"file", b->name},
        {"sheet", {sheet, wish->sheet ? xh_int_print((int64_t)wish->sheet, sheet) : 0}},
        {"medium", xh_args_text(args, "medium")},
        {"year", {year, wish->year ? xh_int_print(wish->year, year) : 0}},
        {"decimal", {&wish->decimal, wish->decimal ? 1 : 0}},
        {"roles", wish->roles},
        {"tariff", xh_args_text(args, "tariff")},
        {"place", xh_args_text(args, "place")},
        {"again", xh_str_from(xh_args_flag(args, "again") ? "1" : "")},
    };
    return xh_door_target(app->arena, "/api/v1/bring", pairs, XH_COUNT(pairs));
}

static int ask(struct xh_app *app, const struct xh_args *args, const struct xh_import_bills *b,
               struct xh_door *door, const char *step, const struct xh_tree **ret,
               struct xh_err *err)
{
    struct xh_str body = {NULL, 0};
    int code = xh_door_send(door, "POST", target_of(app, args, b, step), b->bytes, NULL, &body,
                            err);
    if (code == 0 && app->is_json &&
        (xh_str_is(xh_str_from(step), "take") || xh_args_flag(args, "dry-run"))) {
        xh_term_print(&app->out, "%.*s\n", XH_STR_ARG(xh_str_trim(body)));
    }
    return code < 0 ? code : xh_tree_parse(app->arena, body, ret, err);
}

static int look(struct xh_app *app, const struct xh_args *args, const struct xh_import_bills *b,
                struct xh_door *door, struct xh_err *err)
{
    const struct xh_tree *answer = NULL;
    int code = ask(app, args, b, door, "look", &answer, err);
    if (code == 0 && !app->is_json) {
        show_findings(app, answer);
    }
    return code;
}

static int take(struct xh_app *app, const struct xh_args *args, const struct xh_import_bills *b,
                struct xh_door *door, struct xh_err *err)
{
    const struct xh_tree *answer = NULL;
    int code = ask(app, args, b, door, "take", &answer, err);
    if (code == 0 && !app->is_json) {
        xh_term_print(&app->out,
                      xh_term_say(&app->out,
                                  "import %lld: %lld bills kept; `xanh import undo %lld` takes "
                                  "them back\n",
                                  "lần nhập %lld: đã lưu %lld hoá đơn; `xanh import undo %lld` để "
                                  "hoàn tác\n"),
                      (long long)xh_tree_int(answer, "import"),
                      (long long)xh_tree_int(answer, "bill_count"),
                      (long long)xh_tree_int(answer, "import"));
    }
    return code;
}

int xh_import_bills_run(struct xh_app *app, const struct xh_args *args, struct xh_import_bills *b,
                        struct xh_err *err)
{
    struct xh_str records = xh_arena_format(app->arena, "%s/records.db", app->dir);
    bool is_dry = xh_args_flag(args, "dry-run"), has_folder = access(records.ptr, F_OK) == 0;
    struct xh_door *door = NULL;
    struct xh_str rest = xh_str_from(b->path), part;
    int code = XH_E_OK;
    while (xh_str_split(&rest, '/', &part)) {
        b->name = part;
    }
    if (!app->is_json) {
        show(app, b);
    }
    /* A look makes no folder; without one there are no prices to compare with. */
    if (is_dry && !has_folder && !app->is_json) {
        return XH_E_OK;
    }
    code = xh_door_open(app, true, &door, err);
    code = code < 0 ? code : look(app, args, b, door, err);
    code = code < 0 || is_dry ? code : xh_import_confirm(app, args, err);
    if (code == 0) {
        code = xh_term_flush(&app->out, err);
    }
    code = code < 0 || is_dry ? code : take(app, args, b, door, err);
    xh_door_close(door);
    return code;
}
