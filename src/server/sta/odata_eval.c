/* odata_eval.c: what an expression is for an entity.
 *
 * Truth has three values, as OData 4.0 Part 2, 5.1.1.1 has it: a comparison with null, and of what
 * does not compare, is NULL, and so is its negation; what is NULL in the end does not hold. So null
 * matches no comparison and no negated one, but `eq null` and `ne null`.
 *
 * A path through a link to many is a list. A comparison, or a function that is a truth, holds for a
 * list when it does for any item; other functions make a list. An empty list is null.
 */
#include "base/json.h"
#include "base/num.h"
#include "server/sta/odata_internal.h"

enum { ARGS_MAX = 3, BYTES_PER_COST = 64, BYTES_PER_COST_DEAR = 16 };

enum truth { IS_FALSE, IS_TRUE, IS_UNKNOWN };

/* What variables stand for; the outermost has no name and is the entity itself. */
struct scope {
    struct xh_str name;
    const void *entity;
    const struct scope *outer;
};

static int eval(struct xh__odata_env *env, const struct xh__odata_expr *expr,
                const struct scope *scope, struct xh__odata_value *ret, struct xh_err *err);

/* Takes from the budget; XH_E_TOO_LARGE when it is used up. */
static int spend(struct xh__odata_env *env, uint64_t cost, struct xh_err *err)
{
    if (env->budget < cost) {
        env->budget = 0;
        return xh_err_set(err, XH_E_TOO_LARGE, "the query is too expensive: narrow the filter");
    }
    env->budget -= cost;
    return 0;
}

static const void *entity_of(const struct scope *scope, struct xh_str variable)
{
    while (scope->outer && !(variable.len > 0 && xh_str_equal(scope->name, variable))) {
        scope = scope->outer;
    }
    return scope->entity;
}

/* ---- truths ---- */

static enum truth truth_of(const struct xh__odata_value *v)
{
    enum truth truth = IS_UNKNOWN;
    if (v->type == XH__ODATA_BOOL) {
        return v->truth ? IS_TRUE : IS_FALSE;
    }
    for (size_t i = 0; v->type == XH__ODATA_LIST && i < v->item_count; i++) {
        enum truth item = truth_of(&v->items[i]);
        if (item == IS_TRUE) {
            return IS_TRUE;
        }
        truth = item == IS_FALSE ? IS_FALSE : truth;
    }
    return truth;
}

static struct xh__odata_value of_truth(enum truth truth)
{
    return truth == IS_UNKNOWN ? xh__odata_null() : xh__odata_truth(truth == IS_TRUE);
}

/* and: ends with false, or: with true; else unknown when one was. */
static int eval_logic(struct xh__odata_env *env, const struct xh__odata_expr *expr,
                      const struct scope *scope, struct xh__odata_value *ret, struct xh_err *err)
{
    enum truth end = expr->op == XH__ODATA_OR ? IS_TRUE : IS_FALSE;
    enum truth all = end == IS_TRUE ? IS_FALSE : IS_TRUE;
    for (size_t i = 0; i < expr->arg_count && all != end; i++) {
        struct xh__odata_value v;
        int code = eval(env, expr->args[i], scope, &v, err);
        if (code < 0) {
            return code;
        }
        enum truth truth = truth_of(&v);
        all = truth == end || truth == IS_UNKNOWN ? truth : all;
        if (truth == end) {
            break;
        }
    }
    *ret = of_truth(all);
    return 0;
}

static int eval_not(struct xh__odata_env *env, const struct xh__odata_expr *expr,
                    const struct scope *scope, struct xh__odata_value *ret, struct xh_err *err)
{
    struct xh__odata_value v;
    int code = eval(env, expr->args[0], scope, &v, err);
    if (code >= 0) {
        enum truth truth = truth_of(&v);
        *ret = truth == IS_UNKNOWN ? xh__odata_null() : xh__odata_truth(truth == IS_FALSE);
    }
    return code;
}

