/* The query language: the first line is a JSON value that members beginning with 'j' have, the rest
 * a query and a path. A query is refused with a sentence, or its filter is true, false or neither
 * (never true together with its negation), within its budget; values keep one order. */
#include <stdlib.h>
#include <string.h>

#include "server/sta/odata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BUDGET = 20000, LINKED = 3 };

/* The entity of the test: how deep it lies, and the JSON that all share. */
struct entity {
    struct xh_str json;
    unsigned depth;
};

static void check(bool is_right)
{
    if (!is_right) {
        abort();
    }
}

static void check_error(int code, const struct xh_err *err)
{
    check(code >= 0 || (err->code == code && err->text[0] != '\0'));
}

static struct xh__odata_value plain(char which)
{
    static const char area[] = "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[4,0],[4,4],[0,0]]]}";
    switch (which) {
    case 'a':
        return (struct xh__odata_value){.type = XH__ODATA_INT, .integer = 7};
    case 'b':
        return (struct xh__odata_value){.type = XH__ODATA_REAL, .real = 19.5};
    case 'c':
        return (struct xh__odata_value){.type = XH__ODATA_TEXT, .text = XH_STR("Đo 1")};
    case 'd':
        return (struct xh__odata_value){.type = XH__ODATA_BOOL, .truth = true};
    case 'e':
        return (struct xh__odata_value){.type = XH__ODATA_TIME, .from_us = 5, .to_us = 5};
    case 'f':
        return (struct xh__odata_value){.type = XH__ODATA_INTERVAL, .to_us = XH_US_PER_DAY};
    case 'g':
        return (struct xh__odata_value){.type = XH__ODATA_GEOMETRY,
                                        .text = {area, sizeof(area) - 1}};
    default:
        return (struct xh__odata_value){.type = XH__ODATA_NULL};
    }
}

static int member(struct xh__odata_env *env, const void *of, const struct xh_str *names,
                  size_t name_count, struct xh__odata_value *ret, struct xh_err *err)
{
    const struct entity *entity = of;
    check(name_count > 0);
    for (size_t i = 0; i < name_count; i++) {
        check(names[i].len > 0);
    }
    char which = names[name_count - 1].ptr[0];
    if (which == 'j') {
        return xh__odata_from_json(env->arena, entity->json, ret, err);
    }
    if (which == 'x') {
        return xh_err_set(err, XH_E_INVALID, "there is no property \"x\"");
    }
    *ret = plain(which);
    if (which == 'l') {
        *ret = (struct xh__odata_value){.type = XH__ODATA_LIST, .item_count = 3};
        ret->items = XH_NEW_ARRAY(env->arena, struct xh__odata_value, 3);
        for (size_t i = 0; i < 3; i++) {
            ret->items[i] = plain(names[0].len > 1 ? names[0].ptr[1] : "abc"[i]);
        }
    }
    return 0;
}

static int related(struct xh__odata_env *env, const void *of, const struct xh_str *names,
                   size_t name_count,
                   int (*each)(void *arg, const void *entity, struct xh_err *err), void *arg,
                   struct xh_err *err)
{
    const struct entity *entity = of;
    struct entity below = {entity->json, entity->depth + 1};
    int code = 0;
    (void)env;
    check(name_count > 0 && names[0].len > 0);
    for (unsigned i = 0; code == 0 && i < LINKED; i++) {
        code = each(arg, &below, err);
    }
    return code;
}

static void check_value(const struct xh__odata_value *v)
{
    check(v->type >= XH__ODATA_NULL && v->type <= XH__ODATA_LIST);
    check(xh__odata_compare(v, v) == 0);
    for (size_t i = 0; v->type == XH__ODATA_LIST && i < v->item_count; i++) {
        check_value(&v->items[i]);
    }
    if (v->type == XH__ODATA_TIME || v->type == XH__ODATA_INTERVAL) {
        check(v->from_us >= XH_TIME_MIN && v->from_us <= XH_TIME_MAX);
    }
}

static void check_query(struct xh_arena *arena, const struct xh__odata_query *q,
                        const struct entity *entity, unsigned depth)
{
    struct xh__odata_env env = {.arena = arena, .budget = BUDGET, .member = member,
                                .related = related};
    struct xh__odata_value values[2] = {plain('a'), plain('b')};
    struct xh_err err = {0};
    check(depth <= 33 && q->top >= -1 && q->skip >= -1);
    int holds = xh__odata_holds(&env, q->filter, entity, &err);
    check_error(holds, &err);
    if (q->filter && holds >= 0) {
        struct xh__odata_expr *args[1] = {q->filter};
        struct xh__odata_expr negated = {.op = XH__ODATA_NOT, .args = args, .arg_count = 1};
        env.budget = BUDGET + 1;
        check(xh__odata_holds(&env, &negated, entity, &err) + holds <= 1);
    }
    for (size_t i = 0; i < q->order_count; i++) {
        env.budget = BUDGET;
        int code = xh__odata_eval(&env, q->orders[i].expr, entity, &values[i % 2], &err);
        check_error(code, &err);
        if (code >= 0) {
            check_value(&values[i % 2]);
        }
        check(xh__odata_compare(&values[0], &values[1]) ==
              -xh__odata_compare(&values[1], &values[0]));
    }
    for (size_t i = 0; i < q->expand_count; i++) {
        check(q->expands[i].name.len > 0 && q->expands[i].query);
        check_query(arena, q->expands[i].query, entity, depth + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xh_str text = {(const char *)data, size};
    struct xh_arena *arena = xh_arena_create("fuzz");
    struct xh__odata_query *query = NULL;
    struct xh__odata_path path = {0};
    struct entity entity = {.depth = 0};
    struct xh_err err = {0};
    (void)xh_str_split(&text, '\n', &entity.json);
    int code = xh__odata_query_parse(arena, text, &query, &err);
    check_error(code, &err);
    if (code >= 0) {
        check_query(arena, query, &entity, 0);
    }
    err = (struct xh_err){0};
    code = xh__odata_path_parse(arena, text, &path, &err);
    check_error(code, &err);
    for (size_t i = 0; code >= 0 && i < path.count; i++) {
        check(path.segments[i].name.len > 0);
    }
    xh_arena_destroy(arena);
    return 0;
}
