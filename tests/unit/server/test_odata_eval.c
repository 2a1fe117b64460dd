/* Expressions and what they are worth: operators, functions, null, lists, any and all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/num.h"
#include "odata_help.h"

static const char oven[] =
    "{\"@iot.id\": 7, \"id\": 7, \"name\": \"Oven\", \"description\": \"Sensor Things\","
    " \"nothing\": null, \"yes\": true, \"no\": false, \"big\": 9007199254740993,"
    " \"huge\": 9223372036854775807, \"low\": -9223372036854775808,"
    " \"symbol\": \"\\u00b0C\", \"vn\": \"\\u0110i\\u1ec7n\", \"quoted\": \"it's\","
    " \"result\": 19.5, \"count\": 9, \"typed\": \"19.5\","
    " \"resultTime\": \"2015-12-08T01:02:03.25Z\","
    " \"validTime\": \"2015-12-08T00:00:00Z/2015-12-09T00:00:00Z\","
    " \"date\": \"2015-12-08\", \"when\": \"2015-12-08T08:02:03.25+07:00\","
    " \"properties\": {\"int\": 5, \"text\": \"5\", \"list\": [1, \"two\", {\"b\": \"x\"}, [4]],"
    "                  \"tags\": [\"a\", \"b\"], \"on\": true, \"same\": {\"k\": 1}},"
    " \"@\": {\"Thing\": {\"id\": 3, \"name\": \"Kitchen\", \"@\": {\"Locations\": ["
    "            {\"id\": 1, \"name\": \"Here\"}, {\"id\": 2, \"name\": \"There\"}]}},"
    "         \"Streams\": ["
    "            {\"id\": 1, \"name\": \"t\", \"n\": 1, \"@\": {\"Sensor\": {\"name\": \"S1\"}}},"
    "            {\"id\": 2, \"name\": \"u\", \"n\": 4, \"@\": {\"Sensor\": {\"name\": \"S2\"}}},"
    "            {\"id\": 3, \"name\": \"v\", \"n\": null}],"
    "         \"None\": []}}";

/* ---- values as text ---- */

static void print(struct xh_buf *out, const struct xh__odata_value *v)
{
    char text[XH_NUM_TEXT_BYTES];
    switch (v->type) {
    case XH__ODATA_NULL:
        xh_buf_add_text(out, "null");
        break;
    case XH__ODATA_BOOL:
        xh_buf_add_text(out, v->truth ? "true" : "false");
        break;
    case XH__ODATA_INT:
        xh_buf_add_format(out, "%lld", (long long)v->integer);
        break;
    case XH__ODATA_REAL:
        xh_buf_add(out, text, xh_num_print(v->real, text));
        xh_buf_add_char(out, 'r');
        break;
    case XH__ODATA_TEXT:
        xh_buf_add_format(out, "'%.*s'", XH_STR_ARG(v->text));
        break;
    case XH__ODATA_TIME:
    case XH__ODATA_INTERVAL:
        xh__odata_time_print(out, v);
        break;
    case XH__ODATA_DURATION:
        xh_buf_add_format(out, "%llds", (long long)(v->from_us / XH_US_PER_S));
        break;
    case XH__ODATA_DATE:
        xh_buf_add_format(out, "day %lld", (long long)v->from_us);
        break;
    case XH__ODATA_TIME_OF_DAY:
        xh_buf_add_format(out, "clock %lld", (long long)v->from_us);
        break;
    case XH__ODATA_GEOMETRY:
    case XH__ODATA_JSON:
        xh_buf_add_str(out, v->text);
        break;
    case XH__ODATA_LIST:
        xh_buf_add_char(out, '[');
        for (size_t i = 0; i < v->item_count; i++) {
            xh_buf_add_text(out, i > 0 ? " " : "");
            print(out, &v->items[i]);
        }
        xh_buf_add_char(out, ']');
        break;
    }
}

struct worth {
    const char *expr, *value;
};

