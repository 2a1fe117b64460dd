/* Paths, query options and expressions as trees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "odata_help.h"

enum { EXPR_BYTES_MAX = 1 << 16 };

static struct xh__odata_query *parsed(struct world *w, const char *text)
{
    struct xh__odata_query *query = NULL;
    struct xh_err err = {0};
    if (xh__odata_query_parse(w->arena, xh_str_from(text), &query, &err) < 0) {
        fail_msg("%s: %s", text, err.text);
    }
    return query;
}

static void assert_refused(struct world *w, const char *text, int code, const char *sentence)
{
    struct xh__odata_query *query = NULL;
    struct xh_err err = {0};
    assert_int_equal(xh__odata_query_parse(w->arena, xh_str_from(text), &query, &err), code);
    assert_null(query);
    assert_int_equal(err.code, code);
    if (!strstr(err.text, sentence)) {
        fail_msg("%s: \"%s\" does not say \"%s\"", text, err.text, sentence);
    }
}

static void assert_text(struct xh_str found, const char *wanted)
{
    if (!xh_str_is(found, wanted)) {
        fail_msg("\"%.*s\" is not \"%s\"", XH_STR_ARG(found), wanted);
    }
}

/* ---- expressions as text: (op args...) ---- */

static const char *const op_names[] = {
    [XH__ODATA_NOT] = "not", [XH__ODATA_NEGATE] = "-", [XH__ODATA_AND] = "and",
    [XH__ODATA_OR] = "or",   [XH__ODATA_EQ] = "eq",    [XH__ODATA_NE] = "ne",
    [XH__ODATA_GT] = "gt",   [XH__ODATA_GE] = "ge",    [XH__ODATA_LT] = "lt",
    [XH__ODATA_LE] = "le",   [XH__ODATA_ADD] = "add",  [XH__ODATA_SUB] = "sub",
    [XH__ODATA_MUL] = "mul", [XH__ODATA_DIV] = "div",  [XH__ODATA_MOD] = "mod",
    [XH__ODATA_IN] = "in",   [XH__ODATA_ANY] = "any",  [XH__ODATA_ALL] = "all",
    [XH__ODATA_CALL] = "call"};

static void print(struct xh_buf *out, const struct xh__odata_expr *expr)
{
    if (expr->op == XH__ODATA_LITERAL) {
        const struct xh__odata_value *v = &expr->literal;
        if (v->type == XH__ODATA_INT) {
            xh_buf_add_format(out, "%lld", (long long)v->integer);
        } else {
            xh_buf_add_format(out, "<%d %.*s>", (int)v->type, XH_STR_ARG(v->text));
        }
        return;
    }
    if (expr->op != XH__ODATA_MEMBER) {
        xh_buf_add_format(out, "(%s", op_names[expr->op]);
    }
    if (expr->of.len > 0 || (expr->op == XH__ODATA_MEMBER && expr->variable.len > 0)) {
        struct xh_str root = expr->op == XH__ODATA_MEMBER ? expr->variable : expr->of;
        xh_buf_add_format(out, "%s%.*s:", expr->op == XH__ODATA_MEMBER ? "" : " ",
                          XH_STR_ARG(root));
    } else if (expr->name_count > 0 && expr->op != XH__ODATA_MEMBER) {
        xh_buf_add_char(out, ' ');
    }
    for (size_t i = 0; i < expr->name_count; i++) {
        xh_buf_add_format(out, "%s%.*s", i > 0 ? "/" : "", XH_STR_ARG(expr->names[i]));
    }
    if (expr->op == XH__ODATA_MEMBER) {
        return;
    }
    if (expr->op >= XH__ODATA_ANY && expr->arg_count > 0) {
        xh_buf_add_format(out, " %.*s", XH_STR_ARG(expr->variable));
    }
    for (size_t i = 0; i < expr->arg_count; i++) {
        xh_buf_add_char(out, ' ');
        print(out, expr->args[i]);
    }
    xh_buf_add_char(out, ')');
}

