/* How fast is line protocol parsed? One core, no store: lines of one field and of several, heads
 * known, as lines a second, readings a second, MB/s and nanoseconds a reading.
 *
 *     bench_lines [SECONDS]     (default: 1 for each case) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/env.h"
#include "base/num.h"
#include "server/lines_internal.h"

enum { LINES = 10000 };

static double seconds_since(int64_t start_us)
{
    return (double)(xh_env_monotonic_us(xh_env_real()) - start_us) / 1e6;
}

static void body_fill(struct xh_buf *body, const char *tags, int field_count)
{
    for (int i = 0; i < LINES; i++) {
        xh_buf_add_format(body, "meter%s,home=home-%d ", tags, i);
        for (int f = 0; f < field_count; f++) {
            xh_buf_add_format(body, "%sfield%d=%d.%02d", f > 0 ? "," : "", f, 1000 + i, i % 100);
        }
        xh_buf_add_format(body, " 17500000%011d\n", i);
    }
}

static double read_once(struct xh_str body, uint64_t *ret_readings)
{
    static struct xh__line line;
    struct xh__line_precision precision = {1, 1000};
    struct xh__lines lines;
    double sum = 0;
    uint64_t readings = 0;
    xh__lines_begin(&lines, body, precision);
    while (xh__lines_next(&lines, &line, NULL) > 0) {
        readings += line.field_count;
        sum += line.fields[0].value + (double)(xh__line_hash(7, line.head) & 1);
    }
    *ret_readings += readings;
    return sum;
}

static void measure(const char *name, const char *tags, int field_count, double seconds)
{
    struct xh_buf body = {0};
    uint64_t readings = 0, bytes = 0;
    double sum = 0;
    body_fill(&body, tags, field_count);
    int64_t start_us = xh_env_monotonic_us(xh_env_real());
    while (seconds_since(start_us) < seconds) {
        sum += read_once(xh_buf_str(&body), &readings);
        bytes += body.len;
    }
    double s = seconds_since(start_us);
    printf("%-22s %4.0f bytes a line %6.1f M lines/s %6.1f M readings/s %6.0f MB/s %5.1f ns a "
           "reading%s\n",
           name, (double)body.len / LINES, (double)readings / field_count / s / 1e6,
           (double)readings / s / 1e6, (double)bytes / s / 1e6, s * 1e9 / (double)readings,
           sum < 0 ? "!" : "");
    xh_buf_finish(&body);
}

int main(int argc, char **argv)
{
    int64_t seconds = 1;
    if (argc > 1 && (xh_int_parse(xh_str_from(argv[1]), &seconds) < 0 || seconds < 1)) {
        fprintf(stderr, "'%s' is no number of seconds\n", argv[1]);
        return 2;
    }
    measure("one tag, one field", "", 1, (double)seconds);
    measure("four tags, one field", ",city=hanoi,ward=ba-dinh,kind=electricity", 1,
            (double)seconds);
    measure("one tag, ten fields", "", 10, (double)seconds);
    return 0;
}