static void assert_worth(const struct worth *table, size_t count)
{
    struct world w;
    struct xh_buf out = {0};
    world_begin(&w);
    for (size_t i = 0; i < count; i++) {
        struct xh__odata_value v = world_value(&w, table[i].expr, oven);
        xh_buf_clear(&out);
        print(&out, &v);
        if (strcmp(xh_buf_text(&out), table[i].value) != 0) {
            fail_msg("%s is %s, not %s", table[i].expr, xh_buf_text(&out), table[i].value);
        }
    }
    xh_buf_finish(&out);
    world_end(&w);
}

#define ASSERT_WORTH(...)                                                               \
    do {                                                                                \
        static const struct worth table[] = {__VA_ARGS__};                              \
        assert_worth(table, sizeof(table) / sizeof(table[0]));                          \
    } while (0)

/* ---- operators ---- */

static void numbers_compare_by_value(void **state)
{
    (void)state;
    ASSERT_WORTH({"result eq 19.5", "true"}, {"result ne 19.5", "false"}, {"result gt 19", "true"},
                 {"result ge 19.5", "true"}, {"result lt 19.5", "false"},
                 {"result le 19.5", "true"}, {"count eq 9.0", "true"}, {"9 eq count", "true"},
                 {"count lt 9.5", "true"}, {"big eq 9007199254740993", "true"},
                 {"big eq 9007199254740992.0", "false"}, {"big gt 9007199254740992.0", "true"},
                 {"huge lt 9223372036854775808.0", "true"},
                 {"low eq -9223372036854775808.0", "true"}, {"1e3 eq 1000", "true"},
                 {"-5 lt -4.5", "true"});
}

static void texts_and_truths_compare_with_their_like(void **state)
{
    (void)state;
    ASSERT_WORTH({"name eq 'Oven'", "true"}, {"name ne 'oven'", "true"}, {"name lt 'P'", "true"},
                 {"name ge 'Oven'", "true"}, {"'a' gt 'B'", "true"}, {"quoted eq 'it''s'", "true"},
                 {"yes eq true", "true"}, {"no ne true", "true"}, {"yes", "true"},
                 {"not yes", "false"}, {"no eq false", "true"}, {"properties/on", "true"},
                 {"properties/same eq properties/same", "true"},
                 {"properties/same ne properties/list", "true"},
                 {"properties/same gt properties/list", "null"});
}

static void a_number_and_a_text_do_not_compare(void **state)
{
    (void)state;
    ASSERT_WORTH({"typed eq 19.5", "null"}, {"typed ne 19.5", "null"},
                 {"not typed eq 19.5", "null"}, {"yes eq 'true'", "null"}, {"yes eq 1", "null"},
                 {"name gt 5", "null"}, {"result eq resultTime", "null"});
}

static void a_result_compares_with_a_text_as_text(void **state)
{
    (void)state;
    ASSERT_WORTH({"result eq '19.5'", "true"}, {"'19.5' eq result", "true"},
                 {"result ne '19.50'", "true"}, {"result gt '3'", "false"}, {"result gt 3", "true"},
                 {"result gt '1'", "true"}, {"result lt 'a'", "true"},
                 {"result in ('19.5', '20')", "true"});
}

static void ids_and_members_compare_with_a_number_in_quotes(void **state)
{
    (void)state;
    ASSERT_WORTH({"id eq '7'", "true"}, {"@iot.id eq '7'", "true"}, {"'7' eq id", "true"},
                 {"id ne '8'", "true"}, {"id eq 'FOI_1'", "null"}, {"Thing/id eq '3'", "true"},
                 {"properties/int eq '5'", "true"}, {"properties/text eq '5'", "true"},
                 {"properties/text eq 5", "null"}, {"Streams/id eq '2'", "true"},
                 {"id in ('6', '7')", "true"});
}

