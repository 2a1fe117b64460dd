/* Units: a table without contradictions, conversions exact wherever they can be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#include <math.h>

#include "base/unit.h"

static const struct xh_unit *unit(const char *symbol)
{
    const struct xh_unit *found = xh_unit_find(xh_str_from(symbol));
    if (found == NULL) {
        fail_msg("unknown unit: %s", symbol);
    }
    return found;
}

static struct xh_dec dec(const char *text)
{
    struct xh_dec a = {0};
    assert_int_equal(xh_dec_parse(xh_str_from(text), &a, NULL), 0);
    return a;
}

static void assert_converts(const char *value, const char *from, const char *to, const char *wanted)
{
    char text[XH_DEC_TEXT_BYTES];
    struct xh_dec result = {0};
    struct xh_err err = {0};
    double number = 0;
    if (xh_unit_convert_dec(dec(value), unit(from), unit(to), &result, &err) != 0) {
        fail_msg("%s", err.text);
    }
    xh_dec_print(xh_dec_trim(result), text);
    assert_string_equal(text, wanted);

    double expected = xh_dec_to_double(result);
    assert_int_equal(xh_unit_convert(xh_dec_to_double(dec(value)), unit(from), unit(to), &number,
                                     NULL),
                     0);
    assert_true(fabs(number - expected) <= 4e-16 * fabs(expected));
}

static void units_convert_exactly(void **state)
{
    (void)state;
    assert_converts("1", "kWh", "MJ", "3.6");
    assert_converts("1", "MWh", "GJ", "3.6");
    assert_converts("18", "MJ", "kWh", "5");
    assert_converts("1", "kcal", "J", "4184");
    assert_converts("1", "kcal_IT", "J", "4186.8");
    assert_converts("1", "BTU", "J", "1055.05585262");
    assert_converts("90000", "W.min", "kWh", "1.5");
    assert_converts("1", "Wmin", "J", "60");
    assert_converts("3.5", "m3", "L", "3500");
    assert_converts("1", "ML", "m3", "1000");
    assert_converts("36", "m3/h", "L/s", "10");
    assert_converts("86.4", "m3/d", "L/s", "1");
    assert_converts("1", "lb", "kg", "0.45359237");
    assert_converts("35", "ug/m3", "mg/m3", "0.035");
    assert_converts("12", "mg/L", "g/m3", "12");
    assert_converts("1", "km2", "ha", "100");
    assert_converts("36", "km/h", "m/s", "10");
    assert_converts("1", "bar", "kPa", "100");
    assert_converts("50", "%", "1", "0.5");
    assert_converts("1", "permille", "ppm", "1000");
    assert_converts("2.5", "tCO2e", "kgCO2e", "2500");
    assert_converts("1.5", "MVND", "VND", "1500000");
}

static void temperatures_have_an_offset(void **state)
{
    (void)state;
    assert_converts("25", "degC", "K", "298.15");
    assert_converts("0", "K", "degC", "-273.15");
    assert_converts("212", "degF", "degC", "100");
    assert_converts("-40", "degF", "degC", "-40");
    assert_converts("98.6", "degF", "degC", "37");
    assert_converts("0", "K", "degF", "-459.67");
}

static void a_kilowatt_hour_is_eighteen_fifths_of_a_megajoule(void **state)
{
    const struct xh_unit *kwh = unit("kWh");
    const struct xh_unit *mj = unit("MJ");
    (void)state;
    assert_true((__int128)kwh->num * mj->den * 5 == (__int128)kwh->den * mj->num * 18);
}

static void what_has_no_finite_decimal_is_refused_for_decimals_only(void **state)
{
    struct xh_dec result = {0};
    struct xh_err err = {0};
    double number = 0;
    (void)state;
    assert_int_equal(xh_unit_convert_dec(dec("1"), unit("MJ"), unit("kWh"), &result, &err),
                     XH_E_INVALID);
    assert_string_equal(err.text, "1 MJ has no exact decimal of 38 digits and 18 decimals in kWh");
    assert_int_equal(xh_unit_convert(1, unit("MJ"), unit("kWh"), &number, &err), 0);
    assert_true(number == 5.0 / 18.0);
    assert_int_equal(xh_unit_convert_dec(dec("1"), unit("degF"), unit("degC"), &result, NULL),
                     XH_E_INVALID);
    assert_int_equal(xh_unit_convert_dec(dec("0.000000000000000001"), unit("g"), unit("kg"),
                                         &result, NULL),
                     XH_E_INVALID);
}

static void different_dimensions_do_not_convert(void **state)
{
    static const char *const pairs[][2] = {{"kWh", "kW"},     {"kgCO2", "kg"},  {"kgCO2e", "kgCO2"},
                                           {"VND", "USD"},    {"kvarh", "kWh"}, {"pcs", "1"},
                                           {"ug/m3", "ug"}};
    struct xh_dec result = {0};
    struct xh_err err = {0};
    double number = 0;
    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        const struct xh_unit *a = unit(pairs[i][0]);
        const struct xh_unit *b = unit(pairs[i][1]);
        assert_int_equal(xh_unit_convert(1, a, b, &number, NULL), XH_E_INVALID);
        assert_int_equal(xh_unit_convert_dec(dec("1"), b, a, &result, NULL), XH_E_INVALID);
    }
    xh_unit_convert(1, unit("kgCO2e"), unit("kg"), &number, &err);
    assert_string_equal(err.text, "kgCO2e (CO2 equivalent) cannot be converted to kg (mass)");
}

static void a_tonne_of_oil_equivalent_is_no_unit(void **state)
{
    (void)state;
    assert_null(xh_unit_find(XH_STR("toe")));
    assert_null(xh_unit_find(XH_STR("TOE")));
    assert_null(xh_unit_find(XH_STR("ktoe")));
    assert_null(xh_unit_find(XH_STR("")));
    assert_null(xh_unit_find(XH_STR("kwh")));
}

static void units_are_found_by_their_codes_and_other_spellings(void **state)
{
    (void)state;
    assert_ptr_equal(unit("kW.h"), unit("kWh"));
    assert_ptr_equal(unit("Cel"), unit("degC"));
    assert_ptr_equal(unit("°C"), unit("degC"));
    assert_ptr_equal(unit("m³"), unit("m3"));
    assert_ptr_equal(unit("µg/m³"), unit("ug/m3")); /* micro sign */
    assert_ptr_equal(unit("μg/m³"), unit("ug/m3")); /* Greek mu */
    assert_ptr_equal(unit("l/h"), unit("L/h"));
    assert_ptr_equal(unit("mg/l"), unit("mg/L"));
    assert_ptr_equal(unit("dBA"), unit("dB(A)"));
    assert_ptr_equal(unit("kgCO₂e"), unit("kgCO2e"));
    assert_ptr_not_equal(unit("mW"), unit("MW"));
}

