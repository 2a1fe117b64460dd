/* Copies and checks of a folder; and what a kill between the records and the readings leaves. */
#include "service/care.h"
#include "service/change.h"
#include "service/engine_internal.h"
#include "service/ingest_help.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOME "home-7/electricity"

static const struct engine_options plain = {.without_rows = true};

/* ---- what a check tells ---- */

struct told {
    char first[256];
    int64_t count;
};

static void tell(void *arg, const char *sentence)
{
    struct told *told = arg;
    if (told->count++ == 0) {
        (void)snprintf(told->first, sizeof told->first, "%s", sentence);
    }
}

static struct told check_of(struct xh_engine *engine)
{
    struct told told = {"", 0};
    struct xh_err err = {0};
    int64_t count = xh_care_check(engine, tell, &told, &err);
    must((int)count, &err);
    assert_int_equal(count, told.count);
    return told;
}

static void assert_clean(struct xh_engine *engine)
{
    struct told told = check_of(engine);
    if (told.count > 0) {
        fail_msg("%lld faults, the first: %s", (long long)told.count, told.first);
    }
}

static void a_folder_in_order_has_no_fault(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&plain);
    assert_clean(f->engine);
    (void)put(f, HOME, at("2026-01-01T00:00:00+07:00"), 1);
    assert_clean(f->engine);
    engine_leave(f);
}

static void readings_whose_series_has_no_record_are_a_fault(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&plain);
    struct xh_err err = {0};
    struct xh_record series;
    (void)put(f, HOME, at("2026-01-01T00:00:00+07:00"), 1);
    must(xh_record_get(&f->ctx, "core.series", f->home_series, &series, &err), &err);
    must(xh_record_delete(&f->ctx, "core.series", series.id, series.version, &err), &err);
    struct told told = check_of(f->engine);
    assert_int_equal(told.count, 1);
    assert_non_null(strstr(told.first, "which has no record"));
    engine_leave(f);
}

static void a_series_that_stands_twice_with_two_policies_is_a_fault(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&plain);
    struct xh_err err = {0};
    struct xh_series_key key = {{0}};
    key.bytes[15] = (uint8_t)f->home_series; /* nobody asked for it yet */
    assert_in_range(f->home_series, 1, 255);
    must(xh_tsdb_declare(f->engine->tsdb, &key, 1, XH_POLICY_KEEP_ALL, &err), &err);
    struct told told = check_of(f->engine);
    assert_int_equal(told.count, 1);
    assert_non_null(strstr(told.first, "is replace in its record and keep_all"));
    engine_leave(f);
}

static void import_of_home(struct engine_fixture *f)
{
    struct xh_err err = {0};
    struct xh_record import;
    must(xh_record_new(&f->ctx, "core.import", &import, &err), &err);
    xh_doc_set_string(import.doc, "file", "june.csv");
    size_t row = xh_doc_add(import.doc, "spans");
    xh_value_set_int(xh_doc_put(import.doc, "spans", row, "series"), f->home_series);
    xh_value_set_int(xh_doc_put(import.doc, "spans", row, "seq_from"), 1);
    xh_value_set_int(xh_doc_put(import.doc, "spans", row, "seq_to"), 1);
    must(xh_record_put(&f->ctx, &import, &err), &err);
}

static void a_series_with_imports_that_the_readings_do_not_know_is_a_fault(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&plain);
    char command[128];
    (void)put(f, HOME, at("2026-01-01T00:00:00+07:00"), 1);
    import_of_home(f);
    assert_clean(f->engine);
    xh_engine_close(f->engine);
    (void)snprintf(command, sizeof command, "rm -rf '%s/readings'", f->dir);
    assert_int_equal(system(command), 0);
    f->engine = NULL;
    engine_reopen(f);
    struct told told = check_of(f->engine);
    assert_int_equal(told.count, 1);
    assert_non_null(strstr(told.first, "the readings store does not know it"));
    engine_leave(f);
}

/* ---- copies ---- */

