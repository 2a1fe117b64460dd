/* Present values and rates of return. The golden file is tests/golden/finance.txt. */
#include "solve/finance.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/env.h"
#include "base/num.h"
#include "base/rand.h"
#include "solve/zero.h"

struct golden {
    struct xh_str name, irr;
    double flows[XH_FLOWS_MAX], rate, npv;
    size_t count;
    int64_t changes;
};

static double number(struct xh_str text)
{
    double value = 0;
    if (xh_num_parse(text, &value, NULL) != XH_E_OK) {
        fail_msg("no number: %.*s", XH_STR_ARG(text));
    }
    return value;
}

static void check_near(const struct golden *g, const char *what, double is, double wanted,
                       double scale)
{
    if (!(fabs(is - wanted) <= 1e-12 * scale)) {
        fail_msg("%.*s: %s is %.17g, not %.17g", XH_STR_ARG(g->name), what, is, wanted);
    }
}

static void check_double(double is, double wanted, double tolerance)
{
    if (!(fabs(is - wanted) <= tolerance)) {
        fail_msg("%.17g, not %.17g", is, wanted);
    }
}

static void check_case(const struct golden *g)
{
    struct xh_irr irr = xh_irr(g->flows, g->count);
    double size = 1;
    struct xh_str wanted = g->irr, word;
    for (size_t i = 0; i < g->count; i++) {
        size += fabs(g->flows[i]);
    }
    check_near(g, "npv", xh_npv(g->rate, g->flows, g->count), g->npv, size);
    assert_int_equal(irr.sign_changes, g->changes);
    if (xh_str_is(g->irr, "none")) {
        assert_int_equal(irr.kind, XH_IRR_NONE);
        return;
    }
    bool is_several = xh_str_starts(g->irr, XH_STR("several "));
    if (is_several) {
        (void)xh_str_split(&wanted, ' ', &word);
    }
    assert_int_equal(irr.kind, is_several ? XH_IRR_SEVERAL : XH_IRR_ONE);
    check_near(g, "irr", irr.rate, number(wanted), 1 + fabs(number(wanted)));
}

static void take_flows(struct golden *g, struct xh_str text)
{
    struct xh_str word;
    g->count = 0;
    while (xh_str_split(&text, ' ', &word)) {
        g->flows[g->count++] = number(word);
    }
}

static void every_golden_case_comes_out_as_a_spreadsheet_has_it(void **state)
{
    struct xh_str text, line, key;
    struct xh_buf file = {0};
    size_t cases = 0;
    struct golden g = {.count = 0};
    (void)state;
    assert_int_equal(xh_file_read(xh_env_real(), XH_TEST_ROOT "/tests/golden/finance.txt", 1 << 20,
                                  &file, NULL),
                     XH_E_OK);
    text = xh_buf_str(&file);
    while (xh_str_split(&text, '\n', &line)) {
        struct xh_str rest = line;
        if (!xh_str_split(&rest, ':', &key)) {
            continue;
        }
        rest = xh_str_trim(rest);
        if (xh_str_is(key, "case")) {
            g.name = rest;
        } else if (xh_str_is(key, "flows")) {
            take_flows(&g, rest);
        } else if (xh_str_is(key, "rate")) {
            g.rate = number(rest);
        } else if (xh_str_is(key, "npv")) {
            g.npv = number(rest);
        } else if (xh_str_is(key, "irr")) {
            g.irr = rest;
        } else if (xh_str_is(key, "changes")) {
            assert_int_equal(xh_int_parse(rest, &g.changes), XH_E_OK);
        } else if (xh_str_is(key, "source")) {
            check_case(&g);
            cases++;
        }
    }
    assert_true(cases >= 19);
    xh_buf_finish(&file);
}

static void a_payback_needs_an_investment_and_something_that_is_saved(void **state)
{
    double years = -1;
    (void)state;
    assert_true(xh_payback_years(100, 30, &years));
    check_double(years, 100.0 / 30, 1e-15);
    years = -1;
    assert_false(xh_payback_years(100, 0, &years));
    assert_false(xh_payback_years(100, -5, &years));
    assert_false(xh_payback_years(0, 30, &years));
    check_double(years, -1, 0); /* written only on success */
}

static void the_value_at_the_rate_of_return_is_nothing(void **state)
{
    struct xh_rand r;
    (void)state;
    xh_rand_init(&r, 5);
    for (int i = 0; i < 300; i++) {
        double flows[XH_FLOWS_MAX], size = 0;
        int years = 1 + (int)xh_rand_below(&r, 60);
        size_t count = xh_flows_even(1e3 + 1e9 * xh_rand_unit(&r), 1e8 * xh_rand_unit(&r) + 1,
                                     years, flows);
        struct xh_irr irr = xh_irr(flows, count);
        assert_int_equal(count, years + 1);
        if (irr.kind == XH_IRR_NONE) { /* too little comes back for any rate that is looked for */
            assert_true(xh_npv(-0.9998, flows, count) < 0 || xh_npv(1e4, flows, count) > 0);
            continue;
        }
        assert_int_equal(irr.kind, XH_IRR_ONE);
        for (size_t t = 0; t < count; t++) {
            size += fabs(flows[t]) * pow(1 + irr.rate, -(double)t);
        }
        assert_true(fabs(xh_npv(irr.rate, flows, count)) <= 1e-10 * size);
    }
}

static double cosine_less_x(double x, const void *arg)
{
    (void)arg;
    return cos(x) - x;
}

static double step(double x, const void *arg)
{
    return x < *(const double *)arg ? -1 : 1;
}

static void a_zero_is_found_even_of_a_step(void **state)
{
    double at = 0.123456789;
    (void)state;
    check_double(xh_zero(cosine_less_x, NULL, 0, 1, 0), 0.7390851332151607, 1e-15);
    check_double(xh_zero(step, &at, -5, 7, 1e-12), at, 1e-11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_golden_case_comes_out_as_a_spreadsheet_has_it),
        cmocka_unit_test(a_payback_needs_an_investment_and_something_that_is_saved),
        cmocka_unit_test(the_value_at_the_rate_of_return_is_nothing),
        cmocka_unit_test(a_zero_is_found_even_of_a_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
