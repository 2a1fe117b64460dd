/* Docs, values and their checks. */
#include "kernel/shape.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "test_arena.h"

#define FIELD(name, type, flags)                                                                   \
    {name, type, flags, "nhãn", "label", NULL, 0, 0, 0, NULL, NULL, NULL, NULL}

static const struct xh_choice colours[] = {
    {"red", "đỏ", "red"}, {"green", "xanh", "green"}, {NULL, NULL, NULL}};

static const struct xh_field fields[] = {
    FIELD("truth", XH_T_BOOL, 0),
    {"whole", XH_T_INT, 0, "nhãn", "label", "pcs", -5, 5, 0, NULL, NULL, NULL, NULL},
    {"real", XH_T_REAL, 0, "nhãn", "label", "kWh", 0, 1e7, 0, NULL, NULL, NULL, NULL},
    {"dec", XH_T_DEC, 0, "nhãn", "label", "VND/kWh", 0, 9999, 0, NULL, NULL, NULL, NULL},
    {"money", XH_T_MONEY, 0, "nhãn", "label", "VND", 0, 0, 0, NULL, NULL, NULL, NULL},
    {"text", XH_T_TEXT, XH_F_REQUIRED, "nhãn", "label", NULL, 0, 0, 8, NULL, NULL, NULL, NULL},
    FIELD("note", XH_T_TEXT, XH_F_LONG),
    {"colour", XH_T_CHOICE, 0, "nhãn", "label", NULL, 0, 0, 0, colours, NULL, NULL, NULL},
    FIELD("day", XH_T_DAY, 0),
    FIELD("time", XH_T_TIME, 0),
    {"place", XH_T_REF, 0, "nhãn", "label", NULL, 0, 0, 0, NULL, "core.place", NULL, NULL},
    FIELD("set_by_engine", XH_T_TEXT, XH_F_READ_ONLY | XH_F_REQUIRED),
    FIELD("plain", XH_T_TEXT, 0),
};
static const struct xh_field line_fields[] = {
    {"item", XH_T_TEXT, XH_F_REQUIRED, "nhãn", "label", NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
    FIELD("amount", XH_T_DEC, 0),
};
static const struct xh_part parts[] = {
    {"lines", "các dòng", "lines", line_fields, XH_COUNT(line_fields), 3},
    {"more", "thêm", "more", line_fields, XH_COUNT(line_fields), 0},
};
static const struct xh_shape shape = XH_SHAPE_PARTS(fields, parts);

static const struct xh_field *field_of(const char *name)
{
    const struct xh_field *field = xh_field_find(fields, XH_COUNT(fields), xh_str_from(name));
    assert_non_null(field);
    return field;
}

static struct xh_doc *right_doc(void)
{
    struct xh_doc *doc = xh_doc_create(arena, &shape);
    xh_doc_set_string(doc, "text", "right");
    return doc;
}

static void a_new_doc_is_all_null_and_reads_as_nothing(void **state)
{
    (void)state;
    struct xh_doc *doc = xh_doc_create(arena, &shape);
    for (size_t i = 0; i < XH_COUNT(fields); i++) {
        assert_true(xh_doc_is_null(doc, fields[i].name));
    }
    assert_int_equal(xh_doc_int(doc, "whole"), 0);
    assert_int_equal(xh_doc_int(doc, "truth"), 0);
    assert_true(xh_doc_real(doc, "real") == 0);
    assert_true(xh_dec_is_zero(xh_doc_dec(doc, "dec")));
    assert_int_equal(xh_doc_text(doc, "text").len, 0);
    assert_int_equal(xh_doc_count(doc, "lines"), 0);
}

static void what_is_set_is_got_back(void **state)
{
    (void)state;
    struct xh_doc *doc = xh_doc_create(arena, &shape);
    char text[] = "borrowed";
    xh_doc_set_int(doc, "truth", 3);
    xh_doc_set_int(doc, "money", -12);
    xh_doc_set_int(doc, "day", 20254);
    xh_doc_set_real(doc, "real", 1.5);
    xh_doc_set_int(doc, "dec", 7);
    xh_doc_set_text(doc, "text", (struct xh_str){text, 8});
    memset(text, 'x', sizeof text);
    assert_int_equal(xh_doc_int(doc, "truth"), 1);
    assert_int_equal(xh_doc_int(doc, "money"), -12);
    assert_int_equal(xh_doc_int(doc, "day"), 20254);
    assert_true(xh_doc_real(doc, "real") == 1.5);
    assert_true(xh_doc_real(doc, "dec") == 7);
    assert_true(xh_str_is(xh_doc_text(doc, "text"), "borrowed"));
    xh_doc_set_string(doc, "text", NULL);
    assert_true(xh_doc_is_null(doc, "text"));
}

static void rows_of_a_part_keep_their_order(void **state)
{
    (void)state;
    struct xh_doc *doc = xh_doc_create(arena, &shape);
    for (int i = 0; i < 100; i++) {
        size_t row = xh_doc_add(doc, "more");
        assert_int_equal(row, i);
        xh_value_set_int(xh_doc_put(doc, "more", row, "amount"), i);
    }
    assert_int_equal(xh_doc_count(doc, "more"), 100);
    assert_int_equal(xh_doc_count(doc, "lines"), 0);
    for (size_t i = 0; i < 100; i++) {
        assert_true(xh_value_real(xh_doc_at(doc, "more", i, "amount")) == (double)i);
        assert_true(xh_doc_at(doc, "more", i, "item")->is_null);
    }
}

static void a_copy_outlives_its_original(void **state)
{
    (void)state;
    struct xh_arena *brief = xh_arena_create("brief");
    struct xh_doc *doc = xh_doc_create(brief, &shape);
    xh_doc_set_string(doc, "text", "kept");
    doc->given_mask[0] = 5;
    size_t row = xh_doc_add(doc, "lines");
    xh_value_set_text(xh_doc_put(doc, "lines", row, "item"), xh_arena_str(brief, XH_STR("too")));
    struct xh_doc *copy = xh_doc_copy(arena, doc);
    xh_arena_destroy(brief);
    assert_true(xh_str_is(xh_doc_text(copy, "text"), "kept"));
    assert_true(xh_str_is(xh_value_text(xh_doc_at(copy, "lines", 0, "item")), "too"));
    assert_int_equal(copy->given_mask[0], 5);
    assert_true(xh_doc_is_null(copy, "whole"));
}

static void values_are_equal_by_what_they_say(void **state)
{
    (void)state;
    struct xh_value a = {.type = XH_T_DEC}, b = {.type = XH_T_DEC};
    assert_int_equal(xh_dec_parse(XH_STR("2.5"), &a.dec, NULL), XH_E_OK);
    assert_int_equal(xh_dec_parse(XH_STR("2.50"), &b.dec, NULL), XH_E_OK);
    assert_true(xh_value_equal(&a, &b));
    b.is_null = true;
    assert_false(xh_value_equal(&a, &b));
    a.is_null = true;
    assert_true(xh_value_equal(&a, &b));
    b.type = XH_T_INT;
    assert_false(xh_value_equal(&a, &b));
    struct xh_value x = {.type = XH_T_TEXT, .text = XH_STR("a")};
    struct xh_value y = {.type = XH_T_TEXT, .text = XH_STR("b")};
    assert_false(xh_value_equal(&x, &y));
    y.text = XH_STR("a");
    assert_true(xh_value_equal(&x, &y));
}

/* ---- text ---- */

/* Every type's texts, and what is printed of them; NULL: refused. */
static void texts_are_parsed_and_printed_by_type(void **state)
{
    (void)state;
    static const struct {
        const char *field, *text, *printed;
    } cases[] = {
        {"truth", "true", "true"},
        {"truth", " 1 ", "true"},
        {"truth", "Có", "true"},
        {"truth", "X", "true"},
        {"truth", "KHÔNG", NULL},
        {"truth", "không", "false"},
        {"truth", "0", "false"},
        {"truth", "maybe", NULL},
        {"whole", " 42 ", "42"},
        {"whole", "-1", "-1"},
        {"whole", "1.5", NULL},
        {"whole", "1e3", NULL},
        {"whole", "9223372036854775808", NULL},
        {"money", "120000", "120000"},
        {"real", "1.50", "1.5"},
        {"real", "1e3", "1000"},
        {"real", "nan", NULL},
        {"real", "1,5", NULL},
        {"dec", "1.50", "1.50"},
        {"dec", "1e3", NULL},
        {"dec", "1.2345678901234567890", NULL},
        {"dec", "x", NULL},
        {"text", " as it is ", " as it is "},
        {"colour", " red ", "red"},
        {"day", "2025-06-15", "2025-06-15"},
        {"day", "2025-02-29", NULL},
        {"day", "15/06/2025", NULL},
        {"place", "7", "7"},
        {"place", "home-7", NULL},
        {"time", "2025-06-15T08:00:00+07:00", "2025-06-15T01:00:00Z"},
        {"time", "2025-06-15T08:00:00", NULL},
        {"time", "noon", NULL},
    };
    for (size_t i = 0; i < XH_COUNT(cases); i++) {
        struct xh_value v = {.type = XH_T_BOOL};
        struct xh_err err = {0};
        struct xh_buf out = {0};
        int code = xh_value_parse(field_of(cases[i].field), xh_str_from(cases[i].text), arena, &v,
                                  &err);
        if (cases[i].printed == NULL) {
            if (code != XH_E_INVALID || strcmp(err.field, cases[i].field) != 0) {
                fail_msg("%s \"%s\": %d", cases[i].field, cases[i].text, code);
            }
            continue;
        }
        assert_int_equal(code, XH_E_OK);
        assert_int_equal(v.type, field_of(cases[i].field)->type);
        xh_value_print(&v, &out);
        assert_string_equal(xh_buf_text(&out), cases[i].printed);
        xh_buf_finish(&out);
    }
}

static void an_empty_text_is_null_and_null_prints_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < XH_COUNT(fields); i++) {
        struct xh_value v = {.type = XH_T_BOOL};
        struct xh_buf out = {0};
        assert_int_equal(xh_value_parse(&fields[i], XH_STR(""), arena, &v, NULL), XH_E_OK);
        assert_true(v.is_null);
        xh_value_print(&v, &out);
        assert_int_equal(out.len, 0);
    }
}