static void assert_tree(struct world *w, const char *filter, const char *wanted)
{
    struct xh_buf out = {0};
    print(&out, world_filter(w, filter));
    if (strcmp(xh_buf_text(&out), wanted) != 0) {
        fail_msg("%s: %s, not %s", filter, xh_buf_text(&out), wanted);
    }
    xh_buf_finish(&out);
}

static void operators_bind_as_in_the_table_of_odata(void **state)
{
    struct world w;
    (void)state;
    world_begin(&w);
    assert_tree(&w, "a or b and c", "(or a (and b c))");
    assert_tree(&w, "a and b or c and d", "(or (and a b) (and c d))");
    assert_tree(&w, "(a or b) and c", "(and (or a b) c)");
    assert_tree(&w, "a or b or c", "(or a b c)");
    assert_tree(&w, "a and b and c and d", "(and a b c d)");
    assert_tree(&w, "not a and b", "(and (not a) b)");
    assert_tree(&w, "not a eq 1", "(not (eq a 1))");
    assert_tree(&w, "not not a", "(not (not a))");
    assert_tree(&w, "not (a or b)", "(not (or a b))");
    assert_tree(&w, "a eq not b", "(eq a (not b))");
    assert_tree(&w, "a eq b gt c", "(eq a (gt b c))");
    assert_tree(&w, "a gt b ne c", "(ne (gt a b) c)");
    assert_tree(&w, "a add 1 gt b sub 2", "(gt (add a 1) (sub b 2))");
    assert_tree(&w, "a add b mul c", "(add a (mul b c))");
    assert_tree(&w, "a mul b add c", "(add (mul a b) c)");
    assert_tree(&w, "a sub b sub c", "(sub (sub a b) c)");
    assert_tree(&w, "a div b mul c mod d", "(mod (mul (div a b) c) d)");
    assert_tree(&w, "-a mul b", "(mul (- a) b)");
    assert_tree(&w, "-5 sub -6", "(sub -5 -6)");
    assert_tree(&w, "a sub -(b)", "(sub a (- b))");
    assert_tree(&w, "a in (1, 2,3) and b", "(and (in a 1 2 3) b)");
    assert_tree(&w, "not a in (1)", "(not (in a 1))");
    assert_tree(&w, "9 in properties/list", "(in 9 properties/list)");
    assert_tree(&w, "(a)and(b)", "(and a b)");
    world_end(&w);
}

static void paths_of_members_have_links_items_and_variables(void **state)
{
    struct world w;
    (void)state;
    world_begin(&w);
    assert_tree(&w, "$it/a/b eq 1", "(eq a/b 1)");
    assert_tree(&w, "@iot.id eq 1", "(eq @iot.id 1)");
    assert_tree(&w, "a/list/0/b eq 1", "(eq a/list/0/b 1)");
    assert_tree(&w, "a/list[0][12]/b eq 1", "(eq a/list/0/12/b 1)");
    assert_tree(&w, "a/b-c/2d eq 1", "(eq a/b-c/2d 1)");
    assert_tree(&w, "thuộc_tính/điện eq 1", "(eq thuộc_tính/điện 1)");
    assert_tree(&w, "android eq 1 and notable eq 2", "(and (eq android 1) (eq notable 2))");
    assert_tree(&w, "a/any/all eq 1", "(eq a/any/all 1)");
    assert_tree(&w, "A/any()", "(any A)");
    assert_tree(&w, "A/B/any(d:d/name eq name)", "(any A/B d (eq d:name name))");
    assert_tree(&w, "A/any(h : h/B/any(l:l/x eq h/x and l/y gt 1))",
                "(any A h (any h:B l (and (eq l:x h:x) (gt l:y 1))))");
    assert_tree(&w, "A/all(d:d/n gt 1) and d/n eq 2", "(and (all A d (gt d:n 1)) (eq d/n 2))");
    world_end(&w);
}

