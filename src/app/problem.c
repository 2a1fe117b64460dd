/* problem.c: errors as JSON and back. */
#include "app/problem.h"

#include <string.h>

#include "base/json_member.h"

#define X(name, code, text, http, exit_status, retry) {#name, (code)},
static const struct {
    const char *name;
    int code;
} codes[] = {XH_ERR_LIST(X)};
#undef X

void xh_problem_write(const struct xh_err *err, struct xh_buf *out)
{
    struct xh_json_writer w;

    xh_json_writer_init(&w, out, false);
    xh_json_object(&w);
    xh_json_member_string_if_any(&w, "type", "about:blank");
    xh_json_member_string_if_any(&w, "title", xh_err_text(err->code));
    xh_json_member_int(&w, "status", xh_err_http_status(err->code));
    xh_json_member_string_if_any(&w, "detail", err->text);
    xh_json_member_string_if_any(&w, "code", xh_err_name(err->code));
    xh_json_member_string_if_any(&w, "field", err->field);
    xh_json_member_string_if_any(&w, "value", err->value);
    xh_json_member_string_if_any(&w, "limit", err->limit);
    xh_json_member_string_if_any(&w, "unit", err->unit);
    xh_json_member_bool(&w, "retry", xh_err_is_retryable(err->code));
    xh_json_object_end(&w);
    xh_buf_add_char(out, '\n');
}

static int code_of(struct xh_str name, int http_status)
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (xh_str_is(name, codes[i].name) && codes[i].code < 0) {
            return codes[i].code;
        }
    }
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (codes[i].code < 0 && xh_err_http_status(codes[i].code) == http_status) {
            return codes[i].code;
        }
    }
    return XH_E_INTERNAL;
}

static void copy(char *dst, size_t size_bytes, struct xh_str text)
{
    size_t len = text.len < size_bytes - 1 ? text.len : size_bytes - 1;
    memcpy(dst, text.len ? text.ptr : "", len);
    dst[len] = '\0';
}

int xh_problem_read(struct xh_arena *arena, int http_status, struct xh_str json, struct xh_err *err)
{
    const struct xh_tree *tree = NULL;
    struct xh_err made = {0};

    if (xh_tree_parse(arena, json, &tree, NULL) < 0 || xh_tree_text(tree, "detail").len == 0) {
        return xh_err_set(err, code_of(xh_str_from(NULL), http_status),
                          "the owner of the data folder answered with status %d", http_status);
    }
    made.code = code_of(xh_tree_text(tree, "code"), http_status);
    copy(made.text, sizeof made.text, xh_tree_text(tree, "detail"));
    copy(made.field, sizeof made.field, xh_tree_text(tree, "field"));
    copy(made.value, sizeof made.value, xh_tree_text(tree, "value"));
    copy(made.limit, sizeof made.limit, xh_tree_text(tree, "limit"));
    copy(made.unit, sizeof made.unit, xh_tree_text(tree, "unit"));
    if (err) {
        *err = made;
    }
    return made.code;
}
