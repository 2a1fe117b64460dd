/* What stays when the disk fails, is full, or the process is killed: everything acknowledged, and a
 * store that opens. */
#include "rel_fixture.h"

#include "base/env_fault.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WRITES = 12 };

/* One run: which codes were acknowledged. */
struct run {
    struct fixture f;
    struct xh_env_fault *fault;
    bool is_acknowledged[2 * WRITES];
};

struct waiting {
    char code[16];
    struct new_party party;
    bool *is_acknowledged;
};

static void waiting_done(void *arg, int status, const struct xh_err *err)
{
    struct waiting *w = arg;
    (void)err;
    *w->is_acknowledged = status == 0;
}

static int waiting_write(struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    return new_party_write(conn, &((struct waiting *)arg)->party, err);
}

/* Together, as neighbours in one commit. */
static void write_group(struct xh_rel *rel, struct run *run, int from, int to)
{
    struct waiting all[WRITES];
    char nothing[] = "SELECT 1";
    for (int i = from; i < to; i++) {
        struct waiting *w = &all[i - from];
        *w = (struct waiting){.is_acknowledged = &run->is_acknowledged[i]};
        snprintf(w->code, sizeof(w->code), "p%d", i);
        w->party.code = w->code;
        assert_int_equal(xh_rel_submit(rel, waiting_write, waiting_done, w, NULL), 0);
    }
    (void)xh_rel_write(rel, sql_write, nothing, NULL); /* its turn comes after them */
}

static void write_each(struct xh_rel *rel, struct run *run, int from, int to)
{
    for (int i = from; i < to; i++) {
        char code[16];
        snprintf(code, sizeof(code), "p%d", i);
        struct new_party p = {.code = code};
        struct xh_err err = {0};
        int rc = xh_rel_write(rel, new_party_write, &p, &err);
        run->is_acknowledged[i] = rc == 0;
        assert_true(rc == 0 || rc == XH_E_NO_SPACE || rc == XH_E_IO);
        assert_int_equal(rc, err.code);
    }
}

static void write_some(struct xh_rel *rel, struct run *run, int from, int to)
{
    int middle = (from + to) / 2;
    write_each(rel, run, from, middle);
    write_group(rel, run, middle, to);
}

static void check_all_there(struct xh_rel *rel, const struct run *run)
{
    for (int i = 0; i < 2 * WRITES; i++) {
        char sql[80];
        snprintf(sql, sizeof(sql), "SELECT count(*) FROM party WHERE code = 'p%d'", i);
        if (run->is_acknowledged[i]) {
            assert_int_equal(read_int(rel, sql), 1);
        }
    }
    assert_int_equal(xh_rel_check(rel, NULL, NULL, NULL), 0);
}

/* Opens, writes and closes on a disk whose n-th operation fails; writes on while it is whole again,
 * opens anew and looks. Returns whether the disk failed. */
static bool try_fault(int op, uint64_t nth, int errno_value, bool is_sticky)
{
    void *state;
    assert_int_equal(fixture_enter(&state), 0);
    struct run run = {.f = *(struct fixture *)state};
    run.fault = xh_env_fault_create(1, 0);
    const struct xh_env *env = xh_env_fault_env(run.fault);
    if (op == XH_IO_OP_COUNT) {
        xh_env_fault_fail_any(run.fault, nth, errno_value, is_sticky);
    } else {
        xh_env_fault_fail(run.fault, (enum xh_io_op)op, nth, errno_value, is_sticky);
    }
    struct xh_rel *rel = NULL;
    int rc = xh_rel_open(env, run.f.path, &fixture_schema, &rel, NULL);
    if (rc == 0) {
        write_some(rel, &run, 0, WRITES);
    }
    bool has_fired = xh_env_fault_has_fired(run.fault);
    xh_env_fault_fail_any(run.fault, 0, 0, false);
    xh_env_fault_fail(run.fault, (enum xh_io_op)(op % XH_IO_OP_COUNT), 0, 0, false);
    if (rc < 0) {
        struct xh_err err = {0};
        if (xh_rel_open(env, run.f.path, &fixture_schema, &rel, &err) < 0) {
            fail_msg("after failure %d of operation %d: %s", (int)nth, op, err.text);
        }
    }
    /* The disk is whole again: the same open store goes on. */
    write_some(rel, &run, WRITES, 2 * WRITES);
    for (int i = WRITES; i < 2 * WRITES; i++) {
        assert_true(run.is_acknowledged[i]);
    }
    check_all_there(rel, &run);
    xh_rel_close(rel);
    rel = fixture_open(&run.f, &fixture_schema);
    check_all_there(rel, &run);
    xh_rel_close(rel);
    xh_env_fault_destroy(run.fault);
    assert_int_equal(fixture_leave(&state), 0);
    return has_fired;
}

