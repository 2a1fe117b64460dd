/* The guarantees of reading, of batches submitted side by side, and of care. */
#include "tsdb_help.h"

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

/* ---- ranges ---- */

/* Times 0, 10, 20 ... with a corrected reading at each third. */
static void fill(struct fixture *f, uint32_t key, int count)
{
    declare(f->db, key, XH_POLICY_REPLACE);
    struct xh_series_key k = key_of(key);
    struct xh_tsdb_row *rows = calloc((size_t)count * 2, sizeof(*rows));
    size_t row_count = 0;
    for (int i = 0; i < count; i++) {
        rows[row_count++] = (struct xh_tsdb_row){.at_us = 10 * i, .value = i};
        if (i % 3 == 0) {
            rows[row_count++] = (struct xh_tsdb_row){.at_us = 10 * i, .value = i + 0.5};
        }
    }
    struct xh_tsdb_batch batch = {
        .keys = &k, .key_count = 1, .rows = rows, .row_count = row_count, .arrival_us = 1};
    assert_int_equal(xh_tsdb_append(f->db, &batch, NULL), 0);
    free(rows);
}

static void a_range_holds_its_start_and_not_its_end(void **state)
{
    struct fixture *f = *state;
    fill(f, 1, 10);
    struct xh_tsdb_range range = {.key = key_of(1), .from_us = 20, .to_us = 50};
    size_t count = 0;
    struct xh_reading *readings = read_range(f->db, &range, 100, &count);
    assert_int_equal(count, 3);
    assert_int_equal(readings[0].at_us, 20);
    assert_int_equal(readings[2].at_us, 40);
    free(readings);
    range.to_us = 20;
    free(read_range(f->db, &range, 100, &count));
    assert_int_equal(count, 0);
    range.to_us = 10;
    free(read_range(f->db, &range, 100, &count));
    assert_int_equal(count, 0);
}

static void a_range_comes_in_order_of_time_then_number_and_backwards_the_other_way(void **state)
{
    struct fixture *f = *state;
    fill(f, 1, 5000);
    struct xh_tsdb_range range = {.key = key_of(1), .to_us = 1000000, .with_corrected = true};
    size_t count = 0, back_count = 0;
    struct xh_reading *readings = read_range(f->db, &range, 777, &count);
    assert_int_equal(count, 5000 + 1667);
    for (size_t i = 1; i < count; i++) {
        bool is_later = readings[i].at_us > readings[i - 1].at_us;
        assert_true(is_later || (readings[i].at_us == readings[i - 1].at_us &&
                                 readings[i].seq > readings[i - 1].seq));
        assert_int_equal(readings[i].is_in_force,
                         i + 1 == count || readings[i + 1].at_us != readings[i].at_us);
    }
    range.is_backwards = true;
    struct xh_reading *back = read_range(f->db, &range, 10000, &back_count);
    assert_int_equal(back_count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(back[i].seq, readings[count - 1 - i].seq);
        assert_int_equal(back[i].is_in_force, readings[count - 1 - i].is_in_force);
    }
    free(back);
    free(readings);
}

static void a_limit_ends_the_range_early_whatever_is_read_at_once(void **state)
{
    struct fixture *f = *state;
    fill(f, 1, 100);
    for (size_t step = 1; step < 60; step += 7) {
        struct xh_tsdb_range range = {
            .key = key_of(1), .to_us = 1000, .limit = 42, .is_backwards = step % 2 == 0};
        size_t count = 0;
        free(read_range(f->db, &range, step, &count));
        assert_int_equal(count, 42);
    }
}