/* ---- the standard's own examples, 18-088 9.3 ---- */

static const char *const examples[] = {
    "$expand=Datastreams",
    "$expand=Datastreams/ObservedProperty",
    "$expand=Observations,ObservedProperty",
    "$expand=Observations($filter=result eq 1)",
    "$select=result,resultTime",
    "$select=id,Observations&$expand=Observations/FeatureOfInterest",
    "$expand=Observations($select=result)",
    "$orderby=result",
    "$expand=Datastream&$orderby=Datastreams/id desc, phenomenonTime",
    "$top=5",
    "$top=5&$orderby=phenomenonTime%20desc",
    "$skip=5",
    "$skip=2&$top=2&$orderby=resultTime",
    "$count=true",
    "$filter=result lt 10.00",
    "$filter=Datastream/id eq '1'",
    "$filter=geo.distance(Locations/location, geography'POINT(-122, 43)') gt 1",
    "$expand=Datastreams/Observations/FeatureOfInterest&$filter=Datastreams/Observations/"
    "FeatureOfInterest/id eq 'FOI_1' and Datastreams/Observations/resultTime ge "
    "2010-06-01T00:00:00Z and Datastreams/Observations/resultTime le 2010-07-01T00:00:00Z",
    "$filter=unitOfMeasurement/name eq 'degree Celsius'",
    "$filter=unitOfMeasurement/name ne 'degree Celsius'",
    "$filter=result gt 20.0",
    "$filter=result ge 20.0",
    "$filter=result lt 100",
    "$filter=result le 100",
    "$filter=result le 3.5 and FeatureOfInterest/id eq '1'",
    "$filter=result gt 20 or result le 3.5",
    "$filter=not startswith(description,'test')",
    "$filter=result add 5 gt 10",
    "$filter=result sub 5 gt 10",
    "$filter=result mul 2 gt 2000",
    "$filter=result div 2 gt 4",
    "$filter=result mod 2 eq 0",
    "$filter=(result sub 5) gt 10",
    "$filter=substringof('Sensor Things',description)",
    "$filter=endswith(description,'Things')",
    "$filter=startswith(description,'Sensor')",
    "$filter=length(description) eq 13",
    "$filter=indexof(description,'Sensor') eq 1",
    "$filter=substring(description,1) eq 'ensor Things'",
    "$filter=tolower(description) eq 'sensor things'",
    "$filter=toupper(description) eq 'SENSOR THINGS'",
    "$filter=trim(description) eq 'Sensor Things'",
    "$filter=concat(concat(unitOfMeasurement/symbol,', '), unitOfMeasurement/name) eq "
    "'degree, Celsius'",
    "$filter=year(resultTime) eq 2015",
    "$filter=month(resultTime) eq 12",
    "$filter=day(resultTime) eq 8",
    "$filter=hour(resultTime) eq 1",
    "$filter=minute(resultTime) eq 0",
    "$filter=second(resultTime) eq 0",
    "$filter=fractionalseconds(resultTime) eq 0",
    "$filter=date(resultTime) ne date(validTime)",
    "$filter=time(resultTime) le validTime",
    "$filter=totaloffsetminutes(resultTime) eq 60",
    "$filter=resultTime ge now()",
    "$filter=resultTime eq mindatetime()",
    "$filter=resultTime eq maxdatetime()",
    "$filter=before(2016-07-26T09:56:00Z, validTime)",
    "$filter=before(2016-01-02T01:01:01.000Z/2016-01-03T23:59:59.999Z, validTime)",
    "$filter=after(2016-07-26T09:56:00Z, validTime)",
    "$filter=meets(2016-01-02T01:01:01.000Z/2016-01-03T23:59:59.999Z, validTime)",
    "$filter=during(2016-07-26T09:56:00Z, validTime)",
    "$filter=overlaps(2016-07-26T09:56:00Z, validTime)",
    "$filter=starts(validTime, 2016-01-02T01:01:01.000Z/2016-01-03T23:59:59.999Z)",
    "$filter=finishes(validTime, 2016-01-02T01:01:01.000Z/2016-01-03T23:59:59.999Z)",
    "$filter=round(result) eq 32",
    "$filter=floor(result) eq 32",
    "$filter=ceiling(result) eq 33",
    "$orderby=geo.distance(location, geography'POINT (30 10) ')",
    "$orderby=geo.length(geography'LINESTRING (30 10, 10 30, 40 40) ')",
    "$filter=geo.intersects(location, geography'POLYGON ((30 10, 10 20, 20 40, 40 40, 30 "
    "10))')",
    "$filter=st_equals(location, geography'POINT (30 10)')",
    "$filter=st_disjoint(location, geography'POLYGON ((30 10, 10 20, 20 40, 40 40, 30 10))')",
    "$filter=st_touches(location, geography'LINESTRING (30 10, 10 30, 40 40)')",
    "$filter=st_within(location, geography'POLYGON ((30 10, 10 20, 20 40, 40 40, 30 10))')",
    "$filter=st_overlaps(location, geography'POLYGON ((30 10, 10 20, 20 40, 40 40, 30 10))')",
    "$filter=st_crosses(location, geography'LINESTRING (30 10, 10 30, 40 40)')",
    "$filter=st_intersects(location, geography'LINESTRING (30 10, 10 30, 40 40)')",
    "$filter=st_contains(location, geography'POINT (30 10)')",
    "$filter=st_relate(location, geography'POLYGON ((30 10, 10 20, 20 40, 40 40, 30 10))', "
    "'T********')",
    "$top=100&$skip=100",
    "$resultFormat=dataArray",
};

