/* cmd_key.c: xanh key: the key of an identity, in a line that is ready to be run.
 *
 * Keys are never told over HTTP: this reads keys.json in the folder, as its owner may. */
#include "app/app.h"
#include "app/tree.h"
#include "base/json_member.h"

enum { KEYS_BYTES_MAX = 1 << 16 };

static void print_key(struct xh_app *app, struct xh_str name, struct xh_str key)
{
    struct xh_json_writer w;

    if (app->is_json) {
        xh_json_writer_init(&w, &app->out.out, false);
        xh_json_object(&w);
        xh_json_member_str(&w, "name", name);
        xh_json_member_str(&w, "key", key);
        xh_json_object_end(&w);
        xh_term_print(&app->out, "\n");
        return;
    }
    xh_term_print(&app->out, "%.*s\n", XH_STR_ARG(key));
    xh_term_colour(&app->note, XH_FAINT);
    xh_term_print(&app->note,
                  "curl -H 'Authorization: Bearer %.*s' http://127.0.0.1:8080/api/v1/me\n",
                  XH_STR_ARG(key));
    xh_term_colour(&app->note, XH_PLAIN);
}

static int run_key(struct xh_app *app, const struct xh_args *args, struct xh_err *err)
{
    struct xh_str name = xh_args_operand(args, 0);
    struct xh_str path = xh_arena_format(app->arena, "%s/keys.json", app->dir);
    const struct xh_tree *keys = NULL;
    struct xh_buf text = {0};

    if (name.len == 0) {
        name = XH_STR("operator");
    }
    int code = xh_file_read(app->env, path.ptr, KEYS_BYTES_MAX, &text, err);
    if (code >= 0) {
        code = xh_tree_parse(app->arena, xh_buf_str(&text), &keys, err);
    }
    xh_buf_finish(&text);
    if (code < 0) {
        return code;
    }
    struct xh_str key = xh_tree_text(keys, xh_arena_text(app->arena, name));
    if (key.len == 0) {
        return xh_err_field(err, XH_E_NOT_FOUND, "name", name, NULL, NULL,
                            "'%.*s' has no key in '%.*s'", XH_STR_ARG(xh_str_sub(name, 0, 60)),
                            XH_STR_ARG(path));
    }
    print_key(app, name, key);
    return 0;
}

static const struct xh_example examples[] = {
    {"key", "the operator's key", "khóa của người vận hành"},
    {"key resident-7", "the key of the resident of home 7", "khóa của cư dân nhà 7"},
    {NULL, NULL, NULL},
};
const struct xh_command xh_command_key = {
    .name = "key",
    .summary_en = "print the key with which an identity asks the API",
    .summary_vi = "in khóa để một danh tính dùng API",
    .operands = "[NAME]",
    .operand_max = 1,
    .examples = examples,
    .run = run_key,
};
