/* Nothing acknowledged is lost: under each failing operation of the disk, and under kill -9.
 *
 * XH_KILLS sets how many times the process is killed (default 20), XH_SEED the seed of it. */
#include "base/rand.h"
#include "tsdb_help.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BATCHES = 6, ROWS = 30 };

/* ---- the work that is disturbed ---- */

/* Row i of batch b. Values are told from each other, so that a mix would be seen. */
static int64_t time_of(int batch, int row)
{
    return batch * 1000 + row;
}

static double value_of(int batch, int row)
{
    return batch * 100.25 + row;
}

static int append_batch(struct xh_tsdb *db, int batch, struct xh_err *err)
{
    struct xh_series_key key = key_of(1);
    struct xh_tsdb_row rows[ROWS];
    for (int i = 0; i < ROWS; i++) {
        rows[i] = (struct xh_tsdb_row){
            .at_us = time_of(batch, i), .value = value_of(batch, i), .decimals = 2};
    }
    struct xh_tsdb_batch b = {
        .keys = &key, .key_count = 1, .rows = rows, .row_count = ROWS, .arrival_us = batch + 1};
    return xh_tsdb_append(db, &b, err);
}

/* How many rows of a batch are there; each must be right. */
static int rows_of_batch(struct xh_tsdb *db, int batch)
{
    struct xh_tsdb_range range = {
        .key = key_of(1), .from_us = time_of(batch, 0), .to_us = time_of(batch, ROWS)};
    size_t count = 0;
    struct xh_reading *readings = read_range(db, &range, 100, &count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(readings[i].at_us, time_of(batch, (int)i));
        assert_true(readings[i].value == value_of(batch, (int)i));
    }
    free(readings);
    return (int)count;
}

struct outcome {
    bool is_declared;
    bool has_batch[BATCHES];
    bool is_retracted, is_erased;
};

/* Batches 0 to 2, a retraction of batch 0, an erasure of batch 1, batches 3 to 5. Once something
 * failed all the rest must fail. */
static void work(struct fixture *f, struct outcome *o)
{
    struct xh_series_key key = key_of(1);
    struct xh_err err = {0};
    bool has_failed = xh_tsdb_declare(f->db, &key, 1, XH_POLICY_REPLACE, &err) != 0;
    o->is_declared = !has_failed;
    for (int b = 0; b < BATCHES; b++) {
        if (b == 3) {
            o->is_retracted = xh_tsdb_retract(f->db, &key, 1, ROWS, 50, NULL, &err) == 0;
            assert_false(has_failed && o->is_retracted);
            has_failed = !o->is_retracted;
            o->is_erased = xh_tsdb_erase(f->db, &key, 1000, 2000, NULL, &err) == 0;
            assert_false(has_failed && o->is_erased);
            has_failed = !o->is_erased;
        }
        int rc = append_batch(f->db, b, &err);
        assert_true(rc == 0 || rc == XH_E_IO || rc == XH_E_NO_SPACE);
        assert_false(has_failed && rc == 0);
        has_failed = rc != 0;
        o->has_batch[b] = rc == 0;
    }
}

static void check_outcome(struct xh_tsdb *db, const struct outcome *o)
{
    struct xh_reading reading;
    struct xh_series_key key = key_of(1);
    if (!o->is_declared && xh_tsdb_last(db, &key, &reading, NULL) == XH_E_NOT_FOUND) {
        return;
    }
    for (int b = 0; b < BATCHES; b++) {
        int count = rows_of_batch(db, b);
        assert_true(count == 0 || count == ROWS);
        if (b == 0 && o->is_retracted) {
            assert_int_equal(count, 0);
            assert_int_equal(xh_tsdb_get(db, &key, 1, &reading, NULL), 0);
        } else if (b == 1 && o->is_erased) {
            assert_int_equal(count, 0);
            assert_int_equal(xh_tsdb_get(db, &key, ROWS + 1, &reading, NULL), XH_E_NOT_FOUND);
        } else if (o->has_batch[b] && (b > 1 || o->is_erased || o->has_batch[3])) {
            assert_int_equal(count, ROWS);
        }
    }
    assert_int_equal(check_store(db), 0);
}

/* ---- failing operations ---- */

/* A memory of two batches, and no thread: flushes and merges are made in between, too. */
static const struct xh_tsdb_options small_options = {
    .has_no_threads = true, .memory_rows = 2 * ROWS, .chunk_rows = 16, .merge_count = 2};

