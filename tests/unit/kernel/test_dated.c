#include "kernel/dated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/dated_csv.h"

#define HEADER                                                                                     \
    "code,table,key,item,variant,value,unit,quantity_from,quantity_to,weekdays,minute_from,"       \
    "minute_to,valid_from,valid_to,document,source,verified,is_disputed,note\n"

static const char rows_csv[] = HEADER
    "c1,price,water,tier 1,,100,VND/m3,0,10,,,,2024-01-01,2025-01-01,D1,somebody,yes,,\n"
    "c2,price,water,tier 1,,110,VND/m3,0,10,,,,2025-01-01,,D2,somebody,yes,,\n"
    "c3,price,water,tier 2,,200,VND/m3,10,,,,,2024-01-01,,D1,somebody,partial,false,\n"
    "c4,price,water,tier 1,,999,VND/m3,0,10,,,,2025-06-01,,D3,somebody,partial,true,\n"
    "c5,price,water,tier 1,new,777,VND/m3,0,10,,,,2025-06-01,,D3,somebody,partial,true,a note\n"
    "c6,hours,clock,peak,,,min,,,\"Mon-Wed,Sat\",570,690,2024-01-01,,D,somebody,yes,,\n"
    "c7,factor,grid,2021,,0.7,t/MWh,,,,,,2021-01-01,2022-01-01,D,somebody,yes,,\n"
    "c8,factor,grid,2022,,0.6,t/MWh,,,,,,2022-01-01,2023-01-01,D,somebody,yes,,\n";

static struct xh_arena *arena;
static struct xh_dated_set set;

static int read_text(const char *csv, struct xh_err *err)
{
    struct xh_dated *rows = NULL;
    size_t count = 0;
    int code = xh_dated_csv_read(xh_str_from(csv), arena, &rows, &count, err);
    if (code == 0) {
        xh_dated_sort(rows, count);
        set = (struct xh_dated_set){rows, count};
    }
    return code;
}