/* ---- operations on plain values, and on lists item by item ---- */

/* How a text literal and the number of a member compare. */
enum loose {
    NOT_LOOSE,
    AS_NUMBERS,                  /* the text as a number, if it is one */
    AS_TEXTS                     /* the number, or the truth, as its text */
};

struct operation {
    enum xh__odata_op op;
    const struct xh__odata_function *function;
    size_t arg_count;
    bool is_truth;
    enum loose loose;
};

static bool is_comparison(enum xh__odata_op op)
{
    return op >= XH__ODATA_EQ && op <= XH__ODATA_LE;
}

static void loosen(struct xh__odata_value *v)
{
    struct xh__odata_value number = {.type = XH__ODATA_INT};
    if (xh_int_parse(v->text, &number.integer) < 0) {
        number.type = XH__ODATA_REAL;
        if (xh_num_parse(v->text, &number.real, NULL) < 0) {
            return;
        }
    }
    *v = number;
}

static void print_plain(struct xh__odata_env *env, struct xh__odata_value *v)
{
    char text[XH_NUM_TEXT_BYTES];
    if (v->type == XH__ODATA_BOOL) {
        *v = xh__odata_text(v->truth ? XH_STR("true") : XH_STR("false"));
        return;
    }
    size_t len = v->type == XH__ODATA_INT ? xh_int_print(v->integer, text)
                                          : xh_num_print(v->real, text);
    *v = xh__odata_text(xh_arena_str(env->arena, (struct xh_str){text, len}));
}

static struct xh__odata_value call(struct xh__odata_env *env,
                                   const struct xh__odata_function *function,
                                   const struct xh__odata_value *args, size_t arg_count)
{
    for (size_t i = 0; i < function->text_count; i++) {
        if (args[i].type != XH__ODATA_TEXT) {
            return xh__odata_null();
        }
    }
    return function->body(&(struct xh__odata_call){env, args, arg_count});
}

static int apply_plain(struct xh__odata_env *env, const struct operation *o,
                       struct xh__odata_value *args, struct xh__odata_value *ret,
                       struct xh_err *err)
{
    uint64_t cost = 1;
    bool is_dear = o->function && o->function->flags & XH__ODATA_IS_DEAR;
    for (size_t i = 0; i < o->arg_count; i++) {
        cost += args[i].text.len / (is_dear ? BYTES_PER_COST_DEAR : BYTES_PER_COST);
    }
    int code = spend(env, cost, err);
    if (code < 0) {
        return code;
    }
    if (o->function) {
        *ret = call(env, o->function, args, o->arg_count);
        return 0;
    }
    if (o->op == XH__ODATA_NEGATE) {
        *ret = xh__odata_negate(&args[0]);
        return 0;
    }
    if (!is_comparison(o->op)) {
        *ret = xh__odata_compute(o->op, &args[0], &args[1]);
        return 0;
    }
    for (size_t i = 0; o->loose != NOT_LOOSE && i < 2; i++) {
        struct xh__odata_value *other = &args[1 - i];
        bool is_number = xh__odata_is_number(other);
        if (args[i].type != XH__ODATA_TEXT) {
            continue;
        }
        if (is_number && o->loose == AS_NUMBERS) {
            loosen(&args[i]);
        } else if (o->loose == AS_TEXTS && (is_number || other->type == XH__ODATA_BOOL)) {
            print_plain(env, other);
        }
    }
    *ret = xh__odata_relate(o->op, &args[0], &args[1]);
    return 0;
}

static int apply(struct xh__odata_env *env, const struct operation *o,
                 const struct xh__odata_value *args, struct xh__odata_value *ret,
                 struct xh_err *err);