static void try_all(int op, int errno_value, bool is_sticky)
{
    uint64_t nth = 1;
    while (try_fault(op, nth, errno_value, is_sticky)) {
        nth++;
    }
    assert_true(nth > 5); /* or nothing was tried */
}

static void whichever_write_fails_nothing_acknowledged_is_lost(void **state)
{
    (void)state;
    try_all(XH_IO_WRITE, EIO, false);
}

static void whichever_sync_fails_nothing_acknowledged_is_lost(void **state)
{
    (void)state;
    try_all(XH_IO_SYNC, EIO, false);
}

static void whenever_the_disk_gets_full_nothing_acknowledged_is_lost(void **state)
{
    (void)state;
    try_all(XH_IO_OP_COUNT, ENOSPC, true);
}

static void whenever_the_disk_dies_nothing_acknowledged_is_lost(void **state)
{
    (void)state;
    try_all(XH_IO_OP_COUNT, EIO, true);
}

static void a_failed_read_is_an_error_and_no_more(void **state)
{
    (void)state;
    for (uint64_t nth = 1; try_fault(XH_IO_READ, nth, EIO, false); nth++) {
    }
}

/* ---- migrations ---- */

static int touch_device(struct xh_rel_conn *conn, struct xh_err *err)
{
    return xh_rel_exec(conn, "UPDATE device SET watt = watt + 1", err);
}

static void make_old(const struct fixture *f)
{
    struct xh_rel *rel = fixture_open(f, &fixture_schema);
    char sql[] = "INSERT INTO party (id, code) VALUES (1, 'a')";
    char device[] = "INSERT INTO device (owner, serial, watt) VALUES (1, 's', 10)";
    assert_int_equal(xh_rel_write(rel, sql_write, sql, NULL), 0);
    assert_int_equal(xh_rel_write(rel, sql_write, device, NULL), 0);
    xh_rel_close(rel);
}

/* Two steps, a new table and a new index; whichever operation fails, the next opening ends it. */
static bool try_migration(uint64_t nth)
{
    static const struct xh_rel_step steps[] = {{1, "one", touch_device}, {2, "two", touch_device}};
    static const struct xh_rel_index index = {.columns = "watt"};
    static const struct xh_rel_column column = {.name = "watt", .type = XH_REL_REAL};
    static const struct xh_rel_table added = {"added", &column, 1, &index, 1};
    const struct xh_rel_table *tables[] = {fixture_schema.tables[0], fixture_schema.tables[1],
                                           &added};
    const struct xh_rel_schema schema = {tables, 3, steps, 2};
    void *state;
    assert_int_equal(fixture_enter(&state), 0);
    make_old(state);
    struct xh_env_fault *fault = xh_env_fault_create(1, 0);
    struct xh_rel *rel = NULL;
    xh_env_fault_fail_any(fault, nth, EIO, true);
    int rc = xh_rel_open(xh_env_fault_env(fault), ((struct fixture *)state)->path, &schema, &rel,
                         NULL);
    assert_int_equal(rc < 0, rel == NULL);
    xh_rel_close(rel);
    bool has_fired = xh_env_fault_has_fired(fault);
    rel = fixture_open(state, &schema);
    assert_int_equal(read_int(rel, "SELECT watt FROM device"), 12); /* each step once */
    assert_int_equal(read_int(rel, "SELECT count(*) FROM added"), 0);
    xh_rel_close(rel);
    xh_env_fault_destroy(fault);
    assert_int_equal(fixture_leave(&state), 0);
    return has_fired;
}