static int setup(void **state)
{
    struct xh_err err = {0};
    (void)state;
    arena = xh_arena_create("test");
    if (read_text(rows_csv, &err) < 0) {
        fail_msg("%s", err.text);
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    xh_arena_destroy(arena);
    return 0;
}

static int32_t day(const char *text)
{
    int32_t value = 0;
    assert_int_equal(xh_day_parse(xh_str_from(text), &value, NULL), 0);
    return value;
}

static const char *code_on(const char *item, const char *variant, const char *on)
{
    const struct xh_dated *row = xh_dated_on(&set, "price", XH_STR("water"), xh_str_from(item),
                                             xh_str_from(variant), day(on));
    return row ? xh_arena_text(arena, row->code) : "none";
}

static void a_row_is_in_force_from_its_first_day_to_the_day_before_its_end(void **state)
{
    (void)state;
    assert_string_equal(code_on("tier 1", "", "2023-12-31"), "none");
    assert_string_equal(code_on("tier 1", "", "2024-01-01"), "c1");
    assert_string_equal(code_on("tier 1", "", "2024-12-31"), "c1");
    assert_string_equal(code_on("tier 1", "", "2025-01-01"), "c2");
    assert_string_equal(code_on("tier 3", "", "2025-01-01"), "none");
}

static void an_undisputed_row_wins_and_the_disputed_is_had_by_its_variant(void **state)
{
    (void)state;
    assert_string_equal(code_on("tier 1", "", "2025-07-01"), "c2");
    assert_string_equal(code_on("tier 1", "new", "2025-07-01"), "c5");
    assert_string_equal(code_on("tier 1", "new", "2025-05-31"), "none");
}

static void all_rows_of_a_day_come_in_order_of_item_without_the_disputed(void **state)
{
    const struct xh_dated *rows[8];
    size_t count = xh_dated_all_on(&set, "price", XH_STR("water"), XH_STR(""), day("2025-07-01"),
                                   rows, 8);
    (void)state;
    assert_int_equal(count, 2);
    assert_true(xh_str_is(rows[0]->code, "c2"));
    assert_true(xh_str_is(rows[1]->code, "c3"));
    assert_int_equal(xh_dated_all_on(&set, "price", XH_STR("water"), XH_STR(""), day("2025-07-01"),
                                     rows, 1),
                     1);
    assert_int_equal(xh_dated_all_on(&set, "price", XH_STR("wine"), XH_STR(""), day("2025-07-01"),
                                     rows, 8),
                     0);
}

static void changes_are_the_days_inside_a_period_on_which_rows_begin_or_end(void **state)
{
    int32_t days[4] = {0};
    (void)state;
    assert_int_equal(xh_dated_changes(&set, "price", XH_STR("water"), XH_STR(""), day("2024-12-01"),
                                      day("2025-12-01"), days, 4),
                     2);
    assert_int_equal(days[0], day("2025-01-01"));
    assert_int_equal(days[1], day("2025-06-01"));
    assert_int_equal(xh_dated_changes(&set, "price", XH_STR("water"), XH_STR(""), day("2025-01-01"),
                                      day("2025-06-01"), days, 4),
                     0);
    assert_int_equal(xh_dated_changes(&set, "price", XH_STR("water"), XH_STR(""), day("2024-12-01"),
                                      day("2025-12-01"), days, 1),
                     1);
    assert_int_equal(days[0], day("2025-01-01"));
}

static void the_latest_factor_serves_the_years_that_have_none(void **state)
{
    bool is_earlier = true;
    const struct xh_dated *row = xh_dated_latest(&set, "factor", XH_STR("grid"), XH_STR(""),
                                                 day("2021-06-01"), &is_earlier);
    (void)state;
    assert_true(xh_str_is(row->code, "c7"));
    assert_false(is_earlier);
    row = xh_dated_latest(&set, "factor", XH_STR("grid"), XH_STR(""), day("2026-06-01"),
                          &is_earlier);
    assert_true(xh_str_is(row->code, "c8"));
    assert_true(is_earlier);
    assert_null(xh_dated_latest(&set, "factor", XH_STR("grid"), XH_STR(""), day("2020-12-31"),
                                &is_earlier));
}

static void every_column_of_the_file_arrives_in_its_row(void **state)
{
    const struct xh_dated *row = xh_dated_on(&set, "price", XH_STR("water"), XH_STR("tier 1"),
                                             XH_STR("new"), day("2025-07-01"));
    const struct xh_dated *hours = xh_dated_on(&set, "hours", XH_STR("clock"), XH_STR("peak"),
                                               XH_STR(""), day("2025-07-01"));
    (void)state;
    assert_int_equal(xh_dec_compare(row->value, xh_dec_int(777)), 0);
    assert_true(xh_str_is(row->unit, "VND/m3"));
    assert_true(row->has_quantity_to);
    assert_int_equal(xh_dec_compare(row->quantity_to, xh_dec_int(10)), 0);
    assert_int_equal(row->valid_to, XH_DAY_OPEN_END);
    assert_true(xh_str_is(row->document, "D3"));
    assert_true(xh_str_is(row->source, "somebody"));
    assert_int_equal(row->verified, XH_VERIFIED_PARTIAL);
    assert_true(row->is_disputed);
    assert_true(xh_str_is(row->note, "a note"));
    assert_int_equal(hours->weekdays, 0x27);
    assert_int_equal(hours->minute_from, 570);
    assert_int_equal(hours->minute_to, 690);
}

static void a_file_without_rows_is_a_set_without_rows(void **state)
{
    struct xh_err err = {0};
    (void)state;
    assert_int_equal(read_text(HEADER, &err), 0);
    assert_int_equal(set.count, 0);
}

static void what_is_wrong_is_named_by_line_and_column(void **state)
{
    static const struct {
        const char *csv, *says;
    } wrong[] = {
        {"", "no header"},
        {"code,table\n", "column 3 must be 'key'"},
        {HEADER "a,price,k,i\n", "line 2: 4 fields"},
        {HEADER ",price,k,i,,1,u,,,,,,2024-01-01,,,s,yes,,\n", "line 2: code is ''"},
        {HEADER "a,cost,k,i,,1,u,,,,,,2024-01-01,,,s,yes,,\n", "line 2: table is 'cost'"},
        {HEADER "a,price,k,i,,x,u,,,,,,2024-01-01,,,s,yes,,\n", "line 2: value is 'x'"},
        {HEADER "a,price,k,i,,1,,,,,,,2024-01-01,,,s,yes,,\n", "line 2: unit is ''"},
        {HEADER "a,price,k,i,,1,u,-1,,,,,2024-01-01,,,s,yes,,\n", "quantity_from is '-1'"},
        {HEADER "a,price,k,i,,1,u,5,5,,,,2024-01-01,,,s,yes,,\n", "quantity_to is '5'"},
        {HEADER "a,price,k,i,,1,u,,,,,,2024-02-30,,,s,yes,,\n", "valid_from is '2024-02-30'"},
        {HEADER "a,price,k,i,,1,u,,,,,,2024-01-01,2024-01-01,,s,yes,,\n", "valid_to is"},
        {HEADER "a,price,k,i,,1,u,,,,,,2024-01-01,,,,yes,,\n", "source is ''"},
        {HEADER "a,price,k,i,,1,u,,,,,,2024-01-01,,,s,maybe,,\n", "verified is 'maybe'"},
        {HEADER "a,price,k,i,,1,u,,,,,,2024-01-01,,,s,yes,1,\n", "is_disputed is '1'"},
        {HEADER "a,hours,k,i,,,min,,,Sat-Mon,0,60,2024-01-01,,,s,yes,,\n", "weekdays is 'Sat-Mon'"},
        {HEADER "a,hours,k,i,,,min,,,Mon,60,60,2024-01-01,,,s,yes,,\n", "minute_to is '60'"},
        {HEADER "a,hours,k,i,,,min,,,Mon,0,1441,2024-01-01,,,s,yes,,\n", "minute_to is '1441'"},
        {HEADER "a,price,k,i,,1,u,,,,,,2024-01-01,,,s,yes,,\n"
                "a,price,k,j,,1,u,,,,,,2024-01-01,,,s,yes,,\n",
         "code 'a' occurs twice"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct xh_err err = {0};
        assert_int_equal(read_text(wrong[i].csv, &err), XH_E_INVALID);
        if (!strstr(err.text, wrong[i].says)) {
            fail_msg("expected '%s' in '%s'", wrong[i].says, err.text);
        }
    }
}

static void weekdays_read_and_print_the_same(void **state)
{
    static const char *const texts[] = {"", "Mon", "Mon-Sun", "Mon-Sat", "Sun", "Mon-Wed,Fri",
                                        "Mon,Wed,Fri,Sun"};
    char text[XH_WEEKDAYS_TEXT_BYTES];
    uint8_t weekdays = 0;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(xh_weekdays_parse(xh_str_from(texts[i]), &weekdays), 0);
        xh_weekdays_print(weekdays, text);
        assert_string_equal(text, texts[i]);
    }
    assert_int_equal(xh_weekdays_parse(XH_STR("mon"), &weekdays), XH_E_INVALID);
    assert_int_equal(xh_weekdays_parse(XH_STR("Mon-"), &weekdays), XH_E_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_row_is_in_force_from_its_first_day_to_the_day_before_its_end, setup, teardown),
        cmocka_unit_test_setup_teardown(
            an_undisputed_row_wins_and_the_disputed_is_had_by_its_variant, setup, teardown),
        cmocka_unit_test_setup_teardown(
            all_rows_of_a_day_come_in_order_of_item_without_the_disputed, setup, teardown),
        cmocka_unit_test_setup_teardown(
            changes_are_the_days_inside_a_period_on_which_rows_begin_or_end, setup, teardown),
        cmocka_unit_test_setup_teardown(the_latest_factor_serves_the_years_that_have_none, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(every_column_of_the_file_arrives_in_its_row, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_file_without_rows_is_a_set_without_rows, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_named_by_line_and_column, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(weekdays_read_and_print_the_same, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
