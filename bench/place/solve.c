/* solve.c: the mathematics of src/solve alone: net present values, rates of return, least squares.
 *
 *     ninja -C build/release bench/bench_solve && build/release/bench/bench_solve
 *
 * One line of JSON: how many a second, and the results, beside which bench/place/run puts numpy's
 * (solve_peer.py). Both make the same numbers from the same rule, digit for digit. CPU time is
 * measured, for others may work on the machine. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "solve/finance.h"
#include "solve/regress.h"

enum { YEARS = 10, CASES = 1000, DAYS = 365, REGRESSORS = 4 };
static const double TURN_S = 0.5;

static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Whole numbers 0 to 999: Knuth's linear congruence, the upper bits. */
static double next(uint32_t *state)
{
    *state = *state * 1664525U + 1013904223U;
    return (double)(*state >> 8 & 0xffffU) * 1000 / 65536;
}

static void make_flows(double flows[CASES][YEARS + 1])
{
    uint32_t state = 7;
    for (int i = 0; i < CASES; i++) {
        flows[i][0] = -1000 - next(&state);
        for (int t = 1; t <= YEARS; t++) {
            flows[i][t] = 200 + next(&state);
        }
    }
}

/* What a firm used a day: by what it made, a day of rest, time; as a verified effect asks. */
static void make_days(double *x, double *y)
{
    uint32_t state = 11;
    for (int i = 0; i < DAYS; i++) {
        double *row = x + (size_t)i * REGRESSORS;
        row[0] = 1;
        row[1] = 1000 + next(&state);
        row[2] = i % 7 == 0;
        row[3] = i;
        y[i] = 500 + 30 * row[1] - 4000 * row[2] - 2 * row[3] + next(&state);
    }
}

int main(void)
{
    static double flows[CASES][YEARS + 1], x[DAYS * REGRESSORS], y[DAYS];
    struct xh_regression r = {0};
    double npv_sum = 0, irr_sum = 0, begin, npv_s, irr_s, fit_s;
    long npvs = 0, irrs = 0, fits = 0;

    make_flows(flows);
    make_days(x, y);
    for (int i = 0; i < CASES; i++) {
        npv_sum += xh_npv(0.1, flows[i], YEARS + 1);
        irr_sum += xh_irr(flows[i], YEARS + 1).rate;
    }
    volatile double sink = 0;
    for (begin = cpu_s(); (npv_s = cpu_s() - begin) < TURN_S; npvs += CASES) {
        for (int i = 0; i < CASES; i++) {
            sink += xh_npv(0.1, flows[i], YEARS + 1);
        }
    }
    for (begin = cpu_s(); (irr_s = cpu_s() - begin) < TURN_S; irrs += CASES) {
        for (int i = 0; i < CASES; i++) {
            sink += xh_irr(flows[i], YEARS + 1).rate;
        }
    }
    for (begin = cpu_s(); (fit_s = cpu_s() - begin) < TURN_S; fits += 100) {
        for (int i = 0; i < 100; i++) {
            if (xh_regress(x, y, NULL, DAYS, REGRESSORS, &r, NULL) < 0) {
                return 1;
            }
        }
    }
    printf("{\"npv_s\":%.0f,\"irr_s\":%.0f,\"fit_s\":%.0f,\"npv_sum\":%.17g,\"irr_sum\":%.17g,"
           "\"r2\":%.17g,\"b\":[%.17g,%.17g,%.17g,%.17g]}\n",
           (double)npvs / npv_s, (double)irrs / irr_s, (double)fits / fit_s, npv_sum, irr_sum, r.r2,
           r.coefficient[0], r.coefficient[1], r.coefficient[2], r.coefficient[3]);
    return 0;
}