/* With every item of the list args[list] in its place. */
static int apply_list(struct xh__odata_env *env, const struct operation *o,
                      const struct xh__odata_value *args, size_t list, struct xh__odata_value *ret,
                      struct xh_err *err)
{
    struct xh__odata_value items[ARGS_MAX];
    size_t count = args[list].item_count;
    struct xh__odata_value result = {.type = XH__ODATA_LIST, .item_count = count};
    enum truth truth = IS_UNKNOWN;
    if (!o->is_truth) {
        result.items = XH_NEW_ARRAY(env->arena, struct xh__odata_value, count);
    }
    for (size_t i = 0; i < o->arg_count; i++) {
        items[i] = args[i];
    }
    for (size_t i = 0; i < count && !(o->is_truth && truth == IS_TRUE); i++) {
        struct xh__odata_value item;
        items[list] = args[list].items[i];
        int code = apply(env, o, items, &item, err);
        if (code < 0) {
            return code;
        }
        if (o->is_truth) {
            enum truth one = truth_of(&item);
            truth = one == IS_UNKNOWN ? truth : one;
        } else {
            result.items[i] = item;
        }
    }
    *ret = o->is_truth ? of_truth(truth) : result;
    return 0;
}

static int apply(struct xh__odata_env *env, const struct operation *o,
                 const struct xh__odata_value *args, struct xh__odata_value *ret,
                 struct xh_err *err)
{
    struct xh__odata_value plain[ARGS_MAX];
    for (size_t i = 0; i < o->arg_count; i++) {
        plain[i] = args[i];
        if (args[i].type == XH__ODATA_LIST && args[i].item_count > 0) {
            return apply_list(env, o, args, i, ret, err);
        }
        if (args[i].type == XH__ODATA_LIST) {
            plain[i] = xh__odata_null();
        }
    }
    return apply_plain(env, o, plain, ret, err);
}

/* ---- comparisons ---- */

static bool is_null_literal(const struct xh__odata_expr *expr)
{
    return expr->op == XH__ODATA_LITERAL && expr->literal.type == XH__ODATA_NULL;
}

/* Ids and what people keep in JSON are asked for with or without quotes (18-088 writes
 * "Datastream/id eq '1'"). A result may be of any type: asked for by a text it is compared as one,
 * which is what the OGC's own suite for 1.0 expects ("result gt '3'" is not true of 12). Two
 * members of JSON are the same when they read the same: true and "true". */
static enum loose looseness(const struct xh__odata_expr *a, const struct xh__odata_expr *b)
{
    const struct xh__odata_expr *text = a->op == XH__ODATA_LITERAL ? a : b;
    const struct xh__odata_expr *member = text == a ? b : a;
    if (a->op == XH__ODATA_MEMBER && b->op == XH__ODATA_MEMBER && a->name_count > 1 &&
        b->name_count > 1) {
        return AS_TEXTS;
    }
    if (text->op != XH__ODATA_LITERAL || text->literal.type != XH__ODATA_TEXT ||
        member->op != XH__ODATA_MEMBER) {
        return NOT_LOOSE;
    }
    return xh_str_is(member->names[member->name_count - 1], "result") ? AS_TEXTS : AS_NUMBERS;
}

/* eq null, ne null: of a list, is there one that is null, one that is not. */
static int eval_null_test(struct xh__odata_env *env, const struct xh__odata_expr *expr,
                          const struct scope *scope, struct xh__odata_value *ret,
                          struct xh_err *err)
{
    struct xh__odata_value v;
    const struct xh__odata_expr *of = expr->args[is_null_literal(expr->args[0]) ? 1 : 0];
    int code = eval(env, of, scope, &v, err);
    if (code < 0) {
        return code;
    }
    bool has_null = v.type == XH__ODATA_NULL;
    bool has_value = !has_null;
    if (v.type == XH__ODATA_LIST) {
        has_null = v.item_count == 0;
        has_value = false;
        for (size_t i = 0; i < v.item_count; i++) {
            has_null = has_null || v.items[i].type == XH__ODATA_NULL;
            has_value = has_value || v.items[i].type != XH__ODATA_NULL;
        }
    }
    *ret = xh__odata_truth(expr->op == XH__ODATA_EQ ? has_null : has_value);
    return 0;
}