static void copy(struct engine_fixture *f, const char *to)
{
    struct xh_err err = {0};
    struct xh_care_backup made;
    must(xh_care_backup(f->engine, to, NULL, NULL, &made, &err), &err);
    assert_int_equal(made.reading_count, 1);
}

static void remove_folder(const char *name)
{
    char command[160];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", name);
    assert_int_equal(system(command), 0);
}

/* The last renames are those of the keys and of the copy itself: all else is there by then. */
static void a_copy_that_fails_leaves_nothing_under_either_name(void **state)
{
    (void)state;
    struct engine_options options = {.without_rows = true, .now_us = INT64_C(1764565200000000)};
    struct engine_fixture *f = engine_enter(&options);
    char to[128], part[160];
    (void)put(f, HOME, at("2025-01-01T00:00:00+07:00"), 1);
    (void)snprintf(to, sizeof to, "%s-copy", f->dir);
    (void)snprintf(part, sizeof part, "%s.part", to);
    copy(f, to); /* what is in memory is in files then */
    remove_folder(to);
    uint64_t before = xh_env_fault_count(f->fault, XH_IO_RENAME);
    copy(f, to);
    uint64_t count = xh_env_fault_count(f->fault, XH_IO_RENAME) - before;
    remove_folder(to);
    assert_true(count >= 2);
    for (uint64_t nth = count; nth > count - 2; nth--) {
        struct xh_err err = {0};
        struct xh_care_backup made;
        xh_env_fault_fail(f->fault, XH_IO_RENAME, nth, EIO, false);
        assert_int_equal(xh_care_backup(f->engine, to, NULL, NULL, &made, &err), XH_E_IO);
        assert_int_not_equal(access(to, F_OK), 0);
        assert_int_not_equal(access(part, F_OK), 0);
    }
    xh_env_fault_fail(f->fault, XH_IO_RENAME, 0, 0, false);
    copy(f, to);
    remove_folder(to);
    engine_leave(f);
}

/* ---- killed ---- */

/* The environment as it is, for a child that opens the folder of a fixture that has closed it. */
static struct xh_engine *child_open(struct engine_fixture *f)
{
    struct xh_engine *engine = NULL;
    struct xh_err err = {0};
    if (engine_try_open(f, &engine, &err) < 0) {
        _exit(3);
    }
    return engine;
}

/* After each commit of records, before those who wrote are told. */
static void kill_self(void *arg)
{
    (void)arg;
    (void)kill(getpid(), SIGKILL);
}

static void child_makes_a_meter_and_dies(struct engine_fixture *f)
{
    struct xh_engine *engine = child_open(f);
    struct xh_arena *arena = xh_arena_create("child");
    struct xh_meter_spec spec = engine_meter_spec("home-8", "home-8/electricity");
    struct xh_ctx ctx;
    struct xh_err err = {0};
    int64_t id = 0;
    xh_engine_ctx(engine, &xh_who_engine, arena, &ctx);
    xh_change_listen(engine, kill_self, NULL);
    (void)xh_registry_meter(&ctx, &spec, &id, &err);
    _exit(4); /* it should not have come so far */
}

static void close_for_child(struct engine_fixture *f)
{
    xh_engine_close(f->engine);
    f->engine = NULL;
}

static void killed_between_registry_and_dictionary_the_series_works(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&plain);
    int status = 0;
    close_for_child(f);
    pid_t child = fork();
    if (child == 0) {
        child_makes_a_meter_and_dies(f);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    engine_reopen(f);
    struct xh_err err = {0};
    struct xh_record series;
    struct xh_tsdb_stats stats;
    must(xh_record_find(&f->ctx, "core.series", "code", XH_STR("home-8/electricity"), &series,
                        &err), &err); /* the record was committed */
    must(xh_tsdb_get_stats(f->engine->tsdb, &stats, &err), &err);
    assert_int_equal(stats.series_count, 0); /* and the store knows of no series */
    assert_clean(f->engine);
    struct xh_ingest_result result = put(f, "home-8/electricity",
                                         at("2026-01-01T00:00:00+07:00"), 1);
    assert_int_equal(result.seq, 1);
    assert_clean(f->engine);
    engine_leave(f);
}

