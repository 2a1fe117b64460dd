#include "bill_golden.h"

#define COMPONENT(name_, kind_, key_)                                                              \
    .name = (name_), .label_vi = (name_), .label_en = (name_), .kind = (kind_), .key = (key_)
#define TAX(of_) {COMPONENT("tax", XH_CHARGE_PERCENT, "tax"), .item = "vat", .of = {of_},          \
                  .is_tax = true}
#define TARIFF(name, hours_)                                                               \
    static const struct xh_tariff name = {                                                         \
        .code = #name, .label_vi = #name, .label_en = #name, .quantity = "test.quantity",          \
        .unit = "u", .currency = "VND", .head_en = "head", .components = name##_components,      \
        .component_count = XH_COUNT(name##_components), .hours_key = (hours_),                   \
        .total_rounding = XH_ROUND_HALF_UP,                                                        \
    }

static const struct xh_charge_component blocks_components[] = {
    {COMPONENT("energy", XH_CHARGE_BLOCKS, "blocks"), .is_per_head = true},
    {.name = "extra", .label_vi = "phần thêm", .label_en = "extra part",
     .kind = XH_CHARGE_PERCENT, .key = "share", .item = "part", .of = {"energy"}},
    {COMPONENT("tax", XH_CHARGE_PERCENT, "tax"), .item = "vat", .of = {"energy", "extra"},
     .is_tax = true},
};
static const struct xh_charge_component fixed_components[] = {
    {COMPONENT("meter", XH_CHARGE_FIXED, "fees"), .item = "meter"},
    TAX("meter"),
};
static const struct xh_charge_component steps_components[] = {
    {COMPONENT("step", XH_CHARGE_FIXED_BY_BLOCK, "steps"), .is_per_head = true},
};
static const struct xh_charge_component closed_components[] = {
    {COMPONENT("energy", XH_CHARGE_BLOCKS, "closed")},
};
static const struct xh_charge_component odd_components[] = {
    {COMPONENT("energy", XH_CHARGE_BLOCKS, "blocks"), .variant = "odd"},
};
static const struct xh_charge_component bands_components[] = {
    {COMPONENT("energy", XH_CHARGE_BANDS, "bands")},
};

TARIFF(blocks, NULL);
TARIFF(fixed, NULL);
TARIFF(steps, NULL);
TARIFF(closed, NULL);
TARIFF(odd, NULL);
TARIFF(bands, "clock");
static const struct xh_tariff *const tariffs[] = {&blocks, &fixed, &steps, &closed, &odd, &bands};

static struct golden g;

static int setup(void **state)
{
    (void)state;
    golden_init(&g, tariffs, XH_COUNT(tariffs));
    golden_load(&g, "tests/golden/charge_rows.csv");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    golden_finish(&g);
    return 0;
}

static struct xh_dec dec(const char *text)
{
    struct xh_dec value;
    assert_int_equal(xh_dec_parse(xh_str_from(text), &value, NULL), 0);
    return value;
}

static int charge(const struct xh_tariff *tariff, const char *from, const char *to,
                  const struct xh_usage *usage, size_t count, struct xh_charge *ret,
                  struct xh_err *err)
{
    struct xh_dated_set rows = {g.rows, g.row_count};
    struct xh_charge_in in = {.tariff = tariff, .rows = &rows, .usage = usage,
                              .usage_count = count};
    assert_int_equal(xh_day_parse(xh_str_from(from), &in.day_from, NULL), 0);
    assert_int_equal(xh_day_parse(xh_str_from(to), &in.day_to, NULL), 0);
    return xh_charge(&in, g.arena, ret, err);
}

static void cases_come_out_as_written_down(void **state)
{
    (void)state;
    golden_cases(&g, "tests/golden/charge.txt", 17);
}

static void a_measured_quantity_is_not_shared(void **state)
{
    const int32_t first = xh_day_from_civil(2025, 1, 1), change = xh_day_from_civil(2025, 1, 16),
                  end = xh_day_from_civil(2025, 2, 1);
    const struct xh_usage usage[] = {
        {first, change, XH_STR(""), dec("20")},
        {change, end, XH_STR(""), dec("11")},
    };
    struct xh_charge result;
    struct xh_err err = {0};
    (void)state;
    assert_int_equal(charge(&blocks, "2025-01-01", "2025-02-01", usage, 2, &result, &err), 0);
    assert_int_equal(xh_dec_compare(result.lines[0].quantity, dec("15")), 0);
    assert_int_equal(xh_dec_compare(result.lines[1].quantity, dec("5")), 0);
    assert_int_equal(xh_dec_compare(result.lines[2].quantity, dec("11")), 0);
    for (size_t i = 0; i < 3; i++) {
        assert_false(result.lines[i].is_shared_by_days);
    }
    assert_int_equal(xh_dec_compare(result.quantity, dec("31")), 0);
}

/* Whatever is shared, the parts make up the whole and none is negative. */
static void shares_make_up_the_whole(void **state)
{
    const int32_t first = xh_day_from_civil(2025, 1, 1), end = xh_day_from_civil(2025, 2, 1);
    static const char *const quantities[] = {"0", "0.3", "0.6", "1", "1.5", "29.999", "30", "31",
                                             "1000000000000"};
    (void)state;
    for (size_t i = 0; i < XH_COUNT(quantities); i++) {
        const struct xh_usage usage = {first, end, XH_STR(""), dec(quantities[i])};
        struct xh_dec sum = xh_dec_int(0);
        struct xh_charge result;
        struct xh_err err = {0};
        assert_int_equal(charge(&blocks, "2025-01-01", "2025-02-01", &usage, 1, &result, &err), 0);
        for (size_t l = 0; l < result.line_count; l++) {
            if (!result.lines[l].has_quantity) {
                continue;
            }
            assert_false(xh_dec_is_negative(result.lines[l].quantity));
            assert_int_equal(xh_dec_add(sum, result.lines[l].quantity, &sum), 0);
        }
        assert_int_equal(xh_dec_compare(sum, usage.quantity), 0);
    }
}

static void a_bill_without_usage_is_a_bill_of_nothing(void **state)
{
    struct xh_charge result;
    struct xh_err err = {0};
    (void)state;
    assert_int_equal(charge(&blocks, "2024-01-01", "2024-02-01", NULL, 0, &result, &err), 0);
    assert_int_equal(result.total_minor, 0);
    assert_true(result.line_count > 0);
}

static void usage_outside_the_period_is_refused(void **state)
{
    const struct xh_usage usage = {xh_day_from_civil(2024, 1, 1), xh_day_from_civil(2024, 2, 2),
                                   XH_STR(""), dec("1")};
    struct xh_charge result;
    struct xh_err err = {0};
    (void)state;
    assert_int_equal(charge(&blocks, "2024-01-01", "2024-02-01", &usage, 1, &result, &err),
                     XH_E_INVALID);
    assert_non_null(strstr(err.text, "outside the period"));
}

static void usage_without_a_band_is_refused_where_bands_have_prices(void **state)
{
    const struct xh_usage usage = {xh_day_from_civil(2024, 1, 1), xh_day_from_civil(2024, 2, 1),
                                   XH_STR(""), dec("1")};
    struct xh_charge result;
    struct xh_err err = {0};
    (void)state;
    assert_int_equal(charge(&bands, "2024-01-01", "2024-02-01", &usage, 1, &result, &err),
                     XH_E_INVALID);
    assert_string_equal(err.field, "band");
}

static void a_band_without_a_price_is_named(void **state)
{
    const struct xh_usage usage = {xh_day_from_civil(2024, 1, 1), xh_day_from_civil(2024, 2, 1),
                                   XH_STR("dawn"), dec("1")};
    struct xh_charge result;
    struct xh_err err = {0};
    (void)state;
    assert_int_equal(charge(&bands, "2024-01-01", "2024-02-01", &usage, 1, &result, &err),
                     XH_E_NOT_FOUND);
    assert_non_null(strstr(err.text, "item dawn"));
}

static void a_year_of_bands_is_one_bill_and_more_is_not(void **state)
{
    const struct xh_usage usage = {xh_day_from_civil(2024, 1, 1), xh_day_from_civil(2025, 1, 1),
                                   XH_STR("normal"), dec("366")};
    struct xh_charge result;
    struct xh_err err = {0};
    (void)state;
    assert_int_equal(charge(&bands, "2024-01-01", "2025-01-01", &usage, 1, &result, &err), 0);
    assert_int_equal(result.total_minor, 732);
    assert_int_equal(charge(&bands, "2024-01-01", "2025-01-02", &usage, 1, &result, &err),
                     XH_E_INVALID);
    assert_string_equal(err.field, "period");
}

static void an_amount_that_has_no_room_is_an_error_and_not_a_number(void **state)
{
    struct xh_usage usage = {xh_day_from_civil(2024, 1, 1), xh_day_from_civil(2024, 2, 1),
                             XH_STR(""), dec("99999999999999999999999999999999999999")};
    struct xh_charge result;
    struct xh_err err = {0};
    (void)state;
    assert_int_equal(charge(&blocks, "2024-01-01", "2024-02-01", &usage, 1, &result, &err),
                     XH_E_INVALID);
    assert_non_null(strstr(err.text, "more digits than fit"));
}

static void a_minute_has_the_band_of_its_weekday(void **state)
{
    struct xh_dated_set rows = {g.rows, g.row_count};
    const struct xh_dated *row = NULL;
    const int32_t saturday = xh_day_from_civil(2025, 6, 14), sunday = saturday + 1;
    struct xh_err err = {0};
    (void)state;
    assert_int_equal(xh_charge_band(&rows, XH_STR("clock"), XH_STR(""), saturday, 600, &row, &err),
                     0);
    assert_true(xh_str_is(row->item, "peak"));
    assert_int_equal(xh_charge_band(&rows, XH_STR("clock"), XH_STR(""), saturday, 599, &row, &err),
                     0);
    assert_true(xh_str_is(row->item, "normal"));
    assert_int_equal(xh_charge_band(&rows, XH_STR("clock"), XH_STR(""), sunday, 600, &row, &err),
                     XH_E_NOT_FOUND);
    assert_non_null(strstr(err.text, "10:00 on 2025-06-15"));
    assert_int_equal(xh_charge_band(&rows, XH_STR("none"), XH_STR("x"), sunday, 0, &row, &err),
                     XH_E_NOT_FOUND);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(cases_come_out_as_written_down),
        TEST(a_measured_quantity_is_not_shared),
        TEST(shares_make_up_the_whole),
        TEST(a_bill_without_usage_is_a_bill_of_nothing),
        TEST(usage_outside_the_period_is_refused),
        TEST(usage_without_a_band_is_refused_where_bands_have_prices),
        TEST(a_band_without_a_price_is_named),
        TEST(a_year_of_bands_is_one_bill_and_more_is_not),
        TEST(an_amount_that_has_no_room_is_an_error_and_not_a_number),
        TEST(a_minute_has_the_band_of_its_weekday),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
