/* odata_parse_expr.c: expressions, by recursive descent.
 *
 *   or             := and ("or" and)*
 *   and            := not ("and" not)*
 *   not            := "not" not | equality
 *   equality       := relation (("eq" | "ne") relation)*
 *   relation       := sum (("gt" | "ge" | "lt" | "le" | "in") sum)*
 *   sum            := product (("add" | "sub") product)*
 *   product        := sign (("mul" | "div" | "mod") sign)*
 *   sign           := "-" sign | "not" sign | primary
 *   primary        := literal | "(" or ")" | function "(" or, ... ")" | path
 *   path           := ["$it" "/" | variable "/"] name ("/" name | "[" digits "]")*
 *                     ["/" ("any" | "all") "(" [variable ":" or] ")"]
 *
 * That is the order of OData 4.0 Part 2, 5.1.1.9, but for `not`: there it binds closer than `eq`,
 * so that "not result eq 5" would negate the result. Here it negates the comparison, as everybody
 * means it; for truths both are the same.
 */
#include "server/sta/odata_internal.h"

/* An expression with what only its reader must know. */
struct node {
    struct xh__odata_expr expr;
    unsigned height;
};

enum { ARGS_FIRST = 4 };

struct args {
    struct xh__odata_expr **items;
    size_t count, capacity;
};

static int read_level(struct xh__odata_parser *p, int level, struct xh__odata_expr **ret);

static void add_arg(struct xh__odata_parser *p, struct args *args, struct xh__odata_expr *expr)
{
    args->items = xh_arena_grow(p->arena, args->items, &args->capacity,
                                args->count < ARGS_FIRST ? ARGS_FIRST : args->count + 1,
                                sizeof(struct xh__odata_expr *));
    args->items[args->count++] = expr;
}

static int make(struct xh__odata_parser *p, enum xh__odata_op op, size_t offset, struct args args,
                struct xh__odata_expr **ret)
{
    struct node *node = XH_NEW(p->arena, struct node);
    int code = xh__odata_count_node(p);
    if (code < 0) {
        return code;
    }
    for (size_t i = 0; i < args.count; i++) {
        unsigned height = ((struct node *)args.items[i])->height;
        node->height = height > node->height ? height : node->height;
    }
    node->height++;
    code = xh__odata_check_depth(p, node->height);
    if (code < 0) {
        return code;
    }
    node->expr.op = op;
    node->expr.offset = offset;
    node->expr.function = -1;
    node->expr.args = args.items;
    node->expr.arg_count = args.count;
    *ret = &node->expr;
    return 0;
}

/* ---- operators ---- */

enum { LEVEL_OR, LEVEL_AND, LEVEL_NOT, LEVEL_EQUALITY, LEVEL_RELATION, LEVEL_SUM, LEVEL_PRODUCT,
       LEVEL_SIGN };

static const struct {
    const char *word;
    enum xh__odata_op op;
    int level;
} operators[] = {
    {"or", XH__ODATA_OR, LEVEL_OR},         {"and", XH__ODATA_AND, LEVEL_AND},
    {"eq", XH__ODATA_EQ, LEVEL_EQUALITY},   {"ne", XH__ODATA_NE, LEVEL_EQUALITY},
    {"gt", XH__ODATA_GT, LEVEL_RELATION},   {"ge", XH__ODATA_GE, LEVEL_RELATION},
    {"lt", XH__ODATA_LT, LEVEL_RELATION},   {"le", XH__ODATA_LE, LEVEL_RELATION},
    {"in", XH__ODATA_IN, LEVEL_RELATION},   {"add", XH__ODATA_ADD, LEVEL_SUM},
    {"sub", XH__ODATA_SUB, LEVEL_SUM},      {"mul", XH__ODATA_MUL, LEVEL_PRODUCT},
    {"div", XH__ODATA_DIV, LEVEL_PRODUCT},  {"mod", XH__ODATA_MOD, LEVEL_PRODUCT},
};

/* The operator of the level that stands here, behind any space; else nothing is taken. */
static bool take_operator(struct xh__odata_parser *p, int level, enum xh__odata_op *ret)
{
    struct xh__odata_parser ahead = *p;
    struct xh_str word;
    xh__odata_skip_space(&ahead);
    if (!xh__odata_take_name(&ahead, false, &word)) {
        return false;
    }
    for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
        if (operators[i].level == level && xh_str_is(word, operators[i].word)) {
            p->at = ahead.at;
            *ret = operators[i].op;
            return true;
        }
    }
    return false;
}

