/* lines_head.c: measurement and tags of line protocol taken apart; once for each head, so it need
 * not be fast. */
#include <string.h>

#include "server/lines.h"

static bool is_special(char c)
{
    return c == ',' || c == '=' || c == ' ';
}

struct xh_str xh__line_unescape(struct xh_arena *arena, struct xh_str text)
{
    if (xh_str_find_char(text, '\\') < 0) {
        return xh_arena_str(arena, text);
    }
    char *out = xh_arena_alloc(arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\\' && i + 1 < text.len && is_special(text.ptr[i + 1])) {
            i++;
        }
        out[len++] = text.ptr[i];
    }
    return (struct xh_str){out, len};
}

/* Takes what stands before the first `sep` or comma that no backslash escapes. */
static struct xh_str take(struct xh_str *rest, char sep)
{
    size_t at = 0;
    while (at < rest->len && rest->ptr[at] != sep && rest->ptr[at] != ',') {
        bool is_escape = rest->ptr[at] == '\\' && at + 1 < rest->len &&
                         is_special(rest->ptr[at + 1]);
        at += is_escape ? 2 : 1;
    }
    struct xh_str part = xh_str_sub(*rest, 0, at);
    *rest = xh_str_sub(*rest, at, rest->len);
    return part;
}

static int wrong_tag(struct xh_str tag, const char *why, struct xh_err *err)
{
    return xh_err_field(err, XH_E_INVALID, "tags", xh__line_shown(tag), "name=value", NULL,
                        "the tag \"%.*s\" %s", XH_STR_ARG(xh__line_shown(tag)), why);
}

static int add_tag(struct xh__line_head *head, struct xh__line_tag tag, struct xh_err *err)
{
    size_t at = head->tag_count;
    if (at == XH__LINE_TAGS_MAX) {
        return xh_err_field(err, XH_E_TOO_LARGE, "tags", XH_STR("more"), "64", "tags",
                            "more than %d tags", XH__LINE_TAGS_MAX);
    }
    while (at > 0 && xh_str_compare(head->tags[at - 1].name, tag.name) > 0) {
        at--;
    }
    if (at > 0 && xh_str_equal(head->tags[at - 1].name, tag.name)) {
        return wrong_tag(tag.name, "comes twice", err);
    }
    memmove(&head->tags[at + 1], &head->tags[at], (head->tag_count - at) * sizeof head->tags[0]);
    head->tags[at] = tag;
    head->tag_count++;
    return XH_E_OK;
}

int xh__line_head_read(struct xh_arena *arena, struct xh_str head, struct xh__line_head *ret,
                       struct xh_err *err)
{
    struct xh_str rest = head;
    ret->tag_count = 0;
    if (!xh_utf8_is_valid(head)) {
        return xh_err_field(err, XH_E_INVALID, "measurement", XH_STR(""), "UTF-8", NULL,
                            "measurement and tags are not UTF-8");
    }
    ret->measurement = xh__line_unescape(arena, take(&rest, ','));
    if (ret->measurement.len == 0) {
        return xh_err_field(err, XH_E_INVALID, "measurement", XH_STR(""), "a name", NULL,
                            "the measurement has no name");
    }
    while (rest.len > 0) {
        rest = xh_str_sub(rest, 1, rest.len); /* the comma */
        struct xh_str name = take(&rest, '='), value = {NULL, 0};
        bool has_value = rest.len > 0 && rest.ptr[0] == '=';
        if (has_value) {
            rest = xh_str_sub(rest, 1, rest.len);
            value = take(&rest, ',');
        }
        if (name.len == 0 || value.len == 0) {
            return wrong_tag(name, "is not name=value", err);
        }
        struct xh__line_tag tag = {xh__line_unescape(arena, name), xh__line_unescape(arena, value)};
        int code = add_tag(ret, tag, err);
        if (code < 0) {
            return code;
        }
    }
    return XH_E_OK;
}
