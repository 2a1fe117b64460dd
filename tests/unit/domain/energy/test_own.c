/* Bills that somebody brings along: tests/golden/own holds tables and, beside each, what is
 * understood of it and found in it, as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "domain/energy/energy.h"
#include "kernel/dated_csv.h"
#include "kernel/own.h"

struct fixture {
    struct xh_arena *arena;
    struct xh_dated *rows;
    size_t row_count;
};

static struct xh_str read_file(struct xh_arena *arena, const char *path)
{
    char full[512];
    struct xh_buf buf = {0};
    struct xh_err err = {0};
    snprintf(full, sizeof full, "%s/%s", XH_TEST_ROOT, path);
    if (xh_file_read(xh_env_real(), full, 1 << 24, &buf, &err) < 0) {
        fail_msg("%s: %s", full, err.text);
    }
    struct xh_str text = xh_arena_str(arena, xh_buf_str(&buf));
    xh_buf_finish(&buf);
    return text;
}

static int setup(void **state)
{
    struct fixture *f = xh_alloc(sizeof *f);
    f->arena = xh_arena_create("own");
    for (const char *const *seed = xh_energy_domain.seeds; *seed; seed++) {
        char path[128];
        struct xh_dated *rows = NULL;
        struct xh_err err = {0};
        size_t count = 0;
        snprintf(path, sizeof path, "data/%s", *seed);
        if (xh_dated_csv_read(read_file(f->arena, path), f->arena, &rows, &count, &err) < 0) {
            fail_msg("%s: %s", path, err.text);
        }
        f->rows = xh_realloc(f->rows, (f->row_count + count + 1) * sizeof *rows);
        memcpy(f->rows + f->row_count, rows, count * sizeof *rows);
        f->row_count += count;
    }
    xh_dated_sort(f->rows, f->row_count);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    xh_arena_destroy(f->arena);
    free(f->rows);
    free(f);
    return 0;
}

/* ---- as text ---- */

static void add_str(struct xh_buf *out, const char *name, struct xh_str text)
{
    if (text.len > 0) {
        xh_buf_add_format(out, " %s=%.*s", name, XH_STR_ARG(text));
    }
}

static void add_dec(struct xh_buf *out, const char *name, bool has, struct xh_dec value)
{
    char text[XH_DEC_TEXT_BYTES];
    if (has) {
        add_str(out, name, (struct xh_str){text, xh_dec_print(value, text)});
    }
}

static void print_sheets(const struct xh_own_read *read, struct xh_buf *out)
{
    static const char *const layouts[] = {"nothing", "down", "across"};
    for (size_t s = 0; s < read->table->sheet_count; s++) {
        const struct xh_own_sheet_read *sheet = &read->sheets[s];
        xh_buf_add_format(out, "sheet %zu %s header=%u year=%d totals=%zu\n", s + 1,
                          layouts[sheet->layout], (unsigned)sheet->header_row, sheet->year,
                          sheet->total_count);
        for (size_t c = 0; c < sheet->column_count; c++) {
            const struct xh_own_column *column = &sheet->columns[c];
            xh_buf_add_format(out, "  %zu \"%.*s\" %s", column->index, XH_STR_ARG(column->name),
                              xh_own_role_name(column->role));
            add_str(out, "medium", xh_str_from(xh_own_medium_name(column->medium)));
            add_str(out, "unit", column->unit);
            xh_buf_add_text(out, column->is_unsure ? " unsure\n" : "\n");
        }
    }
}

static void print_read(const struct xh_own_read *read, struct xh_buf *out)
{
    static const char *const questions[] = {"decimal", "year", "medium", "column"};
    print_sheets(read, out);
    for (size_t i = 0; i < read->bill_count; i++) {
        const struct xh_own_bill *bill = &read->bills[i];
        char from[XH_TIME_TEXT_BYTES], to[XH_TIME_TEXT_BYTES];
        xh_day_print(bill->day_from, from);
        xh_day_print(bill->day_to, to);
        xh_buf_add_format(out, "bill %s %s %s %s", bill->cell, xh_own_medium_name(bill->medium),
                          from, to);
        add_dec(out, "quantity", bill->has_quantity, bill->quantity);
        add_dec(out, "peak", bill->has_bands, bill->peak);
        add_dec(out, "off_peak", bill->has_bands, bill->off_peak);
        add_str(out, "unit", bill->unit);
        if (bill->has_amount) {
            xh_buf_add_format(out, " amount=%lld%s", (long long)bill->amount_minor,
                              bill->is_net ? " net" : "");
        }
        xh_buf_add_text(out, "\n");
    }
    for (size_t i = 0; i < read->fault_count; i++) {
        const struct xh_own_fault *fault = &read->faults[i];
        xh_buf_add_format(out, "%s %s %s", fault->is_warning ? "warning" : "fault", fault->cell,
                          xh_own_fault_name(fault->kind));
        add_str(out, "value", fault->value);
        add_str(out, "other", fault->other);
        xh_buf_add_text(out, "\n");
    }
    for (size_t i = 0; i < read->question_count; i++) {
        xh_buf_add_format(out, "question %s\n", questions[read->questions[i]]);
    }
}