static void a_cursor_sees_nothing_of_what_comes_after_it_was_opened(void **state)
{
    struct fixture *f = *state;
    fill(f, 1, 9000);
    for (int is_backwards = 0; is_backwards < 2; is_backwards++) {
        size_t before = count_series(f->db, 1);
        struct xh_tsdb_range range = {
            .key = key_of(1), .to_us = 1000000, .is_backwards = is_backwards};
        struct xh_tsdb_cursor *cursor = NULL;
        assert_int_equal(xh_tsdb_read(f->db, &range, &cursor, NULL), 0);
        struct xh_reading reading;
        size_t count = 0;
        double sum = 0, sum_before = 0;
        size_t all = 0;
        struct xh_reading *readings = read_series(f->db, 1, &all);
        for (size_t i = 0; i < all; i++) {
            sum_before += readings[i].value;
        }
        free(readings);
        struct xh_series_key key = key_of(1);
        while (xh_tsdb_next(cursor, &reading, 1, NULL) == 1) {
            sum += reading.value;
            if (count == 3) {
                put(f->db, 1, 45001 + is_backwards, 7, 2);   /* between */
                put(f->db, 1, 45000, 1e6 + is_backwards, 2); /* a correction */
                assert_int_equal(xh_tsdb_retract(f->db, &key, 6000, 6100, 3, NULL, NULL), 0);
            }
            count++;
        }
        xh_tsdb_cursor_close(cursor);
        assert_int_equal(count, before);
        assert_true(sum == sum_before);
    }
}

/* ---- single readings ---- */

static void the_nearest_reading_in_force_is_found_on_both_sides(void **state)
{
    struct fixture *f = *state;
    fill(f, 1, 10);
    struct xh_series_key key = key_of(1);
    struct xh_reading reading;
    assert_int_equal(xh_tsdb_before(f->db, &key, 44, 0, &reading, NULL), 0);
    assert_int_equal(reading.at_us, 40);
    assert_int_equal(xh_tsdb_before(f->db, &key, 40, 0, &reading, NULL), 0);
    assert_int_equal(reading.at_us, 40);
    assert_int_equal(xh_tsdb_after(f->db, &key, 40, 0, &reading, NULL), 0);
    assert_int_equal(reading.at_us, 40);
    assert_int_equal(xh_tsdb_after(f->db, &key, 41, 0, &reading, NULL), 0);
    assert_int_equal(reading.at_us, 50);
    assert_int_equal(xh_tsdb_last(f->db, &key, &reading, NULL), 0);
    assert_true(reading.at_us == 90 && reading.value == 9.5);
    assert_int_equal(xh_tsdb_before(f->db, &key, -1, 0, &reading, NULL), XH_E_NOT_FOUND);
    assert_int_equal(xh_tsdb_after(f->db, &key, 91, 0, &reading, NULL), XH_E_NOT_FOUND);
    assert_int_equal(xh_tsdb_after(f->db, &key, 0, -5, &reading, NULL), XH_E_NOT_FOUND);
    assert_int_equal(xh_tsdb_retract(f->db, &key, 13, 14, 9, NULL, NULL), 0);
    assert_int_equal(xh_tsdb_last(f->db, &key, &reading, NULL), 0);
    assert_int_equal(reading.at_us, 80);
    assert_int_equal(xh_tsdb_before(f->db, &key, 99, 8, &reading, NULL), 0);
    assert_int_equal(reading.at_us, 90);
}

static void one_reading_is_found_by_its_number_in_force_or_not(void **state)
{
    struct fixture *f = *state;
    fill(f, 1, 10);
    struct xh_series_key key = key_of(1);
    struct xh_reading reading;
    assert_int_equal(xh_tsdb_get(f->db, &key, 1, &reading, NULL), 0);
    assert_true(reading.value == 0 && !reading.is_in_force && reading.seq == 1);
    assert_int_equal(xh_tsdb_get(f->db, &key, 2, &reading, NULL), 0);
    assert_true(reading.value == 0.5 && reading.is_in_force && reading.seq == 2);
    assert_int_equal(xh_tsdb_retract(f->db, &key, 2, 2, 9, NULL, NULL), 0);
    assert_int_equal(xh_tsdb_get(f->db, &key, 2, &reading, NULL), 0);
    assert_false(reading.is_in_force);
    assert_int_equal(xh_tsdb_get(f->db, &key, 1, &reading, NULL), 0);
    assert_true(reading.is_in_force);
    assert_int_equal(xh_tsdb_get(f->db, &key, 0, &reading, NULL), XH_E_NOT_FOUND);
    assert_int_equal(xh_tsdb_get(f->db, &key, 15, &reading, NULL), XH_E_NOT_FOUND);
    assert_int_equal(xh_tsdb_get(f->db, &key, UINT64_MAX, &reading, NULL), XH_E_NOT_FOUND);
}

/* ---- windows ---- */