static void a_refused_text_leaves_the_value_as_it_was(void **state)
{
    (void)state;
    struct xh_value v = {.type = XH_T_INT, .integer = 9};
    assert_int_equal(xh_value_parse(field_of("whole"), XH_STR("x"), arena, &v, NULL), XH_E_INVALID);
    assert_int_equal(v.integer, 9);
    assert_false(v.is_null);
}

/* ---- the check ---- */

static void a_doc_that_is_right_passes(void **state)
{
    (void)state;
    assert_int_equal(xh_doc_check(right_doc(), NULL), XH_E_OK);
}

static void assert_fault(const struct xh_doc *doc, const char *field, const char *limit,
                         const char *unit)
{
    struct xh_err err = {0};
    assert_int_equal(xh_doc_check(doc, &err), XH_E_INVALID);
    assert_string_equal(err.field, field);
    assert_string_equal(err.limit, limit);
    assert_string_equal(err.unit, unit);
}

static void a_required_text_is_neither_null_nor_empty(void **state)
{
    (void)state;
    struct xh_doc *doc = xh_doc_create(arena, &shape);
    assert_fault(doc, "text", "a value", "");
    xh_doc_set_string(doc, "text", "");
    assert_fault(doc, "text", "a value", "");
}

static void a_number_outside_its_limits_is_told_with_limit_and_unit(void **state)
{
    (void)state;
    struct xh_doc *doc = right_doc();
    xh_doc_set_int(doc, "whole", 5);
    assert_int_equal(xh_doc_check(doc, NULL), XH_E_OK);
    xh_doc_set_int(doc, "whole", 6);
    assert_fault(doc, "whole", "-5 to 5", "pcs");
    xh_doc_set_int(doc, "whole", -5);
    xh_doc_set_real(doc, "real", 10000000.5);
    assert_fault(doc, "real", "0 to 10000000", "kWh");
    xh_doc_set_real(doc, "real", (double)NAN);
    assert_fault(doc, "real", "", "kWh");
    xh_doc_set_real(doc, "real", (double)INFINITY);
    assert_fault(doc, "real", "", "kWh");
    xh_doc_set_real(doc, "real", 0);
    xh_doc_set_int(doc, "dec", 10000);
    assert_fault(doc, "dec", "0 to 9999", "VND/kWh");
}

