/* cmd_simulate.c: xanh simulate devices: makes devices with keys of their own in the folder that a
 * server has open, sends as they would, and tells how it went. Through the socket it makes them, by
 * the network it sends. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <time.h>

#include "app/device.h"
#include "app/load.h"
#include "app/problem.h"
#include "base/num.h"

enum { SLICE_DEVICES = 1000 };

/* ---- the devices ---- */

static int place_make(struct xh_app *app, struct xh_door *door, struct xh_err *err)
{
    struct xh_str body = {NULL, 0};
    int code = xh_door_send(door, "POST", "/api/v1/core/places",
                            XH_STR("{\"code\":\"simulation\",\"name\":\"Simulation\",\"kind\":"
                                   "\"site\",\"zone\":\"Asia/Ho_Chi_Minh\"}"),
                            NULL, &body, err);
    (void)app;
    if (code == XH_E_CONFLICT) {
        xh_err_clear(err);
        code = 0;
    }
    return code;
}

static void table_write(const struct xh_load *load, size_t from, size_t to, int64_t period_s,
                        struct xh_buf *out)
{
    xh_buf_clear(out);
    xh_buf_add_text(out, "code,place,quantity,unit,series_kind,period_s\n");
    for (size_t i = from; i < to; i++) {
        xh_buf_add_format(out, "sim-%llu-%05zu,simulation,energy.electricity,kWh,register,%lld\n",
                          (unsigned long long)load->seed, i + 1, (long long)period_s);
    }
}

static int slice_make(struct xh_load *load, struct xh_door *door, size_t from, struct xh_str table,
                      struct xh_err *err)
{
    const struct xh_client_ask ask = {
        "POST", XH_STR("/api/v1/devices/provision?format=json&keys=all&label=simulate"), "text/csv",
        table, NULL};
    struct xh_arena *arena = load->app->arena;
    const struct xh_http_answer *answer = NULL;
    const struct xh_tree *report = NULL;
    int code = xh_client_request(xh_door_client(door), &ask, &answer, err);

    if (code == 0 && answer->status >= 400) {
        code = xh_problem_read(arena, answer->status, xh_buf_str(&answer->body), err);
    }
    code = code < 0 ? code : xh_tree_parse(arena, xh_buf_str(&answer->body), &report, err);
    const struct xh_tree *devices = code < 0 ? NULL : xh_tree_get(report, "devices");
    for (const struct xh_tree *d = devices ? devices->first : NULL; d; d = d->next) {
        struct xh_load_device *device = &load->devices[from++];
        struct xh_str series = xh_arena_format(arena, "%.*s/electricity",
                                               XH_STR_ARG(xh_tree_text(d, "code")));
        device->series = xh_arena_text(arena, series);
        device->key = xh_arena_text(arena, xh_tree_text(d, "key"));
    }
    return code;
}

static int ids_find(struct xh_load *load, struct xh_door *door, struct xh_err *err)
{
    int code = 0;

    for (size_t i = 0; code == 0 && i < load->count; i++) {
        struct xh_arena *arena = xh_arena_create("answer");
        const struct xh_tree *series = NULL;
        struct xh_str target = xh_arena_format(arena, "/api/v1/core/series/by/code/%s",
                                               load->devices[i].series);
        code = xh_door_get_tree(door, arena, target.ptr, &series, err);
        load->devices[i].series_id = code < 0 ? 0 : xh_tree_int(series, "id");
        xh_arena_destroy(arena);
    }
    return code;
}

static int devices_make(struct xh_load *load, struct xh_door *door, int64_t period_s,
                        bool needs_ids, struct xh_err *err)
{
    struct xh_buf table = {0};
    int code = place_make(load->app, door, err);

    load->devices = XH_NEW_ARRAY(load->app->arena, struct xh_load_device, load->count);
    for (size_t from = 0; code == 0 && from < load->count; from += SLICE_DEVICES) {
        size_t to = from + SLICE_DEVICES < load->count ? from + SLICE_DEVICES : load->count;
        table_write(load, from, to, period_s, &table);
        code = slice_make(load, door, from, xh_buf_str(&table), err);
    }
    xh_buf_finish(&table);
    return code < 0 || !needs_ids ? code : ids_find(load, door, err);
}

