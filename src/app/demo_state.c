/* demo_state.c: DIR/demo.json, the clock put forward, and what is told of what is being made. */
#include <stdlib.h>

#include "app/demo.h"
#include "app/tree.h"
#include "base/json_member.h"

enum { STATE_BYTES_MAX = 4096 };

static const struct {
    const char *name;
    size_t offset;
} numbers[] = {
#define NUMBER(field) {#field, offsetof(struct xh_demo_state, field)}
    NUMBER(seed),     NUMBER(homes), NUMBER(start_us),
    NUMBER(offset_us), NUMBER(step), NUMBER(homes_done),
#undef NUMBER
};

static struct xh_str state_path(struct xh_demo *demo)
{
    return xh_arena_format(demo->app->arena, "%s/demo.json", demo->app->dir);
}

/* ---- DIR/demo.json ---- */

static void state_print(const struct xh_demo_state *state, struct xh_buf *json)
{
    struct xh_json_writer w;

    xh_json_writer_init(&w, json, true);
    xh_json_object(&w);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        xh_json_name(&w, numbers[i].name);
        xh_json_int(&w, *(const int64_t *)((const char *)state + numbers[i].offset));
    }
    xh_json_member_int(&w, "day_from", state->day_from);
    xh_json_member_int(&w, "day_to", state->day_to);
    xh_json_member_bool(&w, "is_whole", state->is_whole);
    xh_json_object_end(&w);
}

static int write_state(struct xh_demo *demo, const struct xh_demo_state *state, struct xh_err *err)
{
    struct xh_buf json = {0};
    struct xh_buf path = {0};

    state_print(state, &json);
    xh_buf_add_format(&path, "%s/demo.json", demo->app->dir);
    int code = xh_file_replace(demo->clock.real, xh_buf_text(&path), xh_buf_str(&json), err);
    xh_buf_finish(&path);
    xh_buf_finish(&json);
    return code;
}

int xh_demo_state_write(struct xh_demo *demo, struct xh_err *err)
{
    (void)pthread_mutex_lock(&demo->lock);
    int code = write_state(demo, &demo->state, err);
    (void)pthread_mutex_unlock(&demo->lock);
    return code;
}

static int begin(const struct xh_env *real, const struct xh_demo_options *options,
                 struct xh_demo_state *ret, struct xh_err *err)
{
    int64_t now_us = xh_env_now_us(real), offset_us = 0;
    int code = xh_demo_clock_start(options->clock, now_us, &offset_us, err);

    if (code == 0) {
        int64_t start_us = now_us + offset_us;
        int64_t local_us = start_us + XH_DEMO_UTC_OFFSET_H * XH_US_PER_HOUR;
        int32_t today = (int32_t)(local_us / XH_US_PER_DAY);
        *ret = (struct xh_demo_state){
            .seed = options->seed,
            .homes = options->homes,
            .day_from = today - (int32_t)options->days,
            .day_to = today,
            .start_us = start_us,
            .offset_us = offset_us,
        };
    }
    return code;
}

static int read_state(struct xh_demo *demo, struct xh_str text, struct xh_err *err)
{
    const struct xh_tree *tree = NULL;
    struct xh_demo_state *state = &demo->state;
    int code = xh_tree_parse(demo->app->arena, text, &tree, err);

    if (code < 0) {
        return code;
    }
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        *(int64_t *)((char *)state + numbers[i].offset) = xh_tree_int(tree, numbers[i].name);
    }
    state->day_from = (int32_t)xh_tree_int(tree, "day_from");
    state->day_to = (int32_t)xh_tree_int(tree, "day_to");
    if (state->start_us == 0) { /* begun by a version that knew no clock: at midnight */
        state->start_us = (int64_t)state->day_to * XH_US_PER_DAY -
                          XH_DEMO_UTC_OFFSET_H * XH_US_PER_HOUR;
    }
    state->is_whole = xh_tree_is_true(tree, "is_whole") && state->step > 0;
    return 0;
}

/* ---- told to the terminal and the page ---- */

static void told_status(void *self, struct xh_server_demo_status *ret)
{
    struct xh_demo *demo = self;

    (void)pthread_mutex_lock(&demo->lock);
    *ret = demo->status;
    ret->offset_us = demo->state.offset_us;
    ret->seed = demo->state.seed;
    (void)pthread_mutex_unlock(&demo->lock);
}