/* Makes meters and sends each a reading, and says so by a byte each time one is on disk. */
static void child_works_until_killed(struct engine_fixture *f, int round, int pipe_fd)
{
    struct xh_engine *engine = child_open(f);
    for (int i = 0; i < 10000; i++) {
        struct xh_arena *arena = xh_arena_create("child");
        struct xh_ctx ctx;
        struct xh_err err = {0};
        char code[64];
        int64_t id = 0;
        xh_engine_ctx(engine, &xh_who_engine, arena, &ctx);
        (void)snprintf(code, sizeof code, "r%d-%d", round, i);
        struct xh_meter_spec spec = engine_meter_spec(code, code);
        if (xh_registry_meter(&ctx, &spec, &id, &err) < 0) {
            _exit(5);
        }
        (void)try_put(&ctx, code, INT64_C(1767225600000000), i, 0, &err);
        if (err.code != 0 || write(pipe_fd, "+", 1) != 1) {
            _exit(6);
        }
        xh_arena_destroy(arena);
    }
    _exit(7);
}

/* Lets the child answer for `count` meters, and a little while longer, then kills it. Returns how
 * many it answered for. */
static int kill_after(pid_t child, int pipe_fd, int count, int wait_us)
{
    char byte;
    int told = 0, status = 0;
    while (told < count && read(pipe_fd, &byte, 1) == 1) {
        told++;
    }
    (void)usleep((useconds_t)wait_us);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    while (read(pipe_fd, &byte, 1) == 1) {
        told++;
    }
    return told;
}

static void assert_meters_have_readings(struct engine_fixture *f, int round, int count)
{
    for (int i = 0; i < count; i++) {
        struct xh_err err = {0};
        const struct xh_series *series;
        struct xh_reading reading;
        char code[64];
        (void)snprintf(code, sizeof code, "r%d-%d", round, i);
        must(xh_series_get(&f->ctx, xh_str_from(code), &series, &err), &err);
        must(xh_tsdb_last(f->engine->tsdb, &series->key, &reading, &err), &err);
        assert_true(reading.value == i);
        xh_series_put(series);
    }
}

static void killed_at_any_moment_what_was_answered_is_there_and_fits(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&plain);
    enum { ROUNDS = 12 };
    for (int round = 0; round < ROUNDS; round++) {
        int pipes[2];
        assert_int_equal(pipe(pipes), 0);
        close_for_child(f);
        pid_t child = fork();
        if (child == 0) {
            child_works_until_killed(f, round, pipes[1]);
        }
        assert_true(child > 0);
        assert_int_equal(close(pipes[1]), 0);
        int told = kill_after(child, pipes[0], 1 + round % 4, 137 * round * round);
        assert_int_equal(close(pipes[0]), 0);
        assert_true(told > 0);
        engine_reopen(f);
        assert_clean(f->engine);
        assert_meters_have_readings(f, round, told);
        char next[64];
        (void)snprintf(next, sizeof next, "r%d-%d", round, told - 1);
        assert_int_equal(put(f, next, at("2026-02-01T00:00:00+07:00"), 5).seq, 2);
    }
    engine_leave(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_in_order_has_no_fault),
        cmocka_unit_test(readings_whose_series_has_no_record_are_a_fault),
        cmocka_unit_test(a_series_that_stands_twice_with_two_policies_is_a_fault),
        cmocka_unit_test(a_series_with_imports_that_the_readings_do_not_know_is_a_fault),
        cmocka_unit_test(a_copy_that_fails_leaves_nothing_under_either_name),
        cmocka_unit_test(killed_between_registry_and_dictionary_the_series_works),
        cmocka_unit_test(killed_at_any_moment_what_was_answered_is_there_and_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