/* "(a, b)" as arguments; with `may_be_empty` "()" too. The '(' has been taken. */
static int read_list(struct xh__odata_parser *p, bool may_be_empty, struct args *args)
{
    xh__odata_skip_space(p);
    if (may_be_empty && xh__odata_take_char(p, ')')) {
        return 0;
    }
    int code = xh__odata_check_depth(p, ++p->depth);
    while (code >= 0) {
        struct xh__odata_expr *expr = NULL;
        code = read_level(p, LEVEL_OR, &expr);
        if (code < 0) {
            break;
        }
        add_arg(p, args, expr);
        xh__odata_skip_space(p);
        if (xh__odata_take_char(p, ')')) {
            break;
        }
        if (!xh__odata_take_char(p, ',')) {
            return xh__odata_expected(p, "an operator, ',' or ')'");
        }
    }
    p->depth--;
    return code;
}

/* Behind `in`: a list, or a path to one. */
static int read_in(struct xh__odata_parser *p, struct args *args)
{
    struct xh__odata_expr *list = NULL;
    xh__odata_skip_space(p);
    if (xh__odata_take_char(p, '(')) {
        return read_list(p, false, args);
    }
    size_t start = p->at;
    int code = read_level(p, LEVEL_SIGN, &list);
    if (code < 0) {
        return code;
    }
    if (list->op != XH__ODATA_MEMBER) {
        p->at = start;
        return xh__odata_expected(p, "a list such as (1, 2) or a property that is one");
    }
    add_arg(p, args, list);
    return 0;
}

/* A row of operators of one level. `and` and `or` take all of their row as arguments. */
static int read_row(struct xh__odata_parser *p, int level, struct xh__odata_expr **ret)
{
    enum xh__odata_op op;
    struct xh__odata_expr *left = NULL;
    size_t offset = p->at;
    int code = read_level(p, level + 1, &left);
    bool is_open = code >= 0 && take_operator(p, level, &op);
    while (is_open) {
        struct args args = {0};
        enum xh__odata_op next = op;
        add_arg(p, &args, left);
        do {
            struct xh__odata_expr *right = NULL;
            code = op == XH__ODATA_IN ? read_in(p, &args) : read_level(p, level + 1, &right);
            if (code < 0) {
                return code;
            }
            if (op != XH__ODATA_IN) {
                add_arg(p, &args, right);
            }
            is_open = take_operator(p, level, &next);
        } while (is_open && level <= LEVEL_AND);
        code = make(p, op, offset, args, &left);
        if (code < 0) {
            return code;
        }
        op = next;
    }
    *ret = left;
    return code;
}

static int read_unary(struct xh__odata_parser *p, enum xh__odata_op op, int level,
                      struct xh__odata_expr **ret)
{
    struct args args = {0};
    struct xh__odata_expr *of = NULL;
    size_t offset = p->at;
    int code = xh__odata_check_depth(p, ++p->depth);
    if (code >= 0) {
        code = read_level(p, level, &of);
    }
    p->depth--;
    if (code < 0) {
        return code;
    }
    add_arg(p, &args, of);
    return make(p, op, offset, args, ret);
}

/* ---- primaries ---- */

static int make_literal(struct xh__odata_parser *p, size_t offset, struct xh__odata_value value,
                        struct xh__odata_expr **ret)
{
    int code = make(p, XH__ODATA_LITERAL, offset, (struct args){0}, ret);
    if (code >= 0) {
        (*ret)->literal = value;
    }
    return code;
}