void xh_demo_progress(struct xh_demo *demo, const char *text_vi, const char *text_en, int64_t done,
                      int64_t total)
{
    struct xh_term *note = &demo->app->note;

    (void)pthread_mutex_lock(&demo->lock);
    demo->status.is_making = true;
    demo->status.text_vi = text_vi;
    demo->status.text_en = text_en;
    demo->status.done = done;
    demo->status.total = total;
    (void)pthread_mutex_unlock(&demo->lock);
    if (note->is_tty || done >= total) {
        xh_term_print(note, "%s%s: %lld / %lld%s", note->is_tty ? "\r" : "",
                      xh_term_say(note, text_en, text_vi), (long long)done, (long long)total,
                      note->is_tty ? "\033[K" : "\n");
        (void)xh_term_flush(note, NULL);
    }
}

void xh_demo_progress_end(struct xh_demo *demo)
{
    (void)pthread_mutex_lock(&demo->lock);
    demo->status.is_making = false;
    (void)pthread_mutex_unlock(&demo->lock);
    if (demo->app->note.is_tty) {
        xh_term_print(&demo->app->note, "\r\033[K");
        (void)xh_term_flush(&demo->app->note, NULL);
    }
}

int xh_demo_stopped(struct xh_err *err)
{
    return xh_err_set(err, XH_E_CANCELLED, "stopped; it goes on at the next start");
}

/* ---- the clock put forward ---- */

/* On disk before it is true: after a kill in between, the next start makes up what is missing. */
int xh_demo_forward(struct xh_demo *demo, int64_t days, struct xh_err *err)
{
    int code = xh_demo_days_check("days", days, err);

    if (code < 0) {
        return code;
    }
    (void)pthread_mutex_lock(&demo->lock);
    struct xh_demo_state moved = demo->state;
    moved.offset_us += days * XH_US_PER_DAY;
    bool is_busy = demo->is_forwarded || (demo->status.is_making && demo->is_live);
    if (is_busy || !demo->state.is_whole) {
        code = xh_err_set(err, XH_E_BUSY, "readings are still being made; ask again afterwards");
    } else {
        code = write_state(demo, &moved, err);
    }
    if (code == 0) {
        demo->state = moved;
        (void)xh_demo_clock_forward(&demo->clock, days * XH_US_PER_DAY);
        demo->is_forwarded = true;
        demo->status.is_making = true;
        demo->status.text_vi = "tua đồng hồ";
        demo->status.text_en = "putting the clock forward";
        demo->status.done = 0;
        demo->status.total = days;
    }
    (void)pthread_mutex_unlock(&demo->lock);
    return code;
}

static int told_forward(void *self, int64_t days, int64_t *ret_now_us, struct xh_err *err)
{
    struct xh_demo *demo = self;
    int code = xh_demo_forward(demo, days, err);

    if (code == 0) {
        *ret_now_us = xh_env_now_us(&demo->clock.env);
    }
    return code;
}

/* ---- beginning and end ---- */

int xh_demo_init(struct xh_demo *demo, struct xh_app *app, const struct xh_demo_options *options,
                 struct xh_err *err)
{
    struct xh_buf text = {0};

    *demo = (struct xh_demo){.app = app, .hooks = {demo, told_status, told_forward}};
    xh_assert(pthread_mutex_init(&demo->lock, NULL) == 0);
    int code = xh_file_read(app->env, state_path(demo).ptr, STATE_BYTES_MAX, &text, NULL);
    if (code == XH_E_NOT_FOUND) {
        code = begin(app->env, options, &demo->state, err);
    } else if (code >= 0) {
        code = read_state(demo, xh_buf_str(&text), err);
    }
    xh_buf_finish(&text);
    if (code < 0) {
        return code;
    }
    xh_demo_clock_init(&demo->clock, app->env, demo->state.offset_us);
    app->env = &demo->clock.env;
    demo->status = (struct xh_server_demo_status){
        .is_making = true, /* until the live readings have caught up with the clock */
        .text_vi = "bắt đầu",
        .text_en = "beginning",
        .total = 1,
    };
    return 0;
}

void xh_demo_finish(struct xh_demo *demo)
{
    if (demo->app->env == &demo->clock.env) {
        demo->app->env = demo->clock.real;
    }
    (void)pthread_mutex_destroy(&demo->lock);
}
