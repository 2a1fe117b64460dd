/* sta_hints.c: what of a filter makes a set smaller before it is looked at: conjuncts that compare
 * an id or phenomenonTime with a literal. The filter itself is still asked of all that is left. */
#include "server/sta/sta_read_internal.h"

static bool is_path(const struct xh__odata_expr *e, const char *first, const char *second)
{
    size_t count = second != NULL ? 2 : 1;
    if (e->op != XH__ODATA_MEMBER || e->variable.len != 0 || e->name_count != count) {
        return false;
    }
    bool is_id = second != NULL &&
                 (xh_str_is(e->names[1], second) || xh_str_is(e->names[1], "@iot.id"));
    return xh_str_is(e->names[0], first) && (second == NULL || is_id);
}

static bool is_own_id(const struct xh__odata_expr *e)
{
    return is_path(e, "id", NULL) || is_path(e, "@iot.id", NULL);
}

static enum xh__odata_op turned(enum xh__odata_op op)
{
    switch (op) {
    case XH__ODATA_GT:
        return XH__ODATA_LT;
    case XH__ODATA_GE:
        return XH__ODATA_LE;
    case XH__ODATA_LT:
        return XH__ODATA_GT;
    case XH__ODATA_LE:
        return XH__ODATA_GE;
    default:
        return op;
    }
}

static void take_id(const struct xh__odata_expr *path, enum xh__odata_op op, int64_t id,
                    enum xh__sta_type type, struct xh__sta_hints *ret)
{
    if (is_own_id(path)) {
        if (op == XH__ODATA_EQ) {
            ret->has_id = true;
            ret->id = id;
        } else if ((op == XH__ODATA_GT || op == XH__ODATA_GE) && id > ret->after_id) {
            ret->after_id = op == XH__ODATA_GT ? id : id - 1;
        }
    } else if (type == XH__STA_OBSERVATION && op == XH__ODATA_EQ) {
        if (is_path(path, "Datastream", "id") || is_path(path, "MultiDatastream", "id")) {
            ret->has_series = true;
            ret->series_id = id;
        } else if (is_path(path, "FeatureOfInterest", "id")) {
            ret->has_feature = true;
            ret->feature_id = id;
        }
    }
}

/* A reading of an interval lies at its end. One that is not before an instant ends at or after it;
 * one that is (lt, and le, which compares ends) has ended by then. */
static void take_time(enum xh__odata_op op, const struct xh__odata_value *v,
                      struct xh__sta_hints *ret)
{
    bool is_lower = op == XH__ODATA_GT || op == XH__ODATA_GE || op == XH__ODATA_EQ;
    bool is_upper = op == XH__ODATA_LT || op == XH__ODATA_LE || op == XH__ODATA_EQ;
    if (is_lower && v->from_us > ret->from_us) {
        ret->from_us = v->from_us;
    }
    if (is_upper && v->from_us < ret->to_us - 2) {
        ret->to_us = v->from_us + 2;
    }
}

static void take(const struct xh__odata_expr *e, enum xh__sta_type type, struct xh__sta_hints *ret)
{
    if (e->arg_count != 2) {
        return;
    }
    const struct xh__odata_expr *path = e->args[0], *literal = e->args[1];
    enum xh__odata_op op = e->op;
    if (path->op == XH__ODATA_LITERAL) {
        const struct xh__odata_expr *kept = path;
        path = literal;
        literal = kept;
        op = turned(op);
    }
    if (literal->op != XH__ODATA_LITERAL) {
        return;
    }
    struct xh__odata_value v = literal->literal;
    if (v.type == XH__ODATA_INT) {
        take_id(path, op, v.integer, type, ret);
    } else if (type == XH__STA_OBSERVATION && is_path(path, "phenomenonTime", NULL)) {
        if (v.type == XH__ODATA_TEXT && xh__odata_time_parse(v.text, &v, NULL) < 0) {
            return;
        }
        if (v.type == XH__ODATA_TIME) {
            take_time(op, &v, ret);
        }
    }
}

static void walk(const struct xh__odata_expr *e, enum xh__sta_type type, struct xh__sta_hints *ret)
{
    if (e->op == XH__ODATA_AND) {
        for (size_t i = 0; i < e->arg_count; i++) {
            walk(e->args[i], type, ret);
        }
    } else if (e->op >= XH__ODATA_EQ && e->op <= XH__ODATA_LE) {
        take(e, type, ret);
    }
}

void xh__sta_hints_find(const struct xh__odata_expr *filter, enum xh__sta_type type,
                        struct xh__sta_hints *ret)
{
    *ret = (struct xh__sta_hints){.from_us = XH_TIME_MIN, .to_us = XH_TIME_MAX + 1};
    if (filter != NULL) {
        walk(filter, type, ret);
    }
}
