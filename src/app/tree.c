/* tree.c: a JSON answer as a tree. */
#include "app/tree.h"

#include "base/num.h"

/* The open objects and arrays are the reader's depth, which has a limit. */
struct builder {
    struct xh_arena *arena;
    struct xh_tree *open[XH_JSON_DEPTH_MAX + 1];
    struct xh_tree *last[XH_JSON_DEPTH_MAX + 1];
    int depth;
    struct xh_str name;
    struct xh_tree *root;
};

static void add(struct builder *b, enum xh_json_type type, struct xh_str text)
{
    struct xh_tree *node = XH_NEW(b->arena, struct xh_tree);

    node->type = type;
    node->text = text;
    node->name = b->name;
    b->name = xh_str_from(NULL);
    if (b->depth == 0) {
        b->root = node;
    } else {
        struct xh_tree *parent = b->open[b->depth - 1];
        if (parent->first) {
            b->last[b->depth - 1]->next = node;
        } else {
            parent->first = node;
        }
        b->last[b->depth - 1] = node;
        parent->count++;
    }
    if (type == XH_JSON_OBJECT || type == XH_JSON_ARRAY) {
        b->open[b->depth++] = node;
    }
}

int xh_tree_parse(struct xh_arena *arena, struct xh_str json, const struct xh_tree **ret,
                  struct xh_err *err)
{
    struct xh_json_reader *r = xh_json_reader_create(arena, json);
    struct builder b = {.arena = arena};

    for (;;) {
        enum xh_json_type type = xh_json_next(r);
        switch (type) {
        case XH_JSON_ERROR:
            return xh_json_error(r, err);
        case XH_JSON_END:
            *ret = b.root;
            return 0;
        case XH_JSON_OBJECT_END:
        case XH_JSON_ARRAY_END:
            b.depth--;
            break;
        case XH_JSON_NAME:
            b.name = xh_arena_str(arena, xh_json_text(r));
            break;
        case XH_JSON_TRUE:
            add(&b, type, XH_STR("true"));
            break;
        case XH_JSON_FALSE:
            add(&b, type, XH_STR("false"));
            break;
        case XH_JSON_NULL:
        case XH_JSON_OBJECT:
        case XH_JSON_ARRAY:
            add(&b, type, xh_str_from(NULL));
            break;
        case XH_JSON_STRING:
        case XH_JSON_NUMBER:
            add(&b, type, xh_arena_str(arena, xh_json_text(r)));
            break;
        }
    }
}

const struct xh_tree *xh_tree_get(const struct xh_tree *tree, const char *name)
{
    if (!tree || tree->type != XH_JSON_OBJECT) {
        return NULL;
    }
    for (const struct xh_tree *at = tree->first; at; at = at->next) {
        if (xh_str_is(at->name, name)) {
            return at;
        }
    }
    return NULL;
}

struct xh_str xh_tree_text(const struct xh_tree *tree, const char *name)
{
    const struct xh_tree *member = xh_tree_get(tree, name);
    return member ? member->text : xh_str_from(NULL);
}

int64_t xh_tree_int(const struct xh_tree *tree, const char *name)
{
    int64_t value = 0;
    return xh_int_parse(xh_tree_text(tree, name), &value) == 0 ? value : 0;
}

double xh_tree_real(const struct xh_tree *tree, const char *name)
{
    double value = 0;
    return xh_num_parse(xh_tree_text(tree, name), &value, NULL) == 0 ? value : 0;
}

bool xh_tree_is_true(const struct xh_tree *tree, const char *name)
{
    const struct xh_tree *member = xh_tree_get(tree, name);
    return member && member->type == XH_JSON_TRUE;
}

bool xh_tree_is_null(const struct xh_tree *tree, const char *name)
{
    const struct xh_tree *member = xh_tree_get(tree, name);
    return !member || member->type == XH_JSON_NULL;
}