static int read_function(struct xh__odata_parser *p, struct xh_str name, size_t offset,
                         struct xh__odata_expr **ret)
{
    struct args args = {0};
    int index = xh__odata_function_find(name);
    if (index < 0) {
        p->at = offset;
        return xh__odata_expected(p, "a function of SensorThings");
    }
    const struct xh__odata_function *function = xh__odata_function_at(index);
    int code = read_list(p, true, &args);
    if (code < 0) {
        return code;
    }
    if (args.count < function->arg_count_min || args.count > function->arg_count_max) {
        return xh_err_field(p->err, XH_E_INVALID, p->option, name, NULL, NULL,
                            "%s: the function %s takes %zu arguments, not %zu", p->option,
                            function->name,
                            args.count < function->arg_count_min ? function->arg_count_min
                                                                 : function->arg_count_max,
                            args.count);
    }
    if (function->flags & XH__ODATA_NEEDS_INTERVAL && args.items[1]->op == XH__ODATA_LITERAL &&
        args.items[1]->literal.type != XH__ODATA_INTERVAL &&
        args.items[1]->literal.type != XH__ODATA_TEXT) {
        p->at = args.items[1]->offset;
        return xh__odata_expected(p, "an interval");
    }
    code = make(p, XH__ODATA_CALL, offset, args, ret);
    if (code >= 0) {
        (*ret)->function = index;
    }
    return code;
}

struct path {
    struct xh_str names[XH__ODATA_SEGMENTS_MAX];
    size_t count;
    struct xh_str variable;
};

static int add_name(struct xh__odata_parser *p, struct path *path, struct xh_str name)
{
    if (path->count == XH__ODATA_SEGMENTS_MAX) {
        return xh_err_field(p->err, XH_E_TOO_LARGE, p->option, name, "32", NULL,
                            "%s: a path has more than %d segments", p->option,
                            XH__ODATA_SEGMENTS_MAX);
    }
    path->names[path->count++] = name;
    return 0;
}

static void set_path(struct xh__odata_parser *p, const struct path *path,
                     struct xh__odata_expr *expr)
{
    expr->names = XH_NEW_ARRAY(p->arena, struct xh_str, path->count);
    expr->name_count = path->count;
    for (size_t i = 0; i < path->count; i++) {
        expr->names[i] = path->names[i];
    }
}

/* any(...) or all(...) of what the path leads to; the '(' has been taken. */
static int read_lambda(struct xh__odata_parser *p, const struct path *path, bool is_any,
                       size_t offset, struct xh__odata_expr **ret)
{
    struct args args = {0};
    struct xh__odata_variable variable = {.outer = p->variables};
    xh__odata_skip_space(p);
    bool is_empty = is_any && xh__odata_peek(p) == ')';
    if (!is_empty) {
        struct xh__odata_expr *body = NULL;
        if (!xh__odata_take_name(p, false, &variable.name)) {
            return xh__odata_expected(p, "a variable");
        }
        xh__odata_skip_space(p);
        if (!xh__odata_take_char(p, ':')) {
            return xh__odata_expected(p, "':'");
        }
        p->variables = &variable;
        int code = xh__odata_check_depth(p, ++p->depth);
        if (code >= 0) {
            code = read_level(p, LEVEL_OR, &body);
        }
        p->depth--;
        p->variables = variable.outer;
        if (code < 0) {
            return code;
        }
        add_arg(p, &args, body);
        xh__odata_skip_space(p);
    }
    if (!xh__odata_take_char(p, ')')) {
        return xh__odata_expected(p, "an operator or ')'");
    }
    int code = make(p, is_any ? XH__ODATA_ANY : XH__ODATA_ALL, offset, args, ret);
    if (code >= 0) {
        set_path(p, path, *ret);
        (*ret)->variable = variable.name;
        (*ret)->of = path->variable;
    }
    return code;
}

/* "any(" or "all(" behind a path. */
static bool take_lambda(struct xh__odata_parser *p, bool *ret_is_any)
{
    struct xh__odata_parser ahead = *p;
    struct xh_str word;
    if (!xh__odata_take_name(&ahead, true, &word) || !xh__odata_take_char(&ahead, '(')) {
        return false;
    }
    *ret_is_any = xh_str_is(word, "any");
    if (!*ret_is_any && !xh_str_is(word, "all")) {
        return false;
    }
    p->at = ahead.at;
    return true;
}

static bool is_variable(const struct xh__odata_parser *p, struct xh_str name)
{
    for (const struct xh__odata_variable *v = p->variables; v; v = v->outer) {
        if (xh_str_equal(v->name, name)) {
            return true;
        }
    }
    return false;
}

