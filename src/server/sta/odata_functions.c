/* odata_functions.c: the table of functions, and those of texts and numbers. 18-088 table 24;
 * OData 4.0 Part 2, 5.1.1.4. Places and lengths in texts count characters, from 0.
 */
#include <math.h>
#include <string.h>

#include "server/sta/odata_internal.h"

/* ---- texts ---- */

static bool is_lead(char c)
{
    return ((unsigned char)c & 0xC0) != 0x80;
}

static int64_t character_count(struct xh_str s)
{
    int64_t count = 0;
    for (size_t i = 0; i < s.len; i++) {
        count += is_lead(s.ptr[i]);
    }
    return count;
}

/* Bytes of the first `count` characters, at most all. */
static size_t bytes_of(struct xh_str s, int64_t count)
{
    size_t at = 0;
    while (at < s.len && count > 0) {
        at++;
        while (at < s.len && !is_lead(s.ptr[at])) {
            at++;
        }
        count--;
    }
    return at;
}

static struct xh__odata_value call_contains(const struct xh__odata_call *c)
{
    return xh__odata_truth(xh_str_find(c->args[0].text, c->args[1].text) >= 0);
}

static struct xh__odata_value call_substringof(const struct xh__odata_call *c)
{
    return xh__odata_truth(xh_str_find(c->args[1].text, c->args[0].text) >= 0);
}

static struct xh__odata_value call_startswith(const struct xh__odata_call *c)
{
    return xh__odata_truth(xh_str_starts(c->args[0].text, c->args[1].text));
}

static struct xh__odata_value call_endswith(const struct xh__odata_call *c)
{
    return xh__odata_truth(xh_str_ends(c->args[0].text, c->args[1].text));
}

static struct xh__odata_value call_length(const struct xh__odata_call *c)
{
    return xh__odata_int(character_count(c->args[0].text));
}

static struct xh__odata_value call_indexof(const struct xh__odata_call *c)
{
    ptrdiff_t at = xh_str_find(c->args[0].text, c->args[1].text);
    struct xh_str before = xh_str_sub(c->args[0].text, 0, at < 0 ? 0 : (size_t)at);
    return xh__odata_int(at < 0 ? -1 : character_count(before));
}

static struct xh__odata_value call_substring(const struct xh__odata_call *c)
{
    struct xh_str text = c->args[0].text;
    bool has_length = c->arg_count > 2;
    if (c->args[1].type != XH__ODATA_INT || (has_length && c->args[2].type != XH__ODATA_INT)) {
        return xh__odata_null();
    }
    struct xh_str rest = xh_str_sub(text, bytes_of(text, c->args[1].integer), text.len);
    size_t len = has_length ? bytes_of(rest, c->args[2].integer) : rest.len;
    return xh__odata_text(xh_str_sub(rest, 0, len));
}

static struct xh__odata_value call_tolower(const struct xh__odata_call *c)
{
    return xh__odata_text(xh__odata_case(c->env->arena, c->args[0].text, false));
}

static struct xh__odata_value call_toupper(const struct xh__odata_call *c)
{
    return xh__odata_text(xh__odata_case(c->env->arena, c->args[0].text, true));
}

static struct xh__odata_value call_trim(const struct xh__odata_call *c)
{
    return xh__odata_text(xh_str_trim(c->args[0].text));
}

static struct xh__odata_value call_concat(const struct xh__odata_call *c)
{
    struct xh_str a = c->args[0].text;
    struct xh_str b = c->args[1].text;
    char *both = xh_arena_alloc(c->env->arena, a.len + b.len + 1);
    memcpy(both, a.len > 0 ? a.ptr : "", a.len);
    memcpy(both + a.len, b.len > 0 ? b.ptr : "", b.len);
    return xh__odata_text((struct xh_str){both, a.len + b.len});
}

/* ---- numbers ---- */

/* An integer is rounded already. */
static struct xh__odata_value rounded(const struct xh__odata_value *v, double (*by)(double))
{
    return v->type == XH__ODATA_REAL  ? xh__odata_of_real(by(v->real))
           : v->type == XH__ODATA_INT ? *v
                                      : xh__odata_null();
}

/* Halves away from zero, as OData has it. */
static struct xh__odata_value call_round(const struct xh__odata_call *c)
{
    return rounded(&c->args[0], round);
}

static struct xh__odata_value call_floor(const struct xh__odata_call *c)
{
    return rounded(&c->args[0], floor);
}