/* num / den of the table, or of a ratio of two, brought to lowest terms by Euclid. */
static __int128 gcd(__int128 a, __int128 b)
{
    while (b != 0) {
        __int128 rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static void every_row_of_the_table_is_complete(void **state)
{
    size_t count = 0;
    const struct xh_unit *table = xh_unit_table(&count);
    bool has_base[XH_DIM_COUNT_OF_DIMENSIONS] = {false};
    (void)state;
    assert_true(count > 100);
    for (size_t i = 0; i < count; i++) {
        const struct xh_unit *u = &table[i];
        assert_true(u->num > 0 && u->den > 0 && u->offset_den > 0);
        assert_int_equal((int)gcd(u->num, u->den), 1);
        assert_true(u->name_en[0] != '\0' && u->name_vi[0] != '\0');
        assert_ptr_equal(xh_unit_find(xh_str_from(u->symbol)), u);
        if (u->ucum != NULL) {
            assert_ptr_equal(xh_unit_find(xh_str_from(u->ucum)), u);
        }
        if (u->num == 1 && u->den == 1 && u->offset_num == 0) {
            has_base[u->dimension] = true;
        }
    }
    for (int d = 0; d < XH_DIM_COUNT_OF_DIMENSIONS; d++) {
        assert_true(xh_dimension_name((enum xh_dimension)d)[0] != '\0');
        assert_true(has_base[d] || d == XH_DIM_STATE);
    }
}

/* There and back gives the same: exactly for decimals, where there is a decimal at all. */
static void every_pair_of_a_dimension_converts_there_and_back(void **state)
{
    const struct xh_dec value = dec("1234.5");
    size_t count = 0;
    const struct xh_unit *table = xh_unit_table(&count);
    int pairs = 0;
    int exact = 0;
    (void)state;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            struct xh_dec there = {0};
            struct xh_dec back = {0};
            double number = 0;
            if (table[i].dimension != table[j].dimension) {
                continue;
            }
            pairs++;
            assert_int_equal(xh_unit_convert(1234.5, &table[i], &table[j], &number, NULL), 0);
            assert_int_equal(xh_unit_convert(number, &table[j], &table[i], &number, NULL), 0);
            if (fabs(number - 1234.5) > 1e-12 * 1234.5) {
                fail_msg("%s to %s", table[i].symbol, table[j].symbol);
            }
            if (xh_unit_convert_dec(value, &table[i], &table[j], &there, NULL) != 0) {
                continue;
            }
            exact++;
            assert_int_equal(xh_unit_convert_dec(there, &table[j], &table[i], &back, NULL), 0);
            if (xh_dec_compare(back, value) != 0) {
                fail_msg("%s to %s", table[i].symbol, table[j].symbol);
            }
        }
    }
    assert_true(exact > pairs / 2);
}

static void a_value_too_large_for_the_other_unit_is_refused(void **state)
{
    double number = 0;
    struct xh_dec result = {0};
    (void)state;
    assert_int_equal(xh_unit_convert(1e305, unit("TWh"), unit("J"), &number, NULL), XH_E_INVALID);
    assert_int_equal(xh_unit_convert_dec(dec("99999999999999999999999999999999999999"), unit("km"),
                                         unit("m"), &result, NULL),
                     XH_E_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_convert_exactly),
        cmocka_unit_test(temperatures_have_an_offset),
        cmocka_unit_test(a_kilowatt_hour_is_eighteen_fifths_of_a_megajoule),
        cmocka_unit_test(what_has_no_finite_decimal_is_refused_for_decimals_only),
        cmocka_unit_test(different_dimensions_do_not_convert),
        cmocka_unit_test(a_tonne_of_oil_equivalent_is_no_unit),
        cmocka_unit_test(units_are_found_by_their_codes_and_other_spellings),
        cmocka_unit_test(every_row_of_the_table_is_complete),
        cmocka_unit_test(every_pair_of_a_dimension_converts_there_and_back),
        cmocka_unit_test(a_value_too_large_for_the_other_unit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
