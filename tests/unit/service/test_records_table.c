/* Records as tables: CSV and workbooks, out and in. */
#include "records_fixture.h"

#include <stdio.h>

#include "base/xlsx.h"

static struct xh_str exported(struct fixture *f, const struct xh_who *who, const char *type,
                              enum xh_table_format format)
{
    struct xh_ctx ctx = fixture_ctx(f, who);
    struct xh_err err = {0};
    struct xh_buf out = {0};
    assert_ok(xh_records_export(&ctx, type, NULL, format, &out, &err));
    struct xh_str text = xh_arena_str(f->arena, xh_buf_str(&out));
    xh_buf_finish(&out);
    return text;
}

static int import(struct fixture *f, const struct xh_who *who, struct xh_str content,
                  enum xh_table_format format, bool is_partial, bool is_dry_run,
                  struct xh_import_report *report, struct xh_err *err)
{
    struct xh_ctx ctx = fixture_ctx(f, who);
    *report = (struct xh_import_report){0};
    return xh_records_import(&ctx, "lab.thing", format, content, is_partial, is_dry_run, report,
                             err);
}

/* Two things of the mill's; the second below the first, with parts. */
static void put_two(struct fixture *f)
{
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record one = fixture_put_thing(f, "one", 7);
    struct xh_record two = fixture_thing(&ctx, "=two", 8);
    xh_doc_set_int(two.doc, "holder", f->mill);
    xh_doc_set_int(two.doc, "parent", one.id);
    xh_doc_set_dec(two.doc, "price",
                   (struct xh_dec){((__int128)1234567890123456789 * 10) + 5, 3});
    xh_doc_set_real(two.doc, "weight_kg", 0.1 + 0.2);
    xh_doc_set_null(two.doc, "made");
    for (int i = 0; i < 2; i++) {
        size_t at = xh_doc_add(two.doc, "lines");
        xh_value_set_text(xh_doc_put(two.doc, "lines", at, "label"),
                          i == 0 ? XH_STR("a, \"b\"") : XH_STR("điện"));
        xh_value_set_dec(xh_doc_put(two.doc, "lines", at, "amount"), (struct xh_dec){i * 10, 1});
        xh_value_set_int(xh_doc_put(two.doc, "lines", at, "other"), one.id);
    }
    size_t at = xh_doc_add(two.doc, "marks");
    xh_value_set_int(xh_doc_put(two.doc, "marks", at, "at"), xh_day_from_civil(2025, 1, 2));
    assert_ok(xh_record_put(&ctx, &two, &err));
}

static void a_csv_has_a_line_a_record_with_codes_for_references(void **state)
{
    struct fixture *f = *state;
    put_two(f);
    struct xh_str csv = exported(f, &f->operator, "lab.thing", XH_TABLE_CSV);
    assert_string_equal(
        xh_arena_text(f->arena, csv),
        "id,state,code,name,is_on,count,weight_kg,price,cost,kind,made,seen,holder,parent,secret,"
        "stamp,twice,from\r\n"
        "1,draft,one,one,true,7,0.1,2350.00,1500000,pump,2025-06-15,2025-06-15T15:06:40.123456Z,"
        "mill,,under the mat,,14,\"hàng \"\"một\"\"\nhàng hai\"\r\n"
        "2,draft,'=two,'=two,true,8,0.30000000000000004,12345678901234567.895,1500000,pump,,"
        "2025-06-15T15:06:40.123456Z,mill,one,under the mat,,16,"
        "\"hàng \"\"một\"\"\nhàng hai\"\r\n");
}

static void a_table_holds_what_who_may_see(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    put_two(f);
    struct xh_str csv = exported(f, &f->bakery_who, "lab.thing", XH_TABLE_CSV);
    assert_int_equal(xh_str_find(csv, XH_STR("\r\n")), (ptrdiff_t)csv.len - 2);
    struct xh_ctx ctx = fixture_ctx(f, &f->resident);
    struct xh_record record;
    assert_ok(xh_record_new(&ctx, "lab.note", &record, &err));
    xh_doc_set_string(record.doc, "text", "open");
    xh_doc_set_string(record.doc, "hidden", "closed");
    xh_doc_set_int(record.doc, "about", f->mill);
    assert_ok(xh_record_put(&ctx, &record, &err));
    assert_string_equal(xh_arena_text(f->arena, exported(f, &f->public, "lab.note", XH_TABLE_CSV)),
                        "id,text,hidden,about\r\n1,open,,1\r\n");
    assert_string_equal(
        xh_arena_text(f->arena, exported(f, &f->operator, "lab.note", XH_TABLE_CSV)),
        "id,text,hidden,about\r\n1,open,closed,mill\r\n");
}