static void all_examples_of_the_standard_are_read(void **state)
{
    struct world w;
    (void)state;
    world_begin(&w);
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        parsed(&w, examples[i]);
    }
    world_end(&w);
}

/* ---- options ---- */

static void an_empty_query_asks_for_nothing(void **state)
{
    struct world w;
    (void)state;
    world_begin(&w);
    struct xh__odata_query *q = parsed(&w, "");
    assert_int_equal(q->top, -1);
    assert_int_equal(q->skip, -1);
    assert_false(q->has_count);
    assert_null(q->filter);
    assert_int_equal(q->select_count + q->expand_count + q->order_count, 0);
    world_end(&w);
}

static void every_option_is_read_whatever_the_order_and_the_escapes(void **state)
{
    struct world w;
    (void)state;
    world_begin(&w);
    struct xh__odata_query *q =
        parsed(&w, "%24top=3&&x=y&$skip=0&$count=false&$select=id,%20name&$after=a%26b%3Dc"
                   "&$resultFormat=dataArray&$apply=groupby((x),aggregate(y))"
                   "&$orderby=a+desc,b/c,d asc&%24filter=name%20eq%20'a%2Bb%20''c''%26d'");
    assert_int_equal(q->top, 3);
    assert_int_equal(q->skip, 0);
    assert_true(q->has_count);
    assert_false(q->count);
    assert_int_equal(q->select_count, 2);
    assert_text(q->select[1], "name");
    assert_text(q->select_text, "id, name");
    assert_text(q->after, "a&b=c");
    assert_text(q->result_format, "dataArray");
    assert_text(q->apply, "groupby((x),aggregate(y))");
    assert_int_equal(q->order_count, 3);
    assert_true(q->orders[0].is_descending);
    assert_false(q->orders[1].is_descending);
    assert_int_equal(q->orders[1].expr->name_count, 2);
    assert_text(q->orderby_text, "a desc,b/c,d asc");
    assert_text(q->filter->args[1]->literal.text, "a+b 'c'&d");
    assert_text(q->filter_text, "name eq 'a+b ''c''&d'");
    assert_int_equal(parsed(&w, "$top=2147483648&$skip=2147483648")->top, INT64_C(2147483648));
    world_end(&w);
}