static void null_matches_no_comparison(void **state)
{
    (void)state;
    ASSERT_WORTH({"nothing eq 1", "null"}, {"nothing ne 1", "null"}, {"nothing lt 1", "null"},
                 {"not nothing lt 1", "null"}, {"nothing eq null", "true"},
                 {"null eq nothing", "true"}, {"nothing ne null", "false"},
                 {"name eq null", "false"}, {"name ne null", "true"}, {"not name eq null", "true"},
                 {"nowhere/at/all eq null", "true"}, {"nothing add 1", "null"},
                 {"1 gt nothing", "null"}, {"-nothing", "null"}, {"nothing eq nothing", "null"},
                 {"None/id eq null", "true"}, {"None/id ne null", "false"},
                 {"None/id eq 1", "null"}, {"Streams/n eq null", "true"},
                 {"Streams/n ne null", "true"}, {"nothing in (1)", "null"},
                 {"startswith(nothing, 'a')", "null"}, {"not startswith(nothing, 'a')", "null"},
                 {"startswith(None/name, 'a')", "null"}, {"null eq null", "true"});
}

static void logic_has_three_values(void **state)
{
    (void)state;
    ASSERT_WORTH({"true and true", "true"}, {"true and false", "false"}, {"true and null", "null"},
                 {"null and true", "null"}, {"false and null", "false"},
                 {"null and false", "false"}, {"null and null", "null"}, {"true or null", "true"},
                 {"null or true", "true"}, {"false or null", "null"}, {"null or false", "null"},
                 {"false or false", "false"}, {"not null", "null"}, {"not true", "false"},
                 {"not not true", "true"}, {"true and true and false", "false"},
                 {"false or null or true", "true"}, {"5 and true", "null"},
                 {"null or false or false", "null"}, {"true and null and true", "null"});
}

static void arithmetic_keeps_integers_and_mixes_with_reals(void **state)
{
    (void)state;
    ASSERT_WORTH({"1 add 2", "3"}, {"5 sub 7", "-2"}, {"6 mul 7", "42"}, {"9 div 2", "4"},
                 {"-9 div 2", "-4"}, {"9 div 2.0", "4.5r"}, {"9 mod 4", "1"}, {"-9 mod 4", "-1"},
                 {"19.5 mod 4", "3.5r"}, {"result add 1", "20.5r"}, {"-result", "-19.5r"},
                 {"-(count)", "-9"}, {"1 div 0", "null"}, {"1 mod 0", "null"},
                 {"1.5 div 0", "null"}, {"1.5 mod 0", "null"}, {"1e308 mul 10", "null"},
                 {"huge add 1", "9223372036854776000r"}, {"low sub 1", "-9223372036854776000r"},
                 {"low div -1", "9223372036854776000r"}, {"low mod -1", "0"},
                 {"-low", "9223372036854776000r"}, {"huge mul 2", "18446744073709552000r"},
                 {"name add 1", "null"}, {"yes add 1", "null"}, {"-name", "null"},
                 {"2 add 3 mul 4", "14"}, {"(2 add 3) mul 4", "20"}, {"10 sub 2 sub 3", "5"},
                 {"result sub 5 gt 10", "true"}, {"7 div 2 mul 2", "6"});
}

static void a_value_is_in_a_list_or_in_a_property(void **state)
{
    (void)state;
    ASSERT_WORTH({"count in (8, 9)", "true"}, {"count in (8, 10)", "false"},
                 {"name in ('a', 'Oven')", "true"}, {"not name in ('a')", "true"},
                 {"name in (1, 2)", "false"}, {"'b' in properties/tags", "true"},
                 {"'c' in properties/tags", "false"}, {"1 in properties/list", "true"},
                 {"'two' in properties/list", "true"}, {"4 in properties/list/3", "true"},
                 {"4 in Streams/n", "true"}, {"5 in Streams/n", "false"},
                 {"Streams/n in (4, 5)", "true"}, {"1 in None/n", "false"},
                 {"5 in properties/int", "true"}, {"count in (4 add 5)", "true"});
}

/* ---- functions ---- */

