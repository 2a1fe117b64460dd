/* cmd_version.c: xanh version: what this program is made of. */
#include "app/app.h"
#include "base/json_member.h"
#include "domain/rooms.h"
#include "kernel/domain.h"

static int run_version(struct xh_app *app, const struct xh_args *args, struct xh_err *err)
{
    struct xh_json_writer w;
    (void)args;
    (void)err;

    if (!app->is_json) {
        xh_term_print(&app->out, "xanh %s\n", XH_VERSION);
        for (size_t i = 0; i < xh_rooms_count; i++) {
            xh_term_print(&app->out, "  %s: %s\n", xh_rooms[i]->name,
                          xh_term_say(&app->out, xh_rooms[i]->label_en, xh_rooms[i]->label_vi));
        }
        return 0;
    }
    xh_json_writer_init(&w, &app->out.out, false);
    xh_json_object(&w);
    xh_json_member_string(&w, "version", XH_VERSION);
    xh_json_name(&w, "rooms");
    xh_json_array(&w);
    for (size_t i = 0; i < xh_rooms_count; i++) {
        xh_json_string(&w, xh_rooms[i]->name);
    }
    xh_json_array_end(&w);
    xh_json_object_end(&w);
    xh_term_print(&app->out, "\n");
    return 0;
}

const struct xh_command xh_command_version = {
    .name = "version",
    .summary_en = "print the version and the rooms of this program",
    .summary_vi = "in phiên bản và các lĩnh vực của chương trình",
    .run = run_version,
};
