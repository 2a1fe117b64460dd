/* cmd_demo.c: xanh demo: a made-up place to look at, and a line to send one's own reading. */
#include "app/app.h"
#include "app/demo.h"
#include "kernel/shape.h"

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

static int run(struct xh_app *app, struct xh_node *node, const struct xh_args *args,
               struct xh_err *err)
{
    const struct xh_demo_options options = {
        .seed = xh_args_int(args, "seed"),
        .homes = xh_args_int(args, "homes"),
        .days = xh_args_int(args, "days"),
    };
    int code;

    print_welcome(app, node);
    code = xh_term_flush(&app->out, err);
    if (code == 0) {
        code = xh_demo_history(app, node->engine, &options, err);
    }
    if (code == 0) {
        print_own(app, node);
        code = xh_term_flush(&app->out, err);
    }
    if (code == 0) {
        code = xh_demo_live(app, node->engine, xh_args_int(args, "every") * 1000, err);
    }
    return code == XH_E_CANCELLED && xh_stop_is_asked() ? 0 : code;
}

static int run_demo(struct xh_app *app, const struct xh_args *args, struct xh_err *err)
{
    struct xh_node node;

    if (!xh_args_has(args, "dir")) {
        app->dir = "data-demo";
    }
    const struct xh_node_options options = {
        .dir = app->dir,
        .address = xh_args_string(args, "address"),
        .port = (uint16_t)xh_args_int(args, "port"),
        .identity = "operator",
        .is_demo = true,
        .has_jobs = true,
    };
    xh_stop_catch();
    int code = xh_node_open(app, &options, &node, err);
    if (code < 0) {
        return code;
    }
    code = run(app, &node, args, err);
    xh_node_close(&node);
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
     .help_en = "the port; 0: any that is free",
     .help_vi = "cổng; 0: cổng trống bất kỳ"},
    {.name = "homes",
     .type = XH_ARG_INT,
     .value_name = "COUNT",
     .usual = "10",
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
    {"demo", "ten homes, a year, at http://127.0.0.1:8080", "mười nhà, một năm"},
    {NULL, NULL, NULL},
};
const struct xh_command xh_command_demo = {
    .name = "demo",
    .summary_en = "serve a made-up ward with a year of readings and live meters",
    .summary_vi = "phục vụ một phường mẫu với một năm số đo và công tơ trực tiếp",
    .about_en =
        "The data folder is data-demo unless --dir says otherwise. Every reading is marked as\n"
        "simulated. Nobody needs a key, and a page may be seen as somebody else.",
    .about_vi =
        "Thư mục dữ liệu là data-demo nếu không có --dir. Mọi số đo đều được đánh dấu là mô\n"
        "phỏng. Không cần khóa, và có thể xem trang dưới tên người khác.",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .examples = examples,
    .run = run_demo,
};
