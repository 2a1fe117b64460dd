/* odata_functions.c: the table of functions, and those of texts and numbers. 18-088 table 24;
 * OData 4.0 Part 2, 5.1.1.4. Places and lengths in texts count characters, from 0.
 */
#include <math.h>
#include <string.h>

#include "server/sta/odata_internal.h"

/* ---- texts ---- */

static bool are_texts(const struct xh__odata_value *args, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (args[i].type != XH__ODATA_TEXT) {
            return false;
        }
    }
    return true;
}

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

/* What functions of texts have in common: `body` makes *ret, with texts in args. */
#define TEXT_FUNCTION(name, text_count, body)                                           \
    static int name(struct xh__odata_env *env, const struct xh__odata_value *args,      \
                    size_t arg_count, struct xh__odata_value *ret, struct xh_err *err)  \
    {                                                                                   \
        (void)env, (void)arg_count, (void)err;                                          \
        *ret = are_texts(args, text_count) ? (body) : xh__odata_null();                 \
        return 0;                                                                       \
    }

static struct xh__odata_value index_of(struct xh_str text, struct xh_str wanted)
{
    ptrdiff_t at = xh_str_find(text, wanted);
    return xh__odata_int(at < 0 ? -1 : character_count(xh_str_sub(text, 0, (size_t)at)));
}

static struct xh__odata_value substring(const struct xh__odata_value *args, size_t arg_count)
{
    struct xh_str text = args[0].text;
    if (args[1].type != XH__ODATA_INT || (arg_count > 2 && args[2].type != XH__ODATA_INT)) {
        return xh__odata_null();
    }
    size_t from = bytes_of(text, args[1].integer);
    struct xh_str rest = xh_str_sub(text, from, text.len);
    return xh__odata_text(arg_count > 2 ? xh_str_sub(rest, 0, bytes_of(rest, args[2].integer))
                                        : rest);
}

static struct xh__odata_value concat(struct xh_arena *arena, struct xh_str a, struct xh_str b)
{
    char *both = xh_arena_alloc(arena, a.len + b.len + 1);
    memcpy(both, a.len > 0 ? a.ptr : "", a.len);
    memcpy(both + a.len, b.len > 0 ? b.ptr : "", b.len);
    return xh__odata_text((struct xh_str){both, a.len + b.len});
}

TEXT_FUNCTION(call_contains, 2, xh__odata_truth(xh_str_find(args[0].text, args[1].text) >= 0))
TEXT_FUNCTION(call_substringof, 2, xh__odata_truth(xh_str_find(args[1].text, args[0].text) >= 0))
TEXT_FUNCTION(call_startswith, 2, xh__odata_truth(xh_str_starts(args[0].text, args[1].text)))
TEXT_FUNCTION(call_endswith, 2, xh__odata_truth(xh_str_ends(args[0].text, args[1].text)))
TEXT_FUNCTION(call_length, 1, xh__odata_int(character_count(args[0].text)))
TEXT_FUNCTION(call_indexof, 2, index_of(args[0].text, args[1].text))
TEXT_FUNCTION(call_substring, 1, substring(args, arg_count))
TEXT_FUNCTION(call_tolower, 1, xh__odata_text(xh__odata_case(env->arena, args[0].text, false)))
TEXT_FUNCTION(call_toupper, 1, xh__odata_text(xh__odata_case(env->arena, args[0].text, true)))
TEXT_FUNCTION(call_trim, 1, xh__odata_text(xh_str_trim(args[0].text)))
TEXT_FUNCTION(call_concat, 2, concat(env->arena, args[0].text, args[1].text))

/* ---- numbers ---- */