static bool disturb(const struct xh_tsdb_options *options, uint64_t nth, int errno_value,
                    bool is_sticky)
{
    struct fixture *f = fixture_create_as(options);
    struct outcome outcome = {0};
    xh_env_fault_fail_any(f->fault, nth, errno_value, is_sticky);
    work(f, &outcome);
    bool has_fired = xh_env_fault_has_fired(f->fault);
    struct xh_tsdb_stats stats;
    assert_int_equal(xh_tsdb_get_stats(f->db, &stats, NULL), 0);
    if (!outcome.has_batch[BATCHES - 1]) {
        assert_true(has_fired && stats.is_poisoned);
        assert_true(xh_tsdb_tend(f->db, XH_TSDB_FLUSH, NULL) < 0);
        struct xh_err err = {0};
        int code = append_batch(f->db, BATCHES, &err);
        assert_true(code == XH_E_IO || (code == XH_E_NO_SPACE && errno_value == ENOSPC));
        assert_non_null(strstr(err.text, "opened anew"));
        check_outcome(f->db, &outcome); /* reading goes on */
    }
    xh_tsdb_close(f->db);
    f->db = NULL;
    xh_env_fault_fail_any(f->fault, 0, 0, false);
    fixture_reopen(f);
    check_outcome(f->db, &outcome);
    declare(f->db, 1, XH_POLICY_REPLACE);
    assert_int_equal(append_batch(f->db, BATCHES, NULL), 0);
    assert_int_equal(rows_of_batch(f->db, BATCHES), ROWS);
    fixture_destroy(f);
    return has_fired;
}

static void nothing_acknowledged_is_lost_whichever_operation_fails(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        const struct xh_tsdb_options standard = {0};
        uint64_t nth = 1;
        while (disturb(i == 0 ? &standard : &small_options, nth, EIO, false)) {
            nth++;
        }
        print_message("%llu operations failed in turn\n", (unsigned long long)nth - 1);
        assert_true(nth > 20);
    }
}

static void nothing_acknowledged_is_lost_when_the_disk_fills_up(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        const struct xh_tsdb_options standard = {0};
        uint64_t nth = 1;
        while (disturb(i == 0 ? &standard : &small_options, nth, ENOSPC, true)) {
            nth++;
        }
        assert_true(nth > 20);
    }
}

static void a_full_disk_is_told_as_no_space_and_poisons(void **state)
{
    struct fixture *f = *state;
    declare(f->db, 1, XH_POLICY_REPLACE);
    assert_int_equal(append_batch(f->db, 0, NULL), 0);
    xh_env_fault_fail(f->fault, XH_IO_WRITE, 1, ENOSPC, true);
    struct xh_err err = {0};
    assert_int_equal(append_batch(f->db, 1, &err), XH_E_NO_SPACE);
    assert_int_equal(err.code, XH_E_NO_SPACE);
    assert_non_null(strstr(err.text, "no space left"));
    xh_env_fault_fail(f->fault, XH_IO_WRITE, 0, 0, false);
    assert_int_equal(append_batch(f->db, 1, &err), XH_E_NO_SPACE);
    struct xh_series_key key = key_of(2);
    assert_int_equal(xh_tsdb_declare(f->db, &key, 1, XH_POLICY_REPLACE, NULL), XH_E_NO_SPACE);
    assert_int_equal(rows_of_batch(f->db, 0), ROWS);
    fixture_reopen(f);
    assert_int_equal(append_batch(f->db, 1, NULL), 0);
}

static void a_failed_sync_is_not_tried_again(void **state)
{
    struct fixture *f = *state;
    declare(f->db, 1, XH_POLICY_REPLACE);
    xh_env_fault_fail(f->fault, XH_IO_SYNC, 1, EIO, false);
    assert_int_equal(append_batch(f->db, 0, NULL), XH_E_IO);
    uint64_t syncs = xh_env_fault_count(f->fault, XH_IO_SYNC);
    assert_int_equal(append_batch(f->db, 0, NULL), XH_E_IO);
    assert_int_equal(xh_env_fault_count(f->fault, XH_IO_SYNC), syncs);
    assert_int_equal(rows_of_batch(f->db, 0), 0);
}

static void every_commit_is_synced_before_it_is_acknowledged(void **state)
{
    struct fixture *f = *state;
    declare(f->db, 1, XH_POLICY_REPLACE);
    for (int i = 0; i < 10; i++) {
        uint64_t syncs = xh_env_fault_count(f->fault, XH_IO_SYNC);
        assert_int_equal(append_batch(f->db, i, NULL), 0);
        assert_true(xh_env_fault_count(f->fault, XH_IO_SYNC) > syncs);
    }
}