static void what_went_out_comes_in_as_the_same(enum xh_table_format format, struct fixture *f)
{
    struct xh_err err = {0};
    struct xh_import_report report;
    put_two(f);
    struct xh_str table = exported(f, &f->operator, "lab.thing", format);
    int64_t changes = fixture_int(f, "SELECT count(*) FROM xh_change");
    assert_ok(import(f, &f->operator, table, format, false, false, &report, &err));
    if (report.fault_count > 0) {
        fail_msg("line %d: %s", (int)report.faults[0].line, report.faults[0].err.text);
    }
    assert_int_equal(report.rows, 2);
    assert_int_equal(report.same, 2);
    assert_int_equal(report.changed + report.created + report.refused, 0);
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM xh_change"), changes);

    /* And makes them anew where they are not. */
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record was, is;
    assert_ok(xh_record_find(&ctx, "lab.thing", "code", XH_STR("=two"), &was, &err));
    assert_ok(xh_record_delete(&ctx, "lab.thing", was.id, 1, &err));
    assert_ok(xh_record_delete(&ctx, "lab.thing", 1, 1, &err));
    assert_ok(import(f, &f->operator, table, format, false, false, &report, &err));
    assert_int_equal(report.created, 2);
    assert_ok(xh_record_find(&ctx, "lab.thing", "code", XH_STR("=two"), &is, &err));
    for (size_t i = 0; i < is.doc->shape->field_count; i++) {
        bool is_parent = strcmp(is.doc->shape->fields[i].name, "parent") == 0;
        bool is_weight = strcmp(is.doc->shape->fields[i].name, "weight_kg") == 0;
        if (is_weight && format == XH_TABLE_XLSX) { /* 16 digits in a workbook */
            assert_true(xh_doc_real(is.doc, "weight_kg") == 0.3);
        } else if (!is_parent) {
            assert_true(xh_value_equal(&is.doc->row.values[i], &was.doc->row.values[i]));
        }
    }
    assert_int_equal(xh_doc_int(is.doc, "parent"), is.id - 1);
    assert_int_equal(xh_doc_count(is.doc, "lines"), format == XH_TABLE_XLSX ? 2 : 0);
}

static void a_csv_that_went_out_comes_in_as_the_same(void **state)
{
    what_went_out_comes_in_as_the_same(XH_TABLE_CSV, *state);
}

static void a_workbook_that_went_out_comes_in_with_its_parts(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    what_went_out_comes_in_as_the_same(XH_TABLE_XLSX, f);
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record two;
    assert_ok(xh_record_find(&ctx, "lab.thing", "code", XH_STR("=two"), &two, &err));
    assert_true(xh_str_is(xh_doc_at(two.doc, "lines", 0, "label")->text, "a, \"b\""));
    assert_true(xh_str_is(xh_doc_at(two.doc, "lines", 1, "label")->text, "điện"));
    assert_int_equal(xh_doc_at(two.doc, "lines", 1, "amount")->dec.mantissa, 1);
    assert_int_equal(xh_doc_at(two.doc, "lines", 1, "other")->integer, two.id - 1);
    assert_int_equal(xh_doc_at(two.doc, "marks", 0, "at")->integer, xh_day_from_civil(2025, 1, 2));
}

static void no_file_of_an_export_stays_behind(void **state)
{
    struct fixture *f = *state;
    char command[128];
    put_two(f);
    (void)exported(f, &f->operator, "lab.thing", XH_TABLE_XLSX);
    (void)snprintf(command, sizeof command, "ls '%s' | grep -q export", f->folder);
    assert_int_not_equal(system(command), 0);
}

static void columns_left_out_stay_as_they_are(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_import_report report;
    put_two(f);
    assert_ok(import(f, &f->operator, XH_STR("Mã;Số lượng\none;9\nthree;1\n"), XH_TABLE_CSV, false,
                     false, &report, &err));
    assert_int_equal(report.changed, 1);
    assert_int_equal(report.created, 1);
    assert_int_equal(fixture_int(f, "SELECT count FROM lab_things WHERE code = 'one'"), 9);
    assert_int_equal(fixture_int(f, "SELECT cost FROM lab_things WHERE code = 'one'"), 1500000);
    assert_int_equal(fixture_int(f, "SELECT version FROM lab_things WHERE code = 'one'"), 2);
}

