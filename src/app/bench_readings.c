/* bench_readings.c: the readings store, measured in process.
 *
 *   load      two batches on their way: one is made while the other is stored
 *   settle    what the store would do in its own time: flush, merge
 *   ask       sums of days, a month, the last ones, everything; each answer is checked
 *   restart   a child fills the log and is killed; opening what it left is timed
 */
#include "app/bench.h"

#include "base/disk.h"
#include "store/tsdb/tsdb.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS = 2, MONTH_DAYS = 30, MONTHS_ASKED = 201, CHECKED = 32 };

/* One batch: being made, or on its way. */
struct slot {
    struct bench *bench;
    struct xh_bench_reading *made;
    struct xh_tsdb_row *rows;
    struct xh_series_key *keys;
    struct xh_tsdb_batch batch;
    bool is_busy;
};

struct bench {
    struct xh_app *app;
    const struct xh_bench_plan *plan;
    const char *dir;
    uint32_t batch_rows;
    struct xh_tsdb *db;
    struct xh_bench_feed *feed;
    struct slot slots[SLOTS];
    uint32_t *batch_of, *index_of; /* by meter: the last batch that had it, and where */
    uint32_t batch_number;
    double making_s;
    pthread_mutex_t lock;
    pthread_cond_t is_done;
    struct xh_err failure;
};