/* The items of a JSON array as a list; other values stay as they are. */
static int spread(struct xh__odata_env *env, struct xh__odata_value *v, struct xh_err *err)
{
    struct xh__odata_value list = {.type = XH__ODATA_LIST};
    size_t capacity = 0;
    struct xh_str raw;
    if (v->type != XH__ODATA_JSON || v->text.len == 0 || v->text.ptr[0] != '[') {
        return 0;
    }
    int code = spend(env, v->text.len / BYTES_PER_COST, err);
    struct xh_json_reader *r = xh_json_reader_create(env->arena, v->text);
    (void)xh_json_next(r);
    while (code >= 0 && xh_json_raw(r, &raw)) {
        list.items = xh_arena_grow(env->arena, list.items, &capacity, list.item_count + 1,
                                   sizeof(struct xh__odata_value));
        code = xh__odata_from_json(env->arena, raw, &list.items[list.item_count], err);
        list.item_count++;
    }
    if (code >= 0) {
        *v = list;
    }
    return code;
}

static int eval_in(struct xh__odata_env *env, const struct xh__odata_expr *expr,
                   const struct scope *scope, struct xh__odata_value *ret, struct xh_err *err)
{
    struct xh__odata_value pair[2];
    int code = eval(env, expr->args[0], scope, &pair[0], err);
    bool is_found = false;
    for (size_t i = 1; code >= 0 && !is_found && i < expr->arg_count; i++) {
        struct xh__odata_value equal;
        struct operation o = {.op = XH__ODATA_EQ, .arg_count = 2, .is_truth = true};
        o.loose = looseness(expr->args[i], expr->args[0]);
        code = eval(env, expr->args[i], scope, &pair[1], err);
        if (code >= 0) {
            code = spread(env, &pair[1], err);
        }
        if (code >= 0) {
            code = apply(env, &o, pair, &equal, err);
        }
        is_found = code >= 0 && truth_of(&equal) == IS_TRUE;
    }
    if (code >= 0) {
        bool is_null = pair[0].type == XH__ODATA_NULL ||
                       (pair[0].type == XH__ODATA_LIST && pair[0].item_count == 0);
        *ret = is_null ? xh__odata_null() : xh__odata_truth(is_found);
    }
    return code;
}

/* ---- functions, arithmetic ---- */

/* The resultTime of an observation is never an interval: to ask whether something is during it is
 * a mistake, where other times may be either. */
static int check_interval(const struct xh__odata_expr *expr, const struct xh__odata_value *args,
                          struct xh_err *err)
{
    const struct xh__odata_expr *of = expr->args[1];
    if (args[1].type == XH__ODATA_TIME && of->op == XH__ODATA_MEMBER &&
        xh_str_is(of->names[of->name_count - 1], "resultTime")) {
        return xh_err_field(err, XH_E_INVALID, "$filter", XH_STR("resultTime"), NULL, NULL,
                            "$filter: resultTime is an instant, nothing is during it");
    }
    return 0;
}

static int eval_operation(struct xh__odata_env *env, const struct xh__odata_expr *expr,
                          const struct scope *scope, struct xh__odata_value *ret,
                          struct xh_err *err)
{
    struct xh__odata_value args[ARGS_MAX];
    struct operation o = {.op = expr->op, .arg_count = expr->arg_count};
    xh_assert(expr->arg_count <= ARGS_MAX);
    if (expr->op == XH__ODATA_CALL) {
        o.function = xh__odata_function_at(expr->function);
        o.is_truth = o.function->flags & XH__ODATA_IS_TRUTH;
    }
    if (is_comparison(expr->op)) {
        o.is_truth = true;
        o.loose = looseness(expr->args[0], expr->args[1]);
    }
    for (size_t i = 0; i < expr->arg_count; i++) {
        int code = eval(env, expr->args[i], scope, &args[i], err);
        if (code < 0) {
            return code;
        }
    }
    if (o.function && o.function->flags & XH__ODATA_NEEDS_INTERVAL) {
        int code = check_interval(expr, args, err);
        if (code < 0) {
            return code;
        }
    }
    return apply(env, &o, args, ret, err);
}