static const char faulty[] = "code,count,kind,parent,weight_kg\n"
                             "good,1,pump,,1\n"
                             "bad-count,2000000,,,\n"
                             "bad-kind,1,broom,,\n"
                             "bad-parent,1,,nobody,\n"
                             "child,2,,good,\n"
                             "bad-number,x,,,\n"
                             ",1,,,\n"
                             "bad-weight,1,,,-1\n";

static void check_faults(const struct xh_import_report *report)
{
    static const struct {
        uint64_t line;
        const char *field, *value;
    } faults[] = {{3, "count", "2000000"}, {4, "kind", "broom"}, {5, "parent", "nobody"},
                  {7, "count", "x"},       {8, "code", ""},      {9, "weight_kg", ""}};
    assert_int_equal(report->rows, 8);
    assert_int_equal(report->refused, XH_COUNT(faults));
    assert_int_equal(report->fault_count, XH_COUNT(faults));
    for (size_t i = 0; i < XH_COUNT(faults); i++) {
        assert_int_equal(report->faults[i].line, faults[i].line);
        assert_string_equal(report->faults[i].err.field, faults[i].field);
        assert_string_equal(report->faults[i].err.value, faults[i].value);
    }
}

static void an_import_with_a_fault_writes_nothing_and_tells_all(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_import_report report;
    int64_t changes = fixture_int(f, "SELECT count(*) FROM xh_change");
    assert_ok(import(f, &f->operator, xh_str_from(faulty), XH_TABLE_CSV, false, false, &report,
                     &err));
    check_faults(&report);
    assert_int_equal(report.created, 0);
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM lab_things"), 0);
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM xh_change"), changes);
}

static void a_partial_import_writes_what_is_right(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_import_report report;
    assert_ok(import(f, &f->operator, xh_str_from(faulty), XH_TABLE_CSV, true, false, &report,
                     &err));
    check_faults(&report);
    assert_int_equal(report.created, 2);
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM lab_things"), 2);
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM lab_things c JOIN lab_things p ON"
                                    " p.id = c.parent WHERE c.code = 'child' AND p.code = 'good'"),
                     1);
}

static void a_dry_run_says_what_would_be(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_import_report report;
    put_two(f);
    int64_t changes = fixture_int(f, "SELECT count(*) FROM xh_change");
    assert_ok(import(f, &f->operator, XH_STR("code,count\none,1\nthree,3\nfour,x\none,1\n"),
                     XH_TABLE_CSV, true, true, &report, &err));
    assert_int_equal(report.changed, 1);
    assert_int_equal(report.created, 1);
    assert_int_equal(report.same, 1);
    assert_int_equal(report.refused, 1);
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM xh_change"), changes);
    assert_int_equal(fixture_int(f, "SELECT count FROM lab_things WHERE code = 'one'"), 7);
}

static void a_large_partial_import_is_taken_in_slices(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_import_report report;
    struct xh_buf csv = {0};
    xh_buf_add_text(&csv, "code,count\n");
    for (int i = 0; i < 450; i++) {
        xh_buf_add_format(&csv, "t%d,%d\n", i, i == 300 ? -1 : i);
    }
    assert_ok(import(f, &f->operator, xh_buf_str(&csv), XH_TABLE_CSV, true, false, &report, &err));
    xh_buf_finish(&csv);
    assert_int_equal(report.rows, 450);
    assert_int_equal(report.created, 449);
    assert_int_equal(report.refused, 1);
    assert_int_equal(report.faults[0].line, 302);
}

static void an_import_obeys_who_may_what(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_import_report report;
    struct xh_str table = XH_STR("code,count,holder\nmine,1,\nyours,1,bakery\n");
    put_two(f);
    assert_int_equal(import(f, &f->auditor, table, XH_TABLE_CSV, true, false, &report, &err),
                     XH_E_FORBIDDEN);
    assert_ok(import(f, &f->mill_who, table, XH_TABLE_CSV, true, false, &report, &err));
    assert_int_equal(report.created, 1);
    assert_int_equal(report.refused, 1);
    assert_int_equal(report.faults[0].err.code, XH_E_FORBIDDEN);
    /* What it may not see it may not change, nor make a second time. */
    assert_ok(import(f, &f->bakery_who, XH_STR("code,count\none,1\n"), XH_TABLE_CSV, true, false,
                     &report, &err));
    assert_int_equal(report.refused, 1);
    assert_int_equal(fixture_int(f, "SELECT count FROM lab_things WHERE code = 'one'"), 7);
}

