/* bench.h: what `xanh bench` measures. */
#ifndef XH_APP_BENCH_H
#define XH_APP_BENCH_H

#include "app/app.h"
#include "app/bench_make.h"

struct xh_bench_result {
    uint64_t reading_count;
    double ingest_s, cpu_s;       /* wall; user and system of the store alone: making is left out */
    double settle_s;              /* flush and merge behind it */
    double bytes_per_reading;     /* all files but the log, */
    uint64_t log_bytes;           /* which is reserved ahead and does not grow with the readings */
    double day_sum_ms, month_ms, last_ms, scan_per_s, restart_ms;
    uint64_t rss_bytes, series_bytes;
};

/* Loads the plan's readings in batches into a new store in folder `dir` (made, and removed again),
 * asks, checks the answers against the plan, kills a process that writes and opens what it left.
 * Errors: those of the store; XH_E_INTERNAL when an answer is wrong. */
int xh_bench_readings(struct xh_app *app, const struct xh_bench_plan *plan, uint32_t batch_rows,
                      const char *dir, struct xh_bench_result *ret, struct xh_err *err);
/* The same readings as InfluxDB line protocol on standard output. */
int xh_bench_print_lines(struct xh_app *app, const struct xh_bench_plan *plan, struct xh_err *err);

#endif