static void a_store_that_could_not_be_made_is_made_the_next_time(void **state)
{
    struct fixture *f = *state;
    char dir[96];
    for (uint64_t nth = 1;; nth++) {
        snprintf(dir, sizeof(dir), "%s/new%llu", f->base, (unsigned long long)nth);
        xh_env_fault_fail_any(f->fault, nth, EIO, false);
        struct xh_tsdb *db = NULL;
        struct xh_err err = {0};
        int rc = xh_tsdb_open(f->env, dir, &db, &err);
        bool has_fired = xh_env_fault_has_fired(f->fault);
        xh_env_fault_fail_any(f->fault, 0, 0, false);
        if (rc != 0) {
            assert_int_equal(rc, XH_E_IO);
            assert_null(db);
            assert_int_equal(xh_tsdb_open(f->env, dir, &db, &err), 0);
        }
        declare(db, 1, XH_POLICY_REPLACE);
        assert_int_equal(put(db, 1, 1, 1, 0).status, 0);
        assert_int_equal(check_store(db), 0);
        xh_tsdb_close(db);
        if (!has_fired) {
            assert_true(nth > 5);
            break;
        }
    }
}

static void a_failed_backup_leaves_nothing_and_hurts_nobody(void **state)
{
    struct fixture *f = *state;
    char to_dir[96];
    snprintf(to_dir, sizeof(to_dir), "%s/copy", f->base);
    declare(f->db, 1, XH_POLICY_REPLACE);
    for (int b = 0; b < BATCHES; b++) {
        assert_int_equal(append_batch(f->db, b, NULL), 0);
    }
    for (uint64_t nth = 1;; nth++) {
        flush(f); /* else it is the store itself that cannot be written to */
        xh_env_fault_fail_any(f->fault, nth, ENOSPC, false);
        int rc = xh_tsdb_backup(f->db, to_dir, NULL);
        bool has_fired = xh_env_fault_has_fired(f->fault);
        xh_env_fault_fail_any(f->fault, 0, 0, false);
        if (rc == 0 && !has_fired) {
            assert_true(nth > 5);
            break;
        }
        assert_true(rc == 0 || access(to_dir, F_OK) != 0 || has_fired);
        remove_tree(to_dir);
        assert_int_equal(append_batch(f->db, (int)nth + BATCHES, NULL), 0);
    }
    struct xh_tsdb *copy = NULL;
    assert_int_equal(xh_tsdb_open(f->env, to_dir, &copy, NULL), 0);
    assert_int_equal(rows_of_batch(copy, BATCHES - 1), ROWS);
    xh_tsdb_close(copy);
}

/* ---- kill -9 ---- */

enum { KILL_THREADS = 3, KILL_ROWS = 7 };

/* Small memories, so that flushes and merges are always under way. */
static const struct xh_tsdb_options killed_options = {
    .memory_rows = 50, .chunk_rows = 16, .log_file_bytes = 1 << 16, .merge_count = 2};

struct acknowledged {
    uint32_t key;
    uint64_t first_seq;
    double value;
};

struct killed_thread {
    struct xh_tsdb *db;
    uint32_t key;
    int pipe_fd;
};

/* Appends until killed; what was acknowledged is told through the pipe, whose writes are small and
 * therefore whole. */
static void *append_for_ever(void *arg)
{
    struct killed_thread *t = arg;
    struct xh_series_key key = key_of(t->key);
    struct xh_tsdb_row rows[KILL_ROWS];
    uint64_t seqs[KILL_ROWS];
    for (int64_t n = 0;; n++) {
        struct xh_reading last;
        double value = (double)n;
        if (n == 0 && xh_tsdb_last(t->db, &key, &last, NULL) == 0) {
            n = last.at_us / KILL_ROWS + 1;
            value = (double)n;
        }
        for (int i = 0; i < KILL_ROWS; i++) {
            rows[i] = (struct xh_tsdb_row){.at_us = n * KILL_ROWS + i, .value = value};
        }
        struct xh_tsdb_batch batch = {.keys = &key,
                                      .key_count = 1,
                                      .rows = rows,
                                      .row_count = KILL_ROWS,
                                      .ret_seq = seqs};
        if (xh_tsdb_append(t->db, &batch, NULL) != 0) {
            _exit(1);
        }
        struct acknowledged ack = {t->key, seqs[0], value};
        if (write(t->pipe_fd, &ack, sizeof(ack)) != (ssize_t)sizeof(ack)) {
            _exit(2);
        }
    }
}

