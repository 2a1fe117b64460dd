/* device_make.c: xanh device add and provision: devices, series and keys from the command line or
 * from a table. The table is checked whole, then sent in slices, and after each slice the file of
 * keys is written anew, readable by its owner only: what was told once is not lost by an end half
 * way. */
#include "app/device.h"
#include "app/problem.h"
#include "base/csv.h"
#include "base/json_member.h"

enum { FILE_BYTES_MAX = 64 << 20, SLICE_LINES = 500 };

struct provision {
    struct xh_app *app;
    struct xh_door *door;
    struct xh_str table;
    const char *keys_path;
    struct xh_csv_reader *reader;
    struct xh_buf head, slice, keys;
    size_t slice_lines, sent, total, made;
};

static int post(struct xh_app *app, struct xh_door *door, const char *target, struct xh_str table,
                const struct xh_tree **ret, int *ret_status, struct xh_err *err)
{
    const struct xh_client_ask ask = {"POST", xh_str_from(target), "text/csv", table, NULL};
    const struct xh_http_answer *answer = NULL;
    int code = xh_client_request(xh_door_client(door), &ask, &answer, err);

    if (code < 0) {
        return code;
    }
    code = xh_tree_parse(app->arena, xh_buf_str(&answer->body), ret, err);
    *ret_status = answer->status;
    if (code == 0 && answer->status >= 400 && xh_tree_get(*ret, "faults") == NULL) {
        code = xh_problem_read(app->arena, answer->status, xh_buf_str(&answer->body), err);
    }
    return code;
}

/* All faults, with the numbers of their lines. */
static int tell_faults(struct xh_app *app, const struct xh_tree *report, struct xh_err *err)
{
    const struct xh_tree *faults = xh_tree_get(report, "faults");

    if (xh_tree_int(report, "refused") == 0) {
        return 0;
    }
    for (const struct xh_tree *fault = faults ? faults->first : NULL; fault; fault = fault->next) {
        xh_term_print(&app->note, xh_term_say(&app->note, "line %lld: %.*s\n", "dòng %lld: %.*s\n"),
                      (long long)xh_tree_int(fault, "line"),
                      XH_STR_ARG(xh_tree_text(xh_tree_get(fault, "error"), "detail")));
    }
    return xh_err_set(err, XH_E_INVALID, "%lld lines are wrong: nothing was written",
                      (long long)xh_tree_int(report, "refused"));
}

static int check(struct provision *p, const struct xh_tree **ret, struct xh_err *err)
{
    int status = 0;
    int code = post(p->app, p->door, "/api/v1/devices/provision?dry_run=1", p->table, ret, &status,
                    err);

    return code < 0 ? code : tell_faults(p->app, *ret, err);
}

static void keys_add(struct provision *p, const struct xh_tree *report)
{
    const struct xh_tree *devices = xh_tree_get(report, "devices");
    struct xh_csv_writer w;

    xh_csv_writer_init(&w, &p->keys);
    for (const struct xh_tree *d = devices ? devices->first : NULL; d; d = d->next) {
        if (xh_tree_text(d, "key").len > 0) {
            xh_csv_field(&w, xh_tree_text(d, "code"));
            xh_csv_field(&w, xh_tree_text(d, "id"));
            xh_csv_field(&w, xh_tree_text(d, "key"));
            xh_csv_end(&w);
        }
    }
}

static void tell_progress(struct provision *p)
{
    if (p->app->note.is_tty) {
        xh_term_print(&p->app->note, "\r%zu / %zu", p->sent, p->total);
        (void)xh_term_flush(&p->app->note, NULL);
    }
}