static void what_is_expanded_has_its_own_options(void **state)
{
    struct world w;
    (void)state;
    world_begin(&w);
    struct xh__odata_query *q = parsed(
        &w,
        "$expand=Datastreams($filter=name eq 'a;)';$select=name;$expand=Observations($top=1;"
        "$orderby=phenomenonTime desc;$count=true;$skip=2),Sensor;$orderby=id),Locations&$top=7");
    assert_int_equal(q->expand_count, 2);
    assert_int_equal(q->top, 7);
    assert_text(q->expands[0].name, "Datastreams");
    assert_text(q->expands[1].name, "Locations");
    assert_int_equal(q->expands[1].query->top, -1);
    const struct xh__odata_query *d = q->expands[0].query;
    assert_text(d->filter_text, "name eq 'a;)'");
    assert_text(d->filter->args[1]->literal.text, "a;)");
    assert_int_equal(d->select_count, 1);
    assert_int_equal(d->order_count, 1);
    assert_int_equal(d->expand_count, 2);
    assert_text(d->expand_text, "Observations($top=1;$orderby=phenomenonTime desc;$count=true;"
                                "$skip=2),Sensor");
    const struct xh__odata_query *o = d->expands[0].query;
    assert_int_equal(o->top, 1);
    assert_int_equal(o->skip, 2);
    assert_true(o->count);
    assert_true(o->orders[0].is_descending);
    world_end(&w);
}

static void a_path_in_expand_is_nested_and_names_are_merged(void **state)
{
    struct world w;
    (void)state;
    world_begin(&w);
    struct xh__odata_query *q = parsed(&w, "$expand=A/B($top=1),A/C,A($select=x),D,D");
    assert_int_equal(q->expand_count, 2);
    const struct xh__odata_query *a = q->expands[0].query;
    assert_int_equal(a->expand_count, 2);
    assert_int_equal(a->select_count, 1);
    assert_text(a->expands[0].name, "B");
    assert_int_equal(a->expands[0].query->top, 1);
    assert_text(a->expands[1].name, "C");
    assert_refused(&w, "$expand=A($top=1),A($top=2)", XH_E_INVALID, "$top is given twice");
    world_end(&w);
}

