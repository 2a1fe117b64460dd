/* template.c: names in braces, and stars. */
#include "base/template.h"

/* Takes the plain text in front of the next brace out of *rest, and what stands in it: its name and
 * what follows '|'. -1: a brace without its partner; 0: there was no further one; 1. */
static int next(struct xh_str *rest, struct xh_str *ret_plain, struct xh_str *ret_name,
                struct xh_str *ret_otherwise)
{
    ptrdiff_t open = xh_str_find_char(*rest, '{'), close = xh_str_find_char(*rest, '}');
    if (open < 0 || close < open) {
        *ret_plain = *rest;
        *rest = (struct xh_str){NULL, 0};
        return close < 0 && open < 0 ? 0 : -1;
    }
    struct xh_str inside = xh_str_sub(*rest, (size_t)open + 1, (size_t)(close - open) - 1);
    ptrdiff_t bar = xh_str_find_char(inside, '|');
    *ret_plain = xh_str_sub(*rest, 0, (size_t)open);
    *ret_name = bar < 0 ? inside : xh_str_sub(inside, 0, (size_t)bar);
    *ret_otherwise = bar < 0 ? (struct xh_str){NULL, 0}
                             : xh_str_sub(inside, (size_t)bar + 1, inside.len);
    *rest = xh_str_sub(*rest, (size_t)close + 1, rest->len);
    return 1;
}

bool xh_template_expand(struct xh_arena *arena, struct xh_str text, xh_template_fn *value,
                        void *arg, struct xh_str *ret)
{
    struct xh_str rest = text, out = {NULL, 0}, plain, name, otherwise;
    while (rest.len > 0) {
        struct xh_str said = {NULL, 0};
        int more = next(&rest, &plain, &name, &otherwise);
        if (more < 0) {
            return false;
        }
        if (more == 1 && (!value(arg, name, &said) || said.len == 0)) {
            if (otherwise.ptr == NULL) {
                return false;
            }
            said = otherwise;
        }
        out = xh_arena_format(arena, "%.*s%.*s%.*s", XH_STR_ARG(out), XH_STR_ARG(plain),
                              XH_STR_ARG(said));
    }
    *ret = out;
    return out.len > 0;
}

bool xh_template_is_right(struct xh_str text, bool (*is_name)(struct xh_str name))
{
    struct xh_str rest = text, plain, name, otherwise;
    while (rest.len > 0) {
        int more = next(&rest, &plain, &name, &otherwise);
        if (more < 0 || (more == 1 && !is_name(name))) {
            return false;
        }
    }
    return true;
}

bool xh_pattern_fits(struct xh_str pattern, struct xh_str text)
{
    size_t p = 0, t = 0, star = SIZE_MAX, from = 0;
    while (t < text.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = p++; /* takes nothing at first */
            from = t;
        } else if (p < pattern.len && pattern.ptr[p] == text.ptr[t]) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1; /* the last star takes one more */
            t = ++from;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*') {
        p++;
    }
    return p == pattern.len;
}
