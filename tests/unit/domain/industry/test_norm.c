/* Norms and the energy in fuels, from the rows that the program brings along. The golden file is
 * tests/golden/norms.txt. */
#include "domain/industry/norm.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "base/env.h"
#include "base/num.h"
#include "kernel/dated_csv.h"

struct fixture {
    struct xh_arena *arena;
    struct xh_dated_set rows;
};

static struct xh_str file_text(struct xh_arena *arena, const char *path)
{
    struct xh_buf file = {0};
    assert_int_equal(xh_file_read(xh_env_real(), path, 1 << 20, &file, NULL), XH_E_OK);
    struct xh_str text = xh_arena_str(arena, xh_buf_str(&file));
    xh_buf_finish(&file);
    return text;
}

static int set_up(void **state)
{
    static const char *const files[] = {XH_TEST_ROOT "/data/norms.csv",
                                        XH_TEST_ROOT "/data/factors.csv"};
    struct xh_arena *arena = xh_arena_create("norms");
    struct fixture *f = XH_NEW(arena, struct fixture);
    struct xh_dated *all = NULL;
    size_t capacity = 0, total = 0;
    for (size_t i = 0; i < 2; i++) {
        struct xh_dated *rows;
        size_t count;
        struct xh_str csv = file_text(arena, files[i]);
        assert_int_equal(xh_dated_csv_read(csv, arena, &rows, &count, NULL), XH_E_OK);
        all = xh_arena_grow(arena, all, &capacity, total + count, sizeof *all);
        memcpy(all + total, rows, count * sizeof *rows);
        total += count;
    }
    xh_dated_sort(all, total);
    f->arena = arena;
    f->rows = (struct xh_dated_set){all, total};
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    xh_arena_destroy(((struct fixture *)*state)->arena);
    return 0;
}

static int32_t day_of(const char *text)
{
    int32_t day = 0;
    assert_int_equal(xh_day_parse(xh_str_from(text), &day, NULL), XH_E_OK);
    return day;
}

/* ---- the golden file ---- */

struct golden {
    struct xh_str code, unit, document;
    struct xh_industry_norm_ask ask;
    bool is_expired;
    struct xh_industry_norm norm;
};

static void take_line(struct golden *g, struct xh_str text)
{
    struct xh_str word;
    (void)xh_str_split(&text, ' ', &g->ask.product);
    (void)xh_str_split(&text, ' ', &word);
    g->ask.has_capacity = !xh_str_is(word, "-");
    if (g->ask.has_capacity) {
        assert_int_equal(xh_dec_parse(word, &g->ask.capacity, NULL), XH_E_OK);
        g->ask.capacity_unit = text;
    }
}

static void check_verdict(const struct fixture *f, struct golden *g, struct xh_str text)
{
    struct xh_str word;
    double sec = 0;
    (void)xh_str_split(&text, ' ', &word);
    assert_int_equal(xh_num_parse(word, &sec, NULL), XH_E_OK);
    assert_int_equal(xh_industry_norm_find(&f->rows, &g->ask, &g->norm), XH_INDUSTRY_NORM_FOUND);
    bool passes = xh_industry_norm_passes(sec, xh_dec_to_double(g->norm.row->value));
    if (!xh_str_equal(g->norm.row->code, g->code) || passes != xh_str_is(text, "passes") ||
        !xh_str_equal(g->norm.row->unit, g->unit) ||
        !xh_str_equal(g->norm.row->document, g->document) || g->norm.is_expired != g->is_expired) {
        fail_msg("%.*s: %g is told '%.*s' by %.*s", XH_STR_ARG(g->code), sec, passes ? 6 : 5,
                 passes ? "passes" : "fails", XH_STR_ARG(g->norm.row->code));
    }
}

static void every_row_gives_the_circulars_verdict(void **state)
{
    const struct fixture *f = *state;
    struct xh_str text = file_text(f->arena, XH_TEST_ROOT "/tests/golden/norms.txt"), line, key;
    struct golden g = {.is_expired = false};
    size_t cases = 0;
    while (xh_str_split(&text, '\n', &line)) {
        if (!xh_str_split(&line, ':', &key)) {
            continue;
        }
        line = xh_str_trim(line);
        if (xh_str_is(key, "case")) {
            struct xh_str rest = line;
            (void)xh_str_split(&rest, ' ', &g.code);
            g.is_expired = xh_str_is(rest, "expired");
            cases++;
        } else if (xh_str_is(key, "line")) {
            take_line(&g, line);
        } else if (xh_str_is(key, "day")) {
            g.ask.day = day_of(xh_arena_text(f->arena, line));
        } else if (xh_str_is(key, "unit")) {
            g.unit = line;
        } else if (xh_str_is(key, "of")) {
            g.document = line;
        } else if (xh_str_is(key, "at") || xh_str_is(key, "below") || xh_str_is(key, "above")) {
            check_verdict(f, &g, line);
        }
    }
    assert_true(cases >= 38);
}