/* ---- what is asked ---- */

/* "HOST:PORT", with or without "http://" before it. */
static int address_read(struct xh_load *load, struct xh_str text, struct xh_err *err)
{
    struct xh_str rest = xh_str_starts(text, XH_STR("http://")) ? xh_str_sub(text, 7, text.len)
                                                                : text;
    ptrdiff_t colon = xh_str_find_char(rest, ':');
    int64_t port = 0;

    if (colon < 1 || xh_int_parse(xh_str_sub(rest, (size_t)colon + 1, rest.len), &port) < 0 ||
        port < 1 || port > 65535) {
        return xh_err_field(err, XH_E_INVALID, "to", text, "HOST:PORT", NULL,
                            "'%.*s' is not HOST:PORT", XH_STR_ARG(text));
    }
    load->host = xh_arena_text(load->app->arena, xh_str_sub(rest, 0, (size_t)colon));
    load->port = (int)port;
    return 0;
}

static double share_of(const struct xh_args *args, const char *name)
{
    return xh_dec_to_double(xh_args_dec(args, name));
}

static int load_read(struct xh_app *app, const struct xh_args *args, struct xh_load *load,
                     struct xh_err *err)
{
    bool is_mqtt = xh_str_is(xh_args_text(args, "over"), "mqtt");
    struct xh_str to = xh_args_text(args, "to");
    int64_t connections = xh_args_int(args, "connections");

    *load = (struct xh_load){
        .app = app,
        .count = (size_t)xh_args_int(args, "count"),
        .seed = (uint64_t)xh_args_int(args, "seed"),
        .period_us = xh_args_int(args, "period") * XH_US_PER_S,
        .begun_us = xh_env_now_us(app->env),
        .each = (uint64_t)xh_args_int(args, "each"),
        .per_s = (double)xh_args_int(args, "rate"),
        .minutes = xh_args_int(args, "minutes"),
        .qos = (int)xh_args_int(args, "qos"),
        .shares = {share_of(args, "late"), share_of(args, "duplicate"), share_of(args, "reset"),
                   share_of(args, "wrong-clock")},
    };
    load->connections = (unsigned)(connections < (int64_t)load->count ? connections
                                                                      : (int64_t)load->count);
    load->start_us = load->begun_us / load->period_us * load->period_us -
                     (int64_t)load->each * load->period_us;
    if (to.len == 0) {
        to = is_mqtt ? XH_STR("127.0.0.1:1883") : XH_STR("127.0.0.1:8080");
    }
    return address_read(load, to, err);
}

static int acks_open(struct xh_load *load, const char *path, struct xh_err *err)
{
    if (path == NULL) {
        return 0;
    }
    load->acks = fopen(path, "we");
    if (load->acks == NULL) {
        return xh_err_set(err, XH_E_IO, "'%s' cannot be written", path);
    }
    (void)fputs("series,time,value\n", load->acks);
    return 0;
}

/* ---- how it went ---- */