static const struct {
    const char *text, *sentence;
} faults[] = {
    {"$top=-1", "$top: a number from 0 to 2147483648 was expected at place 1"},
    {"$top=2147483649", "$top: a number from 0 to 2147483648"},
    {"$top=99999999999999999999", "$top: a number from 0"},
    {"$top=", "$top: a number from 0 to 2147483648 was expected at its end"},
    {"$top", "$top: a number"},
    {"$skip=abc", "$skip: "},
    {"$count=yes", "$count: true or false was expected at place 1, where \"yes\" stands"},
    {"$count=1", "$count: true or false"},
    {"$top=1&$top=2", "$top is given twice"},
    {"$top=1&%24top=1", "$top is given twice"},
    {"$select=", "$select: the name of a property was expected at its end"},
    {"$select=a,,b", "$select: the name of a property was expected at place 3"},
    {"$select=Things/name", "$select: an operator or the end was expected at place 7"},
    {"$expand=", "$expand: the name of a navigation property"},
    {"$expand=A(", "$expand: a query option"},
    {"$expand=A($top=1", "$expand: ';' or ')' was expected at its end"},
    {"$expand=A($top=1))", "$expand: an operator or the end"},
    {"$expand=A($top)", "$expand: '='"},
    {"$expand=A($filter=b eq)", "$filter: a property, a function or a literal"},
    {"$orderby=", "$orderby: a property"},
    {"$orderby=a up", "$orderby: an operator or the end was expected at place 3"},
    {"$filter=", "$filter: a property, a function or a literal was expected at its end"},
    {"$filter=a eq", "$filter: a property"},
    {"$filter=a = 1", "$filter: an operator or the end was expected at place 3"},
    {"$filter=a eq 1 and", "$filter: a property"},
    {"$filter=a eq 'b", "$filter: a text that ends with a quote was expected at place 6"},
    {"$filter=(a eq 1", "$filter: an operator or ')' was expected at its end"},
    {"$filter=a eq 1)", "$filter: an operator or the end was expected at place 7"},
    {"$filter=a in ()", "$filter: a property"},
    {"$filter=a in 5", "$filter: a list such as (1, 2)"},
    {"$filter=a in (1,2", "$filter: an operator, ',' or ')'"},
    {"$filter=nothing(a)", "$filter: a function of SensorThings was expected at place 1"},
    {"$filter=year(a, b)", "the function year takes 1 arguments, not 2"},
    {"$filter=substring(a)", "the function substring takes 2 arguments, not 1"},
    {"$filter=now(1)", "the function now takes 0 arguments, not 1"},
    {"$filter=a//b eq 1", "$filter: a property was expected at place 3"},
    {"$filter=a[x] eq 1", "$filter: the number of an item and ']'"},
    {"$filter=a[1 eq 1", "$filter: the number of an item and ']'"},
    {"$filter=A/any(", "$filter: a variable"},
    {"$filter=A/any(d d/x eq 1)", "$filter: ':' was expected"},
    {"$filter=A/all()", "$filter: a variable"},
    {"$filter=A/any(d:d eq 1)", "$filter: '/' and a property"},
    {"$filter=A/any(d:d/x eq 1", "$filter: an operator or ')'"},
    {"$filter=a eq 12ab", "$filter: a number, a text in quotes or a time"},
    {"$filter=a eq 1e999", "$filter: a number"},
    {"$filter=t gt 2015-02-30T00:00:00Z", "$filter: a time such as"},
    {"$filter=t gt 2015-02-03T00:00:00", "$filter: a time such as"},
    {"$filter=t gt 2015-02-30", "$filter: a time such as"},
    {"$filter=t gt 25:00:00", "$filter: a time such as"},
    {"$filter=t gt 2016-01-01T00:00:00Z/2015-01-01T00:00:00Z", "the earlier first"},
    {"$filter=t gt duration'P1M'", "$filter: a duration without months"},
    {"$filter=t gt duration'1h'", "$filter: a duration without months"},
    {"$filter=t gt guid'1'", "$filter: an operator, or duration, geography or geometry"},
    {"$filter=during(a, 2015-01-01T00:00:00Z)", "$filter: an interval was expected"},
    {"$filter=st_within(a, geography'POINT(1)')", "$filter: \"POINT(1)\" is no geometry"},
    {"$filter=st_within(a, geography'POINT(1 2) x')", "is no geometry"},
    {"$filter=st_within(a, geography'POINT(nan 2)')", "is no geometry"},
    {"$filter=st_within(a, geography'POINT(1e999 2)')", "is no geometry"},
    {"$filter=%zz", "hexadecimal"},
    {"$filter=a%00", "NUL"},
    {"$filter=a eq '%ff'", "UTF-8"},
};

static void what_is_wrong_is_named_with_its_place(void **state)
{
    struct world w;
    (void)state;
    world_begin(&w);
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        assert_refused(&w, faults[i].text, XH_E_INVALID, faults[i].sentence);
    }
    world_end(&w);
}

static void an_option_that_is_not_known_is_not_supported(void **state)
{
    struct world w;
    (void)state;
    world_begin(&w);
    assert_refused(&w, "$search=a", XH_E_UNSUPPORTED, "\"$search\" is not supported");
    assert_refused(&w, "$TOPS=1", XH_E_UNSUPPORTED, "\"$TOPS\"");
    assert_refused(&w, "$expand=A($apply=x)", XH_E_UNSUPPORTED, "\"$apply\" is not supported in");
    parsed(&w, "search=a&top=b&=&x");
    world_end(&w);
}

