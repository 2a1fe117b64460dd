/* sta_patch.c: JSON Patch (RFC 6902) over a JSON text.
 *
 * The text becomes a tree of nodes; operations change the tree; the tree becomes text. Values that
 * nobody looks into stay raw text: a node is opened, one level, when a pointer (RFC 6901) leads
 * into it.
 */
#include "server/sta/sta_write_internal.h"

#include "base/num.h"

#include <string.h>

enum { OPERATIONS_MAX = 1000, POINTER_MAX = 64, RESULT_BYTES_MAX = 1 << 20 };

struct node {
    enum { RAW, OBJECT, ARRAY } kind;
    struct xh_str raw;   /* RAW */
    struct xh_str *names; /* OBJECT */
    struct node **items;  /* OBJECT, ARRAY */
    size_t count, capacity, name_capacity;
};

struct patching {
    struct xh_arena *arena;
    struct node *root;
    size_t bytes; /* made by copies so far */
    struct xh_err *err;
};

/* ---- the tree ---- */

static struct node *raw_node(struct xh_arena *arena, struct xh_str raw)
{
    struct node *n = XH_NEW(arena, struct node);
    n->kind = RAW;
    n->raw = raw;
    return n;
}

static void insert(struct xh_arena *arena, struct node *n, size_t at, struct xh_str name,
                   struct node *item)
{
    n->items = xh_arena_grow(arena, n->items, &n->capacity, n->count + 1, sizeof(struct node *));
    memmove(n->items + at + 1, n->items + at, (n->count - at) * sizeof(struct node *));
    n->items[at] = item;
    if (n->kind == OBJECT) {
        n->names = xh_arena_grow(arena, n->names, &n->name_capacity, n->count + 1,
                                 sizeof *n->names);
        memmove(n->names + at + 1, n->names + at, (n->count - at) * sizeof *n->names);
        n->names[at] = name;
    }
    n->count++;
}

static void take_out(struct node *n, size_t at)
{
    memmove(n->items + at, n->items + at + 1, (n->count - at - 1) * sizeof(struct node *));
    if (n->kind == OBJECT) {
        memmove(n->names + at, n->names + at + 1, (n->count - at - 1) * sizeof *n->names);
    }
    n->count--;
}

static ptrdiff_t member_find(const struct node *n, struct xh_str name)
{
    for (size_t i = 0; i < n->count; i++) {
        if (xh_str_equal(n->names[i], name)) {
            return (ptrdiff_t)i;
        }
    }
    return -1;
}

/* One level of a raw object or array; anything else stays what it is. */
static void open_node(struct xh_arena *arena, struct node *n)
{
    if (n->kind != RAW) {
        return;
    }
    struct xh_json_reader *r = xh_json_reader_create(arena, n->raw);
    enum xh_json_type type = xh_json_next(r);
    struct xh_str raw;
    if (type == XH_JSON_ARRAY) {
        n->kind = ARRAY;
        while (xh_json_raw(r, &raw)) {
            insert(arena, n, n->count, XH_STR(""), raw_node(arena, raw));
        }
    } else if (type == XH_JSON_OBJECT) {
        n->kind = OBJECT;
        while (xh_json_next(r) == XH_JSON_NAME) {
            struct xh_str name = xh_json_text(r);
            ptrdiff_t at = member_find(n, name);
            if (xh_json_raw(r, &raw) && at >= 0) {
                n->items[at] = raw_node(arena, raw);
            } else {
                insert(arena, n, n->count, name, raw_node(arena, raw));
            }
        }
    }
}

static void write_node(struct xh_json_writer *w, const struct node *n)
{
    if (n->kind == RAW) {
        xh_json_raw_value(w, n->raw);
    } else if (n->kind == ARRAY) {
        xh_json_array(w);
        for (size_t i = 0; i < n->count; i++) {
            write_node(w, n->items[i]);
        }
        xh_json_array_end(w);
    } else {
        xh_json_object(w);
        for (size_t i = 0; i < n->count; i++) {
            xh_json_name_str(w, n->names[i]);
            write_node(w, n->items[i]);
        }
        xh_json_object_end(w);
    }
}

/* A node's text, in the arena. */
static int node_text(struct patching *p, const struct node *n, struct xh_str *ret)
{
    struct xh_buf out = {0};
    struct xh_json_writer w;
    xh_buf_init(&out, RESULT_BYTES_MAX);
    xh_json_writer_init(&w, &out, false);
    write_node(&w, n);
    bool is_over = out.is_over;
    *ret = xh_arena_str(p->arena, xh_buf_str(&out));
    xh_buf_finish(&out);
    return is_over
               ? xh_err_set(p->err, XH_E_TOO_LARGE,
                            "the patch makes more than %d bytes of the entity", RESULT_BYTES_MAX)
               : XH_E_OK;
}