static void a_window_sums_up_the_readings_in_force_in_it(void **state)
{
    struct fixture *f = *state;
    declare(f->db, 1, XH_POLICY_REPLACE);
    static const struct {
        int64_t at_us;
        double value;
        uint8_t quality;
    } rows[] = {{0, 5, 0},  {9, 1, 1},   {10, 4, 2},   {19, 1e16, 4},
                {19, 7, 8}, {30, -3, 0}, {35, -8, 16}, {40, 100, 0}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        put_quality(f->db, 1, rows[i].at_us, rows[i].value, (int64_t)i + 1, rows[i].quality);
    }
    static const int64_t edges[] = {0, 10, 20, 20, 30, 40};
    struct xh_tsdb_window w[5];
    struct xh_series_key key = key_of(1);
    assert_int_equal(xh_tsdb_windows(f->db, &key, edges, 5, 0, w, NULL), 0);
    static const uint64_t counts[] = {2, 2, 0, 0, 2};
    static const double sums[] = {6, 11, 0, 0, -11};
    static const uint8_t qualities[] = {1, 10, 0, 0, 16};
    for (int i = 0; i < 5; i++) {
        assert_int_equal(w[i].count, counts[i]);
        assert_true(xh_sum_value(&w[i].sum) == sums[i]);
        assert_int_equal(w[i].quality, qualities[i]);
    }
    assert_true(w[0].min == 1 && w[0].max == 5 && w[4].min == -8 && w[4].max == -3);
    assert_true(w[1].first.at_us == 10 && w[1].last.at_us == 19 && w[1].last.value == 7);
    assert_int_equal(xh_tsdb_windows(f->db, &key, edges, 5, 4, w, NULL), 0);
    assert_true(w[1].last.value == 1e16 && w[4].count == 0);
    assert_int_equal(xh_tsdb_windows(f->db, &key, edges, 0, 0, w, NULL), 0);
}

static void windows_that_go_back_in_time_are_refused(void **state)
{
    struct fixture *f = *state;
    declare(f->db, 1, XH_POLICY_REPLACE);
    static const int64_t edges[] = {0, 10, 9};
    struct xh_tsdb_window w[2];
    struct xh_series_key key = key_of(1);
    assert_int_equal(xh_tsdb_windows(f->db, &key, edges, 2, 0, w, NULL), XH_E_INVALID);
}

/* ---- submitted batches ---- */

struct gate {
    sem_t open, reached;
    int done_count, failed_count;
};

static void note_done(void *arg, int status, const struct xh_err *err)
{
    struct gate *gate = arg;
    assert_true((status < 0) == (err != NULL));
    __atomic_add_fetch(status == 0 ? &gate->done_count : &gate->failed_count, 1, __ATOMIC_SEQ_CST);
}

static void wait_at_gate(void *arg, int status, const struct xh_err *err)
{
    struct gate *gate = arg;
    note_done(arg, status, err);
    sem_post(&gate->reached);
    sem_wait(&gate->open);
}

static void gate_init(struct gate *gate)
{
    memset(gate, 0, sizeof(*gate));
    sem_init(&gate->open, 0, 0);
    sem_init(&gate->reached, 0, 0);
}

static void many_submitted_batches_share_a_commit(void **state)
{
    struct fixture *f = *state;
    enum { COUNT = 500 };
    declare(f->db, 1, XH_POLICY_REPLACE);
    struct xh_series_key keys[1] = {key_of(1)};
    struct xh_tsdb_row rows[COUNT];
    struct xh_tsdb_batch batches[COUNT];
    struct gate gate;
    gate_init(&gate);
    for (int i = 0; i < COUNT; i++) {
        rows[i] = (struct xh_tsdb_row){.at_us = i, .value = i};
        batches[i] = (struct xh_tsdb_batch){
            .keys = keys, .key_count = 1, .rows = &rows[i], .row_count = 1};
        assert_int_equal(xh_tsdb_submit(f->db, &batches[i], i == 0 ? wait_at_gate : note_done,
                                        &gate, NULL),
                         0);
        if (i == 0) {
            sem_wait(&gate.reached); /* the committer stands still: the rest is queued */
        }
    }
    struct xh_tsdb_stats stats;
    assert_int_equal(xh_tsdb_get_stats(f->db, &stats, NULL), 0);
    assert_int_equal(stats.queue_rows, COUNT - 1);
    uint64_t commits = stats.commits;
    sem_post(&gate.open);
    put(f->db, 1, COUNT, 1, 0); /* behind them in the queue */
    assert_int_equal(__atomic_load_n(&gate.done_count, __ATOMIC_SEQ_CST), COUNT);
    assert_int_equal(xh_tsdb_get_stats(f->db, &stats, NULL), 0);
    assert_true(stats.commits <= commits + 2);
    assert_int_equal(stats.appended, COUNT + 1);
    assert_int_equal(count_series(f->db, 1), COUNT + 1);
}