static void a_migration_cut_short_is_ended_by_the_next_opening(void **state)
{
    (void)state;
    uint64_t nth = 1;
    while (try_migration(nth)) {
        nth++;
    }
    assert_true(nth > 5);
}

/* ---- one of a group ---- */

struct large {
    size_t size_bytes;
    int status;
    struct xh_err err;
};

static int large_write(struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    const struct large *large = arg;
    struct xh_rel_rows *rows;
    int rc = xh_rel_prepare(conn, "INSERT INTO party (code) VALUES (:code)", &rows, err);
    if (rc < 0) {
        return rc;
    }
    char *text = malloc(large->size_bytes);
    for (size_t i = 0; i < large->size_bytes; i++) {
        text[i] = (char)('a' + (i * 7 + large->size_bytes) % 26);
    }
    xh_rel_bind_text(rows, "code", (struct xh_str){text, large->size_bytes});
    free(text);
    rc = xh_rel_next(rows, err);
    xh_rel_done(rows);
    return rc;
}

static void large_done(void *arg, int status, const struct xh_err *err)
{
    struct large *large = arg;
    large->status = status;
    if (err) {
        large->err = *err;
    }
}

static void set_file_limit(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes == RLIM_INFINITY ? limit.rlim_max : bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* On the real environment, with the kernel's own refusal (EFBIG). */
static void a_full_disk_is_told_and_recovered_from(void **state)
{
    signal(SIGXFSZ, SIG_IGN);
    struct xh_rel *rel = fixture_open(*state, &fixture_schema);
    set_file_limit(400 * 1024);
    int64_t kept = 0;
    struct large large = {.size_bytes = 20000};
    struct xh_err err = {0};
    while ((large.status = xh_rel_write(rel, large_write, &large, &err)) == 0 && kept < 1000) {
        kept++;
        large.size_bytes++;
    }
    assert_int_equal(large.status, XH_E_NO_SPACE);
    assert_int_equal(err.code, XH_E_NO_SPACE);
    assert_true(kept > 5);
    assert_int_equal(read_int(rel, "SELECT count(*) FROM party"), kept);
    /* Still full: told again, and readers go on. */
    assert_int_equal(xh_rel_write(rel, large_write, &large, &err), XH_E_NO_SPACE);
    set_file_limit(RLIM_INFINITY);
    assert_int_equal(xh_rel_write(rel, large_write, &large, &err), 0);
    assert_int_equal(read_int(rel, "SELECT count(*) FROM party"), kept + 1);
    assert_int_equal(xh_rel_check(rel, NULL, NULL, NULL), 0);
    xh_rel_close(rel);
    rel = fixture_open(*state, &fixture_schema);
    assert_int_equal(read_int(rel, "SELECT count(*) FROM party"), kept + 1);
    xh_rel_close(rel);
}

/* A transaction larger than the cache is written before its commit, so that SQLite rolls all of it
 * back when there is no room. The small ones of the same group must not feel it. */
static void one_that_does_not_fit_does_not_hurt_its_neighbours(void **state)
{
    enum { COUNT = 9, LARGE = 4 };
    signal(SIGXFSZ, SIG_IGN);
    struct xh_rel *rel = fixture_open(*state, &fixture_schema);
    struct large all[COUNT];
    set_file_limit(2 * 1024 * 1024);
    for (int i = 0; i < COUNT; i++) {
        all[i] = (struct large){.size_bytes = i == LARGE ? 20u << 20 : 100u + (unsigned)i};
        assert_int_equal(xh_rel_submit(rel, large_write, large_done, &all[i], NULL), 0);
    }
    struct new_party last = {.code = "last"};
    assert_int_equal(xh_rel_write(rel, new_party_write, &last, NULL), 0);
    set_file_limit(RLIM_INFINITY);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(all[i].status, i == LARGE ? XH_E_NO_SPACE : 0);
    }
    assert_int_equal(all[LARGE].err.code, XH_E_NO_SPACE);
    assert_int_equal(read_int(rel, "SELECT count(*) FROM party"), COUNT);
    xh_rel_close(rel);
}