static void functions_of_texts_count_characters(void **state)
{
    (void)state;
    ASSERT_WORTH(
        {"substringof('sor Th', description)", "true"},
        {"substringof('sor th', description)", "false"},
        {"contains(description, 'sor Th')", "true"}, {"contains('sor Th', description)", "false"},
        {"startswith(description, 'Sensor')", "true"}, {"startswith(description, '')", "true"},
        {"endswith(description, 'Things')", "true"}, {"endswith(description, 'Sensor')", "false"},
        {"length(description)", "13"}, {"length(vn)", "4"}, {"length('')", "0"},
        {"indexof(description, 'Things')", "7"}, {"indexof(description, 'x')", "-1"},
        {"indexof(vn, 'n')", "3"}, {"substring(description, 7)", "'Things'"},
        {"substring(description, 0, 6)", "'Sensor'"},
        {"substring(description, 7, 100)", "'Things'"}, {"substring(description, 100)", "''"},
        {"substring(description, -1)", "'Sensor Things'"}, {"substring(description, 1, -1)", "''"},
        {"substring(vn, 2)", "'ện'"}, {"substring(vn, 1, 2)", "'iệ'"},
        {"tolower(description)", "'sensor things'"}, {"toupper(description)", "'SENSOR THINGS'"},
        {"toupper(vn)", "'ĐIỆN'"}, {"tolower('ĐIỆN ƯƠỚ ÄÖÜ ЖЯ ΑΩ')", "'điện ươớ äöü жя αω'"},
        {"toupper('ÿß日本')", "'ÿß日本'"}, {"trim('  a b\t')", "'a b'"},
        {"concat(concat(symbol, ', '), name)", "'°C, Oven'"}, {"concat(name, 5)", "null"},
        {"length(result)", "null"}, {"substring(name, 'x')", "null"}, {"tolower(count)", "null"});
}

static void functions_of_numbers_round(void **state)
{
    (void)state;
    ASSERT_WORTH({"round(19.5)", "20r"}, {"round(-19.5)", "-20r"}, {"round(2.5)", "3r"},
                 {"round(2.4)", "2r"}, {"floor(result)", "19r"}, {"floor(-1.5)", "-2r"},
                 {"ceiling(result)", "20r"}, {"ceiling(-1.5)", "-1r"}, {"round(count)", "9"},
                 {"floor(huge)", "9223372036854775807"}, {"round(name)", "null"},
                 {"round(result) eq 20", "true"}, {"round(null)", "null"});
}

static void functions_of_times_take_them_apart(void **state)
{
    (void)state;
    ASSERT_WORTH({"year(resultTime)", "2015"}, {"month(resultTime)", "12"},
                 {"day(resultTime)", "8"}, {"hour(resultTime)", "1"}, {"minute(resultTime)", "2"},
                 {"second(resultTime)", "3"}, {"fractionalseconds(resultTime)", "0.25r"},
                 {"date(resultTime)", "day 16777"}, {"time(resultTime)", "clock 3723250000"},
                 {"hour(when)", "1"}, {"year('2015-02-05T00:00:00Z')", "2015"},
                 {"year(validTime)", "2015"}, {"totaloffsetminutes(resultTime)", "0"},
                 {"now()", "2020-09-13T12:26:40Z"}, {"mindatetime()", "0001-01-01T00:00:00Z"},
                 {"maxdatetime()", "9999-12-31T23:59:59.999999Z"},
                 {"date(resultTime) eq date(validTime)", "true"},
                 {"date(resultTime) eq 2015-12-08", "true"}, {"date(resultTime) eq date", "true"},
                 {"time(resultTime) gt 01:02:03", "true"}, {"time(resultTime) lt 01:03", "true"},
                 {"hour(time(resultTime))", "1"}, {"fractionalseconds(time(resultTime))", "0.25r"},
                 {"year(1969-12-31T23:59:59.5Z)", "1969"}, {"second(1969-12-31T23:59:59.5Z)", "59"},
                 {"fractionalseconds(1969-12-31T23:59:59.5Z)", "0.5r"}, {"year(name)", "null"},
                 {"year(result)", "null"}, {"time(resultTime) le validTime", "null"},
                 {"year(2015-02-05)", "2015"}, {"hour(2015-02-05)", "0"},
                 {"year(10:20:30)", "null"}, {"month(null)", "null"},
                 {"totaloffsetminutes(name)", "null"});
}