static void a_refused_batch_does_not_hurt_its_neighbours(void **state)
{
    struct fixture *f = *state;
    declare(f->db, 1, XH_POLICY_REPLACE);
    struct xh_series_key keys[2] = {key_of(1), key_of(2)};
    struct xh_tsdb_row rows[3];
    struct xh_tsdb_batch batches[3];
    struct gate gate;
    gate_init(&gate);
    for (int i = 0; i < 3; i++) {
        rows[i] = (struct xh_tsdb_row){.at_us = i, .value = i};
        batches[i] = (struct xh_tsdb_batch){
            .keys = &keys[i == 1], .key_count = 1, .rows = &rows[i], .row_count = 1};
        assert_int_equal(xh_tsdb_submit(f->db, &batches[i], note_done, &gate, NULL), 0);
    }
    assert_int_equal(put(f->db, 1, 3, 3, 0).seq, 3);
    assert_int_equal(gate.done_count, 2);
    assert_int_equal(gate.failed_count, 1);
}

static void a_full_queue_says_busy_and_takes_nothing(void **state)
{
    struct fixture *f = *state;
    declare(f->db, 1, XH_POLICY_REPLACE);
    struct xh_series_key key = key_of(1);
    struct xh_tsdb_row row = {.at_us = 1, .value = 1};
    struct xh_tsdb_batch batch = {.keys = &key, .key_count = 1, .rows = &row, .row_count = 1};
    struct gate gate;
    gate_init(&gate);
    assert_int_equal(xh_tsdb_submit(f->db, &batch, wait_at_gate, &gate, NULL), 0);
    sem_wait(&gate.reached);
    int taken = 1, status = 0;
    struct xh_err err = {0};
    while (taken < 10000000 &&
           (status = xh_tsdb_submit(f->db, &batch, note_done, &gate, &err)) == 0) {
        taken++;
    }
    assert_int_equal(status, XH_E_BUSY);
    assert_true(xh_err_is_retryable(err.code));
    sem_post(&gate.open);
    xh_tsdb_close(f->db);
    f->db = NULL;
    assert_int_equal(gate.done_count, taken);
}

static void closing_waits_for_what_was_submitted(void **state)
{
    struct fixture *f = *state;
    declare(f->db, 1, XH_POLICY_REPLACE);
    enum { COUNT = 200 };
    struct xh_series_key key = key_of(1);
    struct xh_tsdb_row rows[COUNT];
    struct xh_tsdb_batch batches[COUNT];
    struct gate gate;
    gate_init(&gate);
    for (int i = 0; i < COUNT; i++) {
        rows[i] = (struct xh_tsdb_row){.at_us = i, .value = i};
        batches[i] = (struct xh_tsdb_batch){
            .keys = &key, .key_count = 1, .rows = &rows[i], .row_count = 1};
        assert_int_equal(xh_tsdb_submit(f->db, &batches[i], note_done, &gate, NULL), 0);
    }
    fixture_reopen(f);
    assert_int_equal(gate.done_count, COUNT);
    assert_int_equal(count_series(f->db, 1), COUNT);
}

/* ---- threads ---- */

struct appender {
    struct fixture *f;
    uint32_t own_key;
    int count;
};

static void *append_many(void *arg)
{
    struct appender *a = arg;
    for (int i = 0; i < a->count; i++) {
        assert_int_equal(put(a->f->db, 1, (int64_t)a->own_key * 1000000 + i, 1, 0).status, 0);
        assert_int_equal(put(a->f->db, a->own_key, i, 1, 0).seq, i + 1);
        assert_int_equal(count_series(a->f->db, a->own_key), i + 1);
    }
    return NULL;
}