static void run_child(const char *dir, int pipe_fd)
{
    struct xh_tsdb *db = NULL;
    if (xh_tsdb_open_as(xh_env_real(), dir, &killed_options, &db, NULL) != 0) {
        _exit(3);
    }
    struct xh_series_key keys[KILL_THREADS];
    struct killed_thread threads[KILL_THREADS];
    for (uint32_t i = 0; i < KILL_THREADS; i++) {
        keys[i] = key_of(i + 1);
    }
    if (xh_tsdb_declare(db, keys, KILL_THREADS, XH_POLICY_REPLACE, NULL) != 0) {
        _exit(4);
    }
    for (uint32_t i = 0; i < KILL_THREADS; i++) {
        threads[i] = (struct killed_thread){db, i + 1, pipe_fd};
        pthread_t id;
        pthread_create(&id, NULL, append_for_ever, &threads[i]);
    }
    for (;;) {
        pause();
    }
}

static void check_acknowledged(struct xh_tsdb *db, const struct acknowledged *ack)
{
    struct xh_series_key key = key_of(ack->key);
    for (uint64_t i = 0; i < KILL_ROWS; i++) {
        struct xh_reading reading;
        assert_int_equal(xh_tsdb_get(db, &key, ack->first_seq + i, &reading, NULL), 0);
        assert_true(reading.value == ack->value);
    }
}

/* Numbers without gaps, batches whole. */
static void check_whole(struct xh_tsdb *db)
{
    for (uint32_t k = 1; k <= KILL_THREADS; k++) {
        struct xh_series_key key = key_of(k);
        struct xh_reading last;
        if (xh_tsdb_last(db, &key, &last, NULL) == 0) {
            size_t count = count_series(db, k);
            assert_int_equal(count, last.seq);
            assert_int_equal(count % KILL_ROWS, 0);
        }
    }
    assert_int_equal(check_store(db), 0);
}

/* Returns how many batches were acknowledged. */
static size_t kill_once(const char *dir, struct xh_rand *rand)
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(fds[0]);
        run_child(dir, fds[1]);
    }
    close(fds[1]);
    /* The first rounds die while the store is made, the others while it works. */
    struct timespec wait = {.tv_nsec = (long)xh_rand_below(rand, 80 * 1000 * 1000)};
    nanosleep(&wait, NULL);
    kill(child, SIGKILL);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    struct xh_tsdb *db = NULL;
    struct xh_err err = {0};
    if (xh_tsdb_open_as(xh_env_real(), dir, &killed_options, &db, &err) != 0) {
        fail_msg("it does not open: %s", err.text);
    }
    struct acknowledged ack;
    size_t count = 0;
    while (read(fds[0], &ack, sizeof(ack)) == (ssize_t)sizeof(ack)) {
        check_acknowledged(db, &ack);
        count++;
    }
    close(fds[0]);
    check_whole(db);
    xh_tsdb_close(db);
    return count;
}

static void nothing_acknowledged_is_lost_when_the_process_is_killed(void **state)
{
    (void)state;
    char base[] = "/tmp/xanh-tsdb-kill-XXXXXX";
    assert_non_null(mkdtemp(base));
    char dir[64];
    snprintf(dir, sizeof(dir), "%s/readings", base);
    struct xh_rand rand;
    const char *seed_text = getenv("XH_SEED"), *kills_text = getenv("XH_KILLS");
    uint64_t seed = seed_text != NULL ? strtoull(seed_text, NULL, 10) : 20;
    long kills = kills_text != NULL ? strtol(kills_text, NULL, 10) : 20;
    xh_rand_init(&rand, seed);
    size_t acknowledged = 0;
    for (long round = 0; round < kills; round++) {
        acknowledged += kill_once(dir, &rand);
    }
    print_message("seed %llu: %ld kills, %zu batches acknowledged\n", (unsigned long long)seed,
                  kills, acknowledged);
    assert_true(acknowledged > 0);
    remove_tree(base);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_acknowledged_is_lost_whichever_operation_fails),
        cmocka_unit_test(nothing_acknowledged_is_lost_when_the_disk_fills_up),
        TEST(a_full_disk_is_told_as_no_space_and_poisons),
        TEST(a_failed_sync_is_not_tried_again),
        TEST(every_commit_is_synced_before_it_is_acknowledged),
        TEST(a_store_that_could_not_be_made_is_made_the_next_time),
        TEST(a_failed_backup_leaves_nothing_and_hurts_nobody),
        cmocka_unit_test(nothing_acknowledged_is_lost_when_the_process_is_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
