/* odata_parse.c: query options, at the end of an address and in the parentheses of $expand.
 * 18-088 9.3, OASIS OData 4.0 Part 2, clause 5.1.
 */
#include <string.h>

#include "base/num.h"
#include "server/server_internal.h"
#include "server/sta/odata_internal.h"

enum { COUNT_MAX_BITS = 31 };

/* A query while it is made. */
struct builder {
    struct xh__odata_query query;
    struct builder **children;   /* of query.expands */
    size_t select_capacity, expand_capacity, child_capacity, order_capacity;
    unsigned given;              /* bit i: options[i] */
};

static int read_options(struct xh__odata_parser *p, struct builder *b);

static struct builder *builder_create(struct xh_arena *arena)
{
    struct builder *b = XH_NEW(arena, struct builder);
    b->query.top = -1;
    b->query.skip = -1;
    return b;
}

/* ---- $select, $orderby, $filter ---- */

static int read_select(struct xh__odata_parser *p, struct builder *b)
{
    size_t start = p->at;
    do {
        struct xh_str name;
        xh__odata_skip_space(p);
        if (!xh__odata_take_name(p, false, &name)) {
            return xh__odata_expected(p, "the name of a property");
        }
        int code = xh__odata_count_node(p);
        if (code < 0) {
            return code;
        }
        b->query.select = xh_arena_grow(p->arena, b->query.select, &b->select_capacity,
                                        b->query.select_count + 1, sizeof(struct xh_str));
        b->query.select[b->query.select_count++] = name;
        xh__odata_skip_space(p);
    } while (xh__odata_take_char(p, ','));
    b->query.select_text = xh_str_trim(xh_str_sub(p->text, start, p->at - start));
    return 0;
}

static int read_orderby(struct xh__odata_parser *p, struct builder *b)
{
    size_t start = p->at;
    do {
        struct xh__odata_order order = {0};
        int code = xh__odata_expr_parse(p, &order.expr);
        if (code < 0) {
            return code;
        }
        xh__odata_skip_space(p);
        order.is_descending = xh__odata_take_word(p, "desc");
        if (!order.is_descending) {
            (void)xh__odata_take_word(p, "asc");
        }
        b->query.orders = xh_arena_grow(p->arena, b->query.orders, &b->order_capacity,
                                        b->query.order_count + 1, sizeof(order));
        b->query.orders[b->query.order_count++] = order;
        xh__odata_skip_space(p);
    } while (xh__odata_take_char(p, ','));
    b->query.orderby_text = xh_str_trim(xh_str_sub(p->text, start, p->at - start));
    return 0;
}

static int read_filter(struct xh__odata_parser *p, struct builder *b)
{
    size_t start = p->at;
    int code = xh__odata_expr_parse(p, &b->query.filter);
    b->query.filter_text = xh_str_trim(xh_str_sub(p->text, start, p->at - start));
    return code;
}

/* ---- $expand ---- */

/* The query of what is expanded below `b` by that name; a name twice is one. */
static int child_of(struct xh__odata_parser *p, struct builder *b, struct xh_str name,
                    struct builder **ret)
{
    struct xh__odata_query *q = &b->query;
    for (size_t i = 0; i < q->expand_count; i++) {
        if (xh_str_equal(q->expands[i].name, name)) {
            *ret = b->children[i];
            return 0;
        }
    }
    int code = xh__odata_count_node(p);
    if (code < 0) {
        return code;
    }
    struct builder *child = builder_create(p->arena);
    q->expands = xh_arena_grow(p->arena, q->expands, &b->expand_capacity, q->expand_count + 1,
                               sizeof(struct xh__odata_expand));
    b->children = xh_arena_grow(p->arena, b->children, &b->child_capacity, q->expand_count + 1,
                                sizeof(struct builder *));
    b->children[q->expand_count] = child;
    q->expands[q->expand_count++] = (struct xh__odata_expand){name, &child->query};
    *ret = child;
    return 0;
}