static void times_compare_in_every_form(void **state)
{
    (void)state;
    ASSERT_WORTH({"resultTime gt 2015-12-08T01:02:03Z", "true"},
                 {"resultTime eq 2015-12-08T08:02:03.25+07:00", "true"},
                 {"resultTime eq '2015-12-08T01:02:03.25Z'", "true"},
                 {"resultTime lt '2015-12-08T08:02:03.26 07:00'", "true"},
                 {"resultTime eq 2015-12-08T08:02:03.25 07:00", "true"},
                 {"resultTime lt 2015-12-07T18:10-07:00", "true"}, {"when eq resultTime", "true"},
                 {"resultTime gt 2015-12-08", "true"}, {"resultTime gt '2015-12-08'", "true"},
                 {"resultTime gt 'soon'", "null"}, {"resultTime ge now()", "false"},
                 {"2015-12-08T01:02:03.250000999Z eq resultTime", "true"},
                 {"resultTime eq 2015-12-08t01:02:03.25z", "true"},
                 {"resultTime eq 2015-12-08T08:02:03.25+0700", "true"},
                 {"resultTime eq '2015-12-07T18:02:03.25-0700'", "true"},
                 {"resultTime eq 2015-12-08T08:02:03.25 0700", "true"},
                 {"2015-12-08T00:00:00Z/PT24H eq validTime", "true"},
                 {"'2015-12-08T00:00:00Z/2015-12-09T00:00:00Z' eq validTime", "true"});
}

static void times_move_by_durations(void **state)
{
    (void)state;
    ASSERT_WORTH({"resultTime add duration'PT1H'", "2015-12-08T02:02:03.25Z"},
                 {"duration'PT1H' add resultTime", "2015-12-08T02:02:03.25Z"},
                 {"resultTime sub duration'P1DT2H'", "2015-12-06T23:02:03.25Z"},
                 {"validTime add duration'PT1H'", "2015-12-08T01:00:00Z/2015-12-09T01:00:00Z"},
                 {"resultTime sub 2015-12-08T00:02:03.25Z", "3600s"},
                 {"resultTime sub 2015-12-08T00:02:03.25Z eq duration'PT1H'", "true"},
                 {"validTime sub resultTime", "null"},
                 {"duration'PT1H' add duration'PT1M'", "3660s"},
                 {"duration'PT1H' sub duration'PT1M'", "3540s"}, {"duration'PT1H' mul 2", "7200s"},
                 {"2 mul duration'PT1H'", "7200s"}, {"duration'PT1H' div 2", "1800s"},
                 {"duration'PT1H' div 0", "null"}, {"-duration'PT1H'", "-3600s"},
                 {"duration'PT1H' gt duration'PT59M'", "true"},
                 {"duration'P1D' eq duration'PT24H'", "true"},
                 {"duration'-PT1H' lt duration'PT0S'", "true"},
                 {"2015-02-05 add duration'P1D' eq 2015-02-06", "true"},
                 {"2015-02-06 sub 2015-02-05", "86400s"},
                 {"maxdatetime() add duration'PT1H'", "null"},
                 {"mindatetime() sub duration'PT1H'", "null"}, {"resultTime add 1", "null"},
                 {"duration'PT1H' mul 1e300", "null"}, {"resultTime mul 2", "null"},
                 {"'2015-12-08T01:00:00Z' add duration'PT1H'", "2015-12-08T02:00:00Z"},
                 {"9999-12-31 add duration'P1D'", "null"});
}