static void report(const struct xh_load *load, int64_t took_us)
{
    const struct xh_load_counts *counts = &load->counts;
    struct xh_term *out = &load->app->out;
    const struct {
        const char *name;
        int64_t value;
    } rows[] = {
        {"devices", (int64_t)load->count},
        {"sent", (int64_t)counts->sent},
        {"acknowledged", (int64_t)counts->acknowledged},
        {"refused", (int64_t)counts->refused},
        {"failed", (int64_t)counts->failed},
        {"took_ms", took_us / 1000},
        {"per_s", took_us > 0 ? (int64_t)counts->acknowledged * XH_US_PER_S / took_us : 0},
        {"p50_us", xh_load_percentile(counts, 0.5)},
        {"p95_us", xh_load_percentile(counts, 0.95)},
        {"p99_us", xh_load_percentile(counts, 0.99)},
        {"max_us", xh_load_percentile(counts, 1)},
    };
    for (size_t i = 0; i < XH_COUNT(rows); i++) {
        if (load->app->is_json) {
            xh_term_print(out, "%s\"%s\":%lld", i == 0 ? "{" : ",", rows[i].name,
                          (long long)rows[i].value);
        } else {
            xh_term_print(out, "%-14s %lld\n", rows[i].name, (long long)rows[i].value);
        }
    }
    if (load->app->is_json) {
        xh_term_print(out, "}\n");
    }
}

/* On a terminal, once a second, from a thread that ends when `is_over`. */
struct progress {
    struct xh_load *load;
    atomic_bool is_over;
    pthread_t thread;
    bool has_thread;
};

static void *progress_main(void *arg)
{
    struct progress *p = arg;
    const struct timespec tick = {.tv_nsec = 200000000};

    while (!p->is_over) {
        (void)fprintf(stderr, "\r%llu / %llu ", (unsigned long long)p->load->answered,
                      (unsigned long long)(p->load->each * p->load->count));
        (void)nanosleep(&tick, NULL);
    }
    (void)fputs("\n", stderr);
    return NULL;
}

static void progress_begin(struct progress *p, struct xh_load *load)
{
    *p = (struct progress){.load = load};
    p->has_thread = load->app->note.is_tty &&
                    pthread_create(&p->thread, NULL, progress_main, p) == 0;
}

static void progress_end(struct progress *p)
{
    p->is_over = true;
    if (p->has_thread) {
        (void)pthread_join(p->thread, NULL);
    }
}

static void raise_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int simulate(struct xh_load *load, bool is_mqtt, struct xh_err *err)
{
    xh_stop_catch();
    raise_files();
    load->begun_us = xh_env_now_us(load->app->env);
    int64_t from_us = xh_load_clock_us();
    struct progress progress;
    progress_begin(&progress, load);
    int code = is_mqtt ? xh_load_mqtt(load, err) : xh_load_http(load, err);
    progress_end(&progress);

    if (load->acks != NULL && fclose(load->acks) != 0 && code == 0) {
        code = xh_err_set(err, XH_E_IO, "the file of acknowledged readings is not whole");
    }
    if (code == 0) {
        report(load, xh_load_clock_us() - from_us);
    }
    return code;
}

static int run_simulate(struct xh_app *app, const struct xh_args *args, struct xh_err *err)
{
    struct xh_door *door = NULL;
    struct xh_load *load = XH_NEW(app->arena, struct xh_load);
    bool is_mqtt = xh_str_is(xh_args_text(args, "over"), "mqtt");
    int code = 0;

    if (!xh_str_is(xh_args_operand(args, 0), "devices")) {
        return xh_err_field(err, XH_E_INVALID, "what", xh_args_operand(args, 0), "devices", NULL,
                            "xanh simulate knows devices only");
    }
    code = load_read(app, args, load, err);
    code = code < 0 ? code : xh_door_open(app, false, &door, err);
    code = code < 0 ? code : devices_make(load, door, load->period_us / XH_US_PER_S, is_mqtt, err);
    xh_door_close(door);
    code = code < 0 ? code : acks_open(load, xh_args_string(args, "acks"), err);
    return code < 0 ? code : simulate(load, is_mqtt, err);
}

#define INT(name_, value_, usual_, min_, max_, en, vi)                                             \
    {                                                                                              \
        .name = name_, .type = XH_ARG_INT, .value_name = value_, .usual = usual_, .min = min_,     \
        .max = max_, .help_en = en, .help_vi = vi                                                  \
    }
#define SHARE(name_, en, vi)                                                                       \
    {                                                                                              \
        .name = name_, .type = XH_ARG_DEC, .value_name = "SHARE", .usual = "0", .help_en = en,     \
        .help_vi = vi                                                                              \
    }
