/* cmd_device.c: xanh device: the fleet from the command line. What makes devices is in
 * device_make.c, the live view in device_tail.c. */
#include "app/device.h"
#include "base/json_member.h"

int xh_device_operand(const struct xh_args *args, size_t index, const char *what,
                      struct xh_str *ret, struct xh_err *err)
{
    *ret = xh_args_operand(args, index);
    return ret->len > 0 ? 0
                        : xh_err_set(err, XH_E_INVALID, "xanh device %.*s needs %s",
                                     XH_STR_ARG(xh_args_operand(args, 0)), what);
}

int xh_device_find(struct xh_app *app, struct xh_door *door, struct xh_str code, int64_t *ret_id,
                   struct xh_err *err)
{
    const struct xh_tree *device = NULL;
    struct xh_buf target = {0};

    xh_buf_add_text(&target, "/api/v1/core/devices/by/code/");
    xh_client_encode(&target, code);
    int status = xh_door_get_tree(door, app->arena, xh_buf_text(&target), &device, err);
    xh_buf_finish(&target);
    if (status == 0) {
        *ret_id = xh_tree_int(device, "id");
    }
    return status;
}

static int find_operand(struct xh_app *app, const struct xh_args *args, struct xh_door *door,
                        int64_t *ret_id, struct xh_err *err)
{
    struct xh_str code;
    int status = xh_device_operand(args, 1, "the code of a device", &code, err);

    return status < 0 ? status : xh_device_find(app, door, code, ret_id, err);
}

/* ---- list ---- */

static struct xh_str flags_text(struct xh_arena *arena, const struct xh_tree *device)
{
    struct xh_str text = XH_STR("fine");
    const struct xh_tree *flags = xh_tree_get(device, "flags");

    for (const struct xh_tree *f = flags ? flags->first : NULL; f; f = f->next) {
        text = f == flags->first
                   ? f->text
                   : xh_arena_format(arena, "%.*s, %.*s", XH_STR_ARG(text), XH_STR_ARG(f->text));
    }
    return text;
}

static void print_list(struct xh_app *app, const struct xh_tree *answer)
{
    static const char *const heads[] = {"code", "name", "place", "state", "seen", ">battery %"};
    const struct xh_tree *items = xh_tree_get(answer, "items");
    struct xh_table table;

    xh_table_init(&table, app->arena, heads, XH_COUNT(heads));
    for (const struct xh_tree *d = items ? items->first : NULL; d; d = d->next) {
        struct xh_str state = flags_text(app->arena, d);
        xh_table_cell(&table, xh_tree_text(d, "code"), XH_PLAIN);
        xh_table_cell(&table, xh_tree_text(d, "name"), XH_PLAIN);
        xh_table_cell(&table, xh_tree_text(d, "place_label"), XH_PLAIN);
        xh_table_cell(&table, state, xh_str_is(state, "fine") ? XH_GREEN : XH_YELLOW);
        xh_table_cell(&table, xh_tree_text(d, "seen"), XH_FAINT);
        xh_table_cell(&table, xh_tree_text(d, "battery_pct"), XH_PLAIN);
    }
    xh_table_print(&table, &app->out);
    if (!xh_tree_is_null(answer, "next")) {
        xh_term_print(&app->note, "%s\n",
                      xh_term_say(&app->note, "there are more: name words with --search",
                                  "còn nữa: hãy lọc bằng --search"));
    }
}

static int run_list(struct xh_app *app, const struct xh_args *args, struct xh_door *door,
                    struct xh_err *err)
{
    const struct xh_ask_pair pairs[] = {
        {"state", xh_args_text(args, "state")},
        {"q", xh_args_text(args, "search")},
        {"limit", XH_STR("1000")},
    };
    const struct xh_tree *answer = NULL;
    struct xh_str body = {NULL, 0};
    const char *target = xh_door_target(app->arena, "/api/v1/devices", pairs, XH_COUNT(pairs));
    int code = xh_door_get(door, target, &body, err);

    code = code < 0 ? code : xh_door_answer(app, body, &answer, err);
    if (code == 0 && answer != NULL) {
        print_list(app, answer);
    }
    return code;
}

/* ---- keys ---- */

static struct xh_str label_body(struct xh_app *app, const struct xh_args *args)
{
    struct xh_json_writer w;
    struct xh_buf buf = {0};