/* ---- links ---- */

static void a_path_through_many_is_true_for_any_of_them(void **state)
{
    (void)state;
    ASSERT_WORTH({"Thing/name eq 'Kitchen'", "true"}, {"Thing/Locations/name eq 'There'", "true"},
                 {"Thing/Locations/name eq 'Nowhere'", "false"}, {"Streams/name", "['t' 'u' 'v']"},
                 {"Streams/Sensor/name eq 'S2'", "true"},
                 {"startswith(Thing/Locations/name, 'Th')", "true"},
                 {"length(Thing/Locations/name)", "[4 5]"},
                 {"length(Thing/Locations/name) gt 4", "true"}, {"Streams/n add 1", "[2 5 null]"},
                 {"Streams/n add 1 eq 5", "true"}, {"Streams/n gt 4", "false"},
                 {"Streams/id eq Streams/n", "true"},
                 {"Streams/name eq Thing/Locations/name", "false"},
                 {"Streams/id add Streams/id eq 5", "true"}, {"-Streams/id", "[-1 -2 -3]"},
                 {"'u' eq Streams/name", "true"},
                 {"concat(Streams/name, 'x')", "['tx' 'ux' 'vx']"});
}

static void any_and_all_ask_each(void **state)
{
    (void)state;
    ASSERT_WORTH(
        {"Streams/any()", "true"}, {"None/any()", "false"},
        {"Streams/any(s:s/name eq 'u')", "true"}, {"Streams/any(s:s/name eq 'x')", "false"},
        {"Streams/any(s: s/name eq 't' and s/Sensor/name eq 'S2')", "false"},
        {"Streams/any(s: s/name eq 'u' and s/Sensor/name eq 'S2')", "true"},
        {"Streams/all(s:s/id gt 0)", "true"}, {"Streams/all(s:s/id gt 1)", "false"},
        {"Streams/all(s:s/n gt 0)", "false"}, {"None/all(s:s/id gt 1)", "true"},
        {"not Streams/any(s:s/id gt 3)", "true"}, {"Streams/any(s:s/id eq count sub 7)", "true"},
        {"Streams/any(s:s/id eq $it/count sub 7)", "true"},
        {"Thing/Locations/any(l:Streams/any(s:s/id eq l/id and l/name eq 'There'))", "true"},
        {"Streams/any(s:s/Sensor/any(x:x/name eq 'S1' and s/name eq 't'))", "true"},
        {"Streams/any(s:Thing/Locations/any(s:s/name eq 'There'))", "true"});
}

static void members_of_json_are_reached(void **state)
{
    (void)state;
    ASSERT_WORTH({"properties/int eq 5", "true"}, {"properties/list/0", "1"},
                 {"properties/list[1]", "'two'"}, {"properties/list/2/b", "'x'"},
                 {"properties/list[3][0] eq 4", "true"}, {"properties/list[9] eq null", "true"},
                 {"properties/none/b", "null"}, {"properties/same", "{\"k\": 1}"});
}

/* ---- filters ---- */

static void a_filter_holds_only_when_it_is_true(void **state)
{
    struct world w;
    (void)state;
    world_begin(&w);
    assert_int_equal(world_holds(&w, "name eq 'Oven'", oven, NULL), 1);
    assert_int_equal(world_holds(&w, "name eq 'x'", oven, NULL), 0);
    assert_int_equal(world_holds(&w, "nothing gt 1", oven, NULL), 0);
    assert_int_equal(world_holds(&w, "not nothing gt 1", oven, NULL), 0);
    assert_int_equal(world_holds(&w, "name", oven, NULL), 0);
    assert_int_equal(world_holds(&w, "5", oven, NULL), 0);
    assert_int_equal(xh__odata_holds(&w.env, NULL, oven, NULL), 1);
    world_end(&w);
}