/* A closure that does not heed the failure of its first statement. */
static int heedless_write(struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    (void)large_write(conn, arg, NULL);
    return xh_rel_exec(conn, "INSERT INTO party (code) VALUES ('outside')", err);
}

static void nothing_is_written_outside_of_a_lost_transaction(void **state)
{
    signal(SIGXFSZ, SIG_IGN);
    struct xh_rel *rel = fixture_open(*state, &fixture_schema);
    struct large large = {.size_bytes = 20u << 20};
    set_file_limit(2 * 1024 * 1024);
    struct xh_err err = {0};
    int rc = xh_rel_write(rel, heedless_write, &large, &err);
    set_file_limit(RLIM_INFINITY);
    assert_int_equal(rc, XH_E_IO);
    assert_string_equal(err.text, "the transaction was rolled back by an earlier failure");
    assert_int_equal(read_int(rel, "SELECT count(*) FROM party"), 0);
    xh_rel_close(rel);
}

/* ---- kill -9 ---- */

/* The child: writes for ever and says each number that was acknowledged. */
static void write_until_killed(const struct fixture *f, int from, int to_parent)
{
    struct xh_rel *rel = NULL;
    if (xh_rel_open(xh_env_real(), f->path, &fixture_schema, &rel, NULL) < 0) {
        _exit(3);
    }
    for (int i = from;; i++) {
        char code[16];
        snprintf(code, sizeof(code), "k%d", i);
        struct new_party p = {.code = code};
        if (xh_rel_write(rel, new_party_write, &p, NULL) < 0 ||
            write(to_parent, &i, sizeof(i)) != sizeof(i)) {
            _exit(4);
        }
    }
}

static int run_and_kill(const struct fixture *f, int from, int wanted)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        write_until_killed(f, from, ends[1]);
    }
    close(ends[1]);
    int last = from - 1;
    while (last < from + wanted && read(ends[0], &last, sizeof(last)) == sizeof(last)) {
    }
    kill(child, SIGKILL);
    while (read(ends[0], &last, sizeof(last)) == sizeof(last)) {
    }
    close(ends[0]);
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status));
    return last;
}

static void a_killed_process_loses_nothing_acknowledged(void **state)
{
    const struct fixture *f = *state;
    int next = 1;
    for (int round = 0; round < 5; round++) {
        int last = run_and_kill(f, next, 20 + round * 7);
        assert_true(last > next);
        struct xh_rel *rel = fixture_open(f, &fixture_schema);
        int64_t there = read_int(rel, "SELECT count(*) FROM party");
        /* The one that was under way may be there or not. */
        assert_true(there == last || there == last + 1);
        assert_int_equal(xh_rel_check(rel, NULL, NULL, NULL), 0);
        xh_rel_close(rel);
        next = (int)there + 1;
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_enter, fixture_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_killed_process_loses_nothing_acknowledged), /* forks: before any thread */
        cmocka_unit_test(whichever_write_fails_nothing_acknowledged_is_lost),
        cmocka_unit_test(whichever_sync_fails_nothing_acknowledged_is_lost),
        cmocka_unit_test(whenever_the_disk_gets_full_nothing_acknowledged_is_lost),
        cmocka_unit_test(whenever_the_disk_dies_nothing_acknowledged_is_lost),
        cmocka_unit_test(a_failed_read_is_an_error_and_no_more),
        cmocka_unit_test(a_migration_cut_short_is_ended_by_the_next_opening),
        TEST(a_full_disk_is_told_and_recovered_from),
        TEST(one_that_does_not_fit_does_not_hurt_its_neighbours),
        TEST(nothing_is_written_outside_of_a_lost_transaction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
