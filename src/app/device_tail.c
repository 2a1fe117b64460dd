/* device_tail.c: xanh device tail: what a device sends and what becomes of it, line by line, until
 * it is interrupted. */
#include <string.h>

#include "app/device.h"
#include "app/problem.h"

enum { EVENT_BYTES_MAX = 1 << 20 };

struct tail {
    struct xh_app *app;
    struct xh_buf text; /* of events, not complete yet */
    int64_t left;       /* events to show; < 0: no end */
    bool is_over;
};

static void show_reading(struct xh_term *out, const struct xh_tree *event)
{
    const struct xh_tree *quality = xh_tree_get(event, "quality");

    xh_term_colour(out, XH_GREEN);
    xh_term_print(out, "%.*s  %.*s  %.*s %.*s", XH_STR_ARG(xh_tree_text(event, "series")),
                  XH_STR_ARG(xh_tree_text(event, "time")), XH_STR_ARG(xh_tree_text(event, "value")),
                  XH_STR_ARG(xh_tree_text(event, "unit")));
    for (const struct xh_tree *q = quality ? quality->first : NULL; q; q = q->next) {
        xh_term_print(out, "  %.*s", XH_STR_ARG(q->text));
    }
    if (xh_tree_is_true(event, "duplicate")) {
        xh_term_print(out, "  %s", xh_term_say(out, "known already", "đã có"));
    }
}

static void show_message(struct xh_term *out, const struct xh_tree *event)
{
    struct xh_str payload = xh_tree_text(event, "payload");

    xh_term_colour(out, XH_FAINT);
    xh_term_print(out, "%.*s  %.*s%.*s", XH_STR_ARG(xh_tree_text(event, "source")),
                  XH_STR_ARG(payload), XH_STR_ARG(xh_tree_text(event, "hex")));
}

static void show_event(struct tail *tail, struct xh_str name, const struct xh_tree *event)
{
    struct xh_term *out = &tail->app->out;

    if (xh_str_is(name, "reading")) {
        show_reading(out, event);
    } else if (xh_str_is(name, "message")) {
        show_message(out, event);
    } else if (xh_str_is(name, "refusal")) {
        xh_term_colour(out, XH_RED);
        xh_term_print(out, "%.*s  %.*s", XH_STR_ARG(xh_tree_text(event, "series")),
                      XH_STR_ARG(xh_tree_text(xh_tree_get(event, "error"), "detail")));
    } else {
        xh_term_print(out, "%.*s", XH_STR_ARG(name));
    }
    xh_term_colour(out, XH_PLAIN);
    xh_term_print(out, "\n");
}

/* "event: NAME\ndata: JSON": one event without its empty line. */
static void take_event(struct tail *tail, struct xh_str text)
{
    struct xh_str name = {NULL, 0}, data = {NULL, 0}, line;
    const struct xh_tree *event = NULL;

    while (xh_str_split(&text, '\n', &line)) {
        if (xh_str_starts(line, XH_STR("event: "))) {
            name = xh_str_sub(line, 7, line.len);
        } else if (xh_str_starts(line, XH_STR("data: "))) {
            data = xh_str_sub(line, 6, line.len);
        }
    }
    if (data.len == 0) {
        return; /* a ping */
    }
    if (tail->app->is_json) {
        xh_term_print(&tail->app->out, "{\"event\":\"%.*s\",\"data\":%.*s}\n", XH_STR_ARG(name),
                      XH_STR_ARG(data));
    } else {
        struct xh_arena *arena = xh_arena_create("event");
        if (xh_tree_parse(arena, data, &event, NULL) == 0) {
            show_event(tail, name, event);
        }
        xh_arena_destroy(arena);
    }
    if (tail->left > 0 && --tail->left == 0) {
        tail->is_over = true;
    }
}

static bool take(void *arg, struct xh_str piece)
{
    struct tail *tail = arg;
    ptrdiff_t end;

    xh_buf_add(&tail->text, piece.ptr, piece.len);
    while (!tail->is_over && (end = xh_str_find(xh_buf_str(&tail->text), XH_STR("\n\n"))) >= 0) {
        take_event(tail, xh_str_sub(xh_buf_str(&tail->text), 0, (size_t)end));
        xh_buf_drop_front(&tail->text, (size_t)end + 2);
    }
    bool is_read = xh_term_flush(&tail->app->out, NULL) == 0;
    return is_read && !tail->is_over && !tail->text.is_over && !xh_stop_is_asked();
}

int xh_device_tail(struct xh_app *app, const struct xh_args *args, struct xh_door *door,
                   struct xh_err *err)
{
    struct tail tail = {.app = app, .left = xh_args_has(args, "events")
                                                ? xh_args_int(args, "events")
                                                : -1};
    const struct xh_http_answer *answer = NULL;
    struct xh_client_ask ask = {.method = "GET"};
    struct xh_str code;
    int64_t id = 0;
    int status = xh_device_operand(args, 1, "the code of a device", &code, err);

    status = status < 0 ? status : xh_device_find(app, door, code, &id, err);
    if (status < 0) {
        return status;
    }
    xh_stop_catch();
    xh_buf_init(&tail.text, EVENT_BYTES_MAX);
    ask.target = xh_arena_format(app->arena, "/api/v1/devices/%lld/tail", (long long)id);
    status = xh_client_stream(xh_door_client(door), &ask, take, &tail, &answer, err);
    xh_buf_finish(&tail.text);
    if (status == 0 && answer->status >= 400) {
        status = xh_problem_read(app->arena, answer->status, xh_buf_str(&answer->body), err);
    }
    return status;
}
