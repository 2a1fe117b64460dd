/* cmd_serve.c: xanh serve: own a data folder and answer over HTTP until asked to stop. */
#include <unistd.h>

#include "app/app.h"
#include "app/node.h"
#include "base/json.h"

static void announce(struct xh_app *app, const struct xh_node *node, const char *address)
{
    struct xh_json_writer w;
    struct xh_str url = xh_arena_format(app->arena, "http://%s:%u", address,
                                        (unsigned)xh_server_port(node->server));

    if (!app->is_json) {
        xh_term_print(&app->out,
                      xh_term_say(&app->out, "xanh %s serves '%s' at %.*s (Ctrl-C stops)\n",
                                  "xanh %s phục vụ '%s' tại %.*s (Ctrl-C để dừng)\n"),
                      XH_VERSION, app->dir, XH_STR_ARG(url));
        return;
    }
    xh_json_writer_init(&w, &app->out.out, false);
    xh_json_object(&w);
    xh_json_name(&w, "url");
    xh_json_str(&w, url);
    xh_json_name(&w, "dir");
    xh_json_string(&w, app->dir);
    xh_json_name(&w, "process");
    xh_json_int(&w, getpid());
    xh_json_object_end(&w);
    xh_term_print(&app->out, "\n");
}

static int run_serve(struct xh_app *app, const struct xh_args *args, struct xh_err *err)
{
    struct xh_node node;
    const struct xh_node_options options = {
        .dir = app->dir,
        .address = xh_args_string(args, "address"),
        .port = (uint16_t)xh_args_int(args, "port"),
        .identity = xh_args_string(args, "as"),
        .has_jobs = true,
    };

    xh_stop_catch();
    int code = xh_node_open(app, &options, &node, err);
    if (code < 0) {
        return code;
    }
    announce(app, &node, options.address);
    code = xh_term_flush(&app->out, err);
    if (code == 0) {
        (void)xh_stop_wait(0);
    }
    xh_node_close(&node);
    return code;
}

static const struct xh_option options[] = {
    {.name = "address",
     .type = XH_ARG_TEXT,
     .value_name = "IP",
     .usual = "127.0.0.1",
     .help_en = "the address to listen on",
     .help_vi = "địa chỉ để lắng nghe"},
    {.name = "port",
     .type = XH_ARG_INT,
     .value_name = "PORT",
     .usual = "8080",
     .min = 0,
     .max = 65535,
     .help_en = "the port; 0: any that is free",
     .help_vi = "cổng; 0: cổng trống bất kỳ"},
    {.name = "as",
     .type = XH_ARG_CHOICE,
     .value_name = "NAME",
     .usual = "public",
     .choices = "public operator resident-7",
     .help_en = "who a request without a key is taken for",
     .help_vi = "yêu cầu không có khóa được coi là của ai"},
};
static const struct xh_example examples[] = {
    {"serve", "serve ./xanh-data at http://127.0.0.1:8080",
     "phục vụ ./xanh-data tại http://127.0.0.1:8080"},
    {"serve --dir /srv/xanh --port 80 --address 0.0.0.0",
     "for others too: keys are asked for (`xanh key`); put a TLS proxy in front",
     "cho cả người khác: cần khóa (`xanh key`); nên đặt sau một proxy TLS"},
    {"serve --as operator", "alone on this machine: no key needed",
     "một mình trên máy này: không cần khóa"},
    {NULL, NULL, NULL},
};
const struct xh_command xh_command_serve = {
    .name = "serve",
    .summary_en = "serve a data folder: pages, API, live events",
    .summary_vi = "phục vụ một thư mục dữ liệu: trang, API, sự kiện trực tiếp",
    .about_en = "Makes the folder when it is not there. One process owns a folder; other commands\n"
                "find it and speak to it through the socket xanh.sock in the folder.",
    .about_vi = "Tạo thư mục nếu chưa có. Mỗi thư mục thuộc một tiến trình; các lệnh khác\n"
                "tự tìm và nói chuyện với nó qua socket xanh.sock trong thư mục.",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .examples = examples,
    .run = run_serve,
};