static void a_text_has_a_length_in_bytes_and_is_utf_8_without_nul(void **state)
{
    (void)state;
    struct xh_doc *doc = right_doc();
    char long_text[10002];
    xh_doc_set_string(doc, "text", "12345678");
    assert_int_equal(xh_doc_check(doc, NULL), XH_E_OK);
    xh_doc_set_string(doc, "text", "điện nước");
    assert_fault(doc, "text", "8", "bytes");
    xh_doc_set_string(doc, "text", "\xc3");
    assert_fault(doc, "text", "UTF-8", "");
    xh_doc_set_text(doc, "text", (struct xh_str){"a\0b", 3});
    assert_fault(doc, "text", "no NUL character", "");
    xh_doc_set_string(doc, "text", "right");
    memset(long_text, 'a', sizeof long_text);
    xh_doc_set_text(doc, "plain", (struct xh_str){long_text, 200});
    xh_doc_set_text(doc, "note", (struct xh_str){long_text, 10000});
    assert_int_equal(xh_doc_check(doc, NULL), XH_E_OK);
    xh_doc_set_text(doc, "plain", (struct xh_str){long_text, 201});
    assert_fault(doc, "plain", "200", "bytes");
    xh_doc_set_null(doc, "plain");
    xh_doc_set_text(doc, "note", (struct xh_str){long_text, 10001});
    assert_fault(doc, "note", "10000", "bytes");
}