static int slice_send(struct provision *p, struct xh_err *err)
{
    const struct xh_tree *report = NULL;
    int status = 0;

    if (p->slice_lines == 0) {
        return 0;
    }
    int code = post(p->app, p->door, "/api/v1/devices/provision?format=json", xh_buf_str(&p->slice),
                    &report, &status, err);
    code = code < 0 ? code : tell_faults(p->app, report, err);
    if (code < 0) {
        return code;
    }
    keys_add(p, report);
    p->made += (size_t)xh_tree_int(report, "devices_made");
    p->sent += p->slice_lines;
    p->slice_lines = 0;
    xh_buf_clear(&p->slice);
    xh_buf_add_str(&p->slice, xh_buf_str(&p->head));
    tell_progress(p);
    return xh_file_replace_secret(p->app->env, p->keys_path, xh_buf_str(&p->keys), err);
}

static void record_add(struct xh_buf *out, const struct xh_str *fields, size_t count)
{
    struct xh_csv_writer w;

    xh_csv_writer_init(&w, out);
    for (size_t i = 0; i < count; i++) {
        xh_csv_field(&w, fields[i]);
    }
    xh_csv_end(&w);
}

static int send_all(struct provision *p, struct xh_err *err)
{
    const struct xh_str *fields;
    size_t count;
    int code;

    xh_csv_feed(p->reader, p->table.ptr, p->table.len, true);
    while ((code = xh_csv_next(p->reader, &fields, &count, err)) == 1) {
        if (p->head.len == 0) {
            record_add(&p->head, fields, count);
            record_add(&p->slice, fields, count);
            continue;
        }
        record_add(&p->slice, fields, count);
        if (++p->slice_lines == SLICE_LINES && (code = slice_send(p, err)) < 0) {
            break;
        }
    }
    return code < 0 ? code : slice_send(p, err);
}

static void tell_end(const struct provision *p)
{
    struct xh_app *app = p->app;

    if (app->note.is_tty) {
        xh_term_print(&app->note, "\n");
    }
    if (app->is_json) {
        xh_term_print(&app->out, "{\"lines\":%zu,\"devices_made\":%zu}\n", p->sent, p->made);
        return;
    }
    xh_term_print(
        &app->out,
        xh_term_say(&app->out,
                    "%zu lines, %zu devices made; their keys are in '%s': keep it well, "
                    "they are told once\n",
                    "%zu dòng, đã tạo %zu thiết bị; khóa nằm trong '%s': hãy giữ kỹ, khóa "
                    "chỉ hiện một lần\n"),
        p->sent, p->made, p->keys_path);
}

static void tell_trial(struct xh_app *app, const struct xh_tree *report)
{
    xh_term_print(&app->out,
                  xh_term_say(&app->out,
                              "%lld lines are right: %lld devices and %lld series would be made, "
                              "%lld devices are there already\n",
                              "%lld dòng đúng: sẽ tạo %lld thiết bị và %lld chuỗi, %lld thiết bị "
                              "đã có\n"),
                  (long long)xh_tree_int(report, "lines"),
                  (long long)xh_tree_int(report, "devices_made"),
                  (long long)xh_tree_int(report, "series_made"),
                  (long long)xh_tree_int(report, "devices_there"));
}

static int provision(struct provision *p, bool is_dry_run, struct xh_err *err)
{
    const struct xh_tree *report = NULL;
    int code = check(p, &report, err);

    if (code < 0) {
        return code;
    }
    if (is_dry_run) {
        tell_trial(p->app, report);
        return 0;
    }
    p->total = (size_t)xh_tree_int(report, "lines");
    xh_buf_add_text(&p->keys, "code,device_id,key\r\n");
    p->reader = xh_csv_reader_create(0);
    code = send_all(p, err);
    xh_csv_reader_destroy(p->reader);
    if (code == 0) {
        tell_end(p);
    }
    return code;
}

int xh_device_provision(struct xh_app *app, const struct xh_args *args, struct xh_door *door,
                        struct xh_err *err)
{
    struct provision p = {.app = app, .door = door, .keys_path = xh_args_string(args, "keys")};
    bool is_dry_run = xh_args_flag(args, "dry-run");
    struct xh_buf table = {0};
    struct xh_str path;
    int code = xh_device_operand(args, 1, "a CSV file", &path, err);

