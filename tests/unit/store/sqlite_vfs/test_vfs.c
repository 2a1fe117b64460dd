/* The VFS asks the environment before SQLite touches a file, and turns its errno into SQLite's
 * codes. */
#include "store/sqlite_vfs/sqlite_vfs.h"

#include "base/env_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    struct xh_env_fault *fault;
    const struct xh_env *env;
    const char *vfs_name;
    char dir[64];
    char path[80];
    sqlite3 *db;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    f->fault = xh_env_fault_create(1, 0);
    f->env = xh_env_fault_env(f->fault);
    snprintf(f->dir, sizeof(f->dir), "/tmp/xanh-vfs-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->path, sizeof(f->path), "%s/a.db", f->dir);
    assert_int_equal(xh_sqlite_vfs_register(f->env, &f->vfs_name, NULL), 0);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(sqlite3_close(f->db), SQLITE_OK);
    xh_sqlite_vfs_unregister(f->env);
    xh_env_fault_destroy(f->fault);
    char path[96];
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        snprintf(path, sizeof(path), "%s%s", f->path, endings[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(f->dir), 0);
    free(f);
    return 0;
}

static int open_db(struct fixture *f)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    return sqlite3_open_v2(f->path, &f->db, flags, f->vfs_name);
}

static int run(struct fixture *f, const char *sql)
{
    return sqlite3_exec(f->db, sql, NULL, NULL, NULL);
}

static void open_table(struct fixture *f)
{
    assert_int_equal(open_db(f), SQLITE_OK);
    assert_int_equal(run(f, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                            "CREATE TABLE t(x)"),
                     SQLITE_OK);
}

static void the_real_environment_needs_no_vfs(void **state)
{
    (void)state;
    const char *name = "something";
    assert_int_equal(xh_sqlite_vfs_register(xh_env_real(), &name, NULL), 0);
    assert_null(name);
    xh_sqlite_vfs_unregister(xh_env_real());
}

static void two_users_of_an_environment_share_a_vfs_until_both_are_gone(void **state)
{
    struct fixture *f = *state;
    const char *name = NULL;
    assert_int_equal(xh_sqlite_vfs_register(f->env, &name, NULL), 0);
    assert_string_equal(name, f->vfs_name);
    xh_sqlite_vfs_unregister(f->env);
    assert_non_null(sqlite3_vfs_find(name));
}

static void an_unused_vfs_is_forgotten(void **state)
{
    (void)state;
    struct xh_env_fault *fault = xh_env_fault_create(2, 0);
    const struct xh_env *env = xh_env_fault_env(fault);
    const char *name = NULL;
    assert_int_equal(xh_sqlite_vfs_register(env, &name, NULL), 0);
    char copy[64];
    snprintf(copy, sizeof(copy), "%s", name);
    assert_non_null(sqlite3_vfs_find(copy));
    xh_sqlite_vfs_unregister(env);
    assert_null(sqlite3_vfs_find(copy));
    xh_env_fault_destroy(fault);
}

static void the_environment_is_asked_for_each_kind_of_operation(void **state)
{
    struct fixture *f = *state;
    open_table(f);
    assert_int_equal(run(f, "INSERT INTO t VALUES(1); PRAGMA wal_checkpoint(TRUNCATE);"
                            "PRAGMA journal_mode=DELETE; INSERT INTO t VALUES(2)"),
                     SQLITE_OK);
    static const enum xh_io_op ops[] = {XH_IO_OPEN, XH_IO_READ,   XH_IO_WRITE,
                                        XH_IO_SYNC, XH_IO_UNLINK, XH_IO_TRUNCATE};
    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        assert_true(xh_env_fault_count(f->fault, ops[i]) > 0);
    }
}

static void a_full_disk_is_told_as_full(void **state)
{
    struct fixture *f = *state;
    open_table(f);
    xh_env_fault_fail(f->fault, XH_IO_WRITE, 1, ENOSPC, false);
    assert_int_equal(run(f, "INSERT INTO t VALUES(1)"), SQLITE_FULL);
    xh_env_fault_fail(f->fault, XH_IO_WRITE, 1, EDQUOT, false);
    assert_int_equal(run(f, "INSERT INTO t VALUES(1)"), SQLITE_FULL);
}

static void a_failed_sync_is_told_as_a_failed_sync(void **state)
{
    struct fixture *f = *state;
    open_table(f);
    xh_env_fault_fail(f->fault, XH_IO_SYNC, 1, EIO, false);
    assert_int_equal(run(f, "INSERT INTO t VALUES(1)"), SQLITE_IOERR);
    assert_int_equal(sqlite3_extended_errcode(f->db), SQLITE_IOERR_FSYNC);
}

static void a_file_that_does_not_open_is_told_so(void **state)
{
    struct fixture *f = *state;
    xh_env_fault_fail(f->fault, XH_IO_OPEN, 1, EACCES, true);
    int rc = open_db(f);
    if (rc == SQLITE_OK) { /* SQLite may put it off to the first use */
        rc = run(f, "CREATE TABLE t(x)");
    }
    assert_int_equal(rc, SQLITE_CANTOPEN);
}

/* Whatever write or sync fails, the table is as before or as after, and the file is sound. */
static void each_failing_operation_leaves_the_old_or_the_new_state(void **state)
{
    struct fixture *f = *state;
    open_table(f);
    int rows = 0;
    for (uint64_t nth = 1;; nth++) {
        xh_env_fault_fail_any(f->fault, nth, EIO, false);
        int rc = run(f, "BEGIN; INSERT INTO t VALUES(zeroblob(9000)); INSERT INTO t VALUES(2);"
                        "COMMIT; PRAGMA wal_checkpoint");
        bool has_fired = xh_env_fault_has_fired(f->fault);
        xh_env_fault_fail_any(f->fault, 0, 0, false);
        if (rc != SQLITE_OK) {
            run(f, "ROLLBACK");
        }
        sqlite3_stmt *count = NULL;
        assert_int_equal(sqlite3_prepare_v2(f->db, "SELECT count(*) FROM t", -1, &count, NULL),
                         SQLITE_OK);
        assert_int_equal(sqlite3_step(count), SQLITE_ROW);
        int now = sqlite3_column_int(count, 0);
        sqlite3_finalize(count);
        assert_true(now == rows || now == rows + 2);
        rows = now;
        if (!has_fired) {
            assert_int_equal(rc, SQLITE_OK);
            assert_true(nth > 3);
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_real_environment_needs_no_vfs),
        cmocka_unit_test_setup_teardown(two_users_of_an_environment_share_a_vfs_until_both_are_gone,
                                        setup, teardown),
        cmocka_unit_test(an_unused_vfs_is_forgotten),
        cmocka_unit_test_setup_teardown(the_environment_is_asked_for_each_kind_of_operation, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_full_disk_is_told_as_full, setup, teardown),
        cmocka_unit_test_setup_teardown(a_failed_sync_is_told_as_a_failed_sync, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_that_does_not_open_is_told_so, setup, teardown),
        cmocka_unit_test_setup_teardown(
            each_failing_operation_leaves_the_old_or_the_new_state, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