/* An integer is rounded already. `rounded`: what a REAL becomes. */
#define ROUND_FUNCTION(name, rounded)                                                   \
    static int name(struct xh__odata_env *env, const struct xh__odata_value *args,      \
                    size_t arg_count, struct xh__odata_value *ret, struct xh_err *err)  \
    {                                                                                   \
        (void)env, (void)arg_count, (void)err;                                          \
        *ret = args[0].type == XH__ODATA_INT    ? args[0]                               \
               : args[0].type == XH__ODATA_REAL ? xh__odata_of_real(rounded(args[0].real)) \
                                                : xh__odata_null();                     \
        return 0;                                                                       \
    }

ROUND_FUNCTION(call_round, round) /* halves away from zero, as OData has it */
ROUND_FUNCTION(call_floor, floor)
ROUND_FUNCTION(call_ceiling, ceil)

/* ---- the table ---- */

static const struct xh__odata_function functions[] = {
    /* name, arguments, function, is a truth, needs an interval */
    {"substringof", 2, 2, call_substringof, true, false},
    {"contains", 2, 2, call_contains, true, false},
    {"startswith", 2, 2, call_startswith, true, false},
    {"endswith", 2, 2, call_endswith, true, false},
    {"length", 1, 1, call_length, false, false},
    {"indexof", 2, 2, call_indexof, false, false},
    {"substring", 2, 3, call_substring, false, false},
    {"tolower", 1, 1, call_tolower, false, false},
    {"toupper", 1, 1, call_toupper, false, false},
    {"trim", 1, 1, call_trim, false, false},
    {"concat", 2, 2, call_concat, false, false},

    {"year", 1, 1, xh__odata_year, false, false},
    {"month", 1, 1, xh__odata_month, false, false},
    {"day", 1, 1, xh__odata_day, false, false},
    {"hour", 1, 1, xh__odata_hour, false, false},
    {"minute", 1, 1, xh__odata_minute, false, false},
    {"second", 1, 1, xh__odata_second, false, false},
    {"fractionalseconds", 1, 1, xh__odata_fraction, false, false},
    {"date", 1, 1, xh__odata_date, false, false},
    {"time", 1, 1, xh__odata_time_of_day, false, false},
    {"totaloffsetminutes", 1, 1, xh__odata_offset, false, false},
    {"now", 0, 0, xh__odata_now, false, false},
    {"mindatetime", 0, 0, xh__odata_min_time, false, false},
    {"maxdatetime", 0, 0, xh__odata_max_time, false, false},

    {"before", 2, 2, xh__odata_before, true, false},
    {"after", 2, 2, xh__odata_after, true, false},
    {"meets", 2, 2, xh__odata_meets, true, false},
    {"during", 2, 2, xh__odata_during, true, true},
    {"overlaps", 2, 2, xh__odata_overlaps, true, false},
    {"starts", 2, 2, xh__odata_starts, true, false},
    {"finishes", 2, 2, xh__odata_finishes, true, false},

    {"round", 1, 1, call_round, false, false},
    {"floor", 1, 1, call_floor, false, false},
    {"ceiling", 1, 1, call_ceiling, false, false},

    {"geo.distance", 2, 2, xh__odata_geo_distance, false, false},
    {"geo.length", 1, 1, xh__odata_geo_length, false, false},
    {"geo.intersects", 2, 2, xh__odata_geo_intersects, true, false},
    {"st_equals", 2, 2, xh__odata_geo_equals, true, false},
    {"st_disjoint", 2, 2, xh__odata_geo_disjoint, true, false},
    {"st_touches", 2, 2, xh__odata_geo_touches, true, false},
    {"st_within", 2, 2, xh__odata_geo_within, true, false},
    {"st_overlaps", 2, 2, xh__odata_geo_overlaps, true, false},
    {"st_crosses", 2, 2, xh__odata_geo_crosses, true, false},
    {"st_intersects", 2, 2, xh__odata_geo_intersects, true, false},
    {"st_contains", 2, 2, xh__odata_geo_contains, true, false},
    {"st_relate", 3, 3, xh__odata_geo_relate, true, false},
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