/* "Datastreams/Observations($top=1)" */
static int read_expand_item(struct xh__odata_parser *p, struct builder *b)
{
    unsigned depth = p->depth;
    int code;
    do {
        struct xh_str name;
        xh__odata_skip_space(p);
        if (!xh__odata_take_name(p, false, &name)) {
            return xh__odata_expected(p, "the name of a navigation property");
        }
        code = xh__odata_check_depth(p, ++p->depth);
        if (code >= 0) {
            code = child_of(p, b, name, &b);
        }
    } while (code >= 0 && xh__odata_take_char(p, '/'));
    if (code >= 0 && xh__odata_take_char(p, '(')) {
        code = read_options(p, b);
    }
    p->depth = depth;
    return code;
}

static int read_expand(struct xh__odata_parser *p, struct builder *b)
{
    size_t start = p->at;
    do {
        int code = read_expand_item(p, b);
        if (code < 0) {
            return code;
        }
        xh__odata_skip_space(p);
    } while (xh__odata_take_char(p, ','));
    b->query.expand_text = xh_str_trim(xh_str_sub(p->text, start, p->at - start));
    return 0;
}

/* ---- the small ones ---- */

static int read_number(struct xh__odata_parser *p, int64_t *ret)
{
    int64_t value = 0;
    xh__odata_skip_space(p);
    size_t start = p->at;
    while (xh_char_is_digit(xh__odata_peek(p))) {
        p->at++;
    }
    struct xh_str digits = xh_str_sub(p->text, start, p->at - start);
    if (digits.len == 0 || xh_int_parse(digits, &value) < 0 ||
        value > INT64_C(1) << COUNT_MAX_BITS) {
        p->at = start;
        return xh__odata_expected(p, "a number from 0 to 2147483648");
    }
    *ret = value;
    return 0;
}

static int read_top(struct xh__odata_parser *p, struct builder *b)
{
    return read_number(p, &b->query.top);
}

static int read_skip(struct xh__odata_parser *p, struct builder *b)
{
    return read_number(p, &b->query.skip);
}

static int read_count(struct xh__odata_parser *p, struct builder *b)
{
    xh__odata_skip_space(p);
    bool is_true = xh__odata_take_word(p, "true");
    if (!is_true && !xh__odata_take_word(p, "false")) {
        return xh__odata_expected(p, "true or false");
    }
    b->query.has_count = true;
    b->query.count = is_true;
    return 0;
}

/* All that is left, as written. */
static int read_rest(struct xh__odata_parser *p, struct xh_str *ret)
{
    struct xh_str rest = xh_str_trim(xh_str_sub(p->text, p->at, p->text.len));
    if (rest.len == 0) {
        return xh__odata_expected(p, "a value");
    }
    p->at = p->text.len;
    *ret = rest;
    return 0;
}

static int read_result_format(struct xh__odata_parser *p, struct builder *b)
{
    return read_rest(p, &b->query.result_format);
}

static int read_apply(struct xh__odata_parser *p, struct builder *b)
{
    return read_rest(p, &b->query.apply);
}

static int read_after(struct xh__odata_parser *p, struct builder *b)
{
    return read_rest(p, &b->query.after);
}

/* ---- options ---- */

static const struct option {
    const char *name;
    int (*read)(struct xh__odata_parser *p, struct builder *b);
    bool is_nested;              /* allowed in $expand: OData 4.0 Part 2, 5.1.2 */
} options[] = {
    {"$filter", read_filter, true},
    {"$expand", read_expand, true},
    {"$select", read_select, true},
    {"$orderby", read_orderby, true},
    {"$top", read_top, true},
    {"$skip", read_skip, true},
    {"$count", read_count, true},
    {"$resultFormat", read_result_format, false},
    {"$apply", read_apply, false},
    {"$after", read_after, false},
};

enum { OPTION_COUNT = sizeof(options) / sizeof(options[0]) };