static void print_findings(const struct xh_own_found *found, struct xh_buf *out)
{
    for (size_t i = 0; i < found->finding_count; i++) {
        const struct xh_own_finding *finding = &found->findings[i];
        xh_buf_add_format(out, "%s\n  %.*s\n  %.*s\n", xh_own_finding_name(finding->kind),
                          XH_STR_ARG(finding->sentence_vi), XH_STR_ARG(finding->sentence_en));
    }
}

static void understand(struct fixture *f, struct xh_str bytes, const struct xh_own_wish *wish,
                       struct xh_own_read *ret, struct xh_own_found *ret_found)
{
    struct xh_own_table *table = XH_NEW(f->arena, struct xh_own_table);
    struct xh_err err = {0};
    const struct xh_dated_set set = {f->rows, f->row_count};
    if (xh_own_table_read(bytes, f->arena, table, &err) < 0 ||
        xh_own_read(table, wish, f->arena, ret, &err) < 0) {
        fail_msg("%s", err.text);
    }
    const struct xh_own_find_in in = {
        .read = ret,
        .tariffs = xh_energy_domain.tariffs,
        .tariff_count = xh_energy_domain.tariff_count,
        .rows = &set,
    };
    assert_int_equal(xh_own_find(&in, f->arena, ret_found, &err), XH_E_OK);
}

static void check_golden(struct fixture *f, const char *name)
{
    struct xh_own_read read;
    struct xh_own_found found;
    struct xh_buf out = {0};
    char path[128];
    snprintf(path, sizeof path, "tests/golden/own/%s.csv", name);
    understand(f, read_file(f->arena, path), &(struct xh_own_wish){0}, &read, &found);
    print_read(&read, &out);
    print_findings(&found, &out);
    snprintf(path, sizeof path, "tests/golden/own/%s.txt", name);
    struct xh_str expected = read_file(f->arena, path);
    if (!xh_str_equal(expected, xh_buf_str(&out))) {
        print_error("found:\n");
        (void)fputs(xh_buf_text(&out), stderr);
        fail_msg("%s.csv is not understood as %s.txt says", name, name);
    }
    xh_buf_finish(&out);
}

static void a_row_a_month_with_readings_is_understood(void **state)
{
    check_golden(*state, "rows");
}

static void months_across_are_understood(void **state)
{
    check_golden(*state, "across");
}

static void an_english_table_with_titles_and_totals_is_understood(void **state)
{
    check_golden(*state, "english");
}

static void what_a_table_does_not_say_is_asked(void **state)
{
    check_golden(*state, "unsure");
}

static void hours_of_a_factory_are_priced_by_band(void **state)
{
    check_golden(*state, "bands");
}

static void two_years_show_a_trend_and_a_hole(void **state)
{
    check_golden(*state, "years");
}

static void years_may_be_sections_of_months_across(void **state)
{
    check_golden(*state, "sections");
}

static void the_total_counts_where_net_and_tax_stand_beside_it(void **state)
{
    check_golden(*state, "taxes");
}

static void two_media_share_a_table_under_merged_headers(void **state)
{
    check_golden(*state, "two_media");
}

static void days_of_a_period_are_no_readings(void **state)
{
    check_golden(*state, "days");
}

/* ---- answers to questions ---- */

#define UNSURE XH_STR("Tháng,Lượng nước (m3)\nT1,\"1.234\"\nT2,\"2.345\"\n")