static void a_table_with_columns_that_mean_nothing_is_refused(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_import_report report;
    const struct {
        struct xh_str table;
        int code;
        const char *value;
    } cases[] = {
        {XH_STR("code,count,colour\na,1,red\n"), XH_E_INVALID, "colour"},
        {XH_STR("code,count,code\na,1,b\n"), XH_E_INVALID, "code"},
        {XH_STR(""), XH_E_INVALID, ""},
        {XH_STR("code,count\na,1,2\n"), XH_E_INVALID, ""},
        {XH_STR("code,count\n\"a,1\n"), XH_E_INVALID, ""},
    };
    for (size_t i = 0; i < XH_COUNT(cases); i++) {
        assert_int_equal(import(f, &f->operator, cases[i].table, XH_TABLE_CSV, false, false,
                                &report, &err),
                         cases[i].code);
        assert_string_equal(err.value, cases[i].value);
    }
    assert_int_equal(import(f, &f->operator, XH_STR("no workbook"), XH_TABLE_XLSX, false, false,
                            &report, &err),
                     XH_E_UNSUPPORTED);
}

/* A short header line of many commas must not cost rows x columns of memory. */
static void a_table_of_too_many_columns_is_refused(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_import_report report;
    struct xh_buf csv = {0};
    xh_buf_add_text(&csv, "code,count");
    for (int i = 0; i < 255; i++) {
        xh_buf_add_char(&csv, ',');
    }
    xh_buf_add_text(&csv, "\na,1\n");
    assert_int_equal(import(f, &f->operator, xh_buf_str(&csv), XH_TABLE_CSV, false, true, &report,
                            &err),
                     XH_E_TOO_LARGE);
    assert_string_equal(err.field, "columns");
    assert_string_equal(err.value, "257");
    assert_string_equal(err.limit, "256");
    xh_buf_finish(&csv);
}

static void a_row_of_a_part_must_belong_to_a_record(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_import_report report;
    struct xh_xlsx_writer *w = NULL;
    struct xh_buf bytes = {0};
    char path[96];
    const char *const cells[] = {"code", "count", "a", "1"};
    const char *const part_cells[] = {"record", "label", "a", "line", "b", "line"};
    (void)snprintf(path, sizeof path, "%s/in.xlsx", f->folder);
    assert_ok(xh_xlsx_create(path, &w, &err));
    assert_ok(xh_xlsx_sheet(w, XH_STR("things"), &err));
    for (size_t i = 0; i < XH_COUNT(cells); i++) {
        xh_xlsx_text(w, xh_str_from(cells[i]));
        if (i % 2 == 1) {
            xh_xlsx_end_row(w);
        }
    }
    assert_ok(xh_xlsx_sheet(w, XH_STR("lines"), &err));
    for (size_t i = 0; i < XH_COUNT(part_cells); i++) {
        xh_xlsx_text(w, xh_str_from(part_cells[i]));
        if (i % 2 == 1) {
            xh_xlsx_end_row(w);
        }
    }
    assert_ok(xh_xlsx_finish(w, &err));
    assert_ok(xh_file_read(xh_env_real(), path, 1 << 20, &bytes, &err));
    assert_int_equal(import(f, &f->operator, xh_buf_str(&bytes), XH_TABLE_XLSX, false, false,
                            &report, &err),
                     XH_E_INVALID);
    assert_string_equal(err.field, "record");
    assert_string_equal(err.value, "b");
    xh_buf_finish(&bytes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_enter, fixture_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_csv_has_a_line_a_record_with_codes_for_references),
        TEST(a_table_holds_what_who_may_see),
        TEST(a_csv_that_went_out_comes_in_as_the_same),
        TEST(a_workbook_that_went_out_comes_in_with_its_parts),
        TEST(no_file_of_an_export_stays_behind),
        TEST(columns_left_out_stay_as_they_are),
        TEST(an_import_with_a_fault_writes_nothing_and_tells_all),
        TEST(a_partial_import_writes_what_is_right),
        TEST(a_dry_run_says_what_would_be),
        TEST(a_large_partial_import_is_taken_in_slices),
        TEST(an_import_obeys_who_may_what),
        TEST(a_table_with_columns_that_mean_nothing_is_refused),
        TEST(a_table_of_too_many_columns_is_refused),
        TEST(a_row_of_a_part_must_belong_to_a_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