static double seconds(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double cpu_s(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static struct xh_series_key key_of(uint32_t meter)
{
    struct xh_series_key key = {{0}};
    uint32_t number = meter + 1;
    for (size_t i = 0; i < 4; i++) {
        key.bytes[15 - i] = (uint8_t)(number >> 8 * i);
    }
    return key;
}

static void tell(struct bench *bench, const char *en, const char *vi)
{
    xh_term_print(&bench->app->note, "%s\n", xh_term_say(&bench->app->note, en, vi));
    (void)xh_term_flush(&bench->app->note, NULL);
}

/* ---- load ---- */

static void stored(void *arg, int status, const struct xh_err *err)
{
    struct slot *slot = arg;
    struct bench *bench = slot->bench;
    (void)pthread_mutex_lock(&bench->lock);
    if (status < 0 && bench->failure.code == 0) {
        bench->failure = *err;
    }
    slot->is_busy = false;
    (void)pthread_cond_signal(&bench->is_done);
    (void)pthread_mutex_unlock(&bench->lock);
}

/* Readings of the feed as rows; each series once among the keys. */
static size_t make_batch(struct bench *bench, struct slot *slot)
{
    double begin_s = seconds(CLOCK_THREAD_CPUTIME_ID);
    size_t count = xh_bench_feed_next(bench->feed, slot->made, bench->batch_rows);
    size_t key_count = 0;
    bench->batch_number++;
    for (size_t i = 0; i < count; i++) {
        const struct xh_bench_reading *made = &slot->made[i];
        if (bench->batch_of[made->meter] != bench->batch_number) {
            bench->batch_of[made->meter] = bench->batch_number;
            bench->index_of[made->meter] = (uint32_t)key_count;
            slot->keys[key_count++] = key_of(made->meter);
        }
        slot->rows[i] = (struct xh_tsdb_row){
            .key_index = bench->index_of[made->meter],
            .decimals = (int8_t)made->decimals,
            .at_us = made->at_us,
            .value = made->value,
        };
    }
    slot->batch = (struct xh_tsdb_batch){
        .keys = slot->keys,
        .key_count = key_count,
        .rows = slot->rows,
        .row_count = count,
        .arrival_us = xh_env_now_us(bench->app->env),
    };
    bench->making_s += seconds(CLOCK_THREAD_CPUTIME_ID) - begin_s;
    return count;
}

static int wait_for(struct bench *bench, struct slot *slot, struct xh_err *err)
{
    (void)pthread_mutex_lock(&bench->lock);
    while (slot->is_busy) {
        (void)pthread_cond_wait(&bench->is_done, &bench->lock);
    }
    struct xh_err failure = bench->failure;
    (void)pthread_mutex_unlock(&bench->lock);
    if (failure.code < 0) {
        *err = failure;
    }
    return failure.code;
}

static int send(struct slot *slot, struct xh_err *err)
{
    slot->is_busy = true;
    int rc = xh_tsdb_submit(slot->bench->db, &slot->batch, stored, slot, err);
    if (rc < 0) {
        slot->is_busy = false;
    }
    return rc;
}

/* Up to `limit` readings; all when 0. */
static int load(struct bench *bench, uint64_t limit, uint64_t *ret_count, struct xh_err *err)
{
    uint64_t count = 0;
    size_t at = 0, made = 1;
    int rc = 0;
    while (rc == 0 && made > 0 && (limit == 0 || count < limit) && !xh_stop_is_asked()) {
        struct slot *slot = &bench->slots[at++ % SLOTS];
        rc = wait_for(bench, slot, err);
        if (rc == 0 && (made = make_batch(bench, slot)) > 0) {
            rc = send(slot, err);
            count += made;
        }
    }
    for (size_t i = 0; i < SLOTS; i++) {
        int status = wait_for(bench, &bench->slots[i], err);
        rc = rc < 0 ? rc : status;
    }
    if (rc == 0 && xh_stop_is_asked()) {
        rc = xh_err_set(err, XH_E_CANCELLED, "stopped");
    }
    *ret_count = count;
    return rc;
}

static int declare(struct bench *bench, struct xh_err *err)
{
    uint32_t count = bench->plan->meter_count;
    struct xh_series_key *keys = xh_alloc(((size_t)count + 1) * sizeof(*keys));
    for (uint32_t meter = 0; meter < count; meter++) {
        keys[meter] = key_of(meter);
    }
    int rc = xh_tsdb_declare(bench->db, keys, count, XH_POLICY_REPLACE, err);
    free(keys);
    return rc;
}

static int measure_load(struct bench *bench, struct xh_bench_result *result, struct xh_err *err)
{
    int rc = declare(bench, err);
    double wall_s = seconds(CLOCK_MONOTONIC), used_s = cpu_s();
    rc = rc < 0 ? rc : load(bench, 0, &result->reading_count, err);
    result->ingest_s = seconds(CLOCK_MONOTONIC) - wall_s;
    result->cpu_s = cpu_s() - used_s - bench->making_s;
    wall_s = seconds(CLOCK_MONOTONIC);
    used_s = cpu_s();
    rc = rc < 0 ? rc : xh_tsdb_tend(bench->db, XH_TSDB_FLUSH | XH_TSDB_MERGE_ALL, err);
    result->settle_s = seconds(CLOCK_MONOTONIC) - wall_s;
    result->cpu_s += cpu_s() - used_s;
    return rc;
}

/* ---- ask ---- */

static int is_wrong(struct xh_err *err, const char *what)
{
    return xh_err_set(err, XH_E_INTERNAL, "the store's answer is wrong: %s", what);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof(*values), by_value);
    return values[count / 2];
}

static struct xh_series_key *all_keys(const struct bench *bench)
{
    struct xh_series_key *keys = xh_alloc(((size_t)bench->plan->meter_count + 1) * sizeof(*keys));
    for (uint32_t meter = 0; meter < bench->plan->meter_count; meter++) {
        keys[meter] = key_of(meter);
    }
    return keys;
}

/* The sum of everything, for the days' sums to be checked with. */
static double sum_of_all(const struct bench *bench)
{
    struct xh_bench_feed *feed = xh_bench_feed_create(bench->plan);
    struct xh_bench_reading readings[256];
    struct xh_sum sum = {0};
    size_t count;
    while ((count = xh_bench_feed_next(feed, readings, 256)) > 0) {
        for (size_t i = 0; i < count; i++) {
            xh_sum_add(&sum, readings[i].value);
        }
    }
    xh_bench_feed_destroy(feed);
    return xh_sum_value(&sum);
}

static int measure_days(struct bench *bench, struct xh_bench_result *result, struct xh_err *err)
{
    enum { RUNS = 7 };
    const struct xh_bench_plan *plan = bench->plan;
    size_t days = (size_t)((int64_t)plan->step_count * plan->step_s / 86400);
    int64_t *edges_us = xh_alloc((days + 1) * sizeof(*edges_us));
    struct xh_tsdb_answer *answers = xh_alloc(days * sizeof(*answers));
    struct xh_series_key *keys = all_keys(bench);
    double times_ms[RUNS];
    for (size_t i = 0; i <= days; i++) {
        edges_us[i] = plan->begin_us + (int64_t)i * XH_US_PER_DAY;
    }
    struct xh_tsdb_question question = {
        .keys = keys,
        .key_count = plan->meter_count,
        .edges_us = edges_us,
        .window_count = days,
        .measures = XH_TSDB_BASICS,
    };
    int rc = 0;
    for (size_t run = 0; rc == 0 && run < RUNS; run++) {
        double begin_s = seconds(CLOCK_MONOTONIC);
        rc = xh_tsdb_aggregate(bench->db, &question, answers, err);
        times_ms[run] = (seconds(CLOCK_MONOTONIC) - begin_s) * 1e3;
    }
    if (rc == 0) {
        double sum = 0, want = sum_of_all(bench);
        uint64_t count = 0;
        for (size_t i = 0; i < days; i++) {
            sum += answers[i].sum;
            count += answers[i].count;
        }
        result->day_sum_ms = median(times_ms, RUNS);
        if (count != result->reading_count || fabs(sum - want) > fabs(want) * 1e-12) {
            rc = is_wrong(err, "the sums of days");
        }
    }
    free(keys);
    free(answers);
    free(edges_us);
    return rc;
}

/* Reads [from_us, to_us) of a meter; with is_checked each reading is compared with the plan. */
static int read_meter(struct bench *bench, uint32_t meter, int64_t from_us, int64_t to_us,
                      bool is_checked, uint64_t *ret_count, struct xh_err *err)
{
    enum { READINGS = 4096 };
    static _Thread_local struct xh_reading readings[READINGS];
    const struct xh_bench_plan *plan = bench->plan;
    struct xh_tsdb_range range = {.key = key_of(meter), .from_us = from_us, .to_us = to_us};
    struct xh_tsdb_cursor *cursor;
    int rc = xh_tsdb_read(bench->db, &range, &cursor, err);
    if (rc < 0) {
        return rc;
    }
    uint64_t count = 0;
    ptrdiff_t got;
    while ((got = xh_tsdb_next(cursor, readings, READINGS, err)) > 0) {
        for (ptrdiff_t i = 0; is_checked && rc == 0 && i < got; i++) {
            uint64_t step = (uint64_t)((readings[i].at_us - plan->begin_us) /
                                       (plan->step_s * XH_US_PER_S));
            struct xh_bench_reading want;
            xh_bench_one(plan, meter, step, &want);
            if (readings[i].at_us != want.at_us || readings[i].value != want.value ||
                readings[i].decimals != want.decimals) {
                rc = is_wrong(err, "a reading of a range");
            }
        }
        count += (uint64_t)got;
    }
    xh_tsdb_cursor_close(cursor);
    *ret_count = count;
    return got < 0 ? (int)got : rc;
}

static int measure_month(struct bench *bench, struct xh_bench_result *result, struct xh_err *err)
{
    const struct xh_bench_plan *plan = bench->plan;
    int64_t to_us = plan->begin_us + MONTH_DAYS * XH_US_PER_DAY;
    double times_ms[MONTHS_ASKED];
    uint64_t count = 0;
    int rc = 0;
    for (uint32_t i = 0; rc == 0 && i < MONTHS_ASKED; i++) {
        uint32_t meter = (uint32_t)(xh_bench_mix(plan->seed, i, 77) % plan->meter_count);
        double begin_s = seconds(CLOCK_MONOTONIC);
        rc = read_meter(bench, meter, plan->begin_us, to_us, false, &count, err);
        times_ms[i] = (seconds(CLOCK_MONOTONIC) - begin_s) * 1e3;
        if (rc == 0 && i < CHECKED) {
            rc = read_meter(bench, meter, plan->begin_us, to_us, true, &count, err);
        }
    }
    if (rc == 0) {
        result->month_ms = median(times_ms, MONTHS_ASKED);
    }
    return rc;
}

static int measure_last(struct bench *bench, struct xh_bench_result *result, struct xh_err *err)
{
    const struct xh_bench_plan *plan = bench->plan;
    struct xh_series_key *keys = all_keys(bench);
    struct xh_reading *last = xh_alloc(((size_t)plan->meter_count + 1) * sizeof(*last));
    double begin_s = seconds(CLOCK_MONOTONIC);
    int rc = xh_tsdb_last_of(bench->db, keys, plan->meter_count, last, err);
    result->last_ms = (seconds(CLOCK_MONOTONIC) - begin_s) * 1e3;
    for (uint32_t i = 0; rc == 0 && i < CHECKED; i++) {
        uint32_t meter = (uint32_t)(xh_bench_mix(plan->seed, i, 78) % plan->meter_count);
        struct xh_bench_reading want;
        xh_bench_one(plan, meter, plan->step_count - 1, &want);
        if (last[meter].at_us != want.at_us || last[meter].value != want.value) {
            rc = is_wrong(err, "the last reading of a series");
        }
    }
    free(last);
    free(keys);
    return rc;
}

static int measure_scan(struct bench *bench, struct xh_bench_result *result, struct xh_err *err)
{
    enum { ENOUGH_S = 3 };
    uint64_t count = 0;
    uint32_t meter = 0;
    int rc = 0;
    double begin_s = seconds(CLOCK_MONOTONIC), used_s = 0;
    for (; rc == 0 && meter < bench->plan->meter_count && used_s < ENOUGH_S; meter++) {
        uint64_t got = 0;
        rc = read_meter(bench, meter, XH_TIME_MIN, XH_TIME_MAX, false, &got, err);
        count += got;
        used_s = seconds(CLOCK_MONOTONIC) - begin_s;
    }
    if (rc == 0 && count != meter * bench->plan->step_count) {
        rc = is_wrong(err, "how many readings there are");
    }
    result->scan_per_s = (double)count / used_s;
    return rc;
}

static uint64_t rss_bytes(void)
{
    struct xh_buf text = {0};
    uint64_t pages = 0;
    if (xh_file_read(xh_env_real(), "/proc/self/statm", 4096, &text, NULL) == 0) {
        const char *second = memchr(text.ptr, ' ', text.len);
        for (const char *c = second + 1; second != NULL && *c >= '0' && *c <= '9'; c++) {
            pages = pages * 10 + (uint64_t)(*c - '0');
        }
    }
    xh_buf_finish(&text);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* ---- restart ---- */

static void fill_log(struct bench *bench, int pipe_fd)
{
    struct xh_err err = {0};
    uint64_t count;
    struct xh_bench_plan later = *bench->plan;
    later.begin_us += (int64_t)later.step_count * later.step_s * XH_US_PER_S;
    bench->plan = &later;
    bench->feed = xh_bench_feed_create(&later);
    bench->making_s = 0;
    int rc = xh_tsdb_open(bench->app->env, bench->dir, &bench->db, &err);
    rc = rc < 0 ? rc : load(bench, 1900000, &count, &err);
    char answer = rc < 0 ? 'n' : 'y';
    (void)!write(pipe_fd, &answer, 1);
    for (;;) {
        (void)pause();
    }
}

static int open_again(struct bench *bench, struct xh_bench_result *result, struct xh_err *err)
{
    double begin_s = seconds(CLOCK_MONOTONIC);
    int rc = xh_tsdb_open(bench->app->env, bench->dir, &bench->db, err);
    result->restart_ms = (seconds(CLOCK_MONOTONIC) - begin_s) * 1e3;
    return rc;
}

static int measure_restart(struct bench *bench, struct xh_bench_result *result,
                           struct xh_err *err)
{
    int fds[2], status;
    char answer = 'n';
    if (pipe(fds) < 0) {
        return xh_err_errno(err, errno, "make a pipe for", "the restart");
    }
    pid_t child = fork();
    if (child < 0) {
        return xh_err_errno(err, errno, "start a process for", "the restart");
    }
    if (child == 0) {
        fill_log(bench, fds[1]);
    }
    (void)!read(fds[0], &answer, 1);
    (void)kill(child, SIGKILL);
    (void)waitpid(child, &status, 0);
    (void)close(fds[0]);
    (void)close(fds[1]);
    return answer == 'y' ? open_again(bench, result, err)
                         : xh_err_set(err, XH_E_INTERNAL, "the process to be killed failed before");
}

/* ---- the whole ---- */

static int remove_file(void *arg, const char *name, uint64_t size_bytes)
{
    char path[4096];
    const struct bench *bench = arg;
    (void)size_bytes;
    (void)snprintf(path, sizeof(path), "%s/%s", bench->dir, name);
    (void)xh_disk_remove(bench->app->env, path, NULL);
    return 0;
}

static void remove_store(struct bench *bench)
{
    (void)xh_disk_list(bench->app->env, bench->dir, remove_file, bench, NULL);
    (void)xh_disk_remove_dir(bench->app->env, bench->dir, NULL);
}

static void begin(struct bench *bench)
{
    size_t rows = bench->batch_rows;
    for (size_t i = 0; i < SLOTS; i++) {
        struct slot *slot = &bench->slots[i];
        slot->bench = bench;
        slot->made = xh_alloc(rows * sizeof(*slot->made));
        slot->rows = xh_alloc(rows * sizeof(*slot->rows));
        slot->keys = xh_alloc(rows * sizeof(*slot->keys));
    }
    bench->batch_of = xh_alloc(((size_t)bench->plan->meter_count + 1) * sizeof(uint32_t));
    bench->index_of = xh_alloc(((size_t)bench->plan->meter_count + 1) * sizeof(uint32_t));
    bench->feed = xh_bench_feed_create(bench->plan);
    (void)pthread_mutex_init(&bench->lock, NULL);
    (void)pthread_cond_init(&bench->is_done, NULL);
}

static void finish(struct bench *bench)
{
    xh_tsdb_close(bench->db);
    remove_store(bench);
    for (size_t i = 0; i < SLOTS; i++) {
        free(bench->slots[i].made);
        free(bench->slots[i].rows);
        free(bench->slots[i].keys);
    }
    free(bench->batch_of);
    free(bench->index_of);
    xh_bench_feed_destroy(bench->feed);
    (void)pthread_mutex_destroy(&bench->lock);
    (void)pthread_cond_destroy(&bench->is_done);
}

static int measure(struct bench *bench, struct xh_bench_result *result, struct xh_err *err)
{
    struct xh_tsdb_stats stats;
    tell(bench, "storing ...", "đang lưu ...");
    int rc = measure_load(bench, result, err);
    rc = rc < 0 ? rc : xh_tsdb_get_stats(bench->db, &stats, err);
    if (rc < 0) {
        return rc;
    }
    result->bytes_per_reading = (double)(stats.size_bytes - stats.log_file_bytes) /
                                (double)result->reading_count;
    result->log_bytes = stats.log_file_bytes;
    result->series_bytes = stats.series_memory_bytes;
    result->rss_bytes = rss_bytes();
    tell(bench, "asking ...", "đang hỏi ...");
    rc = measure_last(bench, result, err);
    rc = rc < 0 ? rc : measure_days(bench, result, err);
    rc = rc < 0 ? rc : measure_month(bench, result, err);
    rc = rc < 0 ? rc : measure_scan(bench, result, err);
    xh_tsdb_close(bench->db);
    bench->db = NULL;
    tell(bench, "killing and opening again ...", "đang dừng đột ngột và mở lại ...");
    return rc < 0 ? rc : measure_restart(bench, result, err);
}

int xh_bench_readings(struct xh_app *app, const struct xh_bench_plan *plan, uint32_t batch_rows,
                      const char *dir, struct xh_bench_result *ret, struct xh_err *err)
{
    struct bench bench = {.app = app, .plan = plan, .dir = dir, .batch_rows = batch_rows};
    struct xh_bench_result result = {0};
    int rc = xh_disk_make_dir(app->env, dir, err); /* what is there already is not ours */
    if (rc < 0) {
        return rc;
    }
    xh_stop_catch();
    begin(&bench);
    rc = xh_tsdb_open(app->env, dir, &bench.db, err);
    rc = rc < 0 ? rc : measure(&bench, &result, err);
    finish(&bench);
    if (rc == 0) {
        *ret = result;
    }
    return rc;
}

int xh_bench_print_lines(struct xh_app *app, const struct xh_bench_plan *plan, struct xh_err *err)
{
    enum { READINGS = 1024 };
    struct xh_bench_reading readings[READINGS];
    struct xh_bench_feed *feed = xh_bench_feed_create(plan);
    size_t count;
    int rc = 0;
    while (rc == 0 && (count = xh_bench_feed_next(feed, readings, READINGS)) > 0) {
        for (size_t i = 0; i < count; i++) {
            char value[XH_NUM_FIXED_BYTES];
            (void)xh_num_print_fixed(readings[i].value, readings[i].decimals, value);
            xh_term_print(&app->out, "energy,series=bench-%08lu value=%s %lld000\n",
                          (unsigned long)readings[i].meter, value, (long long)readings[i].at_us);
        }
        rc = xh_term_flush(&app->out, err);
    }
    xh_bench_feed_destroy(feed);
    return rc;
}