/* The first name has been taken. */
static int read_path(struct xh__odata_parser *p, struct xh_str first, size_t offset,
                     struct xh__odata_expr **ret)
{
    struct path path = {0};
    int code = 0;
    bool is_rooted = is_variable(p, first);
    if (is_rooted) {
        path.variable = first;
    } else if (xh_str_is(first, "$it")) {
        is_rooted = true;
    } else {
        code = add_name(p, &path, first);
    }
    if (is_rooted && xh__odata_peek(p) != '/') {
        return xh__odata_expected(p, "'/' and a property");
    }
    while (code >= 0) {
        struct xh_str name;
        bool is_any;
        code = path.count > 0 ? xh__odata_take_index(p, &name) : 0;
        if (code > 0) {
            code = add_name(p, &path, name);
            continue;
        }
        if (code < 0 || !xh__odata_take_char(p, '/')) {
            break;
        }
        if (path.count > 0 && take_lambda(p, &is_any)) {
            return read_lambda(p, &path, is_any, offset, ret);
        }
        if (!xh__odata_take_name(p, true, &name)) {
            return xh__odata_expected(p, "a property");
        }
        code = add_name(p, &path, name);
    }
    if (code >= 0) {
        code = make(p, XH__ODATA_MEMBER, offset, (struct args){0}, ret);
    }
    if (code >= 0) {
        set_path(p, &path, *ret);
        (*ret)->variable = path.variable;
    }
    return code;
}

static bool word_literal(struct xh_str word, struct xh__odata_value *ret)
{
    if (xh_str_is(word, "null")) {
        *ret = xh__odata_null();
    } else if (xh_str_is(word, "true") || xh_str_is(word, "false")) {
        *ret = xh__odata_truth(xh_str_is(word, "true"));
    } else {
        return false;
    }
    return true;
}

static int read_named(struct xh__odata_parser *p, struct xh_str name, size_t offset,
                      struct xh__odata_expr **ret)
{
    struct xh__odata_value value;
    if (xh__odata_peek(p) == '\'') {
        int code = xh__odata_take_named_literal(p, name, &value);
        return code < 0 ? code : make_literal(p, offset, value, ret);
    }
    struct xh__odata_parser ahead = *p;
    xh__odata_skip_space(&ahead);
    if (xh__odata_take_char(&ahead, '(')) {
        p->at = ahead.at;
        return read_function(p, name, offset, ret);
    }
    if (word_literal(name, &value)) {
        return make_literal(p, offset, value, ret);
    }
    return read_path(p, name, offset, ret);
}

static int read_primary(struct xh__odata_parser *p, struct xh__odata_expr **ret)
{
    struct xh__odata_value value;
    struct xh_str name;
    size_t offset = p->at;
    int code = xh__odata_take_literal(p, &value);
    if (code != 0) {
        return code < 0 ? code : make_literal(p, offset, value, ret);
    }
    if (xh__odata_take_char(p, '(')) {
        code = xh__odata_check_depth(p, ++p->depth);
        if (code >= 0) {
            code = read_level(p, LEVEL_OR, ret);
        }
        p->depth--;
        if (code < 0) {
            return code;
        }
        xh__odata_skip_space(p);
        return xh__odata_take_char(p, ')') ? 0 : xh__odata_expected(p, "an operator or ')'");
    }
    if (xh__odata_take_name(p, false, &name)) {
        return read_named(p, name, offset, ret);
    }
    return xh__odata_expected(p, "a property, a function or a literal");
}

static int read_level(struct xh__odata_parser *p, int level, struct xh__odata_expr **ret)
{
    xh__odata_skip_space(p);
    if (level != LEVEL_NOT && level != LEVEL_SIGN) {
        return read_row(p, level, ret);
    }
    if (xh__odata_take_word(p, "not")) {
        return read_unary(p, XH__ODATA_NOT, level, ret);
    }
    if (level == LEVEL_NOT) {
        return read_row(p, LEVEL_EQUALITY, ret);
    }
    bool is_number = p->at + 1 < p->text.len && xh_char_is_digit(p->text.ptr[p->at + 1]);
    if (!is_number && xh__odata_take_char(p, '-')) {
        return read_unary(p, XH__ODATA_NEGATE, LEVEL_SIGN, ret);
    }
    return read_primary(p, ret);
}

int xh__odata_expr_parse(struct xh__odata_parser *p, struct xh__odata_expr **ret)
{
    return read_level(p, LEVEL_OR, ret);
}