static const struct xh_option options[] = {
    INT("count", "N", "100", 1, 100000, "how many devices", "số thiết bị"),
    {.name = "over",
     .type = XH_ARG_CHOICE,
     .value_name = "WAY",
     .choices = "http mqtt",
     .usual = "http",
     .help_en = "how they send",
     .help_vi = "cách gửi"},
    {.name = "to",
     .type = XH_ARG_TEXT,
     .value_name = "HOST:PORT",
     .help_en = "where; 127.0.0.1:8080 or, over MQTT, 127.0.0.1:1883 when left out",
     .help_vi = "nơi nhận; mặc định 127.0.0.1:8080, với MQTT là 127.0.0.1:1883"},
    INT("each", "N", "10", 1, 100000000, "readings of each device", "số đo của mỗi thiết bị"),
    INT("period", "SECONDS", "60", 1, 86400, "between two readings of a device",
        "khoảng cách giữa hai số đo của một thiết bị"),
    INT("rate", "N", "0", 0, 10000000, "messages a second, all together; 0: as fast as it goes",
        "số bản tin mỗi giây, tính chung; 0: nhanh hết mức"),
    INT("minutes", "N", "0", 0, 100000, "end after so long; 0: when all are sent",
        "dừng sau chừng ấy phút; 0: khi gửi hết"),
    INT("seed", "N", "1", 1, 1000000000, "what is sent follows from it",
        "hạt giống quyết định nội dung gửi"),
    INT("qos", "N", "1", 0, 1, "of MQTT", "QoS của MQTT"),
    INT("connections", "N", "50", 1, 1000, "of HTTP, shared by the devices",
        "số kết nối HTTP, các thiết bị dùng chung"),
    SHARE("late", "share that comes a day late", "tỷ lệ đến trễ một ngày"),
    SHARE("duplicate", "share that is sent twice", "tỷ lệ gửi hai lần"),
    SHARE("reset", "share with which a register begins anew", "tỷ lệ công tơ quay về không"),
    SHARE("wrong-clock", "share with a clock two days ahead", "tỷ lệ đồng hồ chạy trước hai ngày"),
    {.name = "acks",
     .type = XH_ARG_TEXT,
     .value_name = "FILE",
     .help_en = "write series, time and value of what was acknowledged",
     .help_vi = "ghi chuỗi, thời điểm và giá trị đã được xác nhận"},
};
static const struct xh_example examples[] = {
    {"simulate devices --count 200 --each 20", "as fast as the server takes it",
     "nhanh hết mức máy chủ nhận được"},
    {"simulate devices --over mqtt --count 1000 --rate 500 --duplicate 0.01",
     "500 messages a second over MQTT, one in a hundred twice",
     "mỗi giây 500 bản tin qua MQTT, một phần trăm gửi lặp"},
    {NULL, NULL, NULL},
};
const struct xh_command xh_command_simulate = {
    .name = "simulate",
    .summary_en = "send as many devices would, to try a server out",
    .summary_vi = "gửi số liệu như nhiều thiết bị, để thử máy chủ",
    .about_en = "Makes devices with keys of their own at a place \"simulation\" in the folder that "
                "a server has open, sends over the network and says how many readings were "
                "acknowledged and how long it took. The same seed sends the same. Not for a "
                "folder with real meters.",
    .about_vi = "Tạo các thiết bị có khóa riêng tại địa điểm \"simulation\" trong thư mục mà máy "
                "chủ đang mở, gửi qua mạng rồi cho biết bao nhiêu số đo đã được xác nhận và mất "
                "bao lâu. Cùng hạt giống thì gửi giống nhau. Không dùng với thư mục có công tơ "
                "thật.",
    .operands = "devices",
    .operand_min = 1,
    .operand_max = 1,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .examples = examples,
    .run = run_simulate,
};
