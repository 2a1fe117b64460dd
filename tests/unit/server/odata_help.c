#include "odata_help.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/num.h"

enum { ITEMS_MAX = 64, NOW_S = 1600000000 };

/* ---- JSON as entities ---- */

static const struct xh_str links = {"@", 1};

/* The raw value of a member or of an item by its number; false when there is none. */
static bool find(struct xh_arena *arena, struct xh_str json, struct xh_str name, struct xh_str *ret)
{
    struct xh_json_reader *r = xh_json_reader_create(arena, json);
    enum xh_json_type type = xh_json_next(r);
    int64_t wanted = -1;
    int64_t index = 0;
    if (type == XH_JSON_ARRAY && xh_int_parse(name, &wanted) >= 0) {
        while (xh_json_raw(r, ret)) {
            if (index++ == wanted) {
                return true;
            }
        }
        return false;
    }
    while (type == XH_JSON_OBJECT && xh_json_next(r) == XH_JSON_NAME) {
        bool is_it = xh_str_equal(xh_json_text(r), name);
        if (!xh_json_raw(r, ret)) {
            return false;
        }
        if (is_it) {
            return true;
        }
    }
    return false;
}

static bool find_link(struct xh_arena *arena, struct xh_str json, struct xh_str name,
                      struct xh_str *ret)
{
    struct xh_str all;
    return find(arena, json, links, &all) && find(arena, all, name, ret);
}

/* Collects what a path leads to. */
static void collect(struct xh_arena *arena, struct xh_str json, const struct xh_str *names,
                    size_t name_count, struct xh_str *items, size_t *count)
{
    struct xh_str next;
    if (name_count == 0) {
        assert_true(*count < ITEMS_MAX);
        items[(*count)++] = json;
        return;
    }
    if (!find_link(arena, json, names[0], &next)) {
        if (find(arena, json, names[0], &next)) {
            collect(arena, next, names + 1, name_count - 1, items, count);
        }
        return;
    }
    if (next.ptr[0] != '[') {
        collect(arena, next, names + 1, name_count - 1, items, count);
        return;
    }
    struct xh_json_reader *r = xh_json_reader_create(arena, next);
    struct xh_str one;
    (void)xh_json_next(r);
    while (xh_json_raw(r, &one)) {
        collect(arena, one, names + 1, name_count - 1, items, count);
    }
}

static bool is_to_many(struct xh_arena *arena, struct xh_str json, const struct xh_str *names,
                       size_t name_count)
{
    struct xh_str next;
    for (size_t i = 0; i < name_count && find_link(arena, json, names[i], &next); i++) {
        if (next.ptr[0] == '[') {
            return true;
        }
        json = next;
    }
    return false;
}

static struct xh__odata_value typed(struct world *w, struct xh_str raw, struct xh_str name)
{
    struct xh__odata_value v;
    assert_int_equal(xh__odata_from_json(w->arena, raw, &v, NULL), 0);
    if (v.type == XH__ODATA_TEXT && xh_str_ends(name, XH_STR("Time"))) {
        assert_int_equal(xh__odata_time_parse(v.text, &v, NULL), 0);
    }
    return v;
}

static int member(struct xh__odata_env *env, const void *entity, const struct xh_str *names,
                  size_t name_count, struct xh__odata_value *ret, struct xh_err *err)
{
    struct world *w = env->self;
    struct xh_str items[ITEMS_MAX];
    size_t count = 0;
    struct xh_str json = xh_str_from(entity);
    if (xh_str_is(names[0], "nonsense")) {
        return xh_err_set(err, XH_E_INVALID, "there is no property \"nonsense\"");
    }
    collect(w->arena, json, names, name_count, items, &count);
    if (!is_to_many(w->arena, json, names, name_count)) {
        *ret = count > 0 ? typed(w, items[0], names[name_count - 1])
                         : (struct xh__odata_value){.type = XH__ODATA_NULL};
        return 0;
    }
    *ret = (struct xh__odata_value){.type = XH__ODATA_LIST, .item_count = count};
    ret->items = XH_NEW_ARRAY(w->arena, struct xh__odata_value, count + 1);
    for (size_t i = 0; i < count; i++) {
        ret->items[i] = typed(w, items[i], names[name_count - 1]);
    }
    return 0;
}

static int related(struct xh__odata_env *env, const void *entity, const struct xh_str *names,
                   size_t name_count,
                   int (*each)(void *arg, const void *entity, struct xh_err *err), void *arg,
                   struct xh_err *err)
{
    struct world *w = env->self;
    struct xh_str items[ITEMS_MAX];
    size_t count = 0;
    int code = 0;
    collect(w->arena, xh_str_from(entity), names, name_count, items, &count);
    for (size_t i = 0; code == 0 && i < count; i++) {
        code = each(arg, xh_arena_text(w->arena, items[i]), err);
    }
    return code;
}

/* ---- the world ---- */

void world_begin(struct world *w)
{
    *w = (struct world){.arena = xh_arena_create("test")};
    w->env = (struct xh__odata_env){.arena = w->arena,
                                    .now_us = NOW_S * XH_US_PER_S,
                                    .budget = 1000000,
                                    .member = member,
                                    .related = related,
                                    .self = w};
}

void world_end(struct world *w)
{
    xh_arena_destroy(w->arena);
}

/* In an address '%', '+', '&' and '#' have a meaning of their own. */
static struct xh_str escaped(struct world *w, const char *text)
{
    struct xh_buf out = {0};
    for (; *text; text++) {
        if (*text == '%' || *text == '+' || *text == '&' || *text == '#') {
            xh_buf_add_format(&out, "%%%02X", (unsigned)*text);
        } else {
            xh_buf_add_char(&out, *text);
        }
    }
    struct xh_str copy = xh_arena_str(w->arena, xh_buf_str(&out));
    xh_buf_finish(&out);
    return copy;
}

static int parse(struct world *w, const char *filter, struct xh__odata_expr **ret,
                 struct xh_err *err)
{
    struct xh__odata_query *query = NULL;
    struct xh_str value = escaped(w, filter);
    struct xh_str text = xh_arena_format(w->arena, "$filter=%.*s", XH_STR_ARG(value));
    int code = xh__odata_query_parse(w->arena, text, &query, err);
    if (code >= 0) {
        *ret = query->filter;
    }
    return code;
}

struct xh__odata_expr *world_filter(struct world *w, const char *filter)
{
    struct xh__odata_expr *expr = NULL;
    struct xh_err err = {0};
    if (parse(w, filter, &expr, &err) < 0) {
        fail_msg("%s: %s", filter, err.text);
    }
    return expr;
}

struct xh__odata_value world_value(struct world *w, const char *expr, const char *entity)
{
    struct xh__odata_value v = {.type = XH__ODATA_NULL};
    struct xh_err err = {0};
    if (xh__odata_eval(&w->env, world_filter(w, expr), entity, &v, &err) < 0) {
        fail_msg("%s: %s", expr, err.text);
    }
    return v;
}

int world_holds(struct world *w, const char *filter, const char *entity, struct xh_err *err)
{
    struct xh__odata_expr *expr = NULL;
    int code = parse(w, filter, &expr, err);
    return code < 0 ? code : xh__odata_holds(&w->env, expr, entity, err);
}
