/* The dated rows that the program brings along: all files of data/ that hold such rows. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "domain/energy/energy.h"
#include "kernel/dated_csv.h"

static const char *const files[] = {"prices_electricity.csv", "hours_electricity.csv",
                                    "prices_water.csv",       "percents.csv",
                                    "factors.csv",            "prices_foreign.csv"};
static struct xh_arena *arena;
static struct xh_dated *rows;
static size_t row_count;

static void load(const char *name)
{
    struct xh_buf buf = {0};
    struct xh_dated *some = NULL;
    struct xh_err err = {0};
    size_t count = 0;
    char path[512];
    snprintf(path, sizeof path, "%s/data/%s", XH_TEST_ROOT, name);
    if (xh_file_read(xh_env_real(), path, 1 << 24, &buf, &err) < 0 ||
        xh_dated_csv_read(xh_buf_str(&buf), arena, &some, &count, &err) < 0) {
        fail_msg("%s: %s", path, err.text);
    }
    xh_buf_finish(&buf);
    rows = xh_realloc(rows, (row_count + count) * sizeof *rows);
    memcpy(rows + row_count, some, count * sizeof *rows);
    row_count += count;
}

static int setup(void **state)
{
    (void)state;
    arena = xh_arena_create("test");
    rows = NULL;
    row_count = 0;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        load(files[i]);
    }
    xh_dated_sort(rows, row_count);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(rows);
    xh_arena_destroy(arena);
    return 0;
}

static void codes_are_unique_over_all_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < row_count; i++) {
        for (size_t j = i + 1; j < row_count; j++) {
            if (xh_str_equal(rows[i].code, rows[j].code)) {
                fail_msg("code '%.*s' is there twice", XH_STR_ARG(rows[i].code));
            }
        }
    }
}

static void every_row_says_its_source_and_none_is_unconfirmed(void **state)
{
    (void)state;
    for (size_t i = 0; i < row_count; i++) {
        assert_true(rows[i].source.len > 0);
        assert_int_not_equal(rows[i].verified, XH_VERIFIED_NO);
    }
}

static bool is_same(const struct xh_dated *a, const struct xh_dated *b)
{
    return xh_str_equal(a->table, b->table) && xh_str_equal(a->key, b->key) &&
           xh_str_equal(a->item, b->item) && xh_str_equal(a->variant, b->variant);
}

static bool is_together(const struct xh_dated *a, const struct xh_dated *b)
{
    bool is_hours = xh_str_is(a->table, "hours");
    return a->valid_from < b->valid_to && b->valid_from < a->valid_to &&
           (!is_hours || ((a->weekdays & b->weekdays) && a->minute_from < b->minute_to &&
                          b->minute_from < a->minute_to));
}

static void two_undisputed_rows_are_never_in_force_together(void **state)
{
    (void)state;
    for (size_t i = 0; i < row_count; i++) {
        for (size_t j = i + 1; j < row_count && is_same(&rows[i], &rows[j]); j++) {
            if (is_together(&rows[i], &rows[j])) {
                fail_msg("'%.*s' and '%.*s' are in force together", XH_STR_ARG(rows[i].code),
                         XH_STR_ARG(rows[j].code));
            }
        }
    }
}

static void every_minute_of_every_day_has_one_band(void **state)
{
    static const char *const variants[] = {"", "legacy", "963"};
    struct xh_dated_set set = {rows, row_count};
    (void)state;
    for (size_t v = 0; v < 3; v++) {
        for (int32_t day = xh_day_from_civil(2026, 4, 13); day < xh_day_from_civil(2026, 5, 1);
             day++) {
            int peak_minutes = 0;
            for (int minute = 0; minute < 1440; minute++) {
                const struct xh_dated *row = NULL;
                struct xh_err err = {0};
                if (xh_charge_band(&set, XH_STR("evn"), xh_str_from(variants[v]), day, minute, &row,
                                   &err) < 0) {
                    fail_msg("%s", err.text);
                }
                peak_minutes += xh_str_is(row->item, "peak");
            }
            assert_int_equal(peak_minutes, xh_day_weekday(day) == 7 ? 0 : 300);
        }
    }
}

/* Blocks begin at zero and leave no gap, in every set of prices. */
static void blocks_follow_each_other(void **state)
{
    struct xh_dated_set set = {rows, row_count};
    (void)state;
    for (size_t i = 0; i < row_count; i++) {
        const struct xh_dated *row = &rows[i], *found[16];
        bool begins = xh_dec_is_zero(row->quantity_from), has_begin = begins;
        if (!xh_str_is(row->table, "price") || (!row->has_quantity_to && begins)) {
            continue;
        }
        size_t count = xh_dated_all_on(&set, "price", row->key, row->variant, row->valid_from,
                                       found, 16);
        for (size_t j = 0; j < count && !has_begin; j++) {
            has_begin = found[j]->has_quantity_to &&
                        xh_dec_compare(found[j]->quantity_to, row->quantity_from) == 0;
        }
        if (!has_begin) {
            fail_msg("nothing leads up to '%.*s'", XH_STR_ARG(row->code));
        }
    }
}

