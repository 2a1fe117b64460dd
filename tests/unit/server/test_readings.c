/* Bodies of readings become rows; a wrong row is told by field, a broken body is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "server/readings_internal.h"

enum { NOW_US = 1000000 };

static struct xh__reading_rows rows;
static struct xh_err err;

static int setup(void **state)
{
    (void)state;
    memset(&rows, 0, sizeof rows);
    rows.arena = xh_arena_create("test");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    xh_arena_destroy(rows.arena);
    return 0;
}

static int decode(enum xh__readings_format format, const char *body)
{
    struct xh_arena *arena = rows.arena;
    memset(&rows, 0, sizeof rows);
    memset(&err, 0, sizeof err);
    rows.arena = arena;
    return xh__readings_decode(format, xh_str_from(body), NOW_US, &rows, &err);
}

static void assert_row(size_t at, const char *series, int64_t at_us, double value, int decimals,
                       uint8_t quality)
{
    assert_true(at < rows.count);
    const struct xh__reading_row *row = &rows.items[at];
    assert_null(row->err);
    assert_true(xh_str_is(row->reading.series, series));
    assert_int_equal(row->reading.at_us, at_us);
    assert_true(row->reading.value == value);
    assert_int_equal(row->reading.decimals, decimals);
    assert_int_equal(row->reading.quality, quality);
}

static void assert_fault(size_t at, const char *field)
{
    assert_true(at < rows.count);
    assert_non_null(rows.items[at].err);
    assert_string_equal(rows.items[at].err->field, field);
    assert_true(rows.items[at].err->text[0] != '\0');
}

static void an_object_an_array_and_a_wrapper_are_read(void **state)
{
    (void)state;
    const char *one = "{\"series\":\"a/b\",\"time\":\"1970-01-01T00:00:02Z\",\"value\":2.50,"
                      "\"quality\":[\"manual\",\"late\"]}";
    assert_int_equal(decode(XH__READINGS_JSON, one), XH_E_OK);
    assert_row(0, "a/b", 2000000, 2.5, 2, XH_QUALITY_MANUAL | XH_QUALITY_LATE);
    assert_int_equal(decode(XH__READINGS_JSON, "[{\"series\":\"x\",\"value\":1},"
                                               "{\"value\":-0.0,\"series\":7}]"), XH_E_OK);
    assert_int_equal(rows.count, 2);
    assert_row(0, "x", NOW_US, 1, 0, 0);
    assert_row(1, "7", NOW_US, 0, 1, 0);
    assert_int_equal(decode(XH__READINGS_JSON, " {\"readings\":[{\"series\":\"x\",\"value\":1,"
                                               "\"time\":null}]} "), XH_E_OK);
    assert_row(0, "x", NOW_US, 1, 0, 0);
}

static void escaped_names_are_understood(void **state)
{
    (void)state;
    const char *body = "{\"series\":\"a\\u002fb\",\"value\":1}\n"
                       "{\"series\":\"c\\u002fd\",\"value\":2}";
    assert_int_equal(decode(XH__READINGS_NDJSON, body), XH_E_OK);
    assert_row(0, "a/b", NOW_US, 1, 0, 0);
    assert_row(1, "c/d", NOW_US, 2, 0, 0);
}

static void what_is_wrong_with_a_row_is_named(void **state)
{
    static const struct {
        const char *row, *field;
    } wrong[] = {
        {"{\"value\":1}", "series"},
        {"{\"series\":\"x\"}", "value"},
        {"{\"series\":\"x\",\"value\":\"1\"}", "value"},
        {"{\"series\":\"x\",\"value\":null}", "value"},
        {"{\"series\":\"x\",\"value\":{\"a\":[1]}}", "value"},
        {"{\"series\":[],\"value\":1}", "series"},
        {"{\"series\":\"x\",\"value\":1,\"time\":\"2025-06-15\"}", "time"},
        {"{\"series\":\"x\",\"value\":1,\"time\":12}", "time"},
        {"{\"series\":\"x\",\"value\":1,\"quality\":\"fine\"}", "quality"},
        {"{\"series\":\"x\",\"value\":1,\"quality\":[1]}", "quality"},
        {"{\"series\":\"x\",\"value\":1,\"unit\":\"kWh\"}", "unit"},
        {"{\"series\":\"x\",\"value\":1e999}", "value"},
        {"3", "readings"},
        {"[{}]", "readings"},
    };
    (void)state;
    for (size_t i = 0; i < XH_COUNT(wrong); i++) {
        struct xh_str body = xh_arena_format(rows.arena, "[%s,{\"series\":\"y\",\"value\":5}]",
                                             wrong[i].row);
        assert_int_equal(decode(XH__READINGS_JSON, body.ptr), XH_E_OK);
        assert_int_equal(rows.count, 2);
        assert_fault(0, wrong[i].field);
        assert_row(1, "y", NOW_US, 5, 0, 0);
    }
}

static void a_broken_body_is_refused(void **state)
{
    static const struct {
        enum xh__readings_format format;
        const char *body;
    } wrong[] = {
        {XH__READINGS_JSON, ""},
        {XH__READINGS_JSON, "[]"},
        {XH__READINGS_JSON, "{\"readings\":[]}"},
        {XH__READINGS_JSON, "{\"readings\":5}"},
        {XH__READINGS_JSON, "{\"readings\":[{\"series\":\"x\",\"value\":1}],\"more\":1}"},
        {XH__READINGS_JSON, "[{\"series\":\"x\",\"value\":1}"},
        {XH__READINGS_JSON, "{\"series\":\"x\",\"value\":1}}"},
        {XH__READINGS_JSON, "true"},
        {XH__READINGS_NDJSON, "\n \r\n"},
        {XH__READINGS_CSV, ""},
        {XH__READINGS_CSV, "series,time,value\n"},
        {XH__READINGS_CSV, "time,value\n2025-01-01T00:00:00Z,1\n"},
        {XH__READINGS_CSV, "series,value,value\nx,1,2\n"},
        {XH__READINGS_CSV, "series,value,colour\nx,1,red\n"},
        {XH__READINGS_CSV, "series,value\nx,\"1\n"},
    };
    (void)state;
    for (size_t i = 0; i < XH_COUNT(wrong); i++) {
        int code = decode(wrong[i].format, wrong[i].body);
        assert_true(code < 0);
        assert_int_equal(err.code, code);
        assert_true(err.text[0] != '\0');
    }
}

static void a_broken_line_does_not_break_the_others(void **state)
{
    (void)state;
    assert_int_equal(decode(XH__READINGS_NDJSON, "{\"series\":\"x\",\"value\":1}\r\n"
                                                 "{\"series\":\"x\",\n[1]\n5\n"
                                                 "{\"series\":\"x\",\"value\":1} x\n"
                                                 "{\"series\":\"y\",\"value\":2}"), XH_E_OK);
    assert_int_equal(rows.count, 6);
    assert_row(0, "x", NOW_US, 1, 0, 0);
    for (size_t i = 1; i < 5; i++) {
        assert_non_null(rows.items[i].err);
    }
    assert_row(5, "y", NOW_US, 2, 0, 0);
}

static void csv_columns_may_stand_in_any_order(void **state)
{
    (void)state;
    const char *body = "\xef\xbb\xbfValue;Series; time ;quality\r\n"
                       "1.50;a/b;1970-01-01T07:00:01+07:00;estimated manual\n"
                       "x;a;;\n"
                       "7;c;\n"
                       "8;c;;;extra\n";
    assert_int_equal(decode(XH__READINGS_CSV, body), XH_E_OK);
    assert_int_equal(rows.count, 4);
    assert_row(0, "a/b", 1000000, 1.5, 2, XH_QUALITY_ESTIMATED | XH_QUALITY_MANUAL);
    assert_fault(1, "value");
    assert_row(2, "c", NOW_US, 7, 0, 0);
    assert_non_null(rows.items[3].err);
}

/* Which of the rows the quick reader takes itself: 1, or leaves: 2. */
static void assert_kinds(enum xh__readings_format format, const char *body, const char *kinds)
{
    struct xh__quick quick;
    struct xh__quick_reading reading;
    assert_int_equal(xh__quick_begin(&quick, format, xh_str_from(body), NOW_US, &err), 1);
    for (; *kinds != '\0'; kinds++) {
        assert_int_equal(xh__quick_next(&quick, &reading), *kinds - '0');
    }
    assert_int_equal(xh__quick_next(&quick, &reading), 0);
}

