/* mapping_tree.c: JSON as a tree, and pointers into it. */
#include "base/num.h"
#include "service/mapping_internal.h"

static int read_value(struct xh_arena *arena, struct xh_json_reader *r, enum xh_json_type type,
                      struct xh__mapping_node *node);

/* Members up to the end; the reader limits the depth. */
static int read_members(struct xh_arena *arena, struct xh_json_reader *r, enum xh_json_type end,
                        struct xh__mapping_node *parent)
{
    struct xh__mapping_node **last = &parent->first;
    for (enum xh_json_type type = xh_json_next(r); type != end; type = xh_json_next(r)) {
        struct xh__mapping_node *node = XH_NEW(arena, struct xh__mapping_node);
        if (type == XH_JSON_NAME) {
            node->name = xh_json_text(r);
            type = xh_json_next(r);
        }
        int code = read_value(arena, r, type, node);
        if (code < 0) {
            return code;
        }
        *last = node;
        last = &node->next;
    }
    return XH_E_OK;
}

static int read_value(struct xh_arena *arena, struct xh_json_reader *r, enum xh_json_type type,
                      struct xh__mapping_node *node)
{
    node->type = type;
    switch (type) {
    case XH_JSON_OBJECT:
        return read_members(arena, r, XH_JSON_OBJECT_END, node);
    case XH_JSON_ARRAY:
        return read_members(arena, r, XH_JSON_ARRAY_END, node);
    case XH_JSON_STRING:
    case XH_JSON_NUMBER:
        node->text = xh_json_text(r);
        return XH_E_OK;
    case XH_JSON_TRUE:
    case XH_JSON_FALSE:
    case XH_JSON_NULL:
        return XH_E_OK;
    default:
        return XH_E_INVALID;
    }
}

int xh__mapping_tree(struct xh_arena *arena, struct xh_str text,
                     const struct xh__mapping_node **ret, struct xh_err *err)
{
    struct xh_json_reader *r = xh_json_reader_create(arena, text);
    struct xh__mapping_node *root = XH_NEW(arena, struct xh__mapping_node);
    int code = read_value(arena, r, xh_json_next(r), root);
    if (code >= 0 && xh_json_next(r) != XH_JSON_END) {
        code = XH_E_INVALID;
    }
    if (code < 0) {
        int told = xh_json_error(r, err);
        return told < 0 ? told : xh_err_set(err, code, "the payload is no JSON");
    }
    *ret = root;
    return XH_E_OK;
}

/* Is the reference token the member's name? ~1 stands for '/', ~0 for '~'. */
static bool token_is(struct xh_str token, struct xh_str name)
{
    size_t n = 0;
    for (size_t t = 0; t < token.len; t++, n++) {
        char c = token.ptr[t];
        if (c == '~' && t + 1 < token.len) {
            t++;
            c = token.ptr[t] == '1' ? '/' : '~';
        }
        if (n >= name.len || name.ptr[n] != c) {
            return false;
        }
    }
    return n == name.len;
}

/* An array's index: digits, no leading zero. */
static bool index_read(struct xh_str token, int64_t *ret)
{
    bool is_right = token.len > 0 && token.len < 10 && (token.len == 1 || token.ptr[0] != '0');
    for (size_t i = 0; i < token.len; i++) {
        is_right = is_right && xh_char_is_digit(token.ptr[i]);
    }
    return is_right && xh_int_parse(token, ret) >= 0;
}

static const struct xh__mapping_node *step(const struct xh__mapping_node *node, struct xh_str token)
{
    int64_t index = -1;
    if (node->type == XH_JSON_ARRAY && !index_read(token, &index)) {
        return NULL;
    }
    if (node->type != XH_JSON_ARRAY && node->type != XH_JSON_OBJECT) {
        return NULL;
    }
    const struct xh__mapping_node *child = node->first;
    while (child != NULL &&
           (node->type == XH_JSON_ARRAY ? index-- > 0 : !token_is(token, child->name))) {
        child = child->next;
    }
    return child;
}

const struct xh__mapping_node *xh__mapping_at(const struct xh__mapping_node *node,
                                              struct xh_str pointer)
{
    if (pointer.len > 0 && pointer.ptr[0] != '/') {
        return NULL;
    }
    while (node != NULL && pointer.len > 0) {
        struct xh_str rest = xh_str_sub(pointer, 1, pointer.len);
        ptrdiff_t slash = xh_str_find_char(rest, '/');
        size_t len = slash < 0 ? rest.len : (size_t)slash;
        node = step(node, xh_str_sub(rest, 0, len));
        pointer = xh_str_sub(rest, len, rest.len);
    }
    return node;
}

const struct xh__mapping_node *xh__mapping_member(const struct xh__mapping_node *node,
                                                  const char *name)
{
    const struct xh__mapping_node *child = NULL;
    if (node != NULL && node->type == XH_JSON_OBJECT) {
        for (child = node->first; child != NULL && !xh_str_is(child->name, name);) {
            child = child->next;
        }
    }
    return child;
}

struct xh_str xh__mapping_node_text(const struct xh__mapping_node *node)
{
    if (node == NULL) {
        return XH_STR("");
    }
    return node->type == XH_JSON_TRUE    ? XH_STR("true")
           : node->type == XH_JSON_FALSE ? XH_STR("false")
                                         : node->text;
}