static void set_text(struct xh_doc *doc, const char *field, struct xh_str text)
{
    if (text.len > 0) {
        xh_doc_set_text(doc, field, text);
    }
}

/* The seeds become records of core.dated, whose shape has limits of its own. */
static void every_row_fits_its_record(void **state)
{
    static const char *const verified[] = {"no", "partial", "yes"};
    const struct xh_record_type *type = NULL;
    (void)state;
    for (size_t i = 0; i < xh_core_domain.record_count; i++) {
        if (strcmp(xh_core_domain.records[i]->name, "dated") == 0) {
            type = xh_core_domain.records[i];
        }
    }
    assert_non_null(type);
    for (size_t i = 0; i < row_count; i++) {
        struct xh_doc *doc = xh_doc_create(arena, &type->shape);
        struct xh_err err = {0};
        set_text(doc, "code", rows[i].code);
        set_text(doc, "table_name", rows[i].table);
        set_text(doc, "key", rows[i].key);
        set_text(doc, "item", rows[i].item);
        set_text(doc, "variant", rows[i].variant);
        set_text(doc, "unit", rows[i].unit);
        set_text(doc, "document", rows[i].document);
        set_text(doc, "source", rows[i].source);
        set_text(doc, "note", rows[i].note);
        xh_doc_set_dec(doc, "value", rows[i].value);
        xh_doc_set_int(doc, "valid_from", rows[i].valid_from);
        xh_doc_set_string(doc, "verified", verified[rows[i].verified]);
        if (xh_doc_check(doc, &err) < 0) {
            fail_msg("'%.*s': %s", XH_STR_ARG(rows[i].code), err.text);
        }
    }
}

static void every_tariff_finds_rows_for_its_components(void **state)
{
    struct xh_dated_set set = {rows, row_count};
    (void)state;
    for (size_t t = 0; t < xh_energy_domain.tariff_count; t++) {
        const struct xh_tariff *tariff = xh_energy_domain.tariffs[t];
        int32_t day = xh_day_from_civil(strcmp(tariff->currency, "KRW") == 0 ? 2024 : 2025, 6, 15);
        for (size_t c = 0; c < tariff->component_count; c++) {
            const struct xh_charge_component *component = &tariff->components[c];
            const struct xh_dated *found[32];
            const char *table = component->kind == XH_CHARGE_PERCENT ? "percent" : "price";
            if (xh_dated_all_on(&set, table, xh_str_from(component->key),
                                xh_str_from(component->variant), day, found, 32) == 0) {
                fail_msg("tariff '%s' finds no %s of '%s'", tariff->code, table, component->key);
            }
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(codes_are_unique_over_all_files),
        TEST(every_row_says_its_source_and_none_is_unconfirmed),
        TEST(two_undisputed_rows_are_never_in_force_together),
        TEST(every_minute_of_every_day_has_one_band),
        TEST(blocks_follow_each_other),
        TEST(every_row_fits_its_record),
        TEST(every_tariff_finds_rows_for_its_components),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