static struct xh__odata_value call_ceiling(const struct xh__odata_call *c)
{
    return rounded(&c->args[0], ceil);
}

/* ---- the table ---- */

enum {
    TRUTH = XH__ODATA_IS_TRUTH,
    INTERVAL = XH__ODATA_NEEDS_INTERVAL,
    DEAR = XH__ODATA_IS_DEAR
};

static const struct xh__odata_function functions[] = {
    /* name, arguments from, to, texts, flags, body */
    {"substringof", 2, 2, 2, TRUTH, call_substringof},
    {"contains", 2, 2, 2, TRUTH, call_contains},
    {"startswith", 2, 2, 2, TRUTH, call_startswith},
    {"endswith", 2, 2, 2, TRUTH, call_endswith},
    {"length", 1, 1, 1, 0, call_length},
    {"indexof", 2, 2, 2, 0, call_indexof},
    {"substring", 2, 3, 1, 0, call_substring},
    {"tolower", 1, 1, 1, 0, call_tolower},
    {"toupper", 1, 1, 1, 0, call_toupper},
    {"trim", 1, 1, 1, 0, call_trim},
    {"concat", 2, 2, 2, 0, call_concat},

    {"year", 1, 1, 0, 0, xh__odata_year},
    {"month", 1, 1, 0, 0, xh__odata_month},
    {"day", 1, 1, 0, 0, xh__odata_day},
    {"hour", 1, 1, 0, 0, xh__odata_hour},
    {"minute", 1, 1, 0, 0, xh__odata_minute},
    {"second", 1, 1, 0, 0, xh__odata_second},
    {"fractionalseconds", 1, 1, 0, 0, xh__odata_fraction},
    {"date", 1, 1, 0, 0, xh__odata_date},
    {"time", 1, 1, 0, 0, xh__odata_time_of_day},
    {"totaloffsetminutes", 1, 1, 0, 0, xh__odata_offset},
    {"now", 0, 0, 0, 0, xh__odata_now},
    {"mindatetime", 0, 0, 0, 0, xh__odata_min_time},
    {"maxdatetime", 0, 0, 0, 0, xh__odata_max_time},

    {"before", 2, 2, 0, TRUTH, xh__odata_before},
    {"after", 2, 2, 0, TRUTH, xh__odata_after},
    {"meets", 2, 2, 0, TRUTH, xh__odata_meets},
    {"during", 2, 2, 0, TRUTH | INTERVAL, xh__odata_during},
    {"overlaps", 2, 2, 0, TRUTH, xh__odata_overlaps},
    {"starts", 2, 2, 0, TRUTH, xh__odata_starts},
    {"finishes", 2, 2, 0, TRUTH, xh__odata_finishes},

    {"round", 1, 1, 0, 0, call_round},
    {"floor", 1, 1, 0, 0, call_floor},
    {"ceiling", 1, 1, 0, 0, call_ceiling},

    {"geo.distance", 2, 2, 0, DEAR, xh__odata_geo_distance},
    {"geo.length", 1, 1, 0, DEAR, xh__odata_geo_length},
    {"geo.intersects", 2, 2, 0, TRUTH | DEAR, xh__odata_geo_intersects},
    {"st_equals", 2, 2, 0, TRUTH | DEAR, xh__odata_geo_equals},
    {"st_disjoint", 2, 2, 0, TRUTH | DEAR, xh__odata_geo_disjoint},
    {"st_touches", 2, 2, 0, TRUTH | DEAR, xh__odata_geo_touches},
    {"st_within", 2, 2, 0, TRUTH | DEAR, xh__odata_geo_within},
    {"st_overlaps", 2, 2, 0, TRUTH | DEAR, xh__odata_geo_overlaps},
    {"st_crosses", 2, 2, 0, TRUTH | DEAR, xh__odata_geo_crosses},
    {"st_intersects", 2, 2, 0, TRUTH | DEAR, xh__odata_geo_intersects},
    {"st_contains", 2, 2, 0, TRUTH | DEAR, xh__odata_geo_contains},
    {"st_relate", 3, 3, 0, TRUTH | DEAR, xh__odata_geo_relate},
};

int xh__odata_function_find(struct xh_str name)
{
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        if (xh_str_is(name, functions[i].name)) {
            return (int)i;
        }
    }
    return -1;
}

const struct xh__odata_function *xh__odata_function_at(int index)
{
    xh_assert(index >= 0 && (size_t)index < sizeof(functions) / sizeof(functions[0]));
    return &functions[index];
}