    xh_json_writer_init(&w, &buf, false);
    xh_json_object(&w);
    xh_json_member_str(&w, "label", xh_args_text(args, "label"));
    xh_json_object_end(&w);
    struct xh_str body = xh_arena_str(app->arena, xh_buf_str(&buf));
    xh_buf_finish(&buf);
    return body;
}

/* A new key; *ret_body is the whole answer. */
static int key_make(struct xh_app *app, const struct xh_args *args, struct xh_door *door,
                    struct xh_str *ret_key, struct xh_str *ret_body, struct xh_err *err)
{
    const struct xh_tree *answer = NULL;
    struct xh_str body = {NULL, 0};
    int64_t id = 0;
    int code = find_operand(app, args, door, &id, err);

    if (code < 0) {
        return code;
    }
    struct xh_str target = xh_arena_format(app->arena, "/api/v1/devices/%lld/keys", (long long)id);
    code = xh_door_send(door, "POST", target.ptr, label_body(app, args), NULL, &body, err);
    *ret_body = xh_arena_str(app->arena, body);
    code = code < 0 ? code : xh_tree_parse(app->arena, *ret_body, &answer, err);
    if (code == 0) {
        *ret_key = xh_tree_text(answer, "key");
    }
    return code;
}

static int run_key(struct xh_app *app, const struct xh_args *args, struct xh_door *door,
                   struct xh_err *err)
{
    struct xh_str key, body;
    int code = key_make(app, args, door, &key, &body, err);

    if (code == 0) {
        xh_term_print(&app->out, "%.*s\n", XH_STR_ARG(app->is_json ? xh_str_trim(body) : key));
    }
    return code;
}

static int run_revoke(struct xh_app *app, const struct xh_args *args, struct xh_door *door,
                      struct xh_err *err)
{
    struct xh_str key, body = {NULL, 0};
    int64_t id = 0;
    int code = find_operand(app, args, door, &id, err);

    code = code < 0 ? code : xh_device_operand(args, 2, "the number of a key", &key, err);
    if (code < 0) {
        return code;
    }
    struct xh_buf target = {0};
    xh_buf_add_format(&target, "/api/v1/devices/%lld/keys/", (long long)id);
    xh_client_encode(&target, key);
    xh_buf_add_text(&target, "/revoke");
    code = xh_door_send(door, "POST", xh_buf_text(&target), XH_STR("{}"), NULL, &body, err);
    xh_buf_finish(&target);
    if (code == 0 && app->is_json) {
        xh_term_print(&app->out, "%.*s\n", XH_STR_ARG(xh_str_trim(body)));
    } else if (code == 0) {
        xh_term_print(&app->out, "%s\n",
                      xh_term_say(&app->out, "the key opens nothing any more",
                                  "khóa không còn hiệu lực"));
    }
    return code;
}

/* ---- a QR code ---- */

static int run_qr(struct xh_app *app, const struct xh_args *args, struct xh_door *door,
                  struct xh_err *err)
{
    struct xh_str key = xh_args_text(args, "key"), code, body = {NULL, 0};
    struct xh_json_writer w;
    struct xh_buf buf = {0};
    int status = xh_device_operand(args, 1, "the code of a device", &code, err);

    if (status == 0 && key.len == 0) {
        status = key_make(app, args, door, &key, &body, err);
    }
    if (status < 0) {
        return status;
    }
    xh_json_writer_init(&w, &buf, false);
    xh_json_object(&w);
    xh_json_member_str(&w, "url", xh_args_text(args, "url"));
    xh_json_member_str(&w, "device", code);
    xh_json_member_str(&w, "key", key);
    xh_json_object_end(&w);
    const char *target = xh_args_flag(args, "svg") ? "/api/v1/devices/qr"
                                                   : "/api/v1/devices/qr?format=text";
    status = xh_door_send(door, "POST", target, xh_buf_str(&buf), NULL, &body, err);
    xh_buf_finish(&buf);
    if (status == 0) {
        xh_term_print(&app->out, "%.*s", XH_STR_ARG(body));
    }
    return status;
}

/* ---- replace ---- */

static void write_dec(struct xh_json_writer *w, const struct xh_args *args, const char *option,
                      const char *name)
{
    if (xh_args_has(args, option)) {
        xh_json_name(w, name);
        xh_json_dec(w, xh_args_dec(args, option));
    }
}

static void write_option(struct xh_json_writer *w, const struct xh_args *args, const char *option,
                         const char *name)
{
    if (xh_args_has(args, option)) {
        xh_json_name(w, name);
        xh_json_str(w, xh_args_text(args, option));
    }
}