static void threads_append_and_read_side_by_side(void **state)
{
    struct fixture *f = *state;
    enum { THREADS = 4, EACH = 40 };
    declare(f->db, 1, XH_POLICY_KEEP_ALL);
    pthread_t threads[THREADS];
    struct appender appenders[THREADS];
    for (int i = 0; i < THREADS; i++) {
        appenders[i] = (struct appender){f, (uint32_t)i + 2, EACH};
        declare(f->db, appenders[i].own_key, XH_POLICY_REPLACE);
        assert_int_equal(pthread_create(&threads[i], NULL, append_many, &appenders[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    size_t count = 0;
    struct xh_reading *readings = read_series(f->db, 1, &count);
    assert_int_equal(count, THREADS * EACH);
    uint64_t seq_sum = 0;
    for (size_t i = 0; i < count; i++) {
        seq_sum += readings[i].seq;
    }
    assert_int_equal(seq_sum, count * (count + 1) / 2);
    free(readings);
    assert_int_equal(check_store(f->db), 0);
}

/* ---- care ---- */

struct seen {
    int count, stop_at;
    uint64_t readings;
    struct xh_tsdb *db;
};

static int see(void *arg, const struct xh_series_key *key, enum xh_series_policy policy,
               uint64_t reading_count)
{
    struct seen *seen = arg;
    seen->count++;
    seen->readings += reading_count;
    struct xh_series_key first = key_of(0);
    if (memcmp(key, &first, sizeof(first)) == 0) {
        assert_int_equal(policy, XH_POLICY_KEEP_ALL);
        assert_int_equal(reading_count, 2);
        assert_int_equal(count_series(seen->db, 0), 2); /* the store may be used here */
    } else {
        assert_int_equal(policy, XH_POLICY_REPLACE);
    }
    return seen->count == seen->stop_at ? 7 : 0;
}

static void each_series_is_told_once_with_its_count(void **state)
{
    struct fixture *f = *state;
    declare(f->db, 0, XH_POLICY_KEEP_ALL);
    struct xh_series_key keys[600];
    for (uint32_t i = 0; i < 600; i++) {
        keys[i] = key_of(i + 1);
    }
    assert_int_equal(xh_tsdb_declare(f->db, keys, 600, XH_POLICY_REPLACE, NULL), 0);
    put(f->db, 0, 1, 1, 0);
    put(f->db, 0, 1, 1, 0);
    put(f->db, 5, 1, 1, 0);
    put(f->db, 5, 1, 2, 0);
    fixture_reopen(f);
    struct seen seen = {.db = f->db};
    assert_int_equal(xh_tsdb_each_series(f->db, see, &seen, NULL), 0);
    assert_int_equal(seen.count, 601);
    assert_int_equal(seen.readings, 4);
    seen = (struct seen){.stop_at = 3, .db = f->db};
    assert_int_equal(xh_tsdb_each_series(f->db, see, &seen, NULL), 7);
    assert_int_equal(seen.count, 3);
    struct xh_tsdb_stats stats;
    assert_int_equal(xh_tsdb_get_stats(f->db, &stats, NULL), 0);
    assert_int_equal(stats.series_count, 601);
    assert_int_equal(stats.reading_count, 4);
    assert_int_equal(stats.appended, 0);
    assert_true(stats.size_bytes > 4096 && !stats.is_poisoned);
}

static void *append_until_stopped(void *arg)
{
    struct appender *a = arg;
    for (int i = 0; __atomic_load_n(&a->count, __ATOMIC_SEQ_CST) == 0; i++) {
        assert_int_equal(put(a->f->db, 2, i, i, 0).seq, i + 1);
    }
    return NULL;
}

static void a_backup_made_while_writing_goes_on_opens_as_a_store(void **state)
{
    struct fixture *f = *state;
    fill(f, 1, 20000);
    declare(f->db, 2, XH_POLICY_REPLACE);
    struct appender appender = {.f = f};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, append_until_stopped, &appender), 0);
    while (count_series(f->db, 2) == 0) {
    }
    char to_dir[96];
    snprintf(to_dir, sizeof(to_dir), "%s/copy/", f->base);
    size_t at_least = count_series(f->db, 2);
    struct xh_err err = {0};
    if (xh_tsdb_backup(f->db, to_dir, &err) != 0) {
        fail_msg("%s", err.text);
    }
    __atomic_store_n(&appender.count, 1, __ATOMIC_SEQ_CST);
    pthread_join(thread, NULL);
    size_t at_most = count_series(f->db, 2);
    struct xh_tsdb *copy = NULL;
    assert_int_equal(xh_tsdb_open(f->env, to_dir, &copy, NULL), 0);
    assert_int_equal(count_series(copy, 1), 20000);
    size_t copied = count_series(copy, 2);
    assert_true(copied >= at_least && copied <= at_most);
    assert_int_equal(check_store(copy), 0);
    assert_int_equal(put(copy, 2, -1, 1, 0).seq, copied + 1);
    xh_tsdb_close(copy);
    assert_int_equal(xh_tsdb_backup(f->db, to_dir, NULL), XH_E_CONFLICT);
}

static size_t size_of(const struct fixture *f, const char *path)
{
    struct xh_buf content = {0};
    assert_int_equal(xh_file_read(f->env, path, 1 << 26, &content, NULL), 0);
    size_t size_bytes = content.len;
    xh_buf_finish(&content);
    return size_bytes;
}

static void check_and_reading_find_one_changed_bit_of_a_value(void **state)
{
    struct fixture *f = *state;
    declare(f->db, 1, XH_POLICY_REPLACE);
    for (int i = 0; i < 2000; i++) {
        put(f->db, 1, i, i * 1.2345678, 0);
    }
    flush(f);
    assert_int_equal(check_store(f->db), 0);
    xh_tsdb_close(f->db);
    f->db = NULL;
    char path[128], byte = 0;
    path_of_file(f, "seg-", path);
    off_t middle = (off_t)size_of(f, path) / 2; /* of the values: they take most of the file */
    int fd = open(path, O_RDONLY);
    assert_int_equal(pread(fd, &byte, 1, middle), 1);
    close(fd);
    byte ^= 4;
    overwrite(path, middle, &byte, 1);
    fixture_reopen(f);
    assert_true(check_store(f->db) > 0);
    struct xh_tsdb_range range = {.key = key_of(1), .to_us = 5000};
    struct xh_tsdb_cursor *cursor = NULL;
    struct xh_reading readings[2000];
    struct xh_err err = {0};
    int rc = xh_tsdb_read(f->db, &range, &cursor, &err);
    assert_int_equal(rc == 0 ? xh_tsdb_next(cursor, readings, 2000, &err) : rc, XH_E_CORRUPT);
    assert_non_null(strstr(err.text, path + strlen(f->dir)));
    xh_tsdb_cursor_close(cursor);
}

static void check_finds_rubbish_in_a_file(void **state)
{
    struct fixture *f = *state;
    fill(f, 1, 5000);
    flush(f);
    assert_int_equal(check_store(f->db), 0);
    xh_tsdb_close(f->db);
    f->db = NULL;
    char path[128], rubbish[64];
    path_of_file(f, "seg-", path);
    memset(rubbish, 0xa5, sizeof(rubbish));
    overwrite(path, (int64_t)size_of(f, path) / 3, rubbish, sizeof(rubbish));
    fixture_reopen(f);
    assert_true(check_store(f->db) > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_range_holds_its_start_and_not_its_end),
        TEST(a_range_comes_in_order_of_time_then_number_and_backwards_the_other_way),
        TEST(a_limit_ends_the_range_early_whatever_is_read_at_once),
        TEST(a_cursor_sees_nothing_of_what_comes_after_it_was_opened),
        TEST(the_nearest_reading_in_force_is_found_on_both_sides),
        TEST(one_reading_is_found_by_its_number_in_force_or_not),
        TEST(a_window_sums_up_the_readings_in_force_in_it),
        TEST(windows_that_go_back_in_time_are_refused),
        TEST(many_submitted_batches_share_a_commit),
        TEST(a_refused_batch_does_not_hurt_its_neighbours),
        TEST(a_full_queue_says_busy_and_takes_nothing),
        TEST(closing_waits_for_what_was_submitted),
        TEST(threads_append_and_read_side_by_side),
        TEST(each_series_is_told_once_with_its_count),
        TEST(a_backup_made_while_writing_goes_on_opens_as_a_store),
        TEST(check_and_reading_find_one_changed_bit_of_a_value),
        TEST(check_finds_rubbish_in_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