/* ---- limits ---- */

static void repeat(struct xh_buf *out, const char *text, size_t times)
{
    for (size_t i = 0; i < times; i++) {
        xh_buf_add_text(out, text);
    }
}

static void assert_limit(const char *before, const char *open, size_t times, const char *middle,
                         const char *close, int code, const char *sentence)
{
    struct world w;
    struct xh_buf out = {0};
    world_begin(&w);
    xh_buf_add_text(&out, before);
    repeat(&out, open, times);
    xh_buf_add_text(&out, middle);
    repeat(&out, close, times);
    assert_true(xh_buf_str(&out).len < EXPR_BYTES_MAX || code == XH_E_TOO_LARGE);
    if (code < 0) {
        assert_refused(&w, xh_buf_text(&out), code, sentence);
    } else {
        parsed(&w, xh_buf_text(&out));
    }
    xh_buf_finish(&out);
    world_end(&w);
}

static void what_is_nested_too_deep_is_refused(void **state)
{
    (void)state;
    assert_limit("$filter=", "(", 32, "a", ")", 0, "");
    assert_limit("$filter=", "(", 33, "a", ")", XH_E_TOO_LARGE, "nested more than 32 levels");
    assert_limit("$filter=", "(", 10000, "a", ")", XH_E_TOO_LARGE, "nested more than 32 levels");
    assert_limit("$filter=", "not ", 10000, "a", "", XH_E_TOO_LARGE, "nested");
    assert_limit("$filter=a eq ", "-", 10000, "b", "", XH_E_TOO_LARGE, "nested");
    assert_limit("$filter=", "trim(", 10000, "a", ")", XH_E_TOO_LARGE, "nested");
    assert_limit("$filter=", "a/any(d:", 5000, "b", ")", XH_E_TOO_LARGE, "nested");
    assert_limit("$filter=a", " add 1", 10000, " gt 1", "", XH_E_TOO_LARGE, "nested");
    assert_limit("$expand=", "A($expand=", 5000, "B", ")", XH_E_TOO_LARGE, "nested");
    assert_limit("$expand=A", "/A", 31, "", "", 0, "");
    assert_limit("$expand=A", "/A", 32, "", "", XH_E_TOO_LARGE, "nested");
}

static void what_is_too_long_is_refused(void **state)
{
    (void)state;
    assert_limit("$filter=a", " or a", 4000, "", "", 0, "");
    assert_limit("$filter=a", " or a", 5000, "", "", XH_E_TOO_LARGE, "more than 4096 parts");
    assert_limit("$select=a", ",a", 5000, "", "", XH_E_TOO_LARGE, "more than 4096 parts");
    assert_limit("$filter=a", "/a", 31, " eq 1", "", 0, "");
    assert_limit("$filter=a", "/a", 32, " eq 1", "", XH_E_TOO_LARGE, "more than 32 segments");
    assert_limit("$filter='", "a", 66000, "' eq a", "", XH_E_TOO_LARGE, "bytes, more than 65536");
}

/* ---- paths ---- */

static void a_resource_path_is_segments_with_keys(void **state)
{
    struct world w;
    struct xh__odata_path path;
    (void)state;
    world_begin(&w);
    assert_int_equal(xh__odata_path_parse(w.arena,
                                          XH_STR("/Things(1)/Datastreams('42')/"
                                                 "properties/a%20b/list[0][12]/$value"),
                                          &path, NULL),
                     0);
    assert_int_equal(path.count, 8);
    assert_text(path.segments[0].name, "Things");
    assert_true(path.segments[0].has_key);
    assert_int_equal(path.segments[0].key, 1);
    assert_true(path.segments[1].has_key);
    assert_false(path.segments[1].is_key_text);
    assert_int_equal(path.segments[1].key, 42);
    assert_false(path.segments[2].has_key);
    assert_text(path.segments[3].name, "a b");
    assert_text(path.segments[4].name, "list");
    assert_text(path.segments[5].name, "0");
    assert_true(path.segments[5].is_index);
    assert_text(path.segments[6].name, "12");
    world_end(&w);
}