/* Clients write "$orderBy" too: OData 4.01 Part 1, 11.2.1, has the case of names not matter. */
static int option_find(struct xh_str name, bool is_nested, size_t *ret_index, struct xh_err *err)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        bool is_it = xh_str_equal_nocase(name, xh_str_from(options[i].name));
        if (is_it && (options[i].is_nested || !is_nested)) {
            *ret_index = i;
            return 0;
        }
    }
    return xh_err_field(err, XH_E_UNSUPPORTED, "query option", name, NULL, NULL,
                        "the query option \"%.*s\" is not supported%s",
                        name.len > 64 ? 64 : (int)name.len, name.ptr,
                        is_nested ? " in $expand" : "");
}

/* Reads the value of an option that has not been read before. */
static int read_option(struct xh__odata_parser *p, struct builder *b, size_t index)
{
    if (b->given & 1U << index) {
        return xh_err_field(p->err, XH_E_INVALID, options[index].name, p->text, NULL, NULL,
                            "%s is given twice", options[index].name);
    }
    b->given |= 1U << index;
    p->option = options[index].name;
    return options[index].read(p, b);
}

/* "$top=1;$orderby=phenomenonTime desc)"; the '(' has been taken. */
static int read_options(struct xh__odata_parser *p, struct builder *b)
{
    const char *outer = p->option;
    do {
        struct xh_str name;
        size_t index = 0;
        xh__odata_skip_space(p);
        if (!xh__odata_take_name(p, false, &name)) {
            return xh__odata_expected(p, "a query option");
        }
        int code = option_find(name, true, &index, p->err);
        if (code < 0) {
            return code;
        }
        xh__odata_skip_space(p);
        if (!xh__odata_take_char(p, '=')) {
            return xh__odata_expected(p, "'='");
        }
        code = read_option(p, b, index);
        if (code < 0) {
            return code;
        }
        p->option = outer;
        xh__odata_skip_space(p);
    } while (xh__odata_take_char(p, ';'));
    if (!xh__odata_take_char(p, ')')) {
        return xh__odata_expected(p, "';' or ')'");
    }
    return 0;
}

/* One "name=value" of the address. */
static int read_part(struct xh__odata_parser *p, struct builder *b, struct xh_str part)
{
    struct xh_str name, value;
    size_t index = 0;
    ptrdiff_t equals = xh_str_find_char(part, '=');
    size_t name_len = equals < 0 ? part.len : (size_t)equals;
    int code = xh__url_decode(p->arena, xh_str_sub(part, 0, name_len), true, &name, p->err);
    if (code < 0 || name.len == 0 || name.ptr[0] != '$') {
        return code;
    }
    ptrdiff_t inner = equals < 0 ? xh_str_find_char(name, '=') : -1;
    if (inner >= 0) { /* a client that encodes all of it: "%24filter%3Dresult+gt+1" */
        value = xh_str_sub(name, (size_t)inner + 1, name.len);
        name = xh_str_sub(name, 0, (size_t)inner);
    }
    code = option_find(name, false, &index, p->err);
    if (code >= 0 && inner < 0) {
        code = xh__url_decode(p->arena, xh_str_sub(part, name_len + 1, part.len), true, &value,
                              p->err);
    }
    if (code < 0) {
        return code;
    }
    p->text = value;
    p->at = 0;
    code = read_option(p, b, index);
    xh__odata_skip_space(p);
    if (code >= 0 && p->at < p->text.len) {
        return xh__odata_expected(p, "an operator or the end");
    }
    return code;
}

int xh__odata_query_parse(struct xh_arena *arena, struct xh_str text, struct xh__odata_query **ret,
                          struct xh_err *err)
{
    struct xh__odata_parser p = {.arena = arena, .err = err, .option = "query"};
    struct builder *b = builder_create(arena);
    struct xh_str part;
    if (text.len > XH__ODATA_TEXT_BYTES_MAX) {
        return xh_err_field(err, XH_E_TOO_LARGE, "query", (struct xh_str){0}, "65536", "bytes",
                            "the query has %zu bytes, more than %d", text.len,
                            XH__ODATA_TEXT_BYTES_MAX);
    }
    while (xh_str_split(&text, '&', &part)) {
        int code = read_part(&p, b, part);
        if (code < 0) {
            return code;
        }
    }
    *ret = &b->query;
    return 0;
}
