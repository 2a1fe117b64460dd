/* How fast are tables and NDJSON of readings read? One core, no store: rows a second of the quick
 * reader.
 *
 *     bench_tables [SECONDS]     (default: 1 for each case) */
#include <stdio.h>

#include "base/env.h"
#include "base/num.h"
#include "server/readings_internal.h"

enum { ROWS = 20000 };

static double seconds_since(int64_t start_us)
{
    return (double)(xh_env_monotonic_us(xh_env_real()) - start_us) / 1e6;
}

static void body_fill(struct xh_buf *body, bool is_table, int rows_of_time)
{
    char time[XH_TIME_TEXT_BYTES];
    if (is_table) {
        xh_buf_add_text(body, "series,time,value,quality\n");
    }
    for (int i = 0; i < ROWS; i++) {
        (void)xh_time_print(INT64_C(1767225600000000) + i / rows_of_time * XH_US_PER_S, time);
        xh_buf_add_format(body,
                          is_table ? "home-%d/electricity,%s,%d.%02d,\n"
                                   : "{\"series\":\"home-%d/electricity\",\"time\":\"%s\","
                                     "\"value\":%d.%02d}\n",
                          i % 1000, time, 1000 + i, i % 90 + 10);
    }
}

static void measure(const char *name, bool is_table, int rows_of_time, double seconds)
{
    struct xh_buf body = {0};
    struct xh__quick quick;
    struct xh__quick_reading reading;
    uint64_t rows = 0;
    double sum = 0;
    body_fill(&body, is_table, rows_of_time);
    int64_t start_us = xh_env_monotonic_us(xh_env_real());
    while (seconds_since(start_us) < seconds) {
        (void)xh__quick_begin(&quick, is_table ? XH__READINGS_CSV : XH__READINGS_NDJSON,
                              xh_buf_str(&body), 0, NULL);
        while (xh__quick_next(&quick, &reading) == 1) {
            sum += reading.value + (double)reading.at_us;
            rows++;
        }
    }
    double s = seconds_since(start_us);
    printf("%-34s %6.1f M rows/s %5.1f ns a row%s\n", name, (double)rows / s / 1e6,
           s * 1e9 / (double)rows, sum < 0 ? "!" : "");
    xh_buf_finish(&body);
}

int main(int argc, char **argv)
{
    int64_t seconds = 1;
    if (argc > 1 && (xh_int_parse(xh_str_from(argv[1]), &seconds) < 0 || seconds < 1)) {
        fprintf(stderr, "'%s' is no number of seconds\n", argv[1]);
        return 2;
    }
    measure("CSV, a time for each row", true, 1, (double)seconds);
    measure("CSV, a time for a thousand rows", true, 1000, (double)seconds);
    measure("NDJSON, a time for each row", false, 1, (double)seconds);
    measure("NDJSON, a time for a thousand rows", false, 1000, (double)seconds);
    return 0;
}
