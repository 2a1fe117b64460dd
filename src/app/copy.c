/* copy.c: asks for a copy and, while the answer is awaited, looks how large it has become: the copy
 * is written on this machine, so its files tell, and the API needs no second question. */
#include "app/copy.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json_member.h"
#include "kernel/shape.h"

enum { TELL_EVERY_MS = 200, BAR_WIDTH = 20 };

struct watch {
    struct xh_app *app;
    struct xh_str from, made; /* the copy has another name until it is whole */
    bool has_told;
};

static int64_t size_of(struct xh_arena *arena, struct xh_str dir, const char *file)
{
    static const char *const endings[] = {"", "-wal"};
    int64_t bytes = 0;
    struct stat info;

    for (size_t i = 0; i < XH_COUNT(endings); i++) {
        struct xh_str path = xh_arena_format(arena, "%.*s/%s%s", XH_STR_ARG(dir), file, endings[i]);
        bytes += stat(path.ptr, &info) == 0 ? (int64_t)info.st_size : 0;
    }
    return bytes;
}

static void tell(void *arg)
{
    struct watch *watch = arg;
    struct xh_term *note = &watch->app->note;
    struct xh_arena *arena = xh_arena_create("progress");
    bool are_records = size_of(arena, watch->made, "records.db") > 0;
    const char *file = are_records ? "records.db" : "readings/readings.db";
    int64_t all = size_of(arena, watch->from, file), done = size_of(arena, watch->made, file);
    double share = all > 0 ? (double)done / (double)all : 0;

    share = share > 1 ? 1 : share;
    struct xh_str bar = xh_term_bar(arena, share, BAR_WIDTH);
    xh_term_print(note, "\r%.*s ", XH_STR_ARG(bar));
    xh_term_print(note,
                  are_records ? xh_term_say(note, "records %d %%  ", "hồ sơ %d %%  ")
                              : xh_term_say(note, "readings %d %%  ", "số đo %d %%  "),
                  (int)(share * 100));
    (void)xh_term_flush(note, NULL);
    watch->has_told = true;
    xh_arena_destroy(arena);
}

int xh_copy_path(struct xh_app *app, struct xh_str to, struct xh_str *ret, struct xh_err *err)
{
    if (to.len > 0 && to.ptr[0] == '/') {
        *ret = to;
        return 0;
    }
    char *here = getcwd(NULL, 0);
    if (!here) {
        return xh_err_errno(err, errno, "name", "the current folder");
    }
    *ret = xh_arena_format(app->arena, "%s/%.*s", here, XH_STR_ARG(to));
    free(here);
    return 0;
}

int xh_copy_make(struct xh_app *app, struct xh_door *door, const char *from, struct xh_str to,
                 struct xh_str *ret_body, struct xh_err *err)
{
    struct watch watch = {app, xh_str_from(from),
                          xh_arena_format(app->arena, "%.*s.part", XH_STR_ARG(to)), false};
    struct xh_buf json = {0};
    struct xh_json_writer w;

    xh_json_writer_init(&w, &json, false);
    xh_json_object(&w);
    xh_json_member_str(&w, "to", to);
    xh_json_object_end(&w);
    if (app->note.is_tty && !app->is_json) {
        xh_client_on_wait(xh_door_client(door), TELL_EVERY_MS, tell, &watch);
    }
    int code = xh_door_send(door, "POST", "/api/v1/backup", xh_buf_str(&json), NULL, ret_body, err);
    xh_client_on_wait(xh_door_client(door), 0, NULL, NULL);
    if (watch.has_told) {
        xh_term_print(&app->note, "\r\033[K");
        (void)xh_term_flush(&app->note, NULL);
    }
    xh_buf_finish(&json);
    return code;
}