static void a_question_once_answered_is_asked_no_more(void **state)
{
    struct xh_own_read read;
    struct xh_own_found found;
    understand(*state, UNSURE, &(struct xh_own_wish){0}, &read, &found);
    assert_int_equal(read.bill_count, 0);
    assert_true(read.question_count > 0);
    understand(*state, UNSURE, &(struct xh_own_wish){.year = 2025, .decimal = ','}, &read, &found);
    assert_int_equal(read.question_count, 0);
    assert_int_equal(read.bill_count, 2);
    assert_int_equal(xh_dec_compare(read.bills[0].quantity, xh_dec_int(1234)), 0);
    understand(*state, UNSURE, &(struct xh_own_wish){.year = 2025, .decimal = '.'}, &read, &found);
    assert_int_equal(xh_dec_compare(read.bills[0].quantity, xh_dec_int(2)), -1);
}

static void roles_are_what_the_user_says(void **state)
{
    struct xh_own_read read;
    struct xh_own_found found;
    const struct xh_str table = XH_STR("a,b,c\n1/2025,300,400\n2/2025,310,500\n3/2025,320,600\n");
    understand(*state, table, &(struct xh_own_wish){0}, &read, &found);
    assert_int_equal(read.bill_count, 0);
    const struct xh_own_wish wish = {.medium = XH_OWN_ELECTRICITY,
                                     .roles = XH_STR("A:month,C:quantity,B:skip")};
    understand(*state, table, &wish, &read, &found);
    assert_int_equal(read.bill_count, 3);
    assert_int_equal(xh_dec_compare(read.bills[0].quantity, xh_dec_int(400)), 0);
}

static void a_wish_that_means_nothing_is_refused(void **state)
{
    struct fixture *f = *state;
    struct xh_own_table table;
    struct xh_own_read read;
    struct xh_err err = {0};
    assert_int_equal(xh_own_table_read(UNSURE, f->arena, &table, &err), XH_E_OK);
    assert_int_equal(xh_own_read(&table, &(struct xh_own_wish){.roles = XH_STR("A=month")},
                                 f->arena, &read, &err),
                     XH_E_INVALID);
    assert_string_equal(err.field, "roles");
    assert_int_equal(xh_own_read(&table, &(struct xh_own_wish){.sheet = 9}, f->arena, &read, &err),
                     XH_E_INVALID);
    assert_int_equal(xh_own_read(&table, &(struct xh_own_wish){.year = 25}, f->arena, &read, &err),
                     XH_E_INVALID);
}

static void a_table_of_too_many_rows_is_refused(void **state)
{
    struct fixture *f = *state;
    struct xh_own_table table;
    struct xh_err err = {0};
    struct xh_buf text = {0};
    for (int i = 0; i <= XH_OWN_ROWS_MAX; i++) {
        xh_buf_add_text(&text, "1,2\n");
    }
    assert_int_equal(xh_own_table_read(xh_buf_str(&text), f->arena, &table, &err), XH_E_TOO_LARGE);
    xh_buf_finish(&text);
}

static void cells_are_named_as_spreadsheets_name_them(void **state)
{
    char text[XH_OWN_CELL_BYTES];
    size_t column = 0;
    (void)state;
    xh_own_cell_name(2, 7, text);
    assert_string_equal(text, "C7");
    xh_own_cell_name(27, 100, text);
    assert_string_equal(text, "AB100");
    assert_true(xh_own_column_parse(XH_STR("AB"), &column));
    assert_int_equal(column, 27);
    assert_false(xh_own_column_parse(XH_STR("A1"), &column));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_a_month_with_readings_is_understood),
        cmocka_unit_test(months_across_are_understood),
        cmocka_unit_test(an_english_table_with_titles_and_totals_is_understood),
        cmocka_unit_test(what_a_table_does_not_say_is_asked),
        cmocka_unit_test(hours_of_a_factory_are_priced_by_band),
        cmocka_unit_test(two_years_show_a_trend_and_a_hole),
        cmocka_unit_test(years_may_be_sections_of_months_across),
        cmocka_unit_test(the_total_counts_where_net_and_tax_stand_beside_it),
        cmocka_unit_test(two_media_share_a_table_under_merged_headers),
        cmocka_unit_test(days_of_a_period_are_no_readings),
        cmocka_unit_test(a_question_once_answered_is_asked_no_more),
        cmocka_unit_test(roles_are_what_the_user_says),
        cmocka_unit_test(a_wish_that_means_nothing_is_refused),
        cmocka_unit_test(a_table_of_too_many_rows_is_refused),
        cmocka_unit_test(cells_are_named_as_spreadsheets_name_them),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