/* What is put at a place must leave the whole readable. */
static int nesting_check(struct patching *p, struct xh_str raw, size_t at_depth)
{
    struct xh_json_reader *r = xh_json_reader_create(p->arena, raw);
    size_t deepest = 0;
    enum xh_json_type type;
    while ((type = xh_json_next(r)) != XH_JSON_END && type != XH_JSON_ERROR) {
        size_t depth = (size_t)xh_json_depth(r);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + at_depth < XH_JSON_DEPTH_MAX
               ? XH_E_OK
               : xh_err_set(p->err, XH_E_TOO_LARGE, "the patch nests values more than %d deep",
                            XH_JSON_DEPTH_MAX);
}

/* ---- pointers (RFC 6901) ---- */

struct pointer {
    struct xh_str parts[POINTER_MAX];
    size_t count;
};

static int pointer_fault(struct patching *p, struct xh_str text, const char *why)
{
    return xh_err_field(p->err, XH_E_INVALID, "path", text, "a JSON pointer into the entity", NULL,
                        "the path \"%.*s\" %s", XH_STR_ARG(xh_str_sub(text, 0, 80)), why);
}

/* ~1 is '/', ~0 is '~'. */
static int unescape(struct patching *p, struct xh_str part, struct xh_str *ret)
{
    char *text = xh_arena_alloc(p->arena, part.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < part.len; i++) {
        char c = part.ptr[i];
        if (c == '~') {
            i++;
            if (i >= part.len || (part.ptr[i] != '0' && part.ptr[i] != '1')) {
                return XH_E_INVALID;
            }
            c = part.ptr[i] == '0' ? '~' : '/';
        }
        text[len++] = c;
    }
    *ret = (struct xh_str){text, len};
    return XH_E_OK;
}

static int pointer_parse(struct patching *p, struct xh_str text, struct pointer *ret)
{
    struct xh_str rest = text;
    ret->count = 0;
    if (text.len == 0) {
        return XH_E_OK;
    }
    if (text.ptr[0] != '/') {
        return pointer_fault(p, text, "does not begin with '/'");
    }
    while (rest.len > 0) {
        rest = xh_str_sub(rest, 1, rest.len);
        ptrdiff_t slash = xh_str_find_char(rest, '/');
        size_t len = slash < 0 ? rest.len : (size_t)slash;
        if (ret->count == POINTER_MAX) {
            return pointer_fault(p, text, "is too deep");
        }
        if (unescape(p, xh_str_sub(rest, 0, len), &ret->parts[ret->count++]) < 0) {
            return pointer_fault(p, text, "has a '~' that is neither ~0 nor ~1");
        }
        rest = xh_str_sub(rest, len, rest.len);
        if (slash < 0) {
            break;
        }
    }
    return XH_E_OK;
}

/* Digits without a leading zero; -1: it is none. */
static ptrdiff_t array_index(struct xh_str part)
{
    int64_t index = 0;
    bool is_number = part.len > 0 && xh_char_is_digit(part.ptr[0]) &&
                     (part.len == 1 || part.ptr[0] != '0');
    return is_number && xh_int_parse(part, &index) >= 0 && index < INT32_MAX ? (ptrdiff_t)index
                                                                             : -1;
}

/* The place of a part in its node; -1: there is nothing. */
static ptrdiff_t place_of(struct patching *p, struct node *n, struct xh_str part)
{
    open_node(p->arena, n);
    if (n->kind == OBJECT) {
        return member_find(n, part);
    }
    ptrdiff_t at = n->kind == ARRAY ? array_index(part) : -1;
    return at >= 0 && (size_t)at < n->count ? at : -1;
}

/* The node that holds what the pointer names; NULL: it is not there. */
static struct node *holder_find(struct patching *p, const struct pointer *to)
{
    struct node *n = p->root;
    for (size_t i = 0; i + 1 < to->count; i++) {
        ptrdiff_t at = place_of(p, n, to->parts[i]);
        if (at < 0) {
            return NULL;
        }
        n = n->items[at];
    }
    open_node(p->arena, n);
    return n;
}

static struct node *node_find(struct patching *p, const struct pointer *to)
{
    struct node *holder = to->count > 0 ? holder_find(p, to) : NULL;
    ptrdiff_t at = holder != NULL ? place_of(p, holder, to->parts[to->count - 1]) : -1;
    return to->count == 0 ? p->root : at >= 0 ? holder->items[at] : NULL;
}

/* ---- operations ---- */

struct operation {
    struct xh_str path_text;
    struct pointer path, from;
    struct xh_str value; /* raw; ptr NULL: none */
};

static int op_remove(struct patching *p, const struct operation *op, const struct pointer *what)
{
    struct node *holder = what->count > 0 ? holder_find(p, what) : NULL;
    ptrdiff_t at = holder != NULL ? place_of(p, holder, what->parts[what->count - 1]) : -1;
    if (at < 0) {
        return pointer_fault(p, op->path_text, "names nothing that could be taken away");
    }
    take_out(holder, (size_t)at);
    return XH_E_OK;
}

static int put_raw(struct patching *p, const struct operation *op, struct xh_str raw)
{
    struct node *holder = op->path.count > 0 ? holder_find(p, &op->path) : NULL;
    struct node *item = raw_node(p->arena, raw);
    int code = nesting_check(p, raw, op->path.count);
    if (code < 0) {
        return code;
    }
    if (op->path.count == 0) {
        p->root = item;
        return XH_E_OK;
    }
    if (holder == NULL || holder->kind == RAW) {
        return pointer_fault(p, op->path_text, "leads to nothing that could hold a value");
    }
    struct xh_str last = op->path.parts[op->path.count - 1];
    ptrdiff_t at = place_of(p, holder, last);
    if (holder->kind == OBJECT && at >= 0) {
        holder->items[at] = item;
        return XH_E_OK;
    }
    if (holder->kind == OBJECT || xh_str_is(last, "-")) {
        at = (ptrdiff_t)holder->count;
    } else {
        at = array_index(last);
    }
    if (at < 0 || (size_t)at > holder->count) {
        return pointer_fault(p, op->path_text, "is no place in its list");
    }
    insert(p->arena, holder, (size_t)at, last, item);
    return XH_E_OK;
}

static int op_add(struct patching *p, const struct operation *op)
{
    return put_raw(p, op, op->value);
}

static int op_replace(struct patching *p, const struct operation *op)
{
    struct node *n = node_find(p, &op->path);
    if (n == NULL) {
        return pointer_fault(p, op->path_text, "names nothing that could be replaced");
    }
    int code = nesting_check(p, op->value, op->path.count);
    if (code >= 0) {
        *n = *raw_node(p->arena, op->value);
    }
    return code;
}

/* A copy is text: two places never share a node. */
static int text_of(struct patching *p, const struct operation *op, const struct pointer *from,
                   struct xh_str *ret)
{
    struct node *n = node_find(p, from);
    if (n == NULL) {
        return pointer_fault(p, op->path_text, "is to get what is not there");
    }
    int code = node_text(p, n, ret);
    p->bytes += code < 0 ? 0 : ret->len;
    if (code >= 0 && p->bytes > RESULT_BYTES_MAX) {
        return xh_err_set(p->err, XH_E_TOO_LARGE,
                          "the patch copies and compares more than %d bytes", RESULT_BYTES_MAX);
    }
    return code;
}

static bool is_inside(const struct pointer *outer, const struct pointer *inner)
{
    bool is_same = inner->count > outer->count;
    for (size_t i = 0; is_same && i < outer->count; i++) {
        is_same = xh_str_equal(outer->parts[i], inner->parts[i]);
    }
    return is_same;
}

static int op_copy(struct patching *p, const struct operation *op)
{
    struct xh_str text;
    int code = text_of(p, op, &op->from, &text);
    return code < 0 ? code : put_raw(p, op, text);
}

static int op_move(struct patching *p, const struct operation *op)
{
    struct xh_str text;
    if (is_inside(&op->from, &op->path)) {
        return pointer_fault(p, op->path_text, "lies inside what is to be moved there");
    }
    int code = text_of(p, op, &op->from, &text);
    if (code >= 0 && op->from.count > 0) {
        code = op_remove(p, op, &op->from);
    }
    return code < 0 ? code : put_raw(p, op, text);
}

static bool same(struct patching *p, struct xh_str a, struct xh_str b, int depth);

static bool same_nodes(struct patching *p, struct node *a, struct node *b, int depth)
{
    bool is_same = a->kind == b->kind && a->count == b->count;
    for (size_t i = 0; is_same && i < a->count; i++) {
        ptrdiff_t at = a->kind == OBJECT ? member_find(b, a->names[i]) : (ptrdiff_t)i;
        is_same = at >= 0 && same(p, a->items[i]->raw, b->items[at]->raw, depth + 1);
    }
    return is_same;
}

static bool same_scalar(struct patching *p, struct xh_str a, struct xh_str b)
{
    struct xh_json_reader *ra = xh_json_reader_create(p->arena, a);
    struct xh_json_reader *rb = xh_json_reader_create(p->arena, b);
    enum xh_json_type type = xh_json_next(ra);
    double va = 0, vb = 0;
    if (type != xh_json_next(rb)) {
        return false;
    }
    if (type == XH_JSON_NUMBER) {
        return xh_num_parse(a, &va, NULL) >= 0 && xh_num_parse(b, &vb, NULL) >= 0 && va >= vb &&
               va <= vb;
    }
    return type != XH_JSON_STRING || xh_str_equal(xh_json_text(ra), xh_json_text(rb));
}

/* RFC 6902 4.6: numbers by value, texts by characters, objects in any order. */
static bool same(struct patching *p, struct xh_str a, struct xh_str b, int depth)
{
    struct node *na = raw_node(p->arena, a), *nb = raw_node(p->arena, b);
    if (depth > XH_JSON_DEPTH_MAX) {
        return false;
    }
    open_node(p->arena, na);
    open_node(p->arena, nb);
    return na->kind == RAW && nb->kind == RAW ? same_scalar(p, a, b) : same_nodes(p, na, nb, depth);
}

static int op_test(struct patching *p, const struct operation *op)
{
    struct xh_str text;
    int code = text_of(p, op, &op->path, &text);
    if (code >= 0 && !same(p, text, op->value, 0)) {
        return xh_err_field(p->err, XH_E_CONFLICT, "path", op->path_text, NULL, NULL,
                            "the test of \"%.*s\" fails: it is another value",
                            XH_STR_ARG(xh_str_sub(op->path_text, 0, 80)));
    }
    return code;
}

static int op_remove_path(struct patching *p, const struct operation *op)
{
    return op_remove(p, op, &op->path);
}

static const struct {
    const char *name;
    bool needs_value, needs_from;
    int (*run)(struct patching *p, const struct operation *op);
} operations[] = {
    {"add", true, false, op_add},      {"remove", false, false, op_remove_path},
    {"replace", true, false, op_replace}, {"move", false, true, op_move},
    {"copy", false, true, op_copy},    {"test", true, false, op_test},
};

/* ---- a patch ---- */

static int run_one(struct patching *p, struct xh_str json)
{
    static const char *const names[] = {"op", "path", "from", "value"};
    struct xh_str members[XH_COUNT(names)] = {{NULL, 0}};
    struct xh_str name, from = {NULL, 0};
    struct operation *op = XH_NEW(p->arena, struct operation);
    int code = xh__sta_json_members(p->arena, "patch", json, names, XH_COUNT(names), members,
                                    p->err);
    for (size_t i = 0; code >= 0 && i < 2; i++) {
        if (members[i].ptr == NULL) {
            code = xh__sta_wrong_type(names[i], XH_STR(""), "given", p->err);
        }
    }
    code = code < 0 ? code : xh__sta_json_text(p->arena, "op", members[0], &name, p->err);
    code = code < 0 ? code
                    : xh__sta_json_text(p->arena, "path", members[1], &op->path_text, p->err);
    code = code < 0 ? code : pointer_parse(p, op->path_text, &op->path);
    size_t at = 0;
    while (code >= 0 && at < XH_COUNT(operations) && !xh_str_is(name, operations[at].name)) {
        at++;
    }
    if (code >= 0 && at == XH_COUNT(operations)) {
        return xh__sta_wrong_type("op", name, "one of add, remove, replace, move, copy, test",
                                  p->err);
    }
    op->value = members[3];
    if (code >= 0 && operations[at].needs_value && op->value.ptr == NULL) {
        return xh__sta_wrong_type("value", XH_STR(""), "given", p->err);
    }
    if (code >= 0 && operations[at].needs_from) {
        code = members[2].ptr != NULL
                   ? xh__sta_json_text(p->arena, "from", members[2], &from, p->err)
                   : xh__sta_wrong_type("from", XH_STR(""), "given", p->err);
        code = code < 0 ? code : pointer_parse(p, from, &op->from);
    }
    return code < 0 ? code : operations[at].run(p, op);
}

int xh__sta_json_patch(struct xh_arena *arena, struct xh_str json, struct xh_str patch,
                       struct xh_str *ret, struct xh_err *err)
{
    struct patching p = {.arena = arena, .root = raw_node(arena, json), .err = err};
    struct xh_json_reader *r = xh_json_reader_create(arena, patch);
    struct xh_str whole, *items = NULL;
    size_t count = 0;
    if (!xh_json_raw(r, &whole) || xh_json_next(r) != XH_JSON_END) {
        int code = xh_json_error(r, err);
        return code < 0 ? code : xh__sta_wrong_type("patch", XH_STR(""), "one JSON value", err);
    }
    int code = xh__sta_json_items(arena, "patch", whole, &items, &count, err);
    if (code >= 0 && count > OPERATIONS_MAX) {
        return xh_err_set(err, XH_E_TOO_LARGE, "a patch has at most %d operations", OPERATIONS_MAX);
    }
    for (size_t i = 0; code >= 0 && i < count; i++) {
        code = run_one(&p, items[i]);
        if (code < 0) {
            xh_err_prefix(err, "[%zu].", i);
        }
    }
    return code < 0 ? code : node_text(&p, p.root, ret);
}