static struct xh_str replace_body(const struct xh_args *args, struct xh_str new_code,
                                  struct xh_buf *buf)
{
    struct xh_json_writer w;

    xh_json_writer_init(&w, buf, false);
    xh_json_object(&w);
    xh_json_member_str(&w, "code", new_code);
    write_option(&w, args, "name", "name");
    write_option(&w, args, "serial", "serial");
    write_option(&w, args, "at", "at");
    xh_json_member_bool(&w, "new_key", true);
    xh_json_name(&w, "registers");
    xh_json_array(&w);
    if (xh_args_has(args, "series")) {
        xh_json_object(&w);
        write_option(&w, args, "series", "series");
        write_dec(&w, args, "final", "final");
        write_dec(&w, args, "first", "first");
        xh_json_object_end(&w);
    }
    xh_json_array_end(&w);
    xh_json_object_end(&w);
    return xh_buf_str(buf);
}

static int run_replace(struct xh_app *app, const struct xh_args *args, struct xh_door *door,
                       struct xh_err *err)
{
    struct xh_str new_code, body = {NULL, 0};
    const struct xh_tree *answer = NULL;
    struct xh_buf buf = {0};
    int64_t id = 0;
    int code = find_operand(app, args, door, &id, err);

    code = code < 0 ? code
                    : xh_device_operand(args, 2, "the code of the new device", &new_code, err);
    if (code < 0) {
        return code;
    }
    struct xh_str target = xh_arena_format(app->arena, "/api/v1/devices/%lld/replace",
                                           (long long)id);
    code = xh_door_send(door, "POST", target.ptr, replace_body(args, new_code, &buf), NULL, &body,
                        err);
    xh_buf_finish(&buf);
    code = code < 0 ? code : xh_door_answer(app, body, &answer, err);
    if (code == 0 && answer != NULL) {
        xh_term_print(&app->out, "%.*s\n", XH_STR_ARG(xh_tree_text(answer, "key")));
        xh_term_print(&app->note, "%s\n",
                      xh_term_say(&app->note, "this is the key of the new device; it is told once",
                                  "đây là khóa của thiết bị mới; chỉ hiện một lần"));
    }
    return code;
}

/* ---- the command ---- */

static const struct {
    const char *name;
    int (*run)(struct xh_app *app, const struct xh_args *args, struct xh_door *door,
               struct xh_err *err);
} actions[] = {
    {"list", run_list},     {"add", xh_device_add}, {"provision", xh_device_provision},
    {"key", run_key},       {"revoke", run_revoke}, {"qr", run_qr},
    {"tail", xh_device_tail}, {"replace", run_replace},
};

static int run_device(struct xh_app *app, const struct xh_args *args, struct xh_err *err)
{
    struct xh_str name = xh_args_operand(args, 0);
    struct xh_door *door = NULL;

    for (size_t i = 0; i < XH_COUNT(actions); i++) {
        if (xh_str_is(name, actions[i].name)) {
            int code = xh_door_open(app, false, &door, err);
            code = code < 0 ? code : actions[i].run(app, args, door, err);
            xh_door_close(door);
            return code;
        }
    }
    return xh_err_field(err, XH_E_INVALID, "action", name,
                        "list, add, provision, key, revoke, qr, tail, replace", NULL,
                        "xanh device can list, add, provision, key, revoke, qr, tail, replace; "
                        "not \"%.*s\"",
                        XH_STR_ARG(xh_str_sub(name, 0, 40)));
}

#define TEXT(name_, value_, en, vi)                                                                \
    {                                                                                              \
        .name = name_, .type = XH_ARG_TEXT, .value_name = value_, .help_en = en, .help_vi = vi     \
    }
#define FLAG(name_, en, vi)                                                                        \
    {                                                                                              \
        .name = name_, .type = XH_ARG_FLAG, .help_en = en, .help_vi = vi                           \
    }