static void a_choice_is_one_of_its_values(void **state)
{
    (void)state;
    struct xh_doc *doc = right_doc();
    xh_doc_set_string(doc, "colour", "green");
    assert_int_equal(xh_doc_check(doc, NULL), XH_E_OK);
    xh_doc_set_string(doc, "colour", "Green");
    assert_fault(doc, "colour", "red, green", "");
}

static void days_times_and_ids_lie_in_their_ranges(void **state)
{
    (void)state;
    struct xh_doc *doc = right_doc();
    xh_doc_set_int(doc, "day", xh_day_from_civil(9999, 12, 31));
    xh_doc_set_int(doc, "time", XH_TIME_MAX);
    xh_doc_set_int(doc, "place", 1);
    assert_int_equal(xh_doc_check(doc, NULL), XH_E_OK);
    xh_doc_set_int(doc, "place", 0);
    assert_fault(doc, "place", "the id of a record", "");
    xh_doc_set_int(doc, "time", XH_TIME_OPEN_END);
    assert_fault(doc, "time", "years 0001 to 9999", "");
    xh_doc_set_int(doc, "day", XH_DAY_OPEN_END);
    assert_fault(doc, "day", "0001-01-01 to 9999-12-31", "");
}

static void a_fault_in_a_part_names_its_row(void **state)
{
    (void)state;
    struct xh_doc *doc = right_doc();
    size_t row = xh_doc_add(doc, "lines");
    xh_value_set_text(xh_doc_put(doc, "lines", row, "item"), XH_STR("first"));
    (void)xh_doc_add(doc, "lines");
    assert_fault(doc, "lines[1].item", "a value", "");
}

static void a_part_has_a_limit_of_rows(void **state)
{
    (void)state;
    struct xh_doc *doc = right_doc();
    struct xh_err err = {0};
    for (int i = 0; i < 4; i++) {
        size_t row = xh_doc_add(doc, "lines");
        xh_value_set_text(xh_doc_put(doc, "lines", row, "item"), XH_STR("x"));
    }
    assert_int_equal(xh_doc_check(doc, &err), XH_E_TOO_LARGE);
    assert_string_equal(err.field, "lines");
    assert_string_equal(err.limit, "3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_doc_is_all_null_and_reads_as_nothing),
        cmocka_unit_test(what_is_set_is_got_back),
        cmocka_unit_test(rows_of_a_part_keep_their_order),
        cmocka_unit_test(a_copy_outlives_its_original),
        cmocka_unit_test(values_are_equal_by_what_they_say),
        cmocka_unit_test(texts_are_parsed_and_printed_by_type),
        cmocka_unit_test(an_empty_text_is_null_and_null_prints_nothing),
        cmocka_unit_test(a_refused_text_leaves_the_value_as_it_was),
        cmocka_unit_test(a_doc_that_is_right_passes),
        cmocka_unit_test(a_required_text_is_neither_null_nor_empty),
        cmocka_unit_test(a_number_outside_its_limits_is_told_with_limit_and_unit),
        cmocka_unit_test(a_text_has_a_length_in_bytes_and_is_utf_8_without_nul),
        cmocka_unit_test(a_choice_is_one_of_its_values),
        cmocka_unit_test(days_times_and_ids_lie_in_their_ranges),
        cmocka_unit_test(a_fault_in_a_part_names_its_row),
        cmocka_unit_test(a_part_has_a_limit_of_rows),
    };
    return cmocka_run_group_tests(tests, arena_open, arena_close);
}