/* ---- any and all ---- */

struct lambda {
    struct xh__odata_env *env;
    const struct xh__odata_expr *expr;
    const struct scope *scope;
    bool is_decided;             /* one that is true, for any; one that is not, for all */
};

static int eval_one(void *arg, const void *entity, struct xh_err *err)
{
    struct lambda *l = arg;
    struct scope scope = {l->expr->variable, entity, l->scope};
    struct xh__odata_value v;
    int code = spend(l->env, 1, err);
    if (code < 0) {
        return code;
    }
    if (l->expr->arg_count == 0) {
        l->is_decided = true;
        return 1;
    }
    code = eval(l->env, l->expr->args[0], &scope, &v, err);
    if (code < 0) {
        return code;
    }
    l->is_decided = (truth_of(&v) == IS_TRUE) == (l->expr->op == XH__ODATA_ANY);
    return l->is_decided ? 1 : 0;
}

static int eval_lambda(struct xh__odata_env *env, const struct xh__odata_expr *expr,
                       const struct scope *scope, struct xh__odata_value *ret, struct xh_err *err)
{
    struct lambda l = {env, expr, scope, false};
    int code = env->related(env, entity_of(scope, expr->of), expr->names, expr->name_count,
                            eval_one, &l, err);
    if (code < 0) {
        return code;
    }
    *ret = xh__odata_truth(l.is_decided == (expr->op == XH__ODATA_ANY));
    return 0;
}

/* ---- all expressions ---- */

static int eval(struct xh__odata_env *env, const struct xh__odata_expr *expr,
                const struct scope *scope, struct xh__odata_value *ret, struct xh_err *err)
{
    int code = spend(env, 1, err);
    if (code < 0) {
        return code;
    }
    switch (expr->op) {
    case XH__ODATA_LITERAL:
        *ret = expr->literal;
        return 0;
    case XH__ODATA_MEMBER:
        return env->member(env, entity_of(scope, expr->variable), expr->names, expr->name_count,
                           ret, err);
    case XH__ODATA_NOT:
        return eval_not(env, expr, scope, ret, err);
    case XH__ODATA_AND:
    case XH__ODATA_OR:
        return eval_logic(env, expr, scope, ret, err);
    case XH__ODATA_IN:
        return eval_in(env, expr, scope, ret, err);
    case XH__ODATA_ANY:
    case XH__ODATA_ALL:
        return eval_lambda(env, expr, scope, ret, err);
    case XH__ODATA_EQ:
    case XH__ODATA_NE:
        if (is_null_literal(expr->args[0]) || is_null_literal(expr->args[1])) {
            return eval_null_test(env, expr, scope, ret, err);
        }
        return eval_operation(env, expr, scope, ret, err);
    default:
        return eval_operation(env, expr, scope, ret, err);
    }
}

int xh__odata_eval(struct xh__odata_env *env, const struct xh__odata_expr *expr, const void *entity,
                   struct xh__odata_value *ret, struct xh_err *err)
{
    struct scope scope = {.entity = entity};
    return eval(env, expr, &scope, ret, err);
}

int xh__odata_holds(struct xh__odata_env *env, const struct xh__odata_expr *filter,
                    const void *entity, struct xh_err *err)
{
    struct xh__odata_value v;
    if (!filter) {
        return 1;
    }
    int code = xh__odata_eval(env, filter, entity, &v, err);
    return code < 0 ? code : truth_of(&v) == IS_TRUE;
}