static void the_usual_row_is_read_in_one_pass_and_says_the_same(void **state)
{
    static const char table[] = "time;series;value;quality\r\n1970-01-01T00:00:02Z;a/b;2.50;late\n"
                                "\n; c ;-1e3;\n1970-01-01T00:00:02Z;a/b;3\nx;a/b;3;\n;a/b;y;\n"
                                ";a/b;1;;\n;a/b;1;lovely";
    struct xh__quick quick;
    struct xh__quick_reading reading;
    (void)state;
    assert_int_equal(xh__quick_begin(&quick, XH__READINGS_CSV, xh_str_from(table), NOW_US, &err),
                     1);
    assert_int_equal(xh__quick_next(&quick, &reading), 1);
    assert_true(xh_str_is(reading.series, "a/b"));
    assert_int_equal(reading.at_us, 2000000);
    assert_true(reading.value == 2.5);
    assert_int_equal(reading.decimals, 2);
    assert_int_equal(reading.quality, XH_QUALITY_LATE);
    assert_int_equal(xh__quick_next(&quick, &reading), 1);
    assert_true(xh_str_is(reading.series, "c"));
    assert_int_equal(reading.at_us, NOW_US);
    assert_true(reading.value == -1000);
    assert_kinds(XH__READINGS_CSV, table, "1112222");
    assert_kinds(XH__READINGS_NDJSON,
                 "{\"series\":\"a\",\"value\":1.5}\r\n"
                 " { \"value\" : -0.0 , \"series\" : \"a\", \"time\":\"1970-01-01T00:00:02Z\" } \n"
                 "{\"series\":\"a\\u0062\",\"value\":1}\n{\"series\":\"a\",\"value\":01}\n"
                 "{\"series\":\"a\",\"value\":1.}\n{\"series\":\"a\",\"value\":1,\"value\":2}\n"
                 "{\"series\":\"a\",\"value\":1} x\n{\"value\":1}\n[]",
                 "112222222");
}