static void what_the_caller_does_not_know_is_an_error(void **state)
{
    struct world w;
    struct xh_err err = {0};
    (void)state;
    world_begin(&w);
    assert_int_equal(world_holds(&w, "name eq 'a' or trim(nonsense) eq 'a'", oven, &err),
                     XH_E_INVALID);
    assert_non_null(strstr(err.text, "nonsense"));
    assert_int_equal(world_holds(&w, "during(validTime, resultTime)", oven, &err), XH_E_INVALID);
    assert_non_null(strstr(err.text, "resultTime"));
    assert_int_equal(world_holds(&w, "Streams/any(s:nonsense gt 1)", oven, &err), XH_E_INVALID);
    world_end(&w);
}

static void a_query_that_costs_too_much_is_stopped(void **state)
{
    struct world w;
    struct xh_err err = {0};
    (void)state;
    world_begin(&w);
    struct xh__odata_expr *cheap = world_filter(&w, "id eq 1 or id eq 7");
    struct xh__odata_expr *dear = world_filter(&w, "Streams/any(s:Streams/any(t:Streams/any(u:"
                                                   "u/id eq 9 or t/id eq 9 or s/id eq 9)))");
    w.env.budget = 10;
    assert_int_equal(xh__odata_holds(&w.env, cheap, oven, &err), 1);
    assert_true(w.env.budget < 10);
    w.env.budget = 100;
    assert_int_equal(xh__odata_holds(&w.env, dear, oven, &err), XH_E_TOO_LARGE);
    assert_non_null(strstr(err.text, "too expensive"));
    assert_int_equal(w.env.budget, 0);
    assert_int_equal(xh__odata_holds(&w.env, cheap, oven, &err), XH_E_TOO_LARGE);
    world_end(&w);
}

/* ---- values ---- */

static void assert_order(struct world *w, const char *less, const char *more)
{
    struct xh__odata_value a = world_value(w, less, oven);
    struct xh__odata_value b = world_value(w, more, oven);
    if (xh__odata_compare(&a, &b) != -1 || xh__odata_compare(&b, &a) != 1 ||
        xh__odata_compare(&a, &a) != 0) {
        fail_msg("%s does not come before %s", less, more);
    }
}

static void values_have_an_order(void **state)
{
    static const char *const ascending[] = {
        "null", "false", "true", "-1.5", "-1", "9007199254740992.0", "big", "huge", "''", "'a'",
        "'ab'", "'b'", "2015-01-01T00:00:00Z", "2015-01-01T00:00:00Z/2015-01-01T00:00:01Z",
        "2015-01-01T00:00:00Z/2015-01-02T00:00:00Z", "2015-01-01T00:00:01Z", "duration'PT1H'",
        "duration'PT2H'", "2015-01-01", "2015-01-02", "10:00:00", "10:00:01",
        "geography'POINT(1 1)'", "properties/list"};
    struct world w;
    (void)state;
    world_begin(&w);
    for (size_t i = 0; i + 1 < sizeof(ascending) / sizeof(ascending[0]); i++) {
        assert_order(&w, ascending[i], ascending[i + 1]);
    }
    assert_order(&w, "None/id", "Streams/id");
    assert_order(&w, "null", "Streams/id");
    assert_order(&w, "1", "Streams/id");
    assert_order(&w, "Streams/id", "2");
    world_end(&w);
}

