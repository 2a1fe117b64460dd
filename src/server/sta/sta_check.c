/* sta_check.c: are the names in $filter and $orderby those of the entities they are asked about?
 * Asked before anything is read, so that a wrong name is told of an empty set too. Members of JSON
 * are anybody's. */
#include "server/sta/sta_read_internal.h"

/* What a variable of any or all stands for; XH__STA_TYPE_COUNT: no entity. */
struct bound {
    struct xh_str name;
    enum xh__sta_type type;
    const struct bound *outer;
};
struct check {
    const char *option;
    enum xh__sta_type type;
    struct xh_err *err;
};

static int no_such(const struct check *c, enum xh__sta_type type, struct xh_str name)
{
    name = xh_str_sub(name, 0, 60);
    return xh_err_field(c->err, XH_E_INVALID, c->option, name, "a property or a link", NULL,
                        "%s: a %s has no property \"%.*s\"", c->option, xh__sta_types[type].name,
                        XH_STR_ARG(name));
}

static bool is_own_name(struct xh_str name)
{
    return xh_str_is(name, "id") || xh_str_is(name, "@iot.id") || xh_str_is(name, "selfLink") ||
           xh_str_is(name, "@iot.selfLink");
}

/* Where a path begins. */
static enum xh__sta_type start_of(const struct check *c, const struct bound *bound,
                                  struct xh_str variable)
{
    if (variable.len == 0 || xh_str_is(variable, "$it")) {
        return c->type;
    }
    while (bound != NULL && !xh_str_equal(bound->name, variable)) {
        bound = bound->outer;
    }
    return bound != NULL ? bound->type : XH__STA_TYPE_COUNT;
}

/* The type that a path leads to; XH__STA_TYPE_COUNT: a value. */
static int walk(const struct check *c, enum xh__sta_type type, const struct xh_str *names,
                size_t count, enum xh__sta_type *ret)
{
    for (size_t i = 0; i < count && type != XH__STA_TYPE_COUNT; i++) {
        const struct xh__sta_link *link = xh__sta_link_find(type, names[i]);
        bool is_property = xh__sta_property_find(type, names[i]) != NULL;
        if (!is_property && link == NULL && !(is_own_name(names[i]) && i + 1 == count)) {
            return no_such(c, type, names[i]);
        }
        type = !is_property && link != NULL ? link->target : XH__STA_TYPE_COUNT;
    }
    *ret = type;
    return XH_E_OK;
}

static int check(const struct check *c, const struct xh__odata_expr *e, const struct bound *bound)
{
    bool is_lambda = e->op == XH__ODATA_ANY || e->op == XH__ODATA_ALL;
    struct bound own = {e->variable, XH__STA_TYPE_COUNT, bound};
    int code = XH_E_OK;
    if (e->op == XH__ODATA_MEMBER || is_lambda) {
        code = walk(c, start_of(c, bound, is_lambda ? e->of : e->variable), e->names, e->name_count,
                    &own.type);
    }
    for (size_t i = 0; code >= 0 && i < e->arg_count; i++) {
        code = check(c, e->args[i], is_lambda ? &own : bound);
    }
    return code;
}

int xh__sta_query_check(enum xh__sta_type type, const struct xh__odata_query *query,
                        struct xh_err *err)
{
    struct check c = {"$filter", type, err};
    int code = query->filter != NULL ? check(&c, query->filter, NULL) : XH_E_OK;
    c.option = "$orderby";
    for (size_t i = 0; code >= 0 && i < query->order_count; i++) {
        code = check(&c, query->orders[i].expr, NULL);
    }
    for (size_t i = 0; code >= 0 && i < query->expand_count; i++) {
        const struct xh__sta_link *link = xh__sta_link_find(type, query->expands[i].name);
        code = link != NULL ? xh__sta_query_check(link->target, query->expands[i].query, err)
                            : XH_E_OK;
    }
    return code;
}
