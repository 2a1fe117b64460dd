#include "bill_golden.h"

#include "domain/energy/energy.h"

static void bills_of_electricity_come_out_as_written_down(void **state)
{
    struct golden g;
    (void)state;
    golden_init(&g, xh_energy_domain.tariffs, xh_energy_domain.tariff_count);
    for (const char *const *seed = xh_energy_domain.seeds; *seed; seed++) {
        char path[128];
        snprintf(path, sizeof path, "data/%s", *seed);
        golden_load(&g, path);
    }
    golden_cases(&g, "tests/golden/energy_bills.txt", 58);
    golden_finish(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bills_of_electricity_come_out_as_written_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