    if (code == 0 && p.keys_path == NULL && !is_dry_run) {
        code = xh_err_field(err, XH_E_INVALID, "keys", xh_str_from(NULL), "--keys FILE", NULL,
                            "xanh device provision needs --keys: the keys are told once, into that "
                            "file");
    }
    if (code == 0) {
        code = xh_file_read(app->env, xh_arena_text(app->arena, path), FILE_BYTES_MAX, &table, err);
    }
    p.table = xh_buf_str(&table);
    code = code < 0 ? code : provision(&p, is_dry_run, err);
    xh_buf_finish(&table);
    xh_buf_finish(&p.head);
    xh_buf_finish(&p.slice);
    xh_buf_finish(&p.keys);
    return code;
}

/* ---- one device ---- */

/* A table of one line, of the options that were given. */
static void line_of(const struct xh_args *args, struct xh_str code, struct xh_buf *out)
{
    static const struct {
        const char *option, *column;
    } columns[] = {
        {"name", "name"},         {"place", "place"},   {"kind", "kind"},
        {"owner", "owner"},       {"serial", "serial"}, {"series", "series"},
        {"quantity", "quantity"}, {"unit", "unit"},     {"series-kind", "series_kind"},
        {"period", "period_s"},
    };
    struct xh_csv_writer w;

    xh_csv_writer_init(&w, out);
    xh_csv_text(&w, "code");
    for (size_t i = 0; i < XH_COUNT(columns); i++) {
        xh_csv_text(&w, columns[i].column);
    }
    xh_csv_end(&w);
    xh_csv_field(&w, code);
    for (size_t i = 0; i < XH_COUNT(columns); i++) {
        xh_csv_field(&w, xh_args_text(args, columns[i].option));
    }
    xh_csv_end(&w);
}

static void print_added(struct xh_app *app, struct xh_str code, int64_t id, struct xh_str key)
{
    struct xh_json_writer w;

    xh_json_writer_init(&w, &app->out.out, false);
    xh_json_object(&w);
    xh_json_member_str(&w, "code", code);
    xh_json_member_int(&w, "id", id);
    xh_json_member_str(&w, "key", key);
    xh_json_object_end(&w);
    xh_term_print(&app->out, "\n");
}

int xh_device_add(struct xh_app *app, const struct xh_args *args, struct xh_door *door,
                  struct xh_err *err)
{
    const struct xh_tree *report = NULL;
    struct xh_buf table = {0};
    struct xh_str code;
    int status = xh_device_operand(args, 1, "the code of the new device", &code, err), http = 0;

    if (status < 0) {
        return status;
    }
    line_of(args, code, &table);
    status = post(app, door, "/api/v1/devices/provision?format=json", xh_buf_str(&table), &report,
                  &http, err);
    xh_buf_finish(&table);
    status = status < 0 ? status : tell_faults(app, report, err);
    if (status < 0) {
        return status;
    }
    const struct xh_tree *devices = xh_tree_get(report, "devices");
    struct xh_str key = devices ? xh_tree_text(devices->first, "key") : (struct xh_str){NULL, 0};
    if (app->is_json) {
        print_added(app, code, devices ? xh_tree_int(devices->first, "id") : 0, key);
    } else if (key.len > 0) {
        xh_term_print(&app->out, "%.*s\n", XH_STR_ARG(key));
        xh_term_print(&app->note, "%s\n",
                      xh_term_say(&app->note, "this is its key; it is told once",
                                  "đây là khóa của thiết bị; chỉ hiện một lần"));
    } else {
        xh_term_print(&app->out, "%s\n",
                      xh_term_say(&app->out, "the device was there already; no key was made",
                                  "thiết bị đã có; không tạo khóa"));
    }
    return 0;
}