static void json_becomes_values(void **state)
{
    struct world w;
    struct xh__odata_value v;
    (void)state;
    world_begin(&w);
    assert_int_equal(xh__odata_from_json(w.arena, XH_STR(" 5 "), &v, NULL), 0);
    assert_int_equal(v.type, XH__ODATA_INT);
    assert_int_equal(xh__odata_from_json(w.arena, XH_STR("5.0"), &v, NULL), 0);
    assert_int_equal(v.type, XH__ODATA_REAL);
    assert_int_equal(xh__odata_from_json(w.arena, XH_STR("99999999999999999999"), &v, NULL), 0);
    assert_int_equal(v.type, XH__ODATA_REAL);
    assert_int_equal(xh__odata_from_json(w.arena, XH_STR("\"a\\u0041\""), &v, NULL), 0);
    assert_true(xh_str_is(v.text, "aA"));
    assert_int_equal(xh__odata_from_json(w.arena, XH_STR(" [1, {\"a\": []}] "), &v, NULL), 0);
    assert_int_equal(v.type, XH__ODATA_JSON);
    assert_true(xh_str_is(v.text, "[1, {\"a\": []}]"));
    static const char *const wrong[] = {"", " ", "[", "[1,", "{\"a\"}", "1 2", "nul", "\"a",
                                        "1e999", "}", "[] []"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct xh_err err = {0};
        if (xh__odata_from_json(w.arena, xh_str_from(wrong[i]), &v, &err) >= 0 ||
            err.text[0] == '\0') {
            fail_msg("%s is taken as JSON", wrong[i]);
        }
    }
    world_end(&w);
}

static void times_are_read_and_printed(void **state)
{
    static const struct worth right[] = {
        {"2015-02-05T00:00:00Z", "2015-02-05T00:00:00Z"},
        {"2015-02-05T07:00:00.5+07:00", "2015-02-05T00:00:00.5Z"},
        {"2015-02-05T00:00:00Z/2015-02-06T00:00:00+07:00",
         "2015-02-05T00:00:00Z/2015-02-05T17:00:00Z"},
        {"2015-02-05T00:00:00Z/2015-02-05T00:00:00Z", "2015-02-05T00:00:00Z/2015-02-05T00:00:00Z"},
        {"2015-02-05T00:00:00Z/P1M", "2015-02-05T00:00:00Z/2015-03-05T00:00:00Z"},
    };
    static const char *const wrong[] = {"", "2015-02-05", "2015-02-05T00:00:00", "/",
                                        "2015-02-05T00:00:00Z/", "soon",
                                        "2015-02-05T00:00:00Z/2015-02-04T00:00:00Z"};
    struct xh_buf out = {0};
    struct xh__odata_value v;
    (void)state;
    for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
        assert_int_equal(xh__odata_time_parse(xh_str_from(right[i].expr), &v, NULL), 0);
        xh_buf_clear(&out);
        xh__odata_time_print(&out, &v);
        assert_string_equal(xh_buf_text(&out), right[i].value);
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(xh__odata_time_parse(xh_str_from(wrong[i]), &v, NULL), XH_E_INVALID);
    }
    xh_buf_finish(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_compare_by_value),
        cmocka_unit_test(texts_and_truths_compare_with_their_like),
        cmocka_unit_test(a_number_and_a_text_do_not_compare),
        cmocka_unit_test(a_result_compares_with_a_text_as_text),
        cmocka_unit_test(ids_and_members_compare_with_a_number_in_quotes),
        cmocka_unit_test(null_matches_no_comparison),
        cmocka_unit_test(logic_has_three_values),
        cmocka_unit_test(arithmetic_keeps_integers_and_mixes_with_reals),
        cmocka_unit_test(a_value_is_in_a_list_or_in_a_property),
        cmocka_unit_test(functions_of_texts_count_characters),
        cmocka_unit_test(functions_of_numbers_round),
        cmocka_unit_test(functions_of_times_take_them_apart),
        cmocka_unit_test(times_compare_in_every_form),
        cmocka_unit_test(times_move_by_durations),
        cmocka_unit_test(a_path_through_many_is_true_for_any_of_them),
        cmocka_unit_test(any_and_all_ask_each),
        cmocka_unit_test(members_of_json_are_reached),
        cmocka_unit_test(a_filter_holds_only_when_it_is_true),
        cmocka_unit_test(what_the_caller_does_not_know_is_an_error),
        cmocka_unit_test(a_query_that_costs_too_much_is_stopped),
        cmocka_unit_test(values_have_an_order),
        cmocka_unit_test(json_becomes_values),
        cmocka_unit_test(times_are_read_and_printed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
