/* cmd_demo.c: xanh demo: a made-up place to look at, and a line to send one's own reading. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/demo.h"
#include "app/door.h"
#include "kernel/shape.h"

enum { PORTS_TRIED = 50, OPENINGS_TRIED = 5 };

/* Does somebody listen there? Any other fault is the server's to tell. */
static bool is_taken(const char *address, int64_t port)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    bool is_v6 = inet_pton(AF_INET6, address, &v6.sin6_addr) == 1;
    int one = 1;

    if (!is_v6 && inet_pton(AF_INET, address, &v4.sin_addr) != 1) {
        return false;
    }
    int fd = socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return false;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    int bound = is_v6 ? bind(fd, (struct sockaddr *)&v6, sizeof v6)
                      : bind(fd, (struct sockaddr *)&v4, sizeof v4);
    bool is_busy = bound != 0 && errno == EADDRINUSE;
    close(fd);
    return is_busy;
}

/* The port asked for, or the next that is free; 0 stays 0. */
static int64_t free_port(struct xh_app *app, const char *address, int64_t asked)
{
    int64_t port = asked;

    while (asked != 0 && port < asked + PORTS_TRIED && port < 65535 && is_taken(address, port)) {
        port++;
    }
    if (port != asked) {
        xh_term_print(&app->note,
                      xh_term_say(&app->note, "port %lld is taken; using %lld\n",
                                  "cổng %lld đã có chương trình dùng; chuyển sang %lld\n"),
                      (long long)asked, (long long)port);
        (void)xh_term_flush(&app->note, NULL);
    }
    return port;
}

static void print_welcome(struct xh_app *app, const struct xh_node *node)
{
    unsigned port = xh_server_port(node->server);

    xh_term_print(&app->out,
                  xh_term_say(&app->out, "xanh %s, demonstration (made-up readings): ",
                              "xanh %s, bản minh họa (số liệu mô phỏng): "),
                  XH_VERSION);
    xh_term_colour(&app->out, XH_BOLD);
    xh_term_print(&app->out, "http://127.0.0.1:%u", port);
    xh_term_colour(&app->out, XH_PLAIN);
    xh_term_print(&app->out, "\n");
}

static void print_own(struct xh_app *app, const struct xh_node *node)
{
    unsigned port = xh_server_port(node->server);

    xh_term_print(
        &app->out,
        xh_term_say(&app->out, "\nYour own data: send a reading and watch the open page move\n\n",
                    "\nSố liệu của bạn: gửi một số đo và xem trang đang mở thay đổi\n\n"));
    xh_term_print(&app->out,
                  "  curl -H 'Content-Type: application/json' "
                  "-d '{\"series\":\"home/electricity\",\"value\":1234.5}' "
                  "http://127.0.0.1:%u/api/v1/readings\n\n",
                  port);
    xh_term_print(&app->out, "  http://127.0.0.1:%u/meter/home/electricity\n\n", port);
    xh_term_print(&app->out,
                  xh_term_say(&app->out,
                              "A file: xanh import readings.csv --dir %s (Ctrl-C stops)\n",
                              "Một tệp: xanh import readings.csv --dir %s (Ctrl-C để dừng)\n"),
                  app->dir);
}

static int run(struct xh_demo *demo, struct xh_node *node, const struct xh_args *args,
               struct xh_err *err)
{
    struct xh_app *app = demo->app;
    int code;

    demo->engine = node->engine;
    print_welcome(app, node);
    code = xh_term_flush(&app->out, err);
    if (code == 0) {
        code = xh_demo_make(demo, err);
    }
    if (code == 0 && xh_args_has(args, "forward")) {
        int64_t days = 0;
        code = xh_demo_days_parse(xh_args_text(args, "forward"), &days, err);
        code = code < 0 ? code : xh_demo_forward(demo, days, err);
    }
    if (code == 0) {
        print_own(app, node);
        code = xh_term_flush(&app->out, err);
    }
    if (code == 0) {
        code = xh_demo_live(demo, xh_args_int(args, "every") * 1000, err);
    }
    if (code == XH_E_CANCELLED && xh_stop_is_asked()) {
        xh_term_print(&app->note, "%s\n",
                      xh_term_say(&app->note, "stopped; it goes on at the next start",
                                  "đã dừng; lần chạy sau sẽ tạo tiếp"));
        code = 0;
    }
    return code;
}

/* Somebody may take a port between the look and the listening: then the next ones are tried. */
static int open_node(struct xh_demo *demo, const struct xh_args *args, struct xh_node *node,
                     struct xh_err *err)
{
    struct xh_app *app = demo->app;
    const char *address = xh_args_string(args, "address");
    int code = XH_E_IO;

    for (int tried = 0; tried < OPENINGS_TRIED && code == XH_E_IO; tried++) {
        int64_t port = free_port(app, address, xh_args_int(args, "port"));
        int64_t mqtt_port = free_port(app, address, xh_args_int(args, "mqtt"));
        const struct xh_node_options options = {
            .dir = app->dir,
            .address = address,
            .has_mqtt = true,
            .mqtt_port = (int)mqtt_port,
            .mqtt_tls_port = -1,
            .mqtt_ws_port = -1,
            .port = (uint16_t)port,
            .identity = "operator",
            .is_demo = true,
            .demo = &demo->hooks,
            .has_jobs = true,
        };
        code = xh_node_open(app, &options, node, err);
        if (code < 0 && !is_taken(address, port) && !is_taken(address, mqtt_port)) {
            break;
        }
    }
    return code;
}