static void a_table_that_is_not_made_of_lines_is_left_whole(void **state)
{
    static const char *const bodies[] = {"series,value\n\"a\",1\n", "series,value\na,1\rb,2\n",
                                         "series,value\na\xff,1\n", ""};
    struct xh__quick quick;
    (void)state;
    for (size_t i = 0; i < XH_COUNT(bodies); i++) {
        assert_int_equal(xh__quick_begin(&quick, XH__READINGS_CSV, xh_str_from(bodies[i]), NOW_US,
                                         &err), 0);
    }
    assert_int_equal(xh__quick_begin(&quick, XH__READINGS_CSV, XH_STR("series,x\na,1"), NOW_US,
                                     &err), XH_E_INVALID);
    assert_string_equal(err.field, "header");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_object_an_array_and_a_wrapper_are_read, setup, teardown),
        cmocka_unit_test_setup_teardown(escaped_names_are_understood, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_wrong_with_a_row_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(a_broken_body_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_broken_line_does_not_break_the_others, setup, teardown),
        cmocka_unit_test_setup_teardown(csv_columns_may_stand_in_any_order, setup, teardown),
        cmocka_unit_test_setup_teardown(the_usual_row_is_read_in_one_pass_and_says_the_same, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_table_that_is_not_made_of_lines_is_left_whole, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