static const struct xh_option options[] = {
    {.name = "state",
     .type = XH_ARG_CHOICE,
     .choices = "all fine silent noisy low_battery clock_off never_seen",
     .value_name = "STATE",
     .help_en = "list: only those that are so",
     .help_vi = "list: chỉ những thiết bị như vậy"},
    TEXT("search", "WORDS", "list: in code, name, serial number or place",
         "list: trong mã, tên, số sê-ri hoặc địa điểm"),
    TEXT("place", "CODE", "add: where it stands", "add: địa điểm"),
    TEXT("name", "TEXT", "add, replace: its name", "add, replace: tên"),
    TEXT("kind", "KIND", "add: electricity_meter, water_meter, ...",
         "add: electricity_meter, water_meter, ..."),
    TEXT("owner", "CODE", "add: the party it belongs to", "add: chủ sở hữu"),
    TEXT("serial", "TEXT", "add, replace: serial number", "add, replace: số sê-ri"),
    TEXT("series", "CODE", "add, replace: the code of its series",
         "add, replace: mã chuỗi số liệu"),
    TEXT("quantity", "NAME", "add: what it measures, energy.electricity",
         "add: đại lượng đo, energy.electricity"),
    TEXT("unit", "UNIT", "add: the unit of what it sends", "add: đơn vị của số gửi đến"),
    TEXT("series-kind", "KIND", "add: register, interval, power, gauge, state",
         "add: register, interval, power, gauge, state"),
    TEXT("period", "SECONDS", "add: how often it sends", "add: chu kỳ gửi"),
    TEXT("keys", "FILE", "provision: where the keys are written",
         "provision: tệp ghi các khóa"),
    FLAG("dry-run", "provision: only check the table", "provision: chỉ kiểm tra bảng"),
    TEXT("label", "TEXT", "key, qr: what the key is for", "key, qr: khóa dùng để làm gì"),
    TEXT("key", "KEY", "qr: this key; a new one when left out",
         "qr: khóa này; bỏ trống thì tạo khóa mới"),
    {.name = "url",
     .type = XH_ARG_TEXT,
     .value_name = "URL",
     .usual = "http://127.0.0.1:8080",
     .help_en = "qr: where the device finds the server",
     .help_vi = "qr: địa chỉ máy chủ cho thiết bị"},
    FLAG("svg", "qr: as a picture, not as text", "qr: dạng hình SVG thay vì chữ"),
    TEXT("at", "TIME", "replace: when, as 2025-06-15T08:00:00+07:00; now when left out",
         "replace: lúc thay, như 2025-06-15T08:00:00+07:00; bỏ trống là bây giờ"),
    {.name = "final",
     .type = XH_ARG_DEC,
     .value_name = "NUMBER",
     .help_en = "replace: the last display of the old meter",
     .help_vi = "replace: chỉ số cuối của công tơ cũ"},
    {.name = "first",
     .type = XH_ARG_DEC,
     .value_name = "NUMBER",
     .help_en = "replace: the first display of the new meter",
     .help_vi = "replace: chỉ số đầu của công tơ mới"},
    {.name = "events",
     .type = XH_ARG_INT,
     .value_name = "N",
     .min = 1,
     .max = 1000000000,
     .help_en = "tail: end after so many events",
     .help_vi = "tail: dừng sau chừng ấy sự kiện"},
};
static const struct xh_example examples[] = {
    {"device list --state silent", "devices that are not heard any more",
     "thiết bị không còn gửi số liệu"},
    {"device add m-17 --place home-7 --quantity energy.electricity --unit kWh",
     "one meter; its key is printed", "một công tơ; khóa được in ra"},
    {"device provision meters.csv --keys keys.csv", "thousands of them from a table",
     "hàng nghìn thiết bị từ một bảng"},
    {"device tail m-17", "what it sends and what becomes of it",
     "thiết bị gửi gì và được xử lý ra sao"},
    {"device replace m-17 m-18 --series m-17/electricity --final 9834.5 --first 0",
     "another meter in its place", "thay công tơ"},
    {NULL, NULL, NULL},
};
const struct xh_command xh_command_device = {
    .name = "device",
    .summary_en = "devices: how they are, their keys, many at once, one replaced",
    .summary_vi = "thiết bị: tình trạng, khóa, tạo hàng loạt, thay thế",
    .about_en = "ACTION is one of list, add CODE, provision FILE, key CODE, revoke CODE NUMBER, qr "
                "CODE, tail CODE, replace CODE NEW. A key lets a device write its own series and "
                "nothing else; it is told once and kept as a digest.",
    .about_vi = "ACTION là list, add MÃ, provision TỆP, key MÃ, revoke MÃ SỐ, qr MÃ, tail MÃ, "
                "replace MÃ MÃ-MỚI. Khóa cho phép thiết bị ghi các chuỗi của chính nó và không gì "
                "khác; chỉ hiện một lần, máy chủ chỉ giữ mã băm.",
    .operands = "ACTION [NAME] [NAME]",
    .operand_min = 1,
    .operand_max = 3,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .examples = examples,
    .run = run_device,
};
