/* cmd_serve.c: xanh serve: own a data folder and answer over HTTP until asked to stop. */
#include <unistd.h>

#include "app/app.h"
#include "app/conf.h"
#include "app/node.h"
#include "base/json_member.h"

/* The ports that were asked for, as addresses. */
static void announce_mqtt(struct xh_json_writer *w, struct xh_app *app, const struct xh_node *node,
                          const char *address)
{
    const struct {
        const char *name, *scheme, *path;
        unsigned port;
    } doors[] = {
        {"mqtt", "mqtt", "", xh_server_mqtt_port(node->server)},
        {"mqtt_tls", "mqtts", "", xh_server_mqtt_tls_port(node->server)},
        {"mqtt_ws", "ws", "/mqtt", xh_server_mqtt_ws_port(node->server)},
    };
    for (size_t i = 0; i < sizeof doors / sizeof doors[0]; i++) {
        if (doors[i].port != 0) {
            xh_json_name(w, doors[i].name);
            xh_json_str(w, xh_arena_format(app->arena, "%s://%s:%u%s", doors[i].scheme, address,
                                           doors[i].port, doors[i].path));
        }
    }
}

static void print_mqtt(struct xh_app *app, const struct xh_node *node, const char *address)
{
    unsigned port = xh_server_mqtt_port(node->server);
    if (port != 0) {
        xh_term_print(&app->out, "MQTT: mqtt://%s:%u\n", address, port);
    }
}

static int port_of(const struct xh_args *args, const char *name)
{
    return xh_args_has(args, name) ? (int)xh_args_int(args, name) : -1;
}

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
        print_mqtt(app, node, address);
        return;
    }
    xh_json_writer_init(&w, &app->out.out, false);
    xh_json_object(&w);
    xh_json_member_str(&w, "url", url);
    xh_json_member_string(&w, "dir", app->dir);
    announce_mqtt(&w, app, node, address);
    xh_json_member_int(&w, "process", getpid());
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
        .has_mqtt = xh_args_has(args, "mqtt") || xh_args_has(args, "mqtt-tls") ||
                    xh_args_has(args, "mqtt-ws"),
        .mqtt_port = port_of(args, "mqtt"),
        .mqtt_tls_port = port_of(args, "mqtt-tls"),
        .mqtt_ws_port = port_of(args, "mqtt-ws"),
        .certificate = xh_args_string(args, "certificate"),
        .key = xh_args_string(args, "key"),
    };

    xh_stop_catch();
    int code = xh_node_open(app, &options, &node, err);
    if (code < 0) {
        return code;
    }
    announce(app, &node, options.address);
    code = xh_term_flush(&app->out, err);
    if (code == 0) {
        xh_notify("READY=1");
        (void)xh_stop_wait(0);
        xh_notify("STOPPING=1");
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
     .choices = "public operator officer auditor business resident-7",
     .help_en = "who a request without a key is taken for",
     .help_vi = "yêu cầu không có khóa được coi là của ai"},
    {.name = "mqtt",
     .type = XH_ARG_INT,
     .value_name = "PORT",
     .min = 0,
     .max = 65535,
     .help_en = "take MQTT too, at this port (1883 is usual); 0: any that is free",
     .help_vi = "nhận cả MQTT ở cổng này (thường là 1883); 0: cổng trống bất kỳ"},
    {.name = "mqtt-tls",
     .type = XH_ARG_INT,
     .value_name = "PORT",
     .min = 0,
     .max = 65535,
     .help_en = "MQTT over TLS (8883 is usual), with --certificate and --key",
     .help_vi = "MQTT qua TLS (thường là 8883), cùng --certificate và --key"},
    {.name = "mqtt-ws",
     .type = XH_ARG_INT,
     .value_name = "PORT",
     .min = 0,
     .max = 65535,
     .help_en = "MQTT over WebSocket, for browsers",
     .help_vi = "MQTT qua WebSocket, cho trình duyệt"},
    {.name = "certificate",
     .type = XH_ARG_TEXT,
     .value_name = "FILE",
     .help_en = "the server's certificate and those above it, PEM",
     .help_vi = "chứng chỉ của máy chủ và các chứng chỉ cấp trên, PEM"},
    {.name = "key",
     .type = XH_ARG_TEXT,
     .value_name = "FILE",
     .help_en = "the certificate's key, PEM",
     .help_vi = "khóa của chứng chỉ, PEM"},
    XH_CONF_OPTIONS,
};
static const struct xh_example examples[] = {
    {"serve", "serve ./xanh-data at http://127.0.0.1:8080",
     "phục vụ ./xanh-data tại http://127.0.0.1:8080"},
    {"serve --dir /srv/xanh --port 80 --address 0.0.0.0",
     "for others too: keys are asked for (`xanh key`); put a TLS proxy in front",
     "cho cả người khác: cần khóa (`xanh key`); nên đặt sau một proxy TLS"},
    {"serve --mqtt 1883", "devices send by MQTT, each with its key as the password",
     "thiết bị gửi qua MQTT, mật khẩu là khóa của thiết bị"},
    {"serve --as operator", "alone on this machine: no key needed",
     "một mình trên máy này: không cần khóa"},
    {"serve --config /etc/xanh/xanh.conf --check-config", "what is set, and where it is said",
     "đang đặt những gì, và đặt ở đâu"},
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
    .has_settings = true,
    .run = run_serve,
};