/* The folder is served by another process: that one is asked, through its socket. */
static int forward_there(struct xh_app *app, int64_t days, struct xh_err *err)
{
    struct xh_door *door = NULL;
    struct xh_str body = {NULL, 0};

    xh_err_clear(err);
    int code = xh_door_open(app, false, &door, err);
    if (code < 0) {
        return code;
    }
    struct xh_str ask = xh_arena_format(app->arena, "{\"days\":%lld}", (long long)days);
    code = xh_door_send(door, "POST", "/api/v1/demo/forward", ask, NULL, &body, err);
    if (code == 0) {
        xh_term_print(&app->out, "%.*s\n", XH_STR_ARG(body));
    }
    xh_door_close(door);
    return code;
}

static int run_demo(struct xh_app *app, const struct xh_args *args, struct xh_err *err)
{
    const struct xh_demo_options asked = {
        .seed = xh_args_int(args, "seed"),
        .homes = xh_args_int(args, "homes"),
        .days = xh_args_int(args, "days"),
        .clock = xh_args_text(args, "clock"),
    };
    struct xh_demo demo;
    struct xh_node node;
    int64_t days = 0;

    if (!xh_args_has(args, "dir")) {
        app->dir = "data-demo";
    }
    int code = xh_args_has(args, "forward")
                   ? xh_demo_days_parse(xh_args_text(args, "forward"), &days, err)
                   : 0;
    if (code < 0) {
        return code;
    }
    xh_stop_catch();
    code = xh_demo_init(&demo, app, &asked, err);
    code = code < 0 ? code : open_node(&demo, args, &node, err);
    if (code == XH_E_BUSY && days > 0) {
        code = forward_there(app, days, err);
    } else if (code == 0) {
        code = run(&demo, &node, args, err);
        xh_node_close(&node);
    }
    xh_demo_finish(&demo);
    return code;
}

static const struct xh_option options[] = {
    {.name = "address",
     .type = XH_ARG_TEXT,
     .value_name = "IP",
     .usual = "127.0.0.1",
     .help_en = "the address to listen on; everybody who reaches it may do everything",
     .help_vi = "địa chỉ để lắng nghe; ai truy cập được cũng làm được mọi việc"},
    {.name = "port",
     .type = XH_ARG_INT,
     .value_name = "PORT",
     .usual = "8080",
     .min = 0,
     .max = 65535,
     .help_en = "the port, or the next that is free; 0: any",
     .help_vi = "cổng, hoặc cổng trống kế tiếp; 0: bất kỳ"},
    {.name = "mqtt",
     .type = XH_ARG_INT,
     .value_name = "PORT",
     .usual = "1883",
     .min = 0,
     .max = 65535,
     .help_en = "the port of MQTT, or the next that is free; 0: any",
     .help_vi = "cổng MQTT, hoặc cổng trống kế tiếp; 0: bất kỳ"},
    {.name = "homes",
     .type = XH_ARG_INT,
     .value_name = "COUNT",
     .usual = "300",
     .min = 1,
     .max = 400,
     .help_en = "how many homes",
     .help_vi = "bao nhiêu nhà"},
    {.name = "days",
     .type = XH_ARG_INT,
     .value_name = "COUNT",
     .usual = "365",
     .min = 2,
     .max = 3660,
     .help_en = "how many days of history",
     .help_vi = "bao nhiêu ngày lịch sử"},
    {.name = "seed",
     .type = XH_ARG_INT,
     .value_name = "NUMBER",
     .usual = "7",
     .min = 0,
     .max = 1000000,
     .help_en = "another number, other homes",
     .help_vi = "số khác thì nhà khác"},
    {.name = "clock",
     .type = XH_ARG_TEXT,
     .value_name = "WHEN",
     .help_en = "when a new world begins: now, or a day (its evening); usually the next 25th",
     .help_vi = "lúc bắt đầu: now, hoặc một ngày (buổi tối); thường là ngày 25 sắp tới"},
    {.name = "forward",
     .type = XH_ARG_TEXT,
     .value_name = "DAYS",
     .help_en = "puts its clock forward, as 30d, also of one that runs",
     .help_vi = "tua đồng hồ của nó, như 30d, kể cả khi đang chạy"},
    {.name = "every",
     .type = XH_ARG_INT,
     .value_name = "SECONDS",
     .usual = "5",
     .min = 1,
     .max = 3600,
     .help_en = "how often a live reading comes",
     .help_vi = "bao lâu có một số đo trực tiếp"},
};
static const struct xh_example examples[] = {
    {"demo", "Hanoi made up, a year, at http://127.0.0.1:8080", "Hà Nội mô phỏng, một năm"},
    {"demo --forward 30d", "thirty days later", "ba mươi ngày sau"},
    {NULL, NULL, NULL},
};
const struct xh_command xh_command_demo = {
    .name = "demo",
    .summary_en = "serve a made-up city with a year of readings and live meters",
    .summary_vi = "phục vụ một thành phố mẫu với một năm số đo và công tơ trực tiếp",
    .about_en =
        "Hanoi with a brewery, a park of twenty firms, homes, and the reports of 126 wards and\n"
        "communes. The data folder is data-demo unless --dir says otherwise. Every reading and\n"
        "party is marked as simulated. Nobody needs a key, and a page may be seen as somebody\n"
        "else. Its clock starts on the evening of the next 25th, so that a month has a body.",
    .about_vi =
        "Hà Nội với một nhà máy bia, một khu công nghiệp hai mươi doanh nghiệp, các nhà, báo cáo\n"
        "của 126 phường, xã. Thư mục dữ liệu là data-demo nếu không có --dir. Mọi số đo, đơn vị\n"
        "đều được đánh dấu là mô phỏng. Không cần khóa, có thể xem trang dưới tên người khác.\n"
        "Đồng hồ bắt đầu vào tối ngày 25 sắp tới, để tháng đã có số liệu.",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .examples = examples,
    .run = run_demo,
};
