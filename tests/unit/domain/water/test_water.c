#include "sim_host.h"

#include "domain/water/water.h"

static struct sim sim;

static int setup(void **state)
{
    (void)state;
    sim_init(&sim);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sim_finish(&sim);
    return 0;
}

static void simulated_homes_use_as_much_water_as_people_do(void **state)
{
    struct xh_doc *out = NULL;
    struct xh_err err = {0};
    double total_m3 = 0, persons = 0;
    (void)state;
    assert_int_equal(sim_run(&sim, xh_water_domain.simulate, 1, 20, "2025-06-01", "2025-07-01",
                             &out, &err),
                     0);
    assert_int_equal(xh_doc_int(out, "series"), 20);
    assert_int_equal(xh_doc_int(out, "readings"), 20 * 30 * 24);
    assert_int_equal(sim.progress_done, 20);
    for (size_t i = 0; i < sim.series_count; i++) {
        assert_true(sim.series[i].is_growing);
        assert_int_equal(sim.series[i].count, 30 * 24);
        total_m3 += sim.series[i].last_value - sim.series[i].first_value;
        persons += 1 + (double)((i + 1) % 5);
    }
    double litres = total_m3 * 1000 / 30 / persons; /* a person and day */
    assert_true(litres > 100 && litres < 220);
}

static void a_home_that_leaks_never_stands_still(void **state)
{
    struct xh_doc *out = NULL;
    struct xh_err err = {0};
    (void)state;
    assert_int_equal(sim_run(&sim, xh_water_domain.simulate, 1, 10, "2025-06-01", "2025-06-02",
                             &out, &err),
                     0);
    /* 4 litres an hour at least, whatever else is drawn */
    assert_true(sim.series[9].last_value - sim.series[9].first_value > 23 * 0.004 - 0.001);
}

static void the_indicator_is_the_sum_of_the_days_in_cubic_metres(void **state)
{
    static const struct xh_amount days[] = {{.amount = 500}, {.amount = 250}};
    struct xh_doc *out = NULL;
    struct xh_err err = {0};
    (void)state;
    sim.use = (struct xh_use){.amounts = days, .count = 2, .unit = "L", .series_count = 3,
                              .silent_count = 1};
    assert_int_equal(sim_indicator(&sim, &xh_water_domain, "consumption_m3", "2025-06-01",
                                   "2025-06-03", &out, &err),
                     0);
    assert_true(xh_doc_real(out, "value") == 0.75);
    assert_int_equal(xh_doc_int(out, "missing"), 1);
    assert_string_equal(sim.asked.quantity, "water.consumption");
    assert_int_equal(sim.asked.place_id, 7);
}

static void the_descriptor_does_not_contradict_itself(void **state)
{
    struct xh_err err = {0};
    (void)state;
    if (xh_domain_check(&xh_water_domain, &err) < 0) {
        fail_msg("%s", err.text);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(simulated_homes_use_as_much_water_as_people_do),
        TEST(the_descriptor_does_not_contradict_itself),
        TEST(a_home_that_leaks_never_stands_still),
        TEST(the_indicator_is_the_sum_of_the_days_in_cubic_metres),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