static void a_key_may_be_any_text(void **state)
{
    struct world w;
    struct xh__odata_path path;
    (void)state;
    world_begin(&w);
    assert_int_equal(xh__odata_path_parse(w.arena, XH_STR("Things(%27a''b/c%27)/Locations/$ref"),
                                          &path, NULL),
                     0);
    assert_int_equal(path.count, 3);
    assert_true(path.segments[0].is_key_text);
    assert_text(path.segments[0].key_text, "a'b/c");
    assert_text(path.segments[2].name, "$ref");
    assert_int_equal(xh__odata_path_parse(w.arena, XH_STR("Things(-7)"), &path, NULL), 0);
    assert_int_equal(path.segments[0].key, -7);
    assert_int_equal(xh__odata_path_parse(w.arena, XH_STR(""), &path, NULL), 0);
    assert_int_equal(path.count, 0);
    assert_int_equal(xh__odata_path_parse(w.arena, XH_STR("Things/"), &path, NULL), 0);
    assert_int_equal(path.count, 1);
    world_end(&w);
}

static void a_wrong_path_is_refused(void **state)
{
    static const char *const wrong[] = {"Things(", "Things()", "Things(1", "Things(a)",
                                        "Things(1.5)", "Things(1)Locations", "Things//name",
                                        "Things('a)", "Things(1))", "a[", "a[x]", "a[1",
                                        "Things(99999999999999999999)", "%", "a)"};
    struct world w;
    struct xh__odata_path path = {0};
    struct xh_err err;
    struct xh_buf deep = {0};
    (void)state;
    world_begin(&w);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        err = (struct xh_err){0};
        if (xh__odata_path_parse(w.arena, xh_str_from(wrong[i]), &path, &err) != XH_E_INVALID) {
            fail_msg("%s is taken", wrong[i]);
        }
        assert_int_not_equal(err.text[0], '\0');
    }
    repeat(&deep, "a/", 32);
    assert_int_equal(xh__odata_path_parse(w.arena, xh_buf_str(&deep), &path, NULL), 0);
    repeat(&deep, "a/", 1);
    assert_int_equal(xh__odata_path_parse(w.arena, xh_buf_str(&deep), &path, NULL), XH_E_TOO_LARGE);
    repeat(&deep, "a/", 40000);
    assert_int_equal(xh__odata_path_parse(w.arena, xh_buf_str(&deep), &path, NULL), XH_E_TOO_LARGE);
    xh_buf_finish(&deep);
    world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operators_bind_as_in_the_table_of_odata),
        cmocka_unit_test(paths_of_members_have_links_items_and_variables),
        cmocka_unit_test(all_examples_of_the_standard_are_read),
        cmocka_unit_test(an_empty_query_asks_for_nothing),
        cmocka_unit_test(every_option_is_read_whatever_the_order_and_the_escapes),
        cmocka_unit_test(what_is_expanded_has_its_own_options),
        cmocka_unit_test(a_path_in_expand_is_nested_and_names_are_merged),
        cmocka_unit_test(what_is_wrong_is_named_with_its_place),
        cmocka_unit_test(an_option_that_is_not_known_is_not_supported),
        cmocka_unit_test(what_is_nested_too_deep_is_refused),
        cmocka_unit_test(what_is_too_long_is_refused),
        cmocka_unit_test(a_resource_path_is_segments_with_keys),
        cmocka_unit_test(a_key_may_be_any_text),
        cmocka_unit_test(a_wrong_path_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