static void no_norm_is_made_up(void **state)
{
    const struct fixture *f = *state;
    struct xh_industry_norm norm;
    struct xh_industry_norm_ask ask = {.product = XH_STR("beer"), .day = day_of("2024-01-01")};
    assert_int_equal(xh_industry_norm_find(&f->rows, &ask, &norm), XH_INDUSTRY_NORM_NO_CAPACITY);
    assert_null(norm.row);
    ask.has_capacity = true;
    ask.capacity = xh_dec_int(50);
    ask.capacity_unit = XH_STR("t/yr"); /* not what the classes count */
    assert_int_equal(xh_industry_norm_find(&f->rows, &ask, &norm), XH_INDUSTRY_NORM_NO_CLASS);
    ask.capacity_unit = XH_STR("million L/yr");
    ask.day = day_of("2015-12-31"); /* before the circular */
    assert_int_equal(xh_industry_norm_find(&f->rows, &ask, &norm), XH_INDUSTRY_NORM_NO_PRODUCT);
    ask.product = XH_STR("bicycles");
    assert_int_equal(xh_industry_norm_find(&f->rows, &ask, &norm), XH_INDUSTRY_NORM_NO_PRODUCT);
    ask = (struct xh_industry_norm_ask){.product = XH_STR("seafood-shrimp"),
                                        .has_capacity = true,
                                        .capacity = xh_dec_int(299),
                                        .capacity_unit = XH_STR("t/yr"),
                                        .day = day_of("2024-01-01")};
    assert_int_equal(xh_industry_norm_find(&f->rows, &ask, &norm), XH_INDUSTRY_NORM_NO_CLASS);
}

/* ---- energy ---- */

static void near(double is, double wanted)
{
    if (!(fabs(is - wanted) <= 1e-12 * fabs(wanted))) {
        fail_msg("%.17g, not %.17g", is, wanted);
    }
}

static double energy_mj(const struct fixture *f, const char *fuel, double quantity,
                        const char *unit)
{
    struct xh_industry_energy energy = {.energy_mj = NAN};
    struct xh_err err = {0};
    if (xh_industry_energy(&f->rows, xh_str_from(fuel), quantity, xh_unit_find(xh_str_from(unit)),
                           day_of("2026-01-01"), &energy, &err) < 0) {
        fail_msg("%s: %s", fuel, err.text);
    }
    near(energy.energy_mj, quantity * energy.factor);
    return energy.energy_mj;
}

static void a_kwh_is_3_6_mj_and_a_fuel_goes_by_its_letter(void **state)
{
    const struct fixture *f = *state;
    near(energy_mj(f, "electricity", 1000, "kWh"), 3600);
    near(energy_mj(f, "electricity", 1, "MWh"), 3600);
    near(energy_mj(f, "natural-gas", 1e6, "m3"), 900.0 * 41868);
    near(energy_mj(f, "natural-gas", 1e9, "L"), 900.0 * 41868);
    near(energy_mj(f, "diesel", 2000, "kg"), 2 * 1.02 * 41868);
    near(energy_mj(f, "diesel-volume", 3, "m3"), 3 * 0.88 * 41868);
    near(energy_mj(f, "coke", 1, "t"), 0.75 * 41868); /* a range: nobody passes by the choice */
}

static void a_fuel_without_a_factor_or_in_another_kind_of_unit_is_refused(void **state)
{
    const struct fixture *f = *state;
    struct xh_industry_energy energy;
    struct xh_err err = {0};
    const struct xh_unit *litre = xh_unit_find(XH_STR("L"));
    int32_t day = day_of("2026-01-01");
    assert_int_equal(xh_industry_energy(&f->rows, XH_STR("moonshine"), 1, litre, day, &energy,
                                        &err),
                     XH_E_NOT_FOUND);
    assert_string_equal(err.field, "fuel");
    assert_int_equal(xh_industry_energy(&f->rows, XH_STR("diesel"), 1, litre, day, &energy, &err),
                     XH_E_INVALID);
    assert_int_equal(xh_industry_energy(&f->rows, XH_STR("lpg"), 1, xh_unit_find(XH_STR("t")),
                                        day_of("2004-01-01"), &energy, &err),
                     XH_E_NOT_FOUND); /* before the letter */
}

static void sums_of_toe_count_electricity_by_its_own_factor(void **state)
{
    const struct fixture *f = *state;
    struct xh_industry_fuel fuel;
    assert_int_equal(xh_industry_fuel(&f->rows, XH_STR("electricity"), 6480881,
                                      xh_unit_find(XH_STR("kWh")), day_of("2026-01-01"), &fuel,
                                      NULL),
                     XH_E_OK);
    double toe = fuel.units * xh_dec_to_double(fuel.low->value);
    assert_true(fabs(toe - 1000) < 0.001); /* the letter's own example */
}

static void the_unit_of_a_norm_is_energy_for_a_product(void **state)
{
    const struct xh_unit *energy, *product;
    struct xh_err err = {0};
    (void)state;
    assert_int_equal(xh_industry_norm_units(XH_STR("kWh/t"), &energy, &product, &err), XH_E_OK);
    assert_string_equal(energy->symbol, "kWh");
    assert_string_equal(product->symbol, "t");
    static const char *const wrong[] = {"", "/", "MJ", "MJ/", "t/MJ", "MJ/hl/t", "/hl"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(xh_industry_norm_units(xh_str_from(wrong[i]), &energy, &product, &err),
                         XH_E_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_gives_the_circulars_verdict),
        cmocka_unit_test(no_norm_is_made_up),
        cmocka_unit_test(a_kwh_is_3_6_mj_and_a_fuel_goes_by_its_letter),
        cmocka_unit_test(a_fuel_without_a_factor_or_in_another_kind_of_unit_is_refused),
        cmocka_unit_test(sums_of_toe_count_electricity_by_its_own_factor),
        cmocka_unit_test(the_unit_of_a_norm_is_energy_for_a_product),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
